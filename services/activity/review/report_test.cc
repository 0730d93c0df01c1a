#include "services/activity/review/report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/test/fixture.h"
#include "heitie/activity/v1/activity.pb.h"
#include "heitie/activity/v1/report.pb.h"

namespace heitie::activity {
namespace {

using test::Proto;
using ::testing::HasSubstr;
using ::testing::Not;

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
      results {
        target { measure: MEASURE_METRIC metric: "metricDefinitions/revenue" target: 4000000 }
        actual: 4123450
        attainment: 1.0308625
        attained: true
      }
      results {
        target { measure: MEASURE_METRIC metric: "metricDefinitions/wait" target: 1500 direction: DIRECTION_AT_MOST }
        actual: 1234.5
        attainment: 0.823
        attained: true
      }
      metrics { metric: "metricDefinitions/revenue" display_name: "Revenue" unit: "TWD" currency_code: "TWD" value: 4123450 count: 31 }
      metrics { metric: "metricDefinitions/wait" display_name: "Waiting time" unit: "ms" value: 1234.5 count: 9 }
      names { name: "projects/p" display_name: "Spring plan" }
      names { name: "projects/p/schemes/s" display_name: "Two shows" }
      names { name: "employees/li" display_name: "李明" }
      counters {
        participants: 80
        impressions: 1000
        clicks: 50
        conversions: 10
        converters: 9
        converters_outside_denominator: 2
        click_through_rate: 0.05
      }
      costs { currency_code: "TWD" planned_minor: 50000 actual_minor: 60000 committed_minor: 5 }
      materials { item: "items/gift" display_name: "Gift box" unit: "box" planned_quantity: 10 issued_quantity: 8 returned_quantity: 1 }
      sources { subject: "encumbrances/e" version: "4" statement: "TWD 1.00 spent" }
    })pb");
}

