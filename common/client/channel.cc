#include "common/client/channel.h"

#include <algorithm>
#include <atomic>
#include <boost/asio/steady_timer.hpp>
#include <mutex>
#include <unordered_map>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/client/http2/balancer.h"
#include "common/client/in_flight.h"
#include "common/client/retry.h"
#include "common/observe/log.h"
#include "common/observe/metrics.h"
#include "common/observe/spans.h"
#include "common/rpc/bytes.h"
#include "common/rpc/grpc/completions.h"
#include "common/rpc/tls.h"
#include "common/rpc/tls_material.h"
#include "common/rpc/trace.h"
#include "common/rpc/wire_status.h"
#include "common/work/loops.h"

namespace heitie::client {
namespace {

using google::protobuf::Message;

// The caller gets its answer inside its deadline only if ours is a little earlier.
constexpr absl::Duration kMargin = absl::Milliseconds(50);
// Of a call whose caller has no deadline (a job).
constexpr absl::Duration kDefaultDeadline = absl::Seconds(10);
// What a caller is told to wait before it tries again.
constexpr absl::Duration kRetryDelay = absl::Seconds(1);

// Those that there are, or new ones. They end when nobody holds them any more; their own threads must not be the last.
std::shared_ptr<work::Loops> SharedLoops() {
  static std::mutex mutex;
  static std::weak_ptr<work::Loops> current;
  const std::lock_guard lock(mutex);
  std::shared_ptr<work::Loops> loops = current.lock();
  if (loops == nullptr) current = loops = std::make_shared<work::Loops>(1, rpc::CompletionThreads::Suitable());
  return loops;
}

absl::Time DeadlineFor(const rpc::Call& call) {
  const absl::Time now = absl::Now();
  if (call.deadline == absl::InfiniteFuture()) return now + kDefaultDeadline;
  return call.deadline - std::min(kMargin, (call.deadline - now) / 10);
}

// A call as a part of its trace.
class TracePart {
 public:
  TracePart(const rpc::Call& call, const std::string& method, const std::string& target) {
    span_.trace_id = call.trace_id;
    if (!call.sampled) return;
    span_.span_id = rpc::NewSpanId();
    span_.parent_id = call.span_id;
    span_.name = method;
    span_.kind = observe::Span::Kind::kClient;
    span_.begin = absl::Now();
    span_.attributes = {{"rpc.system", "grpc"}, {"server.address", target}};
  }

  std::string Traceparent() const { return rpc::Traceparent(span_.trace_id, sampled() ? span_.span_id : rpc::NewSpanId(), sampled()); }

  void End(absl::StatusCode code) const {
    if (!sampled()) return;
    observe::Span span = span_;
    span.end = absl::Now();
    span.code = code;
    observe::EndSpan(std::move(span));
  }

 private:
  bool sampled() const { return !span_.span_id.empty(); }

  observe::Span span_;
};

// A call with what the target learns of it besides the message.
CallPtr NewCall(InFlight& all, const rpc::Call& call, const TracePart& part, absl::Time deadline, std::string path) {
  auto made = std::make_shared<WireCall>();
  made->mark.emplace(all);
  made->path = std::move(path);
  made->deadline = deadline;
  if (!call.token.empty()) made->authorization = absl::StrCat("Bearer ", call.token);
  made->traceparent = part.Traceparent();
  made->language = status::LanguageTag(call.language);
  return made;
}

// What became of the calls to a target, streams included.
class Tally {
 public:
  explicit Tally(const std::string& target)
      : retries(observe::Counter("heitie_client_retries_total", "Calls to other services that were made again.", {{"target", target}})),
        retries_refused(observe::Counter("heitie_client_retries_refused_total", "Calls that were not made again because too many had been.",
                                         {{"target", target}})),
        target_(target),
        ok_(Of(absl::StatusCode::kOk)) {
    Of(absl::StatusCode::kUnavailable);  // is there from the beginning
  }

  void Note(absl::StatusCode code) { ++(code == absl::StatusCode::kOk ? ok_ : Of(code)); }

  std::atomic<uint64_t>&retries, &retries_refused;

 private:
  std::atomic<uint64_t>& Of(absl::StatusCode code) const {
    return observe::Counter("heitie_client_requests_total", "Calls to other services that have ended, retries not counted.",
                            {{"target", target_}, {"code", absl::StatusCodeToString(code)}});
  }

