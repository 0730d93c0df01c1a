// For tests: a server that speaks HTTP/2 frame by frame to one client at a time and need not follow any rule.
#ifndef HEITIE_COMMON_CLIENT_HTTP2_SERVER_TESTING_H_
#define HEITIE_COMMON_CLIENT_HTTP2_SERVER_TESTING_H_

#include <arpa/inet.h>
#include <netinet/in.h>
#include <nghttp2/nghttp2.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>
#include <string>
#include <utility>
#include <vector>

namespace heitie::client {

class RawServer {
 public:
  using Fields = std::vector<std::pair<std::string, std::string>>;
  enum Type { kData, kHeaders, kPriority, kReset, kSettings, kPush, kPing, kGoAway, kWindow, kContinuation };
  enum Flag { kAck = 1, kEndStream = 1, kEndHeaders = 4 };
  struct Frame {
    int type = -1;  // -1: the client has gone, or nothing came for long
    int flags = 0, stream = 0;
    std::string payload;
  };

  RawServer() : listening_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    (void)bind(listening_, reinterpret_cast<sockaddr*>(&address), size);
    (void)listen(listening_, 16);
    (void)getsockname(listening_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
  }
  ~RawServer() {
    Hang();
    close(listening_);
  }
  RawServer(const RawServer&) = delete;
  int port() const { return port_; }

  // Waits for the next client, takes its preface and says `settings`. False when none comes.
  bool Accept(const std::string& settings = "") {
    Hang();
    if (!Readable(listening_)) return false;
    fd_ = accept4(listening_, nullptr, nullptr, SOCK_CLOEXEC);
    nghttp2_hd_deflate_new(&deflater_, 4096);
    return Exactly(std::strlen(NGHTTP2_CLIENT_MAGIC)) == NGHTTP2_CLIENT_MAGIC &&
           Say(Bytes(kSettings, 0, 0, settings) + Bytes(kSettings, kAck, 0, ""));
  }
  // Ends the connection.
  void Hang() {
    if (fd_ < 0) return;
    close(std::exchange(fd_, -1));
    nghttp2_hd_deflate_del(deflater_);
  }

  bool Say(const std::string& bytes) { return send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size()); }
  Frame Read() {
    const std::string head = Exactly(9);
    if (head.size() < 9) return {};
    const auto byte = [&](size_t i) { return static_cast<unsigned char>(head[i]); };
    Frame frame{byte(3), byte(4), byte(5) << 24 | byte(6) << 16 | byte(7) << 8 | byte(8), {}};
    frame.payload = Exactly(byte(0) << 16 | byte(1) << 8 | byte(2));
    return frame;
  }
  // The next of that type; those before are dropped.
  Frame Await(int type) {
    while (true) {
      Frame frame = Read();
      if (frame.type == type || frame.type == -1) return frame;
    }
  }
  // The stream of the next request, when it has come whole; 0 when none comes.
  int Request() {
    while (true) {
      const Frame frame = Read();
      if (frame.type == -1) return 0;
      if (frame.type == kData && (frame.flags & kEndStream) != 0) return frame.stream;
    }
  }

  static std::string Number(uint32_t value, int bytes = 4) {
    std::string text;
    for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) text.push_back(static_cast<char>(value >> shift));
    return text;
  }
  static std::string Bytes(int type, int flags, int stream, const std::string& payload) {
    return Number(static_cast<uint32_t>(payload.size()), 3) + static_cast<char>(type) + static_cast<char>(flags) +
           Number(static_cast<uint32_t>(stream)) + payload;
  }
  std::string Headers(int stream, const Fields& fields, bool end) {
    std::vector<nghttp2_nv> values;
    const auto bytes = [](const std::string& text) { return reinterpret_cast<uint8_t*>(const_cast<char*>(text.data())); };
    for (const auto& [name, value] : fields) {
      values.push_back({bytes(name), bytes(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NO_INDEX});
    }
    std::string block(nghttp2_hd_deflate_bound(deflater_, values.data(), values.size()), '\0');
    block.resize(static_cast<size_t>(
        nghttp2_hd_deflate_hd(deflater_, reinterpret_cast<uint8_t*>(block.data()), block.size(), values.data(), values.size())));
    return Bytes(kHeaders, kEndHeaders | (end ? kEndStream : 0), stream, block);
  }
  static std::string Message(const std::string& bytes, char flags = 0) {
    return flags + Number(static_cast<uint32_t>(bytes.size())) + bytes;
  }
  std::string Head(int stream) { return Headers(stream, {{":status", "200"}, {"content-type", "application/grpc"}}, false); }
  // A whole answer.
  std::string Answer(int stream, const std::string& message) {
    return Head(stream) + Bytes(kData, 0, stream, Message(message)) + Headers(stream, {{"grpc-status", "0"}}, true);
  }

 private:
  static constexpr int kPatienceMillis = 10'000;

  static bool Readable(int fd) {
    pollfd readable{fd, POLLIN, 0};
    return poll(&readable, 1, kPatienceMillis) > 0;
  }
  std::string Exactly(size_t size) {
    std::string bytes(size, '\0');
    for (size_t have = 0; have < size;) {
      const ssize_t count = Readable(fd_) ? recv(fd_, bytes.data() + have, size - have, 0) : 0;
      if (count <= 0) return "";
      have += static_cast<size_t>(count);
    }
    return bytes;
  }

  const int listening_;
  int port_ = 0;
  int fd_ = -1;
  nghttp2_hd_deflater* deflater_ = nullptr;
};

}  // namespace heitie::client

#endif  // HEITIE_COMMON_CLIENT_HTTP2_SERVER_TESTING_H_
