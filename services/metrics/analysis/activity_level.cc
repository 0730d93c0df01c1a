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

// The intervals that growth is told of, and what lies before them.
struct GrowthIntervals {
  // Everything before that; nothing without any.
  std::optional<Window> past;
  // The calendar unit before the first interval.
  Window before;
  // Days of the first unit that are not asked about: they belong to what was before, not to a unit of its own.
  std::optional<Window> cut;
  std::vector<Window> intervals;
};

GrowthIntervals GrowthIntervalsOf(Days days, Granularity granularity, const std::optional<Days>& extent, const Calendar& calendar) {
  GrowthIntervals growth;
  growth.intervals = Intervals(WindowOf(days, calendar), granularity, calendar, static_cast<size_t>(days.last - days.first + 1));
  const absl::CivilDay unit = UnitStart(days.first, granularity, calendar);
  growth.before = {StartOf(UnitStart(unit - 1, granularity, calendar), calendar), StartOf(unit, calendar)};
  if (unit != days.first) growth.cut = {StartOf(unit, calendar), growth.intervals.front().start};
  if (extent.has_value() && StartOf(extent->first, calendar) < growth.before.start) {
    growth.past = {StartOf(extent->first, calendar), growth.before.start};
  }
  return growth;
}

// Sets of users for each of the windows, which follow each other, of those who are in `among`.
absl::StatusOr<std::vector<Roaring>> RestrictedSets(Snapshot& snapshot, const std::vector<Selection>& definition, const Roaring* among,
                                                    const std::vector<Window>& windows, const Calendar& calendar, Users users) {
  ASSIGN_OR_RETURN(std::vector<Roaring> sets, UsersByInterval(snapshot, definition, windows, calendar, users));
  Restrict(sets, among);
  return sets;
}

// Calls for each slice of users and each interval, in order: with those who were active ever before, in the interval before, and now.
absl::Status ForGrowth(Snapshot& snapshot, const std::vector<Selection>& definition, Days days, Granularity granularity,
                       const Roaring* among, const Calendar& calendar,
                       const std::function<void(size_t, const Window&, const Roaring&, const Roaring&, const Roaring&)>& each) {
  ASSIGN_OR_RETURN(const std::optional<Days> extent, ExtentOf(snapshot, definition));
  const GrowthIntervals growth = GrowthIntervalsOf(days, granularity, extent, calendar);
  std::vector<Window> lead = {growth.before};
  if (growth.past.has_value()) lead.insert(lead.begin(), *growth.past);
  if (growth.cut.has_value()) lead.push_back(*growth.cut);
  const Days read = DaysOf({lead.front().start, growth.intervals.back().end}, calendar);
  constexpr int64_t kBesideIntervals = 8;
  const auto most = std::min(growth.intervals.size(), static_cast<size_t>(SetsInMemory(snapshot) - kBesideIntervals));
  const int64_t held = static_cast<int64_t>(most) + kBesideIntervals;
  return ForEachCellSlice(snapshot, CellQueriesOf(definition, read), held, [&](Users users) -> absl::Status {
    ASSIGN_OR_RETURN(const std::vector<Roaring> earlier, RestrictedSets(snapshot, definition, among, lead, calendar, users));
    Roaring seen;
    for (const Roaring& set : earlier) seen |= set;
    Roaring before = earlier[growth.past.has_value() ? 1 : 0];
    for (size_t begin = 0; begin < growth.intervals.size(); begin += most) {
      const size_t end = std::min(begin + most, growth.intervals.size());
      const std::vector<Window> windows(growth.intervals.begin() + static_cast<ptrdiff_t>(begin),
                                        growth.intervals.begin() + static_cast<ptrdiff_t>(end));
      ASSIGN_OR_RETURN(std::vector<Roaring> sets, RestrictedSets(snapshot, definition, among, windows, calendar, users));
      for (size_t i = begin; i < end; ++i) {
        Roaring& now = sets[i - begin];
        each(i, growth.intervals[i], seen, before, now);
        seen |= now;
        before = std::move(now);
      }
    }
    return absl::OkStatus();
  });
}

}  // namespace

std::optional<double> ActiveUsers::stickiness() const {
  if (monthly == 0) return std::nullopt;
  return static_cast<double>(daily) / static_cast<double>(monthly);
}

