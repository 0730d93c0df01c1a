// From the head of a request to its handler, which reads the parts of its body where it wants them.
#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/time/clock.h"
#include "common/http/http2/fields.h"
#include "common/http/http2/session.h"

namespace heitie::http {
namespace {

const status::Phrase kOtherHost{":authority and Host differ", ":authority 與 Host 不同"};

class StreamResponder final : public Responder {
 public:
  StreamResponder(std::shared_ptr<Http2> connection, StreamPtr stream) : connection_(std::move(connection)), stream_(std::move(stream)) {}
  ~StreamResponder() override { connection_->Abandon(stream_, complete_); }
  void Send(Response response) override {
    complete_ = true;
    connection_->Send(stream_, std::move(response));
  }
  void StartStream(Response head) override { connection_->StartStream(stream_, std::move(head)); }
  void Write(std::string piece, std::function<void()> next) override { connection_->Write(stream_, std::move(piece), std::move(next)); }
  void End(Headers trailers) override {
    complete_ = true;
    connection_->End(stream_, std::move(trailers));
  }
  void OnClose(std::function<void()> callback) override { connection_->OnClose(stream_, std::move(callback)); }
  void ReadLine(TakeBody take) override { connection_->ReadLine(stream_, std::move(take)); }
  void ReadPiece(size_t held, TakeBody take) override { connection_->ReadPiece(stream_, held, std::move(take)); }

