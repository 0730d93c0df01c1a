#include "common/client/http2/balancer.h"

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <list>
#include <map>
#include <mutex>
#include <optional>
#include <random>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "common/client/addresses.h"
#include "common/client/http2/link.h"
#include "common/observe/log.h"

namespace heitie::client {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using Address = asio::ip::tcp::endpoint;

// A server that restarts is back within seconds: look often.
constexpr absl::Duration kFirstReconnect = absl::Milliseconds(100), kMaxReconnect = absl::Seconds(3);
constexpr double kGrowth = 1.6;
// A connection that was good for less is not made anew at once.
constexpr absl::Duration kGoodFor = absl::Milliseconds(50);
// Calls that wait for a connection are looked at so often whether they still do.
constexpr std::chrono::milliseconds kBetweenLooks{20};

std::optional<Address> AddressOf(std::string host, const std::string& port) {
  int number = 0;
  if (!absl::SimpleAtoi(port, &number) || number < 1 || number > 65535) return std::nullopt;
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  error_code error;
  const auto ip = asio::ip::make_address(host, error);
  if (error) return std::nullopt;
  return Address(ip, static_cast<uint16_t>(number));
}

struct Target {
  NamedTarget named;            // whose addresses are looked up
  std::vector<Address> fixed;   // otherwise
  std::string host, authority;  // as the server knows it
};

Target TargetOfText(const std::string& text) {
  Target target;
  std::string rest = text;
  for (const char* scheme : {"dns:///", "ipv4:", "ipv6:"}) {
    if (absl::StartsWith(text, scheme)) rest = text.substr(std::strlen(scheme));
  }
  for (const auto& one : absl::StrSplit(rest, ',')) {
    const size_t colon = one.rfind(':');
    if (colon == absl::string_view::npos) continue;
    const std::string host(one.substr(0, colon)), port(one.substr(colon + 1));
    if (target.host.empty()) {
      target.host = host;
      target.authority = absl::StrCat(host, ":", port);
    }
    if (const auto address = AddressOf(host, port)) target.fixed.push_back(*address);
  }
  if (target.fixed.empty()) target.named = NamedTargetOf(absl::StrCat("dns:///", rest));
  return target;
}

class AllLinks;

// The balancers of one channel. Set before the first begins.
using Siblings = std::vector<std::weak_ptr<AllLinks>>;

class AllLinks final : public Balancer, public Link::Owner, public std::enable_shared_from_this<AllLinks> {
 public:
  AllLinks(work::Loop& loop, const Options& options, std::shared_ptr<const Siblings> siblings)
      : loop_(loop), io_(loop.io()), options_(options), target_(TargetOfText(options.target)), siblings_(std::move(siblings)), look_(io_) {}

  void Begin() {
    if (target_.named.host.empty()) return Follow(target_.fixed);
    watch_.emplace(target_.named.host, [this](const std::set<std::string>& found) {
      std::vector<Address> addresses;
      for (const std::string& host : found) {
        if (const auto address = AddressOf(host, target_.named.port)) addresses.push_back(*address);
      }
      Follow(addresses);
    });
  }

  void Start(CallPtr call) override {
    LinkPtr link;
    std::string why;
    {
      const std::lock_guard lock(mutex_);
      link = Pick();
      if (link == nullptr && !stopped_ && MayWait()) {
        waiting_.push_back(std::move(call));
        LookLater();
        return;
      }
      why = last_error_;
    }
    // Who starts a call may hold what its end needs.
    if (link == nullptr) return asio::post(io_, [call = std::move(call), why] { Send(nullptr, call, why); });
    Send(link, call, why);
  }

  void Stop() override {
    watch_.reset();
    std::list<CallPtr> waiting;
    std::unique_lock lock(mutex_);
    stopped_ = true;
    waiting.swap(waiting_);
    for (auto& [address, way] : ways_) {
      if (way.again) way.again->cancel();
    }
    ready_.clear();
    const std::set<LinkPtr> links = links_;
    lock.unlock();
    for (const LinkPtr& link : links) link->Close();
    for (const CallPtr& call : waiting) call->Finish(grpc::Status::CANCELLED);
    lock.lock();
    none_left_.wait(lock, [this] { return links_.empty(); });
  }

  // ---- What connections tell

  void OnServing(const LinkPtr& link, bool serving) override {
    std::optional<Address> found;
    {
      const std::lock_guard lock(mutex_);
      auto* const entry = EntryOf(link);
      if (entry == nullptr || stopped_) return;
      Way& way = entry->second;
      way.state = serving ? State::kReady : State::kFailed;
      if (serving) {
        way.ready_since = absl::Now();
        way.backoff = kFirstReconnect;
        found = entry->first;
      } else {
        last_error_ = absl::StrCat(options_.target, ": the server does not serve");
      }
      Refresh();
    }
    SendWaiting();
    if (found.has_value()) TellSiblings(*found);
  }

