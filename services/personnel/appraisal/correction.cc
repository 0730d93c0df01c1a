#include "services/personnel/appraisal/correction.h"

#include <map>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/observe/log.h"
#include "common/status/macros.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "services/personnel/appraisal/sheet.h"

namespace heitie::personnel {

const status::Reason kObjectionTooLate{absl::StatusCode::kFailedPrecondition, "OBJECTION_TOO_LATE",
                                       "Objections to {name} could be made until {due}.", "對 {name} 的異議期限為 {due}，已逾期。"};
const status::Reason kOwnSheet{absl::StatusCode::kPermissionDenied, "OWN_SHEET",
                               "Somebody else proposes another score for {name}; what one has against one's own is an objection.",
                               "{name} 的調整須由他人提出；對自己的考核結果不服，請提出異議。"};
const status::Reason kNothingAdjusted{absl::StatusCode::kInvalidArgument, "NOTHING_ADJUSTED", "{name} has {points} points already.",
                                      "{name} 的分數已經是 {points}。"};
const status::Reason kAdjustmentPending{absl::StatusCode::kFailedPrecondition, "ADJUSTMENT_PENDING",
                                        "{other} is still to be decided; another score can be proposed for {name} afterwards.",
                                        "{other} 尚未決定，{name} 須待其決定後再提出調整。"};

namespace {

using v1::Appraisal;
using v1::AppraisalAdjustment;
using v1::AppraisalNotice;
using v1::AppraisalObjection;
using v1::AppraisalPart;

constexpr absl::Duration kNightly = absl::Hours(24);
constexpr absl::Duration kPortion = absl::Seconds(15);
constexpr char kAnswerAction[] = "answer";
constexpr char kApproveAction[] = "approve";
constexpr char kInspectAction[] = "inspect";

const v1::AppraisalFigure* FigureIn(const AppraisalPart& part, const std::string& indicator) {
  for (const v1::AppraisalFigure& figure : part.figures()) {
    if (figure.indicator() == indicator) return &figure;
  }
  return nullptr;
}

bool SaysTheSame(const AppraisalNotice& a, const AppraisalNotice& b) {
  if (a.figures_size() != b.figures_size()) return false;
  for (int i = 0; i < a.figures_size(); ++i) {
    const v1::RestatedFigure &left = a.figures(i), &right = b.figures(i);
    if (left.part() != right.part() || left.indicator() != right.indicator() || left.restated_figure() != right.restated_figure()) {
      return false;
    }
  }
  return true;
}

}  // namespace

const record::StateMachine& AppraisalObjectionMachine() {
  static const auto& machine = *new record::StateMachine(AppraisalObjection::State_descriptor(),
                                                         {
                                                             {AppraisalObjection::STATE_OPEN, "uphold", AppraisalObjection::STATE_UPHELD},
                                                             {AppraisalObjection::STATE_OPEN, "reject", AppraisalObjection::STATE_REJECTED},
                                                         });
  return machine;
}

const record::StateMachine& AppraisalAdjustmentMachine() {
  static const auto& machine = *new record::StateMachine(
      AppraisalAdjustment::State_descriptor(),
      {
          {AppraisalAdjustment::STATE_PROPOSED, "approve", AppraisalAdjustment::STATE_APPROVED, "by a second person"},
          {AppraisalAdjustment::STATE_PROPOSED, "reject", AppraisalAdjustment::STATE_REJECTED, "by a second person"},
      });
  return machine;
}

std::optional<AppraisalNotice> NoticeOf(const CycleFacts& facts, const Appraisal& sheet, const std::vector<AppraisalPart>& now,
                                        const AppraisalNotice* latest) {
  AppraisalNotice notice;
  for (const AppraisalPart& restated : now) {
    for (const AppraisalPart& frozen : facts.parts) {
      if (frozen.name() != restated.name()) continue;
      for (const v1::AppraisalFigure& figure : restated.figures()) {
        const v1::AppraisalFigure* before = FigureIn(frozen, figure.indicator());
        const std::string text = before == nullptr ? "" : FigureText(*before);
        if (text == FigureText(figure)) continue;
        v1::RestatedFigure& differs = *notice.add_figures();
        differs.set_part(frozen.name());
        differs.set_indicator(figure.indicator());
        differs.set_figure(text);
        differs.set_restated_figure(FigureText(figure));
        differs.set_version(before == nullptr ? 0 : before->version());
        differs.set_restated_version(figure.version());
      }
    }
  }
  // Without a notice before, what is as it was is not told; after one, that it is so again is.
  if (latest == nullptr ? notice.figures().empty() : SaysTheSame(*latest, notice)) return std::nullopt;
  notice.set_employee(sheet.employee());
  if (sheet.has_points()) notice.set_points(sheet.points());
  if (const std::optional<int64_t> points = MonthPointsOf(facts, sheet, now)) notice.set_restated_points(static_cast<int32_t>(*points));
  return notice;
}

AppraisalCorrections::AppraisalCorrections(const service::Context& context, AppraisalRows& rows, const Employees& employees,
                                           const Steps& steps, const Approvals& approvals, const FigureSources& sources)
    : store_(context.store),
      rows_(rows),
      objections_(context.store, &AppraisalObjectionMachine()),
      adjustments_(context.store, &AppraisalAdjustmentMachine()),
      notices_(context.store),
      employees_(employees),
      steps_(steps),
      approvals_(approvals),
      sources_(sources) {
  const record::Rule readers = SheetReaders(employees.teams());
  objections_.RestrictRows(readers || record::Own("owner"));
  adjustments_.RestrictRows(readers || record::Own("owner"));
  notices_.RestrictRows(readers);
  rows_.sheets.SetDecorator([this](sql::Session& sql, Appraisal& sheet) -> absl::Status {
    sheet.clear_adjusted_points();
    if (sheet.state() != Appraisal::STATE_CLOSED) return absl::OkStatus();
    ASSIGN_OR_RETURN(const std::optional<int32_t> points, rows_.AdjustedPoints(sql, sheet.name()));
    if (points) sheet.set_adjusted_points(*points);
    return absl::OkStatus();
  });
  context.jobs.Recur("review-closed-appraisals", kNightly,
                     [this](const rpc::Call& call, const job::Job& job) { return Review(call, job); });
}

absl::StatusOr<std::vector<std::string>> AppraisalCorrections::ConcernedBy(sql::Session& sql, const Appraisal& sheet) const {
  std::set<std::string> concerned = {sheet.employee()};
  ASSIGN_OR_RETURN(const std::vector<AppraisalPart> parts, rows_.PartsBelow(sql, sheet.name()));
  for (const AppraisalPart& part : parts) {
    if (!part.rater().empty()) concerned.insert(part.rater());
  }
  return std::vector<std::string>(concerned.begin(), concerned.end());
}

absl::StatusOr<std::string> AppraisalCorrections::YearAfter(sql::Session& sql, const std::string& sheet) const {
  ASSIGN_OR_RETURN(const v1::AppraisalCycle month, rows_.cycles.Find(sql, CycleOf(sheet)));
  if (month.period() != v1::AppraisalCycle::PERIOD_MONTH) return std::string();
  ASSIGN_OR_RETURN(const std::vector<v1::AppraisalCycle> years,
                   rows_.cycles.Select(sql, "WHERE month = ? AND period = 'PERIOD_YEAR' AND state = 'STATE_CLOSED' ORDER BY name",
                                       sql::Bind(time::DayText(absl::CivilDay(month.month().year(), 1, 1)))));
  for (const v1::AppraisalCycle& year : years) {
    const absl::Status there = rows_.sheets.Find(sql, absl::StrCat(year.name(), "/appraisals/", record::IdOf(sheet))).status();
    if (there.ok()) return year.name();
    if (!absl::IsNotFound(there)) return there;
  }
  return std::string();
}

absl::Status AppraisalCorrections::Object(record::Transaction& tx, const v1::CreateAppraisalObjectionRequest& request,
                                          AppraisalObjection& objection) {
  ASSIGN_OR_RETURN(const Appraisal sheet, rows_.sheets.Guard(tx, request.parent()));
  if (!rows_.sheets.Sees(tx.call, sheet)) return status::NotFound(request.parent());
  if (sheet.employee() != tx.call.principal.name) return status::Error(kNotYourSheet, {{"name", sheet.name()}});
  ASSIGN_OR_RETURN(const v1::AppraisalCycle cycle, rows_.GuardClosed(tx, request.parent()));
  ASSIGN_OR_RETURN(const AppraisalTerms terms, rows_.Terms(tx.sql, cycle));
  ASSIGN_OR_RETURN(const absl::Time until, rows_.After(tx.sql, time::ToTime(cycle.close_time()), terms.objection));
  if (tx.call.now >= until) {
    return status::Error(kObjectionTooLate, {{"name", sheet.name()}, {"due", time::LocalText(until, rows_.zone().name())}});
  }
  ASSIGN_OR_RETURN(const std::vector<std::string> concerned, ConcernedBy(tx.sql, sheet));
  ASSIGN_OR_RETURN(const std::vector<AppraisalPart> parts, rows_.PartsBelow(tx.sql, sheet.name()));
  const std::string about = parts.empty() || parts.back().rater().empty() ? sheet.employee() : parts.back().rater();
  ASSIGN_OR_RETURN(const std::string owner, approvals_.Approver(tx.sql, about, rows_.DayOf(tx.call.now), concerned));
  ASSIGN_OR_RETURN(const absl::Time due, rows_.After(tx.sql, tx.call.now, terms.answer));
  objection.set_employee(sheet.employee());
  objection.set_state(AppraisalObjection::STATE_OPEN);
  objection.set_owner(owner);
  *objection.mutable_due_time() = time::ToTimestamp(due);
  return steps_.Open(tx, {objection.name(), kAnswerAction, owner, due});
}

absl::StatusOr<AppraisalObjection> AppraisalCorrections::Answer(record::Transaction& tx,
                                                                const v1::AnswerAppraisalObjectionRequest& request) {
  return objections_.Change(tx, request, request.upheld() ? "uphold" : "reject",
                            [&](const AppraisalObjection& before, AppraisalObjection& after) -> absl::Status {
                              ASSIGN_OR_RETURN(const Appraisal sheet, rows_.sheets.Find(tx.sql, record::ParentOf(before.name())));
                              ASSIGN_OR_RETURN(const std::vector<std::string> concerned, ConcernedBy(tx.sql, sheet));
                              ASSIGN_OR_RETURN(const std::vector<AppraisalPart> parts, rows_.PartsBelow(tx.sql, sheet.name()));
                              const std::string about =
                                  parts.empty() || parts.back().rater().empty() ? sheet.employee() : parts.back().rater();
                              RETURN_IF_ERROR(approvals_.Check(tx, about, concerned));
                              ASSIGN_OR_RETURN(const bool erased, rows_.IsErased(tx.sql, before.employee()));
                              if (!erased) after.set_answer(request.answer());
                              after.set_answerer(tx.call.principal.name);
                              *after.mutable_answer_time() = time::ToTimestamp(tx.call.now);
                              return steps_.DoneAll(tx, after.name());
                            });
}

absl::Status AppraisalCorrections::Propose(record::Transaction& tx, const v1::CreateAppraisalAdjustmentRequest& request,
                                           AppraisalAdjustment& adjustment) {
  ASSIGN_OR_RETURN(const Appraisal sheet, rows_.sheets.Guard(tx, request.parent()));
  if (!rows_.sheets.Sees(tx.call, sheet)) return status::NotFound(request.parent());
  if (sheet.employee() == tx.call.principal.name) return status::Error(kOwnSheet, {{"name", sheet.name()}});
  ASSIGN_OR_RETURN(const v1::AppraisalCycle cycle, rows_.GuardClosed(tx, request.parent()));
  ASSIGN_OR_RETURN(const std::vector<AppraisalAdjustment> others, adjustments_.Children(tx.sql, sheet.name()));
  for (const AppraisalAdjustment& other : others) {
    if (other.state() != AppraisalAdjustment::STATE_PROPOSED) continue;
    return status::Error(kAdjustmentPending, {{"name", sheet.name()}, {"other", other.name()}});
  }
  ASSIGN_OR_RETURN(std::optional<int32_t> old, rows_.AdjustedPoints(tx.sql, sheet.name()));
  if (!old && sheet.has_points()) old = sheet.points();
  if (old) adjustment.set_old_points(*old);
  if (old && *old == adjustment.new_points()) {
    status::BadFields bad;
    bad.Add("appraisal_adjustment.new_points", kNothingAdjusted, {{"name", sheet.name()}, {"points", *old}});
    return bad.status();
  }
  ASSIGN_OR_RETURN(const AppraisalTerms terms, rows_.Terms(tx.sql, cycle));
  ASSIGN_OR_RETURN(const absl::Time due, rows_.After(tx.sql, tx.call.now, terms.answer));
  ASSIGN_OR_RETURN(const std::string owner,
                   approvals_.Approver(tx.sql, tx.call.principal.name, rows_.DayOf(tx.call.now), {sheet.employee()}));
  adjustment.set_employee(sheet.employee());
  adjustment.set_state(AppraisalAdjustment::STATE_PROPOSED);
  adjustment.set_owner(owner);
  return steps_.Open(tx, {adjustment.name(), kApproveAction, owner, due});
}

absl::StatusOr<AppraisalAdjustment> AppraisalCorrections::Decide(record::Transaction& tx,
                                                                 const v1::DecideAppraisalAdjustmentRequest& request) {
  return adjustments_.Change(tx, request, request.approved() ? "approve" : "reject",
                             [&](const AppraisalAdjustment& before, AppraisalAdjustment& after) -> absl::Status {
                               RETURN_IF_ERROR(approvals_.Check(tx, before.creator(), {before.employee()}));
                               after.set_approver(tx.call.principal.name);
                               ASSIGN_OR_RETURN(const bool erased, rows_.IsErased(tx.sql, before.employee()));
                               if (!erased) after.set_approve_reason(request.reason());
                               *after.mutable_approve_time() = time::ToTimestamp(tx.call.now);
                               if (request.approved()) {
                                 RETURN_IF_ERROR(rows_.GuardClosed(tx, before.name()).status());
                                 ASSIGN_OR_RETURN(const std::string year, YearAfter(tx.sql, record::ParentOf(before.name())));
                                 after.set_affected_year(year);
                                 for (const Approved& approved : on_approved_) RETURN_IF_ERROR(approved(tx, CycleOf(before.name())));
                               }
                               return steps_.DoneAll(tx, after.name());
                             });
}

absl::Status AppraisalCorrections::VerifyClosed(const rpc::Call& call, const CycleFacts& facts) const {
  const bool intact = DigestOf(facts) == facts.cycle.sha256();
  const std::vector<std::string> deviations = DeviationsOf(facts);
  if (intact && deviations.empty()) return absl::OkStatus();
  observe::Log(observe::Severity::kError, "a closed appraisal cycle is not what it was",
               {{"cycle", facts.cycle.name()}, {"intact", intact ? "true" : "false"}, {"deviations", absl::StrCat(deviations.size())}});
  return Inspect(call, facts.cycle);
}

absl::Status AppraisalCorrections::Inspect(const rpc::Call& call, const v1::AppraisalCycle& cycle) const {
  return store_.Write(call, [&](record::Transaction& tx) -> absl::Status {
    ASSIGN_OR_RETURN(const AppraisalTerms terms, rows_.Terms(tx.sql, cycle));
    ASSIGN_OR_RETURN(const std::string manager, employees_.ManagerOf(tx.sql, cycle.department(), rows_.DayOf(call.now), {}));
    ASSIGN_OR_RETURN(const absl::Time due, rows_.After(tx.sql, call.now, terms.inspection));
    return steps_.Open(tx, {cycle.name(), kInspectAction, manager, due});
  });
}

absl::Status AppraisalCorrections::NoticeRestated(const rpc::Call& call, const CycleFacts& facts) const {
  const absl::Duration asked = absl::Hours(24) * AppraisalTermsOf(facts.policy).restatement;
  if (call.now - time::ToTime(facts.cycle.close_time()) > asked) return absl::OkStatus();
  FigureSources::Answers answers;
  std::map<std::string, std::vector<AppraisalPart>> restated_of;  // by sheet
  for (const AppraisalPart& part : facts.parts) {
    AppraisalPart& restated = restated_of[record::ParentOf(part.name())].emplace_back(part);
    ASSIGN_OR_RETURN(const std::vector<v1::AppraisalFigure> figures,
                     sources_.Read(call, facts.schemes.at(part.scheme()), part.employee(), MeasuredDaysOf(facts.cycle, part), answers));
    restated.mutable_figures()->Assign(figures.begin(), figures.end());
  }
  std::map<std::string, AppraisalNotice> latest;  // by sheet
  RETURN_IF_ERROR(store_.Read(call, [&](sql::Session& sql) -> absl::Status {
    ASSIGN_OR_RETURN(const std::vector<AppraisalNotice> notices, notices_.Select(sql, "WHERE name > ? AND name < ? ORDER BY name",
                                                                                 record::ChildRange(facts.cycle.name(), "appraisals")));
    for (const AppraisalNotice& notice : notices) latest[record::ParentOf(notice.name())] = notice;
    return absl::OkStatus();
  }));
  for (const Appraisal& sheet : facts.sheets) {
    const std::vector<AppraisalPart>& now = restated_of[sheet.name()];
    const auto known = latest.find(sheet.name());
    if (!NoticeOf(facts, sheet, now, known == latest.end() ? nullptr : &known->second)) continue;
    RETURN_IF_ERROR(store_.Write(call, [&](record::Transaction& tx) -> absl::Status {
      // Two runs at the same time write one notice.
      RETURN_IF_ERROR(rows_.sheets.Guard(tx, sheet.name()).status());
      ASSIGN_OR_RETURN(const std::vector<AppraisalNotice> earlier, notices_.Children(tx.sql, sheet.name()));
      std::optional<AppraisalNotice> notice = NoticeOf(facts, sheet, now, earlier.empty() ? nullptr : &earlier.back());
      if (!notice) return absl::OkStatus();
      notice->set_name(absl::StrCat(sheet.name(), "/notices/", record::NewId(call.now)));
      return notices_.Insert(tx, *notice);
    }));
  }
  return absl::OkStatus();
}

job::Outcome AppraisalCorrections::Review(const rpc::Call& call, const job::Job& job) const {
  std::vector<std::string> closed;
  const absl::Status read = store_.Read(call, [&](sql::Session& sql) {
    closed.clear();
    return sql.Query("SELECT name FROM appraisal_cycles WHERE state = 'STATE_CLOSED' AND name > ? ORDER BY name", sql::Bind(job.payload),
                     [&](const sql::Row& row) { closed.push_back(row.Text(0)); });
  });
  if (!read.ok()) return job::Outcome::Failed(read);
  const absl::Time stop = absl::Now() + kPortion;
  absl::Status failure;
  for (const std::string& name : closed) {
    const absl::StatusOr<CycleFacts> facts = store_.Read(call, [&](sql::Session& sql) { return rows_.FactsToVerify(sql, name); });
    if (!facts.ok()) {
      // Sealed words that cannot be opened are not what was stored; somebody is to look into it as well.
      failure.Update(facts.status());
      const auto cycle = store_.Read(call, [&](sql::Session& sql) { return rows_.cycles.Find(sql, name); });
      if (absl::IsDataLoss(facts.status()) && cycle.ok()) failure.Update(Inspect(call, *cycle));
      continue;
    }
    failure.Update(VerifyClosed(call, *facts));
    failure.Update(NoticeRestated(call, *facts));
    if (failure.ok() && absl::Now() > stop) {
      job::Outcome again = job::Outcome::Again(call.now);
      again.payload = name;
      return again;
    }
  }
  job::Outcome outcome = failure.ok() ? job::Outcome::Done() : job::Outcome::Failed(failure);
  outcome.payload = "";
  return outcome;
}

void AppraisalCorrections::Bind(record::Methods& methods) {
  methods.Reads(objections_);
  methods.Reads(adjustments_);
  methods.Lists(notices_);
  methods.Creates(objections_, this, &AppraisalCorrections::Object);
  methods.Creates(adjustments_, this, &AppraisalCorrections::Propose);
  methods.Bind("AnswerAppraisalObjection", this, &AppraisalCorrections::Answer);
  methods.Bind("DecideAppraisalAdjustment", this, &AppraisalCorrections::Decide);
}

}  // namespace heitie::personnel
