#include "tests/load/results.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "nlohmann/json.hpp"

namespace heitie::load {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;

Results SomeResults(const std::string& folder) {
  Samples latencies;
  for (int i = 1; i <= 1000; ++i) latencies.Add(i);
  Results results({folder, "v1"}, "example", "Measured in a test.");
  results.AddRow("get", "service", 64, 12345.6, latencies);
  results.AddRow("get", "at a rate", 0, 10, Samples());
  results.AddFigure("start", "start until it serves", 0.06, "s", AtMost(0.3));
  results.AddRatio("get", 0.75, "service / connector", AtLeast(1));
  results.AddRatio("list", 0.5, "service / connector");
  return results;
}

std::string Printed(const Results& results) {
  testing::internal::CaptureStdout();
  results.Publish();
  return testing::internal::GetCapturedStdout();
}

TEST(Results, ArePrintedAsTableAndRatios) {
  EXPECT_THAT(Printed(SomeResults("")),
              AllOf(HasSubstr("Measured in a test.\n"), testing::ContainsRegex("get +service +64 +12346 +(49.|50.) +(98.|99.)\n"),
                    testing::ContainsRegex("start until it serves +0.06 s +0.30 s\n"), HasSubstr("\nratio start 0.200\n"),
                    HasSubstr("\nratio get 0.750\n"), HasSubstr("\nratio list 0.500\n")));
}

TEST(Results, AreWrittenForTheReport) {
  std::string folder = std::filesystem::temp_directory_path().string() + "/heitie-results-XXXXXX";
  ASSERT_NE(mkdtemp(folder.data()), nullptr);
  Printed(SomeResults(folder));
  json all;
  std::ifstream(folder + "/example.json") >> all;
  std::filesystem::remove_all(folder);
  EXPECT_EQ(all["part"], "example");
  EXPECT_EQ(all["revision"], "v1");
  const json& row = all["rows"][0];
  EXPECT_EQ(row["operation"], "get");
  EXPECT_EQ(row["in_flight"], 64);
  EXPECT_EQ(row["micros"]["count"], 1000);
  EXPECT_NEAR(row["micros"]["p99.9"].get<double>(), 999, 5);
  EXPECT_EQ(row["micros"]["max"], 1000);
  EXPECT_EQ(row["micros"]["curve"].back(), json({1.0, 1000.0}));
  EXPECT_TRUE(all["rows"][1]["in_flight"].is_null());
  EXPECT_EQ(all["figures"][0]["aim"], json({{"at_most", 0.3}}));
  EXPECT_EQ(all["ratios"][0]["aim"], json({{"at_least", 1.0}}));
  EXPECT_TRUE(all["ratios"][1]["aim"].is_null());
}

}  // namespace
}  // namespace heitie::load
