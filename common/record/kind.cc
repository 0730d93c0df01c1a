#include "common/record/kind.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <iterator>
#include <map>
#include <mutex>
#include <optional>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "common/record/columns.h"
#include "common/record/hand_over.h"
#include "common/record/holdings.h"
#include "common/record/kept.h"
#include "common/record/kept_write.h"
#include "common/record/list.h"
#include "common/record/loader.h"
#include "common/record/unknown.h"
#include "common/record/unused.h"
#include "common/rpc/contract.h"
#include "common/rpc/services.h"
#include "common/rpc/validate.h"
#include "common/seal/seal.h"
#include "common/sql/placeholders.h"
#include "common/status/die.h"
#include "common/status/macros.h"
#include "common/status/status.h"
#include "common/time/instant.h"
#include "google/api/annotations.pb.h"
#include "google/api/resource.pb.h"
#include "google/protobuf/field_mask.pb.h"
#include "google/protobuf/timestamp.pb.h"
#include "google/protobuf/util/field_mask_util.h"
#include "google/protobuf/util/message_differencer.h"

namespace heitie::record {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::FieldMask;
using google::protobuf::Message;
using google::protobuf::Timestamp;
using google::protobuf::util::FieldMaskUtil;

void SetText(Message& message, const std::string& field, const std::string& value) {
  const FieldDescriptor* f = message.GetDescriptor()->FindFieldByName(field);
  if (f != nullptr) message.GetReflection()->SetString(&message, f, value);
}

void SetTime(Message& message, const std::string& field, absl::Time time) {
  const FieldDescriptor* f = message.GetDescriptor()->FindFieldByName(field);
  if (f == nullptr) return;
  *static_cast<Timestamp*>(message.GetReflection()->MutableMessage(&message, f)) = time::ToTimestamp(time);
}

// What a caller may not set (AIP-203): cleared from the resource and the messages below it.
void ClearOutputOnly(Message& message) {
  std::vector<const FieldDescriptor*> set;
  const auto& r = *message.GetReflection();
  r.ListFields(message, &set);
  for (const FieldDescriptor* f : set) {
    if (rpc::Behaves(*f, google::api::OUTPUT_ONLY)) {
      r.ClearField(&message, f);
    } else if (f->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE && !f->is_map()) {
      if (!f->is_repeated()) {
        ClearOutputOnly(*r.MutableMessage(&message, f));
      } else {
        for (int i = 0; i < r.FieldSize(message, f); ++i) ClearOutputOnly(*r.MutableRepeatedMessage(&message, f, i));
      }
    }
  }
}

// The field of a request that holds the resource.
const FieldDescriptor* ResourceField(const Descriptor& request, const Descriptor& resource) {
  for (int i = 0; i < request.field_count(); ++i) {
    if (request.field(i)->message_type() == &resource) return request.field(i);
  }
  status::Die("schema", absl::StrCat(request.full_name(), " holds no ", resource.name()));
}

const status::Phrase kIdForm{"1 to 63 of a-z, 0-9 and -, not beginning with -", "須為 1 至 63 個 a-z、0-9 或 -，且不得以 - 開頭"};
const status::Phrase kNameLike{"a name like {pattern}", "須為如 {pattern} 的名稱"};
const status::Phrase kFixed{"what it is, for it never changes", "與現值相同，此欄位不可變更"};
const status::Phrase kMaskHidden{"free of {field}, which you may not read", "不得含 {field}，您無權查看它"};

absl::Status BadField(const std::string& field, const status::Phrase& rule, const status::Args& args = {}) {
  status::BadFields bad;
  bad.Add(field, status::kBadValue, {{"rule", status::Say(rule, args)}});
  return bad.status();
}

void KeepMicroseconds(Message& resource) { rpc::KeepMicroseconds(resource); }

// When a change of a row happens that may have waited for one that came later.
absl::Time ChangeTime(const Message& before, absl::Time now) { return std::max(now, UpdateTimeOf(before)); }

// The pattern of the parents of a pattern's names; "" at the top.
std::string ParentPattern(const std::string& pattern) { return ParentOf(pattern); }

bool IsAll(const FieldMask& mask) { return mask.paths_size() == 1 && mask.paths(0) == "*"; }

// The paths that an Update writes: those of the mask, which the door has checked, all that may change for "*", or those that are set when
// it is empty.
FieldMask EffectiveMask(const FieldMask& mask, const Message& resource) {
  const bool all = IsAll(mask);
  FieldMask effective;
  const Descriptor& d = *resource.GetDescriptor();
  if (!mask.paths().empty() && !all) {
    for (const std::string& path : mask.paths()) {
      const auto fields = rpc::PathOfMask(d, path);
      if (std::all_of(fields.begin(), fields.end(), [](const FieldDescriptor* field) { return rpc::MayChange(*field); }))
        effective.add_paths(path);
    }
    return effective;
  }
  const auto& r = *resource.GetReflection();
  for (int i = 0; i < d.field_count(); ++i) {
    const FieldDescriptor* f = d.field(i);
    const bool set = f->is_repeated() ? r.FieldSize(resource, f) > 0 : r.HasField(resource, f);
    if (rpc::MayChange(*f) && (all || set)) effective.add_paths(f->name());
  }
  return effective;
}

// Immutable fields may be given, for example by who sends back what was read, as what they are (AIP-203). INVALID_ARGUMENT with each that
// would change. What is out of the caller's sight is not compared.
absl::Status CheckImmutable(const Message& before, const Message& wanted, const FieldMask& mask, const std::string& prefix,
                            const std::set<std::string>& hidden) {
  status::BadFields bad;
  std::vector<const FieldDescriptor*> set;
  const auto& r = *wanted.GetReflection();
  r.ListFields(wanted, &set);
  const Descriptor& d = *wanted.GetDescriptor();
  const bool by_mask = !mask.paths().empty() && !IsAll(mask);
  for (int i = 0; i < d.field_count(); ++i) {
    const FieldDescriptor* field = d.field(i);
    if (!rpc::Behaves(*field, google::api::IMMUTABLE) || hidden.count(field->name()) > 0) continue;
    const bool named = by_mask ? std::any_of(mask.paths().begin(), mask.paths().end(),
                                             [&](const std::string& path) { return path.substr(0, path.find('.')) == field->name(); })
                               : std::find(set.begin(), set.end(), field) != set.end();
    if (!named) continue;
    const bool same = google::protobuf::util::MessageDifferencer().CompareWithFields(before, wanted, {field}, {field});
    if (!same) bad.Add(absl::StrCat(prefix, ".", field->name()), status::kBadValue, {{"rule", kFixed}});
  }
  return bad.status();
}

// What is out of the caller's sight stays as it is: whoever writes back what was read would else erase it. INVALID_ARGUMENT when it is
// named.
absl::StatusOr<FieldMask> WithoutHidden(const FieldMask& mask, bool all, const std::set<std::string>& hidden) {
  if (hidden.empty()) return mask;
  FieldMask rest;
  for (const std::string& path : mask.paths()) {
    const std::string field = path.substr(0, path.find('.'));
    if (hidden.count(field) == 0) {
      rest.add_paths(path);
    } else if (!all) {
      return BadField("update_mask", kMaskHidden, {{"field", field}});
    }
  }
  return rest;
}

// OK when `given` is empty or the current etag.
absl::Status CheckEtag(const Message& resource, const std::string& given) {
  const std::string current = TextOf(resource, "etag");
  if (given.empty() || given == current) return absl::OkStatus();
  return status::Error(status::kStaleEtag, {{"name", TextOf(resource, "name")}, {"etag", given}, {"current", current}});
}

// How the methods of a machine's verbs are called, by verb: `recordResult` of `:recordResult` on the resource, or of the method
// RecordResult, or of one that says this of the resource, as ProposeMonthClosing does. A verb that no method bears is not offered, for
// nobody could call it.
std::map<std::string, std::string> CallsOf(const Descriptor& resource, const StateMachine& machine) {
  std::set<std::string> verbs, names;
  std::string pattern;
  for (const auto& part : absl::StrSplit(resource.options().GetExtension(google::api::resource).pattern(0), '/'))
    absl::StrAppend(&pattern, pattern.empty() ? "" : "/", absl::StartsWith(std::string(part), "{") ? "*" : std::string(part));
  for (const auto* service : rpc::ServicesOf(resource.file()->package())) {
    for (int i = 0; i < service->method_count(); ++i) {
      names.insert(service->method(i)->name());
      const auto& http = service->method(i)->options().GetExtension(google::api::http);
      const std::string path = http.post().empty() ? http.get() : http.post();
      const size_t end = path.rfind("}:");
      if (end != std::string::npos && absl::EndsWith(path.substr(0, end), absl::StrCat("=", pattern))) verbs.insert(path.substr(end + 2));
    }
  }
  std::map<std::string, std::string> calls;
  for (int i = 0; i < machine.states().value_count(); ++i) {
    for (const std::string& verb : machine.AllowedVerbs(machine.states().value(i)->number())) {
      const std::string call = CallName(verb);
      std::string name = call;
      name[0] = absl::ascii_toupper(static_cast<unsigned char>(name[0]));
      if (verbs.count(call) > 0 || names.count(name) > 0 || names.count(name + resource.name()) > 0) calls[verb] = call;
      // `waiveProvisionalFigures` of "waive", where nothing else begins so.
      std::vector<std::string> longer;
      for (const std::string& each : verbs) {
        if (each.size() > call.size() && absl::StartsWith(each, call) && absl::ascii_isupper(static_cast<unsigned char>(each[call.size()])))
          longer.push_back(each);
      }
      if (calls.count(verb) == 0 && longer.size() == 1) calls[verb] = longer[0];
    }
  }
  return calls;
}

// Who is named in the open responsibilities of a row; a row that is not there names nobody.
std::set<std::string> OpenOwners(const std::vector<Responsibility>& responsibilities, const Message* row) {
  std::set<std::string> owners;
  if (row == nullptr) return owners;
  for (const Responsibility& responsibility : responsibilities) {
    if (!IsOpen(responsibility, *row)) continue;
    for (const std::string& name : NamedIn(*row, responsibility)) owners.insert(name);
  }
  owners.erase("");
  return owners;
}

// The same in any state.
std::set<std::string> NamedOwners(const std::vector<Responsibility>& responsibilities, const Message* row) {
  std::set<std::string> owners;
  if (row == nullptr) return owners;
  for (const Responsibility& responsibility : responsibilities) {
    for (const std::string& name : NamedIn(*row, responsibility)) owners.insert(name);
  }
  return owners;
}

// A row that others may refer to.
struct Referred {
  std::string type, pattern;  // of its resource
  std::string name;
  bool versions_count;  // whether the versions below it do
};

}  // namespace

