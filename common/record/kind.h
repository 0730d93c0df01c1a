// A kind of resource: a message of the contract that annotates google.api.resource, kept in one table. The table's name is
// the plural of the resource in snake_case ("goods_receipts"), its columns are the message's fields; the row's key is `name`.
//
//   record::Kind<Project> projects_(store, &Machine());
//
//   void Projects::Bind(record::Methods& methods) {                        // methods.h
//     methods.Reads(projects_);                                            // GetProject, ListProjects
//     methods.Creates(projects_, this, &Projects::Create);                 // Status Create(Transaction&, Project&)
//     methods.Updates(projects_, this, &Projects::Update);                 // Status Update(Transaction&, const Project& before, Project&
//     after) methods.Bind("RejectProject", this, &Projects::Reject);
//   }
//   absl::StatusOr<Project> Projects::Reject(Transaction& tx, const RejectProjectRequest& request) {
//     return projects_.Change(tx, request, "reject", [&](Project& after) { after.set_state_reason(request.reason()); });
//   }
//
// Column types by field type: string VARBINARY or BLOB, UTF-8 (text columns are compared as if blanks at the end were not there); integer
// BIGINT; bool BOOLEAN; double DOUBLE; enum VARBINARY (the value's name); Timestamp DATETIME(6); google.type.Date DATE; bytes
// VARBINARY or BLOB; any other message, repeated field or map LONGTEXT, a JSON object with the one member of the field's name. `optional`
// fields, timestamps, dates and messages may be NULL; others are NOT NULL.
// Fields with `(heitie.options.v1.storage) = STORAGE_COMPUTED` have no column. Conventional fields are kept by this class when the
// message has them: name, etag (VARBINARY(80), decimal revision from 1), create_time, update_time, creator (principal).
//
// Times are kept in whole microseconds: what a change answers is what is read later.
//
// At construction the process stops when the table lacks a column of the message, or has a further one without which no row can be inserted
// (NOT NULL without a default). Other columns are a newer version's and are left alone.
//
// Rows of a newer version. An enum value that the contract does not know, for example a state, reads as the enum's first value,
// UNSPECIFIED; filters, orders and pages use the stored value. A row with such a value, at any depth of a message or list, is not changed:
// Lock, Guard, Update and Delete are UNAVAILABLE, NEWER_VERSION, with RetryInfo (columns.h). In a row that was read without Lock, nested
// values are checked only where they are written. Unknown members of messages and lists survive an update (unknown.h). An event tells what
// is known to the version that makes it.
//
// Standard requests (AIP-131 … 135, 231): Get {name}; BatchGet {names} → {repeated T} by one query; List {parent?, page_size, page_token,
// filter, order_by, return_total_size} → {repeated T, next_page_token, total_size, total_size_capped}; Create {parent?, T, T_id?,
// request_id}; Update {T, update_mask, request_id}; Delete {name, etag?, request_id} → Empty. What changes something also has
// `validate_only` (Store::OnlyTries). Where the kind of the parent is this store's, a parent that is not there, or not in the caller's
// sight, is NOT_FOUND to Create and to List. The last ids of a List's parent may be `-`, for all (AIP-159).
//
// Update with an etag that is not the current one is ABORTED, STALE_ETAG; without an etag the last writer wins. An empty update_mask means
// all fields that the request sets, "*" all that may change. Output-only fields are passed over, and an immutable one is refused unless its
// value is the one it has (AIP-203). A mask enters messages, as `address.street` does, but no value such as a time or a date, and the
// result must be what the contract demands of the field. Fields go by the contract's names or by those of JSON, here as in filter and
// order.
//
// Filter: comparisons joined by AND, e.g. `state = STATE_LIVE AND end_time > "2026-01-01T00:00:00Z"`; operators = != < <= > >= and
// `:` (contains, strings); any stored scalar, enum, timestamp or date field. `field:*`: it is set. `text = "g*"` and `= "*g"`: it begins or
// ends so; `\\*` is a star. Equalities of one field may be joined by OR, which binds more
// strongly: `owner = "employees/a" AND state = STATE_LIVE OR state = STATE_PAUSED`. Order: `field [desc], …`, at
// most five fields, no texts of more than 255 characters; the name breaks ties. Pages are by keyset: the cost of a page does not grow with
// its number.
//
// A list reads rows in the order of an index. It sorts only rows that a parent, or a `field = text` in the filter whose field leads an
// index, has narrowed down. Without either, only `name` and one field with an index KEY (field, name) may order it; other orders are
// refused. In a table that grows, each reference to another resource, each state and each deadline needs such an index; a test of all
// services (tests/contract) finds those that lack it.
//
// Who sees what of a kind, and what that means for every method, is told in rows.h. A kind without a rule pays nothing for it.
//
// Who answers for what (holdings.h). Somebody who has left is not newly named in an open responsibility: Insert and Update are
// FAILED_PRECONDITION, OWNER_LEFT (hand_over.h). What comes to be open again in such a name is handed over at once.
//
// Cost of Get: one query shared by the concurrent gets of the kind.
//
// Thread-safe; safe to share between handlers. Every method returns NOT_FOUND for a missing name and never a half-read message.
#ifndef HEITIE_COMMON_RECORD_KIND_H_
#define HEITIE_COMMON_RECORD_KIND_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "common/record/rows.h"
#include "common/record/state_machine.h"
#include "common/record/store.h"
#include "common/rpc/service.h"
#include "google/protobuf/message.h"

