// tests/load/compare resource: a plan for people end to end, through the service, against the solver alone on the same problem.
#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/substitute.h"
#include "absl/time/clock.h"
#include "common/client/method.h"
#include "common/config/flags.h"
#include "common/job/runner.h"
#include "common/record/store.h"
#include "common/service/main.h"
#include "common/sql/database.h"
#include "common/time/clock.h"
#include "google/protobuf/text_format.h"
#include "heitie/personnel/v1/employee.pb.h"
#include "heitie/personnel/v1/position.pb.h"
#include "heitie/personnel/v1/staff_service.methods.h"
#include "heitie/resource/v1/people_service.methods.h"
#include "heitie/resource/v1/staff_demand.pb.h"
#include "heitie/resource/v1/staff_plan.pb.h"
#include "services/resource/assignment/solver.h"
#include "services/resource/people/planning.h"
#include "services/resource/people/tables.h"
#include "tests/load/identity.h"
#include "tests/load/measure.h"
#include "tests/load/results.h"
#include "tests/load/tables.h"

namespace heitie::load {
namespace {

constexpr int kPeople = 200, kPositions = 4, kDays = 30, kDemands = 500;
constexpr int kRounds = 5;
constexpr absl::Duration kPatience = absl::Minutes(2);

struct Flags {
  Identity identity;
  Results::Flags results;
  std::string token_file, db_socket;
  int personnel = 0, resource = 0;  // ports of 127.0.0.1

  void Register(config::Flags& flags) {
    identity.Register(flags);
    results.Register(flags);
    flags.Add("token_file", &token_file, "File with the token of an operations manager.");
    flags.Add("personnel", &personnel, 1, 65535, "gRPC port of the personnel service.");
    flags.Add("resource", &resource, 1, 65535, "gRPC port of the resource service.");
    flags.Add("db_socket", &db_socket, "Socket of the database.");
  }
};

// Nobody is asked here.
class NoClient final : public client::Client {
 public:
  void Start(const rpc::Call&, const std::string& method, const google::protobuf::Message&, google::protobuf::Message*,
             Done done) override {
    done(absl::UnavailableError(method));
  }
};

std::string DateText(absl::CivilDay day) { return absl::Substitute("{ year: $0 month: $1 day: $2 }", day.year(), day.month(), day.day()); }

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

class Comparison {
 public:
  explicit Comparison(const Flags& flags)
      : flags_(flags),
        tables_(flags.db_socket, {"resource"}),
        token_(ReadToken(flags.token_file)),
        personnel_(Connect(flags.identity.To("personnel", flags.personnel))),
        resource_(Connect(flags.identity.To("resource", flags.resource))),
        first_(absl::ToCivilDay(absl::Now(), service::DefaultTimeZone()) + 1) {}

  int Run() {
    Prepare();
    const resource::assignment::Problem problem = ReadProblem();
    std::vector<double> whole, bare;
    Samples all, alone;
    for (int round = 0; round < kRounds; ++round) {
      whole.push_back(Propose(round));
      const auto begin = Clock::now();
      const resource::assignment::Solution solution = resource::assignment::Solve(problem, begin + std::chrono::minutes(1));
      bare.push_back(std::chrono::duration<double>(Clock::now() - begin).count());
      if (!solution.proven) Die("the solver did not come to an end");
      all.Add(whole.back() * 1e6);
      alone.Add(bare.back() * 1e6);
    }
    Results results(flags_.results, "assign",
                    absl::Substitute("A plan of $0 people, $1 days and $2 demands; service and solver in turns, medians of $3.", kPeople,
                                     kDays, kDemands, kRounds));
    results.AddRow("plan", "service", 1, 1 / Median(whole), all);
    results.AddRow("plan", "solver", 1, 1 / Median(bare), alone);
    results.AddRatio("assign", Median(bare) / Median(whole), "time of the solver alone / of a proposal end to end", AtLeast(0.7));
    results.Publish();
    return 0;
  }

 private:
  template <typename Req, typename Resp>
  Resp Ask(client::Channel& channel, const client::Method<Req, Resp>& method, const std::string& text) {
    Req request;
    if (!google::protobuf::TextFormat::ParseFromString(text, &request)) Die("no request: " + text);
    rpc::Call call = CallWith(token_);
    call.deadline = absl::Now() + kPatience;
    auto response = channel.Call(call, method, request);
    if (!response.ok()) Die(absl::StrCat(method.path, ": ", response.status().ToString()));
    return *std::move(response);
  }

