// gzip of answers and of requests. Thread safety: pure functions.
//
// zstd is not offered: Debian's library would be one more for each process, and what its speed saves is little where answers are pages of
// some ten kilobytes.
#ifndef HEITIE_SERVICES_GATEWAY_COMPRESSION_H_
#define HEITIE_SERVICES_GATEWAY_COMPRESSION_H_

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"

namespace heitie::gateway {

// Below this the head is most of an answer.
inline constexpr size_t kWorthCompressing = 1024;
// How many times its size what is inflated may have; beyond kFreeInflation it is a bomb, for JSON and messages compress to a tenth.
inline constexpr size_t kMostRatio = 100;
inline constexpr size_t kFreeInflation = 64 << 10;

// kFast for what is made for one client, kSmall for what is made once for all.
enum class Effort { kFast, kSmall };
// Empty when it would not be shorter.
std::string Gzip(const std::string& bytes, Effort effort = Effort::kFast);

// Of one member or several. OUT_OF_RANGE as soon as there are more than `most` bytes, or more than the ratio allows: never more than that
// is held. INVALID_ARGUMENT for what is not gzip, or not all of it.
absl::StatusOr<std::string> Gunzip(const std::string& bytes, size_t most);

}  // namespace heitie::gateway

#endif  // HEITIE_SERVICES_GATEWAY_COMPRESSION_H_
