// Limits on which both ends of a connection inside the suite must agree.
#pragma once

#include "absl/time/time.h"

namespace heitie::rpc {

// Greatest message that is received. Longer answers are paginated or streamed.
inline constexpr int kMaxMessageBytes = 4 << 20;

// A server answers pings that come faster than this with GOAWAY too_many_pings; clients must stay strictly above it.
inline constexpr absl::Duration kMinPingInterval = absl::Seconds(10);
inline constexpr absl::Duration kClientPingInterval = absl::Seconds(30);
inline constexpr absl::Duration kPingTimeout = absl::Seconds(10);

// Trailing metadata that any client accepts: gRPC's default limit is 8 KiB for all of it, of which base64 and percent-encoding eat a part.
inline constexpr size_t kPublicDetailBytes = 4 << 10;
// Between processes of the suite, whose channels raise that limit.
inline constexpr size_t kInternalDetailBytes = 48 << 10;
inline constexpr int kInternalMetadataBytes = 96 << 10;

}  // namespace heitie::rpc
