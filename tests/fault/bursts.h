#ifndef HEITIE_TESTS_FAULT_BURSTS_H_
#define HEITIE_TESTS_FAULT_BURSTS_H_

#include <memory>

#include "tests/fault/chapter.h"

namespace heitie::fault {

// So many notices in a round, as fast as another service tells what happened to it, for robots of all kinds: none gets more than its
// provider allows, nothing is lost, nothing comes twice but under the same id after an attempt of which nobody knew, and what is told of
// one subject comes in order (policy C2). The processes must be allowed to reach 127.0.0.1, and the policy be PolicyOfProvider.
std::unique_ptr<Chapter> Bursts(const Staff& staff, int notices);

}  // namespace heitie::fault

#endif  // HEITIE_TESTS_FAULT_BURSTS_H_
