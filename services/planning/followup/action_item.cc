#include "services/planning/followup/action_item.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "services/planning/followup/due_day.h"
#include "services/planning/followup/reminders.h"
#include "services/planning/followup/source.h"
#include "services/planning/meeting/meeting_series.h"

namespace heitie::planning {

using absl::StatusCode;
using v1::ActionItem;
using v1::MeetingSeries;
using v1::ReminderStep;
using v1::Task;

const status::Reason kPostponedByVerb{StatusCode::kInvalidArgument, "POSTPONED_BY_VERB",
                                      "The due day changes by postponing, with a reason.", "期限須以延期並說明原因的方式變更。"};
const status::Reason kNotLater{StatusCode::kInvalidArgument, "NOT_LATER", "It is due on {date} already.", "期限已是 {date}。"};
const status::Reason kPostponedTooOften{StatusCode::kFailedPrecondition, "POSTPONED_TOO_OFTEN",
                                        "{name} was postponed {count:count} times; a manager decides about it now.",
                                        "{name} 已延期 {count:count} 次，須由經理決定。"};
const status::Reason kNotYourItem{StatusCode::kPermissionDenied, "NOT_YOUR_ITEM", "{name} is for its owner to do.",
                                  "{name} 由其負責人處理。"};
const status::Reason kNotOwedToYou{StatusCode::kPermissionDenied, "NOT_OWED_TO_YOU", "{name} is owed to somebody else.",
                                   "{name} 須由驗收人決定。"};
const status::Reason kItemClosed{StatusCode::kFailedPrecondition, "ITEM_CLOSED", "{name} is closed.", "{name} 已結案。"};
const status::Reason kItemIsTask{StatusCode::kFailedPrecondition, "ITEM_IS_TASK",
                                 "{name} is {task}: whoever owns that owns it, and it closes with that.",
                                 "{name} 已成為 {task}，負責人與結案均隨該任務。"};

namespace {

constexpr absl::Duration kReminderInterval = absl::Seconds(1);
constexpr int64_t kRemindersAtOnce = 500;

const status::Phrase kItemGiven{"You are to do “{title}” by {date}.", "請於 {date} 前完成「{title}」。"};
const status::Phrase kItemDue{"“{title}” is due by {date}.", "「{title}」的期限為 {date}。"};
const status::Phrase kItemToVerify{"“{title}” is done, as its owner says: is it done well? Say so by {until}.",
                                   "「{title}」負責人已回報完成，請於 {until} 前驗收。"};
const status::Phrase kItemVerifyDue{"Whether “{title}” is done well is to be said by {until}.", "「{title}」的驗收期限為 {until}。"};
const status::Phrase kItemSentBack{"“{title}” is not done yet: {reason}", "「{title}」尚未完成：{reason}"};
const status::Phrase kItemCarried{"“{title}” was carried on {count:count} times.", "「{title}」已順延 {count:count} 次會議。"};
const status::Phrase kItemLeft{"The project of “{title}” was cancelled: it is to be done by {date} all the same, or to be cancelled.",
                               "「{title}」所屬專案已取消：請仍於 {date} 前完成，或請主席取消。"};
const status::Phrase kItemIsOver{"It is closed.", "事項已結案。"};

bool IsClosedItem(const ActionItem& item) {
  return item.state() == ActionItem::STATE_VERIFIED || item.state() == ActionItem::STATE_CANCELLED;
}

bool IsToDo(const ActionItem& item) { return item.state() == ActionItem::STATE_OPEN || item.state() == ActionItem::STATE_IN_PROGRESS; }

// Whom it waits for.
const std::string& AwaitedOf(const ActionItem& item) { return item.state() == ActionItem::STATE_DONE ? item.owed_to() : item.owner(); }

bool Manages(const rpc::Call& call) { return call.principal.Has(options::v1::ROLE_OPERATIONS_MANAGER); }

absl::Status CheckNoTask(const ActionItem& item) {
  if (item.task().empty()) return absl::OkStatus();
  return status::Error(kItemIsTask, {{"name", item.name()}, {"task", item.task()}});
}

}  // namespace

ActionItems::ActionItems(const service::Context& context, MeetingTables& tables, Tasks& tasks, const Notices& notices,
                         const Recipients& recipients)
    : tables_(tables), tasks_(tasks), notices_(notices), recipients_(recipients) {
  tables_.action_items.SetFollow(
      [this](record::Transaction& tx, const ActionItem* before, const ActionItem* after) { return Follow(tx, before, after); });
  tasks.AddFollowed([this](record::Transaction& tx, const Task* before, const Task* after) { return FollowTask(tx, before, after); });
  context.jobs.Recur("remind-of-action-items", kReminderInterval,
                     [this](const rpc::Call& call, const job::Job&) { return RemindAll(call); });
}

absl::Status ActionItems::SetReminder(record::Transaction& tx, ActionItem& item) const {
  ASSIGN_OR_RETURN(const v1::MeetingPolicy policy, tables_.policies.InForce(tx.sql, tx.call.now));
  item.set_meeting_policy(policy.name());
  item.clear_remind_time();
  if (const auto next = NextReminderOf(policy, EndOfWait(item), item.reminder_count(), tx.call.now)) {
    *item.mutable_remind_time() = time::ToTimestamp(next->time);
  }
  return absl::OkStatus();
}

absl::Time ActionItems::EndOfWait(const ActionItem& item) const {
  if (item.state() == ActionItem::STATE_DONE) return time::ToTime(item.verify_due_time());
  return EndOfDay(time::ToDay(item.due_date()), tables_.planning.zone);
}

absl::Status ActionItems::AwaitVerification(record::Transaction& tx, ActionItem& item) const {
  ASSIGN_OR_RETURN(const v1::MeetingPolicy policy, tables_.policies.InForce(tx.sql, tx.call.now));
  ASSIGN_OR_RETURN(const MeetingSeries series, tables_.series.Find(tx.sql, item.series()));
  ASSIGN_OR_RETURN(const auto calendar, tables_.planning.calendars.Named(tx.sql, series.calendar()));
  ASSIGN_OR_RETURN(const absl::Time due, calendar->arithmetic.After(tx.call.now, absl::Seconds(policy.verify_seconds())));
  *item.mutable_done_time() = time::ToTimestamp(tx.call.now);
  *item.mutable_verify_due_time() = time::ToTimestamp(due);
  item.set_reminder_count(StepsOver(policy, due, tx.call.now));
  return SetReminder(tx, item);
}

absl::Status ActionItems::Place(record::Transaction& tx, ActionItem& item) const {
  if (item.series().empty()) {
    ASSIGN_OR_RETURN(const MeetingSeries standing, tables_.StandingOf(tx.sql, item.department()));
    item.set_series(standing.name());
  }
  ASSIGN_OR_RETURN(const MeetingSeries series, tables_.series.Guard(tx, item.series()));
  if (series.state() != MeetingSeries::STATE_ACTIVE) return status::Error(kSeriesEnded, {{"name", series.name()}});
  if (item.department().empty()) item.set_department(series.department());
  if (item.owed_to().empty()) item.set_owed_to(series.chair());
  ASSIGN_OR_RETURN(const MeetingSeries list, tables_.ListOf(tx, series));
  item.set_series(list.name());
  return absl::OkStatus();
}

absl::Status ActionItems::CheckOwed(record::Transaction& tx, const ActionItem& before, ActionItem& after) const {
  return Manages(tx.call) ? absl::OkStatus() : recipients_.CheckActs(tx, before.owed_to(), kNotOwedToYou, after);
}

absl::Status ActionItems::Prepare(record::Transaction& tx, ActionItem& item) const {
  RETURN_IF_ERROR(Place(tx, item));
  item.set_state(ActionItem::STATE_OPEN);
  *item.mutable_first_due_date() = item.due_date();
  ASSIGN_OR_RETURN(const v1::MeetingPolicy policy, tables_.policies.InForce(tx.sql, tx.call.now));
  item.set_reminder_count(StepsOver(policy, EndOfDay(time::ToDay(item.due_date()), tables_.planning.zone), tx.call.now));
  return SetReminder(tx, item);
}

absl::Status ActionItems::Open(record::Transaction& tx, ActionItem& item) const {
  RETURN_IF_ERROR(Prepare(tx, item));
  return tables_.action_items.Insert(tx, item, "open");
}

absl::Status ActionItems::Create(record::Transaction& tx, ActionItem& item) {
  status::BadFields bad;
  CheckDueDay(time::ToDay(item.due_date()), absl::ToCivilDay(tx.call.now, tables_.planning.zone), "action_item.due_date", bad);
  if (!item.source().empty()) {
    ASSIGN_OR_RETURN(const bool known, IsKnownSource(tx.sql, item.source()));
    if (!known) bad.Add("action_item.source", kSourceUnknown, {{"source", item.source()}});
  }
  RETURN_IF_ERROR(bad.status());
  const std::string named = item.series();
  RETURN_IF_ERROR(Prepare(tx, item));
  ASSIGN_OR_RETURN(const MeetingSeries series, tables_.series.Find(tx.sql, named.empty() ? item.series() : named));
  return CheckLeads(tx, recipients_, series, item);
}

absl::Status ActionItems::Update(record::Transaction& tx, const ActionItem& before, ActionItem& after) {
  if (!RunsMeetings(tx.call.principal)) RETURN_IF_ERROR(CheckOwed(tx, before, after));
  if (IsClosedItem(before)) return status::Error(kItemClosed, {{"name", before.name()}});
  status::BadFields bad;
  if (time::ToDay(before.due_date()) != time::ToDay(after.due_date())) bad.Add("action_item.due_date", kPostponedByVerb);
  RETURN_IF_ERROR(bad.status());
  if (before.owner() != after.owner()) RETURN_IF_ERROR(CheckNoTask(before));
  return before.series() == after.series() && before.owed_to() == after.owed_to() ? absl::OkStatus() : Place(tx, after);
}

absl::StatusOr<ActionItem> ActionItems::Start(record::Transaction& tx, const v1::StartActionItemRequest& request) {
  return tables_.action_items.Change(tx, request, "start", [&](const ActionItem& before, ActionItem& after) {
    return recipients_.CheckActs(tx, before.owner(), kNotYourItem, after);
  });
}

absl::StatusOr<ActionItem> ActionItems::Finish(record::Transaction& tx, const v1::FinishActionItemRequest& request) {
  return tables_.action_items.Change(tx, request, "finish", [&](const ActionItem& before, ActionItem& after) -> absl::Status {
    RETURN_IF_ERROR(recipients_.CheckActs(tx, before.owner(), kNotYourItem, after));
    RETURN_IF_ERROR(CheckNoTask(before));
    return AwaitVerification(tx, after);
  });
}

absl::StatusOr<ActionItem> ActionItems::Verify(record::Transaction& tx, const v1::VerifyActionItemRequest& request) {
  return tables_.action_items.Change(tx, request, "verify", [&](const ActionItem& before, ActionItem& after) {
    after.clear_remind_time();
    return CheckOwed(tx, before, after);
  });
}

absl::StatusOr<ActionItem> ActionItems::SendBack(record::Transaction& tx, const v1::SendBackActionItemRequest& request) {
  return tables_.action_items.Change(tx, request, "send_back", [&](const ActionItem& before, ActionItem& after) -> absl::Status {
    RETURN_IF_ERROR(CheckOwed(tx, before, after));
    after.set_state_reason(request.reason());
    after.clear_done_time();
    after.clear_verify_due_time();
    // Its own ladder again: where it stands by now, and nobody is told of a step a second time.
    after.set_reminder_count(0);
    return SetReminder(tx, after);
  });
}

absl::StatusOr<ActionItem> ActionItems::Cancel(record::Transaction& tx, const v1::CancelActionItemRequest& request) {
  return tables_.action_items.Change(tx, request, "cancel", [&](const ActionItem& before, ActionItem& after) -> absl::Status {
    ASSIGN_OR_RETURN(const MeetingSeries series, tables_.series.Find(tx.sql, before.series()));
    if (!Manages(tx.call)) RETURN_IF_ERROR(recipients_.CheckActs(tx, series.chair(), kNotYourMeeting, after));
    RETURN_IF_ERROR(CheckNoTask(before));
    after.set_state_reason(request.reason());
    after.clear_remind_time();
    return absl::OkStatus();
  });
}

absl::StatusOr<ActionItem> ActionItems::Postpone(record::Transaction& tx, const v1::PostponeActionItemRequest& request) {
  return tables_.action_items.Change(tx, request, "postpone", [&](const ActionItem& before, ActionItem& after) -> absl::Status {
    ASSIGN_OR_RETURN(const v1::MeetingPolicy policy, tables_.policies.InForce(tx.sql, tx.call.now));
    if (!Manages(tx.call)) {
      RETURN_IF_ERROR(recipients_.CheckActs(tx, before.owner(), kNotYourItem, after));
      if (before.postponement_count() >= policy.most_postponements()) {
        return status::Error(kPostponedTooOften, {{"name", before.name()}, {"count", before.postponement_count()}});
      }
    }
    status::BadFields bad;
    const absl::CivilDay due = time::ToDay(request.due_date());
    if (due <= time::ToDay(before.due_date())) bad.Add("due_date", kNotLater, {{"date", time::DayText(time::ToDay(before.due_date()))}});
    CheckNotTooFar(due, absl::ToCivilDay(tx.call.now, tables_.planning.zone), "due_date", bad);
    RETURN_IF_ERROR(bad.status());
    *after.mutable_due_date() = request.due_date();
    after.set_postponement_count(before.postponement_count() + 1);
    after.set_postponement_reason(request.reason());
    after.set_reminder_count(StepsOver(policy, EndOfDay(due, tables_.planning.zone), tx.call.now));
    return SetReminder(tx, after);
  });
}

absl::Status ActionItems::BecomeTask(record::Transaction& tx, const std::string& name, int32_t estimate_hours, ActionItem& item) const {
  const absl::CivilDay today = absl::ToCivilDay(tx.call.now, tables_.planning.zone), due = time::ToDay(item.due_date());
  Task task;
  task.set_name(name);
  task.set_title(item.title());
  task.set_description(item.description());
  task.set_owner(item.owner());
  *task.mutable_start_date() = time::ToDate(std::min(today, due));
  *task.mutable_end_date() = item.due_date();
  task.set_estimate_hours(estimate_hours);
  RETURN_IF_ERROR(tasks_.Add(tx, task));
  item.set_task(task.name());
  return absl::OkStatus();
}

absl::StatusOr<ActionItem> ActionItems::MakeTask(record::Transaction& tx, const v1::MakeTaskOfActionItemRequest& request) {
  ASSIGN_OR_RETURN(record::Step<ActionItem> step, tables_.action_items.Begin(tx, request, "make_task"));
  RETURN_IF_ERROR(CheckNoTask(step.before));
  const std::string id = request.task_id().empty() ? record::NewId(tx.call.now) : request.task_id();
  RETURN_IF_ERROR(BecomeTask(tx, absl::StrCat(request.project(), "/tasks/", id), request.estimate_hours(), step.after));
  return tables_.action_items.Finish(tx, step);
}

absl::Status ActionItems::KeepListed(record::Transaction& tx, ActionItem& item) const {
  ASSIGN_OR_RETURN(const MeetingSeries series, tables_.series.Guard(tx, item.series()));
  ASSIGN_OR_RETURN(const MeetingSeries list, tables_.ListOf(tx, series));
  item.set_series(list.name());
  return absl::OkStatus();
}

absl::Status ActionItems::PassWithTask(record::Transaction& tx, const ActionItem& item, const Task& task) const {
  if (!IsToDo(item) || item.owner() == task.owner()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const ActionItem before, tables_.action_items.Lock(tx, item.name()));
  ActionItem after = before;
  after.set_owner(task.owner());
  return tables_.action_items.Update(tx, before, after, "pass_with_task");
}

absl::Status ActionItems::FollowTask(record::Transaction& tx, const Task* before, const Task* after) const {
  if (before == nullptr) return absl::OkStatus();
  const bool goes_on = after != nullptr && after->state() == before->state();
  if (goes_on && after->owner() == before->owner()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::vector<ActionItem> items,
                   tables_.action_items.Select(tx.sql, "WHERE task = ? ORDER BY name", sql::Bind(before->name())));
  const bool gone = after == nullptr || after->state() == Task::STATE_CANCELLED;
  for (const ActionItem& item : items) {
    if (!gone) RETURN_IF_ERROR(PassWithTask(tx, item, *after));
    if (goes_on) continue;
    const char* verb = nullptr;
    if (IsToDo(item) && gone) verb = "cancel_with_task";
    if (IsToDo(item) && !gone && after->state() == Task::STATE_DONE) verb = "close_with_task";
    if (item.state() == ActionItem::STATE_VERIFIED && !gone && after->state() == Task::STATE_IN_PROGRESS) verb = "reopen_with_task";
    if (verb == nullptr) continue;
    ASSIGN_OR_RETURN(record::Step<ActionItem> step, tables_.action_items.Begin(tx, record::Target(item.name()), verb));
    step.after.clear_remind_time();
    step.after.clear_done_time();
    if (step.after.state() == ActionItem::STATE_IN_PROGRESS) {
      step.after.set_owner(after->owner());
      RETURN_IF_ERROR(KeepListed(tx, step.after));
      RETURN_IF_ERROR(SetReminder(tx, step.after));
    }
    if (step.after.state() == ActionItem::STATE_VERIFIED) *step.after.mutable_done_time() = time::ToTimestamp(tx.call.now);
    RETURN_IF_ERROR(tables_.action_items.Finish(tx, step).status());
  }
  return absl::OkStatus();
}

absl::Status ActionItems::FollowProject(record::Transaction& tx, const v1::Project* before, const v1::Project* after) const {
  const bool cancelled =
      before != nullptr && after != nullptr && before->state() != after->state() && after->state() == v1::Project::STATE_CANCELLED;
  if (!cancelled) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::vector<ActionItem> items,
                   tables_.action_items.Select(tx.sql, "WHERE task > ? AND task < ? AND state IN ('STATE_OPEN', 'STATE_IN_PROGRESS')",
                                               record::ChildRange(after->name(), "tasks")));
  for (const ActionItem& item : items) {
    ASSIGN_OR_RETURN(const ActionItem left, tables_.action_items.Change(tx, record::Target(item.name()), "leave_task",
                                                                        [](ActionItem& changed) { changed.clear_task(); }));
    RETURN_IF_ERROR(TellOf(tx, left, absl::StrCat("left ", left.etag()), "item-left", kItemLeft, left.owner()));
  }
  return absl::OkStatus();
}

