// A kind of resource: a message of the contract that annotates google.api.resource, kept in one table. The table's name is
// the plural of the resource in snake_case ("goods_receipts"), its columns are the message's fields; the row's key is `name`.
//
//   record::Kind<Project> projects(store);
//   server.Bind("GetProject", projects.Getter());
//   server.Bind("ListProjects", projects.Lister());
//   server.Bind("CreateProject", projects.Creator([](Transaction& tx, const CreateProjectRequest&, Project& p) { ... }));
//   server.Bind("UpdateProject", projects.Updater([](Transaction& tx, const Project& before, Project& after) { ... }));
//
// Column types by field type: string VARBINARY or BLOB, UTF-8 (text columns are compared as if blanks at the end were not there); integer
// BIGINT; bool BOOLEAN; double DOUBLE; enum VARBINARY(64) (the value's name); Timestamp DATETIME(6); google.type.Date DATE; bytes
// VARBINARY or BLOB; any other message, repeated field or map LONGTEXT, a JSON object with the one member of the field's name. `optional`
// fields, timestamps, dates and messages may be NULL; others are NOT NULL.
// Fields with `(heitie.options.v1.storage) = STORAGE_COMPUTED` have no column. Conventional fields are kept by this class when the
// message has them: name, etag (VARCHAR(20), decimal revision from 1), create_time, update_time, creator (principal).
//
// At construction the process stops when the table's columns are not those of the message.
//
// Standard requests (AIP-131 … 135): Get {name}; List {parent?, page_size, page_token, filter, order_by} → {repeated T, next_page_token};
// Create {parent?, T, T_id?, request_id}; Update {T, update_mask, request_id}; Delete {name, etag?, request_id} → Empty. Update with an
// etag that is not the current one is ABORTED, STALE_ETAG; without an etag the last writer wins. An empty update_mask means all
// fields that the request sets, "*" all that may change. Output-only and immutable fields never change by Update. Where a mask enters a
// field, as `hire_date.month` does, the result must be what the contract demands of the field.
//
// Filter: comparisons joined by AND, e.g. `state = STATE_LIVE AND end_time > "2026-01-01T00:00:00Z"`; operators = != < <= > >= and
// `:` (contains, strings); any stored scalar, enum, timestamp or date field. Equalities of one field may be joined by OR, which binds more
// strongly: `owner = "employees/a" AND state = STATE_LIVE OR state = STATE_PAUSED`. Order: `field [desc], …`, at
// most five fields, no texts of more than 255 characters; the name breaks ties. Pages are by keyset: the cost of a page does not grow with
// its number.
//
// A list reads in the order of an index and sorts nothing but what a parent or a text has narrowed: without a parent and without `field =
// text` in the filter, where field leads an index of its own, only `name` and one field with such an index, KEY (field, name), may order
// it; other orders are refused. Each reference to another resource, each state and each deadline of a table that grows needs that index; a
// test of all services (tests/contract) finds those that lack it.
//
// Cost of Get: one query shared by the concurrent gets of the kind.
//
// Thread-safe; safe to share between handlers. Every method returns NOT_FOUND for a missing name and never a half-read message.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/record/store.h"
#include "common/rpc/service.h"
#include "google/protobuf/message.h"

namespace heitie::record {

// OK when `given` is empty or the current etag; otherwise ABORTED, STALE_ETAG. For the custom methods; Update and Delete check themselves.
absl::Status CheckEtag(const std::string& name, const std::string& current, const std::string& given);

// The untyped core. Use Kind<T>.
class Collection {
 public:
  using Message = google::protobuf::Message;
  using Decorate = std::function<absl::Status(sql::Session&, Message&)>;

  Collection(Store& store, const Message& prototype);
  ~Collection();

