#include "services/planning/notice/inbox.h"

#include <vector>

#include "common/status/macros.h"
#include "common/time/instant.h"

namespace heitie::planning {

using absl::StatusCode;
using v1::Notice;

const status::Reason kNotYourNotice{StatusCode::kPermissionDenied, "NOT_YOUR_NOTICE", "{name} is for somebody else to see to.",
                                    "{name} 應由收件人本人處理。"};
const status::Reason kSnoozeOutOfRange{StatusCode::kInvalidArgument, "SNOOZE_OUT_OF_RANGE",
                                       "The time must be after now and within {days} days.", "時間必須晚於現在，且不超過 {days} 天。"};

namespace {

constexpr int kSnoozeDays = 30;

absl::Status CheckRecipient(const rpc::Call& call, const Notice& notice) {
  return notice.recipient() == call.principal.name ? absl::OkStatus() : status::Error(kNotYourNotice, {{"name", notice.name()}});
}

}  // namespace

Inbox::Inbox(Notices& notices) : notices_(notices) {
  notices.kind().RestrictRows(record::Own("recipient") || record::Holds(options::v1::ROLE_OPERATIONS_MANAGER) ||
                              record::Holds(options::v1::ROLE_PLATFORM_ENGINEER));
}

absl::StatusOr<Notice> Inbox::Acknowledge(record::Transaction& tx, const v1::AcknowledgeNoticeRequest& request) {
  ASSIGN_OR_RETURN(record::Step<Notice> step, notices_.kind().Begin(tx, request, "acknowledge"));
  RETURN_IF_ERROR(CheckRecipient(tx.call, step.before));
  const auto acknowledged = [&](Notice& after) {
    *after.mutable_acknowledge_time() = time::ToTimestamp(tx.call.now);
    after.clear_due_time();
    after.clear_state_reason();
    after.clear_held_for();
    after.clear_escalate_time();
  };
  acknowledged(step.after);
  ASSIGN_OR_RETURN(const std::vector<Notice> lines,
                   notices_.kind().Select(tx.sql, "WHERE digest = ? AND state = 'STATE_MERGED' ORDER BY name", sql::Bind(request.name())));
  for (const Notice& line : lines) {
    RETURN_IF_ERROR(notices_.kind().Change(tx, record::Target(line.name()), "acknowledge", acknowledged).status());
  }
  ASSIGN_OR_RETURN(const std::vector<Notice> waiting,
                   notices_.kind().Select(tx.sql, "WHERE held_for = ? AND state = 'STATE_HELD' ORDER BY name", sql::Bind(request.name())));
  for (const Notice& notice : waiting) {
    RETURN_IF_ERROR(notices_.kind()
                        .Change(tx, record::Target(notice.name()), "release",
                                [&](Notice& after) {
                                  after.clear_state_reason();
                                  after.clear_held_for();
                                  *after.mutable_due_time() = time::ToTimestamp(tx.call.now);
                                })
                        .status());
  }
  // Whoever of the ladder confirms it, nobody else is told.
  if (!step.before.escalates().empty()) RETURN_IF_ERROR(notices_.StopClimbing(tx, step.before.escalates()));
  return notices_.kind().Finish(tx, step);
}

absl::StatusOr<Notice> Inbox::Snooze(record::Transaction& tx, const v1::SnoozeNoticeRequest& request) {
  ASSIGN_OR_RETURN(record::Step<Notice> step, notices_.kind().Begin(tx, request, "snooze"));
  RETURN_IF_ERROR(CheckRecipient(tx.call, step.before));
  const absl::Time until = time::ToTime(request.until_time());
  if (until <= tx.call.now || until > tx.call.now + absl::Hours(24 * kSnoozeDays)) {
    status::BadFields bad;
    bad.Add("until_time", kSnoozeOutOfRange, {{"days", kSnoozeDays}});
    return bad.status();
  }
  *step.after.mutable_due_time() = request.until_time();
  step.after.clear_held_for();
  step.after.clear_state_reason();
  return notices_.kind().Finish(tx, step);
}

void Inbox::Bind(record::Methods& methods) {
  notices_.policies().Bind<v1::PublishNoticePolicyRequest>(methods);
  methods.Reads(notices_.kind());
  methods.Bind("AcknowledgeNotice", this, &Inbox::Acknowledge);
  methods.Bind("SnoozeNotice", this, &Inbox::Snooze);
}

}  // namespace heitie::planning
