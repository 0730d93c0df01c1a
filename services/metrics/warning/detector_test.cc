#include "services/metrics/warning/detector.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <random>
#include <sstream>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "common/test/matchers.h"
#include "nlohmann/json.hpp"
#include "services/metrics/warning/numenta_score.h"

namespace heitie::metrics {
namespace {

constexpr double kWednesdaySeconds = 1767139200;  // 2025-12-31T00:00:00Z

struct LabelledSeries {
  std::string name;
  std::vector<SeriesPoint> points;
  std::vector<AnomalyWindow> windows;
};

SeriesPoint PointAt(double time, double value, DayKind day = DayKind::kByWeekday) {
  SeriesPoint point;
  point.time = point.local_time = time;
  point.value = value;
  point.day = day;
  return point;
}

struct Told {
  std::vector<bool> alerts;
  std::vector<double> scores;
};
Told Tell(const std::vector<SeriesPoint>& points) {
  Detector detector;
  Told told;
  for (const SeriesPoint& point : points) {
    const PointScore verdict = detector.Take(point);
    told.alerts.push_back(verdict.alert);
    told.scores.push_back(verdict.score);
  }
  return told;
}

double ScoreOf(const std::vector<LabelledSeries>& all) {
  NumentaScore score;
  for (const LabelledSeries& series : all) score.Add(Tell(series.points).alerts, series.windows);
  return score.Normalised();
}

// With the bound on the score that would have been the best one for these series.
double BestScoreOf(const std::vector<LabelledSeries>& all) {
  std::vector<Told> told;
  for (const LabelledSeries& series : all) told.push_back(Tell(series.points));
  double best = 0;
  for (double bound = 0.3; bound < 0.8; bound += 0.005) {
    NumentaScore score;
    for (size_t i = 0; i < all.size(); ++i) {
      std::vector<bool> alarms;
      for (const double s : told[i].scores) alarms.push_back(s >= bound);
      score.Add(alarms, all[i].windows);
    }
    best = std::max(best, score.Normalised());
  }
  return best;
}

// ---- Series as operations have them, each with anomalies at random places.

class Imitation {
 public:
  explicit Imitation(unsigned seed) : random_(seed) {}

  double Noise() { return normal_(random_); }
  double Chance() { return uniform_(random_); }

  template <typename Base, typename Anomaly>
  LabelledSeries Make(int rows, double step, int windows, const Base& base, const Anomaly& anomaly) {
    LabelledSeries series;
    const int length = std::max(20, rows / 10 / std::max(windows, 1));
    std::vector<double> values;
    for (int i = 0; i < rows; ++i) values.push_back(base(i, i * step));
    while (static_cast<int>(series.windows.size()) < windows) {
      const int at = static_cast<int>(rows * 0.3 + Chance() * (rows * 0.65 - length));
      const auto near = [&](const AnomalyWindow& w) { return std::abs((w.first + w.last) / 2 - at) < 1.5 * length; };
      if (std::any_of(series.windows.begin(), series.windows.end(), near)) continue;
      series.windows.push_back({at - length / 2, at + length / 2});
      anomaly(values, at, length);
    }
    for (int i = 0; i < rows; ++i) series.points.push_back(PointAt(kWednesdaySeconds + i * step, values[i]));
    return series;
  }

