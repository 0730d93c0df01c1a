// One refusal made of several, so that the caller learns of all that stands in the way at once.
#ifndef HEITIE_COMMON_STATUS_MERGE_H_
#define HEITIE_COMMON_STATUS_MERGE_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "common/status/reason.h"

namespace heitie::status {

struct Refusal {
  std::string subject;  // of a status that lists no conditions
  absl::Status status;
};

// OK without refusals; otherwise an error of the summary with every unmet condition of theirs (PreconditionFailure), and for one that lists
// none its own reason and sentences. Statuses of other services have the one language in which they came, which serves for all.
absl::Status Merge(const std::vector<Refusal>& refusals, const Reason& summary, const Args& args = {});

// An unmet condition that was told before, for example by another service whose answer is kept.
struct ToldCondition {
  std::string subject;
  std::string type;  // the id of a reason
  Words description;
};

// An error of the summary with these conditions (PreconditionFailure) in every language.
absl::Status Retell(const std::vector<ToldCondition>& conditions, const Reason& summary, const Args& args = {});

}  // namespace heitie::status

#endif  // HEITIE_COMMON_STATUS_MERGE_H_
