#include "services/personnel/privacy/export.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/record/columns.h"
#include "common/record/holdings.h"
#include "common/record/json.h"
#include "common/record/list.h"
#include "common/record/page_token.h"
#include "common/status/macros.h"
#include "common/status/status.h"
#include "google/api/resource.pb.h"

namespace heitie::personnel {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr int kDefaultExportPage = 50, kGreatestExportPage = 200;
// Of an answer; one resource is always in it.
constexpr size_t kMostExported = 3 << 20;

const google::api::ResourceDescriptor& ResourceOf(const Descriptor& kind) { return kind.options().GetExtension(google::api::resource); }

const Message& PrototypeOf(const Descriptor& kind) { return *google::protobuf::MessageFactory::generated_factory()->GetPrototype(&kind); }

struct ExportPlace {
  size_t source = 0;
  std::string name;  // after it
};

std::string TokenOf(const std::string& person, const ExportPlace& place) {
  return absl::WebSafeBase64Escape(absl::StrCat(person, "\n", place.source, "\n", place.name));
}

absl::StatusOr<ExportPlace> PlaceOf(const v1::ExportPersonRequest& request) {
  ExportPlace place;
  if (request.page_token().empty()) return place;
  std::string text;
  const bool decoded = absl::WebSafeBase64Unescape(request.page_token(), &text);
  const std::vector<std::string> parts = absl::StrSplit(text, '\n');
  if (decoded && parts.size() == 3 && parts[0] == request.person() && absl::SimpleAtoi(parts[1], &place.source)) {
    place.name = parts[2];
    return place;
  }
  status::BadFields bad;
  bad.Add("page_token", status::kBadValue, {{"rule", record::kPageTokenRule}});
  return bad.status();
}

}  // namespace

std::vector<RecordsOfPerson> RecordsOf(const Descriptor& person, const std::string& package) {
  const auto& of = ResourceOf(person);
  std::vector<RecordsOfPerson> records;
  for (const Descriptor* kind : record::ResourcesOf(package)) {
    if (absl::StartsWith(ResourceOf(*kind).pattern(0) + "/", of.pattern(0) + "/")) {
      records.push_back({"", kind});
      continue;
    }
    for (const std::string& name : {of.singular(), std::string("person")}) {
      const FieldDescriptor* field = kind->FindFieldByName(name);
      if (field == nullptr || field->is_repeated() || field->type() != FieldDescriptor::TYPE_STRING) continue;
      records.push_back({name, kind});
      break;
    }
  }
  return records;
}

Exports::Exports(record::Store& store) : store_(store) {
  const std::string package = v1::PersonalFile::descriptor()->file()->package();
  for (const Descriptor* person : record::ResourcesOf(package)) {
    const std::string& plural = ResourceOf(*person).plural();
    if (plural != "employees" && plural != "candidates") continue;
    People& people = people_.emplace_back();
    people.collection = plural;
    for (const RecordsOfPerson& records : RecordsOf(*person, package))
      people.sources.push_back({records, record::Collection(store, PrototypeOf(*records.kind), nullptr)});
  }
}

absl::StatusOr<v1::ExportPersonResponse> Exports::Export(const rpc::Call& call, const v1::ExportPersonRequest& sealed) {
  ASSIGN_OR_RETURN(const v1::ExportPersonRequest request, record::WithOpenToken(store_, call, sealed));
  const std::string& person = request.person();
  const auto people =
      std::find_if(people_.begin(), people_.end(), [&](const People& each) { return absl::StartsWith(person, each.collection + "/"); });
  const bool allowed = call.principal.name == person || call.principal.Has(options::v1::ROLE_OPERATIONS_MANAGER);
  if (!allowed || people == people_.end()) return status::NotFound(person);
  ASSIGN_OR_RETURN(const ExportPlace first, PlaceOf(request));
  const int page = request.page_size() == 0 ? kDefaultExportPage : std::min(request.page_size(), kGreatestExportPage);
  v1::ExportPersonResponse response;
  RETURN_IF_ERROR(store_.Read(call, [&](sql::Session& session) -> absl::Status {
    response.Clear();
    size_t bytes = 0;
    ExportPlace last = first;
    for (size_t i = first.source; i < people->sources.size(); ++i) {
      const Source& source = people->sources[i];
      const std::string after = i == first.source ? first.name : "";
      // '0' follows '/': the person's own row and what lies below it are one range.
      const bool own = source.records.field.empty();
      const std::string tail = absl::StrCat(
          "WHERE ",
          own ? "(name = ? OR (name > CONCAT(?, '/') AND name < CONCAT(?, '0')))" : absl::StrCat("`", source.records.field, "` = ?"),
          " AND name > ? ORDER BY name LIMIT ?");
      sql::Values values = own ? sql::Bind(person, person, person) : sql::Bind(person);
      values.emplace_back(after);
      values.emplace_back(int64_t{page - response.resources_size() + 1});
      bool full = false;
      RETURN_IF_ERROR(source.rows.Select(session, tail, values, [&](const Message& row) {
        if (full) return;
        const std::unique_ptr<Message> shown(row.New());
        shown->CopyFrom(row);
        const std::string name = record::TextOf(row, "name");
        const bool visible = source.rows.sight().Show(call.principal, *shown);
        std::string json = visible ? record::ToJson(*shown) : "";
        if (response.resources_size() == page || (response.resources_size() > 0 && bytes + json.size() > kMostExported)) {
          full = true;
          return;
        }
        last = {i, name};
        if (!visible) return;
        bytes += json.size();
        v1::ExportedResource& exported = *response.add_resources();
        exported.set_type(ResourceOf(*source.records.kind).type());
        exported.set_name(name);
        exported.set_json(std::move(json));
      }));
      if (!full) {
        last = {i + 1, ""};
        continue;
      }
      response.set_next_page_token(TokenOf(person, last));
      return absl::OkStatus();
    }
    return absl::OkStatus();
  }));
  if (response.resources().empty() && response.next_page_token().empty() && first.source == 0 && first.name.empty())
    return status::NotFound(person);
  RETURN_IF_ERROR(record::SealToken(store_, call, sealed, &response));
  return response;
}

void Exports::Bind(record::Methods& methods) { methods.Bind("ExportPerson", this, &Exports::Export); }

}  // namespace heitie::personnel
