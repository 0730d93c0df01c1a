// What tests of notices share: parts of the service beside it, and people who work somewhere.
#ifndef HEITIE_SERVICES_PLANNING_NOTICE_NOTICE_FIXTURE_H_
#define HEITIE_SERVICES_PLANNING_NOTICE_NOTICE_FIXTURE_H_

#include <string>
#include <vector>

#include "heitie/planning/v1/notice.pb.h"
#include "services/planning/notice/notice_rules.h"
#include "services/planning/plan/planning_fixture.h"

namespace heitie::planning {

class NoticeFixture : public BesideTest {
 protected:
  rpc::Call As(const std::string& person) const {
    return test::By("employees/" + person, {options::v1::ROLE_OPERATIONS_SPECIALIST}, clock_.Now());
  }
  std::vector<v1::Notice> InboxOf(const std::string& person, const std::string& filter = "") {
    const auto page = Do<v1::ListNoticesResponse, v1::ListNoticesRequest>("ListNotices", As(person), "filter: '" + filter + "'");
    return {page.notices().begin(), page.notices().end()};
  }
  // Who works where, as personnel would have it told.
  void Employ(const std::string& person, const std::string& position, const std::string& superior = "") {
    people::Directory::Changes changes;
    changes.employees["employees/" + person] =
        people::EmployeeFact{absl::CivilDay(2020, 1, 1), std::nullopt, {{absl::CivilDay(2020, 1, 1), position, "operations"}}};
    changes.positions["positions/manager"] = 1u << options::v1::ROLE_OPERATIONS_MANAGER;
    people_.Take(changes);
    EXPECT_THAT(database_.get().Read(absl::Now() + absl::Seconds(20),
                                     [&](sql::Session& session) {
                                       return session
                                           .Execute(
                                               "INSERT INTO mirrored_employees (name, etag, superior, department) VALUES (?, '1', ?, "
                                               "'operations')",
                                               sql::Bind("employees/" + person, superior))
                                           .status();
                                     }),
                test::IsOk());
  }

  Notices notices_{Own()};
};

// With what rules need.
template <typename Base>
class WithRules : public Base {
 protected:
  Tables tables_{this->Own()};
  Recipients recipients_{this->Own(), tables_};
  RobotTables robots_{this->Own(), {}};
  NoticeRules rules_{this->Own(), tables_, robots_, this->notices_, recipients_};
};

}  // namespace heitie::planning

#endif  // HEITIE_SERVICES_PLANNING_NOTICE_NOTICE_FIXTURE_H_
