// The question marks of a statement whose number of parameters varies.
#pragma once

#include <string>
#include <string_view>

namespace heitie::sql {

// "?, ?, ?" for three parameters, "(?, ?), (?, ?)" for two rows of two columns; empty for none.
inline std::string Placeholders(size_t count, std::string_view each = "?") {
  std::string all;
  for (size_t i = 0; i < count; ++i) all.append(i == 0 ? "" : ", ").append(each);
  return all;
}

}  // namespace heitie::sql
