// The door: the only way into a service, for every RPC. In order: trace id and deadline, authentication, the access rule of the
// method, validation of the request, admission, the handler, status with details, metrics and one access-log line.
//
//   rpc::Service service("heitie.risk.v1");
//   service.Bind("GetRisk", risks.Getter());
//   service.Bind("AssessRisk", [&](const rpc::Call& call, const AssessRiskRequest& request) { return Assess(call, request); });
//
// The methods of the contract are found by their descriptors: the process stops at start when a method of the contract is
// bound to nothing or a handler's messages are not the method's. Handlers see neither gRPC nor the door.
#ifndef HEITIE_COMMON_RPC_SERVICE_H_
#define HEITIE_COMMON_RPC_SERVICE_H_

#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/rpc/call.h"
#include "common/rpc/conversation.h"
#include "google/protobuf/message.h"

namespace heitie::rpc {

// One unary request inside the door. The messages live as long as the exchange. `finish` is called exactly once, from any thread.
struct Exchange {
  Call call;
  const google::protobuf::Message* request = nullptr;
  google::protobuf::Message* response = nullptr;
  std::function<void(const absl::Status&)> finish;
  // Whether nobody waits for the answer any more. May be unset: then somebody does.
  std::function<bool()> cancelled;
};

// A handler in the door's terms. `blocking` handlers run on the bounded workers; others must return at once and call `finish` later.
struct Handler {
  std::function<void(std::shared_ptr<Exchange>)> run;
  bool blocking = true;
  // Whether it can serve a request with `validate_only`: all that it does is in one transaction, which is then undone (AIP-163).
  bool tries = false;
};

// A handler of these messages.
struct TypedHandler {
  const google::protobuf::Descriptor* request;
  const google::protobuf::Descriptor* response;
  Handler handler;
};

// A server stream. It holds no thread while it waits; any thread may send. Thread-safe.
class Stream {
 public:
  virtual ~Stream() = default;
  virtual const Call& call() const = 0;
  virtual const google::protobuf::Message& request() const = 0;
  // Queues a message. False when the client has gone or has fallen more than 64 messages behind; the stream then ends.
  virtual bool Send(const google::protobuf::Message& message) = 0;
  // As Send, in place of whatever is queued and has not been taken: for states, of which only the newest counts. Who reads slowly misses
  // states and is never behind.
  virtual bool SendLatest(const google::protobuf::Message& message) = 0;
  // Calls back once, when all that was sent has been taken, from any thread; at once if it has been. For whoever has more than fits and
  // goes at the reader's pace. Dropped when the stream ends.
  virtual void WhenTaken(std::function<void()> callback) { callback(); }
  // Ends the stream; later calls do nothing.
  virtual void Close(const absl::Status& status) = 0;
  // Called once when the stream is over, for whatever cause; at once if it is already.
  virtual void OnEnd(std::function<void()> callback) = 0;
};
using StreamHandler = std::function<void(std::shared_ptr<Stream>)>;

namespace internal {
template <typename F>
struct Signature : Signature<decltype(&F::operator())> {};
template <typename C, typename Resp, typename Req>
struct Signature<absl::StatusOr<Resp> (C::*)(const Call&, const Req&) const> {
  using Request = Req;
  using Response = Resp;
};
template <typename C, typename Resp, typename Req>
struct Signature<absl::StatusOr<Resp> (C::*)(const Call&, const Req&)> {
  using Request = Req;
  using Response = Resp;
};
}  // namespace internal

// Wraps a typed function `absl::StatusOr<Resp>(const Call&, const Req&)` that may block (SQL, other services).
template <typename F>
Handler Blocking(F function) {
  using Req = typename internal::Signature<F>::Request;
  using Resp = typename internal::Signature<F>::Response;
  return Handler{[function = std::move(function)](std::shared_ptr<Exchange> exchange) {
    absl::StatusOr<Resp> result = function(exchange->call, static_cast<const Req&>(*exchange->request));
    const absl::Status status = result.status();
    if (status.ok()) *static_cast<Resp*>(exchange->response) = *std::move(result);
    exchange->finish(status);
  }};
}

// The methods of one contract with their handlers; needs no network. A contract is a package with a gRPC service for each chapter and no
// two methods of the same name, so that methods go by their names here.
class Service {
 public:
  // `scope`: a package, for example "heitie.risk.v1", or one gRPC service of it. Stops the process when there is none such, or two methods
  // of the same name.
  explicit Service(const std::string& scope);
  ~Service();
  Service(const Service&) = delete;

