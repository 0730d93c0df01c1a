// What people are to do by a day 行動項目, reminded of until it is done and carried from meeting to meeting (policy C1, W12).
#ifndef HEITIE_SERVICES_PLANNING_FOLLOWUP_ACTION_ITEM_H_
#define HEITIE_SERVICES_PLANNING_FOLLOWUP_ACTION_ITEM_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/job/runner.h"
#include "common/record/methods.h"
#include "services/planning/meeting/meeting_tables.h"
#include "services/planning/notice/recipients.h"
#include "services/planning/notice/tell.h"
#include "services/planning/plan/task.h"

namespace heitie::planning {

extern const status::Reason kPostponedByVerb;
extern const status::Reason kNotLater;           // {date}
extern const status::Reason kPostponedTooOften;  // {name} {count}
extern const status::Reason kNotYourItem;        // {name}
extern const status::Reason kNotOwedToYou;       // {name}
extern const status::Reason kItemClosed;         // {name}
extern const status::Reason kItemIsTask;         // {name} {task}

// Thread-safe.
class ActionItems {
 public:
  ActionItems(const service::Context& context, MeetingTables& tables, Tasks& tasks, const Notices& notices, const Recipients& recipients);
  ActionItems(const ActionItems&) = delete;
  void Bind(record::Methods& methods);

  // Opens one that another act of this transaction causes; `item` has its name, and what CreateActionItem takes.
  absl::Status Open(record::Transaction& tx, v1::ActionItem& item) const;
  // Makes a task of a project of it, with which it closes; it is stored by the caller.
  absl::Status BecomeTask(record::Transaction& tx, const std::string& task, int32_t estimate_hours, v1::ActionItem& item) const;
  // A project was cancelled: what was a task of it and is not done is an item alone again.
  absl::Status FollowProject(record::Transaction& tx, const v1::Project* before, const v1::Project* after) const;
  // Those of a series that are not closed.
  absl::StatusOr<std::vector<v1::ActionItem>> OpenOf(sql::Session& session, const std::string& series) const;
  // A meeting is closed: what its series has open is carried on to the next one.
  absl::Status Carry(record::Transaction& tx, const v1::Meeting& meeting) const;
  // A series is over: what it has open goes to the standing meeting of the department. NO_STANDING_MEETING.
  absl::Status Leave(record::Transaction& tx, const v1::MeetingSeries& series) const;

 private:
  absl::Status Create(record::Transaction& tx, v1::ActionItem& item);
  absl::Status Update(record::Transaction& tx, const v1::ActionItem& before, v1::ActionItem& after);
  absl::StatusOr<v1::ActionItem> Start(record::Transaction& tx, const v1::StartActionItemRequest& request);
  absl::StatusOr<v1::ActionItem> Finish(record::Transaction& tx, const v1::FinishActionItemRequest& request);
  absl::StatusOr<v1::ActionItem> Verify(record::Transaction& tx, const v1::VerifyActionItemRequest& request);
  absl::StatusOr<v1::ActionItem> SendBack(record::Transaction& tx, const v1::SendBackActionItemRequest& request);
  absl::StatusOr<v1::ActionItem> Cancel(record::Transaction& tx, const v1::CancelActionItemRequest& request);
  absl::StatusOr<v1::ActionItem> Postpone(record::Transaction& tx, const v1::PostponeActionItemRequest& request);
  absl::StatusOr<v1::ActionItem> MakeTask(record::Transaction& tx, const v1::MakeTaskOfActionItemRequest& request);
  absl::StatusOr<v1::AuditFollowUpResponse> Audit(const rpc::Call& call, const v1::AuditFollowUpRequest& request);

  absl::Status AuditRest(sql::Session& session, v1::AuditFollowUpResponse& response) const;
  // That it is owed to the caller, or to somebody for whom the caller stands in; managers may as well. NOT_OWED_TO_YOU.
  absl::Status CheckOwed(record::Transaction& tx, const v1::ActionItem& before, v1::ActionItem& after) const;
  // Where it is listed and what is left open of it.
  absl::Status Place(record::Transaction& tx, v1::ActionItem& item) const;
  absl::Status Prepare(record::Transaction& tx, v1::ActionItem& item) const;
  absl::Status SetReminder(record::Transaction& tx, v1::ActionItem& item) const;
  // It is done as of now: by when whom it is owed is to say whether it is, and the ladder from there.
  absl::Status AwaitVerification(record::Transaction& tx, v1::ActionItem& item) const;
  // Until then what it waits for is in time: what is to be done, or that it is verified.
  absl::Time EndOfWait(const v1::ActionItem& item) const;
  absl::Status TellOf(record::Transaction& tx, const v1::ActionItem& item, const std::string& cause, const std::string& wording,
                      const status::Phrase& phrase, const std::string& recipient) const;
  absl::Status Follow(record::Transaction& tx, const v1::ActionItem* before, const v1::ActionItem* after) const;
  // Whoever does the task that it has become does it.
  absl::Status PassWithTask(record::Transaction& tx, const v1::ActionItem& item, const v1::Task& task) const;
  // Of one that is open again: where its series has ended meanwhile, the standing meeting has it. NO_STANDING_MEETING.
  absl::Status KeepListed(record::Transaction& tx, v1::ActionItem& item) const;
  absl::Status FollowTask(record::Transaction& tx, const v1::Task* before, const v1::Task* after) const;
  absl::StatusOr<std::vector<std::string>> RecipientsOf(sql::Session& session, const v1::ActionItem& item, v1::ReminderStep::Recipient whom,
                                                        absl::Time now) const;
  absl::Status Remind(record::Transaction& tx, const std::string& name) const;
  job::Outcome RemindAll(const rpc::Call& call);

  MeetingTables& tables_;
  Tasks& tasks_;
  const Notices& notices_;
  const Recipients& recipients_;
};

}  // namespace heitie::planning

#endif  // HEITIE_SERVICES_PLANNING_FOLLOWUP_ACTION_ITEM_H_
