#include "services/metrics/analysis/figures.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <limits>
#include <memory>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "common/status/macros.h"
#include "services/metrics/engine/database_snapshot.h"

namespace heitie::metrics::analysis {

const status::Reason kTooManyGroups{
    absl::StatusCode::kInvalidArgument, "TOO_MANY_GROUPS",
    "The breakdown has more than {limit:count} groups: choose properties with fewer values, or fewer intervals.",
    "分組超過 {limit:count} 個，請選擇取值較少的屬性或較少的時間區間。"};
const status::Reason kSampleTooGreat{absl::StatusCode::kInvalidArgument, "SAMPLE_TOO_GREAT",
                                     "The quantile would be taken of more than {limit:count} amounts: ask for fewer days.",
                                     "分位數的樣本超過 {limit:count} 筆，請縮短期間。"};

namespace {

constexpr int64_t kNoUser = -1;

// What is added up of a group and interval while rows are read.
struct Sum {
  Tally tally;
  Roaring users;
  std::vector<uint32_t> pending;
  int64_t last_user = kNoUser;

  void Settle() {
    users.addMany(pending.size(), pending.data());
    pending.clear();
    last_user = kNoUser;
  }
};

template <typename T>
void Widen(std::optional<T>& low, std::optional<T>& high, T value) {
  low = low.has_value() ? std::min(*low, value) : value;
  high = high.has_value() ? std::max(*high, value) : value;
}

// From where a figure is read.
enum class Source : uint8_t { kRows, kCells, kSketches };

bool NeedsRows(const Figure& figure) {
  if (figure.measure == Measure::kQuantile) return false;  // it prefers them
  return figure.minor && figure.measure != Measure::kSum && figure.measure != Measure::kCount && figure.measure != Measure::kUsers;
}

// The place of each group in the answer.
struct Plan {
  // By group; others go to the last place, if `rest` is set.
  std::map<GroupKey, size_t> places;
  bool rest = false;
};

// Adds up groups and intervals, slice by slice.
class Summing {
 public:
  Summing(const FigureQuestion& question, const Plan* plan, int64_t most_samples)
      : question_(question), plan_(plan), index_(question.intervals), intervals_(question.intervals.size()), most_samples_(most_samples) {}

  absl::Status Take(const Rows& rows, const Mask& inside) {
    mask_ = inside;
    if (question_.among != nullptr) ChooseUsers(*question_.among, rows, mask_);
    Choose(question_.events, rows, mask_);
    Encode(rows);
    for (size_t i = 0; i < rows.size(); ++i) {
      if (mask_[i] == 0) continue;
      const int interval = index_.Find(rows.times[i]);
      if (interval < 0) continue;
      std::array<uint32_t, kMaxBreakdown> codes{};
      for (size_t k = 0; k < columns_.size(); ++k) codes[k] = columns_[k] == nullptr ? 0 : translated_[k][columns_[k]->codes[i]];
      ASSIGN_OR_RETURN(const size_t group, GroupOf(codes));
      RETURN_IF_ERROR(AddRow(rows, i, SumOf(group, static_cast<size_t>(interval))));
    }
    for (Sum* const sum : touched_) sum->Settle();
    touched_.clear();
    return absl::OkStatus();
  }

  absl::Status TakeCell(const std::optional<std::string>& value, absl::Time day, const Cell& cell) {
    std::array<uint32_t, kMaxBreakdown> codes{};
    if (value.has_value()) codes[0] = CodeOf(0, *value);
    const int interval = index_.Find(MicrosOf(day));
    if (interval < 0) return absl::OkStatus();
    ASSIGN_OR_RETURN(const size_t group, GroupOf(codes));
    Sum& sum = SumOf(group, static_cast<size_t>(interval));
    if (question_.among == nullptr) {
      sum.users |= cell.users;
    } else {
      sum.users |= cell.users & *question_.among;
    }
    Cell figures = cell;
    figures.users = Roaring();
    const size_t before = sum.tally.cell.minors.size() + sum.tally.cell.values.size();
    sum.tally.cell.Add(figures);
    buckets_ += sum.tally.cell.minors.size() + sum.tally.cell.values.size() - before;
    // A bucket is as long as two amounts.
    if (2 * buckets_ > static_cast<size_t>(most_samples_)) return status::Error(kSampleTooGreat, {{"limit", most_samples_}});
    return absl::OkStatus();
  }

