// Streams of requests through two doors with a connection between them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <thread>

#include "common/client/channel.h"
#include "common/rpc/bounds.h"
#include "common/rpc/talk_testing.h"
#include "common/test/matchers.h"
#include "grpcpp/generic/generic_stub.h"
#include "grpcpp/grpcpp.h"

namespace heitie::client {
namespace {

using rpc::By;
using rpc::CountRequest;
using rpc::Door;
using rpc::GrpcListener;
using rpc::kPatience;
using rpc::Talked;
using rpc::TalkRequest;
using rpc::TalkResponse;
using rpc::Words;
using test::HasReason;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

CountRequest One() {
  CountRequest request;
  request.set_text("x");
  return request;
}

class DuplexTest : public ::testing::Test {
 protected:
  void Listen() {
    back_ = std::make_unique<Door>(options_);
    back_->Serve(handlers_.service);
    auto listener = GrpcListener::Listen(*back_, {.address = "127.0.0.1:0"});
    ASSERT_TRUE(listener.ok()) << listener.status();
    listener_ = std::move(*listener);
    channel_ = NewChannel({.name = "talk", .target = absl::StrCat("dns:///127.0.0.1:", listener_->port())});
  }
  Door& front() {
    if (front_ == nullptr) {
      Listen();
      front_ = std::make_unique<Door>(parts_.Options());
      front_->Forward(rpc::kTalkService, *channel_);
    }
    return *front_;
  }
  bool AwaitNoStream() const {
    const absl::Time deadline = absl::Now() + kPatience;
    while (handlers_.open_streams > 0 && absl::Now() < deadline) absl::SleepFor(absl::Milliseconds(1));
    return handlers_.open_streams == 0;
  }
  void AwaitStreams(int count) const {
    while (handlers_.open_streams < count) absl::SleepFor(absl::Milliseconds(1));
  }

