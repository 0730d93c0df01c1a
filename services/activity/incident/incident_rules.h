// Rules of incidents (policy A2, W4) as plain functions.
#ifndef HEITIE_SERVICES_ACTIVITY_INCIDENT_INCIDENT_RULES_H_
#define HEITIE_SERVICES_ACTIVITY_INCIDENT_INCIDENT_RULES_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/rpc/call.h"
#include "common/status/status.h"
#include "google/protobuf/duration.pb.h"
#include "heitie/activity/v1/activity.pb.h"
#include "heitie/activity/v1/incident.pb.h"

namespace heitie::activity {

extern const status::Reason kActivityNotRunning;     // {activity} {state}
extern const status::Reason kPausedByOperators;      // {activity}
extern const status::Reason kEpisodeToCome;          // a field
extern const status::Reason kResolvedByOwner;        // {incident} {owner}
extern const status::Reason kIncidentNotResolved;    // {incident} {state}
extern const status::Reason kReviewMissing;          // {incident}
extern const status::Reason kAdjustmentMissing;      // {incident}
extern const status::Reason kAdjustmentAndNone;      // a field
extern const status::Reason kNoAdjustmentByManager;  // {incident}
extern const status::Reason kMergeCycle;             // {incident} {into}
extern const status::Reason kMergeOfActivities;      // {incident} {into}
extern const status::Reason kDueDatePast;            // a field

// LIVE or PAUSED.
bool RunsOrPauses(const v1::Activity& activity);

// CRITICAL and MAJOR ones.
bool IsSevere(const v1::Incident& incident);
// Neither CLOSED nor MERGED.
bool IsStanding(const v1::Incident& incident);
// Its severity was never stated, or it is RESOLVED and reviewed as far as it has to be; CheckCloses says the rest.
bool MayClose(const v1::Incident& incident);
// OPEN or ACKNOWLEDGED.
bool IsUnmitigated(const v1::Incident& incident);
// It paused the activity and is not MITIGATED.
bool IsUnsettled(const v1::Incident& incident);
// Every signal of it has cleared; false of one that has none, such as what a person has seen.
bool AllCleared(const v1::Incident& incident);

// The present for an incident: never before what was taken earlier.
absl::Time TimeFor(const v1::Incident& incident, absl::Time now);

// RESOLVED_BY_OWNER.
absl::Status CheckResolves(const v1::Incident& incident, const rpc::Principal& who);
// INCIDENT_NOT_RESOLVED, REVIEW_MISSING, ADJUSTMENT_MISSING, ADJUSTMENT_AND_NONE, NO_ADJUSTMENT_BY_MANAGER. `before` is as it was before it
// closes.
absl::Status CheckCloses(const v1::Incident& before, const v1::CloseIncidentRequest& request, const rpc::Principal& who);

// The time from its opening until it was acknowledged; nothing while it is not.
std::optional<absl::Duration> TimeToAcknowledge(const v1::Incident& incident);
// The time from its opening, or from when it came back last, until it was mitigated; nothing while it is not.
std::optional<absl::Duration> TimeToMitigate(const v1::Incident& incident);

google::protobuf::Duration ToProto(absl::Duration duration);
absl::Duration FromProto(const google::protobuf::Duration& duration);

// The value at rank ⌈n/2⌉; nothing of none.
std::optional<absl::Duration> MedianByRank(std::vector<absl::Duration> values);

// The figures, but for what the activity's own history tells.
v1::SummarizeIncidentsResponse FiguresOf(const std::vector<v1::Incident>& incidents);

}  // namespace heitie::activity

#endif  // HEITIE_SERVICES_ACTIVITY_INCIDENT_INCIDENT_RULES_H_
