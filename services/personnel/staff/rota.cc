#include "services/personnel/staff/rota.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "heitie/personnel/v1/duty.pb.h"
#include "heitie/personnel/v1/employee.pb.h"
#include "heitie/personnel/v1/position.pb.h"
#include "heitie/type/v1/holding.pb.h"

namespace heitie::personnel {

const status::Reason kRotaInThePast{absl::StatusCode::kInvalidArgument, "ROTA_IN_THE_PAST",
                                    "A rota cannot begin on {start}: that day is over.", "輪值表不能自 {start} 開始：該日已過。"};
const status::Reason kRotaStartTaken{absl::StatusCode::kFailedPrecondition, "ROTA_START_TAKEN", "{other} begins on {start} already.",
                                     "{other} 已自 {start} 開始。"};
const status::Reason kRotaBegun{absl::StatusCode::kFailedPrecondition, "ROTA_BEGUN",
                                "{name} has begun on {start} and stays; create one that begins later.",
                                "{name} 已於 {start} 開始，須予保留；請另建較晚開始的輪值表。"};
const status::Reason kUnknownHolder{absl::StatusCode::kInvalidArgument, "UNKNOWN_HOLDER", "There is no employee {employee}.",
                                    "沒有員工 {employee}。"};
const status::Reason kNoOneResponsible{absl::StatusCode::kFailedPrecondition, "NO_ONE_RESPONSIBLE",
                                       "Nobody at work answers for {duty} in {department} on {date}.",
                                       "{date} 當日 {department} 沒有在崗人員負責 {duty}。"};

namespace {

using v1::DutyStep;
using v1::Employee;
using v1::Rota;

constexpr absl::Duration kSupersedingInterval = absl::Minutes(1);

absl::CivilDay BeginOf(const Rota& rota) { return time::ToDay(rota.start_date()); }

bool AtWorkOn(const Employee& employee, absl::CivilDay day) {
  return EmployedOn(employee, day) && StateOn(employee, day) == Employee::STATE_ACTIVE;
}

// Her deputy in the absence of the day; empty when there is none.
bool Carries(const v1::Position& position, const std::string& duty) {
  return std::find(position.duties().begin(), position.duties().end(), duty) != position.duties().end();
}

bool Leads(const v1::Position& position) {
  return std::find(position.roles().begin(), position.roles().end(), options::v1::ROLE_OPERATIONS_MANAGER) != position.roles().end();
}

class DutySearch {
 public:
  DutySearch(const DutyFacts& facts, absl::CivilDay day) : facts_(facts), day_(day) {}

  Resolution Run() {
    const Employee* holder = HolderByRota();
    if (holder == nullptr && !resolution_.responsible) holder = HolderByPost();
    if (holder != nullptr && !resolution_.responsible) Replace(*holder);
    for (const std::string& manager : InPost(facts_.managers)) {
      if (resolution_.responsible) break;
      if (passed_.count(manager) == 0) Consider(manager, DutyStep::GROUND_MANAGER);
    }
    return std::move(resolution_);
  }

 private:
  // Whether the search is over: she is at work.
  bool Consider(const std::string& name, DutyStep::Ground ground) {
    const auto person = facts_.people.find(name);
    const bool employed = person != facts_.people.end() && EmployedOn(person->second, day_);
    const bool at_work = employed && AtWorkOn(person->second, day_);
    Pass(name, ground, at_work ? DutyStep::OUTCOME_RESPONSIBLE : employed ? DutyStep::OUTCOME_ABSENT : DutyStep::OUTCOME_NOT_EMPLOYED);
    if (at_work) resolution_.responsible = name;
    return at_work;
  }
  void Pass(const std::string& name, DutyStep::Ground ground, DutyStep::Outcome outcome) {
    DutyStep step;
    step.set_employee(name);
    step.set_ground(ground);
    step.set_outcome(outcome);
    resolution_.path.push_back(step);
    if (outcome != DutyStep::OUTCOME_NOT_HOLDER) passed_.insert(name);
  }

  bool Holds(const Employee& person, const std::set<std::string>& posts) const {
    const std::optional<v1::Assignment> assignment = AssignmentOn(person, day_);
    return assignment && assignment->department() == facts_.department && posts.count(assignment->position()) > 0;
  }
  // Who holds one of the posts in the department, longest first.
  std::vector<std::string> InPost(const std::set<std::string>& posts) const {
    std::set<std::tuple<absl::CivilDay, std::string>> holders;
    for (const auto& [name, person] : facts_.people) {
      if (Holds(person, posts)) holders.emplace(InPostSince(person, day_), name);
    }
    std::vector<std::string> names;
    for (const auto& [since, name] : holders) names.push_back(name);
    return names;
  }

