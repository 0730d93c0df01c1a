#include "services/metrics/engine/engine.h"

#include <vector>

#include "services/metrics/engine/earlier_rows.h"
#include "services/metrics/engine/fold.h"

namespace heitie::metrics {
namespace {

constexpr absl::Duration kFoldInterval = absl::Seconds(1);
constexpr absl::Duration kMoveInterval = absl::Seconds(10);

}  // namespace

Engine::Engine(const service::Context& context) : context_(context), directory_(context.store.database()) {
  context.jobs.Recur("fold-rows", kFoldInterval, [this](const rpc::Call& call, const job::Job&) { return Fold(call); });
  context.jobs.Recur("move-earlier-rows", kMoveInterval, [this](const rpc::Call& call, const job::Job&) { return Move(call); });
}

absl::Status Engine::Look(const rpc::Call& call, const std::function<absl::Status(Snapshot&)>& ask) {
  return context_.store.database().Snapshot(call.deadline, [&](sql::Session& session) {
    DatabaseSnapshot snapshot(session);
    snapshot.LimitMemory(context_.reading.memory_bytes);
    return ask(snapshot);
  });
}

// One day that cannot be folded holds up no other.
job::Outcome Engine::Fold(const rpc::Call& call) {
  sql::Database& database = context_.store.database();
  std::vector<SeriesDay> days;
  absl::Status status = database.Read(call.deadline, [&](sql::Session& session) -> absl::Status {
    absl::StatusOr<std::vector<SeriesDay>> found = DaysToFold(session, call.now, FoldLimits());
    if (found.ok()) days = *std::move(found);
    return found.status();
  });
  for (const SeriesDay& day : days) {
    if (absl::Now() >= call.deadline) return job::Outcome::Again(call.now);
    status.Update(FoldDay(database, call.deadline, day).status());
  }
  return {status};
}

job::Outcome Engine::Move(const rpc::Call& call) {
  absl::StatusOr<int64_t> moved = MoveEarlierRows(context_.store.database(), call.deadline, call.now, directory_);
  if (!moved.ok()) return job::Outcome::Failed(moved.status());
  return *moved == 0 ? job::Outcome::Done() : job::Outcome::Again(call.now);
}

}  // namespace heitie::metrics
