#include "common/record/holdings.h"

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "common/record/columns.h"
#include "common/record/list.h"
#include "common/record/page_token.h"
#include "common/rpc/service_impl.h"
#include "common/rpc/services.h"
#include "common/seal/seal.h"
#include "common/sql/placeholders.h"
#include "common/status/macros.h"
#include "common/status/status.h"
#include "google/api/resource.pb.h"
#include "google/protobuf/struct.pb.h"
#include "heitie/options/v1/access.pb.h"
#include "heitie/options/v1/person.pb.h"

namespace heitie::record {

const status::Reason kNotYourself{absl::StatusCode::kPermissionDenied, "NOT_YOURSELF",
                                  "Only a manager may see what {employee} holds; you may see what you hold yourself.",
                                  "僅經理可以查看 {employee} 的責任事項；您可以查看自己的。"};

namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::FileDescriptor;
using google::protobuf::Message;
using type::v1::Holding;
using type::v1::ListHoldingsRequest;
using type::v1::ListHoldingsResponse;
using Path = std::vector<const FieldDescriptor*>;

constexpr int kDefaultPage = 50;
constexpr char kAlways[] = "*";
// After everything within a row.
constexpr char kEndOfRow[] = "~";

bool IsResource(const Descriptor& message) { return message.options().HasExtension(google::api::resource); }

void AddPaths(const Descriptor& message, Path& path, std::vector<Path>& paths) {
  for (const Column& column : ColumnsOf(message)) {
    const FieldDescriptor& field = *column.field;
    // A message within itself would have no end.
    const bool again = std::any_of(path.begin(), path.end(), [&](const auto* f) { return f->message_type() == field.message_type(); });
    path.push_back(&field);
    if (field.message_type() == nullptr) {
      paths.push_back(path);
    } else if (!again && !IsResource(*field.message_type()) && absl::StartsWith(field.message_type()->full_name(), "heitie.")) {
      AddPaths(*field.message_type(), path, paths);
    }
    path.pop_back();
  }
}

void AddResources(const FileDescriptor& file, std::set<const FileDescriptor*>& seen, std::vector<const Descriptor*>& resources) {
  if (!seen.insert(&file).second) return;
  for (int i = 0; i < file.message_type_count(); ++i) {
    if (IsResource(*file.message_type(i))) resources.push_back(file.message_type(i));
  }
  for (int i = 0; i < file.dependency_count(); ++i) {
    if (file.dependency(i)->package() == file.package()) AddResources(*file.dependency(i), seen, resources);
  }
}

std::string TypeOf(const Descriptor& resource) { return resource.options().GetExtension(google::api::resource).type(); }

// A resource that has responsibilities, and what must be read of it.
struct Held {
  std::string type;
  const Message* prototype;
  std::vector<Responsibility> responsibilities;
  std::vector<Column> columns;
  const FieldDescriptor* state;  // nullptr: it has none
  std::string select;            // up to its columns
  // The columns that name people, with the states in which something of them is open; empty: in all.
  std::vector<std::pair<Column, std::set<std::string>>> sources;
};

Held HeldOf(const Descriptor& resource) {
  Held held;
  held.type = TypeOf(resource);
  held.prototype = google::protobuf::MessageFactory::generated_factory()->GetPrototype(&resource);
  held.responsibilities = ResponsibilitiesOf(resource);
  held.state = nullptr;
  std::vector<std::string> names;
  for (const Column& column : ColumnsOf(resource)) {
    bool wanted = false, source = false, always = false;
    std::set<std::string> open;
    for (const char* name : {"name", "title", "display_name", "state", "etag"}) wanted |= column.field->name() == name;
    for (const Responsibility& r : held.responsibilities) {
      wanted |= r.stand_in == column.field;
      if (r.path.front() != column.field) continue;
      source = true;
      always |= r.open.empty();
      open.insert(r.open.begin(), r.open.end());
    }
    if (column.field->name() == "state" && column.type == ColumnType::kEnum) held.state = column.field;
    if (source) held.sources.emplace_back(column, always ? std::set<std::string>() : open);
    if (!wanted && !source) continue;
    held.columns.push_back(column);
    names.push_back(Quoted(column));
  }
  held.select = absl::StrCat("SELECT ", absl::StrJoin(names, ", "), " FROM ", TableOf(resource), " WHERE ");
  return held;
}

// Where a holding stands in the order of the answers. What is `within` a row is ordered as text.
struct Place {
  std::string type, name, within;
};

std::string TokenOf(const ListHoldingsRequest& request, const Place& place) {
  google::protobuf::ListValue token;
  for (const std::string& text : {request.employee(), std::string(request.open_only() ? "open" : ""), place.type, place.name, place.within})
    token.add_values()->set_string_value(text);
  return absl::WebSafeBase64Escape(token.SerializeAsString());
}

absl::StatusOr<Place> PlaceOf(const ListHoldingsRequest& request) {
  if (request.page_token().empty()) return Place();
  std::string bytes;
  google::protobuf::ListValue token;
  if (absl::WebSafeBase64Unescape(request.page_token(), &bytes) && token.ParseFromString(bytes) && token.values_size() == 5) {
    const Place place{token.values(2).string_value(), token.values(3).string_value(), token.values(4).string_value()};
    if (TokenOf(request, place) == request.page_token()) return place;
  }
  status::BadFields bad;
  bad.Add("page_token", status::kBadValue, {{"rule", kPageTokenRule}});
  return bad.status();
}

// Calls `found` for each value of a path, with its field path and a text by which those of one path are ordered.
using Found = std::function<void(const std::string& value, const std::string& field, const std::string& within)>;
void Walk(const Message& message, const Path& path, size_t depth, const std::string& prefix, const std::string& within,
          const Found& found) {
  const FieldDescriptor* field = path[depth];
  const auto& r = *message.GetReflection();
  const bool last = depth + 1 == path.size();
  const std::string name = absl::StrCat(prefix, field->name());
  if (!field->is_repeated()) {
    if (last) return found(r.GetString(message, field), name, within);
    if (r.HasField(message, field)) Walk(r.GetMessage(message, field), path, depth + 1, name + ".", within, found);
    return;
  }
  for (int i = 0; i < r.FieldSize(message, field); ++i) {
    const std::string element = absl::StrCat(name, "[", i, "]"), place = absl::StrFormat("%s.%06d", within, i);
    if (last) {
      found(r.GetRepeatedString(message, field, i), element, place);
    } else {
      Walk(r.GetRepeatedMessage(message, field, i), path, depth + 1, element + ".", place, found);
    }
  }
}

// The holdings of a row, each with its place within it, in order.
std::vector<std::pair<Holding, std::string>> HoldingsOf(const Held& held, const Message& row, const ListHoldingsRequest& request) {
  std::vector<std::pair<Holding, std::string>> holdings;
  const auto& r = *row.GetReflection();
  const std::string state = held.state == nullptr ? "" : r.GetEnum(row, held.state)->name();
  for (size_t i = 0; i < held.responsibilities.size(); ++i) {
    const Responsibility& responsibility = held.responsibilities[i];
    const std::vector<std::string>& states = responsibility.open;
    const bool open = states.empty() || std::find(states.begin(), states.end(), state) != states.end();
    if (request.open_only() && !open) continue;
    Walk(row, responsibility.path, 0, "", absl::StrFormat("%03d", i),
         [&](const std::string& value, const std::string& field, const std::string& within) {
           if (value != request.employee()) return;
           Holding holding;
           holding.set_resource(TextOf(row, "name"));
           holding.set_resource_type(held.type);
           holding.set_field(field);
           const std::string title = TextOf(row, "title");
           holding.set_title(title.empty() ? TextOf(row, "display_name") : title);
           holding.set_state(state);
           holding.set_open(open);
           if (responsibility.stand_in != nullptr) {
             // Nobody stands in for herself.
             const std::string stand_in = r.GetString(row, responsibility.stand_in);
             if (stand_in != value) holding.set_stand_in(stand_in);
           }
           holding.set_etag(TextOf(row, "etag"));
           holdings.emplace_back(std::move(holding), within);
         });
  }
  return holdings;
}

class HoldingList {
 public:
  HoldingList(Store& store, const std::string& package) : store_(store) {
    for (const Descriptor* resource : ResourcesOf(package)) {
      if (!ResponsibilitiesOf(*resource).empty()) held_.push_back(HeldOf(*resource));
    }
  }