  // Counts the users of the slice and forgets their sets.
  absl::Status EndSlice() {
    for (size_t group = 0; group < keys_.size(); ++group) {
      Roaring all;
      for (size_t i = 0; i < intervals_; ++i) {
        Sum* const sum = sums_[group * intervals_ + i].get();
        if (sum == nullptr) continue;
        sum->tally.users += static_cast<int64_t>(sum->users.cardinality());
        if (intervals_ > 1) all |= sum->users;
        if (intervals_ == 1) total_users_[group] += static_cast<int64_t>(sum->users.cardinality());
        sum->users = Roaring();
      }
      if (intervals_ > 1) total_users_[group] += static_cast<int64_t>(all.cardinality());
    }
    return absl::OkStatus();
  }

  absl::StatusOr<std::vector<GroupTallies>> Finish(Source source) {
    std::vector<GroupTallies> groups(keys_.size());
    for (size_t group = 0; group < keys_.size(); ++group) {
      GroupTallies& out = groups[group];
      out.key = keys_[group];
      out.is_other = plan_ != nullptr && plan_->rest && group == plan_->places.size();
      for (size_t i = 0; i < intervals_; ++i) {
        Sum* const sum = sums_[group * intervals_ + i].get();
        out.intervals.push_back(sum == nullptr ? Tally() : std::move(sum->tally));
        out.total.Add(out.intervals.back());
      }
      out.total.users = total_users_[group];
      if (question_.figure.measure == Measure::kQuantile) source == Source::kSketches ? EstimateQuantiles(out) : FillQuantiles(out);
    }
    return groups;
  }

  // The users of one group and interval, or of all of them.
  void CollectUsers(const GroupKey* key, int interval, Roaring& users) {
    for (size_t group = 0; group < keys_.size(); ++group) {
      if (key != nullptr && keys_[group] != *key) continue;
      for (size_t i = 0; i < intervals_; ++i) {
        Sum* const sum = sums_[group * intervals_ + i].get();
        if (sum != nullptr && (interval < 0 || static_cast<size_t>(interval) == i)) users |= sum->users;
      }
    }
  }

 private:
  // Each amount is held once, also while the total is computed.
  void FillQuantiles(GroupTallies& group) const {
    size_t amounts = 0;
    for (Tally& interval : group.intervals) {
      interval.quantile = QuantileOf(interval.sample, question_.figure.p);
      amounts += interval.sample.size();
    }
    std::vector<double> all;
    for (Tally& interval : group.intervals) {
      if (all.empty()) {
        all = std::move(interval.sample);
        if (group.intervals.size() > 1) all.reserve(amounts);
      } else {
        all.insert(all.end(), interval.sample.begin(), interval.sample.end());
      }
      interval.sample = {};
    }
    group.total.quantile = QuantileOf(all, question_.figure.p);
  }

  void EstimateQuantiles(GroupTallies& group) const {
    const auto estimate = [&](Tally& tally) {
      const Sketch& sketch = question_.figure.minor ? tally.cell.minors : tally.cell.values;
      tally.quantile = sketch.Quantile(question_.figure.p);
      tally.approximate = tally.quantile.has_value();
      tally.cell.minors = tally.cell.values = Sketch();
    };
    for (Tally& interval : group.intervals) estimate(interval);
    estimate(group.total);
  }

  // Codes of portions differ; those here are the same for all.
  uint32_t CodeOf(size_t key, const std::string& value) {
    const auto [it, added] = numbers_[key].emplace(value, values_[key].size() + 1);
    if (added) values_[key].push_back(value);
    return it->second;
  }

  void Encode(const Rows& rows) {
    columns_.assign(question_.breakdown.size(), nullptr);
    for (size_t k = 0; k < columns_.size(); ++k) {
      const auto it = rows.columns.find(question_.breakdown[k]);
      if (it == rows.columns.end()) continue;
      columns_[k] = &it->second;
      translated_[k].assign(1, 0);
      for (const std::string& value : it->second.values) translated_[k].push_back(CodeOf(k, value));
    }
  }

