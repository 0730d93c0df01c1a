#include "services/metrics/engine/corrector.h"

#include <gmock/gmock.h>

#include <functional>
#include <string>
#include <thread>
#include <utility>

#include "absl/strings/match.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "services/metrics/engine/database_snapshot.h"
#include "services/metrics/engine/tables.h"
#include "services/metrics/metrics_test.h"

namespace heitie::metrics {
namespace {

using heitie::test::IsOk;
using heitie::test::Proto;

// Lets something happen after the first query whose text has `mark`, between two statements of one piece of work.
class InterruptedSession final : public sql::Session {
 public:
  InterruptedSession(sql::Session& session, std::string mark, std::function<void()> meanwhile)
      : session_(session), mark_(std::move(mark)), meanwhile_(std::move(meanwhile)) {}

  absl::StatusOr<int64_t> Execute(const std::string& sql, const sql::Values& parameters) override {
    return session_.Execute(sql, parameters);
  }
  absl::Status Query(const std::string& sql, const sql::Values& parameters, const std::function<void(const sql::Row&)>& row) override {
    const absl::Status status = session_.Query(sql, parameters, row);
    if (absl::StrContains(sql, mark_) && meanwhile_ != nullptr) std::exchange(meanwhile_, nullptr)();
    return status;
  }
  absl::Status Append(const std::string& insert, sql::Values row, ReadBy readers) override {
    return session_.Append(insert, std::move(row), readers);
  }

 private:
  sql::Session& session_;
  const std::string mark_;
  std::function<void()> meanwhile_;
};

class CorrectorTest : public MetricsTest {
 protected:
  static absl::Time Soon() { return absl::Now() + absl::Seconds(20); }
};

// Whoever looks for the rows of a user while they are folded finds them, whichever of the two places is looked at first.
TEST_F(CorrectorTest, RowsThatAreFoldedMeanwhileAreNotMissed) {
  int64_t sequence = 0;  // of the last batch
  for (const char* mark : {"FROM fresh_block", "FROM day_cell", "FROM row_block"}) {
    ASSERT_THAT(Ingest(MakeBatch("producers/shop", ++sequence, {MakeEvent("purchase", "u1", clock_.Now())})), IsOk());
    const auto look = [&](const std::function<absl::Status(sql::Session&)>& work) {
      ASSERT_THAT(database_.get().Read(Soon(),
                                       [&](sql::Session& session) {
                                         InterruptedSession interrupted(session, mark, [&] { FoldAll(); });
                                         return work(interrupted);
                                       }),
                  IsOk());
    };
    look([&](sql::Session& session) -> absl::Status {
      const auto days = DaysOf(session, 0);
      EXPECT_THAT(days, IsOk());
      EXPECT_EQ(days->size(), 1u) << mark;
      return absl::OkStatus();
    });
    ASSERT_THAT(Ingest(MakeBatch("producers/shop", ++sequence, {MakeEvent("purchase", "u1", clock_.Now())})), IsOk());
    look([&](sql::Session& session) {
      DatabaseSnapshot snapshot(session);
      int64_t rows = 0;
      const absl::CivilDay day(2026, 1, 1);
      const absl::Status scanned = snapshot.Scan({kEventKind, "purchase"}, {day, day}, {}, 0, [&](const Rows& some) {
        rows += static_cast<int64_t>(some.size());
        return absl::OkStatus();
      });
      EXPECT_GE(rows, 2) << mark;
      return scanned;
    });
    // The next time begins without rows.
    ASSERT_THAT(database_.get().Write(Soon(),
                                      [&](sql::Session& session) {
                                        return DropRows(session, {{kEventKind, "purchase"}, absl::CivilDay(2026, 1, 1)},
                                                        [](const Block&, size_t) { return true; })
                                            .status();
                                      }),
                IsOk());
  }
}

// A batch that comes while an older one is taken back is not forgotten by the times of the last row.
TEST_F(CorrectorTest, TheLastTimeIsThatOfTheLastRowAlsoWhenABatchComesMeanwhile) {
  const absl::Time early = clock_.Now() - absl::Hours(3), late = clock_.Now() - absl::Hours(1);
  ASSERT_THAT(Ingest(MakeBatch("producers/shop", 1, {MakeEvent("purchase", "u1", early, "activities/a")})), IsOk());
  ASSERT_THAT(Ingest(MakeBatch("producers/shop", 2, {MakeEvent("purchase", "u2", early + absl::Hours(1), "activities/a")})), IsOk());
  std::thread batch;
  ASSERT_THAT(database_.get().Write(
                  Soon(),
                  [&](sql::Session& session) {
                    InterruptedSession interrupted(session, "UNION SELECT day FROM fresh_block", [&] {
                      batch = std::thread([&] {
                        EXPECT_THAT(Ingest(MakeBatch("producers/shop", 3, {MakeEvent("purchase", "u3", late, "activities/a")})), IsOk());
                      });
                      absl::SleepFor(absl::Milliseconds(300));
                    });
                    return DropRows(interrupted, {{kEventKind, "purchase"}, absl::CivilDay(2026, 1, 1)},
                                    [](const Block& block, size_t i) { return block.sequences[i] == 2; })
                        .status();
                  }),
              IsOk());
  batch.join();
  const auto answer = Query(R"pb(event_name: "purchase")pb");
  ASSERT_THAT(answer, IsOk());
  EXPECT_EQ(answer->totals(0).figures().count(), 2);
  EXPECT_EQ(time::ToTime(answer->source().watermark()), late);
  EXPECT_EQ(time::ToTime(GetCounters("activities/a")->watermark()), late);
}

}  // namespace
}  // namespace heitie::metrics
