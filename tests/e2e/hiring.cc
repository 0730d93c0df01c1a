#include "tests/e2e/hiring.h"

#include <stdexcept>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/substitute.h"
#include "absl/time/clock.h"
#include "heitie/personnel/v1/application.pb.h"
#include "heitie/personnel/v1/scorecard.pb.h"
#include "tests/e2e/world.h"

namespace heitie::e2e {
namespace {

std::string Tomorrow() { return Instant(absl::Now() + absl::Hours(24)); }

}  // namespace

Hiring::Hiring(const Team& team, Asker asker, const std::string& id, int places, int64_t money_minor)
    : team_(team),
      asker_(std::move(asker)),
      position_("positions/" + id),
      budget_("budgets/" + id),
      interviewer_(absl::StrCat("employees/", id, "-interviewer")),
      interviews_(team.specialist.As(Suite::Get().Token(absl::StrCat("--role SPECIALIST --name ", interviewer_)))) {
  const absl::CivilMonth month(Today());
  Must(team_.manager, "personnel.CreatePosition",
       absl::Substitute("position_id: '$0' position { title: 'Host' responsibilities: 'Hosts.' roles: ROLE_OPERATIONS_SPECIALIST }", id));
  Must(team_.manager, "personnel.CreatePosition",
       absl::Substitute("position_id: '$0-panel' position { title: 'Panel' responsibilities: 'Interviews.' }", id));
  Must(team_.manager, "personnel.CreateEmployee",
       absl::Substitute("employee_id: '$0-interviewer' employee { display_name: 'Ho' position: '$1-panel' department: 'operations' "
                        "hire_date $2 }",
                        id, position_, Date(Today() - 300)));
  Must(team_.manager, "personnel.CreatePayBand",
       absl::Substitute("parent: '$0' pay_band_id: 'first' pay_band { reason: 'First' lowest_minor: 1 highest_minor: 9 currency_code: "
                        "'TWD' }",
                        position_));
  Must(team_.manager, "personnel.PublishPayBand", absl::Substitute("name: '$0/payBands/first'", position_));
  Must(team_.manager, "personnel.CreateScorecardTemplate",
       absl::Substitute("parent: '$0' scorecard_template_id: 'first' scorecard_template { reason: 'First' criteria { criterion: 'voice' "
                        "title: 'Voice' weight: 10000 levels: 'Low' levels: 'High' } }",
                        position_));
  Must(team_.manager, "personnel.PublishScorecardTemplate", absl::Substitute("name: '$0/scorecardTemplates/first'", position_));
  Must(team_.specialist, "personnel.CreateHeadcountPlan",
       absl::Substitute("headcount_plan_id: '$0' headcount_plan { position: '$1' department: 'operations' }", id, position_));
  Must(team_.specialist, "personnel.CreateHeadcountPlanVersion",
       absl::Substitute("parent: 'headcountPlans/$0' headcount_plan_version_id: 'first' headcount_plan_version { reason: 'First' months { "
                        "month $1 planned: $2 } }",
                        id, Date(absl::CivilDay(month)), places));
  const std::string version = absl::Substitute("name: 'headcountPlans/$0/versions/first'", id);
  Must(team_.specialist, "personnel.SubmitHeadcountPlanVersion", version);
  Must(team_.manager, "personnel.ApproveHeadcountPlanVersion", version);
  Must(
      team_.specialist, "resource.CreateBudget",
      absl::Substitute("budget_id: '$0' budget { display_name: 'People' cost_center: 'operations' start_date $1 end_date $2 currency_code: "
                       "'TWD' requested_minor: $3 }",
                       id, Date(absl::CivilDay(month - 1)), Date(absl::CivilDay(month + 3)), money_minor));
  Must(team_.manager, "resource.ApproveBudget", absl::Substitute("name: '$0'", budget_));
}

absl::StatusOr<personnel::v1::Requisition> Hiring::Request(int seats, int64_t seat_amount_minor) const {
  return Ask<personnel::v1::Requisition>(
      asker_, team_.specialist, "personnel.CreateRequisition",
      absl::Substitute("requisition { position: '$0' department: 'operations' seats: $1 requirements: 'Speaks well' ground: GROUND_GAP "
                       "reason: 'Nobody hosts' need_date $2 budget: '$3' seat_amount_minor: $4 expire_time $5 }",
                       position_, seats, Date(Today()), budget_, seat_amount_minor, Tomorrow()));
}

absl::Status Hiring::Approve(const std::string& requisition) const {
  return Do(team_.manager, "personnel.ApproveRequisition", absl::Substitute("name: '$0'", requisition));
}

absl::Status Hiring::Reject(const std::string& requisition) const {
  return Do(team_.manager, "personnel.RejectRequisition", absl::Substitute("name: '$0' reason: 'No place'", requisition));
}

absl::Status Hiring::Cancel(const std::string& requisition) const {
  return Do(team_.specialist, "personnel.CancelRequisition", absl::Substitute("name: '$0' reason: 'Enough'", requisition));
}

absl::StatusOr<std::string> Hiring::Apply(const std::string& requisition, const std::string& person) const {
  const auto received = Ask<personnel::v1::Application>(
      asker_, team_.manager, "personnel.ReceiveApplication",
      absl::Substitute("application { requisition: '$0' channel: 'recruitmentChannels/job-board' } applicant { display_name: '$1' email: "
                       "'$1@example.com' }",
                       requisition, person));
  if (!received.ok()) return received.status();
  const std::string name = absl::Substitute("name: '$0'", received->name());
  for (int stage = 0; stage < 2; ++stage) {
    if (const absl::Status advanced = Do(team_.manager, "personnel.AdvanceApplication", name); !advanced.ok()) return advanced;
  }
  const auto card = Ask<personnel::v1::Scorecard>(asker_, team_.manager, "personnel.AssignInterviewer",
                                                  absl::Substitute("$0 interviewer: '$1' due_time $2", name, interviewer_, Tomorrow()));
  if (!card.ok()) return card.status();
  const absl::Status filed =
      Do(interviews_, "personnel.FileScorecard", absl::Substitute("name: '$0' ratings { criterion: 'voice' level: 2 }", card->name()));
  if (!filed.ok()) return filed;
  return received->name();
}

absl::StatusOr<personnel::v1::Offer> Hiring::Offer(const std::string& application, const std::string& start_date) const {
  const auto drafted = Ask<personnel::v1::Offer>(
      asker_, team_.specialist, "personnel.CreateOffer",
      absl::Substitute("offer { application: '$0' start_date $1 pay_minor: 5 expire_time $2 }", application, start_date, Tomorrow()));
  if (!drafted.ok()) return drafted.status();
  return Ask<personnel::v1::Offer>(asker_, team_.manager, "personnel.ApproveOffer", absl::Substitute("name: '$0'", drafted->name()));
}

absl::Status Hiring::Extend(const std::string& offer) const {
  return Do(team_.specialist, "personnel.ExtendOffer", absl::Substitute("name: '$0'", offer));
}

absl::Status Hiring::Accept(const std::string& offer) const {
  return Do(team_.specialist, "personnel.AcceptOffer", absl::Substitute("name: '$0'", offer));
}

absl::Status Hiring::Decline(const std::string& offer) const {
  return Do(team_.specialist, "personnel.DeclineOffer", absl::Substitute("name: '$0' reason: 'Too far'", offer));
}

absl::StatusOr<personnel::v1::Offer> Hiring::Start(const std::string& offer) const {
  return Ask<personnel::v1::Offer>(asker_, team_.specialist, "personnel.StartEmployment", absl::Substitute("name: '$0'", offer));
}

absl::Status Hiring::Do(const Person& who, const std::string& method, const std::string& request) const {
  return Put(asker_, who, method, request);
}

void Hiring::Must(const Person& who, const std::string& method, const std::string& request) const {
  if (const absl::Status status = Do(who, method, request); !status.ok())
    throw std::runtime_error(absl::StrCat(method, ": ", status.ToString()));
}

}  // namespace heitie::e2e
