#include "common/record/hand_over.h"

#include <openssl/sha.h>

#include <algorithm>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "common/record/columns.h"
#include "common/record/holdings.h"
#include "common/record/kind.h"
#include "common/rpc/service_impl.h"
#include "common/sql/placeholders.h"
#include "common/status/macros.h"
#include "google/api/resource.pb.h"
#include "heitie/options/v1/person.pb.h"

namespace heitie::record {

const status::Reason kOwnerLeft{absl::StatusCode::kFailedPrecondition, "OWNER_LEFT",
                                "{employee} has left and cannot answer for {name}; name somebody else.",
                                "{employee} 已離職，不能負責 {name}，請另指定人員。"};

namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using type::v1::HandoverReport;
using type::v1::HandOverRequest;
using type::v1::Holding;

const status::Reason kNotTheHolder{absl::StatusCode::kFailedPrecondition, "NOT_THE_HOLDER", "{field} of {name} does not name {employee}.",
                                   "{name} 的 {field} 並非 {employee}。"};
const status::Reason kNotOpen{absl::StatusCode::kFailedPrecondition, "NOT_OPEN",
                              "{name} waits for nobody in its present state, so that {field} stays a record of who it was.",
                              "{name} 於目前狀態不待任何人處理，{field} 保留為紀錄。"};
const status::Phrase kAnotherPerson{"somebody else than the present one", "須為現任以外的人員"};
const status::Phrase kFieldForm{"a responsibility of the resource, like owner or staff[2].employee",
                                "須為該資源的責任欄位，如 owner 或 staff[2].employee"};
const status::Phrase kNamedResource{"a resource of this service that somebody answers for", "須為本服務中有人負責的資源"};
constexpr char kParent[] = "parent";

std::string TypeName(const Descriptor& resource) { return resource.options().GetExtension(google::api::resource).type(); }

// A resource of a package, with what somebody answers for in it.
struct HeldKind {
  const Descriptor* resource;
  std::vector<Responsibility> responsibilities;
};

const std::vector<HeldKind>& AllOf(const std::string& package) {
  static std::mutex mutex;
  static auto& all = *new std::map<std::string, std::vector<HeldKind>>;
  const std::lock_guard lock(mutex);
  const auto [found, added] = all.try_emplace(package);
  if (added) {
    for (const Descriptor* resource : ResourcesOf(package)) found->second.push_back({resource, ResponsibilitiesOf(*resource)});
  }
  return found->second;
}

// The resource of the package that a name fits; nullptr when there is none.
const HeldKind* HeldBy(const std::string& package, const std::string& name) {
  for (const HeldKind& held : AllOf(package)) {
    for (const std::string& pattern : held.resource->options().GetExtension(google::api::resource).pattern()) {
      if (MatchesPattern(name, pattern)) return &held;
    }
  }
  return nullptr;
}

// A place in a row, and the innermost list element that it is in or is.
struct Spot {
  Message* message = nullptr;
  const FieldDescriptor* field = nullptr;
  int index = -1;  // of a repeated field
  Message* list_message = nullptr;
  const FieldDescriptor* list = nullptr;
  int element = -1;
};

// The spot that a text such as "staff[2].employee" means on a path; nothing when it leads elsewhere, or to no element.
std::optional<Spot> SpotOf(Message& row, const std::vector<const FieldDescriptor*>& path, const std::string& text) {
  const std::vector<std::string> steps = absl::StrSplit(text, '.');
  if (steps.size() != path.size()) return std::nullopt;
  Spot spot;
  Message* at = &row;
  for (size_t i = 0; i < path.size(); ++i) {
    const FieldDescriptor* field = path[i];
    absl::string_view step = steps[i];
    if (!absl::ConsumePrefix(&step, field->name())) return std::nullopt;
    int index = -1;
    if (field->is_repeated()) {
      if (!absl::ConsumePrefix(&step, "[") || !absl::ConsumeSuffix(&step, "]") || !absl::SimpleAtoi(step, &index)) return std::nullopt;
      if (index < 0 || index >= at->GetReflection()->FieldSize(*at, field)) return std::nullopt;
      spot.list_message = at;
      spot.list = field;
      spot.element = index;
    } else if (!step.empty()) {
      return std::nullopt;
    }
    if (i + 1 == path.size()) {
      spot.message = at;
      spot.field = field;
      spot.index = index;
      return spot;
    }
    const auto& r = *at->GetReflection();
    if (!field->is_repeated() && !r.HasField(*at, field)) return std::nullopt;
    at = field->is_repeated() ? r.MutableRepeatedMessage(at, field, index) : r.MutableMessage(at, field);
  }
  return std::nullopt;
}

std::string ValueAt(const Spot& spot) {
  const auto& r = *spot.message->GetReflection();
  return spot.index < 0 ? r.GetString(*spot.message, spot.field) : r.GetRepeatedString(*spot.message, spot.field, spot.index);
}

void SetAt(const Spot& spot, const std::string& value) {
  const auto& r = *spot.message->GetReflection();
  if (spot.index < 0) {
    r.SetString(spot.message, spot.field, value);
  } else {
    r.SetRepeatedString(spot.message, spot.field, spot.index, value);
  }
}

void RemoveElement(const Spot& spot) {
  const auto& r = *spot.list_message->GetReflection();
  const int last = r.FieldSize(*spot.list_message, spot.list) - 1;
  for (int i = spot.element; i < last; ++i) r.SwapElements(spot.list_message, spot.list, i, i + 1);
  r.RemoveLast(spot.list_message, spot.list);
}

absl::Status BadRequest(const std::string& field, const status::Phrase& rule) {
  status::BadFields bad;
  bad.Add(field, status::kBadValue, {{"rule", rule}});
  return bad.status();
}

std::string Digest(const std::string& text) {
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest);
  return absl::BytesToHexString(absl::string_view(reinterpret_cast<const char*>(digest), 16));
}

