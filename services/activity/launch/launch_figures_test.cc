#include "services/activity/launch/launch_figures.h"

#include "common/observe/metrics.h"
#include "common/test/fixture.h"

namespace heitie::activity {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(LaunchFiguresTest, ThoseUnderWayAreCountedAndTheOldestIsTold) {
  test::TestDatabase database("activity");
  record::Store store(database.get());
  ASSERT_THAT(
      database.get().Write(absl::Now() + absl::Seconds(20),
                           [&](sql::Session& session) -> absl::Status {
                             for (const char* state : {"STATE_RUNNING", "STATE_COMPENSATING", "STATE_SUCCEEDED", "STATE_RUNNING"}) {
                               const absl::Status inserted =
                                   session
                                       .Execute(
                                           "INSERT INTO launches (name, launcher, scheduled, state, reservation, encumbrance, expire_time, "
                                           "etag, create_time, update_time) VALUES (UUID(), '', FALSE, ?, '', '', UTC_TIMESTAMP(6), '', "
                                           "UTC_TIMESTAMP(6) - INTERVAL 100 SECOND, UTC_TIMESTAMP(6))",
                                           sql::Bind(std::string(state)))
                                       .status();
                               if (!inserted.ok()) return inserted;
                             }
                             return absl::OkStatus();
                           }),
      test::IsOk());
  ShowLaunches(store);
  const std::string page = observe::Scrape();
  EXPECT_THAT(page, HasSubstr("heitie_sagas_open{state=\"STATE_RUNNING\"} 2\n"));
  EXPECT_THAT(page, HasSubstr("heitie_sagas_open{state=\"STATE_COMPENSATING\"} 1\n"));
  EXPECT_THAT(page, Not(HasSubstr("STATE_SUCCEEDED")));
  const size_t at = page.find("\nheitie_sagas_oldest_seconds ");
  ASSERT_NE(at, std::string::npos);
  EXPECT_GE(std::atof(page.c_str() + at + 29), 99);
  // Nobody reads a store that is gone.
  observe::RegisterFamily(observe::Family::kGauge, "heitie_sagas_open", "", "state",
                          [] { return std::vector<std::pair<std::string, double>>(); });
  observe::RegisterGauge("heitie_sagas_oldest_seconds", "", [] { return 0; });
}

}  // namespace
}  // namespace heitie::activity
