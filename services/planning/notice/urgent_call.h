// Urgent calls 突發問題 (policy C2).
#ifndef HEITIE_SERVICES_PLANNING_NOTICE_URGENT_CALL_H_
#define HEITIE_SERVICES_PLANNING_NOTICE_URGENT_CALL_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/record/methods.h"
#include "heitie/planning/v1/urgent_call.pb.h"
#include "services/planning/notice/recipients.h"
#include "services/planning/notice/tell.h"

namespace heitie::planning {

extern const status::Reason kOneAddressee;
extern const status::Reason kNobodyToCall;
extern const status::Reason kNotYourCall;  // {name}

const record::StateMachine& UrgentCallMachine();

// Thread-safe.
class UrgentCalls {
 public:
  UrgentCalls(const service::Context& context, Notices& notices, const Recipients& recipients);
  UrgentCalls(const UrgentCalls&) = delete;
  void Bind(record::Methods& methods);

 private:
  absl::Status Create(record::Transaction& tx, v1::UrgentCall& call);
  absl::StatusOr<v1::UrgentCall> Answer(record::Transaction& tx, const v1::AnswerUrgentCallRequest& request);
  absl::StatusOr<v1::UrgentCall> Close(record::Transaction& tx, const v1::CloseUrgentCallRequest& request);

  record::Kind<v1::UrgentCall> calls_;
  Notices& notices_;
  const Recipients& recipients_;
};

}  // namespace heitie::planning

#endif  // HEITIE_SERVICES_PLANNING_NOTICE_URGENT_CALL_H_
