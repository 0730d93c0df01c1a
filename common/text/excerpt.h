// The beginnings of texts that others chose, for messages.
#ifndef HEITIE_COMMON_TEXT_EXCERPT_H_
#define HEITIE_COMMON_TEXT_EXCERPT_H_

#include <cstddef>
#include <string>

namespace heitie::text {

// At most the first `bytes` bytes of a UTF-8 text, whole characters, with "…" behind them when something is left out.
std::string Excerpt(const std::string& text, size_t bytes);

}  // namespace heitie::text

#endif  // HEITIE_COMMON_TEXT_EXCERPT_H_
