#include "services/personnel/candidate/pipeline.h"

#include <algorithm>
#include <map>

#include "common/time/instant.h"

namespace heitie::personnel {
namespace {

// The stage that a verb reaches.
const std::map<std::string, v1::Stage>& ReachedBy() {
  static const auto& reached = *new std::map<std::string, v1::Stage>{
      {"receive", v1::STAGE_APPLIED},  {"screen", v1::STAGE_SCREENING},      {"interview", v1::STAGE_INTERVIEW},
      {"make_offer", v1::STAGE_OFFER}, {"accept_offer", v1::STAGE_ACCEPTED}, {"hire", v1::STAGE_HIRED},
  };
  return reached;
}

// The stage beyond which a verb retracts.
const std::map<std::string, v1::Stage>& RetractedBeyond() {
  static const auto& beyond = *new std::map<std::string, v1::Stage>{
      {"return_to_applied", v1::STAGE_APPLIED}, {"return_to_screening", v1::STAGE_SCREENING}, {"retract_offer", v1::STAGE_INTERVIEW}};
  return beyond;
}

}  // namespace

const record::StateMachine& ApplicationMachine() {
  using A = v1::Application;
  static const auto& machine = *new record::StateMachine(
      A::State_descriptor(),
      {
          {A::STATE_APPLIED, "screen", A::STATE_SCREENING},
          {A::STATE_SCREENING, "interview", A::STATE_INTERVIEW, "the position has a scorecard template"},
          {A::STATE_INTERVIEW, "make_offer", A::STATE_OFFER, "the cards come to a score and no mean is below its floor",
           record::kConsequence},
          {A::STATE_OFFER, "accept_offer", A::STATE_OFFER, nullptr, record::kConsequence},
          {A::STATE_OFFER, "hire", A::STATE_HIRED, nullptr, record::kConsequence},
          {A::STATE_OFFER, "decline_offer", A::STATE_INTERVIEW, nullptr, record::kConsequence},
          {A::STATE_OFFER, "retract_offer", A::STATE_INTERVIEW, nullptr, record::kConsequence},
          {A::STATE_SCREENING, "return_to_applied", A::STATE_APPLIED},
          {A::STATE_INTERVIEW, "return_to_applied", A::STATE_APPLIED},
          {A::STATE_INTERVIEW, "return_to_screening", A::STATE_SCREENING},
          {A::STATE_APPLIED, "reject", A::STATE_REJECTED},
          {A::STATE_SCREENING, "reject", A::STATE_REJECTED},
          {A::STATE_INTERVIEW, "reject", A::STATE_REJECTED},
          {A::STATE_OFFER, "reject", A::STATE_REJECTED},
          {A::STATE_APPLIED, "withdraw", A::STATE_WITHDRAWN},
          {A::STATE_SCREENING, "withdraw", A::STATE_WITHDRAWN},
          {A::STATE_INTERVIEW, "withdraw", A::STATE_WITHDRAWN},
          {A::STATE_OFFER, "withdraw", A::STATE_WITHDRAWN},
          {A::STATE_APPLIED, "close", A::STATE_REJECTED, "the requisition is filled or cancelled", record::kConsequence},
          {A::STATE_SCREENING, "close", A::STATE_REJECTED, "the requisition is filled or cancelled", record::kConsequence},
          {A::STATE_INTERVIEW, "close", A::STATE_REJECTED, "the requisition is filled or cancelled", record::kConsequence},
          {A::STATE_OFFER, "close", A::STATE_REJECTED, "the requisition is filled or cancelled", record::kConsequence},
      });
  return machine;
}

bool IsLive(v1::Application::State state) { return v1::Application::STATE_APPLIED <= state && state <= v1::Application::STATE_OFFER; }

v1::Stage FurthestStage(const v1::Application& application) {
  v1::Stage furthest = v1::STAGE_UNSPECIFIED;
  for (const v1::StageReached& reached : application.stages()) {
    if (!reached.has_retract_time()) furthest = std::max(furthest, reached.stage());
  }
  return furthest;
}

void NoteStages(v1::Application& application, const std::string& verb, absl::Time time, const std::string& actor) {
  if (const auto beyond = RetractedBeyond().find(verb); beyond != RetractedBeyond().end()) {
    for (v1::StageReached& reached : *application.mutable_stages()) {
      if (reached.stage() > beyond->second && !reached.has_retract_time()) *reached.mutable_retract_time() = time::ToTimestamp(time);
    }
  }
  const auto stage = ReachedBy().find(verb);
  if (stage == ReachedBy().end()) return;
  const auto counts = [&](const v1::StageReached& reached) { return reached.stage() == stage->second && !reached.has_retract_time(); };
  if (std::any_of(application.stages().begin(), application.stages().end(), counts)) return;
  v1::StageReached& reached = *application.add_stages();
  reached.set_stage(stage->second);
  *reached.mutable_time() = time::ToTimestamp(time);
  reached.set_actor(actor);
}

}  // namespace heitie::personnel