 private:
  const std::shared_ptr<Http2> connection_;
  const StreamPtr stream_;
  std::atomic<bool> complete_{false};
};

}  // namespace

void Http2::GiveUp(const StreamPtr& stream) {
  Post([stream](Http2& self) {
    if (!stream->place.has_value() || stream->answered) return;
    if (stream->state == Http2Stream::State::kBody) return self.Refuse(stream, Busy(kMuchArriving));
    if (stream->take) self.GivePart(*stream, absl::ResourceExhaustedError("too much is arriving, and this for the longest time"));
  });
}

void Http2::ReadLine(const StreamPtr& stream, TakeBody take) {
  Post([stream, take = std::move(take)](Http2& self) mutable {
    if (!Answering(*stream) || stream->ending) return;
    self.LeaveRoom(*stream);  // what became of the line before is its handler's
    stream->take = std::move(take);
    if (!stream->lines.has_value()) return self.GivePart(*stream, absl::FailedPreconditionError("the body is not read in lines"));
    self.NextPart(stream);
  });
}

void Http2::ReadPiece(const StreamPtr& stream, size_t held, TakeBody take) {
  Post([stream, held, take = std::move(take)](Http2& self) mutable {
    if (!Answering(*stream) || stream->ending) return;
    if (held == 0) self.LeaveRoom(*stream);
    if (stream->held == 0) stream->part_began = absl::Now();
    stream->held = held;
    stream->take = std::move(take);
    if (!stream->pieces) return self.GivePart(*stream, absl::FailedPreconditionError("the body is not read in pieces"));
    self.NextPart(stream);
  });
}

void Http2::Abandon(const StreamPtr& stream, bool complete) {
  --handlers_;
  if (complete) return;
  Post([stream](Http2& self) {
    if (!Answering(*stream) || stream->ending) return;
    if (stream->answered) return self.Reset(*stream, NGHTTP2_INTERNAL_ERROR);
    self.Answer(stream, Explained(*self.core_, {}, NotAnswered()));
  });
}

Http2Stream* Http2::Find(int32_t id) {
  const auto found = streams_.find(id);
  return found == streams_.end() ? nullptr : found->second.get();
}

void Http2::OnBeginHeaders(const nghttp2_frame& frame) {
  block_bytes_ = 0;
  if (frame.headers.cat != NGHTTP2_HCAT_REQUEST || calm_) return;
  auto stream = std::make_shared<Http2Stream>(std::weak_ptr<Http2>(Self()), frame.hd.stream_id);
  stream->head_came = now_;
  streams_.emplace(frame.hd.stream_id, stream);
  SetDeadline(*stream, now_ + core_->options.client_timeout);
}

void Http2::OnHeader(const nghttp2_frame& frame, std::string_view name, std::string_view value) {
  const Options& options = core_->options;
  const size_t bytes = name.size() + value.size() + 32;  // RFC 9113, 6.5.2
  block_bytes_ += bytes;
  calm_ = calm_ || block_bytes_ > size_t{4} * options.max_header_bytes;
  Http2Stream* stream = Find(frame.hd.stream_id);
  // Of trailers nothing is kept: what they say must not count as said in the head.
  if (calm_ || stream == nullptr || stream->state != Http2Stream::State::kHead || stream->refused.has_value()) return;
  stream->head_bytes += bytes;
  if (stream->head_bytes > options.max_header_bytes) {
    stream->refused = name == ":path" ? TargetTooLong(options.max_header_bytes) : HeadTooLarge(options.max_header_bytes);
  } else if (name == ":method") {
    stream->request.method = std::string(value);
  } else if (name == ":path") {
    stream->target = std::string(value);
  } else if (name == ":authority") {
    stream->authority = std::string(value);
  } else if (!name.empty() && name[0] != ':') {
    if (++stream->fields > options.max_headers) stream->refused = TooManyHeaders(options.max_headers);
    stream->request.headers.Add(std::string(name), std::string(value));
  }
}

void Http2::TakeHead(const StreamPtr& stream) {
  const Options& options = core_->options;
  // Those whose clients have gone are still at work. Nothing has been done of this one: it may be asked for again.
  if (handlers_ >= 2 * options.max_streams) return Reset(*stream, NGHTTP2_REFUSED_STREAM);
  Request& request = stream->request;
  request.version = 20;
  request.loopback = peer_.is_loopback();
  request.client = origin().to_string();
  stream->head_only = request.method == "HEAD";
  stream->state = Http2Stream::State::kBody;
  if (const std::optional<Refused> refused = CheckHead(*stream)) return Refuse(stream, *refused);
  Verdict verdict = Judged(*core_, request);
  if (verdict.refusal.has_value()) return Answer(stream, *std::move(verdict.refusal));
  stream->caller = std::move(verdict.caller);
  request.finding = std::move(verdict.finding);
  if (verdict.lines) stream->lines.emplace(options.max_body_bytes);
  stream->pieces = verdict.pieces;
  if (stream->whole || stream->in_parts()) return Dispatch(stream);
  uint64_t announced = 0;
  if (absl::SimpleAtoi(request.headers.Get("content-length"), &announced)) {
    if (announced > options.max_body_bytes) return Refuse(stream, BodyTooLarge(options.max_body_bytes));
    stream->body.reserve(announced);
  }
  Renew(*stream);
  if (absl::EqualsIgnoreCase(request.headers.Get("expect"), "100-continue")) {
    FieldList fields;
    fields.Add(":status", "100");
    nghttp2_submit_headers(session_, NGHTTP2_FLAG_NONE, stream->id, nullptr, fields.values().data(), fields.values().size(), nullptr);
  }
}

std::optional<Refused> Http2::CheckHead(Http2Stream& stream) {
  Request& request = stream.request;
  const bool plain = std::all_of(stream.target.begin(), stream.target.end(), [](char c) { return c != ' ' && c != '\x7f'; });
  const bool path = plain && !stream.target.empty() && SplitTarget(stream.target, &request);
  if (stream.refused.has_value()) return stream.refused;
  if (stream.target.empty()) return NoTunnel();
  if (!path) return BadHttp(kNoPath);
  const std::string& host = request.headers.Get("host");
  if (!stream.authority.empty() && !host.empty() && !absl::EqualsIgnoreCase(stream.authority, host)) return BadHttp(kOtherHost);
  request.host = stream.authority.empty() ? host : stream.authority;
  return std::nullopt;
}

void Http2::OnData(int32_t id, std::string_view bytes) {
  const auto found = streams_.find(id);
  if (found == streams_.end() || found->second->unread() || calm_) {
    // Only what the stream may send before the end of it has come to the client.
    nghttp2_session_consume_connection(session_, bytes.size());
    return;
  }
  const StreamPtr stream = found->second;
  stream->body.append(bytes);
  if (!stream->in_parts()) {
    nghttp2_session_consume(session_, id, bytes.size());
    if (stream->body.size() > core_->options.max_body_bytes) return Refuse(stream, BodyTooLarge(core_->options.max_body_bytes));
    Renew(*stream);
    TakeRoom(stream, stream->body.size());
  } else if (stream->take) {
    NextPart(stream);
  }
}

void Http2::Dispatch(const StreamPtr& stream) {
  if (!seat_.MayAsk()) return Refuse(stream, Busy(kMuchUnsent));
  if (stream->place.has_value()) core_->room.Arrive(*stream->place);
  stream->state = Http2Stream::State::kHandled;
  SetDeadline(*stream, absl::InfiniteFuture());
  if (at_work_++ == 0) seat_.Work();
  if (!stream->in_parts()) stream->request.body = std::exchange(stream->body, {});
  Handle(stream);
}

void Http2::NextPart(const StreamPtr& stream) {
  stream->lines.has_value() ? NextLine(*stream) : NextPiece(*stream);
  if (!stream->take) return;
  if (const size_t bytes = stream->part_bytes(); bytes > kMostRead) TakeRoom(stream, bytes);
  Renew(*stream);
}

void Http2::NextLine(Http2Stream& stream) {
  Lines& lines = *stream.lines;
  if (lines.size() == 0) stream.part_began = absl::Now();
  const size_t used = lines.Put(std::string_view(stream.body).substr(stream.taken));
  stream.taken += used;
  nghttp2_session_consume(session_, stream.id, used);
  const bool all = stream.taken == stream.body.size();
  if (all && stream.whole) lines.End();
  if (all) {
    stream.body.clear();
    stream.taken = 0;
  }
  if (auto line = lines.Take()) return GivePart(stream, std::move(line));
  if (lines.too_long()) return GivePart(stream, absl::OutOfRangeError("a line is too long"));
  if (all && stream.whole) GivePart(stream, std::optional<std::string>());
}

void Http2::NextPiece(Http2Stream& stream) {
  if (!stream.body.empty()) {
    nghttp2_session_consume(session_, stream.id, stream.body.size());
    return GivePart(stream, std::exchange(stream.body, {}));
  }
  if (stream.whole) GivePart(stream, std::optional<std::string>());
}

void Http2::GivePart(Http2Stream& stream, absl::StatusOr<std::optional<std::string>> part) {
  if (stream.place.has_value()) core_->room.Arrive(*stream.place);
  stream.part_taken = true;
  const TakeBody take = std::exchange(stream.take, nullptr);
  Renew(stream);
  Call([&] { take(std::move(part)); });
}

void Http2::TakeRoom(const StreamPtr& stream, size_t bytes) {
  if (!stream->place.has_value()) {
    stream->place = core_->room.Enter(std::weak_ptr<Arriving>(stream), stream->caller.empty() ? origin().to_string() : stream->caller);
  }
  for (const auto& slower : core_->room.Hold(*stream->place, bytes)) slower->GiveUpRequest();
}

void Http2::LeaveRoom(Http2Stream& stream) {
  if (stream.place.has_value()) core_->room.Leave(*std::exchange(stream.place, std::nullopt));
}

void Http2::SetDeadline(Http2Stream& stream, absl::Time deadline) {
  stream.deadline = deadline;
  Watch(deadline);
}

void Http2::Renew(Http2Stream& stream) {
  const Options& options = core_->options;
  const absl::Time now = absl::Now();
  const auto in_time = [&](absl::Time began, size_t bytes) {
    return std::min(now + options.client_timeout, began + options.client_timeout + absl::Seconds(bytes / options.slowest_sender));
  };
  absl::Time deadline = absl::InfiniteFuture();
  if (!stream.output.empty()) {
    deadline = std::min(now + options.client_timeout, stream.piece_deadline);
  } else if (stream.state == Http2Stream::State::kBody && !stream.answered) {
    deadline = in_time(stream.head_came, stream.body.size());
  } else if (stream.take && stream.part_bytes() > 0) {
    deadline = in_time(stream.part_began, stream.part_bytes());
  } else if (stream.take && stream.lines.has_value()) {
    deadline = now + options.idle_timeout;
  } else if (stream.take && !stream.part_taken) {
    deadline = now + options.client_timeout;
  }
  SetDeadline(stream, deadline);
}

void Http2::Handle(const StreamPtr& stream) {
  ++handlers_;
  http::Handle(core_, std::exchange(stream->request, {}), std::make_shared<StreamResponder>(Self(), stream));
}

void Http2Stream::GiveUpRequest() {
  if (const auto owner = connection.lock()) owner->GiveUp(shared_from_this());
}

}  // namespace heitie::http
