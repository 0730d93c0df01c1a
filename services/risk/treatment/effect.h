// Whether measures have an effect: what has happened, what metrics judge (M3), and what indicators show (policy R3).
#ifndef HEITIE_SERVICES_RISK_TREATMENT_EFFECT_H_
#define HEITIE_SERVICES_RISK_TREATMENT_EFFECT_H_

#include <optional>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/service/main.h"
#include "heitie/metrics/v1/measure_evaluation.pb.h"
#include "heitie/metrics/v1/verdict.pb.h"
#include "heitie/risk/v1/risk_indicator.pb.h"
#include "heitie/risk/v1/risk_measure.pb.h"

namespace heitie::risk {

// What metrics say of the effect.
struct MetricsVerdict {
  metrics::v1::Conclusion conclusion = metrics::v1::CONCLUSION_UNSPECIFIED;
  metrics::v1::Strength strength = metrics::v1::STRENGTH_UNSPECIFIED;
};

// What the effect of a measure is judged by.
struct EffectFacts {
  // Of its indicator, when the measure was verified and now; unspecified without one.
  v1::Light before = v1::LIGHT_UNSPECIFIED, now = v1::LIGHT_UNSPECIFIED;
  // How often the risk has occurred since.
  int64_t occurrences = 0;
  // Nothing where metrics were not asked, or could not be.
  std::optional<MetricsVerdict> verdict;
};
// Whether it has an effect, how much that rests on, and the sentence that says so: effect, effect_strength, effect_statement and what
// metrics concluded. What rests on more counts; of as much what is bad. A verdict of metrics, which tell a change from chance, stands in
// the place of the indicator's own change. Pure.
void JudgeEffect(const EffectFacts& facts, v1::RiskMeasure& measure);

// What is asked of metrics about a measure whose indicator is on a metric: its course since the measure was verified, up to the evaluation
// date, against as many days before, four weeks at least. Nothing of other indicators, and with fewer than two days since. Pure.
std::optional<metrics::v1::EvaluateChangeRequest> ChangeToEvaluate(const v1::RiskMeasure& measure,
                                                                   const v1::IndicatorDefinition& definition, absl::TimeZone zone);

// Asks metrics. Thread-safe.
class EffectVerdicts {
 public:
  explicit EffectVerdicts(const service::Context& context);

  // Either what metrics say, or nothing; `awaited`: not all figures of the days in question are delivered.
  struct Answer {
    std::optional<MetricsVerdict> verdict;
    bool awaited = false;
  };
  // `definition` is that of the measure's indicator; null without one. UNAVAILABLE and the like while metrics are away; what metrics refuse
  // is nothing.
  absl::StatusOr<Answer> Ask(const rpc::Call& call, const v1::RiskMeasure& measure, const v1::IndicatorDefinition* definition) const;

 private:
  absl::StatusOr<Answer> OfMeasure(const rpc::Call& call, const std::string& measure) const;

  const service::Context context_;
  const absl::TimeZone zone_;
};

}  // namespace heitie::risk

#endif  // HEITIE_SERVICES_RISK_TREATMENT_EFFECT_H_
