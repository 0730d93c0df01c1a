// For tests of streams of requests: TalkService with handlers that a test replaces, and a client of it.
#ifndef HEITIE_COMMON_RPC_TALK_TESTING_H_
#define HEITIE_COMMON_RPC_TALK_TESTING_H_

#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/synchronization/notification.h"
#include "common/rpc/bytes.h"
#include "common/rpc/door.h"
#include "common/rpc/echo_testing.h"
#include "heitie/test/v1/talk.pb.h"

namespace heitie::rpc {

using heitie::test::v1::CountRequest;
using heitie::test::v1::CountResponse;
using heitie::test::v1::TalkRequest;
using heitie::test::v1::TalkResponse;

inline constexpr char kTalkService[] = "heitie.test.v1.TalkService";
inline constexpr char kTalk[] = "heitie.test.v1.TalkService/Talk";
inline constexpr char kCount[] = "heitie.test.v1.TalkService/Count";

// TalkService. Replace the functions before the first stream.
struct TalkHandlers {
  std::function<absl::Status(const Call&)> open = [](const Call&) { return absl::OkStatus(); };
  std::function<absl::StatusOr<TalkResponse>(const Call&, const TalkRequest&)> answer = [](const Call&, const TalkRequest& request) {
    TalkResponse response;
    response.set_text(request.text());
    return absl::StatusOr<TalkResponse>(response);
  };
  std::atomic<int> open_streams{0}, counted{0};
  Service service{kTalkService};

  TalkHandlers() {
    service.BindConversation("Talk", [this](const Call& call) -> absl::StatusOr<std::unique_ptr<Talking>> {
      if (absl::Status status = open(call); !status.ok()) return status;
      return std::make_unique<Talking>(*this);
    });
    service.BindConversation(
        "Count", [this](const Call&) -> absl::StatusOr<std::unique_ptr<Counting>> { return std::make_unique<Counting>(*this); });
    service.CheckComplete();
  }

 private:
  class Talking final : public Dialogue<TalkRequest, TalkResponse> {
   public:
    explicit Talking(TalkHandlers& all) : all_(all) { ++all_.open_streams; }
    ~Talking() override { --all_.open_streams; }
    absl::StatusOr<TalkResponse> Answer(const Call& call, const TalkRequest& request) override { return all_.answer(call, request); }
    absl::StatusOr<TalkResponse> Explain(const Call& call, const TalkRequest& request, const absl::Status& why) override {
      if (request.text() == "fatal") return why;
      TalkResponse response;
      *response.mutable_status() = status::ToProto(why, call.language);
      return response;
    }

   private:
    TalkHandlers& all_;
  };
  class Counting final : public Collector<CountRequest, CountResponse> {
   public:
    explicit Counting(TalkHandlers& all) : all_(all) { ++all_.open_streams; }
    ~Counting() override { --all_.open_streams; }
    absl::Status Collect(const Call&, const CountRequest&) override {
      ++count_;
      return absl::OkStatus();
    }
    absl::StatusOr<CountResponse> Finish(const Call&) override {
      ++all_.counted;
      CountResponse response;
      response.set_count(count_);
      return response;
    }

   private:
    TalkHandlers& all_;
    int count_ = 0;
  };
};

inline TalkRequest Words(const std::string& text, size_t payload = 0) {
  TalkRequest request;
  request.set_text(text);
  request.set_payload(std::string(payload, 'x'));
  return request;
}

// A stream whose client says what the test tells it, and takes answers at once or when the test says Take.
class Talked {
 public:
  enum class Reader { kQuick, kManual };
  Talked(Door& door, const Arrival& arrival, const std::string& method = kTalk, Reader reader = Reader::kQuick) {
    shared_->reader = reader;
    cancel_ = door.Converse(
        arrival, method, [shared = shared_](std::function<void(Incoming)> take) { shared->Ask(std::move(take)); },
        [shared = shared_](grpc::ByteBuffer message, std::function<void()> next) { shared->Receive(std::move(message), std::move(next)); },
        [shared = shared_](const absl::Status& status, const Call& call) {
          shared->status = status;
          shared->call = call;
          shared->done.Notify();  // a second `done` stops the program here
        });
  }
  ~Talked() {
    shared_->Drop();
    cancel_();
  }

