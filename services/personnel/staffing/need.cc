#include "services/personnel/staffing/need.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "heitie/activity/v1/activity.pb.h"
#include "heitie/personnel/v1/staffing_gap.pb.h"
#include "services/personnel/training/course.h"

namespace heitie::personnel {
namespace {

using activity::v1::Activity;
using v1::Disqualification;
using v1::StaffingGap;
using v1::StaffingTrainee;

bool NeedsStaff(Activity::State state) {
  return state == Activity::STATE_PREPARING || state == Activity::STATE_READY || state == Activity::STATE_LIVE ||
         state == Activity::STATE_PAUSED;
}

}  // namespace

std::optional<StaffingGap> NeedOf(const Activity& activity) {
  if (!NeedsStaff(activity.state()) || activity.staff().empty() || activity.staffed_by_shifts()) return std::nullopt;
  StaffingGap need;
  need.set_subject(activity.name());
  need.set_source(StaffingGap::SOURCE_ACTIVITY);
  need.set_title(activity.title());
  *need.mutable_courses() = activity.training_requirement().courses();
  for (const auto& assignment : activity.staff()) need.add_staff(assignment.employee());
  const absl::Time end = time::ToTime(activity.end_time()) - absl::Microseconds(1);
  *need.mutable_start_date() = time::DateOf(std::min(time::ToTime(activity.start_time()), end), activity.time_zone());
  *need.mutable_end_date() = time::DateOf(end, activity.time_zone());
  need.set_required_count(need.staff_size());
  need.set_requester(activity.owner());
  return need;
}

std::optional<StaffingGap> NeedOf(const activity::v1::Shift& shift) {
  if (shift.state() != activity::v1::Shift::STATE_PLANNED || shift.people().empty()) return std::nullopt;
  StaffingGap need;
  need.set_subject(shift.name());
  need.set_source(StaffingGap::SOURCE_SHIFT);
  need.set_title(shift.role());
  *need.mutable_courses() = shift.courses();
  for (const auto& person : shift.people()) need.add_staff(person.employee());
  *need.mutable_start_date() = shift.start_date();
  *need.mutable_end_date() = shift.end_date();
  need.set_required_count(need.staff_size());
  need.set_requester(shift.requester());
  return need;
}

std::optional<StaffingGap> NeedOf(const activity::v1::ShiftCoverage& coverage) {
  if (coverage.gap_count() == 0) return std::nullopt;
  StaffingGap need;
  need.set_subject(coverage.name());
  need.set_source(StaffingGap::SOURCE_SHIFT_COVERAGE);
  need.set_title(coverage.role());
  *need.mutable_start_date() = coverage.gap_start_date();
  *need.mutable_end_date() = coverage.gap_end_date();
  need.set_required_count(coverage.missing_count());
  need.set_requester(coverage.requester());
  return need;
}

std::optional<StaffingGap> NeedOf(const resource::v1::StaffDemand& demand) {
  if (demand.state() != resource::v1::StaffDemand::STATE_OPEN) return std::nullopt;
  StaffingGap need;
  need.set_subject(demand.name());
  need.set_source(StaffingGap::SOURCE_STAFF_DEMAND);
  need.set_title(demand.title());
  need.set_position(demand.position());
  *need.mutable_courses() = demand.courses();
  *need.mutable_engaged() = demand.engaged();
  // Plans in force have them elsewhere.
  for (const std::string& name : demand.assigned_elsewhere()) {
    if (std::find(need.engaged().begin(), need.engaged().end(), name) == need.engaged().end()) need.add_engaged(name);
  }
  *need.mutable_start_date() = demand.start_date();
  *need.mutable_end_date() = demand.end_date();
  need.set_required_count(demand.required_count());
  need.set_requester(demand.owner());
  return need;
}

StaffingGap NeedOf(const v1::HeadcountPlan& plan, const HeadcountShortage& shortage) {
  StaffingGap need;
  need.set_subject(plan.name());
  need.set_source(StaffingGap::SOURCE_HEADCOUNT_PLAN);
  need.set_position(plan.position());
  need.set_department(plan.department());
  *need.mutable_start_date() = time::ToDate(shortage.first);
  *need.mutable_end_date() = time::ToDate(shortage.last);
  need.set_required_count(shortage.worst.planned());
  need.set_qualified_count(shortage.worst.planned() - shortage.worst.uncovered());
  return need;
}

std::vector<std::string> PoolOf(const StaffingGap& need, const People& people, absl::CivilDay today) {
  const absl::CivilDay first = std::max(time::ToDay(need.start_date()), today), last = time::ToDay(need.end_date());
  std::vector<std::string> pool;
  for (const auto& [name, person] : people) {
    if (std::find(need.engaged().begin(), need.engaged().end(), name) != need.engaged().end()) continue;
    // Terms follow each other without a gap.
    absl::CivilDay next = first;
    for (const Term& term : TermsOf(person)) {
      if (next > last || term.last < next || term.first > next || term.assignment.position() != need.position()) continue;
      next = term.last < last ? term.last + 1 : last + 1;
    }
    if (next > last) pool.push_back(name);
  }
  return pool;
}

absl::CivilDay HorizonOf(absl::CivilDay today, int months) {
  return months == 0 ? today : absl::CivilDay(absl::CivilMonth(today) + months + 1) - 1;
}

v1::CheckQualificationResponse NobodyFor(const StaffingGap& need) {
  v1::CheckQualificationResponse answer;
  answer.set_required_count(need.required_count());
  return answer;
}

std::optional<v1::CheckQualificationRequest> QuestionOf(const StaffingGap& need, absl::CivilDay today) {
  if (time::ToDay(need.end_date()) < today) return std::nullopt;
  v1::CheckQualificationRequest question;
  *question.mutable_employees() = need.staff();
  *question.mutable_requirement()->mutable_courses() = need.courses();
  question.mutable_requirement()->set_min_count(need.required_count());
  question.mutable_requirement()->set_position_courses(need.source() == StaffingGap::SOURCE_STAFF_DEMAND);
  *question.mutable_start_date() = time::ToDate(std::max(time::ToDay(need.start_date()), today));
  *question.mutable_end_date() = need.end_date();
  return question;
}

void TakeAnswer(const v1::CheckQualificationResponse& answer, StaffingGap& gap) {
  gap.set_required_count(answer.required_count());
  gap.set_qualified_count(answer.qualified_count());
  gap.clear_shortfalls();
  for (const v1::EmployeeQualification& judged : answer.employees()) {
    if (judged.qualified()) continue;
    v1::StaffingShortfall& shortfall = *gap.add_shortfalls();
    shortfall.set_employee(judged.employee());
    *shortfall.mutable_disqualifications() = judged.disqualifications();
  }
}

StaffingTrainee TraineeOf(const v1::StaffingShortfall& shortfall, const TrainingFacts& facts, Span span) {
  StaffingTrainee trainee;
  trainee.set_employee(shortfall.employee());
  std::set<std::string> lacking;
  for (const Disqualification& against : shortfall.disqualifications()) {
    if (against.reason() == Disqualification::REASON_NOT_ACTIVE || against.reason() == Disqualification::REASON_UNKNOWN_EMPLOYEE) {
      trainee.set_obstacle(StaffingTrainee::OBSTACLE_NOT_AT_WORK);
      return trainee;
    }
    lacking.insert(against.course());
  }
  TrainingFacts in_time{facts.courses, {}, facts.certificates};
  for (auto& [name, course] : in_time.courses) course.clear_granted_skills();
  for (const auto& [name, sessions] : facts.sessions) {
    for (const FreeSession& session : sessions) {
      if (session.day < span.first) in_time.sessions[name].push_back(session);
    }
  }
  std::vector<v1::SkillLevel> gap;
  // What is only presupposed need not last.
  DemandCertificates({lacking.begin(), lacking.end()}, span.last, gap, in_time);
  const TrainingProposal proposal = ProposeTraining(gap, in_time);
  if (proposal.open.empty()) {
    *trainee.mutable_courses() = ToResponse(proposal).courses();
    return trainee;
  }
  bool too_complex = true;
  for (const OpenSkill& open : proposal.open) {
    too_complex = too_complex && open.why == OpenSkill::Why::kTooComplex;
    trainee.add_missing_courses(CourseDemandedBy(open.skill));
  }
  trainee.set_obstacle(too_complex ? StaffingTrainee::OBSTACLE_TOO_MANY_COURSES : StaffingTrainee::OBSTACLE_NO_SESSION);
  return trainee;
}

void ConcludeProposal(int missing, v1::ProposeStaffingResponse& response) {
  const auto trainable = std::count_if(response.trainees().begin(), response.trainees().end(), [](const StaffingTrainee& trainee) {
    return trainee.obstacle() == StaffingTrainee::OBSTACLE_UNSPECIFIED;
  });
  response.set_missing_count(missing);
  response.set_trainable_count(std::min(missing, static_cast<int>(trainable)));
  response.set_hire_count(missing - response.trainable_count());
}

}  // namespace heitie::personnel
