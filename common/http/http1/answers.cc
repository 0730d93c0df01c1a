#include <algorithm>
#include <atomic>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/http/http1/connection.h"

namespace heitie::http {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

class ExchangeResponder final : public Responder {
 public:
  ExchangeResponder(std::shared_ptr<Http1> connection, uint64_t id) : connection_(std::move(connection)), id_(id) {}
  ~ExchangeResponder() override {
    if (!complete_) connection_->Abandon(id_);
  }
  void Send(Response response) override {
    complete_ = true;
    connection_->Send(id_, std::move(response));
  }
  void StartStream(Response head) override { connection_->StartStream(id_, std::move(head)); }
  void Write(std::string piece, std::function<void()> next) override { connection_->Write(id_, std::move(piece), std::move(next)); }
  void End(Headers trailers) override {
    complete_ = true;
    connection_->End(id_, std::move(trailers));
  }
  void OnClose(std::function<void()> callback) override { connection_->OnClose(id_, std::move(callback)); }
  void ReadLine(std::function<void(absl::StatusOr<std::optional<std::string>>)> take) override {
    connection_->ReadLine(id_, std::move(take));
  }
  void ReadPiece(size_t held, std::function<void(absl::StatusOr<std::optional<std::string>>)> take) override {
    connection_->ReadPiece(id_, held, std::move(take));
  }

 private:
  const std::shared_ptr<Http1> connection_;
  const uint64_t id_;
  std::atomic<bool> complete_{false};
};

}  // namespace

void Http1::Send(uint64_t id, Response response) {
  const bool large = response.body.size() > kLargeAnswer;
  std::shared_ptr<void> promise = large ? seat_.Promise(core_, response.body.size()) : nullptr;
  const bool refused = large && promise == nullptr;
  if (refused) response = Response();
  Post([id, response = std::move(response), promise = std::move(promise), refused](Http1& self) mutable {
    promise = nullptr;
    if (!self.Answering(id) || self.answered_) return;
    self.WriteWhole(refused ? self.Explained({}, Busy(kMuchUnsent)) : std::move(response));
  });
}

void Http1::StartStream(uint64_t id, Response head) {
  Post([id, head = std::move(head)](Http1& self) mutable {
    if (self.Answering(id) && !self.answered_) self.WriteStreamHead(std::move(head));
  });
}

void Http1::Write(uint64_t id, std::string piece, std::function<void()> next) {
  Post([id, piece = std::move(piece), next = std::move(next)](Http1& self) mutable {
    if (self.Answering(id) && self.answered_) self.WritePiece(std::move(piece), std::move(next));
  });
}

void Http1::End(uint64_t id, Headers trailers) {
  Post([id, trailers = std::move(trailers)](Http1& self) {
    if (self.Answering(id) && self.answered_) self.WriteEnd(trailers);
  });
}

void Http1::OnClose(uint64_t id, std::function<void()> callback) {
  if (Stopped()) return callback();
  Post([id, callback = std::move(callback)](Http1& self) mutable {
    if (self.Answering(id)) {
      self.on_close_.push_back(std::move(callback));
    } else if (self.state_ == State::kClosed) {
      callback();
    }
  });
}

void Http1::Abandon(uint64_t id) {
  Post([id](Http1& self) {
    if (!self.Answering(id) || self.ending_) return;
    if (self.answered_) return self.Close();
    self.WriteWhole(self.Explained({}, NotAnswered()));
  });
}

void Http1::WriteWhole(Response response) {
  keep_alive_ = keep_alive_ && !core_->lame && BodyHasCome();
  const bool has_body = HasBody(response.status);
  std::string bytes = AnswerHead(response, has_body ? Framing::kLength : Framing::kNone, response.body.size(), keep_alive_);
  if (has_body && !head_only_) bytes += response.body;
  answered_ = true;
  Push(std::move(bytes), nullptr, true);
}

void Http1::WriteStreamHead(Response head) {
  framing_ = old_client_ ? Framing::kUntilClose : Framing::kChunked;
  keep_alive_ = keep_alive_ && !core_->lame && !old_client_ && BodyHasCome();
  answered_ = true;
  Push(AnswerHead(head, framing_, 0, keep_alive_), nullptr, false);
  if (head_only_) framing_ = Framing::kNone;
}

void Http1::WritePiece(std::string piece, std::function<void()> next) {
  if (head_only_ || piece.empty()) {
    if (next) next();
    return;
  }
  if (framing_ == Framing::kChunked) piece = absl::StrCat(absl::Hex(piece.size()), "\r\n", piece, "\r\n");
  Push(std::move(piece), std::move(next), false);
}

void Http1::WriteEnd(const Headers& trailers) {
  if (framing_ != Framing::kChunked) return Push("", nullptr, true);
  std::string end = "0\r\n";
  AppendFields(trailers, &end);
  Push(end + "\r\n", nullptr, true);
}

void Http1::Push(std::string bytes, std::function<void()> next, bool last) {
  if (last) ending_ = true;
  seat_.SetUnsent(seat_.unsent() + bytes.size());
  output_.push_back({std::move(bytes), std::move(next), last});
  if (output_.size() == 1) WriteFront();
}

void Http1::WriteFront() {
  const auto allowance = absl::Seconds(static_cast<double>(output_.front().bytes.size()) / core_->options.slowest_reader);
  WriteSome(0, absl::Now() + core_->options.client_timeout + allowance);
}

void Http1::WriteSome(size_t offset, absl::Time deadline) {
  const std::string& bytes = output_.front().bytes;
  if (offset == bytes.size()) return FinishPiece();
  Arm(std::min(core_->options.client_timeout, deadline - absl::Now()));
  transport_->Write(asio::buffer(bytes.data() + offset, bytes.size() - offset),
                    [self = Self(), offset, deadline](const error_code& error, size_t n) {
                      if (self->state_ == State::kClosed) return;
                      if (error) return self->Close();
                      self->WriteSome(offset + n, deadline);
                    });
}

void Http1::FinishPiece() {
  Piece piece = std::move(output_.front());
  output_.pop_front();
  seat_.SetUnsent(seat_.unsent() - piece.bytes.size());
  if (state_ == State::kHandling) Disarm();
  if (AwaitsPart()) ArmForPart();
  if (piece.last) return FinishExchange();
  if (!output_.empty()) WriteFront();
  if (piece.next) piece.next();
}

void Http1::FinishExchange() {
  on_close_.clear();
  LeaveRoom();
  // It may hold the handler's Responder, which holds this connection.
  std::exchange(take_part_, nullptr) = nullptr;
  if (!BodyHasCome()) AwaitNothing(State::kLinger);
  if (state_ == State::kLinger) return Linger();
  if (keep_alive_) return AwaitRequest();
  FinishWriting();
}

void Http1::Handle(Request request) { http::Handle(core_, std::move(request), std::make_shared<ExchangeResponder>(Self(), exchange_)); }

}  // namespace heitie::http
