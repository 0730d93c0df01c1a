#include "services/metrics/plan/accounts.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/sql/placeholders.h"
#include "common/status/macros.h"
#include "common/text/markdown.h"
#include "common/time/day.h"
#include "heitie/options/v1/access.pb.h"
#include "services/metrics/engine/chunks.h"

namespace heitie::metrics {
namespace {

constexpr size_t kIdDigits = 24;  // hexadecimal: two of a trillion names meet with a probability below 10⁻⁴

constexpr rpc::Role kStaff[] = {options::v1::ROLE_OPERATIONS_MANAGER, options::v1::ROLE_OPERATIONS_SPECIALIST,
                                options::v1::ROLE_DATA_ANALYST, options::v1::ROLE_DEPARTMENT_MEMBER, options::v1::ROLE_PLATFORM_ENGINEER};

std::string EventNameOf(const std::string& kind, const std::string& name) { return kind == kEventKind ? name : ""; }
std::string MeasurementNameOf(const std::string& kind, const std::string& name) { return kind == kEventKind ? "" : name; }

void AppendTally(const Tally& tally, sql::Values& values) {
  for (const int64_t n : {tally.delivered(), tally.accepted, tally.duplicate, tally.quarantined, tally.discarded}) values.emplace_back(n);
}

constexpr char kTallyColumns[] = "delivered_count, accepted_count, duplicate_count, quarantined_count, discarded_count";
constexpr char kAddTally[] =
    " ON DUPLICATE KEY UPDATE delivered_count = delivered_count + VALUES(delivered_count), "
    "accepted_count = accepted_count + VALUES(accepted_count), duplicate_count = duplicate_count + VALUES(duplicate_count), "
    "quarantined_count = quarantined_count + VALUES(quarantined_count), discarded_count = discarded_count + VALUES(discarded_count)";

absl::Status MoveTally(sql::Session& session, const std::string& table, const std::string& name, const Tally& moved) {
  sql::Values values = sql::Bind(moved.accepted, moved.duplicate, moved.quarantined, moved.discarded);
  std::string sets =
      "accepted_count = accepted_count + ?, duplicate_count = duplicate_count + ?, "
      "quarantined_count = quarantined_count + ?, discarded_count = discarded_count + ?";
  if (moved.sum_minor != 0) {
    sets += ", sum_minor = sum_minor + ?";
    values.emplace_back(moved.sum_minor);
  }
  values.emplace_back(name);
  return session.Execute(absl::StrCat("UPDATE ", table, " SET ", sets, " WHERE name = ?"), values).status();
}

// Writes the rows that `row` gives for each entry in statements of many.
template <typename Map, typename Row>
absl::Status InsertEach(sql::Session& session, const Map& map, const std::string& head, const std::string& places, const std::string& tail,
                        const Row& row) {
  auto it = map.begin();
  return ForChunks(map.size(), [&](size_t, size_t size) {
    sql::Values values;
    for (size_t i = 0; i < size; ++i, ++it) row(it->first, it->second, values);
    return session.Execute(absl::StrCat(head, sql::Placeholders(size, places), tail), values).status();
  });
}

// The entry of `key`, a tuple of references.
template <typename Map, typename Key>
typename Map::mapped_type& FindOrAdd(Map& map, const Key& key) {
  const auto it = map.find(key);
  return it != map.end() ? it->second : map[key];
}

std::string DayAccountName(const std::string& producer, absl::CivilDay day, const std::string& kind, const std::string& name) {
  return absl::StrCat(producer, "/deliveryAccounts/", DayAccountId(day, kind, name));
}

}  // namespace

int64_t& Tally::Of(Fate fate) {
  switch (fate) {
    case Fate::kAccepted:
      return accepted;
    case Fate::kDuplicate:
      return duplicate;
    case Fate::kQuarantined:
      return quarantined;
    case Fate::kDiscarded:
      break;
  }
  return discarded;
}

void Booking::Deliver(const Batch& batch, const Point& point, Fate fate) {
  Tally& day = FindOrAdd(new_days_, std::tie(batch.producer, point.day, batch.kind, point.name));
  ++day.Of(fate);
  if (fate != Fate::kDuplicate) day.sum_minor += point.value_minor.value_or(0);
  BatchTally& whole = FindOrAdd(new_batches_, std::tie(batch.producer, batch.sequence));
  ++whole.tally.Of(fate);
  whole.last_occur_time = std::max(whole.last_occur_time, point.occur_time);
}

void Booking::Move(const std::string& kind, const std::string& producer, int64_t sequence, absl::CivilDay day, const std::string& name,
                   int64_t minor, Fate from, Fate to) {
  if (to == Fate::kDuplicate) moved_days_[{producer, day, kind, name}].sum_minor -= minor;
  for (Tally* tally : {&moved_days_[{producer, day, kind, name}], &moved_batches_[{producer, sequence}]}) {
    --tally->Of(from);
    ++tally->Of(to);
  }
}

absl::Status Booking::Write(sql::Session& session, absl::Time now) const {
  RETURN_IF_ERROR(InsertEach(
      session, new_batches_,
      absl::StrCat("INSERT INTO batch_accounts (name, producer, sequence, arrive_time, last_occur_time, ", kTallyColumns, ") VALUES "),
      "(?,?,?,?,?,?,?,?,?,?)", kAddTally, [&](const BatchKey& key, const BatchTally& batch, sql::Values& values) {
        const auto& [producer, sequence] = key;
        for (sql::Value& v : sql::Bind(BatchAccountName(producer, sequence), producer, sequence, now, batch.last_occur_time)) {
          values.push_back(std::move(v));
        }
        AppendTally(batch.tally, values);
      }));
  for (const auto& [key, moved] : moved_batches_) {
    RETURN_IF_ERROR(MoveTally(session, "batch_accounts", BatchAccountName(std::get<0>(key), std::get<1>(key)), moved));
  }
  RETURN_IF_ERROR(InsertEach(session, new_days_,
                             absl::StrCat("INSERT INTO delivery_accounts (name, producer, date, event_name, measurement_name, sum_minor, ",
                                          kTallyColumns, ") VALUES "),
                             "(?,?,?,?,?,?,?,?,?,?,?)", absl::StrCat(kAddTally, ", sum_minor = sum_minor + VALUES(sum_minor)"),
                             [&](const DayKey& key, const Tally& tally, sql::Values& values) {
                               const auto& [producer, day, kind, name] = key;
                               for (sql::Value& v : sql::Bind(DayAccountName(producer, day, kind, name), producer, time::DayText(day),
                                                              EventNameOf(kind, name), MeasurementNameOf(kind, name), tally.sum_minor)) {
                                 values.push_back(std::move(v));
                               }
                               AppendTally(tally, values);
                             }));
  for (const auto& [key, moved] : moved_days_) {
    const auto& [producer, day, kind, name] = key;
    RETURN_IF_ERROR(MoveTally(session, "delivery_accounts", DayAccountName(producer, day, kind, name), moved));
  }
  return absl::OkStatus();
}

std::string DayAccountId(absl::CivilDay day, const std::string& kind, const std::string& name) {
  return absl::StrCat(absl::FormatCivilTime(day), "-", text::Sha256Hex(absl::StrCat(kind, " ", name)).substr(0, kIdDigits));
}

std::string BatchAccountName(const std::string& producer, int64_t sequence) { return absl::StrCat(producer, "/batchAccounts/", sequence); }

absl::Status CountDeviations(sql::Session& session, const std::map<Deviation, int64_t>& deviations, absl::Time now) {
  return InsertEach(
      session, deviations,
      "INSERT INTO plan_deviations (name, producer, event_name, measurement_name, reason, field, count, first_time, last_time) VALUES ",
      "(?,?,?,?,?,?,?,?,?)", " ON DUPLICATE KEY UPDATE count = count + VALUES(count), last_time = GREATEST(last_time, VALUES(last_time))",
      [&](const Deviation& d, int64_t count, sql::Values& values) {
        const std::string id = text::Sha256Hex(absl::StrCat(d.kind, " ", d.name, " ", d.producer, " ", d.reason, " ", d.field));
        for (sql::Value& v : sql::Bind(absl::StrCat("planDeviations/", id.substr(0, kIdDigits)), d.producer, EventNameOf(d.kind, d.name),
                                       MeasurementNameOf(d.kind, d.name), v1::Violation::Reason_Name(d.reason), d.field, count, now, now)) {
          values.push_back(std::move(v));
        }
      });
}

record::Rule StaffOrOwnProducer() {
  record::Rule rule = record::Own("producer");
  for (const rpc::Role role : kStaff) rule = rule || record::Holds(role);
  return rule;
}

bool IsStaff(const rpc::Principal& caller) {
  for (const rpc::Role role : kStaff) {
    if (caller.Has(role)) return true;
  }
  return false;
}

Accounts::Accounts(record::Store& store) : days_(store), batches_(store), deviations_(store) {
  days_.RestrictRows(StaffOrOwnProducer());
  batches_.RestrictRows(StaffOrOwnProducer());
  deviations_.RestrictRows(StaffOrOwnProducer());
}

void Accounts::Bind(record::Methods& methods) {
  methods.Lists(days_);
  methods.Reads(batches_);
  methods.Lists(deviations_);
}

}  // namespace heitie::metrics