  void Say(const google::protobuf::Message& message) { SayBytes(Serialize(message)); }
  void SayBytes(grpc::ByteBuffer bytes) { shared_->Put(std::optional<grpc::ByteBuffer>(std::move(bytes))); }
  void Last() { shared_->Put(std::optional<grpc::ByteBuffer>()); }
  void Break(const absl::Status& status) { shared_->Put(status); }
  // Asks for the answer after the one in hand.
  void Take() {
    if (auto next = shared_->TakeNext()) next();
  }
  void Cancel() { cancel_(); }

  bool IsDone() const { return shared_->done.HasBeenNotified(); }
  const absl::Status& status() const {
    if (!shared_->done.WaitForNotificationWithTimeout(kPatience)) {
      ADD_FAILURE() << "the stream did not end";
      std::abort();
    }
    return shared_->status;
  }
  const Call& call() const { return shared_->call; }
  // The texts of the answers, or the reasons of refusals.
  std::vector<std::string> answers() const {
    std::lock_guard<std::mutex> lock(shared_->mutex);
    std::vector<std::string> all;
    for (const grpc::ByteBuffer& bytes : shared_->answers) {
      TalkResponse response;
      EXPECT_TRUE(Parse(bytes, response));
      all.push_back(response.has_status() ? status::ReasonOf(status::FromProto(response.status())) : response.text());
    }
    return all;
  }
  int64_t count() const {
    std::lock_guard<std::mutex> lock(shared_->mutex);
    CountResponse response;
    EXPECT_EQ(shared_->answers.size(), 1u);
    EXPECT_TRUE(!shared_->answers.empty() && Parse(shared_->answers[0], response));
    return response.count();
  }
  size_t answered() const {
    std::lock_guard<std::mutex> lock(shared_->mutex);
    return shared_->answers.size();
  }
  // How many messages the door has asked for.
  int asked() const {
    std::lock_guard<std::mutex> lock(shared_->mutex);
    return shared_->asked;
  }
  // Waits until that many answers have come.
  bool Await(size_t count) const {
    const absl::Time deadline = absl::Now() + kPatience;
    while (answered() < count && absl::Now() < deadline) absl::SleepFor(absl::Milliseconds(1));
    return answered() >= count;
  }
  bool AwaitAsked(int count) const {
    const absl::Time deadline = absl::Now() + kPatience;
    while (asked() < count && absl::Now() < deadline) absl::SleepFor(absl::Milliseconds(1));
    return asked() >= count;
  }

 private:
  struct Shared {
    void Ask(std::function<void(Incoming)> wanted) {
      std::unique_lock<std::mutex> lock(mutex);
      EXPECT_FALSE(take) << "two messages are asked for at once";
      EXPECT_FALSE(done.HasBeenNotified());
      ++asked;
      take = std::move(wanted);
      Give(lock);
    }
    void Put(Incoming message) {
      std::unique_lock<std::mutex> lock(mutex);
      said.push_back(std::move(message));
      Give(lock);
    }
    void Give(std::unique_lock<std::mutex>& lock) {
      if (!take || said.empty()) return;
      auto to = std::exchange(take, nullptr);
      Incoming message = std::move(said.front());
      said.pop_front();
      lock.unlock();
      to(std::move(message));
    }
    void Receive(grpc::ByteBuffer bytes, std::function<void()> next_message) {
      {
        std::lock_guard<std::mutex> lock(mutex);
        EXPECT_FALSE(next) << "an answer came before the next was asked for";
        answers.push_back(std::move(bytes));
        if (reader == Reader::kManual) {
          next = std::move(next_message);
          return;
        }
      }
      next_message();
    }
    std::function<void()> TakeNext() {
      std::lock_guard<std::mutex> lock(mutex);
      return std::exchange(next, nullptr);
    }
    void Drop() {
      std::function<void()> dropped_next = TakeNext();
      std::unique_lock<std::mutex> lock(mutex);
      const auto dropped = std::exchange(take, nullptr);
      lock.unlock();
    }
    Reader reader = Reader::kQuick;
    std::mutex mutex;
    std::deque<Incoming> said;
    std::function<void(Incoming)> take;
    int asked = 0;
    std::vector<grpc::ByteBuffer> answers;
    std::function<void()> next;
    absl::Notification done;
    absl::Status status;
    Call call;
  };
  std::shared_ptr<Shared> shared_ = std::make_shared<Shared>();
  std::function<void()> cancel_;
};

}  // namespace heitie::rpc

#endif  // HEITIE_COMMON_RPC_TALK_TESTING_H_
