#include "services/activity/launch/facts.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>

#include "absl/time/clock.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "heitie/activity/v1/activity.pb.h"
#include "heitie/options/v1/access.pb.h"

namespace heitie::activity {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(3);

personnel::v1::CheckQualificationRequest QualificationQuestion(const GateFacts& facts) {
  const v1::Activity& activity = facts.activity;
  personnel::v1::CheckQualificationRequest request;
  for (const auto& assignment : activity.staff()) request.add_employees(assignment.employee());
  *request.mutable_requirement()->mutable_courses() = activity.training_requirement().courses();
  // Days that have passed at the moment of a late launch do not count any more; an end at midnight does not begin a day.
  const absl::Time end = time::ToTime(activity.end_time()) - absl::Microseconds(1);
  const absl::Time start = std::min(std::max(time::ToTime(activity.start_time()), facts.moment), end);
  *request.mutable_start_date() = time::DateOf(start, activity.time_zone());
  *request.mutable_end_date() = time::DateOf(end, activity.time_zone());
  return request;
}

resource::v1::CheckStockRequest StockQuestion(const v1::Activity& activity) {
  resource::v1::CheckStockRequest request;
  for (const auto& line : activity.bill_of_materials()) {
    auto* asked = request.add_lines();
    asked->set_item(line.item());
    asked->set_quantity(line.quantity());
  }
  return request;
}

// A request that only names what it asks for.
template <typename Request>
Request Named(const std::string& name) {
  Request request;
  request.set_name(name);
  return request;
}

// Calls in parallel, each of which puts its answer, or the error, where it was told.
class Questions {
 public:
  Questions(const service::Context& context, const rpc::Call& call) : context_(context), call_(call) {}
  // Also when something threw: what was asked writes to the answers.
  ~Questions() { Await(); }

  template <typename Request, typename Answer>
  void Ask(const char* service, const char* method, const Request& request, absl::StatusOr<Answer>* answer) {
    client::Client& client = context_.client(service);
    answer->emplace();
    {
      const std::lock_guard lock(mutex_);
      ++open_;
    }
    try {
      client.Start(call_, method, request, &**answer, [this, answer](const absl::Status& status) {
        if (!status.ok()) *answer = status;
        OneLess();
      });
    } catch (...) {
      OneLess();
      throw;
    }
  }

  void Await() {
    std::unique_lock lock(mutex_);
    none_open_.wait(lock, [this] { return open_ == 0; });
  }

 private:
  void OneLess() {
    const std::lock_guard lock(mutex_);
    if (--open_ == 0) none_open_.notify_one();
  }

  const service::Context& context_;
  const rpc::Call& call_;
  std::mutex mutex_;
  std::condition_variable none_open_;
  int open_ = 0;
};

void AskPlanning(Questions& questions, GateFacts& facts) {
  const v1::Activity& activity = facts.activity;
  questions.Ask("planning", "heitie.planning.v1.PlanService/GetProject", Named<planning::v1::GetProjectRequest>(activity.project()),
                &facts.project);
  questions.Ask("planning", "heitie.planning.v1.SchemeService/GetScheme", Named<planning::v1::GetSchemeRequest>(activity.scheme()),
                &facts.scheme);
}

void AskMoney(Questions& questions, const std::string& encumbrance, FactGatherer::Extent extent, GateFacts& facts) {
  if (encumbrance.empty() || extent == FactGatherer::Extent::kFull) {
    questions.Ask("resource", "heitie.resource.v1.MoneyService/GetBudget", Named<resource::v1::GetBudgetRequest>(facts.activity.budget()),
                  &facts.budget);
  }
  if (encumbrance.empty()) return;
  facts.encumbrance.emplace(absl::UnknownError("not asked"));
  questions.Ask("resource", "heitie.resource.v1.MoneyService/GetEncumbrance", Named<resource::v1::GetEncumbranceRequest>(encumbrance),
                &*facts.encumbrance);
}

void AskMaterials(Questions& questions, const std::string& reservation, FactGatherer::Extent extent, GateFacts& facts) {
  if (reservation.empty() || extent == FactGatherer::Extent::kFull) {
    resource::v1::CheckStockRequest stock = StockQuestion(facts.activity);
    if (!reservation.empty()) stock.set_subject(facts.activity.name());
    questions.Ask("resource", "heitie.resource.v1.MaterialService/CheckStock", stock, &facts.stock);
  }
  if (reservation.empty()) return;
  facts.reservation.emplace(absl::UnknownError("not asked"));
  questions.Ask("resource", "heitie.resource.v1.MaterialService/GetReservation", Named<resource::v1::GetReservationRequest>(reservation),
                &*facts.reservation);
}

void AskPersonnel(Questions& questions, GateFacts& facts) {
  questions.Ask("personnel", "heitie.personnel.v1.TrainingService/CheckQualification", QualificationQuestion(facts), &facts.qualification);
}

void AskRisk(Questions& questions, GateFacts& facts) {
  risk::v1::SummarizeRisksRequest request;
  request.add_subjects(facts.activity.name());
  request.add_subjects(facts.activity.project());
  *request.mutable_time() = time::ToTimestamp(facts.moment);
  request.set_time_zone(facts.activity.time_zone());
  questions.Ask("risk", "heitie.risk.v1.RegisterService/SummarizeRisks", request, &facts.risks);
}

}  // namespace

rpc::Call AsService(const rpc::Call& call) {
  rpc::Call own = call;
  own.token.clear();
  own.principal = {};
  own.principal.name = "services/activity";
  own.principal.Grant(options::v1::ROLE_SERVICE);
  return own;
}

void FactGatherer::Gather(const rpc::Call& call, const std::string& reservation, const std::string& encumbrance, Extent extent,
                          GateFacts& facts) const {
  rpc::Call own = AsService(call);
  own.deadline = std::min(own.deadline, absl::Now() + kPatience);
  Questions questions(context_, own);
  AskPlanning(questions, facts);
  if (NeedsMoney(facts.activity)) AskMoney(questions, encumbrance, extent, facts);
  if (NeedsMaterials(facts.activity)) AskMaterials(questions, reservation, extent, facts);
  if (HasStaff(facts.activity)) AskPersonnel(questions, facts);
  AskRisk(questions, facts);
  questions.Await();
}

}  // namespace heitie::activity
