#include "services/personnel/onboarding/onboarding.h"

#include <algorithm>
#include <map>
#include <optional>

#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "heitie/options/v1/access.pb.h"
#include "heitie/personnel/v1/onboarding.pb.h"
#include "services/personnel/training/learner_rows.h"

namespace heitie::personnel {

const status::Reason kDoneByCertificate{absl::StatusCode::kFailedPrecondition, "DONE_BY_CERTIFICATE",
                                        "{name} is done by a certificate of {course}, not by words.",
                                        "{name} 以取得 {course} 證書為準，不能以口頭確認完成。"};
const status::Reason kOtherVersion{absl::StatusCode::kFailedPrecondition, "OTHER_VERSION", "{name} asks for {version} to be read.",
                                   "{name} 須閱讀的版本為 {version}。"};
const status::Reason kNotTheConfirmer{absl::StatusCode::kPermissionDenied, "NOT_THE_CONFIRMER", "It is not for you to confirm {name}.",
                                      "{name} 不由您確認。"};

namespace {

using v1::Employee;
using v1::Onboarding;
using v1::OnboardingItem;
using v1::OnboardingTask;

constexpr absl::Duration kEndingInterval = absl::Minutes(1);
constexpr int64_t kEndedAtOnce = 1000;

std::string OnboardingOf(const std::string& employee) { return absl::StrCat("onboardings/", record::IdOf(employee)); }

bool IsEmployees(const OnboardingItem& item) {
  return item.kind() != OnboardingTask::KIND_CONFIRM || item.confirmer() == OnboardingTask::CONFIRMER_EMPLOYEE;
}

// The certificate by which an item is done: the one that it has, while that is issued, else of those that have not expired the one that
// lasts longest, then the first by name; nullptr when there is none.
const v1::Certificate* ProofOf(const OnboardingItem& item, const std::vector<v1::Certificate>& issued, absl::CivilDay today) {
  const v1::Certificate* proof = nullptr;
  const auto last = [](const v1::Certificate& certificate) {
    return certificate.has_valid_until() ? time::ToDay(certificate.valid_until()) : absl::CivilDay::max();
  };
  for (const v1::Certificate& certificate : issued) {
    if (certificate.name() == item.certificate()) return &certificate;
    if (certificate.course() != item.course() || last(certificate) < today) continue;
    if (proof == nullptr || last(certificate) > last(*proof) || (last(certificate) == last(*proof) && certificate.name() < proof->name())) {
      proof = &certificate;
    }
  }
  return proof;
}

}  // namespace

const record::StateMachine& OnboardingMachine() {
  using State = Onboarding;
  static const auto& machine = *new record::StateMachine(
      State::State_descriptor(),
      {
          {State::STATE_IN_PROGRESS, "complete", State::STATE_COMPLETED, "its last item is done", record::kConsequence},
          {State::STATE_COMPLETED, "reopen", State::STATE_IN_PROGRESS, "a certificate is revoked", record::kConsequence},
          {State::STATE_IN_PROGRESS, "end", State::STATE_ENDED},
      });
  return machine;
}

const record::StateMachine& OnboardingItemMachine() {
  using State = OnboardingItem;
  static const auto& machine =
      *new record::StateMachine(State::State_descriptor(),
                                {
                                    {State::STATE_WAITING, "confirm", State::STATE_DONE},
                                    {State::STATE_WAITING, "pass", State::STATE_DONE, "a certificate is issued", record::kConsequence},
                                    {State::STATE_DONE, "reopen", State::STATE_WAITING, "its certificate is revoked", record::kConsequence},
                                    {State::STATE_WAITING, "drop", State::STATE_DROPPED, "the checklist ends", record::kConsequence},
                                });
  return machine;
}

Onboardings::Onboardings(const service::Context& context, const OnboardingTemplates& templates, const Handbook& handbook,
                         Employees& employees, const Rotas& rotas, Certificates& certificates, const DevelopmentPolicies& policies,
                         const Approvals& approvals, const Steps& steps)
    : store_(context.store),
      onboardings_(context.store, &OnboardingMachine()),
      items_(context.store, &OnboardingItemMachine()),
      templates_(templates),
      handbook_(handbook),
      employees_(employees),
      rotas_(rotas),
      certificates_(certificates),
      policies_(policies),
      approvals_(approvals),
      steps_(steps) {
  const record::Rule rows = LearnerRows(employees.teams());
  onboardings_.RestrictRows(rows);
  items_.RestrictRows(rows || record::Own("owner") || record::Among("owner", employees.teams().StandsInFor()));
  items_.SetFollow(
      [this](record::Transaction& tx, const OnboardingItem* before, const OnboardingItem* after) { return KeepStep(tx, before, after); });
  employees.Follow(
      [this](record::Transaction& tx, const Employee* before, const Employee& after) { return FollowEmployee(tx, before, after); });
  certificates.Follow(
      [this](record::Transaction& tx, const v1::Certificate& certificate) { return FollowCertificates(tx, certificate.employee()); });
  context.jobs.Recur(
      "end-onboardings", kEndingInterval, [this](const rpc::Call& call, const job::Job&) { return EndOfLeavers(call); },
      job::Lane::kDeadlines);
}

absl::Status Onboardings::FollowEmployee(record::Transaction& tx, const Employee* before, const Employee& after) const {
  if (before == nullptr) return Begin(tx, after);
  const bool moved = time::ToDay(before->hire_date()) != time::ToDay(after.hire_date());
  return moved ? MoveFirstDay(tx, after) : absl::OkStatus();
}

absl::Status Onboardings::Begin(record::Transaction& tx, const Employee& employee) const {
  const absl::CivilDay first_day = time::ToDay(employee.hire_date()), today = policies_.DayOf(tx.call.now);
  const std::optional<v1::Assignment> assignment = AssignmentOn(employee, first_day);
  if (!assignment) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::optional<v1::OnboardingTemplate> version, templates_.InForce(tx.sql, tx.call.now, assignment->position()));
  if (!version) return absl::OkStatus();
  Onboarding onboarding;
  onboarding.set_name(OnboardingOf(employee.name()));
  onboarding.set_employee(employee.name());
  onboarding.set_onboarding_template(version->name());
  *onboarding.mutable_first_day() = employee.hire_date();
  onboarding.set_department(assignment->department());
  onboarding.set_state(Onboarding::STATE_IN_PROGRESS);
  RETURN_IF_ERROR(onboardings_.Insert(tx, onboarding));
  for (const OnboardingTask& task : version->tasks()) {
    OnboardingItem item;
    item.set_name(absl::StrCat(onboarding.name(), "/items/", task.id()));
    item.set_employee(employee.name());
    item.set_title(task.title());
    item.set_kind(task.kind());
    item.set_course(task.course());
    item.set_confirmer(task.confirmer());
    item.set_duty(task.duty());
    item.set_state(OnboardingItem::STATE_WAITING);
    if (task.kind() == OnboardingTask::KIND_READ) {
      ASSIGN_OR_RETURN(const v1::HandbookVersion text, handbook_.InForce(tx.sql, tx.call.now, task.document()));
      item.set_document_version(text.name());
    }
    ASSIGN_OR_RETURN(const std::string owner, OwnerOf(tx.sql, item, onboarding.department(), std::max(first_day, today)));
    item.set_owner(owner);
    ASSIGN_OR_RETURN(const absl::CivilDay due, policies_.WorkingDayFrom(tx.sql, first_day, task.due_working_days()));
    *item.mutable_due_date() = time::ToDate(due);
    RETURN_IF_ERROR(items_.Insert(tx, item));
  }
  return absl::OkStatus();
}

