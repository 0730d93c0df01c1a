// Item categories and items (policy S3).
#ifndef HEITIE_SERVICES_RESOURCE_MATERIAL_ITEM_H_
#define HEITIE_SERVICES_RESOURCE_MATERIAL_ITEM_H_

#include "common/record/methods.h"
#include "heitie/resource/v1/item.pb.h"
#include "services/resource/material/custody.h"
#include "services/resource/material/stock.h"

namespace heitie::resource {

extern const status::Reason kUnknownCategory;  // {category}

// Thread-safe.
class Items {
 public:
  Items(record::Store& store, const Stocks& stocks, const Custody& custody);
  void Bind(record::Methods& methods);

 private:
  absl::Status Create(record::Transaction& tx, v1::Item& item);
  absl::Status Update(record::Transaction& tx, const v1::Item& before, v1::Item& after);
  absl::Status CheckCategory(record::Transaction& tx, const v1::Item& item) const;

  const Stocks& stocks_;
  record::Kind<v1::ItemCategory> categories_;
  record::Kind<v1::Item> items_;
};

}  // namespace heitie::resource

#endif  // HEITIE_SERVICES_RESOURCE_MATERIAL_ITEM_H_
