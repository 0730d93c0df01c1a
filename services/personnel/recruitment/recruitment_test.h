// What the tests of recruitment share: the service beside a real resource service, whose calls can be troubled, and applications that
// follow from the offers that are there.
#ifndef HEITIE_SERVICES_PERSONNEL_RECRUITMENT_RECRUITMENT_TEST_H_
#define HEITIE_SERVICES_PERSONNEL_RECRUITMENT_RECRUITMENT_TEST_H_

#include <functional>
#include <latch>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/test/fixture.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "heitie/options/v1/access.pb.h"
#include "heitie/personnel/v1/employee.pb.h"
#include "heitie/personnel/v1/headcount_plan.pb.h"
#include "heitie/personnel/v1/offer.pb.h"
#include "heitie/personnel/v1/opening.pb.h"
#include "heitie/personnel/v1/pay_band.pb.h"
#include "heitie/personnel/v1/position.pb.h"
#include "heitie/personnel/v1/requisition.pb.h"
#include "heitie/resource/v1/budget.pb.h"
#include "heitie/resource/v1/encumbrance.pb.h"
#include "heitie/resource/v1/ledger.pb.h"
#include "heitie/type/v1/event.pb.h"
#include "services/personnel/recruitment/offer.h"
#include "services/personnel/service.h"
#include "services/resource/service.h"

namespace heitie::personnel {

// Applications `applications/<requisition id>-<anything without a dash>`. One is in interviews unless an offer of it is with the candidate.
class FakeApplications final : public ApplicationBook {
 public:
  absl::StatusOr<Applied> Lock(record::Transaction& tx, const std::string& name) const override {
    const std::string id = record::IdOf(name);
    Applied applied{true, "requisitions/" + id.substr(0, id.rfind('-')), "candidates/" + id, "Candidate " + id};
    absl::Status status = tx.sql.Query(
        "SELECT 1 FROM offers WHERE application = ? AND state IN ('STATE_EXTENDED', 'STATE_ACCEPTED', 'STATE_HIRED') FOR UPDATE",
        sql::Bind(name), [&](const sql::Row&) { applied.in_interviews = false; });
    if (!status.ok()) return status;
    return applied;
  }
  // Kept as they were asked for, also where a transaction was repeated.
  absl::Status Advance(record::Transaction&, const std::string& name, const char* verb) const override {
    const std::lock_guard lock(mutex_);
    verbs_.push_back(absl::StrCat(record::IdOf(name), " ", verb));
    return absl::OkStatus();
  }
  absl::Status CloseAll(record::Transaction&, const std::string& requisition, bool filled,
                        const std::set<std::string>& except) const override {
    const std::lock_guard lock(mutex_);
    std::string text = absl::StrCat(record::IdOf(requisition), filled ? " filled" : " cancelled");
    for (const std::string& name : except) absl::StrAppend(&text, " but ", record::IdOf(name));
    verbs_.push_back(text);
    return absl::OkStatus();
  }
  std::vector<std::string> Take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(verbs_, {});
  }

 private:
  mutable std::mutex mutex_;
  mutable std::vector<std::string> verbs_;
};

// Thrown where a process dies.
struct Death {};

struct RecruitingService : Service {
  explicit RecruitingService(service::Context context) : Service(std::move(context)) { offers().SetApplications(applications); }
  FakeApplications applications;
};

class RecruitmentTest : public test::ServiceTest<RecruitingService> {
 protected:
  // Where a call of resource is when `trouble_` is asked: before it has an effect, or after it, when the answer can still be lost.
  enum class Moment { kBefore, kAfter };

  RecruitmentTest()
      : ServiceTest("personnel"),
        resource_store_(resource_database_.get()),
        resource_jobs_(resource_store_, clock_, "services/resource"),
        resource_(service::Context{resource_store_, clock_, resource_jobs_,
                                   [this](const std::string& target) -> client::Client& { return clients_[target]; }}) {
    const std::string money = "heitie.resource.v1.MoneyService/";
    Pass<resource::v1::CreateEncumbranceRequest, resource::v1::Encumbrance>(money, "CreateEncumbrance");
    Pass<resource::v1::CommitEncumbranceRequest, resource::v1::Encumbrance>(money, "CommitEncumbrance");
    Pass<resource::v1::RecordActualRequest, resource::v1::Encumbrance>(money, "RecordActual");
    Pass<resource::v1::ReleaseEncumbranceRequest, resource::v1::Encumbrance>(money, "ReleaseEncumbrance");
    Pass<type::v1::ListEventsRequest, type::v1::ListEventsResponse>("heitie.resource.v1.RecordService/", "ListEvents");
  }

