// Figures of the staff on a day, by which risks are watched (policy R1, H2, H3): numbers that name nobody.
#ifndef HEITIE_SERVICES_PERSONNEL_STAFFING_STAFF_FIGURE_H_
#define HEITIE_SERVICES_PERSONNEL_STAFFING_STAFF_FIGURE_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "common/record/methods.h"
#include "common/service/main.h"
#include "heitie/personnel/v1/certificate.pb.h"
#include "heitie/personnel/v1/employee.pb.h"
#include "heitie/personnel/v1/position.pb.h"
#include "heitie/personnel/v1/staff_figure.pb.h"
#include "services/personnel/recruitment/headcount_plan.h"
#include "services/personnel/training/certificate.h"

namespace heitie::personnel {

// How many of how many.
struct CountOfWhole {
  int32_t count = 0, whole = 0;
};

// The certificates that positions demand of their holders on a day, and those of them that nobody has issued. `department` empty: of
// everybody. `certificates` are the issued ones, by employee. Pure.
CountOfWhole MissingCertificates(const std::vector<v1::Employee>& employees, const std::map<std::string, v1::Position>& positions,
                                 const std::map<std::string, std::vector<v1::Certificate>>& certificates, const std::string& department,
                                 absl::CivilDay day);

// Thread-safe.
class StaffFigures {
 public:
  StaffFigures(const service::Context& context, const HeadcountPlans& plans, const record::Kind<v1::Employee>& employees,
               const record::Kind<v1::Position>& positions, const Certificates& certificates);
  void Bind(record::Methods& methods);

 private:
  absl::StatusOr<v1::ComputeStaffFigureResponse> Compute(const rpc::Call& call, const v1::ComputeStaffFigureRequest& request);
  absl::StatusOr<CountOfWhole> CountVacancies(sql::Session& session, const std::string& department, absl::CivilDay day) const;
  absl::StatusOr<CountOfWhole> CountMissing(sql::Session& session, const std::string& department, absl::CivilDay day) const;

  record::Store& store_;
  const absl::TimeZone zone_;
  const HeadcountPlans& plans_;
  const record::Kind<v1::Employee>& employees_;
  const record::Kind<v1::Position>& positions_;
  const Certificates& certificates_;
};

}  // namespace heitie::personnel

#endif  // HEITIE_SERVICES_PERSONNEL_STAFFING_STAFF_FIGURE_H_
