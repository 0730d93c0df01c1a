// Files of events or measurements: uploaded in pieces, read through, and taken in as batches of a producer of their own (policy M1).
#ifndef HEITIE_SERVICES_METRICS_IMPORT_IMPORT_H_
#define HEITIE_SERVICES_METRICS_IMPORT_IMPORT_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/job/runner.h"
#include "common/record/methods.h"
#include "heitie/metrics/v1/import.pb.h"
#include "services/metrics/import/mapping.h"
#include "services/metrics/plan/intake.h"
#include "services/metrics/plan/plan.h"
#include "services/metrics/plan/sieve.h"

namespace heitie::metrics {

extern const status::Reason kUploadOffset;  // {offset} {expected}

const record::StateMachine& ImportMachine();
// The producer in whose name a file with this content and mapping comes.
std::string ImportProducer(const std::string& sha256, const v1::ImportMapping& mapping);

// Thread-safe. A job works through each import, chunk by chunk; whatever it did not commit it does again, with the same batches under the
// same sequences.
class Imports {
 public:
  // `intake` is called by jobs only, and may come to be later than this.
  Imports(record::Store& store, job::Runner& jobs, Plans& plans, const Sieve& sieve, Intake& intake, absl::TimeZone zone);
  void Bind(record::Methods& methods);

  // Ends the imports whose files hold a user who is erased, with their content, and blanks the errors that quote the user.
  absl::Status ForgetUser(record::Transaction& tx, const std::string& user);
  const record::Kind<v1::Import>& kind() const { return imports_; }

 private:
  absl::Status Create(record::Transaction& tx, v1::Import& import);
  absl::StatusOr<v1::Import> Upload(record::Transaction& tx, const v1::UploadImportRequest& request);
  absl::StatusOr<v1::Import> Start(record::Transaction& tx, const v1::StartImportRequest& request);
  absl::StatusOr<v1::Import> Cancel(record::Transaction& tx, const v1::CancelImportRequest& request);
  absl::StatusOr<v1::DownloadImportErrorsResponse> Download(const rpc::Call& call, const v1::DownloadImportErrorsRequest& request);

  // Gives up what nobody goes on with.
  absl::Status Abandon(const rpc::Call& call);
  job::Outcome Work(const rpc::Call& call, const job::Job& job);
  // One chunk, or the check of the whole content; true when there is more to do.
  absl::StatusOr<bool> Step(const rpc::Call& call, const std::string& name);
  absl::StatusOr<bool> CheckContent(const rpc::Call& call, const v1::Import& import);
  absl::StatusOr<bool> Validate(const rpc::Call& call, const v1::Import& import, const Chunk& chunk, bool last);
  absl::Status Deliver(const rpc::Call& call, const v1::Import& import, const Chunk& chunk);
  absl::StatusOr<bool> TakeIn(const rpc::Call& call, const v1::Import& import, const Chunk& chunk, bool last);
  // Moves the import on, unless somebody else has moved it since `seen` was read.
  absl::StatusOr<bool> Advance(const rpc::Call& call, const v1::Import& seen, const Chunk& chunk, bool last, int64_t suspects);
  absl::Status Fail(const rpc::Call& call, const v1::Import& seen, const absl::Status& why);

  record::Store& store_;
  Plans& plans_;
  const Sieve& sieve_;
  Intake& intake_;
  const absl::TimeZone zone_;
  record::Kind<v1::Import> imports_;
};

}  // namespace heitie::metrics

#endif  // HEITIE_SERVICES_METRICS_IMPORT_IMPORT_H_
