// The plain model of metrics: every row that was ever delivered, in a list, and what is to have become of it once everything is settled.
// Whatever the service answers is compared with a look through this list.
#ifndef HEITIE_TESTS_FAULT_LEDGER_H_
#define HEITIE_TESTS_FAULT_LEDGER_H_

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/civil_time.h"
#include "heitie/metrics/v1/ingestion.pb.h"

namespace heitie::fault {

// Names of events, and what is done with those that lack their channel.
inline constexpr char kVisit[] = "impression";  // has no schema: nothing can be wrong
inline constexpr char kOrder[] = "order";       // is replayed with the channel kMended
inline constexpr char kCart[] = "cart";         // is replayed so, and as a kBasket
inline constexpr char kBasket[] = "basket";
inline constexpr char kJunk[] = "junk";      // is discarded
inline constexpr char kTicket[] = "ticket";  // counts once by its id, whoever delivers it
inline constexpr char kBought[] = "bought";  // comes by imports
inline constexpr char kDelay[] = "delay";    // is a measurement
inline constexpr char kMended[] = "mended";

// A row as it was delivered.
struct LedgerRow {
  std::string producer;
  int64_t sequence = 0;
  std::string name, user, activity, channel, event_id;
  int64_t micros = 0;
  std::optional<int64_t> minor;
  std::optional<double> value;
  bool measured = false;
  bool erased = false;
  absl::CivilDay day() const;
};

// What is to have become of rows that have a batch, or a producer, day and name, in common.
struct Account {
  int64_t delivered = 0, accepted = 0, discarded = 0, duplicate = 0;
};

// Thread-safe.
class Ledger {
 public:
  // Before a batch is sent for the first time. Whoever sends it does not give up, so that it will have arrived.
  void Deliver(const metrics::v1::IngestEventsRequest& batch);
  void Deliver(const metrics::v1::IngestMeasurementsRequest& batch);
  // Batches that are to be withdrawn.
  void Withdraw(const std::string& producer, int64_t first, int64_t last);
  // Everything of the user that was delivered is to be erased, or will be, if the user is barred.
  void Erase(const std::string& user);
  void Bar(const std::string& user);

  // The rows that count, as they count: with the channel and under the name that a replay gives. Of kTicket each id once, by an unknown
  // producer.
  std::vector<LedgerRow> Counted() const;
  // By sequence; of producers that deliver no kTicket.
  std::map<int64_t, Account> BatchesOf(const std::string& producer) const;
  // By day and name as delivered.
  std::map<std::pair<absl::CivilDay, std::string>, Account> DaysOf(const std::string& producer) const;
  std::set<std::string> Producers() const;
  // Greatest sequence.
  int64_t LastOf(const std::string& producer) const;
  // Dead letters of users that are not erased, open or not.
  int64_t Letters() const;
  int64_t rows() const;

 private:
  bool IsWithdrawn(const LedgerRow& row) const;
  bool IsGone(const LedgerRow& row) const;  // withdrawn or erased
  bool Counts(const LedgerRow& row) const;
  void Book(const LedgerRow& row, Account& account) const;

  mutable std::mutex mutex_;
  std::vector<LedgerRow> rows_;
  std::map<std::string, std::set<int64_t>> withdrawn_;
  std::set<std::string> barred_;
};

// Whether the row lacks what its schema requires.
bool IsWrong(const LedgerRow& row);

}  // namespace heitie::fault

#endif  // HEITIE_TESTS_FAULT_LEDGER_H_