struct Collection::Impl {
  Impl(Store& s, const Message& p, const StateMachine* m)
      : store(s),
        machine(m),
        prototype(p),
        descriptor(*p.GetDescriptor()),
        table(TableOfSchema()),
        type(descriptor.options().GetExtension(google::api::resource).type()),
        select(SelectOf(table)),
        sight(s.sights().Of(p, table.pattern)),
        responsibilities(ResponsibilitiesOf(descriptor)),
        loader(s.readers(), [this](const auto& batch) { return LoadBatch(batch); }) {
    std::vector<std::string> names;
    for (const Column& column : table.columns) {
      names.push_back(Quoted(column));
      if (column.field->name() == "name") name_column = static_cast<int>(names.size()) - 1;
    }
    if (name_column < 0) status::Die("schema", absl::StrCat(descriptor.full_name(), " has no field name"));
    state_field = descriptor.FindFieldByName("state");
    verbs_field = descriptor.FindFieldByName("allowed_verbs");
    archived_field = descriptor.FindFieldByName("archived");
    if (machine != nullptr) {
      if (state_field == nullptr || state_field->enum_type() != &machine->states())
        status::Die("schema", absl::StrCat(descriptor.full_name(), " has other states than its machine"));
      RegisterMachine(type, *machine);
      calls = CallsOf(descriptor, *machine);
    }
    for (const Column& column : table.columns) sealed.push_back(seal::HoldsPersonal(*column.field));
    seals = std::find(sealed.begin(), sealed.end(), true) != sealed.end();
    if (seals) PrepareSeals();
    if (seals) person_fields = seal::PersonFieldsOf(descriptor);
    collection = CollectionOf(table.pattern);
    insert = absl::StrCat("INSERT INTO ", table.name, " (", absl::StrJoin(names, ", "), ")");
  }

  // What is done at start, while the database may be away for a moment.
  static absl::Status Patiently(const std::function<absl::Status(absl::Time)>& attempt) {
    const absl::Time patience = absl::Now() + absl::Seconds(30);
    absl::Status status;
    do {
      status = attempt(patience);
      if (absl::IsUnavailable(status)) absl::SleepFor(absl::Milliseconds(100));
    } while (absl::IsUnavailable(status) && absl::Now() < patience);
    return status;
  }

  Table TableOfSchema() {
    absl::StatusOr<Table> read;
    const absl::Status status = Patiently([&](absl::Time patience) {
      return store.database().Read(patience, [&](sql::Session& session) {
        read = ReadTable(session, descriptor);
        return read.status();
      });
    });
    if (!status.ok()) status::Die("schema", absl::StrCat("the table of ", descriptor.full_name(), ": ", status.message()));
    return *std::move(read);
  }

  void PrepareSeals() {
    const std::string mistake = seal::MistakeIn(descriptor);
    if (!mistake.empty()) status::Die("seal", absl::StrCat(descriptor.full_name(), ": ", mistake));
    seal::PersonKeys& keys = store.person_keys();
    const absl::Status status = Patiently([&](absl::Time patience) { return keys.Prepare(store.database(), patience); });
    if (!status.ok()) status::Die("seal", absl::StrCat("the keys of persons: ", status.message()));
    store.DeclareSealed(descriptor);
  }

  // Columns of rows that were read and are yet to be opened, which takes another query.
  struct Closed {
    Message* row;
    const Column* column;
    std::string text;
  };

  absl::Status Read(const sql::Row& row, Message* out, std::vector<Closed>* closed, Newer* newer = nullptr) const {
    for (size_t i = 0; i < table.columns.size(); ++i) {
      const int index = static_cast<int>(i);
      if (sealed[i] && !row.IsNull(index)) {
        std::string text = row.Text(index);
        if (seal::MayHoldSealed(text)) {
          closed->push_back({out, &table.columns[i], std::move(text)});
          continue;
        }
        if (table.columns[i].type == ColumnType::kInteger) {
          RETURN_IF_ERROR(WriteText(text, table.columns[i], out));
          continue;
        }
      }
      RETURN_IF_ERROR(WriteField(row, index, table.columns[i], out, newer));
    }
    return absl::OkStatus();
  }

  absl::Status Open(sql::Session& session, const std::vector<Closed>& closed, Newer* newer = nullptr) const {
    if (closed.empty()) return absl::OkStatus();
    seal::Opener opener(store.person_keys());
    for (const Closed& one : closed) opener.Add(one.text);
    RETURN_IF_ERROR(opener.Load(session));
    for (const Closed& one : closed) {
      ASSIGN_OR_RETURN(const std::string text, opener.Column(TextOf(*one.row, "name"), *one.column->field, one.text));
      RETURN_IF_ERROR(WriteText(text, *one.column, one.row, newer));
    }
    return absl::OkStatus();
  }

  // `each`, unless null, is given the row besides.
  absl::Status FindOne(sql::Session& session, const std::string& name, const char* tail, Message* out, Newer* newer = nullptr,
                       const std::function<void(const sql::Row&)>& each = nullptr) const {
    bool found = false;
    absl::Status mapped;
    std::vector<Closed> closed;
    RETURN_IF_ERROR(session.Query(absl::StrCat(select, "WHERE name = ?", tail), sql::Bind(name), [&](const sql::Row& row) {
      found = true;
      mapped = Read(row, out, &closed, newer);
      if (each) each(row);
    }));
    if (!found) return status::NotFound(name);
    RETURN_IF_ERROR(mapped);
    return Open(session, closed, newer);
  }

  // A row that is to be changed, or judged by for a change: not one of a newer version.
  absl::Status FindForChange(sql::Session& session, const std::string& name, const char* tail, Message* out,
                             const std::function<void(const sql::Row&)>& each = nullptr) const {
    Newer newer;
    RETURN_IF_ERROR(FindOne(session, name, tail, out, &newer, each));
    return newer.empty() ? absl::OkStatus() : NewerVersion(name);
  }

  // What is archived is not found by what would name it anew (archived.h).
  absl::Status UnlessArchived(const Message& row) const {
    const bool archived = archived_field != nullptr && row.GetReflection()->GetBool(row, archived_field);
    return archived ? status::NotFound(TextOf(row, "name")) : absl::OkStatus();
  }

