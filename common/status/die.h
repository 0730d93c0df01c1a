// The end of a process whose program contradicts itself or its contracts, found while it starts: nothing sensible can be served.
#ifndef HEITIE_COMMON_STATUS_DIE_H_
#define HEITIE_COMMON_STATUS_DIE_H_

#include <string>

namespace heitie::status {

// Says "<what>: <why>" on standard error and exits with 70 (EX_SOFTWARE of sysexits.h).
[[noreturn]] void Die(const std::string& what, const std::string& why);

}  // namespace heitie::status

#endif  // HEITIE_COMMON_STATUS_DIE_H_
