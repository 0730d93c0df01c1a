#include "services/gateway/conditional.h"

#include <gtest/gtest.h>

namespace heitie::gateway {
namespace {

TEST(ConditionalTest, ListsOfTags) {
  EXPECT_TRUE(ParseTags(" * ")->any);
  const auto list = ParseTags(R"("a", W/"b" ,,"c,d"	,"")");
  ASSERT_TRUE(list.has_value());
  ASSERT_EQ(list->tags.size(), 4u);
  EXPECT_EQ(list->tags[0].value, "a");
  EXPECT_FALSE(list->tags[0].weak);
  EXPECT_EQ(list->tags[1].value, "b");
  EXPECT_TRUE(list->tags[1].weak);
  EXPECT_EQ(list->tags[2].value, "c,d") << "a comma within a tag";
  EXPECT_EQ(list->tags[3].value, "") << "an empty tag is one";
}

TEST(ConditionalTest, WhatIsNoList) {
  for (const char* value : {"", " ", ",", "a", "\"a", "a\"", "\"a\" \"b\"", "W/a", "w/\"a\"", "\"a b\"", "*, \"a\"", "\"a\"x", "W/"}) {
    EXPECT_FALSE(ParseTags(value).has_value()) << value;
  }
}

// The table of RFC 9110, 8.8.3.2, with the server's tag strong.
TEST(ConditionalTest, Comparison) {
  EXPECT_TRUE(StrongMatch(*ParseTags("\"1\""), "1"));
  EXPECT_FALSE(StrongMatch(*ParseTags("W/\"1\""), "1"));
  EXPECT_TRUE(WeakMatch(*ParseTags("W/\"1\""), "1"));
  EXPECT_FALSE(WeakMatch(*ParseTags("W/\"2\", \"3\""), "1"));
  EXPECT_TRUE(WeakMatch(*ParseTags("W/\"2\", \"1\""), "1"));
  EXPECT_TRUE(StrongMatch(*ParseTags("*"), "1"));
  EXPECT_TRUE(WeakMatch(*ParseTags("*"), "1"));
}

TEST(ConditionalTest, Quotes) {
  EXPECT_EQ(QuotedTag("17"), "\"17\"");
  EXPECT_EQ(QuotedTag("a\"b"), "");
  EXPECT_EQ(QuotedTag("a b"), "");
  EXPECT_EQ(QuotedTag("a\r\nX: y"), "");
}

}  // namespace
}  // namespace heitie::gateway
