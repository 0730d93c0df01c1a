#include "services/personnel/training/training_plan.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <tuple>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "common/time/day.h"
#include "services/personnel/training/course.h"
#include "services/personnel/training/qualification.h"

namespace heitie::personnel {
namespace {

using Chosen = std::set<std::string>;

// Begins a skill that nothing but a course's certificate shows, so that a search for skills finds courses; no name of a skill does.
constexpr absl::string_view kCertificateOf = "certificate of ";

class CourseSearch {
 public:
  CourseSearch(const std::vector<v1::SkillLevel>& gap, const TrainingFacts& facts) : gap_(gap), facts_(facts) {}

  // The best plan of the fewest courses; nullopt when none of at most `most` courses closes the gap.
  std::optional<std::vector<PlannedCourse>> Best(size_t most) {
    for (size_t size = 0; size <= most && !best_; ++size) {
      seen_.clear();
      Deepen({}, size);
    }
    if (!best_) return std::nullopt;
    std::vector<PlannedCourse> plan = std::get<2>(*best_);
    std::sort(plan.begin(), plan.end(),
              [](const PlannedCourse& a, const PlannedCourse& b) { return std::tie(a.day, a.course) < std::tie(b.day, b.course); });
    return plan;
  }

 private:
  // The first session of each chosen course that it can be taken in, in the order in which the courses presuppose each other.
  const FreeSession* SessionOf(const std::string& name, const Chosen& chosen) {
    const auto known = first_.find(name);
    if (known != first_.end()) return known->second;
    first_[name] = nullptr;
    const auto course = facts_.courses.find(name);
    const auto sessions = facts_.sessions.find(name);
    if (course == facts_.courses.end() || sessions == facts_.sessions.end()) return nullptr;
    const FreeSession* first = nullptr;
    for (const FreeSession& session : sessions->second) {
      if (first != nullptr && std::tie(first->day, first->name) <= std::tie(session.day, session.name)) continue;
      const auto satisfied = [&](const std::string& prerequisite) {
        if (HoldsOn(prerequisite, facts_.certificates, session.day)) return true;
        const FreeSession* before = chosen.count(prerequisite) > 0 ? SessionOf(prerequisite, chosen) : nullptr;
        return before != nullptr && before->day < session.day;
      };
      if (std::all_of(course->second.prerequisites().begin(), course->second.prerequisites().end(), satisfied)) first = &session;
    }
    return first_[name] = first;
  }

  // What `course` presupposes and is not chosen, over chosen ones too.
  void CollectMissing(const std::string& course, const Chosen& chosen, Chosen& passed, Chosen& missing) const {
    const auto found = facts_.courses.find(course);
    if (found == facts_.courses.end() || !passed.insert(course).second) return;
    for (const std::string& prerequisite : found->second.prerequisites()) {
      if (chosen.count(prerequisite) == 0) {
        missing.insert(prerequisite);
      } else {
        CollectMissing(prerequisite, chosen, passed, missing);
      }
    }
  }

  void Deepen(const Chosen& chosen, size_t left) {
    if (!seen_.insert(chosen).second) return;
    Chosen next;
    const auto open = std::find_if(gap_.begin(), gap_.end(), [&](const v1::SkillLevel& wanted) {
      return std::none_of(chosen.begin(), chosen.end(), [&](const std::string& name) { return Grants(facts_.courses.at(name), wanted); });
    });
    if (open != gap_.end()) {
      for (const auto& [name, course] : facts_.courses) {
        if (Grants(course, *open)) next.insert(name);
      }
    } else {
      first_.clear();
      const auto blocked =
          std::find_if(chosen.begin(), chosen.end(), [&](const std::string& name) { return SessionOf(name, chosen) == nullptr; });
      if (blocked == chosen.end()) return Note(chosen);
      Chosen passed;
      CollectMissing(*blocked, chosen, passed, next);
    }
    if (left == 0) return;
    for (const std::string& name : next) {
      if (facts_.courses.count(name) == 0) continue;
      Chosen more = chosen;
      more.insert(name);
      Deepen(more, left - 1);
    }
  }

