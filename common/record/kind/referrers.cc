#include "common/record/kind/referrers.h"

#include <map>
#include <mutex>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/record/archived.h"
#include "common/record/kind/impl.h"
#include "common/record/unused.h"
#include "common/status/macros.h"
#include "common/status/status.h"
#include "google/api/resource.pb.h"

namespace heitie::record {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

struct Registry {
  std::mutex mutex;
  std::map<std::pair<const Store*, const Descriptor*>, std::weak_ptr<void>> kinds;  // guarded by mutex, as is what follows
  ReferrerTo referrer_to;
};
Registry& TheRegistry() {
  static auto& registry = *new Registry;
  return registry;
}

// "cost_center" of "costCenters/{cost_center}": what a text is called that holds the id alone.
std::string IdFieldOf(const std::string& pattern) {
  const size_t begin = pattern.rfind('{');
  return begin == std::string::npos ? "" : pattern.substr(begin + 1, pattern.size() - begin - 2);
}

// Whether values of the type hold names of resources of `of_type`, or ids of them in a text called `id_field`, at any depth.
bool Refers(const FieldDescriptor& field, const std::string& of_type, const std::string& id_field, std::set<const Descriptor*>& seen) {
  const auto& reference = field.options().GetExtension(google::api::resource_reference);
  if (reference.type() == of_type || reference.type() == "*" || reference.child_type() == "*") return true;
  if (field.type() == FieldDescriptor::TYPE_STRING && reference.type().empty() && field.name() == id_field) return true;
  if (field.message_type() == nullptr || !seen.insert(field.message_type()).second) return false;
  for (int i = 0; i < field.message_type()->field_count(); ++i) {
    if (Refers(*field.message_type()->field(i), of_type, id_field, seen)) return true;
  }
  return false;
}

const status::Reason kStillReferred{absl::StatusCode::kFailedPrecondition, "STILL_REFERRED",
                                    "{name} cannot be removed, for {by} refers to it.", "{name} 仍為 {by} 所引用，無法移除。"};
const status::Reason kAlwaysNeeded{absl::StatusCode::kFailedPrecondition, "ALWAYS_NEEDED",
                                   "{name} came with the suite and stays: it is what counts where none is named.",
                                   "{name} 隨系統提供，未指定時即以它為準，必須保留。"};

absl::Status CheckReferrers(Transaction& tx, const Store& store, const Message& row, bool versions_count) {
  const auto& resource = row.GetDescriptor()->options().GetExtension(google::api::resource);
  const Referred to{resource.type(), resource.pattern(0), TextOf(row, "name"), versions_count};
  std::vector<std::shared_ptr<void>> kinds;
  ReferrerTo referrer_to;
  {
    Registry& registry = TheRegistry();
    const std::lock_guard lock(registry.mutex);
    referrer_to = registry.referrer_to;
    for (const auto& [key, kind] : registry.kinds) {
      if (key.first != &store) continue;
      if (auto live = kind.lock()) kinds.push_back(std::move(live));
    }
  }
  for (const auto& kind : kinds) {
    ASSIGN_OR_RETURN(const std::string by, referrer_to(kind.get(), tx.sql, to));
    if (!by.empty()) return status::Error(kStillReferred, {{"name", to.name}, {"by", by}});
  }
  return absl::OkStatus();
}

}  // namespace

void RegisterKind(const Store& store, const Descriptor& resource, const std::shared_ptr<void>& kind, bool declares,
                  const ReferrerTo& referrer_to) {
  Registry& registry = TheRegistry();
  const std::lock_guard lock(registry.mutex);
  if (!registry.referrer_to) registry.referrer_to = referrer_to;
  std::weak_ptr<void>& entry = registry.kinds[{&store, &resource}];
  if (declares || entry.expired()) entry = kind;
}

std::shared_ptr<void> FindKind(const Store& store, const Descriptor& resource) {
  Registry& registry = TheRegistry();
  const std::lock_guard lock(registry.mutex);
  const auto found = registry.kinds.find({&store, &resource});
  return found == registry.kinds.end() ? nullptr : found->second.lock();
}

std::shared_ptr<void> FindKind(const Store& store, const std::string& pattern) {
  Registry& registry = TheRegistry();
  const std::lock_guard lock(registry.mutex);
  for (const auto& [key, kind] : registry.kinds) {
    const auto& resource = key.second->options().GetExtension(google::api::resource);
    if (key.first == &store && resource.pattern_size() > 0 && resource.pattern(0) == pattern) return kind.lock();
  }
  return nullptr;
}

absl::StatusOr<std::string> Collection::Impl::ReferrerTo(sql::Session& session, const Referred& to) const {
  std::string found;
  const std::string &name = to.name, id = IdOf(name), id_field = IdFieldOf(to.pattern);
  const auto look = [&](const std::string& condition, const sql::Values& values) {
    return session.Query(absl::StrCat("SELECT name FROM ", table.name, " WHERE ", condition, " LIMIT 1"), values,
                         [&](const sql::Row& row) { found = row.Text(0); });
  };
  // "suppliers/{supplier}/supplierPrices/{supplier_price}"
  const bool version = table.pattern == absl::StrCat(to.pattern, "/versions/{version}");
  if (absl::StartsWith(table.pattern, absl::StrCat(to.pattern, "/")) && (to.versions_count || !version))
    RETURN_IF_ERROR(look("name > ? AND name < ?", sql::Bind(absl::StrCat(name, "/"), absl::StrCat(name, "0"))));
  for (const Column& column : table.columns) {
    if (!found.empty()) break;
    std::set<const Descriptor*> seen;
    if (column.field->name() == "name" || IsSealed(column) || !Refers(*column.field, to.type, id_field, seen)) continue;
    if (column.type == ColumnType::kText) {
      RETURN_IF_ERROR(look(absl::StrCat(Quoted(column), " IN (?, ?) AND name <> ?"), sql::Bind(name, id, name)));
    } else if (column.type == ColumnType::kJson) {
      // Names hold nothing that LIKE or JSON would read otherwise.
      RETURN_IF_ERROR(look(absl::StrCat("(", Quoted(column), " LIKE ? OR ", Quoted(column), " LIKE ?) AND name <> ?"),
                           sql::Bind(absl::StrCat("%\"", name, "\"%"), absl::StrCat("%\"", id_field, "\":%\"", id, "\"%"), name)));
    }
  }
  return found;
}

absl::Status CheckUnused(Transaction& tx, const Store& store, const Message& row) { return CheckReferrers(tx, store, row, true); }

absl::Status CheckArchivable(Transaction& tx, const Store& store, const Message& row) {
  // What migrations have put there.
  if (absl::StartsWith(TextOf(row, "creator"), "services/")) return status::Error(kAlwaysNeeded, {{"name", TextOf(row, "name")}});
  return CheckReferrers(tx, store, row, false);
}

}  // namespace heitie::record