absl::Status ActionItems::TellOf(record::Transaction& tx, const ActionItem& item, const std::string& cause, const std::string& wording,
                                 const status::Phrase& phrase, const std::string& recipient) const {
  if (recipient.empty() || recipient == tx.call.principal.name) return absl::OkStatus();
  return notices_.Tell(tx, {.cause = absl::StrCat(item.name(), " ", cause),
                            .recipient = recipient,
                            .subject = item.name(),
                            .wording = wording,
                            .phrase = phrase,
                            .args = {{"title", item.title()},
                                     {"date", time::DayText(time::ToDay(item.due_date()))},
                                     {"until", absl::FormatTime("%Y-%m-%d %H:%M", EndOfWait(item), tables_.planning.zone)},
                                     {"reason", item.state_reason()},
                                     {"count", item.carry_count()}},
                            .waits = true});
}

// Whoever it waits for is told, whatever made it wait.
absl::Status ActionItems::Follow(record::Transaction& tx, const ActionItem* before, const ActionItem* after) const {
  if (after == nullptr) return absl::OkStatus();
  if (IsClosedItem(*after))
    return before != nullptr && IsClosedItem(*before) ? absl::OkStatus() : notices_.End(tx, after->name(), kItemIsOver);
  const bool owner_is_new = before == nullptr || before->owner() != after->owner();
  if (IsToDo(*after) && owner_is_new) {
    RETURN_IF_ERROR(TellOf(tx, *after, absl::StrCat("owner ", after->etag()), "item-given", kItemGiven, after->owner()));
  }
  if (before == nullptr) return absl::OkStatus();
  if (after->state() == ActionItem::STATE_DONE && (before->state() != after->state() || before->owed_to() != after->owed_to())) {
    RETURN_IF_ERROR(notices_.End(tx, after->name(), kItemIsOver));
    return TellOf(tx, *after, absl::StrCat("done ", after->etag()), "item-to-verify", kItemToVerify, after->owed_to());
  }
  if (before->state() == ActionItem::STATE_DONE && after->state() == ActionItem::STATE_IN_PROGRESS) {
    return TellOf(tx, *after, absl::StrCat("back ", after->etag()), "item-sent-back", kItemSentBack, after->owner());
  }
  return absl::OkStatus();
}

