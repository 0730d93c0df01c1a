// The way back: answers in whole and in pieces, as DATA frames ask for them.
#include <algorithm>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/http/http2/fields.h"
#include "common/http/http2/session.h"
#include "common/http/refusal.h"

namespace heitie::http {

void Http2::Send(const StreamPtr& stream, Response response) {
  const bool large = response.body.size() > kLargeAnswer;
  std::shared_ptr<void> promise = large ? seat_.Promise(core_, response.body.size()) : nullptr;
  const bool refused = large && promise == nullptr;
  if (refused) response = Response();
  Post([stream, response = std::move(response), promise = std::move(promise), refused](Http2& self) mutable {
    promise = nullptr;
    if (!Answering(*stream) || stream->answered) return;
    self.Answer(stream, refused ? Explained(*self.core_, stream->request, Busy(kMuchUnsent)) : std::move(response));
  });
}

void Http2::StartStream(const StreamPtr& stream, Response head) {
  Post([stream, head = std::move(head)](Http2& self) {
    if (!Answering(*stream) || stream->answered) return;
    self.SubmitHead(*stream, head, std::nullopt, true);
  });
}

void Http2::Write(const StreamPtr& stream, std::string piece, std::function<void()> next) {
  Post([stream, piece = std::move(piece), next = std::move(next)](Http2& self) mutable {
    if (!Answering(*stream) || !stream->answered || stream->ending) return;
    if (stream->head_only || piece.empty()) return self.Call(next);
    self.Push(*stream, std::move(piece), std::move(next));
  });
}

void Http2::End(const StreamPtr& stream, Headers trailers) {
  Post([stream, trailers = std::move(trailers)](Http2& self) mutable {
    if (!Answering(*stream) || !stream->answered || stream->ending) return;
    stream->trailers = std::move(trailers);
    self.EndAnswer(*stream);
  });
}

void Http2::OnClose(const StreamPtr& stream, std::function<void()> callback) {
  if (Stopped()) return callback();
  Post([stream, callback = std::move(callback)](Http2& self) mutable {
    if (stream->finished) return;
    if (Answering(*stream)) {
      stream->on_close.push_back(std::move(callback));
    } else {
      self.Call(callback);
    }
  });
}

void Http2::Answer(const StreamPtr& stream, Response response) {
  if (stream->answered || stream->state == Http2Stream::State::kClosed) return;
  LeaveRoomUnlessHandled(*stream);
  const bool body = HasBody(response.status) && !stream->head_only && !response.body.empty();
  std::optional<size_t> length;
  if (HasBody(response.status) && !response.body.empty()) length = response.body.size();
  stream->ending = true;
  SubmitHead(*stream, response, length, body);
  if (body) Push(*stream, std::move(response.body), nullptr);
}

void Http2::LeaveRoomUnlessHandled(Http2Stream& stream) {
  if (stream.state == Http2Stream::State::kHandled) return;
  LeaveRoom(stream);
  stream.body = {};
}

void Http2::SubmitHead(Http2Stream& stream, const Response& response, std::optional<size_t> length, bool body) {
  stream.answered = true;
  FieldList fields;
  const std::string status = absl::StrCat(response.status), size = length.has_value() ? absl::StrCat(*length) : "";
  fields.Add(":status", status);
  fields.Add("date", HttpDate());
  fields.AddAll(response.headers);
  if (length.has_value()) fields.Add("content-length", size);
  nghttp2_data_provider source{};
  source.source.ptr = &stream;
  source.read_callback = [](nghttp2_session*, int32_t id, uint8_t* bytes, size_t size, uint32_t* flags, nghttp2_data_source*,
                            void* self) -> ssize_t {
    ssize_t count = 0;
    const int result = Guarded(self, [&](Http2& me) { count = me.Fill(id, bytes, size, flags); });
    return result != 0 ? NGHTTP2_ERR_CALLBACK_FAILURE : count;
  };
  const auto& values = fields.values();
  if (nghttp2_submit_response(session_, stream.id, values.data(), values.size(), body ? &source : nullptr) != 0) {
    Reset(stream, NGHTTP2_INTERNAL_ERROR);
  }
}

void Http2::Push(Http2Stream& stream, std::string piece, std::function<void()> next) {
  seat_.SetUnsent(seat_.unsent() + piece.size());
  stream.output.push_back({std::move(piece), std::move(next)});
  if (stream.output.size() == 1) BeginPiece(stream);
  nghttp2_session_resume_data(session_, stream.id);
}

void Http2::BeginPiece(Http2Stream& stream) {
  const Options& options = core_->options;
  stream.offset = 0;
  stream.piece_deadline = absl::Now() + options.client_timeout +
                          absl::Seconds(static_cast<double>(stream.output.front().bytes.size()) / options.slowest_reader);
  Renew(stream);
}

void Http2::EndAnswer(Http2Stream& stream) {
  stream.ending = true;
  std::exchange(stream.take, nullptr) = nullptr;
  nghttp2_session_resume_data(session_, stream.id);
}

ssize_t Http2::Fill(int32_t id, uint8_t* bytes, size_t size, uint32_t* flags) {
  Http2Stream* stream = Find(id);
  if (stream == nullptr) return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
  size_t filled = 0;
  while (filled < size && !stream->output.empty()) {
    Http2Stream::Piece& piece = stream->output.front();
    const size_t count = std::min(size - filled, piece.bytes.size() - stream->offset);
    std::memcpy(bytes + filled, piece.bytes.data() + stream->offset, count);
    filled += count;
    stream->offset += count;
    if (stream->offset < piece.bytes.size()) break;
    if (piece.next) written_.push_back(std::move(piece.next));
    stream->output.pop_front();
    if (!stream->output.empty()) BeginPiece(*stream);
  }
  batch_data_ += filled;
  if (filled > 0) Renew(*stream);
  if (!stream->output.empty()) return static_cast<ssize_t>(filled);
  if (!stream->ending) return filled == 0 ? NGHTTP2_ERR_DEFERRED : static_cast<ssize_t>(filled);
  *flags |= NGHTTP2_DATA_FLAG_EOF;
  if (!stream->trailers.fields().empty()) {
    *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
    FieldList fields;
    fields.AddAll(stream->trailers);
    nghttp2_submit_trailer(session_, id, fields.values().data(), fields.values().size());
  }
  return static_cast<ssize_t>(filled);
}

}  // namespace heitie::http
