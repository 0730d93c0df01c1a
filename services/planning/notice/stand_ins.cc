#include "services/planning/notice/stand_ins.h"

#include <vector>

#include "absl/time/civil_time.h"
#include "common/record/json.h"
#include "common/status/macros.h"
#include "common/time/day.h"
#include "heitie/personnel/v1/employee.pb.h"

namespace heitie::planning {

namespace {

absl::StatusOr<StandIns::ByDeputy> WhoStandsIn(sql::Session& session, absl::CivilDay today) {
  StandIns::ByDeputy all;
  RETURN_IF_ERROR(session.Query("SELECT name, absences FROM mirrored_employees WHERE absences IS NOT NULL", {}, [&](const sql::Row& row) {
    personnel::v1::Employee employee;
    if (!record::FromJson(row.Text(1), &employee)) return;
    for (const personnel::v1::Absence& absence : employee.absences()) {
      const bool covers = time::ToDay(absence.start_date()) <= today && today <= time::ToDay(absence.end_date());
      if (covers && !absence.deputy().empty()) all[absence.deputy()].push_back(row.Text(0));
    }
  }));
  return all;
}

}  // namespace

StandIns::StandIns(const service::Context& context) : known_(std::make_shared<LookedUp<ByDeputy>>(context, WhoStandsIn)) {}

record::Rule StandIns::For(const std::string& field) const {
  return record::Among(field, [known = known_](const rpc::Principal& principal) {
    const std::shared_ptr<const ByDeputy> by_deputy = known->Now();
    const auto found = by_deputy->find(principal.name);
    return found == by_deputy->end() ? std::vector<std::string>() : found->second;
  });
}

}  // namespace heitie::planning