  void OnLeaving(const LinkPtr& link) override {
    {
      const std::lock_guard lock(mutex_);
      Lose(link, "the connection takes no more calls", true);
    }
    SendWaiting();
  }

  void OnClosed(const LinkPtr& link, const std::string& why) override {
    {
      const std::lock_guard lock(mutex_);
      Lose(link, why, false);
      links_.erase(link);
      if (links_.empty()) none_left_.notify_all();
    }
    SendWaiting();
  }

  void Again(CallPtr call) override { Start(std::move(call)); }

 private:
  enum class State { kConnecting, kReady, kFailed };
  // To one address.
  struct Way {
    State state = State::kConnecting;
    LinkPtr link;        // none while it waits to be connected again
    bool wanted = true;  // the name leads here
    absl::Duration backoff = kFirstReconnect;
    absl::Time ready_since = absl::InfiniteFuture();
    std::shared_ptr<asio::steady_timer> again;
  };

  // ---- Under mutex_

  std::pair<const Address, Way>* EntryOf(const LinkPtr& link) {
    for (auto& entry : ways_) {
      if (entry.second.link == link) return &entry;
    }
    return nullptr;
  }

  LinkPtr Pick() {
    if (ready_.empty()) return nullptr;
    return ready_[options_.in_turn ? turn_++ % ready_.size() : 0];
  }

  bool MayWait() const {
    if (ways_.empty()) return !asked_in_vain_;
    return std::any_of(ways_.begin(), ways_.end(), [](const auto& entry) { return entry.second.state == State::kConnecting; });
  }

  // Those that are not wanted any more go when one of the others is there.
  void Refresh() {
    const bool wanted = std::any_of(ways_.begin(), ways_.end(),
                                    [](const auto& entry) { return entry.second.wanted && entry.second.state == State::kReady; });
    std::vector<LinkPtr> unwanted;
    for (auto it = ways_.begin(); it != ways_.end();) {
      if (it->second.wanted || !wanted) {
        ++it;
        continue;
      }
      if (it->second.link != nullptr) it->second.link->Leave();
      it = ways_.erase(it);
    }
    ready_.clear();
    for (const auto& [address, way] : ways_) {
      if (way.state == State::kReady) ready_.push_back(way.link);
    }
  }

  // A server that politely ends a connection that is not ready yet, because it is old already, is there all the same.
  void Lose(const LinkPtr& link, const std::string& why, bool polite) {
    for (auto it = ways_.begin(); it != ways_.end(); ++it) {
      Way& way = it->second;
      if (way.link != link) continue;
      const bool was_good = way.state == State::kReady && absl::Now() > way.ready_since + kGoodFor;
      const bool try_again = way.state == State::kReady || (polite && way.state == State::kConnecting);
      last_error_ = absl::StrCat(it->first.address().to_string(), ":", it->first.port(), ": ", why);
      way.link = nullptr;
      way.state = try_again ? State::kConnecting : State::kFailed;
      if (!way.wanted) {
        ways_.erase(it);
      } else if (!stopped_) {
        was_good ? Connect(it->first, way) : ConnectLater(it->first, way);
      }
      return Refresh();
    }
  }

  void Connect(const Address& address, Way& way) {
    Link::Options options;
    options.address = address;
    options.tls = options_.tls;
    options.server_name = options_.server_name.empty() ? target_.host : options_.server_name;
    options.authority = options_.server_name.empty() ? target_.authority : options_.server_name;
    options.watch_health = options_.in_turn;
    way.link = Link::New(loop_, std::move(options), weak_from_this());
    links_.insert(way.link);
    way.link->Connect();
  }

  void ConnectLater(const Address& address, Way& way) {
    static thread_local std::minstd_rand random{std::random_device{}()};
    way.again = std::make_shared<asio::steady_timer>(io_);
    way.again->expires_after(absl::ToChronoMicroseconds(way.backoff * std::uniform_real_distribution<double>(0.8, 1.2)(random)));
    way.again->async_wait([weak = weak_from_this(), address](const error_code& error) {
      const auto self = weak.lock();
      if (error || self == nullptr) return;
      const std::lock_guard lock(self->mutex_);
      const auto found = self->ways_.find(address);
      if (!self->stopped_ && found != self->ways_.end() && found->second.link == nullptr) self->Connect(address, found->second);
    });
    way.backoff = std::min(way.backoff * kGrowth, kMaxReconnect);
  }

