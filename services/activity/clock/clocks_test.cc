#include "services/activity/clock/clocks.h"

#include <atomic>
#include <memory>
#include <thread>

#include "common/test/fixture.h"
#include "services/activity/clock/clock_testing.h"
#include "services/activity/fake_world.h"

namespace heitie::activity {
namespace {

using test::HasReason;
using test::HasViolation;
using test::HasViolations;
using test::IsOk;
using test::Proto;
using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;
using v1::Escalation;
using v1::ServiceClock;

// The chapter by itself, with activities as one kind of what has clocks.
struct ClockService {
  ClockService(const service::Context& context)
      : calendars(context), activities(context.store), escalations(context, activities), clocks(context, calendars, escalations) {
    clocks.Serves<v1::Activity>(activities.kind(), [](v1::Activity& activity, const ClockStanding& standing) {
      activity.set_description(standing.next_due() ? time::InstantText(*standing.next_due()) : "nothing is due");
    });
    record::Methods methods(rpc, context.store);
    escalations.Bind(methods);
    clocks.Bind(methods);
  }

  rpc::Service rpc{"heitie.activity.v1"};
  BusinessCalendars calendars;
  Activities activities;
  Escalations escalations;
  Clocks clocks;
};

// One terms for inquiries of priority NORMAL: C, an hour and eight.
constexpr char kTerms[] = R"pb(
  service_policy {
    reason: "a test"
    terms {
      kind: SERVICE_KIND_INQUIRY
      priority: SERVICE_PRIORITY_NORMAL
      calendar: "calendars/c"
      first_response { seconds: 28800 }
      resolution { seconds: 28800 }
      ladder {
        point { target_bp: 7500 }
        owner: true
      }
      ladder {
        point { target_bp: 10000 }
        owner: true
        activity_owner: true
      }
      ladder {
        point { after_due { seconds: 3600 } }
        managers: true
        employees: "employees/chen"
      }
      reopening: REOPENING_CONTINUE
      reopen_within { seconds: 28800 }
    }
    terms {
      kind: SERVICE_KIND_INQUIRY
      priority: SERVICE_PRIORITY_URGENT
      calendar: "calendars/always"
      first_response { seconds: 7200 }
      resolution { seconds: 7200 }
      reopening: REOPENING_RESTART
      reopen_within { seconds: 86400 }
    }
  })pb";

class ClocksTest : public ::testing::Test {
 protected:
  ClocksTest() {
    AddCalendar("calendars/c/versions/1",
                R"({"rules":{"time_zone":"Asia/Shanghai","week":[{"days":["MONDAY","TUESDAY","WEDNESDAY","THURSDAY","FRIDAY"],)"
                R"("windows":[{"open":"09:00","close":"12:00"},{"open":"13:30","close":"18:00"}]}]}})",
                Shanghai("01-01 00:00"));
    AddCalendar("calendars/always/versions/1",
                R"({"rules":{"time_zone":"Asia/Shanghai","week":[{"days":["MONDAY","TUESDAY","WEDNESDAY","THURSDAY","FRIDAY","SATURDAY",)"
                R"("SUNDAY"],"windows":[{"open":"00:00","close":"24:00"}]}]}})",
                Shanghai("01-01 00:00"));
    Publish(kTerms, "first");
    EXPECT_THAT(jobs_.RunDue(), IsOk());
  }

  void AddCalendar(const std::string& name, const std::string& rules, absl::Time start) {
    const absl::Status added = store_.Write(ServiceCall(), [&](record::Transaction& tx) {
      return tx.sql
          .Execute(
              "INSERT INTO mirrored_calendar_versions (name, rules, reason, state, start_time, publisher, publish_time, etag, create_time, "
              "update_time, creator) VALUES (?, ?, '', 'STATE_PUBLISHED', ?, '', ?, '1', ?, ?, '')",
              sql::Bind(name, rules, start, start, start, start))
          .status();
    });
    ASSERT_THAT(added, IsOk());
  }
  void Publish(const std::string& text, const std::string& id) {
    auto draft = Proto<v1::CreateServicePolicyRequest>(text);
    draft.set_service_policy_id(id);
    ASSERT_THAT(Call<v1::ServicePolicy>("CreateServicePolicy", Manager(), draft), IsOk());
    v1::PublishServicePolicyRequest publish;
    publish.set_name("servicePolicies/" + id);
    ASSERT_THAT(Call<v1::ServicePolicy>("PublishServicePolicy", Manager(), publish), IsOk());
  }

