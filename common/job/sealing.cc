#include "common/job/sealing.h"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "common/observe/metrics.h"
#include "common/record/columns.h"
#include "common/rpc/name_pattern.h"
#include "common/seal/cipher.h"
#include "common/seal/seal.h"
#include "common/status/macros.h"
#include "google/api/resource.pb.h"
#include "google/protobuf/io/coded_stream.h"

namespace heitie::job {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::Message;

constexpr absl::Duration kSealingInterval = absl::Minutes(1);
constexpr absl::Duration kRewrapInterval = absl::Minutes(1);
// In a transaction, which holds up who writes to the same rows.
constexpr int kSealedAtOnce = 100;
constexpr int kRewrappedAtOnce = 500;
constexpr absl::Duration kLookTime = absl::Seconds(1);
// In the table of progress, besides kinds: the first answers.
constexpr char kAnswers[] = "answers";
constexpr char kEvents[] = "SELECT sequence, position, aggregateid, before_json, payload FROM event ";

std::unique_ptr<Message> New(const Descriptor& type) {
  return std::unique_ptr<Message>(google::protobuf::MessageFactory::generated_factory()->GetPrototype(&type)->New());
}

std::string TypeOf(const Descriptor& kind) { return kind.options().GetExtension(google::api::resource).type(); }

// Short, and another one when declarations are.
std::string DigestOf(const std::string& declarations) { return seal::Hmac("declarations", declarations); }

struct Progress {
  int64_t position = 0;
  std::string answer;  // the last one: principal and request id
};

absl::StatusOr<Progress> ProgressOf(sql::Session& session, const std::string& subject, const std::string& digest) {
  Progress progress;
  RETURN_IF_ERROR(session.Query("SELECT position, answer FROM sealing WHERE subject = ? AND fields = ? FOR UPDATE",
                                sql::Bind(subject, digest), [&](const sql::Row& row) {
                                  progress.position = row.Int(0);
                                  progress.answer = row.Text(1);
                                }));
  return progress;
}

absl::Status SetProgress(sql::Session& session, const std::string& subject, const std::string& digest, const Progress& progress) {
  return session
      .Execute(
          "INSERT INTO sealing (subject, fields, position, answer) VALUES (?, ?, ?, ?) ON DUPLICATE KEY UPDATE fields = VALUES(fields), "
          "position = VALUES(position), answer = VALUES(answer)",
          sql::Bind(subject, digest, progress.position, progress.answer))
      .status();
}

struct Recorded {
  int64_t sequence = 0, position = 0;
  std::string subject, before, after;
  bool has_before = false, has_after = false;
};

absl::StatusOr<std::vector<Recorded>> EventsOf(sql::Session& session, const std::string& tail, const sql::Values& values) {
  std::vector<Recorded> events;
  RETURN_IF_ERROR(session.Query(kEvents + tail, values, [&](const sql::Row& row) {
    events.push_back({row.Int(0), row.Int(1), row.Text(2), row.Text(3), row.Text(4), !row.IsNull(3), !row.IsNull(4)});
  }));
  return events;
}

// Whether it was changed, as what was written plain is.
absl::StatusOr<bool> SealEvent(record::Transaction& tx, const Descriptor& kind, const Recorded& event) {
  sql::Value sides[2];
  bool changed = false;
  const std::pair<bool, const std::string*> stored[2] = {{event.has_before, &event.before}, {event.has_after, &event.after}};
  for (int i = 0; i < 2; ++i) {
    if (!stored[i].first) continue;
    std::string json = *stored[i].second;
    RETURN_IF_ERROR(tx.seals->Json(kind, &json));
    changed |= json != *stored[i].second;
    sides[i] = std::move(json);
  }
  if (!changed) return false;
  RETURN_IF_ERROR(
      tx.sql.Execute("UPDATE event SET before_json = ?, payload = ? WHERE sequence = ?", {sides[0], sides[1], event.sequence}).status());
  return true;
}

absl::Status SealRow(record::Transaction& tx, const Descriptor& kind, const std::string& name) {
  const std::vector<record::Column> columns = record::ColumnsOf(kind);
  const std::string table = record::TableOf(kind);
  const std::string names =
      absl::StrJoin(columns, ", ", [](std::string* out, const record::Column& column) { absl::StrAppend(out, record::Quoted(column)); });
  const std::unique_ptr<Message> row_message = New(kind);
  std::vector<std::pair<const record::Column*, std::string>> texts;
  absl::Status mapped;
  RETURN_IF_ERROR(tx.sql.Query(absl::StrCat("SELECT ", names, " FROM ", table, " WHERE name = ? FOR UPDATE"), sql::Bind(name),
                               [&](const sql::Row& row) {
                                 for (size_t i = 0; i < columns.size() && mapped.ok(); ++i) {
                                   const int index = static_cast<int>(i);
                                   if (!seal::HoldsPersonal(*columns[i].field)) {
                                     mapped = record::WriteField(row, index, columns[i], row_message.get());
                                   } else if (!row.IsNull(index)) {
                                     texts.emplace_back(&columns[i], row.Text(index));
                                   }
                                 }
                               }));
  RETURN_IF_ERROR(mapped);
  std::string assigned;
  sql::Values values;
  for (const auto& [column, text] : texts) {
    if (text.empty()) continue;
    ASSIGN_OR_RETURN(std::string sealed, tx.seals->Column(*row_message, *column->field, text));
    if (sealed == text) continue;
    absl::StrAppend(&assigned, assigned.empty() ? "" : ", ", record::Quoted(*column), " = ?");
    values.emplace_back(std::move(sealed));
  }
  if (assigned.empty()) return absl::OkStatus();
  values.emplace_back(name);
  return tx.sql.Execute(absl::StrCat("UPDATE ", table, " SET ", assigned, " WHERE name = ?"), values).status();
}

absl::Status SealEvents(record::Transaction& tx, const Descriptor& kind, const std::vector<Recorded>& events) {
  std::set<std::string> subjects;
  for (const Recorded& event : events) {
    ASSIGN_OR_RETURN(const bool plain, SealEvent(tx, kind, event));
    if (plain) subjects.insert(event.subject);
  }
  for (const std::string& subject : subjects) RETURN_IF_ERROR(SealRow(tx, kind, subject));
  return absl::OkStatus();
}

// A portion of the events of a kind; whether there may be more.
absl::StatusOr<bool> SealPortion(record::Transaction& tx, const Descriptor& kind) {
  const std::string type = TypeOf(kind), digest = DigestOf(seal::DeclarationsOf(kind));
  ASSIGN_OR_RETURN(Progress progress, ProgressOf(tx.sql, type, digest));
  ASSIGN_OR_RETURN(const std::vector<Recorded> events,
                   EventsOf(tx.sql, "FORCE INDEX (event_type) WHERE aggregatetype = ? AND position > ? ORDER BY position LIMIT ?",
                            sql::Bind(type, progress.position, kSealedAtOnce)));
  if (events.empty()) return false;
  RETURN_IF_ERROR(SealEvents(tx, kind, events));
  progress.position = events.back().position;
  RETURN_IF_ERROR(SetProgress(tx.sql, type, digest, progress));
  return events.size() == kSealedAtOnce;
}

// The text in field 1, which names come first as; empty: the bytes begin with something else.
std::string FirstText(const std::string& bytes) {
  constexpr uint32_t kFirstText = 1 << 3 | 2;  // field 1, a length and so many bytes
  google::protobuf::io::CodedInputStream input(reinterpret_cast<const uint8_t*>(bytes.data()), static_cast<int>(bytes.size()));
  uint32_t size = 0;
  std::string text;
  if (input.ReadTag() != kFirstText || !input.ReadVarint32(&size) || size > bytes.size()) return "";
  return input.ReadString(&text, static_cast<int>(size)) ? text : "";
}

// The answer, if it is a resource of the kind that was written plain. An answer does not tell its type: it is one if it reads as one to the
// last byte and bears such a name.
std::unique_ptr<Message> PlainAnswer(const Descriptor& kind, const std::string& bytes) {
  const std::string& pattern = kind.options().GetExtension(google::api::resource).pattern(0);
  if (!rpc::MatchesPattern(FirstText(bytes), pattern)) return nullptr;
  std::unique_ptr<Message> answer = New(kind);
  if (!answer->ParseFromString(bytes)) return nullptr;
  if (!answer->GetReflection()->GetUnknownFields(*answer).empty()) return nullptr;
  return rpc::MatchesPattern(record::TextOf(*answer, "name"), pattern) ? std::move(answer) : nullptr;
}

absl::StatusOr<bool> SealAnswers(record::Transaction& tx, record::Store& store) {
  std::string declarations;
  for (const auto& [type, kind] : store.sealed_kinds()) absl::StrAppend(&declarations, type, "\n", seal::DeclarationsOf(*kind));
  const std::string digest = DigestOf(declarations);
  ASSIGN_OR_RETURN(Progress progress, ProgressOf(tx.sql, kAnswers, digest));
  if (progress.position > 0) return false;  // done
  const size_t end = progress.answer.find('\n');
  const std::string after = progress.answer.substr(0, end), id = end == std::string::npos ? "" : progress.answer.substr(end + 1);
  struct Answer {
    std::string principal, request_id, response;
  };
  std::vector<Answer> answers;
  RETURN_IF_ERROR(
      tx.sql.Query("SELECT principal, request_id, response FROM idempotency WHERE principal > ? OR (principal = ? AND request_id > "
                   "?) ORDER BY principal, request_id LIMIT ?",
                   sql::Bind(after, after, id, kSealedAtOnce), [&](const sql::Row& row) {
                     answers.push_back({row.Text(0), row.Text(1), row.Text(2)});
                   }));
  for (const Answer& answer : answers) {
    for (const auto& [type, kind] : store.sealed_kinds()) {
      const std::unique_ptr<Message> plain = PlainAnswer(*kind, answer.response);
      if (plain == nullptr) continue;
      ASSIGN_OR_RETURN(const std::string sealed, tx.seals->Bytes(*plain));
      RETURN_IF_ERROR(tx.sql
                          .Execute("UPDATE idempotency SET response = ? WHERE principal = ? AND request_id = ?",
                                   sql::Bind(sealed, answer.principal, answer.request_id))
                          .status());
      break;
    }
  }
  const bool more = answers.size() == kSealedAtOnce;
  if (more) {
    progress.answer = absl::StrCat(answers.back().principal, "\n", answers.back().request_id);
  } else {
    progress.position = 1;
  }
  RETURN_IF_ERROR(SetProgress(tx.sql, kAnswers, digest, progress));
  return more;
}

Outcome SealHistory(record::Store& store, const rpc::Call& call) {
  bool more = false;
  const absl::Status status = store.Write(call, [&](record::Transaction& tx) -> absl::Status {
    more = false;
    tx.seals->SealLate(true);
    for (const auto& [type, kind] : store.sealed_kinds()) {
      ASSIGN_OR_RETURN(const bool rest, SealPortion(tx, *kind));
      more |= rest;
    }
    ASSIGN_OR_RETURN(const bool rest, SealAnswers(tx, store));
    more |= rest;
    return absl::OkStatus();
  });
  if (!status.ok()) return Outcome::Failed(status);
  return more ? Outcome::Again(call.now) : Outcome::Done();
}

}  // namespace

