#include "services/personnel/staffing/remedy.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/civil_time.h"
#include "common/status/macros.h"
#include "common/time/day.h"

namespace heitie::personnel {

const status::Reason kRequisitionMissing{absl::StatusCode::kInvalidArgument, "REQUISITION_MISSING",
                                         "A decision to hire says what is asked for.", "決定招聘時須填寫需求單內容。"};
const status::Reason kGapTellsNot{absl::StatusCode::kInvalidArgument, "GAP_TELLS_NOT", "The gap does not say it, so it is to be given.",
                                  "人員缺口未載明此項，須另行填寫。"};
const status::Reason kNobodyToHire{absl::StatusCode::kInvalidArgument, "NOBODY_TO_HIRE",
                                   "Whoever is missing can be trained or is on the way: say how many are sought all the same.",
                                   "缺少的人員可經培訓補足或已在到任途中；如仍要招聘，請填寫人數。"};
const status::Reason kNotTrainable{absl::StatusCode::kInvalidArgument, "NOT_TRAINABLE",
                                   "Training does not qualify {employee} in time for this gap.", "培訓無法使 {employee} 及時補上此缺口。"};
const status::Reason kNobodyTrainable{absl::StatusCode::kFailedPrecondition, "NOBODY_TRAINABLE",
                                      "Training qualifies nobody in time for {gap}: plan a session first, hire, or accept it.",
                                      "培訓無法使任何人及時補上 {gap}：請先安排場次、招聘或接受缺口。"};

absl::StatusOr<v1::Requisition> RequisitionFor(const v1::DecideStaffingGapRequest& request, const v1::StaffingGap& gap,
                                               const v1::ProposeStaffingResponse& proposal) {
  status::BadFields bad;
  if (!request.has_requisition()) {
    bad.Add("requisition", kRequisitionMissing);
    return bad.status();
  }
  const v1::StaffingRequisition& asked = request.requisition();
  v1::Requisition requisition;
  requisition.set_position(asked.position().empty() ? gap.position() : asked.position());
  if (requisition.position().empty()) bad.Add("requisition.position", kGapTellsNot);
  requisition.set_department(asked.department().empty() ? gap.department() : asked.department());
  if (requisition.department().empty()) bad.Add("requisition.department", kGapTellsNot);
  requisition.set_seats(asked.seats() == 0 ? proposal.hire_count() : asked.seats());
  if (requisition.seats() == 0) bad.Add("requisition.seats", kNobodyToHire);
  requisition.set_requirements(asked.requirements());
  requisition.set_ground(v1::Requisition::GROUND_GAP);
  requisition.set_reason(request.reason());
  *requisition.mutable_need_date() = gap.start_date();
  requisition.set_budget(asked.budget());
  requisition.set_seat_amount_minor(asked.seat_amount_minor());
  requisition.set_advertising_minor(asked.advertising_minor());
  *requisition.mutable_expire_time() = asked.expire_time();
  requisition.set_owner(asked.owner());
  requisition.set_staffing_gap(gap.name());
  RETURN_IF_ERROR(bad.status());
  return requisition;
}

absl::StatusOr<std::vector<std::string>> TraineesFor(const v1::DecideStaffingGapRequest& request,
                                                     const v1::ProposeStaffingResponse& proposal) {
  std::vector<std::pair<absl::CivilDay, std::string>> trainable;
  std::set<std::string> names;
  for (const v1::StaffingTrainee& trainee : proposal.trainees()) {
    if (trainee.courses().empty()) continue;
    trainable.emplace_back(time::ToDay(trainee.courses().rbegin()->date()), trainee.employee());
    names.insert(trainee.employee());
  }
  status::BadFields bad;
  for (int i = 0; i < request.trainees_size(); ++i) {
    const std::string& employee = request.trainees(i);
    if (names.count(employee) == 0) bad.Add(absl::StrCat("trainees[", i, "]"), kNotTrainable, {{"employee", employee}});
  }
  RETURN_IF_ERROR(bad.status());
  if (!request.trainees().empty()) return std::vector<std::string>(request.trainees().begin(), request.trainees().end());
  if (trainable.empty()) return status::Error(kNobodyTrainable, {{"gap", request.name()}});
  std::sort(trainable.begin(), trainable.end());
  trainable.resize(std::min(trainable.size(), static_cast<size_t>(std::max(1, proposal.trainable_count()))));
  std::vector<std::string> chosen;
  for (const auto& [day, name] : trainable) chosen.push_back(name);
  return chosen;
}

std::vector<std::string> LackingCourses(const v1::StaffingGap& gap, const std::string& employee) {
  std::vector<std::string> courses;
  for (const v1::StaffingShortfall& shortfall : gap.shortfalls()) {
    if (shortfall.employee() != employee) continue;
    for (const v1::Disqualification& against : shortfall.disqualifications()) {
      if (!against.course().empty()) courses.push_back(against.course());
    }
  }
  return courses;
}

}  // namespace heitie::personnel
