// State machines as tables: the same rows check a transition, list the verbs that are allowed, and draw the diagram.
//
//   inline constexpr auto kTransitions = std::to_array<record::Transition>({
//       {Project::DRAFT, "submit", Project::SUBMITTED}, ...});
//   const record::StateMachine kMachine(Project::State_descriptor(), kTransitions);
//
//   ASSIGN_OR_RETURN(int next, kMachine.Next(project.name(), project.state(), "submit"));
#pragma once

#include <algorithm>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "google/protobuf/descriptor.h"

namespace heitie::record {

struct Transition {
  int from;
  // The verb is the custom method in lower snake_case ("submit"), or a job ("expire").
  const char* verb;
  int to;
  // What else must hold, in words, for the diagram; nullptr when nothing.
  const char* guard = nullptr;
};

class StateMachine {
 public:
  StateMachine(const google::protobuf::EnumDescriptor* states, std::span<const Transition> transitions);

  // The state after `verb`, or FAILED_PRECONDITION, ILLEGAL_TRANSITION, naming the verbs that are allowed.
  absl::StatusOr<int> Next(const std::string& name, int state, const std::string& verb) const;
  std::vector<std::string> AllowedVerbs(int state) const;
  // A Mermaid stateDiagram-v2.
  std::string Diagram() const;

 private:
  const google::protobuf::EnumDescriptor* states_;
  std::vector<Transition> transitions_;
};

// Fills the computed field `allowed_verbs` from the field `state`, without the verbs of `automatic`, which no method offers.
template <typename T>
void SetAllowedVerbs(const StateMachine& machine, T& resource, std::initializer_list<std::string_view> automatic = {}) {
  resource.clear_allowed_verbs();
  for (const std::string& verb : machine.AllowedVerbs(resource.state())) {
    if (std::find(automatic.begin(), automatic.end(), verb) == automatic.end()) resource.add_allowed_verbs(verb);
  }
}

}  // namespace heitie::record
