// The document of a close-out.
#include <cmath>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/text/figure.h"
#include "common/text/markdown.h"
#include "common/time/day.h"
#include "services/planning/closeout/close_out.h"

namespace heitie::planning {

using v1::CloseOut;
using v1::CloseOutFigure;

namespace {

using status::Phrase;
using text::EscapeLine;

const Phrase kCloseOutTitle{"Close-out", "結案報告"}, kCloseOutProject{"Project", "專案"}, kCompleted{"Completed on", "完成日期"},
    kFirstPlan{"First approved plan", "首次核准的方案"}, kLastPlan{"Last approved plan", "最後核准的方案"},
    kEventsUntil{"Planning's events up to", "策劃服務事件位置"}, kBookingsUntil{"Resource's events up to", "資源服務事件位置"},
    kFiguresHeading{"Figures", "資料"}, kFigure{"Figure", "數值"}, kActualFigure{"Actual", "實際"},
    kAgainstFirst{"Against the first", "相對首次方案"}, kAgainstLast{"Against the last", "相對最後方案"}, kNoteHeading{"Note", "說明"},
    kObjectivesHeading{"Objectives", "目標"}, kMetricHeading{"Metric", "指標"}, kBegan{"Before", "基準"},
    kFirstTarget{"First target", "首次目標"}, kLastTarget{"Last target", "最後目標"}, kAttainedHeading{"Attained", "達成率"},
    kSourceHeading{"Source", "來源"}, kDatesHeading{"Dates", "日期"}, kPlanHeading{"Plan", "方案"}, kBeginHeading{"First day", "首日"},
    kEndHeading{"Last day", "末日"}, kUnknownFigure{"unknown", "未知"}, kNothingThere{"None.", "無。"}, kCostFigure{"Cost", "成本"},
    kBenefitFigure{"Benefit", "效益"}, kDurationFigure{"Duration (working days)", "工期（工作日）"},
    kEffortFigure{"Effort (hours)", "工時（小時）"};

constexpr double kMinutes = 60;

// Writes one close-out; its language is fixed.
class CloseOutWriter {
 public:
  CloseOutWriter(const CloseOut& close_out, const v1::Project& project)
      : close_out_(close_out), project_(project), language_(status::ParseLanguage(close_out.language_code())) {}

  std::string Write() const {
    return absl::StrCat("# ", Say(kCloseOutTitle), ": ", EscapeLine(project_.title()), "\n\n", Facts(), Section(kFiguresHeading, Figures()),
                        Section(kDatesHeading, Dates()), Section(kObjectivesHeading, Objectives()));
  }

 private:
  std::string Say(const Phrase& phrase) const { return phrase.In(language_); }
  std::string Section(const Phrase& heading, const std::string& body) const {
    return absl::StrCat("\n## ", Say(heading), "\n\n", body.empty() ? Say(kNothingThere) + "\n" : body);
  }

  std::string Facts() const {
    return text::Table({Say(kCloseOutProject), EscapeLine(project_.name())},
                       {{Say(kCompleted), Day(close_out_.complete_date())},
                        {Say(kFirstPlan), EscapeLine(close_out_.first_baseline())},
                        {Say(kLastPlan), EscapeLine(close_out_.last_baseline())},
                        {Say(kEventsUntil), text::Count(close_out_.basis().position())},
                        {Say(kBookingsUntil), text::Count(close_out_.ledger_position())}});
  }

  static std::string Day(const google::type::Date& date) { return time::DayText(time::ToDay(date)); }

  std::string Named(CloseOutFigure::Kind kind) const {
    switch (kind) {
      case CloseOutFigure::KIND_COST:
        return Say(kCostFigure);
      case CloseOutFigure::KIND_BENEFIT:
        return Say(kBenefitFigure);
      case CloseOutFigure::KIND_DURATION:
        return Say(kDurationFigure);
      default:
        return Say(kEffortFigure);
    }
  }
  std::string Told(CloseOutFigure::Kind kind, int64_t value) const {
    switch (kind) {
      case CloseOutFigure::KIND_COST:
      case CloseOutFigure::KIND_BENEFIT:
        return text::Money(value, project_.currency_code());
      case CloseOutFigure::KIND_DURATION:
        return text::Count(value);
      default:
        return text::Number(static_cast<double>(value) / kMinutes);
    }
  }
  // "+25.00 %"; of a plan of 0 nothing can be said.
  std::string Error(bool planned, int64_t plan, const CloseOutFigure& figure) const {
    if (!planned || !figure.has_actual() || plan == 0) return Say(kUnknownFigure);
    return absl::StrFormat("%+.2f %%", (static_cast<double>(figure.actual()) / static_cast<double>(plan) - 1) * 100);
  }

  std::string Figures() const {
    std::vector<std::vector<std::string>> rows;
    for (const CloseOutFigure& figure : close_out_.figures()) {
      const auto told = [&](bool known, int64_t value) { return known ? Told(figure.kind(), value) : Say(kUnknownFigure); };
      rows.push_back({Named(figure.kind()), told(figure.has_first_planned(), figure.first_planned()),
                      told(figure.has_last_planned(), figure.last_planned()), told(figure.has_actual(), figure.actual()),
                      Error(figure.has_first_planned(), figure.first_planned(), figure),
                      Error(figure.has_last_planned(), figure.last_planned(), figure), EscapeLine(figure.gap())});
    }
    return text::Table(
        {Say(kFigure), Say(kFirstPlan), Say(kLastPlan), Say(kActualFigure), Say(kAgainstFirst), Say(kAgainstLast), Say(kNoteHeading)},
        rows);
  }

  std::string Dates() const {
    const auto row = [&](const Phrase& plan, bool known, const v1::DateSpan& span) {
      return std::vector<std::string>{Say(plan), known ? Day(span.start_date()) : Say(kUnknownFigure),
                                      known ? Day(span.end_date()) : Say(kUnknownFigure)};
    };
    return text::Table({Say(kPlanHeading), Say(kBeginHeading), Say(kEndHeading)},
                       {row(kFirstPlan, close_out_.has_first_dates(), close_out_.first_dates()),
                        row(kLastPlan, close_out_.has_last_dates(), close_out_.last_dates()),
                        row(kActualFigure, close_out_.has_actual_dates(), close_out_.actual_dates())});
  }

  std::string Objectives() const {
    std::vector<std::vector<std::string>> rows;
    for (const v1::CloseOutObjective& objective : close_out_.objectives()) {
      const auto told = [&](bool known, double value) {
        return known ? absl::StrCat(text::Number(value), " ", EscapeLine(objective.unit())) : Say(kUnknownFigure);
      };
      rows.push_back({EscapeLine(objective.metric()), told(objective.has_baseline(), objective.baseline()),
                      told(objective.has_first_target(), objective.first_target()),
                      told(objective.has_last_target(), objective.last_target()), told(objective.has_actual(), objective.actual()),
                      objective.has_attained() ? absl::StrFormat("%.2f %%", objective.attained() * 100) : Say(kUnknownFigure),
                      EscapeLine(objective.has_actual() ? objective.source() : objective.gap())});
    }
    if (rows.empty()) return "";
    return text::Table({Say(kMetricHeading), Say(kBegan), Say(kFirstTarget), Say(kLastTarget), Say(kActualFigure), Say(kAttainedHeading),
                        Say(kSourceHeading)},
                       rows);
  }

  const CloseOut& close_out_;
  const v1::Project& project_;
  status::Language language_;
};

}  // namespace

std::string WriteCloseOut(const CloseOut& close_out, const v1::Project& project) { return CloseOutWriter(close_out, project).Write(); }

}  // namespace heitie::planning
