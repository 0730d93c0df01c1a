#include "services/metrics/import/import.h"

#include <openssl/evp.h>

#include <algorithm>
#include <memory>
#include <set>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "common/record/json.h"
#include "common/status/macros.h"
#include "common/text/markdown.h"
#include "common/time/instant.h"
#include "heitie/options/v1/access.pb.h"
#include "services/metrics/collection/batch.h"
#include "services/metrics/collection/ingestion.h"
#include "services/metrics/collection/producer.h"
#include "services/metrics/import/text_rows.h"

namespace heitie::metrics {

using v1::Import;

const status::Reason kUploadOffset{absl::StatusCode::kFailedPrecondition, "UPLOAD_OFFSET",
                                   "The piece begins at {offset}; the upload goes on at {expected}.",
                                   "此段自 {offset} 開始，上傳應自 {expected} 繼續。"};

namespace {

const status::Reason kUploadChecksum{absl::StatusCode::kInvalidArgument, "UPLOAD_CHECKSUM", "The bytes have the SHA-256 {is}.",
                                     "這些位元組的 SHA-256 為 {is}。"};
const status::Reason kUploadTooLong{absl::StatusCode::kInvalidArgument, "UPLOAD_TOO_LONG",
                                    "The piece goes beyond the end of the file at {size}.", "此段超出檔案結尾 {size}。"};
const status::Reason kContentDigest{absl::StatusCode::kFailedPrecondition, "CONTENT_DIGEST",
                                    "The content has the SHA-256 {is}, announced was {announced}.",
                                    "內容的 SHA-256 為 {is}，宣告為 {announced}。"};

constexpr char kImportJob[] = "import";
// A job goes on in portions: it has half a minute.
constexpr absl::Duration kPortion = absl::Seconds(8);
constexpr size_t kPieceBytes = 1 << 20;
// What nobody goes on with does not lie here for good.
constexpr absl::Duration kAbandonAge = absl::Hours(14 * 24), kAbandonInterval = absl::Hours(6);
constexpr int64_t kMostErrorRows = 10000;
constexpr int kDefaultErrorRows = 1000;
// Raised when chunks are made by other rules: the same sequence must always mean the same rows.
constexpr char kChunkRules[] = "1";
constexpr size_t kProducerDigits = 32;

bool IsAtWork(Import::State state) { return state == Import::STATE_VALIDATING || state == Import::STATE_RUNNING; }

absl::Status ScheduleWork(record::Transaction& tx, const std::string& name) {
  return job::Schedule(tx, {name, kImportJob, name, tx.call.now});
}

absl::Status DropPieces(sql::Session& session, const std::string& name) {
  return session.Execute("DELETE FROM import_piece WHERE import = ?", sql::Bind(name)).status();
}

// The bytes of the file from `begin` on, `most` of them or all that are left.
absl::StatusOr<std::string> ReadContent(sql::Session& session, const std::string& name, int64_t begin, size_t most) {
  std::string content;
  RETURN_IF_ERROR(session.Query(
      "SELECT begin_byte, data FROM import_piece WHERE import = ? AND begin_byte > ? AND begin_byte < ? ORDER BY begin_byte",
      sql::Bind(name, begin - static_cast<int64_t>(kPieceBytes), begin + static_cast<int64_t>(most)), [&](const sql::Row& row) {
        const std::string data = row.Text(1);
        const int64_t skip = std::max<int64_t>(0, begin - row.Int(0));
        if (skip < static_cast<int64_t>(data.size())) content.append(data, static_cast<size_t>(skip));
      }));
  if (content.size() > most) content.resize(most);
  return content;
}

// The rows of errors that are kept.
absl::Status InsertErrors(sql::Session& session, const Import& import, const Chunk& chunk) {
  for (const Chunk::BadRow& bad : chunk.bad) {
    const int64_t row = import.row_count() + bad.row + 1;
    if (import.bad_row_count() >= kMostErrorRows) break;
    for (size_t i = 0; i < bad.errors.size(); ++i) {
      const RowError& error = bad.errors[i];
      RETURN_IF_ERROR(session.Append("INSERT INTO import_error (import, row_no, position, field, reason, text, cell)",
                                     sql::Bind(import.name(), row, i, error.field, error.reason, error.text, error.cell),
                                     sql::Session::ReadBy::kNobody));
    }
  }
  return absl::OkStatus();
}

std::string ErrorLine(const sql::Row& row, bool contents) {
  return absl::StrCat(row.Int(0), ",", CsvCell(row.Text(1)), ",", CsvCell(row.Text(2)), ",", contents ? CsvCell(row.Text(3)) : "", ",",
                      contents ? CsvCell(row.Text(4)) : "", "\r\n");
}

}  // namespace

const record::StateMachine& ImportMachine() {
  static const auto& machine = *new record::StateMachine(
      Import::State_descriptor(),
      {{Import::STATE_UPLOADING, "upload", Import::STATE_UPLOADING},
       {Import::STATE_UPLOADING, "complete", Import::STATE_VALIDATING, "the last piece has come", record::kConsequence},
       {Import::STATE_VALIDATING, "validate", Import::STATE_READY, "it was read through", record::kConsequence},
       {Import::STATE_READY, "start", Import::STATE_RUNNING},
       {Import::STATE_RUNNING, "finish", Import::STATE_DONE, "all batches were taken in", record::kConsequence},
       {Import::STATE_VALIDATING, "fail", Import::STATE_FAILED, "the content is not what was announced", record::kConsequence},
       {Import::STATE_RUNNING, "fail", Import::STATE_FAILED, "the plan refuses a batch", record::kConsequence},
       {Import::STATE_UPLOADING, "cancel", Import::STATE_CANCELLED},
       {Import::STATE_VALIDATING, "cancel", Import::STATE_CANCELLED},
       {Import::STATE_READY, "cancel", Import::STATE_CANCELLED},
       {Import::STATE_RUNNING, "cancel", Import::STATE_CANCELLED},
       {Import::STATE_UPLOADING, "abandon", Import::STATE_CANCELLED, "nothing was done for 14 days", record::kConsequence},
       {Import::STATE_READY, "abandon", Import::STATE_CANCELLED, "nothing was done for 14 days", record::kConsequence}});
  return machine;
}

std::string ImportProducer(const std::string& sha256, const v1::ImportMapping& mapping) {
  const std::string all = absl::StrCat(kChunkRules, "\n", sha256, "\n", record::ToJson(mapping));
  return kImportProducerPrefix + text::Sha256Hex(all).substr(0, kProducerDigits);
}

Imports::Imports(record::Store& store, job::Runner& jobs, Plans& plans, const Sieve& sieve, Intake& intake, absl::TimeZone zone)
    : store_(store), plans_(plans), sieve_(sieve), intake_(intake), zone_(zone), imports_(store, &ImportMachine()) {
  imports_.SetDecorator([](sql::Session& session, Import& import) {
    return session.Query(
        "SELECT COALESCE(SUM(accepted_count), 0), COALESCE(SUM(duplicate_count), 0), COALESCE(SUM(quarantined_count), 0), "
        "COALESCE(SUM(discarded_count), 0) FROM batch_accounts WHERE producer = ?",
        sql::Bind(import.producer()), [&](const sql::Row& row) {
          import.set_accepted_count(row.Int(0));
          import.set_duplicate_count(row.Int(1));
          import.set_quarantined_count(row.Int(2));
          import.set_discarded_count(row.Int(3));
        });
  });
  jobs.Recur("abandon-imports", kAbandonInterval, [this](const rpc::Call& call, const job::Job&) { return job::Outcome{Abandon(call)}; });
  jobs.Handle(
      kImportJob, [this](const rpc::Call& call, const job::Job& job) { return Work(call, job); }, job::Lane::kLongWork);
}

void Imports::Bind(record::Methods& methods) {
  methods.Reads(imports_);
  methods.Creates(imports_, this, &Imports::Create);
  methods.Bind("UploadImport", this, &Imports::Upload);
  methods.Bind("StartImport", this, &Imports::Start);
  methods.Bind("CancelImport", this, &Imports::Cancel);
  methods.Bind("DownloadImportErrors", this, &Imports::Download);
}

absl::Status Imports::Create(record::Transaction&, Import& import) {
  import.set_state(Import::STATE_UPLOADING);
  import.set_next_sequence(1);
  import.set_producer(ImportProducer(import.sha256(), import.mapping()));
  return CheckMapping(import.mapping());
}

absl::StatusOr<Import> Imports::Upload(record::Transaction& tx, const v1::UploadImportRequest& request) {
  const std::string is = text::Sha256Hex(request.data());
  if (is != request.sha256()) {
    status::BadFields bad;
    bad.Add("sha256", kUploadChecksum, {{"is", is}});
    return bad.status();
  }
  ASSIGN_OR_RETURN(const Import now, imports_.Lock(tx, request.name()));
  const int64_t end = request.offset() + static_cast<int64_t>(request.data().size());
  // A piece whose acknowledgement was lost, also when it was the last one.
  if (end <= now.uploaded_bytes() && now.state() != Import::STATE_CANCELLED) return imports_.Decorated(tx.sql, now);
  ASSIGN_OR_RETURN(record::Step<Import> step, imports_.Begin(tx, record::Target(request.name()), "upload"));
  Import& after = step.after;
  if (request.offset() != after.uploaded_bytes()) {
    return status::Error(kUploadOffset, {{"offset", request.offset()}, {"expected", after.uploaded_bytes()}});
  }
  if (end > after.size_bytes()) {
    status::BadFields bad;
    bad.Add("data", kUploadTooLong, {{"size", after.size_bytes()}});
    return bad.status();
  }
  RETURN_IF_ERROR(tx.sql
                      .Execute("INSERT INTO import_piece (import, begin_byte, data) VALUES (?, ?, ?)",
                               sql::Bind(request.name(), request.offset(), request.data()))
                      .status());
  after.set_uploaded_bytes(end);
  if (end == after.size_bytes()) {
    RETURN_IF_ERROR(imports_.Advance(after, "complete"));
    step.verb = "complete";
    *after.mutable_upload_time() = time::ToTimestamp(tx.call.now);
    RETURN_IF_ERROR(ScheduleWork(tx, after.name()));
  }
  return imports_.Finish(tx, step);
}

absl::StatusOr<Import> Imports::Start(record::Transaction& tx, const v1::StartImportRequest& request) {
  return imports_.Change(tx, request, "start", [&](Import& after) -> absl::Status {
    RETURN_IF_ERROR(tx.sql.Query("SELECT COUNT(*) FROM imports WHERE producer = ? AND state = 'STATE_DONE'", sql::Bind(after.producer()),
                                 [&](const sql::Row& row) { after.set_repeated(row.Int(0) > 0); }));
    after.set_read_bytes(0);
    after.set_row_count(0);
    after.set_bad_row_count(0);
    return ScheduleWork(tx, after.name());
  });
}

absl::StatusOr<Import> Imports::Cancel(record::Transaction& tx, const v1::CancelImportRequest& request) {
  return imports_.Change(tx, request, "cancel", [&](Import& after) -> absl::Status {
    after.set_failure(request.reason());
    *after.mutable_end_time() = time::ToTimestamp(tx.call.now);
    RETURN_IF_ERROR(job::Cancel(tx, after.name()));
    return DropPieces(tx.sql, after.name());
  });
}

absl::Status Imports::Abandon(const rpc::Call& call) {
  const absl::Time before = call.now - kAbandonAge;
  ASSIGN_OR_RETURN(const std::vector<Import> old, store_.Read(call, [&](sql::Session& session) {
    return imports_.Select(session, "WHERE state IN ('STATE_UPLOADING', 'STATE_READY') AND update_time < ? ORDER BY name LIMIT 50",
                           sql::Bind(before));
  }));
  for (const Import& one : old) {
    RETURN_IF_ERROR(store_.Write(call, [&](record::Transaction& tx) -> absl::Status {
      ASSIGN_OR_RETURN(record::Step<Import> step, imports_.Begin(tx, record::Target(one.name())));
      if (step.after.etag() != one.etag()) return absl::OkStatus();  // Somebody goes on with it.
      RETURN_IF_ERROR(imports_.Advance(step.after, "abandon"));
      *step.after.mutable_end_time() = time::ToTimestamp(tx.call.now);
      RETURN_IF_ERROR(DropPieces(tx.sql, one.name()));
      return imports_.Update(tx, step.before, step.after, "abandon");
    }));
  }
  return absl::OkStatus();
}

absl::StatusOr<v1::DownloadImportErrorsResponse> Imports::Download(const rpc::Call& call, const v1::DownloadImportErrorsRequest& request) {
  RETURN_IF_ERROR(imports_.Get(call, request.name()).status());
  const bool contents = call.principal.Has(options::v1::ROLE_DATA_ANALYST) || call.principal.Has(options::v1::ROLE_OPERATIONS_MANAGER);
  const int64_t most = request.max_rows() == 0 ? kDefaultErrorRows : request.max_rows();
  v1::DownloadImportErrorsResponse response;
  RETURN_IF_ERROR(store_.Read(call, [&](sql::Session& session) {
    response.Clear();
    // Rows are counted, each of which may have several errors.
    return session.Query(
        "SELECT row_no, field, reason, text, cell FROM import_error WHERE import = ? AND row_no > ? AND row_no <= COALESCE((SELECT "
        "MAX(row_no) FROM (SELECT DISTINCT row_no FROM import_error WHERE import = ? AND row_no > ? ORDER BY row_no LIMIT ?) AS page), 0) "
        "ORDER BY row_no, position",
        sql::Bind(request.name(), request.after_row(), request.name(), request.after_row(), most), [&](const sql::Row& row) {
          response.mutable_csv()->append(ErrorLine(row, contents));
          response.set_last_row(row.Int(0));
        });
  }));
  if (request.after_row() == 0) response.set_csv("row,column,reason,text,value\r\n" + response.csv());
  return response;
}

job::Outcome Imports::Work(const rpc::Call& call, const job::Job& job) {
  const absl::Time end = std::min(absl::Now() + kPortion, call.deadline);
  while (absl::Now() < end) {
    const absl::StatusOr<bool> more = Step(call, job.payload);
    if (absl::IsNotFound(more.status())) return job::Outcome::Done();
    if (!more.ok()) return job::Outcome::Failed(more.status());
    if (!*more) return job::Outcome::Done();
  }
  return job::Outcome::Again(call.now);
}

absl::StatusOr<bool> Imports::Step(const rpc::Call& call, const std::string& name) {
  Import import;
  std::string head, text;
  RETURN_IF_ERROR(store_.Read(call, [&](sql::Session& session) -> absl::Status {
    ASSIGN_OR_RETURN(import, imports_.Find(session, name));
    if (!IsAtWork(import.state())) return absl::OkStatus();
    ASSIGN_OR_RETURN(head, ReadContent(session, name, 0, kMostRowBytes));
    return absl::OkStatus();
  }));
  if (!IsAtWork(import.state())) return false;
  if (import.state() == Import::STATE_VALIDATING && import.read_bytes() == 0) {
    ASSIGN_OR_RETURN(const bool right, CheckContent(call, import));
    if (!right) return false;
  }
  const bool csv = import.mapping().format() == v1::ImportMapping::FORMAT_CSV;
  const bool whole = import.size_bytes() <= static_cast<int64_t>(head.size());
  const size_t mark = MarkLength(head);
  const size_t header = csv ? RowLength(absl::string_view(head).substr(mark), true, whole).value_or(0) : 0;
  const absl::StatusOr<RowMapper> mapper = RowMapper::Of(import.mapping(), absl::string_view(head).substr(mark, header), zone_);
  if (!mapper.ok()) {
    RETURN_IF_ERROR(Fail(call, import, mapper.status()));
    return false;
  }
  const int64_t begin = std::max<int64_t>(import.read_bytes(), static_cast<int64_t>(mark + header));
  ASSIGN_OR_RETURN(text, store_.Read(call, [&](sql::Session& session) { return ReadContent(session, name, begin, kChunkText); }));
  const bool all = begin + static_cast<int64_t>(text.size()) == import.size_bytes();
  absl::StatusOr<Chunk> chunk = TakeChunk(text, all, *mapper, time::ToTime(import.upload_time()));
  if (!chunk.ok()) {
    RETURN_IF_ERROR(Fail(call, import, chunk.status()));
    return false;
  }
  const bool last = begin + static_cast<int64_t>(chunk->length) == import.size_bytes();
  chunk->length += static_cast<size_t>(begin - import.read_bytes());
  return import.state() == Import::STATE_VALIDATING ? Validate(call, import, *chunk, last) : TakeIn(call, import, *chunk, last);
}

absl::StatusOr<bool> Imports::CheckContent(const rpc::Call& call, const Import& import) {
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr);
  for (int64_t begin = 0; begin < import.size_bytes();) {
    ASSIGN_OR_RETURN(const std::string part,
                     store_.Read(call, [&](sql::Session& session) { return ReadContent(session, import.name(), begin, 8 * kPieceBytes); }));
    if (part.empty()) break;
    EVP_DigestUpdate(context.get(), part.data(), part.size());
    begin += static_cast<int64_t>(part.size());
  }
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  EVP_DigestFinal_ex(context.get(), digest, &size);
  const std::string is = absl::BytesToHexString(std::string(reinterpret_cast<const char*>(digest), size));
  if (is == import.sha256()) return true;
  RETURN_IF_ERROR(Fail(call, import, status::Error(kContentDigest, {{"is", is}, {"announced", import.sha256()}})));
  return false;
}

