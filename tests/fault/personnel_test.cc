// People are hired, months are closed, and who leaves hands over, while services and database are killed: what somebody was told is done is
// there once, nobody has two employees of one offer, seats and money are exact, closed months stay as they were, and nothing is without an
// owner. tests/fault/run brings up the database and says how long and by which seed.
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "heitie/resource/v1/ledger.pb.h"
#include "tests/e2e/http_client.h"
#include "tests/fault/chapter.h"
#include "tests/fault/killer.h"
#include "tests/fault/rounds.h"

namespace heitie::fault {
namespace {

// Those whose work it is more often, and now and then the service together with its database.
const std::vector<std::set<std::string>>& VictimsOfPersonnel() {
  static const auto& victims = *new std::vector<std::set<std::string>>{
      {"personnel"}, {"personnel"}, {"personnel"}, {"resource"}, {"resource"}, {kDatabase}, {kDatabase}, {kDatabase, "personnel"},
      {"gateway"},   {"planning"},  {"activity"},  {"risk"}};
  return victims;
}

TEST(Fault, Personnel) {
  const Rounds rounds = RoundsOfEnvironment();
  e2e::Suite& suite = e2e::Suite::Get();
  e2e::HttpClient http(suite.http_port(), /*keep=*/true);
  Acknowledged acknowledged;
  const Staff staff{e2e::Insistent("fault", kPatience), e2e::Team(suite.grpc()), e2e::Team(http), absl::StrCat("s", rounds.seed),
                    &acknowledged};
  std::vector<std::unique_ptr<Chapter>> chapters;
  chapters.push_back(Hires(staff));
  chapters.push_back(Closings(staff));
  chapters.push_back(Handovers(staff));
  Killer killer(rounds.folder, VictimsOfPersonnel());
  Play(rounds, chapters, killer, [&] {
    const auto audit = e2e::Ask<resource::v1::VerifyLedgersResponse>(staff.asker, staff.grpc.engineer, "resource.VerifyLedgers",
                                                                     "reason: 'after the test'");
    EXPECT_TRUE(audit.ok() && audit->budget_entry_count() > 0 && audit->discrepancies().empty())
        << audit.status() << (audit.ok() ? audit->DebugString() : "");
    return acknowledged.Check(staff.asker, staff.grpc.manager);
  });
}

}  // namespace
}  // namespace heitie::fault
