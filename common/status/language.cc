// Accept-Language (RFC 9110, 12.5.4): which of the suite's languages serves its reader best, by the lookup of RFC 4647.
#include <algorithm>
#include <initializer_list>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "common/status/status.h"

namespace heitie::status {
namespace {

// What comes later in a list is not read.
constexpr size_t kMostRanges = 64;

// How closely a range means a language: `*`, `zh`, `zh-HK` or `zh-TW`, as far as Traditional Chinese is concerned.
enum class Fit { kNot, kAny, kFamily, kRelative, kItself };

// A wanted range of languages: its subtags in lower case and its quality, 0 (unacceptable) to 1.
struct Range {
  std::vector<std::string> subtags;
  double quality = 1;
};

std::optional<double> ParseQuality(absl::string_view text) {
  double quality = 0;
  const bool plain = !text.empty() && text.find_first_not_of("0123456789.") == absl::string_view::npos;
  if (!plain || !absl::SimpleAtod(text, &quality) || quality > 1) return std::nullopt;
  return quality;
}

std::optional<Range> ParseRange(absl::string_view text) {
  const std::vector<absl::string_view> parts = absl::StrSplit(text, ';');
  Range range;
  for (size_t i = 1; i < parts.size(); ++i) {
    const absl::string_view parameter = absl::StripAsciiWhitespace(parts[i]);
    if (!absl::StartsWithIgnoreCase(parameter, "q=")) continue;
    const std::optional<double> quality = ParseQuality(parameter.substr(2));
    if (!quality) return std::nullopt;
    range.quality = *quality;
  }
  range.subtags = absl::StrSplit(absl::AsciiStrToLower(absl::StripAsciiWhitespace(parts[0])), '-');
  return range;
}

// In which characters the Chinese of these subtags is written: as the script says, else as the region does.
std::optional<Language> WrittenIn(const std::vector<std::string>& subtags) {
  const auto has = [&](std::initializer_list<const char*> any) {
    return std::find_first_of(subtags.begin() + 1, subtags.end(), any.begin(), any.end()) != subtags.end();
  };
  if (has({"hant"})) return Language::kTraditionalChinese;
  if (has({"hans"})) return Language::kSimplifiedChinese;
  if (has({"tw", "hk", "mo"})) return Language::kTraditionalChinese;
  if (has({"cn", "sg", "my"})) return Language::kSimplifiedChinese;
  return std::nullopt;
}

Fit FitOf(const std::vector<std::string>& subtags, Language language) {
  if (subtags[0] == "*") return Fit::kAny;
  if (subtags[0] == "en" && language == Language::kEnglish) return subtags.size() == 1 ? Fit::kItself : Fit::kRelative;
  if (subtags[0] != "zh" || language == Language::kEnglish) return Fit::kNot;
  const std::optional<Language> written = WrittenIn(subtags);
  if (!written) return Fit::kFamily;
  if (*written != language) return Fit::kNot;
  const bool own = absl::StartsWith(subtags.back(), "han") || subtags.back() == (language == Language::kTraditionalChinese ? "tw" : "cn");
  return own ? Fit::kItself : Fit::kRelative;
}

struct Wish {
  double quality = 0;  // 0: not wanted
  size_t place = 0;    // in the list
};

// What means the language most closely decides, and of several such ranges the best. Who declines zh-HK has not declined zh-TW.
Wish WishFor(Language language, const std::vector<Range>& ranges) {
  Wish wish;
  Fit closest = Fit::kNot;
  for (size_t i = 0; i < ranges.size(); ++i) {
    const Fit fit = FitOf(ranges[i].subtags, language);
    if (fit == Fit::kItself && ranges[i].quality == 0) return {};
    if (fit == Fit::kNot || (fit == Fit::kRelative && ranges[i].quality == 0)) continue;
    const Fit close = std::min(fit, Fit::kRelative);
    if (close > closest || (close == closest && ranges[i].quality > wish.quality)) wish = {ranges[i].quality, i};
    closest = std::max(closest, close);
  }
  return wish;
}

}  // namespace

Language ParseLanguage(const std::string& accept_language) {
  std::vector<Range> ranges;
  for (const absl::string_view part : absl::StrSplit(accept_language, ',', absl::SkipWhitespace())) {
    if (ranges.size() == kMostRanges) break;
    if (std::optional<Range> range = ParseRange(part)) ranges.push_back(*std::move(range));
  }
  Language best = Language::kEnglish;
  Wish most;
  for (const Language language : {Language::kEnglish, Language::kTraditionalChinese, Language::kSimplifiedChinese}) {
    const Wish wish = WishFor(language, ranges);
    if (wish.quality > most.quality || (wish.quality == most.quality && wish.quality > 0 && wish.place < most.place)) {
      best = language;
      most = wish;
    }
  }
  return best;
}

}  // namespace heitie::status
