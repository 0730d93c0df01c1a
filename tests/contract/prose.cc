#include "tests/contract/prose.h"

#include "re2/re2.h"

namespace heitie::contract {

std::string ProseIn(const std::string& chinese) {
  static const re2::RE2 kProse("(?:^|[^\\w.{/:-])([a-z]+'?[a-z]* [a-z]+)(?:$|[^\\w./:=-])");
  std::string prose;
  re2::RE2::PartialMatch(chinese, kProse, &prose);
  return prose;
}

}  // namespace heitie::contract
