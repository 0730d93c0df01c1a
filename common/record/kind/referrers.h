// The kinds of each store, and which of their rows refer to a row.
#ifndef HEITIE_COMMON_RECORD_KIND_REFERRERS_H_
#define HEITIE_COMMON_RECORD_KIND_REFERRERS_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "common/record/store.h"
#include "google/protobuf/descriptor.h"

namespace heitie::record {

// A row that others may refer to.
struct Referred {
  std::string type, pattern;  // of its resource
  std::string name;
  bool versions_count;  // whether the versions below it do
};
// Whatever a kind is to who made it: here it is only kept and asked.
using ReferrerTo = std::function<absl::StatusOr<std::string>(void* kind, sql::Session&, const Referred&)>;

// A second one of a kind takes the place of the first only if its concept declares something of it; kinds end with their services.
void RegisterKind(const Store& store, const google::protobuf::Descriptor& resource, const std::shared_ptr<void>& kind, bool declares,
                  const ReferrerTo& referrer_to);
// The kind of a type, or that whose names have a pattern; nullptr: the store has none.
std::shared_ptr<void> FindKind(const Store& store, const google::protobuf::Descriptor& resource);
std::shared_ptr<void> FindKind(const Store& store, const std::string& pattern);

}  // namespace heitie::record

#endif  // HEITIE_COMMON_RECORD_KIND_REFERRERS_H_