  absl::StatusOr<ListHoldingsResponse> List(const rpc::Call& call, const ListHoldingsRequest& request) const {
    const auto& who = call.principal;
    const bool everybody =
        who.Has(options::v1::ROLE_OPERATIONS_MANAGER) || who.Has(options::v1::ROLE_PLATFORM_ENGINEER) || who.Has(options::v1::ROLE_SERVICE);
    if (!everybody && who.name != request.employee()) return status::Error(kNotYourself, {{"employee", request.employee()}});
    return Find(call, request, &who);
  }

  // Of the rows that `who` sees; of all for nullptr.
  absl::StatusOr<ListHoldingsResponse> Find(const rpc::Call& call, const ListHoldingsRequest& sealed, const rpc::Principal* who) const {
    ASSIGN_OR_RETURN(const ListHoldingsRequest request, WithOpenToken(store_, call, sealed));
    ASSIGN_OR_RETURN(const Place after, PlaceOf(request));
    ListHoldingsResponse response;
    RETURN_IF_ERROR(store_.Read(call, [&](sql::Session& session) {
      response.Clear();
      return Fill(session, who, request, after, response);
    }));
    RETURN_IF_ERROR(SealToken(store_, call, sealed, &response));
    return response;
  }

 private:
  using Rows = std::map<std::string, std::unique_ptr<Message>>;