// "planning" of heitie.planning.v1.
std::string ServiceOf(const std::string& package) { return std::vector<std::string>(absl::StrSplit(package, '.')).at(1); }

// The responsibility that a holding's field belongs to; nullptr when there is none.
const Responsibility* Find(const std::vector<Responsibility>& responsibilities, Message& row, const std::string& field) {
  for (const Responsibility& responsibility : responsibilities) {
    if (SpotOf(row, responsibility.path, field)) return &responsibility;
  }
  return nullptr;
}

}  // namespace

std::string HandoverOf(const std::string& employee) { return absl::StrCat("handovers/", IdOf(employee)); }

absl::Status Report(Transaction& tx, const Store& store, const std::string& package, HandoverReport report) {
  report.set_service(ServiceOf(package));
  const std::string id = report.has_holding()
                             ? Digest(absl::StrCat(report.service(), " ", report.holding().resource(), " ", report.holding().field()))
                             : report.service();
  report.set_name(absl::StrCat(HandoverOf(report.employee()), "/reports/", id));
  if (store.owners().report) return store.owners().report(tx, report);
  int64_t revision = 0;
  if (!absl::SimpleAtoi(report.holding().etag(), &revision)) revision = 1;
  return tx.Record("report", report.name(), TypeName(*HandoverReport::descriptor()), revision, nullptr, &report);
}

