// What a template makes of an order: the activity with its items, requests for support and deviations. Pure; the facts are gathered before
// (templates.h). A preview and a creation are the same.
#ifndef HEITIE_SERVICES_ACTIVITY_TEMPLATE_EXPANSION_H_
#define HEITIE_SERVICES_ACTIVITY_TEMPLATE_EXPANSION_H_

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/status/status.h"
#include "common/time/business_calendar.h"
#include "heitie/activity/v1/activity_template.pb.h"
#include "heitie/activity/v1/report.pb.h"

namespace heitie::activity {

extern const status::Reason kOwnerRuleUnfit;        // a rule and what it needs do not fit
extern const status::Reason kTargetRuleUnfit;       // likewise
extern const status::Reason kUnknownPart;           // {part}: the template has none
extern const status::Reason kChangeUnfit;           // {part}: a change says what such a part has not, or nothing
extern const status::Reason kDeviationUnexplained;  // {part}: what is mandatory is left out without a reason
extern const status::Reason kQuantityTooLarge;      // {part}
extern const status::Reason kDueBeyondCalendar;     // {part}
extern const status::Reason kPreviewOutdated;       // {name}

// The rules between the fields of a version.
absl::Status CheckTemplateVersion(const v1::ActivityTemplateVersion& version);

// What reviewed activities reached, by report, for one target.
struct Reached {
  std::string report;
  double figure = 0;
};

struct ExpansionFacts {
  // The version's calendar.
  const time::BusinessCalendar& calendar;
  // The results of the last report of each reviewed activity of the template, by the report's name.
  std::map<std::string, std::vector<v1::TargetResult>> results;
  // Whether somebody has left.
  std::function<bool(const std::string& employee)> left;
};

// INVALID_FIELDS with everything that stands against the order, at paths below `order`. Resources are named, states are those with which
// they begin; the digest is set.
absl::StatusOr<v1::TemplateInstance> Expand(const v1::ActivityTemplateVersion& version, const std::string& activity_id,
                                            const v1::TemplateOrder& order, const ExpansionFacts& facts);

// Whether a target of a template measures the same as one of an activity.
bool SameMeasure(const v1::TemplateTarget& part, const v1::Target& target);

}  // namespace heitie::activity

#endif  // HEITIE_SERVICES_ACTIVITY_TEMPLATE_EXPANSION_H_
