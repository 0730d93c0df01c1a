#include "common/event/event_log.h"

#include <algorithm>
#include <compare>
#include <limits>
#include <map>
#include <memory>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/event/followers.h"
#include "common/event/waiters.h"
#include "common/observe/log.h"
#include "common/record/excess_roles.h"
#include "common/record/hand_over.h"
#include "common/record/holdings.h"
#include "common/rpc/door.h"
#include "common/rpc/services.h"
#include "common/seal/seal.h"
#include "common/sql/placeholders.h"
#include "common/status/line.h"
#include "common/status/macros.h"
#include "google/api/resource.pb.h"

namespace heitie::event {
namespace {

constexpr int kDefaultPage = 100;
// One statement's, so that a portion takes some hundredths of a second.
constexpr int kPortion = 256;
// More than a portion takes.
constexpr absl::Duration kPortionTime = absl::Seconds(1);
// How long somebody else is given to place a portion.
constexpr absl::Duration kPlacingTurn = absl::Milliseconds(5);
// After which the job lets the others have their turn.
constexpr absl::Duration kPlacingTime = absl::Seconds(1);
// How far the log is behind while nobody reads it.
constexpr absl::Duration kPlacingInterval = absl::Seconds(5);

struct Unplaced {
  int64_t sequence;
  std::string subject;
  int64_t revision;
  bool deletion;
};

// Events of one resource commit in the order of their revisions (its row is locked meanwhile), so that order is kept; between
// resources the order of insertion serves. A revision that is not committed yet cannot have a later one beside it. A resource that was
// deleted and created again begins anew with its first revision: what was inserted after the deletion is later.
std::vector<Unplaced> Ordered(const std::vector<Unplaced>& events) {
  struct Order {
    int life;
    int64_t revision;
    size_t place;
    auto operator<=>(const Order&) const = default;
  };
  std::map<std::string, std::vector<Order>> by_subject;
  std::map<std::string, int> lives;
  for (size_t i = 0; i < events.size(); ++i) {
    int& life = lives[events[i].subject];
    by_subject[events[i].subject].push_back({life, events[i].revision, i});
    if (events[i].deletion) ++life;
  }
  std::vector<Unplaced> ordered(events.size());
  for (auto& [subject, orders] : by_subject) {
    std::vector<size_t> places;
    for (const Order& order : orders) places.push_back(order.place);
    std::sort(orders.begin(), orders.end());
    // Each place of a resource in the order of insertion takes the resource's next event.
    for (size_t i = 0; i < orders.size(); ++i) ordered[places[i]] = events[orders[i].place];
  }
  return ordered;
}

// Writes positions that ascend from `next` in the order of `events`, many rows in a statement. The number of rows is one of a few, so that
// few statements are ever prepared: what is too few is filled up by repeating the last one.
absl::Status Number(sql::Session& session, int64_t next, const std::vector<Unplaced>& events) {
  for (size_t begin = 0; begin < events.size();) {
    const size_t left = events.size() - begin;
    const size_t rows = left <= 1 ? 1 : left <= 16 ? 16 : kPortion;
    std::string statement = "UPDATE event SET position = CASE sequence";
    for (size_t i = 0; i < rows; ++i) statement += " WHEN ? THEN ?";
    absl::StrAppend(&statement, " END WHERE sequence IN (", sql::Placeholders(rows), ")");
    sql::Values values, sequences;
    for (size_t i = 0; i < rows; ++i) {
      const size_t event = begin + std::min(i, left - 1);
      values.emplace_back(events[event].sequence);
      values.emplace_back(next + static_cast<int64_t>(event));
      sequences.emplace_back(events[event].sequence);
    }
    values.insert(values.end(), sequences.begin(), sequences.end());
    RETURN_IF_ERROR(session.Execute(statement, values).status());
    begin += std::min(left, rows);
  }
  return absl::OkStatus();
}

// Gives a portion of the committed events that have none their positions. The lock on the one row of event_position makes those who do it
// take turns; false when somebody else holds it.
absl::StatusOr<bool> PlacePortion(sql::Session& session) {
  bool locked = false;
  int64_t last = 0;
  RETURN_IF_ERROR(session.Query("SELECT position FROM event_position WHERE id = 1 FOR UPDATE SKIP LOCKED", {}, [&](const sql::Row& row) {
    locked = true;
    last = row.Int(0);
  }));
  if (!locked) return false;
  std::vector<Unplaced> events;
  // The index alone finds them: the primary key, which is in the right order, begins with what was placed long ago.
  RETURN_IF_ERROR(
      session.Query("SELECT event.sequence, aggregateid, revision, payload IS NULL FROM (SELECT sequence FROM event FORCE INDEX "
                    "(event_position) WHERE position IS "
                    "NULL ORDER BY sequence LIMIT ?) AS unplaced JOIN event ON event.sequence = unplaced.sequence ORDER BY event.sequence",
                    sql::Bind(kPortion), [&](const sql::Row& row) {
                      events.push_back({row.Int(0), row.Text(1), row.Int(2), row.Int(3) != 0});
                    }));
  if (events.empty()) return true;
  const int64_t next = last + 1;
  last += static_cast<int64_t>(events.size());
  RETURN_IF_ERROR(Number(session, next, Ordered(events)));
  RETURN_IF_ERROR(session.Execute("UPDATE event_position SET position = ? WHERE id = 1", sql::Bind(last)).status());
  return true;
}

// Of the events up to a place in the order of insertion.
struct Backlog {
  bool waits = false;  // something has no position
  int64_t last_position = 0;
};

absl::StatusOr<Backlog> BacklogUntil(record::Store& store, absl::Time deadline, int64_t sequence) {
  Backlog backlog;
  RETURN_IF_ERROR(store.database().Read(deadline, [&](sql::Session& session) -> absl::Status {
    RETURN_IF_ERROR(session.Query("SELECT 1 FROM event FORCE INDEX (event_position) WHERE position IS NULL AND sequence <= ? LIMIT 1",
                                  sql::Bind(sequence), [&](const sql::Row&) { backlog.waits = true; }));
    return session.Query("SELECT position FROM event_position WHERE id = 1", {},
                         [&](const sql::Row& row) { backlog.last_position = row.Int(0); });
  }));
  return backlog;
}

absl::StatusOr<int64_t> LastSequence(record::Store& store, absl::Time deadline) {
  int64_t last = 0;
  RETURN_IF_ERROR(store.database().Read(deadline, [&](sql::Session& session) {
    return session.Query("SELECT MAX(sequence) FROM event", {}, [&](const sql::Row& row) { last = row.Int(0); });
  }));
  return last;
}

// Gives positions to committed events in portions, at least one, each committed by itself. Goes on until every event that was committed
// before the call has a position, or the positions up to `wanted` are given, or it is `end`; returns false at `end`.
absl::StatusOr<bool> Place(record::Store& store, absl::Time deadline, absl::Time end, int64_t wanted) {
  ASSIGN_OR_RETURN(const int64_t last, LastSequence(store, deadline));
  while (true) {
    ASSIGN_OR_RETURN(const Backlog backlog, BacklogUntil(store, deadline, last));
    if (!backlog.waits || backlog.last_position >= wanted) return true;
    bool placed = false;
    // A portion is not given up half-done because its caller has little time: the next would begin where this one did.
    const absl::Time portion_end = std::max(deadline, absl::Now() + kPortionTime);
    const absl::Status status = store.database().Write(portion_end, [&](sql::Session& session) -> absl::Status {
      ASSIGN_OR_RETURN(placed, PlacePortion(session));
      return absl::OkStatus();
    });
    if (!status.ok() && !absl::IsAborted(status) && !absl::IsDeadlineExceeded(status)) return status;
    if (absl::Now() >= end) return false;
    if (!placed) absl::SleepFor(kPlacingTurn);
  }
}

// The columns are padded: what ended in a blank would find what does not.
bool MayBeName(const std::string& text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return '!' <= c && c <= '~'; });
}

