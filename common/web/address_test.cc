#include "common/web/address.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace heitie::web {
namespace {

using Bits = unsigned __int128;

Reach Of(const std::string& text) {
  const std::optional<Address> address = Address::Parse(text);
  EXPECT_TRUE(address.has_value()) << text;
  return ReachOf(address.value_or(Address()));
}

TEST(AddressTest, TellsWhoseAnAddressIs) {
  const std::vector<std::pair<Reach, std::vector<std::string>>> kinds = {
      {Reach::kPublic,
       {"1.1.1.1",
        "8.8.8.8",
        "9.255.255.255",
        "11.0.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "126.255.255.255",
        "128.0.0.0",
        "169.253.255.255",
        "169.255.0.0",
        "172.15.255.255",
        "172.32.0.0",
        "192.0.1.0",
        "192.0.3.0",
        "192.167.255.255",
        "192.169.0.0",
        "198.17.255.255",
        "198.20.0.0",
        "223.255.255.255",
        "168.63.129.15",
        "2606:4700::1111",
        "2001:4860:4860::8888",
        "2400:cb00::1",
        "2001:200::1",
        "3ffe::1",
        "::ffff:8.8.8.8",
        "64:ff9b::8.8.8.8",
        "2002:808:808::1",
        "2001:0:808:808:0:0:f7f7:f7f7"}},
      {Reach::kLoopback,
       {"127.0.0.1", "127.255.255.255", "127.1.2.3", "::1", "::ffff:127.0.0.1", "::127.0.0.1", "::ffff:0:127.0.0.1", "64:ff9b::127.0.0.1",
        "2002:7f00:1::", "2001:0:808:808:0:0:80ff:fffe", "2001:0:7f00:1:0:0:f7f7:f7f7", "2606:4700::5efe:127.0.0.1",
        "2606:4700::200:5efe:127.0.0.1"}},
      {Reach::kPrivate,
       {"10.0.0.0", "10.255.255.255", "172.16.0.0", "172.31.255.255", "192.168.0.1", "::ffff:10.1.2.3", "::10.1.2.3", "2002:a00:1::1",
        "64:ff9b::192.168.1.1", "2001:0:808:808:0:0:f5ff:fffe"}},
      {Reach::kLinkLocal, {"169.254.0.1", "169.254.255.255", "fe80::1", "febf::1", "::ffff:169.254.1.1"}},
      {Reach::kShared, {"100.64.0.0", "100.127.255.255", "::ffff:100.64.0.1", "2002:6440:1::"}},
      {Reach::kUniqueLocal, {"fc00::1", "fd12:3456::1", "fdff::1"}},
      {Reach::kMetadata,
       {"169.254.169.254", "100.100.100.200", "168.63.129.16", "192.0.0.192", "169.254.170.2", "fd00:ec2::254", "::ffff:169.254.169.254",
        "64:ff9b::169.254.169.254", "2002:a9fe:a9fe::", "fe80::a9fe:a9fe", "::169.254.169.254"}},
      {Reach::kMulticast, {"224.0.0.1", "239.255.255.255", "ff02::1", "ff0e::1", "::ffff:224.0.0.1"}},
      {Reach::kDocumentation, {"192.0.2.1", "198.51.100.1", "203.0.113.1", "2001:db8::1", "3fff::1", "3fff:fff::1"}},
      {Reach::kReserved,
       {"0.0.0.0",    "0.1.2.3",     "192.0.0.1", "192.88.99.1",      "198.18.0.1",   "198.19.255.255", "240.0.0.1", "255.255.255.255",
        "::",         "::8.8.8.8",   "::2",       "::ffff:0:8.8.8.8", "64:ff9b:1::1", "100::1",         "2001:2::1", "2001:10::1",
        "2001:20::1", "2001:1ff::1", "4000::1",   "5f00::1",          "fec0::1",      "e000::1",        "1fff::1"}},
  };
  for (const auto& [reach, texts] : kinds) {
    for (const std::string& text : texts) EXPECT_EQ(Of(text), reach) << text;
  }
}

TEST(AddressTest, TakesAddressesOnlyAsOneWritesThem) {
  for (const char* odd :
       {"",           "127.1",      "127.0.1",    "2130706433",  "0x7f000001", "0x7f.0.0.1", "0177.0.0.1",   "017700000001", "127.0.0.01",
        "127.0.0.1.", " 127.0.0.1", "127.0.0.1 ", "127.0.0.256", "1.2.3.4.5",  "[::1]",      "fe80::1%eth0", "::ffff:127.1", "1::2::3",
        ":::",        "12345::",    "１27.0.0.1", "127。0。0。1"}) {
    EXPECT_FALSE(Address::Parse(odd).has_value()) << odd;
  }
  EXPECT_EQ(Address::Parse("2001:DB8:0:0::0001")->Text(), "2001:db8::1");
  EXPECT_EQ(Address::Parse("::ffff:10.0.0.1")->Text(), "::ffff:10.0.0.1");
  EXPECT_EQ(Address::Parse("192.0.2.7")->Text(), "192.0.2.7");
}

TEST(AddressTest, Ranges) {
  for (const char* odd : {"", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.1/8", "10.0.0.0/08", "10.0.0.0/+8", "10.0.0.0/8/8", "10/8",
                          "::/129", "fd00::1/8", "10.0.0.0/0x8", "10.0.0.0/9999"}) {
    EXPECT_FALSE(Range::Parse(odd).has_value()) << odd;
  }
  const Range range = *Range::Parse("10.16.0.0/12");
  EXPECT_TRUE(range.Contains(*Address::Parse("10.16.0.0")));
  EXPECT_TRUE(range.Contains(*Address::Parse("10.31.255.255")));
  EXPECT_TRUE(range.Contains(*Address::Parse("::ffff:10.31.0.1"))) << "which is where it leads";
  EXPECT_FALSE(range.Contains(*Address::Parse("10.32.0.0")));
  EXPECT_FALSE(range.Contains(*Address::Parse("2002:a10::1")));
  EXPECT_FALSE(range.Contains(*Address::Parse("::10.16.0.1")));
  for (const char* open : {"127.0.0.1", "127.0.0.0/8", "10.0.0.0/8", "10.1.2.0/24", "172.16.0.0/12", "192.168.4.0/30", "169.254.0.0/16",
                           "100.64.0.0/10", "fd12::/16", "fd12:3456::/48", "::1", "fe80::/16"}) {
    EXPECT_TRUE(MayBeOpened(*Range::Parse(open))) << open;
  }
  for (const char* closed : {"0.0.0.0/0", "8.0.0.0/8", "8.8.8.8", "0.0.0.0", "172.16.0.0/11", "224.0.0.0/8", "169.254.169.254",
                             "169.254.170.0/24", "100.100.100.200", "192.0.0.192", "255.255.255.255", "fc00::/7", "::/0", "ff02::/16",
                             "2001:db8::/32", "fd00:ec2::/32", "fd00:ec2::254", "::ffff:127.0.0.1", "64:ff9b::/96"}) {
    EXPECT_FALSE(MayBeOpened(*Range::Parse(closed))) << closed;
  }
}

// The same once more, by numbers and comparisons of masked bits instead of tables of texts.
bool ClosedV4(uint32_t a) {
  const auto in = [a](uint32_t base, uint32_t mask) { return (a & mask) == base; };
  return in(0x00000000, 0xff000000) || in(0x0a000000, 0xff000000) || in(0x64400000, 0xffc00000) || in(0x7f000000, 0xff000000) ||
         in(0xa9fe0000, 0xffff0000) || in(0xac100000, 0xfff00000) || in(0xc0000000, 0xffffff00) || in(0xc0000200, 0xffffff00) ||
         in(0xc0586300, 0xffffff00) || in(0xc0a80000, 0xffff0000) || in(0xc6120000, 0xfffe0000) || in(0xc6336400, 0xffffff00) ||
         in(0xcb007100, 0xffffff00) || a >= 0xe0000000 || a == 0xa83f8110;
}

bool ClosedV6(Bits a) {
  const auto top = [a](int bits) { return static_cast<uint64_t>(a >> (128 - bits)); };
  const uint32_t low = static_cast<uint32_t>(a);
  if (a >> 32 == 0xffff) return ClosedV4(low);
  if (a >> 32 == Bits{0x0064ff9b} << 64) return ClosedV4(low);
  if (top(3) != 1) return true;
  if (top(16) == 0x2002) return ClosedV4(static_cast<uint32_t>(a >> 80));
  if (top(32) == 0x20010000) return ClosedV4(~low) || ClosedV4(static_cast<uint32_t>(a >> 64));
  if (top(23) == 0x20010000 >> 9 || top(32) == 0x20010db8 || top(20) == 0x3fff0) return true;
  const uint32_t middle = static_cast<uint32_t>(a >> 32);
  return (middle == 0x00005efe || middle == 0x02005efe) && ClosedV4(low);
}

Address FromBits(Bits a) {
  std::array<unsigned char, 16> bytes;
  for (int i = 0; i < 16; ++i) bytes[i] = static_cast<unsigned char>(a >> (120 - 8 * i));
  char text[INET6_ADDRSTRLEN];
  return *Address::Parse(inet_ntop(AF_INET6, bytes.data(), text, sizeof text));
}

TEST(AddressTest, AgreesWithMasksOnAllOfIPv4AtItsEdgesAndAtRandom) {
  std::mt19937 random(1);
  const auto check = [](uint32_t a) { ASSERT_EQ(ReachOf(Address::V4(a)) != Reach::kPublic, ClosedV4(a)) << Address::V4(a).Text(); };
  for (uint32_t high = 0; high < 65536; ++high) {
    for (const uint32_t low : {0u, 1u, 255u, 256u, 0x6310u, 0x63ffu, 0x6400u, 0x64c8u, 0x7100u, 0x71ffu, 0x7200u, 0x8110u, 0x8111u, 0xa9feu,
                               0xffffu, static_cast<uint32_t>(random()) & 0xffff}) {
      check(high << 16 | low);
    }
  }
}

TEST(AddressTest, AgreesWithMasksOnIPv6) {
  std::mt19937_64 random(2);
  const auto any = [&] { return Bits{random()} << 64 | random(); };
  // Beginnings of what is special, and of what is beside it.
  const std::vector<std::pair<Bits, int>> heads = {{0, 96},
                                                   {0xffff, 96},
                                                   {Bits{0xffff0000}, 96},
                                                   {Bits{0x0064ff9b} << 64, 96},
                                                   {0x0064ff9b0001, 48},
                                                   {0x2002, 16},
                                                   {0x2001, 16},
                                                   {0x20010000, 32},
                                                   {0x20010db8, 32},
                                                   {0x20010002, 32},
                                                   {0x200101, 24},
                                                   {0x200102, 24},
                                                   {0x3fff, 16},
                                                   {0x3fff0, 20},
                                                   {0xfe80, 16},
                                                   {0xfc, 8},
                                                   {0xfd, 8},
                                                   {0xff, 8},
                                                   {0x1f, 8},
                                                   {0x40, 8},
                                                   {0x0100, 16},
                                                   {0x260647, 24},
                                                   {1, 3},
                                                   {0, 0}};
  const std::vector<uint32_t> carried = {0x7f000001, 0x0a000001,   0x08080808,   0xa9fea9fe, 0xc0a80001, 0x64400001,
                                         0xe0000001, ~0x7f000001u, ~0x08080808u, 0,          1,          2};
  for (int i = 0; i < 400000; ++i) {
    Bits a = any();
    const auto& [head, bits] = heads[random() % heads.size()];
    if (bits > 0) a = (a & ((~Bits{0}) >> bits)) | head << (128 - bits);
    if (random() % 2 == 0) a = (a >> 32) << 32 | carried[random() % carried.size()];
    if (random() % 4 == 0) a = (a & ~(Bits{0xffffffff} << 64)) | Bits{carried[random() % carried.size()]} << 64;
    if (random() % 4 == 0) a = (a & ~(Bits{0xffffffff} << 80)) | Bits{carried[random() % carried.size()]} << 80;
    if (random() % 4 == 0) a = (a & ~(Bits{0xffffffff} << 32)) | Bits{random() % 2 == 0 ? 0x5efeu : 0x02005efeu} << 32;
    // A form whose last bits stand in its head already.
    const Address address = FromBits(a);
    ASSERT_EQ(ReachOf(address) != Reach::kPublic, ClosedV6(a)) << address.Text();
  }
}

TEST(AddressTest, RangesAgreeWithMasks) {
  std::mt19937_64 random(3);
  for (int i = 0; i < 100000; ++i) {
    const int length = static_cast<int>(random() % 33);
    const uint32_t mask = length == 0 ? 0 : ~uint32_t{0} << (32 - length);
    const uint32_t base = static_cast<uint32_t>(random()) & mask;
    const uint32_t other = base ^ (random() % 2 == 0 ? 0 : uint32_t{1} << (random() % 32)) ^ (static_cast<uint32_t>(random()) & ~mask);
    const auto range = Range::Parse(Address::V4(base).Text() + "/" + std::to_string(length));
    ASSERT_TRUE(range.has_value());
    ASSERT_EQ(range->Contains(Address::V4(other)), (other & mask) == base);
  }
}

}  // namespace
}  // namespace heitie::web
