#include "services/personnel/appraisal/appraisal_rows.h"

#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/seal/person_keys.h"
#include "common/status/macros.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "heitie/options/v1/access.pb.h"

namespace heitie::personnel {

const status::Reason kCycleNotOpen{absl::StatusCode::kFailedPrecondition, "CYCLE_NOT_OPEN",
                                   "The ratings of {name} have ended; what is to be corrected after closing is an adjustment.",
                                   "{name} 的評分已結束；結算後的更正須以調整辦理。"};
const status::Reason kCycleNotClosed{absl::StatusCode::kFailedPrecondition, "CYCLE_NOT_CLOSED", "{name} is not closed yet.",
                                     "{name} 尚未結算。"};

namespace {

using v1::Appraisal;
using v1::AppraisalCalibration;
using v1::AppraisalCycle;
using v1::AppraisalPart;

constexpr char kCalendar[] = "calendars/default";

// Rows at any depth below a cycle, of one collection.
sql::Values Below(const std::string& cycle, const char* collection) { return record::ChildRange(cycle, collection); }

constexpr char kInRange[] = "WHERE name > ? AND name < ? ORDER BY name";

}  // namespace

const record::StateMachine& AppraisalCycleMachine() {
  static const auto& machine = *new record::StateMachine(
      AppraisalCycle::State_descriptor(),
      {
          {AppraisalCycle::STATE_OPEN, "measure", AppraisalCycle::STATE_OPEN},
          {AppraisalCycle::STATE_OPEN, "waive", AppraisalCycle::STATE_OPEN},
          {AppraisalCycle::STATE_OPEN, "calibrate", AppraisalCycle::STATE_CALIBRATING, "everything is rated or excused, and measured"},
          {AppraisalCycle::STATE_CALIBRATING, "close", AppraisalCycle::STATE_CLOSED, "every calibration is decided"},
      });
  return machine;
}

const record::StateMachine& AppraisalMachine() {
  static const auto& machine =
      *new record::StateMachine(Appraisal::State_descriptor(),
                                {
                                    {Appraisal::STATE_AWAITED, "review", Appraisal::STATE_REVIEWED, "the cycle is open"},
                                    {Appraisal::STATE_REVIEWED, "review", Appraisal::STATE_REVIEWED, "the cycle is open"},
                                    {Appraisal::STATE_AWAITED, "close", Appraisal::STATE_CLOSED, "its cycle closes", record::kConsequence},
                                    {Appraisal::STATE_REVIEWED, "close", Appraisal::STATE_CLOSED, "its cycle closes", record::kConsequence},
                                });
  return machine;
}

const record::StateMachine& AppraisalPartMachine() {
  using P = AppraisalPart;
  static const auto& machine = *new record::StateMachine(
      P::State_descriptor(), {
                                 {P::STATE_PENDING, "rate", P::STATE_RATED, "the cycle is open"},
                                 {P::STATE_RATED, "rate", P::STATE_RATED, "the cycle is open"},
                                 {P::STATE_PENDING, "replace_rater", P::STATE_PENDING},
                                 {P::STATE_PENDING, "excuse", P::STATE_EXCUSED},
                                 {P::STATE_RATED, "close", P::STATE_CLOSED, "its cycle closes", record::kConsequence},
                                 {P::STATE_EXCUSED, "close", P::STATE_CLOSED, "its cycle closes", record::kConsequence},
                             });
  return machine;
}

const record::StateMachine& AppraisalCalibrationMachine() {
  static const auto& machine = *new record::StateMachine(
      AppraisalCalibration::State_descriptor(), {{AppraisalCalibration::STATE_PROPOSED, "decide", AppraisalCalibration::STATE_DECIDED}});
  return machine;
}

record::Rule SheetReaders(const Teams& teams) {
  return record::Own("employee") || record::Among("employee", teams.Below()) || record::Holds(options::v1::ROLE_OPERATIONS_MANAGER);
}

AppraisalRows::AppraisalRows(const service::Context& context, const Teams& teams, const AppraisalSchemes& schemes,
                             const AppraisalPolicies& policies)
    : cycles(context.store, &AppraisalCycleMachine()),
      sheets(context.store, &AppraisalMachine()),
      parts(context.store, &AppraisalPartMachine()),
      calibrations(context.store, &AppraisalCalibrationMachine()),
      store_(context.store),
      zone_(context.time_zone),
      schemes_(schemes),
      policies_(policies),
      calendar_versions_(context.store),
      calendars_("calendar_versions", [this](sql::Session& session, const std::string& tail, const sql::Values& values) {
        return calendar_versions_.Select(session, tail, values);
      }) {
  cycles.SetFollow([this](record::Transaction& tx, const AppraisalCycle* before, const AppraisalCycle* after) -> absl::Status {
    const bool closes = before != nullptr && after != nullptr && before->state() != after->state();
    if (!closes || after->state() != AppraisalCycle::STATE_CLOSED) return absl::OkStatus();
    for (const Closing& closing : closings_) RETURN_IF_ERROR(closing(tx, *after));
    return absl::OkStatus();
  });
  sheets.RestrictRows(SheetReaders(teams));
  const record::Rule managers = record::Holds(options::v1::ROLE_OPERATIONS_MANAGER) &&
                                record::Among("open_to", [](const rpc::Principal&) { return std::vector<std::string>{kOpenToManagers}; });
  parts.RestrictRows(record::Own("rater") || record::Own("shown_to") || record::Among("employee", teams.Below()) || managers);
  calibrations.RestrictRows(record::Among("rater", teams.Below()) || record::Own("owner") ||
                            record::Holds(options::v1::ROLE_OPERATIONS_MANAGER));
}

absl::StatusOr<AppraisalCycle> AppraisalRows::GuardOpen(record::Transaction& tx, const std::string& below) const {
  ASSIGN_OR_RETURN(AppraisalCycle cycle, cycles.Guard(tx, CycleOf(below)));
  if (cycle.state() != AppraisalCycle::STATE_OPEN) return status::Error(kCycleNotOpen, {{"name", cycle.name()}});
  return cycle;
}

absl::StatusOr<AppraisalCycle> AppraisalRows::GuardClosed(record::Transaction& tx, const std::string& below) const {
  ASSIGN_OR_RETURN(AppraisalCycle cycle, cycles.Guard(tx, CycleOf(below)));
  if (cycle.state() != AppraisalCycle::STATE_CLOSED) return status::Error(kCycleNotClosed, {{"name", cycle.name()}});
  return cycle;
}

absl::StatusOr<CycleFacts> AppraisalRows::Facts(sql::Session& sql, const std::string& cycle) const {
  CycleFacts facts;
  ASSIGN_OR_RETURN(facts.cycle, cycles.Find(sql, cycle));
  ASSIGN_OR_RETURN(facts.policy, policies_.kind().Find(sql, facts.cycle.policy()));
  ASSIGN_OR_RETURN(facts.sheets, sheets.Select(sql, kInRange, Below(cycle, "appraisals")));
  ASSIGN_OR_RETURN(facts.parts, parts.Select(sql, kInRange, Below(cycle, "appraisals")));
  ASSIGN_OR_RETURN(facts.calibrations, calibrations.Select(sql, kInRange, Below(cycle, "calibrations")));
  for (const AppraisalPart& part : facts.parts) {
    if (facts.schemes.count(part.scheme()) > 0) continue;
    ASSIGN_OR_RETURN(facts.schemes[part.scheme()], Scheme(sql, facts.cycle, part.scheme()));
  }
  return facts;
}

absl::StatusOr<CycleFacts> AppraisalRows::FactsToVerify(sql::Session& sql, const std::string& cycle) const {
  ASSIGN_OR_RETURN(CycleFacts facts, Facts(sql, cycle));
  const std::set<std::string> silent = PeopleWithoutWords(facts);
  if (silent.empty()) return facts;
  ASSIGN_OR_RETURN(facts.erased, store_.person_keys().Erased(sql, silent));
  return facts;
}

absl::StatusOr<bool> AppraisalRows::IsErased(sql::Session& sql, const std::string& person) const {
  ASSIGN_OR_RETURN(const std::set<std::string> erased, store_.person_keys().Erased(sql, {person}));
  return !erased.empty();
}

absl::StatusOr<v1::AppraisalText> AppraisalRows::WordsAbout(sql::Session& sql, const std::string& person, const std::string& words) const {
  ASSIGN_OR_RETURN(const bool erased, IsErased(sql, person));
  return erased ? v1::AppraisalText() : TextOf(words);
}

absl::StatusOr<std::vector<AppraisalPart>> AppraisalRows::PartsBelow(sql::Session& sql, const std::string& sheet) const {
  return parts.Children(sql, sheet);
}

absl::StatusOr<v1::AppraisalScheme> AppraisalRows::Scheme(sql::Session& sql, const AppraisalCycle& cycle, const std::string& name) const {
  ASSIGN_OR_RETURN(v1::AppraisalScheme scheme, schemes_.kind().Find(sql, name));
  return SchemeOver(cycle.period(), std::move(scheme));
}

absl::StatusOr<std::optional<int32_t>> AppraisalRows::AdjustedPoints(sql::Session& sql, const std::string& sheet) const {
  const sql::Values range = record::ChildRange(sheet, "adjustments");
  std::optional<int32_t> points;
  RETURN_IF_ERROR(
      sql.Query("SELECT new_points FROM appraisal_adjustments WHERE name > ? AND name < ? AND state = 'STATE_APPROVED' "
                "ORDER BY approve_time DESC, name DESC LIMIT 1",
                range, [&](const sql::Row& row) { points = static_cast<int32_t>(row.Int(0)); }));
  return points;
}

absl::StatusOr<std::map<std::string, int64_t>> AppraisalRows::AdjustedPointsOf(sql::Session& sql, absl::CivilDay year) const {
  // The names of the year's cycles begin with its number and "-", which "." follows.
  const std::string begin = absl::StrCat("appraisalCycles/", time::DayText(year).substr(0, 4));
  std::map<std::string, int64_t> points;
  RETURN_IF_ERROR(
      sql.Query("SELECT name, new_points FROM appraisal_adjustments WHERE name > ? AND name < ? AND state = 'STATE_APPROVED' "
                "ORDER BY approve_time, name",
                sql::Bind(begin + "-", begin + "."), [&](const sql::Row& row) {
                  const std::string name = row.Text(0);
                  points[name.substr(0, name.rfind("/adjustments/"))] = row.Int(1);
                }));
  return points;
}

absl::StatusOr<AppraisalTerms> AppraisalRows::Terms(sql::Session& sql, const AppraisalCycle& cycle) const {
  ASSIGN_OR_RETURN(const v1::AppraisalPolicy policy, policies_.kind().Find(sql, cycle.policy()));
  return AppraisalTermsOf(policy);
}

absl::StatusOr<std::shared_ptr<const time::NamedCalendar>> AppraisalRows::Calendar(sql::Session& sql) const {
  return calendars_.Named(sql, kCalendar);
}

absl::StatusOr<absl::Time> AppraisalRows::After(sql::Session& sql, absl::Time from, int working_days) const {
  ASSIGN_OR_RETURN(const std::shared_ptr<const time::NamedCalendar> calendar, Calendar(sql));
  ASSIGN_OR_RETURN(const absl::CivilDay day, calendar->arithmetic.WorkingDayFrom(DayOf(from), working_days));
  return calendar->arithmetic.StartOf(day + 1);
}

}  // namespace heitie::personnel
