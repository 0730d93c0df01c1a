#include "services/personnel/candidate/yield.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "common/exact/fraction.h"

namespace heitie::personnel {
namespace {

// Applications and costs of one row.
class Group {
 public:
  void Add(const YieldFacts& application) {
    people_.insert(application.candidate);
    for (int stage = v1::STAGE_APPLIED; stage <= application.furthest; ++stage) ++reached_[stage];
    if (!application.hired) return;
    to_hire_.push_back(*application.hired - application.applied);
    if (application.approved) to_fill_.push_back(*application.hired - *application.approved);
  }
  void Add(const OpeningCost& cost) { costs_[cost.currency] += cost.amount_minor; }

  v1::Yield Sum() const {
    v1::Yield yield;
    yield.set_people(static_cast<int32_t>(people_.size()));
    int before = reached_[v1::STAGE_APPLIED];
    for (int stage = v1::STAGE_APPLIED; stage <= v1::STAGE_HIRED; ++stage) {
      v1::StageYield& of_stage = *yield.add_stages();
      of_stage.set_count(reached_[stage]);
      of_stage.set_of(before);
      if (before > 0) of_stage.set_rate(static_cast<int32_t>(exact::Round(exact::Fraction(int64_t{10000} * reached_[stage], before))));
      before = reached_[stage];
    }
    const int hires = reached_[v1::STAGE_HIRED];
    for (const auto& [currency, amount] : costs_) {
      v1::HireCost& cost = *yield.add_costs();
      cost.set_currency_code(currency);
      cost.set_amount_minor(amount);
      cost.set_hires(hires);
      if (hires > 0) cost.set_per_hire_minor(exact::Round(exact::Fraction(amount, hires)));
    }
    if (const auto median = MedianHundredths(to_hire_)) yield.set_days_to_hire(static_cast<int32_t>(*median));
    if (const auto median = MedianHundredths(to_fill_)) yield.set_days_to_fill(static_cast<int32_t>(*median));
    return yield;
  }

 private:
  std::set<std::string> people_;
  int reached_[v1::STAGE_HIRED + 1] = {};
  std::map<std::string, int64_t> costs_;
  std::vector<int64_t> to_hire_, to_fill_;
};

void AddOpen(google::protobuf::RepeatedPtrField<v1::OpenSince>& list, const std::string& name, absl::CivilDay since, absl::CivilDay today) {
  v1::OpenSince& open = *list.Add();
  open.set_resource(name);
  open.set_days(static_cast<int32_t>(today - since));
}

}  // namespace

std::optional<int64_t> MedianHundredths(std::vector<int64_t> days) {
  if (days.empty()) return std::nullopt;
  std::sort(days.begin(), days.end());
  return 50 * (days[(days.size() - 1) / 2] + days[days.size() / 2]);
}

v1::ComputeYieldResponse ComputeYield(const std::vector<YieldFacts>& applications, const std::vector<OpeningCost>& costs,
                                      const std::vector<RequisitionFacts>& requisitions, absl::CivilDay today) {
  std::map<std::pair<std::string, std::string>, Group> groups;
  Group whole;
  v1::ComputeYieldResponse yield;
  std::map<std::string, absl::CivilDay> open;
  for (const YieldFacts& application : applications) {
    groups[{application.channel, application.position}].Add(application);
    whole.Add(application);
    if (application.live) open[application.name] = application.applied;
  }
  for (const OpeningCost& cost : costs) {
    // What a channel cost that brought nobody is in the whole alone.
    whole.Add(cost);
    const auto group = groups.find({cost.channel, cost.position});
    if (group != groups.end()) group->second.Add(cost);
  }
  for (const auto& [key, group] : groups) {
    v1::Yield& row = *yield.add_rows();
    row = group.Sum();
    row.set_channel(key.first);
    row.set_position(key.second);
  }
  *yield.mutable_whole() = whole.Sum();
  for (const auto& [name, since] : open) AddOpen(*yield.mutable_open_applications(), name, since, today);
  std::map<std::string, absl::CivilDay> seeking;
  for (const RequisitionFacts& requisition : requisitions) {
    if (requisition.takes_applications && requisition.approved) seeking[requisition.name] = *requisition.approved;
  }
  for (const auto& [name, since] : seeking) AddOpen(*yield.mutable_open_requisitions(), name, since, today);
  return yield;
}

void KeepAggregates(v1::ComputeYieldResponse& yield, const std::vector<YieldFacts>& applications) {
  yield.clear_open_applications();
  yield.clear_open_requisitions();
  std::set<std::pair<std::string, std::string>> left_out;
  auto& rows = *yield.mutable_rows();
  for (const v1::Yield& row : rows) {
    if (row.people() < kLeastPeople) left_out.emplace(row.channel(), row.position());
  }
  rows.erase(std::remove_if(rows.begin(), rows.end(), [](const v1::Yield& row) { return row.people() < kLeastPeople; }), rows.end());
  std::set<std::string> people;
  for (const YieldFacts& application : applications) {
    if (left_out.count({application.channel, application.position}) > 0) people.insert(application.candidate);
  }
  const bool tells = !left_out.empty() && people.size() < static_cast<size_t>(kLeastPeople);
  if (tells || yield.whole().people() < kLeastPeople) yield.clear_whole();
  const auto keep_medians = [](v1::Yield& row) {
    if (row.stages(row.stages_size() - 1).count() >= kLeastPeople) return;
    row.clear_days_to_hire();
    row.clear_days_to_fill();
  };
  for (v1::Yield& row : rows) keep_medians(row);
  if (yield.has_whole()) keep_medians(*yield.mutable_whole());
}

}  // namespace heitie::personnel
