#include "services/personnel/appraisal/cycle.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/status/macros.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "heitie/options/v1/access.pb.h"

namespace heitie::personnel {

const status::Reason kMonthNotOver{absl::StatusCode::kFailedPrecondition, "MONTH_NOT_OVER",
                                   "{month} is not over yet, and what was true of it is still to come.",
                                   "{month} 尚未結束，內容仍可能變動。"};
const status::Reason kNobodyToAppraise{absl::StatusCode::kFailedPrecondition, "NOBODY_TO_APPRAISE",
                                       "Nobody was in {department} at the end of {month}.", "{month} 月底時 {department} 沒有人員。"};
const status::Reason kNotReadyToCalibrate{absl::StatusCode::kFailedPrecondition, "NOT_READY_TO_CALIBRATE",
                                          "{name} still waits for ratings or figures.", "{name} 仍有評分或資料未到齊。"};
const status::Reason kRatingPending{absl::StatusCode::kFailedPrecondition, "RATING_PENDING", "{part} waits for the rating of {rater}.",
                                    "{part} 尚待 {rater} 評分。"};
const status::Reason kFigureMissing{absl::StatusCode::kFailedPrecondition, "FIGURE_MISSING",
                                    "There is no figure for {indicator} of {part}, and nothing stands in for it.",
                                    "{part} 的 {indicator} 沒有資料，且不得以其他方式代替。"};
const status::Reason kFigureNotRead{absl::StatusCode::kFailedPrecondition, "FIGURE_NOT_READ",
                                    "The figure for {indicator} of {part} has not been read yet.", "{part} 的 {indicator} 尚未取得資料。"};
const status::Reason kFigureProvisional{absl::StatusCode::kFailedPrecondition, "FIGURE_PROVISIONAL",
                                        "The source of {indicator} of {part} is not past the end of the month.",
                                        "{part} 的 {indicator} 資料來源尚未涵蓋整個月。"};
const status::Reason kCalibrationUndecided{absl::StatusCode::kFailedPrecondition, "CALIBRATION_UNDECIDED",
                                           "It is to be decided in {name} how lenient these raters were: {raters:list}.",
                                           "{name} 尚待決定以下評分人的寬嚴校準：{raters:list}。"};
const status::Reason kMonthsOpen{absl::StatusCode::kFailedPrecondition, "MONTHS_OPEN",
                                 "{name} is composed of months that are not closed yet: {months:list}.",
                                 "{name} 尚有月份未結算：{months:list}。"};
const status::Reason kAdjustmentTooGreat{absl::StatusCode::kInvalidArgument, "ADJUSTMENT_TOO_GREAT",
                                         "An adjustment has at most {most} points, up or down.", "校準調整至多為正負 {most} 分。"};

namespace {

using v1::Appraisal;
using v1::AppraisalCalibration;
using v1::AppraisalCycle;
using v1::AppraisalPart;
using v1::AppraisalSpan;
using v1::Employee;

constexpr char kMeasureJob[] = "measure-appraisals";
constexpr absl::Duration kReadAgain = absl::Hours(1);
constexpr absl::Duration kAdvanceInterval = absl::Hours(1);
constexpr int64_t kLeastAggregate = 5;
constexpr char kReview[] = "self_review";
constexpr char kRate[] = "rate";
constexpr char kDecideCalibration[] = "decide_calibration";
constexpr char kClose[] = "close";

std::string MonthText(absl::CivilDay first, AppraisalCycle::Period period) {
  return time::DayText(first).substr(0, period == AppraisalCycle::PERIOD_YEAR ? 4 : 7);
}

// Whom each rater rated in the cycle.
std::map<std::string, std::vector<std::string>> PeopleByRater(const std::vector<AppraisalPart>& parts) {
  std::map<std::string, std::set<std::string>> people;
  for (const AppraisalPart& part : parts) people[part.rater()].insert(part.employee());
  std::map<std::string, std::vector<std::string>> rated;
  for (const auto& [rater, names] : people) rated[rater].assign(names.begin(), names.end());
  return rated;
}

std::vector<std::string> RatedBy(const std::vector<AppraisalPart>& parts, const std::string& rater) {
  std::set<std::string> people;
  for (const AppraisalPart& part : parts) {
    if (part.rater() == rater) people.insert(part.employee());
  }
  return {people.begin(), people.end()};
}

bool HasRatedIndicators(const v1::AppraisalScheme& scheme) {
  return std::any_of(scheme.indicators().begin(), scheme.indicators().end(), [](const auto& one) { return !one.has_measure(); });
}

void AddUnready(const CycleFacts& facts, status::Unmet& unmet) {
  for (const AppraisalPart& part : facts.parts) {
    const status::Arg name{"part", part.name()};
    if (part.state() == AppraisalPart::STATE_PENDING) {
      unmet.Add(part.name(), kRatingPending, {name, {"rater", part.rater().empty() ? "?" : part.rater()}});
    }
    if (part.state() == AppraisalPart::STATE_EXCUSED) continue;
    const v1::AppraisalScheme& scheme = facts.schemes.at(part.scheme());
    const std::vector<std::string> blocked = BlockedIndicators(scheme, part);
    for (const v1::AppraisalIndicator& indicator : scheme.indicators()) {
      if (!indicator.has_measure()) continue;
      const status::Arg which{"indicator", indicator.id()};
      const auto figure = std::find_if(part.figures().begin(), part.figures().end(),
                                       [&](const v1::AppraisalFigure& one) { return one.indicator() == indicator.id(); });
      if (figure == part.figures().end()) {
        unmet.Add(part.name(), kFigureNotRead, {name, which});
        continue;
      }
      if (std::count(blocked.begin(), blocked.end(), indicator.id()) > 0) unmet.Add(part.name(), kFigureMissing, {name, which});
      if (figure->provisional() && facts.cycle.waiver().empty()) unmet.Add(part.name(), kFigureProvisional, {name, which});
    }
  }
}

bool Ready(const CycleFacts& facts) {
  status::Unmet unmet;
  AddUnready(facts, unmet);
  return unmet.empty();
}

std::vector<std::string> UndecidedIn(const CycleFacts& facts) {
  std::vector<std::string> raters;
  for (const AppraisalCalibration& one : facts.calibrations) {
    if (one.state() == AppraisalCalibration::STATE_PROPOSED) raters.push_back(one.rater());
  }
  return raters;
}

}  // namespace

AppraisalCycles::AppraisalCycles(const service::Context& context, AppraisalRows& rows, const AppraisalSchemes& schemes,
                                 const AppraisalPolicies& policies, const record::Kind<v1::AbsenceKind>& absence_kinds,
                                 const record::Kind<v1::Position>& positions, const Employees& employees, const Steps& steps,
                                 const Approvals& approvals, const FigureSources& sources)
    : context_(context),
      store_(context.store),
      rows_(rows),
      schemes_(schemes),
      policies_(policies),
      absence_kinds_(absence_kinds),
      positions_(positions),
      employees_(employees),
      steps_(steps),
      approvals_(approvals),
      sources_(sources) {
  rows_.cycles.SetDecorator([this](sql::Session& sql, AppraisalCycle& cycle) -> absl::Status {
    cycle.set_overdue(cycle.state() != AppraisalCycle::STATE_CLOSED && context_.clock.Now() > time::ToTime(cycle.due_time()));
    sql::Values range = record::ChildRange(cycle.name(), "appraisals");
    cycle.set_pending_count(0);
    if (cycle.state() != AppraisalCycle::STATE_OPEN) return absl::OkStatus();
    return sql.Query("SELECT COUNT(*) FROM appraisal_parts WHERE name > ? AND name < ? AND state = 'STATE_PENDING'", range,
                     [&](const sql::Row& row) { cycle.set_pending_count(static_cast<int32_t>(row.Int(0))); });
  });
  context.jobs.Handle(
      kMeasureJob, [this](const rpc::Call& call, const job::Job& job) { return ReadFigures(call, job); }, job::Lane::kLongWork);
  context.jobs.Recur("advance-appraisals", kAdvanceInterval, [this](const rpc::Call& call, const job::Job&) { return Advance(call); });
}

// ---- Opening

absl::StatusOr<AppraisalCycles::Opening> AppraisalCycles::ReadOpening(sql::Session& sql, absl::CivilDay first, Period period) const {
  Opening opening;
  opening.days.first = first;
  opening.days.last = EndOf(first, period) - 1;
  ASSIGN_OR_RETURN(const std::shared_ptr<const time::NamedCalendar> calendar, rows_.Calendar(sql));
  for (absl::CivilDay day = first; day <= opening.days.last; ++day) {
    if (calendar->arithmetic.IsWorkingDay(day)) opening.days.working.push_back(day);
  }
  ASSIGN_OR_RETURN(opening.policy, policies_.InForce(sql, absl::FromCivil(first, rows_.zone())));
  ASSIGN_OR_RETURN(const std::vector<v1::AbsenceKind> kinds, absence_kinds_.Select(sql, "WHERE counts_as_presence"));
  for (const v1::AbsenceKind& kind : kinds) opening.presence.insert(kind.name());
  ASSIGN_OR_RETURN(const std::vector<v1::Position> positions, positions_.Select(sql, "ORDER BY name"));
  for (const v1::Position& position : positions) {
    const auto& roles = position.roles();
    if (std::find(roles.begin(), roles.end(), options::v1::ROLE_OPERATIONS_MANAGER) != roles.end()) {
      opening.managers.insert(position.name());
    }
  }
  return opening;
}

absl::StatusOr<std::vector<Employee>> AppraisalCycles::EmployedIn(sql::Session& sql, const MonthDays& days) const {
  return employees_.kind().Select(sql, "WHERE hire_date <= ? AND (leave_date IS NULL OR leave_date >= ?) ORDER BY name",
                                  {time::DayText(days.last), time::DayText(days.first)});
}

absl::StatusOr<std::string> AppraisalCycles::LeaderIn(sql::Session& sql, const Employee& employee, absl::CivilDay day,
                                                      Opening& opening) const {
  if (const std::optional<Superior> superior = SuperiorOn(employee, day, opening.people, {})) return superior->name;
  if (!opening.holders) {
    ASSIGN_OR_RETURN(opening.holders, employees_.HoldersOf(sql, opening.managers));
  }
  const std::optional<Superior> superior = SuperiorOn(employee, day, *opening.holders, opening.managers);
  return superior ? superior->name : "";
}

absl::StatusOr<std::vector<AppraisalSpan>> AppraisalCycles::FrozenSpans(sql::Session& sql, const Employee& employee,
                                                                        Opening& opening) const {
  std::vector<AppraisalSpan> spans = SpansOf(employee, opening.days, opening.presence);
  for (AppraisalSpan& span : spans) {
    auto known = opening.scheme_of.find(span.position());
    if (known == opening.scheme_of.end()) {
      ASSIGN_OR_RETURN(const std::optional<v1::AppraisalScheme> scheme,
                       schemes_.InForce(sql, absl::FromCivil(opening.days.first, rows_.zone()), span.position()));
      known = opening.scheme_of.emplace(span.position(), scheme ? scheme->name() : "").first;
    }
    span.set_scheme(known->second);
  }
  return spans;
}

absl::Status AppraisalCycles::OpenSheet(record::Transaction& tx, const AppraisalCycle& cycle, const Employee& employee, Opening& opening,
                                        std::vector<AppraisalSpan> spans, std::vector<WantedStep>* steps) const {
  Appraisal sheet;
  sheet.set_name(absl::StrCat(cycle.name(), "/appraisals/", record::IdOf(employee.name())));
  sheet.set_employee(employee.name());
  *sheet.mutable_month() = cycle.month();
  sheet.set_state(Appraisal::STATE_AWAITED);
  *sheet.mutable_due_time() = cycle.review_due_time();
  const bool there = !employee.has_leave_date() || time::ToDay(employee.leave_date()) >= opening.days.last;
  sheet.set_counted(cycle.period() == AppraisalCycle::PERIOD_YEAR && there);
  bool manager = false;
  for (AppraisalSpan& span : spans) {
    sheet.set_present_days(sheet.present_days() + span.present_days());
    manager = manager || opening.managers.count(span.position()) > 0;
    ASSIGN_OR_RETURN(const std::string leader, LeaderIn(tx.sql, employee, time::ToDay(span.end_date()), opening));
    span.set_superior(leader);
  }
  const Choice choice = ChooseSpans(spans, cycle.working_days(), MonthRulesOf(opening.policy));
  sheet.set_outcome(choice.outcome);
  std::vector<AppraisalPart> parts;
  for (const size_t place : choice.rated) {
    AppraisalSpan& span = spans[place];
    AppraisalPart& part = parts.emplace_back();
    part.set_name(absl::StrCat(sheet.name(), "/parts/", parts.size()));
    part.set_employee(employee.name());
    part.set_rater(span.superior());
    part.set_scheme(span.scheme());
    *part.mutable_start_date() = span.start_date();
    *part.mutable_end_date() = span.end_date();
    part.set_present_days(span.present_days());
    *part.mutable_due_time() = cycle.rating_due_time();
    part.set_open_to(manager ? "" : kOpenToManagers);
    auto waits = opening.waits_for_rater.find(span.scheme());
    if (waits == opening.waits_for_rater.end()) {
      ASSIGN_OR_RETURN(const v1::AppraisalScheme scheme, rows_.Scheme(tx.sql, cycle, span.scheme()));
      waits = opening.waits_for_rater.emplace(span.scheme(), HasRatedIndicators(scheme)).first;
    }
    part.set_state(waits->second ? AppraisalPart::STATE_PENDING : AppraisalPart::STATE_RATED);
    span.set_part(part.name());
  }
  for (const AppraisalSpan& span : spans) *sheet.add_spans() = span;
  RETURN_IF_ERROR(rows_.sheets.Insert(tx, sheet));
  for (AppraisalPart& part : parts) {
    RETURN_IF_ERROR(rows_.parts.Insert(tx, part));
    if (part.state() != AppraisalPart::STATE_PENDING) continue;
    steps->push_back({part.name(), kRate, part.rater(), time::ToTime(part.due_time())});
  }
  if (!parts.empty()) steps->push_back({sheet.name(), kReview, sheet.employee(), time::ToTime(sheet.due_time())});
  return absl::OkStatus();
}

absl::StatusOr<AppraisalCycle> AppraisalCycles::OpenMonth(record::Transaction& tx, absl::CivilDay first, Period period,
                                                          const std::string& department) const {
  if (EndOf(first, period) > rows_.DayOf(tx.call.now)) return status::Error(kMonthNotOver, {{"month", MonthText(first, period)}});
  ASSIGN_OR_RETURN(Opening opening, ReadOpening(tx.sql, first, period));
  const AppraisalTerms terms = AppraisalTermsOf(opening.policy);
  ASSIGN_OR_RETURN(const std::vector<Employee> employees, EmployedIn(tx.sql, opening.days));
  std::vector<std::pair<const Employee*, std::vector<AppraisalSpan>>> people;
  for (const Employee& employee : employees) opening.people.emplace(employee.name(), employee);
  for (const Employee& employee : employees) {
    ASSIGN_OR_RETURN(std::vector<AppraisalSpan> spans, FrozenSpans(tx.sql, employee, opening));
    if (spans.empty() || spans.back().department() != department) continue;
    people.emplace_back(&employee, std::move(spans));
  }
  if (people.empty()) return status::Error(kNobodyToAppraise, {{"department", department}, {"month", MonthText(first, period)}});

  AppraisalCycle cycle;
  cycle.set_name(CycleNameOf(first, period, department));
  cycle.set_period(period);
  *cycle.mutable_month() = time::ToDate(first);
  cycle.set_department(department);
  cycle.set_policy(opening.policy.name());
  cycle.set_state(AppraisalCycle::STATE_OPEN);
  cycle.set_working_days(static_cast<int32_t>(opening.days.working.size()));
  cycle.set_people(static_cast<int32_t>(people.size()));
  ASSIGN_OR_RETURN(const absl::Time review, rows_.After(tx.sql, tx.call.now, terms.review));
  ASSIGN_OR_RETURN(const absl::Time rating, rows_.After(tx.sql, tx.call.now, terms.rating));
  ASSIGN_OR_RETURN(const absl::Time closing, rows_.After(tx.sql, tx.call.now, terms.closing));
  *cycle.mutable_review_due_time() = time::ToTimestamp(review);
  *cycle.mutable_rating_due_time() = time::ToTimestamp(rating);
  *cycle.mutable_due_time() = time::ToTimestamp(closing);
  RETURN_IF_ERROR(rows_.cycles.Insert(tx, cycle, "open"));
  std::vector<WantedStep> steps;
  RETURN_IF_ERROR(tx.sql.Together([&]() -> absl::Status {
    for (auto& [employee, spans] : people) RETURN_IF_ERROR(OpenSheet(tx, cycle, *employee, opening, std::move(spans), &steps));
    return steps_.OpenAll(tx, steps);
  }));
  ASSIGN_OR_RETURN(const std::string manager, employees_.ManagerOf(tx.sql, department, rows_.DayOf(tx.call.now), {}));
  RETURN_IF_ERROR(steps_.Open(tx, {cycle.name(), kClose, manager, closing}));
  RETURN_IF_ERROR(job::Schedule(tx, {cycle.name() + "/measure", kMeasureJob, cycle.name(), tx.call.now}));
  return cycle;
}

absl::StatusOr<AppraisalCycle> AppraisalCycles::Open(record::Transaction& tx, const v1::OpenAppraisalCycleRequest& request) {
  const Period period = request.period() == AppraisalCycle::PERIOD_YEAR ? request.period() : AppraisalCycle::PERIOD_MONTH;
  ASSIGN_OR_RETURN(AppraisalCycle cycle, OpenMonth(tx, FirstOf(time::ToDay(request.month()), period), period, request.department()));
  return rows_.cycles.Decorated(tx.sql, std::move(cycle));
}

absl::Status AppraisalCycles::OpenDue(const rpc::Call& call, absl::CivilDay first, Period period) const {
  std::set<std::string> departments;
  RETURN_IF_ERROR(store_.Read(call, [&](sql::Session& sql) -> absl::Status {
    departments.clear();
    ASSIGN_OR_RETURN(Opening opening, ReadOpening(sql, first, period));
    ASSIGN_OR_RETURN(const std::vector<Employee> employees, EmployedIn(sql, opening.days));
    for (const Employee& employee : employees) {
      ASSIGN_OR_RETURN(const std::vector<AppraisalSpan> spans, FrozenSpans(sql, employee, opening));
      const bool judged = std::any_of(spans.begin(), spans.end(), [](const AppraisalSpan& span) { return !span.scheme().empty(); });
      if (judged) departments.insert(spans.back().department());
    }
    for (auto it = departments.begin(); it != departments.end();) {
      const absl::Status there = rows_.cycles.Find(sql, CycleNameOf(first, period, *it)).status();
      if (!there.ok() && !absl::IsNotFound(there)) return there;
      it = there.ok() ? departments.erase(it) : std::next(it);
    }
    return absl::OkStatus();
  }));
  absl::Status failure;
  for (const std::string& department : departments) {
    const absl::Status opened =
        store_.Write(call, [&](record::Transaction& tx) { return OpenMonth(tx, first, period, department).status(); });
    if (!absl::IsAlreadyExists(opened)) failure.Update(opened);
  }
  return failure;
}

// ---- Figures

absl::StatusOr<AppraisalCycle> AppraisalCycles::Measure(record::Transaction& tx, const v1::MeasureAppraisalCycleRequest& request) {
  return rows_.cycles.Change(tx, request, "measure", [&](AppraisalCycle& after) {
    *after.mutable_measure_time() = time::ToTimestamp(tx.call.now);
    return job::Schedule(tx, {after.name() + "/measure", kMeasureJob, after.name(), tx.call.now});
  });
}

absl::StatusOr<AppraisalCycle> AppraisalCycles::Waive(record::Transaction& tx, const v1::WaiveProvisionalFiguresRequest& request) {
  return rows_.cycles.Change(tx, request, "waive", [&](AppraisalCycle& after) {
    after.set_waive_reason(request.reason());
    after.set_waiver(tx.call.principal.name);
    *after.mutable_waive_time() = time::ToTimestamp(tx.call.now);
  });
}

job::Outcome AppraisalCycles::ReadFigures(const rpc::Call& call, const job::Job& job) const {
  absl::StatusOr<CycleFacts> facts = store_.Read(call, [&](sql::Session& sql) { return rows_.Facts(sql, job.payload); });
  if (absl::IsNotFound(facts.status())) return job::Outcome::Done();
  if (!facts.ok()) return job::Outcome::Failed(facts.status());
  if (facts->cycle.state() != AppraisalCycle::STATE_OPEN) return job::Outcome::Done();
  FigureSources::Answers answers;
  std::map<std::string, std::vector<v1::AppraisalFigure>> read;
  for (const AppraisalPart& part : facts->parts) {
    auto figures = sources_.Read(call, facts->schemes.at(part.scheme()), part.employee(), MeasuredDaysOf(facts->cycle, part), answers);
    if (!figures.ok()) return job::Outcome::Failed(figures.status());
    read[part.name()] = *std::move(figures);
  }
  const absl::Status written = store_.Write(call, [&](record::Transaction& tx) -> absl::Status {
    ASSIGN_OR_RETURN(const AppraisalCycle cycle, rows_.cycles.Guard(tx, job.payload));
    if (cycle.state() != AppraisalCycle::STATE_OPEN) return absl::OkStatus();
    // Whoever else changes a part has the cycle first; only a hand-over may come in between, and then this is done again.
    ASSIGN_OR_RETURN(const CycleFacts now, rows_.Facts(tx.sql, cycle.name()));
    std::vector<AppraisalPart> old, told;
    for (const AppraisalPart& before : now.parts) {
      const auto found = read.find(before.name());
      if (found == read.end()) continue;
      const std::vector<v1::AppraisalFigure>& figures = found->second;
      // What says the same keeps its time of reading: an hour is no event. What has become final is told.
      const bool same = before.figures_size() == static_cast<int>(figures.size()) &&
                        std::equal(figures.begin(), figures.end(), before.figures().begin(), SameFigure);
      if (same) continue;
      old.push_back(before);
      AppraisalPart& after = told.emplace_back(before);
      after.clear_figures();
      for (const v1::AppraisalFigure& figure : figures) *after.add_figures() = figure;
    }
    return rows_.parts.UpdateAll(tx, old, told, "measure");
  });
  if (!written.ok()) return job::Outcome::Failed(written);
  return job::Outcome::Again(call.now + kReadAgain);
}

// ---- Calibration and closing

absl::Status AppraisalCycles::CalibrateRows(record::Transaction& tx, const CycleFacts& facts) const {
  RETURN_IF_ERROR(steps_.DoneBelow(tx, facts.cycle.name()));
  std::vector<Appraisal> sheets = facts.sheets;
  for (Appraisal& sheet : sheets) sheet.set_review_missing(sheet.state() == Appraisal::STATE_AWAITED);
  RETURN_IF_ERROR(rows_.sheets.UpdateAll(tx, facts.sheets, sheets, "end_review"));
  ASSIGN_OR_RETURN(const AppraisalTerms terms, rows_.Terms(tx.sql, facts.cycle));
  ASSIGN_OR_RETURN(const absl::Time due, rows_.After(tx.sql, tx.call.now, terms.answer));
  std::vector<AppraisalCalibration> calibrations;
  std::vector<WantedStep> steps;
  const std::map<std::string, std::vector<std::string>> rated = PeopleByRater(facts.parts);
  for (const auto& [rater, proposal] : ProposalsOf(facts)) {
    if (rater.empty()) continue;
    AppraisalCalibration& calibration = calibrations.emplace_back();
    calibration.set_name(absl::StrCat(facts.cycle.name(), "/calibrations/", record::IdOf(rater)));
    calibration.set_rater(rater);
    Propose(proposal, calibration);
    const bool waits = calibration.state() == AppraisalCalibration::STATE_PROPOSED;
    if (waits) {
      ASSIGN_OR_RETURN(const std::string owner, approvals_.Approver(tx.sql, rater, rows_.DayOf(tx.call.now), rated.at(rater)));
      calibration.set_owner(owner);
      steps.push_back({calibration.name(), kDecideCalibration, calibration.owner(), due});
    }
  }
  return tx.sql.Together([&]() -> absl::Status {
    for (AppraisalCalibration& calibration : calibrations) RETURN_IF_ERROR(rows_.calibrations.Insert(tx, calibration, "propose"));
    return steps_.OpenAll(tx, steps);
  });
}

absl::StatusOr<AppraisalCycle> AppraisalCycles::Calibrate(record::Transaction& tx, const v1::CalibrateAppraisalCycleRequest& request) {
  return rows_.cycles.Change(tx, request, "calibrate", [&](const AppraisalCycle& before, AppraisalCycle&) -> absl::Status {
    ASSIGN_OR_RETURN(const CycleFacts facts, rows_.Facts(tx.sql, before.name()));
    status::Unmet unmet;
    AddUnready(facts, unmet);
    if (!unmet.empty()) return unmet.status(kNotReadyToCalibrate, {{"name", before.name()}});
    return CalibrateRows(tx, facts);
  });
}

absl::StatusOr<AppraisalCalibration> AppraisalCycles::Decide(record::Transaction& tx,
                                                             const v1::DecideAppraisalCalibrationRequest& request) {
  ASSIGN_OR_RETURN(const AppraisalCycle cycle, rows_.cycles.Guard(tx, CycleOf(request.name())));
  ASSIGN_OR_RETURN(record::Step<AppraisalCalibration> step, rows_.calibrations.Begin(tx, request, "decide"));
  AppraisalCalibration& after = step.after;
  ASSIGN_OR_RETURN(const CycleFacts facts, rows_.Facts(tx.sql, cycle.name()));
  RETURN_IF_ERROR(approvals_.Check(tx, after.rater(), RatedBy(facts.parts, after.rater())));
  const bool changed = request.decision() == AppraisalCalibration::DECISION_CHANGED;
  if (changed && std::abs(request.adjustment()) > facts.policy.most_adjustment()) {
    status::BadFields bad;
    bad.Add("adjustment", kAdjustmentTooGreat, {{"most", facts.policy.most_adjustment()}});
    return bad.status();
  }
  after.set_decision(request.decision());
  after.set_adjustment(changed                                                         ? request.adjustment()
                       : request.decision() == AppraisalCalibration::DECISION_ACCEPTED ? after.proposal()
                                                                                       : 0);
  ASSIGN_OR_RETURN(*after.mutable_reason(), rows_.WordsAbout(tx.sql, after.rater(), request.reason()));
  after.set_decider(tx.call.principal.name);
  *after.mutable_decide_time() = time::ToTimestamp(tx.call.now);
  RETURN_IF_ERROR(steps_.DoneAll(tx, after.name()));
  return rows_.calibrations.Finish(tx, step);
}

absl::Status AppraisalCycles::TakeMonths(record::Transaction& tx, CycleFacts& facts) const {
  if (facts.cycle.period() != AppraisalCycle::PERIOD_YEAR) return absl::OkStatus();
  const absl::CivilDay year = time::ToDay(facts.cycle.month());
  const std::string last = time::DayText(EndOf(year, facts.cycle.period()) - 1);
  ASSIGN_OR_RETURN(const std::vector<AppraisalCycle> cycles,
                   rows_.cycles.Select(tx.sql, "WHERE month BETWEEN ? AND ? AND period = 'PERIOD_MONTH' ORDER BY name",
                                       sql::Bind(time::DayText(year), last)));
  // All at once, and of the months what counts alone: a query for each person and month, or all that the months' rows hold, would be most
  // of what closing costs.
  std::map<std::string, std::map<absl::CivilDay, Appraisal>> sheets_of;  // by person
  for (const Appraisal& sheet : facts.sheets) sheets_of[sheet.employee()];
  std::set<std::string> open;
  for (const AppraisalCycle& month : cycles) {
    // An adjustment that is approved at the same moment is in the year, or finds it closed.
    RETURN_IF_ERROR(rows_.cycles.Guard(tx, month.name()).status());
    const bool closed = month.state() == AppraisalCycle::STATE_CLOSED;
    if (month.department() == facts.cycle.department() && !closed) open.insert(month.name());
    const absl::CivilDay first = time::ToDay(month.month());
    RETURN_IF_ERROR(tx.sql.Query("SELECT name, employee, outcome, points FROM appraisals WHERE name > ? AND name < ?",
                                 record::ChildRange(month.name(), "appraisals"), [&](const sql::Row& row) {
                                   const auto person = sheets_of.find(row.Text(1));
                                   if (person == sheets_of.end()) return;
                                   if (!closed) open.insert(month.name());
                                   Appraisal& sheet = person->second[first];
                                   sheet.set_name(row.Text(0));
                                   Appraisal::Outcome outcome = Appraisal::OUTCOME_UNSPECIFIED;
                                   Appraisal::Outcome_Parse(row.Text(2), &outcome);
                                   sheet.set_outcome(outcome);
                                   if (!row.IsNull(3)) sheet.set_points(static_cast<int32_t>(row.Int(3)));
                                 }));
  }
  ASSIGN_OR_RETURN(const auto adjusted, rows_.AdjustedPointsOf(tx.sql, year));
  std::map<std::string, Employee> employees;  // with their days alone
  RETURN_IF_ERROR(
      tx.sql.Query("SELECT name, hire_date, leave_date FROM employees WHERE hire_date <= ? AND (leave_date IS NULL OR leave_date >= ?)",
                   {time::DayText(EndOf(year, facts.cycle.period()) - 1), time::DayText(year)}, [&](const sql::Row& row) {
                     Employee& employee = employees[row.Text(0)];
                     const std::optional<absl::CivilDay> hire = time::ParseDay(row.Text(1)), leave = time::ParseDay(row.Text(2));
                     if (hire) *employee.mutable_hire_date() = time::ToDate(*hire);
                     if (leave) *employee.mutable_leave_date() = time::ToDate(*leave);
                   }));
  for (Appraisal& sheet : facts.sheets) {
    const Employee& person = employees[sheet.employee()];
    const auto& known = sheets_of[sheet.employee()];
    sheet.clear_months();
    for (absl::CivilMonth month(year); month < absl::CivilMonth(EndOf(year, facts.cycle.period())); ++month) {
      const auto found = known.find(absl::CivilDay(month));
      const Appraisal* of_month = found == known.end() ? nullptr : &found->second;
      std::optional<int64_t> points;
      if (of_month != nullptr && adjusted.count(of_month->name()) > 0) points = adjusted.at(of_month->name());
      *sheet.add_months() = MonthOfYear(person, absl::CivilDay(month), of_month, points, facts.policy);
    }
  }
  if (open.empty()) return absl::OkStatus();
  return status::Error(kMonthsOpen, {{"name", facts.cycle.name()}, {"months", absl::StrJoin(open, ", ")}});
}

absl::Status AppraisalCycles::CloseRows(record::Transaction& tx, CycleFacts& facts) const {
  const CycleFacts before = facts;
  RETURN_IF_ERROR(TakeMonths(tx, facts));
  Score(facts);
  for (AppraisalPart& part : facts.parts) {
    part.set_shown_to(part.employee());
    part.set_open_to(kOpenToManagers);
    RETURN_IF_ERROR(rows_.parts.Advance(part, "close"));
  }
  for (Appraisal& sheet : facts.sheets) RETURN_IF_ERROR(rows_.sheets.Advance(sheet, "close"));
  RETURN_IF_ERROR(rows_.parts.UpdateAll(tx, before.parts, facts.parts, "close"));
  RETURN_IF_ERROR(rows_.sheets.UpdateAll(tx, before.sheets, facts.sheets, "close"));
  RETURN_IF_ERROR(job::Cancel(tx, facts.cycle.name() + "/measure"));
  return steps_.DoneAll(tx, facts.cycle.name());
}

absl::StatusOr<AppraisalCycle> AppraisalCycles::Close(record::Transaction& tx, const v1::CloseAppraisalCycleRequest& request) {
  ASSIGN_OR_RETURN(record::Step<AppraisalCycle> step, rows_.cycles.Begin(tx, request, "close"));
  ASSIGN_OR_RETURN(CycleFacts facts, rows_.Facts(tx.sql, step.before.name()));
  const std::vector<std::string> undecided = UndecidedIn(facts);
  if (!undecided.empty()) {
    return status::Error(kCalibrationUndecided, {{"name", step.before.name()}, {"raters", absl::StrJoin(undecided, ", ")}});
  }
  RETURN_IF_ERROR(CloseRows(tx, facts));
  *step.after.mutable_close_time() = time::ToTimestamp(tx.call.now);
  RETURN_IF_ERROR(rows_.cycles.Finish(tx, step).status());
  // The digest is of the rows as they are stored, which is how UpdateAll leaves them; verification reads them.
  ASSIGN_OR_RETURN(facts.cycle, rows_.cycles.Find(tx.sql, step.before.name()));
  AppraisalCycle sealed = facts.cycle;
  sealed.set_sha256(DigestOf(facts));
  RETURN_IF_ERROR(rows_.cycles.Update(tx, facts.cycle, sealed, "seal"));
  return rows_.cycles.Decorated(tx.sql, std::move(sealed));
}

absl::StatusOr<v1::VerifyAppraisalCycleResponse> AppraisalCycles::Verify(const rpc::Call& call,
                                                                         const v1::VerifyAppraisalCycleRequest& request) {
  const auto read = store_.Read(call, [&](sql::Session& sql) { return rows_.FactsToVerify(sql, request.name()); });
  v1::VerifyAppraisalCycleResponse response;
  // Sealed words that cannot be opened are not what was stored.
  if (absl::IsDataLoss(read.status())) return response;
  RETURN_IF_ERROR(read.status());
  const CycleFacts& facts = *read;
  if (facts.cycle.state() != AppraisalCycle::STATE_CLOSED) return status::Error(kCycleNotClosed, {{"name", request.name()}});
  const std::vector<std::string> deviations = DeviationsOf(facts);
  response.set_sha256(DigestOf(facts));
  response.set_intact(response.sha256() == facts.cycle.sha256());
  response.set_deviation_count(static_cast<int32_t>(deviations.size()));
  if (call.principal.Has(options::v1::ROLE_OPERATIONS_MANAGER)) {
    response.mutable_deviations()->Assign(deviations.begin(), deviations.end());
  }
  return response;
}

absl::StatusOr<v1::SummarizeAppraisalsResponse> AppraisalCycles::Summarize(const rpc::Call& call,
                                                                           const v1::SummarizeAppraisalsRequest& request) {
  v1::SummarizeAppraisalsResponse response;
  std::vector<int64_t> points;
  RETURN_IF_ERROR(store_.Read(call, [&](sql::Session& sql) -> absl::Status {
    points.clear();
    ASSIGN_OR_RETURN(const AppraisalCycle cycle, rows_.cycles.Find(sql, request.name()));
    response.set_people(cycle.people());
    if (cycle.state() != AppraisalCycle::STATE_CLOSED) return absl::OkStatus();
    return sql.Query("SELECT points FROM appraisals WHERE name > ? AND name < ? AND points IS NOT NULL ORDER BY points",
                     record::ChildRange(cycle.name(), "appraisals"), [&](const sql::Row& row) { points.push_back(row.Int(0)); });
  }));
  const auto count = static_cast<int64_t>(points.size());
  response.set_scored(static_cast<int32_t>(count));
  const bool reads = call.principal.Has(options::v1::ROLE_OPERATIONS_MANAGER) || call.principal.Has(options::v1::ROLE_DATA_ANALYST);
  if (!reads || count < kLeastAggregate) return response;
  int64_t sum = 0;
  for (const int64_t one : points) sum += one;
  response.set_mean_points(static_cast<int32_t>(exact::Round(exact::Fraction(sum, count))));
  const exact::Fraction middle(points[(count - 1) / 2] + points[count / 2], 2);
  response.set_median_points(static_cast<int32_t>(exact::Round(middle)));
  return response;
}

// ---- From day to day

absl::StatusOr<std::string> AppraisalCycles::NextRater(sql::Session& sql, const AppraisalCycle& cycle, const AppraisalPart& part,
                                                       absl::CivilDay today) const {
  std::set<std::string> passed = {part.rater(), part.employee()};
  std::string at = part.rater();
  while (!at.empty()) {
    const absl::StatusOr<Employee> person = employees_.kind().Find(sql, at);
    if (!person.ok()) break;
    // Who is gone was led by somebody on the last day.
    const absl::CivilDay day = person->has_leave_date() ? std::min(today, time::ToDay(person->leave_date())) : today;
    ASSIGN_OR_RETURN(const std::optional<Superior> superior, employees_.LeaderOf(sql, at, day));
    if (!superior || (passed.count(superior->name) > 0 && superior->name != part.employee())) break;
    passed.insert(superior->name);
    at = superior->name;
    if (at == part.employee()) continue;
    ASSIGN_OR_RETURN(const Employee candidate, employees_.kind().Find(sql, at));
    if (EmployedOn(candidate, today)) return at;
  }
  return employees_.ManagerOf(sql, cycle.department(), today, passed);
}

absl::Status AppraisalCycles::ReplaceRater(record::Transaction& tx, const AppraisalCycle& cycle, const std::string& name) const {
  ASSIGN_OR_RETURN(const AppraisalPart before, rows_.parts.Lock(tx, name));
  if (before.state() != AppraisalPart::STATE_PENDING) return absl::OkStatus();
  const absl::CivilDay today = rows_.DayOf(tx.call.now);
  bool gone = before.rater().empty();
  if (!gone) {
    ASSIGN_OR_RETURN(const Employee rater, employees_.kind().Find(tx.sql, before.rater()));
    gone = !EmployedOn(rater, today);
  }
  if (!gone && tx.call.now <= time::ToTime(before.due_time())) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::string next, NextRater(tx.sql, cycle, before, today));
  if (next == before.rater() || (next.empty() && !gone)) return absl::OkStatus();
  ASSIGN_OR_RETURN(const AppraisalTerms terms, rows_.Terms(tx.sql, cycle));
  ASSIGN_OR_RETURN(const absl::Time extended, rows_.After(tx.sql, tx.call.now, terms.replacement));
  AppraisalPart after = before;
  v1::AppraisalReplacement& replacement = *after.add_replacements();
  replacement.set_rater(before.rater());
  replacement.set_cause(gone ? v1::AppraisalReplacement::CAUSE_GONE : v1::AppraisalReplacement::CAUSE_LATE);
  *replacement.mutable_replace_time() = time::ToTimestamp(tx.call.now);
  after.set_rater(next);
  *after.mutable_due_time() = time::ToTimestamp(std::max(extended, time::ToTime(before.due_time())));
  RETURN_IF_ERROR(rows_.parts.Update(tx, before, after, "replace_rater"));
  return steps_.Open(tx, {name, kRate, next, time::ToTime(after.due_time())});
}

