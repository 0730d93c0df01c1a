// Logs as JSON lines on stderr, whole lines in each write(2), so that those of different threads and processes do not mix.
//
//   observe::Log(observe::Severity::kWarning, "retrying", {{"target", "planning"}});
//   {"time":"2026-01-01T00:00:00.123456Z","severity":"WARNING","service":"activity","message":"retrying","target":"planning"}
//
// Everything here is thread-safe.
#ifndef HEITIE_COMMON_OBSERVE_LOG_H_
#define HEITIE_COMMON_OBSERVE_LOG_H_

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <utility>

#include "absl/time/time.h"

namespace heitie::observe {

enum class Severity { kInfo, kWarning, kError };

// The name that every later line carries; call it once, before the first thread.
void SetLogService(const std::string& service);
// And which version of it, in which pod: fields `version` and `pod`, left out when empty. Likewise.
void SetLogOrigin(const std::string& version, const std::string& pod);

// `fields` must not be named time, severity, service, version, pod, message or exception. Bytes that are not UTF-8 appear as U+FFFD; what a
// terminal or an editor would act on instead of showing it (controls, marks of direction, separators of lines, what has no width) as
// \uXXXX.
void Log(Severity severity, const std::string& message, std::initializer_list<std::pair<std::string, std::string>> fields = {});

// Logs the exception being handled, as an ERROR; call it in a catch block.
void LogException(const std::string& message, std::initializer_list<std::pair<std::string, std::string>> fields = {});

// One request that passed the door. While they are many, their lines are written together, 5 ms later at most; a process that is killed
// may take the last of them with it. Everything else is written before the call returns.
struct AccessRecord {
  std::string method;     // package.Service/Method
  std::string principal;  // empty: not authenticated
  std::string trace_id;
  std::string transport;  // grpc, http, …
  std::string code;       // canonical code, "OK"
  std::string reason;     // stable reason of an error; empty of a success
  absl::Duration duration;
  size_t request_bytes = 0;
  size_t response_bytes = 0;
  // Of a stream: how many messages came and went.
  std::optional<std::pair<int64_t, int64_t>> messages;
};
void LogAccess(const AccessRecord& record);
// Writes what is still to be written; exit() does it too.
void FlushLogs();

// The lines as written, without the newline; for tests and for whoever needs a line elsewhere.
std::string FormatLine(absl::Time now, Severity severity, const std::string& service, const std::string& message,
                       std::initializer_list<std::pair<std::string, std::string>> fields);
std::string FormatAccess(absl::Time now, const std::string& service, const AccessRecord& record);

}  // namespace heitie::observe

#endif  // HEITIE_COMMON_OBSERVE_LOG_H_
