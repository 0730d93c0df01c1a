#ifndef HEITIE_TESTS_FAULT_MESSENGERS_H_
#define HEITIE_TESTS_FAULT_MESSENGERS_H_

#include <memory>

#include "tests/fault/chapter.h"

namespace heitie::fault {

// Urgent calls and action items, of which robots tell a stub that counts as a provider does (policy C1, C2, W12). The processes must be
// allowed to reach 127.0.0.1, and the policy be PolicyOfProvider.
std::unique_ptr<Chapter> Messages(const Staff& staff);

}  // namespace heitie::fault

#endif  // HEITIE_TESTS_FAULT_MESSENGERS_H_