namespace heitie::type::v1 {
class HandOverRequest;
}  // namespace heitie::type::v1

namespace heitie::record {

// The untyped core. Use Kind<T>.
class Collection {
 public:
  using Message = google::protobuf::Message;
  using Decorate = std::function<absl::Status(sql::Session&, Message&)>;

  // The kind of a resource of the store, with what its concept declared of it; nothing when nobody has made it.
  static std::optional<Collection> Of(const Store& store, const google::protobuf::Descriptor& resource);

  // A responsibility of `after` names somebody else already; a rule may do it in another way, or refuse.
  using Passing = std::function<absl::Status(Transaction&, const type::v1::HandOverRequest&, const Message& before, Message& after)>;

  // What is done about a change in its transaction; `before` or `after` is nullptr when there is none.
  using Follow = std::function<absl::Status(Transaction&, const Message* before, const Message* after)>;
  // Given before and after, names the event; nullptr: an ordinary update.
  using PrepareUpdate = std::function<absl::StatusOr<const char*>(Transaction&, const Message& before, Message& after)>;

  Collection(Store& store, const Message& prototype, const StateMachine* machine);
  ~Collection();

  absl::Status Find(sql::Session& session, const std::string& name, Message* out) const;
  absl::Status Lock(Transaction& tx, const std::string& name, Message* out) const;
  absl::Status Guard(Transaction& tx, const std::string& name, Message* out) const;
  absl::Status Insert(Transaction& tx, Message& resource, const std::string& action) const;
  absl::Status Update(Transaction& tx, const Message& before, Message& after, const std::string& action) const;
  absl::Status UpdateAll(Transaction& tx, const std::vector<const Message*>& before, const std::vector<Message*>& after,
                         const std::string& action) const;
  absl::Status Delete(Transaction& tx, const Message& resource, const std::string& action) const;
  // Rows by a hand-written tail such as "WHERE subject = ? ORDER BY name LIMIT 10".
  absl::Status Select(sql::Session& session, const std::string& tail, const sql::Values& values,
                      const std::function<void(const Message&)>& each) const;

  // Given a principal, only of what she sees.
  absl::StatusOr<int64_t> CountChildren(sql::Session& session, const std::string& parent, const rpc::Principal* who) const;
  absl::Status SelectChildren(sql::Session& session, const std::string& parent, const rpc::Principal* who,
                              const std::function<void(const Message&)>& each) const;
  // Stops the process where a list would have to read the whole table for the few rows that somebody sees.
  void RestrictRows(const Rule& rule);
  Sight& sight() const;
  const std::string& collection() const;
  Store& store() const;
  // Lock, etag (empty: any), SetCheck's rule and the verb, if there is one; `after` is `before` in the next state.
  absl::Status Begin(Transaction& tx, const std::string& name, const std::string& etag, const char* verb, Message* before,
                     Message* after) const;
  absl::Status Advance(Message& resource, const char* verb) const;
  void SetStateAt(std::function<int(const Message&, const rpc::Call&)> state_at);
  void SetCheck(std::function<absl::Status(Transaction&, const Message&)> check);
  // Whether the condition of a verb, beyond the state, may hold for a row as it is.
  void SetAllows(std::function<bool(const Message&, const std::string& verb)> allows);
  void SetFollow(Follow follow);
  void SetPassing(Passing passing);
  absl::Status Pass(Transaction& tx, const type::v1::HandOverRequest& request, const Message& before, Message& after) const;

