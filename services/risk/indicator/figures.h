// The figures that key risk indicators judge (policy R1): as metrics, resource and personnel tell them when they are asked, and as is
// counted of what planning and activity tell by themselves.
#ifndef HEITIE_SERVICES_RISK_INDICATOR_FIGURES_H_
#define HEITIE_SERVICES_RISK_INDICATOR_FIGURES_H_

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "common/service/main.h"
#include "google/protobuf/timestamp.pb.h"
#include "heitie/risk/v1/risk_indicator.pb.h"
#include "services/risk/indicator/counted_spans.h"

namespace heitie::risk {

// What is told of a period.
struct Figure {
  bool closed = false;  // nothing is expected any more
  std::optional<double> value;
  std::optional<google::protobuf::Timestamp> watermark;
  int64_t version = 0;  // of the source: of metrics' rows, the number of the entry in the ledger, or the position of the events
  std::string metric_etag;
};

// Thread-safe.
class Figures {
 public:
  explicit Figures(const service::Context& context);
  // Of the days from `first` to `last`.
  absl::StatusOr<Figure> Ask(const rpc::Call& call, const v1::IndicatorDefinition& definition, absl::CivilDay first,
                             absl::CivilDay last) const;
  // When a period with this last day is over.
  absl::Time EndOf(absl::CivilDay last) const { return absl::FromCivil(last + 1, zone_); }

 private:
  absl::StatusOr<Figure> OfMetric(const rpc::Call& call, const v1::IndicatorDefinition& definition, absl::CivilDay first,
                                  absl::CivilDay last) const;
  absl::StatusOr<Figure> OfItem(const rpc::Call& call, const std::string& item, absl::Time end) const;
  absl::StatusOr<Figure> OfBudget(const rpc::Call& call, const std::string& budget, absl::Time end) const;
  absl::StatusOr<Figure> OfStaff(const rpc::Call& call, const v1::IndicatorDefinition& definition, absl::CivilDay last) const;
  absl::StatusOr<Figure> Counted(const rpc::Call& call, const v1::IndicatorDefinition& definition, absl::Time end) const;

  const service::Context context_;
  const absl::TimeZone zone_;
  const CountedSpans counted_;
};

}  // namespace heitie::risk

#endif  // HEITIE_SERVICES_RISK_INDICATOR_FIGURES_H_