absl::Status Onboardings::MoveFirstDay(record::Transaction& tx, const Employee& employee) const {
  const absl::StatusOr<Onboarding> before = onboardings_.Lock(tx, OnboardingOf(employee.name()));
  if (absl::IsNotFound(before.status())) return absl::OkStatus();
  RETURN_IF_ERROR(before.status());
  if (before->state() == Onboarding::STATE_ENDED) return absl::OkStatus();
  Onboarding after = *before;
  *after.mutable_first_day() = employee.hire_date();
  RETURN_IF_ERROR(onboardings_.Update(tx, *before, after, "move"));
  ASSIGN_OR_RETURN(const v1::OnboardingTemplate version, templates_.Find(tx.sql, before->onboarding_template()));
  std::map<std::string, int> days;
  for (const OnboardingTask& task : version.tasks()) days[task.id()] = task.due_working_days();
  ASSIGN_OR_RETURN(const std::vector<OnboardingItem> items, items_.Children(tx.sql, before->name()));
  for (const OnboardingItem& found : items) {
    if (found.state() != OnboardingItem::STATE_WAITING) continue;
    ASSIGN_OR_RETURN(const OnboardingItem item, items_.Lock(tx, found.name()));
    OnboardingItem moved = item;
    ASSIGN_OR_RETURN(const absl::CivilDay due,
                     policies_.WorkingDayFrom(tx.sql, time::ToDay(employee.hire_date()), days[record::IdOf(item.name())]));
    *moved.mutable_due_date() = time::ToDate(due);
    RETURN_IF_ERROR(items_.Update(tx, item, moved, "move"));
  }
  return absl::OkStatus();
}

