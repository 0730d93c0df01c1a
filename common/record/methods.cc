#include "common/record/methods.h"

#include "absl/strings/ascii.h"
#include "google/api/resource.pb.h"

namespace heitie::record {
namespace {

std::string Capitalized(std::string name) {
  if (!name.empty()) name[0] = absl::ascii_toupper(name[0]);
  return name;
}

}  // namespace

std::string Methods::Singular(const Collection& kind) {
  return Capitalized(kind.descriptor().options().GetExtension(google::api::resource).singular());
}

std::string Methods::Plural(const Collection& kind) {
  return Capitalized(kind.descriptor().options().GetExtension(google::api::resource).plural());
}

void Methods::Create(Collection& kind, std::function<absl::Status(Transaction&, const Message&, Message&)> prepare) {
  service_.Bind("Create" + Singular(kind), kind.Creator(std::move(prepare)));
}

void Methods::Update(Collection& kind, Collection::PrepareUpdate prepare) {
  service_.Bind("Update" + Singular(kind), kind.Updater(std::move(prepare)));
}

void Methods::Delete(Collection& kind, std::function<absl::Status(Transaction&, const Message&)> check) {
  service_.Bind("Delete" + Singular(kind), kind.Deleter(std::move(check)));
}

}  // namespace heitie::record
