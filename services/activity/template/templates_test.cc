#include "services/activity/template/templates.h"

#include "heitie/activity/v1/activity.pb.h"
#include "heitie/activity/v1/activity_template.pb.h"
#include "heitie/activity/v1/allowed_host.pb.h"
#include "heitie/activity/v1/report.pb.h"
#include "services/activity/preparation/activity_fixture.h"

namespace heitie::activity {
namespace {

using ::heitie::test::HasReason;
using ::heitie::test::HasViolation;
using ::heitie::test::IsOk;
using v1::Activity;
using v1::ActivityTemplateVersion;
using v1::TemplateInstance;

class TemplatesTest : public ActivityTest {
 protected:
  // A template with a published version; the version's name.
  std::string HavePublished() {
    v1::CreateActivityTemplateRequest request;
    request.mutable_activity_template()->set_title("Sale");
    request.set_activity_template_id("sale");
    EXPECT_THAT(Call<v1::ActivityTemplate>("CreateActivityTemplate", Specialist(), request), IsOk());
    return Publish("1");
  }

  v1::CreateActivityTemplateVersionRequest Draft(const std::string& id) {
    auto request = test::Proto<v1::CreateActivityTemplateVersionRequest>(R"pb(
      parent: "activityTemplates/sale"
      activity_template_version {
        reason: "as last year"
        calendar: "calendars/default"
        items { id: "poster" title: "Poster" kind: KIND_POSTER due_working_days: 1 mandatory: true needs_acceptance: true }
        items { id: "copy" title: "Copy" kind: KIND_COPY due_working_days: 1 }
        supports { id: "hotline" department: "service" description: "a hotline" due_working_days: 1 }
        materials { id: "gift" item: "items/gift" numerator: 11 denominator: 10 }
        targets { id: "clicks" measure: MEASURE_CLICKS rule: RULE_MEDIAN }
        tracking { click_event: "tap" }
      })pb");
    request.set_activity_template_version_id(id);
    return request;
  }
  std::string Publish(const std::string& id) {
    const auto drafted = Call<ActivityTemplateVersion>("CreateActivityTemplateVersion", Specialist(), Draft(id));
    EXPECT_THAT(drafted, IsOk());
    const std::string name = "activityTemplates/sale/versions/" + id;
    EXPECT_THAT(
        Call<ActivityTemplateVersion>("PublishActivityTemplateVersion", Manager(), Named<v1::PublishActivityTemplateVersionRequest>(name)),
        IsOk());
    return name;
  }