absl::StatusOr<bool> Imports::Validate(const rpc::Call& call, const Import& import, const Chunk& chunk, bool last) {
  ASSIGN_OR_RETURN(const std::shared_ptr<const Plan> plan,
                   store_.Read(call, [&](sql::Session& session) { return plans_.Current(session); }));
  int64_t suspects = 0;
  const auto judge = [&](const std::string& kind, const Point& point) {
    suspects += SeverestOf(sieve_.JudgePoint(*plan, kind, point, call.now, call.now)) != v1::ViolationRule::ACTION_OBSERVE;
  };
  for (const v1::Event& event : chunk.events) judge(kEventKind, ToPoint(event, zone_));
  for (const v1::Measurement& measurement : chunk.measurements) judge(kMeasurementKind, ToPoint(measurement, zone_));
  return Advance(call, import, chunk, last, suspects);
}

absl::Status Imports::Deliver(const rpc::Call& call, const Import& import, const Chunk& chunk) {
  if (!chunk.measurements.empty()) {
    v1::IngestMeasurementsRequest request;
    request.set_producer(import.producer());
    request.set_sequence(import.next_sequence());
    request.mutable_measurements()->Assign(chunk.measurements.begin(), chunk.measurements.end());
    return intake_.Deliver(call, request).status();
  }
  v1::IngestEventsRequest request;
  request.set_producer(import.producer());
  request.set_sequence(import.next_sequence());
  request.mutable_events()->Assign(chunk.events.begin(), chunk.events.end());
  return intake_.Deliver(call, request).status();
}

