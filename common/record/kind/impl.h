// What a kind is made of: its table, what is sealed in it, who sees which rows, and the concept's own rules. The methods are told apart by
// what they are for: start.cc, reading.cc, writing.cc, many_rows.cc (UpdateAll), answers.cc (Get, BatchGet, List), requests.cc (Create,
// Update, Delete) and referrers.cc.
#ifndef HEITIE_COMMON_RECORD_KIND_IMPL_H_
#define HEITIE_COMMON_RECORD_KIND_IMPL_H_

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "common/record/columns.h"
#include "common/record/hand_over.h"
#include "common/record/holdings.h"
#include "common/record/kind.h"
#include "common/record/kind/referrers.h"
#include "common/record/list.h"
#include "common/record/loader.h"
#include "common/record/unknown.h"
#include "common/time/instant.h"
#include "google/protobuf/timestamp.pb.h"

namespace heitie::record {

struct Collection::Impl {
  using Message = google::protobuf::Message;
  using Descriptor = google::protobuf::Descriptor;
  using FieldDescriptor = google::protobuf::FieldDescriptor;

  Impl(Store& s, const Message& p, const StateMachine* m);
  Table TableOfSchema();
  void PrepareSeals();

  // ---- Reading

  // Columns of rows that were read and are yet to be opened, which takes another query.
  struct Closed {
    Message* row;
    const Column* column;
    std::string text;
  };
  absl::Status Read(const sql::Row& row, Message* out, std::vector<Closed>* closed, Newer* newer = nullptr) const;
  absl::Status Open(sql::Session& session, const std::vector<Closed>& closed, Newer* newer = nullptr) const;
  // `each`, unless null, is given the row besides.
  absl::Status FindOne(sql::Session& session, const std::string& name, const char* tail, Message* out, Newer* newer = nullptr,
                       const std::function<void(const sql::Row&)>& each = nullptr) const;
  // A row that is to be changed, or judged by for a change: not one of a newer version.
  absl::Status FindForChange(sql::Session& session, const std::string& name, const char* tail, Message* out,
                             const std::function<void(const sql::Row&)>& each = nullptr) const;
  // What is archived is not found by what would name it anew (archived.h).
  absl::Status UnlessArchived(const Message& row) const;
  // The row that is to be changed; while writes share a commit, as those before have left it.
  absl::Status LockRow(Transaction& tx, const std::string& name, Message* out, Newer* newer) const;
  // For the caller: what she does not see is not there, also where only a newer version could change it.
  absl::Status LockSeen(Transaction& tx, const std::string& name, Message* out) const;
  // "WHERE" and what is below the parent and within somebody's sight.
  std::string WhereBelow(const std::string& parent, const rpc::Principal* who, sql::Values* values) const;
  // NOT_FOUND when the parent's kind is of this store and there is no such parent in the caller's sight.
  absl::Status CheckParent(sql::Session& session, const rpc::Principal& who, const std::string& parent) const;

  // ---- Writing

  bool IsSealed(const Column& column) const { return sealed[static_cast<size_t>(&column - table.columns.data())]; }
  // " AND `state` <=> ?", that a row's enums are still those that `before` tells: a newer version's value is none of them, wherever
  // `before` was read.
  std::string SameEnums(const Message& before, sql::Values* values) const;
  // As it is stored in the resource's row.
  absl::Status Seal(Transaction& tx, const Message& resource, const Column& column, sql::Value* value) const;
  // The columns that an update writes, with the values before they are sealed.
  struct Assignments {
    std::vector<const Column*> columns;
    sql::Values values;
  };
  absl::StatusOr<int64_t> Assign(Transaction& tx, const Message& after, const Assignments& assigned, const std::string& condition,
                                 const sql::Values& conditions) const;
  // For a row that differs from what this program would have written: refuses to change values that only a newer version knows, and adds to
  // the assigned JSON the members that this program does not know.
  absl::Status Reconcile(Transaction& tx, const std::string& name, Assignments* assigned) const;
  // The JSON of a row, one text for each column.
  absl::Status OpenTexts(sql::Session& session, const std::string& name, std::vector<std::string>* texts) const;
  // What becomes another person's is sealed with that person's key.
  bool IsMoved(const Message& before, const Message& after) const;
  // Nobody who has left is named anew where the resource waits for them. What a service does by itself is not refused, for nobody could
  // put it right, but handed over at once, as what comes to be open again is.
  absl::Status CheckOwners(Transaction& tx, const Message* before, const Message& after) const;
  // Nobody is named anew of whom personnel knows nothing (strangers.h), whatever the state: it would come to be open.
  absl::Status CheckStrangers(Transaction& tx, const Message* before, const Message& after) const;
  // The changed fields of a row whose etag and time are raised already.
  absl::Status WriteChanges(Transaction& tx, const Message& before, const Message& after) const;

