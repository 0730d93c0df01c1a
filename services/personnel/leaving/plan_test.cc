#include "services/personnel/leaving/plan.h"

#include <algorithm>
#include <random>

#include "absl/strings/str_cat.h"
#include "common/test/fixture.h"
#include "common/time/day.h"

namespace heitie::personnel {
namespace {

using absl::CivilDay;
using test::HasReason;
using test::IsOk;
using test::Proto;
using v1::Handover;
using v1::Succession;

const CivilDay kLast(2026, 6, 30);

Handover RandomPlan(std::mt19937& random) {
  Handover handover;
  *handover.mutable_leave_date() = time::ToDate(kLast);
  const int count = static_cast<int>(random() % 6);
  for (int i = 0; i < count; ++i) {
    Succession* s = handover.add_successions();
    s->set_resource(absl::StrCat("projects/p", i));
    s->set_successor("employees/bo");
    if (random() % 3 != 0) *s->mutable_start_date() = time::ToDate(kLast - static_cast<int>(random() % 20) + 1);
  }
  return handover;
}

TEST(HandoverPlan, GoesFromDayToDayAndMissesNone) {
  std::mt19937 random(3);
  for (int round = 0; round < 500; ++round) {
    Handover handover = RandomPlan(random);
    CivilDay today = kLast - 25;
    std::vector<CivilDay> stops;
    while (const std::optional<CivilDay> next = NextDay(handover, today)) {
      ASSERT_GT(*next, today);
      today = *next;
      stops.push_back(today);
    }
    ASSERT_FALSE(stops.empty());
    EXPECT_EQ(stops.back(), kLast + 1) << "the day after the last one";
    // Between two stops nothing changes; at each something does.
    for (CivilDay day = kLast - 24; day <= kLast + 3; ++day) {
      Handover before = handover, after = handover;
      ShowInForce(before, day - 1);
      ShowInForce(after, day);
      const bool changes = before.SerializeAsString() != after.SerializeAsString() || day == kLast + 1;
      EXPECT_EQ(changes, std::find(stops.begin(), stops.end(), day) != stops.end()) << day;
    }
  }
}

TEST(HandoverPlan, ASuccessionIsInForceFromItsDayOn) {
  Handover handover;
  *handover.mutable_leave_date() = time::ToDate(kLast);
  *handover.add_successions() = Proto<Succession>("resource: 'projects/a' start_date { year: 2026 month: 6 day: 15 }");
  *handover.add_successions() = Proto<Succession>("resource: 'projects/b'");
  const auto in_force = [&](CivilDay day) {
    ShowInForce(handover, day);
    return std::make_pair(handover.successions(0).in_force(), handover.successions(1).in_force());
  };
  EXPECT_EQ(in_force(CivilDay(2026, 6, 14)), std::make_pair(false, false));
  EXPECT_EQ(in_force(CivilDay(2026, 6, 15)), std::make_pair(true, false));
  EXPECT_EQ(in_force(kLast), std::make_pair(true, false));
  EXPECT_EQ(in_force(kLast + 1), std::make_pair(true, true));
  EXPECT_EQ(in_force(CivilDay(2026, 6, 1)), std::make_pair(false, false)) << "the leave date was moved";
}

TEST(HandoverPlan, WhatIsWrongIsToldAtOnce) {
  const auto check = [](const std::string& successions) {
    auto handover = Proto<Handover>("leave_date { year: 2026 month: 6 day: 30 } " + successions);
    status::BadFields bad;
    CheckForm(handover, bad);
    return bad.status();
  };
  EXPECT_THAT(check(""), IsOk());
  EXPECT_THAT(check("successions { resource: 'projects/a' } successions { resource: 'projects/a' field: 'owner' } successions { "
                    "resource_type: 'planning.heitie/Project' start_date { year: 2026 month: 7 day: 1 } }"),
              IsOk());
  for (const char* wrong : {"successions { }", "successions { resource: 'projects/a' resource_type: 'planning.heitie/Project' }",
                            "successions { resource: 'projects/a' } successions { resource: 'projects/a' }",
                            "successions { resource: 'projects/a' start_date { year: 2026 month: 7 day: 2 } }"})
    EXPECT_THAT(check(wrong), HasReason("INVALID_FIELDS")) << wrong;
}

}  // namespace
}  // namespace heitie::personnel
