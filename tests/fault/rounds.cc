#include "tests/fault/rounds.h"

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

namespace heitie::fault {
namespace {

std::string Setting(const char* name) {
  const char* const value = std::getenv(name);
  if (value == nullptr) throw std::runtime_error(absl::StrCat(name, " is not set: use tests/fault/run"));
  return value;
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

}  // namespace

int NumberOfEnvironment(const char* name) {
  int number = 0;
  if (!absl::SimpleAtoi(Setting(name), &number)) throw std::runtime_error(absl::StrCat(name, " is no number"));
  return number;
}

Rounds RoundsOfEnvironment() {
  return {NumberOfEnvironment("HEITIE_FAULT_ROUNDS"), NumberOfEnvironment("HEITIE_FAULT_SEED"), Setting("HEITIE_FAULT_DATABASE")};
}

void Play(const Rounds& rounds, const std::vector<std::unique_ptr<Chapter>>& chapters, Killer& killer, const std::function<int()>& audit) {
  int steps = 0, kills = 0;
  for (int round = 0; round < rounds.count && !::testing::Test::HasFailure(); ++round) {
    SCOPED_TRACE(absl::StrCat("round ", round, " of seed ", rounds.seed));
    std::seed_seq seeds{rounds.seed, round};
    Random random(seeds);
    for (const auto& chapter : chapters) chapter->Prepare(round, random);
    const absl::Time begin = absl::Now();
    Suffer(chapters, killer, rounds.seed, round, random);
    const absl::Time end = absl::Now();
    for (const auto& chapter : chapters) chapter->Check();
    const int acknowledged = audit();
    steps += acknowledged;
    kills += killer.kills();
    std::cout << absl::StrFormat("round %d: killed %s; %d steps in %.1f s, %s after %.1f s more", round,
                                 killer.Toll().empty() ? "nobody" : killer.Toll(), acknowledged, absl::ToDoubleSeconds(end - begin),
                                 ::testing::Test::HasFailure() ? "NOT all well" : "all well", absl::ToDoubleSeconds(absl::Now() - end))
              << std::endl;
  }
  std::cout << steps << " acknowledged steps, " << kills << " kills" << std::endl;
}

}  // namespace heitie::fault
