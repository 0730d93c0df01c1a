#include "services/metrics/warning/detector.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "absl/status/status.h"
#include "services/metrics/warning/archive.h"

namespace heitie::metrics {
namespace {

constexpr double kDaySeconds = 86400;
constexpr int kHoursOfDay = 24, kWeekdays = 7, kSunday = 6, kWednesday = 2, kDayOffClass = 7;
// Shares of the newest point in the means.
constexpr double kFast = 0.15, kMid = 0.03, kSlow = 0.004, kUsual = 0.003;
constexpr double kSpreadShare = 0.01, kSeasonShare = 0.12, kMissedFast = 0.1, kMissedSlow = 0.02;
// A season counts when it has been asked so often and leaves less than this of the level's mean square.
constexpr double kSeasonPoints = 200, kSeasonGain = 0.6;
// A distance is none when it is as small as the rounding of the values themselves.
constexpr double kRounding = 1e-9, kSpreadFloor = 1e-3;
// After so many usual intervals without a point its step from the last one says nothing.
constexpr double kGap = 4;
// Values that stand still as a rule do not stand still in an unusual way.
constexpr double kStandingShare = 0.3;
constexpr double kForget = 0.9999, kForgetGreatest = 0.9997, kRescale = 1e6;
constexpr int64_t kTeachingPoints = 100, kLeastQuiet = 30, kMostQuiet = 576, kQuietShare = 20;
constexpr double kAlertSurprise = 3.9, kFarMore = 1.5;
constexpr char kDetectorFormat = 1;

int DayPart(double local_time) { return static_cast<int>((local_time - kDaySeconds * std::floor(local_time / kDaySeconds)) / 900); }

// 1970-01-01 was a Thursday.
int WeekdayOf(double local_time) {
  const double day = std::floor(local_time / kDaySeconds) + 3;
  return static_cast<int>(day - kWeekdays * std::floor(day / kWeekdays));
}

int HourOf(double local_time) { return DayPart(local_time) / 4; }

// A day that is worked in place of another is like the middle of a week; a weekday that is not is a class of its own.
int WeekPart(const SeriesPoint& point) {
  int day = WeekdayOf(point.local_time);
  if (point.day == DayKind::kMadeUp) day = kWednesday;
  if (point.day == DayKind::kDayOff && day < kSunday - 1) day = kDayOffClass;
  return day * kHoursOfDay + HourOf(point.local_time);
}

void Mean(double& mean, double value, double share) { mean += share * (value - mean); }

// Most bins are empty: the first one that is not and their number go before them.
template <size_t n>
void Sparse(ArchiveWriter& out, const std::array<float, n>& bins) {
  int16_t first = 0, last = static_cast<int16_t>(n);
  while (first < last && bins[first] == 0) ++first;
  while (last > first && bins[last - 1] == 0) --last;
  out(first);
  out(last);
  for (int i = first; i < last; ++i) out(bins[i]);
}
template <size_t n>
void Sparse(ArchiveReader& in, std::array<float, n>& bins) {
  int16_t first = 0, last = 0;
  in(first);
  in(last);
  in.ok = in.ok && first >= 0 && first <= last && last <= static_cast<int16_t>(n);
  for (int i = first; in.ok && i < last; ++i) in(bins[i]);
}

}  // namespace

int RarityHistogram::BinOf(double size) {
  if (!(size > 0)) return 0;
  return std::clamp(static_cast<int>(std::log2(size) * 4 + 260) + 1, 1, kBins - 1);
}

double RarityHistogram::SurpriseOf(double size) const {
  const int bin = BinOf(size);
  double above = 0.5 * weights_[bin];
  for (int i = bin + 1; i < kBins; ++i) above += weights_[i];
  const double share = (above / weight_ + 0.5) / (total_ / weight_ + 1);
  const double beyond = size > greatest_ && greatest_ > 0 ? std::log2(size / greatest_) : 0;
  return -std::log10(share) + beyond;
}

void RarityHistogram::Add(double size) {
  weight_ /= kForget;
  if (weight_ > kRescale) {
    for (float& weight : weights_) weight = static_cast<float>(weight / weight_);
    total_ /= weight_;
    weight_ = 1;
  }
  weights_[BinOf(size)] += static_cast<float>(weight_);
  total_ += weight_;
  greatest_ = std::max(greatest_ * kForgetGreatest, size);
}

std::array<Detector::Expectation, Detector::kSeasons> Detector::Expected(const SeriesPoint& point) const {
  std::array<Expectation, kSeasons> expected;
  const int day = DayPart(point.local_time);
  // A day off says nothing of the others, nor they of it.
  if (point.day != DayKind::kDayOff) expected[0] = {day_known_[day], day_[day]};
  int week = WeekPart(point);
  if (week / kHoursOfDay == kDayOffClass && !week_known_[week]) week = kSunday * kHoursOfDay + HourOf(point.local_time);
  expected[1] = {week_known_[week], week_[week]};
  return expected;
}

void Detector::MeasureSeasons(const SeriesPoint& point, std::array<double, kDistances>& distances, PointScore& verdict) {
  const std::array<Expectation, kSeasons> expected = Expected(point);
  int best = -1;
  for (int i = 0; i < kSeasons; ++i) {
    Season& season = seasons_[i];
    if (!expected[i].known) continue;
    const double missed = point.value - expected[i].value;
    Mean(season.error, missed * missed, std::max(kUsual, 1 / (season.count + 1)));
    season.count += 1;
    Mean(season.fast, missed, kMissedFast);
    Mean(season.slow, missed, kMissedSlow);
  }
  for (int i = 0; i < kSeasons; ++i) {
    if (seasons_[i].count <= kSeasonPoints || seasons_[i].error >= kSeasonGain * level_error_) continue;
    if (best < 0 || seasons_[i].error < seasons_[best].error) best = i;
  }
  if (best < 0 || !expected[best].known) return;
  verdict.expected = expected[best].value;
  distances[kSeason] = std::abs(point.value - expected[best].value);
  distances[kSeasonFast] = std::abs(seasons_[best].fast);
  distances[kSeasonSlow] = std::abs(seasons_[best].slow);
}

std::array<double, Detector::kDistances> Detector::Distances(const SeriesPoint& point, PointScore& verdict) {
  std::array<double, kDistances> distances;
  distances.fill(kUnknown);
  verdict.expected = count_ == 0 ? point.value : level_;
  if (count_ == 0) return distances;
  const double off = point.value - level_;
  const double share = 1.0 / static_cast<double>(count_ + 1);
  const bool gap = count_ > kLeastQuiet && point.time - last_time_ > kGap * interval_;
  if (!gap) distances[kStep] = std::abs(point.value - last_value_);
  distances[off > 0 ? kAbove : kBelow] = std::abs(off);
  distances[kFastLevel] = std::abs(fast_ - level_);
  distances[kMidLevel] = std::abs(mid_ - level_);
  const double floor = kSpreadFloor * (std::abs(level_) + deviation_) + std::numeric_limits<double>::min();
  Mean(mid_spread_, (point.value - mid_) * (point.value - mid_), kSpreadShare);
  distances[kSpread] = (std::sqrt(mid_spread_) + floor) / (std::sqrt(spread_) + floor);
  Mean(level_error_, off * off, std::max(kUsual, share));
  MeasureSeasons(point, distances, verdict);
  const double rounding = kRounding * (std::abs(level_) + deviation_);
  for (int i = 0; i < kStandstill; ++i) {
    if (i != kSpread && distances[i] >= 0 && distances[i] < rounding) distances[i] = 0;
  }
  const bool same = point.value == last_value_;
  run_ = same ? run_ + 1 : 0;
  Mean(standing_, same ? 1 : 0, std::max(kUsual, share));
  if (standing_ < kStandingShare && run_ > 1) distances[kStandstill] = run_;
  return distances;
}

void Detector::Learn(const SeriesPoint& point) {
  const double share = 1.0 / static_cast<double>(count_ + 1), slow = std::max(kSlow, share);
  if (count_ > 0) Mean(interval_, point.time - last_time_, std::max(kSlow, 1.0 / static_cast<double>(count_)));
  Mean(fast_, point.value, std::max(kFast, share));
  Mean(mid_, point.value, std::max(kMid, share));
  const double off = point.value - level_;
  Mean(level_, point.value, slow);
  Mean(spread_, (point.value - fast_) * (point.value - fast_), slow);
  Mean(deviation_, std::abs(off), slow);
  const auto teach = [&](double& part, bool& known) {
    if (!known) part = point.value;
    if (known) Mean(part, point.value, kSeasonShare);
    known = true;
  };
  const int day = DayPart(point.local_time), week = WeekPart(point);
  if (point.day != DayKind::kDayOff) teach(day_[day], day_known_[day]);
  teach(week_[week], week_known_[week]);
  last_value_ = point.value;
  last_time_ = point.time;
  ++count_;
}

void Detector::Judge(double surprise, PointScore& verdict) {
  if (count_ <= kTeachingPoints) return;
  verdict.score = surprise / (surprise + kAlertSurprise);
  if (verdict.score < kAlertScore) return;
  if (count_ < quiet_until_ && surprise < kFarMore * told_) {
    // It belongs to what was told.
    verdict.score = std::min(verdict.score / 2, kAlertScore / 2);
    return;
  }
  verdict.alert = true;
  told_ = surprise;
  quiet_until_ = count_ + std::clamp(count_ / kQuietShare, kLeastQuiet, kMostQuiet);
}

PointScore Detector::Take(const SeriesPoint& point) {
  PointScore verdict;
  const std::array<double, kDistances> distances = Distances(point, verdict);
  static constexpr Distance kFamilies[] = {kFastLevel, kSeason, kStandstill, kDistances};  // where the next one begins
  double squares = 0, greatest = 0;
  for (int i = 0, family = 0; i < kDistances; ++i) {
    if (i == kFamilies[family]) {
      squares += greatest * greatest;
      greatest = 0;
      ++family;
    }
    if (distances[i] < 0) continue;
    greatest = std::max(greatest, rarity_[i].SurpriseOf(distances[i]));
    rarity_[i].Add(distances[i]);
  }
  Learn(point);
  Judge(std::sqrt(squares + greatest * greatest), verdict);
  return verdict;
}

struct DetectorState {
  template <typename Archive, typename Self>
  static void Visit(Archive& archive, Self& self);
};

template <typename Archive, typename Self>
void DetectorState::Visit(Archive& archive, Self& self) {
  archive(self.count_);
  for (auto* value : {&self.last_value_, &self.last_time_, &self.interval_, &self.fast_, &self.mid_, &self.level_, &self.spread_,
                      &self.mid_spread_, &self.level_error_, &self.deviation_, &self.run_, &self.standing_, &self.told_}) {
    archive(*value);
  }
  archive(self.quiet_until_);
  for (auto& season : self.seasons_) {
    for (auto* value : {&season.count, &season.error, &season.fast, &season.slow}) archive(*value);
  }
  for (auto& value : self.day_) archive(value);
  for (auto& value : self.week_) archive(value);
  for (auto& value : self.day_known_) archive(value);
  for (auto& value : self.week_known_) archive(value);
  for (auto& rarity : self.rarity_) {
    for (auto* value : {&rarity.total_, &rarity.weight_, &rarity.greatest_}) archive(*value);
    Sparse(archive, rarity.weights_);
  }
}

std::string Detector::Save() const {
  ArchiveWriter writer;
  writer(kDetectorFormat);
  DetectorState::Visit(writer, *this);
  return std::move(writer.out);
}

absl::StatusOr<Detector> Detector::Load(absl::string_view state) {
  ArchiveReader reader{state};
  Detector detector;
  char format = 0;
  reader(format);
  if (reader.ok && format == kDetectorFormat) DetectorState::Visit(reader, detector);
  if (!reader.ok || format != kDetectorFormat || !reader.in.empty()) return absl::DataLossError("not a detector's state");
  return detector;
}

}  // namespace heitie::metrics
