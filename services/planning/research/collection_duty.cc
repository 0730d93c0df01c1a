#include "services/planning/research/collection_duty.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "services/planning/plan/calendar.h"
#include "services/planning/research/recurrence.h"
#include "services/planning/research/research_item.h"

namespace heitie::planning {

using absl::StatusCode;
using v1::CollectionDuty;
using v1::CollectionRound;

const status::Reason kDeputyIsOwner{StatusCode::kInvalidArgument, "DEPUTY_IS_OWNER", "Nobody stands in for oneself.",
                                    "不能由本人代理自己。"};
const status::Reason kStartsTooEarly{StatusCode::kInvalidArgument, "STARTS_TOO_EARLY", "{date} is before {earliest}, a year ago.",
                                     "{date} 早於一年前的 {earliest}。"};
const status::Reason kDutyEnded{StatusCode::kFailedPrecondition, "DUTY_ENDED", "{name} was ended and does not change any more.",
                                "{name} 已結束，不再變更。"};
const status::Reason kItemsOrNothing{StatusCode::kInvalidArgument, "ITEMS_OR_NOTHING", "Name items, or say that there is nothing new.",
                                     "請列出資料，或說明沒有新消息。"};
const status::Reason kTooFewItems{StatusCode::kInvalidArgument, "TOO_FEW_ITEMS", "{wanted} items are wanted, not {count}.",
                                  "需要 {wanted} 項，目前為 {count} 項。"};
const status::Reason kItemCounted{StatusCode::kInvalidArgument, "ITEM_COUNTED", "{item} has fulfilled an earlier round.",
                                  "{item} 已計入先前的收集。"};

namespace {

// How often it is looked which rounds have come near.
constexpr absl::Duration kRoundInterval = absl::Seconds(10);
constexpr int kEarliestDays = 366;

}  // namespace

const record::StateMachine& CollectionDutyMachine() {
  static const auto& machine =
      *new record::StateMachine(CollectionDuty::State_descriptor(), {{CollectionDuty::STATE_ACTIVE, "end", CollectionDuty::STATE_ENDED}});
  return machine;
}

const record::StateMachine& CollectionRoundMachine() {
  static const auto& machine = *new record::StateMachine(
      CollectionRound::State_descriptor(),
      {
          {CollectionRound::STATE_OPEN, "fulfill", CollectionRound::STATE_FULFILLED, "by items, or by nothing new"},
          {CollectionRound::STATE_OPEN, "drop", CollectionRound::STATE_DROPPED, "its duty is ended", record::kConsequence},
      });
  return machine;
}

CollectionDuties::CollectionDuties(const service::Context& context, Tables& tables, PlanDuties& plan_duties)
    : tables_(tables), plan_duties_(plan_duties) {
  plan_duties.SetDeputy(v1::PlanDuty::KIND_COLLECTION,
                        [this](sql::Session& session, const std::string& subject) -> absl::StatusOr<std::string> {
                          ASSIGN_OR_RETURN(const CollectionDuty duty, tables_.collection_duties.Find(session, record::ParentOf(subject)));
                          return duty.deputy();
                        });
  context.jobs.Recur("open-collection-rounds", kRoundInterval, [this](const rpc::Call& call, const job::Job&) { return OpenAll(call); });
}

absl::Status CollectionDuties::Create(record::Transaction& tx, CollectionDuty& duty) {
  if (duty.calendar().empty()) duty.set_calendar(kDefaultCalendar);
  status::BadFields bad;
  CheckRecurrence(duty.recurrence(), "collection_duty.recurrence", bad);
  if (duty.deputy() == duty.owner()) bad.Add("collection_duty.deputy", kDeputyIsOwner);
  const absl::CivilDay start = time::ToDay(duty.start_date());
  const absl::CivilDay earliest = absl::ToCivilDay(tx.call.now, tables_.zone) - kEarliestDays;
  if (start < earliest) {
    bad.Add("collection_duty.start_date", kStartsTooEarly, {{"date", time::DayText(start)}, {"earliest", time::DayText(earliest)}});
  }
  RETURN_IF_ERROR(bad.status());
  duty.set_state(CollectionDuty::STATE_ACTIVE);
  return tables_.calendars.Named(tx.sql, duty.calendar()).status();
}

absl::Status CollectionDuties::Update(record::Transaction& tx, const CollectionDuty& before, CollectionDuty& after) {
  if (before.state() != CollectionDuty::STATE_ACTIVE) return status::Error(kDutyEnded, {{"name", before.name()}});
  status::BadFields bad;
  CheckRecurrence(after.recurrence(), "collection_duty.recurrence", bad);
  if (after.deputy() == after.owner()) bad.Add("collection_duty.deputy", kDeputyIsOwner);
  RETURN_IF_ERROR(bad.status());
  if (after.owner() == before.owner()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::vector<CollectionRound> rounds, OpenRoundsOf(tx.sql, before.name()));
  for (const CollectionRound& round : rounds) RETURN_IF_ERROR(plan_duties_.Pass(tx, round.name(), after.owner()));
  return absl::OkStatus();
}

absl::StatusOr<std::vector<CollectionRound>> CollectionDuties::OpenRoundsOf(sql::Session& session, const std::string& duty) const {
  ASSIGN_OR_RETURN(std::vector<CollectionRound> rounds, tables_.collection_rounds.Children(session, duty));
  std::erase_if(rounds, [](const CollectionRound& round) { return round.state() != CollectionRound::STATE_OPEN; });
  return rounds;
}

absl::StatusOr<CollectionDuty> CollectionDuties::End(record::Transaction& tx, const v1::EndCollectionDutyRequest& request) {
  ASSIGN_OR_RETURN(record::Step<CollectionDuty> step, tables_.collection_duties.Begin(tx, request, "end"));
  step.after.set_end_reason(request.reason());
  ASSIGN_OR_RETURN(const std::vector<CollectionRound> rounds, OpenRoundsOf(tx.sql, request.name()));
  for (const CollectionRound& round : rounds) {
    RETURN_IF_ERROR(tables_.collection_rounds.Change(tx, record::Target(round.name()), "drop").status());
    RETURN_IF_ERROR(plan_duties_.Done(tx, round.name()));
  }
  return tables_.collection_duties.Finish(tx, step);
}

absl::StatusOr<CollectionRound> CollectionDuties::Fulfill(record::Transaction& tx, const v1::FulfillCollectionRoundRequest& request) {
  const std::string parent = record::ParentOf(request.name());
  ASSIGN_OR_RETURN(const CollectionDuty duty, tables_.collection_duties.Guard(tx, parent));
  ASSIGN_OR_RETURN(record::Step<CollectionRound> step, tables_.collection_rounds.Begin(tx, request, "fulfill"));
  status::BadFields bad;
  if (request.items().empty() == request.nothing_new().empty()) bad.Add("items", kItemsOrNothing);
  if (!request.items().empty() && request.items_size() < duty.items_wanted()) {
    bad.Add("items", kTooFewItems, {{"wanted", duty.items_wanted()}, {"count", request.items_size()}});
  }
  for (int i = 0; i < request.items_size(); ++i) {
    const std::string path = absl::StrCat("items[", i, "]");
    const std::string& item = request.items(i);
    ASSIGN_OR_RETURN(const v1::ResearchItem found, tables_.research_items.Find(tx.sql, item));
    if (found.state() != v1::ResearchItem::STATE_PUBLISHED) bad.Add(path, kNotInForce, {{"name", item}});
    bool counted = false;
    RETURN_IF_ERROR(tx.sql.Query("SELECT item FROM collected_items WHERE duty = ? AND item = ?", sql::Bind(parent, item),
                                 [&](const sql::Row&) { counted = true; }));
    if (counted) bad.Add(path, kItemCounted, {{"item", item}});
  }
  RETURN_IF_ERROR(bad.status());
  for (const std::string& item : request.items()) {
    RETURN_IF_ERROR(tx.sql.Execute("INSERT INTO collected_items (duty, item) VALUES (?, ?)", sql::Bind(parent, item)).status());
  }
  *step.after.mutable_items() = request.items();
  step.after.set_nothing_new(request.nothing_new());
  step.after.set_fulfiller(tx.call.principal.name);
  *step.after.mutable_fulfil_time() = time::ToTimestamp(tx.call.now);
  RETURN_IF_ERROR(plan_duties_.Done(tx, request.name()));
  return tables_.collection_rounds.Finish(tx, step);
}

absl::Status CollectionDuties::Open(record::Transaction& tx, const std::string& name) {
  ASSIGN_OR_RETURN(const CollectionDuty duty, tables_.collection_duties.Lock(tx, name));
  if (duty.state() != CollectionDuty::STATE_ACTIVE) return absl::OkStatus();
  ASSIGN_OR_RETURN(const v1::PlanningPolicy policy, tables_.policies.InForce(tx.sql, tx.call.now));
  ASSIGN_OR_RETURN(const auto calendar, tables_.calendars.Named(tx.sql, duty.calendar()));
  ASSIGN_OR_RETURN(const absl::CivilDay until, HorizonOf(tx.sql, duty, policy, tx.call.now));
  const absl::CivilDay start = time::ToDay(duty.start_date());
  const absl::CivilDay from = duty.has_rounds_until() ? time::ToDay(duty.rounds_until()) : start;
  if (duty.has_rounds_until() && until <= from) return absl::OkStatus();
  for (const Slot& slot : SlotsOf(duty.recurrence(), calendar->arithmetic, start, from, until)) {
    CollectionRound round;
    round.set_name(absl::StrCat(name, "/collectionRounds/", slot.id));
    const absl::Status found = tables_.collection_rounds.Find(tx.sql, round.name()).status();
    if (!absl::IsNotFound(found)) {
      RETURN_IF_ERROR(found);
      continue;
    }
    *round.mutable_due_date() = time::ToDate(slot.due);
    round.set_state(CollectionRound::STATE_OPEN);
    ASSIGN_OR_RETURN(const v1::PlanDuty asked, plan_duties_.Ask(tx, {v1::PlanDuty::KIND_COLLECTION, round.name(), duty.owner(), slot.due,
                                                                     duty.calendar(), policy.name()}));
    round.set_plan_duty(asked.name());
    RETURN_IF_ERROR(tables_.collection_rounds.Insert(tx, round, "open"));
  }
  CollectionDuty after = duty;
  *after.mutable_rounds_until() = time::ToDate(until);
  return tables_.collection_duties.Update(tx, duty, after, "open_rounds");
}

absl::StatusOr<absl::CivilDay> CollectionDuties::HorizonOf(sql::Session& session, const CollectionDuty& duty,
                                                           const v1::PlanningPolicy& policy, absl::Time now) const {
  ASSIGN_OR_RETURN(const auto calendar, tables_.calendars.Named(session, duty.calendar()));
  return WorkdayAt(calendar->arithmetic, absl::ToCivilDay(now, tables_.zone), policy.round_lead_days());
}

job::Outcome CollectionDuties::OpenAll(const rpc::Call& call) {
  // Most days nothing is new, and nothing is locked.
  const auto due = tables_.store.Read(call, [&](sql::Session& session) -> absl::StatusOr<std::vector<std::string>> {
    ASSIGN_OR_RETURN(const v1::PlanningPolicy policy, tables_.policies.InForce(session, call.now));
    ASSIGN_OR_RETURN(const std::vector<CollectionDuty> active,
                     tables_.collection_duties.Select(session, "WHERE state = 'STATE_ACTIVE' ORDER BY name"));
    std::vector<std::string> names;
    for (const CollectionDuty& duty : active) {
      ASSIGN_OR_RETURN(const absl::CivilDay until, HorizonOf(session, duty, policy, call.now));
      if (!duty.has_rounds_until() || until > time::ToDay(duty.rounds_until())) names.push_back(duty.name());
    }
    return names;
  });
  if (!due.ok()) return job::Outcome::Failed(due.status());
  absl::Status failure;
  for (const std::string& name : *due) {
    failure.Update(tables_.store.Write(call, [&](record::Transaction& tx) { return Open(tx, name); }));
  }
  return failure.ok() ? job::Outcome::Done() : job::Outcome::Failed(failure);
}

void CollectionDuties::Bind(record::Methods& methods) {
  methods.Reads(tables_.collection_duties);
  methods.Creates(tables_.collection_duties, this, &CollectionDuties::Create);
  methods.Updates(tables_.collection_duties, this, &CollectionDuties::Update);
  methods.Bind("EndCollectionDuty", this, &CollectionDuties::End);
  methods.Reads(tables_.collection_rounds);
  methods.Bind("FulfillCollectionRound", this, &CollectionDuties::Fulfill);
}

}  // namespace heitie::planning
