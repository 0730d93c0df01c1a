#include "services/metrics/analysis/retention.h"

#include <algorithm>
#include <functional>
#include <map>

#include "common/status/macros.h"

namespace heitie::metrics::analysis {
namespace {

constexpr int64_t kMicrosOfDay = 24LL * 3600 * 1000 * 1000;

// The cohorts' intervals, then those up to the horizon.
struct Spans {
  std::vector<Window> intervals;
  size_t cohorts = 0;
};

Spans SpansOf(const RetentionQuestion& question, const Calendar& calendar) {
  Spans spans;
  const Window period = WindowOf(question.days, calendar);
  spans.intervals = Intervals(period, question.unit, calendar, static_cast<size_t>(question.days.last - question.days.first + 1));
  spans.cohorts = spans.intervals.size();
  // The last interval may be cut; the next one begins where its unit ends.
  absl::CivilDay next = NextUnit(UnitStart(question.days.last, question.unit, calendar), question.unit);
  spans.intervals.back().end = StartOf(next, calendar);
  for (int n = 0; n < question.horizon; ++n) {
    const absl::CivilDay after = NextUnit(next, question.unit);
    spans.intervals.push_back({StartOf(next, calendar), StartOf(after, calendar)});
    next = after;
  }
  return spans;
}

// Until when everything must be known for cell N of the cohort that began in `interval`.
absl::Time NeededUntil(const RetentionQuestion& question, const Spans& spans, size_t interval, int n, const Calendar& calendar) {
  if (question.kind == RetentionKind::kRolling) {
    const absl::Time end = std::min(spans.intervals[interval].end, StartOf(question.days.last + 1, calendar));
    return end + absl::Hours(24) * (n + 1);
  }
  return spans.intervals[interval + static_cast<size_t>(question.kind == RetentionKind::kUnbounded ? question.horizon : n)].end;
}

bool FromCells(const RetentionQuestion& question) {
  if (question.kind == RetentionKind::kRolling || !question.cohort_by.empty()) return false;
  const auto plain = [](const Selection& selection) { return selection.filter.empty(); };
  return std::all_of(question.start.begin(), question.start.end(), plain) &&
         std::all_of(question.returning.begin(), question.returning.end(), plain);
}

// Members of a cohort and who of them returned at N; by the index of the interval or the value of the property.
using Key = std::pair<size_t, std::optional<std::string>>;
struct Returned {
  Roaring members;
  std::vector<Roaring> at;
};
using SliceOfCohorts = std::map<Key, Returned>;
// Called for each cohort, once for each slice of users.
using EachCohort = std::function<void(const Key&, const Returned&)>;

// ---- From daily figures.

// How many cohorts are worked through at a time: their sets, and those of the intervals up to the horizon behind the last one.
size_t CohortsAtATime(const Snapshot& snapshot, const RetentionQuestion& question, const Spans& spans) {
  const int64_t beside = 2 * (int64_t{question.horizon} + 1) + 4;
  return std::min(spans.cohorts, static_cast<size_t>(std::max<int64_t>(1, (SetsInMemory(snapshot) - beside) / 2)));
}

int64_t SetsHeld(const RetentionQuestion& question, size_t cohorts) {
  return 2 * (static_cast<int64_t>(cohorts) + question.horizon + 1) + 4;
}

absl::Status TellFromCells(Snapshot& snapshot, const RetentionQuestion& question, const Spans& spans, const std::optional<Days>& extent,
                           const Calendar& calendar, Users users, const EachCohort& each) {
  std::vector<Window> starts(spans.intervals.begin(), spans.intervals.begin() + static_cast<ptrdiff_t>(spans.cohorts));
  starts.back().end = StartOf(question.days.last + 1, calendar);
  Roaring seen;
  if (extent.has_value() && StartOf(extent->first, calendar) < starts.front().start) {
    const std::vector<Window> past = {{StartOf(extent->first, calendar), starts.front().start}};
    ASSIGN_OR_RETURN(std::vector<Roaring> earlier, UsersByInterval(snapshot, question.start, past, calendar, users));
    seen = std::move(earlier.front());
  }
  const auto horizon = static_cast<size_t>(question.horizon);
  const size_t most = CohortsAtATime(snapshot, question, spans);
  for (size_t begin = 0; begin < spans.cohorts; begin += most) {
    const size_t end = std::min(begin + most, spans.cohorts);
    const std::vector<Window> some(starts.begin() + static_cast<ptrdiff_t>(begin), starts.begin() + static_cast<ptrdiff_t>(end));
    const std::vector<Window> later(spans.intervals.begin() + static_cast<ptrdiff_t>(begin),
                                    spans.intervals.begin() + static_cast<ptrdiff_t>(end + horizon));
    ASSIGN_OR_RETURN(const std::vector<Roaring> began, UsersByInterval(snapshot, question.start, some, calendar, users));
    ASSIGN_OR_RETURN(const std::vector<Roaring> back, UsersByInterval(snapshot, question.returning, later, calendar, users));
    for (size_t cohort = begin; cohort < end; ++cohort) {
      Returned returned;
      returned.members = began[cohort - begin] - seen;
      if (question.among != nullptr) returned.members &= *question.among;
      seen |= began[cohort - begin];
      returned.at.resize(horizon + 1);
      for (size_t n = returned.at.size(); n-- > 0;) {
        returned.at[n] = back[cohort - begin + n] & returned.members;
        if (question.kind == RetentionKind::kUnbounded && n < horizon) returned.at[n] |= returned.at[n + 1];
      }
      each({cohort, std::nullopt}, returned);
    }
  }
  return absl::OkStatus();
}

// ---- From rows.

struct Beginning {
  uint32_t user = 0;
  int64_t time = 0;
  size_t interval = 0;
  Returned* cohort = nullptr;
};

// The first events ever of the users whose first event lies in the days.
absl::StatusOr<std::vector<Beginning>> ReadBeginnings(Snapshot& snapshot, const RetentionQuestion& question, const Spans& spans,
                                                      const std::optional<Days>& extent, const Calendar& calendar, Users users,
                                                      SliceOfCohorts& cohorts) {
  std::vector<Beginning> beginnings;
  if (!extent.has_value()) return beginnings;
  HistoryQuery query;
  query.selections = question.start;
  query.window = {StartOf(std::min(extent->first, question.days.first), calendar), StartOf(question.days.last + 1, calendar)};
  query.users = users;
  query.among = question.among;
  query.tag = question.cohort_by;
  ASSIGN_OR_RETURN(const Histories histories, ReadHistories(snapshot, query, calendar));
  IntervalIndex index(spans.intervals);
  ForEachUser(histories.moments, [&](const Moment* begin, const Moment* end) {
    const int interval = index.Find(begin->time);
    if (interval < 0) return;
    Key key{static_cast<size_t>(interval), std::nullopt};
    if (!question.cohort_by.empty()) {
      key.first = 0;
      const auto value = [&](const Moment& m) { return m.tag == 0 ? std::nullopt : std::optional(histories.tags[m.tag - 1]); };
      key.second = value(*begin);
      for (const Moment* m = begin + 1; m != end && m->time == begin->time; ++m) key.second = std::min(key.second, value(*m));
    }
    Returned& cohort = cohorts[key];
    cohort.at.resize(static_cast<size_t>(question.horizon) + 1);
    cohort.members.add(begin->user);
    beginnings.push_back({begin->user, begin->time, static_cast<size_t>(interval), &cohort});
  });
  return beginnings;
}

Window ReturnWindow(const RetentionQuestion& question, const Spans& spans, const Calendar& calendar) {
  const absl::Time start = spans.intervals.front().start;
  if (question.kind != RetentionKind::kRolling) return {start, spans.intervals.back().end};
  return {start, StartOf(question.days.last + 1, calendar) + absl::Hours(24) * (question.horizon + 1)};
}

// N of an event; −1 when it is before all of them.
int64_t PlaceOf(const RetentionQuestion& question, const Beginning& beginning, int64_t time, IntervalIndex& index) {
  if (question.kind == RetentionKind::kRolling) return time < beginning.time ? -1 : (time - beginning.time) / kMicrosOfDay;
  return static_cast<int64_t>(index.Find(time)) - static_cast<int64_t>(beginning.interval);
}

absl::StatusOr<SliceOfCohorts> SetsFromRows(Snapshot& snapshot, const RetentionQuestion& question, const Spans& spans,
                                            const std::optional<Days>& extent, const Calendar& calendar, Users users) {
  SliceOfCohorts cohorts;
  ASSIGN_OR_RETURN(const std::vector<Beginning> beginnings, ReadBeginnings(snapshot, question, spans, extent, calendar, users, cohorts));
  HistoryQuery query;
  query.selections = question.returning;
  query.window = ReturnWindow(question, spans, calendar);
  query.users = users;
  ASSIGN_OR_RETURN(const Histories histories, ReadHistories(snapshot, query, calendar));
  IntervalIndex index(spans.intervals);
  auto beginning = beginnings.begin();
  ForEachUser(histories.moments, [&](const Moment* begin, const Moment* end) {
    while (beginning != beginnings.end() && beginning->user < begin->user) ++beginning;
    if (beginning == beginnings.end() || beginning->user != begin->user) return;
    int64_t last = -1;
    for (const Moment* m = begin; m != end; ++m) {
      const int64_t n = PlaceOf(question, *beginning, m->time, index);
      if (n < 0 || n > question.horizon || n == last) continue;
      last = n;
      beginning->cohort->at[static_cast<size_t>(n)].add(begin->user);
    }
  });
  if (question.kind != RetentionKind::kUnbounded) return cohorts;
  for (auto& [key, cohort] : cohorts) {
    for (size_t n = cohort.at.size() - 1; n-- > 0;) cohort.at[n] |= cohort.at[n + 1];
  }
  return cohorts;
}

absl::Status ForCohorts(Snapshot& snapshot, const RetentionQuestion& question, const Spans& spans, const Calendar& calendar,
                        const EachCohort& each) {
  ASSIGN_OR_RETURN(const std::optional<Days> extent, ExtentOf(snapshot, question.start));
  std::vector<Selection> all = question.start;
  all.insert(all.end(), question.returning.begin(), question.returning.end());
  const absl::Time first =
      std::min(extent.has_value() ? StartOf(extent->first, calendar) : absl::InfiniteFuture(), spans.intervals.front().start);
  const Days read = DaysOf({first, ReturnWindow(question, spans, calendar).end}, calendar);
  if (FromCells(question)) {
    return ForEachCellSlice(snapshot, CellQueriesOf(all, read), SetsHeld(question, CohortsAtATime(snapshot, question, spans)),
                            [&](Users users) { return TellFromCells(snapshot, question, spans, extent, calendar, users, each); });
  }
  return ForEachSlice(snapshot, all, read, SliceRows(snapshot), [&](Users users) -> absl::Status {
    ASSIGN_OR_RETURN(const SliceOfCohorts cohorts, SetsFromRows(snapshot, question, spans, extent, calendar, users));
    for (const auto& [key, returned] : cohorts) each(key, returned);
    return absl::OkStatus();
  });
}

void FillMeans(const RetentionQuestion& question, RetentionAnswer& answer) {
  answer.means.resize(static_cast<size_t>(question.horizon) + 1);
  for (size_t n = 0; n < answer.means.size(); ++n) {
    int64_t returned = 0, members = 0;
    double rates = 0;
    RetentionMean& mean = answer.means[n];
    for (const RetentionCohort& cohort : answer.cohorts) {
      if (!cohort.cells[n].complete || cohort.size == 0) continue;
      ++mean.cohorts;
      returned += cohort.cells[n].returned;
      members += cohort.size;
      rates += static_cast<double>(cohort.cells[n].returned) / static_cast<double>(cohort.size);
    }
    if (mean.cohorts == 0) continue;
    mean.weighted = static_cast<double>(returned) / static_cast<double>(members);
    mean.simple = rates / static_cast<double>(mean.cohorts);
  }
}

}  // namespace

absl::StatusOr<RetentionAnswer> AnswerRetention(Snapshot& snapshot, const RetentionQuestion& question, const Calendar& calendar,
                                                absl::Time closed_until) {
  const Spans spans = SpansOf(question, calendar);
  const bool by_property = !question.cohort_by.empty();
  std::map<Key, RetentionCohort> cohorts;
  const auto cohort_of = [&](const Key& key) -> RetentionCohort& {
    const auto [it, added] = cohorts.try_emplace(key);
    if (!added) return it->second;
    const Window period = WindowOf(question.days, calendar);
    it->second.interval = by_property ? period : spans.intervals[key.first];
    it->second.interval.end = std::min(it->second.interval.end, period.end);
    it->second.value = key.second;
    it->second.cells.resize(static_cast<size_t>(question.horizon) + 1);
    for (int n = 0; n <= question.horizon; ++n) {
      const size_t last = by_property ? spans.cohorts - 1 : key.first;
      it->second.cells[static_cast<size_t>(n)].complete = NeededUntil(question, spans, last, n, calendar) <= closed_until;
    }
    return it->second;
  };
  for (size_t i = 0; !by_property && i < spans.cohorts; ++i) cohort_of({i, std::nullopt});
  RETURN_IF_ERROR(ForCohorts(snapshot, question, spans, calendar, [&](const Key& key, const Returned& returned) {
    RetentionCohort& cohort = cohort_of(key);
    cohort.size += static_cast<int64_t>(returned.members.cardinality());
    for (size_t n = 0; n < returned.at.size(); ++n) cohort.cells[n].returned += static_cast<int64_t>(returned.at[n].cardinality());
  }));
  RetentionAnswer answer;
  for (auto& [key, cohort] : cohorts) answer.cohorts.push_back(std::move(cohort));
  FillMeans(question, answer);
  return answer;
}

absl::StatusOr<Roaring> UsersOfRetention(Snapshot& snapshot, const RetentionQuestion& question, const Calendar& calendar,
                                         const RetentionCohort& cohort, std::optional<int> n) {
  const Spans spans = SpansOf(question, calendar);
  Roaring users;
  RETURN_IF_ERROR(ForCohorts(snapshot, question, spans, calendar, [&](const Key& key, const Returned& returned) {
    const bool same = question.cohort_by.empty() ? spans.intervals[key.first].start == cohort.interval.start : key.second == cohort.value;
    if (same) users |= n.has_value() ? returned.at[static_cast<size_t>(*n)] : returned.members;
  }));
  return users;
}

}  // namespace heitie::metrics::analysis
