// People are hired, months are closed, and who leaves hands over, while services and database are killed: what somebody was told is done is
// there once, nobody has two employees of one offer, seats and money are exact, closed months stay as they were, and nothing is without an
// owner. tests/fault/run brings up the database and says how long and by which seed.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <iostream>
#include <stdexcept>
#include <thread>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "heitie/resource/v1/ledger.pb.h"
#include "tests/e2e/http_client.h"
#include "tests/fault/chapter.h"
#include "tests/fault/killer.h"

namespace heitie::fault {
namespace {

std::string Setting(const char* name) {
  const char* const value = std::getenv(name);
  if (value == nullptr) throw std::runtime_error(absl::StrCat(name, " is not set: use tests/fault/run"));
  return value;
}

int Number(const char* name) {
  int number = 0;
  if (!absl::SimpleAtoi(Setting(name), &number)) throw std::runtime_error(absl::StrCat(name, " is no number"));
  return number;
}

// Runs the clients while the killer is about.
void Suffer(const std::vector<std::unique_ptr<Chapter>>& chapters, Killer& killer, int seed, int round, Random& random) {
  std::vector<std::function<void(Random&)>> clients;
  for (const auto& chapter : chapters) {
    for (auto& client : chapter->Clients()) clients.push_back(std::move(client));
  }
  std::atomic<size_t> working = clients.size();
  std::vector<std::jthread> threads;
  for (size_t i = 0; i < clients.size(); ++i) {
    threads.emplace_back([&, i] {
      std::seed_seq seeds{seed, round, static_cast<int>(i)};
      Random own(seeds);
      clients[i](own);
      --working;
    });
  }
  killer.Run(random, [&] { return working == 0; });
}

TEST(Fault, Personnel) {
  const int rounds = Number("HEITIE_FAULT_ROUNDS"), seed = Number("HEITIE_FAULT_SEED");
  e2e::Suite& suite = e2e::Suite::Get();
  e2e::HttpClient http(suite.http_port(), /*keep=*/true);
  Acknowledged acknowledged;
  const Staff staff{e2e::Insistent("fault", kPatience), e2e::Team(suite.grpc()), e2e::Team(http), absl::StrCat("s", seed), &acknowledged};
  std::vector<std::unique_ptr<Chapter>> chapters;
  chapters.push_back(Hires(staff));
  chapters.push_back(Closings(staff));
  chapters.push_back(Handovers(staff));
  Killer killer(Setting("HEITIE_FAULT_DATABASE"));
  int steps = 0;
  for (int round = 0; round < rounds && !HasFailure(); ++round) {
    SCOPED_TRACE(absl::StrCat("round ", round, " of seed ", seed));
    std::seed_seq seeds{seed, round};
    Random random(seeds);
    for (const auto& chapter : chapters) chapter->Prepare(round, random);
    const absl::Time begin = absl::Now();
    Suffer(chapters, killer, seed, round, random);
    const absl::Time end = absl::Now();
    for (const auto& chapter : chapters) chapter->Check();
    const auto audit = e2e::Ask<resource::v1::VerifyLedgersResponse>(staff.asker, staff.grpc.engineer, "resource.VerifyLedgers", "");
    EXPECT_TRUE(audit.ok() && audit->budget_entry_count() > 0 && audit->discrepancies().empty())
        << audit.status() << (audit.ok() ? audit->DebugString() : "");
    const int acknowledged_steps = acknowledged.Check(staff.asker, staff.grpc.manager);
    steps += acknowledged_steps;
    std::cout << absl::StrFormat("round %d: killed %s; %d steps in %.1f s, %s after %.1f s more", round,
                                 killer.Toll().empty() ? "nobody" : killer.Toll(), acknowledged_steps, absl::ToDoubleSeconds(end - begin),
                                 HasFailure() ? "NOT all well" : "all well", absl::ToDoubleSeconds(absl::Now() - end))
              << std::endl;
  }
  std::cout << steps << " acknowledged steps" << std::endl;
}

}  // namespace
}  // namespace heitie::fault
