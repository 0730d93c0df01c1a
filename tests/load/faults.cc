// tests/load/compare faults: the whole suite under a steady load while its parts are restarted, go away, stand still and come back; and
// tests/load/compare hostile: while strangers attack it. Who does that tells this program by lines on standard input: `begin NAME` when a
// fault begins, `end NAME` when it has been healed. Then follows the time to recover until the next one begins. At `stop` everything that
// was acknowledged is looked up.
#include <sys/stat.h>

#include <algorithm>
#include <fstream>
#include <iostream>
#include <map>
#include <set>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/strings/substitute.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "common/config/flags.h"
#include "google/protobuf/text_format.h"
#include "heitie/activity/v1/activity.pb.h"
#include "heitie/activity/v1/launch_gate.pb.h"
#include "heitie/activity/v1/report.pb.h"
#include "heitie/gateway/v1/activity_readiness.pb.h"
#include "heitie/gateway/v1/missing_part.pb.h"
#include "heitie/gateway/v1/project_overview.pb.h"
#include "heitie/planning/v1/plan_period.pb.h"
#include "heitie/planning/v1/project.pb.h"
#include "heitie/risk/v1/risk.pb.h"
#include "tests/load/identity.h"
#include "tests/load/patient_load.h"
#include "tests/load/results.h"
#include "tests/services.h"

namespace heitie::load {
namespace {

using google::protobuf::Message;

constexpr absl::Duration kDeadline = absl::Seconds(2), kPatience = absl::Seconds(25);
constexpr int kHttpConnections = 160;
constexpr int kSeeds = 50, kPage = 20;

constexpr char kGateway[] = "heitie.gateway.v1.GatewayService/";

enum Kind { kOfRisk, kOfPlanning, kComposite };

struct Flags {
  Identity identity;
  Results::Flags results;
  std::string token_file, folder, part = "faults";
  int rate = 300;  // errands a second
  int gateway_grpc = 0, gateway_http = 0, risk = 0, planning = 0;
};

template <typename T>
std::shared_ptr<const T> Read(const std::string& text) {
  auto message = std::make_shared<T>();
  if (!google::protobuf::TextFormat::ParseFromString(text, message.get())) Die("no request: " + text);
  return message;
}

// A fault and the time after it.
struct Phase {
  std::string name;
  absl::Time begin, end, until;
  // MiB, by process: at most, when it ended and before the next phase began.
  std::map<std::string, double> most_resident, resident_at_end, resident_after;
};

// Resident memory of the process whose pid is in the file, in MiB; 0 when there is none.
double Resident(const std::string& pid_file) {
  std::string pid;
  std::ifstream(pid_file) >> pid;
  std::ifstream status("/proc/" + pid + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.rfind("VmRSS:", 0) == 0) return std::stod(line.substr(6)) / 1024;
  }
  return 0;
}

// The phases as they are announced.
class Script {
 public:
  Script() : reader_([this] { Read(); }) {}
  ~Script() { reader_.join(); }

  bool over() const { return over_.HasBeenNotified(); }
  void NoteMemory(const std::string& folder) {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (phases_.empty()) return;
    Phase& phase = phases_.back();
    for (const std::string& process : Services()) {
      const double resident = Resident(absl::StrCat(folder, "/", process, ".pid"));
      double& most = phase.most_resident[process];
      most = std::max(most, resident);
      (phase.end == absl::InfiniteFuture() ? phase.resident_at_end : phase.resident_after)[process] = resident;
    }
  }
  std::vector<Phase> phases() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return phases_;
  }

 private:
  void Read() {
    for (std::string verb, name; std::cin >> verb && verb != "stop" && std::cin >> name;) {
      const std::lock_guard<std::mutex> lock(mutex_);
      const absl::Time now = absl::Now();
      if (verb == "begin") {
        if (!phases_.empty()) phases_.back().until = now;
        phases_.push_back({name, now, absl::InfiniteFuture(), absl::InfiniteFuture(), {}, {}, {}});
      } else if (verb == "end" && !phases_.empty() && phases_.back().name == name) {
        phases_.back().end = now;
      } else {
        Die(absl::StrCat("not understood: ", verb, " ", name));
      }
    }
    const std::lock_guard<std::mutex> lock(mutex_);
    if (!phases_.empty()) phases_.back().until = absl::Now();
    over_.Notify();
  }

