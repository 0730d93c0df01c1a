#include "services/risk/regulation/subjects.h"

#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/sql/placeholders.h"
#include "common/status/macros.h"
#include "services/risk/regulation/changed_subjects.h"

namespace heitie::risk {

using activity::v1::Activity;
using planning::v1::Project;
using planning::v1::Scheme;
using v1::SubjectScope;

namespace {

const status::Reason kScopeTwice{absl::StatusCode::kFailedPrecondition, "SCOPE_TWICE", "{name} says it of {subject} already.",
                                 "{name} 已說明 {subject}。"};

void AddScheme(Scheme scheme, SubjectFacts& facts) {
  const std::string project = record::ParentOf(scheme.name());
  facts.schemes[project].push_back(std::move(scheme));
}

// "WHERE name IN (?, ?)", and what stands for the names.
std::string Among(const char* field, const sql::Values& names) {
  return absl::StrCat("WHERE ", field, " IN (", sql::Placeholders(names.size()), ") ORDER BY name");
}

}  // namespace

Subjects::Subjects(const service::Context& context)
    : zone_(context.time_zone),
      activities_(context, "activity"),
      projects_(context, "planning"),
      schemes_(context, "planning"),
      scopes_(context.store) {
  activities_.SetFollow(NoteSubjects);
  projects_.SetFollow(NoteProjects);
  schemes_.SetFollow([](sql::Session& session, const std::vector<std::string>& schemes) {
    std::set<std::string> projects;
    for (const std::string& scheme : schemes) projects.insert(record::ParentOf(scheme));
    return NoteProjects(session, {projects.begin(), projects.end()});
  });
  scopes_.SetFollow([](record::Transaction& tx, const SubjectScope* before, const SubjectScope* after) -> absl::Status {
    for (const SubjectScope* scope : {before, after}) {
      if (scope == nullptr) continue;
      const bool project = absl::StartsWith(scope->subject(), "projects/");
      RETURN_IF_ERROR(project ? NoteProjects(tx.sql, {scope->subject()}) : NoteSubjects(tx.sql, {scope->subject()}));
    }
    return absl::OkStatus();
  });
}

absl::StatusOr<std::vector<BoundSubject>> Subjects::Open(sql::Session& session) const {
  SubjectFacts facts;
  ASSIGN_OR_RETURN(facts.activities, activities_.Select(session,
                                                        "WHERE state IN ('STATE_DRAFT', 'STATE_PREPARING', 'STATE_READY', 'STATE_LIVE', "
                                                        "'STATE_PAUSED') ORDER BY name"));
  ASSIGN_OR_RETURN(const std::vector<Project> projects, projects_.Select(session, "ORDER BY name"));
  for (const Project& project : projects) facts.projects[project.name()] = project;
  ASSIGN_OR_RETURN(std::vector<Scheme> schemes, schemes_.Select(session, "ORDER BY name"));
  for (Scheme& scheme : schemes) AddScheme(std::move(scheme), facts);
  ASSIGN_OR_RETURN(const std::vector<SubjectScope> scopes, scopes_.Select(session, "ORDER BY name"));
  for (const SubjectScope& scope : scopes) facts.scopes[scope.subject()] = scope;
  std::vector<BoundSubject> open;
  for (const Activity& activity : facts.activities) open.push_back(SubjectOf(activity, facts));
  for (const Project& project : projects) {
    BoundSubject subject = SubjectOf(project, facts, zone_);
    if (subject.open) open.push_back(std::move(subject));
  }
  return open;
}

absl::StatusOr<std::vector<BoundSubject>> Subjects::Named(sql::Session& session, const std::vector<std::string>& names) const {
  std::vector<BoundSubject> subjects;
  SubjectFacts facts;
  sql::Values activities;
  std::set<std::string> projects;
  for (const std::string& name : names) {
    if (absl::StartsWith(name, "activities/")) activities.emplace_back(name);
    if (absl::StartsWith(name, "projects/")) projects.insert(name);
  }
  if (!activities.empty()) {
    ASSIGN_OR_RETURN(facts.activities, activities_.Select(session, Among("name", activities), activities));
  }
  const std::set<std::string> asked = projects;
  for (const Activity& activity : facts.activities) projects.insert(activity.project());
  if (projects.empty()) return subjects;
  const sql::Values of_projects(projects.begin(), projects.end());
  ASSIGN_OR_RETURN(const std::vector<Project> found, projects_.Select(session, Among("name", of_projects), of_projects));
  for (const Project& project : found) facts.projects[project.name()] = project;
  sql::Values ranges;
  std::string tail;
  for (const std::string& project : projects) {
    for (const sql::Value& bound : record::ChildRange(project, "schemes")) ranges.push_back(bound);
    absl::StrAppend(&tail, tail.empty() ? "WHERE " : " OR ", "(name > ? AND name < ?)");
  }
  ASSIGN_OR_RETURN(std::vector<Scheme> schemes, schemes_.Select(session, tail + " ORDER BY name", ranges));
  for (Scheme& scheme : schemes) AddScheme(std::move(scheme), facts);
  sql::Values scoped = activities;
  scoped.insert(scoped.end(), of_projects.begin(), of_projects.end());
  ASSIGN_OR_RETURN(const std::vector<SubjectScope> scopes, scopes_.Select(session, Among("subject", scoped), scoped));
  for (const SubjectScope& scope : scopes) facts.scopes[scope.subject()] = scope;
  for (const Activity& activity : facts.activities) subjects.push_back(SubjectOf(activity, facts));
  for (const Project& project : found) {
    if (asked.count(project.name()) > 0) subjects.push_back(SubjectOf(project, facts, zone_));
  }
  return subjects;
}

absl::StatusOr<std::vector<Activity>> Subjects::ActivitiesOf(sql::Session& session, const std::string& project) const {
  return activities_.Select(session, "WHERE project = ? ORDER BY name", sql::Bind(project));
}

absl::StatusOr<std::vector<std::string>> Subjects::OpenActivitiesOf(sql::Session& session, const std::string& project) const {
  ASSIGN_OR_RETURN(const std::vector<Activity> activities, ActivitiesOf(session, project));
  std::vector<std::string> open;
  for (const Activity& activity : activities) {
    if (SubjectOf(activity, {}).open) open.push_back(activity.name());
  }
  return open;
}

absl::Status Subjects::Create(record::Transaction& tx, SubjectScope& scope) {
  ASSIGN_OR_RETURN(const std::vector<SubjectScope> known, scopes_.Select(tx.sql, "WHERE subject = ? LIMIT 1", sql::Bind(scope.subject())));
  if (known.empty()) return absl::OkStatus();
  return status::Error(kScopeTwice, {{"name", known.front().name()}, {"subject", scope.subject()}});
}

void Subjects::Bind(record::Methods& methods) {
  methods.Reads(scopes_);
  methods.Creates(scopes_, this, &Subjects::Create);
  methods.Updates(scopes_);
  methods.Deletes(scopes_);
}

}  // namespace heitie::risk
