// The suite after the whole story, played once for all cases of a process that only look at what it leaves, or go on from there: playing it
// takes minutes. Each request of the story is made well and tried around: times are finer than what is kept, a change is asked for again,
// what it answers is what can be read, nothing is created below nobody, and nobody answers for anything who is unknown.
#ifndef HEITIE_TESTS_CONTRACT_TOLD_H_
#define HEITIE_TESTS_CONTRACT_TOLD_H_

#include <set>
#include <string>

#include "tests/contract/suite.h"

namespace heitie::contract {

// Played by the first who asks; gone at the end of the program's tests.
Suite& ToldSuite();

// What was seen while it was played.
struct Telling {
  std::set<std::string> succeeded;  // full names of methods
  int compared = 0;                 // changes whose answer was compared with what can be read
  // The fields in which a stranger was refused, by their full names.
  std::set<std::string> refused_strangers;
};
const Telling& TheTelling();

}  // namespace heitie::contract

#endif  // HEITIE_TESTS_CONTRACT_TOLD_H_