  template <typename Req, typename Resp>
  void Pass(const std::string& service, const std::string& method) {
    clients_["resource"].On<Req, Resp>(service + method, [this, method](const rpc::Call& call, const Req& request) -> absl::StatusOr<Resp> {
      if constexpr (std::is_same_v<Req, type::v1::ListEventsRequest>) {
        if (request.has_wait()) return absl::CancelledError("nobody is there whom an event could wake");
      }
      EXPECT_EQ(call.principal.name, "services/personnel") << method;
      if (absl::Status status = Trouble(method, Moment::kBefore); !status.ok()) return status;
      absl::StatusOr<Resp> answer = resource_.rpc().Invoke<Resp>(method, call, request);
      if (absl::Status status = Trouble(method, Moment::kAfter); !status.ok()) return status;
      return answer;
    });
  }
  absl::Status Trouble(const std::string& method, Moment moment) { return trouble_ ? trouble_(method, moment) : absl::OkStatus(); }

  // Lets time pass; what is due in resource, then what follows from it here.
  void RunJobs(absl::Duration later = absl::Seconds(5)) {
    clock_.Advance(later);
    EXPECT_THAT(resource_jobs_.RunDue(), test::IsOk());
    for (int i = 0; i < 2; ++i) EXPECT_THAT(jobs_.RunDue(), test::IsOk());
  }

  // ---- Money

  void HaveBudget(int64_t amount) {
    auto request = test::Proto<resource::v1::CreateBudgetRequest>(R"pb(
      budget_id: "people"
      budget {
        display_name: "People"
        cost_center: "operations"
        currency_code: "TWD"
        start_date { year: 2025 month: 1 day: 1 }
        end_date { year: 2026 month: 12 day: 31 }
      })pb");
    request.mutable_budget()->set_requested_minor(amount);
    ASSERT_THAT(resource_.rpc().Invoke<resource::v1::Budget>("CreateBudget", Specialist(), request), test::IsOk());
    resource::v1::ApproveBudgetRequest approve;
    approve.set_name("budgets/people");
    ASSERT_THAT(resource_.rpc().Invoke<resource::v1::Budget>("ApproveBudget", Manager(), approve), test::IsOk());
  }
  resource::v1::Budget Budget() {
    resource::v1::GetBudgetRequest request;
    request.set_name("budgets/people");
    const auto budget = resource_.rpc().Invoke<resource::v1::Budget>("GetBudget", Manager(), request);
    EXPECT_THAT(budget, test::IsOk());
    return budget.ok() ? *budget : resource::v1::Budget();
  }
  // pre-committed, committed, spent.
  std::vector<int64_t> Money() {
    const resource::v1::Budget budget = Budget();
    return {budget.pre_committed_minor(), budget.committed_minor(), budget.actual_minor()};
  }
  void ExpectSoundLedgers() {
    const auto verified =
        resource_.rpc().Invoke<resource::v1::VerifyLedgersResponse>("VerifyLedgers", Manager(), resource::v1::VerifyLedgersRequest());
    ASSERT_THAT(verified, test::IsOk());
    EXPECT_EQ(verified->discrepancies_size(), 0) << verified->DebugString();
  }

  // ---- People and plans

