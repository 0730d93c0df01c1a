#include "common/job/database_clock.h"

#include "common/test/fixture.h"

namespace heitie::job {
namespace {

using ::heitie::test::IsOk;

class DatabaseClockTest : public ::testing::Test {
 protected:
  absl::Time DatabaseTime() {
    absl::Time time;
    EXPECT_THAT(database_.get().Read(absl::Now() + absl::Seconds(20),
                                     [&](sql::Session& session) {
                                       return session.Query("SELECT UTC_TIMESTAMP(6)", {},
                                                            [&](const sql::Row& row) { time = row.Time(0); });
                                     }),
                IsOk());
    return time;
  }
  // From now on the database's clock stands at `time` for this fixture's one connection.
  void SetDatabaseTime(absl::Time time) {
    EXPECT_THAT(database_.get().Read(
                    absl::Now() + absl::Seconds(20),
                    [&](sql::Session& session) {
                      return session.Execute("SET timestamp = ?", sql::Bind(absl::ToDoubleSeconds(time - absl::UnixEpoch()))).status();
                    }),
                IsOk());
  }

  test::TestDatabase database_;
};

TEST_F(DatabaseClockTest, IsTheDatabasesWhateverTheProcessThinks) {
  DatabaseClock clock(database_.get());
  EXPECT_LT(absl::AbsDuration(clock.Now() - absl::Now()), absl::Minutes(1)) << "the system's until the first look";
  for (const absl::Duration ahead : {absl::Hours(1), -absl::Hours(1), absl::Hours(24 * 400)}) {
    const absl::Time there = absl::Now() + ahead;
    SetDatabaseTime(there);
    ASSERT_THAT(clock.Set(), IsOk());
    EXPECT_GE(clock.Now(), there - absl::Seconds(1));
    EXPECT_LT(clock.Now(), there + absl::Minutes(1));
  }
}

// It never runs ahead of the database's, and looking again moves it by no more than the look took.
TEST_F(DatabaseClockTest, IsBetweenTwoLooksOfOthers) {
  constexpr absl::Duration kSlew = absl::Milliseconds(50);
  DatabaseClock clock(database_.get());
  for (int i = 0; i < 20; ++i) {
    const absl::Time before = DatabaseTime();
    ASSERT_THAT(clock.Set(), IsOk());
    const absl::Time now = clock.Now();
    EXPECT_GE(now, before - kSlew);
    EXPECT_LE(now, DatabaseTime() + kSlew);
  }
}

}  // namespace
}  // namespace heitie::job
