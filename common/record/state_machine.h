// State machines as tables: the same rows check a transition, list the verbs that are allowed, and draw the diagram.
//
//   const record::StateMachine& Projects::Machine() {
//     static const auto& machine = *new record::StateMachine(Project::State_descriptor(), {
//         {Project::STATE_DRAFT, "submit", Project::STATE_SUBMITTED, "the plan is actionable"},
//         {Project::STATE_APPROVED, "expire", Project::STATE_DRAFT, "its time is over", record::kConsequence}, ...});
//     return machine;
//   }
//
// Kind (kind.h) does the rest.
#ifndef HEITIE_COMMON_RECORD_STATE_MACHINE_H_
#define HEITIE_COMMON_RECORD_STATE_MACHINE_H_

#include <initializer_list>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "google/protobuf/descriptor.h"

namespace heitie::record {

// Whether a verb is a method's or follows from something else: a job, another verb, another service's event.
enum Cause { kMethod, kConsequence };

struct Transition {
  int from;
  // The verb in lower snake_case ("submit"), which is also the action of the event.
  const char* verb;
  int to;
  // What else must hold, in words, for the diagram; nullptr when nothing.
  const char* guard = nullptr;
  Cause cause = kMethod;
};

class StateMachine {
 public:
  StateMachine(const google::protobuf::EnumDescriptor* states, std::initializer_list<Transition> transitions);

  // The state after `verb`, or FAILED_PRECONDITION, ILLEGAL_TRANSITION, naming the verbs that are allowed.
  absl::StatusOr<int> Next(const std::string& name, int state, const std::string& verb) const;
  // Those that methods offer, as the rows have them.
  std::vector<std::string> AllowedVerbs(int state) const;
  const google::protobuf::EnumDescriptor& states() const { return *states_; }
  // A Mermaid stateDiagram-v2.
  std::string Diagram() const;

 private:
  const google::protobuf::EnumDescriptor* states_;
  std::vector<Transition> transitions_;
};

// "recordResult", as a method of this verb is called over HTTP, for "record_result".
std::string CallName(const std::string& verb);

// The machines of the kinds that were constructed in this process, by resource type ("risk.heitie/Risk").
std::vector<std::pair<std::string, const StateMachine*>> Machines();
// Done by Kind.
void RegisterMachine(const std::string& type, const StateMachine& machine);

}  // namespace heitie::record

#endif  // HEITIE_COMMON_RECORD_STATE_MACHINE_H_
