#include "services/gateway/pages.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

namespace heitie::gateway {
namespace {

std::string Inflate(const std::string& bytes, size_t most) {
  z_stream stream = {};
  EXPECT_EQ(inflateInit2(&stream, 15 + 16), Z_OK);
  std::string text(most, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = bytes.size();
  stream.next_out = reinterpret_cast<Bytef*>(text.data());
  stream.avail_out = text.size();
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
  text.resize(stream.total_out);
  inflateEnd(&stream);
  return text;
}

TEST(PagesTest, OnePageInBothForms) {
  const std::string body(100'000, 'x');
  Pages pages;
  pages.Add("/a", "text/plain", body);
  pages.Add("/short", "text/plain", "short");
  EXPECT_TRUE(pages.Has("/a"));
  EXPECT_FALSE(pages.Has("/b"));
  const http::Response plain = pages.Answer("/a", {}), small = pages.Answer("/a", {{"Accept-Encoding", "br, gzip"}});
  EXPECT_EQ(plain.status, 200);
  EXPECT_EQ(plain.body, body);
  EXPECT_EQ(plain.headers.Get("Content-Type"), "text/plain");
  EXPECT_FALSE(plain.headers.Has("Content-Encoding"));
  EXPECT_EQ(small.headers.Get("Content-Encoding"), "gzip");
  EXPECT_LT(small.body.size(), 1000u);
  EXPECT_EQ(Inflate(small.body, body.size()), body);
  EXPECT_NE(small.headers.Get("ETag"), plain.headers.Get("ETag")) << "other bytes";
  EXPECT_FALSE(pages.Answer("/short", {{"Accept-Encoding", "gzip"}}).headers.Has("Content-Encoding"));
}

TEST(PagesTest, WhoHasItIsToldSo) {
  Pages pages;
  pages.Add("/a", "text/plain", "here");
  const std::string etag = pages.Answer("/a", {}).headers.Get("ETag");
  const http::Response again = pages.Answer("/a", {{"If-None-Match", "\"other\", W/" + etag}});
  EXPECT_EQ(again.status, 304);
  EXPECT_EQ(again.body, "");
  EXPECT_EQ(again.headers.Get("ETag"), etag);
  EXPECT_EQ(pages.Answer("/a", {{"If-None-Match", "*"}}).status, 304);
  EXPECT_EQ(pages.Answer("/a", {{"If-None-Match", "\"other\""}}).status, 200);
}

}  // namespace
}  // namespace heitie::gateway
