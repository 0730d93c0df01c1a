// Papers that move stock other than by promise (policy S4), what persons hold, and what it cost.
#ifndef HEITIE_SERVICES_RESOURCE_MOVEMENT_CHAPTER_H_
#define HEITIE_SERVICES_RESOURCE_MOVEMENT_CHAPTER_H_

#include "common/record/methods.h"
#include "services/resource/catalogue/location.h"
#include "services/resource/custody/custodies.h"
#include "services/resource/material/item.h"
#include "services/resource/material/reservation.h"
#include "services/resource/movement/cycle_count.h"
#include "services/resource/movement/paper_lines.h"
#include "services/resource/movement/price_difference.h"
#include "services/resource/movement/put_back.h"
#include "services/resource/movement/stock_issue.h"
#include "services/resource/movement/stock_transfer.h"
#include "services/resource/movement/write_off.h"
#include "services/resource/report/stock_report.h"
#include "services/resource/stock/stock.h"

namespace heitie::resource {

// Not to be moved: its concepts refer to each other. Invoices change prices by `price_differences`. Thread-safe.
struct MovementChapter {
  MovementChapter(record::Store& store, const Stocks& stocks, const Items& items, const Locations& locations,
                  const Reservations& reservations, const StockCounts& counts, job::Runner& jobs)
      : paper_lines(store, items, locations),
        price_differences(store),
        transfers(store, stocks, paper_lines),
        put_back(reservations, paper_lines),
        custodies(store, stocks, reservations, put_back),
        issues(store, stocks, items, paper_lines, reservations, put_back, custodies),
        write_offs(store, stocks, paper_lines, custodies),
        cycle_counts(store, counts, jobs),
        reports(store, items, stocks.zone()) {}
  MovementChapter(const MovementChapter&) = delete;
  MovementChapter& operator=(const MovementChapter&) = delete;

  void Bind(record::Methods& methods) {
    price_differences.Bind(methods);
    transfers.Bind(methods);
    custodies.Bind(methods);
    issues.Bind(methods);
    write_offs.Bind(methods);
    cycle_counts.Bind(methods);
    reports.Bind(methods);
  }

  PaperLines paper_lines;
  PriceDifferences price_differences;
  StockTransfers transfers;
  PutBack put_back;
  Custodies custodies;
  StockIssues issues;
  WriteOffs write_offs;
  CycleCounts cycle_counts;
  StockReports reports;
};

}  // namespace heitie::resource

#endif  // HEITIE_SERVICES_RESOURCE_MOVEMENT_CHAPTER_H_
