#include "services/planning/research/terms.h"

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <unicode/uscript.h>

#include <algorithm>
#include <iterator>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/status/die.h"
#include "common/text/markdown.h"

namespace heitie::planning {
namespace {

constexpr size_t kLongestTerm = 60;

const icu::Normalizer2& TermNormalizer() {
  static const icu::Normalizer2& normalizer = *[] {
    UErrorCode error = U_ZERO_ERROR;
    const icu::Normalizer2* made = icu::Normalizer2::getNFKCCasefoldInstance(error);
    if (U_FAILURE(error)) status::Die("normalizer", u_errorName(error));
    return made;
  }();
  return normalizer;
}

icu::UnicodeString Folded(const std::string& text) {
  UErrorCode error = U_ZERO_ERROR;
  icu::UnicodeString folded = TermNormalizer().normalize(icu::UnicodeString::fromUTF8(text), error);
  if (U_FAILURE(error)) status::Die("normalizer", u_errorName(error));
  return folded;
}

// Written without blanks between words.
bool RunsTogether(UChar32 c) {
  UErrorCode error = U_ZERO_ERROR;
  const UScriptCode script = uscript_getScript(c, &error);
  return script == USCRIPT_HAN || script == USCRIPT_HIRAGANA || script == USCRIPT_KATAKANA || script == USCRIPT_BOPOMOFO;
}

std::string Utf8(const icu::UnicodeString& text) {
  std::string bytes;
  text.toUTF8String(bytes);
  return bytes;
}

class TermReader {
 public:
  std::set<std::string> Read(const icu::UnicodeString& text) {
    for (int32_t i = 0; i < text.length(); i = text.moveIndex32(i, 1)) Take(text.char32At(i));
    EndWord();
    return std::move(terms_);
  }

 private:
  void Take(UChar32 c) {
    if (RunsTogether(c)) {
      EndWord();
      if (previous_ != 0) terms_.insert(Utf8(icu::UnicodeString(previous_).append(c)));
      previous_ = c;
      return;
    }
    previous_ = 0;
    if (u_isalnum(c) || (u_getCombiningClass(c) != 0 && !word_.isEmpty())) {
      word_.append(c);
    } else {
      EndWord();
    }
  }
  void EndWord() {
    if (!word_.isEmpty()) terms_.insert(Utf8(word_).substr(0, kLongestTerm));
    word_.remove();
  }

  std::set<std::string> terms_;
  icu::UnicodeString word_;
  UChar32 previous_ = 0;  // of a text that runs together; 0: none
};

}  // namespace

std::set<std::string> TermsOf(const std::string& text) { return TermReader().Read(Folded(text)); }

std::string TextFingerprint(const std::string& text) {
  const icu::UnicodeString folded = Folded(text);
  icu::UnicodeString seen;
  for (int32_t i = 0; i < folded.length(); i = folded.moveIndex32(i, 1)) {
    const UChar32 c = folded.char32At(i);
    if (!u_isUWhiteSpace(c) && !u_ispunct(c) && !u_iscntrl(c)) seen.append(c);
  }
  return seen.isEmpty() ? "" : text::Sha256Hex(Utf8(seen));
}

std::string AddressFingerprint(const std::string& address) {
  std::string known(absl::StripAsciiWhitespace(address));
  known = known.substr(0, known.find('#'));
  const size_t scheme = known.find("://");
  const size_t host_end = scheme == std::string::npos ? 0 : std::min(known.find('/', scheme + 3), known.size());
  for (size_t i = 0; i < host_end; ++i) known[i] = absl::ascii_tolower(static_cast<unsigned char>(known[i]));
  while (!known.empty() && known.back() == '/') known.pop_back();
  return known.empty() ? "" : text::Sha256Hex(absl::StrCat("address:", known));
}

int SharedPercent(const std::set<std::string>& a, const std::set<std::string>& b) {
  std::vector<std::string> shared;
  std::set_intersection(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(shared));
  const size_t either = a.size() + b.size() - shared.size();
  return either == 0 ? 0 : static_cast<int>(shared.size() * 100 / either);
}

}  // namespace heitie::planning
