#include "common/web/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "common/status/die.h"

namespace heitie::web {
namespace {

struct Block {
  Range range;
  Reach reach;
};

// Longer prefixes go before the shorter ones that contain them.
std::vector<Block> Table(std::initializer_list<std::pair<const char*, Reach>> rows) {
  std::vector<Block> table;
  for (const auto& [text, reach] : rows) {
    const std::optional<Range> range = Range::Parse(text);
    if (!range.has_value()) status::Die("no range: ", text);
    table.push_back({*range, reach});
  }
  std::stable_sort(table.begin(), table.end(), [](const Block& a, const Block& b) { return a.range.length() > b.range.length(); });
  return table;
}

// https://www.iana.org/assignments/iana-ipv4-special-registry, and where clouds keep metadata outside of 169.254.0.0/16.
const std::vector<Block>& BlocksV4() {
  static const auto& table = *new std::vector<Block>(Table({
      {"0.0.0.0/8", Reach::kReserved},
      {"10.0.0.0/8", Reach::kPrivate},
      {"100.64.0.0/10", Reach::kShared},
      {"100.100.100.200", Reach::kMetadata},  // Alibaba Cloud
      {"127.0.0.0/8", Reach::kLoopback},
      {"168.63.129.16", Reach::kMetadata},  // Azure; public by its number
      {"169.254.0.0/16", Reach::kLinkLocal},
      {"169.254.0.23", Reach::kMetadata},      // Tencent Cloud
      {"169.254.169.254", Reach::kMetadata},   // most clouds
      {"169.254.170.0/23", Reach::kMetadata},  // credentials of AWS's containers
      {"172.16.0.0/12", Reach::kPrivate},
      {"192.0.0.0/24", Reach::kReserved},
      {"192.0.0.192", Reach::kMetadata},  // Oracle Cloud
      {"192.0.2.0/24", Reach::kDocumentation},
      {"192.88.99.0/24", Reach::kReserved},  // relays of 6to4
      {"192.168.0.0/16", Reach::kPrivate},
      {"198.18.0.0/15", Reach::kReserved},  // benchmarks
      {"198.51.100.0/24", Reach::kDocumentation},
      {"203.0.113.0/24", Reach::kDocumentation},
      {"224.0.0.0/4", Reach::kMulticast},
      {"240.0.0.0/4", Reach::kReserved},
  }));
  return table;
}

// https://www.iana.org/assignments/iana-ipv6-special-registry. Forms that carry IPv4 are looked at before.
const std::vector<Block>& BlocksV6() {
  static const auto& table = *new std::vector<Block>(Table({
      {"::/0", Reach::kReserved},
      {"::1", Reach::kLoopback},
      {"2000::/3", Reach::kPublic},
      {"2001::/23", Reach::kReserved},  // protocols: benchmarks, ORCHID, anycast
      {"2001:db8::/32", Reach::kDocumentation},
      {"3fff::/20", Reach::kDocumentation},
      {"fc00::/7", Reach::kUniqueLocal},
      {"fd00:ec2::/32", Reach::kMetadata},  // AWS
      {"fe80::/10", Reach::kLinkLocal},
      {"fe80::a9fe:a9fe", Reach::kMetadata},
      {"ff00::/8", Reach::kMulticast},
  }));
  return table;
}

Reach Find(const std::vector<Block>& table, const Address& address, Reach otherwise) {
  for (const Block& block : table) {
    if (block.range.Contains(address)) return block.reach;
  }
  return otherwise;
}

Reach ReachV4(uint32_t bits) { return Find(BlocksV4(), Address::V4(bits), Reach::kPublic); }

uint32_t BitsAt(const Address& address, int byte) {
  const auto& b = address.bytes();
  return uint32_t{b[byte]} << 24 | uint32_t{b[byte + 1]} << 16 | uint32_t{b[byte + 2]} << 8 | b[byte + 3];
}

bool BeginsWith(const Address& address, std::initializer_list<uint8_t> bytes) {
  return std::equal(bytes.begin(), bytes.end(), address.bytes().begin());
}

bool IsMapped(const Address& address) { return !address.v4() && BeginsWith(address, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}); }

// 0000:5efe or 0200:5efe before the IPv4 address.
bool IsIsatap(const Address& address) {
  const auto& b = address.bytes();
  return (b[8] & ~2) == 0 && b[9] == 0 && b[10] == 0x5e && b[11] == 0xfe;
}

Reach First(std::initializer_list<Reach> reaches) {
  for (const Reach reach : reaches) {
    if (reach != Reach::kPublic) return reach;
  }
  return Reach::kPublic;
}

Reach ReachV6(const Address& address) {
  const uint32_t last = BitsAt(address, 12);
  if (IsMapped(address)) return ReachV4(last);
  // NAT64, by which networks without IPv4 reach every public address of it. What a network chose itself (64:ff9b:1::/48) is its own.
  if (BeginsWith(address, {0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0})) return ReachV4(last);
  // Compatible (::a.b.c.d) and translated (::ffff:0:a.b.c.d) addresses are on no network; they are told by what they carry.
  if (BeginsWith(address, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}) && last > 1) return First({ReachV4(last), Reach::kReserved});
  if (BeginsWith(address, {0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0})) return First({ReachV4(last), Reach::kReserved});
  if (BeginsWith(address, {0x20, 0x02})) return ReachV4(BitsAt(address, 2));
  // Teredo: its server, and the client's own address with all bits turned.
  if (BeginsWith(address, {0x20, 0x01, 0, 0})) return First({ReachV4(~last), ReachV4(BitsAt(address, 4))});
  const Reach reach = Find(BlocksV6(), address, Reach::kReserved);
  return IsIsatap(address) ? First({reach, ReachV4(last)}) : reach;
}

}  // namespace

