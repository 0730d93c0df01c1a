// What exposures and events of users come to in the arms of an experiment (policy M3). Pure; no database, and no order of arrival shows.
//
// A user is in the arm of the variant to which it was exposed, from the first exposure on; whoever met several variants is in none. Events
// count from the first exposure for the length of the window, and users whose window is not over are not judged: all that are judged have
// had the same time.
#ifndef HEITIE_SERVICES_METRICS_OPTIMISATION_EXPERIMENT_H_
#define HEITIE_SERVICES_METRICS_OPTIMISATION_EXPERIMENT_H_

#include <array>
#include <cstdint>
#include <limits>
#include <string>
#include <unordered_map>
#include <vector>

#include "common/statistics/comparison.h"
#include "common/statistics/exact_moments.h"
#include "heitie/metrics/v1/metric_definition.pb.h"
#include "services/metrics/engine/rows.h"

namespace heitie::metrics {

// For each row whether its value of the column is the wanted one; where nothing is wanted, every row's is. The rows outlive it.
class RowsWith {
 public:
  RowsWith(const Rows& rows, const std::string& key, const std::string& wanted);
  bool operator[](size_t row) const { return all_ || (code_ != 0 && (*codes_)[row] == code_); }

 private:
  const bool all_;
  const std::vector<uint32_t>* codes_ = nullptr;
  uint32_t code_ = 0;
};

// Instants are microseconds since 1970, as in Rows; spans are microseconds.
struct Experiment {
  std::string variant_key;
  std::vector<std::string> variants;  // the control first; 16 at most
  std::string activity;               // empty: all
  int64_t first = 0;                  // exposures from here
  int64_t end = 0;                    // to before here
  int64_t closed = 0;                 // what is from here on has not been read
  int64_t window = 0;
  int64_t covariate = 0;  // length before the first exposure; 0: none
};

// One metric of each user: y, and for a ratio x, otherwise the same figure y before the exposure.
struct UserMetric {
  v1::MetricDefinition::Aggregation y = v1::MetricDefinition::AGGREGATION_UNSPECIFIED;
  // UNSPECIFIED: no denominator. Of an AVERAGE the denominator is the number of values.
  v1::MetricDefinition::Aggregation x = v1::MetricDefinition::AGGREGATION_UNSPECIFIED;
  bool ratio() const { return y == v1::MetricDefinition::AGGREGATION_AVERAGE || x != v1::MetricDefinition::AGGREGATION_UNSPECIFIED; }
  // Whether a user did or did not.
  bool conversion() const { return y == v1::MetricDefinition::AGGREGATION_DISTINCT_USERS && !ratio(); }
};

enum ArmIndex { kControlArm = 0, kTreatmentArm = 1 };

// What the arms come to, in the order of the variants. Parts of several ranges of users add up.
struct ExperimentArms {
  explicit ExperimentArms(size_t metrics, size_t arms = 2) : exposed(arms), judged(arms), outcomes(metrics, std::vector<Outcome>(arms)) {}

  struct Outcome {
    statistics::ExactPairMoments pairs;
    int64_t converted = 0;  // users with y > 0
  };
  std::vector<int64_t> exposed;  // in one variant, whether the window is over or not
  std::vector<int64_t> judged;   // those whose window is over
  int64_t several = 0;
  int64_t other_exposures = 0;
  std::vector<std::vector<Outcome>> outcomes;  // by metric, by arm
};

// The users of one range: all their exposures first, in any portions, then for each metric all its events.
class ExperimentUsersSlice {
 public:
  ExperimentUsersSlice(const Experiment& experiment, const std::vector<UserMetric>& metrics);

  void TakeExposures(const Rows& rows);
  // Events of the metric's y, or of its x. Where both are of one name, both are to be called.
  void TakeEvents(size_t metric, bool denominator, const Rows& rows);
  void AddTo(ExperimentArms& arms);

 private:
  struct User {
    int64_t first = std::numeric_limits<int64_t>::max();
    uint32_t variants = 0;  // bits: those of the experiment, in their order, and another one
  };
  enum Part : uint8_t { kY, kX, kBefore };
  struct Figures {
    std::array<double, 3> parts{};  // whole numbers, until amounts have been added up
  };
  // An amount of one event. Those of a user are added up exactly once all are here.
  struct Amounts {
    size_t user;
    Part part;
    double value;
  };
  void AddUp(size_t metric);

  const Experiment& experiment_;
  const std::vector<UserMetric>& metrics_;
  std::unordered_map<uint32_t, size_t> places_;
  std::vector<User> users_;
  std::vector<std::vector<Figures>> figures_;  // by metric, by user
  std::vector<std::vector<Amounts>> amounts_;  // by metric
  int64_t other_exposures_ = 0;
};

}  // namespace heitie::metrics

#endif  // HEITIE_SERVICES_METRICS_OPTIMISATION_EXPERIMENT_H_