void KeepSealed(Runner& jobs, record::Store& store) {
  if (store.sealed_kinds().empty()) return;
  jobs.Recur("seal-history", kSealingInterval, [&store](const rpc::Call& call, const Job&) { return SealHistory(store, call); });
  jobs.Recur("rewrap-person-keys", kRewrapInterval, [&store](const rpc::Call& call, const Job&) {
    int64_t count = 0;
    const absl::Status status = store.database().Write(call.deadline, [&](sql::Session& session) -> absl::Status {
      ASSIGN_OR_RETURN(count, store.person_keys().Rewrap(session, kRewrappedAtOnce));
      return absl::OkStatus();
    });
    if (!status.ok()) return Outcome::Failed(status);
    return count == kRewrappedAtOnce ? Outcome::Again(call.now) : Outcome::Done();
  });
}

void ShowSealing(record::Store& store) {
  if (store.sealed_kinds().empty()) return;
  observe::RegisterGauge(
      "heitie_person_keys_of_other_master_keys",
      "Keys of persons that are yet to be wrapped by the first master key of this process; -1: it cannot be told.", [&store] {
        double count = -1;
        const absl::Status read = store.database().Read(absl::Now() + kLookTime, [&](sql::Session& session) -> absl::Status {
          ASSIGN_OR_RETURN(const int64_t others, store.person_keys().CountOfOthers(session));
          count = static_cast<double>(others);
          return absl::OkStatus();
        });
        return read.ok() ? count : -1;
      });
}