  // The row that is to be changed; while writes share a commit, as those before have left it.
  absl::Status LockRow(Transaction& tx, const std::string& name, Message* out, Newer* newer) const {
    if (const auto kept = FindKept(tx, descriptor, name)) {
      out->CopyFrom(*kept);
      return absl::OkStatus();
    }
    RETURN_IF_ERROR(FindOne(tx.sql, name, " FOR UPDATE", out, newer));
    if (newer->empty()) Keep(tx, *out);
    return absl::OkStatus();
  }

  // " AND `state` <=> ?", that a row's enums are still those that `before` tells: a newer version's value is none of them, wherever
  // `before` was read.
  std::string SameEnums(const Message& before, sql::Values* values) const {
    std::string condition;
    for (const Column& column : table.columns) {
      if (column.type != ColumnType::kEnum) continue;
      absl::StrAppend(&condition, " AND ", Quoted(column), " <=> ?");
      values->push_back(ReadField(before, column));
    }
    return condition;
  }

  bool IsSealed(const Column& column) const { return sealed[static_cast<size_t>(&column - table.columns.data())]; }

  // As it is stored in the resource's row.
  absl::Status Seal(Transaction& tx, const Message& resource, const Column& column, sql::Value* value) const {
    if (!IsSealed(column)) return absl::OkStatus();
    // Its column is a text; nothing is sealed of what is not set.
    if (const int64_t* number = std::get_if<int64_t>(value))
      *value = *number == 0 && !column.field->has_presence() ? std::string() : absl::StrCat(*number);
    std::string* text = std::get_if<std::string>(value);
    if (text == nullptr) return absl::OkStatus();
    if (tx.seals == nullptr) return absl::InternalError("personal data outside of Store::Write");
    ASSIGN_OR_RETURN(*text, tx.seals->Column(resource, *column.field, std::move(*text)));
    return absl::OkStatus();
  }

  // The columns that an update writes, with the values before they are sealed.
  struct Assignments {
    std::vector<const Column*> columns;
    sql::Values values;
  };
  absl::StatusOr<int64_t> Assign(Transaction& tx, const Message& after, const Assignments& assigned, const std::string& condition,
                                 const sql::Values& conditions) const {
    sql::Values values = assigned.values;
    for (size_t i = 0; i < values.size(); ++i) RETURN_IF_ERROR(Seal(tx, after, *assigned.columns[i], &values[i]));
    values.insert(values.end(), conditions.begin(), conditions.end());
    const std::string list = absl::StrJoin(assigned.columns, ", ",
                                           [](std::string* out, const Column* column) { absl::StrAppend(out, Quoted(*column), " = ?"); });
    return tx.sql.Execute(absl::StrCat("UPDATE ", table.name, " SET ", list, " WHERE name = ?", condition), values);
  }

  // ---- Many rows at once (UpdateAll)

  static constexpr size_t kRowsTogether = 64;
  static constexpr size_t kBytesTogether = 1 << 20;

  // One of many rows.
  struct Changed {
    const Message* before;
    Message* after;
    std::string name;
    int64_t revision;  // after the change
  };

  // Whether a field is the same in both, without making a text of it.
  static bool Same(const Message& a, const Message& b, const Column& column) {
    const FieldDescriptor& field = *column.field;
    const auto& r = *a.GetReflection();
    if (!field.is_repeated() && field.has_presence() && r.HasField(a, &field) != r.HasField(b, &field)) return false;
    if (!field.is_repeated() && field.cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
      std::string left, right;
      return r.GetStringReference(a, &field, &left) == r.GetStringReference(b, &field, &right);
    }
    if (!field.is_repeated() && field.cpp_type() == FieldDescriptor::CPPTYPE_ENUM) {
      return r.GetEnumValue(a, &field) == r.GetEnumValue(b, &field);
    }
    if (field.cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE || field.is_map()) return ReadField(a, column) == ReadField(b, column);
    const auto same = [](const Message& left, const Message& right) { return left.SerializeAsString() == right.SerializeAsString(); };
    if (!field.is_repeated()) {
      return !r.HasField(a, &field) || same(r.GetMessage(a, &field), r.GetMessage(b, &field));
    }
    const int size = r.FieldSize(a, &field);
    if (size != r.FieldSize(b, &field)) return false;
    for (int i = 0; i < size; ++i) {
      if (!same(r.GetRepeatedMessage(a, &field, i), r.GetRepeatedMessage(b, &field, i))) return false;
    }
    return true;
  }

  // The columns in which one row or the other differs, and what is stamped; never what is sealed, which is written row by row.
  std::set<const Column*> ChangedIn(const std::vector<Changed>& rows) const {
    std::set<const Column*> columns;
    for (const Column& column : table.columns) {
      if (IsSealed(column)) continue;
      const bool stamp = column.field->name() == "etag" || column.field->name() == "update_time";
      const auto differs = [&](const Changed& row) { return !Same(*row.before, *row.after, column); };
      if (stamp || std::any_of(rows.begin(), rows.end(), differs)) columns.insert(&column);
    }
    return columns;
  }

  bool ChangesSealed(const Message& before, const Message& after) const {
    if (!seals) return false;
    for (const std::string& field : person_fields) {
      if (TextOf(before, field) != TextOf(after, field)) return true;
    }
    return std::any_of(table.columns.begin(), table.columns.end(),
                       [&](const Column& column) { return IsSealed(column) && !Same(before, after, column); });
  }

  bool Differs(const Message& before, const Message& after) const {
    return std::any_of(table.columns.begin(), table.columns.end(), [&](const Column& column) {
      return column.field->name() != "etag" && column.field->name() != "update_time" && !Same(before, after, column);
    });
  }

  // The same of what is stored: maps may be equal and their bytes differ.
  bool Changes(const Message& before, const Message& after) const {
    return std::any_of(table.columns.begin(), table.columns.end(), [&](const Column& column) {
      return column.field->name() != "etag" && column.field->name() != "update_time" && !Same(before, after, column) &&
             ReadField(before, column) != ReadField(after, column);
    });
  }

  // Locks the rows, and moves to `others` those that are not exactly what this program would have written.
  absl::Status LockAll(Transaction& tx, const std::set<const Column*>& columns, std::vector<Changed>* rows,
                       std::vector<Changed>* others) const {
    std::vector<const Column*> judged;
    std::string list = "name";
    bool etags = false;
    for (const Column& column : table.columns) {
      const bool etag = column.field->name() == "etag";
      if (!etag && column.type != ColumnType::kEnum && (column.type != ColumnType::kJson || columns.count(&column) == 0)) continue;
      etags |= etag;
      judged.push_back(&column);
      absl::StrAppend(&list, ", ", Quoted(column));
    }
    std::map<std::string, std::vector<sql::Value>> stored;
    sql::Values names;
    for (const Changed& row : *rows) names.emplace_back(row.name);
    size_t places = 1;
    while (places < names.size()) places *= 2;
    names.resize(places, names.back());
    RETURN_IF_ERROR(tx.sql.Query(
        absl::StrCat("SELECT ", list, " FROM ", table.name, " WHERE name IN (", sql::Placeholders(places), ") ORDER BY name FOR UPDATE"),
        names, [&](const sql::Row& row) {
          std::vector<sql::Value>& values = stored[row.Text(0)];
          for (size_t i = 0; i < judged.size(); ++i) {
            const int index = static_cast<int>(i) + 1;
            values.push_back(row.IsNull(index) ? sql::Value() : sql::Value(row.Text(index)));
          }
        }));
    std::vector<Changed> same;
    for (const Changed& row : *rows) {
      const auto found = stored.find(row.name);
      if (found == stored.end()) return status::NotFound(row.name);
      bool equal = true;
      for (size_t i = 0; i < judged.size(); ++i) {
        if (found->second[i] == ReadField(*row.before, *judged[i])) continue;
        equal = false;
        if (judged[i]->field->name() != "etag") continue;
        const std::string* current = std::get_if<std::string>(&found->second[i]);
        return status::Error(status::kStaleEtag,
                             {{"name", row.name}, {"etag", TextOf(*row.before, "etag")}, {"current", current == nullptr ? "" : *current}});
      }
      (equal ? same : *others).push_back(row);
    }
    *rows = std::move(same);
    return absl::OkStatus();
  }