const status::Phrase kName{"a resource name", "須為資源名稱"};
const status::Phrase kSeconds{"0 s to {longest} s", "0 至 {longest} 秒"};

const status::Reason kEventsRestored{
    absl::StatusCode::kFailedPrecondition, "EVENTS_RESTORED",
    "The service's database was restored to an earlier instant. Its events up to position {position} are those you know, later ones are "
    "others: go on after it, in incarnation {incarnation}.",
    "此服務的資料庫已還原至較早的時點。位置 {position} 以前（含）的事件與您所知相同，之後的則不同：請於 incarnation {incarnation} "
    "中由該處繼續。"};
const status::Reason kEventsBehind{absl::StatusCode::kUnavailable, "EVENTS_BEHIND",
                                   "The events reach to position {last} and not yet to {position}.",
                                   "事件目前只到位置 {last}，尚未到達 {position}。"};
constexpr absl::Duration kBehindPause = absl::Seconds(1);

// Whether a reader may go on after its position in this log, of which it is told the end and the incarnation.
absl::Status CheckPlace(sql::Session& session, const type::v1::ListEventsRequest& request, int64_t head, const std::string& incarnation) {
  const int64_t position = request.after_position();
  const bool same = request.incarnation() == incarnation;
  if (position <= head && (same || request.incarnation().empty())) return absl::OkStatus();
  // Up to where the reader knows this log; of an incarnation that it never had nothing is known.
  int64_t shared = same ? position : 0;
  bool restored = !same && !request.incarnation().empty();
  if (!same) {
    // Who does not know its incarnation has seen what was lost by the latest restore.
    const std::string which = request.incarnation().empty() ? "ORDER BY end_time DESC LIMIT 1" : "WHERE name = ?";
    RETURN_IF_ERROR(session.Query("SELECT last_position FROM event_incarnation " + which,
                                  request.incarnation().empty() ? sql::Values{} : sql::Bind(request.incarnation()),
                                  [&](const sql::Row& row) {
                                    shared = row.Int(0);
                                    restored = true;
                                  }));
  }
  if (restored && position > shared) {
    return status::Error(kEventsRestored, {{"position", shared}, {"incarnation", incarnation}});
  }
  if (position > head) return status::RetryLater(kEventsBehind, kBehindPause, {{"last", head}, {"position", position}});
  return absl::OkStatus();
}

