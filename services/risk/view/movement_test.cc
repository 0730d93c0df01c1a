#include "services/risk/view/movement.h"

#include <gmock/gmock.h>

#include <map>
#include <random>

#include "absl/strings/str_cat.h"
#include "services/risk/exposure/loss.h"
#include "services/risk/quantity/matrix_for_test.h"
#include "services/risk/risk_fixture.h"
#include "services/risk/view/heat_map.h"

namespace heitie::risk {
namespace {

using test::HasViolation;
using test::IsOk;
using test::Proto;
using ::testing::ElementsAre;
using v1::Risk;
using v1::RiskCalendar;
using v1::RiskExposure;
using v1::RiskMovement;

// Risks of four categories and states, owners and subjects, some of them rated; of those with an even number the rating is a residual one.
std::vector<Risk> RandomRisks(std::mt19937& random, int count) {
  const auto up_to = [&](int most) { return static_cast<int>(random() % static_cast<unsigned>(most)) + 1; };
  std::vector<Risk> risks;
  for (int i = 0; i < count; ++i) {
    if (up_to(10) == 1) continue;
    Risk& risk = risks.emplace_back();
    risk.set_name(absl::StrCat("risks/", i));
    risk.set_category(static_cast<Risk::Category>(up_to(3)));
    risk.set_owner(absl::StrCat("employees/", up_to(3)));
    risk.set_subject(absl::StrCat("activities/", i % 4));
    if (up_to(3) == 1) risk.add_affected_subjects(absl::StrCat("activities/", up_to(4) - 1));
    risk.set_state(up_to(5) == 1 ? Risk::STATE_CLOSED : Risk::STATE_ASSESSED);
    if (up_to(6) == 1) continue;
    risk.mutable_current()->set_likelihood(up_to(5));
    risk.mutable_current()->set_impact(up_to(5));
  }
  return risks;
}

TEST(MovementOf, AddsUpUnderEveryFilter) {
  std::mt19937 random(23);
  v1::RiskMatrix other = MatrixForTest();
  for (v1::RiskMatrixCell& cell : *other.mutable_cells()) {
    if (cell.level() == v1::LEVEL_LOW) cell.set_level(v1::LEVEL_MEDIUM);
  }
  const Picture before{absl::UnixEpoch(), MatrixForTest(), RandomRisks(random, 300)};
  const Picture after{absl::UnixEpoch() + absl::Hours(1), other, RandomRisks(random, 300)};
  for (const char* filter : {"", "category: CATEGORY_MARKET", "owner: 'employees/2'", "subject: 'activities/3'"}) {
    const auto request = Proto<v1::ComputeRiskMovementRequest>(filter);
    const RiskMovement movement = MovementOf(before, after, request);
    const auto open = [](const v1::HeatMap& map) { return map.rated_count() + map.unrated_count(); };
    EXPECT_EQ(open(movement.before()) + movement.came_count() - movement.went_count(), open(movement.after()));
    EXPECT_EQ(open(movement.before()), movement.went_count() + movement.still_count() + movement.moved_count());
    EXPECT_EQ(movement.moves_size(), movement.came_count() + movement.went_count() + movement.moved_count());
    // Going the moves from the earlier map leads to the later one.
    std::map<std::pair<int, int>, int> cells;
    for (const v1::HeatMap::Cell& cell : movement.before().cells()) cells[{cell.likelihood(), cell.impact()}] = cell.residual_count();
    for (const RiskMovement::Move& move : movement.moves()) {
      if (move.has_before()) --cells[{move.before().likelihood(), move.before().impact()}];
      if (move.has_after()) ++cells[{move.after().likelihood(), move.after().impact()}];
      const int was = move.before().likelihood() * move.before().impact(), is = move.after().likelihood() * move.after().impact();
      EXPECT_EQ(move.kind() == RiskMovement::KIND_ROSE, move.has_before() && is > was && move.has_after()) << move.ShortDebugString();
      EXPECT_EQ(move.kind() == RiskMovement::KIND_FELL, move.has_after() && is < was && move.has_before()) << move.ShortDebugString();
    }
    for (const v1::HeatMap::Cell& cell : movement.after().cells()) {
      EXPECT_EQ((cells[{cell.likelihood(), cell.impact()}]), cell.residual_count());
    }
  }
}

TEST(ExposureOf, AddsUpAndPutsTheWeightiestFirst) {
  std::mt19937 random(29);
  std::vector<Risk> risks;
  std::map<std::string, v1::LossEstimate> estimates;
  for (const Risk& risk : RandomRisks(random, 200)) {
    if (risk.state() == Risk::STATE_CLOSED) continue;
    risks.push_back(JudgedAt(risk, MatrixForTest(), absl::UnixEpoch()));
    if (random() % 3 == 0) continue;
    estimates[risk.name()] = Proto<v1::LossEstimate>(absl::StrCat("untreated { probability_ppm: ", random() % 1000000,
                                                                  " lower_minor: 100000 upper_minor: 1000000 } currency_code: '",
                                                                  random() % 2 == 0 ? "CNY" : "USD", "'"));
  }
  const RiskExposure exposure = ExposureOf(risks, estimates, 20);
  EXPECT_EQ(exposure.open_count(), static_cast<int>(risks.size()));
  int open = 0, unestimated = 0;
  std::map<std::string, int64_t> untreated, of_parts;
  for (const auto& [name, estimate] : estimates) untreated[estimate.currency_code()] += ToMinor(MeanYearlyLoss(Untreated(estimate)));
  for (const RiskExposure::Part& part : exposure.parts()) {
    open += part.open_count();
    unestimated += part.unestimated_count();
    for (const RiskExposure::Sum& sum : part.sums()) of_parts[sum.currency_code()] += sum.untreated_minor();
  }
  EXPECT_EQ(open, exposure.open_count());
  EXPECT_EQ(unestimated, exposure.open_count() - static_cast<int>(estimates.size()));
  EXPECT_EQ(of_parts, untreated);
  for (const RiskExposure::Sum& sum : exposure.sums()) EXPECT_EQ(sum.untreated_minor(), untreated[sum.currency_code()]);
  ASSERT_EQ(exposure.top_size(), 20);
  for (int i = 1; i < exposure.top_size(); ++i) {
    const v1::Rating &first = exposure.top(i - 1).rating(), &second = exposure.top(i).rating();
    EXPECT_GE(first.level(), second.level());
    if (first.level() == second.level()) EXPECT_GE(first.likelihood() * first.impact(), second.likelihood() * second.impact());
  }
}

class MovementTest : public RiskFixture {};

TEST_F(MovementTest, SumsEqualTheListUnderTheSameFilter) {
  ASSERT_THAT(Create("a"), IsOk());
  ASSERT_THAT(Create("b"), IsOk());
  ASSERT_THAT(Assess("a", 2, 2), IsOk());
  const absl::Time then = clock_.Now();
  clock_.Advance(absl::Hours(5));
  ASSERT_THAT(Assess("a", 5, 4, "inherent { likelihood: 5 impact: 5 }"), IsOk());
  ASSERT_THAT(Create("c"), IsOk());
  ASSERT_THAT((Try<Risk, v1::CloseRiskRequest>("CloseRisk", Manager(), "name: 'risks/b' reason: 'r'")), IsOk());
  const auto movement = Try<RiskMovement, v1::ComputeRiskMovementRequest>(
      "ComputeRiskMovement", Analyst(), absl::StrCat("start_time { seconds: ", absl::ToUnixSeconds(then), " }"));
  ASSERT_THAT(movement, IsOk());
  std::vector<std::string> moves;
  for (const RiskMovement::Move& move : movement->moves()) {
    moves.push_back(absl::StrCat(move.risk(), " ", RiskMovement::Kind_Name(move.kind())));
  }
  EXPECT_THAT(moves, ElementsAre("risks/a KIND_ROSE", "risks/b KIND_WENT", "risks/c KIND_CAME"));
  EXPECT_THAT((Try<RiskMovement, v1::ComputeRiskMovementRequest>("ComputeRiskMovement", Analyst(),
                                                                 absl::StrCat("start_time ", At(absl::Hours(1))))),
              HasViolation("start_time", "TIMES_REVERSED"));
  ASSERT_THAT((Try<v1::LossEstimate, v1::CreateLossEstimateRequest>(
                  "CreateLossEstimate", Analyst(),
                  "parent: 'risks/a' loss_estimate { untreated { probability_ppm: 100000 lower_minor: 10000000 upper_minor: 100000000 } "
                  "currency_code: 'CNY' source: 's' rationale: 'r' }")),
              IsOk());
  // One that affects a project, one that came to do so later, and by a merger what that affected.
  ASSERT_THAT(Create("d", "affected_subjects: 'projects/p' affected_subjects: 'projects/p2'"), IsOk());
  ASSERT_THAT((Try<Risk, v1::UpdateRiskRequest>(
                  "UpdateRisk", Specialist(),
                  "risk { name: 'risks/c' affected_subjects: 'projects/p' } update_mask { paths: 'affected_subjects' }")),
              IsOk());
  ASSERT_THAT(Create("e", "affected_subjects: 'projects/q'"), IsOk());
  ASSERT_THAT((Try<Risk, v1::MergeRiskRequest>("MergeRisk", Manager(), "name: 'risks/e' into: 'risks/c'")), IsOk());
  EXPECT_EQ(Get("c").touches(), " activities/sale projects/p projects/q ");
  for (const char* filter :
       {"", "category: CATEGORY_TECHNOLOGY", "category: CATEGORY_MARKET", "subjects: 'activities/sale'", "subjects: 'activities/fair'",
        "subjects: 'projects/p'", "subjects: 'projects/p2'", "subjects: 'projects/q'", "owner: 'employees/li-ming'"}) {
    const auto request = Proto<v1::ComputeRiskExposureRequest>(filter);
    std::string listed = "state != STATE_CLOSED";
    if (request.category() != 0) absl::StrAppend(&listed, " AND category = ", Risk::Category_Name(request.category()));
    if (!request.subjects().empty()) absl::StrAppend(&listed, " AND touches : \" ", request.subjects(0), " \"");
    if (!request.owner().empty()) absl::StrAppend(&listed, " AND owner = \"", request.owner(), "\"");
    const auto list = Try<v1::ListRisksResponse, v1::ListRisksRequest>("ListRisks", Analyst(), absl::StrCat("filter: '", listed, "'"));
    const auto exposure = Try<RiskExposure, v1::ComputeRiskExposureRequest>("ComputeRiskExposure", Analyst(), filter);
    ASSERT_THAT(list, IsOk());
    ASSERT_THAT(exposure, IsOk());
    EXPECT_EQ(exposure->open_count(), list->risks_size()) << filter;
    EXPECT_EQ(exposure->top_size(), list->risks_size()) << filter;
    auto map_filter = Proto<v1::ComputeHeatMapRequest>("");
    map_filter.set_category(request.category());
    map_filter.set_owner(request.owner());
    if (!request.subjects().empty()) map_filter.set_subject(request.subjects(0));
    const auto map = Call<v1::HeatMap>("ComputeHeatMap", Analyst(), map_filter);
    ASSERT_THAT(map, IsOk());
    EXPECT_EQ(map->rated_count() + map->unrated_count(), list->risks_size()) << filter;
  }
  const auto summary = Try<v1::SummarizeRisksResponse, v1::SummarizeRisksRequest>("SummarizeRisks", Analyst(),
                                                                                  "subjects: 'activities/sale' with_exposure: true");
  ASSERT_THAT(summary, IsOk());
  ASSERT_EQ(summary->exposure().top_size(), 3);
  EXPECT_EQ(summary->exposure().top(0).risk(), "risks/a");
  ASSERT_EQ(summary->exposure().sums_size(), 1);
  // The golden figure of one risk: 100,000 to 1,000,000 at 10 %, in hundredths.
  EXPECT_EQ(summary->exposure().sums(0).untreated_minor(), 4040013);
}

TEST_F(MovementTest, TheCalendarTellsWhatEndsInTheOrderOfTime) {
  ASSERT_THAT(Create("a"), IsOk());
  ASSERT_THAT(Create("m"), IsOk());
  ASSERT_THAT(Assess("a", 1, 1), IsOk());
  ASSERT_THAT(Assess("m", 2, 3), IsOk());
  ASSERT_THAT(Treat("a", Accept(absl::Hours(24 * 20))), IsOk());
  ASSERT_THAT(Conclude("t", "m"), IsOk());
  ASSERT_THAT(Register("c", "m", 40), IsOk());
  ASSERT_THAT(Test("c", true), IsOk());
  const auto calendar = [&](const std::string& request) {
    std::vector<std::string> dates;
    const auto found = Try<RiskCalendar, v1::ComputeRiskCalendarRequest>("ComputeRiskCalendar", Analyst(), request);
    EXPECT_THAT(found, IsOk());
    if (!found.ok()) return dates;
    EXPECT_EQ(found->count(), found->entries_size());
    for (const RiskCalendar::Entry& entry : found->entries()) {
      dates.push_back(absl::StrCat(entry.resource(), " ", RiskCalendar::Kind_Name(entry.kind()).substr(5)));
    }
    return dates;
  };
  const std::string until = absl::StrCat("end_time ", At(absl::Hours(24 * 45)));
  EXPECT_THAT(calendar(until), ::testing::IsSupersetOf(
                                   {"transferInstruments/t INSTRUMENT", "risks/a ACCEPTANCE", "riskControls/c TEST", "risks/m TREATMENT"}));
  EXPECT_EQ(calendar(until + " subjects: 'activities/sale'"), calendar(until));
  EXPECT_THAT(calendar(until + " subjects: 'activities/other'"), ::testing::IsEmpty());
  EXPECT_THAT(calendar(until + " owner: 'employees/nobody'"), ::testing::IsEmpty());
  EXPECT_THAT(calendar(absl::StrCat("end_time ", At(absl::Hours(24 * 10)))), ::testing::Not(::testing::Contains("risks/a ACCEPTANCE")));
  EXPECT_THAT((Try<RiskCalendar, v1::ComputeRiskCalendarRequest>("ComputeRiskCalendar", Analyst(),
                                                                 absl::StrCat("end_time ", At(absl::Hours(24 * 400))))),
              HasViolation("end_time", "CALENDAR_TOO_LONG"));
  EXPECT_THAT(
      (Try<RiskCalendar, v1::ComputeRiskCalendarRequest>("ComputeRiskCalendar", Analyst(), absl::StrCat("end_time ", At(-absl::Hours(1))))),
      HasViolation("end_time", "TIMES_REVERSED"));
}

}  // namespace
}  // namespace heitie::risk
