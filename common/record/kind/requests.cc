#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/record/kind/fields.h"
#include "common/record/kind/impl.h"
#include "common/rpc/contract.h"
#include "common/rpc/validate.h"
#include "common/status/die.h"
#include "common/status/macros.h"
#include "common/status/status.h"
#include "google/protobuf/field_mask.pb.h"
#include "google/protobuf/util/field_mask_util.h"
#include "google/protobuf/util/message_differencer.h"

namespace heitie::record {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::FieldMask;
using google::protobuf::Message;
using google::protobuf::util::FieldMaskUtil;

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

const status::Phrase kIdForm{"1 to 63 of a-z, 0-9 and -, not beginning with -", "須為 1 至 63 個 a-z、0-9 或 -，且不得以 - 開頭"};
const status::Phrase kNameLike{"a name like {pattern}", "須為如 {pattern} 的名稱"};
const status::Phrase kFixed{"what it is, for it never changes", "與現值相同，此欄位不可變更"};
const status::Phrase kMaskHidden{"free of {field}, which you may not read", "不得含 {field}，您無權查看它"};

absl::Status BadField(const std::string& field, const status::Phrase& rule, const status::Args& args = {}) {
  status::BadFields bad;
  bad.Add(field, status::kBadValue, {{"rule", status::Say(rule, args)}});
  return bad.status();
}

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

}  // namespace

const FieldDescriptor* ResourceField(const Descriptor& request, const Descriptor& resource) {
  for (int i = 0; i < request.field_count(); ++i) {
    if (request.field(i)->message_type() == &resource) return request.field(i);
  }
  status::Die("schema", absl::StrCat(request.full_name(), " holds no ", resource.name()));
}

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
