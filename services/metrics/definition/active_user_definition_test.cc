#include "services/metrics/definition/active_user_definition.h"

#include <gmock/gmock.h>

#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/test/fixture.h"
#include "common/time/instant.h"
#include "google/protobuf/empty.pb.h"
#include "heitie/metrics/v1/answer.pb.h"
#include "heitie/metrics/v1/ingestion.pb.h"
#include "services/metrics/service.h"

namespace heitie::metrics {
namespace {

using heitie::test::HasReason;
using heitie::test::HasViolation;
using heitie::test::HasViolations;
using heitie::test::IsOk;
using heitie::test::Proto;
using v1::ActiveUserDefinition;

class ActiveUserDefinitionTest : public heitie::test::ServiceTest<Service> {
 protected:
  ActiveUserDefinitionTest() : ServiceTest("metrics") {}

  absl::StatusOr<ActiveUserDefinition> Draft(const std::string& id, const std::string& events, const std::string& code = "engaged") {
    return Call<ActiveUserDefinition>(
        "CreateActiveUserDefinition", Analyst(),
        Proto<v1::CreateActiveUserDefinitionRequest>(absl::StrCat("active_user_definition_id: '", id, "' active_user_definition { code: '",
                                                                  code, "' display_name: 'Engaged' ", events, " }")));
  }
  absl::StatusOr<ActiveUserDefinition> Activate(const std::string& id) {
    return Call<ActiveUserDefinition>(
        "ActivateActiveUserDefinition", Analyst(),
        Proto<v1::ActivateActiveUserDefinitionRequest>(absl::StrCat("name: 'activeUserDefinitions/", id, "' reason: 'As agreed'")));
  }
  absl::StatusOr<ActiveUserDefinition> Get(const std::string& id) {
    return Call<ActiveUserDefinition>("GetActiveUserDefinition", Specialist(),
                                      Proto<v1::GetActiveUserDefinitionRequest>(absl::StrCat("name: 'activeUserDefinitions/", id, "'")));
  }
  absl::StatusOr<v1::Answer> Ask(const std::string& kind) {
    auto response = Call<v1::AskQuestionsResponse>(
        "AskQuestions", Specialist(),
        Proto<v1::AskQuestionsRequest>(
            "questions { period { dates { start_date { year: 2025 month: 12 day: 1 } end_date { year: 2025 month: 12 day: 31 } } } " +
            kind + " }"));
    if (!response.ok()) return response.status();
    return response->answers(0);
  }
  void IngestDecember() {
    v1::IngestEventsRequest request;
    request.set_producer("producers/shop");
    request.set_sequence(1);
    for (int i = 0; i < 90; ++i) {
      v1::Event& event = *request.add_events();
      event.set_event_name(i % 3 == 0 ? "purchase" : "visit");
      event.set_user(absl::StrCat("u", i * 7 % 23));
      *event.mutable_occur_time() = time::ToTimestamp(clock_.Now() - absl::Hours(3 + 8 * i));
      (*event.mutable_properties())["quantity"] = absl::StrCat(i % 5);
    }
    ASSERT_THAT(Call<v1::IngestEventsResponse>("IngestEvents", Analyst(), request), IsOk());
  }
};

constexpr char kBuyers[] = "events { event_name: 'purchase' condition: 'quantity >= 2' }";
constexpr char kAnybody[] = "events { event_name: 'purchase' } events { event_name: 'visit' }";

// By version or code, the answer is that of the same events listed, and it names the version.
TEST_F(ActiveUserDefinitionTest, QuestionsCountByTheVersionThatTheyName) {
  IngestDecember();
  ASSERT_THAT(Draft("e1", kBuyers), IsOk());
  EXPECT_THAT(Ask("growth { definition { version: 'activeUserDefinitions/e1' } }"), HasReason("DEFINITION_IN_DRAFT"));
  EXPECT_THAT(Ask("growth { definition { code: 'engaged' } }"), HasReason("NO_ACTIVE_DEFINITION"));
  EXPECT_THAT(Ask("growth { definition { version: 'activeUserDefinitions/none' } }"), HasReason("NOT_FOUND"));
  ASSERT_THAT(Activate("e1"), IsOk());
  ASSERT_THAT(Draft("e2", kAnybody), IsOk());
  const auto second = Activate("e2");
  ASSERT_THAT(second, IsOk());
  EXPECT_EQ(second->version(), 2);
  const auto first = Get("e1");
  ASSERT_THAT(first, IsOk());
  EXPECT_EQ(first->state(), ActiveUserDefinition::STATE_RETIRED);
  EXPECT_EQ(first->retire_reason(), "activeUserDefinitions/e2");
  const auto expect_same = [&](const std::string& defined, const std::string& listed, const std::string& version, int number) {
    const auto by_name = Ask(defined), by_hand = Ask(listed);
    ASSERT_THAT(by_name, IsOk());
    ASSERT_THAT(by_hand, IsOk());
    EXPECT_EQ(by_name->body().ShortDebugString(), by_hand->body().ShortDebugString()) << defined;
    ASSERT_GE(by_name->definitions_size(), 1);
    EXPECT_EQ(by_name->definitions(0).name(), "activeUserDefinitions/" + version);
    EXPECT_EQ(by_name->definitions(0).version(), number);
    EXPECT_EQ(by_hand->definitions_size(), 0);
    EXPECT_GT(by_name->sources_size(), 0);
  };
  for (const char* const kind : {"growth", "active_users"}) {
    expect_same(absl::StrCat(kind, " { definition { version: 'activeUserDefinitions/e1' } }"), absl::StrCat(kind, " { ", kBuyers, " }"),
                "e1", 1);
    expect_same(absl::StrCat(kind, " { definition { code: 'engaged' } }"), absl::StrCat(kind, " { ", kAnybody, " }"), "e2", 2);
  }
  expect_same("retention { start_definition { version: 'activeUserDefinitions/e1' } horizon: 3 }",
              "retention { start_events { event_name: 'purchase' condition: 'quantity >= 2' } horizon: 3 }", "e1", 1);
  expect_same("retention { start_events { event_name: 'purchase' } returning_definition { code: 'engaged' } horizon: 3 }",
              "retention { start_events { event_name: 'purchase' } returning_events { event_name: 'purchase' } returning_events { "
              "event_name: 'visit' "
              "} horizon: 3 }",
              "e2", 2);
  ASSERT_THAT(Call<ActiveUserDefinition>("RetireActiveUserDefinition", Analyst(),
                                         Proto<v1::RetireActiveUserDefinitionRequest>("name: 'activeUserDefinitions/e2' reason: 'Over'")),
              IsOk());
  EXPECT_THAT(Ask("growth { definition { code: 'engaged' } }"), HasReason("NO_ACTIVE_DEFINITION"));
  EXPECT_THAT(Ask("growth { definition { version: 'activeUserDefinitions/e2' } }"), IsOk());
}

TEST_F(ActiveUserDefinitionTest, BadQuestionsAndDefinitionsAreToldEverything) {
  EXPECT_THAT(Ask("growth { }"), HasViolations("questions[0].growth.events BAD_QUESTION"));
  EXPECT_THAT(Ask("active_users { events { event_name: 'a' } definition { code: 'engaged' } }"),
              HasViolations("questions[0].active_users.definition BAD_QUESTION"));
  EXPECT_THAT(
      Ask("retention { start_definition { } returning_definition { code: 'a' version: 'activeUserDefinitions/b' } }"),
      HasViolations("questions[0].retention.start_definition BAD_QUESTION", "questions[0].retention.returning_definition BAD_QUESTION"));
  const auto bad = Draft("bad", "events { event_name: 'a' condition: 'x >' } events { measurement_name: 'm' } events { }");
  EXPECT_THAT(bad, HasViolation("active_user_definition.events[0].condition", "BAD_EVENT_FILTER"));
  EXPECT_THAT(bad, HasViolation("active_user_definition.events[1].measurement_name", "BAD_QUESTION"));
  EXPECT_THAT(bad, HasViolation("active_user_definition.events[2].event_name", "BAD_METRIC_SOURCE"));
  EXPECT_THAT(Get("bad"), HasReason("NOT_FOUND"));
}

TEST_F(ActiveUserDefinitionTest, WhatWasActiveNeverChanges) {
  ASSERT_THAT(Draft("e1", kBuyers), IsOk());
  const auto change = Proto<v1::UpdateActiveUserDefinitionRequest>(
      "active_user_definition { name: 'activeUserDefinitions/e1' display_name: 'Keen' } update_mask { paths: 'display_name' }");
  const auto remove = Proto<v1::DeleteActiveUserDefinitionRequest>("name: 'activeUserDefinitions/e1'");
  EXPECT_THAT(Call<ActiveUserDefinition>("UpdateActiveUserDefinition", Analyst(), change), IsOk());
  ASSERT_THAT(Activate("e1"), IsOk());
  EXPECT_THAT(Activate("e1"), HasReason("ILLEGAL_TRANSITION"));
  EXPECT_THAT(Call<ActiveUserDefinition>("UpdateActiveUserDefinition", Analyst(), change), HasReason("RULES_IMMUTABLE"));
  EXPECT_THAT(Call<google::protobuf::Empty>("DeleteActiveUserDefinition", Analyst(), remove), HasReason("RULES_IMMUTABLE"));
}

// Of versions that are activated at the same time one is active in the end, and all have numbers of their own.
TEST_F(ActiveUserDefinitionTest, ActivationsTakeTurns) {
  constexpr int kVersions = 8;
  for (int i = 0; i < kVersions; ++i) ASSERT_THAT(Draft(absl::StrCat("e", i), kBuyers), IsOk());
  std::vector<std::thread> threads;
  for (int i = 0; i < kVersions; ++i) {
    threads.emplace_back([this, i] { EXPECT_THAT(Activate(absl::StrCat("e", i)), IsOk()); });
  }
  for (std::thread& thread : threads) thread.join();
  std::set<int> versions;
  int active = 0;
  for (int i = 0; i < kVersions; ++i) {
    const auto definition = Get(absl::StrCat("e", i));
    ASSERT_THAT(definition, IsOk());
    versions.insert(definition->version());
    active += definition->state() == ActiveUserDefinition::STATE_ACTIVE;
    EXPECT_NE(definition->state(), ActiveUserDefinition::STATE_DRAFT);
  }
  EXPECT_EQ(active, 1);
  EXPECT_EQ(versions.size(), static_cast<size_t>(kVersions));
  EXPECT_EQ(*versions.rbegin(), kVersions);
}

}  // namespace
}  // namespace heitie::metrics
