#include "services/personnel/appraisal/month.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <random>

#include "absl/strings/str_cat.h"
#include "common/record/store.h"
#include "common/test/fixture.h"
#include "common/time/day.h"
#include "services/personnel/appraisal/scheme.h"

namespace heitie::personnel {
namespace {

using absl::CivilDay;
using exact::Fraction;
using test::Proto;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using v1::Appraisal;
using v1::AppraisalPart;
using v1::AppraisalScheme;
using v1::AppraisalSpan;
using v1::Employee;

constexpr char kBuyersScheme[] = R"pb(
  name: "positions/host/appraisalSchemes/one"
  indicators {
    id: "buyers"
    kind: KIND_RESULTS
    weight: 5000
    measure {
      source: SOURCE_METRIC
      metric: "metricDefinitions/buyers"
      missing: MISSING_BLOCK
      curve { figure: "1500" points: 0 }
      curve { figure: "2000" points: 6000 }
      curve { figure: "2500" points: 8500 }
      curve { figure: "3000" points: 10000 }
    }
  }
  indicators {
    id: "shows"
    kind: KIND_RESULTS
    weight: 2000
    levels { points: 5000 }
    levels { points: 9000 }
  }
  indicators {
    id: "care"
    kind: KIND_ATTITUDE
    weight: 2000
    levels { points: 5000 }
    levels { points: 7500 }
  }
  indicators {
    id: "help"
    kind: KIND_TEAMWORK
    weight: 1000
    levels { points: 5000 }
    levels { points: 10000 }
  })pb";

AppraisalPart BuyersPart(const std::string& buyers) {
  auto part = Proto<AppraisalPart>(R"pb(
    name: "appraisalCycles/c/appraisals/li/parts/1"
    employee: "employees/li"
    rater: "employees/boss"
    scheme: "positions/host/appraisalSchemes/one"
    present_days: 22
    ratings { indicator: "shows" level: 2 }
    ratings { indicator: "care" level: 2 }
    ratings { indicator: "help" level: 2 })pb");
  auto& figure = *part.add_figures();
  figure.set_indicator("buyers");
  figure.set_numerator(buyers);
  if (!buyers.empty()) figure.set_denominator("1");
  return part;
}

MonthDays June2026() {
  MonthDays june{CivilDay(2026, 6, 1), CivilDay(2026, 6, 30), {}};
  for (CivilDay day = june.first; day <= june.last; ++day) {
    if (absl::GetWeekday(day) != absl::Weekday::saturday && absl::GetWeekday(day) != absl::Weekday::sunday) june.working.push_back(day);
  }
  return june;
}

Employee AppraisedEmployee(const std::string& more = "") {
  return Proto<Employee>(absl::StrCat(R"pb(
                                        name: "employees/li"
                                        position: "positions/host"
                                        department: "operations"
                                        hire_date { year: 2026 month: 1 day: 1 }
                                        assignments {
                                          start_date { year: 2026 month: 1 day: 1 }
                                          position: "positions/host"
                                          department: "operations"
                                          superior: "employees/a"
                                        })pb",
                                      more));
}

constexpr char kTransfer[] = R"pb(
  assignments {
    start_date { year: 2026 month: 6 day: 12 }
    position: "positions/trainer"
    department: "operations"
    superior: "employees/b"
  })pb";

// ---- Days

TEST(AppraisalMonthTest, ATransferSplitsTheMonth) {
  const std::vector<AppraisalSpan> spans = SpansOf(AppraisedEmployee(kTransfer), June2026(), {});
  ASSERT_THAT(spans, SizeIs(2));
  EXPECT_EQ(spans[0].present_days(), 9);
  EXPECT_EQ(spans[1].present_days(), 13);
  EXPECT_EQ(time::ToDay(spans[0].end_date()), CivilDay(2026, 6, 11));
  EXPECT_EQ(spans[1].superior(), "employees/b");
}

