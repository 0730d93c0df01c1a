#include "services/resource/reorder/judge.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/strip.h"
#include "common/status/status.h"
#include "common/time/day.h"
#include "services/resource/catalogue/price.h"
#include "services/resource/catalogue/units.h"
#include "services/resource/reorder/order_size.h"
#include "services/resource/reorder/safety.h"

namespace heitie::resource {
namespace {

using exact::Fraction;
using v1::ReorderFigures;
using v1::ReorderTerm;

constexpr int kYearDays = 365;
// Beyond it a figure of quantities is no plan any more, and doubles are not exact.
constexpr double kGreatestQuantity = 1e15;

double InDouble(const Fraction& fraction) { return fraction.convert_to<double>(); }

// A judgement under way.
class Judge {
 public:
  explicit Judge(const ReorderInputs& inputs) : in_(inputs), figures_(*judgement_.verdict.mutable_figures()) {}

  Judgement Do() {
    v1::ReorderVerdict& verdict = judgement_.verdict;
    verdict.set_reorder_term(in_.term.name());
    verdict.set_supplier(in_.term.supplier());
    verdict.set_proposal(in_.term.proposal());
    *figures_.mutable_judge_date() = time::ToDate(in_.today);
    figures_.set_reorder_policy(in_.policy.name());
    Forecast();
    Lead();
    Safety();
    Position();
    Costs();
    Size();
    verdict.set_outcome(Outcome());
    if (verdict.outcome() != ReorderTerm::OUTCOME_PROPOSED) {
      verdict.clear_quantity();
      verdict.clear_order_quantity();
      verdict.clear_cost_minor();
    }
    return std::move(judgement_);
  }

 private:
  void Gap(v1::ReorderGap gap) {
    const auto& gaps = judgement_.verdict.gaps();
    if (std::find(gaps.begin(), gaps.end(), gap) == gaps.end()) judgement_.verdict.add_gaps(gap);
  }
  void Step(const std::string& figure, const std::string& formula, const std::string& numbers, const std::string& result) {
    ReorderFigures::Step& step = *figures_.add_steps();
    step.set_figure(figure);
    step.set_formula(formula);
    step.set_numbers(numbers);
    step.set_result(result);
  }

  ReorderTerm::Outcome Outcome() const {
    if (in_.item.state() == v1::Item::STATE_RETIRED) return ReorderTerm::OUTCOME_RETIRED;
    // Where there is enough by what is known of demand and time, nothing else is needed to say so; but what is missing stays named.
    if (judgement_.verdict.gaps_size() > 0) return ReorderTerm::OUTCOME_INCOMPLETE;
    if (!IsDue(figures_.position(), figures_.reorder_point())) return ReorderTerm::OUTCOME_ENOUGH;
    return judgement_.verdict.quantity() > 0 ? ReorderTerm::OUTCOME_PROPOSED : ReorderTerm::OUTCOME_NO_ROOM;
  }

  void Forecast();
  void Explain(const DemandShape& shape, const DemandForecast& forecast);
  void Lead();
  void Safety();
  void Position();
  void Costs();
  void Size();
  std::optional<OrderTerms> TermsOf(const v1::SupplierPrice& price, Ratio ratio);
  void ShowOptions(const OrderTerms& terms, const OrderSize& size);