  mutable std::mutex mutex_;
  std::vector<Phase> phases_;
  absl::Notification over_;
  std::thread reader_;
};

// What was asked of the suite and what of it must be there.
class Works {
 public:
  explicit Works(const Flags& flags) : token_(ReadToken(flags.token_file)) {
    gateway_ = OverGrpc({.name = "gateway", .target = absl::StrCat("127.0.0.1:", flags.gateway_grpc)});
    http_ = OverHttp(flags.gateway_http, kHttpConnections);
    const Identity& identity = flags.identity;
    const auto direct = [&](const std::string& service, int port) {
      return OverGrpc({.name = service,
                       .target = absl::StrCat("127.0.0.1:", port),
                       .tls = {identity.tls_ca, identity.tls_cert, identity.tls_key},
                       .server_name = "heitie-" + service});
    };
    risk_ = direct("risk", flags.risk);
    planning_ = direct("planning", flags.planning);
  }
  const std::string& token() const { return token_; }

  void Prepare() {
    Must<planning::v1::PlanPeriod>(
        "planning.v1.PlanService/CreatePlanPeriod",
        Read<planning::v1::CreatePlanPeriodRequest>(
            "plan_period_id: 'faults' plan_period { title: 'Quarter' cadence: CADENCE_QUARTERLY start_date { year: 2026 month: 1 day: 1 } "
            "end_date { year: 2026 month: 3 day: 31 } }"));
    Must<planning::v1::Project>(
        "planning.v1.PlanService/CreateProject",
        Read<planning::v1::CreateProjectRequest>(
            "project_id: 'faults' project { title: 'Spring' plan_period: 'planPeriods/faults' owner: 'employees/li-ming' start_date { "
            "year: "
            "2026 month: 1 day: 5 } end_date { year: 2026 month: 2 day: 27 } currency_code: 'TWD' objectives { title: 'More customers' "
            "metric: 'customers' unit: 'people' baseline: 1000 target: 1500 target_date { year: 2026 month: 2 day: 27 } } }"));
    Must<activity::v1::Activity>(
        "activity.v1.PreparationService/CreateActivity",
        Read<activity::v1::CreateActivityRequest>(
            "activity_id: 'faults' activity { title: 'Sale' project: 'projects/faults' scheme: 'projects/faults/schemes/main' owner: "
            "'employees/li-ming' start_time { seconds: 1767225600 } end_time { seconds: 1767312000 } time_zone: 'Asia/Taipei' }"));
    for (int i = 0; i < kSeeds; ++i) {
      Must<risk::v1::Risk>("risk.v1.RegisterService/CreateRisk", NewRisk(absl::StrCat("seed-", i)));
    }
  }

  // In turn: over the gateway by gRPC and by HTTP, and directly; of each ten, four gets, one list and four creates, one composite.
  Errand Next() {
    const int i = count_++;
    const int what = i % 10, way = i / 10 % 3;
    if (what == 9) return i / 10 % 2 == 0 ? Readiness() : Overview();
    Way& of_risk = way == 0 ? *gateway_ : way == 1 ? *http_ : *risk_;
    Way& of_planning = way == 0 ? *gateway_ : way == 1 ? *http_ : *planning_;
    switch (what) {
      case 0:
      case 5:
        return GetRisk(of_risk, i);
      case 1:
      case 6:
        return GetProject(of_planning);
      case 2:
        return ListRisks(of_risk);
      case 3:
      case 7:
        return CreateRisk(of_risk, i);
      default:
        return CreatePlanPeriod(of_planning, i);
    }
  }

  // How often each acknowledged one is missing, and how often anything is there twice.
  struct Verdict {
    size_t acknowledged = 0, lost = 0, doubled = 0;
  };
  Verdict Check() {
    std::map<std::string, int> there;
    risk::v1::ListRisksRequest risks;
    Page<risk::v1::ListRisksResponse>("risk.v1.RegisterService/ListRisks", risks, &there);
    planning::v1::ListPlanPeriodsRequest periods;
    Page<planning::v1::ListPlanPeriodsResponse>("planning.v1.PlanService/ListPlanPeriods", periods, &there);
    Verdict verdict;
    verdict.acknowledged = acknowledged_.size();
    for (const std::string& title : acknowledged_) verdict.lost += there.count(title) == 0;
    for (const auto& [title, count] : there) verdict.doubled += count > 1;
    return verdict;
  }

