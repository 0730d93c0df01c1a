#include "common/rpc/trace.h"

#include <algorithm>
#include <cstdint>
#include <random>

#include "absl/strings/str_cat.h"
#include "common/observe/spans.h"

namespace heitie::rpc {
namespace {

// version-traceid-spanid-flags
constexpr size_t kTraceAt = 3, kTraceSize = 32, kSpanAt = 36, kSpanSize = 16, kFlagsAt = 53, kSize = 55;
// All zeros are not allowed.
constexpr char kNoSpan[] = "0000000000000001";

// Of one in a hundred nobody draws so many in vain.
constexpr int kMostDraws = 10'000;

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
  if (!IsLowerHex(traceparent[kFlagsAt]) || !IsLowerHex(traceparent[kFlagsAt + 1])) return false;
  return IsId(traceparent, kTraceAt, kTraceSize) && IsId(traceparent, kSpanAt, kSpanSize);
}

// The end of splitmix64, never all zeros.
uint64_t Mix(uint64_t z) {
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return (z ^ (z >> 31)) | 1;
}

// splitmix64: ids need to be distinct, not secret, and one is drawn for every request.
uint64_t Random() {
  thread_local uint64_t state = (static_cast<uint64_t>(std::random_device{}()) << 32) | std::random_device{}();
  return Mix(state += 0x9e3779b97f4a7c15);
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

std::string SpanIdOf(const std::string& trace_id, const std::string& method, const std::string& principal, absl::Time now) {
  uint64_t hash = 0xcbf29ce484222325;  // FNV-1a
  // Events keep microseconds.
  for (const char c : absl::StrCat(trace_id, " ", absl::ToUnixMicros(now), " ", method, " ", principal)) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  }
  std::string id;
  AppendHex(Mix(hash), id);
  return id;
}

std::string SampledTraceId() {
  std::string id = TraceIdOf("");
  for (int i = 0; i < kMostDraws && !observe::SampleTrace(id); ++i) id = TraceIdOf("");
  return id;
}

Trace TraceOf(const std::string& traceparent) {
  if (!IsValid(traceparent)) {
    Trace trace{TraceIdOf(""), "", false};
    trace.sampled = observe::SampleTrace(trace.trace_id);
    return trace;
  }
  Trace trace{traceparent.substr(kTraceAt, kTraceSize), "", false};
  const char flags = traceparent[kFlagsAt + 1];  // the last digit has the bit
  trace.sampled = (flags >= 'a' ? flags - 'a' + 10 : flags - '0') & 1;
  if (trace.sampled && traceparent.compare(kSpanAt, kSpanSize, kNoSpan) != 0) trace.parent_id = traceparent.substr(kSpanAt, kSpanSize);
  return trace;
}

std::string NewSpanId() {
  std::string id;
  AppendHex(Random(), id);
  return id;
}

std::string Traceparent(const std::string& trace_id, const std::string& span_id, bool sampled) {
  std::string value;
  value.reserve(kSize);
  return value.append("00-").append(trace_id).append("-").append(span_id.empty() ? kNoSpan : span_id).append(sampled ? "-01" : "-00");
}

std::string Traceparent(const std::string& trace_id) { return Traceparent(trace_id, NewSpanId(), true); }

}  // namespace heitie::rpc
