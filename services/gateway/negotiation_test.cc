#include "services/gateway/negotiation.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"

namespace heitie::gateway {
namespace {

TEST(NegotiationTest, MediaTypes) {
  EXPECT_EQ(ParseMediaType("").type, "");
  EXPECT_EQ(ParseMediaType(" Application/JSON ; Charset=\"UTF-8\"").type, "application/json");
  EXPECT_EQ(ParseMediaType(" Application/JSON ; Charset=\"UTF-8\"").charset, "utf-8");
  EXPECT_EQ(ParseMediaType("application/json;charset=big5").charset, "big5");
  EXPECT_EQ(ParseMediaType("text/plain; format=flowed").charset, "");
  for (const char* charset : {"", "utf-8", "utf8", "us-ascii"}) EXPECT_TRUE(MeansUtf8(charset)) << charset;
  for (const char* charset : {"big5", "iso-8859-1", "utf-16", "\""}) EXPECT_FALSE(MeansUtf8(charset)) << charset;
}

TEST(NegotiationTest, GzipByWhicheverName) {
  for (const char* takes :
       {"gzip", "x-gzip", "br, gzip;q=0.1", "*", "deflate;q=0.5, *;q=0.1", "GZIP;Q=0.5", " gzip ; q=0.3 ; x=1", "gzip;q=0.001"}) {
    EXPECT_TRUE(TakesGzip(takes)) << takes;
  }
  for (const char* declines : {"", "br", "identity", "gzip;q=0", "gzip; q=0.000", "gzip;q=0, *", "*;q=0", "gzip, x-gzip;q=0", "gzip;q=high",
                               "gzip;q=2", "gzip;q=", "gzip;q=-1", "gzip;q=1e0", "gzip;q=0.0001", "notgzip"}) {
    EXPECT_FALSE(TakesGzip(declines)) << declines;
  }
  std::string many = "gzip";
  for (int i = 0; i < 100; ++i) many = absl::StrCat("x", i, ",", many);
  EXPECT_FALSE(TakesGzip(many)) << "what comes later is not read";
}

TEST(NegotiationTest, EventsWhenTheyAreNamed) {
  for (const char* accept : {"text/event-stream", "TEXT/event-stream;q=0.5, */*", "application/x-ndjson;q=0.4, text/event-stream;q=0.5"}) {
    EXPECT_TRUE(WantsEvents(accept)) << accept;
  }
  for (const char* accept :
       {"", "*/*", "application/json", "text/event-stream;q=0", "application/x-ndjson, text/event-stream;q=0.5", "not-text/event-stream"}) {
    EXPECT_FALSE(WantsEvents(accept)) << accept;
  }
}

}  // namespace
}  // namespace heitie::gateway
