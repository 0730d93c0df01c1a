// A session without a database: the table of any resource, with one row.
#ifndef HEITIE_TESTS_FUZZ_FAKE_SESSION_H_
#define HEITIE_TESTS_FUZZ_FAKE_SESSION_H_

#include <functional>
#include <string>
#include <utility>

#include "common/record/columns.h"
#include "common/sql/database.h"

namespace heitie::fuzz {

// The row of a query's result.
class FakeRow final : public sql::Row {
 public:
  explicit FakeRow(sql::Values values) : values_(std::move(values)) {}
  bool IsNull(int column) const override { return std::holds_alternative<std::monostate>(values_[column]); }
  int64_t Int(int column) const override { return Get<int64_t>(column); }
  double Double(int column) const override { return Get<double>(column); }
  std::string Text(int column) const override { return Get<std::string>(column); }
  absl::Time Time(int column) const override { return IsNull(column) ? absl::UnixEpoch() : Get<absl::Time>(column); }

 private:
  template <typename T>
  T Get(int column) const {
    const T* value = std::get_if<T>(&values_[column]);
    return value == nullptr ? T{} : *value;
  }
  const sql::Values values_;
};

// Whose table has every column of the message, all of them indexed and never NULL, and holds `row`.
class FakeSession final : public sql::Session {
 public:
  using Written = std::function<void(const std::string& sql, const sql::Values& values)>;

  // `written` hears of every statement that changes something.
  explicit FakeSession(const google::protobuf::Descriptor& resource, const google::protobuf::Message* row = nullptr,
                       Written written = nullptr)
      : columns_(record::ColumnsOf(resource)), row_(row), written_(std::move(written)) {}

  absl::StatusOr<int64_t> Execute(const std::string& sql, const sql::Values& parameters) override {
    if (written_) written_(sql, parameters);
    return 1;
  }
  absl::Status Append(const std::string& insert, sql::Values row, ReadBy) override {
    if (written_) written_(insert, row);
    return absl::OkStatus();
  }
  absl::Status Query(const std::string& sql, const sql::Values&, const std::function<void(const sql::Row&)>& row) override {
    if (sql.find("information_schema.columns") != std::string::npos) {
      for (const auto& column : columns_) {
        const bool optional = column.field->has_presence();
        row(FakeRow({column.field->name(), int64_t{optional}, int64_t{190}, int64_t{0}, int64_t{0}}));
      }
    } else if (sql.find("information_schema.statistics") != std::string::npos) {
      for (const auto& column : columns_) {
        const std::string& name = column.field->name();
        row(FakeRow({name, name}));
        if (name != "name") row(FakeRow({name, std::string("name")}));
      }
    } else if (row_ != nullptr) {
      sql::Values values;
      for (const auto& column : columns_) values.push_back(record::ReadField(*row_, column));
      row(FakeRow(std::move(values)));
    }
    return absl::OkStatus();
  }

 private:
  const std::vector<record::Column> columns_;
  const google::protobuf::Message* const row_;
  const Written written_;
};

}  // namespace heitie::fuzz

#endif  // HEITIE_TESTS_FUZZ_FAKE_SESSION_H_
