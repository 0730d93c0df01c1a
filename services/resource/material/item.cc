#include "services/resource/material/item.h"

#include "common/status/macros.h"
#include "heitie/resource/v1/item.pb.h"

namespace heitie::resource {

void Items::Bind(rpc::Service& service) {
  service.Bind("GetItemCategory", categories_.Getter());
  service.Bind("ListItemCategories", categories_.Lister());
  service.Bind("CreateItemCategory", categories_.Creator());
  service.Bind("UpdateItemCategory", categories_.Updater());
  service.Bind("GetItem", items_.Getter());
  service.Bind("ListItems", items_.Lister());
  service.Bind("CreateItem", items_.Creator<v1::CreateItemRequest>(
                                 [this](record::Transaction& tx, const v1::CreateItemRequest&, v1::Item& item) -> absl::Status {
                                   RETURN_IF_ERROR(CheckCategory(tx, item));
                                   return stocks_.Open(tx, item.name());
                                 }));
  service.Bind("UpdateItem",
               items_.Updater([this](record::Transaction& tx, const v1::Item&, v1::Item& after) { return CheckCategory(tx, after); }));
}

absl::Status Items::CheckCategory(record::Transaction& tx, const v1::Item& item) const {
  const absl::Status found = categories_.Find(tx.sql, item.category()).status();
  if (!absl::IsNotFound(found)) return found;
  status::BadFields bad;
  bad.Add("item.category", kUnknownCategory, {{"category", item.category()}});
  return bad.status();
}

}  // namespace heitie::resource
