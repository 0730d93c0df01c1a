// tests/load/compare fanout: the gateway's composites against the slowest of the questions they ask, each through the same gateway.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/config/flags.h"
#include "common/rpc/services.h"
#include "heitie/activity/v1/activity.pb.h"
#include "heitie/activity/v1/launch_gate_examination.pb.h"
#include "heitie/gateway/v1/activity_readiness.pb.h"
#include "heitie/gateway/v1/project_overview.pb.h"
#include "heitie/metrics/v1/counters.pb.h"
#include "heitie/personnel/v1/employee.pb.h"
#include "heitie/planning/v1/baseline.pb.h"
#include "heitie/planning/v1/project.pb.h"
#include "heitie/planning/v1/scheme.pb.h"
#include "heitie/planning/v1/task.pb.h"
#include "heitie/resource/v1/encumbrance.pb.h"
#include "heitie/resource/v1/reservation.pb.h"
#include "heitie/risk/v1/summary.pb.h"
#include "heitie/risk/v1/treatment.pb.h"
#include "tests/load/grpc_load.h"
#include "tests/load/identity.h"
#include "tests/load/measure.h"
#include "tests/load/results.h"

namespace heitie::load {
namespace {

using namespace std::chrono_literals;
using activity::v1::Activity;
using google::protobuf::Message;
using planning::v1::Project;

constexpr int kPage = 200;    // as the composites ask
constexpr int kInFlight = 8;  // for information
constexpr int kConnections = 2;
constexpr auto kWarmUp = 1s, kInTurn = 8s, kAlone = 3s;

constexpr char kActivity[] = "activity";
constexpr char kGateway[] = "gateway";
constexpr char kMetrics[] = "metrics";
constexpr char kPersonnel[] = "personnel";
constexpr char kPlanning[] = "planning";
constexpr char kResource[] = "resource";
constexpr char kRisk[] = "risk";

struct Flags {
  Results::Flags results;
  std::string token_file;
  int gateway = 0;
};

// A call of the gateway.
struct Question {
  std::string method, message;

  Question(const char* process, const char* name, const Message& request)
      : method(rpc::PathOf(*rpc::FindMethod(process, name))), message(request.SerializeAsString()) {}
  std::string name() const { return method.substr(method.find('/') + 1); }
};

// The composite first, then what it asks.
using Questions = std::vector<Question>;

template <typename Request>
Request Named(const std::string& name) {
  Request request;
  request.set_name(name);
  return request;
}
template <typename Request>
Request Children(const std::string& parent) {
  Request request;
  request.set_parent(parent);
  request.set_page_size(kPage);
  return request;
}
template <typename Request>
Request Filtered(const std::string& filter) {
  Request request;
  request.set_filter(filter);
  request.set_page_size(kPage);
  return request;
}

std::string Equals(const std::string& field, const std::string& value) { return absl::StrCat(field, " = \"", value, "\""); }

risk::v1::SummarizeRisksRequest RisksOf(const Activity& activity) {
  risk::v1::SummarizeRisksRequest request;
  request.add_subjects(activity.name());
  request.add_subjects(activity.project());
  return request;
}

metrics::v1::GetActivityCountersRequest CountersOf(const Activity& activity) {
  metrics::v1::GetActivityCountersRequest request;
  request.set_activity(activity.name());
  return request;
}

Questions ReadinessOf(const Activity& activity) {
  const std::string& name = activity.name();
  return {{kGateway, "GetActivityReadiness", Named<gateway::v1::GetActivityReadinessRequest>(name)},
          {kActivity, "ExamineLaunchGate", Named<activity::v1::ExamineLaunchGateRequest>(name)},
          {kResource, "ListReservations", Filtered<resource::v1::ListReservationsRequest>(Equals("subject", name))},
          {kResource, "ListEncumbrances", Filtered<resource::v1::ListEncumbrancesRequest>(Equals("subject", name))}};
}

Questions OverviewOf(const Project& project, const Activity& activity) {
  const std::string& name = project.name();
  return {{kGateway, "GetProjectOverview", Named<gateway::v1::GetProjectOverviewRequest>(name)},
          {kPlanning, "GetProject", Named<planning::v1::GetProjectRequest>(name)},
          {kPlanning, "ListTasks", Children<planning::v1::ListTasksRequest>(name)},
          {kPlanning, "ListSchemes", Children<planning::v1::ListSchemesRequest>(name)},
          {kPlanning, "GetBaseline", Named<planning::v1::GetBaselineRequest>(project.approved_baseline())},
          {kActivity, "ListActivities", Filtered<activity::v1::ListActivitiesRequest>(Equals("project", name))},
          {kResource, "ListReservations", Filtered<resource::v1::ListReservationsRequest>(Equals("subject", activity.name()))},
          {kResource, "ListEncumbrances", Filtered<resource::v1::ListEncumbrancesRequest>(Equals("subject", activity.name()))},
          {kMetrics, "GetActivityCounters", CountersOf(activity)},
          {kPersonnel, "ListEmployees", Filtered<personnel::v1::ListEmployeesRequest>(Equals("name", project.owner()))},
          {kRisk, "SummarizeRisks", RisksOf(activity)}};
}

class Fanout {
 public:
  explicit Fanout(const Flags& flags)
      : token_(ReadToken(flags.token_file)),
        gateway_(Connect(Plain(flags.gateway))),
        load_(Plain(flags.gateway), kConnections),
        results_(flags.results, "fanout",
                 "Composites of the gateway and the questions they ask, through the same gateway, on the data of the demo: one at a time, "
                 "in turn; and "
                 "a composite and its slowest question alone.") {}

