#include "common/record/state_machine.h"

#include <map>
#include <mutex>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/status/status.h"

namespace heitie::record {
namespace {

struct MachineRegistry {
  std::mutex mutex;
  std::map<std::string, const StateMachine*> machines;
};

MachineRegistry& TheMachines() {
  static auto& registry = *new MachineRegistry;
  return registry;
}

}  // namespace

std::string CallName(const std::string& verb) {
  std::string name;
  for (size_t i = 0; i < verb.size(); ++i) {
    if (verb[i] == '_' && i + 1 < verb.size()) {
      name.push_back(absl::ascii_toupper(static_cast<unsigned char>(verb[++i])));
    } else {
      name.push_back(verb[i]);
    }
  }
  return name;
}

StateMachine::StateMachine(const google::protobuf::EnumDescriptor* states, std::initializer_list<Transition> transitions)
    : states_(states), transitions_(transitions) {}

absl::StatusOr<int> StateMachine::Next(const std::string& name, int state, const std::string& verb) const {
  for (const Transition& t : transitions_) {
    if (t.from == state && verb == t.verb) return t.to;
  }
  const auto* value = states_->FindValueByNumber(state);
  std::vector<std::string> allowed = AllowedVerbs(state);
  for (std::string& one : allowed) one = CallName(one);
  return status::Error(status::kIllegalTransition, {{"name", name},
                                                    {"verb", CallName(verb)},
                                                    {"state", value == nullptr ? std::to_string(state) : value->name()},
                                                    {"allowed", allowed.empty() ? "-" : absl::StrJoin(allowed, ", ")}});
}

std::vector<std::string> StateMachine::AllowedVerbs(int state) const {
  std::vector<std::string> verbs;
  for (const Transition& t : transitions_) {
    if (t.from == state && t.cause == kMethod) verbs.emplace_back(t.verb);
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

std::vector<std::pair<std::string, const StateMachine*>> Machines() {
  MachineRegistry& registry = TheMachines();
  std::lock_guard<std::mutex> lock(registry.mutex);
  return {registry.machines.begin(), registry.machines.end()};
}

void RegisterMachine(const std::string& type, const StateMachine& machine) {
  MachineRegistry& registry = TheMachines();
  std::lock_guard<std::mutex> lock(registry.mutex);
  registry.machines[type] = &machine;
}

}  // namespace heitie::record
