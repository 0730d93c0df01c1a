#include "services/planning/exchange/charset.h"

#include <unicode/uchar.h>
#include <unicode/ucnv.h>
#include <unicode/unistr.h>
#include <unicode/utf16.h>

#include <memory>

#include "absl/strings/str_format.h"
#include "common/status/die.h"

namespace heitie::planning {
namespace {

// Code units of one call of a converter.
constexpr int kPortion = 4096;

using Converter = std::unique_ptr<UConverter, decltype(&ucnv_close)>;

// One that stops where there is no counterpart.
Converter OpenConverter(Charset charset) {
  UErrorCode error = U_ZERO_ERROR;
  Converter converter(ucnv_open(CharsetName(charset), &error), &ucnv_close);
  ucnv_setToUCallBack(converter.get(), UCNV_TO_U_CALLBACK_STOP, nullptr, nullptr, nullptr, &error);
  ucnv_setFromUCallBack(converter.get(), UCNV_FROM_U_CALLBACK_STOP, nullptr, nullptr, nullptr, &error);
  // A character is itself or nothing.
  ucnv_setFallback(converter.get(), false);
  if (U_FAILURE(error)) status::Die("charset", u_errorName(error));
  return converter;
}

bool HasNoCounterpart(UErrorCode error) {
  return error == U_ILLEGAL_CHAR_FOUND || error == U_TRUNCATED_CHAR_FOUND || error == U_INVALID_CHAR_FOUND;
}

// Where something stands in a text that is walked through once.
class Places {
 public:
  // The place behind the characters.
  void Pass(UChar32 character) {
    column_ = character == '\n' ? 1 : column_ + 1;
    if (character == '\n') ++line_;
  }
  void Note(const std::string& what, std::vector<Unmapped>& unmapped) const {
    if (unmapped.size() < kMostUnmapped) unmapped.push_back({line_, column_, what});
  }

 private:
  int line_ = 1, column_ = 1;
};

std::string Hex(const char* bytes, int count) {
  std::string text;
  for (int i = 0; i < count; ++i) absl::StrAppendFormat(&text, "%02X", static_cast<unsigned char>(bytes[i]));
  return text;
}

std::string Utf8Of(UChar32 character) {
  std::string text;
  icu::UnicodeString(character).toUTF8String(text);
  return text;
}

bool IsPrivate(UChar32 character) { return u_charType(character) == U_PRIVATE_USE_CHAR; }

}  // namespace

const char* CharsetName(Charset charset) {
  constexpr const char* kNames[] = {"utf-8", "gb18030", "big5"};
  return kNames[static_cast<int>(charset)];
}

Converted Decode(const std::string& bytes, Charset charset) {
  const Converter converter = OpenConverter(charset);
  Converted result;
  Places places;
  icu::UnicodeString kept;
  const char* from = bytes.data();
  const char* const end = from + bytes.size();
  UErrorCode error = U_ZERO_ERROR;
  do {
    UChar portion[kPortion];
    UChar* to = portion;
    error = U_ZERO_ERROR;
    ucnv_toUnicode(converter.get(), &to, portion + kPortion, &from, end, nullptr, true, &error);
    const auto count = static_cast<int32_t>(to - portion);
    for (int32_t i = 0; i < count;) {
      UChar32 character = 0;
      U16_NEXT(portion, i, count, character);
      IsPrivate(character) ? places.Note(absl::StrFormat("U+%04X", character), result.unmapped) : static_cast<void>(kept.append(character));
      places.Pass(character);
    }
    if (HasNoCounterpart(error)) {
      char bad[16];
      int8_t length = sizeof(bad);
      UErrorCode ignored = U_ZERO_ERROR;
      ucnv_getInvalidChars(converter.get(), bad, &length, &ignored);
      places.Note(Hex(bad, length), result.unmapped);
      places.Pass(0);
    }
  } while (error == U_BUFFER_OVERFLOW_ERROR || (HasNoCounterpart(error) && from < end));
  kept.toUTF8String(result.text);
  return result;
}

Converted Encode(const std::string& text, Charset charset) {
  const Converter converter = OpenConverter(charset);
  Converted result;
  Places places;
  const icu::UnicodeString all = icu::UnicodeString::fromUTF8(text);
  for (int32_t i = 0; i < all.length();) {
    const UChar32 character = all.char32At(i);
    const UChar* from = all.getBuffer() + i;
    i += U16_LENGTH(character);
    char bytes[16];
    char* to = bytes;
    UErrorCode error = U_ZERO_ERROR;
    ucnv_fromUnicode(converter.get(), &to, bytes + sizeof(bytes), &from, all.getBuffer() + i, nullptr, true, &error);
    if (U_FAILURE(error) || IsPrivate(character)) {
      places.Note(Utf8Of(character), result.unmapped);
    } else {
      result.text.append(bytes, static_cast<size_t>(to - bytes));
    }
    places.Pass(character);
  }
  return result;
}

}  // namespace heitie::planning
