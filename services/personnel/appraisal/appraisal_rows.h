// The rows of appraisals: who sees what of them, what may still change, and all that a cycle's scores rest on, read together.
#ifndef HEITIE_SERVICES_PERSONNEL_APPRAISAL_APPRAISAL_ROWS_H_
#define HEITIE_SERVICES_PERSONNEL_APPRAISAL_APPRAISAL_ROWS_H_

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "common/record/calendars.h"
#include "common/record/kind.h"
#include "common/service/main.h"
#include "common/status/status.h"
#include "heitie/personnel/v1/appraisal.pb.h"
#include "heitie/personnel/v1/appraisal_calibration.pb.h"
#include "heitie/personnel/v1/appraisal_cycle.pb.h"
#include "heitie/personnel/v1/appraisal_part.pb.h"
#include "heitie/personnel/v1/calendar.pb.h"
#include "services/personnel/appraisal/month.h"
#include "services/personnel/appraisal/policy.h"
#include "services/personnel/appraisal/scheme.h"
#include "services/personnel/staff/teams.h"

namespace heitie::personnel {

extern const status::Reason kCycleNotOpen;    // {name}
extern const status::Reason kCycleNotClosed;  // {name}

// What of a part operations managers read (open_to).
inline constexpr char kOpenToManagers[] = "managers";

const record::StateMachine& AppraisalCycleMachine();
const record::StateMachine& AppraisalMachine();
const record::StateMachine& AppraisalPartMachine();
const record::StateMachine& AppraisalCalibrationMachine();

// The person, whoever leads the person today, and operations managers: sheets and what stands below them.
record::Rule SheetReaders(const Teams& teams);

// Thread-safe.
class AppraisalRows {
 public:
  AppraisalRows(const service::Context& context, const Teams& teams, const AppraisalSchemes& schemes, const AppraisalPolicies& policies);

  // What follows from the closing of a cycle, in the transaction that closes it. Before anything is closed.
  using Closing = std::function<absl::Status(record::Transaction& tx, const v1::AppraisalCycle& closed)>;
  void FollowClosing(Closing closing) { closings_.push_back(std::move(closing)); }

  // The cycle that a name lies below, which nobody takes further until the transaction ends. CYCLE_NOT_OPEN, CYCLE_NOT_CLOSED.
  absl::StatusOr<v1::AppraisalCycle> GuardOpen(record::Transaction& tx, const std::string& below) const;
  absl::StatusOr<v1::AppraisalCycle> GuardClosed(record::Transaction& tx, const std::string& below) const;

  absl::StatusOr<CycleFacts> Facts(sql::Session& sql, const std::string& cycle) const;
  // The same with what verification needs besides. DATA_LOSS where sealed words were tampered with.
  absl::StatusOr<CycleFacts> FactsToVerify(sql::Session& sql, const std::string& cycle) const;
  // Whether the person was erased, so that nothing is said of the person any more: what is decided then stands without words.
  absl::StatusOr<bool> IsErased(sql::Session& sql, const std::string& person) const;
  // Words about a person; none about somebody who was erased.
  absl::StatusOr<v1::AppraisalText> WordsAbout(sql::Session& sql, const std::string& person, const std::string& words) const;
  // The parts of a sheet, in order.
  absl::StatusOr<std::vector<v1::AppraisalPart>> PartsBelow(sql::Session& sql, const std::string& sheet) const;
  // A version of a scheme as the cycle goes by it (SchemeOver).
  absl::StatusOr<v1::AppraisalScheme> Scheme(sql::Session& sql, const v1::AppraisalCycle& cycle, const std::string& name) const;
  // The points of the latest of the approved adjustments of a sheet; nothing where there is none.
  absl::StatusOr<std::optional<int32_t>> AdjustedPoints(sql::Session& sql, const std::string& sheet) const;
  // The same of all sheets of the year that begins on a day, by sheet.
  absl::StatusOr<std::map<std::string, int64_t>> AdjustedPointsOf(sql::Session& sql, absl::CivilDay year) const;
  absl::StatusOr<AppraisalTerms> Terms(sql::Session& sql, const v1::AppraisalCycle& cycle) const;

  // The calendar by which appraisals count days.
  absl::StatusOr<std::shared_ptr<const time::NamedCalendar>> Calendar(sql::Session& sql) const;
  // The end of the n-th working day after the day of an instant.
  absl::StatusOr<absl::Time> After(sql::Session& sql, absl::Time from, int working_days) const;
  absl::CivilDay DayOf(absl::Time time) const { return absl::ToCivilDay(time, zone_); }
  absl::TimeZone zone() const { return zone_; }

  record::Kind<v1::AppraisalCycle> cycles;
  record::Kind<v1::Appraisal> sheets;
  record::Kind<v1::AppraisalPart> parts;
  record::Kind<v1::AppraisalCalibration> calibrations;

 private:
  record::Store& store_;
  std::vector<Closing> closings_;
  const absl::TimeZone zone_;
  const AppraisalSchemes& schemes_;
  const AppraisalPolicies& policies_;
  record::Kind<v1::CalendarVersion> calendar_versions_;
  record::Calendars<v1::CalendarVersion> calendars_;
};

}  // namespace heitie::personnel

#endif  // HEITIE_SERVICES_PERSONNEL_APPRAISAL_APPRAISAL_ROWS_H_
