#include "common/people/directory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <thread>

#include "absl/strings/str_cat.h"
#include "common/time/day.h"
#include "heitie/options/v1/access.pb.h"

namespace heitie::people {
namespace {

constexpr uint32_t kManager = 1u << options::v1::ROLE_OPERATIONS_MANAGER, kSpecialist = 1u << options::v1::ROLE_OPERATIONS_SPECIALIST,
                   kAnalyst = 1u << options::v1::ROLE_DATA_ANALYST;

absl::TimeZone Taipei() { return time::ZoneOf("Asia/Taipei"); }
absl::Time At(const std::string& text) {
  absl::Time at;
  std::string error;
  EXPECT_TRUE(absl::ParseTime("%Y-%m-%d %H:%M:%E*S", text, Taipei(), &at, &error)) << error;
  return at;
}
absl::CivilDay Day(const std::string& text) { return *time::ParseDay(text); }

EmployeeFact Hired(const std::string& day, const std::string& position, std::optional<absl::CivilDay> last = std::nullopt) {
  return {Day(day), last, {{Day(day), position, "operations"}}};
}

class DirectoryTest : public ::testing::Test {
 protected:
  DirectoryTest() {
    Directory::Changes changes;
    changes.positions = {{"positions/manager", kManager}, {"positions/specialist", kSpecialist}, {"positions/intern", 0u}};
    directory_.Take(std::move(changes));
  }
  void Put(const std::string& name, const EmployeeFact& fact) {
    Directory::Changes changes;
    changes.employees[name] = fact;
    directory_.Take(std::move(changes));
  }
  void Delegate(const std::string& name, const DelegationFact& fact) {
    Directory::Changes changes;
    changes.delegations[name] = fact;
    directory_.Take(std::move(changes));
  }
  uint32_t RolesAt(const std::string& name, const std::string& at) { return directory_.RolesAt(name, At(at)); }

