// Addresses of the internet, and which of them are anybody's to ask: what a guarded client (client.h) connects to is judged here. Pure.
#ifndef HEITIE_COMMON_WEB_ADDRESS_H_
#define HEITIE_COMMON_WEB_ADDRESS_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string>

struct sockaddr;

namespace heitie::web {

// Of IPv4 or IPv6.
class Address {
 public:
  // As one writes them: four decimal numbers without leading zeros, or RFC 4291 without a zone and without brackets. Nothing of what else
  // libraries take for an address ("127.1", "0x7f000001", "017700000001").
  static std::optional<Address> Parse(const std::string& text);
  static std::optional<Address> Of(const sockaddr& address);
  static Address V4(uint32_t bits);

  bool v4() const { return v4_; }
  // The address's bits: four bytes of IPv4, sixteen of IPv6.
  const std::array<uint8_t, 16>& bytes() const { return bytes_; }
  uint32_t bits_v4() const;  // of IPv4
  // Canonical: small letters, zeros left out (RFC 5952).
  std::string Text() const;
  bool operator==(const Address&) const = default;

 private:
  bool v4_ = true;
  std::array<uint8_t, 16> bytes_{};
};

// Whose an address is.
enum class Reach {
  // Anybody's.
  kPublic,
  kLoopback,     // 127.0.0.0/8, ::1
  kPrivate,      // RFC 1918
  kLinkLocal,    // 169.254.0.0/16, fe80::/10
  kShared,       // 100.64.0.0/10
  kUniqueLocal,  // fc00::/7
  // Where clouds tell secrets to whoever asks from inside: also addresses that are public by their numbers.
  kMetadata,
  kMulticast,
  kDocumentation,
  // Nobody's, or of some protocol: all that IANA's registries of special addresses name, and IPv6 outside of 2000::/3.
  kReserved,
};

// An IPv6 address that carries an IPv4 one (mapped, compatible, translated, 6to4, NAT64, Teredo with its server, ISATAP) reaches no farther
// than that.
Reach ReachOf(const Address& address);

// Consecutive addresses: those that share the first bits.
class Range {
 public:
  // "10.20.0.0/16", "fd12::/48", or one address. The bits behind the length are 0.
  static std::optional<Range> Parse(const std::string& text);
  // Also of an IPv4-mapped address when the range is of IPv4.
  bool Contains(const Address& address) const;
  const Address& first() const { return first_; }
  int length() const { return length_; }

 private:
  Address first_;
  int length_ = 0;
};

// Whether an allow list may open the range: all of it is loopback, private, link-local, shared or unique local, and it is /8 of IPv4 or
// /16 of IPv6 at most. Metadata in it stay closed.
bool MayBeOpened(const Range& range);

}  // namespace heitie::web

#endif  // HEITIE_COMMON_WEB_ADDRESS_H_
