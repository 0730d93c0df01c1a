#include "services/gateway/envelope.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace heitie::gateway {
namespace {

constexpr size_t kEnvelopeHead = 5;
// Of a reader between messages.
constexpr size_t kKeptRoom = 64 << 10;

}  // namespace

std::string Enveloped(uint8_t flags, std::string_view message) {
  const auto size = static_cast<uint32_t>(message.size());
  std::string bytes;
  bytes.reserve(kEnvelopeHead + message.size());
  bytes.push_back(static_cast<char>(flags));
  for (int shift = 24; shift >= 0; shift -= 8) bytes.push_back(static_cast<char>(size >> shift));
  return bytes.append(message);
}

absl::StatusOr<std::optional<Envelope>> EnvelopeReader::Take() {
  if (held() < kEnvelopeHead) return std::optional<Envelope>();
  uint32_t size = 0;
  for (size_t i = 1; i < kEnvelopeHead; ++i) size = size << 8 | static_cast<uint8_t>(bytes_[at_ + i]);
  if (size > most_) return absl::OutOfRangeError(absl::StrCat(size));
  if (held() < kEnvelopeHead + size) {
    // What was taken goes, so that no more is kept than a message and a piece.
    bytes_.erase(0, std::exchange(at_, 0));
    return std::optional<Envelope>();
  }
  Envelope envelope{static_cast<uint8_t>(bytes_[at_]), bytes_.substr(at_ + kEnvelopeHead, size)};
  at_ += kEnvelopeHead + size;
  if (at_ == bytes_.size()) {
    // A large message's room is given back, a small one's serves again.
    if (bytes_.capacity() > kKeptRoom) bytes_ = std::string();
    bytes_.clear();
    at_ = 0;
  }
  return std::optional<Envelope>(std::move(envelope));
}

absl::StatusOr<std::string> Base64Reader::Put(std::string_view piece) {
  std::string decoded, plain;
  const auto flush = [&] {
    std::string bytes;
    const bool good = absl::Base64Unescape(plain, &bytes);
    decoded += bytes;
    plain.clear();
    return good;
  };
  for (const char c : piece) {
    // Base64Unescape would skip blanks.
    if (!absl::ascii_isalnum(static_cast<unsigned char>(c)) && c != '+' && c != '/' && c != '=') {
      return absl::InvalidArgumentError("this is not base64");
    }
    group_.push_back(c);
    if (group_.size() < 4) continue;
    plain += group_;
    group_.clear();
    // Behind padding another text begins.
    if (plain.back() == '=' && !flush()) return absl::InvalidArgumentError("this is not base64");
  }
  if (!flush()) return absl::InvalidArgumentError("this is not base64");
  return decoded;
}

absl::StatusOr<std::string> AnyBase64(const std::string& text) {
  std::string plain = text, bytes;
  std::replace(plain.begin(), plain.end(), '-', '+');
  std::replace(plain.begin(), plain.end(), '_', '/');
  const bool good = plain.find_first_of(" \t\r\n") == std::string::npos && absl::Base64Unescape(plain, &bytes);
  if (!good) return absl::InvalidArgumentError("this is not base64");
  return bytes;
}

std::string PercentEncodeMessage(const std::string& text) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string encoded;
  encoded.reserve(text.size());
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte <= 0x7e && c != '%') {
      encoded.push_back(c);
    } else {
      encoded.push_back('%');
      encoded.push_back(kHex[byte >> 4]);
      encoded.push_back(kHex[byte & 15]);
    }
  }
  return encoded;
}

}  // namespace heitie::gateway
