#include "common/web/client.h"

#include <curl/curl.h>
#include <sys/socket.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <mutex>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/status/die.h"
#include "common/web/certificates.h"
#include "common/web/url.h"

namespace heitie::web {
namespace {

constexpr char kUserAgent[] = "heitie/1";

using SteadyClock = std::chrono::steady_clock;

absl::Duration Since(SteadyClock::time_point begin) { return absl::FromChrono(SteadyClock::now() - begin); }

// One step of a request.
struct Hop {
  const std::atomic<bool>& stopped;
  Url url;
  std::vector<Address> addresses;  // those that may be connected to
  Shown& shown;

  std::string body;
  int64_t header_bytes = 0;
  bool too_large = false, blocked = false;
};

size_t OnBody(char* data, size_t size, size_t count, void* self) {
  Hop& hop = *static_cast<Hop*>(self);
  hop.too_large = static_cast<int64_t>(hop.body.size() + size * count) > kMostBytes;
  if (hop.too_large) return 0;
  hop.body.append(data, size * count);
  return size * count;
}

size_t OnHeader(char*, size_t size, size_t count, void* self) {
  Hop& hop = *static_cast<Hop*>(self);
  hop.header_bytes += static_cast<int64_t>(size * count);
  hop.too_large = hop.header_bytes > kMostHeaderBytes;
  return hop.too_large ? 0 : size * count;
}

// The last word on where a connection goes, whatever the library has made of the URL.
curl_socket_t OnSocket(void* self, curlsocktype purpose, curl_sockaddr* to) {
  Hop& hop = *static_cast<Hop*>(self);
  const std::optional<Address> address = Address::Of(to->addr);
  hop.blocked = purpose != CURLSOCKTYPE_IPCXN || !address.has_value() ||
                std::find(hop.addresses.begin(), hop.addresses.end(), *address) == hop.addresses.end();
  if (hop.blocked) return CURL_SOCKET_BAD;
  return socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
}

int OnProgress(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t) { return static_cast<Hop*>(self)->stopped ? 1 : 0; }

CURLcode OnTls(CURL*, void* context, void* self) {
  Watch(*static_cast<ssl_ctx_st*>(context), static_cast<Hop*>(self)->shown);
  return CURLE_OK;
}

void InitialiseOnce() {
  static std::once_flag once;
  std::call_once(once, [] {
    // OpenSSL writes to connections that others have closed.
    std::signal(SIGPIPE, SIG_IGN);
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) status::Die("libcurl", "cannot be initialised");
  });
}

struct FreeEasy {
  void operator()(CURL* curl) const { curl_easy_cleanup(curl); }
};
struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using List = std::unique_ptr<curl_slist, FreeList>;

List ListOf(const std::vector<std::string>& lines) {
  curl_slist* list = nullptr;
  for (const std::string& line : lines) list = curl_slist_append(list, line.c_str());
  return List(list);
}

std::string Written(const Address& address) { return address.v4() ? address.Text() : absl::StrCat("[", address.Text(), "]"); }

Failure FailureOf(CURLcode code, const Hop& hop) {
  if (code == CURLE_OK) return Failure::kNone;
  if (hop.stopped) return Failure::kStopped;
  if (hop.blocked) return Failure::kBlocked;
  if (hop.too_large) return Failure::kTooLarge;
  switch (code) {
    case CURLE_OPERATION_TIMEDOUT:
      return Failure::kTimeout;
    case CURLE_FILESIZE_EXCEEDED:
    case CURLE_OUT_OF_MEMORY:
      return Failure::kTooLarge;
    case CURLE_PEER_FAILED_VERIFICATION:
      return hop.shown.expired ? Failure::kExpired : Failure::kTls;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_ENGINE_NOTFOUND:
    case CURLE_SSL_ENGINE_SETFAILED:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS:
      return Failure::kTls;
    default:
      return Failure::kConnect;
  }
}

bool LeadsOn(int status) { return status == 301 || status == 302 || status == 303 || status == 307 || status == 308; }

}  // namespace

Client::Client(Resolver resolver, std::string authorities) : resolver_(std::move(resolver)), authorities_(std::move(authorities)) {
  InitialiseOnce();
}

