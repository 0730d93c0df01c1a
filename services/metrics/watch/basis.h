// What answers, alerts and imports rest on, as keys with versions: `events/purchase`, `segments/buyers`, `alerts`. A state whose keys have
// the versions of before is what it was, but for what passes with the time.
#ifndef HEITIE_SERVICES_METRICS_WATCH_BASIS_H_
#define HEITIE_SERVICES_METRICS_WATCH_BASIS_H_

#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/record/kind.h"
#include "heitie/metrics/v1/answer.pb.h"
#include "heitie/metrics/v1/question.pb.h"
#include "heitie/metrics/v1/segment.pb.h"
#include "services/metrics/analysis/question.h"

namespace heitie::metrics {

// The key of all alerts.
inline constexpr char kAlertsKey[] = "alerts";

// Whether an answer can become another one with the time alone: unless its period is closed and stands for itself.
bool ChangesWithTime(const v1::Question& question, const v1::Answer& answer);

// Thread-safe.
class Bases {
 public:
  Bases(record::Store& store, const Questions& questions) : questions_(questions), segments_(store) {}

  // Adds the keys of a question: the definitions that it names, its segments and those that these name, and every name of events or
  // measurements of them. What is missing among them is left out.
  absl::Status Add(sql::Session& session, const v1::Question& question, absl::Time now, std::set<std::string>& keys) const;
  // The versions of keys; those of what is not there are left out. For each name of events or measurements also until when it is closed,
  // and because of whom no longer. Costs a statement for each kind of resource, one for all names, and for each name what closing costs.
  absl::StatusOr<std::map<std::string, std::string>> VersionsOf(sql::Session& session, const std::vector<std::string>& keys) const;

 private:
  absl::Status AddSegment(sql::Session& session, const std::string& name, std::set<std::string>& keys) const;

  const Questions& questions_;
  const record::Kind<v1::Segment> segments_;
};

}  // namespace heitie::metrics

#endif  // HEITIE_SERVICES_METRICS_WATCH_BASIS_H_
