#include "services/planning/cooperation/liaison.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "common/time/day.h"
#include "services/planning/followup/due_day.h"
#include "services/planning/plan/calendar.h"
#include "services/planning/research/collection_duty.h"

namespace heitie::planning {

using absl::StatusCode;
using v1::Liaison;

const status::Reason kLiaisonTaken{StatusCode::kFailedPrecondition, "LIAISON_TAKEN", "Somebody speaks for {department} about this already.",
                                   "{department} 在此主題已有聯絡人。"};
const status::Reason kLiaisonEnded{StatusCode::kFailedPrecondition, "LIAISON_ENDED", "{name} was ended.", "{name} 已結束。"};
const status::Reason kNoLiaison{StatusCode::kFailedPrecondition, "NO_LIAISON", "Nobody speaks for {department} about this.",
                                "{department} 在此主題尚無聯絡人。"};

namespace {

constexpr absl::Duration kTermInterval = absl::Seconds(30);

const status::Phrase kSpeaks{"You speak for {department} now.", "您現在是 {department} 的聯絡人。"};
const status::Phrase kLiaisonGap{"Nobody speaks for {department} any more.", "{department} 已無聯絡人。"};
const status::Phrase kGapClosed{"Somebody speaks for the department again.", "該部門已有聯絡人。"};

std::string SpeaksFor(const std::string& department, const std::string& topic) { return absl::StrCat(department, "/", topic); }

}  // namespace

const record::StateMachine& LiaisonMachine() {
  static const auto& machine = *new record::StateMachine(
      Liaison::State_descriptor(), {
                                       {Liaison::STATE_ACTIVE, "end", Liaison::STATE_ENDED},
                                       {Liaison::STATE_ACTIVE, "expire", Liaison::STATE_ENDED, "the term is over", record::kConsequence},
                                   });
  return machine;
}

Liaisons::Liaisons(const service::Context& context, Tables& tables, const Notices& notices, const Recipients& recipients)
    : tables_(tables), notices_(notices), recipients_(recipients), liaisons_(tables.store, &LiaisonMachine()) {
  liaisons_.SetFollow([this](record::Transaction& tx, const Liaison* before, const Liaison* after) { return Follow(tx, before, after); });
  context.jobs.Recur("end-terms-of-liaisons", kTermInterval, [this](const rpc::Call& call, const job::Job&) { return EndTerms(call); });
}

void Liaisons::CheckTerm(const Liaison& liaison, absl::Time now, status::BadFields& bad) const {
  if (liaison.employee() == liaison.deputy()) bad.Add("liaison.deputy", kDeputyIsOwner);
  if (!liaison.has_end_date()) return;
  CheckDueDay(time::ToDay(liaison.end_date()), absl::ToCivilDay(now, tables_.zone), "liaison.end_date", bad);
}

absl::Status Liaisons::Create(record::Transaction& tx, Liaison& liaison) {
  status::BadFields bad;
  CheckTerm(liaison, tx.call.now, bad);
  RETURN_IF_ERROR(bad.status());
  if (liaison.calendar().empty()) liaison.set_calendar(kDefaultCalendar);
  RETURN_IF_ERROR(tables_.calendars.Named(tx.sql, liaison.calendar()).status());
  ASSIGN_OR_RETURN(const std::vector<Liaison> others,
                   liaisons_.Select(tx.sql, "WHERE speaks_for = ?", sql::Bind(SpeaksFor(liaison.department(), liaison.topic()))));
  if (!others.empty()) return status::Error(kLiaisonTaken, {{"department", liaison.department()}});
  liaison.set_state(Liaison::STATE_ACTIVE);
  return absl::OkStatus();
}

absl::Status Liaisons::Update(record::Transaction& tx, const Liaison& before, Liaison& after) {
  if (before.state() != Liaison::STATE_ACTIVE) return status::Error(kLiaisonEnded, {{"name", before.name()}});
  status::BadFields bad;
  CheckTerm(after, tx.call.now, bad);
  return bad.status();
}

absl::Status Liaisons::TellGap(record::Transaction& tx, const Liaison& liaison) const {
  ASSIGN_OR_RETURN(const std::vector<std::string> managers,
                   recipients_.WithRole(tx.sql, options::v1::ROLE_OPERATIONS_MANAGER, tx.call.now));
  return notices_.TellAll(tx,
                          {.cause = absl::StrCat(liaison.name(), " gap"),
                           .subject = liaison.name(),
                           .wording = "liaison-gap",
                           .phrase = kLiaisonGap,
                           .args = {{"department", liaison.department()}},
                           .waits = true},
                          managers);
}

// Whoever changes it, also a handover: the new one is told, and gets what waits for the department.
absl::Status Liaisons::Follow(record::Transaction& tx, const Liaison* before, const Liaison* after) const {
  if (after == nullptr || after->state() != Liaison::STATE_ACTIVE) return absl::OkStatus();
  const bool speaks_anew = before == nullptr || before->employee() != after->employee();
  if (!speaks_anew) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::vector<Liaison> earlier,
                   liaisons_.Select(tx.sql, "WHERE department = ? AND topic = ? AND state = 'STATE_ENDED' ORDER BY name",
                                    sql::Bind(after->department(), after->topic())));
  for (const Liaison& one : earlier) RETURN_IF_ERROR(notices_.End(tx, one.name(), kGapClosed));
  if (after->employee() != tx.call.principal.name) {
    RETURN_IF_ERROR(notices_.Tell(tx, {.cause = absl::StrCat(after->name(), " speaks ", after->etag()),
                                       .recipient = after->employee(),
                                       .subject = after->name(),
                                       .wording = "liaison-speaks",
                                       .phrase = kSpeaks,
                                       .args = {{"department", after->department()}}}));
  }
  return adopt_ ? adopt_(tx, *after, "") : absl::OkStatus();
}

