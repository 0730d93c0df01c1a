#include "services/planning/cooperation/cooperation.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "common/status/shared.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "services/planning/cooperation/figures.h"
#include "services/planning/followup/due_day.h"
#include "services/planning/followup/reminders.h"
#include "services/planning/notice/notice_policy.h"
#include "services/planning/plan/calendar.h"
#include "services/planning/plan/project.h"

namespace heitie::planning {

using absl::StatusCode;
using v1::CooperationFormVersion;
using v1::CooperationRequest;
using v1::Liaison;

const status::Reason kAsksItself{StatusCode::kInvalidArgument, "ASKS_ITSELF", "A department asks another one.",
                                 "部門須向其他部門提出請求。"};
const status::Reason kNotYourDepartment{StatusCode::kPermissionDenied, "NOT_YOUR_DEPARTMENT", "You do not ask for {department}.",
                                        "您不能代表 {department} 提出請求。"};
const status::Reason kFormAnswerMissing{StatusCode::kInvalidArgument, "FORM_ANSWER_MISSING", "The form wants to know: {answer}.",
                                        "表單必填：{answer}。"};
const status::Reason kRequestSent{StatusCode::kFailedPrecondition, "REQUEST_SENT", "{name} was sent and does not change any more.",
                                  "{name} 已送出，不再變更。"};
const status::Reason kNotYourRequest{StatusCode::kPermissionDenied, "NOT_YOUR_REQUEST", "{name} was written by somebody else.",
                                     "{name} 由他人提出。"};
const status::Reason kNotTheLiaison{StatusCode::kPermissionDenied, "NOT_THE_LIAISON",
                                    "{name} is answered by the liaison of the department or the deputy.",
                                    "{name} 須由該部門聯絡人或其代理人答覆。"};
const status::Reason kNotTheDeliverer{StatusCode::kPermissionDenied, "NOT_THE_DELIVERER", "{name} is delivered by its owner.",
                                      "{name} 由其負責人交付。"};
const status::Reason kLaterThanNeeded{StatusCode::kInvalidArgument, "LATER_THAN_NEEDED",
                                      "It is needed by {date}: offer another day instead.", "需求日期為 {date}，請改以提出替代方案答覆。"};
const status::Reason kCounterSaysNothing{StatusCode::kInvalidArgument, "COUNTER_SAYS_NOTHING", "Offer another day or another scope.",
                                         "請提出其他日期或範圍。"};

namespace {

constexpr int64_t kMostRequestFacts = 500;
// It says how the request was answered, and waits for nobody.
constexpr char kAnsweredWording[] = "cooperation-answered";
constexpr int kUsualDays = 90;

const status::Phrase kRequestAsked{"“{title}” waits for your answer.", "「{title}」等待您的答覆。"};
const status::Phrase kRequestCountered{"“{title}”: something else is offered.", "「{title}」：對方提出替代方案。"};
const status::Phrase kRequestAccepted{"“{title}” is for you to deliver.", "「{title}」由您負責交付。"};
const status::Phrase kRequestDelivered{"“{title}” is delivered: is it done well?", "「{title}」已交付，請驗收。"};
const status::Phrase kRequestAnswered{"“{title}” was answered.", "「{title}」已獲答覆。"};
const status::Phrase kRequestBack{"“{title}” is not done yet: {reason}", "「{title}」尚未完成：{reason}"};
const status::Phrase kRequestOverdue{"“{title}” is overdue.", "「{title}」已逾期。"};
const status::Phrase kNoLongerAwaited{"It is no longer awaited.", "已無須等待。"};

bool WaitsForRequester(const CooperationRequest& request) {
  return request.state() == CooperationRequest::STATE_COUNTERED || request.state() == CooperationRequest::STATE_DELIVERED;
}

bool WaitsForDelivery(const CooperationRequest& request) {
  return request.state() == CooperationRequest::STATE_ACCEPTED || request.state() == CooperationRequest::STATE_IN_PROGRESS;
}

bool TakesPart(const v1::MeetingSeries& series, const std::string& department) {
  return series.departments().empty() || std::count(series.departments().begin(), series.departments().end(), department) > 0;
}

}  // namespace

const record::StateMachine& CooperationRequestMachine() {
  using R = CooperationRequest;
  static const auto& machine = *new record::StateMachine(
      R::State_descriptor(),
      {
          {R::STATE_DRAFT, "send", R::STATE_SENT, "somebody speaks for the department"},
          {R::STATE_SENT, "accept", R::STATE_ACCEPTED, "until the day on which it is needed"},
          {R::STATE_SENT, "decline", R::STATE_DECLINED},
          {R::STATE_SENT, "counter", R::STATE_COUNTERED},
          {R::STATE_COUNTERED, "take_counter", R::STATE_ACCEPTED},
          {R::STATE_COUNTERED, "refuse_counter", R::STATE_SENT},
          {R::STATE_ACCEPTED, "start", R::STATE_IN_PROGRESS},
          {R::STATE_IN_PROGRESS, "deliver", R::STATE_DELIVERED},
          {R::STATE_DELIVERED, "confirm", R::STATE_CONFIRMED},
          {R::STATE_DELIVERED, "send_back", R::STATE_IN_PROGRESS},
          {R::STATE_DRAFT, "withdraw", R::STATE_WITHDRAWN},
          {R::STATE_SENT, "withdraw", R::STATE_WITHDRAWN},
          {R::STATE_COUNTERED, "withdraw", R::STATE_WITHDRAWN},
          {R::STATE_ACCEPTED, "withdraw", R::STATE_WITHDRAWN},
          {R::STATE_IN_PROGRESS, "withdraw", R::STATE_WITHDRAWN},
          {R::STATE_SENT, "escalate", R::STATE_SENT, "it is not answered in time", record::kConsequence},
          {R::STATE_COUNTERED, "escalate", R::STATE_COUNTERED, "the counter is neither taken nor refused in time", record::kConsequence},
          {R::STATE_ACCEPTED, "escalate", R::STATE_ACCEPTED, "it is not delivered in time", record::kConsequence},
          {R::STATE_IN_PROGRESS, "escalate", R::STATE_IN_PROGRESS, "it is not delivered in time", record::kConsequence},
          {R::STATE_DELIVERED, "escalate", R::STATE_DELIVERED, "nobody says in time whether it is done well", record::kConsequence},
          {R::STATE_SENT, "adopt", R::STATE_SENT, "somebody else speaks for the department", record::kConsequence},
      });
  return machine;
}

absl::Status CheckCooperationForm(const CooperationFormVersion& version) {
  status::BadFields bad;
  for (int i = 1; i < version.escalation_seconds_size(); ++i) {
    if (version.escalation_seconds(i) > version.escalation_seconds(i - 1)) continue;
    bad.Add(absl::StrCat("cooperation_form_version.escalation_seconds[", i, "]"), kStepsNotAscending);
  }
  return bad.status();
}

std::optional<absl::Time> AwaitedBy(const CooperationRequest& request) {
  if (request.state() == CooperationRequest::STATE_SENT) return time::ToTime(request.response_due_time());
  if (WaitsForDelivery(request)) return time::ToTime(request.delivery_due_time());
  if (WaitsForRequester(request)) return time::ToTime(request.requester_due_time());
  return std::nullopt;
}

Cooperation::Cooperation(const service::Context& context, MeetingTables& tables, Liaisons& liaisons, const Notices& notices,
                         const Recipients& recipients)
    : tables_(tables),
      liaisons_(liaisons),
      notices_(notices),
      recipients_(recipients),
      forms_(tables.store),
      versions_(tables.store, forms_, CheckCooperationForm),
      requests_(tables.store, &CooperationRequestMachine()),
      ladder_(context, "watch-cooperation", requests_,
              {.awaited_by = AwaitedBy,
               .steps = [this](sql::Session& session, const Request& request) { return StepsOf(session, request); },
               .told = [this](sql::Session& session, const Request& request, absl::Time now) { return ToldAt(session, request, now); },
               .tell =
                   [this](record::Transaction& tx, const Request& request, const std::string& cause, const std::string& person) {
                     return Tell(tx, request, cause, "cooperation-overdue", kRequestOverdue, person);
                   }}) {
  requests_.RestrictRows(record::Own("requester") || record::Own("owner") || record::Own("answerer") || record::Own("deputy") ||
                         tables.planning.stand_ins.For("requester") || tables.planning.stand_ins.For("owner") ||
                         record::SameDepartment("requester_department") || record::SameDepartment("department") ||
                         record::Holds(options::v1::ROLE_OPERATIONS_MANAGER) || record::Holds(options::v1::ROLE_OPERATIONS_SPECIALIST) ||
                         record::Holds(options::v1::ROLE_DATA_ANALYST) || record::Holds(options::v1::ROLE_PLATFORM_ENGINEER) ||
                         record::IsService("planning"));
  requests_.SetFollow([this](record::Transaction& tx, const Request* before, const Request* after) { return Follow(tx, before, after); });
  liaisons_.SetAdopt(
      [this](record::Transaction& tx, const Liaison& liaison, const std::string& ended) { return Adopt(tx, liaison, ended); });
}

absl::StatusOr<std::shared_ptr<const time::NamedCalendar>> Cooperation::CalendarOf(sql::Session& session, const Request& request) const {
  ASSIGN_OR_RETURN(const Liaison liaison, liaisons_.kind().Find(session, request.liaison()));
  return tables_.planning.calendars.Named(session, liaison.calendar());
}

absl::StatusOr<google::protobuf::Timestamp> Cooperation::WorkingAfter(sql::Session& session, const Request& request, absl::Time from,
                                                                      int64_t seconds) const {
  ASSIGN_OR_RETURN(const auto calendar, CalendarOf(session, request));
  ASSIGN_OR_RETURN(const absl::Time after, calendar->arithmetic.After(from, absl::Seconds(seconds)));
  return time::ToTimestamp(after);
}

absl::StatusOr<LadderSteps> Cooperation::StepsOf(sql::Session& session, const Request& request) const {
  ASSIGN_OR_RETURN(const CooperationFormVersion version, versions_.kind().Find(session, request.form_version()));
  LadderSteps steps{{version.escalation_seconds().begin(), version.escalation_seconds().end()}, nullptr};
  ASSIGN_OR_RETURN(steps.calendar, CalendarOf(session, request));
  return steps;
}

absl::Status Cooperation::AwaitAnswer(record::Transaction& tx, Request& request) const {
  ASSIGN_OR_RETURN(const CooperationFormVersion version, versions_.kind().Find(tx.sql, request.form_version()));
  ASSIGN_OR_RETURN(*request.mutable_response_due_time(), WorkingAfter(tx.sql, request, tx.call.now, version.response_seconds()));
  return ladder_.Restart(tx.sql, request);
}

absl::Status Cooperation::AwaitDelivery(record::Transaction& tx, Request& request) const {
  ASSIGN_OR_RETURN(const CooperationFormVersion version, versions_.kind().Find(tx.sql, request.form_version()));
  ASSIGN_OR_RETURN(const google::protobuf::Timestamp due, WorkingAfter(tx.sql, request, tx.call.now, version.delivery_seconds()));
  const absl::Time agreed = EndOfDay(time::ToDay(request.agreed_date()), tables_.planning.zone);
  *request.mutable_delivery_due_time() = time::ToTimestamp(std::max(time::ToTime(due), agreed));
  *request.mutable_accept_time() = time::ToTimestamp(tx.call.now);
  return ladder_.Restart(tx.sql, request);
}

absl::Status Cooperation::AwaitRequester(record::Transaction& tx, Request& request) const {
  ASSIGN_OR_RETURN(const CooperationFormVersion version, versions_.kind().Find(tx.sql, request.form_version()));
  ASSIGN_OR_RETURN(*request.mutable_requester_due_time(), WorkingAfter(tx.sql, request, tx.call.now, version.response_seconds()));
  return ladder_.Restart(tx.sql, request);
}

absl::Status Cooperation::Create(record::Transaction& tx, Request& request) {
  status::BadFields bad;
  if (request.department() == request.requester_department()) bad.Add("cooperation_request.department", kAsksItself);
  const absl::CivilDay today = absl::ToCivilDay(tx.call.now, tables_.planning.zone);
  CheckDueDay(time::ToDay(request.needed_date()), today, "cooperation_request.needed_date", bad);
  RETURN_IF_ERROR(bad.status());
  if (!RunsMeetings(tx.call.principal) && tx.call.principal.department != request.requester_department()) {
    return status::Error(kNotYourDepartment, {{"department", request.requester_department()}});
  }
  RETURN_IF_ERROR(forms_.Find(tx.sql, request.form()).status());
  if (!request.project().empty()) RETURN_IF_ERROR(tables_.planning.projects.Find(tx.sql, request.project()).status());
  request.set_requester(tx.call.principal.name);
  request.set_state(Request::STATE_DRAFT);
  return absl::OkStatus();
}

absl::Status Cooperation::Update(record::Transaction& tx, const Request& before, Request& after) {
  RETURN_IF_ERROR(recipients_.CheckActs(tx, before.requester(), kNotYourRequest, after));
  if (before.state() != Request::STATE_DRAFT) return status::Error(kRequestSent, {{"name", before.name()}});
  if (const absl::CivilDay needed = time::ToDay(after.needed_date()); needed != time::ToDay(before.needed_date())) {
    status::BadFields bad;
    CheckDueDay(needed, absl::ToCivilDay(tx.call.now, tables_.planning.zone), "cooperation_request.needed_date", bad);
    RETURN_IF_ERROR(bad.status());
  }
  if (after.project().empty() || after.project() == before.project()) return absl::OkStatus();
  return tables_.planning.projects.Find(tx.sql, after.project()).status();
}

absl::StatusOr<CooperationRequest> Cooperation::Send(record::Transaction& tx, const v1::SendCooperationRequestRequest& request) {
  return requests_.Change(tx, request, "send", [&](const Request& before, Request& after) -> absl::Status {
    RETURN_IF_ERROR(recipients_.CheckActs(tx, before.requester(), kNotYourRequest, after));
    ASSIGN_OR_RETURN(const CooperationFormVersion version, versions_.InForce(tx.sql, tx.call.now, before.form()));
    status::BadFields bad;
    for (const std::string& answer : version.required_answers()) {
      const auto found = before.answers().find(answer);
      if (found == before.answers().end() || found->second.empty()) bad.Add("name", kFormAnswerMissing, {{"answer", answer}});
    }
    // It may have lain as a draft until its day was over.
    CheckDueDay(time::ToDay(before.needed_date()), absl::ToCivilDay(tx.call.now, tables_.planning.zone), "name", bad);
    RETURN_IF_ERROR(bad.status());
    ASSIGN_OR_RETURN(const Liaison liaison, liaisons_.SpeakerOf(tx.sql, before.department(), before.topic()));
    after.set_liaison(liaison.name());
    after.set_form_version(version.name());
    *after.mutable_send_time() = time::ToTimestamp(tx.call.now);
    return AwaitAnswer(tx, after);
  });
}

absl::Status Cooperation::Answer(record::Transaction& tx, Request& after) const {
  ASSIGN_OR_RETURN(const Liaison liaison, liaisons_.SpeakerOf(tx.sql, after.department(), after.topic()));
  if (tx.call.principal.name != liaison.employee() && tx.call.principal.name != liaison.deputy()) {
    return status::Error(kNotTheLiaison, {{"name", after.name()}});
  }
  after.set_answerer(tx.call.principal.name);
  if (after.has_answer_time()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const auto calendar, CalendarOf(tx.sql, after));
  *after.mutable_answer_time() = time::ToTimestamp(tx.call.now);
  after.set_answered_after_seconds(absl::ToInt64Seconds(calendar->arithmetic.Working(time::ToTime(after.send_time()), tx.call.now)));
  after.set_answered_in_time(tx.call.now <= time::ToTime(after.response_due_time()));
  return absl::OkStatus();
}

absl::StatusOr<CooperationRequest> Cooperation::Accept(record::Transaction& tx, const v1::AcceptCooperationRequestRequest& request) {
  return requests_.Change(tx, request, "accept", [&](const Request& before, Request& after) -> absl::Status {
    RETURN_IF_ERROR(Answer(tx, after));
    status::BadFields bad;
    if (request.has_agreed_date()) {
      CheckDueDay(time::ToDay(request.agreed_date()), absl::ToCivilDay(tx.call.now, tables_.planning.zone), "agreed_date", bad);
    }
    if (request.has_agreed_date() && time::ToDay(request.agreed_date()) > time::ToDay(before.needed_date())) {
      bad.Add("agreed_date", kLaterThanNeeded, {{"date", time::DayText(time::ToDay(before.needed_date()))}});
    }
    RETURN_IF_ERROR(bad.status());
    after.set_owner(request.owner());
    *after.mutable_agreed_date() = request.has_agreed_date() ? request.agreed_date() : before.needed_date();
    return AwaitDelivery(tx, after);
  });
}

absl::StatusOr<CooperationRequest> Cooperation::Decline(record::Transaction& tx, const v1::DeclineCooperationRequestRequest& request) {
  return requests_.Change(tx, request, "decline", [&](Request& after) -> absl::Status {
    RETURN_IF_ERROR(Answer(tx, after));
    after.set_state_reason(request.reason());
    return ladder_.SetNext(tx.sql, after);
  });
}

absl::StatusOr<CooperationRequest> Cooperation::Counter(record::Transaction& tx, const v1::CounterCooperationRequestRequest& request) {
  return requests_.Change(tx, request, "counter", [&](const Request& before, Request& after) -> absl::Status {
    RETURN_IF_ERROR(Answer(tx, after));
    status::BadFields bad;
    const bool other_day = request.has_agreed_date() && time::ToDay(request.agreed_date()) != time::ToDay(before.needed_date());
    if (!other_day && request.scope().empty()) bad.Add("scope", kCounterSaysNothing);
    if (other_day) {
      CheckDueDay(time::ToDay(request.agreed_date()), absl::ToCivilDay(tx.call.now, tables_.planning.zone), "agreed_date", bad);
    }
    RETURN_IF_ERROR(bad.status());
    after.set_owner(request.owner());
    *after.mutable_agreed_date() = request.has_agreed_date() ? request.agreed_date() : before.needed_date();
    after.set_counter_scope(request.scope());
    after.set_state_reason(request.reason());
    return AwaitRequester(tx, after);
  });
}

absl::StatusOr<CooperationRequest> Cooperation::TakeCounter(record::Transaction& tx,
                                                            const v1::TakeCounterOfCooperationRequestRequest& request) {
  return requests_.Change(tx, request, "take_counter", [&](const Request& before, Request& after) -> absl::Status {
    RETURN_IF_ERROR(recipients_.CheckActs(tx, before.requester(), kNotYourRequest, after));
    return AwaitDelivery(tx, after);
  });
}

absl::StatusOr<CooperationRequest> Cooperation::RefuseCounter(record::Transaction& tx,
                                                              const v1::RefuseCounterOfCooperationRequestRequest& request) {
  return requests_.Change(tx, request, "refuse_counter", [&](const Request& before, Request& after) -> absl::Status {
    RETURN_IF_ERROR(recipients_.CheckActs(tx, before.requester(), kNotYourRequest, after));
    after.clear_owner();
    after.clear_agreed_date();
    after.clear_counter_scope();
    after.set_state_reason(request.reason());
    return AwaitAnswer(tx, after);
  });
}

absl::StatusOr<CooperationRequest> Cooperation::Start(record::Transaction& tx, const v1::StartCooperationRequestRequest& request) {
  return requests_.Change(tx, request, "start", [&](const Request& before, Request& after) {
    return recipients_.CheckActs(tx, before.owner(), kNotTheDeliverer, after);
  });
}

absl::StatusOr<CooperationRequest> Cooperation::Deliver(record::Transaction& tx, const v1::DeliverCooperationRequestRequest& request) {
  return requests_.Change(tx, request, "deliver", [&](const Request& before, Request& after) -> absl::Status {
    RETURN_IF_ERROR(recipients_.CheckActs(tx, before.owner(), kNotTheDeliverer, after));
    ASSIGN_OR_RETURN(const auto calendar, CalendarOf(tx.sql, after));
    *after.mutable_deliver_time() = time::ToTimestamp(tx.call.now);
    after.set_delivered_after_seconds(absl::ToInt64Seconds(calendar->arithmetic.Working(time::ToTime(before.accept_time()), tx.call.now)));
    return AwaitRequester(tx, after);
  });
}

absl::StatusOr<CooperationRequest> Cooperation::Confirm(record::Transaction& tx, const v1::ConfirmCooperationRequestRequest& request) {
  return requests_.Change(tx, request, "confirm", [&](const Request& before, Request& after) -> absl::Status {
    RETURN_IF_ERROR(recipients_.CheckActs(tx, before.requester(), kNotYourRequest, after));
    *after.mutable_confirm_time() = time::ToTimestamp(tx.call.now);
    return ladder_.SetNext(tx.sql, after);
  });
}

absl::StatusOr<CooperationRequest> Cooperation::SendBack(record::Transaction& tx, const v1::SendBackCooperationRequestRequest& request) {
  return requests_.Change(tx, request, "send_back", [&](const Request& before, Request& after) -> absl::Status {
    RETURN_IF_ERROR(recipients_.CheckActs(tx, before.requester(), kNotYourRequest, after));
    after.set_state_reason(request.reason());
    return ladder_.Restart(tx.sql, after);
  });
}

absl::StatusOr<CooperationRequest> Cooperation::Withdraw(record::Transaction& tx, const v1::WithdrawCooperationRequestRequest& request) {
  return requests_.Change(tx, request, "withdraw", [&](const Request& before, Request& after) -> absl::Status {
    RETURN_IF_ERROR(recipients_.CheckActs(tx, before.requester(), kNotYourRequest, after));
    after.set_state_reason(request.reason());
    return ladder_.SetNext(tx.sql, after);
  });
}

absl::Status Cooperation::Tell(record::Transaction& tx, const Request& request, const std::string& cause, const std::string& wording,
                               const status::Phrase& phrase, const std::string& recipient) const {
  if (recipient.empty() || recipient == tx.call.principal.name) return absl::OkStatus();
  return notices_.Tell(tx, {.cause = absl::StrCat(request.name(), " ", cause, " ", request.etag()),
                            .recipient = recipient,
                            .subject = request.name(),
                            .wording = wording,
                            .phrase = phrase,
                            .args = {{"title", request.title()}, {"reason", request.state_reason()}},
                            .waits = wording != kAnsweredWording});
}

// Who is away is represented by the deputy.
absl::Status Cooperation::TellLiaison(record::Transaction& tx, const Request& request, const Liaison& liaison) const {
  RETURN_IF_ERROR(Tell(tx, request, "asked", "cooperation-asked", kRequestAsked, liaison.employee()));
  ASSIGN_OR_RETURN(const bool away, recipients_.IsAway(tx.sql, liaison.employee(), tx.call.now));
  return away ? Tell(tx, request, "asked", "cooperation-asked", kRequestAsked, liaison.deputy()) : absl::OkStatus();
}

absl::Status Cooperation::Follow(record::Transaction& tx, const Request* before, const Request* after) const {
  if (after == nullptr || before == nullptr) return absl::OkStatus();
  const bool moved = before->state() != after->state();
  if (!moved && before->owner() == after->owner() && before->requester() == after->requester()) return absl::OkStatus();
  if (moved) RETURN_IF_ERROR(notices_.End(tx, after->name(), kNoLongerAwaited));
  switch (after->state()) {
    case Request::STATE_SENT: {
      if (!moved) return absl::OkStatus();
      const absl::StatusOr<Liaison> liaison = liaisons_.SpeakerOf(tx.sql, after->department(), after->topic());
      if (liaison.ok()) return TellLiaison(tx, *after, *liaison);
      // The managers know of the gap, and who closes it gets what waits.
      return status::ReasonOf(liaison.status()) == kNoLiaison.id ? absl::OkStatus() : liaison.status();
    }
    case Request::STATE_COUNTERED:
      return Tell(tx, *after, "countered", "cooperation-countered", kRequestCountered, after->requester());
    case Request::STATE_ACCEPTED:
      RETURN_IF_ERROR(Tell(tx, *after, "answered", kAnsweredWording, kRequestAnswered, after->requester()));
      return Tell(tx, *after, "accepted", "cooperation-accepted", kRequestAccepted, after->owner());
    case Request::STATE_IN_PROGRESS: {
      const bool back = before->state() == Request::STATE_DELIVERED;
      return Tell(tx, *after, "accepted", back ? "cooperation-back" : "cooperation-accepted", back ? kRequestBack : kRequestAccepted,
                  after->owner());
    }
    case Request::STATE_DELIVERED:
      return Tell(tx, *after, "delivered", "cooperation-delivered", kRequestDelivered, after->requester());
    case Request::STATE_DECLINED:
      return Tell(tx, *after, "answered", kAnsweredWording, kRequestAnswered, after->requester());
    default:
      return absl::OkStatus();
  }
}

absl::Status Cooperation::Adopt(record::Transaction& tx, const Liaison& liaison, const std::string& ended) const {
  ASSIGN_OR_RETURN(const std::vector<Request> sent, requests_.Select(tx.sql, "WHERE department = ? AND state = 'STATE_SENT' ORDER BY name",
                                                                     sql::Bind(liaison.department())));
  for (const Request& request : sent) {
    ASSIGN_OR_RETURN(const Liaison speaker, liaisons_.SpeakerOf(tx.sql, request.department(), request.topic()));
    if (speaker.name() != liaison.name() || (!ended.empty() && request.liaison() != ended)) continue;
    ASSIGN_OR_RETURN(const Request adopted, requests_.Change(tx, record::Target(request.name()), "adopt",
                                                             [&](Request& after) { after.set_liaison(liaison.name()); }));
    RETURN_IF_ERROR(Tell(tx, adopted, absl::StrCat("asked ", liaison.etag()), "cooperation-asked", kRequestAsked, liaison.employee()));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> Cooperation::ActorOf(sql::Session& session, const Request& request) const {
  if (WaitsForRequester(request)) return request.requester();
  if (WaitsForDelivery(request)) return request.owner();
  ASSIGN_OR_RETURN(const Liaison liaison, liaisons_.kind().Find(session, request.liaison()));
  return liaison.employee();
}

absl::StatusOr<std::vector<std::string>> Cooperation::ToldAt(sql::Session& session, const Request& request, absl::Time now) const {
  ASSIGN_OR_RETURN(const std::string actor, ActorOf(session, request));
  std::vector<std::string> told{actor};
  switch (request.escalation()) {
    case 0:
      break;
    case 1: {
      if (WaitsForRequester(request)) {
        ASSIGN_OR_RETURN(const std::string deputy, recipients_.DeputyOf(session, actor, now));
        told.push_back(deputy);
        break;
      }
      ASSIGN_OR_RETURN(const Liaison liaison, liaisons_.kind().Find(session, request.liaison()));
      told.push_back(WaitsForDelivery(request) ? liaison.employee() : liaison.deputy());
      break;
    }
    case 2: {
      ASSIGN_OR_RETURN(const std::string superior, recipients_.SuperiorOf(session, actor, now));
      told.push_back(superior);
      break;
    }
    default: {
      ASSIGN_OR_RETURN(const std::vector<std::string> managers, recipients_.WithRole(session, options::v1::ROLE_OPERATIONS_MANAGER, now));
      told.insert(told.end(), managers.begin(), managers.end());
    }
  }
  return told;
}

absl::StatusOr<WorkingTogether> Cooperation::TogetherNow(sql::Session& session, absl::Time begin, absl::Time end, absl::Time now) const {
  WorkingTogether together;
  ASSIGN_OR_RETURN(together.requests, requests_.Select(session, "WHERE send_time >= ? AND send_time < ? AND send_time <= ? ORDER BY name",
                                                       sql::Bind(begin, end, now)));
  ASSIGN_OR_RETURN(together.series,
                   tables_.series.Select(session, "WHERE state = 'STATE_ACTIVE' AND kind = 'KIND_CROSS_DEPARTMENT' ORDER BY name"));
  for (const v1::MeetingSeries& one : together.series) {
    sql::Values values = record::ChildRange(one.name(), "meetings");
    values.emplace_back(now);
    ASSIGN_OR_RETURN(const std::vector<v1::Meeting> held,
                     tables_.meetings.Select(session,
                                             "WHERE name > ? AND name < ? AND state IN ('STATE_HELD', 'STATE_CLOSED') AND start_time <= ? "
                                             "ORDER BY start_time DESC LIMIT 1",
                                             values));
    if (!held.empty()) together.last_held[one.name()] = held[0];
  }
  return together;
}

absl::StatusOr<v1::ComputeCooperationResponse> Cooperation::FiguresAt(sql::Session& session, absl::CivilDay from, absl::CivilDay to,
                                                                      absl::Time as_of, bool then) const {
  const absl::TimeZone zone = tables_.planning.zone;
  const absl::Time begin = absl::FromCivil(from, zone), end = EndOfDay(to, zone);
  ASSIGN_OR_RETURN(const WorkingTogether together,
                   then ? TogetherThen(session, begin, end, as_of) : TogetherNow(session, begin, end, as_of));
  std::vector<RegularExchange> exchanges;
  for (const v1::MeetingSeries& one : together.series) {
    ASSIGN_OR_RETURN(const auto calendar, tables_.planning.calendars.Named(session, one.calendar()));
    RegularExchange exchange{one, std::nullopt, false};
    std::optional<absl::CivilDay> last;
    if (const auto held = together.last_held.find(one.name()); held != together.last_held.end()) {
      exchange.last_held = time::ToTime(held->second.start_time());
      last = time::ToDay(held->second.rule_date());
    }
    exchange.overdue = IsExchangeOverdue(one.schedule(), calendar->arithmetic, last, absl::ToCivilDay(as_of, zone));
    exchanges.push_back(std::move(exchange));
  }
  v1::ComputeCooperationResponse response;
  for (v1::CooperationFigure& figure : FiguresOf(together.requests, exchanges, as_of)) *response.add_figures() = std::move(figure);
  return response;
}

absl::StatusOr<v1::ComputeCooperationResponse> Cooperation::Compute(const rpc::Call& call, const v1::ComputeCooperationRequest& request) {
  const absl::Time as_of = request.has_as_of() ? time::ToTime(request.as_of()) : call.now;
  const absl::CivilDay today = absl::ToCivilDay(as_of, tables_.planning.zone);
  const absl::CivilDay to = request.has_end_date() ? time::ToDay(request.end_date()) : today;
  const absl::CivilDay from = request.has_start_date() ? time::ToDay(request.start_date()) : to - kUsualDays;
  status::BadFields bad;
  if (to < from) bad.Add("end_date", status::kDatesReversed, {{"start", time::DayText(from)}, {"end", time::DayText(to)}});
  if (as_of > call.now) bad.Add("as_of", kMeasuredLater, {{"date", time::DayText(today)}});
  RETURN_IF_ERROR(bad.status());
  return tables_.store.Read(call, [&](sql::Session& session) { return FiguresAt(session, from, to, as_of, request.has_as_of()); });
}

absl::Status Cooperation::AddFacts(sql::Session& session, const v1::MeetingSeries& series, absl::Time at,
                                   std::vector<AgendaFact>& facts) const {
  const absl::CivilDay day = absl::ToCivilDay(at, tables_.planning.zone);
  ASSIGN_OR_RETURN(const std::vector<Request> late,
                   requests_.Select(session,
                                    "WHERE state = 'STATE_SENT' AND response_due_time <= ? OR state IN ('STATE_ACCEPTED', "
                                    "'STATE_IN_PROGRESS') AND delivery_due_time <= ? ORDER BY name LIMIT ?",
                                    sql::Bind(at, at, kMostRequestFacts)));
  for (const Request& request : late) {
    const bool concerns = series.project().empty()
                              ? TakesPart(series, request.department()) || TakesPart(series, request.requester_department())
                              : request.project() == series.project();
    if (!concerns) continue;
    ASSIGN_OR_RETURN(const std::string actor, ActorOf(session, request));
    facts.push_back({v1::AgendaEntry::KIND_COOPERATION, request.title(), request.name(),
                     request.state() == Request::STATE_SENT ? "UNANSWERED" : "LATE", request.etag(), actor,
                     absl::ToCivilDay(*AwaitedBy(request), tables_.planning.zone)});
  }
  if (!series.project().empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const v1::ComputeCooperationResponse figures, FiguresAt(session, day - kUsualDays, day, at, false));
  for (const v1::CooperationFigure& figure : figures.figures()) {
    if (figure.exchange() != v1::CooperationFigure::EXCHANGE_OVERDUE) continue;
    if (!TakesPart(series, figure.requester_department()) && !TakesPart(series, figure.department())) continue;
    ASSIGN_OR_RETURN(const v1::MeetingSeries exchange, tables_.series.Find(session, figure.series()));
    facts.push_back(
        {v1::AgendaEntry::KIND_VARIANCE, exchange.title(), exchange.name(), "EXCHANGE_OVERDUE", exchange.etag(), exchange.chair()});
  }
  return absl::OkStatus();
}

void Cooperation::Bind(record::Methods& methods) {
  methods.Reads(forms_);
  methods.Creates(forms_);
  methods.Updates(forms_);
  versions_.Bind<v1::PublishCooperationFormVersionRequest>(methods);
  methods.Reads(requests_);
  methods.Creates(requests_, this, &Cooperation::Create);
  methods.Updates(requests_, this, &Cooperation::Update);
  methods.Bind("SendCooperationRequest", this, &Cooperation::Send);
  methods.Bind("AcceptCooperationRequest", this, &Cooperation::Accept);
  methods.Bind("DeclineCooperationRequest", this, &Cooperation::Decline);
  methods.Bind("CounterCooperationRequest", this, &Cooperation::Counter);
  methods.Bind("TakeCounterOfCooperationRequest", this, &Cooperation::TakeCounter);
  methods.Bind("RefuseCounterOfCooperationRequest", this, &Cooperation::RefuseCounter);
  methods.Bind("StartCooperationRequest", this, &Cooperation::Start);
  methods.Bind("DeliverCooperationRequest", this, &Cooperation::Deliver);
  methods.Bind("ConfirmCooperationRequest", this, &Cooperation::Confirm);
  methods.Bind("SendBackCooperationRequest", this, &Cooperation::SendBack);
  methods.Bind("WithdrawCooperationRequest", this, &Cooperation::Withdraw);
  methods.Bind("ComputeCooperation", this, &Cooperation::Compute);
}

}  // namespace heitie::planning