absl::Status Onboardings::FollowCertificates(record::Transaction& tx, const std::string& employee) const {
  const absl::StatusOr<Onboarding> onboarding = onboardings_.Lock(tx, OnboardingOf(employee));
  if (absl::IsNotFound(onboarding.status())) return absl::OkStatus();
  RETURN_IF_ERROR(onboarding.status());
  if (onboarding->state() == Onboarding::STATE_ENDED) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::vector<v1::Certificate> issued, certificates_.IssuedTo(tx.sql, employee));
  ASSIGN_OR_RETURN(const std::vector<OnboardingItem> items, items_.Children(tx.sql, onboarding->name()));
  for (const OnboardingItem& found : items) {
    if (found.kind() != OnboardingTask::KIND_COURSE) continue;
    ASSIGN_OR_RETURN(const OnboardingItem before, items_.Lock(tx, found.name()));
    const v1::Certificate* proof = ProofOf(before, issued, policies_.DayOf(tx.call.now));
    const bool done = before.state() == OnboardingItem::STATE_DONE;
    OnboardingItem after = before;
    const char* verb = "pass";
    if (proof == nullptr) {
      if (!done) continue;
      RETURN_IF_ERROR(items_.Advance(after, verb = "reopen"));
      after.clear_certificate();
      after.clear_finisher();
      after.clear_finish_time();
    } else if (proof->name() != before.certificate()) {
      if (!done) RETURN_IF_ERROR(items_.Advance(after, verb));
      after.set_certificate(proof->name());
      after.set_finisher(tx.call.principal.name);
      *after.mutable_finish_time() = time::ToTimestamp(tx.call.now);
    }
    RETURN_IF_ERROR(items_.Update(tx, before, after, verb));
  }
  return Conclude(tx, *onboarding);
}

absl::Status Onboardings::Conclude(record::Transaction& tx, const Onboarding& before) const {
  ASSIGN_OR_RETURN(const std::vector<OnboardingItem> items, items_.Children(tx.sql, before.name()));
  const bool waits =
      std::any_of(items.begin(), items.end(), [](const OnboardingItem& item) { return item.state() == OnboardingItem::STATE_WAITING; });
  if (waits == (before.state() == Onboarding::STATE_IN_PROGRESS)) return absl::OkStatus();
  const char* verb = waits ? "reopen" : "complete";
  Onboarding after = before;
  RETURN_IF_ERROR(onboardings_.Advance(after, verb));
  after.clear_complete_time();
  if (!waits) *after.mutable_complete_time() = time::ToTimestamp(tx.call.now);
  return onboardings_.Update(tx, before, after, verb);
}

absl::StatusOr<std::string> Onboardings::OwnerOf(sql::Session& sql, const OnboardingItem& item, const std::string& department,
                                                 absl::CivilDay day) const {
  if (IsEmployees(item)) return item.employee();
  if (item.confirmer() == OnboardingTask::CONFIRMER_DUTY) return rotas_.Responsible(sql, item.duty(), department, day);
  ASSIGN_OR_RETURN(const std::optional<Superior> superior, employees_.LeaderOf(sql, item.employee(), day));
  return superior ? superior->name : "";
}

absl::Status Onboardings::CheckConfirmer(record::Transaction& tx, const OnboardingItem& item, const std::string& department) const {
  const std::string& caller = tx.call.principal.name;
  const bool employee = caller == item.employee();
  if (IsEmployees(item)) return employee ? absl::OkStatus() : status::Error(kNotTheConfirmer, {{"name", item.name()}});
  if (!employee) {
    if (caller == item.owner() || tx.call.principal.Has(options::v1::ROLE_OPERATIONS_MANAGER)) return absl::OkStatus();
    if (item.confirmer() == OnboardingTask::CONFIRMER_SUPERIOR) return approvals_.Check(tx, item.employee(), {item.employee()});
    ASSIGN_OR_RETURN(const std::string responsible, rotas_.Responsible(tx.sql, item.duty(), department, policies_.DayOf(tx.call.now)));
    if (caller == responsible) return absl::OkStatus();
  }
  return status::Error(kNotTheConfirmer, {{"name", item.name()}});
}

