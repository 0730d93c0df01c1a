// Closing months: official figures that never move (policy M2, W10).
#ifndef HEITIE_SERVICES_METRICS_CLOSING_MONTH_H_
#define HEITIE_SERVICES_METRICS_CLOSING_MONTH_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/record/methods.h"
#include "common/service/main.h"
#include "common/status/status.h"
#include "heitie/metrics/v1/month_closing.pb.h"
#include "services/metrics/analysis/question.h"
#include "services/metrics/closing/kept.h"
#include "services/metrics/closing/look.h"
#include "services/metrics/closing/official_metric.h"

namespace heitie::metrics {

extern const status::Reason kClosingMonthNotOver;  // {month}
extern const status::Reason kMonthOpen;            // {month} {names:list}
extern const status::Reason kOwnMonthClosing;      // {name}
extern const status::Reason kNothingOfficial;      // {list}
extern const status::Reason kCorrectionRunning;    // {month}

inline constexpr KeptTable kKeptFigures{"official_figures", "question, answer"};
inline constexpr KeptTable kKeptAdjustments{"figure_adjustments", "causes, differences, answer"};

const record::StateMachine& MonthClosingMachine();

// The days of "2026-10", which is a month.
Days DaysOfMonth(const std::string& month);

// Thread-safe.
class MonthClosings {
 public:
  MonthClosings(const service::Context& context, const Questions& questions, const OfficialMetrics& metrics);
  void Bind(record::Methods& methods);

  const record::Kind<v1::OfficialFigure>& figures() const { return figures_; }
  const record::Kind<v1::FigureAdjustment>& adjustments() const { return adjustments_; }

 private:
  // What a month is closed with, all of one moment.
  struct Computed {
    std::string list;
    std::vector<v1::OfficialFigure> figures;
    std::vector<v1::MonthClosing::OpenName> open_names;
    ClosingLook look;
  };

  absl::StatusOr<v1::MonthClosing> Propose(record::Transaction& tx, const v1::ProposeMonthClosingRequest& request);
  absl::StatusOr<v1::MonthClosing> Close(const rpc::Call& call, const v1::CloseMonthRequest& request);
  absl::StatusOr<v1::MonthClosing> Reject(record::Transaction& tx, const v1::RejectMonthClosingRequest& request);
  absl::StatusOr<Computed> Compute(const rpc::Call& call, sql::Session& session, Snapshot& snapshot, const v1::MonthClosing& closing) const;
  absl::Status Keep(record::Transaction& tx, Computed computed, const std::string& force_reason, v1::MonthClosing& closing) const;

  record::Store& store_;
  const Questions& questions_;
  const OfficialMetrics& metrics_;
  record::Kind<v1::MonthClosing> closings_;
  record::Kind<v1::OfficialFigure> figures_;
  record::Kind<v1::FigureAdjustment> adjustments_;
};

}  // namespace heitie::metrics

#endif  // HEITIE_SERVICES_METRICS_CLOSING_MONTH_H_
