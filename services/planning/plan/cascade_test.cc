#include "services/planning/plan/cascade.h"

#include <random>

#include "common/test/fixture.h"
#include "common/time/day.h"
#include "heitie/planning/v1/defect.pb.h"
#include "heitie/planning/v1/plan_period.pb.h"
#include "services/planning/plan/calendar.h"

namespace heitie::planning {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using v1::PlanPeriod;

v1::PlanPeriod Period(const std::string& id, PlanPeriod::Cadence cadence, absl::CivilDay start) {
  v1::PlanPeriod period;
  period.set_name("planPeriods/" + id);
  period.set_cadence(cadence);
  *period.mutable_start_date() = time::ToDate(start);
  *period.mutable_end_date() = time::ToDate(LastDay(cadence, start));
  return period;
}

void SetTarget(v1::PlanPeriod& period, const std::string& metric, double target, const std::string& unit = "users") {
  auto* added = period.add_targets();
  added->set_metric(metric);
  added->set_unit(unit);
  added->set_target(target);
}

std::vector<std::string> Reasons(const Defects& defects) {
  std::vector<std::string> reasons;
  for (const Defect& defect : defects) reasons.push_back(defect.subject + " " + defect.reason->id);
  return reasons;
}

class CascadeTest : public ::testing::Test {
 protected:
  CascadeTest() {
    for (int quarter = 0; quarter < 4; ++quarter) {
      quarters_.push_back(
          Period("q" + std::to_string(quarter + 1), PlanPeriod::CADENCE_QUARTERLY, absl::CivilDay(2026, 1 + 3 * quarter, 1)));
    }
  }