  template <typename Request>
  Request Wanted(const std::string& id) {
    Request request;
    request.set_name("activityTemplates/sale");
    request.set_activity_id(id);
    v1::TemplateOrder& order = *request.mutable_order();
    order.set_title("Spring sale");
    order.set_project("projects/p");
    order.set_scheme("projects/p/schemes/s");
    order.set_owner("employees/li");
    *order.mutable_start_time() = time::ToTimestamp(clock_.Now() + absl::Hours(24 * 7));
    *order.mutable_end_time() = time::ToTimestamp(clock_.Now() + absl::Hours(24 * 8));
    order.set_time_zone("Asia/Taipei");
    order.set_expected_participants(700);
    return request;
  }
  absl::StatusOr<TemplateInstance> Instantiate(const std::string& id) {
    return Call<TemplateInstance>("InstantiateActivityTemplate", Specialist(), Wanted<v1::InstantiateActivityTemplateRequest>(id));
  }
  absl::StatusOr<TemplateInstance> Preview(const std::string& id) {
    return Call<TemplateInstance>("PreviewActivityTemplate", Analyst(), Wanted<v1::PreviewActivityTemplateRequest>(id));
  }
  int64_t CountOf(const std::string& table) {
    int64_t count = -1;
    EXPECT_THAT(database_.get().Read(absl::Now() + absl::Seconds(20),
                                     [&](sql::Session& session) {
                                       return session.Query("SELECT COUNT(*) FROM " + table, {},
                                                            [&](const sql::Row& row) { count = row.Int(0); });
                                     }),
                IsOk());
    return count;
  }
};

TEST_F(TemplatesTest, WhatIsPublishedNeverChanges) {
  const std::string name = HavePublished();
  v1::UpdateActivityTemplateVersionRequest update;
  update.mutable_activity_template_version()->set_name(name);
  update.mutable_activity_template_version()->set_reason("better");
  EXPECT_THAT(Call<ActivityTemplateVersion>("UpdateActivityTemplateVersion", Specialist(), update), HasReason("RULES_IMMUTABLE"));
  EXPECT_THAT(
      Call<google::protobuf::Empty>("DeleteActivityTemplateVersion", Specialist(), Named<v1::DeleteActivityTemplateVersionRequest>(name)),
      HasReason("RULES_IMMUTABLE"));
  // Another version is followed from then on; the one that is named stays what it was.
  clock_.Advance(absl::Hours(1));
  const std::string second = Publish("2");
  EXPECT_EQ(Preview("a")->template_version(), second);
  auto request = Wanted<v1::PreviewActivityTemplateRequest>("a");
  request.set_version(name);
  EXPECT_EQ(Call<TemplateInstance>("PreviewActivityTemplate", Analyst(), request)->template_version(), name);
  ASSERT_THAT(Call<ActivityTemplateVersion>("CreateActivityTemplateVersion", Specialist(), Draft("3")), IsOk());
  request.set_version("activityTemplates/sale/versions/3");
  EXPECT_THAT(Call<TemplateInstance>("PreviewActivityTemplate", Analyst(), request), HasReason("VERSION_NOT_PUBLISHED"));
  request.set_version("activityTemplates/other/versions/1");
  EXPECT_THAT(Call<TemplateInstance>("PreviewActivityTemplate", Analyst(), request), HasReason("NOT_FOUND"));
  // Nobody knows this calendar.
  auto draft = Draft("4");
  draft.mutable_activity_template_version()->set_calendar("calendars/mars");
  ASSERT_THAT(Call<ActivityTemplateVersion>("CreateActivityTemplateVersion", Specialist(), draft), IsOk());
  EXPECT_THAT(Call<ActivityTemplateVersion>("PublishActivityTemplateVersion", Manager(),
                                            Named<v1::PublishActivityTemplateVersionRequest>("activityTemplates/sale/versions/4")),
              HasReason("CALENDAR_UNKNOWN"));
}

TEST_F(TemplatesTest, ACreationIsWhatWasPreviewed) {
  HavePublished();
  const auto preview = Preview("spring");
  ASSERT_THAT(preview, IsOk());
  EXPECT_EQ(CountOf("activities"), 0) << "a preview makes nothing";
  auto request = Wanted<v1::InstantiateActivityTemplateRequest>("spring");
  request.set_preview_digest(std::string(64, 'a'));
  EXPECT_THAT(Call<TemplateInstance>("InstantiateActivityTemplate", Specialist(), request), HasReason("PREVIEW_OUTDATED"));
  request.set_preview_digest(preview->digest());
  request.set_request_id("once");
  const auto made = Call<TemplateInstance>("InstantiateActivityTemplate", Specialist(), request);
  ASSERT_THAT(made, IsOk());
  EXPECT_EQ(made->digest(), preview->digest());
  EXPECT_EQ(Call<TemplateInstance>("InstantiateActivityTemplate", Specialist(), request)->digest(), preview->digest());
  const Activity activity = Get("activities/spring");
  EXPECT_EQ(activity.template_version(), "activityTemplates/sale/versions/1");
  EXPECT_EQ(activity.bill_of_materials(0).quantity(), 770);
  ASSERT_EQ(activity.deviations_size(), 1);
  EXPECT_EQ(activity.deviations(0).kind(), v1::TemplateDeviation::KIND_FIGURE_UNKNOWN);
  EXPECT_EQ(CountOf("preparation_items"), 2);
  EXPECT_EQ(CountOf("support_commitments"), 1);
  EXPECT_THAT(Preview("spring"), HasReason("ALREADY_EXISTS"));
}

TEST_F(TemplatesTest, AllOrNothing) {
  HavePublished();
  store_.owners().left = [](const std::string& employee, absl::Time) { return employee == "employees/gone"; };
  // The last thing that is made cannot be: somebody has left.
  auto request = Wanted<v1::InstantiateActivityTemplateRequest>("spring");
  v1::TemplateChange& change = *request.mutable_order()->add_changes();
  change.set_part("items/copy");
  change.set_owner("employees/gone");
  EXPECT_THAT(Call<TemplateInstance>("InstantiateActivityTemplate", Specialist(), request), HasReason("OWNER_LEFT"));
  request.mutable_order()->set_budget_amount_minor(5);
  EXPECT_THAT(Call<TemplateInstance>("InstantiateActivityTemplate", Specialist(), request), HasViolation("order.budget", "BUDGET_MISSING"));
  for (const char* table : {"activities", "preparation_items", "support_commitments"}) EXPECT_EQ(CountOf(table), 0) << table;
}

TEST_F(TemplatesTest, PagesAndGuardrailsComeAlong) {
  HavePublished();
  auto draft = Draft("2");
  *draft.mutable_activity_template_version()->add_pages() = test::Proto<v1::TemplatePage>(R"pb(
    id: "shop"
    page {
      title: "Shop"
      url: "https://shop.example/"
      look_interval { seconds: 60 }
      timeout { seconds: 5 }
      failures_to_down: 2
      successes_to_up: 1
      requirement: REQUIREMENT_BEFORE_LAUNCH
    })pb");
  *draft.mutable_activity_template_version()->add_guardrails() = test::Proto<v1::TemplateGuardrail>(R"pb(
    id: "shop"
    guardrail { display_name: "The shop" signal: SIGNAL_PAGE source: "pages/shop" action: ACTION_PAUSE severity: SEVERITY_MAJOR })pb");
  ASSERT_THAT(Call<ActivityTemplateVersion>("CreateActivityTemplateVersion", Specialist(), draft), IsOk());
  clock_.Advance(absl::Minutes(1));
  ASSERT_THAT(Call<ActivityTemplateVersion>("PublishActivityTemplateVersion", Manager(),
                                            Named<v1::PublishActivityTemplateVersionRequest>("activityTemplates/sale/versions/2")),
              IsOk());
  // A preview is refused as the creation is, and both make nothing.
  EXPECT_THAT(Preview("spring"), HasViolation("page.url", "HOST_NOT_ALLOWED"));
  EXPECT_THAT(Instantiate("spring"), HasViolation("page.url", "HOST_NOT_ALLOWED"));
  for (const char* table : {"activities", "preparation_items", "pages"}) EXPECT_EQ(CountOf(table), 0) << table;
  const auto host = test::Proto<v1::CreateAllowedHostRequest>(
      "allowed_host_id: 'shop' allowed_host { host: 'shop.example' schemes: SCHEME_HTTPS ports: 443 reason: 'the shop' }");
  ASSERT_THAT(
      Call<v1::AllowedHost>("CreateAllowedHost", test::By("employees/eng", {options::v1::ROLE_PLATFORM_ENGINEER}, clock_.Now()), host),
      IsOk());
  const auto preview = Preview("spring");
  ASSERT_THAT(preview, IsOk());
  EXPECT_EQ(CountOf("pages"), 0);
  const auto made = Instantiate("spring");
  ASSERT_THAT(made, IsOk());
  EXPECT_EQ(made->digest(), preview->digest());
  EXPECT_EQ(CountOf("pages"), 1);
  ASSERT_EQ(made->activity_guardrails_size(), 1);
  EXPECT_EQ(made->activity_guardrails(0).state(), v1::ActivityGuardrail::STATE_ACTIVE);
  EXPECT_EQ(made->activity_guardrails(0).source(), "activities/spring/pages/shop");
}

TEST_F(TemplatesTest, AMandatoryItemGoesWithAReason) {
  HavePublished();
  ASSERT_THAT(Instantiate("spring"), IsOk());
  auto request = Named<v1::DeletePreparationItemRequest>("activities/spring/preparationItems/poster");
  EXPECT_THAT(Call<google::protobuf::Empty>("DeletePreparationItem", Specialist(), request),
              HasViolation("reason", "DEVIATION_UNEXPLAINED"));
  request.set_reason("online only");
  ASSERT_THAT(Call<google::protobuf::Empty>("DeletePreparationItem", Specialist(), request), IsOk());
  const Activity after = Get("activities/spring");
  ASSERT_EQ(after.deviations_size(), 2);
  EXPECT_EQ(after.deviations(1).part(), "items/poster");
  EXPECT_EQ(after.deviations(1).reason(), "online only");
  // What is none of the template's is no deviation.
  AddItem("activities/spring", false);
  request.clear_reason();
  ASSERT_THAT(Call<google::protobuf::Empty>("DeletePreparationItem", Specialist(), request), IsOk());
  EXPECT_EQ(Get("activities/spring").deviations_size(), 3) << "its id is that of a part";
}

TEST_F(TemplatesTest, MediansAreThoseOfReviewedActivities) {
  HavePublished();
  // Three were reviewed, one of them twice: its last report counts.
  const std::vector<std::pair<std::string, int>> reached = {{"a", 100}, {"b", 300}, {"c", 170}};
  for (const auto& [id, clicks] : reached) {
    ASSERT_THAT(Instantiate(id), IsOk());
    const std::string name = "activities/" + id;
    v1::Report report;
    auto* result = report.mutable_snapshot()->add_results();
    result->mutable_target()->set_measure(v1::Target::MEASURE_CLICKS);
    record::Kind<v1::Report> reports(store_);
    ASSERT_THAT(store_.Write(Manager(),
                             [&](record::Transaction& tx) -> absl::Status {
                               if (id == "c") {
                                 v1::Report first = report;
                                 first.set_name(name + "/reports/first");
                                 first.mutable_snapshot()->mutable_results(0)->set_actual(1);
                                 if (absl::Status made = reports.Insert(tx, first); !made.ok()) return made;
                               }
                               return absl::OkStatus();
                             }),
                IsOk());
    clock_.Advance(absl::Minutes(1));
    report.set_name(name + "/reports/last");
    result->set_actual(clicks);
    ASSERT_THAT(
        store_.Write(Manager(),
                     [&](record::Transaction& tx) -> absl::Status {
                       if (absl::Status made = reports.Insert(tx, report); !made.ok()) return made;
                       return tx.sql.Execute("UPDATE activities SET state = 'STATE_REVIEWED' WHERE name = ?", sql::Bind(name)).status();
                     }),
        IsOk());
  }
  const auto preview = Preview("d");
  ASSERT_THAT(preview, IsOk());
  ASSERT_EQ(preview->target_sources_size(), 1);
  EXPECT_THAT(preview->target_sources(0).reports(),
              testing::ElementsAre("activities/a/reports/last", "activities/c/reports/last", "activities/b/reports/last"));
  EXPECT_EQ(preview->activity().targets(0).target(), 170);
}

}  // namespace
}  // namespace heitie::activity
