// An HTTP/1.1 client as small as a closed loop needs, so that it takes little of the machine it shares with the servers.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "tests/load/measure.h"

namespace heitie::load {
namespace {

struct Conversation {
  int fd = -1;
  Clock::time_point asked;
  std::string answer;
};

int Connect(const std::string& host, int port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  if (inet_pton(AF_INET, host.c_str(), &address.sin_addr) != 1) Die("not an IPv4 address: " + host);
  if (connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) Die(absl::StrCat("cannot connect to ", host, ":", port));
  const int yes = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
  return fd;
}

void Ask(Conversation& connection, const std::string& request) {
  connection.answer.clear();
  connection.asked = Clock::now();
  if (write(connection.fd, request.data(), request.size()) != static_cast<ssize_t>(request.size())) Die("the HTTP connection broke");
}

// Whether the answer is complete. Stops the program unless it is 200.
bool IsComplete(const std::string& answer) {
  const size_t head = answer.find("\r\n\r\n");
  if (head == std::string::npos) return false;
  if (answer.compare(0, 12, "HTTP/1.1 200") != 0) Die(absl::StrCat("HTTP answer: ", answer));
  const std::string lower = absl::AsciiStrToLower(answer.substr(0, head));
  const size_t length = lower.find("content-length:");
  if (length == std::string::npos) Die(absl::StrCat("HTTP answer without a length: ", answer));
  return answer.size() >= head + 4 + std::strtoull(lower.c_str() + length + sizeof("content-length:") - 1, nullptr, 10);
}

void Receive(Conversation& connection) {
  char buffer[64 << 10];
  const ssize_t size = read(connection.fd, buffer, sizeof(buffer));
  if (size <= 0) Die("the HTTP connection was closed");
  connection.answer.append(buffer, static_cast<size_t>(size));
}

}  // namespace

Samples LoopHttp(const std::string& host, int port, int in_flight, const Window& window, const std::function<std::string()>& next) {
  const int poll = epoll_create1(EPOLL_CLOEXEC);
  std::vector<Conversation> connections(in_flight);
  for (Conversation& connection : connections) {
    connection.fd = Connect(host, port);
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.ptr = &connection;
    epoll_ctl(poll, EPOLL_CTL_ADD, connection.fd, &event);
    Ask(connection, next());
  }
  Samples samples;
  for (int running = in_flight; running > 0;) {
    epoll_event events[64];
    const int count = epoll_wait(poll, events, 64, 10'000);
    if (count <= 0) Die("no HTTP answer within ten seconds");
    for (int i = 0; i < count; ++i) {
      auto& connection = *static_cast<Conversation*>(events[i].data.ptr);
      Receive(connection);
      if (!IsComplete(connection.answer)) continue;
      const auto now = Clock::now();
      samples.Add(window, connection.asked, now);
      if (now < window.end) {
        Ask(connection, next());
      } else {
        --running;
      }
    }
  }
  for (const Conversation& connection : connections) close(connection.fd);
  close(poll);
  return samples;
}

}  // namespace heitie::load
