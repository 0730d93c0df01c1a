// Recurrence rules of RFC 5545, read and followed by libical. Their instances are days; the hour is the schedule's.
#ifndef HEITIE_SERVICES_PLANNING_MEETING_RULE_H_
#define HEITIE_SERVICES_PLANNING_MEETING_RULE_H_

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/civil_time.h"
#include "common/status/status.h"

namespace heitie::planning {

extern const status::Reason kRuleUnreadable;       // {part}
extern const status::Reason kRuleFormRefused;      // {part}
extern const status::Reason kRuleWithoutInstance;  // {rule}
extern const status::Reason kStartNotInRule;       // {date} {next}

// What is wrong with a rule by itself, at `path`. Parts that meetings do not need, or of which libical makes something else than RFC 5545
// says, are RULE_FORM_REFUSED.
void CheckRule(const std::string& rule, const std::string& path, status::BadFields& bad);

// The first instance on or after a day, of a rule that CheckRule accepts and that is followed from that day on; nothing when it never comes
// true.
std::optional<absl::CivilDay> FirstInstanceOf(const std::string& rule, absl::CivilDay start);

// The instances in [from, until] of a rule that CheckRule accepts, in their order, at most `most`; `start` is the first day from which it
// is followed, and an instance itself. An empty rule has the start alone. Ends also for rules that never come true, after
// a second at most.
std::vector<absl::CivilDay> InstancesOf(const std::string& rule, absl::CivilDay start, absl::CivilDay from, absl::CivilDay until,
                                        size_t most);

}  // namespace heitie::planning

#endif  // HEITIE_SERVICES_PLANNING_MEETING_RULE_H_
