#include "services/personnel/recruitment/money_step.h"

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/record/store.h"
#include "common/status/argument.h"
#include "common/status/macros.h"
#include "common/status/shared.h"
#include "common/time/instant.h"
#include "heitie/resource/v1/encumbrance.pb.h"
#include "heitie/resource/v1/money_service.methods.h"

namespace heitie::personnel {
namespace {

using v1::MoneyStep;

int64_t NumberIn(const absl::Status& error, const std::string& argument) {
  int64_t number = 0;
  return absl::SimpleAtoi(status::ArgumentOf(error, argument), &number) ? number : 0;
}

}  // namespace

std::optional<int> NextDue(const MoneySteps& steps) {
  for (int i = 0; i < steps.size(); ++i) {
    if (steps[i].state() == MoneyStep::STATE_DUE) return i;
  }
  return std::nullopt;
}

std::string MoneyRequestId(const MoneyStep& step, int place, int part) {
  return absl::StrCat(record::IdOf(step.encumbrance()), "-", place, part == 0 ? "" : "-paid");
}

MoneyStep& AddMoneyStep(MoneySteps& steps, MoneyStep::Kind kind, const std::string& encumbrance, int64_t amount_minor) {
  MoneyStep& step = *steps.Add();
  step.set_kind(kind);
  step.set_state(MoneyStep::STATE_DUE);
  step.set_encumbrance(encumbrance);
  step.set_amount_minor(amount_minor);
  return step;
}

void MarkDone(MoneyStep& step, absl::Time now) {
  step.set_state(MoneyStep::STATE_DONE);
  *step.mutable_note_time() = time::ToTimestamp(now);
}

int64_t MarkRefused(MoneyStep& step, const absl::Status& refusal, absl::Time now) {
  step.set_state(MoneyStep::STATE_REFUSED);
  *step.mutable_note_time() = time::ToTimestamp(now);
  const std::string reason = status::ReasonOf(refusal);
  step.set_reason(reason.empty() ? std::string(absl::StatusCodeToString(refusal.code())) : reason);
  if (step.kind() != MoneyStep::KIND_PRE_COMMIT || reason != status::kBudgetShort.id) return 0;
  step.set_available_minor(NumberIn(refusal, "available"));
  step.set_currency_code(status::ArgumentOf(refusal, "currency"));
  return step.amount_minor() - step.available_minor();
}

absl::StatusOr<std::string> TakeMoneyStep(const service::Context& context, const rpc::Call& call, const MoneyStep& step, int place,
                                          const MoneyPurpose& purpose) {
  if (step.kind() == MoneyStep::KIND_PRE_COMMIT) {
    resource::v1::CreateEncumbranceRequest request;
    request.set_encumbrance_id(record::IdOf(step.encumbrance()));
    request.set_request_id(MoneyRequestId(step, place));
    auto* encumbrance = request.mutable_encumbrance();
    encumbrance->set_budget(purpose.budget);
    encumbrance->set_subject(purpose.subject);
    encumbrance->set_amount_minor(step.amount_minor());
    *encumbrance->mutable_expire_time() = time::ToTimestamp(purpose.expire_time);
    ASSIGN_OR_RETURN(const resource::v1::Encumbrance taken, context.Call(call, resource::v1::method::CreateEncumbrance, request));
    return taken.currency_code();
  }
  if (step.kind() == MoneyStep::KIND_RELEASE) {
    resource::v1::ReleaseEncumbranceRequest request;
    request.set_name(step.encumbrance());
    request.set_keep_committed_minor(step.amount_minor());
    request.set_request_id(MoneyRequestId(step, place));
    const absl::Status released = context.Call(call, resource::v1::method::ReleaseEncumbrance, request).status();
    if (!absl::IsNotFound(released)) RETURN_IF_ERROR(released);  // What is not there holds nothing.
    return std::string();
  }
  if (step.kind() != MoneyStep::KIND_PAY) {
    resource::v1::CommitEncumbranceRequest commit;
    commit.set_name(step.encumbrance());
    commit.set_amount_minor(step.amount_minor());
    commit.set_request_id(MoneyRequestId(step, place));
    RETURN_IF_ERROR(context.Call(call, resource::v1::method::CommitEncumbrance, commit).status());
    if (step.kind() != MoneyStep::KIND_PAY_OPENING) return std::string();
  }
  resource::v1::RecordActualRequest pay;
  pay.set_name(step.encumbrance());
  pay.set_amount_minor(step.amount_minor());
  pay.set_request_id(MoneyRequestId(step, place, step.kind() == MoneyStep::KIND_PAY ? 0 : 1));
  RETURN_IF_ERROR(context.Call(call, resource::v1::method::RecordActual, pay).status());
  return std::string();
}

}  // namespace heitie::personnel