constexpr char kSelect[] =
    "SELECT position, id, aggregatetype, aggregateid, revision, type, principal, method, trace_id, occur_time, before_json, payload FROM "
    "event ";

constexpr char kOfKind[] = "FORCE INDEX (event_type) WHERE aggregatetype = ? AND position > ? AND position <= ?";

int LimitOf(const type::v1::ListEventsRequest& request) { return request.page_size() == 0 ? kDefaultPage : request.page_size(); }

struct Statement {
  std::string sql;
  sql::Values values;
};

// The events up to `head` that the request asks for. Each reads its first rows of an index: of all, of a resource, or of each kind.
Statement StatementOf(const type::v1::ListEventsRequest& request, int64_t head) {
  const auto limit = static_cast<int64_t>(LimitOf(request));
  const std::string select(kSelect), order = " ORDER BY position LIMIT ?";
  const int types = request.subject_types_size();
  Statement statement;
  sql::Values& values = statement.values;
  if (!request.subject().empty()) {
    values = sql::Bind(request.after_position(), head, request.subject());
    statement.sql = select + "WHERE position > ? AND position <= ? AND aggregateid = ?";
    if (types > 0) absl::StrAppend(&statement.sql, " AND aggregatetype IN (", sql::Placeholders(static_cast<size_t>(types)), ")");
    for (const std::string& type : request.subject_types()) values.emplace_back(type);
  } else if (types == 0) {
    values = sql::Bind(request.after_position(), head);
    statement.sql = select + "WHERE position > ? AND position <= ?";
  } else if (types == 1) {
    values = sql::Bind(request.subject_types(0), request.after_position(), head);
    statement.sql = absl::StrCat(select, kOfKind);
  } else {
    // Their positions first: rows of a union lie in a temporary table, and one with what events hold is a file.
    std::string wanted;
    for (const std::string& type : request.subject_types()) {
      absl::StrAppend(&wanted, wanted.empty() ? "(" : " UNION ALL (", "SELECT position AS wanted FROM event ", kOfKind, order, ")");
      for (const sql::Value& value : {sql::Value(type), sql::Value(request.after_position()), sql::Value(head), sql::Value(limit)}) {
        values.push_back(value);
      }
    }
    statement.sql =
        absl::StrCat(select, "FORCE INDEX (event_position) JOIN (", wanted, " ORDER BY wanted LIMIT ?) AS list ON position = wanted");
    values.emplace_back(limit);
  }
  statement.sql += order;
  values.emplace_back(limit);
  return statement;
}