  absl::StatusOr<size_t> GroupOf(const std::array<uint32_t, kMaxBreakdown>& codes) {
    if (!keys_.empty() && codes == last_codes_) return last_group_;
    last_codes_ = codes;
    const auto [it, added] = groups_.try_emplace(codes, 0);
    if (added) {
      GroupKey key;
      for (size_t k = 0; k < question_.breakdown.size(); ++k) {
        key.push_back(codes[k] == 0 ? std::nullopt : std::optional(values_[k][codes[k] - 1]));
      }
      ASSIGN_OR_RETURN(it->second, PlaceOf(std::move(key)));
    }
    return last_group_ = it->second;
  }

  absl::StatusOr<size_t> PlaceOf(GroupKey key) {
    if (plan_ != nullptr) {
      if (keys_.empty()) {
        Grow(plan_->places.size() + (plan_->rest ? 1 : 0));
        for (const auto& [known, place] : plan_->places) keys_[place] = known;
      }
      const auto it = plan_->places.find(key);
      return it == plan_->places.end() ? plan_->places.size() : it->second;
    }
    if ((keys_.size() + 1) * intervals_ > std::max(kMaxGroups, intervals_))
      return status::Error(kTooManyGroups, {{"limit", static_cast<int64_t>(kMaxGroups)}});
    Grow(keys_.size() + 1);
    keys_.back() = std::move(key);
    return keys_.size() - 1;
  }

  void Grow(size_t groups) {
    keys_.resize(groups);
    total_users_.resize(groups);
    sums_.resize(groups * intervals_);
  }

  Sum& SumOf(size_t group, size_t interval) {
    auto& sum = sums_[group * intervals_ + interval];
    if (sum == nullptr) sum = std::make_unique<Sum>();
    return *sum;
  }

  absl::Status AddRow(const Rows& rows, size_t i, Sum& sum) {
    ++sum.tally.cell.count;
    if (static_cast<int64_t>(rows.users[i]) != sum.last_user && question_.events.series.kind == kEventKind) {
      if (sum.pending.empty()) touched_.push_back(&sum);
      sum.pending.push_back(rows.users[i]);
      sum.last_user = rows.users[i];
    }
    if (rows.amounts.empty()) return absl::OkStatus();
    if (rows.amounts[i] == Amount::kMinor) {
      sum.tally.cell.sum_minor += rows.minors[i];
      ++sum.tally.minor_count;
      Widen(sum.tally.minor_min, sum.tally.minor_max, rows.minors[i]);
    } else if (rows.amounts[i] == Amount::kValue) {
      ++sum.tally.cell.value_count;
      sum.tally.cell.value_sum.Add(rows.values[i]);
      Widen(sum.tally.cell.value_min, sum.tally.cell.value_max, rows.values[i]);
    }
    return question_.figure.measure == Measure::kQuantile ? Sample(rows, i, sum.tally) : absl::OkStatus();
  }

  absl::Status Sample(const Rows& rows, size_t i, Tally& tally) {
    if (rows.amounts[i] != (question_.figure.minor ? Amount::kMinor : Amount::kValue)) return absl::OkStatus();
    if (++sampled_ > most_samples_) return status::Error(kSampleTooGreat, {{"limit", most_samples_}});
    tally.sample.push_back(question_.figure.minor ? static_cast<double>(rows.minors[i]) : rows.values[i]);
    return absl::OkStatus();
  }

