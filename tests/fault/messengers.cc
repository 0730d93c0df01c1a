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
#include "common/web/server_testing.h"
#include "heitie/planning/v1/action_item.pb.h"
#include "heitie/planning/v1/delivery.pb.h"
#include "heitie/planning/v1/robot.pb.h"
#include "heitie/planning/v1/robot_policy.pb.h"
#include "heitie/planning/v1/urgent_call.pb.h"
#include "tests/e2e/world.h"

namespace heitie::fault {
namespace {

using planning::v1::Delivery;
using planning::v1::DeliveryAttempt;

constexpr int kRobots = 3;
constexpr int kCallers = 4;
constexpr int kCalls = 12;  // of a caller in a round, and as many items
// What a robot may get, as the policy and the stub know it.
constexpr int kMost = 10;
constexpr absl::Duration kWindow = absl::Seconds(2);

template <typename Response>
Response Must(const Staff& staff, const std::string& method, const std::string& request) {
  const auto response = e2e::Ask<Response>(staff.asker, staff.grpc.manager, method, request);
  EXPECT_TRUE(response.ok()) << method << ": " << response.status();
  return response.ok() ? *response : Response();
}

// A provider: says yes to everything, and remembers when each robot said what.
class Provider {
 public:
  struct Message {
    absl::Time time;
    std::string text;
  };
  std::string AddressOf(int robot) { return absl::StrCat("http://127.0.0.1:", server_.port(), "/", robot, "?key=of-a-fault-test-", robot); }
  std::vector<Message> MessagesOf(int robot) {
    const std::lock_guard lock(mutex_);
    return messages_[robot];
  }

 private:
  void Take(const std::string& request, web::Peer& peer) {
    const absl::Time now = absl::Now();
    std::string whole = request;
    const size_t body = request.find("\r\n\r\n") + 4, length = request.find("Content-Length: ");
    if (length == std::string::npos) return;
    while (whole.size() < body + std::stoul(request.substr(length + 16))) {
      const std::string more = peer.Receive();
      if (more.empty()) return;  // whoever sent it has died
      whole += more;
    }
    {
      const std::lock_guard lock(mutex_);
      messages_[request[request.find('/') + 1] - '0'].push_back({now, whole.substr(body)});
    }
    peer.Send(web::Ok(R"({"errcode":0})"));
  }

  std::mutex mutex_;
  std::map<int, std::vector<Message>> messages_;  // by robot
  web::TestServer server_{[this](const std::string& request, web::Peer& peer) { Take(request, peer); }};
};

class MessagesChapter final : public Chapter {
 public:
  explicit MessagesChapter(const Staff& staff) : staff_(staff) {
    const std::string codes = "code_field: 'errcode' codes { code: '0' outcome: OUTCOME_TAKEN }";
    Must<planning::v1::RobotPolicy>(
        staff, "planning.CreateRobotPolicy",
        absl::Substitute(
            "robot_policy_id: '$0' robot_policy { reason: 'Faults' providers { kind: KIND_WECOM max_bytes: 2048 limits { count: "
            "$1 window { seconds: $2 } } $3 } backoff { seconds: 1 } backoff { seconds: 1 } backoff { seconds: 2 } backoff { "
            "seconds: 5 } disable_after { seconds: 3600 } margin_percent: 5 critical_percent: 20 keep_days: 30 answer_timeout { "
            "seconds: 1 } }",
            staff.run, kMost, absl::ToInt64Seconds(kWindow), codes));
    Must<planning::v1::RobotPolicy>(staff, "planning.PublishRobotPolicy", absl::Substitute("name: 'robotPolicies/$0'", staff.run));
    for (int i = 0; i < kRobots; ++i) {
      Must<planning::v1::Robot>(staff, "planning.CreateRobot",
                                absl::Substitute("robot_id: '$0' robot { title: 'Group' kind: KIND_WECOM owner: 'employees/keeper' "
                                                 "department: 'operations' people: '$1' from_urgency: URGENCY_LOW }",
                                                 IdOf(i), PersonOf(i)));
      Must<planning::v1::Robot>(staff, "planning.SetRobotAddress",
                                absl::Substitute("name: 'robots/$0' address: '$1'", IdOf(i), provider_.AddressOf(i)));
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
      CheckWindow(i);
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
    std::map<std::string, int> attempts, unknown;
    Pages<planning::v1::ListDeliveryAttemptsResponse>(
        "planning.ListDeliveryAttempts", absl::Substitute("parent: 'robots/$0'", IdOf(robot)), [&](const auto& page) {
          for (const DeliveryAttempt& attempt : page.delivery_attempts()) {
            const bool certain =
                attempt.outcome() == DeliveryAttempt::OUTCOME_TAKEN || attempt.outcome() == DeliveryAttempt::OUTCOME_OVER_LIMIT;
            attempts[attempt.delivery()] += certain ? 0 : 1;
          }
        });
    Pages<planning::v1::ListDeliveriesResponse>("planning.ListDeliveries", absl::Substitute("parent: 'robots/$0'", IdOf(robot)),
                                                [&](const auto& page) {
                                                  const std::lock_guard lock(mutex_);
                                                  for (const Delivery& delivery : page.deliveries()) {
                                                    for (const std::string& text : told_[robot]) {
                                                      if (absl::StrContains(delivery.text(), text))
                                                        unknown[text] += attempts[delivery.name()];
                                                    }
                                                  }
                                                });
    return unknown;
  }

  template <typename Response, typename F>
  void Pages(const std::string& method, const std::string& request, F take) {
    std::string token;
    do {
      const auto page = Must<Response>(staff_, method, absl::StrCat(request, " page_size: 1000 page_token: '", token, "'"));
      take(page);
      token = page.next_page_token();
    } while (!token.empty());
  }

  void CheckWindow(int robot) {
    std::vector<absl::Time> times;
    for (const Provider::Message& message : provider_.MessagesOf(robot)) times.push_back(message.time);
    std::sort(times.begin(), times.end());
    for (size_t i = kMost; i < times.size(); ++i) {
      EXPECT_GT(times[i] - times[i - kMost], kWindow) << "robot " << robot << " got more than " << kMost << " in a window";
    }
  }

  const Staff& staff_;
  Provider provider_;
  int round_ = 0;
  std::mutex mutex_;
  std::map<int, std::set<std::string>> told_;  // by robot: of what somebody was told that it is there
};

}  // namespace

std::unique_ptr<Chapter> Messages(const Staff& staff) { return std::make_unique<MessagesChapter>(staff); }

}  // namespace heitie::fault
