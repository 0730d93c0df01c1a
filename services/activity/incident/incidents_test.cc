#include "services/activity/incident/incidents.h"

#include <thread>

#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "common/time/day.h"
#include "heitie/activity/v1/activity.pb.h"
#include "heitie/activity/v1/incident.pb.h"
#include "heitie/metrics/v1/counters.pb.h"
#include "services/activity/incident/incident_rules.h"
#include "services/activity/incident/live_spans.h"
#include "services/activity/preparation/activity_fixture.h"

namespace heitie::activity {
namespace {

using ::heitie::test::HasReason;
using ::heitie::test::HasViolation;
using ::heitie::test::IsOk;
using ::testing::ElementsAre;
using ::testing::SizeIs;
using v1::Activity;
using v1::Incident;
using v1::IncidentEntry;

constexpr absl::Time kNoon = absl::FromUnixSeconds(1767268800);

TEST(IncidentRulesTest, PausedIsWhatIsNotLiveBetweenLaunchAndEnd) {
  const std::vector<LiveSpan> spans = {{kNoon, kNoon + absl::Minutes(10)}, {kNoon + absl::Minutes(25), kNoon + absl::Minutes(30)}};
  const absl::Time close = kNoon + absl::Minutes(40);
  EXPECT_EQ(PausedWithin(spans, close, absl::InfinitePast(), absl::InfiniteFuture()), absl::Minutes(25));
  EXPECT_EQ(PausedWithin(spans, close, kNoon + absl::Minutes(12), kNoon + absl::Minutes(20)), absl::Minutes(8));
  EXPECT_EQ(PausedWithin(spans, close, kNoon + absl::Minutes(5), kNoon + absl::Minutes(27)), absl::Minutes(15));
  EXPECT_EQ(PausedWithin(spans, absl::InfiniteFuture(), kNoon - absl::Hours(1), kNoon + absl::Minutes(31)), absl::Minutes(16));
  EXPECT_EQ(PausedWithin({}, close, absl::InfinitePast(), absl::InfiniteFuture()), absl::ZeroDuration());
  EXPECT_FALSE(LiveSince(spans).has_value());
  EXPECT_EQ(LiveSince({{kNoon, absl::InfiniteFuture()}}), kNoon);
}

TEST(IncidentRulesTest, MediansAreByNearestRank) {
  EXPECT_FALSE(MedianByRank({}).has_value());
  EXPECT_EQ(MedianByRank({absl::Seconds(9), absl::Seconds(1)}), absl::Seconds(1));
  EXPECT_EQ(MedianByRank({absl::Seconds(9), absl::Seconds(1), absl::Seconds(4)}), absl::Seconds(4));
  EXPECT_EQ(MedianByRank({absl::Seconds(4), absl::Seconds(9), absl::Seconds(1), absl::Seconds(5)}), absl::Seconds(4));
}

TEST(IncidentRulesTest, ItIsClearedWhenAllItsSignalsAre) {
  Incident incident;
  EXPECT_FALSE(AllCleared(incident)) << "what a person has seen does not clear";
  incident.add_signals()->mutable_clear_time()->set_seconds(1);
  EXPECT_TRUE(AllCleared(incident));
  incident.add_signals();
  EXPECT_FALSE(AllCleared(incident));
  incident.mutable_signals(1)->mutable_clear_time()->set_seconds(1);
  incident.set_alert("alerts/a");
  EXPECT_FALSE(AllCleared(incident));
}

class IncidentTest : public ActivityTest {
 protected:
  // Calls a verb that only names the incident.
  template <typename Request>
  absl::StatusOr<Incident> Do(const std::string& method, const rpc::Call& call, const std::string& name) {
    return Call<Incident>(method, call, Named<Request>(name));
  }
  absl::StatusOr<Incident> Report(const std::string& activity, Incident::Severity severity, bool pause, const rpc::Call& call) {
    v1::ReportIncidentRequest request;
    request.set_parent(activity);
    request.set_title("Baskets are empty");
    request.set_severity(severity);
    request.set_pause(pause);
    return Call<Incident>("ReportIncident", call, request);
  }
  absl::StatusOr<Incident> Mitigate(const std::string& name) {
    auto request = Named<v1::MitigateIncidentRequest>(name);
    request.set_mitigation("The cache is off");
    return Call<Incident>("MitigateIncident", Specialist(), request);
  }
  absl::StatusOr<Incident> Resolve(const std::string& name, const rpc::Call& call) {
    auto request = Named<v1::ResolveIncidentRequest>(name);
    request.set_resolution("The cache is keyed by customer");
    return Call<Incident>("ResolveIncident", call, request);
  }
  absl::StatusOr<Incident> Close(const std::string& name, const rpc::Call& call, const std::string& why_none = "") {
    auto request = Named<v1::CloseIncidentRequest>(name);
    request.set_outcome("Learnt");
    request.set_no_adjustment_reason(why_none);
    return Call<Incident>("CloseIncident", call, request);
  }
  absl::StatusOr<Incident> Merge(const std::string& name, const std::string& into) {
    auto request = Named<v1::MergeIncidentRequest>(name);
    request.set_into(into);
    return Call<Incident>("MergeIncident", Specialist(), request);
  }
  void Acknowledge(const std::string& name) {
    EXPECT_THAT(Do<v1::AcknowledgeIncidentRequest>("AcknowledgeIncident", Specialist(), name), IsOk());
  }
  Incident See(const std::string& name) {
    v1::GetIncidentRequest request;
    request.set_name(name);
    return Call<Incident>("GetIncident", Analyst(), request).value_or(Incident());
  }
  std::vector<IncidentEntry::Kind> Timeline(const std::string& incident) {
    v1::ListIncidentEntriesRequest request;
    request.set_parent(incident);
    const auto listed = Call<v1::ListIncidentEntriesResponse>("ListIncidentEntries", Analyst(), request);
    EXPECT_THAT(listed, IsOk());
    std::vector<IncidentEntry::Kind> kinds;
    for (const auto& entry : listed->incident_entries()) {
      // Not of this test: no calendar is known.
      if (entry.text().rfind("It has no clocks", 0) != 0) kinds.push_back(entry.kind());
    }
    return kinds;
  }
  absl::StatusOr<Activity> Resume(const std::string& activity) {
    return Call<Activity>("ResumeActivity", Manager(), Named<v1::ResumeActivityRequest>(activity));
  }
  void MetricsCount(int64_t during, int64_t before) {
    clients_["metrics"].On<metrics::v1::ComputeActivityFiguresRequest, metrics::v1::ComputeActivityFiguresResponse>(
        "heitie.metrics.v1.AnalysisService/ComputeActivityFigures",
        [=](const rpc::Call&, const metrics::v1::ComputeActivityFiguresRequest&) {
          metrics::v1::ComputeActivityFiguresResponse response;
          response.add_windows()->mutable_counters()->set_conversions(during);
          response.add_windows()->mutable_counters()->set_conversions(before);
          response.set_version(7);
          return response;
        });
  }
};

TEST_F(IncidentTest, FromItsOpeningToItsClose) {
  const std::string name = Live();
  const auto opened = Report(name, Incident::SEVERITY_MAJOR, true, Specialist());
  ASSERT_THAT(opened, IsOk());
  const std::string incident = opened->name();
  EXPECT_EQ(opened->owner(), "employees/li");
  EXPECT_EQ(Get(name).state(), Activity::STATE_PAUSED);
  EXPECT_THAT(Resume(name), HasViolation("PRECONDITION_INCIDENTS_SETTLED", "INCIDENTS_UNSETTLED"));

  clock_.Advance(absl::Seconds(90));
  Acknowledge(incident);
  clock_.Advance(absl::Seconds(60));
  EXPECT_THAT(Mitigate(incident), IsOk());
  EXPECT_EQ(See(incident).time_to_acknowledge().seconds(), 90);
  EXPECT_EQ(See(incident).time_to_mitigate().seconds(), 150);
  EXPECT_THAT(Resume(name), IsOk());

  EXPECT_THAT(Resolve(incident, Specialist()), HasReason("RESOLVED_BY_OWNER"));
  EXPECT_THAT(Resolve(incident, Manager()), IsOk());
  EXPECT_THAT(Close(incident, Specialist()), HasReason("REVIEW_MISSING"));

  MetricsCount(3, 10);
  auto review = Named<v1::ReviewIncidentRequest>(incident);
  review.set_cause("A cache was shared");
  auto& action = *review.add_actions();
  action.set_title("Key every cache by customer");
  action.set_owner("employees/li");
  *action.mutable_due_date() = time::ToDate(absl::CivilDay(2025, 12, 1));
  EXPECT_THAT(Call<Incident>("ReviewIncident", Specialist(), review), HasViolation("actions[0].due_date", "DUE_DATE_PAST"));
  *action.mutable_due_date() = time::ToDate(absl::CivilDay(2026, 2, 1));
  const auto reviewed = Call<Incident>("ReviewIncident", Specialist(), review);
  ASSERT_THAT(reviewed, IsOk());
  EXPECT_EQ(reviewed->review().impact().paused().seconds(), 150);
  EXPECT_EQ(reviewed->review().impact().conversions(), 3);
  EXPECT_EQ(reviewed->review().impact().conversions_before(), 10);

  EXPECT_THAT(Close(incident, Specialist()), HasReason("ADJUSTMENT_MISSING"));
  EXPECT_THAT(Close(incident, Specialist(), "It was a fault of ours"), HasReason("NO_ADJUSTMENT_BY_MANAGER"));
  EXPECT_THAT(Close(incident, Manager(), "It was a fault of ours"), IsOk());
  EXPECT_THAT(Timeline(incident),
              ElementsAre(IncidentEntry::KIND_OPENED, IncidentEntry::KIND_PAUSED, IncidentEntry::KIND_STAGE, IncidentEntry::KIND_STAGE,
                          IncidentEntry::KIND_RESUMED, IncidentEntry::KIND_STAGE, IncidentEntry::KIND_REVIEWED, IncidentEntry::KIND_STAGE));

  v1::ListIncidentActionsRequest list;
  list.set_parent(incident);
  const auto actions = Call<v1::ListIncidentActionsResponse>("ListIncidentActions", Analyst(), list);
  ASSERT_EQ(actions->incident_actions_size(), 1);
  const auto done = Named<v1::CompleteIncidentActionRequest>(actions->incident_actions(0).name());
  EXPECT_THAT(Call<v1::IncidentAction>("CompleteIncidentAction", Specialist(), done), IsOk());
  EXPECT_THAT(Call<v1::IncidentAction>("CompleteIncidentAction", Specialist(), done), HasReason("ILLEGAL_TRANSITION"));

  v1::SummarizeIncidentsRequest summarize;
  summarize.set_parent(name);
  const auto figures = Call<v1::SummarizeIncidentsResponse>("SummarizeIncidents", Analyst(), summarize);
  ASSERT_THAT(figures, IsOk());
  EXPECT_EQ(figures->incidents(), 1);
  EXPECT_EQ(figures->unclosed(), 0);
  EXPECT_EQ(figures->severe(), 1);
  EXPECT_EQ(figures->median_time_to_mitigate().seconds(), 150);
  EXPECT_EQ(figures->paused_time().seconds(), 150);
}

TEST_F(IncidentTest, AReopenedOneCountsAnew) {
  const std::string name = Live();
  const std::string incident = Report(name, Incident::SEVERITY_MINOR, false, Analyst())->name();
  EXPECT_EQ(Get(name).state(), Activity::STATE_LIVE);
  Acknowledge(incident);
  EXPECT_THAT(Mitigate(incident), IsOk());
  EXPECT_THAT(Resolve(incident, Specialist()), IsOk()) << "it paused nothing";
  EXPECT_THAT(Close(incident, Specialist()), IsOk());
  auto reopen = Named<v1::ReopenIncidentRequest>(incident);
  reopen.set_reason("It is back");
  clock_.Advance(absl::Hours(1));
  const auto again = Call<Incident>("ReopenIncident", Specialist(), reopen);
  ASSERT_THAT(again, IsOk());
  EXPECT_EQ(again->state(), Incident::STATE_OPEN);
  EXPECT_EQ(again->reopen_count(), 1);
  EXPECT_FALSE(again->has_mitigate_time());
  EXPECT_THAT(Call<Incident>("ReopenIncident", Specialist(), reopen), HasReason("ILLEGAL_TRANSITION"));
  Acknowledge(incident);
  clock_.Advance(absl::Seconds(30));
  EXPECT_THAT(Mitigate(incident), IsOk());
  EXPECT_EQ(See(incident).time_to_mitigate().seconds(), 30);
}

TEST_F(IncidentTest, WhoMayPauseAndWhen) {
  const std::string ready = Ready();
  EXPECT_THAT(Report(ready, Incident::SEVERITY_MINOR, false, Analyst()), HasReason("ACTIVITY_NOT_RUNNING"));
  EXPECT_THAT(Launch(ready), IsOk());
  EXPECT_THAT(Report(ready, Incident::SEVERITY_MINOR, true, Analyst()), HasReason("PAUSED_BY_OPERATORS"));
  v1::ReportIncidentRequest request;
  request.set_parent(ready);
  request.set_title("x");
  request.set_severity(Incident::SEVERITY_MINOR);
  *request.mutable_episode_time() = time::ToTimestamp(clock_.Now() + absl::Seconds(1));
  EXPECT_THAT(Call<Incident>("ReportIncident", Analyst(), request), HasViolation("episode_time", "EPISODE_TO_COME"));
}

TEST_F(IncidentTest, MergedOnesMakeNoCycle) {
  const std::string name = Live();
  const std::string a = Report(name, Incident::SEVERITY_MINOR, false, Specialist())->name();
  const std::string b = Report(name, Incident::SEVERITY_CRITICAL, true, Specialist())->name();
  const std::string c = Report(name, Incident::SEVERITY_MINOR, false, Specialist())->name();
  EXPECT_THAT(Merge(a, a), HasReason("MERGE_CYCLE"));
  EXPECT_THAT(Merge(b, a), IsOk());
  EXPECT_EQ(See(b).state(), Incident::STATE_MERGED);
  EXPECT_EQ(See(a).severity(), Incident::SEVERITY_CRITICAL);
  EXPECT_TRUE(See(a).has_pause_time()) << "what paused the activity still holds its resumption up";
  EXPECT_THAT(Resume(name), HasViolation("PRECONDITION_INCIDENTS_SETTLED", "INCIDENTS_UNSETTLED"));
  EXPECT_THAT(Merge(a, b), HasReason("MERGE_CYCLE"));
  EXPECT_THAT(Merge(c, b), IsOk()) << "b stands for a";
  EXPECT_EQ(See(c).merged_into(), a);
  EXPECT_THAT(Do<v1::AcknowledgeIncidentRequest>("AcknowledgeIncident", Specialist(), b), HasReason("ILLEGAL_TRANSITION"));
  const std::string other = Report(Live("autumn"), Incident::SEVERITY_MINOR, false, Specialist())->name();
  EXPECT_THAT(Merge(other, a), HasReason("MERGE_OF_ACTIVITIES"));
}

TEST_F(IncidentTest, OwnerSeverityAndNotesStandInTheTimeline) {
  const std::string incident = Report(Live(), Incident::SEVERITY_MINOR, false, Analyst())->name();
  auto assign = Named<v1::AssignIncidentRequest>(incident);
  assign.set_owner("employees/specialist");
  EXPECT_EQ(Call<Incident>("AssignIncident", Manager(), assign)->owner(), "employees/specialist");
  auto rate = Named<v1::RateIncidentRequest>(incident);
  rate.set_severity(Incident::SEVERITY_MAJOR);
  rate.set_reason("Every second customer");
  EXPECT_EQ(Call<Incident>("RateIncident", Analyst(), rate)->severity(), Incident::SEVERITY_MAJOR);
  auto note = Named<v1::NoteIncidentRequest>(incident);
  note.set_text("The provider looks into it");
  EXPECT_THAT(Call<Incident>("NoteIncident", Analyst(), note), IsOk());
  EXPECT_THAT(Timeline(incident),
              ElementsAre(IncidentEntry::KIND_OPENED, IncidentEntry::KIND_CHANGED, IncidentEntry::KIND_CHANGED, IncidentEntry::KIND_NOTE));
}

TEST_F(IncidentTest, TimesNeverRunBackwards) {
  const std::string incident = Report(Live(), Incident::SEVERITY_MINOR, false, Specialist())->name();
  const absl::Time opened = clock_.Now();
  clock_.Advance(-absl::Minutes(5));
  Acknowledge(incident);
  EXPECT_EQ(time::ToTime(See(incident).acknowledge_time()), opened);
}

// What raises incidents, on the store of the service.
class EpisodeTest : public IncidentTest {
 protected:
  absl::Status Write(const std::function<absl::Status(record::Transaction&)>& work) { return store_.Write(ServiceCaller(), work); }
  Opened Open(const Episode& episode) {
    Opened opened;
    EXPECT_THAT(Write([&](record::Transaction& tx) -> absl::Status {
                  ASSIGN_OR_RETURN(opened, incidents_.Open(tx, episode));
                  return absl::OkStatus();
                }),
                IsOk());
    return opened;
  }
  void Clear(const std::string& signal) {
    EXPECT_THAT(Write([&](record::Transaction& tx) { return incidents_.Clear(tx, signal, tx.call.now, "Over."); }), IsOk());
  }
  Episode PageDown(const std::string& activity, const std::string& signal) const {
    Episode episode{activity, Incident::CAUSE_PAGE, signal, "The page is down", Incident::SEVERITY_MAJOR, true};
    episode.source = activity + "/pages/shop";
    return episode;
  }
  std::vector<Incident> IncidentsOf(const std::string& activity) {
    v1::ListIncidentsRequest request;
    request.set_parent(activity);
    const auto listed = Call<v1::ListIncidentsResponse>("ListIncidents", Analyst(), request);
    EXPECT_THAT(listed, IsOk());
    return {listed->incidents().begin(), listed->incidents().end()};
  }

