#include "common/people/copy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "common/event/event_log.h"
#include "common/event/followers.h"
#include "common/people/doorkeeper.h"
#include "common/record/json.h"
#include "common/test/fixture.h"
#include "heitie/personnel/v1/access_policy.pb.h"
#include "heitie/personnel/v1/delegation.pb.h"
#include "heitie/personnel/v1/employee.pb.h"
#include "heitie/personnel/v1/position.pb.h"
#include "heitie/type/v1/event.pb.h"

namespace heitie::people {
namespace {

using ::heitie::test::HasReason;
using ::heitie::test::IsOk;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr uint32_t kLead = 1u << options::v1::ROLE_OPERATIONS_MANAGER;
constexpr char kListEvents[] = "heitie.personnel.v1.RecordService/ListEvents";

// Another service's schema, and a personnel service that tells what a test says.
class CopyTest : public ::testing::Test {
 protected:
  CopyTest() {
    personnel_.On<type::v1::ListEventsRequest, type::v1::ListEventsResponse>(
        kListEvents,
        [this](const rpc::Call& call, const type::v1::ListEventsRequest& request) -> absl::StatusOr<type::v1::ListEventsResponse> {
          if (!answers_) return absl::UnavailableError("away");
          if (!request.subject().empty()) EXPECT_EQ(call.token, "") << "the service asks for itself";
          if (request.has_wait()) return absl::CancelledError();
          type::v1::ListEventsResponse response;
          response.set_last_position(static_cast<int64_t>(events_.size()));
          for (const type::v1::Event& event : events_) {
            const bool wanted = request.subject().empty() || request.subject() == event.subject();
            if (event.position() > request.after_position() && wanted) *response.add_events() = event;
          }
          return response;
        });
  }

  void Tell(const std::string& name, const std::string& after_json) {
    type::v1::Event& event = events_.emplace_back();
    event.set_position(static_cast<int64_t>(events_.size()));
    event.set_subject(name);
    event.set_revision(event.position());
    event.set_after_json(after_json);
  }
  template <typename T>
  void Tell(const std::string& text) {
    const T resource = test::Proto<T>(text);
    Tell(resource.name(), record::ToJson(resource));
  }
  void TellOfLi(const std::string& more = "") {
    Tell<personnel::v1::Employee>(
        "name: 'employees/li' display_name: 'Li Mei' hire_date { year: 2025 month: 1 day: 6 } position: 'positions/manager' department: "
        "'operations' assignments { start_date { year: 2025 month: 1 day: 6 } position: 'positions/manager' department: 'operations' "
        "reason: "
        "'secret' } absences { reason: 'secret' } " +
        more);
  }
  void TellOfTheManagersPost() { Tell<personnel::v1::Position>("name: 'positions/manager' title: 'M' roles: ROLE_OPERATIONS_MANAGER"); }
  void Follow() {
    clock_.Advance(event::kFollowInterval);
    ASSERT_THAT(jobs_.RunDue(), IsOk());
    ASSERT_THAT(copy_.Renew(), IsOk());
  }
  std::string Table(const std::string& query) {
    std::string text;
    EXPECT_THAT(store_.database().Read(
                    absl::Now() + absl::Seconds(20),
                    [&](sql::Session& session) { return session.Query(query, {}, [&](const sql::Row& row) { text += row.Text(0); }); }),
                IsOk());
    return text;
  }
  absl::Time In(int days) const { return clock_.Now() + days * absl::Hours(24); }

