#include "services/activity/surge/surge.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "common/time/instant.h"
#include "heitie/activity/v1/escalation.pb.h"
#include "heitie/activity/v1/incident.pb.h"
#include "services/activity/inquiry/inquiry_fixture.h"

namespace heitie::activity {
namespace {

using ::heitie::test::HasReason;
using ::heitie::test::HasViolations;
using ::heitie::test::IsOk;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using v1::Inquiry;
using v1::SurgeRule;

class SurgeTest : public InquiryFixture {
 protected:
  // Of each activity four customers within an hour, and more than chance makes of a day.
  SurgeTest() {
    v1::RetireSurgeRuleRequest retire;
    retire.set_name("surgeRules/default");
    retire.set_reason("Another one");
    EXPECT_THAT(Call<SurgeRule>("RetireSurgeRule", Manager(), retire), IsOk());
    Make("four", "scope: SCOPE_ACTIVITY minimum: 4");
  }

  absl::StatusOr<SurgeRule> TryMake(const std::string& id, const std::string& more) {
    auto request = test::Proto<v1::CreateSurgeRuleRequest>(
        "surge_rule { display_name: 'Many complaints' window { seconds: 3600 } alpha: 0.001 baseline { seconds: 86400 } }");
    request.mutable_surge_rule()->MergeFrom(test::Proto<SurgeRule>(more));
    request.set_surge_rule_id(id);
    return Call<SurgeRule>("CreateSurgeRule", Manager(), request);
  }
  void Make(const std::string& id, const std::string& more) { EXPECT_THAT(TryMake(id, more), IsOk()); }