  // ---- Many rows at once (UpdateAll)

  // One of many rows.
  struct Changed {
    const Message* before;
    Message* after;
    std::string name;
    int64_t revision;  // after the change
  };
  // Whether a field is the same in both, without making a text of it.
  static bool Same(const Message& a, const Message& b, const Column& column);
  // The columns in which one row or the other differs, and what is stamped; never what is sealed, which is written row by row.
  std::set<const Column*> ChangedIn(const std::vector<Changed>& rows) const;
  bool ChangesSealed(const Message& before, const Message& after) const;
  bool Differs(const Message& before, const Message& after) const;
  // The same of what is stored: maps may be equal and their bytes differ.
  bool Changes(const Message& before, const Message& after) const;
  // Locks the rows, and moves to `others` those that are not exactly what this program would have written.
  absl::Status LockAll(Transaction& tx, const std::set<const Column*>& columns, std::vector<Changed>* rows,
                       std::vector<Changed>* others) const;
  // One statement for a power of two of the rows from `begin` on; how many it were. All of a row that is short goes to the server, so that
  // constraints judge the whole row, though only `columns` are changed.
  absl::StatusOr<size_t> WriteSome(Transaction& tx, const std::set<const Column*>& columns, const std::vector<Changed>& rows,
                                   size_t begin) const;
  // Some hundreds of rows. `others` are those that are to be written one by one.
  absl::Status WritePortion(Transaction& tx, const std::string& action, const std::vector<Changed>& all,
                            std::vector<Changed>* others) const;

  // ---- Answers and requests

  std::vector<absl::Status> LoadBatch(const std::vector<std::shared_ptr<rpc::Exchange>>& batch);
  static void Register(const std::shared_ptr<Impl>& kind, bool declares);
  absl::Status Decorated(sql::Session& session, Message& resource) const;
  absl::Status Advance(Message& resource, int state, const char* verb) const;
  // The name of a row that refers to one of this type and name, or is below it; empty when there is none.
  absl::StatusOr<std::string> ReferrerTo(sql::Session& session, const Referred& to) const;
  absl::Status BatchGet(const rpc::Exchange& exchange) const;
  static absl::Status Count(sql::Session& session, const ListQuery& query, const Message& request, Message* response);
  absl::Status List(const rpc::Exchange& exchange);
  // What a request asks to be written, or what is wrong with it.
  using Prepare = std::function<absl::Status(Transaction&, const Message&, Message&)>;
  absl::StatusOr<Store::Work> Creation(const Collection& self, rpc::Exchange& exchange, const Prepare& prepare);
  absl::StatusOr<Store::Work> Change(const Collection& self, rpc::Exchange& exchange, const PrepareUpdate& prepare);
  rpc::Handler Writer(std::function<absl::StatusOr<Store::Work>(rpc::Exchange&)> work_of);

  Store& store;
  const StateMachine* const machine;
  const FieldDescriptor* state_field = nullptr;
  const FieldDescriptor* verbs_field = nullptr;
  const FieldDescriptor* archived_field = nullptr;  // bool, archived.h
  std::string collection;                           // "tasks" of projects/{project}/tasks/{task}
  std::function<int(const Message&, const rpc::Call&)> state_at;
  std::function<absl::Status(Transaction&, const Message&)> check;
  std::function<bool(const Message&, const std::string&)> allows;
  std::map<std::string, std::string> calls;  // of verbs
  Follow follow;
  Passing passing;
  const Message& prototype;
  const Descriptor& descriptor;
  const Table table;
  const std::string type, select;
  Sight& sight;
  const std::vector<Responsibility> responsibilities;
  int name_column = -1;
  std::vector<bool> sealed;  // the columns that hold personal data
  bool seals = false;        // whether there are any
  std::set<std::string> person_fields;
  std::string insert;
  Decorate decorate;
  Loader loader;
};

}  // namespace heitie::record

#endif  // HEITIE_COMMON_RECORD_KIND_IMPL_H_
