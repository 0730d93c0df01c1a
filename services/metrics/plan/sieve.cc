#include "services/metrics/plan/sieve.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "common/sql/placeholders.h"
#include "common/status/macros.h"
#include "services/metrics/engine/chunks.h"
#include "services/metrics/plan/accounts.h"
#include "services/metrics/plan/dead_letter_table.h"

namespace heitie::metrics {
namespace {

constexpr absl::Duration kForgettingPace = absl::Minutes(10);
constexpr int kForgottenTogether = 5000;

// The order in which ids are locked.
std::vector<size_t> OrderOf(const std::vector<Claim>& claims) {
  std::vector<size_t> order(claims.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return std::tie(claims[a].event_name, claims[a].event_id) < std::tie(claims[b].event_name, claims[b].event_id);
  });
  return order;
}

absl::Status TakeIds(sql::Session& session, const std::vector<const Claim*>& claims, absl::Time now) {
  sql::Values values;
  for (const Claim* claim : claims) {
    for (sql::Value& v :
         sql::Bind(claim->event_name, claim->event_id, claim->producer, claim->sequence, claim->position, claim->expire_time)) {
      values.push_back(std::move(v));
    }
  }
  // The servers assign from left to right, so that the time by which the others decide is the last.
  std::string tail = " ON DUPLICATE KEY UPDATE ";
  for (const char* column : {"producer", "sequence", "position", "expire_time"}) {
    absl::StrAppend(&tail, values.size() == claims.size() * 6 ? "" : ", ", column, " = IF(expire_time <= ?, VALUES(", column, "), ", column,
                    ")");
    values.emplace_back(now);
  }
  return session
      .Execute(absl::StrCat("INSERT INTO event_identity (event_name, event_id, producer, sequence, position, expire_time) VALUES ",
                            sql::Placeholders(claims.size(), "(?,?,?,?,?,?)"), tail),
               values)
      .status();
}

using IdKey = std::pair<std::string, std::string>;
using RowKey = std::tuple<std::string, int64_t, int>;

absl::Status ReadOwners(sql::Session& session, const std::vector<const Claim*>& claims, std::map<IdKey, RowKey>& owners) {
  sql::Values values;
  for (const Claim* claim : claims) {
    values.emplace_back(claim->event_name);
    values.emplace_back(claim->event_id);
  }
  return session.Query(absl::StrCat("SELECT event_name, event_id, producer, sequence, position FROM event_identity "
                                    "WHERE (event_name, event_id) IN (",
                                    sql::Placeholders(claims.size(), "(?,?)"), ")"),
                       values, [&](const sql::Row& row) {
                         owners[{row.Text(0), row.Text(1)}] = {row.Text(2), row.Int(3), static_cast<int>(row.Int(4))};
                       });
}

// The claims of points that are accepted as far as the plan goes, with the indexes of these.
struct SieveClaims {
  std::vector<Claim> claims;
  std::vector<size_t> points;
};

SieveClaims ClaimsOf(const Batch& batch, const Plan& plan, const std::vector<bool>& quarantined, absl::Time now) {
  SieveClaims result;
  if (batch.kind != kEventKind) return result;
  for (size_t i = 0; i < batch.points.size(); ++i) {
    const Point& point = batch.points[i];
    if (quarantined[i] || point.event_id.empty()) continue;
    const Judgement* judgement = plan.Find(batch.kind, point.name);
    const std::optional<absl::Duration> horizon = judgement == nullptr ? std::nullopt : judgement->identity();
    if (!horizon) continue;
    result.claims.push_back({point.name, point.event_id, batch.producer, batch.sequence, point.position, now + *horizon});
    result.points.push_back(i);
  }
  return result;
}

std::shared_ptr<const Batch> AcceptedOf(const Batch& batch, const std::vector<Fate>& fates) {
  if (std::all_of(fates.begin(), fates.end(), [](Fate fate) { return fate == Fate::kAccepted; })) {
    return {std::shared_ptr<const Batch>(), &batch};
  }
  auto accepted = std::make_shared<Batch>(Batch{batch.kind, batch.producer, batch.sequence, batch.digest, {}});
  for (size_t i = 0; i < batch.points.size(); ++i) {
    if (fates[i] == Fate::kAccepted) accepted->points.push_back(batch.points[i]);
  }
  return accepted;
}

// Which points are quarantined or have another fate already.
std::vector<bool> LeftOut(const std::vector<Fate>& fates, std::vector<bool> quarantined) {
  for (size_t i = 0; i < fates.size(); ++i) quarantined[i] = quarantined[i] || fates[i] != Fate::kAccepted;
  return quarantined;
}

std::string SievePath(const Batch& batch, int position, const std::string& field) {
  return absl::StrCat(batch.kind == kEventKind ? "events[" : "measurements[", position, "].", field);
}

// Everything that is wrong with the batch.
absl::Status Refusal(const Batch& batch, const Verdict& verdict) {
  status::BadFields bad;
  for (const auto& [index, violated] : verdict.violated) {
    for (const Violated& one : violated) {
      bad.Add(SievePath(batch, batch.points[index].position, one.field), SentenceOf(one.reason), one.args);
    }
  }
  return bad.status();
}

// Names without a schema, where the producer is set so: they refuse.
void JudgeNames(const Batch& batch, const Plan& plan, Verdict& verdict) {
  std::vector<std::pair<size_t, std::vector<Violated>>> all;
  auto rest = verdict.violated.begin();
  const std::string field = batch.kind == kEventKind ? "event_name" : "measurement_name";
  for (size_t i = 0; i < batch.points.size(); ++i) {
    std::vector<Violated> violated;
    if (rest != verdict.violated.end() && rest->first == i) violated = std::move((rest++)->second);
    if (plan.Find(batch.kind, batch.points[i].name) == nullptr) {
      violated.push_back({v1::Violation::REASON_UNPLANNED_NAME, v1::ViolationRule::ACTION_REFUSE, field, {{"name", batch.points[i].name}}});
    }
    if (!violated.empty()) all.emplace_back(i, std::move(violated));
  }
  verdict.violated = std::move(all);
}

// Where it deviates. Keys that the schema does not know are not told apart: there may be any number of them.
std::string DeviationField(const Violated& violated) {
  const bool unknown = violated.reason == v1::Violation::REASON_PROPERTY_UNKNOWN;
  return unknown ? violated.field.substr(0, violated.field.find('[')) : violated.field;
}

std::map<Deviation, int64_t> DeviationsOf(const Batch& batch, const Verdict& verdict, const std::vector<Fate>& fates) {
  std::map<Deviation, int64_t> deviations;
  std::map<std::string, int64_t> unplanned;
  for (size_t i = 0; i < batch.points.size(); ++i) {
    if (fates[i] == Fate::kAccepted && verdict.plan->Find(batch.kind, batch.points[i].name) == nullptr) ++unplanned[batch.points[i].name];
  }
  for (const auto& [name, count] : unplanned) {
    deviations[{batch.kind, batch.producer, name, v1::Violation::REASON_UNPLANNED_NAME, ""}] = count;
  }
  for (const auto& [index, violated] : verdict.violated) {
    if (fates[index] != Fate::kAccepted) continue;
    for (const Violated& one : violated) {
      ++deviations[{batch.kind, batch.producer, batch.points[index].name, one.reason, DeviationField(one)}];
    }
  }
  return deviations;
}

}  // namespace

