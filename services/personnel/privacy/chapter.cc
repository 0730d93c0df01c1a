#include "services/personnel/privacy/chapter.h"

#include "google/protobuf/util/message_differencer.h"
#include "services/personnel/candidate/chapter.h"
#include "services/personnel/staff/chapter.h"

namespace heitie::personnel {

PrivacyChapter::PrivacyChapter(const service::Context& context, StaffChapter& staff, CandidateChapter& candidate)
    : retention_policies(context.store), personal_files(context, retention_policies, staff.approvals, staff.steps), exports(context.store) {
  personal_files.Add(staff.employees.Subjects());
  personal_files.Add(candidate.candidates.Subjects());
  staff.employees.Follow([this](record::Transaction& tx, const v1::Employee* before, const v1::Employee& after) {
    const bool same = before == nullptr || google::protobuf::util::MessageDifferencer::Equals(before->leave_date(), after.leave_date());
    return same ? absl::OkStatus() : personal_files.Recompute(tx, after.name());
  });
  candidate.candidates.OnPurpose([this](record::Transaction& tx, const std::string& name) { return personal_files.Recompute(tx, name); });
  candidate.candidates.OnMerge(
      [this](record::Transaction& tx, const std::string& from, const std::string& to) { return personal_files.Merge(tx, from, to); });
}

void PrivacyChapter::Bind(record::Methods& methods) {
  retention_policies.Bind(methods);
  personal_files.Bind(methods);
  exports.Bind(methods);
}

}  // namespace heitie::personnel
