#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/substitute.h"
#include "absl/time/clock.h"
#include "heitie/metrics/v1/user_erasure.pb.h"
#include "heitie/metrics/v1/withdrawal.pb.h"
#include "tests/fault/courier.h"
#include "tests/fault/metrics_world.h"

namespace heitie::fault {
namespace {

using metrics::v1::UserErasure;
using metrics::v1::Withdrawal;

constexpr int kBatches = 8;  // of a producer in a round
constexpr int kBarred = 2;   // users who are erased for good in each round

class CorrectionsChapter final : public Chapter {
 public:
  explicit CorrectionsChapter(const MetricsWorld& world) : world_(world), users_(RegularUsers()) {}

  void Prepare(int round, Random&) override {
    round_ = round;
    barred_.clear();
    for (int i = 0; i < kBarred; ++i) {
      barred_.push_back(absl::StrCat("barred-", round, "-", i));
      world_.ledger.Bar(barred_.back());
    }
  }

  std::vector<std::function<void(Random&)>> Clients() override {
    return {[this](Random& random) { Withdraw(random); }, [this](Random& random) { EraseAndReturn(random); },
            [this](Random& random) {
              // Rows of users who are being barred go on coming, good ones and others.
              std::vector<std::string> users = barred_;
              users.insert(users.end(), {users_[0], users_[1]});
              for (int i = 1; i <= kBatches; ++i) Deliver("barred", i, random, users);
            },
            [this](Random& random) {
              for (const std::string& user : barred_) {
                absl::SleepFor(absl::Milliseconds(random() % 400));
                Erase(user, true);
              }
            }};
  }

  // What was begun ends by itself.
  void Check() override {
    for (const std::string& name : withdrawals_) {
      EXPECT_TRUE(Becomes([&] {
        const auto now = e2e::Ask<Withdrawal>(world_.staff.asker, world_.staff.grpc.analyst, "metrics.GetWithdrawal",
                                              absl::Substitute("name: '$0'", name));
        return now.ok() && now->state() == Withdrawal::STATE_DONE;
      })) << name
          << " does not end";
    }
    for (const std::string& name : erasures_) EXPECT_TRUE(Becomes([&] { return IsErased(name); })) << name << " does not end";
    withdrawals_.clear();
    erasures_.clear();
  }

 private:
  void Deliver(const std::string& producer, int number, Random& random, const std::vector<std::string>& users) const {
    Parcel parcel;
    *parcel.batch.mutable_events() =
        world_.RandomBatch(random, absl::StrCat("producers/", world_.staff.run, "-", producer), int64_t{round_} * kBatches + number, users);
    world_.ledger.Deliver(parcel.batch.events());
    DeliverAlone(world_.staff.grpc.analyst, {parcel});
    ++world_.acknowledged;
    absl::SleepFor(absl::Milliseconds(random() % 150));
  }

  // Delivers, and takes some of it back while the rest is being delivered.
  void Withdraw(Random& random) {
    int begin = 1;
    for (int i = 1; i <= kBatches; ++i) {
      Deliver("hasty", i, random, users_);
      if (random() % 3 != 0) continue;
      const int64_t first = int64_t{round_} * kBatches + begin + static_cast<int>(random() % (i - begin + 1)),
                    last = int64_t{round_} * kBatches + i;
      const std::string producer = absl::StrCat("producers/", world_.staff.run, "-hasty");
      world_.ledger.Withdraw(producer, first, last);
      const auto withdrawal = e2e::Ask<Withdrawal>(
          world_.staff.asker, world_.staff.grpc.analyst, "metrics.CreateWithdrawal",
          absl::Substitute("withdrawal { producer: '$0' first_sequence: $1 last_sequence: $2 reason: 'Hasty' }", producer, first, last));
      ASSERT_TRUE(withdrawal.ok()) << withdrawal.status();
      EXPECT_EQ(withdrawal->batch_count(), last - first + 1);
      withdrawals_.push_back(withdrawal->name());
      ++world_.acknowledged;
      begin = i + 1;
    }
  }

  // Somebody who comes back after the erasure is somebody new, of whom the old rows are not.
  void EraseAndReturn(Random& random) {
    const std::vector<std::string> user = {absl::StrCat("returning-", round_)};
    // A batch with an event that is as it must be, so that the directory knows the user.
    Parcel known;
    *known.batch.mutable_events() = world_.RandomBatch(random, Returning(), int64_t{round_} * kBatches + 1, user);
    known.batch.mutable_events()->mutable_events(0)->set_event_name(kVisit);
    world_.ledger.Deliver(known.batch.events());
    DeliverAlone(world_.staff.grpc.analyst, {known});
    for (int i = 2; i <= kBatches / 2; ++i) Deliver("returning", i, random, user);
    const std::string erasure = Erase(user[0], false);
    ASSERT_TRUE(Becomes([&] { return IsErased(erasure); })) << erasure << " does not end";
    world_.ledger.Erase(user[0]);
    for (int i = kBatches / 2 + 1; i <= kBatches; ++i) Deliver("returning", i, random, user);
  }

  std::string Returning() const { return absl::StrCat("producers/", world_.staff.run, "-returning"); }

  // The name of the erasure, which one person has proposed and another one has approved.
  std::string Erase(const std::string& user, bool bar) {
    const auto proposed =
        e2e::Ask<UserErasure>(world_.staff.asker, world_.staff.grpc.analyst, "metrics.ProposeUserErasure",
                              absl::Substitute("user: '$0' reference: 'Asked for' bar_later_events: $1", user, bar ? "true" : "false"));
    EXPECT_TRUE(proposed.ok()) << proposed.status();
    if (!proposed.ok()) return "";
    const absl::Status approved = e2e::Put(world_.staff.asker, world_.staff.grpc.manager, "metrics.ApproveUserErasure",
                                           absl::Substitute("name: '$0'", proposed->name()));
    EXPECT_TRUE(approved.ok()) << approved;
    world_.acknowledged += 2;
    const std::lock_guard lock(mutex_);
    erasures_.push_back(proposed->name());
    return proposed->name();
  }

  bool IsErased(const std::string& name) const {
    const auto now = e2e::Ask<UserErasure>(world_.staff.asker, world_.staff.grpc.analyst, "metrics.GetUserErasure",
                                           absl::Substitute("name: '$0'", name));
    return now.ok() && now->state() == UserErasure::STATE_DONE;
  }

  const MetricsWorld world_;
  const std::vector<std::string> users_;
  int round_ = 0;
  std::vector<std::string> barred_;
  std::vector<std::string> withdrawals_;
  std::mutex mutex_;
  std::vector<std::string> erasures_;
};

}  // namespace

std::unique_ptr<Chapter> Corrections(const MetricsWorld& world) { return std::make_unique<CorrectionsChapter>(world); }

}  // namespace heitie::fault
