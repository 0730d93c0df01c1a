#include "services/personnel/candidate/contact_fingerprint.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/record/json.h"
#include "common/seal/cipher.h"
#include "common/seal/seal.h"
#include "common/sql/placeholders.h"
#include "common/status/die.h"
#include "common/status/macros.h"
#include "heitie/personnel/v1/candidate.pb.h"

namespace heitie::personnel {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(30);
constexpr int kCandidatesAtOnce = 200;

// The normal forms of what a candidate had, by their purposes.
std::vector<std::pair<std::string, std::string>> NormalContacts(const v1::Candidate& candidate) {
  std::vector<std::pair<std::string, std::string>> contacts;
  // Of candidates numbers are stored with their country codes, so that any region will do.
  const std::optional<std::string> email = NormalEmail(candidate.email()), phone = NormalPhone(candidate.phone(), "TW");
  if (email) contacts.emplace_back("email", *email);
  if (phone) contacts.emplace_back("phone", *phone);
  return contacts;
}

absl::Status HashAnew(sql::Session& session, const std::string& secret, const Digest& digest, const v1::Candidate& candidate) {
  for (const auto& [purpose, text] : NormalContacts(candidate)) {
    // Where the new one is there already, the old one is nobody's and goes with the candidate.
    RETURN_IF_ERROR(session
                        .Execute("UPDATE IGNORE candidate_contacts SET digest = ? WHERE digest = ?",
                                 sql::Bind(digest(purpose, text), seal::Hmac(secret, absl::StrCat(purpose, ":", text))))
                        .status());
  }
  return absl::OkStatus();
}

// A portion of the candidates after `after`, which it moves on; whether there may be more.
absl::StatusOr<bool> HashPortion(record::Store& store, sql::Session& session, const std::string& secret, const Digest& digest,
                                 std::string* after) {
  sql::Values names;
  RETURN_IF_ERROR(session.Query("SELECT name FROM candidates WHERE name > ? ORDER BY name LIMIT ?", sql::Bind(*after, kCandidatesAtOnce),
                                [&](const sql::Row& row) { names.emplace_back(*after = row.Text(0)); }));
  if (names.empty()) return false;
  std::vector<std::string> told;
  RETURN_IF_ERROR(session.Query(
      absl::StrCat("SELECT payload FROM event WHERE payload IS NOT NULL AND aggregateid IN (", sql::Placeholders(names.size()), ")"), names,
      [&](const sql::Row& row) { told.push_back(row.Text(0)); }));
  seal::Opener opener(store.person_keys());
  for (const std::string& json : told) opener.Add(json);
  RETURN_IF_ERROR(opener.Load(session));
  for (std::string& json : told) {
    RETURN_IF_ERROR(opener.Json(*v1::Candidate::descriptor(), &json));
    v1::Candidate candidate;
    if (!record::FromJson(json, &candidate)) return absl::DataLossError("an event of a candidate cannot be read");
    RETURN_IF_ERROR(HashAnew(session, secret, digest, candidate));
  }
  return names.size() == kCandidatesAtOnce;
}

}  // namespace

Digest ContactFingerprint(record::Store& store) {
  return [&keys = store.person_keys()](const std::string& purpose, const std::string& text) { return keys.Fingerprint(purpose, text); };
}

void TakeOverContacts(record::Store& store, const Digest& digest) {
  std::string secret, after;
  bool more = true;
  absl::Status status = store.database().Read(absl::Now() + kPatience, [&](sql::Session& session) {
    return session.Query("SELECT secret FROM contact_secrets WHERE name = 'candidates'", {},
                         [&](const sql::Row& row) { secret = row.Text(0); });
  });
  if (status.ok() && secret.empty()) return;
  while (status.ok() && more) {
    status = store.database().Write(absl::Now() + kPatience, [&](sql::Session& session) -> absl::Status {
      std::string reached = after;
      ASSIGN_OR_RETURN(more, HashPortion(store, session, secret, digest, &reached));
      after = reached;
      return more ? absl::OkStatus() : session.Execute("DELETE FROM contact_secrets WHERE name = 'candidates'", {}).status();
    });
  }
  if (!status.ok()) status::Die("candidates", absl::StrCat("contacts cannot be hashed anew: ", status.ToString()));
}

}  // namespace heitie::personnel
