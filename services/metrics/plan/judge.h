// What is wrong with an event by the schema of its name (policy M1). Pure; no database.
#ifndef HEITIE_SERVICES_METRICS_PLAN_JUDGE_H_
#define HEITIE_SERVICES_METRICS_PLAN_JUDGE_H_

#include <array>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "common/status/status.h"
#include "heitie/metrics/v1/event_schema.pb.h"
#include "heitie/metrics/v1/violation.pb.h"
#include "services/metrics/collection/batch.h"
#include "services/metrics/plan/personal_data.h"

namespace heitie::metrics {

extern const status::Reason kDuplicateKey;  // {key}: stands in a list twice

// One thing that is wrong with a point. `args` are those of the reason's sentence.
struct Violated {
  v1::Violation::Reason reason;
  v1::ViolationRule::Action action;
  std::string field;
  status::Args args;
};

// The reason of the suite that says it to callers. Stops the process for REASON_UNSPECIFIED.
const status::Reason& SentenceOf(v1::Violation::Reason reason);
v1::Violation ToViolation(const Violated& violated);

// A value of a type, as ranges compare it.
using TypedValue = std::variant<std::string, int64_t, double, bool, absl::Time>;
// Nothing when `text` is no value of the type.
std::optional<TypedValue> ParseTyped(v1::PropertySchema::Type type, const std::string& text);

// What is wrong with a schema: BAD_METRIC_SOURCE, BAD_SCHEMA, BAD_RANGE, BAD_ACTION, DUPLICATE_KEY.
absl::Status CheckSchema(const v1::EventSchema& schema);

// A schema that judges. Immutable, made once for a version; a judgement costs the point's keys and the schema's.
class Judgement {
 public:
  explicit Judgement(const v1::EventSchema& schema);

  const std::string& name() const { return schema_.name(); }
  const v1::EventSchema& schema() const { return schema_; }
  v1::ViolationRule::Action ActionOf(v1::Violation::Reason reason) const { return actions_[reason]; }
  // For how long an id is remembered; nothing where ids do not count.
  std::optional<absl::Duration> identity() const;
  // Appends what is wrong with what the point holds.
  void Judge(const Point& point, std::vector<Violated>& violated) const;

 private:
  struct Property {
    v1::PropertySchema::Place place;
    v1::PropertySchema::Type type;
    bool required;
    absl::flat_hash_set<std::string> allowed;
    std::optional<TypedValue> minimum, maximum;
    std::string range;
  };

  Violated Wrong(v1::Violation::Reason reason, std::string field, status::Args args = {}) const;
  void JudgeProperty(const std::string& key, const Property& property, const Point& point, std::vector<Violated>& violated) const;
  void JudgeValue(const Property& property, const std::string& field, const std::string& value, std::vector<Violated>& violated) const;
  void JudgeUnknown(const Point& point, std::vector<Violated>& violated) const;
  void JudgeAmount(const Point& point, std::vector<Violated>& violated) const;

  const v1::EventSchema schema_;
  std::map<std::string, Property, std::less<>> properties_;
  std::array<v1::ViolationRule::Action, v1::Violation::Reason_ARRAYSIZE> actions_;
};

// All that is wrong with a point, in the order of Violation.reason's weight: what looks like personal data first, and what came too late
// before what is in it. `judgement` is nullptr for a name without a schema; then the patterns alone judge. `first_kept`: the first day of
// which rows are kept.
std::vector<Violated> Judge(const Judgement* judgement, const PersonalData& personal, const Point& point, absl::Time delivered,
                            std::optional<absl::CivilDay> first_kept = std::nullopt);

// The severest of the actions; OBSERVE when nothing is wrong.
v1::ViolationRule::Action SeverestOf(const std::vector<Violated>& violated);

}  // namespace heitie::metrics

#endif  // HEITIE_SERVICES_METRICS_PLAN_JUDGE_H_
