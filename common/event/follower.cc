#include "common/event/follower.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "common/event/followers.h"
#include "common/job/back_off.h"
#include "common/observe/log.h"
#include "common/observe/spans.h"
#include "common/rpc/trace.h"
#include "common/sql/alone.h"
#include "common/status/argument.h"
#include "common/status/die.h"
#include "common/status/line.h"
#include "common/status/macros.h"
#include "common/status/status.h"
#include "common/time/instant.h"
#include "google/api/resource.pb.h"
#include "google/protobuf/descriptor.h"

namespace heitie::event {
namespace {

using type::v1::Event;
using type::v1::ListEventsRequest;
using type::v1::ListEventsResponse;

// So that a long history neither outlives the call's deadline nor holds up the other jobs: the rest is the next run's.
constexpr absl::Duration kTurn = absl::Seconds(10);
// Events of a request; a mirror applies as many in a transaction.
constexpr int kPage = 200;
// Events that are digested at once, where they can be.
constexpr size_t kTogether = 100;
// What a consequence may take; beyond, it has failed. Half of a turn, so that one that hangs leaves time for other events.
constexpr absl::Duration kDigestion = absl::Seconds(5);
// After so much of a turn, a quarter, nothing that is stuck is tried again: the rest is for new events, whatever hung.
constexpr absl::Duration kRetrying = absl::Milliseconds(2500);
// What a write has at least, also after something has used up the time of the call. It does no harm late (see Write).
constexpr absl::Duration kWriting = absl::Seconds(5);
// For a rebuilt copy of any size. Nobody waits for it.
constexpr absl::Duration kTakingPlace = absl::Minutes(10);
// How long a request waits at the source for an event; what it has besides for the way; and after which time a turn begins although no
// request has come to its end: whoever left it has vanished.
constexpr absl::Duration kListening = absl::Seconds(10), kWay = absl::Seconds(4), kTurnInterval = absl::Seconds(12);

// Whether somebody or something is away, and the event is not to blame.
bool IsOutage(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDeadlineExceeded:
    case absl::StatusCode::kResourceExhausted:
    case absl::StatusCode::kAborted:
    case absl::StatusCode::kCancelled:
      return true;
    default:
      return false;
  }
}

// The recorded parts of traces in which the events were made.
std::vector<observe::Span::Link> CausesOf(const std::vector<const Event*>& events) {
  std::vector<observe::Span::Link> causes;
  for (const Event* event : events) {
    const std::string& trace = event->trace_id();
    if (!observe::SampleTrace(trace) || trace.empty()) continue;
    causes.push_back({trace, rpc::SpanIdOf(trace, event->method(), event->principal(), time::ToTime(event->occur_time()))});
  }
  return causes;
}

// To a position in an incarnation, and the time when everything had been read, or none.
constexpr char kAdvance[] = "UPDATE follower SET position = ?, incarnation = ?, catch_up_time = COALESCE(?, catch_up_time) WHERE ";

absl::Status Overtaken() { return absl::AbortedError("another replica has followed meanwhile"); }

}  // namespace

struct Stuck {
  std::string subject;
  int64_t position = 0;
  int attempts = 0;
  absl::Time next_time;
};

std::string ListEventsOf(const google::protobuf::Descriptor& resource, const std::string& source) {
  // What several services tell of is in none's contract, such as the reports of handovers.
  const bool shared = resource.file()->package() == "heitie.type.v1";
  const std::string package = shared ? absl::StrCat("heitie.", source, ".v1") : resource.file()->package();
  std::string own = source;
  if (!own.empty()) own[0] = absl::ascii_toupper(static_cast<unsigned char>(own[0]));
  for (const std::string& name : {std::string("Record"), own}) {
    const std::string full = absl::StrCat(package, ".", name, "Service");
    const auto* service = resource.file()->pool()->FindServiceByName(full);
    if (service != nullptr && service->FindMethodByName("ListEvents") != nullptr) return absl::StrCat(full, "/ListEvents");
  }
  status::Die("followers", absl::StrCat("no service of ", package, " has ListEvents"));
}

std::string SubjectTypeOf(const google::protobuf::Descriptor& resource) {
  const std::string& type = resource.options().GetExtension(google::api::resource).type();
  if (type.empty()) status::Die("followers", absl::StrCat(resource.full_name(), " is no resource"));
  return type;
}