  rpc::DoorParts parts_;
  Door::Options options_ = parts_.Options();
  rpc::TalkHandlers handlers_;
  std::unique_ptr<Door> back_;
  std::unique_ptr<GrpcListener> listener_;
  std::unique_ptr<Channel> channel_;
  std::unique_ptr<Door> front_;
};

TEST_F(DuplexTest, AnswersComeInOrderWhileMessagesAreSaid) {
  Talked talked(front(), By("manager"));
  for (int i = 0; i < 200; ++i) {
    talked.Say(Words(absl::StrCat(i)));
    if (i % 50 != 0) continue;
    ASSERT_TRUE(talked.Await(i)) << "each is answered without waiting for the end";
  }
  talked.Last();
  EXPECT_TRUE(talked.status().ok()) << talked.status();
  ASSERT_EQ(talked.answers().size(), 200u);
  for (int i = 0; i < 200; ++i) EXPECT_EQ(talked.answers()[i], absl::StrCat(i));
}

TEST_F(DuplexTest, EachMessageIsJudgedByTheTarget) {
  Talked talked(front(), By("manager"));
  for (const char* text : {"a", "", "b"}) talked.Say(Words(text));
  talked.Last();
  EXPECT_TRUE(talked.status().ok()) << talked.status();
  EXPECT_THAT(talked.answers(), ElementsAre("a", "INVALID_FIELDS", "b"));
  Talked large(front(), By("manager"));
  large.Say(Words("x", rpc::kMaxMessageBytes - 100));
  large.Last();
  EXPECT_TRUE(large.status().ok()) << large.status();
}

TEST_F(DuplexTest, RequestsAreCollectedToOneAnswer) {
  Talked talked(front(), By("manager"), rpc::kCount);
  for (int i = 0; i < 5; ++i) talked.Say(One());
  talked.Last();
  EXPECT_TRUE(talked.status().ok()) << talked.status();
  EXPECT_EQ(talked.count(), 5);
}

TEST_F(DuplexTest, WhatIsNotCompleteDoesNotCount) {
  for (int round = 0; round < 20; ++round) {
    Talked talked(front(), By("manager"), rpc::kCount);
    talked.Say(One());
    talked.Say(One());
    ASSERT_TRUE(talked.AwaitAsked(3));
    talked.Cancel();
    EXPECT_EQ(talked.status().code(), absl::StatusCode::kCancelled);
  }
  EXPECT_TRUE(AwaitNoStream());
  EXPECT_EQ(handlers_.counted, 0) << "a client that vanishes is not one that has said everything";
}

TEST_F(DuplexTest, AStrangersClientThatVanishesDoesNotCount) {
  Listen();
  for (int round = 0; round < 20; ++round) {
    grpc::GenericStub stub(grpc::CreateChannel(absl::StrCat("127.0.0.1:", listener_->port()), grpc::InsecureChannelCredentials()));
    grpc::ClientContext context;
    context.AddMetadata("authorization", "Bearer manager");
    grpc::CompletionQueue queue;
    const auto done = [&] {
      void* tag = nullptr;
      bool ok = false;
      queue.Next(&tag, &ok);
      return ok;
    };
    auto call = stub.PrepareCall(&context, absl::StrCat("/", rpc::kCount), &queue);
    call->StartCall(nullptr);
    done();
    call->Write(rpc::Serialize(One()), nullptr);
    EXPECT_TRUE(done());
    AwaitStreams(1);
    context.TryCancel();
    grpc::Status status;
    call->Finish(&status, nullptr);
    done();
    EXPECT_EQ(status.error_code(), grpc::StatusCode::CANCELLED);
    EXPECT_TRUE(AwaitNoStream());
  }
  EXPECT_EQ(handlers_.counted, 0);
}

TEST_F(DuplexTest, AReaderThatDoesNotReadStopsTheSender) {
  std::atomic<int> handled{0};
  handlers_.answer = [&](const rpc::Call&, const TalkRequest&) -> absl::StatusOr<TalkResponse> {
    ++handled;
    TalkResponse response;
    response.set_text(std::string(1 << 20, 'x'));
    return response;
  };
  Talked talked(front(), By("manager"), rpc::kTalk, Talked::Reader::kManual);
  for (int i = 0; i < 100; ++i) talked.Say(Words("x", 1 << 20));
  ASSERT_TRUE(talked.Await(1));
  absl::SleepFor(absl::Milliseconds(500));
  // One in the reader's hand, one that waits for the way, and what the windows of the connection and the sockets hold.
  EXPECT_LE(handled, 30);
  EXPECT_LE(talked.asked(), 50);
  for (size_t i = 2; i <= 100; ++i) {
    talked.Take();
    ASSERT_TRUE(talked.Await(i));
  }
}

TEST_F(DuplexTest, AMessageInHandIsAnsweredBeforeTheTargetDrains) {
  std::promise<void> gate;
  std::atomic<bool> at_work{false};
  handlers_.answer = [&](const rpc::Call&, const TalkRequest& request) -> absl::StatusOr<TalkResponse> {
    at_work = true;
    gate.get_future().wait();
    TalkResponse response;
    response.set_text(request.text());
    return response;
  };
  Talked talked(front(), By("manager"));
  talked.Say(Words("in hand"));
  talked.Say(Words("too late"));
  while (!at_work) absl::SleepFor(absl::Milliseconds(1));
  std::thread drain([&] { back_->Drain(absl::Now() + kPatience); });
  absl::SleepFor(absl::Milliseconds(50));
  EXPECT_FALSE(talked.IsDone());
  gate.set_value();
  EXPECT_THAT(talked.status(), HasReason("UNAVAILABLE"));
  EXPECT_THAT(talked.answers(), ElementsAre("in hand"));
  drain.join();
}

TEST_F(DuplexTest, TheFrontDrainsWhenItsTargetHasAnswered) {
  std::promise<void> gate;
  std::atomic<bool> at_work{false};
  handlers_.answer = [&](const rpc::Call&, const TalkRequest& request) -> absl::StatusOr<TalkResponse> {
    at_work = true;
    gate.get_future().wait();
    TalkResponse response;
    response.set_text(request.text());
    return response;
  };
  Talked talked(front(), By("manager"));
  talked.Say(Words("in hand"));
  while (!at_work) absl::SleepFor(absl::Milliseconds(1));
  std::thread drain([&] { front().Drain(absl::Now() + kPatience); });
  absl::SleepFor(absl::Milliseconds(50));
  EXPECT_FALSE(talked.IsDone());
  gate.set_value();
  EXPECT_THAT(talked.status(), HasReason("UNAVAILABLE"));
  EXPECT_THAT(talked.answers(), ElementsAre("in hand"));
  drain.join();
  EXPECT_TRUE(AwaitNoStream());
}

TEST_F(DuplexTest, BothSidesHearOfTheOthersEnd) {
  {
    Talked talked(front(), By("manager"));
    talked.Say(Words("x"));
    ASSERT_TRUE(talked.Await(1));
    talked.Cancel();
    EXPECT_EQ(talked.status().code(), absl::StatusCode::kCancelled);
    EXPECT_TRUE(AwaitNoStream());
  }
  {
    handlers_.answer = [](const rpc::Call&, const TalkRequest&) -> absl::StatusOr<TalkResponse> { return status::NotFound("books/b1"); };
    Talked talked(front(), By("manager"));
    talked.Say(Words("fatal"));
    EXPECT_THAT(talked.status(), HasReason("NOT_FOUND")) << "although the client has more to say";
  }
  Talked talked(front(), By("manager"));
  talked.Say(Words(""));
  ASSERT_TRUE(talked.Await(1));
  listener_->Shutdown(absl::Now());
  EXPECT_FALSE(talked.status().ok());
  Talked nobody(front(), By("manager"));
  EXPECT_THAT(nobody.status(), HasReason("UNAVAILABLE"));
}

TEST_F(DuplexTest, ASilentStreamEndsWithItsDeadline) {
  rpc::Arrival arrival = By("manager");
  arrival.deadline = absl::Now() + absl::Milliseconds(300);
  Talked talked(front(), arrival);
  EXPECT_THAT(talked.status(), HasReason("DEADLINE_EXCEEDED"));
  EXPECT_TRUE(AwaitNoStream());
}

TEST_F(DuplexTest, AHundredStreamsAtOnceShareFourThreads) {
  options_.queue = 1000;
  std::vector<std::unique_ptr<Talked>> all;
  all.reserve(100);
  for (int i = 0; i < 100; ++i) all.push_back(std::make_unique<Talked>(front(), By("manager")));
  AwaitStreams(100);
  for (auto& talked : all) {
    for (const char* text : {"a", "b", "c"}) talked->Say(Words(text));
    talked->Last();
  }
  for (auto& talked : all) {
    EXPECT_TRUE(talked->status().ok()) << talked->status();
    EXPECT_THAT(talked->answers(), ElementsAre("a", "b", "c"));
  }
}

TEST_F(DuplexTest, WhoIsRefusedIsRefusedByTheHead) {
  EXPECT_THAT(Talked(front(), By("analyst")).status(), HasReason("PERMISSION_DENIED"));
  handlers_.open = [](const rpc::Call&) { return status::NotFound("books/b1"); };
  EXPECT_THAT(Talked(front(), By("manager")).status(), HasReason("NOT_FOUND"));
}

}  // namespace
}  // namespace heitie::client