  const ReorderInputs& in_;
  Judgement judgement_;
  ReorderFigures& figures_;
  int64_t planned_days_ = 0;
};

void Judge::Forecast() {
  const int days = in_.policy.period() == v1::ReorderPolicy::PERIOD_DAY ? 1 : 7;
  const DemandSeries series = SeriesOf(in_.uses, std::max(in_.first_day, in_.today - in_.policy.history_days()), in_.today, days);
  figures_.set_period_days(days);
  *figures_.mutable_start_date() = time::ToDate(series.start);
  figures_.set_period_count(static_cast<int64_t>(series.periods.size()));
  for (size_t i = 0; i < series.periods.size(); ++i) {
    if (series.periods[i] == 0) continue;
    ReorderFigures::Demand& demand = *figures_.add_demands();
    *demand.mutable_start_date() = time::ToDate(series.start + static_cast<int64_t>(i) * days);
    demand.set_quantity(series.periods[i]);
  }
  const ForecastTerms terms{.smoothings = {in_.policy.size_smoothing_bp() / 1e4, in_.policy.interval_smoothing_bp() / 1e4},
                            .regular_interval = in_.policy.regular_interval_hundredths() / 1e2,
                            .stale_intervals = static_cast<double>(in_.policy.stale_intervals())};
  const std::optional<DemandShape> shape = ShapeOf(series.periods);
  const std::optional<DemandForecast> forecast = ForecastOf(series.periods, terms);
  if (!shape || !forecast) return Gap(v1::REORDER_GAP_DEMAND);
  figures_.set_mean_interval(shape->mean_interval);
  figures_.set_squared_variation(shape->squared_variation);
  figures_.set_method(forecast->method);
  figures_.set_demand_per_period(forecast->demand);
  if (forecast->deviation) {
    figures_.set_deviation(*forecast->deviation);
  } else {
    Gap(v1::REORDER_GAP_DEVIATION);
  }
  Explain(*shape, *forecast);
}

void Judge::Explain(const DemandShape& shape, const DemandForecast& forecast) {
  const std::string count = absl::StrCat(shape.demand_count);
  Step("mean_interval", "t_k/k", absl::StrCat(figures_.period_count() - shape.periods_since, "/", count), FigureText(shape.mean_interval));
  Step("squared_variation", "Σ(z − z̄)²/(k·z̄²)", absl::StrCat("k = ", count), FigureText(shape.squared_variation));
  const std::string size = FigureText(forecast.size);
  switch (forecast.method) {
    case v1::FORECAST_METHOD_SBA:
      Step("demand_per_period", "(1 − β/2)·z/p",
           absl::StrCat("(1 − ", FigureText(in_.policy.interval_smoothing_bp() / 1e4), "/2)·", size, "/", FigureText(forecast.interval)),
           FigureText(forecast.demand));
      break;
    case v1::FORECAST_METHOD_TSB:
      Step("demand_per_period", "p·z", absl::StrCat(FigureText(forecast.chance), "·", size), FigureText(forecast.demand));
      break;
    default: {
      int64_t sum = 0;
      for (const ReorderFigures::Demand& demand : figures_.demands()) sum += demand.quantity();
      Step("demand_per_period", "Σx/n", absl::StrCat(sum, "/", figures_.period_count()), FigureText(forecast.demand));
    }
  }
  if (forecast.deviation) {
    Step("deviation", "√(Σe²/n)", absl::StrCat("n = ", forecast.error_count), FigureText(*forecast.deviation));
  }
}

void Judge::Lead() {
  const int32_t review = in_.term.has_review_days() ? in_.term.review_days() : in_.policy.review_days();
  figures_.set_review_days(review);
  if (in_.term.has_lead_days()) {
    figures_.set_lead_days(in_.term.lead_days());
    figures_.set_lead_deviation_days(0);
  } else if (in_.leads.count >= in_.policy.least_deliveries()) {
    figures_.set_lead_days(*in_.leads.mean);
    figures_.set_lead_deviation_days(*in_.leads.deviation);
    figures_.set_delivery_count(in_.leads.count);
  } else if (in_.price && in_.price->lead_days() > 0) {
    figures_.set_lead_days(in_.price->lead_days());
    figures_.set_lead_deviation_days(0);
  } else {
    return Gap(v1::REORDER_GAP_LEAD_TIME);
  }
  // Goods that are needed on the day on which they come are in time.
  planned_days_ = static_cast<int64_t>(std::ceil(figures_.lead_days() + review));
  figures_.set_cover_periods((figures_.lead_days() + review) / figures_.period_days());
  Step("cover_periods", "(lead + review)/period",
       absl::StrCat("(", FigureText(figures_.lead_days()), " + ", review, ")/", figures_.period_days()),
       FigureText(figures_.cover_periods()));
}

void Judge::Safety() {
  const int32_t level = in_.term.has_service_level_bp() ? in_.term.service_level_bp() : in_.policy.service_level_bp();
  figures_.set_service_level_bp(level);
  figures_.set_z(QuantileOf(level / 1e4));
  Step("z", "Φ⁻¹(service level)", absl::StrCat("Φ⁻¹(", FigureText(level / 1e4), ")"), FigureText(figures_.z()));
  if (!figures_.has_deviation() || !figures_.has_cover_periods()) return;
  const Coverage coverage{.demand = figures_.demand_per_period(),
                          .deviation = figures_.deviation(),
                          .periods = figures_.cover_periods(),
                          .lead_deviation = figures_.lead_deviation_days() / figures_.period_days()};
  const double safety = SafetyStock(figures_.z(), coverage);
  const std::optional<int64_t> point = ReorderPoint(safety, coverage);
  if (!point) return Gap(v1::REORDER_GAP_RANGE);
  figures_.set_safety_stock(safety);
  figures_.set_reorder_point(*point);
  const std::string demand = FigureText(coverage.demand), periods = FigureText(coverage.periods);
  Step("safety_stock", "z·√(L·σ² + d̄²·σ_L²)",
       absl::StrCat(FigureText(figures_.z()), "·√(", periods, "·", FigureText(coverage.deviation), "² + ", demand, "²·",
                    FigureText(coverage.lead_deviation), "²)"),
       FigureText(safety));
  Step("reorder_point", "⌈d̄·L + safety stock⌉", absl::StrCat("⌈", demand, "·", periods, " + ", FigureText(safety), "⌉"),
       absl::StrCat(*point));
}

void Judge::Position() {
  // What expires before the goods that would be ordered come is not there then, but for what is reserved of it.
  int64_t usable = in_.usable;
  if (!in_.lots.empty()) {
    usable = std::min(usable, std::max<int64_t>(0, AvailableOn(in_.today + planned_days_, in_.today, in_.lots, in_.needs)) + in_.reserved);
  }
  if (usable < in_.usable) {
    Step("usable", "usable − expiring within the cover", absl::StrCat(in_.usable, " − ", in_.usable - usable), absl::StrCat(usable));
  }
  figures_.set_usable(usable);
  figures_.set_on_order(in_.on_order);
  figures_.set_reserved(in_.reserved);
  figures_.set_planned(PlannedUntil(in_.planned, in_.today + planned_days_));
  figures_.set_position(figures_.usable() + figures_.on_order() - figures_.reserved() - figures_.planned());
  Step("position", "usable + on order − reserved − planned",
       absl::StrCat(figures_.usable(), " + ", figures_.on_order(), " − ", figures_.reserved(), " − ", figures_.planned()),
       absl::StrCat(figures_.position()));
}

void Judge::Costs() {
  if (figures_.has_demand_per_period()) {
    const double yearly = figures_.demand_per_period() * kYearDays / figures_.period_days();
    figures_.set_yearly_demand(yearly);
    Step("yearly_demand", "d̄·365/period", absl::StrCat(FigureText(figures_.demand_per_period()), "·365/", figures_.period_days()),
         FigureText(yearly));
    if (!(yearly < kGreatestQuantity)) Gap(v1::REORDER_GAP_RANGE);
  }
  if (in_.term.has_order_cost_minor()) {
    figures_.set_order_cost_minor(in_.term.order_cost_minor());
  } else if (!in_.policy.has_order_cost_minor()) {
    Gap(v1::REORDER_GAP_ORDER_COST);
  } else if (!in_.order_cost_quote) {
    Gap(v1::REORDER_GAP_EXCHANGE_RATE);
  } else if (const absl::StatusOr<int64_t> cost = in_.order_cost_quote->Convert(in_.policy.order_cost_minor()); cost.ok()) {
    figures_.set_order_cost_minor(*cost);
  } else {
    Gap(v1::REORDER_GAP_RANGE);
  }
  if (in_.term.has_holding_bp()) {
    figures_.set_holding_bp(in_.term.holding_bp());
  } else if (in_.policy.has_holding_bp()) {
    figures_.set_holding_bp(in_.policy.holding_bp());
  } else {
    Gap(v1::REORDER_GAP_HOLDING_COST);
  }
  if (in_.term.has_maximum_stock()) figures_.set_maximum_stock(in_.term.maximum_stock());
  figures_.set_shelf_life_days(in_.shelf_life_days);
}

// Everything in the item's unit; nothing, and a gap, where that is beyond what books can hold.
std::optional<OrderTerms> Judge::TermsOf(const v1::SupplierPrice& price, Ratio ratio) {
  OrderTerms terms;
  const int64_t wanted = std::max<int64_t>(1, in_.term.pack_quantity());
  const int64_t whole = ratio.denominator / std::gcd(ratio.numerator, ratio.denominator);  // so many are a whole number of the item's unit
  const __int128 pack = static_cast<__int128>(std::lcm(wanted, whole)) * ratio.numerator / ratio.denominator;
  const __int128 least = std::max(price.minimum_quantity(), in_.term.minimum_quantity());
  const __int128 minimum = (least * ratio.numerator + ratio.denominator - 1) / ratio.denominator;
  if (pack > kMaxLineQuantity || minimum > kMaxLineQuantity) return std::nullopt;
  terms.pack = static_cast<int64_t>(pack);
  terms.minimum = std::max<int64_t>(1, static_cast<int64_t>(minimum));
  figures_.set_pack_quantity(terms.pack);
  figures_.set_minimum_quantity(terms.minimum);
  // In minor units of the item's currency.
  Fraction scale = in_.price_quote->rate * ratio.denominator / (Fraction(price.price_quantity()) * ratio.numerator);
  for (int i = Rates::MinorDigits(price.currency_code()); i < Rates::MinorDigits(in_.item.currency_code()); ++i) scale *= 10;
  for (int i = Rates::MinorDigits(in_.item.currency_code()); i < Rates::MinorDigits(price.currency_code()); ++i) scale /= 10;
  for (const v1::SupplierPrice::Break& one : price.breaks()) {
    const __int128 from = (static_cast<__int128>(one.from_quantity()) * ratio.numerator + ratio.denominator - 1) / ratio.denominator;
    if (from > kMaxLineQuantity) break;  // Nobody orders as much.
    PriceLevel level{std::max<int64_t>(1, static_cast<int64_t>(from)), scale * one.price_minor()};
    // Two breaks within one of the item's unit: the later one holds.
    if (!terms.levels.empty() && terms.levels.back().from == level.from) terms.levels.pop_back();
    terms.levels.push_back(std::move(level));
  }
  return terms;
}

void Judge::Size() {
  const std::optional<Ratio> ratio = RatioOf(in_.item, in_.term.unit());
  if (!ratio) return Gap(v1::REORDER_GAP_UNIT);
  if (!in_.price) return Gap(v1::REORDER_GAP_PRICE);
  const v1::SupplierPrice& price = *in_.price;
  figures_.set_supplier_price(price.name());
  judgement_.verdict.set_currency_code(price.currency_code());
  for (const v1::SupplierPrice::Break& one : price.breaks()) {
    if (one.price_minor() == 0) return Gap(v1::REORDER_GAP_PRICE);  // What costs nothing says nothing of what keeping costs.
  }
  if (!in_.price_quote) return Gap(v1::REORDER_GAP_EXCHANGE_RATE);
  if (price.currency_code() != in_.item.currency_code()) *figures_.mutable_conversion() = in_.price_quote->conversion;
  std::optional<OrderTerms> terms = TermsOf(price, *ratio);
  if (!terms || terms->levels.empty()) return Gap(v1::REORDER_GAP_RANGE);
  if (judgement_.verdict.gaps_size() > 0) return;
  terms->yearly_demand = Fraction(figures_.demand_per_period()) * kYearDays / figures_.period_days();
  terms->order_cost = figures_.order_cost_minor();
  terms->holding = Fraction(figures_.holding_bp(), 10000);
  terms->need = LeastToOrder(figures_.position(), figures_.reorder_point());
  if (figures_.has_maximum_stock()) terms->stock_room = figures_.maximum_stock() - figures_.position();
  if (figures_.shelf_life_days() > 0) {
    const double used = figures_.demand_per_period() * figures_.shelf_life_days() / figures_.period_days();
    terms->shelf_room = static_cast<int64_t>(std::floor(std::min(used, kGreatestQuantity))) - figures_.position();
  }
  const OrderSize size = SizeOf(*terms);
  ShowOptions(*terms, size);
  if (size.quantity == 0) return;
  const OrderOption& best =
      *std::find_if(size.options.begin(), size.options.end(), [&](const OrderOption& option) { return option.quantity == size.quantity; });
  const int64_t units = static_cast<int64_t>(static_cast<__int128>(size.quantity) * ratio->denominator / ratio->numerator);
  const std::optional<int64_t> cost = CostOf(price, units);
  if (!cost) return Gap(v1::REORDER_GAP_RANGE);
  judgement_.verdict.set_quantity(size.quantity);
  judgement_.verdict.set_order_quantity(units);
  judgement_.verdict.set_cost_minor(*cost);
  judgement_.yearly_cost = best.yearly_cost + Fraction(figures_.safety_stock()) * terms->holding * best.level.unit_cost;
}

void Judge::ShowOptions(const OrderTerms& terms, const OrderSize& size) {
  for (const v1::ReorderBound bound : size.bounds) figures_.add_bounds(bound);
  for (const OrderOption& option : size.options) {
    const Fraction limit(kGreatestQuantity);
    ReorderFigures::Option& shown = *figures_.add_options();
    shown.set_from_quantity(option.level.from);
    shown.set_unit_cost_minor(InDouble(option.level.unit_cost));
    shown.set_quantity(option.quantity);
    if (option.yearly_cost >= limit) {
      Gap(v1::REORDER_GAP_RANGE);
      continue;
    }
    shown.set_yearly_cost_minor(exact::Round(option.yearly_cost));
    const Fraction holding = terms.holding * option.level.unit_cost;
    const int64_t multiple = EconomicMultiple(terms.yearly_demand, terms.order_cost, holding, terms.pack);
    Step("economic_quantity", "m·k, m(m − 1) ≤ 2·D·S/(H·k²) ≤ m(m + 1)",
         absl::StrCat("2·D·S/(H·k²) = 2·", FigureText(figures_.yearly_demand()), "·", figures_.order_cost_minor(), "/(",
                      FigureText(InDouble(holding)), "·", terms.pack,
                      "²) = ", FigureText(InDouble(2 * terms.yearly_demand * terms.order_cost / (holding * terms.pack * terms.pack))),
                      ", m = ", multiple),
         absl::StrCat(multiple * terms.pack));
    Step("yearly_cost", "D·c + D/q·S + q/2·H",
         absl::StrCat(FigureText(figures_.yearly_demand()), "·", FigureText(shown.unit_cost_minor()), " + ",
                      FigureText(figures_.yearly_demand()), "/", option.quantity, "·", figures_.order_cost_minor(), " + ", option.quantity,
                      "/2·", FigureText(InDouble(holding))),
         absl::StrCat(shown.yearly_cost_minor()));
  }
}

}  // namespace

int64_t PlannedUntil(const PlannedUses& planned, absl::CivilDay last) {
  std::map<std::string, int64_t> by_project;
  for (const PlannedUses::Use& use : planned.uses) {
    if (use.day <= last) by_project[use.project] += std::max<int64_t>(0, use.quantity);
  }
  int64_t sum = 0;
  for (const auto& [project, quantity] : by_project) {
    const auto held = planned.held.find(project);
    sum += std::max<int64_t>(0, quantity - (held == planned.held.end() ? 0 : held->second));
  }
  return sum;
}

Judgement JudgeReorder(const ReorderInputs& inputs) { return Judge(inputs).Do(); }

void ChooseSupplier(std::vector<Judgement>& judgements) {
  const Judgement* best = nullptr;
  for (const Judgement& one : judgements) {
    if (one.yearly_cost && (best == nullptr || *one.yearly_cost < *best->yearly_cost)) best = &one;
  }
  for (Judgement& one : judgements) {
    v1::ReorderVerdict& verdict = one.verdict;
    if (&one == best || verdict.outcome() != ReorderTerm::OUTCOME_PROPOSED) continue;
    verdict.set_outcome(ReorderTerm::OUTCOME_OTHER_SUPPLIER);
    verdict.clear_quantity();
    verdict.clear_order_quantity();
    verdict.clear_cost_minor();
  }
}

std::string FigureText(double value) {
  const double size = std::abs(value);
  if (size >= 1e15) return absl::StrFormat("%.5e", value);
  int decimals = 5;
  for (double power = 10; power <= size && decimals > 0; power *= 10) --decimals;
  for (double power = 1; size > 0 && size < power && decimals < 12; power /= 10) ++decimals;
  std::string text = absl::StrFormat("%.*f", decimals, value);
  if (decimals > 0) {
    while (text.back() == '0') text.pop_back();
    if (text.back() == '.') text.pop_back();
  }
  return text == "-0" ? "0" : text;
}

}  // namespace heitie::resource