  // A function that every answer of a method passes before it leaves, whoever bound the method. It may change the answer; a status other
  // than OK takes its place, and ends a stream, whose every message passes.
  using Outlet = std::function<absl::Status(const Exchange&)>;
  // `outlet_of` gives the outlet of a method, nullptr for none; called as methods are bound, so it is set before. A
  // stream of requests may have none.
  void SetOutlets(std::function<Outlet(const google::protobuf::MethodDescriptor&)> outlet_of);

  // Stops the process when the contract has no such method, or it is bound already.
  void Bind(const std::string& method, Handler handler);
  void BindStream(const std::string& method, StreamHandler handler);

  // Binds a method whose requests are a stream. `open` returns absl::StatusOr<std::unique_ptr<D>> for a Call, where D is a Dialogue when
  // the answers are a stream as well, else a Collector.
  template <typename F>
  void BindConversation(const std::string& method, F open) {
    using D = typename std::invoke_result_t<F, const Call&>::value_type::element_type;
    CheckMessages(method, D::Request::descriptor(), D::Response::descriptor());
    BindConversation(method, D::kAnswersEach,
                     [open = std::move(open)](const Call& call) -> absl::StatusOr<std::unique_ptr<Conversation>> { return open(call); });
  }

  // Whose messages are checked against the contract; so are those of typed functions.
  void Bind(const std::string& method, TypedHandler typed) {
    CheckMessages(method, typed.request, typed.response);
    Bind(method, std::move(typed.handler));
  }
  template <typename F, typename = decltype(&F::operator())>
  void Bind(const std::string& method, F function) {
    CheckMessages(method, internal::Signature<F>::Request::descriptor(), internal::Signature<F>::Response::descriptor());
    Bind(method, Blocking(std::move(function)));
  }
  // A typed member function.
  template <typename C, typename Resp, typename Req>
  void Bind(const std::string& method, C* self, absl::StatusOr<Resp> (C::*function)(const Call&, const Req&)) {
    Bind(method, [self, function](const Call& call, const Req& request) { return (self->*function)(call, request); });
  }

  // `end` is called when the door that serves this begins to drain, perhaps more than once: what waits for something to happen is to
  // answer now.
  void OnDrain(std::function<void()> end);

  // Whether the contract has such a method.
  bool Has(const std::string& method) const;

  // Stops the process when a method of the contract is unbound, has `validate_only` and a handler that cannot try, has no access rule, or
  // carries an unknown validation rule.
  void CheckComplete() const;

  // One call through access rule, validation and handler, without network or admission: for tests and for in-process callers.
  // Blocks until the handler has finished.
  absl::Status Invoke(const std::string& method, const Call& call, const google::protobuf::Message& request,
                      google::protobuf::Message* response) const;
  template <typename Resp, typename Req>
  absl::StatusOr<Resp> Invoke(const std::string& method, const Call& call, const Req& request) const {
    Resp response;
    absl::Status status = Invoke(method, call, static_cast<const google::protobuf::Message&>(request), &response);
    if (!status.ok()) return status;
    return response;
  }

  // A stream of requests in the same way: `answer` gets each answer, which it may keep. How the stream ends.
  absl::Status Converse(const std::string& method, const Call& call, const std::vector<const google::protobuf::Message*>& requests,
                        const std::function<void(std::unique_ptr<google::protobuf::Message>)>& answer) const;
  template <typename Resp, typename Req>
  absl::StatusOr<std::vector<Resp>> Converse(const std::string& method, const Call& call, const std::vector<Req>& requests) const {
    std::vector<const google::protobuf::Message*> messages;
    for (const Req& request : requests) messages.push_back(&request);
    std::vector<Resp> answers;
    const auto keep = [&](std::unique_ptr<google::protobuf::Message> answer) { answers.push_back(static_cast<const Resp&>(*answer)); };
    if (absl::Status status = Converse(method, call, messages, keep); !status.ok()) return status;
    return answers;
  }

  struct Impl;
  Impl* impl() const { return impl_.get(); }

 private:
  void BindConversation(const std::string& method, bool answers_each, ConversationHandler open);
  void CheckMessages(const std::string& method, const google::protobuf::Descriptor* request, const google::protobuf::Descriptor* response);
  std::unique_ptr<Impl> impl_;
};

}  // namespace heitie::rpc

#endif  // HEITIE_COMMON_RPC_SERVICE_H_
