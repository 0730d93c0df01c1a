// Who acts in matters of somebody below: proposes a promotion, holds an interview, presents a plan (policy H6, S2).
#ifndef HEITIE_SERVICES_PERSONNEL_CAREER_LEADER_H_
#define HEITIE_SERVICES_PERSONNEL_CAREER_LEADER_H_

#include <string>

#include "absl/status/status.h"
#include "common/record/rows.h"
#include "common/status/status.h"
#include "services/personnel/staff/teams.h"

namespace heitie::personnel {

extern const status::Reason kOwnMatter;       // {name}
extern const status::Reason kNotTheirLeader;  // {employee}

// Thread-safe.
class Leaders {
 public:
  explicit Leaders(const Teams& teams);

  // OWN_MATTER for the person; NOT_THEIR_LEADER unless the caller is above the person, stands in for who is, is an operations manager, or
  // is `besides`: the one whom the matter itself names for it.
  absl::Status Check(const rpc::Call& call, const std::string& employee, const std::string& besides = "") const;
  // Whether the caller reads what concerns the person: the person, and whoever may act.
  bool Sees(const rpc::Principal& principal, const std::string& employee) const;
  // The same as rule for rows: of the person in `employee`, of those above, and of operations managers.
  record::Rule Rows() const;
  // Rows that one below the caller has made: a decision about them may wait for the caller, who need not be above the person.
  record::Rule MadeBelow() const;
  // All below the caller and below those for whose absence the caller stands in.
  const Teams::AskedBy& led() const { return led_; }

 private:
  const Teams::AskedBy led_;
};

}  // namespace heitie::personnel

#endif  // HEITIE_SERVICES_PERSONNEL_CAREER_LEADER_H_
