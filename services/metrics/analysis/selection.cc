#include "services/metrics/analysis/selection.h"

#include <algorithm>
#include <map>
#include <optional>
#include <tuple>

#include "absl/container/flat_hash_map.h"
#include "common/status/macros.h"
#include "common/status/status.h"
#include "services/metrics/engine/slices.h"

namespace heitie::metrics::analysis {

const status::Reason kQuestionTooGreat{absl::StatusCode::kInvalidArgument, "QUESTION_TOO_GREAT",
                                       "A single user has more than {limit:count} of the events that the question needs together: ask for "
                                       "fewer days or fewer names.",
                                       "單一使用者與此問題相關的事件超過 {limit:count} 筆，請縮短期間或減少事件名稱。"};

namespace {

constexpr int64_t kBytesPerRow = 96;
constexpr int64_t kBytesPerGroupRow = 256;
constexpr int64_t kLeastSets = 64;
constexpr size_t kFirstMoments = 1024;

bool Before(const Moment& a, const Moment& b) { return std::tie(a.user, a.time) < std::tie(b.user, b.time); }

// Merges runs that are in order each, of which each begins at one of `starts`.
void MergeRuns(std::vector<Moment>& moments, std::vector<size_t> starts) {
  std::vector<Moment> merged(starts.size() > 1 ? moments.size() : 0);
  while (starts.size() > 1) {
    std::vector<size_t> next;
    for (size_t i = 0; i < starts.size(); i += 2) {
      const auto begin = moments.begin();
      const size_t first = starts[i];
      const size_t middle = i + 1 < starts.size() ? starts[i + 1] : moments.size();
      const size_t last = i + 2 < starts.size() ? starts[i + 2] : moments.size();
      std::merge(begin + static_cast<ptrdiff_t>(first), begin + static_cast<ptrdiff_t>(middle), begin + static_cast<ptrdiff_t>(middle),
                 begin + static_cast<ptrdiff_t>(last), merged.begin() + static_cast<ptrdiff_t>(first), Before);
      next.push_back(first);
    }
    moments.swap(merged);
    starts.swap(next);
  }
}

// Values that different portions have get one number.
class Tags {
 public:
  explicit Tags(std::vector<std::string>& tags) : tags_(tags) {}
  std::vector<uint32_t> CodesOf(const Column& column) {
    std::vector<uint32_t> codes(column.values.size() + 1, 0);
    for (size_t i = 0; i < column.values.size(); ++i) {
      const auto [it, added] = numbers_.emplace(column.values[i], tags_.size() + 1);
      if (added) tags_.push_back(column.values[i]);
      codes[i + 1] = it->second;
    }
    return codes;
  }

