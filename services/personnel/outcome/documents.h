// Documents of rows that their readers may see (policy H6, H7), in the language of the call.
#ifndef HEITIE_SERVICES_PERSONNEL_OUTCOME_DOCUMENTS_H_
#define HEITIE_SERVICES_PERSONNEL_OUTCOME_DOCUMENTS_H_

#include <set>
#include <string>

#include "absl/status/statusor.h"
#include "common/record/methods.h"
#include "common/service/main.h"
#include "common/status/status.h"
#include "heitie/personnel/v1/employee.pb.h"
#include "heitie/personnel/v1/position.pb.h"
#include "services/personnel/appraisal/appraisal_rows.h"
#include "services/personnel/outcome/document.h"
#include "services/personnel/outcome/outcome_rows.h"

namespace heitie::personnel {

extern const status::Reason kNoCertificate;  // {name}

// What a reader does not see of a row stands in no document: rows out of sight are left out, fields out of sight are empty. Thread-safe.
class OutcomeDocuments {
 public:
  OutcomeDocuments(const service::Context& context, AppraisalRows& appraisals, OutcomeRows& rows,
                   const record::Kind<v1::Employee>& employees, const record::Kind<v1::Position>& positions);
  void Bind(record::Methods& methods);

 private:
  absl::StatusOr<v1::RenderedDocument> RenderAppraisal(const rpc::Call& call, const v1::RenderAppraisalRequest& request);
  absl::StatusOr<v1::RenderedDocument> RenderInterview(const rpc::Call& call, const v1::RenderPerformanceInterviewRequest& request);
  absl::StatusOr<v1::RenderedDocument> RenderCertificate(const rpc::Call& call, const v1::RenderHonourCertificateRequest& request);
  // What these employees and positions are called; who was erased is not in it.
  absl::StatusOr<Called> CalledOf(sql::Session& sql, const std::set<std::string>& names) const;

  record::Store& store_;
  AppraisalRows& appraisals_;
  OutcomeRows& rows_;
  // Read only; who sees what of them stands where they are written.
  record::Kind<v1::PerformanceInterview> interviews_;
  const record::Kind<v1::Employee>& employees_;
  const record::Kind<v1::Position>& positions_;
};

}  // namespace heitie::personnel

#endif  // HEITIE_SERVICES_PERSONNEL_OUTCOME_DOCUMENTS_H_
