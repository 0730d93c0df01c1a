#include "services/risk/treatment/avoidance_preview.h"

#include <algorithm>
#include <map>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/client/own_call.h"
#include "common/status/macros.h"
#include "common/time/instant.h"
#include "heitie/resource/v1/material_service.methods.h"
#include "heitie/resource/v1/money_service.methods.h"
#include "heitie/resource/v1/people_service.methods.h"
#include "heitie/resource/v1/purchase_order.pb.h"
#include "heitie/resource/v1/purchase_service.methods.h"
#include "heitie/resource/v1/staff_demand.pb.h"
#include "services/risk/register/restriction.h"
#include "services/risk/treatment/treatment.h"

namespace heitie::risk {

using activity::v1::Activity;
using planning::v1::Project;
using resource::v1::Encumbrance;
using resource::v1::Reservation;
using resource::v1::StaffDemand;
using resource::v1::SubjectOrder;
using v1::AvoidancePreview;

namespace {

// So many subjects fit into a filter, with names of at most 80 characters.
constexpr size_t kAskedTogether = 8;
// So many subjects a question for orders takes.
constexpr size_t kSubjectsOfOrders = 100;

void AddActivity(const Activity& activity, AvoidancePreview& preview) {
  AvoidancePreview::Subject& subject = *preview.add_subjects();
  subject.set_subject(activity.name());
  subject.set_title(activity.title());
  subject.set_state(Activity::State_Name(activity.state()));
  subject.set_owner(activity.owner());
  subject.set_falls(SubjectOf(activity, {}).open);
  if (!subject.falls()) return;
  for (const activity::v1::StaffAssignment& one : activity.staff()) subject.add_people(one.employee());
}

const auto& RowsOf(const resource::v1::ListReservationsResponse& response) { return response.reservations(); }
const auto& RowsOf(const resource::v1::ListEncumbrancesResponse& response) { return response.encumbrances(); }
const auto& RowsOf(const resource::v1::ListStaffDemandsResponse& response) { return response.staff_demands(); }

// Each row of what one method lists under a filter, page by page.
template <typename Request, typename Response, typename Each>
absl::Status ForEachListed(const service::Context& context, const rpc::Call& call, const client::Method<Request, Response>& method,
                           const std::string& filter, const Each& each) {
  Request request;
  request.set_filter(filter);
  request.set_page_size(1000);
  do {
    ASSIGN_OR_RETURN(const Response response, context.Call(call, method, request));
    for (const auto& row : RowsOf(response)) each(row);
    request.set_page_token(response.next_page_token());
  } while (!request.page_token().empty());
  return absl::OkStatus();
}

}  // namespace

void AddStock(const Reservation& reservation, AvoidancePreview& preview) {
  const bool held = reservation.state() == Reservation::STATE_HELD || reservation.state() == Reservation::STATE_CONFIRMED;
  for (const Reservation::Line& line : reservation.lines()) {
    const int64_t freed = held ? line.quantity() - line.issued_quantity() - line.released_quantity() : 0;
    const int64_t out = line.issued_quantity() - line.returned_quantity();
    if (freed <= 0 && out <= 0) continue;
    AvoidancePreview::Stock& stock = *preview.add_stocks();
    stock.set_subject(reservation.subject());
    stock.set_item(line.item());
    stock.set_freed_quantity(std::max<int64_t>(freed, 0));
    stock.set_issued_quantity(std::max<int64_t>(out, 0));
  }
}

void AddMoney(const Encumbrance& encumbrance, AvoidancePreview& preview) {
  const bool held = encumbrance.state() == Encumbrance::STATE_PRE_COMMITTED || encumbrance.state() == Encumbrance::STATE_COMMITTED;
  const int64_t freed = held ? encumbrance.pre_committed_minor() + encumbrance.committed_minor() : 0;
  if (freed == 0 && encumbrance.actual_minor() == 0) return;
  AvoidancePreview::Money& money = *preview.add_money();
  money.set_subject(encumbrance.subject());
  money.set_budget(encumbrance.budget());
  money.set_freed_minor(freed);
  money.set_actual_minor(encumbrance.actual_minor());
  money.set_currency_code(encumbrance.currency_code());
  money.set_paper(encumbrance.paper());
}

void AddOrder(const SubjectOrder& order, AvoidancePreview& preview) {
  if (order.open_quantity() == 0 && order.accepted_quantity() == 0) return;
  AvoidancePreview::Order& told = *preview.add_orders();
  told.set_subject(order.subject());
  told.set_purchase_order(order.purchase_order());
  told.set_item(order.item());
  told.set_supplier(order.supplier());
  told.set_state(resource::v1::PurchaseOrder::State_Name(order.state()));
  told.set_open_quantity(order.open_quantity());
  told.set_accepted_quantity(order.accepted_quantity());
  *told.mutable_expected_date() = order.expected_date();
}

AvoidancePreviews::AvoidancePreviews(const service::Context& context, const record::Kind<v1::Risk>& risks, const Subjects& subjects)
    : context_(context), risks_(risks), subjects_(subjects) {
  context.client("resource");  // A target that is not configured stops the process now, not at the first question.
}

absl::Status AvoidancePreviews::AddSubjects(sql::Session& session, const std::vector<std::string>& names, AvoidancePreview& preview) const {
  std::set<std::string> added;
  const auto add = [&](const Activity& activity) {
    if (added.insert(activity.name()).second) AddActivity(activity, preview);
  };
  for (const std::string& name : names) {
    if (absl::StartsWith(name, "activities/")) {
      const absl::StatusOr<Activity> activity = subjects_.FindActivity(session, name);
      if (!activity.ok() && !absl::IsNotFound(activity.status())) return activity.status();
      if (activity.ok()) {
        add(*activity);
        continue;
      }
    }
    AvoidancePreview::Subject subject;
    subject.set_subject(name);
    if (absl::StartsWith(name, "projects/")) {
      const absl::StatusOr<Project> project = subjects_.FindProject(session, name);
      if (!project.ok() && !absl::IsNotFound(project.status())) return project.status();
      if (project.ok()) {
        subject.set_title(project->title());
        subject.set_state(Project::State_Name(project->state()));
        subject.set_owner(project->owner());
        subject.set_falls(SubjectOf(*project, {}, absl::UTCTimeZone()).open);
      }
      ASSIGN_OR_RETURN(const std::vector<Activity> activities, subjects_.ActivitiesOf(session, name));
      for (const Activity& activity : activities) add(activity);
    }
    *preview.add_subjects() = std::move(subject);
  }
  auto& subjects = *preview.mutable_subjects();
  std::sort(subjects.begin(), subjects.end(),
            [](const AvoidancePreview::Subject& a, const AvoidancePreview::Subject& b) { return a.subject() < b.subject(); });
  std::map<std::string, int> counts;
  for (const AvoidancePreview::Subject& subject : subjects) {
    if (subject.falls() && absl::StartsWith(subject.subject(), "activities/")) ++counts[subject.state()];
  }
  for (const auto& [state, count] : counts) {
    AvoidancePreview::StateCount& counted = *preview.add_activities();
    counted.set_state(state);
    counted.set_count(count);
  }
  return absl::OkStatus();
}

absl::Status AvoidancePreviews::AddHoldings(const rpc::Call& call, AvoidancePreview& preview) const {
  const rpc::Call own = client::OwnCall(call, "risk");
  std::vector<std::string> falling, names;
  for (const AvoidancePreview::Subject& subject : preview.subjects()) {
    if (!subject.falls()) continue;
    falling.push_back(absl::StrCat("subject = \"", subject.subject(), "\""));
    names.push_back(subject.subject());
  }
  for (size_t i = 0; i < names.size(); i += kSubjectsOfOrders) {
    resource::v1::FindOrdersForSubjectsRequest asked;
    for (size_t j = i; j < std::min(i + kSubjectsOfOrders, names.size()); ++j) asked.add_subjects(names[j]);
    ASSIGN_OR_RETURN(const resource::v1::FindOrdersForSubjectsResponse found,
                     context_.Call(own, resource::v1::method::FindOrdersForSubjects, asked));
    for (const SubjectOrder& order : found.orders()) AddOrder(order, preview);
  }
  for (size_t i = 0; i < falling.size(); i += kAskedTogether) {
    const auto first = falling.begin() + static_cast<std::ptrdiff_t>(i);
    const auto last = falling.begin() + static_cast<std::ptrdiff_t>(std::min(i + kAskedTogether, falling.size()));
    const std::string filter = absl::StrJoin(first, last, " OR ");
    RETURN_IF_ERROR(ForEachListed(context_, own, resource::v1::method::ListReservations, filter,
                                  [&](const Reservation& reservation) { AddStock(reservation, preview); }));
    RETURN_IF_ERROR(ForEachListed(context_, own, resource::v1::method::ListEncumbrances, filter,
                                  [&](const Encumbrance& encumbrance) { AddMoney(encumbrance, preview); }));
    RETURN_IF_ERROR(ForEachListed(context_, own, resource::v1::method::ListStaffDemands, filter, [&](const StaffDemand& demand) {
      if (demand.state() != StaffDemand::STATE_OPEN) return;
      AvoidancePreview::Demand& told = *preview.add_demands();
      told.set_subject(demand.subject());
      told.set_staff_demand(demand.name());
    }));
  }
  return absl::OkStatus();
}

absl::StatusOr<AvoidancePreview> AvoidancePreviews::Preview(const rpc::Call& call, const v1::PreviewAvoidanceRequest& request) {
  AvoidancePreview preview;
  RETURN_IF_ERROR(context_.store.Read(call, [&](sql::Session& session) -> absl::Status {
    preview.Clear();
    ASSIGN_OR_RETURN(const v1::Risk risk, FindSeen(risks_, call, session, request.name()));
    status::BadFields bad;
    CheckAffected("subjects", risk, request.subjects(), bad);
    RETURN_IF_ERROR(bad.status());
    std::vector<std::string> names(request.subjects().begin(), request.subjects().end());
    if (names.empty()) names.push_back(risk.subject());
    return AddSubjects(session, names, preview);
  }));
  RETURN_IF_ERROR(AddHoldings(call, preview));
  *preview.mutable_time() = time::ToTimestamp(call.now);
  return preview;
}

void AvoidancePreviews::Bind(record::Methods& methods) { methods.Bind("PreviewAvoidance", this, &AvoidancePreviews::Preview); }

}  // namespace heitie::risk