  // Called on every resource before it is answered by Getter, Lister, Creator, Updater: fills computed fields.
  void SetDecorator(Decorate decorate);
  absl::Status Decorated(sql::Session& session, Message& resource) const;

  rpc::Handler Getter();
  rpc::Handler BatchGetter();
  rpc::Handler Lister();
  rpc::Handler Creator(std::function<absl::Status(Transaction&, const Message& request, Message& resource)> prepare);
  rpc::Handler Updater(PrepareUpdate prepare);
  rpc::Handler Deleter(std::function<absl::Status(Transaction&, const Message& resource)> check);
  const google::protobuf::Descriptor& descriptor() const;
  const Message& Prototype() const;

 private:
  struct Impl;
  explicit Collection(std::shared_ptr<Impl> impl);
  std::shared_ptr<Impl> impl_;
};

// A resource and the etag that it must have, where a request does not name it as `name`. An empty etag: any.
class Target {
 public:
  explicit Target(std::string name, std::string etag = "") : name_(std::move(name)), etag_(std::move(etag)) {}
  const std::string& name() const { return name_; }
  const std::string& etag() const { return etag_; }

 private:
  std::string name_, etag_;
};

// A transition that is under way.
template <typename T>
struct Step {
  T before, after;
  const char* verb;  // of the event; may be changed
};

template <typename T>
class Kind {
 public:
  // With a machine, `state` moves by its verbs only, and answers list those in `allowed_verbs`, if the message has that field.
  explicit Kind(Store& store, const StateMachine* machine = nullptr) : collection_(store, T::default_instance(), machine) {}

  // The resource as committed; inside a transaction, as the transaction sees it. NOT_FOUND.
  absl::StatusOr<T> Find(sql::Session& session, const std::string& name) const {
    T out;
    absl::Status status = collection_.Find(session, name, &out);
    if (!status.ok()) return status;
    return out;
  }
  // As Find, and no other transaction changes it until this one ends (FOR UPDATE). For a row that this transaction changes itself.
  absl::StatusOr<T> Lock(Transaction& tx, const std::string& name) const {
    T out;
    absl::Status status = collection_.Lock(tx, name, &out);
    if (!status.ok()) return status;
    return out;
  }
  // As Lock, for a row that a rule rests on and that this transaction may leave as it is: the parent of a new child, the row that stands
  // for a set. It raises the row's `guard` (a column that is no field: BIGINT NOT NULL DEFAULT 0), because a lock holds on one server only,
  // whereas of two transactions that change one row on different nodes of a cluster the later is undone and run again. So a rule holds on
  // every node if all transactions that it excludes from each other change the row, by Guard, Update or Delete, before they read what they
  // judge by. Etag and update_time do not change, and there is no event.
  absl::StatusOr<T> Guard(Transaction& tx, const std::string& name) const {
    T out;
    absl::Status status = collection_.Guard(tx, name, &out);
    if (!status.ok()) return status;
    return out;
  }
  // Writes a new row and its event. `resource.name` must be set; etag and times are stamped. ALREADY_EXISTS.
  absl::Status Insert(Transaction& tx, T& resource, const std::string& action = "create") const {
    return collection_.Insert(tx, resource, action);
  }
  // Writes the changed fields of a locked resource and its event; raises the etag. Does nothing when nothing differs.
  absl::Status Update(Transaction& tx, const T& before, T& after, const std::string& action) const {
    return collection_.Update(tx, before, after, action);
  }
  // As Update of each of them, all with one action, in statements of many rows: for works on whole sets, such as the closing of a month,
  // which no other transaction changes meanwhile. The rows need not be locked; one that has changed since `before` was read is STALE_ETAG.
  // Memory beside the rows is that of some hundreds of them. Where no field changes, nothing is written.
  absl::Status UpdateAll(Transaction& tx, const std::vector<T>& before, std::vector<T>& after, const std::string& action) const {
    std::vector<const google::protobuf::Message*> old;
    std::vector<google::protobuf::Message*> now;
    for (const T& row : before) old.push_back(&row);
    for (T& row : after) now.push_back(&row);
    return collection_.UpdateAll(tx, old, now, action);
  }
  absl::Status Delete(Transaction& tx, const T& resource, const std::string& action = "delete") const {
    return collection_.Delete(tx, resource, action);
  }
  // All rows that the tail selects ("WHERE … ORDER BY … LIMIT …", `?` parameters).
  absl::StatusOr<std::vector<T>> Select(sql::Session& session, const std::string& tail, const sql::Values& values = {}) const {
    std::vector<T> rows;
    absl::Status status =
        collection_.Select(session, tail, values, [&](const google::protobuf::Message& m) { rows.push_back(static_cast<const T&>(m)); });
    if (!status.ok()) return status;
    return rows;
  }