std::optional<Address> Address::Parse(const std::string& text) {
  // inet_pton takes IPv4 as four decimal numbers only; glibc refuses leading zeros.
  Address address;
  if (inet_pton(AF_INET, text.c_str(), address.bytes_.data()) == 1) return address;
  address.v4_ = false;
  if (inet_pton(AF_INET6, text.c_str(), address.bytes_.data()) == 1) return address;
  return std::nullopt;
}

std::optional<Address> Address::Of(const sockaddr& address) {
  Address out;
  if (address.sa_family == AF_INET) {
    std::memcpy(out.bytes_.data(), &reinterpret_cast<const sockaddr_in&>(address).sin_addr, 4);
    return out;
  }
  if (address.sa_family != AF_INET6) return std::nullopt;
  out.v4_ = false;
  std::memcpy(out.bytes_.data(), &reinterpret_cast<const sockaddr_in6&>(address).sin6_addr, 16);
  return out;
}

Address Address::V4(uint32_t bits) {
  Address address;
  for (int i = 0; i < 4; ++i) address.bytes_[i] = static_cast<uint8_t>(bits >> (24 - 8 * i));
  return address;
}

uint32_t Address::bits_v4() const { return BitsAt(*this, 0); }

std::string Address::Text() const {
  char text[INET6_ADDRSTRLEN];
  return inet_ntop(v4_ ? AF_INET : AF_INET6, bytes_.data(), text, sizeof text);
}

Reach ReachOf(const Address& address) { return address.v4() ? ReachV4(address.bits_v4()) : ReachV6(address); }

std::optional<Range> Range::Parse(const std::string& text) {
  const size_t slash = text.find('/');
  const std::optional<Address> first = Address::Parse(text.substr(0, slash));
  if (!first.has_value()) return std::nullopt;
  const int bits = first->v4() ? 32 : 128;
  Range range;
  range.first_ = *first;
  range.length_ = bits;
  if (slash != std::string::npos) {
    const std::string length = text.substr(slash + 1);
    if (length.empty() || length.size() > 3 || length.find_first_not_of("0123456789") != std::string::npos) return std::nullopt;
    if (length.size() > 1 && length[0] == '0') return std::nullopt;
    range.length_ = std::stoi(length);
  }
  if (range.length_ > bits) return std::nullopt;
  for (int bit = range.length_; bit < bits; ++bit) {
    if ((first->bytes()[bit / 8] >> (7 - bit % 8)) & 1) return std::nullopt;
  }
  return range;
}

bool Range::Contains(const Address& address) const {
  if (first_.v4() != address.v4()) return first_.v4() && IsMapped(address) && Contains(Address::V4(BitsAt(address, 12)));
  const int whole = length_ / 8, rest = length_ % 8;
  if (!std::equal(first_.bytes().begin(), first_.bytes().begin() + whole, address.bytes().begin())) return false;
  return rest == 0 || ((first_.bytes()[whole] ^ address.bytes()[whole]) >> (8 - rest)) == 0;
}

bool MayBeOpened(const Range& range) {
  if (range.length() < (range.first().v4() ? 8 : 16)) return false;
  for (const Block& block : range.first().v4() ? BlocksV4() : BlocksV6()) {
    switch (block.reach) {
      case Reach::kLoopback:
      case Reach::kPrivate:
      case Reach::kLinkLocal:
      case Reach::kShared:
      case Reach::kUniqueLocal:
        if (range.length() >= block.range.length() && block.range.Contains(range.first())) return true;
        break;
      default:
        // What is inside of a closed block stays closed.
        if (range.length() >= block.range.length() && block.range.Contains(range.first())) return false;
    }
  }
  return false;
}

}  // namespace heitie::web
