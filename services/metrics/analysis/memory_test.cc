// What questions hold at the same time, of up to 3,650 days of ten million users, half of whom are active on each day, by what the
// allocator says.
#include <gmock/gmock.h>
#include <gperftools/malloc_extension.h>

#include <array>
#include <random>

#include "common/status/macros.h"
#include "common/status/status.h"
#include "services/metrics/analysis/activity_level.h"
#include "services/metrics/analysis/fake_events.h"
#include "services/metrics/analysis/figures.h"
#include "services/metrics/analysis/funnel.h"
#include "services/metrics/analysis/retention.h"
#include "services/metrics/engine/fake_snapshot.h"
#include "services/metrics/engine/slices.h"
#include "services/metrics/engine/snapshot.h"

namespace heitie::metrics::analysis {
namespace {

constexpr uint32_t kManyUsers = 10'000'000;
constexpr uint32_t kLastRange = (kManyUsers - 1) >> kRangeBits;

int64_t Allocated() {
  size_t bytes = 0;
  EXPECT_TRUE(MallocExtension::instance()->GetNumericProperty("generic.current_allocated_bytes", &bytes));
  return static_cast<int64_t>(bytes);
}

// Every day is one of a few: the sets are made once, and copied as those of a database are.
class ManyUsers : public Snapshot {
 public:
  explicit ManyUsers(Days days) : days_(days) {
    std::mt19937_64 random(5);
    for (auto& day : sets_) {
      for (uint32_t range = 0; range <= kLastRange; ++range) {
        std::vector<uint32_t> users;
        const uint32_t begin = range << kRangeBits, end = std::min(begin + (1U << kRangeBits), kManyUsers);
        for (uint32_t word = begin; word < end; word += 64) {
          const uint64_t bits = random();
          for (uint32_t bit = 0; bit < 64 && word + bit < end; ++bit) {
            if ((bits >> bit & 1U) != 0) users.push_back(word + bit);
          }
        }
        day[range].addMany(users.size(), users.data());
      }
    }
    before_ = Allocated();
  }

  absl::Status Scan(const Series&, Days days, Users users, unsigned, const std::function<absl::Status(const Rows&)>& take) override {
    // Each user has an event at noon.
    for (absl::CivilDay day = std::max(days.first, days_.first); day <= std::min(days.last, days_.last); ++day) {
      const int64_t noon = MicrosOf(StartOf(day, BusinessCalendar())) + 12LL * 3600 * 1000 * 1000;
      for (uint64_t first = users.first; first <= std::min<uint64_t>(users.last, kManyUsers - 1); first += 1 << 16) {
        Rows rows;
        const uint64_t end = std::min<uint64_t>({first + (1 << 16), uint64_t{users.last} + 1, kManyUsers});
        for (uint64_t user = first; user < end; ++user) rows.users.push_back(static_cast<uint32_t>(user));
        rows.times.assign(rows.users.size(), noon);
        RETURN_IF_ERROR(take(rows));
        Look();
      }
    }
    return absl::OkStatus();
  }
  absl::StatusOr<std::vector<Users>> Slices(const std::vector<Series>&, Days days, int64_t limit) override {
    const Days some{std::max(days.first, days_.first), std::min(days.last, days_.last)};
    return SlicesOf({{{0, kManyUsers - 1}, (some.last - some.first + 1) * int64_t{kManyUsers}}}, limit);
  }
  absl::Status Cells(const CellQuery& query,
                     const std::function<absl::Status(absl::CivilDay, const std::string&, const Cell&)>& take) override {
    for (absl::CivilDay day = std::max(query.days.first, days_.first); day <= std::min(query.days.last, days_.last); ++day) {
      Cell cell;
      cell.count = 1;
      for (uint32_t range = query.users.first >> kRangeBits; range <= std::min(query.users.last >> kRangeBits, kLastRange); ++range) {
        cell.users |= sets_[static_cast<size_t>(day - days_.first) % sets_.size()][range];
      }
      const bool cut = (query.users.first << (32 - kRangeBits)) != 0 || ((query.users.last + 1) << (32 - kRangeBits)) != 0;
      if (cut) {
        Roaring asked;
        asked.addRange(query.users.first, uint64_t{query.users.last} + 1);
        cell.users &= asked;
      }
      RETURN_IF_ERROR(take(day, "", cell));
      Look();
    }
    return absl::OkStatus();
  }
  absl::StatusOr<std::vector<Users>> CellSlices(const std::vector<CellQuery>& queries, int64_t sets, int64_t bytes) override {
    std::map<uint32_t, int64_t> sizes;
    for (const CellQuery& query : queries) {
      for (uint32_t range = 0; range <= kLastRange; ++range) sizes[range] += (query.days.last - query.days.first + 1) * kMostBytesOfSet;
    }
    for (auto& [range, size] : sizes) size = std::min(size, sets * kMostBytesOfSet);
    std::vector<Users> slices = SlicesOfRanges(sizes, bytes);
    slices_ = slices.size();
    return slices;
  }
  absl::StatusOr<std::optional<Days>> Extent(const Series&) override { return days_; }
  absl::Status UserIds(const std::vector<uint32_t>&, const std::function<void(uint32_t, const std::string&)>&) override {
    return absl::OkStatus();
  }
  absl::StatusOr<std::optional<uint32_t>> OrdinalOf(const std::string&) override { return std::nullopt; }

