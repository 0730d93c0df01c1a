#include "services/personnel/training/plan_standing.h"

#include <algorithm>

#include "common/time/day.h"
#include "heitie/personnel/v1/training_plan.pb.h"

namespace heitie::personnel {
namespace {

absl::CivilDay BeginsOn(const v1::Certificate& certificate) { return time::ToDay(certificate.valid_from()); }
absl::CivilDay EndsOn(const v1::Certificate& certificate) {
  return certificate.has_valid_until() ? time::ToDay(certificate.valid_until()) : absl::CivilDay::max();
}

void TakeEarlier(std::optional<absl::CivilDay>& earliest, absl::CivilDay day) {
  if (!earliest || day < *earliest) earliest = day;
}

}  // namespace

CourseStanding StandingOn(const std::string& course, const std::vector<v1::Certificate>& certificates, absl::CivilDay today,
                          int renewal_days) {
  std::vector<const v1::Certificate*> sorted;
  for (const v1::Certificate& certificate : certificates) {
    if (certificate.course() == course && EndsOn(certificate) >= today) sorted.push_back(&certificate);
  }
  std::sort(sorted.begin(), sorted.end(), [](const v1::Certificate* a, const v1::Certificate* b) { return BeginsOn(*a) < BeginsOn(*b); });
  CourseStanding standing;
  const v1::Certificate* last = nullptr;
  for (const v1::Certificate* certificate : sorted) {
    const bool follows = last == nullptr ? BeginsOn(*certificate) <= today
                                         : EndsOn(*last) == absl::CivilDay::max() || BeginsOn(*certificate) <= EndsOn(*last) + 1;
    if (!follows) {
      // What begins later counts from its day on.
      TakeEarlier(standing.change, BeginsOn(*certificate));
      break;
    }
    if (last == nullptr || EndsOn(*certificate) > EndsOn(*last)) last = certificate;
  }
  if (last == nullptr) return standing;
  standing.certificate = last->name();
  if (EndsOn(*last) == absl::CivilDay::max()) {
    standing.closed = true;
    standing.change.reset();
    return standing;
  }
  standing.until = EndsOn(*last);
  const absl::CivilDay half = BeginsOn(*last) + (EndsOn(*last) - BeginsOn(*last) + 2) / 2;
  const absl::CivilDay renewal = std::max(half, EndsOn(*last) - renewal_days);
  standing.closed = today < renewal;
  TakeEarlier(standing.change, standing.closed ? renewal : EndsOn(*last) + 1);
  return standing;
}

void Settle(v1::TrainingPlan& plan, const std::vector<v1::Certificate>& certificates, absl::CivilDay today, int renewal_days) {
  std::optional<absl::CivilDay> change;
  for (v1::TrainingPlanItem& item : *plan.mutable_items()) {
    const CourseStanding standing = StandingOn(item.course(), certificates, today, renewal_days);
    item.set_state(standing.closed ? v1::TrainingPlanItem::STATE_CLOSED : v1::TrainingPlanItem::STATE_OPEN);
    item.set_certificate(standing.certificate);
    item.clear_valid_until();
    if (standing.until) *item.mutable_valid_until() = time::ToDate(*standing.until);
    if (standing.change) TakeEarlier(change, *standing.change);
  }
  plan.clear_change_date();
  if (change) *plan.mutable_change_date() = time::ToDate(*change);
}

bool AllClosed(const v1::TrainingPlan& plan) {
  return !plan.items().empty() && std::all_of(plan.items().begin(), plan.items().end(), [](const v1::TrainingPlanItem& item) {
    return item.state() == v1::TrainingPlanItem::STATE_CLOSED;
  });
}

std::optional<absl::CivilDay> DueDayOf(const v1::TrainingPlan& plan) {
  std::optional<absl::CivilDay> due;
  for (const v1::TrainingPlanItem& item : plan.items()) {
    if (item.state() == v1::TrainingPlanItem::STATE_CLOSED) continue;
    if (item.has_date()) {
      TakeEarlier(due, time::ToDay(item.date()));
    } else if (item.has_valid_until()) {
      TakeEarlier(due, time::ToDay(item.valid_until()));
    }
  }
  return due;
}

}  // namespace heitie::personnel