// What a process hears of the source between two turns: at most one request waits there. Shared with the request, which may outlive the
// follower.
class Ear {
 public:
  explicit Ear(std::function<void()> hasten) : hasten_(std::move(hasten)) {}

  // Whether a request may be left. One that waits since an earlier turn is one that lasts.
  bool Open() {
    const std::lock_guard lock(mutex_);
    if (waits_) deaf_ = false;
    return !std::exchange(waits_, true);
  }
  // A request has come to its end. Where it was cut off there is nothing to hear: the follower looks by itself, every kFollowInterval.
  void Close(bool cut_off) {
    {
      const std::lock_guard lock(mutex_);
      waits_ = false;
      if (std::exchange(deaf_, cut_off) && cut_off) return;
    }
    hasten_();
  }
  bool deaf() const {
    const std::lock_guard lock(mutex_);
    return deaf_;
  }

 private:
  const std::function<void()> hasten_;
  mutable std::mutex mutex_;
  bool waits_ = false, deaf_ = true;
};

struct Follower::Impl : std::enable_shared_from_this<Follower::Impl> {
  Impl(record::Store& s, const Options& o, type::v1::Follower::Kind k, std::function<void()> h)
      : store(s), name(o.name), source(o.source), client(o.client), kind(k), ear(std::make_shared<Ear>(std::move(h))) {}

  // Of one turn.
  struct Turn {
    const rpc::Call& call;
    bool impatient;  // what needs something that is away may be set aside, once
    const absl::Time begin = absl::Now();
    int64_t number = 0;  // of all turns of the follower
    int64_t position = 0;
    std::string incarnation;  // of the source's log, to which the positions belong
    std::optional<int64_t> rebuild_position;
    bool had_error = false;
    std::map<std::string, Stuck> stuck;  // by subject
    bool caught_up = false;
    int page = kPage;

    bool is_over() const { return absl::Now() >= begin + kTurn; }
    bool is_for_new_events() const { return absl::Now() >= begin + kRetrying; }
    // When something is tried again that has failed now. Whole seconds have passed, for no back-off is shorter: a clock that a test has
    // stopped stands still.
    absl::Time AfterFailure(int attempts) const {
      return call.now + absl::Floor(absl::Now() - begin, absl::Seconds(1)) + job::BackOff(attempts);
    }
  };

  job::Outcome Run(const rpc::Call& call, const job::Job& job);
  absl::Status RunTurn(Turn& turn);
  absl::Status Work(Turn& turn);
  absl::Status Load(Turn& turn);
  absl::Status Insert(sql::Session& session) const;
  absl::StatusOr<ListEventsResponse> Ask(Turn& turn, ListEventsRequest request) const;
  absl::Status GoBack(Turn& turn, const absl::Status& restored);
  absl::Status ReadOn(Turn& turn);
  absl::Status React(Turn& turn, const ListEventsResponse& page);
  absl::Status CopyPage(Turn& turn, const ListEventsResponse& page);
  absl::Status CopyOne(Turn& turn, const Event& event);
  absl::Status Digest(const rpc::Call& call, const Event& event) const;
  absl::Status Digest(const rpc::Call& call, const std::vector<const Event*>& events,
                      const std::function<absl::Status(const rpc::Call&)>& digest) const;
  absl::Status Guarded(const rpc::Call& call, const std::function<absl::Status(const rpc::Call&)>& digest) const;
  // The events from `first` on that are digested at once.
  std::vector<const Event*> PortionFrom(const Turn& turn, const ListEventsResponse& page, int first) const;
  absl::Status SetAside(Turn& turn, const Event& event, const absl::Status& why);
  absl::Status Advance(sql::Session& session, const Turn& turn, int64_t position) const;
  absl::Status Save(Turn& turn, int64_t position);
  absl::Status Retry(Turn& turn, Stuck stuck);
  absl::Status RetryOne(Turn& turn, Stuck& stuck, const Event& event, bool* failed);
  absl::Status Rebuild(Turn& turn);
  absl::Status Stage(const Turn& turn, const ListEventsResponse& page) const;
  absl::Status TakePlace(Turn& turn);
  absl::Status PutChunk(sql::Session& session, const Turn& turn, const std::vector<Event>& chunk) const;
  absl::Status InsertStuck(sql::Session& session, const Turn& turn, const Event& event, const absl::Status& why) const;
  void NoteError(const Turn& turn, const absl::Status& status) const;
  void Listen(const Turn& turn) const;
  absl::Status Write(const Turn& turn, const std::function<absl::Status(sql::Session&)>& work, absl::Duration time = kWriting) const;

