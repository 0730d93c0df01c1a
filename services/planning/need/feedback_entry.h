// What users said 用戶反饋, by channel, and for which need it speaks (policy P1).
#ifndef HEITIE_SERVICES_PLANNING_NEED_FEEDBACK_ENTRY_H_
#define HEITIE_SERVICES_PLANNING_NEED_FEEDBACK_ENTRY_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/record/methods.h"
#include "heitie/planning/v1/feedback_entry.pb.h"
#include "services/planning/plan/tables.h"

namespace heitie::planning {

extern const status::Reason kReceivedLater;  // {date}

// Thread-safe.
class FeedbackEntries {
 public:
  explicit FeedbackEntries(Tables& tables) : tables_(tables) {}
  void Bind(record::Methods& methods);

 private:
  absl::Status Create(record::Transaction& tx, v1::FeedbackEntry& entry);
  absl::StatusOr<v1::FeedbackEntry> Assign(record::Transaction& tx, const v1::AssignFeedbackEntryRequest& request);
  absl::StatusOr<v1::ImportFeedbackEntriesResponse> Import(record::Transaction& tx, const v1::ImportFeedbackEntriesRequest& request);

  Tables& tables_;
};

}  // namespace heitie::planning

#endif  // HEITIE_SERVICES_PLANNING_NEED_FEEDBACK_ENTRY_H_
