// Quality as a whole: checks run, what fails is found once, inspections are filled, answered and signed.
#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/test/fixture.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "heitie/metrics/v1/event_schema.pb.h"
#include "heitie/metrics/v1/ingestion.pb.h"
#include "heitie/metrics/v1/watermark.pb.h"
#include "heitie/options/v1/access.pb.h"
#include "heitie/type/v1/event.pb.h"
#include "services/metrics/engine/fold.h"
#include "services/metrics/quality/chapter.h"
#include "services/metrics/service.h"

namespace heitie::metrics {
namespace {

using heitie::test::HasReason;
using heitie::test::HasViolations;
using heitie::test::IsOk;
using heitie::test::Proto;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using v1::Inspection;
using v1::QualityCheck;
using v1::QualityFinding;
using v1::QualityResult;

class QualityTest : public heitie::test::ServiceTest<Service> {
 protected:
  QualityTest() : ServiceTest("metrics") { clock_.Set(Day(5) + absl::Hours(9)); }  // a Monday

  // The beginning of a day of January 2026 in Taipei.
  static absl::Time Day(int day) { return absl::FromCivil(absl::CivilDay(2026, 1, day), service::DefaultTimeZone()); }
  rpc::Call Engineer() const { return heitie::test::By("employees/engineer", {options::v1::ROLE_PLATFORM_ENGINEER}, clock_.Now()); }
  rpc::Call Person(const std::string& id) const {
    return heitie::test::By("employees/" + id, {options::v1::ROLE_OPERATIONS_SPECIALIST}, clock_.Now());
  }
  template <typename T>
  static T Must(absl::StatusOr<T> result) {
    EXPECT_THAT(result, IsOk());
    return result.ok() ? *std::move(result) : T();
  }

  void Ingest(int64_t sequence, absl::Time time, int count, const std::string& more = "", const std::string& producer = "shop") {
    v1::IngestEventsRequest request;
    request.set_producer("producers/" + producer);
    request.set_sequence(sequence);
    for (int i = 0; i < count; ++i) {
      v1::Event& event = *request.add_events();
      event = Proto<v1::Event>("event_name: 'purchase' " + more);
      event.set_user(absl::StrCat("u", i));
      if (event.event_id().empty()) event.set_event_id(absl::StrCat("e", sequence, "-", i));
      *event.mutable_occur_time() = time::ToTimestamp(time);
    }
    Must(Call<v1::IngestEventsResponse>("IngestEvents", Analyst(), request));
  }

  static constexpr char kCommon[] =
      " display_name: 'A check' day_count: 1 owner: 'employees/owner' finding_working_days: 2 "
      "recurrence { pattern: PATTERN_MINUTES minutes: 10 }";
  absl::StatusOr<QualityCheck> Draft(const std::string& id, const std::string& text) {
    return Call<QualityCheck>(
        "CreateQualityCheck", Analyst(),
        Proto<v1::CreateQualityCheckRequest>(absl::StrCat("quality_check_id: '", id, "' quality_check { ", text, kCommon, " }")));
  }
  absl::StatusOr<QualityCheck> Activate(const std::string& id) {
    return Call<QualityCheck>("ActivateQualityCheck", Analyst(),
                              Proto<v1::ActivateQualityCheckRequest>("name: 'qualityChecks/" + id + "'"));
  }
  absl::StatusOr<QualityResult> Run(const std::string& id, const rpc::Call* call = nullptr) {
    return Call<QualityResult>("RunQualityCheck", call == nullptr ? Analyst() : *call,
                               Proto<v1::RunQualityCheckRequest>("name: 'qualityChecks/" + id + "'"));
  }
  // What a run of a draft with this criterion says.
  QualityResult Try(const std::string& text) {
    const std::string id = absl::StrCat("try", ++tried_);
    EXPECT_THAT(Draft(id, text), IsOk());
    return Must(Call<QualityResult>("TryQualityCheck", Engineer(), Proto<v1::TryQualityCheckRequest>("name: 'qualityChecks/" + id + "'")));
  }
  std::vector<QualityFinding> Findings() {
    const auto listed = Must(Call<v1::ListQualityFindingsResponse>("ListQualityFindings", Analyst(), v1::ListQualityFindingsRequest()));
    return {listed.quality_findings().begin(), listed.quality_findings().end()};
  }
  std::vector<QualityResult> Results(const std::string& id) {
    const auto listed = Must(Call<v1::ListQualityResultsResponse>(
        "ListQualityResults", Analyst(), Proto<v1::ListQualityResultsRequest>("parent: 'qualityChecks/" + id + "' page_size: 1000")));
    return {listed.quality_results().begin(), listed.quality_results().end()};
  }
  std::vector<std::string> ActionsOf(const std::string& name) {
    type::v1::ListEventsRequest request;
    request.set_subject(name);
    std::vector<std::string> actions;
    const auto listed = Must(Call<type::v1::ListEventsResponse>("ListEvents", Analyst(), request));
    for (const auto& event : listed.events()) actions.push_back(event.action());
    return actions;
  }
  absl::StatusOr<QualityFinding> Close(const std::string& name, const rpc::Call& call) {
    return Call<QualityFinding>("CloseQualityFinding", call,
                                Proto<v1::CloseQualityFindingRequest>("name: '" + name + "' done: 'Sent again'"));
  }
  static double ValueOf(const QualityResult& result, const std::string& figure) {
    for (const auto& evidence : result.evidence()) {
      if (evidence.figure() == figure) return evidence.has_value() ? evidence.value() : static_cast<double>(evidence.count());
    }
    ADD_FAILURE() << "no " << figure << " in " << result.DebugString();
    return 0;
  }
  void At(absl::Time time) {
    clock_.Set(time);
    for (int i = 0; i < 3; ++i) ASSERT_THAT(jobs_.RunDue(), IsOk());
  }

