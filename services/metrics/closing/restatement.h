// What comes later of a closed month stands beside it (policy W10).
#ifndef HEITIE_SERVICES_METRICS_CLOSING_RESTATEMENT_H_
#define HEITIE_SERVICES_METRICS_CLOSING_RESTATEMENT_H_

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/service/main.h"
#include "services/metrics/closing/books.h"
#include "services/metrics/closing/month.h"

namespace heitie::metrics {

// Looks again at closed months whose names have changed, in a job. A look costs a query while no name has changed, a query for each name
// that has, and the figures of a month only when something of its days, or of days before, was booked. Thread-safe.
class Restatements {
 public:
  // Plans its recurring job.
  Restatements(const service::Context& context, const Questions& questions, const MonthClosings& months);

 private:
  // What one look at one month has found.
  struct Found {
    ClosingLook look;
    std::vector<v1::FigureAdjustment> adjustments;
  };
  job::Outcome LookAtAll(const rpc::Call& call);
  absl::Status FindAll(const rpc::Call& call, sql::Session& session, Snapshot& snapshot, std::vector<Found>& found);
  // Nothing where all is as it was and the look before is not long ago.
  absl::StatusOr<std::optional<Found>> Find(const rpc::Call& call, sql::Session& session, Snapshot& snapshot, const ClosingLook& before);
  absl::StatusOr<std::optional<v1::FigureAdjustment>> Restate(const rpc::Call& call, sql::Session& session, Snapshot& snapshot,
                                                              const std::string& name, const std::vector<Happening>& happenings,
                                                              const ClosingLook& before, ClosingLook::Figure& figure) const;
  absl::Status Keep(const rpc::Call& call, Found& found);
  absl::StatusOr<std::string> BooksThrough(sql::Session& session, const std::string& series, absl::CivilDay last);

  record::Store& store_;
  const Questions& questions_;
  const MonthClosings& months_;
  // Of the look that is under way, and what it found of names that have not changed since.
  std::mutex mutex_;
  std::map<std::string, int64_t> versions_;                       // guarded by mutex_
  std::map<std::string, std::pair<int64_t, Books>> known_books_;  // by name, with its version then; guarded by mutex_
};

}  // namespace heitie::metrics

#endif  // HEITIE_SERVICES_METRICS_CLOSING_RESTATEMENT_H_
