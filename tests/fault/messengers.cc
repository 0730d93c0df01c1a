#include "tests/fault/messengers.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/substitute.h"
#include "heitie/planning/v1/action_item.pb.h"
#include "heitie/planning/v1/robot.pb.h"
#include "heitie/planning/v1/urgent_call.pb.h"
#include "tests/e2e/world.h"
#include "tests/fault/provider.h"
#include "tests/fault/sent.h"

namespace heitie::fault {
namespace {

constexpr int kRobots = 3;
constexpr int kCallers = 4;
constexpr int kCalls = 12;  // of a caller in a round, and as many items

class MessagesChapter final : public Chapter {
 public:
  explicit MessagesChapter(const Staff& staff) : staff_(staff) {
    std::vector<std::string> ids = {"keeper"};
    for (int i = 0; i < kRobots; ++i) ids.push_back(IdOf(i));
    Employ(staff, ids);
    for (int i = 0; i < kRobots; ++i) {
      MustHave<planning::v1::Robot>(staff, "planning.CreateRobot",
                                    absl::Substitute("robot_id: '$0' robot { title: 'Group' kind: KIND_WECOM owner: 'employees/keeper' "
                                                     "department: 'operations' people: '$1' from_urgency: URGENCY_LOW }",
                                                     IdOf(i), PersonOf(i)));
      MustHave<planning::v1::Robot>(
          staff, "planning.SetRobotAddress",
          absl::Substitute("name: 'robots/$0' address: '$1'", IdOf(i), provider_.AddressOf(i, planning::v1::Robot::KIND_WECOM)));
    }
    staff.grpc.specialist.Do(
        "planning.CreateMeetingSeries",
        absl::Substitute("meeting_series_id: '$0' meeting_series { title: 'Weekly' kind: KIND_TEAM_WEEKLY chair: 'employees/keeper' "
                         "departments: '$0' standing: true schedule { start_date $1 start_clock: '09:30' time_zone: 'Asia/Taipei' "
                         "duration_minutes: 60 rule: 'FREQ=DAILY' day_off_policy: DAY_OFF_POLICY_NEXT } }",
                         staff.run, e2e::Date(e2e::Today() + 1)));
  }

  void Prepare(int round, Random&) override { round_ = round; }

  std::vector<std::function<void(Random&)>> Clients() override {
    std::vector<std::function<void(Random&)>> clients;
    for (int i = 0; i < kCallers; ++i) {
      clients.emplace_back([this, i](Random& random) { Tell(i % 2 == 0 ? staff_.grpc : staff_.http, i, random); });
    }
    return clients;
  }

  void Check() override {
    for (int i = 0; i < kRobots; ++i) {
      std::map<std::string, int> heard;
      EXPECT_TRUE(Becomes([&] {
        heard = Heard(i);
        return std::all_of(heard.begin(), heard.end(), [](const auto& one) { return one.second > 0; });
      })) << "something that was told never came to robot "
          << i;
      const std::map<std::string, int> unknown = UnknownOf(i);
      for (const auto& [text, times] : heard) {
        const auto found = unknown.find(text);
        EXPECT_LE(times, 1 + (found == unknown.end() ? 0 : found->second)) << text << " came again, and nobody had doubted it";
      }
      EXPECT_EQ(provider_.RefusalsOf(i), 0) << "robot " << i << " got more than its provider allows";
    }
  }

 private:
  std::string IdOf(int robot) const { return absl::StrCat(staff_.run, "-", robot); }
  std::string PersonOf(int robot) const { return absl::StrCat("employees/", staff_.run, "-", robot); }

  // Critical ones and ordinary ones in turn. Each has a word of its own, which nothing else contains.
  void Tell(const e2e::Team& team, int caller, Random& random) {
    for (int i = 0; i < kCalls; ++i) {
      const int robot = static_cast<int>(random() % kRobots);
      const std::string id = absl::StrFormat("%s-%d-%d-%d", staff_.run, round_, caller, i);
      const std::string call = absl::StrCat("call-", id, "."), item = absl::StrCat("item-", id, ".");
      const auto called = e2e::Ask<planning::v1::UrgentCall>(
          staff_.asker, team.specialist, "planning.CreateUrgentCall",
          absl::Substitute("urgent_call_id: '$0' urgent_call { text: '$1' person: '$2' }", id, call, PersonOf(robot)));
      EXPECT_TRUE(called.ok()) << called.status();
      if (called.ok()) Note(robot, call, called->name());
      const auto opened = e2e::Ask<planning::v1::ActionItem>(
          staff_.asker, team.specialist, "planning.CreateActionItem",
          absl::Substitute("action_item_id: '$0' action_item { title: '$1' owner: '$2' department: '$3' due_date $4 }", id, item,
                           PersonOf(robot), staff_.run, e2e::Date(e2e::Today() + 30)));
      EXPECT_TRUE(opened.ok()) << opened.status();
      if (opened.ok()) Note(robot, item, opened->name());
    }
  }

  void Note(int robot, const std::string& text, const std::string& name) {
    staff_.acknowledged->Note("planning", name, "create");
    const std::lock_guard lock(mutex_);
    told_[robot].insert(text);
  }

  // How often each text of which somebody knows that it was told has come to the provider.
  std::map<std::string, int> Heard(int robot) {
    std::map<std::string, int> heard;
    const std::lock_guard lock(mutex_);
    for (const std::string& text : told_[robot]) heard[text] = 0;
    for (const Provider::Message& message : provider_.MessagesOf(robot)) {
      for (auto& [text, times] : heard) times += absl::StrContains(message.text, text) ? 1 : 0;
    }
    return heard;
  }

  // How many attempts to bring a text have an outcome that nobody knows.
  std::map<std::string, int> UnknownOf(int robot) {
    std::map<std::string, int> unknown;
    const auto sent = SentBy(staff_, "robots/" + IdOf(robot));
    const std::lock_guard lock(mutex_);
    for (const auto& [name, delivery] : sent) {
      for (const std::string& text : told_[robot]) {
        if (absl::StrContains(delivery.text, text)) unknown[text] += delivery.unknown;
      }
    }
    return unknown;
  }

  const Staff& staff_;
  Provider provider_{0};
  int round_ = 0;
  std::mutex mutex_;
  std::map<int, std::set<std::string>> told_;  // by robot: of what somebody was told that it is there
};

}  // namespace

std::unique_ptr<Chapter> Messages(const Staff& staff) { return std::make_unique<MessagesChapter>(staff); }

}  // namespace heitie::fault
