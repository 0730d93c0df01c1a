// What personnel knows of people is in force at the door of every other process within two seconds, and stays so while personnel is away.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <functional>
#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/time/civil_time.h"
#include "common/status/status.h"
#include "common/test/matchers.h"
#include "common/time/day.h"
#include "heitie/type/v1/excess_role.pb.h"
#include "tests/e2e/suite.h"

namespace heitie::e2e {
namespace {

using test::HasReason;
using test::IsOk;

// Within which a change is to be in force everywhere, counted from the answer to it.
constexpr absl::Duration kInForce = absl::Seconds(2);
// For what is written down now and then.
constexpr absl::Duration kNoted = absl::Seconds(20);

// A method of each service that everybody of the company may call.
constexpr const char* kLooks[] = {"planning.ListPlanPeriods", "resource.ListItems",    "personnel.ListPositions",
                                  "risk.ListRisks",           "metrics.ListProducers", "activity.ListActivities"};

std::string DateText(absl::CivilDay day) {
  return absl::StrCat("{ year: ", day.year(), " month: ", day.month(), " day: ", day.day(), " }");
}
absl::CivilDay Today() { return absl::ToCivilDay(absl::Now(), time::ZoneOf("Asia/Taipei")); }

// How long it took; nothing when it did not come in time.
std::optional<absl::Duration> Await(const std::function<bool()>& is_so, absl::Duration patience = kInForce) {
  const absl::Time begin = absl::Now();
  while (!is_so()) {
    if (absl::Now() > begin + patience) return std::nullopt;
    absl::SleepFor(absl::Milliseconds(5));
  }
  return absl::Now() - begin;
}

class RightsTest : public ::testing::Test {
 protected:
  RightsTest() {
    manager_.Do("personnel.CreatePosition", absl::StrCat("position_id: 'lead-", run_,
                                                         "' position { title: 'Lead' responsibilities: 'Leads.' "
                                                         "roles: ROLE_OPERATIONS_MANAGER }"));
    manager_.Do("personnel.CreatePosition", absl::StrCat("position_id: 'host-", run_,
                                                         "' position { title: 'Host' responsibilities: 'Hosts.' "
                                                         "roles: ROLE_OPERATIONS_SPECIALIST }"));
    Hire("lead", "lead");
    Hire("host", "host");
    AwaitFollowers();
  }
  // Processes that came up before personnel have backed off from following it; what is promised holds from their next look on.
  void AwaitFollowers() {
    Hire("gone", "host");
    manager_.Do("personnel.TerminateEmployee", Name("gone") + " leave_date " + DateText(Today() - 1));
    const Person gone = As("gone", "--role SPECIALIST");
    for (const char* look : kLooks) {
      EXPECT_TRUE(Await([&] { return status::ReasonOf(gone.Try(look, "")) == "LEFT_THE_COMPANY"; }, absl::Seconds(60))) << look;
    }
  }
  void Hire(const std::string& id, const std::string& position) {
    manager_.Do("personnel.CreateEmployee",
                absl::StrCat("employee_id: '", id, "-", run_, "' employee { display_name: 'x' position: 'positions/", position, "-", run_,
                             "' department: 'operations' hire_date ", DateText(Today() - 30), " }"));
  }
  Person As(const std::string& id, const std::string& roles) const {
    return Person(Suite::Get().grpc(), Suite::Get().Token(absl::StrCat("--name employees/", id, "-", run_, " ", roles)));
  }
  // What the lead publishes.
  absl::Status Publish(const std::string& id, const std::string& mode) {
    const Person lead = As("lead", "--role MANAGER");
    lead.Do("personnel.CreateAccessPolicy", absl::StrCat("access_policy_id: '", id, "-", run_, "' access_policy { reason: 'r' mode: ", mode,
                                                         " most_delegation_days: 92 }"));
    const absl::Status published = lead.Try("personnel.PublishAccessPolicy", absl::StrCat("name: 'accessPolicies/", id, "-", run_, "'"));
    if (published.ok()) enforced_ = mode == "MODE_ENFORCE";
    return published;
  }
  // Other tests' people are nobody's employees.
  void TearDown() override {
    if (enforced_) EXPECT_THAT(Publish("end", "MODE_REPORT"), IsOk());
  }
  std::string Name(const std::string& id) const { return absl::StrCat("name: 'employees/", id, "-", run_, "'"); }

