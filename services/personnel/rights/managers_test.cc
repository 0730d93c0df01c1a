#include "services/personnel/rights/managers.h"

#include <random>
#include <thread>

#include "absl/strings/str_cat.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "services/personnel/rights/rights_testing.h"

namespace heitie::personnel {
namespace {

using absl::CivilDay;
using test::HasReason;
using test::IsOk;

const CivilDay kSpansBegin(2026, 3, 1);

// Whether a day is in one of the spans.
bool InSpans(const std::vector<DaySpan>& spans, CivilDay day) {
  return std::any_of(spans.begin(), spans.end(), [&](const DaySpan& span) { return span.first <= day && day <= span.last; });
}
// Disjoint, in order and not touching.
bool SpansAreApart(const std::vector<DaySpan>& spans) {
  for (size_t i = 0; i < spans.size(); ++i) {
    if (spans[i].last < spans[i].first) return false;
    if (i > 0 && (spans[i - 1].last == CivilDay::max() || spans[i].first <= spans[i - 1].last + 1)) return false;
  }
  return true;
}

TEST(DaysWithout, AreThoseOnWhichNobodyHoldsAPost) {
  std::mt19937 random(11);
  const auto pick = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
  for (int round = 0; round < 500; ++round) {
    People people;
    for (int i = pick(4); i > 0; --i) {
      v1::Employee person;
      person.set_name(absl::StrCat("employees/", i));
      CivilDay day = kSpansBegin - 10 + pick(25);
      *person.mutable_hire_date() = time::ToDate(day);
      for (int posts = 1 + pick(4); posts > 0; --posts, day += 1 + pick(8)) {
        v1::Assignment& post = *person.add_assignments();
        *post.mutable_start_date() = time::ToDate(day);
        post.set_position(absl::StrCat("positions/", pick(3)));
      }
      if (pick(2) == 0) *person.mutable_leave_date() = time::ToDate(day - 1 + pick(10));
      people[person.name()] = person;
    }
    const std::vector<DaySpan> without = DaysWithout(people, {"positions/0", "positions/1"}, kSpansBegin);
    EXPECT_TRUE(SpansAreApart(without)) << round;
    EXPECT_FALSE(InSpans(without, kSpansBegin - 1)) << round;
    for (CivilDay day = kSpansBegin; day < kSpansBegin + 60; ++day) {
      const bool held = std::any_of(people.begin(), people.end(), [&](const auto& named) {
        const std::optional<v1::Assignment> post = AssignmentOn(named.second, day);
        return post && post->position() != "positions/2";
      });
      ASSERT_EQ(InSpans(without, day), !held) << "round " << round << " on " << time::DayText(day);
    }
    EXPECT_EQ(InSpans(without, CivilDay(2400, 1, 1)), InSpans(without, kSpansBegin + 60)) << round;
  }
}

TEST(DaysEnforced, AreThoseOnWhichAVersionEnforces) {
  const absl::TimeZone zone = time::ZoneOf("Asia/Taipei");
  std::mt19937 random(12);
  for (int round = 0; round < 100; ++round) {
    std::vector<v1::AccessPolicy> versions;
    for (int i = static_cast<int>(random() % 5); i >= 0; --i) {
      v1::AccessPolicy& version = versions.emplace_back();
      version.set_mode(random() % 2 == 0 ? v1::AccessPolicy::MODE_ENFORCE : v1::AccessPolicy::MODE_REPORT);
      const int hours = static_cast<int>(random() % 600);
      *version.mutable_start_time() = time::ToTimestamp(absl::FromCivil(kSpansBegin - 8, zone) + absl::Hours(hours) + absl::Minutes(i));
    }
    const std::vector<DaySpan> enforced = DaysEnforced(versions, absl::FromCivil(kSpansBegin, zone), zone);
    EXPECT_TRUE(SpansAreApart(enforced)) << round;
    const auto enforces_at = [&](absl::Time at) {
      const v1::AccessPolicy* in_force = nullptr;
      for (const v1::AccessPolicy& version : versions) {
        const absl::Time start = time::ToTime(version.start_time());
        if (start <= at && (in_force == nullptr || start > time::ToTime(in_force->start_time()))) in_force = &version;
      }
      for (const v1::AccessPolicy& version : versions) {
        if (in_force == nullptr || time::ToTime(in_force->start_time()) > at) {
          if (in_force == nullptr || version.start_time().seconds() < in_force->start_time().seconds()) in_force = &version;
        }
      }
      return in_force->mode() == v1::AccessPolicy::MODE_ENFORCE;
    };
    for (CivilDay day = kSpansBegin; day < kSpansBegin + 30; ++day) {
      bool some_time = false;
      for (int minute = 0; minute < 24 * 60 && !some_time; ++minute)
        some_time = enforces_at(absl::FromCivil(day, zone) + absl::Minutes(minute));
      ASSERT_EQ(InSpans(enforced, day), some_time) << "round " << round << " on " << time::DayText(day);
    }
  }
}

TEST(DaysEnforced, LeaveOutWhatIsOverAlready) {
  const absl::TimeZone zone = time::ZoneOf("Asia/Taipei");
  const absl::Time noon = absl::FromCivil(kSpansBegin, zone) + absl::Hours(12);
  std::vector<v1::AccessPolicy> versions(2);
  versions[0].set_mode(v1::AccessPolicy::MODE_ENFORCE);
  versions[1].set_mode(v1::AccessPolicy::MODE_REPORT);
  *versions[1].mutable_start_time() = time::ToTimestamp(noon);
  EXPECT_TRUE(InSpans(DaysEnforced(versions, noon - absl::Microseconds(1), zone), kSpansBegin));
  EXPECT_TRUE(DaysEnforced(versions, noon, zone).empty());
}

TEST(FirstCommonDay, IsTheFirstThatIsInBoth) {
  const auto span = [](int first, int last) { return DaySpan{kSpansBegin + first, kSpansBegin + last}; };
  EXPECT_EQ(FirstCommonDay({}, {span(0, 5)}), std::nullopt);
  EXPECT_EQ(FirstCommonDay({span(0, 2), span(8, 9)}, {span(3, 7)}), std::nullopt);
  EXPECT_EQ(FirstCommonDay({span(0, 2), span(8, 9)}, {span(3, 8)}), kSpansBegin + 8);
  EXPECT_EQ(FirstCommonDay({span(3, 7)}, {span(0, 2), span(7, 9)}), kSpansBegin + 7);
  EXPECT_EQ(FirstCommonDay({{kSpansBegin, CivilDay::max()}}, {{kSpansBegin + 4, CivilDay::max()}}), kSpansBegin + 4);
}

class ManagersTest : public RightsTest {
 protected:
  ManagersTest() {
    Hire("lin", "manager");
    Hire("wu", "manager");
    Hire("li", "specialist");
  }
};

TEST_F(ManagersTest, NothingIsRefusedWhileRightsAreOnlyReported) {
  for (const char* id : {"lin", "wu"}) EXPECT_THAT(Terminate(id, CivilDay(2026, 1, 10)), IsOk());
}

TEST_F(ManagersTest, EnforcingNeedsAManagerOnEveryDayToCome) {
  EXPECT_THAT(Terminate("wu", CivilDay(2026, 1, 10)), IsOk());
  EXPECT_THAT(Terminate("lin", CivilDay(2026, 6, 30)), IsOk());
  EXPECT_THAT(Enforce("a", "lin"), HasReason("LAST_MANAGER")) << "there would be none from July on";
  EXPECT_THAT(Transfer("li", "manager", CivilDay(2026, 7, 2)), IsOk());
  EXPECT_THAT(Enforce("b", "lin"), HasReason("LAST_MANAGER")) << "there would be none on 1 July";
  EXPECT_THAT(Transfer("li", "manager", CivilDay(2026, 7, 1)), IsOk());
  EXPECT_THAT(Enforce("c", "lin"), IsOk());
}

TEST_F(ManagersTest, WhoSwitchesKeepsTheOwnRight) {
  EXPECT_THAT(Enforce("a", "li"), HasReason("YOUR_POST_GRANTS_NO_RIGHT")) << "a manager by the token alone";
  EXPECT_THAT(Enforce("b", "stranger"), HasReason("YOUR_POST_GRANTS_NO_RIGHT"));
  EXPECT_THAT(Transfer("li", "manager", CivilDay(2026, 2, 1)), IsOk());
  EXPECT_THAT(Enforce("c", "li", CivilDay(2026, 1, 31)), HasReason("YOUR_POST_GRANTS_NO_RIGHT"));
  EXPECT_THAT(Enforce("d", "li", CivilDay(2026, 2, 1)), IsOk()) << "when it begins";
}

TEST_F(ManagersTest, EveryWayToLoseTheLastManagerIsRefused) {
  ASSERT_THAT(Enforce("a", "lin"), IsOk());
  ASSERT_THAT(Terminate("wu", CivilDay(2026, 1, 31)), IsOk());
  EXPECT_THAT(Terminate("lin", CivilDay(2026, 1, 10)), HasReason("LAST_MANAGER"));
  EXPECT_THAT(Terminate("lin", CivilDay(2027, 12, 31)), HasReason("LAST_MANAGER")) << "a last day that is far ahead";
  EXPECT_THAT(Transfer("lin", "specialist", CivilDay(2026, 5, 1)), HasReason("LAST_MANAGER"));
  EXPECT_THAT(Update("lin", "position: 'positions/specialist'", "position"), HasReason("LAST_MANAGER"));
  EXPECT_THAT(Update("lin", "hire_date { year: 2026 month: 2 day: 2 }", "hire_date"), HasReason("LAST_MANAGER")) << "nobody on 1 February";
  EXPECT_THAT(Update("lin", "hire_date { year: 2026 month: 2 day: 1 }", "hire_date"), IsOk());
  EXPECT_THAT(SetRoles("manager", "roles: ROLE_OPERATIONS_SPECIALIST"), HasReason("LAST_MANAGER"));
  EXPECT_THAT(SetRoles("manager", "roles: ROLE_OPERATIONS_SPECIALIST roles: ROLE_OPERATIONS_MANAGER"), IsOk());
  // Another manager takes over; then all that is possible, and what leads there is not taken back.
  ASSERT_THAT(Transfer("li", "manager", CivilDay(2026, 3, 1)), IsOk());
  EXPECT_THAT(Terminate("lin", CivilDay(2026, 2, 27)), HasReason("LAST_MANAGER"));
  EXPECT_THAT(Terminate("lin", CivilDay(2026, 2, 28)), IsOk());
  EXPECT_THAT(CancelTransfer("li", CivilDay(2026, 3, 1)), HasReason("LAST_MANAGER"));
  EXPECT_THAT(Terminate("li", CivilDay(2026, 3, 31)), HasReason("LAST_MANAGER"));
}

TEST_F(ManagersTest, AbsenceTakesNoRightsAway) {
  ASSERT_THAT(Terminate("wu", CivilDay(2026, 1, 31)), IsOk());
  ASSERT_THAT(Enforce("a", "lin"), IsOk());
  EXPECT_THAT(
      Call<v1::Employee>("RecordAbsence", Manager(),
                         test::Proto<v1::RecordAbsenceRequest>(
                             "name: 'employees/lin' absence { start_date { year: 2026 month: 3 day: 1 } end_date { year: 2026 month: "
                             "3 day: 9 } }")),
      IsOk());
}

TEST_F(ManagersTest, ASwitchAheadCountsFromItsDay) {
  ASSERT_THAT(Enforce("a", "wu", CivilDay(2026, 3, 1)), IsOk());
  ASSERT_THAT(Transfer("li", "manager", CivilDay(2026, 3, 2)), IsOk());
  ASSERT_THAT(Terminate("wu", CivilDay(2026, 1, 20)), IsOk());
  EXPECT_THAT(Terminate("lin", CivilDay(2026, 1, 31)), HasReason("LAST_MANAGER")) << "on 1 March";
  ASSERT_THAT(Transfer("li", "manager", CivilDay(2026, 3, 1)), IsOk());
  EXPECT_THAT(Terminate("lin", CivilDay(2026, 1, 31)), IsOk()) << "in February it is only reported";
}

TEST_F(ManagersTest, ReportingAgainFreesEverything) {
  ASSERT_THAT(Enforce("a", "lin"), IsOk());
  clock_.Advance(absl::Hours(1));
  ASSERT_THAT(Publish("b", "lin", "MODE_REPORT"), IsOk());
  clock_.Advance(absl::Microseconds(1));
  for (const char* id : {"lin", "wu"}) EXPECT_THAT(Terminate(id, CivilDay(2026, 1, 14)), IsOk());
}

TEST_F(ManagersTest, OfTwoTerminationsThatTakeTheLastTwoOneIsRefused) {
  ASSERT_THAT(Enforce("a", "lin"), IsOk());
  for (int round = 0; round < 12; ++round) {
    absl::Status lin, wu;
    {
      std::jthread first([&] { lin = Terminate("lin", CivilDay(2026, 1, 31)); }),
          second([&] { wu = Terminate("wu", CivilDay(2026, 1, 31)); });
    }
    EXPECT_NE(lin.ok(), wu.ok()) << lin << " and " << wu;
    EXPECT_THAT(lin.ok() ? wu : lin, HasReason("LAST_MANAGER"));
    ASSERT_THAT(Reinstate(lin.ok() ? "lin" : "wu"), IsOk());
  }
}

TEST_F(ManagersTest, ASwitchAndATerminationAtOnceNeverLeaveNobody) {
  ASSERT_THAT(Terminate("wu", CivilDay(2026, 1, 10)), IsOk());
  for (int round = 0; round < 8; ++round) {
    absl::Status left, switched;
    {
      std::jthread first([&] { left = Terminate("lin", CivilDay(2026, 2, 28)); }),
          second([&] { switched = Enforce(absl::StrCat("race-", round), "lin"); });
    }
    EXPECT_NE(left.ok(), switched.ok()) << left << " and " << switched;
    EXPECT_THAT(left.ok() ? switched : left, HasReason("LAST_MANAGER"));
    clock_.Advance(absl::Hours(1));
    if (left.ok()) {
      ASSERT_THAT(Reinstate("lin"), IsOk());
    }
    if (switched.ok()) {
      ASSERT_THAT(Publish(absl::StrCat("back-", round), "lin", "MODE_REPORT"), IsOk());
    }
    clock_.Advance(absl::Hours(1));
  }
}

// Each alone leaves a manager: one is transferred into a position, which at the same time loses the role.
TEST_F(ManagersTest, ATransferAndAPositionThatChangesAtOnceNeverLeaveNobody) {
  ASSERT_THAT(Terminate("wu", CivilDay(2026, 1, 10)), IsOk());
  ASSERT_THAT(SetRoles("specialist", "roles: ROLE_OPERATIONS_MANAGER"), IsOk());
  ASSERT_THAT(Terminate("li", CivilDay(2026, 1, 10)), IsOk());
  ASSERT_THAT(Enforce("a", "lin"), IsOk());
  for (int round = 0; round < 8; ++round) {
    absl::Status moved, changed;
    {
      std::jthread first([&] { moved = Transfer("lin", "specialist", CivilDay(2026, 2, 1)); }),
          second([&] { changed = SetRoles("specialist", "roles: ROLE_OPERATIONS_SPECIALIST"); });
    }
    EXPECT_NE(moved.ok(), changed.ok()) << moved << " and " << changed;
    if (moved.ok()) {
      ASSERT_THAT(CancelTransfer("lin", CivilDay(2026, 2, 1)), IsOk());
    }
    if (changed.ok()) {
      ASSERT_THAT(SetRoles("specialist", "roles: ROLE_OPERATIONS_MANAGER"), IsOk());
    }
  }
}

TEST_F(ManagersTest, APublishedPolicyIsNotChanged) {
  ASSERT_THAT(Enforce("a", "lin"), IsOk());
  EXPECT_THAT(Call<v1::AccessPolicy>("UpdateAccessPolicy", Manager(),
                                     test::Proto<v1::UpdateAccessPolicyRequest>(
                                         "access_policy { name: 'accessPolicies/a' mode: MODE_REPORT } update_mask { paths: 'mode' }")),
              HasReason("RULES_IMMUTABLE"));
  const auto shipped =
      Call<v1::AccessPolicy>("GetAccessPolicy", Specialist(), test::Proto<v1::GetAccessPolicyRequest>("name: 'accessPolicies/default'"));
  ASSERT_THAT(shipped, IsOk());
  EXPECT_EQ(shipped->mode(), v1::AccessPolicy::MODE_REPORT);
  EXPECT_EQ(shipped->end_time().seconds(), absl::ToUnixSeconds(clock_.Now()));
}

}  // namespace
}  // namespace heitie::personnel
