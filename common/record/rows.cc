#include "common/record/rows.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/record/columns.h"
#include "common/record/json.h"
#include "common/sql/placeholders.h"
#include "common/status/die.h"
#include "common/status/status.h"
#include "google/api/resource.pb.h"
#include "heitie/type/v1/handover.pb.h"

namespace heitie::record {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// Clears what the rest of a path leads to.
void Clear(Message& message, const std::vector<const FieldDescriptor*>& path, size_t at) {
  const auto& r = *message.GetReflection();
  const FieldDescriptor* field = path[at];
  if (at + 1 == path.size()) return r.ClearField(&message, field);
  if (!field->is_repeated()) {
    if (r.HasField(message, field)) Clear(*r.MutableMessage(&message, field), path, at + 1);
    return;
  }
  for (int i = 0; i < r.FieldSize(message, field); ++i) Clear(*r.MutableRepeatedMessage(&message, field, i), path, at + 1);
}

// Nothing but the name.
void ClearAllButName(Message& message) {
  const std::string name = TextOf(message, "name");
  message.Clear();
  message.GetReflection()->SetString(&message, message.GetDescriptor()->FindFieldByName("name"), name);
}

}  // namespace

// ---- Rules

struct Rule::Node {
  Reach::Form form = Reach::Form::kNothing;
  std::function<bool(const rpc::Principal&)> which;  // kEverything
  std::string field;                                 // kField
  // In place of `texts`: the field is none of these.
  std::function<std::optional<std::vector<std::string>>(const rpc::Principal&)> others;
  std::function<std::vector<std::string>(const rpc::Principal&)> texts;
  std::vector<Rule> parts;  // kBoth, kEither
};

bool Reach::Covers(const Message& row) const {
  const auto covers = [&](const Reach& part) { return part.Covers(row); };
  switch (form) {
    case Form::kEverything:
      return true;
    case Form::kNothing:
      return false;
    case Form::kField:
      return std::binary_search(texts.begin(), texts.end(), TextOf(row, field)) != none;
    case Form::kBoth:
      return std::all_of(parts.begin(), parts.end(), covers);
    case Form::kEither:
      return std::any_of(parts.begin(), parts.end(), covers);
  }
  return false;
}

std::string Reach::Condition(sql::Values* values) const {
  std::string condition;
  switch (form) {
    case Form::kEverything:
      return "TRUE";
    case Form::kNothing:
      return "FALSE";
    case Form::kField: {
      // Powers of two keep the number of prepared statements small.
      size_t places = 1;
      while (places < texts.size()) places *= 2;
      for (size_t i = 0; i < places; ++i) values->emplace_back(texts[std::min(i, texts.size() - 1)]);
      return absl::StrCat("`", field, none ? "` NOT IN (" : "` IN (", sql::Placeholders(places), ")");
    }
    case Form::kBoth:
    case Form::kEither:
      for (const Reach& part : parts)
        absl::StrAppend(&condition, condition.empty() ? "(" : form == Form::kBoth ? " AND " : " OR ", part.Condition(values));
      return condition + ")";
  }
  return "FALSE";
}

Reach Rule::For(const rpc::Principal& principal) const {
  Reach reach;
  switch (node_->form) {
    case Reach::Form::kEverything:
      reach.form = node_->which(principal) ? Reach::Form::kEverything : Reach::Form::kNothing;
      return reach;
    case Reach::Form::kNothing:
      reach.form = Reach::Form::kNothing;
      return reach;
    case Reach::Form::kField:
      reach.none = node_->others != nullptr;
      if (reach.none) {
        std::optional<std::vector<std::string>> others = node_->others(principal);
        reach.form = Reach::Form::kNothing;
        if (!others) return reach;
        reach.texts = *std::move(others);
      } else {
        reach.texts = node_->texts(principal);
      }
      std::sort(reach.texts.begin(), reach.texts.end());
      reach.texts.erase(std::unique(reach.texts.begin(), reach.texts.end()), reach.texts.end());
      // A row that names nobody is nobody's.
      if (!reach.texts.empty() && reach.texts.front().empty()) reach.texts.erase(reach.texts.begin());
      reach.form = !reach.texts.empty() ? Reach::Form::kField : reach.none ? Reach::Form::kEverything : Reach::Form::kNothing;
      reach.field = node_->field;
      return reach;
    case Reach::Form::kBoth:
    case Reach::Form::kEither:
      break;
  }
  const bool both = node_->form == Reach::Form::kBoth;
  const Reach::Form neutral = both ? Reach::Form::kEverything : Reach::Form::kNothing;
  const Reach::Form decisive = both ? Reach::Form::kNothing : Reach::Form::kEverything;
  for (const Rule& rule : node_->parts) {
    Reach part = rule.For(principal);
    if (part.form == decisive) return part;
    if (part.form != neutral) reach.parts.push_back(std::move(part));
  }
  if (reach.parts.size() == 1) return Reach(reach.parts[0]);
  reach.form = reach.parts.empty() ? neutral : node_->form;
  return reach;
}