TEST(AppraisalMonthTest, AnAssignmentThatChangesNothingDoesNotSplit) {
  const std::vector<AppraisalSpan> spans = SpansOf(AppraisedEmployee(R"pb(assignments {
                                                                            start_date { year: 2026 month: 6 day: 12 }
                                                                            position: "positions/host"
                                                                            department: "operations"
                                                                            superior: "employees/a"
                                                                            reason: "a correction"
                                                                          })pb"),
                                                   June2026(), {});
  ASSERT_THAT(spans, SizeIs(1));
  EXPECT_EQ(spans[0].present_days(), 22);
}

TEST(AppraisalMonthTest, AbsencesCountByTheirKind) {
  const std::string week = R"pb(absences {
                                  start_date { year: 2026 month: 6 day: 6 }
                                  end_date { year: 2026 month: 6 day: 14 }
                                  kind: "absenceKinds/official-business"
                                })pb";
  EXPECT_EQ(SpansOf(AppraisedEmployee(week), June2026(), {}).front().present_days(), 17);
  EXPECT_EQ(SpansOf(AppraisedEmployee(week), June2026(), {"absenceKinds/official-business"}).front().present_days(), 22);
}

TEST(AppraisalMonthTest, OnlyDaysOfEmploymentAreIn) {
  Employee left = AppraisedEmployee(kTransfer);
  *left.mutable_leave_date() = time::ToDate(CivilDay(2026, 6, 15));
  const std::vector<AppraisalSpan> spans = SpansOf(left, June2026(), {});
  ASSERT_THAT(spans, SizeIs(2));
  EXPECT_EQ(spans[1].present_days(), 2);
  Employee gone = AppraisedEmployee();
  *gone.mutable_leave_date() = time::ToDate(CivilDay(2026, 5, 31));
  EXPECT_THAT(SpansOf(gone, June2026(), {}), IsEmpty());
}

std::vector<AppraisalSpan> SpansWith(std::initializer_list<std::pair<int, bool>> days_and_schemes) {
  std::vector<AppraisalSpan> spans;
  for (const auto& [days, scheme] : days_and_schemes) {
    spans.emplace_back().set_present_days(days);
    if (scheme) spans.back().set_scheme("positions/host/appraisalSchemes/one");
  }
  return spans;
}

TEST(AppraisalMonthTest, ChoosesWhatIsRated) {
  const MonthRules rules;
  EXPECT_THAT(ChooseSpans(SpansWith({{9, true}, {13, true}}), 22, rules).rated, ElementsAre(0, 1));
  EXPECT_THAT(ChooseSpans(SpansWith({{4, true}, {18, true}}), 22, rules).rated, ElementsAre(1)) << "short parts are left out";
  EXPECT_THAT(ChooseSpans(SpansWith({{4, true}, {4, true}, {3, true}}), 22, rules).rated, ElementsAre(1))
      << "11 of 22; the longest, the later";
  EXPECT_THAT(ChooseSpans(SpansWith({{9, false}, {13, true}}), 22, rules).rated, ElementsAre(1));
  EXPECT_EQ(ChooseSpans(SpansWith({{22, false}}), 22, rules).outcome, Appraisal::OUTCOME_NO_SCHEME);
  EXPECT_EQ(ChooseSpans(SpansWith({{10, true}}), 22, rules).outcome, Appraisal::OUTCOME_ON_LEAVE);
  EXPECT_EQ(ChooseSpans(SpansWith({{11, true}}), 22, rules).outcome, Appraisal::OUTCOME_UNSPECIFIED) << "half of the month counts";
  EXPECT_THAT(ChooseSpans(SpansWith({{9, false}, {2, true}}), 22, rules).rated, ElementsAre(1)) << "presence is of the whole month";
}

// ---- Points

TEST(AppraisalMonthTest, TheScoreOfTheDistinctBuyers) {
  const auto scheme = Proto<AppraisalScheme>(kBuyersScheme);
  EXPECT_EQ(PointsOf(scheme, BuyersPart("2339")).front().points, Fraction(7695));
  EXPECT_EQ(ScorePart(scheme, BuyersPart("2339"), 0).score, Fraction(16295, 2));  // 8147.5
  EXPECT_EQ(ScorePart(scheme, BuyersPart("2370"), 0).score, Fraction(8225));
}

