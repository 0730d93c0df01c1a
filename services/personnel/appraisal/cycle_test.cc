#include "services/personnel/appraisal/cycle.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <barrier>
#include <map>
#include <thread>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "common/record/json.h"
#include "common/seal/person_keys.h"
#include "common/test/fixture.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "heitie/metrics/v1/query.pb.h"
#include "heitie/personnel/v1/appraisal_objection.pb.h"
#include "heitie/personnel/v1/pending_step.pb.h"
#include "heitie/type/v1/event.pb.h"
#include "services/personnel/service.h"

namespace heitie::personnel {
namespace {

using absl::CivilDay;
using test::HasReason;
using test::HasViolation;
using test::IsOk;
using test::Proto;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using v1::Appraisal;
using v1::AppraisalAdjustment;
using v1::AppraisalCalibration;
using v1::AppraisalCycle;
using v1::AppraisalObjection;
using v1::AppraisalPart;

constexpr char kJune[] = "appraisalCycles/2021-06-operations";
constexpr char kLi[] = "appraisalCycles/2021-06-operations/appraisals/li";
constexpr char kLiPart[] = "appraisalCycles/2021-06-operations/appraisals/li/parts/1";

class AppraisalCycleTest : public test::ServiceTest<Service> {
 protected:
  // A Thursday morning, 2026-07-02 09:00 in the business time zone.
  AppraisalCycleTest() : ServiceTest("personnel") {
    clock_.Set(absl::FromCivil(absl::CivilSecond(2026, 7, 2, 9, 0, 0), service::DefaultTimeZone()));
    clients_["metrics"].On<metrics::v1::QueryMetricRequest, metrics::v1::QueryMetricResponse>(
        "heitie.metrics.v1.AnalysisService/QueryMetric", [this](const rpc::Call&, const metrics::v1::QueryMetricRequest& request) {
          asked_.push_back(request);
          metrics::v1::QueryMetricResponse answer;
          answer.add_totals()->mutable_figures()->set_distinct_users(buyers_);
          answer.mutable_metric_definition()->set_aggregation(metrics::v1::MetricDefinition::AGGREGATION_DISTINCT_USERS);
          answer.mutable_source()->set_version(version_);
          *answer.mutable_source()->mutable_watermark() = time::ToTimestamp(watermark_);
          *answer.mutable_source()->mutable_compute_time() = time::ToTimestamp(clock_.Now());
          return answer;
        });
    clients_["planning"].On<type::v1::ListEventsRequest, type::v1::ListEventsResponse>(
        "heitie.planning.v1.RecordService/ListEvents", [this](const rpc::Call&, const type::v1::ListEventsRequest& request) {
          type::v1::ListEventsResponse response;
          for (const type::v1::Event& event : plan_events_) {
            if (event.position() > request.after_position()) *response.add_events() = event;
          }
          response.set_last_position(std::max<int64_t>(request.after_position(), static_cast<int64_t>(plan_events_.size())));
          return response;
        });
  }

  rpc::Call Of(const std::string& id, rpc::Role role = options::v1::ROLE_OPERATIONS_SPECIALIST) const {
    return test::By("employees/" + id, {role}, clock_.Now());
  }

  void MakePosition(const std::string& id, const std::string& roles = "ROLE_OPERATIONS_SPECIALIST") {
    ASSERT_THAT(Call<v1::Position>("CreatePosition", Manager(),
                                   Proto<v1::CreatePositionRequest>(absl::StrCat(
                                       "position_id: '", id, "' position { title: 't' responsibilities: 'r' roles: ", roles, " }"))),
                IsOk());
  }
  void Hire(const std::string& id, const std::string& superior, const std::string& position = "host", int year = 2020) {
    ASSERT_THAT(
        Call<v1::Employee>("CreateEmployee", Manager(),
                           Proto<v1::CreateEmployeeRequest>(absl::StrCat(
                               "employee_id: '", id, "' employee { display_name: '", id, "' department: 'operations' position: 'positions/",
                               position, "' ", superior.empty() ? "" : absl::StrCat("superior: 'employees/", superior, "' "),
                               "hire_date { year: ", year, " month: 1 day: 1 } }"))),
        IsOk());
  }
  // Results measured (5000) and rated (2000), attitude (2000), teamwork (1000).
  void MakeScheme(const std::string& measure, const std::string& position = "host") {
    const std::string name = absl::StrCat("positions/", position, "/appraisalSchemes/one");
    ASSERT_THAT(
        Call<v1::AppraisalScheme>(
            "CreateAppraisalScheme", Manager(),
            Proto<v1::CreateAppraisalSchemeRequest>(absl::StrCat(
                "parent: 'positions/", position, "' appraisal_scheme_id: 'one' appraisal_scheme { reason: 'first' ",
                "indicators { id: 'buyers' title: 'b' kind: KIND_RESULTS weight: 5000 measure { ", measure,
                " curve { figure: '1500' points: 0 } curve { figure: '2000' points: 6000 } curve { figure: '2500' points: 8500 }",
                " curve { figure: '3000' points: 10000 } } }",
                "indicators { id: 'shows' title: 's' kind: KIND_RESULTS weight: 2000 levels { anchor: 'l' points: 5000 } levels { anchor: "
                "'h' ",
                "points: 9000 } } indicators { id: 'care' title: 'c' kind: KIND_ATTITUDE weight: 2000 levels { anchor: 'l' points: 5000 } ",
                "levels { anchor: 'h' points: 7500 } } indicators { id: 'help' title: 'h' kind: KIND_TEAMWORK weight: 1000 ",
                "levels { anchor: 'l' points: 5000 } levels { anchor: 'h' points: 10000 } } }"))),
        IsOk());
    v1::PublishAppraisalSchemeRequest publish;
    publish.set_name(name);
    ASSERT_THAT(Call<v1::AppraisalScheme>("PublishAppraisalScheme", Manager(), publish), IsOk());
  }
  static std::string BuyersMeasure() { return "source: SOURCE_METRIC metric: 'metricDefinitions/buyers' missing: MISSING_BLOCK"; }

  // li is led by boss, who has no superior; the cycle of June 2021 is open.
  void OpenJune() {
    MakePosition("host");
    MakePosition("lead", "ROLE_OPERATIONS_MANAGER");
    MakeScheme(BuyersMeasure());
    Hire("boss", "", "lead");
    Hire("li", "boss");
    const auto cycle = OpenMonth(2021, 6);
    ASSERT_THAT(cycle, IsOk());
    ASSERT_EQ(cycle->name(), kJune);
    ASSERT_EQ(cycle->pending_count(), 1);
    Run();
  }
  absl::StatusOr<AppraisalCycle> OpenMonth(int year, int month, const std::string& department = "operations") {
    return Call<AppraisalCycle>("OpenAppraisalCycle", Manager(),
                                Proto<v1::OpenAppraisalCycleRequest>(
                                    absl::StrCat("month { year: ", year, " month: ", month, " day: 15 } department: '", department, "'")));
  }
  void Run() { ASSERT_THAT(jobs_.RunDue(), IsOk()); }
  // Days go by, hour for hour as far as jobs are concerned.
  void PassDays(int days) {
    for (int i = 0; i < days; ++i) {
      clock_.Advance(absl::Hours(24));
      Run();
    }
  }
  absl::StatusOr<Appraisal> Review(const rpc::Call& call, const std::string& sheet = kLi, const std::string& more = "") {
    return Call<Appraisal>("SubmitSelfReview", call,
                           Proto<v1::SubmitSelfReviewRequest>(absl::StrCat("name: '", sheet, "' summary: 'I sold a lot' ", more)));
  }
  absl::StatusOr<AppraisalPart> Rate(const rpc::Call& call, const std::string& part = kLiPart, int level = 2) {
    return Call<AppraisalPart>(
        "RateAppraisalPart", call,
        Proto<v1::RateAppraisalPartRequest>(absl::StrCat("name: '", part, "' ratings { indicator: 'shows' level: ", level,
                                                         " words: 'said-in-secret' } ratings { indicator: 'care' level: ", level,
                                                         " words: 'w' } ratings { indicator: 'help' level: ", level, " words: 'w' }")));
  }
  template <typename T, typename Req>
  absl::StatusOr<T> Named(const std::string& method, const rpc::Call& call, const std::string& name) {
    Req request;
    request.set_name(name);
    return Call<T>(method, call, request);
  }
  absl::StatusOr<AppraisalCycle> GetCycle(const std::string& name = kJune) {
    return Named<AppraisalCycle, v1::GetAppraisalCycleRequest>("GetAppraisalCycle", Analyst(), name);
  }
  absl::StatusOr<Appraisal> GetSheet(const rpc::Call& call, const std::string& name = kLi) {
    return Named<Appraisal, v1::GetAppraisalRequest>("GetAppraisal", call, name);
  }
  absl::StatusOr<AppraisalPart> GetPart(const rpc::Call& call, const std::string& name = kLiPart) {
    return Named<AppraisalPart, v1::GetAppraisalPartRequest>("GetAppraisalPart", call, name);
  }
  absl::StatusOr<AppraisalCycle> Calibrate(const std::string& name = kJune) {
    return Named<AppraisalCycle, v1::CalibrateAppraisalCycleRequest>("CalibrateAppraisalCycle", Manager(), name);
  }
  absl::StatusOr<AppraisalCycle> Close(const std::string& name = kJune) {
    return Named<AppraisalCycle, v1::CloseAppraisalCycleRequest>("CloseAppraisalCycle", Manager(), name);
  }
  absl::StatusOr<v1::VerifyAppraisalCycleResponse> Verify(const std::string& name = kJune) {
    return Named<v1::VerifyAppraisalCycleResponse, v1::VerifyAppraisalCycleRequest>("VerifyAppraisalCycle", Manager(), name);
  }
  void CloseJune() {
    OpenJune();
    ASSERT_THAT(Review(Of("li")), IsOk());
    ASSERT_THAT(Rate(Of("boss")), IsOk());
    ASSERT_THAT(Calibrate(), IsOk());
    ASSERT_THAT(Close(), IsOk());
  }
  std::vector<v1::AppraisalNotice> Notices(const rpc::Call& call) {
    v1::ListAppraisalNoticesRequest request;
    request.set_parent(kLi);
    const auto list = Call<v1::ListAppraisalNoticesResponse>("ListAppraisalNotices", call, request);
    EXPECT_THAT(list, IsOk());
    return {list->appraisal_notices().begin(), list->appraisal_notices().end()};
  }
  std::vector<std::string> StepsOf(const std::string& id) {
    const auto steps = Call<v1::FindMyStepsResponse>("FindMySteps", Of(id), v1::FindMyStepsRequest());
    EXPECT_THAT(steps, IsOk());
    std::vector<std::string> waiting;
    for (const auto& mine : steps->steps()) waiting.push_back(absl::StrCat(mine.step().action(), " ", mine.step().subject()));
    return waiting;
  }
  bool Asked(CivilDay first, CivilDay last) const {
    return std::any_of(asked_.begin(), asked_.end(), [&](const metrics::v1::QueryMetricRequest& request) {
      return request.metric() == "metricDefinitions/buyers" && time::ToDay(request.start_date()) == first &&
             time::ToDay(request.end_date()) == last;
    });
  }
  // The rows of a cycle, by their revisions.
  std::string Dump(const std::string& cycle = kJune) {
    std::string rows;
    for (const char* table : {"appraisal_cycles", "appraisals", "appraisal_parts", "appraisal_calibrations"}) {
      EXPECT_TRUE(database_.get()
                      .Read(absl::Now() + absl::Seconds(20),
                            [&](sql::Session& session) {
                              return session.Query(
                                  absl::StrCat("SELECT name, etag, update_time, state FROM ", table, " WHERE name LIKE ? ORDER BY name"),
                                  sql::Bind(cycle + "%"), [&](const sql::Row& row) {
                                    absl::StrAppend(&rows, row.Text(0), " ", row.Text(1), " ", row.Text(2), " ", row.Text(3), "\n");
                                  });
                            })
                      .ok());
    }
    return rows;
  }
  void PlanEvent(const std::string& type, const std::string& subject, const std::string& action, const google::protobuf::Message& after,
                 absl::Time time) {
    type::v1::Event& event = plan_events_.emplace_back();
    event.set_position(static_cast<int64_t>(plan_events_.size()));
    event.set_subject_type(type);
    event.set_subject(subject);
    event.set_action(action);
    event.set_revision(event.position());
    event.set_after_json(record::ToJson(after));
    *event.mutable_occur_time() = time::ToTimestamp(time);
  }

