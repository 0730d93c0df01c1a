#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <system_error>
#include <thread>

#include "absl/time/clock.h"
#include "common/web/client.h"

namespace heitie::web {
namespace {

// Questions that hang at the same time.
constexpr int kMostQuestions = 128;

struct Question {
  std::mutex mutex;
  std::condition_variable answered;
  bool done = false;
  std::vector<Address> addresses;
};

std::vector<Address> AddressesOf(const std::string& host) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  std::vector<Address> addresses;
  if (getaddrinfo(host.c_str(), nullptr, &hints, &found) != 0) return addresses;
  for (const addrinfo* entry = found; entry != nullptr; entry = entry->ai_next) {
    const std::optional<Address> address = Address::Of(*entry->ai_addr);
    if (address.has_value() && std::find(addresses.begin(), addresses.end(), *address) == addresses.end()) addresses.push_back(*address);
  }
  freeaddrinfo(found);
  return addresses;
}

}  // namespace

// getaddrinfo knows no deadline: who asks stops waiting, and the thread ends when the system gives up.
Resolver SystemResolver() {
  const auto hanging = std::make_shared<std::atomic<int>>(0);
  return [hanging](const std::string& host, absl::Duration timeout) -> std::vector<Address> {
    if (hanging->fetch_add(1) >= kMostQuestions) {
      --*hanging;
      return {};
    }
    const auto question = std::make_shared<Question>();
    try {
      std::thread([host, question, hanging] {
        std::vector<Address> addresses = AddressesOf(host);
        {
          const std::lock_guard lock(question->mutex);
          question->addresses = std::move(addresses);
          question->done = true;
        }
        question->answered.notify_all();
        --*hanging;
      }).detach();
    } catch (const std::system_error&) {
      --*hanging;
      return {};
    }
    std::unique_lock lock(question->mutex);
    question->answered.wait_for(lock, absl::ToChronoNanoseconds(timeout), [&] { return question->done; });
    return question->addresses;
  };
}

}  // namespace heitie::web