  record::Store& store;
  const std::string name, source;
  client::Client& client;
  const type::v1::Follower::Kind kind;
  const std::shared_ptr<Ear> ear;
  std::string list_events;
  std::set<std::string> subject_types;
  Consequence consequence;
  Portions portions;
  Copy copy;
};

Follower::Follower(record::Store& store, job::Runner& jobs, const Options& options, type::v1::Follower::Kind kind)
    : impl_(std::make_shared<Impl>(store, options, kind, jobs.Hastener(options.name))) {
  KnowFollower(options.name);
  // Whoever followed before may have vanished.
  jobs.Hastener(options.name)();
  jobs.Recur(
      options.name, kTurnInterval, [impl = impl_](const rpc::Call& call, const job::Job& job) { return impl->Run(call, job); },
      job::Lane::kFollowers);
}

void Follower::Follow(const google::protobuf::Descriptor& resource) {
  const std::string list_events = ListEventsOf(resource, impl_->source);
  if (!impl_->list_events.empty() && impl_->list_events != list_events) {
    status::Die("followers", absl::StrCat(impl_->name, " follows ", impl_->list_events, " and cannot follow ", resource.full_name()));
  }
  impl_->list_events = list_events;
  impl_->subject_types.insert(SubjectTypeOf(resource));
}

void Follower::SetConsequence(Consequence consequence) { impl_->consequence = std::move(consequence); }
void Follower::SetPortions(Portions portions) { impl_->portions = std::move(portions); }
void Follower::SetCopy(Copy copy) { impl_->copy = std::move(copy); }

absl::Status Follower::Register() {
  return impl_->store.database().Write(absl::Now() + absl::Seconds(30), [this](sql::Session& session) { return impl_->Insert(session); });
}

absl::Status Follower::Impl::Insert(sql::Session& session) const {
  const std::string types = absl::StrJoin(subject_types, " ");
  return session
      .Execute(
          "INSERT INTO follower (name, kind, source, subject_types, create_time) VALUES (?, ?, ?, ?, UTC_TIMESTAMP(6)) ON DUPLICATE KEY "
          "UPDATE kind = VALUES(kind), source = VALUES(source), subject_types = VALUES(subject_types)",
          sql::Bind(name, type::v1::Follower::Kind_Name(kind), source, types))
      .status();
}

job::Outcome Follower::Impl::Run(const rpc::Call& call, const job::Job& job) {
  if (subject_types.empty()) return job::Outcome::Done();
  Turn turn{call, job.attempt >= kPatience};
  const absl::Status status = RunTurn(turn);
  NoteError(turn, status);
  if (!status.ok()) return job::Outcome::Failed(status);
  if (!turn.caught_up || turn.rebuild_position) return job::Outcome::Again(call.now);
  Listen(turn);
  return ear->deaf() || !turn.stuck.empty() ? job::Outcome::Again(call.now + kFollowInterval) : job::Outcome::Done();
}

absl::Status Follower::Impl::RunTurn(Turn& turn) {
  RETURN_IF_ERROR(Load(turn));
  const absl::Status status = Work(turn);
  return status::ReasonOf(status) == "EVENTS_RESTORED" ? GoBack(turn, status) : status;
}

absl::Status Follower::Impl::Work(Turn& turn) {
  std::vector<Stuck> due;
  for (const auto& [subject, stuck] : turn.stuck) {
    if (stuck.next_time <= turn.call.now) due.push_back(stuck);
  }
  std::sort(due.begin(), due.end(), [](const Stuck& a, const Stuck& b) { return a.next_time < b.next_time; });
  for (const Stuck& stuck : due) {
    if (turn.is_for_new_events()) break;
    RETURN_IF_ERROR(Retry(turn, stuck));
  }
  RETURN_IF_ERROR(ReadOn(turn));
  return turn.rebuild_position && turn.caught_up ? Rebuild(turn) : absl::OkStatus();
}