absl::Status AppraisalCycles::Remind(record::Transaction& tx, const AppraisalCycle& cycle) const {
  ASSIGN_OR_RETURN(const AppraisalTerms terms, rows_.Terms(tx.sql, cycle));
  ASSIGN_OR_RETURN(const std::shared_ptr<const time::NamedCalendar> calendar, rows_.Calendar(tx.sql));
  const absl::CivilDay today = rows_.DayOf(tx.call.now);
  const auto due = [&](const google::protobuf::Timestamp& time, bool has_date, const google::type::Date& last) {
    const absl::CivilDay last_day = rows_.DayOf(time::ToTime(time) - absl::Microseconds(1));
    const bool reminded = has_date && time::ToDay(last) >= today;
    return !reminded && calendar->arithmetic.WorkingDaysBetween(today, last_day) <= terms.reminder;
  };
  ASSIGN_OR_RETURN(const CycleFacts facts, rows_.Facts(tx.sql, cycle.name()));
  for (const Appraisal& sheet : facts.sheets) {
    const bool waits = sheet.state() == Appraisal::STATE_AWAITED && sheet.outcome() == Appraisal::OUTCOME_UNSPECIFIED;
    if (!waits || tx.call.now > time::ToTime(sheet.due_time())) continue;
    if (!due(sheet.due_time(), sheet.has_reminder_date(), sheet.reminder_date())) continue;
    ASSIGN_OR_RETURN(const Appraisal before, rows_.sheets.Lock(tx, sheet.name()));
    Appraisal after = before;
    after.set_reminder_count(before.reminder_count() + 1);
    *after.mutable_reminder_date() = time::ToDate(today);
    RETURN_IF_ERROR(rows_.sheets.Update(tx, before, after, "remind"));
  }
  for (const AppraisalPart& part : facts.parts) {
    if (part.state() != AppraisalPart::STATE_PENDING) continue;
    if (!due(part.due_time(), part.has_reminder_date(), part.reminder_date())) continue;
    ASSIGN_OR_RETURN(const AppraisalPart before, rows_.parts.Lock(tx, part.name()));
    AppraisalPart after = before;
    after.set_reminder_count(before.reminder_count() + 1);
    *after.mutable_reminder_date() = time::ToDate(today);
    RETURN_IF_ERROR(rows_.parts.Update(tx, before, after, "remind"));
  }
  return absl::OkStatus();
}

