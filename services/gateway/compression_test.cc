#include "services/gateway/compression.h"

#include <gtest/gtest.h>

#include <random>

namespace heitie::gateway {
namespace {

std::string Noise(size_t size) {
  std::mt19937 random(7);
  std::string bytes(size, '\0');
  for (char& c : bytes) c = static_cast<char>(random());
  return bytes;
}

TEST(CompressionTest, ThereAndBack) {
  for (const std::string& text : {std::string(5000, 'x'), Noise(100) + std::string(40'000, 'y') + Noise(100)}) {
    const std::string compressed = Gzip(text);
    ASSERT_FALSE(compressed.empty());
    EXPECT_LT(compressed.size(), text.size());
    const auto back = Gunzip(compressed, 4 << 20);
    ASSERT_TRUE(back.ok()) << back.status();
    EXPECT_TRUE(*back == text);
  }
}

TEST(CompressionTest, WhatDoesNotGetShorterStays) {
  EXPECT_EQ(Gzip(Noise(4000)), "");
  EXPECT_EQ(Gzip(""), "");
}

TEST(CompressionTest, NoMoreThanTheLimit) {
  const std::string text = Noise(30'000);
  std::string compressible;
  for (int i = 0; i < 3; ++i) compressible += text;
  const std::string compressed = Gzip(compressible);
  ASSERT_FALSE(compressed.empty());
  EXPECT_TRUE(Gunzip(compressed, compressible.size()).ok()) << "just as much";
  EXPECT_EQ(Gunzip(compressed, compressible.size() - 1).status().code(), absl::StatusCode::kOutOfRange);
}

TEST(CompressionTest, ABombIsOne) {
  const std::string bomb = Gzip(std::string(4 << 20, '\0'));
  ASSERT_LT(bomb.size(), 20'000u);
  EXPECT_EQ(Gunzip(bomb, 64 << 20).status().code(), absl::StatusCode::kOutOfRange);
}

TEST(CompressionTest, SeveralMembersAreOneText) {
  const std::string a = Gzip(std::string(2000, 'a')), b = Gzip(std::string(2000, 'b'));
  EXPECT_EQ(*Gunzip(a + b, 1 << 20), std::string(2000, 'a') + std::string(2000, 'b'));
}

TEST(CompressionTest, WhatIsNotGzip) {
  const std::string good = Gzip(std::string(2000, 'a'));
  std::string flipped = good;
  flipped[good.size() - 6] ^= 1;  // within the checksum
  for (const std::string& bad :
       {std::string(), std::string("{}"), good.substr(0, good.size() - 1), good.substr(0, 5), good + "x", flipped}) {
    EXPECT_EQ(Gunzip(bad, 1 << 20).status().code(), absl::StatusCode::kInvalidArgument) << bad.size();
  }
}

}  // namespace
}  // namespace heitie::gateway
