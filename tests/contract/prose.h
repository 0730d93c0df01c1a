// English prose, which has no place in a Chinese sentence.
#ifndef HEITIE_TESTS_CONTRACT_PROSE_H_
#define HEITIE_TESTS_CONTRACT_PROSE_H_

#include <string>

namespace heitie::contract {

// The first two words of English prose in a Chinese sentence, or "". Names, ids, field paths and examples of syntax are no prose.
std::string ProseIn(const std::string& chinese);

}  // namespace heitie::contract

#endif  // HEITIE_TESTS_CONTRACT_PROSE_H_
