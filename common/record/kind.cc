#include "common/record/kind.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/record/kind/impl.h"
#include "common/record/kind/referrers.h"
#include "common/status/die.h"
#include "common/status/macros.h"

namespace heitie::record {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::Message;

}  // namespace

void Collection::Impl::Register(const std::shared_ptr<Impl>& kind, bool declares) {
  RegisterKind(kind->store, kind->descriptor, kind, declares,
               [](void* one, sql::Session& session, const Referred& to) { return static_cast<const Impl*>(one)->ReferrerTo(session, to); });
}

Collection::Collection(Store& store, const Message& prototype, const StateMachine* machine)
    : impl_(std::make_shared<Impl>(store, prototype, machine)) {
  Impl::Register(impl_, false);
}
Collection::Collection(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}
Collection::~Collection() = default;

std::optional<Collection> Collection::Of(const Store& store, const Descriptor& resource) {
  const std::shared_ptr<void> kind = FindKind(store, resource);
  if (kind == nullptr) return std::nullopt;
  return Collection(std::static_pointer_cast<Impl>(kind));
}

void Collection::SetDecorator(Decorate decorate) { impl_->decorate = std::move(decorate); }

absl::Status Collection::Decorated(sql::Session& session, Message& resource) const { return impl_->Decorated(session, resource); }

Store& Collection::store() const { return impl_->store; }

const std::string& Collection::collection() const { return impl_->collection; }

void Collection::RestrictRows(const Rule& rule) {
  for (const std::string& field : rule.Fields()) {
    if (impl_->table.indexed.count(field) == 0)
      status::Die("schema", absl::StrCat(impl_->table.name, " has no KEY (", field, ", name) for the rule of its rows"));
  }
  impl_->sight.RestrictRows(rule);
}

Sight& Collection::sight() const { return impl_->sight; }

absl::Status Collection::Advance(Message& resource, const char* verb) const {
  return impl_->Advance(resource, resource.GetReflection()->GetEnumValue(resource, impl_->state_field), verb);
}

void Collection::SetStateAt(std::function<int(const Message&, const rpc::Call&)> state_at) { impl_->state_at = std::move(state_at); }

void Collection::SetCheck(std::function<absl::Status(Transaction&, const Message&)> check) { impl_->check = std::move(check); }

void Collection::SetAllows(std::function<bool(const Message&, const std::string&)> allows) { impl_->allows = std::move(allows); }

void Collection::SetFollow(Follow follow) {
  impl_->follow = std::move(follow);
  Impl::Register(impl_, true);
}

void Collection::SetPassing(Passing passing) {
  impl_->passing = std::move(passing);
  Impl::Register(impl_, true);
}

absl::Status Collection::Pass(Transaction& tx, const type::v1::HandOverRequest& request, const Message& before, Message& after) const {
  return impl_->passing ? impl_->passing(tx, request, before, after) : absl::OkStatus();
}

const Descriptor& Collection::descriptor() const { return impl_->descriptor; }

const Message& Collection::Prototype() const { return impl_->prototype; }

}  // namespace heitie::record
