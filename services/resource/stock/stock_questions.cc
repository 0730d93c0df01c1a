#include "services/resource/stock/stock_questions.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/sql/placeholders.h"
#include "common/status/macros.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "services/resource/catalogue/units.h"

namespace heitie::resource {
namespace {

using CheckedLines = std::map<std::string, v1::CheckStockResponse::Line>;

// What is at the main location and held for the subject, of items that are not told apart; and which are.
absl::Status CheckTotals(sql::Session& session, const std::string& subject, const std::vector<std::string>& items, CheckedLines& found,
                         bool& told_apart) {
  // One statement, so that a line's figures are of one moment. What a subject holds is the sum of its reservations' entries.
  const std::string query = absl::StrCat(
      "SELECT s.item, s.on_hand, s.reserved, s.on_hand - s.placed_on_hand - s.reserved + s.placed_reserved, s.etag, "
      "CAST(COALESCE(m.held, 0) AS SIGNED), CAST(COALESCE(m.issued, 0) AS SIGNED), s.tracking "
      "FROM stocks s LEFT JOIN (SELECT e.item, SUM(e.reserved_delta) AS held, -SUM(e.on_hand_delta) AS issued FROM reservations r "
      "JOIN stock_entries e ON e.reservation = r.name WHERE r.subject = ? GROUP BY e.item) m ON m.item = s.item WHERE s.name IN (",
      sql::Placeholders(items.size()), ")");
  sql::Values values = sql::Bind(subject);
  for (const std::string& item : items) values.push_back(sql::V(StockName(item)));
  return session.Query(query, values, [&](const sql::Row& row) {
    v1::CheckStockResponse::Line& line = found[row.Text(0)];
    line.set_item(row.Text(0));
    line.set_on_hand(row.Int(1));
    line.set_reserved(row.Int(2));
    line.set_available(row.Int(3));
    line.set_etag(row.Text(4));
    line.set_reserved_for_subject(row.Int(5));
    line.set_issued_to_subject(row.Int(6));
    told_apart |= row.Text(7) != "TRACKING_NONE" && row.Text(7) != "TRACKING_UNSPECIFIED";
  });
}

// The lines' quantities in the items' units. Without other units nothing is read.
absl::StatusOr<std::vector<int64_t>> BaseQuantities(sql::Session& session, const Items& items, const v1::CheckStockRequest& request) {
  std::vector<int64_t> quantities;
  ItemFacts facts;
  const bool other = std::any_of(request.lines().begin(), request.lines().end(), [](const auto& line) { return !line.unit().empty(); });
  if (other) {
    ASSIGN_OR_RETURN(facts, items.FactsOf(session, ItemsOf(request.lines())));
  }
  status::BadFields bad;
  for (int i = 0; i < request.lines_size(); ++i) {
    const v1::ItemQuantity& line = request.lines(i);
    const auto fact = facts.find(line.item());
    const std::string path = absl::StrCat("lines[", i, "]");
    quantities.push_back(fact == facts.end() || line.unit().empty()
                             ? line.quantity()
                             : ToBase(fact->second.item, line.quantity(), line.unit(), path + ".quantity", path + ".unit", bad));
  }
  RETURN_IF_ERROR(bad.status());
  return quantities;
}

v1::ComputeAvailabilityResponse::UpTo Quantity(const ByDay& one) {
  v1::ComputeAvailabilityResponse::UpTo up_to;
  if (one.day != kNoEnd) *up_to.mutable_date() = time::ToDate(one.day);
  up_to.set_quantity(one.quantity);
  return up_to;
}

}  // namespace

absl::StatusOr<v1::CheckStockResponse> StockQuestions::Check(const rpc::Call& call, const v1::CheckStockRequest& request) {
  status::BadFields bad;
  CheckUnique(request.lines(), "lines", bad);
  RETURN_IF_ERROR(bad.status());
  const std::vector<std::string> items = ItemsOf(request.lines());
  const std::string location = LocationOf(request.location());
  const absl::CivilDay day = request.has_need_date() ? time::ToDay(request.need_date()) : kNoEnd;

  CheckedLines found;
  std::vector<int64_t> quantities;
  bool told_apart = location != kMainLocation;
  RETURN_IF_ERROR(store_.Read(call, [&](sql::Session& session) -> absl::Status {
    ASSIGN_OR_RETURN(quantities, BaseQuantities(session, items_, request));
    return CheckTotals(session, request.subject(), items, found, told_apart);
  }));
  if (told_apart) {  // What is available is more than a difference of two columns.
    found.clear();
    RETURN_IF_ERROR(store_.database().Snapshot(call.deadline, [&](sql::Session& session) -> absl::Status {
      RETURN_IF_ERROR(CheckTotals(session, request.subject(), items, found, told_apart));
      ASSIGN_OR_RETURN(StockChange books, stocks_.Look(session, items, Stocks::Depth::kReserve, {location}));
      for (auto& [item, line] : found) {
        const Books* of = books.Find(item);
        if (of != nullptr) line.set_available(std::max<int64_t>(0, of->Available(location, day, stocks_.Today(call))));
      }
      return absl::OkStatus();
    }));
  }

  v1::CheckStockResponse response;
  for (int i = 0; i < request.lines_size(); ++i) {
    const auto it = found.find(request.lines(i).item());
    if (it == found.end()) {
      bad.Add(LineField("lines", i), kUnknownItem, {{"item", request.lines(i).item()}});
      continue;
    }
    v1::CheckStockResponse::Line& line = *response.add_lines();
    line = it->second;
    line.set_quantity(quantities[i]);
    line.set_short_quantity(
        std::max<int64_t>(0, line.quantity() - line.issued_to_subject() - line.reserved_for_subject() - line.available()));
  }
  RETURN_IF_ERROR(bad.status());
  return response;
}

absl::StatusOr<v1::ComputeAvailabilityResponse> StockQuestions::ComputeAvailability(const rpc::Call& call,
                                                                                    const v1::ComputeAvailabilityRequest& request) {
  const std::string location = LocationOf(request.location());
  const absl::CivilDay today = stocks_.Today(call);
  v1::ComputeAvailabilityResponse response;
  RETURN_IF_ERROR(store_.database().Snapshot(call.deadline, [&](sql::Session& session) -> absl::Status {
    response.Clear();
    ASSIGN_OR_RETURN(StockChange change, stocks_.Look(session, {request.name()}, Stocks::Depth::kReserve, {location}));
    const Books* books = change.Find(request.name());
    if (books == nullptr) return status::NotFound(request.name());
    for (const google::type::Date& date : request.dates()) {
      auto& day = *response.add_days();
      *day.mutable_date() = date;
      day.set_available(std::max<int64_t>(0, books->Available(location, time::ToDay(date), today)));
    }
    const Books::Usable usable = books->UsableAt(location);
    for (const ByDay& one : usable.lots) {
      if (one.day >= today) *response.add_usable() = Quantity(one);
    }
    for (const ByDay& one : usable.needs) *response.add_needed() = Quantity(one);
    response.set_missing(std::max<int64_t>(0, -books->Available(location, kNoEnd, today)));
    return absl::OkStatus();
  }));
  return response;
}

absl::StatusOr<v1::ComputePastStockResponse> StockQuestions::ComputePast(const rpc::Call& call,
                                                                         const v1::ComputePastStockRequest& request) {
  return store_.Read(call, [&](sql::Session& session) -> absl::StatusOr<v1::ComputePastStockResponse> {
    RETURN_IF_ERROR(stocks_.Find(session, request.name()).status());
    v1::ComputePastStockResponse past;
    const absl::Time known = request.has_known_time() ? time::ToTime(request.known_time()) : call.now;
    RETURN_IF_ERROR(
        session.Query("SELECT sequence, on_hand, value_minor, reserved FROM stock_entries FORCE INDEX (stock_entries_by_create_time) "
                      "WHERE item = ? AND create_time <= ? ORDER BY create_time DESC, sequence DESC LIMIT 1",
                      sql::Bind(request.name(), known), [&](const sql::Row& row) {
                        past.set_ledger_position(row.Int(0));
                        past.set_on_hand(row.Int(1));
                        past.set_value_minor(row.Int(2));
                        past.set_reserved(row.Int(3));
                      }));
    if (request.has_business_date()) RETURN_IF_ERROR(ByBusinessDay(session, request, time::ToDay(request.business_date()), past));
    return past;
  });
}

absl::Status StockQuestions::ByBusinessDay(sql::Session& session, const v1::ComputePastStockRequest& request, absl::CivilDay day,
                                           v1::ComputePastStockResponse& past) const {
  past.clear_reserved();
  // What came and went on later days is taken back. Entries of earlier versions count when they were posted.
  RETURN_IF_ERROR(session.Query(
      "SELECT CAST(COALESCE(SUM(on_hand_delta), 0) AS SIGNED), CAST(COALESCE(SUM(value_delta_minor), 0) AS SIGNED) FROM stock_entries "
      "WHERE item = ? AND create_time >= ? AND sequence <= ? AND (business_date IS NULL OR business_date > ?)",
      sql::Bind(request.name(), absl::FromCivil(day + 1, stocks_.zone()), past.ledger_position(), time::DayText(day)),
      [&](const sql::Row& row) {
        past.set_on_hand(past.on_hand() - row.Int(0));
        past.set_value_minor(past.value_minor() - row.Int(1));
      }));
  ASSIGN_OR_RETURN(const std::vector<v1::StockEntry> late,
                   stocks_.entries().Select(
                       session,
                       "WHERE item = ? AND create_time >= ? AND sequence <= ? AND business_date <= ? AND late "
                       "ORDER BY sequence DESC LIMIT 100",
                       sql::Bind(request.name(), absl::FromCivil(day + 1, stocks_.zone()), past.ledger_position(), time::DayText(day))));
  for (auto entry = late.rbegin(); entry != late.rend(); ++entry) *past.add_late_entries() = *entry;
  return absl::OkStatus();
}

absl::StatusOr<v1::TraceLotResponse> StockQuestions::TraceLot(const rpc::Call& call, const v1::TraceLotRequest& request) {
  return store_.Read(call, [&](sql::Session& session) -> absl::StatusOr<v1::TraceLotResponse> {
    v1::TraceLotResponse trace;
    ASSIGN_OR_RETURN(*trace.mutable_lot(), lots_.Find(session, request.name()));
    RETURN_IF_ERROR(
        session.Query("SELECT COALESCE(r.subject, ''), e.reservation, "
                      "CAST(SUM(CASE WHEN e.kind = 'KIND_ISSUE' THEN -e.on_hand_delta ELSE 0 END) AS SIGNED), "
                      "CAST(SUM(CASE WHEN e.kind = 'KIND_RETURN' THEN e.on_hand_delta ELSE 0 END) AS SIGNED), "
                      "CAST(SUM(CASE WHEN e.kind = 'KIND_RECEIPT' THEN e.on_hand_delta ELSE 0 END) AS SIGNED), "
                      "CAST(SUM(CASE WHEN e.kind IN ('KIND_GAIN', 'KIND_LOSS') THEN e.on_hand_delta ELSE 0 END) AS SIGNED) "
                      "FROM stock_entries e LEFT JOIN reservations r ON r.name = e.reservation WHERE e.lot = ? "
                      "GROUP BY r.subject, e.reservation ORDER BY r.subject, e.reservation",
                      sql::Bind(request.name()), [&](const sql::Row& row) {
                        trace.set_received(trace.received() + row.Int(4));
                        trace.set_adjusted(trace.adjusted() + row.Int(5));
                        if (row.Text(1).empty()) return;
                        auto& use = *trace.add_uses();
                        use.set_subject(row.Text(0));
                        use.set_reservation(row.Text(1));
                        use.set_issued(row.Int(2));
                        use.set_returned(row.Int(3));
                      }));
    ASSIGN_OR_RETURN(const std::vector<v1::StockBalance> balances,
                     balances_.Select(session, "WHERE lot = ? ORDER BY name", sql::Bind(request.name())));
    for (const v1::StockBalance& balance : balances) *trace.add_balances() = balance;
    return trace;
  });
}

absl::StatusOr<v1::TraceSubjectResponse> StockQuestions::TraceSubject(const rpc::Call& call, const v1::TraceSubjectRequest& request) {
  return store_.Read(call, [&](sql::Session& session) -> absl::StatusOr<v1::TraceSubjectResponse> {
    v1::TraceSubjectResponse trace;
    RETURN_IF_ERROR(
        session.Query("SELECT e.item, e.lot, CAST(SUM(CASE WHEN e.kind = 'KIND_ISSUE' THEN -e.on_hand_delta ELSE 0 END) AS SIGNED), "
                      "CAST(SUM(CASE WHEN e.kind = 'KIND_RETURN' THEN e.on_hand_delta ELSE 0 END) AS SIGNED), "
                      "CAST(-SUM(e.value_delta_minor) AS SIGNED) FROM reservations r JOIN stock_entries e ON e.reservation = r.name "
                      "WHERE r.subject = ? AND e.on_hand_delta <> 0 GROUP BY e.item, e.lot ORDER BY e.item, e.lot",
                      sql::Bind(request.subject()), [&](const sql::Row& row) {
                        auto& use = *trace.add_uses();
                        use.set_item(row.Text(0));
                        use.set_lot(row.Text(1));
                        use.set_issued(row.Int(2));
                        use.set_returned(row.Int(3));
                        use.set_value_minor(row.Int(4));
                      }));
    return trace;
  });
}

void StockQuestions::Bind(record::Methods& methods) {
  methods.Reads(balances_);
  methods.Reads(lots_);
  methods.Bind("CheckStock", this, &StockQuestions::Check);
  methods.Bind("ComputeAvailability", this, &StockQuestions::ComputeAvailability);
  methods.Bind("ComputePastStock", this, &StockQuestions::ComputePast);
  methods.Bind("TraceLot", this, &StockQuestions::TraceLot);
  methods.Bind("TraceSubject", this, &StockQuestions::TraceSubject);
}

}  // namespace heitie::resource