absl::StatusOr<std::string> FallbackOf(Transaction& tx, const Store& store, const std::string& package, const Holding& holding) {
  const HeldKind* held = HeldBy(package, holding.resource());
  if (held == nullptr) return "";
  const std::optional<Collection> kind = Collection::Of(store, *held->resource);
  if (!kind) return "";
  const std::unique_ptr<Message> row(kind->Prototype().New());
  RETURN_IF_ERROR(kind->Find(tx.sql, holding.resource(), row.get()));
  const Responsibility* responsibility = Find(held->responsibilities, *row, holding.field());
  if (responsibility == nullptr) return "";
  const std::string& field = responsibility->path.back()->options().GetExtension(options::v1::person).fallback();
  if (field.empty()) return "";
  const size_t dot = field.find('.');
  if (dot == std::string::npos) return TextOf(*row, field);
  const std::string of = field.substr(0, dot), other = of == kParent ? ParentOf(holding.resource()) : TextOf(*row, of);
  const HeldKind* other_held = HeldBy(package, other);
  const std::optional<Collection> others = other_held == nullptr ? std::nullopt : Collection::Of(store, *other_held->resource);
  if (!others) return "";
  const std::unique_ptr<Message> other_row(others->Prototype().New());
  const absl::Status found = others->Find(tx.sql, other, other_row.get());
  if (absl::IsNotFound(found)) return "";
  RETURN_IF_ERROR(found);
  return TextOf(*other_row, field.substr(dot + 1));
}

// Every change of a resource has its event.
class LockedRows::Watch final : public sql::Session {
 public:
  Watch(sql::Session& session, std::map<std::string, std::unique_ptr<Message>>& rows) : session_(session), rows_(rows) {}

  absl::StatusOr<int64_t> Execute(const std::string& sql, const sql::Values& parameters) override {
    return session_.Execute(sql, parameters);
  }
  absl::Status Query(const std::string& sql, const sql::Values& parameters, const std::function<void(const sql::Row&)>& row) override {
    return session_.Query(sql, parameters, row);
  }
  absl::Status Append(const std::string& insert, sql::Values row, ReadBy readers) override {
    if (absl::StartsWith(insert, "INSERT INTO event ")) {
      for (const sql::Value& value : row) {
        if (const std::string* subject = std::get_if<std::string>(&value)) rows_.erase(*subject);
      }
    }
    return session_.Append(insert, std::move(row), readers);
  }

 private:
  sql::Session& session_;
  std::map<std::string, std::unique_ptr<Message>>& rows_;
};

LockedRows::LockedRows(Transaction& tx) : watch_(std::make_unique<Watch>(tx.sql, rows_)), tx_{tx.call, *watch_, tx.seals, tx.strangers} {}

LockedRows::~LockedRows() = default;

absl::Status LockedRows::Lock(Store& store, const std::string& package, const std::set<std::string>& names) {
  std::map<const Descriptor*, std::vector<std::string>> by_kind;
  for (const std::string& name : names) {
    if (const HeldKind* held = HeldBy(package, name)) by_kind[held->resource].push_back(name);
  }
  for (auto& [resource, wanted] : by_kind) {
    const std::optional<Collection> kind = Collection::Of(store, *resource);
    if (!kind) continue;
    // Powers of two keep the number of prepared statements small.
    size_t places = 1;
    while (places < wanted.size()) places *= 2;
    wanted.resize(places, std::string(wanted.back()));
    RETURN_IF_ERROR(kind->Select(tx_.sql, absl::StrCat("WHERE name IN (", sql::Placeholders(places), ") FOR UPDATE"),
                                 sql::Values(wanted.begin(), wanted.end()), [&](const Message& row) {
                                   std::unique_ptr<Message>& kept = rows_[TextOf(row, "name")];
                                   kept.reset(row.New());
                                   kept->CopyFrom(row);
                                 }));
  }
  return absl::OkStatus();
}

const Message* LockedRows::Find(const std::string& name) const {
  const auto found = rows_.find(name);
  return found == rows_.end() ? nullptr : found->second.get();
}

