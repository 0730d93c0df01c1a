#include "tests/e2e/world.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/substitute.h"
#include "common/time/zone.h"
#include "heitie/resource/v1/encumbrance.pb.h"
#include "heitie/resource/v1/ledger.pb.h"
#include "heitie/resource/v1/reservation.pb.h"
#include "tests/story/robot_group.h"
#include "tests/story/shop_page.h"

namespace heitie::e2e {
namespace {

absl::TimeZone BusinessZone() { return time::FindZone("Asia/Taipei").value(); }

// Somebody of the story who is not of the team has a token of their own.
Person PersonOf(const Team& team, const story::Person& who) {
  const std::map<std::string, const Person*> people = {{"manager", &team.manager},       {"specialist", &team.specialist},
                                                       {"analyst", &team.analyst},       {"engineer", &team.engineer},
                                                       {"technician", &team.technician}, {"shop", &team.producer}};
  if (const auto it = people.find(who.name); it != people.end()) return *it->second;
  const std::map<options::v1::Role, std::string> roles = {{options::v1::ROLE_OPERATIONS_MANAGER, "MANAGER"},
                                                          {options::v1::ROLE_OPERATIONS_SPECIALIST, "SPECIALIST"},
                                                          {options::v1::ROLE_DEPARTMENT_MEMBER, "DEPARTMENT"},
                                                          {options::v1::ROLE_PRODUCER, "PRODUCER"}};
  const std::string of = who.department.empty() ? "" : absl::StrCat(" --department ", who.department);
  return Person(team.client, Suite::Get().Token(absl::StrCat("--role ", roles.at(who.role), " --name ", who.resource, of)));
}

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
      player_([team](const auto& who, const auto&... request) { return PersonOf(team, who).Call(request...); }, id, absl::Now()),
      project_("projects/" + id),
      scheme_(project_ + "/schemes/main"),
      item_("items/" + id),
      budget_("budgets/" + id),
      employee_("employees/" + id) {
  using Json = story::Json;
  player_.Give("project", project_);
  player_.Give("scheme", scheme_);
  player_.Give("category", "itemCategories/" + id);
  player_.Give("gift", item_);
  player_.Give("budget", budget_);
  player_.Give("specialist", employee_);
  player_.Give("materials", Json::array({{{"item", item_}, {"quantity", kNeeded}}}));
  player_.Give("cost", kCost);
  player_.Give("delivered", conditions.stock);
  player_.Give("requestedBudget", conditions.budget);
  player_.Give("score", 92);
  player_.Give("outcome", "OUTCOME_PASSED");
  player_.Give("tracking", Json::parse(R"({"impressionEvent": "page_view", "clickEvent": "click", "conversionEvent": "purchase",
      "participantEvents": ["page_view", "purchase"], "conversionDenominator": "CONVERSION_DENOMINATOR_PARTICIPANTS"})"));
  player_.Give("targets",
               Json::array({{{"measure", "MEASURE_PARTICIPANTS"}, {"target", 4}}, {{"measure", "MEASURE_COST"}, {"target", kCost}}}));
  std::set<std::string> skipped = {"aside", "trouble", "recruitment", "purchasing", "claims"};
  if (!conditions.project_approved) skipped.insert("approval");
  if (!conditions.budget_approved) skipped.insert("budget approval");
  if (!conditions.certified) skipped.insert("training");
  if (conditions.stock == 0) skipped.insert("stock");
  player_.Skip(std::move(skipped));
  player_.Play("", "PLANNED");
}

void World::Play(const std::string& activity, const std::string& after, const std::string& until) const {
  const absl::Time now = absl::Now();
  story::Player player = player_;
  player.Give("activity", activity);
  player.Give("start", absl::FormatTime(now + conditions_.start));
  player.Give("end", absl::FormatTime(now + conditions_.end));
  player.Play(after, until);
}

std::string World::Preparing(const std::string& id) const {
  const std::string name = "activities/" + id;
  Play(name, "PLANNED", "PREPARING");
  return name;
}

std::string World::Ready(const std::string& id) const {
  const std::string name = "activities/" + id;
  Play(name, "PLANNED", "READY");
  return name;
}

void World::PlayPeople() const {
  story::Player player = player_;
  player.Play("PEOPLE", "MONTH");
}

void World::PlayMonth() const {
  story::Player player = player_;
  player.Play("MONTH", "PLANS");
}

void World::PlayPlans() const {
  story::Player player = player_;
  player.Play("PLANS", "YEAR");
}

void World::PlayMaterials() const {
  story::Player player = player_;
  player.Play("YEAR", "LIFE");
}

void World::PlayLife() const {
  story::Player player = player_;
  const story::ShopPage page(player);
  player.Play("LIFE", story::Player::Knows("TOGETHER") ? "TOGETHER" : "");
}

void World::PlayTogether() const {
  story::Player player = player_;
  const story::RobotGroup group(player, absl::Now);
  player.Play("TOGETHER", story::Player::Knows("RISKS") ? "RISKS" : "");
}

void World::PlayRisks() const {
  story::Player player = player_;
  player.Keep(absl::Now);
  player.Play("RISKS", "");
}

void World::CompletePreparation(const std::string& activity) const { Play(activity, "PREPARING", "PREPARED"); }

void World::AcceptSupport(const std::string& activity) const { Play(activity, "PREPARED", "SUPPORTED"); }

void World::MarkReady(const std::string& activity) const { Play(activity, "SUPPORTED", "READY"); }

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
  const auto audit = team.engineer.Do<resource::v1::VerifyLedgersResponse>("resource.VerifyLedgers", "reason: 'after the test'");
  EXPECT_GT(audit.stock_entry_count(), 0);
  EXPECT_GT(audit.budget_entry_count(), 0);
  EXPECT_TRUE(audit.discrepancies().empty()) << audit.DebugString();
}

}  // namespace heitie::e2e
