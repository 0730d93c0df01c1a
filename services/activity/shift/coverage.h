// Days and hours of shifts, without a database: which local days a shift touches, when a role needs people, and where they are missing.
#ifndef HEITIE_SERVICES_ACTIVITY_SHIFT_COVERAGE_H_
#define HEITIE_SERVICES_ACTIVITY_SHIFT_COVERAGE_H_

#include <string>
#include <vector>

#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "common/status/status.h"
#include "heitie/activity/v1/activity.pb.h"
#include "heitie/activity/v1/shift.pb.h"

namespace heitie::activity {

extern const status::Reason kShiftTooLong;     // {hours}
extern const status::Reason kCoverageTooLong;  // {days}

inline constexpr int kMostShiftHours = 24;
inline constexpr int kMostCoverageDays = 366;
// Of gaps that a coverage keeps.
inline constexpr int kMostGaps = 500;

// The local days that [start, end) touches, both included: an end at midnight begins none.
struct LocalDays {
  absl::CivilDay first, last;
};
LocalDays DaysOf(absl::Time start, absl::Time end, const std::string& time_zone);

// [begin, end).
struct Hours {
  absl::Time begin, end;
  friend bool operator==(const Hours& a, const Hours& b) { return a.begin == b.begin && a.end == b.end; }
};

// When the role needs people: the windows of each day on the clock of the activity's time zone, within the activity; ascending and apart.
std::vector<Hours> NeededHours(const v1::ShiftCoverage& coverage, const v1::Activity& activity);

// How many people are there in which hours.
struct Presence {
  Hours hours;
  int people = 0;
};
// Where fewer than `min_count` are there in the needed hours, exact; stretches that adjoin and lack as many are one.
std::vector<v1::CoverageGap> GapsIn(const std::vector<Hours>& needed, int min_count, const std::vector<Presence>& presence);

// The shifts of a role that count: those that were not cancelled.
std::vector<Presence> PresenceOf(const std::string& role, const std::vector<v1::Shift>& shifts);

// The gaps of a coverage from `from` on.
std::vector<v1::CoverageGap> GapsOf(const v1::ShiftCoverage& coverage, const v1::Activity& activity, const std::vector<v1::Shift>& shifts,
                                    absl::Time from = absl::InfinitePast());

// Notes the gaps in the coverage.
void NoteGaps(const v1::Activity& activity, const std::vector<v1::CoverageGap>& gaps, v1::ShiftCoverage& coverage);

// The rules between fields: `path` is that of the resource in the request.
void CheckShift(const v1::Shift& shift, const std::string& path, status::BadFields& bad);
void CheckCoverage(const v1::ShiftCoverage& coverage, const std::string& path, status::BadFields& bad);

}  // namespace heitie::activity

#endif  // HEITIE_SERVICES_ACTIVITY_SHIFT_COVERAGE_H_
