#include "services/personnel/staff/duty.h"

#include "common/record/unused.h"
#include "heitie/personnel/v1/duty.pb.h"

namespace heitie::personnel {

void Duties::Bind(record::Methods& methods) {
  methods.Reads(duties_);
  methods.Creates(duties_);
  methods.Updates(duties_);
  record::DeletesUnused(methods, duties_);
}

}  // namespace heitie::personnel