  // The most that was held while it was read, and into how many slices users were divided.
  int64_t most() const { return most_; }
  size_t slices() const { return slices_; }
  void Forget() { most_ = 0; }

 private:
  void Look() { most_ = std::max(most_, Allocated() - before_); }

  const Days days_;
  std::array<std::array<Roaring, kLastRange + 1>, 4> sets_;
  int64_t before_ = 0, most_ = 0;
  size_t slices_ = 0;
};

class MemoryTest : public ::testing::Test {
 protected:
  // All of it at once would be many times what is allowed.
  void ExpectBounded(ManyUsers& users, int64_t sets) {
    EXPECT_LE(users.most(), users.memory()) << "of " << users.memory();
    EXPECT_GT(sets * (kManyUsers / 8), 4 * users.memory()) << "the test proves nothing";
    EXPECT_GT(users.most(), users.memory() / 16) << "the memory is not used";
    users.Forget();
  }
  const Calendar calendar_ = BusinessCalendar();
  const Days days_{absl::CivilDay(2016, 1, 1), absl::CivilDay(2016, 1, 1) + 3649};
  ManyUsers users_{days_};
};

// A quarter of the memory that is usual.
TEST_F(MemoryTest, GrowthOfTenYears) {
  users_.LimitMemory(64 << 20);
  const auto growth = AnswerGrowth(users_, {Events("a")}, {days_.first + 31, days_.last}, Granularity::kWeek, nullptr, calendar_);
  ASSERT_TRUE(growth.ok());
  ASSERT_EQ(growth->size(), 517U);
  // Four different days are a week's.
  EXPECT_NEAR(static_cast<double>((*growth)[5].active), kManyUsers * 15 / 16.0, 10'000);
  EXPECT_EQ((*growth)[5].fresh, 0);
  ExpectBounded(users_, 517);
}

TEST_F(MemoryTest, ActiveUsersInLittleMemory) {
  users_.LimitMemory(24 << 20);
  const Days some{days_.first + 40, days_.first + 119};
  const auto active = AnswerActiveUsers(users_, {Events("a")}, some, nullptr, calendar_);
  ASSERT_TRUE(active.ok());
  EXPECT_NEAR(static_cast<double>(active->back().daily), kManyUsers / 2.0, 10'000);
  EXPECT_NEAR(static_cast<double>(active->back().monthly), kManyUsers * 15 / 16.0, 20'000);
  EXPECT_GT(users_.slices(), 3U);
  ExpectBounded(users_, 109);
}

TEST_F(MemoryTest, RetentionOfManyCohorts) {
  users_.LimitMemory(32 << 20);
  RetentionQuestion question;
  question.start = question.returning = {Events("a")};
  question.days = {days_.first, days_.first + 79};
  question.horizon = 20;
  const auto answer = AnswerRetention(users_, question, calendar_, absl::InfiniteFuture());
  ASSERT_TRUE(answer.ok());
  EXPECT_NEAR(static_cast<double>(answer->cohorts.front().size), kManyUsers / 2.0, 10'000);
  ExpectBounded(users_, 180);
}

TEST_F(MemoryTest, HistoriesOfAFunnel) {
  users_.LimitMemory(64 << 20);
  FunnelQuestion question;
  question.steps = {Events("a"), Events("a")};
  question.rules.steps = 2;
  question.rules.window = absl::ToInt64Microseconds(absl::Hours(1));
  question.window = WindowOf({days_.first, days_.first}, calendar_);
  const auto answer = AnswerFunnel(users_, question, calendar_, absl::InfiniteFuture());
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->all.reached.front(), kManyUsers);
  EXPECT_EQ(answer->all.reached.back(), 0);
  EXPECT_LE(users_.most(), users_.memory());
  EXPECT_GT(int64_t{kManyUsers} * 24, 2 * users_.memory());
}

TEST(MemoryOfAUserTest, TooManyEventsAreRefused) {
  const Calendar calendar = BusinessCalendar();
  std::vector<Point> points;
  for (int i = 0; i < 300; ++i) points.push_back(EventAt("a", i < 200 ? "u1" : "u2", absl::CivilSecond(2026, 1, 1, 0, 0, i), calendar));
  FakeSnapshot snapshot(points);
  FunnelQuestion question;
  question.steps = {Events("a"), Events("a")};
  question.rules.steps = 2;
  question.rules.window = absl::ToInt64Microseconds(absl::Hours(1));
  question.window = WindowOf({absl::CivilDay(2026, 1, 1), absl::CivilDay(2026, 1, 1)}, calendar);
  snapshot.LimitMemory(96 * 250);
  EXPECT_EQ(AnswerFunnel(snapshot, question, calendar, absl::InfiniteFuture())->all.reached.front(), 2);
  snapshot.LimitMemory(96 * 100);
  EXPECT_EQ(status::ReasonOf(AnswerFunnel(snapshot, question, calendar, absl::InfiniteFuture()).status()), "QUESTION_TOO_GREAT");
}

}  // namespace
}  // namespace heitie::metrics::analysis
