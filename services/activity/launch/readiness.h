// The launch gate as the service uses it: local and remote facts together, and the methods that only look or that go through it at once.
#ifndef HEITIE_SERVICES_ACTIVITY_LAUNCH_READINESS_H_
#define HEITIE_SERVICES_ACTIVITY_LAUNCH_READINESS_H_

#include <functional>
#include <string>
#include <vector>

#include "heitie/activity/v1/activity.pb.h"
#include "heitie/activity/v1/launch_gate.pb.h"
#include "heitie/activity/v1/launch_gate_examination.pb.h"
#include "services/activity/launch/facts.h"
#include "services/activity/launch/launch_gate.h"
#include "services/activity/preparation/activity.h"
#include "services/activity/preparation/preparation_item.h"
#include "services/activity/preparation/support_commitment.h"
#include "services/activity/preparation/waiver.h"
#include "services/activity/shift/shift_book.h"

namespace heitie::activity {

// Thread-safe.
class Readiness {
 public:
  Readiness(service::Context context, Activities& activities, PreparationItems& items, SupportCommitments& commitments, Waivers& waivers);
  void Bind(record::Methods& methods);

  // The facts that this service knows itself.
  absl::StatusOr<GateFacts> LocalFacts(sql::Session& session, const v1::Activity& activity, absl::Time moment) const;

  // The same with those that others know, of the activity as it stands. Blocks for at most 3 s.
  absl::StatusOr<GateFacts> FactsOf(const rpc::Call& call, const std::string& activity, absl::Time moment) const {
    return Facts(call, activity, moment, "", "", FactGatherer::Extent::kVerdicts);
  }

  struct Verdicts {
    v1::Activity activity;
    std::vector<v1::PreconditionVerdict> verdicts;
  };
  // The gate of an activity at `moment`. `reservation` and `encumbrance` are what a launch in progress has taken so far. Blocks for at most
  // 3 s.
  absl::StatusOr<Verdicts> Evaluate(const rpc::Call& call, const std::string& activity, absl::Time moment,
                                    const std::string& reservation = "", const std::string& encumbrance = "") const;
  // The same with all that it was judged by, for a launch at `moment`.
  struct Judged {
    GateFacts facts;
    std::vector<v1::PreconditionVerdict> verdicts;
  };
  absl::StatusOr<Judged> Try(const rpc::Call& call, const std::string& activity, absl::Time moment) const;
  // The gate of the activity as it would be after `amend`, with what it holds at present.
  absl::StatusOr<Verdicts> EvaluateAs(const rpc::Call& call, const std::string& activity, absl::Time moment,
                                      const std::function<void(v1::Activity&)>& amend) const;
  // PAUSED → LIVE through the whole gate, for whoever asks. Blocks as Evaluate does.
  absl::StatusOr<v1::Activity> Resume(const rpc::Call& call, const v1::ResumeActivityRequest& request);

 private:
  absl::StatusOr<v1::EvaluateLaunchGateResponse> EvaluateLaunchGate(const rpc::Call& call, const v1::EvaluateLaunchGateRequest& request);
  absl::StatusOr<v1::LaunchGateExamination> ExamineLaunchGate(const rpc::Call& call, const v1::ExamineLaunchGateRequest& request);
  absl::StatusOr<v1::Activity> MarkReady(record::Transaction& tx, const v1::MarkActivityReadyRequest& request);
  absl::StatusOr<GateFacts> Facts(const rpc::Call& call, const std::string& activity, absl::Time moment, const std::string& reservation,
                                  const std::string& encumbrance, FactGatherer::Extent extent) const;

  service::Context context_;
  FactGatherer gatherer_;
  Activities& activities_;
  PreparationItems& items_;
  SupportCommitments& commitments_;
  Waivers& waivers_;
  const ShiftBooks shifts_;
};

}  // namespace heitie::activity

#endif  // HEITIE_SERVICES_ACTIVITY_LAUNCH_READINESS_H_