  absl::Status Fill(sql::Session& session, const rpc::Principal* who, const ListHoldingsRequest& request, Place after,
                    ListHoldingsResponse& response) const {
    const int page_size = request.page_size() == 0 ? kDefaultPage : request.page_size();
    const size_t portion = static_cast<size_t>(page_size) + 1;
    Place last;
    for (const Held& held : held_) {
      if (held.type < after.type) continue;
      const Reach seen = who == nullptr ? Reach() : store_.sights().RowsOf(*who, *held.prototype->GetDescriptor());
      if (held.type > after.type) after = {held.type, "", kEndOfRow};
      while (true) {
        Rows rows;
        RETURN_IF_ERROR(Read(session, held, seen, request, after, portion, rows));
        for (const auto& [name, row] : rows) {
          for (auto& [holding, within] : HoldingsOf(held, *row, request)) {
            if (name == after.name && within <= after.within) continue;
            if (response.holdings_size() == page_size) {
              response.set_next_page_token(TokenOf(request, last));
              return absl::OkStatus();
            }
            last = {held.type, name, within};
            *response.add_holdings() = std::move(holding);
          }
        }
        if (rows.size() < portion) break;
        after = {held.type, rows.rbegin()->first, kEndOfRow};
      }
    }
    return absl::OkStatus();
  }

  // The first rows from a place on that the caller sees and that may name the employee, `portion` at most. The first of all columns
  // together are among the first of each.
  absl::Status Read(sql::Session& session, const Held& held, const Reach& seen, const ListHoldingsRequest& request, const Place& after,
                    size_t portion, Rows& rows) const {
    for (const auto& [column, open] : held.sources) {
      // Not a function of JSON, which would parse each row: a name is a text that needs no escape, and the row is read by HoldingsOf.
      const bool json = column.type == ColumnType::kJson;
      std::string sql = absl::StrCat(held.select, json ? absl::StrCat("INSTR(", Quoted(column), ", ?) > 0") : Quoted(column) + " = ?",
                                     " AND name ", after.within == kEndOfRow ? ">" : ">=", " ?");
      sql::Values values = {json ? absl::StrCat("\"", request.employee(), "\"") : request.employee(), after.name};
      if (request.open_only() && !open.empty()) {
        absl::StrAppend(&sql, " AND `state` IN (", sql::Placeholders(open.size()), ")");
        values.insert(values.end(), open.begin(), open.end());
      }
      if (!seen.everything()) absl::StrAppend(&sql, " AND ", seen.Condition(&values));
      values.emplace_back(static_cast<int64_t>(portion));
      absl::Status mapped;
      RETURN_IF_ERROR(session.Query(sql + " ORDER BY name LIMIT ?", values, [&](const sql::Row& row) {
        std::unique_ptr<Message> message(held.prototype->New());
        for (size_t i = 0; i < held.columns.size() && mapped.ok(); ++i)
          mapped = WriteField(row, static_cast<int>(i), held.columns[i], message.get());
        rows[TextOf(*message, "name")] = std::move(message);
      }));
      RETURN_IF_ERROR(mapped);
    }
    while (rows.size() > portion) rows.erase(std::prev(rows.end()));
    return OpenTitles(session, held, rows);
  }

