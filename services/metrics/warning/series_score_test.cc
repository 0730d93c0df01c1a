#include "services/metrics/warning/series_score.h"

#include <gmock/gmock.h>

#include "common/test/fixture.h"
#include "common/time/instant.h"

namespace heitie::metrics {
namespace {

v1::ScoreSeriesRequest ScoreAt(int minute, std::optional<double> value) {
  v1::ScoreSeriesRequest request;
  *request.mutable_time() = time::ToTimestamp(absl::FromUnixSeconds(1767225600) + absl::Minutes(minute));
  if (value.has_value()) request.set_value(*value);
  return request;
}

TEST(SeriesScorerTest, TellsTheOutlierWhenItComesAndRefusesWhatGoesBack) {
  SeriesScorer scorer(absl::UTCTimeZone());
  const rpc::Call call;
  int alerts = 0;
  for (int i = 0; i < 600; ++i) {
    const auto answer = scorer.Answer(call, ScoreAt(5 * i, 100 + (i * 7919 % 13) - 6));
    ASSERT_TRUE(answer.ok());
    alerts += answer->alert();
  }
  EXPECT_EQ(alerts, 0);
  const auto outlier = scorer.Answer(call, ScoreAt(3000, 900));
  ASSERT_TRUE(outlier.ok());
  EXPECT_TRUE(outlier->alert());
  EXPECT_GE(outlier->score(), 0.5);
  EXPECT_NEAR(outlier->expected(), 100, 10);
  EXPECT_THAT(heitie::test::Violations(scorer.Answer(call, ScoreAt(3000, 100)).status()),
              ::testing::ElementsAre("time TIME_NOT_ASCENDING"));
  const auto missing = scorer.Answer(call, ScoreAt(3005, std::nullopt));
  ASSERT_TRUE(missing.ok());
  EXPECT_FALSE(missing->alert());
}

}  // namespace
}  // namespace heitie::metrics
