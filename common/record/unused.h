// Deletes what was created by mistake: as long as nothing of the service refers to it.
//
//   record::DeletesUnused(methods, suppliers_);          // DeleteSupplier
#ifndef HEITIE_COMMON_RECORD_UNUSED_H_
#define HEITIE_COMMON_RECORD_UNUSED_H_

#include <deque>
#include <mutex>

#include "common/record/methods.h"

namespace heitie::record {

// FAILED_PRECONDITION, STILL_REFERRED, naming what refers to the row: what is below it, and every stored field that the contracts declare
// to hold names of its type, at any depth. Fields that lead an index are quick; others cost a look through their table, which is why this
// is for mistakes and not for everyday. What other services keep is not known here: kinds that they name are retired or archived instead.
absl::Status CheckUnused(Transaction& tx, const Store& store, const google::protobuf::Message& row);

template <typename T>
void DeletesUnused(Methods& methods, Kind<T>& kind) {
  struct Rule {
    const Store* store;
    absl::Status Check(Transaction& tx, const T& row) { return CheckUnused(tx, *store, row); }
  };
  // Outlives the methods that are bound to it.
  static std::mutex mutex;
  static auto& rules = *new std::deque<Rule>;
  const std::lock_guard lock(mutex);
  rules.push_back({&kind.collection().store()});
  methods.Deletes(kind, &rules.back(), &Rule::Check);
}

}  // namespace heitie::record

#endif  // HEITIE_COMMON_RECORD_UNUSED_H_