// Begins a turn, which ends the one before.
absl::Status Follower::Impl::Load(Turn& turn) {
  const std::string types = absl::StrJoin(subject_types, " ");
  return store.database().Write(turn.call.deadline, [&](sql::Session& session) -> absl::Status {
    ASSIGN_OR_RETURN(const int64_t rows, session.Execute("UPDATE follower SET turn = turn + 1 WHERE name = ?", sql::Bind(name)));
    bool known = false;
    const auto read = [&](const sql::Row& row) {
      turn.number = row.Int(0);
      turn.position = row.Int(1);
      turn.rebuild_position.reset();
      if (!row.IsNull(2)) turn.rebuild_position = row.Int(2);
      turn.had_error = !row.IsNull(3);
      known = row.Text(4) == types;
      turn.incarnation = row.Text(5);
      if (!row.IsNull(6)) turn.stuck[row.Text(6)] = {row.Text(6), row.Int(7), static_cast<int>(row.Int(8)), row.Time(9)};
    };
    turn.stuck.clear();
    if (rows > 0) {
      RETURN_IF_ERROR(session.Query(
          "SELECT turn, follower.position, rebuild_position, follower.error, subject_types, incarnation, subject, follower_stuck.position, "
          "attempts, next_time FROM follower LEFT JOIN follower_stuck ON follower = name WHERE name = ?",
          sql::Bind(name), read));
    }
    return known ? absl::OkStatus() : Insert(session);
  });
}

// In a transaction with the follower's row locked, unless another replica has begun a turn: what this one knows is not so any more.
absl::Status Follower::Impl::Write(const Turn& turn, const std::function<absl::Status(sql::Session&)>& work, absl::Duration time) const {
  return store.database().Write(std::max(turn.call.deadline, absl::Now() + time), [&](sql::Session& session) -> absl::Status {
    int64_t last = -1;
    RETURN_IF_ERROR(session.Query("SELECT turn FROM follower WHERE name = ? FOR UPDATE", sql::Bind(name),
                                  [&](const sql::Row& row) { last = row.Int(0); }));
    return last == turn.number ? work(session) : Overtaken();
  });
}

// For fewer events, for the rest of the turn, when they are too large together.
absl::StatusOr<ListEventsResponse> Follower::Impl::Ask(Turn& turn, ListEventsRequest request) const {
  for (const std::string& type : subject_types) request.add_subject_types(type);
  request.set_incarnation(turn.incarnation);
  for (;; turn.page = std::max(turn.page / 4, 1)) {
    request.set_page_size(turn.page);
    ListEventsResponse response;
    const absl::Status asked = client.Call(turn.call, list_events, request, &response);
    if (asked.ok()) return response;
    if (turn.page == 1 || status::ReasonOf(asked) != "ANSWER_TOO_LARGE") return asked;
  }
}

// The source was restored to an instant before events that were digested here. What comes next there bears positions that these had: the
// follower returns to the last position that both know. A copy holds what was lost, so it is built anew; what followed from lost events
// stays, as after any consequence whose cause was undone.
absl::Status Follower::Impl::GoBack(Turn& turn, const absl::Status& restored) {
  int64_t shared = 0;
  const std::string incarnation = status::ArgumentOf(restored, "incarnation");
  if (incarnation.empty() || !absl::SimpleAtoi(status::ArgumentOf(restored, "position"), &shared)) return restored;
  const int64_t position = std::min(turn.position, shared);
  RETURN_IF_ERROR(Write(turn, [&](sql::Session& session) -> absl::Status {
    RETURN_IF_ERROR(session
                        .Execute("UPDATE follower SET position = ?, incarnation = ?, rebuild_position = ? WHERE name = ?",
                                 {position, incarnation, copy.apply ? sql::Value(int64_t{0}) : sql::Value(), name})
                        .status());
    RETURN_IF_ERROR(session.Execute("DELETE FROM mirror_rebuild WHERE follower = ?", sql::Bind(name)).status());
    return session.Execute("DELETE FROM follower_stuck WHERE follower = ? AND position > ?", sql::Bind(name, shared)).status();
  }));
  observe::Log(observe::Severity::kWarning, "the source of a follower was restored to an earlier instant",
               {{"follower", name},
                {"source", source},
                {"position", absl::StrCat(turn.position)},
                {"shared_position", absl::StrCat(shared)},
                {"incarnation", incarnation}});
  turn.caught_up = false;
  return absl::OkStatus();
}

