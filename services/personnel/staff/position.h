// Positions: responsibilities, and the roles and training that follow from them (policy H1, H3).
#ifndef HEITIE_SERVICES_PERSONNEL_STAFF_POSITION_H_
#define HEITIE_SERVICES_PERSONNEL_STAFF_POSITION_H_

#include <functional>
#include <utility>

#include "absl/status/status.h"
#include "common/record/methods.h"
#include "common/status/status.h"
#include "heitie/personnel/v1/course.pb.h"
#include "heitie/personnel/v1/duty.pb.h"
#include "heitie/personnel/v1/position.pb.h"
#include "heitie/personnel/v1/skill.pb.h"

namespace heitie::personnel {

extern const status::Reason kRoleNotForPeople;  // {role}
extern const status::Reason kUnknownDuty;       // {duty}

// Not those of machines.
bool IsForPeople(int role);
// ROLE_NOT_FOR_PEOPLE for each role that belongs to machines.
void CheckRoles(const v1::Position& position, status::BadFields& bad);

// Thread-safe.
class Positions {
 public:
  Positions(record::Store& store, const record::Kind<v1::Course>& courses, const record::Kind<v1::Skill>& skills,
            const record::Kind<v1::Duty>& duties)
      : positions_(store), courses_(courses), skills_(skills), duties_(duties) {}
  void Bind(record::Methods& methods);
  const record::Kind<v1::Position>& kind() const { return positions_; }
  // What is done after each change in its transaction (Kind::SetFollow).
  using Follow = std::function<absl::Status(record::Transaction&, const v1::Position* before, const v1::Position* after)>;
  void SetFollow(Follow follow) { positions_.SetFollow(std::move(follow)); }

 private:
  absl::Status Check(record::Transaction& tx, v1::Position& position);
  absl::Status Update(record::Transaction& tx, const v1::Position& before, v1::Position& after);

  record::Kind<v1::Position> positions_;
  const record::Kind<v1::Course>& courses_;
  const record::Kind<v1::Skill>& skills_;
  const record::Kind<v1::Duty>& duties_;
};

}  // namespace heitie::personnel

#endif  // HEITIE_SERVICES_PERSONNEL_STAFF_POSITION_H_
