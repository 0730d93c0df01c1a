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

// A skill that nothing but a course's certificate shows, so that a search for skills finds courses.
std::string SkillOfCourse(const std::string& course) { return absl::StrCat("certificate of ", course); }

bool NeedsStaff(Activity::State state) {
  return state == Activity::STATE_PREPARING || state == Activity::STATE_READY || state == Activity::STATE_LIVE ||
         state == Activity::STATE_PAUSED;
}

}  // namespace

std::optional<StaffingGap> NeedOf(const Activity& activity) {
  if (!NeedsStaff(activity.state()) || activity.staff().empty()) return std::nullopt;
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

std::optional<v1::CheckQualificationRequest> QuestionOf(const StaffingGap& need, absl::CivilDay today) {
  if (time::ToDay(need.end_date()) < today) return std::nullopt;
  v1::CheckQualificationRequest question;
  *question.mutable_employees() = need.staff();
  *question.mutable_requirement()->mutable_courses() = need.courses();
  question.mutable_requirement()->set_min_count(need.required_count());
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
  for (auto& [name, course] : in_time.courses) {
    course.clear_granted_skills();
    if (lacking.count(name) == 0) continue;
    v1::SkillLevel& shown = *course.add_granted_skills();
    shown.set_skill(SkillOfCourse(name));
    shown.set_level(1);
  }
  for (const auto& [name, sessions] : facts.sessions) {
    const auto course = facts.courses.find(name);
    if (course == facts.courses.end()) continue;
    for (const FreeSession& session : sessions) {
      if (session.day >= span.first) continue;
      const std::optional<absl::CivilDay> until = ValidUntil(course->second, session.day);
      // What is only presupposed need not last.
      if (lacking.count(name) > 0 && until && *until < span.last) continue;
      in_time.sessions[name].push_back(session);
    }
  }
  std::vector<v1::SkillLevel> gap;
  for (const std::string& course : lacking) {
    gap.emplace_back().set_skill(SkillOfCourse(course));
    gap.back().set_level(1);
  }
  const TrainingProposal proposal = ProposeTraining(gap, in_time);
  if (proposal.open.empty()) {
    *trainee.mutable_courses() = ToResponse(proposal).courses();
    return trainee;
  }
  bool too_complex = true;
  for (const OpenSkill& open : proposal.open) {
    too_complex = too_complex && open.why == OpenSkill::Why::kTooComplex;
    for (const std::string& course : lacking) {
      if (SkillOfCourse(course) == open.skill) trainee.add_missing_courses(course);
    }
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