void Fill(const sql::Row& row, type::v1::Event* event) {
  event->set_position(row.Int(0));
  event->set_event_id(row.Text(1));
  event->set_subject_type(row.Text(2));
  event->set_subject(row.Text(3));
  event->set_revision(row.Int(4));
  event->set_action(row.Text(5));
  event->set_principal(row.Text(6));
  event->set_method(row.Text(7));
  event->set_trace_id(row.Text(8));
  const absl::Time time = row.Time(9);
  event->mutable_occur_time()->set_seconds(absl::ToUnixSeconds(time));
  event->mutable_occur_time()->set_nanos(
      static_cast<int32_t>(absl::ToInt64Nanoseconds(time - absl::FromUnixSeconds(absl::ToUnixSeconds(time)))));
  event->set_before_json(row.Text(10));
  event->set_after_json(row.Text(11));
}

// The methods that answer one resource, by its type.
const std::map<std::string, const google::protobuf::MethodDescriptor*>& Getters() {
  static const auto& getters = *[] {
    auto* by_type = new std::map<std::string, const google::protobuf::MethodDescriptor*>;
    for (const auto* service : rpc::ServicesOf()) {
      for (int i = 0; i < service->method_count(); ++i) {
        const auto* method = service->method(i);
        const auto& resource = method->output_type()->options().GetExtension(google::api::resource);
        if (!resource.type().empty() && method->name() == absl::StrCat("Get", method->output_type()->name()))
          (*by_type)[resource.type()] = method;
      }
    }
    return by_type;
  }();
  return getters;
}

// Auditors read the trail of everything. Others know of the kinds that they may get.
bool MayKnow(const rpc::Principal& principal, const std::string& type) {
  for (const rpc::Role role : {options::v1::ROLE_OPERATIONS_MANAGER, options::v1::ROLE_DATA_ANALYST, options::v1::ROLE_PLATFORM_ENGINEER,
                               options::v1::ROLE_SERVICE}) {
    if (principal.Has(role)) return true;
  }
  const auto getter = Getters().find(type);
  return getter != Getters().end() && rpc::CheckAccess(*getter->second, principal).ok();
}

bool InSight(record::Store& store, const rpc::Call& call, type::v1::Event* event) {
  if (!MayKnow(call.principal, event->subject_type())) return false;
  return store.sights().Show(call.principal, event->subject_type(), event->mutable_before_json(), event->mutable_after_json());
}