TEST(AppraisalMonthTest, ARatioKeepsBothPartsAndABaseDivides) {
  auto measure = Proto<v1::AppraisalMeasure>(R"pb(source: SOURCE_METRIC target_metric: "new_users")pb");
  auto figure = Proto<v1::AppraisalFigure>(R"pb(numerator: "3" denominator: "4" base: "2")pb");
  EXPECT_EQ(FigureValue(measure, figure), Fraction(3, 8));
  EXPECT_EQ(FigureText(figure), "3/4/2");
  figure.set_base("0");
  EXPECT_EQ(FigureValue(measure, figure), std::nullopt) << "a share of nothing is no figure";
  measure.clear_target_metric();
  EXPECT_EQ(FigureValue(measure, figure), Fraction(3, 4));
  figure.set_denominator("0");
  EXPECT_EQ(FigureValue(measure, figure), std::nullopt);
}

TEST(AppraisalMonthTest, WithoutAFigureTheIndicatorSaysWhat) {
  auto scheme = Proto<AppraisalScheme>(kBuyersScheme);
  auto& measure = *scheme.mutable_indicators(0)->mutable_measure();
  EXPECT_THAT(BlockedIndicators(scheme, BuyersPart("")), ElementsAre("buyers"));
  EXPECT_THAT(BlockedIndicators(scheme, BuyersPart("2339")), IsEmpty());
  measure.set_missing(v1::AppraisalMeasure::MISSING_RE_WEIGHT);
  EXPECT_THAT(BlockedIndicators(scheme, BuyersPart("")), IsEmpty());
  // (2000 · 9000 + 2000 · 7500 + 1000 · 10,000) / 5000
  EXPECT_EQ(ScorePart(scheme, BuyersPart(""), 0).score, Fraction(8600));
  EXPECT_EQ(ScorePart(scheme, BuyersPart(""), 0).measured, std::nullopt);
  measure.set_missing(v1::AppraisalMeasure::MISSING_STATED_SCORE);
  measure.set_stated_points(4000);
  EXPECT_EQ(ScorePart(scheme, BuyersPart(""), 0).score, Fraction(6300));
}

TEST(AppraisalMonthTest, WhatIsExcusedHasNoScore) {
  AppraisalPart part = BuyersPart("2339");
  part.set_excuse_decider("employees/manager");
  const PartScore score = ScorePart(Proto<AppraisalScheme>(kBuyersScheme), part, 0);
  EXPECT_EQ(score.score, std::nullopt);
  EXPECT_EQ(score.rated, std::nullopt);
}

// ---- A cycle

// One rated and one measured indicator, half each; rated points are levels, measured ones the figure itself.
AppraisalScheme HalfScheme() {
  auto scheme = Proto<AppraisalScheme>(R"pb(
    name: "half"
    indicators {
      id: "m"
      weight: 5000
      measure {
        curve { figure: "0" points: 0 }
        curve { figure: "10000" points: 10000 }
      }
    }
    indicators { id: "r" weight: 5000 })pb");
  for (int points = 0; points <= 10000; points += 100) scheme.mutable_indicators(1)->add_levels()->set_points(points);
  return scheme;
}

void AddPerson(CycleFacts& facts, const std::string& rater, int rated, int measured) {
  const std::string id = absl::StrCat("p", facts.sheets.size() + 10);
  Appraisal& sheet = facts.sheets.emplace_back();
  sheet.set_name(absl::StrCat(facts.cycle.name(), "/appraisals/", id));
  sheet.set_employee("employees/" + id);
  AppraisalPart& part = facts.parts.emplace_back();
  part.set_name(sheet.name() + "/parts/1");
  part.set_employee(sheet.employee());
  part.set_rater("employees/" + rater);
  part.set_scheme("half");
  part.set_present_days(20);
  auto& rating = *part.add_ratings();
  rating.set_indicator("r");
  rating.set_level(rated / 100 + 1);
  *rating.mutable_words() = TextOf("seen");
  auto& figure = *part.add_figures();
  figure.set_indicator("m");
  figure.set_numerator(absl::StrCat(measured));
  figure.set_denominator("1");
}

