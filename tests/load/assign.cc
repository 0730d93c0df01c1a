// tests/load/compare assign: a plan of 200 people for 30 working days and 500 demands, asked of the service, against the solver alone on
// the same graph in this process: what reading the facts, making the problem of them, judging and keeping the plan costs besides.
#include <algorithm>
#include <chrono>
#include <random>
#include <string>
#include <thread>
#include <type_traits>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/client/method.h"
#include "common/config/flags.h"
#include "common/service/main.h"
#include "common/time/day.h"
#include "heitie/resource/v1/people_service.methods.h"
#include "heitie/resource/v1/staff_demand.pb.h"
#include "heitie/resource/v1/staff_plan.pb.h"
#include "services/resource/assignment/solver.h"
#include "services/resource/people/planning.h"
#include "tests/load/identity.h"
#include "tests/load/measure.h"
#include "tests/load/results.h"
#include "tests/load/tables.h"

namespace heitie::load {
namespace {

using resource::PlanInput;
using resource::v1::StaffDemand;
using resource::v1::StaffPlan;

constexpr char kService[] = "resource";
constexpr int kPeople = 200, kDemands = 500, kDays = 42, kRounds = 5;  // 42 days with 30 working ones

struct Flags {
  Identity identity;
  Results::Flags results;
  std::string token_file, db_socket;
  int resource = 0;  // port of 127.0.0.1

  void Register(config::Flags& flags) {
    identity.Register(flags);
    results.Register(flags);
    flags.Add("token_file", &token_file, "File with the token of an operations specialist.");
    flags.Add("resource", &resource, 1, 65535, "gRPC port of the resource service.");
    flags.Add("db_socket", &db_socket, "Socket of the database.");
  }
};

class Comparison {
 public:
  explicit Comparison(const Flags& flags)
      : flags_(flags),
        tables_(flags.db_socket, {kService}),
        token_(ReadToken(flags.token_file)),
        channel_(Connect(flags.identity.To(kService, flags.resource))) {}

  int Run() {
    Prepare();
    Samples service, solver;
    std::vector<double> of_service, of_solver;
    for (int round = 0; round < kRounds; ++round) {
      const StaffPlan plan = Timed(of_service, service, [&] { return Propose(round); });
      const resource::assignment::Problem problem = resource::ProblemOf(input_);
      const auto solution = Timed(of_solver, solver, [&] {
        return resource::assignment::Solve(problem, std::chrono::steady_clock::now() + std::chrono::seconds(60));
      });
      if (!plan.proven_optimal() || plan.objective().squared_load() != solution.objective.squares ||
          plan.objective().changed_person_days() != solution.objective.changed) {
        Die("the plan is not that of the solver");
      }
    }
    Results results(flags_.results, "assign",
                    absl::StrCat("One plan at a time of ", kPeople, " people, 30 working days and ", kDemands,
                                 " demands, asked of the service, in turn with the solver alone; medians of ", kRounds, "."));
    results.AddRow("", "service", 1, 1 / Median(of_service), service);
    results.AddRow("", "solver", 1, 1 / Median(of_solver), solver);
    results.AddRatio("assign", Median(of_solver) / Median(of_service), "time of the solver alone / of the service, end to end",
                     AtLeast(0.7));
    results.Publish();
    return 0;
  }

 private:
  template <typename F>
  static std::invoke_result_t<F> Timed(std::vector<double>& seconds, Samples& samples, F work) {
    const auto begin = Clock::now();
    auto result = work();
    seconds.push_back(std::chrono::duration<double>(Clock::now() - begin).count());
    samples.Add(seconds.back() * 1e6);
    return result;
  }
  static double Median(std::vector<double> seconds) {
    std::sort(seconds.begin(), seconds.end());
    return seconds[seconds.size() / 2];
  }

  template <typename Req, typename Resp>
  Resp Do(const client::Method<Req, Resp>& method, const Req& request) {
    auto response = channel_->Call(CallWith(token_), method, request);
    if (!response.ok()) Die(absl::StrCat(method.path, ": ", response.status().ToString()));
    return *std::move(response);
  }

  StaffPlan Propose(int round) {
    resource::v1::ProposeStaffPlanRequest request;
    request.set_name(absl::StrCat("staffPlans/p", round));
    return Do(resource::v1::method::ProposeStaffPlan, request);
  }

