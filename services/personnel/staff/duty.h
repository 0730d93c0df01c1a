// Duties, which positions carry (policy H1).
#ifndef HEITIE_SERVICES_PERSONNEL_STAFF_DUTY_H_
#define HEITIE_SERVICES_PERSONNEL_STAFF_DUTY_H_

#include "common/record/methods.h"
#include "heitie/personnel/v1/duty.pb.h"

namespace heitie::personnel {

// Thread-safe.
class Duties {
 public:
  explicit Duties(record::Store& store) : duties_(store) {}
  void Bind(record::Methods& methods);
  const record::Kind<v1::Duty>& kind() const { return duties_; }

 private:
  record::Kind<v1::Duty> duties_;
};

}  // namespace heitie::personnel

#endif  // HEITIE_SERVICES_PERSONNEL_STAFF_DUTY_H_
