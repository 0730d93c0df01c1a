#include "services/resource/material/lines.h"

namespace heitie::resource {

const status::Reason kDuplicateItem{absl::StatusCode::kInvalidArgument, "DUPLICATE_ITEM", "{item} occurs in more than one line.",
                                    "{item} 出現在多個明細行中。"};
const status::Reason kUnknownItem{absl::StatusCode::kInvalidArgument, "UNKNOWN_ITEM", "{item} does not exist.", "{item} 不存在。"};

}  // namespace heitie::resource
