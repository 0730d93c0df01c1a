#include "services/activity/clock/clockwork.h"

#include <algorithm>
#include <set>
#include <tuple>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/record/hand_over.h"
#include "common/status/macros.h"
#include "common/time/instant.h"

namespace heitie::activity {

using v1::ClockSegment;
using v1::LadderPoint;
using v1::ServiceClock;
using v1::ServicePolicy;
using v1::ServiceTerms;

namespace {

const status::Reason kTermsTwice{absl::StatusCode::kInvalidArgument, "TERMS_TWICE",
                                 "There are terms for this kind, category and priority already.", "此類型、類別與優先級已有條款。"};
const status::Reason kBadWorkingTime{absl::StatusCode::kInvalidArgument, "BAD_WORKING_TIME",
                                     "Working time is in whole seconds, from {least} s to a year of 366 days.",
                                     "工作時間為整秒數，自 {least} 秒至三百六十六日。"};
const status::Reason kResponseAfterResolution{absl::StatusCode::kInvalidArgument, "RESPONSE_AFTER_RESOLUTION",
                                              "The first response may not take longer than the resolution.",
                                              "首次回覆的時限不得長於解決的時限。"};
const status::Reason kBadLadderPoint{absl::StatusCode::kInvalidArgument, "BAD_LADDER_POINT",
                                     "A step comes at a share of the target or after it is due: exactly one of the two.",
                                     "升級步驟須設定目標的比例或逾期後的時間，兩者擇一。"};
const status::Reason kLadderNotAscending{absl::StatusCode::kInvalidArgument, "LADDER_NOT_ASCENDING",
                                         "Each step comes after the one before.", "升級步驟須依先後排列，且不得重複。"};
const status::Reason kNoRecipient{absl::StatusCode::kInvalidArgument, "NO_RECIPIENT", "The step tells nobody.", "此升級步驟未指定任何人。"};

constexpr absl::Duration kTick = absl::Microseconds(1);
constexpr absl::Duration kYear = absl::Hours(24 * 366);

void CheckLength(const google::protobuf::Duration& duration, int least, const std::string& field, status::BadFields& bad) {
  const absl::Duration length = ToLength(duration);
  if (duration.nanos() != 0 || length < absl::Seconds(least) || length > kYear) bad.Add(field, kBadWorkingTime, {{"least", least}});
}

bool Breached(const ServiceClock& clock) { return clock.has_breach_time(); }

ClockSegment& Last(ServiceClock& clock) { return *clock.mutable_segments(clock.segments_size() - 1); }
const ClockSegment& Last(const ServiceClock& clock) { return clock.segments(clock.segments_size() - 1); }

bool Lasts(const ServiceClock& clock) { return clock.segments_size() > 0 && !Last(clock).has_end_time(); }

// The first moment after `begin` at which another version is in force than at `begin`; one is at `end`.
absl::Time NextVersion(const time::BusinessCalendar& calendar, absl::Time begin, absl::Time end) {
  const size_t version = calendar.VersionAt(begin);
  int64_t same = absl::ToUnixMicros(begin), other = absl::ToUnixMicros(end);
  while (other - same > 1) {
    const int64_t middle = same + (other - same) / 2;
    (calendar.VersionAt(absl::FromUnixMicros(middle)) == version ? same : other) = middle;
  }
  return absl::FromUnixMicros(other);
}

// Ends the segment that lasts, as one for each version of the calendar; one without length vanishes.
void EndSegment(const time::NamedCalendar& calendar, ServiceClock& clock, absl::Time at) {
  if (!Lasts(clock)) return;
  const ClockSegment segment = Last(clock);
  clock.mutable_segments()->RemoveLast();
  absl::Duration consumed = ToLength(clock.consumed());
  for (absl::Time begin = time::ToTime(segment.start_time()); begin < at;) {
    const size_t version = calendar.arithmetic.VersionAt(begin);
    const absl::Time end = calendar.arithmetic.VersionAt(at - kTick) == version ? at : NextVersion(calendar.arithmetic, begin, at - kTick);
    ClockSegment& piece = *clock.add_segments();
    piece = segment;
    *piece.mutable_start_time() = time::ToTimestamp(begin);
    *piece.mutable_end_time() = time::ToTimestamp(end);
    piece.set_calendar_version(calendar.versions[version]);
    const absl::Duration working = calendar.arithmetic.Working(begin, end);
    *piece.mutable_working_time() = ToDuration(working);
    if (!segment.paused()) consumed += working;
    begin = end;
  }
  *clock.mutable_consumed() = ToDuration(consumed);
}

void BeginSegment(const time::NamedCalendar& calendar, ServiceClock& clock, absl::Time at, bool paused, const std::string& reason = "") {
  ClockSegment& segment = *clock.add_segments();
  *segment.mutable_start_time() = time::ToTimestamp(at);
  segment.set_paused(paused);
  segment.set_policy(clock.policy());
  segment.set_terms(clock.terms());
  segment.set_calendar_version(calendar.versions[calendar.arithmetic.VersionAt(at)]);
  *segment.mutable_allowance() = clock.allowance();
  segment.set_reason(reason);
}

void Breach(ServiceClock& clock, absl::Time at) {
  *clock.mutable_breach_time() = time::ToTimestamp(at);
  *clock.mutable_due_time() = clock.breach_time();
  *clock.mutable_decide_time() = clock.breach_time();
  clock.set_result(ServiceClock::RESULT_BREACHED);
}

// Of a breach that has cut the running segment in two.
bool CutByBreach(const ServiceClock& clock) {
  if (!Breached(clock) || !Lasts(clock) || clock.segments_size() < 2) return false;
  const ClockSegment &last = Last(clock), &before = clock.segments(clock.segments_size() - 2);
  return time::ToTime(last.start_time()) == time::ToTime(clock.breach_time()) && !last.paused() && !before.paused() &&
         last.terms() == before.terms();
}

void TakeBackBreach(ServiceClock& clock) {
  clock.mutable_segments()->RemoveLast();
  ClockSegment& segment = Last(clock);
  *clock.mutable_consumed() = ToDuration(ToLength(clock.consumed()) - ToLength(segment.working_time()));
  segment.clear_end_time();
  segment.clear_working_time();
  clock.clear_breach_time();
  clock.clear_decide_time();
  clock.set_result(ServiceClock::RESULT_OPEN);
}

// The first moment from `from` on at which somebody works; nothing when nobody does any more.
std::optional<absl::Time> OpeningFrom(const time::BusinessCalendar& calendar, absl::Time from) {
  const absl::StatusOr<absl::Time> after = calendar.After(from, kTick);
  if (!after.ok()) return std::nullopt;
  return *after - kTick;
}

// When the running clock reaches the point, or the begin of its segment if it has done so before; nothing when it never does, or is not
// breached yet.
std::optional<absl::Time> ReachOf(const time::BusinessCalendar& calendar, const ServiceClock& clock, const LadderPoint& point) {
  absl::Duration left;
  if (point.has_after_due()) {
    if (!Breached(clock)) return std::nullopt;
    left = ToLength(point.after_due());
    for (const ClockSegment& segment : clock.segments()) {
      if (segment.paused() || time::ToTime(segment.start_time()) < time::ToTime(clock.breach_time())) continue;
      left -= ToLength(segment.working_time());
    }
  } else {
    left = ShareOf(ToLength(clock.allowance()), point.target_bp()) - ToLength(clock.consumed());
  }
  const absl::StatusOr<absl::Time> reach = calendar.After(time::ToTime(Last(clock).start_time()), std::max(left, absl::ZeroDuration()));
  if (!reach.ok()) return std::nullopt;
  return *reach;
}

bool IsTaken(const ServiceClock& clock, const LadderPoint& point) { return clock.has_told() && !ComesBefore(clock.told(), point); }

const ServiceTerms& TermsOf(const ServicePolicy& policy, const ServiceClock& clock) { return policy.terms(clock.terms()); }

void TakeTerms(const ServicePolicy& policy, ServiceClock& clock, int index) {
  const ServiceTerms& terms = policy.terms(index);
  clock.set_terms(index);
  clock.set_calendar(terms.calendar());
  *clock.mutable_allowance() = clock.target() == ServiceClock::TARGET_FIRST_RESPONSE ? terms.first_response() : terms.resolution();
}

}  // namespace

const record::StateMachine& ServiceClockMachine() {
  using C = ServiceClock;
  static const auto& machine = *new record::StateMachine(
      C::State_descriptor(), {
                                 {C::STATE_RUNNING, "breach", C::STATE_RUNNING, "it was due", record::kConsequence},
                                 {C::STATE_RUNNING, "tell", C::STATE_RUNNING, "a step of the ladder is reached", record::kConsequence},
                                 {C::STATE_RUNNING, "move", C::STATE_RUNNING, "its calendar has a new version", record::kConsequence},
                                 {C::STATE_RUNNING, "retarget", C::STATE_RUNNING, "priority or category are others", record::kConsequence},
                                 {C::STATE_RUNNING, "reassign", C::STATE_RUNNING, "somebody else answers for it", record::kConsequence},
                                 {C::STATE_RUNNING, "pause", C::STATE_PAUSED, "the customer is waited for", record::kConsequence},
                                 {C::STATE_RUNNING, "stop", C::STATE_STOPPED, "what it waits for has happened", record::kConsequence},
                                 {C::STATE_RUNNING, "cancel", C::STATE_CANCELLED, "merged or given up", record::kConsequence},
                                 {C::STATE_PAUSED, "retarget", C::STATE_PAUSED, "priority or category are others", record::kConsequence},
                                 {C::STATE_PAUSED, "reassign", C::STATE_PAUSED, "somebody else answers for it", record::kConsequence},
                                 {C::STATE_PAUSED, "continue", C::STATE_RUNNING, "the customer has written", record::kConsequence},
                                 {C::STATE_PAUSED, "stop", C::STATE_STOPPED, "what it waits for has happened", record::kConsequence},
                                 {C::STATE_PAUSED, "cancel", C::STATE_CANCELLED, "merged or given up", record::kConsequence},
                                 {C::STATE_STOPPED, "reopen", C::STATE_RUNNING, "the terms say that it goes on", record::kConsequence},
                                 {C::STATE_RUNNING, "excuse", C::STATE_RUNNING, "it is breached"},
                                 {C::STATE_PAUSED, "excuse", C::STATE_PAUSED, "it is breached"},
                                 {C::STATE_STOPPED, "excuse", C::STATE_STOPPED, "it is breached"},
                             });
  return machine;
}

void CheckLadder(const google::protobuf::RepeatedPtrField<v1::LadderStep>& ladder, const std::string& path,
                 const std::function<bool(const std::string& employee)>& left, status::BadFields& bad) {
  const LadderPoint* before = nullptr;
  for (int i = 0; i < ladder.size(); ++i) {
    const v1::LadderStep& step = ladder[i];
    const std::string at = absl::StrCat(path, "[", i, "]");
    const LadderPoint& point = step.point();
    if ((point.target_bp() > 0) == point.has_after_due()) {
      bad.Add(at + ".point", kBadLadderPoint);
    } else {
      if (before != nullptr && !ComesBefore(*before, point)) bad.Add(at + ".point", kLadderNotAscending);
      before = &point;
    }
    if (point.has_after_due()) CheckLength(point.after_due(), 1, at + ".point.after_due", bad);
    if (!step.owner() && !step.activity_owner() && !step.managers() && step.employees().empty()) bad.Add(at, kNoRecipient);
    for (int j = 0; left && j < step.employees_size(); ++j) {
      if (!left(step.employees(j))) continue;
      const std::string field = absl::StrCat(at, ".employees[", j, "]");
      bad.Add(field, record::kOwnerLeft, {{"employee", step.employees(j)}, {"name", field}});
    }
  }
}

void CheckTerms(const google::protobuf::RepeatedPtrField<ServiceTerms>& all, const std::string& path,
                const std::function<bool(const std::string& employee)>& left, status::BadFields& bad) {
  std::set<std::tuple<int, std::string, int>> seen;
  for (int i = 0; i < all.size(); ++i) {
    const ServiceTerms& terms = all[i];
    const std::string at = absl::StrCat(path, "[", i, "]");
    if (!seen.emplace(terms.kind(), terms.category(), terms.priority()).second) bad.Add(at, kTermsTwice);
    CheckLength(terms.first_response(), 1, at + ".first_response", bad);
    CheckLength(terms.resolution(), 1, at + ".resolution", bad);
    CheckLength(terms.reopen_within(), 0, at + ".reopen_within", bad);
    if (ToLength(terms.first_response()) > ToLength(terms.resolution())) bad.Add(at + ".first_response", kResponseAfterResolution);
    CheckLadder(terms.ladder(), at + ".ladder", left, bad);
  }
}

std::optional<int> FindTerms(const ServicePolicy& policy, v1::ServiceKind kind, const std::string& category, v1::ServicePriority priority) {
  std::optional<int> best;
  for (int i = 0; i < policy.terms_size(); ++i) {
    const ServiceTerms& terms = policy.terms(i);
    const bool any = terms.priority() == v1::SERVICE_PRIORITY_UNSPECIFIED;
    if (terms.kind() != kind || (!any && terms.priority() != priority) || !IsBelow(category, terms.category())) continue;
    const auto rank = [](const ServiceTerms& t) {
      return std::make_pair(t.category().size(), t.priority() != v1::SERVICE_PRIORITY_UNSPECIFIED);
    };
    if (!best || rank(policy.terms(*best)) < rank(terms)) best = i;
  }
  return best;
}

bool IsBelow(const std::string& category, const std::string& root) {
  return root.empty() || category == root || absl::StartsWith(category, root + "/");
}

absl::Duration ToLength(const google::protobuf::Duration& duration) {
  return absl::Seconds(duration.seconds()) + absl::Nanoseconds(duration.nanos());
}

google::protobuf::Duration ToDuration(absl::Duration length) {
  google::protobuf::Duration duration;
  duration.set_seconds(absl::IDivDuration(length, absl::Seconds(1), &length));
  duration.set_nanos(static_cast<int32_t>(absl::ToInt64Nanoseconds(length)));
  return duration;
}

bool ComesBefore(const LadderPoint& a, const LadderPoint& b) {
  if (a.has_after_due() != b.has_after_due()) return b.has_after_due();
  return a.has_after_due() ? ToLength(a.after_due()) < ToLength(b.after_due()) : a.target_bp() < b.target_bp();
}

absl::Duration ShareOf(absl::Duration target, int32_t bp) {
  const int64_t seconds = absl::ToInt64Seconds(target);  // at most a year
  return absl::Seconds((seconds * bp + 9999) / 10000);
}

absl::StatusOr<ServiceClock> Clockwork::Begin(const ServicePolicy& policy, int terms, ServiceClock::Target target, absl::Time from,
                                              absl::Time now) const {
  ServiceClock clock;
  clock.set_target(target);
  clock.set_policy(policy.name());
  TakeTerms(policy, clock, terms);
  *clock.mutable_receive_time() = time::ToTimestamp(from);
  *clock.mutable_consumed() = ToDuration(absl::ZeroDuration());
  clock.set_state(ServiceClock::STATE_RUNNING);
  clock.set_result(ServiceClock::RESULT_OPEN);
  ASSIGN_OR_RETURN(const Calendar calendar, calendar_of_(clock.calendar()));
  BeginSegment(*calendar, clock, from, false);
  RETURN_IF_ERROR(Plan(policy, clock));
  RETURN_IF_ERROR(Advance(policy, clock, now));
  return clock;
}

absl::StatusOr<absl::Time> Clockwork::Enter(const ServicePolicy& policy, ServiceClock& clock, absl::Time at) const {
  if (clock.has_breach_time() && at <= time::ToTime(clock.breach_time()) && CutByBreach(clock)) TakeBackBreach(clock);
  if (clock.segments_size() > 0) at = std::max(at, time::ToTime(Last(clock).start_time()));
  if (clock.has_stop_time()) at = std::max(at, time::ToTime(clock.stop_time()));
  if (clock.state() != ServiceClock::STATE_RUNNING) return at;
  ASSIGN_OR_RETURN(const Calendar calendar, calendar_of_(clock.calendar()));
  if (clock.calendar_versions() != static_cast<int>(calendar->versions.size())) RETURN_IF_ERROR(Plan(policy, clock));
  if (Breached(clock) || !clock.has_due_time() || at <= time::ToTime(clock.due_time())) return at;
  const absl::Time due = time::ToTime(clock.due_time());
  EndSegment(*calendar, clock, due);
  Breach(clock, due);
  BeginSegment(*calendar, clock, due, false);
  RETURN_IF_ERROR(Plan(policy, clock));
  return at;
}

absl::Status Clockwork::Plan(const ServicePolicy& policy, ServiceClock& clock, absl::Time told) const {
  clock.clear_next_time();
  if (clock.state() != ServiceClock::STATE_RUNNING) {
    if (clock.state() == ServiceClock::STATE_PAUSED && !Breached(clock)) clock.clear_due_time();
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(const Calendar calendar, calendar_of_(clock.calendar()));
  const time::BusinessCalendar& arithmetic = calendar->arithmetic;
  clock.set_calendar_versions(static_cast<int>(calendar->versions.size()));
  absl::Time next = absl::InfiniteFuture();
  if (!Breached(clock)) {
    const absl::StatusOr<absl::Time> due =
        arithmetic.After(time::ToTime(Last(clock).start_time()), ToLength(clock.allowance()) - ToLength(clock.consumed()));
    clock.clear_due_time();
    if (due.ok()) {
      *clock.mutable_due_time() = time::ToTimestamp(*due);
      next = *due + kTick;
    }
  }
  for (const v1::LadderStep& step : TermsOf(policy, clock).ladder()) {
    if (IsTaken(clock, step.point())) continue;
    std::optional<absl::Time> reach = ReachOf(arithmetic, clock, step.point());
    if (reach && !step.in_closed_hours()) reach = OpeningFrom(arithmetic, std::max(*reach, told));
    if (reach) next = std::min(next, *reach);
  }
  if (next < absl::InfiniteFuture()) *clock.mutable_next_time() = time::ToTimestamp(next);
  return absl::OkStatus();
}

absl::Status Clockwork::Advance(const ServicePolicy& policy, ServiceClock& clock, absl::Time at) const {
  return Enter(policy, clock, at).status();
}

absl::Status Clockwork::Pause(const ServicePolicy& policy, ServiceClock& clock, absl::Time at) const {
  ASSIGN_OR_RETURN(at, Enter(policy, clock, at));
  if (clock.state() != ServiceClock::STATE_RUNNING || clock.target() == ServiceClock::TARGET_FIRST_RESPONSE) return absl::OkStatus();
  ASSIGN_OR_RETURN(const Calendar calendar, calendar_of_(clock.calendar()));
  EndSegment(*calendar, clock, at);
  BeginSegment(*calendar, clock, at, true);
  clock.set_state(ServiceClock::STATE_PAUSED);
  return Plan(policy, clock);
}

absl::Status Clockwork::Continue(const ServicePolicy& policy, ServiceClock& clock, absl::Time at) const {
  ASSIGN_OR_RETURN(at, Enter(policy, clock, at));
  if (clock.state() != ServiceClock::STATE_PAUSED) return absl::OkStatus();
  ASSIGN_OR_RETURN(const Calendar calendar, calendar_of_(clock.calendar()));
  EndSegment(*calendar, clock, at);
  BeginSegment(*calendar, clock, at, false);
  clock.set_state(ServiceClock::STATE_RUNNING);
  return Plan(policy, clock);
}

absl::Status Clockwork::Stop(const ServicePolicy& policy, ServiceClock& clock, absl::Time at) const {
  ASSIGN_OR_RETURN(at, Enter(policy, clock, at));
  if (clock.state() != ServiceClock::STATE_RUNNING && clock.state() != ServiceClock::STATE_PAUSED) return absl::OkStatus();
  ASSIGN_OR_RETURN(const Calendar calendar, calendar_of_(clock.calendar()));
  EndSegment(*calendar, clock, at);
  clock.set_state(ServiceClock::STATE_STOPPED);
  *clock.mutable_stop_time() = time::ToTimestamp(at);
  if (!Breached(clock)) {
    clock.set_result(ServiceClock::RESULT_MET);
    *clock.mutable_decide_time() = clock.stop_time();
  }
  return Plan(policy, clock);
}

absl::Status Clockwork::Cancel(const ServicePolicy& policy, ServiceClock& clock, absl::Time at) const {
  ASSIGN_OR_RETURN(at, Enter(policy, clock, at));
  if (clock.state() != ServiceClock::STATE_RUNNING && clock.state() != ServiceClock::STATE_PAUSED) return absl::OkStatus();
  ASSIGN_OR_RETURN(const Calendar calendar, calendar_of_(clock.calendar()));
  EndSegment(*calendar, clock, at);
  clock.set_state(ServiceClock::STATE_CANCELLED);
  *clock.mutable_stop_time() = time::ToTimestamp(at);
  return Plan(policy, clock);
}

absl::Status Clockwork::GoOn(const ServicePolicy& policy, ServiceClock& clock, absl::Time at) const {
  ASSIGN_OR_RETURN(at, Enter(policy, clock, at));
  if (clock.state() != ServiceClock::STATE_STOPPED) return absl::OkStatus();
  ASSIGN_OR_RETURN(const Calendar calendar, calendar_of_(clock.calendar()));
  BeginSegment(*calendar, clock, time::ToTime(clock.stop_time()), true);
  EndSegment(*calendar, clock, at);
  BeginSegment(*calendar, clock, at, false);
  clock.set_state(ServiceClock::STATE_RUNNING);
  clock.clear_stop_time();
  if (!Breached(clock)) {
    clock.set_result(ServiceClock::RESULT_OPEN);
    clock.clear_decide_time();
  }
  return Plan(policy, clock);
}

absl::Status Clockwork::Retarget(const ServicePolicy& policy, ServiceClock& clock, int terms, const std::string& reason,
                                 absl::Time at) const {
  ASSIGN_OR_RETURN(at, Enter(policy, clock, at));
  const bool paused = clock.state() == ServiceClock::STATE_PAUSED;
  if ((!paused && clock.state() != ServiceClock::STATE_RUNNING) || clock.terms() == terms) return absl::OkStatus();
  ASSIGN_OR_RETURN(const Calendar before, calendar_of_(clock.calendar()));
  EndSegment(*before, clock, at);
  TakeTerms(policy, clock, terms);
  ASSIGN_OR_RETURN(const Calendar after, calendar_of_(clock.calendar()));
  BeginSegment(*after, clock, at, paused, reason);
  if (!Breached(clock) && ToLength(clock.consumed()) > ToLength(clock.allowance())) Breach(clock, at);
  return Plan(policy, clock);
}

absl::StatusOr<bool> Clockwork::MayReopen(const ServicePolicy& policy, const ServiceClock& clock, absl::Time at) const {
  if (clock.state() != ServiceClock::STATE_STOPPED) return false;
  ASSIGN_OR_RETURN(const Calendar calendar, calendar_of_(clock.calendar()));
  const absl::Time stopped = time::ToTime(clock.stop_time());
  return calendar->arithmetic.Working(stopped, std::max(at, stopped)) <= ToLength(TermsOf(policy, clock).reopen_within());
}

absl::StatusOr<std::optional<TakenStep>> Clockwork::TakeStep(const ServicePolicy& policy, ServiceClock& clock, absl::Time now) const {
  std::optional<TakenStep> taken;
  if (clock.state() != ServiceClock::STATE_RUNNING) return taken;
  ASSIGN_OR_RETURN(const Calendar calendar, calendar_of_(clock.calendar()));
  const bool open = OpeningFrom(calendar->arithmetic, now) == now;
  TakenStep sum;
  for (const v1::LadderStep& step : TermsOf(policy, clock).ladder()) {
    if (IsTaken(clock, step.point())) continue;
    const std::optional<absl::Time> reach = ReachOf(calendar->arithmetic, clock, step.point());
    if (!reach || *reach > now) continue;
    sum.owner |= step.owner();
    sum.activity_owner |= step.activity_owner();
    sum.managers |= step.managers();
    sum.employees.insert(sum.employees.end(), step.employees().begin(), step.employees().end());
    if (!open && !step.in_closed_hours()) continue;
    sum.point = step.point();
    sum.reach_time = *reach;
    taken = sum;
  }
  if (taken) *clock.mutable_told() = taken->point;
  RETURN_IF_ERROR(Plan(policy, clock, now));
  return taken;
}

absl::StatusOr<absl::Duration> Clockwork::ConsumedAt(const ServiceClock& clock, absl::Time at) const {
  absl::Duration consumed = ToLength(clock.consumed());
  if (clock.state() != ServiceClock::STATE_RUNNING) return consumed;
  ASSIGN_OR_RETURN(const Calendar calendar, calendar_of_(clock.calendar()));
  return consumed + calendar->arithmetic.Working(time::ToTime(Last(clock).start_time()), at);
}

}  // namespace heitie::activity