  absl::Status Find(sql::Session& session, const std::string& name, Message* out) const;
  absl::Status Lock(Transaction& tx, const std::string& name, Message* out) const;
  absl::Status Guard(Transaction& tx, const std::string& name, Message* out) const;
  absl::Status Insert(Transaction& tx, Message& resource, const std::string& action) const;
  absl::Status Update(Transaction& tx, const Message& before, Message& after, const std::string& action) const;
  absl::Status Delete(Transaction& tx, const Message& resource, const std::string& action) const;
  // Rows by a hand-written tail such as "WHERE subject = ? ORDER BY name LIMIT 10".
  absl::Status Select(sql::Session& session, const std::string& tail, const sql::Values& values,
                      const std::function<void(const Message&)>& each) const;

  // Called on every resource before it is answered by Getter, Lister, Creator, Updater: fills computed fields.
  void SetDecorator(Decorate decorate);
  absl::Status Decorated(sql::Session& session, Message& resource) const;

  rpc::Handler Getter();
  rpc::Handler Lister();
  rpc::Handler Creator(std::function<absl::Status(Transaction&, const Message& request, Message& resource)> prepare);
  rpc::Handler Updater(std::function<absl::Status(Transaction&, const Message& before, Message& after)> prepare);
  rpc::Handler Deleter(std::function<absl::Status(Transaction&, const Message& resource)> check);

 private:
  struct Impl;
  explicit Collection(std::shared_ptr<Impl> impl);
  std::shared_ptr<Impl> impl_;
};

template <typename T>
class Kind {
 public:
  explicit Kind(Store& store) : collection_(store, T::default_instance()) {}

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
  // for a set. It raises the row's `guard` (a column that is no field: BIGINT NOT NULL DEFAULT 0), for locks hold on one server only, while
  // of two transactions on different nodes of a cluster that change one row the later is undone and run again. So the rule holds on every
  // node when all that it forbids to happen at once change the row, by this or by Update or Delete, before they read what they judge by.
  // Neither etag nor update_time change, and there is no event.
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

  // Fills the computed fields of every answer (for example allowed_verbs, or a balance read with `session`).
  void SetDecorator(std::function<absl::Status(sql::Session&, T&)> decorate) {
    collection_.SetDecorator([decorate](sql::Session& s, google::protobuf::Message& m) { return decorate(s, static_cast<T&>(m)); });
  }
  // `resource` with its computed fields, for the answers of other methods.
  absl::StatusOr<T> Decorated(sql::Session& session, T resource) const {
    absl::Status status = collection_.Decorated(session, resource);
    if (!status.ok()) return status;
    return resource;
  }

  rpc::Handler Getter() { return collection_.Getter(); }
  rpc::Handler Lister() { return collection_.Lister(); }
  // `prepare` sees the request and the resource with its name set and its output-only fields cleared: it checks the domain's rules
  // and sets what the service decides (state, totals). Then the resource is inserted.
  template <typename Req>
  rpc::Handler Creator(std::function<absl::Status(Transaction&, const Req&, T&)> prepare) {
    return collection_.Creator([prepare](Transaction& tx, const google::protobuf::Message& request, google::protobuf::Message& resource) {
      return prepare ? prepare(tx, static_cast<const Req&>(request), static_cast<T&>(resource)) : absl::OkStatus();
    });
  }
  rpc::Handler Creator() { return collection_.Creator(nullptr); }
  // `prepare` sees the locked resource before and after the mask was applied: it checks the rules and may change `after`.
  rpc::Handler Updater(std::function<absl::Status(Transaction&, const T& before, T& after)> prepare = nullptr) {
    return collection_.Updater([prepare](Transaction& tx, const google::protobuf::Message& before, google::protobuf::Message& after) {
      return prepare ? prepare(tx, static_cast<const T&>(before), static_cast<T&>(after)) : absl::OkStatus();
    });
  }
  rpc::Handler Deleter(std::function<absl::Status(Transaction&, const T&)> check = nullptr) {
    return collection_.Deleter([check](Transaction& tx, const google::protobuf::Message& resource) {
      return check ? check(tx, static_cast<const T&>(resource)) : absl::OkStatus();
    });
  }

 private:
  Collection collection_;
};

}  // namespace heitie::record
