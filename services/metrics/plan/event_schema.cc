#include "services/metrics/plan/event_schema.h"

#include <string>
#include <vector>

#include "common/record/rule_set.h"
#include "common/status/macros.h"
#include "common/time/instant.h"
#include "services/metrics/plan/judge.h"
#include "services/metrics/plan/plan.h"

namespace heitie::metrics {

using v1::EventSchema;

namespace {

absl::Status CheckSchemaDraft(const EventSchema& schema) {
  return schema.state() == EventSchema::STATE_DRAFT ? absl::OkStatus() : status::Error(record::kRulesImmutable, {{"name", schema.name()}});
}

void MarkRetired(const record::Transaction& tx, const std::string& reason, EventSchema& schema) {
  schema.set_retire_reason(reason);
  schema.set_retirer(tx.call.principal.name);
  *schema.mutable_retire_time() = time::ToTimestamp(tx.call.now);
}

}  // namespace

const record::StateMachine& EventSchemaMachine() {
  static const auto& machine = *new record::StateMachine(
      EventSchema::State_descriptor(),
      {{EventSchema::STATE_DRAFT, "activate", EventSchema::STATE_ACTIVE, "the version before is retired in the same moment"},
       {EventSchema::STATE_ACTIVE, "retire", EventSchema::STATE_RETIRED},
       {EventSchema::STATE_ACTIVE, "supersede", EventSchema::STATE_RETIRED, "another version of the name is activated",
        record::kConsequence}});
  return machine;
}

absl::Status EventSchemas::Create(record::Transaction&, EventSchema& schema) {
  schema.set_state(EventSchema::STATE_DRAFT);
  return CheckSchema(schema);
}

absl::Status EventSchemas::Update(record::Transaction&, const EventSchema& before, EventSchema& after) {
  RETURN_IF_ERROR(CheckSchemaDraft(before));
  return CheckSchema(after);
}

absl::Status EventSchemas::Delete(record::Transaction&, const EventSchema& schema) { return CheckSchemaDraft(schema); }

absl::Status EventSchemas::Supersede(record::Transaction& tx, const EventSchema& successor) {
  ASSIGN_OR_RETURN(const std::vector<EventSchema> active,
                   schemas_.Select(tx.sql, "WHERE event_name = ? AND measurement_name = ? AND state = 'STATE_ACTIVE'",
                                   sql::Bind(successor.event_name(), successor.measurement_name())));
  for (const EventSchema& one : active) {
    ASSIGN_OR_RETURN(const EventSchema before, schemas_.Lock(tx, one.name()));
    EventSchema after = before;
    RETURN_IF_ERROR(schemas_.Advance(after, "supersede"));
    MarkRetired(tx, successor.name(), after);
    RETURN_IF_ERROR(schemas_.Update(tx, before, after, "supersede"));
  }
  return absl::OkStatus();
}

absl::StatusOr<EventSchema> EventSchemas::Activate(record::Transaction& tx, const v1::ActivateEventSchemaRequest& request) {
  RETURN_IF_ERROR(RaisePlanVersion(tx));
  return schemas_.Change(tx, request, "activate", [&](const EventSchema& before, EventSchema& after) -> absl::Status {
    RETURN_IF_ERROR(CheckSchema(before));  // It may have been drafted by older rules.
    RETURN_IF_ERROR(Supersede(tx, before));
    int32_t version = 0;
    RETURN_IF_ERROR(tx.sql.Query("SELECT COALESCE(MAX(version), 0) FROM event_schemas WHERE event_name = ? AND measurement_name = ?",
                                 sql::Bind(before.event_name(), before.measurement_name()),
                                 [&](const sql::Row& row) { version = static_cast<int32_t>(row.Int(0)); }));
    after.set_version(version + 1);
    after.set_activate_reason(request.reason());
    after.set_activator(tx.call.principal.name);
    *after.mutable_activate_time() = time::ToTimestamp(tx.call.now);
    return absl::OkStatus();
  });
}

absl::StatusOr<EventSchema> EventSchemas::Retire(record::Transaction& tx, const v1::RetireEventSchemaRequest& request) {
  RETURN_IF_ERROR(RaisePlanVersion(tx));
  return schemas_.Change(tx, request, "retire", [&](EventSchema& after) { MarkRetired(tx, request.reason(), after); });
}

void EventSchemas::Bind(record::Methods& methods) {
  methods.Reads(schemas_);
  methods.Creates(schemas_, this, &EventSchemas::Create);
  methods.Updates(schemas_, this, &EventSchemas::Update);
  methods.Deletes(schemas_, this, &EventSchemas::Delete);
  methods.Bind("ActivateEventSchema", this, &EventSchemas::Activate);
  methods.Bind("RetireEventSchema", this, &EventSchemas::Retire);
}

}  // namespace heitie::metrics