  void Note(const Chosen& chosen) {
    absl::CivilDay end = absl::CivilDay::min();
    std::vector<PlannedCourse> plan;
    for (const std::string& name : chosen) {
      const FreeSession& session = *SessionOf(name, chosen);
      plan.push_back({name, session.name, session.day});
      end = std::max(end, session.day);
    }
    if (!best_ || std::tie(end, chosen) < std::tie(std::get<0>(*best_), std::get<1>(*best_))) best_ = {end, chosen, plan};
  }

  const std::vector<v1::SkillLevel>& gap_;
  const TrainingFacts& facts_;
  std::map<std::string, const FreeSession*> first_;
  std::set<Chosen> seen_;
  std::optional<std::tuple<absl::CivilDay, Chosen, std::vector<PlannedCourse>>> best_;
};

}  // namespace

bool Grants(const v1::Course& course, const v1::SkillLevel& wanted) {
  return std::any_of(course.granted_skills().begin(), course.granted_skills().end(),
                     [&](const v1::SkillLevel& granted) { return granted.skill() == wanted.skill() && granted.level() >= wanted.level(); });
}

TrainingProposal ProposeTraining(const std::vector<v1::SkillLevel>& gap, const TrainingFacts& facts) {
  TrainingProposal proposal;
  // Sessions of different courses do not exclude each other: what can be closed alone can be closed together.
  std::vector<v1::SkillLevel> closable;
  for (const v1::SkillLevel& wanted : gap) {
    const bool granted =
        std::any_of(facts.courses.begin(), facts.courses.end(), [&](const auto& course) { return Grants(course.second, wanted); });
    if (granted && CourseSearch({wanted}, facts).Best(kMostCourses)) {
      closable.push_back(wanted);
    } else {
      proposal.open.push_back({wanted.skill(), wanted.level(), granted ? OpenSkill::Why::kNoSession : OpenSkill::Why::kNoCourse});
    }
  }
  if (std::optional<std::vector<PlannedCourse>> plan = CourseSearch(closable, facts).Best(kMostCourses)) {
    proposal.courses = *std::move(plan);
    return proposal;
  }
  for (const v1::SkillLevel& wanted : closable) proposal.open.push_back({wanted.skill(), wanted.level(), OpenSkill::Why::kTooComplex});
  return proposal;
}

std::string CourseDemandedBy(const std::string& skill) {
  return absl::StartsWith(skill, kCertificateOf) ? skill.substr(kCertificateOf.size()) : "";
}

void DemandCertificates(const std::vector<std::string>& courses, std::optional<absl::CivilDay> until, std::vector<v1::SkillLevel>& gap,
                        TrainingFacts& facts) {
  for (const std::string& name : courses) {
    v1::SkillLevel& demanded = gap.emplace_back();
    demanded.set_skill(absl::StrCat(kCertificateOf, name));
    demanded.set_level(1);
    const auto course = facts.courses.find(name);
    if (course == facts.courses.end()) continue;
    *course->second.add_granted_skills() = demanded;
    auto& sessions = facts.sessions[name];
    sessions.erase(std::remove_if(sessions.begin(), sessions.end(),
                                  [&](const FreeSession& session) {
                                    const std::optional<absl::CivilDay> last = ValidUntil(course->second, session.day);
                                    return until && last && *last < *until;
                                  }),
                   sessions.end());
  }
}

v1::ProposeTrainingResponse ToResponse(const TrainingProposal& proposal) {
  v1::ProposeTrainingResponse response;
  for (const PlannedCourse& planned : proposal.courses) {
    v1::ProposedCourse& course = *response.add_courses();
    course.set_course(planned.course);
    course.set_session(planned.session);
    *course.mutable_date() = time::ToDate(planned.day);
  }
  for (const OpenSkill& open : proposal.open) {
    v1::OpenDemand& demand = *response.add_open_demands();
    demand.set_course(CourseDemandedBy(open.skill));
    if (demand.course().empty()) {
      demand.mutable_demand()->set_skill(open.skill);
      demand.mutable_demand()->set_level(open.level);
    }
    demand.set_cause(open.why == OpenSkill::Why::kNoCourse    ? v1::OpenDemand::CAUSE_NO_COURSE
                     : open.why == OpenSkill::Why::kNoSession ? v1::OpenDemand::CAUSE_NO_SESSION
                                                              : v1::OpenDemand::CAUSE_TOO_MANY_COURSES);
  }
  return response;
}

}  // namespace heitie::personnel
