// What is put away with an activity (policy A4): documents as metadata, data as JSON whose bytes are kept, and a manifest with every
// digest.
#ifndef HEITIE_SERVICES_ACTIVITY_ARCHIVE_ARCHIVE_H_
#define HEITIE_SERVICES_ACTIVITY_ARCHIVE_ARCHIVE_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/record/methods.h"
#include "common/service/main.h"
#include "common/status/status.h"
#include "heitie/activity/v1/archive.pb.h"
#include "services/activity/archive/manifest.h"
#include "services/activity/preparation/activity.h"
#include "services/activity/review/report.h"

namespace heitie::activity {

extern const status::Reason kActivityArchived;  // {activity}

// Thread-safe.
class Archives {
 public:
  Archives(const service::Context& context, Activities& activities, const Reports& reports);
  void Bind(record::Methods& methods);

 private:
  absl::StatusOr<v1::Activity> Archive(const rpc::Call& call, const v1::ArchiveActivityRequest& request);
  absl::Status CreateDocument(record::Transaction& tx, v1::ActivityDocument& document);
  absl::Status DeleteDocument(record::Transaction& tx, const v1::ActivityDocument& document);
  absl::StatusOr<v1::ArchivePart> Read(const rpc::Call& call, const v1::ReadArchivePartRequest& request);
  absl::StatusOr<v1::VerifyArchiveResponse> Verify(const rpc::Call& call, const v1::VerifyArchiveRequest& request);
  absl::StatusOr<v1::CompareArchiveResponse> Compare(const rpc::Call& call, const v1::CompareArchiveRequest& request);

  // Guards the activity. ACTIVITY_ARCHIVED.
  absl::Status CheckNotArchived(record::Transaction& tx, const std::string& document) const;
  absl::StatusOr<std::vector<DataPart>> PartsOf(sql::Session& session, const std::string& archive) const;
  // What metrics, resource and planning know of it. A part that can no longer be told is left out.
  absl::StatusOr<std::vector<DataPart>> RemoteParts(const rpc::Call& call, const v1::Activity& activity) const;
  // What the service itself keeps of it.
  absl::StatusOr<std::vector<DataPart>> LocalParts(sql::Session& session, const v1::Activity& activity) const;

  service::Context context_;
  Activities& activities_;
  const Reports& reports_;
  record::Kind<v1::ActivityDocument> documents_;
  record::Kind<v1::ActivityArchive> archives_;
};

}  // namespace heitie::activity

#endif  // HEITIE_SERVICES_ACTIVITY_ARCHIVE_ARCHIVE_H_
