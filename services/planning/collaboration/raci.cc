#include "services/planning/collaboration/raci.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "services/planning/plan/calendar.h"
#include "services/planning/plan/defect.h"
#include "services/planning/plan/project.h"
#include "services/planning/plan/task.h"

namespace heitie::planning {

using absl::StatusCode;
using v1::Consultation;
using v1::RaciEntry;

const status::Reason kRaciOfOne{StatusCode::kInvalidArgument, "RACI_OF_ONE", "Name either a task or a deliverable.",
                                "請指定任務或交付物其中之一。"};
const status::Reason kRaciTaken{StatusCode::kFailedPrecondition, "RACI_TAKEN", "{other} says already who does it.",
                                "{other} 已指定其職責分工。"};
const status::Reason kResponsibleMissing{StatusCode::kInvalidArgument, "RESPONSIBLE_MISSING", "At least one person or department does it.",
                                         "至少須有一位人員或一個部門負責執行。"};
const status::Reason kUnknownTask{StatusCode::kInvalidArgument, "UNKNOWN_TASK", "{task} is no task of this project.",
                                  "{task} 不是本專案的任務。"};
const status::Reason kRaciInForce{StatusCode::kFailedPrecondition, "RACI_IN_FORCE",
                                  "{name} is no draft: who does what may change, but not go.",
                                  "{name} 並非草稿：職責分工可以變更，但不得刪除。"};
const status::Reason kNotConsulted{StatusCode::kPermissionDenied, "NOT_CONSULTED", "{name} is for somebody else to answer.",
                                   "{name} 由他人答覆。"};
const status::Reason kConsultationsOpen{StatusCode::kFailedPrecondition, "CONSULTATIONS_OPEN",
                                        "{name} is not done before those who are asked about it have answered, or their time has passed.",
                                        "在受諮詢者答覆或逾期之前，{name} 不得完成。"};
const status::Reason kConsultationAwaited{StatusCode::kFailedPrecondition, "CONSULTATION_AWAITED", "{person} has not answered yet.",
                                          "{person} 尚未答覆。"};

namespace {

constexpr absl::Duration kLapseInterval = absl::Seconds(1);
constexpr int64_t kLapsesAtOnce = 200;

const status::Phrase kConsulted{"What do you think of “{title}”? An answer is asked for by {time}.",
                                "請就「{title}」提供意見，答覆期限 {time}。"};
const status::Phrase kInformed{"“{title}” has changed.", "「{title}」已有變更。"};
const status::Phrase kAnsweredByNow{"It is answered, or not asked any more.", "已獲答覆或無須答覆。"};
const status::Phrase kMadeAccountable{"You are accountable for “{title}”.", "您對「{title}」當責。"};
const status::Phrase kMadeResponsible{"You are responsible for “{title}”.", "您負責「{title}」。"};

bool IsProjectOver(const v1::Project& project) {
  return project.state() == v1::Project::STATE_COMPLETED || project.state() == v1::Project::STATE_CANCELLED;
}

// What of a task is worth telling those who are informed.
bool IsNews(const v1::Task& before, const v1::Task& after) {
  const auto days = [](const v1::Task& task) {
    return std::make_pair(task.has_start_date() ? time::DayText(time::ToDay(task.start_date())) : "",
                          task.has_end_date() ? time::DayText(time::ToDay(task.end_date())) : "");
  };
  return before.state() != after.state() || before.owner() != after.owner() || before.title() != after.title() ||
         days(before) != days(after);
}

}  // namespace

const record::StateMachine& RaciEntryMachine() {
  static const auto& machine = *new record::StateMachine(
      RaciEntry::State_descriptor(),
      {{RaciEntry::STATE_ACTIVE, "end_with_project", RaciEntry::STATE_ENDED, "its project is over", record::kConsequence}});
  return machine;
}

const record::StateMachine& ConsultationMachine() {
  static const auto& machine = *new record::StateMachine(
      Consultation::State_descriptor(),
      {
          {Consultation::STATE_OPEN, "answer", Consultation::STATE_ANSWERED},
          {Consultation::STATE_OPEN, "lapse", Consultation::STATE_LAPSED, "its time has passed", record::kConsequence},
          {Consultation::STATE_OPEN, "drop", Consultation::STATE_DROPPED, "it is not asked any more", record::kConsequence},
      });
  return machine;
}

absl::Status CheckTasksOf(sql::Session& session, const Tables& tables, const std::string& project,
                          const google::protobuf::RepeatedPtrField<std::string>& tasks, const std::string& path, status::BadFields& bad) {
  for (const std::string& task : tasks) {
    if (record::ParentOf(task) == project && tables.tasks.Find(session, task).ok()) continue;
    bad.Add(path, kUnknownTask, {{"task", task}});
  }
  return absl::OkStatus();
}

Raci::Raci(const service::Context& context, Tables& tables, CollaborationPolicies& policies, const Liaisons& liaisons,
           const Notices& notices, const Recipients& recipients)
    : tables_(tables),
      policies_(policies),
      liaisons_(liaisons),
      notices_(notices),
      recipients_(recipients),
      consultations_(tables.store, &ConsultationMachine()) {
  tables_.raci_entries.SetFollow(
      [this](record::Transaction& tx, const RaciEntry* before, const RaciEntry* after) { return Follow(tx, before, after); });
  consultations_.SetFollow([this](record::Transaction& tx, const Consultation* before, const Consultation* after) {
    return FollowConsultation(tx, before, after);
  });
  context.jobs.Recur("lapse-consultations", kLapseInterval, [this](const rpc::Call& call, const job::Job&) { return LapseAll(call); });
}

absl::Status Raci::Create(record::Transaction& tx, RaciEntry& entry) {
  const std::string project = record::ParentOf(entry.name());
  RETURN_IF_ERROR(GuardOpenProject(tx, tables_, project).status());
  status::BadFields bad;
  if (entry.task().empty() == entry.deliverable().empty()) bad.Add("raci_entry.task", kRaciOfOne);
  google::protobuf::RepeatedPtrField<std::string> task;
  if (!entry.task().empty()) *task.Add() = entry.task();
  RETURN_IF_ERROR(CheckTasksOf(tx.sql, tables_, project, task, "raci_entry.task", bad));
  if (entry.responsible().empty() && entry.responsible_departments().empty()) bad.Add("raci_entry.responsible", kResponsibleMissing);
  RETURN_IF_ERROR(bad.status());
  ASSIGN_OR_RETURN(const std::vector<RaciEntry> others,
                   tables_.raci_entries.Select(tx.sql, "WHERE about = ?",
                                               sql::Bind(absl::StrCat(project, " ", entry.task(), " ", entry.deliverable()))));
  if (!others.empty()) return status::Error(kRaciTaken, {{"other", others[0].name()}});
  entry.set_state(RaciEntry::STATE_ACTIVE);
  return absl::OkStatus();
}

absl::Status Raci::Update(record::Transaction& tx, const RaciEntry& before, RaciEntry& after) {
  RETURN_IF_ERROR(GuardOpenProject(tx, tables_, record::ParentOf(before.name())).status());
  status::BadFields bad;
  if (after.responsible().empty() && after.responsible_departments().empty()) bad.Add("raci_entry.responsible", kResponsibleMissing);
  return bad.status();
}

absl::Status Raci::Delete(record::Transaction& tx, const RaciEntry& entry) {
  ASSIGN_OR_RETURN(const v1::Project project, GuardOpenProject(tx, tables_, record::ParentOf(entry.name())));
  return project.state() == v1::Project::STATE_DRAFT ? absl::OkStatus() : status::Error(kRaciInForce, {{"name", project.name()}});
}

absl::StatusOr<std::string> Raci::TitleOf(sql::Session& session, const RaciEntry& entry) const {
  if (entry.task().empty()) return entry.deliverable();
  ASSIGN_OR_RETURN(const v1::Task task, tables_.tasks.Find(session, entry.task()));
  return task.title();
}

absl::Status Raci::Ask(record::Transaction& tx, const RaciEntry& entry, const std::string& person, const std::string& department) const {
  ASSIGN_OR_RETURN(const v1::CollaborationPolicy policy, policies_.InForce(tx.sql, tx.call.now));
  ASSIGN_OR_RETURN(const auto calendar, tables_.calendars.Named(tx.sql, kDefaultCalendar));
  ASSIGN_OR_RETURN(const absl::Time due, calendar->arithmetic.After(tx.call.now, absl::Seconds(policy.consultation_seconds())));
  Consultation consultation;
  consultation.set_name(absl::StrCat(record::ParentOf(entry.name()), "/consultations/", record::NewId(tx.call.now)));
  consultation.set_raci_entry(entry.name());
  consultation.set_task(entry.task());
  consultation.set_department(department);
  consultation.set_person(person);
  if (!department.empty()) {
    ASSIGN_OR_RETURN(const v1::Liaison liaison, liaisons_.SpeakerOf(tx.sql, department, ""));
    consultation.set_person(liaison.employee());
  }
  consultation.set_state(Consultation::STATE_OPEN);
  *consultation.mutable_due_time() = time::ToTimestamp(due);
  consultation.set_collaboration_policy(policy.name());
  return consultations_.Insert(tx, consultation, "ask");
}

absl::Status Raci::Drop(record::Transaction& tx, const std::string& consultation) const {
  return consultations_
      .Change(tx, record::Target(consultation), "drop",
              [&](Consultation& after) { *after.mutable_end_time() = time::ToTimestamp(tx.call.now); })
      .status();
}

absl::Status Raci::DropAll(record::Transaction& tx, const char* of, const std::string& name) const {
  ASSIGN_OR_RETURN(
      const std::vector<Consultation> asked,
      consultations_.Select(tx.sql, absl::StrCat("WHERE ", of, " = ? AND state = 'STATE_OPEN' ORDER BY name"), sql::Bind(name)));
  for (const Consultation& one : asked) RETURN_IF_ERROR(Drop(tx, one.name()));
  return absl::OkStatus();
}

absl::Status Raci::Consult(record::Transaction& tx, const RaciEntry& entry) const {
  ASSIGN_OR_RETURN(const std::vector<Consultation> known,
                   consultations_.Select(tx.sql, "WHERE raci_entry = ? ORDER BY name", sql::Bind(entry.name())));
  std::set<std::string> people(entry.consulted().begin(), entry.consulted().end());
  std::set<std::string> departments(entry.consulted_departments().begin(), entry.consulted_departments().end());
  for (const Consultation& one : known) {
    const bool wanted = one.department().empty() ? people.count(one.person()) > 0 : departments.count(one.department()) > 0;
    const bool ended = one.state() == Consultation::STATE_DROPPED;
    if (wanted && !ended)
      (one.department().empty() ? people : departments).erase(one.department().empty() ? one.person() : one.department());
    if (!wanted && one.state() == Consultation::STATE_OPEN) RETURN_IF_ERROR(Drop(tx, one.name()));
  }
  for (const std::string& person : people) RETURN_IF_ERROR(Ask(tx, entry, person, ""));
  for (const std::string& department : departments) RETURN_IF_ERROR(Ask(tx, entry, "", department));
  return absl::OkStatus();
}

absl::Status Raci::Inform(record::Transaction& tx, const RaciEntry& entry, const std::string& cause, const std::string& subject,
                          const std::string& title) const {
  std::set<std::string> people(entry.informed().begin(), entry.informed().end());
  for (const std::string& department : entry.informed_departments()) {
    const absl::StatusOr<v1::Liaison> liaison = liaisons_.SpeakerOf(tx.sql, department, "");
    if (liaison.ok()) {
      people.insert(liaison->employee());
    } else if (status::ReasonOf(liaison.status()) != kNoLiaison.id) {
      return liaison.status();
    }
  }
  people.erase(tx.call.principal.name);
  return notices_.TellAll(tx,
                          {.cause = cause, .subject = subject, .wording = "raci-informed", .phrase = kInformed, .args = {{"title", title}}},
                          {people.begin(), people.end()});
}

// Whoever changes it, also a handover: who is newly accountable or responsible is told, who is consulted is asked, and who is informed is
// told.
absl::Status Raci::Follow(record::Transaction& tx, const RaciEntry* before, const RaciEntry* after) const {
  if (after == nullptr) return DropAll(tx, "raci_entry", before->name());
  if (after->state() != RaciEntry::STATE_ACTIVE) return absl::OkStatus();
  RETURN_IF_ERROR(Consult(tx, *after));
  ASSIGN_OR_RETURN(const std::string title, TitleOf(tx.sql, *after));
  const auto tell = [&](const std::string& person, const std::string& as, const std::string& wording, const status::Phrase& phrase) {
    if (person == tx.call.principal.name) return absl::OkStatus();
    return notices_.Tell(tx, {.cause = absl::StrCat(after->name(), " ", as, " ", after->etag()),
                              .recipient = person,
                              .subject = after->name(),
                              .wording = wording,
                              .phrase = phrase,
                              .args = {{"title", title}},
                              .waits = true});
  };
  if (before == nullptr || before->accountable() != after->accountable()) {
    RETURN_IF_ERROR(tell(after->accountable(), "accountable", "raci-accountable", kMadeAccountable));
  }
  for (const std::string& person : after->responsible()) {
    if (before != nullptr && std::count(before->responsible().begin(), before->responsible().end(), person) > 0) continue;
    if (person != after->accountable()) RETURN_IF_ERROR(tell(person, "responsible", "raci-responsible", kMadeResponsible));
  }
  if (before == nullptr) return absl::OkStatus();
  return Inform(tx, *after, absl::StrCat(after->name(), " changed ", after->etag()), after->name(), title);
}

absl::Status Raci::FollowConsultation(record::Transaction& tx, const Consultation* before, const Consultation* after) const {
  if (after == nullptr) return absl::OkStatus();
  if (after->state() != Consultation::STATE_OPEN) return notices_.End(tx, after->name(), kAnsweredByNow);
  if (before != nullptr && before->person() == after->person()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const RaciEntry entry, tables_.raci_entries.Find(tx.sql, after->raci_entry()));
  ASSIGN_OR_RETURN(const std::string title, TitleOf(tx.sql, entry));
  if (after->person() == tx.call.principal.name) return absl::OkStatus();
  const std::string due = absl::FormatTime("%Y-%m-%d %H:%M", time::ToTime(after->due_time()), tables_.zone);
  return notices_.Tell(tx, {.cause = absl::StrCat(after->name(), " asked ", after->etag()),
                            .recipient = after->person(),
                            .subject = after->name(),
                            .wording = "raci-consulted",
                            .phrase = kConsulted,
                            .args = {{"title", title}, {"time", due}},
                            .waits = true});
}

absl::Status Raci::CheckConsulted(sql::Session& session, const std::string& where, const std::string& what, const std::string& name) const {
  ASSIGN_OR_RETURN(
      const std::vector<Consultation> open,
      consultations_.Select(session, absl::StrCat("WHERE ", where, " AND state = 'STATE_OPEN' ORDER BY name"), sql::Bind(what)));
  Defects defects;
  for (const Consultation& one : open) defects.push_back({one.name(), &kConsultationAwaited, {{"person", one.person()}}});
  return Refusal(defects, kConsultationsOpen, name);
}

absl::Status Raci::FollowTask(record::Transaction& tx, const v1::Task* before, const v1::Task* after) const {
  if (before == nullptr) return absl::OkStatus();
  const bool done = after != nullptr && after->state() == v1::Task::STATE_DONE && before->state() != v1::Task::STATE_DONE;
  if (done) RETURN_IF_ERROR(CheckConsulted(tx.sql, "task = ?", after->name(), after->name()));
  if (after != nullptr && !IsNews(*before, *after)) return absl::OkStatus();
  // Nobody is asked about what will not be done.
  if (after != nullptr && after->state() == v1::Task::STATE_CANCELLED) RETURN_IF_ERROR(DropAll(tx, "task", after->name()));
  ASSIGN_OR_RETURN(const std::vector<RaciEntry> entries,
                   tables_.raci_entries.Select(tx.sql, "WHERE task = ? AND state = 'STATE_ACTIVE'", sql::Bind(before->name())));
  for (const RaciEntry& entry : entries) {
    const std::string cause = absl::StrCat(before->name(), " changed ", after == nullptr ? "gone" : after->etag());
    RETURN_IF_ERROR(Inform(tx, entry, cause, before->name(), before->title()));
    // What says who does a task goes with it.
    if (after == nullptr) RETURN_IF_ERROR(tables_.raci_entries.Delete(tx, entry));
  }
  return absl::OkStatus();
}

absl::Status Raci::FollowProject(record::Transaction& tx, const v1::Project* before, const v1::Project* after) const {
  if (before == nullptr || after == nullptr || IsProjectOver(*before) || !IsProjectOver(*after)) return absl::OkStatus();
  const std::string consultations = after->name() + "/consultations/";
  if (after->state() == v1::Project::STATE_COMPLETED) {
    RETURN_IF_ERROR(CheckConsulted(tx.sql, "name LIKE CONCAT(?, '%') AND task = ''", consultations, after->name()));
  }
  ASSIGN_OR_RETURN(const std::vector<Consultation> asked, consultations_.Children(tx.sql, after->name()));
  for (const Consultation& one : asked) {
    if (one.state() == Consultation::STATE_OPEN) RETURN_IF_ERROR(Drop(tx, one.name()));
  }
  ASSIGN_OR_RETURN(const std::vector<RaciEntry> entries, tables_.raci_entries.Children(tx.sql, after->name()));
  for (const RaciEntry& entry : entries) {
    RETURN_IF_ERROR(tables_.raci_entries.Change(tx, record::Target(entry.name()), "end_with_project").status());
  }
  return absl::OkStatus();
}

absl::StatusOr<bool> Raci::SpeaksFor(record::Transaction& tx, const std::string& department) const {
  if (department.empty()) return false;
  const absl::StatusOr<v1::Liaison> liaison = liaisons_.SpeakerOf(tx.sql, department, "");
  if (liaison.ok()) return tx.call.principal.name == liaison->employee() || tx.call.principal.name == liaison->deputy();
  if (status::ReasonOf(liaison.status()) != kNoLiaison.id) return liaison.status();
  return false;
}

absl::StatusOr<Consultation> Raci::Answer(record::Transaction& tx, const v1::AnswerConsultationRequest& request) {
  return consultations_.Change(tx, request, "answer", [&](const Consultation& before, Consultation& after) -> absl::Status {
    if (tx.call.principal.name != before.person()) {
      ASSIGN_OR_RETURN(const std::string deputy, recipients_.DeputyOf(tx.sql, before.person(), tx.call.now));
      ASSIGN_OR_RETURN(const bool speaks, SpeaksFor(tx, before.department()));
      if (deputy != tx.call.principal.name && !speaks) return status::Error(kNotConsulted, {{"name", before.name()}});
    }
    after.set_answerer(tx.call.principal.name);
    after.set_answer(request.answer());
    *after.mutable_end_time() = time::ToTimestamp(tx.call.now);
    return absl::OkStatus();
  });
}

job::Outcome Raci::LapseAll(const rpc::Call& call) {
  const auto due = tables_.store.Read(call, [&](sql::Session& session) {
    return consultations_.Select(session, "WHERE state = 'STATE_OPEN' AND due_time <= ? ORDER BY name LIMIT ?",
                                 sql::Bind(call.now, kLapsesAtOnce));
  });
  if (!due.ok()) return job::Outcome::Failed(due.status());
  absl::Status failure;
  for (const Consultation& one : *due) {
    failure.Update(tables_.store.Write(call, [&](record::Transaction& tx) -> absl::Status {
      ASSIGN_OR_RETURN(const Consultation locked, consultations_.Lock(tx, one.name()));
      if (locked.state() != Consultation::STATE_OPEN) return absl::OkStatus();
      return consultations_
          .Change(tx, record::Target(one.name()), "lapse",
                  [&](Consultation& after) { *after.mutable_end_time() = time::ToTimestamp(tx.call.now); })
          .status();
    }));
  }
  return failure.ok() ? job::Outcome::Done() : job::Outcome::Failed(failure);
}

void Raci::Bind(record::Methods& methods) {
  methods.Reads(tables_.raci_entries);
  methods.Creates(tables_.raci_entries, this, &Raci::Create);
  methods.Updates(tables_.raci_entries, this, &Raci::Update);
  methods.Deletes(tables_.raci_entries, this, &Raci::Delete);
  methods.Reads(consultations_);
  methods.Bind("AnswerConsultation", this, &Raci::Answer);
}

}  // namespace heitie::planning
