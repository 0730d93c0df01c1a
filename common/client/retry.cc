#include "common/client/retry.h"

#include <algorithm>
#include <random>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_replace.h"
#include "common/rpc/contract.h"

namespace heitie::client {
namespace {

constexpr absl::Duration kFirstBackoff = absl::Milliseconds(50);

bool OnlyReads(const std::string& method) {
  // The pool of descriptors has one lock for all threads. A process calls few methods.
  thread_local absl::flat_hash_map<std::string, bool> known;
  const auto [it, unknown] = known.try_emplace(method, false);
  if (unknown) {
    const auto* pool = google::protobuf::DescriptorPool::generated_pool();
    const auto* descriptor = pool->FindMethodByName(absl::StrReplaceAll(method, {{"/", "."}}));
    it->second = descriptor != nullptr && rpc::OnlyReads(*descriptor);
  }
  return it->second;
}

}  // namespace

bool IsIdempotent(const std::string& method, const google::protobuf::Message& request) {
  if (OnlyReads(method)) return true;
  const auto* field = request.GetDescriptor()->FindFieldByName("request_id");
  if (field == nullptr || field->is_repeated() || field->cpp_type() != google::protobuf::FieldDescriptor::CPPTYPE_STRING) return false;
  return !request.GetReflection()->GetString(request, field).empty();
}

absl::Duration Backoff(int attempt) {
  thread_local std::minstd_rand random{std::random_device{}()};
  return kFirstBackoff * (1 << (attempt - 2)) * std::uniform_real_distribution<double>(0.5, 1.5)(random);
}

void RetryBudget::Earn() {
  int tenths = tenths_.load(std::memory_order_relaxed);
  while (tenths < kMost && !tenths_.compare_exchange_weak(tenths, tenths + 1, std::memory_order_relaxed)) {
  }
}

bool RetryBudget::Spend() {
  int tenths = tenths_.load(std::memory_order_relaxed);
  while (tenths >= kCost) {
    if (tenths_.compare_exchange_weak(tenths, tenths - kCost, std::memory_order_relaxed)) return true;
  }
  return false;
}

}  // namespace heitie::client
