#include "tests/e2e/world.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/substitute.h"
#include "common/time/zone.h"
#include "heitie/resource/v1/encumbrance.pb.h"
#include "heitie/resource/v1/ledger.pb.h"
#include "heitie/resource/v1/reservation.pb.h"

namespace heitie::e2e {
namespace {

absl::TimeZone BusinessZone() { return time::FindZone("Asia/Taipei").value(); }

std::string Named(const std::string& name) { return absl::StrCat("name: '", name, "'"); }

}  // namespace

std::string Date(absl::CivilDay day) { return absl::Substitute("{ year: $0 month: $1 day: $2 }", day.year(), day.month(), day.day()); }

std::string Instant(absl::Time time) {
  const int64_t micros = absl::ToUnixMicros(time);
  return absl::Substitute("{ seconds: $0 nanos: $1 }", micros / 1000000, micros % 1000000 * 1000);
}

absl::CivilDay Today() { return absl::ToCivilDay(absl::Now(), BusinessZone()); }

absl::Time HourOf(absl::CivilDay day, int hours) { return absl::FromCivil(absl::CivilHour(day) + hours, BusinessZone()); }

World::World(const Team& team, const std::string& id, const Conditions& conditions)
    : team_(team),
      conditions_(conditions),
      id_(id),
      period_("planPeriods/" + id),
      project_("projects/" + id),
      scheme_(project_ + "/schemes/main"),
      item_("items/" + id),
      budget_("budgets/" + id),
      position_("positions/" + id),
      employee_("employees/" + id),
      course_("courses/" + id) {
  Staff();
  Supply();
  Fund();
  Plan();
}

void World::Staff() const {
  team_.specialist.Do("personnel.CreateCourse", absl::Substitute("course { title: 'Safety' validity_months: 24 } course_id: '$0'", id_));
  team_.manager.Do(
      "personnel.CreatePosition",
      absl::Substitute("position { title: 'Host' responsibilities: 'Hosts' roles: ROLE_OPERATIONS_SPECIALIST } position_id: '$0'", id_));
  team_.manager.Do(
      "personnel.CreateEmployee",
      absl::Substitute("employee { display_name: 'Li Ming' position: '$0' department: 'operations' hire_date { year: 2020 month: 1 "
                       "day: 1 } } employee_id: '$1'",
                       position_, id_));
  if (!conditions_.certified) return;
  const std::string session = course_ + "/sessions/first";
  team_.specialist.Do(
      "personnel.CreateSession",
      absl::Substitute("parent: '$0' session { date $1 trainer: 'Wu' capacity: 5 } session_id: 'first'", course_, Date(Today() - 30)));
  const std::string seat = absl::Substitute("name: '$0' employee: '$1'", session, employee_);
  team_.specialist.Do("personnel.EnrollEmployee", seat);
  team_.specialist.Do("personnel.RecordResult", seat + " attended: true");
}

void World::Supply() const {
  team_.specialist.Do("resource.CreateItemCategory",
                      absl::Substitute("item_category { display_name: 'Gifts' } item_category_id: '$0'", id_));
  team_.specialist.Do(
      "resource.CreateItem",
      absl::Substitute("item { display_name: 'Gift' category: 'itemCategories/$0' unit: 'piece' currency_code: 'TWD' custodian: "
                       "'$1' } item_id: '$0'",
                       id_, employee_));
  if (conditions_.stock == 0) return;
  team_.specialist.Do(
      "resource.CreateGoodsReceipt",
      absl::Substitute("goods_receipt { supplier: 'Supplier' receive_date $0 lines { item: '$1' quantity: $2 unit_cost_minor: 300 "
                       "} }",
                       Date(Today()), item_, conditions_.stock));
}

void World::Fund() const {
  team_.specialist.Do("resource.CreateBudget",
                      absl::Substitute("budget { display_name: 'Spring' cost_center: 'CC-1' start_date $0 end_date $1 currency_code: 'TWD' "
                                       "requested_minor: $2 } budget_id: '$3'",
                                       Date(Today() - 60), Date(Today() + 200), conditions_.budget, id_));
  if (conditions_.budget_approved) team_.manager.Do("resource.ApproveBudget", Named(budget_));
}

void World::Plan() const {
  const absl::CivilDay first(absl::CivilMonth(Today()) - 1), today = Today();
  team_.manager.Do(
      "planning.CreatePlanPeriod",
      absl::Substitute("plan_period { title: 'Quarter' cadence: CADENCE_QUARTERLY start_date $0 end_date $1 } plan_period_id: '$2'",
                       Date(first), Date(absl::CivilDay(absl::CivilMonth(first) + 3) - 1), id_));
  team_.specialist.Do(
      "planning.CreateProject",
      absl::Substitute(
          "project { title: 'Spring' plan_period: '$0' owner: '$1' start_date $2 end_date $3 currency_code: 'TWD' objectives { title: "
          "'More customers' metric: 'customers' unit: 'people' baseline: 1000 target: 1500 target_date $3 } } project_id: '$4'",
          period_, employee_, Date(first), Date(today + 20), id_));
  team_.specialist.Do("planning.CreateTask",
                      absl::Substitute("parent: '$0' task_id: 'design' task { title: 'Design' owner: '$1' start_date $2 end_date $3 "
                                       "estimate_hours: 8 }",
                                       project_, employee_, Date(first), Date(first + 13)));
  team_.specialist.Do(
      "planning.CreateTask",
      absl::Substitute("parent: '$0' task_id: 'print' task { title: 'Print' owner: '$1' start_date $2 end_date $3 estimate_hours: 8 "
                       "dependencies { predecessor: '$0/tasks/design' type: TYPE_FINISH_TO_START } }",
                       project_, employee_, Date(first + 14), Date(today + 20)));
  team_.specialist.Do(
      "planning.CreateScheme",
      absl::Substitute("parent: '$0' scheme_id: 'main' scheme { title: 'Gifts' strategy: 'A gift with each order' channels { title: "
                       "'Newsletter' } demand { items { item: '$1' quantity: $2 } budget_minor: $3 staff { position: '$4' "
                       "headcount: 1 courses: '$5' } } cash_flows { month: 0 title: 'Gifts' cost_minor: $3 } cash_flows { month: 1 "
                       "title: 'Sales' benefit_minor: 200000 } }",
                       project_, item_, kNeeded, kCost, position_, course_));
  if (!conditions_.project_approved) return;
  team_.specialist.Do("planning.SubmitProject", Named(project_));
  team_.manager.Do("planning.ApproveProject", Named(project_));
}

std::string World::Preparing(const std::string& id) const {
  const absl::Time now = absl::Now();
  const std::string name = "activities/" + id;
  team_.specialist.Do(
      "activity.CreateActivity",
      absl::StrCat(
          absl::Substitute(
              "activity_id: '$0' activity { title: 'Spring sale' project: '$1' scheme: '$2' owner: '$3' start_time $4 end_time $5 "
              "time_zone: 'Asia/Taipei' budget: '$6' budget_amount_minor: $7 ",
              id, project_, scheme_, employee_, Instant(now + conditions_.start), Instant(now + conditions_.end), budget_, kCost),
          absl::Substitute(
              "bill_of_materials { item: '$0' quantity: $1 } staff { employee: '$2' role: 'host' } training_requirement { courses: "
              "'$3' } tracking { impression_event: 'page_view' click_event: 'click' conversion_event: 'purchase' participant_events: "
              "'page_view' participant_events: 'purchase' conversion_denominator: CONVERSION_DENOMINATOR_PARTICIPANTS } targets { "
              "measure: MEASURE_PARTICIPANTS target: 4 } targets { measure: MEASURE_COST target: $4 } }",
              item_, kNeeded, employee_, course_, kCost)));
  team_.specialist.Do("activity.PrepareActivity", Named(name));
  team_.specialist.Do(
      "activity.CreatePreparationItem",
      absl::Substitute("parent: '$0' preparation_item_id: 'poster' preparation_item { title: 'Poster' kind: KIND_POSTER owner: '$1' "
                       "due_time $2 }",
                       name, employee_, Instant(now)));
  team_.specialist.Do(
      "activity.CreateSupportCommitment",
      absl::Substitute("parent: '$0' support_commitment_id: 'technology' support_commitment { department: 'technology' description: "
                       "'Keep the shop up' due_time $1 }",
                       name, Instant(now)));
  return name;
}

std::string World::Ready(const std::string& id) const {
  const std::string name = Preparing(id);
  CompletePreparation(name);
  AcceptSupport(name);
  MarkReady(name);
  return name;
}

void World::CompletePreparation(const std::string& activity) const {
  team_.specialist.Do("activity.CompletePreparationItem", Named(activity + "/preparationItems/poster"));
}

void World::AcceptSupport(const std::string& activity) const {
  team_.technician.Do("activity.AcceptSupportCommitment", Named(activity + "/supportCommitments/technology"));
}

void World::MarkReady(const std::string& activity) const { team_.specialist.Do("activity.MarkActivityReady", Named(activity)); }

void World::OpenHighRisk(const std::string& activity) const {
  const std::string id = activity.substr(activity.find('/') + 1);
  team_.specialist.Do(
      "risk.CreateRisk",
      absl::Substitute("risk_id: '$0' risk { category: CATEGORY_TECHNOLOGY subject: '$1' title: 'The shop breaks down' cause: 'Load' "
                       "owner: '$2' }",
                       id, activity, employee_));
  team_.specialist.Do("risk.AssessRisk",
                      absl::Substitute("name: 'risks/$0' current { likelihood: 5 impact: 5 } rationale: 'Last year it did'", id));
}

std::string World::Waive(const std::string& activity, const std::string& precondition, absl::Time expiry) const {
  const std::string id = absl::StrCat("waiver-", absl::ToUnixNanos(absl::Now()));
  team_.manager.Do("activity.CreateWaiver",
                   absl::Substitute("parent: '$0' waiver_id: '$1' waiver { precondition: $2 reason: 'Decided' expire_time $3 }", activity,
                                    id, precondition, Instant(expiry)));
  return activity + "/waivers/" + id;
}

Holdings HoldingsOf(const Team& team, const std::string& activity) {
  const std::string filter = absl::Substitute("filter: 'subject = \"$0\"' page_size: 1000", activity);
  Holdings held;
  const auto reservations = team.analyst.Do<resource::v1::ListReservationsResponse>("resource.ListReservations", filter);
  for (const auto& reservation : reservations.reservations()) {
    int64_t stock = 0;
    for (const auto& line : reservation.lines()) stock += line.quantity() - line.issued_quantity() - line.released_quantity();
    held.stock += stock;
    held.reservations += stock > 0;
  }
  const auto encumbrances = team.analyst.Do<resource::v1::ListEncumbrancesResponse>("resource.ListEncumbrances", filter);
  for (const auto& taken : encumbrances.encumbrances()) {
    held.money += taken.pre_committed_minor() + taken.committed_minor();
    held.encumbrances += taken.pre_committed_minor() + taken.committed_minor() > 0;
  }
  return held;
}

void ExpectTakenOnce(const Team& team, const std::string& activity) {
  const Holdings held = HoldingsOf(team, activity);
  EXPECT_EQ(held.reservations, 1);
  EXPECT_EQ(held.stock, kNeeded);
  EXPECT_EQ(held.encumbrances, 1);
  EXPECT_EQ(held.money, kCost);
}

void ExpectSoundLedgers(const Team& team) {
  const auto audit = team.engineer.Do<resource::v1::VerifyLedgersResponse>("resource.VerifyLedgers", "");
  EXPECT_GT(audit.stock_entry_count(), 0);
  EXPECT_GT(audit.budget_entry_count(), 0);
  EXPECT_TRUE(audit.discrepancies().empty()) << audit.DebugString();
}

}  // namespace heitie::e2e
