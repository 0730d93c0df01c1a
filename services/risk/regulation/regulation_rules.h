// What regulations bind, from when to when, and what of their obligations is open (policy R1, R3, W1). Pure functions.
#ifndef HEITIE_SERVICES_RISK_REGULATION_REGULATION_RULES_H_
#define HEITIE_SERVICES_RISK_REGULATION_REGULATION_RULES_H_

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "common/record/state_machine.h"
#include "heitie/activity/v1/activity.pb.h"
#include "heitie/planning/v1/project.pb.h"
#include "heitie/planning/v1/scheme.pb.h"
#include "heitie/risk/v1/obligation.pb.h"
#include "heitie/risk/v1/regulation.pb.h"
#include "heitie/risk/v1/risk_signal.pb.h"

namespace heitie::risk {

const record::StateMachine& RegulationMachine();
const record::StateMachine& ObligationMachine();
const record::StateMachine& ObligationCaseMachine();

// What is known of an activity or project by which regulations bind it.
struct BoundSubject {
  std::string name, title, owner;
  // Of an activity.
  std::string project;
  // Whether it is not over: neither ended nor cancelled.
  bool open = false;
  absl::Time start, end;
  // Lists that applicabilities name, in small letters.
  std::set<std::string> kinds, channels, categories, markets;
};

// The facts from which subjects are known; those of other services may lag by a second.
struct SubjectFacts {
  std::vector<activity::v1::Activity> activities;
  std::map<std::string, planning::v1::Project> projects;             // by name
  std::map<std::string, std::vector<planning::v1::Scheme>> schemes;  // by project
  std::map<std::string, v1::SubjectScope> scopes;                    // by subject
};

// An activity is of the kind that it has and of its project's type, in its own scope and its project's, and uses the channels of its
// scheme; a project uses those of all schemes that are drafted or approved. Days count in `zone`.
BoundSubject SubjectOf(const activity::v1::Activity& activity, const SubjectFacts& facts);
BoundSubject SubjectOf(const planning::v1::Project& project, const SubjectFacts& facts, absl::TimeZone zone);

// Whether something is said of what is bound.
bool SaysWhatItBinds(const v1::Applicability& applicability);

// Whether it names the subject, or its project, or every list that says something has one of what the subject has.
bool Binds(const v1::Applicability& applicability, const BoundSubject& subject);

// From when to when a regulation is in force, the end not included. Nothing of one that was not enacted.
struct InForceSpan {
  absl::Time start, end = absl::InfiniteFuture();
};
std::optional<InForceSpan> SpanOf(const v1::Regulation& regulation, absl::TimeZone zone);
// The next moment after `at` from which on it binds, or binds no more; infinitely far when there is none.
absl::Time NextTurnOf(const v1::Regulation& regulation, absl::TimeZone zone, absl::Time at);
// The same as if it were enacted as it is; one without an effective date is expected at once.
InForceSpan ExpectedSpanOf(const v1::Regulation& regulation, absl::TimeZone zone, absl::Time now);

// Whether the regulation binds the subject, and its dates meet the span. What is still open at `at` is not over before.
bool Meets(const v1::Regulation& regulation, const InForceSpan& span, const BoundSubject& subject, absl::Time at);

// Whether the case shows that the obligation is fulfilled as it is demanded now.
bool IsConfirmed(const v1::ObligationCase* found, const v1::Obligation& obligation);

// By when a case is due: on the day of the obligation, and before its regulation comes into force at the latest, for that day may have been
// moved to an earlier one.
absl::CivilDay DueDayOf(const v1::Obligation& obligation, absl::Time effective, absl::TimeZone zone);

// Of the two that make a case, so that it is one whoever lists it.
std::string CaseOf(const std::string& obligation, const std::string& subject);

// Which of the policy's lead days is to be told at `at` of a regulation that comes into force at `effective`: the least that is reached,
// when it is less than what was told before (0: nothing was). 0: none. Nothing once it is in force.
int32_t LeadToTell(const std::vector<int32_t>& lead_days, absl::Time effective, int32_t told, absl::Time at);

// The first moment after `at` at which a lead is reached of a regulation that comes into force at `effective`; infinitely far when there is
// none.
absl::Time NextLead(const std::vector<int32_t>& lead_days, absl::Time effective, absl::Time at);

// The place of a lead among the policy's, from the least: 0, 1, ….
int RankOfLead(const std::vector<int32_t>& lead_days, int32_t lead);

// How bad it is that a lead is reached: the least one is grave.
v1::SignalSeverity SeverityOfLead(const std::vector<int32_t>& lead_days, int32_t lead);
// By which the fact is known that a regulation comes into force on a day; several obligations of it are one fact.
std::string KeyOfLead(const std::string& regulation, int32_t lead, const std::string& day);

// For how many days something has been overdue that was due by the end of a day; 0 when it is in time.
int32_t OverdueDays(absl::CivilDay due, absl::TimeZone zone, absl::Time at);
int32_t OverdueDays(absl::Time due, absl::Time at);

// The lines of both texts in one order, with a longest common sequence of them as the same; what was removed comes before what was added.
v1::RegulationComparison CompareTexts(const std::string& earlier, const std::string& later);

}  // namespace heitie::risk

#endif  // HEITIE_SERVICES_RISK_REGULATION_REGULATION_RULES_H_
