// For tests: a client that speaks HTTP/2 frame by frame and need not follow any rule.
#ifndef HEITIE_COMMON_HTTP_HTTP2_TESTING_H_
#define HEITIE_COMMON_HTTP_HTTP2_TESTING_H_

#include <nghttp2/nghttp2.h>
#include <poll.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "common/http/client_testing.h"

namespace heitie::http {

class Http2Client {
 public:
  using Fields = std::vector<std::pair<std::string, std::string>>;
  enum Type { kData, kHeaders, kPriority, kReset, kSettings, kPush, kPing, kGoAway, kWindow, kContinuation };
  enum Flag { kAck = 1, kEndStream = 1, kEndHeaders = 4, kPadded = 8 };

  // What came of a stream.
  struct Answer {
    std::map<std::string, std::string> head, trailers;
    std::string body;
    bool ended = false;
    int reset = -1;  // the code
  };

  // `begin`: with the preface and empty settings.
  explicit Http2Client(int port, bool begin = true, int receive_buffer = 0, int from = 1) : client_(port, receive_buffer, from) {
    nghttp2_hd_deflate_new(&deflater_, 4096);
    nghttp2_hd_inflate_new(&inflater_);
    if (begin) Say(NGHTTP2_CLIENT_MAGIC + Frame(kSettings, 0, 0, ""));
  }
  ~Http2Client() {
    nghttp2_hd_deflate_del(deflater_);
    nghttp2_hd_inflate_del(inflater_);
  }
  Http2Client(const Http2Client&) = delete;

  static std::string Number(uint32_t value, int bytes = 4) {
    std::string text;
    for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) text.push_back(static_cast<char>(value >> shift));
    return text;
  }
  static std::string Frame(int type, int flags, int stream, const std::string& payload) {
    return Number(static_cast<uint32_t>(payload.size()), 3) + static_cast<char>(type) + static_cast<char>(flags) +
           Number(static_cast<uint32_t>(stream)) + payload;
  }
  static std::string Setting(int id, uint32_t value) { return Number(static_cast<uint32_t>(id), 2) + Number(value); }

  // False when the server has closed.
  bool Say(const std::string& bytes) { return client_.Say(bytes); }