absl::Status Liaisons::Leave(record::Transaction& tx, const Liaison& ended) const {
  const absl::StatusOr<Liaison> speaker = SpeakerOf(tx.sql, ended.department(), ended.topic());
  if (speaker.ok()) return adopt_ ? adopt_(tx, *speaker, ended.name()) : absl::OkStatus();
  return status::ReasonOf(speaker.status()) == kNoLiaison.id ? TellGap(tx, ended) : speaker.status();
}

absl::StatusOr<Liaison> Liaisons::End(record::Transaction& tx, const v1::EndLiaisonRequest& request) {
  ASSIGN_OR_RETURN(Liaison ended, liaisons_.Change(tx, request, "end"));
  RETURN_IF_ERROR(Leave(tx, ended));
  return ended;
}

absl::StatusOr<Liaison> Liaisons::SpeakerOf(sql::Session& session, const std::string& department, const std::string& topic) const {
  for (const std::string& about : {topic, std::string()}) {
    ASSIGN_OR_RETURN(std::vector<Liaison> found,
                     liaisons_.Select(session, "WHERE speaks_for = ?", sql::Bind(SpeaksFor(department, about))));
    if (!found.empty()) return std::move(found.front());
  }
  return status::Error(kNoLiaison, {{"department", department}});
}

job::Outcome Liaisons::EndTerms(const rpc::Call& call) {
  const std::string today = time::DayText(absl::ToCivilDay(call.now, tables_.zone));
  const auto over = tables_.store.Read(call, [&](sql::Session& session) {
    return liaisons_.Select(session, "WHERE state = 'STATE_ACTIVE' AND end_date < ? ORDER BY name", sql::Bind(today));
  });
  if (!over.ok()) return job::Outcome::Failed(over.status());
  absl::Status failure;
  for (const Liaison& liaison : *over) {
    failure.Update(tables_.store.Write(call, [&](record::Transaction& tx) -> absl::Status {
      ASSIGN_OR_RETURN(const Liaison locked, liaisons_.Lock(tx, liaison.name()));
      if (locked.state() != Liaison::STATE_ACTIVE || locked.etag() != liaison.etag()) return absl::OkStatus();
      ASSIGN_OR_RETURN(const Liaison ended, liaisons_.Change(tx, record::Target(liaison.name()), "expire"));
      return Leave(tx, ended);
    }));
  }
  return failure.ok() ? job::Outcome::Done() : job::Outcome::Failed(failure);
}

void Liaisons::Bind(record::Methods& methods) {
  methods.Reads(liaisons_);
  methods.Creates(liaisons_, this, &Liaisons::Create);
  methods.Updates(liaisons_, this, &Liaisons::Update);
  methods.Bind("EndLiaison", this, &Liaisons::End);
}

}  // namespace heitie::planning