  // Composites that did not say everything, by the moment they were asked, with the services that they named.
  const std::multimap<absl::Time, std::set<std::string>>& incomplete() const { return incomplete_; }

 private:
  // On another activity than the composites are about, whose cost would grow.
  static std::shared_ptr<const risk::v1::CreateRiskRequest> NewRisk(const std::string& title) {
    return Read<risk::v1::CreateRiskRequest>(
        absl::Substitute("risk { category: CATEGORY_MARKET subject: 'activities/other' title: '$0' cause: 'Load' owner: "
                         "'employees/li-ming' } request_id: '$0'",
                         title));
  }

  // Done once, before anything fails.
  template <typename Response>
  std::shared_ptr<Response> Must(const std::string& method, std::shared_ptr<const Message> request) {
    auto response = std::make_shared<Response>();
    rpc::Call call;
    call.token = token_;
    call.deadline = absl::Now() + absl::Seconds(10);
    absl::Notification ended;
    absl::Status outcome;
    gateway_->Ask(call, "heitie." + method, std::move(request), response, [&](const absl::Status& status) {
      outcome = status;
      ended.Notify();
    });
    ended.WaitForNotification();
    if (!outcome.ok()) Die(absl::StrCat(method, ": ", outcome.ToString()));
    if constexpr (std::is_same_v<Response, risk::v1::Risk>) seeds_.push_back(response->name());
    return response;
  }

  template <typename Response, typename Request>
  void Page(const std::string& method, Request request, std::map<std::string, int>* there) {
    request.set_page_size(1000);
    do {
      const auto page = Must<Response>(method, std::make_shared<Request>(request));
      if constexpr (std::is_same_v<Response, risk::v1::ListRisksResponse>) {
        for (const auto& risk : page->risks()) ++(*there)[risk.title()];
      } else {
        for (const auto& period : page->plan_periods()) ++(*there)[period.title()];
      }
      request.set_page_token(page->next_page_token());
    } while (!request.page_token().empty());
  }

  Errand GetRisk(Way& way, int i) const {
    auto request = std::make_shared<risk::v1::GetRiskRequest>();
    request->set_name(seeds_[i / 5 % seeds_.size()]);
    return {kOfRisk, &way, "heitie.risk.v1.RegisterService/GetRisk", request, std::make_shared<risk::v1::Risk>(), nullptr};
  }
  static Errand ListRisks(Way& way) {
    auto request = std::make_shared<risk::v1::ListRisksRequest>();
    request->set_page_size(kPage);
    return {kOfRisk, &way, "heitie.risk.v1.RegisterService/ListRisks", request, std::make_shared<risk::v1::ListRisksResponse>(), nullptr};
  }
  static Errand GetProject(Way& way) {
    return {kOfPlanning,
            &way,
            "heitie.planning.v1.PlanService/GetProject",
            Read<planning::v1::GetProjectRequest>("name: 'projects/faults'"),
            std::make_shared<planning::v1::Project>(),
            nullptr};
  }
  Errand CreateRisk(Way& way, int i) {
    const std::string title = absl::StrCat("risk-", i);
    return {kOfRisk,
            &way,
            "heitie.risk.v1.RegisterService/CreateRisk",
            NewRisk(title),
            std::make_shared<risk::v1::Risk>(),
            [this, title](absl::Time) { acknowledged_.insert(title); }};
  }
  Errand CreatePlanPeriod(Way& way, int i) {
    const std::string title = absl::StrCat("period-", i);
    auto request = Read<planning::v1::CreatePlanPeriodRequest>(
        absl::Substitute("request_id: '$0' plan_period { title: '$0' cadence: CADENCE_MONTHLY start_date { year: 2026 month: 3 day: 1 } "
                         "end_date { year: 2026 month: 3 day: 31 } }",
                         title));
    return {kOfPlanning,
            &way,
            "heitie.planning.v1.PlanService/CreatePlanPeriod",
            request,
            std::make_shared<planning::v1::PlanPeriod>(),
            [this, title](absl::Time) { acknowledged_.insert(title); }};
  }
  Errand Readiness() {
    auto answer = std::make_shared<gateway::v1::ActivityReadiness>();
    return {kComposite,
            gateway_.get(),
            absl::StrCat(kGateway, "GetActivityReadiness"),
            Read<gateway::v1::GetActivityReadinessRequest>("name: 'activities/faults'"),
            answer,
            [this, answer](absl::Time asked) { NoteMissing(asked, answer->missing()); }};
  }
  Errand Overview() {
    auto answer = std::make_shared<gateway::v1::ProjectOverview>();
    return {kComposite,
            gateway_.get(),
            absl::StrCat(kGateway, "GetProjectOverview"),
            Read<gateway::v1::GetProjectOverviewRequest>("name: 'projects/faults'"),
            answer,
            [this, answer](absl::Time asked) { NoteMissing(asked, answer->missing()); }};
  }
  void NoteMissing(absl::Time asked, const google::protobuf::RepeatedPtrField<gateway::v1::MissingPart>& missing) {
    std::set<std::string> services;
    for (const auto& part : missing) services.insert(part.service());
    if (!services.empty()) incomplete_.emplace(asked, services);
  }

