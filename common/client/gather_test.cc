#include "common/client/gather.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "common/test/fixture.h"
#include "heitie/gateway/v1/missing_part.pb.h"
#include "heitie/options/v1/access.pb.h"
#include "heitie/planning/v1/project.pb.h"
#include "heitie/planning/v1/task.pb.h"

namespace heitie::client {
namespace {

using planning::v1::GetProjectRequest;
using planning::v1::ListTasksRequest;
using planning::v1::ListTasksResponse;
using planning::v1::Project;
using test::HasReason;
using test::IsOk;
using ::testing::ElementsAre;

class GatherTest : public ::testing::Test {
 protected:
  GatherTest() : call_(test::By("employees/a", {options::v1::ROLE_OPERATIONS_MANAGER}, absl::Now())) {}

  Clients clients() {
    return [this](const std::string& service) -> client::Client& { return clients_[service]; };
  }
  void AnswerGet(const std::string& service, std::function<absl::StatusOr<Project>(const rpc::Call&, const GetProjectRequest&)> answer) {
    clients_[service].AnswerAside();
    clients_[service].On<GetProjectRequest, Project>("Get", std::move(answer));
  }
  void Ask(Gather& round, const std::string& service, const std::string& name) {
    GetProjectRequest request;
    request.set_name(name);
    const Method<GetProjectRequest, Project> get{service.c_str(), "Get"};
    round.Ask({"field", name}, get, request, [this](Project& project) { answers_.push_back(project.name()); });
  }

  Gather::Missing Missing() {
    return [this](const Part& part, const absl::Status& why) {
      gateway::v1::MissingPart& missing = *missing_.Add();
      missing.set_part(part.field);
      missing.set_subject(part.subject);
      missing.set_service(part.process);
      missing.set_code(absl::StatusCodeToString(why.code()));
      missing.set_reason(status::ReasonOf(why));
      missing.set_message(std::string(why.message()));
    };
  }

