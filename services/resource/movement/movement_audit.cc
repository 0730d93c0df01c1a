#include "services/resource/movement/movement_audit.h"

#include <map>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/record/json.h"
#include "common/status/macros.h"
#include "heitie/resource/v1/stock_transfer.pb.h"
#include "services/resource/movement/paper_lines.h"

namespace heitie::resource {
namespace {

absl::Status VerifyHeldGoods(sql::Session& session, Findings& findings) {
  return session.Query(
      "SELECT c.name, c.quantity - c.returned_quantity - c.lost_quantity AS held, c.value_minor AS worth, "
      "CAST(COALESCE(SUM(-e.on_hand_delta), 0) AS SIGNED) AS gone, CAST(COALESCE(SUM(-e.value_delta_minor), 0) AS SIGNED) AS gone_value "
      "FROM custodies c LEFT JOIN stock_entries e ON e.reservation = c.reservation AND e.kind IN ('KIND_ISSUE', 'KIND_RETURN') "
      "GROUP BY c.name, held, worth HAVING gone <> held OR gone_value <> worth",
      {}, [&](const sql::Row& row) {
        findings.Equal(row.Text(0), "held", row.Int(3), row.Int(1));
        findings.Equal(row.Text(0), "value_minor", row.Int(4), row.Int(2));
      });
}

absl::Status VerifyRevaluations(sql::Session& session, Findings& findings) {
  return session.Query(
      "SELECT x.item, CAST(SUM(x.booked) AS SIGNED), CAST(SUM(x.told) AS SIGNED) FROM ("
      "SELECT item, value_delta_minor AS booked, 0 AS told FROM stock_entries WHERE kind = 'KIND_REVALUE' UNION ALL "
      "SELECT item, 0, to_stock_minor FROM price_differences) x GROUP BY x.item HAVING SUM(x.booked) <> SUM(x.told)",
      {}, [&](const sql::Row& row) { findings.Equal(row.Text(0), "price differences to_stock_minor", row.Int(1), row.Int(2)); });
}

absl::Status VerifyTransit(sql::Session& session, Findings& findings) {
  std::map<std::pair<std::string, std::string>, int64_t> on_the_way;  // by item and lot
  absl::Status status;
  RETURN_IF_ERROR(session.Query("SELECT name, `lines` FROM stock_transfers WHERE state IN ('STATE_IN_TRANSIT', 'STATE_DIFFERENT')", {},
                                [&](const sql::Row& row) {
                                  v1::StockTransfer transfer;
                                  if (!record::FromJson(row.Text(1), &transfer)) {
                                    status = absl::InternalError(absl::StrCat(row.Text(0), ": lines cannot be read"));
                                  }
                                  for (const v1::StockTransfer::Line& line : transfer.lines()) {
                                    on_the_way[{line.item(), line.lot()}] += line.quantity() - line.arrived_quantity();
                                  }
                                }));
  RETURN_IF_ERROR(status);
  // Of what is told apart the lots, of the rest the location as a whole.
  std::map<std::pair<std::string, std::string>, int64_t> there;
  RETURN_IF_ERROR(session.Query(
      "SELECT b.item, b.lot, b.on_hand FROM stock_balances b JOIN stocks s ON s.item = b.item WHERE b.location = ? AND b.on_hand > 0 AND "
      "(b.lot <> '' OR s.tracking NOT IN ('TRACKING_LOT', 'TRACKING_SERIAL'))",
      sql::Bind(kTransitLocation), [&](const sql::Row& row) {
        there[{row.Text(0), row.Text(1)}] = row.Int(2);
      }));
  for (const auto& [key, quantity] : on_the_way) there.try_emplace(key, 0);
  for (const auto& [key, quantity] : there) {
    findings.Equal(absl::StrCat(kTransitLocation, " ", key.first, " ", key.second), "on_hand", on_the_way[key], quantity);
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status VerifyMovements(record::Store& store, absl::Time deadline, Findings& findings) {
  return store.database().Snapshot(deadline, [&](sql::Session& session) -> absl::Status {
    RETURN_IF_ERROR(VerifyHeldGoods(session, findings));
    RETURN_IF_ERROR(VerifyRevaluations(session, findings));
    return VerifyTransit(session, findings);
  });
}

}  // namespace heitie::resource
