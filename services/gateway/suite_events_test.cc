#include "services/gateway/suite_events.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/rpc/services.h"
#include "common/test/fixture.h"
#include "heitie/options/v1/access.pb.h"
#include "services/gateway/json.h"

namespace heitie::gateway {
namespace {

using test::HasReason;
using test::IsOk;
using test::Proto;
using type::v1::ListEventsRequest;
using type::v1::ListEventsResponse;

// Keeps what it is sent; nothing more is taken once `patience` messages are there, until Take.
class KeptStream final : public rpc::Stream {
 public:
  explicit KeptStream(v1::WatchEventsRequest request, size_t patience = 1000)
      : call_(test::By("employees/a", {options::v1::ROLE_OPERATIONS_MANAGER}, absl::FromUnixSeconds(1767225600))),
        request_(std::move(request)),
        patience_(patience) {}
  const rpc::Call& call() const override { return call_; }
  const google::protobuf::Message& request() const override { return request_; }
  bool Send(const google::protobuf::Message& message) override {
    const std::lock_guard lock(mutex_);
    if (over_) return false;
    messages_.push_back(static_cast<const v1::WatchEventsResponse&>(message));
    changed_.notify_all();
    return true;
  }
  bool SendLatest(const google::protobuf::Message& message) override { return Send(message); }
  void WhenTaken(std::function<void()> callback) override {
    {
      const std::lock_guard lock(mutex_);
      if (over_) return;
      if (messages_.size() >= patience_) {
        waiting_.push_back(std::move(callback));
        return;
      }
    }
    callback();
  }
  void Close(const absl::Status& status) override {
    std::function<void()> on_end;
    {
      const std::lock_guard lock(mutex_);
      if (std::exchange(over_, true)) return;
      end_ = status;
      on_end = std::exchange(on_end_, nullptr);
      waiting_.clear();
      changed_.notify_all();
    }
    if (on_end) on_end();
  }
  void OnEnd(std::function<void()> callback) override { on_end_ = std::move(callback); }

  // As if the client had gone.
  void Leave() { Close(absl::CancelledError("gone")); }
  bool WaitFor(const std::function<bool(const std::vector<v1::WatchEventsResponse>&)>& done) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(10), [&] { return over_ || done(messages_); });
  }
  std::vector<v1::WatchEventsResponse> messages() {
    const std::lock_guard lock(mutex_);
    return messages_;
  }
  std::vector<v1::SuiteEvent> events() {
    std::vector<v1::SuiteEvent> all;
    for (const auto& message : messages()) all.insert(all.end(), message.events().begin(), message.events().end());
    return all;
  }
  size_t waiting() {
    const std::lock_guard lock(mutex_);
    return waiting_.size();
  }
  absl::Status end() {
    const std::lock_guard lock(mutex_);
    return end_;
  }

 private:
  const rpc::Call call_;
  const v1::WatchEventsRequest request_;
  const size_t patience_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<v1::WatchEventsResponse> messages_;
  std::vector<std::function<void()>> waiting_;
  std::function<void()> on_end_;
  bool over_ = false;
  absl::Status end_;
};

// Six services with events of their own.
class SuiteEventsTest : public ::testing::Test {
 protected:
  SuiteEventsTest() {
    for (const char* service : {"activity", "metrics", "personnel", "planning", "resource", "risk"}) {
      clients_[service].AnswerAside();
      clients_[service].On<ListEventsRequest, ListEventsResponse>(
          rpc::PathOf(*rpc::FindMethod(service, "ListEvents")),
          [this, service](const rpc::Call&, const ListEventsRequest& request) { return Answer(service, request); });
    }
  }
  ~SuiteEventsTest() override {
    for (const auto& stream : streams_) stream->Leave();
    // Who was about to ask a client does so before it goes.
    for (const auto& stream : streams_) {
      for (int wait = 0; wait < 100 && stream.use_count() > 1; ++wait) absl::SleepFor(absl::Milliseconds(5));
    }
  }

