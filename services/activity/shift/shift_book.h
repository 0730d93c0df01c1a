// Reads the shifts of an activity, for whoever judges them.
#ifndef HEITIE_SERVICES_ACTIVITY_SHIFT_SHIFT_BOOK_H_
#define HEITIE_SERVICES_ACTIVITY_SHIFT_SHIFT_BOOK_H_

#include "absl/status/statusor.h"
#include "common/record/kind.h"
#include "heitie/activity/v1/activity.pb.h"
#include "heitie/activity/v1/shift.pb.h"
#include "services/activity/shift/shift_judgement.h"

namespace heitie::activity {

// Thread-safe.
class ShiftBooks {
 public:
  explicit ShiftBooks(record::Store& store) : shifts_(store), coverages_(store) {}

  // Nothing of an activity that is not staffed by shifts.
  absl::StatusOr<ShiftBook> BookOf(sql::Session& session, const v1::Activity& activity) const;

 private:
  record::Kind<v1::Shift> shifts_;
  record::Kind<v1::ShiftCoverage> coverages_;
};

}  // namespace heitie::activity

#endif  // HEITIE_SERVICES_ACTIVITY_SHIFT_SHIFT_BOOK_H_
