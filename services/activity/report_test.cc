#include "services/activity/report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/testing/fixture.h"

namespace heitie::activity {
namespace {

using ::testing::HasSubstr;
using testing::Proto;

v1::Report Written() {
  return Proto<v1::Report>(R"pb(
    summary: "It went well."
    problems: "Queue at the door"
    improvements: "Two doors"
    creator: "employees/li"
    language_code: "en"
    snapshot {
      time { seconds: 1767312060 }
      activity {
        name: "activities/a"
        title: "Spring | <b>sale</b>"
        project: "projects/p"
        scheme: "projects/p/schemes/s"
        owner: "employees/li"
        start_time { seconds: 1767225600 }
        end_time { seconds: 1767312000 }
        time_zone: "Asia/Taipei"
        launch_time { seconds: 1767225660 }
        close_time { seconds: 1767312000 }
      }
      results {
        target { measure: MEASURE_CLICK_THROUGH_RATE target: 0.04 }
        actual: 0.05
        attainment: 1.25
        attained: true
      }
      results {
        target { measure: MEASURE_COST target: 50000 }
        actual: 60000
        attainment: 1.2
        attained: false
      }
      results { target { measure: MEASURE_CONVERSION_RATE target: 0.1 } }
      counters { participants: 80 impressions: 1000 clicks: 50 conversions: 10 converters: 9 click_through_rate: 0.05 }
      costs { currency_code: "TWD" planned_minor: 50000 actual_minor: 60000 committed_minor: 5 }
      materials { item: "items/gift" planned_quantity: 10 issued_quantity: 8 returned_quantity: 1 }
      sources { subject: "encumbrances/e" version: "4" statement: "SETTLED" }
    })pb");
}

TEST(WriteMarkdown, SaysEverything) {
  const std::string text = WriteMarkdown(Written());
  for (const char* part : {
           "# Activity report: Spring \\| \\<b\\>sale\\</b\\>\n",
           "| Planned | 2026-01-01 08:00 +08:00 – 2026-01-02 08:00 +08:00 |",
           "| Live | 2026-01-01 08:01 +08:00 – 2026-01-02 08:00 +08:00 |",
           "## Summary\n\nIt went well.\n",
           "| Click-through rate | 4.00 % | 5.00 % | 125.00 % | yes |",
           "| Cost | 500.00 TWD | 600.00 TWD | 120.00 % | no |",
           "| Conversion rate | 10.00 % | undefined | undefined | no |",
           "| Participants | 80 |",
           "| 500.00 TWD | 600.00 TWD | 0.05 TWD |",
           "| items/gift | 10 | 8 | 1 |",
           "## Problems\n\n- Queue at the door\n",
           "## Improvements\n\n- Two doors\n",
           "| encumbrances/e | 4 | SETTLED |",
       }) {
    EXPECT_THAT(text, HasSubstr(part));
  }
}

TEST(WriteMarkdown, IsTheSameForTheSameReport) { EXPECT_EQ(WriteMarkdown(Written()), WriteMarkdown(Written())); }

TEST(WriteMarkdown, SpeaksTheLanguageOfTheReport) {
  v1::Report report = Written();
  report.set_language_code("zh-TW");
  EXPECT_THAT(WriteMarkdown(report), HasSubstr("# 活動總結: "));
  report.set_language_code("zh-CN");
  EXPECT_THAT(WriteMarkdown(report), HasSubstr("## 改进措施\n"));
}

TEST(WriteMarkdown, SaysWhenThereIsNothing) {
  v1::Report report = Written();
  report.clear_problems();
  report.mutable_snapshot()->clear_results();
  report.mutable_snapshot()->clear_materials();
  const std::string text = WriteMarkdown(report);
  EXPECT_THAT(text, HasSubstr("## Problems\n\nNone.\n"));
  EXPECT_THAT(text, HasSubstr("## Targets and results\n\nNone.\n"));
  EXPECT_THAT(text, HasSubstr("## Materials\n\nNone.\n"));
}

TEST(Money, FollowsIso4217) {
  EXPECT_EQ(Money(123450, "TWD"), "1234.50 TWD");
  EXPECT_EQ(Money(5, "USD"), "0.05 USD");
  EXPECT_EQ(Money(-5, "USD"), "-0.05 USD");
  EXPECT_EQ(Money(-12345, "USD"), "-123.45 USD");
  EXPECT_EQ(Money(1234, "JPY"), "1234 JPY");
  EXPECT_EQ(Money(1234, "KWD"), "1.234 KWD");
  EXPECT_EQ(Money(1234, ""), "1234");
}

}  // namespace
}  // namespace heitie::activity
