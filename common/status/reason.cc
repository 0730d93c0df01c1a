#include "common/status/reason.h"

#include <algorithm>
#include <atomic>
#include <cstring>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "common/status/simplified.h"
#include "common/status/terms.h"
#include "common/text/figure.h"

namespace heitie::status {
namespace {

// Initialised before any constructor runs, whatever the order of the files.
constinit std::atomic<const Phrase*> last_phrase = nullptr;
constinit std::atomic<const Reason*> last_reason = nullptr;

bool IsAscii(const char* text) {
  return std::all_of(text, text + std::strlen(text), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

const char* Simplify(const char* zh_tw) {
  const Simplified* const end = kSimplified + kSimplifiedCount;
  const Simplified* const found = std::lower_bound(
      kSimplified, end, zh_tw, [](const Simplified& entry, const char* text) { return std::strcmp(entry.zh_tw, text) < 0; });
  if (found != end && std::strcmp(found->zh_tw, zh_tw) == 0) return found->zh_cn;
  return IsAscii(zh_tw) ? zh_tw : nullptr;
}

std::string CurrencyIn(const Args& args) {
  for (const Arg& arg : args) {
    if (arg.name == "currency") return arg.value;
  }
  return "";
}

// What is no integer stays as it is.
std::string AsCount(const std::string& text) {
  int64_t count;
  return absl::SimpleAtoi(text, &count) ? text::Count(count) : text;
}

std::string AsMoney(const std::string& minor, const std::string& currency) {
  int64_t amount;
  return absl::SimpleAtoi(minor, &amount) ? text::Money(amount, currency) : minor;
}

std::string AsList(const std::string& list, Language language) {
  if (language == Language::kEnglish) return list;
  std::string out;
  bool quoted = false;
  for (size_t i = 0; i < list.size(); ++i) {
    quoted ^= list[i] == '"';
    if (!quoted && list.compare(i, 2, ", ") == 0) {
      out += "、";
      ++i;
    } else {
      out += list[i];
    }
  }
  return out;
}

// Static texts of functions may come while another thread reads.
template <typename T>
void Push(std::atomic<const T*>& last, const T* added, const T*& next) {
  next = last.load();
  while (!last.compare_exchange_weak(next, added)) {
  }
}

}  // namespace

Phrase::Phrase(const char* english, const char* chinese) : en(english), zh_tw(chinese), zh_cn(Simplify(chinese)) {
  Push<Phrase>(last_phrase, this, next_);
}

const char* Phrase::In(Language language) const {
  switch (language) {
    case Language::kTraditionalChinese:
      return zh_tw;
    case Language::kSimplifiedChinese:
      return zh_cn == nullptr ? zh_tw : zh_cn;
    case Language::kEnglish:
      break;
  }
  return en;
}

Reason::Reason(absl::StatusCode c, const char* i, const char* english, const char* chinese) : Phrase(english, chinese), code(c), id(i) {
  Push<Reason>(last_reason, this, next_);
}

const Reason* FindReason(absl::string_view id) {
  for (const Reason* reason = last_reason; reason != nullptr; reason = reason->next_) {
    if (id == reason->id) return reason;
  }
  return nullptr;
}

std::vector<const Reason*> AllReasons() {
  std::vector<const Reason*> all;
  for (const Reason* reason = last_reason; reason != nullptr; reason = reason->next_) all.push_back(reason);
  return all;
}

std::vector<const Phrase*> AllPhrases() {
  std::vector<const Phrase*> all;
  for (const Phrase* phrase = last_phrase; phrase != nullptr; phrase = phrase->next_) all.push_back(phrase);
  return all;
}

const std::string& Words::In(Language language) const {
  return language == Language::kEnglish ? en : language == Language::kTraditionalChinese ? zh_tw : zh_cn;
}

const std::string& Arg::In(Language language) const {
  const std::string& chinese = language == Language::kTraditionalChinese ? zh_tw : zh_cn;
  return language == Language::kEnglish || chinese.empty() ? value : chinese;
}

std::string Sentence(const Phrase& phrase, const Args& args, Language language) {
  const std::string currency = CurrencyIn(args);
  std::vector<std::pair<std::string, std::string>> replacements;
  replacements.reserve(4 * args.size());
  for (const Arg& arg : args) {
    if (language != Language::kEnglish && arg.zh_tw.empty() && NamesTerms(arg.name)) {
      if (const std::string terms = TermsOf(arg.value, language); !terms.empty()) {
        for (const char* form : {"{", " {"}) {
          for (const char* end : {"}", "} ", ":list}", ":list} "}) replacements.emplace_back(absl::StrCat(form, arg.name, end), terms);
        }
        continue;
      }
    }
    replacements.emplace_back(absl::StrCat("{", arg.name, "}"), arg.In(language));
    replacements.emplace_back(absl::StrCat("{", arg.name, ":count}"), AsCount(arg.value));
    replacements.emplace_back(absl::StrCat("{", arg.name, ":list}"), AsList(arg.In(language), language));
    replacements.emplace_back(absl::StrCat("{", arg.name, ":money}"), AsMoney(arg.value, currency));
  }
  return absl::StrReplaceAll(phrase.In(language), replacements);
}

Words Say(const Phrase& phrase, const Args& args) {
  return {Sentence(phrase, args, Language::kEnglish), Sentence(phrase, args, Language::kTraditionalChinese),
          Sentence(phrase, args, Language::kSimplifiedChinese)};
}

Words List(const std::vector<Words>& items) {
  Words list;
  for (const Words& item : items) {
    if (!list.en.empty()) list = {list.en + ", ", list.zh_tw + "、", list.zh_cn + "、"};
    list = {list.en + item.en, list.zh_tw + item.zh_tw, list.zh_cn + item.zh_cn};
  }
  return list;
}

}  // namespace heitie::status
