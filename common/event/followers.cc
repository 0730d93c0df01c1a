#include "common/event/followers.h"

#include <algorithm>
#include <map>
#include <memory>
#include <mutex>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "common/observe/metrics.h"
#include "common/status/macros.h"
#include "common/status/status.h"
#include "common/time/instant.h"

namespace heitie::event {
namespace {

constexpr char kPrefix[] = "followers/";
constexpr char kType[] = "type.heitie/Follower";
constexpr int kShownStuck = 100;
// Of the figures for operators.
constexpr absl::Duration kFiguresAge = absl::Seconds(3), kFiguresTime = absl::Seconds(1);

const status::Reason kEventNotStuck{absl::StatusCode::kFailedPrecondition, "EVENT_NOT_STUCK",
                                    "{follower} is not stuck on event {position} of {subject}.",
                                    "{follower} 並未卡在 {subject} 的第 {position} 號事件。"};
const status::Reason kNotAMirror{absl::StatusCode::kFailedPrecondition, "NOT_A_MIRROR", "{follower} keeps no copy that could be rebuilt.",
                                 "{follower} 沒有可重建的副本。"};

std::string KeyOf(const std::string& name) { return name.substr(sizeof(kPrefix) - 1); }

absl::StatusOr<type::v1::Follower> LoadOne(sql::Session& session, const std::string& name) {
  ASSIGN_OR_RETURN(std::vector<type::v1::Follower> found, LoadFollowers(session, KeyOf(name)));
  if (found.empty()) return status::NotFound(name);
  return std::move(found[0]);
}

// Notes who did what to the follower and why.
absl::StatusOr<type::v1::Follower> Note(record::Transaction& tx, const char* action, const type::v1::Follower& before,
                                        const std::string& reason) {
  int64_t revision = 0;
  RETURN_IF_ERROR(tx.sql.Query("SELECT revision FROM follower WHERE name = ?", sql::Bind(KeyOf(before.name())),
                               [&](const sql::Row& row) { revision = row.Int(0) + 1; }));
  RETURN_IF_ERROR(
      tx.sql.Execute("UPDATE follower SET revision = ?, reason = ? WHERE name = ?", sql::Bind(revision, reason, KeyOf(before.name())))
          .status());
  ASSIGN_OR_RETURN(type::v1::Follower after, LoadOne(tx.sql, before.name()));
  RETURN_IF_ERROR(tx.Record(action, before.name(), kType, revision, &before, &after));
  return after;
}

// The row of a follower is locked before anything is read by which a change of it is judged.
absl::StatusOr<type::v1::Follower> Lock(record::Transaction& tx, const std::string& name) {
  RETURN_IF_ERROR(tx.sql.Query("SELECT name FROM follower WHERE name = ? FOR UPDATE", sql::Bind(KeyOf(name)), [](const sql::Row&) {}));
  return LoadOne(tx.sql, name);
}

struct Operations {
  absl::StatusOr<type::v1::Follower> StepOver(record::Transaction& tx, const type::v1::StepOverEventRequest& request) {
    ASSIGN_OR_RETURN(const type::v1::Follower before, Lock(tx, request.name()));
    ASSIGN_OR_RETURN(const int64_t rows,
                     tx.sql.Execute("UPDATE follower_stuck SET position = position + 1, attempts = 0, error = NULL, next_time = ? WHERE "
                                    "follower = ? AND subject = ? AND position = ? AND attempts > 0",
                                    sql::Bind(tx.call.now, KeyOf(request.name()), request.subject(), request.position())));
    if (rows == 0) {
      return status::Error(kEventNotStuck,
                           {{"follower", request.name()}, {"subject", request.subject()}, {"position", request.position()}});
    }
    return Note(tx, "step_over", before, request.reason());
  }

