#include "services/metrics/engine/bitmap_bytes.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <optional>
#include <vector>

namespace heitie::metrics {
namespace {

// By the format's description.
constexpr uint32_t kCookieWithRuns = 12347, kCookie = 12346;
constexpr uint32_t kOffsetsFrom = 4;         // containers, where some are runs; else always
constexpr uint32_t kMostInArray = 4096;      // values; more make a bitset
constexpr size_t kBitsetWords = 65536 / 64;  // of 64 bits
constexpr uint32_t kMostContainers = 65536;

// Little-endian numbers from the front on. What is asked beyond the end is 0, and `ok` is false from then on.
class Bytes {
 public:
  explicit Bytes(absl::string_view left) : left_(left) {}
  uint64_t Number(size_t size) {
    uint64_t number = 0;
    if (left_.size() < size) {
      ok_ = false;
      left_ = {};
      return 0;
    }
    for (size_t i = size; i-- > 0;) number = number << 8 | static_cast<unsigned char>(left_[i]);
    left_.remove_prefix(size);
    return number;
  }
  void Skip(size_t size) {
    ok_ = ok_ && left_.size() >= size;
    left_.remove_prefix(std::min(size, left_.size()));
  }
  size_t left() const { return left_.size(); }
  bool ok() const { return ok_; }

 private:
  absl::string_view left_;
  bool ok_ = true;
};

struct Container {
  uint32_t key = 0, count = 0;
  bool runs = false;
};

bool AreRuns(Bytes& bytes, uint32_t count) {
  const auto runs = static_cast<uint32_t>(bytes.Number(2));
  uint32_t values = 0, free = 0;  // the least that the next run may begin with
  for (uint32_t i = 0; i < runs && bytes.ok(); ++i) {
    const auto first = static_cast<uint32_t>(bytes.Number(2));
    const uint32_t last = first + static_cast<uint32_t>(bytes.Number(2));
    if (first < free || last > 65535) return false;
    values += last - first + 1;
    free = last + 1;
  }
  return bytes.ok() && values == count;
}

bool IsArray(Bytes& bytes, uint32_t count) {
  uint32_t free = 0;
  for (uint32_t i = 0; i < count && bytes.ok(); ++i) {
    const auto value = static_cast<uint32_t>(bytes.Number(2));
    if (value < free) return false;
    free = value + 1;
  }
  return bytes.ok();
}

bool IsBitset(Bytes& bytes, uint32_t count) {
  uint32_t values = 0;
  for (size_t i = 0; i < kBitsetWords && bytes.ok(); ++i) values += static_cast<uint32_t>(std::popcount(bytes.Number(8)));
  return bytes.ok() && values == count;
}

// The containers as the header describes them; nothing when it cannot be.
std::optional<std::vector<Container>> ReadHeader(Bytes& bytes) {
  const auto cookie = static_cast<uint32_t>(bytes.Number(4));
  const bool with_runs = (cookie & 0xFFFF) == kCookieWithRuns;
  if (!with_runs && cookie != kCookie) return std::nullopt;
  const uint32_t size = with_runs ? (cookie >> 16) + 1 : static_cast<uint32_t>(bytes.Number(4));
  // Each has four bytes here at least.
  if (!bytes.ok() || size > kMostContainers || bytes.left() < size_t{4} * size) return std::nullopt;
  std::vector<Container> containers(size);
  uint64_t flags = 0;
  for (uint32_t i = 0; i < size && with_runs; ++i) {
    if (i % 8 == 0) flags = bytes.Number(1);
    containers[i].runs = (flags >> (i % 8) & 1) != 0;
  }
  for (uint32_t i = 0; i < size; ++i) {
    containers[i].key = static_cast<uint32_t>(bytes.Number(2));
    containers[i].count = static_cast<uint32_t>(bytes.Number(2)) + 1;
    if (i > 0 && containers[i].key <= containers[i - 1].key) return std::nullopt;
  }
  if (!with_runs || size >= kOffsetsFrom) bytes.Skip(size_t{4} * size);
  if (!bytes.ok()) return std::nullopt;
  return containers;
}

}  // namespace

bool IsBitmap(absl::string_view text) {
  Bytes bytes(text);
  const std::optional<std::vector<Container>> containers = ReadHeader(bytes);
  if (!containers) return false;
  for (const Container& container : *containers) {
    const bool right = container.runs                    ? AreRuns(bytes, container.count)
                       : container.count <= kMostInArray ? IsArray(bytes, container.count)
                                                         : IsBitset(bytes, container.count);
    if (!right) return false;
  }
  return bytes.left() == 0;
}

}  // namespace heitie::metrics
