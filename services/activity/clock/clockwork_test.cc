#include "services/activity/clock/clockwork.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <random>

#include "services/activity/clock/clock_testing.h"

namespace heitie::activity {
namespace {

using ::testing::ElementsAre;
using v1::ServiceClock;

// NORMAL 8 h on C, URGENT 2 h around the clock, LOW 4 h on a long day with a ladder.
constexpr char kGoldenPolicy[] = R"pb(
  terms {
    kind: SERVICE_KIND_INQUIRY
    priority: SERVICE_PRIORITY_NORMAL
    calendar: "calendars/c"
    first_response { seconds: 3600 }
    resolution { seconds: 28800 }
    reopening: REOPENING_CONTINUE
    reopen_within { seconds: 57600 }
  }
  terms {
    kind: SERVICE_KIND_INQUIRY
    priority: SERVICE_PRIORITY_URGENT
    calendar: "calendars/always"
    first_response { seconds: 1800 }
    resolution { seconds: 7200 }
    reopening: REOPENING_RESTART
    reopen_within { seconds: 57600 }
  }
  terms {
    kind: SERVICE_KIND_INQUIRY
    priority: SERVICE_PRIORITY_LOW
    calendar: "calendars/long"
    first_response { seconds: 14400 }
    resolution { seconds: 14400 }
    ladder {
      point { target_bp: 5000 }
      owner: true
    }
    ladder {
      point { target_bp: 7500 }
      activity_owner: true
    }
    ladder {
      point { after_due { seconds: 3600 } }
      managers: true
      employees: "employees/wu"
    }
    reopening: REOPENING_CONTINUE
    reopen_within { seconds: 36000 }
  }
)pb";

class ClockworkTest : public ::testing::Test {
 protected:
  static constexpr int kNormal = 0, kUrgent = 1, kLow = 2;

  ServiceClock Begin(const std::string& from, int terms = kNormal, const std::string& now = "") {
    auto clock = work_.Begin(policy_, terms, ServiceClock::TARGET_RESOLUTION, Shanghai(from), Shanghai(now.empty() ? from : now));
    EXPECT_THAT(clock, test::IsOk());
    return *clock;
  }
  std::string Due(const ServiceClock& clock) { return clock.has_due_time() ? ShanghaiText(clock.due_time()) : "none"; }