TEST(WriteMarkdown, SaysEverything) {
  const std::string text = WriteMarkdown(Written());
  for (const char* part : {
           "# Activity report: Spring \\| \\<b\\>sale\\</b\\>\n",
           "| Planned | 2026-01-01 08:00 +08:00 – 2026-01-02 08:00 +08:00 |",
           "| Live | 2026-01-01 08:01 +08:00 – 2026-01-02 08:00 +08:00 |",
           "## Summary\n\nIt went well.\n",
           "| Project | Spring plan (projects/p) |",
           "| Scheme | Two shows (projects/p/schemes/s) |",
           "| Owner | 李明 (employees/li) |",
           "| Written by | 李明 (employees/li) |",
           "| Click-through rate | ≥ 4.00 % | 5.00 % | 125.00 % | yes |",
           "| Cost | ≤ TWD 500.00 | TWD 600.00 | 120.00 % | no |",
           "| Conversion rate | ≥ 10.00 % | no data | no data | no |",
           "| Revenue | ≥ TWD 40,000.00 | TWD 41,234.50 | 103.09 % | yes |",
           "| Waiting time | ≤ 1,500 ms | 1,234.5 ms | 82.30 % | yes |",
           "| Participants | 80 |",
           "| Impressions | 1,000 |",
           "| Converters | 9 |",
           "| Converters outside the denominator | 2 |",
           "| TWD 500.00 | TWD 600.00 | TWD 0.05 |",
           "| Gift box | box | 10 | 8 | 1 |",
           "## Problems\n\n- Queue at the door\n",
           "## Improvements\n\n- Two doors\n",
           "| encumbrances/e | 4 | TWD 1.00 spent |",
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

TEST(WriteMarkdown, TellsForecastsAndTheCourseWhereTheyAreKnown) {
  v1::Report report = Written();
  const std::string without = WriteMarkdown(report);
  for (const char* heading : {"## Forecast", "## Incidents", "## Adjustments", "## Answered", "## Pages"}) {
    EXPECT_THAT(without, Not(HasSubstr(heading)));
  }
  report.mutable_snapshot()->MergeFrom(Proto<v1::ReportSnapshot>(R"pb(
    forecasts { kind: KIND_TARGET measure: MEASURE_PARTICIPANTS forecast: 4000 actual: 5200 error: 0.3 ratio: 1.3 source: "activities/a" }
    forecasts { kind: KIND_TARGET measure: MEASURE_CONVERSION_RATE forecast: 0.1 source: "activities/a" }
    forecasts { kind: KIND_COST forecast: 50000 actual: 40000 error: -0.2 ratio: 0.8 currency_code: "TWD" source: "activities/a" }
    forecasts {
      kind: KIND_BENEFIT
      metric: "metricDefinitions/revenue"
      forecast: 4000000
      actual: 4123450
      error: 0.0308625
      ratio: 1.0308625
      currency_code: "TWD"
      source: "projects/p/schemes/s"
    }
    incidents {
      title: "Too many errors"
      state: "CLOSED"
      start_time { seconds: 1767229200 }
      end_time { seconds: 1767232800 }
      pause_time { seconds: 1767229200 }
      outcome: "Repaired"
    }
    adjustments {
      title: "Shorter form"
      hypothesis: "Fewer fields"
      state: STATE_ADOPTED
      apply_time { seconds: 1767229200 }
      conclusion: CONCLUSION_BETTER
      strength: STRENGTH_WEAK
      effect: 3.5
      confounded: true
    }
    adjustments { title: "Larger type" hypothesis: "Read more" state: STATE_DROPPED }
    attainments { subject: "COMPLAINT" clock: "FIRST_RESPONSE" met_count: 3 breached_count: 1 excused_count: 1 attainment: 0.75 }
    availabilities {
      page: "activities/a/pages/home"
      display_name: "Home"
      up_duration { seconds: 360 }
      down_duration { seconds: 120 }
      availability: 0.75
    })pb"));
  const std::string text = WriteMarkdown(report);
  for (const char* part : {
           "| Participants | 4,000 | 5,200 | +30.00 % | 1.3 | activities/a |",
           "| Conversion rate | 10.00 % | no data | no data | no data | activities/a |",
           "| Cost | TWD 500.00 | TWD 400.00 | -20.00 % | 0.8 | activities/a |",
           "| Benefit: Revenue | TWD 40,000.00 | TWD 41,234.50 | +3.09 % | 1.0308625 | projects/p/schemes/s |",
           "| Too many errors | CLOSED | 2026-01-01 09:00 +08:00 | 2026-01-01 10:00 +08:00 | yes | Repaired |",
           "| Shorter form | Fewer fields | ADOPTED | 2026-01-01 09:00 +08:00 | 3.5 | BETTER | WEAK (confounded) |",
           "| Larger type | Read more | DROPPED |  | no data | no data | no data |",
           "| COMPLAINT | FIRST\\_RESPONSE | 3 | 1 | 1 | 75.00 % |",
           "| Home | 6m | 2m | 75.00 % |",
       }) {
    EXPECT_THAT(text, HasSubstr(part));
  }
}

TEST(WriteMarkdown, SaysWhatIsGoneByItsName) {
  v1::Report report = Written();
  v1::Report forgotten = report;
  forgotten.set_markdown(WriteMarkdown(report));
  EXPECT_TRUE(ForgetPeople(forgotten));
  EXPECT_THAT(forgotten.Utf8DebugString(), Not(HasSubstr("李明")));
  EXPECT_EQ(forgotten.markdown(), WriteMarkdown(forgotten)) << "as if it had never been kept";
  EXPECT_EQ(forgotten.snapshot().names_size(), 2);
  EXPECT_FALSE(ForgetPeople(forgotten));
  report.mutable_snapshot()->clear_names();
  report.mutable_snapshot()->clear_metrics();
  report.mutable_snapshot()->mutable_materials(0)->clear_display_name();
  const std::string text = WriteMarkdown(report);
  EXPECT_THAT(text, HasSubstr("| Owner | employees/li |"));
  EXPECT_THAT(text, HasSubstr("| metricDefinitions/revenue | ≥ 4,000,000 |"));
  EXPECT_THAT(text, HasSubstr("| items/gift |"));
}

}  // namespace
}  // namespace heitie::activity