  void Prepare() {
    for (int i = 0; i < kPositions; ++i) {
      Ask(*personnel_, personnel::v1::method::CreatePosition,
          absl::Substitute("position_id: 'load-$0' position { title: 'Host' responsibilities: 'Hosts.' }", i));
    }
    for (int i = 0; i < kPeople; ++i) {
      Ask(*personnel_, personnel::v1::method::CreateEmployee,
          absl::Substitute("employee_id: 'load-$0' employee { display_name: 'Host $0' position: 'positions/load-$1' department: "
                           "'operations' hire_date $2 }",
                           i, i % kPositions, DateText(first_ - 400)));
    }
    // Each position's demands begin on all days, five on one at most, so that on no day more than half of its people are wanted.
    for (int i = 0; i < kDemands; ++i) {
      const int of_position = i / kPositions;
      const absl::CivilDay start = first_ + of_position % (kDays - 2);
      Ask(*resource_, resource::v1::method::CreateStaffDemand,
          absl::Substitute("staff_demand_id: 'load-$0' staff_demand { subject: 'activities/load-$0' title: 'Host' position: "
                           "'positions/load-$1' start_date $2 end_date $3 required_count: $4 owner: 'employees/load-0' continuity: "
                           "CONTINUITY_ANY_PERSON priority: $5 }",
                           i, i % kPositions, DateText(start), DateText(start + 2), 1 + of_position % 2, i % 3));
    }
    const absl::Time patience = absl::Now() + kPatience;
    while (tables_.Number("resource", "SELECT COUNT(*) FROM mirrored_employees WHERE name LIKE 'employees/load-%'") < kPeople) {
      if (absl::Now() > patience) Die("the service does not hear of the people");
      absl::SleepFor(absl::Milliseconds(100));
    }
  }

  // As the service reads it.
  resource::assignment::Problem ReadProblem() {
    sql::Options options;
    options.socket = flags_.db_socket;
    options.user = "root";
    options.schema = "heitie_resource";
    options.pool_size = 2;
    sql::Database database(options);
    record::Store store(database);
    const time::SystemClock clock;
    job::Runner jobs(store, clock, "services/resource");
    NoClient nobody;
    const resource::StaffTables tables(
        service::Context{store, clock, jobs, [&nobody](const std::string&) -> client::Client& { return nobody; }});
    resource::v1::StaffPlan plan;
    if (!google::protobuf::TextFormat::ParseFromString(Span(), &plan)) Die("no plan: " + Span());
    resource::PlanInput input;
    const absl::Status read = database.Read(absl::Now() + kPatience, [&](sql::Session& session) -> absl::Status {
      absl::StatusOr<resource::PlanInput> found = tables.Input(session, absl::Now(), plan);
      if (found.ok()) input = *std::move(found);
      return found.status();
    });
    if (!read.ok()) Die("no input: " + read.ToString());
    return resource::ProblemOf(input);
  }

  std::string Span() const {
    return absl::Substitute("title: 'Month' start_date $0 end_date $1", DateText(first_), DateText(first_ + kDays - 1));
  }

  // Seconds of a proposal. Another one each time: a repetition would be answered from what is stored.
  double Propose(int round) {
    Ask(*resource_, resource::v1::method::CreateStaffPlan, absl::Substitute("staff_plan_id: 'load-$0' staff_plan { $1 }", round, Span()));
    const auto begin = Clock::now();
    const resource::v1::StaffPlan plan =
        Ask(*resource_, resource::v1::method::ProposeStaffPlan, absl::Substitute("name: 'staffPlans/load-$0'", round));
    const double seconds = std::chrono::duration<double>(Clock::now() - begin).count();
    if (plan.assignments().empty()) Die("nobody is planned for anything");
    if (!plan.proven_optimal()) Die("the plan is not proven to be the best");
    if (!plan.unmet().empty()) Die(absl::StrCat("days that nobody does: ", plan.unmet_size()));
    return seconds;
  }

  const Flags flags_;
  Tables tables_;
  const std::string token_;
  const std::unique_ptr<client::Channel> personnel_, resource_;
  const absl::CivilDay first_;
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
