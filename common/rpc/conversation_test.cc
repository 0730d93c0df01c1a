// Streams of requests inside the door.
#include "common/rpc/conversation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <memory>
#include <stdexcept>
#include <thread>

#include "common/observe/log.h"
#include "common/observe/metrics.h"
#include "common/rpc/bounds.h"
#include "common/rpc/talk_testing.h"
#include "common/test/matchers.h"

namespace heitie::rpc {
namespace {

using test::HasReason;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class ConversationTest : public ::testing::Test {
 protected:
  Door& door() {
    if (door_ == nullptr) {
      door_ = std::make_unique<Door>(options_);
      door_->Serve(handlers_.service);
    }
    return *door_;
  }
  // Answers only when the test opens the gate, and tells that it is at work.
  void AnswerAtTheGate() {
    handlers_.answer = [this](const Call&, const TalkRequest& request) -> absl::StatusOr<TalkResponse> {
      at_work_ = true;
      gate_.get_future().wait();
      TalkResponse response;
      response.set_text(request.text());
      return response;
    };
  }
  void AwaitWork() const {
    while (!at_work_) absl::SleepFor(absl::Milliseconds(1));
  }
  bool AwaitNoStream() const {
    const absl::Time deadline = absl::Now() + kPatience;
    while (handlers_.open_streams > 0 && absl::Now() < deadline) absl::SleepFor(absl::Milliseconds(1));
    return handlers_.open_streams == 0;
  }

  DoorParts parts_;
  Door::Options options_ = parts_.Options();
  TalkHandlers handlers_;
  std::promise<void> gate_;
  std::atomic<bool> at_work_{false};
  std::unique_ptr<Door> door_;  // last: it waits for the handlers
};

TEST_F(ConversationTest, AnswersEachMessageInOrderAndEndsAfterTheLast) {
  Talked talked(door(), By("manager"));
  for (int i = 0; i < 50; ++i) talked.Say(Words(absl::StrCat(i)));
  ASSERT_TRUE(talked.Await(50));
  EXPECT_FALSE(talked.IsDone());
  talked.Say(Words("bye"));
  talked.Last();
  EXPECT_TRUE(talked.status().ok()) << talked.status();
  ASSERT_EQ(talked.answers().size(), 51u);
  for (int i = 0; i < 50; ++i) EXPECT_EQ(talked.answers()[i], absl::StrCat(i));
  EXPECT_EQ(talked.answers()[50], "bye");
  EXPECT_TRUE(AwaitNoStream());
}

TEST_F(ConversationTest, AStreamWithoutMessagesEndsWell) {
  Talked talked(door(), By("manager"));
  talked.Last();
  EXPECT_TRUE(talked.status().ok()) << talked.status();
  EXPECT_THAT(talked.answers(), IsEmpty());
}

TEST_F(ConversationTest, RequestsAreCollectedToOneAnswer) {
  Talked talked(door(), By("manager"), kCount);
  CountRequest request;
  request.set_text("x");
  for (int i = 0; i < 3; ++i) talked.Say(request);
  talked.Last();
  EXPECT_TRUE(talked.status().ok()) << talked.status();
  EXPECT_EQ(talked.count(), 3);
}

TEST_F(ConversationTest, WhatIsNotCompleteDoesNotCount) {
  CountRequest request;
  request.set_text("x");
  {
    Talked gone(door(), By("manager"), kCount);
    gone.Say(request);
    ASSERT_TRUE(gone.AwaitAsked(2));
    gone.Cancel();
    EXPECT_EQ(gone.status().code(), absl::StatusCode::kCancelled);
  }
  Talked bad(door(), By("manager"), kCount);
  bad.Say(request);
  bad.Say(CountRequest());
  EXPECT_THAT(bad.status(), HasReason("INVALID_FIELDS")) << "nobody would hear of it otherwise";
  EXPECT_EQ(handlers_.counted, 0);
  EXPECT_TRUE(AwaitNoStream());
}

TEST_F(ConversationTest, PassesTheSameDoor) {
  EXPECT_EQ(Talked(door(), By("")).status().code(), absl::StatusCode::kUnauthenticated);
  Talked analyst(door(), By("analyst"));
  EXPECT_THAT(analyst.status(), HasReason("PERMISSION_DENIED"));
  EXPECT_EQ(analyst.asked(), 0) << "nothing is read of who may not";
  EXPECT_THAT(Talked(door(), By("manager"), "heitie.test.v1.TalkService/Nothing").status(), HasReason("UNKNOWN_METHOD"));
  EXPECT_THAT(Asked(door(), By("manager"), kTalk, Words("x")).status(), HasReason("UNKNOWN_METHOD")) << "not a unary method";
}

TEST_F(ConversationTest, WhoIsRefusedByTheHandlerIsRefusedBeforeAnyMessage) {
  handlers_.open = [](const Call& call) { return status::NotFound(call.principal.name); };
  Talked talked(door(), By("manager"));
  EXPECT_THAT(talked.status(), HasReason("NOT_FOUND"));
  EXPECT_EQ(talked.asked(), 0);
}

TEST_F(ConversationTest, ABadMessageIsExplainedAndTheStreamGoesOn) {
  handlers_.answer = [](const Call&, const TalkRequest& request) -> absl::StatusOr<TalkResponse> {
    if (request.text() == "missing") return status::NotFound("books/b1");
    if (request.text() == "broken") return absl::InternalError("SELECT secret");
    if (request.text() == "thrown") throw std::runtime_error("secret");
    TalkResponse response;
    response.set_text(request.text());
    return response;
  };
  Talked talked(door(), By("manager"));
  talked.Say(TalkRequest());
  talked.Say(Words(std::string(101, 'x')));
  for (const char* text : {"missing", "broken", "thrown", "good"}) talked.Say(Words(text));
  talked.Last();
  EXPECT_TRUE(talked.status().ok()) << talked.status();
  EXPECT_THAT(talked.answers(), ElementsAre("INVALID_FIELDS", "INVALID_FIELDS", "NOT_FOUND", "INTERNAL", "INTERNAL", "good"));
}

TEST_F(ConversationTest, WhatIsNotExplainedEndsTheStream) {
  handlers_.answer = [](const Call&, const TalkRequest&) -> absl::StatusOr<TalkResponse> { return absl::InternalError("SELECT secret"); };
  Talked talked(door(), By("manager"));
  talked.Say(Words("fatal"));
  talked.Say(Words("never read"));
  EXPECT_THAT(talked.status(), HasReason("INTERNAL"));
  EXPECT_THAT(std::string(talked.status().message()), ::testing::Not(HasSubstr("secret")));
  EXPECT_EQ(talked.asked(), 1);
}

TEST_F(ConversationTest, WhatCannotBeReadEndsTheStream) {
  const grpc::Slice slice("\xff\xff\xff");
  Talked malformed(door(), By("manager"));
  malformed.Say(Words("good"));
  malformed.SayBytes(grpc::ByteBuffer(&slice, 1));
  EXPECT_THAT(malformed.status(), HasReason("MALFORMED"));
  EXPECT_THAT(malformed.answers(), ElementsAre("good"));
  Talked large(door(), By("manager"));
  large.Say(Words("x", kMaxMessageBytes));
  EXPECT_THAT(large.status(), HasReason("MESSAGE_TOO_LARGE"));
  Talked broken(door(), By("manager"));
  broken.Say(Words("good"));
  broken.Break(status::Error(status::kMalformed, {{"what", "a line"}}));
  EXPECT_THAT(broken.status(), HasReason("MALFORMED"));
  EXPECT_THAT(broken.answers(), ElementsAre("good"));
}

TEST_F(ConversationTest, ReadsTheNextMessageOnlyWhenTheAnswerIsTaken) {
  Talked talked(door(), By("manager"), kTalk, Talked::Reader::kManual);
  for (int i = 0; i < 10; ++i) talked.Say(Words("x", 1 << 20));
  ASSERT_TRUE(talked.Await(1));
  absl::SleepFor(absl::Milliseconds(50));
  EXPECT_EQ(talked.asked(), 1) << "a reader that does not read holds one message and its answer";
  talked.Take();
  ASSERT_TRUE(talked.Await(2));
  EXPECT_EQ(talked.asked(), 2);
  EXPECT_EQ(handlers_.open_streams, 1);
}

TEST_F(ConversationTest, EachMessageHasATimeAndADeadlineOfItsOwn) {
  std::vector<Call> calls;
  handlers_.answer = [&](const Call& call, const TalkRequest&) -> absl::StatusOr<TalkResponse> {
    calls.push_back(call);
    return TalkResponse();
  };
  Arrival arrival = By("manager");
  arrival.traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  Talked talked(door(), arrival);
  talked.Say(Words("a"));
  ASSERT_TRUE(talked.Await(1));
  parts_.clock.Advance(absl::Minutes(5));
  talked.Say(Words("b"));
  talked.Last();
  EXPECT_TRUE(talked.status().ok());
  ASSERT_EQ(calls.size(), 2u);
  EXPECT_EQ(calls[1].now - calls[0].now, absl::Minutes(5));
  for (const Call& call : calls) {
    EXPECT_EQ(call.trace_id, "0af7651916cd43dd8448eb211c80319c");
    EXPECT_EQ(call.principal.name, "employees/manager");
    EXPECT_EQ(call.method, kTalk);
    EXPECT_LE(call.deadline, absl::Now() + options_.default_deadline) << "not that of the stream";
  }
  EXPECT_GT(talked.call().deadline, absl::Now() + absl::Minutes(50));
}

TEST_F(ConversationTest, TheDeadlineEndsAStreamThatIsSilent) {
  Arrival arrival = By("manager");
  arrival.deadline = absl::Now() + absl::Milliseconds(100);
  Talked talked(door(), arrival);
  EXPECT_THAT(talked.status(), HasReason("DEADLINE_EXCEEDED"));
  options_.max_stream = absl::Milliseconds(100);
  door_.reset();
  EXPECT_THAT(Talked(door(), By("manager")).status(), HasReason("DEADLINE_EXCEEDED"));
}

TEST_F(ConversationTest, AMessageInHandIsAnsweredBeforeTheDoorDrains) {
  AnswerAtTheGate();
  const auto told = std::make_shared<std::atomic<bool>>(false);  // every stream that the door drains
  handlers_.service.OnDrain([told] { *told = true; });
  Talked busy(door(), By("manager")), idle(door(), By("manager")), unread(door(), By("manager"), kTalk, Talked::Reader::kManual);
  ASSERT_TRUE(idle.AwaitAsked(1));
  busy.Say(Words("in hand"));
  busy.Say(Words("never read"));
  AwaitWork();
  std::thread drain([&] { door().Drain(absl::Now() + kPatience); });
  EXPECT_EQ(idle.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_FALSE(busy.IsDone());
  while (!*told) absl::SleepFor(absl::Milliseconds(1));
  gate_.set_value();
  EXPECT_EQ(busy.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(busy.answers(), ElementsAre("in hand"));
  EXPECT_EQ(busy.asked(), 1) << "what is not read is not lost: nobody was told that it is taken";
  drain.join();
  EXPECT_EQ(Talked(door(), By("manager")).status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(handlers_.open_streams, 0);
}

TEST_F(ConversationTest, AReaderThatDoesNotReadDoesNotHoldUpTheDrain) {
  Talked talked(door(), By("manager"), kTalk, Talked::Reader::kManual);
  talked.Say(Words("x"));
  ASSERT_TRUE(talked.Await(1));
  const absl::Time begun = absl::Now();
  door().Drain(begun + kPatience);
  EXPECT_LT(absl::Now() - begun, kPatience);
  EXPECT_EQ(talked.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(talked.answers(), ElementsAre("x"));
}

TEST_F(ConversationTest, AClientThatGoesEndsTheStreamWhenItsMessageIsDone) {
  AnswerAtTheGate();
  Talked talked(door(), By("manager"));
  talked.Say(Words("x"));
  AwaitWork();
  talked.Cancel();
  EXPECT_EQ(handlers_.open_streams, 1) << "the handler is at work";
  gate_.set_value();
  EXPECT_EQ(talked.status().code(), absl::StatusCode::kCancelled);
  EXPECT_THAT(talked.answers(), IsEmpty());
  EXPECT_TRUE(AwaitNoStream());
  talked.Cancel();
}

TEST_F(ConversationTest, ATransportThatDropsWhatItWasAskedForEndsTheStream) {
  std::optional<Talked> talked;
  talked.emplace(door(), By("manager"));
  ASSERT_TRUE(talked->AwaitAsked(1));
  talked.reset();
  EXPECT_TRUE(AwaitNoStream());
}

TEST_F(ConversationTest, TooMuchToDoEndsTheStreamWithAdvice) {
  options_.workers = 1;
  options_.queue = 1;
  AnswerAtTheGate();
  Talked first(door(), By("manager"));
  ASSERT_TRUE(first.AwaitAsked(1));
  Talked second(door(), By("manager"));
  ASSERT_TRUE(second.AwaitAsked(1));
  Talked third(door(), By("manager"));
  ASSERT_TRUE(third.AwaitAsked(1)) << "streams that wait hold no thread and no place in the queue";
  first.Say(Words("works"));
  AwaitWork();
  second.Say(Words("waits"));
  third.Say(Words("is too much"));
  EXPECT_THAT(third.status(), HasReason("OVERLOADED"));
  second.Cancel();
  gate_.set_value();
  EXPECT_TRUE(first.Await(1));
}

TEST_F(ConversationTest, RightsAreJudgedWithEachMessage) {
  struct Posts final : Rights {
    absl::Status Judge(const google::protobuf::MethodDescriptor*, absl::Time, Principal&) const override {
      return gone ? absl::PermissionDeniedError("has left") : absl::OkStatus();
    }
    std::atomic<bool> gone{false};
  } posts;
  options_.rights = &posts;
  Talked talked(door(), By("manager"));
  talked.Say(Words("a"));
  ASSERT_TRUE(talked.Await(1));
  posts.gone = true;
  talked.Say(Words("b"));
  EXPECT_TRUE(absl::IsPermissionDenied(talked.status()));
  EXPECT_THAT(talked.answers(), ElementsAre("a"));
}

TEST_F(ConversationTest, HundredsOfStreamsShareFewThreads) {
  options_.workers = 2;
  options_.queue = 1000;
  std::vector<std::unique_ptr<Talked>> all;
  all.reserve(300);
  for (int i = 0; i < 300; ++i) all.push_back(std::make_unique<Talked>(door(), By("manager")));
  for (int round = 0; round < 3; ++round) {
    for (auto& talked : all) talked->Say(Words(absl::StrCat(round)));
  }
  for (auto& talked : all) talked->Last();
  for (auto& talked : all) {
    EXPECT_TRUE(talked->status().ok()) << talked->status();
    EXPECT_THAT(talked->answers(), ElementsAre("0", "1", "2"));
  }
}

TEST_F(ConversationTest, SaidAndCancelledByManyThreadsItEndsOnce) {
  for (int round = 0; round < 200; ++round) {
    Talked talked(door(), By("manager"));
    std::thread says([&] {
      for (int i = 0; i < 5; ++i) talked.Say(Words("x"));
      talked.Last();
    });
    std::thread cancels([&] {
      if (round % 2 == 0) std::this_thread::yield();
      talked.Cancel();
    });
    says.join();
    cancels.join();
    const absl::StatusCode code = talked.status().code();
    EXPECT_TRUE(code == absl::StatusCode::kOk || code == absl::StatusCode::kCancelled) << code;
  }
  EXPECT_TRUE(AwaitNoStream());
}

TEST_F(ConversationTest, LeavesOneLineWithItsMessages) {
  observe::FlushLogs();  // lines of the tests before
  ::testing::internal::CaptureStderr();
  {
    Talked talked(door(), By("manager"));
    for (const char* text : {"a", "b", ""}) talked.Say(Words(text));
    talked.Last();
    EXPECT_TRUE(talked.status().ok());
  }
  observe::FlushLogs();
  const std::string line = ::testing::internal::GetCapturedStderr();
  EXPECT_EQ(std::count(line.begin(), line.end(), '\n'), 1) << line;
  EXPECT_THAT(line, HasSubstr("\"request_messages\":3,\"response_messages\":3"));
  EXPECT_THAT(line, HasSubstr(kTalk));
  EXPECT_THAT(observe::Scrape(), HasSubstr(kTalk));
}

TEST_F(ConversationTest, CanBeHeldWithoutANetwork) {
  Call call;
  call.principal.Grant(options::v1::ROLE_OPERATIONS_MANAGER);
  const auto answers = handlers_.service.Converse<TalkResponse>("Talk", call, std::vector<TalkRequest>{Words("a"), Words("")});
  ASSERT_TRUE(answers.ok()) << answers.status();
  ASSERT_EQ(answers->size(), 2u);
  EXPECT_EQ((*answers)[0].text(), "a");
  EXPECT_EQ((*answers)[1].status().code(), 3);
  EXPECT_THAT(handlers_.service.Converse<TalkResponse>("Talk", Call(), std::vector<TalkRequest>{}).status(),
              HasReason("PERMISSION_DENIED"));
}

// --- Forwarding --------------------------------------------------------------------------------------------------------

class TalkTarget final : public Forwarder {
 public:
  std::function<void()> Unary(const Call&, const std::string&, const grpc::ByteBuffer&,
                              std::function<void(const absl::Status&, grpc::ByteBuffer)>) override {
    std::abort();
  }
  std::function<void()> ServerStream(const Call&, const std::string&, const grpc::ByteBuffer&,
                                     std::function<void(grpc::ByteBuffer, std::function<void()>)>,
                                     std::function<void(const absl::Status&)>) override {
    std::abort();
  }
  std::function<void()> Converse(const Call&, const std::string&, ReadNext from,
                                 std::function<void(grpc::ByteBuffer, std::function<void()>)> to,
                                 std::function<void(const absl::Status&)> end) override {
    read = std::move(from);
    message = std::move(to);
    done = std::move(end);
    return [this] { ++cancels; };
  }
  // Asks for a message; the text of what comes ends up in `heard`, "" for the last.
  void Ask() {
    read([this](const Incoming& incoming) {
      ASSERT_TRUE(incoming.ok());
      TalkRequest request;
      EXPECT_TRUE(!incoming->has_value() || Parse(**incoming, request));
      heard.push_back(request.text());
      ++heard_count;
    });
  }
  // Ends the stream and forgets who asked.
  void End(const absl::Status& status) {
    done(status);
    read = nullptr;
    message = nullptr;
    done = nullptr;
  }
  ReadNext read;
  std::function<void(grpc::ByteBuffer, std::function<void()>)> message;
  std::function<void(const absl::Status&)> done;
  std::vector<std::string> heard;
  std::atomic<size_t> heard_count{0};
  int cancels = 0;
};

class PassOnTest : public ::testing::Test {
 protected:
  PassOnTest() { door_.Forward(kTalkService, target_); }
  static grpc::ByteBuffer Said(const std::string& text) {
    TalkResponse response;
    response.set_text(text);
    return Serialize(response);
  }
  DoorParts parts_;
  TalkTarget target_;
  Door door_{parts_.Options()};
};

TEST_F(PassOnTest, PassesOneMessageAtATimeAsTheTargetAsks) {
  EXPECT_THAT(Talked(door_, By("analyst")).status(), HasReason("PERMISSION_DENIED"));
  Talked talked(door_, By("manager"), kTalk, Talked::Reader::kManual);
  talked.Say(Words("a"));
  talked.Say(Words("b"));
  EXPECT_EQ(talked.asked(), 0) << "the target has not asked yet";
  target_.Ask();
  EXPECT_THAT(target_.heard, ElementsAre("a"));
  int asked_for = 0;
  target_.message(Said("A"), [&] { ++asked_for; });
  target_.Ask();
  EXPECT_THAT(target_.heard, ElementsAre("a", "b"));
  EXPECT_EQ(asked_for, 0) << "the answer is not taken";
  talked.Take();
  EXPECT_EQ(asked_for, 1);
  target_.Ask();
  talked.Last();
  EXPECT_THAT(target_.heard, ElementsAre("a", "b", ""));
  target_.message(Said("B"), [] {});
  target_.End(absl::OkStatus());
  EXPECT_TRUE(talked.status().ok());
  EXPECT_THAT(talked.answers(), ElementsAre("A", "B"));
}

TEST_F(PassOnTest, WhatTheTargetHasIsAnsweredBeforeTheDoorDrains) {
  Talked talked(door_, By("manager"));
  target_.Ask();
  talked.Say(Words("a"));
  target_.Ask();
  std::thread drain([&] { door_.Drain(absl::Now() + kPatience); });
  const absl::Time deadline = absl::Now() + kPatience;
  while (target_.heard_count < 2 && absl::Now() < deadline) absl::SleepFor(absl::Milliseconds(1));
  EXPECT_THAT(target_.heard, ElementsAre("a", "")) << "the target hears that no more comes";
  talked.Say(Words("never passed on"));
  target_.message(Said("A"), [] {});
  target_.End(absl::OkStatus());
  drain.join();
  EXPECT_EQ(talked.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(talked.answers(), ElementsAre("A"));
  EXPECT_THAT(target_.heard, ElementsAre("a", ""));
}

TEST_F(PassOnTest, TheEndsOfBothSidesReachEachOther) {
  {
    Talked talked(door_, By("manager"));
    target_.Ask();
    talked.Cancel();
    EXPECT_EQ(target_.cancels, 1);
    EXPECT_EQ(talked.status().code(), absl::StatusCode::kCancelled);
    talked.Say(Words("nobody is there"));
    target_.End(absl::CancelledError());
    EXPECT_THAT(target_.heard, IsEmpty());
  }
  {
    Talked talked(door_, By("manager"));
    target_.Ask();
    target_.End(status::NotFound("books/b1"));
    EXPECT_THAT(talked.status(), HasReason("NOT_FOUND"));
  }
  Talked talked(door_, By("manager"));
  target_.Ask();
  talked.Say(Words("x", kMaxMessageBytes));
  EXPECT_THAT(talked.status(), HasReason("MESSAGE_TOO_LARGE"));
  EXPECT_EQ(target_.cancels, 3) << "each once; the second had ended already, and does not mind";
  target_.End(absl::CancelledError());
}

}  // namespace
}  // namespace heitie::rpc