  // The holder, at work or not; nullptr when the rota names none.
  const Employee* HolderByRota() {
    const Rota* rota = RotaOn(facts_.rotas, day_);
    if (rota == nullptr) return nullptr;
    resolution_.rota = rota->name();
    if (rota->holders().empty()) return nullptr;
    const int turn = TurnOn(*rota, day_);
    std::set<std::string> asked;
    for (int i = 0; i < rota->holders_size(); ++i) {
      const std::string& name = rota->holders((turn + i) % rota->holders_size());
      if (!asked.insert(name).second) continue;
      const auto person = facts_.people.find(name);
      if (person != facts_.people.end() && Holds(person->second, facts_.posts)) {
        Consider(name, DutyStep::GROUND_TURN);
        return &person->second;
      }
      const bool employed = person != facts_.people.end() && EmployedOn(person->second, day_);
      Pass(name, DutyStep::GROUND_TURN, employed ? DutyStep::OUTCOME_NOT_HOLDER : DutyStep::OUTCOME_NOT_EMPLOYED);
    }
    return nullptr;
  }

  // The one at work, or the first of those who are absent; nullptr when nobody holds the post.
  const Employee* HolderByPost() {
    const std::vector<std::string> holders = InPost(facts_.posts);
    for (const std::string& name : holders) {
      if (Consider(name, DutyStep::GROUND_HOLDER)) break;
    }
    return holders.empty() ? nullptr : &facts_.people.at(holders.front());
  }

  // The deputy of an absent holder, then whoever is above.
  void Replace(const Employee& holder) {
    const std::string deputy = DeputyOn(holder, day_);
    if (!deputy.empty() && passed_.count(deputy) == 0 && Consider(deputy, DutyStep::GROUND_DEPUTY)) return;
    std::set<std::string> below = {holder.name()};
    const Employee* at = &holder;
    while (at != nullptr) {
      const std::optional<Superior> superior = SuperiorOn(*at, day_, facts_.people, facts_.managers);
      if (!superior || !below.insert(superior->name).second) return;
      // Who was absent already, as a holder or a deputy, is not told again.
      if (passed_.count(superior->name) == 0 &&
          Consider(superior->name, superior->stand_in ? DutyStep::GROUND_MANAGER : DutyStep::GROUND_SUPERIOR))
        return;
      at = &facts_.people.at(superior->name);
    }
  }