  absl::StatusOr<type::v1::Follower> Rebuild(record::Transaction& tx, const type::v1::RebuildMirrorRequest& request) {
    ASSIGN_OR_RETURN(const type::v1::Follower before, Lock(tx, request.name()));
    if (before.kind() != type::v1::Follower::KIND_MIRROR) return status::Error(kNotAMirror, {{"follower", request.name()}});
    const std::string key = KeyOf(request.name());
    RETURN_IF_ERROR(tx.sql.Execute("UPDATE follower SET rebuild_position = 0 WHERE name = ?", sql::Bind(key)).status());
    RETURN_IF_ERROR(tx.sql.Execute("DELETE FROM mirror_rebuild WHERE follower = ?", sql::Bind(key)).status());
    return Note(tx, "rebuild", before, request.reason());
  }
};

struct Known {
  std::mutex mutex;
  std::set<std::string> names;
};

Known& KnownFollowers() {
  static Known* known = new Known;
  return *known;
}

// What the database tells of this process's followers, as it was a few seconds ago at most.
class Figures {
 public:
  explicit Figures(record::Store& store) : store_(store) {}

  std::vector<type::v1::Follower> Get() {
    const std::lock_guard lock(mutex_);
    const absl::Time now = absl::Now();
    if (now >= read_ + kFiguresAge) {
      // Also where it cannot be read: who asks is not kept waiting again.
      read_ = now;
      store_.database()
          .Read(now + kFiguresTime,
                [&](sql::Session& session) -> absl::Status {
                  ASSIGN_OR_RETURN(followers_, LoadFollowers(session));
                  return absl::OkStatus();
                })
          .IgnoreError();
      const std::lock_guard known(KnownFollowers().mutex);
      std::erase_if(followers_, [](const type::v1::Follower& one) { return KnownFollowers().names.count(KeyOf(one.name())) == 0; });
    }
    return followers_;
  }

