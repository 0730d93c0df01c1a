// For tests: a client that speaks HTTP/2 frame by frame and need not follow any rule.
#ifndef HEITIE_COMMON_RPC_GRPC_RAW_HTTP2_TESTING_H_
#define HEITIE_COMMON_RPC_GRPC_RAW_HTTP2_TESTING_H_

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <nghttp2/nghttp2.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace heitie::rpc {

// A message as gRPC frames it; `length` may lie.
inline std::string Framed(const std::string& message, bool compressed = false) {
  const auto size = static_cast<uint32_t>(message.size());
  std::string framed{static_cast<char>(compressed), static_cast<char>(size >> 24), static_cast<char>(size >> 16),
                     static_cast<char>(size >> 8), static_cast<char>(size)};
  return framed + message;
}

// A connected socket, or -1. Reads and writes end after 30 s.
inline int ConnectTo(int port, const char* from = "127.0.0.1") {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in self{}, server{};
  self.sin_family = server.sin_family = AF_INET;
  inet_pton(AF_INET, from, &self.sin_addr);
  server.sin_port = htons(static_cast<uint16_t>(port));
  server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const timeval patience{30, 0};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
  const bool connected = bind(fd, reinterpret_cast<const sockaddr*>(&self), sizeof(self)) == 0 &&
                         connect(fd, reinterpret_cast<const sockaddr*>(&server), sizeof(server)) == 0;
  if (connected) return fd;
  close(fd);
  return -1;
}

class RawHttp2 {
 public:
  using Fields = std::vector<std::pair<std::string, std::string>>;

  explicit RawHttp2(int port) : fd_(ConnectTo(port)) {
    EXPECT_GE(fd_, 0);
    nghttp2_hd_deflate_new(&deflater_, 4096);
    nghttp2_hd_inflate_new(&inflater_);
    Send(NGHTTP2_CLIENT_MAGIC + Frame(kSettings, 0, 0, ""));
  }
  ~RawHttp2() {
    nghttp2_hd_deflate_del(deflater_);
    nghttp2_hd_inflate_del(inflater_);
    close(fd_);
  }
  RawHttp2(const RawHttp2&) = delete;

  // The head of a request to "package.Service/Method"; its stream.
  int Head(const std::string& method, const Fields& fields) {
    Fields all{{":method", "POST"},         {":scheme", "http"}, {":path", "/" + method},
               {":authority", "localhost"}, {"te", "trailers"},  {"content-type", "application/grpc"}};
    all.insert(all.end(), fields.begin(), fields.end());
    next_ += 2;
    Send(Frame(kHeaders, kEndHeaders, next_, Deflated(all)));
    return next_;
  }
  // As much as the connection takes; `end`: the last of the stream.
  void Data(int stream, const std::string& bytes, bool end = true) {
    constexpr size_t kMost = 16384;
    for (size_t at = 0; at == 0 || at < bytes.size(); at += kMost) {
      const bool last = at + kMost >= bytes.size();
      Send(Frame(kData, last && end ? kEndStream : 0, stream, bytes.substr(at, kMost)));
    }
  }

  // Zeros, as fast as the server makes room for them, until the stream has ended or `most` are gone. How many went.
  size_t Pour(int stream, size_t most) {
    const std::string zeros(16384, '\0');
    size_t sent = 0;
    int64_t& window = windows_.try_emplace(stream, initial_).first->second;
    while (sent < most && ended_.count(stream) == 0) {
      const int64_t room = std::min<int64_t>({window, windows_[0], static_cast<int64_t>(zeros.size())});
      if (room <= 0) {
        if (!ReadFrame()) break;
        continue;
      }
      Send(Frame(kData, 0, stream, zeros.substr(0, static_cast<size_t>(room))));
      window -= room;
      windows_[0] -= room;
      sent += static_cast<size_t>(room);
    }
    return sent;
  }

  // Reads what has come, without waiting for more. How many streams have ended.
  size_t CountEnded() {
    pollfd readable{fd_, POLLIN, 0};
    while (poll(&readable, 1, 0) > 0 && ReadFrame()) {
    }
    return ended_.size();
  }
  // As far as was read.
  bool HasEnded(int stream) const { return ended_.count(stream) > 0; }

  // Reads until the stream has ended: its headers and trailers, and "rst" with the code when it was reset. Empty when the connection ended
  // or nothing came for 30 s.
  std::map<std::string, std::string> End(int stream) {
    while (ended_.count(stream) == 0) {
      if (!ReadFrame()) return {};
    }
    return fields_[stream];
  }
  // grpc-status of the stream's end, "" when it has none.
  std::string Status(int stream) {
    const auto fields = End(stream);
    const auto status = fields.find("grpc-status");
    return status == fields.end() ? "" : status->second;
  }

 private:
  enum Type { kData = 0, kHeaders = 1, kReset = 3, kSettings = 4, kPing = 6, kGoAway = 7, kWindow = 8 };
  enum Flag { kAck = 1, kEndStream = 1, kEndHeaders = 4 };

  static std::string Frame(int type, int flags, int stream, const std::string& payload) {
    const auto size = payload.size();
    std::string frame{static_cast<char>(size >> 16), static_cast<char>(size >> 8), static_cast<char>(size), static_cast<char>(type),
                      static_cast<char>(flags)};
    for (int shift = 24; shift >= 0; shift -= 8) frame.push_back(static_cast<char>(stream >> shift));
    return frame + payload;
  }

  std::string Deflated(const Fields& fields) {
    std::vector<nghttp2_nv> values;
    const auto bytes = [](const std::string& text) { return reinterpret_cast<uint8_t*>(const_cast<char*>(text.data())); };
    for (const auto& [name, value] : fields) {
      values.push_back({bytes(name), bytes(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NO_INDEX});
    }
    std::string block(nghttp2_hd_deflate_bound(deflater_, values.data(), values.size()), '\0');
    const auto size =
        nghttp2_hd_deflate_hd(deflater_, reinterpret_cast<uint8_t*>(block.data()), block.size(), values.data(), values.size());
    block.resize(static_cast<size_t>(size));
    return block;
  }

  void Inflate(int stream, const std::string& block) {
    auto* in = reinterpret_cast<const uint8_t*>(block.data());
    size_t left = block.size();
    while (true) {
      nghttp2_nv field;
      int flags = 0;
      const auto used = nghttp2_hd_inflate_hd2(inflater_, &field, &flags, in, left, 1);
      if (used < 0) break;
      in += used;
      left -= static_cast<size_t>(used);
      if (flags & NGHTTP2_HD_INFLATE_EMIT) {
        fields_[stream][std::string(reinterpret_cast<char*>(field.name), field.namelen)] =
            std::string(reinterpret_cast<char*>(field.value), field.valuelen);
      }
      if (flags & NGHTTP2_HD_INFLATE_FINAL) break;
    }
    nghttp2_hd_inflate_end_headers(inflater_);
  }

  bool ReadFrame() {
    std::string head;
    if (!Receive(9, head)) return false;
    const auto byte = [&](size_t i) { return static_cast<uint8_t>(head[i]); };
    const int type = byte(3), flags = byte(4), stream = byte(5) << 24 | byte(6) << 16 | byte(7) << 8 | byte(8);
    std::string payload;
    if (!Receive(static_cast<size_t>(byte(0)) << 16 | byte(1) << 8 | byte(2), payload)) return false;
    if ((type == kSettings || type == kPing) && !(flags & kAck)) Send(Frame(type, kAck, 0, type == kPing ? payload : ""));
    const auto number = [&](size_t at) {
      uint32_t value = 0;
      for (size_t i = at; i < at + 4; ++i) value = value << 8 | static_cast<uint8_t>(payload[i]);
      return value;
    };
    if (type == kSettings) {
      for (size_t at = 0; at + 6 <= payload.size(); at += 6) {
        if (payload[at + 1] == NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE) SetInitialWindow(number(at + 2));
      }
    }
    if (type == kWindow) windows_.try_emplace(stream, initial_).first->second += number(0);
    if (type == kHeaders) Inflate(stream, payload);
    if (type == kReset) fields_[stream]["rst"] = std::to_string(static_cast<uint8_t>(payload[3]));
    if (type == kReset || ((type == kHeaders || type == kData) && (flags & kEndStream))) ended_.insert(stream);
    return true;
  }

  void SetInitialWindow(int64_t size) {
    for (auto& [stream, window] : windows_) window += stream == 0 ? 0 : size - initial_;
    initial_ = size;
  }

  bool Receive(size_t size, std::string& to) {
    to.resize(size);
    return size == 0 || recv(fd_, to.data(), size, MSG_WAITALL) == static_cast<ssize_t>(size);
  }
  void Send(const std::string& bytes) {
    for (size_t sent = 0; sent < bytes.size();) {
      const ssize_t count = send(fd_, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
      if (count <= 0) return;
      sent += static_cast<size_t>(count);
    }
  }

  const int fd_;
  nghttp2_hd_deflater* deflater_ = nullptr;
  nghttp2_hd_inflater* inflater_ = nullptr;
  int next_ = -1;
  std::map<int, std::map<std::string, std::string>> fields_;
  std::set<int> ended_;
  int64_t initial_ = 65535;
  std::map<int, int64_t> windows_{{0, 65535}};  // 0: the connection's
};

}  // namespace heitie::rpc

#endif  // HEITIE_COMMON_RPC_GRPC_RAW_HTTP2_TESTING_H_
