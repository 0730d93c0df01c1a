#include "services/personnel/candidate/pipeline.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "common/time/instant.h"

namespace heitie::personnel {
namespace {

const std::vector<std::string>& Verbs() {
  static const auto& verbs = *new std::vector<std::string>{"screen", "interview",     "make_offer",        "accept_offer",
                                                           "hire",   "decline_offer", "retract_offer",     "close",
                                                           "reject", "withdraw",      "return_to_applied", "return_to_screening"};
  return verbs;
}

bool Do(v1::Application& application, const std::string& verb, int at) {
  const auto next = ApplicationMachine().Next("applications/a", application.state(), verb);
  if (!next.ok()) return false;
  application.set_state(static_cast<v1::Application::State>(*next));
  NoteStages(application, verb, absl::FromUnixSeconds(at), "employees/li");
  return true;
}

v1::Application Received() {
  v1::Application application;
  application.set_state(v1::Application::STATE_APPLIED);
  NoteStages(application, "receive", absl::UnixEpoch(), "employees/li");
  return application;
}

v1::Application After(const std::vector<std::string>& verbs) {
  v1::Application application = Received();
  int at = 1;
  for (const std::string& verb : verbs) EXPECT_TRUE(Do(application, verb, at++)) << verb;
  return application;
}

TEST(PipelineTest, WhatEndedMovesNoMore) {
  for (const auto& [verb, end] : std::map<std::string, v1::Application::State>{{"reject", v1::Application::STATE_REJECTED},
                                                                               {"withdraw", v1::Application::STATE_WITHDRAWN}}) {
    for (const std::vector<std::string>& way :
         std::vector<std::vector<std::string>>{{}, {"screen"}, {"screen", "interview"}, {"screen", "interview", "make_offer"}}) {
      v1::Application application = After(way);
      ASSERT_TRUE(IsLive(application.state()));
      ASSERT_TRUE(Do(application, verb, 9));
      EXPECT_EQ(application.state(), end);
      EXPECT_FALSE(IsLive(application.state()));
      for (const std::string& other : Verbs()) EXPECT_FALSE(Do(application, other, 10)) << verb << " " << other;
    }
  }
  v1::Application hired = After({"screen", "interview", "make_offer", "hire"});
  for (const std::string& verb : Verbs()) EXPECT_FALSE(Do(hired, verb, 10)) << verb;
}

TEST(PipelineTest, NothingIsSkipped) {
  v1::Application application = Received();
  for (const char* verb : {"interview", "make_offer", "accept_offer", "hire", "retract_offer", "return_to_applied"}) {
    EXPECT_FALSE(Do(application, verb, 1)) << verb;
  }
}

TEST(PipelineTest, TheFurthestStageSurvivesRejectionAndNotRetraction) {
  EXPECT_EQ(FurthestStage(After({"screen", "interview", "make_offer", "reject"})), v1::STAGE_OFFER);
  EXPECT_EQ(FurthestStage(After({"screen", "interview", "return_to_screening", "reject"})), v1::STAGE_SCREENING);
  EXPECT_EQ(FurthestStage(After({"screen", "interview", "make_offer", "retract_offer", "withdraw"})), v1::STAGE_INTERVIEW);
  EXPECT_EQ(FurthestStage(After({"screen", "interview", "make_offer", "decline_offer", "withdraw"})), v1::STAGE_OFFER);
  EXPECT_EQ(FurthestStage(After({"screen", "interview", "make_offer", "accept_offer", "retract_offer"})), v1::STAGE_INTERVIEW);
  EXPECT_EQ(FurthestStage(After({"screen", "interview", "make_offer", "accept_offer", "hire"})), v1::STAGE_HIRED);
}

TEST(PipelineTest, TheHistoryKeepsWhatWasRetracted) {
  const v1::Application application = After({"screen", "interview", "return_to_applied", "screen"});
  ASSERT_EQ(application.stages_size(), 4);
  EXPECT_EQ(application.stages(1).stage(), v1::STAGE_SCREENING);
  EXPECT_EQ(time::ToTime(application.stages(1).retract_time()), absl::FromUnixSeconds(3));
  EXPECT_EQ(time::ToTime(application.stages(2).retract_time()), absl::FromUnixSeconds(3));
  EXPECT_EQ(application.stages(3).stage(), v1::STAGE_SCREENING);
  EXPECT_FALSE(application.stages(3).has_retract_time());
  EXPECT_EQ(application.stages(3).actor(), "employees/li");
}

// Against a model that knows a set of stages and nothing of histories.
TEST(PipelineTest, RandomWaysReachWhatAModelReaches) {
  std::mt19937_64 random(11);
  std::set<v1::Stage> ends;
  for (int round = 0; round < 3000; ++round) {
    v1::Application application = Received();
    std::set<int> reached = {v1::STAGE_APPLIED};
    const auto drop = [&](int beyond) { reached.erase(reached.upper_bound(beyond), reached.end()); };
    for (int step = 1; step < 25; ++step) {
      const std::string& verb = Verbs()[random() % Verbs().size()];
      if (!Do(application, verb, step)) continue;
      if (verb == "screen") reached.insert(v1::STAGE_SCREENING);
      if (verb == "interview") reached.insert(v1::STAGE_INTERVIEW);
      if (verb == "make_offer") reached.insert(v1::STAGE_OFFER);
      if (verb == "accept_offer") reached.insert(v1::STAGE_ACCEPTED);
      if (verb == "hire") reached.insert(v1::STAGE_HIRED);
      if (verb == "return_to_applied") drop(v1::STAGE_APPLIED);
      if (verb == "return_to_screening") drop(v1::STAGE_SCREENING);
      if (verb == "retract_offer") drop(v1::STAGE_INTERVIEW);
      ASSERT_EQ(FurthestStage(application), *reached.rbegin());
      std::multiset<int> counted;
      for (const v1::StageReached& one : application.stages()) {
        if (!one.has_retract_time()) counted.insert(one.stage());
      }
      ASSERT_EQ(counted, std::multiset<int>(reached.begin(), reached.end())) << "each stage counts once";
    }
    ends.insert(FurthestStage(application));
  }
  EXPECT_EQ(ends.size(), 6u);
}

}  // namespace
}  // namespace heitie::personnel
