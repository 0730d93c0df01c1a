#include "services/personnel/assessment/scorecard.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "services/personnel/training/enrollment.h"

namespace heitie::personnel {

const status::Reason kNotInInterview{absl::StatusCode::kFailedPrecondition, "NOT_IN_INTERVIEW",
                                     "{application} is not in the stage of interviews.", "{application} 不在面試階段。"};
const status::Reason kInterviewerAssigned{absl::StatusCode::kFailedPrecondition, "INTERVIEWER_ASSIGNED",
                                          "{interviewer} has a card for {application} already.",
                                          "{interviewer} 已有 {application} 的評量表。"};
const status::Reason kDueInThePast{absl::StatusCode::kInvalidArgument, "DUE_IN_THE_PAST", "That time is over.", "期限已過。"};
const status::Reason kNotTheInterviewer{absl::StatusCode::kPermissionDenied, "NOT_THE_INTERVIEWER",
                                        "{name} is filed by {interviewer} and nobody else.", "{name} 只能由 {interviewer} 本人提交。"};
const status::Reason kOwnCard{absl::StatusCode::kPermissionDenied, "OWN_CARD",
                              "Somebody else decides whether {name} can be done without; nobody releases an own card.",
                              "{name} 可否免交須由他人決定，不可免除自己的評量表。"};
const status::Reason kCardNotFiled{absl::StatusCode::kFailedPrecondition, "CARD_NOT_FILED", "Your own card for {application} comes first.",
                                   "請先提交您對 {application} 的評量表。"};
const status::Reason kNotAssessed{absl::StatusCode::kFailedPrecondition, "NOT_ASSESSED", "Nobody has been to interview {application} yet.",
                                  "{application} 尚未進入面試。"};

namespace {

constexpr char kFile[] = "file";

}  // namespace

const record::StateMachine& ScorecardMachine() {
  using State = v1::Scorecard;
  static const auto& machine = *new record::StateMachine(
      State::State_descriptor(),
      {{State::STATE_DUE, "file", State::STATE_FILED, "by the interviewer"},
       {State::STATE_FILED, "amend", State::STATE_SUPERSEDED, "by the interviewer; the new version is a card of its own"},
       {State::STATE_DUE, "release", State::STATE_RELEASED, "by somebody else, or the application has left the stage of interviews"},
       {State::STATE_RELEASED, "assign", State::STATE_DUE, nullptr, record::kConsequence}});
  return machine;
}

Scorecards::Scorecards(const service::Context& context, const Employees& employees, const Steps& steps, const ScorecardTemplates& templates,
                       const Handlers& handlers, const Onlookers& onlookers)
    : zone_(context.time_zone),
      employees_(employees),
      steps_(steps),
      templates_(templates),
      handlers_(handlers),
      onlookers_(onlookers),
      cards_(context.store, &ScorecardMachine()),
      applications_(context.store) {
  cards_.RestrictRows(onlookers.ForScorecards());
}

absl::StatusOr<v1::Application> Scorecards::GuardInterview(record::Transaction& tx, const std::string& name) const {
  ASSIGN_OR_RETURN(const v1::Application application, applications_.Guard(tx, name));
  if (!applications_.Sees(tx.call, application)) return status::NotFound(name);
  RETURN_IF_ERROR(handlers_.Check(tx, application.requisition()));
  if (application.state() == v1::Application::STATE_INTERVIEW) return application;
  return status::Error(kNotInInterview, {{"application", name}});
}

absl::StatusOr<v1::Scorecard> Scorecards::Assign(record::Transaction& tx, const v1::AssignInterviewerRequest& request) {
  ASSIGN_OR_RETURN(const v1::Application application, GuardInterview(tx, request.name()));
  status::BadFields bad;
  const absl::Time due = time::ToTime(request.due_time());
  if (due <= tx.call.now) bad.Add("due_time", kDueInThePast);
  RETURN_IF_ERROR(bad.status());
  const absl::CivilDay today = absl::ToCivilDay(tx.call.now, zone_);
  ASSIGN_OR_RETURN(const v1::Employee interviewer, employees_.kind().Find(tx.sql, request.interviewer()));
  if (!EmployedOn(interviewer, today)) return status::Error(kNotEmployed, {{"name", interviewer.name()}, {"date", time::DayText(today)}});
  ASSIGN_OR_RETURN(const std::vector<v1::Scorecard> own,
                   cards_.Select(tx.sql, "WHERE application = ? AND interviewer = ? ORDER BY version DESC LIMIT 1 FOR UPDATE",
                                 sql::Bind(application.name(), interviewer.name())));
  v1::Scorecard card;
  if (!own.empty()) {
    if (own[0].state() != v1::Scorecard::STATE_RELEASED) {
      return status::Error(kInterviewerAssigned, {{"interviewer", interviewer.name()}, {"application", application.name()}});
    }
    card = own[0];
    RETURN_IF_ERROR(cards_.Advance(card, "assign"));
  } else {
    card.set_name(absl::StrCat(application.name(), "/scorecards/", record::NewId(tx.call.now)));
    card.set_application(application.name());
    card.set_requisition(application.requisition());
    card.set_interviewer(interviewer.name());
    card.set_version(1);
    card.set_state(v1::Scorecard::STATE_DUE);
  }
  card.set_candidate(application.candidate());
  card.set_scorecard_template(application.scorecard_template());
  *card.mutable_due_time() = request.due_time();
  RETURN_IF_ERROR(own.empty() ? cards_.Insert(tx, card, "assign") : cards_.Update(tx, own[0], card, "assign"));
  RETURN_IF_ERROR(steps_.Open(tx, {card.name(), kFile, interviewer.name(), due}));
  onlookers_.Changing();
  return cards_.Decorated(tx.sql, card);
}

absl::StatusOr<v1::Scorecard> Scorecards::Release(record::Transaction& tx, const v1::ReleaseScorecardRequest& request) {
  // The application first, as whoever moves it does.
  RETURN_IF_ERROR(applications_.Guard(tx, record::ParentOf(request.name())).status());
  ASSIGN_OR_RETURN(record::Step<v1::Scorecard> step, cards_.Begin(tx, request, "release"));
  if (step.before.interviewer() == tx.call.principal.name) return status::Error(kOwnCard, {{"name", step.before.name()}});
  RETURN_IF_ERROR(handlers_.Check(tx, step.before.requisition()));
  RETURN_IF_ERROR(steps_.Done(tx, step.before.name(), kFile));
  onlookers_.Changing();
  return cards_.Finish(tx, step);
}

absl::Status Scorecards::ReleaseDue(record::Transaction& tx, const std::string& application) const {
  ASSIGN_OR_RETURN(const std::vector<v1::Scorecard> due,
                   cards_.Select(tx.sql, "WHERE application = ? AND state = 'STATE_DUE' ORDER BY name FOR UPDATE", sql::Bind(application)));
  for (const v1::Scorecard& before : due) {
    v1::Scorecard after = before;
    RETURN_IF_ERROR(cards_.Advance(after, "release"));
    RETURN_IF_ERROR(cards_.Update(tx, before, after, "release"));
    RETURN_IF_ERROR(steps_.Done(tx, before.name(), kFile));
  }
  if (!due.empty()) onlookers_.Changing();
  return absl::OkStatus();
}

absl::Status Scorecards::CheckFiling(record::Transaction& tx, const v1::Application& application, const v1::Scorecard& card,
                                     const google::protobuf::RepeatedPtrField<v1::Rating>& ratings) const {
  if (card.interviewer() != tx.call.principal.name) {
    return status::Error(kNotTheInterviewer, {{"name", card.name()}, {"interviewer", card.interviewer()}});
  }
  if (application.state() != v1::Application::STATE_INTERVIEW) return status::Error(kNotInInterview, {{"application", application.name()}});
  ASSIGN_OR_RETURN(const v1::ScorecardTemplate by, templates_.versions().kind().Find(tx.sql, card.scorecard_template()));
  return CheckRatings(by, ratings);
}

absl::StatusOr<v1::Scorecard> Scorecards::File(record::Transaction& tx, const v1::FileScorecardRequest& request) {
  ASSIGN_OR_RETURN(const v1::Application application, applications_.Guard(tx, record::ParentOf(request.name())));
  ASSIGN_OR_RETURN(record::Step<v1::Scorecard> step, cards_.Begin(tx, request, "file"));
  RETURN_IF_ERROR(CheckFiling(tx, application, step.before, request.ratings()));
  *step.after.mutable_ratings() = request.ratings();
  step.after.set_remarks(request.remarks());
  *step.after.mutable_file_time() = time::ToTimestamp(tx.call.now);
  RETURN_IF_ERROR(steps_.Done(tx, step.before.name(), kFile));
  onlookers_.Changing();
  return cards_.Finish(tx, step);
}

absl::StatusOr<v1::Scorecard> Scorecards::Amend(record::Transaction& tx, const v1::AmendScorecardRequest& request) {
  ASSIGN_OR_RETURN(const v1::Application application, applications_.Guard(tx, record::ParentOf(request.name())));
  ASSIGN_OR_RETURN(record::Step<v1::Scorecard> step, cards_.Begin(tx, request, "amend"));
  RETURN_IF_ERROR(CheckFiling(tx, application, step.before, request.ratings()));
  RETURN_IF_ERROR(cards_.Finish(tx, step).status());
  v1::Scorecard card = step.before;
  card.set_name(absl::StrCat(card.application(), "/scorecards/", record::NewId(tx.call.now)));
  card.set_version(card.version() + 1);
  *card.mutable_ratings() = request.ratings();
  card.set_remarks(request.remarks());
  card.set_amend_reason(request.reason());
  *card.mutable_file_time() = time::ToTimestamp(tx.call.now);
  RETURN_IF_ERROR(cards_.Insert(tx, card, "file"));
  return cards_.Decorated(tx.sql, card);
}

absl::Status Scorecards::CheckFiled(const rpc::Call& call, sql::Session& session, const std::string& application) const {
  ASSIGN_OR_RETURN(const std::vector<v1::Scorecard> due,
                   cards_.Select(session, "WHERE application = ? AND interviewer = ? AND state = 'STATE_DUE' LIMIT 1",
                                 sql::Bind(application, call.principal.name)));
  return due.empty() ? absl::OkStatus() : status::Error(kCardNotFiled, {{"application", application}});
}

absl::StatusOr<bool> Scorecards::HasFiled(const rpc::Call& call, sql::Session& session, const std::string& application) const {
  ASSIGN_OR_RETURN(const std::vector<v1::Scorecard> filed,
                   cards_.Select(session, "WHERE application = ? AND interviewer = ? AND state = 'STATE_FILED' LIMIT 1",
                                 sql::Bind(application, call.principal.name)));
  return !filed.empty();
}

absl::StatusOr<v1::ComputeAssessmentResponse> Scorecards::AssessmentOf(sql::Session& session, const v1::Application& application,
                                                                       v1::ScorecardTemplate* by) const {
  if (application.scorecard_template().empty()) return status::Error(kNotAssessed, {{"application", application.name()}});
  ASSIGN_OR_RETURN(*by, templates_.versions().kind().Find(session, application.scorecard_template()));
  ASSIGN_OR_RETURN(const std::vector<v1::Scorecard> cards, cards_.Children(session, application.name()));
  return Assess(*by, cards, application.waivers());
}

void Scorecards::Bind(record::Methods& methods) {
  methods.Reads(cards_);
  methods.Bind("AssignInterviewer", this, &Scorecards::Assign);
  methods.Bind("ReleaseScorecard", this, &Scorecards::Release);
  methods.Bind("FileScorecard", this, &Scorecards::File);
  methods.Bind("AmendScorecard", this, &Scorecards::Amend);
}

}  // namespace heitie::personnel
