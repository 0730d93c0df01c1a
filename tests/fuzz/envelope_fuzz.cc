// Envelopes of gRPC, gRPC-Web and Connect, base64 that comes in pieces, gzip and conditions: what they say may not depend on how they are
// cut. The first byte says what is played, the second how it is cut.
#include <string_view>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "services/gateway/compression.h"
#include "services/gateway/conditional.h"
#include "services/gateway/cors.h"
#include "services/gateway/envelope.h"
#include "services/gateway/negotiation.h"
#include "tests/fuzz/fuzz.h"

namespace heitie::fuzz {
namespace {

constexpr size_t kMost = 200;

// What is read of a body in pieces of that size.
std::string Envelopes(std::string_view body, size_t piece) {
  gateway::EnvelopeReader reader(kMost);
  std::string seen;
  for (size_t at = 0; at < body.size(); at += piece) {
    reader.Put(body.substr(at, piece));
    while (true) {
      const auto envelope = reader.Take();
      if (!envelope.ok()) return absl::StrCat(seen, "!");
      if (!envelope->has_value()) break;
      Require((*envelope)->message.size() <= kMost, "a message is within its limit");
      absl::StrAppend(&seen, gateway::Enveloped((*envelope)->flags, (*envelope)->message));
    }
    Require(reader.held() < kMost + 5 + piece, "no more is held than a message and a piece");
  }
  return seen;
}

std::string Base64(std::string_view text, size_t piece) {
  gateway::Base64Reader reader;
  std::string bytes;
  for (size_t at = 0; at < text.size(); at += piece) {
    const auto some = reader.Put(text.substr(at, piece));
    if (!some.ok()) return "!";
    bytes += *some;
  }
  return bytes + (reader.whole() ? "." : "?");
}

void PlayEnvelopes(const std::string& body, size_t piece) {
  const std::string whole = Envelopes(body, body.size() + 1);
  RequireEqual(Envelopes(body, piece), whole, "however a body is cut, it says the same");
  if (whole.empty() || whole.back() != '!') Require(body.compare(0, whole.size(), whole) == 0, "what is read is what was there");
}

void PlayBase64(const std::string& text, size_t piece) {
  RequireEqual(Base64(text, piece), Base64(text, text.size() + 1), "however base64 is cut, it says the same");
  const std::string written = absl::Base64Escape(text) + absl::Base64Escape("x" + text);
  RequireEqual(Base64(written, piece), absl::StrCat(text, "x", text, "."), "what is written is read");
  RequireEqual(gateway::AnyBase64(absl::WebSafeBase64Escape(text)).value_or("!"), text, "either alphabet is read");
  gateway::AnyBase64(text).IgnoreError();
  const std::string message = gateway::PercentEncodeMessage(text);
  std::string back;
  Require(http::PercentDecode(message, false, &back) && back == text, "a message keeps what it says");
  for (const char c : message) Require(c >= 0x20 && c <= 0x7e, "a message is visible");
}

void PlayGzip(const std::string& bytes) {
  const auto inflated = gateway::Gunzip(bytes, 1 << 20);
  if (inflated.ok())
    Require(inflated->size() <= std::max(gateway::kFreeInflation, bytes.size() * gateway::kMostRatio), "no bomb comes through");
  const std::string compressed = gateway::Gzip(bytes);
  if (compressed.empty()) return;
  const auto back = gateway::Gunzip(compressed, bytes.size());
  Require(back.ok() ? *back == bytes : absl::IsOutOfRange(back.status()), "what was compressed comes back");
}

void PlayConditions(const std::string& value) {
  const auto list = gateway::ParseTags(value);
  if (list.has_value()) {
    Require(list->any || !list->tags.empty(), "a list has something");
    std::string written = list->any ? "*" : "";
    for (const auto& tag : list->tags) {
      const std::string quoted = gateway::QuotedTag(tag.value);
      Require(!quoted.empty(), "what is read as a tag can be written as one");
      Require(gateway::WeakMatch(*list, tag.value), "a list has its tags");
      absl::StrAppend(&written, written.empty() ? "" : ", ", tag.weak ? "W/" : "", quoted);
    }
    const auto again = gateway::ParseTags(written);
    Require(again.has_value() && again->tags.size() == list->tags.size(), "a list that is written is read");
    Require(!gateway::StrongMatch(*list, "3") || gateway::WeakMatch(*list, "3"), "what matches strongly matches weakly");
  }
  gateway::TakesGzip(value);
  gateway::WantsEvents(value);
  gateway::ParseMediaType(value);
  const auto cors = gateway::Cors::Of(value);
  if (!cors.ok()) return;
  http::Request head;
  head.headers.Add("Origin", value);
  const http::Headers answer = cors->ForAnswer(head);
  for (const auto& [name, text] : answer.fields()) {
    Require(text == "*" || text == value || name == "Access-Control-Expose-Headers", "an origin is told its own name");
  }
}

}  // namespace
}  // namespace heitie::fuzz

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace heitie::fuzz;
  if (size < 2) return 0;
  const size_t piece = 1 + data[1] % 40;
  const std::string rest(reinterpret_cast<const char*>(data) + 2, size - 2);
  switch (data[0] % 4) {
    case 0:
      PlayEnvelopes(rest, piece);
      break;
    case 1:
      PlayBase64(rest, piece);
      break;
    case 2:
      PlayGzip(rest);
      break;
    default:
      PlayConditions(rest);
  }
  return 0;
}