  // A complaint of a customer about the activity.
  std::string Complains(const std::string& customer, const std::string& activity, const std::string& more = "") {
    return Received(absl::StrCat("activity: '", activity, "' ", customer.empty() ? "" : absl::StrCat("customer: '", customer, "' "), more))
        .name();
  }
  std::vector<v1::SurgeEpisode> Episodes() {
    const auto listed = Call<v1::ListSurgeEpisodesResponse>("ListSurgeEpisodes", Analyst(), v1::ListSurgeEpisodesRequest());
    EXPECT_THAT(listed, IsOk());
    if (!listed.ok()) return {};
    return {listed->surge_episodes().begin(), listed->surge_episodes().end()};
  }
  std::vector<v1::Incident> IncidentsOf(const std::string& activity) {
    v1::ListIncidentsRequest request;
    request.set_parent(activity);
    const auto listed = Call<v1::ListIncidentsResponse>("ListIncidents", Analyst(), request);
    EXPECT_THAT(listed, IsOk());
    if (!listed.ok()) return {};
    return {listed->incidents().begin(), listed->incidents().end()};
  }
  std::vector<v1::Escalation> Escalations() {
    v1::ListEscalationsRequest request;
    request.set_filter("cause = CAUSE_SURGE");
    const auto listed = Call<v1::ListEscalationsResponse>("ListEscalations", Analyst(), request);
    EXPECT_THAT(listed, IsOk());
    if (!listed.ok()) return {};
    return {listed->escalations().begin(), listed->escalations().end()};
  }
  v1::ComputeSurgeResponse Computed(const std::string& activity) {
    v1::ComputeSurgeRequest request;
    request.set_name("surgeRules/four");
    request.set_activity(activity);
    const auto computed = Call<v1::ComputeSurgeResponse>("ComputeSurge", Analyst(), request);
    EXPECT_THAT(computed, IsOk());
    return computed.value_or(v1::ComputeSurgeResponse());
  }
  void Retract(const std::string& inquiry) {
    v1::RetractInquiryRequest request;
    request.set_name(inquiry);
    request.set_reason("A mistake");
    EXPECT_THAT(Call<Inquiry>("RetractInquiry", Specialist(), request), IsOk());
  }
};

TEST_F(SurgeTest, OneSurgeIsOneIncidentAndOneEscalation) {
  const std::string activity = Live();
  const std::string first = Complains("c-1", activity);
  Complains("c-1", activity);
  Complains("c-2", activity);
  Complains("", activity);
  EXPECT_THAT(Episodes(), IsEmpty()) << "three customers: who has no id is one";
  Received(absl::StrCat("kind: KIND_INQUIRY customer: 'c-9' activity: '", activity, "'"));
  EXPECT_THAT(Episodes(), IsEmpty()) << "a question is no complaint";
  Complains("c-3", activity);
  ASSERT_THAT(Episodes(), SizeIs(1));
  const v1::SurgeEpisode episode = Episodes()[0];
  EXPECT_EQ(episode.customer_count(), 4);
  EXPECT_EQ(episode.complaint_count(), 5);
  EXPECT_EQ(episode.activity(), activity);
  EXPECT_EQ(episode.owner(), "employees/li");
  EXPECT_EQ(episode.rule_version(), 1);
  EXPECT_FALSE(episode.has_expected_count()) << "it was not LIVE before";
  ASSERT_THAT(IncidentsOf(activity), SizeIs(1));
  EXPECT_EQ(IncidentsOf(activity)[0].name(), episode.incident());
  EXPECT_EQ(IncidentsOf(activity)[0].cause(), v1::Incident::CAUSE_SURGE);
  ASSERT_THAT(Escalations(), SizeIs(2));
  for (const v1::Escalation& escalation : Escalations()) EXPECT_EQ(escalation.subject(), episode.name());
  // Later ones join, and nobody is told again.
  clock_.Advance(absl::Minutes(5));
  Complains("c-4", activity);
  EXPECT_EQ(Episodes()[0].complaint_count(), 6);
  EXPECT_THAT(IncidentsOf(activity), SizeIs(1));
  EXPECT_THAT(Escalations(), SizeIs(2));
  EXPECT_EQ(Number("SELECT COUNT(*) FROM incident_attachments"), 6);
  Retract(first);
  EXPECT_EQ(Number("SELECT COUNT(*) FROM incident_attachments"), 5);
}

TEST_F(SurgeTest, SixtyFourWritersOnTwoReplicasMakeOne) {
  const std::string activity = Live();
  SecondReplica second(database_.get(), clock_, clients_, people_);
  std::vector<std::thread> threads;
  for (int i = 0; i < 64; ++i) {
    threads.emplace_back([&, i] {
      auto& service = i % 2 == 0 ? service_->rpc() : second.service.rpc();
      rpc::Call call = Specialist();
      call.now += absl::Milliseconds(i % 7);  // Clocks differ.
      EXPECT_THAT(service.Invoke<Inquiry>("ReceiveInquiry", call, Comes(absl::StrCat("activity: '", activity, "' customer: 'c-", i, "'"))),
                  IsOk());
    });
  }
  for (std::thread& thread : threads) thread.join();
  ASSERT_THAT(Episodes(), SizeIs(1));
  EXPECT_EQ(Episodes()[0].customer_count(), 4) << "opened by the fourth, whichever that was";
  EXPECT_EQ(Episodes()[0].complaint_count(), 64);
  EXPECT_THAT(IncidentsOf(activity), SizeIs(1));
  EXPECT_THAT(Escalations(), SizeIs(2));
}

TEST_F(SurgeTest, AtTheThresholdExactlyOneOfManyOpensIt) {
  const std::string activity = Live();
  SecondReplica second(database_.get(), clock_, clients_, people_);
  std::vector<std::thread> threads;
  // Four at once reach the floor of four: whoever is last sees all of them.
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      auto& service = i % 2 == 0 ? service_->rpc() : second.service.rpc();
      EXPECT_THAT(
          service.Invoke<Inquiry>("ReceiveInquiry", Specialist(), Comes(absl::StrCat("activity: '", activity, "' customer: 'c-", i, "'"))),
          IsOk());
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(Episodes(), SizeIs(1));
}

// Customers are counted only when as many complaints have come as could make a surge.
TEST_F(SurgeTest, WhatCannotBeASurgeIsNotCounted) {
  const std::string activity = Live();
  Make("ten", absl::StrCat("scope: SCOPE_ACTIVITY activity: '", activity, "' minimum: 10"));
  const auto spare = [&] { return Number("SELECT spare - (guard - count_guard) FROM surge_scopes WHERE rule = 'surgeRules/ten'"); };
  const auto counted = [&] { return Number("SELECT count_guard FROM surge_scopes WHERE rule = 'surgeRules/ten'"); };
  Complains("c-1", activity);
  EXPECT_EQ(spare(), 8);
  const int64_t first = counted();
  for (int i = 0; i < 8; ++i) Complains("c-1", activity);
  EXPECT_EQ(counted(), first);
  EXPECT_EQ(spare(), 0);
  Complains("c-2", activity);
  EXPECT_GT(counted(), first) << "the tenth complaint might have been of the tenth customer";
  EXPECT_EQ(spare(), 7);
  // A rule that demands less is judged anew, and so is a window that begins.
  v1::UpdateSurgeRuleRequest update;
  update.mutable_surge_rule()->set_name("surgeRules/ten");
  update.mutable_surge_rule()->set_minimum(5);
  update.mutable_update_mask()->add_paths("minimum");
  ASSERT_THAT(Call<SurgeRule>("UpdateSurgeRule", Manager(), update), IsOk());
  Complains("c-2", activity);
  EXPECT_EQ(spare(), 2);
  for (const char* customer : {"c-3", "c-4"}) Complains(customer, activity);
  const auto of_ten = [&] { return Number("SELECT COUNT(*) FROM surge_episodes WHERE rule = 'surgeRules/ten'"); };
  EXPECT_EQ(of_ten(), 0);
  Complains("c-5", activity);
  EXPECT_EQ(of_ten(), 1);
  EXPECT_EQ(Number("SELECT customer_count FROM surge_episodes WHERE rule = 'surgeRules/ten'"), 5);
}

TEST_F(SurgeTest, WhatWasReceivedEarlierOpensNothing) {
  const std::string activity = Live();
  const auto earlier = [&](const std::string& customer, absl::Duration back) {
    auto request = Comes(absl::StrCat("activity: '", activity, "' customer: '", customer, "'"));
    *request.mutable_inquiry()->mutable_receive_time() = time::ToTimestamp(clock_.Now() - back);
    EXPECT_THAT(Receive(Specialist(), request), IsOk());
  };
  for (const char* customer : {"c-1", "c-2", "c-3", "c-4", "c-5"}) earlier(customer, absl::Hours(1));
  EXPECT_THAT(Episodes(), IsEmpty());
  for (const char* customer : {"c-1", "c-2", "c-3"}) earlier(customer, absl::Minutes(59));
  EXPECT_THAT(Episodes(), IsEmpty());
  earlier("c-4", absl::Minutes(59));
  EXPECT_THAT(Episodes(), SizeIs(1));
}

TEST_F(SurgeTest, MergedAndRetractedOnesLeaveTheCount) {
  const std::string activity = Live();
  const std::string one = Complains("c-1", activity), two = Complains("c-2", activity);
  Complains("c-3", activity);
  Retract(one);
  v1::MergeInquiryRequest merge;
  merge.set_name(two);
  merge.set_into(Complains("c-3", activity));
  merge.set_reason("The same");
  EXPECT_THAT(Call<Inquiry>("MergeInquiry", Specialist(), merge), IsOk());
  Complains("c-4", activity);
  Complains("c-5", activity);
  EXPECT_EQ(Computed(activity).customer_count(), 3);
  EXPECT_THAT(Episodes(), IsEmpty());
  Complains("c-6", activity);
  EXPECT_THAT(Episodes(), SizeIs(1));
}

TEST_F(SurgeTest, WhatIsUsualIsNoSurge) {
  const std::string activity = Live();
  // Aligned windows of an hour from 03:00 UTC on; in each of 24 of them two customers complain.
  clock_.Advance(absl::Minutes(59));
  for (int hour = 0; hour < 24; ++hour) {
    clock_.Advance(absl::Hours(1));
    Complains("c-1", activity);
    Complains("c-2", activity);
  }
  clock_.Advance(absl::Hours(1));
  const v1::ComputeSurgeResponse computed = Computed(activity);
  EXPECT_EQ(computed.baseline_window_count(), 24);
  EXPECT_DOUBLE_EQ(computed.expected_count(), 2);
  EXPECT_EQ(computed.opening_count(), 9);
  for (int i = 0; i < 8; ++i) Complains(absl::StrCat("d-", i), activity);
  EXPECT_THAT(Episodes(), IsEmpty());
  Complains("d-8", activity);
  ASSERT_THAT(Episodes(), SizeIs(1));
  EXPECT_DOUBLE_EQ(Episodes()[0].expected_count(), 2);
  EXPECT_LE(Episodes()[0].probability(), 0.001);
  EXPECT_EQ(Computed(activity).surge_episode(), Episodes()[0].name());
}

TEST_F(SurgeTest, IsOverWhenItHasBeenBelowHalfForAWindow) {
  const std::string activity = Live();
  for (const char* customer : {"c-1", "c-2", "c-3", "c-4"}) Complains(customer, activity);
  const absl::Time open = clock_.Now();
  RunJobs(absl::Minutes(50));
  Complains("c-5", activity);
  Complains("c-6", activity);
  // Two are half; from 1:50:03 on there is none, so it is over an hour later.
  RunJobs(absl::Minutes(110));
  EXPECT_EQ(Episodes()[0].state(), v1::SurgeEpisode::STATE_OPEN);
  RunJobs(absl::Minutes(15));
  ASSERT_EQ(Episodes()[0].state(), v1::SurgeEpisode::STATE_CLOSED);
  EXPECT_EQ(time::ToTime(Episodes()[0].close_time()), open + absl::Minutes(50 + 120)) << "when it was over, however late the job ran";
  EXPECT_TRUE(IncidentsOf(activity)[0].has_clear_time());
  // The next one is another one.
  for (const char* customer : {"c-1", "c-2", "c-3", "c-4"}) Complains(customer, activity);
  ASSERT_THAT(Episodes(), SizeIs(2));
  EXPECT_THAT(IncidentsOf(activity), SizeIs(2));
  EXPECT_THAT(Escalations(), SizeIs(4));
}

TEST_F(SurgeTest, WhatComesWhenItIsOverIsNoneOfItHoweverLateTheJobIs) {
  const std::string activity = Live();
  for (const char* customer : {"c-1", "c-2", "c-3", "c-4"}) Complains(customer, activity);
  const absl::Time open = clock_.Now();
  clock_.Advance(absl::Hours(5));
  Complains("c-5", activity);
  ASSERT_EQ(Episodes()[0].state(), v1::SurgeEpisode::STATE_CLOSED);
  EXPECT_EQ(time::ToTime(Episodes()[0].close_time()), open + absl::Hours(2));
  EXPECT_EQ(Episodes()[0].complaint_count(), 4);
  for (const char* customer : {"c-6", "c-7", "c-8"}) Complains(customer, activity);
  ASSERT_THAT(Episodes(), SizeIs(2)) << "and makes the next one with others";
  RunJobs();
  EXPECT_EQ(Episodes()[1].state(), v1::SurgeEpisode::STATE_OPEN);
}

TEST_F(SurgeTest, RetractedComplaintsEndItEarlier) {
  const std::string activity = Live();
  std::vector<std::string> names;
  for (const char* customer : {"c-1", "c-2", "c-3", "c-4"}) names.push_back(Complains(customer, activity));
  for (const std::string& name : names) Retract(name);
  RunJobs(absl::Minutes(61));
  EXPECT_EQ(Episodes()[0].state(), v1::SurgeEpisode::STATE_CLOSED);
}

TEST_F(SurgeTest, CategoriesCountWithWhatIsBelowThemWhateverTheActivity) {
  Make("payments", "scope: SCOPE_CATEGORY category: 'payment' minimum: 3");
  const std::string activity = Live();
  Received("category: 'payment' customer: 'c-1'");
  Complains("c-2", activity);
  Received("category: 'other' customer: 'c-3'");
  EXPECT_THAT(Episodes(), IsEmpty());
  Complains("c-4", activity);
  ASSERT_THAT(Episodes(), SizeIs(1));
  EXPECT_EQ(Episodes()[0].rule(), "surgeRules/payments");
  EXPECT_EQ(Episodes()[0].category(), "payment");
  EXPECT_EQ(Episodes()[0].activity(), activity) << "that most are about";
  EXPECT_THAT(IncidentsOf(activity), SizeIs(1));
}

TEST_F(SurgeTest, WithoutAnActivityTheManagersAreTold) {
  Make("other", "scope: SCOPE_CATEGORY category: 'other' minimum: 2");
  Received("category: 'other' customer: 'c-1'");
  Received("category: 'other' customer: 'c-2'");
  ASSERT_THAT(Episodes(), SizeIs(1));
  EXPECT_EQ(Episodes()[0].incident(), "");
  ASSERT_THAT(Escalations(), SizeIs(1));
  EXPECT_EQ(Escalations()[0].capacity(), v1::Escalation::CAPACITY_MANAGERS);
}

TEST_F(SurgeTest, AnotherCategoryCountsElsewhere) {
  Make("other", "scope: SCOPE_ACTIVITY_AND_CATEGORY category: 'other' minimum: 2");
  const std::string activity = Live();
  const std::string one = Complains("c-1", activity);
  Complains("c-2", activity, "category: 'other'");
  EXPECT_THAT(Episodes(), IsEmpty());
  v1::ReclassifyInquiryRequest request;
  request.set_name(one);
  request.set_category("other");
  EXPECT_THAT(Call<Inquiry>("ReclassifyInquiry", Specialist(), request), IsOk());
  ASSERT_THAT(Episodes(), SizeIs(1));
  EXPECT_EQ(Episodes()[0].complaint_count(), 2);
  // Given back it belongs to the incident no longer, and once more it does.
  for (const auto& [category, attached] : std::vector<std::pair<std::string, int>>{{"payment", 1}, {"other", 2}}) {
    request.set_category(category);
    EXPECT_THAT(Call<Inquiry>("ReclassifyInquiry", Specialist(), request), IsOk());
    EXPECT_EQ(Number("SELECT COUNT(*) FROM incident_attachments"), attached);
  }
}

TEST_F(SurgeTest, RulesHaveVersionsAndAreCheckedAsAWhole) {
  EXPECT_THAT(TryMake("bad", "scope: SCOPE_CATEGORY minimum: 4 activity: 'activities/none' window { seconds: 1 }"),
              HasViolations("surge_rule.activity SCOPE_MISMATCH", "surge_rule.category SCOPE_MISMATCH",
                            "surge_rule.window BAD_SURGE_WINDOW", "surge_rule.activity UNKNOWN_ACTIVITY"));
  auto update =
      test::Proto<v1::UpdateSurgeRuleRequest>("surge_rule { name: 'surgeRules/four' minimum: 2 } update_mask { paths: 'minimum' }");
  const auto changed = Call<SurgeRule>("UpdateSurgeRule", Manager(), update);
  ASSERT_THAT(changed, IsOk());
  EXPECT_EQ(changed->version(), 2);
  EXPECT_EQ(changed->author(), "employees/manager");
  const std::string activity = Live();
  Complains("c-1", activity);
  Complains("c-2", activity);
  ASSERT_THAT(Episodes(), SizeIs(1));
  EXPECT_EQ(Episodes()[0].rule_version(), 2);
  update.mutable_surge_rule()->set_name("surgeRules/default");
  EXPECT_THAT(Call<SurgeRule>("UpdateSurgeRule", Manager(), update), HasReason("ILLEGAL_TRANSITION"));
  v1::ComputeSurgeRequest compute;
  compute.set_name("surgeRules/four");
  EXPECT_THAT(Call<v1::ComputeSurgeResponse>("ComputeSurge", Analyst(), compute), HasViolations("activity SCOPE_MISMATCH"));
}

}  // namespace
}  // namespace heitie::activity
