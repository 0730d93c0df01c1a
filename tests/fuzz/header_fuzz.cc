// A letter for the header and its value: traceparent, Accept-Language, those of timeouts, and the conditions If-Match and If-None-Match.
#include "common/http/server.h"
#include "common/rpc/trace.h"
#include "common/status/status.h"
#include "services/gateway/conditional.h"
#include "services/gateway/timeouts.h"
#include "tests/fuzz/fuzz.h"

namespace heitie::fuzz {
namespace {

void PlayTrace(const std::string& traceparent) {
  const std::string id = rpc::TraceIdOf(traceparent);
  Require(id.size() == 32 && id.find_first_not_of("0123456789abcdef") == std::string::npos, "a trace id is 32 hex digits");
  Require(id.find_first_not_of('0') != std::string::npos, "a trace id is not all zeros");
  RequireEqual(rpc::TraceIdOf(rpc::Traceparent(id)), id, "a trace keeps its id");
}

void PlayLanguage(const std::string& accept_language) {
  const status::Language language = status::ParseLanguage(accept_language);
  Require(status::ParseLanguage(status::LanguageTag(language)) == language, "a language has its tag");
  Require(status::ParseLanguage(accept_language + ",fr;q=0.5, *;q=0") == language, "what nobody speaks changes nothing");
}

void PlayTimeout(const char* header, const std::string& value) {
  const absl::Time now = absl::FromUnixSeconds(1767225600);
  const auto deadline = gateway::DeadlineOf({{header, value}}, now);
  if (!deadline.ok()) return RequireRefusal(deadline.status());
  Require(*deadline >= now, "a deadline is not in the past");
}

std::string Written(const gateway::TagList& list) {
  if (list.any) return "*";
  std::string text;
  for (const gateway::EntityTag& tag : list.tags) {
    const std::string quoted = gateway::QuotedTag(tag.value);
    Require(!quoted.empty(), "a tag that was read can be written");
    text += (text.empty() ? "" : ", ") + std::string(tag.weak ? "W/" : "") + quoted;
  }
  return text;
}

void PlayTags(const std::string& value) {
  const auto list = gateway::ParseTags(value);
  Require(gateway::ParseTags(" " + value + "\t").has_value() == list.has_value(), "blanks around a list change nothing");
  // Whatever the resource's own tag is: a header can hold it or there is none.
  const std::string own = gateway::QuotedTag(value);
  Require(own.find_first_of("\r\n") == std::string::npos, "a tag ends no line");
  if (!own.empty()) Require(gateway::StrongMatch(gateway::ParseTags(own).value_or(gateway::TagList{}), value), "a tag is its own match");
  if (!list.has_value()) return;
  Require(list->any == list->tags.empty(), "a list is of tags, or of all of them");
  const std::string written = Written(*list);
  const auto again = gateway::ParseTags(written);
  Require(again.has_value(), "a list that was read can be written");
  RequireEqual(Written(*again), written, "a list is what it was");
  const auto more = gateway::ParseTags(value + ",\"one more\"");
  Require(!more.has_value(), "a tag has no blanks");
  for (const gateway::EntityTag& tag : list->tags) {
    Require(gateway::WeakMatch(*list, tag.value), "each tag of a list is among it");
    Require(tag.weak || gateway::StrongMatch(*list, tag.value), "each strong one strongly");
    Require(!gateway::StrongMatch({false, {{tag.value, true}}}, tag.value), "a weak one never is");
  }
  for (const char* other : {"", "1", "17", "a,b"}) {
    Require(!gateway::StrongMatch(*list, other) || gateway::WeakMatch(*list, other), "what matches strongly matches weakly");
  }
  const auto added = gateway::ParseTags(value + " , W/\"17\"");
  if (list->any) return Require(!added.has_value(), "the star stands alone");
  Require(added.has_value() && added->tags.size() == list->tags.size() + 1, "a list takes one more");
  Require(gateway::WeakMatch(*added, "17"), "which is among it");
}

}  // namespace
}  // namespace heitie::fuzz

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace heitie::fuzz;
  if (size == 0) return 0;
  const std::string text(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0]) {
    case 't':
      PlayTrace(text);
      break;
    case 'l':
      PlayLanguage(text);
      break;
    case 's':
      PlayTimeout("X-Request-Timeout", text);
      break;
    case 'g':
      PlayTimeout("grpc-timeout", text);
      break;
    case 'c':
      PlayTimeout("Connect-Timeout-Ms", text);
      break;
    case 'm':
      PlayTags(text);
      break;
    default:
      break;
  }
  return 0;
}
