// Plain values to bytes and back, for what only this service reads again: little-endian, as all machines are that the suite runs on.
#ifndef HEITIE_SERVICES_METRICS_WARNING_ARCHIVE_H_
#define HEITIE_SERVICES_METRICS_WARNING_ARCHIVE_H_

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <string>
#include <type_traits>

#include "absl/strings/string_view.h"

namespace heitie::metrics {

static_assert(std::endian::native == std::endian::little);

struct ArchiveWriter {
  std::string out;

  template <typename T>
  void operator()(const T& value) {
    static_assert(std::is_arithmetic_v<T>);
    out.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
};

// `ok` becomes false at the first value that is not there or is none, and nothing is read any more.
struct ArchiveReader {
  absl::string_view in;
  bool ok = true;

  template <typename T>
  void operator()(T& value) {
    if constexpr (std::is_same_v<T, bool>) {
      uint8_t byte = 0;
      (*this)(byte);
      value = byte == 1;
      ok = ok && byte <= 1;
    } else {
      static_assert(std::is_arithmetic_v<T>);
      ok = ok && in.size() >= sizeof value;
      if (!ok) return;
      std::memcpy(&value, in.data(), sizeof value);
      in.remove_prefix(sizeof value);
      if constexpr (std::is_floating_point_v<T>) ok = std::isfinite(value);
    }
  }
};

}  // namespace heitie::metrics

#endif  // HEITIE_SERVICES_METRICS_WARNING_ARCHIVE_H_
