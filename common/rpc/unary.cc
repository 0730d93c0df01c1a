// A unary request inside the door.
#include <atomic>
#include <mutex>
#include <utility>

#include "common/rpc/door_impl.h"
#include "google/protobuf/arena.h"

namespace heitie::rpc {
namespace {

using google::protobuf::Arena;
using google::protobuf::ArenaOptions;
using google::protobuf::Message;

// Holds most requests (a name, a page size, a small message) without another allocation.
constexpr size_t kArenaBlock = 512;

class UnaryRequest final : public Exchange, public work::Task, public std::enable_shared_from_this<UnaryRequest> {
 public:
  UnaryRequest(Door::Impl& door, const Arrival& arrival, const std::string& method, grpc::ByteBuffer& bytes, UnaryDone done)
      : passage_(door, arrival, method, Passage::Kind::kUnary, bytes.Length()), bytes_(TakenFrom(bytes)), done_(std::move(done)) {
    call.method = method;
    finish = [this](const absl::Status& status) { Finish(status); };
    cancelled = [this] { return cancelled_.load(); };
  }

  // A handler that let the exchange go without an answer is broken, but the caller gets one.
  ~UnaryRequest() override {
    if (!finished_) Finish(absl::InternalError("the handler gave no answer"));
  }

  // What a library throws over a stranger's bytes, protobuf's checks among others, is an answer like any other.
  void Start(const Arrival& arrival) {
    try {
      Begin(arrival);
    } catch (...) {
      Finish(FromException());
    }
  }

  void Begin(const Arrival& arrival) {
    absl::Status status = passage_.Enter(arrival, call);
    if (!status.ok()) return Finish(status);
    if (passage_.route().target != nullptr) return Forward();
    status = ReadRequest();
    if (!status.ok()) return Finish(status);
    if (!passage_.route().handler.blocking) return Handle();
    if (!passage_.door().workers->Submit(shared_from_this(), call.principal.name, passage_.route().priority)) Refuse();
  }

  void Run() override {
    if (cancelled_) return Finish(absl::CancelledError());
    if (absl::Status status = Passage::InTime(call); !status.ok()) return Finish(status);
    Handle();
  }

  void Refuse() override { Finish(work::Overloaded()); }

  void Cancel() {
    cancelled_ = true;
    CancelFunction cancel;
    {
      std::lock_guard<std::mutex> lock(mutex_);
      cancel = std::move(cancel_forward_);
      cancel_forward_ = nullptr;
    }
    if (cancel) cancel();
  }

 private:
  static ArenaOptions FirstBlock(char* block) {
    ArenaOptions options;
    options.initial_block = block;
    options.initial_block_size = kArenaBlock;
    return options;
  }

  absl::Status ReadRequest() {
    Message* message = passage_.route().request_type->New(&arena_);
    request = message;
    absl::Status status = passage_.Read(bytes_, *message);
    bytes_.Clear();
    return status;
  }

  void Handle() {
    if (!passage_.route().handler.run) return Finish(absl::InternalError("no handler is bound"));
    // On the heap, not in the arena: typed handlers move their answer into it, which across arenas would be a deep copy.
    response_.reset(passage_.route().response_type->New());
    response = response_.get();
    try {
      passage_.route().handler.run(shared_from_this());
    } catch (...) {
      Finish(FromException());
    }
  }

  void Forward() {
    auto self = shared_from_this();
    CancelFunction cancel = passage_.route().target->Unary(
        call, call.method, bytes_,
        [self](const absl::Status& status, grpc::ByteBuffer&& answer) { self->Finish(status, TakenFrom(answer)); });
    {
      std::lock_guard<std::mutex> lock(mutex_);
      if (!cancelled_ && !finished_) cancel_forward_ = std::exchange(cancel, nullptr);
    }
    if (cancel && cancelled_) cancel();
  }

  void Finish(const absl::Status& status) { Finish(status, {}); }

  void Finish(const absl::Status& outcome, grpc::ByteBuffer answer) {
    if (finished_.exchange(true)) return;
    const absl::Status result = outcome.ok() ? passage_.Recheck(call) : outcome;
    if (!result.ok()) answer.Clear();
    if (result.ok() && response_ != nullptr) answer = Serialize(*response_);
    const bool too_large = answer.Length() > static_cast<size_t>(kMaxMessageBytes);
    if (too_large) answer.Clear();
    const absl::Status status = too_large ? AnswerTooLarge() : Passage::Present(result, call);
    passage_.CountResponse(answer.Length());
    passage_.Record(call, status);
    done_(status, TakenFrom(answer), call);
    passage_.Leave();
  }

  Passage passage_;
  grpc::ByteBuffer bytes_;
  const UnaryDone done_;
  alignas(8) char block_[kArenaBlock];
  Arena arena_{FirstBlock(block_)};
  std::unique_ptr<Message> response_;
  std::atomic<bool> finished_{false};
  std::atomic<bool> cancelled_{false};
  std::mutex mutex_;
  CancelFunction cancel_forward_;
};

}  // namespace

CancelFunction StartUnary(Door::Impl& door, const Arrival& arrival, const std::string& method, grpc::ByteBuffer request, UnaryDone done) {
  auto unary = std::make_shared<UnaryRequest>(door, arrival, method, request, std::move(done));
  unary->Start(arrival);
  return [weak = std::weak_ptr<UnaryRequest>(unary)] {
    if (auto live = weak.lock()) live->Cancel();
  };
}

}  // namespace heitie::rpc
