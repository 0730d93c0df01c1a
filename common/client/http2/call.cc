#include "common/client/http2/call.h"

#include <utility>

#include "common/client/http2/link.h"
#include "common/observe/survive.h"
#include "common/rpc/bytes.h"

namespace heitie::client {

void WireCall::Cancel() {
  cancelled_ = true;
  if (const auto owner = link()) owner->Cancel(shared_from_this());
}

void WireCall::SetLink(std::weak_ptr<Link> link) {
  const std::lock_guard lock(mutex_);
  link_ = std::move(link);
}

std::shared_ptr<Link> WireCall::link() const {
  const std::lock_guard lock(mutex_);
  return link_.lock();
}

void WireCall::Finish(const grpc::Status& status) {
  const auto told = std::exchange(done, nullptr);
  if (!told) return;
  // These may hold what holds this.
  message = nullptr;
  read = nullptr;
  grpc::ByteBuffer nothing;
  observe::Survive("the end of a call threw", [&] { told(status, rpc::TakenFrom(one.has_value() ? *one : nothing)); });
}

}  // namespace heitie::client
