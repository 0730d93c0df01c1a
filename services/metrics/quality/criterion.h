// What quality checks demand, and whether numbers meet it (policy M1). Pure; no database.
#ifndef HEITIE_SERVICES_METRICS_QUALITY_CRITERION_H_
#define HEITIE_SERVICES_METRICS_QUALITY_CRITERION_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "common/status/status.h"
#include "heitie/metrics/v1/quality_check.pb.h"
#include "heitie/metrics/v1/quality_result.pb.h"

namespace heitie::metrics {

extern const status::Reason kQualityCriterionMissing;  // one of a criterion's kinds is to be set
extern const status::Reason kQualitySubject;           // {why}: producer and names do not fit the criterion
extern const status::Reason kQualityBounds;            // of a range or of weeks

// Every bad field of a check, but for what other resources say.
void CheckQuality(const v1::QualityCheck& check, status::BadFields& bad);

// What comes of looking at numbers, one after the other.
class Judged {
 public:
  // Whole numbers.
  void Count(const std::string& subject, const std::string& figure, int64_t count, std::optional<int64_t> expected = std::nullopt,
             bool breach = false);
  void Value(const std::string& subject, const std::string& figure, double value, std::optional<double> expected = std::nullopt,
             bool breach = false);
  // Without a breach there is no verdict, because of this; the first cause counts.
  void Undecided(v1::QualityResult::Cause cause);

  bool breached() const { return breached_; }
  // A breach fails, whatever else could not be judged; a cause without one leaves it undecided.
  v1::QualityResult::Outcome outcome() const;
  v1::QualityResult::Cause cause() const;
  // At most kMostEvidence, breaches first, otherwise in their order; sets how many are left out.
  std::vector<v1::QualityEvidence> Evidence(int64_t& omitted) const;

  static constexpr size_t kMostEvidence = 200;

 private:
  v1::QualityEvidence& Add(const std::string& subject, const std::string& figure, bool breach);

  std::vector<v1::QualityEvidence> breaches_, others_;
  v1::QualityEvidence left_out_;  // takes what nobody will read
  int64_t omitted_ = 0;
  bool breached_ = false;
  v1::QualityResult::Cause cause_ = v1::QualityResult::CAUSE_UNSPECIFIED;
};

struct SequenceFact {
  std::string producer;
  int64_t last_sequence = 0, missing = 0;
};
void JudgeSequences(const v1::SequenceCriterion& criterion, const std::vector<SequenceFact>& facts, Judged& judged);

struct TotalFact {
  std::string subject;
  int64_t declared_count = 0, arrived_count = 0;
  std::optional<int64_t> declared_sum;
  int64_t arrived_sum = 0;
};
// `undeclared`: the subjects for which a declaration is required and missing.
void JudgeTotals(const std::vector<TotalFact>& facts, const std::vector<std::string>& undeclared, Judged& judged);

// `newest`: the time of the newest row; nothing when there is none.
void JudgeFreshness(const v1::FreshnessCriterion& criterion, const std::string& subject, std::optional<absl::Time> newest, absl::Time now,
                    Judged& judged);

// A share of `part` among `whole`, where these are enough. Of nothing there is no share.
void JudgeShare(const std::string& subject, const std::string& figure, int64_t part, int64_t whole, double most, int64_t least_rows,
                Judged& judged);

// What is there of a day, and of the same day of the week of the weeks before, the latest first, no further back than the first row.
struct VolumeFact {
  absl::CivilDay day;
  int64_t rows = 0;
  std::vector<int64_t> before;
};
void JudgeVolume(const v1::VolumeCriterion& criterion, const std::string& subject, const VolumeFact& fact, Judged& judged);

}  // namespace heitie::metrics

#endif  // HEITIE_SERVICES_METRICS_QUALITY_CRITERION_H_