  // Those below a parent ("projects/spring"), in the order of their names.
  absl::StatusOr<std::vector<T>> Children(sql::Session& session, const std::string& parent) const {
    return Children(session, parent, nullptr);
  }
  absl::StatusOr<int64_t> CountChildren(sql::Session& session, const std::string& parent) const {
    return collection_.CountChildren(session, parent, nullptr);
  }
  // Of those that the caller sees.
  absl::StatusOr<std::vector<T>> Children(const rpc::Call& call, sql::Session& session, const std::string& parent) const {
    return Children(session, parent, &call.principal);
  }
  absl::StatusOr<int64_t> CountChildren(const rpc::Call& call, sql::Session& session, const std::string& parent) const {
    return collection_.CountChildren(session, parent, &call.principal);
  }

  // ---- Transitions, each with the event of its verb. NOT_FOUND also for a row that the caller does not see; ILLEGAL_TRANSITION; ABORTED,
  // STALE_ETAG when an etag is given that is not the current.

  // The whole of it: locks the resource that the request names, checks its etag, what SetCheck says and the verb, sets the state, lets
  // `change` do the rest, writes, and answers with the computed fields. `change` is a function of (T& after) or of (const T& before, T&
  // after), and returns nothing or a status.
  template <typename Req, typename F>
  absl::StatusOr<T> Change(Transaction& tx, const Req& request, const char* verb, F change) const {
    absl::StatusOr<Step<T>> step = Begin(tx, request, verb);
    if (!step.ok()) return step.status();
    absl::Status status = Do(change, *step);
    if (!status.ok()) return status;
    return Finish(tx, *step);
  }
  template <typename Req>
  absl::StatusOr<T> Change(Transaction& tx, const Req& request, const char* verb) const {
    return Change(tx, request, verb, [](T&) {});
  }
  // As Change, in two parts, for work between them. `request` may be a Target. Without a verb the state stays; the caller may then move it
  // by Advance and set the step's `verb`.
  template <typename Req>
  absl::StatusOr<Step<T>> Begin(Transaction& tx, const Req& request, const char* verb = nullptr) const {
    Step<T> step;
    step.verb = verb;
    absl::Status status = collection_.Begin(tx, request.name(), request.etag(), verb, &step.before, &step.after);
    if (!status.ok()) return status;
    return step;
  }
  absl::StatusOr<T> Finish(Transaction& tx, Step<T>& step) const {
    absl::Status status = Update(tx, step.before, step.after, step.verb);
    if (!status.ok()) return status;
    return Decorated(tx.sql, step.after);
  }
  // Moves the state, or moves it once more, in memory.
  absl::Status Advance(T& resource, const char* verb) const { return collection_.Advance(resource, verb); }

