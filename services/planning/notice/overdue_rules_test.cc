// The rules of notices that the service comes with.
#include "common/time/instant.h"
#include "services/planning/notice/inbox.h"
#include "services/planning/notice/notice_rules.h"
#include "services/planning/plan/planning_fixture.h"

namespace heitie::planning {
namespace {

using test::IsOk;
using ::testing::IsEmpty;
using v1::Notice;

class OverdueRulesTest : public PlanningTest {
 protected:
  std::vector<Notice> InboxOf(const std::string& person) {
    const auto page = Do<v1::ListNoticesResponse, v1::ListNoticesRequest>(
        "ListNotices", test::By("employees/" + person, {options::v1::ROLE_OPERATIONS_SPECIALIST}, clock_.Now()), "");
    return {page.notices().begin(), page.notices().end()};
  }
  // Who works where, as personnel would have it told.
  void Employ(const std::string& person, const std::string& position) {
    people::Directory::Changes changes;
    changes.employees["employees/" + person] =
        people::EmployeeFact{absl::CivilDay(2020, 1, 1), std::nullopt, {{absl::CivilDay(2020, 1, 1), position, "operations"}}};
    changes.positions["positions/manager"] = 1u << options::v1::ROLE_OPERATIONS_MANAGER;
    people_.Take(changes);
    EXPECT_THAT(database_.get().Read(absl::Now() + absl::Seconds(20),
                                     [&](sql::Session& session) {
                                       return session
                                           .Execute(
                                               "INSERT INTO mirrored_employees (name, etag, superior, department) VALUES (?, '1', '', "
                                               "'operations')",
                                               sql::Bind("employees/" + person))
                                           .status();
                                     }),
                IsOk());
  }
  service::Context Own() {
    return {store_,
            clock_,
            own_jobs_,
            [this](const std::string& target) -> client::Client& { return clients_[target]; },
            service::DefaultTimeZone(),
            people_};
  }

  // Of a second instance beside the service's, which shares its rows.
  job::Runner own_jobs_{store_, clock_, "services/planning"};
  Notices notices_{Own()};
  Tables tables_{Own()};
  Recipients recipients_{Own(), tables_};
  RobotTables robots_{Own(), {}};
  NoticeRules rules_{Own(), tables_, robots_, notices_, recipients_};
};

TEST_F(OverdueRulesTest, WhatIsOverdueComesBackToItsOwnerAndRisesToTheManagers) {
  Employ("li", "positions/host");
  Employ("boss", "positions/manager");
  const auto comes = [&](const std::string& id, const std::string& action, const std::string& type, const std::string& name,
                         const std::string& more) {
    type::v1::Event event;
    event.set_event_id(id);
    event.set_subject(name);
    event.set_subject_type("risk.heitie/" + type);
    event.set_action(action);
    *event.mutable_occur_time() = time::ToTimestamp(clock_.Now());
    event.set_after_json(absl::StrCat(R"({"name": ")", name, R"(", )", more, "}"));
    EXPECT_THAT(rules_.OnEvents(Manager(), {&event}), IsOk());
  };
  const std::string owned = R"("owner": "employees/li", "overdueDays": 1, "title": "Rain")";
  comes("1", "overdue", "RiskProposal", "riskProposals/rain", owned);
  ASSERT_EQ(InboxOf("li").size(), 1u);
  EXPECT_THAT(InboxOf("li")[0].text(), ::testing::HasSubstr("Rain"));
  EXPECT_THAT(InboxOf("boss"), IsEmpty());
  comes("2", "escalate", "RiskProposal", "riskProposals/rain", owned);
  EXPECT_EQ(InboxOf("li").size(), 2u);
  EXPECT_EQ(InboxOf("boss").size(), 1u);
  comes("3", "escalate", "RiskProposal", "riskProposals/snow", R"("overdueDays": 1, "title": "Snow")");
  EXPECT_EQ(InboxOf("boss").size(), 2u) << "nobody is to decide it";
  comes("4", "escalate", "RiskProposal", "riskProposals/leak", owned + R"(, "restriction": "restricted")");
  EXPECT_EQ(InboxOf("boss").size(), 2u) << "few may know of it";
  int told = 2;
  for (const auto& [type, name] : std::vector<std::pair<std::string, std::string>>{{"RiskMeasure", "riskMeasures/m"},
                                                                                   {"AssessmentDuty", "assessmentDuties/d"},
                                                                                   {"RiskControl", "riskControls/c"},
                                                                                   {"ObligationCase", "obligationCases/o"},
                                                                                   {"Risk", "risks/r"}}) {
    SCOPED_TRACE(type);
    const std::string owner = R"("owner": "employees/li")";
    comes(type + "1", "overdue", type, name, owner);
    EXPECT_EQ(InboxOf("boss").size(), static_cast<size_t>(told));
    comes(type + "2", "escalate", type, name, owner);
    EXPECT_EQ(InboxOf("boss").size(), static_cast<size_t>(++told));
  }
  EXPECT_EQ(InboxOf("li").size(), 12u);
  comes("5", "overdue", "TransferInstrument", "transferInstruments/t", R"("reference": "P")");
  EXPECT_EQ(InboxOf("boss").size(), static_cast<size_t>(++told)) << "an instrument has no owner";
}

}  // namespace
}  // namespace heitie::planning
