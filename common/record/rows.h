// Who sees what of a kind: one rule for its rows and one for each field that fewer may read.
//
//   employees_.RestrictField("absences.reason", record::Own("name") || record::Holds(options::v1::ROLE_OPERATIONS_MANAGER));
//   appraisals_.RestrictRows(record::Own("employee") || record::Among("employee", team_of) || record::Holds(…));
//
// A rule is declared once and has two faces, made from the same declaration: a condition of SQL, for lists, filters, counts and pages, and
// a predicate, for everything that is a message already. For each caller it is first reduced to what remains open, so that who may see
// everything, by a role for example, pays nothing and has no condition in the statements.
//
// The kit applies the rules as follows (kind.h). A row that the caller does not see is NOT_FOUND to get, update, delete and every verb,
// before its etag or state is looked at, and is in no list, count or page. A field that the caller does not see is empty in every answer. A
// filter compares the field only in rows in which the caller sees it, a list is ordered by it only if the caller sees it in all rows, and a
// caller who does not see it cannot change it. Every answer of the service passes the rules once more as it leaves
// (rpc::Service::SetOutlets), whoever made it, also a stored first answer (AIP-155): hidden rows are left out wherever they stand in it. An
// answer that is itself a hidden row becomes NOT_FOUND or, if the caller made a change, the name alone. Of an event, before and after are
// shown or hidden each by itself; an event with no visible side is left out.
//
// What remains visible: that a chosen id is taken (ALREADY_EXISTS tells the name that the caller gave and nothing else), that the
// positions of events have gaps, and that a row in sight has changed in a field that is not (etag, update_time).
//
// Rules decide by the row itself. A kind below another whose rows are restricted needs a rule of its own; without one the process stops at
// start. Find, Lock, Guard and Select are the service's own eyes and see everything.
#ifndef HEITIE_COMMON_RECORD_ROWS_H_
#define HEITIE_COMMON_RECORD_ROWS_H_

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "common/rpc/call.h"
#include "common/rpc/service.h"
#include "common/sql/database.h"
#include "google/protobuf/message.h"

namespace heitie::record {

// What a rule covers for one caller.
struct Reach {
  enum class Form { kEverything, kNothing, kField, kBoth, kEither };
  Form form = Form::kEverything;
  // Of kField: the row's field is one of the texts, which are sorted and not empty; with `none`: is none of them.
  std::string field;
  std::vector<std::string> texts;
  bool none = false;
  // Of kBoth and kEither, at least two, none of which is kEverything or kNothing.
  std::vector<Reach> parts;

  bool everything() const { return form == Form::kEverything; }
  bool Covers(const google::protobuf::Message& row) const;
  // "(`owner` IN (?, ?) OR `department` IN (?))" and its parameters, which are appended; "TRUE" and "FALSE" for the constants.
  std::string Condition(sql::Values* values) const;
};

// Immutable, cheap to copy. Its fields are stored texts of the kind (not of a parent); those of a rule for rows need an index (field,
// name).
class Rule {
 public:
  Reach For(const rpc::Principal& principal) const;
  // The fields by which it decides.
  std::set<std::string> Fields() const;

 private:
  struct Node;
  explicit Rule(std::shared_ptr<const Node> node) : node_(std::move(node)) {}
  static Rule Of(Reach::Form form, const Rule& a, const Rule& b);
  friend Rule Nobody();
  friend Rule Callers(std::function<bool(const rpc::Principal&)> which);
  friend Rule Among(const std::string& field, std::function<std::vector<std::string>(const rpc::Principal&)> texts);
  friend Rule Except(const std::string& field, std::function<std::optional<std::vector<std::string>>(const rpc::Principal&)> texts);
  friend Rule operator||(const Rule& a, const Rule& b);
  friend Rule operator&&(const Rule& a, const Rule& b);