  std::string Deflated(const Fields& fields) {
    std::vector<nghttp2_nv> values;
    const auto bytes = [](const std::string& text) { return reinterpret_cast<uint8_t*>(const_cast<char*>(text.data())); };
    for (const auto& [name, value] : fields)
      values.push_back({bytes(name), bytes(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NO_INDEX});
    std::string block(nghttp2_hd_deflate_bound(deflater_, values.data(), values.size()), '\0');
    const auto size =
        nghttp2_hd_deflate_hd(deflater_, reinterpret_cast<uint8_t*>(block.data()), block.size(), values.data(), values.size());
    block.resize(static_cast<size_t>(size));
    return block;
  }

  // The HEADERS of the next stream, not sent yet.
  std::string Head(const std::string& method, const std::string& path, const Fields& more, bool end) {
    Fields fields{{":method", method}, {":scheme", "http"}, {":path", path}, {":authority", "h"}};
    fields.insert(fields.end(), more.begin(), more.end());
    next_ += 2;
    return Frame(kHeaders, kEndHeaders | (end ? kEndStream : 0), next_, Deflated(fields));
  }
  int last() const { return next_; }

  int Get(const std::string& path, const Fields& more = {}) {
    Say(Head("GET", path, more, true));
    return next_;
  }
  // With its body whole; what the windows do not take now is not sent.
  int Post(const std::string& path, const std::string& body, const Fields& more = {}) {
    Say(Head("POST", path, more, false));
    Data(next_, body, true);
    return next_;
  }
  int Begin(const std::string& path, const Fields& more = {}) {
    Say(Head("POST", path, more, false));
    return next_;
  }
  void Data(int stream, const std::string& bytes, bool end) {
    constexpr size_t kMost = 16384;
    for (size_t at = 0; at == 0 || at < bytes.size(); at += kMost) {
      const bool last = at + kMost >= bytes.size();
      Say(Frame(kData, last && end ? kEndStream : 0, stream, bytes.substr(at, kMost)));
    }
  }
  void Grow(int stream, uint32_t window) { Say(Frame(kWindow, 0, stream, Number(window))); }

  // Reads until the stream has ended or the connection has.
  Answer End(int stream) {
    while (!answers_[stream].ended && ReadFrame()) {
    }
    return answers_[stream];
  }
  // Reads until so much of the body has come.
  std::string Body(int stream, size_t size) {
    while (answers_[stream].body.size() < size && !answers_[stream].ended && ReadFrame()) {
    }
    return answers_[stream].body;
  }
  // Reads until the connection ends: the codes of the GOAWAY frames.
  std::vector<uint32_t> GoAways() {
    while (ReadFrame()) {
    }
    return go_aways_;
  }
  bool ReadFrame() {
    std::string head;
    if (!Receive(9, head)) return false;
    const auto byte = [](const std::string& text, size_t i) { return static_cast<uint32_t>(static_cast<uint8_t>(text[i])); };
    const auto number = [&](const std::string& text, size_t at) {
      return byte(text, at) << 24 | byte(text, at + 1) << 16 | byte(text, at + 2) << 8 | byte(text, at + 3);
    };
    const uint32_t type = byte(head, 3), flags = byte(head, 4);
    const int stream = static_cast<int>(number(head, 5));
    std::string payload;
    if (!Receive(byte(head, 0) << 16 | byte(head, 1) << 8 | byte(head, 2), payload)) return false;
    ++frames_[type];
    if ((type == kSettings || type == kPing) && !(flags & kAck) && answers_pings_)
      Say(Frame(static_cast<int>(type), kAck, 0, type == kPing ? payload : ""));
    Answer& answer = answers_[stream];
    if (type == kHeaders) Inflate(answer, payload);
    if (type == kData) answer.body += payload;
    if (type == kReset) answer.reset = static_cast<int>(number(payload, 0));
    if (type == kGoAway) go_aways_.push_back(number(payload, 4));
    if (type == kGoAway) last_stream_ = number(payload, 0);
    if (type == kReset || ((type == kHeaders || type == kData) && (flags & kEndStream))) answer.ended = true;
    return true;
  }

  std::map<uint32_t, int>& frames() { return frames_; }
  uint32_t last_stream() const { return last_stream_; }  // of the last GOAWAY
  Answer& answer(int stream) { return answers_[stream]; }
  void AnswerPings(bool answers) { answers_pings_ = answers; }
  Client& client() { return client_; }

 private:
  void Inflate(Answer& answer, const std::string& block) {
    auto& fields = answer.head.count(":status") > 0 && answer.head[":status"] != "100" ? answer.trailers : answer.head;
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
        fields[std::string(reinterpret_cast<char*>(field.name), field.namelen)] =
            std::string(reinterpret_cast<char*>(field.value), field.valuelen);
      }
      if (flags & NGHTTP2_HD_INFLATE_FINAL) break;
    }
    nghttp2_hd_inflate_end_headers(inflater_);
  }
  bool Receive(size_t size, std::string& to) {
    to.resize(size);
    return size == 0 || recv(client_.fd(), to.data(), size, MSG_WAITALL) == static_cast<ssize_t>(size);
  }

  Client client_;
  nghttp2_hd_deflater* deflater_ = nullptr;
  nghttp2_hd_inflater* inflater_ = nullptr;
  int next_ = -1;
  bool answers_pings_ = true;
  std::map<int, Answer> answers_;
  std::map<uint32_t, int> frames_;
  std::vector<uint32_t> go_aways_;
  uint32_t last_stream_ = 0;
};

}  // namespace heitie::http

#endif  // HEITIE_COMMON_HTTP_HTTP2_TESTING_H_
