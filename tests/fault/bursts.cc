#include "tests/fault/bursts.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <mutex>
#include <set>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "absl/strings/substitute.h"
#include "heitie/planning/v1/notice_rule.pb.h"
#include "heitie/planning/v1/robot.pb.h"
#include "heitie/risk/v1/risk.pb.h"
#include "re2/re2.h"
#include "tests/e2e/world.h"
#include "tests/fault/provider.h"
#include "tests/fault/sent.h"

namespace heitie::fault {
namespace {

using planning::v1::Robot;

constexpr Robot::Kind kKinds[] = {Robot::KIND_DINGTALK, Robot::KIND_FEISHU, Robot::KIND_WECOM, Robot::KIND_WEBHOOK};
constexpr int kRobotsOfBursts = 8;
constexpr int kChangers = 5;
// More of one subject might come together than fits into a message, which then ends with a link.
constexpr int kMostChanges = 20;
constexpr int kOneInTrouble = 40;

// What is told: "b<run>-<subject>-<number>." with numbers from 1 for each subject.
struct Told {
  std::string subject;
  int number = 0;
  bool operator<(const Told& other) const { return std::tie(subject, number) < std::tie(other.subject, other.number); }
};

class BurstsChapter final : public Chapter {
 public:
  BurstsChapter(const Staff& staff, int notices)
      : staff_(staff),
        subjects_(1 + notices / (kRobotsOfBursts * kChangers * kMostChanges)),
        changes_(1 + notices / (kRobotsOfBursts * kChangers * subjects_)) {
    EmployAll();
    std::string recipients;
    for (int i = 0; i < kRobotsOfBursts; ++i) {
      // A webhook tells only of people who are known to be of its department, which planning is yet to hear.
      EXPECT_TRUE(Becomes([&] {
        return e2e::Ask<Robot>(staff.asker, staff.grpc.manager, "planning.CreateRobot",
                               absl::Substitute("robot_id: '$0' robot { title: 'Burst' kind: $1 owner: 'employees/keeper' department: "
                                                "'operations' people: '$2' from_urgency: URGENCY_LOW }",
                                                IdOf(i), Robot::Kind_Name(KindOf(i)), PersonOf(i)))
            .ok();
      }));
      MustHave<Robot>(staff, "planning.SetRobotAddress",
                      absl::Substitute("name: 'robots/$0' address: '$1' secret: '$2'", IdOf(i), provider_.AddressOf(i, KindOf(i)),
                                       KindOf(i) == Robot::KIND_WEBHOOK ? "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" : "SECheitie-fault"));
      absl::StrAppend(&recipients, " recipients { person: '", PersonOf(i), "' }");
    }
    // Only what is changed here bears such a cause.
    MustHave<planning::v1::NoticeRule>(
        staff, "planning.CreateNoticeRule",
        absl::Substitute(
            "notice_rule_id: 'burst-$0' notice_rule { title: 'Burst' subject_type: 'risk.heitie/Risk' actions: 'update' "
            "conditions { field: 'cause' values: 'burst-$0' } urgency: URGENCY_NORMAL text_en: '{title}' text_zh: '{title}'$1 }",
            staff.run, recipients));
  }

  void Prepare(int round, Random&) override {
    round_ = round;
    for (int changer = 0; changer < kChangers; ++changer) {
      for (int i = 0; i < subjects_; ++i) {
        staff_.grpc.specialist.Do(
            "risk.CreateRisk", absl::Substitute("risk_id: '$0' risk { category: CATEGORY_MARKET subject: 'activities/burst' title: 'Calm' "
                                                "cause: 'burst-$1' owner: 'employees/keeper' }",
                                                SubjectOf(changer, i), staff_.run));
      }
    }
  }

  std::vector<std::function<void(Random&)>> Clients() override {
    std::vector<std::function<void(Random&)>> clients;
    for (int i = 0; i < kChangers; ++i) {
      clients.emplace_back([this, i](Random&) { Change(i % 2 == 0 ? staff_.grpc : staff_.http, i); });
    }
    return clients;
  }

  void Check() override {
    for (int i = 0; i < kRobotsOfBursts; ++i) {
      std::map<Told, int> heard;
      EXPECT_TRUE(Becomes([&] {
        heard = Heard(i);
        return std::all_of(heard.begin(), heard.end(), [](const auto& one) { return one.second > 0; });
      })) << "something that was told never came to robot "
          << i;
      EXPECT_EQ(provider_.RefusalsOf(i), 0) << "robot " << i << " got more than its provider allows";
      CheckRepetitions(i, heard);
      CheckOrder(i);
    }
  }

