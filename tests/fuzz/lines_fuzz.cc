// A body of lines. The first byte says how it is cut into pieces, which must make no difference; every line is within its bound, and
// together the lines are the body without its ends of lines and the blanks before lines.
#include <string_view>

#include "common/http/lines.h"
#include "tests/fuzz/fuzz.h"

namespace heitie::fuzz {
namespace {

constexpr size_t kMost = 20;

struct Parted {
  std::vector<std::string> lines;
  bool too_long = false;
};

Parted Part(std::string_view body, size_t piece) {
  http::Lines lines(kMost);
  Parted parted;
  const auto take = [&] {
    if (auto line = lines.Take()) parted.lines.push_back(*std::move(line));
    Require(!lines.Take().has_value(), "a line is taken once");
  };
  for (size_t at = 0; at < body.size() && !lines.too_long();) {
    const size_t used = lines.Put(body.substr(at, piece));
    Require(used > 0 || lines.too_long(), "it goes on");
    Require(lines.size() <= kMost + 1, "no more is kept than a line has");
    at += used;
    take();
  }
  lines.End();
  take();
  parted.too_long = lines.too_long();
  return parted;
}

void Compare(std::string_view body, size_t piece) {
  const Parted whole = Part(body, body.size() + 1), pieces = Part(body, piece);
  Require(whole.lines == pieces.lines && whole.too_long == pieces.too_long, "pieces make no difference");
  size_t at = 0;
  for (const std::string& line : whole.lines) {
    Require(!line.empty() && line.size() <= kMost, "a line is within its bound");
    Require(line.find('\n') == std::string::npos, "a line is one");
    at = body.find(line, at);
    Require(at != std::string_view::npos, "lines come in their order");
    at += line.size();
  }
  if (!whole.too_long) Require(body.substr(at).find_first_not_of(" \t\r\n") == std::string_view::npos, "nothing is left out");
}

}  // namespace
}  // namespace heitie::fuzz

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  heitie::fuzz::Compare({reinterpret_cast<const char*>(data) + 1, size - 1}, 1 + data[0] % 16);
  return 0;
}
