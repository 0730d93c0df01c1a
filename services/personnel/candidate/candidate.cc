#include "services/personnel/candidate/candidate.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/seal/person_keys.h"
#include "common/sql/placeholders.h"
#include "common/status/macros.h"
#include "common/time/instant.h"
#include "services/personnel/candidate/contact_fingerprint.h"

namespace heitie::personnel {

const status::Reason kBadEmail{absl::StatusCode::kInvalidArgument, "BAD_EMAIL", "This is no e-mail address.", "這不是電子郵件地址。"};
const status::Reason kBadPhone{absl::StatusCode::kInvalidArgument, "BAD_PHONE", "This is no telephone number of the region.",
                               "這不是該地區的電話號碼。"};
const status::Reason kUnknownRegion{absl::StatusCode::kInvalidArgument, "UNKNOWN_REGION",
                                    "No telephone numbers of a region {region} are known.", "沒有地區 {region} 的電話號碼規則。"};
const status::Reason kNoContact{absl::StatusCode::kInvalidArgument, "NO_CONTACT",
                                "Give an e-mail address or a telephone number: by these it is told whether somebody applied before.",
                                "請提供電子郵件或電話，據以判斷是否曾經應徵。"};
const status::Reason kContactTaken{absl::StatusCode::kInvalidArgument, "CONTACT_TAKEN",
                                   "{candidate} has this contact; merge the two when they are one person.",
                                   "{candidate} 已有此聯絡方式；若為同一人，請合併兩筆資料。"};
const status::Reason kCandidateMerged{absl::StatusCode::kFailedPrecondition, "CANDIDATE_MERGED",
                                      "{name} was merged into {merged_into} and keeps no data.",
                                      "{name} 已併入 {merged_into}，不再保留資料。"};
const status::Reason kMergedWithItself{absl::StatusCode::kInvalidArgument, "MERGED_WITH_ITSELF", "{name} cannot be merged with itself.",
                                       "{name} 不能與自己合併。"};

namespace {

// The states in which an application is over.
constexpr char kEnded[] = "('STATE_HIRED', 'STATE_REJECTED', 'STATE_WITHDRAWN')";

// The candidate with the contact; `fresh` when nobody has it, who has it from now on. No other transaction learns whose it is before this
// one ends.
absl::StatusOr<std::string> Claim(sql::Session& session, const std::string& digest, const std::string& fresh) {
  std::string owner;
  RETURN_IF_ERROR(session
                      .Execute("INSERT INTO candidate_contacts (digest, candidate) VALUES (?, ?) ON DUPLICATE KEY UPDATE digest = digest",
                               sql::Bind(digest, fresh))
                      .status());
  RETURN_IF_ERROR(session.Query("SELECT candidate FROM candidate_contacts WHERE digest = ? FOR UPDATE", sql::Bind(digest),
                                [&](const sql::Row& row) { owner = row.Text(0); }));
  return owner;
}

absl::Status Assign(sql::Session& session, const std::string& digest, const std::string& owner) {
  return session.Execute("UPDATE candidate_contacts SET candidate = ? WHERE digest = ?", sql::Bind(owner, digest)).status();
}

// What was given takes the place of what was known.
void Renew(v1::Candidate& candidate, const v1::Applicant& applicant, const std::string& phone) {
  candidate.set_display_name(applicant.display_name());
  if (!applicant.email().empty()) candidate.set_email(applicant.email());
  if (!phone.empty()) candidate.set_phone(phone);
  if (!applicant.remarks().empty()) candidate.set_remarks(applicant.remarks());
  if (!applicant.documents().empty()) *candidate.mutable_documents() = applicant.documents();
}

void ClearData(v1::Candidate& candidate) {
  candidate.clear_display_name();
  candidate.clear_email();
  candidate.clear_phone();
  candidate.clear_remarks();
  candidate.clear_documents();
  candidate.clear_possible_duplicate();
}

void FillGaps(v1::Candidate& kept, const v1::Candidate& other) {
  if (kept.email().empty()) kept.set_email(other.email());
  if (kept.phone().empty()) kept.set_phone(other.phone());
  if (kept.remarks().empty()) kept.set_remarks(other.remarks());
  if (kept.documents().empty()) *kept.mutable_documents() = other.documents();
  if (kept.possible_duplicate() == other.name()) kept.clear_possible_duplicate();
}

}  // namespace

const record::StateMachine& CandidateMachine() {
  using State = v1::Candidate;
  static const auto& machine = *new record::StateMachine(
      State::State_descriptor(),
      {{State::STATE_ACTIVE, "merge", State::STATE_ACTIVE, "another candidate is the same person"},
       {State::STATE_ACTIVE, "merge_into", State::STATE_MERGED, "another candidate stands for the person", record::kConsequence}});
  return machine;
}

Contacts ReadContacts(const Digest& digest, const std::string& email, const std::string& phone, const std::string& region) {
  Contacts contacts;
  if (!email.empty()) {
    const std::optional<std::string> normal = NormalEmail(email);
    if (normal) contacts.email_digest = digest("email", *normal);
    if (!normal) contacts.faults.push_back({"email", &kBadEmail, {}});
  }
  if (!IsPhoneRegion(region)) {
    contacts.faults.push_back({"phone_region", &kUnknownRegion, {{"region", region}}});
  } else if (!phone.empty()) {
    const std::optional<std::string> normal = NormalPhone(phone, region);
    if (normal) contacts.phone_digest = digest("phone", contacts.phone = *normal);
    if (!normal) contacts.faults.push_back({"phone", &kBadPhone, {}});
  }
  if (email.empty() && phone.empty()) contacts.faults.push_back({"email", &kNoContact, {}});
  return contacts;
}

void AddFaults(const Contacts& contacts, const std::string& prefix, status::BadFields& bad) {
  for (const Fault& fault : contacts.faults) bad.Add(prefix + fault.field, *fault.reason, fault.args);
}

Candidates::Candidates(const service::Context& context, const RecruitmentPolicies& policies, const Onlookers& onlookers)
    : zone_(context.time_zone),
      policies_(policies),
      digest_(ContactFingerprint(context.store)),
      onlookers_(onlookers),
      candidates_(context.store, &CandidateMachine()),
      offers_(context.store),
      applications_(context.store),
      scorecards_(context.store) {
  candidates_.RestrictRows(onlookers.ForCandidates());
  TakeOverContacts(context.store, digest_);
}

absl::StatusOr<std::string> Candidates::PhoneRegion(record::Transaction& tx) const {
  ASSIGN_OR_RETURN(const v1::RecruitmentPolicy policy, policies_.InForce(tx.sql, tx.call.now));
  return policy.phone_region();
}

absl::StatusOr<std::string> Candidates::Recognize(record::Transaction& tx, const v1::Applicant& applicant, const Contacts& contacts) const {
  const std::string fresh = absl::StrCat("candidates/", record::NewId(tx.call.now));
  // In one order everywhere, so that two who claim the same two do not wait for each other.
  std::string by_email, by_phone;
  std::vector<std::pair<std::string, std::string*>> claims;
  if (!contacts.email_digest.empty()) claims.emplace_back(contacts.email_digest, &by_email);
  if (!contacts.phone_digest.empty()) claims.emplace_back(contacts.phone_digest, &by_phone);
  std::sort(claims.begin(), claims.end());
  for (auto& [digest, owner] : claims) {
    ASSIGN_OR_RETURN(*owner, Claim(tx.sql, digest, fresh));
  }
  const bool known_email = !by_email.empty() && by_email != fresh, known_phone = !by_phone.empty() && by_phone != fresh;
  if (!known_email && !known_phone) {
    v1::Candidate candidate;
    candidate.set_name(fresh);
    candidate.set_state(v1::Candidate::STATE_ACTIVE);
    Renew(candidate, applicant, contacts.phone);
    RETURN_IF_ERROR(candidates_.Insert(tx, candidate));
    return fresh;
  }
  const std::string name = known_email ? by_email : by_phone;
  if (by_email == fresh) RETURN_IF_ERROR(Assign(tx.sql, contacts.email_digest, name));
  if (by_phone == fresh) RETURN_IF_ERROR(Assign(tx.sql, contacts.phone_digest, name));
  ASSIGN_OR_RETURN(const v1::Candidate before, candidates_.Lock(tx, name));
  v1::Candidate after = before;
  Renew(after, applicant, contacts.phone);
  if (known_phone && by_phone != name) after.set_possible_duplicate(by_phone);
  RETURN_IF_ERROR(candidates_.Update(tx, before, after, "renew"));
  return name;
}

absl::Status Candidates::Update(record::Transaction& tx, const v1::Candidate& before, v1::Candidate& after) {
  if (before.state() != v1::Candidate::STATE_ACTIVE) {
    return status::Error(kCandidateMerged, {{"name", before.name()}, {"merged_into", before.merged_into()}});
  }
  if (before.has_erase_time()) return status::Error(seal::kPersonErased, {{"person", before.name()}});
  ASSIGN_OR_RETURN(const std::string region, PhoneRegion(tx));
  const Contacts contacts = ReadContacts(digest_, after.email(), after.phone(), region),
                 old = ReadContacts(digest_, before.email(), before.phone(), region);
  status::BadFields bad;
  AddFaults(contacts, "candidate.", bad);
  RETURN_IF_ERROR(bad.status());
  after.set_phone(contacts.phone);
  std::vector<std::pair<std::string, const char*>> changed;
  if (contacts.email_digest != old.email_digest) changed.emplace_back(contacts.email_digest, "candidate.email");
  if (contacts.phone_digest != old.phone_digest) changed.emplace_back(contacts.phone_digest, "candidate.phone");
  std::sort(changed.begin(), changed.end());
  for (const auto& [digest, field] : changed) {
    if (digest.empty()) continue;
    ASSIGN_OR_RETURN(const std::string owner, Claim(tx.sql, digest, before.name()));
    if (owner != before.name()) bad.Add(field, kContactTaken, {{"candidate", owner}});
  }
  RETURN_IF_ERROR(bad.status());
  // What was corrected was not the person's.
  for (const auto& [was, is] : {std::pair(old.email_digest, contacts.email_digest), std::pair(old.phone_digest, contacts.phone_digest)}) {
    if (was.empty() || was == is) continue;
    RETURN_IF_ERROR(
        tx.sql.Execute("DELETE FROM candidate_contacts WHERE digest = ? AND candidate = ?", sql::Bind(was, before.name())).status());
  }
  return absl::OkStatus();
}

absl::Status Candidates::MoveRows(record::Transaction& tx, const std::string& from, const std::string& to) const {
  ASSIGN_OR_RETURN(const std::vector<v1::Offer> offers,
                   offers_.Select(tx.sql, "WHERE candidate = ? ORDER BY name FOR UPDATE", sql::Bind(from)));
  for (const v1::Offer& before : offers) {
    v1::Offer after = before;
    after.set_candidate(to);
    RETURN_IF_ERROR(offers_.Update(tx, before, after, "merge"));
  }
  ASSIGN_OR_RETURN(const std::vector<v1::Application> applications,
                   applications_.Select(tx.sql, "WHERE candidate = ? ORDER BY name FOR UPDATE", sql::Bind(from)));
  for (const v1::Application& before : applications) {
    v1::Application after = before;
    after.set_candidate(to);
    RETURN_IF_ERROR(applications_.Update(tx, before, after, "merge"));
  }
  ASSIGN_OR_RETURN(const std::vector<v1::Scorecard> cards,
                   scorecards_.Select(tx.sql, "WHERE candidate = ? ORDER BY name FOR UPDATE", sql::Bind(from)));
  for (const v1::Scorecard& before : cards) {
    v1::Scorecard after = before;
    after.set_candidate(to);
    RETURN_IF_ERROR(scorecards_.Update(tx, before, after, "merge"));
  }
  return tx.sql.Execute("UPDATE candidate_contacts SET candidate = ? WHERE candidate = ?", sql::Bind(to, from)).status();
}

absl::StatusOr<v1::Candidate> Candidates::Merge(record::Transaction& tx, const v1::MergeCandidatesRequest& request) {
  if (request.name() == request.duplicate()) {
    status::BadFields bad;
    bad.Add("duplicate", kMergedWithItself, {{"name", request.name()}});
    return bad.status();
  }
  // Of two merges of one pair in opposite directions one waits here; both lock in the order of the names.
  const bool first = request.name() < request.duplicate();
  if (!first) RETURN_IF_ERROR(candidates_.Guard(tx, request.duplicate()).status());
  ASSIGN_OR_RETURN(record::Step<v1::Candidate> kept, candidates_.Begin(tx, request, "merge"));
  ASSIGN_OR_RETURN(record::Step<v1::Candidate> other, candidates_.Begin(tx, record::Target(request.duplicate()), "merge_into"));
  for (const v1::Candidate* one : {&kept.before, &other.before}) {
    if (one->has_erase_time()) return status::Error(seal::kPersonErased, {{"person", one->name()}});
  }
  FillGaps(kept.after, other.before);
  ClearData(other.after);
  other.after.set_merged_into(request.name());
  RETURN_IF_ERROR(candidates_.Finish(tx, other).status());
  RETURN_IF_ERROR(MoveRows(tx, request.duplicate(), request.name()));
  RETURN_IF_ERROR(on_merge_(tx, request.duplicate(), request.name()));
  onlookers_.Changing();
  return candidates_.Finish(tx, kept);
}

// ---- As whose data is held

absl::StatusOr<std::optional<absl::CivilDay>> Candidates::RecruitedUntil(sql::Session& session, const std::string& name) const {
  // Whoever receives an application locks the candidate, too.
  std::string merged_into;
  absl::Time last;
  bool found = false, live = false;
  RETURN_IF_ERROR(
      session.Query("SELECT merged_into, create_time FROM candidates WHERE name = ? FOR UPDATE", sql::Bind(name), [&](const sql::Row& row) {
        found = true;
        merged_into = row.Text(0);
        last = row.Time(1);
      }));
  if (!found) return status::NotFound(name);
  if (!merged_into.empty()) return status::Error(kCandidateMerged, {{"name", name}, {"merged_into", merged_into}});
  RETURN_IF_ERROR(session.Query(
      absl::StrCat("SELECT state IN ", kEnded, ", COALESCE(end_time, update_time) FROM applications WHERE candidate = ? FOR UPDATE"),
      sql::Bind(name), [&](const sql::Row& row) {
        live = live || row.Int(0) == 0;
        last = std::max(last, row.Time(1));
      }));
  if (live) return std::optional<absl::CivilDay>();
  return std::optional<absl::CivilDay>(absl::ToCivilDay(last, zone_));
}

absl::StatusOr<std::vector<std::string>> Candidates::MergedInto(sql::Session& session, const std::string& candidate) const {
  std::vector<std::string> names;
  std::vector<std::string> next = {candidate};
  while (!next.empty()) {
    std::vector<std::string> found;
    RETURN_IF_ERROR(session.Query(absl::StrCat("SELECT name FROM candidates WHERE merged_into IN (", sql::Placeholders(next.size()), ")"),
                                  sql::Values(next.begin(), next.end()), [&](const sql::Row& row) { found.push_back(row.Text(0)); }));
    names.insert(names.end(), found.begin(), found.end());
    next = std::move(found);
  }
  return names;
}

absl::Status Candidates::Erase(record::Transaction& tx, const std::string& name) const {
  ASSIGN_OR_RETURN(const v1::Candidate before, candidates_.Lock(tx, name));
  v1::Candidate after = before;
  ClearData(after);
  *after.mutable_erase_time() = time::ToTimestamp(tx.call.now);
  RETURN_IF_ERROR(candidates_.Update(tx, before, after, "erase"));
  return tx.sql.Execute("DELETE FROM candidate_contacts WHERE candidate = ?", sql::Bind(name)).status();
}

DataSubjects Candidates::Subjects() const {
  DataSubjects subjects;
  subjects.collection = "candidates";
  subjects.purpose = "recruitment";
  subjects.ended = [this](sql::Session& session, const std::string& person, absl::CivilDay) { return RecruitedUntil(session, person); };
  subjects.unfiled = [](sql::Session& session, absl::CivilDay, int limit) -> absl::StatusOr<std::vector<std::string>> {
    std::vector<std::string> names;
    RETURN_IF_ERROR(session.Query(
        absl::StrCat("SELECT name FROM candidates WHERE state = 'STATE_ACTIVE' AND NOT EXISTS (SELECT 1 FROM personal_files WHERE person = "
                     "candidates.name) AND NOT EXISTS (SELECT 1 FROM applications WHERE candidate = candidates.name AND state NOT IN ",
                     kEnded, ") ORDER BY name LIMIT ?"),
        sql::Bind(limit), [&](const sql::Row& row) { names.push_back(row.Text(0)); }));
    return names;
  };
  subjects.erase = [this](record::Transaction& tx, const std::string& person) { return Erase(tx, person); };
  subjects.others = [this](sql::Session& session, const std::string& person) { return MergedInto(session, person); };
  return subjects;
}

void Candidates::Bind(record::Methods& methods) {
  methods.Reads(candidates_);
  methods.Updates(candidates_, this, &Candidates::Update);
  methods.Bind("MergeCandidates", this, &Candidates::Merge);
}

}  // namespace heitie::personnel