  int64_t buyers_ = 2339, version_ = 1;
  absl::Time watermark_ = absl::FromCivil(CivilDay(2021, 7, 2), service::DefaultTimeZone());
  std::vector<metrics::v1::QueryMetricRequest> asked_;
  std::vector<type::v1::Event> plan_events_;
};

TEST_F(AppraisalCycleTest, OpeningFreezesWhatWasTrueOfTheMonth) {
  OpenJune();
  const auto cycle = GetCycle();
  ASSERT_THAT(cycle, IsOk());
  EXPECT_EQ(cycle->state(), AppraisalCycle::STATE_OPEN);
  EXPECT_EQ(cycle->working_days(), 22);
  EXPECT_EQ(cycle->people(), 2);
  EXPECT_EQ(cycle->policy(), "appraisalPolicies/default");
  const auto sheet = GetSheet(Of("li"));
  ASSERT_THAT(sheet, IsOk());
  ASSERT_THAT(sheet->spans(), SizeIs(1));
  EXPECT_EQ(sheet->spans(0).superior(), "employees/boss");
  EXPECT_EQ(sheet->spans(0).scheme(), "positions/host/appraisalSchemes/one");
  EXPECT_EQ(sheet->spans(0).part(), kLiPart);
  EXPECT_EQ(sheet->present_days(), 22);
  EXPECT_EQ(GetSheet(Manager(), absl::StrCat(kJune, "/appraisals/boss"))->outcome(), Appraisal::OUTCOME_NO_SCHEME);
  // What changes afterwards changes nothing here.
  Hire("new-boss", "");
  ASSERT_THAT(
      Call<v1::Employee>("TransferEmployee", Manager(),
                         Proto<v1::TransferEmployeeRequest>(
                             "name: 'employees/li' start_date { year: 2021 month: 6 day: 1 } position: 'positions/lead' department: "
                             "'operations' superior: 'employees/new-boss'")),
      IsOk());
  EXPECT_EQ(GetPart(Manager())->rater(), "employees/boss");
  EXPECT_THAT(OpenMonth(2021, 6), HasReason("ALREADY_EXISTS"));
  EXPECT_THAT(OpenMonth(2026, 7), HasReason("MONTH_NOT_OVER"));
  EXPECT_THAT(OpenMonth(2021, 6, "finance"), HasReason("NOBODY_TO_APPRAISE"));
  EXPECT_THAT(OpenMonth(2019, 12), HasReason("NOBODY_TO_APPRAISE"));
}

TEST_F(AppraisalCycleTest, TheMonthOfTheDistinctBuyers) {
  OpenJune();
  EXPECT_TRUE(Asked(CivilDay(2021, 6, 1), CivilDay(2021, 6, 30)));
  EXPECT_THAT(StepsOf("li"), ::testing::Contains(absl::StrCat("self_review ", kLi)));
  EXPECT_THAT(Rate(Of("boss")), HasReason("SELF_REVIEW_AWAITED"));
  ASSERT_THAT(Review(Of("li"), kLi, "self_scores { indicator: 'care' level: 1 words: 'could be better' }"), IsOk());
  EXPECT_THAT(StepsOf("li"), Not(::testing::Contains(absl::StrCat("self_review ", kLi))));
  EXPECT_THAT(Rate(Of("li")), HasReason("NOT_FOUND"));
  EXPECT_THAT(Rate(Manager()), HasReason("NOT_THE_RATER"));
  const auto rated = Rate(Of("boss"));
  ASSERT_THAT(rated, IsOk());
  EXPECT_EQ(rated->summary().text(), "I sold a lot");
  ASSERT_THAT(rated->self_scores(), SizeIs(1));
  ASSERT_THAT(rated->figures(), SizeIs(1));
  const v1::AppraisalFigure& figure = rated->figures(0);
  EXPECT_EQ(figure.numerator(), "2339");
  EXPECT_EQ(figure.denominator(), "1");
  EXPECT_EQ(figure.method(), "heitie.metrics.v1.AnalysisService/QueryMetric");
  EXPECT_EQ(figure.version(), 1);
  EXPECT_EQ(time::ToTime(figure.watermark()), watermark_);
  EXPECT_THAT(figure.sha256(), SizeIs(32));
  EXPECT_FALSE(figure.provisional());
  ASSERT_THAT(Calibrate(), IsOk());
  const auto calibration = Named<AppraisalCalibration, v1::GetAppraisalCalibrationRequest>("GetAppraisalCalibration", Manager(),
                                                                                           absl::StrCat(kJune, "/calibrations/boss"));
  ASSERT_THAT(calibration, IsOk());
  EXPECT_EQ(calibration->ground(), AppraisalCalibration::GROUND_ONE_RATER);
  EXPECT_EQ(calibration->state(), AppraisalCalibration::STATE_SETTLED);
  const auto closed = Close();
  ASSERT_THAT(closed, IsOk());
  EXPECT_THAT(closed->sha256(), SizeIs(32));
  const auto sheet = GetSheet(Of("li"));
  ASSERT_THAT(sheet, IsOk());
  EXPECT_EQ(sheet->outcome(), Appraisal::OUTCOME_SCORED);
  EXPECT_EQ(sheet->points(), 8148);
  EXPECT_EQ(sheet->measured(), "7695");
  EXPECT_EQ(GetPart(Of("li"))->score(), "16295/2");

  // 31 buyers are delivered late: a notice, and nothing else.
  const std::string stored = Dump();
  PassDays(1);
  EXPECT_THAT(Notices(Of("li")), IsEmpty());
  buyers_ = 2370;
  version_ = 2;
  PassDays(2);
  const std::vector<v1::AppraisalNotice> notices = Notices(Of("li"));
  ASSERT_THAT(notices, SizeIs(1)) << "one, however often it is asked";
  EXPECT_EQ(notices[0].points(), 8148);
  EXPECT_EQ(notices[0].restated_points(), 8225);
  ASSERT_THAT(notices[0].figures(), SizeIs(1));
  EXPECT_EQ(notices[0].figures(0).figure(), "2339");
  EXPECT_EQ(notices[0].figures(0).restated_figure(), "2370");
  EXPECT_EQ(notices[0].figures(0).restated_version(), 2);
  EXPECT_EQ(Dump(), stored);
  EXPECT_EQ(GetSheet(Of("li"))->points(), 8148);
  EXPECT_TRUE(Verify()->intact());
  // They are taken back again, which is told as well.
  buyers_ = 2339;
  PassDays(1);
  ASSERT_THAT(Notices(Of("li")), SizeIs(2));
  EXPECT_EQ(Notices(Of("li"))[1].restated_points(), 8148);
}

TEST_F(AppraisalCycleTest, RatingsAreUnseenUntilClosing) {
  OpenJune();
  ASSERT_THAT(Review(Of("li")), IsOk());
  ASSERT_THAT(Rate(Of("boss")), IsOk());
  EXPECT_THAT(GetPart(Of("li")), HasReason("NOT_FOUND"));
  EXPECT_THAT(GetPart(Of("stranger")), HasReason("NOT_FOUND"));
  EXPECT_THAT(GetPart(Analyst()), HasReason("NOT_FOUND"));
  EXPECT_THAT(GetPart(Of("engineer", options::v1::ROLE_PLATFORM_ENGINEER)), HasReason("NOT_FOUND"));
  EXPECT_THAT(GetPart(Of("boss")), IsOk());
  EXPECT_THAT(GetPart(Manager()), IsOk());
  EXPECT_THAT(GetSheet(Of("stranger")), HasReason("NOT_FOUND"));
  EXPECT_THAT(GetSheet(Analyst()), HasReason("NOT_FOUND"));
  EXPECT_THAT(GetSheet(Of("boss")), IsOk());
  v1::ListAppraisalPartsRequest parts;
  parts.set_parent(kLi);
  EXPECT_THAT(Call<v1::ListAppraisalPartsResponse>("ListAppraisalParts", Of("li"), parts)->appraisal_parts(), IsEmpty());
  // Nor do events and stored answers tell.
  for (const rpc::Call& call : {Analyst(), Of("li", options::v1::ROLE_DATA_ANALYST)}) {
    const auto events = Call<type::v1::ListEventsResponse>("ListEvents", call, type::v1::ListEventsRequest());
    ASSERT_THAT(events, IsOk());
    for (const type::v1::Event& event : events->events()) EXPECT_EQ(event.after_json().find("said-in-secret"), std::string::npos);
  }
  ASSERT_THAT(Calibrate(), IsOk());
  EXPECT_THAT(GetPart(Of("li")), HasReason("NOT_FOUND"));
  ASSERT_THAT(Close(), IsOk());
  const auto part = GetPart(Of("li"));
  ASSERT_THAT(part, IsOk());
  EXPECT_EQ(part->ratings(0).words().text(), "said-in-secret");
  EXPECT_THAT(GetPart(Of("stranger")), HasReason("NOT_FOUND"));
}

// A manager reads everybody's parts by role, but not what is said of the manager.
TEST_F(AppraisalCycleTest, AManagerDoesNotReadTheOwnRatingsEarly) {
  MakePosition("lead", "ROLE_OPERATIONS_MANAGER");
  MakeScheme(BuyersMeasure(), "lead");
  Hire("director", "", "lead");
  Hire("boss", "director", "lead");
  ASSERT_THAT(OpenMonth(2021, 6), IsOk());
  Run();
  const std::string part = absl::StrCat(kJune, "/appraisals/boss/parts/1");
  ASSERT_THAT(Review(Of("boss"), absl::StrCat(kJune, "/appraisals/boss")), IsOk());
  ASSERT_THAT(Rate(Of("director"), part), IsOk());
  EXPECT_THAT(GetPart(Of("boss", options::v1::ROLE_OPERATIONS_MANAGER), part), HasReason("NOT_FOUND"));
  EXPECT_THAT(GetPart(Of("director", options::v1::ROLE_OPERATIONS_MANAGER), part), IsOk());
}

TEST_F(AppraisalCycleTest, RefusesEveryBadRatingAtOnce) {
  OpenJune();
  ASSERT_THAT(Review(Of("li")), IsOk());
  const auto bad = Call<AppraisalPart>(
      "RateAppraisalPart", Of("boss"),
      Proto<v1::RateAppraisalPartRequest>(absl::StrCat("name: '", kLiPart,
                                                       "' ratings { indicator: 'shows' level: 3 words: 'w' } ratings { indicator: 'buyers' "
                                                       "level: 1 words: 'w' } ratings { indicator: 'shows' ",
                                                       "level: 1 words: 'w' }")));
  EXPECT_THAT(bad, HasViolation("ratings[0].level", "UNKNOWN_LEVEL_OF_INDICATOR"));
  EXPECT_THAT(bad, HasViolation("ratings[1].indicator", "UNKNOWN_INDICATOR"));
  EXPECT_THAT(bad, HasViolation("ratings[2].indicator", "DUPLICATE_INDICATOR"));
  EXPECT_THAT(bad, HasViolation("ratings", "NOT_RATED_YET"));
  EXPECT_THAT(GetPart(Of("boss"))->ratings(), IsEmpty());
  EXPECT_THAT(Review(Of("li"), kLi, "self_scores { indicator: 'none' level: 1 }"),
              HasViolation("self_scores[0].indicator", "UNKNOWN_INDICATOR"));
  EXPECT_THAT(Review(Of("boss")), HasReason("NOT_YOUR_SHEET"));
}

TEST_F(AppraisalCycleTest, AProvisionalMonthIsClosedOnlyWhenWaived) {
  watermark_ = absl::FromCivil(CivilDay(2021, 7, 1), service::DefaultTimeZone()) - absl::Microseconds(1);
  OpenJune();
  ASSERT_THAT(Review(Of("li")), IsOk());
  EXPECT_THAT(Calibrate(), HasViolation(kLiPart, "RATING_PENDING"));
  ASSERT_THAT(Rate(Of("boss")), IsOk());
  EXPECT_THAT(Calibrate(), HasReason("NOT_READY_TO_CALIBRATE"));
  EXPECT_THAT(Calibrate(), HasViolation(kLiPart, "FIGURE_PROVISIONAL"));
  const auto waived =
      Call<AppraisalCycle>("WaiveProvisionalFigures", Manager(),
                           Proto<v1::WaiveProvisionalFiguresRequest>(absl::StrCat("name: '", kJune, "' reason: 'the shop is closed'")));
  ASSERT_THAT(waived, IsOk());
  EXPECT_EQ(waived->waiver(), "employees/manager");
  EXPECT_THAT(Calibrate(), IsOk());
}

TEST_F(AppraisalCycleTest, WhatWasNeverReadCannotBeWaived) {
  MakePosition("host");
  MakeScheme("source: SOURCE_METRIC metric: 'metricDefinitions/buyers'");
  Hire("boss", "");
  Hire("li", "boss");
  clients_["metrics"].On<metrics::v1::QueryMetricRequest, metrics::v1::QueryMetricResponse>(
      "heitie.metrics.v1.AnalysisService/QueryMetric",
      [](const rpc::Call&, const metrics::v1::QueryMetricRequest&) -> absl::StatusOr<metrics::v1::QueryMetricResponse> {
        return absl::UnavailableError("away");
      });
  ASSERT_THAT(OpenMonth(2021, 6), IsOk());
  Run();
  ASSERT_THAT(
      Call<AppraisalPart>("ExcuseAppraisalPart", Manager(),
                          Proto<v1::ExcuseAppraisalPartRequest>(absl::StrCat("name: '", kJune, "/appraisals/boss/parts/1' reason: 'r'"))),
      IsOk());
  ASSERT_THAT(Review(Of("li")), IsOk());
  ASSERT_THAT(Rate(Of("boss")), IsOk());
  ASSERT_THAT(Call<AppraisalCycle>("WaiveProvisionalFigures", Manager(),
                                   Proto<v1::WaiveProvisionalFiguresRequest>(absl::StrCat("name: '", kJune, "' reason: 'r'"))),
              IsOk());
  EXPECT_THAT(Calibrate(), test::HasViolations(absl::StrCat(kLiPart, " FIGURE_NOT_READ")));
  // A metric that there is not makes no figure, and the others count for the whole.
  clients_["metrics"].On<metrics::v1::QueryMetricRequest, metrics::v1::QueryMetricResponse>(
      "heitie.metrics.v1.AnalysisService/QueryMetric",
      [](const rpc::Call&, const metrics::v1::QueryMetricRequest& request) -> absl::StatusOr<metrics::v1::QueryMetricResponse> {
        return status::NotFound(request.metric());
      });
  clock_.Advance(absl::Minutes(2));
  Run();
  ASSERT_THAT(Calibrate(), IsOk());
  ASSERT_THAT(Close(), IsOk());
  EXPECT_EQ(GetSheet(Of("li"))->points(), 8600);
  EXPECT_EQ(GetSheet(Of("li"))->measured(), "");
}

TEST_F(AppraisalCycleTest, FiguresAreReadAgainUntilTheRatingsEnd) {
  watermark_ = absl::FromCivil(CivilDay(2021, 6, 30), service::DefaultTimeZone());
  OpenJune();
  EXPECT_TRUE(GetPart(Manager())->figures(0).provisional());
  const std::string etag = GetPart(Manager())->etag();
  clock_.Advance(absl::Hours(1));
  Run();
  EXPECT_EQ(GetPart(Manager())->etag(), etag) << "nothing new";
  watermark_ = absl::FromCivil(CivilDay(2021, 7, 1), service::DefaultTimeZone());
  buyers_ = 2340;
  ASSERT_THAT((Named<AppraisalCycle, v1::MeasureAppraisalCycleRequest>("MeasureAppraisalCycle", Manager(), kJune)), IsOk());
  Run();
  EXPECT_FALSE(GetPart(Manager())->figures(0).provisional());
  EXPECT_EQ(GetPart(Manager())->figures(0).numerator(), "2340");
  ASSERT_THAT(Review(Of("li")), IsOk());
  ASSERT_THAT(Rate(Of("boss")), IsOk());
  ASSERT_THAT(Calibrate(), IsOk());
  buyers_ = 9999;
  clock_.Advance(absl::Hours(2));
  Run();
  EXPECT_EQ(GetPart(Manager())->figures(0).numerator(), "2340");
  EXPECT_THAT((Named<AppraisalCycle, v1::MeasureAppraisalCycleRequest>("MeasureAppraisalCycle", Manager(), kJune)),
              HasReason("ILLEGAL_TRANSITION"));
  EXPECT_THAT(Rate(Of("boss")), HasReason("CYCLE_NOT_OPEN"));
  EXPECT_THAT(Review(Of("li")), HasReason("CYCLE_NOT_OPEN"));
}

TEST_F(AppraisalCycleTest, CalibratesAndDecidesByAnotherPerson) {
  MakePosition("host");
  MakePosition("lead", "ROLE_OPERATIONS_MANAGER");
  MakeScheme(BuyersMeasure());
  Hire("head", "", "lead");
  for (const char* boss : {"a", "b"}) {
    Hire(boss, "head", "lead");
    for (int i = 0; i < 3; ++i) Hire(absl::StrCat(boss, i), boss);
  }
  ASSERT_THAT(OpenMonth(2021, 6), IsOk());
  Run();
  for (const std::string boss : {"a", "b"}) {
    for (int i = 0; i < 3; ++i) {
      const std::string sheet = absl::StrCat(kJune, "/appraisals/", boss, i);
      ASSERT_THAT(Review(Of(absl::StrCat(boss, i)), sheet), IsOk());
      ASSERT_THAT(Rate(Of(boss), sheet + "/parts/1", boss == "a" ? 2 : 1), IsOk());
    }
  }
  ASSERT_THAT(Calibrate(), IsOk());
  // a rated 8600, b 5000: differences 905 and -2695, L = 3/7 · ±1800.
  v1::DecideAppraisalCalibrationRequest decide;
  decide.set_name(absl::StrCat(kJune, "/calibrations/a"));
  decide.set_decision(AppraisalCalibration::DECISION_ACCEPTED);
  decide.set_reason("the figures say so");
  EXPECT_THAT(StepsOf("head"), ::testing::Contains(absl::StrCat("decide_calibration ", kJune, "/calibrations/a")));
  EXPECT_THAT(Call<AppraisalCalibration>("DecideAppraisalCalibration", Of("a", options::v1::ROLE_OPERATIONS_MANAGER), decide),
              HasReason("OWN_PROPOSAL"));
  EXPECT_THAT(Call<AppraisalCalibration>("DecideAppraisalCalibration", Of("a1", options::v1::ROLE_OPERATIONS_MANAGER), decide),
              HasReason("OWN_PROPOSAL"));
  EXPECT_THAT(Call<AppraisalCalibration>("DecideAppraisalCalibration", Of("b1"), decide), HasReason("NOT_FOUND"));
  EXPECT_THAT(Close(), HasReason("CALIBRATION_UNDECIDED"));
  const auto accepted = Call<AppraisalCalibration>("DecideAppraisalCalibration", Of("head"), decide);
  ASSERT_THAT(accepted, IsOk());
  EXPECT_EQ(accepted->proposal(), -500);
  EXPECT_EQ(accepted->adjustment(), -500);
  EXPECT_EQ(accepted->mean(), "905");
  EXPECT_EQ(accepted->overall(), "-895");
  decide.set_name(absl::StrCat(kJune, "/calibrations/b"));
  decide.set_decision(AppraisalCalibration::DECISION_CHANGED);
  decide.set_adjustment(501);
  EXPECT_THAT(Call<AppraisalCalibration>("DecideAppraisalCalibration", Manager(), decide),
              HasViolation("adjustment", "ADJUSTMENT_TOO_GREAT"));
  decide.set_adjustment(100);
  const auto changed = Call<AppraisalCalibration>("DecideAppraisalCalibration", Manager(), decide);
  ASSERT_THAT(changed, IsOk());
  EXPECT_EQ(changed->proposal(), 500);
  EXPECT_EQ(changed->adjustment(), 100);
  EXPECT_THAT(Call<AppraisalCalibration>("DecideAppraisalCalibration", Manager(), decide), HasReason("ILLEGAL_TRANSITION"));
  ASSERT_THAT(Close(), IsOk());
  const auto part = GetPart(Of("a0"), absl::StrCat(kJune, "/appraisals/a0/parts/1"));
  ASSERT_THAT(part, IsOk());
  EXPECT_EQ(part->rated(), "8600");
  EXPECT_EQ(part->adjustment(), -500);
  EXPECT_EQ(part->score(), "15795/2");                                                   // (8100 + 7695) / 2
  EXPECT_EQ(GetSheet(Of("b0"), absl::StrCat(kJune, "/appraisals/b0"))->points(), 6398);  // (5100 + 7695) / 2
  const auto verified = Verify();
  ASSERT_THAT(verified, IsOk());
  EXPECT_TRUE(verified->intact());
  EXPECT_THAT(verified->deviations(), IsEmpty());
  // Six people: analysts read the mean and nobody's own score.
  const auto summary = Named<v1::SummarizeAppraisalsResponse, v1::SummarizeAppraisalsRequest>("SummarizeAppraisals", Analyst(), kJune);
  ASSERT_THAT(summary, IsOk());
  EXPECT_EQ(summary->scored(), 6);
  EXPECT_EQ(summary->mean_points(), 7148);  // (3 · 7898 + 3 · 6398) / 6
  const auto counts = Named<v1::SummarizeAppraisalsResponse, v1::SummarizeAppraisalsRequest>(
      "SummarizeAppraisals", Of("e", options::v1::ROLE_PLATFORM_ENGINEER), kJune);
  EXPECT_EQ(counts->scored(), 6);
  EXPECT_FALSE(counts->has_mean_points());
}

TEST_F(AppraisalCycleTest, FewScoresAreNoAggregate) {
  CloseJune();
  const auto summary = Named<v1::SummarizeAppraisalsResponse, v1::SummarizeAppraisalsRequest>("SummarizeAppraisals", Analyst(), kJune);
  ASSERT_THAT(summary, IsOk());
  EXPECT_EQ(summary->scored(), 1);
  EXPECT_FALSE(summary->has_mean_points());
  EXPECT_FALSE(summary->has_median_points());
}

TEST_F(AppraisalCycleTest, ATransferSplitsTheMonthBetweenRaters) {
  MakePosition("host");
  MakePosition("lead", "ROLE_OPERATIONS_MANAGER");
  MakeScheme(BuyersMeasure());
  Hire("a", "", "lead");
  Hire("b", "", "lead");
  Hire("li", "a");
  ASSERT_THAT(
      Call<v1::Employee>("TransferEmployee", Manager(),
                         Proto<v1::TransferEmployeeRequest>(
                             "name: 'employees/li' start_date { year: 2026 month: 6 day: 12 } position: 'positions/host' department: "
                             "'operations' superior: 'employees/b'")),
      IsOk());
  watermark_ = clock_.Now();
  ASSERT_THAT(OpenMonth(2026, 6), IsOk());
  Run();
  const std::string cycle = "appraisalCycles/2026-06-operations", sheet = cycle + "/appraisals/li";
  ASSERT_THAT(Review(Of("li"), sheet, absl::StrCat("self_scores { part: '", sheet, "/parts/2' indicator: 'care' level: 2 } ")), IsOk());
  EXPECT_THAT(Review(Of("li"), sheet, "self_scores { indicator: 'care' level: 2 }"), HasViolation("self_scores[0].part", "UNKNOWN_PART"));
  EXPECT_THAT(Rate(Of("b"), sheet + "/parts/1"), HasReason("NOT_THE_RATER"));
  const auto first = Rate(Of("a"), sheet + "/parts/1", 1);
  ASSERT_THAT(first, IsOk()) << "who led then, not who leads now";
  EXPECT_EQ(first->present_days(), 9);
  // Each part is measured by its own days, and says so.
  EXPECT_TRUE(Asked(CivilDay(2026, 6, 1), CivilDay(2026, 6, 11)));
  EXPECT_TRUE(Asked(CivilDay(2026, 6, 12), CivilDay(2026, 6, 30)));
  EXPECT_FALSE(Asked(CivilDay(2026, 6, 1), CivilDay(2026, 6, 30)));
  ASSERT_THAT(first->figures(), SizeIs(1));
  EXPECT_EQ(time::ToDay(first->figures(0).start_date()), CivilDay(2026, 6, 1));
  EXPECT_EQ(time::ToDay(first->figures(0).end_date()), CivilDay(2026, 6, 11));
  EXPECT_THAT(first->self_scores(), IsEmpty());
  const auto second = Rate(Of("b"), sheet + "/parts/2");
  ASSERT_THAT(second, IsOk());
  EXPECT_EQ(second->present_days(), 13);
  EXPECT_THAT(second->self_scores(), SizeIs(1));
  EXPECT_THAT(GetPart(Of("a"), sheet + "/parts/2"), HasReason("NOT_FOUND"));
  ASSERT_THAT(Calibrate(cycle), IsOk());
  ASSERT_THAT(Close(cycle), IsOk());
  // 9 days at (7695 + 5000) / 2, 13 at (7695 + 8600) / 2.
  EXPECT_EQ(GetSheet(Of("li"), sheet)->points(), 7411);
  // What the sources say later is asked for the same days.
  asked_.clear();
  PassDays(1);
  EXPECT_TRUE(Asked(CivilDay(2026, 6, 1), CivilDay(2026, 6, 11)));
  EXPECT_FALSE(Asked(CivilDay(2026, 6, 1), CivilDay(2026, 6, 30)));
}

// A part is provisional by its own last day; a figure that was frozen before parts had days of their own is asked for as it was then.
TEST(MeasuredDaysTest, AreThePartsUnlessTheyWereTheMonths) {
  const auto cycle = Proto<AppraisalCycle>("month { year: 2026 month: 6 day: 1 } period: PERIOD_MONTH state: STATE_CLOSED");
  auto part = Proto<AppraisalPart>(
      "start_date { year: 2026 month: 6 day: 12 } end_date { year: 2026 month: 6 day: 30 } figures { indicator: 'a' start_date { year: "
      "2026 "
      "month: 6 day: 12 } }");
  EXPECT_EQ(MeasuredDaysOf(cycle, part).first, CivilDay(2026, 6, 12));
  EXPECT_EQ(MeasuredDaysOf(cycle, part).period_first, CivilDay(2026, 6, 1));
  EXPECT_EQ(MeasuredDaysOf(cycle, part).period_last, CivilDay(2026, 6, 30));
  part.add_figures()->set_indicator("b");
  EXPECT_EQ(MeasuredDaysOf(cycle, part).first, CivilDay(2026, 6, 1));
  AppraisalCycle open = cycle;
  open.set_state(AppraisalCycle::STATE_OPEN);
  EXPECT_EQ(MeasuredDaysOf(open, part).first, CivilDay(2026, 6, 12));
}

TEST_F(AppraisalCycleTest, OnWorkingDaysJobsOpenRemindReplaceAndClose) {
  MakePosition("host");
  MakePosition("lead", "ROLE_OPERATIONS_MANAGER");
  MakeScheme(BuyersMeasure());
  Hire("boss", "", "lead");
  Hire("chief", "boss");
  Hire("li", "chief");
  watermark_ = clock_.Now();
  clock_.Advance(absl::Hours(1));
  Run();
  const std::string cycle = "appraisalCycles/2026-06-operations", part = cycle + "/appraisals/li/parts/1";
  ASSERT_THAT(GetCycle(cycle), IsOk()) << "the month before is opened on the first working day on which there is a scheme";
  EXPECT_EQ(GetPart(Manager(), part)->rater(), "employees/chief");
  // Nobody is reminded on the first days, nor on a weekend.
  PassDays(3);
  EXPECT_EQ(GetPart(Manager(), part)->reminder_count(), 0);
  PassDays(12);  // Friday the 17th: ten working days after the 2nd are over with the 16th.
  const auto late = GetPart(Manager(), part);
  ASSERT_THAT(late, IsOk());
  EXPECT_EQ(late->rater(), "employees/boss");
  ASSERT_THAT(late->replacements(), SizeIs(1));
  EXPECT_EQ(late->replacements(0).rater(), "employees/chief");
  EXPECT_EQ(late->replacements(0).cause(), v1::AppraisalReplacement::CAUSE_LATE);
  EXPECT_GE(late->reminder_count(), 2);
  EXPECT_THAT(StepsOf("boss"), ::testing::Contains(absl::StrCat("rate ", part)));
  EXPECT_EQ(GetSheet(Of("li"), cycle + "/appraisals/li")->reminder_count(), 3) << "two working days before and on the last day";
  EXPECT_THAT(Rate(Of("chief"), part), HasReason("NOT_THE_RATER"));
  // Who has left is replaced at once.
  ASSERT_THAT(Call<v1::Employee>("TerminateEmployee", Manager(),
                                 Proto<v1::TerminateEmployeeRequest>("name: 'employees/chief' leave_date { year: 2026 month: 7 day: 17 }")),
              IsOk());
  ASSERT_THAT(Rate(Of("boss"), part), IsOk()) << "without the review, which did not come in time";
  const std::string chiefs = cycle + "/appraisals/chief/parts/1";
  ASSERT_THAT(Rate(Of("boss"), chiefs), IsOk());
  PassDays(4);
  const auto closed = GetCycle(cycle);
  ASSERT_THAT(closed, IsOk());
  EXPECT_EQ(closed->state(), AppraisalCycle::STATE_CLOSED);
  EXPECT_TRUE(GetSheet(Of("li"), cycle + "/appraisals/li")->review_missing());
  EXPECT_EQ(GetSheet(Of("li"), cycle + "/appraisals/li")->points(), 8148) << "a missing review costs nothing";
}

TEST_F(AppraisalCycleTest, WhatWaitsTooLongIsOverdue) {
  OpenJune();
  EXPECT_FALSE(GetCycle()->overdue());
  PassDays(25);
  EXPECT_TRUE(GetCycle()->overdue());
  EXPECT_EQ(GetCycle()->state(), AppraisalCycle::STATE_OPEN);
  EXPECT_EQ(GetCycle()->pending_count(), 1);
}

TEST_F(AppraisalCycleTest, AManagerReplacesRatersAndExcuses) {
  OpenJune();
  const auto replace = [&](const rpc::Call& call, const std::string& rater) {
    return Call<AppraisalPart>(
        "ReplaceRater", call,
        Proto<v1::ReplaceRaterRequest>(absl::StrCat("name: '", kLiPart, "' rater: '", rater, "' reason: 'knows the work'")));
  };
  EXPECT_THAT(replace(Manager(), "employees/li"), HasViolation("rater", "BAD_RATER"));
  EXPECT_THAT(replace(Manager(), "employees/none"), HasViolation("rater", "BAD_RATER"));
  EXPECT_THAT(replace(Of("li", options::v1::ROLE_OPERATIONS_MANAGER), "employees/boss"), HasReason("OWN_PROPOSAL"));
  Hire("other", "");
  const auto replaced = replace(Manager(), "employees/other");
  ASSERT_THAT(replaced, IsOk());
  EXPECT_EQ(replaced->replacements(0).rater(), "employees/boss");
  EXPECT_THAT(StepsOf("boss"), Not(::testing::Contains(absl::StrCat("rate ", kLiPart))));
  EXPECT_THAT(StepsOf("other"), ::testing::Contains(absl::StrCat("rate ", kLiPart)));
  const auto excused =
      Call<AppraisalPart>("ExcuseAppraisalPart", Manager(),
                          Proto<v1::ExcuseAppraisalPartRequest>(absl::StrCat("name: '", kLiPart, "' reason: 'nobody saw it'")));
  ASSERT_THAT(excused, IsOk());
  ASSERT_THAT(Calibrate(), IsOk());
  ASSERT_THAT(Close(), IsOk());
  EXPECT_EQ(GetSheet(Of("li"))->outcome(), Appraisal::OUTCOME_NOT_RATED);
  EXPECT_FALSE(GetSheet(Of("li"))->has_points());
  EXPECT_TRUE(Verify()->intact());
  EXPECT_EQ(Verify()->deviation_count(), 0);
}

TEST_F(AppraisalCycleTest, ClosedIsClosed) {
  CloseJune();
  const std::string stored = Dump();
  const std::string digest = GetCycle()->sha256();
  const auto kNotNow = ::testing::AnyOf(HasReason("CYCLE_NOT_OPEN"), HasReason("ILLEGAL_TRANSITION"), HasReason("NOT_FOUND"));
  EXPECT_THAT(Review(Of("li")), kNotNow);
  EXPECT_THAT(Rate(Of("boss")), kNotNow);
  EXPECT_THAT(Calibrate(), kNotNow);
  EXPECT_THAT(Close(), kNotNow);
  EXPECT_THAT((Named<AppraisalCycle, v1::MeasureAppraisalCycleRequest>("MeasureAppraisalCycle", Manager(), kJune)), kNotNow);
  EXPECT_THAT(Call<AppraisalCycle>("WaiveProvisionalFigures", Manager(),
                                   Proto<v1::WaiveProvisionalFiguresRequest>(absl::StrCat("name: '", kJune, "' reason: 'r'"))),
              kNotNow);
  EXPECT_THAT(
      Call<AppraisalPart>("ReplaceRater", Manager(),
                          Proto<v1::ReplaceRaterRequest>(absl::StrCat("name: '", kLiPart, "' rater: 'employees/manager' reason: 'r'"))),
      kNotNow);
  EXPECT_THAT(Call<AppraisalPart>("ExcuseAppraisalPart", Manager(),
                                  Proto<v1::ExcuseAppraisalPartRequest>(absl::StrCat("name: '", kLiPart, "' reason: 'r'"))),
              kNotNow);
  EXPECT_THAT(OpenMonth(2021, 6), HasReason("ALREADY_EXISTS"));
  // People, schemes, rules, sources and jobs go on.
  ASSERT_THAT(
      Call<v1::Employee>("TransferEmployee", Manager(),
                         Proto<v1::TransferEmployeeRequest>("name: 'employees/li' start_date { year: 2021 month: 6 day: 1 } position: "
                                                            "'positions/lead' department: 'elsewhere'")),
      IsOk());
  ASSERT_THAT(Call<v1::Employee>("TerminateEmployee", Manager(),
                                 Proto<v1::TerminateEmployeeRequest>("name: 'employees/boss' leave_date { year: 2026 month: 7 day: 3 }")),
              IsOk());
  buyers_ = 1;
  version_ = 7;
  PassDays(3);
  EXPECT_EQ(Dump(), stored);
  const auto verified = Verify();
  ASSERT_THAT(verified, IsOk());
  EXPECT_TRUE(verified->intact());
  EXPECT_EQ(verified->sha256(), digest);
  EXPECT_EQ(verified->deviation_count(), 0);
}

TEST_F(AppraisalCycleTest, VerificationFindsWhatSomebodyDidToTheRows) {
  CloseJune();
  const auto spoil = [&](const std::string& statement) {
    ASSERT_TRUE(database_.get()
                    .Write(absl::Now() + absl::Seconds(20), [&](sql::Session& session) { return session.Execute(statement).status(); })
                    .ok());
  };
  spoil("UPDATE appraisals SET points = 9000 WHERE points = 8148");
  auto verified = Verify();
  ASSERT_THAT(verified, IsOk());
  EXPECT_FALSE(verified->intact());
  EXPECT_THAT(verified->deviations(), ElementsAre(kLi));
  const auto counts = Named<v1::VerifyAppraisalCycleResponse, v1::VerifyAppraisalCycleRequest>(
      "VerifyAppraisalCycle", Of("e", options::v1::ROLE_PLATFORM_ENGINEER), kJune);
  EXPECT_EQ(counts->deviation_count(), 1);
  EXPECT_THAT(counts->deviations(), IsEmpty());
  PassDays(1);
  EXPECT_THAT(StepsOf("boss"), ::testing::Contains(absl::StrCat("inspect ", kJune)));
}

// Words that nobody can read any more are still told by their digests; words that somebody changed or took away are not.
TEST_F(AppraisalCycleTest, WhoIsErasedLeavesTheProofButNoWord) {
  OpenJune();
  ASSERT_THAT(Review(Of("li"), kLi, "self_scores { indicator: 'care' level: 1 words: 'could be better' }"), IsOk());
  ASSERT_THAT(Rate(Of("boss")), IsOk());
  ASSERT_THAT(Calibrate(), IsOk());
  ASSERT_THAT(Close(), IsOk());
  ASSERT_THAT(
      Call<AppraisalObjection>(
          "CreateAppraisalObjection", Of("li"),
          Proto<v1::CreateAppraisalObjectionRequest>(absl::StrCat(
              "parent: '", kLi, "' appraisal_objection_id: 'mine' request_id: 'o' appraisal_objection { reason: 'far too little' }"))),
      IsOk());
  ASSERT_THAT(Call<AppraisalObjection>("AnswerAppraisalObjection", Manager(),
                                       Proto<v1::AnswerAppraisalObjectionRequest>(
                                           absl::StrCat("name: '", kLi, "/objections/mine' upheld: true answer: 'right you are'"))),
              IsOk());
  ASSERT_THAT(
      Call<AppraisalAdjustment>(
          "CreateAppraisalAdjustment", Manager(),
          Proto<v1::CreateAppraisalAdjustmentRequest>(absl::StrCat(
              "parent: '", kLi,
              "' appraisal_adjustment_id: 'a' request_id: 'a' appraisal_adjustment { new_points: 8500 reason: 'a show was forgotten' }"))),
      IsOk());
  ASSERT_THAT(Call<AppraisalAdjustment>("DecideAppraisalAdjustment", Of("boss", options::v1::ROLE_OPERATIONS_MANAGER),
                                        Proto<v1::DecideAppraisalAdjustmentRequest>(
                                            absl::StrCat("name: '", kLi, "/adjustments/a' approved: true reason: 'so it is indeed'"))),
              IsOk());
  const auto closed = Verify();
  ASSERT_THAT(closed, IsOk());
  ASSERT_TRUE(closed->intact());
  ASSERT_EQ(closed->deviation_count(), 0);
  const std::vector<std::string> words = {"I sold a lot",  "could be better",      "said-in-secret", "far too little",
                                          "right you are", "a show was forgotten", "so it is indeed"};
  const auto readable = [&] {
    std::string dump;
    EXPECT_TRUE(test::DumpOf(database_.get(), &dump).ok());
    for (const std::string& text : words) EXPECT_EQ(dump.find(text), std::string::npos) << text;
  };
  readable();
  EXPECT_EQ(GetPart(Of("li"))->ratings(0).words().text(), "said-in-secret");
  const auto sql = [&](const std::string& statement) {
    ASSERT_TRUE(database_.get()
                    .Write(absl::Now() + absl::Seconds(20), [&](sql::Session& session) { return session.Execute(statement).status(); })
                    .ok())
        << statement;
  };
  const auto spoiled = [&](const std::string& statement) {
    sql("CREATE TABLE spoiled_sheets AS SELECT * FROM appraisals");
    sql(statement);
    const auto verified = Verify();
    sql("UPDATE appraisals a JOIN spoiled_sheets s ON s.name = a.name SET a.summary = s.summary, a.self_scores = s.self_scores");
    sql("DROP TABLE spoiled_sheets");
    EXPECT_THAT(verified, IsOk());
    return verified.ok() ? *verified : v1::VerifyAppraisalCycleResponse();
  };
  const std::string where = absl::StrCat(" WHERE name = '", kLi, "'");
  const auto other = spoiled("UPDATE appraisals SET summary = JSON_SET(summary, '$.summary.text', 'I did nothing')" + where);
  EXPECT_THAT(other.deviations(), ElementsAre(kLi));
  const auto gone = spoiled("UPDATE appraisals SET summary = JSON_REMOVE(summary, '$.summary.text', '$.summary.salt')" + where);
  EXPECT_THAT(gone.deviations(), ElementsAre(kLi));
  EXPECT_FALSE(spoiled("UPDATE appraisals SET summary = NULL" + where).intact());
  EXPECT_FALSE(spoiled("UPDATE appraisals SET summary = REPLACE(summary, 'sealed:1:', 'sealed:1:0')" + where).intact());
  ASSERT_TRUE(Verify()->intact());

  ASSERT_THAT(Call<v1::Employee>("TerminateEmployee", Manager(),
                                 Proto<v1::TerminateEmployeeRequest>("name: 'employees/li' leave_date { year: 2026 month: 7 day: 3 }")),
              IsOk());
  ASSERT_TRUE(
      store_
          .Write(Manager(),
                 [&](record::Transaction& tx) { return store_.person_keys().Destroy(tx.sql, "employees/li", tx.call.now).status(); })
          .ok());
  const std::string stored = Dump();
  const auto erased = Verify();
  ASSERT_THAT(erased, IsOk());
  EXPECT_TRUE(erased->intact());
  EXPECT_EQ(erased->deviation_count(), 0);
  EXPECT_EQ(erased->sha256(), closed->sha256());
  const auto sheet = GetSheet(Manager());
  ASSERT_THAT(sheet, IsOk());
  EXPECT_EQ(sheet->summary().text(), "");
  EXPECT_EQ(sheet->summary().salt(), "") << "without it the digest tells nothing";
  EXPECT_THAT(sheet->summary().sha256(), SizeIs(32));
  EXPECT_EQ(sheet->points(), 8148);
  EXPECT_EQ(GetPart(Manager())->ratings(0).words().text(), "");
  EXPECT_EQ(GetPart(Manager())->ratings(0).level(), 2);
  const auto objections = Named<AppraisalObjection, v1::GetAppraisalObjectionRequest>("GetAppraisalObjection", Manager(),
                                                                                      absl::StrCat(kLi, "/objections/mine"));
  ASSERT_THAT(objections, IsOk());
  EXPECT_EQ(objections->reason(), "");
  EXPECT_EQ(objections->answer(), "");
  readable();
  PassDays(2);
  EXPECT_EQ(Dump(), stored);
  EXPECT_THAT(StepsOf("boss"), Not(::testing::Contains(absl::StrCat("inspect ", kJune))));
}

// Whoever is erased while something waits for a decision holds up nothing.
TEST_F(AppraisalCycleTest, WhatWaitsAboutSomebodyErasedIsDecidedWithoutWords) {
  OpenJune();
  const std::string july = "appraisalCycles/2021-07-operations", part = july + "/appraisals/li/parts/1";
  ASSERT_THAT(OpenMonth(2021, 7), IsOk());
  Run();
  ASSERT_THAT(Review(Of("li")), IsOk());
  ASSERT_THAT(Review(Of("li"), july + "/appraisals/li"), IsOk());
  ASSERT_TRUE(
      store_
          .Write(Manager(),
                 [&](record::Transaction& tx) { return store_.person_keys().Destroy(tx.sql, "employees/li", tx.call.now).status(); })
          .ok());
  const auto rated = Rate(Of("boss"));
  ASSERT_THAT(rated, IsOk());
  EXPECT_FALSE(rated->ratings(0).has_words());
  const auto excused =
      Call<AppraisalPart>("ExcuseAppraisalPart", Manager(),
                          Proto<v1::ExcuseAppraisalPartRequest>(absl::StrCat("name: '", part, "' reason: 'nobody can tell'")));
  ASSERT_THAT(excused, IsOk());
  EXPECT_EQ(excused->excuse_reason().text(), "");
  for (const std::string& cycle : {std::string(kJune), july}) {
    ASSERT_THAT(Calibrate(cycle), IsOk());
    ASSERT_THAT(Close(cycle), IsOk());
    EXPECT_TRUE(Verify(cycle)->intact());
    EXPECT_EQ(Verify(cycle)->deviation_count(), 0);
  }
  EXPECT_EQ(GetSheet(Manager())->points(), 8148);
}

// Words that were stored before they were sealed: the proof of a cycle that was closed then holds.
TEST_F(AppraisalCycleTest, WhatWasClosedBeforeItWasSealedStaysProven) {
  CloseJune();
  const auto sheet = GetSheet(Of("li"));
  ASSERT_THAT(sheet, IsOk());
  ASSERT_TRUE(
      database_.get()
          .Write(absl::Now() + absl::Seconds(20),
                 [&](sql::Session& session) {
                   return session
                       .Execute(
                           "UPDATE appraisals SET summary = JSON_SET(summary, '$.summary.text', ?, '$.summary.salt', ?) WHERE name = ?",
                           sql::Bind(sheet->summary().text(), absl::Base64Escape(sheet->summary().salt()), kLi))
                       .status();
                 })
          .ok());
  EXPECT_EQ(GetSheet(Of("li"))->summary().text(), "I sold a lot");
  const auto verified = Verify();
  ASSERT_THAT(verified, IsOk());
  EXPECT_TRUE(verified->intact());
  EXPECT_EQ(verified->deviation_count(), 0);
}

// Terms are numbers of the rules' version in force in the month.
TEST_F(AppraisalCycleTest, TermsAreThoseOfTheVersion) {
  OpenJune();
  const auto drafted = Call<v1::AppraisalPolicy>(
      "CreateAppraisalPolicy", Manager(),
      Proto<v1::CreateAppraisalPolicyRequest>(
          "appraisal_policy_id: 'short' appraisal_policy { reason: 'shorter' grades { grade: 'A' from_points: 5000 to_points: 10000 share: "
          "5000 "
          "} grades { grade: 'B' to_points: 5000 share: 5000 } least_group: 5 tie_rule: TIE_RULE_LOWER least_part_days: 5 least_presence: "
          "5000 "
          "months_weight: 6000 least_months: 6 shrinkage: 4 most_adjustment: 500 least_rated_people: 3 review_days: 1 rating_days: 2 "
          "closing_days: 3 objection_days: 1 answer_days: 2 inspection_days: 4 restatement_days: 3 }"));
  ASSERT_THAT(drafted, IsOk());
  ASSERT_THAT(
      (Named<v1::AppraisalPolicy, v1::PublishAppraisalPolicyRequest>("PublishAppraisalPolicy", Manager(), "appraisalPolicies/short")),
      IsOk());
  // Monday, the 7th of September.
  clock_.Set(absl::FromCivil(absl::CivilSecond(2026, 9, 7, 9, 0, 0), service::DefaultTimeZone()));
  watermark_ = clock_.Now();
  const std::string cycle = "appraisalCycles/2026-08-operations", sheet = cycle + "/appraisals/li";
  const auto opened = OpenMonth(2026, 8);
  ASSERT_THAT(opened, IsOk());
  EXPECT_EQ(opened->policy(), "appraisalPolicies/short");
  const auto day = [](const google::protobuf::Timestamp& time) {
    return absl::ToCivilDay(time::ToTime(time) - absl::Seconds(1), service::DefaultTimeZone());
  };
  EXPECT_EQ(day(opened->review_due_time()), CivilDay(2026, 9, 8));
  EXPECT_EQ(day(opened->rating_due_time()), CivilDay(2026, 9, 9));
  EXPECT_EQ(day(opened->due_time()), CivilDay(2026, 9, 10));
  Run();
  ASSERT_THAT(Review(Of("li"), sheet), IsOk());
  ASSERT_THAT(Rate(Of("boss"), sheet + "/parts/1"), IsOk());
  ASSERT_THAT(Calibrate(cycle), IsOk());
  ASSERT_THAT(Close(cycle), IsOk());
  const auto object = [&](const std::string& id) {
    return Call<AppraisalObjection>("CreateAppraisalObjection", Of("li"),
                                    Proto<v1::CreateAppraisalObjectionRequest>(absl::StrCat(
                                        "parent: '", sheet, "' appraisal_objection_id: '", id, "' appraisal_objection { reason: 'r' }")));
  };
  const auto objected = object("in-time");
  ASSERT_THAT(objected, IsOk());
  EXPECT_EQ(day(objected->due_time()), CivilDay(2026, 9, 9));
  PassDays(2);
  EXPECT_THAT(object("late"), HasReason("OBJECTION_TOO_LATE"));
  // Four days after closing nobody asks the source any more.
  PassDays(2);
  asked_.clear();
  PassDays(1);
  EXPECT_FALSE(Asked(CivilDay(2026, 8, 1), CivilDay(2026, 8, 31)));
  ASSERT_TRUE(database_.get()
                  .Write(absl::Now() + absl::Seconds(20),
                         [&](sql::Session& session) {
                           return session.Execute("UPDATE appraisals SET points = 9000 WHERE name = ?", sql::Bind(sheet)).status();
                         })
                  .ok());
  PassDays(1);  // Sunday the 13th; four working days later is Thursday.
  const auto steps = Call<v1::FindMyStepsResponse>("FindMySteps", Of("boss"), v1::FindMyStepsRequest());
  ASSERT_THAT(steps, IsOk());
  CivilDay due;
  for (const auto& mine : steps->steps()) {
    if (mine.step().action() == "inspect" && mine.step().subject() == cycle) due = day(mine.step().due_time());
  }
  EXPECT_EQ(due, CivilDay(2026, 9, 17));
}

TEST_F(AppraisalCycleTest, ObjectionsAreAnsweredByAnotherAndLeadToAdjustments) {
  CloseJune();
  const std::string stored = Dump();
  const auto object = [&](const rpc::Call& call, const std::string& id = "mine") {
    return Call<AppraisalObjection>(
        "CreateAppraisalObjection", call,
        Proto<v1::CreateAppraisalObjectionRequest>(
            absl::StrCat("parent: '", kLi, "' appraisal_objection_id: '", id, "' appraisal_objection { reason: 'too little' }")));
  };
  EXPECT_THAT(object(Of("stranger")), HasReason("NOT_FOUND"));
  EXPECT_THAT(object(Manager()), HasReason("NOT_YOUR_SHEET"));
  const auto objection = object(Of("li"));
  ASSERT_THAT(objection, IsOk());
  EXPECT_EQ(objection->state(), AppraisalObjection::STATE_OPEN);
  const auto answer = [&](const rpc::Call& call) {
    return Call<AppraisalObjection>(
        "AnswerAppraisalObjection", call,
        Proto<v1::AnswerAppraisalObjectionRequest>(absl::StrCat("name: '", objection->name(), "' upheld: true answer: 'you are right'")));
  };
  EXPECT_THAT(answer(Of("boss", options::v1::ROLE_OPERATIONS_MANAGER)), HasReason("OWN_PROPOSAL"));
  EXPECT_THAT(answer(Of("li", options::v1::ROLE_OPERATIONS_MANAGER)), HasReason("OWN_PROPOSAL"));
  EXPECT_THAT(answer(Of("stranger")), HasReason("NOT_FOUND"));
  const auto answered = answer(Manager());
  ASSERT_THAT(answered, IsOk());
  EXPECT_EQ(answered->state(), AppraisalObjection::STATE_UPHELD);
  EXPECT_EQ(answered->answerer(), "employees/manager");
  EXPECT_THAT(answer(Manager()), HasReason("ILLEGAL_TRANSITION"));

  const auto propose = [&](const rpc::Call& call, int points, const std::string& id) {
    return Call<AppraisalAdjustment>("CreateAppraisalAdjustment", call,
                                     Proto<v1::CreateAppraisalAdjustmentRequest>(absl::StrCat(
                                         "parent: '", kLi, "' appraisal_adjustment_id: '", id,
                                         "' appraisal_adjustment { new_points: ", points, " reason: 'a show was forgotten' }")));
  };
  EXPECT_THAT(propose(Of("li", options::v1::ROLE_OPERATIONS_MANAGER), 9000, "a"), HasReason("OWN_SHEET"));
  EXPECT_THAT(propose(Manager(), 8148, "a"), HasViolation("appraisal_adjustment.new_points", "NOTHING_ADJUSTED"));
  const auto proposed = propose(Manager(), 8500, "a");
  ASSERT_THAT(proposed, IsOk());
  EXPECT_EQ(proposed->old_points(), 8148);
  EXPECT_THAT(propose(Manager(), 8600, "b"), HasReason("ADJUSTMENT_PENDING"));
  const auto decide = [&](const rpc::Call& call, const std::string& id) {
    return Call<AppraisalAdjustment>("DecideAppraisalAdjustment", call,
                                     Proto<v1::DecideAppraisalAdjustmentRequest>(
                                         absl::StrCat("name: '", kLi, "/adjustments/", id, "' approved: true reason: 'so it is'")));
  };
  EXPECT_THAT(decide(Manager(), "a"), HasReason("OWN_PROPOSAL"));
  EXPECT_THAT(decide(Of("li", options::v1::ROLE_OPERATIONS_MANAGER), "a"), HasReason("OWN_PROPOSAL"));
  EXPECT_FALSE(GetSheet(Of("li"))->has_adjusted_points());
  ASSERT_THAT(decide(Of("boss", options::v1::ROLE_OPERATIONS_MANAGER), "a"), IsOk());
  EXPECT_EQ(GetSheet(Of("li"))->points(), 8148) << "both are shown";
  EXPECT_EQ(GetSheet(Of("li"))->adjusted_points(), 8500);
  const auto second = propose(Manager(), 8600, "b");
  ASSERT_THAT(second, IsOk());
  EXPECT_EQ(second->old_points(), 8500);
  clock_.Advance(absl::Seconds(1));
  ASSERT_THAT(decide(Of("boss", options::v1::ROLE_OPERATIONS_MANAGER), "b"), IsOk());
  EXPECT_EQ(GetSheet(Of("li"))->adjusted_points(), 8600);
  EXPECT_EQ(Dump(), stored);
  EXPECT_TRUE(Verify()->intact());
  PassDays(20);
  EXPECT_THAT(object(Of("li"), "late"), HasReason("OBJECTION_TOO_LATE"));
}

TEST_F(AppraisalCycleTest, FollowsPlanningsTasks) {
  MakePosition("host");
  MakeScheme("source: SOURCE_TASKS_ON_TIME");
  Hire("boss", "");
  Hire("li", "boss");
  const auto task = [](const std::string& state, int due, const std::string& owner = "employees/li") {
    return Proto<planning::v1::Task>(
        absl::StrCat("name: 'projects/p/tasks/t' owner: '", owner, "' state: ", state, " end_date { year: 2021 month: 6 day: ", due, " }"));
  };
  const auto on = [](int day, int hour = 12) {
    return absl::FromCivil(absl::CivilSecond(2021, 6, day, hour, 0, 0), service::DefaultTimeZone());
  };
  const char kTask[] = "planning.heitie/Task";
  PlanEvent(kTask, "projects/p/tasks/in-time", "complete", task("STATE_DONE", 10), on(10, 23));
  PlanEvent(kTask, "projects/p/tasks/in-time", "update", task("STATE_DONE", 10), on(20));
  PlanEvent(kTask, "projects/p/tasks/late", "complete", task("STATE_DONE", 10), on(11, 0));
  PlanEvent(kTask, "projects/p/tasks/open", "start", task("STATE_IN_PROGRESS", 12), on(2));
  PlanEvent(kTask, "projects/p/tasks/again", "complete", task("STATE_DONE", 12), on(3));
  PlanEvent(kTask, "projects/p/tasks/again", "reopen", task("STATE_IN_PROGRESS", 12), on(4));
  PlanEvent(kTask, "projects/p/tasks/cancelled", "cancel", task("STATE_CANCELLED", 12), on(4));
  PlanEvent(kTask, "projects/p/tasks/others", "complete", task("STATE_DONE", 12, "employees/boss"), on(4));
  Run();
  clock_.Advance(absl::Seconds(2));
  Run();
  ASSERT_THAT(OpenMonth(2021, 6), IsOk());
  Run();
  const auto part = GetPart(Manager());
  ASSERT_THAT(part, IsOk());
  ASSERT_THAT(part->figures(), SizeIs(1));
  EXPECT_EQ(part->figures(0).numerator(), "1");
  EXPECT_EQ(part->figures(0).denominator(), "4");
  EXPECT_THAT(part->figures(0).subjects(),
              ElementsAre("projects/p/tasks/again", "projects/p/tasks/in-time", "projects/p/tasks/late", "projects/p/tasks/open"));
  EXPECT_EQ(part->figures(0).last_position(), 6);
  EXPECT_FALSE(part->figures(0).provisional());
}

TEST_F(AppraisalCycleTest, FollowsWhatCameOfObjectives) {
  MakePosition("host");
  MakeScheme("source: SOURCE_OBJECTIVES_ATTAINED");
  Hire("boss", "");
  Hire("li", "boss");
  const auto project = [](const std::string& name, const std::string& results) {
    return Proto<planning::v1::Project>(absl::StrCat(
        "name: '", name,
        "' owner: 'employees/li' state: STATE_APPROVED objectives { title: 'a' target_date { year: 2021 month: 6 day: 10 } }",
        " objectives { title: 'b' target_date { year: 2021 month: 6 day: 20 } } objectives { title: 'c' target_date { year: 2021 month: 7 "
        "day: 1 } } ",
        results));
  };
  const auto result = [](int objective, bool attained, int day) {
    return absl::StrCat("objective_results { objective: ", objective, " attained: ", attained ? "true" : "false",
                        " measure_date { year: 2021 month: 6 day: ", day, " } } ");
  };
  const char kProject[] = "planning.heitie/Project";
  const auto event = [&](const std::string& name, const std::string& action, const std::string& results) {
    PlanEvent(kProject, name, action, project(name, results), clock_.Now());
  };
  event("projects/in-time", "record_objective_result", result(0, true, 10) + result(1, false, 19));
  event("projects/late", "record_objective_result", result(0, true, 11) + result(1, true, 20) + result(2, true, 20));
  event("projects/nothing", "complete", "");
  event("projects/again", "record_objective_result", result(0, true, 9));
  event("projects/again", "record_objective_result", result(0, false, 9));
  Run();
  clock_.Advance(absl::Seconds(2));
  Run();
  ASSERT_THAT(OpenMonth(2021, 6), IsOk());
  Run();
  const auto part = GetPart(Manager());
  ASSERT_THAT(part, IsOk());
  ASSERT_THAT(part->figures(), SizeIs(1));
  EXPECT_EQ(part->figures(0).numerator(), "2") << "one on the day, one on the day of the second";
  EXPECT_EQ(part->figures(0).denominator(), "8") << "those of July are none of June";
  EXPECT_THAT(part->figures(0).subjects(), testing::Contains("projects/late#1"));
}

TEST_F(AppraisalCycleTest, DividesByTheTargetOfTheMonth) {
  MakePosition("host");
  MakeScheme("source: SOURCE_METRIC metric: 'metricDefinitions/buyers' target_metric: 'buyers'");
  Hire("boss", "");
  Hire("li", "boss");
  PlanEvent(
      "planning.heitie/PlanPeriod", "planPeriods/2021-06", "create",
      Proto<planning::v1::PlanPeriod>("name: 'planPeriods/2021-06' cadence: CADENCE_MONTHLY start_date { year: 2021 month: 6 day: 1 } "
                                      "end_date { year: 2021 month: 6 day: 30 } targets { metric: 'buyers' unit: 'u' target: 2500 }"),
      clock_.Now());
  Run();
  clock_.Advance(absl::Seconds(2));
  Run();
  ASSERT_THAT(OpenMonth(2021, 6), IsOk());
  Run();
  const auto part = GetPart(Manager());
  ASSERT_THAT(part, IsOk());
  ASSERT_THAT(part->figures(), SizeIs(1));
  EXPECT_EQ(part->figures(0).numerator(), "2339");
  EXPECT_EQ(part->figures(0).base(), "2500");
  EXPECT_EQ(part->figures(0).plan_period(), "planPeriods/2021-06");
}

// Seven months with a score, an adjusted one among them, and the year's own result.
TEST_F(AppraisalCycleTest, AYearIsComposedOfItsMonthsAndGraded) {
  OpenJune();
  const auto finish = [&](const std::string& cycle, int level) {
    Run();
    ASSERT_THAT(Review(Of("li"), cycle + "/appraisals/li"), IsOk());
    ASSERT_THAT(Rate(Of("boss"), cycle + "/appraisals/li/parts/1", level), IsOk());
    ASSERT_THAT(Calibrate(cycle), IsOk());
  };
  finish(kJune, 2);
  const std::string year = "appraisalCycles/2021-year-operations";
  const auto open_year = [&] {
    return Call<AppraisalCycle>(
        "OpenAppraisalCycle", Manager(),
        Proto<v1::OpenAppraisalCycleRequest>("month { year: 2021 month: 5 day: 5 } department: 'operations' period: PERIOD_YEAR"));
  };
  watermark_ = clock_.Now();
  const auto opened = open_year();
  ASSERT_THAT(opened, IsOk());
  EXPECT_EQ(opened->name(), year);
  EXPECT_EQ(time::ToDay(opened->month()), CivilDay(2021, 1, 1));
  EXPECT_EQ(opened->working_days(), 261);
  finish(year, 2);
  EXPECT_TRUE(Asked(CivilDay(2021, 1, 1), CivilDay(2021, 12, 31)));
  EXPECT_THAT(Close(year), HasReason("MONTHS_OPEN"));
  ASSERT_THAT(Close(), IsOk());
  for (int month = 7; month <= 12; ++month) {
    ASSERT_THAT(OpenMonth(2021, month), IsOk());
    const std::string cycle = absl::StrCat("appraisalCycles/2021-", month < 10 ? "0" : "", month, "-operations");
    finish(cycle, month == 12 ? 1 : 2);
    ASSERT_THAT(Close(cycle), IsOk());
  }
  const auto adjust = [&](const std::string& sheet, int points) {
    const auto proposed =
        Call<AppraisalAdjustment>("CreateAppraisalAdjustment", Manager(),
                                  Proto<v1::CreateAppraisalAdjustmentRequest>(
                                      absl::StrCat("parent: '", sheet, "' appraisal_adjustment { new_points: ", points, " reason: 'r' }")));
    EXPECT_THAT(proposed, IsOk());
    return Call<AppraisalAdjustment>(
        "DecideAppraisalAdjustment", Of("boss", options::v1::ROLE_OPERATIONS_MANAGER),
        Proto<v1::DecideAppraisalAdjustmentRequest>(absl::StrCat("name: '", proposed->name(), "' approved: true")));
  };
  const auto before = adjust(kLi, 9000);
  ASSERT_THAT(before, IsOk());
  EXPECT_EQ(before->affected_year(), "");
  ASSERT_THAT(Close(year), IsOk());
  const auto sheet = GetSheet(Of("li"), year + "/appraisals/li");
  ASSERT_THAT(sheet, IsOk());
  ASSERT_THAT(sheet->months(), SizeIs(12));
  EXPECT_EQ(sheet->months(0).cause(), v1::AppraisalMonth::CAUSE_NO_CYCLE);
  EXPECT_EQ(sheet->months(5).points(), 9000);
  EXPECT_EQ(sheet->months(6).points(), 8148);
  EXPECT_EQ(sheet->months(11).points(), 6348);
  EXPECT_EQ(sheet->own_points(), 8148);
  // 6000 · (9000 + 5 · 8148 + 6348) / 7 + 4000 · 8148, in 10,000.
  EXPECT_EQ(sheet->points(), 8067);
  EXPECT_EQ(sheet->grade(), "A");
  EXPECT_EQ(sheet->rank(), 0) << "a group of one has no quotas";
  const std::string stored = Dump("appraisalCycles/2021-");
  const auto after = adjust(absl::StrCat("appraisalCycles/2021-07-operations/appraisals/li"), 1000);
  ASSERT_THAT(after, IsOk());
  EXPECT_EQ(after->affected_year(), year);
  EXPECT_EQ(Dump("appraisalCycles/2021-"), stored);
  EXPECT_EQ(GetSheet(Of("li"), year + "/appraisals/li")->points(), 8067);
  // An objection to a month of the closed year leads there as well.
  const std::string august = "appraisalCycles/2021-08-operations/appraisals/li";
  ASSERT_THAT(
      Call<AppraisalObjection>("CreateAppraisalObjection", Of("li"),
                               Proto<v1::CreateAppraisalObjectionRequest>(absl::StrCat(
                                   "parent: '", august, "' appraisal_objection_id: 'mine' appraisal_objection { reason: 'too little' }"))),
      IsOk());
  ASSERT_THAT(Call<AppraisalObjection>("AnswerAppraisalObjection", Manager(),
                                       Proto<v1::AnswerAppraisalObjectionRequest>(
                                           absl::StrCat("name: '", august, "/objections/mine' upheld: true answer: 'yes'"))),
              IsOk());
  const auto upheld = adjust(august, 9500);
  ASSERT_THAT(upheld, IsOk());
  EXPECT_EQ(upheld->affected_year(), year);
  const auto listed = Call<v1::ListAppraisalAdjustmentsResponse>(
      "ListAppraisalAdjustments", Manager(),
      Proto<v1::ListAppraisalAdjustmentsRequest>(absl::StrCat("parent: '", august, "' filter: 'affected_year = \"", year, "\"'")));
  ASSERT_THAT(listed, IsOk());
  EXPECT_THAT(listed->appraisal_adjustments(), SizeIs(1));
  EXPECT_EQ(adjust(year + "/appraisals/li", 8100)->affected_year(), "") << "the year itself";
  EXPECT_EQ(Dump("appraisalCycles/2021-"), stored);
  const auto verified = Verify(year);
  ASSERT_THAT(verified, IsOk());
  EXPECT_TRUE(verified->intact());
  EXPECT_EQ(verified->deviation_count(), 0);
}

// Of ratings that come while the cycle is calibrated, each is in the digest or refused.
TEST_F(AppraisalCycleTest, ARatingThatComesWithTheCalibrationIsInOrOut) {
  OpenJune();
  ASSERT_THAT(Review(Of("li")), IsOk());
  ASSERT_THAT(Rate(Of("boss"), kLiPart, 1), IsOk());
  absl::Status rated, calibrated;
  std::barrier begin(2);
  {
    std::jthread rater([&] {
      begin.arrive_and_wait();
      rated = Rate(Of("boss"), kLiPart, 2).status();
    });
    std::jthread manager([&] {
      begin.arrive_and_wait();
      calibrated = Calibrate().status();
    });
  }
  ASSERT_TRUE(calibrated.ok()) << calibrated;
  ASSERT_TRUE(rated.ok() || status::ReasonOf(rated) == "CYCLE_NOT_OPEN") << rated;
  ASSERT_THAT(Close(), IsOk());
  EXPECT_EQ(GetSheet(Of("li"))->points(), rated.ok() ? 8148 : 6348);
  EXPECT_TRUE(Verify()->intact());
}

}  // namespace
}  // namespace heitie::personnel
