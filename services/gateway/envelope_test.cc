#include "services/gateway/envelope.h"

#include <gtest/gtest.h>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace heitie::gateway {
namespace {

TEST(EnvelopeTest, Bytes) {
  EXPECT_EQ(Enveloped(0, ""), std::string("\0\0\0\0\0", 5));
  EXPECT_EQ(Enveloped(Envelope::kConnectEnd, "{}"), std::string("\2\0\0\0\2{}", 7));
  EXPECT_EQ(Enveloped(0x80, std::string(0x010203, 'x')).substr(0, 5), std::string("\x80\0\1\2\3", 5));
}

// However the body is cut, the same envelopes come out.
TEST(EnvelopeTest, PiecesOfAnySize) {
  const std::string body = Enveloped(0, "one") + Enveloped(1, "") + Enveloped(0, std::string(300, 'x'));
  for (size_t size = 1; size <= body.size(); ++size) {
    EnvelopeReader reader(300);
    std::string seen;
    for (size_t at = 0; at < body.size(); at += size) {
      reader.Put(std::string_view(body).substr(at, size));
      for (auto envelope = reader.Take(); envelope.ok() && envelope->has_value(); envelope = reader.Take()) {
        absl::StrAppend(&seen, (*envelope)->flags, ":", (*envelope)->message, ";");
      }
    }
    EXPECT_EQ(seen, absl::StrCat("0:one;1:;0:", std::string(300, 'x'), ";")) << size;
    EXPECT_EQ(reader.held(), 0u);
  }
}

TEST(EnvelopeTest, TooLongIsSeenByTheHead) {
  EnvelopeReader reader(10);
  reader.Put(std::string("\0\0\0\0\x0b", 5));
  EXPECT_EQ(reader.Take().status().code(), absl::StatusCode::kOutOfRange);
  EnvelopeReader huge(10);
  huge.Put("\x01\xff\xff\xff\xff");
  EXPECT_EQ(huge.Take().status().code(), absl::StatusCode::kOutOfRange);
}

TEST(EnvelopeTest, WhatIsMissingIsHeld) {
  EnvelopeReader reader(10);
  reader.Put(Enveloped(0, "abc").substr(0, 6));
  EXPECT_FALSE(reader.Take()->has_value());
  EXPECT_EQ(reader.held(), 6u);
}

TEST(EnvelopeTest, Base64InPiecesPaddedAnywhere) {
  const std::string text = absl::StrCat(absl::Base64Escape("a"), absl::Base64Escape("bcdef"), absl::Base64Escape(std::string("\0\xff", 2)));
  for (size_t size = 1; size <= text.size(); ++size) {
    Base64Reader reader;
    std::string bytes;
    for (size_t at = 0; at < text.size(); at += size) bytes += *reader.Put(std::string_view(text).substr(at, size));
    EXPECT_EQ(bytes, absl::StrCat("abcdef", std::string("\0\xff", 2))) << size;
    EXPECT_TRUE(reader.whole());
  }
  for (const char* bad : {"a b=", "====", "ab=c", "a===", "AA-A", "\xe4\xbd\xa0="}) EXPECT_FALSE(Base64Reader().Put(bad).ok()) << bad;
  Base64Reader half;
  EXPECT_EQ(*half.Put("YWJj"
                      "YW"),
            "abc");
  EXPECT_FALSE(half.whole());
}

TEST(EnvelopeTest, Base64OfQueries) {
  const std::string bytes("\xfb\xff\xfe\x01", 4);
  for (const char* text : {"+//+AQ==", "-__-AQ==", "-__-AQ", "+//+AQ"}) EXPECT_EQ(*AnyBase64(text), bytes) << text;
  EXPECT_EQ(*AnyBase64(""), "");
  for (const char* bad : {"a", "YWJj YWJj", "@@@@"}) EXPECT_FALSE(AnyBase64(bad).ok()) << bad;
}

TEST(EnvelopeTest, MessagesOfErrors) {
  EXPECT_EQ(PercentEncodeMessage("projects/a does not exist."), "projects/a does not exist.");
  EXPECT_EQ(PercentEncodeMessage("100% 你\r\n"), "100%25 %E4%BD%A0%0D%0A");
}

}  // namespace
}  // namespace heitie::gateway
