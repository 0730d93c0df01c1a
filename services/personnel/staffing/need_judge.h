// Whether needs are covered now (W9): those that were reported, and what headcount plans plan.
#ifndef HEITIE_SERVICES_PERSONNEL_STAFFING_NEED_JUDGE_H_
#define HEITIE_SERVICES_PERSONNEL_STAFFING_NEED_JUDGE_H_

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/record/kind.h"
#include "heitie/personnel/v1/headcount_plan.pb.h"
#include "heitie/personnel/v1/position.pb.h"
#include "heitie/personnel/v1/staffing_gap.pb.h"
#include "services/personnel/recruitment/headcount_plan.h"
#include "services/personnel/staff/employee.h"
#include "services/personnel/training/development_policy.h"
#include "services/personnel/training/qualification.h"

namespace heitie::personnel {

struct Judgement {
  // What is needed, with counts and who is short of what; nothing when nobody is needed any more. Days only as long as it gapes.
  std::optional<v1::StaffingGap> need;
  bool gapes = false;
};

// Thread-safe.
class NeedJudge {
 public:
  NeedJudge(const Employees& employees, const Qualifications& qualifications, const HeadcountPlans& plans,
            const record::Kind<v1::Position>& positions, const DevelopmentPolicies& policies)
      : employees_(employees), qualifications_(qualifications), plans_(plans), positions_(positions), policies_(policies) {}

  // Keeps what a subject needs now in place of what it needed before; nothing: it needs nobody any more.
  absl::Status Note(record::Transaction& tx, const std::string& subject, const std::optional<v1::StaffingGap>& need) const;
  // Of a subject that was noted, or of a headcount plan. Judgements of one need take their turns, so that the later one has seen more, and
  // hold the people on whom they rest until the transaction ends: who changes one of them waits and finds the need (Awaiting), or is seen.
  absl::StatusOr<Judgement> Judge(record::Transaction& tx, const std::string& subject) const;
  // The noted subjects that name the employee or one of the positions. In a transaction that has changed the employee's row, and before a
  // change of posts comes in, the rows of the positions (GuardPosts).
  absl::StatusOr<std::vector<std::string>> Awaiting(record::Transaction& tx, const std::string& employee,
                                                    const std::set<std::string>& positions) const;
  absl::Status GuardPosts(record::Transaction& tx, const std::set<std::string>& positions) const;
  // What headcount plan the gap is of now; nothing of others, and where nothing is missing.
  absl::StatusOr<std::optional<HeadcountShortage>> ShortageOf(sql::Session& session, const v1::StaffingGap& gap, absl::Time now) const;
  // Drops what was needed until before a day.
  absl::Status Forget(record::Transaction& tx, absl::CivilDay today) const;

 private:
  absl::StatusOr<Judgement> JudgeNoted(record::Transaction& tx, const std::string& subject) const;
  absl::StatusOr<Judgement> JudgePlan(record::Transaction& tx, const std::string& plan) const;
  absl::StatusOr<std::optional<HeadcountShortage>> ShortageOf(sql::Session& session, const v1::HeadcountPlan& plan, absl::Time now) const;

  const Employees& employees_;
  const Qualifications& qualifications_;
  const HeadcountPlans& plans_;
  const record::Kind<v1::Position>& positions_;
  const DevelopmentPolicies& policies_;
};

}  // namespace heitie::personnel

#endif  // HEITIE_SERVICES_PERSONNEL_STAFFING_NEED_JUDGE_H_