  const std::string token_;
  std::unique_ptr<Way> gateway_, http_, risk_, planning_;
  std::vector<std::string> seeds_;
  int count_ = 0;
  std::set<std::string> acknowledged_;
  std::multimap<absl::Time, std::set<std::string>> incomplete_;
};

double Micros(const Attempt& attempt) { return absl::ToDoubleMicroseconds(attempt.answered - attempt.asked); }

// What was asked in [begin, end).
class Span {
 public:
  using Wanted = std::function<bool(const Attempt&)>;
  Span(const std::vector<Attempt>& all, absl::Time begin, absl::Time end) : begin_(begin), end_(end) {
    for (const Attempt& attempt : all) {
      if (attempt.asked >= begin && attempt.asked < end) attempts_.push_back(attempt);
    }
  }
  double Seconds() const { return absl::ToDoubleSeconds(end_ - begin_); }
  Samples Latencies(const Wanted& wanted) const {
    Samples samples;
    for (const Attempt& attempt : attempts_) {
      if (wanted(attempt)) samples.Add(Micros(attempt));
    }
    return samples;
  }
  double Count(const Wanted& wanted) const { return static_cast<double>(std::count_if(attempts_.begin(), attempts_.end(), wanted)); }
  // Seconds until nothing fails any more. What was answered after the end belongs to what came then.
  double Recovery() const {
    absl::Time last = begin_;
    for (const Attempt& attempt : attempts_) {
      if (attempt.code != absl::StatusCode::kOk && attempt.answered < end_) last = std::max(last, attempt.asked);
    }
    return absl::ToDoubleSeconds(last - begin_);
  }
  std::set<absl::StatusCode> Codes() const {
    std::set<absl::StatusCode> codes;
    for (const Attempt& attempt : attempts_) codes.insert(attempt.code);
    return codes;
  }

 private:
  const absl::Time begin_, end_;
  std::vector<Attempt> attempts_;
};

bool Failed(const Attempt& attempt) { return attempt.code != absl::StatusCode::kOk; }
bool Succeeded(const Attempt& attempt) { return attempt.code == absl::StatusCode::kOk; }
// Tells the client what to do: come again at a certain time, or that its own deadline has passed.
bool Unclear(const Attempt& attempt) { return Failed(attempt) && attempt.code != absl::StatusCode::kDeadlineExceeded && !attempt.advised; }

class Report {
 public:
  Report(const Flags& flags, const std::vector<Phase>& phases, const PatientLoad& load, const Works& works, const Works::Verdict& verdict)
      : part_(flags.part),
        results_(flags.results, flags.part,
                 absl::StrCat("Arrivals at ", flags.rate, " a second, each with ", absl::FormatDuration(kDeadline),
                              " for an attempt, through the gateway by gRPC and HTTP/JSON and directly, while ",
                              flags.part == "hostile" ? "strangers attack it; " : "parts of the suite fail; ", verdict.acknowledged,
                              " acknowledged creates were looked up afterwards.")),
        phases_(phases),
        load_(load),
        works_(works),
        verdict_(verdict) {}

  void Make() {
    for (const Phase& phase : phases_) {
      AddRows(phase.name, Span(load_.attempts(), phase.begin, phase.end));
      if (phase.name != "calm") AddRows(phase.name + ", after it", Span(load_.attempts(), phase.end, phase.until));
    }
    for (const Phase& phase : phases_) AddFigures(phase);
    results_.AddRatio(part_ + "_lost", static_cast<double>(verdict_.lost), "acknowledged creates that are not there", AtMost(0));
    results_.AddRatio(part_ + "_doubled", static_cast<double>(verdict_.doubled), "creates that were done twice", AtMost(0));
    results_.Publish();
  }

