// Every process of the suite is restarted in good order while clients work: who repeats a request as the answers say loses none.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <array>
#include <atomic>
#include <memory>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/strings/substitute.h"
#include "heitie/activity/v1/activity.pb.h"
#include "heitie/metrics/v1/counters.pb.h"
#include "heitie/personnel/v1/course.pb.h"
#include "heitie/planning/v1/plan_period.pb.h"
#include "heitie/resource/v1/item.pb.h"
#include "heitie/risk/v1/risk.pb.h"
#include "tests/e2e/http_client.h"
#include "tests/e2e/patience.h"
#include "tests/e2e/suite.h"
#include "tests/e2e/world.h"
#include "tests/services.h"

namespace heitie::e2e {
namespace {

constexpr int kLoadClients = 4;
constexpr absl::Duration kPatience = absl::Seconds(20);  // of a client with one request

// Something that a service makes and lists. In the texts $0 is unique to the request, $1 to the test.
struct Work {
  const char* make;
  const char* request;
  const char* look;
  const char* question;
  int (*count)(const Person& analyst, const std::string& look, const std::string& question);
};

// All pages of a list.
template <typename Response>
int Listed(const Person& analyst, const std::string& look, const std::string& question) {
  int count = 0;
  std::string token;
  do {
    const auto page = analyst.Do<Response>(look, absl::StrCat(question, " page_size: 1000 page_token: '", token, "'"));
    count += page.GetReflection()->FieldSize(page, page.GetDescriptor()->field(0));
    token = page.next_page_token();
  } while (!token.empty());
  return count;
}

int Impressions(const Person& analyst, const std::string& look, const std::string& question) {
  return static_cast<int>(analyst.Do<metrics::v1::ActivityCounters>(look, question).impressions());
}

constexpr std::array<Work, 6> kWorks = {{
    {"planning.CreatePlanPeriod",
     "plan_period { title: '$1' cadence: CADENCE_MONTHLY start_date { year: 2026 month: 3 day: 1 } "
     "end_date { year: 2026 month: 3 day: 31 } } request_id: '$0'",
     "planning.ListPlanPeriods", "filter: 'title = \"$1\"'", Listed<planning::v1::ListPlanPeriodsResponse>},
    {"resource.CreateItem",
     "item { display_name: '$1' category: 'itemCategories/$1' unit: 'piece' currency_code: 'TWD' custodian: 'employees/$1' } request_id: "
     "'$0'",
     "resource.ListItems", "filter: 'display_name = \"$1\"'", Listed<resource::v1::ListItemsResponse>},
    {"personnel.CreateCourse", "course { title: '$1' validity_months: 24 } request_id: '$0'", "personnel.ListCourses",
     "filter: 'title = \"$1\"'", Listed<personnel::v1::ListCoursesResponse>},
    {"risk.CreateRisk",
     "risk { category: CATEGORY_TECHNOLOGY subject: 'activities/$1' title: '$1' cause: 'Load' owner: 'employees/$1' } request_id: '$0'",
     "risk.ListRisks", "filter: 'title = \"$1\"'", Listed<risk::v1::ListRisksResponse>},
    // A batch needs no request_id: its sequence protects it.
    {"metrics.IngestEvents",
     "producer: 'producers/$0' sequence: 1 events { event_name: 'impression' user: 'u' activity: 'activities/$1' occur_time { seconds: "
     "1767225600 } }",
     "metrics.GetActivityCounters", "activity: 'activities/$1'", Impressions},
    {"activity.CreateActivity",
     "activity { title: '$1' project: 'projects/$1' scheme: 'projects/$1/schemes/main' owner: 'employees/$1' start_time { seconds: "
     "1767225600 } end_time { seconds: 1767312000 } time_zone: 'Asia/Taipei' } request_id: '$0'",
     "activity.ListActivities", "filter: 'title = \"$1\"'", Listed<activity::v1::ListActivitiesResponse>},
}};

// Clients that make and look, service after service, and repeat what was UNAVAILABLE or got no answer.
class Load {
 public:
  Load(client::Client& client, const std::string& id) : id_(id), person_(client, Suite::Get().Token("--role MANAGER --role ANALYST")) {
    for (int c = 0; c < kLoadClients; ++c) clients_.emplace_back([this, c] { Run(c); });
  }
  ~Load() { End(); }

  void End() {
    going_ = false;
    for (std::thread& client : clients_) client.join();
    clients_.clear();
  }
  int done() const { return done_; }
  int made(size_t work) const { return made_[work]; }

 private:
  void Run(int client) {
    for (size_t i = 0; going_; ++i) {
      const size_t work = (client + i) % kWorks.size();
      const Work& w = kWorks[work];
      Insist(w.make, absl::Substitute(w.request, absl::StrCat(id_, "-", client, "-", i), id_));
      ++made_[work];
      Insist(w.look, absl::Substitute(w.question, "", id_));
    }
  }

  void Insist(const std::string& method, const std::string& request) {
    const absl::Status status = e2e::Insist([&] { return person_.Try(method, request); }, kPatience, absl::IsUnavailable);
    EXPECT_TRUE(status.ok()) << method << ": " << status;
    ++done_;
  }

  const std::string id_;
  const Person person_;
  std::atomic<bool> going_{true};
  std::atomic<int> done_{0};
  std::array<std::atomic<int>, kWorks.size()> made_{};
  std::vector<std::thread> clients_;
};

void RestartAllUnder(client::Client& client, const std::string& id) {
  const Team team(Suite::Get().grpc());
  const World world(team, id);
  Load load(client, id);
  for (const std::string& service : Services()) {
    const int before = load.done();
    EXPECT_TRUE(Eventually([&] { return load.done() >= before + 100; }, kPatience)) << "before " << service;
    EXPECT_EQ(Suite::Get().Stop(service, SIGTERM), 0) << service;
    Suite::Get().Start(service);
  }
  load.End();
  for (size_t i = 0; i < kWorks.size(); ++i) {
    EXPECT_GT(load.made(i), 0);
    const Work& work = kWorks[i];
    EXPECT_EQ(work.count(team.analyst, work.look, absl::Substitute(work.question, "", id)), load.made(i)) << work.make << ", each once";
  }
}

TEST(Restart, FailsNoRequestOverGrpc) { RestartAllUnder(Suite::Get().grpc(), "restart-grpc"); }

TEST(Restart, FailsNoRequestOverHttpJson) {
  HttpClient client(Suite::Get().http_port(), /*keep=*/true);
  RestartAllUnder(client, "restart-http");
}

}  // namespace
}  // namespace heitie::e2e