std::set<std::string> Rule::Fields() const {
  std::set<std::string> fields;
  if (node_->form == Reach::Form::kField) fields.insert(node_->field);
  for (const Rule& part : node_->parts) fields.merge(part.Fields());
  return fields;
}

Rule Nobody() { return Rule(std::make_shared<Rule::Node>()); }

Rule Callers(std::function<bool(const rpc::Principal&)> which) {
  Rule::Node node;
  node.form = Reach::Form::kEverything;
  node.which = std::move(which);
  return Rule(std::make_shared<const Rule::Node>(std::move(node)));
}

Rule Holds(rpc::Role role) {
  return Callers([role](const rpc::Principal& principal) { return principal.Has(role); });
}

Rule IsService(const std::string& name) {
  return Callers([name = absl::StrCat("services/", name)](const rpc::Principal& principal) {
    return principal.Has(options::v1::ROLE_SERVICE) && principal.name == name;
  });
}

Rule Among(const std::string& field, std::function<std::vector<std::string>(const rpc::Principal&)> texts) {
  Rule::Node node;
  node.form = Reach::Form::kField;
  node.field = field;
  node.texts = std::move(texts);
  return Rule(std::make_shared<const Rule::Node>(std::move(node)));
}

Rule Except(const std::string& field, std::function<std::optional<std::vector<std::string>>(const rpc::Principal&)> texts) {
  Rule::Node node;
  node.form = Reach::Form::kField;
  node.field = field;
  node.others = std::move(texts);
  return Rule(std::make_shared<const Rule::Node>(std::move(node)));
}

Rule Own(const std::string& field) {
  return Among(field, [](const rpc::Principal& principal) { return std::vector<std::string>{principal.name}; });
}

Rule SameDepartment(const std::string& field) {
  return Among(field, [](const rpc::Principal& principal) { return std::vector<std::string>{principal.department}; });
}

Rule Rule::Of(Reach::Form form, const Rule& a, const Rule& b) {
  Node node;
  node.form = form;
  node.parts = {a, b};
  return Rule(std::make_shared<const Node>(std::move(node)));
}

Rule operator||(const Rule& a, const Rule& b) { return Rule::Of(Reach::Form::kEither, a, b); }
Rule operator&&(const Rule& a, const Rule& b) { return Rule::Of(Reach::Form::kBoth, a, b); }

// ---- One kind

Sight::Sight(const Message& prototype, std::string pattern) : prototype_(prototype), pattern_(std::move(pattern)) {}

void Sight::CheckRule(const Rule& rule) const {
  const Descriptor& descriptor = *prototype_.GetDescriptor();
  if (sealed_) status::Die("rows", absl::StrCat(descriptor.full_name(), " gets a rule after its methods were bound"));
  const std::vector<Column> columns = ColumnsOf(descriptor);
  for (const std::string& field : rule.Fields()) {
    const bool text = std::any_of(columns.begin(), columns.end(),
                                  [&](const Column& column) { return column.field->name() == field && column.type == ColumnType::kText; });
    if (!text) status::Die("rows", absl::StrCat(field, " of ", descriptor.full_name(), " is no stored text, by which a rule could decide"));
  }
}