// Besides whom it waits for, and whoever stands in.
absl::StatusOr<std::vector<std::string>> ActionItems::RecipientsOf(sql::Session& session, const ActionItem& item,
                                                                   ReminderStep::Recipient whom, absl::Time now) const {
  switch (whom) {
    case ReminderStep::RECIPIENT_SUPERIOR: {
      ASSIGN_OR_RETURN(const std::string superior, recipients_.SuperiorOf(session, AwaitedOf(item), now));
      return std::vector<std::string>{superior};
    }
    case ReminderStep::RECIPIENT_OWED:
      return std::vector<std::string>{item.owed_to()};
    case ReminderStep::RECIPIENT_CHAIR: {
      ASSIGN_OR_RETURN(const MeetingSeries series, tables_.series.Find(session, item.series()));
      return std::vector<std::string>{series.chair()};
    }
    case ReminderStep::RECIPIENT_MANAGERS:
      return recipients_.WithRole(session, options::v1::ROLE_OPERATIONS_MANAGER, now);
    default:
      return std::vector<std::string>();
  }
}

absl::Status ActionItems::Remind(record::Transaction& tx, const std::string& name) const {
  ASSIGN_OR_RETURN(const ActionItem before, tables_.action_items.Lock(tx, name));
  if (IsClosedItem(before) || !before.has_remind_time() || time::ToTime(before.remind_time()) > tx.call.now) return absl::OkStatus();
  ASSIGN_OR_RETURN(const v1::MeetingPolicy policy, tables_.policies.InForce(tx.sql, tx.call.now));
  const bool done = before.state() == ActionItem::STATE_DONE;
  const auto step = NextReminderOf(policy, EndOfWait(before), before.reminder_count(), tx.call.now);
  return tables_.action_items
      .Change(
          tx, record::Target(name), "remind",
          [&](ActionItem& after) -> absl::Status {
            if (!step || step->time > tx.call.now) return SetReminder(tx, after);  // The ladder is another one by now.
            after.set_reminder_count(step->step + 1);
            const ReminderStep::Recipient whom = policy.reminder_steps(step->step).recipient();
            ASSIGN_OR_RETURN(const std::vector<std::string> others, RecipientsOf(tx.sql, before, whom, tx.call.now));
            std::set<std::string> told(others.begin(), others.end());
            told.insert(AwaitedOf(before));
            const std::string until = done ? absl::StrCat("verify ", time::InstantText(time::ToTime(before.verify_due_time())))
                                           : absl::StrCat("due ", time::DayText(time::ToDay(before.due_date())));
            const std::string cause = absl::StrCat(until, " step ", step->step);
            for (const std::string& person : told) {
              RETURN_IF_ERROR(TellOf(tx, before, cause, done ? "item-verify-due" : "item-due", done ? kItemVerifyDue : kItemDue, person));
            }
            return SetReminder(tx, after);
          })
      .status();
}