  const DutyFacts& facts_;
  const absl::CivilDay day_;
  Resolution resolution_;
  std::set<std::string> passed_;
};

}  // namespace

const Rota* RotaOn(const std::vector<Rota>& rotas, absl::CivilDay day) {
  const Rota* in_force = nullptr;
  for (const Rota& rota : rotas) {
    if (BeginOf(rota) <= day && (in_force == nullptr || BeginOf(rota) > BeginOf(*in_force))) in_force = &rota;
  }
  return in_force;
}

int TurnOn(const Rota& rota, absl::CivilDay day) {
  const auto turns = (day - BeginOf(rota)) / (rota.turn() == Rota::TURN_WEEK ? 7 : 1);
  return static_cast<int>(turns % rota.holders_size());
}

std::set<std::string> SupersededOn(const std::vector<Rota>& rotas, absl::CivilDay day) {
  std::map<std::pair<std::string, std::string>, std::vector<Rota>> sets;
  for (const Rota& rota : rotas) sets[{record::ParentOf(rota.name()), rota.department()}].push_back(rota);
  std::set<std::string> superseded;
  for (const auto& [set, of_set] : sets) {
    const Rota* in_force = RotaOn(of_set, day);
    for (const Rota& rota : of_set) {
      if (in_force != nullptr && BeginOf(rota) < BeginOf(*in_force)) superseded.insert(rota.name());
    }
  }
  return superseded;
}

Resolution Resolve(const DutyFacts& facts, absl::CivilDay day) { return DutySearch(facts, day).Run(); }

const record::StateMachine& RotaMachine() {
  static const auto& machine = *new record::StateMachine(
      Rota::State_descriptor(), {{Rota::STATE_VALID, "supersede", Rota::STATE_SUPERSEDED, "a later one has begun", record::kConsequence}});
  return machine;
}

Rotas::Rotas(const service::Context& context, const record::Kind<v1::Duty>& duties, const record::Kind<v1::Position>& positions,
             const Employees& employees)
    : store_(context.store),
      zone_(context.time_zone),
      rotas_(context.store, &RotaMachine()),
      duties_(duties),
      positions_(positions),
      employees_(employees) {
  rotas_.SetPassing([this](record::Transaction& tx, const type::v1::HandOverRequest& request, const Rota& before, Rota& after) {
    return Pass(tx, request, before, after);
  });
  context.jobs.Recur(
      "supersede-rotas", kSupersedingInterval, [this](const rpc::Call& call, const job::Job&) { return Supersede(call); },
      job::Lane::kDeadlines);
}

absl::StatusOr<std::vector<Rota>> Rotas::RotasOf(sql::Session& session, const std::string& duty, const std::string& department) const {
  ASSIGN_OR_RETURN(std::vector<Rota> rotas, rotas_.Children(session, duty));
  rotas.erase(std::remove_if(rotas.begin(), rotas.end(), [&](const Rota& rota) { return rota.department() != department; }), rotas.end());
  return rotas;
}

absl::Status Rotas::Create(record::Transaction& tx, const v1::CreateRotaRequest& request, Rota& rota) {
  // Rotas of a duty are made one after the other.
  RETURN_IF_ERROR(duties_.Guard(tx, request.parent()).status());
  const absl::CivilDay start = BeginOf(rota);
  status::BadFields bad;
  if (start < DayOf(tx.call.now)) bad.Add("rota.start_date", kRotaInThePast, {{"start", time::DayText(start)}});
  for (int i = 0; i < rota.holders_size(); ++i) {
    const std::string field = absl::StrCat("rota.holders[", i, "]");
    const absl::StatusOr<Employee> holder = employees_.kind().Find(tx.sql, rota.holders(i));
    if (absl::IsNotFound(holder.status())) {
      bad.Add(field, kUnknownHolder, {{"employee", rota.holders(i)}});
      continue;
    }
    RETURN_IF_ERROR(holder.status());
    if (!EmployedOn(*holder, start)) bad.Add(field, kOutsideEmployment, {{"name", holder->name()}, {"date", time::DayText(start)}});
  }
  RETURN_IF_ERROR(bad.status());
  ASSIGN_OR_RETURN(const std::vector<Rota> others, RotasOf(tx.sql, request.parent(), rota.department()));
  for (const Rota& other : others) {
    if (BeginOf(other) == start) return status::Error(kRotaStartTaken, {{"start", time::DayText(start)}, {"other", other.name()}});
  }
  rota.set_state(Rota::STATE_VALID);
  return absl::OkStatus();
}

absl::Status Rotas::Pass(record::Transaction& tx, const type::v1::HandOverRequest& request, const Rota& before, Rota& after) {
  const absl::CivilDay start = BeginOf(before), today = DayOf(tx.call.now);
  const int length = before.turn() == Rota::TURN_WEEK ? 7 : 1;
  const absl::CivilDay first = today < start ? start : start + (today - start) / length * length;
  if (first == start) return absl::OkStatus();
  const std::string duty = record::ParentOf(before.name());
  RETURN_IF_ERROR(duties_.Guard(tx, duty).status());
  ASSIGN_OR_RETURN(const std::vector<Rota> others, RotasOf(tx.sql, duty, before.department()));
  // Of the same duty and department one that has begun since is in force already, though the job has not said so yet.
  const bool over = std::any_of(others.begin(), others.end(), [&](const Rota& r) { return start < BeginOf(r) && BeginOf(r) <= first; });
  Rota next = after;
  after = before;
  RETURN_IF_ERROR(rotas_.Advance(after, "supersede"));
  if (over) return absl::OkStatus();
  next.set_name(absl::StrCat(duty, "/rotas/", record::NewId(tx.call.now)));
  *next.mutable_start_date() = time::ToDate(first);
  next.set_reason(request.reason());
  next.clear_holders();
  const int turn = TurnOn(before, first);
  for (int i = 0; i < before.holders_size(); ++i) {
    const std::string& holder = before.holders((turn + i) % before.holders_size());
    next.add_holders(holder == request.employee() ? request.successor() : holder);
  }
  return rotas_.Insert(tx, next, "create");
}

absl::Status Rotas::Delete(record::Transaction& tx, const Rota& rota) {
  if (BeginOf(rota) > DayOf(tx.call.now)) return absl::OkStatus();
  return status::Error(kRotaBegun, {{"name", rota.name()}, {"start", time::DayText(BeginOf(rota))}});
}

absl::StatusOr<std::string> Rotas::Responsible(sql::Session& session, const std::string& duty, const std::string& department,
                                               absl::CivilDay day) const {
  v1::ResolveDutyRequest request;
  request.set_name(duty);
  request.set_department(department);
  ASSIGN_OR_RETURN(const DutyFacts facts, ReadFacts(session, request, day));
  return Resolve(facts, day).responsible.value_or("");
}

absl::StatusOr<DutyFacts> Rotas::ReadFacts(sql::Session& session, const v1::ResolveDutyRequest& request, absl::CivilDay day) const {
  DutyFacts facts;
  facts.department = request.department();
  ASSIGN_OR_RETURN(const std::vector<v1::Position> positions, positions_.Select(session, "ORDER BY name"));
  std::set<std::string> posts;
  for (const v1::Position& position : positions) {
    if (Carries(position, request.name())) facts.posts.insert(position.name());
    if (Leads(position)) facts.managers.insert(position.name());
  }
  posts.insert(facts.posts.begin(), facts.posts.end());
  posts.insert(facts.managers.begin(), facts.managers.end());
  ASSIGN_OR_RETURN(facts.people, employees_.HoldersOf(session, posts));
  ASSIGN_OR_RETURN(facts.rotas, RotasOf(session, request.name(), request.department()));

  // Those in turn, then whoever is above or stands in for somebody of that day.
  std::set<std::string> wanted;
  if (const Rota* rota = RotaOn(facts.rotas, day)) wanted.insert(rota->holders().begin(), rota->holders().end());
  const auto want_beside = [&](const Employee& person) {
    if (const std::optional<v1::Assignment> assignment = AssignmentOn(person, day)) wanted.insert(assignment->superior());
    wanted.insert(DeputyOn(person, day));
  };
  for (const auto& [name, person] : facts.people) want_beside(person);
  while (!wanted.empty()) {
    const std::string name = *wanted.begin();
    wanted.erase(wanted.begin());
    if (name.empty() || facts.people.count(name) > 0) continue;
    ASSIGN_OR_RETURN(const Employee person, employees_.kind().Find(session, name));
    facts.people.emplace(name, person);
    want_beside(person);
  }
  return facts;
}

absl::StatusOr<v1::ResolveDutyResponse> Rotas::ResolveDuty(const rpc::Call& call, const v1::ResolveDutyRequest& request) {
  const absl::CivilDay day = DayOf(request.has_time() ? time::ToTime(request.time()) : call.now);
  ASSIGN_OR_RETURN(const DutyFacts facts, store_.Read(call, [&](sql::Session& session) -> absl::StatusOr<DutyFacts> {
    RETURN_IF_ERROR(duties_.Find(session, request.name()).status());
    return ReadFacts(session, request, day);
  }));
  const Resolution resolution = Resolve(facts, day);
  if (!resolution.responsible) {
    return status::Error(kNoOneResponsible, {{"duty", request.name()}, {"department", request.department()}, {"date", time::DayText(day)}});
  }
  v1::ResolveDutyResponse response;
  response.set_responsible(*resolution.responsible);
  for (const DutyStep& step : resolution.path) *response.add_path() = step;
  *response.mutable_date() = time::ToDate(day);
  response.set_rota(resolution.rota);
  return response;
}

job::Outcome Rotas::Supersede(const rpc::Call& call) {
  const absl::StatusOr<std::vector<Rota>> valid =
      store_.Read(call, [&](sql::Session& session) { return rotas_.Select(session, "WHERE state = 'STATE_VALID'"); });
  if (!valid.ok()) return job::Outcome::Failed(valid.status());
  absl::Status failure;
  for (const std::string& name : SupersededOn(*valid, DayOf(call.now))) {
    failure.Update(store_.Write(call, [&](record::Transaction& tx) -> absl::Status {
      ASSIGN_OR_RETURN(const Rota before, rotas_.Lock(tx, name));
      if (before.state() != Rota::STATE_VALID) return absl::OkStatus();
      Rota after = before;
      RETURN_IF_ERROR(rotas_.Advance(after, "supersede"));
      return rotas_.Update(tx, before, after, "supersede");
    }));
  }
  return failure.ok() ? job::Outcome::Done() : job::Outcome::Failed(failure);
}

void Rotas::Bind(record::Methods& methods) {
  methods.Reads(rotas_);
  methods.Creates(rotas_, this, &Rotas::Create);
  methods.Deletes(rotas_, this, &Rotas::Delete);
  methods.Bind("ResolveDuty", this, &Rotas::ResolveDuty);
}

}  // namespace heitie::personnel
