// A connection of HTTP/2 (RFC 9113) by nghttp2. What it costs a server to follow a client's whims is bounded here: streams, handlers at
// work, header blocks, frames that carry nothing, resets, and bytes of bodies and answers that wait. session.cc has the frames, the time
// and the end of a connection, requests.cc what becomes of a request until its handler has it, answers.cc the way back.
#ifndef HEITIE_COMMON_HTTP_HTTP2_SESSION_H_
#define HEITIE_COMMON_HTTP_HTTP2_SESSION_H_

#include <nghttp2/nghttp2.h>

#include <atomic>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "common/http/connection.h"
#include "common/http/http2/stream.h"
#include "common/http/patience.h"
#include "common/observe/survive.h"

namespace heitie::http {

class Http2 final : public Connection {
 public:
  Http2(std::shared_ptr<Core> core, std::unique_ptr<Transport> transport, const boost::asio::ip::address& peer, std::string begun);
  ~Http2() override;
  void Start() override;
  void Refuse(Refused) override { Cut(); }
  void Lame() override;
  void Drain() override { Lame(); }
  void GiveWay() override;
  void GiveUpRequest() override {}  // streams are what arrives
  void Cut() override;
  const boost::asio::ip::address& origin() const override { return seat_.origin(); }

  void GiveUp(const StreamPtr& stream);
  void Send(const StreamPtr& stream, Response response);
  void StartStream(const StreamPtr& stream, Response head);
  void Write(const StreamPtr& stream, std::string piece, std::function<void()> next);
  void End(const StreamPtr& stream, Headers trailers);
  void OnClose(const StreamPtr& stream, std::function<void()> callback);
  void ReadLine(const StreamPtr& stream, TakeBody take);
  void ReadPiece(const StreamPtr& stream, size_t held, TakeBody take);
  // The handler has let go of its Responder; `complete`: after the end of the answer.
  void Abandon(const StreamPtr& stream, bool complete);

 private:
  template <typename F>
  void Post(F work) {
    if (Stopped()) return;
    boost::asio::post(executor_, [self = Self(), work = std::move(work)]() mutable {
      work(*self);
      self->FlushSoon();
    });
  }
  bool Stopped() const { return core_->stopped; }
  std::shared_ptr<Http2> Self() { return std::static_pointer_cast<Http2>(shared_from_this()); }
  static bool Answering(const Http2Stream& stream) { return stream.state == Http2Stream::State::kHandled; }

  // What a handler gave: if it throws, this connection is lost and no other.
  void Call(const std::function<void()>& callback);
  std::vector<StreamPtr> Streams() const;

  // ---- Begin

  void Begin();

  template <typename F>
  static int Guarded(void* self, const F& work) {
    auto& me = *static_cast<Http2*>(self);
    if (observe::Survive("a connection was lost", [&] { work(me); })) return 0;
    me.broken_ = true;
    return NGHTTP2_ERR_CALLBACK_FAILURE;
  }

  // ---- What the client sends

  void Read();
  void OnRead(const boost::system::error_code& error, size_t n);
  void Feed(const char* bytes, size_t size);

  void Spend(double cost) { calm_ = calm_ || !idle_frames_.Spend(cost, now_); }

  void OnBeginFrame(const nghttp2_frame_hd& head);
  Http2Stream* Find(int32_t id);
  void OnBeginHeaders(const nghttp2_frame& frame);
  void OnHeader(const nghttp2_frame& frame, std::string_view name, std::string_view value);
  void OnFrame(const nghttp2_frame& frame);
  void TakeHead(const StreamPtr& stream);
  std::optional<Refused> CheckHead(Http2Stream& stream);
  void OnData(int32_t id, std::string_view bytes);
  void Dispatch(const StreamPtr& stream);
  void Handle(const StreamPtr& stream);

  // ---- The lines or pieces of a body, while it is handled

