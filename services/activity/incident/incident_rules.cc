#include "services/activity/incident/incident_rules.h"

#include <algorithm>
#include <cstring>

#include "common/status/macros.h"
#include "common/time/instant.h"
#include "heitie/options/v1/access.pb.h"

namespace heitie::activity {

using v1::Incident;

const status::Reason kActivityNotRunning{absl::StatusCode::kFailedPrecondition, "ACTIVITY_NOT_RUNNING",
                                         "{activity} is {state}: it is neither live nor paused.",
                                         "{activity} 狀態為 {state}，並未進行中。"};
const status::Reason kPausedByOperators{absl::StatusCode::kPermissionDenied, "PAUSED_BY_OPERATORS",
                                        "{activity} is paused by managers and specialists only.", "{activity} 僅可由經理或專員暫停。"};
const status::Reason kEpisodeToCome{absl::StatusCode::kInvalidArgument, "EPISODE_TO_COME", "The episode cannot begin in the future.",
                                    "事件開始時間不得在未來。"};
const status::Reason kResolvedByOwner{absl::StatusCode::kPermissionDenied, "RESOLVED_BY_OWNER",
                                      "{incident} paused its activity: only its owner {owner} or a manager resolves it.",
                                      "{incident} 曾使活動暫停，僅負責人 {owner} 或經理可宣告解決。"};
const status::Reason kIncidentNotResolved{absl::StatusCode::kFailedPrecondition, "INCIDENT_NOT_RESOLVED",
                                          "{incident} is {state}: it closes once it is resolved.",
                                          "{incident} 狀態為 {state}，解決後才能關閉。"};
const status::Reason kReviewMissing{absl::StatusCode::kFailedPrecondition, "REVIEW_MISSING",
                                    "{incident} is critical or major: it closes with a review.",
                                    "{incident} 屬重大事故，須完成檢討才能關閉。"};
const status::Reason kAdjustmentMissing{absl::StatusCode::kFailedPrecondition, "ADJUSTMENT_MISSING",
                                        "{incident} paused its activity: it closes with an adjustment, or a manager's reason why none.",
                                        "{incident} 曾使活動暫停，關閉時須指明調整，或由經理說明為何不調整。"};
const status::Reason kAdjustmentAndNone{absl::StatusCode::kInvalidArgument, "ADJUSTMENT_AND_NONE",
                                        "There is an adjustment, or a reason why there is none, not both.", "調整與不調整的理由只能擇一。"};
const status::Reason kNoAdjustmentByManager{absl::StatusCode::kPermissionDenied, "NO_ADJUSTMENT_BY_MANAGER",
                                            "That nothing is adjusted because of {incident} is a manager's to say.",
                                            "{incident} 不作調整須由經理決定。"};
const status::Reason kMergeCycle{absl::StatusCode::kFailedPrecondition, "MERGE_CYCLE",
                                 "{into} stands for {incident}: they cannot be merged the other way.",
                                 "{into} 即 {incident}，不可循環合併。"};
const status::Reason kMergeOfActivities{absl::StatusCode::kFailedPrecondition, "MERGE_OF_ACTIVITIES",
                                        "{incident} and {into} are of different activities.", "{incident} 與 {into} 屬於不同活動。"};
const status::Reason kDueDatePast{absl::StatusCode::kInvalidArgument, "DUE_DATE_PAST", "The date must not be in the past.",
                                  "日期不得在過去。"};

bool RunsOrPauses(const v1::Activity& activity) {
  return activity.state() == v1::Activity::STATE_LIVE || activity.state() == v1::Activity::STATE_PAUSED;
}

bool IsSevere(const Incident& incident) {
  return incident.severity() == Incident::SEVERITY_CRITICAL || incident.severity() == Incident::SEVERITY_MAJOR;
}

bool MayClose(const Incident& incident) {
  if (incident.severity() == Incident::SEVERITY_UNSPECIFIED) return true;
  return incident.state() == Incident::STATE_RESOLVED && (!IsSevere(incident) || incident.has_review());
}

bool IsStanding(const Incident& incident) {
  return incident.state() != Incident::STATE_CLOSED && incident.state() != Incident::STATE_MERGED;
}

bool IsUnmitigated(const Incident& incident) {
  return incident.state() == Incident::STATE_OPEN || incident.state() == Incident::STATE_ACKNOWLEDGED;
}

bool IsUnsettled(const Incident& incident) { return incident.has_pause_time() && IsUnmitigated(incident); }

bool AllCleared(const Incident& incident) {
  if (incident.alert().empty() && incident.signals().empty()) return false;
  if (!incident.alert().empty() && !incident.has_alert_end_time()) return false;
  return std::all_of(incident.signals().begin(), incident.signals().end(), [](const auto& signal) { return signal.has_clear_time(); });
}

absl::Time TimeFor(const Incident& incident, absl::Time now) {
  return incident.has_last_entry_time() ? std::max(now, time::ToTime(incident.last_entry_time())) : now;
}

absl::Status CheckResolves(const Incident& incident, const rpc::Principal& who) {
  if (!incident.has_pause_time() || who.name == incident.owner() || who.Has(options::v1::ROLE_OPERATIONS_MANAGER)) {
    return absl::OkStatus();
  }
  return status::Error(kResolvedByOwner, {{"incident", incident.name()}, {"owner", incident.owner()}});
}

absl::Status CheckCloses(const Incident& before, const v1::CloseIncidentRequest& request, const rpc::Principal& who) {
  if (!request.adjustment().empty() && !request.no_adjustment_reason().empty()) {
    status::BadFields bad;
    bad.Add("no_adjustment_reason", kAdjustmentAndNone);
    return bad.status();
  }
  if (!request.no_adjustment_reason().empty() && !who.Has(options::v1::ROLE_OPERATIONS_MANAGER)) {
    return status::Error(kNoAdjustmentByManager, {{"incident", before.name()}});
  }
  if (before.severity() == Incident::SEVERITY_UNSPECIFIED) return absl::OkStatus();
  if (before.state() != Incident::STATE_RESOLVED) {
    return status::Error(kIncidentNotResolved,
                         {{"incident", before.name()}, {"state", Incident::State_Name(before.state()).substr(std::strlen("STATE_"))}});
  }
  if (IsSevere(before) && !before.has_review()) return status::Error(kReviewMissing, {{"incident", before.name()}});
  if (before.has_pause_time() && request.adjustment().empty() && request.no_adjustment_reason().empty()) {
    return status::Error(kAdjustmentMissing, {{"incident", before.name()}});
  }
  return absl::OkStatus();
}

std::optional<absl::Duration> TimeToAcknowledge(const Incident& incident) {
  if (!incident.has_acknowledge_time()) return std::nullopt;
  return time::ToTime(incident.acknowledge_time()) - time::ToTime(incident.create_time());
}

std::optional<absl::Duration> TimeToMitigate(const Incident& incident) {
  if (!incident.has_mitigate_time()) return std::nullopt;
  const auto& since = incident.has_reopen_time() ? incident.reopen_time() : incident.create_time();
  return time::ToTime(incident.mitigate_time()) - time::ToTime(since);
}

google::protobuf::Duration ToProto(absl::Duration duration) {
  google::protobuf::Duration proto;
  proto.set_seconds(absl::IDivDuration(duration, absl::Seconds(1), &duration));
  proto.set_nanos(static_cast<int32_t>(absl::ToInt64Nanoseconds(duration)));
  return proto;
}

absl::Duration FromProto(const google::protobuf::Duration& duration) {
  return absl::Seconds(duration.seconds()) + absl::Nanoseconds(duration.nanos());
}

std::optional<absl::Duration> MedianByRank(std::vector<absl::Duration> values) {
  if (values.empty()) return std::nullopt;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>((values.size() - 1) / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

v1::SummarizeIncidentsResponse FiguresOf(const std::vector<Incident>& incidents) {
  v1::SummarizeIncidentsResponse figures;
  std::vector<absl::Duration> acknowledged, mitigated;
  for (const Incident& incident : incidents) {
    if (incident.state() == Incident::STATE_MERGED) {
      figures.set_merged(figures.merged() + 1);
      continue;
    }
    figures.set_incidents(figures.incidents() + 1);
    if (IsStanding(incident)) figures.set_unclosed(figures.unclosed() + 1);
    if (incident.has_pause_time()) figures.set_paused(figures.paused() + 1);
    if (IsSevere(incident)) figures.set_severe(figures.severe() + 1);
    if (const auto took = TimeToAcknowledge(incident)) acknowledged.push_back(*took);
    if (const auto took = TimeToMitigate(incident)) mitigated.push_back(*took);
    if (IsUnsettled(incident)) figures.add_unsettled(incident.name());
  }
  figures.set_acknowledged(static_cast<int64_t>(acknowledged.size()));
  figures.set_mitigated(static_cast<int64_t>(mitigated.size()));
  if (const auto median = MedianByRank(std::move(acknowledged))) *figures.mutable_median_time_to_acknowledge() = ToProto(*median);
  if (const auto median = MedianByRank(std::move(mitigated))) *figures.mutable_median_time_to_mitigate() = ToProto(*median);
  return figures;
}

}  // namespace heitie::activity