CycleFacts GoldenCycle() {
  CycleFacts facts;
  facts.cycle.set_name("appraisalCycles/2026-06-operations");
  facts.policy = Proto<v1::AppraisalPolicy>("shrinkage: 4 most_adjustment: 500 least_rated_people: 3");
  facts.schemes["half"] = HalfScheme();
  for (const auto& [rated, measured] : {std::pair(9400, 8600), {9200, 8500}, {9600, 8700}, {9000, 8400}}) {
    AddPerson(facts, "a", rated, measured);
  }
  for (const auto& [rated, measured] : {std::pair(7800, 8500), {8000, 8600}, {7700, 8300}}) AddPerson(facts, "b", rated, measured);
  for (const auto& [rated, measured] : {std::pair(8500, 8400), {9900, 8000}}) AddPerson(facts, "c", rated, measured);
  for (const auto& [rater, proposal] : ProposalsOf(facts)) {
    auto& calibration = facts.calibrations.emplace_back();
    calibration.set_name(absl::StrCat(facts.cycle.name(), "/calibrations/", rater.substr(10)));
    calibration.set_rater(rater);
    Propose(proposal, calibration);
    if (calibration.state() != v1::AppraisalCalibration::STATE_PROPOSED) continue;
    calibration.set_decision(v1::AppraisalCalibration::DECISION_ACCEPTED);
    calibration.set_adjustment(calibration.proposal());
  }
  return facts;
}

TEST(AppraisalMonthTest, CalibratesWithWhatWasMeasuredAsTheControl) {
  CycleFacts facts = GoldenCycle();
  ASSERT_THAT(facts.calibrations, SizeIs(3));
  EXPECT_EQ(facts.calibrations[0].proposal(), -203);
  EXPECT_EQ(facts.calibrations[1].proposal(), 419);
  EXPECT_EQ(facts.calibrations[2].proposal(), 0);
  EXPECT_EQ(facts.calibrations[2].ground(), v1::AppraisalCalibration::GROUND_TOO_FEW_PEOPLE);
  EXPECT_EQ(facts.calibrations[2].state(), v1::AppraisalCalibration::STATE_SETTLED);
  Score(facts);
  EXPECT_EQ(facts.sheets[0].points(), 8899);
  EXPECT_EQ(facts.parts[0].rated(), "9400");
  EXPECT_EQ(facts.parts[0].adjustment(), -203);
  EXPECT_EQ(facts.parts[0].score(), "17797/2");
  EXPECT_THAT(DeviationsOf(facts), IsEmpty());
}

TEST(AppraisalMonthTest, AMonthIsTheMeanOfItsPartsByTheirDays) {
  CycleFacts facts;
  facts.cycle.set_name("appraisalCycles/c");
  facts.schemes["half"] = HalfScheme();
  AddPerson(facts, "a", 8200, 8300);
  facts.parts[0].set_present_days(9);
  AddPerson(facts, "b", 9100, 9140);
  facts.sheets.pop_back();
  facts.parts[1].set_name(facts.sheets[0].name() + "/parts/2");
  facts.parts[1].set_present_days(13);
  Score(facts);
  EXPECT_EQ(facts.sheets[0].points(), 8764);  // (9 · 8250 + 13 · 9120) / 22
  facts.parts[1].set_excuse_decider("employees/manager");
  Score(facts);
  EXPECT_EQ(facts.sheets[0].outcome(), Appraisal::OUTCOME_NOT_RATED);
  EXPECT_FALSE(facts.sheets[0].has_points());
}

