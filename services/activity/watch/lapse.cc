#include "services/activity/watch/lapse.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "heitie/personnel/v1/qualification.pb.h"

namespace heitie::activity {
namespace {

std::string BareName(v1::Precondition precondition) { return v1::Precondition_Name(precondition).substr(sizeof("PRECONDITION_") - 1); }

absl::Time BeginOf(absl::CivilDay day, const std::string& zone_name) {
  absl::TimeZone zone = absl::UTCTimeZone();
  if (!zone_name.empty()) absl::LoadTimeZone(zone_name, &zone);
  return absl::FromCivil(day, zone);
}

// When somebody is missing first, of those who were asked about from `from` on.
absl::Time MissingFrom(const personnel::v1::EmployeeQualification& employee, absl::Time from, const std::string& zone) {
  using personnel::v1::Disqualification;
  absl::Time first = absl::InfiniteFuture();
  for (const Disqualification& disqualification : employee.disqualifications()) {
    absl::Time since = from;
    if (disqualification.has_date() && disqualification.reason() == Disqualification::REASON_NOT_ACTIVE) {
      since = BeginOf(time::ToDay(disqualification.date()), zone);
    } else if (disqualification.has_date() && disqualification.reason() == Disqualification::REASON_CERTIFICATE_EXPIRES) {
      since = BeginOf(time::ToDay(disqualification.date()) + 1, zone);
    }
    first = std::min(first, since);
  }
  return employee.qualified() ? absl::InfiniteFuture() : std::min(first, employee.disqualifications().empty() ? from : first);
}

absl::Time UncoveredShiftFrom(const GateFacts& facts) {
  absl::Time first = absl::InfiniteFuture();
  if (!facts.shift_qualification.ok()) return first;
  const v1::CheckShiftsResponse judged = JudgeShifts(facts.activity, facts.shifts, facts.moment, *facts.shift_qualification);
  for (const v1::ShiftJudgement& judgement : judged.shifts()) {
    const bool qualified =
        std::all_of(judgement.people().begin(), judgement.people().end(), [](const auto& one) { return one.qualified(); });
    if (qualified) continue;
    for (const v1::Shift& shift : facts.shifts.shifts) {
      if (shift.name() == judgement.shift()) first = std::min(first, time::ToTime(shift.start_time()));
    }
  }
  for (const v1::RoleGap& gap : judged.gaps()) first = std::min(first, time::ToTime(gap.gap().start_time()));
  return first;
}

}  // namespace

bool IsWatched(v1::Precondition precondition) {
  return precondition == v1::PRECONDITION_PLAN_APPROVED || precondition == v1::PRECONDITION_BUDGET ||
         precondition == v1::PRECONDITION_MATERIALS || precondition == v1::PRECONDITION_STAFF_QUALIFIED;
}

absl::Time UncoveredFrom(const GateFacts& facts) {
  if (facts.activity.staffed_by_shifts()) return UncoveredShiftFrom(facts);
  if (!HasStaff(facts.activity)) return facts.moment;
  absl::Time first = absl::InfiniteFuture();
  if (!facts.qualification.ok()) return first;
  for (const auto& assignment : facts.activity.staff()) {
    const auto& judged = facts.qualification->employees();
    const auto found = std::find_if(judged.begin(), judged.end(), [&](const auto& one) { return one.employee() == assignment.employee(); });
    first = std::min(first, found == judged.end() ? facts.moment : MissingFrom(*found, facts.moment, facts.activity.time_zone()));
  }
  return first;
}

std::vector<Standing> StandingOf(const GateFacts& facts, const std::vector<v1::PreconditionVerdict>& verdicts) {
  std::vector<Standing> standings;
  for (const v1::PreconditionVerdict& verdict : verdicts) {
    if (!IsWatched(verdict.precondition())) continue;
    Standing& standing = standings.emplace_back();
    standing.precondition = verdict.precondition();
    standing.sentence = verdict.sentence();
    if (verdict.verdict() == v1::VERDICT_UNKNOWN) standing.kind = Standing::Kind::kUnknown;
    if (verdict.verdict() != v1::VERDICT_UNMET) continue;
    standing.kind = Standing::Kind::kLapsed;
    const bool staff = verdict.precondition() == v1::PRECONDITION_STAFF_QUALIFIED;
    standing.pause_time = staff ? UncoveredFrom(facts) : facts.moment;
  }
  return standings;
}

std::string SignalOf(const std::string& activity, v1::Precondition precondition) {
  return absl::StrCat("watch/", activity, "/", BareName(precondition));
}

std::string UncoveredSignalOf(const std::string& activity) { return absl::StrCat("watch/", activity, "/UNCOVERED"); }

std::string TitleOf(v1::Precondition precondition) {
  return absl::StrCat("What it was launched on no longer holds: ", BareName(precondition));
}

}  // namespace heitie::activity