  const FigureQuestion& question_;
  const Plan* const plan_;
  IntervalIndex index_;
  const size_t intervals_;
  Mask mask_;
  std::vector<const Column*> columns_;
  std::array<std::vector<uint32_t>, kMaxBreakdown> translated_;
  std::array<absl::flat_hash_map<std::string, uint32_t>, kMaxBreakdown> numbers_;
  std::array<std::vector<std::string>, kMaxBreakdown> values_;
  absl::flat_hash_map<std::array<uint32_t, kMaxBreakdown>, size_t> groups_;
  std::array<uint32_t, kMaxBreakdown> last_codes_{};
  size_t last_group_ = 0;
  std::vector<GroupKey> keys_;
  std::vector<int64_t> total_users_;
  // By group, then interval.
  std::vector<std::unique_ptr<Sum>> sums_;
  // Those with users that are not in their sets yet.
  std::vector<Sum*> touched_;
  const int64_t most_samples_;
  int64_t sampled_ = 0;
  size_t buckets_ = 0;
};

Window PeriodOf(const FigureQuestion& question) { return {question.intervals.front().start, question.intervals.back().end}; }

// Whether daily figures can answer, as far as the question itself tells.
bool MayUseCells(const FigureQuestion& question, const Calendar& calendar) {
  if (!question.events.filter.empty() || question.breakdown.size() > 1 || NeedsRows(question.figure)) return false;
  if (question.among != nullptr && question.figure.measure != Measure::kUsers) return false;
  if (question.among != nullptr && !question.breakdown.empty()) return false;
  return std::all_of(question.intervals.begin(), question.intervals.end(),
                     [&](const Window& interval) { return WholeDays(interval, calendar).has_value(); });
}

Snapshot::CellQuery CellQueryOf(const FigureQuestion& question, const std::string& dimension, Users users, const Calendar& calendar) {
  return {question.events.series, question.events.activity, dimension, DaysOf(PeriodOf(question), calendar), users};
}

// Whether every event has the dimension: only then do the daily figures of its values hold all of them, for who lacks it is a group too. A
// property is no dimension, and has no daily figures; a dimension with too many values has one figure of all of them.
absl::StatusOr<bool> AllHave(Snapshot& snapshot, const FigureQuestion& question, const std::string& dimension, const Calendar& calendar) {
  int64_t missing = 0;
  bool joined = false;
  const auto count = [&](int64_t sign) {
    return [&missing, &joined, sign](absl::CivilDay, const std::string& value, const Cell& cell) {
      missing += sign * cell.count;
      joined |= sign < 0 && value.empty();
      return absl::OkStatus();
    };
  };
  RETURN_IF_ERROR(snapshot.Cells(CellQueryOf(question, "", {}, calendar), count(1)));
  RETURN_IF_ERROR(snapshot.Cells(CellQueryOf(question, dimension, {}, calendar), count(-1)));
  return missing == 0 && !joined;
}

unsigned PartsOf(const FigureQuestion& question) {
  unsigned parts = question.events.parts();
  if (!question.breakdown.empty()) parts |= Snapshot::kColumns;
  if (question.figure.measure != Measure::kCount && question.figure.measure != Measure::kUsers) parts |= Snapshot::kAmounts;
  return parts;
}

absl::Status FillSlice(Snapshot& snapshot, const FigureQuestion& question, Source source, const Calendar& calendar, Users users,
                       Summing& summing) {
  if (source == Source::kRows) {
    return ScanWindow(snapshot, question.events.series, PeriodOf(question), calendar, users, PartsOf(question),
                      [&](const Rows& rows, const Mask& inside) { return summing.Take(rows, inside); });
  }
  const std::string dimension = question.breakdown.empty() ? "" : question.breakdown.front();
  Snapshot::CellQuery query = CellQueryOf(question, dimension, users, calendar);
  query.sketches = source == Source::kSketches;
  return snapshot.Cells(query, [&](absl::CivilDay day, const std::string& value, const Cell& cell) -> absl::Status {
    if (query.sketches && !cell.sketched) return absl::NotFoundError("sketches");
    return summing.TakeCell(dimension.empty() ? std::nullopt : std::optional(value), StartOf(day, calendar), cell);
  });
}

absl::Status ForSummingSlices(Snapshot& snapshot, const FigureQuestion& question, Source source, const Calendar& calendar,
                              const std::function<absl::Status(Users)>& each) {
  const bool apart = !question.breakdown.empty() || question.intervals.size() > 1;
  if (source == Source::kRows) {
    return ForEachSlice(snapshot, {question.events}, DaysOf(PeriodOf(question), calendar),
                        apart ? SliceGroupRows(snapshot) : SliceRows(snapshot), each);
  }
  // One more of all intervals together, and the one that is being added. Of values, as many as there are.
  const int64_t sets =
      question.breakdown.empty() ? static_cast<int64_t>(question.intervals.size()) + 2 : std::numeric_limits<int64_t>::max();
  const std::string dimension = question.breakdown.empty() ? "" : question.breakdown.front();
  return ForEachCellSlice(snapshot, {CellQueryOf(question, dimension, {}, calendar)}, sets, each);
}

absl::StatusOr<std::vector<GroupTallies>> SumUpFrom(Source source, Snapshot& snapshot, const FigureQuestion& question, const Plan* plan,
                                                    const Calendar& calendar) {
  Summing summing(question, plan, MostSamples(snapshot));
  RETURN_IF_ERROR(ForSummingSlices(snapshot, question, source, calendar, [&](Users users) -> absl::Status {
    RETURN_IF_ERROR(FillSlice(snapshot, question, source, calendar, users, summing));
    return summing.EndSlice();
  }));
  return summing.Finish(source);
}

// Adds up all groups, or those of the plan.
absl::StatusOr<std::vector<GroupTallies>> SumUp(Snapshot& snapshot, const FigureQuestion& question, const Plan* plan,
                                                const Calendar& calendar) {
  bool cells = MayUseCells(question, calendar);
  if (cells && !question.breakdown.empty()) {
    ASSIGN_OR_RETURN(cells, AllHave(snapshot, question, question.breakdown.front(), calendar));
  }
  if (question.figure.measure != Measure::kQuantile) {
    return SumUpFrom(cells ? Source::kCells : Source::kRows, snapshot, question, plan, calendar);
  }
  absl::StatusOr<std::vector<GroupTallies>> exact = SumUpFrom(Source::kRows, snapshot, question, plan, calendar);
  if (exact.ok() || !cells || status::ReasonOf(exact.status()) != kRawExpired.id) return exact;
  absl::StatusOr<std::vector<GroupTallies>> estimated = SumUpFrom(Source::kSketches, snapshot, question, plan, calendar);
  // Days that a version folded which made no sketches.
  return absl::IsNotFound(estimated.status()) ? exact : estimated;
}

absl::StatusOr<GroupTallies> SumOfAll(Snapshot& snapshot, FigureQuestion question, const Calendar& calendar) {
  question.breakdown.clear();
  ASSIGN_OR_RETURN(std::vector<GroupTallies> all, SumUp(snapshot, question, nullptr, calendar));
  if (!all.empty()) return std::move(all.front());
  GroupTallies none;
  none.intervals.resize(question.intervals.size());
  return none;
}

// The names of the greatest groups, in order.
std::vector<GroupKey> TopOf(std::vector<GroupTallies>& groups, const FigureQuestion& question) {
  std::vector<std::pair<double, GroupKey>> ranked;
  for (GroupTallies& group : groups) {
    const double value = ValueOf(group.total, question.figure).value_or(-std::numeric_limits<double>::infinity());
    ranked.emplace_back(-value, group.key);
  }
  std::sort(ranked.begin(), ranked.end());
  std::vector<GroupKey> top;
  for (size_t i = 0; i < std::min(question.top, ranked.size()); ++i) top.push_back(ranked[i].second);
  return top;
}

std::vector<GroupTallies> InOrder(std::vector<GroupTallies> groups, const std::vector<GroupKey>& order) {
  std::map<GroupKey, size_t> places;
  for (size_t i = 0; i < order.size(); ++i) places[order[i]] = i;
  std::vector<GroupTallies> ordered(order.size());
  for (GroupTallies& group : groups) {
    const size_t place = places.at(group.key);
    ordered[place] = std::move(group);
  }
  return ordered;
}

}  // namespace

void Tally::Add(const Tally& other) {
  cell.Add(other.cell);
  users += other.users;
  minor_count += other.minor_count;
  for (const auto& extreme : {other.minor_min, other.minor_max}) {
    if (extreme.has_value()) Widen(minor_min, minor_max, *extreme);
  }
}

std::optional<double> QuantileOf(std::vector<double>& sample, double p) {
  if (sample.empty()) return std::nullopt;
  const double place = static_cast<double>(sample.size() - 1) * p;
  const auto below = static_cast<size_t>(std::floor(place));
  const auto at = sample.begin() + static_cast<ptrdiff_t>(below);
  std::nth_element(sample.begin(), at, sample.end());
  if (below + 1 == sample.size()) return *at;
  return *at + (*std::min_element(at + 1, sample.end()) - *at) * (place - static_cast<double>(below));
}

std::optional<double> Ratio(std::optional<double> numerator, std::optional<double> denominator) {
  if (!numerator.has_value() || denominator.value_or(0) == 0) return std::nullopt;
  return *numerator / *denominator;
}

namespace {

template <typename T>
std::optional<double> AsDouble(const std::optional<T>& value) {
  return value.has_value() ? std::optional(static_cast<double>(*value)) : std::nullopt;
}

std::optional<double> WholeValueOf(const Tally& tally, const Figure& figure) {
  const Cell& cell = tally.cell;
  switch (figure.measure) {
    case Measure::kCount:
      return static_cast<double>(cell.count);
    case Measure::kUsers:
      return static_cast<double>(tally.users);
    case Measure::kSum:
      return figure.minor ? static_cast<double>(cell.sum_minor) : cell.value_sum.value();
    case Measure::kAverage:
      if (figure.minor) return Ratio(static_cast<double>(cell.sum_minor), static_cast<double>(tally.minor_count));
      return Ratio(cell.value_sum.value(), static_cast<double>(cell.value_count));
    case Measure::kMin:
      return figure.minor ? AsDouble(tally.minor_min) : cell.value_min;
    case Measure::kMax:
      return figure.minor ? AsDouble(tally.minor_max) : cell.value_max;
    case Measure::kQuantile:
      break;
  }
  return tally.quantile;
}

}  // namespace

std::optional<double> ValueOf(const Tally& tally, const Figure& figure) {
  const std::optional<double> whole = WholeValueOf(tally, figure);
  return figure.per_user ? Ratio(whole, static_cast<double>(tally.users)) : whole;
}

absl::StatusOr<FigureAnswer> AnswerFiguresOf(Snapshot& snapshot, const FigureQuestion& question, const std::vector<GroupKey>& groups,
                                             const Calendar& calendar) {
  FigureAnswer answer;
  ASSIGN_OR_RETURN(answer.all, SumOfAll(snapshot, question, calendar));
  if (question.breakdown.empty()) return answer;
  Plan plan;
  plan.rest = true;
  for (const GroupKey& key : groups) plan.places.emplace(key, plan.places.size());
  ASSIGN_OR_RETURN(answer.groups, SumUp(snapshot, question, &plan, calendar));
  if (answer.groups.empty()) {
    answer.groups.resize(groups.size() + 1);
    for (GroupTallies& group : answer.groups) group.intervals.resize(question.intervals.size());
    for (size_t i = 0; i < groups.size(); ++i) answer.groups[i].key = groups[i];
    answer.groups.back().is_other = true;
  }
  return answer;
}

absl::StatusOr<FigureAnswer> AnswerFigures(Snapshot& snapshot, const FigureQuestion& question, const Calendar& calendar) {
  FigureAnswer answer;
  if (question.breakdown.empty()) {
    ASSIGN_OR_RETURN(answer.all, SumOfAll(snapshot, question, calendar));
    return answer;
  }
  ASSIGN_OR_RETURN(std::vector<GroupTallies> groups, SumUp(snapshot, question, nullptr, calendar));
  const std::vector<GroupKey> top = TopOf(groups, question);
  if (groups.size() > top.size()) return AnswerFiguresOf(snapshot, question, top, calendar);
  ASSIGN_OR_RETURN(answer.all, SumOfAll(snapshot, question, calendar));
  answer.groups = InOrder(std::move(groups), top);
  return answer;
}

absl::StatusOr<Roaring> UsersOfFigure(Snapshot& snapshot, const FigureQuestion& question, const GroupKey* group, int interval,
                                      const Calendar& calendar) {
  Roaring users;
  RETURN_IF_ERROR(ForSummingSlices(snapshot, question, Source::kRows, calendar, [&](Users slice) -> absl::Status {
    Summing summing(question, nullptr, MostSamples(snapshot));
    RETURN_IF_ERROR(FillSlice(snapshot, question, Source::kRows, calendar, slice, summing));
    summing.CollectUsers(group, interval, users);
    return absl::OkStatus();
  }));
  return users;
}

}  // namespace heitie::metrics::analysis
