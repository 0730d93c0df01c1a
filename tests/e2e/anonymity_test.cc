// Who reads all logs of an anonymous survey finds that somebody has answered, and nothing of what (P1). The tables are read by
// services/planning/survey/survey_test.cc.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/substitute.h"
#include "heitie/planning/v1/survey_result.pb.h"
#include "nlohmann/json.hpp"
#include "tests/e2e/suite.h"
#include "tests/e2e/world.h"

namespace heitie::e2e {
namespace {

using Json = nlohmann::json;

std::vector<std::string> LinesOf(const std::string& service) {
  std::vector<std::string> lines;
  std::ifstream file(Suite::Get().Path(service + ".log"));
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

// Of a size one could tell what was answered, and of whatever else is there in words.
TEST(MonthStory, LogsOfAnAnonymousSurveyTellNobodysAnswer) {
  const Team team(Suite::Get().grpc());
  team.specialist.Do(
      "planning.CreateSurvey",
      "survey_id: 'silent' survey { title: 'Silent' owner: 'employees/specialist' anonymous: true for_employees: true questions { "
      "question_id: 'why' text: 'Why?' kind: KIND_TEXT } questions { question_id: 'nps' text: '?' kind: KIND_NPS } }");
  team.specialist.Do("planning.PublishSurvey", "name: 'surveys/silent'");
  team.specialist.Do("planning.OpenSurvey", "name: 'surveys/silent'");
  constexpr int kPeople = 6;
  for (int i = 0; i < kPeople; ++i) {
    const Person person =
        team.technician.As(Suite::Get().Token(absl::StrCat("--role DEPARTMENT --department technology --name employees/quiet-", i)));
    person.Do("planning.AnswerSurvey",
              absl::Substitute(
                  "name: 'surveys/silent' version: 1 request_id: 'whisper-$0' answers { question: 'why' text: 'the secret of $0$1' } "
                  "answers { question: 'nps' number: $0 }",
                  i, std::string(static_cast<size_t>(100 * i), 'x')));
    EXPECT_FALSE(person.Try("planning.AnswerSurvey", "name: 'surveys/silent' version: 1 answers { question: 'nps' number: 0 }").ok());
  }
  EXPECT_EQ(team.analyst.Do<planning::v1::SurveyTally>("planning.TallySurvey", "name: 'surveys/silent'").counted(), kPeople);
  const auto told = [] {
    int lines = 0;
    for (const std::string service : {"gateway", "planning"}) {
      for (const std::string& line : LinesOf(service)) lines += absl::StrContains(line, "employees/quiet-") ? 1 : 0;
    }
    return lines;
  };
  ASSERT_TRUE(Eventually([&] { return told() >= 2 * 2 * kPeople; })) << told();
  std::set<std::string> traces;
  for (const std::string service : {"gateway", "planning"}) {
    for (const std::string& line : LinesOf(service)) {
      EXPECT_FALSE(absl::StrContains(line, "the secret of")) << service << ": " << line;
      EXPECT_FALSE(absl::StrContains(line, "whisper-")) << service << ": " << line;
      if (!absl::StrContains(line, "employees/quiet-")) continue;
      const Json fields = Json::parse(line);
      EXPECT_EQ(fields["request_bytes"], 0) << service << ": " << line;
      EXPECT_EQ(fields["response_bytes"], 0) << service << ": " << line;
      traces.insert(fields["trace_id"]);
      for (const auto& [field, value] : fields.items()) {
        static const std::set<std::string> kKnown = {"time",    "severity", "service",     "version",       "pod",
                                                     "message", "method",   "principal",   "trace_id",      "transport",
                                                     "code",    "reason",   "duration_ms", "request_bytes", "response_bytes"};
        EXPECT_EQ(kKnown.count(field), 1u) << service << ": " << field << " of " << line;
      }
    }
  }
  // Nothing else is written on the way of an answer.
  for (const std::string service : {"gateway", "planning"}) {
    for (const std::string& line : LinesOf(service)) {
      const Json fields = Json::parse(line, nullptr, /*allow_exceptions=*/false);
      if (!fields.is_object() || !fields.contains("trace_id") || traces.count(fields["trace_id"]) == 0) continue;
      EXPECT_EQ(fields["message"], "request") << service << ": " << line;
    }
  }
}

}  // namespace
}  // namespace heitie::e2e