  time::FakeClock clock_{absl::FromUnixSeconds(1767225600)};  // 2026-01-01T08:00 in Taipei
  test::FakeClient personnel_;
  bool answers_ = true;
  std::vector<type::v1::Event> events_;
  test::TestDatabase database_;
  record::Store store_{database_.get()};
  job::Runner jobs_{store_, clock_, "services/test"};
  Directory directory_{time::ZoneOf("Asia/Taipei")};
  Copy copy_{store_, jobs_, personnel_, directory_};
};

TEST_F(CopyTest, TakesUpWhatPersonnelTells) {
  TellOfTheManagersPost();
  TellOfLi();
  Follow();
  EXPECT_EQ(directory_.RolesAt("employees/li", clock_.Now()), kLead);
  TellOfLi("leave_date { year: 2026 month: 1 day: 31 }");
  Follow();
  EXPECT_EQ(directory_.LeavesAt("employees/li"), absl::FromCivil(absl::CivilDay(2026, 2, 1), time::ZoneOf("Asia/Taipei")));
  Tell("employees/li", "");
  Follow();
  EXPECT_FALSE(directory_.Knows("employees/li"));
}

TEST_F(CopyTest, KeepsNothingButWhatRightsFollowFrom) {
  TellOfLi();
  Follow();
  const std::string kept = Table("SELECT facts FROM people");
  EXPECT_THAT(kept, HasSubstr("positions/manager"));
  EXPECT_THAT(kept, Not(HasSubstr("Li Mei")));
  EXPECT_THAT(kept, Not(HasSubstr("secret")));
}

TEST_F(CopyTest, ARowFromBeforeAssignmentsHasThePostOfItsFields) {
  TellOfTheManagersPost();
  Tell<personnel::v1::Employee>(
      "name: 'employees/bo' hire_date { year: 2025 month: 1 day: 6 } position: 'positions/manager' department: 'operations'");
  Follow();
  EXPECT_EQ(directory_.RolesAt("employees/bo", clock_.Now()), kLead);
}

TEST_F(CopyTest, DelegationsAndModesCountOnceTheyAreInForce) {
  TellOfTheManagersPost();
  TellOfLi();
  Tell<personnel::v1::Employee>("name: 'employees/bo' hire_date { year: 2025 month: 1 day: 6 } position: 'positions/x'");
  const std::string delegation =
      "name: 'delegations/a' delegator: 'employees/li' delegate: 'employees/bo' roles: ROLE_OPERATIONS_MANAGER start_date { year: 2026 "
      "month: "
      "1 day: 1 } end_date { year: 2026 month: 1 day: 9 } reason: 'secret' state: ";
  Tell<personnel::v1::Delegation>(delegation + "STATE_PROPOSED");
  const std::string policy = "name: 'accessPolicies/strict' mode: MODE_ENFORCE start_time { seconds: 1767225600 } state: ";
  Tell<personnel::v1::AccessPolicy>(policy + "STATE_DRAFT");
  Follow();
  EXPECT_EQ(directory_.RolesAt("employees/bo", clock_.Now()), 0u);
  EXPECT_FALSE(directory_.Now()->EnforcesAt(clock_.Now()));
  Tell<personnel::v1::Delegation>(delegation + "STATE_GRANTED");
  Tell<personnel::v1::AccessPolicy>(policy + "STATE_PUBLISHED");
  Follow();
  EXPECT_EQ(directory_.RolesAt("employees/bo", clock_.Now()), kLead);
  EXPECT_TRUE(directory_.Now()->EnforcesAt(clock_.Now()));
  Tell<personnel::v1::Delegation>(delegation + "STATE_REVOKED");
  Follow();
  EXPECT_EQ(directory_.RolesAt("employees/bo", clock_.Now()), 0u);
}

// What writes ask before somebody is refused (record/strangers.h).
TEST_F(CopyTest, PersonnelSaysWhoIsUnknownAndWhoIsNew) {
  const auto& owners = store_.owners();
  const auto ask = [&](const std::vector<std::string>& employees) {
    rpc::Call call = test::By("employees/boss", {options::v1::ROLE_OPERATIONS_MANAGER}, clock_.Now());
    call.token = "boss";
    absl::StatusOr<std::set<std::string>> known = absl::UnknownError("no answer");
    owners.ask(call, employees, [&](absl::StatusOr<std::set<std::string>> answer) { known = std::move(answer); });
    return known;
  };
  EXPECT_TRUE(owners.known("employees/x")) << "before anybody is known";
  Tell<personnel::v1::AccessPolicy>("name: 'accessPolicies/report' mode: MODE_REPORT start_time { seconds: 0 } state: STATE_PUBLISHED");
  TellOfTheManagersPost();
  Follow();
  EXPECT_TRUE(owners.known("employees/x")) << "a post is nobody";
  TellOfLi("leave_date { year: 2025 month: 1 day: 31 }");
  Follow();
  EXPECT_TRUE(owners.known("employees/li")) << "though she has left";
  EXPECT_FALSE(owners.known("employees/x"));
  Tell<personnel::v1::Employee>("name: 'employees/new' hire_date { year: 2026 month: 1 day: 6 } position: 'positions/x'");
  EXPECT_FALSE(owners.known("employees/new"));
  const auto answer = ask({"employees/x", "employees/new", "employees/y"});
  ASSERT_THAT(answer, IsOk());
  EXPECT_THAT(*answer, ::testing::ElementsAre("employees/new"));
  answers_ = false;
  EXPECT_THAT(ask({"employees/new"}), Not(IsOk()));
  Follow();
  EXPECT_FALSE(owners.known("employees/new"));
  answers_ = true;
  clock_.Advance(absl::Minutes(1));
  Follow();
  EXPECT_TRUE(owners.known("employees/new"));
}

// Restart: another process on the same schema, and personnel is away. A last day ahead comes by the clock.
TEST_F(CopyTest, SurvivesARestartWhilePersonnelIsAway) {
  TellOfTheManagersPost();
  TellOfLi("leave_date { year: 2026 month: 1 day: 3 }");
  Follow();
  answers_ = false;
  Directory other(time::ZoneOf("Asia/Taipei"));
  job::Runner runner(store_, clock_, "services/test");
  Copy copy(store_, runner, personnel_, other);
  EXPECT_EQ(other.RolesAt("employees/li", clock_.Now()), kLead);
  EXPECT_FALSE(other.HasLeft("employees/li", In(2)));
  EXPECT_TRUE(other.HasLeft("employees/li", In(3)));
  clock_.Advance(event::kFollowInterval);
  EXPECT_THAT(runner.RunDue(), IsOk());
  EXPECT_THAT(copy.Renew(), IsOk());
  EXPECT_TRUE(other.Knows("employees/li"));
}

TEST_F(CopyTest, EveryReplicaTakesUpWhatOneFollows) {
  Directory other(time::ZoneOf("Asia/Taipei"));
  job::Runner runner(store_, clock_, "services/test");
  Copy copy(store_, runner, personnel_, other);
  TellOfTheManagersPost();
  TellOfLi();
  Follow();  // the first one
  EXPECT_FALSE(other.Knows("employees/li"));
  ASSERT_THAT(copy.Renew(), IsOk());
  EXPECT_EQ(other.RolesAt("employees/li", clock_.Now()), kLead);
}

TEST_F(CopyTest, WhatCannotBeReadHoldsUpNobodyElse) {
  TellOfTheManagersPost();
  Tell("employees/bo", "{\"name\": \"employees/somebody-else\"}");
  TellOfLi();
  Follow();
  EXPECT_TRUE(directory_.Knows("employees/li"));
  EXPECT_EQ(Table("SELECT subject FROM follower_stuck"), "employees/bo");
}

TEST_F(CopyTest, ARebuildForgetsWhatIsGone) {
  TellOfTheManagersPost();
  TellOfLi();
  Tell<personnel::v1::Employee>("name: 'employees/bo' hire_date { year: 2025 month: 1 day: 6 } position: 'positions/x'");
  Follow();
  const std::string before = Table("SELECT seq FROM people WHERE name = 'employees/li'");
  for (type::v1::Event& event : events_) {
    if (event.subject() == "employees/bo") event.clear_after_json();
  }
  Table("UPDATE follower SET rebuild_position = 0");
  Follow();
  EXPECT_FALSE(directory_.Knows("employees/bo"));
  EXPECT_TRUE(directory_.Knows("employees/li"));
  EXPECT_EQ(Table("SELECT seq FROM people WHERE name = 'employees/li'"), before) << "what stays is not taken up again";
}

TEST_F(CopyTest, OwnEventsAnswerAndWake) {
  OwnEvents own(store_);
  rpc::Call call;
  call.deadline = absl::Now() + absl::Seconds(20);
  type::v1::ListEventsRequest request;
  type::v1::ListEventsResponse response;
  ASSERT_THAT(own.Call(call, kListEvents, request, &response), IsOk());
  EXPECT_TRUE(response.events().empty());
  request.mutable_wait()->set_seconds(1);
  absl::Status first = absl::UnknownError("waits"), second = first;
  own.Start(call, kListEvents, request, &response, [&](const absl::Status& status) { first = status; });
  own.Start(call, kListEvents, request, &response, [&](const absl::Status& status) { second = status; });
  EXPECT_TRUE(absl::IsCancelled(first)) << first;
  EXPECT_TRUE(absl::IsUnknown(second));
  const personnel::v1::Position position = test::Proto<personnel::v1::Position>("name: 'positions/a'");
  ASSERT_THAT(store_.Write(test::By("employees/m", {options::v1::ROLE_OPERATIONS_MANAGER}, clock_.Now()),
                           [&](record::Transaction& tx) {
                             return tx.Record("create", "positions/a", "personnel.heitie/Position", 1, nullptr, &position);
                           }),
              IsOk());
  EXPECT_THAT(second, IsOk()) << "a commit wakes who waits";
  EXPECT_FALSE(response.events().empty());
  // What came before it waited is told at once.
  second = absl::UnknownError("waits");
  response.Clear();
  own.Start(call, kListEvents, request, &response, [&](const absl::Status& status) { second = status; });
  EXPECT_THAT(second, IsOk());
}

// ---- The doorkeeper

rpc::Principal Caller(const std::string& name, std::initializer_list<rpc::Role> roles, const std::string& department = "") {
  rpc::Principal principal{name, department};
  for (const rpc::Role role : roles) principal.Grant(role);
  return principal;
}

class DoorkeeperTest : public CopyTest {
 protected:
  DoorkeeperTest() {
    TellOfTheManagersPost();
    TellOfLi("leave_date { year: 2026 month: 1 day: 3 }");
    Follow();
  }
  void Enforce() {
    Tell<personnel::v1::AccessPolicy>(
        "name: 'accessPolicies/strict' mode: MODE_ENFORCE start_time { seconds: 1767225600 } state: STATE_PUBLISHED");
    Follow();
  }
  absl::Status Judge(rpc::Principal& principal, int days = 0) { return doorkeeper_.Judge(nullptr, In(days), principal); }
  std::string Listed() {
    EXPECT_THAT(doorkeeper_.KeepExcess(store_), IsOk());
    return Table("SELECT CONCAT(person, ' ', role, ' ', requests, '; ') FROM excess_role ORDER BY person, role");
  }