  rpc::Call Manager() const { return test::By("employees/manager", {options::v1::ROLE_OPERATIONS_MANAGER}, clock_.Now()); }
  rpc::Call Specialist(const std::string& name = "employees/li") const {
    return test::By(name, {options::v1::ROLE_OPERATIONS_SPECIALIST}, clock_.Now());
  }
  rpc::Call ServiceCall() const { return test::By("services/activity", {options::v1::ROLE_SERVICE}, clock_.Now()); }

  template <typename Resp, typename Req>
  absl::StatusOr<Resp> Call(const std::string& method, const rpc::Call& call, const Req& request) {
    return service_->rpc.Invoke<Resp>(method, call, request);
  }

  // In a transaction of its own, at the moment of the clock.
  absl::StatusOr<ClockStanding> In(const std::function<absl::StatusOr<ClockStanding>(record::Transaction&, Clocks&)>& turn) {
    ClockStanding standing;
    const absl::Status status = store_.Write(ServiceCall(), [&](record::Transaction& tx) -> absl::Status {
      auto answer = turn(tx, service_->clocks);
      if (answer.ok()) standing = *answer;
      return answer.status();
    });
    if (!status.ok()) return status;
    return standing;
  }
  static ClockSubject Subject(const std::string& name, v1::ServicePriority priority = v1::SERVICE_PRIORITY_NORMAL) {
    return {name, v1::SERVICE_KIND_INQUIRY, "payment/refund", priority, "employees/li", ""};
  }
  ClockStanding Start(const ClockSubject& subject) {
    auto standing = In([&](record::Transaction& tx, Clocks& clocks) { return clocks.Start(tx, subject, tx.call.now, tx.call.now); });
    EXPECT_THAT(standing, IsOk());
    return standing.value_or(ClockStanding());
  }
  std::string Due(const std::optional<absl::Time>& time) { return time ? ShanghaiText(time::ToTimestamp(*time)) : "none"; }

  // The jobs as they run at a moment.
  void RunAt(const std::string& text) {
    clock_.Set(Shanghai(text));
    EXPECT_THAT(jobs_.RunDue(), IsOk());
  }

  std::vector<ServiceClock> ClocksOf(const std::string& subject) {
    v1::ListServiceClocksRequest request;
    request.set_filter("subject = \"" + subject + "\"");
    auto response = Call<v1::ListServiceClocksResponse>("ListServiceClocks", Specialist(), request);
    EXPECT_THAT(response, IsOk());
    return {response->service_clocks().begin(), response->service_clocks().end()};
  }
  std::vector<Escalation> EscalationsOf(const std::string& filter) {
    v1::ListEscalationsRequest request;
    request.set_filter(filter);
    request.set_page_size(1000);
    auto response = Call<v1::ListEscalationsResponse>("ListEscalations", Specialist(), request);
    EXPECT_THAT(response, IsOk());
    return {response->escalations().begin(), response->escalations().end()};
  }
  static std::vector<std::string> RecipientsOf(const std::vector<Escalation>& escalations) {
    std::vector<std::string> names;
    for (const Escalation& escalation : escalations) {
      names.push_back(escalation.recipient().empty() ? Escalation::Capacity_Name(escalation.capacity()) : escalation.recipient());
    }
    return names;
  }

  // An activity of Chen's.
  void AddActivity(const std::string& name) {
    v1::Activity activity;
    activity.set_name(name);
    activity.set_title("Sale");
    activity.set_scheme("projects/p/schemes/s");
    activity.set_owner("employees/chen");
    activity.set_state(v1::Activity::STATE_LIVE);
    *activity.mutable_start_time() = time::ToTimestamp(clock_.Now());
    *activity.mutable_end_time() = time::ToTimestamp(clock_.Now() + absl::Hours(24));
    const absl::Status added = store_.Write(
        ServiceCall(), [&](record::Transaction& tx) -> absl::Status { return service_->activities.kind().Insert(tx, activity); });
    ASSERT_THAT(added, IsOk());
  }

  std::unique_ptr<ClockService> MakeService(job::Runner& jobs) {
    return std::make_unique<ClockService>(
        service::Context{store_, clock_, jobs, [this](const std::string& target) -> client::Client& { return clients_[target]; },
                         service::DefaultTimeZone(), people_});
  }

