#include "common/people/copy.h"

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/event/event_log.h"
#include "common/event/waiters.h"
#include "common/record/json.h"
#include "common/sql/placeholders.h"
#include "common/status/die.h"
#include "common/status/macros.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "heitie/personnel/v1/access_policy.pb.h"
#include "heitie/personnel/v1/delegation.pb.h"
#include "heitie/personnel/v1/employee.pb.h"
#include "heitie/personnel/v1/position.pb.h"
#include "heitie/type/v1/event.pb.h"

namespace heitie::people {
namespace {

using personnel::v1::AccessPolicy;
using personnel::v1::Delegation;
using personnel::v1::Employee;
using personnel::v1::Position;

// Of a process that starts while its database is away, as a mirror's.
constexpr absl::Duration kPatienceAtStart = absl::Seconds(30);
constexpr absl::Duration kReading = absl::Seconds(10);
constexpr absl::Duration kPause = absl::Milliseconds(100);
// What personnel has to say whom it knows, for somebody waits.
constexpr absl::Duration kAnswering = absl::Seconds(2);

// ---- From resources to what the table keeps

Employee Reduced(const Employee& employee) {
  Employee facts;
  *facts.mutable_hire_date() = employee.hire_date();
  if (employee.has_leave_date()) *facts.mutable_leave_date() = employee.leave_date();
  for (const auto& assignment : employee.assignments()) {
    auto& post = *facts.add_assignments();
    *post.mutable_start_date() = assignment.start_date();
    post.set_position(assignment.position());
    post.set_department(assignment.department());
  }
  // A row from before assignments had dates has one, of its fields.
  if (employee.assignments().empty()) {
    auto& post = *facts.add_assignments();
    *post.mutable_start_date() = employee.hire_date();
    post.set_position(employee.position());
    post.set_department(employee.department());
  }
  return facts;
}

Position Reduced(const Position& position) {
  Position facts;
  *facts.mutable_roles() = position.roles();
  return facts;
}

std::optional<Delegation> Reduced(const Delegation& delegation) {
  if (delegation.state() != Delegation::STATE_GRANTED) return std::nullopt;
  Delegation facts;
  facts.set_delegator(delegation.delegator());
  facts.set_delegate(delegation.delegate());
  *facts.mutable_roles() = delegation.roles();
  *facts.mutable_start_date() = delegation.start_date();
  *facts.mutable_end_date() = delegation.end_date();
  return facts;
}

std::optional<AccessPolicy> Reduced(const AccessPolicy& policy) {
  if (policy.state() != AccessPolicy::STATE_PUBLISHED) return std::nullopt;
  AccessPolicy facts;
  facts.set_mode(policy.mode());
  *facts.mutable_start_time() = policy.start_time();
  return facts;
}

std::string TextOf(const google::protobuf::Message& facts) { return record::ToJson(facts); }
template <typename T>
std::string TextOf(const std::optional<T>& facts) {
  return facts ? record::ToJson(*facts) : "";
}

absl::Status NoSuch(const std::string& name) { return absl::DataLossError(absl::StrCat("what is told of ", name, " is not of its kind")); }

template <typename T>
absl::StatusOr<std::string> Reduce(const std::string& name, const std::string& json) {
  T resource;
  if (!record::FromJson(json, &resource) || resource.name() != name) return NoSuch(name);
  return TextOf(Reduced(resource));
}

// ---- And on to facts

template <typename Roles>
uint32_t BitsOf(const Roles& roles) {
  uint32_t bits = 0;
  for (const int role : roles) bits |= role > 0 && role < 32 ? 1u << role : 0;
  return bits;
}

EmployeeFact FactOf(const Employee& employee) {
  EmployeeFact fact{time::ToDay(employee.hire_date()), std::nullopt, {}};
  if (employee.has_leave_date()) fact.last = time::ToDay(employee.leave_date());
  for (const auto& post : employee.assignments())
    fact.posts.push_back({time::ToDay(post.start_date()), post.position(), post.department()});
  return fact;
}

uint32_t FactOf(const Position& position) { return BitsOf(position.roles()); }

DelegationFact FactOf(const Delegation& delegation) {
  return {delegation.delegator(), delegation.delegate(), time::ToDay(delegation.start_date()), time::ToDay(delegation.end_date()),
          BitsOf(delegation.roles())};
}

// A mode that only a newer version knows is taken for the stricter one.
ModeFact FactOf(const AccessPolicy& policy) { return {time::ToTime(policy.start_time()), policy.mode() != AccessPolicy::MODE_REPORT}; }

template <typename T, typename Fact>
absl::Status Add(const std::string& name, const std::string& text, std::map<std::string, std::optional<Fact>>& facts) {
  if (text.empty()) {
    facts[name] = std::nullopt;
    return absl::OkStatus();
  }
  T resource;
  if (!record::FromJson(text, &resource)) return NoSuch(name);
  facts[name] = FactOf(resource);
  return absl::OkStatus();
}

// ---- The table

// One after the other: whoever writes holds the follower's row.
absl::StatusOr<int64_t> NextSeq(sql::Session& session) {
  int64_t seq = 0;
  RETURN_IF_ERROR(session.Query("SELECT COALESCE(MAX(seq), 0) + 1 FROM people", {}, [&](const sql::Row& row) { seq = row.Int(0); }));
  return seq;
}

absl::Status PutRow(sql::Session& session, const std::string& name, const std::string& facts, int64_t seq) {
  return session
      .Execute(
          "INSERT INTO people (name, facts, seq) VALUES (?, ?, ?) ON DUPLICATE KEY UPDATE seq = IF(facts = VALUES(facts), "
          "seq, VALUES(seq)), facts = VALUES(facts)",
          sql::Bind(name, facts, seq))
      .status();
}

absl::Status PutEvents(sql::Session& session, const std::vector<type::v1::Event>& events) {
  ASSIGN_OR_RETURN(const int64_t seq, NextSeq(session));
  for (const type::v1::Event& event : events) {
    std::string facts;
    if (!event.after_json().empty()) {
      ASSIGN_OR_RETURN(facts, FactsOf(event.subject(), event.after_json()));
    }
    RETURN_IF_ERROR(PutRow(session, event.subject(), facts, seq));
  }
  return absl::OkStatus();
}

// What the staged history of a rebuild does not hold is gone.
absl::Status RetainStaged(sql::Session& session) {
  ASSIGN_OR_RETURN(const int64_t seq, NextSeq(session));
  return session
      .Execute(
          "UPDATE people SET facts = '', seq = ? WHERE facts <> '' AND name NOT IN (SELECT subject FROM mirror_rebuild WHERE follower = ?)",
          sql::Bind(seq, std::string(kFollower)))
      .status();
}

// ---- Whom the copy does not know

// Asks personnel about some people, one after the other, whether there are events of them: nobody is ever deleted. The service itself asks,
// which may see everybody. It lives until it has answered.
class Inquiry : public std::enable_shared_from_this<Inquiry> {
 public:
  using Done = std::function<void(absl::StatusOr<std::set<std::string>>)>;
  Inquiry(client::Client& personnel, const rpc::Call& call, std::vector<std::string> employees, Done done)
      : personnel_(personnel), call_(call), employees_(std::move(employees)), done_(std::move(done)) {
    call_.token.clear();
    call_.deadline = std::min(call.deadline, absl::Now() + kAnswering);
  }

