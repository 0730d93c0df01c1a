// What the chapters of metrics have in common: who delivers and corrects, what is delivered, and the plain model of it.
#ifndef HEITIE_TESTS_FAULT_METRICS_WORLD_H_
#define HEITIE_TESTS_FAULT_METRICS_WORLD_H_

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "heitie/metrics/v1/ingestion.pb.h"
#include "tests/fault/chapter.h"
#include "tests/fault/ledger.h"

namespace heitie::fault {

// The days of all rows: kDays before the one on which the test began.
inline constexpr int kDays = 4;
inline constexpr int kActivities = 2;

struct MetricsWorld {
  Staff staff;
  Ledger& ledger;
  // Acknowledged: batches, pieces of files, replays and discards, corrections.
  std::atomic<int>& acknowledged;
  // Of all rounds: what repetitions and replays have told.
  std::atomic<int64_t>& settled_letters;

  // Text protos of the first day and the last one, for questions.
  std::string Dates(const std::string& first = "start_date", const std::string& last = "end_date") const;
  absl::Time RandomTime(Random& random) const;
  std::string Activity(int number) const;
  // An event of any name but kTicket and kBought; about one in four of planned names lacks its channel.
  metrics::v1::Event RandomEvent(Random& random, const std::string& user) const;
  metrics::v1::IngestEventsRequest RandomBatch(Random& random, const std::string& producer, int64_t sequence,
                                               const std::vector<std::string>& users) const;
};
// A pool that all clients deliver rows of.
std::vector<std::string> RegularUsers();

// Streams and single batches of events and measurements, some against the rules, and tickets that two producers deliver.
std::unique_ptr<Chapter> Deliveries(const MetricsWorld& world);
// The same file twice at the same time, in pieces.
std::unique_ptr<Chapter> Imports(const MetricsWorld& world);
// Withdrawals, users who are erased and come back, and users who are erased for good while others still deliver them.
std::unique_ptr<Chapter> Corrections(const MetricsWorld& world);
// Dead letters are replayed and discarded.
std::unique_ptr<Chapter> Repairs(const MetricsWorld& world);
// Only looks: everything that the service answers equals the ledger, and the books balance.
std::unique_ptr<Chapter> Answers(const MetricsWorld& world);

}  // namespace heitie::fault

#endif  // HEITIE_TESTS_FAULT_METRICS_WORLD_H_
