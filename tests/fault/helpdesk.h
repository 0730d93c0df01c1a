#ifndef HEITIE_TESTS_FAULT_HELPDESK_H_
#define HEITIE_TESTS_FAULT_HELPDESK_H_

#include <memory>

#include "tests/e2e/world.h"
#include "tests/fault/chapter.h"

namespace heitie::fault {

// Inquiries and complaints that come more than once and from several sides, their clocks' ladders and their surge (policy A3, W11).
std::unique_ptr<Chapter> Helpdesk(const Staff& staff, const e2e::World& world);

}  // namespace heitie::fault

#endif  // HEITIE_TESTS_FAULT_HELPDESK_H_