  Doorkeeper doorkeeper_{directory_};
};

TEST_F(DoorkeeperTest, WhoHasLeftIsRefusedInBothModes) {
  rpc::Principal li = Caller("employees/li", {options::v1::ROLE_OPERATIONS_MANAGER});
  EXPECT_THAT(Judge(li, 2), IsOk());
  EXPECT_THAT(Judge(li, 3), HasReason("LEFT_THE_COMPANY"));
  Enforce();
  EXPECT_THAT(Judge(li, 2), IsOk());
  EXPECT_THAT(Judge(li, 3), HasReason("LEFT_THE_COMPANY"));
}

TEST_F(DoorkeeperTest, ReportCountsAndListsAndTakesNothingAway) {
  rpc::Principal li = Caller("employees/li", {options::v1::ROLE_OPERATIONS_MANAGER, options::v1::ROLE_DATA_ANALYST}, "sales");
  rpc::Principal stranger = Caller("employees/stranger", {options::v1::ROLE_DATA_ANALYST}, "sales");
  const rpc::Principal as_before = li;
  for (int i = 0; i < 3; ++i) EXPECT_THAT(Judge(li), IsOk());
  EXPECT_THAT(Judge(stranger), IsOk());
  EXPECT_EQ(li.roles, as_before.roles);
  EXPECT_EQ(li.department, "sales");
  EXPECT_EQ(Listed(), "employees/li DATA_ANALYST 3; employees/stranger DATA_ANALYST 1; ");
  EXPECT_THAT(Judge(li), IsOk());
  EXPECT_EQ(Listed(), "employees/li DATA_ANALYST 4; employees/stranger DATA_ANALYST 1; ");
  EXPECT_EQ(Table("SELECT COUNT(*) FROM excess_role WHERE first_time = last_time"), "2");
}

TEST_F(DoorkeeperTest, WhatCouldNotBeWrittenIsWrittenLater) {
  rpc::Principal stranger = Caller("employees/stranger", {options::v1::ROLE_DATA_ANALYST});
  EXPECT_THAT(Judge(stranger), IsOk());
  Table("ALTER TABLE excess_role RENAME TO elsewhere");
  EXPECT_FALSE(doorkeeper_.KeepExcess(store_).ok());
  Table("ALTER TABLE elsewhere RENAME TO excess_role");
  EXPECT_THAT(Judge(stranger, 1), IsOk());
  EXPECT_EQ(Listed(), "employees/stranger DATA_ANALYST 2; ");
  EXPECT_EQ(Table("SELECT DATEDIFF(last_time, first_time) FROM excess_role"), "1");
}

TEST_F(DoorkeeperTest, WhatNobodyCarriesAnyMoreIsForgotten) {
  rpc::Principal old = Caller("employees/old", {options::v1::ROLE_DATA_ANALYST}),
                 other = Caller("employees/other", {options::v1::ROLE_DATA_ANALYST});
  EXPECT_THAT(Judge(old), IsOk());
  EXPECT_EQ(Listed(), "employees/old DATA_ANALYST 1; ");
  EXPECT_THAT(Judge(other, 90), IsOk());
  EXPECT_EQ(Listed(), "employees/old DATA_ANALYST 1; employees/other DATA_ANALYST 1; ");
  EXPECT_THAT(Judge(other, 91), IsOk());
  EXPECT_EQ(Listed(), "employees/other DATA_ANALYST 2; ");
}

TEST_F(DoorkeeperTest, EnforceLeavesWhatTokenAndPostGrant) {
  Enforce();
  rpc::Principal li = Caller("employees/li", {options::v1::ROLE_OPERATIONS_MANAGER, options::v1::ROLE_DATA_ANALYST}, "sales");
  EXPECT_THAT(Judge(li), IsOk());
  EXPECT_EQ(li.roles, kLead);
  EXPECT_EQ(li.department, "") << "it is not the department of the post";
  rpc::Principal at_home = Caller("employees/li", {options::v1::ROLE_DATA_ANALYST}, "operations");
  EXPECT_THAT(Judge(at_home), IsOk());
  EXPECT_EQ(at_home.roles, 0u) << "the post gives no role that the token lacks";
  EXPECT_EQ(at_home.department, "operations");
  rpc::Principal stranger = Caller("employees/stranger", {options::v1::ROLE_OPERATIONS_MANAGER}, "operations");
  EXPECT_THAT(Judge(stranger), IsOk());
  EXPECT_EQ(stranger.roles, 0u);
  EXPECT_EQ(stranger.department, "");
  EXPECT_EQ(Listed(), "employees/li DATA_ANALYST 2; employees/stranger OPERATIONS_MANAGER 1; ");
}

TEST_F(DoorkeeperTest, ServicesAndProducersAreLeftAlone) {
  Enforce();
  for (const char* name : {"services/activity", "producers/shop", "employee", "employees"}) {
    rpc::Principal caller = Caller(name, {options::v1::ROLE_SERVICE, options::v1::ROLE_PRODUCER}, "x");
    EXPECT_THAT(Judge(caller), IsOk());
    EXPECT_TRUE(caller.Has(options::v1::ROLE_SERVICE) && caller.Has(options::v1::ROLE_PRODUCER)) << name;
    EXPECT_EQ(caller.department, "x");
  }
  EXPECT_EQ(Listed(), "");
}

}  // namespace
}  // namespace heitie::people
