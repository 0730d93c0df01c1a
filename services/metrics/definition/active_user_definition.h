// Which events make a user active, as versioned resources (policy M2).
#ifndef HEITIE_SERVICES_METRICS_DEFINITION_ACTIVE_USER_DEFINITION_H_
#define HEITIE_SERVICES_METRICS_DEFINITION_ACTIVE_USER_DEFINITION_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/record/methods.h"
#include "common/status/status.h"
#include "heitie/metrics/v1/active_user_definition.pb.h"
#include "heitie/metrics/v1/question.pb.h"

namespace heitie::metrics {

extern const status::Reason kDefinitionInDraft;   // {name}
extern const status::Reason kNoActiveDefinition;  // {code}

const record::StateMachine& ActiveUserDefinitionMachine();

// Thread-safe.
class ActiveUserDefinitions {
 public:
  explicit ActiveUserDefinitions(record::Store& store) : definitions_(store, &ActiveUserDefinitionMachine()) {}
  void Bind(record::Methods& methods);

  // The version that a question names. NOT_FOUND, DEFINITION_IN_DRAFT, NO_ACTIVE_DEFINITION.
  absl::StatusOr<v1::ActiveUserDefinition> Named(sql::Session& session, const v1::DefinedEvents& named) const;

 private:
  absl::Status Create(record::Transaction& tx, v1::ActiveUserDefinition& definition);
  absl::Status Update(record::Transaction& tx, const v1::ActiveUserDefinition& before, v1::ActiveUserDefinition& after);
  absl::Status Delete(record::Transaction& tx, const v1::ActiveUserDefinition& definition);
  absl::StatusOr<v1::ActiveUserDefinition> Activate(record::Transaction& tx, const v1::ActivateActiveUserDefinitionRequest& request);
  absl::StatusOr<v1::ActiveUserDefinition> Retire(record::Transaction& tx, const v1::RetireActiveUserDefinitionRequest& request);

  record::Kind<v1::ActiveUserDefinition> definitions_;
};

}  // namespace heitie::metrics

#endif  // HEITIE_SERVICES_METRICS_DEFINITION_ACTIVE_USER_DEFINITION_H_
