// Bounds on what is taken from others, for gateway, services and clients. They grow inwards: what one hop lets through the next one takes,
// so that nobody's request breaks a connection that others share.
#ifndef HEITIE_COMMON_RPC_BOUNDS_H_
#define HEITIE_COMMON_RPC_BOUNDS_H_

#include <cstddef>

#include "absl/time/time.h"

namespace heitie::rpc {

// --- The head of a request -------------------------------------------------------------------------------------------

// A bearer token. Longer ones are UNAUTHENTICATED, at every door and over every transport.
inline constexpr size_t kMaxTokenBytes = 4 << 10;
// All names and values of a request's head, each with 32 bytes on top (RFC 9113, 6.5.2); a larger head breaks its connection. A client
// whose token is too long still gets an error that says so, unless the token alone breaks this bound. The gateway sends services only the
// token, the trace, the language and the deadline, which always fit.
inline constexpr int kPublicMetadataBytes = 16 << 10;
inline constexpr int kServiceMetadataBytes = 32 << 10;
static_assert(2 * kMaxTokenBytes < kPublicMetadataBytes && kPublicMetadataBytes < kServiceMetadataBytes);

// --- Messages --------------------------------------------------------------------------------------------------------

// Greatest request that a door takes and greatest answer that it gives. Longer answers are paginated or streamed.
inline constexpr int kMaxMessageBytes = 4 << 20;
// What the connections behind the doors carry, so that it is the door that refuses, with a reason.
inline constexpr int kMaxWireBytes = kMaxMessageBytes + (64 << 10);

// Of the details of an error. Any client accepts 8 KiB of trailing metadata, of which base64 and percent-encoding eat a part; the channels
// between processes of the suite accept more.
inline constexpr size_t kPublicDetailBytes = 4 << 10;
inline constexpr size_t kInternalDetailBytes = 48 << 10;
inline constexpr int kChannelMetadataBytes = 96 << 10;
static_assert(kPublicDetailBytes < kInternalDetailBytes && 2 * kInternalDetailBytes <= kChannelMetadataBytes);

// --- Time ------------------------------------------------------------------------------------------------------------

// How long a connection may take from its first byte to the end of its handshakes.
inline constexpr absl::Duration kHandshakePatience = absl::Seconds(10);
// How long a connection of a client outside the suite may be without a request.
inline constexpr absl::Duration kIdlePatience = absl::Seconds(60);
// How long after its head a request's message may come; the request's deadline ends the wait as well.
inline constexpr absl::Duration kMessagePatience = absl::Seconds(20);
// How long a client may take to read the last message or the status of an answer.
inline constexpr absl::Duration kAnswerPatience = absl::Seconds(60);

// A server answers pings that come faster than this with GOAWAY too_many_pings; clients must stay strictly above it.
inline constexpr absl::Duration kMinPingInterval = absl::Seconds(10);
inline constexpr absl::Duration kClientPingInterval = absl::Seconds(30);
static_assert(kClientPingInterval > kMinPingInterval);
inline constexpr absl::Duration kPingTimeout = absl::Seconds(10);

// --- Numbers ---------------------------------------------------------------------------------------------------------

// Connections of a listener, and those from one address (IPv6: one network of 64 bits); more are closed at once. An eighth of the process's
// descriptors, 1,024 at most, stays free of connections as well.
inline constexpr size_t kMostConnections = 4096;
inline constexpr size_t kMostConnectionsFromOne = 3072;
// Requests at the same time on a connection. A stock client waits with what is beyond or opens another connection.
inline constexpr int kStreamsPerConnection = 1000;
// Requests of all connections whose message has not come; beyond, the one that has waited longest gives way.
inline constexpr size_t kMostAwaited = 1024;

}  // namespace heitie::rpc

#endif  // HEITIE_COMMON_RPC_BOUNDS_H_