absl::StatusOr<Holding> HandOver(Transaction& tx, Store& store, const std::string& package, const HandOverRequest& request,
                                 HandoverReport report, LockedRows* locked) {
  const HeldKind* held = HeldBy(package, request.resource());
  const bool answerable = held != nullptr && !held->responsibilities.empty();
  const std::optional<Collection> kind = answerable ? Collection::Of(store, *held->resource) : std::nullopt;
  if (!kind) return BadRequest("resource", kNamedResource);
  if (request.successor() == request.employee()) return BadRequest("successor", kAnotherPerson);

  const std::unique_ptr<Message> before(kind->Prototype().New()), after(kind->Prototype().New());
  if (const Message* row = locked == nullptr ? nullptr : locked->Find(request.resource())) {
    before->CopyFrom(*row);
  } else {
    RETURN_IF_ERROR(kind->Lock(tx, request.resource(), before.get()));
  }
  if (!tx.call.principal.Has(options::v1::ROLE_SERVICE) && !kind->sight().Sees(tx.call.principal, *before))
    return status::NotFound(request.resource());
  if (!request.etag().empty() && request.etag() != TextOf(*before, "etag")) {
    return status::Error(status::kStaleEtag,
                         {{"name", request.resource()}, {"etag", request.etag()}, {"current", TextOf(*before, "etag")}});
  }
  after->CopyFrom(*before);
  const Responsibility* responsibility = Find(held->responsibilities, *after, request.field());
  if (responsibility == nullptr) return BadRequest("field", kFieldForm);
  const Spot spot = *SpotOf(*after, responsibility->path, request.field());
  if (ValueAt(spot) != request.employee()) {
    return status::Error(kNotTheHolder, {{"field", request.field()}, {"name", request.resource()}, {"employee", request.employee()}});
  }
  if (!IsOpen(*responsibility, *before)) return status::Error(kNotOpen, {{"name", request.resource()}, {"field", request.field()}});
  // Whoever asks: no job may do what a write may not.
  if (store.owners().left && store.owners().left(request.successor(), tx.call.now))
    return status::Error(kOwnerLeft, {{"employee", request.successor()}, {"name", request.resource()}});

  Holding holding;
  holding.set_resource(request.resource());
  holding.set_resource_type(TypeName(*held->resource));
  holding.set_field(request.field());
  const std::string title = TextOf(*before, "title");
  holding.set_title(title.empty() ? TextOf(*before, "display_name") : title);
  const FieldDescriptor* state = held->resource->FindFieldByName("state");
  // One that is computed is kept by no row.
  if (state != nullptr && before->GetReflection()->GetEnumValue(*before, state) != 0)
    holding.set_state(before->GetReflection()->GetEnum(*before, state)->name());
  holding.set_open(true);
  holding.set_etag(TextOf(*before, "etag"));

  const std::vector<std::string> named = NamedIn(*before, *responsibility);
  const bool once = responsibility->path.back()->options().GetExtension(options::v1::person).once() && spot.list != nullptr &&
                    std::find(named.begin(), named.end(), request.successor()) != named.end();
  if (once) {
    RemoveElement(spot);
  } else {
    SetAt(spot, request.successor());
  }
  RETURN_IF_ERROR(kind->Pass(tx, request, *before, *after));
  RETURN_IF_ERROR(kind->Update(tx, *before, *after, "hand_over"));
  if (report.outcome() == HandoverReport::OUTCOME_UNSPECIFIED) report.set_outcome(HandoverReport::OUTCOME_MOVED);
  report.set_employee(request.employee());
  report.set_successor(request.successor());
  report.set_reason(request.reason());
  *report.mutable_holding() = holding;
  RETURN_IF_ERROR(Report(tx, store, package, std::move(report)));
  holding.set_etag(TextOf(*after, "etag"));
  return holding;
}

void BindHandOver(rpc::Service& service, Store& store) {
  const std::string package = service.impl()->services.front()->file()->package();
  const auto run = [&store, package](std::shared_ptr<rpc::Exchange> exchange) {
    store.Write(exchange, [&store, package, &exchange = *exchange](Transaction& tx) -> absl::Status {
      ASSIGN_OR_RETURN(static_cast<Holding&>(*exchange.response),
                       HandOver(tx, store, package, static_cast<const HandOverRequest&>(*exchange.request)));
      return absl::OkStatus();
    });
  };
  service.Bind("HandOver", rpc::TypedHandler{HandOverRequest::descriptor(), Holding::descriptor(), {run, false, true}});
}

}  // namespace heitie::record
