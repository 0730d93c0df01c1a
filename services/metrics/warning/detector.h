// What is unusual in a series of figures, point by point, knowing nothing but the points before (policy M2, H1): a score from 0 to 1, and
// whether people should be told. Pure arithmetic; the same for every series, whatever its unit, scale or name.
//
// Each point is described by a few distances: from the point before; from the long-run level, upwards and downwards; of the short-run
// spread from the long-run one; of short-run levels from the long-run one; from what the hour of the day or of the week lets expect, at
// once and as a mean of late; and for how many points nothing has moved. How rare a distance is, the series itself says: for each distance
// a histogram with logarithmic bins keeps what it was before, forgetting slowly, and the surprise is −log₁₀ of the share of points that
// were as far away (a conformal p-value); beyond the greatest one ever it goes on with the logarithm of the ratio. A trend is a steady
// distance from the level, and so no surprise. Distances that tell of the same (size, level, season, standstill) count once, by the
// greatest of them, and the families together by the root of the sum of their squares.
//
// One alert tells of an episode: afterwards scores stay below the alert's bound for a twentieth of the points that the series has had, at
// most two days of five-minute points, unless a point is by far more surprising than the one that was told. The first hundred points only
// teach.
//
// A point costs at most some hundred additions, whatever came before: measured in README.md. Not thread-safe.
#ifndef HEITIE_SERVICES_METRICS_WARNING_DETECTOR_H_
#define HEITIE_SERVICES_METRICS_WARNING_DETECTOR_H_

#include <array>
#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace heitie::metrics {

// What sort of day a point lies on, beyond what the day of the week says: holidays, and days that are worked in their place.
enum class DayKind : uint8_t { kByWeekday, kDayOff, kMadeUp };

struct SeriesPoint {
  // Seconds since 1970; later than those of the point before.
  double time = 0;
  // The same instant on the clock of the series' zone: seconds from 1970-01-01T00:00 there. Seasons follow it.
  double local_time = 0;
  double value = 0;  // finite
  DayKind day = DayKind::kByWeekday;
};

struct PointScore {
  // From 0, as always, towards 1.
  double score = 0;
  // The score has reached kAlertScore.
  bool alert = false;
  // What the season or, where there is none, the level let expect; the value itself of the first point.
  double expected = 0;
};

// The one bound of the product, for every series. 0.5 is a surprise of 3.9, as of one point in 8,000.
inline constexpr double kAlertScore = 0.5;

// The sizes that a series has had, forgetting the old ones slowly.
class RarityHistogram {
 public:
  // −log₁₀ of the share of the sizes so far that are greater, half of those that are alike included.
  double SurpriseOf(double size) const;
  void Add(double size);

 private:
  friend struct DetectorState;
  // Four bins to a doubling, from 2^-65 to 2^65; the first one is zero's.
  static constexpr int kBins = 520;
  static int BinOf(double size);

  std::array<float, kBins> weights_{};
  double total_ = 0;
  double weight_ = 1;    // of the next one
  double greatest_ = 0;  // of all so far, a little less with each point
};

class Detector {
 public:
  PointScore Take(const SeriesPoint& point);

  // All that is known, some kilobytes, the same on every machine with IEEE doubles; Load goes on exactly where Save left off. DATA_LOSS for
  // what Save did not make.
  std::string Save() const;
  static absl::StatusOr<Detector> Load(absl::string_view state);

 private:
  // In the order of their families.
  enum Distance { kStep, kAbove, kBelow, kSpread, kFastLevel, kMidLevel, kSeason, kSeasonFast, kSeasonSlow, kStandstill, kDistances };
  static constexpr int kDayParts = 96;    // of a quarter of an hour
  static constexpr int kWeekParts = 192;  // hours of the seven weekdays and of days off on one of them
  static constexpr int kSeasons = 2;      // of the day, of the week
  static constexpr double kUnknown = -1;  // a distance that the point does not have
  struct Season {
    double count = 0, error = 0;  // points that it was asked for, and the mean square of what it missed them by
    double fast = 0, slow = 0;    // means of what it missed of late
  };
  struct Expectation {
    bool known = false;
    double value = 0;
  };

  std::array<double, kDistances> Distances(const SeriesPoint& point, PointScore& verdict);
  void MeasureSeasons(const SeriesPoint& point, std::array<double, kDistances>& distances, PointScore& verdict);
  std::array<Expectation, kSeasons> Expected(const SeriesPoint& point) const;
  void Learn(const SeriesPoint& point);
  void Judge(double surprise, PointScore& verdict);
  friend struct DetectorState;

  int64_t count_ = 0;
  double last_value_ = 0, last_time_ = 0, interval_ = 0;
  double fast_ = 0, mid_ = 0, level_ = 0;  // means of about 7, 33 and 250 points
  double spread_ = 0, mid_spread_ = 0, level_error_ = 0, deviation_ = 0;
  double run_ = 0, standing_ = 0;  // equal values in a row, and their usual share
  int64_t quiet_until_ = 0;        // no alert before this point
  double told_ = 0;                // the surprise that was told last
  std::array<Season, kSeasons> seasons_{};
  std::array<double, kDayParts> day_{};
  std::array<double, kWeekParts> week_{};
  std::array<bool, kDayParts> day_known_{};
  std::array<bool, kWeekParts> week_known_{};
  std::array<RarityHistogram, kDistances> rarity_{};
};

}  // namespace heitie::metrics

#endif  // HEITIE_SERVICES_METRICS_WARNING_DETECTOR_H_