absl::StatusOr<bool> Imports::TakeIn(const rpc::Call& call, const Import& import, const Chunk& chunk, bool last) {
  if (chunk.size() > 0) {
    const absl::Status taken = Deliver(call, import, chunk);
    // The plan refuses it, today and tomorrow; or the same file was imported before and made other batches, when rows of it still lay in
    // the future.
    if (absl::IsInvalidArgument(taken) || status::ReasonOf(taken) == kBatchChanged.id) {
      RETURN_IF_ERROR(Fail(call, import, taken));
      return false;
    }
    RETURN_IF_ERROR(taken);
  }
  return Advance(call, import, chunk, last, 0);
}

absl::StatusOr<bool> Imports::Advance(const rpc::Call& call, const Import& seen, const Chunk& chunk, bool last, int64_t suspects) {
  bool more = false;
  RETURN_IF_ERROR(store_.Write(call, [&](record::Transaction& tx) -> absl::Status {
    more = false;
    ASSIGN_OR_RETURN(record::Step<Import> step, imports_.Begin(tx, record::Target(seen.name())));
    Import& after = step.after;
    if (after.state() != seen.state() || after.read_bytes() != seen.read_bytes()) return absl::OkStatus();
    step.verb = "progress";
    if (after.state() == Import::STATE_VALIDATING) {
      RETURN_IF_ERROR(InsertErrors(tx.sql, after, chunk));
      after.set_suspect_count(after.suspect_count() + suspects);
    } else if (chunk.size() > 0) {
      after.set_next_sequence(after.next_sequence() + 1);
    }
    after.set_read_bytes(after.read_bytes() + static_cast<int64_t>(chunk.length));
    after.set_row_count(after.row_count() + chunk.rows);
    after.set_bad_row_count(after.bad_row_count() + static_cast<int64_t>(chunk.bad.size()));
    more = !last;
    if (last) {
      step.verb = after.state() == Import::STATE_VALIDATING ? "validate" : "finish";
      RETURN_IF_ERROR(imports_.Advance(after, step.verb));
      if (after.state() == Import::STATE_DONE) {
        *after.mutable_end_time() = time::ToTimestamp(tx.call.now);
        RETURN_IF_ERROR(DropPieces(tx.sql, after.name()));
      }
    }
    return imports_.Update(tx, step.before, after, step.verb);
  }));
  return more;
}

