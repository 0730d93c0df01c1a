#include "services/resource/movement/write_off.h"

#include <map>
#include <set>

#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "services/resource/stock/valuation.h"

namespace heitie::resource {

using v1::WriteOff;

const status::Reason kNotExpired{absl::StatusCode::kInvalidArgument, "NOT_EXPIRED", "{lot} can be used until {expiry}.",
                                 "{lot} 可使用至 {expiry}。"};
const status::Reason kOwnWriteOff{absl::StatusCode::kPermissionDenied, "OWN_WRITE_OFF",
                                  "Whoever reported {name} or answers for it cannot approve it.", "{name} 的提報人與責任人不能自行核准。"};
const status::Reason kCurrencyTwice{absl::StatusCode::kInvalidArgument, "CURRENCY_TWICE", "There is a limit in {currency} already.",
                                    "{currency} 已有限額。"};

const record::StateMachine& WriteOffMachine() {
  using W = WriteOff;
  static const auto& machine = *new record::StateMachine(
      W::State_descriptor(), {
                                 {W::STATE_WAITING, "approve", W::STATE_BOOKED, "by somebody who neither reported it nor answers for it"},
                                 {W::STATE_WAITING, "reject", W::STATE_REJECTED},
                                 {W::STATE_WAITING, "withdraw", W::STATE_WITHDRAWN},
                             });
  return machine;
}

bool NeedsApproval(const WriteOff& write_off, const std::vector<WriteOff>& together, const v1::MovementPolicy& policy) {
  std::map<std::string, __int128> worth;
  for (const WriteOff::Line& line : write_off.lines()) worth[line.currency_code()] += line.value_minor();
  for (const WriteOff& other : together) {
    for (const WriteOff::Line& line : other.lines()) {
      const auto found = worth.find(line.currency_code());
      if (found != worth.end()) found->second += line.value_minor();
    }
  }
  for (const auto& limit : policy.write_off_limits()) {
    const auto found = worth.find(limit.currency_code());
    if (found != worth.end() && found->second <= limit.amount_minor()) worth.erase(found);
  }
  return !worth.empty();
}

absl::Status CheckMovementPolicy(const v1::MovementPolicy& policy) {
  status::BadFields bad;
  std::set<std::string> seen;
  for (int i = 0; i < policy.write_off_limits_size(); ++i) {
    const std::string& currency = policy.write_off_limits(i).currency_code();
    if (seen.insert(currency).second) continue;
    bad.Add(absl::StrCat("movement_policy.write_off_limits[", i, "].currency_code"), kCurrencyTwice, {{"currency", currency}});
  }
  return bad.status();
}

void WriteOffs::Bind(record::Methods& methods) {
  methods.Reads(write_offs_);
  methods.Creates(write_offs_, this, &WriteOffs::Create);
  methods.Bind("ApproveWriteOff", this, &WriteOffs::Approve);
  methods.Bind("RejectWriteOff", this, &WriteOffs::Reject);
  methods.Bind("WithdrawWriteOff", this, &WriteOffs::Withdraw);
  methods.Bind("ReportCustodyLoss", this, &WriteOffs::ReportLoss);
  policies_.Bind<v1::PublishMovementPolicyRequest>(methods);
}

absl::StatusOr<Moment> WriteOffs::MomentOf(record::Transaction& tx, const WriteOff& write_off, status::BadFields& bad) const {
  ASSIGN_OR_RETURN(Moment moment, stocks_.MomentOf(tx, write_off.has_business_date() ? &write_off.business_date() : nullptr,
                                                   "write_off.business_date", bad));
  moment.document = write_off.name();
  moment.reason = write_off.reason();
  return moment;
}

absl::Status WriteOffs::TakeOut(const std::vector<PaperLine>& lines, const Moment& moment, WriteOff& write_off, StockChange& change) const {
  const std::string location = LocationOf(write_off.location());
  RETURN_IF_ERROR(PaperLines::CheckRemovable(change, lines, location, moment.today));
  for (int i = 0; i < write_off.lines_size(); ++i) {
    WriteOff::Line& line = *write_off.mutable_lines(i);
    ASSIGN_OR_RETURN(const int64_t value, change.Find(line.item())->TakeOut(line.quantity(), location, line.lot(), moment));
    line.set_value_minor(value);
  }
  return absl::OkStatus();
}

absl::Status WriteOffs::Create(record::Transaction& tx, WriteOff& write_off) {
  status::BadFields bad;
  ASSIGN_OR_RETURN(const std::vector<PaperLine> lines, lines_.Read(tx.sql, AskedOf(write_off.lines()), "write_off.lines", bad));
  ASSIGN_OR_RETURN(const Destination place, lines_.PlaceOf(tx.sql, write_off.location(), "write_off.location", bad));
  ASSIGN_OR_RETURN(const Moment moment, MomentOf(tx, write_off, bad));
  for (size_t i = 0; write_off.cause() == WriteOff::CAUSE_EXPIRED && i < lines.size(); ++i) {
    if (lines[i].expiry < moment.today) continue;
    bad.Add(absl::StrCat("write_off.lines[", i, "].lot"), kNotExpired,
            {{"lot", lines[i].lot}, {"expiry", lines[i].expiry == kNoEnd ? "-" : time::DayText(lines[i].expiry)}});
  }
  RETURN_IF_ERROR(bad.status());
  for (int i = 0; i < write_off.lines_size(); ++i) {
    WriteOff::Line& line = *write_off.mutable_lines(i);
    line.set_quantity(lines[i].quantity);
    line.set_currency_code(lines[i].currency);
    line.clear_unit();
  }
  write_off.set_location(place.location);
  RETURN_IF_ERROR(TakeTurn(tx, write_off));
  ASSIGN_OR_RETURN(StockChange change, stocks_.Lock(tx, PaperLines::ItemsOf(lines), Stocks::Depth::kMove, {place.location}));
  PaperLines::CheckLots(change, lines, "write_off.lines", bad);
  RETURN_IF_ERROR(bad.status());
  // What it is worth is what would leave; above the limit nothing does.
  RETURN_IF_ERROR(TakeOut(lines, moment, write_off, change));
  ASSIGN_OR_RETURN(const bool needs_approval, Judge(tx, write_off));
  if (needs_approval) {
    write_off.set_state(WriteOff::STATE_WAITING);
    return absl::OkStatus();
  }
  write_off.set_state(WriteOff::STATE_BOOKED);
  return stocks_.Save(tx, change, "write_off");
}

absl::Status WriteOffs::TakeTurn(record::Transaction& tx, WriteOff& write_off) const {
  *write_off.mutable_report_date() = time::ToDate(stocks_.Today(tx.call));
  const std::string& whose = write_off.responsible().empty() ? tx.call.principal.name : write_off.responsible();
  return tx.sql
      .Execute("INSERT INTO write_off_days (responsible, report_date) VALUES (?, ?) ON DUPLICATE KEY UPDATE guard = guard + 1",
               sql::Bind(whose, time::DayText(time::ToDay(write_off.report_date()))))
      .status();
}

absl::StatusOr<bool> WriteOffs::Judge(record::Transaction& tx, WriteOff& write_off) const {
  ASSIGN_OR_RETURN(const v1::MovementPolicy policy, policies_.InForce(tx.sql, tx.call.now));
  write_off.set_policy(policy.name());
  // What nobody answers for counts with what the same person has reported so. What somebody has approved does not count once more.
  std::string condition = "WHERE responsible = ? AND report_date = ? AND state IN ('STATE_BOOKED', 'STATE_WAITING') AND decider = ''";
  sql::Values values = sql::Bind(write_off.responsible(), time::DayText(time::ToDay(write_off.report_date())));
  if (write_off.responsible().empty()) {
    condition += " AND creator = ?";
    values.push_back(sql::V(tx.call.principal.name));
  }
  ASSIGN_OR_RETURN(const std::vector<WriteOff> together, write_offs_.Select(tx.sql, condition + " ORDER BY name", values));
  for (const WriteOff& other : together) write_off.add_counted_together(other.name());
  return NeedsApproval(write_off, together, policy);
}

absl::StatusOr<int64_t> WriteOffs::WaitingOf(sql::Session& session, const std::string& custody) const {
  ASSIGN_OR_RETURN(const std::vector<WriteOff> waiting,
                   write_offs_.Select(session, "WHERE custody = ? AND state = 'STATE_WAITING'", sql::Bind(custody)));
  int64_t sum = 0;
  for (const WriteOff& one : waiting) {
    for (const WriteOff::Line& line : one.lines()) sum += line.quantity();
  }
  return sum;
}

absl::StatusOr<WriteOff> WriteOffs::ReportLoss(record::Transaction& tx, const v1::ReportCustodyLossRequest& request) {
  ASSIGN_OR_RETURN(record::Step<v1::Custody> custody, custodies_.Take(tx, record::Target(request.name(), request.etag())));
  RETURN_IF_ERROR(Custodies::CheckSpeaksFor(tx.call, custody.before));
  RETURN_IF_ERROR(HeldGoodsMachine().Next(custody.before.name(), custody.before.state(), "report_loss").status());
  ASSIGN_OR_RETURN(const int64_t waiting, WaitingOf(tx.sql, custody.before.name()));
  const int64_t open = HeldOf(custody.before) - waiting;
  if (request.quantity() > open) {
    return status::Error(kCustodyExceeded, {{"name", custody.before.name()}, {"open", open}, {"asked", request.quantity()}});
  }
  WriteOff write_off;
  write_off.set_name(absl::StrCat("writeOffs/", record::NewId(tx.call.now)));
  write_off.set_cause(request.cause());
  write_off.set_reason(request.reason());
  write_off.set_responsible(request.responsible().empty() ? custody.before.holder() : request.responsible());
  write_off.set_custody(custody.before.name());
  WriteOff::Line& line = *write_off.add_lines();
  line.set_item(custody.before.item());
  line.set_lot(request.lot());
  line.set_quantity(request.quantity());
  line.set_currency_code(custody.before.currency_code());
  line.set_value_minor(ShareOf(custody.before.value_minor(), request.quantity(), HeldOf(custody.before)));
  RETURN_IF_ERROR(TakeTurn(tx, write_off));
  ASSIGN_OR_RETURN(const bool needs_approval, Judge(tx, write_off));
  write_off.set_state(needs_approval ? WriteOff::STATE_WAITING : WriteOff::STATE_BOOKED);
  if (write_off.state() == WriteOff::STATE_BOOKED) {
    status::BadFields none;
    ASSIGN_OR_RETURN(const Moment moment, MomentOf(tx, write_off, none));
    ASSIGN_OR_RETURN(const int64_t value, custodies_.Lose(tx, custody, request.quantity(), request.lot(), moment));
    line.set_value_minor(value);
  }
  RETURN_IF_ERROR(write_offs_.Insert(tx, write_off));
  return write_offs_.Decorated(tx.sql, write_off);
}

absl::Status WriteOffs::BookStock(record::Transaction& tx, WriteOff& after) const {
  status::BadFields bad;
  ASSIGN_OR_RETURN(const std::vector<PaperLine> lines, lines_.Read(tx.sql, AskedOf(after.lines()), "name", bad));
  ASSIGN_OR_RETURN(const Moment moment, MomentOf(tx, after, bad));
  RETURN_IF_ERROR(bad.status());
  ASSIGN_OR_RETURN(StockChange change, stocks_.Lock(tx, PaperLines::ItemsOf(lines), Stocks::Depth::kMove, {LocationOf(after.location())}));
  RETURN_IF_ERROR(TakeOut(lines, moment, after, change));
  return stocks_.Save(tx, change, "write_off");
}

absl::StatusOr<WriteOff> WriteOffs::Approve(record::Transaction& tx, const v1::ApproveWriteOffRequest& request) {
  return write_offs_.Change(tx, request, "approve", [&](const WriteOff& before, WriteOff& after) -> absl::Status {
    const std::string& caller = tx.call.principal.name;
    if (caller == before.creator() || caller == before.responsible()) return status::Error(kOwnWriteOff, {{"name", before.name()}});
    after.set_decider(caller);
    *after.mutable_decide_time() = time::ToTimestamp(tx.call.now);
    after.set_state_reason(request.reason());
    if (before.custody().empty()) return BookStock(tx, after);
    status::BadFields none;
    ASSIGN_OR_RETURN(const Moment moment, MomentOf(tx, before, none));
    ASSIGN_OR_RETURN(record::Step<v1::Custody> custody, custodies_.Take(tx, record::Target(before.custody())));
    ASSIGN_OR_RETURN(const int64_t value, custodies_.Lose(tx, custody, before.lines(0).quantity(), before.lines(0).lot(), moment));
    after.mutable_lines(0)->set_value_minor(value);
    return absl::OkStatus();
  });
}

absl::StatusOr<WriteOff> WriteOffs::Reject(record::Transaction& tx, const v1::RejectWriteOffRequest& request) {
  return write_offs_.Change(tx, request, "reject", [&](WriteOff& after) {
    after.set_decider(tx.call.principal.name);
    *after.mutable_decide_time() = time::ToTimestamp(tx.call.now);
    after.set_state_reason(request.reason());
  });
}

absl::StatusOr<WriteOff> WriteOffs::Withdraw(record::Transaction& tx, const v1::WithdrawWriteOffRequest& request) {
  return write_offs_.Change(tx, request, "withdraw", [&](WriteOff& after) { after.set_state_reason(request.reason()); });
}

}  // namespace heitie::resource