absl::StatusOr<std::vector<ActiveUsers>> AnswerActiveUsers(Snapshot& snapshot, const std::vector<Selection>& definition, Days days,
                                                           const Roaring* among, const Calendar& calendar) {
  constexpr int kDaysBefore = kMonthDays - 1;
  const Days read{days.first - kDaysBefore, days.last};
  std::vector<ActiveUsers> answer(static_cast<size_t>(days.last - days.first + 1));
  for (size_t i = 0; i < answer.size(); ++i) answer[i].day = days.first + static_cast<int64_t>(i);
  // Beside the sets of the days there are the unions of a month, and what they are made of.
  const int64_t beside = kDaysBefore + kMonthDays + 2;
  const auto most = std::min(answer.size(), static_cast<size_t>(std::max<int64_t>(1, SetsInMemory(snapshot) - beside)));
  const int64_t held = static_cast<int64_t>(most) + beside;
  RETURN_IF_ERROR(ForEachCellSlice(snapshot, CellQueriesOf(definition, read), held, [&](Users users) -> absl::Status {
    for (size_t begin = 0; begin < answer.size(); begin += most) {
      const size_t end = std::min(begin + most, answer.size());
      const Days some{answer[begin].day - kDaysBefore, answer[end - 1].day};
      ASSIGN_OR_RETURN(const std::vector<Roaring> sets,
                       RestrictedSets(snapshot, definition, among, DayIntervals(some, calendar), calendar, users));
      const std::vector<int64_t> weekly = TrailingUnions(sets, kWeekDays);
      const std::vector<int64_t> monthly = TrailingUnions(sets, kMonthDays);
      for (size_t i = begin; i < end; ++i) {
        const size_t place = i - begin + kDaysBefore;
        answer[i].daily += static_cast<int64_t>(sets[place].cardinality());
        answer[i].weekly += weekly[place];
        answer[i].monthly += monthly[place];
      }
    }
    return absl::OkStatus();
  }));
  return answer;
}

absl::StatusOr<std::vector<Growth>> AnswerGrowth(Snapshot& snapshot, const std::vector<Selection>& definition, Days days,
                                                 Granularity granularity, const Roaring* among, const Calendar& calendar) {
  std::vector<Growth> answer;
  RETURN_IF_ERROR(ForGrowth(snapshot, definition, days, granularity, among, calendar,
                            [&](size_t i, const Window& interval, const Roaring& seen, const Roaring& before, const Roaring& now) {
                              answer.resize(std::max(answer.size(), i + 1));
                              Growth& growth = answer[i];
                              growth.interval = interval;
                              const auto active = static_cast<int64_t>(now.cardinality());
                              const auto active_before = static_cast<int64_t>(before.cardinality());
                              const auto retained = static_cast<int64_t>(now.and_cardinality(before));
                              const auto fresh = active - static_cast<int64_t>(now.and_cardinality(seen));
                              growth.active += active;
                              growth.active_before += active_before;
                              growth.fresh += fresh;
                              growth.retained += retained;
                              growth.resurrected += active - fresh - retained;
                              growth.churned += active_before - retained;
                            }));
  return answer;
}

absl::StatusOr<Roaring> UsersOfGrowth(Snapshot& snapshot, const std::vector<Selection>& definition, Days days, Granularity granularity,
                                      const Roaring* among, const Calendar& calendar, size_t interval, GrowthPart part) {
  Roaring users;
  RETURN_IF_ERROR(ForGrowth(snapshot, definition, days, granularity, among, calendar,
                            [&](size_t i, const Window&, const Roaring& seen, const Roaring& before, const Roaring& now) {
                              if (i != interval) return;
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
  RETURN_IF_ERROR(ForEachCellSlice(snapshot, CellQueriesOf(definition, days), 2, [&](Users users) -> absl::Status {
    ASSIGN_OR_RETURN(const std::vector<Roaring> sets,
                     RestrictedSets(snapshot, definition, among, {WindowOf(days, calendar)}, calendar, users));
    active |= sets.front();
    return absl::OkStatus();
  }));
  return active;
}

}  // namespace heitie::metrics::analysis