 private:
  record::Store& store_;
  std::mutex mutex_;
  absl::Time read_ = absl::InfinitePast();
  std::vector<type::v1::Follower> followers_;
};

double SecondsSince(const google::protobuf::Timestamp& timestamp) {
  return std::max(0.0, absl::ToDoubleSeconds(absl::Now() - time::ToTime(timestamp)));
}

observe::Table TableOf(const std::vector<type::v1::Follower>& followers) {
  observe::Table table;
  table.head = {"Follower", "Follows", "Up to event", "As of", "Stuck", "Trouble"};
  for (const type::v1::Follower& one : followers) {
    std::string stuck = absl::StrCat(one.stuck_subject_count()), trouble = one.error();
    for (const auto& subject : one.stuck_subjects()) {
      absl::StrAppend(&trouble, trouble.empty() ? "" : "\n", subject.subject(), " on event ", subject.position(), ", ", subject.attempts(),
                      " attempts: ", subject.error());
    }
    std::string position = absl::StrCat(one.position());
    if (one.has_rebuild_position()) absl::StrAppend(&position, ", rebuilt up to ", one.rebuild_position());
    table.rows.push_back({KeyOf(one.name()), absl::StrCat(one.source(), ": ", absl::StrJoin(one.subject_types(), ", ")), position,
                          one.has_catch_up_time() ? absl::StrFormat("%.1f s ago", SecondsSince(one.catch_up_time())) : "never", stuck,
                          trouble});
  }
  return table;
}

}  // namespace

absl::StatusOr<std::vector<type::v1::Follower>> LoadFollowers(sql::Session& session, const std::string& name) {
  const std::string of = name.empty() ? "" : " WHERE name = ?", of_stuck = name.empty() ? "" : " WHERE follower = ?";
  const sql::Values key = name.empty() ? sql::Values{} : sql::Bind(name);
  std::vector<type::v1::Follower> followers;
  RETURN_IF_ERROR(
      session.Query("SELECT name, kind, source, subject_types, position, catch_up_time, error, rebuild_position, rebuild_time, reason, "
                    "create_time FROM follower" +
                        of + " ORDER BY name",
                    key, [&](const sql::Row& row) {
                      type::v1::Follower& one = followers.emplace_back();
                      one.set_name(kPrefix + row.Text(0));
                      type::v1::Follower::Kind kind = type::v1::Follower::KIND_UNSPECIFIED;
                      type::v1::Follower::Kind_Parse(row.Text(1), &kind);
                      one.set_kind(kind);
                      one.set_source(row.Text(2));
                      for (const auto& type : absl::StrSplit(row.Text(3), ' ', absl::SkipEmpty()))
                        one.add_subject_types(type.data(), type.size());
                      one.set_position(row.Int(4));
                      if (!row.IsNull(5)) *one.mutable_catch_up_time() = time::ToTimestamp(row.Time(5));
                      one.set_error(row.Text(6));
                      if (!row.IsNull(7)) one.set_rebuild_position(row.Int(7));
                      if (!row.IsNull(8)) *one.mutable_rebuild_time() = time::ToTimestamp(row.Time(8));
                      one.set_reason(row.Text(9));
                      *one.mutable_create_time() = time::ToTimestamp(row.Time(10));
                    }));
  std::map<std::string, type::v1::Follower*> by_name;
  for (type::v1::Follower& one : followers) by_name[KeyOf(one.name())] = &one;
  RETURN_IF_ERROR(session.Query("SELECT follower, subject, position, attempts, error, stuck_time, next_time FROM follower_stuck" +
                                    of_stuck + " ORDER BY stuck_time, subject",
                                key, [&](const sql::Row& row) {
                                  const auto of_row = by_name.find(row.Text(0));
                                  if (of_row == by_name.end()) return;
                                  type::v1::Follower& one = *of_row->second;
                                  one.set_stuck_subject_count(one.stuck_subject_count() + 1);
                                  if (one.stuck_subjects_size() >= kShownStuck) return;
                                  auto* stuck = one.add_stuck_subjects();
                                  stuck->set_subject(row.Text(1));
                                  stuck->set_position(row.Int(2));
                                  stuck->set_attempts(static_cast<int32_t>(row.Int(3)));
                                  stuck->set_error(row.Text(4));
                                  *stuck->mutable_stuck_time() = time::ToTimestamp(row.Time(5));
                                  *stuck->mutable_next_time() = time::ToTimestamp(row.Time(6));
                                }));
  return followers;
}

void BindFollowers(rpc::Service& service, record::Store& store) {
  service.Bind("ListFollowers",
               [&store](const rpc::Call& call, const type::v1::ListFollowersRequest&) -> absl::StatusOr<type::v1::ListFollowersResponse> {
                 type::v1::ListFollowersResponse response;
                 RETURN_IF_ERROR(store.Read(call, [&](sql::Session& session) -> absl::Status {
                   ASSIGN_OR_RETURN(const std::vector<type::v1::Follower> followers, LoadFollowers(session));
                   *response.mutable_followers() = {followers.begin(), followers.end()};
                   return absl::OkStatus();
                 }));
                 return response;
               });
  static Operations operations;  // without a state
  service.Bind("StepOverEvent", store.Mutation(&operations, &Operations::StepOver));
  service.Bind("RebuildMirror", store.Mutation(&operations, &Operations::Rebuild));
}

void KnowFollower(const std::string& name) {
  const std::lock_guard lock(KnownFollowers().mutex);
  KnownFollowers().names.insert(name);
}

void ShowFollowers(record::Store& store) {
  const auto figures = std::make_shared<Figures>(store);
  observe::RegisterGauge("heitie_followers_stuck_subjects", "Resources with an event that a follower cannot digest.", [figures] {
    int count = 0;
    for (const type::v1::Follower& one : figures->Get()) count += one.stuck_subject_count();
    return count;
  });
  observe::RegisterGauge("heitie_followers_stuck_seconds", "Time for which the longest stuck of them has been stuck.", [figures] {
    double longest = 0;
    for (const type::v1::Follower& one : figures->Get()) {
      if (!one.stuck_subjects().empty()) longest = std::max(longest, SecondsSince(one.stuck_subjects(0).stuck_time()));
    }
    return longest;
  });
  observe::RegisterGauge("heitie_followers_behind_seconds",
                         "Time since the follower that is farthest behind had read everything, or since there is it.", [figures] {
                           double longest = 0;
                           for (const type::v1::Follower& one : figures->Get()) {
                             longest = std::max(longest, SecondsSince(one.has_catch_up_time() ? one.catch_up_time() : one.create_time()));
                           }
                           return longest;
                         });
  observe::RegisterGauge("heitie_followers_failing",
                         "Followers that cannot read or digest anything, for example because the source is away.", [figures] {
                           int count = 0;
                           for (const type::v1::Follower& one : figures->Get()) count += !one.error().empty();
                           return count;
                         });
  observe::RegisterTable("Followers of other services", [figures] { return TableOf(figures->Get()); });
}

}  // namespace heitie::event
