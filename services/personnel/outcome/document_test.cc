#include "services/personnel/outcome/document.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/test/fixture.h"

namespace heitie::personnel {
namespace {

using status::Language;
using test::Proto;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

// Words that would be markup, HTML, a link or a table cell if they were not escaped.
constexpr char kHostile[] =
    "<img src=x onerror=alert(1)> **bold** [x](javascript:alert(1)) | cell\\n\\n# heading\\n\\n    code\\n1. item <b>";

SheetFacts Facts() {
  SheetFacts facts;
  facts.cycle = Proto<v1::AppraisalCycle>("department: 'a | b <i>' period: PERIOD_YEAR month { year: 2025 month: 1 day: 1 }");
  facts.sheet = Proto<v1::Appraisal>(std::string("employee: 'employees/li' outcome: OUTCOME_SCORED points: 8148 adjusted_points: 8225 "
                                                 "grade: 'B' score_grade: 'A' present_days: 240 summary { text: '") +
                                     kHostile +
                                     "' } months { month { year: 2025 month: 1 day: 1 } points: 8773 } months { month { year: 2025 month: "
                                     "2 day: 1 } cause: CAUSE_ON_LEAVE } spans { position: 'positions/host' }");
  facts.parts.push_back(Proto<v1::AppraisalPart>(
      std::string(
          "name: 'p/1' rater: 'employees/boss' scheme: 'positions/host/appraisalSchemes/one' start_date { year: 2025 month: 1 day: "
          "1 } end_date { year: 2025 month: 12 day: 31 } adjustment: -203 ratings { indicator: 'care' points: 7500 words { text: '") +
      kHostile + "' } } figures { indicator: 'buyers' numerator: '2339' denominator: '1' }"));
  facts.schemes["positions/host/appraisalSchemes/one"] = Proto<v1::AppraisalScheme>(
      "indicators { id: 'buyers' title: 'Buyers | all' weight: 6000 } indicators { id: 'care' title: '<u>Care</u>' weight: 4000 }");
  return facts;
}

TEST(Document, TellsASheetWithItsParts) {
  const Document document = SheetDocument(Facts(), {{"employees/li", "李明"}, {"positions/host", "Host"}}, Language::kEnglish);
  EXPECT_EQ(document.title, "Appraisal of 李明, 2025");
  const std::string html = Rendered(document, Language::kEnglish).content();
  EXPECT_THAT(html, AllOf(HasSubstr("<td>81.48</td>"), HasSubstr("<td>82.25</td>"), HasSubstr("<td>87.73</td>"),
                          HasSubstr("<td>too little present for a score</td>"), HasSubstr("<td>2339</td>"), HasSubstr("<td>75.00</td>"),
                          HasSubstr("<td>-203</td>"), HasSubstr("<th>employees/boss</th>"), HasSubstr("Host, 2025-01-01 to 2025-12-31")));
}

TEST(Document, HoldsWordsOfPeopleAsText) {
  const Called hostile = {{"employees/li", kHostile}, {"positions/host", kHostile}, {"employees/boss", kHostile}};
  const v1::PerformanceInterview interview = Proto<v1::PerformanceInterview>(
      std::string("employee: 'employees/li' interviewer: 'employees/boss' reason: '") + kHostile + "' record: '" + kHostile + "'");
  v1::Outcome certificate = Proto<v1::Outcome>(std::string("employee: 'employees/li' grade: '<s>' certificate_text: '") + kHostile + "'");
  v1::OutcomeRelease release = Proto<v1::OutcomeRelease>("department: '<em>' period: PERIOD_MONTH month { year: 2025 month: 6 day: 1 }");
  for (const Language language : {Language::kEnglish, Language::kTraditionalChinese, Language::kSimplifiedChinese}) {
    for (const Document& document : {SheetDocument(Facts(), hostile, language), InterviewDocument(interview, hostile, language),
                                     CertificateDocument(certificate, release, absl::CivilDay(2026, 1, 2), hostile, language)}) {
      const v1::RenderedDocument rendered = Rendered(document, language);
      EXPECT_THAT(rendered.content(), AllOf(HasSubstr("&lt;img src=x onerror=alert(1)&gt;"), Not(HasSubstr("<img")), Not(HasSubstr("<a ")),
                                            Not(HasSubstr("<strong>bold")), Not(HasSubstr("<pre>")), Not(HasSubstr("<ol>")),
                                            Not(HasSubstr("<b>")), Not(HasSubstr("<s>")), Not(HasSubstr("<em>")), Not(HasSubstr("<u>"))))
          << document.markdown;
      EXPECT_EQ(rendered.content(), Rendered(document, language).content());
      EXPECT_EQ(rendered.digest().size(), 64u);
    }
  }
}

TEST(Document, IsInTheLanguageOfItsReader) {
  const auto page = [](Language language) { return Rendered(SheetDocument(Facts(), {}, language), language); };
  EXPECT_THAT(page(Language::kTraditionalChinese).content(), AllOf(HasSubstr("2025 績效考核表：employees/li"), HasSubstr("考核人評語")));
  EXPECT_THAT(page(Language::kSimplifiedChinese).content(), HasSubstr("2025 绩效考核表：employees/li"));
  EXPECT_EQ(page(Language::kSimplifiedChinese).language_code(), "zh-CN");
  EXPECT_NE(page(Language::kEnglish).digest(), page(Language::kTraditionalChinese).digest());
}

}  // namespace
}  // namespace heitie::personnel
