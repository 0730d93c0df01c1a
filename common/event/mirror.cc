#include "common/event/mirror.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/time/clock.h"
#include "common/record/columns.h"
#include "common/record/json.h"
#include "common/sql/placeholders.h"
#include "common/sql/rows.h"
#include "common/status/die.h"
#include "common/status/macros.h"
#include "common/status/status.h"

namespace heitie::event {
namespace {

using google::protobuf::Message;

// Of a process that starts while its database is away.
constexpr absl::Duration kPatienceAtStart = absl::Seconds(30);
// A first copy takes seconds.
constexpr absl::Duration kRetryDelay = absl::Seconds(1);

const status::Reason kMirrorIncomplete{absl::StatusCode::kUnavailable, "MIRROR_INCOMPLETE",
                                       "What {source} holds has not been copied here yet; try again in a moment.",
                                       "{source} 的資料尚未複製到此處，請稍後再試。"};

template <typename T>
T OrDie(absl::StatusOr<T> read, const std::string& table) {
  if (!read.ok()) status::Die("schema", absl::StrCat("the table ", table, ": ", read.status().message()));
  return *std::move(read);
}

// Whether each column of the table may be left out, by name.
absl::StatusOr<std::map<std::string, bool>> NullableColumnsOf(sql::Session& session, const std::string& table) {
  std::map<std::string, bool> columns;
  RETURN_IF_ERROR(session.Query(
      "SELECT column_name, is_nullable = 'YES' OR column_default IS NOT NULL OR extra LIKE '%GENERATED%' FROM information_schema.columns "
      "WHERE table_schema = DATABASE() AND table_name = ?",
      sql::Bind(table), [&](const sql::Row& row) { columns[row.Text(0)] = row.Int(1) != 0; }));
  return columns;
}

}  // namespace

struct MirrorTable::Impl {
  Impl(record::Store& s, const std::string& source_name, const Message& p)
      : store(s),
        source(source_name),
        prototype(p),
        table(absl::StrCat("mirrored_", record::TableOf(*p.GetDescriptor()))),
        name(absl::StrReplaceAll(table, {{"_", "-"}})),
        columns(Columns()) {
    std::vector<std::string> names, updates;
    for (const record::Column& column : columns) {
      names.push_back(record::Quoted(column));
      updates.push_back(absl::StrCat(names.back(), " = VALUES(", names.back(), ")"));
    }
    select = absl::StrCat("SELECT ", absl::StrJoin(names, ", "), " FROM ", table, " ");
    insert = absl::StrCat("INSERT INTO ", table, " (", absl::StrJoin(names, ", "), ") VALUES ");
    update = absl::StrCat(" ON DUPLICATE KEY UPDATE ", absl::StrJoin(updates, ", "));
  }

  std::vector<record::Column> Columns() const {
    absl::StatusOr<std::map<std::string, bool>> read;
    const absl::Status status = store.database().Read(absl::Now() + kPatienceAtStart, [&](sql::Session& session) {
      read = NullableColumnsOf(session, table);
      return read.status();
    });
    if (!status.ok()) read = status;
    std::map<std::string, bool> nullable = OrDie(std::move(read), table);
    if (nullable.count("name") == 0) status::Die("schema", absl::StrCat("there is no table ", table, " with a column name"));
    std::vector<record::Column> found;
    for (const record::Column& column : record::ColumnsOf(*prototype.GetDescriptor())) {
      if (nullable.erase(column.field->name()) > 0) found.push_back(column);
    }
    for (const auto& [column, may_be_null] : nullable) {
      if (!may_be_null)
        status::Die("schema", absl::StrCat("column ", column, " of ", table, " is no field of ", prototype.GetDescriptor()->full_name()));
    }
    return found;
  }

  absl::Status Apply(sql::Session& session, const type::v1::Event& event) const {
    if (!event.after_json().empty()) return Put(session, {event});
    RETURN_IF_ERROR(session.Execute(absl::StrCat("DELETE FROM ", table, " WHERE name = ?"), sql::Bind(event.subject())).status());
    return Followed(session, {event.subject()});
  }

  absl::Status Followed(sql::Session& session, const std::vector<std::string>& names) const {
    return follow && !names.empty() ? follow(session, names) : absl::OkStatus();
  }

  absl::Status Put(sql::Session& session, const std::vector<type::v1::Event>& events) const {
    std::vector<sql::Values> rows;
    for (const type::v1::Event& event : events) {
      ASSIGN_OR_RETURN(rows.emplace_back(), RowOf(event));
    }
    const std::string row = absl::StrCat("(", sql::Placeholders(columns.size()), ")");
    for (size_t begin = 0; begin < rows.size();) {
      const size_t end = begin + sql::RowsTogether(rows, begin);
      const std::string statement = absl::StrCat(insert, sql::Placeholders(end - begin, row), update);
      sql::Values values;
      for (; begin < end; ++begin) values.insert(values.end(), rows[begin].begin(), rows[begin].end());
      RETURN_IF_ERROR(session.Execute(statement, values).status());
    }
    std::vector<std::string> names;
    for (const type::v1::Event& event : events) names.push_back(event.subject());
    return Followed(session, names);
  }

