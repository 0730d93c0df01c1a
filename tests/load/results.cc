#include "tests/load/results.h"

#include <algorithm>
#include <cstdio>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "nlohmann/json.hpp"

namespace heitie::load {
namespace {

using nlohmann::json;

json JsonOf(const Aim& aim) {
  if (aim.kind == Aim::Kind::kNone) return nullptr;
  return {{aim.kind == Aim::Kind::kAtLeast ? "at_least" : "at_most", aim.bound}};
}

json JsonOf(const Samples& samples) {
  json curve = json::array();
  for (const auto& [share, micros] : samples.Curve()) curve.push_back({share, micros});
  return {{"count", samples.count()},       {"p50", samples.Micros(0.5)}, {"p90", samples.Micros(0.9)}, {"p99", samples.Micros(0.99)},
          {"p99.9", samples.Micros(0.999)}, {"max", samples.MaxMicros()}, {"curve", std::move(curve)}};
}

}  // namespace

void Results::Flags::Register(config::Flags& flags) {
  flags.Add("results", &folder, "Folder for the results; empty: they are printed only.");
  flags.Add("revision", &revision, "Revision of the measured code.");
}

Results::Results(Flags flags, std::string part, std::string about)
    : flags_(std::move(flags)), part_(std::move(part)), about_(std::move(about)) {}

void Results::AddRow(const std::string& operation, const std::string& way, int in_flight, double rate, const Samples& latencies) {
  rows_.push_back({operation, way, in_flight, rate, latencies});
}

void Results::AddFigure(const std::string& name, const std::string& meaning, double value, const std::string& unit, Aim aim) {
  figures_.push_back({name, meaning, unit, value, aim});
}

void Results::AddRatio(const std::string& name, double value, const std::string& meaning, Aim aim) {
  ratios_.push_back({name, meaning, "", value, aim});
}

void Results::PrintRows() const {
  int operation = 0, way = 0;
  for (const Row& row : rows_) {
    operation = std::max(operation, row.operation.empty() ? 0 : static_cast<int>(row.operation.size()) + 2);
    way = std::max(way, static_cast<int>(row.way.size()));
  }
  std::printf("%-*s%-*s %10s %12s %10s %10s\n", operation, "", way, "", "in flight", "per second", "p50 us", "p99 us");
  for (const Row& row : rows_) {
    std::printf("%-*s%-*s %10s %12s %10.0f %10.0f\n", operation, row.operation.c_str(), way, row.way.c_str(),
                row.in_flight == 0 ? "" : absl::StrCat(row.in_flight).c_str(),
                row.rate == 0 ? "" : absl::StrFormat("%.0f", row.rate).c_str(), row.latencies.Micros(0.5), row.latencies.Micros(0.99));
  }
  std::printf("\n");
}

void Results::PrintFigures() const {
  size_t meaning = 0;
  for (const Figure& figure : figures_) meaning = std::max(meaning, figure.meaning.size());
  const int width = static_cast<int>(meaning);
  std::printf("%-*s %12s %12s\n", width, "", "measured", "aim");
  for (const Figure& figure : figures_) {
    std::printf("%-*s %8.2f %s", width, figure.meaning.c_str(), figure.value, figure.unit.c_str());
    if (figure.aim.kind != Aim::Kind::kNone) std::printf(" %8.2f %s", figure.aim.bound, figure.unit.c_str());
    std::printf("\n");
  }
  std::printf("\n");
}

void Results::Print() const {
  std::printf("%s\n\n", about_.c_str());
  if (!rows_.empty()) PrintRows();
  if (!figures_.empty()) PrintFigures();
  for (const Figure& figure : figures_) {
    if (figure.aim.kind != Aim::Kind::kNone) std::printf("ratio %s %.3f\n", figure.name.c_str(), figure.value / figure.aim.bound);
  }
  for (const Figure& ratio : ratios_) std::printf("ratio %s %.3f\n", ratio.name.c_str(), ratio.value);
  std::fflush(stdout);
}

std::string Results::Json() const {
  json rows = json::array(), figures = json::array(), ratios = json::array();
  for (const Row& row : rows_) {
    rows.push_back({{"operation", row.operation},
                    {"way", row.way},
                    {"in_flight", row.in_flight == 0 ? json(nullptr) : json(row.in_flight)},
                    {"rate", row.rate == 0 ? json(nullptr) : json(row.rate)},
                    {"micros", JsonOf(row.latencies)}});
  }
  for (const Figure& f : figures_) {
    figures.push_back({{"name", f.name}, {"meaning", f.meaning}, {"value", f.value}, {"unit", f.unit}, {"aim", JsonOf(f.aim)}});
  }
  for (const Figure& r : ratios_) {
    ratios.push_back({{"name", r.name}, {"meaning", r.meaning}, {"value", r.value}, {"aim", JsonOf(r.aim)}});
  }
  const json all = {{"part", part_},
                    {"about", about_},
                    {"revision", flags_.revision},
                    {"time", absl::FormatTime(absl::RFC3339_sec, absl::Now(), absl::UTCTimeZone())},
                    {"rows", std::move(rows)},
                    {"figures", std::move(figures)},
                    {"ratios", std::move(ratios)}};
  return all.dump(1);
}

void Results::Publish() const {
  Print();
  if (flags_.folder.empty()) return;
  const std::string path = flags_.folder + "/" + part_ + ".json";
  std::ofstream file(path);
  file << Json() << "\n";
  if (!file.flush()) Die("cannot write " + path);
}

}  // namespace heitie::load
