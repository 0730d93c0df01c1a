// Facts are told, risks are assessed while another matrix comes into force, activities are dropped to avoid risks and acceptances end,
// while risk, those that it works with and the database are killed: what was acknowledged is there once, and what follows happens once.
// tests/fault/run brings up the database and says how long and by which seed.
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "tests/e2e/http_client.h"
#include "tests/fault/killer.h"
#include "tests/fault/riskbook.h"
#include "tests/fault/rounds.h"

namespace heitie::fault {
namespace {

const std::vector<std::set<std::string>>& VictimsOfRisk() {
  static const auto& victims = *new std::vector<std::set<std::string>>{
      {"risk"}, {"risk"}, {"risk"}, {"activity"}, {"risk", "activity"}, {kDatabase}, {kDatabase, "risk"}, {"gateway"}};
  return victims;
}

TEST(Fault, Risk) {
  const Rounds rounds = RoundsOfEnvironment();
  e2e::Suite& suite = e2e::Suite::Get();
  e2e::HttpClient http(suite.http_port(), /*keep=*/true);
  Acknowledged acknowledged;
  const Staff staff{e2e::Insistent("fault", kPatience), e2e::Team(suite.grpc()), e2e::Team(http), absl::StrCat("r", rounds.seed),
                    &acknowledged};
  Employ(staff, {"keeper"});
  std::vector<std::unique_ptr<Chapter>> chapters;
  chapters.push_back(Signals(staff));
  chapters.push_back(Ratings(staff));
  chapters.push_back(Endings(staff));
  Killer killer(rounds.folder, VictimsOfRisk());
  Play(rounds, chapters, killer, [&] { return acknowledged.Check(staff.asker, staff.grpc.manager); });
}

}  // namespace
}  // namespace heitie::fault