job::Outcome ActionItems::RemindAll(const rpc::Call& call) {
  const auto due = tables_.store.Read(call, [&](sql::Session& session) {
    return tables_.action_items.Select(session, "WHERE remind_time <= ? ORDER BY remind_time LIMIT ?",
                                       sql::Bind(call.now, kRemindersAtOnce));
  });
  if (!due.ok()) return job::Outcome::Failed(due.status());
  absl::Status failure;
  for (const ActionItem& item : *due) {
    failure.Update(tables_.store.Write(call, [&](record::Transaction& tx) { return Remind(tx, item.name()); }));
  }
  return failure.ok() ? job::Outcome::Done() : job::Outcome::Failed(failure);
}

absl::StatusOr<std::vector<ActionItem>> ActionItems::OpenOf(sql::Session& session, const std::string& series) const {
  return tables_.action_items.Select(
      session, "WHERE series = ? AND state IN ('STATE_OPEN', 'STATE_IN_PROGRESS', 'STATE_DONE') ORDER BY name", sql::Bind(series));
}

absl::Status ActionItems::Carry(record::Transaction& tx, const v1::Meeting& meeting) const {
  ASSIGN_OR_RETURN(const v1::MeetingPolicy policy, tables_.policies.InForce(tx.sql, tx.call.now));
  ASSIGN_OR_RETURN(const std::vector<ActionItem> open, OpenOf(tx.sql, record::ParentOf(meeting.name())));
  for (const ActionItem& item : open) {
    const bool newer = time::ToTime(item.create_time()) >= time::ToTime(meeting.hold_time());
    if (newer || item.carried_by() == meeting.name()) continue;
    ASSIGN_OR_RETURN(const ActionItem before, tables_.action_items.Lock(tx, item.name()));
    ActionItem after = before;
    after.set_carry_count(before.carry_count() + 1);
    after.set_carried_by(meeting.name());
    const bool to_managers = after.carry_count() >= policy.most_carries() && !before.has_escalate_time();
    if (to_managers) *after.mutable_escalate_time() = time::ToTimestamp(tx.call.now);
    RETURN_IF_ERROR(tables_.action_items.Update(tx, before, after, to_managers ? "escalate" : "carry"));
    if (!to_managers) continue;
    ASSIGN_OR_RETURN(const std::vector<std::string> managers,
                     recipients_.WithRole(tx.sql, options::v1::ROLE_OPERATIONS_MANAGER, tx.call.now));
    for (const std::string& manager : managers) {
      RETURN_IF_ERROR(TellOf(tx, after, absl::StrCat("carried ", after.carry_count()), "item-carried", kItemCarried, manager));
    }
  }
  return absl::OkStatus();
}