  void AskNext() {
    static const std::string& kMethod = *new std::string(event::ListEventsOf(*Employee::descriptor(), "personnel"));
    if (next_ == employees_.size()) return done_(std::move(known_));
    question_.set_subject(employees_[next_]);
    question_.set_page_size(1);
    answer_.Clear();
    asked_ = absl::Now();
    personnel_.Start(call_, kMethod, question_, &answer_, [self = shared_from_this()](const absl::Status& status) { self->Take(status); });
  }

 private:
  void Take(const absl::Status& status) {
    if (!status.ok()) return done_(status);
    if (!answer_.events().empty()) {
      known_.insert(employees_[next_]);
    } else if (absl::Now() - asked_ >= (call_.deadline - asked_) / 2) {
      // An answer that took so long may not have come to the latest events.
      return done_(absl::DeadlineExceededError("personnel is slow"));
    }
    ++next_;
    AskNext();
  }

  client::Client& personnel_;
  rpc::Call call_;
  const std::vector<std::string> employees_;
  const Done done_;
  size_t next_ = 0;
  absl::Time asked_;
  type::v1::ListEventsRequest question_;
  type::v1::ListEventsResponse answer_;
  std::set<std::string> known_;
};

}  // namespace

absl::StatusOr<std::string> FactsOf(const std::string& name, const std::string& json) {
  if (absl::StartsWith(name, "employees/")) return Reduce<Employee>(name, json);
  if (absl::StartsWith(name, "positions/")) return Reduce<Position>(name, json);
  if (absl::StartsWith(name, "delegations/")) return Reduce<Delegation>(name, json);
  if (absl::StartsWith(name, "accessPolicies/")) return Reduce<AccessPolicy>(name, json);
  return NoSuch(name);
}

absl::Status AddFacts(const std::string& name, const std::string& facts, Directory::Changes& changes) {
  if (absl::StartsWith(name, "employees/")) return Add<Employee>(name, facts, changes.employees);
  if (absl::StartsWith(name, "positions/")) return Add<Position>(name, facts, changes.positions);
  if (absl::StartsWith(name, "delegations/")) return Add<Delegation>(name, facts, changes.delegations);
  if (absl::StartsWith(name, "accessPolicies/")) return Add<AccessPolicy>(name, facts, changes.modes);
  return NoSuch(name);
}

Copy::Copy(record::Store& store, job::Runner& jobs, client::Client& personnel, Directory& directory)
    : store_(store), directory_(directory) {
  event::Follower follower(store, jobs, {kFollower, "personnel", personnel}, type::v1::Follower::KIND_MIRROR);
  for (const auto* kind : {Employee::descriptor(), Position::descriptor(), Delegation::descriptor(), AccessPolicy::descriptor()}) {
    follower.Follow(*kind);
  }
  follower.SetCopy(
      {[](sql::Session& session, const type::v1::Event& event) { return PutEvents(session, {event}); }, PutEvents, RetainStaged});
  store.owners().known = [&directory](const std::string& employee) {
    const std::shared_ptr<const Known> known = directory.Now();
    return known->size() == 0 || known->Find(employee) != nullptr;
  };
  store.owners().ask = [&personnel](const rpc::Call& call, std::vector<std::string> employees, Inquiry::Done done) {
    std::make_shared<Inquiry>(personnel, call, std::move(employees), std::move(done))->AskNext();
  };
  // Who follows whom is known from the start.
  absl::Status status = follower.Register();
  const absl::Time patience = absl::Now() + kPatienceAtStart;
  for (status.Update(Renew()); absl::IsUnavailable(status) && absl::Now() < patience; status = Renew()) absl::SleepFor(kPause);
  if (!status.ok()) status::Die("schema", absl::StrCat("the table people: ", status.message()));
}

absl::Status Copy::Renew() {
  const std::lock_guard lock(mutex_);
  Directory::Changes changes;
  int64_t seq = seq_;
  absl::Status told;
  RETURN_IF_ERROR(store_.database().Read(absl::Now() + kReading, [&](sql::Session& session) {
    changes = {};
    told = absl::OkStatus();
    return session.Query("SELECT name, facts, seq FROM people WHERE seq > ? ORDER BY seq", sql::Bind(seq_), [&](const sql::Row& row) {
      seq = row.Int(2);
      told.Update(AddFacts(row.Text(0), row.Text(1), changes));
    });
  }));
  RETURN_IF_ERROR(told);
  if (seq == seq_) return absl::OkStatus();
  directory_.Take(std::move(changes));
  seq_ = seq;
  return absl::OkStatus();
}

// ---- Personnel's own events

// The question that waits for the next event. There is one follower, so there is one question; a later one takes its place.
struct OwnEvents::Waiter {
  std::mutex mutex;
  Done done;
  type::v1::ListEventsResponse* response = nullptr;
  int64_t seen = 0;  // up to which events have been looked at

