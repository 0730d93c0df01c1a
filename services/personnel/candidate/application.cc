#include "services/personnel/candidate/application.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "services/personnel/candidate/application_import.h"

namespace heitie::personnel {

const status::Reason kAppliedLater{absl::StatusCode::kInvalidArgument, "APPLIED_LATER",
                                   "Nobody has applied on {date} yet: that day is ahead.", "應徵日期 {date} 尚未到。"};
const status::Reason kRequisitionNotOpen{absl::StatusCode::kFailedPrecondition, "REQUISITION_NOT_OPEN",
                                         "{requisition} takes no applications at present.", "{requisition} 目前不收應徵。"};
const status::Reason kNotBack{absl::StatusCode::kInvalidArgument, "NOT_BACK",
                              "{application} can only go back to screening or its beginning, from a later stage.",
                              "{application} 只能退回目前階段之前的初始或篩選階段。"};

namespace {

using State = v1::Application;

// Whose the id of a channel is: of the application that is there, or of `fresh` from now on. Of two deliveries at the same moment the
// second waits for the first.
absl::StatusOr<std::string> ClaimDelivery(sql::Session& session, const v1::Application& application, const std::string& fresh) {
  std::string owner;
  const sql::Values key = sql::Bind(application.channel(), application.external_id());
  RETURN_IF_ERROR(session
                      .Execute("INSERT INTO application_deliveries (channel, external_id, application) VALUES (?, ?, ?) "
                               "ON DUPLICATE KEY UPDATE channel = channel",
                               sql::Bind(application.channel(), application.external_id(), fresh))
                      .status());
  RETURN_IF_ERROR(session.Query("SELECT application FROM application_deliveries WHERE channel = ? AND external_id = ? FOR UPDATE", key,
                                [&](const sql::Row& row) { owner = row.Text(0); }));
  return owner;
}

}  // namespace

Applications::Applications(const service::Context& context, const RequisitionBook& book, const OfferBook& offers,
                           const Candidates& candidates, const RejectionReasons& reasons, const ScorecardTemplates& templates,
                           const Scorecards& scorecards, const Handlers& handlers, const Onlookers& onlookers)
    : store_(context.store),
      zone_(context.time_zone),
      book_(book),
      offers_(offers),
      candidates_(candidates),
      reasons_(reasons),
      templates_(templates),
      scorecards_(scorecards),
      handlers_(handlers),
      onlookers_(onlookers),
      applications_(context.store, &ApplicationMachine()) {
  applications_.RestrictRows(onlookers.ForApplications());
  applications_.SetFollow([this](record::Transaction& tx, const v1::Application* before, const v1::Application* after) {
    const bool was = before != nullptr && IsLive(before->state()), is = IsLive(after->state());
    return was == is ? absl::OkStatus() : candidates_.PurposeChanged(tx, after->candidate());
  });
}

absl::StatusOr<RequisitionFacts> Applications::GuardRequisition(record::Transaction& tx, const std::string& requisition,
                                                                const std::string& channel) const {
  ASSIGN_OR_RETURN(RequisitionFacts facts, book_.Guard(tx, requisition));
  RETURN_IF_ERROR(handlers_.Check(tx.call, facts));
  RETURN_IF_ERROR(book_.CheckChannel(tx.sql, channel));
  return facts;
}

absl::StatusOr<Applications::Taken> Applications::Take(record::Transaction& tx, const RequisitionFacts& requisition,
                                                       v1::Application application, const v1::Applicant& applicant,
                                                       const Contacts& contacts) const {
  application.set_name(absl::StrCat("applications/", record::NewId(tx.call.now)));
  if (!application.external_id().empty()) {
    ASSIGN_OR_RETURN(const std::string first, ClaimDelivery(tx.sql, application, application.name()));
    if (first != application.name()) {
      ASSIGN_OR_RETURN(v1::Application found, applications_.Find(tx.sql, first));
      return Taken{std::move(found), true};
    }
  }
  if (!requisition.takes_applications) return status::Error(kRequisitionNotOpen, {{"requisition", requisition.name}});
  ASSIGN_OR_RETURN(const std::string candidate, candidates_.Recognize(tx, applicant, contacts));
  application.set_candidate(candidate);
  application.set_position(requisition.position);
  application.set_state(State::STATE_APPLIED);
  NoteStages(application, "receive", tx.call.now, tx.call.principal.name);
  RETURN_IF_ERROR(applications_.Insert(tx, application, "receive"));
  onlookers_.Changing();
  return Taken{std::move(application), false};
}

absl::StatusOr<v1::Application> Applications::Receive(record::Transaction& tx, const v1::ReceiveApplicationRequest& request) {
  v1::Application application;
  application.set_requisition(request.application().requisition());
  application.set_channel(request.application().channel());
  application.set_external_id(request.application().external_id());
  const absl::CivilDay today = absl::ToCivilDay(tx.call.now, zone_);
  const absl::CivilDay day = request.application().has_apply_date() ? time::ToDay(request.application().apply_date()) : today;
  *application.mutable_apply_date() = time::ToDate(day);
  status::BadFields bad;
  if (day > today) bad.Add("application.apply_date", kAppliedLater, {{"date", time::DayText(day)}});
  ASSIGN_OR_RETURN(const std::string region, candidates_.PhoneRegion(tx));
  const Contacts contacts = candidates_.ContactsOf(request.applicant(), region);
  AddFaults(contacts, "applicant.", bad);
  RETURN_IF_ERROR(bad.status());
  ASSIGN_OR_RETURN(const RequisitionFacts requisition, GuardRequisition(tx, application.requisition(), application.channel()));
  ASSIGN_OR_RETURN(const Taken taken, Take(tx, requisition, application, request.applicant(), contacts));
  return applications_.Decorated(tx.sql, taken.application);
}

absl::StatusOr<v1::ImportApplicationsResponse> Applications::Import(record::Transaction& tx, const v1::ImportApplicationsRequest& request) {
  const absl::CivilDay today = absl::ToCivilDay(tx.call.now, zone_);
  ASSIGN_OR_RETURN(const ImportList list, ReadImport(request.content(), request.phone_region(), today, tx.call.language));
  ASSIGN_OR_RETURN(const RequisitionFacts requisition, GuardRequisition(tx, request.requisition(), request.channel()));
  ASSIGN_OR_RETURN(const std::string region, candidates_.PhoneRegion(tx));
  std::vector<v1::ImportDefect> defects = list.defects;
  v1::ImportApplicationsResponse response;
  for (const ImportLine& line : list.lines) {
    const Contacts contacts = candidates_.ContactsOf(line.applicant, region);
    for (const Fault& fault : contacts.faults) defects.push_back(DefectOf(line, fault, tx.call.language));
    if (!contacts.faults.empty()) continue;
    v1::Application application;
    application.set_requisition(request.requisition());
    application.set_channel(request.channel());
    application.set_external_id(line.external_id);
    *application.mutable_apply_date() = time::ToDate(line.applied);
    ASSIGN_OR_RETURN(const Taken taken, Take(tx, requisition, application, line.applicant, contacts));
    v1::ImportedRow& row = *response.add_rows();
    row.set_line(line.line);
    row.set_application(taken.application.name());
    row.set_known(taken.known);
  }
  std::stable_sort(defects.begin(), defects.end(), [](const v1::ImportDefect& a, const v1::ImportDefect& b) {
    return std::pair(a.line(), a.column()) < std::pair(b.line(), b.column());
  });
  for (v1::ImportDefect& defect : defects) *response.add_defects() = std::move(defect);
  return response;
}

template <typename Req>
absl::StatusOr<record::Step<v1::Application>> Applications::Begin(record::Transaction& tx, const Req& request) const {
  ASSIGN_OR_RETURN(record::Step<v1::Application> step, applications_.Begin(tx, request));
  RETURN_IF_ERROR(handlers_.Check(tx, step.before.requisition()));
  return step;
}

absl::Status Applications::Move(record::Transaction& tx, record::Step<v1::Application>& step, const char* verb) const {
  step.verb = verb;
  RETURN_IF_ERROR(applications_.Advance(step.after, verb));
  NoteStages(step.after, verb, tx.call.now, tx.call.principal.name);
  if (!IsLive(step.after.state())) *step.after.mutable_end_time() = time::ToTimestamp(tx.call.now);
  const bool interviewed = step.before.state() == State::STATE_INTERVIEW && step.after.state() != State::STATE_INTERVIEW;
  return interviewed ? scorecards_.ReleaseDue(tx, step.before.name()) : absl::OkStatus();
}

absl::StatusOr<v1::Application> Applications::AdvanceOne(record::Transaction& tx, const v1::AdvanceApplicationRequest& request) {
  ASSIGN_OR_RETURN(record::Step<v1::Application> step, Begin(tx, request));
  RETURN_IF_ERROR(Move(tx, step, step.before.state() == State::STATE_APPLIED ? "screen" : "interview"));
  if (step.after.state() == State::STATE_INTERVIEW && step.after.scorecard_template().empty()) {
    ASSIGN_OR_RETURN(const v1::ScorecardTemplate by, templates_.versions().InForce(tx.sql, tx.call.now, step.after.position()));
    step.after.set_scorecard_template(by.name());
  }
  return applications_.Finish(tx, step);
}

absl::StatusOr<v1::Application> Applications::Return(record::Transaction& tx, const v1::ReturnApplicationRequest& request) {
  ASSIGN_OR_RETURN(record::Step<v1::Application> step, Begin(tx, request));
  const bool known = request.stage() == v1::STAGE_APPLIED || request.stage() == v1::STAGE_SCREENING;
  // Where it has ended, the machine says so.
  const bool back = !IsLive(step.before.state()) || static_cast<int>(request.stage()) < static_cast<int>(step.before.state());
  if (!known || !back) {
    status::BadFields bad;
    bad.Add("stage", kNotBack, {{"application", step.before.name()}});
    return bad.status();
  }
  RETURN_IF_ERROR(Move(tx, step, request.stage() == v1::STAGE_APPLIED ? "return_to_applied" : "return_to_screening"));
  step.after.set_return_reason(request.reason());
  return applications_.Finish(tx, step);
}

template <typename Req>
absl::StatusOr<v1::Application> Applications::End(record::Transaction& tx, const Req& request, const char* verb,
                                                  v1::RejectionReason::Side side) const {
  ASSIGN_OR_RETURN(const v1::RejectionReason reason, reasons_.FindFor(tx.sql, request.reason(), side));
  // Before the application is locked, as whoever makes an offer locks the two; what is refused below undoes it.
  RETURN_IF_ERROR(offers_.Withdraw(tx, request.name(), reason.title()));
  ASSIGN_OR_RETURN(record::Step<v1::Application> step, Begin(tx, request));
  RETURN_IF_ERROR(Move(tx, step, verb));
  step.after.set_end_reason(request.reason());
  step.after.set_end_remarks(request.remarks());
  return applications_.Finish(tx, step);
}

absl::StatusOr<v1::Application> Applications::Reject(record::Transaction& tx, const v1::RejectApplicationRequest& request) {
  return End(tx, request, "reject", v1::RejectionReason::SIDE_COMPANY);
}

absl::StatusOr<v1::Application> Applications::Withdraw(record::Transaction& tx, const v1::WithdrawApplicationRequest& request) {
  return End(tx, request, "withdraw", v1::RejectionReason::SIDE_PERSON);
}

absl::Status Applications::CheckOffer(record::Transaction& tx, const v1::Application& application) const {
  // First of all: the refusal below tells what others have filed.
  RETURN_IF_ERROR(scorecards_.CheckFiled(tx.call, tx.sql, application.name()));
  v1::ScorecardTemplate by;
  ASSIGN_OR_RETURN(const v1::ComputeAssessmentResponse assessment, scorecards_.AssessmentOf(tx.sql, application, &by));
  return CheckDecidable(by, assessment, application.name());
}

absl::Status Applications::Advance(record::Transaction& tx, const std::string& application, const char* verb) const {
  ASSIGN_OR_RETURN(const v1::Application before, applications_.Lock(tx, application));
  record::Step<v1::Application> step{before, before, verb};
  const bool offers = std::string(verb) == "make_offer";
  if (offers && before.state() == State::STATE_INTERVIEW) RETURN_IF_ERROR(CheckOffer(tx, before));
  RETURN_IF_ERROR(Move(tx, step, verb));
  return applications_.Finish(tx, step).status();
}

absl::Status Applications::CloseAll(record::Transaction& tx, const std::string& requisition, bool filled,
                                    const std::set<std::string>& except) const {
  ASSIGN_OR_RETURN(const std::vector<v1::Application> applications,
                   applications_.Select(tx.sql, "WHERE requisition = ? ORDER BY name FOR UPDATE", sql::Bind(requisition)));
  for (const v1::Application& application : applications) {
    if (!IsLive(application.state()) || except.count(application.name()) > 0) continue;
    record::Step<v1::Application> step{application, application, nullptr};
    RETURN_IF_ERROR(Move(tx, step, "close"));
    step.after.set_end_reason(filled ? kRequisitionFilled : kRequisitionCancelled);
    RETURN_IF_ERROR(applications_.Finish(tx, step).status());
  }
  return absl::OkStatus();
}

absl::StatusOr<v1::Application> Applications::Waive(record::Transaction& tx, const v1::WaiveCriterionRequest& request) {
  ASSIGN_OR_RETURN(record::Step<v1::Application> step, Begin(tx, request));
  step.verb = "waive_criterion";
  if (step.before.state() != State::STATE_INTERVIEW) return status::Error(kNotInInterview, {{"application", step.before.name()}});
  ASSIGN_OR_RETURN(const v1::ScorecardTemplate by, templates_.versions().kind().Find(tx.sql, step.before.scorecard_template()));
  const auto named = [&](const auto& one) { return one.criterion() == request.criterion(); };
  if (std::none_of(by.criteria().begin(), by.criteria().end(), named)) {
    status::BadFields bad;
    bad.Add("criterion", kUnknownCriterion, {{"criterion", request.criterion()}});
    return bad.status();
  }
  // Waived once more, the later reason counts.
  auto& waivers = *step.after.mutable_waivers();
  waivers.erase(std::remove_if(waivers.begin(), waivers.end(), named), waivers.end());
  v1::CriterionWaiver& waiver = *waivers.Add();
  waiver.set_criterion(request.criterion());
  waiver.set_reason(request.reason());
  waiver.set_waiver(tx.call.principal.name);
  *waiver.mutable_time() = time::ToTimestamp(tx.call.now);
  return applications_.Finish(tx, step);
}

absl::StatusOr<v1::ComputeAssessmentResponse> Applications::ComputeAssessment(const rpc::Call& call,
                                                                              const v1::ComputeAssessmentRequest& request) {
  ASSIGN_OR_RETURN(const v1::Application application, applications_.Get(call, request.name()));
  return store_.Read(call, [&](sql::Session& session) -> absl::StatusOr<v1::ComputeAssessmentResponse> {
    RETURN_IF_ERROR(scorecards_.CheckFiled(call, session, application.name()));
    ASSIGN_OR_RETURN(const bool filed, scorecards_.HasFiled(call, session, application.name()));
    if (!filed) {
      ASSIGN_OR_RETURN(const RequisitionFacts requisition, book_.Find(session, application.requisition()));
      RETURN_IF_ERROR(handlers_.Check(call, requisition));
    }
    v1::ScorecardTemplate by;
    return scorecards_.AssessmentOf(session, application, &by);
  });
}

void Applications::Bind(record::Methods& methods) {
  methods.Reads(applications_);
  methods.Bind("ReceiveApplication", this, &Applications::Receive);
  methods.Bind("ImportApplications", this, &Applications::Import);
  methods.Bind("AdvanceApplication", this, &Applications::AdvanceOne);
  methods.Bind("ReturnApplication", this, &Applications::Return);
  methods.Bind("RejectApplication", this, &Applications::Reject);
  methods.Bind("WithdrawApplication", this, &Applications::Withdraw);
  methods.Bind("WaiveCriterion", this, &Applications::Waive);
  methods.Bind("ComputeAssessment", this, &Applications::ComputeAssessment);
}

}  // namespace heitie::personnel
