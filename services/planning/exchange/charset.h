// The character sets in which spreadsheets keep Chinese (P2). A wrapper of ICU's converters: nothing is replaced or left out unsaid.
#ifndef HEITIE_SERVICES_PLANNING_EXCHANGE_CHARSET_H_
#define HEITIE_SERVICES_PLANNING_EXCHANGE_CHARSET_H_

#include <string>
#include <vector>

namespace heitie::planning {

enum class Charset { kUtf8, kGb18030, kBig5 };

// As in a media type, "gb18030".
const char* CharsetName(Charset charset);

// Something that the other side has not.
struct Unmapped {
  int line = 0;      // from 1
  int column = 0;    // in characters, from 1
  std::string what;  // the bytes in hexadecimal, or the character
};
struct Converted {
  std::string text;
  std::vector<Unmapped> unmapped;  // in their order, the first kMostUnmapped; the text lacks them
};
inline constexpr size_t kMostUnmapped = 100;

// UTF-8 of bytes. Characters for private use are none.
Converted Decode(const std::string& bytes, Charset charset);
// Bytes of UTF-8.
Converted Encode(const std::string& text, Charset charset);

}  // namespace heitie::planning

#endif  // HEITIE_SERVICES_PLANNING_EXCHANGE_CHARSET_H_
