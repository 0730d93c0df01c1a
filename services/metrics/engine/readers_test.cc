#include "services/metrics/engine/readers.h"

#include <gmock/gmock.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <random>
#include <set>
#include <thread>

#include "absl/strings/str_cat.h"
#include "common/observe/metrics.h"
#include "common/sql/own_server_testing.h"
#include "common/test/fixture.h"
#include "common/time/instant.h"
#include "heitie/metrics/v1/answer.pb.h"
#include "heitie/metrics/v1/ingestion.pb.h"
#include "heitie/metrics/v1/metric_definition.pb.h"
#include "heitie/metrics/v1/question.pb.h"
#include "services/metrics/service.h"

namespace heitie::metrics {
namespace {

using heitie::test::HasReason;
using heitie::test::IsOk;
using heitie::test::Proto;

constexpr char kCountVisits[] =
    "questions { period { dates { start_date { year: 2025 month: 12 day: 31 } end_date { year: 2026 month: 1 day: 1 } } } "
    "figures { figure { events { event_name: 'visit' } measure: MEASURE_COUNT } } }";

class ReadersTest : public heitie::test::ServiceTest<Service> {
 protected:
  ReadersTest() : ServiceTest("metrics") {}

  v1::IngestEventsRequest Batch(const std::string& producer, int64_t sequence, int size) const {
    v1::IngestEventsRequest request;
    request.set_producer(producer);
    request.set_sequence(sequence);
    for (int i = 0; i < size; ++i) {
      v1::Event& event = *request.add_events();
      event.set_event_name("visit");
      event.set_user(absl::StrCat(producer.substr(10), "-", sequence, "-", i));
      *event.mutable_occur_time() = time::ToTimestamp(clock_.Now() - absl::Seconds(1));
    }
    return request;
  }
  absl::StatusOr<v1::IngestEventsResponse> Ingest(Service& service, const v1::IngestEventsRequest& request) {
    return service.rpc().Invoke<v1::IngestEventsResponse>("IngestEvents", Analyst(), request);
  }
  absl::StatusOr<v1::AskQuestionsResponse> Ask(Service& service, const std::string& min_version,
                                               const std::string& questions = kCountVisits) {
    auto request = Proto<v1::AskQuestionsRequest>(questions);
    request.set_min_version(min_version);
    return service.rpc().Invoke<v1::AskQuestionsResponse>("AskQuestions", Specialist(), request);
  }
  static int64_t CountIn(const absl::StatusOr<v1::AskQuestionsResponse>& response) {
    return response.ok() ? response->answers(0).body().figures().all().total().count() : -1;
  }
  service::Context ContextWith(std::vector<sql::Database*> replicas) {
    return service::Context{store_,
                            clock_,
                            jobs_,
                            [this](const std::string& target) -> client::Client& { return clients_[target]; },
                            service::DefaultTimeZone(),
                            people_,
                            {.replicas = std::move(replicas)}};
  }
};

TEST(VersionTest, IsReadBack) {
  EXPECT_EQ(ParseVersion("")->position, 0);
  const auto version = ParseVersion(VersionText("producers/a.b@c", 7) + "," + VersionText(12) + ",9,3@producers/a.b@c");
  ASSERT_TRUE(version.has_value());
  EXPECT_EQ(version->position, 12);
  EXPECT_EQ(version->producers, (std::map<std::string, int64_t>{{"producers/a.b@c", 7}}));
  for (const char* bad : {"x", ",", "1,", "-1", "7@employees/x", "@producers/x", "1.5"}) EXPECT_EQ(ParseVersion(bad), std::nullopt) << bad;
}

TEST_F(ReadersTest, NobodyReadsBehindTheirOwnWrite) {
  // It stands still: as a follower does whose line is cut.
  heitie::test::TestDatabase still("metrics");
  Service service(ContextWith({&still.get()}));
  const auto first = Ingest(service, Batch("producers/a", 1, 3));
  ASSERT_THAT(first, IsOk());
  EXPECT_EQ(CountIn(Ask(service, "")), 0) << "as the follower sees it";
  const auto own = Ask(service, first->version());
  EXPECT_EQ(CountIn(own), 3);
  // Whoever has seen it goes on from there.
  EXPECT_EQ(CountIn(Ask(service, own->version())), 3);
  EXPECT_EQ(CountIn(Ask(service, first->version() + "," + own->version())), 3);
  const auto again = Ingest(service, Batch("producers/a", 1, 3));
  EXPECT_TRUE(again->duplicate());
  EXPECT_EQ(CountIn(Ask(service, again->version())), 3);
  EXPECT_THAT(Ask(service, "nonsense"), HasReason("INVALID_FIELDS"));
  // Versions of what never was here.
  EXPECT_THAT(Ask(service, "99@producers/a"), HasReason("VERSION_BEHIND"));
  EXPECT_THAT(Ask(service, "1@producers/none"), HasReason("VERSION_BEHIND"));

  // The follower takes up the batch.
  record::Store store(still.get());
  job::Runner jobs(store, clock_, "services/metrics");
  Service follower(
      service::Context{store, clock_, jobs, [this](const std::string& target) -> client::Client& { return clients_[target]; }});
  ASSERT_THAT(Ingest(follower, Batch("producers/a", 1, 3)), IsOk());
  EXPECT_EQ(CountIn(Ask(service, first->version())), 3);
  ASSERT_THAT(Ingest(service, Batch("producers/a", 2, 4)), IsOk());
  EXPECT_EQ(CountIn(Ask(service, first->version())), 3) << "the follower has seen that much";
}

TEST_F(ReadersTest, WhatAFollowerLacksTheOwnDatabaseAnswers) {
  heitie::test::TestDatabase still("metrics");
  sql::Options nowhere = still.get().options();
  nowhere.socket = "/nowhere/mariadb.sock";
  sql::Database away(nowhere);
  Service service(ContextWith({&still.get(), &away}));
  ASSERT_THAT(Ingest(service, Batch("producers/a", 1, 3)), IsOk());
  ASSERT_THAT(Call<v1::MetricDefinition>("CreateMetricDefinition", Analyst(),
                                         Proto<v1::CreateMetricDefinitionRequest>(
                                             "metric_definition_id: 'visits' metric_definition { display_name: 'V' event_name: "
                                             "'visit' aggregation: AGGREGATION_COUNT unit: 'visits' }")),
              IsOk());
  const std::string question =
      "questions { period { dates { start_date { year: 2025 month: 12 day: 31 } end_date { year: 2026 month: 1 day: 1 } } } "
      "figures { figure { metric: 'metricDefinitions/visits' } } }";
  for (int i = 0; i < 4; ++i) EXPECT_EQ(CountIn(Ask(service, "", question)), 3) << i;
}

int PortThatIsFree() {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  EXPECT_EQ(bind(fd, reinterpret_cast<sockaddr*>(&address), size), 0);
  EXPECT_EQ(getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size), 0);
  close(fd);
  return ntohs(address.sin_port);
}

// Two servers of MariaDB, of which one replicates from the other.
class ReplicationTest : public ReadersTest {
 protected:
  ReplicationTest() {
    server_.Do("CREATE USER copier@'127.0.0.1'");
    server_.Do("GRANT REPLICATION SLAVE ON *.* TO copier@'127.0.0.1'");
    other_.Do(absl::StrCat("CHANGE MASTER TO MASTER_HOST = '127.0.0.1', MASTER_PORT = ", port_,
                           ", MASTER_USER = 'copier', MASTER_USE_GTID = "
                           "slave_pos"));
    other_.Do("START SLAVE");
    EXPECT_THAT(database_of_server_.Migrate({HEITIE_SOURCE_DIR "/common/sql/schema", HEITIE_SOURCE_DIR "/services/metrics/schema"}),
                IsOk());
    while (!Reaches()) absl::SleepFor(absl::Milliseconds(20));
  }
  // Whether the follower has all of the schema.
  bool Reaches() {
    bool reaches = false;
    const absl::Status status = follower_.Read(absl::Now() + absl::Seconds(20), [&](sql::Session& session) {
      return session.Query("SELECT sketches FROM day_cell LIMIT 0", {}, [](const sql::Row&) {});
    });
    reaches = status.ok();
    return reaches;
  }