// The same by other means: each person alone, in integers over one denominator.
TEST(AppraisalMonthTest, ScoresAgreeWithAnOracle) {
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    CycleFacts facts;
    facts.cycle.set_name("appraisalCycles/c");
    facts.policy = Proto<v1::AppraisalPolicy>("shrinkage: 4 most_adjustment: 500 least_rated_people: 3");
    facts.schemes["half"] = HalfScheme();
    std::vector<std::pair<int64_t, int64_t>> points;
    for (int i = 0; i < 8; ++i) {
      points.emplace_back(static_cast<int64_t>(random() % 101) * 100, static_cast<int64_t>(random() % 10001));
      AddPerson(facts, absl::StrCat("r", random() % 3), static_cast<int>(points.back().first), static_cast<int>(points.back().second));
    }
    std::map<std::string, int64_t> adjustments;
    for (const auto& [rater, proposal] : ProposalsOf(facts)) {
      auto& calibration = facts.calibrations.emplace_back();
      calibration.set_name(absl::StrCat(facts.cycle.name(), "/calibrations/", rater.substr(10)));
      calibration.set_rater(rater);
      Propose(proposal, calibration);
      calibration.set_decision(v1::AppraisalCalibration::DECISION_ACCEPTED);
      calibration.set_adjustment(calibration.proposal());
      adjustments[rater] = proposal.adjustment;
    }
    Score(facts);
    EXPECT_THAT(DeviationsOf(facts), IsEmpty());
    for (size_t i = 0; i < points.size(); ++i) {
      const int64_t rated = std::clamp<int64_t>(points[i].first + adjustments[facts.parts[i].rater()], 0, 10000);
      const int64_t doubled = rated + points[i].second;
      EXPECT_EQ(facts.sheets[i].points(), (doubled + 1) / 2);
    }
    // The order of the rows does not matter.
    CycleFacts shuffled = facts;
    std::shuffle(shuffled.parts.begin(), shuffled.parts.end(), random);
    std::shuffle(shuffled.sheets.begin(), shuffled.sheets.end(), random);
    std::shuffle(shuffled.calibrations.begin(), shuffled.calibrations.end(), random);
    EXPECT_EQ(DigestOf(shuffled), DigestOf(facts));
    EXPECT_THAT(DeviationsOf(shuffled), IsEmpty());
    std::map<std::string, int32_t> before, after;
    for (const Appraisal& sheet : facts.sheets) before[sheet.name()] = sheet.points();
    Score(shuffled);
    for (const Appraisal& sheet : shuffled.sheets) after[sheet.name()] = sheet.points();
    EXPECT_EQ(before, after);
  }
}

// ---- A year

CycleFacts YearOf(const std::vector<std::pair<std::vector<int>, int>>& people) {
  CycleFacts facts;
  facts.cycle.set_name("appraisalCycles/2026-year-operations");
  facts.cycle.set_period(v1::AppraisalCycle::PERIOD_YEAR);
  facts.policy = Proto<v1::AppraisalPolicy>(R"pb(
    shrinkage: 4
    most_adjustment: 500
    least_rated_people: 3
    months_weight: 6000
    least_months: 6
    least_group: 5
    tie_rule: TIE_RULE_LOWER
    grades { grade: "S" from_points: 9000 to_points: 10000 share: 1000 capped: true }
    grades { grade: "A" from_points: 8000 to_points: 9000 share: 2500 capped: true }
    grades { grade: "B" from_points: 6000 to_points: 8000 share: 5000 }
    grades { grade: "C" from_points: 5000 to_points: 6000 share: 1000 }
    grades { grade: "D" to_points: 5000 share: 500 })pb");
  facts.schemes["half"] = HalfScheme();
  for (const auto& [months, own] : people) {
    AddPerson(facts, "a", 0, own);
    facts.parts.back().clear_ratings();  // The measured half counts for the whole.
    facts.sheets.back().set_counted(true);
    for (const int points : months) {
      auto& month = *facts.sheets.back().add_months();
      month.set_cause(points < 0 ? v1::AppraisalMonth::CAUSE_ON_LEAVE : v1::AppraisalMonth::CAUSE_SCORED);
      if (points >= 0) month.set_points(points);
    }
  }
  return facts;
}

TEST(AppraisalYearTest, IsRoundedOnce) {
  CycleFacts facts = YearOf({{{8773, 8866, -1, 8841, 8807, 8763, 8934, 8796}, 9260}});
  Score(facts);
  EXPECT_EQ(facts.sheets[0].points(), 8999) << "rounding the months first gives 9000";
  EXPECT_EQ(facts.sheets[0].grade(), "A");
  EXPECT_EQ(facts.sheets[0].own_points(), 9260);
  EXPECT_THAT(DeviationsOf(facts), IsEmpty());
}

