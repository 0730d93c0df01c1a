// Which groups a change comes from: parts that add up to it.
#ifndef HEITIE_SERVICES_METRICS_ANALYSIS_CONTRIBUTION_H_
#define HEITIE_SERVICES_METRICS_ANALYSIS_CONTRIBUTION_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace heitie::metrics::analysis {

// A group before and after, of figures that add up.
struct AdditiveGroup {
  std::string key;
  double before = 0, after = 0;
};
struct AdditivePart {
  std::string key;
  double change = 0;
  // Of the whole change; undefined when that is 0.
  std::optional<double> share;
};
// By descending size of the change, then by key.
std::vector<AdditivePart> ContributionsOf(const std::vector<AdditiveGroup>& groups);

// A group before and after, of a rate: numerator / denominator.
struct RateGroup {
  std::string key;
  double numerator_before = 0, denominator_before = 0;
  double numerator_after = 0, denominator_after = 0;
};
struct RatePart {
  std::string key;
  // ½(w₀ + w₁)(r₁ − r₀): the group's own rate has changed.
  double rate_effect = 0;
  // (w₁ − w₀)(½(r₀ + r₁) − ½(R₀ + R₁)): there is more or less of the group than there was. w: its share of the denominators, R: the whole.
  double mix_effect = 0;
};
struct RateContribution {
  // Undefined over zero; then there are no parts.
  std::optional<double> before, after;
  // They add up to after − before. By descending size of both effects, then by key. A group that is missing before or after has there the
  // rate that it has at the other time: its change is one of mix alone.
  std::vector<RatePart> parts;
};
RateContribution ContributionsOf(const std::vector<RateGroup>& groups);

// Distinct users: a user may be in several groups, so that the groups' changes and a part for overlap add up to the change of the whole.
struct UserContribution {
  std::vector<AdditivePart> parts;
  // Change of the whole − changes of the groups: negative when more users than before are in several groups.
  double overlap = 0;
};
UserContribution ContributionsOfUsers(const std::vector<AdditiveGroup>& groups, double before, double after);

// How far a figure moved from the last one of its past, in standard deviations of the changes between the figures of the past. Nothing when
// there are fewer than `kLeastPast` of them, or when they changed by the same each time.
inline constexpr size_t kLeastPast = 8;
std::optional<double> ChangeInDeviations(const std::vector<double>& past, double now);

}  // namespace heitie::metrics::analysis

#endif  // HEITIE_SERVICES_METRICS_ANALYSIS_CONTRIBUTION_H_