absl::Status SealHistoryOf(record::Transaction& tx, record::Store& store, const std::string& person) {
  for (const auto& [type, kind] : store.sealed_kinds()) {
    std::set<std::string> subjects;
    const auto add = [&](const std::string& condition, const sql::Values& values) {
      return tx.sql.Query(absl::StrCat("SELECT name FROM ", record::TableOf(*kind), " WHERE ", condition), values,
                          [&](const sql::Row& row) { subjects.insert(row.Text(0)); });
    };
    // '0' follows '/': the person's own row, and what lies below.
    RETURN_IF_ERROR(add("name = ? OR (name > CONCAT(?, '/') AND name < CONCAT(?, '0'))", sql::Bind(person, person, person)));
    for (const std::string& field : seal::PersonFieldsOf(*kind)) RETURN_IF_ERROR(add(absl::StrCat("`", field, "` = ?"), sql::Bind(person)));
    for (const std::string& subject : subjects) {
      ASSIGN_OR_RETURN(const std::vector<Recorded> events, EventsOf(tx.sql, "WHERE aggregateid = ? ORDER BY sequence", sql::Bind(subject)));
      tx.seals->SealLate(true);
      const absl::Status sealed = SealEvents(tx, *kind, events);
      tx.seals->SealLate(false);
      RETURN_IF_ERROR(sealed);
    }
  }
  return absl::OkStatus();
}

}  // namespace heitie::job