  // Whether there is more than at the last look.
  bool See(const event::Placed& placed) {
    const std::lock_guard lock(mutex);
    return std::exchange(seen, placed.last) < placed.last || !placed.all;
  }
  Done Take() {
    const std::lock_guard lock(mutex);
    return std::exchange(done, nullptr);
  }
  // Any answer with an event lets the follower look.
  void Wake() {
    Done waiting;
    {
      const std::lock_guard lock(mutex);
      waiting = std::exchange(done, nullptr);
      if (waiting) response->add_events();
    }
    if (waiting) waiting(absl::OkStatus());
  }
};

OwnEvents::OwnEvents(record::Store& store) : store_(store), waiter_(std::make_shared<Waiter>()) {
  store.OnCommit([weak = std::weak_ptr<Waiter>(waiter_)] {
    if (const auto live = weak.lock()) live->Wake();
  });
}

OwnEvents::~OwnEvents() {
  if (const Done waiting = waiter_->Take()) waiting(absl::CancelledError());
}

absl::Status OwnEvents::Look() {
  ASSIGN_OR_RETURN(const event::Placed placed, event::PeekPlaced(store_, absl::Now() + kReading));
  if (waiter_->See(placed)) waiter_->Wake();
  return absl::OkStatus();
}

void OwnEvents::Start(const rpc::Call& call, const std::string&, const google::protobuf::Message& request,
                      google::protobuf::Message* response, Done done) {
  auto question = static_cast<const type::v1::ListEventsRequest&>(request);
  auto& answer = static_cast<type::v1::ListEventsResponse&>(*response);
  rpc::Call own = call;
  own.principal = {"services/personnel"};
  own.principal.Grant(options::v1::ROLE_SERVICE);
  if (question.has_wait()) {
    Done before;
    {
      const std::lock_guard lock(waiter_->mutex);
      before = std::exchange(waiter_->done, std::move(done));
      waiter_->response = &answer;
    }
    if (before) before(absl::CancelledError());
    // What was committed before it waited wakes nobody any more.
    question.clear_wait();
    const absl::StatusOr<type::v1::ListEventsResponse> missed = event::List(store_, own, question);
    if (missed.ok() && !missed->events().empty()) waiter_->Wake();
    return;
  }
  absl::StatusOr<type::v1::ListEventsResponse> listed = event::List(store_, own, question);
  const absl::Status status = listed.status();
  if (status.ok()) answer = *std::move(listed);
  done(status);
}

}  // namespace heitie::people