 private:
  void AddRows(const std::string& operation, const Span& span) {
    for (const absl::StatusCode code : span.Codes()) {
      const Samples latencies = span.Latencies([code](const Attempt& attempt) { return attempt.code == code; });
      results_.AddRow(operation, absl::StatusCodeToString(code), 0, static_cast<double>(latencies.count()) / span.Seconds(), latencies);
    }
  }

  void AddFigures(const Phase& phase) {
    const Span during(load_.attempts(), phase.begin, phase.end), after(load_.attempts(), phase.end, phase.until);
    const auto figure = [&](const std::string& name, const std::string& meaning, double value, const std::string& unit, Aim aim = {}) {
      results_.AddFigure(absl::StrCat(phase.name, "_", name), absl::StrCat(phase.name, ": ", meaning), value, unit, aim);
    };
    if (phase.name == "calm") {
      calm_ = during.Latencies([](const Attempt& attempt) { return attempt.kind == kOfPlanning && Succeeded(attempt); });
      all_calm_ = during.Latencies(Succeeded);
      calm_resident_ = phase.resident_at_end;
      return AddMemory(phase);
    }
    if (phase.name == "hostile") return AddHostile(phase, during);
    const bool restart = phase.name.rfind("restart", 0) == 0, database = phase.name.rfind("database", 0) == 0;
    if (restart) {
      results_.AddRatio(absl::StrCat(phase.name, "_failed"), static_cast<double>(FailedForGood(phase)),
                        "errands that failed although they were repeated", AtMost(0));
    } else {
      figure("refusal", "p99 of answers that are failures", during.Latencies(Failed).Micros(0.99) / 1e6, "s",
             phase.name == "database_gone" ? AtMost(1) : AtMost(absl::ToDoubleSeconds(kDeadline) + 0.1));
    }
    figure("recovery", "until nothing fails any more", after.Recovery(), "s", database ? AtMost(2) : Aim{});
    if (database) {
      results_.AddRatio(absl::StrCat(phase.name, "_unclear"), during.Count(Unclear) + after.Count(Unclear),
                        "failures that do not say what to do", AtMost(0));
    }
    if (phase.name == "service_hung") AddHung(phase, during);
    AddMemory(phase);
  }

  // Risk stands still; planning does not, and composites answer with the rest.
  void AddHung(const Phase& phase, const Span& during) {
    const auto others = [](const Attempt& attempt) { return attempt.kind == kOfPlanning; };
    results_.AddRatio("hung_others_p99",
                      during.Latencies([&](const Attempt& a) { return others(a) && Succeeded(a); }).Micros(0.99) / calm_.Micros(0.99),
                      "p99 of the requests to another service / before the fault");
    results_.AddRatio("hung_others_failed", during.Count([&](const Attempt& a) { return others(a) && Failed(a); }),
                      "requests to another service that failed", AtMost(0));
    const auto composite = [](const Attempt& attempt) { return attempt.kind == kComposite; };
    const double asked = during.Count(composite);
    results_.AddRatio("hung_composites_answered", during.Count([&](const Attempt& a) { return composite(a) && Succeeded(a); }) / asked,
                      "composites answered by their deadline / asked", AtLeast(1));
    // Those that were not still waiting when it went on.
    const absl::Time last = phase.end - kDeadline;
    double named = 0;
    for (const auto& [moment, services] : works_.incomplete()) {
      if (moment >= phase.begin && moment < last) named += services.count("risk");
    }
    results_.AddRatio("hung_composites_named", named / Span(load_.attempts(), phase.begin, last).Count(composite),
                      "composites that name the service that stands still / asked", AtLeast(1));
  }

  void AddHostile(const Phase& phase, const Span& during) {
    results_.AddRatio("hostile_p99", during.Latencies(Succeeded).Micros(0.99) / all_calm_.Micros(0.99),
                      "p99 of the steady requests / before the attack", AtMost(2));
    results_.AddRatio("hostile_failed", static_cast<double>(FailedForGood(phase)), "errands that failed although they were repeated",
                      AtMost(0));
    results_.AddFigure("hostile_refused", "hostile: attempts that failed of a thousand",
                       during.Count(Failed) / during.Count([](const Attempt&) { return true; }) * 1000, "");
    AddMemory(phase);
    for (const auto& [process, resident] : phase.resident_after) {
      results_.AddFigure(absl::StrCat("hostile_", process, "_grew"),
                         absl::StrCat("memory of ", process, " after the attack, more than before it"), resident - calm_resident_[process],
                         "MiB", AtMost(50));
    }
  }

