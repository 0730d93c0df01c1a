#include "services/risk/indicator/counted_spans.h"

#include <algorithm>
#include <map>

#include "absl/strings/str_cat.h"
#include "common/event/followers.h"
#include "common/record/store.h"
#include "common/status/macros.h"
#include "common/time/day.h"
#include "common/time/instant.h"

namespace heitie::risk {

using activity::v1::Inquiry;
using event::Change;
using planning::v1::Project;
using planning::v1::Task;
using v1::IndicatorDefinition;

namespace {

// The kinds of spans, and the followers by which they are known.
constexpr char kTasks[] = "TASK", kProjects[] = "PROJECT", kComplaints[] = "COMPLAINT";
constexpr char kTaskFollower[] = "counted-tasks", kComplaintFollower[] = "counted-complaints";

const char* KindOf(const Task& /*prototype*/) { return kTasks; }
const char* KindOf(const Project& /*prototype*/) { return kProjects; }
const char* KindOf(const Inquiry& /*prototype*/) { return kComplaints; }

absl::StatusOr<std::vector<CountedSpan>> SpansOf(sql::Session& session, const std::string& item) {
  std::vector<CountedSpan> spans;
  RETURN_IF_ERROR(session.Query("SELECT scope, start_time, end_time FROM counted_spans WHERE item = ? ORDER BY start_time", sql::Bind(item),
                                [&](const sql::Row& row) {
                                  CountedSpan& span = spans.emplace_back(CountedSpan{row.Text(0), row.Time(1), std::nullopt});
                                  if (!row.IsNull(2)) span.end = row.Time(2);
                                }));
  return spans;
}

// Writes the difference.
absl::Status Write(sql::Session& session, const std::string& kind, const std::string& item, const std::vector<CountedSpan>& before,
                   const std::vector<CountedSpan>& after) {
  for (const CountedSpan& span : before) {
    const bool stays = std::any_of(after.begin(), after.end(), [&](const CountedSpan& one) { return one.start == span.start; });
    if (stays) continue;
    RETURN_IF_ERROR(session.Execute("DELETE FROM counted_spans WHERE item = ? AND start_time = ?", sql::Bind(item, span.start)).status());
  }
  for (const CountedSpan& span : after) {
    if (std::find(before.begin(), before.end(), span) != before.end()) continue;
    sql::Values values = sql::Bind(kind, item, span.scope, span.start);
    values.push_back(span.end.has_value() ? sql::Value(*span.end) : sql::Value());
    RETURN_IF_ERROR(session
                        .Execute("INSERT INTO counted_spans (kind, item, scope, start_time, end_time) VALUES (?, ?, ?, ?, ?) "
                                 "ON DUPLICATE KEY UPDATE scope = VALUES(scope), end_time = VALUES(end_time)",
                                 values)
                        .status());
  }
  return absl::OkStatus();
}

}  // namespace

std::optional<Counting> CountingAfter(const Change<Task>& change, absl::TimeZone zone) {
  if (!change.after.has_value()) return std::nullopt;
  const Task& task = *change.after;
  const bool open = task.state() == Task::STATE_OPEN || task.state() == Task::STATE_IN_PROGRESS;
  if (!open || !task.has_end_date() || task.part_count() > 0) return std::nullopt;
  return Counting{record::ParentOf(change.subject), absl::FromCivil(time::ToDay(task.end_date()) + 1, zone)};
}

std::optional<Counting> CountingAfter(const Change<Project>& change, absl::TimeZone /*zone*/) {
  if (!change.after.has_value() || change.after->state() != Project::STATE_APPROVED) return std::nullopt;
  return Counting{"", change.occur_time};
}

std::optional<Counting> CountingAfter(const Change<Inquiry>& change, absl::TimeZone /*zone*/) {
  if (!change.after.has_value()) return std::nullopt;
  const Inquiry& inquiry = *change.after;
  const bool open = inquiry.state() == Inquiry::STATE_OPEN || inquiry.state() == Inquiry::STATE_WAITING;
  if (!open || inquiry.kind() != Inquiry::KIND_COMPLAINT || inquiry.has_retract_time()) return std::nullopt;
  if (change.before.has_value()) return Counting{inquiry.activity(), change.occur_time};
  // It was said before it was written down.
  return Counting{inquiry.activity(), time::ToTime(inquiry.receive_time()), true};
}

void Follow(const std::optional<Counting>& counting, absl::Time time, std::vector<CountedSpan>& spans) {
  // As it was before the change, which may be told again: what came after it is told again as well.
  while (!spans.empty() && spans.back().start >= time) spans.pop_back();
  if (!spans.empty() && spans.back().end.has_value() && *spans.back().end > time) spans.back().end.reset();
  if (!spans.empty() && !spans.back().end.has_value()) {
    if (counting.has_value() && counting->scope == spans.back().scope && counting->start <= time) return;
    spans.back().end = time;
  }
  if (!counting.has_value()) return;
  const absl::Time start = counting->backdated ? counting->start : std::max(counting->start, time);
  while (!spans.empty() && spans.back().start >= start) spans.pop_back();
  if (!spans.empty() && *spans.back().end == start && spans.back().scope == counting->scope) {
    spans.back().end.reset();
  } else {
    spans.push_back({counting->scope, start, std::nullopt});
  }
}

CountedSpans::CountedSpans(const service::Context& context) : store_(context.store), zone_(context.time_zone) {
  event::Reactions tasks(context, "planning", kTaskFollower);
  tasks.OnTogether<Project>([this](const rpc::Call& call, const std::vector<Change<Project>>& changes) { return Keep(call, changes); });
  tasks.OnTogether<Task>([this](const rpc::Call& call, const std::vector<Change<Task>>& changes) { return Keep(call, changes); });
  event::Reactions complaints(context, "activity", kComplaintFollower);
  complaints.OnTogether<Inquiry>(
      [this](const rpc::Call& call, const std::vector<Change<Inquiry>>& changes) { return Keep(call, changes); });
}

template <typename T>
absl::Status CountedSpans::Keep(const rpc::Call& call, const std::vector<Change<T>>& changes) const {
  const std::string kind = KindOf(T::default_instance());
  return store_.Write(call, [&](record::Transaction& tx) -> absl::Status {
    std::map<std::string, std::vector<CountedSpan>> before, after;
    for (const Change<T>& change : changes) {
      if (after.count(change.subject) == 0) {
        ASSIGN_OR_RETURN(before[change.subject], SpansOf(tx.sql, change.subject));
        after[change.subject] = before[change.subject];
      }
      Follow(CountingAfter(change, zone_), change.occur_time, after[change.subject]);
    }
    for (const auto& [item, spans] : after) RETURN_IF_ERROR(Write(tx.sql, kind, item, before[item], spans));
    return absl::OkStatus();
  });
}

absl::StatusOr<CountedSpans::Count> CountedSpans::CountAt(sql::Session& session, IndicatorDefinition::Count count, const std::string& scope,
                                                          absl::Time end) const {
  const bool tasks = count == IndicatorDefinition::COUNT_OVERDUE_TASKS;
  constexpr char kThen[] = "start_time < ? AND (end_time IS NULL OR end_time >= ?)";
  std::string statement = absl::StrCat("SELECT COUNT(*) FROM counted_spans WHERE kind = ? AND ", kThen);
  sql::Values values = sql::Bind(tasks ? kTasks : kComplaints, end, end);
  if (!scope.empty()) {
    absl::StrAppend(&statement, " AND scope = ?");
    values.emplace_back(scope);
  }
  if (tasks) {
    absl::StrAppend(&statement, " AND scope IN (SELECT item FROM counted_spans WHERE kind = ? AND ", kThen, ")");
    for (const sql::Value& value : sql::Bind(kProjects, end, end)) values.push_back(value);
  }
  Count counted;
  RETURN_IF_ERROR(session.Query(statement, values, [&](const sql::Row& row) { counted.value = row.Int(0); }));
  ASSIGN_OR_RETURN(const std::vector<type::v1::Follower> followers,
                   event::LoadFollowers(session, tasks ? kTaskFollower : kComplaintFollower));
  if (followers.empty()) return counted;
  const type::v1::Follower& follower = followers.front();
  counted.position = follower.position();
  // What is stuck is not known.
  if (follower.has_catch_up_time() && follower.stuck_subject_count() == 0) counted.watermark = time::ToTime(follower.catch_up_time());
  return counted;
}

}  // namespace heitie::risk
