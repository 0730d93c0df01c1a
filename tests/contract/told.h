// The suite after the whole story, played once for all cases of a process that only look at what it leaves, or go on from there: playing it
// takes minutes.
#ifndef HEITIE_TESTS_CONTRACT_TOLD_H_
#define HEITIE_TESTS_CONTRACT_TOLD_H_

#include "tests/contract/suite.h"

namespace heitie::contract {

// Played by the first who asks; gone at the end of the program's tests.
Suite& ToldSuite();

}  // namespace heitie::contract

#endif  // HEITIE_TESTS_CONTRACT_TOLD_H_