absl::StatusOr<OnboardingItem> Onboardings::Confirm(record::Transaction& tx, const v1::ConfirmOnboardingItemRequest& request) {
  // The checklist before its items, as everywhere.
  const absl::StatusOr<Onboarding> onboarding = onboardings_.Lock(tx, record::ParentOf(request.name()));
  if (absl::IsNotFound(onboarding.status())) return status::NotFound(request.name());
  RETURN_IF_ERROR(onboarding.status());
  ASSIGN_OR_RETURN(const OnboardingItem done,
                   items_.Change(tx, request, "confirm", [&](const OnboardingItem& before, OnboardingItem& after) -> absl::Status {
                     RETURN_IF_ERROR(CheckConfirmer(tx, before, onboarding->department()));
                     if (before.kind() == OnboardingTask::KIND_COURSE) {
                       return status::Error(kDoneByCertificate, {{"name", before.name()}, {"course", before.course()}});
                     }
                     if (before.document_version() != request.document_version()) {
                       return status::Error(
                           kOtherVersion,
                           {{"name", before.name()}, {"version", before.document_version().empty() ? "-" : before.document_version()}});
                     }
                     after.set_finisher(tx.call.principal.name);
                     *after.mutable_finish_time() = time::ToTimestamp(tx.call.now);
                     return absl::OkStatus();
                   }));
  RETURN_IF_ERROR(Conclude(tx, *onboarding));
  return done;
}

absl::Status Onboardings::Drop(record::Transaction& tx, const std::string& onboarding) const {
  ASSIGN_OR_RETURN(const std::vector<OnboardingItem> items, items_.Children(tx.sql, onboarding));
  for (const OnboardingItem& found : items) {
    if (found.state() != OnboardingItem::STATE_WAITING) continue;
    ASSIGN_OR_RETURN(const OnboardingItem before, items_.Lock(tx, found.name()));
    OnboardingItem after = before;
    RETURN_IF_ERROR(items_.Advance(after, "drop"));
    RETURN_IF_ERROR(items_.Update(tx, before, after, "drop"));
  }
  return absl::OkStatus();
}

absl::StatusOr<Onboarding> Onboardings::End(record::Transaction& tx, const v1::EndOnboardingRequest& request) {
  return onboardings_.Change(tx, request, "end", [&](const Onboarding& before, Onboarding& after) -> absl::Status {
    RETURN_IF_ERROR(approvals_.Check(tx, before.employee(), {before.employee()}));
    after.set_state_reason(request.reason());
    return Drop(tx, before.name());
  });
}

job::Outcome Onboardings::EndOfLeavers(const rpc::Call& call) {
  const std::string today = time::DayText(policies_.DayOf(call.now));
  const absl::StatusOr<std::vector<Onboarding>> left = store_.Read(call, [&](sql::Session& session) {
    return onboardings_.Select(session,
                               "WHERE state = 'STATE_IN_PROGRESS' AND employee IN (SELECT name FROM employees WHERE leave_date < ?)"
                               " ORDER BY name LIMIT ?",
                               {today, kEndedAtOnce});
  });
  if (!left.ok()) return job::Outcome::Failed(left.status());
  absl::Status failure;
  for (const Onboarding& found : *left) {
    failure.Update(store_.Write(call, [&](record::Transaction& tx) -> absl::Status {
      ASSIGN_OR_RETURN(const Onboarding before, onboardings_.Lock(tx, found.name()));
      if (before.state() != Onboarding::STATE_IN_PROGRESS) return absl::OkStatus();
      Onboarding after = before;
      RETURN_IF_ERROR(onboardings_.Advance(after, "end"));
      after.set_state_reason("The employee has left. 員工已離職。");
      RETURN_IF_ERROR(Drop(tx, before.name()));
      return onboardings_.Update(tx, before, after, "end");
    }));
  }
  return failure.ok() ? job::Outcome::Done() : job::Outcome::Failed(failure);
}

absl::Status Onboardings::KeepStep(record::Transaction& tx, const OnboardingItem* before, const OnboardingItem* after) const {
  if (after == nullptr) return steps_.DoneAll(tx, before->name());
  const bool waited = before != nullptr && before->state() == OnboardingItem::STATE_WAITING;
  if (after->state() != OnboardingItem::STATE_WAITING) return waited ? steps_.DoneAll(tx, after->name()) : absl::OkStatus();
  if (waited && before->owner() == after->owner() && time::ToDay(before->due_date()) == time::ToDay(after->due_date()))
    return absl::OkStatus();
  return steps_.Open(tx, {after->name(), "confirm", after->owner(), policies_.EndOf(time::ToDay(after->due_date()))});
}

void Onboardings::Bind(record::Methods& methods) {
  methods.Reads(onboardings_);
  methods.Reads(items_);
  methods.Bind("ConfirmOnboardingItem", this, &Onboardings::Confirm);
  methods.Bind("EndOnboarding", this, &Onboardings::End);
}

}  // namespace heitie::personnel
