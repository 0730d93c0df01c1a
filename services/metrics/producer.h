// Producers: who delivers, what has arrived and what is missing.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/resource/kind.h"
#include "common/resource/store.h"
#include "common/rpc/call.h"
#include "common/rpc/server.h"
#include "heitie/metrics/v1/producer.pb.h"
#include "services/metrics/batch.h"

namespace heitie::metrics {

inline constexpr status::Reason kProducerOwned{absl::StatusCode::kPermissionDenied, "PRODUCER_OWNED",
                                               "{producer} belongs to {owner}, not to {caller}.",
                                               "{producer} 屬於 {owner}，不屬於 {caller}。", "{producer} 属于 {owner}，不属于 {caller}。"};

// Lets the caller deliver for `producer`: a caller of role PRODUCER becomes the owner of a producer that has none, and only the owner of
// the others passes. Analysts and services deliver for everybody and own nothing. PRODUCER_OWNED.
absl::Status Claim(const rpc::Principal& caller, v1::Producer& producer);

// The producer after `batch`, which has not arrived before.
void Advance(const Batch& batch, v1::Producer& producer);

// What GetProducer adds: how many sequences below the last are missing, which ones (`missing`: the first ranges, ascending), and up to
// where all have arrived. Sequences count from 1.
void Describe(const std::vector<v1::SequenceRange>& missing, v1::Producer& producer);

// Thread-safe.
class Producers {
 public:
  explicit Producers(resource::Store& store);
  void Bind(rpc::Service& service);

  // Makes sure that the producer exists; commits by itself.
  absl::Status Register(const rpc::Call& call, const std::string& name);
  const resource::Kind<v1::Producer>& kind() const { return kind_; }

 private:
  absl::StatusOr<v1::Producer> Get(const rpc::Call& call, const v1::GetProducerRequest& request);

  resource::Store& store_;
  resource::Kind<v1::Producer> kind_;
};

}  // namespace heitie::metrics