  const v1::ServicePolicy policy_ = PolicyOf(kGoldenPolicy);
  CalendarMap calendars_ = GoldenCalendars();
  const Clockwork work_{
      [this](const std::string& name) -> absl::StatusOr<std::shared_ptr<const time::NamedCalendar>> { return calendars_.at(name); }};
};

TEST_F(ClockworkTest, APauseCountsInWorkingSeconds) {
  const auto paused = [&](const std::string& from, const std::string& to) {
    ServiceClock clock = Begin("03-02 10:00");
    EXPECT_EQ(Due(clock), "03-03 10:30");
    EXPECT_THAT(work_.Pause(policy_, clock, Shanghai(from)), test::IsOk());
    EXPECT_EQ(Due(clock), "none");
    EXPECT_THAT(work_.Continue(policy_, clock, Shanghai(to)), test::IsOk());
    return clock;
  };
  ServiceClock clock = paused("03-02 11:30", "03-03 10:15");
  EXPECT_EQ(Due(clock), "03-04 09:15");
  EXPECT_EQ(clock.segments(1).working_time().seconds(), 22'500);
  EXPECT_TRUE(clock.segments(1).paused());
  clock = paused("03-02 18:30", "03-03 08:15");
  EXPECT_EQ(Due(clock), "03-03 10:30");
  EXPECT_EQ(clock.segments(1).working_time().seconds(), 0);
  clock = paused("03-02 12:10", "03-02 13:10");
  EXPECT_EQ(Due(clock), "03-03 10:30");
  EXPECT_EQ(clock.segments(1).working_time().seconds(), 0);
}

TEST_F(ClockworkTest, TheFirstResponseNeverPauses) {
  auto clock = work_.Begin(policy_, kNormal, ServiceClock::TARGET_FIRST_RESPONSE, Shanghai("03-02 10:00"), Shanghai("03-02 10:00"));
  ASSERT_THAT(clock, test::IsOk());
  ASSERT_THAT(work_.Pause(policy_, *clock, Shanghai("03-02 10:10")), test::IsOk());
  EXPECT_EQ(clock->state(), ServiceClock::STATE_RUNNING);
  EXPECT_EQ(Due(*clock), "03-02 11:00");
}

TEST_F(ClockworkTest, WhatWasConsumedStaysWhenThePriorityChanges) {
  ServiceClock clock = Begin("03-02 16:30");
  EXPECT_EQ(Due(clock), "03-03 17:00");
  ASSERT_THAT(work_.Retarget(policy_, clock, kUrgent, "", Shanghai("03-02 17:15")), test::IsOk());
  EXPECT_EQ(Due(clock), "03-02 18:30");
  ASSERT_THAT(work_.Retarget(policy_, clock, kNormal, "a mistake", Shanghai("03-02 18:10")), test::IsOk());
  EXPECT_EQ(clock.consumed().seconds(), 6'000);
  EXPECT_EQ(Due(clock), "03-03 16:50");
  EXPECT_EQ(clock.segments(2).reason(), "a mistake");
}

TEST_F(ClockworkTest, ATargetThatIsConsumedAlreadyIsBreachedAtOnceAndOnce) {
  ServiceClock clock = Begin("03-02 09:00");
  ASSERT_THAT(work_.Retarget(policy_, clock, kUrgent, "", Shanghai("03-02 11:30")), test::IsOk());
  EXPECT_EQ(ShanghaiText(clock.breach_time()), "03-02 11:30");
  EXPECT_EQ(clock.result(), ServiceClock::RESULT_BREACHED);
  ASSERT_THAT(work_.Retarget(policy_, clock, kNormal, "", Shanghai("03-02 11:40")), test::IsOk());
  ASSERT_THAT(work_.Retarget(policy_, clock, kUrgent, "", Shanghai("03-02 14:30")), test::IsOk());
  ASSERT_THAT(work_.Stop(policy_, clock, Shanghai("03-02 14:40")), test::IsOk());
  EXPECT_EQ(ShanghaiText(clock.breach_time()), "03-02 11:30");
  EXPECT_EQ(clock.result(), ServiceClock::RESULT_BREACHED);
}

// Exactly the target is no more than it.
TEST_F(ClockworkTest, ARaiseToWhatIsConsumedIsDueNow) {
  ServiceClock clock = Begin("03-02 09:00");
  ASSERT_THAT(work_.Retarget(policy_, clock, kUrgent, "", Shanghai("03-02 11:00")), test::IsOk());
  EXPECT_FALSE(clock.has_breach_time());
  EXPECT_EQ(Due(clock), "03-02 11:00");
  ServiceClock met = clock;
  ASSERT_THAT(work_.Stop(policy_, met, Shanghai("03-02 11:00")), test::IsOk());
  EXPECT_EQ(met.result(), ServiceClock::RESULT_MET);
  ASSERT_THAT(work_.Stop(policy_, clock, Shanghai("03-02 11:01")), test::IsOk());
  EXPECT_EQ(clock.result(), ServiceClock::RESULT_BREACHED);
}

TEST_F(ClockworkTest, AReopeningGoesOnWithWhatWasLeft) {
  ServiceClock clock = Begin("03-02 10:00");
  ASSERT_THAT(work_.Stop(policy_, clock, Shanghai("03-02 15:00")), test::IsOk());
  EXPECT_EQ(clock.result(), ServiceClock::RESULT_MET);
  EXPECT_EQ(*work_.MayReopen(policy_, clock, Shanghai("03-04 15:30")), true);
  EXPECT_EQ(*work_.MayReopen(policy_, clock, Shanghai("03-04 16:31")), false);
  ASSERT_THAT(work_.GoOn(policy_, clock, Shanghai("03-04 09:30")), test::IsOk());
  EXPECT_EQ(Due(clock), "03-04 15:30");
  EXPECT_EQ(clock.result(), ServiceClock::RESULT_OPEN);
  EXPECT_FALSE(clock.has_decide_time());
}

TEST_F(ClockworkTest, ARestartIsANewClockAndTheOldResultStays) {
  std::vector<ServiceClock> clocks;
  Course course(work_, policy_, clocks);
  const ClockSubject subject{"inquiries/a", v1::SERVICE_KIND_INQUIRY, "", v1::SERVICE_PRIORITY_URGENT, "employees/li", ""};
  ASSERT_EQ(*course.Receive(subject, Shanghai("03-02 10:00"), Shanghai("03-02 10:00")), true);
  ASSERT_THAT(course.Resolve(Shanghai("03-02 12:30")), test::IsOk());
  ASSERT_THAT(course.Reopen("employees/wu", Shanghai("03-03 10:00")), test::IsOk());
  ASSERT_EQ(clocks.size(), 3u);
  EXPECT_EQ(clocks[0].result(), ServiceClock::RESULT_BREACHED) << "a resolution is the first response, too";
  EXPECT_EQ(clocks[1].result(), ServiceClock::RESULT_BREACHED);
  EXPECT_EQ(ShanghaiText(clocks[1].breach_time()), "03-02 12:00");
  EXPECT_EQ(clocks[2].state(), ServiceClock::STATE_RUNNING);
  EXPECT_EQ(Due(clocks[2]), "03-03 12:00");
  EXPECT_EQ(clocks[2].owner(), "employees/wu");
}

TEST_F(ClockworkTest, MetUntilDueAndBreachedAfterItAlsoInClosedHours) {
  ServiceClock clock = Begin("03-02 14:00", kLow);
  EXPECT_EQ(Due(clock), "03-02 18:00");
  ServiceClock late = clock;
  ASSERT_THAT(work_.Stop(policy_, clock, Shanghai("03-02 18:00")), test::IsOk());
  EXPECT_EQ(clock.result(), ServiceClock::RESULT_MET);
  ASSERT_THAT(work_.Stop(policy_, late, Shanghai("03-02 22:00")), test::IsOk());
  EXPECT_EQ(late.result(), ServiceClock::RESULT_BREACHED);
  EXPECT_EQ(ShanghaiText(late.breach_time()), "03-02 18:00");
  EXPECT_EQ(late.consumed().seconds(), 14'400);
}

TEST_F(ClockworkTest, AReceiptThatLiesBackCanBeOverAlready) {
  const ServiceClock clock = Begin("02-26 10:00", kNormal, "03-02 10:00");
  EXPECT_EQ(clock.result(), ServiceClock::RESULT_BREACHED);
  EXPECT_EQ(ShanghaiText(clock.breach_time()), "02-27 10:30");
  EXPECT_EQ(clock.state(), ServiceClock::STATE_RUNNING);
}

// The request's instant lies before due, but its transaction came to the row after the job's.
TEST_F(ClockworkTest, ABreachThatWasNotedTooEarlyIsTakenBack) {
  ServiceClock clock = Begin("03-02 10:00");
  const ServiceClock before = clock;
  ASSERT_THAT(work_.Advance(policy_, clock, Shanghai("03-03 10:31")), test::IsOk());
  ASSERT_EQ(clock.result(), ServiceClock::RESULT_BREACHED);
  ASSERT_THAT(work_.Stop(policy_, clock, Shanghai("03-03 10:29")), test::IsOk());
  EXPECT_EQ(clock.result(), ServiceClock::RESULT_MET);
  ServiceClock straight = before;
  ASSERT_THAT(work_.Stop(policy_, straight, Shanghai("03-03 10:29")), test::IsOk());
  EXPECT_EQ(clock.SerializeAsString(), straight.SerializeAsString());
}

TEST_F(ClockworkTest, ANewVersionOfTheCalendarMovesWhatRuns) {
  auto six = policy_;
  six.mutable_terms(0)->mutable_resolution()->set_seconds(6 * 3600);
  auto clock = work_.Begin(six, kNormal, ServiceClock::TARGET_RESOLUTION, Shanghai("03-03 09:00"), Shanghai("03-03 09:00"));
  ASSERT_THAT(clock, test::IsOk());
  EXPECT_EQ(Due(*clock), "03-03 16:30");
  time::CalendarRules closed = GoldenOffice();
  closed.closures = {{Shanghai("03-03 14:00"), Shanghai("03-03 18:00")}};
  calendars_["calendars/c"] = CalendarOf("calendars/c", {{absl::InfinitePast(), GoldenOffice()}, {Shanghai("03-03 11:00"), closed}});
  ASSERT_THAT(work_.Advance(six, *clock, Shanghai("03-03 11:05")), test::IsOk());
  EXPECT_EQ(Due(*clock), "03-04 11:30");
  EXPECT_EQ(clock->calendar_versions(), 2);
  // Each segment names the one version that it was counted by.
  ASSERT_THAT(work_.Stop(six, *clock, Shanghai("03-04 10:00")), test::IsOk());
  ASSERT_EQ(clock->segments_size(), 2);
  EXPECT_EQ(clock->segments(0).calendar_version(), "calendars/c/versions/1");
  EXPECT_EQ(ShanghaiText(clock->segments(0).end_time()), "03-03 11:00");
  EXPECT_EQ(clock->segments(0).working_time().seconds(), 2 * 3600);
  EXPECT_EQ(clock->segments(1).calendar_version(), "calendars/c/versions/2");
  EXPECT_EQ(clock->segments(1).working_time().seconds(), 3600 + 1800 + 3600);
}

// A calendar that never works so much any more leaves a clock without a due time, and takes nothing down.
TEST_F(ClockworkTest, WithoutWorkNothingIsDue) {
  time::CalendarRules closed = GoldenOffice();
  closed.closures = {{Shanghai("03-01 00:00"), absl::FromCivil(absl::CivilYear(2400), absl::UTCTimeZone())}};
  calendars_["calendars/c"] = CalendarOf("calendars/c", {{absl::InfinitePast(), closed}});
  const ServiceClock clock = Begin("03-02 10:00");
  EXPECT_EQ(Due(clock), "none");
  EXPECT_FALSE(clock.has_next_time());
}

// ---- The ladder.

TEST_F(ClockworkTest, AStepComesAtItsShareOfTheTarget) {
  EXPECT_EQ(ShareOf(absl::Hours(4), 7500), absl::Hours(3));
  EXPECT_EQ(ShareOf(absl::Seconds(10), 3333), absl::Seconds(4));
  EXPECT_EQ(ShareOf(absl::Seconds(1), 1), absl::Seconds(1));
  ServiceClock clock = Begin("03-02 17:00", kLow);
  EXPECT_EQ(ShanghaiText(clock.next_time()), "03-03 09:00");
  auto step = work_.TakeStep(policy_, clock, Shanghai("03-03 09:00"));
  ASSERT_TRUE(step.ok() && step->has_value());
  EXPECT_TRUE((*step)->owner);
  EXPECT_EQ(ShanghaiText(clock.next_time()), "03-03 10:00");
  step = work_.TakeStep(policy_, clock, Shanghai("03-03 10:00"));
  ASSERT_TRUE(step.ok() && step->has_value());
  EXPECT_EQ((*step)->point.target_bp(), 7500);
  EXPECT_FALSE((*step)->owner);
  EXPECT_TRUE((*step)->activity_owner);
  EXPECT_FALSE(work_.TakeStep(policy_, clock, Shanghai("03-03 10:30"))->has_value());
}

TEST_F(ClockworkTest, AfterAnOutageOnlyTheHighestStepIsToldToAllUpToIt) {
  ServiceClock clock = Begin("03-02 08:00", kLow);
  ASSERT_THAT(work_.Advance(policy_, clock, Shanghai("03-02 13:30")), test::IsOk());
  auto step = work_.TakeStep(policy_, clock, Shanghai("03-02 13:30"));
  ASSERT_TRUE(step.ok() && step->has_value());
  EXPECT_EQ((*step)->point.after_due().seconds(), 3600);
  EXPECT_EQ(absl::FormatTime("%H:%M", (*step)->reach_time, ZoneNamed("Asia/Shanghai")), "13:00");
  EXPECT_TRUE((*step)->owner && (*step)->activity_owner && (*step)->managers);
  EXPECT_THAT((*step)->employees, ElementsAre("employees/wu"));
  EXPECT_FALSE(clock.has_next_time());
  EXPECT_EQ(ShanghaiText(clock.breach_time()), "03-02 12:00");
}

TEST_F(ClockworkTest, InClosedHoursNothingIsToldUnlessTheStepSaysSo) {
  ServiceClock clock = Begin("03-02 16:00", kLow);
  EXPECT_EQ(ShanghaiText(clock.next_time()), "03-03 08:00") << "half of it is consumed when it closes";
  EXPECT_FALSE(work_.TakeStep(policy_, clock, Shanghai("03-02 20:00"))->has_value());
  EXPECT_EQ(ShanghaiText(clock.next_time()), "03-03 08:00");
  EXPECT_TRUE(work_.TakeStep(policy_, clock, Shanghai("03-03 08:00"))->has_value());
  auto policy = policy_;
  policy.mutable_terms(kLow)->mutable_ladder(0)->set_in_closed_hours(true);
  auto loud = work_.Begin(policy, kLow, ServiceClock::TARGET_RESOLUTION, Shanghai("03-02 16:00"), Shanghai("03-02 16:00"));
  ASSERT_THAT(loud, test::IsOk());
  EXPECT_EQ(ShanghaiText(loud->next_time()), "03-02 18:00");
  EXPECT_TRUE(work_.TakeStep(policy, *loud, Shanghai("03-02 18:00"))->has_value());
}

TEST_F(ClockworkTest, AStepIsTakenOnceWhateverPausesAndChangesFollow) {
  ServiceClock clock = Begin("03-02 08:00", kLow);
  ASSERT_TRUE(work_.TakeStep(policy_, clock, Shanghai("03-02 10:00"))->has_value());
  ASSERT_THAT(work_.Pause(policy_, clock, Shanghai("03-02 10:10")), test::IsOk());
  ASSERT_THAT(work_.Continue(policy_, clock, Shanghai("03-02 10:20")), test::IsOk());
  ASSERT_THAT(work_.Retarget(policy_, clock, kNormal, "", Shanghai("03-02 10:30")), test::IsOk());
  ASSERT_THAT(work_.Retarget(policy_, clock, kLow, "", Shanghai("03-02 10:31")), test::IsOk());
  EXPECT_FALSE(work_.TakeStep(policy_, clock, Shanghai("03-02 10:31"))->has_value());
  EXPECT_EQ(ShanghaiText(clock.next_time()), "03-02 11:10") << "the step after it";
}

// ---- Terms.

TEST_F(ClockworkTest, TheLongestCategoryWinsAndThenWhatNamesThePriority) {
  v1::ServicePolicy policy;
  const auto add = [&](const std::string& category, v1::ServicePriority priority) {
    v1::ServiceTerms& terms = *policy.add_terms();
    terms.set_kind(v1::SERVICE_KIND_COMPLAINT);
    terms.set_category(category);
    terms.set_priority(priority);
  };
  add("", v1::SERVICE_PRIORITY_UNSPECIFIED);
  add("", v1::SERVICE_PRIORITY_URGENT);
  add("payment", v1::SERVICE_PRIORITY_UNSPECIFIED);
  add("payment/refund", v1::SERVICE_PRIORITY_HIGH);
  const auto find = [&](const std::string& category, v1::ServicePriority priority) {
    return FindTerms(policy, v1::SERVICE_KIND_COMPLAINT, category, priority).value_or(-1);
  };
  EXPECT_EQ(find("other", v1::SERVICE_PRIORITY_LOW), 0);
  EXPECT_EQ(find("other", v1::SERVICE_PRIORITY_URGENT), 1);
  EXPECT_EQ(find("payments", v1::SERVICE_PRIORITY_LOW), 0) << "a part of a name is no parent";
  EXPECT_EQ(find("payment", v1::SERVICE_PRIORITY_URGENT), 2);
  EXPECT_EQ(find("payment/refund/late", v1::SERVICE_PRIORITY_HIGH), 3);
  EXPECT_EQ(find("payment/refund/late", v1::SERVICE_PRIORITY_LOW), 2);
  EXPECT_FALSE(FindTerms(policy, v1::SERVICE_KIND_INQUIRY, "payment", v1::SERVICE_PRIORITY_HIGH).has_value());
}

TEST_F(ClockworkTest, EverythingThatIsWrongWithTermsIsTold) {
  const auto policy = PolicyOf(R"pb(
    terms {
      kind: SERVICE_KIND_INQUIRY
      first_response { seconds: 7200 }
      resolution { seconds: 3600 }
      reopen_within { seconds: -1 }
      ladder { point { target_bp: 5000 } }
      ladder {
        point { target_bp: 5000 }
        owner: true
      }
      ladder {
        point {
          target_bp: 1
          after_due { seconds: 1 }
        }
        owner: true
      }
      ladder {
        point { after_due { nanos: 5 } }
        employees: "employees/gone"
      }
    }
    terms {
      kind: SERVICE_KIND_INQUIRY
      first_response { seconds: 0 }
      resolution { seconds: 3600 }
      reopen_within {}
    })pb");
  status::BadFields bad;
  CheckTerms(
      policy.terms(), "service_policy.terms", [](const std::string& employee) { return employee == "employees/gone"; }, bad);
  EXPECT_THAT(
      bad.status(),
      test::HasViolations(
          "service_policy.terms[0].reopen_within BAD_WORKING_TIME", "service_policy.terms[0].first_response RESPONSE_AFTER_RESOLUTION",
          "service_policy.terms[0].ladder[0] NO_RECIPIENT", "service_policy.terms[0].ladder[1].point LADDER_NOT_ASCENDING",
          "service_policy.terms[0].ladder[2].point BAD_LADDER_POINT", "service_policy.terms[0].ladder[3].point.after_due BAD_WORKING_TIME",
          "service_policy.terms[0].ladder[3].employees[0] OWNER_LEFT", "service_policy.terms[1] TERMS_TWICE",
          "service_policy.terms[1].first_response BAD_WORKING_TIME"));
}

// ---- Against a count of minutes.

// Two calendars of random windows, in minutes from a Monday in UTC, one of which has a second version from some minute on.
class RandomWeeks {
 public:
  static constexpr int kMinutes = 12 * 1440;

  explicit RandomWeeks(std::mt19937& chance) {
    const std::vector<time::OpenWindow> first = Windows(chance), second = Windows(chance), other = Windows(chance);
    version_start = 1440 + static_cast<int>(chance() % (kMinutes - 2880));
    const auto before = Rules(chance, first), after = Rules(chance, second), always = Rules(chance, other);
    whole_ = CalendarOf("calendars/a", {{absl::InfinitePast(), before.first}, {At(version_start), after.first}});
    early_ = CalendarOf("calendars/a", {{absl::InfinitePast(), before.first}});
    calendars["calendars/a"] = early_;
    calendars["calendars/b"] = CalendarOf("calendars/b", {{absl::InfinitePast(), always.first}});
    open["calendars/a"] = before.second;
    std::copy(after.second.begin() + version_start, after.second.end(), open["calendars/a"].begin() + version_start);
    open["calendars/b"] = always.second;
  }

  static absl::Time At(int minute) { return absl::FromCivil(absl::CivilDay(2026, 3, 2), absl::UTCTimeZone()) + absl::Minutes(minute); }
  static int MinuteOf(const google::protobuf::Timestamp& time) {
    return static_cast<int>(absl::ToInt64Minutes(time::ToTime(time) - At(0)));
  }
  void Publish() { calendars["calendars/a"] = whole_; }

  CalendarMap calendars;
  std::map<std::string, std::vector<bool>> open;
  int version_start;

 private:
  static std::vector<time::OpenWindow> Windows(std::mt19937& chance) {
    std::vector<time::OpenWindow> windows;
    int at = static_cast<int>(chance() % 600);
    for (int i = 1 + static_cast<int>(chance() % 3); i > 0 && at < 1380; --i) {
      const int end = std::min(1440, at + 1 + static_cast<int>(chance() % 400));
      windows.push_back({absl::Minutes(at), absl::Minutes(end)});
      at = end + 1 + static_cast<int>(chance() % 200);
    }
    return windows;
  }
  static std::pair<time::CalendarRules, std::vector<bool>> Rules(std::mt19937& chance, const std::vector<time::OpenWindow>& windows) {
    time::CalendarRules rules;
    rules.zone = absl::UTCTimeZone();
    std::vector<bool> minutes(kMinutes, false);
    const unsigned days = 1 | chance();  // Mondays at least
    for (int day = 0; day < 7; ++day) {
      if ((days >> day) & 1) rules.week[day] = windows;
    }
    for (int day = 0; day < kMinutes / 1440; ++day) {
      for (const time::OpenWindow& window : rules.week[day % 7]) {
        for (int m = static_cast<int>(absl::ToInt64Minutes(window.open)); m < absl::ToInt64Minutes(window.close); ++m) {
          minutes[day * 1440 + m] = true;
        }
      }
    }
    const int begin = static_cast<int>(chance() % kMinutes), end = std::min(kMinutes, begin + static_cast<int>(chance() % 2000));
    if (begin < end) rules.closures = {{At(begin), At(end)}};
    std::fill(minutes.begin() + begin, minutes.begin() + end, false);
    return {rules, minutes};
  }

  std::shared_ptr<const time::NamedCalendar> early_, whole_;
};

enum class Act { kPause, kContinue, kStop, kGoOn, kTerms0, kTerms1, kTerms2, kPublish };

// A clock that counts one minute after the other.
class CountedClock {
 public:
  CountedClock(const v1::ServicePolicy& policy, const RandomWeeks& weeks) : policy_(policy), weeks_(weeks) { target_ = Target(); }

  void Do(int minute, Act act) {
    if (Runs() && !breach && reached_ && *reached_ < minute) breach = *reached_;
    const auto state = this->state;
    if (act == Act::kPause && state == ServiceClock::STATE_RUNNING) this->state = ServiceClock::STATE_PAUSED;
    if (act == Act::kContinue && state == ServiceClock::STATE_PAUSED) this->state = ServiceClock::STATE_RUNNING;
    if (act == Act::kStop && state != ServiceClock::STATE_STOPPED) {
      this->state = ServiceClock::STATE_STOPPED;
      met = !breach;
    }
    if (act == Act::kGoOn && state == ServiceClock::STATE_STOPPED) this->state = ServiceClock::STATE_RUNNING;
    if (act >= Act::kTerms0 && act <= Act::kTerms2 && state != ServiceClock::STATE_STOPPED) {
      terms_ = static_cast<int>(act) - static_cast<int>(Act::kTerms0);
      target_ = Target();
      if (!breach && consumed > target_) {
        breach = minute;
        over_ = 0;
      }
    }
    if (!breach) {
      reached_.reset();
      over_ = 0;
      if (Runs() && consumed >= target_) reached_ = minute;
    }
  }

  // The steps that are told in the moment with which the minute begins.
  void Tell(int minute) {
    if (!Runs()) return;
    const bool open = (*open_)[minute];
    const bool late = breach || (reached_ && *reached_ < minute);
    std::optional<v1::LadderPoint> highest;
    for (const v1::LadderStep& step : policy_.terms(terms_).ladder()) {
      if (told_ && !ComesBefore(*told_, step.point())) continue;
      const int at = step.point().has_after_due() ? static_cast<int>(step.point().after_due().seconds() / 60)
                                                  : static_cast<int>((target_ * 60 * step.point().target_bp() + 599'999) / 600'000);
      const bool there = step.point().has_after_due() ? late && over_ >= at : consumed >= at;
      if (there && (open || step.in_closed_hours())) highest = step.point();
    }
    if (!highest) return;
    told_ = highest;
    steps.emplace_back(minute, highest->ShortDebugString());
  }

  void Pass(int minute) {
    if (!Runs() || !(*open_)[minute]) return;
    if (breach || reached_) ++over_;
    ++consumed;
    if (!breach && !reached_ && consumed >= target_) reached_ = minute + 1;
  }

  ServiceClock::State state = ServiceClock::STATE_RUNNING;
  int64_t consumed = 0;
  std::optional<int> breach;
  bool met = false;
  std::vector<std::pair<int, std::string>> steps;

 private:
  bool Runs() const { return state == ServiceClock::STATE_RUNNING; }
  int64_t Target() {
    open_ = &weeks_.open.at(policy_.terms(terms_).calendar());
    return policy_.terms(terms_).resolution().seconds() / 60;
  }

  const v1::ServicePolicy& policy_;
  const RandomWeeks& weeks_;
  int terms_ = 0;
  const std::vector<bool>* open_;
  int64_t target_;
  std::optional<int> reached_;  // when the target was consumed, since the last change
  int64_t over_ = 0;            // consumed since then
  std::optional<v1::LadderPoint> told_;
};

v1::ServicePolicy RandomTerms(std::mt19937& chance) {
  v1::ServicePolicy policy;
  policy.set_name("servicePolicies/test");
  for (int i = 0; i < 3; ++i) {
    v1::ServiceTerms& terms = *policy.add_terms();
    terms.set_calendar(chance() % 3 == 0 ? "calendars/b" : "calendars/a");
    terms.mutable_resolution()->set_seconds(60 * (1 + static_cast<int64_t>(chance() % 1500)));
    int bp = 0;
    for (int steps = static_cast<int>(chance() % 4); steps > 0; --steps) {
      bp += 1 + static_cast<int>(chance() % 4000);
      if (bp > 10000) break;
      // A share that is reached with a whole minute.
      const int64_t minutes = terms.resolution().seconds() / 60;
      if ((minutes * 60 * bp + 9999) / 10000 % 60 != 0) bp = static_cast<int>(10000 * (minutes * bp / 10000) / minutes);
      if (bp < 1 || (minutes * 60 * bp + 9999) / 10000 % 60 != 0) continue;
      if (terms.ladder_size() > 0 && terms.ladder(terms.ladder_size() - 1).point().target_bp() >= bp) continue;
      v1::LadderStep& step = *terms.add_ladder();
      step.mutable_point()->set_target_bp(bp);
      step.set_in_closed_hours(chance() % 2 == 0);
    }
    int64_t after = 0;
    for (int steps = static_cast<int>(chance() % 3); steps > 0; --steps) {
      after += 60 * (1 + static_cast<int64_t>(chance() % 300));
      v1::LadderStep& step = *terms.add_ladder();
      step.mutable_point()->mutable_after_due()->set_seconds(after);
      step.set_in_closed_hours(chance() % 2 == 0);
    }
  }
  return policy;
}

TEST(ClockworkOracleTest, AgreesWithACountOfMinutes) {
  std::mt19937 chance(20260302);
  int breaches = 0, mets = 0, steps_told = 0;
  for (int round = 0; round < 3000; ++round) {
    RandomWeeks weeks(chance);
    const v1::ServicePolicy policy = RandomTerms(chance);
    std::multimap<int, Act> acts = {{weeks.version_start, Act::kPublish}};
    for (int i = static_cast<int>(chance() % 14); i > 0; --i) {
      acts.emplace(static_cast<int>(chance() % RandomWeeks::kMinutes), static_cast<Act>(chance() % 7));
    }
    const Clockwork work(
        [&](const std::string& name) -> absl::StatusOr<std::shared_ptr<const time::NamedCalendar>> { return weeks.calendars.at(name); });
    auto clock = work.Begin(policy, 0, ServiceClock::TARGET_RESOLUTION, RandomWeeks::At(0), RandomWeeks::At(0));
    ASSERT_THAT(clock, test::IsOk());
    std::vector<std::pair<int, std::string>> steps;
    const auto run_to = [&](absl::Time time) {
      while (clock->has_next_time() && time::ToTime(clock->next_time()) <= time) {
        const auto next = clock->next_time();
        ASSERT_THAT(work.Advance(policy, *clock, time::ToTime(next)), test::IsOk());
        const auto step = work.TakeStep(policy, *clock, time::ToTime(next));
        ASSERT_THAT(step, test::IsOk());
        if (*step) steps.emplace_back(RandomWeeks::MinuteOf(next), (*step)->point.ShortDebugString());
      }
    };
    for (const auto& [minute, act] : acts) {
      const absl::Time at = RandomWeeks::At(minute);
      run_to(at);
      if (act == Act::kPublish) weeks.Publish();
      absl::Status done = act == Act::kPause      ? work.Pause(policy, *clock, at)
                          : act == Act::kContinue ? work.Continue(policy, *clock, at)
                          : act == Act::kStop     ? work.Stop(policy, *clock, at)
                          : act == Act::kGoOn     ? work.GoOn(policy, *clock, at)
                          : act == Act::kPublish
                              ? work.Advance(policy, *clock, at)
                              : work.Retarget(policy, *clock, static_cast<int>(act) - static_cast<int>(Act::kTerms0), "", at);
      ASSERT_THAT(done, test::IsOk());
    }
    const absl::Time end = RandomWeeks::At(RandomWeeks::kMinutes - 1);
    run_to(end);

    CountedClock counted(policy, weeks);
    for (int minute = 0; minute < RandomWeeks::kMinutes; ++minute) {
      counted.Tell(minute);
      for (auto [act, last] = acts.equal_range(minute); act != last; ++act) {
        if (act->second != Act::kPublish) counted.Do(minute, act->second);
        counted.Tell(minute);
      }
      if (minute == RandomWeeks::kMinutes - 1) break;
      counted.Pass(minute);
    }
    counted.Do(RandomWeeks::kMinutes - 1, Act::kPublish);  // what the time has brought

    const std::string context = absl::StrCat("round ", round, "\n", clock->DebugString());
    ASSERT_EQ(clock->state(), counted.state) << context;
    ASSERT_EQ(*work.ConsumedAt(*clock, end), absl::Minutes(counted.consumed)) << context;
    ASSERT_EQ(clock->has_breach_time(), counted.breach.has_value()) << context;
    if (counted.breach) {
      ASSERT_EQ(RandomWeeks::MinuteOf(clock->breach_time()), *counted.breach) << context;
    }
    ASSERT_EQ(clock->result() == ServiceClock::RESULT_MET, counted.state == ServiceClock::STATE_STOPPED && counted.met) << context;
    ASSERT_EQ(steps, counted.steps) << context;
    // The segments follow each other, and their sum is what is consumed.
    absl::Duration sum;
    for (int i = 0; i < clock->segments_size(); ++i) {
      const v1::ClockSegment& segment = clock->segments(i);
      const auto& begins = i == 0 ? clock->receive_time() : clock->segments(i - 1).end_time();
      ASSERT_EQ(time::ToTime(segment.start_time()), time::ToTime(begins)) << context;
      if (!segment.paused()) sum += ToLength(segment.working_time());
    }
    ASSERT_EQ(sum, ToLength(clock->consumed())) << context;
    breaches += counted.breach.has_value();
    mets += clock->result() == ServiceClock::RESULT_MET;
    steps_told += static_cast<int>(steps.size());
  }
  EXPECT_GT(breaches, 300);
  EXPECT_GT(mets, 300);
  EXPECT_GT(steps_told, 1000);
}

}  // namespace
}  // namespace heitie::activity