  time::FakeClock clock_{Shanghai("03-02 10:00")};
  std::map<std::string, test::FakeClient> clients_;
  FakeWorld world_{clients_};
  people::Directory people_{service::DefaultTimeZone()};
  test::TestDatabase database_{"activity"};
  record::Store store_{database_.get(), test::Keys()};
  job::Runner jobs_{store_, clock_, "services/activity"};
  std::unique_ptr<ClockService> service_ = MakeService(jobs_);
};

TEST_F(ClocksTest, RunFromTheReceiptAndTellWhyTheyAreDue) {
  const ClockStanding standing = Start(Subject("cases/a"));
  EXPECT_EQ(standing.policy, "servicePolicies/first");
  EXPECT_EQ(Due(standing.resolution_due), "03-03 10:30");
  clock_.Set(Shanghai("03-02 11:30"));
  auto paused = In([](record::Transaction& tx, Clocks& clocks) -> absl::StatusOr<ClockStanding> {
    RETURN_IF_ERROR(clocks.FirstAnswer(tx, "cases/a", tx.call.now).status());
    return clocks.Pause(tx, "cases/a", tx.call.now);
  });
  ASSERT_THAT(paused, IsOk());
  EXPECT_EQ(Due(paused->next_due()), "none");
  clock_.Set(Shanghai("03-03 10:15"));
  const auto running = In([](record::Transaction& tx, Clocks& clocks) { return clocks.Continue(tx, "cases/a", tx.call.now); });
  EXPECT_EQ(Due(running->resolution_due), "03-04 09:15");
  EXPECT_EQ(Due(running->first_response_due), "none");
  const std::vector<ServiceClock> clocks = ClocksOf("cases/a");
  ASSERT_EQ(clocks.size(), 2u);
  EXPECT_EQ(clocks[0].result(), ServiceClock::RESULT_MET);
  ASSERT_EQ(clocks[1].segments_size(), 3);
  EXPECT_EQ(clocks[1].segments(0).working_time().seconds(), 5'400);
  EXPECT_EQ(clocks[1].segments(1).working_time().seconds(), 22'500);
  EXPECT_EQ(clocks[1].segments(2).calendar_version(), "calendars/c/versions/1");
  EXPECT_EQ(clocks[1].segments(2).policy(), "servicePolicies/first");
  const auto standing_now =
      store_.Read(ServiceCall(), [&](sql::Session& session) { return service_->clocks.StandingOf(session, "cases/a"); });
  EXPECT_EQ(Due(standing_now->next_due()), "03-04 09:15");
}

TEST_F(ClocksTest, ABreachIsOfWhenItWasDueHoweverLateTheJob) {
  Start(Subject("cases/a"));
  RunAt("03-05 16:00");
  for (const ServiceClock& clock : ClocksOf("cases/a")) {
    EXPECT_EQ(ShanghaiText(clock.breach_time()), "03-03 10:30");
    EXPECT_EQ(clock.state(), ServiceClock::STATE_RUNNING);
    EXPECT_THAT(clock.allowed_verbs(), ElementsAre("excuse"));
  }
}

TEST_F(ClocksTest, TheLadderTellsEachStepOnceAndAfterAnOutageTheHighest) {
  Start(Subject("cases/a"));
  ClockSubject other = Subject("cases/b");
  AddActivity("activities/sale");
  other.activity = "activities/sale";
  other.owner = "";
  Start(other);
  RunAt("03-02 17:29");
  EXPECT_THAT(EscalationsOf(""), ElementsAre());
  RunAt("03-02 17:30");
  EXPECT_THAT(RecipientsOf(EscalationsOf("subject = \"cases/a\"")), ElementsAre("employees/li", "employees/li")) << "one for each clock";
  EXPECT_THAT(RecipientsOf(EscalationsOf("subject = \"cases/b\"")), ElementsAre("employees/chen", "employees/chen"))
      << "without an owner the activity's owner";
  RunAt("03-02 17:31");
  EXPECT_EQ(EscalationsOf("").size(), 4u);
  clock_.Set(Shanghai("03-03 10:00"));
  ASSERT_THAT(In([](record::Transaction& tx, Clocks& clocks) { return clocks.FirstAnswer(tx, "cases/a", tx.call.now); }), IsOk());
  ASSERT_THAT(In([](record::Transaction& tx, Clocks& clocks) { return clocks.FirstAnswer(tx, "cases/b", tx.call.now); }), IsOk());
  RunAt("03-03 20:00");  // closed
  EXPECT_EQ(EscalationsOf("").size(), 4u);
  RunAt("03-04 09:00");
  // Step two was missed, and is told with step three: the owner, the activity's owner (the managers where there is none), the named, the
  // managers.
  EXPECT_THAT(RecipientsOf(EscalationsOf("subject = \"cases/a\" AND create_time > \"2026-03-03T12:00:00Z\"")),
              UnorderedElementsAre("employees/li", "CAPACITY_MANAGERS", "employees/chen"));
  const auto b = EscalationsOf("subject = \"cases/b\" AND create_time > \"2026-03-03T12:00:00Z\"");
  EXPECT_THAT(RecipientsOf(b), UnorderedElementsAre("employees/chen", "CAPACITY_MANAGERS"));
  for (const Escalation& escalation : b) {
    EXPECT_EQ(escalation.cause(), Escalation::CAUSE_LADDER);
    EXPECT_EQ(escalation.policy(), ClocksOf("cases/b")[0].policy());
    EXPECT_EQ(escalation.point().after_due().seconds(), 3600);
    EXPECT_EQ(ShanghaiText(escalation.reach_time()), "03-03 11:30");
    EXPECT_EQ(ShanghaiText(escalation.due_time()), "03-03 10:30");
  }
  RunAt("03-05 09:00");
  EXPECT_EQ(EscalationsOf("").size(), 9u);
}

// Nothing is told to nobody: the owner has left, and so has the owner of the activity.
TEST_F(ClocksTest, WhoHasLeftIsReplaced) {
  AddActivity("activities/sale");
  ClockSubject subject = Subject("cases/a");
  subject.activity = "activities/sale";
  Start(subject);
  const auto leave = [&](const std::string& employee) {
    people::Directory::Changes changes;
    people::EmployeeFact fact;
    fact.hired = absl::CivilDay(2020, 1, 1);
    fact.last = absl::CivilDay(2026, 3, 1);
    fact.posts = {{fact.hired, "positions/agent", "operations"}};
    changes.employees[employee] = fact;
    people_.Take(changes);
  };
  leave("employees/li");
  RunAt("03-02 17:30");
  EXPECT_THAT(RecipientsOf(EscalationsOf("")), ElementsAre("employees/chen", "employees/chen"));
  leave("employees/chen");
  RunAt("03-03 11:30");
  EXPECT_THAT(RecipientsOf(EscalationsOf("create_time > \"2026-03-03T00:00:00Z\"")), ElementsAre("CAPACITY_MANAGERS", "CAPACITY_MANAGERS"));
  // Nor can a ladder name who has left.
  auto draft = Proto<v1::CreateServicePolicyRequest>(kTerms);
  draft.set_service_policy_id("draft");
  EXPECT_THAT(Call<v1::ServicePolicy>("CreateServicePolicy", Manager(), draft),
              HasViolations("service_policy.terms[0].ladder[2].employees[0] OWNER_LEFT"));
}

TEST_F(ClocksTest, AnEscalationIsAcknowledgedByItsRecipientOrAManager) {
  Start(Subject("cases/a"));
  RunAt("03-02 17:30");
  const std::vector<Escalation> told = EscalationsOf("");
  ASSERT_EQ(told.size(), 2u);
  v1::AcknowledgeEscalationRequest request;
  request.set_name(told[0].name());
  request.set_note("on it");
  EXPECT_THAT(Call<Escalation>("AcknowledgeEscalation", Specialist("employees/wu"), request), HasReason("NOT_YOUR_ESCALATION"));
  const auto acknowledged = Call<Escalation>("AcknowledgeEscalation", Specialist(), request);
  ASSERT_THAT(acknowledged, IsOk());
  EXPECT_EQ(acknowledged->acknowledger(), "employees/li");
  EXPECT_EQ(acknowledged->state(), Escalation::STATE_ACKNOWLEDGED);
  EXPECT_THAT(Call<Escalation>("AcknowledgeEscalation", Specialist(), request), HasReason("ILLEGAL_TRANSITION"));
  request.set_name(told[1].name());
  EXPECT_THAT(Call<Escalation>("AcknowledgeEscalation", Manager(), request), IsOk());
}

TEST_F(ClocksTest, WithoutTermsNothingRunsAndTheManagersAreTold) {
  const ClockStanding standing = Start(Subject("cases/a", v1::SERVICE_PRIORITY_LOW));
  EXPECT_EQ(standing.policy, "");
  EXPECT_EQ(Due(standing.next_due()), "none");
  EXPECT_THAT(ClocksOf("cases/a"), ElementsAre());
  const auto told = EscalationsOf("");
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told[0].cause(), Escalation::CAUSE_NO_POLICY);
  EXPECT_EQ(told[0].capacity(), Escalation::CAPACITY_MANAGERS);
  const auto nothing = In([](record::Transaction& tx, Clocks& clocks) -> absl::StatusOr<ClockStanding> {
    EXPECT_THAT(clocks.FirstAnswer(tx, "cases/a", tx.call.now), IsOk());
    EXPECT_THAT(clocks.Pause(tx, "cases/a", tx.call.now), IsOk());
    EXPECT_THAT(clocks.Continue(tx, "cases/a", tx.call.now), IsOk());
    EXPECT_THAT(clocks.Resolve(tx, "cases/a", tx.call.now), IsOk());
    EXPECT_EQ(*clocks.MayReopen(tx, "cases/a", tx.call.now), true);
    EXPECT_THAT(clocks.Reopen(tx, "cases/a", "employees/li", tx.call.now), IsOk());
    EXPECT_THAT(clocks.Retarget(tx, "cases/a", v1::SERVICE_PRIORITY_LOW, "", "", tx.call.now), IsOk());
    return clocks.Stop(tx, "cases/a", tx.call.now);
  });
  EXPECT_THAT(nothing, IsOk());
}

TEST_F(ClocksTest, APriorityIsChangedByTheVersionOfTheReceipt) {
  clock_.Set(Shanghai("03-02 16:30"));
  EXPECT_EQ(Due(Start(Subject("cases/a")).resolution_due), "03-03 17:00");
  // A later version says otherwise, for later receipts.
  auto other = Proto<v1::CreateServicePolicyRequest>(kTerms);
  other.mutable_service_policy()->mutable_terms(1)->mutable_resolution()->set_seconds(36000);
  Publish(other.ShortDebugString(), "second");
  clock_.Set(Shanghai("03-02 17:15"));
  const auto retarget = [&](v1::ServicePriority priority, const std::string& reason) {
    return In([&](record::Transaction& tx, Clocks& clocks) {
      return clocks.Retarget(tx, "cases/a", priority, "payment/refund", reason, tx.call.now);
    });
  };
  EXPECT_EQ(Due(retarget(v1::SERVICE_PRIORITY_URGENT, "")->resolution_due), "03-02 18:30");
  clock_.Set(Shanghai("03-02 18:10"));
  EXPECT_THAT(retarget(v1::SERVICE_PRIORITY_NORMAL, ""), HasViolations("reason LOWERING_NEEDS_REASON"));
  const auto lowered = retarget(v1::SERVICE_PRIORITY_NORMAL, "a mistake");
  ASSERT_THAT(lowered, IsOk());
  EXPECT_EQ(Due(lowered->resolution_due), "03-03 16:50");
  const std::vector<ServiceClock> clocks = ClocksOf("cases/a");
  EXPECT_EQ(clocks[1].priority(), v1::SERVICE_PRIORITY_NORMAL);
  EXPECT_EQ(clocks[1].policy(), "servicePolicies/first");
  EXPECT_EQ(clocks[1].segments(2).reason(), "a mistake");
  // Where no terms fit those before go on, and the managers are told.
  EXPECT_EQ(Due(retarget(v1::SERVICE_PRIORITY_HIGH, "")->resolution_due), "03-03 16:50");
  EXPECT_THAT(RecipientsOf(EscalationsOf("")), ElementsAre("CAPACITY_MANAGERS"));
}

TEST_F(ClocksTest, ReopensInTimeOnly) {
  Start(Subject("cases/a"));
  clock_.Set(Shanghai("03-02 15:00"));
  ASSERT_THAT(In([](record::Transaction& tx, Clocks& clocks) { return clocks.Resolve(tx, "cases/a", tx.call.now); }), IsOk());
  const auto reopen = [](record::Transaction& tx, Clocks& clocks) { return clocks.Reopen(tx, "cases/a", "employees/wu", tx.call.now); };
  clock_.Set(Shanghai("03-04 09:30"));  // 3 + 7.5 + 0.5 hours later
  EXPECT_THAT(In(reopen), HasReason("REOPEN_TOO_LATE"));
  clock_.Set(Shanghai("03-03 09:30"));
  const auto reopened = In(reopen);
  ASSERT_THAT(reopened, IsOk());
  EXPECT_EQ(Due(reopened->resolution_due), "03-03 15:30");
  EXPECT_EQ(ClocksOf("cases/a")[1].owner(), "employees/wu");
}

TEST_F(ClocksTest, WhatIsMergedIsInNoAttainmentAndAnExcusedBreachIsInBoth) {
  for (const char* name : {"cases/a", "cases/b", "cases/c"}) Start(Subject(name));
  clock_.Set(Shanghai("03-02 15:00"));
  ASSERT_THAT(In([](record::Transaction& tx, Clocks& clocks) { return clocks.Resolve(tx, "cases/a", tx.call.now); }), IsOk());
  RunAt("03-03 12:00");
  ASSERT_THAT(In([](record::Transaction& tx, Clocks& clocks) { return clocks.Stop(tx, "cases/c", tx.call.now); }), IsOk());
  v1::ExcuseServiceClockRequest excuse;
  excuse.set_reason("the power was out");
  excuse.set_name(ClocksOf("cases/a")[1].name());
  EXPECT_THAT(Call<ServiceClock>("ExcuseServiceClock", Manager(), excuse), HasReason("NOT_BREACHED"));
  excuse.set_name(ClocksOf("cases/c")[1].name());
  EXPECT_THAT(Call<ServiceClock>("ExcuseServiceClock", Manager(), excuse), HasReason("ILLEGAL_TRANSITION"));
  excuse.set_name(ClocksOf("cases/b")[1].name());
  const auto excused = Call<ServiceClock>("ExcuseServiceClock", Manager(), excuse);
  ASSERT_THAT(excused, IsOk());
  EXPECT_EQ(excused->result(), ServiceClock::RESULT_BREACHED);
  v1::ComputeServiceAttainmentRequest request;
  *request.mutable_start_time() = time::ToTimestamp(Shanghai("03-02 00:00"));
  EXPECT_THAT(Call<v1::ComputeServiceAttainmentResponse>("ComputeServiceAttainment", Manager(), request),
              HasViolation("end_time", "REQUIRED"));
  *request.mutable_end_time() = time::ToTimestamp(Shanghai("03-01 00:00"));
  EXPECT_THAT(Call<v1::ComputeServiceAttainmentResponse>("ComputeServiceAttainment", Manager(), request),
              HasViolations("end_time ATTAINMENT_REVERSED"));
  *request.mutable_end_time() = time::ToTimestamp(Shanghai("03-04 00:00"));
  request.set_category("payment");
  const auto attainment = Call<v1::ComputeServiceAttainmentResponse>("ComputeServiceAttainment", Manager(), request);
  ASSERT_THAT(attainment, IsOk());
  ASSERT_EQ(attainment->totals_size(), 2);
  EXPECT_THAT(attainment->totals(1), test::EqualsProto(R"pb(
                target: TARGET_RESOLUTION
                met_count: 1
                breached_count: 1
                excused_count: 1
                attainment: 0.5
                attainment_without_excused: 1
                percentiles {
                  percentile: 50
                  consumed { seconds: 12600 }
                }
                percentiles {
                  percentile: 90
                  consumed { seconds: 12600 }
                }
                percentiles {
                  percentile: 95
                  consumed { seconds: 12600 }
                })pb"));
  request.set_category("pay");
  EXPECT_EQ(Call<v1::ComputeServiceAttainmentResponse>("ComputeServiceAttainment", Manager(), request)->totals_size(), 0);
}

TEST_F(ClocksTest, ANewVersionOfACalendarMovesWhatRunsAndItsSubjects) {
  AddActivity("activities/sale");
  clock_.Set(Shanghai("03-03 09:00"));
  ClockSubject sale = Subject("activities/sale");
  EXPECT_EQ(Due(Start(sale).resolution_due), "03-04 09:30");
  for (int i = 0; i < 120; ++i) Start(Subject(absl::StrCat("cases/", i)));
  clock_.Set(Shanghai("03-03 09:30"));
  ASSERT_THAT(In([](record::Transaction& tx, Clocks& clocks) { return clocks.Resolve(tx, "cases/0", tx.call.now); }), IsOk());
  ASSERT_THAT(In([](record::Transaction& tx, Clocks& clocks) { return clocks.Pause(tx, "cases/1", tx.call.now); }), IsOk());
  AddCalendar("calendars/c/versions/2",
              R"({"rules":{"time_zone":"Asia/Shanghai","week":[{"days":["MONDAY","TUESDAY","WEDNESDAY","THURSDAY","FRIDAY"],)"
              R"("windows":[{"open":"09:00","close":"12:00"},{"open":"13:30","close":"18:00"}]}],)"
              R"("closures":[{"start_time":"2026-03-03T06:00:00Z","end_time":"2026-03-03T10:00:00Z"}]}})",
              Shanghai("03-03 10:00"));
  RunAt("03-03 10:01");
  for (int i = 2; i < 120; ++i) {
    const std::vector<ServiceClock> clocks = ClocksOf(absl::StrCat("cases/", i));
    ASSERT_EQ(ShanghaiText(clocks[1].due_time()), "03-04 15:00") << i;
    ASSERT_EQ(clocks[1].calendar_versions(), 2);
  }
  EXPECT_EQ(ClocksOf("cases/0")[1].calendar_versions(), 1) << "it has stopped";
  EXPECT_EQ(ClocksOf("cases/1")[1].calendar_versions(), 1) << "it pauses, and goes on by the new one";
  const auto noted =
      store_.Read(ServiceCall(), [&](sql::Session& session) { return service_->activities.kind().Find(session, "activities/sale"); });
  EXPECT_EQ(noted->description(), "2026-03-04T07:00:00+00:00");
  clock_.Set(Shanghai("03-04 09:00"));
  const auto on = In([](record::Transaction& tx, Clocks& clocks) { return clocks.Continue(tx, "cases/1", tx.call.now); });
  EXPECT_EQ(Due(on->resolution_due), "03-04 18:00");
}

// Who works on a subject is not waited for: its clocks come with the next sweep.
TEST_F(ClocksTest, WhatSomebodyHasLockedHoldsUpNothingElse) {
  AddActivity("activities/sale");
  Start(Subject("activities/sale"));
  Start(Subject("cases/a"));
  ASSERT_THAT(store_.Write(ServiceCall(),
                           [&](record::Transaction& tx) -> absl::Status {
                             RETURN_IF_ERROR(service_->activities.kind().Lock(tx, "activities/sale").status());
                             std::thread([&] { RunAt("03-03 11:00"); }).join();
                             return absl::OkStatus();
                           }),
              IsOk());
  EXPECT_TRUE(ClocksOf("cases/a")[1].has_breach_time());
  EXPECT_FALSE(ClocksOf("activities/sale")[1].has_breach_time());
  RunAt("03-03 11:01");
  EXPECT_EQ(ShanghaiText(ClocksOf("activities/sale")[1].breach_time()), "03-03 10:30");
}

// Answers at the moment of due and just after it, while the jobs of two replicas note breaches: each by its instant, each step once.
TEST_F(ClocksTest, AnswersRaceAgainstBreaches) {
  constexpr int kCases = 40;
  AddActivity("activities/sale");
  for (int i = 0; i < kCases; ++i) Start(Subject(absl::StrCat("cases/", i)));
  job::Runner other_jobs(store_, clock_, "services/activity");
  const auto other = MakeService(other_jobs);
  clock_.Set(Shanghai("03-03 10:30") + absl::Seconds(1));
  std::atomic<bool> over = false;
  std::vector<std::thread> threads;
  for (job::Runner* jobs : {&jobs_, &other_jobs}) {
    threads.emplace_back([&, jobs] {
      while (!over) {
        EXPECT_THAT(jobs->RunDue(), IsOk());
        clock_.Advance(absl::Milliseconds(100));
      }
    });
  }
  for (int i = 0; i < kCases; ++i) {
    const absl::Time at = Shanghai("03-03 10:30") + (i % 2 == 0 ? absl::ZeroDuration() : absl::Microseconds(1));
    const std::string name = absl::StrCat("cases/", i);
    EXPECT_THAT(In([&](record::Transaction& tx, Clocks& clocks) { return clocks.Resolve(tx, name, at); }), IsOk());
  }
  over = true;
  for (std::thread& thread : threads) thread.join();
  for (int i = 0; i < kCases; ++i) {
    const std::string name = absl::StrCat("cases/", i);
    for (const ServiceClock& clock : ClocksOf(name)) {
      EXPECT_EQ(clock.state(), ServiceClock::STATE_STOPPED);
      EXPECT_EQ(clock.result(), i % 2 == 0 ? ServiceClock::RESULT_MET : ServiceClock::RESULT_BREACHED) << name;
      std::map<std::string, int> steps;
      for (const Escalation& told : EscalationsOf("clock = \"" + clock.name() + "\""))
        ++steps[told.point().ShortDebugString() + told.recipient()];
      for (const auto& [step, count] : steps) EXPECT_EQ(count, 1) << step;
    }
  }
}

TEST_F(ClocksTest, PublicationWantsCalendarsThatAreThere) {
  auto draft = Proto<v1::CreateServicePolicyRequest>(kTerms);
  draft.set_service_policy_id("draft");
  draft.mutable_service_policy()->mutable_terms(0)->set_calendar("calendars/nowhere");
  ASSERT_THAT(Call<v1::ServicePolicy>("CreateServicePolicy", Manager(), draft), IsOk());
  v1::PublishServicePolicyRequest publish;
  publish.set_name("servicePolicies/draft");
  EXPECT_THAT(Call<v1::ServicePolicy>("PublishServicePolicy", Manager(), publish), HasReason("CALENDAR_UNKNOWN"));
  draft.mutable_service_policy()->mutable_terms(0)->mutable_first_response()->set_seconds(28801);
  draft.set_service_policy_id("worse");
  EXPECT_THAT(Call<v1::ServicePolicy>("CreateServicePolicy", Manager(), draft),
              HasViolations("service_policy.terms[0].first_response RESPONSE_AFTER_RESOLUTION"));
}

TEST_F(ClocksTest, AReceiptBeforeAllOthersGoesByTheVersionOfItsTime) {
  const auto standing = In(
      [&](record::Transaction& tx, Clocks& clocks) { return clocks.Start(tx, Subject("cases/a"), Shanghai("02-26 10:00"), tx.call.now); });
  ASSERT_THAT(standing, IsOk());
  EXPECT_EQ(standing->policy, kShippedServicePolicy) << "the other was published later";
  EXPECT_TRUE(standing->breached);
}

TEST_F(ClocksTest, ASimulationDoesTheSameAndChangesNothing) {
  auto request = Proto<v1::SimulateServiceClocksRequest>(R"pb(
    policy: "servicePolicies/first"
    events { subject: "b" action: ACTION_RECEIVE kind: SERVICE_KIND_INQUIRY priority: SERVICE_PRIORITY_HIGH }
    events { subject: "a" action: ACTION_RECEIVE kind: SERVICE_KIND_INQUIRY priority: SERVICE_PRIORITY_NORMAL }
    events { subject: "a" action: ACTION_ANSWER }
    events { subject: "a" action: ACTION_PAUSE }
    events { subject: "a" action: ACTION_CONTINUE })pb");
  const std::vector<std::string> times = {"03-02 09:00", "03-02 10:00", "03-02 11:30", "03-02 11:30", "03-03 10:15"};
  for (size_t i = 0; i < times.size(); ++i)
    *request.mutable_events(static_cast<int>(i))->mutable_time() = time::ToTimestamp(Shanghai(times[i]));
  *request.mutable_end_time() = time::ToTimestamp(Shanghai("03-04 10:30"));
  const auto tried = Call<v1::SimulateServiceClocksResponse>("SimulateServiceClocks", Manager(), request);
  ASSERT_THAT(tried, IsOk());
  EXPECT_THAT(tried->without_terms(), ElementsAre("b"));
  ASSERT_EQ(tried->service_clocks_size(), 2);
  EXPECT_EQ(tried->service_clocks(0).result(), ServiceClock::RESULT_MET);
  EXPECT_EQ(ShanghaiText(tried->service_clocks(1).breach_time()), "03-04 09:15");
  std::vector<std::string> steps;
  for (const auto& step : tried->steps()) steps.push_back(step.clock() + " " + ShanghaiText(step.time()));
  EXPECT_THAT(steps, ElementsAre("serviceClocks/a-2 03-03 16:15", "serviceClocks/a-2 03-04 09:15", "serviceClocks/a-2 03-04 10:15"));
  EXPECT_THAT(ClocksOf("a"), ElementsAre());
  EXPECT_THAT(EscalationsOf(""), ElementsAre());
  std::swap(*request.mutable_events(1), *request.mutable_events(2));
  request.clear_policy();
  EXPECT_THAT(Call<v1::SimulateServiceClocksResponse>("SimulateServiceClocks", Manager(), request),
              HasViolations("policy ONE_POLICY", "events[1] BAD_SIMULATED_EVENT", "events[2].time EVENTS_NOT_ASCENDING"));
}

}  // namespace
}  // namespace heitie::activity
