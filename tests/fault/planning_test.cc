// Plans are approved, revised and submitted again by many, surveys are answered and rounds of collection come due, while planning, resource
// and their database are killed: what was acknowledged is there once, a plan holds all that it needs or nothing, and no quota is exceeded.
// tests/fault/run brings up the database and says how long and by which seed.
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "heitie/resource/v1/ledger.pb.h"
#include "tests/e2e/http_client.h"
#include "tests/fault/chapter.h"
#include "tests/fault/killer.h"
#include "tests/fault/office.h"
#include "tests/fault/rounds.h"

namespace heitie::fault {
namespace {

const std::vector<std::set<std::string>>& VictimsOfPlanning() {
  static const auto& victims = *new std::vector<std::set<std::string>>{
      {"planning"}, {"planning"}, {"planning"}, {"resource"}, {"planning", "resource"}, {kDatabase}, {kDatabase, "planning"}, {"gateway"}};
  return victims;
}

TEST(Fault, Planning) {
  const Rounds rounds = RoundsOfEnvironment();
  e2e::Suite& suite = e2e::Suite::Get();
  e2e::HttpClient http(suite.http_port(), /*keep=*/true);
  Acknowledged acknowledged;
  const Staff staff{e2e::Insistent("fault", kPatience), e2e::Team(suite.grpc()), e2e::Team(http), absl::StrCat("p", rounds.seed),
                    &acknowledged};
  std::vector<std::unique_ptr<Chapter>> chapters;
  chapters.push_back(Approvals(staff));
  chapters.push_back(Inquirers(staff));
  Killer killer(rounds.folder, VictimsOfPlanning());
  Play(rounds, chapters, killer, [&] {
    const auto audit = e2e::Ask<resource::v1::VerifyLedgersResponse>(staff.asker, staff.grpc.engineer, "resource.VerifyLedgers",
                                                                     "reason: 'after the test'");
    EXPECT_TRUE(audit.ok() && audit->discrepancies().empty()) << audit.status() << (audit.ok() ? audit->DebugString() : "");
    return acknowledged.Check(staff.asker, staff.grpc.manager);
  });
}

}  // namespace
}  // namespace heitie::fault
