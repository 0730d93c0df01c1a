// English prose, which has no place in a Chinese sentence.
#pragma once

#include <string>

namespace heitie::contract {

// The first two words of English prose in a Chinese sentence, or "". Names, ids, field paths and examples of syntax are no prose.
std::string ProseIn(const std::string& chinese);

}  // namespace heitie::contract
