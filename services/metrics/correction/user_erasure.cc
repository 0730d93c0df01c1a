#include "services/metrics/correction/user_erasure.h"

#include <optional>
#include <set>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/sql/placeholders.h"
#include "common/status/macros.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "services/metrics/correction/drop.h"
#include "services/metrics/engine/chunks.h"
#include "services/metrics/engine/user_directory.h"
#include "services/metrics/export/tombstone.h"

namespace heitie::metrics {

const status::Reason kOwnErasure{absl::StatusCode::kPermissionDenied, "OWN_ERASURE",
                                 "{name} is approved by another manager than the person who proposed it.",
                                 "{name} 須由提出人以外的經理核准。"};

namespace {

using v1::UserErasure;

constexpr char kErasureJob[] = "erase-user";
constexpr char kSecondLookJob[] = "erase-user-again";
// Longer than any transaction lasts that had read the directory before the user left it.
constexpr absl::Duration kSecondLook = absl::Minutes(10);

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

absl::Status UpdateSubject(sql::Session& session, const std::string& erasure, std::optional<int64_t> ordinal) {
  return session
      .Execute("UPDATE erasure_subject SET ordinal = ? WHERE user_erasure = ?",
               {ordinal.has_value() ? sql::Value(*ordinal) : sql::Value(), erasure})
      .status();
}

// Takes the user out of the directory: from then on no batch stores rows by the ordinal, and the same id is somebody new, or stays out.
absl::Status LeaveDirectory(sql::Session& session, const UserErasure& erasure, Subject& subject) {
  if (erasure.bar_later_events()) {
    RETURN_IF_ERROR(session.Execute("INSERT IGNORE INTO barred_user (user_digest) VALUES (?)", sql::Bind(erasure.user_digest())).status());
  }
  // Waits for the batches that are being stored; those that have looked up their users before look again.
  RETURN_IF_ERROR(session.Execute("UPDATE erasure_counter SET erasures = erasures + 1 WHERE id = 1").status());
  if (!subject.ordinal.has_value()) {
    // Somebody whose first event has come since the erasure was approved.
    ASSIGN_OR_RETURN(const std::optional<int64_t> ordinal, KnownOrdinal(session, subject.user));
    if (!ordinal.has_value()) return absl::OkStatus();
    RETURN_IF_ERROR(UpdateSubject(session, erasure.name(), ordinal));
    subject.ordinal = static_cast<uint32_t>(*ordinal);
  }
  return session.Execute("DELETE FROM known_user WHERE user_id = ? AND ordinal = ?", sql::Bind(subject.user, *subject.ordinal)).status();
}

// Whether somebody is known by rows that were never accepted alone.
absl::StatusOr<bool> HasLetters(sql::Session& session, const std::string& user) {
  bool has = false;
  RETURN_IF_ERROR(
      session.Query("SELECT 1 FROM dead_letters WHERE user_id = ? LIMIT 1", sql::Bind(user), [&](const sql::Row&) { has = true; }));
  return has;
}

absl::StatusOr<bool> IsInDirectory(sql::Session& session, const Subject& subject) {
  ASSIGN_OR_RETURN(const std::optional<int64_t> ordinal, KnownOrdinal(session, subject.user));
  return ordinal.has_value() && subject.ordinal.has_value() && *ordinal == static_cast<int64_t>(*subject.ordinal);
}

// Nodes of a cluster do not see each other's locks: a batch on one that had looked the user up could be stored after the erasure on
// another.
absl::Status ScheduleSecondLook(record::Transaction& tx, const std::string& erasure, uint32_t ordinal) {
  return job::Schedule(tx, {.name = absl::StrCat(erasure, "/again"),
                            .kind = kSecondLookJob,
                            .payload = absl::StrCat(erasure, " ", ordinal),
                            .run_time = tx.call.now + kSecondLook});
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
  context.jobs.Handle(
      kSecondLookJob, [this](const rpc::Call& call, const job::Job& job) { return LookAgain(call, job); }, job::Lane::kLongWork);
}

void UserErasures::Bind(record::Methods& methods) {
  methods.Reads(erasures_);
  methods.Bind("ProposeUserErasure", this, &UserErasures::Propose);
  methods.Bind("ApproveUserErasure", this, &UserErasures::Approve);
  methods.Bind("RejectUserErasure", this, &UserErasures::Reject);
  methods.Bind("RepeatUserErasures", this, &UserErasures::Repeat);
  methods.Bind("FindErasedUsers", this, &UserErasures::FindErased);
}

absl::StatusOr<UserErasure> UserErasures::Add(record::Transaction& tx, const std::string& user, const std::string& digest,
                                              const std::string& reference, bool bar) {
  ASSIGN_OR_RETURN(const std::optional<int64_t> ordinal, KnownOrdinal(tx.sql, user));
  if (!ordinal.has_value() && !bar) {
    ASSIGN_OR_RETURN(const bool has_letters, HasLetters(tx.sql, user));
    if (!has_letters) return status::NotFound(user);
  }
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
    // Who has come, or come back, since it was proposed is meant as well.
    ASSIGN_OR_RETURN(const std::optional<Subject> subject, SubjectOf(tx.sql, erasure.name()));
    if (!subject.has_value()) return absl::DataLossError(absl::StrCat("who is erased by ", erasure.name(), " is not known"));
    ASSIGN_OR_RETURN(const std::optional<int64_t> ordinal, KnownOrdinal(tx.sql, subject->user));
    RETURN_IF_ERROR(UpdateSubject(tx.sql, erasure.name(), ordinal));
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

absl::StatusOr<v1::FindErasedUsersResponse> UserErasures::FindErased(const rpc::Call& call, const v1::FindErasedUsersRequest& request) {
  std::map<std::string, v1::ErasedUser> erased;
  RETURN_IF_ERROR(store_.Read(call, [&](sql::Session& session) -> absl::Status {
    erased.clear();
    bool any = false;
    RETURN_IF_ERROR(session.Query("SELECT 1 FROM user_erasures LIMIT 1", {}, [&](const sql::Row&) { any = true; }));
    // Whoever proposed the first erasure has made the salt, so that this only reads it.
    if (!any) return absl::OkStatus();
    ASSIGN_OR_RETURN(const std::string salt, UserSalt(session));
    std::map<std::string, std::string> by_digest;
    for (const std::string& user : request.users()) by_digest.emplace(UserDigest(salt, user), user);
    std::vector<std::string> digests;
    for (const auto& [digest, user] : by_digest) digests.push_back(digest);
    return ForChunks(digests.size(), [&](size_t begin, size_t size) {
      const sql::Values values(digests.begin() + begin, digests.begin() + begin + size);
      // The latest of a user comes last.
      return session.Query("SELECT user_digest, decide_time, name, reference FROM user_erasures WHERE user_digest IN (" +
                               sql::Placeholders(size) + ") AND state IN ('STATE_APPROVED', 'STATE_DONE') ORDER BY decide_time, name",
                           values, [&](const sql::Row& row) {
                             const std::string& user = by_digest[row.Text(0)];
                             v1::ErasedUser& found = erased[user];
                             found.set_user(user);
                             *found.mutable_erase_time() = time::ToTimestamp(row.Time(1));
                             found.set_user_erasure(row.Text(2));
                             found.set_reference(row.Text(3));
                           });
    });
  }));
  v1::FindErasedUsersResponse response;
  for (auto& [user, found] : erased) *response.add_erased_users() = std::move(found);
  return response;
}

// Nothing when the time is over before all days are rewritten.
absl::StatusOr<std::optional<int64_t>> UserErasures::DropRowsOf(const rpc::Call& call, const std::string& erasure, uint32_t ordinal) {
  std::vector<SeriesDay> days;
  RETURN_IF_ERROR(store_.Read(call, [&](sql::Session& session) -> absl::Status {
    ASSIGN_OR_RETURN(days, DaysOf(session, ordinal));
    return absl::OkStatus();
  }));
  int64_t all = 0;
  for (const SeriesDay& day : days) {
    if (absl::Now() + absl::Seconds(10) >= call.deadline) return std::nullopt;
    int64_t rows = 0;
    RETURN_IF_ERROR(store_.Write(call, [&](record::Transaction& tx) -> absl::Status {
      ASSIGN_OR_RETURN(const bool kept, IsKept(tx.sql, day));
      if (!kept) return StripUser(tx.sql, day, ordinal).status();
      ASSIGN_OR_RETURN(rows, DropAndBook(tx, day, [&](const Block& block, size_t i) { return block.rows.users[i] == ordinal; }));
      ASSIGN_OR_RETURN(record::Step<UserErasure> step, erasures_.Begin(tx, record::Target(erasure)));
      step.after.set_row_count(step.before.row_count() + rows);
      step.verb = "rewrite";
      return erasures_.Finish(tx, step).status();
    }));
    all += rows;
  }
  return all;
}

// Looks until there is nothing any more.
job::Outcome UserErasures::LookAgain(const rpc::Call& call, const job::Job& job) {
  const std::pair<std::string, std::string> parts = absl::StrSplit(job.payload, absl::MaxSplits(' ', 1));
  uint32_t ordinal = 0;
  if (!absl::SimpleAtoi(parts.second, &ordinal)) return job::Outcome::Failed(absl::DataLossError(job.payload));
  const absl::StatusOr<std::optional<int64_t>> rows = DropRowsOf(call, parts.first, ordinal);
  if (!rows.ok()) return job::Outcome::Failed(rows.status());
  if (!rows->has_value()) return job::Outcome::Again(call.now);
  if (**rows == 0) return job::Outcome::Done();
  // Who has exported these rows lets them go as well.
  const absl::Status buried =
      store_.database().Write(call.deadline, [&](sql::Session& session) { return BuryUser(session, call.now, ordinal); });
  return buried.ok() ? job::Outcome::Again(call.now + kSecondLook) : job::Outcome::Failed(buried);
}

absl::Status UserErasures::AskToForget(When when, record::Transaction& tx, const std::string& user) const {
  const auto all = forget_.find(when);
  if (all == forget_.end()) return absl::OkStatus();
  for (const Forget& forget : all->second) RETURN_IF_ERROR(forget(tx, user));
  return absl::OkStatus();
}

// What could still bring rows first; then the directory, so that no further row comes; then the days, each in a transaction of its own;
// then everything else that knows the id; the id itself last. A process that ends under way begins again, and finds fewer days.
job::Outcome UserErasures::WorkOn(const rpc::Call& call, const job::Job& job) {
  std::optional<Subject> subject;
  absl::Status status;
  for (const When when : {When::kBefore, When::kWithLeaving}) {
    status = store_.Write(call, [&](record::Transaction& tx) -> absl::Status {
      ASSIGN_OR_RETURN(const UserErasure erasure, erasures_.Lock(tx, job.payload));
      subject = std::nullopt;
      if (erasure.state() != UserErasure::STATE_APPROVED) return absl::OkStatus();
      ASSIGN_OR_RETURN(subject, SubjectOf(tx.sql, erasure.name()));
      if (!subject.has_value()) return absl::DataLossError(absl::StrCat("who is erased by ", erasure.name(), " is not known"));
      ASSIGN_OR_RETURN(const bool known, IsInDirectory(tx.sql, *subject));
      // Has left already, before the process ended under way: what is there now is somebody else's.
      if (!known && subject->ordinal.has_value()) return absl::OkStatus();
      if (when == When::kWithLeaving) RETURN_IF_ERROR(LeaveDirectory(tx.sql, erasure, *subject));
      return AskToForget(when, tx, subject->user);
    });
    if (!status.ok()) return job::Outcome::Failed(status);
  }
  if (!subject.has_value()) return job::Outcome::Done();
  if (subject->ordinal.has_value()) {
    const absl::StatusOr<std::optional<int64_t>> rows = DropRowsOf(call, job.payload, *subject->ordinal);
    if (!rows.ok()) return job::Outcome::Failed(rows.status());
    if (!rows->has_value()) return job::Outcome::Again(call.now);
  }
  return {store_.Write(call, [&](record::Transaction& tx) -> absl::Status {
    RETURN_IF_ERROR(AskToForget(When::kAtTheEnd, tx, subject->user));
    RETURN_IF_ERROR(DeleteSubject(tx.sql, job.payload));
    if (subject->ordinal.has_value()) {
      RETURN_IF_ERROR(BuryUser(tx.sql, call.now, *subject->ordinal));
      RETURN_IF_ERROR(ScheduleSecondLook(tx, job.payload, *subject->ordinal));
    }
    ASSIGN_OR_RETURN(record::Step<UserErasure> step, erasures_.Begin(tx, record::Target(job.payload), "finish"));
    *step.after.mutable_end_time() = time::ToTimestamp(call.now);
    return erasures_.Finish(tx, step).status();
  })};
}

}  // namespace heitie::metrics