  const int port_ = PortThatIsFree();
  sql::OwnServer server_{
      absl::StrCat("--server-id=1 --log-bin=log --binlog-format=ROW --skip-skip-networking --bind-address=127.0.0.1 --port=", port_)};
  sql::OwnServer other_{"--server-id=2 --read-only=1"};
  sql::Database database_of_server_{server_.options()};
  sql::Database follower_{other_.options()};
  record::Store store_of_server_{database_of_server_};
  job::Runner jobs_of_server_{store_of_server_, clock_, "services/metrics"};
};

TEST_F(ReplicationTest, AFollowerAnswersWhatItHasReached) {
  Service service(service::Context{store_of_server_,
                                   clock_,
                                   jobs_of_server_,
                                   [this](const std::string& target) -> client::Client& { return clients_[target]; },
                                   service::DefaultTimeZone(),
                                   people_,
                                   {.replicas = {&follower_}}});
  std::string version;
  for (int i = 1; i <= 20; ++i) {
    const auto delivered = Ingest(service, Batch("producers/a", i, 3));
    ASSERT_THAT(delivered, IsOk());
    const auto response = Ask(service, delivered->version());
    EXPECT_EQ(CountIn(response), 3 * i);
    version = response->version();
  }
  EXPECT_GT(service.readers().followed(), 0) << "replication takes a few milliseconds";
  // It stands still: what it has seen it answers, the rest is answered by the service's own.
  other_.Do("STOP SLAVE");
  EXPECT_EQ(CountIn(Ask(service, version)), 60);
  const auto delivered = Ingest(service, Batch("producers/a", 21, 5));
  const int64_t before = service.readers().followed();
  EXPECT_EQ(CountIn(Ask(service, version)), 60);
  EXPECT_EQ(service.readers().followed(), before + 1);
  EXPECT_EQ(CountIn(Ask(service, delivered->version())), 65);
  EXPECT_EQ(service.readers().followed(), before + 1);
  other_.Do("START SLAVE");
  for (int i = 0; i < 100 && service.readers().followed() == before + 1; ++i) EXPECT_EQ(CountIn(Ask(service, delivered->version())), 65);
  EXPECT_GT(service.readers().followed(), before + 1);
}

TEST_F(ReadersTest, EqualQuestionsAtTheSameTimeAreComputedOnce) {
  for (int i = 1; i <= 5; ++i) ASSERT_THAT(Ingest(*service_, Batch("producers/a", i, 200)), IsOk());
  const std::atomic<uint64_t>& computed = observe::Counter("heitie_answers_computed_total", "");
  const uint64_t before = computed;
  std::set<std::string> answers;
  std::mutex mutex;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 50; ++t) {
      threads.emplace_back([&] {
        const auto response = Ask(*service_, "");
        EXPECT_THAT(response, IsOk());
        const std::lock_guard lock(mutex);
        if (response.ok()) answers.insert(response->SerializeAsString());
      });
    }
  }
  EXPECT_EQ(computed - before, 1U);
  EXPECT_EQ(answers.size(), 1U);
  // In a list of one moment as well.
  auto list = Proto<v1::AskQuestionsRequest>(absl::StrCat(kCountVisits, kCountVisits));
  list.mutable_questions(1)->mutable_figures()->mutable_figure()->set_measure(v1::Figure::MEASURE_USERS);
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 30; ++t) {
      threads.emplace_back([&] {
        const auto response = service_->rpc().Invoke<v1::AskQuestionsResponse>("AskQuestions", Specialist(), list);
        EXPECT_THAT(response, IsOk());
        EXPECT_EQ(response->answers(0).body().figures().all().total().count(), 1000);
        EXPECT_EQ(response->answers(1).body().figures().all().total().value(), 1000);
      });
    }
  }
  EXPECT_EQ(computed - before, 2U);
  ASSERT_THAT(Ingest(*service_, Batch("producers/a", 6, 1)), IsOk());
  EXPECT_EQ(CountIn(Ask(*service_, "")), 1001);
  EXPECT_EQ(computed - before, 3U);
}

