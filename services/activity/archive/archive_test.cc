#include "services/activity/archive/archive.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/text/markdown.h"
#include "google/protobuf/empty.pb.h"
#include "heitie/activity/v1/comparison.pb.h"
#include "services/activity/preparation/activity_fixture.h"

namespace heitie::activity {
namespace {

using test::HasReason;
using test::HasViolation;
using test::HasViolations;
using test::IsOk;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using v1::Activity;
using v1::ActivityArchive;
using v1::ActivityDocument;

class ArchiveTest : public ActivityTest {
 protected:
  ArchiveTest() {
    clients_["metrics"].On<metrics::v1::ComputeActivityFiguresRequest, metrics::v1::ComputeActivityFiguresResponse>(
        "heitie.metrics.v1.AnalysisService/ComputeActivityFigures",
        [this](const rpc::Call& call,
               const metrics::v1::ComputeActivityFiguresRequest& request) -> absl::StatusOr<metrics::v1::ComputeActivityFiguresResponse> {
          if (!hourly_trouble_.ok()) return hourly_trouble_;
          metrics::v1::ComputeActivityFiguresResponse response;
          for (const auto& window : request.windows()) {
            auto& figures = *response.add_windows();
            *figures.mutable_start_time() = window.start_time();
            *figures.mutable_end_time() = window.end_time();
            figures.mutable_counters()->set_clicks(hourly_clicks_);
            *figures.mutable_counters()->mutable_compute_time() = time::ToTimestamp(call.now);
          }
          return response;
        });
  }

  // Three and a half hours long; its clicks miss their target.
  std::string Reviewed(const std::string& id = "spring") {
    const std::string name = Live(id);
    clock_.Advance(absl::Minutes(210));
    EXPECT_THAT(Call<Activity>("EndActivity", Specialist(), Named<v1::EndActivityRequest>(name)), IsOk());
    world_.counters.set_clicks(40);
    auto request = test::Proto<v1::CreateReportRequest>(R"pb(report { summary: "It went well" }
                                                             report_id: "r")pb");
    request.set_parent(name);
    EXPECT_THAT(Call<v1::Report>("CreateReport", Analyst(), request), IsOk());
    return name;
  }
  v1::ArchiveActivityRequest Explained(const std::string& name) {
    auto request = Named<v1::ArchiveActivityRequest>(name);
    auto& word = *request.add_explanations();
    word.set_measure(v1::Target::MEASURE_CLICKS);
    word.set_explanation("It rained");
    return request;
  }
  absl::StatusOr<Activity> Archive(const v1::ArchiveActivityRequest& request) {
    return Call<Activity>("ArchiveActivity", Manager(), request);
  }
  absl::StatusOr<ActivityDocument> Note(const std::string& activity, const std::string& id = "poster") {
    auto request = test::Proto<v1::CreateActivityDocumentRequest>(
        R"pb(activity_document { title: "Poster" media_type: "application/pdf" size_bytes: 12 place: "shelf 3" })pb");
    request.mutable_activity_document()->set_sha256(std::string(64, 'a'));
    request.set_parent(activity);
    request.set_activity_document_id(id);
    return Call<ActivityDocument>("CreateActivityDocument", Specialist(), request);
  }
  ActivityArchive ArchiveOf(const std::string& activity) {
    v1::GetActivityArchiveRequest request;
    request.set_name(activity + "/archives/final");
    const auto found = Call<ActivityArchive>("GetActivityArchive", Analyst(), request);
    EXPECT_THAT(found, IsOk());
    return found.value_or(ActivityArchive());
  }
  absl::StatusOr<v1::ArchivePart> Part(const std::string& activity, const std::string& part) {
    v1::ReadArchivePartRequest request;
    request.set_name(activity + "/archives/final");
    request.set_part(part);
    return Call<v1::ArchivePart>("ReadArchivePart", Analyst(), request);
  }
  v1::VerifyArchiveResponse Verify(const std::string& activity) {
    v1::VerifyArchiveRequest request;
    request.set_name(activity + "/archives/final");
    return Call<v1::VerifyArchiveResponse>("VerifyArchive", Analyst(), request).value();
  }
  v1::CompareArchiveResponse CompareNow(const std::string& activity) {
    v1::CompareArchiveRequest request;
    request.set_name(activity + "/archives/final");
    return Call<v1::CompareArchiveResponse>("CompareArchive", Analyst(), request).value();
  }
  void Execute(const std::string& statement) {
    ASSERT_THAT(
        database_.get().Read(absl::Now() + absl::Seconds(20), [&](sql::Session& session) { return session.Execute(statement).status(); }),
        IsOk());
  }

