#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/record/kept_write.h"
#include "common/record/kind/fields.h"
#include "common/record/kind/impl.h"
#include "common/record/strangers.h"
#include "common/rpc/validate.h"
#include "common/seal/seal.h"
#include "common/status/macros.h"
#include "common/status/status.h"

namespace heitie::record {
namespace {

using google::protobuf::Message;

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

}  // namespace

std::string Collection::Impl::SameEnums(const Message& before, sql::Values* values) const {
  std::string condition;
  for (const Column& column : table.columns) {
    if (column.type != ColumnType::kEnum) continue;
    absl::StrAppend(&condition, " AND ", Quoted(column), " <=> ?");
    values->push_back(ReadField(before, column));
  }
  return condition;
}

absl::Status Collection::Impl::Seal(Transaction& tx, const Message& resource, const Column& column, sql::Value* value) const {
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

absl::StatusOr<int64_t> Collection::Impl::Assign(Transaction& tx, const Message& after, const Assignments& assigned,
                                                 const std::string& condition, const sql::Values& conditions) const {
  sql::Values values = assigned.values;
  for (size_t i = 0; i < values.size(); ++i) RETURN_IF_ERROR(Seal(tx, after, *assigned.columns[i], &values[i]));
  values.insert(values.end(), conditions.begin(), conditions.end());
  const std::string list =
      absl::StrJoin(assigned.columns, ", ", [](std::string* out, const Column* column) { absl::StrAppend(out, Quoted(*column), " = ?"); });
  return tx.sql.Execute(absl::StrCat("UPDATE ", table.name, " SET ", list, " WHERE name = ?", condition), values);
}

absl::Status Collection::Impl::Reconcile(Transaction& tx, const std::string& name, Assignments* assigned) const {
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

absl::Status Collection::Impl::OpenTexts(sql::Session& session, const std::string& name, std::vector<std::string>* texts) const {
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

bool Collection::Impl::IsMoved(const Message& before, const Message& after) const {
  return std::any_of(person_fields.begin(), person_fields.end(),
                     [&](const std::string& field) { return TextOf(before, field) != TextOf(after, field); });
}

absl::Status Collection::Impl::CheckOwners(Transaction& tx, const Message* before, const Message& after) const {
  if (responsibilities.empty()) return absl::OkStatus();
  if (tx.strangers != nullptr) RETURN_IF_ERROR(CheckStrangers(tx, before, after));
  if (!store.owners().left) return absl::OkStatus();
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

absl::Status Collection::Impl::CheckStrangers(Transaction& tx, const Message* before, const Message& after) const {
  std::set<std::string> strangers;
  for (const Responsibility& responsibility : responsibilities) {
    for (std::string& name : NamedIn(after, responsibility)) {
      if (tx.strangers->IsStranger(name)) strangers.insert(std::move(name));
    }
  }
  if (strangers.empty()) return absl::OkStatus();
  const std::set<std::string> named = NamedOwners(responsibilities, before);
  for (const std::string& name : named) strangers.erase(name);
  return strangers.empty() ? absl::OkStatus() : tx.strangers->Refuse(strangers, named);
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

absl::Status Collection::Insert(Transaction& tx, Message& resource, const std::string& action) const {
  RETURN_IF_ERROR(impl_->CheckOwners(tx, nullptr, resource));
  rpc::KeepMicroseconds(resource);
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
  rpc::KeepMicroseconds(after);
  // Calls outlast the commit that they share.
  const auto later = [impl = impl_, &call = tx.call](sql::Session& session, const Message& stored, const Message& row) {
    Transaction rest{call, session};
    return impl->WriteChanges(rest, stored, row);
  };
  if (!WriteKept(tx, impl_->table.name, before, after, later)) RETURN_IF_ERROR(impl_->WriteChanges(tx, before, after));
  RETURN_IF_ERROR(tx.Record(action, name, impl_->type, revision, &before, &after));
  return impl_->follow ? impl_->follow(tx, &before, &after) : absl::OkStatus();
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

}  // namespace heitie::record
