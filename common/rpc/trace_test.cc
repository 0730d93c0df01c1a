#include "common/rpc/trace.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "absl/strings/str_cat.h"
#include "common/observe/spans.h"

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

TEST(TraceTest, TheIdDecidesWhatIsRecordedOfTracesThatBeginHere) {
  observe::SetSampledPercent(1);
  int sampled = 0;
  for (int i = 0; i < 100'000; ++i) sampled += TraceOf("").sampled ? 1 : 0;
  EXPECT_NEAR(sampled, 1000, 200);
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(observe::SampleTrace(SampledTraceId()));
  const std::string id = SampledTraceId();
  observe::SetSampledPercent(50);
  EXPECT_TRUE(observe::SampleTrace(id)) << "a greater share holds the smaller one";
  observe::SetSampledPercent(0);
  EXPECT_FALSE(observe::SampleTrace(id));
  EXPECT_THAT(SampledTraceId(), ::testing::MatchesRegex("[0-9a-f]{32}"));
}

TEST(TraceTest, ASpansIdFollowsFromWhatItsEventsTell) {
  const absl::Time now = absl::FromUnixMicros(1767225600'000001);
  const std::string id = SpanIdOf(kTrace, "heitie.risk.v1.RiskService/CloseRisk", "employees/a", now);
  EXPECT_THAT(id, ::testing::MatchesRegex("[0-9a-f]{16}"));
  EXPECT_EQ(id, SpanIdOf(kTrace, "heitie.risk.v1.RiskService/CloseRisk", "employees/a", now + absl::Nanoseconds(999)));
  std::set<std::string> ids = {id, SpanIdOf(kTrace, "heitie.risk.v1.RiskService/CloseRisk", "employees/b", now),
                               SpanIdOf(kTrace, "heitie.risk.v1.RiskService/OpenRisk", "employees/a", now),
                               SpanIdOf(TraceIdOf(""), "heitie.risk.v1.RiskService/CloseRisk", "employees/a", now)};
  for (int i = 1; i < 10'000; ++i) ids.insert(SpanIdOf(kTrace, "m", "p", now + absl::Microseconds(i)));
  EXPECT_EQ(ids.size(), 10'003u);
}

}  // namespace
}  // namespace heitie::rpc
