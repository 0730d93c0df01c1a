// What all parts of tests/fault have in common: rounds in which clients work while processes are killed, and after which everything is
// looked at.
#ifndef HEITIE_TESTS_FAULT_ROUNDS_H_
#define HEITIE_TESTS_FAULT_ROUNDS_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tests/fault/chapter.h"
#include "tests/fault/killer.h"

namespace heitie::fault {

// As tests/fault/run says.
struct Rounds {
  int count = 0;
  int seed = 0;
  std::string folder;  // of the database
};
Rounds RoundsOfEnvironment();
// A number that tests/fault/run has set.
int NumberOfEnvironment(const char* name);

// Plays the rounds until one fails. `audit` looks at what no chapter looks at, and says how many acknowledged steps the round has had.
void Play(const Rounds& rounds, const std::vector<std::unique_ptr<Chapter>>& chapters, Killer& killer, const std::function<int()>& audit);

}  // namespace heitie::fault

#endif  // HEITIE_TESTS_FAULT_ROUNDS_H_
