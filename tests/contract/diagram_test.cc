// The state diagrams in the READMEs of the services are those that the code enforces. HEITIE_DRAW=1 in the environment draws them anew.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/record/state_machine.h"
#include "common/status/terms.h"
#include "tests/contract/suite.h"

namespace heitie::contract {
namespace {

constexpr char kBegin[] = "<!-- machines: tests/contract/diagram_test.cc -->\n", kEnd[] = "<!-- end of machines -->\n";

std::string ReadmeOf(const std::string& service) { return absl::StrCat(HEITIE_SOURCE_DIR, "/services/", service, "/README.md"); }

std::string Read(const std::string& file) {
  std::ifstream in(file);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

void Draw(const std::string& file, const std::string& drawings) {
  std::string text = Read(file);
  const size_t begin = text.find(kBegin), end = text.find(kEnd);
  ASSERT_NE(begin, std::string::npos) << file << " has no " << kBegin;
  text.replace(begin, end - begin, absl::StrCat(kBegin, drawings));
  std::ofstream(file) << text;
}

TEST(DiagramTest, EveryMachineIsDrawnInTheReadmeOfItsService) {
  const Suite suite;  // Its services have all kinds.
  std::map<std::string, std::string> drawings;
  for (const auto& [type, machine] : record::Machines()) {
    // "risk.heitie/Risk"
    const std::vector<std::string> parts = absl::StrSplit(type, absl::ByAnyChar("./"));
    ASSERT_EQ(parts.size(), 3u) << type;
    absl::StrAppend(&drawings[parts[0]], "\n### ", parts[2], "\n\n```mermaid\n", machine->Diagram(), "```\n");
  }
  EXPECT_GE(record::Machines().size(), 14u);
  for (const auto& [service, drawing] : drawings) {
    if (std::getenv("HEITIE_DRAW") != nullptr) Draw(ReadmeOf(service), drawing);
    const bool drawn = Read(ReadmeOf(service)).find(absl::StrCat(kBegin, drawing, kEnd)) != std::string::npos;
    EXPECT_TRUE(drawn) << ReadmeOf(service) << " shows other machines; HEITIE_DRAW=1 tests/run DiagramTest draws them";
  }
}

// What a refused transition says in Chinese has no identifiers.
TEST(DiagramTest, EveryStateAndVerbHasWords) {
  const Suite suite;
  for (const auto& [type, machine] : record::Machines()) {
    for (int i = 0; i < machine->states().value_count(); ++i) {
      const auto& state = *machine->states().value(i);
      if (state.number() == 0) continue;
      EXPECT_NE(status::TermOf(state.name(), status::Language::kTraditionalChinese), "") << type << " " << state.name();
      for (const std::string& verb : machine->AllowedVerbs(state.number())) {
        EXPECT_NE(status::TermOf(record::CallName(verb), status::Language::kTraditionalChinese), "") << type << " " << verb;
      }
    }
  }
}

}  // namespace
}  // namespace heitie::contract
