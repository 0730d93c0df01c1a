#ifndef HEITIE_TESTS_FAULT_STOCKROOM_H_
#define HEITIE_TESTS_FAULT_STOCKROOM_H_

#include <memory>

#include "tests/fault/chapter.h"

namespace heitie::fault {

// Stock and budgets that many take from at the same time (policy S4, S5, W7, W8).
std::unique_ptr<Chapter> Stockroom(const Staff& staff);

}  // namespace heitie::fault

#endif  // HEITIE_TESTS_FAULT_STOCKROOM_H_
