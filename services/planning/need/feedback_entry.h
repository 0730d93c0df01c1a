// What users said 用戶反饋, by channel, and for which need it speaks (policy P1).
#ifndef HEITIE_SERVICES_PLANNING_NEED_FEEDBACK_ENTRY_H_
#define HEITIE_SERVICES_PLANNING_NEED_FEEDBACK_ENTRY_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/event/reactions.h"
#include "common/record/methods.h"
#include "common/service/main.h"
#include "heitie/activity/v1/inquiry.pb.h"
#include "heitie/planning/v1/feedback_entry.pb.h"
#include "services/planning/plan/tables.h"

namespace heitie::planning {

extern const status::Reason kReceivedLater;  // {date}

// Thread-safe.
class FeedbackEntries {
 public:
  // Follows activity: a complaint is feedback, by what it is about. What the customer said stays where it can be erased.
  FeedbackEntries(const service::Context& context, Tables& tables);
  FeedbackEntries(const FeedbackEntries&) = delete;
  void Bind(record::Methods& methods);

 private:
  absl::Status OnInquiry(const rpc::Call& call, const event::Change<activity::v1::Inquiry>& change);
  absl::Status Create(record::Transaction& tx, v1::FeedbackEntry& entry);
  absl::StatusOr<v1::FeedbackEntry> Assign(record::Transaction& tx, const v1::AssignFeedbackEntryRequest& request);
  absl::StatusOr<v1::ImportFeedbackEntriesResponse> Import(record::Transaction& tx, const v1::ImportFeedbackEntriesRequest& request);

  Tables& tables_;
};

}  // namespace heitie::planning

#endif  // HEITIE_SERVICES_PLANNING_NEED_FEEDBACK_ENTRY_H_
