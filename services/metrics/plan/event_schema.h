// Schemas of names of events and measurements as versioned resources (policy M1).
#ifndef HEITIE_SERVICES_METRICS_PLAN_EVENT_SCHEMA_H_
#define HEITIE_SERVICES_METRICS_PLAN_EVENT_SCHEMA_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/record/methods.h"
#include "heitie/metrics/v1/event_schema.pb.h"

namespace heitie::metrics {

const record::StateMachine& EventSchemaMachine();

// Thread-safe.
class EventSchemas {
 public:
  explicit EventSchemas(record::Store& store) : schemas_(store, &EventSchemaMachine()) {}
  void Bind(record::Methods& methods);
  const record::Kind<v1::EventSchema>& kind() const { return schemas_; }

 private:
  absl::Status Create(record::Transaction& tx, v1::EventSchema& schema);
  absl::Status Update(record::Transaction& tx, const v1::EventSchema& before, v1::EventSchema& after);
  absl::Status Delete(record::Transaction& tx, const v1::EventSchema& schema);
  absl::StatusOr<v1::EventSchema> Activate(record::Transaction& tx, const v1::ActivateEventSchemaRequest& request);
  absl::StatusOr<v1::EventSchema> Retire(record::Transaction& tx, const v1::RetireEventSchemaRequest& request);
  // Retires what is active of the name, in favour of `successor`.
  absl::Status Supersede(record::Transaction& tx, const v1::EventSchema& successor);

  record::Kind<v1::EventSchema> schemas_;
};

}  // namespace heitie::metrics

#endif  // HEITIE_SERVICES_METRICS_PLAN_EVENT_SCHEMA_H_
