#include "services/personnel/training/skill.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "common/record/unused.h"
#include "common/status/macros.h"
#include "common/status/shared.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "heitie/options/v1/access.pb.h"
#include "services/personnel/staff/assignment.h"
#include "services/personnel/staff/employee.h"
#include "services/personnel/training/session.h"
#include "services/personnel/training/training_plan.h"

namespace heitie::personnel {

const status::Reason kUnknownSkill{absl::StatusCode::kInvalidArgument, "UNKNOWN_SKILL", "There is no skill {skill}.", "沒有技能 {skill}。"};
const status::Reason kUnknownLevel{absl::StatusCode::kInvalidArgument, "UNKNOWN_LEVEL",
                                   "{skill} has {most} levels, so there is no level {level}.",
                                   "{skill} 只有 {most} 級，沒有第 {level} 級。"};
const status::Reason kDuplicateSkill{absl::StatusCode::kInvalidArgument, "DUPLICATE_SKILL", "{skill} stands in the list twice.",
                                     "{skill} 在清單中重複。"};
const status::Reason kLevelsRemoved{absl::StatusCode::kFailedPrecondition, "LEVELS_REMOVED",
                                    "{name} has {count} levels, which may be reworded and added to, not taken away.",
                                    "{name} 已有 {count} 級，可以改寫或增加，不可移除。"};
const status::Reason kOwnAssessment{absl::StatusCode::kPermissionDenied, "OWN_ASSESSMENT",
                                    "Somebody else than {employee} attests this; nobody decides on her own skills.",
                                    "須由 {employee} 以外的人認定，不可認定自己的技能。"};
const status::Reason kNotYourSkills{absl::StatusCode::kPermissionDenied, "NOT_YOUR_SKILLS",
                                    "Only a manager and the superior may see the skills of {employee}; you may see your own.",
                                    "僅經理與其主管可以查看 {employee} 的技能；您可以查看自己的。"};

namespace {

template <typename T>
bool CountsOn(const T& proof, absl::CivilDay day) {
  return time::ToDay(proof.valid_from()) <= day && (!proof.has_valid_until() || day <= time::ToDay(proof.valid_until()));
}

template <typename T>
void Consider(const T& proof, int level, HeldSkill& held) {
  HeldSkill one{level, proof.name(), std::nullopt};
  if (proof.has_valid_until()) one.until = time::ToDay(proof.valid_until());
  const bool longer = held.until && (!one.until || *one.until > *held.until);
  if (level > held.level || (level == held.level && longer)) held = one;
}

}  // namespace

HeldSkill HeldOn(const std::string& skill, absl::CivilDay day, const SkillFacts& facts) {
  HeldSkill held;
  for (const v1::Certificate& certificate : facts.certificates) {
    const auto course = facts.courses.find(certificate.course());
    if (course == facts.courses.end() || !CountsOn(certificate, day)) continue;
    for (const v1::SkillLevel& granted : course->second.granted_skills()) {
      if (granted.skill() == skill) Consider(certificate, granted.level(), held);
    }
  }
  for (const v1::SkillAssessment& assessment : facts.assessments) {
    if (assessment.skill() == skill && CountsOn(assessment, day)) Consider(assessment, assessment.level(), held);
  }
  return held;
}

v1::ComputeSkillGapResponse GapOn(const v1::Position& position, absl::CivilDay day, const SkillFacts& facts) {
  v1::ComputeSkillGapResponse gap;
  gap.set_position(position.name());
  *gap.mutable_date() = time::ToDate(day);
  gap.set_met(true);
  for (const v1::SkillLevel& required : position.required_skills()) {
    const HeldSkill held = HeldOn(required.skill(), day, facts);
    v1::SkillStanding& standing = *gap.add_skills();
    standing.set_skill(required.skill());
    standing.set_required_level(required.level());
    standing.set_held_level(held.level);
    standing.set_source(held.source);
    if (held.until) *standing.mutable_valid_until() = time::ToDate(*held.until);
    standing.set_missing_levels(std::max(0, required.level() - held.level));
    if (standing.missing_levels() > 0) gap.set_met(false);
  }
  return gap;
}

std::vector<v1::SkillLevel> MissingOn(const v1::Position& position, absl::CivilDay day, const SkillFacts& facts) {
  std::vector<v1::SkillLevel> missing;
  const v1::ComputeSkillGapResponse gap = GapOn(position, day, facts);
  for (const v1::SkillStanding& standing : gap.skills()) {
    if (standing.missing_levels() == 0) continue;
    missing.emplace_back().set_skill(standing.skill());
    missing.back().set_level(standing.required_level());
  }
  return missing;
}

std::string PositionOn(const v1::Employee& employee, absl::CivilDay day) {
  const std::optional<v1::Assignment> assignment = AssignmentOn(employee, day);
  return assignment ? assignment->position() : employee.position();
}

absl::Status CheckLevel(sql::Session& sql, const record::Kind<v1::Skill>& skills, const std::string& skill, int level,
                        const std::string& skill_field, const std::string& level_field, status::BadFields& bad) {
  const absl::StatusOr<v1::Skill> found = skills.Find(sql, skill);
  if (absl::IsNotFound(found.status())) {
    bad.Add(skill_field, kUnknownSkill, {{"skill", skill}});
    return absl::OkStatus();
  }
  RETURN_IF_ERROR(found.status());
  if (level > found->levels_size()) {
    bad.Add(level_field, kUnknownLevel, {{"skill", skill}, {"level", level}, {"most", found->levels_size()}});
  }
  return absl::OkStatus();
}

absl::Status CheckLevels(sql::Session& sql, const record::Kind<v1::Skill>& skills, const std::string& field,
                         const google::protobuf::RepeatedPtrField<v1::SkillLevel>& levels, status::BadFields& bad) {
  std::set<std::string> seen;
  for (int i = 0; i < levels.size(); ++i) {
    const std::string &skill = levels[i].skill(), path = absl::StrCat(field, "[", i, "]");
    if (!seen.insert(skill).second) bad.Add(path + ".skill", kDuplicateSkill, {{"skill", skill}});
    RETURN_IF_ERROR(CheckLevel(sql, skills, skill, levels[i].level(), path + ".skill", path + ".level", bad));
  }
  return absl::OkStatus();
}

const record::StateMachine& SkillAssessmentMachine() {
  using State = v1::SkillAssessment;
  static const auto& machine =
      *new record::StateMachine(State::State_descriptor(), {{State::STATE_ATTESTED, "revoke", State::STATE_REVOKED}});
  return machine;
}

absl::Status Skills::Update(record::Transaction&, const v1::Skill& before, v1::Skill& after) {
  if (after.levels_size() >= before.levels_size()) return absl::OkStatus();
  return status::Error(kLevelsRemoved, {{"name", after.name()}, {"count", before.levels_size()}});
}

void Skills::Bind(record::Methods& methods) {
  methods.Reads(skills_);
  methods.Creates(skills_);
  methods.Updates(skills_, this, &Skills::Update);
  record::DeletesUnused(methods, skills_);
}

SkillAssessments::SkillAssessments(record::Store& store, absl::TimeZone zone, const record::Kind<v1::Skill>& skills,
                                   const record::Kind<v1::Employee>& employees, const record::Kind<v1::Position>& positions,
                                   const record::Kind<v1::Course>& courses, const Certificates& certificates)
    : store_(store),
      zone_(zone),
      assessments_(store, &SkillAssessmentMachine()),
      skills_(skills),
      employees_(employees),
      positions_(positions),
      courses_(courses),
      certificates_(certificates) {
  assessments_.RestrictRows(record::Own("employee") || record::Holds(options::v1::ROLE_OPERATIONS_MANAGER));
}

absl::Status SkillAssessments::Create(record::Transaction& tx, v1::SkillAssessment& assessment) {
  if (assessment.employee() == tx.call.principal.name) return status::Error(kOwnAssessment, {{"employee", assessment.employee()}});
  status::BadFields bad;
  RETURN_IF_ERROR(
      CheckLevel(tx.sql, skills_, assessment.skill(), assessment.level(), "skill_assessment.skill", "skill_assessment.level", bad));
  const absl::CivilDay first = time::ToDay(assessment.valid_from());
  if (assessment.has_valid_until() && time::ToDay(assessment.valid_until()) < first) {
    bad.Add("skill_assessment.valid_until", status::kDatesReversed,
            {{"start", time::DayText(first)}, {"end", time::DayText(time::ToDay(assessment.valid_until()))}});
  }
  RETURN_IF_ERROR(bad.status());
  RETURN_IF_ERROR(employees_.Find(tx.sql, assessment.employee()).status());
  assessment.set_state(v1::SkillAssessment::STATE_ATTESTED);
  return absl::OkStatus();
}

absl::StatusOr<v1::SkillAssessment> SkillAssessments::Revoke(record::Transaction& tx, const v1::RevokeSkillAssessmentRequest& request) {
  return assessments_.Change(tx, request, "revoke", [&](v1::SkillAssessment& after) -> absl::Status {
    if (after.employee() == tx.call.principal.name) return status::Error(kOwnAssessment, {{"employee", after.employee()}});
    after.set_revoke_reason(request.reason());
    after.set_revoker(tx.call.principal.name);
    *after.mutable_revoke_time() = time::ToTimestamp(tx.call.now);
    return absl::OkStatus();
  });
}

absl::StatusOr<SkillAssessments::Subject> SkillAssessments::SubjectOf(const rpc::Call& call, sql::Session& sql, const std::string& employee,
                                                                      const std::string& position, absl::CivilDay day) const {
  const bool everybody = call.principal.Has(options::v1::ROLE_OPERATIONS_MANAGER);
  const absl::StatusOr<v1::Employee> found = employees_.Find(sql, employee);
  if (!found.ok() && (everybody || !absl::IsNotFound(found.status()))) return found.status();
  const bool hers = employee == call.principal.name || (found.ok() && found->superior() == call.principal.name);
  if (!everybody && !hers) return status::Error(kNotYourSkills, {{"employee", employee}});
  RETURN_IF_ERROR(found.status());
  Subject subject{*found, {}, {}};
  ASSIGN_OR_RETURN(subject.position, positions_.Find(sql, position.empty() ? PositionOn(*found, day) : position));
  ASSIGN_OR_RETURN(subject.facts, FactsOf(sql, employee));
  return subject;
}

absl::StatusOr<SkillFacts> SkillAssessments::FactsOf(sql::Session& sql, const std::string& employee) const {
  SkillFacts facts;
  ASSIGN_OR_RETURN(facts.certificates, certificates_.IssuedTo(sql, employee));
  ASSIGN_OR_RETURN(facts.assessments, assessments_.Select(sql, "WHERE employee = ? AND state = 'STATE_ATTESTED'", sql::Bind(employee)));
  ASSIGN_OR_RETURN(std::vector<v1::Course> courses, courses_.Select(sql, "WHERE archived = FALSE"));
  for (v1::Course& course : courses) facts.courses[course.name()] = std::move(course);
  return facts;
}

absl::StatusOr<TrainingFacts> SkillAssessments::TrainingFactsOf(sql::Session& sql, const v1::Employee& employee, const SkillFacts& facts,
                                                                absl::CivilDay today, std::optional<absl::CivilDay> last) const {
  TrainingFacts training{facts.courses, {}, facts.certificates};
  RETURN_IF_ERROR(ForFreeSessions(sql, employee.name(), today, [&](const std::string& session, absl::CivilDay date) {
    if ((last && date > *last) || FirstInactivity(employee, date, date)) return;
    training.sessions[record::ParentOf(session)].push_back({session, date});
  }));
  return training;
}

absl::StatusOr<v1::ComputeSkillGapResponse> SkillAssessments::ComputeGap(const rpc::Call& call, const v1::ComputeSkillGapRequest& request) {
  const absl::CivilDay day = request.has_date() ? time::ToDay(request.date()) : absl::ToCivilDay(call.now, zone_);
  v1::ComputeSkillGapResponse gap;
  RETURN_IF_ERROR(store_.Read(call, [&](sql::Session& sql) -> absl::Status {
    ASSIGN_OR_RETURN(const Subject subject, SubjectOf(call, sql, request.name(), request.position(), day));
    gap = GapOn(subject.position, day, subject.facts);
    return absl::OkStatus();
  }));
  return gap;
}

absl::StatusOr<v1::ProposeTrainingResponse> SkillAssessments::Propose(const rpc::Call& call, const v1::ProposeTrainingRequest& request) {
  const absl::CivilDay today = absl::ToCivilDay(call.now, zone_);
  const absl::CivilDay day = request.has_date() ? time::ToDay(request.date()) : today;
  v1::ProposeTrainingResponse response;
  RETURN_IF_ERROR(store_.Read(call, [&](sql::Session& sql) -> absl::Status {
    ASSIGN_OR_RETURN(const Subject subject, SubjectOf(call, sql, request.name(), request.position(), day));
    const std::optional<absl::CivilDay> last = request.has_date() ? std::optional(day) : std::nullopt;
    ASSIGN_OR_RETURN(const TrainingFacts facts, TrainingFactsOf(sql, subject.employee, subject.facts, today, last));
    response = ToResponse(ProposeTraining(MissingOn(subject.position, day, subject.facts), facts));
    response.set_position(subject.position.name());
    return absl::OkStatus();
  }));
  return response;
}

void SkillAssessments::Bind(record::Methods& methods) {
  methods.Reads(assessments_);
  methods.Creates(assessments_, this, &SkillAssessments::Create);
  methods.Bind("RevokeSkillAssessment", this, &SkillAssessments::Revoke);
  methods.Bind("ComputeSkillGap", this, &SkillAssessments::ComputeGap);
  methods.Bind("ProposeTraining", this, &SkillAssessments::Propose);
}

}  // namespace heitie::personnel
