// Whose turn it is, and who is responsible for a duty (policy H1).
#ifndef HEITIE_SERVICES_PERSONNEL_STAFF_ROTA_H_
#define HEITIE_SERVICES_PERSONNEL_STAFF_ROTA_H_

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "common/job/runner.h"
#include "common/record/methods.h"
#include "common/service/main.h"
#include "common/status/status.h"
#include "heitie/personnel/v1/duty.pb.h"
#include "heitie/personnel/v1/position.pb.h"
#include "services/personnel/staff/assignment.h"
#include "services/personnel/staff/employee.h"

namespace heitie::personnel {

extern const status::Reason kRotaInThePast;     // {start}
extern const status::Reason kRotaStartTaken;    // {start} {other}
extern const status::Reason kRotaBegun;         // {name} {start}
extern const status::Reason kUnknownHolder;     // {employee}
extern const status::Reason kNoOneResponsible;  // {duty} {department} {date}

// Of one duty and department: the one in force on a day; nullptr when none has begun.
const v1::Rota* RotaOn(const std::vector<v1::Rota>& rotas, absl::CivilDay day);
// The place in `holders`, which is not empty, of the one whose turn it is on a day that is not before the first.
int TurnOn(const v1::Rota& rota, absl::CivilDay day);
// The names of those, of any duties and departments, in whose place a later one is in force on a day.
std::set<std::string> SupersededOn(const std::vector<v1::Rota>& rotas, absl::CivilDay day);

// What a resolution rests on.
struct DutyFacts {
  std::string department;
  // The positions that carry the duty, and those whose holders lead a department.
  std::set<std::string> posts, managers;
  // Whoever holds one of both on the day, takes turns, is above somebody of these, or is a deputy.
  People people;
  std::vector<v1::Rota> rotas;  // of the duty and department
};
struct Resolution {
  // Nobody: everybody on the path was passed over.
  std::optional<std::string> responsible;
  std::vector<v1::DutyStep> path;
  std::string rota;
};
// The holder is the first, from the one whose turn it is on in the order of the rota, who holds a post with the duty in the department that
// day; without a rota, or where nobody in it does, those who hold such a post, who has held it longest first, of whom the first at work is
// responsible. If the holder is absent, it is the deputy of that absence, else the next superior above the holder (SuperiorOn), else a
// manager of the department, who has been one longest first: the first of them who is at work.
Resolution Resolve(const DutyFacts& facts, absl::CivilDay day);

const record::StateMachine& RotaMachine();

// Thread-safe.
class Rotas {
 public:
  Rotas(const service::Context& context, const record::Kind<v1::Duty>& duties, const record::Kind<v1::Position>& positions,
        const Employees& employees);
  void Bind(record::Methods& methods);
  // Who answers for a duty in a department on a day (Resolve); empty when nobody does.
  absl::StatusOr<std::string> Responsible(sql::Session& session, const std::string& duty, const std::string& department,
                                          absl::CivilDay day) const;

 private:
  absl::Status Create(record::Transaction& tx, const v1::CreateRotaRequest& request, v1::Rota& rota);
  absl::Status Delete(record::Transaction& tx, const v1::Rota& rota);
  absl::StatusOr<v1::ResolveDutyResponse> ResolveDuty(const rpc::Call& call, const v1::ResolveDutyRequest& request);
  absl::StatusOr<DutyFacts> ReadFacts(sql::Session& session, const v1::ResolveDutyRequest& request, absl::CivilDay day) const;
  absl::StatusOr<std::vector<v1::Rota>> RotasOf(sql::Session& session, const std::string& duty, const std::string& department) const;
  // What is over stays: where a turn has ended, another rota takes this one's place from the running turn on.
  absl::Status Pass(record::Transaction& tx, const type::v1::HandOverRequest& request, const v1::Rota& before, v1::Rota& after);
  job::Outcome Supersede(const rpc::Call& call);
  absl::CivilDay DayOf(absl::Time time) const { return absl::ToCivilDay(time, zone_); }

  record::Store& store_;
  const absl::TimeZone zone_;
  record::Kind<v1::Rota> rotas_;
  const record::Kind<v1::Duty>& duties_;
  const record::Kind<v1::Position>& positions_;
  const Employees& employees_;
};

}  // namespace heitie::personnel

#endif  // HEITIE_SERVICES_PERSONNEL_STAFF_ROTA_H_