  absl::Status hourly_trouble_;
  int64_t hourly_clicks_ = 3;
};

TEST_F(ArchiveTest, HoldsDataAndDocumentsWithTheirDigests) {
  const std::string name = Reviewed();
  ASSERT_THAT(Note(name), IsOk());
  const auto archived = Archive(Explained(name));
  ASSERT_THAT(archived, IsOk());
  EXPECT_EQ(archived->state(), Activity::STATE_ARCHIVED);
  const ActivityArchive archive = ArchiveOf(name);
  EXPECT_EQ(archive.creator(), "employees/manager");
  EXPECT_EQ(archive.explanations(0).explanation(), "It rained");
  EXPECT_EQ(archive.manifest_digest(), DigestOf(archive.manifest()));
  std::vector<std::string> ids;
  for (const auto& entry : archive.manifest()) ids.push_back(entry.id());
  for (const std::string& id : {name + "/documents/poster", std::string("activity"), std::string("countersByHour"), std::string("figures"),
                                std::string("launches"), std::string("preparationItems"), std::string("reports")}) {
    EXPECT_THAT(ids, Contains(id));
  }
  const auto hours = Part(name, "countersByHour");
  ASSERT_THAT(hours, IsOk());
  EXPECT_EQ(hours->sha256(), text::Sha256Hex(hours->content()));
  EXPECT_THAT(hours->content(), HasSubstr("\"2026-01-01T03:00:00Z\",\"endTime\":\"2026-01-01T04:00:00Z\""));
  EXPECT_THAT(hours->content(), Not(HasSubstr("2026-01-01T05:00:00Z")));
  EXPECT_THAT(Part(name, "activity")->content(), HasSubstr("STATE_ARCHIVED"));
  EXPECT_THAT(Part(name, "reports")->content(), HasSubstr("It went well"));
  EXPECT_EQ(Part(name, "nothing").status().code(), absl::StatusCode::kNotFound);
  EXPECT_TRUE(Verify(name).intact());
  EXPECT_THAT(CompareNow(name).parts(), IsEmpty());
}

TEST_F(ArchiveTest, WantsAWordOnEachMissedTarget) {
  const std::string name = Reviewed();
  const auto refused = Archive(Named<v1::ArchiveActivityRequest>(name));
  EXPECT_THAT(refused, HasReason("MISSES_UNEXPLAINED"));
  EXPECT_THAT(refused, HasViolation("CLICKS", "MISS_UNEXPLAINED"));
  auto wrong = Explained(name);
  wrong.mutable_explanations(0)->set_measure(v1::Target::MEASURE_COST);
  EXPECT_THAT(Archive(wrong), HasViolations("explanations[0] TARGET_NOT_MISSED"));
  EXPECT_EQ(Get(name).state(), Activity::STATE_REVIEWED);
  EXPECT_THAT(Archive(Explained(name)), IsOk());
  EXPECT_THAT(Archive(Explained(name)), HasReason("ILLEGAL_TRANSITION"));
}

TEST_F(ArchiveTest, VerificationFindsWhatWasTouched) {
  const std::string name = Reviewed();
  ASSERT_THAT(Archive(Explained(name)), IsOk());
  Execute("UPDATE archive_parts SET content = REPLACE(content, 'It went well', 'It went badly') WHERE part = 'reports'");
  Execute("DELETE FROM archive_parts WHERE part = 'launches'");
  const v1::VerifyArchiveResponse verified = Verify(name);
  EXPECT_FALSE(verified.intact());
  EXPECT_EQ(verified.manifest_digest(), verified.found_manifest_digest());
  for (const v1::VerifiedPart& part : verified.parts()) {
    EXPECT_EQ(part.intact(), part.part() != "reports" && part.part() != "launches") << part.part();
  }
}

TEST_F(ArchiveTest, AComparisonShowsWhatLateEventsChanged) {
  const std::string name = Reviewed();
  ASSERT_THAT(Archive(Explained(name)), IsOk());
  const std::string before = Part(name, "figures")->content();
  world_.counters.set_clicks(41);
  hourly_clicks_ = 4;
  const v1::CompareArchiveResponse compared = CompareNow(name);
  ASSERT_EQ(compared.parts_size(), 2);
  EXPECT_EQ(compared.parts(0).part(), "countersByHour");
  EXPECT_EQ(compared.parts(0).differences(0).pointer(), "/0/counters/clicks");
  EXPECT_EQ(compared.parts(0).differences(0).archived(), "\"3\"");
  EXPECT_EQ(compared.parts(0).differences(0).current(), "\"4\"");
  EXPECT_EQ(compared.parts(1).part(), "figures");
  EXPECT_THAT(compared.parts(1).Utf8DebugString(), HasSubstr("pointer: \"/counters/clicks\""));
  EXPECT_EQ(Part(name, "figures")->content(), before) << "nothing archived changes";
  hourly_trouble_ = absl::FailedPreconditionError("RAW_EXPIRED");
  EXPECT_EQ(CompareNow(name).parts_size(), 1) << "what cannot be told any more differs in nothing";
}

TEST_F(ArchiveTest, IsMadeWithAllFiguresOrNotAtAll) {
  const std::string name = Reviewed();
  world_.trouble = [](const std::string& method, FakeWorld::Moment) {
    return method == "GetActivityCounters" ? absl::UnavailableError("down") : absl::OkStatus();
  };
  EXPECT_THAT(Archive(Explained(name)), HasReason("FIGURES_MISSING"));
  world_.trouble = nullptr;
  hourly_trouble_ = absl::UnavailableError("down");
  EXPECT_THAT(Archive(Explained(name)), HasReason("FIGURES_MISSING"));
  hourly_trouble_ = absl::FailedPreconditionError("RAW_EXPIRED");
  EXPECT_THAT(Archive(Explained(name)), IsOk()) << "rows of long ago are no longer kept";
}

TEST_F(ArchiveTest, DocumentsAreNotedUntilThen) {
  const std::string name = Reviewed();
  ASSERT_THAT(Note(name), IsOk());
  ASSERT_THAT(Note(name, "wrong"), IsOk());
  auto remove = Named<v1::DeleteActivityDocumentRequest>(name + "/documents/wrong");
  EXPECT_THAT(Call<google::protobuf::Empty>("DeleteActivityDocument", Specialist(), remove), IsOk());
  ASSERT_THAT(Archive(Explained(name)), IsOk());
  EXPECT_THAT(Note(name, "late"), HasReason("ACTIVITY_ARCHIVED"));
  remove.set_name(name + "/documents/poster");
  EXPECT_THAT(Call<google::protobuf::Empty>("DeleteActivityDocument", Specialist(), remove), HasReason("ACTIVITY_ARCHIVED"));
}

TEST_F(ArchiveTest, ReviewedActivitiesAreComparedByTheirReports) {
  world_.stock = 1000;
  const std::string first = Reviewed();
  v1::CompareActivitiesRequest request;
  request.add_activities(first);
  EXPECT_THAT(Call<v1::CompareActivitiesResponse>("CompareActivities", Analyst(), request), HasReason("INVALID_FIELDS"));
  request.add_activities(Live("second"));
  EXPECT_THAT(Call<v1::CompareActivitiesResponse>("CompareActivities", Analyst(), request), HasReason("NOT_REVIEWED"));
  request.set_activities(1, "activities/none");
  EXPECT_EQ(Call<v1::CompareActivitiesResponse>("CompareActivities", Analyst(), request).status().code(), absl::StatusCode::kNotFound);
  const std::string third = Reviewed("third");
  request.set_activities(1, third);
  const auto compared = Call<v1::CompareActivitiesResponse>("CompareActivities", Analyst(), request);
  ASSERT_THAT(compared, IsOk());
  EXPECT_EQ(compared->activities(0).activity(), first);
  EXPECT_EQ(compared->activities(1).report(), third + "/reports/r");
  EXPECT_EQ(compared->activities(1).live_days(), 1);
  EXPECT_EQ(compared->rates_size(), 1);
}

}  // namespace
}  // namespace heitie::activity