  // One statement for a power of two of the rows from `begin` on; how many it were. All of a row that is short goes to the server, so that
  // constraints judge the whole row, though only `columns` are changed.
  absl::StatusOr<size_t> WriteSome(Transaction& tx, const std::set<const Column*>& columns, const std::vector<Changed>& rows,
                                   size_t begin) const {
    const auto sent = [&](const Column& column) {
      return columns.count(&column) > 0 || (column.type != ColumnType::kJson && !IsSealed(column));
    };
    std::string names, row_values, changes;
    for (const Column& column : table.columns) {
      absl::StrAppend(&names, names.empty() ? "" : ", ", Quoted(column));
      absl::StrAppend(&row_values, row_values.empty() ? "" : ", ", sent(column) ? "?" : "''");
      if (columns.count(&column) == 0) continue;
      absl::StrAppend(&changes, changes.empty() ? "" : ", ", Quoted(column), " = VALUES(", Quoted(column), ")");
    }
    std::vector<sql::Values> gathered;
    size_t bytes = 0;
    for (size_t i = begin; i < rows.size() && gathered.size() < kRowsTogether && bytes < kBytesTogether; ++i) {
      sql::Values& values = gathered.emplace_back();
      for (const Column& column : table.columns) {
        if (!sent(column)) continue;
        values.push_back(ReadField(*rows[i].after, column));
        if (const std::string* text = std::get_if<std::string>(&values.back())) bytes += text->size();
      }
    }
    size_t together = 1;
    while (together * 2 <= gathered.size()) together *= 2;
    sql::Values values;
    for (size_t i = 0; i < together; ++i) {
      std::move(gathered[i].begin(), gathered[i].end(), std::back_inserter(values));
    }
    RETURN_IF_ERROR(
        tx.sql
            .Execute(absl::StrCat("INSERT INTO ", table.name, " (", names, ") VALUES ",
                                  sql::Placeholders(together, absl::StrCat("(", row_values, ")")), " ON DUPLICATE KEY UPDATE ", changes),
                     values)
            .status());
    return together;
  }

  // Some hundreds of rows. `others` are those that are to be written one by one.
  absl::Status WritePortion(Transaction& tx, const std::string& action, const std::vector<Changed>& all,
                            std::vector<Changed>* others) const {
    std::vector<Changed> rows, sealed_rows;
    for (const Changed& row : all) (ChangesSealed(*row.before, *row.after) ? sealed_rows : rows).push_back(row);
    if (!sealed_rows.empty()) RETURN_IF_ERROR(LockAll(tx, {}, &sealed_rows, others));
    others->insert(others->end(), sealed_rows.begin(), sealed_rows.end());
    if (rows.empty()) return absl::OkStatus();
    const std::set<const Column*> columns = ChangedIn(rows);
    RETURN_IF_ERROR(LockAll(tx, columns, &rows, others));
    for (const Changed& row : rows) {
      RETURN_IF_ERROR(CheckOwners(tx, row.before, *row.after));
      SetText(*row.after, "etag", absl::StrCat(row.revision));
      SetTime(*row.after, "update_time", ChangeTime(*row.before, tx.call.now));
      KeepMicroseconds(*row.after);
    }
    for (size_t begin = 0; begin < rows.size();) {
      ASSIGN_OR_RETURN(const size_t written, WriteSome(tx, columns, rows, begin));
      begin += written;
    }
    for (const Changed& row : rows) {
      RETURN_IF_ERROR(tx.Record(action, row.name, type, row.revision, row.before, row.after));
      if (follow) RETURN_IF_ERROR(follow(tx, row.before, row.after));
    }
    return absl::OkStatus();
  }

  // For a row that differs from what this program would have written: refuses to change values that only a newer version knows, and adds to
  // the assigned JSON the members that this program does not know.
  absl::Status Reconcile(Transaction& tx, const std::string& name, Assignments* assigned) const {
    const std::unique_ptr<Message> stored(prototype.New());
    std::vector<std::string> texts;
    RETURN_IF_ERROR(FindForChange(tx.sql, name, " FOR UPDATE", stored.get(), [&](const sql::Row& row) {
      for (size_t i = 0; i < table.columns.size(); ++i)
        texts.push_back(table.columns[i].type == ColumnType::kJson ? row.Text(static_cast<int>(i)) : "");
    }));
    if (seals) RETURN_IF_ERROR(OpenTexts(tx.sql, name, &texts));
    for (size_t i = 0; i < assigned->columns.size(); ++i) {
      std::string* written = std::get_if<std::string>(&assigned->values[i]);
      const std::string& text = texts[assigned->columns[i] - table.columns.data()];
      if (assigned->columns[i]->type != ColumnType::kJson || written == nullptr || text.empty()) continue;
      std::optional<std::string> kept = KeepUnknown(text, *written, descriptor);
      if (!kept) return NewerVersion(name);
      *written = *std::move(kept);
    }
    return absl::OkStatus();
  }

  // The JSON of a row, one text for each column.
  absl::Status OpenTexts(sql::Session& session, const std::string& name, std::vector<std::string>* texts) const {
    seal::Opener opener(store.person_keys());
    for (const std::string& text : *texts) opener.Add(text);
    if (opener.empty()) return absl::OkStatus();
    RETURN_IF_ERROR(opener.Load(session));
    for (size_t i = 0; i < texts->size(); ++i) {
      if (!sealed[i] || (*texts)[i].empty()) continue;
      ASSIGN_OR_RETURN((*texts)[i], opener.Column(name, *table.columns[i].field, (*texts)[i]));
    }
    return absl::OkStatus();
  }

  // For the caller: what she does not see is not there, also where only a newer version could change it.
  absl::Status LockSeen(Transaction& tx, const std::string& name, Message* out) const {
    Newer newer;
    RETURN_IF_ERROR(LockRow(tx, name, out, &newer));
    if (!sight.Sees(tx.call.principal, *out)) return status::NotFound(name);
    return newer.empty() ? absl::OkStatus() : NewerVersion(name);
  }

  // "WHERE" and what is below the parent and within somebody's sight.
  std::string WhereBelow(const std::string& parent, const rpc::Principal* who, sql::Values* values) const {
    *values = ChildRange(parent, collection);
    const Reach rows = who == nullptr ? Reach() : sight.BoundsOf(*who).rows;
    return absl::StrCat("WHERE name > ? AND name < ?", rows.everything() ? "" : " AND " + rows.Condition(values));
  }

  std::vector<absl::Status> LoadBatch(const std::vector<std::shared_ptr<rpc::Exchange>>& batch) {
    std::map<std::string, std::vector<size_t>> waiting;
    absl::Time deadline = absl::InfinitePast();
    for (size_t i = 0; i < batch.size(); ++i) {
      waiting[TextOf(*batch[i]->request, "name")].push_back(i);
      deadline = std::max(deadline, batch[i]->call.deadline);
    }
    std::vector<absl::Status> statuses(batch.size(), absl::UnknownError(""));
    std::vector<bool> answered(batch.size(), false);
    const absl::Status status = store.database().Read(deadline, [&](sql::Session& session) {
      // Powers of two keep the number of prepared statements small.
      size_t places = 1;
      while (places < waiting.size()) places *= 2;
      sql::Values names;
      for (const auto& entry : waiting) names.push_back(entry.first);
      while (names.size() < places) names.push_back(names.back());
      const std::string sql = absl::StrCat(select, "WHERE name IN (", sql::Placeholders(places), ")");
      std::vector<Closed> closed;
      RETURN_IF_ERROR(session.Query(sql, names, [&](const sql::Row& row) {
        const std::vector<size_t>& who = waiting[row.Text(name_column)];
        if (who.empty()) return;
        const absl::Status mapped = Read(row, batch[who[0]]->response, &closed);
        for (const size_t i : who) {
          statuses[i] = mapped;
          answered[i] = true;
        }
      }));
      if (const absl::Status opened = Open(session, closed); absl::IsDataLoss(opened)) {
        // Of one row perhaps: each gets its own.
        for (const auto& [name, who] : waiting) {
          std::vector<Closed> own;
          for (const Closed& one : closed) {
            if (!who.empty() && one.row == batch[who[0]]->response) own.push_back(one);
          }
          const absl::Status alone = Open(session, own);
          for (const size_t i : who) statuses[i].Update(alone);
        }
      } else {
        RETURN_IF_ERROR(opened);
      }
      for (const auto& [name, who] : waiting) {
        for (const size_t i : who) {
          if (i != who[0] && answered[i]) batch[i]->response->CopyFrom(*batch[who[0]]->response);
        }
      }
      for (size_t i = 0; i < batch.size(); ++i) {
        if (!answered[i] || !sight.Sees(batch[i]->call.principal, *batch[i]->response)) {
          statuses[i] = status::NotFound(TextOf(*batch[i]->request, "name"));
        } else if (statuses[i].ok()) {
          statuses[i] = Decorated(session, *batch[i]->response);
        }
      }
      return absl::OkStatus();
    });
    if (!status.ok()) std::fill(statuses.begin(), statuses.end(), status);
    return statuses;
  }

