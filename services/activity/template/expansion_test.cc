#include "services/activity/template/expansion.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/test/fixture.h"
#include "common/time/day.h"
#include "common/time/instant.h"

namespace heitie::activity {
namespace {

using ::heitie::test::HasViolation;
using ::heitie::test::HasViolations;
using ::heitie::test::IsOk;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

v1::ActivityTemplateVersion SaleVersion() {
  auto version = test::Proto<v1::ActivityTemplateVersion>(R"pb(
    name: "activityTemplates/sale/versions/1"
    reason: "first"
    calendar: "calendars/default"
    kind: "flash-sale"
    items { id: "poster" title: "Poster" kind: KIND_POSTER due_working_days: 2 mandatory: true needs_acceptance: true }
    items { id: "copy" title: "Copy" kind: KIND_COPY due_working_days: 1 owner_rule: OWNER_RULE_ROLE role: "writer" }
    items { id: "page" title: "Page" kind: KIND_PAGE due_working_days: 1 owner_rule: OWNER_RULE_EMPLOYEE employee: "employees/pa" }
    supports { id: "hotline" department: "service" description: "a hotline" due_working_days: 3 mandatory: true }
    roles { id: "host" role: "host" head_count: 2 courses: "courses/safety" mandatory: true }
    roles { id: "writer" role: "writer" head_count: 1 courses: "courses/style" courses: "courses/safety" }
    materials { id: "gift" item: "items/gift" numerator: 11 denominator: 10 mandatory: true }
    materials { id: "sign" item: "items/sign" fixed: 20 numerator: 1 denominator: 3 reserve_bp: 500 }
    materials { id: "none" item: "items/none" }
    targets { id: "clicks" measure: MEASURE_CLICKS rule: RULE_FIXED value: 100 }
    targets { id: "people" measure: MEASURE_PARTICIPANTS rule: RULE_PER_PARTICIPANT value: 0.5 }
    targets { id: "rate" measure: MEASURE_CONVERSION_RATE rule: RULE_MEDIAN mandatory: true }
    tracking { click_event: "tap" }
  )pb");
  return version;
}

// On Wednesday, 2026-03-04, 10:00 in Taipei.
v1::TemplateOrder SaleOrder() {
  auto order = test::Proto<v1::TemplateOrder>(R"pb(
    title: "Spring sale"
    project: "projects/p"
    scheme: "projects/p/schemes/s"
    owner: "employees/li"
    start_time { seconds: 1772589600 }
    end_time { seconds: 1772625600 }
    time_zone: "Asia/Taipei"
    expected_participants: 700
    staff { employee: "employees/an" role: "host" }
    staff { employee: "employees/bo" role: "host" }
    staff { employee: "employees/cy" role: "writer" }
  )pb");
  return order;
}

v1::TargetResult RateOf(double actual) {
  v1::TargetResult result;
  result.mutable_target()->set_measure(v1::Target::MEASURE_CONVERSION_RATE);
  result.set_actual(actual);
  return result;
}

class ExpansionTest : public ::testing::Test {
 protected:
  ExpansionTest() {
    time::CalendarRules rules;
    rules.zone = time::ZoneOf("Asia/Taipei");
    for (int weekday = 0; weekday < 5; ++weekday) rules.week[weekday] = {{absl::Hours(9), absl::Hours(18)}};
    calendar_.emplace(*time::BusinessCalendar::Make({{absl::InfinitePast(), rules}}));
    results_ = {{"activities/a/reports/1", {RateOf(0.04)}},
                {"activities/b/reports/1", {RateOf(0.08)}},
                {"activities/c/reports/1", {RateOf(0.05), v1::TargetResult()}}};
  }