void ForAdmitted(const Batch& batch, const Verdict& verdict, absl::FunctionRef<void(const Point&)> each) {
  auto rest = verdict.violated.begin();
  for (size_t i = 0; i < batch.points.size(); ++i) {
    const bool wrong = rest != verdict.violated.end() && rest->first == i;
    if (!wrong || SeverestOf(rest->second) == v1::ViolationRule::ACTION_OBSERVE) each(batch.points[i]);
    if (wrong) ++rest;
  }
}

absl::StatusOr<std::set<size_t>> ClaimIds(sql::Session& session, const std::vector<Claim>& claims, absl::Time now) {
  const std::vector<size_t> order = OrderOf(claims);
  std::map<IdKey, RowKey> owners;
  RETURN_IF_ERROR(ForChunks(order.size(), [&](size_t begin, size_t size) -> absl::Status {
    std::vector<const Claim*> chunk;
    for (size_t i = begin; i < begin + size; ++i) chunk.push_back(&claims[order[i]]);
    RETURN_IF_ERROR(TakeIds(session, chunk, now));
    return ReadOwners(session, chunk, owners);
  }));
  std::set<size_t> others;
  for (size_t i = 0; i < claims.size(); ++i) {
    const Claim& claim = claims[i];
    if (owners[{claim.event_name, claim.event_id}] != RowKey(claim.producer, claim.sequence, claim.position)) others.insert(i);
  }
  return others;
}

absl::Status ReleaseIds(sql::Session& session, const std::vector<Claim>& claims) {
  const std::vector<size_t> order = OrderOf(claims);
  return ForChunks(order.size(), [&](size_t begin, size_t size) {
    sql::Values ids, rows;
    for (size_t i = begin; i < begin + size; ++i) {
      const Claim& claim = claims[order[i]];
      for (const sql::Value& value : sql::Bind(claim.event_name, claim.event_id)) ids.push_back(value);
      for (const sql::Value& value : sql::Bind(claim.event_name, claim.event_id, claim.producer, claim.sequence, claim.position)) {
        rows.push_back(value);
      }
    }
    ids.insert(ids.end(), rows.begin(), rows.end());
    // The first condition is found by the key, the second tells whose it is.
    return session
        .Execute(
            absl::StrCat("DELETE FROM event_identity WHERE (event_name, event_id) IN (", sql::Placeholders(size, "(?,?)"),
                         ") AND (event_name, event_id, producer, sequence, position) IN (", sql::Placeholders(size, "(?,?,?,?,?)"), ")"),
            ids)
        .status();
  });
}

