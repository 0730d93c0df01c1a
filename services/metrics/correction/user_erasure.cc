#include "services/metrics/correction/user_erasure.h"

#include <optional>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "services/metrics/correction/drop.h"
#include "services/metrics/engine/user_directory.h"

namespace heitie::metrics {

const status::Reason kOwnErasure{absl::StatusCode::kPermissionDenied, "OWN_ERASURE",
                                 "{name} is approved by another manager than the person who proposed it.",
                                 "{name} 須由提出人以外的經理核准。"};

namespace {

using v1::UserErasure;

constexpr char kErasureJob[] = "erase-user";

struct Subject {
  std::string user;
  std::optional<uint32_t> ordinal;
};

absl::StatusOr<std::optional<Subject>> SubjectOf(sql::Session& session, const std::string& erasure) {
  std::optional<Subject> subject;
  RETURN_IF_ERROR(
      session.Query("SELECT user_id, ordinal FROM erasure_subject WHERE user_erasure = ?", sql::Bind(erasure), [&](const sql::Row& row) {
        subject.emplace().user = row.Text(0);
        if (!row.IsNull(1)) subject->ordinal = static_cast<uint32_t>(row.Int(1));
      }));
  return subject;
}

absl::Status DeleteSubject(sql::Session& session, const std::string& erasure) {
  return session.Execute("DELETE FROM erasure_subject WHERE user_erasure = ?", sql::Bind(erasure)).status();
}

absl::StatusOr<std::optional<int64_t>> KnownOrdinal(sql::Session& session, const std::string& user) {
  std::optional<int64_t> ordinal;
  RETURN_IF_ERROR(session.Query("SELECT ordinal FROM known_user WHERE user_id = ?", sql::Bind(user),
                                [&](const sql::Row& row) { ordinal = row.Int(0); }));
  return ordinal;
}

// Takes the user out of the directory: from then on no batch stores rows by the ordinal, and the same id is somebody new.
absl::Status LeaveDirectory(sql::Session& session, const UserErasure& erasure, const Subject& subject) {
  if (erasure.bar_later_events()) {
    RETURN_IF_ERROR(session.Execute("INSERT IGNORE INTO barred_user (user_digest) VALUES (?)", sql::Bind(erasure.user_digest())).status());
  }
  if (!subject.ordinal.has_value()) return absl::OkStatus();
  // Waits for the batches that are being stored.
  RETURN_IF_ERROR(session.Execute("UPDATE erasure_counter SET erasures = erasures + 1 WHERE id = 1").status());
  return session.Execute("DELETE FROM known_user WHERE user_id = ? AND ordinal = ?", sql::Bind(subject.user, *subject.ordinal)).status();
}

absl::StatusOr<bool> IsInDirectory(sql::Session& session, const Subject& subject) {
  ASSIGN_OR_RETURN(const std::optional<int64_t> ordinal, KnownOrdinal(session, subject.user));
  return ordinal.has_value() && subject.ordinal.has_value() && *ordinal == static_cast<int64_t>(*subject.ordinal);
}

}  // namespace

const record::StateMachine& UserErasureMachine() {
  static const auto& machine = *new record::StateMachine(
      UserErasure::State_descriptor(),
      {{UserErasure::STATE_PROPOSED, "approve", UserErasure::STATE_APPROVED, "by another manager than the person who proposed it"},
       {UserErasure::STATE_PROPOSED, "reject", UserErasure::STATE_REJECTED},
       {UserErasure::STATE_APPROVED, "finish", UserErasure::STATE_DONE, "nothing of the user is left", record::kConsequence}});
  return machine;
}

UserErasures::UserErasures(const service::Context& context) : store_(context.store), erasures_(context.store, &UserErasureMachine()) {
  context.jobs.Handle(
      kErasureJob, [this](const rpc::Call& call, const job::Job& job) { return WorkOn(call, job); }, job::Lane::kLongWork);
}

void UserErasures::Bind(record::Methods& methods) {
  methods.Reads(erasures_);
  methods.Bind("ProposeUserErasure", this, &UserErasures::Propose);
  methods.Bind("ApproveUserErasure", this, &UserErasures::Approve);
  methods.Bind("RejectUserErasure", this, &UserErasures::Reject);
  methods.Bind("RepeatUserErasures", this, &UserErasures::Repeat);
}

absl::StatusOr<UserErasure> UserErasures::Add(record::Transaction& tx, const std::string& user, const std::string& digest,
                                              const std::string& reference, bool bar) {
  ASSIGN_OR_RETURN(const std::optional<int64_t> ordinal, KnownOrdinal(tx.sql, user));
  if (!ordinal.has_value() && !bar) return status::NotFound(user);
  UserErasure erasure;
  erasure.set_name(absl::StrCat("userErasures/", record::NewId(tx.call.now)));
  erasure.set_reference(reference);
  erasure.set_bar_later_events(bar);
  erasure.set_state(UserErasure::STATE_PROPOSED);
  erasure.set_user_digest(digest);
  RETURN_IF_ERROR(erasures_.Insert(tx, erasure, "propose"));
  RETURN_IF_ERROR(tx.sql
                      .Execute("INSERT INTO erasure_subject (user_erasure, user_id, ordinal) VALUES (?, ?, ?)",
                               {erasure.name(), user, ordinal.has_value() ? sql::Value(*ordinal) : sql::Value()})
                      .status());
  return erasures_.Decorated(tx.sql, erasure);
}

absl::StatusOr<UserErasure> UserErasures::Propose(record::Transaction& tx, const v1::ProposeUserErasureRequest& request) {
  ASSIGN_OR_RETURN(const std::string salt, UserSalt(tx.sql));
  return Add(tx, request.user(), UserDigest(salt, request.user()), request.reference(), request.bar_later_events());
}

absl::StatusOr<UserErasure> UserErasures::Approve(record::Transaction& tx, const v1::ApproveUserErasureRequest& request) {
  return erasures_.Change(tx, request, "approve", [&](UserErasure& erasure) -> absl::Status {
    if (erasure.creator() == tx.call.principal.name) return status::Error(kOwnErasure, {{"name", erasure.name()}});
    erasure.set_decider(tx.call.principal.name);
    *erasure.mutable_decide_time() = time::ToTimestamp(tx.call.now);
    return job::Schedule(tx, {.name = erasure.name(), .kind = kErasureJob, .payload = erasure.name(), .run_time = tx.call.now});
  });
}

absl::StatusOr<UserErasure> UserErasures::Reject(record::Transaction& tx, const v1::RejectUserErasureRequest& request) {
  return erasures_.Change(tx, request, "reject", [&](UserErasure& erasure) -> absl::Status {
    erasure.set_decider(tx.call.principal.name);
    *erasure.mutable_decide_time() = time::ToTimestamp(tx.call.now);
    erasure.set_reject_reason(request.reason());
    return DeleteSubject(tx.sql, erasure.name());
  });
}

absl::StatusOr<v1::RepeatUserErasuresResponse> UserErasures::Repeat(record::Transaction& tx, const v1::RepeatUserErasuresRequest& request) {
  ASSIGN_OR_RETURN(const std::string salt, UserSalt(tx.sql));
  const std::set<std::string> digests(request.user_digests().begin(), request.user_digests().end());
  std::vector<std::pair<std::string, std::string>> found;
  RETURN_IF_ERROR(tx.sql.Query("SELECT user_id FROM known_user", {}, [&](const sql::Row& row) {
    std::string digest = UserDigest(salt, row.Text(0));
    if (digests.contains(digest)) found.emplace_back(row.Text(0), std::move(digest));
  }));
  v1::RepeatUserErasuresResponse response;
  for (const auto& [user, digest] : found) {
    ASSIGN_OR_RETURN(*response.add_user_erasures(), Add(tx, user, digest, request.reference(), request.bar_later_events()));
  }
  return response;
}

// The directory first, so that no further row comes; then the days, each in a transaction of its own; then everything else that knows the
// id; the id itself last. A process that ends under way begins again, and finds fewer days.
job::Outcome UserErasures::WorkOn(const rpc::Call& call, const job::Job& job) {
  std::optional<Subject> subject;
  absl::Status status = store_.Write(call, [&](record::Transaction& tx) -> absl::Status {
    ASSIGN_OR_RETURN(const UserErasure erasure, erasures_.Lock(tx, job.payload));
    subject = std::nullopt;
    if (erasure.state() != UserErasure::STATE_APPROVED) return absl::OkStatus();
    ASSIGN_OR_RETURN(subject, SubjectOf(tx.sql, erasure.name()));
    if (!subject.has_value()) return absl::DataLossError(absl::StrCat("who is erased by ", erasure.name(), " is not known"));
    ASSIGN_OR_RETURN(const bool known, IsInDirectory(tx.sql, *subject));
    return known || !subject->ordinal.has_value() ? LeaveDirectory(tx.sql, erasure, *subject) : absl::OkStatus();
  });
  if (!status.ok()) return job::Outcome::Failed(status);
  if (!subject.has_value()) return job::Outcome::Done();
  std::vector<SeriesDay> days;
  if (subject->ordinal.has_value()) {
    status = store_.Read(call, [&](sql::Session& session) -> absl::Status {
      ASSIGN_OR_RETURN(days, DaysOf(session, *subject->ordinal));
      return absl::OkStatus();
    });
    if (!status.ok()) return job::Outcome::Failed(status);
  }
  for (const SeriesDay& day : days) {
    if (absl::Now() + absl::Seconds(10) >= call.deadline) return job::Outcome::Again(call.now);
    status = store_.Write(call, [&](record::Transaction& tx) -> absl::Status {
      ASSIGN_OR_RETURN(const bool kept, IsKept(tx.sql, day));
      if (!kept) return StripUser(tx.sql, day, *subject->ordinal).status();
      ASSIGN_OR_RETURN(const int64_t rows,
                       DropAndBook(tx, day, [&](const Block& block, size_t i) { return block.rows.users[i] == *subject->ordinal; }));
      ASSIGN_OR_RETURN(record::Step<UserErasure> step, erasures_.Begin(tx, record::Target(job.payload)));
      step.after.set_row_count(step.before.row_count() + rows);
      step.verb = "rewrite";
      return erasures_.Finish(tx, step).status();
    });
    if (!status.ok()) return job::Outcome::Failed(status);
  }
  return {store_.Write(call, [&](record::Transaction& tx) -> absl::Status {
    for (const Forget& forget : forget_) RETURN_IF_ERROR(forget(tx, subject->user));
    RETURN_IF_ERROR(DeleteSubject(tx.sql, job.payload));
    ASSIGN_OR_RETURN(record::Step<UserErasure> step, erasures_.Begin(tx, record::Target(job.payload), "finish"));
    *step.after.mutable_end_time() = time::ToTimestamp(call.now);
    return erasures_.Finish(tx, step).status();
  })};
}

}  // namespace heitie::metrics
