#include "services/activity/archive/archive.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/record/holdings.h"
#include "common/record/plain_json.h"
#include "common/status/macros.h"
#include "common/status/outage.h"
#include "common/text/markdown.h"
#include "common/time/instant.h"
#include "google/api/resource.pb.h"
#include "google/protobuf/util/json_util.h"
#include "heitie/activity/v1/activity.pb.h"
#include "heitie/activity/v1/inquiry.pb.h"
#include "heitie/metrics/v1/analysis_service.methods.h"
#include "heitie/metrics/v1/counters.pb.h"
#include "services/activity/launch/facts.h"
#include "services/activity/review/figures.h"

namespace heitie::activity {

using google::protobuf::Descriptor;
using google::protobuf::Message;
using v1::Activity;
using v1::ActivityArchive;
using v1::ActivityDocument;

const status::Reason kActivityArchived{absl::StatusCode::kFailedPrecondition, "ACTIVITY_ARCHIVED", "{activity} is archived.",
                                       "{activity} 已歸檔。"};

namespace {

constexpr char kArchiveId[] = "final";
constexpr char kFiguresPart[] = "figures";
constexpr absl::Duration kFiguresRetry = absl::Seconds(1);
// Rows of a part. More make further parts, so that each can be read in one answer.
constexpr size_t kRowsOfPart = 2000;
constexpr size_t kDifferencesOfPart = 200;
// Metrics answers at most so many stretches at once.
constexpr int kWindowsAtOnce = 200;
// Counters are kept by hour for so long; what lasts longer is kept by day.
constexpr absl::Duration kLongestByHour = absl::Hours(24 * 92);

// Below an activity, and yet not put away: the archive itself, documents, which are in the manifest, and what a job looked at each minute.
bool IsLeftOut(const std::string& plural) {
  static const auto& left_out = *new std::set<std::string>{"activityArchives", "activityDocuments", "gateTrials", "guardrailWindows"};
  return left_out.count(plural) > 0;
}

// JSON as the API writes it: who reads a part reads what they know.
absl::StatusOr<std::string> PartJson(const Message& message) {
  std::string json;
  if (record::PrintPlain(message, &json, record::FieldNames::kApi)) return json;
  json.clear();
  if (google::protobuf::util::MessageToJsonString(message, &json).ok()) return json;
  return absl::InternalError(absl::StrCat("no JSON of ", message.GetDescriptor()->full_name()));
}

// "[row,row]" in parts of some rows.
class RowParts {
 public:
  RowParts(std::string id, std::vector<DataPart>& parts) : id_(std::move(id)), parts_(parts) {}
  ~RowParts() { Close(); }

  void Add(const Message& row) {
    if (rows_ == kRowsOfPart) Close();
    const auto json = PartJson(row);
    status_.Update(json.status());
    if (!json.ok()) return;
    absl::StrAppend(&content_, rows_ == 0 ? "" : ",", *json);
    ++rows_;
  }
  // Why a row is missing.
  const absl::Status& status() const { return status_; }

 private:
  void Close() {
    if (rows_ == 0) return;
    ++closed_;
    parts_.push_back({closed_ == 1 ? id_ : absl::StrCat(id_, "-", closed_), absl::StrCat("[", content_, "]")});
    content_.clear();
    rows_ = 0;
  }