absl::Status Imports::Fail(const rpc::Call& call, const Import& seen, const absl::Status& why) {
  return store_.Write(call, [&](record::Transaction& tx) -> absl::Status {
    ASSIGN_OR_RETURN(record::Step<Import> step, imports_.Begin(tx, record::Target(seen.name())));
    if (step.after.state() != seen.state()) return absl::OkStatus();
    RETURN_IF_ERROR(imports_.Advance(step.after, "fail"));
    step.after.set_failure(std::string(why.message()));
    *step.after.mutable_end_time() = time::ToTimestamp(tx.call.now);
    RETURN_IF_ERROR(DropPieces(tx.sql, step.after.name()));
    return imports_.Update(tx, step.before, step.after, "fail");
  });
}

absl::Status Imports::ForgetUser(record::Transaction& tx, const std::string& user) {
  RETURN_IF_ERROR(
      tx.sql.Execute("UPDATE import_error SET cell = '', text = '' WHERE INSTR(cell, ?) > 0 OR INSTR(text, ?) > 0", sql::Bind(user, user))
          .status());
  std::set<std::string> names;
  std::string import, end;
  RETURN_IF_ERROR(tx.sql.Query("SELECT import, data FROM import_piece ORDER BY import, begin_byte", {}, [&](const sql::Row& row) {
    const std::string data = row.Text(1);
    // The id may lie across two pieces.
    const std::string together = (row.Text(0) == import ? end : std::string()) + data;
    if (together.find(user) != std::string::npos) names.insert(row.Text(0));
    import = row.Text(0);
    end = together.substr(together.size() - std::min(together.size(), user.size()));
  }));
  for (const std::string& name : names) {
    RETURN_IF_ERROR(DropPieces(tx.sql, name));
    ASSIGN_OR_RETURN(record::Step<Import> step, imports_.Begin(tx, record::Target(name)));
    const absl::Status cancelled = imports_.Advance(step.after, "cancel");
    if (!cancelled.ok()) continue;  // It had ended already.
    step.verb = "cancel";
    RETURN_IF_ERROR(imports_.Finish(tx, step).status());
  }
  return absl::OkStatus();
}

}  // namespace heitie::metrics
