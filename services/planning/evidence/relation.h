// How pieces of evidence stand to each other: contradictions are open until somebody decides (policy P1).
#ifndef HEITIE_SERVICES_PLANNING_EVIDENCE_RELATION_H_
#define HEITIE_SERVICES_PLANNING_EVIDENCE_RELATION_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/record/methods.h"
#include "heitie/planning/v1/evidence_relation.pb.h"
#include "services/planning/evidence/flags.h"
#include "services/planning/plan/tables.h"

namespace heitie::planning {

extern const status::Reason kSameItem;
extern const status::Reason kRelationKnown;  // {name}
extern const status::Reason kNotOfTheTwo;    // {item} {other}

const record::StateMachine& EvidenceRelationMachine();

// Thread-safe.
class EvidenceRelations {
 public:
  EvidenceRelations(Tables& tables, EvidenceFlags& flags) : tables_(tables), flags_(flags) {}
  EvidenceRelations(const EvidenceRelations&) = delete;
  void Bind(record::Methods& methods);

 private:
  absl::Status Create(record::Transaction& tx, v1::EvidenceRelation& relation);
  absl::StatusOr<v1::EvidenceRelation> Decide(record::Transaction& tx, const v1::DecideEvidenceRelationRequest& request);

  // Closes what was flagged for the sake of a contradiction where none of the item is open any more.
  absl::Status CloseDecided(record::Transaction& tx, const std::string& item) const;

  Tables& tables_;
  EvidenceFlags& flags_;
};

}  // namespace heitie::planning

#endif  // HEITIE_SERVICES_PLANNING_EVIDENCE_RELATION_H_