  const std::string target_;
  std::atomic<uint64_t>& ok_;
};

// The calls under way that are nobody's but this process's: who waits for them has ended when the channel goes.
class OwnCalls {
 public:
  // Not any more when they have been cancelled.
  bool Add(const CallPtr& call) {
    const std::lock_guard lock(mutex_);
    if (!ended_) open_[call.get()] = call;
    return !ended_;
  }
  void Remove(const WireCall* call) {
    const std::lock_guard lock(mutex_);
    open_.erase(call);
  }
  void Cancel() {
    std::vector<CallPtr> live;
    {
      const std::lock_guard lock(mutex_);
      ended_ = true;
      for (const auto& [key, call] : open_) {
        if (auto held = call.lock()) live.push_back(std::move(held));
      }
    }
    for (const auto& call : live) call->Cancel();
  }
  bool ended() const { return ended_; }

 private:
  std::atomic<bool> ended_ = false;
  std::mutex mutex_;
  std::unordered_map<const WireCall*, std::weak_ptr<WireCall>> open_;
};

class ChannelImpl final : public Channel {
 public:
  explicit ChannelImpl(const ChannelOptions& options)
      : name_(options.name), loops_(options.loops != nullptr ? options.loops : SharedLoops()) {
    const Balancer::Options each = {.target = options.target,
                                    .tls = rpc::IsPlaintext(options.tls) ? nullptr : rpc::TlsMaterial::Of(options.tls),
                                    .server_name = options.server_name,
                                    .in_turn = options.round_robin};
    balancers_ = Balancer::OnEach(*loops_, each);
  }

  ~ChannelImpl() override {
    // Such as the requests of followers, which wait for seconds.
    own_calls_.Cancel();
    in_flight_.AwaitNone();
    for (const auto& balancer : balancers_) balancer->Stop();
  }

  void Start(const rpc::Call& call, const std::string& method, const Message& request, Message* response, Done done) override {
    budget_.Earn();
    const TracePart part(call, method, name_);
    auto told = [this, part, done = std::move(done)](const absl::Status& status) {
      Note(part, status);
      done(status);
    };
    std::make_shared<Attempts>(*this, call, part, method, request, response, std::move(told))->Try();
  }

  std::function<void()> Unary(const rpc::Call& call, const std::string& method, const grpc::ByteBuffer& request,
                              std::function<void(const absl::Status&, grpc::ByteBuffer)> done) override {
    TracePart part(call, method, name_);
    const CallPtr made = NewCall(in_flight_, call, part, call.deadline, absl::StrCat("/", method));
    made->request = request;
    made->done = [this, part = std::move(part), done = std::move(done)](const grpc::Status& status, grpc::ByteBuffer&& answer) {
      const absl::Status explained = ExplainUnary(status);
      Note(part, explained);
      done(explained, rpc::TakenFrom(answer));
    };
    return Begin(made);
  }

  std::function<void()> ServerStream(const rpc::Call& call, const std::string& method, const grpc::ByteBuffer& request,
                                     std::function<void(grpc::ByteBuffer, std::function<void()>)> message,
                                     std::function<void(const absl::Status&)> done) override {
    const CallPtr made = NewStream(call, method, std::move(message), std::move(done));
    made->request = request;
    return Begin(made);
  }

  std::function<void()> Converse(const rpc::Call& call, const std::string& method, rpc::ReadNext read,
                                 std::function<void(grpc::ByteBuffer, std::function<void()>)> message,
                                 std::function<void(const absl::Status&)> done) override {
    const CallPtr made = NewStream(call, method, std::move(message), std::move(done));
    made->read = std::move(read);
    return Begin(made);
  }

 private:
  CallPtr NewStream(const rpc::Call& call, const std::string& method, WireCall::TakeMessage message,
                    std::function<void(const absl::Status&)> done) {
    TracePart part(call, method, name_);
    CallPtr made = NewCall(in_flight_, call, part, call.deadline, absl::StrCat("/", method));
    made->message = std::move(message);
    made->done = [this, part = std::move(part), done = std::move(done)](const grpc::Status& status, const grpc::ByteBuffer&) {
      const absl::Status explained = Explain(status);
      Note(part, explained);
      done(explained);
    };
    return made;
  }

  Balancer& Nearest() { return *balancers_[loops_->Nearest().index()]; }

  // What cancels it may come later than its end.
  std::function<void()> Begin(const CallPtr& call) {
    Nearest().Start(call);
    return [weak = std::weak_ptr<WireCall>(call)] {
      if (const auto live = weak.lock()) live->Cancel();
    };
  }

  // A call with its retries.
  class Attempts final : public std::enable_shared_from_this<Attempts> {
   public:
    Attempts(ChannelImpl& channel, const rpc::Call& call, const TracePart& part, const std::string& method, const Message& request,
             Message* response, Done done)
        : mark_(channel.in_flight_),
          channel_(channel),
          call_(call),
          part_(part),
          method_(method),
          path_(absl::StrCat("/", method)),
          idempotent_(IsIdempotent(method, request)),
          request_(rpc::Serialize(request)),
          deadline_(DeadlineFor(call)),
          response_(response),
          done_(std::move(done)),
          backoff_(channel.loops_->Nearest().io()) {}

