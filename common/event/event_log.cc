#include "common/event/event_log.h"

#include <algorithm>
#include <limits>
#include <map>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/status/macros.h"

namespace heitie::event {
namespace {

constexpr int kDefaultPage = 100;
// One statement's, so that a portion takes some hundredths of a second.
constexpr int kPortion = 256;
// More than a portion takes.
constexpr absl::Duration kPortionTime = absl::Seconds(1);
// How long somebody else is given to place a portion.
constexpr absl::Duration kTurn = absl::Milliseconds(5);
// After which the job lets the others have their turn.
constexpr absl::Duration kPlacingTime = absl::Seconds(1);
// How far the log is behind while nobody reads it.
constexpr absl::Duration kInterval = absl::Seconds(5);

std::string Repeated(const char* text, size_t times) {
  std::string all;
  while (times-- > 0) all += text;
  return all;
}

struct Unplaced {
  int64_t sequence;
  std::string subject;
  int64_t revision;
};

// Events of one resource commit in the order of their revisions (its row is locked meanwhile), so that order is kept; between
// resources the order of insertion serves. A revision that is not committed yet cannot have a later one beside it.
std::vector<Unplaced> Ordered(std::vector<Unplaced> events) {
  std::map<std::string, std::vector<int64_t>> revisions_by_subject;
  std::map<std::pair<std::string, int64_t>, std::vector<int64_t>> sequences;
  for (const Unplaced& e : events) {
    revisions_by_subject[e.subject].push_back(e.revision);
    sequences[{e.subject, e.revision}].push_back(e.sequence);
  }
  for (auto& [subject, revisions] : revisions_by_subject) std::sort(revisions.rbegin(), revisions.rend());
  for (auto& [key, list] : sequences) std::sort(list.rbegin(), list.rend());
  // Each place of a resource in the order of insertion takes the resource's next revision.
  for (Unplaced& e : events) {
    std::vector<int64_t>& revisions = revisions_by_subject[e.subject];
    e.revision = revisions.back();
    revisions.pop_back();
    std::vector<int64_t>& list = sequences[{e.subject, e.revision}];
    e.sequence = list.back();
    list.pop_back();
  }
  return events;
}

// Writes positions that ascend from `next` in the order of `events`, many rows in a statement. The number of rows is one of a few, so that
// few statements are ever prepared: what is too few is filled up by repeating the last one.
absl::Status Number(sql::Session& session, int64_t next, const std::vector<Unplaced>& events) {
  for (size_t begin = 0; begin < events.size();) {
    const size_t left = events.size() - begin;
    const size_t rows = left <= 1 ? 1 : left <= 16 ? 16 : kPortion;
    const std::string statement = absl::StrCat("UPDATE event SET position = CASE sequence", Repeated(" WHEN ? THEN ?", rows),
                                               " END WHERE sequence IN (?", Repeated(", ?", rows - 1), ")");
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
  RETURN_IF_ERROR(session.Query(
      "SELECT event.sequence, aggregateid, revision FROM (SELECT sequence FROM event FORCE INDEX (event_position) WHERE position IS "
      "NULL ORDER BY sequence LIMIT ?) AS unplaced JOIN event ON event.sequence = unplaced.sequence ORDER BY event.sequence",
      sql::Bind(kPortion), [&](const sql::Row& row) {
        events.push_back({row.Int(0), row.Text(1), row.Int(2)});
      }));
  if (events.empty()) return true;
  const int64_t next = last + 1;
  last += static_cast<int64_t>(events.size());
  RETURN_IF_ERROR(Number(session, next, Ordered(std::move(events))));
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

// Gives positions to what is committed, portion by portion, each committed by itself, until everything has one that had been committed
// before, or those up to `wanted` are given, or it is `end`; but one portion at least. False when it is the end.
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
    if (!placed) absl::SleepFor(kTurn);
  }
}

// The column is padded: what ended in a blank would find what does not.
bool MayBeName(const std::string& text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return '!' <= c && c <= '~'; });
}

absl::Status NoName(const std::string& field) {
  status::BadFields bad;
  bad.Add(field, status::kBadValue, {{"rule", "a resource name"}});
  return bad.status();
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

bool InSight(record::Store& store, const rpc::Call& call, type::v1::Event* event) {
  return store.sights().Show(call.principal, event->subject_type(), event->mutable_before_json(), event->mutable_after_json());
}

}  // namespace

absl::StatusOr<type::v1::ListEventsResponse> List(record::Store& store, const rpc::Call& call, const type::v1::ListEventsRequest& request) {
  if (!MayBeName(request.subject())) return NoName("subject");
  const int limit = request.page_size() == 0 ? kDefaultPage : request.page_size();
  const bool one = !request.subject().empty();
  // The first page is full without the rest; of one resource there may be something in all of it.
  constexpr int64_t kAll = std::numeric_limits<int64_t>::max();
  const int64_t wanted = one ? kAll : std::min(request.after_position(), kAll - limit) + limit;
  const absl::Time now = absl::Now(), end = now + (call.deadline - now) / 2;
  RETURN_IF_ERROR(Place(store, call.deadline, end, wanted).status());
  type::v1::ListEventsResponse response;
  const std::string select =
      "SELECT position, id, aggregatetype, aggregateid, revision, type, principal, method, trace_id, occur_time, before_json, payload FROM "
      "event WHERE position > ?";
  // What is out of the caller's sight is passed over, for as long as placing may take; of one resource to the end, so that the answer says
  // nothing of one that is out of sight.
  int64_t last = request.after_position();
  bool more = true;
  while (more && response.events_size() < limit && (one || last == request.after_position() || absl::Now() < end)) {
    sql::Values values = {last};
    if (one) values.emplace_back(request.subject());
    values.emplace_back(static_cast<int64_t>(limit - response.events_size()));
    const int had = response.events_size();
    int64_t read = 0;
    RETURN_IF_ERROR(store.Read(call, [&](sql::Session& session) {
      response.mutable_events()->DeleteSubrange(had, response.events_size() - had);
      read = 0;
      return session.Query(select + (one ? " AND aggregateid = ?" : "") + " ORDER BY position LIMIT ?", values, [&](const sql::Row& row) {
        ++read;
        type::v1::Event* event = response.add_events();
        Fill(row, event);
        last = event->position();
        if (!InSight(store, call, event)) response.mutable_events()->RemoveLast();
      });
    }));
    more = read == std::get<int64_t>(values.back());
  }
  if (one) last = response.events().empty() ? request.after_position() : response.events().rbegin()->position();
  response.set_last_position(last);
  return response;
}

void KeepPlaced(job::Runner& jobs, record::Store& store) {
  jobs.Recur("place-events", kInterval, [&store](const rpc::Call& call, const job::Job&) -> job::Outcome {
    const auto all = Place(store, call.deadline, absl::Now() + kPlacingTime, std::numeric_limits<int64_t>::max());
    if (!all.ok()) return job::Outcome::Failed(all.status());
    return *all ? job::Outcome::Done() : job::Outcome::Again(call.now + kPlacingTime);
  });
}

void Bind(rpc::Service& service, record::Store& store) {
  service.Bind("ListEvents",
               [&store](const rpc::Call& call, const type::v1::ListEventsRequest& request) { return List(store, call, request); });
}

}  // namespace heitie::event