void Sight::RestrictRows(const Rule& rule) {
  if (rows_ != nullptr) return;
  CheckRule(rule);
  rows_ = std::make_unique<const Rule>(rule);
}

void Sight::RestrictField(const std::string& path, const Rule& rule) {
  if (fields_.count(path) > 0) return;
  CheckRule(rule);
  Field field{{}, rule};
  const Descriptor* message = prototype_.GetDescriptor();
  for (const std::string& name : std::vector<std::string>(absl::StrSplit(path, '.'))) {
    const FieldDescriptor* step = message == nullptr ? nullptr : message->FindFieldByName(name);
    if (step == nullptr || path == "name")
      status::Die("rows", absl::StrCat(prototype_.GetDescriptor()->full_name(), " cannot restrict ", path));
    field.path.push_back(step);
    message = step->is_map() ? nullptr : step->message_type();
  }
  fields_.emplace(path, std::move(field));
}

bool Sight::Sees(const rpc::Principal& principal, const Message& row) const {
  return rows_ == nullptr || rows_->For(principal).Covers(row);
}

bool Sight::Show(const rpc::Principal& principal, Message& row) const {
  if (!Sees(principal, row)) return false;
  // Rules decide by the row as it is.
  std::vector<const Field*> hidden;
  for (const auto& [path, field] : fields_) {
    if (!field.rule.For(principal).Covers(row)) hidden.push_back(&field);
  }
  for (const Field* field : hidden) Clear(row, field->path, 0);
  return true;
}

bool Sight::ShowsEverything(const rpc::Principal& principal) const {
  return (rows_ == nullptr || rows_->For(principal).everything()) &&
         std::all_of(fields_.begin(), fields_.end(), [&](const auto& entry) { return entry.second.rule.For(principal).everything(); });
}

Bounds Sight::BoundsOf(const rpc::Principal& principal) const {
  Bounds bounds;
  if (rows_ != nullptr) bounds.rows = rows_->For(principal);
  for (const auto& [path, field] : fields_) {
    if (field.path.size() > 1) continue;
    Reach reach = field.rule.For(principal);
    if (!reach.everything()) bounds.fields.emplace(path, std::move(reach));
  }
  return bounds;
}

std::set<std::string> Sight::HiddenIn(const rpc::Principal& principal, const Message& row) const {
  std::set<std::string> hidden;
  for (const auto& [path, field] : fields_) {
    if (!field.rule.For(principal).Covers(row)) hidden.insert(field.path[0]->name());
  }
  return hidden;
}

// ---- All kinds

Sight& Sights::Of(const Message& prototype, const std::string& pattern) {
  std::lock_guard<std::mutex> lock(mutex_);
  std::unique_ptr<Sight>& sight = sights_[prototype.GetDescriptor()];
  if (sight == nullptr) {
    sight = std::make_unique<Sight>(prototype, pattern);
    sight->sealed_ = sealed_;
    by_type_[prototype.GetDescriptor()->options().GetExtension(google::api::resource).type()] = sight.get();
  }
  return *sight;
}

void Sights::Seal() {
  // A report of a handover (hand_over.h) tells of a row that not everybody may see.
  const auto& reports = type::v1::HandoverReport::default_instance();
  Of(reports, reports.GetDescriptor()->options().GetExtension(google::api::resource).pattern(0))
      .RestrictRows(Holds(options::v1::ROLE_OPERATIONS_MANAGER) || IsService("personnel"));
  std::lock_guard<std::mutex> lock(mutex_);
  sealed_ = true;
  for (const auto& [type, sight] : sights_) {
    sight->sealed_ = true;
    if (sight->restricts_rows()) continue;
    for (const auto& [parent_type, parent] : sights_) {
      if (parent->restricts_rows() && absl::StartsWith(sight->pattern_, parent->pattern_ + "/"))
        status::Die("rows",
                    absl::StrCat(type->full_name(), " needs a rule for its rows, for those of ", parent_type->full_name(), " have one"));
    }
  }
}