  int tried_ = 0;
};

TEST_F(QualityTest, EveryBadFieldAtOnce) {
  EXPECT_THAT(Call<QualityCheck>("CreateQualityCheck", Analyst(),
                                 Proto<v1::CreateQualityCheckRequest>(
                                     R"pb(quality_check_id: 'bad'
                                          quality_check {
                                            display_name: 'Bad'
                                            day_count: 1
                                            owner: 'employees/owner'
                                            finding_working_days: 1
                                            criterion { range {} }
                                            producer: 'producers/shop'
                                            recurrence { pattern: PATTERN_DAY minutes: 7 }
                                          })pb")),
              HasViolations("quality_check.criterion QUALITY_BOUNDS", "quality_check.event_name QUALITY_SUBJECT",
                            "quality_check.producer QUALITY_SUBJECT", "quality_check.recurrence.minutes BAD_RECURRENCE",
                            "quality_check.recurrence.time_of_day BAD_RECURRENCE"));
}

TEST_F(QualityTest, AnEpisodeIsOneFindingAndComesBackUntilItIsTrue) {
  ASSERT_THAT(Draft("gaps", "criterion { sequences {} }"), IsOk());
  Ingest(1, Day(5), 1);
  EXPECT_EQ(Must(Run("gaps")).outcome(), QualityResult::OUTCOME_PASSED);
  EXPECT_THAT(Findings(), IsEmpty());
  Ingest(3, Day(5), 1);
  const QualityResult failed = Must(Run("gaps"));
  EXPECT_EQ(failed.outcome(), QualityResult::OUTCOME_FAILED);
  EXPECT_EQ(ValueOf(failed, "missing_batches"), 1);
  clock_.Set(clock_.Now() + absl::Minutes(1));
  const QualityResult again = Must(Run("gaps"));
  ASSERT_THAT(Findings(), SizeIs(1));
  QualityFinding finding = Findings().front();
  EXPECT_EQ(finding.owner(), "employees/owner");
  EXPECT_EQ(time::ToDay(finding.due_date()), absl::CivilDay(2026, 1, 7));
  EXPECT_EQ(finding.failure_count(), 2);
  EXPECT_EQ(finding.first_result(), failed.name());
  EXPECT_EQ(finding.last_result(), again.name());

  EXPECT_THAT(Close(finding.name(), Person("somebody")), HasReason("NOT_YOUR_FINDING"));
  EXPECT_THAT(Close(finding.name(), Person("owner")), IsOk());
  EXPECT_THAT(Close(finding.name(), Person("owner")), HasReason("ILLEGAL_TRANSITION"));
  clock_.Set(clock_.Now() + absl::Hours(24));
  Must(Run("gaps"));
  finding = Findings().front();
  EXPECT_EQ(finding.state(), QualityFinding::STATE_OPEN) << "it was not true";
  EXPECT_EQ(time::ToDay(finding.due_date()), absl::CivilDay(2026, 1, 8));
  EXPECT_EQ(finding.done(), "Sent again");

  Ingest(2, Day(5), 1);
  Must(Run("gaps"));
  finding = Findings().front();
  EXPECT_EQ(finding.state(), QualityFinding::STATE_OPEN) << "what was done is still to be said";
  EXPECT_EQ(time::ToTime(finding.recover_time()), clock_.Now());
  EXPECT_THAT(Close(finding.name(), Person("owner")), IsOk());
  EXPECT_THAT(ActionsOf(finding.name()), ElementsAre("open", "fail_again", "close", "reopen", "recover", "close"));

  Ingest(9, Day(5), 1);
  Must(Run("gaps"));
  EXPECT_THAT(Findings(), SizeIs(2)) << "another episode";
  EXPECT_THAT(Results("gaps"), SizeIs(6));
}

TEST_F(QualityTest, TotalsSharesAndDuplicates) {
  ASSERT_THAT(Call<v1::EventSchema>("CreateEventSchema", Analyst(), Proto<v1::CreateEventSchemaRequest>(R"pb(
                                      event_schema_id: "purchase"
                                      event_schema {
                                        event_name: "purchase"
                                        identity: IDENTITY_EVENT_ID
                                        properties { key: "channel" place: PLACE_DIMENSION required: true }
                                        properties { key: "size" place: PLACE_PROPERTY type: TYPE_INTEGER }
                                        rules { reason: REASON_PROPERTY_TYPE action: ACTION_OBSERVE }
                                      })pb")),
              IsOk());
  ASSERT_THAT(Call<v1::EventSchema>("ActivateEventSchema", Analyst(),
                                    Proto<v1::ActivateEventSchemaRequest>("name: 'eventSchemas/purchase' reason: 'Agreed'")),
              IsOk());
  const std::string good = "dimensions { key: 'channel' value: 'web' } value_minor: 5 ";
  const std::string today = " delay_days: 0 event_name: 'purchase' ";
  EXPECT_EQ(Try(today + "criterion { control_totals {} }").cause(), QualityResult::CAUSE_NOTHING_DECLARED);
  EXPECT_EQ(Try(today + "producer: 'producers/shop' criterion { control_totals { required: true } }").outcome(),
            QualityResult::OUTCOME_FAILED);
  Ingest(1, clock_.Now(), 6, good);
  Ingest(2, clock_.Now(), 2);  // no channel: dead letters
  Ingest(3, clock_.Now(), 1, good + "event_id: 'e1'");
  Ingest(4, clock_.Now(), 1, good + "event_id: 'e1'");
  Ingest(5, clock_.Now(), 2, good + "properties { key: 'size' value: 'big' }");
  const auto declare = [&](int count, int sum) {
    ASSERT_THAT(Call<v1::DeclareControlTotalsResponse>(
                    "DeclareControlTotals", Analyst(),
                    Proto<v1::DeclareControlTotalsRequest>(absl::StrCat(
                        "name: 'producers/shop' date { year: 2026 month: 1 day: 5 } totals { event_name: 'purchase' declared_count: ",
                        count, " declared_sum_minor: ", sum, " }"))),
                IsOk());
  };
  declare(11, 45);
  EXPECT_EQ(Try(today + "criterion { control_totals {} }").outcome(), QualityResult::OUTCOME_PASSED);
  declare(11, 46);
  const QualityResult totals = Try(today + "criterion { control_totals {} }");
  EXPECT_EQ(totals.outcome(), QualityResult::OUTCOME_FAILED);
  EXPECT_EQ(totals.evidence(0).figure(), "sum_minor");
  EXPECT_EQ(totals.evidence(0).count(), 45);
  EXPECT_EQ(totals.evidence(0).expected_count(), 46);
  EXPECT_EQ(totals.evidence(0).subject(), "producers/shop events/purchase 2026-01-05");

  const QualityResult validity = Try(today + "criterion { validity { most_quarantined: 0.1 least_rows: 5 } }");
  EXPECT_EQ(validity.outcome(), QualityResult::OUTCOME_FAILED);
  EXPECT_EQ(ValueOf(validity, "quarantined_share"), 2.0 / 12);
  EXPECT_EQ(Try(today + "criterion { validity { most_quarantined: 0.2 least_rows: 13 } }").cause(), QualityResult::CAUSE_TOO_FEW_ROWS);
  EXPECT_EQ(ValueOf(Try(today + "criterion { duplicates { most_share: 0.05 least_rows: 5 } }"), "duplicate_share"), 1.0 / 12);

  // What is observed counts since the result before.
  ASSERT_THAT(Draft("seen", today + "criterion { validity { most_quarantined: 1 most_observed: 0.3 least_rows: 1 } }"), IsOk());
  EXPECT_EQ(ValueOf(Must(Run("seen")), "observed_share"), 2.0 / 9);
  clock_.Set(clock_.Now() + absl::Minutes(1));
  Ingest(6, clock_.Now(), 2, good + "properties { key: 'size' value: 'big' }");
  Ingest(7, clock_.Now(), 2, good);
  const QualityResult observed = Must(Run("seen"));
  EXPECT_EQ(ValueOf(observed, "observed_share"), 2.0 / 4);
  EXPECT_EQ(observed.outcome(), QualityResult::OUTCOME_FAILED);
}

TEST_F(QualityTest, FreshnessRangeAndVolume) {
  const std::string named = " event_name: 'purchase' ";
  EXPECT_EQ(Try(named + "criterion { freshness { most_minutes: 60 } }").outcome(), QualityResult::OUTCOME_FAILED) << "nothing ever came";
  Ingest(1, clock_.Now() - absl::Minutes(61), 3, "value_minor: 30");
  EXPECT_EQ(ValueOf(Try(named + "criterion { freshness { most_minutes: 60 } }"), "age_minutes"), 61);
  EXPECT_EQ(Try("producer: 'producers/shop' criterion { freshness { most_minutes: 60 } }").outcome(), QualityResult::OUTCOME_FAILED);
  EXPECT_EQ(Try(named + "producer: 'producers/shop' criterion { freshness { most_minutes: 61 } }").outcome(),
            QualityResult::OUTCOME_PASSED);
  EXPECT_EQ(Try(named + "producer: 'producers/other' criterion { freshness { most_minutes: 61 } }").outcome(),
            QualityResult::OUTCOME_FAILED);

  Ingest(2, clock_.Now(), 1, "value: 99.5");
  Ingest(3, clock_.Now(), 4);
  const std::string today = named + "delay_days: 0 ";
  EXPECT_EQ(ValueOf(Try(today + "criterion { range { lower: 30 upper: 99 } }"), "outside_share"), 0.25);
  EXPECT_EQ(Try(today + "criterion { range { lower: 30 upper: 99 most_outside: 0.25 } }").outcome(), QualityResult::OUTCOME_PASSED);
  EXPECT_EQ(ValueOf(Try(today + "criterion { range { lower: 31 } }"), "outside_rows"), 3);
  EXPECT_EQ(Try("delay_days: 3 " + named + "criterion { range { lower: 31 } }").cause(), QualityResult::CAUSE_TOO_FEW_ROWS);

  // Mondays before: 10, 12, none at all, 11; the one in question has 8 already.
  const std::string volume = "criterion { volume { most_deviations: 3 weeks: 6 least_weeks: 4 } }";
  EXPECT_EQ(Try(today + volume).cause(), QualityResult::CAUSE_TOO_LITTLE_HISTORY);
  Ingest(4, Day(5) - absl::Hours(24 * 7) + absl::Hours(3), 10);
  Ingest(5, Day(5) - absl::Hours(24 * 14) + absl::Hours(3), 12);
  Ingest(6, Day(5) - absl::Hours(24 * 28) + absl::Hours(3), 11);
  Ingest(7, Day(5) - absl::Hours(24 * 27), 500);  // a Tuesday
  QualityResult judged = Try(today + volume);
  EXPECT_EQ(judged.outcome(), QualityResult::OUTCOME_PASSED);
  EXPECT_EQ(ValueOf(judged, "weeks"), 4);
  EXPECT_EQ(ValueOf(judged, "median"), 10.5);
  Ingest(8, clock_.Now(), 40);
  EXPECT_EQ(Try(today + volume).outcome(), QualityResult::OUTCOME_FAILED);
  EXPECT_EQ(Try(today + volume + "producer: 'producers/other'").cause(), QualityResult::CAUSE_TOO_LITTLE_HISTORY);
}

TEST_F(QualityTest, StoredFiguresAreComparedWithTheirRows) {
  Ingest(1, Day(4), 5, "value_minor: 7");
  ASSERT_THAT(FoldDay(database_.get(), absl::Now() + absl::Seconds(20), {{kEventKind, "purchase"}, absl::CivilDay(2026, 1, 4)}), IsOk());
  const QualityResult right = Try("delay_days: 1 criterion { figures {} }");
  EXPECT_EQ(right.outcome(), QualityResult::OUTCOME_PASSED);
  EXPECT_EQ(ValueOf(right, "compared_figures"), 1);
  ASSERT_THAT(database_.get().Write(absl::Now() + absl::Seconds(20),
                                    [](sql::Session& session) { return session.Execute("UPDATE day_cell SET sum_minor = 36").status(); }),
              IsOk());
  const QualityResult wrong = Try("delay_days: 1 event_name: 'purchase' criterion { figures {} }");
  EXPECT_EQ(wrong.outcome(), QualityResult::OUTCOME_FAILED);
  EXPECT_EQ(wrong.evidence(0).subject(), "events/purchase 2026-01-04");
  EXPECT_EQ(wrong.evidence(0).value(), 36);
  EXPECT_EQ(wrong.evidence(0).expected_value(), 35);
  EXPECT_EQ(Try("delay_days: 0 event_name: 'purchase' criterion { figures {} }").evidence_size(), 0);
  auto verified = Call<v1::VerifyFiguresResponse>(
      "VerifyFigures", Engineer(),
      Proto<v1::VerifyFiguresRequest>(
          "reason: 'restored' start_date { year: 2026 month: 1 day: 4 } end_date { year: 2026 month: 1 day: 5 }"));
  EXPECT_EQ(Must(verified).outcome(), QualityResult::OUTCOME_FAILED);
  EXPECT_THAT(Call<v1::VerifyFiguresResponse>(
                  "VerifyFigures", Engineer(),
                  Proto<v1::VerifyFiguresRequest>("event_name: 'a' measurement_name: 'b' start_date { year: 2026 month: 1 day: 4 } "
                                                  "end_date { year: 2026 month: 2 day: 5 }")),
              HasViolations("end_date BAD_DATE_RANGE", "event_name BAD_METRIC_SOURCE"));
  ASSERT_THAT(database_.get().Write(absl::Now() + absl::Seconds(20),
                                    [](sql::Session& session) {
                                      return session
                                          .Execute(
                                              "INSERT INTO series (kind, name, version, point_count, raw_since) VALUES ('EVENT', "
                                              "'purchase', 0, 0, '2026-01-05') ON DUPLICATE KEY UPDATE raw_since = '2026-01-05'")
                                          .status();
                                    }),
              IsOk());
  EXPECT_EQ(Try("delay_days: 1 criterion { figures {} }").cause(), QualityResult::CAUSE_ROWS_EXPIRED);
  EXPECT_EQ(Try("delay_days: 1 event_name: 'purchase' criterion { range { lower: 1 } }").cause(), QualityResult::CAUSE_ROWS_EXPIRED);
}

TEST_F(QualityTest, AnActiveCheckRunsByItsRecurrence) {
  Ingest(1, Day(5), 1);
  ASSERT_THAT(Draft("gaps", "criterion { sequences {} }"), IsOk());
  ASSERT_THAT(Activate("gaps"), IsOk());
  EXPECT_THAT(Call<QualityCheck>("UpdateQualityCheck", Analyst(),
                                 Proto<v1::UpdateQualityCheckRequest>(
                                     "quality_check { name: 'qualityChecks/gaps' day_count: 2 } update_mask { paths: 'day_count' }")),
              HasReason("QUALITY_IN_USE"));
  At(Day(5) + absl::Hours(9) + absl::Minutes(9));
  EXPECT_THAT(Results("gaps"), IsEmpty());
  At(Day(5) + absl::Hours(9) + absl::Minutes(10));
  ASSERT_THAT(Results("gaps"), SizeIs(1));
  EXPECT_EQ(Results("gaps").front().creator(), "services/metrics");
  EXPECT_EQ(Results("gaps").front().name(), "qualityChecks/gaps/results/20260105t011000-due");
  At(Day(5) + absl::Hours(9) + absl::Minutes(45));
  EXPECT_THAT(Results("gaps"), SizeIs(2)) << "one run makes up for those that were missed";
  ASSERT_THAT(Call<QualityCheck>("PauseQualityCheck", Analyst(),
                                 Proto<v1::PauseQualityCheckRequest>("name: 'qualityChecks/gaps' reason: 'The shop moves'")),
              IsOk());
  At(Day(5) + absl::Hours(11));
  EXPECT_THAT(Results("gaps"), SizeIs(2));
  ASSERT_THAT(Activate("gaps"), IsOk());
  At(Day(5) + absl::Hours(12));
  EXPECT_THAT(Results("gaps"), SizeIs(3));
  ASSERT_THAT(Call<QualityCheck>("RetireQualityCheck", Analyst(),
                                 Proto<v1::RetireQualityCheckRequest>("name: 'qualityChecks/gaps' reason: 'The shop is gone'")),
              IsOk());
  EXPECT_THAT(Run("gaps"), HasReason("QUALITY_CHECK_RETIRED"));
}

// Two replicas whose runs of one time meet leave one result and one finding.
TEST_F(QualityTest, ARunThatIsMadeTwiceCountsOnce) {
  Ingest(2, Day(5), 1);
  const QualityCheck check = Must(Draft("gaps", "criterion { sequences {} }"));
  const QualityTables::QualityCalendars calendars(
      "mirrored_calendar_versions",
      [](sql::Session&, const std::string&, const sql::Values&) -> absl::StatusOr<std::vector<personnel::v1::CalendarVersion>> {
        return std::vector<personnel::v1::CalendarVersion>{Proto<personnel::v1::CalendarVersion>(R"pb(
          name: "calendars/default/versions/1"
          rules {
            time_zone: "Asia/Taipei"
            week {
              days: MONDAY
              days: TUESDAY
              days: WEDNESDAY
              days: THURSDAY
              days: FRIDAY
              windows { open: "09:00" close: "18:00" }
            }
          })pb")};
      });
  struct Replica {
    Replica(record::Store& store, time::FakeClock& clock, people::Directory& people, const QualityTables::QualityCalendars& calendars)
        : jobs(store, clock, "services/metrics"),
          chapter(service::Context{store, clock, jobs, {}, service::DefaultTimeZone(), people}, calendars) {}
    job::Runner jobs;
    QualityChapter chapter;
  };
  std::vector<std::unique_ptr<Replica>> replicas;
  for (int i = 0; i < 4; ++i) replicas.push_back(std::make_unique<Replica>(store_, clock_, people_, calendars));
  {
    std::vector<std::jthread> threads;
    for (const auto& replica : replicas) {
      threads.emplace_back([&, chapter = &replica->chapter] {
        rpc::Call call = Analyst();
        call.deadline = absl::Now() + absl::Seconds(30);
        const QualityResult judged = Must(chapter->checks.Judge(call, check));
        EXPECT_THAT(store_.Write(call,
                                 [&](record::Transaction& tx) {
                                   return chapter->checks.Keep(tx, check, ResultId(clock_.Now(), "due"), judged).status();
                                 }),
                    IsOk());
      });
    }
  }
  EXPECT_THAT(Results("gaps"), SizeIs(1));
  ASSERT_THAT(Findings(), SizeIs(1));
  EXPECT_EQ(Findings().front().failure_count(), 1);
}

TEST_F(QualityTest, PlatformEngineersReadAndTryButDecideNothing) {
  ASSERT_THAT(Draft("gaps", "criterion { sequences {} }"), IsOk());
  const rpc::Call engineer = Engineer();
  EXPECT_THAT(Run("gaps", &engineer), HasReason("PERMISSION_DENIED"));
  EXPECT_THAT(Call<QualityResult>("TryQualityCheck", engineer, Proto<v1::TryQualityCheckRequest>("name: 'qualityChecks/gaps'")), IsOk());
  EXPECT_THAT(Results("gaps"), IsEmpty());
  EXPECT_THAT(Call<QualityResult>("TryQualityCheck", Person("somebody"), Proto<v1::TryQualityCheckRequest>("name: 'qualityChecks/gaps'")),
              HasReason("PERMISSION_DENIED"));
}

class InspectionTest : public QualityTest {
 protected:
  static constexpr char kForm[] =
      R"pb(inspection_template_id: "weekly"
           inspection_template {
             display_name: "Weekly inspection"
             inspector: "employees/inspector"
             inspection_working_days: 1
             finding_working_days: 3
             recurrence { pattern: PATTERN_WEEK day_of_week: TUESDAY time_of_day: "09:00" }
             items { key: "gaps" quality_check: "qualityChecks/gaps" }
             items { key: "backup" question: "Was a backup restored?" }
             items { key: "cables" question: "Are the cables in order?" }
           })pb";
  void Template() {
    ASSERT_THAT(Draft("gaps", "criterion { sequences {} }"), IsOk());
    ASSERT_THAT(Call<v1::InspectionTemplate>("CreateInspectionTemplate", Analyst(), Proto<v1::CreateInspectionTemplateRequest>(kForm)),
                IsOk());
    ASSERT_THAT(Call<v1::InspectionTemplate>("ActivateInspectionTemplate", Analyst(),
                                             Proto<v1::ActivateInspectionTemplateRequest>("name: 'inspectionTemplates/weekly'")),
                IsOk());
  }
  std::vector<Inspection> All() {
    const auto listed = Must(Call<v1::ListInspectionsResponse>("ListInspections", Analyst(), v1::ListInspectionsRequest()));
    return {listed.inspections().begin(), listed.inspections().end()};
  }
  absl::StatusOr<Inspection> Answer(const rpc::Call& call, const std::string& text) {
    return Call<Inspection>("AnswerInspection", call, Proto<v1::AnswerInspectionRequest>("name: '" + All().front().name() + "' " + text));
  }
  absl::StatusOr<Inspection> Complete(const rpc::Call& call) {
    return Call<Inspection>("CompleteInspection", call, Proto<v1::CompleteInspectionRequest>("name: '" + All().front().name() + "'"));
  }
  absl::StatusOr<Inspection> Sign(const rpc::Call& call) {
    return Call<Inspection>("SignInspection", call, Proto<v1::SignInspectionRequest>("name: '" + All().front().name() + "'"));
  }
};

TEST_F(InspectionTest, IsOpenedFilledAnsweredCompletedAndSigned) {
  Ingest(2, Day(5), 1);
  Template();
  At(Day(6) + absl::Hours(8));
  EXPECT_THAT(All(), IsEmpty());
  At(Day(6) + absl::Hours(9));
  ASSERT_THAT(All(), SizeIs(1));
  Inspection inspection = All().front();
  EXPECT_EQ(inspection.inspector(), "employees/inspector");
  EXPECT_EQ(time::ToDay(inspection.due_date()), absl::CivilDay(2026, 1, 7));
  EXPECT_EQ(inspection.entries(0).outcome(), QualityResult::OUTCOME_FAILED);
  ASSERT_THAT(Findings(), SizeIs(1));
  EXPECT_EQ(inspection.entries(0).finding(), Findings().front().name());
  EXPECT_EQ(Results("gaps").front().name(), inspection.entries(0).result());

  const rpc::Call inspector = Person("inspector");
  EXPECT_THAT(Complete(inspector), HasViolations("backup INSPECTION_ITEM_NOT_ANSWERED", "cables INSPECTION_ITEM_NOT_ANSWERED"));
  EXPECT_THAT(Answer(Person("somebody"), "answers { key: 'backup' verdict: VERDICT_RIGHT }"), HasReason("NOT_YOUR_INSPECTION"));
  EXPECT_THAT(Answer(inspector,
                     "answers { key: 'gaps' verdict: VERDICT_RIGHT } answers { key: 'cables' verdict: VERDICT_WRONG } "
                     "answers { key: 'cables' verdict: VERDICT_RIGHT }"),
              HasViolations("answers[0].key BAD_INSPECTION_ANSWER", "answers[1].note BAD_INSPECTION_ANSWER",
                            "answers[2].key BAD_INSPECTION_ANSWER"));
  ASSERT_THAT(Answer(inspector, "answers { key: 'backup' verdict: VERDICT_RIGHT }"), IsOk());
  ASSERT_THAT(Answer(inspector, "answers { key: 'cables' verdict: VERDICT_WRONG note: 'One is bare' finding_owner: 'employees/smith' }"),
              IsOk());
  EXPECT_THAT(Sign(Analyst()), HasReason("ILLEGAL_TRANSITION"));
  inspection = Must(Complete(inspector));
  EXPECT_EQ(inspection.completer(), "employees/inspector");
  ASSERT_THAT(Findings(), SizeIs(2));
  const auto found = Must(Call<QualityFinding>("GetQualityFinding", Analyst(),
                                               Proto<v1::GetQualityFindingRequest>("name: '" + inspection.entries(2).finding() + "'")));
  EXPECT_EQ(found.owner(), "employees/smith");
  EXPECT_EQ(found.note(), "One is bare");
  EXPECT_EQ(found.title(), "Are the cables in order?");
  EXPECT_EQ(found.inspection(), inspection.name());
  EXPECT_EQ(time::ToDay(found.due_date()), absl::CivilDay(2026, 1, 9));
  EXPECT_THAT(Sign(Manager()), HasReason("PERMISSION_DENIED"));
  EXPECT_EQ(Must(Sign(Analyst())).signer(), "employees/analyst");
  EXPECT_THAT(Answer(Analyst(), "answers { key: 'backup' verdict: VERDICT_RIGHT }"), HasReason("ILLEGAL_TRANSITION"));
  EXPECT_THAT(ActionsOf(inspection.name()), ElementsAre("open", "fill", "answer", "answer", "complete", "sign"));
  At(Day(13) + absl::Hours(9));
  EXPECT_THAT(All(), SizeIs(2));
}

TEST_F(InspectionTest, WhatIsOverdueComesBackEachDay) {
  Ingest(2, Day(5), 1);
  Template();
  At(Day(6) + absl::Hours(9));
  const std::string finding = Findings().front().name(), inspection = All().front().name();
  At(Day(7) + absl::Hours(9));
  EXPECT_THAT(ActionsOf(inspection), ElementsAre("open", "fill"));
  At(Day(8) + absl::Hours(9));
  EXPECT_THAT(ActionsOf(inspection), ElementsAre("open", "fill", "remind")) << "it was due on the 7th";
  At(Day(8) + absl::Hours(20));
  At(Day(9) + absl::Hours(9));
  EXPECT_THAT(ActionsOf(inspection), ElementsAre("open", "fill", "remind", "remind"));
  EXPECT_THAT(ActionsOf(finding), ElementsAre("open", "remind")) << "due on the 8th";
  ASSERT_THAT(
      Call<QualityFinding>("UpdateQualityFinding", Analyst(),
                           Proto<v1::UpdateQualityFindingRequest>("quality_finding { name: '" + finding +
                                                                  "' owner: 'employees/smith' due_date { year: 2026 month: 1 day: 12 } } "
                                                                  "update_mask { paths: 'owner' paths: 'due_date' }")),
      IsOk());
  ASSERT_THAT(Call<Inspection>("CancelInspection", Analyst(),
                               Proto<v1::CancelInspectionRequest>("name: '" + inspection + "' reason: 'The shop is closed'")),
              IsOk());
  At(Day(12) + absl::Hours(9));
  EXPECT_THAT(ActionsOf(finding), ElementsAre("open", "remind", "update"));
  At(Day(13) + absl::Hours(8));
  EXPECT_THAT(ActionsOf(finding), ElementsAre("open", "remind", "update", "remind"));
  EXPECT_THAT(ActionsOf(inspection), ElementsAre("open", "fill", "remind", "remind", "cancel"));
}

TEST_F(InspectionTest, ATemplateSaysWhatCanBeInspected) {
  ASSERT_THAT(Draft("gaps", "criterion { sequences {} }"), IsOk());
  auto request = Proto<v1::CreateInspectionTemplateRequest>(kForm);
  request.mutable_inspection_template()->mutable_items(2)->set_key("backup");
  request.mutable_inspection_template()->mutable_items(2)->clear_question();
  request.mutable_inspection_template()->add_items()->set_key("none");
  request.mutable_inspection_template()->mutable_items(3)->set_quality_check("qualityChecks/none");
  EXPECT_THAT(Call<v1::InspectionTemplate>("CreateInspectionTemplate", Analyst(), request),
              HasViolations("inspection_template.items[2].key BAD_INSPECTION_ITEM", "inspection_template.items[2] BAD_INSPECTION_ITEM",
                            "inspection_template.items[3].quality_check UNKNOWN_QUALITY_CHECK"));
}

// A check that was retired meanwhile leaves its item without a verdict, and the inspection can be completed.
TEST_F(InspectionTest, ARetiredCheckFillsNothing) {
  Template();
  ASSERT_THAT(Call<QualityCheck>("RetireQualityCheck", Analyst(),
                                 Proto<v1::RetireQualityCheckRequest>("name: 'qualityChecks/gaps' reason: 'Not needed'")),
              IsOk());
  ASSERT_THAT(
      Call<Inspection>("OpenInspection", Analyst(), Proto<v1::OpenInspectionRequest>("inspection_template: 'inspectionTemplates/weekly'")),
      IsOk());
  ASSERT_THAT(
      Call<Inspection>("OpenInspection", Analyst(), Proto<v1::OpenInspectionRequest>("inspection_template: 'inspectionTemplates/weekly'")),
      IsOk());
  At(clock_.Now());
  ASSERT_THAT(All(), SizeIs(2)) << "one for each time that somebody opens one";
  for (const Inspection& inspection : All()) {
    EXPECT_EQ(inspection.entries(0).outcome(), QualityResult::OUTCOME_UNDECIDED);
    EXPECT_EQ(inspection.entries(0).result(), "");
  }
}

}  // namespace
}  // namespace heitie::metrics
