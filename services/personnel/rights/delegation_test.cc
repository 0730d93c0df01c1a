#include "services/personnel/rights/delegation.h"

#include <random>

#include "absl/strings/str_cat.h"
#include "heitie/personnel/v1/pending_step.pb.h"
#include "heitie/type/v1/event.pb.h"
#include "services/personnel/rights/rights_testing.h"

namespace heitie::personnel {
namespace {

using absl::CivilDay;
using test::HasReason;
using test::HasViolations;
using test::IsOk;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(FirstDayWithoutRole, IsTheFirstOnWhichThePostHasItNot) {
  const CivilDay begin(2026, 3, 1);
  std::vector<v1::Position> positions(2);
  positions[0].set_name("positions/0");
  positions[0].add_roles(options::v1::ROLE_DATA_ANALYST);
  positions[1].set_name("positions/1");
  std::mt19937 random(13);
  const auto pick = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
  for (int round = 0; round < 1000; ++round) {
    v1::Employee person;
    CivilDay day = begin - 5 + pick(10);
    *person.mutable_hire_date() = time::ToDate(day);
    for (int posts = 1 + pick(4); posts > 0; --posts, day += 1 + pick(8)) {
      v1::Assignment& post = *person.add_assignments();
      *post.mutable_start_date() = time::ToDate(day);
      post.set_position(absl::StrCat("positions/", pick(3) == 0 ? 1 : 0));
    }
    if (pick(2) == 0) *person.mutable_leave_date() = time::ToDate(day + pick(10));
    const CivilDay first = begin + pick(10), last = first + pick(20);
    std::optional<CivilDay> expected;
    for (CivilDay at = first; at <= last && !expected; ++at) {
      const std::optional<v1::Assignment> post = AssignmentOn(person, at);
      if (!post || post->position() != "positions/0") expected = at;
    }
    ASSERT_EQ(FirstDayWithoutRole(person, positions, options::v1::ROLE_DATA_ANALYST, first, last), expected) << round;
  }
}

// lin leads li, who leads bo; wu is another manager. Today is 15 January.
class DelegationTest : public RightsTest {
 protected:
  DelegationTest() {
    Hire("lin", "manager");
    Hire("wu", "manager");
    Hire("li", "specialist", "lin");
    Hire("bo", "specialist", "li");
  }

