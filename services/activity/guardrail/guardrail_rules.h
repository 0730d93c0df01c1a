// Rules of guardrails (policy A2, W4) as plain functions: what a rule says of a window, and what follows from one window after the other.
#ifndef HEITIE_SERVICES_ACTIVITY_GUARDRAIL_GUARDRAIL_RULES_H_
#define HEITIE_SERVICES_ACTIVITY_GUARDRAIL_GUARDRAIL_RULES_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/status/status.h"
#include "heitie/activity/v1/activity.pb.h"
#include "heitie/activity/v1/guardrail.pb.h"

namespace heitie::activity {

extern const status::Reason kBadGuardrailSignal;   // {signal}: a field
extern const status::Reason kBadGuardrailBound;    // a field
extern const status::Reason kClearBoundSide;       // a field
extern const status::Reason kBadGuardrailWindow;   // a field
extern const status::Reason kTargetMissing;        // a field
extern const status::Reason kResumesNotByFigures;  // a field

// After so many windows a breach is forgotten, while it has not opened anything.
inline constexpr int kForgetAfter = 6;

// One that is judged by windows, not by what a page or an alert does.
bool IsOnFigures(v1::ActivityGuardrail::Signal signal);
bool IsRate(v1::ActivityGuardrail::Signal signal);

// What is wrong with a rule: BAD_GUARDRAIL_SIGNAL, BAD_GUARDRAIL_BOUND, CLEAR_BOUND_SIDE, BAD_GUARDRAIL_WINDOW, TARGET_MISSING,
// RESUMES_NOT_BY_FIGURES. `field` is the rule's in the request.
void CheckGuardrail(const std::string& field, const v1::ActivityGuardrail& rule, const v1::Activity& activity, status::BadFields& bad);

// By what a rule judges, in numbers.
struct GuardrailBounds {
  bool at_least = true;  // breaches below `bound`, else above it
  double bound = 0;
  double clear = 0;
};
// Nothing where the activity has no target of which the bound is a share.
std::optional<GuardrailBounds> BoundsOf(const v1::ActivityGuardrail& rule, const v1::Activity& activity);

// The upper (lower) end of Wilson's one-sided interval of hits ÷ sample. 0 < sample, 0 ≤ hits ≤ sample.
double WilsonUpper(int64_t hits, int64_t sample, double z);
double WilsonLower(int64_t hits, int64_t sample, double z);

// What is known of a window.
struct WindowFigures {
  int64_t sample = 0;
  int64_t hits = 0;
  std::optional<double> value;  // of METRIC
  bool missing = false;
};

struct WindowJudgement {
  v1::WindowVerdict verdict = v1::WINDOW_VERDICT_UNSPECIFIED;
  std::optional<double> figure;
  std::optional<double> wilson;
};
WindowJudgement JudgeWindow(const v1::ActivityGuardrail& rule, const GuardrailBounds& bounds, const WindowFigures& figures);

// What a window changes.
struct GuardrailTurn {
  bool opens = false;
  // With `opens`: it belongs to the incident of the episode before, which cleared less than the rule's `reopen_within` earlier.
  bool same_incident = false;
  bool clears = false;
  // With this window so many are missing in a row as are told.
  bool tells_missing = false;
};
// Takes the window [start, end) with its verdict into the run.
GuardrailTurn Advance(const v1::ActivityGuardrail& rule, v1::WindowVerdict verdict, absl::Time start, absl::Time end,
                      v1::GuardrailRun& run);
// The same for what has no windows: a page or an alert that is down or open (`breached`) or is not.
GuardrailTurn Switch(const v1::ActivityGuardrail& rule, bool breached, absl::Time at, v1::GuardrailRun& run);

// The first instant at or after `time` at which a window of that length begins.
absl::Time AlignUp(absl::Time time, absl::Duration window);

// Whether the change lets pass what was held before.
bool Loosens(const v1::ActivityGuardrail& before, const v1::ActivityGuardrail& after);

// Judges windows one after the other, as a rule would that is on an activity whose windows begin at `start`.
v1::TryActivityGuardrailResponse TryWindows(const v1::ActivityGuardrail& rule, const GuardrailBounds& bounds,
                                            const std::vector<WindowFigures>& windows, absl::Time start);

}  // namespace heitie::activity

#endif  // HEITIE_SERVICES_ACTIVITY_GUARDRAIL_GUARDRAIL_RULES_H_
