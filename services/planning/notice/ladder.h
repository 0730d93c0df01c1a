// The ladder of what waits for somebody beyond its time: step by step others are told, each so much working time after what is awaited was
// due, until it moves on (policy C3, C4).
#ifndef HEITIE_SERVICES_PLANNING_NOTICE_LADDER_H_
#define HEITIE_SERVICES_PLANNING_NOTICE_LADDER_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "common/job/runner.h"
#include "common/record/kind.h"
#include "common/service/main.h"
#include "common/status/macros.h"
#include "common/time/calendar_rules.h"
#include "common/time/instant.h"

namespace heitie::planning {

// When the steps of a ladder are due: in seconds of working time, in their order, and by which calendar.
struct LadderSteps {
  std::vector<int64_t> seconds;
  std::shared_ptr<const time::NamedCalendar> calendar;
};

// Of a kind whose rows have `escalation`, how many steps were told since they wait for what they wait for, `escalate_time`, when the next
// one is, and a verb `escalate` in each state in which they wait. The steps are due times in the rows, so that a restart delays them and
// loses none. Thread-safe.
template <typename Row>
class Ladder {
 public:
  struct Rules {
    // By when what a row waits for is to come; nothing where it waits for nobody.
    std::optional<absl::Time> (*awaited_by)(const Row&);
    std::function<absl::StatusOr<LadderSteps>(sql::Session&, const Row&)> steps;
    // Who is told at the step that the row stands at.
    std::function<absl::StatusOr<std::vector<std::string>>(sql::Session&, const Row&, absl::Time now)> told;
    // Tells one of them; the cause is the step's.
    std::function<absl::Status(record::Transaction&, const Row&, const std::string& cause, const std::string& person)> tell;
  };

  // `job` looks what is due.
  Ladder(const service::Context& context, const std::string& job, const record::Kind<Row>& rows, Rules rules)
      : store_(context.store), rows_(rows), rules_(std::move(rules)) {
    context.jobs.Recur(job, kInterval, [this](const rpc::Call& call, const job::Job&) { return Watch(call); });
  }
  Ladder(const Ladder&) = delete;

  // Sets when the next step is due, by where the row stands.
  absl::Status SetNext(sql::Session& session, Row& row) const {
    row.clear_escalate_time();
    const std::optional<absl::Time> due = rules_.awaited_by(row);
    if (!due) return absl::OkStatus();
    ASSIGN_OR_RETURN(const LadderSteps steps, rules_.steps(session, row));
    const size_t step = static_cast<size_t>(row.escalation());
    if (step >= steps.seconds.size()) return absl::OkStatus();
    ASSIGN_OR_RETURN(const absl::Time next, steps.calendar->arithmetic.After(*due, absl::Seconds(steps.seconds[step])));
    *row.mutable_escalate_time() = time::ToTimestamp(next);
    return absl::OkStatus();
  }
  // It waits for something else than before, from the first step on.
  absl::Status Restart(sql::Session& session, Row& row) const {
    row.set_escalation(0);
    return SetNext(session, row);
  }

 private:
  static constexpr absl::Duration kInterval = absl::Seconds(1);
  static constexpr int64_t kRowsAtOnce = 200;

  absl::Status Climb(record::Transaction& tx, const std::string& name) const {
    ASSIGN_OR_RETURN(const Row locked, rows_.Lock(tx, name));
    if (!locked.has_escalate_time() || time::ToTime(locked.escalate_time()) > tx.call.now || !rules_.awaited_by(locked)) {
      return absl::OkStatus();
    }
    return rows_
        .Change(tx, record::Target(name), "escalate",
                [&](const Row& before, Row& after) -> absl::Status {
                  ASSIGN_OR_RETURN(const std::vector<std::string> told, rules_.told(tx.sql, before, tx.call.now));
                  for (const std::string& person : std::set<std::string>(told.begin(), told.end())) {
                    RETURN_IF_ERROR(rules_.tell(tx, before, absl::StrCat("step ", before.escalation()), person));
                  }
                  after.set_escalation(before.escalation() + 1);
                  return SetNext(tx.sql, after);
                })
        .status();
  }

  job::Outcome Watch(const rpc::Call& call) const {
    const auto late = store_.Read(call, [&](sql::Session& session) {
      return rows_.Select(session, "WHERE escalate_time <= ? ORDER BY escalate_time LIMIT ?", sql::Bind(call.now, kRowsAtOnce));
    });
    if (!late.ok()) return job::Outcome::Failed(late.status());
    absl::Status failure;
    for (const Row& row : *late) {
      failure.Update(store_.Write(call, [&](record::Transaction& tx) { return Climb(tx, row.name()); }));
    }
    return failure.ok() ? job::Outcome::Done() : job::Outcome::Failed(failure);
  }

  record::Store& store_;
  const record::Kind<Row>& rows_;
  const Rules rules_;
};

}  // namespace heitie::planning

#endif  // HEITIE_SERVICES_PLANNING_NOTICE_LADDER_H_
