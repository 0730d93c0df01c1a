#include "services/personnel/appraisal/calibration.h"

#include <algorithm>

#include "services/personnel/appraisal/score.h"

namespace heitie::personnel {

using exact::Fraction;

std::map<std::string, Proposal> Calibrate(const std::vector<Rated>& people, const CalibrationRules& rules) {
  const bool controlled = std::any_of(people.begin(), people.end(), [](const Rated& person) { return person.measured.has_value(); });
  std::map<std::string, Proposal> proposals;
  Fraction all = 0;
  int64_t count = 0, raters = 0;
  for (const Rated& person : people) {
    Proposal& proposal = proposals[person.rater];
    if (controlled && !person.measured) continue;
    const Fraction difference = controlled ? Fraction(person.rated - *person.measured) : person.rated;
    if (proposal.people++ == 0) ++raters;
    proposal.mean += difference;
    all += difference;
    ++count;
  }
  const Fraction overall = count == 0 ? Fraction(0) : Fraction(all / count);
  for (auto& [rater, proposal] : proposals) {
    const int64_t n = proposal.people;
    proposal.overall = overall;
    if (n > 0) proposal.mean /= n;
    proposal.why = raters < 2 ? Proposal::Why::kOneRater : n < rules.least_people ? Proposal::Why::kTooFewPeople : Proposal::Why::kProposed;
    if (proposal.why != Proposal::Why::kProposed) continue;
    const Fraction leniency = (proposal.mean - overall) * n / (n + rules.shrinkage);
    proposal.adjustment = std::clamp(-exact::Round(leniency), -rules.most, rules.most);
  }
  return proposals;
}

Fraction Adjusted(const Fraction& rated, int64_t adjustment) {
  return std::clamp(Fraction(rated + adjustment), Fraction(0), Fraction(kMostPoints));
}

}  // namespace heitie::personnel
