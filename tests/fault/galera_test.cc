// Goods and money are taken and activities launched through two proxies on three nodes of Galera, while nodes are killed, frozen and cut
// off and the writer is moved: what was acknowledged is there once, and every ledger is sound (W7, W8). With writers on all nodes
// transactions meet at the certification and are run again. Without quorum everything is refused quickly, and comes back by itself.
// tests/fault/run galera brings up nodes and proxies.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <iostream>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "heitie/resource/v1/ledger.pb.h"
#include "heitie/type/v1/event.pb.h"
#include "tests/e2e/http_client.h"
#include "tests/e2e/world.h"
#include "tests/fault/chapter.h"
#include "tests/fault/killer.h"
#include "tests/fault/rounds.h"
#include "tests/fault/stage.h"
#include "tests/fault/stockroom.h"
#include "tests/services.h"

namespace heitie::fault {
namespace {

// For one refusal, whatever is tried behind it.
constexpr absl::Duration kQuickly = absl::Seconds(5);

std::vector<std::set<std::string>> VictimsOfGalera(bool all) {
  std::vector<std::set<std::string>> victims = {{"@kill-0"},   {"@freeze-0"}, {"@part-0"}, {"@kill-1"},
                                                {"@freeze-2"}, {"resource"},  {"activity"}};
  if (!all) victims.push_back({"@move"});
  return victims;
}

// Positions are dense and none is there twice.
void CheckPositions(const e2e::Person& manager, const std::string& service) {
  int64_t position = 0;
  while (true) {
    const auto page =
        manager.Ask<type::v1::ListEventsResponse>(service + ".ListEvents", absl::StrCat("page_size: 1000 after_position: ", position));
    ASSERT_TRUE(page.ok()) << page.status();
    if (page->events().empty()) return;
    for (const auto& event : page->events()) {
      ASSERT_EQ(event.position(), position + 1) << service;
      position = event.position();
    }
  }
}

void CheckQuorum(const std::string& folder, const Staff& staff) {
  std::atomic<bool> over = false;
  std::jthread fault([&] {
    EXPECT_EQ(std::system((folder + "/fault begin alone").c_str()), 0);
    over = true;
  });
  int refused = 0;
  absl::Duration longest = absl::ZeroDuration();
  while (!over) {
    const absl::Time begin = absl::Now();
    const absl::Status status = staff.grpc.specialist.Try(
        "resource.CreateItemCategory",
        absl::StrCat("item_category_id: 'alone-", absl::ToUnixMillis(begin), "' item_category { display_name: 'Gifts' }"));
    longest = std::max(longest, absl::Now() - begin);
    EXPECT_TRUE(status.ok() || absl::IsUnavailable(status) || absl::IsAborted(status)) << status;
    if (absl::IsUnavailable(status)) ++refused;
    absl::SleepFor(absl::Milliseconds(50));
  }
  EXPECT_GT(refused, 5);
  EXPECT_LT(longest, kQuickly + absl::Seconds(3)) << "the first ones wait until the others are known to be gone";
  EXPECT_EQ(std::system((folder + "/fault end alone").c_str()), 0);
  const absl::Time begin = absl::Now();
  EXPECT_TRUE(Becomes([&] {
    return staff.grpc.specialist.Try("resource.CreateItemCategory", "item_category_id: 'together' item_category { display_name: 'Gifts' }")
        .ok();
  }));
  std::cout
      << absl::StrFormat(
             "without quorum %d requests refused, the slowest answer after %.1f s; written to again %.1f s after the nodes were together",
             refused, absl::ToDoubleSeconds(longest), absl::ToDoubleSeconds(absl::Now() - begin))
      << std::endl;
}

TEST(Fault, Galera) {
  const Rounds rounds = RoundsOfEnvironment();
  const char* const nodes = std::getenv("HEITIE_FAULT_NODES");
  ASSERT_NE(nodes, nullptr) << "use tests/fault/run galera";
  const bool all = std::string(nodes) == "all";
  e2e::Suite& suite = e2e::Suite::Get();
  e2e::HttpClient http(suite.http_port(), /*keep=*/true);
  Acknowledged acknowledged;
  const Staff staff{e2e::Insistent("galera", kPatience), e2e::Team(suite.grpc()), e2e::Team(http), absl::StrCat("g", rounds.seed),
                    &acknowledged};
  e2e::Conditions plenty;
  plenty.stock = 100000 * e2e::kNeeded;
  plenty.budget = 100000 * e2e::kCost;
  const e2e::World world(staff.grpc, "world-" + staff.run, plenty);
  std::vector<std::unique_ptr<Chapter>> chapters;
  chapters.push_back(Stockroom(staff));
  chapters.push_back(Stage(staff, world));
  Killer killer(rounds.folder, VictimsOfGalera(all));
  Play(rounds, chapters, killer, [&] {
    const auto audit = e2e::Ask<resource::v1::VerifyLedgersResponse>(staff.asker, staff.grpc.engineer, "resource.VerifyLedgers",
                                                                     "reason: 'after the test'");
    EXPECT_TRUE(audit.ok() && audit->budget_entry_count() > 0 && audit->discrepancies().empty())
        << audit.status() << (audit.ok() ? audit->DebugString() : "");
    return acknowledged.Check(staff.asker, staff.grpc.manager);
  });
  double rerun = 0;
  for (const std::string& service : Services()) {
    if (service == "gateway") continue;
    CheckPositions(staff.grpc.manager, service);
    rerun += suite.Figure(service, "heitie_db_transactions_rerun_total");
  }
  std::cout << absl::StrFormat("%d transactions were run again by the processes that live", static_cast<int>(rerun)) << std::endl;
  if (!all) CheckQuorum(rounds.folder, staff);
}

}  // namespace
}  // namespace heitie::fault