absl::Status AppraisalCycles::AdvanceCycle(const rpc::Call& call, const std::string& name, bool working_day) {
  RETURN_IF_ERROR(store_.Write(call, [&](record::Transaction& tx) -> absl::Status {
    ASSIGN_OR_RETURN(const AppraisalCycle cycle, rows_.cycles.Guard(tx, name));
    if (cycle.state() != AppraisalCycle::STATE_OPEN) return absl::OkStatus();
    ASSIGN_OR_RETURN(const CycleFacts facts, rows_.Facts(tx.sql, name));
    for (const AppraisalPart& part : facts.parts) {
      if (part.state() == AppraisalPart::STATE_PENDING) RETURN_IF_ERROR(ReplaceRater(tx, cycle, part.name()));
    }
    return working_day ? Remind(tx, cycle) : absl::OkStatus();
  }));
  if (!working_day) return absl::OkStatus();
  ASSIGN_OR_RETURN(const CycleFacts facts, store_.Read(call, [&](sql::Session& sql) { return rows_.Facts(sql, name); }));
  const bool over = call.now > time::ToTime(facts.cycle.rating_due_time());
  if (facts.cycle.state() == AppraisalCycle::STATE_OPEN && over && Ready(facts)) {
    v1::CalibrateAppraisalCycleRequest request;
    request.set_name(name);
    RETURN_IF_ERROR(store_.Write(call, [&](record::Transaction& tx) { return Calibrate(tx, request).status(); }));
  }
  ASSIGN_OR_RETURN(const CycleFacts later, store_.Read(call, [&](sql::Session& sql) { return rows_.Facts(sql, name); }));
  if (later.cycle.state() != AppraisalCycle::STATE_CALIBRATING || !UndecidedIn(later).empty()) return absl::OkStatus();
  v1::CloseAppraisalCycleRequest request;
  request.set_name(name);
  return store_.Write(call, [&](record::Transaction& tx) { return Close(tx, request).status(); });
}

