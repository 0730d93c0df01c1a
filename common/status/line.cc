#include "common/status/line.h"

#include "absl/strings/str_cat.h"
#include "common/status/status.h"

namespace heitie::status {
namespace {

constexpr size_t kMost = 2000;

bool ContinuesCharacter(char byte) { return (static_cast<unsigned char>(byte) & 0xC0) == 0x80; }

}  // namespace

std::string Line(const absl::Status& status) {
  if (status.ok()) return "OK";
  const std::string reason = ReasonOf(status);
  const std::string code = absl::StatusCodeToString(status.code());
  std::string line = absl::StrCat(code, reason.empty() || reason == code ? "" : " ", reason == code ? "" : reason, ": ", status.message());
  for (char& c : line) {
    if (static_cast<unsigned char>(c) < ' ' || c == '\x7f') c = ' ';
  }
  if (line.size() <= kMost) return line;
  size_t end = kMost;
  while (ContinuesCharacter(line[end])) --end;
  return line.substr(0, end);
}

}  // namespace heitie::status