  // What becomes another person's is sealed with that person's key.
  bool IsMoved(const Message& before, const Message& after) const {
    return std::any_of(person_fields.begin(), person_fields.end(),
                       [&](const std::string& field) { return TextOf(before, field) != TextOf(after, field); });
  }
  absl::Status WriteChanges(Transaction& tx, const Message& before, const Message& after) const;
  // NOT_FOUND when the parent's kind is of this store and there is no such parent in the caller's sight.
  absl::Status CheckParent(sql::Session& session, const rpc::Principal& who, const std::string& parent) const;
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

  // Nobody who has left is named anew where the resource waits for them. What a service does by itself is not refused, for nobody could
  // put it right, but handed over at once, as what comes to be open again is.
  absl::Status CheckOwners(Transaction& tx, const Message* before, const Message& after) const {
    if (responsibilities.empty() || !store.owners().left) return absl::OkStatus();
    const std::set<std::string> open = OpenOwners(responsibilities, &after), was_open = OpenOwners(responsibilities, before);
    const std::set<std::string> named = NamedOwners(responsibilities, before);
    for (const std::string& owner : open) {
      if (was_open.count(owner) > 0 || !store.owners().left(owner, tx.call.now)) continue;
      if (named.count(owner) == 0 && !tx.call.principal.Has(options::v1::ROLE_SERVICE))
        return status::Error(kOwnerLeft, {{"employee", owner}, {"name", TextOf(after, "name")}});
      if (store.owners().sweep) RETURN_IF_ERROR(store.owners().sweep(tx, owner));
    }
    return absl::OkStatus();
  }

  absl::Status Decorated(sql::Session& session, Message& resource) const {
    if (decorate) RETURN_IF_ERROR(decorate(session, resource));
    if (machine == nullptr || verbs_field == nullptr) return absl::OkStatus();
    const auto& r = *resource.GetReflection();
    r.ClearField(&resource, verbs_field);
    for (const std::string& verb : machine->AllowedVerbs(r.GetEnumValue(resource, state_field))) {
      const auto call = calls.find(verb);
      if (call != calls.end() && (!allows || allows(resource, verb))) r.AddString(&resource, verbs_field, call->second);
    }
    return absl::OkStatus();
  }

