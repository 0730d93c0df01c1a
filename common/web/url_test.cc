#include "common/web/url.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "common/web/allow_list.h"

namespace heitie::web {
namespace {

std::string Canonical(const std::string& text) {
  const std::optional<Url> url = ParseUrl(text);
  return url.has_value() ? url->Text() : "none";
}

TEST(UrlTest, TakesUrlsApart) {
  const Url url = *ParseUrl("HTTPS://Shop.Example:8443/spring/%E6%98%A5?a=b&c=//d");
  EXPECT_TRUE(url.https);
  EXPECT_EQ(url.host, "shop.example");
  EXPECT_EQ(url.port, 8443);
  EXPECT_EQ(url.target, "/spring/%E6%98%A5?a=b&c=//d");
  EXPECT_FALSE(url.address.has_value());
  EXPECT_EQ(Canonical("http://shop.example"), "http://shop.example/");
  EXPECT_EQ(Canonical("http://shop.example:80?a"), "http://shop.example/?a");
  EXPECT_EQ(Canonical("https://shop.example:443/x"), "https://shop.example/x");
  EXPECT_EQ(Canonical("http://[2001:DB8::1]:8080/"), "http://[2001:db8::1]:8080/");
  EXPECT_EQ(Canonical("http://xn--fiqs8s.example/"), "http://xn--fiqs8s.example/");
  EXPECT_EQ(ParseUrl("http://[::ffff:127.0.0.1]/")->address->Text(), "::ffff:127.0.0.1");
  EXPECT_EQ(ParseUrl("http://localhost/")->host, "localhost");
}

TEST(UrlTest, RefusesWhatTwoReadersCouldUnderstandDifferently) {
  for (const char* odd : {"",
                          "shop.example",
                          "//shop.example/",
                          "ftp://shop.example/",
                          "file:///etc/passwd",
                          "gopher://shop.example/",
                          "http:/shop.example",
                          "http:shop.example",
                          "http://",
                          "http:///x",
                          "http://:80/",
                          "http://user@shop.example/",
                          "http://user:pass@shop.example/",
                          "http://shop.example@127.0.0.1/",
                          "http://shop.example\\@127.0.0.1/",
                          "http://127.0.0.1\\.shop.example/",
                          "http://shop.example:/",
                          "http://shop.example:0/",
                          "http://shop.example:65536/",
                          "http://shop.example:080000/",
                          "http://shop.example:+80/",
                          "http://shop.example: 80/",
                          "http://shop.example:80:81/",
                          "http://shop.example#x",
                          "http://shop.example/#x",
                          "http://shop .example/",
                          "http://shop.example/a b",
                          "http://shop.example/\n",
                          "http://shop.example/\xe6\x98\xa5",
                          "http://shop%2eexample/",
                          "http://127%2e0.0.1/",
                          "http://shop..example/",
                          "http://.shop.example/",
                          "http://shop.example./",
                          "http://-shop.example/",
                          "http://shop-.example/",
                          "http://2130706433/",
                          "http://0x7f000001/",
                          "http://0x7f.1/",
                          "http://0177.0.0.1/",
                          "http://127.1/",
                          "http://127.0.0.1./",
                          "http://1.2.3.4.5/",
                          "http://0/",
                          "http://00000/",
                          "http://shop.0x7f/",
                          "http://shop.1/",
                          "http://[::1",
                          "http://::1/",
                          "http://[127.0.0.1]/",
                          "http://[::1%25lo]/",
                          "http://[fe80::1%eth0]/",
                          "http://[::1]x/",
                          "http://[::1]:x/",
                          "http://\xef\xbc\x91\x32\x37.0.0.1/",
                          "http://shop.example\t/",
                          "jar:http://shop.example/",
                          " http://shop.example/"}) {
    EXPECT_EQ(Canonical(odd), "none") << odd;
  }
  EXPECT_EQ(Canonical("http://" + std::string(64, 'a') + ".example/"), "none");
  EXPECT_EQ(Canonical("http://shop.example/" + std::string(4000, 'a')), "none");
  EXPECT_EQ(Canonical("http://shop.example/" + std::string("a\0b", 3)), "none");
}

TEST(UrlTest, FollowsLocations) {
  const Url base = *ParseUrl("https://shop.example:8443/a/b/c?q=1");
  const std::vector<std::pair<const char*, const char*>> cases = {
      {"http://other.example/x", "http://other.example/x"},
      {"HTTP://other.example", "http://other.example/"},
      {"//other.example/x", "https://other.example/x"},
      {"/x/y", "https://shop.example:8443/x/y"},
      {"d", "https://shop.example:8443/a/b/d"},
      {"./d?e", "https://shop.example:8443/a/b/d?e"},
      {"../d", "https://shop.example:8443/a/d"},
      {"../../../../d", "https://shop.example:8443/d"},
      {"..", "https://shop.example:8443/a/"},
      {".", "https://shop.example:8443/a/b/"},
      {"/x/./y/../z/%2e%2e/w", "https://shop.example:8443/x/w"},
      {"?r=2", "https://shop.example:8443/a/b/c?r=2"},
      {"#part", "https://shop.example:8443/a/b/c?q=1"},
      {"", "https://shop.example:8443/a/b/c?q=1"},
      {"/x#part", "https://shop.example:8443/x"},
      {"/\xe6\x98\xa5 x", "https://shop.example:8443/%E6%98%A5%20x"},
      {"/x?to=http://a.example/", "https://shop.example:8443/x?to=http://a.example/"},
  };
  for (const auto& [location, expected] : cases) {
    const std::optional<Url> url = Follow(base, location);
    ASSERT_TRUE(url.has_value()) << location;
    EXPECT_EQ(url->Text(), expected) << location;
  }
  for (const char* odd : {"file:///etc/passwd", "javascript:alert(1)", "http:/x", "http:x", "ftp://shop.example/", "http://a@127.0.0.1/",
                          "/\\127.0.0.1/", "\\\\127.0.0.1/", "http://0x7f.1/", "//2130706433/", "//user@shop.example/", "/x\ny", "\t/x",
                          "///x", "http://\xe6\x98\xa5.example/"}) {
    EXPECT_FALSE(Follow(base, odd).has_value()) << odd;
  }
}

// Whatever comes in: what is taken is read again as the same, and a relative reference stays on the host.
TEST(UrlTest, RandomTextsAreReadAgainAsTheSame) {
  std::mt19937 random(4);
  const std::vector<std::string> parts = {"http",         "https", ":",    "/",  "//", "@",   "?",  "#", "[", "]",    "::1", "127.0.0.1",
                                          "shop.example", "..",    ".",    "80", "%",  "%2e", "\\", " ", "a", "0x7f", "-",   "_",
                                          "\t",           "\xff",  "xn--a"};
  const Url base = *ParseUrl("https://base.example/a/b");
  int taken = 0;
  for (int i = 0; i < 300000; ++i) {
    std::string text = random() % 2 == 0 ? "http://" : "";
    for (int n = static_cast<int>(random() % 8); n >= 0; --n) text += parts[random() % parts.size()];
    for (const std::optional<Url>& url : {ParseUrl(text), Follow(base, text)}) {
      if (!url.has_value()) continue;
      ++taken;
      const std::optional<Url> again = ParseUrl(url->Text());
      ASSERT_TRUE(again.has_value()) << text;
      ASSERT_EQ(again->Text(), url->Text()) << text;
      ASSERT_EQ(again->host, url->host);
      ASSERT_EQ(again->port, url->port);
      ASSERT_TRUE(url->host == "base.example" || text.find(':') != std::string::npos || text.find("//") != std::string::npos) << text;
    }
  }
  EXPECT_GT(taken, 30000);
}

AllowList ListOf(const std::string& host, std::vector<std::string> inside = {}) {
  Allowed entry{host, true, false, {80, 8080}, {}};
  for (const std::string& range : inside) entry.inside.push_back(*Range::Parse(range));
  return AllowList({entry});
}

TEST(AllowListTest, NamesHostSchemeAndPort) {
  const auto permits = [](const AllowList& list, const std::string& url) { return list.Permits(*ParseUrl(url)); };
  EXPECT_FALSE(permits(AllowList(), "http://shop.example/"));
  const AllowList exact = ListOf("shop.example");
  EXPECT_TRUE(permits(exact, "http://shop.example/x"));
  EXPECT_TRUE(permits(exact, "http://SHOP.example:8080/x"));
  EXPECT_FALSE(permits(exact, "https://shop.example/x"));
  EXPECT_FALSE(permits(exact, "http://shop.example:81/"));
  EXPECT_FALSE(permits(exact, "http://a.shop.example/"));
  EXPECT_FALSE(permits(exact, "http://shop.example.evil.example/"));
  const AllowList below = ListOf("*.shop.example");
  EXPECT_TRUE(permits(below, "http://a.shop.example/"));
  EXPECT_TRUE(permits(below, "http://a.b.shop.example/"));
  EXPECT_FALSE(permits(below, "http://shop.example/"));
  EXPECT_FALSE(permits(below, "http://evilshop.example/"));
  EXPECT_TRUE(permits(ListOf("127.0.0.1"), "http://127.0.0.1/"));
}

TEST(AllowListTest, OpensAnAddressInsideOnlyByRangeAndPort) {
  const auto permits = [](const AllowList& list, const std::string& url, const std::string& address) {
    return list.Permits(*ParseUrl(url), *Address::Parse(address));
  };
  const AllowList plain = ListOf("shop.example");
  EXPECT_TRUE(permits(plain, "http://shop.example/", "8.8.8.8"));
  EXPECT_FALSE(permits(plain, "http://shop.example/", "10.1.2.3"));
  const AllowList opened = ListOf("shop.example", {"10.1.0.0/16", "169.254.0.0/16"});
  EXPECT_TRUE(permits(opened, "http://shop.example/", "10.1.2.3"));
  EXPECT_TRUE(permits(opened, "http://shop.example/", "::ffff:10.1.2.3"));
  EXPECT_FALSE(permits(opened, "http://shop.example/", "10.2.2.3"));
  EXPECT_FALSE(permits(opened, "http://shop.example:81/", "10.1.2.3"));
  EXPECT_FALSE(permits(opened, "http://other.example/", "10.1.2.3"));
  EXPECT_FALSE(permits(opened, "http://shop.example/", "2002:a01:203::"));
  EXPECT_FALSE(permits(opened, "http://shop.example/", "169.254.169.254"));
  EXPECT_FALSE(permits(ListOf("shop.example", {"0.0.0.0/0"}), "http://shop.example/", "10.1.2.3"));
}

TEST(AllowListTest, HostsOfEntries) {
  for (const char* good : {"shop.example", "*.shop.example", "localhost", "127.0.0.1", "2001:db8::1", "a_b.example"}) {
    EXPECT_TRUE(IsAllowedHost(good)) << good;
  }
  for (const char* bad : {"", "*", "*.", "*.example", "**.shop.example", "a.*.example", "*shop.example", "Shop.example", "shop.example:80",
                          "http://shop.example", "127.1", "0x7f.1", "[::1]", "2001:DB8::1", "shop.example.", "*.127.0.0.1", "10.0.0.0/8"}) {
    EXPECT_FALSE(IsAllowedHost(bad)) << bad;
  }
}

}  // namespace
}  // namespace heitie::web
