#include "services/metrics/closing/month.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "common/status/macros.h"
#include "common/text/markdown.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "services/metrics/analysis/period.h"
#include "services/metrics/analysis/question_plan.h"
#include "services/metrics/closing/books.h"

namespace heitie::metrics {

using v1::MonthClosing;
using v1::OfficialFigure;

const status::Reason kClosingMonthNotOver{absl::StatusCode::kFailedPrecondition, "CLOSING_MONTH_NOT_OVER", "{month} is not over yet.",
                                          "{month} 尚未結束。"};
const status::Reason kMonthOpen{absl::StatusCode::kFailedPrecondition, "MONTH_OPEN",
                                "Not everything of {month} is known to be delivered: {names:list}.",
                                "{month} 的資料尚未確認全數送達：{names:list}。"};
const status::Reason kOwnMonthClosing{absl::StatusCode::kPermissionDenied, "OWN_MONTH_CLOSING",
                                      "{name} is closed by another manager than the person who proposed it.",
                                      "{name} 須由提出人以外的經理結算。"};
const status::Reason kNothingOfficial{absl::StatusCode::kFailedPrecondition, "NOTHING_OFFICIAL", "{list} names no official metrics.",
                                      "{list} 未列出任何正式指標。"};
const status::Reason kCorrectionRunning{absl::StatusCode::kFailedPrecondition, "CORRECTION_RUNNING",
                                        "Rows are being withdrawn or erased; {month} can be closed when that is done.",
                                        "資料正在撤回或刪除；完成後即可結算 {month}。"};

namespace {

// Half of what may be kept, so that what late events add to a figure can be kept as well.
constexpr size_t kMaxOfficialBytes = kMaxKeptBytes / 2;

std::string MonthText(const MonthClosing& closing) { return record::IdOf(closing.name()); }

}  // namespace

const record::StateMachine& MonthClosingMachine() {
  static const auto& machine = *new record::StateMachine(
      MonthClosing::State_descriptor(),
      {{MonthClosing::STATE_PROPOSED, "close", MonthClosing::STATE_CLOSED, "by another manager than the person who proposed it"},
       {MonthClosing::STATE_PROPOSED, "reject", MonthClosing::STATE_REJECTED},
       {MonthClosing::STATE_REJECTED, "propose", MonthClosing::STATE_PROPOSED}});
  return machine;
}

Days DaysOfMonth(const std::string& month) {
  const std::vector<std::string> parts = absl::StrSplit(month, '-');
  int year = 0, number = 0;
  if (parts.size() == 2 && absl::SimpleAtoi(parts[0], &year) && absl::SimpleAtoi(parts[1], &number)) {
    const absl::CivilMonth first(year, number);
    return {absl::CivilDay(first), absl::CivilDay(first + 1) - 1};
  }
  return {absl::CivilDay(), absl::CivilDay()};
}

MonthClosings::MonthClosings(const service::Context& context, const Questions& questions, const OfficialMetrics& metrics)
    : store_(context.store),
      questions_(questions),
      metrics_(metrics),
      closings_(context.store, &MonthClosingMachine()),
      figures_(context.store),
      adjustments_(context.store) {
  closings_.SetDecorator([this](sql::Session& session, MonthClosing& closing) -> absl::Status {
    ASSIGN_OR_RETURN(const int64_t count, adjustments_.CountChildren(session, closing.name()));
    closing.set_adjustment_count(static_cast<int32_t>(count));
    return absl::OkStatus();
  });
  figures_.SetDecorator([](sql::Session& session, OfficialFigure& figure) -> absl::Status {
    RETURN_IF_ERROR(CheckSeal(session, kKeptFigures, figure.name()));
    return session.Query("SELECT name FROM figure_adjustments WHERE figure = ? ORDER BY number DESC LIMIT 1", sql::Bind(figure.name()),
                         [&](const sql::Row& row) { figure.set_latest_adjustment(row.Text(0)); });
  });
  adjustments_.SetDecorator(
      [](sql::Session& session, v1::FigureAdjustment& adjustment) { return CheckSeal(session, kKeptAdjustments, adjustment.name()); });
}

absl::StatusOr<MonthClosing> MonthClosings::Propose(record::Transaction& tx, const v1::ProposeMonthClosingRequest& request) {
  const Days days = DaysOfMonth(request.month());
  if (tx.call.now < analysis::StartOf(days.last + 1, analysis::Calendar{questions_.zone()})) {
    return status::Error(kClosingMonthNotOver, {{"month", request.month()}});
  }
  const auto propose = [&](MonthClosing& closing) {
    closing.set_note(request.note());
    closing.set_proposer(tx.call.principal.name);
    *closing.mutable_propose_time() = time::ToTimestamp(tx.call.now);
    closing.clear_decider();
    closing.clear_decide_time();
    closing.clear_reject_reason();
  };
  const std::string name = absl::StrCat("monthClosings/", request.month());
  const absl::StatusOr<MonthClosing> before = closings_.Find(tx.sql, name);
  if (before.ok()) return closings_.Change(tx, record::Target(name), "propose", propose);
  if (!absl::IsNotFound(before.status())) return before.status();
  MonthClosing closing;
  closing.set_name(name);
  *closing.mutable_start_date() = time::ToDate(days.first);
  *closing.mutable_end_date() = time::ToDate(days.last);
  closing.set_state(MonthClosing::STATE_PROPOSED);
  propose(closing);
  RETURN_IF_ERROR(closings_.Insert(tx, closing, "propose"));
  return closings_.Decorated(tx.sql, closing);
}

absl::StatusOr<MonthClosing> MonthClosings::Reject(record::Transaction& tx, const v1::RejectMonthClosingRequest& request) {
  return closings_.Change(tx, request, "reject", [&](MonthClosing& after) {
    after.set_decider(tx.call.principal.name);
    *after.mutable_decide_time() = time::ToTimestamp(tx.call.now);
    after.set_reject_reason(request.reason());
  });
}

absl::StatusOr<MonthClosings::Computed> MonthClosings::Compute(const rpc::Call& call, sql::Session& session, Snapshot& snapshot,
                                                               const MonthClosing& closing) const {
  Computed computed;
  const absl::CivilDay last = time::ToDay(closing.end_date());
  const absl::Time end = analysis::StartOf(last + 1, analysis::Calendar{questions_.zone()});
  ASSIGN_OR_RETURN(const bool running, IsCorrectionRunning(session));
  if (running) return status::Error(kCorrectionRunning, {{"month", MonthText(closing)}});
  ASSIGN_OR_RETURN(const v1::OfficialMetricList list, metrics_.InForce(session, call.now));
  if (list.metrics().empty()) return status::Error(kNothingOfficial, {{"list", list.name()}});
  computed.list = list.name();
  computed.look.closing = closing.name();
  computed.look.time = call.now;
  for (const v1::OfficialMetric& metric : list.metrics()) {
    ASSIGN_OR_RETURN(Questions::Frozen frozen, questions_.AnswerAsOf(call, session, snapshot, metric.question(), last));
    OfficialFigure& figure = computed.figures.emplace_back();
    figure.set_name(absl::StrCat(closing.name(), "/figures/", metric.code()));
    figure.set_title(metric.title());
    *figure.mutable_question() = std::move(frozen.question);
    *figure.mutable_answer() = std::move(frozen.answer);
    RETURN_IF_ERROR(CheckSize(figure, kMaxOfficialBytes));
    ClosingLook::Figure& looked = computed.look.figures[figure.name()];
    looked.digest = figure.answer().digest();
    for (const Series& series : analysis::SeriesOf(figure.question())) {
      const std::string key = SeriesKey(series.kind, series.name);
      looked.series.insert(key);
      if (computed.look.books.contains(key)) continue;
      ASSIGN_OR_RETURN(const Books books, BooksOf(session, key));
      computed.look.books[key] = books.Through(last);
      ASSIGN_OR_RETURN(const Closing delivered, questions_.sources().closing(session, series));
      if (delivered.until.has_value() && *delivered.until >= end) continue;
      MonthClosing::OpenName& open = computed.open_names.emplace_back();
      open.set_series(series.name);
      if (delivered.until.has_value()) *open.mutable_closed_through_time() = time::ToTimestamp(*delivered.until);
      open.mutable_because_of()->Assign(delivered.waiting_for.begin(), delivered.waiting_for.end());
    }
  }
  ASSIGN_OR_RETURN(const std::vector<Happening> happenings, HappeningsAfter(session, call.now - kLongestWrite));
  computed.look.seen = SeenOf(happenings, call.now);
  return computed;
}

absl::Status MonthClosings::Keep(record::Transaction& tx, Computed computed, const std::string& force_reason, MonthClosing& closing) const {
  std::map<std::string, std::string> digests;
  for (OfficialFigure& figure : computed.figures) {
    digests[record::IdOf(figure.name())] = figure.answer().digest();
    RETURN_IF_ERROR(figures_.Insert(tx, figure, "close"));
    RETURN_IF_ERROR(Seal(tx.sql, kKeptFigures, figure.name()));
  }
  RETURN_IF_ERROR(InsertLook(tx.sql, computed.look));
  closing.set_decider(tx.call.principal.name);
  *closing.mutable_decide_time() = time::ToTimestamp(tx.call.now);
  closing.set_force_reason(force_reason);
  closing.mutable_open_names()->Assign(computed.open_names.begin(), computed.open_names.end());
  closing.set_official_metric_list(computed.list);
  closing.set_figure_count(static_cast<int32_t>(computed.figures.size()));
  std::string whole;
  for (const auto& [code, digest] : digests) absl::StrAppend(&whole, code, " ", digest, "\n");
  closing.set_digest(text::Sha256Hex(whole));
  return absl::OkStatus();
}

absl::StatusOr<MonthClosing> MonthClosings::Close(const rpc::Call& call, const v1::CloseMonthRequest& request) {
  MonthClosing answer;
  Computed computed;
  const auto compute = [&]() -> absl::Status {
    ASSIGN_OR_RETURN(const MonthClosing seen, closings_.Get(call, request.name()));
    // What is not to be closed is refused below.
    if (seen.state() != MonthClosing::STATE_PROPOSED || seen.proposer() == call.principal.name) return absl::OkStatus();
    RETURN_IF_ERROR(
        questions_.sources().open(call, std::nullopt, [&](sql::Session& session, Snapshot& snapshot, const std::string&) -> absl::Status {
          ASSIGN_OR_RETURN(computed, Compute(call, session, snapshot, seen));
          return absl::OkStatus();
        }));
    if (computed.open_names.empty() || !request.force_reason().empty()) return absl::OkStatus();
    std::vector<std::string> names;
    for (const MonthClosing::OpenName& open : computed.open_names) {
      names.push_back(open.because_of().empty() ? open.series()
                                                : absl::StrCat(open.series(), " (", absl::StrJoin(open.because_of(), ", "), ")"));
    }
    return status::Error(kMonthOpen, {{"month", MonthText(seen)}, {"names", absl::StrJoin(names, ", ")}});
  };
  RETURN_IF_ERROR(store_.Write(call, request, &answer, compute, [&](record::Transaction& tx) -> absl::Status {
    ASSIGN_OR_RETURN(record::Step<MonthClosing> step, closings_.Begin(tx, request, "close"));
    if (step.before.proposer() == call.principal.name) return status::Error(kOwnMonthClosing, {{"name", step.before.name()}});
    // It was proposed after it was looked at.
    if (computed.figures.empty()) return status::RetryLater(status::kUnavailable, absl::Seconds(1), {{"what", request.name()}});
    const std::string& force_reason = computed.open_names.empty() ? "" : request.force_reason();
    RETURN_IF_ERROR(Keep(tx, computed, force_reason, step.after));
    ASSIGN_OR_RETURN(answer, closings_.Finish(tx, step));
    return absl::OkStatus();
  }));
  return answer;
}

void MonthClosings::Bind(record::Methods& methods) {
  methods.Reads(closings_);
  methods.Bind("ProposeMonthClosing", this, &MonthClosings::Propose);
  methods.Bind("CloseMonth", this, &MonthClosings::Close);
  methods.Bind("RejectMonthClosing", this, &MonthClosings::Reject);
  methods.Reads(figures_);
  methods.Reads(adjustments_);
}

}  // namespace heitie::metrics