  absl::StatusOr<sql::Values> RowOf(const type::v1::Event& event) const {
    const std::unique_ptr<Message> after(prototype.New());
    const std::string& json = event.after_json();
    const bool known = record::FromKnownJson(json, after.get());
    if (!known) after->Clear();
    if ((!known && !record::FromJson(json, after.get())) || record::TextOf(*after, "name") != event.subject()) {
      return absl::DataLossError(
          absl::StrCat("event ", event.position(), " of ", event.subject(), " holds no ", prototype.GetDescriptor()->full_name()));
    }
    sql::Values values;
    for (const record::Column& column : columns) values.push_back(record::ReadField(*after, column));
    // What only a newer version of the source knows is stored as it is told, for the version here that will know it.
    if (!known) record::TakeUnknown(json, columns, &values);
    return values;
  }

  absl::Status Retain(sql::Session& session) const {
    const std::string lost = absl::StrCat("FROM ", table, " WHERE name NOT IN (SELECT subject FROM mirror_rebuild WHERE follower = ?)");
    std::vector<std::string> names;
    if (follow) {
      RETURN_IF_ERROR(session.Query("SELECT name " + lost, sql::Bind(name), [&](const sql::Row& row) { names.push_back(row.Text(0)); }));
    }
    RETURN_IF_ERROR(session.Execute("DELETE " + lost, sql::Bind(name)).status());
    return Followed(session, names);
  }

  absl::Status Read(const sql::Row& row, Message* out) const {
    for (size_t i = 0; i < columns.size(); ++i) RETURN_IF_ERROR(record::WriteField(row, static_cast<int>(i), columns[i], out));
    return absl::OkStatus();
  }

  absl::StatusOr<MirrorState> State(sql::Session& session) const {
    MirrorState state;
    RETURN_IF_ERROR(session.Query("SELECT position, catch_up_time FROM follower WHERE name = ?", sql::Bind(name), [&](const sql::Row& row) {
      state.position = row.Int(0);
      if (!row.IsNull(1)) state.catch_up_time = row.Time(1);
    }));
    return state;
  }

  // A copy that was complete once stays so.
  absl::Status CheckComplete(sql::Session& session) const {
    if (complete) return absl::OkStatus();
    ASSIGN_OR_RETURN(const MirrorState state, State(session));
    if (!state.catch_up_time) return status::RetryLater(kMirrorIncomplete, kRetryDelay, {{"source", source}});
    complete = true;
    return absl::OkStatus();
  }

  record::Store& store;
  const std::string source;
  const Message& prototype;
  const std::string table, name;
  const std::vector<record::Column> columns;
  std::string select, insert, update;
  std::function<absl::Status(sql::Session&, const std::vector<std::string>&)> follow;
  mutable std::atomic<bool> complete{false};
};

MirrorTable::MirrorTable(record::Store& store, job::Runner& jobs, client::Client& client, const std::string& source,
                         const Message& prototype)
    : impl_(std::make_shared<Impl>(store, source, prototype)) {
  Follower follower(store, jobs, {impl_->name, source, client}, type::v1::Follower::KIND_MIRROR);
  follower.Follow(*prototype.GetDescriptor());
  follower.SetCopy(
      {[impl = impl_](sql::Session& session, const type::v1::Event& event) { return impl->Apply(session, event); },
       [impl = impl_](sql::Session& session, const std::vector<type::v1::Event>& events) { return impl->Put(session, events); },
       [impl = impl_](sql::Session& session) { return impl->Retain(session); }});
  // Who follows whom is known from the start.
  const absl::Status registered = follower.Register();
  if (!registered.ok()) status::Die("schema", absl::StrCat("the follower ", impl_->name, ": ", registered.message()));
}

absl::Status MirrorTable::Find(sql::Session& session, const std::string& name, Message* out) const {
  RETURN_IF_ERROR(impl_->CheckComplete(session));
  bool found = false;
  absl::Status mapped;
  RETURN_IF_ERROR(session.Query(impl_->select + "WHERE name = ?", sql::Bind(name), [&](const sql::Row& row) {
    found = true;
    mapped = impl_->Read(row, out);
  }));
  return found ? mapped : status::NotFound(name);
}

absl::Status MirrorTable::Select(sql::Session& session, const std::string& tail, const sql::Values& values,
                                 const std::function<void(const Message&)>& each) const {
  RETURN_IF_ERROR(impl_->CheckComplete(session));
  return SelectKnown(session, tail, values, each);
}

absl::Status MirrorTable::SelectKnown(sql::Session& session, const std::string& tail, const sql::Values& values,
                                      const std::function<void(const Message&)>& each) const {
  absl::Status mapped;
  const std::unique_ptr<Message> one(impl_->prototype.New());
  RETURN_IF_ERROR(session.Query(impl_->select + tail, values, [&](const sql::Row& row) {
    if (!mapped.ok()) return;
    one->Clear();
    mapped = impl_->Read(row, one.get());
    if (mapped.ok()) each(*one);
  }));
  return mapped;
}

absl::StatusOr<MirrorState> MirrorTable::State(sql::Session& session) const { return impl_->State(session); }

void MirrorTable::SetFollow(std::function<absl::Status(sql::Session&, const std::vector<std::string>&)> follow) {
  impl_->follow = std::move(follow);
}

const std::string& MirrorTable::follower() const { return impl_->name; }
const std::string& MirrorTable::table() const { return impl_->table; }

}  // namespace heitie::event
