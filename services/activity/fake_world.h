// The other services as the tests of this one see them: a world in which everything is well until a test changes it. The resource service
// keeps books, answers a repeated request_id as the first time, and counts what is held.
#ifndef HEITIE_SERVICES_ACTIVITY_FAKE_WORLD_H_
#define HEITIE_SERVICES_ACTIVITY_FAKE_WORLD_H_

#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "common/test/fixture.h"
#include "heitie/metrics/v1/counters.pb.h"
#include "heitie/metrics/v1/query.pb.h"
#include "heitie/metrics/v1/user_erasure.pb.h"
#include "heitie/personnel/v1/employee.pb.h"
#include "heitie/personnel/v1/qualification.pb.h"
#include "heitie/planning/v1/project.pb.h"
#include "heitie/planning/v1/scheme.pb.h"
#include "heitie/resource/v1/allotment.pb.h"
#include "heitie/resource/v1/budget.pb.h"
#include "heitie/resource/v1/encumbrance.pb.h"
#include "heitie/resource/v1/item.pb.h"
#include "heitie/resource/v1/reservation.pb.h"
#include "heitie/resource/v1/stock.pb.h"
#include "heitie/risk/v1/summary.pb.h"
#include "heitie/type/v1/event.pb.h"

namespace heitie::activity {

class FakeWorld {
 public:
  // Where a call is when `trouble` is asked: before it has an effect, or after it, when the answer can still be lost.
  enum class Moment { kBefore, kAfter };

  planning::v1::Project project;
  planning::v1::Scheme scheme;
  resource::v1::Budget budget;
  int64_t stock = 100;  // available of every item
  // The people whom personnel knows.
  std::map<std::string, personnel::v1::Employee> employees = {
      {"employees/li", test::Proto<personnel::v1::Employee>(R"pb(name: "employees/li" display_name: "Li Ming")pb")}};
  std::set<std::string> unqualified;
  risk::v1::SummarizeRisksResponse risks;
  std::vector<type::v1::Event> risk_events;
  std::vector<type::v1::Event> alert_events;                 // of metrics, as risk_events
  std::vector<type::v1::Event> plan_events, holding_events;  // of planning and resource, likewise
  std::vector<type::v1::Event> people_events;                // of personnel, after those that tell of `employees`
  metrics::v1::ActivityCounters counters;
  std::map<std::string, metrics::v1::ErasedUser> erased_users;  // by their ids
  std::map<std::string, resource::v1::Reservation> reservations;
  std::map<std::string, resource::v1::Encumbrance> encumbrances;
  // Each with a reservation and an encumbrance among those above, `reservations/of-x` and `encumbrances/of-x`.
  std::map<std::string, resource::v1::Allotment> allotments;
  std::vector<metrics::v1::ActivityTracking> trackings;
  std::vector<risk::v1::ReportAvoidanceRequest> avoidance_reports;
  // The methods that were called, without the package, in order, questions of the gate left out.
  std::vector<std::string> calls;
  // The last questions, for tests that look at them.
  personnel::v1::CheckQualificationRequest qualification_question;
  personnel::v1::CheckQualificationCasesRequest cases_question;
  metrics::v1::QueryMetricRequest metric_question;
  // Asked around each call, by the method's last part; an error is the call's answer, and it may throw.
  std::function<absl::Status(const std::string& method, Moment moment)> trouble;

  explicit FakeWorld(std::map<std::string, test::FakeClient>& clients);

  // What is held of stock and money, confirmed or not.
  int64_t HeldStock() const;
  int64_t HeldMoney() const;

 private:
  template <typename Request, typename Response>
  void On(test::FakeClient& client, const std::string& method, bool recorded,
          std::function<absl::StatusOr<Response>(const Request&)> answer);
  // As On, for changes: repeats the first answer to a request_id.
  template <typename Request, typename Response>
  void OnChange(test::FakeClient& client, const std::string& method, std::function<absl::StatusOr<Response>(const Request&)> answer);

  void PlayPlanning(test::FakeClient& client);
  void PlayStock(test::FakeClient& client);
  void PlayMoney(test::FakeClient& client);
  void PlayAllotments(test::FakeClient& client);
  // All or nothing: from what the allotment has to `wanted`.
  absl::Status Reshape(const resource::v1::Allotment& wanted, resource::v1::Allotment& allotment);
  void LetGo(const resource::v1::Allotment& allotment);
  void PlayOthers(std::map<std::string, test::FakeClient>& clients);

  std::recursive_mutex mutex_;  // The gate asks in parallel, and `trouble` may begin calls of its own.
  std::map<std::string, std::string> answers_;
};

}  // namespace heitie::activity

#endif  // HEITIE_SERVICES_ACTIVITY_FAKE_WORLD_H_
