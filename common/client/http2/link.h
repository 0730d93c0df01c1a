// One connection to one address of a service: gRPC's protocol over HTTP/2 by nghttp2, mutual TLS. gRPC's own client costs several times as
// much for a call.
#ifndef HEITIE_COMMON_CLIENT_HTTP2_LINK_H_
#define HEITIE_COMMON_CLIENT_HTTP2_LINK_H_

#include <boost/asio/ip/tcp.hpp>
#include <memory>
#include <string>

#include "absl/time/time.h"
#include "common/client/http2/call.h"
#include "common/rpc/bounds.h"
#include "common/rpc/tls_material.h"
#include "common/work/loops.h"

namespace heitie::client {

class Link;
using LinkPtr = std::shared_ptr<Link>;

// Thread-safe.
class Link : public std::enable_shared_from_this<Link> {
 public:
  // Told on the link's strand.
  class Owner {
   public:
    virtual ~Owner() = default;
    // Whether the server takes calls now, by what its health says.
    virtual void OnServing(const LinkPtr& link, bool serving) = 0;
    // The server, or who made the link, wants nothing new on it.
    virtual void OnLeaving(const LinkPtr& link) = 0;
    virtual void OnClosed(const LinkPtr& link, const std::string& why) = 0;
    // A call that the server has surely not begun.
    virtual void Again(CallPtr call) = 0;
  };
  struct Options {
    boost::asio::ip::tcp::endpoint address;
    std::shared_ptr<rpc::TlsMaterial> tls;  // nullptr: plaintext
    std::string server_name;                // of its certificate
    std::string authority;
    bool watch_health = true;
    absl::Duration ping_interval = rpc::kClientPingInterval, ping_timeout = rpc::kPingTimeout;
  };

  static LinkPtr New(work::Loop& loop, Options options, std::weak_ptr<Owner> owner);
  virtual ~Link() = default;

  virtual void Connect() = 0;
  virtual void Start(CallPtr call) = 0;
  virtual void Cancel(CallPtr call) = 0;
  // Ends when its calls have.
  virtual void Leave() = 0;
  // Ends now.
  virtual void Close() = 0;
};

}  // namespace heitie::client

#endif  // HEITIE_COMMON_CLIENT_HTTP2_LINK_H_