  absl::StatusOr<ListEventsResponse> Answer(const std::string& service, const ListEventsRequest& request) {
    std::unique_lock lock(mutex_);
    ++asked_[service];
    if (const auto error = errors_.find(service); error != errors_.end()) {
      const absl::Status status = error->second;
      errors_.erase(error);
      return status;
    }
    const auto& log = logs_[service];
    ListEventsResponse response;
    response.set_incarnation("one");
    if (request.wait().seconds() > 0 && static_cast<size_t>(request.after_position()) >= log.size()) {
      lock.unlock();
      std::this_thread::sleep_for(std::chrono::milliseconds(250));
      lock.lock();
    }
    for (size_t i = static_cast<size_t>(request.after_position()); request.subject().empty() && i < log.size(); ++i) {
      *response.add_events() = log[i];
      response.mutable_events()->rbegin()->set_position(static_cast<int64_t>(i) + 1);
      if (response.events_size() == request.page_size()) break;
    }
    response.set_last_position(response.events().empty() ? static_cast<int64_t>(log.size()) : response.events().rbegin()->position());
    return response;
  }
  void Happens(const std::string& service, const std::string& subject) {
    const std::lock_guard lock(mutex_);
    type::v1::Event event;
    event.set_subject(subject);
    event.set_subject_type("planning.heitie/Project");
    event.set_after_json(R"({"name":"projects/a","plan_period":"planPeriods/x"})");
    logs_[service].push_back(event);
  }
  std::shared_ptr<KeptStream> Watch(const std::string& request, size_t patience = 1000) {
    auto stream = std::make_shared<KeptStream>(Proto<v1::WatchEventsRequest>(request), patience);
    streams_.push_back(stream);
    WatchEvents([this](const std::string& service) -> client::Client& { return clients_[service]; }, stream);
    return stream;
  }
  static bool HasCursor(const std::vector<v1::WatchEventsResponse>& messages) {
    return std::any_of(messages.begin(), messages.end(), [](const auto& message) { return !message.cursor().empty(); });
  }

  std::mutex mutex_;
  std::map<std::string, std::vector<type::v1::Event>> logs_;
  std::map<std::string, absl::Status> errors_;  // of the next question
  std::map<std::string, int> asked_;
  std::vector<std::shared_ptr<KeptStream>> streams_;
  std::map<std::string, test::FakeClient> clients_;  // last: their threads use what is above
};

TEST_F(SuiteEventsTest, BeginsNowAndGoesOnWithTheCursor) {
  Happens("planning", "projects/before");
  const auto stream = Watch("");
  ASSERT_TRUE(stream->WaitFor(HasCursor));
  Happens("planning", "projects/one");
  Happens("risk", "risks/two");
  ASSERT_TRUE(stream->WaitFor([](const auto& messages) {
    int count = 0;
    for (const auto& message : messages) count += message.events_size();
    return count >= 2;
  }));
  stream->Leave();
  std::vector<std::string> subjects;
  for (const auto& event : stream->events()) subjects.push_back(absl::StrCat(event.service(), " ", event.subject()));
  EXPECT_THAT(subjects, ::testing::UnorderedElementsAre("planning projects/one", "risk risks/two"));
  const std::string cursor = stream->messages().back().cursor();

  Happens("metrics", "alerts/three");
  const auto next = Watch(absl::StrCat("cursor: '", cursor, "'"));
  ASSERT_TRUE(next->WaitFor([](const auto& messages) { return !messages.empty() && messages.back().events_size() > 0; }));
  ASSERT_EQ(next->events().size(), 1u) << "each event once";
  EXPECT_EQ(next->events()[0].subject(), "alerts/three");
}

TEST_F(SuiteEventsTest, FromTheBeginningIsEverything) {
  for (int i = 0; i < 250; ++i) Happens("planning", absl::StrCat("projects/p", i));
  const auto stream = Watch("from_beginning: true subject_types: 'planning.heitie/Project'");
  ASSERT_TRUE(stream->WaitFor([](const auto& messages) {
    int count = 0;
    for (const auto& message : messages) count += message.events_size();
    return count >= 250;
  }));
  const auto events = stream->events();
  ASSERT_EQ(events.size(), 250u);
  for (size_t i = 0; i < events.size(); ++i) EXPECT_EQ(events[i].position(), static_cast<int64_t>(i) + 1);
  const std::lock_guard lock(mutex_);
  EXPECT_EQ(asked_.size(), 1u) << "the others have no projects";
}

