#include "services/personnel/staff/absence_kind.h"

#include "common/record/unused.h"
#include "heitie/personnel/v1/absence_kind.pb.h"

namespace heitie::personnel {

void AbsenceKinds::Bind(record::Methods& methods) {
  methods.Reads(kinds_);
  methods.Creates(kinds_);
  methods.Updates(kinds_);
  record::DeletesUnused(methods, kinds_);
}

}  // namespace heitie::personnel