  static v1::CreateDelegationRequest Request(const std::string& id, const std::string& from, const std::string& to,
                                             const std::string& role = "ROLE_OPERATIONS_SPECIALIST", CivilDay first = CivilDay(2026, 1, 15),
                                             CivilDay last = CivilDay(2026, 1, 31)) {
    auto request =
        test::Proto<v1::CreateDelegationRequest>(absl::StrCat("delegation_id: '", id, "' delegation { delegator: 'employees/", from,
                                                              "' delegate: 'employees/", to, "' roles: ", role, " reason: 'leave' }"));
    *request.mutable_delegation()->mutable_start_date() = time::ToDate(first);
    *request.mutable_delegation()->mutable_end_date() = time::ToDate(last);
    return request;
  }
  absl::StatusOr<v1::Delegation> Delegate(const rpc::Call& call, const v1::CreateDelegationRequest& request) {
    return Call<v1::Delegation>("CreateDelegation", call, request);
  }
  template <typename Req>
  absl::StatusOr<v1::Delegation> Do(const std::string& verb, const rpc::Call& call, const std::string& id, const std::string& more = "") {
    return Call<v1::Delegation>(verb + "Delegation", call, test::Proto<Req>(absl::StrCat("name: 'delegations/", id, "' ", more)));
  }
  absl::StatusOr<v1::Delegation> Approve(const rpc::Call& call, const std::string& id) {
    return Do<v1::ApproveDelegationRequest>("Approve", call, id);
  }
  absl::StatusOr<v1::Delegation> Revoke(const rpc::Call& call, const std::string& id) {
    return Do<v1::RevokeDelegationRequest>("Revoke", call, id, "reason: 'back'");
  }
  v1::Delegation::State StateOf(const std::string& id) {
    const auto found =
        Call<v1::Delegation>("GetDelegation", Manager(), test::Proto<v1::GetDelegationRequest>("name: 'delegations/" + id + "'"));
    EXPECT_THAT(found, IsOk());
    return found.ok() ? found->state() : v1::Delegation::STATE_UNSPECIFIED;
  }
  std::vector<std::string> WaitingFor(const std::string& id) {
    const auto mine = Call<v1::FindMyStepsResponse>("FindMySteps", ManagerOf(id), v1::FindMyStepsRequest());
    EXPECT_THAT(mine, IsOk());
    std::vector<std::string> subjects;
    if (!mine.ok()) return subjects;
    for (const v1::MyStep& step : mine->steps()) subjects.push_back(step.step().subject());
    return subjects;
  }
};

TEST_F(DelegationTest, WhatAManagerDelegatesIsGrantedAtOnce) {
  const auto own = Delegate(ManagerOf("lin"), Request("a", "lin", "li", "ROLE_OPERATIONS_MANAGER"));
  ASSERT_THAT(own, IsOk());
  EXPECT_EQ(own->state(), v1::Delegation::STATE_GRANTED);
  EXPECT_EQ(own->approver(), "employees/lin");
  EXPECT_THAT(own->allowed_verbs(), ElementsAre("revoke"));
  const auto of_another = Delegate(ManagerOf("lin"), Request("b", "li", "bo"));
  ASSERT_THAT(of_another, IsOk());
  EXPECT_EQ(of_another->state(), v1::Delegation::STATE_GRANTED);
  EXPECT_THAT(WaitingFor("lin"), IsEmpty());
}

TEST_F(DelegationTest, NobodyGrantsRolesToThemselves) {
  const auto to_self = Delegate(ManagerOf("wu"), Request("a", "li", "wu"));
  ASSERT_THAT(to_self, IsOk());
  EXPECT_EQ(to_self->state(), v1::Delegation::STATE_PROPOSED);
  EXPECT_THAT(Approve(ManagerOf("wu"), "a"), HasReason("OWN_PROPOSAL"));
  EXPECT_THAT(Approve(SpecialistOf("li"), "a"), HasReason("NOT_THE_APPROVER")) << "it was a manager who proposed it";
  EXPECT_THAT(Approve(ManagerOf("lin"), "a"), IsOk());
}

TEST_F(DelegationTest, WhatOthersDelegateWaitsForTheirSuperior) {
  const auto proposed = Delegate(SpecialistOf("bo"), Request("a", "bo", "wu"));
  ASSERT_THAT(proposed, IsOk());
  EXPECT_EQ(proposed->state(), v1::Delegation::STATE_PROPOSED);
  EXPECT_THAT(WaitingFor("li"), ElementsAre("delegations/a"));
  EXPECT_THAT(Approve(SpecialistOf("bo"), "a"), HasReason("OWN_PROPOSAL"));
  EXPECT_THAT(Approve(ManagerOf("wu"), "a"), HasReason("OWN_PROPOSAL")) << "whom it concerns";
  EXPECT_THAT(Approve(SpecialistOf("stranger"), "a"), HasReason("NOT_FOUND")) << "who does not see it";
  const auto granted = Approve(SpecialistOf("li"), "a");
  ASSERT_THAT(granted, IsOk());
  EXPECT_EQ(granted->state(), v1::Delegation::STATE_GRANTED);
  EXPECT_EQ(granted->approver(), "employees/li");
  EXPECT_TRUE(granted->has_decide_time());
  EXPECT_THAT(WaitingFor("li"), IsEmpty());
  EXPECT_THAT(Approve(SpecialistOf("li"), "a"), HasReason("ILLEGAL_TRANSITION"));
}

TEST_F(DelegationTest, ARejectionSaysWhy) {
  ASSERT_THAT(Delegate(SpecialistOf("bo"), Request("a", "bo", "wu")), IsOk());
  const auto rejected = Do<v1::RejectDelegationRequest>("Reject", SpecialistOf("li"), "a", "reason: 'not needed'");
  ASSERT_THAT(rejected, IsOk());
  EXPECT_EQ(rejected->state(), v1::Delegation::STATE_REJECTED);
  EXPECT_EQ(rejected->state_reason(), "not needed");
  EXPECT_THAT(WaitingFor("li"), IsEmpty());
  EXPECT_THAT(Revoke(SpecialistOf("bo"), "a"), HasReason("ILLEGAL_TRANSITION"));
}

TEST_F(DelegationTest, OnlyTheOwnRolesOrAManagersDecision) {
  EXPECT_THAT(Delegate(SpecialistOf("bo"), Request("a", "li", "wu")), HasReason("NOT_YOUR_ROLES"));
  EXPECT_THAT(Delegate(SpecialistOf("li"), Request("a", "li", "bo", "ROLE_OPERATIONS_MANAGER")), HasReason("ROLE_NOT_HELD"));
  ASSERT_THAT(Delegate(ManagerOf("lin"), Request("a", "li", "bo")), IsOk());
  EXPECT_THAT(Revoke(SpecialistOf("stranger"), "a"), HasReason("NOT_FOUND"));
  EXPECT_THAT(Revoke(SpecialistOf("bo"), "a"), IsOk()) << "the delegate";
  ASSERT_THAT(Delegate(SpecialistOf("bo"), Request("c", "bo", "wu")), IsOk());
  EXPECT_THAT(Revoke(SpecialistOf("li"), "c"), HasReason("NOT_YOUR_ROLES")) << "the superior may reject it";
  ASSERT_THAT(Approve(SpecialistOf("li"), "c"), IsOk());
  EXPECT_THAT(Revoke(SpecialistOf("li"), "c"), IsOk()) << "and take back what the own approval gave";
  ASSERT_THAT(Delegate(ManagerOf("lin"), Request("b", "li", "bo")), IsOk());
  EXPECT_THAT(Revoke(SpecialistOf("li"), "b"), IsOk()) << "the delegator";
  EXPECT_EQ(StateOf("b"), v1::Delegation::STATE_REVOKED);
}

TEST_F(DelegationTest, EveryBadFieldIsToldAtOnce) {
  auto request = Request("a", "li", "li", "ROLE_PRODUCER", CivilDay(2026, 1, 14), CivilDay(2026, 1, 13));
  EXPECT_THAT(Delegate(SpecialistOf("li"), request),
              HasViolations("delegation.delegate DELEGATE_IS_DELEGATOR", "delegation.roles[0] ROLE_NOT_FOR_PEOPLE",
                            "delegation.start_date DELEGATION_IN_THE_PAST", "delegation.end_date DATES_REVERSED"));
  request = Request("a", "nobody", "no-one", "ROLE_DATA_ANALYST", CivilDay(2026, 1, 15), CivilDay(2026, 4, 17));
  EXPECT_THAT(Delegate(ManagerOf("lin"), request),
              HasViolations("delegation.end_date DELEGATION_TOO_LONG", "delegation.delegator UNKNOWN_EMPLOYEE",
                            "delegation.delegate UNKNOWN_EMPLOYEE"));
  EXPECT_THAT(
      Delegate(ManagerOf("lin"), Request("a", "li", "bo", "ROLE_OPERATIONS_SPECIALIST", CivilDay(2026, 1, 15), CivilDay(2026, 4, 16))),
      IsOk())
      << "92 days";
  ASSERT_THAT(Publish("short", "lin", "MODE_REPORT", std::nullopt, 3), IsOk());
  clock_.Advance(absl::Minutes(1));
  EXPECT_THAT(
      Delegate(ManagerOf("lin"), Request("b", "li", "bo", "ROLE_OPERATIONS_SPECIALIST", CivilDay(2026, 1, 15), CivilDay(2026, 1, 18))),
      HasViolations("delegation.end_date DELEGATION_TOO_LONG"));
}

TEST_F(DelegationTest, PostsAndEmploymentAreLookedAtOnEveryDay) {
  ASSERT_THAT(Transfer("li", "manager", CivilDay(2026, 1, 20)), IsOk());
  EXPECT_THAT(Delegate(ManagerOf("lin"), Request("a", "li", "bo")), HasReason("ROLE_NOT_HELD"));
  EXPECT_THAT(
      Delegate(ManagerOf("lin"), Request("a", "li", "bo", "ROLE_OPERATIONS_SPECIALIST", CivilDay(2026, 1, 15), CivilDay(2026, 1, 19))),
      IsOk());
  ASSERT_THAT(Terminate("bo", CivilDay(2026, 1, 25)), IsOk());
  EXPECT_THAT(Delegate(ManagerOf("lin"), Request("b", "lin", "bo", "ROLE_OPERATIONS_MANAGER")), HasReason("OUTSIDE_EMPLOYMENT"));
  // What changed while it waited counts when it is granted.
  ASSERT_THAT(
      Delegate(SpecialistOf("bo"), Request("c", "bo", "wu", "ROLE_OPERATIONS_SPECIALIST", CivilDay(2026, 1, 20), CivilDay(2026, 1, 25))),
      IsOk());
  ASSERT_THAT(Terminate("bo", CivilDay(2026, 1, 24)), IsOk());
  EXPECT_THAT(Approve(ManagerOf("lin"), "c"), HasReason("ROLE_NOT_HELD"));
}

TEST_F(DelegationTest, IsSeenByWhomItConcerns) {
  ASSERT_THAT(Delegate(ManagerOf("lin"), Request("a", "bo", "wu")), IsOk());
  const auto reason_for = [&](const rpc::Call& call) {
    const auto found = Call<v1::Delegation>("GetDelegation", call, test::Proto<v1::GetDelegationRequest>("name: 'delegations/a'"));
    return found.ok() ? found->reason() : status::ReasonOf(found.status());
  };
  for (const char* id : {"bo", "wu", "li", "lin"}) EXPECT_EQ(reason_for(SpecialistOf(id)), "leave") << id;
  EXPECT_EQ(reason_for(ManagerOf("stranger")), "leave");
  EXPECT_EQ(reason_for(SpecialistOf("stranger")), "NOT_FOUND");
  const auto events = Call<type::v1::ListEventsResponse>("ListEvents", ServiceCaller(),
                                                         test::Proto<type::v1::ListEventsRequest>("subject: 'delegations/a'"));
  ASSERT_THAT(events, IsOk());
  ASSERT_EQ(events->events_size(), 1) << "the doors of other services learn of it";
  EXPECT_THAT(events->events(0).after_json(), ::testing::Not(::testing::HasSubstr("leave")));
}

TEST_F(DelegationTest, WhoStandsInForTheSuperiorApproves) {
  Hire("an", "specialist");
  ASSERT_THAT(
      Call<v1::Employee>("RecordAbsence", ManagerOf("lin"),
                         test::Proto<v1::RecordAbsenceRequest>(
                             "name: 'employees/li' absence { start_date { year: 2026 month: 1 day: 15 } end_date { year: 2026 month: 1 "
                             "day: 16 } deputy: 'employees/an' }")),
      IsOk());
  ASSERT_THAT(Delegate(SpecialistOf("bo"), Request("a", "bo", "wu")), IsOk());
  EXPECT_THAT(Approve(SpecialistOf("an"), "a"), IsOk());
}

TEST_F(DelegationTest, ItEndsAfterItsLastDayWhetherGrantedOrNot) {
  ASSERT_THAT(Delegate(ManagerOf("lin"), Request("granted", "li", "bo")), IsOk());
  ASSERT_THAT(Delegate(SpecialistOf("bo"), Request("waiting", "bo", "wu")), IsOk());
  ASSERT_THAT(Delegate(ManagerOf("lin"), Request("revoked", "li", "bo")), IsOk());
  ASSERT_THAT(Revoke(ManagerOf("lin"), "revoked"), IsOk());
  clock_.Set(absl::FromCivil(CivilDay(2026, 2, 1), service::DefaultTimeZone()) - absl::Microseconds(1));
  ASSERT_THAT(jobs_.RunDue(), IsOk());
  EXPECT_EQ(StateOf("granted"), v1::Delegation::STATE_GRANTED);
  clock_.Advance(absl::Microseconds(1));
  ASSERT_THAT(jobs_.RunDue(), IsOk());
  EXPECT_EQ(StateOf("granted"), v1::Delegation::STATE_ENDED);
  EXPECT_EQ(StateOf("waiting"), v1::Delegation::STATE_ENDED);
  EXPECT_EQ(StateOf("revoked"), v1::Delegation::STATE_REVOKED);
  EXPECT_THAT(WaitingFor("li"), IsEmpty());
}

}  // namespace
}  // namespace heitie::personnel