  void AddMemory(const Phase& phase) {
    for (const auto& [process, most] : phase.most_resident) {
      results_.AddFigure(absl::StrCat(phase.name, "_", process), absl::StrCat(phase.name, ": memory of ", process), most, "MiB");
    }
  }

  int FailedForGood(const Phase& phase) const {
    return static_cast<int>(std::count_if(load_.endings().begin(), load_.endings().end(), [&](const Ending& ending) {
      return ending.due >= phase.begin && ending.due < phase.until && ending.code != absl::StatusCode::kOk;
    }));
  }

  const std::string part_;
  Results results_;
  const std::vector<Phase>& phases_;
  const PatientLoad& load_;
  const Works& works_;
  const Works::Verdict& verdict_;
  Samples calm_, all_calm_;
  std::map<std::string, double> calm_resident_;
};

// Tab-separated, a line for each tenth of a second: seconds, phase, answered, p99 of these in milliseconds, failures by code.
void WriteTimeline(const std::string& path, const std::vector<Phase>& phases, const std::vector<Attempt>& attempts) {
  constexpr absl::Duration kStep = absl::Milliseconds(100);
  std::ofstream file(path);
  file << "seconds\tphase\tanswered\tp99_ms\tfailed\n";
  const absl::Time start = phases.front().begin;
  for (const Phase& phase : phases) {
    for (absl::Time at = phase.begin; at < phase.until; at += kStep) {
      const Span span(attempts, at, at + kStep);
      file << absl::ToDoubleSeconds(at - start) << "\t" << phase.name << (at < phase.end ? "" : ", after it") << "\t"
           << span.Count(Succeeded) << "\t" << span.Latencies(Succeeded).Micros(0.99) / 1000 << "\t";
      for (const absl::StatusCode code : span.Codes()) {
        if (code == absl::StatusCode::kOk) continue;
        file << absl::StatusCodeToString(code) << "=" << span.Count([code](const Attempt& a) { return a.code == code; }) << " ";
      }
      file << "\n";
    }
  }
  if (!file.flush()) Die("cannot write " + path);
}

int Run(const Flags& flags) {
  Works works(flags);
  works.Prepare();
  PatientLoad load(works.token(), kDeadline, kPatience);
  Script script;
  std::ofstream(flags.folder + "/loading").flush();
  load.Run(
      flags.rate, [&] { return works.Next(); }, [&] { return script.over(); }, [&] { script.NoteMemory(flags.folder); });
  const std::vector<Phase> phases = script.phases();
  const Works::Verdict verdict = works.Check();
  if (!flags.results.folder.empty() && flags.part == "faults") {
    WriteTimeline(flags.results.folder + "/faults.tsv", phases, load.attempts());
  }
  Report(flags, phases, load, works, verdict).Make();
  return verdict.lost + verdict.doubled == 0 ? 0 : 1;
}

}  // namespace
}  // namespace heitie::load

int main(int argc, char** argv) {
  heitie::load::Flags values;
  heitie::config::Flags flags;
  values.identity.Register(flags);
  values.results.Register(flags);
  flags.Add("token_file", &values.token_file, "File with the token of an operations manager who is an analyst as well.");
  flags.Add("folder", &values.folder, "Folder with the pid files of the processes; the file `loading` appears in it when the load begins.");
  flags.Add("part", &values.part, "What happens meanwhile: faults or hostile.");
  flags.Add("rate", &values.rate, 1, 10000, "Errands a second.");
  flags.Add("gateway_grpc", &values.gateway_grpc, 1, 65535, "gRPC port of the gateway.");
  flags.Add("gateway_http", &values.gateway_http, 1, 65535, "HTTP port of the gateway.");
  flags.Add("risk", &values.risk, 1, 65535, "gRPC port of the risk service.");
  flags.Add("planning", &values.planning, 1, 65535, "gRPC port of the planning service.");
  heitie::load::ParseOrDie(flags, argc, argv);
  return heitie::load::Run(values);
}