  void NextPart(const StreamPtr& stream);
  void NextLine(Http2Stream& stream);
  void NextPiece(Http2Stream& stream);
  void GivePart(Http2Stream& stream, absl::StatusOr<std::optional<std::string>> part);

  // ---- The time and the room that a client has

  void TakeRoom(const StreamPtr& stream, size_t bytes);
  void LeaveRoom(Http2Stream& stream);
  void SetDeadline(Http2Stream& stream, absl::Time deadline);

  // Something has come of the client, or goes to it: until when it has to go on.
  void Renew(Http2Stream& stream);

  // Sees to it that OnTime is called at `deadline` at the latest.
  void Watch(absl::Time deadline);
  void OnTime();
  void OnTime(const StreamPtr& stream);

  // ---- Answers

  void Refuse(const StreamPtr& stream, const Refused& refused) { Answer(stream, Explained(*core_, stream->request, refused)); }

  // The whole of it.
  void Answer(const StreamPtr& stream, Response response);
  void LeaveRoomUnlessHandled(Http2Stream& stream);
  void SubmitHead(Http2Stream& stream, const Response& response, std::optional<size_t> length, bool body);
  void Push(Http2Stream& stream, std::string piece, std::function<void()> next);
  void BeginPiece(Http2Stream& stream);
  void EndAnswer(Http2Stream& stream);

  // DATA of the stream, as much as fits.
  ssize_t Fill(int32_t id, uint8_t* bytes, size_t size, uint32_t* flags);

  void Reset(Http2Stream& stream, uint32_t why) { nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, stream.id, why); }

  void OnSent(const nghttp2_frame& frame);
  void OnStreamClose(int32_t id, uint32_t why);
  void Forget(Http2Stream& stream);

  // ---- Frames to the client

  // After what is to be done before, so that it all goes at once.
  void FlushSoon();
  void Flush();
  void WriteSome(size_t offset, absl::Time deadline);
  void OnWritten();

  // ---- The end

  // No request is lost that the client sends before it hears of this.
  void SayFarewell();
  void EndRequests();

  // Closing with unread input would reset the connection, and the client would lose what was said last: read it away, for a while.
  void Finish();
  void ForgetAll();
  void Close();

  static constexpr size_t kMostRead = 16 << 10;  // at once

  const std::shared_ptr<Core> core_;
  const std::unique_ptr<Transport> transport_;
  const boost::asio::any_io_executor executor_;
  boost::asio::steady_timer timer_;
  const boost::asio::ip::address peer_;
  Seat seat_;
  std::string begun_;
  nghttp2_session* session_ = nullptr;
  std::unordered_map<int32_t, StreamPtr> streams_;
  int at_work_ = 0;               // streams that are handled
  std::atomic<int> handlers_{0};  // that have not let go of their Responders

  absl::Time now_;  // when the last bytes came
  const std::unique_ptr<char[]> incoming_{new char[kMostRead]};
  bool reading_ = false;
  size_t block_bytes_ = 0;  // of the headers that are coming
  Patience idle_frames_, resets_;
  bool calm_ = false, calmed_ = false;  // the client does not behave, and was told so
  bool broken_ = false;

  bool writing_ = false, flush_soon_ = false;
  std::string batch_;                           // being written
  size_t batch_data_ = 0;                       // of it, of answers
  std::vector<std::function<void()>> written_;  // to be called when it is

  uint64_t generation_ = 0;
  absl::Time watched_ = absl::InfiniteFuture();
  absl::Time idle_deadline_ = absl::InfiniteFuture(), age_deadline_ = absl::InfiniteFuture(), farewell_deadline_ = absl::InfiniteFuture(),
             write_deadline_ = absl::InfiniteFuture(), end_deadline_ = absl::InfiniteFuture();
  bool leaving_ = false, requests_ended_ = false, finishing_ = false, closed_ = false;
  size_t read_away_ = 0;
};

}  // namespace heitie::http

#endif  // HEITIE_COMMON_HTTP_HTTP2_SESSION_H_