  // The state by which verbs are judged, where it depends on the time as well.
  void SetStateAt(std::function<int(const T&, const rpc::Call&)> state_at) {
    collection_.SetStateAt(
        [state_at](const google::protobuf::Message& m, const rpc::Call& call) { return state_at(static_cast<const T&>(m), call); });
  }
  // What must hold before any transition of the locked resource.
  void SetCheck(std::function<absl::Status(Transaction&, const T&)> check) {
    collection_.SetCheck([check](Transaction& tx, const google::protobuf::Message& m) { return check(tx, static_cast<const T&>(m)); });
  }
  // Which verbs of those that the state allows are worth offering: false where a condition beyond the state cannot hold for the row as it
  // is. It is asked for every row of an answer, so it looks at the row alone.
  void SetAllows(std::function<bool(const T&, const std::string& verb)> allows) {
    collection_.SetAllows(
        [allows](const google::protobuf::Message& m, const std::string& verb) { return allows(static_cast<const T&>(m), verb); });
  }
  // What is done after each change in its transaction, whoever made it: keeping a job in step, for example. nullptr: there was or is none.
  void SetFollow(std::function<absl::Status(Transaction&, const T* before, const T* after)> follow) {
    collection_.SetFollow([follow](Transaction& tx, const google::protobuf::Message* before, const google::protobuf::Message* after) {
      return follow(tx, static_cast<const T*>(before), static_cast<const T*>(after));
    });
  }
  // What a hand-over of a responsibility means beyond naming somebody else (hand_over.h), for example that it begins on a day. `after`
  // names the successor already.
  void SetPassing(std::function<absl::Status(Transaction&, const type::v1::HandOverRequest& request, const T& before, T& after)> passing) {
    collection_.SetPassing([passing](Transaction& tx, const type::v1::HandOverRequest& request, const google::protobuf::Message& before,
                                     google::protobuf::Message& after) {
      return passing(tx, request, static_cast<const T&>(before), static_cast<T&>(after));
    });
  }
  // Who sees what, declared before the methods are bound (rows.h).
  void RestrictRows(const Rule& rule) { collection_.RestrictRows(rule); }
  void RestrictField(const std::string& path, const Rule& rule) { collection_.sight().RestrictField(path, rule); }
  // Whether the caller sees the row. For rows that a request names besides the resource that it changes: NOT_FOUND when false.
  bool Sees(const rpc::Call& call, const T& row) const { return collection_.sight().Sees(call.principal, row); }

  // The committed resource with its computed fields; NOT_FOUND also when the caller does not see it. It holds all fields.
  absl::StatusOr<T> Get(const rpc::Call& call, const std::string& name) const {
    return collection_.store().Read(call, [&](sql::Session& session) -> absl::StatusOr<T> {
      absl::StatusOr<T> found = Find(session, name);
      if (found.ok() && !Sees(call, *found)) return status::NotFound(name);
      return found.ok() ? Decorated(session, *std::move(found)) : found;
    });
  }
  // Fills the computed fields of every answer, for example a balance read with `session`.
  void SetDecorator(std::function<absl::Status(sql::Session&, T&)> decorate) {
    collection_.SetDecorator([decorate](sql::Session& s, google::protobuf::Message& m) { return decorate(s, static_cast<T&>(m)); });
  }
  // `resource` with its computed fields, for the answers of other methods.
  absl::StatusOr<T> Decorated(sql::Session& session, T resource) const {
    absl::Status status = collection_.Decorated(session, resource);
    if (!status.ok()) return status;
    return resource;
  }

  // ---- The standard methods; Methods (methods.h) binds them.
  Collection& collection() { return collection_; }

 private:
  absl::StatusOr<std::vector<T>> Children(sql::Session& session, const std::string& parent, const rpc::Principal* who) const {
    std::vector<T> rows;
    absl::Status status = collection_.SelectChildren(session, parent, who,
                                                     [&](const google::protobuf::Message& m) { rows.push_back(static_cast<const T&>(m)); });
    if (!status.ok()) return status;
    return rows;
  }

  template <typename F>
  static absl::Status Do(F& change, Step<T>& step) {
    if constexpr (std::is_invocable_v<F, T&>) {
      if constexpr (std::is_void_v<std::invoke_result_t<F, T&>>) {
        change(step.after);
        return absl::OkStatus();
      } else {
        return change(step.after);
      }
    } else if constexpr (std::is_void_v<std::invoke_result_t<F, const T&, T&>>) {
      change(std::as_const(step.before), step.after);
      return absl::OkStatus();
    } else {
      return change(std::as_const(step.before), step.after);
    }
  }

  Collection collection_;
};

}  // namespace heitie::record

#endif  // HEITIE_COMMON_RECORD_KIND_H_
