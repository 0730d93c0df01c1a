// What a change of the risks demands of activities that were planned or launched before it (policy R3; W1, W5, W6). The launch gate judges
// the risks at the launch; from then on this watch follows the risk service's events, and judges again when a waiver of them ends.
#ifndef HEITIE_SERVICES_ACTIVITY_WATCH_REACTIONS_H_
#define HEITIE_SERVICES_ACTIVITY_WATCH_REACTIONS_H_

#include <string>
#include <vector>

#include "common/event/reactions.h"
#include "heitie/activity/v1/activity.pb.h"
#include "heitie/risk/v1/obligation.pb.h"
#include "heitie/risk/v1/risk.pb.h"
#include "heitie/risk/v1/summary.pb.h"
#include "services/activity/launch/settlement.h"
#include "services/activity/preparation/waiver.h"

namespace heitie::activity {

struct Reaction {
  enum class Kind {
    kNone,
    // A LIVE activity rests on an acceptance or instrument that has expired (W6), a HIGH risk on it is open, a MEDIUM one was not
    // treated in time, or a regulation is in force and what it demands is not confirmed (W1).
    kPause,
    // A risk on it, or on its project, is to be avoided (W5).
    kCancel,
  };
  Kind kind = Kind::kNone;
  // The risk's judgement in plain English, which becomes the activity's state_reason.
  std::string reason;
};

// What `risks` demand of the activity; `waived`: a waiver of RISKS_SETTLED is in force. Avoidance was decided by name and is not waived.
// MEDIUM risks that may still be treated and those that nobody has assessed yet are for the next gate. Pure.
Reaction React(const v1::Activity& activity, const risk::v1::SummarizeRisksResponse& risks, bool waived);

// The risk that is to be avoided by dropping `subject` itself; null when there is none. Pure.
const risk::v1::RiskSummary* Avoided(const risk::v1::SummarizeRisksResponse& risks, const std::string& subject);

// Thread-safe.
class RiskWatch {
 public:
  // Registers what is done about changes of risks, and the job that judges as planned.
  RiskWatch(service::Context context, Activities& activities, Waivers& waivers, Settlement& settlement);

 private:
  absl::Status OnRisk(const rpc::Call& call, const event::Change<risk::v1::Risk>& change);
  absl::Status OnObligation(const rpc::Call& call, const event::Change<risk::v1::ObligationCase>& change);
  // Tells the risk what became of what is dropped to avoid it, as far as that is certain.
  absl::Status ReportOutcomes(const rpc::Call& call, const risk::v1::Risk& risk);
  absl::Status ReportSubject(const rpc::Call& call, const std::string& risk, const std::string& subject);
  absl::StatusOr<std::vector<v1::Activity>> OfProject(const rpc::Call& call, const std::string& project);
  absl::Status Report(const rpc::Call& call, const std::string& risk, const std::string& subject, bool dropped, const std::string& reason);
  // Judges what the risk of `subject` concerns: an activity, or a project with all of its activities.
  absl::Status Judge(const rpc::Call& call, const std::string& subject);
  absl::Status JudgeProject(const rpc::Call& call, const std::string& project);
  absl::Status JudgeLater(const rpc::Call& call, const std::string& activity);
  absl::Status JudgeActivity(const rpc::Call& call, const v1::Activity& activity);
  absl::StatusOr<risk::v1::SummarizeRisksResponse> Risks(const rpc::Call& call, const std::vector<std::string>& subjects,
                                                         const std::string& time_zone = "");
  absl::StatusOr<bool> Waived(const rpc::Call& call, const std::string& activity);
  // W5: the project is cancelled first, so that no gate opens any more; then what was taken for itself is released.
  absl::Status DropProject(const rpc::Call& call, const std::string& project, const risk::v1::RiskSummary& risk);

  service::Context context_;
  Activities& activities_;
  Waivers& waivers_;
  Settlement& settlement_;
};

}  // namespace heitie::activity

#endif  // HEITIE_SERVICES_ACTIVITY_WATCH_REACTIONS_H_
