#include "services/metrics/analysis/activity_level.h"

#include <algorithm>
#include <functional>

#include "common/status/macros.h"

namespace heitie::metrics::analysis {
namespace {

void Restrict(std::vector<Roaring>& sets, const Roaring* among) {
  if (among == nullptr) return;
  for (Roaring& set : sets) set &= *among;
}

// The sizes of the unions of each `width` consecutive sets, by their last one; the first ones have fewer. Every union of consecutive sets
// is that of the end of a block and the beginning of the next one (van Herk).
std::vector<int64_t> TrailingUnions(const std::vector<Roaring>& sets, size_t width) {
  std::vector<int64_t> sizes(sets.size());
  std::vector<Roaring> ends(width);  // of the block before: from each place to its end
  for (size_t block = 0; block < sets.size(); block += width) {
    const size_t end = std::min(block + width, sets.size());
    Roaring beginning;
    for (size_t i = block; i < end; ++i) {
      beginning |= sets[i];
      // The window begins one place behind this one in the block before.
      const size_t place = i - block + 1;
      sizes[i] = static_cast<int64_t>(place < width && block > 0 ? beginning.or_cardinality(ends[place]) : beginning.cardinality());
    }
    if (end < block + width) break;
    ends[width - 1] = sets[end - 1];
    for (size_t place = width - 1; place > 0; --place) ends[place - 1] = ends[place] | sets[block + place - 1];
  }
  return sizes;
}

std::vector<Window> DayIntervals(Days days, const Calendar& calendar) {
  return Intervals(WindowOf(days, calendar), Granularity::kDay, calendar, static_cast<size_t>(days.last - days.first + 1));
}

// What growth is computed from: everything before, the interval before the first one, and the intervals.
struct GrowthSets {
  std::vector<Window> intervals;  // without that before, which has the place 0 of `active`
  Roaring seen;
  std::vector<Roaring> active;
};

std::vector<Window> GrowthIntervals(Days days, Granularity granularity, const Calendar& calendar) {
  std::vector<Window> intervals =
      Intervals(WindowOf(days, calendar), granularity, calendar, static_cast<size_t>(days.last - days.first + 1));
  const absl::CivilDay unit = UnitStart(days.first, granularity, calendar);
  const absl::Time before = StartOf(UnitStart(unit - 1, granularity, calendar), calendar);
  // Days of the first unit that are not asked about belong to what was before it, not to a unit of its own.
  intervals.insert(intervals.begin(), {before, StartOf(unit, calendar)});
  if (StartOf(unit, calendar) < intervals[1].start) intervals.insert(intervals.begin() + 1, {StartOf(unit, calendar), intervals[1].start});
  return intervals;
}

// Calls for each slice of users with their sets.
absl::Status ForGrowth(Snapshot& snapshot, const std::vector<Selection>& definition, Days days, Granularity granularity,
                       const Roaring* among, const Calendar& calendar, int64_t slice_rows,
                       const std::function<void(const GrowthSets&)>& each) {
  ASSIGN_OR_RETURN(const std::optional<Days> extent, ExtentOf(snapshot, definition));
  std::vector<Window> intervals = GrowthIntervals(days, granularity, calendar);
  const bool cut = UnitStart(days.first, granularity, calendar) != days.first;
  const bool has_past = extent.has_value() && StartOf(extent->first, calendar) < intervals.front().start;
  if (has_past) intervals.insert(intervals.begin(), {StartOf(extent->first, calendar), intervals.front().start});
  const Days read = DaysOf({intervals.front().start, intervals.back().end}, calendar);
  return ForEachSlice(snapshot, definition, read, slice_rows, [&](Users users) -> absl::Status {
    ASSIGN_OR_RETURN(std::vector<Roaring> sets, UsersByInterval(snapshot, definition, intervals, calendar, users));
    Restrict(sets, among);
    GrowthSets growth;
    size_t at = 0;
    if (has_past) growth.seen = std::move(sets[at++]);
    const Roaring before = sets[at++];
    growth.seen |= before;
    if (cut) growth.seen |= sets[at++];
    growth.active.push_back(before);
    for (; at < sets.size(); ++at) {
      growth.active.push_back(std::move(sets[at]));
      growth.intervals.push_back(intervals[at]);
    }
    each(growth);
    return absl::OkStatus();
  });
}

}  // namespace

std::optional<double> ActiveUsers::stickiness() const {
  if (monthly == 0) return std::nullopt;
  return static_cast<double>(daily) / static_cast<double>(monthly);
}

absl::StatusOr<std::vector<ActiveUsers>> AnswerActiveUsers(Snapshot& snapshot, const std::vector<Selection>& definition, Days days,
                                                           const Roaring* among, const Calendar& calendar, int64_t slice_rows) {
  const Days read{days.first - (kMonthDays - 1), days.last};
  const std::vector<Window> intervals = DayIntervals(read, calendar);
  std::vector<ActiveUsers> answer(static_cast<size_t>(days.last - days.first + 1));
  for (size_t i = 0; i < answer.size(); ++i) answer[i].day = days.first + static_cast<int64_t>(i);
  RETURN_IF_ERROR(ForEachSlice(snapshot, definition, read, slice_rows, [&](Users users) -> absl::Status {
    ASSIGN_OR_RETURN(std::vector<Roaring> sets, UsersByInterval(snapshot, definition, intervals, calendar, users));
    Restrict(sets, among);
    const std::vector<int64_t> weekly = TrailingUnions(sets, kWeekDays);
    const std::vector<int64_t> monthly = TrailingUnions(sets, kMonthDays);
    for (size_t i = 0; i < answer.size(); ++i) {
      const size_t place = i + kMonthDays - 1;
      answer[i].daily += static_cast<int64_t>(sets[place].cardinality());
      answer[i].weekly += weekly[place];
      answer[i].monthly += monthly[place];
    }
    return absl::OkStatus();
  }));
  return answer;
}

absl::StatusOr<std::vector<Growth>> AnswerGrowth(Snapshot& snapshot, const std::vector<Selection>& definition, Days days,
                                                 Granularity granularity, const Roaring* among, const Calendar& calendar,
                                                 int64_t slice_rows) {
  std::vector<Growth> answer;
  RETURN_IF_ERROR(ForGrowth(snapshot, definition, days, granularity, among, calendar, slice_rows, [&](const GrowthSets& sets) {
    answer.resize(sets.intervals.size());
    Roaring seen = sets.seen;
    for (size_t i = 0; i < answer.size(); ++i) {
      const Roaring &before = sets.active[i], &now = sets.active[i + 1];
      Growth& growth = answer[i];
      growth.interval = sets.intervals[i];
      const auto active = static_cast<int64_t>(now.cardinality()), active_before = static_cast<int64_t>(before.cardinality());
      const auto retained = static_cast<int64_t>(now.and_cardinality(before));
      const auto fresh = active - static_cast<int64_t>(now.and_cardinality(seen));
      growth.active += active;
      growth.active_before += active_before;
      growth.fresh += fresh;
      growth.retained += retained;
      growth.resurrected += active - fresh - retained;
      growth.churned += active_before - retained;
      seen |= now;
    }
  }));
  return answer;
}

absl::StatusOr<Roaring> UsersOfGrowth(Snapshot& snapshot, const std::vector<Selection>& definition, Days days, Granularity granularity,
                                      const Roaring* among, const Calendar& calendar, size_t interval, GrowthPart part) {
  Roaring users;
  RETURN_IF_ERROR(ForGrowth(snapshot, definition, days, granularity, among, calendar, kSliceCells, [&](const GrowthSets& sets) {
    if (interval >= sets.intervals.size()) return;
    Roaring seen = sets.seen;
    for (size_t i = 1; i <= interval; ++i) seen |= sets.active[i];
    const Roaring &before = sets.active[interval], &now = sets.active[interval + 1];
    switch (part) {
      case GrowthPart::kActive:
        users |= now;
        break;
      case GrowthPart::kNew:
        users |= now - seen;
        break;
      case GrowthPart::kRetained:
        users |= now & before;
        break;
      case GrowthPart::kResurrected:
        users |= (now & seen) - before;
        break;
      case GrowthPart::kChurned:
        users |= before - now;
        break;
    }
  }));
  return users;
}

absl::StatusOr<Roaring> UsersOfActiveUsers(Snapshot& snapshot, const std::vector<Selection>& definition, absl::CivilDay day, int trailing,
                                           const Roaring* among, const Calendar& calendar) {
  Roaring active;
  const Days days{day - (trailing - 1), day};
  RETURN_IF_ERROR(ForEachSlice(snapshot, definition, days, kSliceCells, [&](Users users) -> absl::Status {
    ASSIGN_OR_RETURN(std::vector<Roaring> sets, UsersByInterval(snapshot, definition, {WindowOf(days, calendar)}, calendar, users));
    Restrict(sets, among);
    active |= sets.front();
    return absl::OkStatus();
  }));
  return active;
}

}  // namespace heitie::metrics::analysis