    void Try() {
      if (absl::Now() >= deadline_) return done_(status::Error(status::kDeadline));
      ++attempt_;
      const CallPtr made = NewCall(channel_.in_flight_, call_, part_, deadline_, path_);
      made->request = request_;
      made->done = [self = shared_from_this()](const grpc::Status& status, const grpc::ByteBuffer& answer) {
        self->channel_.own_calls_.Remove(self->under_way_);
        self->Answered(self->channel_.ExplainUnary(status), answer);
      };
      under_way_ = made.get();
      if (!channel_.own_calls_.Add(made)) return done_(absl::CancelledError());
      channel_.Nearest().Start(made);
    }

   private:
    void Answered(const absl::Status& status, const grpc::ByteBuffer& answer) {
      if (status.ok()) {
        return done_(Read(answer) ? status : absl::InternalError(absl::StrCat("malformed answer of ", method_)));
      }
      if (!MayRetry(status)) return done_(status);
      const absl::Time next = absl::Now() + Backoff(attempt_ + 1);
      if (next >= deadline_) return done_(status);
      if (!channel_.budget_.Spend()) {
        ++channel_.tally_.retries_refused;
        return done_(status);
      }
      ++channel_.tally_.retries;
      channel_.LogRetry(call_, method_, status);
      backoff_.expires_after(absl::ToChronoMicroseconds(next - absl::Now()));
      backoff_.async_wait([self = shared_from_this()](const boost::system::error_code&) { self->Try(); });
    }

    // protobuf's checks throw.
    bool Read(const grpc::ByteBuffer& answer) {
      try {
        return rpc::Parse(answer, *response_);
      } catch (const std::exception&) {
        return false;
      }
    }

    bool MayRetry(const absl::Status& status) const { return absl::IsUnavailable(status) && attempt_ < kMaxAttempts && idempotent_; }

    const InFlight::Mark mark_;
    ChannelImpl& channel_;
    const rpc::Call call_;
    const TracePart part_;
    const std::string method_, path_;
    const bool idempotent_;
    const grpc::ByteBuffer request_;
    const absl::Time deadline_;
    Message* const response_;
    const Done done_;
    int attempt_ = 0;
    const WireCall* under_way_ = nullptr;
    boost::asio::steady_timer backoff_;
  };

  // What the connection itself reports gets the suite's reason and the name of the service.
  absl::Status Explain(const grpc::Status& grpc_status) const {
    const absl::Status status = rpc::FromGrpc(grpc_status);
    if (status.ok() || !status::ReasonOf(status).empty()) return status;
    if (absl::IsDeadlineExceeded(status)) return status::Error(status::kDeadline);
    if (!absl::IsUnavailable(status)) return status;
    observe::Log(observe::Severity::kWarning, "service unavailable", {{"target", name_}, {"error", absl::StrCat(status.message())}});
    return status::RetryLater(status::kUnavailable, kRetryDelay, {{"what", name_}});
  }

  // Nobody waits for a unary call that we cancelled, so it was the target: a server that ends cancels what it has not begun.
  absl::Status ExplainUnary(const grpc::Status& status) const {
    if (own_calls_.ended() && status.error_code() == grpc::StatusCode::CANCELLED) return absl::CancelledError();
    const bool not_begun = status.error_code() == grpc::StatusCode::CANCELLED && status.error_details().empty();
    return Explain(not_begun ? grpc::Status(grpc::StatusCode::UNAVAILABLE, status.error_message()) : status);
  }

  void Note(const TracePart& part, const absl::Status& outcome) {
    tally_.Note(outcome.code());
    part.End(outcome.code());
  }

  void LogRetry(const rpc::Call& call, const std::string& method, const absl::Status& status) const {
    observe::Log(observe::Severity::kWarning, "retrying",
                 {{"target", name_}, {"method", method}, {"trace_id", call.trace_id}, {"error", absl::StrCat(status.message())}});
  }

  const std::string name_;
  Tally tally_{name_};
  RetryBudget budget_;
  OwnCalls own_calls_;
  InFlight in_flight_;
  const std::shared_ptr<work::Loops> loops_;
  std::vector<std::shared_ptr<Balancer>> balancers_;  // of each loop
};

}  // namespace

std::unique_ptr<Channel> NewChannel(const ChannelOptions& options) { return std::make_unique<ChannelImpl>(options); }

}  // namespace heitie::client
