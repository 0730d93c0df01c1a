// Texts for people. They are written in English and in Traditional Chinese; the build makes the Simplified Chinese of the latter
// (common/status/simplify).
//
// A reason is a constant beside the rule it reports, and spelled in one way:
//
//   const status::Reason kStockShort{absl::StatusCode::kFailedPrecondition, "STOCK_SHORT",
//                                    "{item}: {available} are available, {asked} were asked for.", "{item}：可用 {available}，請求
//                                    {asked}。"};
//
// where others report it too, their header has `extern const status::Reason kStockShort;`. Every text registers itself before main()
// begins, without allocating, so that reasons are found by their ids and tests see them all. Texts therefore live as long as the process:
// they are constants of a namespace or static ones of a function.
// Thread safety: everything here may be called by several threads.
#ifndef HEITIE_COMMON_STATUS_REASON_H_
#define HEITIE_COMMON_STATUS_REASON_H_

#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace heitie::status {

enum class Language { kEnglish, kTraditionalChinese, kSimplifiedChinese };

// "en", "zh-TW" or "zh-CN".
const char* LanguageTag(Language language);

// A sentence, or what is put into one. `{name}` is replaced by the argument of that name as it is; `{name:count}` is an integer written
// with thousands separators; `{name:list}` a list of names, joined by ", " in the argument and as the language does it in the sentence
// (what stands in double quotes stays together); and `{name:money}` money: the argument is an integer of minor units of the currency (ISO
// 4217) that the argument `currency` names.
class Phrase {
 public:
  Phrase(const char* en, const char* zh_tw);
  Phrase(const Phrase&) = delete;
  Phrase& operator=(const Phrase&) = delete;

  const char* In(Language language) const;

  const char* const en;
  const char* const zh_tw;
  // nullptr when the build did not see zh_tw, which happens to texts of tests; then zh_tw serves.
  const char* const zh_cn;

 private:
  friend std::vector<const Phrase*> AllPhrases();
  const Phrase* next_;
};

// Why something is refused. The id is stable, SCREAMING_SNAKE_CASE, unique in the suite and never renamed.
class Reason : public Phrase {
 public:
  Reason(absl::StatusCode code, const char* id, const char* en, const char* zh_tw);

  const absl::StatusCode code;
  const char* const id;

 private:
  friend std::vector<const Reason*> AllReasons();
  friend const Reason* FindReason(absl::string_view id);
  const Reason* next_;
};

// nullptr when this process has no such reason. Linear in their number: for errors and tests.
const Reason* FindReason(absl::string_view id);
// Those of this process, in no particular order.
std::vector<const Reason*> AllReasons();
// Reasons included.
std::vector<const Phrase*> AllPhrases();

// What reads differently in each language.
struct Words {
  std::string en;
  std::string zh_tw;
  std::string zh_cn;

  const std::string& In(Language language) const;
};

// What replaces `{name}`: a name, a figure or a machine value, which are the same in every language, or words. English prose is none of
// these: it must be a phrase.
struct Arg {
  std::string name;
  // As it goes into ErrorInfo: in English where the languages differ.
  std::string value;
  // Both empty when it is the same in every language.
  std::string zh_tw;
  std::string zh_cn;

  Arg(std::string n, std::string v) : name(std::move(n)), value(std::move(v)) {}
  Arg(std::string n, const char* v) : name(std::move(n)), value(v) {}
  Arg(std::string n, Words words)
      : name(std::move(n)), value(std::move(words.en)), zh_tw(std::move(words.zh_tw)), zh_cn(std::move(words.zh_cn)) {}
  Arg(std::string n, const Phrase& phrase)
      : name(std::move(n)), value(phrase.en), zh_tw(phrase.zh_tw), zh_cn(phrase.In(Language::kSimplifiedChinese)) {}
  template <typename T, typename = std::enable_if_t<std::is_arithmetic_v<T>>>
  Arg(std::string n, T v) : name(std::move(n)), value(std::to_string(v)) {}

  const std::string& In(Language language) const;
};
using Args = std::vector<Arg>;

// The phrase in `language`.
std::string Sentence(const Phrase& phrase, const Args& args, Language language);
// The phrase in every language, to be put into another one.
Words Say(const Phrase& phrase, const Args& args = {});
// "a, b", "a、b".
Words List(const std::vector<Words>& items);
// The message of an error in the languages that it has: all of them when it was made here, one besides English when it came from another
// service.
Words Say(const absl::Status& status);

}  // namespace heitie::status

#endif  // HEITIE_COMMON_STATUS_REASON_H_