  const std::string id_;
  std::vector<DataPart>& parts_;
  absl::Status status_;
  std::string content_;
  size_t rows_ = 0, closed_ = 0;
};

// Without what customers said and who they are.
void ForgetCustomer(v1::Inquiry& inquiry) {
  inquiry.clear_text();
  inquiry.clear_customer();
  inquiry.clear_external_id();
  inquiry.clear_customer_key();
}

// The stretches of time in which an activity ran, whole hours, or days where they were too many.
std::vector<metrics::v1::ComputeActivityFiguresRequest::Window> WindowsOf(const Activity& activity) {
  std::vector<metrics::v1::ComputeActivityFiguresRequest::Window> windows;
  if (!activity.has_launch_time() || !activity.has_close_time()) return windows;
  const absl::Time launch = time::ToTime(activity.launch_time());
  const absl::Time close = time::ToTime(activity.close_time());
  const absl::Duration step = close - launch > kLongestByHour ? absl::Hours(24) : absl::Hours(1);
  for (absl::Time start = absl::UnixEpoch() + absl::Floor(launch - absl::UnixEpoch(), step); start < close; start += step) {
    auto& window = windows.emplace_back();
    *window.mutable_start_time() = time::ToTimestamp(start);
    *window.mutable_end_time() = time::ToTimestamp(start + step);
  }
  return windows;
}

}  // namespace

Archives::Archives(const service::Context& context, Activities& activities, const Reports& reports)
    : context_(context), activities_(activities), reports_(reports), documents_(context.store), archives_(context.store) {}

absl::StatusOr<std::vector<DataPart>> Archives::LocalParts(sql::Session& session, const Activity& activity) const {
  ASSIGN_OR_RETURN(std::string told, PartJson(activity));
  std::vector<DataPart> parts = {{"activity", std::move(told)}};
  for (const Descriptor* resource : record::ResourcesOf("heitie.activity.v1")) {
    const google::api::ResourceDescriptor& declared = resource->options().GetExtension(google::api::resource);
    if (!absl::StartsWith(declared.pattern(0), "activities/{activity}/") || IsLeftOut(declared.plural())) continue;
    const std::optional<record::Collection> kind = record::Collection::Of(context_.store, *resource);
    if (!kind) continue;
    RowParts rows(declared.plural(), parts);
    RETURN_IF_ERROR(kind->Select(session, "WHERE name > ? AND name < ? ORDER BY name",
                                 sql::Bind(activity.name() + "/", activity.name() + "0"), [&](const Message& row) { rows.Add(row); }));
    RETURN_IF_ERROR(rows.status());
  }
  if (const auto inquiries = record::Collection::Of(context_.store, *v1::Inquiry::descriptor())) {
    RowParts rows("inquiries", parts);
    RETURN_IF_ERROR(inquiries->Select(session, "WHERE activity = ? ORDER BY name", sql::Bind(activity.name()), [&](const Message& row) {
      v1::Inquiry inquiry = static_cast<const v1::Inquiry&>(row);
      ForgetCustomer(inquiry);
      rows.Add(inquiry);
    }));
    RETURN_IF_ERROR(rows.status());
  }
  return parts;
}

absl::StatusOr<std::vector<DataPart>> Archives::RemoteParts(const rpc::Call& call, const Activity& activity) const {
  std::vector<DataPart> parts;
  ASSIGN_OR_RETURN(v1::ReportSnapshot snapshot, TakeSnapshot(context_, call, activity, v1::Report()));
  snapshot.clear_time();
  snapshot.clear_activity();
  snapshot.clear_names();
  ASSIGN_OR_RETURN(std::string figures, PartJson(snapshot));
  parts.push_back({kFiguresPart, std::move(figures)});
  const auto windows = WindowsOf(activity);
  std::string content;
  for (size_t first = 0; first < windows.size(); first += kWindowsAtOnce) {
    metrics::v1::ComputeActivityFiguresRequest request;
    request.set_activity(activity.name());
    for (size_t i = first; i < std::min(windows.size(), first + kWindowsAtOnce); ++i) *request.add_windows() = windows[i];
    const auto answer = context_.Call(AsService(call), metrics::v1::method::ComputeActivityFigures, request);
    if (status::IsOutage(answer.status())) {
      return status::RetryLater(kFiguresMissing, kFiguresRetry, {{"service", "metrics"}, {"why", status::Say(answer.status())}});
    }
    // Rows of so long ago are no longer kept.
    if (!answer.ok()) return parts;
    for (const auto& window : answer->windows()) {
      auto told = window;
      told.mutable_counters()->clear_compute_time();
      ASSIGN_OR_RETURN(const std::string json, PartJson(told));
      absl::StrAppend(&content, content.empty() ? "[" : ",", json);
    }
  }
  if (!content.empty()) parts.push_back({"countersByHour", content + "]"});
  return parts;
}

absl::StatusOr<Activity> Archives::Archive(const rpc::Call& call, const v1::ArchiveActivityRequest& request) {
  Activity seen, archived;
  std::vector<DataPart> remote;
  const auto ask = [&]() -> absl::Status {
    ASSIGN_OR_RETURN(seen, activities_.kind().Get(call, request.name()));
    // Any other state is refused below.
    if (seen.state() != Activity::STATE_REVIEWED) return absl::OkStatus();
    ASSIGN_OR_RETURN(remote, RemoteParts(call, seen));
    return absl::OkStatus();
  };
  RETURN_IF_ERROR(context_.store.Write(call, request, &archived, ask, [&](record::Transaction& tx) -> absl::Status {
    ASSIGN_OR_RETURN(archived, activities_.kind().Change(tx, request, "archive"));
    ASSIGN_OR_RETURN(const v1::Report report, reports_.Latest(tx.sql, request.name()));
    RETURN_IF_ERROR(CheckExplanations(request.name(), report.snapshot().results(), request.explanations()));
    ASSIGN_OR_RETURN(const Activity row, activities_.kind().Find(tx.sql, request.name()));
    ASSIGN_OR_RETURN(std::vector<DataPart> parts, LocalParts(tx.sql, row));
    parts.insert(parts.end(), remote.begin(), remote.end());
    ASSIGN_OR_RETURN(const std::vector<ActivityDocument> documents, documents_.Children(tx.sql, request.name()));
    ActivityArchive archive;
    archive.set_name(absl::StrCat(request.name(), "/archives/", kArchiveId));
    *archive.mutable_explanations() = request.explanations();
    *archive.mutable_manifest() = ManifestOf(parts, documents);
    archive.set_manifest_digest(DigestOf(archive.manifest()));
    RETURN_IF_ERROR(archives_.Insert(tx, archive));
    for (const DataPart& part : parts) {
      RETURN_IF_ERROR(tx.sql
                          .Execute("INSERT INTO archive_parts (archive, part, content) VALUES (?, ?, ?)",
                                   sql::Bind(archive.name(), part.id, part.content))
                          .status());
    }
    return absl::OkStatus();
  }));
  return archived;
}

absl::Status Archives::CheckNotArchived(record::Transaction& tx, const std::string& document) const {
  ASSIGN_OR_RETURN(const Activity activity, activities_.kind().Guard(tx, record::ParentOf(document)));
  if (activity.state() != Activity::STATE_ARCHIVED) return absl::OkStatus();
  return status::Error(kActivityArchived, {{"activity", activity.name()}});
}

absl::Status Archives::CreateDocument(record::Transaction& tx, ActivityDocument& document) { return CheckNotArchived(tx, document.name()); }

absl::Status Archives::DeleteDocument(record::Transaction& tx, const ActivityDocument& document) {
  return CheckNotArchived(tx, document.name());
}

absl::StatusOr<v1::ArchivePart> Archives::Read(const rpc::Call& call, const v1::ReadArchivePartRequest& request) {
  ASSIGN_OR_RETURN(const ActivityArchive archive, archives_.Get(call, request.name()));
  const auto entry = std::find_if(archive.manifest().begin(), archive.manifest().end(), [&](const v1::ManifestEntry& e) {
    return e.kind() == v1::ManifestEntry::KIND_PART && e.id() == request.part();
  });
  const std::string name = absl::StrCat(request.name(), " ", request.part());
  if (entry == archive.manifest().end()) return status::NotFound(name);
  v1::ArchivePart part;
  bool found = false;
  RETURN_IF_ERROR(context_.store.Read(call, [&](sql::Session& session) {
    return session.Query("SELECT content FROM archive_parts WHERE archive = ? AND part = ?", sql::Bind(request.name(), request.part()),
                         [&](const sql::Row& row) {
                           part.set_content(row.Text(0));
                           found = true;
                         });
  }));
  if (!found) return status::NotFound(name);
  part.set_part(request.part());
  part.set_media_type(entry->media_type());
  part.set_sha256(entry->sha256());
  return part;
}

absl::StatusOr<std::vector<DataPart>> Archives::PartsOf(sql::Session& session, const std::string& archive) const {
  std::vector<DataPart> parts;
  RETURN_IF_ERROR(session.Query("SELECT part, content FROM archive_parts WHERE archive = ? ORDER BY part", sql::Bind(archive),
                                [&](const sql::Row& row) {
                                  parts.push_back({row.Text(0), row.Text(1)});
                                }));
  return parts;
}

absl::StatusOr<v1::VerifyArchiveResponse> Archives::Verify(const rpc::Call& call, const v1::VerifyArchiveRequest& request) {
  return context_.store.Read(call, [&](sql::Session& session) -> absl::StatusOr<v1::VerifyArchiveResponse> {
    ASSIGN_OR_RETURN(const ActivityArchive archive, archives_.Find(session, request.name()));
    ASSIGN_OR_RETURN(const std::vector<DataPart> parts, PartsOf(session, request.name()));
    std::map<std::string, std::string> digests;
    for (const DataPart& part : parts) digests[part.id] = text::Sha256Hex(part.content);
    v1::VerifyArchiveResponse response;
    response.set_manifest_digest(archive.manifest_digest());
    response.set_found_manifest_digest(DigestOf(archive.manifest()));
    bool intact = response.found_manifest_digest() == archive.manifest_digest();
    for (const v1::ManifestEntry& entry : archive.manifest()) {
      if (entry.kind() != v1::ManifestEntry::KIND_PART) continue;
      v1::VerifiedPart& part = *response.add_parts();
      part.set_part(entry.id());
      part.set_sha256(entry.sha256());
      part.set_found_sha256(digests[entry.id()]);
      part.set_intact(part.found_sha256() == part.sha256());
      intact = intact && part.intact();
    }
    response.set_intact(intact);
    return response;
  });
}

absl::StatusOr<v1::CompareArchiveResponse> Archives::Compare(const rpc::Call& call, const v1::CompareArchiveRequest& request) {
  std::vector<DataPart> archived, current;
  Activity activity;
  RETURN_IF_ERROR(context_.store.Read(call, [&](sql::Session& session) -> absl::Status {
    RETURN_IF_ERROR(archives_.Find(session, request.name()).status());
    ASSIGN_OR_RETURN(archived, PartsOf(session, request.name()));
    ASSIGN_OR_RETURN(activity, activities_.kind().Find(session, record::ParentOf(request.name())));
    ASSIGN_OR_RETURN(current, LocalParts(session, activity));
    return absl::OkStatus();
  }));
  ASSIGN_OR_RETURN(const std::vector<DataPart> remote, RemoteParts(call, activity));
  current.insert(current.end(), remote.begin(), remote.end());
  v1::CompareArchiveResponse response;
  for (const DataPart& before : archived) {
    const auto now = std::find_if(current.begin(), current.end(), [&](const DataPart& part) { return part.id == before.id; });
    // Of what can no longer be told nobody knows whether it differs.
    if (now == current.end() || now->content == before.content) continue;
    const bool figures = before.id == kFiguresPart;
    const Differences differences = DifferencesOf(figures ? WithoutVersions(before.content) : before.content,
                                                  figures ? WithoutVersions(now->content) : now->content, kDifferencesOfPart);
    if (differences.found.empty()) continue;
    v1::ComparedPart& part = *response.add_parts();
    part.set_part(before.id);
    part.mutable_differences()->Add(differences.found.begin(), differences.found.end());
    part.set_truncated(differences.truncated);
  }
  return response;
}

void Archives::Bind(record::Methods& methods) {
  methods.Reads(documents_);
  methods.Creates(documents_, this, &Archives::CreateDocument);
  methods.Deletes(documents_, this, &Archives::DeleteDocument);
  methods.Reads(archives_);
  methods.Bind("ArchiveActivity", this, &Archives::Archive);
  methods.Bind("ReadArchivePart", this, &Archives::Read);
  methods.Bind("VerifyArchive", this, &Archives::Verify);
  methods.Bind("CompareArchive", this, &Archives::Compare);
}

}  // namespace heitie::activity
