#include "common/rpc/trace.h"

#include <algorithm>
#include <cstdint>
#include <random>

namespace heitie::rpc {
namespace {

// version-traceid-spanid-flags
constexpr size_t kTraceAt = 3, kTraceSize = 32, kSpanAt = 36, kSpanSize = 16, kSize = 55;

constexpr char kDigits[] = "0123456789abcdef";

bool IsLowerHex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); }

// Lower-case hex that is not all zeros, which W3C reserves for "invalid".
bool IsId(const std::string& text, size_t at, size_t size) {
  const auto begin = text.begin() + at, end = begin + size;
  return std::all_of(begin, end, IsLowerHex) && std::any_of(begin, end, [](char c) { return c != '0'; });
}

bool IsValid(const std::string& traceparent) {
  if (traceparent.size() < kSize || traceparent[2] != '-' || traceparent[35] != '-' || traceparent[52] != '-') return false;
  if (!IsLowerHex(traceparent[0]) || !IsLowerHex(traceparent[1]) || traceparent.compare(0, 2, "ff") == 0) return false;
  return IsId(traceparent, kTraceAt, kTraceSize) && IsId(traceparent, kSpanAt, kSpanSize);
}

// splitmix64: ids need to be distinct, not secret, and one is drawn for every request.
uint64_t Random() {
  thread_local uint64_t state = (static_cast<uint64_t>(std::random_device{}()) << 32) | std::random_device{}();
  uint64_t z = (state += 0x9e3779b97f4a7c15);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return (z ^ (z >> 31)) | 1;  // never all zeros
}

void AppendHex(uint64_t value, std::string& out) {
  for (int shift = 60; shift >= 0; shift -= 4) out.push_back(kDigits[(value >> shift) & 15]);
}

}  // namespace

std::string TraceIdOf(const std::string& traceparent) {
  if (IsValid(traceparent)) return traceparent.substr(kTraceAt, kTraceSize);
  std::string id;
  id.reserve(kTraceSize);
  AppendHex(Random(), id);
  AppendHex(Random(), id);
  return id;
}

std::string Traceparent(const std::string& trace_id) {
  std::string value;
  value.reserve(kSize);
  value.append("00-").append(trace_id).append("-");
  AppendHex(Random(), value);
  return value.append("-01");
}

}  // namespace heitie::rpc