  // What people call the rows, where it is personal.
  absl::Status OpenTitles(sql::Session& session, const Held& held, Rows& rows) const {
    for (const Column& column : held.columns) {
      if (column.type != ColumnType::kText || seal::PersonalOf(*column.field).empty()) continue;
      const auto text_of = [&](const Message& row) { return row.GetReflection()->GetString(row, column.field); };
      const bool any = std::any_of(rows.begin(), rows.end(), [&](const auto& row) { return seal::MayHoldSealed(text_of(*row.second)); });
      if (!any) continue;
      seal::Opener opener(store_.person_keys());
      for (const auto& [name, row] : rows) opener.Add(text_of(*row));
      RETURN_IF_ERROR(opener.Load(session));
      for (const auto& [name, row] : rows) {
        if (!seal::MayHoldSealed(text_of(*row))) continue;
        ASSIGN_OR_RETURN(const std::string opened, opener.Column(name, *column.field, text_of(*row)));
        row->GetReflection()->SetString(row.get(), column.field, opened);
      }
    }
    return absl::OkStatus();
  }

  Store& store_;
  std::vector<Held> held_;
};

}  // namespace

std::vector<Path> StoredPathsOf(const Descriptor& resource) {
  Path path;
  std::vector<Path> paths;
  AddPaths(resource, path, paths);
  return paths;
}

std::vector<Responsibility> ResponsibilitiesOf(const Descriptor& resource) {
  std::vector<Responsibility> responsibilities;
  for (Path& path : StoredPathsOf(resource)) {
    const auto& person = path.back()->options().GetExtension(options::v1::person);
    if (person.open().empty()) continue;
    Responsibility responsibility;
    responsibility.path = std::move(path);
    if (person.open() != kAlways) {
      for (const auto state : absl::StrSplit(person.open(), ' ')) responsibility.open.push_back(absl::StrCat("STATE_", state));
    }
    responsibility.stand_in = person.stand_in().empty() ? nullptr : resource.FindFieldByName(person.stand_in());
    responsibilities.push_back(std::move(responsibility));
  }
  return responsibilities;
}

std::vector<const Descriptor*> ResourcesOf(const std::string& package) {
  std::set<const FileDescriptor*> seen;
  std::vector<const Descriptor*> resources;
  for (const auto* service : rpc::ServicesOf(package)) AddResources(*service->file(), seen, resources);
  std::sort(resources.begin(), resources.end(), [](const auto* a, const auto* b) { return TypeOf(*a) < TypeOf(*b); });
  return resources;
}

bool IsOpen(const Responsibility& responsibility, const Message& row) {
  if (responsibility.open.empty()) return true;
  const FieldDescriptor* field = row.GetDescriptor()->FindFieldByName("state");
  const std::string state = field == nullptr ? "" : row.GetReflection()->GetEnum(row, field)->name();
  return std::find(responsibility.open.begin(), responsibility.open.end(), state) != responsibility.open.end();
}

std::vector<std::string> NamedIn(const Message& row, const Responsibility& responsibility) {
  std::vector<std::string> names;
  Walk(row, responsibility.path, 0, "", "",
       [&](const std::string& value, const std::string&, const std::string&) { names.push_back(value); });
  return names;
}

absl::StatusOr<ListHoldingsResponse> FindHoldings(Store& store, const rpc::Call& call, const std::string& package,
                                                  const ListHoldingsRequest& request) {
  return HoldingList(store, package).Find(call, request, nullptr);
}

void BindHoldings(rpc::Service& service, Store& store) {
  const auto list = std::make_shared<HoldingList>(store, service.impl()->services.front()->file()->package());
  service.Bind("ListHoldings", [list](const rpc::Call& call, const ListHoldingsRequest& request) { return list->List(call, request); });
}

}  // namespace heitie::record
