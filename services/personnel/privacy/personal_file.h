// Whose personal data is held for what, until when, and its erasure (policy H2).
#ifndef HEITIE_SERVICES_PERSONNEL_PRIVACY_PERSONAL_FILE_H_
#define HEITIE_SERVICES_PERSONNEL_PRIVACY_PERSONAL_FILE_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "common/job/runner.h"
#include "common/record/methods.h"
#include "common/service/main.h"
#include "common/status/status.h"
#include "heitie/personnel/v1/personal_file.pb.h"
#include "services/personnel/privacy/data_subjects.h"
#include "services/personnel/privacy/retention_policy.h"
#include "services/personnel/staff/approval.h"
#include "services/personnel/staff/step.h"

namespace heitie::personnel {

extern const status::Reason kFileExists;      // {person} {file}
extern const status::Reason kPurposeLasts;    // {person} {purpose}
extern const status::Reason kUnderLegalHold;  // {person} {date}
extern const status::Reason kHoldIsOver;      // {date}

const record::StateMachine& PersonalFileMachine();

// Thread-safe once all kinds of people are added.
class PersonalFiles {
 public:
  PersonalFiles(const service::Context& context, const RetentionPolicies& policies, const Approvals& approvals, const Steps& steps);
  // Before the first request.
  void Add(DataSubjects subjects) { subjects_.push_back(std::move(subjects)); }
  // What the person is recorded for has begun, ended, or moved: computes the day of the file anew, if there is one.
  absl::Status Recompute(record::Transaction& tx, const std::string& person) const;
  // One person was recorded under two names, of which `to` stays: consent and legal hold go on in its file, which is made if there is
  // none, and that of `from` ends. Before anything of `to` is recomputed, and after what is recorded of `from` has moved.
  absl::Status Merge(record::Transaction& tx, const std::string& from, const std::string& to) const;
  void Bind(record::Methods& methods);

 private:
  using File = v1::PersonalFile;

  absl::Status Create(record::Transaction& tx, File& file);
  absl::StatusOr<File> RecordConsent(record::Transaction& tx, const v1::RecordConsentRequest& request);
  absl::StatusOr<File> PlaceHold(record::Transaction& tx, const v1::PlaceLegalHoldRequest& request);
  absl::StatusOr<File> LiftHold(record::Transaction& tx, const v1::LiftLegalHoldRequest& request);
  absl::StatusOr<File> Propose(record::Transaction& tx, const v1::ProposeErasureRequest& request);
  absl::StatusOr<File> Reject(record::Transaction& tx, const v1::RejectErasureRequest& request);
  absl::StatusOr<File> Approve(record::Transaction& tx, const v1::ApproveErasureRequest& request);

  // nullptr: a person of no kind that was added.
  const DataSubjects* SubjectsOf(const std::string& person) const;
  // Takes over whether the purpose of the person's own resource lasts, and computes the day anew.
  absl::Status Refresh(record::Transaction& tx, File& file) const;
  // PURPOSE_LASTS, UNDER_LEGAL_HOLD.
  absl::Status CheckErasable(const File& file, absl::CivilDay today) const;
  // Empties what the person's resource and the file hold, in memory; the file is written by the caller, who destroys the keys then.
  absl::Status Empty(record::Transaction& tx, File& file) const;
  absl::Status DestroyKeys(record::Transaction& tx, const std::string& person) const;
  // The person's name and the others.
  absl::StatusOr<std::vector<std::string>> NamesOf(record::Transaction& tx, const std::string& person) const;
  absl::StatusOr<std::optional<File>> FileOf(record::Transaction& tx, const std::string& person) const;

  // Opens files of those whose purpose has ended, computes days anew where another version of the terms is in force, and erases whose day
  // has come.
  job::Outcome KeepTerms(const rpc::Call& call);
  absl::Status OpenFile(const rpc::Call& call, const std::string& person) const;
  absl::Status TakeUp(const rpc::Call& call, const std::string& name, bool erase) const;
  absl::CivilDay DayOf(absl::Time time) const { return absl::ToCivilDay(time, zone_); }

  record::Store& store_;
  const absl::TimeZone zone_;
  const RetentionPolicies& policies_;
  const Approvals& approvals_;
  const Steps& steps_;
  record::Kind<File> files_;
  std::vector<DataSubjects> subjects_;
};

}  // namespace heitie::personnel

#endif  // HEITIE_SERVICES_PERSONNEL_PRIVACY_PERSONAL_FILE_H_
