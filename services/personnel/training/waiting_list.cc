#include "services/personnel/training/waiting_list.h"

#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "heitie/personnel/v1/waiting_entry.pb.h"

namespace heitie::personnel {

const status::Reason kSeatsLeft{absl::StatusCode::kFailedPrecondition, "SEATS_LEFT",
                                "{name} has seats left: {count}. Enroll instead of waiting.", "{name} 尚有名額 {count} 個，請直接報名。"};
const status::Reason kSessionOver{absl::StatusCode::kFailedPrecondition, "SESSION_OVER", "{name} was or is held on {date}.",
                                  "{name} 已於 {date} 舉行。"};

namespace {

using v1::WaitingEntry;

std::string PlaceOf(const std::string& session, const std::string& employee) {
  return absl::StrCat(session, "/waitingEntries/", record::IdOf(employee));
}

constexpr absl::Duration kEndOfWaitingInterval = absl::Hours(1);
constexpr int64_t kEndedWaitsAtOnce = 1000;

}  // namespace

const record::StateMachine& WaitingEntryMachine() {
  using State = WaitingEntry;
  static const auto& machine = *new record::StateMachine(
      State::State_descriptor(), {
                                     {State::STATE_WAITING, "seat", State::STATE_SEATED, "a seat is freed", record::kConsequence},
                                     {State::STATE_WAITING, "withdraw", State::STATE_WITHDRAWN},
                                     {State::STATE_SEATED, "wait", State::STATE_WAITING, "the seat was given back"},
                                     {State::STATE_WITHDRAWN, "wait", State::STATE_WAITING},
                                 });
  return machine;
}

WaitingLists::WaitingLists(const service::Context& context)
    : store_(context.store), zone_(context.time_zone), entries_(context.store, &WaitingEntryMachine()) {
  context.jobs.Recur("end-waiting", kEndOfWaitingInterval, [this](const rpc::Call& call, const job::Job&) { return EndOfSessions(call); });
}

job::Outcome WaitingLists::EndOfSessions(const rpc::Call& call) {
  const std::string today = time::DayText(absl::ToCivilDay(call.now, zone_));
  const absl::StatusOr<std::vector<WaitingEntry>> over = store_.Read(call, [&](sql::Session& session) {
    return entries_.Select(session,
                           "WHERE state = 'STATE_WAITING' AND SUBSTRING_INDEX(name, '/waitingEntries/', 1) IN"
                           " (SELECT s.name FROM sessions s WHERE s.date <= ?) ORDER BY name LIMIT ?",
                           {today, kEndedWaitsAtOnce});
  });
  if (!over.ok()) return job::Outcome::Failed(over.status());
  absl::Status failure;
  for (const WaitingEntry& found : *over) {
    failure.Update(store_.Write(call, [&](record::Transaction& tx) -> absl::Status {
      ASSIGN_OR_RETURN(const WaitingEntry before, entries_.Lock(tx, found.name()));
      if (before.state() != WaitingEntry::STATE_WAITING) return absl::OkStatus();
      WaitingEntry after = before;
      RETURN_IF_ERROR(entries_.Advance(after, "withdraw"));
      return entries_.Update(tx, before, after, "withdraw");
    }));
  }
  return failure.ok() ? job::Outcome::Done() : job::Outcome::Failed(failure);
}

absl::StatusOr<std::vector<WaitingEntry>> WaitingLists::WaitingFor(sql::Session& sql, const std::string& session) const {
  return entries_.Select(sql, "WHERE name > ? AND name < ? AND state = 'STATE_WAITING' ORDER BY wait_time, name",
                         record::ChildRange(session, "waitingEntries"));
}

absl::StatusOr<WaitingEntry> WaitingLists::Add(record::Transaction& tx, const std::string& session, const std::string& employee) const {
  const std::string name = PlaceOf(session, employee);
  const absl::StatusOr<WaitingEntry> before = entries_.Lock(tx, name);
  if (!before.ok() && !absl::IsNotFound(before.status())) return before.status();
  if (before.ok() && before->state() == WaitingEntry::STATE_WAITING) return status::Error(status::kAlreadyExists, {{"name", name}});
  WaitingEntry entry = before.ok() ? *before : WaitingEntry();
  entry.set_name(name);
  entry.set_employee(employee);
  *entry.mutable_wait_time() = time::ToTimestamp(tx.call.now);
  entry.clear_seat_time();
  if (before.ok()) {
    RETURN_IF_ERROR(entries_.Advance(entry, "wait"));
    RETURN_IF_ERROR(entries_.Update(tx, *before, entry, "wait"));
  } else {
    entry.set_state(WaitingEntry::STATE_WAITING);
    RETURN_IF_ERROR(entries_.Insert(tx, entry, "wait"));
  }
  return entries_.Decorated(tx.sql, entry);
}

absl::Status WaitingLists::Seat(record::Transaction& tx, const std::string& session, const std::string& employee) const {
  const absl::StatusOr<WaitingEntry> before = entries_.Lock(tx, PlaceOf(session, employee));
  if (absl::IsNotFound(before.status())) return absl::OkStatus();
  RETURN_IF_ERROR(before.status());
  if (before->state() != WaitingEntry::STATE_WAITING) return absl::OkStatus();
  WaitingEntry after = *before;
  RETURN_IF_ERROR(entries_.Advance(after, "seat"));
  *after.mutable_seat_time() = time::ToTimestamp(tx.call.now);
  return entries_.Update(tx, *before, after, "seat");
}

absl::StatusOr<WaitingEntry> WaitingLists::Leave(record::Transaction& tx, const v1::LeaveWaitingListRequest& request) {
  return entries_.Change(tx, request, "withdraw");
}

void WaitingLists::Bind(record::Methods& methods) {
  methods.Reads(entries_);
  methods.Bind("LeaveWaitingList", this, &WaitingLists::Leave);
}

}  // namespace heitie::personnel
