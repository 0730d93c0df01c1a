#include "services/activity/clock/escalations.h"

#include <set>

#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "common/time/instant.h"
#include "heitie/options/v1/access.pb.h"

namespace heitie::activity {

using v1::Escalation;

const status::Reason kNotYourEscalation{absl::StatusCode::kPermissionDenied, "NOT_YOUR_ESCALATION",
                                        "{escalation} is acknowledged by its recipient or a manager.",
                                        "{escalation} 僅收件人或經理可以確認。"};

const record::StateMachine& EscalationMachine() {
  static const auto& machine =
      *new record::StateMachine(Escalation::State_descriptor(), {
                                                                    {Escalation::STATE_OPEN, "acknowledge", Escalation::STATE_ACKNOWLEDGED},
                                                                });
  return machine;
}

Escalations::Escalations(const service::Context& context, Activities& activities)
    : people_(context.people), activities_(activities), escalations_(context.store, &EscalationMachine()) {}

absl::Status Escalations::Tell(record::Transaction& tx, const Escalation& what, const Recipients& recipients) const {
  std::string activity_owner;
  if (!what.activity().empty()) {
    const absl::StatusOr<v1::Activity> activity = activities_.kind().Find(tx.sql, what.activity());
    if (activity.ok()) {
      activity_owner = activity->owner();
    } else if (!absl::IsNotFound(activity.status())) {
      return activity.status();
    }
  }
  const auto here = [&](const std::string& person) { return !person.empty() && !people_.HasLeft(person, tx.call.now); };
  std::vector<std::pair<std::string, Escalation::Capacity>> all;  // the managers are ""
  const auto add = [&](const std::string& person, Escalation::Capacity capacity) {
    here(person) ? all.emplace_back(person, capacity) : all.emplace_back("", Escalation::CAPACITY_MANAGERS);
  };
  if (recipients.owner && here(recipients.owner_name)) {
    add(recipients.owner_name, Escalation::CAPACITY_OWNER);
  } else if (recipients.owner) {
    add(activity_owner, Escalation::CAPACITY_ACTIVITY_OWNER);
  }
  if (recipients.activity_owner) add(activity_owner, Escalation::CAPACITY_ACTIVITY_OWNER);
  for (const std::string& employee : recipients.employees) add(employee, Escalation::CAPACITY_NAMED);
  if (recipients.managers) add("", Escalation::CAPACITY_MANAGERS);
  std::set<std::string> told;
  for (const auto& [person, capacity] : all) {
    if (!told.insert(person).second) continue;
    Escalation escalation = what;
    escalation.set_name(absl::StrCat("escalations/", record::NewId(tx.call.now)));
    escalation.set_capacity(capacity);
    escalation.set_recipient(person);
    escalation.set_state(Escalation::STATE_OPEN);
    RETURN_IF_ERROR(escalations_.Insert(tx, escalation));
  }
  return absl::OkStatus();
}

absl::StatusOr<Escalation> Escalations::Acknowledge(record::Transaction& tx, const v1::AcknowledgeEscalationRequest& request) {
  return escalations_.Change(tx, request, "acknowledge", [&](const Escalation& before, Escalation& after) -> absl::Status {
    const rpc::Principal& who = tx.call.principal;
    if (who.name != before.recipient() && !who.Has(options::v1::ROLE_OPERATIONS_MANAGER)) {
      return status::Error(kNotYourEscalation, {{"escalation", before.name()}});
    }
    after.set_acknowledger(who.name);
    *after.mutable_acknowledge_time() = time::ToTimestamp(tx.call.now);
    after.set_note(request.note());
    return absl::OkStatus();
  });
}

void Escalations::Bind(record::Methods& methods) {
  methods.Reads(escalations_);
  methods.Bind("AcknowledgeEscalation", this, &Escalations::Acknowledge);
}

}  // namespace heitie::activity
