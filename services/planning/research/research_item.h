// Items of market research 調研資料: statements with source, validity and confidence, in revisions (policy P1).
#ifndef HEITIE_SERVICES_PLANNING_RESEARCH_RESEARCH_ITEM_H_
#define HEITIE_SERVICES_PLANNING_RESEARCH_RESEARCH_ITEM_H_

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "common/record/methods.h"
#include "heitie/planning/v1/research_item.pb.h"
#include "services/planning/plan/tables.h"

namespace heitie::planning {

extern const status::Reason kResearchKnown;      // {name}
extern const status::Reason kResearchImmutable;  // {name}
extern const status::Reason kNotYourDraft;       // {name}
extern const status::Reason kNotInForce;         // {name}
extern const status::Reason kCollectedLater;     // {date}
extern const status::Reason kQueryTooShort;

const record::StateMachine& ResearchItemMachine();

// The days of an item: publication, collection and last day in order, nothing collected in the future. `prefix` is the path of the item.
void CheckResearchDays(const v1::ResearchItem& item, absl::CivilDay today, const std::string& prefix, status::BadFields& bad);

// Thread-safe.
class ResearchItems {
 public:
  explicit ResearchItems(Tables& tables);
  ResearchItems(const ResearchItems&) = delete;
  void Bind(record::Methods& methods);

 private:
  absl::Status Create(record::Transaction& tx, v1::ResearchItem& item);
  absl::Status Update(record::Transaction& tx, const v1::ResearchItem& before, v1::ResearchItem& after);
  absl::Status Delete(record::Transaction& tx, const v1::ResearchItem& item);
  absl::StatusOr<v1::ResearchItem> Publish(record::Transaction& tx, const v1::PublishResearchItemRequest& request);
  absl::StatusOr<v1::ResearchItem> Retract(record::Transaction& tx, const v1::RetractResearchItemRequest& request);
  absl::StatusOr<v1::SearchResearchItemsResponse> Search(const rpc::Call& call, const v1::SearchResearchItemsRequest& request);
  absl::StatusOr<v1::ImportResearchItemsResponse> Import(record::Transaction& tx, const v1::ImportResearchItemsRequest& request);

  absl::Status Rate(record::Transaction& tx, v1::ResearchItem& item) const;
  // Another item that says the same or stands at the same address.
  absl::StatusOr<std::optional<std::string>> Known(sql::Session& session, const v1::ResearchItem& item) const;
  absl::Status File(record::Transaction& tx, const v1::ResearchItem& parsed, v1::ImportedResearch& row) const;

  Tables& tables_;
};

}  // namespace heitie::planning

#endif  // HEITIE_SERVICES_PLANNING_RESEARCH_RESEARCH_ITEM_H_
