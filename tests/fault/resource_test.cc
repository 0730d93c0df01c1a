// Goods and money are taken, changed, passed on, issued, spent, moved and given back by many, while the service and its database are
// killed: what somebody was told is done is there once, nothing is half done, and every balance is the sum of its ledger and of what each
// client holds by its own account. tests/fault/run brings up the database and says how long and by which seed.
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "heitie/resource/v1/ledger.pb.h"
#include "tests/e2e/http_client.h"
#include "tests/fault/chapter.h"
#include "tests/fault/killer.h"
#include "tests/fault/rounds.h"
#include "tests/fault/stockroom.h"

namespace heitie::fault {
namespace {

const std::vector<std::set<std::string>>& VictimsOfResource() {
  static const auto& victims =
      *new std::vector<std::set<std::string>>{{"resource"}, {"resource"}, {"resource"}, {kDatabase}, {kDatabase, "resource"}, {"gateway"}};
  return victims;
}

TEST(Fault, Resource) {
  const Rounds rounds = RoundsOfEnvironment();
  e2e::Suite& suite = e2e::Suite::Get();
  e2e::HttpClient http(suite.http_port(), /*keep=*/true);
  Acknowledged acknowledged;
  const Staff staff{e2e::Insistent("fault", kPatience), e2e::Team(suite.grpc()), e2e::Team(http), absl::StrCat("s", rounds.seed),
                    &acknowledged};
  std::vector<std::unique_ptr<Chapter>> chapters;
  chapters.push_back(Stockroom(staff));
  Killer killer(rounds.folder, VictimsOfResource());
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
