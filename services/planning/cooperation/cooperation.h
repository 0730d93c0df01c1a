// What departments ask of each other 協作請求: by forms in versions, answered by who speaks for the department, on clocks of working time
// that climb a ladder. Silence accepts nothing (policy C3).
#ifndef HEITIE_SERVICES_PLANNING_COOPERATION_COOPERATION_H_
#define HEITIE_SERVICES_PLANNING_COOPERATION_COOPERATION_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/record/methods.h"
#include "common/record/rule_set.h"
#include "heitie/planning/v1/cooperation_figure.pb.h"
#include "heitie/planning/v1/cooperation_form.pb.h"
#include "heitie/planning/v1/cooperation_request.pb.h"
#include "services/planning/cooperation/liaison.h"
#include "services/planning/cooperation/together_then.h"
#include "services/planning/meeting/agenda.h"
#include "services/planning/meeting/meeting_tables.h"
#include "services/planning/notice/ladder.h"
#include "services/planning/notice/recipients.h"
#include "services/planning/notice/tell.h"

namespace heitie::planning {

extern const status::Reason kAsksItself;
extern const status::Reason kNotYourDepartment;   // {department}
extern const status::Reason kFormAnswerMissing;   // {answer}
extern const status::Reason kRequestSent;         // {name}
extern const status::Reason kNotYourRequest;      // {name}
extern const status::Reason kNotTheLiaison;       // {name}
extern const status::Reason kNotTheDeliverer;     // {name}
extern const status::Reason kLaterThanNeeded;     // {date}
extern const status::Reason kCounterSaysNothing;  // A field.

const record::StateMachine& CooperationRequestMachine();
// Every bad field of what a version of a form says.
absl::Status CheckCooperationForm(const v1::CooperationFormVersion& version);
// By when what a request waits for is to come; nothing where it waits for nobody.
std::optional<absl::Time> AwaitedBy(const v1::CooperationRequest& request);

// Thread-safe.
class Cooperation {
 public:
  Cooperation(const service::Context& context, MeetingTables& tables, Liaisons& liaisons, const Notices& notices,
              const Recipients& recipients);
  Cooperation(const Cooperation&) = delete;
  void Bind(record::Methods& methods);

  // What an agenda has of it: requests that are unanswered or late, and departments that do not meet as they should.
  absl::Status AddFacts(sql::Session& session, const v1::MeetingSeries& series, absl::Time at, std::vector<AgendaFact>& facts) const;

 private:
  using Request = v1::CooperationRequest;

  absl::Status Create(record::Transaction& tx, Request& request);
  absl::Status Update(record::Transaction& tx, const Request& before, Request& after);
  absl::StatusOr<Request> Send(record::Transaction& tx, const v1::SendCooperationRequestRequest& request);
  absl::StatusOr<Request> Accept(record::Transaction& tx, const v1::AcceptCooperationRequestRequest& request);
  absl::StatusOr<Request> Decline(record::Transaction& tx, const v1::DeclineCooperationRequestRequest& request);
  absl::StatusOr<Request> Counter(record::Transaction& tx, const v1::CounterCooperationRequestRequest& request);
  absl::StatusOr<Request> TakeCounter(record::Transaction& tx, const v1::TakeCounterOfCooperationRequestRequest& request);
  absl::StatusOr<Request> RefuseCounter(record::Transaction& tx, const v1::RefuseCounterOfCooperationRequestRequest& request);
  absl::StatusOr<Request> Start(record::Transaction& tx, const v1::StartCooperationRequestRequest& request);
  absl::StatusOr<Request> Deliver(record::Transaction& tx, const v1::DeliverCooperationRequestRequest& request);
  absl::StatusOr<Request> Confirm(record::Transaction& tx, const v1::ConfirmCooperationRequestRequest& request);
  absl::StatusOr<Request> SendBack(record::Transaction& tx, const v1::SendBackCooperationRequestRequest& request);
  absl::StatusOr<Request> Withdraw(record::Transaction& tx, const v1::WithdrawCooperationRequestRequest& request);
  absl::StatusOr<v1::ComputeCooperationResponse> Compute(const rpc::Call& call, const v1::ComputeCooperationRequest& request);

  // That the caller speaks for the department, which is answered by this. NOT_THE_LIAISON, NO_LIAISON.
  absl::Status Answer(record::Transaction& tx, Request& after) const;
  absl::StatusOr<std::shared_ptr<const time::NamedCalendar>> CalendarOf(sql::Session& session, const Request& request) const;
  // So much working time of the asked department after an instant.
  absl::StatusOr<google::protobuf::Timestamp> WorkingAfter(sql::Session& session, const Request& request, absl::Time from,
                                                           int64_t seconds) const;
  absl::Status AwaitAnswer(record::Transaction& tx, Request& request) const;
  absl::Status AwaitDelivery(record::Transaction& tx, Request& request) const;
  absl::Status AwaitRequester(record::Transaction& tx, Request& request) const;
  absl::StatusOr<LadderSteps> StepsOf(sql::Session& session, const Request& request) const;
  // Who is to act, and who is told besides at a step of the ladder.
  absl::StatusOr<std::string> ActorOf(sql::Session& session, const Request& request) const;
  absl::StatusOr<std::vector<std::string>> ToldAt(sql::Session& session, const Request& request, absl::Time now) const;
  absl::Status Tell(record::Transaction& tx, const Request& request, const std::string& cause, const std::string& wording,
                    const status::Phrase& phrase, const std::string& recipient) const;
  absl::Status TellLiaison(record::Transaction& tx, const Request& request, const v1::Liaison& liaison) const;
  // Whoever a request waits for is told.
  absl::Status Follow(record::Transaction& tx, const Request* before, const Request* after) const;
  // Another one speaks for the department, about what `ended` spoke of.
  absl::Status Adopt(record::Transaction& tx, const v1::Liaison& liaison, const std::string& ended) const;
  absl::StatusOr<WorkingTogether> TogetherNow(sql::Session& session, absl::Time begin, absl::Time end, absl::Time now) const;
  // By the rows as they are, or as the events tell that they were `then`.
  absl::StatusOr<v1::ComputeCooperationResponse> FiguresAt(sql::Session& session, absl::CivilDay from, absl::CivilDay to, absl::Time as_of,
                                                           bool then) const;

  MeetingTables& tables_;
  Liaisons& liaisons_;
  const Notices& notices_;
  const Recipients& recipients_;
  record::Kind<v1::CooperationForm> forms_;
  record::RuleSet<v1::CooperationFormVersion> versions_;
  record::Kind<Request> requests_;
  const Ladder<Request> ladder_;
};

}  // namespace heitie::planning

#endif  // HEITIE_SERVICES_PLANNING_COOPERATION_COOPERATION_H_
