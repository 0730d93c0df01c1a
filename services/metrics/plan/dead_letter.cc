#include "services/metrics/plan/dead_letter.h"

#include <map>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/sql/placeholders.h"
#include "common/status/macros.h"
#include "common/status/shared.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "heitie/metrics/v1/ingestion.pb.h"
#include "heitie/options/v1/access.pb.h"
#include "services/metrics/engine/chunks.h"
#include "services/metrics/plan/accounts.h"
#include "services/metrics/plan/dead_letter_table.h"

namespace heitie::metrics {

using v1::DeadLetter;

namespace {

constexpr int kDefaultLetters = 500;
constexpr int kMostGroups = 1000;

// A condition of SQL and its parameters.
struct LetterCondition {
  std::string text = "WHERE TRUE";
  sql::Values values;

  template <typename T>
  void And(const std::string& more, const T& value) {
    absl::StrAppend(&text, " AND ", more);
    values.push_back(sql::V(value));
  }
};

template <typename Request>
void AndDates(const Request& request, LetterCondition& condition) {
  if (request.has_start_date()) condition.And("date >= ?", time::DayText(time::ToDay(request.start_date())));
  if (request.has_end_date()) condition.And("date <= ?", time::DayText(time::ToDay(request.end_date())));
}

template <typename Request>
void CheckDates(const Request& request, const std::string& path, status::BadFields& bad) {
  if (!request.has_start_date() || !request.has_end_date()) return;
  const absl::CivilDay start = time::ToDay(request.start_date()), end = time::ToDay(request.end_date());
  if (start <= end) return;
  bad.Add(path + "end_date", status::kDatesReversed, {{"start", time::DayText(start)}, {"end", time::DayText(end)}});
}

LetterCondition ConditionOf(const v1::DeadLetterSelection& selection) {
  LetterCondition condition;
  condition.And("state = ?", std::string("STATE_OPEN"));
  if (selection.names_size() > 0) {
    absl::StrAppend(&condition.text, " AND name IN (", sql::Placeholders(selection.names_size()), ")");
    for (const std::string& name : selection.names()) condition.values.emplace_back(name);
  }
  if (!selection.producer().empty()) condition.And("producer = ?", selection.producer());
  if (!selection.event_name().empty()) condition.And("event_name = ?", selection.event_name());
  if (!selection.measurement_name().empty()) condition.And("measurement_name = ?", selection.measurement_name());
  if (selection.reason() != v1::Violation::REASON_UNSPECIFIED) {
    condition.And("reason = ?", v1::Violation::Reason_Name(selection.reason()));
  }
  AndDates(selection, condition);
  return condition;
}

// Constants and new keys are as ingestion admits them.
absl::Status CheckReplay(const v1::ReplayDeadLettersRequest& request) {
  status::BadFields bad;
  CheckDates(request.selection(), "selection.", bad);
  const v1::DeadLetterRepair& repair = request.repair();
  CheckKeys(repair.dimensions(), "repair.dimensions", bad);
  CheckKeys(repair.properties(), "repair.properties", bad);
  for (const auto& [from, to] : repair.renamed_keys()) {
    google::protobuf::Map<std::string, std::string> renamed;
    renamed[to] = "value";
    CheckKeys(renamed, "repair.renamed_keys", bad);
  }
  return bad.status();
}

int Most(int asked) { return asked == 0 ? kDefaultLetters : asked; }

// One row changes its fate.
void MoveLetter(const DeadLetter& letter, Fate to, Booking& booking) {
  booking.Move(KindOf(letter), letter.producer(), letter.sequence(), time::ToDay(letter.date()), PointNameOf(letter),
               letter.event().value_minor(), Fate::kQuarantined, to);
}

// Writes the end of dead letters that the transaction has locked.
absl::Status CloseLetters(record::Transaction& tx, const std::vector<std::string>& names, DeadLetter::State state,
                          const std::string& reason) {
  return ForChunks(names.size(), [&](size_t begin, size_t size) {
    sql::Values values = sql::Bind(DeadLetter::State_Name(state), reason, tx.call.principal.name, tx.call.now);
    values.insert(values.end(), names.begin() + begin, names.begin() + begin + size);
    return tx.sql
        .Execute(absl::StrCat("UPDATE dead_letters SET state = ?, settle_reason = ?, settler = ?, settle_time = ? WHERE name IN (",
                              sql::Placeholders(size), ")"),
                 values)
        .status();
  });
}

// Locks those that are still open.
absl::StatusOr<std::set<std::string>> LockOpen(sql::Session& session, const std::vector<std::string>& names) {
  std::set<std::string> open;
  RETURN_IF_ERROR(ForChunks(names.size(), [&](size_t begin, size_t size) {
    const sql::Values values(names.begin() + begin, names.begin() + begin + size);
    return session.Query(absl::StrCat("SELECT name FROM dead_letters WHERE name IN (", sql::Placeholders(size),
                                      ") AND state = 'STATE_OPEN' ORDER BY name FOR UPDATE"),
                         values, [&](const sql::Row& row) { open.insert(row.Text(0)); });
  }));
  return open;
}

// Points by the batches that they came in.
using ByBatch = std::map<std::tuple<std::string, int64_t, std::string>, Batch>;
void AddToBatch(const DeadLetter& letter, const Point& point, ByBatch& batches) {
  Batch& batch = batches[{letter.producer(), letter.sequence(), KindOf(letter)}];
  batch.kind = KindOf(letter);
  batch.producer = letter.producer();
  batch.sequence = letter.sequence();
  batch.points.push_back(point);
}

std::vector<Batch> Values(const ByBatch& batches) {
  std::vector<Batch> values;
  for (const auto& entry : batches) values.push_back(entry.second);
  return values;
}

}  // namespace

DeadLetters::DeadLetters(record::Store& store, Plans& plans, const Sieve& sieve, Intake& intake, absl::TimeZone zone)
    : store_(store), plans_(plans), sieve_(sieve), intake_(intake), zone_(zone), letters_(store) {
  letters_.RestrictRows(StaffOrOwnProducer());
  const record::Rule contents =
      record::Own("producer") || record::Holds(options::v1::ROLE_OPERATIONS_MANAGER) || record::Holds(options::v1::ROLE_DATA_ANALYST);
  for (const char* field : {"event", "measurement", "violations.field", "violations.text"}) letters_.RestrictField(field, contents);
}

void DeadLetters::Bind(record::Methods& methods) {
  methods.Reads(letters_);
  methods.Bind("SummarizeDeadLetters", this, &DeadLetters::Summarize);
  methods.Bind("ReplayDeadLetters", this, &DeadLetters::Replay);
  methods.Bind("DiscardDeadLetters", this, &DeadLetters::Discard);
}

absl::StatusOr<v1::SummarizeDeadLettersResponse> DeadLetters::Summarize(const rpc::Call& call,
                                                                        const v1::SummarizeDeadLettersRequest& request) {
  status::BadFields bad;
  CheckDates(request, "", bad);
  RETURN_IF_ERROR(bad.status());
  LetterCondition condition;
  const std::string producer = IsStaff(call.principal) ? request.producer() : call.principal.name;
  if (!producer.empty()) condition.And("producer = ?", producer);
  AndDates(request, condition);
  v1::SummarizeDeadLettersResponse response;
  const std::string counts =
      absl::StrCat("SELECT reason, event_name, measurement_name, producer, state, COUNT(*) FROM dead_letters ", condition.text,
                   " GROUP BY reason, event_name, measurement_name, producer, state ORDER BY COUNT(*) DESC, reason, event_name, "
                   "measurement_name, producer, state");
  int64_t total = 0;
  RETURN_IF_ERROR(store_.Read(call, [&](sql::Session& session) {
    response.clear_groups();
    total = 0;
    return session.Query(counts, condition.values, [&](const sql::Row& row) {
      total += row.Int(5);
      if (response.groups_size() == kMostGroups) return;
      auto& group = *response.add_groups();
      v1::Violation::Reason reason;
      if (v1::Violation::Reason_Parse(row.Text(0), &reason)) group.set_reason(reason);
      group.set_event_name(row.Text(1));
      group.set_measurement_name(row.Text(2));
      group.set_producer(row.Text(3));
      DeadLetter::State state;
      if (DeadLetter::State_Parse(row.Text(4), &state)) group.set_state(state);
      group.set_count(row.Int(5));
    });
  }));
  response.set_total_count(total);
  return response;
}

absl::StatusOr<DeadLetters::Retrials> DeadLetters::Retry(const rpc::Call& call, sql::Session& session,
                                                         const v1::ReplayDeadLettersRequest& request) const {
  Retrials retrials;
  ASSIGN_OR_RETURN(retrials.plan, plans_.Current(session));
  LetterCondition condition = ConditionOf(request.selection());
  condition.And("name > ?", request.after());
  const int most = Most(request.max_count());
  ASSIGN_OR_RETURN(std::vector<DeadLetter> letters,
                   letters_.Select(session, absl::StrCat(condition.text, " ORDER BY name LIMIT ", most + 1), condition.values));
  if (letters.size() > static_cast<size_t>(most)) {
    letters.pop_back();
    retrials.next_after = letters.back().name();
  }
  for (DeadLetter& letter : letters) {
    Retrial& retrial = retrials.all.emplace_back();
    retrial.point = Repaired(PointOf(letter, zone_), request.repair(), retrial.violated);
    if (retrial.violated.empty()) {
      retrial.violated = sieve_.JudgePoint(*retrials.plan, KindOf(letter), retrial.point, time::ToTime(letter.deliver_time()), call.now);
    }
    retrial.letter = std::move(letter);
  }
  return retrials;
}

absl::Status DeadLetters::Settle(record::Transaction& tx, const v1::ReplayDeadLettersRequest& request, const Retrials& retrials,
                                 const Intake::Add& add, v1::ReplayDeadLettersResponse& response, std::vector<Batch>& added) const {
  std::vector<std::string> names;
  for (const Retrial& retrial : retrials.all) names.push_back(retrial.letter.name());
  ASSIGN_OR_RETURN(const std::set<std::string> open, LockOpen(tx.sql, names));
  std::vector<Claim> claims;
  std::map<std::string, size_t> claim_of;
  for (const Retrial& retrial : retrials.all) {
    const Judgement* judgement = retrials.plan->Find(KindOf(retrial.letter), retrial.point.name);
    if (!retrial.heals() || !open.contains(retrial.letter.name()) || judgement == nullptr || !judgement->identity()) continue;
    claim_of[retrial.letter.name()] = claims.size();
    claims.push_back({retrial.point.name, retrial.point.event_id, retrial.letter.producer(), retrial.letter.sequence(),
                      retrial.point.position, tx.call.now + *judgement->identity()});
  }
  ASSIGN_OR_RETURN(const std::set<size_t> known, ClaimIds(tx.sql, claims, tx.call.now));
  std::vector<std::string> replayed, duplicates;
  Booking booking;
  ByBatch batches;
  int still_open = 0;
  for (const Retrial& retrial : retrials.all) {
    const DeadLetter& letter = retrial.letter;
    if (!open.contains(letter.name())) continue;
    if (!retrial.heals()) {
      ++still_open;
      DeadLetter after = letter;
      SetViolations(retrial.violated, after);
      const Judgement* judgement = retrials.plan->Find(KindOf(letter), retrial.point.name);
      after.set_event_schema(judgement == nullptr ? "" : judgement->name());
      RETURN_IF_ERROR(UpdateViolations(tx.sql, after));
      continue;
    }
    const auto claim = claim_of.find(letter.name());
    const bool duplicate = claim != claim_of.end() && known.contains(claim->second);
    (duplicate ? duplicates : replayed).push_back(letter.name());
    MoveLetter(letter, duplicate ? Fate::kDuplicate : Fate::kAccepted, booking);
    if (!duplicate) AddToBatch(letter, retrial.point, batches);
  }
  added = Values(batches);
  for (const Batch& batch : added) RETURN_IF_ERROR(add(tx, batch));
  RETURN_IF_ERROR(CloseLetters(tx, replayed, DeadLetter::STATE_REPLAYED, request.reason()));
  RETURN_IF_ERROR(CloseLetters(tx, duplicates, DeadLetter::STATE_DUPLICATE, request.reason()));
  RETURN_IF_ERROR(booking.Write(tx.sql, tx.call.now));
  response.set_replayed_count(static_cast<int32_t>(replayed.size()));
  response.set_duplicate_count(static_cast<int32_t>(duplicates.size()));
  response.set_open_count(still_open);
  response.set_next_after(retrials.next_after);
  return absl::OkStatus();
}

absl::StatusOr<v1::ReplayDeadLettersResponse> DeadLetters::Replay(const rpc::Call& call, const v1::ReplayDeadLettersRequest& request) {
  RETURN_IF_ERROR(CheckReplay(request));
  v1::ReplayDeadLettersResponse response;
  Retrials retrials;
  const auto retry = [&]() -> absl::Status {
    ASSIGN_OR_RETURN(retrials, store_.Read(call, [&](sql::Session& session) { return Retry(call, session, request); }));
    return absl::OkStatus();
  };
  if (request.dry_run()) {
    RETURN_IF_ERROR(store_.Write(call, request, &response, retry, [&](record::Transaction&) {
      int healed = 0;
      for (const Retrial& retrial : retrials.all) healed += retrial.heals();
      response.set_replayed_count(healed);
      response.set_open_count(static_cast<int32_t>(retrials.all.size()) - healed);
      response.set_next_after(retrials.next_after);
      return absl::OkStatus();
    }));
    return response;
  }
  Intake::Add add;
  const auto prepare = [&]() -> absl::Status {
    RETURN_IF_ERROR(retry());
    ByBatch batches;
    for (const Retrial& retrial : retrials.all) {
      if (retrial.heals()) AddToBatch(retrial.letter, retrial.point, batches);
    }
    ASSIGN_OR_RETURN(add, intake_.Prepare(call, Values(batches)));
    return absl::OkStatus();
  };
  std::vector<Batch> added;
  RETURN_IF_ERROR(store_.Write(call, request, &response, prepare,
                               [&](record::Transaction& tx) { return Settle(tx, request, retrials, add, response, added); }));
  intake_.Added(added);
  return response;
}

absl::StatusOr<v1::DiscardDeadLettersResponse> DeadLetters::Discard(record::Transaction& tx, const v1::DiscardDeadLettersRequest& request) {
  status::BadFields bad;
  CheckDates(request.selection(), "selection.", bad);
  RETURN_IF_ERROR(bad.status());
  const LetterCondition condition = ConditionOf(request.selection());
  const int most = Most(request.max_count());
  ASSIGN_OR_RETURN(
      std::vector<DeadLetter> letters,
      letters_.Select(tx.sql, absl::StrCat(condition.text, " ORDER BY name LIMIT ", most + 1, " FOR UPDATE"), condition.values));
  v1::DiscardDeadLettersResponse response;
  if (letters.size() > static_cast<size_t>(most)) {
    letters.pop_back();
    response.set_more(true);
  }
  RETURN_IF_ERROR(DiscardAll(tx, letters, request.reason()));
  response.set_discarded_count(static_cast<int32_t>(letters.size()));
  return response;
}

absl::Status DeadLetters::DiscardOf(record::Transaction& tx, const std::string& user) {
  ASSIGN_OR_RETURN(const std::vector<DeadLetter> letters,
                   letters_.Select(tx.sql, "WHERE user_id = ? AND state = 'STATE_OPEN' FOR UPDATE", sql::Bind(user)));
  return DiscardAll(tx, letters, "");
}

absl::Status DeadLetters::ForgetUser(record::Transaction& tx, const std::string& user) {
  return tx.sql.Execute("DELETE FROM dead_letters WHERE user_id = ? AND state <> 'STATE_OPEN'", sql::Bind(user)).status();
}

absl::Status DeadLetters::DiscardAll(record::Transaction& tx, const std::vector<DeadLetter>& letters, const std::string& reason) const {
  Booking booking;
  std::vector<std::string> names;
  for (const DeadLetter& letter : letters) {
    names.push_back(letter.name());
    MoveLetter(letter, Fate::kDiscarded, booking);
  }
  RETURN_IF_ERROR(CloseLetters(tx, names, DeadLetter::STATE_DISCARDED, reason));
  return booking.Write(tx.sql, tx.call.now);
}

absl::Status DeadLetters::Withdraw(record::Transaction& tx, const std::string& producer, int64_t first_sequence, int64_t last_sequence,
                                   const std::string& reason) {
  ASSIGN_OR_RETURN(const std::vector<DeadLetter> letters,
                   letters_.Select(tx.sql, "WHERE producer = ? AND sequence BETWEEN ? AND ? AND state = 'STATE_OPEN' FOR UPDATE",
                                   sql::Bind(producer, first_sequence, last_sequence)));
  return DiscardAll(tx, letters, reason);
}

absl::StatusOr<int> DeadLetters::DiscardWaiting(record::Transaction& tx, absl::Time before, const std::string& reason, int most) {
  ASSIGN_OR_RETURN(const std::vector<DeadLetter> letters,
                   letters_.Select(tx.sql, "WHERE state = 'STATE_OPEN' AND deliver_time < ? ORDER BY deliver_time LIMIT ? FOR UPDATE",
                                   sql::Bind(before, most)));
  RETURN_IF_ERROR(DiscardAll(tx, letters, reason));
  return static_cast<int>(letters.size());
}

}  // namespace heitie::metrics