absl::Status Follower::Impl::ReadOn(Turn& turn) {
  do {
    ListEventsRequest request;
    request.set_after_position(turn.position);
    ASSIGN_OR_RETURN(const ListEventsResponse page, Ask(turn, request));
    turn.caught_up = page.events().empty();
    // The place is the same in the incarnation that has answered, or it would have refused.
    turn.incarnation = page.incarnation();
    RETURN_IF_ERROR(copy.apply ? CopyPage(turn, page) : React(turn, page));
  } while (!turn.caught_up && !turn.is_over());
  return absl::OkStatus();
}

absl::Status Follower::Impl::React(Turn& turn, const ListEventsResponse& page) {
  int64_t reached = turn.position;
  int alone = 0;  // up to which each is digested by itself
  for (int i = 0; i < page.events_size(); ++i) {
    const Event& event = page.events(i);
    if (turn.stuck.count(event.subject()) == 0) {
      const std::vector<const Event*> portion = i < alone ? std::vector<const Event*>() : PortionFrom(turn, page, i);
      const int size = static_cast<int>(portion.size());
      if (size > 1 && Digest(turn.call, portion, [&](const rpc::Call& call) { return portions.digest(call, portion); }).ok()) {
        i += size - 1;
        reached = page.events(i).position();
        if (turn.is_over()) return Save(turn, reached);
        continue;
      }
      if (size > 1) alone = i + size;
      const absl::Status status = Digest(turn.call, event);
      if (IsOutage(status) && !turn.impatient) {
        RETURN_IF_ERROR(Save(turn, reached));
        return status;
      }
      if (!status.ok()) {
        if (IsOutage(status)) turn.impatient = false;
        RETURN_IF_ERROR(SetAside(turn, event, status));
      }
    }
    reached = event.position();
    if (turn.is_over()) return Save(turn, reached);
  }
  return Save(turn, page.last_position());
}

std::vector<const Event*> Follower::Impl::PortionFrom(const Turn& turn, const ListEventsResponse& page, int first) const {
  std::vector<const Event*> portion;
  if (!portions.joins) return portion;
  for (int i = first; i < page.events_size() && portion.size() < kTogether; ++i) {
    const Event& event = page.events(i);
    if (turn.stuck.count(event.subject()) > 0 || !portions.joins(event)) break;
    portion.push_back(&event);
  }
  return portion;
}

// What follows from recorded traces is recorded as well, in a trace of its own that is linked to them.
absl::Status Follower::Impl::Digest(const rpc::Call& call, const std::vector<const Event*>& events,
                                    const std::function<absl::Status(const rpc::Call&)>& digest) const {
  rpc::Call own = call;
  own.deadline = std::min(call.deadline, absl::Now() + kDigestion);
  observe::Span span{.kind = observe::Span::Kind::kConsumer, .links = CausesOf(events)};
  if (span.links.empty()) return Guarded(own, digest);
  own.sampled = true;
  own.trace_id = span.trace_id = rpc::SampledTraceId();
  own.span_id = span.span_id = rpc::SpanIdOf(own.trace_id, own.method, own.principal.name, own.now);
  span.name = absl::StrCat("follow/", name);
  span.begin = absl::Now();
  const absl::Status status = Guarded(own, digest);
  span.end = absl::Now();
  span.code = status.code();
  observe::EndSpan(std::move(span));
  return status;
}

absl::Status Follower::Impl::Guarded(const rpc::Call& call, const std::function<absl::Status(const rpc::Call&)>& digest) const {
  try {
    return digest(call);
  } catch (const std::exception& e) {
    return absl::InternalError(e.what());
  } catch (...) {
    return absl::InternalError("an exception of unknown type");
  }
}

absl::Status Follower::Impl::Digest(const rpc::Call& call, const Event& event) const {
  return Digest(call, {&event}, [&](const rpc::Call& own) { return consequence(own, event); });
}