 private:
  std::mt19937 random_;
  std::normal_distribution<double> normal_;
  std::uniform_real_distribution<double> uniform_;
};

std::vector<LabelledSeries> Imitations(unsigned seed) {
  Imitation make(seed);
  std::vector<LabelledSeries> all;
  const auto until = [](const std::vector<double>& values, double end) { return std::min(values.size(), static_cast<size_t>(end)); };
  for (int round = 0; round < 4; ++round) {
    const double scale = std::exp(4 * make.Noise()), level = 10 * scale;
    const auto load = [&](int i, double) { return level + scale * make.Noise() / 2 + (i % 70 == 0 ? 4 * scale * (1 + make.Chance()) : 0); };
    const auto shift = [&](std::vector<double>& values, int at, int length) {
      for (size_t i = at; i < until(values, at + 2.0 * length); ++i) values[i] += 7 * scale;
    };
    const auto spike = [&](std::vector<double>& values, int at, int) {
      for (size_t i = at; i < until(values, at + 3); ++i) values[i] += 20 * scale;
    };
    const auto outage = [&](std::vector<double>& values, int at, int length) {
      for (size_t i = at; i < until(values, at + length / 4.0); ++i) values[i] = 0;
    };
    const auto restless = [&](std::vector<double>& values, int at, int length) {
      for (size_t i = at; i < until(values, at + length / 2.0); ++i) values[i] += 3 * scale * make.Noise();
    };
    all.push_back(make.Make(4000, 300, 2, load, shift));
    all.push_back(make.Make(4000, 300, 2, load, spike));
    all.push_back(make.Make(4000, 300, 1, load, outage));
    all.push_back(make.Make(4000, 300, 2, load, restless));
    const auto heavy = [&](int, double) { return level * std::exp(0.4 * make.Noise()); };
    all.push_back(make.Make(4000, 300, 2, heavy, spike));
    const auto day = [&](int, double t) {
      const double hour = std::fmod(t, 86400) / 3600;
      return scale * ((hour > 9 && hour < 18 ? 80 : 20) + 4 * make.Chance());
    };
    const auto quiet_day = [&](std::vector<double>& values, int at, int) {
      for (size_t i = at; i < until(values, at + 288); ++i) values[i] = std::min(values[i], 22 * scale);
    };
    all.push_back(make.Make(4000, 300, 1, day, quiet_day));
    all.push_back(make.Make(4000, 300, 0, day, quiet_day));
    const auto week = [&](int, double t) {
      const double weekend = static_cast<int>(t / 86400) % 7 < 2 ? 1.3 : 1;
      return scale * (150 + 80 * std::sin(t * 2 * M_PI / 86400)) * weekend * (1 + 0.04 * make.Noise());
    };
    const auto holiday = [&](std::vector<double>& values, int at, int) {
      for (size_t i = at; i < until(values, at + 40); ++i) values[i] *= 0.55;
    };
    all.push_back(make.Make(8000, 1800, 4, week, holiday));
  }
  return all;
}

// ---- Measured series of the benchmark.

std::string SeriesFolder() {
  const char* const configured = std::getenv("HEITIE_SERIES");
  return configured != nullptr ? configured : HEITIE_SOURCE_DIR "/../shared/data/series";
}

double SecondsOf(const std::string& text) {
  absl::CivilSecond second;
  EXPECT_TRUE(absl::ParseCivilTime(text.substr(0, 10) + "T" + text.substr(11, 8), &second)) << text;
  return absl::ToDoubleSeconds(absl::FromCivil(second, absl::UTCTimeZone()) - absl::UnixEpoch());
}

// Empty where the data is not there.
std::vector<LabelledSeries> MeasuredSeries() {
  std::vector<LabelledSeries> all;
  std::ifstream labels(SeriesFolder() + "/anomaly_windows.json");
  if (!labels) return all;
  const nlohmann::json windows = nlohmann::json::parse(labels);
  for (const auto& [name, spans] : windows.items()) {
    LabelledSeries series{name, {}, {}};
    std::ifstream file(SeriesFolder() + "/" + name);
    std::string line;
    std::getline(file, line);
    while (std::getline(file, line)) {
      const std::vector<std::string> fields = absl::StrSplit(line, ',');
      double value = 0;
      EXPECT_TRUE(fields.size() == 2 && absl::SimpleAtod(fields[1], &value)) << line;
      series.points.push_back(PointAt(SecondsOf(fields[0]), value));
    }
    for (const auto& span : spans) {
      const double from = SecondsOf(span[0]), to = SecondsOf(span[1]);
      int first = -1, last = -1;
      for (size_t i = 0; i < series.points.size(); ++i) {
        if (series.points[i].time < from || series.points[i].time > to) continue;
        if (first < 0) first = static_cast<int>(i);
        last = static_cast<int>(i);
      }
      EXPECT_GE(first, 0) << name;
      series.windows.push_back({first, last});
    }
    all.push_back(std::move(series));
  }
  return all;
}

TEST(NumentaScoreTest, Published) {
  std::vector<bool> alarms(100);
  alarms[52] = true;
  NumentaScore one;
  one.Add(alarms, {{50, 59}});
  EXPECT_NEAR(one.Normalised(), 98.855, 0.0005);
  alarms[70] = true;
  NumentaScore two;
  two.Add(alarms, {{50, 59}});
  EXPECT_NEAR(two.Normalised(), 93.380, 0.0005);
  NumentaScore none;
  none.Add(std::vector<bool>(100), {{50, 59}});
  EXPECT_EQ(none.Normalised(), 0);
  alarms.assign(100, false);
  alarms[50] = alarms[3] = true;
  NumentaScore perfect;
  perfect.Add(alarms, {{50, 59}});
  EXPECT_NEAR(perfect.Normalised(), 100, 1e-9) << "the first rows do not count";
}

TEST(DetectorTest, ImitationsOfOperation) {
  const std::vector<LabelledSeries> all = Imitations(20);
  const double score = ScoreOf(all);
  std::printf("detection on %zu imitations: %.2f with the product's bound, %.2f with the best one\n", all.size(), score, BestScoreOf(all));
  EXPECT_GT(score, 70);
}

TEST(DetectorTest, MeasuredSeriesOfTheBenchmark) {
  const std::vector<LabelledSeries> all = MeasuredSeries();
  if (all.empty()) {
    std::printf("detection on measured series: none at %s\n", SeriesFolder().c_str());
    return;
  }
  const double score = ScoreOf(all);
  std::printf("detection on %zu measured series: %.2f with the product's bound, %.2f with the best one\n", all.size(), score,
              BestScoreOf(all));
  EXPECT_GT(score, 75);
}

TEST(DetectorTest, SaysNothingWhereNothingIsUnusual) {
  std::mt19937 random(4);
  std::normal_distribution<double> normal;
  const std::map<std::string, std::function<double(int)>> ordinary = {
      {"constant", [](int) { return 5.0; }},
      {"square wave", [](int i) { return i % 288 < 120 ? 20.0 : 80.0; }},
      {"sine", [](int i) { return std::sin(i * 2 * M_PI / 288); }},
      {"great square wave", [](int i) { return i % 288 < 120 ? 2e9 : 8e9; }},
  };
  for (const auto& [name, value] : ordinary) {
    std::vector<SeriesPoint> points;
    for (int i = 0; i < 4000; ++i) points.push_back(PointAt(kWednesdaySeconds + i * 300, value(i)));
    const std::vector<bool> alerts = Tell(points).alerts;
    EXPECT_EQ(std::count(alerts.begin() + 600, alerts.end(), true), 0) << name;
  }
  std::vector<SeriesPoint> noise;
  for (int i = 0; i < 40000; ++i) noise.push_back(PointAt(kWednesdaySeconds + i * 300, normal(random)));
  const std::vector<bool> alerts = Tell(noise).alerts;
  EXPECT_LE(std::count(alerts.begin() + 600, alerts.end(), true), 20) << "139 days of noise: one a week";
}

TEST(DetectorTest, UnitAndZeroDoNotMatter) {
  const LabelledSeries series = Imitations(7)[1];
  const std::vector<bool> alerts = Tell(series.points).alerts;
  ASSERT_GT(std::count(alerts.begin(), alerts.end(), true), 0);
  for (const double factor : {0x1p-40, 0x1p40, -1.0}) {
    std::vector<SeriesPoint> scaled = series.points;
    for (SeriesPoint& point : scaled) point.value *= factor;
    EXPECT_EQ(Tell(scaled).alerts, alerts) << factor;
  }
}

TEST(DetectorTest, NoLookAhead) {
  LabelledSeries series = Imitations(8)[0];
  const std::vector<double> whole = Tell(series.points).scores;
  series.points.resize(1700);
  const std::vector<double> part = Tell(series.points).scores;
  EXPECT_TRUE(std::equal(part.begin(), part.end(), whole.begin()));
}

TEST(DetectorTest, GoesOnWhereItWasSaved) {
  const LabelledSeries series = Imitations(9)[7];
  const Told whole = Tell(series.points);
  Detector detector;
  size_t greatest = 0;
  for (size_t i = 0; i < series.points.size(); ++i) {
    EXPECT_EQ(detector.Take(series.points[i]).score, whole.scores[i]) << i;
    if (i % 101 != 0) continue;
    const std::string state = detector.Save();
    greatest = std::max(greatest, state.size());
    const auto loaded = Detector::Load(state);
    ASSERT_TRUE(loaded.ok());
    EXPECT_EQ(loaded->Save(), state);
    detector = *loaded;
  }
  EXPECT_LT(greatest, 16384u);
}

TEST(DetectorTest, OtherBytesAreNoState) {
  Detector detector;
  for (int i = 0; i < 300; ++i) detector.Take(PointAt(kWednesdaySeconds + i * 300, i % 7));
  const std::string state = detector.Save();
  EXPECT_FALSE(Detector::Load("").ok());
  EXPECT_FALSE(Detector::Load(state + "x").ok());
  EXPECT_FALSE(Detector::Load("\2" + state.substr(1)).ok());
  for (size_t size = 0; size < state.size(); size += 97) EXPECT_FALSE(Detector::Load(state.substr(0, size)).ok()) << size;
}

TEST(DetectorTest, OneEpisodeIsOneAlertUnlessItBecomesFarWorse) {
  std::mt19937 random(5);
  std::normal_distribution<double> normal;
  std::vector<SeriesPoint> points;
  for (int i = 0; i < 3000; ++i) points.push_back(PointAt(kWednesdaySeconds + i * 300, 100 + normal(random) + (i >= 2000 ? 15 : 0)));
  const std::vector<bool> alerts = Tell(points).alerts;
  EXPECT_EQ(std::count(alerts.begin() + 2000, alerts.begin() + 2100, true), 1);
  EXPECT_TRUE(alerts[2000]);
  points[2040].value = 1e6;
  EXPECT_TRUE(Tell(points).alerts[2040]);
}

TEST(DetectorTest, DaysOffAreADayOfTheirOwn) {
  // Work from 9 to 18 on weekdays, little on weekends; each fourth Wednesday is off, and the Saturday after it is worked.
  const auto kind_of = [](int day) {
    if (day % 28 == 14) return DayKind::kDayOff;
    return day % 28 == 17 ? DayKind::kMadeUp : DayKind::kByWeekday;
  };
  std::mt19937 random(6);
  std::normal_distribution<double> normal;
  for (const bool knows : {true, false}) {
    Detector detector;
    double missed = 0;
    for (int i = 0; i < 24 * 7 * 40; ++i) {
      const int day = i / 24, hour = i % 24;
      const bool weekend = day % 7 == 3 || day % 7 == 4;
      const DayKind kind = kind_of(day);
      const bool works = kind == DayKind::kMadeUp || (kind != DayKind::kDayOff && !weekend);
      const double value = (works && hour >= 9 && hour < 18 ? 100 : 10) + normal(random);
      const PointScore verdict = detector.Take(PointAt(kWednesdaySeconds + i * 3600.0, value, knows ? kind : DayKind::kByWeekday));
      if (day > 84 && kind != DayKind::kByWeekday) missed = std::max(missed, std::abs(verdict.expected - value));
    }
    EXPECT_EQ(missed < 15, knows) << missed;
  }
}

TEST(DetectorTest, GapsAndIrregularPointsAreTaken) {
  std::mt19937 random(7);
  std::normal_distribution<double> normal;
  std::exponential_distribution<double> wait(1.0 / 400);
  std::vector<SeriesPoint> points;
  double time = kWednesdaySeconds;
  for (int i = 0; i < 3000; ++i) {
    time += 1 + wait(random) + (i == 1500 ? 86400 * 3 : 0);
    points.push_back(PointAt(time, 60 + 3 * normal(random) - (i >= 2500 && i < 2520 ? 40 : 0)));
  }
  const std::vector<bool> alerts = Tell(points).alerts;
  EXPECT_EQ(std::count(alerts.begin() + 2500, alerts.begin() + 2520, true), 1);
  EXPECT_EQ(std::count(alerts.begin() + 1500, alerts.begin() + 1510, true), 0) << "three days without a point";
}

TEST(DetectorTest, ManyPointsASecond) {
  const LabelledSeries series = Imitations(10)[0];
  const auto begin = std::chrono::steady_clock::now();
  int count = 0;
  for (int round = 0; round < 10; ++round) count += static_cast<int>(Tell(series.points).scores.size());
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  std::printf("detection: %.0f points a second\n", count / seconds);
  EXPECT_GT(count / seconds, 20000) << "a hundred thousand where nothing else runs";
}

}  // namespace
}  // namespace heitie::metrics
