#include "services/personnel/candidate/contact.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace heitie::personnel {
namespace {

TEST(ContactTest, AnAddressIsOneHoweverItIsWritten) {
  for (const char* given : {"mei.lin@example.com", " Mei.Lin@Example.COM ", "ＭＥＩ．ＬＩＮ＠ＥＸＡＭＰＬＥ．ＣＯＭ",
                            "　mei.lin@example.com　", "mei.lin@ｅｘａｍｐｌｅ。com", "mei.\u200Blin@example.com"}) {
    EXPECT_EQ(NormalEmail(given), "mei.lin@example.com") << given;
  }
  EXPECT_EQ(NormalEmail("STRASSE@example.de"), NormalEmail("straße@example.de")) << "case folding, not lower case";
  EXPECT_EQ(NormalEmail("mei@例子.台灣"), "mei@xn--fsqu00a.xn--kpry57d");
  EXPECT_NE(NormalEmail("mei@example.com"), NormalEmail("mei@example.org"));
}

TEST(ContactTest, WhatIsNoAddressIsNone) {
  for (const char* given : {"", " ", "mei", "@example.com", "mei@", "mei@example", "me i@example.com", "mei@lin@example.com",
                            "mei@exa mple.com", "mei@example..com", "mei@-.com", "mei\n@example.com"}) {
    EXPECT_EQ(NormalEmail(given), std::nullopt) << given;
  }
  EXPECT_EQ(NormalEmail(std::string(250, 'a') + "@example.com"), std::nullopt);
}

TEST(ContactTest, ANumberIsOneHoweverItIsWritten) {
  for (const char* given : {"0912345678", "0912-345-678", "０９１２３４５６７８", "+886912345678", "+886 912 345 678", "002886912345678",
                            "＋８８６－９１２－３４５－６７８", "(0912) 345 678"}) {
    EXPECT_EQ(NormalPhone(given, "TW"), "+886912345678") << given;
  }
  EXPECT_EQ(NormalPhone("02-2345-6789", "TW"), "+886223456789");
  EXPECT_EQ(NormalPhone("138 0013 8000", "CN"), "+8613800138000");
  EXPECT_NE(NormalPhone("0912345678", "TW"), NormalPhone("0912345678", "JP"));
}

TEST(ContactTest, WhatIsNoNumberIsNone) {
  for (const char* given : {"", "12", "mei", "+", "+886", "091234567890123456789"})
    EXPECT_EQ(NormalPhone(given, "TW"), std::nullopt) << given;
  EXPECT_TRUE(IsPhoneRegion("TW"));
  EXPECT_FALSE(IsPhoneRegion("XX"));
}

// What is normal stays as it is, and no text of strangers does any harm.
TEST(ContactTest, NormalFormsAreFixedPoints) {
  std::mt19937_64 random(7);
  const std::vector<std::string> pieces = {"a", "Ａ", "@", "＠", ".",  "。", "0",      "９",   "+",     "886",
                                           "ß", "İ",  " ", "　", "台", "-",  "\u200B", "9123", "45678", "com"};
  int addresses = 0, numbers = 0;
  for (int round = 0; round < 20000; ++round) {
    std::string text;
    for (size_t i = 0, n = random() % 8; i < n; ++i) text += pieces[random() % pieces.size()];
    if (const auto email = NormalEmail(text)) {
      ++addresses;
      ASSERT_EQ(NormalEmail(*email), email) << text;
    }
    if (const auto phone = NormalPhone(text, "TW")) {
      ++numbers;
      ASSERT_EQ(NormalPhone(*phone, "JP"), phone) << text << ": the region of a whole number does not matter";
    }
  }
  EXPECT_GT(addresses, 20);
  EXPECT_GT(numbers, 20);
}

}  // namespace
}  // namespace heitie::personnel
