#include "services/planning/cooperation/figures.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "common/time/day.h"
#include "common/time/instant.h"
#include "services/planning/meeting/meeting_days.h"

namespace heitie::planning {

using v1::CooperationFigure;
using v1::CooperationRequest;

namespace {

constexpr double kSecondsOfHour = 3600;

struct PairOfDepartments {
  CooperationFigure figure;
  std::vector<double> answers, deliveries;
};

bool Happened(bool is_set, const google::protobuf::Timestamp& time, absl::Time as_of) { return is_set && time::ToTime(time) <= as_of; }

void Count(const CooperationRequest& request, absl::Time as_of, PairOfDepartments& pair) {
  CooperationFigure& figure = pair.figure;
  figure.set_sent_count(figure.sent_count() + 1);
  const bool answered = Happened(request.has_answer_time(), request.answer_time(), as_of);
  const bool withdrawn = request.state() == CooperationRequest::STATE_WITHDRAWN;
  if (answered || (!withdrawn && time::ToTime(request.response_due_time()) <= as_of)) {
    figure.set_answer_due_count(figure.answer_due_count() + 1);
    figure.set_answered_in_time_count(figure.answered_in_time_count() + (answered && request.answered_in_time() ? 1 : 0));
  }
  if (answered) pair.answers.push_back(static_cast<double>(request.answered_after_seconds()) / kSecondsOfHour);
  if (!Happened(request.has_accept_time(), request.accept_time(), as_of)) return;
  const bool delivered = Happened(request.has_deliver_time(), request.deliver_time(), as_of);
  if (delivered || (!withdrawn && time::ToTime(request.delivery_due_time()) <= as_of)) {
    figure.set_delivery_due_count(figure.delivery_due_count() + 1);
    const bool in_time = delivered && time::ToTime(request.deliver_time()) <= time::ToTime(request.delivery_due_time());
    figure.set_delivered_in_time_count(figure.delivered_in_time_count() + (in_time ? 1 : 0));
  }
  if (delivered) pair.deliveries.push_back(static_cast<double>(request.delivered_after_seconds()) / kSecondsOfHour);
}

void Meet(const RegularExchange& exchange, CooperationFigure& figure) {
  const bool later = exchange.last_held && (!figure.has_last_held_time() || *exchange.last_held > time::ToTime(figure.last_held_time()));
  if (!figure.series().empty() && !later) return;
  figure.set_series(exchange.series.name());
  figure.set_exchange(exchange.overdue ? CooperationFigure::EXCHANGE_OVERDUE : CooperationFigure::EXCHANGE_IN_TIME);
  if (exchange.last_held) *figure.mutable_last_held_time() = time::ToTimestamp(*exchange.last_held);
}

}  // namespace

bool IsExchangeOverdue(const v1::MeetingSchedule& schedule, const time::BusinessCalendar& calendar,
                       std::optional<absl::CivilDay> last_rule_date, absl::CivilDay day) {
  const absl::CivilDay begin = time::ToDay(schedule.start_date());
  const absl::CivilDay from = last_rule_date ? std::max(begin, *last_rule_date + 1) : begin;
  if (from >= day) return false;
  const std::vector<MeetingDay> days = MeetingDaysOf(schedule, calendar, from, day - 1);
  return std::any_of(days.begin(), days.end(), [&](const MeetingDay& one) { return one.day < day; });
}

std::optional<double> MedianOf(std::vector<double> values) {
  if (values.empty()) return std::nullopt;
  std::sort(values.begin(), values.end());
  const size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

std::vector<CooperationFigure> FiguresOf(const std::vector<CooperationRequest>& requests, const std::vector<RegularExchange>& exchanges,
                                         absl::Time as_of) {
  std::map<std::pair<std::string, std::string>, PairOfDepartments> pairs;
  for (const CooperationRequest& request : requests) {
    Count(request, as_of, pairs[{request.requester_department(), request.department()}]);
  }
  for (const RegularExchange& exchange : exchanges) {
    const auto& departments = exchange.series.departments();
    for (const std::string& one : departments) {
      for (const std::string& other : departments) {
        if (one < other && pairs.count({other, one}) == 0) pairs[{one, other}];
      }
    }
  }
  std::vector<CooperationFigure> figures;
  for (auto& [departments, pair] : pairs) {
    CooperationFigure& figure = pair.figure;
    figure.set_requester_department(departments.first);
    figure.set_department(departments.second);
    if (const auto median = MedianOf(pair.answers)) figure.set_median_answer_hours(*median);
    if (const auto median = MedianOf(pair.deliveries)) figure.set_median_delivery_hours(*median);
    figure.set_exchange(CooperationFigure::EXCHANGE_MISSING);
    for (const RegularExchange& exchange : exchanges) {
      const auto& all = exchange.series.departments();
      const bool both =
          std::count(all.begin(), all.end(), departments.first) > 0 && std::count(all.begin(), all.end(), departments.second) > 0;
      if (both) Meet(exchange, figure);
    }
    figures.push_back(std::move(figure));
  }
  return figures;
}

}  // namespace heitie::planning
