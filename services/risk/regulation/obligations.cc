#include "services/risk/regulation/obligations.h"

#include <algorithm>
#include <optional>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/sql/placeholders.h"
#include "common/status/macros.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "services/risk/regulation/changed_subjects.h"
#include "services/risk/treatment/evidence.h"

namespace heitie::risk {

using v1::Obligation;
using v1::ObligationCase;
using v1::Regulation;

namespace {

const status::Reason kDueTooLate{absl::StatusCode::kInvalidArgument, "DUE_TOO_LATE",
                                 "It is due before {effective}, when {name} comes into force.", "須在 {name} 於 {effective} 生效前完成。"};
const status::Reason kObligationRetired{absl::StatusCode::kFailedPrecondition, "OBLIGATION_RETIRED", "{name} is no longer demanded.",
                                        "{name} 已不再要求。"};
const status::Reason kObligationUsed{absl::StatusCode::kFailedPrecondition, "OBLIGATION_USED",
                                     "Somebody has fulfilled {name} for {subject}; retire it instead.",
                                     "{subject} 已履行 {name}，請改為停用。"};
const status::Reason kRequirementChanged{absl::StatusCode::kFailedPrecondition, "REQUIREMENT_CHANGED",
                                         "{name} demands something else since this was fulfilled.", "履行之後，{name} 的要求已變更。"};

constexpr char kListJob[] = "list-obligations";             // recurring, of what has changed
constexpr char kListNowJob[] = "list-obligations-now";      // the same at once
constexpr char kRegulationJob[] = "list-regulation";        // when it changes, begins to bind and ends
constexpr char kTellObligationsJob[] = "tell-obligations";  // recurring
constexpr char kEffectJob[] = "obligation-effective";
constexpr absl::Duration kListAgain = absl::Seconds(10), kTellObligationsAgain = absl::Minutes(1);
// Of the half minute that a job's call may take.
constexpr absl::Duration kListPortion = absl::Seconds(10);
// Cases that are written in one transaction, and subjects that are told of.
constexpr int kObligationsAtOnce = 200, kSubjectsTold = 1000;

bool IsUnconfirmed(const ObligationCase& one) {
  return one.state() == ObligationCase::STATE_OPEN || one.state() == ObligationCase::STATE_FULFILLED;
}

void ClearFulfillment(ObligationCase& one) {
  one.clear_evidence();
  one.clear_fulfiller();
  one.clear_fulfill_time();
  one.clear_confirmer();
  one.clear_confirm_time();
  one.clear_requirement_version();
}

// Of something that nobody has told of yet, only the name is known: it is bound by it, or with everything.
BoundSubject Unheard(const std::string& name) {
  BoundSubject subject;
  subject.name = name;
  subject.open = true;
  subject.start = absl::InfinitePast();
  subject.end = absl::InfiniteFuture();
  return subject;
}

v1::OpenObligation OpenOf(const Regulation& regulation, const Obligation& obligation, const std::string& subject, absl::Time effective,
                          bool blocking) {
  v1::OpenObligation open;
  open.set_obligation(obligation.name());
  open.set_obligation_case(CaseOf(obligation.name(), subject));
  open.set_subject(subject);
  open.set_title(obligation.title());
  open.set_owner(obligation.owner());
  *open.mutable_effective_time() = time::ToTimestamp(effective);
  open.set_blocking(blocking);
  open.mutable_fact()->set_subject(obligation.name());
  open.mutable_fact()->set_version(obligation.etag());
  open.mutable_fact()->set_statement(absl::StrCat("\"", obligation.title(), "\" of ", regulation.name(), " for ", subject,
                                                  ", in force from ", time::DayText(time::ToDay(regulation.effective_date())),
                                                  ": not confirmed"));
  return open;
}

std::vector<int32_t> LeadsOf(const v1::RiskPolicy& policy) {
  return {policy.regulation_lead_days().begin(), policy.regulation_lead_days().end()};
}

// What is to be told of a case at `at`, put into it, and the verb of that; nullptr when there is nothing new.
const char* ToTell(const v1::RiskPolicy& policy, absl::TimeZone zone, absl::Time at, ObligationCase& one) {
  if (!IsUnconfirmed(one)) return nullptr;
  const char* verb = nullptr;
  const absl::Time effective = time::ToTime(one.effective_time());
  if (const int32_t lead = LeadToTell(LeadsOf(policy), effective, one.told_lead_days(), at); lead > 0) {
    one.set_told_lead_days(lead);
    verb = "approach";
  }
  const int32_t told = one.overdue_days(), days = OverdueDays(time::ToDay(one.due_date()), zone, at);
  if (days > told) {
    one.set_overdue_days(days);
    const int32_t escalation = policy.escalation_days();
    verb = escalation > 0 && told < escalation && days >= escalation ? "escalate" : "overdue";
  }
  if (!one.breached() && at >= effective) {
    one.set_breached(true);
    verb = "breach";
  }
  return verb;
}

}  // namespace

Obligations::Obligations(const service::Context& context, Regulations& regulations, const Subjects& subjects, const RiskPolicies& policies,
                         const Signals& signals)
    : store_(context.store),
      people_(context.people),
      regulations_(regulations),
      subjects_(subjects),
      policies_(policies),
      signals_(signals),
      obligations_(context.store, &ObligationMachine()),
      cases_(context.store, &ObligationCaseMachine()) {
  regulations_.SetChanged([](record::Transaction& tx, const std::string& regulation) {
    return job::Schedule(tx, {absl::StrCat(regulation, "/list"), kRegulationJob, regulation, tx.call.now});
  });
  obligations_.SetFollow([this](record::Transaction& tx, const Obligation* before, const Obligation* after) {
    if (before == nullptr || after == nullptr || before->owner() == after->owner()) return absl::OkStatus();
    return PassCases(tx, *before, *after);
  });
  cases_.SetFollow(
      [this](record::Transaction& tx, const ObligationCase* before, const ObligationCase* after) { return Follow(tx, before, after); });
  const auto list = [this](const rpc::Call& call, const job::Job&) { return ListPortions(call); };
  context.jobs.Recur(kListJob, kListAgain, list);
  context.jobs.Handle(kListNowJob, list, job::Lane::kLongWork);
  context.jobs.Handle(
      kRegulationJob, [this](const rpc::Call& call, const job::Job& job) { return ListRegulation(call, job); }, job::Lane::kLongWork);
  context.jobs.Recur(kTellObligationsJob, kTellObligationsAgain, [this](const rpc::Call& call, const job::Job&) {
    const absl::Status kept = store_.Write(call, [&](record::Transaction& tx) { return regulations_.KeepStates(tx); });
    return job::Outcome::Failed(kept.ok() ? TellDue(call) : kept);
  });
  context.jobs.Handle(kEffectJob, [this](const rpc::Call& call, const job::Job& job) {
    return job::Outcome::Failed(store_.Write(call, [&](record::Transaction& tx) -> absl::Status {
      ASSIGN_OR_RETURN(const v1::RiskPolicy policy, policies_.InForce(tx.sql, tx.call.now));
      return TellOne(tx, job.payload, policy);
    }));
  });
}

absl::Status Obligations::CheckDue(record::Transaction& tx, const Obligation& obligation) const {
  ASSIGN_OR_RETURN(const Regulation regulation, regulations_.kind().Find(tx.sql, record::ParentOf(obligation.name())));
  if (regulation.state() == Regulation::STATE_REPEALED) return status::Error(kRegulationRepealed, {{"name", regulation.name()}});
  if (!regulation.has_effective_date()) return absl::OkStatus();
  const absl::CivilDay effective = time::ToDay(regulation.effective_date());
  status::BadFields bad;
  if (time::ToDay(obligation.due_date()) >= effective) {
    bad.Add("obligation.due_date", kDueTooLate, {{"name", regulation.name()}, {"effective", time::DayText(effective)}});
  }
  return bad.status();
}

absl::Status Obligations::Create(record::Transaction& tx, Obligation& obligation) {
  RETURN_IF_ERROR(CheckDue(tx, obligation));
  obligation.set_state(Obligation::STATE_ACTIVE);
  obligation.set_requirement_version(1);
  return regulations_.Changed(tx, record::ParentOf(obligation.name()));
}

absl::Status Obligations::Update(record::Transaction& tx, const Obligation& before, Obligation& after) {
  if (before.state() != Obligation::STATE_ACTIVE) return status::Error(kObligationRetired, {{"name", before.name()}});
  if (time::ToDay(before.due_date()) != time::ToDay(after.due_date())) RETURN_IF_ERROR(CheckDue(tx, after));
  if (before.requirement() != after.requirement()) after.set_requirement_version(before.requirement_version() + 1);
  return regulations_.Changed(tx, record::ParentOf(after.name()));
}

absl::Status Obligations::Delete(record::Transaction& tx, const Obligation& obligation) {
  ASSIGN_OR_RETURN(const std::vector<ObligationCase> cases,
                   cases_.Select(tx.sql, "WHERE obligation = ? ORDER BY name", sql::Bind(obligation.name())));
  for (const ObligationCase& one : cases) {
    const bool used = one.state() == ObligationCase::STATE_FULFILLED || one.state() == ObligationCase::STATE_CONFIRMED;
    if (used) return status::Error(kObligationUsed, {{"name", obligation.name()}, {"subject", one.subject()}});
  }
  for (const ObligationCase& one : cases) RETURN_IF_ERROR(cases_.Delete(tx, one));
  // One that is listed at this moment goes as well.
  return regulations_.Changed(tx, record::ParentOf(obligation.name()));
}

absl::StatusOr<Obligation> Obligations::Retire(record::Transaction& tx, const v1::RetireObligationRequest& request) {
  return obligations_.Change(tx, request, "retire", [&](Obligation& after) {
    after.set_retire_reason(request.reason());
    return regulations_.Changed(tx, record::ParentOf(after.name()));
  });
}

absl::StatusOr<ObligationCase> Obligations::Fulfill(record::Transaction& tx, const v1::FulfillObligationCaseRequest& request) {
  return cases_.Change(tx, request, "fulfill", [&](ObligationCase& after) -> absl::Status {
    RETURN_IF_ERROR(CheckDoes(tx.call, after.owner(), after.name()));
    ASSIGN_OR_RETURN(const Obligation obligation, obligations_.Find(tx.sql, after.obligation()));
    after.set_evidence(request.evidence());
    after.set_fulfiller(tx.call.principal.name);
    *after.mutable_fulfill_time() = time::ToTimestamp(tx.call.now);
    after.set_requirement_version(obligation.requirement_version());
    after.clear_state_reason();
    return absl::OkStatus();
  });
}

absl::StatusOr<ObligationCase> Obligations::Confirm(record::Transaction& tx, const v1::ConfirmObligationCaseRequest& request) {
  return cases_.Change(tx, request, "confirm", [&](const ObligationCase& before, ObligationCase& after) -> absl::Status {
    const std::string& confirmer = tx.call.principal.name;
    if (confirmer == before.fulfiller() || confirmer == before.owner()) return status::Error(kOwnWork, {{"person", confirmer}});
    ASSIGN_OR_RETURN(const Obligation obligation, obligations_.Find(tx.sql, before.obligation()));
    if (obligation.requirement_version() != before.requirement_version()) {
      return status::Error(kRequirementChanged, {{"name", obligation.name()}});
    }
    after.set_confirmer(confirmer);
    *after.mutable_confirm_time() = time::ToTimestamp(tx.call.now);
    after.clear_overdue_days();
    after.clear_breached();
    return absl::OkStatus();
  });
}

absl::StatusOr<ObligationCase> Obligations::Reopen(record::Transaction& tx, const v1::ReopenObligationCaseRequest& request) {
  return cases_.Change(tx, request, "reopen", [&](ObligationCase& after) {
    ClearFulfillment(after);
    after.set_state_reason(request.reason());
  });
}

absl::Status Obligations::PassCases(record::Transaction& tx, const Obligation& before, const Obligation& after) const {
  ASSIGN_OR_RETURN(const std::vector<ObligationCase> cases,
                   cases_.Select(tx.sql, "WHERE obligation = ? AND owner = ? AND state IN ('STATE_OPEN', 'STATE_FULFILLED') ORDER BY name",
                                 sql::Bind(before.name(), before.owner())));
  for (const ObligationCase& one : cases) {
    ASSIGN_OR_RETURN(const ObligationCase held, cases_.Lock(tx, one.name()));
    ObligationCase passed = held;
    passed.set_owner(after.owner());
    RETURN_IF_ERROR(cases_.Update(tx, held, passed, "pass"));
  }
  return absl::OkStatus();
}

absl::Status Obligations::Follow(record::Transaction& tx, const ObligationCase* before, const ObligationCase* after) const {
  const auto moment = [](const ObligationCase* one) -> std::optional<absl::Time> {
    if (one == nullptr || !IsUnconfirmed(*one) || one->breached()) return std::nullopt;
    return time::ToTime(one->effective_time());
  };
  const std::optional<absl::Time> old = moment(before), now = moment(after);
  if (old == now) return absl::OkStatus();
  const std::string& one = after == nullptr ? before->name() : after->name();
  const std::string name = absl::StrCat(one, "/effect");
  return now.has_value() ? job::Schedule(tx, {name, kEffectJob, one, *now}) : job::Cancel(tx, name);
}

absl::StatusOr<std::vector<Obligation>> Obligations::ActiveOf(sql::Session& session, const std::string& regulation) const {
  return obligations_.Select(session, "WHERE name > ? AND name < ? AND state = 'STATE_ACTIVE' ORDER BY name",
                             record::ChildRange(regulation, "obligations"));
}

absl::StatusOr<std::vector<v1::OpenObligation>> Obligations::OpenOn(sql::Session& session, const std::vector<std::string>& names,
                                                                    absl::Time at, absl::Time until) const {
  std::vector<v1::OpenObligation> open;
  ASSIGN_OR_RETURN(const std::vector<Regulation> regulations, regulations_.Binding(session, at));
  if (regulations.empty()) return open;
  ASSIGN_OR_RETURN(std::vector<BoundSubject> subjects, subjects_.Named(session, names));
  for (const std::string& name : names) {
    const bool bindable = absl::StartsWith(name, "activities/") || absl::StartsWith(name, "projects/");
    const bool heard = std::any_of(subjects.begin(), subjects.end(), [&](const BoundSubject& one) { return one.name == name; });
    if (bindable && !heard) subjects.push_back(Unheard(name));
  }
  std::map<std::string, const Obligation*> obligations;  // by case
  std::vector<std::vector<Obligation>> kept;
  kept.reserve(regulations.size());
  for (const Regulation& regulation : regulations) {
    const std::optional<InForceSpan> span = SpanOf(regulation, regulations_.zone());
    if (!span.has_value()) continue;
    const std::vector<Obligation>* of_this = nullptr;
    for (const BoundSubject& subject : subjects) {
      if (!Meets(regulation, *span, subject, at)) continue;
      if (of_this == nullptr) {
        ASSIGN_OR_RETURN(std::vector<Obligation> active, ActiveOf(session, regulation.name()));
        of_this = &kept.emplace_back(std::move(active));
      }
      const bool blocking = span->start <= at || span->start < until;
      for (const Obligation& obligation : *of_this) {
        open.push_back(OpenOf(regulation, obligation, subject.name, span->start, blocking));
        obligations[open.back().obligation_case()] = &obligation;
      }
    }
  }
  if (open.empty()) return open;
  sql::Values listed;
  for (const v1::OpenObligation& one : open) listed.emplace_back(one.obligation_case());
  ASSIGN_OR_RETURN(const std::vector<ObligationCase> cases,
                   cases_.Select(session, absl::StrCat("WHERE name IN (", sql::Placeholders(listed.size()), ")"), listed));
  for (const ObligationCase& one : cases) {
    if (IsConfirmed(&one, *obligations.at(one.name()))) obligations.erase(one.name());
  }
  open.erase(std::remove_if(open.begin(), open.end(),
                            [&](const v1::OpenObligation& one) { return obligations.count(one.obligation_case()) == 0; }),
             open.end());
  std::sort(open.begin(), open.end(), [](const v1::OpenObligation& a, const v1::OpenObligation& b) {
    return std::tie(a.subject(), a.obligation()) < std::tie(b.subject(), b.obligation());
  });
  return open;
}

absl::StatusOr<std::vector<Obligations::Demand>> Obligations::DemandsNow(sql::Session& session, absl::Time now) const {
  std::vector<Demand> demands;
  ASSIGN_OR_RETURN(std::vector<Regulation> regulations, regulations_.Binding(session, now));
  for (Regulation& regulation : regulations) {
    const std::optional<InForceSpan> span = SpanOf(regulation, regulations_.zone());
    if (!span.has_value()) continue;
    ASSIGN_OR_RETURN(std::vector<Obligation> active, ActiveOf(session, regulation.name()));
    if (!active.empty()) demands.push_back({std::move(regulation), *span, std::move(active)});
  }
  return demands;
}

absl::CivilDay Obligations::DueDayOf(const Wanted& wanted) const {
  return risk::DueDayOf(*wanted.obligation, wanted.effective, regulations_.zone());
}

absl::StatusOr<int> Obligations::ListOne(record::Transaction& tx, const std::vector<Demand>& demands, const std::string& name,
                                         const BoundSubject* subject) const {
  std::map<std::string, Wanted> wanted;
  for (const Demand& demand : demands) {
    if (subject == nullptr || !Meets(demand.regulation, demand.span, *subject, tx.call.now)) continue;
    for (const Obligation& obligation : demand.obligations) {
      wanted[CaseOf(obligation.name(), name)] = {demand.regulation.name(), &obligation, name, demand.span.start};
    }
  }
  // Those that are there as they should be are left alone.
  std::set<std::string> right, differing;
  RETURN_IF_ERROR(tx.sql.Query("SELECT name, state, requirement_version, due_date, effective_time FROM obligation_cases WHERE subject = ?",
                               sql::Bind(name), [&](const sql::Row& row) {
                                 const std::string one = row.Text(0), state = row.Text(1);
                                 const bool open = state == "STATE_OPEN";
                                 const auto found = wanted.find(one);
                                 const bool same = found == wanted.end()
                                                       ? !open && state != "STATE_FULFILLED"
                                                       : row.Text(3) == time::DayText(DueDayOf(found->second)) &&
                                                             row.Time(4) == found->second.effective && state != "STATE_DROPPED" &&
                                                             (open || row.Int(2) == found->second.obligation->requirement_version());
                                 (same ? right : differing).insert(one);
                               }));
  for (const auto& [one, demand] : wanted) {
    if (right.count(one) == 0) differing.insert(one);
  }
  for (const std::string& one : differing) {
    const auto found = wanted.find(one);
    RETURN_IF_ERROR(Adjust(tx, one, found == wanted.end() ? nullptr : &found->second));
  }
  return static_cast<int>(differing.size());
}

absl::StatusOr<bool> Obligations::ListChanged(const rpc::Call& call) const {
  bool any = false, more = false;
  RETURN_IF_ERROR(store_.Read(call, [&](sql::Session& session) -> absl::Status {
    ASSIGN_OR_RETURN(const std::vector<ChangedSubject> first, FirstChanged(session, 1));
    any = !first.empty();
    return absl::OkStatus();
  }));
  if (!any) return false;
  RETURN_IF_ERROR(store_.Write(call, [&](record::Transaction& tx) -> absl::Status {
    RETURN_IF_ERROR(TakeTurn(tx.sql));
    ASSIGN_OR_RETURN(std::vector<ChangedSubject> changed, FirstChanged(tx.sql, kObligationsAtOnce));
    std::vector<std::string> names;
    for (const ChangedSubject& one : changed) names.push_back(one.name);
    if (listed_) RETURN_IF_ERROR(listed_(tx, names));
    ASSIGN_OR_RETURN(const std::vector<Demand> demands, DemandsNow(tx.sql, tx.call.now));
    std::map<std::string, BoundSubject> subjects;
    if (!demands.empty()) {
      ASSIGN_OR_RETURN(std::vector<BoundSubject> named, subjects_.Named(tx.sql, names));
      for (BoundSubject& subject : named) subjects[subject.name] = std::move(subject);
    }
    size_t listed = 0;
    for (int written = 0; listed < changed.size() && written < kObligationsAtOnce; ++listed) {
      const auto subject = subjects.find(changed[listed].name);
      ASSIGN_OR_RETURN(const int differed,
                       ListOne(tx, demands, changed[listed].name, subject == subjects.end() ? nullptr : &subject->second));
      written += differed;
    }
    more = listed < changed.size() || static_cast<int>(changed.size()) == kObligationsAtOnce;
    changed.resize(listed);
    return Forget(tx.sql, changed);
  }));
  return more;
}

job::Outcome Obligations::ListPortions(const rpc::Call& call) const {
  const absl::Time begin = absl::Now();
  while (absl::Now() - begin < kListPortion) {
    const absl::StatusOr<bool> more = ListChanged(call);
    if (!more.ok() || !*more) return job::Outcome::Failed(more.status());
  }
  return job::Outcome::Again(call.now);
}

job::Outcome Obligations::ListRegulation(const rpc::Call& call, const job::Job& job) const {
  absl::Time next = absl::InfiniteFuture();
  const absl::Status noted = store_.Write(call, [&](record::Transaction& tx) -> absl::Status {
    const absl::StatusOr<Regulation> regulation = regulations_.kind().Find(tx.sql, job.payload);
    if (absl::IsNotFound(regulation.status())) return absl::OkStatus();
    RETURN_IF_ERROR(regulation.status());
    next = NextTurnOf(*regulation, regulations_.zone(), tx.call.now);
    RETURN_IF_ERROR(NoteSubjectsOf(tx.sql, regulation->name()));
    return job::Schedule(tx, {"regulations/list", kListNowJob, "", tx.call.now});
  });
  if (!noted.ok()) return job::Outcome::Failed(noted);
  return next == absl::InfiniteFuture() ? job::Outcome::Done() : job::Outcome::Again(next);
}

absl::Status Obligations::Insert(record::Transaction& tx, const std::string& name, const Wanted& wanted) const {
  ObligationCase made;
  made.set_name(name);
  made.set_regulation(wanted.regulation);
  made.set_obligation(wanted.obligation->name());
  made.set_subject(wanted.subject);
  // Who has left is followed by somebody else, who gets the obligation and then this.
  if (!people_.HasLeft(wanted.obligation->owner(), tx.call.now)) made.set_owner(wanted.obligation->owner());
  *made.mutable_due_date() = time::ToDate(DueDayOf(wanted));
  *made.mutable_effective_time() = time::ToTimestamp(wanted.effective);
  made.set_state(ObligationCase::STATE_OPEN);
  return cases_.Insert(tx, made, "list");
}

absl::Status Obligations::Adjust(record::Transaction& tx, const std::string& name, const Wanted* wanted) const {
  const absl::StatusOr<ObligationCase> before = cases_.Lock(tx, name);
  if (absl::IsNotFound(before.status())) return wanted == nullptr ? absl::OkStatus() : Insert(tx, name, *wanted);
  RETURN_IF_ERROR(before.status());
  ObligationCase after = *before;
  const char* verb = "move";
  if (wanted == nullptr) {
    if (!IsUnconfirmed(*before)) return absl::OkStatus();
    RETURN_IF_ERROR(cases_.Advance(after, verb = "drop"));
    ClearFulfillment(after);
    after.set_state_reason("the regulation does not bind it any more");
    return cases_.Update(tx, *before, after, verb);
  }
  if (before->state() == ObligationCase::STATE_DROPPED) {
    RETURN_IF_ERROR(cases_.Advance(after, verb = "list_again"));
  } else if (before->state() != ObligationCase::STATE_OPEN && before->requirement_version() != wanted->obligation->requirement_version()) {
    RETURN_IF_ERROR(cases_.Advance(after, verb = "demand_anew"));
  }
  if (after.state() != before->state()) {
    ClearFulfillment(after);
    after.clear_state_reason();
    if (!people_.HasLeft(wanted->obligation->owner(), tx.call.now)) after.set_owner(wanted->obligation->owner());
  }
  *after.mutable_due_date() = time::ToDate(DueDayOf(*wanted));
  *after.mutable_effective_time() = time::ToTimestamp(wanted->effective);
  // Of a later day fewer have passed than were told.
  after.set_overdue_days(std::min(after.overdue_days(), OverdueDays(time::ToDay(after.due_date()), regulations_.zone(), tx.call.now)));
  if (tx.call.now < wanted->effective) after.clear_breached();
  if (time::ToTime(before->effective_time()) != wanted->effective) after.clear_told_lead_days();
  return cases_.Update(tx, *before, after, verb);
}

absl::Status Obligations::TellDue(const rpc::Call& call) const {
  std::set<std::string> found;
  v1::RiskPolicy policy;
  RETURN_IF_ERROR(store_.Read(call, [&](sql::Session& session) -> absl::Status {
    found.clear();
    ASSIGN_OR_RETURN(policy, policies_.InForce(session, call.now));
    const auto find = [&](const std::string& condition, const sql::Values& values) {
      return session.Query(
          absl::StrCat("SELECT name FROM obligation_cases WHERE state IN ('STATE_OPEN', 'STATE_FULFILLED') AND ", condition), values,
          [&](const sql::Row& row) { found.insert(row.Text(0)); });
    };
    // A night may be an hour shorter than others; what is found too early is told in time.
    const std::string today = time::DayText(absl::ToCivilDay(call.now + absl::Hours(1), regulations_.zone()));
    RETURN_IF_ERROR(find("due_date < ? AND overdue_days < DATEDIFF(?, due_date)", sql::Bind(today, today)));
    RETURN_IF_ERROR(find("breached = 0 AND effective_time <= ?", {call.now}));
    // By what was told last, so that what was told of a lead is not looked at until the next one is reached.
    std::set<int64_t> told;
    RETURN_IF_ERROR(session.Query("SELECT state, told_lead_days FROM obligation_cases GROUP BY state, told_lead_days", {},
                                  [&](const sql::Row& row) { told.insert(row.Int(1)); }));
    for (const int64_t lead : LeadsOf(policy)) {
      for (const int64_t last : told) {
        if (last != 0 && last <= lead) continue;
        RETURN_IF_ERROR(
            find("told_lead_days = ? AND effective_time > ? AND effective_time <= ?", {last, call.now, call.now + absl::Hours(24) * lead}));
      }
    }
    return absl::OkStatus();
  }));
  const std::vector<std::string> due(found.begin(), found.end());
  for (size_t i = 0; i < due.size(); i += kObligationsAtOnce) {
    RETURN_IF_ERROR(store_.Write(call, [&](record::Transaction& tx) -> absl::Status {
      for (size_t j = i; j < due.size() && j < i + kObligationsAtOnce; ++j) RETURN_IF_ERROR(TellOne(tx, due[j], policy));
      return absl::OkStatus();
    }));
  }
  return absl::OkStatus();
}

absl::Status Obligations::TellOne(record::Transaction& tx, const std::string& name, const v1::RiskPolicy& policy) const {
  const absl::StatusOr<ObligationCase> before = cases_.Lock(tx, name);
  if (absl::IsNotFound(before.status())) return absl::OkStatus();
  RETURN_IF_ERROR(before.status());
  ObligationCase after = *before;
  const char* const verb = ToTell(policy, regulations_.zone(), tx.call.now, after);
  if (verb == nullptr) return absl::OkStatus();
  RETURN_IF_ERROR(cases_.Update(tx, *before, after, verb));
  const bool news = after.told_lead_days() != before->told_lead_days() || after.breached() != before->breached();
  return news ? Signal(tx, after, policy) : absl::OkStatus();
}

absl::Status Obligations::Signal(record::Transaction& tx, const ObligationCase& one, const v1::RiskPolicy& policy) const {
  const std::string day = time::DayText(absl::ToCivilDay(time::ToTime(one.effective_time()), regulations_.zone()));
  v1::PostRiskSignalRequest signal;
  signal.set_kind(v1::SIGNAL_KIND_REGULATION);
  signal.set_subject(one.subject());
  signal.set_key(KeyOfLead(one.regulation(), one.breached() ? 0 : one.told_lead_days(), day));
  signal.set_source(one.regulation());
  signal.set_severity(one.breached() ? v1::SIGNAL_SEVERITY_HIGH : SeverityOfLead(LeadsOf(policy), one.told_lead_days()));
  *signal.mutable_occur_time() = time::ToTimestamp(tx.call.now);
  signal.set_text(absl::StrCat(one.obligation(), " is not confirmed; in force from ", day));
  return signals_.Tell(tx, signal).status();
}

absl::StatusOr<v1::AffectedSubjects> Obligations::Affected(const rpc::Call& call, const v1::ComputeAffectedSubjectsRequest& request) {
  return store_.Read(call, [&](sql::Session& session) -> absl::StatusOr<v1::AffectedSubjects> {
    ASSIGN_OR_RETURN(const Regulation regulation, regulations_.kind().Find(session, request.name()));
    ASSIGN_OR_RETURN(const std::vector<Obligation> active, ActiveOf(session, regulation.name()));
    ASSIGN_OR_RETURN(std::vector<BoundSubject> subjects, subjects_.Open(session));
    const InForceSpan span = ExpectedSpanOf(regulation, regulations_.zone(), call.now);
    v1::AffectedSubjects affected;
    *affected.mutable_time() = time::ToTimestamp(call.now);
    std::sort(subjects.begin(), subjects.end(), [](const BoundSubject& a, const BoundSubject& b) { return a.name < b.name; });
    for (const BoundSubject& subject : subjects) {
      if (!Meets(regulation, span, subject, call.now)) continue;
      affected.set_count(affected.count() + 1);
      if (affected.subjects_size() == kSubjectsTold) continue;
      v1::AffectedSubjects::Subject& told = *affected.add_subjects();
      told.set_subject(subject.name);
      told.set_title(subject.title);
      told.set_owner(subject.owner);
      *told.mutable_start_time() = time::ToTimestamp(subject.start);
      *told.mutable_end_time() = time::ToTimestamp(subject.end);
      for (const Obligation& obligation : active) {
        const absl::StatusOr<ObligationCase> one = cases_.Find(session, CaseOf(obligation.name(), subject.name));
        if (!one.ok() && !absl::IsNotFound(one.status())) return one.status();
        if (!IsConfirmed(one.ok() ? &*one : nullptr, obligation)) told.set_open_count(told.open_count() + 1);
      }
    }
    return affected;
  });
}

void Obligations::Bind(record::Methods& methods) {
  methods.Reads(obligations_);
  methods.Creates(obligations_, this, &Obligations::Create);
  methods.Updates(obligations_, this, &Obligations::Update);
  methods.Deletes(obligations_, this, &Obligations::Delete);
  methods.Bind("RetireObligation", this, &Obligations::Retire);
  methods.Reads(cases_);
  methods.Bind("FulfillObligationCase", this, &Obligations::Fulfill);
  methods.Bind("ConfirmObligationCase", this, &Obligations::Confirm);
  methods.Bind("ReopenObligationCase", this, &Obligations::Reopen);
  methods.Bind("ComputeAffectedSubjects", this, &Obligations::Affected);
}

}  // namespace heitie::risk