  absl::StatusOr<v1::TemplateInstance> Make(const v1::TemplateOrder& order) {
    return Expand(version_, "spring", order, {*calendar_, results_, [this](const std::string& who) { return left_.count(who) > 0; }});
  }
  std::vector<std::string> Deviations(const v1::TemplateInstance& instance) {
    std::vector<std::string> texts;
    for (const auto& d : instance.activity().deviations()) {
      texts.push_back(d.part() + " " + v1::TemplateDeviation::Kind_Name(d.kind()).substr(5) + " " + d.expected() + "→" + d.chosen() +
                      (d.reason().empty() ? "" : " (" + d.reason() + ")"));
    }
    return texts;
  }
  v1::TemplateChange& Change(v1::TemplateOrder& order, const std::string& part) {
    order.add_changes()->set_part(part);
    return *order.mutable_changes(order.changes_size() - 1);
  }

  v1::ActivityTemplateVersion version_ = SaleVersion();
  std::optional<time::BusinessCalendar> calendar_;
  std::map<std::string, std::vector<v1::TargetResult>> results_;
  std::set<std::string> left_;
};

TEST_F(ExpansionTest, MakesWhatTheTemplateSays) {
  const auto made = Make(SaleOrder());
  ASSERT_THAT(made, IsOk());
  EXPECT_THAT(Deviations(*made), IsEmpty());
  const v1::Activity& activity = made->activity();
  EXPECT_EQ(activity.name(), "activities/spring");
  EXPECT_EQ(activity.template_version(), version_.name());
  EXPECT_EQ(activity.kind(), "flash-sale");
  EXPECT_EQ(activity.state(), v1::Activity::STATE_DRAFT);
  EXPECT_EQ(activity.tracking().click_event(), "tap");
  EXPECT_THAT(activity.training_requirement().courses(), ElementsAre("courses/safety", "courses/style"));
  ASSERT_EQ(activity.bill_of_materials_size(), 2) << "a line of 0 is none";
  EXPECT_EQ(activity.bill_of_materials(0).quantity(), 770);
  EXPECT_EQ(activity.bill_of_materials(1).quantity(), 266) << "(20 + 700/3) · 1.05 is exact";
  ASSERT_EQ(activity.targets_size(), 3);
  EXPECT_EQ(activity.targets(0).target(), 100);
  EXPECT_EQ(activity.targets(1).target(), 350);
  EXPECT_EQ(activity.targets(2).target(), 0.05);
  ASSERT_EQ(made->target_sources_size(), 1);
  EXPECT_THAT(made->target_sources(0).reports(), ElementsAre("activities/a/reports/1", "activities/c/reports/1", "activities/b/reports/1"));
  ASSERT_EQ(made->preparation_items_size(), 3);
  const auto local = [](const google::protobuf::Timestamp& t) { return time::LocalText(time::ToTime(t), "Asia/Taipei"); };
  EXPECT_EQ(made->preparation_items(0).name(), "activities/spring/preparationItems/poster");
  EXPECT_EQ(made->preparation_items(0).owner(), "employees/li");
  EXPECT_THAT(local(made->preparation_items(0).due_time()), testing::HasSubstr("2026-03-02 18:00"));
  EXPECT_TRUE(made->preparation_items(0).mandatory());
  EXPECT_TRUE(made->preparation_items(0).needs_acceptance());
  EXPECT_EQ(made->preparation_items(1).owner(), "employees/cy");
  EXPECT_THAT(local(made->preparation_items(1).due_time()), testing::HasSubstr("2026-03-03 18:00"));
  EXPECT_EQ(made->preparation_items(2).owner(), "employees/pa");
  ASSERT_EQ(made->support_commitments_size(), 1);
  EXPECT_THAT(local(made->support_commitments(0).due_time()), testing::HasSubstr("2026-02-27 18:00"));
  EXPECT_EQ(Make(SaleOrder())->digest(), made->digest());
  v1::TemplateOrder other = SaleOrder();
  other.set_expected_participants(701);
  EXPECT_NE(Make(other)->digest(), made->digest());
}

TEST_F(ExpansionTest, PagesAndGuardrailsAreTheActivitys) {
  auto& page = *version_.add_pages();
  page.set_id("shop");
  page.set_mandatory(true);
  page.mutable_page()->set_url("https://shop.example/");
  page.mutable_page()->set_state(v1::Page::STATE_UP);
  auto& clicks = *version_.add_guardrails();
  clicks.set_id("clicks");
  clicks.mutable_guardrail()->set_signal(v1::ActivityGuardrail::SIGNAL_CLICK_THROUGH_RATE);
  clicks.mutable_guardrail()->mutable_run()->set_open(true);
  auto& down = *version_.add_guardrails();
  down.set_id("down");
  down.mutable_guardrail()->set_signal(v1::ActivityGuardrail::SIGNAL_PAGE);
  down.mutable_guardrail()->set_source("pages/shop");
  const auto made = Make(SaleOrder());
  ASSERT_THAT(made, IsOk());
  ASSERT_EQ(made->pages_size(), 1);
  EXPECT_EQ(made->pages(0).name(), "activities/spring/pages/shop");
  EXPECT_EQ(made->pages(0).state(), v1::Page::STATE_UNSPECIFIED) << "what the service sets is not a template's";
  ASSERT_EQ(made->activity_guardrails_size(), 2);
  EXPECT_EQ(made->activity_guardrails(0).name(), "activities/spring/activityGuardrails/clicks");
  EXPECT_FALSE(made->activity_guardrails(0).has_run());
  EXPECT_EQ(made->activity_guardrails(1).source(), "activities/spring/pages/shop");
  v1::TemplateOrder order = SaleOrder();
  Change(order, "pages/shop").set_leave_out(true);
  Change(order, "guardrails/down").set_leave_out(true);
  EXPECT_THAT(Make(order), HasViolations("order.changes[0].reason DEVIATION_UNEXPLAINED"));
  order.mutable_changes(0)->set_reason("sold in the street");
  EXPECT_EQ(Make(order)->activity_guardrails_size(), 1);
}

TEST_F(ExpansionTest, ListsWhatIsOtherwise) {
  v1::TemplateOrder order = SaleOrder();
  order.mutable_staff(1)->set_role("guest");
  left_ = {"employees/pa"};
  v1::TemplateChange& poster = Change(order, "items/poster");
  poster.set_leave_out(true);
  poster.set_reason("printed last year");
  Change(order, "items/copy").set_owner("employees/an");
  Change(order, "roles/host").set_reason("one is enough");
  Change(order, "materials/gift").set_quantity(800);
  Change(order, "materials/sign").set_leave_out(true);
  Change(order, "targets/clicks").set_target(120);
  *Change(order, "supports/hotline").mutable_due_time() = time::ToTimestamp(absl::FromUnixSeconds(1772500000));
  const auto made = Make(order);
  ASSERT_THAT(made, IsOk());
  EXPECT_THAT(Deviations(*made),
              ElementsAre("roles/host UNDERSTAFFED 2→1 (one is enough)", "materials/gift CHANGED 770→800", "materials/sign LEFT_OUT 266→",
                          "targets/clicks CHANGED 100→120", "items/poster LEFT_OUT Poster→ (printed last year)",
                          "items/copy CHANGED employees/cy→employees/an", "items/page OWNER_LEFT employees/pa→employees/li",
                          "supports/hotline CHANGED 2026-02-27T10:00:00+00:00→2026-03-03T01:06:40+00:00"));
  EXPECT_EQ(made->preparation_items_size(), 2);
  EXPECT_EQ(made->activity().bill_of_materials_size(), 1);
  EXPECT_EQ(made->activity().deviations(4).mandatory(), true);
}

TEST_F(ExpansionTest, WhatIsMandatoryIsLeftOutWithAReasonOnly) {
  results_.clear();
  v1::TemplateOrder order = SaleOrder();
  order.clear_staff();
  Change(order, "items/poster").set_leave_out(true);
  Change(order, "items/copy").set_leave_out(true);
  EXPECT_THAT(Make(order), HasViolations("order.changes DEVIATION_UNEXPLAINED",  // roles/host
                                         "order.changes DEVIATION_UNEXPLAINED",  // targets/rate
                                         "order.changes[0].reason DEVIATION_UNEXPLAINED"));
  order.mutable_changes(0)->set_reason("no wall to hang it on");
  Change(order, "roles/host").set_reason("volunteers come");
  Change(order, "targets/rate").set_reason("the first one");
  const auto made = Make(order);
  ASSERT_THAT(made, IsOk());
  EXPECT_THAT(Deviations(*made), testing::Contains("targets/rate FIGURE_UNKNOWN → (the first one)"));
}

TEST_F(ExpansionTest, TellsEverythingThatStandsAgainstAnOrder) {
  v1::TemplateOrder order = SaleOrder();
  *order.mutable_end_time() = order.start_time();
  order.set_budget_amount_minor(5);
  order.mutable_staff(2)->set_employee("employees/an");
  Change(order, "items/flag").set_leave_out(true);
  Change(order, "items/copy").set_leave_out(true);
  Change(order, "items/copy").set_leave_out(true);
  Change(order, "targets/clicks").set_quantity(3);
  Change(order, "items/page");
  v1::TemplateChange& both = Change(order, "materials/sign");
  both.set_leave_out(true);
  both.set_quantity(4);
  EXPECT_THAT(Make(order),
              HasViolations("order.changes[0].part UNKNOWN_TEMPLATE_PART", "order.changes[2].part VALUE_TWICE",
                            "order.changes[3] CHANGE_UNFIT", "order.changes[4] CHANGE_UNFIT", "order.changes[5] CHANGE_UNFIT",
                            "order.end_time START_NOT_BEFORE_END", "order.budget BUDGET_MISSING", "order.staff[2].employee VALUE_TWICE"));
  v1::TemplateOrder many = SaleOrder();
  many.set_expected_participants(1'000'000'000);
  EXPECT_THAT(Make(many), HasViolation("order.expected_participants", "MATERIAL_TOO_LARGE"));
  v1::TemplateOrder early = SaleOrder();
  *early.mutable_start_time() = time::ToTimestamp(absl::FromUnixSeconds(-2208900000));  // 1900-01-02
  EXPECT_THAT(Make(early), HasViolation("order.start_time", "DUE_BEYOND_CALENDAR"));
}

TEST_F(ExpansionTest, AVersionIsCheckedAsAWhole) {
  EXPECT_THAT(CheckTemplateVersion(version_), IsOk());
  version_.mutable_items(1)->set_id("poster");
  version_.mutable_items(1)->clear_role();
  version_.mutable_items(2)->set_role("writer");
  version_.mutable_roles(1)->set_role("host");
  version_.mutable_materials(1)->set_item("items/gift");
  version_.mutable_targets(0)->clear_value();
  version_.mutable_targets(1)->set_metric("metricDefinitions/m");
  version_.mutable_targets(2)->set_value(1);
  EXPECT_THAT(
      CheckTemplateVersion(version_),
      HasViolations(
          "activity_template_version.items[1].id VALUE_TWICE", "activity_template_version.items[1].owner_rule OWNER_RULE_UNFIT",
          "activity_template_version.items[2].owner_rule OWNER_RULE_UNFIT", "activity_template_version.targets[0].value TARGET_RULE_UNFIT",
          "activity_template_version.targets[1].metric BAD_TARGET", "activity_template_version.targets[2].value TARGET_RULE_UNFIT",
          "activity_template_version.roles[1].role VALUE_TWICE", "activity_template_version.materials[1].item VALUE_TWICE"));
}

}  // namespace
}  // namespace heitie::activity