// The same of the events from a place of the answer on, of which some may hold what is sealed.
absl::Status OpenAndJudge(record::Store& store, const rpc::Call& call, sql::Session& session, int from,
                          type::v1::ListEventsResponse* response) {
  auto& events = *response->mutable_events();
  seal::Opener opener(store.person_keys());
  for (int i = from; i < events.size(); ++i) {
    opener.Add(events[i].before_json());
    opener.Add(events[i].after_json());
  }
  if (!opener.empty()) RETURN_IF_ERROR(opener.Load(session));
  int kept = from;
  for (int i = from; i < events.size(); ++i) {
    type::v1::Event& event = events[i];
    const auto kind = store.sealed_kinds().find(event.subject_type());
    if (kind != store.sealed_kinds().end()) {
      for (std::string* side : {event.mutable_before_json(), event.mutable_after_json()}) {
        const absl::Status opened = opener.Json(*kind->second, side);
        if (opened.ok()) continue;
        if (!absl::IsDataLoss(opened)) return opened;
        // One event that was tampered with holds up nobody who follows the others.
        observe::Log(observe::Severity::kError, "an event cannot be opened",
                     {{"event", event.event_id()}, {"error", status::Line(opened)}});
        seal::Strip(*kind->second, side);
      }
    }
    if (!InSight(store, call, &event)) continue;
    if (kept != i) events.SwapElements(kept, i);
    ++kept;
  }
  events.DeleteSubrange(kept, events.size() - kept);
  return absl::OkStatus();
}

}  // namespace

absl::Status Check(const type::v1::ListEventsRequest& request) {
  status::BadFields bad;
  if (!MayBeName(request.subject())) bad.Add("subject", status::kBadValue, {{"rule", kName}});
  const auto& wait = request.wait();
  const int64_t longest = absl::ToInt64Seconds(kLongestWait);
  const bool in_range = wait.seconds() >= 0 && wait.nanos() >= 0 && wait.nanos() < 1'000'000'000 &&
                        (wait.seconds() < longest || (wait.seconds() == longest && wait.nanos() == 0));
  if (!in_range) bad.Add("wait", status::kBadValue, {{"rule", status::Say(kSeconds, {{"longest", longest}})}});
  return bad.status();
}

absl::StatusOr<type::v1::ListEventsResponse> Fetch(record::Store& store, const rpc::Call& call, const type::v1::ListEventsRequest& request,
                                                   bool* all_placed) {
  type::v1::ListEventsResponse response;
  type::v1::ListEventsRequest rest = request;
  const int limit = LimitOf(request);
  const absl::Time now = absl::Now(), end = now + (call.deadline - now) / 2;
  int64_t head = 0, last = request.after_position();
  // Events that the caller may not see are passed over, for half of the time. For one resource they are passed over to the end, so that the
  // answer does not tell that a hidden resource has events.
  bool more = true;
  while (more && response.events_size() < limit && (!request.subject().empty() || absl::Now() < end)) {
    const int had = response.events_size();
    int read = 0;
    bool seals = false;
    rest.set_page_size(limit - had);
    rest.set_after_position(last);
    RETURN_IF_ERROR(store.Read(call, [&](sql::Session& session) -> absl::Status {
      response.mutable_events()->DeleteSubrange(had, response.events_size() - had);
      read = 0;
      seals = false;
      // What has a position at most this one is committed.
      constexpr char kHead[] = "SELECT position, incarnation FROM event_position WHERE id = 1";
      constexpr char kHeadAndRest[] =
          "SELECT position, incarnation, EXISTS (SELECT 1 FROM event FORCE INDEX (event_position) WHERE position IS NULL) FROM "
          "event_position WHERE id = 1";
      RETURN_IF_ERROR(session.Query(all_placed == nullptr ? kHead : kHeadAndRest, {}, [&](const sql::Row& row) {
        head = row.Int(0);
        response.set_incarnation(row.Text(1));
        if (all_placed != nullptr) *all_placed = row.Int(2) == 0;
      }));
      if (all_placed != nullptr && !*all_placed) return absl::OkStatus();
      RETURN_IF_ERROR(CheckPlace(session, request, head, response.incarnation()));
      if (head <= rest.after_position()) return absl::OkStatus();
      const Statement statement = StatementOf(rest, head);
      RETURN_IF_ERROR(session.Query(statement.sql, statement.values, [&](const sql::Row& row) {
        ++read;
        type::v1::Event* event = response.add_events();
        Fill(row, event);
        last = event->position();
        // What is sealed is opened before the rules judge it.
        seals |= store.sealed_kinds().count(event->subject_type()) > 0;
        if (!seals && !InSight(store, call, event)) response.mutable_events()->RemoveLast();
      }));
      return seals ? OpenAndJudge(store, call, session, had, &response) : absl::OkStatus();
    }));
    if (all_placed != nullptr && !*all_placed) return response;
    all_placed = nullptr;
    more = read == rest.page_size();
  }
  response.set_last_position(more ? last : std::max(head, request.after_position()));
  return response;
}

