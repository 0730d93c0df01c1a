// The inside of the door: its table of methods, and what requests of every kind have in common from arrival to access log.
#ifndef HEITIE_COMMON_RPC_DOOR_IMPL_H_
#define HEITIE_COMMON_RPC_DOOR_IMPL_H_

#include <algorithm>
#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "common/observe/log.h"
#include "common/rpc/bounds.h"
#include "common/rpc/bytes.h"
#include "common/rpc/door.h"
#include "common/rpc/service_impl.h"
#include "common/work/overloaded.h"
#include "common/work/processors.h"
#include "common/work/workers.h"

namespace heitie::rpc {

// A method that the door knows: served here or forwarded.
struct Route {
  const google::protobuf::MethodDescriptor* descriptor = nullptr;
  work::Priority priority = options::v1::PRIORITY_NORMAL;
  Handler handler;
  StreamHandler stream;
  ConversationHandler conversation;
  Forwarder* target = nullptr;
  const google::protobuf::Message* request_type = nullptr;
  const google::protobuf::Message* response_type = nullptr;
};

struct Door::Impl {
  explicit Impl(Options o) : options(o), workers(std::make_shared<work::Workers>(o.workers, o.queue, LowestOf(o))) {}

  // Lists keep a processor busy each, here or in the database.
  static work::Workers::Lowest LowestOf(const Options& o) {
    const int processors = std::max(2, work::Processors());
    return {std::min(o.workers, 2 * processors), std::min(o.queue, 32 * processors)};
  }

  absl::StatusOr<Principal> Authenticate(const Arrival& arrival) const;
  // Whether the arrival is admitted to the method, and who calls.
  absl::Status AdmitGuest(const Arrival& arrival, Principal& principal) const;
  absl::Status Admit(const Arrival& arrival, const std::string& method, const Route* route, Principal& principal) const;
  // Whether who was admitted to the method still is.
  absl::Status AdmitAgain(const Route& route, const Principal& principal) const;
  absl::Time CappedDeadline(const Arrival& arrival, const Route* route) const;
  const Route* Find(const std::string& method) const;
  // An open stream and what ends it when the door drains. False when it drains already.
  bool Register(const void* stream, std::function<void()> end);
  void Deregister(const void* stream);
  void EndStreams();

  const Options options;
  absl::flat_hash_map<std::string, Route> routes;  // constant after set-up
  std::vector<std::string> services;
  std::vector<std::function<void()>> on_drain;  // constant after set-up
  std::atomic<bool> draining{false};
  std::atomic<int64_t> in_progress{0};
  std::mutex streams_mutex;
  std::map<const void*, std::function<void()>> streams;
  std::shared_ptr<work::Workers> workers;  // shared with the gauges, which outlive the door
};

// One request from its arrival to its line in the access log. Until it leaves, the door exists.
class Passage {
 public:
  enum class Kind { kUnary, kStream, kConversation };

  Passage(Door::Impl& door, const Arrival& arrival, const std::string& method, Kind kind, size_t request_bytes);
  Passage(const Passage&) = delete;

  // Deadline, drain state, authentication, the method's existence, the access rule. Fills `call`.
  absl::Status Enter(const Arrival& arrival, Call& call);
  // Parses the request into `message` and validates it. May throw: protobuf's checks do.
  absl::Status Read(const grpc::ByteBuffer& bytes, google::protobuf::Message& message) const;
  // The two steps of it.
  absl::Status ParseRequest(const grpc::ByteBuffer& bytes, google::protobuf::Message& message) const;
  static absl::Status Check(google::protobuf::Message& message);
  // RESOURCE_EXHAUSTED when the request is larger than a door takes.
  static absl::Status CheckSize(size_t request_bytes);
  // DEADLINE_EXCEEDED when it is too late to begin.
  static absl::Status InTime(const Call& call);
  // Whether the caller may still have an answer that was not there when the request came: one that only reads and has waited for more than
  // a second, or the next message of a stream.
  absl::Status Recheck(const Call& call) const;
  // The status as the caller sees it: internal errors lose their text, which goes to the log under the trace id.
  static absl::Status Present(const absl::Status& status, const Call& call);
  // Metrics and the access log; before the answer goes out, so that who has the answer finds it counted.
  void Record(const Call& call, const absl::Status& status) const;
  // The last step, once, after the answer was handed over: the door may be gone afterwards.
  void Leave() { --door_.in_progress; }

  Door::Impl& door() const { return door_; }
  const Route& route() const { return *route_; }
  // A message of a stream that came, or went.
  void CountRequest(size_t bytes) {
    request_bytes_ += bytes;
    ++requests_;
  }
  void CountResponse(size_t bytes) {
    response_bytes_ += bytes;
    ++responses_;
  }

 private:
  Door::Impl& door_;
  const Route* const route_;  // nullptr: unknown method
  const Kind kind_;
  const char* const transport_;
  const absl::Time started_;
  size_t request_bytes_;
  size_t response_bytes_ = 0;
  int64_t requests_ = 0, responses_ = 0;
  std::string parent_span_;
};

// UNAVAILABLE with RetryInfo.
const absl::Status& GoingAway();

// RESOURCE_EXHAUSTED: more than a client takes.
const absl::Status& AnswerTooLarge();

// INTERNAL from whatever is being thrown; call it in a catch block.
absl::Status FromException();

using CancelFunction = std::function<void()>;
using UnaryDone = std::function<void(const absl::Status&, grpc::ByteBuffer, const Call&)>;
using StreamSend = std::function<void(grpc::ByteBuffer, std::function<void()>)>;
using StreamDone = std::function<void(const absl::Status&, const Call&)>;

// unary.cc
CancelFunction StartUnary(Door::Impl& door, const Arrival& arrival, const std::string& method, grpc::ByteBuffer request, UnaryDone done);
// stream.cc
CancelFunction StartStream(Door::Impl& door, const Arrival& arrival, const std::string& method, grpc::ByteBuffer request, StreamSend send,
                           StreamDone done);
// conversation.cc
CancelFunction StartConversation(Door::Impl& door, const Arrival& arrival, const std::string& method, ReadNext read, StreamSend send,
                                 StreamDone done);

}  // namespace heitie::rpc

#endif  // HEITIE_COMMON_RPC_DOOR_IMPL_H_
