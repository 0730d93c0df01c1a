// Inspections 定期維護和檢查: templates by which they open, and each one until it is signed (policy 二(三)1, M1, W12).
#ifndef HEITIE_SERVICES_METRICS_QUALITY_INSPECTION_H_
#define HEITIE_SERVICES_METRICS_QUALITY_INSPECTION_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/job/runner.h"
#include "common/record/methods.h"
#include "common/record/state_machine.h"
#include "common/service/main.h"
#include "common/status/status.h"
#include "heitie/metrics/v1/inspection.pb.h"
#include "heitie/metrics/v1/inspection_template.pb.h"

namespace heitie::metrics {

class QualityChecks;
class QualityFindings;
struct QualityTables;

extern const status::Reason kBadInspectionItem;          // {why}
extern const status::Reason kUnknownQualityCheck;        // {check}
extern const status::Reason kInspectionTemplateRetired;  // {name}
extern const status::Reason kBadInspectionAnswer;        // {why}
extern const status::Reason kNotYourInspection;          // {name}
extern const status::Reason kInspectionIncomplete;       // {name}, with each item that is open

const record::StateMachine& InspectionTemplateMachine();
const record::StateMachine& InspectionMachine();

// The items as a template has them, nothing of which is filled. Pure.
void CopyItems(const v1::InspectionTemplate& from, v1::Inspection& to);
// Puts answers to their questions; every one that fits none, or lacks its note, is told. Pure.
void PutAnswers(const v1::AnswerInspectionRequest& request, const std::string& answerer, absl::Time now, v1::Inspection& inspection,
                status::BadFields& bad);
// What is neither filled nor answered. Pure.
void CheckComplete(const v1::Inspection& inspection, status::Unmet& unmet);

// Thread-safe. Each ACTIVE template has a job for its next inspection, and each inspection one that fills it by its checks.
class Inspections {
 public:
  Inspections(const service::Context& context, QualityTables& tables, const QualityChecks& checks, QualityFindings& findings);
  void Bind(record::Methods& methods);

 private:
  absl::Status CheckTemplate(record::Transaction& tx, const v1::InspectionTemplate& form) const;
  absl::Status Create(record::Transaction& tx, v1::InspectionTemplate& form);
  absl::Status Update(record::Transaction& tx, const v1::InspectionTemplate& before, v1::InspectionTemplate& after);
  absl::StatusOr<v1::InspectionTemplate> Activate(record::Transaction& tx, const v1::ActivateInspectionTemplateRequest& request);
  absl::StatusOr<v1::InspectionTemplate> Pause(record::Transaction& tx, const v1::PauseInspectionTemplateRequest& request);
  absl::StatusOr<v1::InspectionTemplate> Retire(record::Transaction& tx, const v1::RetireInspectionTemplateRequest& request);

  absl::StatusOr<v1::Inspection> Open(record::Transaction& tx, const v1::OpenInspectionRequest& request);
  absl::StatusOr<v1::Inspection> Answer(record::Transaction& tx, const v1::AnswerInspectionRequest& request);
  absl::StatusOr<v1::Inspection> Complete(record::Transaction& tx, const v1::CompleteInspectionRequest& request);
  absl::StatusOr<v1::Inspection> Sign(record::Transaction& tx, const v1::SignInspectionRequest& request);
  absl::StatusOr<v1::Inspection> Cancel(record::Transaction& tx, const v1::CancelInspectionRequest& request);

  // The inspection of the template for that time, which is opened unless it is there; the transaction has guarded the template.
  absl::StatusOr<v1::Inspection> OpenAt(record::Transaction& tx, const v1::InspectionTemplate& form, absl::Time time);
  job::Outcome OpenDue(const rpc::Call& call, const job::Job& job);
  job::Outcome Fill(const rpc::Call& call, const std::string& name);
  // Fills the entry, unless somebody else has.
  absl::Status FillEntry(const rpc::Call& call, const v1::Inspection& inspection, int index);

  QualityTables& tables_;
  const QualityChecks& checks_;
  QualityFindings& findings_;
};

}  // namespace heitie::metrics

#endif  // HEITIE_SERVICES_METRICS_QUALITY_INSPECTION_H_