  PlanPeriod year_ = Period("y", PlanPeriod::CADENCE_ANNUAL, absl::CivilDay(2026, 1, 1));
  std::vector<PlanPeriod> quarters_;
};

TEST_F(CascadeTest, LastDays) {
  EXPECT_EQ(LastDay(PlanPeriod::CADENCE_ANNUAL, absl::CivilDay(2024, 1, 1)), absl::CivilDay(2024, 12, 31));
  EXPECT_EQ(LastDay(PlanPeriod::CADENCE_QUARTERLY, absl::CivilDay(2025, 11, 15)), absl::CivilDay(2026, 2, 14));
  EXPECT_EQ(LastDay(PlanPeriod::CADENCE_MONTHLY, absl::CivilDay(2024, 2, 1)), absl::CivilDay(2024, 2, 29));
  EXPECT_EQ(LastDay(PlanPeriod::CADENCE_MONTHLY, absl::CivilDay(2026, 1, 28)), absl::CivilDay(2026, 2, 27));
}

TEST_F(CascadeTest, FieldsOfAPeriod) {
  const auto reasons = [](const PlanPeriod& period) {
    status::BadFields bad;
    CheckFields(period, bad);
    return std::string(bad.status().message());
  };
  EXPECT_EQ(reasons(year_), "");
  PlanPeriod period = year_;
  *period.mutable_end_date() = time::ToDate(absl::CivilDay(2026, 12, 30));
  EXPECT_THAT(reasons(period), ::testing::HasSubstr("ends on 2026-12-31"));
  *period.mutable_start_date() = time::ToDate(absl::CivilDay(2026, 1, 29));
  EXPECT_THAT(reasons(period), ::testing::HasSubstr("28th"));
  SetTarget(year_, "new_users", 1);
  SetTarget(year_, "new_users", 2);
  EXPECT_THAT(reasons(year_), ::testing::HasSubstr("plan_period.targets[1].metric"));
}

TEST_F(CascadeTest, QuartersFitTheirYear) {
  for (const PlanPeriod& quarter : quarters_) EXPECT_THAT(CheckFit(quarter, year_, quarters_), IsEmpty());
}

TEST_F(CascadeTest, EveryMisfitIsNamed) {
  const PlanPeriod late = Period("late", PlanPeriod::CADENCE_QUARTERLY, absl::CivilDay(2026, 12, 1));
  EXPECT_THAT(Reasons(CheckFit(late, year_, quarters_)),
              ElementsAre("planPeriods/late PERIOD_OUTSIDE_PARENT", "planPeriods/late PERIODS_OVERLAP"));
  EXPECT_THAT(Reasons(CheckFit(Period("z", PlanPeriod::CADENCE_ANNUAL, absl::CivilDay(2026, 1, 1)), year_, {})),
              ElementsAre("planPeriods/z PERIOD_CADENCE"));
}

TEST_F(CascadeTest, TargetsOfAllPartsMakeTheWholeExactly) {
  SetTarget(year_, "new_users", 1000);
  for (PlanPeriod& quarter : quarters_) SetTarget(quarter, "new_users", 250);
  EXPECT_THAT(CheckTargets(year_, quarters_), IsEmpty());
  quarters_[3].mutable_targets(0)->set_target(249);
  EXPECT_THAT(Reasons(CheckTargets(year_, quarters_)), ElementsAre("planPeriods/y TARGET_NOT_COVERED"));
  quarters_[3].mutable_targets(0)->set_target(251);
  EXPECT_THAT(Reasons(CheckTargets(year_, quarters_)), ElementsAre("planPeriods/y TARGET_EXCEEDED"));
  quarters_[3].clear_targets();
  EXPECT_THAT(Reasons(CheckTargets(year_, quarters_)), ElementsAre("planPeriods/y TARGET_NOT_COVERED"));
}

TEST_F(CascadeTest, TargetsOfSomePartsMayFallShortOfTheWholeButNotExceedIt) {
  SetTarget(year_, "new_users", 1000);
  SetTarget(quarters_[0], "new_users", 400);
  EXPECT_THAT(CheckTargets(year_, {quarters_[0]}), IsEmpty());
  EXPECT_THAT(CheckTargets(year_, {}), IsEmpty());
  SetTarget(quarters_[1], "new_users", 601);
  EXPECT_THAT(Reasons(CheckTargets(year_, {quarters_[0], quarters_[1]})), ElementsAre("planPeriods/y TARGET_EXCEEDED"));
}

TEST_F(CascadeTest, LevelsDoNotAddUp) {
  SetTarget(year_, "dau", 1000);
  year_.mutable_targets(0)->set_aggregation(v1::PeriodTarget::AGGREGATION_LEVEL);
  for (PlanPeriod& quarter : quarters_) SetTarget(quarter, "dau", 1000);
  EXPECT_THAT(CheckTargets(year_, quarters_), IsEmpty());
}

TEST_F(CascadeTest, UnitsMustAgree) {
  SetTarget(year_, "revenue", 1000, "CNY");
  SetTarget(quarters_[1], "revenue", 1000, "kCNY");
  EXPECT_THAT(Reasons(CheckTargets(year_, quarters_)), ElementsAre("planPeriods/q2 TARGET_UNIT_DIFFERS"));
}

TEST_F(CascadeTest, RoundingIsNoDefect) {
  std::mt19937 random(4);
  for (int trial = 0; trial < 500; ++trial) {
    PlanPeriod year = year_;
    std::vector<PlanPeriod> quarters = quarters_;
    double sum = 0;
    for (PlanPeriod& quarter : quarters) {
      const double part = (random() % 1000000) / 100.0;
      SetTarget(quarter, "revenue", part);
      sum = part + sum;
    }
    std::shuffle(quarters.begin(), quarters.end(), random);  // Sums of doubles depend on the order.
    SetTarget(year, "revenue", sum);
    EXPECT_THAT(CheckTargets(year, quarters), IsEmpty());
    year.mutable_targets(0)->set_target(sum + 0.01);
    EXPECT_THAT(Reasons(CheckTargets(year, quarters)), ElementsAre("planPeriods/y TARGET_NOT_COVERED"));
  }
}

}  // namespace
}  // namespace heitie::planning