TEST(AppraisalYearTest, TooFewMonthsAreNotGraded) {
  CycleFacts facts = YearOf({{{9000, 9000, 9000, 9000, 9000, -1, -1}, 9260}});
  Score(facts);
  EXPECT_EQ(facts.sheets[0].outcome(), Appraisal::OUTCOME_TOO_FEW_MONTHS);
  EXPECT_FALSE(facts.sheets[0].has_points());
  EXPECT_EQ(facts.sheets[0].grade(), "");
  EXPECT_EQ(facts.sheets[0].own_points(), 9260);
}

TEST(AppraisalYearTest, QuotasMoveOnlyWhoIsCountedAndSayWhy) {
  std::vector<std::pair<std::vector<int>, int>> people;
  for (int i = 0; i < 10; ++i) people.push_back({std::vector<int>(12, 9500 - i * 10), 9500 - i * 10});
  CycleFacts facts = YearOf(people);
  facts.sheets[9].set_counted(false);  // has left by the last day
  Score(facts);
  // Of nine people one seat of S and two of A; the rest falls to B, the first grade without a cap.
  EXPECT_EQ(facts.sheets[0].grade(), "S");
  EXPECT_EQ(facts.sheets[1].score_grade(), "S");
  EXPECT_EQ(facts.sheets[1].grade(), "A");
  EXPECT_EQ(facts.sheets[1].rank(), 2);
  EXPECT_EQ(facts.sheets[1].seats(), 1);
  EXPECT_EQ(facts.sheets[8].grade(), "B");
  EXPECT_EQ(facts.sheets[9].grade(), "S") << "who is not counted keeps the grade of the score";
  EXPECT_EQ(facts.sheets[9].rank(), 0);
  EXPECT_THAT(DeviationsOf(facts), IsEmpty());
  std::reverse(facts.sheets.begin(), facts.sheets.end());
  EXPECT_THAT(DeviationsOf(facts), IsEmpty()) << "the order does not matter";
  facts.sheets[0].set_grade("A");
  EXPECT_THAT(DeviationsOf(facts), ElementsAre(facts.sheets[0].name()));
}

TEST(AppraisalYearTest, EachMonthWithoutAScoreSaysWhy) {
  Employee employee = AppraisedEmployee();
  *employee.mutable_hire_date() = time::ToDate(CivilDay(2026, 3, 15));
  *employee.mutable_leave_date() = time::ToDate(CivilDay(2026, 10, 31));
  v1::AppraisalPolicy policy;
  using v1::AppraisalMonth;
  EXPECT_EQ(MonthOfYear(employee, CivilDay(2026, 2, 1), nullptr, std::nullopt, policy).cause(), AppraisalMonth::CAUSE_BEFORE_HIRE);
  EXPECT_EQ(MonthOfYear(employee, CivilDay(2026, 3, 1), nullptr, std::nullopt, policy).cause(), AppraisalMonth::CAUSE_NO_CYCLE);
  EXPECT_EQ(MonthOfYear(employee, CivilDay(2026, 11, 1), nullptr, std::nullopt, policy).cause(), AppraisalMonth::CAUSE_AFTER_LEAVING);
  Appraisal sheet;
  sheet.set_outcome(Appraisal::OUTCOME_SCORED);
  sheet.set_points(8000);
  EXPECT_EQ(MonthOfYear(employee, CivilDay(2026, 4, 1), &sheet, std::nullopt, policy).points(), 8000);
  EXPECT_EQ(MonthOfYear(employee, CivilDay(2026, 4, 1), &sheet, 8100, policy).points(), 8100);
  sheet.clear_points();
  sheet.set_outcome(Appraisal::OUTCOME_NOT_RATED);
  EXPECT_FALSE(MonthOfYear(employee, CivilDay(2026, 4, 1), &sheet, std::nullopt, policy).has_points());
  policy.set_not_rated_points(6000);
  const AppraisalMonth stated = MonthOfYear(employee, CivilDay(2026, 4, 1), &sheet, std::nullopt, policy);
  EXPECT_EQ(stated.points(), 6000);
  EXPECT_EQ(stated.cause(), AppraisalMonth::CAUSE_NOT_RATED);
  sheet.set_outcome(Appraisal::OUTCOME_ON_LEAVE);
  EXPECT_EQ(MonthOfYear(employee, CivilDay(2026, 4, 1), &sheet, std::nullopt, policy).cause(), AppraisalMonth::CAUSE_ON_LEAVE);
}

