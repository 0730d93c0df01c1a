// Who holds the duty of early warning (policy H1), as far as copies of personnel's facts tell: metrics calls nobody. The order is that of
// personnel's ResolveDuty: whose turn it is by the rota, else who holds a post with the duty, longest first; who is absent is replaced by
// the deputy, then by whoever is above, then by a manager of the department. Pure.
#ifndef HEITIE_SERVICES_METRICS_WARNING_DUTY_HOLDER_H_
#define HEITIE_SERVICES_METRICS_WARNING_DUTY_HOLDER_H_

#include <map>
#include <string>
#include <vector>

#include "absl/time/civil_time.h"
#include "heitie/personnel/v1/duty.pb.h"
#include "heitie/personnel/v1/employee.pb.h"
#include "heitie/personnel/v1/position.pb.h"

namespace heitie::metrics {

inline constexpr char kWarningDuty[] = "duties/abnormal-data";

struct StaffFacts {
  std::map<std::string, personnel::v1::Employee> people;
  std::vector<personnel::v1::Position> positions;
  std::vector<personnel::v1::Rota> rotas;  // of the duty
};

// Employed, and not absent, on a day. Who is not known is.
bool IsAtWork(const StaffFacts& facts, const std::string& employee, absl::CivilDay day);
// Who stands in for somebody who is absent or has left: the deputy of the day, else the next one above who is at work; empty when there is
// nobody.
std::string StandInFor(const StaffFacts& facts, const std::string& employee, absl::CivilDay day);
// Empty when nobody at work answers for the duty in the department.
std::string DutyHolder(const StaffFacts& facts, const std::string& duty, const std::string& department, absl::CivilDay day);

}  // namespace heitie::metrics

#endif  // HEITIE_SERVICES_METRICS_WARNING_DUTY_HOLDER_H_