  Directory directory_{Taipei()};
};

TEST_F(DirectoryTest, SomebodyHasLeftFromMidnightAfterTheLastDay) {
  Put("employees/li", Hired("2026-01-05", "positions/manager", Day("2026-03-31")));
  EXPECT_FALSE(directory_.HasLeft("employees/li", At("2026-03-31 23:59:59.999999")));
  EXPECT_TRUE(directory_.HasLeft("employees/li", At("2026-04-01 00:00:00")));
  EXPECT_EQ(directory_.LeavesAt("employees/li"), At("2026-04-01 00:00:00"));
  EXPECT_EQ(RolesAt("employees/li", "2026-03-31 23:59:59.999999"), kManager);
  EXPECT_EQ(RolesAt("employees/li", "2026-04-01 00:00:00"), 0u);
  EXPECT_FALSE(directory_.HasLeft("employees/li", At("2025-12-01 00:00:00"))) << "who comes later has not left";
  EXPECT_EQ(RolesAt("employees/li", "2026-01-04 23:59:59"), 0u);
  Put("employees/li", Hired("2026-01-05", "positions/manager"));
  EXPECT_FALSE(directory_.HasLeft("employees/li", At("2026-04-01 00:00:00"))) << "the last day was withdrawn";
}

TEST_F(DirectoryTest, WhoIsNotKnownHasNotLeft) {
  EXPECT_FALSE(directory_.Knows("employees/li"));
  EXPECT_FALSE(directory_.HasLeft("employees/li", At("2026-04-01 00:00:00")));
  EXPECT_EQ(directory_.LeavesAt("employees/li"), absl::InfiniteFuture());
  Put("employees/li", Hired("2026-01-05", "positions/manager"));
  EXPECT_TRUE(directory_.Knows("employees/li"));
  Directory::Changes gone;
  gone.employees["employees/li"] = std::nullopt;
  directory_.Take(std::move(gone));
  EXPECT_FALSE(directory_.Knows("employees/li"));
}

TEST_F(DirectoryTest, ATransferHoldsFromItsDay) {
  EmployeeFact li = Hired("2026-01-05", "positions/intern");
  li.posts.push_back({Day("2026-02-01"), "positions/specialist", "operations"});
  li.posts.push_back({Day("2026-05-01"), "positions/manager", "marketing"});
  Put("employees/li", li);
  EXPECT_EQ(RolesAt("employees/li", "2026-01-31 23:59:59"), 0u);
  EXPECT_EQ(RolesAt("employees/li", "2026-02-01 00:00:00"), kSpecialist);
  EXPECT_EQ(RolesAt("employees/li", "2026-05-01 00:00:00"), kManager);
  EXPECT_EQ(directory_.Now()->Find("employees/li")->DepartmentAt(At("2026-04-30 23:00:00")), "operations");
  EXPECT_EQ(directory_.Now()->Find("employees/li")->DepartmentAt(At("2026-05-01 00:00:00")), "marketing");
}

TEST_F(DirectoryTest, APositionsRolesAreThoseOfItsHolders) {
  Put("employees/li", Hired("2026-01-05", "positions/specialist"));
  Put("employees/bo", Hired("2026-01-05", "positions/later"));
  EXPECT_EQ(RolesAt("employees/bo", "2026-02-01 00:00:00"), 0u) << "the position has not come yet";
  Directory::Changes changes;
  changes.positions = {{"positions/specialist", kSpecialist | kAnalyst}, {"positions/later", kManager}};
  directory_.Take(std::move(changes));
  EXPECT_EQ(RolesAt("employees/li", "2026-02-01 00:00:00"), kSpecialist | kAnalyst);
  EXPECT_EQ(RolesAt("employees/bo", "2026-02-01 00:00:00"), kManager);
}

TEST_F(DirectoryTest, ADelegationGivesWhatThePostOfItsDelegatorGivesOnThatDay) {
  EmployeeFact lin = Hired("2026-01-05", "positions/manager", Day("2026-06-15"));
  Put("employees/lin", lin);
  Put("employees/li", Hired("2026-01-05", "positions/specialist"));
  Delegate("delegations/a", {"employees/lin", "employees/li", Day("2026-06-10"), Day("2026-06-20"), kManager | kAnalyst});
  EXPECT_EQ(RolesAt("employees/li", "2026-06-09 23:59:59"), kSpecialist);
  EXPECT_EQ(RolesAt("employees/li", "2026-06-10 00:00:00"), kSpecialist | kManager) << "the delegator is no analyst";
  EXPECT_EQ(RolesAt("employees/li", "2026-06-16 00:00:00"), kSpecialist) << "the delegator has left";
  EXPECT_EQ(directory_.Now()->Find("employees/li")->PostRolesAt(At("2026-06-10 00:00:00")), kSpecialist);

  lin.last = std::nullopt;
  Put("employees/lin", lin);
  EXPECT_EQ(RolesAt("employees/li", "2026-06-20 23:59:59"), kSpecialist | kManager);
  EXPECT_EQ(RolesAt("employees/li", "2026-06-21 00:00:00"), kSpecialist);

  Put("employees/wu", Hired("2026-01-05", "positions/intern"));
  Delegate("delegations/b", {"employees/li", "employees/wu", Day("2026-06-10"), Day("2026-06-20"), kManager | kSpecialist});
  EXPECT_EQ(RolesAt("employees/wu", "2026-06-12 00:00:00"), kSpecialist) << "what was delegated cannot be delegated on";

  Put("employees/li", Hired("2026-01-05", "positions/specialist", Day("2026-06-11")));
  EXPECT_EQ(RolesAt("employees/li", "2026-06-12 00:00:00"), 0u) << "who has left holds nothing";
  EXPECT_EQ(RolesAt("employees/wu", "2026-06-12 00:00:00"), 0u);

  Directory::Changes revoked;
  revoked.delegations["delegations/b"] = std::nullopt;
  directory_.Take(std::move(revoked));
  EXPECT_EQ(RolesAt("employees/wu", "2026-06-10 00:00:00"), 0u);
}

TEST_F(DirectoryTest, TheModeIsThatOfTheVersionInForce) {
  EXPECT_FALSE(directory_.Now()->EnforcesAt(At("2026-01-01 00:00:00")));
  Directory::Changes ahead;
  ahead.modes["accessPolicies/strict"] = ModeFact{At("2026-03-01 00:00:00"), true};
  directory_.Take(std::move(ahead));
  EXPECT_FALSE(directory_.Now()->EnforcesAt(At("2026-02-28 23:59:59.999999"))) << "a switch ahead waits for its day";
  Directory::Changes changes;
  changes.modes["accessPolicies/default"] = ModeFact{absl::UnixEpoch(), false};
  changes.modes["accessPolicies/strict"] = ModeFact{At("2026-03-01 00:00:00"), true};
  changes.modes["accessPolicies/again"] = ModeFact{At("2026-04-01 00:00:00"), false};
  directory_.Take(std::move(changes));
  EXPECT_FALSE(directory_.Now()->EnforcesAt(At("2026-02-28 23:59:59.999999")));
  EXPECT_TRUE(directory_.Now()->EnforcesAt(At("2026-03-01 00:00:00")));
  EXPECT_FALSE(directory_.Now()->EnforcesAt(At("2026-04-01 00:00:00")));
}

// Day by day, in the plainest words.
struct Oracle {
  std::map<std::string, EmployeeFact> employees;
  std::map<std::string, uint32_t> positions;
  std::map<std::string, DelegationFact> delegations;

