// A change that first asks other services. The questions are asked outside of any transaction, and not at all when the request was
// answered before (AIP-155): a repetition must not be refused because the world has moved on.
#pragma once

#include <functional>

#include "common/resource/store.h"
#include "common/status/macros.h"

namespace heitie::activity {

// Runs `prepare`, then `work` in one transaction as Store::Write does. `prepare` runs at most once.
inline absl::Status PreparedWrite(resource::Store& store, const rpc::Call& call, const google::protobuf::Message& request,
                                  google::protobuf::Message* response, const std::function<absl::Status()>& prepare,
                                  const std::function<absl::Status(resource::Transaction&)>& work) {
  bool is_new = false;
  const absl::Status first = store.Write(call, request, response, [&](resource::Transaction&) {
    is_new = true;
    return absl::CancelledError("not prepared yet");  // Rolls back: only to learn whether the request is new.
  });
  if (!is_new) return first;
  RETURN_IF_ERROR(prepare());
  return store.Write(call, request, response, work);
}

}  // namespace heitie::activity
