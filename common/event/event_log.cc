#include "common/event/event_log.h"

#include <algorithm>
#include <map>
#include <vector>

#include "common/status/macros.h"

namespace heitie::event {
namespace {

constexpr int kDefaultPage = 100;
constexpr int kPositionsAtOnce = 1000;

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

// Gives every committed event that has none its position. The lock on the one row of event_position makes readers take turns.
absl::Status Place(sql::Session& session) {
  while (true) {
    int64_t last = 0;
    RETURN_IF_ERROR(
        session.Query("SELECT position FROM event_position WHERE id = 1 FOR UPDATE", {}, [&](const sql::Row& row) { last = row.Int(0); }));
    std::vector<Unplaced> events;
    RETURN_IF_ERROR(session.Query("SELECT sequence, aggregateid, revision FROM event WHERE position IS NULL ORDER BY sequence LIMIT ?",
                                  sql::Bind(kPositionsAtOnce), [&](const sql::Row& row) {
                                    events.push_back({row.Int(0), row.Text(1), row.Int(2)});
                                  }));
    if (events.empty()) return absl::OkStatus();
    for (const Unplaced& event : Ordered(std::move(events))) {
      RETURN_IF_ERROR(session.Execute("UPDATE event SET position = ? WHERE sequence = ?", sql::Bind(++last, event.sequence)).status());
    }
    RETURN_IF_ERROR(session.Execute("UPDATE event_position SET position = ? WHERE id = 1", sql::Bind(last)).status());
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

}  // namespace

absl::StatusOr<type::v1::ListEventsResponse> List(resource::Store& store, const rpc::Call& call,
                                                  const type::v1::ListEventsRequest& request) {
  if (!MayBeName(request.subject())) return NoName("subject");
  const int limit = request.page_size() == 0 ? kDefaultPage : request.page_size();
  RETURN_IF_ERROR(store.database().Write(call.deadline, Place));
  type::v1::ListEventsResponse response;
  const bool one = !request.subject().empty();
  sql::Values values = {request.after_position()};
  if (one) values.emplace_back(request.subject());
  values.emplace_back(static_cast<int64_t>(limit));
  const std::string select =
      "SELECT position, id, aggregatetype, aggregateid, revision, type, principal, method, trace_id, occur_time, before_json, payload FROM "
      "event WHERE position > ?";
  RETURN_IF_ERROR(store.Read(call, [&](sql::Session& session) {
    return session.Query(select + (one ? " AND aggregateid = ?" : "") + " ORDER BY position LIMIT ?", values,
                         [&](const sql::Row& row) { Fill(row, response.add_events()); });
  }));
  response.set_last_position(response.events().empty() ? request.after_position() : response.events().rbegin()->position());
  return response;
}

void Bind(rpc::Service& service, resource::Store& store) {
  service.Bind("ListEvents",
               [&store](const rpc::Call& call, const type::v1::ListEventsRequest& request) { return List(store, call, request); });
}

}  // namespace heitie::event
