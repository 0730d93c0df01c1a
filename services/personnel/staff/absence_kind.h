// Kinds of absence (policy H1, H6).
#ifndef HEITIE_SERVICES_PERSONNEL_STAFF_ABSENCE_KIND_H_
#define HEITIE_SERVICES_PERSONNEL_STAFF_ABSENCE_KIND_H_

#include "common/record/methods.h"
#include "heitie/personnel/v1/absence_kind.pb.h"

namespace heitie::personnel {

// Thread-safe.
class AbsenceKinds {
 public:
  explicit AbsenceKinds(record::Store& store) : kinds_(store) {}
  void Bind(record::Methods& methods);
  const record::Kind<v1::AbsenceKind>& kind() const { return kinds_; }

 private:
  record::Kind<v1::AbsenceKind> kinds_;
};

}  // namespace heitie::personnel

#endif  // HEITIE_SERVICES_PERSONNEL_STAFF_ABSENCE_KIND_H_
