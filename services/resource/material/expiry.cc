#include "services/resource/material/expiry.h"

namespace heitie::resource {

const status::Reason kExpiryNotInFuture{absl::StatusCode::kInvalidArgument, "EXPIRY_NOT_IN_FUTURE", "The expiry must lie in the future.",
                                        "到期時間必須在未來。"};

}  // namespace heitie::resource