TEST_F(SuiteEventsTest, PayloadsAreAsTheApiShowsThem) {
  Happens("planning", "projects/a");
  const auto stream = Watch("from_beginning: true subject_types: 'planning.heitie/Project'");
  ASSERT_TRUE(stream->WaitFor([](const auto& messages) { return !messages.empty() && messages[0].events_size() > 0; }));
  const v1::SuiteEvent event = stream->events().at(0);
  EXPECT_FALSE(event.has_before());
  EXPECT_EQ(event.after().fields().at("planPeriod").string_value(), "planPeriods/x");
  EXPECT_EQ(event.after().fields().count("plan_period"), 0u);
  EXPECT_THAT(ToJson(event), ::testing::HasSubstr(R"("planPeriod":"planPeriods/x")"));
}

TEST_F(SuiteEventsTest, AServiceThatIsAwayIsAskedAgain) {
  errors_["risk"] = status::RetryLater(status::kUnavailable, absl::Seconds(1), {{"what", "risk"}});
  Happens("risk", "risks/a");
  const auto stream = Watch("from_beginning: true");
  ASSERT_TRUE(stream->WaitFor([](const auto& messages) {
    return std::any_of(messages.begin(), messages.end(), [](const auto& message) { return message.events_size() > 0; });
  }));
  EXPECT_TRUE(stream->WaitFor(HasCursor));
  EXPECT_THAT(stream->end(), IsOk());
}

TEST_F(SuiteEventsTest, WhoMayNotReadEventsIsTold) {
  errors_["risk"] = status::Error(status::kPermissionDenied, {{"method", "ListEvents"}, {"roles", "nobody"}});
  const auto stream = Watch("");
  ASSERT_TRUE(stream->WaitFor([](const auto&) { return false; }));
  EXPECT_THAT(stream->end(), HasReason("PERMISSION_DENIED"));
}

TEST_F(SuiteEventsTest, ASlowReaderIsWaitedFor) {
  for (int i = 0; i < 1000; ++i) Happens("planning", absl::StrCat("projects/p", i));
  const auto stream = Watch("from_beginning: true subject_types: 'planning.heitie/Project'", 1);
  ASSERT_TRUE(stream->WaitFor([](const auto& messages) { return !messages.empty(); }));
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  EXPECT_EQ(stream->waiting(), 1u);
  EXPECT_EQ(stream->events().size(), 100u) << "a page and no more";
}

// Neither a question that waits, nor a pause, nor a reader that is waited for keeps it.
TEST_F(SuiteEventsTest, NothingIsLeftOfAStreamThatHasEnded) {
  for (int i = 0; i < 300; ++i) Happens("planning", absl::StrCat("projects/p", i));
  errors_["risk"] = absl::UnavailableError("away");
  std::vector<std::shared_ptr<KeptStream>> ended = {Watch(""), Watch("from_beginning: true"),
                                                    Watch("from_beginning: true subject_types: 'planning.heitie/Project'", 1)};
  for (const auto& stream : ended) {
    ASSERT_TRUE(stream->WaitFor([](const auto& messages) { return !messages.empty(); }));
    stream->Leave();
  }
  streams_.clear();
  for (const auto& stream : ended) {
    for (int wait = 0; wait < 1000 && stream.use_count() > 1; ++wait) absl::SleepFor(absl::Milliseconds(5));
    EXPECT_EQ(stream.use_count(), 1);
  }
}

TEST(CursorTest, SaysWhatItWasMadeOf) {
  const EventPlaces places = {{"planning", {7, "one"}}, {"risk", {0, ""}}};
  const auto read = PlacesOf(CursorOf(places));
  ASSERT_THAT(read, IsOk());
  EXPECT_EQ(*read, places);
  for (const EventPlaces& bad : {EventPlaces{{"nobody", {1, ""}}}, EventPlaces{{"planning", {-1, ""}}},
                                 EventPlaces{{"planning", {1, "a b"}}}, EventPlaces{{"planning", {1, std::string(65, 'x')}}}}) {
    EXPECT_THAT(PlacesOf(CursorOf(bad)), HasReason("INVALID_FIELDS"));
  }
  EXPECT_THAT(PlacesOf("%"), HasReason("INVALID_FIELDS"));
  EXPECT_THAT(PlacesOf("AAAA"), HasReason("INVALID_FIELDS"));
  EXPECT_TRUE(PlacesOf("")->empty());
}

}  // namespace
}  // namespace heitie::gateway