  // Another replica, whose jobs nobody runs.
  job::Runner other_jobs_{store_, clock_, "services/activity"};
  service::Context other_{store_,
                          clock_,
                          other_jobs_,
                          [this](const std::string& target) -> client::Client& { return clients_[target]; },
                          service::DefaultTimeZone(),
                          people_};
  Activities activities_{store_};
  BusinessCalendars calendars_{other_};
  Escalations escalations_{other_, activities_};
  Clocks clocks_{other_, calendars_, escalations_};
  Incidents incidents_{other_, activities_, clocks_};
};

TEST_F(EpisodeTest, OneEpisodeIsOneIncidentHoweverOftenItIsTold) {
  const std::string name = Live();
  const Opened first = Open(PageDown(name, "shop/1"));
  EXPECT_TRUE(first.news);
  EXPECT_EQ(Get(name).state(), Activity::STATE_PAUSED);
  EXPECT_FALSE(Open(PageDown(name, "shop/1")).news);
  EXPECT_THAT(IncidentsOf(name), SizeIs(1));
  Clear("shop/1");
  EXPECT_TRUE(See(first.incident.name()).has_clear_time());
  Clear("shop/1");
  Clear("unknown");
  const Opened again = Open(PageDown(name, "shop/1"));
  EXPECT_TRUE(again.news);
  EXPECT_EQ(again.incident.name(), first.incident.name());
  EXPECT_FALSE(again.incident.has_clear_time());
  EXPECT_TRUE(Open(PageDown(name, "shop/2")).news);
  EXPECT_THAT(IncidentsOf(name), SizeIs(2));
}

TEST_F(EpisodeTest, ManyAtOnceOpenOne) {
  const std::string name = Live();
  std::vector<std::thread> threads;
  for (int i = 0; i < 16; ++i) {
    threads.emplace_back([&] { Open(PageDown(name, "shop/1")); });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(IncidentsOf(name), SizeIs(1));
}

TEST_F(EpisodeTest, APauseAgainstTheEndLeavesItEnded) {
  for (int round = 0; round < 5; ++round) {
    const std::string name = Live(absl::StrCat("race-", round));
    const std::string signal = absl::StrCat("shop/", round);
    std::thread ends([&] {
      // Its etag is not given: it ends as LIVE or as PAUSED.
      EXPECT_THAT(Call<Activity>("EndActivity", Specialist(), Named<v1::EndActivityRequest>(name)), IsOk());
    });
    std::thread breaks([&] { Open(PageDown(name, signal)); });
    ends.join();
    breaks.join();
    EXPECT_EQ(Get(name).state(), Activity::STATE_ENDED);
    const auto incidents = IncidentsOf(name);
    ASSERT_THAT(incidents, SizeIs(1));
    // One that came too late paused nothing and says nothing else.
    int64_t pauses = -1;
    EXPECT_THAT(database_.get().Read(absl::Now() + absl::Seconds(20),
                                     [&](sql::Session& session) {
                                       return session.Query("SELECT COUNT(*) FROM event WHERE aggregateid = ? AND type = 'pause'",
                                                            sql::Bind(name), [&](const sql::Row& row) { pauses = row.Int(0); });
                                     }),
                IsOk());
    EXPECT_EQ(pauses, incidents[0].has_pause_time() ? 1 : 0);
  }
}

TEST_F(EpisodeTest, ItIsClearedWithItsLastSignal) {
  const std::string name = Live();
  const std::string incident = Open(PageDown(name, "shop/1")).incident.name();
  EXPECT_THAT(Write([&](record::Transaction& tx) { return incidents_.Join(tx, incident, PageDown(name, "till/1")).status(); }), IsOk());
  EXPECT_THAT(IncidentsOf(name), SizeIs(1));
  Clear("shop/1");
  EXPECT_FALSE(See(incident).has_clear_time());
  Clear("till/1");
  EXPECT_TRUE(See(incident).has_clear_time());
  EXPECT_EQ(See(incident).state(), Incident::STATE_OPEN) << "that it is cleared is noted, and no more";
}

TEST_F(EpisodeTest, SignalsAndAttachmentsFollowAMerge) {
  const std::string name = Live();
  const std::string a = Open(PageDown(name, "shop/1")).incident.name(), b = Open(PageDown(name, "till/1")).incident.name();
  const auto attach = [&](const std::string& incident, const std::string& subject) {
    EXPECT_THAT(Write([&](record::Transaction& tx) { return incidents_.Attach(tx, incident, subject); }), IsOk());
  };
  attach(a, "inquiries/1");
  attach(a, "inquiries/1");
  EXPECT_THAT(Merge(a, b), IsOk());
  attach(a, "inquiries/2");
  v1::ListIncidentAttachmentsRequest request;
  request.set_parent(b);
  EXPECT_EQ(Call<v1::ListIncidentAttachmentsResponse>("ListIncidentAttachments", Analyst(), request)->incident_attachments_size(), 2);
  Clear("till/1");
  EXPECT_FALSE(See(b).has_clear_time());
  Clear("shop/1");
  EXPECT_TRUE(See(b).has_clear_time());
  EXPECT_THAT(Write([&](record::Transaction& tx) { return incidents_.Detach(tx, a, "inquiries/1"); }), IsOk());
  EXPECT_EQ(Call<v1::ListIncidentAttachmentsResponse>("ListIncidentAttachments", Analyst(), request)->incident_attachments_size(), 1);
}

TEST_F(EpisodeTest, WhatIsNotLaunchedIsNotPaused) {
  const std::string name = Ready();
  EXPECT_FALSE(Open(PageDown(name, "shop/1")).incident.has_pause_time());
  EXPECT_EQ(Get(name).state(), Activity::STATE_READY);
}

}  // namespace
}  // namespace heitie::activity
