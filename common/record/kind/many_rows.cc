#include <algorithm>
#include <iterator>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/record/kind/fields.h"
#include "common/record/kind/impl.h"
#include "common/rpc/validate.h"
#include "common/seal/seal.h"
#include "common/sql/placeholders.h"
#include "common/status/macros.h"
#include "common/status/status.h"

namespace heitie::record {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// Of one statement.
constexpr size_t kRowsTogether = 64;
constexpr size_t kBytesTogether = 1 << 20;

}  // namespace

bool Collection::Impl::Same(const Message& a, const Message& b, const Column& column) {
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

std::set<const Column*> Collection::Impl::ChangedIn(const std::vector<Changed>& rows) const {
  std::set<const Column*> columns;
  for (const Column& column : table.columns) {
    if (IsSealed(column)) continue;
    const bool stamp = column.field->name() == "etag" || column.field->name() == "update_time";
    const auto differs = [&](const Changed& row) { return !Same(*row.before, *row.after, column); };
    if (stamp || std::any_of(rows.begin(), rows.end(), differs)) columns.insert(&column);
  }
  return columns;
}

bool Collection::Impl::ChangesSealed(const Message& before, const Message& after) const {
  if (!seals) return false;
  for (const std::string& field : person_fields) {
    if (TextOf(before, field) != TextOf(after, field)) return true;
  }
  return std::any_of(table.columns.begin(), table.columns.end(),
                     [&](const Column& column) { return IsSealed(column) && !Same(before, after, column); });
}

bool Collection::Impl::Differs(const Message& before, const Message& after) const {
  return std::any_of(table.columns.begin(), table.columns.end(), [&](const Column& column) {
    return column.field->name() != "etag" && column.field->name() != "update_time" && !Same(before, after, column);
  });
}

bool Collection::Impl::Changes(const Message& before, const Message& after) const {
  return std::any_of(table.columns.begin(), table.columns.end(), [&](const Column& column) {
    return column.field->name() != "etag" && column.field->name() != "update_time" && !Same(before, after, column) &&
           ReadField(before, column) != ReadField(after, column);
  });
}

absl::Status Collection::Impl::LockAll(Transaction& tx, const std::set<const Column*>& columns, std::vector<Changed>* rows,
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

absl::StatusOr<size_t> Collection::Impl::WriteSome(Transaction& tx, const std::set<const Column*>& columns,
                                                   const std::vector<Changed>& rows, size_t begin) const {
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

absl::Status Collection::Impl::WritePortion(Transaction& tx, const std::string& action, const std::vector<Changed>& all,
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
    rpc::KeepMicroseconds(*row.after);
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

}  // namespace heitie::record
