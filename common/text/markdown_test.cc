#include "common/text/markdown.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace heitie::text {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// What a reader sees of a text that went through EscapeText.
std::string Html(const std::string& text) { return ToHtmlPage(EscapeText(text), "t", "en"); }

TEST(Escape, TextOfPeopleHasNoMarkup) {
  struct Case {
    const char* text;
    const char* html;
  };
  const Case cases[] = {
      {"*bold* _it_ `code` ~x~", "<p>*bold* _it_ `code` ~x~</p>"},
      {"# not a heading", "<p># not a heading</p>"},
      {"- not a list", "<p>- not a list</p>"},
      {"1. not a list", "<p>1. not a list</p>"},
      {"12) not a list", "<p>12) not a list</p>"},
      {"    not code", "<p>not code</p>"},
      {"> not a quote", "<p>&gt; not a quote</p>"},
      {"[a](javascript:alert(1))", "<p>[a](javascript:alert(1))</p>"},
      {"![a](http://x/y.png)", "<p>![a](http://x/y.png)</p>"},
      {"<script>alert(1)</script>", "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>"},
      {"<img src=x onerror=alert(1)>", "<p>&lt;img src=x onerror=alert(1)&gt;</p>"},
      {"&lt;b&gt; &copy;", "<p>&amp;lt;b&amp;gt; &amp;copy;</p>"},
      {"a | b", "<p>a | b</p>"},
      {"back\\slash", "<p>back\\slash</p>"},
      {"活動很成功", "<p>活動很成功</p>"},
  };
  for (const Case& c : cases) EXPECT_THAT(Html(c.text), HasSubstr(c.html)) << c.text;
  EXPECT_THAT(Html("title\n===="), Not(HasSubstr("<h1>")));
  EXPECT_THAT(Html("title\n---"), Not(HasSubstr("<h2>")));
  EXPECT_THAT(Html("a | b\n--- | ---\nc | d"), Not(HasSubstr("<table>")));
}

TEST(Escape, LinesAndParagraphsStay) {
  EXPECT_THAT(Html("one\ntwo\n\nthree"), HasSubstr("<p>one<br />\ntwo</p>\n<p>three</p>"));
  EXPECT_EQ(EscapeLine("one\ntwo\tthree\r"), "one two three");
}

TEST(Html, RawHtmlOfAnAuthorOfMarkdownIsNotPassedOn) {
  const std::string html = ToHtmlPage("<script>alert(1)</script>\n\n[x](javascript:alert(1))", "t", "en");
  EXPECT_THAT(html, Not(HasSubstr("<script")));
  EXPECT_THAT(html, Not(HasSubstr("javascript:")));
}

TEST(Html, IsAPageInItsLanguage) {
  const std::string html = ToHtmlPage("# x", "</title><script>", "zh-TW");
  EXPECT_THAT(html, HasSubstr("<!DOCTYPE html>\n<html lang=\"zh-TW\">"));
  EXPECT_THAT(html, HasSubstr("<title>&lt;/title&gt;&lt;script&gt;</title>"));
  EXPECT_THAT(html, HasSubstr("<h1>x</h1>"));
}

TEST(Table, CellsStayCells) {
  const std::string html = ToHtmlPage(Table({"A", "B"}, {{EscapeLine("x | y\nz"), "1"}}), "t", "en");
  EXPECT_THAT(html, HasSubstr("<th>A</th>"));
  EXPECT_THAT(html, HasSubstr("<td>x | y z</td>\n<td>1</td>"));
}

TEST(Html, SurvivesBytesThatAreNotUtf8) { EXPECT_THAT(ToHtmlPage("\xff\xfe", "t", "en"), HasSubstr("\xEF\xBF\xBD")); }

TEST(Sha256Hex, IsSha256) { EXPECT_EQ(Sha256Hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"); }

}  // namespace
}  // namespace heitie::text
