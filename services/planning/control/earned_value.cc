#include "services/planning/control/earned_value.h"

#include <algorithm>
#include <set>

namespace heitie::planning {

using exact::Fraction;
using exact::Round;

namespace {

int64_t EndOf(const PlannedTask& task) { return std::max(task.end, task.begin + 1); }

double Shown(const Fraction& value) { return value.convert_to<double>(); }

}  // namespace

Fraction PlannedUntil(const std::vector<PlannedTask>& tasks, const Fraction& time) {
  Fraction planned = 0;
  for (const PlannedTask& task : tasks) {
    const Fraction days = EndOf(task) - task.begin;
    Fraction over = time - task.begin;
    if (over < 0) over = 0;
    if (over > days) over = days;
    planned += task.cost * over / days;
  }
  return planned;
}

Fraction TimeOf(const std::vector<PlannedTask>& tasks, const Fraction& value) {
  // Between two of these days what is planned grows evenly.
  std::set<int64_t> days;
  for (const PlannedTask& task : tasks) {
    if (task.cost == 0) continue;
    days.insert(task.begin);
    days.insert(EndOf(task));
  }
  if (value <= 0 || days.empty()) return 0;
  Fraction day = *days.begin(), planned = 0;
  for (const int64_t next : days) {
    const Fraction then = PlannedUntil(tasks, next);
    if (then >= value) return day + (next - day) * (value - planned) / (then - planned);
    day = next;
    planned = then;
  }
  return day;
}

v1::EarnedValue EarnedValueOf(const std::vector<PlannedTask>& tasks, int64_t at, std::optional<int64_t> spent) {
  v1::EarnedValue result;
  Fraction bac = 0, ev = 0;
  int64_t duration = 0;
  for (const PlannedTask& task : tasks) {
    bac += task.cost;
    ev += Fraction(task.cost) * task.earned_percent / 100;
    duration = std::max(duration, EndOf(task));
  }
  const Fraction pv = PlannedUntil(tasks, at);
  result.set_bac(Round(bac));
  result.set_pv(Round(pv));
  result.set_ev(Round(ev));
  result.set_sv(Round(ev - pv));
  if (pv != 0) result.set_spi(Shown(ev / pv));
  if (spent) {
    const Fraction ac = *spent;
    result.set_ac(*spent);
    result.set_cv(Round(ev - ac));
    if (ac != 0) result.set_cpi(Shown(ev / ac));
    if (ac != 0 && ev != 0) {
      const Fraction eac = bac * ac / ev;
      result.set_eac(Round(eac));
      result.set_etc(Round(eac - ac));
      result.set_vac(Round(bac - eac));
      if (pv != 0) result.set_eac_by_both(Round(ac + (bac - ev) / (ev / ac * ev / pv)));
    }
    result.set_eac_as_planned(Round(ac + bac - ev));
    if (bac != ac) result.set_tcpi(Shown((bac - ev) / (bac - ac)));
  }
  result.set_at_days(static_cast<int32_t>(at));
  result.set_planned_duration_days(static_cast<int32_t>(duration));
  if (bac != 0) {
    const Fraction es = TimeOf(tasks, ev);
    result.set_es_days(Shown(es));
    if (at > 0) result.set_spi_t(Shown(es / at));
    if (at > 0 && es != 0) result.set_forecast_duration_days(Shown(duration * at / es));
  }
  return result;
}

}  // namespace heitie::planning
