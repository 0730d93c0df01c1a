#include "services/metrics/analysis/activity_figures.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "common/time/instant.h"
#include "services/metrics/collection/metric_definition.h"
#include "services/metrics/engine/database_snapshot.h"

namespace heitie::metrics {

const status::Reason kBadWindow{absl::StatusCode::kInvalidArgument, "BAD_WINDOW",
                                "A window ends after it begins, at most {days} days later.", "時段的結束必須晚於開始，且最多 {days} 天。"};

namespace {

using analysis::Calendar;
using analysis::Window;

constexpr int kMostDays = 32;

Window WindowOf(const v1::ComputeActivityFiguresRequest::Window& window) {
  return {time::ToTime(window.start_time()), time::ToTime(window.end_time())};
}

// The days that the windows touch, as runs without gaps.
std::vector<Days> RunsOf(const std::vector<Window>& windows, const Calendar& calendar) {
  std::set<absl::CivilDay> touched;
  for (const Window& window : windows) {
    const Days days = analysis::DaysOf(window, calendar);
    for (absl::CivilDay day = days.first; day <= days.last; ++day) touched.insert(day);
  }
  std::vector<Days> runs;
  for (const absl::CivilDay day : touched) {
    if (!runs.empty() && runs.back().last + 1 == day) {
      runs.back().last = day;
    } else {
      runs.push_back({day, day});
    }
  }
  return runs;
}

void AddTo(const Rows& rows, size_t i, Cell& cell) {
  ++cell.count;
  if (rows.amounts.empty()) return;
  if (rows.amounts[i] == Amount::kMinor) cell.sum_minor += rows.minors[i];
  if (rows.amounts[i] != Amount::kValue) return;
  const double value = rows.values[i];
  ++cell.value_count;
  cell.value_sum.Add(value);
  cell.value_min = std::min(cell.value_min.value_or(value), value);
  cell.value_max = std::max(cell.value_max.value_or(value), value);
}

std::string SourceOf(const v1::MetricDefinition& definition) {
  return definition.event_name().empty() ? definition.measurement_name() : definition.event_name();
}

}  // namespace

absl::Status CheckWindows(const v1::ComputeActivityFiguresRequest& request) {
  status::BadFields bad;
  for (int i = 0; i < request.windows_size(); ++i) {
    const Window window = WindowOf(request.windows(i));
    if (window.end <= window.start || window.end - window.start > absl::Hours(24 * kMostDays)) {
      bad.Add(absl::StrCat("windows[", i, "].end_time"), kBadWindow, {{"days", kMostDays}});
    }
  }
  return bad.status();
}

absl::StatusOr<std::vector<Cell>> CellsOfWindows(Snapshot& snapshot, const Series& series, const std::string& activity,
                                                 const std::vector<Window>& windows, const Calendar& calendar) {
  std::vector<Cell> cells(windows.size());
  std::vector<std::pair<int64_t, int64_t>> bounds;
  for (const Window& window : windows) bounds.emplace_back(analysis::MicrosOf(window.start), analysis::MicrosOf(window.end));
  const auto take = [&](const Rows& rows) {
    const auto column = rows.columns.find(kActivityColumn);
    if (column == rows.columns.end()) return absl::OkStatus();
    const auto& values = column->second.values;
    const auto wanted = static_cast<uint32_t>(std::find(values.begin(), values.end(), activity) - values.begin()) + 1;
    std::vector<std::vector<uint32_t>> users(windows.size());
    for (size_t i = 0; i < rows.size(); ++i) {
      if (column->second.codes[i] != wanted) continue;
      for (size_t w = 0; w < bounds.size(); ++w) {
        if (rows.times[i] < bounds[w].first || rows.times[i] >= bounds[w].second) continue;
        AddTo(rows, i, cells[w]);
        if (users[w].empty() || users[w].back() != rows.users[i]) users[w].push_back(rows.users[i]);
      }
    }
    if (series.kind != kEventKind) return absl::OkStatus();
    for (size_t w = 0; w < users.size(); ++w) cells[w].users.addMany(users[w].size(), users[w].data());
    return absl::OkStatus();
  };
  for (const Days& days : RunsOf(windows, calendar)) {
    RETURN_IF_ERROR(snapshot.Scan(series, days, {}, Snapshot::kColumns | Snapshot::kAmounts, take));
  }
  return cells;
}

absl::Status ActivityFigures::Answer(sql::Session& session, const v1::ComputeActivityFiguresRequest& request,
                                     v1::ComputeActivityFiguresResponse& response) const {
  const std::string& activity = request.activity();
  std::vector<Window> windows;
  for (const auto& window : request.windows()) windows.push_back(WindowOf(window));
  DatabaseSnapshot snapshot(session);
  ASSIGN_OR_RETURN(const v1::ActivityTracking stored, counters_.TrackingOf(session, activity));
  const v1::ActivityTracking tracking = WithDefaults(stored);
  std::vector<Closed> closed;
  std::vector<EventCells> cells(windows.size());
  for (const std::string& event : TrackedEvents(tracking)) {
    const Series series{kEventKind, event};
    ASSIGN_OR_RETURN(std::vector<Cell> of_windows, CellsOfWindows(snapshot, series, activity, windows, calendar_));
    for (size_t w = 0; w < windows.size(); ++w) cells[w][event] = std::move(of_windows[w]);
    ASSIGN_OR_RETURN(closed.emplace_back(), closing_(session, series));
  }
  for (size_t w = 0; w < windows.size(); ++w) {
    auto& figures = *response.add_windows();
    *figures.mutable_start_time() = request.windows(static_cast<int>(w)).start_time();
    *figures.mutable_end_time() = request.windows(static_cast<int>(w)).end_time();
    *figures.mutable_counters() = CountActivity(tracking, cells[w]);
  }
  for (const std::string& metric : request.metrics()) {
    ASSIGN_OR_RETURN(const v1::MetricDefinition definition, definitions_.Find(session, metric));
    const Series series{definition.event_name().empty() ? kMeasurementKind : kEventKind, SourceOf(definition)};
    ASSIGN_OR_RETURN(const std::vector<Cell> of_windows, CellsOfWindows(snapshot, series, activity, windows, calendar_));
    for (size_t w = 0; w < windows.size(); ++w) {
      ASSIGN_OR_RETURN(*response.mutable_windows(static_cast<int>(w))->add_metrics(), ToFigures(of_windows[w], definition.aggregation()));
    }
    ASSIGN_OR_RETURN(closed.emplace_back(), closing_(session, series));
  }
  const Closed all = ClosedOfAll(closed);
  if (all.through.has_value()) *response.mutable_closed_through_time() = time::ToTimestamp(*all.through);
  for (const std::string& producer : all.because_of) response.add_because_of(producer);
  for (auto& figures : *response.mutable_windows()) {
    figures.set_complete(all.through.has_value() && *all.through >= time::ToTime(figures.end_time()));
  }
  ASSIGN_OR_RETURN(const int64_t version, counters_.VersionOf(session, activity));
  response.set_version(version);
  return absl::OkStatus();
}

absl::StatusOr<v1::ComputeActivityFiguresResponse> ActivityFigures::Compute(const rpc::Call& call,
                                                                            const v1::ComputeActivityFiguresRequest& request) {
  RETURN_IF_ERROR(CheckWindows(request));
  v1::ComputeActivityFiguresResponse response;
  RETURN_IF_ERROR(store_.database().Snapshot(call.deadline, [&](sql::Session& session) {
    response.Clear();
    return Answer(session, request, response);
  }));
  response.set_activity(request.activity());
  *response.mutable_compute_time() = time::ToTimestamp(call.now);
  return response;
}

}  // namespace heitie::metrics
