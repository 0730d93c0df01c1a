#include "tests/fault/ledger.h"

#include <algorithm>

#include "absl/time/time.h"

namespace heitie::fault {
namespace {

// The business time zone, which has no clock changes.
absl::TimeZone Taipei() { return absl::FixedTimeZone(8 * 3600); }

int64_t MicrosOf(const google::protobuf::Timestamp& time) { return time.seconds() * 1000000 + time.nanos() / 1000; }

std::string ChannelOf(const google::protobuf::Map<std::string, std::string>& dimensions) {
  const auto it = dimensions.find("channel");
  return it == dimensions.end() ? "" : it->second;
}

}  // namespace

absl::CivilDay LedgerRow::day() const { return absl::ToCivilDay(absl::FromUnixMicros(micros), Taipei()); }

bool IsWrong(const LedgerRow& row) { return row.channel.empty() && (row.name == kOrder || row.name == kCart || row.name == kJunk); }

void Ledger::Deliver(const metrics::v1::IngestEventsRequest& batch) {
  const std::lock_guard lock(mutex_);
  for (const auto& event : batch.events()) {
    LedgerRow& row = rows_.emplace_back();
    row.producer = batch.producer();
    row.sequence = batch.sequence();
    row.name = event.event_name();
    row.user = event.user();
    row.activity = event.activity();
    row.channel = ChannelOf(event.dimensions());
    row.event_id = event.event_id();
    row.micros = MicrosOf(event.occur_time());
    if (event.has_value_minor()) row.minor = event.value_minor();
    if (event.has_value()) row.value = event.value();
  }
}

void Ledger::Deliver(const metrics::v1::IngestMeasurementsRequest& batch) {
  const std::lock_guard lock(mutex_);
  for (const auto& measurement : batch.measurements()) {
    LedgerRow& row = rows_.emplace_back();
    row.producer = batch.producer();
    row.sequence = batch.sequence();
    row.name = measurement.measurement_name();
    row.activity = measurement.activity();
    row.channel = ChannelOf(measurement.dimensions());
    row.micros = MicrosOf(measurement.occur_time());
    row.value = measurement.value();
    row.measured = true;
  }
}

void Ledger::Withdraw(const std::string& producer, int64_t first, int64_t last) {
  const std::lock_guard lock(mutex_);
  for (int64_t sequence = first; sequence <= last; ++sequence) withdrawn_[producer].insert(sequence);
}

void Ledger::Erase(const std::string& user) {
  const std::lock_guard lock(mutex_);
  for (LedgerRow& row : rows_) row.erased |= row.user == user;
}

void Ledger::Bar(const std::string& user) {
  const std::lock_guard lock(mutex_);
  barred_.insert(user);
}

bool Ledger::IsWithdrawn(const LedgerRow& row) const {
  const auto it = withdrawn_.find(row.producer);
  return it != withdrawn_.end() && it->second.contains(row.sequence);
}

bool Ledger::IsGone(const LedgerRow& row) const { return row.erased || barred_.contains(row.user) || IsWithdrawn(row); }

bool Ledger::Counts(const LedgerRow& row) const { return !IsGone(row) && !(IsWrong(row) && row.name == kJunk); }

void Ledger::Book(const LedgerRow& row, Account& account) const {
  ++account.delivered;
  ++(Counts(row) ? account.accepted : account.discarded);
}

std::vector<LedgerRow> Ledger::Counted() const {
  const std::lock_guard lock(mutex_);
  std::vector<LedgerRow> counted;
  std::set<std::string> tickets;
  for (const LedgerRow& row : rows_) {
    if (!Counts(row) || (row.name == kTicket && !tickets.insert(row.event_id).second)) continue;
    counted.push_back(row);
    if (!IsWrong(row)) continue;
    counted.back().channel = kMended;
    if (row.name == kCart) counted.back().name = kBasket;
  }
  return counted;
}

std::map<int64_t, Account> Ledger::BatchesOf(const std::string& producer) const {
  const std::lock_guard lock(mutex_);
  std::map<int64_t, Account> accounts;
  for (const LedgerRow& row : rows_) {
    if (row.producer == producer) Book(row, accounts[row.sequence]);
  }
  return accounts;
}

std::map<std::pair<absl::CivilDay, std::string>, Account> Ledger::DaysOf(const std::string& producer) const {
  const std::lock_guard lock(mutex_);
  std::map<std::pair<absl::CivilDay, std::string>, Account> accounts;
  for (const LedgerRow& row : rows_) {
    if (row.producer == producer) Book(row, accounts[{row.day(), row.name}]);
  }
  return accounts;
}

std::set<std::string> Ledger::Producers() const {
  const std::lock_guard lock(mutex_);
  std::set<std::string> producers;
  for (const LedgerRow& row : rows_) producers.insert(row.producer);
  return producers;
}

int64_t Ledger::LastOf(const std::string& producer) const {
  const std::lock_guard lock(mutex_);
  int64_t last = 0;
  for (const LedgerRow& row : rows_) {
    if (row.producer == producer) last = std::max(last, row.sequence);
  }
  return last;
}

int64_t Ledger::Letters() const {
  const std::lock_guard lock(mutex_);
  return std::count_if(rows_.begin(), rows_.end(),
                       [&](const LedgerRow& row) { return IsWrong(row) && !row.erased && !barred_.contains(row.user); });
}

int64_t Ledger::rows() const {
  const std::lock_guard lock(mutex_);
  return static_cast<int64_t>(rows_.size());
}

}  // namespace heitie::fault
