#ifndef HEITIE_TESTS_FAULT_OFFICE_H_
#define HEITIE_TESTS_FAULT_OFFICE_H_

#include <memory>

#include "tests/fault/chapter.h"

namespace heitie::fault {

// Plans that are approved, revised and submitted again by many at once, over less stock and money than all of them need (policy W2, W3).
std::unique_ptr<Chapter> Approvals(const Staff& staff);

// A survey with a quota that producers deliver to, the same users by several of them, and collection duties whose rounds come by
// themselves (policy P1).
std::unique_ptr<Chapter> Inquirers(const Staff& staff);

}  // namespace heitie::fault

#endif  // HEITIE_TESTS_FAULT_OFFICE_H_
