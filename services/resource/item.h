// Item categories and items (policy S3).
#pragma once

#include "common/resource/kind.h"
#include "heitie/resource/v1/item.pb.h"
#include "services/resource/stock.h"

namespace heitie::resource {

inline constexpr status::Reason kUnknownCategory{absl::StatusCode::kInvalidArgument, "UNKNOWN_CATEGORY", "{category} does not exist.",
                                                 "{category} 不存在。", "{category} 不存在。"};

// Thread-safe.
class Items {
 public:
  Items(Store& store, const Stocks& stocks) : stocks_(stocks), categories_(store), items_(store) {}
  void Bind(rpc::Service& service);

 private:
  absl::Status CheckCategory(Transaction& tx, const v1::Item& item) const;

  const Stocks& stocks_;
  Kind<v1::ItemCategory> categories_;
  Kind<v1::Item> items_;
};

}  // namespace heitie::resource
