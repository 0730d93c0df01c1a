// The risk register while its process, its database and those that it works with are killed (policy R1 to R3, W5, W6).
#ifndef HEITIE_TESTS_FAULT_RISKBOOK_H_
#define HEITIE_TESTS_FAULT_RISKBOOK_H_

#include <memory>

#include "tests/fault/chapter.h"

namespace heitie::fault {

// Facts that several people tell, each several times: of one subject they are one proposal, on which each counts once.
std::unique_ptr<Chapter> Signals(const Staff& staff);
// Risks that are assessed while another matrix comes into force: each has every assessment and one entry of the new matrix.
std::unique_ptr<Chapter> Ratings(const Staff& staff);
// Activities that are dropped to avoid risks, and acceptances that end meanwhile: each of it happens once.
std::unique_ptr<Chapter> Endings(const Staff& staff);

}  // namespace heitie::fault

#endif  // HEITIE_TESTS_FAULT_RISKBOOK_H_