  void LookLater() {
    if (std::exchange(looking_, true)) return;
    look_.expires_after(kBetweenLooks);
    look_.async_wait([weak = weak_from_this()](const error_code& error) {
      const auto self = weak.lock();
      if (error || self == nullptr) return;
      {
        const std::lock_guard lock(self->mutex_);
        self->looking_ = false;
      }
      self->SendWaiting();
    });
  }

  // ---- Without mutex_

  // A server that is back is back for all: otherwise requests would fail on one loop for seconds after they are answered on another.
  void TellSiblings(const Address& address) {
    for (const auto& weak : *siblings_) {
      const auto sibling = weak.lock();
      if (sibling == nullptr || sibling.get() == this) continue;
      asio::post(sibling->io_, [weak, address] {
        if (const auto live = weak.lock()) live->LookNow(address);
      });
    }
  }

  // Ends the wait for another attempt.
  void LookNow(const Address& address) {
    const std::lock_guard lock(mutex_);
    const auto found = ways_.find(address);
    if (stopped_ || found == ways_.end()) return;
    Way& way = found->second;
    way.backoff = kFirstReconnect;
    if (way.link != nullptr) return;
    if (way.again) way.again->cancel();
    way.state = State::kConnecting;
    Connect(address, way);
  }

  // No addresses: the name was asked for in vain.
  void Follow(const std::vector<Address>& addresses) {
    {
      const std::lock_guard lock(mutex_);
      if (stopped_) return;
      if (addresses.empty()) {
        if (ways_.empty()) last_error_ = absl::StrCat(options_.target, " has no address");
        asked_in_vain_ = true;
      } else {
        for (auto& [address, way] : ways_) way.wanted = false;
        for (const Address& address : addresses) {
          const auto [it, is_new] = ways_.try_emplace(address);
          it->second.wanted = true;
          if (is_new) Connect(address, it->second);
        }
        Refresh();
      }
    }
    SendWaiting();
  }

  void SendWaiting() {
    std::vector<std::pair<LinkPtr, CallPtr>> to_send;
    std::string why;
    {
      const std::lock_guard lock(mutex_);
      why = last_error_;
      const absl::Time now = absl::Now();
      const bool may_wait = MayWait();
      for (auto it = waiting_.begin(); it != waiting_.end();) {
        LinkPtr link = Pick();
        const bool over = (*it)->cancelled() || now >= (*it)->deadline;
        if (link == nullptr && may_wait && !over) {
          ++it;
          continue;
        }
        to_send.emplace_back(std::move(link), std::move(*it));
        it = waiting_.erase(it);
      }
      if (!waiting_.empty()) LookLater();
    }
    for (auto& [link, call] : to_send) Send(link, call, why);
  }

  static void Send(const LinkPtr& link, const CallPtr& call, const std::string& why) {
    if (link != nullptr) {
      call->SetLink(link);
      return link->Start(call);
    }
    if (call->cancelled()) return call->Finish(grpc::Status::CANCELLED);
    const bool late = absl::Now() >= call->deadline;
    call->Finish(late ? grpc::Status(grpc::StatusCode::DEADLINE_EXCEEDED, "Deadline Exceeded")
                      : grpc::Status(grpc::StatusCode::UNAVAILABLE, why));
  }

  work::Loop& loop_;
  asio::io_context& io_;
  const Options options_;
  const Target target_;
  const std::shared_ptr<const Siblings> siblings_;
  std::mutex mutex_;  // what follows is guarded by it
  std::map<Address, Way> ways_;
  std::vector<LinkPtr> ready_;
  size_t turn_ = 0;
  std::set<LinkPtr> links_;  // all that are open, also those that take nothing new
  std::condition_variable none_left_;
  std::list<CallPtr> waiting_;
  asio::steady_timer look_;
  bool looking_ = false, asked_in_vain_ = false, stopped_ = false;
  std::string last_error_;

  std::optional<AddressWatch> watch_;  // last: it uses what is above
};

}  // namespace

std::vector<std::shared_ptr<Balancer>> Balancer::OnEach(work::Loops& loops, const Options& options) {
  const auto siblings = std::make_shared<Siblings>();
  std::vector<std::shared_ptr<AllLinks>> all;
  for (size_t i = 0; i < loops.size(); ++i) all.push_back(std::make_shared<AllLinks>(loops[i], options, siblings));
  siblings->assign(all.begin(), all.end());
  for (const auto& one : all) one->Begin();
  return {all.begin(), all.end()};
}

}  // namespace heitie::client
