#include "tests/fault/chapter.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "absl/strings/substitute.h"
#include "absl/time/clock.h"
#include "heitie/type/v1/event.pb.h"
#include "tests/e2e/hiring.h"
#include "tests/e2e/world.h"

namespace heitie::fault {

void Acknowledged::Note(const std::string& service, const std::string& subject, const std::string& action) {
  const std::lock_guard lock(mutex_);
  actions_[{service, subject}].push_back(action);
}

int Acknowledged::Check(const e2e::Asker& asker, const e2e::Person& auditor) {
  const std::lock_guard lock(mutex_);
  int steps = 0;
  for (const auto& [where, actions] : actions_) {
    const auto& [service, subject] = where;
    const auto page = e2e::Ask<type::v1::ListEventsResponse>(asker, auditor, service + ".ListEvents",
                                                             absl::Substitute("subject: '$0' page_size: 1000", subject));
    EXPECT_TRUE(page.ok()) << page.status();
    for (const std::string& action : actions) {
      ++steps;
      if (!page.ok()) continue;
      const auto times = std::count_if(page->events().begin(), page->events().end(),
                                       [&action = action](const type::v1::Event& event) { return event.action() == action; });
      EXPECT_EQ(times, 1) << action << " of " << subject << " was acknowledged";
    }
  }
  actions_.clear();
  return steps;
}

bool Becomes(const std::function<bool()>& is_so) { return e2e::Eventually(is_so, kPatience); }

void Employ(const Staff& staff, const std::vector<std::string>& ids) {
  const auto put = [&](const std::string& method, const std::string& request) {
    const absl::Status status = staff.grpc.manager.Try(method, request);
    EXPECT_TRUE(status.ok() || absl::IsAlreadyExists(status)) << method << ": " << status;
  };
  put("personnel.CreatePosition",
      absl::Substitute("position_id: 'hand-$0' position { title: 'Hand' responsibilities: 'Helps' }", staff.run));
  for (const std::string& id : ids) {
    put("personnel.CreateEmployee",
        absl::Substitute("employee_id: '$0' employee { display_name: 'Hand' position: 'positions/hand-$1' department: 'operations' "
                         "hire_date $2 }",
                         id, staff.run, e2e::Date(e2e::Today() - 300)));
  }
}

}  // namespace heitie::fault
