#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/substitute.h"
#include "absl/time/clock.h"
#include "heitie/metrics/v1/dead_letter.pb.h"
#include "tests/fault/metrics_world.h"

namespace heitie::fault {
namespace {

using metrics::v1::DeadLetter;
using metrics::v1::DiscardDeadLettersResponse;
using metrics::v1::ReplayDeadLettersResponse;
using metrics::v1::SummarizeDeadLettersResponse;

constexpr int kRepairs = 5;  // of a client in a round

class RepairsChapter final : public Chapter {
 public:
  explicit RepairsChapter(const MetricsWorld& world) : world_(world) {}

  void Prepare(int, Random&) override {}

  // Two who replay the same, so that they meet.
  std::vector<std::function<void(Random&)>> Clients() override {
    const auto client = [this](Random& random) {
      for (int i = 0; i < kRepairs; ++i) {
        absl::SleepFor(absl::Milliseconds(random() % 500));
        switch (random() % 3) {
          case 0:
            Replay(kOrder, "", 1 + static_cast<int>(random() % 200));
            break;
          case 1:
            Replay(kCart, absl::StrCat("point_name: '", kBasket, "'"), 1 + static_cast<int>(random() % 200));
            break;
          default:
            Discard(1 + static_cast<int>(random() % 200));
            break;
        }
      }
    };
    return {client, client};
  }

  // Settles the rest. Each letter was settled once: what the calls have told never exceeds what there is.
  void Check() override {
    Replay(kOrder, "", 1000);
    Replay(kCart, absl::StrCat("point_name: '", kBasket, "'"), 1000);
    while (Discard(1000)) {
    }
    const auto summary =
        e2e::Ask<SummarizeDeadLettersResponse>(world_.staff.asker, world_.staff.grpc.manager, "metrics.SummarizeDeadLetters", "");
    ASSERT_TRUE(summary.ok()) << summary.status();
    int64_t settled = 0;
    for (const auto& group : summary->groups()) {
      EXPECT_NE(group.state(), DeadLetter::STATE_OPEN) << group.ShortDebugString();
      EXPECT_NE(group.state(), DeadLetter::STATE_DUPLICATE) << group.ShortDebugString();
      settled += group.count();
    }
    EXPECT_EQ(summary->total_count(), settled);
    EXPECT_EQ(settled, world_.ledger.Letters()) << "each row that is not as it must be is a dead letter, and none of an erased user";
  }

 private:
  void Replay(const std::string& name, const std::string& more, int most) const {
    std::string after;
    do {
      const auto replayed = e2e::Ask<ReplayDeadLettersResponse>(
          world_.staff.asker, world_.staff.grpc.analyst, "metrics.ReplayDeadLetters",
          absl::Substitute("selection { event_name: '$0' } repair { dimensions { key: 'channel' value: '$1' } $2 } reason: 'Known now' "
                           "after: '$3' max_count: $4",
                           name, kMended, more, after, most));
      ASSERT_TRUE(replayed.ok()) << replayed.status();
      EXPECT_EQ(replayed->open_count(), 0) << "the repair heals all of them";
      EXPECT_EQ(replayed->duplicate_count(), 0);
      world_.settled_letters += replayed->replayed_count();
      ++world_.acknowledged;
      after = replayed->next_after();
    } while (!after.empty());
  }

  // Whether more are left.
  bool Discard(int most) const {
    const auto discarded =
        e2e::Ask<DiscardDeadLettersResponse>(world_.staff.asker, world_.staff.grpc.analyst, "metrics.DiscardDeadLetters",
                                             absl::Substitute("selection { event_name: '$0' } reason: 'Junk' max_count: $1", kJunk, most));
    EXPECT_TRUE(discarded.ok()) << discarded.status();
    if (!discarded.ok()) return false;
    world_.settled_letters += discarded->discarded_count();
    ++world_.acknowledged;
    return discarded->more();
  }

  const MetricsWorld world_;
};

}  // namespace

std::unique_ptr<Chapter> Repairs(const MetricsWorld& world) { return std::make_unique<RepairsChapter>(world); }

}  // namespace heitie::fault