 private:
  static Robot::Kind KindOf(int robot) { return kKinds[static_cast<size_t>(robot) % std::size(kKinds)]; }
  std::string IdOf(int robot) const { return absl::StrCat("burst-", staff_.run, "-", robot); }
  std::string PersonOf(int robot) const { return "employees/" + IdOf(robot); }
  std::string SubjectOf(int changer, int i) const { return absl::Substitute("b$0-$1-$2-$3", staff_.run, round_, changer, i); }

  void EmployAll() {
    // The keeper owns the robots.
    std::vector<std::string> ids = {"keeper"};
    for (int i = 0; i < kRobotsOfBursts; ++i) ids.push_back(IdOf(i));
    Employ(staff_, ids);
  }

  void Change(const e2e::Team& team, int changer) {
    for (int number = 1; number <= changes_; ++number) {
      for (int i = 0; i < subjects_; ++i) {
        const Told told{SubjectOf(changer, i), number};
        const auto changed = e2e::Ask<risk::v1::Risk>(
            staff_.asker, team.specialist, "risk.UpdateRisk",
            absl::Substitute("risk { name: 'risks/$0' title: '$0:$1.' } update_mask { paths: 'title' }", told.subject, number));
        EXPECT_TRUE(changed.ok()) << changed.status();
        if (!changed.ok()) return;
        const std::lock_guard lock(mutex_);
        told_.insert(told);
      }
    }
  }

  // What a message tells, in its order.
  static std::vector<Told> ToldIn(const std::string& text) {
    static const RE2& form = *new RE2("(b[a-z0-9]+(?:-[0-9]+){3}):([0-9]+)\\.");
    re2::StringPiece rest(text);
    std::vector<Told> all;
    Told one;
    while (RE2::FindAndConsume(&rest, form, &one.subject, &one.number)) all.push_back(one);
    return all;
  }

  // How often each change of which somebody knows has come to the provider.
  std::map<Told, int> Heard(int robot) {
    std::map<Told, int> heard;
    {
      const std::lock_guard lock(mutex_);
      for (const Told& told : told_) heard[told] = 0;
    }
    for (const Provider::Message& message : provider_.MessagesOf(robot)) {
      for (const Told& told : ToldIn(message.text)) ++heard[told];
    }
    return heard;
  }

  void CheckRepetitions(int robot, const std::map<Told, int>& heard) {
    const std::map<std::string, Sent> sent = SentBy(staff_, "robots/" + IdOf(robot));
    std::map<Told, std::set<std::string>> ids, sent_as;
    for (const Provider::Message& message : provider_.MessagesOf(robot)) {
      for (const Told& told : ToldIn(message.text)) ids[told].insert(message.id);
    }
    std::map<Told, int> unknown;
    for (const auto& [name, delivery] : sent) {
      for (const Told& told : ToldIn(delivery.text)) {
        sent_as[told].insert(name);
        unknown[told] += delivery.unknown;
      }
    }
    for (const auto& [told, times] : heard) {
      EXPECT_LE(times, 1 + unknown[told]) << told.subject << ":" << told.number << " came again, and nobody had doubted it";
      EXPECT_EQ(sent_as[told].size(), 1u) << told.subject << ":" << told.number << " was sent under several ids";
      EXPECT_EQ(ids[told].size(), 1u) << told.subject << ":" << told.number << " came under several ids";
    }
  }

  // A message that is repeated comes before the next one of the subject.
  void CheckOrder(int robot) {
    std::map<std::string, std::vector<int>> last;  // by subject
    for (const Provider::Message& message : provider_.MessagesOf(robot)) {
      std::map<std::string, std::vector<int>> numbers;
      for (const Told& told : ToldIn(message.text)) numbers[told.subject].push_back(told.number);
      for (auto& [subject, these] : numbers) {
        std::vector<int>& before = last[subject];
        EXPECT_TRUE(std::is_sorted(these.begin(), these.end())) << subject << " to robot " << robot;
        EXPECT_TRUE(before.empty() || these == before || these.front() > before.back())
            << subject << ":" << these.front() << " came to robot " << robot << " after " << before.back();
        before = std::move(these);
      }
    }
  }

  const Staff& staff_;
  const int subjects_, changes_;  // of each changer in a round, and of each subject
  Provider provider_{kOneInTrouble};
  int round_ = 0;
  std::mutex mutex_;
  std::set<Told> told_;  // of which somebody was told that it is so
};

}  // namespace

std::unique_ptr<Chapter> Bursts(const Staff& staff, int notices) { return std::make_unique<BurstsChapter>(staff, notices); }

}  // namespace heitie::fault