absl::Status ActionItems::Leave(record::Transaction& tx, const MeetingSeries& series) const {
  ASSIGN_OR_RETURN(const std::vector<ActionItem> open, OpenOf(tx.sql, series.name()));
  if (open.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const MeetingSeries standing, tables_.GuardStandingOf(tx, series.department()));
  for (const ActionItem& item : open) {
    ASSIGN_OR_RETURN(const ActionItem before, tables_.action_items.Lock(tx, item.name()));
    ActionItem after = before;
    after.set_series(standing.name());
    RETURN_IF_ERROR(tables_.action_items.Update(tx, before, after, "adopt"));
  }
  return absl::OkStatus();
}

void ActionItems::Bind(record::Methods& methods) {
  methods.Reads(tables_.action_items);
  methods.Creates(tables_.action_items, this, &ActionItems::Create);
  methods.Updates(tables_.action_items, this, &ActionItems::Update);
  methods.Bind("StartActionItem", this, &ActionItems::Start);
  methods.Bind("FinishActionItem", this, &ActionItems::Finish);
  methods.Bind("VerifyActionItem", this, &ActionItems::Verify);
  methods.Bind("SendBackActionItem", this, &ActionItems::SendBack);
  methods.Bind("CancelActionItem", this, &ActionItems::Cancel);
  methods.Bind("PostponeActionItem", this, &ActionItems::Postpone);
  methods.Bind("MakeTaskOfActionItem", this, &ActionItems::MakeTask);
  methods.Bind("AuditFollowUp", this, &ActionItems::Audit);
}

}  // namespace heitie::planning