  void HavePosition(const std::string& id = "host") {
    ASSERT_THAT(Call<v1::Position>("CreatePosition", Manager(),
                                   test::Proto<v1::CreatePositionRequest>(
                                       absl::StrCat("position_id: '", id, "' position { title: 'Host' responsibilities: 'hosts' }"))),
                test::IsOk());
  }
  // An approved plan of hosts in operations from January 2026 on.
  void HavePlan(int planned) {
    ASSERT_THAT(
        Call<v1::HeadcountPlan>("CreateHeadcountPlan", Specialist(),
                                test::Proto<v1::CreateHeadcountPlanRequest>(
                                    "headcount_plan_id: 'hosts' headcount_plan { position: 'positions/host' department: 'operations' }")),
        test::IsOk());
    PlanAnew("first", planned);
  }
  void PlanAnew(const std::string& id, int planned, absl::CivilDay from = absl::CivilDay(2026, 1, 1)) {
    auto request = test::Proto<v1::CreateHeadcountPlanVersionRequest>(
        "parent: 'headcountPlans/hosts' headcount_plan_version { reason: 'as the year begins' months { } }");
    request.set_headcount_plan_version_id(id);
    auto& month = *request.mutable_headcount_plan_version()->mutable_months(0);
    *month.mutable_month() = time::ToDate(from);
    month.set_planned(planned);
    ASSERT_THAT(Call<v1::HeadcountPlanVersion>("CreateHeadcountPlanVersion", Specialist(), request), test::IsOk());
    const std::string name = "headcountPlans/hosts/versions/" + id;
    ASSERT_THAT((Do<v1::HeadcountPlanVersion, v1::SubmitHeadcountPlanVersionRequest>("SubmitHeadcountPlanVersion", name, Specialist())),
                test::IsOk());
    ASSERT_THAT((Do<v1::HeadcountPlanVersion, v1::ApproveHeadcountPlanVersionRequest>("ApproveHeadcountPlanVersion", name, Manager())),
                test::IsOk());
  }
  void HaveEmployee(const std::string& id, const std::string& position = "positions/host", const std::string& superior = "") {
    auto request = test::Proto<v1::CreateEmployeeRequest>(
        "employee { display_name: 'Somebody' department: 'operations' hire_date { year: 2025 month: 1 day: 1 } }");
    request.set_employee_id(id);
    request.mutable_employee()->set_position(position);
    request.mutable_employee()->set_superior(superior);
    ASSERT_THAT(Call<v1::Employee>("CreateEmployee", Manager(), request), test::IsOk());
  }
  absl::StatusOr<v1::Employee> EmployeeOf(const std::string& name) {
    return Do<v1::Employee, v1::GetEmployeeRequest>("GetEmployee", name, Manager());
  }
  v1::ComputeHeadcountResponse Headcount(const rpc::Call& call, absl::CivilDay day = absl::CivilDay(2026, 1, 15)) {
    auto request = test::Proto<v1::ComputeHeadcountRequest>("name: 'positions/host' department: 'operations'");
    *request.mutable_date() = time::ToDate(day);
    const auto headcount = Call<v1::ComputeHeadcountResponse>("ComputeHeadcount", call, request);
    EXPECT_THAT(headcount, test::IsOk());
    return headcount.ok() ? *headcount : v1::ComputeHeadcountResponse();
  }

  // ---- Requisitions

  // A request that only names what it is about.
  template <typename Resource, typename Request>
  absl::StatusOr<Resource> Do(const std::string& method, const std::string& name, const rpc::Call& call,
                              const std::string& request_id = "") {
    Request request;
    request.set_name(name);
    if (const auto* field = Request::descriptor()->FindFieldByName("reason"))
      Request::GetReflection()->SetString(&request, field, "because");
    if (const auto* field = Request::descriptor()->FindFieldByName("request_id"))
      Request::GetReflection()->SetString(&request, field, request_id);
    return Call<Resource>(method, call, request);
  }

  // Hosts for operations from 15 January on, 1,000 a seat and 300 for openings, for an hour.
  v1::CreateRequisitionRequest Wanted(const std::string& id, int seats) {
    auto request = test::Proto<v1::CreateRequisitionRequest>(R"pb(
      requisition {
        position: "positions/host"
        department: "operations"
        requirements: "has hosted before"
        ground: GROUND_GAP
        reason: "the spring shows"
        need_date { year: 2026 month: 1 day: 15 }
        budget: "budgets/people"
        seat_amount_minor: 1000
        advertising_minor: 300
      })pb");
    request.set_requisition_id(id);
    request.mutable_requisition()->set_seats(seats);
    *request.mutable_requisition()->mutable_expire_time() = time::ToTimestamp(clock_.Now() + absl::Hours(1));
    return request;
  }
  absl::StatusOr<v1::Requisition> Request(const std::string& id, int seats) {
    return Call<v1::Requisition>("CreateRequisition", Specialist(), Wanted(id, seats));
  }
  absl::StatusOr<v1::Requisition> Approve(const std::string& id, const std::string& request_id = "") {
    return Do<v1::Requisition, v1::ApproveRequisitionRequest>("ApproveRequisition", "requisitions/" + id, Manager(), request_id);
  }
  absl::StatusOr<v1::Requisition> Cancel(const std::string& id) {
    return Do<v1::Requisition, v1::CancelRequisitionRequest>("CancelRequisition", "requisitions/" + id, Specialist());
  }
  v1::Requisition Get(const std::string& id) {
    const auto found = Do<v1::Requisition, v1::GetRequisitionRequest>("GetRequisition", "requisitions/" + id, Manager());
    EXPECT_THAT(found, test::IsOk());
    return found.ok() ? *found : v1::Requisition();
  }
  // An approved requisition `hosts`, in a plan with room for it and a budget of 100,000.
  void HaveOpen(int seats) {
    HavePosition();
    HavePlan(seats);
    HaveBudget(100000);
    HaveBand();
    ASSERT_THAT(Request("hosts", seats), test::IsOk());
    ASSERT_THAT(Approve("hosts"), test::IsOk());
  }

