#include "common/job/retention.h"

namespace heitie::job {
namespace {

constexpr absl::Duration kForgettingInterval = absl::Hours(1);
constexpr int kAtOnce = 1000;

}  // namespace

void ForgetOldRequestIds(Runner& jobs, record::Store& store) {
  jobs.Recur("forget-request-ids", kForgettingInterval, [&store](const rpc::Call& call, const Job&) -> Outcome {
    int64_t deleted = 0;
    const absl::Status status = store.database().Write(call.deadline, [&](sql::Session& session) -> absl::Status {
      absl::StatusOr<int64_t> rows =
          session.Execute("DELETE FROM idempotency WHERE create_time < ? LIMIT ?", sql::Bind(call.now - kRequestIdRetention, kAtOnce));
      if (rows.ok()) deleted = *rows;
      return rows.status();
    });
    if (!status.ok()) return Outcome::Failed(status);
    return deleted == kAtOnce ? Outcome::Again(call.now) : Outcome::Done();
  });
}

}  // namespace heitie::job