  int Run() {
    const auto activity = Only<Activity>(kActivity, "ListActivities", activity::v1::ListActivitiesRequest(),
                                         &activity::v1::ListActivitiesResponse::activities);
    const auto project =
        Only<Project>(kPlanning, "ListProjects", planning::v1::ListProjectsRequest(), &planning::v1::ListProjectsResponse::projects);
    const double readiness = Measure("readiness", ReadinessOf(activity)), overview = Measure("overview", OverviewOf(project, activity));
    const std::string meaning = "median latency of the composite / of its slowest question";
    results_.AddRatio("fanout_readiness", readiness, meaning);
    results_.AddRatio("fanout_overview", overview, meaning);
    results_.AddRatio("fanout", std::max(readiness, overview), "the greater of the two", AtMost(1.3));
    results_.Publish();
    return 0;
  }

 private:
  // The only resource of its kind that the demo made.
  template <typename T, typename Request, typename Response>
  T Only(const char* service, const char* method, const Request& request,
         const google::protobuf::RepeatedPtrField<T>& (Response::*elements)() const) {
    const Question question(service, method, request);
    Response answer;
    const absl::Status asked = gateway_->Call(CallWith(token_), question.method, request, &answer);
    if (!asked.ok()) Die(asked.ToString());
    const auto& all = (answer.*elements)();
    if (all.size() != 1) Die(absl::StrCat(method, " has ", all.size(), " elements instead of the demo's one"));
    return all[0];
  }

  // The ratio of medians.
  double Measure(const std::string& operation, const Questions& questions) {
    size_t turn = 0;
    Outcomes outcomes = load_.Closed(1, Window::Of(kWarmUp, kInTurn), [&] {
      const size_t i = turn++ % questions.size();
      return GrpcRequest{questions[i].method, questions[i].message, token_, static_cast<int>(i)};
    });
    GrpcLoad::AllOk(outcomes);
    const auto median = [&](size_t i) { return outcomes[static_cast<int>(i)].answered.Micros(0.5); };
    size_t slowest = 1;
    for (size_t i = 0; i < questions.size(); ++i) {
      results_.AddRow(operation, questions[i].name(), 1, 0, outcomes[static_cast<int>(i)].answered);
      if (i > 0 && median(i) > median(slowest)) slowest = i;
    }
    for (const size_t i : {size_t{0}, slowest}) MeasureAlone(operation, questions[i]);
    return median(0) / median(slowest);
  }

  void MeasureAlone(const std::string& operation, const Question& question) {
    const Samples samples = GrpcLoad::AllOk(load_.Closed(kInFlight, Window::Of(kWarmUp, kAlone), [&] {
      return GrpcRequest{question.method, question.message, token_};
    }));
    results_.AddRow(operation, question.name(), kInFlight,
                    static_cast<double>(samples.count()) / std::chrono::duration<double>(kAlone).count(), samples);
  }

  const std::string token_;
  const std::unique_ptr<client::Channel> gateway_;
  GrpcLoad load_;
  Results results_;
};

}  // namespace
}  // namespace heitie::load

int main(int argc, char** argv) {
  heitie::load::Flags values;
  heitie::config::Flags flags;
  values.results.Register(flags);
  flags.Add("token_file", &values.token_file, "File with the token of an operations manager.");
  flags.Add("gateway", &values.gateway, 1, 65535, "gRPC port of the gateway.");
  heitie::load::ParseOrDie(flags, argc, argv);
  return heitie::load::Fanout(values).Run();
}