  std::shared_ptr<const Node> node_;
};

// Everything for these callers, nothing for others.
Rule Callers(std::function<bool(const rpc::Principal&)> which);
Rule Holds(rpc::Role role);
// A service of the suite on its own, by its name without "services/".
Rule IsService(const std::string& name);
Rule Nobody();
// Rows whose `field` names the caller: the employee herself, the approver, whoever else is named.
Rule Own(const std::string& field);
// Rows of the caller's department, the claim of the token; none for a caller without one.
Rule SameDepartment(const std::string& field);
// Rows whose `field` is one of the texts that a function gives for the caller, for example the employees of a team for the one who leads
// it. It is asked once for each answer and must be quick and thread-safe: a mirror or a table in memory, not a call.
Rule Among(const std::string& field, std::function<std::vector<std::string>(const rpc::Principal&)> texts);
// Rows whose `field` is none of the texts, for what is kept from somebody who sees all other rows; none at all while the function cannot
// tell.
Rule Except(const std::string& field, std::function<std::optional<std::vector<std::string>>(const rpc::Principal&)> texts);
Rule operator||(const Rule& a, const Rule& b);
Rule operator&&(const Rule& a, const Rule& b);

// What one caller sees of a kind, for its lists.
struct Bounds {
  Reach rows;
  // By column, for the restricted columns that this caller does not see in all rows: the rows in which the caller sees it.
  std::map<std::string, Reach> fields;
};

// The rules of one kind. Thread-safe once declared.
class Sight {
 public:
  // `pattern`: of its names.
  Sight(const google::protobuf::Message& prototype, std::string pattern);

  // Stop the process where the kind has no such field or the rule cannot decide by its fields. What is declared twice, as by a second
  // instance of a service on one store, stays as it was.
  void RestrictRows(const Rule& rule);
  // `path` may lead through messages and lists, as "absences.reason" does.
  void RestrictField(const std::string& path, const Rule& rule);

  bool restricts() const { return rows_ != nullptr || !fields_.empty(); }
  bool restricts_rows() const { return rows_ != nullptr; }
  bool Sees(const rpc::Principal& principal, const google::protobuf::Message& row) const;
  // Clears what the caller does not see; false when that is the row itself.
  bool Show(const rpc::Principal& principal, google::protobuf::Message& row) const;
  // Whether the caller sees every row and all of it.
  bool ShowsEverything(const rpc::Principal& principal) const;
  Bounds BoundsOf(const rpc::Principal& principal) const;
  // The fields of the row, by their first names, in which something is out of the caller's sight.
  std::set<std::string> HiddenIn(const rpc::Principal& principal, const google::protobuf::Message& row) const;

 private:
  friend class Sights;
  struct Field {
    std::vector<const google::protobuf::FieldDescriptor*> path;
    Rule rule;
  };
  void CheckRule(const Rule& rule) const;

  const google::protobuf::Message& prototype_;
  const std::string pattern_;
  std::unique_ptr<const Rule> rows_;
  std::map<std::string, Field> fields_;
  bool sealed_ = false;
};

// The rules of all kinds of a store, and what leaves a service judged by them. Thread-safe.
class Sights {
 public:
  // The one of the kind, also for a second object of it.
  Sight& Of(const google::protobuf::Message& prototype, const std::string& pattern);
  // Ends the declarations. Stops the process when a kind restricts its rows and a kind below it does not.
  void Seal();

  // What answers of the method pass; nothing where they cannot hold what is restricted.
  rpc::Service::Outlet OutletOf(const google::protobuf::MethodDescriptor& method) const;
  // An event of a resource of this type (`personnel.heitie/Employee`), whose sides are JSON, empty where there is none. False when the
  // caller may not know of it.
  bool Show(const rpc::Principal& principal, const std::string& type, std::string* before_json, std::string* after_json) const;
  // The rows of a type that the caller sees.
  Reach RowsOf(const rpc::Principal& principal, const google::protobuf::Descriptor& type) const;

 private:
  const Sight* Find(const google::protobuf::Descriptor& type) const;
  bool MayHold(const google::protobuf::Descriptor& type, std::set<const google::protobuf::Descriptor*>& seen) const;
  bool Show(const rpc::Principal& principal, google::protobuf::Message& message) const;

  mutable std::mutex mutex_;  // guards the maps, not what they point to
  std::map<const google::protobuf::Descriptor*, std::unique_ptr<Sight>> sights_;
  std::map<std::string, const Sight*> by_type_;
  bool sealed_ = false;
};

}  // namespace heitie::record

#endif  // HEITIE_COMMON_RECORD_ROWS_H_