// Moves the follower on in the caller's transaction.
absl::Status Follower::Impl::Advance(sql::Session& session, const Turn& turn, int64_t position) const {
  const sql::Value caught_up = turn.caught_up ? sql::Value(turn.call.now) : sql::Value();
  return session.Execute(absl::StrCat(kAdvance, "name = ?"), {position, turn.incarnation, caught_up, name}).status();
}

absl::Status Follower::Impl::Save(Turn& turn, int64_t position) {
  if (position == turn.position && !turn.caught_up) return absl::OkStatus();
  const sql::Value caught_up = turn.caught_up ? sql::Value(turn.call.now) : sql::Value();
  ASSIGN_OR_RETURN(const int64_t rows, sql::ExecuteAlone(store.database(), std::max(turn.call.deadline, absl::Now() + kWriting),
                                                         absl::StrCat(kAdvance, "name = ? AND turn = ?"),
                                                         {position, turn.incarnation, caught_up, name, turn.number}));
  if (rows == 0) return Overtaken();
  turn.position = position;
  return absl::OkStatus();
}

absl::Status Follower::Impl::InsertStuck(sql::Session& session, const Turn& turn, const Event& event, const absl::Status& why) const {
  return session
      .Execute(
          "INSERT INTO follower_stuck (follower, subject, position, attempts, error, stuck_time, next_time) VALUES (?, ?, ?, ?, ?, ?, ?)",
          sql::Bind(name, event.subject(), event.position(), 1, status::Line(why), turn.call.now, turn.AfterFailure(1)))
      .status();
}

absl::Status Follower::Impl::SetAside(Turn& turn, const Event& event, const absl::Status& why) {
  if (turn.stuck.size() >= kMostStuck) {
    return absl::ResourceExhaustedError(absl::StrCat(kMostStuck, " resources are stuck; the last error: ", status::Line(why)));
  }
  RETURN_IF_ERROR(Write(turn, [&](sql::Session& session) -> absl::Status {
    RETURN_IF_ERROR(InsertStuck(session, turn, event, why));
    return Advance(session, turn, event.position());
  }));
  turn.position = event.position();
  turn.stuck[event.subject()] = {event.subject(), event.position(), 1, turn.AfterFailure(1)};
  observe::Log(observe::Severity::kError, "an event cannot be digested and is set aside",
               {{"follower", name},
                {"source", source},
                {"subject", event.subject()},
                {"position", absl::StrCat(event.position())},
                {"error", status::Line(why)}});
  return absl::OkStatus();
}

// All in one transaction; where one event is the trouble, each in its own.
absl::Status Follower::Impl::CopyPage(Turn& turn, const ListEventsResponse& page) {
  if (page.events().empty()) return Save(turn, page.last_position());
  const absl::Status together = Write(turn, [&](sql::Session& session) -> absl::Status {
    RETURN_IF_ERROR(Advance(session, turn, page.last_position()));
    for (const Event& event : page.events()) {
      if (turn.stuck.count(event.subject()) == 0) RETURN_IF_ERROR(copy.apply(session, event));
    }
    return absl::OkStatus();
  });
  if (together.ok()) {
    turn.position = page.last_position();
    return together;
  }
  if (IsOutage(together)) return together;
  for (const Event& event : page.events()) RETURN_IF_ERROR(CopyOne(turn, event));
  return Save(turn, page.last_position());
}

absl::Status Follower::Impl::CopyOne(Turn& turn, const Event& event) {
  if (turn.stuck.count(event.subject()) > 0) return Save(turn, event.position());
  const absl::Status status = Write(turn, [&](sql::Session& session) -> absl::Status {
    RETURN_IF_ERROR(Advance(session, turn, event.position()));
    return copy.apply(session, event);
  });
  if (status.ok()) turn.position = event.position();
  return status.ok() || IsOutage(status) ? status : SetAside(turn, event, status);
}

// ---- What is stuck

