// Skills: what is demanded, and what somebody holds on a day by certificates and attested assessments (policy H3).
#ifndef HEITIE_SERVICES_PERSONNEL_TRAINING_SKILL_H_
#define HEITIE_SERVICES_PERSONNEL_TRAINING_SKILL_H_

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "common/record/methods.h"
#include "common/status/status.h"
#include "heitie/personnel/v1/certificate.pb.h"
#include "heitie/personnel/v1/course.pb.h"
#include "heitie/personnel/v1/employee.pb.h"
#include "heitie/personnel/v1/position.pb.h"
#include "heitie/personnel/v1/skill.pb.h"
#include "heitie/personnel/v1/training_proposal.pb.h"
#include "services/personnel/training/certificate.h"
#include "services/personnel/training/training_plan.h"

namespace heitie::personnel {

extern const status::Reason kUnknownSkill;    // {skill}
extern const status::Reason kUnknownLevel;    // {skill} {level} {most}
extern const status::Reason kDuplicateSkill;  // {skill}
extern const status::Reason kLevelsRemoved;   // {name} {count}
extern const status::Reason kOwnAssessment;   // {employee}
extern const status::Reason kNotYourSkills;   // {employee}

// The greatest level of a skill that somebody holds on a day; of equal ones that which lasts longest.
struct HeldSkill {
  int level = 0;
  std::string source;  // a certificate or an assessment
  std::optional<absl::CivilDay> until;
};

// What shows somebody's skills: issued certificates, attested assessments, and what the courses of the certificates grant.
struct SkillFacts {
  std::vector<v1::Certificate> certificates;
  std::vector<v1::SkillAssessment> assessments;
  std::map<std::string, v1::Course> courses;
};

HeldSkill HeldOn(const std::string& skill, absl::CivilDay day, const SkillFacts& facts);

// The demands of a position on `day`, each with what is held. Costs the facts for each demand.
v1::ComputeSkillGapResponse GapOn(const v1::Position& position, absl::CivilDay day, const SkillFacts& facts);

const record::StateMachine& SkillAssessmentMachine();

// What of a position's demands on `day` is missing: the levels to be reached.
std::vector<v1::SkillLevel> MissingOn(const v1::Position& position, absl::CivilDay day, const SkillFacts& facts);
// The position of an employee on a day; outside of the employment the nearest one.
std::string PositionOn(const v1::Employee& employee, absl::CivilDay day);

// Whether the skill has the level, as violations of the two fields. Another error is the database's.
absl::Status CheckLevel(sql::Session& sql, const record::Kind<v1::Skill>& skills, const std::string& skill, int level,
                        const std::string& skill_field, const std::string& level_field, status::BadFields& bad);
// Whether the levels that something demands or grants exist, each skill once, as violations of `field`.
absl::Status CheckLevels(sql::Session& sql, const record::Kind<v1::Skill>& skills, const std::string& field,
                         const google::protobuf::RepeatedPtrField<v1::SkillLevel>& levels, status::BadFields& bad);

// Thread-safe.
class Skills {
 public:
  explicit Skills(record::Store& store) : skills_(store) {}
  void Bind(record::Methods& methods);
  const record::Kind<v1::Skill>& kind() const { return skills_; }

 private:
  absl::Status Update(record::Transaction& tx, const v1::Skill& before, v1::Skill& after);

  record::Kind<v1::Skill> skills_;
};

// Thread-safe.
class SkillAssessments {
 public:
  SkillAssessments(record::Store& store, absl::TimeZone zone, const record::Kind<v1::Skill>& skills,
                   const record::Kind<v1::Employee>& employees, const record::Kind<v1::Position>& positions,
                   const record::Kind<v1::Course>& courses, const Certificates& certificates);
  void Bind(record::Methods& methods);

  // What shows the skills of an employee, as of now.
  absl::StatusOr<SkillFacts> FactsOf(sql::Session& sql, const std::string& employee) const;
  // And what training is to be had: the sessions after today, until `last` if it is given, in which the employee could take part.
  absl::StatusOr<TrainingFacts> TrainingFactsOf(sql::Session& sql, const v1::Employee& employee, const SkillFacts& facts,
                                                absl::CivilDay today, std::optional<absl::CivilDay> last) const;

 private:
  absl::Status Create(record::Transaction& tx, v1::SkillAssessment& assessment);
  absl::StatusOr<v1::SkillAssessment> Revoke(record::Transaction& tx, const v1::RevokeSkillAssessmentRequest& request);
  // Whose gap it is, to which position, and what shows the skills, for a caller who may see them. NOT_YOUR_SKILLS, NOT_FOUND.
  struct Subject {
    v1::Employee employee;
    v1::Position position;
    SkillFacts facts;
  };
  absl::StatusOr<Subject> SubjectOf(const rpc::Call& call, sql::Session& sql, const std::string& employee, const std::string& position,
                                    absl::CivilDay day) const;
  absl::StatusOr<v1::ComputeSkillGapResponse> ComputeGap(const rpc::Call& call, const v1::ComputeSkillGapRequest& request);
  absl::StatusOr<v1::ProposeTrainingResponse> Propose(const rpc::Call& call, const v1::ProposeTrainingRequest& request);

  record::Store& store_;
  const absl::TimeZone zone_;
  record::Kind<v1::SkillAssessment> assessments_;
  const record::Kind<v1::Skill>& skills_;
  const record::Kind<v1::Employee>& employees_;
  const record::Kind<v1::Position>& positions_;
  const record::Kind<v1::Course>& courses_;
  const Certificates& certificates_;
};

}  // namespace heitie::personnel

#endif  // HEITIE_SERVICES_PERSONNEL_TRAINING_SKILL_H_
