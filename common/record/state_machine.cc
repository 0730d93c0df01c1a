#include "common/record/state_machine.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/status/status.h"

namespace heitie::record {

StateMachine::StateMachine(const google::protobuf::EnumDescriptor* states, std::span<const Transition> transitions)
    : states_(states), transitions_(transitions.begin(), transitions.end()) {}

absl::StatusOr<int> StateMachine::Next(const std::string& name, int state, const std::string& verb) const {
  for (const Transition& t : transitions_) {
    if (t.from == state && verb == t.verb) return t.to;
  }
  const auto* value = states_->FindValueByNumber(state);
  const std::vector<std::string> allowed = AllowedVerbs(state);
  return status::Error(status::kIllegalTransition, {{"name", name},
                                                    {"verb", verb},
                                                    {"state", value == nullptr ? std::to_string(state) : value->name()},
                                                    {"allowed", allowed.empty() ? "-" : absl::StrJoin(allowed, ", ")}});
}

std::vector<std::string> StateMachine::AllowedVerbs(int state) const {
  std::vector<std::string> verbs;
  for (const Transition& t : transitions_) {
    if (t.from == state) verbs.emplace_back(t.verb);
  }
  return verbs;
}

std::string StateMachine::Diagram() const {
  std::string out = "stateDiagram-v2\n";
  const auto label = [&](int state) {
    const auto* value = states_->FindValueByNumber(state);
    return value == nullptr ? std::to_string(state) : value->name().substr(value->name().find('_') + 1);
  };
  for (const Transition& t : transitions_) {
    absl::StrAppend(&out, "  ", label(t.from), " --> ", label(t.to), " : ", t.verb,
                    t.guard == nullptr ? "" : absl::StrCat(" [", t.guard, "]"), "\n");
  }
  return out;
}

}  // namespace heitie::record
