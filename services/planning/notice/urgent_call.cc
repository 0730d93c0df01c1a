#include "services/planning/notice/urgent_call.h"

#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "common/time/instant.h"

namespace heitie::planning {

using absl::StatusCode;
using v1::Notice;
using v1::UrgentCall;

const status::Reason kOneAddressee{StatusCode::kInvalidArgument, "ONE_ADDRESSEE", "Name exactly one way of saying who is meant.",
                                   "請以恰好一種方式指定對象。"};
const status::Reason kNobodyToCall{StatusCode::kFailedPrecondition, "NOBODY_TO_CALL", "Nobody else is known there now.",
                                   "目前查無其他可通知的人員。"};
const status::Reason kNotYourCall{StatusCode::kPermissionDenied, "NOT_YOUR_CALL",
                                  "{name} is closed by who raised or answered it, or by a manager.", "{name} 由發起人、回應人或經理關閉。"};

namespace {

const status::Phrase kUrgent{"Urgent call by {raiser}: {text}", "{raiser} 的緊急呼叫：{text}"};
const status::Phrase kAnswered{"The call is answered.", "呼叫已有人回應。"};

}  // namespace

const record::StateMachine& UrgentCallMachine() {
  static const auto& machine =
      *new record::StateMachine(UrgentCall::State_descriptor(), {
                                                                    {UrgentCall::STATE_OPEN, "answer", UrgentCall::STATE_ANSWERED},
                                                                    {UrgentCall::STATE_OPEN, "close", UrgentCall::STATE_CLOSED},
                                                                    {UrgentCall::STATE_ANSWERED, "close", UrgentCall::STATE_CLOSED},
                                                                });
  return machine;
}

UrgentCalls::UrgentCalls(const service::Context& context, Notices& notices, const Recipients& recipients)
    : calls_(context.store, &UrgentCallMachine()), notices_(notices), recipients_(recipients) {}

absl::Status UrgentCalls::Create(record::Transaction& tx, UrgentCall& call) {
  const int addressees =
      !call.person().empty() + (call.role() != options::v1::ROLE_UNSPECIFIED) + !call.department().empty() + !call.working_group().empty();
  if (addressees != 1) {
    status::BadFields bad;
    bad.Add("urgent_call.person", kOneAddressee);
    return bad.status();
  }
  std::vector<std::string> called;
  if (!call.person().empty()) {
    called.push_back(call.person());
  } else if (!call.department().empty()) {
    ASSIGN_OR_RETURN(called, recipients_.OfDepartment(tx.sql, call.department(), tx.call.now));
  } else if (!call.working_group().empty()) {
    ASSIGN_OR_RETURN(called, recipients_.OfGroup(tx.sql, call.working_group(), tx.call.now));
  } else {
    ASSIGN_OR_RETURN(called, recipients_.WithRole(tx.sql, call.role(), tx.call.now));
  }
  if (call.person().empty()) std::erase(called, tx.call.principal.name);
  if (called.empty() || notices_.HasLeft(call.person(), tx.call.now)) return status::Error(kNobodyToCall);
  call.mutable_called()->Assign(called.begin(), called.end());
  call.set_state(UrgentCall::STATE_OPEN);
  return notices_.TellAll(tx,
                          {.cause = absl::StrCat(call.name(), " raise"),
                           .subject = call.name(),
                           .urgency = Notice::URGENCY_CRITICAL,
                           .wording = "urgent-call",
                           .phrase = kUrgent,
                           .args = {{"raiser", tx.call.principal.name}, {"text", call.text()}},
                           .mandatory = true,
                           .waits = true,
                           .begins = true},
                          called);
}

absl::StatusOr<UrgentCall> UrgentCalls::Answer(record::Transaction& tx, const v1::AnswerUrgentCallRequest& request) {
  RETURN_IF_ERROR(notices_.End(tx, request.name(), kAnswered));
  return calls_.Change(tx, request, "answer", [&](UrgentCall& after) {
    after.set_answerer(tx.call.principal.name);
    *after.mutable_answer_time() = time::ToTimestamp(tx.call.now);
  });
}

absl::StatusOr<UrgentCall> UrgentCalls::Close(record::Transaction& tx, const v1::CloseUrgentCallRequest& request) {
  ASSIGN_OR_RETURN(record::Step<UrgentCall> step, calls_.Begin(tx, request, "close"));
  const rpc::Principal& caller = tx.call.principal;
  if (caller.name != step.before.creator() && caller.name != step.before.answerer() && !caller.Has(options::v1::ROLE_OPERATIONS_MANAGER)) {
    return status::Error(kNotYourCall, {{"name", request.name()}});
  }
  step.after.set_outcome(request.outcome());
  RETURN_IF_ERROR(notices_.End(tx, request.name(), kAnswered));
  return calls_.Finish(tx, step);
}

void UrgentCalls::Bind(record::Methods& methods) {
  methods.Reads(calls_);
  methods.Creates(calls_, this, &UrgentCalls::Create);
  methods.Bind("AnswerUrgentCall", this, &UrgentCalls::Answer);
  methods.Bind("CloseUrgentCall", this, &UrgentCalls::Close);
}

}  // namespace heitie::planning
