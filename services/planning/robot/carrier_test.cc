#include "services/planning/robot/carrier.h"

#include <algorithm>
#include <mutex>
#include <set>
#include <thread>

#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "common/text/markdown.h"
#include "common/web/server_testing.h"
#include "google/rpc/status.pb.h"
#include "nlohmann/json.hpp"
#include "services/planning/plan/planning_fixture.h"

namespace heitie::planning {
namespace {

using test::HasReason;
using test::HasViolations;
using test::IsOk;
using test::Partially;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using v1::Delivery;
using v1::DeliveryAttempt;
using v1::Notice;
using v1::Robot;

const status::Phrase kRobotTold{"{what}", "{what}"};

// A second instance of the service beside the fixture's, which may reach the stub of a provider.
class CarrierTest : public BesideTest {
 protected:
  CarrierTest() { own_.rpc().CheckComplete(); }

  template <typename Resp, typename Req>
  absl::StatusOr<Resp> Ask(const std::string& method, const std::string& request) {
    return own_.rpc().Invoke<Resp>(method, Manager(), test::Proto<Req>(request));
  }
  std::string Stub() { return absl::StrCat("http://127.0.0.1:", server_.port(), "/robot/send?access_token=very-secret-7f3a"); }
  // A robot that carries what li is told.
  void Have(const std::string& kind, const std::string& more = "from_urgency: URGENCY_LOW") {
    EXPECT_THAT((Ask<Robot, v1::CreateRobotRequest>("CreateRobot", "robot_id: 'group' robot { title: 'Group' kind: " + kind +
                                                                       " owner: 'employees/wang' department: 'operations' people: "
                                                                       "'employees/li' " +
                                                                       more + " }")),
                IsOk());
    const auto set = Ask<Robot, v1::SetRobotAddressRequest>(
        "SetRobotAddress", "name: 'robots/group' address: '" + Stub() + "' secret: '" + std::string(kSecret) + "'");
    ASSERT_THAT(set, IsOk());
    EXPECT_THAT(*set, Partially(R"pb(state: STATE_ENABLED address: "" secret: "")pb"));
  }
  // Each is of a subject of its own.
  void TellAll(const std::set<std::string>& causes, Notice::Urgency urgency = Notice::URGENCY_NORMAL) {
    EXPECT_THAT(store_.Write(Manager(),
                             [&](record::Transaction& tx) {
                               absl::Status told;
                               for (const std::string& cause : causes) {
                                 told.Update(notices_.Tell(tx, {.cause = cause,
                                                                .recipient = "employees/li",
                                                                .subject = "projects/" + cause,
                                                                .urgency = urgency,
                                                                .wording = "test",
                                                                .phrase = kRobotTold,
                                                                .args = {{"what", cause + padding_}}}));
                               }
                               return told;
                             }),
                IsOk());
  }
  void Tell(const std::string& cause, Notice::Urgency urgency = Notice::URGENCY_NORMAL) { TellAll({cause}, urgency); }
  void Pass(absl::Duration duration = absl::Seconds(1)) {
    clock_.Advance(duration);
    EXPECT_THAT(own_jobs_.RunDue(), IsOk());
  }
  std::vector<Delivery> Deliveries(const std::string& filter = "") {
    const auto page = Ask<v1::ListDeliveriesResponse, v1::ListDeliveriesRequest>(
        "ListDeliveries", "parent: 'robots/group' page_size: 1000 filter: '" + filter + "'");
    EXPECT_THAT(page, IsOk());
    return page.ok() ? std::vector<Delivery>(page->deliveries().begin(), page->deliveries().end()) : std::vector<Delivery>();
  }
  Robot Group() {
    const auto robot = Ask<Robot, v1::GetRobotRequest>("GetRobot", "name: 'robots/group'");
    EXPECT_THAT(robot, IsOk());
    return robot.ok() ? *robot : Robot();
  }
  std::vector<Notice> ToldTo(const std::string& recipient) {
    const auto page =
        Ask<v1::ListNoticesResponse, v1::ListNoticesRequest>("ListNotices", "page_size: 1000 filter: 'recipient = \"" + recipient + "\"'");
    EXPECT_THAT(page, IsOk());
    return page.ok() ? std::vector<Notice>(page->notices().begin(), page->notices().end()) : std::vector<Notice>();
  }
  std::vector<std::string> Requests() {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

  std::string padding_;
  static constexpr char kSecret[] = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
  std::mutex mutex_;
  std::vector<std::string> requests_;  // guarded by mutex_, as all below
  std::vector<absl::Time> arrivals_;
  std::string answer_ = web::Ok(R"({"errcode":0,"code":0})");
  web::TestServer server_{[this](const std::string& request, web::Peer& peer) {
    std::string whole = request;
    const size_t body = request.find("\r\n\r\n") + 4;
    const size_t length = std::stoul(request.substr(request.find("Content-Length: ") + 16));
    while (whole.size() < body + length) {
      const std::string more = peer.Receive();
      if (more.empty()) return;
      whole += more;
    }
    std::string answer;
    {
      const std::lock_guard lock(mutex_);
      requests_.push_back(whole);
      arrivals_.push_back(clock_.Now());
      answer = answer_;
    }
    peer.Send(answer);
  }};
  Service own_{Own(), {*web::Range::Parse("127.0.0.0/8")}};
  job::Runner idle_jobs_{store_, clock_, "services/planning"};
  Notices notices_{{store_, clock_, idle_jobs_, [this](const std::string& target) -> client::Client& { return clients_[target]; },
                    service::DefaultTimeZone(), people_}};
};

TEST_F(CarrierTest, WhatANoticeSaysComesToTheRobotOnce) {
  Have("KIND_DINGTALK");
  Tell("a");
  for (int i = 0; i < 5; ++i) Pass();
  ASSERT_EQ(Requests().size(), 1u);
  EXPECT_THAT(Requests()[0], HasSubstr("&sign="));
  EXPECT_THAT(Requests()[0], HasSubstr(R"("content":"a")"));
  ASSERT_EQ(Deliveries().size(), 1u);
  EXPECT_EQ(Deliveries()[0].state(), Delivery::STATE_TAKEN);
  EXPECT_EQ(ToldTo("employees/li")[0].state(), Notice::STATE_DELIVERED);
  const auto attempts =
      Ask<v1::ListDeliveryAttemptsResponse, v1::ListDeliveryAttemptsRequest>("ListDeliveryAttempts", "parent: 'robots/group'");
  ASSERT_THAT(attempts, IsOk());
  ASSERT_EQ(attempts->delivery_attempts_size(), 1);
  EXPECT_THAT(attempts->delivery_attempts(0), Partially(R"pb(outcome: OUTCOME_TAKEN http_status: 200 provider_code: "0")pb"));
  EXPECT_EQ(attempts->delivery_attempts(0).body_sha256().size(), 64u);
}

TEST_F(CarrierTest, NoSecretIsAnywhere) {
  Have("KIND_DINGTALK");
  Tell("a");
  for (int i = 0; i < 3; ++i) Pass();
  ASSERT_EQ(Requests().size(), 1u);
  std::string dump;
  EXPECT_THAT(test::DumpOf(database_.get(), &dump), IsOk());
  for (const std::string& text : {std::string("very-secret"), std::string(kSecret)}) {
    EXPECT_EQ(dump.find(text), std::string::npos) << "rows, events, first answers";
    for (const auto& call : {Manager(), Analyst()}) {
      const auto events = own_.rpc().Invoke<type::v1::ListEventsResponse>("ListEvents", call, type::v1::ListEventsRequest());
      ASSERT_THAT(events, IsOk());
      EXPECT_EQ(events->DebugString().find(text), std::string::npos);
    }
    EXPECT_EQ(Group().DebugString().find(text), std::string::npos);
  }
}

TEST_F(CarrierTest, WhoeverIsToldIsMentionedByAnIdThatNobodyReads) {
  Have("KIND_WECOM", "format: FORMAT_MARKDOWN from_urgency: URGENCY_LOW");
  const std::string name = "name: 'robots/group' person: ";
  const auto mention = [&](const std::string& more) { return Ask<Robot, v1::SetRobotMentionRequest>("SetRobotMention", name + more); };
  EXPECT_THAT(mention("'employees/wang' provider_id: 'ALL'"), HasViolations("person NOT_CARRIED", "provider_id BAD_MENTION"));
  EXPECT_THAT(mention("'employees/li' provider_id: '> <@all'"), HasViolations("provider_id BAD_MENTION"));
  const auto set = mention("'employees/li' provider_id: 'LiMei.77'");
  ASSERT_THAT(set, IsOk());
  EXPECT_THAT(*set, Partially(R"pb(mentioned_people: "employees/li" mention_ids: "")pb"));
  Tell("a");
  for (int i = 0; i < 3; ++i) Pass();
  ASSERT_EQ(Requests().size(), 1u);
  EXPECT_THAT(Requests()[0], HasSubstr(R"({"markdown":{"content":"<@LiMei.77> a"},"msgtype":"markdown"})"));
  std::string dump;
  EXPECT_THAT(test::DumpOf(database_.get(), &dump), IsOk());
  EXPECT_EQ(dump.find("LiMei.77"), std::string::npos) << "rows, events, first answers";
  ASSERT_THAT(mention("'employees/li'"), IsOk());
  Tell("b");
  for (int i = 0; i < 3; ++i) Pass();
  EXPECT_THAT(Requests().back(), HasSubstr(R"("content":"b")"));
}

TEST_F(CarrierTest, ABurstBreaksNoLimitAndLosesNothing) {
  Have("KIND_WECOM");
  padding_ = " " + std::string(200, 'x');
  std::set<std::string> told;
  for (int i = 0; i < 180; ++i) told.insert(absl::StrCat("n", i, "."));
  TellAll(told);
  for (int i = 0; i < 45; ++i) Pass(absl::Seconds(i < 20 ? 1 : 4));
  EXPECT_THAT(Deliveries("state = STATE_WAITING"), IsEmpty());
  const std::lock_guard lock(mutex_);
  for (size_t i = 20; i < arrivals_.size(); ++i) EXPECT_GT(arrivals_[i] - arrivals_[i - 20], absl::Seconds(60));
  EXPECT_GT(requests_.size(), 20u) << "more than a window";
  std::map<std::string, int> seen;
  for (const std::string& request : requests_) {
    const auto body = nlohmann::json::parse(request.substr(request.find("\r\n\r\n") + 4));
    for (const std::string& word : std::vector<std::string>(absl::StrSplit(std::string(body["text"]["content"]), absl::ByAnyChar(" \n")))) {
      if (told.count(word) > 0) ++seen[word];
    }
  }
  EXPECT_EQ(seen.size(), told.size());
  for (const auto& [word, times] : seen) EXPECT_EQ(times, 1) << word;
}

TEST_F(CarrierTest, ThreeReplicasBreakNoLimitAndSendNothingTwice) {
  Have("KIND_WECOM");
  job::Runner second_jobs(store_, clock_, "services/planning"), third_jobs(store_, clock_, "services/planning");
  service::Context second_context = Own(), third_context = Own();
  Service second({store_, clock_, second_jobs, second_context.client, service::DefaultTimeZone(), people_},
                 {*web::Range::Parse("127.0.0.0/8")});
  Service third({store_, clock_, third_jobs, third_context.client, service::DefaultTimeZone(), people_},
                {*web::Range::Parse("127.0.0.0/8")});
  padding_ = " " + std::string(200, 'x');
  std::set<std::string> told;
  for (int i = 0; i < 150; ++i) told.insert(absl::StrCat("n", i, "."));
  TellAll(told);
  for (int i = 0; i < 32; ++i) {
    clock_.Advance(absl::Seconds(i < 10 ? 1 : 4));
    std::vector<std::thread> replicas;
    for (job::Runner* jobs : {&own_jobs_, &second_jobs, &third_jobs}) {
      replicas.emplace_back([jobs] { EXPECT_THAT(jobs->RunDue(), IsOk()); });
    }
    for (std::thread& replica : replicas) replica.join();
  }
  EXPECT_THAT(Deliveries("state = STATE_WAITING"), IsEmpty());
  const std::lock_guard lock(mutex_);
  for (size_t i = 20; i < arrivals_.size(); ++i) EXPECT_GT(arrivals_[i] - arrivals_[i - 20], absl::Seconds(60));
  EXPECT_GT(requests_.size(), 20u) << "more than a window";
  std::map<std::string, int> seen;
  for (const std::string& request : requests_) {
    const auto body = nlohmann::json::parse(request.substr(request.find("\r\n\r\n") + 4));
    for (const std::string& word : std::vector<std::string>(absl::StrSplit(std::string(body["text"]["content"]), absl::ByAnyChar(" \n")))) {
      if (told.count(word) > 0) ++seen[word];
    }
  }
  EXPECT_EQ(seen.size(), told.size());
  for (const auto& [word, times] : seen) EXPECT_EQ(times, 1) << word;
}

TEST_F(CarrierTest, CriticalOnesHaveAShareOfTheWindow) {
  Have("KIND_WECOM");
  padding_ = std::string(200, 'x');
  std::set<std::string> told;
  for (int i = 0; i < 150; ++i) told.insert(absl::StrCat("n", i));
  TellAll(told);
  for (int i = 0; i < 20; ++i) Pass();
  EXPECT_EQ(Requests().size(), 16u);
  padding_ = "";
  Tell("now", Notice::URGENCY_CRITICAL);
  for (int i = 0; i < 3; ++i) Pass();
  EXPECT_THAT(Requests().back(), HasSubstr(R"("content":"now")"));
}

TEST_F(CarrierTest, OverTheLimitItWaitsAndLosesNoAttempt) {
  Have("KIND_DINGTALK");
  answer_ = web::Ok(R"({"errcode":130101})");
  Tell("a");
  for (int i = 0; i < 4; ++i) Pass();
  ASSERT_EQ(Requests().size(), 1u);
  EXPECT_EQ(Deliveries()[0].failures(), 0);
  {
    const std::lock_guard lock(mutex_);
    answer_ = web::Ok(R"({"errcode":0})");
  }
  Pass(absl::Minutes(9));
  EXPECT_EQ(Requests().size(), 1u);
  Pass(absl::Minutes(1));
  Pass();
  EXPECT_EQ(Deliveries()[0].state(), Delivery::STATE_TAKEN);
}

TEST_F(CarrierTest, AWrongConfigurationIsDeadAtOnceAndTheOwnerIsToldAnotherWay) {
  Have("KIND_DINGTALK");
  answer_ = web::Ok(R"({"errcode":310000})");
  Tell("a");
  Tell("b");
  for (int i = 0; i < 4; ++i) Pass();
  EXPECT_EQ(Requests().size(), 1u);
  EXPECT_EQ(Group().state(), Robot::STATE_DISABLED);
  EXPECT_EQ(Deliveries()[0].state(), Delivery::STATE_DEAD);
  EXPECT_EQ(Deliveries()[1].state(), Delivery::STATE_WAITING) << "it catches up";
  ASSERT_EQ(ToldTo("employees/wang").size(), 1u);
  EXPECT_THAT(ToldTo("employees/wang")[0], Partially(R"pb(wording: "robot-stopped" urgency: URGENCY_HIGH)pb"));
  answer_ = web::Ok(R"({"errcode":0})");
  EXPECT_THAT((Ask<Robot, v1::EnableRobotRequest>("EnableRobot", "name: 'robots/group'")), IsOk());
  const std::string dead = Deliveries()[0].name();
  EXPECT_THAT((Ask<Delivery, v1::ResendDeliveryRequest>("ResendDelivery", "name: '" + dead + "'")), IsOk());
  for (int i = 0; i < 4; ++i) Pass();
  EXPECT_EQ(Deliveries()[0].name(), dead);
  EXPECT_EQ(Deliveries()[0].state(), Delivery::STATE_TAKEN);
  EXPECT_EQ(Deliveries()[1].state(), Delivery::STATE_TAKEN);
}

TEST_F(CarrierTest, WhatTheProviderRefusesIsDeadAndTheNextOneIsTaken) {
  Have("KIND_DINGTALK");
  answer_ = web::Ok(R"({"errcode":430102,"errmsg":"improper text"})");
  Tell("a");
  for (int i = 0; i < 3; ++i) Pass();
  EXPECT_EQ(Deliveries()[0].state(), Delivery::STATE_DEAD);
  EXPECT_EQ(ToldTo("employees/li")[0].state(), Notice::STATE_DEAD);
  EXPECT_EQ(Group().state(), Robot::STATE_ENABLED);
  EXPECT_THAT(ToldTo("employees/wang"), IsEmpty());
  {
    const std::lock_guard lock(mutex_);
    answer_ = web::Ok(R"({"errcode":0})");
  }
  Tell("b");
  for (int i = 0; i < 3; ++i) Pass();
  EXPECT_EQ(Deliveries()[1].state(), Delivery::STATE_TAKEN);
}

TEST_F(CarrierTest, WhatBecomesOfADigestIsSoOfItsLines) {
  Have("KIND_WECOM");
  std::set<std::string> told;
  for (int i = 0; i < 40; ++i) told.insert(absl::StrCat("n", i));
  answer_ = web::Ok(R"({"errcode":40058})");
  TellAll(told);
  for (int i = 0; i < 4; ++i) Pass();
  EXPECT_THAT(Deliveries("state = STATE_MERGED"), ::testing::SizeIs(40));
  ASSERT_THAT(Deliveries("state = STATE_DEAD"), ::testing::SizeIs(1));
  for (const Notice& notice : ToldTo("employees/li")) EXPECT_EQ(notice.state(), Notice::STATE_DEAD) << notice.cause();
  {
    const std::lock_guard lock(mutex_);
    answer_ = web::Ok(R"({"errcode":0})");
  }
  EXPECT_THAT((Ask<Delivery, v1::ResendDeliveryRequest>("ResendDelivery", "name: '" + Deliveries("state = STATE_DEAD")[0].name() + "'")),
              IsOk());
  for (int i = 0; i < 3; ++i) Pass();
  for (const Notice& notice : ToldTo("employees/li")) EXPECT_EQ(notice.state(), Notice::STATE_DELIVERED) << notice.cause();
}

// That somebody was told of a decision, when, by whom it was taken, and what was sent, can be shown long after (section 10).
TEST_F(CarrierTest, ThatSomebodyWasToldCanBeShown) {
  Have("KIND_DINGTALK");
  Tell("decided");
  Tell("other");
  for (int i = 0; i < 4; ++i) Pass();
  const auto shown = Ask<v1::ListNoticesResponse, v1::ListNoticesRequest>(
      "ListNotices", R"pb(filter: 'recipient = "employees/li" AND subject = "projects/decided"')pb");
  ASSERT_THAT(shown, IsOk());
  ASSERT_EQ(shown->notices_size(), 1);
  const Notice& notice = shown->notices(0);
  EXPECT_TRUE(notice.has_deliver_time());
  const std::vector<Delivery> carried = Deliveries("notice = \"" + notice.name() + "\"");
  ASSERT_EQ(carried.size(), 1u);
  EXPECT_TRUE(carried[0].has_take_time());
  const auto attempts = Ask<v1::ListDeliveryAttemptsResponse, v1::ListDeliveryAttemptsRequest>(
      "ListDeliveryAttempts", "parent: 'robots/group' filter: 'delivery = \"" + carried[0].name() + "\"'");
  ASSERT_THAT(attempts, IsOk());
  ASSERT_EQ(attempts->delivery_attempts_size(), 1);
  const DeliveryAttempt& attempt = attempts->delivery_attempts(0);
  EXPECT_TRUE(attempt.has_start_time() && attempt.has_duration());
  EXPECT_EQ(attempt.provider_code(), "0");
  EXPECT_EQ(attempt.answer_sha256(), text::Sha256Hex(R"({"errcode":0,"code":0})"));
  const auto sent = Requests();
  const auto found = std::find_if(sent.begin(), sent.end(), [&](const std::string& request) {
    return text::Sha256Hex(request.substr(request.find("\r\n\r\n") + 4)) == attempt.body_sha256();
  });
  ASSERT_NE(found, sent.end()) << "the digest is of what was sent";
  EXPECT_THAT(*found, HasSubstr("decided"));
}

TEST_F(CarrierTest, WhatIsTooOldIsForgottenHoweverMuchItIs) {
  const auto attempts = [&](const std::string& statement) {
    int64_t count = -1;
    EXPECT_THAT(database_.get().Read(absl::Now() + absl::Seconds(30),
                                     [&](sql::Session& session) -> absl::Status {
                                       if (!statement.empty()) RETURN_IF_ERROR(session.Execute(statement, {}).status());
                                       return session.Query("SELECT COUNT(*) FROM delivery_attempts", {},
                                                            [&](const sql::Row& row) { count = row.Int(0); });
                                     }),
                IsOk());
    return count;
  };
  ASSERT_EQ(
      attempts("INSERT INTO delivery_attempts (name, delivery, start_time, outcome, http_status, provider_code, body_sha256, "
               "answer_sha256, robot_policy, etag, create_time, update_time) SELECT CONCAT('robots/gone/deliveryAttempts/', seq), '', "
               "IF(seq = 12000, NOW(), '2020-01-01'), 'OUTCOME_TAKEN', 200, '', '', '', '', '1', '2020-01-01', '2020-01-01' FROM "
               "seq_1_to_12000"),
      12000);
  for (int i = 0; i < 4; ++i) Pass(absl::Minutes(61));
  EXPECT_EQ(attempts(""), 1) << "of this year it is kept";
}

TEST_F(CarrierTest, NoErrorTellsASecret) {
  Have("KIND_DINGTALK");
  for (const char* address : {"https://evil.example/x?access_token=very-secret-7f3a", "very-secret-7f3a", "https://very-secret-7f3a@x/",
                              "https://oapi.dingtalk.com:8443/?very-secret-7f3a"}) {
    const auto refused = Ask<Robot, v1::SetRobotAddressRequest>(
        "SetRobotAddress", absl::StrCat("name: 'robots/group' address: '", address, "' secret: 'SECvery-secret-7f3a'"));
    EXPECT_FALSE(refused.ok()) << address;
    for (const auto language : {status::Language::kEnglish, status::Language::kTraditionalChinese}) {
      EXPECT_EQ(status::ToProto(refused.status(), language).DebugString().find("very-secret"), std::string::npos) << address;
    }
  }
  // What the provider says comes as a code and a digest, never as it came.
  answer_ = web::Ok(R"({"errcode":310000,"errmsg":"sign of very-secret-7f3a is wrong"})");
  Tell("a");
  for (int i = 0; i < 4; ++i) Pass();
  EXPECT_EQ(Group().state(), Robot::STATE_DISABLED);
  std::string dump;
  EXPECT_THAT(test::DumpOf(database_.get(), &dump), IsOk());
  EXPECT_EQ(dump.find("very-secret"), std::string::npos);
}

TEST_F(CarrierTest, FailuresAreRepeatedOnScheduleThenDead) {
  Have("KIND_FEISHU");
  answer_ = "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
  Tell("a");
  for (int i = 0; i < 4; ++i) Pass();
  EXPECT_EQ(Deliveries()[0].failures(), 1);
  for (int i = 0; i < 15; ++i) Pass(absl::Hours(8));
  EXPECT_EQ(Deliveries()[0].state(), Delivery::STATE_DEAD);
  EXPECT_EQ(Requests().size(), 9u) << "once, and as often as the schedule says";
  EXPECT_EQ(ToldTo("employees/li")[0].state(), Notice::STATE_DEAD);
  {
    const std::lock_guard lock(mutex_);
    answer_ = web::Ok(R"({"code":0})");
  }
  const auto again = Ask<v1::ResendDeliveriesResponse, v1::ResendDeliveriesRequest>("ResendDeliveries", "parent: 'robots/group'");
  ASSERT_THAT(again, IsOk());
  EXPECT_EQ(again->count(), 1);
  if (Group().state() == Robot::STATE_DISABLED) {
    EXPECT_THAT((Ask<Robot, v1::EnableRobotRequest>("EnableRobot", "name: 'robots/group'")), IsOk());
  }
  Pass();
  Pass();
  EXPECT_EQ(Deliveries()[0].state(), Delivery::STATE_TAKEN);
  EXPECT_EQ(ToldTo("employees/li")[0].state(), Notice::STATE_DELIVERED);
}

TEST_F(CarrierTest, WhatNobodyKnowsOfCountsAndIsSentAgainUnderTheSameId) {
  Have("KIND_DINGTALK");
  Tell("a");
  Pass();
  Pass();
  const Delivery delivery = Deliveries()[0];
  // As if a process had died while it was sending.
  EXPECT_THAT(store_.Write(Manager(),
                           [&](record::Transaction& tx) -> absl::Status {
                             return tx.sql
                                 .Execute("UPDATE delivery_attempts SET outcome = 'OUTCOME_UNKNOWN', duration = NULL, start_time = ?",
                                          sql::Bind(clock_.Now()))
                                 .status();
                           }),
              IsOk());
  EXPECT_THAT(store_.Write(
                  Manager(),
                  [&](record::Transaction& tx) -> absl::Status {
                    return tx.sql.Execute("UPDATE deliveries SET state = 'STATE_WAITING', next_time = ?", sql::Bind(clock_.Now())).status();
                  }),
              IsOk());
  const size_t before = Requests().size();
  for (int i = 0; i < 10; ++i) Pass();
  EXPECT_EQ(Requests().size(), before) << "it may be under way";
  for (int i = 0; i < 10; ++i) Pass();
  EXPECT_EQ(Requests().size(), before + 1);
  EXPECT_EQ(Deliveries()[0].name(), delivery.name());
}

// What waits behind a digest may tell of the same subjects, and has older names than it.
TEST_F(CarrierTest, WhatCameLaterWaitsForADigestThatMayHaveComeOrFailed) {
  // One message in two seconds.
  const auto policy = Ask<v1::RobotPolicy, v1::CreateRobotPolicyRequest>(
      "CreateRobotPolicy",
      "robot_policy_id: 'slow' robot_policy { reason: 'Test' providers { kind: KIND_WECOM max_bytes: 2048 limits { count: 2 window { "
      "seconds: 2 } } code_field: 'errcode' codes { code: '0' outcome: OUTCOME_TAKEN } } backoff { seconds: 5 } backoff { seconds: 5 } "
      "disable_after { seconds: 3600 } critical_percent: 20 keep_days: 30 answer_timeout { seconds: 1 } }");
  ASSERT_THAT(policy, IsOk());
  ASSERT_THAT((Ask<v1::RobotPolicy, v1::PublishRobotPolicyRequest>("PublishRobotPolicy", "name: 'robotPolicies/slow'")), IsOk());
  Pass();
  Have("KIND_WECOM");
  padding_ = std::string(200, 'x');
  std::set<std::string> told;
  for (int i = 0; i < 60; ++i) told.insert(absl::StrCat("n", i));
  TellAll(told);
  const auto content = [&](size_t i) {
    const std::string request = Requests()[i];
    return std::string(nlohmann::json::parse(request.substr(request.find("\r\n\r\n") + 4))["text"]["content"]);
  };
  const auto pass_until = [&](size_t requests) {
    for (int i = 0; i < 30 && Requests().size() < requests; ++i) Pass();
    ASSERT_EQ(Requests().size(), requests);
  };
  pass_until(1);
  // As if a process had died while it was sending.
  EXPECT_THAT(store_.Write(Manager(),
                           [&](record::Transaction& tx) -> absl::Status {
                             absl::Status done =
                                 tx.sql.Execute("UPDATE delivery_attempts SET outcome = 'OUTCOME_UNKNOWN', duration = NULL", {}).status();
                             done.Update(tx.sql.Execute("UPDATE deliveries SET state = 'STATE_WAITING' WHERE notice = ''", {}).status());
                             return done;
                           }),
              IsOk());
  pass_until(2);
  EXPECT_EQ(content(1), content(0));
  {
    const std::lock_guard lock(mutex_);
    answer_ = "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
  }
  pass_until(3);
  {
    const std::lock_guard lock(mutex_);
    answer_ = web::Ok(R"({"errcode":0})");
  }
  pass_until(4);
  EXPECT_NE(content(2), content(0));
  EXPECT_EQ(content(3), content(2));
}

// Of a webhook, whose people must be known to be of its department.
class WebhookTest : public CarrierTest {
 protected:
  WebhookTest() {
    people::Directory::Changes changes;
    changes.employees["employees/li"] =
        people::EmployeeFact{absl::CivilDay(2020, 1, 1), std::nullopt, {{absl::CivilDay(2020, 1, 1), "positions/x", "operations"}}};
    people_.Take(changes);
  }
};

TEST_F(WebhookTest, IsSignedAndEndsWhenItIsGone) {
  Have("KIND_WEBHOOK");
  Tell("a");
  for (int i = 0; i < 3; ++i) Pass();
  ASSERT_EQ(Requests().size(), 1u);
  EXPECT_THAT(Requests()[0], HasSubstr("\r\nwebhook-id: " + record::IdOf(Deliveries()[0].name()) + "\r\n"));
  EXPECT_THAT(Requests()[0], HasSubstr("\r\nwebhook-signature: v1,"));
  {
    const std::lock_guard lock(mutex_);
    answer_ = "HTTP/1.1 410 Gone\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
  }
  Tell("b");
  for (int i = 0; i < 3; ++i) Pass();
  EXPECT_EQ(Group().state(), Robot::STATE_ENDED);
  EXPECT_EQ(Deliveries()[1].state(), Delivery::STATE_DEAD);
  EXPECT_THAT((Ask<Delivery, v1::ResendDeliveryRequest>("ResendDelivery", "name: '" + Deliveries()[1].name() + "'")),
              HasReason("ROBOT_ENDED"));
}

TEST_F(WebhookTest, HasNoFormatAndMentionsNobody) {
  Have("KIND_WEBHOOK");
  EXPECT_THAT((Ask<Robot, v1::UpdateRobotRequest>(
                  "UpdateRobot", "robot { name: 'robots/group' format: FORMAT_MARKDOWN } update_mask { paths: 'format' }")),
              HasViolations("robot.format FORMAT_NOT_OFFERED"));
  EXPECT_THAT((Ask<Robot, v1::SetRobotMentionRequest>("SetRobotMention", "name: 'robots/group' person: 'employees/li' provider_id: 'x'")),
              HasReason("MENTIONS_NOT_OFFERED"));
}

TEST_F(WebhookTest, GetsWhatItsDepartmentMayRead) {
  EXPECT_THAT(
      (Ask<Robot, v1::CreateRobotRequest>(
          "CreateRobot",
          "robot { title: 'x' kind: KIND_WEBHOOK owner: 'employees/wang' department: 'finance' people: 'employees/li' from_urgency: "
          "URGENCY_LOW }")),
      HasViolations("robot.people[0] NOT_OF_DEPARTMENT"));
}

TEST_F(WebhookTest, GetsNothingOfWhoeverHasMovedOn) {
  Have("KIND_WEBHOOK");
  people::Directory::Changes changes;
  changes.employees["employees/li"] = people::EmployeeFact{
      absl::CivilDay(2020, 1, 1),
      std::nullopt,
      {{absl::CivilDay(2020, 1, 1), "positions/x", "operations"}, {absl::CivilDay(2025, 12, 1), "positions/x", "finance"}}};
  people_.Take(changes);
  Tell("a");
  for (int i = 0; i < 3; ++i) Pass();
  EXPECT_THAT(Requests(), IsEmpty());
  EXPECT_EQ(ToldTo("employees/li")[0].state(), Notice::STATE_DELIVERED) << "into the inbox";
}

TEST_F(CarrierTest, AddressesOfRobotsAreTheirProvidersAndNothingInside) {
  EXPECT_THAT(
      (Ask<Robot, v1::CreateRobotRequest>(
          "CreateRobot",
          "robot_id: 'x' robot { title: 'x' kind: KIND_DINGTALK owner: 'employees/wang' department: 'x' from_urgency: URGENCY_LOW }")),
      IsOk());
  EXPECT_THAT((Ask<Robot, v1::EnableRobotRequest>("EnableRobot", "name: 'robots/x'")), HasReason("NO_ADDRESS"));
  for (const char* address : {"http://oapi.dingtalk.com/x", "https://evil.example/x", "https://oapi.dingtalk.com:8443/x",
                              "https://u@oapi.dingtalk.com/x", "https://10.0.0.1/x", "https://[::1]/x", "https://0x7f000001/x",
                              "https://oapi.dingtalk.com.evil.example/x", "ftp://oapi.dingtalk.com/", "http://169.254.169.254/latest"}) {
    EXPECT_THAT((Ask<Robot, v1::SetRobotAddressRequest>("SetRobotAddress", absl::StrCat("name: 'robots/x' address: '", address, "'"))),
                HasViolations("address ADDRESS_NOT_ALLOWED"))
        << address;
  }
  const auto set = Ask<Robot, v1::SetRobotAddressRequest>(
      "SetRobotAddress", "name: 'robots/x' address: 'https://oapi.dingtalk.com/robot/send?access_token=abcdef7f3a' secret: 'SECx'");
  ASSERT_THAT(set, IsOk());
  EXPECT_EQ(set->address_shown(), "oapi.dingtalk.com …7f3a");
}

}  // namespace
}  // namespace heitie::planning