const Sight* Sights::Find(const Descriptor& type) const {
  std::lock_guard<std::mutex> lock(mutex_);
  const auto it = sights_.find(&type);
  return it == sights_.end() || !it->second->restricts() ? nullptr : it->second.get();
}

Reach Sights::RowsOf(const rpc::Principal& principal, const Descriptor& type) const {
  const Sight* sight = Find(type);
  return sight == nullptr ? Reach() : sight->BoundsOf(principal).rows;
}

bool Sights::MayHold(const Descriptor& type, std::set<const Descriptor*>& seen) const {
  if (!seen.insert(&type).second) return false;
  bool holds = Find(type) != nullptr;
  for (int i = 0; i < type.field_count(); ++i) {
    if (type.field(i)->message_type() != nullptr) holds |= MayHold(*type.field(i)->message_type(), seen);
  }
  return holds;
}

bool Sights::Show(const rpc::Principal& principal, Message& message) const {
  const Sight* sight = Find(*message.GetDescriptor());
  if (sight != nullptr && !sight->Show(principal, message)) return false;
  const auto& r = *message.GetReflection();
  std::vector<const FieldDescriptor*> set;
  r.ListFields(message, &set);
  for (const FieldDescriptor* field : set) {
    if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) continue;
    if (!field->is_repeated()) {
      if (!Show(principal, *r.MutableMessage(&message, field))) r.ClearField(&message, field);
      continue;
    }
    int kept = 0;
    const int size = r.FieldSize(message, field);
    for (int i = 0; i < size; ++i) {
      if (!Show(principal, *r.MutableRepeatedMessage(&message, field, i))) continue;
      if (kept != i) r.SwapElements(&message, field, kept, i);
      ++kept;
    }
    for (int i = kept; i < size; ++i) r.RemoveLast(&message, field);
  }
  return true;
}

rpc::Service::Outlet Sights::OutletOf(const google::protobuf::MethodDescriptor& method) const {
  std::set<const Descriptor*> held;
  if (!MayHold(*method.output_type(), held)) return nullptr;
  return [this, held = std::vector<const Descriptor*>(held.begin(), held.end())](const rpc::Exchange& exchange) {
    // Most callers of long answers see all of what they may hold, and nothing of it is looked at.
    const auto shows_everything = [&](const Descriptor* descriptor) {
      const Sight* sight = Find(*descriptor);
      return sight == nullptr || sight->ShowsEverything(exchange.call.principal);
    };
    if (std::all_of(held.begin(), held.end(), shows_everything)) return absl::OkStatus();
    Message& answer = *exchange.response;
    const std::string name = TextOf(answer, "name");
    if (Show(exchange.call.principal, answer)) return absl::OkStatus();
    // A change has been made, by this caller: saying that there is no such thing would be wrong and make clients repeat it.
    if (exchange.request->GetDescriptor()->FindFieldByName("request_id") == nullptr) return status::NotFound(name);
    ClearAllButName(answer);
    return absl::OkStatus();
  };
}

bool Sights::Show(const rpc::Principal& principal, const std::string& type, std::string* before_json, std::string* after_json) const {
  const Sight* sight = nullptr;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    const auto it = by_type_.find(type);
    if (it != by_type_.end()) sight = it->second;
  }
  std::set<const Descriptor*> held;
  if (sight == nullptr || !MayHold(*sight->prototype_.GetDescriptor(), held)) return true;
  const auto shows_everything = [&](const Descriptor* descriptor) {
    const Sight* of_held = Find(*descriptor);
    return of_held == nullptr || of_held->ShowsEverything(principal);
  };
  if (std::all_of(held.begin(), held.end(), shows_everything)) return true;
  bool seen = false;
  for (std::string* json : {before_json, after_json}) {
    if (json->empty()) continue;
    const std::unique_ptr<Message> side(sight->prototype_.New());
    // What cannot be read cannot be judged.
    const bool read = FromJson(*json, side.get());
    const bool shown = read && Show(principal, *side);
    seen |= shown || (!read && !sight->restricts_rows());
    *json = shown ? ToJson(*side) : "";
  }
  return seen;
}

}  // namespace heitie::record
