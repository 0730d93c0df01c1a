// A read-only copy of another service's resources in the service's own schema, so that rules and gates need no call:
//
//   event::Mirror<personnel::v1::Employee> employees(context, "personnel");      // the table mirrored_employees
//   ASSIGN_OR_RETURN(const Employee employee, employees.Find(session, "employees/li"));
//
// The mirror follows the source's events (follower.h): durably, in order, each event once, resumable. The table has a column `name`
// (VARBINARY(190), the key) and one for each further field that rules need, typed as kind.h says; the other fields are not copied. Until
// the source's history has been read to its end for the first time, reads are UNAVAILABLE, MIRROR_INCOMPLETE, with RetryInfo, because a row
// that is not there yet may still come. Afterwards the copy is as old as State says, a second or two while all is well; a rule that must be
// exact asks the source.
//
// RebuildMirror builds it anew from the source's first event, for example after a column was added; readers see the old copy until then.
#ifndef HEITIE_COMMON_EVENT_MIRROR_H_
#define HEITIE_COMMON_EVENT_MIRROR_H_

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/event/follower.h"

namespace heitie::event {

struct MirrorState {
  // Up to this position of the source's events everything is in the copy, but for stuck resources.
  int64_t position = 0;
  // When everything that the source had was read last; nothing before the first time.
  std::optional<absl::Time> catch_up_time;
};

// The untyped core. Use Mirror<T>.
class MirrorTable {
 public:
  using Message = google::protobuf::Message;

  MirrorTable(record::Store& store, job::Runner& jobs, client::Client& client, const std::string& source, const Message& prototype);
  absl::Status Find(sql::Session& session, const std::string& name, Message* out) const;
  absl::Status Select(sql::Session& session, const std::string& tail, const sql::Values& values,
                      const std::function<void(const Message&)>& each) const;
  // As Select, also before the first copy is complete: what is there is right, but there may be more.
  absl::Status SelectKnown(sql::Session& session, const std::string& tail, const sql::Values& values,
                           const std::function<void(const Message&)>& each) const;
  absl::StatusOr<MirrorState> State(sql::Session& session) const;
  void SetFollow(std::function<absl::Status(sql::Session&, const std::vector<std::string>&)> follow);
  const std::string& follower() const;
  const std::string& table() const;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

// Thread-safe. Stops the process when the table lacks `name` or has a column that is no field of T and cannot be left out.
template <typename T>
class Mirror {
 public:
  Mirror(record::Store& store, job::Runner& jobs, client::Client& client, const std::string& source)
      : table_(store, jobs, client, source, T::default_instance()) {}
  // From what a service's code is given (service::Context).
  template <typename Context>
  Mirror(const Context& context, const std::string& source) : Mirror(context.store, context.jobs, context.client(source), source) {}

  // The copied fields of the resource. NOT_FOUND.
  absl::StatusOr<T> Find(sql::Session& session, const std::string& name) const {
    T out;
    absl::Status status = table_.Find(session, name, &out);
    if (!status.ok()) return status;
    return out;
  }
  // All rows that the tail selects ("WHERE … ORDER BY … LIMIT …", `?` parameters).
  absl::StatusOr<std::vector<T>> Select(sql::Session& session, const std::string& tail, const sql::Values& values = {}) const {
    std::vector<T> rows;
    absl::Status status =
        table_.Select(session, tail, values, [&](const google::protobuf::Message& m) { rows.push_back(static_cast<const T&>(m)); });
    if (!status.ok()) return status;
    return rows;
  }
  // The same also before the first copy is complete: what is there is right, but there may be more.
  absl::StatusOr<std::vector<T>> SelectKnown(sql::Session& session, const std::string& tail, const sql::Values& values = {}) const {
    std::vector<T> rows;
    absl::Status status =
        table_.SelectKnown(session, tail, values, [&](const google::protobuf::Message& m) { rows.push_back(static_cast<const T&>(m)); });
    if (!status.ok()) return status;
    return rows;
  }
  absl::StatusOr<MirrorState> State(sql::Session& session) const { return table_.State(session); }
  // What is done with the names of what was copied anew or has gone, in the transaction that does so. Before the jobs start.
  void SetFollow(std::function<absl::Status(sql::Session& session, const std::vector<std::string>& names)> follow) {
    table_.SetFollow(std::move(follow));
  }
  // Its follower's name, "mirrored-employees".
  const std::string& follower() const { return table_.follower(); }
  // "mirrored_employees".
  const std::string& table() const { return table_.table(); }

 private:
  MirrorTable table_;
};

}  // namespace heitie::event

#endif  // HEITIE_COMMON_EVENT_MIRROR_H_