  rpc::Call call_;
  std::map<std::string, test::FakeClient> clients_;
  std::vector<std::string> answers_;
  google::protobuf::RepeatedPtrField<gateway::v1::MissingPart> missing_;
};

TEST_F(GatherTest, AnswersComeInTheOrderOfTheQuestions) {
  AnswerGet("a", [](const rpc::Call&, const GetProjectRequest& request) -> absl::StatusOr<Project> {
    if (request.name() == "first") std::this_thread::sleep_for(std::chrono::milliseconds(50));
    Project project;
    project.set_name(request.name());
    return project;
  });
  Gather round(call_, clients(), call_.deadline);
  for (const char* name : {"first", "second", "third"}) Ask(round, "a", name);
  EXPECT_THAT(round.Run(Missing()), IsOk());
  EXPECT_THAT(answers_, ElementsAre("first", "second", "third"));
  EXPECT_TRUE(missing_.empty());
}

TEST_F(GatherTest, AsksServicesAtTheSameTime) {
  // Each service answers only when all have been asked.
  std::atomic<int> asked{0};
  for (const char* service : {"a", "b", "c"}) {
    AnswerGet(service, [&](const rpc::Call&, const GetProjectRequest&) -> absl::StatusOr<Project> {
      ++asked;
      for (int i = 0; i < 5000 && asked < 3; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(1));
      if (asked < 3) return absl::UnavailableError("asked one after the other");
      return Project();
    });
  }
  Gather round(call_, clients(), call_.deadline);
  for (const char* service : {"a", "b", "c"}) Ask(round, service, "x");
  EXPECT_THAT(round.Run(Missing()), IsOk());
  EXPECT_EQ(answers_.size(), 3u);
}

TEST_F(GatherTest, WhatFollowsIsAskedWhileTheRestIsStillOpen) {
  // "slow" answers only after what follows from "first" was asked.
  std::atomic<bool> follower_asked{false};
  AnswerGet("a", [&](const rpc::Call&, const GetProjectRequest& request) -> absl::StatusOr<Project> {
    if (request.name() == "follower") follower_asked = true;
    for (int i = 0; request.name() == "slow" && i < 5000 && !follower_asked; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    Project project;
    project.set_name(request.name() == "slow" && !follower_asked ? "too late" : request.name());
    return project;
  });
  Gather round(call_, clients(), call_.deadline);
  Ask(round, "a", "first");
  round.Then([&] {
    EXPECT_THAT(answers_, ElementsAre("first"));
    Ask(round, "a", "follower");
  });
  Ask(round, "a", "slow");
  EXPECT_THAT(round.Run(Missing()), IsOk());
  EXPECT_THAT(answers_, ElementsAre("first", "slow", "follower"));
}

// Whoever uses an answer may throw, while others are still awaited.
TEST_F(GatherTest, NothingIsUnderWayWhenItIsGone) {
  std::atomic<int> under_way{0};
  AnswerGet("a", [&](const rpc::Call&, const GetProjectRequest& request) -> absl::StatusOr<Project> {
    ++under_way;
    for (int i = 0; request.name() == "first" && i < 5000 && under_way < 2; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    if (request.name() == "slow") std::this_thread::sleep_for(std::chrono::milliseconds(200));
    --under_way;
    return Project();
  });
  {
    Gather round(call_, clients(), call_.deadline);
    Ask(round, "a", "first");
    round.Then([] { throw std::runtime_error("broken"); });
    Ask(round, "a", "slow");
    EXPECT_THROW(round.Run(Missing()).IgnoreError(), std::runtime_error);
  }
  EXPECT_EQ(under_way, 0);
}

TEST_F(GatherTest, WhatFollowsIsAskedAlsoAfterAFailure) {
  AnswerGet("a", [](const rpc::Call&, const GetProjectRequest& request) -> absl::StatusOr<Project> {
    if (request.name() == "first") return status::NotFound("first");
    Project project;
    project.set_name(request.name());
    return project;
  });
  Gather round(call_, clients(), call_.deadline);
  Ask(round, "a", "first");
  round.Then([&] { Ask(round, "a", "follower"); });
  EXPECT_THAT(round.Run(Missing()), IsOk());
  EXPECT_THAT(answers_, ElementsAre("follower"));
  EXPECT_EQ(missing_.size(), 1);
}

TEST_F(GatherTest, WithoutWhatIsRequiredNothingMoreIsAsked) {
  AnswerGet("a",
            [](const rpc::Call&, const GetProjectRequest& request) -> absl::StatusOr<Project> { return status::NotFound(request.name()); });
  AnswerGet("b", [](const rpc::Call&, const GetProjectRequest&) -> absl::StatusOr<Project> { return Project(); });
  Gather round(call_, clients(), call_.deadline);
  const Method<GetProjectRequest, Project> get{"a", "Get"};
  round.Require({"field", "x"}, get, GetProjectRequest(), [](Project&) { ADD_FAILURE(); });
  round.Then([] { ADD_FAILURE(); });
  Ask(round, "b", "y");
  EXPECT_THAT(round.Run(Missing()), HasReason("NOT_FOUND"));
  EXPECT_TRUE(answers_.empty());
  EXPECT_TRUE(missing_.empty());
}

TEST_F(GatherTest, WhatFailsIsNamedAndTheRestStands) {
  AnswerGet("a", [](const rpc::Call&, const GetProjectRequest&) -> absl::StatusOr<Project> { return Project(); });
  AnswerGet("b",
            [](const rpc::Call&, const GetProjectRequest& request) -> absl::StatusOr<Project> { return status::NotFound(request.name()); });
  Gather round(call_, clients(), call_.deadline);
  Ask(round, "a", "x");
  Ask(round, "b", "y");
  EXPECT_THAT(round.Run(Missing()), IsOk());
  EXPECT_EQ(answers_.size(), 1u);
  ASSERT_EQ(missing_.size(), 1);
  EXPECT_EQ(missing_[0].part(), "field");
  EXPECT_EQ(missing_[0].service(), "b");
  EXPECT_EQ(missing_[0].subject(), "y");
  EXPECT_EQ(missing_[0].code(), "NOT_FOUND");
  EXPECT_EQ(missing_[0].reason(), "NOT_FOUND");
  EXPECT_EQ(missing_[0].message(), "y does not exist.");
}

TEST_F(GatherTest, AServiceThatIsDownIsNotAskedAgainAndAgain) {
  std::atomic<int> asked{0};
  AnswerGet("a", [&](const rpc::Call&, const GetProjectRequest&) -> absl::StatusOr<Project> {
    ++asked;
    return status::Error(status::kUnavailable, {{"what", "a"}});
  });
  Gather round(call_, clients(), call_.deadline);
  for (int i = 0; i < 100; ++i) Ask(round, "a", std::to_string(i));
  EXPECT_THAT(round.Run(Missing()), IsOk());
  EXPECT_EQ(missing_.size(), 100);
  EXPECT_LE(asked, 4);
}

TEST_F(GatherTest, ARefusalForOneSubjectDoesNotStopTheOthers) {
  AnswerGet(
      "a", [&](const rpc::Call&, const GetProjectRequest& request) -> absl::StatusOr<Project> { return status::NotFound(request.name()); });
  Gather round(call_, clients(), call_.deadline);
  for (int i = 0; i < 20; ++i) Ask(round, "a", std::to_string(i));
  EXPECT_THAT(round.Run(Missing()), IsOk());
  EXPECT_EQ(missing_[19].subject(), "19");
  EXPECT_EQ(missing_[19].message(), "19 does not exist.");
}

TEST_F(GatherTest, EachQuestionHasADeadlineOfItsOwnInsideTheRound) {
  std::vector<absl::Time> deadlines;
  AnswerGet("a", [&](const rpc::Call& call, const GetProjectRequest&) -> absl::StatusOr<Project> {
    deadlines.push_back(call.deadline);
    EXPECT_EQ(call.trace_id, call_.trace_id);
    return Project();
  });
  const absl::Time start = absl::Now();
  Gather long_round(call_, clients(), start + absl::Seconds(20), absl::Seconds(2));
  Ask(long_round, "a", "x");
  EXPECT_THAT(long_round.Run(Missing()), IsOk());
  Gather short_round(call_, clients(), start + absl::Seconds(1), absl::Seconds(2));
  Ask(short_round, "a", "x");
  EXPECT_THAT(short_round.Run(Missing()), IsOk());
  Gather late_round(call_, clients(), start - absl::Seconds(1), absl::Seconds(2));
  Ask(late_round, "a", "x");
  EXPECT_THAT(late_round.Run(Missing()), IsOk());
  ASSERT_EQ(deadlines.size(), 2u);
  EXPECT_LT(deadlines[0], start + absl::Seconds(4));
  EXPECT_GE(deadlines[0], start + absl::Seconds(2));
  EXPECT_EQ(deadlines[1], start + absl::Seconds(1));
  ASSERT_EQ(missing_.size(), 1);
  EXPECT_EQ(missing_[0].code(), "DEADLINE_EXCEEDED");
}

TEST_F(GatherTest, ListsAreReadPageByPageUpToTheLimit) {
  // 450 tasks in pages of at most 200.
  clients_["planning"].On<ListTasksRequest, ListTasksResponse>(
      "List", [](const rpc::Call&, const ListTasksRequest& request) -> absl::StatusOr<ListTasksResponse> {
        const int from = request.page_token().empty() ? 0 : std::stoi(request.page_token());
        const int to = std::min(450, from + request.page_size());
        ListTasksResponse response;
        for (int i = from; i < to; ++i) response.add_tasks()->set_name(std::to_string(i));
        if (to < 450) response.set_next_page_token(std::to_string(to));
        return response;
      });
  google::protobuf::RepeatedPtrField<planning::v1::Task> all, some;
  Gather round(call_, clients(), call_.deadline);
  const Method<ListTasksRequest, ListTasksResponse> list{"planning", "List"};
  round.AskPages({"all"}, list, ListTasksRequest(), 1000, &ListTasksResponse::mutable_tasks, &all);
  round.AskPages({"some"}, list, ListTasksRequest(), 50, &ListTasksResponse::mutable_tasks, &some);
  EXPECT_THAT(round.Run(Missing()), IsOk());
  ASSERT_EQ(all.size(), 450);
  EXPECT_EQ(all[449].name(), "449");
  EXPECT_EQ(some.size(), 50);
  ASSERT_EQ(missing_.size(), 1);
  EXPECT_EQ(missing_[0].part(), "some");
  EXPECT_EQ(missing_[0].reason(), "TRUNCATED");
  EXPECT_EQ(missing_[0].code(), "OUT_OF_RANGE");
}

TEST_F(GatherTest, AnAnswerIsPutWhereItIsAskedForOrWhyThereIsNone) {
  AnswerGet("a", [](const rpc::Call&, const GetProjectRequest& request) -> absl::StatusOr<Project> {
    if (request.name() == "lost") return status::NotFound("lost");
    Project project;
    project.set_name(request.name());
    return project;
  });
  const Method<GetProjectRequest, Project> get{"a", "Get"};
  GetProjectRequest request;
  absl::StatusOr<Project> found, lost;
  Gather round(call_, clients(), call_.deadline);
  request.set_name("found");
  round.Ask(get, request, &found);
  request.set_name("lost");
  round.Ask(get, request, &lost);
  EXPECT_THAT(round.Run(nullptr), IsOk());
  ASSERT_THAT(found, IsOk());
  EXPECT_EQ(found->name(), "found");
  EXPECT_THAT(lost, HasReason("NOT_FOUND"));
}

}  // namespace
}  // namespace heitie::client