  // ---- Offers

  void HaveBand() {
    auto request = test::Proto<v1::CreatePayBandRequest>(
        "parent: 'positions/host' pay_band_id: 'first' pay_band { reason: 'the first' lowest_minor: 30000 highest_minor: 50000 "
        "currency_code: "
        "'TWD' }");
    ASSERT_THAT(Call<v1::PayBand>("CreatePayBand", Manager(), request), test::IsOk());
    ASSERT_THAT((Do<v1::PayBand, v1::PublishPayBandRequest>("PublishPayBand", "positions/host/payBands/first", Manager())), test::IsOk());
  }
  v1::CreateOfferRequest Offering(const std::string& id, const std::string& application) {
    auto request = test::Proto<v1::CreateOfferRequest>("offer { start_date { year: 2026 month: 1 day: 20 } pay_minor: 40000 }");
    request.set_offer_id(id);
    request.mutable_offer()->set_application("applications/" + application);
    *request.mutable_offer()->mutable_expire_time() = time::ToTimestamp(clock_.Now() + absl::Hours(24));
    return request;
  }
  absl::StatusOr<v1::Offer> Draft(const std::string& id, const std::string& application) {
    return Call<v1::Offer>("CreateOffer", Specialist(), Offering(id, application));
  }
  absl::StatusOr<v1::Offer> ApproveOffer(const std::string& id) {
    return Do<v1::Offer, v1::ApproveOfferRequest>("ApproveOffer", "offers/" + id, Manager());
  }
  absl::StatusOr<v1::Offer> Extend(const std::string& id) {
    return Do<v1::Offer, v1::ExtendOfferRequest>("ExtendOffer", "offers/" + id, Specialist());
  }
  absl::StatusOr<v1::Offer> Accept(const std::string& id) {
    return Do<v1::Offer, v1::AcceptOfferRequest>("AcceptOffer", "offers/" + id, Specialist());
  }
  absl::StatusOr<v1::Offer> Withdraw(const std::string& id) {
    return Do<v1::Offer, v1::WithdrawOfferRequest>("WithdrawOffer", "offers/" + id, Specialist());
  }
  absl::StatusOr<v1::Offer> Start(const std::string& id, const std::string& request_id = "") {
    return Do<v1::Offer, v1::StartEmploymentRequest>("StartEmployment", "offers/" + id, Specialist(), request_id);
  }
  absl::StatusOr<v1::Offer> OfferOf(const std::string& id) {
    return Do<v1::Offer, v1::GetOfferRequest>("GetOffer", "offers/" + id, Manager());
  }
  void HaveApproved(const std::string& id, const std::string& application) {
    ASSERT_THAT(Draft(id, application), test::IsOk());
    ASSERT_THAT(ApproveOffer(id), test::IsOk());
  }
  void HaveExtended(const std::string& id, const std::string& application) {
    HaveApproved(id, application);
    ASSERT_THAT(Extend(id), test::IsOk());
  }
  void HaveAccepted(const std::string& id, const std::string& application) {
    HaveExtended(id, application);
    ASSERT_THAT(Accept(id), test::IsOk());
  }

  // Runs `work(i)` in threads at once and counts the outcomes by their reason, "" for success.
  static std::map<std::string, int> Race(int threads, const std::function<absl::Status(int)>& work) {
    std::latch start(threads);
    std::mutex mutex;
    std::map<std::string, int> outcomes;
    std::vector<std::thread> running;
    for (int i = 0; i < threads; ++i) {
      running.emplace_back([&, i] {
        start.arrive_and_wait();
        const absl::Status status = work(i);
        const std::string reason = status.ok() ? "" : status::ReasonOf(status);
        const std::lock_guard lock(mutex);
        ++outcomes[status.ok() || !reason.empty() ? reason : status.ToString()];
      });
    }
    for (std::thread& thread : running) thread.join();
    return outcomes;
  }

  std::function<absl::Status(const std::string& method, Moment moment)> trouble_;
  test::TestDatabase resource_database_{"resource"};
  record::Store resource_store_;
  job::Runner resource_jobs_;
  resource::Service resource_;
};

}  // namespace heitie::personnel

#endif  // HEITIE_SERVICES_PERSONNEL_RECRUITMENT_RECRUITMENT_TEST_H_
