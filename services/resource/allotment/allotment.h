// Allotments: goods and money that are taken, changed, passed on and given back together (policy W2, W5).
#ifndef HEITIE_SERVICES_RESOURCE_ALLOTMENT_ALLOTMENT_H_
#define HEITIE_SERVICES_RESOURCE_ALLOTMENT_ALLOTMENT_H_

#include <map>
#include <string>
#include <vector>

#include "common/job/runner.h"
#include "common/record/methods.h"
#include "common/status/merge.h"
#include "heitie/resource/v1/allotment.pb.h"
#include "services/resource/allotment/allotment_purchase.h"
#include "services/resource/allotment/allotment_rules.h"
#include "services/resource/material/reservation.h"
#include "services/resource/money/booking.h"
#include "services/resource/people/staff_plan.h"

namespace heitie::resource {

// Locks are taken in one order: allotment, orders and requisitions, reservation, encumbrances, budgets, stocks. Thread-safe.
class Allotments {
 public:
  // Handles the jobs of kind "expire-allotment".
  Allotments(record::Store& store, const Reservations& reservations, const Bookings& bookings, const StaffPlans& plans,
             AllotmentPurchases purchases, job::Runner& jobs);
  void Bind(record::Methods& methods);
  // Releases what a subject that is over still holds; nothing to do the second time.
  absl::Status ReleaseOf(const rpc::Call& call, const std::string& subject) const;
  // The same of one of them, by its name.
  absl::Status ReleaseOne(const rpc::Call& call, const std::string& name, const std::string& reason) const;

 private:
  // What stands in the way of taking something, all of it.
  struct Obstacles {
    status::BadFields bad;
    std::vector<status::Refusal> refusals;
  };

  absl::Status Create(record::Transaction& tx, v1::Allotment& allotment);
  absl::Status Update(record::Transaction& tx, const v1::Allotment& before, v1::Allotment& after);
  absl::StatusOr<v1::Allotment> Confirm(record::Transaction& tx, const v1::ConfirmAllotmentRequest& request);
  absl::StatusOr<v1::DrawAllotmentResponse> Draw(record::Transaction& tx, const v1::DrawAllotmentRequest& request);
  absl::StatusOr<v1::Allotment> Release(record::Transaction& tx, const v1::ReleaseAllotmentRequest& request);
  job::Outcome Expire(const rpc::Call& call, const job::Job& job);

  // A new encumbrance for an amount of the allotment; nothing where it cannot be, which is added to the obstacles.
  absl::StatusOr<std::string> TakeMoney(record::Transaction& tx, const v1::Allotment& allotment, const v1::MoneyNeed& need,
                                        const std::string& field, Obstacles& obstacles) const;
  absl::Status ChangeMoney(record::Transaction& tx, const v1::Allotment& before, v1::Allotment& after, Obstacles& obstacles) const;
  absl::Status ChangeGoods(record::Transaction& tx, const v1::Allotment& before, v1::Allotment& after, Obstacles& obstacles) const;
  // Commits what is only pre-committed of an amount.
  absl::Status CommitMoney(record::Transaction& tx, const std::string& encumbrance) const;
  absl::StatusOr<std::map<std::string, v1::Encumbrance>> EncumbrancesOf(record::Transaction& tx, const v1::Allotment& allotment) const;
  absl::Status LockAll(record::Transaction& tx, const v1::Allotment& before, const v1::Allotment& after) const;
  absl::Status DrawMoney(record::Transaction& tx, const v1::DrawAllotmentRequest& request, v1::Allotment& source, v1::Allotment& drawn,
                         Obstacles& obstacles, status::Unmet& left) const;
  absl::Status DrawGoods(record::Transaction& tx, const v1::DrawAllotmentRequest& request, v1::Allotment& source, v1::Allotment& drawn,
                         Obstacles& obstacles, status::Unmet& left) const;
  absl::StatusOr<v1::Allotment> Release(record::Transaction& tx, const record::Target& target, const std::string& reason) const;
  // Gives back what is open of everything.
  absl::Status GiveBack(record::Transaction& tx, const v1::Allotment& allotment, const std::string& reason) const;
  absl::Status TakePeople(record::Transaction& tx, const v1::Allotment& allotment, Obstacles& obstacles) const;

  // ---- draws.cc: what a new allotment draws on, in the transaction that takes the rest.
  // The confirmed allotments that are drawn on, with what they hold, and locks on everything that creating the allotment touches.
  absl::StatusOr<std::vector<Holding>> LockSources(record::Transaction& tx, const v1::Allotment& allotment) const;
  // Lets go what passes to the allotment, which then takes it, and notes it there.
  absl::Status DrawOn(record::Transaction& tx, const std::vector<Holding>& sources, v1::Allotment& allotment) const;
  // Lets the allotments that were drawn on hold it again, once it was given back; what they cannot take again stays free.
  absl::Status Return(record::Transaction& tx, const v1::Allotment& allotment) const;

  record::Store& store_;
  const Reservations& reservations_;
  const Bookings& bookings_;
  const StaffPlans& plans_;
  const AllotmentPurchases purchases_;
  record::Kind<v1::Allotment> allotments_;
  record::Kind<v1::Encumbrance> encumbrances_;  // to be read
};

}  // namespace heitie::resource

#endif  // HEITIE_SERVICES_RESOURCE_ALLOTMENT_ALLOTMENT_H_