job::Outcome AppraisalCycles::Advance(const rpc::Call& call) {
  bool working_day = false;
  std::vector<std::string> open;
  const absl::Status read = store_.Read(call, [&](sql::Session& sql) -> absl::Status {
    open.clear();
    ASSIGN_OR_RETURN(const std::shared_ptr<const time::NamedCalendar> calendar, rows_.Calendar(sql));
    working_day = calendar->arithmetic.IsWorkingDay(rows_.DayOf(call.now));
    return sql.Query("SELECT name FROM appraisal_cycles WHERE state IN ('STATE_OPEN', 'STATE_CALIBRATING') ORDER BY name", {},
                     [&](const sql::Row& row) { open.push_back(row.Text(0)); });
  });
  if (!read.ok()) return job::Outcome::Failed(read);
  absl::Status failure;
  const absl::CivilDay today = rows_.DayOf(call.now);
  if (working_day) failure.Update(OpenDue(call, absl::CivilDay(absl::CivilMonth(today) - 1), AppraisalCycle::PERIOD_MONTH));
  if (working_day && today.month() == 1) {
    failure.Update(OpenDue(call, absl::CivilDay(today.year() - 1, 1, 1), AppraisalCycle::PERIOD_YEAR));
  }
  // One that cannot be taken further holds up no other.
  for (const std::string& name : open) failure.Update(AdvanceCycle(call, name, working_day));
  return failure.ok() ? job::Outcome::Done() : job::Outcome::Failed(failure);
}

void AppraisalCycles::Bind(record::Methods& methods) {
  methods.Reads(rows_.cycles);
  methods.Reads(rows_.calibrations);
  methods.Bind("OpenAppraisalCycle", this, &AppraisalCycles::Open);
  methods.Bind("MeasureAppraisalCycle", this, &AppraisalCycles::Measure);
  methods.Bind("WaiveProvisionalFigures", this, &AppraisalCycles::Waive);
  methods.Bind("CalibrateAppraisalCycle", this, &AppraisalCycles::Calibrate);
  methods.Bind("CloseAppraisalCycle", this, &AppraisalCycles::Close);
  methods.Bind("DecideAppraisalCalibration", this, &AppraisalCycles::Decide);
  methods.Bind("VerifyAppraisalCycle", this, &AppraisalCycles::Verify);
  methods.Bind("SummarizeAppraisals", this, &AppraisalCycles::Summarize);
}

}  // namespace heitie::personnel
