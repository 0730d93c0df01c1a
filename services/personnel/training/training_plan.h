// Which courses close a gap of skills (policy H3). Pure functions.
#ifndef HEITIE_SERVICES_PERSONNEL_TRAINING_TRAINING_PLAN_H_
#define HEITIE_SERVICES_PERSONNEL_TRAINING_TRAINING_PLAN_H_

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/time/civil_time.h"
#include "heitie/personnel/v1/certificate.pb.h"
#include "heitie/personnel/v1/course.pb.h"
#include "heitie/personnel/v1/skill.pb.h"
#include "heitie/personnel/v1/training_proposal.pb.h"

namespace heitie::personnel {

// A session in which the person could have a seat: free, ahead, on a day of presence.
struct FreeSession {
  std::string name;
  absl::CivilDay day;
};

struct TrainingFacts {
  std::map<std::string, v1::Course> courses;                 // all
  std::map<std::string, std::vector<FreeSession>> sessions;  // by course
  std::vector<v1::Certificate> certificates;                 // the person's issued ones
};

struct PlannedCourse {
  std::string course, session;
  absl::CivilDay day;
};

struct OpenSkill {
  enum class Why {
    kNoCourse,    // no course grants the level
    kNoSession,   // the courses that grant it, or what they presuppose, have no session to take part in
    kTooComplex,  // it takes more than kMostCourses courses
  };
  std::string skill;
  int level = 0;
  Why why = Why::kNoCourse;
};

struct TrainingProposal {
  std::vector<PlannedCourse> courses;  // by day, then name
  std::vector<OpenSkill> open;         // what no course closes, in the order of the gap
};

inline constexpr size_t kMostCourses = 10;

// Whether the course grants the skill at that level or above.
bool Grants(const v1::Course& course, const v1::SkillLevel& wanted);

// The fewest courses, those included that they presuppose, whose certificates close each level of `gap` that can be closed; of these the
// one that ends earliest, then the first by the names of its courses. A presupposed course counts by a certificate that is valid on the day
// of the session, or by a session on an earlier day. `gap` holds what is missing: the level that is to be reached, each skill once.
//
// An exact search, deeper by one course each time: a level that is open is closed by each course that grants it in turn, a course without a
// session that it can be taken in by each one that it still presupposes. It grows with the courses that grant one skill to the power of the
// courses that the plan needs.
TrainingProposal ProposeTraining(const std::vector<v1::SkillLevel>& gap, const TrainingFacts& facts);

// Adds to a gap that certificates of `courses` are to be had which are still valid on `until` (nothing: valid at all), and lets `facts`
// show them: only what is demanded so is closed by such a course, and of its sessions only those whose certificate lasts are left.
void DemandCertificates(const std::vector<std::string>& courses, std::optional<absl::CivilDay> until, std::vector<v1::SkillLevel>& gap,
                        TrainingFacts& facts);
// The course whose certificate a level demands that DemandCertificates has added; empty of others.
std::string CourseDemandedBy(const std::string& skill);

v1::ProposeTrainingResponse ToResponse(const TrainingProposal& proposal);

}  // namespace heitie::personnel

#endif  // HEITIE_SERVICES_PERSONNEL_TRAINING_TRAINING_PLAN_H_