 private:
  std::vector<std::string>& tags_;
  absl::flat_hash_map<std::string, uint32_t> numbers_;
};

}  // namespace

unsigned Selection::parts() const { return filter.parts() | (activity.empty() ? 0U : static_cast<unsigned>(Snapshot::kColumns)); }

std::vector<Series> SeriesOf(const std::vector<Selection>& selections) {
  std::vector<Series> series;
  for (const Selection& selection : selections) {
    const bool known = std::any_of(series.begin(), series.end(), [&](const Series& one) {
      return one.kind == selection.series.kind && one.name == selection.series.name;
    });
    if (!known) series.push_back(selection.series);
  }
  return series;
}

absl::StatusOr<std::optional<Days>> ExtentOf(Snapshot& snapshot, const std::vector<Selection>& selections) {
  std::optional<Days> all;
  for (const Series& series : SeriesOf(selections)) {
    ASSIGN_OR_RETURN(const std::optional<Days> one, snapshot.Extent(series));
    if (!one.has_value()) continue;
    if (!all.has_value()) all = one;
    all->first = std::min(all->first, one->first);
    all->last = std::max(all->last, one->last);
  }
  return all;
}

int64_t SliceRows(const Snapshot& snapshot) { return std::max<int64_t>(1, snapshot.memory() / kBytesPerRow); }
int64_t SliceGroupRows(const Snapshot& snapshot) { return std::max<int64_t>(1, snapshot.memory() / kBytesPerGroupRow); }
int64_t SetBytes(const Snapshot& snapshot) { return std::max<int64_t>(1, snapshot.memory() / 2); }
int64_t SetsInMemory(const Snapshot& snapshot) { return std::max(kLeastSets, SetBytes(snapshot) / kMostBytesOfSet); }
int64_t MostSamples(const Snapshot& snapshot) { return std::max<int64_t>(1, snapshot.memory() / 16); }

absl::Status ForEachSlice(Snapshot& snapshot, const std::vector<Selection>& selections, Days days, int64_t rows,
                          const std::function<absl::Status(Users)>& each) {
  ASSIGN_OR_RETURN(std::vector<Users> slices, snapshot.Slices(SeriesOf(selections), days, rows));
  std::reverse(slices.begin(), slices.end());
  while (!slices.empty()) {
    const Users users = slices.back();
    slices.pop_back();
    const absl::Status status = each(users);
    if (status.ok()) continue;
    if (users.first == users.last || status::ReasonOf(status) != kQuestionTooGreat.id) return status;
    const uint32_t middle = users.first + (users.last - users.first) / 2;
    slices.push_back({middle + 1, users.last});
    slices.push_back({users.first, middle});
  }
  return absl::OkStatus();
}

absl::Status ForEachCellSlice(Snapshot& snapshot, const std::vector<Snapshot::CellQuery>& queries, int64_t sets,
                              const std::function<absl::Status(Users)>& each) {
  ASSIGN_OR_RETURN(const std::vector<Users> slices, snapshot.CellSlices(queries, sets, SetBytes(snapshot)));
  for (const Users& users : slices) RETURN_IF_ERROR(each(users));
  return absl::OkStatus();
}

std::vector<Snapshot::CellQuery> CellQueriesOf(const std::vector<Selection>& selections, Days days) {
  std::vector<Snapshot::CellQuery> queries;
  for (const Selection& selection : selections) queries.push_back({selection.series, selection.activity, "", days, {}});
  return queries;
}

absl::Status ScanWindow(Snapshot& snapshot, const Series& series, const Window& window, const Calendar& calendar, Users users,
                        unsigned parts, const std::function<absl::Status(const Rows&, const Mask& inside)>& take) {
  if (window.end <= window.start) return absl::OkStatus();
  const bool whole = WholeDays(window, calendar).has_value();
  const int64_t start = MicrosOf(window.start), end = MicrosOf(window.end);
  Mask inside;
  return snapshot.Scan(series, DaysOf(window, calendar), users, parts, [&](const Rows& rows) {
    inside.assign(rows.size(), 1);
    if (!whole) {
      for (size_t i = 0; i < rows.size(); ++i) inside[i] = rows.times[i] >= start && rows.times[i] < end ? 1 : 0;
    }
    return take(rows, inside);
  });
}

void Choose(const Selection& selection, const Rows& rows, Mask& mask) {
  if (!selection.activity.empty()) {
    const auto it = rows.columns.find(kActivityColumn);
    if (it == rows.columns.end()) return mask.assign(mask.size(), 0);
    const auto& values = it->second.values;
    const auto wanted = static_cast<uint32_t>(std::find(values.begin(), values.end(), selection.activity) - values.begin()) + 1;
    for (size_t i = 0; i < rows.size(); ++i) mask[i] &= it->second.codes[i] == wanted ? 1 : 0;
  }
  selection.filter.Apply(rows, mask);
}

void ChooseUsers(const Roaring& among, const Rows& rows, Mask& mask) {
  for (size_t begin = 0; begin < rows.size();) {
    size_t end = begin + 1;
    while (end < rows.size() && rows.users[end] == rows.users[begin]) ++end;
    if (!among.contains(rows.users[begin]))
      std::fill(mask.begin() + static_cast<ptrdiff_t>(begin), mask.begin() + static_cast<ptrdiff_t>(end), 0);
    begin = end;
  }
}

namespace {

absl::Status AddDailyUsers(Snapshot& snapshot, const Selection& selection, const std::vector<Window>& intervals, const Calendar& calendar,
                           Users users, std::vector<Roaring>& by_interval) {
  IntervalIndex index(intervals);
  const Days days = DaysOf({intervals.front().start, intervals.back().end}, calendar);
  return snapshot.Cells({selection.series, selection.activity, "", days, users},
                        [&](absl::CivilDay day, const std::string&, const Cell& cell) {
                          const int interval = index.Find(MicrosOf(StartOf(day, calendar)));
                          if (interval >= 0) by_interval[static_cast<size_t>(interval)] |= cell.users;
                          return absl::OkStatus();
                        });
}

absl::Status AddUsersOfRows(Snapshot& snapshot, const Selection& selection, const std::vector<Window>& intervals, const Calendar& calendar,
                            Users users, std::vector<Roaring>& by_interval) {
  IntervalIndex index(intervals);
  std::vector<std::vector<uint32_t>> found(intervals.size());
  const auto take = [&](const Rows& rows, const Mask& inside) {
    Mask mask = inside;
    Choose(selection, rows, mask);
    for (size_t i = 0; i < rows.size(); ++i) {
      const int interval = mask[i] == 0 ? -1 : index.Find(rows.times[i]);
      if (interval < 0) continue;
      auto& there = found[static_cast<size_t>(interval)];
      if (there.empty() || there.back() != rows.users[i]) there.push_back(rows.users[i]);
    }
    for (size_t i = 0; i < found.size(); ++i) {
      if (found[i].empty()) continue;
      by_interval[i].addMany(found[i].size(), found[i].data());
      found[i].clear();
    }
    return absl::OkStatus();
  };
  return ScanWindow(snapshot, selection.series, {intervals.front().start, intervals.back().end}, calendar, users, selection.parts(), take);
}

}  // namespace

absl::StatusOr<std::vector<Roaring>> UsersByInterval(Snapshot& snapshot, const std::vector<Selection>& selections,
                                                     const std::vector<Window>& intervals, const Calendar& calendar, Users users) {
  std::vector<Roaring> by_interval(intervals.size());
  if (intervals.empty()) return by_interval;
  for (const Selection& selection : selections) {
    if (selection.filter.empty()) {
      RETURN_IF_ERROR(AddDailyUsers(snapshot, selection, intervals, calendar, users, by_interval));
    } else {
      RETURN_IF_ERROR(AddUsersOfRows(snapshot, selection, intervals, calendar, users, by_interval));
    }
  }
  return by_interval;
}

absl::StatusOr<Histories> ReadHistories(Snapshot& snapshot, const HistoryQuery& query, const Calendar& calendar) {
  Histories histories;
  const auto most = static_cast<size_t>(SliceRows(snapshot) + SliceRows(snapshot) / 4 + 1);
  Tags tags(histories.tags);
  std::vector<size_t> starts;
  for (const Series& series : SeriesOf(query.selections)) {
    unsigned parts = query.tag.empty() ? 0U : static_cast<unsigned>(Snapshot::kColumns);
    std::vector<std::pair<const Selection*, uint32_t>> here;
    for (size_t s = 0; s < query.selections.size(); ++s) {
      const Selection& selection = query.selections[s];
      if (selection.series.kind != series.kind || selection.series.name != series.name) continue;
      here.emplace_back(&selection, 1U << s);
      parts |= selection.parts();
    }
    std::vector<uint32_t> matches;
    const auto take = [&](const Rows& rows, const Mask& inside) {
      Mask mask = inside;
      if (query.among != nullptr) ChooseUsers(*query.among, rows, mask);
      const Mask kept = mask;
      matches.assign(rows.size(), 0);
      for (const auto& [selection, bit] : here) {
        mask = kept;
        Choose(*selection, rows, mask);
        for (size_t i = 0; i < rows.size(); ++i) matches[i] |= mask[i] != 0 ? bit : 0;
      }
      const auto column = query.tag.empty() ? rows.columns.end() : rows.columns.find(query.tag);
      const std::vector<uint32_t> codes = column == rows.columns.end() ? std::vector<uint32_t>() : tags.CodesOf(column->second);
      starts.push_back(histories.moments.size());
      for (size_t i = 0; i < rows.size(); ++i) {
        if (matches[i] == 0 && !(query.everything && kept[i] != 0)) continue;
        if (histories.moments.size() == most) return status::Error(kQuestionTooGreat, {{"limit", static_cast<int64_t>(most)}});
        // Growing never takes more than what may be held at the end.
        if (histories.moments.size() == histories.moments.capacity()) {
          histories.moments.reserve(std::min(most, std::max<size_t>(kFirstMoments, 2 * histories.moments.size())));
        }
        histories.moments.push_back({rows.users[i], matches[i], rows.times[i], codes.empty() ? 0 : codes[column->second.codes[i]]});
      }
      return absl::OkStatus();
    };
    RETURN_IF_ERROR(ScanWindow(snapshot, series, query.window, calendar, query.users, parts, take));
  }
  MergeRuns(histories.moments, std::move(starts));
  return histories;
}

}  // namespace heitie::metrics::analysis
