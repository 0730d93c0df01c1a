#include "common/rpc/trace.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "absl/strings/str_cat.h"

namespace heitie::rpc {
namespace {

constexpr char kTrace[] = "4bf92f3577b34da6a3ce929d0e0e4736";

TEST(TraceTest, KeepsTheIdOfTheCaller) {
  EXPECT_EQ(TraceIdOf(absl::StrCat("00-", kTrace, "-00f067aa0ba902b7-01")), kTrace);
  EXPECT_EQ(TraceIdOf(absl::StrCat("cc-", kTrace, "-00f067aa0ba902b7-01-what-a-later-version-adds")), kTrace);
}

TEST(TraceTest, ReplacesWhatIsNotValid) {
  for (const std::string& bad :
       {std::string(), std::string("00"), absl::StrCat("ff-", kTrace, "-00f067aa0ba902b7-01"),
        absl::StrCat("00-", std::string(32, '0'), "-00f067aa0ba902b7-01"), absl::StrCat("00-", kTrace, "-0000000000000000-01"),
        absl::StrCat("00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01"), absl::StrCat("00_", kTrace, "-00f067aa0ba902b7-01")}) {
    const std::string id = TraceIdOf(bad);
    EXPECT_THAT(id, ::testing::MatchesRegex("[0-9a-f]{32}")) << bad;
    EXPECT_NE(id, kTrace) << bad;
  }
}

TEST(TraceTest, NewIdsAreDistinct) {
  std::set<std::string> ids;
  for (int i = 0; i < 10'000; ++i) ids.insert(TraceIdOf(""));
  EXPECT_EQ(ids.size(), 10'000u);
}

TEST(TraceTest, TheNextServiceFindsTheSameTrace) {
  EXPECT_EQ(TraceIdOf(Traceparent(kTrace)), kTrace);
  EXPECT_NE(Traceparent(kTrace), Traceparent(kTrace)) << "each call has a span of its own";
}

TEST(TraceTest, TheCallersFlagDecidesWhatIsRecorded) {
  const Trace recorded = TraceOf(absl::StrCat("00-", kTrace, "-00f067aa0ba902b7-01"));
  EXPECT_TRUE(recorded.sampled);
  EXPECT_EQ(recorded.parent_id, "00f067aa0ba902b7");
  EXPECT_FALSE(TraceOf(absl::StrCat("00-", kTrace, "-00f067aa0ba902b7-00")).sampled);
  EXPECT_TRUE(TraceOf(absl::StrCat("00-", kTrace, "-00f067aa0ba902b7-0b")).sampled) << "further bits are not ours";
  const Trace begins = TraceOf("");
  EXPECT_FALSE(begins.sampled) << "nobody has set how many are";
  EXPECT_EQ(begins.parent_id, "");
  const Trace first = TraceOf(Traceparent(kTrace, "", true));
  EXPECT_EQ(first.trace_id, kTrace);
  EXPECT_EQ(first.parent_id, "") << "who hands on a trace without a span is nobody's parent";
}

}  // namespace
}  // namespace heitie::rpc
