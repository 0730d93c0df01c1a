// What every reason and phrase of the suite owes its readers, whichever service has it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/status/status.h"
#include "re2/re2.h"
#include "tests/contract/prose.h"

namespace heitie::contract {
namespace {

using status::Language;
using status::Phrase;
using status::Reason;

constexpr Language kLanguages[] = {Language::kEnglish, Language::kTraditionalChinese, Language::kSimplifiedChinese};

// "{name}", "{name:count}" …, each as often as it stands there.
std::multiset<std::string> PlaceholdersOf(const std::string& text) {
  static const re2::RE2 kPlaceholder("(\\{[a-z_]+(?::[a-z]+)?\\})");
  std::multiset<std::string> found;
  re2::StringPiece rest(text);
  std::string one;
  while (re2::RE2::FindAndConsume(&rest, kPlaceholder, &one)) found.insert(one);
  return found;
}

// Arguments for all of a phrase's placeholders: figures where figures are due, words elsewhere.
status::Args ProbesFor(const Phrase& phrase) {
  std::map<std::string, bool> figures;
  for (const std::string& placeholder : PlaceholdersOf(phrase.en)) {
    const std::string inner = placeholder.substr(1, placeholder.size() - 2);
    const size_t colon = inner.find(':');
    const bool figure = absl::EndsWith(inner, ":count") || absl::EndsWith(inner, ":money");
    figures[inner.substr(0, colon)] |= figure;
  }
  status::Args args = {{"currency", "TWD"}};
  for (const auto& [name, figure] : figures) {
    if (name == "currency") continue;
    figure ? args.emplace_back(name, 1234567) : args.emplace_back(name, status::Words{"english probe", "探針", "探针"});
  }
  return args;
}

TEST(ReasonTest, IdsAreUnique) {
  std::map<std::string, std::string> seen;
  static const re2::RE2 kId("[A-Z][A-Z0-9]*(_[A-Z0-9]+)*");
  for (const Reason* reason : status::AllReasons()) {
    EXPECT_TRUE(re2::RE2::FullMatch(reason->id, kId)) << reason->id;
    EXPECT_NE(reason->code, absl::StatusCode::kOk) << reason->id;
    const auto [it, added] = seen.emplace(reason->id, reason->en);
    EXPECT_TRUE(added) << reason->id << ": \"" << it->second << "\" and \"" << reason->en << "\"";
    EXPECT_EQ(status::FindReason(reason->id)->id, std::string(reason->id));
  }
  EXPECT_GT(seen.size(), 150u);
}

TEST(ReasonTest, EveryLanguageSaysTheSame) {
  for (const Phrase* phrase : status::AllPhrases()) {
    ASSERT_NE(phrase->zh_cn, nullptr) << "the build made no Simplified Chinese of \"" << phrase->zh_tw << "\" (" << phrase->en << ")";
    for (const Language language : kLanguages) {
      EXPECT_STRNE(phrase->In(language), "") << phrase->en << phrase->zh_tw;
      EXPECT_EQ(PlaceholdersOf(phrase->In(language)), PlaceholdersOf(phrase->en)) << phrase->In(language);
    }
  }
}

TEST(ReasonTest, ChineseSentencesHoldNoEnglishProse) {
  for (const Phrase* phrase : status::AllPhrases()) {
    const status::Args probes = ProbesFor(*phrase);
    for (const Language language : kLanguages) {
      const std::string sentence = Sentence(*phrase, probes, language);
      EXPECT_TRUE(PlaceholdersOf(sentence).empty()) << sentence;
      if (language != Language::kEnglish) {
        EXPECT_EQ(ProseIn(sentence), "") << sentence;
      }
    }
  }
  EXPECT_EQ(ProseIn("值必須為 a resource name。"), "a resource") << "the test sees prose";
  EXPECT_EQ(ProseIn("如 state = STATE_LIVE；page_size；items/a b"), "") << "the test takes names for names";
}

// One spelling, and no definition that a test does not see: what the sources define is what the process has.
TEST(ReasonTest, AllThatSourcesDefineAreHere) {
  static const re2::RE2 kAny("\\bReason\\s+(k\\w+)\\s*\\{");
  static const re2::RE2 kSpelled("(?m)^\\s*(?:static )?const status::Reason (k\\w+)\\{\\s*[\\w:]+,\\s*\"(\\w+)\",");
  std::set<std::string> ids;
  for (const char* folder : {"common", "services"}) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(std::string(HEITIE_SOURCE_DIR "/") + folder)) {
      const std::string path = entry.path();
      const bool source = absl::EndsWith(path, ".cc") || absl::EndsWith(path, ".h");
      if (!source || absl::EndsWith(path, "_test.cc") || absl::StrContains(path, "fake_")) continue;
      std::ifstream in(path);
      std::stringstream buffer;
      buffer << in.rdbuf();
      std::string text = buffer.str();
      re2::RE2::GlobalReplace(&text, "//[^\n]*", "");
      std::string name, id;
      std::multiset<std::string> defined, spelled;
      re2::StringPiece rest(text);
      while (re2::RE2::FindAndConsume(&rest, kAny, &name)) defined.insert(name);
      rest = text;
      while (re2::RE2::FindAndConsume(&rest, kSpelled, &name, &id)) {
        spelled.insert(name);
        EXPECT_TRUE(absl::EndsWith(path, ".cc")) << path << " defines " << name << ": headers declare";
        EXPECT_NE(status::FindReason(id), nullptr) << path << ": " << id;
        ids.insert(id);
      }
      EXPECT_EQ(defined, spelled) << path;
    }
  }
  EXPECT_GT(ids.size(), 150u);
}

}  // namespace
}  // namespace heitie::contract
