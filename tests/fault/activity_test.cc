// Inquiries and complaints come in, clocks climb their ladders, activities are launched, amended, paused and resumed by many, while the
// services and the database are killed: what somebody was told is done is there once, nothing is half done, no step of a ladder is told
// twice, one episode is one incident, and resource holds what the activities say. tests/fault/run brings up the database and says how long
// and by which seed.
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "heitie/resource/v1/ledger.pb.h"
#include "tests/e2e/http_client.h"
#include "tests/fault/chapter.h"
#include "tests/fault/helpdesk.h"
#include "tests/fault/killer.h"
#include "tests/fault/rounds.h"
#include "tests/fault/stage.h"

namespace heitie::fault {
namespace {

// Of the others resource, which the sagas ask for what they hold.
const std::vector<std::set<std::string>>& VictimsOfActivity() {
  static const auto& victims = *new std::vector<std::set<std::string>>{
      {"activity"}, {"activity"}, {"activity"}, {kDatabase}, {kDatabase, "activity"}, {"resource"}, {"gateway"}};
  return victims;
}

TEST(Fault, Activity) {
  const Rounds rounds = RoundsOfEnvironment();
  e2e::Suite& suite = e2e::Suite::Get();
  e2e::HttpClient http(suite.http_port(), /*keep=*/true);
  Acknowledged acknowledged;
  const Staff staff{e2e::Insistent("fault", kPatience), e2e::Team(suite.grpc()), e2e::Team(http), absl::StrCat("s", rounds.seed),
                    &acknowledged};
  e2e::Conditions plenty;
  plenty.stock = 100000 * e2e::kNeeded;
  plenty.budget = 100000 * e2e::kCost;
  const e2e::World world(staff.grpc, "world-" + staff.run, plenty);
  std::vector<std::unique_ptr<Chapter>> chapters;
  chapters.push_back(Helpdesk(staff, world));
  chapters.push_back(Stage(staff, world));
  Killer killer(rounds.folder, VictimsOfActivity());
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
