// The question marks of a statement whose number of parameters varies.
#ifndef HEITIE_COMMON_SQL_PLACEHOLDERS_H_
#define HEITIE_COMMON_SQL_PLACEHOLDERS_H_

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

#endif  // HEITIE_COMMON_SQL_PLACEHOLDERS_H_