absl::Status Follower::Impl::Retry(Turn& turn, Stuck stuck) {
  while (!turn.is_for_new_events()) {
    ListEventsRequest request;
    request.set_after_position(stuck.position - 1);
    request.set_subject(stuck.subject);
    ASSIGN_OR_RETURN(const ListEventsResponse page, Ask(turn, request));
    bool more = !page.events().empty();
    for (const Event& event : page.events()) {
      // What is beyond comes in its turn.
      if (event.position() > turn.position) {
        more = false;
        break;
      }
      bool failed = false;
      RETURN_IF_ERROR(RetryOne(turn, stuck, event, &failed));
      if (failed || turn.is_for_new_events()) return absl::OkStatus();
    }
    if (more) continue;
    RETURN_IF_ERROR(Write(turn, [&](sql::Session& session) -> absl::Status {
      ASSIGN_OR_RETURN(const int64_t rows, session.Execute("DELETE FROM follower_stuck WHERE follower = ? AND subject = ? AND position = ?",
                                                           sql::Bind(name, stuck.subject, stuck.position)));
      return rows == 0 ? Overtaken() : absl::OkStatus();
    }));
    turn.stuck.erase(stuck.subject);
    observe::Log(observe::Severity::kInfo, "a resource is not stuck any more",
                 {{"follower", name}, {"source", source}, {"subject", stuck.subject}});
    return absl::OkStatus();
  }
  return absl::OkStatus();
}

absl::Status Follower::Impl::RetryOne(Turn& turn, Stuck& stuck, const Event& event, bool* failed) {
  const auto move_to = [&](sql::Session& session, int64_t position, int attempts, const sql::Value& error) -> absl::Status {
    ASSIGN_OR_RETURN(
        const int64_t rows,
        session.Execute("UPDATE follower_stuck SET position = ?, attempts = ?, error = ?, next_time = ? WHERE follower = ? AND "
                        "subject = ? AND position = ?",
                        {position, static_cast<int64_t>(attempts), error, attempts == 0 ? turn.call.now : turn.AfterFailure(attempts), name,
                         stuck.subject, stuck.position}));
    return rows == 0 ? Overtaken() : absl::OkStatus();
  };
  absl::Status status = copy.apply ? absl::OkStatus() : Digest(turn.call, event);
  if (status.ok()) {
    status = Write(turn, [&](sql::Session& session) -> absl::Status {
      RETURN_IF_ERROR(move_to(session, event.position() + 1, 0, {}));
      return copy.apply ? copy.apply(session, event) : absl::OkStatus();
    });
    if (status.ok()) {
      stuck.position = event.position() + 1;
      stuck.attempts = 0;
      return status;
    }
    if (!copy.apply || IsOutage(status)) return status;
  }
  *failed = true;
  const int attempts = (event.position() == stuck.position ? stuck.attempts : 0) + 1;
  return Write(turn, [&](sql::Session& session) { return move_to(session, event.position(), attempts, status::Line(status)); });
}

// ---- Rebuilding a mirror

absl::Status Follower::Impl::Rebuild(Turn& turn) {
  while (!turn.is_over()) {
    ListEventsRequest request;
    request.set_after_position(*turn.rebuild_position);
    ASSIGN_OR_RETURN(const ListEventsResponse page, Ask(turn, request));
    RETURN_IF_ERROR(Stage(turn, page));
    turn.rebuild_position = page.last_position();
    if (page.events().empty() && page.last_position() >= turn.position) return TakePlace(turn);
  }
  return absl::OkStatus();
}

absl::Status Follower::Impl::Stage(const Turn& turn, const ListEventsResponse& page) const {
  std::map<std::string, const Event*> latest;
  for (const Event& event : page.events()) latest[event.subject()] = &event;
  return Write(turn, [&](sql::Session& session) -> absl::Status {
    ASSIGN_OR_RETURN(const int64_t rows, session.Execute("UPDATE follower SET rebuild_position = ? WHERE name = ? AND rebuild_position = ?",
                                                         sql::Bind(page.last_position(), name, *turn.rebuild_position)));
    if (rows == 0) return Overtaken();
    for (const auto& [subject, event] : latest) {
      if (event->after_json().empty()) {
        RETURN_IF_ERROR(
            session.Execute("DELETE FROM mirror_rebuild WHERE follower = ? AND subject = ?", sql::Bind(name, subject)).status());
      } else {
        RETURN_IF_ERROR(
            session
                .Execute("INSERT INTO mirror_rebuild (follower, subject, position, after_json) VALUES (?, ?, ?, ?) ON DUPLICATE "
                         "KEY UPDATE position = VALUES(position), after_json = VALUES(after_json)",
                         sql::Bind(name, subject, event->position(), event->after_json()))
                .status());
      }
    }
    return absl::OkStatus();
  });
}

