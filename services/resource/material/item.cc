#include "services/resource/material/item.h"

#include "common/status/macros.h"
#include "heitie/resource/v1/item.pb.h"

namespace heitie::resource {

const status::Reason kUnknownCategory{absl::StatusCode::kInvalidArgument, "UNKNOWN_CATEGORY", "{category} does not exist.",
                                      "{category} 不存在。"};

Items::Items(record::Store& store, const Stocks& stocks, const Custody& custody) : stocks_(stocks), categories_(store), items_(store) {
  items_.SetFollow([&custody](record::Transaction& tx, const v1::Item* before, const v1::Item* after) {
    const bool passed = before != nullptr && after != nullptr && before->custodian() != after->custodian();
    return passed ? custody.Passed(tx, *before, *after) : absl::OkStatus();
  });
}

void Items::Bind(record::Methods& methods) {
  methods.Reads(categories_);
  methods.Creates(categories_);
  methods.Updates(categories_);
  methods.Reads(items_);
  methods.Creates(items_, this, &Items::Create);
  methods.Updates(items_, this, &Items::Update);
}

absl::Status Items::Create(record::Transaction& tx, v1::Item& item) {
  RETURN_IF_ERROR(CheckCategory(tx, item));
  return stocks_.Open(tx, item.name());
}

absl::Status Items::Update(record::Transaction& tx, const v1::Item&, v1::Item& after) { return CheckCategory(tx, after); }

absl::Status Items::CheckCategory(record::Transaction& tx, const v1::Item& item) const {
  const absl::Status found = categories_.Find(tx.sql, item.category()).status();
  if (!absl::IsNotFound(found)) return found;
  status::BadFields bad;
  bad.Add("item.category", kUnknownCategory, {{"category", item.category()}});
  return bad.status();
}

}  // namespace heitie::resource