Sieve::Sieve(record::Store& store, job::Runner& jobs, Plans& plans) : store_(store), plans_(plans) {
  jobs.Recur("forget-event-ids", kForgettingPace, [this](const rpc::Call& call, const job::Job&) { return job::Outcome{Forget(call)}; });
}

// What stays for the next time judges nothing any more: an id whose time is over is free.
absl::Status Sieve::Forget(const rpc::Call& call) const {
  return store_.database().Write(call.deadline, [&](sql::Session& session) {
    return session
        .Execute(absl::StrCat("DELETE FROM event_identity WHERE expire_time <= ? ORDER BY expire_time LIMIT ", kForgottenTogether),
                 sql::Bind(call.now))
        .status();
  });
}

std::vector<Violated> Sieve::JudgePoint(const Plan& plan, const std::string& kind, const Point& point, absl::Time delivered,
                                        absl::Time now) const {
  return metrics::Judge(plan.Find(kind, point.name), plan.PatternsAt(now), point, delivered, plan.FirstKept(kind, point.name));
}

absl::StatusOr<Verdict> Sieve::Judge(sql::Session& session, const Batch& batch, absl::Time now) const {
  int64_t version = 0;
  bool refuses_unplanned = false;
  RETURN_IF_ERROR(
      session.Query("SELECT version, COALESCE((SELECT refuses_unplanned FROM producers WHERE name = ?), 0) FROM plan_version WHERE id = 1",
                    sql::Bind(batch.producer), [&](const sql::Row& row) {
                      version = row.Int(0);
                      refuses_unplanned = row.Int(1) != 0;
                    }));
  Verdict verdict;
  ASSIGN_OR_RETURN(verdict.plan, plans_.Of(session, version));
  bool refused = false;
  for (size_t i = 0; i < batch.points.size(); ++i) {
    std::vector<Violated> violated = JudgePoint(*verdict.plan, batch.kind, batch.points[i], now, now);
    if (violated.empty()) continue;
    refused |= SeverestOf(violated) == v1::ViolationRule::ACTION_REFUSE;
    verdict.violated.emplace_back(i, std::move(violated));
  }
  if (refuses_unplanned) {
    const auto planned = [&](const Point& point) { return verdict.plan->Find(batch.kind, point.name) != nullptr; };
    if (!std::all_of(batch.points.begin(), batch.points.end(), planned)) {
      JudgeNames(batch, *verdict.plan, verdict);
      refused = true;
    }
  }
  if (refused) return Refusal(batch, verdict);
  return verdict;
}

absl::StatusOr<Sifted> Sieve::Settle(record::Transaction& tx, const Batch& batch, const Verdict& verdict,
                                     const std::set<std::string>& barred) const {
  std::vector<bool> quarantined(batch.points.size());
  for (const auto& [index, violated] : verdict.violated) quarantined[index] = SeverestOf(violated) != v1::ViolationRule::ACTION_OBSERVE;
  std::vector<Fate> fates(batch.points.size(), Fate::kAccepted);
  for (size_t i = 0; i < batch.points.size(); ++i) {
    if (barred.contains(batch.points[i].user)) fates[i] = Fate::kDiscarded;
  }
  const SieveClaims claims = ClaimsOf(batch, *verdict.plan, LeftOut(fates, quarantined), tx.call.now);
  ASSIGN_OR_RETURN(const std::set<size_t> known, ClaimIds(tx.sql, claims.claims, tx.call.now));
  for (const size_t claim : known) fates[claims.points[claim]] = Fate::kDuplicate;
  std::vector<v1::DeadLetter> letters;
  for (const auto& [index, violated] : verdict.violated) {
    if (!quarantined[index] || fates[index] == Fate::kDiscarded) continue;
    fates[index] = Fate::kQuarantined;
    const Judgement* judgement = verdict.plan->Find(batch.kind, batch.points[index].name);
    letters.push_back(MakeDeadLetter(batch, batch.points[index], violated, judgement == nullptr ? "" : judgement->name(), tx.call.now));
  }
  Sifted sifted;
  Booking booking;
  for (size_t i = 0; i < batch.points.size(); ++i) {
    booking.Deliver(batch, batch.points[i], fates[i]);
    sifted.quarantined += fates[i] == Fate::kQuarantined;
    sifted.duplicates += fates[i] == Fate::kDuplicate;
    sifted.discarded += fates[i] == Fate::kDiscarded;
  }
  sifted.accepted = AcceptedOf(batch, fates);
  RETURN_IF_ERROR(InsertDeadLetters(tx.sql, letters));
  RETURN_IF_ERROR(CountDeviations(tx.sql, DeviationsOf(batch, verdict, fates), tx.call.now));
  RETURN_IF_ERROR(booking.Write(tx.sql, tx.call.now));
  return sifted;
}

}  // namespace heitie::metrics
