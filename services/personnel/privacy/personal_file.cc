#include "services/personnel/privacy/personal_file.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/job/sealing.h"
#include "common/seal/person_keys.h"
#include "common/status/macros.h"
#include "common/status/shared.h"
#include "common/time/day.h"
#include "common/time/instant.h"

namespace heitie::personnel {

const status::Reason kFileExists{absl::StatusCode::kAlreadyExists, "FILE_EXISTS", "{person} has a file already, {file}.",
                                 "{person} 已有檔案 {file}。"};
const status::Reason kPurposeLasts{absl::StatusCode::kFailedPrecondition, "PURPOSE_LASTS",
                                   "The data of {person} is needed for {purpose}, which has not ended.",
                                   "{person} 的資料仍為 {purpose} 所需，該用途尚未結束。"};
const status::Reason kUnderLegalHold{absl::StatusCode::kFailedPrecondition, "UNDER_LEGAL_HOLD",
                                     "The data of {person} is kept until {date} by a legal hold.", "{person} 的資料因法律保留至 {date}。"};
const status::Reason kHoldIsOver{absl::StatusCode::kInvalidArgument, "HOLD_IS_OVER", "A legal hold until {date} would be over already.",
                                 "至 {date} 的法律保留已經過期。"};

namespace {

using File = v1::PersonalFile;

constexpr char kPool[] = "talent_pool", kDecideErasure[] = "decide_erasure";
// For deciding about an erasure.
constexpr absl::Duration kTimeToDecide = absl::Hours(7 * 24);
constexpr absl::Duration kKeepingInterval = absl::Minutes(10);
constexpr int kAtATime = 100;

v1::HeldPurpose& PurposeIn(File& file, const std::string& purpose) {
  for (v1::HeldPurpose& held : *file.mutable_purposes()) {
    if (held.purpose() == purpose) return held;
  }
  v1::HeldPurpose& held = *file.add_purposes();
  held.set_purpose(purpose);
  return held;
}

bool FileIsOver(const File& file) { return file.state() == File::STATE_ERASED || file.state() == File::STATE_MERGED; }

}  // namespace

const record::StateMachine& PersonalFileMachine() {
  static const auto& machine = *new record::StateMachine(
      File::State_descriptor(),
      {
          {File::STATE_HELD, "record_consent", File::STATE_HELD},
          {File::STATE_ERASURE_PROPOSED, "record_consent", File::STATE_ERASURE_PROPOSED},
          {File::STATE_HELD, "place_legal_hold", File::STATE_HELD},
          {File::STATE_ERASURE_PROPOSED, "place_legal_hold", File::STATE_ERASURE_PROPOSED},
          {File::STATE_HELD, "lift_legal_hold", File::STATE_HELD},
          {File::STATE_ERASURE_PROPOSED, "lift_legal_hold", File::STATE_ERASURE_PROPOSED},
          {File::STATE_HELD, "propose_erasure", File::STATE_ERASURE_PROPOSED},
          {File::STATE_ERASURE_PROPOSED, "reject_erasure", File::STATE_HELD},
          {File::STATE_ERASURE_PROPOSED, "approve_erasure", File::STATE_ERASED, "somebody else decides, and no legal hold is in force"},
          {File::STATE_HELD, "expire", File::STATE_ERASED, "its day has come"},
          {File::STATE_ERASURE_PROPOSED, "expire", File::STATE_ERASED, "its day has come"},
          {File::STATE_HELD, "merge", File::STATE_MERGED, "another file holds the same person's data", record::kConsequence},
          {File::STATE_ERASURE_PROPOSED, "merge", File::STATE_MERGED, "another file holds the same person's data", record::kConsequence},
      });
  return machine;
}

PersonalFiles::PersonalFiles(const service::Context& context, const RetentionPolicies& policies, const Approvals& approvals,
                             const Steps& steps)
    : store_(context.store),
      zone_(context.time_zone),
      policies_(policies),
      approvals_(approvals),
      steps_(steps),
      files_(context.store, &PersonalFileMachine()) {
  files_.RestrictRows(record::Own("person") || record::Holds(options::v1::ROLE_OPERATIONS_MANAGER));
  context.jobs.Recur("keep-retention-terms", kKeepingInterval, [this](const rpc::Call& call, const job::Job&) { return KeepTerms(call); });
}

const DataSubjects* PersonalFiles::SubjectsOf(const std::string& person) const {
  const auto it = std::find_if(subjects_.begin(), subjects_.end(),
                               [&](const DataSubjects& each) { return absl::StartsWith(person, each.collection + "/"); });
  return it == subjects_.end() ? nullptr : &*it;
}

absl::Status PersonalFiles::Refresh(record::Transaction& tx, File& file) const {
  const DataSubjects* subjects = SubjectsOf(file.person());
  if (subjects == nullptr) return status::NotFound(file.person());
  ASSIGN_OR_RETURN(const std::optional<absl::CivilDay> end, subjects->ended(tx.sql, file.person(), DayOf(tx.call.now)));
  v1::HeldPurpose& held = PurposeIn(file, subjects->purpose);
  held.clear_end_date();
  if (end) *held.mutable_end_date() = time::ToDate(*end);
  ASSIGN_OR_RETURN(const v1::RetentionPolicy policy, policies_.InForce(tx.sql, tx.call.now));
  file.set_retention_policy(policy.name());
  file.clear_erase_date();
  if (const std::optional<absl::CivilDay> day = EraseDay(file, policy)) *file.mutable_erase_date() = time::ToDate(*day);
  return absl::OkStatus();
}

absl::Status PersonalFiles::Create(record::Transaction& tx, File& file) {
  file.set_state(File::STATE_HELD);
  RETURN_IF_ERROR(Refresh(tx, file));
  ASSIGN_OR_RETURN(const std::vector<File> others, files_.Select(tx.sql, "WHERE person = ?", sql::Bind(file.person())));
  if (!others.empty()) return status::Error(kFileExists, {{"person", file.person()}, {"file", others[0].name()}});
  return absl::OkStatus();
}

absl::StatusOr<File> PersonalFiles::RecordConsent(record::Transaction& tx, const v1::RecordConsentRequest& request) {
  return files_.Change(tx, request, "record_consent", [&](File& file) {
    *PurposeIn(file, kPool).mutable_end_date() = request.end_date();
    return Refresh(tx, file);
  });
}

absl::StatusOr<File> PersonalFiles::PlaceHold(record::Transaction& tx, const v1::PlaceLegalHoldRequest& request) {
  if (time::ToDay(request.end_date()) < DayOf(tx.call.now)) {
    status::BadFields bad;
    bad.Add("end_date", kHoldIsOver, {{"date", time::DayText(time::ToDay(request.end_date()))}});
    return bad.status();
  }
  return files_.Change(tx, request, "place_legal_hold", [&](File& file) {
    v1::LegalHold& hold = *file.mutable_legal_hold();
    hold.set_reason(request.reason());
    *hold.mutable_end_date() = request.end_date();
    hold.set_placer(tx.call.principal.name);
    return Refresh(tx, file);
  });
}

absl::StatusOr<File> PersonalFiles::LiftHold(record::Transaction& tx, const v1::LiftLegalHoldRequest& request) {
  return files_.Change(tx, request, "lift_legal_hold", [&](File& file) {
    file.clear_legal_hold();
    return Refresh(tx, file);
  });
}

absl::Status PersonalFiles::CheckErasable(const File& file, absl::CivilDay today) const {
  const DataSubjects* subjects = SubjectsOf(file.person());
  if (subjects == nullptr) return status::NotFound(file.person());
  for (const v1::HeldPurpose& held : file.purposes()) {
    // A consent ends with the wish to be erased.
    if (held.purpose() != subjects->purpose) continue;
    if (!held.has_end_date() || time::ToDay(held.end_date()) >= today + (subjects->through_last_day ? 0 : 1))
      return status::Error(kPurposeLasts, {{"person", file.person()}, {"purpose", held.purpose()}});
  }
  if (file.has_legal_hold() && time::ToDay(file.legal_hold().end_date()) >= today) {
    return status::Error(kUnderLegalHold, {{"person", file.person()}, {"date", time::DayText(time::ToDay(file.legal_hold().end_date()))}});
  }
  return absl::OkStatus();
}

absl::StatusOr<File> PersonalFiles::Propose(record::Transaction& tx, const v1::ProposeErasureRequest& request) {
  return files_.Change(tx, request, "propose_erasure", [&](File& file) -> absl::Status {
    RETURN_IF_ERROR(Refresh(tx, file));
    RETURN_IF_ERROR(CheckErasable(file, DayOf(tx.call.now)));
    file.set_reason(request.reason());
    file.set_proposer(tx.call.principal.name);
    file.clear_approver();
    ASSIGN_OR_RETURN(const std::string approver, approvals_.Approver(tx.sql, tx.call.principal.name, DayOf(tx.call.now), {file.person()}));
    return steps_.Open(tx, {file.name(), kDecideErasure, approver, tx.call.now + kTimeToDecide});
  });
}

absl::StatusOr<File> PersonalFiles::Reject(record::Transaction& tx, const v1::RejectErasureRequest& request) {
  return files_.Change(tx, request, "reject_erasure", [&](File& file) -> absl::Status {
    file.set_approver(tx.call.principal.name);
    file.clear_reason();
    return steps_.Done(tx, file.name(), kDecideErasure);
  });
}

absl::Status PersonalFiles::Empty(record::Transaction& tx, File& file) const {
  RETURN_IF_ERROR(SubjectsOf(file.person())->erase(tx, file.person()));
  // What was recorded before it was sealed.
  ASSIGN_OR_RETURN(const std::vector<std::string> names, NamesOf(tx, file.person()));
  for (const std::string& name : names) RETURN_IF_ERROR(job::SealHistoryOf(tx, store_, name));
  file.clear_reason();
  file.clear_legal_hold();
  file.clear_erase_date();
  *file.mutable_erase_time() = time::ToTimestamp(tx.call.now);
  return steps_.DoneAll(tx, file.name());
}

absl::StatusOr<std::vector<std::string>> PersonalFiles::NamesOf(record::Transaction& tx, const std::string& person) const {
  const DataSubjects& subjects = *SubjectsOf(person);
  std::vector<std::string> names;
  if (subjects.others) {
    ASSIGN_OR_RETURN(names, subjects.others(tx.sql, person));
  }
  names.push_back(person);
  return names;
}

absl::Status PersonalFiles::DestroyKeys(record::Transaction& tx, const std::string& person) const {
  ASSIGN_OR_RETURN(const std::vector<std::string> names, NamesOf(tx, person));
  for (const std::string& name : names) RETURN_IF_ERROR(store_.person_keys().Destroy(tx.sql, name, tx.call.now).status());
  return absl::OkStatus();
}

absl::StatusOr<std::optional<File>> PersonalFiles::FileOf(record::Transaction& tx, const std::string& person) const {
  // Not locked where there is none, so that nobody waits who opens the file of somebody else.
  ASSIGN_OR_RETURN(const std::vector<File> found, files_.Select(tx.sql, "WHERE person = ?", sql::Bind(person)));
  if (found.empty()) return std::optional<File>();
  ASSIGN_OR_RETURN(File file, files_.Lock(tx, found[0].name()));
  return std::optional<File>(std::move(file));
}

absl::Status PersonalFiles::Recompute(record::Transaction& tx, const std::string& person) const {
  ASSIGN_OR_RETURN(const std::optional<File> before, FileOf(tx, person));
  if (!before || FileIsOver(*before)) return absl::OkStatus();
  File after = *before;
  RETURN_IF_ERROR(Refresh(tx, after));
  return files_.Update(tx, *before, after, "recompute");
}

absl::Status PersonalFiles::Merge(record::Transaction& tx, const std::string& from, const std::string& to) const {
  ASSIGN_OR_RETURN(const std::optional<File> ending, FileOf(tx, from));
  if (!ending || FileIsOver(*ending)) return Recompute(tx, to);
  ASSIGN_OR_RETURN(const std::optional<File> before, FileOf(tx, to));
  File after;
  if (before) {
    after = *before;
  } else {
    after.set_name(absl::StrCat("personalFiles/", record::NewId(tx.call.now)));
    after.set_person(to);
    after.set_state(File::STATE_HELD);
  }
  for (const v1::HeldPurpose& held : ending->purposes()) {
    v1::HeldPurpose& mine = PurposeIn(after, held.purpose());
    const bool later = held.has_end_date() && (!mine.has_end_date() || time::ToDay(mine.end_date()) < time::ToDay(held.end_date()));
    if (later) *mine.mutable_end_date() = held.end_date();
  }
  const v1::LegalHold& hold = ending->legal_hold();
  const bool longer =
      ending->has_legal_hold() && (!after.has_legal_hold() || time::ToDay(after.legal_hold().end_date()) < time::ToDay(hold.end_date()));
  if (longer) *after.mutable_legal_hold() = hold;
  RETURN_IF_ERROR(Refresh(tx, after));
  RETURN_IF_ERROR(before ? files_.Update(tx, *before, after, "recompute") : files_.Insert(tx, after));
  File ended = *ending;
  RETURN_IF_ERROR(files_.Advance(ended, "merge"));
  ended.clear_erase_date();
  RETURN_IF_ERROR(steps_.DoneAll(tx, ended.name()));
  return files_.Update(tx, *ending, ended, "merge");
}

absl::StatusOr<File> PersonalFiles::Approve(record::Transaction& tx, const v1::ApproveErasureRequest& request) {
  ASSIGN_OR_RETURN(record::Step<File> step, files_.Begin(tx, request, "approve_erasure"));
  RETURN_IF_ERROR(approvals_.Check(tx, step.before.proposer(), {step.before.person()}));
  RETURN_IF_ERROR(Refresh(tx, step.after));
  RETURN_IF_ERROR(CheckErasable(step.after, DayOf(tx.call.now)));
  RETURN_IF_ERROR(Empty(tx, step.after));
  step.after.set_approver(tx.call.principal.name);
  ASSIGN_OR_RETURN(File erased, files_.Finish(tx, step));
  RETURN_IF_ERROR(DestroyKeys(tx, erased.person()));
  return erased;
}

absl::Status PersonalFiles::OpenFile(const rpc::Call& call, const std::string& person) const {
  return store_.Write(call, [&](record::Transaction& tx) -> absl::Status {
    File file;
    file.set_name(absl::StrCat("personalFiles/", record::NewId(call.now)));
    file.set_person(person);
    file.set_state(File::STATE_HELD);
    RETURN_IF_ERROR(Refresh(tx, file));
    const absl::Status inserted = files_.Insert(tx, file);
    return absl::IsAlreadyExists(inserted) ? absl::OkStatus() : inserted;
  });
}

absl::Status PersonalFiles::TakeUp(const rpc::Call& call, const std::string& name, bool erase) const {
  return store_.Write(call, [&](record::Transaction& tx) -> absl::Status {
    ASSIGN_OR_RETURN(const File before, files_.Lock(tx, name));
    File after = before;
    if (FileIsOver(before)) return absl::OkStatus();
    RETURN_IF_ERROR(Refresh(tx, after));
    const bool due = after.has_erase_date() && time::ToDay(after.erase_date()) <= DayOf(call.now);
    if (!erase || !due) return files_.Update(tx, before, after, "recompute");
    RETURN_IF_ERROR(files_.Advance(after, "expire"));
    RETURN_IF_ERROR(Empty(tx, after));
    RETURN_IF_ERROR(files_.Update(tx, before, after, "expire"));
    return DestroyKeys(tx, after.person());
  });
}

// One by one: who cannot be changed holds up nobody else.
job::Outcome PersonalFiles::KeepTerms(const rpc::Call& call) {
  const absl::CivilDay today = DayOf(call.now);
  std::vector<std::string> unfiled;
  std::vector<File> stale, due;
  const absl::Status read = store_.Read(call, [&](sql::Session& session) -> absl::Status {
    unfiled.clear();
    for (const DataSubjects& subjects : subjects_) {
      ASSIGN_OR_RETURN(const std::vector<std::string> some, subjects.unfiled(session, today, kAtATime));
      unfiled.insert(unfiled.end(), some.begin(), some.end());
    }
    ASSIGN_OR_RETURN(const v1::RetentionPolicy policy, policies_.InForce(session, call.now));
    ASSIGN_OR_RETURN(
        stale, files_.Select(session, "WHERE state NOT IN ('STATE_ERASED', 'STATE_MERGED') AND retention_policy <> ? ORDER BY name LIMIT ?",
                             sql::Bind(policy.name(), kAtATime)));
    ASSIGN_OR_RETURN(
        due, files_.Select(session, "WHERE erase_date <= ? ORDER BY erase_date, name LIMIT ?", sql::Bind(time::DayText(today), kAtATime)));
    return absl::OkStatus();
  });
  if (!read.ok()) return job::Outcome::Failed(read);
  absl::Status failure;
  for (const std::string& person : unfiled) failure.Update(OpenFile(call, person));
  for (const File& file : stale) failure.Update(TakeUp(call, file.name(), false));
  for (const File& file : due) failure.Update(TakeUp(call, file.name(), true));
  if (!failure.ok()) return job::Outcome::Failed(failure);
  const bool more = std::max({unfiled.size(), stale.size(), due.size()}) >= kAtATime;
  return more ? job::Outcome::Again(call.now) : job::Outcome::Done();
}

void PersonalFiles::Bind(record::Methods& methods) {
  methods.Reads(files_);
  methods.Creates(files_, this, &PersonalFiles::Create);
  methods.Bind("RecordConsent", this, &PersonalFiles::RecordConsent);
  methods.Bind("PlaceLegalHold", this, &PersonalFiles::PlaceHold);
  methods.Bind("LiftLegalHold", this, &PersonalFiles::LiftHold);
  methods.Bind("ProposeErasure", this, &PersonalFiles::Propose);
  methods.Bind("RejectErasure", this, &PersonalFiles::Reject);
  methods.Bind("ApproveErasure", this, &PersonalFiles::Approve);
}

}  // namespace heitie::personnel