  void Prepare() {
    input_.today = absl::ToCivilDay(absl::Now(), service::DefaultTimeZone());
    input_.first = absl::NextWeekday(input_.today, absl::Weekday::monday);
    input_.last = input_.first + kDays - 1;
    time::CalendarRules rules;
    rules.zone = service::DefaultTimeZone();
    for (int weekday = 0; weekday < 5; ++weekday) {
      rules.week[weekday] = {{absl::Hours(9), absl::Hours(12)}, {absl::Hours(13), absl::Hours(18)}};
    }
    input_.facts.calendar = std::make_shared<time::NamedCalendar>(
        time::NamedCalendar{*time::BusinessCalendar::Make({{absl::InfinitePast(), rules}}), {"calendars/default/versions/1"}});
    HavePeople();
    HaveDemands();
    for (int round = 0; round < kRounds; ++round) {
      resource::v1::CreateStaffPlanRequest request;
      request.set_staff_plan_id(absl::StrCat("p", round));
      request.mutable_staff_plan()->set_title("Load");
      *request.mutable_staff_plan()->mutable_start_date() = time::ToDate(input_.first);
      *request.mutable_staff_plan()->mutable_end_date() = time::ToDate(input_.last);
      Do(resource::v1::method::CreateStaffPlan, request);
    }
  }

  // As personnel would have told of them; the copies are declared complete, for nobody is there to ask.
  void HavePeople() {
    for (int i = 0; i < kPeople; ++i) {
      personnel::v1::Employee person;
      person.set_name(absl::StrCat("employees/p", 1000 + i));
      person.set_position("positions/host");
      person.set_etag("1");
      *person.mutable_hire_date() = time::ToDate(absl::CivilDay(2020, 1, 1));
      auto& assignment = *person.add_assignments();
      *assignment.mutable_start_date() = person.hire_date();
      assignment.set_position(person.position());
      auto& absence = *person.add_absences();
      const absl::CivilDay away = input_.first + Draw(0, kDays - 1), back = away + Draw(0, 3);
      *absence.mutable_start_date() = time::ToDate(away);
      *absence.mutable_end_date() = time::ToDate(back);
      personnel::v1::Certificate certificate;
      certificate.set_name(absl::StrCat("certificates/c", 1000 + i));
      certificate.set_course("courses/live");
      certificate.set_state(personnel::v1::Certificate::STATE_ISSUED);
      *certificate.mutable_valid_from() = person.hire_date();
      tables_.Execute(kService,
                      "INSERT INTO mirrored_employees (name, position, department, hire_date, absences, assignments, etag) "
                      "VALUES (?, ?, 'operations', '2020-01-01', ?, ?, '1')",
                      sql::Bind(person.name(), person.position(),
                                absl::StrCat("{\"absences\":[{\"start_date\":", Json(away), ",\"end_date\":", Json(back), "}]}"),
                                absl::StrCat("{\"assignments\":[{\"start_date\":", Json(absl::CivilDay(2020, 1, 1)),
                                             ",\"position\":\"positions/host\",\"department\":\"operations\"}]}")));
      tables_.Execute(kService,
                      "INSERT INTO mirrored_certificates (name, employee, course, valid_from, state, etag) "
                      "VALUES (?, ?, 'courses/live', '2020-01-01', 'STATE_ISSUED', '1')",
                      sql::Bind(certificate.name(), person.name()));
      input_.facts.certificates[person.name()] = {certificate};
      input_.facts.people[person.name()] = person;
    }
    for (int i = 0; tables_.Number(kService, "SELECT COUNT(*) FROM follower WHERE name LIKE 'mirrored-%'") < 5; ++i) {
      if (i > 300) Die("nobody follows");
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
    tables_.Execute(kService, "UPDATE follower SET catch_up_time = NOW(6) WHERE name LIKE 'mirrored-%'");
  }

  void HaveDemands() {
    for (int i = 0; i < kDemands; ++i) {
      resource::v1::CreateStaffDemandRequest request;
      request.set_staff_demand_id(absl::StrCat("d", 1000 + i));
      StaffDemand& demand = *request.mutable_staff_demand();
      demand.set_subject("activities/load");
      demand.set_title("Hosts");
      demand.set_position("positions/host");
      demand.add_courses("courses/live");
      demand.set_required_count(Draw(1, 3));
      demand.set_priority(Draw(0, 3));
      demand.set_owner("employees/p1000");
      demand.set_continuity(StaffDemand::CONTINUITY_ANY_PERSON);
      const absl::CivilDay first = input_.first + Draw(0, kDays - 1);
      *demand.mutable_start_date() = time::ToDate(first);
      *demand.mutable_end_date() = time::ToDate(std::min(input_.last, first + Draw(0, 4)));
      input_.demands.push_back(Do(resource::v1::method::CreateStaffDemand, request));
    }
  }

  static std::string Json(absl::CivilDay day) {
    return absl::StrCat("{\"year\":", day.year(), ",\"month\":", day.month(), ",\"day\":", day.day(), "}");
  }
  int Draw(int from, int to) { return std::uniform_int_distribution<int>(from, to)(random_); }

  const Flags flags_;
  Tables tables_;
  const std::string token_;
  const std::unique_ptr<client::Channel> channel_;
  std::mt19937 random_{1};
  PlanInput input_;
};

}  // namespace
}  // namespace heitie::load

int main(int argc, char** argv) {
  heitie::load::Flags values;
  heitie::config::Flags flags;
  values.Register(flags);
  heitie::load::ParseOrDie(flags, argc, argv);
  return heitie::load::Comparison(values).Run();
}
