#include "absl/strings/str_cat.h"
#include "common/record/archived.h"
#include "common/record/kept.h"
#include "common/record/kind/impl.h"
#include "common/seal/seal.h"
#include "common/status/macros.h"
#include "common/status/status.h"

namespace heitie::record {
namespace {

using google::protobuf::Message;

}  // namespace

absl::Status Collection::Impl::Read(const sql::Row& row, Message* out, std::vector<Closed>* closed, Newer* newer) const {
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

absl::Status Collection::Impl::Open(sql::Session& session, const std::vector<Closed>& closed, Newer* newer) const {
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

absl::Status Collection::Impl::FindOne(sql::Session& session, const std::string& name, const char* tail, Message* out, Newer* newer,
                                       const std::function<void(const sql::Row&)>& each) const {
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

absl::Status Collection::Impl::FindForChange(sql::Session& session, const std::string& name, const char* tail, Message* out,
                                             const std::function<void(const sql::Row&)>& each) const {
  Newer newer;
  RETURN_IF_ERROR(FindOne(session, name, tail, out, &newer, each));
  return newer.empty() ? absl::OkStatus() : NewerVersion(name);
}

absl::Status Collection::Impl::UnlessArchived(const Message& row) const {
  const bool archived = archived_field != nullptr && row.GetReflection()->GetBool(row, archived_field);
  return archived ? status::NotFound(TextOf(row, "name")) : absl::OkStatus();
}

absl::Status Collection::Impl::LockRow(Transaction& tx, const std::string& name, Message* out, Newer* newer) const {
  if (const auto kept = FindKept(tx, descriptor, name)) {
    out->CopyFrom(*kept);
    return absl::OkStatus();
  }
  RETURN_IF_ERROR(FindOne(tx.sql, name, " FOR UPDATE", out, newer));
  if (newer->empty()) Keep(tx, *out);
  return absl::OkStatus();
}

absl::Status Collection::Impl::LockSeen(Transaction& tx, const std::string& name, Message* out) const {
  Newer newer;
  RETURN_IF_ERROR(LockRow(tx, name, out, &newer));
  if (!sight.Sees(tx.call.principal, *out)) return status::NotFound(name);
  return newer.empty() ? absl::OkStatus() : NewerVersion(name);
}

std::string Collection::Impl::WhereBelow(const std::string& parent, const rpc::Principal* who, sql::Values* values) const {
  *values = ChildRange(parent, collection);
  const Reach rows = who == nullptr ? Reach() : sight.BoundsOf(*who).rows;
  return absl::StrCat("WHERE name > ? AND name < ?", rows.everything() ? "" : " AND " + rows.Condition(values));
}

absl::Status Collection::Impl::CheckParent(sql::Session& session, const rpc::Principal& who, const std::string& parent) const {
  const std::string pattern = ParentOf(table.pattern);
  if (parent.empty() || pattern.empty()) return absl::OkStatus();
  const auto kind = std::static_pointer_cast<Impl>(FindKind(store, pattern));
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

}  // namespace heitie::record