  bool Left(const std::string& name, absl::CivilDay day) const { return employees.at(name).last && day > *employees.at(name).last; }
  uint32_t PostRoles(const std::string& name, absl::CivilDay day) const {
    const EmployeeFact& employee = employees.at(name);
    if (day < employee.hired || Left(name, day)) return 0;
    std::string position;
    for (const PostFact& post : employee.posts) {
      if (post.first <= day) position = post.position;
    }
    return positions.count(position) > 0 ? positions.at(position) : 0;
  }
  uint32_t Roles(const std::string& name, absl::CivilDay day) const {
    uint32_t roles = PostRoles(name, day);
    if (Left(name, day)) return roles;
    for (const auto& [id, delegation] : delegations) {
      const bool counts = delegation.delegate == name && delegation.first <= day && day <= delegation.last;
      if (counts && employees.count(delegation.delegator) > 0) roles |= delegation.roles & PostRoles(delegation.delegator, day);
    }
    return roles;
  }
};

TEST_F(DirectoryTest, AgreesWithAnOracleWhateverChangesInWhateverOrder) {
  std::mt19937 random(20260105);
  const auto pick = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
  const absl::CivilDay begin(2026, 1, 1);
  for (int history = 0; history < 60; ++history) {
    Directory directory(Taipei());
    Oracle oracle;
    for (int change = 0; change < 40; ++change) {
      Directory::Changes changes;
      for (int together = 1 + pick(3); together > 0; --together) {
        const std::string employee = absl::StrCat("employees/", pick(5)), position = absl::StrCat("positions/", pick(4));
        const std::string delegation = absl::StrCat("delegations/", pick(4));
        switch (pick(4)) {
          case 0:
            changes.positions[position] = static_cast<uint32_t>(pick(16)) << 1;
            break;
          case 1:
            if (pick(5) == 0) {
              changes.delegations[delegation] = std::nullopt;
            } else {
              const absl::CivilDay first = begin + pick(30);
              changes.delegations[delegation] = DelegationFact{absl::StrCat("employees/", pick(5)), absl::StrCat("employees/", pick(5)),
                                                               first, first + pick(15), static_cast<uint32_t>(pick(16)) << 1};
            }
            break;
          default: {
            EmployeeFact fact{begin + pick(10), std::nullopt, {}};
            if (pick(2) == 0) fact.last = fact.hired + pick(25);
            absl::CivilDay first = fact.hired;
            for (int posts = 1 + pick(3); posts > 0; --posts, first += 1 + pick(8)) {
              fact.posts.push_back({first, absl::StrCat("positions/", pick(4)), "d"});
            }
            changes.employees[employee] = fact;
          }
        }
      }
      for (const auto& [name, fact] : changes.employees) oracle.employees[name] = *fact;
      for (const auto& [name, roles] : changes.positions) oracle.positions[name] = *roles;
      for (const auto& [name, fact] : changes.delegations) {
        oracle.delegations.erase(name);
        if (fact) oracle.delegations[name] = *fact;
      }
      directory.Take(std::move(changes));
    }
    for (const auto& [name, fact] : oracle.employees) {
      for (absl::CivilDay day = begin - 1; day < begin + 50; ++day) {
        for (const absl::Duration within : {absl::ZeroDuration(), absl::Hours(24) - absl::Microseconds(1)}) {
          const absl::Time at = absl::FromCivil(day, Taipei()) + within;
          ASSERT_EQ(directory.RolesAt(name, at), oracle.Roles(name, day)) << name << " on " << time::DayText(day);
          ASSERT_EQ(directory.HasLeft(name, at), oracle.Left(name, day)) << name << " on " << time::DayText(day);
        }
      }
    }
  }
}

TEST_F(DirectoryTest, ReadersSeeAllOfAChangeOrNothing) {
  const auto both = [](const std::string& position) {
    Directory::Changes changes;
    for (const char* name : {"employees/li", "employees/bo"}) changes.employees[name] = Hired("2026-01-05", position);
    return changes;
  };
  directory_.Take(both("positions/manager"));
  std::atomic<bool> over{false};
  std::atomic<int> halves{0};
  std::vector<std::thread> readers;
  for (int i = 0; i < 2; ++i) {
    readers.emplace_back([&] {
      while (!over) {
        const auto known = directory_.Now();
        const absl::Time at = absl::FromUnixSeconds(1785542400);
        halves += known->Find("employees/li")->RolesAt(at) != known->Find("employees/bo")->RolesAt(at);
      }
    });
  }
  for (int i = 0; i < 500; ++i) directory_.Take(both(i % 2 == 0 ? "positions/specialist" : "positions/manager"));
  over = true;
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(halves, 0);
}

}  // namespace
}  // namespace heitie::people
