// How far a name is closed (policy M1): a period is, when the watermarks of all producers required for the name have passed its end.
#ifndef HEITIE_SERVICES_METRICS_PLAN_WATERMARK_H_
#define HEITIE_SERVICES_METRICS_PLAN_WATERMARK_H_

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/record/methods.h"
#include "heitie/metrics/v1/producer.pb.h"
#include "heitie/metrics/v1/watermark.pb.h"
#include "services/metrics/collection/batch.h"
#include "services/metrics/engine/snapshot.h"
#include "services/metrics/plan/plan.h"

namespace heitie::metrics {

// How far one producer has delivered.
struct ProducerMark {
  std::string producer;
  // What it has declared.
  std::optional<absl::Time> declared;
  // The newest time in its gapless prefix of batches.
  std::optional<absl::Time> prefix;
  bool gap = false;
};

struct Closed {
  // Everything before has arrived; nothing while a producer has no mark, or there is none.
  std::optional<absl::Time> through;
  // The producers that hold it up, in the order of the marks.
  std::vector<std::string> because_of;
  // How late the name may come, by its schema.
  absl::Duration allowed_lateness;

  // Whether there is anybody whose delivery is waited for; otherwise nobody can tell.
  bool awaited() const { return through.has_value() || !because_of.empty(); }
};

// The watermark of a producer for a name that may come so late.
std::optional<absl::Time> WatermarkOf(const ProducerMark& mark, absl::Duration allowed_lateness);
// The least watermark.
Closed ClosedThrough(const std::vector<ProducerMark>& marks, absl::Duration allowed_lateness);

// The least of several names; those of which nothing is awaited hold nothing up.
Closed ClosedOfAll(const std::vector<Closed>& names);

// The producer's gapless prefix after a batch that has just been written to batch_accounts; `producer` is as before the batch, but for its
// own prefix. Reads nothing when no later batch waits for this one.
absl::Status AdvancePrefix(sql::Session& session, const Batch& batch, int64_t last_sequence_before, v1::Producer& producer);

// How far a name is closed, read within a session.
using FindClosing = std::function<absl::StatusOr<Closed>(sql::Session&, const Series&)>;

// Thread-safe.
class Watermarks {
 public:
  Watermarks(record::Store& store, const record::Kind<v1::Producer>& producers, Plans& plans)
      : store_(store), producers_(producers), plans_(plans) {}
  void Bind(record::Methods& methods);

  // How far a name of `kind` is closed: by the producers that its schema requires, else by all that have delivered it. Imports, which
  // deliver what they have once, are waited for only where nobody else delivers.
  absl::StatusOr<Closed> ClosedThrough(sql::Session& session, const std::string& kind, const std::string& name) const;

 private:
  struct Marks {
    std::vector<ProducerMark> all;
    absl::Duration allowed_lateness;
  };
  absl::StatusOr<Marks> MarksOf(sql::Session& session, const std::string& kind, const std::string& name) const;
  absl::StatusOr<v1::Producer> Declare(record::Transaction& tx, const v1::DeclareCompleteRequest& request);
  absl::StatusOr<v1::ComputeWatermarkResponse> Compute(const rpc::Call& call, const v1::ComputeWatermarkRequest& request);

  record::Store& store_;
  const record::Kind<v1::Producer>& producers_;
  Plans& plans_;
};

}  // namespace heitie::metrics

#endif  // HEITIE_SERVICES_METRICS_PLAN_WATERMARK_H_
