// Producers: who delivers, what has arrived and what is missing.
#ifndef HEITIE_SERVICES_METRICS_COLLECTION_PRODUCER_H_
#define HEITIE_SERVICES_METRICS_COLLECTION_PRODUCER_H_

#include <initializer_list>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/record/methods.h"
#include "common/rpc/call.h"
#include "heitie/metrics/v1/producer.pb.h"
#include "services/metrics/collection/batch.h"

namespace heitie::metrics {

// Of the producers that stand for imported files.
inline constexpr char kImportProducerPrefix[] = "producers/import-";

extern const status::Reason kProducerOwned;    // {producer} {caller}
extern const status::Reason kQuotaBurstAlone;  // a burst without a rate

// A caller with one of the roles `others` may act for every producer, any other caller only for the producer of its own name, whether or
// not that has delivered before. PRODUCER_OWNED.
absl::Status CheckOwnProducer(const rpc::Principal& caller, const std::string& producer, std::initializer_list<rpc::Role> others);

// The producer after `batch`, which has not arrived before, with the points that were accepted. AddPoints: the same of points of a batch
// that arrived before.
void Advance(const Batch& batch, v1::Producer& producer);
void AddPoints(const Batch& batch, v1::Producer& producer);

// What GetProducer adds: how many sequences below the last are missing, which ones (`missing`: the first ranges, ascending), and up to
// where all have arrived. Sequences count from 1.
void Describe(const std::vector<v1::SequenceRange>& missing, v1::Producer& producer);

// Thread-safe.
class Producers {
 public:
  explicit Producers(record::Store& store);
  void Bind(record::Methods& methods);

  // Makes sure that the producer exists, and commits that by itself; the producer as it was a moment ago.
  absl::StatusOr<v1::Producer> Register(const rpc::Call& call, const std::string& name);
  const record::Kind<v1::Producer>& kind() const { return producers_; }

 private:
  absl::StatusOr<v1::Producer> Get(const rpc::Call& call, const v1::GetProducerRequest& request);
  absl::Status Update(record::Transaction& tx, const v1::Producer& before, v1::Producer& after);

  record::Store& store_;
  record::Kind<v1::Producer> producers_;
};

}  // namespace heitie::metrics

#endif  // HEITIE_SERVICES_METRICS_COLLECTION_PRODUCER_H_
