#include "common/client/retry.h"

#include <algorithm>
#include <array>
#include <random>

#include "absl/strings/ascii.h"

namespace heitie::client {
namespace {

constexpr std::array kIdempotentVerbs = {"Get", "List", "Check", "Query", "Summarize", "Evaluate", "Examine", "Compute"};
constexpr absl::Duration kFirstBackoff = absl::Milliseconds(50);

// The verb as a word: Get and GetProject, not Getaway.
bool BeginsWith(const std::string& name, const std::string& verb) {
  return name.compare(0, verb.size(), verb) == 0 && (name.size() == verb.size() || absl::ascii_isupper(name[verb.size()]));
}

}  // namespace

bool IsIdempotent(const std::string& method, const google::protobuf::Message& request) {
  const std::string name = method.substr(method.rfind('/') + 1);
  if (std::any_of(kIdempotentVerbs.begin(), kIdempotentVerbs.end(), [&](const char* verb) { return BeginsWith(name, verb); })) return true;
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
