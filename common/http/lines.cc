#include "common/http/lines.h"

#include <algorithm>
#include <utility>

namespace heitie::http {
namespace {

bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

}  // namespace

// Of blanks before a line nothing is kept, so that a body of them costs nothing.
size_t Lines::Put(std::string_view bytes) {
  size_t used = 0;
  while (used < bytes.size() && !complete_ && !too_long_) {
    const std::string_view rest = bytes.substr(used);
    if (line_.empty() && (IsBlank(rest[0]) || rest[0] == '\n')) {
      ++used;
      continue;
    }
    const size_t end = rest.find('\n'), length = std::min(end, rest.size());
    // The CR of the line's end is not counted.
    too_long_ = line_.size() + length > most_ + 1;
    if (too_long_) break;
    line_.append(rest.substr(0, length));
    used += length;
    if (end == std::string_view::npos) continue;
    ++used;
    Complete();
  }
  return used;
}

void Lines::End() {
  if (!line_.empty() && !complete_ && !too_long_) Complete();
}

void Lines::Complete() {
  if (line_.back() == '\r') line_.pop_back();
  too_long_ = line_.size() > most_;
  complete_ = !too_long_;
}

std::optional<std::string> Lines::Take() {
  if (!std::exchange(complete_, false)) return std::nullopt;
  return std::exchange(line_, {});
}

}  // namespace heitie::http
