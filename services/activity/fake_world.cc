#include "services/activity/fake_world.h"

#include <algorithm>
#include <mutex>

#include "common/record/json.h"
#include "common/status/shared.h"
#include "google/rpc/status.pb.h"
#include "heitie/options/v1/access.pb.h"
#include "heitie/type/v1/event.pb.h"

namespace heitie::activity {
namespace {

using resource::v1::Encumbrance;
using resource::v1::Reservation;

// Of the resource service, which does not run here.
const status::Reason kStageShort{absl::StatusCode::kFailedPrecondition, "STAGE_SHORT", "refused", "拒絕"};
const status::Reason kAllAtOnceShort{absl::StatusCode::kFailedPrecondition, "ALLOTMENT_SHORT", "short for {subject}", "{subject} 不足"};

// As it arrives over the wire.
absl::Status Refused(const status::Reason& reason, const status::Args& args) {
  const absl::Status status = status::Error(reason, args);
  return status::FromProto(status::ToProto(status, status::Language::kEnglish));
}

template <typename Resource>
absl::StatusOr<Resource> Find(const std::map<std::string, Resource>& resources, const std::string& name) {
  const auto it = resources.find(name);
  if (it == resources.end()) return status::NotFound(name);
  return it->second;
}

}  // namespace

template <typename Request, typename Response>
void FakeWorld::On(test::FakeClient& client, const std::string& method, bool recorded,
                   std::function<absl::StatusOr<Response>(const Request&)> answer) {
  client.On<Request, Response>(method,
                               [this, method, recorded, answer](const rpc::Call& call, const Request& request) -> absl::StatusOr<Response> {
                                 EXPECT_TRUE(call.principal.Has(options::v1::ROLE_SERVICE)) << method << " is called as the service";
                                 EXPECT_EQ(call.token, "") << method << " is called as the service";
                                 const std::string last = method.substr(method.rfind('/') + 1);
                                 const std::lock_guard<std::recursive_mutex> lock(mutex_);
                                 if (recorded) calls.push_back(last);
                                 if (trouble) {
                                   if (absl::Status status = trouble(last, Moment::kBefore); !status.ok()) return status;
                                 }
                                 absl::StatusOr<Response> response = answer(request);
                                 if (trouble) {
                                   if (absl::Status status = trouble(last, Moment::kAfter); !status.ok()) return status;
                                 }
                                 return response;
                               });
}

template <typename Request, typename Response>
void FakeWorld::OnChange(test::FakeClient& client, const std::string& method,
                         std::function<absl::StatusOr<Response>(const Request&)> answer) {
  On<Request, Response>(client, method, true, [this, method, answer](const Request& request) -> absl::StatusOr<Response> {
    EXPECT_NE(request.request_id(), "") << method;
    Response response;
    if (const auto first = answers_.find(request.request_id()); first != answers_.end()) {
      response.ParseFromString(first->second);
      return response;
    }
    absl::StatusOr<Response> result = answer(request);
    if (result.ok()) answers_[request.request_id()] = result->SerializeAsString();
    return result;
  });
}

FakeWorld::FakeWorld(std::map<std::string, test::FakeClient>& clients)
    : project(test::Proto<planning::v1::Project>(
          R"pb(name: "projects/p" title: "Spring plan" state: STATE_APPROVED approved_baseline: "projects/p/baselines/1" etag: "3")pb")),
      scheme(test::Proto<planning::v1::Scheme>(R"pb(name: "projects/p/schemes/s" title: "Two shows" state: STATE_APPROVED etag: "2")pb")),
      budget(test::Proto<resource::v1::Budget>(
          R"pb(name: "budgets/b"
               state: STATE_APPROVED
               start_date { year: 2026 month: 1 day: 1 }
               end_date { year: 2026 month: 12 day: 31 }
               currency_code: "TWD"
               approved_minor: 100000
               available_minor: 100000
               etag: "5")pb")) {
  PlayPlanning(clients["planning"]);
  PlayStock(clients["resource"]);
  PlayMoney(clients["resource"]);
  PlayAllotments(clients["resource"]);
  PlayOthers(clients);
}

int64_t FakeWorld::HeldStock() const {
  int64_t held = 0;
  for (const auto& [name, reservation] : reservations) {
    for (const auto& line : reservation.lines()) held += line.quantity() - line.released_quantity() - line.issued_quantity();
  }
  return held;
}

int64_t FakeWorld::HeldMoney() const {
  int64_t held = 0;
  for (const auto& [name, taken] : encumbrances) held += taken.pre_committed_minor() + taken.committed_minor();
  return held;
}

void FakeWorld::PlayPlanning(test::FakeClient& client) {
  using planning::v1::GetProjectRequest;
  using planning::v1::GetSchemeRequest;
  On<GetProjectRequest, planning::v1::Project>(client, "heitie.planning.v1.PlanService/GetProject", false,
                                               [this](const GetProjectRequest&) { return project; });
  On<GetSchemeRequest, planning::v1::Scheme>(client, "heitie.planning.v1.SchemeService/GetScheme", false,
                                             [this](const GetSchemeRequest&) { return scheme; });
  using planning::v1::CancelProjectRequest;
  On<CancelProjectRequest, planning::v1::Project>(client, "heitie.planning.v1.PlanService/CancelProject", true,
                                                  [this](const CancelProjectRequest& request) -> absl::StatusOr<planning::v1::Project> {
                                                    if (request.name() != project.name()) return status::NotFound(request.name());
                                                    if (project.state() == planning::v1::Project::STATE_CANCELLED) {
                                                      return Refused(status::kIllegalTransition, {});
                                                    }
                                                    project.set_state(planning::v1::Project::STATE_CANCELLED);
                                                    project.set_state_reason(request.reason());
                                                    return project;
                                                  });
}

void FakeWorld::PlayStock(test::FakeClient& client) {
  using resource::v1::CheckStockRequest;
  using resource::v1::CheckStockResponse;
  On<CheckStockRequest, CheckStockResponse>(client, "heitie.resource.v1.MaterialService/CheckStock", false,
                                            [this](const CheckStockRequest& request) {
                                              CheckStockResponse response;
                                              for (const auto& asked : request.lines()) {
                                                auto* line = response.add_lines();
                                                line->set_item(asked.item());
                                                line->set_quantity(asked.quantity());
                                                line->set_available(stock);
                                                line->set_etag("1");
                                              }
                                              return response;
                                            });
  On<resource::v1::GetReservationRequest, Reservation>(
      client, "heitie.resource.v1.MaterialService/GetReservation", false,
      [this](const resource::v1::GetReservationRequest& request) { return Find(reservations, request.name()); });
  using resource::v1::ListReservationsRequest;
  using resource::v1::ListReservationsResponse;
  On<ListReservationsRequest, ListReservationsResponse>(client, "heitie.resource.v1.MaterialService/ListReservations", false,
                                                        [this](const ListReservationsRequest& request) {
                                                          ListReservationsResponse response;
                                                          for (const auto& [name, reservation] : reservations) {
                                                            if (request.filter() == "subject = \"" + reservation.subject() + "\"") {
                                                              *response.add_reservations() = reservation;
                                                            }
                                                          }
                                                          return response;
                                                        });
  using resource::v1::GetItemRequest;
  On<GetItemRequest, resource::v1::Item>(client, "heitie.resource.v1.MaterialService/GetItem", false, [](const GetItemRequest& request) {
    resource::v1::Item item;
    item.set_name(request.name());
    item.set_display_name("Gift box");
    item.set_unit("box");
    return item;
  });
  OnChange<resource::v1::CreateReservationRequest, Reservation>(
      client, "heitie.resource.v1.MaterialService/CreateReservation",
      [this](const resource::v1::CreateReservationRequest& request) -> absl::StatusOr<Reservation> {
        for (const auto& line : request.reservation().lines()) {
          if (line.quantity() > stock) return Refused(status::kStockShort, {{"items", line.item()}});
        }
        Reservation reservation = request.reservation();
        reservation.set_name("reservations/" + request.reservation_id());
        reservation.set_state(Reservation::STATE_HELD);
        for (const auto& line : reservation.lines()) stock -= line.quantity();
        return reservations[reservation.name()] = reservation;
      });
  OnChange<resource::v1::ConfirmReservationRequest, Reservation>(
      client, "heitie.resource.v1.MaterialService/ConfirmReservation",
      [this](const resource::v1::ConfirmReservationRequest& request) -> absl::StatusOr<Reservation> {
        const auto it = reservations.find(request.name());
        if (it == reservations.end()) return status::NotFound(request.name());
        if (it->second.state() != Reservation::STATE_HELD) return Refused(status::kIllegalTransition, {});
        it->second.set_state(Reservation::STATE_CONFIRMED);
        it->second.clear_expire_time();
        return it->second;
      });
  OnChange<resource::v1::ReleaseReservationRequest, Reservation>(
      client, "heitie.resource.v1.MaterialService/ReleaseReservation",
      [this](const resource::v1::ReleaseReservationRequest& request) -> absl::StatusOr<Reservation> {
        const auto it = reservations.find(request.name());
        if (it == reservations.end()) return status::NotFound(request.name());
        for (auto& line : *it->second.mutable_lines()) {
          const int64_t open = line.quantity() - line.issued_quantity() - line.released_quantity();
          stock += open;
          line.set_released_quantity(line.released_quantity() + open);
        }
        it->second.set_state(Reservation::STATE_RELEASED);
        return it->second;
      });
}

void FakeWorld::PlayMoney(test::FakeClient& client) {
  using resource::v1::GetBudgetRequest;
  On<GetBudgetRequest, resource::v1::Budget>(client, "heitie.resource.v1.MoneyService/GetBudget", false,
                                             [this](const GetBudgetRequest&) { return budget; });
  On<resource::v1::GetEncumbranceRequest, Encumbrance>(
      client, "heitie.resource.v1.MoneyService/GetEncumbrance", false,
      [this](const resource::v1::GetEncumbranceRequest& request) { return Find(encumbrances, request.name()); });
  using resource::v1::ListEncumbrancesRequest;
  using resource::v1::ListEncumbrancesResponse;
  On<ListEncumbrancesRequest, ListEncumbrancesResponse>(
      client, "heitie.resource.v1.MoneyService/ListEncumbrances", false, [this](const ListEncumbrancesRequest& request) {
        ListEncumbrancesResponse response;
        for (const auto& [name, taken] : encumbrances) {
          const std::string of_subject = "subject = \"" + taken.subject() + "\"";
          const std::string of_budget = of_subject + " AND budget = \"" + taken.budget() + "\"";
          if (request.filter() == of_subject || request.filter() == of_budget) {
            *response.add_encumbrances() = taken;
          }
        }
        return response;
      });
  OnChange<resource::v1::CreateEncumbranceRequest, Encumbrance>(
      client, "heitie.resource.v1.MoneyService/CreateEncumbrance",
      [this](const resource::v1::CreateEncumbranceRequest& request) -> absl::StatusOr<Encumbrance> {
        const int64_t asked = request.encumbrance().amount_minor();
        if (asked > budget.available_minor()) {
          return Refused(status::kBudgetShort, {{"available", budget.available_minor()}, {"currency", budget.currency_code()}});
        }
        Encumbrance taken = request.encumbrance();
        taken.set_name("encumbrances/" + request.encumbrance_id());
        taken.set_state(Encumbrance::STATE_PRE_COMMITTED);
        taken.set_pre_committed_minor(asked);
        taken.set_currency_code(budget.currency_code());
        budget.set_available_minor(budget.available_minor() - asked);
        return encumbrances[taken.name()] = taken;
      });
  OnChange<resource::v1::CommitEncumbranceRequest, Encumbrance>(
      client, "heitie.resource.v1.MoneyService/CommitEncumbrance",
      [this](const resource::v1::CommitEncumbranceRequest& request) -> absl::StatusOr<Encumbrance> {
        const auto it = encumbrances.find(request.name());
        if (it == encumbrances.end()) return status::NotFound(request.name());
        if (it->second.pre_committed_minor() < request.amount_minor()) return Refused(kStageShort, {});
        it->second.set_pre_committed_minor(it->second.pre_committed_minor() - request.amount_minor());
        it->second.set_committed_minor(it->second.committed_minor() + request.amount_minor());
        it->second.set_state(Encumbrance::STATE_COMMITTED);
        it->second.clear_expire_time();
        return it->second;
      });
  OnChange<resource::v1::ReleaseEncumbranceRequest, Encumbrance>(
      client, "heitie.resource.v1.MoneyService/ReleaseEncumbrance",
      [this](const resource::v1::ReleaseEncumbranceRequest& request) -> absl::StatusOr<Encumbrance> {
        const auto it = encumbrances.find(request.name());
        if (it == encumbrances.end()) return status::NotFound(request.name());
        Encumbrance& taken = it->second;
        budget.set_available_minor(budget.available_minor() + taken.pre_committed_minor() + taken.committed_minor());
        taken.set_released_minor(taken.released_minor() + taken.pre_committed_minor() + taken.committed_minor());
        taken.clear_pre_committed_minor();
        taken.clear_committed_minor();
        taken.set_state(taken.actual_minor() > 0 ? Encumbrance::STATE_SETTLED : Encumbrance::STATE_RELEASED);
        return taken;
      });
}

absl::Status FakeWorld::Reshape(const resource::v1::Allotment& wanted, resource::v1::Allotment& allotment) {
  const std::string id = allotment.name().substr(allotment.name().find('/') + 1);
  const std::string reservation_name = "reservations/of-" + id, encumbrance_name = "encumbrances/of-" + id;
  const bool confirmed = allotment.state() == resource::v1::Allotment::STATE_CONFIRMED;
  Reservation reservation = reservations.count(reservation_name) > 0 ? reservations[reservation_name] : Reservation();
  Encumbrance taken = encumbrances.count(encumbrance_name) > 0 ? encumbrances[encumbrance_name] : Encumbrance();
  std::map<std::string, int64_t> more;
  for (const auto& line : reservation.lines()) more[line.item()] -= line.quantity() - line.released_quantity();
  for (const auto& need : wanted.materials()) more[need.item()] += need.quantity();
  int64_t money = -(taken.pre_committed_minor() + taken.committed_minor() + taken.actual_minor());
  for (const auto& need : wanted.money()) money += need.amount_minor();
  status::Unmet unmet;
  for (const auto& [item, quantity] : more) {
    if (quantity > stock) unmet.Add(item, status::kStockShort, {{"items", status::StockLine(item, stock, quantity)}});
  }
  if (money > budget.available_minor()) {
    unmet.Add(budget.name(), status::kBudgetShort,
              {{"budget", budget.name()}, {"available", budget.available_minor()}, {"asked", money}, {"currency", budget.currency_code()}});
  }
  if (!unmet.empty()) {
    return status::FromProto(status::ToProto(unmet.status(kAllAtOnceShort, {{"subject", wanted.subject()}}), status::Language::kEnglish));
  }
  allotment = wanted;
  if (!wanted.materials().empty() || reservation.lines_size() > 0) {
    reservation.set_name(reservation_name);
    reservation.set_subject(wanted.subject());
    reservation.set_state(confirmed ? Reservation::STATE_CONFIRMED : Reservation::STATE_HELD);
    for (const auto& [item, quantity] : more) {
      stock -= quantity;
      Reservation::Line* line = nullptr;
      for (auto& known : *reservation.mutable_lines()) {
        if (known.item() == item) line = &known;
      }
      if (line == nullptr) {
        line = reservation.add_lines();
        line->set_item(item);
      }
      line->set_quantity(line->quantity() + quantity);
    }
    reservations[reservation_name] = reservation;
    allotment.set_reservation(reservation_name);
  }
  if (!wanted.money().empty() || taken.has_create_time() || !taken.name().empty()) {
    taken.set_name(encumbrance_name);
    taken.set_subject(wanted.subject());
    if (!wanted.money().empty()) taken.set_budget(wanted.money(0).budget());
    taken.set_currency_code(budget.currency_code());
    taken.set_state(confirmed ? Encumbrance::STATE_COMMITTED : Encumbrance::STATE_PRE_COMMITTED);
    if (confirmed) {
      taken.set_committed_minor(taken.committed_minor() + money);
    } else {
      taken.set_pre_committed_minor(taken.pre_committed_minor() + money);
    }
    budget.set_available_minor(budget.available_minor() - money);
    encumbrances[encumbrance_name] = taken;
    for (auto& need : *allotment.mutable_money()) need.set_encumbrance(encumbrance_name);
  }
  return absl::OkStatus();
}

void FakeWorld::LetGo(const resource::v1::Allotment& allotment) {
  if (!allotment.reservation().empty()) {
    Reservation& reservation = reservations[allotment.reservation()];
    for (auto& line : *reservation.mutable_lines()) {
      const int64_t open = line.quantity() - line.issued_quantity() - line.released_quantity();
      stock += open;
      line.set_released_quantity(line.released_quantity() + open);
    }
    reservation.set_state(Reservation::STATE_RELEASED);
  }
  for (const auto& need : allotment.money()) {
    Encumbrance& taken = encumbrances[need.encumbrance()];
    const int64_t open = taken.pre_committed_minor() + taken.committed_minor();
    budget.set_available_minor(budget.available_minor() + open);
    taken.set_released_minor(taken.released_minor() + open);
    taken.clear_pre_committed_minor();
    taken.clear_committed_minor();
    taken.set_state(taken.actual_minor() > 0 ? Encumbrance::STATE_SETTLED : Encumbrance::STATE_RELEASED);
  }
}

void FakeWorld::PlayAllotments(test::FakeClient& client) {
  using resource::v1::Allotment;
  const std::string service = "heitie.resource.v1.AllotmentService/";
  On<resource::v1::GetAllotmentRequest, Allotment>(
      client, service + "GetAllotment", false,
      [this](const resource::v1::GetAllotmentRequest& request) { return Find(allotments, request.name()); });
  OnChange<resource::v1::CreateAllotmentRequest, Allotment>(
      client, service + "CreateAllotment", [this](const resource::v1::CreateAllotmentRequest& request) -> absl::StatusOr<Allotment> {
        Allotment wanted = request.allotment();
        wanted.set_name("allotments/" + request.allotment_id());
        wanted.set_state(Allotment::STATE_HELD);
        Allotment allotment;
        allotment.set_name(wanted.name());
        if (absl::Status status = Reshape(wanted, allotment); !status.ok()) return status;
        return allotments[allotment.name()] = allotment;
      });
  OnChange<resource::v1::UpdateAllotmentRequest, Allotment>(
      client, service + "UpdateAllotment", [this](const resource::v1::UpdateAllotmentRequest& request) -> absl::StatusOr<Allotment> {
        const auto it = allotments.find(request.allotment().name());
        if (it == allotments.end()) return status::NotFound(request.allotment().name());
        if (it->second.state() != Allotment::STATE_CONFIRMED && it->second.state() != Allotment::STATE_HELD) {
          return Refused(status::kIllegalTransition, {});
        }
        Allotment wanted = it->second;
        *wanted.mutable_materials() = request.allotment().materials();
        *wanted.mutable_money() = request.allotment().money();
        if (absl::Status status = Reshape(wanted, it->second); !status.ok()) return status;
        return it->second;
      });
  OnChange<resource::v1::ConfirmAllotmentRequest, Allotment>(
      client, service + "ConfirmAllotment", [this](const resource::v1::ConfirmAllotmentRequest& request) -> absl::StatusOr<Allotment> {
        const auto it = allotments.find(request.name());
        if (it == allotments.end()) return status::NotFound(request.name());
        if (it->second.state() != Allotment::STATE_HELD) return Refused(status::kIllegalTransition, {});
        it->second.set_state(Allotment::STATE_CONFIRMED);
        it->second.clear_expire_time();
        if (!it->second.reservation().empty()) reservations[it->second.reservation()].set_state(Reservation::STATE_CONFIRMED);
        for (const auto& need : it->second.money()) {
          Encumbrance& taken = encumbrances[need.encumbrance()];
          taken.set_committed_minor(taken.committed_minor() + taken.pre_committed_minor());
          taken.clear_pre_committed_minor();
          taken.set_state(Encumbrance::STATE_COMMITTED);
        }
        return it->second;
      });
  OnChange<resource::v1::ReleaseAllotmentRequest, Allotment>(
      client, service + "ReleaseAllotment", [this](const resource::v1::ReleaseAllotmentRequest& request) -> absl::StatusOr<Allotment> {
        const auto it = allotments.find(request.name());
        if (it == allotments.end()) return status::NotFound(request.name());
        if (it->second.state() == Allotment::STATE_RELEASED) return it->second;
        LetGo(it->second);
        it->second.set_state(Allotment::STATE_RELEASED);
        it->second.clear_expire_time();
        return it->second;
      });
}

void FakeWorld::PlayOthers(std::map<std::string, test::FakeClient>& clients) {
  using type::v1::ListEventsRequest;
  using type::v1::ListEventsResponse;
  On<ListEventsRequest, ListEventsResponse>(clients["personnel"], "heitie.personnel.v1.RecordService/ListEvents", false,
                                            [this](const ListEventsRequest& request) {
                                              ListEventsResponse response;
                                              int64_t position = 0;
                                              const auto asked = [&](const std::string& type) {
                                                const auto& types = request.subject_types();
                                                return types.empty() || std::count(types.begin(), types.end(), type) > 0;
                                              };
                                              for (const auto& [name, employee] : employees) {
                                                if (++position <= request.after_position() || !asked("personnel.heitie/Employee")) continue;
                                                auto* event = response.add_events();
                                                event->set_position(position);
                                                event->set_subject_type("personnel.heitie/Employee");
                                                event->set_subject(name);
                                                event->set_after_json(record::ToJson(employee));
                                              }
                                              for (const auto& told : people_events) {
                                                if (++position <= request.after_position() || !asked(told.subject_type())) continue;
                                                auto* event = response.add_events();
                                                *event = told;
                                                event->set_position(position);
                                              }
                                              response.set_last_position(std::max(request.after_position(), position));
                                              return response;
                                            });
  using personnel::v1::CheckQualificationRequest;
  using personnel::v1::CheckQualificationResponse;
  On<CheckQualificationRequest, CheckQualificationResponse>(clients["personnel"], "heitie.personnel.v1.TrainingService/CheckQualification",
                                                            false, [this](const CheckQualificationRequest& request) {
                                                              qualification_question = request;
                                                              CheckQualificationResponse response;
                                                              for (const std::string& name : request.employees()) {
                                                                auto* employee = response.add_employees();
                                                                employee->set_employee(name);
                                                                employee->set_qualified(unqualified.count(name) == 0);
                                                                if (!employee->qualified())
                                                                  employee->add_disqualifications()->set_statement("no certificate");
                                                              }
                                                              return response;
                                                            });
  using personnel::v1::CheckQualificationCasesRequest;
  using personnel::v1::CheckQualificationCasesResponse;
  On<CheckQualificationCasesRequest, CheckQualificationCasesResponse>(
      clients["personnel"], "heitie.personnel.v1.TrainingService/CheckQualificationCases", false,
      [this](const CheckQualificationCasesRequest& request) {
        cases_question = request;
        CheckQualificationCasesResponse response;
        response.set_qualified(true);
        for (const auto& one : request.cases()) {
          auto* employee = response.add_cases();
          employee->set_employee(one.employee());
          employee->set_qualified(unqualified.count(one.employee()) == 0);
          if (employee->qualified()) continue;
          employee->add_disqualifications()->set_statement("no certificate");
          response.set_qualified(false);
        }
        return response;
      });
  using risk::v1::SummarizeRisksRequest;
  On<SummarizeRisksRequest, risk::v1::SummarizeRisksResponse>(
      clients["risk"], "heitie.risk.v1.RegisterService/SummarizeRisks", false, [this](const SummarizeRisksRequest& request) {
        risk::v1::SummarizeRisksResponse response = risks;
        response.clear_risks();  // Those that a test gave no subject are on whatever is asked for.
        for (const auto& risk : risks.risks()) {
          const auto& asked = request.subjects();
          if (risk.subject().empty() || std::count(asked.begin(), asked.end(), risk.subject()) > 0) {
            *response.add_risks() = risk;
          }
        }
        return response;
      });
  using risk::v1::ReportAvoidanceRequest;
  On<ReportAvoidanceRequest, risk::v1::Risk>(clients["risk"], "heitie.risk.v1.TreatmentService/ReportAvoidance", true,
                                             [this](const ReportAvoidanceRequest& request) {
                                               avoidance_reports.push_back(request);
                                               return risk::v1::Risk();
                                             });
  On<ListEventsRequest, ListEventsResponse>(
      clients["risk"], "heitie.risk.v1.RecordService/ListEvents", false, [this](const ListEventsRequest& request) {
        ListEventsResponse response;
        for (const auto& event : risk_events) {
          const bool asked = request.subject().empty() || request.subject() == event.subject();
          if (asked && event.position() > request.after_position()) *response.add_events() = event;
        }
        response.set_last_position(std::max(request.after_position(), static_cast<int64_t>(risk_events.size())));
        return response;
      });
  On<ListEventsRequest, ListEventsResponse>(
      clients["metrics"], "heitie.metrics.v1.RecordService/ListEvents", false, [this](const ListEventsRequest& request) {
        ListEventsResponse response;
        for (const auto& event : alert_events) {
          if (event.position() > request.after_position()) *response.add_events() = event;
        }
        response.set_last_position(std::max(request.after_position(), static_cast<int64_t>(alert_events.size())));
        return response;
      });
  for (const auto& [service, events] : {std::make_pair("planning", &plan_events), std::make_pair("resource", &holding_events)}) {
    On<ListEventsRequest, ListEventsResponse>(
        clients[service], absl::StrCat("heitie.", service, ".v1.RecordService/ListEvents"), false,
        [events = events](const ListEventsRequest& request) {
          ListEventsResponse response;
          for (const auto& event : *events) {
            if (event.position() > request.after_position()) *response.add_events() = event;
          }
          response.set_last_position(std::max(request.after_position(), static_cast<int64_t>(events->size())));
          return response;
        });
  }
  using metrics::v1::GetActivityCountersRequest;
  On<GetActivityCountersRequest, metrics::v1::ActivityCounters>(clients["metrics"], "heitie.metrics.v1.AnalysisService/GetActivityCounters",
                                                                false, [this](const GetActivityCountersRequest&) { return counters; });
  using metrics::v1::QueryMetricRequest;
  On<QueryMetricRequest, metrics::v1::QueryMetricResponse>(
      clients["metrics"], "heitie.metrics.v1.AnalysisService/QueryMetric", false, [this](const QueryMetricRequest& request) {
        metric_question = request;
        return test::Proto<metrics::v1::QueryMetricResponse>(R"pb(
          totals { figures { value: 12350 count: 3 } }
          unit: "TWD"
          currency_code: "TWD"
          metric_definition { display_name: "Revenue of the sale" event_name: "purchase" etag: "2" }
          source { version: 8 count: 4000 })pb");
      });
  using metrics::v1::FindErasedUsersRequest;
  On<FindErasedUsersRequest, metrics::v1::FindErasedUsersResponse>(
      clients["metrics"], "heitie.metrics.v1.CorrectionService/FindErasedUsers", false, [this](const FindErasedUsersRequest& request) {
        metrics::v1::FindErasedUsersResponse response;
        for (const std::string& user : request.users()) {
          const auto erased = erased_users.find(user);
          if (erased != erased_users.end()) *response.add_erased_users() = erased->second;
        }
        return response;
      });
  using metrics::v1::SetActivityTrackingRequest;
  On<SetActivityTrackingRequest, metrics::v1::ActivityTracking>(clients["metrics"],
                                                                "heitie.metrics.v1.CollectionService/SetActivityTracking", false,
                                                                [this](const SetActivityTrackingRequest& request) {
                                                                  trackings.push_back(request.activity_tracking());
                                                                  return request.activity_tracking();
                                                                });
}

}  // namespace heitie::activity
