#include "services/personnel/candidate/yield_report.h"

#include <algorithm>
#include <map>

#include "common/status/macros.h"
#include "common/status/shared.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "services/personnel/candidate/pipeline.h"

namespace heitie::personnel {

const status::Reason kSpanTooLong{absl::StatusCode::kInvalidArgument, "SPAN_TOO_LONG", "{days} days are more than {most} at a time.",
                                  "一次最多 {most} 天，不可為 {days} 天。"};

namespace {

constexpr int64_t kMostDays = 800;

}  // namespace

absl::StatusOr<std::vector<YieldFacts>> YieldReport::ReadFacts(sql::Session& session, const v1::ComputeYieldRequest& request,
                                                               const std::vector<RequisitionFacts>& requisitions) const {
  std::string condition = "WHERE apply_date >= ? AND apply_date <= ?";
  sql::Values values = sql::Bind(time::DayText(time::ToDay(request.start_date())), time::DayText(time::ToDay(request.end_date())));
  if (!request.channel().empty()) condition += " AND channel = ?", values.emplace_back(request.channel());
  if (!request.position().empty()) condition += " AND position = ?", values.emplace_back(request.position());
  ASSIGN_OR_RETURN(const std::vector<v1::Application> applications, applications_.Select(session, condition, values));
  std::map<std::string, std::optional<absl::CivilDay>> approved;
  for (const RequisitionFacts& requisition : requisitions) approved[requisition.name] = requisition.approved;
  std::vector<YieldFacts> facts;
  for (const v1::Application& application : applications) {
    YieldFacts fact;
    fact.name = application.name();
    fact.candidate = application.candidate();
    fact.channel = application.channel();
    fact.position = application.position();
    fact.applied = time::ToDay(application.apply_date());
    fact.furthest = FurthestStage(application);
    fact.live = IsLive(application.state());
    for (const v1::StageReached& reached : application.stages()) {
      if (reached.stage() == v1::STAGE_HIRED && !reached.has_retract_time())
        fact.hired = absl::ToCivilDay(time::ToTime(reached.time()), zone_);
    }
    if (const auto found = approved.find(application.requisition()); found != approved.end()) fact.approved = found->second;
    facts.push_back(std::move(fact));
  }
  return facts;
}

absl::StatusOr<v1::ComputeYieldResponse> YieldReport::Compute(const rpc::Call& call, const v1::ComputeYieldRequest& request) {
  const absl::CivilDay first = time::ToDay(request.start_date()), last = time::ToDay(request.end_date());
  status::BadFields bad;
  if (last < first) bad.Add("end_date", status::kDatesReversed, {{"start", time::DayText(first)}, {"end", time::DayText(last)}});
  if (last - first >= kMostDays) bad.Add("end_date", kSpanTooLong, {{"days", last - first + 1}, {"most", kMostDays}});
  RETURN_IF_ERROR(bad.status());
  v1::ComputeYieldResponse response;
  RETURN_IF_ERROR(store_.Read(call, [&](sql::Session& session) -> absl::Status {
    ASSIGN_OR_RETURN(std::vector<RequisitionFacts> requisitions, book_.All(session, request.position()));
    ASSIGN_OR_RETURN(const std::vector<YieldFacts> facts, ReadFacts(session, request, requisitions));
    ASSIGN_OR_RETURN(std::vector<OpeningCost> costs, book_.CostsIn(session, first, last));
    const auto other = [&](const OpeningCost& cost) {
      return (!request.channel().empty() && cost.channel != request.channel()) ||
             (!request.position().empty() && cost.position != request.position());
    };
    costs.erase(std::remove_if(costs.begin(), costs.end(), other), costs.end());
    response = ComputeYield(facts, costs, requisitions, absl::ToCivilDay(call.now, zone_));
    if (!call.principal.Has(options::v1::ROLE_OPERATIONS_MANAGER)) KeepAggregates(response, facts);
    return absl::OkStatus();
  }));
  return response;
}

void YieldReport::Bind(record::Methods& methods) { methods.Bind("ComputeYield", this, &YieldReport::Compute); }

}  // namespace heitie::personnel
