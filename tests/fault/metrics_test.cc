// Producers stream and deliver, files are imported, dead letters are replayed, batches are withdrawn and users erased, all the while rows
// are folded, and service and database are killed: nothing acknowledged is lost, nothing counts twice, every figure equals its rows, and
// every book balances. tests/fault/run brings up the database and says how long and by which seed.
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "tests/e2e/http_client.h"
#include "tests/fault/killer.h"
#include "tests/fault/metrics_world.h"
#include "tests/fault/rounds.h"

namespace heitie::fault {
namespace {

const std::vector<std::set<std::string>>& VictimsOfMetrics() {
  static const auto& victims = *new std::vector<std::set<std::string>>{
      {"metrics"}, {"metrics"}, {"metrics"}, {"metrics"}, {kDatabase}, {kDatabase}, {kDatabase, "metrics"}, {"gateway"}};
  return victims;
}

TEST(Fault, Metrics) {
  const Rounds rounds = RoundsOfEnvironment();
  e2e::Suite& suite = e2e::Suite::Get();
  e2e::HttpClient http(suite.http_port(), /*keep=*/true);
  Acknowledged none;
  const Staff staff{e2e::Insistent("fault", kPatience), e2e::Team(suite.grpc()), e2e::Team(http), absl::StrCat("s", rounds.seed), &none};
  Ledger ledger;
  std::atomic<int> acknowledged = 0;
  std::atomic<int64_t> settled = 0;
  const MetricsWorld world{staff, ledger, acknowledged, settled};
  std::vector<std::unique_ptr<Chapter>> chapters;
  chapters.push_back(Deliveries(world));
  chapters.push_back(Imports(world));
  chapters.push_back(Corrections(world));
  chapters.push_back(Repairs(world));
  chapters.push_back(Answers(world));
  Killer killer(rounds.folder, VictimsOfMetrics());
  Play(rounds, chapters, killer, [&] { return acknowledged.exchange(0); });
  std::cout << ledger.rows() << " rows were delivered" << std::endl;
}

}  // namespace
}  // namespace heitie::fault
