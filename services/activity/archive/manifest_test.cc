#include "services/activity/archive/manifest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/test/fixture.h"
#include "common/text/markdown.h"

namespace heitie::activity {
namespace {

using test::HasReason;
using test::HasViolation;
using test::IsOk;
using test::Proto;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST(Manifest, NamesEveryPartAndDocumentWithItsDigest) {
  const Manifest manifest =
      ManifestOf({{"reports", "[]"}, {"activity", "{}"}}, {Proto<v1::ActivityDocument>(R"pb(name: "activities/a/documents/poster"
                                                                                            media_type: "image/png"
                                                                                            size_bytes: 12
                                                                                            sha256: "ab"
                                                                                            place: "shelf 3")pb")});
  ASSERT_EQ(manifest.size(), 3);
  EXPECT_EQ(manifest[0].id(), "activities/a/documents/poster");
  EXPECT_EQ(manifest[0].kind(), v1::ManifestEntry::KIND_DOCUMENT);
  EXPECT_EQ(manifest[0].place(), "shelf 3");
  EXPECT_EQ(manifest[1].id(), "activity");
  EXPECT_EQ(manifest[2].id(), "reports");
  EXPECT_EQ(manifest[2].size_bytes(), 2);
  // SHA-256 of "[]".
  EXPECT_EQ(manifest[2].sha256(), "4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945");
}

TEST(Manifest, ItsDigestIsThatOfItsLines) {
  const Manifest manifest = ManifestOf({{"reports", "[]"}}, {});
  EXPECT_EQ(DigestOf(manifest), text::Sha256Hex("4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945 2 reports\n"));
  EXPECT_NE(DigestOf(manifest), DigestOf(ManifestOf({{"report", "[]"}}, {})));
  EXPECT_NE(DigestOf(manifest), DigestOf(ManifestOf({{"reports", "[ ]"}}, {})));
}

std::string Told(const std::string& archived, const std::string& current, size_t most = 100) {
  std::string text;
  const Differences differences = DifferencesOf(archived, current, most);
  for (const auto& found : differences.found) text += found.pointer() + ": " + found.archived() + " -> " + found.current() + "\n";
  return differences.truncated ? text + "…" : text;
}

TEST(Differences, AreToldByPointers) {
  EXPECT_THAT(Told(R"({"a": 1, "b": [1, 2]})", R"({"b": [1, 2], "a": 1})"), IsEmpty());
  EXPECT_EQ(Told(R"({"a": 1, "b": {"c": "x"}})", R"({"a": 2, "b": {"c": "y", "d/e~": null}})"),
            "/a: 1 -> 2\n/b/c: \"x\" -> \"y\"\n/b/d~1e~0:  -> null\n");
  EXPECT_EQ(Told(R"({"a": 1})", "{}"), "/a: 1 -> \n");
  EXPECT_EQ(Told("[1, 2]", "[1, 3, 4]"), "/1: 2 -> 3\n/-:  -> 4\n");
  EXPECT_EQ(Told("[1]", "{}"), ": [1] -> {}\n");
}

TEST(Differences, NamedElementsAreTheSameWhereverTheyStand) {
  EXPECT_EQ(Told(R"([{"name": "a", "n": 1}, {"name": "c", "n": 3}])", R"([{"name": "b"}, {"name": "c", "n": 4}, {"name": "a", "n": 1}])"),
            "/1/n: 3 -> 4\n/-:  -> {\"name\":\"b\"}\n");
  EXPECT_EQ(Told(R"([{"name": "a"}, {"name": "b"}])", R"([{"name": "b"}])"), "/0: {\"name\":\"a\"} -> \n");
}

TEST(Differences, ThatAreTooManyAreCut) { EXPECT_EQ(Told("[1, 2, 3]", "[4, 5, 6]", 2), "/0: 1 -> 4\n/1: 2 -> 5\n…"); }

TEST(Differences, VersionsOfSourcesAreNone) {
  const auto told = [](const std::string& archived, const std::string& current) {
    return Told(WithoutVersions(archived), WithoutVersions(current));
  };
  const std::string archived =
      R"({"forecasts": [{"sourceVersion": "8", "actual": 1}], "sources": [{"subject": "activities/a", "version": "8"}]})";
  EXPECT_THAT(
      told(archived, R"({"forecasts": [{"sourceVersion": "9", "actual": 1}], "sources": [{"subject": "activities/a", "version": "9"}]})"),
      IsEmpty());
  EXPECT_EQ(told(archived, R"({"forecasts": [{"sourceVersion": "9", "actual": 2}], "sources": [{"subject": "activities/b"}]})"),
            "/forecasts/0/actual: 1 -> 2\n/sources/0/subject: \"activities/a\" -> \"activities/b\"\n");
  EXPECT_EQ(told("{}", R"({"sources": 1})"), "/sources:  -> 1\n");
  EXPECT_EQ(told("[]", "{}"), ": [] -> {}\n");
}

v1::ReportSnapshot Results() {
  return Proto<v1::ReportSnapshot>(R"pb(
    results {
      target { measure: MEASURE_CLICKS }
      attained: true
    }
    results { target { measure: MEASURE_CONVERSION_RATE } }
    results { target { measure: MEASURE_METRIC metric: "metricDefinitions/revenue" } })pb");
}

absl::Status Explained(const std::string& explanations) {
  return CheckExplanations("activities/a", Results().results(), Proto<v1::ArchiveActivityRequest>(explanations).explanations());
}

TEST(CheckExplanations, WantsAWordOnEachMiss) {
  EXPECT_THAT(Explained(R"pb(explanations { measure: MEASURE_CONVERSION_RATE explanation: "The price" }
                             explanations { measure: MEASURE_METRIC metric: "metricDefinitions/revenue" explanation: "The price" })pb"),
              IsOk());
  const absl::Status one = Explained(R"pb(explanations { measure: MEASURE_CONVERSION_RATE explanation: "The price" })pb");
  EXPECT_THAT(one, HasReason("MISSES_UNEXPLAINED"));
  EXPECT_THAT(Explained(""), HasReason("MISSES_UNEXPLAINED"));
}

TEST(CheckExplanations, RefusesWordsOnWhatWasReached) {
  const absl::Status status = Explained(R"pb(explanations { measure: MEASURE_CLICKS explanation: "?" }
                                             explanations { measure: MEASURE_CONVERSION_RATE explanation: "a" }
                                             explanations { measure: MEASURE_CONVERSION_RATE explanation: "b" })pb");
  EXPECT_THAT(status, HasViolation("explanations[0]", "TARGET_NOT_MISSED"));
  EXPECT_THAT(status, HasViolation("explanations[2]", "VALUE_TWICE"));
}

}  // namespace
}  // namespace heitie::activity
