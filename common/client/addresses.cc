#include "common/client/addresses.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>

#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/observe/survive.h"

namespace heitie::client {
namespace {

constexpr char kScheme[] = "dns:///";

std::set<std::string> AskSystem(const std::string& host) {
  addrinfo hints = {};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (getaddrinfo(host.c_str(), nullptr, &hints, &found) != 0) return {};
  std::set<std::string> four, six;
  for (const addrinfo* address = found; address != nullptr; address = address->ai_next) {
    char text[INET6_ADDRSTRLEN] = {};
    if (address->ai_family == AF_INET) {
      inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in*>(address->ai_addr)->sin_addr, text, sizeof(text));
      four.insert(text);
    } else if (address->ai_family == AF_INET6) {
      inet_ntop(AF_INET6, &reinterpret_cast<const sockaddr_in6*>(address->ai_addr)->sin6_addr, text, sizeof(text));
      six.insert(absl::StrCat("[", text, "]"));
    }
  }
  freeaddrinfo(found);
  return four.empty() ? six : four;
}

}  // namespace

struct AddressWatch::Entry {
  const std::string host;
  std::mutex mutex;  // held while `look` runs
  std::function<void(const std::set<std::string>&)> look;
};

namespace {

// Never destroyed: its thread goes on until the process ends.
class Watches {
 public:
  static Watches& Get() {
    static Watches& watches = *new Watches;
    return watches;
  }

  void Add(const std::shared_ptr<AddressWatch::Entry>& entry) {
    {
      const std::lock_guard lock(mutex_);
      entries_.push_back(entry);
      added_ = true;
    }
    wake_.notify_one();
  }
  void SetLookUp(LookUp look_up) {
    const std::lock_guard lock(mutex_);
    look_up_ = std::move(look_up);
  }

 private:
  Watches() {
    std::thread([this] {
      for (;; Sleep()) observe::Survive("addresses cannot be looked up", [this] { Look(); });
    }).detach();
  }

  void Sleep() {
    std::unique_lock lock(mutex_);
    wake_.wait_for(lock, absl::ToChronoMilliseconds(kLookUpInterval), [this] { return added_; });
    added_ = false;
  }

  void Look() {
    std::vector<std::shared_ptr<AddressWatch::Entry>> live;
    LookUp look_up;
    {
      const std::lock_guard lock(mutex_);
      std::erase_if(entries_, [](const std::weak_ptr<AddressWatch::Entry>& entry) { return entry.expired(); });
      for (const auto& entry : entries_) {
        if (auto held = entry.lock()) live.push_back(std::move(held));
      }
      look_up = look_up_;
    }
    for (const auto& entry : live) {
      const std::set<std::string> addresses = look_up(entry->host);
      const std::lock_guard lock(entry->mutex);
      if (entry->look) entry->look(addresses);
    }
  }

  std::mutex mutex_;
  std::condition_variable wake_;
  bool added_ = false;
  LookUp look_up_ = AskSystem;
  std::vector<std::weak_ptr<AddressWatch::Entry>> entries_;
};

}  // namespace

NamedTarget NamedTargetOf(const std::string& target) {
  if (!absl::StartsWith(target, kScheme)) return {};
  const std::string address = target.substr(sizeof(kScheme) - 1);
  const size_t colon = address.rfind(':');
  if (colon == std::string::npos || colon == 0 || address[0] == '[') return {};
  NamedTarget named{address.substr(0, colon), address.substr(colon + 1)};
  in_addr four;
  return inet_pton(AF_INET, named.host.c_str(), &four) == 1 ? NamedTarget() : named;
}

void SetLookUp(LookUp look_up) { Watches::Get().SetLookUp(look_up ? std::move(look_up) : LookUp(AskSystem)); }

AddressWatch::AddressWatch(const std::string& host, std::function<void(const std::set<std::string>&)> look)
    : entry_(new Entry{host, {}, std::move(look)}) {
  Watches::Get().Add(entry_);
}

AddressWatch::~AddressWatch() {
  const std::lock_guard lock(entry_->mutex);
  entry_->look = nullptr;
}

}  // namespace heitie::client