  absl::Status Advance(Message& resource, int state, const char* verb) const {
    if (machine == nullptr) status::Die("schema", absl::StrCat(descriptor.full_name(), " has no machine"));
    ASSIGN_OR_RETURN(const int next, machine->Next(TextOf(resource, "name"), state, verb));
    resource.GetReflection()->SetEnumValue(&resource, state_field, next);
    return absl::OkStatus();
  }

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

namespace {

// The kinds that have been made, by store and type. A second one of a kind takes the place of the first only if its concept declares
// something of it; kinds end with their services.
struct Registry {
  std::mutex mutex;
  std::map<std::pair<const Store*, const Descriptor*>, std::weak_ptr<void>> kinds;  // guarded by mutex
  // Impl::ReferrerTo of a kind.
  std::function<absl::StatusOr<std::string>(void* kind, sql::Session&, const Referred&)> referrer_to;
};
Registry& TheRegistry() {
  static auto& registry = *new Registry;
  return registry;
}

void Register(const Store& store, const Descriptor& resource, const std::shared_ptr<void>& kind, bool declares) {
  Registry& registry = TheRegistry();
  const std::lock_guard lock(registry.mutex);
  std::weak_ptr<void>& entry = registry.kinds[{&store, &resource}];
  if (declares || entry.expired()) entry = kind;
}

// The kind of the store whose names have this pattern.
std::shared_ptr<void> FindByPattern(const Store& store, const std::string& pattern) {
  Registry& registry = TheRegistry();
  const std::lock_guard lock(registry.mutex);
  for (const auto& [key, kind] : registry.kinds) {
    const auto& resource = key.second->options().GetExtension(google::api::resource);
    if (key.first == &store && resource.pattern_size() > 0 && resource.pattern(0) == pattern) return kind.lock();
  }
  return nullptr;
}

}  // namespace

std::optional<Collection> Collection::Of(const Store& store, const Descriptor& resource) {
  Registry& registry = TheRegistry();
  const std::lock_guard lock(registry.mutex);
  const auto found = registry.kinds.find({&store, &resource});
  if (found == registry.kinds.end()) return std::nullopt;
  const std::shared_ptr<void> kind = found->second.lock();
  if (kind == nullptr) return std::nullopt;
  return Collection(std::static_pointer_cast<Impl>(kind));
}

// "cost_center" of "costCenters/{cost_center}": what a text is called that holds the id alone.
std::string IdFieldOf(const std::string& pattern) {
  const size_t begin = pattern.rfind('{');
  return begin == std::string::npos ? "" : pattern.substr(begin + 1, pattern.size() - begin - 2);
}

// Whether values of the type hold names of resources of `of_type`, or ids of them in a text called `id_field`, at any depth.
bool Refers(const FieldDescriptor& field, const std::string& of_type, const std::string& id_field, std::set<const Descriptor*>& seen) {
  const auto& reference = field.options().GetExtension(google::api::resource_reference);
  if (reference.type() == of_type || reference.type() == "*" || reference.child_type() == "*") return true;
  if (field.type() == FieldDescriptor::TYPE_STRING && reference.type().empty() && field.name() == id_field) return true;
  if (field.message_type() == nullptr || !seen.insert(field.message_type()).second) return false;
  for (int i = 0; i < field.message_type()->field_count(); ++i) {
    if (Refers(*field.message_type()->field(i), of_type, id_field, seen)) return true;
  }
  return false;
}

absl::StatusOr<std::string> Collection::Impl::ReferrerTo(sql::Session& session, const Referred& to) const {
  std::string found;
  const std::string &name = to.name, id = IdOf(name), id_field = IdFieldOf(to.pattern);
  const auto look = [&](const std::string& condition, const sql::Values& values) {
    return session.Query(absl::StrCat("SELECT name FROM ", table.name, " WHERE ", condition, " LIMIT 1"), values,
                         [&](const sql::Row& row) { found = row.Text(0); });
  };
  // "suppliers/{supplier}/supplierPrices/{supplier_price}"
  const bool version = table.pattern == absl::StrCat(to.pattern, "/versions/{version}");
  if (absl::StartsWith(table.pattern, absl::StrCat(to.pattern, "/")) && (to.versions_count || !version))
    RETURN_IF_ERROR(look("name > ? AND name < ?", sql::Bind(absl::StrCat(name, "/"), absl::StrCat(name, "0"))));
  for (const Column& column : table.columns) {
    if (!found.empty()) break;
    std::set<const Descriptor*> seen;
    if (column.field->name() == "name" || IsSealed(column) || !Refers(*column.field, to.type, id_field, seen)) continue;
    if (column.type == ColumnType::kText) {
      RETURN_IF_ERROR(look(absl::StrCat(Quoted(column), " IN (?, ?) AND name <> ?"), sql::Bind(name, id, name)));
    } else if (column.type == ColumnType::kJson) {
      // Names hold nothing that LIKE or JSON would read otherwise.
      RETURN_IF_ERROR(look(absl::StrCat("(", Quoted(column), " LIKE ? OR ", Quoted(column), " LIKE ?) AND name <> ?"),
                           sql::Bind(absl::StrCat("%\"", name, "\"%"), absl::StrCat("%\"", id_field, "\":%\"", id, "\"%"), name)));
    }
  }
  return found;
}

namespace {

const status::Reason kStillReferred{absl::StatusCode::kFailedPrecondition, "STILL_REFERRED",
                                    "{name} cannot be removed, for {by} refers to it.", "{name} 仍為 {by} 所引用，無法移除。"};
const status::Reason kAlwaysNeeded{absl::StatusCode::kFailedPrecondition, "ALWAYS_NEEDED",
                                   "{name} came with the suite and stays: it is what counts where none is named.",
                                   "{name} 隨系統提供，未指定時即以它為準，必須保留。"};

absl::Status CheckReferrers(Transaction& tx, const Store& store, const Message& row, bool versions_count) {
  const auto& resource = row.GetDescriptor()->options().GetExtension(google::api::resource);
  const Referred to{resource.type(), resource.pattern(0), TextOf(row, "name"), versions_count};
  std::vector<std::shared_ptr<void>> kinds;
  Registry& registry = TheRegistry();
  {
    const std::lock_guard lock(registry.mutex);
    for (const auto& [key, kind] : registry.kinds) {
      if (key.first != &store) continue;
      if (auto live = kind.lock()) kinds.push_back(std::move(live));
    }
  }
  for (const auto& kind : kinds) {
    ASSIGN_OR_RETURN(const std::string by, registry.referrer_to(kind.get(), tx.sql, to));
    if (!by.empty()) return status::Error(kStillReferred, {{"name", to.name}, {"by", by}});
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckUnused(Transaction& tx, const Store& store, const Message& row) { return CheckReferrers(tx, store, row, true); }

absl::Status CheckArchivable(Transaction& tx, const Store& store, const Message& row) {
  // What migrations have put there.
  if (absl::StartsWith(TextOf(row, "creator"), "services/")) return status::Error(kAlwaysNeeded, {{"name", TextOf(row, "name")}});
  return CheckReferrers(tx, store, row, false);
}

Collection::Collection(Store& store, const Message& prototype, const StateMachine* machine)
    : impl_(std::make_shared<Impl>(store, prototype, machine)) {
  {
    Registry& registry = TheRegistry();
    const std::lock_guard lock(registry.mutex);
    if (!registry.referrer_to) {
      registry.referrer_to = [](void* kind, sql::Session& session, const Referred& to) {
        return static_cast<const Impl*>(kind)->ReferrerTo(session, to);
      };
    }
  }
  Register(store, impl_->descriptor, impl_, false);
}
Collection::Collection(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}
Collection::~Collection() = default;

absl::Status Collection::Find(sql::Session& session, const std::string& name, Message* out) const {
  RETURN_IF_ERROR(impl_->FindOne(session, name, "", out));
  return impl_->UnlessArchived(*out);
}

absl::Status Collection::Lock(Transaction& tx, const std::string& name, Message* out) const {
  Newer newer;
  RETURN_IF_ERROR(impl_->LockRow(tx, name, out, &newer));
  return newer.empty() ? absl::OkStatus() : NewerVersion(name);
}

absl::Status Collection::Guard(Transaction& tx, const std::string& name, Message* out) const {
  ASSIGN_OR_RETURN(const int64_t rows,
                   tx.sql.Execute(absl::StrCat("UPDATE ", impl_->table.name, " SET guard = guard + 1 WHERE name = ?"), sql::Bind(name)));
  if (rows == 0) return status::NotFound(name);
  RETURN_IF_ERROR(impl_->FindForChange(tx.sql, name, "", out));
  return impl_->UnlessArchived(*out);
}

absl::Status Collection::Insert(Transaction& tx, Message& resource, const std::string& action) const {
  RETURN_IF_ERROR(impl_->CheckOwners(tx, nullptr, resource));
  KeepMicroseconds(resource);
  SetText(resource, "etag", "1");
  SetText(resource, "creator", tx.call.principal.name);
  SetTime(resource, "create_time", tx.call.now);
  SetTime(resource, "update_time", tx.call.now);
  sql::Values values;
  values.reserve(impl_->table.columns.size());
  for (const Column& column : impl_->table.columns) {
    values.push_back(ReadField(resource, column));
    if (impl_->seals) RETURN_IF_ERROR(impl_->Seal(tx, resource, column, &values.back()));
  }
  const std::string name = TextOf(resource, "name");
  const absl::Status inserted = tx.sql.Append(impl_->insert, std::move(values), sql::Session::ReadBy::kTransaction);
  if (absl::IsAlreadyExists(inserted)) return status::Error(status::kAlreadyExists, {{"name", name}});
  RETURN_IF_ERROR(inserted);
  RETURN_IF_ERROR(tx.Record(action, name, impl_->type, 1, nullptr, &resource));
  return impl_->follow ? impl_->follow(tx, nullptr, &resource) : absl::OkStatus();
}

// The changed fields of a row whose etag and time are raised already.
absl::Status Collection::Impl::WriteChanges(Transaction& tx, const Message& before, const Message& after) const {
  Assignments assigned;
  const std::string name = TextOf(before, "name");
  sql::Values conditions = {name};
  std::string condition = SameEnums(before, &conditions);
  bool unseen = false;  // what is stored sealed is not seen by a condition
  const bool moved = IsMoved(before, after);
  for (const Column& column : table.columns) {
    const bool stamped = column.field->name() == "etag" || column.field->name() == "update_time";
    sql::Value value = ReadField(after, column), old = ReadField(before, column);
    if (!stamped && value == old && !(moved && IsSealed(column))) continue;
    assigned.columns.push_back(&column);
    assigned.values.push_back(std::move(value));
    if (column.type != ColumnType::kJson) continue;
    if (IsSealed(column)) {
      unseen = true;
      continue;
    }
    // Only what is exactly what this program would write holds nothing that it does not know.
    absl::StrAppend(&condition, " AND ", Quoted(column), " <=> ?");
    conditions.push_back(std::move(old));
  }
  int64_t rows = 0;
  if (!unseen) {
    ASSIGN_OR_RETURN(rows, Assign(tx, after, assigned, condition, conditions));
  }
  if (rows == 0) {
    RETURN_IF_ERROR(Reconcile(tx, name, &assigned));
    ASSIGN_OR_RETURN(rows, Assign(tx, after, assigned, "", {name}));
  }
  return rows == 0 ? status::NotFound(name) : absl::OkStatus();
}

absl::Status Collection::Update(Transaction& tx, const Message& before, Message& after, const std::string& action) const {
  const std::string name = TextOf(before, "name");
  if (!impl_->Changes(before, after)) return absl::OkStatus();
  RETURN_IF_ERROR(impl_->CheckOwners(tx, &before, after));
  int64_t revision = 0;
  const bool has_etag = impl_->descriptor.FindFieldByName("etag") != nullptr;
  if (has_etag && !absl::SimpleAtoi(TextOf(before, "etag"), &revision)) return absl::DataLossError("etag is no number");
  ++revision;
  SetText(after, "etag", absl::StrCat(revision));
  SetTime(after, "update_time", ChangeTime(before, tx.call.now));
  KeepMicroseconds(after);
  // Calls outlast the commit that they share.
  const auto later = [impl = impl_, &call = tx.call](sql::Session& session, const Message& stored, const Message& row) {
    Transaction rest{call, session};
    return impl->WriteChanges(rest, stored, row);
  };
  if (!WriteKept(tx, impl_->table.name, before, after, later)) RETURN_IF_ERROR(impl_->WriteChanges(tx, before, after));
  RETURN_IF_ERROR(tx.Record(action, name, impl_->type, revision, &before, &after));
  return impl_->follow ? impl_->follow(tx, &before, &after) : absl::OkStatus();
}

absl::Status Collection::UpdateAll(Transaction& tx, const std::vector<const Message*>& before, const std::vector<Message*>& after,
                                   const std::string& action) const {
  constexpr size_t kPortion = 256;
  return tx.sql.Together([&]() -> absl::Status {
    for (size_t begin = 0; begin < before.size(); begin += kPortion) {
      std::vector<Impl::Changed> rows, others;
      std::set<std::string> people;
      for (size_t i = begin; i < std::min(begin + kPortion, before.size()); ++i) {
        if (!impl_->Differs(*before[i], *after[i])) continue;
        Impl::Changed row{before[i], after[i], TextOf(*before[i], "name"), 0};
        const bool has_etag = impl_->descriptor.FindFieldByName("etag") != nullptr;
        if (has_etag && !absl::SimpleAtoi(TextOf(*before[i], "etag"), &row.revision)) return absl::DataLossError("etag is no number");
        ++row.revision;
        for (const std::string& field : impl_->person_fields) people.insert(TextOf(*before[i], field));
        rows.push_back(std::move(row));
      }
      // For the events.
      if (!people.empty() && tx.seals != nullptr) RETURN_IF_ERROR(tx.seals->Expect(people));
      if (!rows.empty()) RETURN_IF_ERROR(impl_->WritePortion(tx, action, rows, &others));
      for (const Impl::Changed& row : others) RETURN_IF_ERROR(Update(tx, *row.before, *row.after, action));
    }
    return absl::OkStatus();
  });
}

absl::Status Collection::Delete(Transaction& tx, const Message& resource, const std::string& action) const {
  const std::string name = TextOf(resource, "name");
  const std::string statement = absl::StrCat("DELETE FROM ", impl_->table.name, " WHERE name = ?");
  sql::Values values = {name};
  const std::string condition = impl_->SameEnums(resource, &values);
  ASSIGN_OR_RETURN(int64_t rows, tx.sql.Execute(statement + condition, values));
  if (rows == 0 && !condition.empty()) {
    const std::unique_ptr<Message> stored(impl_->prototype.New());
    RETURN_IF_ERROR(impl_->FindForChange(tx.sql, name, " FOR UPDATE", stored.get()));
    ASSIGN_OR_RETURN(rows, tx.sql.Execute(statement, {name}));
  }
  if (rows == 0) return status::NotFound(name);
  int64_t revision = 0;
  (void)absl::SimpleAtoi(TextOf(resource, "etag"), &revision);
  RETURN_IF_ERROR(tx.Record(action, name, impl_->type, revision + 1, &resource, nullptr));
  return impl_->follow ? impl_->follow(tx, &resource, nullptr) : absl::OkStatus();
}

absl::Status Collection::Select(sql::Session& session, const std::string& tail, const sql::Values& values,
                                const std::function<void(const Message&)>& each) const {
  absl::Status mapped;
  std::vector<std::unique_ptr<Message>> kept;  // until they are opened
  std::vector<Impl::Closed> closed;
  std::unique_ptr<Message> row_message(impl_->prototype.New());
  RETURN_IF_ERROR(session.Query(impl_->select + tail, values, [&](const sql::Row& row) {
    if (!mapped.ok()) return;
    row_message->Clear();
    mapped = impl_->Read(row, row_message.get(), &closed);
    if (!mapped.ok()) return;
    if (!impl_->seals) return each(*row_message);
    kept.push_back(std::move(row_message));
    row_message.reset(impl_->prototype.New());
  }));
  RETURN_IF_ERROR(mapped);
  RETURN_IF_ERROR(impl_->Open(session, closed));
  for (const auto& row : kept) each(*row);
  return absl::OkStatus();
}

void Collection::SetDecorator(Decorate decorate) { impl_->decorate = std::move(decorate); }

absl::Status Collection::Decorated(sql::Session& session, Message& resource) const { return impl_->Decorated(session, resource); }

Store& Collection::store() const { return impl_->store; }

const std::string& Collection::collection() const { return impl_->collection; }

absl::StatusOr<int64_t> Collection::CountChildren(sql::Session& session, const std::string& parent, const rpc::Principal* who) const {
  int64_t count = 0;
  sql::Values values;
  const std::string where = impl_->WhereBelow(parent, who, &values);
  RETURN_IF_ERROR(session.Query(absl::StrCat("SELECT COUNT(*) FROM ", impl_->table.name, " ", where), values,
                                [&](const sql::Row& row) { count = row.Int(0); }));
  return count;
}

absl::Status Collection::SelectChildren(sql::Session& session, const std::string& parent, const rpc::Principal* who,
                                        const std::function<void(const Message&)>& each) const {
  sql::Values values;
  const std::string where = impl_->WhereBelow(parent, who, &values);
  return Select(session, where + " ORDER BY name", values, each);
}

void Collection::RestrictRows(const Rule& rule) {
  for (const std::string& field : rule.Fields()) {
    if (impl_->table.indexed.count(field) == 0)
      status::Die("schema", absl::StrCat(impl_->table.name, " has no KEY (", field, ", name) for the rule of its rows"));
  }
  impl_->sight.RestrictRows(rule);
}

Sight& Collection::sight() const { return impl_->sight; }

absl::Status Collection::Begin(Transaction& tx, const std::string& name, const std::string& etag, const char* verb, Message* before,
                               Message* after) const {
  RETURN_IF_ERROR(impl_->LockSeen(tx, name, before));
  RETURN_IF_ERROR(CheckEtag(*before, etag));
  if (impl_->check) RETURN_IF_ERROR(impl_->check(tx, *before));
  after->CopyFrom(*before);
  if (verb == nullptr) return absl::OkStatus();
  const int state =
      impl_->state_at ? impl_->state_at(*before, tx.call) : before->GetReflection()->GetEnumValue(*before, impl_->state_field);
  return impl_->Advance(*after, state, verb);
}

absl::Status Collection::Advance(Message& resource, const char* verb) const {
  return impl_->Advance(resource, resource.GetReflection()->GetEnumValue(resource, impl_->state_field), verb);
}

void Collection::SetStateAt(std::function<int(const Message&, const rpc::Call&)> state_at) { impl_->state_at = std::move(state_at); }

void Collection::SetCheck(std::function<absl::Status(Transaction&, const Message&)> check) { impl_->check = std::move(check); }

void Collection::SetAllows(std::function<bool(const Message&, const std::string&)> allows) { impl_->allows = std::move(allows); }

void Collection::SetFollow(Follow follow) {
  impl_->follow = std::move(follow);
  Register(impl_->store, impl_->descriptor, impl_, true);
}

void Collection::SetPassing(Passing passing) {
  impl_->passing = std::move(passing);
  Register(impl_->store, impl_->descriptor, impl_, true);
}

absl::Status Collection::Pass(Transaction& tx, const type::v1::HandOverRequest& request, const Message& before, Message& after) const {
  return impl_->passing ? impl_->passing(tx, request, before, after) : absl::OkStatus();
}

const Descriptor& Collection::descriptor() const { return impl_->descriptor; }

const Message& Collection::Prototype() const { return impl_->prototype; }

rpc::Handler Collection::Getter() {
  return {[impl = impl_](std::shared_ptr<rpc::Exchange> exchange) { impl->loader.Add(std::move(exchange)); }, false};
}

absl::Status Collection::Impl::CheckParent(sql::Session& session, const rpc::Principal& who, const std::string& parent) const {
  const std::string pattern = ParentPattern(table.pattern);
  if (parent.empty() || pattern.empty()) return absl::OkStatus();
  const auto kind = std::static_pointer_cast<Impl>(FindByPattern(store, pattern));
  if (kind == nullptr) return absl::OkStatus();
  if (kind->sight.restricts_rows()) {
    const std::unique_ptr<Message> row(kind->prototype.New());
    RETURN_IF_ERROR(kind->FindOne(session, parent, "", row.get()));
    return kind->sight.Sees(who, *row) ? absl::OkStatus() : status::NotFound(parent);
  }
  bool found = false;
  RETURN_IF_ERROR(session.Query(absl::StrCat("SELECT 1 FROM ", kind->table.name, " WHERE name = ?"), sql::Bind(parent),
                                [&](const sql::Row&) { found = true; }));
  return found ? absl::OkStatus() : status::NotFound(parent);
}

absl::Status Collection::Impl::BatchGet(const rpc::Exchange& exchange) const {
  const Message& request = *exchange.request;
  const auto& names = request.GetReflection()->GetRepeatedPtrField<std::string>(request, request.GetDescriptor()->FindFieldByName("names"));
  const FieldDescriptor* list = ResourceField(*exchange.response->GetDescriptor(), descriptor);
  const auto& r = *exchange.response->GetReflection();
  // Powers of two keep the number of prepared statements small.
  size_t places = 1;
  while (places < static_cast<size_t>(names.size())) places *= 2;
  sql::Values values;
  for (const std::string& name : names) values.emplace_back(name);
  if (values.empty()) return absl::OkStatus();
  values.resize(places, values.back());
  return store.Read(exchange.call, [&](sql::Session& session) -> absl::Status {
    std::map<std::string, std::unique_ptr<Message>> rows;
    absl::Status mapped;
    std::vector<Closed> closed;
    RETURN_IF_ERROR(
        session.Query(absl::StrCat(select, "WHERE name IN (", sql::Placeholders(places), ")"), values, [&](const sql::Row& row) {
          if (!mapped.ok()) return;
          auto& message = rows[row.Text(name_column)];
          message.reset(prototype.New());
          mapped = Read(row, message.get(), &closed);
        }));
    RETURN_IF_ERROR(mapped);
    RETURN_IF_ERROR(Open(session, closed));
    for (const auto& [name, row] : rows) RETURN_IF_ERROR(Decorated(session, *row));
    r.ClearField(exchange.response, list);
    for (const std::string& name : names) {
      const auto row = rows.find(name);
      if (row == rows.end() || !sight.Sees(exchange.call.principal, *row->second)) return status::NotFound(name);
      r.AddMessage(exchange.response, list)->CopyFrom(*row->second);
    }
    return absl::OkStatus();
  });
}

rpc::Handler Collection::BatchGetter() {
  return {[impl = impl_](std::shared_ptr<rpc::Exchange> exchange) { exchange->finish(impl->BatchGet(*exchange)); }};
}

absl::Status Collection::Impl::List(const rpc::Exchange& exchange) {
  Asker asker{exchange.call.principal.name};
  ASSIGN_OR_RETURN(asker.key, store.PageKey(exchange.call.deadline));
  ASSIGN_OR_RETURN(const ListQuery query, MakeListQuery(table, *exchange.request, sight.BoundsOf(exchange.call.principal), asker));
  const std::string parent = TextOf(*exchange.request, "parent");
  const bool one_parent = !absl::StrContains(absl::StrCat(parent, "/"), "/-/");
  Message* response = exchange.response;
  const FieldDescriptor* list = ResourceField(*response->GetDescriptor(), descriptor);
  const auto& r = *response->GetReflection();
  return store.Read(exchange.call, [&](sql::Session& session) -> absl::Status {
    int count = 0;
    absl::Status mapped;
    Newer newer;  // of the page's last row
    std::vector<Closed> closed;
    RETURN_IF_ERROR(session.Query(query.sql, query.values, [&](const sql::Row& row) {
      if (++count > query.page_size || !mapped.ok()) return;
      mapped = Read(row, r.AddMessage(response, list), &closed, count == query.page_size ? &newer : nullptr);
    }));
    RETURN_IF_ERROR(mapped);
    // What has children is there.
    if (count == 0 && one_parent) RETURN_IF_ERROR(CheckParent(session, exchange.call.principal, parent));
    RETURN_IF_ERROR(Count(session, query, *exchange.request, response));
    RETURN_IF_ERROR(Open(session, closed));
    if (count > query.page_size) {
      SetText(*response, "next_page_token", MakePageToken(r.GetRepeatedMessage(*response, list, query.page_size - 1), query, newer.values));
    }
    for (int i = 0; i < r.FieldSize(*response, list); ++i)
      RETURN_IF_ERROR(Decorated(session, *r.MutableRepeatedMessage(response, list, i)));
    return absl::OkStatus();
  });
}

// How many rows all pages have, where the request asks for it and the answer has room for it.
absl::Status Collection::Impl::Count(sql::Session& session, const ListQuery& query, const Message& request, Message* response) {
  const FieldDescriptor* asked = request.GetDescriptor()->FindFieldByName("return_total_size");
  const FieldDescriptor* total = response->GetDescriptor()->FindFieldByName("total_size");
  const FieldDescriptor* capped = response->GetDescriptor()->FindFieldByName("total_size_capped");
  if (asked == nullptr || total == nullptr || capped == nullptr || !request.GetReflection()->GetBool(request, asked))
    return absl::OkStatus();
  int64_t rows = 0;
  RETURN_IF_ERROR(session.Query(query.count_sql, query.count_values, [&](const sql::Row& row) { rows = row.Int(0); }));
  const auto& r = *response->GetReflection();
  r.SetInt32(response, total, static_cast<int32_t>(std::min<int64_t>(rows, kMostCounted)));
  r.SetBool(response, capped, rows > kMostCounted);
  return absl::OkStatus();
}

rpc::Handler Collection::Lister() {
  return {[impl = impl_](std::shared_ptr<rpc::Exchange> exchange) { exchange->finish(impl->List(*exchange)); }};
}

rpc::Handler Collection::Impl::Writer(std::function<absl::StatusOr<Store::Work>(rpc::Exchange&)> work_of) {
  const auto run = [this, work_of = std::move(work_of)](std::shared_ptr<rpc::Exchange> exchange) {
    absl::StatusOr<Store::Work> work = work_of(*exchange);
    if (!work.ok()) return exchange->finish(work.status());
    store.Write(exchange, *std::move(work));
  };
  return {run, false, true};
}

absl::StatusOr<Store::Work> Collection::Impl::Creation(const Collection& self, rpc::Exchange& exchange, const Prepare& prepare) {
  const Message& request = *exchange.request;
  const FieldDescriptor* field = ResourceField(*request.GetDescriptor(), descriptor);
  const std::string id_field = absl::StrCat(field->name(), "_id");
  const std::string wanted_id = TextOf(request, id_field);
  const std::string parent = TextOf(request, "parent");
  const std::string prefix = absl::StrCat(parent, parent.empty() ? "" : "/", collection, "/");
  if (!MatchesPattern(absl::StrCat(prefix, wanted_id.empty() ? "x" : wanted_id), table.pattern)) return BadField(id_field, kIdForm);

  return [this, self, &request, field, &resource = *exchange.response, prefix, wanted_id, prepare](Transaction& tx) -> absl::Status {
    resource.CopyFrom(request.GetReflection()->GetMessage(request, field));
    ClearOutputOnly(resource);
    SetText(resource, "name", absl::StrCat(prefix, wanted_id.empty() ? NewId(tx.call.now) : wanted_id));
    if (prepare) RETURN_IF_ERROR(prepare(tx, request, resource));
    RETURN_IF_ERROR(self.Insert(tx, resource, "create"));
    return Decorated(tx.sql, resource);
  };
}

rpc::Handler Collection::Creator(std::function<absl::Status(Transaction&, const Message& request, Message& resource)> prepare) {
  return impl_->Writer([self = *this, prepare](rpc::Exchange& exchange) { return self.impl_->Creation(self, exchange, prepare); });
}

absl::StatusOr<Store::Work> Collection::Impl::Change(const Collection& self, rpc::Exchange& exchange, const PrepareUpdate& prepare) {
  const Message& request = *exchange.request;
  const FieldDescriptor* field = ResourceField(*request.GetDescriptor(), descriptor);
  const Message& wanted = request.GetReflection()->GetMessage(request, field);
  const std::string name = TextOf(wanted, "name");
  if (!MatchesPattern(name, table.pattern)) return BadField(absl::StrCat(field->name(), ".name"), kNameLike, {{"pattern", table.pattern}});
  const FieldDescriptor* mask_field = request.GetDescriptor()->FindFieldByName("update_mask");
  const auto& mask = static_cast<const FieldMask&>(request.GetReflection()->GetMessage(request, mask_field));
  return [this, self, &wanted, &mask, name, field, written = EffectiveMask(mask, wanted), all = IsAll(mask), &after = *exchange.response,
          prepare](Transaction& tx) -> absl::Status {
    std::unique_ptr<Message> before(prototype.New());
    RETURN_IF_ERROR(LockSeen(tx, name, before.get()));
    RETURN_IF_ERROR(CheckEtag(*before, TextOf(wanted, "etag")));
    const std::set<std::string> hidden = sight.HiddenIn(tx.call.principal, *before);
    RETURN_IF_ERROR(CheckImmutable(*before, wanted, mask, field->name(), hidden));
    ASSIGN_OR_RETURN(const FieldMask effective, WithoutHidden(written, all, hidden));
    after.CopyFrom(*before);
    FieldMaskUtil::MergeOptions options;
    options.set_replace_message_fields(true);
    options.set_replace_repeated_fields(true);
    std::unique_ptr<Message> input(prototype.New());
    input->CopyFrom(wanted);
    ClearOutputOnly(*input);
    FieldMaskUtil::MergeMessageTo(*input, effective, options, &after);
    RETURN_IF_ERROR(rpc::ValidateResult(after, field->name(), effective));
    const char* action = nullptr;
    if (prepare) {
      ASSIGN_OR_RETURN(action, prepare(tx, *before, after));
    }
    RETURN_IF_ERROR(self.Update(tx, *before, after, action == nullptr ? "update" : action));
    return Decorated(tx.sql, after);
  };
}

rpc::Handler Collection::Updater(PrepareUpdate prepare) {
  return impl_->Writer([self = *this, prepare](rpc::Exchange& exchange) { return self.impl_->Change(self, exchange, prepare); });
}

rpc::Handler Collection::Deleter(std::function<absl::Status(Transaction&, const Message& resource)> check) {
  return impl_->Writer([self = *this, check](rpc::Exchange& exchange) -> absl::StatusOr<Store::Work> {
    return [self, &request = *exchange.request, check](Transaction& tx) -> absl::Status {
      std::unique_ptr<Message> resource(self.impl_->prototype.New());
      const std::string name = TextOf(request, "name");
      RETURN_IF_ERROR(self.impl_->LockSeen(tx, name, resource.get()));
      RETURN_IF_ERROR(CheckEtag(*resource, TextOf(request, "etag")));
      if (check) RETURN_IF_ERROR(check(tx, *resource));
      return self.Delete(tx, *resource, "delete");
    };
  });
}

}  // namespace heitie::record
