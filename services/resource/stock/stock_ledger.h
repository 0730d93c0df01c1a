// Bookkeeping of stock (policy S4, W7) as plain functions: what a movement does to the balances of an item, to the line of a reservation
// and to the value. Quantities are whole numbers of the item's unit, values are minor units of the item's currency.
#ifndef HEITIE_SERVICES_RESOURCE_STOCK_STOCK_LEDGER_H_
#define HEITIE_SERVICES_RESOURCE_STOCK_STOCK_LEDGER_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "common/status/status.h"
#include "heitie/resource/v1/reservation.pb.h"
#include "heitie/resource/v1/stock.pb.h"
#include "services/resource/catalogue/location.h"
#include "services/resource/stock/valuation.h"

namespace heitie::resource {

// Balances stay below these, so that every sum is exact, also in the doubles of JSON clients (2^53).
inline constexpr int64_t kMaxQuantity = 1'000'000'000'000;
inline constexpr int64_t kMaxValueMinor = 9'000'000'000'000'000;

extern const status::Reason kStockLimit;  // {item} {quantity}

// What a line still holds: neither issued nor released.
int64_t Outstanding(const v1::Reservation::Line& line);
// What went out on a line and has not come back.
int64_t Out(const v1::Reservation::Line& line);

// The name of the stock of an item, and of entry `sequence` of its ledger.
std::string StockName(const std::string& item);
std::string StockEntryName(const std::string& item, int64_t sequence);

// Where a movement is.
struct Place {
  std::string location = kMainLocation;
  std::string lot = {};
  // Whether balances of their own keep what is there (books.h), and whether nobody can reserve it.
  bool placed = false;
  bool blocked = false;
  // Of what is reserved, where that matters.
  std::optional<absl::CivilDay> need = std::nullopt;
};

// How much is available.
v1::Stock::Level LevelOf(const v1::Stock& stock);
// The event of a stock that has come from one level to a worse one; nullptr of any other change.
const char* WorseningOf(v1::Stock::Level before, v1::Stock::Level after);

// What can still be reserved at the main location of an item of which the balances keep the rest.
int64_t FreeOfRest(const v1::Stock& stock);

// Each function books one movement: it changes the balances (and the line) and returns the ledger entry with everything but creator and
// time. On an error nothing has changed. All quantities are positive.

// Goods come in at `unit_cost`: the moving average becomes (Q·V + q·c)/(Q + q), kept as the exact sum of values. STOCK_LIMIT.
absl::StatusOr<v1::StockEntry> Receive(v1::Stock& stock, int64_t quantity, int64_t unit_cost_minor, const std::string& goods_receipt);
// The same for a cost of the whole.
absl::StatusOr<v1::StockEntry> ReceiveFor(v1::Stock& stock, int64_t quantity, int64_t cost_minor, const std::string& goods_receipt,
                                          const Place& place = {});
// What an entry says of its line.
void CopyLine(const v1::Reservation::Line& line, v1::StockEntry& entry);
// A new line takes its quantity from what is available. STOCK_SHORT.
absl::StatusOr<v1::StockEntry> Reserve(v1::Stock& stock, const v1::Reservation::Line& line, const std::string& reservation,
                                       const Place& place = {});
// Takes at most what is outstanding on the line; the caller has checked that.
absl::StatusOr<v1::StockEntry> Release(v1::Stock& stock, v1::Reservation::Line& line, int64_t quantity, const std::string& reservation,
                                       const Place& place = {});
// Takes at most what is outstanding on the line, at the moving average, or at the value that is given; the caller has checked that.
absl::StatusOr<v1::StockEntry> Issue(v1::Stock& stock, v1::Reservation::Line& line, int64_t quantity, const std::string& reservation,
                                     const Place& place = {}, std::optional<int64_t> value = std::nullopt);
// Takes back at most what is out on the line, at the average at which it went out, or at the value that is given; the caller has checked
// that. STOCK_LIMIT.
absl::StatusOr<v1::StockEntry> Return(v1::Stock& stock, v1::Reservation::Line& line, int64_t quantity, const std::string& reservation,
                                      const Place& place = {}, std::optional<int64_t> value = std::nullopt);
// More or less is there than the books say: a quantity, positive or negative, and the value that comes or goes with it. STOCK_LIMIT.
absl::StatusOr<v1::StockEntry> Adjust(v1::Stock& stock, int64_t quantity, int64_t value, const Place& place = {});
// The halves of a transfer, the coming one first. STOCK_LIMIT, STOCK_SHORT.
absl::StatusOr<v1::StockEntry> MoveIn(v1::Stock& stock, int64_t quantity, const Place& place);
absl::StatusOr<v1::StockEntry> MoveOut(v1::Stock& stock, int64_t quantity, const Place& place);
// What is on hand is worth more, or less; the caller has checked that it is not worth less than nothing. STOCK_LIMIT.
absl::StatusOr<v1::StockEntry> Revalue(v1::Stock& stock, int64_t amount);

}  // namespace heitie::resource

#endif  // HEITIE_SERVICES_RESOURCE_STOCK_STOCK_LEDGER_H_