Answer Client::Ask(const Request& request, const AllowList& allowed) const {
  const SteadyClock::time_point begin = SteadyClock::now();
  Answer answer;
  Shown shown;
  const auto end = [&](Failure failure) {
    answer.failure = failure;
    answer.latency = Since(begin);
    answer.certificate = shown.first;
    return answer;
  };

  Request::Method method = request.method;
  std::optional<Url> url = ParseUrl(request.url);
  if (!url.has_value()) return end(Failure::kBlocked);
  for (;;) {
    if (stopped_) return end(Failure::kStopped);
    const absl::Duration left = request.timeout - Since(begin);
    if (left <= absl::ZeroDuration()) return end(Failure::kTimeout);
    if (!allowed.Permits(*url)) return end(Failure::kBlocked);
    Hop hop{stopped_, *url, {}, shown};
    hop.addresses = url->address.has_value() ? std::vector<Address>{*url->address} : resolver_(url->host, left);
    if (hop.addresses.empty()) return end(Failure::kDns);
    for (const Address& address : hop.addresses) {
      if (!allowed.Permits(*url, address)) return end(Failure::kBlocked);
    }

    const std::unique_ptr<CURL, FreeEasy> curl(curl_easy_init());
    if (curl == nullptr) return end(Failure::kConnect);
    const auto set = [&](CURLoption option, auto value) {
      if (curl_easy_setopt(curl.get(), option, value) != CURLE_OK) status::Die("libcurl", absl::StrCat("takes no option ", option));
    };
    const int64_t ms = std::max<int64_t>(1, absl::ToInt64Milliseconds(request.timeout - Since(begin)));
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_URL, url->Text().c_str());
    set(CURLOPT_PROTOCOLS_STR, url->https ? "https" : "http");
    set(CURLOPT_FOLLOWLOCATION, 0L);
    set(CURLOPT_PATH_AS_IS, 1L);
    set(CURLOPT_PROXY, "");
    set(CURLOPT_NOPROXY, "*");
    set(CURLOPT_HTTP_VERSION, long{CURL_HTTP_VERSION_1_1});
    set(CURLOPT_FRESH_CONNECT, 1L);
    set(CURLOPT_FORBID_REUSE, 1L);
    set(CURLOPT_SSL_SESSIONID_CACHE, 0L);
    set(CURLOPT_USERAGENT, kUserAgent);
    set(CURLOPT_TIMEOUT_MS, static_cast<long>(ms));
    set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(ms));
    set(CURLOPT_WRITEFUNCTION, &OnBody);
    set(CURLOPT_WRITEDATA, static_cast<void*>(&hop));
    set(CURLOPT_HEADERFUNCTION, &OnHeader);
    set(CURLOPT_HEADERDATA, static_cast<void*>(&hop));
    set(CURLOPT_OPENSOCKETFUNCTION, &OnSocket);
    set(CURLOPT_OPENSOCKETDATA, static_cast<void*>(&hop));
    set(CURLOPT_NOPROGRESS, 0L);
    set(CURLOPT_XFERINFOFUNCTION, &OnProgress);
    set(CURLOPT_XFERINFODATA, static_cast<void*>(&hop));
    set(CURLOPT_SSL_VERIFYPEER, 1L);
    set(CURLOPT_SSL_VERIFYHOST, 2L);
    set(CURLOPT_SSLVERSION, long{CURL_SSLVERSION_TLSv1_2});
    set(CURLOPT_SSL_CTX_FUNCTION, &OnTls);
    set(CURLOPT_SSL_CTX_DATA, static_cast<void*>(&hop));
    // Of HEAD only the length is told.
    if (method != Request::Method::kHead) set(CURLOPT_MAXFILESIZE_LARGE, static_cast<curl_off_t>(kMostBytes));
    if (!authorities_.empty()) set(CURLOPT_CAINFO, authorities_.c_str());
    List pinned;
    if (!url->address.has_value()) {
      const std::string addresses =
          absl::StrJoin(hop.addresses, ",", [](std::string* out, const Address& address) { absl::StrAppend(out, Written(address)); });
      pinned = ListOf({absl::StrCat(url->host, ":", url->port, ":", addresses)});
      set(CURLOPT_RESOLVE, pinned.get());
    }
    List headers;
    switch (method) {
      case Request::Method::kGet:
        set(CURLOPT_HTTPGET, 1L);
        break;
      case Request::Method::kHead:
        set(CURLOPT_NOBODY, 1L);
        break;
      case Request::Method::kPost: {
        const std::string type = request.content_type.empty() ? "application/x-www-form-urlencoded" : request.content_type;
        set(CURLOPT_POST, 1L);
        set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
        set(CURLOPT_COPYPOSTFIELDS, request.body.c_str());
        std::vector<std::string> lines = request.headers;
        lines.insert(lines.end(), {"Content-Type: " + type, "Expect:"});
        headers = ListOf(lines);
        set(CURLOPT_HTTPHEADER, headers.get());
      }
    }

    const Failure failure = FailureOf(curl_easy_perform(curl.get()), hop);
    long status = 0;
    curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
    answer.status = static_cast<int>(status);
    if (failure != Failure::kNone) return end(failure);
    const auto& finals = request.final_statuses;
    if (!LeadsOn(answer.status) || std::find(finals.begin(), finals.end(), answer.status) != finals.end()) {
      answer.body = std::move(hop.body);
      curl_header* wait = nullptr;
      if (curl_easy_header(curl.get(), "retry-after", 0, CURLH_HEADER, -1, &wait) == CURLHE_OK) answer.retry_after = wait->value;
      return end(Failure::kNone);
    }

    curl_header* location = nullptr;
    if (answer.redirects >= request.max_redirects ||
        curl_easy_header(curl.get(), "location", 0, CURLH_HEADER, -1, &location) != CURLHE_OK) {
      return end(Failure::kRedirect);
    }
    url = Follow(*url, location->value);
    if (!url.has_value()) return end(Failure::kRedirect);
    ++answer.redirects;
    if (method == Request::Method::kPost && answer.status <= 303) method = Request::Method::kGet;
  }
}

}  // namespace heitie::web
