#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/http/connection.h"
#include "common/observe/log.h"
#include "common/observe/survive.h"

namespace heitie::http {
namespace {

void HandleNow(const Core& core, Request request, std::shared_ptr<Responder> responder) {
  try {
    core.handler(std::move(request), std::move(responder));
  } catch (...) {
    observe::LogException("a request could not be handled");  // the responder, which nobody holds any more, answers 500
  }
}

}  // namespace

const status::Phrase kNoPath{"the target is no path", "目標不是路徑"};
const status::Phrase kSeveralHosts{"there is more than one Host", "Host 標頭不只一個"};

Seat::Seat(Core& core, Connection* connection, const boost::asio::ip::address& peer)
    : core_(core), connection_(connection), origin_(OriginOf(peer)), nowhere_{connection}, where_(nowhere_.begin()) {
  std::lock_guard lock(core_.mutex);
  core_.connections.insert(connection_);
  ++core_.of_origin[origin_];
  core_.waiting.splice(core_.waiting.end(), nowhere_, where_);
  listed_ = &core_.waiting;
}

Seat::~Seat() {
  SetUnsent(0);
  std::lock_guard lock(core_.mutex);
  listed_->erase(where_);
  core_.leaving.erase(connection_);
  core_.connections.erase(connection_);
  const auto of_origin = core_.of_origin.find(origin_);
  if (--of_origin->second == 0) core_.of_origin.erase(of_origin);
  if (core_.connections.empty()) core_.none_left.notify_all();
}

void Seat::MoveTo(std::list<Connection*>* list) {
  std::lock_guard lock(core_.mutex);
  if (list == nullptr) list = &nowhere_;
  list->splice(list->end(), *listed_, where_);
  listed_ = list;
}

void Seat::Leave(bool leaving) {
  std::lock_guard lock(core_.mutex);
  if (leaving) {
    core_.leaving.insert(connection_);
  } else {
    core_.leaving.erase(connection_);
  }
}

void Seat::SetUnsent(size_t now) {
  core_.unsent += now - unsent_;
  *owed_ += now - unsent_;
  unsent_ = now;
}

std::shared_ptr<void> Seat::Promise(const std::shared_ptr<Core>& core, size_t bytes) const {
  const bool much = core->unsent.fetch_add(bytes) > core->options.max_unsent_bytes;
  const bool much_here = owed_->fetch_add(bytes) > core->options.max_unsent_of_connection;
  std::shared_ptr<void> promise(owed_.get(), [core, owed = owed_, bytes](void*) {
    core->unsent -= bytes;
    *owed -= bytes;
  });
  return much || much_here ? nullptr : promise;
}

bool Seat::MayAsk() const {
  const size_t owed = *owed_;
  return owed == 0 || (owed <= core_.options.max_unsent_of_connection && core_.unsent <= core_.options.max_unsent_bytes);
}

boost::asio::ip::address OriginOf(const boost::asio::ip::address& peer) {
  if (!peer.is_v6()) return peer;
  const auto v6 = peer.to_v6();
  if (v6.is_v4_mapped()) return boost::asio::ip::make_address_v4(boost::asio::ip::v4_mapped, v6);
  auto bytes = v6.to_bytes();
  std::fill(bytes.begin() + 8, bytes.end(), 0);
  return boost::asio::ip::address_v6(bytes);
}

Response Explained(const Core& core, const Request& head, const Refused& refused) {
  Response response;
  if (!observe::Survive("a refusal could not be explained", [&] { response = core.explain(head, refused.why, refused.code); })) {
    response = Explained(head, refused.why, refused.code);
  }
  if (refused.code == 503 && !response.headers.Has("Retry-After")) response.headers.Add("Retry-After", "1");
  return response;
}

Verdict Judged(const Core& core, const Request& head) {
  if (!core.judge) return {};
  try {
    return core.judge(head);
  } catch (...) {
    observe::LogException("a request could not be judged", {{"path", head.path}});
    Verdict verdict;
    verdict.refusal = Explained(core, head, NotJudged());
    return verdict;
  }
}

void Handle(const std::shared_ptr<Core>& core, Request request, std::shared_ptr<Responder> responder) {
  if (request.body.size() <= work::kLong) return HandleNow(*core, std::move(request), std::move(responder));
  core->loops->Nearest().Aside([core, request = std::move(request), responder = std::move(responder)]() mutable {
    if (!core->stopped) HandleNow(*core, std::move(request), std::move(responder));
  });
}

bool SplitTarget(std::string target, Request* request) {
  // The absolute form, "http://host/path", whose host counts (RFC 9112, 3.2.2). An empty path is "/" (RFC 9110, 4.2.3).
  for (const std::string scheme : {"http://", "https://"}) {
    if (!absl::StartsWithIgnoreCase(target, scheme)) continue;
    const size_t end = std::min(target.find_first_of("/?", scheme.size()), target.size());
    if (end == scheme.size()) return false;
    request->host = target.substr(scheme.size(), end - scheme.size());
    target.erase(0, end);
    if (target.empty() || target[0] == '?') target.insert(0, "/");
    break;
  }
  if (target != "*" && target[0] != '/') return false;
  const size_t question = target.find('?');
  request->path = target.substr(0, question);
  if (question != std::string::npos) request->query = target.substr(question + 1);
  return true;
}

bool HasBody(int status) { return status != 204 && status != 304 && status >= 200; }

bool IsOneLine(std::string_view value) {
  return std::none_of(value.begin(), value.end(), [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
}

std::string OneLine(std::string_view value) {
  std::string line;
  std::copy_if(value.begin(), value.end(), std::back_inserter(line), [](char c) { return IsOneLine({&c, 1}); });
  return line;
}

const std::string& HttpDate() {
  static thread_local int64_t second = -1;
  static thread_local std::string text;
  const absl::Time now = absl::Now();
  if (std::exchange(second, absl::ToUnixSeconds(now)) != absl::ToUnixSeconds(now)) {
    text = absl::FormatTime("%a, %d %b %Y %H:%M:%S GMT", now, absl::UTCTimeZone());
  }
  return text;
}

}  // namespace heitie::http
