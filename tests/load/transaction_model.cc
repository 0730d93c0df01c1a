#include "tests/load/transaction_model.h"

#include <atomic>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/time/clock.h"
#include "common/record/store.h"

namespace heitie::load {
namespace {

const size_t kIdLength = record::NewId(absl::UnixEpoch()).size();

// Those parts of a key that record::NewId has made.
std::vector<std::string> IdsIn(const std::string& key) {
  std::vector<std::string> ids;
  for (size_t begin = 0; begin < key.size();) {
    size_t end = begin;
    while (end < key.size() && absl::ascii_isalnum(static_cast<unsigned char>(key[end]))) ++end;
    if (end - begin == kIdLength) ids.push_back(key.substr(begin, kIdLength));
    begin = end + 1;
  }
  return ids;
}

bool IsTime(const std::string& text) {
  absl::Time time;
  return absl::ParseTime("%Y-%m-%d %H:%M:%E*S", text, &time, nullptr);
}

}  // namespace

std::string Unique() {
  static std::atomic<uint64_t> count{0};
  return absl::StrFormat("load-%012d", count++);
}

TransactionModel::TransactionModel(Tables& tables, const std::string& service, Keys keys, const std::set<std::string>& locked,
                                   std::string token, std::string target, const std::function<void()>& call)
    : keys_(std::move(keys)), token_(std::move(token)), target_(std::move(target)) {
  const Snapshot before = Look(tables, service);
  call();
  const Snapshot after = Look(tables, service);
  for (const auto& [table, rows] : after) {
    for (const auto& [key, row] : rows) {
      const auto was = before.at(table).find(key);
      if (was == before.at(table).end()) {
        AddInsert(table, key, row);
      } else if (locked.count(table) > 0 && was->second.values != row.values) {
        AddUpdate(table, key, was->second, row);
      }
    }
  }
  if ((updates_.empty() && !locked.empty()) || inserts_.empty()) Die("nothing was written for " + token_);
}

TransactionModel::Snapshot TransactionModel::Look(Tables& tables, const std::string& service) const {
  Snapshot snapshot;
  for (const auto& [table, key] : keys_) {
    auto& rows = snapshot[table];
    for (Tables::Row& row : tables.ReadAll(service, table, "", {})) rows[std::get<std::string>(row.At(key))] = std::move(row);
  }
  return snapshot;
}

void TransactionModel::AddInsert(const std::string& table, const std::string& key, const Tables::Row& row) {
  const std::vector<std::string> ids = IdsIn(key);
  ids_.insert(ids.begin(), ids.end());
  if (ids.empty() && !absl::StrContains(key, token_)) strange_.insert(key);
  inserts_.emplace_back(table, row);
}

// Numbers rise or fall by as much as they did, and times are the present.
void TransactionModel::AddUpdate(const std::string& table, const std::string& key, const Tables::Row& before, const Tables::Row& after) {
  Update update{table, keys_.at(table), key, "", 0};
  std::vector<std::string> sets;
  for (size_t i = 0; i < after.values.size(); ++i) {
    const std::string& column = after.columns[i];
    if (before.values[i] == after.values[i]) continue;
    const auto* was = std::get_if<std::string>(&before.values[i]);
    const auto* is = std::get_if<std::string>(&after.values[i]);
    int64_t from = 0, to = 0;
    if (is != nullptr && IsTime(*is)) {
      sets.push_back(column + " = ?");
      ++update.times;
    } else if (was != nullptr && is != nullptr && absl::SimpleAtoi(*was, &from) && absl::SimpleAtoi(*is, &to)) {
      sets.push_back(absl::StrCat(column, " = CAST(", column, " AS SIGNED) + ", to - from));
    }
  }
  update.statement = absl::StrCat("UPDATE ", table, " SET ", absl::StrJoin(sets, ", "), " WHERE ", update.key_column, " = ?");
  if (!sets.empty()) updates_.push_back(std::move(update));
}

RawSql::Work TransactionModel::Again(const std::string& target) const {
  static std::atomic<int64_t> numbers{100'000'000'000};  // of ledger entries: twelve digits, beyond those of the service
  const absl::Time now = absl::Now();
  const std::string token = Unique();
  std::vector<std::pair<std::string, std::string>> names = {{token_, token}};
  if (!target_.empty()) names.emplace_back(target_, target);
  for (const std::string& id : ids_) names.emplace_back(id, record::NewId(now));
  for (const std::string& key : strange_) names.emplace_back(key, absl::StrCat(token, key).substr(0, key.size()));
  const auto renamed = [&](const std::string& text) { return absl::StrReplaceAll(text, names); };
  RawSql::Work work;
  for (const Update& update : updates_) {
    work.push_back({absl::StrCat("SELECT * FROM ", update.table, " WHERE ", update.key_column, " = ? FOR UPDATE"), {renamed(update.key)}});
  }
  for (const Update& update : updates_) {
    sql::Values values(static_cast<size_t>(update.times), sql::Value(now));
    values.emplace_back(renamed(update.key));
    work.push_back({update.statement, values});
  }
  for (const auto& [table, model] : inserts_) {
    Tables::Row row = model;
    for (sql::Value& value : row.values) {
      if (const auto* text = std::get_if<std::string>(&value)) value = renamed(*text);
    }
    if (table == "event") row.Clear("`position`");  // as it is until it is placed
    if (absl::EndsWith(table, "_entries")) {
      const int64_t number = numbers++;
      const std::string name = std::get<std::string>(row.At("`name`"));
      row.Set("`name`", absl::StrCat(name.substr(0, name.rfind('/') + 1), number));
      row.Set("`sequence`", number);
    }
    work.push_back(row.InsertInto(table));
  }
  return work;
}

}  // namespace heitie::load