// While producers deliver, whoever asks gets what was acknowledged before, and equal versions have equal answers.
TEST_F(ReadersTest, AnswersAreNeverStaleWhileBatchesCome) {
  constexpr int kProducers = 3, kBatches = 25, kAskers = 6;
  std::atomic<int64_t> acknowledged = 0, done = 0;
  std::mutex mutex;
  std::map<std::string, std::set<std::string>> digests;
  std::atomic<int> asked = 0;
  {
    std::vector<std::jthread> threads;
    for (int p = 0; p < kProducers; ++p) {
      threads.emplace_back([&, p] {
        for (int i = 1; i <= kBatches; ++i) {
          EXPECT_THAT(Ingest(*service_, Batch(absl::StrCat("producers/p", p), i, 4)), IsOk());
          acknowledged += 4;
        }
        ++done;
      });
    }
    for (int a = 0; a < kAskers; ++a) {
      threads.emplace_back([&] {
        int64_t last = 0;
        bool last_turn = false;
        do {
          last_turn = done == kProducers;
          const int64_t before = acknowledged;
          const auto response = Ask(*service_, "");
          EXPECT_THAT(response, IsOk());
          EXPECT_GE(CountIn(response), before);
          EXPECT_GE(CountIn(response), last);
          last = CountIn(response);
          ++asked;
          const std::lock_guard lock(mutex);
          if (response.ok()) digests[response->version()].insert(response->answers(0).digest());
        } while (!last_turn);
        EXPECT_EQ(last, kProducers * kBatches * 4);
      });
    }
  }
  for (const auto& [version, seen] : digests) EXPECT_EQ(seen.size(), 1U) << version;
  EXPECT_GT(digests.size(), 3U);
  EXPECT_GT(asked, kAskers * 3);
}

}  // namespace
}  // namespace heitie::metrics
