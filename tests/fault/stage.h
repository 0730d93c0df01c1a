#ifndef HEITIE_TESTS_FAULT_STAGE_H_
#define HEITIE_TESTS_FAULT_STAGE_H_

#include <memory>

#include "tests/e2e/world.h"
#include "tests/fault/chapter.h"

namespace heitie::fault {

// Activities that are launched, amended, paused by people and by the guardrail of a page, and resumed (policy A2, W1–W4). The world has
// stock and money for as many as are wanted.
std::unique_ptr<Chapter> Stage(const Staff& staff, const e2e::World& world);

}  // namespace heitie::fault

#endif  // HEITIE_TESTS_FAULT_STAGE_H_
