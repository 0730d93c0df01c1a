// Lets somebody else answer for a resource: one responsibility (holdings.h) names another employee, and nothing else changes. It runs no
// handler of the resource's update, so no approval is void and no clock begins anew; what else it means is declared by the kind
// (Kind::SetPassing).
//
// Each has the event `hand_over` of the resource and a report (type/v1/handover.proto) that says why.
#ifndef HEITIE_COMMON_RECORD_HAND_OVER_H_
#define HEITIE_COMMON_RECORD_HAND_OVER_H_

#include <map>
#include <memory>
#include <set>
#include <string>

#include "absl/status/statusor.h"
#include "common/record/store.h"
#include "common/rpc/service.h"
#include "common/status/status.h"
#include "google/protobuf/message.h"
#include "heitie/type/v1/handover.pb.h"
#include "heitie/type/v1/holding.pb.h"

namespace heitie::record {

extern const status::Reason kOwnerLeft;  // {employee} {name}: a write names somebody who has left

// Rows of a transaction that are locked together, which saves each of many hand-overs a statement of its own. A row that is changed, by
// a hand-over or what follows from one, is forgotten: therefore everything has to go through `tx()` meanwhile.
class LockedRows {
 public:
  explicit LockedRows(Transaction& tx);
  ~LockedRows();
  LockedRows(const LockedRows&) = delete;
  Transaction& tx() { return tx_; }

  // Locks those that are there, by one statement for each kind of the package.
  absl::Status Lock(Store& store, const std::string& package, const std::set<std::string>& names);
  // nullptr when it is not there, not locked or changed.
  const google::protobuf::Message* Find(const std::string& name) const;

 private:
  class Watch;

  std::map<std::string, std::unique_ptr<google::protobuf::Message>> rows_;
  const std::unique_ptr<Watch> watch_;
  Transaction tx_;
};

// The responsibility as it is afterwards; of an element that was removed (Person.once), the one of the successor that stays. Row rules hold
// for the caller. NOT_FOUND, INVALID_FIELDS, NOT_THE_HOLDER, NOT_OPEN, OWNER_LEFT, STALE_ETAG, and what the kind says. `report` says what
// the caller knows of outcome, error and handover; its empty outcome is MOVED. With `locked`, `tx` is its transaction.
absl::StatusOr<type::v1::Holding> HandOver(Transaction& tx, Store& store, const std::string& package,
                                           const type::v1::HandOverRequest& request, type::v1::HandoverReport report = {},
                                           LockedRows* locked = nullptr);

// Records a report: `service` and `name` are set here.
absl::Status Report(Transaction& tx, const Store& store, const std::string& package, type::v1::HandoverReport report);

// Whom the declared fallback of a holding names (Person.fallback); empty when none is declared, or nobody is named.
absl::StatusOr<std::string> FallbackOf(Transaction& tx, const Store& store, const std::string& package, const type::v1::Holding& holding);

// "handovers/li" of employees/li.
std::string HandoverOf(const std::string& employee);

// Binds the service's HandOver, over all resources of its package that have responsibilities.
void BindHandOver(rpc::Service& service, Store& store);

}  // namespace heitie::record

#endif  // HEITIE_COMMON_RECORD_HAND_OVER_H_
