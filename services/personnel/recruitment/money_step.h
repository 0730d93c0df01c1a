// Steps with money in resource (policy S5), whosever they are: kept in the row that they concern, with request ids that never change, and
// taken once by whoever comes first, the request that made them due or a job after a crash. money.h makes them for requisitions,
// outcome/bonus_money.h for outcomes.
#ifndef HEITIE_SERVICES_PERSONNEL_RECRUITMENT_MONEY_STEP_H_
#define HEITIE_SERVICES_PERSONNEL_RECRUITMENT_MONEY_STEP_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/service/main.h"
#include "heitie/personnel/v1/requisition.pb.h"

namespace heitie::personnel {

using MoneySteps = google::protobuf::RepeatedPtrField<v1::MoneyStep>;

// The place of the step that is to be taken next; nothing when none is due.
std::optional<int> NextDue(const MoneySteps& steps);
// The request_id of the call of the step at a place; one that makes two calls has a second `part` 1. At most 64 characters.
std::string MoneyRequestId(const v1::MoneyStep& step, int place, int part = 0);
// Adds a step that is due.
v1::MoneyStep& AddMoneyStep(MoneySteps& steps, v1::MoneyStep::Kind kind, const std::string& encumbrance, int64_t amount_minor);

void MarkDone(v1::MoneyStep& step, absl::Time now);
// With what resource says. Where money was short: how much was missing; otherwise 0.
int64_t MarkRefused(v1::MoneyStep& step, const absl::Status& refusal, absl::Time now);

// For whom and until when money is set aside.
struct MoneyPurpose {
  std::string budget, subject;
  absl::Time expire_time;
};
// Calls resource for the step at a place: the currency of what was set aside, or "" for another step; a refusal, or an outage
// (status::IsOutage), after which the step is still due.
absl::StatusOr<std::string> TakeMoneyStep(const service::Context& context, const rpc::Call& call, const v1::MoneyStep& step, int place,
                                          const MoneyPurpose& purpose);

}  // namespace heitie::personnel

#endif  // HEITIE_SERVICES_PERSONNEL_RECRUITMENT_MONEY_STEP_H_
