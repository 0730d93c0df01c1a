// A letter for the header and its value: traceparent, Accept-Language, and those of timeouts.
#include "common/http/server.h"
#include "common/rpc/trace.h"
#include "common/status/status.h"
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
    default:
      break;
  }
  return 0;
}
