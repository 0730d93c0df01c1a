// All that judges what is delivered: the active schemas and what looks like personal data, compiled once for each state of the plan.
#ifndef HEITIE_SERVICES_METRICS_PLAN_PLAN_H_
#define HEITIE_SERVICES_METRICS_PLAN_PLAN_H_

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "common/record/kind.h"
#include "heitie/metrics/v1/event_schema.pb.h"
#include "services/metrics/plan/judge.h"
#include "services/metrics/plan/personal_data.h"

namespace heitie::metrics {

// Says that the plan is another one once the transaction has committed. Whoever changes what judges does it first: changes of the plan
// take their turns.
absl::Status RaisePlanVersion(record::Transaction& tx);

// One state of the plan. Immutable.
class Plan {
 public:
  struct Patterns {
    absl::Time start;
    std::shared_ptr<const PersonalData> personal;
  };
  // By kind and name.
  using FirstDays = absl::flat_hash_map<std::pair<std::string, std::string>, absl::CivilDay>;
  // `patterns` in the order of their starts, at least one. `first_kept`: of names of which not all rows are kept.
  Plan(int64_t version, const std::vector<v1::EventSchema>& active, std::vector<Patterns> patterns, FirstDays first_kept = {});

  int64_t version() const { return version_; }
  // The schema of a name of `kind`; nullptr for a name that is not planned.
  const Judgement* Find(const std::string& kind, const std::string& name) const;
  // The patterns in force at an instant; the first ones count for all time before as well.
  const PersonalData& PatternsAt(absl::Time time) const;
  // The first day of which rows of a name are kept; nothing where all are.
  std::optional<absl::CivilDay> FirstKept(const std::string& kind, const std::string& name) const;

 private:
  const int64_t version_;
  absl::flat_hash_map<std::pair<std::string, std::string>, std::unique_ptr<Judgement>> schemas_;  // by kind and name
  const std::vector<Patterns> patterns_;
  const FirstDays first_kept_;
};

// Keeps the newest state of the plan that this process has seen. Thread-safe.
class Plans {
 public:
  Plans(const record::Kind<v1::EventSchema>& schemas, const record::Kind<v1::PersonalDataPolicy>& policies)
      : schemas_(schemas), policies_(policies) {}

  // The plan of the number `version`, which the session has just read. Reads schemas and patterns only when this process has another one.
  // What is read may be newer than the number; then the next batch reads it once more.
  absl::StatusOr<std::shared_ptr<const Plan>> Of(sql::Session& session, int64_t version);
  // The same of the number that the session reads now.
  absl::StatusOr<std::shared_ptr<const Plan>> Current(sql::Session& session);

 private:
  const record::Kind<v1::EventSchema>& schemas_;
  const record::Kind<v1::PersonalDataPolicy>& policies_;
  std::mutex mutex_;
  std::shared_ptr<const Plan> plan_;  // guarded by mutex_
};

}  // namespace heitie::metrics

#endif  // HEITIE_SERVICES_METRICS_PLAN_PLAN_H_