absl::StatusOr<type::v1::ListEventsResponse> List(record::Store& store, const rpc::Call& call, const type::v1::ListEventsRequest& request) {
  RETURN_IF_ERROR(Check(request));
  // Nearly always somebody has given all of them their positions.
  bool all_placed = false;
  absl::StatusOr<type::v1::ListEventsResponse> response = Fetch(store, call, request, &all_placed);
  if (!response.ok() || all_placed) return response;
  const int64_t limit = LimitOf(request);
  const bool chosen = !request.subject().empty() || !request.subject_types().empty();
  // Without a choice a page is full before the rest has positions; chosen events may lie anywhere in the rest.
  constexpr int64_t kAll = std::numeric_limits<int64_t>::max();
  const int64_t wanted = chosen ? kAll : std::min(request.after_position(), kAll - limit) + limit;
  const absl::Time now = absl::Now();
  RETURN_IF_ERROR(Place(store, call.deadline, now + (call.deadline - now) / 2, wanted).status());
  return Fetch(store, call, request);
}

absl::Status PlaceAll(record::Store& store, absl::Time deadline) {
  return Place(store, deadline, deadline, std::numeric_limits<int64_t>::max()).status();
}

void KeepPlaced(job::Runner& jobs, record::Store& store) {
  jobs.Recur("place-events", kPlacingInterval, [&store](const rpc::Call& call, const job::Job&) -> job::Outcome {
    const auto all = Place(store, call.deadline, absl::Now() + kPlacingTime, std::numeric_limits<int64_t>::max());
    if (!all.ok()) return job::Outcome::Failed(all.status());
    return *all ? job::Outcome::Done() : job::Outcome::Again(call.now + kPlacingTime);
  });
}

void Bind(rpc::Service& service, record::Store& store) {
  const auto waiters = std::make_shared<Waiters>(store);
  store.OnCommit([weak = std::weak_ptr<Waiters>(waiters)] {
    if (const auto live = weak.lock()) live->Wake();
  });
  service.OnDrain([waiters] { waiters->End(); });
  const auto run = [&store, waiters](std::shared_ptr<rpc::Exchange> exchange) {
    const auto& request = static_cast<const type::v1::ListEventsRequest&>(*exchange->request);
    absl::StatusOr<type::v1::ListEventsResponse> response = List(store, exchange->call, request);
    if (!response.ok()) return exchange->finish(response.status());
    auto& answer = static_cast<type::v1::ListEventsResponse&>(*exchange->response);
    answer = *std::move(response);
    const bool waits = request.wait().seconds() > 0 || request.wait().nanos() > 0;
    if (!answer.events().empty() || !waits) return exchange->finish(absl::OkStatus());
    waiters->Add(std::move(exchange));
  };
  service.Bind("ListEvents",
               rpc::TypedHandler{type::v1::ListEventsRequest::descriptor(), type::v1::ListEventsResponse::descriptor(), {run}});
  BindFollowers(service, store);
  record::BindHoldings(service, store);
  record::BindHandOver(service, store);
  record::BindExcessRoles(service, store);
}

}  // namespace heitie::event
