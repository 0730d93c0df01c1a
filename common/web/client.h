// Asks the world outside, and is led nowhere inside by whatever is asked. Each step of the way, the first and every redirect, is named by
// the allow list, and every address to which its name leads at that moment is one that it lets pass; the socket is opened to one of these
// addresses and no other. No proxy, no cookie, no reused connection; what an answer costs is bounded in time and bytes.
#ifndef HEITIE_COMMON_WEB_CLIENT_H_
#define HEITIE_COMMON_WEB_CLIENT_H_

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "common/web/address.h"
#include "common/web/allow_list.h"

namespace heitie::web {

struct Request {
  enum class Method { kGet, kHead, kPost };
  Method method = Method::kGet;
  std::string url;
  // Of POST. A 301, 302 or 303 leads on with GET and without them, 307 and 308 with them.
  std::string body, content_type;
  // Of POST, besides: "webhook-id: msg_1" each.
  std::vector<std::string> headers;
  // How often it may be led on; an answer with one of these statuses leads nowhere.
  int max_redirects = 0;
  std::vector<int> final_statuses;
  // Of everything together.
  absl::Duration timeout = absl::Seconds(10);
};

enum class Failure {
  kNone,
  kDns,       // the name has no address, or nobody said so in time
  kConnect,   // no connection, or it was broken off
  kTimeout,   // no whole answer in time
  kTls,       // who answers cannot show who it is
  kExpired,   // its certificate has expired, and nothing else was wrong before that
  kTooLarge,  // more than kMostBytes of content, or kMostHeaderBytes
  kRedirect,  // led on too often, or to no URL
  kBlocked,   // the allow list does not let it pass
  kStopped,   // Client::Stop
};

inline constexpr int64_t kMostBytes = int64_t{1} << 20;
inline constexpr int64_t kMostHeaderBytes = int64_t{64} << 10;

// Until when something on the way can show who it is.
struct Certificate {
  absl::Time start, end;
  std::string sha256;  // in hex
};

struct Answer {
  Failure failure = Failure::kNone;
  int status = 0;    // of the last answer; 0 without one
  std::string body;  // of the last answer, when nothing failed
  // What its Retry-After says, as it stands there; empty without one.
  std::string retry_after;
  int redirects = 0;
  absl::Duration latency;
  // The one that expires first of all that were shown on the way; the issuers' as well, but not the roots.
  std::optional<Certificate> certificate;
};

// The addresses of a name; empty when there are none or nobody answers in time. May block a little longer.
using Resolver = std::function<std::vector<Address>(const std::string& host, absl::Duration timeout)>;
// The system's. A question that hangs is left to a thread of its own; when there are many of these, nothing more is asked.
Resolver SystemResolver();

// Thread-safe. Every request blocks its caller.
class Client {
 public:
  // `authorities`: a file of certificates; empty: the system's.
  explicit Client(Resolver resolver = SystemResolver(), std::string authorities = "");

  Answer Ask(const Request& request, const AllowList& allowed) const;

  // From now on everything fails with kStopped, also what is under way.
  void Stop() { stopped_ = true; }

 private:
  const Resolver resolver_;
  const std::string authorities_;
  std::atomic<bool> stopped_ = false;
};

}  // namespace heitie::web

#endif  // HEITIE_COMMON_WEB_CLIENT_H_