TEST(AppraisalMonthTest, ADeviationIsFoundWhereverItIs) {
  CycleFacts facts = GoldenCycle();
  Score(facts);
  const std::string digest = DigestOf(facts);
  const auto changed = [&](const std::function<void(CycleFacts&)>& change) {
    CycleFacts other = facts;
    change(other);
    EXPECT_NE(DigestOf(other), digest);
    return DeviationsOf(other);
  };
  EXPECT_THAT(changed([](CycleFacts& f) { f.sheets[3].set_points(f.sheets[3].points() + 1); }), ElementsAre(facts.sheets[3].name()));
  EXPECT_THAT(changed([](CycleFacts& f) { f.parts[2].set_score("9000"); }), ElementsAre(facts.parts[2].name()));
  EXPECT_THAT(changed([](CycleFacts& f) { f.calibrations[0].set_adjustment(-202); }), ::testing::Contains(facts.calibrations[0].name()));
  EXPECT_THAT(changed([](CycleFacts& f) { f.parts[0].mutable_ratings(0)->set_level(1); }), ::testing::Contains(facts.parts[0].name()));
  EXPECT_THAT(changed([](CycleFacts& f) { f.cycle.set_waive_reason("x"); }), IsEmpty()) << "the digest alone tells";
}

TEST(AppraisalMonthTest, TheDigestOutlivesTheWords) {
  CycleFacts facts = GoldenCycle();
  *facts.sheets[0].mutable_summary() = TextOf("I sold a lot");
  Score(facts);
  const std::string digest = DigestOf(facts);
  CycleFacts erased = facts;
  erased.sheets[0].mutable_summary()->clear_text();
  erased.sheets[0].mutable_summary()->clear_salt();
  for (AppraisalPart& part : erased.parts) {
    part.mutable_ratings(0)->mutable_words()->clear_text();
    part.mutable_ratings(0)->mutable_words()->clear_salt();
  }
  erased.cycle.set_etag("9");
  EXPECT_EQ(DigestOf(erased), digest);
  EXPECT_THAT(DeviationsOf(erased), ::testing::Contains(facts.sheets[0].name())) << "nobody was erased: somebody took the words away";
  EXPECT_THAT(PeopleWithoutWords(facts), IsEmpty());
  erased.erased = PeopleWithoutWords(erased);
  EXPECT_THAT(erased.erased, ::testing::Contains(facts.sheets[0].employee()));
  EXPECT_THAT(DeviationsOf(erased), IsEmpty());
  CycleFacts other = facts;
  other.sheets[0].mutable_summary()->set_text("I sold little");
  EXPECT_EQ(DigestOf(other), digest);
  EXPECT_THAT(DeviationsOf(other), ElementsAre(facts.sheets[0].name()));
  other.erased = {facts.sheets[0].employee()};
  EXPECT_THAT(DeviationsOf(other), ElementsAre(facts.sheets[0].name())) << "what was erased says nothing";
  erased.sheets[0].mutable_summary()->set_sha256("other words");
  EXPECT_NE(DigestOf(erased), digest);
  EXPECT_NE(TextOf("x").sha256(), TextOf("x").sha256()) << "equal words have different digests";
}

TEST(AppraisalMonthTest, CyclesHaveNamesOfTheirOwn) {
  EXPECT_EQ(CycleNameOf(CivilDay(2026, 6, 1), v1::AppraisalCycle::PERIOD_MONTH, "operations"), "appraisalCycles/2026-06-operations");
  const std::string other = CycleNameOf(CivilDay(2026, 6, 1), v1::AppraisalCycle::PERIOD_MONTH, "營運部");
  EXPECT_TRUE(record::MatchesPattern(other, "appraisalCycles/{appraisal_cycle}")) << other;
  EXPECT_NE(other, CycleNameOf(CivilDay(2026, 6, 1), v1::AppraisalCycle::PERIOD_MONTH, "財務部"));
  EXPECT_EQ(CycleOf("appraisalCycles/c/appraisals/li/parts/1"), "appraisalCycles/c");
}

}  // namespace
}  // namespace heitie::personnel
