#include "services/gateway/cors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace heitie::gateway {
namespace {

using ::testing::HasSubstr;

http::Request From(const std::string& origin, bool preflight = false) {
  http::Request head;
  head.method = preflight ? "OPTIONS" : "GET";
  if (!origin.empty()) head.headers.Add("Origin", origin);
  if (preflight) head.headers.Add("Access-Control-Request-Method", "PATCH");
  return head;
}

TEST(CorsTest, NobodyWithoutOrigins) {
  const Cors none;
  EXPECT_FALSE(none.enabled());
  EXPECT_TRUE(none.ForAnswer(From("https://portal.example")).fields().empty());
  EXPECT_TRUE(none.ForPreflight(From("https://portal.example", true), "GET").fields().empty());
  EXPECT_FALSE(Cors::Of("")->enabled());
}

TEST(CorsTest, TheOriginsThatAreNamed) {
  const Cors cors = *Cors::Of(" https://portal.example , http://localhost:3000,http://[::1]:3000");
  EXPECT_TRUE(cors.enabled() && cors.varies());
  for (const char* origin : {"https://portal.example", "http://localhost:3000", "http://[::1]:3000"}) {
    const http::Headers headers = cors.ForAnswer(From(origin));
    EXPECT_EQ(headers.Get("Access-Control-Allow-Origin"), origin);
    EXPECT_THAT(headers.Get("Access-Control-Expose-Headers"), HasSubstr("ETag"));
    EXPECT_FALSE(headers.Has("Access-Control-Allow-Credentials"));
  }
  for (const char* other :
       {"", "null", "http://portal.example", "https://portal.example:8443", "https://portal.example.evil", "https://x"}) {
    EXPECT_TRUE(cors.ForAnswer(From(other)).fields().empty()) << other;
    EXPECT_TRUE(cors.ForPreflight(From(other, true), "GET").fields().empty()) << other;
  }
}

TEST(CorsTest, Preflights) {
  const Cors cors = *Cors::Of("https://portal.example");
  const http::Headers headers = cors.ForPreflight(From("https://portal.example", true), "GET, PATCH");
  EXPECT_EQ(headers.Get("Access-Control-Allow-Origin"), "https://portal.example");
  EXPECT_EQ(headers.Get("Access-Control-Allow-Methods"), "GET, PATCH");
  EXPECT_THAT(headers.Get("Access-Control-Allow-Headers"), HasSubstr("Authorization, "));
  EXPECT_EQ(headers.Get("Access-Control-Max-Age"), "7200");
  EXPECT_FALSE(headers.Has("Access-Control-Allow-Credentials"));
  EXPECT_TRUE(cors.ForPreflight(From("https://portal.example"), "GET").fields().empty()) << "this is none";
}

TEST(CorsTest, EveryOriginWithoutCredentials) {
  const Cors cors = *Cors::Of("*");
  EXPECT_FALSE(cors.varies()) << "the answer is the same to all";
  const http::Headers headers = cors.ForAnswer(From("https://anywhere.example"));
  EXPECT_EQ(headers.Get("Access-Control-Allow-Origin"), "*");
  EXPECT_FALSE(headers.Has("Access-Control-Allow-Credentials"));
}

TEST(CorsTest, WhatIsNoOrigin) {
  for (const char* bad : {"portal.example", "ftp://x", "https://", "https://portal.example/", "https://a b", "https://x:", "https://x:0",
                          "https://x:99999", "https://Portal.example", "null", "*,https://x", "https://*.example"}) {
    EXPECT_FALSE(Cors::Of(bad).ok()) << bad;
  }
}

}  // namespace
}  // namespace heitie::gateway