  const std::string run_ = absl::StrCat(absl::ToUnixMillis(absl::Now()));
  bool enforced_ = false;
  const Person manager_{Suite::Get().grpc(), Suite::Get().Token("--role MANAGER")};
};

TEST_F(RightsTest, WhoHasLeftIsRefusedAtEveryDoorAlsoAfterARestartWithoutPersonnel) {
  const Person host = As("host", "--role SPECIALIST");
  for (const char* look : kLooks) ASSERT_THAT(host.Try(look, ""), IsOk()) << look;
  manager_.Do("personnel.TerminateEmployee", Name("host") + " leave_date " + DateText(Today() - 1));
  const absl::Time begin = absl::Now();
  for (const char* look : kLooks) {
    const auto refused = Await([&] { return status::ReasonOf(host.Try(look, "")) == "LEFT_THE_COMPANY"; }, begin + kInForce - absl::Now());
    EXPECT_TRUE(refused) << look << " was not refused within " << kInForce;
  }

  Suite::Get().Stop("personnel", SIGTERM);
  Suite::Get().Stop("risk", SIGTERM);
  Suite::Get().Start("risk");
  EXPECT_THAT(host.Try("risk.ListRisks", ""), HasReason("LEFT_THE_COMPANY"));
  EXPECT_THAT(As("lead", "--role MANAGER").Try("risk.ListRisks", ""), IsOk());
  Suite::Get().Start("personnel");

  manager_.Do("personnel.ReinstateEmployee", Name("host"));
  // Who follows personnel had backed off while it was away.
  for (const char* look : kLooks) EXPECT_TRUE(Await([&] { return host.Try(look, "").ok(); }, absl::Seconds(60))) << look;
}

TEST_F(RightsTest, TheModeIsSwitchedEverywhereAndBack) {
  const Person lead = As("lead", "--role MANAGER --role ANALYST"), host = As("host", "--role MANAGER --role SPECIALIST");
  const char* managers_own = "planning.ListFollowers";
  ASSERT_THAT(host.Try(managers_own, ""), IsOk()) << "its token says manager, and that is only reported";
  const auto listed = [&] {
    const auto page = lead.Ask<type::v1::ListExcessRolesResponse>("planning.ListExcessRoles", "page_size: 1000");
    return page.ok() && std::any_of(page->excess_roles().begin(), page->excess_roles().end(), [&](const type::v1::ExcessRole& excess) {
             return excess.person() == "employees/host-" + run_ && excess.role() == "OPERATIONS_MANAGER" && excess.request_count() > 0;
           });
  };
  EXPECT_TRUE(Await(listed, kNoted));
  EXPECT_GT(Suite::Get().Figure("planning", "heitie_excess_role_requests_total{role=\"OPERATIONS_MANAGER\"}"), 0);

  ASSERT_THAT(Publish("strict", "MODE_ENFORCE"), IsOk());
  EXPECT_TRUE(Await([&] { return status::ReasonOf(host.Try(managers_own, "")) == "PERMISSION_DENIED"; }));
  EXPECT_THAT(host.Try("planning.ListPlanPeriods", ""), IsOk()) << "its post grants this";
  EXPECT_THAT(lead.Try(managers_own, ""), IsOk());
  EXPECT_THAT(manager_.Try("planning.ListPlanPeriods", ""), HasReason("PERMISSION_DENIED")) << "nobody of whom personnel knows";

  // A post that is given is in force as soon as one that is taken.
  lead.Do("personnel.TransferEmployee",
          absl::StrCat(Name("host"), " start_date ", DateText(Today()), " position: 'positions/lead-", run_, "' department: 'operations'"));
  EXPECT_TRUE(Await([&] { return host.Try(managers_own, "").ok(); }));
  lead.Do("personnel.CancelTransfer", absl::StrCat(Name("host"), " start_date ", DateText(Today())));
  EXPECT_TRUE(Await([&] { return !host.Try(managers_own, "").ok(); }));
  // So is what is delegated, and taken back.
  lead.Do("personnel.CreateDelegation", absl::StrCat("delegation_id: 'd-", run_, "' delegation { delegator: 'employees/lead-", run_,
                                                     "' delegate: 'employees/host-", run_, "' roles: ROLE_OPERATIONS_MANAGER start_date ",
                                                     DateText(Today()), " end_date ", DateText(Today() + 5), " reason: 'r' }"));
  EXPECT_TRUE(Await([&] { return host.Try(managers_own, "").ok(); }));
  host.Do("personnel.RevokeDelegation", absl::StrCat("name: 'delegations/d-", run_, "' reason: 'r'"));
  EXPECT_TRUE(Await([&] { return !host.Try(managers_own, "").ok(); }));

  ASSERT_THAT(Publish("open", "MODE_REPORT"), IsOk());
  for (const char* look : kLooks) EXPECT_TRUE(Await([&] { return manager_.Try(look, "").ok(); })) << look;
}

}  // namespace
}  // namespace heitie::e2e