absl::Status Follower::Impl::TakePlace(Turn& turn) {
  const int64_t position = *turn.rebuild_position;
  const auto work = [&](sql::Session& session) -> absl::Status {
    ASSIGN_OR_RETURN(
        const int64_t rows,
        session.Execute(
            "UPDATE follower SET position = ?, incarnation = ?, rebuild_position = NULL, rebuild_time = ?, catch_up_time = ? WHERE "
            "name = ? AND rebuild_position = ?",
            sql::Bind(position, turn.incarnation, turn.call.now, turn.call.now, name, position)));
    if (rows == 0) return Overtaken();
    RETURN_IF_ERROR(session.Execute("DELETE FROM follower_stuck WHERE follower = ?", sql::Bind(name)).status());
    RETURN_IF_ERROR(copy.retain(session));
    constexpr int64_t kChunk = 500;
    std::vector<Event> chunk;
    std::string last;
    do {
      chunk.clear();
      RETURN_IF_ERROR(session.Query(
          "SELECT subject, position, after_json FROM mirror_rebuild WHERE follower = ? AND subject > ? ORDER BY subject LIMIT ?",
          sql::Bind(name, last, kChunk), [&](const sql::Row& row) {
            Event& event = chunk.emplace_back();
            event.set_subject(row.Text(0));
            event.set_position(row.Int(1));
            event.set_after_json(row.Text(2));
          }));
      if (!chunk.empty()) last = chunk.back().subject();
      RETURN_IF_ERROR(PutChunk(session, turn, chunk));
    } while (!chunk.empty());
    return session.Execute("DELETE FROM mirror_rebuild WHERE follower = ?", sql::Bind(name)).status();
  };
  RETURN_IF_ERROR(Write(turn, work, kTakingPlace));
  turn.position = position;
  turn.rebuild_position.reset();
  observe::Log(observe::Severity::kInfo, "a mirror was rebuilt", {{"follower", name}, {"position", absl::StrCat(position)}});
  return absl::OkStatus();
}

// All together; where one is the trouble, each by itself.
absl::Status Follower::Impl::PutChunk(sql::Session& session, const Turn& turn, const std::vector<Event>& chunk) const {
  const absl::Status together = copy.put(session, chunk);
  if (together.ok() || IsOutage(together)) return together;
  for (const Event& event : chunk) {
    const absl::Status status = copy.apply(session, event);
    if (IsOutage(status)) return status;
    if (!status.ok()) RETURN_IF_ERROR(InsertStuck(session, turn, event, status));
  }
  return absl::OkStatus();
}

// ---- Around a turn

void Follower::Impl::NoteError(const Turn& turn, const absl::Status& status) const {
  if (status.ok() && !turn.had_error) return;
  const sql::Value error = status.ok() ? sql::Value() : sql::Value(status::Line(status));
  const absl::Status noted = Write(turn, [&](sql::Session& session) {
    return session.Execute("UPDATE follower SET error = ? WHERE name = ?", {error, name}).status();
  });
  // Another replica notes what it finds.
  if (noted.ok() || absl::IsAborted(noted)) return;
  observe::Log(observe::Severity::kWarning, "a follower's error cannot be noted", {{"follower", name}});
}

// Asks for the next event and waits for it without a thread, unless it does already.
void Follower::Impl::Listen(const Turn& turn) const {
  if (!ear->Open()) return;
  struct Question {
    ListEventsRequest request;
    ListEventsResponse response;
    absl::Time begin = absl::Now();
  };
  const auto question = std::make_shared<Question>();
  question->request.set_after_position(turn.position);
  question->request.set_incarnation(turn.incarnation);
  question->request.set_page_size(1);
  for (const std::string& type : subject_types) question->request.add_subject_types(type);
  question->request.mutable_wait()->set_seconds(absl::ToInt64Seconds(kListening));
  rpc::Call call = turn.call;
  call.deadline = question->begin + kListening + kWay;
  client.Start(call, list_events, question->request, &question->response, [question, ear = ear](const absl::Status& status) {
    const bool heard = status.ok() && !question->response.events().empty();
    ear->Close(!heard && (!status.ok() || absl::Now() < question->begin + kListening));
  });
}

}  // namespace heitie::event
