// The launch gate (policy A1, A2; W1, W6): what must hold for an activity to be live, judged by facts. Judging is a pure function; the
// facts come from facts.h.
#ifndef HEITIE_SERVICES_ACTIVITY_LAUNCH_LAUNCH_GATE_H_
#define HEITIE_SERVICES_ACTIVITY_LAUNCH_LAUNCH_GATE_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/status/status.h"
#include "heitie/activity/v1/activity.pb.h"
#include "heitie/activity/v1/launch_gate.pb.h"
#include "heitie/activity/v1/preparation_item.pb.h"
#include "heitie/activity/v1/support_commitment.pb.h"
#include "heitie/activity/v1/waiver.pb.h"
#include "heitie/personnel/v1/qualification.pb.h"
#include "heitie/planning/v1/project.pb.h"
#include "heitie/planning/v1/scheme.pb.h"
#include "heitie/resource/v1/budget.pb.h"
#include "heitie/resource/v1/encumbrance.pb.h"
#include "heitie/resource/v1/reservation.pb.h"
#include "heitie/resource/v1/stock.pb.h"
#include "heitie/risk/v1/summary.pb.h"
#include "services/activity/page/page_facts.h"
#include "services/activity/shift/shift_judgement.h"

namespace heitie::activity {

// One reason for each way in which a precondition can fail, besides those of common/status/shared.h; all are FAILED_PRECONDITION.
extern const status::Reason kPlanNotApproved;       // {project} {state}
extern const status::Reason kSchemeNotApproved;     // {scheme} {state}
extern const status::Reason kSchemeOfOtherProject;  // {scheme} {project}
extern const status::Reason kScheduleNotBegun;      // {start}
extern const status::Reason kScheduleOver;          // {end}
extern const status::Reason kBudgetNotCommitted;    // {activity} {asked} {currency}
extern const status::Reason kMaterialsNotReserved;  // {items}
extern const status::Reason kStaffMissing;          // {activity}
extern const status::Reason kStaffNotQualified;     // {employees}
extern const status::Reason kShiftsNotCovered;      // {gaps}
extern const status::Reason kRisksOpen;             // {risks}
extern const status::Reason kObligationOpen;        // {obligations}
extern const status::Reason kPreparationMissing;    // {activity}
extern const status::Reason kPreparationOpen;       // {items}
extern const status::Reason kLessonsUnanswered;     // {lessons}
extern const status::Reason kSupportNotAccepted;    // {departments}
extern const status::Reason kIncidentsUnsettled;    // {incidents}
extern const status::Reason kPagesDown;             // {pages}
extern const status::Reason kPagesUnseen;           // {pages}; {service} is "pages": nobody knows of them
extern const status::Reason kFactsUnknown;          // {service} {why}: the service could not be asked
extern const status::Reason kFactsRefused;  // {service} {why}: the service answered with an error, for example that there is no such budget
extern const status::Reason kLaunchTimedOut;  // {step}: the launch took longer than its reservations last
// The summary that a closed gate is refused with: {activity} {preconditions}.
extern const status::Reason kLaunchGateClosed;
// What the gate of an activity depends on could not be asked: {activity} {services}. UNAVAILABLE.
extern const status::Reason kFactsMissing;
// The summary that an unprepared activity is refused with: {activity} {preconditions}.
extern const status::Reason kNotPrepared;

// What the gate judges by. A StatusOr that holds an error stands for facts that were not got: NOT_FOUND and INVALID_ARGUMENT mean that
// there are none, everything else that the service could not be asked.
struct GateFacts {
  // The moment that is judged.
  absl::Time moment;
  // Its day in the business time zone, on which money would be booked.
  absl::CivilDay business_day;
  v1::Activity activity;
  std::vector<v1::PreparationItem> items;
  std::vector<v1::SupportCommitment> commitments;
  std::vector<v1::Waiver> waivers;
  // The accepted lessons and open actions that the activity has not answered, by name.
  std::vector<std::string> unanswered_lessons;
  // The incidents that paused the activity and are not mitigated, by name.
  std::vector<std::string> unsettled_incidents;
  // Those that must be up before the launch.
  std::vector<PageFact> pages;
  absl::StatusOr<planning::v1::Project> project = absl::UnknownError("not asked");
  absl::StatusOr<planning::v1::Scheme> scheme = absl::UnknownError("not asked");
  // Asked when money is needed: the budget, and once the launch took from it, what it took (and the budget only in full).
  absl::StatusOr<resource::v1::Budget> budget = absl::UnknownError("not asked");
  std::optional<absl::StatusOr<resource::v1::Encumbrance>> encumbrance;
  // Asked together with the budget before the launch: what the project holds of it, on which the launch draws.
  std::optional<absl::StatusOr<resource::v1::ListEncumbrancesResponse>> project_money;
  // Asked when materials are needed: the stock until the launch has reserved, then its reservation (and the stock only in full).
  absl::StatusOr<resource::v1::CheckStockResponse> stock = absl::UnknownError("not asked");
  std::optional<absl::StatusOr<resource::v1::Reservation>> reservation;
  // The shifts of an activity that is staffed by them. When somebody is to be asked about, the answer.
  ShiftBook shifts;
  absl::StatusOr<personnel::v1::CheckQualificationCasesResponse> shift_qualification = personnel::v1::CheckQualificationCasesResponse();
  // Asked when there is staff, and no shift in its place.
  absl::StatusOr<personnel::v1::CheckQualificationResponse> qualification = absl::UnknownError("not asked");
  absl::StatusOr<risk::v1::SummarizeRisksResponse> risks = absl::UnknownError("not asked");
};

// One verdict for each precondition, in the order of their numbers; sentences in `language`.
std::vector<v1::PreconditionVerdict> Judge(const GateFacts& facts, status::Language language);

// The verdicts that the activity service can give by itself: PREPARATION_COMPLETE and SUPPORT_ACCEPTED.
std::vector<v1::PreconditionVerdict> JudgePreparation(const GateFacts& facts, status::Language language);

// True when every verdict is MET or WAIVED.
bool IsOpen(const std::vector<v1::PreconditionVerdict>& verdicts);

// Whether a waiver counts at `moment`.
bool IsInForce(const v1::Waiver& waiver, absl::Time moment);

// A verdict that `precondition` is not met, for refusals that do not come from Judge.
v1::PreconditionVerdict Unmet(v1::Precondition precondition, const status::Reason& reason, const status::Args& args,
                              status::Language language);

// FAILED_PRECONDITION with `summary` and one violation for each verdict that closes the gate: its type is the reason, its subject the
// precondition's name, its sentence in the language of the caller.
absl::Status Refusal(const std::string& activity, const std::vector<v1::PreconditionVerdict>& verdicts,
                     const status::Reason& summary = kLaunchGateClosed);

// The decision by a gate: OK when it is open; Refusal when something is not met; and when all that is missing is facts that could not be
// asked for, UNAVAILABLE with RetryInfo, FACTS_MISSING, which names the services. What nobody knows decides nothing.
absl::Status CheckOpen(const std::string& activity, const std::vector<v1::PreconditionVerdict>& verdicts,
                       const status::Reason& summary = kLaunchGateClosed);

// The same in one English text, sentence by sentence, for the record.
std::string Explain(const std::string& activity, const std::vector<v1::PreconditionVerdict>& verdicts);

// What the gate asks the other services for.
bool NeedsMoney(const v1::Activity& activity);
bool NeedsMaterials(const v1::Activity& activity);
// Of an activity that is staffed by shifts these stand in place of its staff.
bool HasStaff(const v1::Activity& activity);

// Whether the activity has been launched: what it needs must then be reserved and committed, not merely available.
bool IsLaunched(const v1::Activity& activity);

}  // namespace heitie::activity

#endif  // HEITIE_SERVICES_ACTIVITY_LAUNCH_LAUNCH_GATE_H_
