// tests/load/compare collaboration: what it costs to have somebody told, against the connector's same transaction, and an agenda of much,
// against the slowest of its queries.
#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/substitute.h"
#include "absl/time/clock.h"
#include "common/client/method.h"
#include "common/config/flags.h"
#include "common/time/day.h"
#include "google/protobuf/text_format.h"
#include "heitie/planning/v1/agenda_entry.pb.h"
#include "heitie/planning/v1/meeting.pb.h"
#include "heitie/planning/v1/meeting_series.pb.h"
#include "heitie/planning/v1/meeting_service.methods.h"
#include "heitie/planning/v1/minutes_service.methods.h"
#include "heitie/planning/v1/notice_service.methods.h"
#include "heitie/planning/v1/plan_period.pb.h"
#include "heitie/planning/v1/plan_service.methods.h"
#include "heitie/planning/v1/project.pb.h"
#include "heitie/planning/v1/task.pb.h"
#include "heitie/planning/v1/urgent_call.pb.h"
#include "tests/load/grpc_load.h"
#include "tests/load/identity.h"
#include "tests/load/measure.h"
#include "tests/load/results.h"
#include "tests/load/tables.h"
#include "tests/load/transaction_model.h"
#include "tests/load/way.h"

namespace heitie::load {
namespace {

using namespace planning::v1;

constexpr char kService[] = "planning", kCall[] = "heitie.planning.v1.NoticeService/CreateUrgentCall";
constexpr int kInFlight = 64, kConnections = 4, kRounds = 9;
constexpr int kTasks = 10'000, kOverdue = 400, kRisks = 1'000;
constexpr absl::Duration kPatience = absl::Minutes(1);
const TransactionModel::Keys kKeys = {
    {"event", "`id`"}, {"idempotency", "`request_id`"}, {"notice_causes", "`notice`"}, {"notices", "`name`"}, {"urgent_calls", "`name`"}};

struct Flags {
  Identity identity;
  Results::Flags results;
  std::string token_file, db_socket, only;
  int planning = 0;  // a port of 127.0.0.1

  void Register(config::Flags& flags) {
    identity.Register(flags);
    results.Register(flags);
    flags.Add("token_file", &token_file, "File with the token of an operations manager.");
    flags.Add("planning", &planning, 1, 65535, "gRPC port of the planning service.");
    flags.Add("db_socket", &db_socket, "Socket of the database.");
    flags.Add("only", &only, "What to measure, `notify` or `agenda`; empty for both.");
  }
};

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

template <typename F>
double Seconds(F work) {
  const auto begin = Clock::now();
  work();
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

std::string DateText(absl::CivilDay day) { return absl::Substitute("{ year: $0 month: $1 day: $2 }", day.year(), day.month(), day.day()); }

class Comparison {
 public:
  explicit Comparison(const Flags& flags)
      : flags_(flags),
        tables_(flags.db_socket, {kService}),
        raw_(flags.db_socket, "heitie_planning", kInFlight),
        token_(ReadToken(flags.token_file)),
        channel_(Connect(flags.identity.To(kService, flags.planning))),
        load_(flags.identity.To(kService, flags.planning), kConnections) {}

  int Run() {
    Results results(
        flags_.results, "collaboration",
        absl::Substitute("$0 calls at once, each of which queues a notice, service and connector in turns, medians of $1 windows; an "
                         "agenda of $2 tasks and $3 risks, medians of $4.",
                         kInFlight, Way::kRounds, kTasks, kRisks, kRounds));
    if (flags_.only != "agenda") MeasureNotify(results);
    if (flags_.only != "notify") MeasureAgenda(results);
    results.Publish();
    return 0;
  }

 private:
  template <typename Req, typename Resp>
  Resp Ask(const client::Method<Req, Resp>& method, const std::string& text) {
    Req request;
    if (!google::protobuf::TextFormat::ParseFromString(text, &request)) Die("no request: " + text);
    rpc::Call call = CallWith(token_);
    call.deadline = absl::Now() + kPatience;
    auto response = channel_->Call(call, method, request);
    if (!response.ok()) Die(absl::StrCat(method.path, ": ", response.status().ToString()));
    return *std::move(response);
  }

  static std::string CallText(const std::string& token) {
    return absl::Substitute("urgent_call_id: '$0' request_id: '$0' urgent_call { text: 'Please come' person: 'employees/$0' }", token);
  }

  void MeasureNotify(Results& results) {
    const std::string token = Unique();
    const TransactionModel model(tables_, kService, kKeys, {}, token, "", [&] { Ask(method::CreateUrgentCall, CallText(token)); });
    std::vector<Way> ways;
    ways.push_back({"notify",
                    "service",
                    kInFlight,
                    [this](const Window& window) {
                      return GrpcLoad::AllOk(load_.Closed(kInFlight, window, [this] {
                        CreateUrgentCallRequest request;
                        google::protobuf::TextFormat::ParseFromString(CallText(Unique()), &request);
                        return GrpcRequest{kCall, request.SerializeAsString(), token_, 0};
                      }));
                    },
                    {},
                    {}});
    ways.push_back({"notify",
                    "connector",
                    kInFlight,
                    [this, &model](const Window& window) { return raw_.Loop(kInFlight, window, [&model] { return model.Again(""); }); },
                    {},
                    {}});
    Way::TakeTurns(ways);
    for (const Way& way : ways) results.AddRow(way.operation, way.way, way.in_flight, way.Rate(), way.samples);
    results.AddRatio("notify", ways[0].Rate() / ways[1].Rate(), "calls that queue a notice a second, service / connector's same rows",
                     AtLeast(0.7));
  }

  // An approved project of many tasks, of which some are overdue, and risks of which planning has heard.
  std::string FillAgenda() {
    const absl::CivilDay today = absl::ToCivilDay(absl::Now(), absl::UTCTimeZone());
    Ask(method::CreatePlanPeriod,
        absl::Substitute("plan_period_id: 'load' plan_period { title: 'Load' cadence: CADENCE_ANNUAL start_date $0 end_date $1 }",
                         DateText(absl::CivilDay(today.year(), 1, 1)), DateText(absl::CivilDay(today.year(), 12, 31))));
    Ask(method::CreateProject,
        absl::Substitute("project_id: 'load' project { title: 'Load' plan_period: 'planPeriods/load' owner: 'employees/load' start_date $0 "
                         "end_date $1 currency_code: 'TWD' }",
                         DateText(absl::CivilDay(today.year(), 1, 1)), DateText(absl::CivilDay(today.year(), 12, 31))));
    Ask(method::CreateTask, absl::Substitute("parent: 'projects/load' task_id: 'model' task { title: 'A task' owner: 'employees/load' "
                                             "estimate_hours: 4 start_date $0 end_date $0 }",
                                             DateText(absl::CivilDay(today.year(), 12, 31))));
    Tables::Row task = tables_.Read(kService, "tasks", "WHERE name = ?", {std::string("projects/load/tasks/model")});
    for (int i = 0; i < kTasks; ++i) {
      task.Set("`name`", absl::StrCat("projects/load/tasks/t", i));
      for (const char* date : {"`start_date`", "`end_date`"}) {
        task.Set(date, time::DayText(i < kOverdue ? absl::CivilDay(today.year(), 1, 2) : absl::CivilDay(today.year(), 12, 31)));
      }
      const RawSql::Statement insert = task.InsertInto("tasks");
      tables_.Execute(kService, insert.sql, insert.parameters);
    }
    for (int i = 0; i < kRisks; ++i) {
      tables_.Execute(kService,
                      "INSERT INTO mirrored_risks (name, title, subject, owner, state, level, etag) VALUES (?, 'A risk', 'projects/load', "
                      "'employees/load', 'STATE_ASSESSED', ?, '1')",
                      {absl::StrCat("risks/r", i), std::string(i % 3 == 0 ? "LEVEL_HIGH" : "LEVEL_LOW")});
    }
    tables_.Execute(
        kService,
        "UPDATE projects SET state = 'STATE_APPROVED', approved_baseline = 'projects/load/baselines/1' WHERE name = 'projects/load'");
    Ask(method::CreateMeetingSeries,
        absl::Substitute(
            "meeting_series_id: 'load' meeting_series { title: 'Load' kind: KIND_TEAM_WEEKLY chair: 'employees/load' departments: "
            "'load' schedule { start_date $0 start_clock: '09:30' time_zone: 'Asia/Taipei' duration_minutes: 60 rule: "
            "'FREQ=DAILY' day_off_policy: DAY_OFF_POLICY_NEXT } }",
            DateText(today + 2)));
    return Ask(method::ListMeetings, "parent: 'meetingSeries/load' page_size: 1").meetings(0).name();
  }

  void MeasureAgenda(Results& results) {
    const std::string meeting = absl::Substitute("name: '$0'", FillAgenda());
    const std::string day = time::DayText(absl::ToCivilDay(absl::Now(), absl::UTCTimeZone()) + 2);
    const std::vector<RawSql::Work> queries = {
        {{"SELECT * FROM tasks WHERE state IN ('STATE_OPEN', 'STATE_IN_PROGRESS') AND end_date < ? AND part_count = 0 ORDER BY end_date, "
          "name",
          {day}}},
        {{"SELECT * FROM mirrored_risks WHERE state IN ('STATE_IDENTIFIED', 'STATE_ASSESSED', 'STATE_TREATED', 'STATE_REOPENED') ORDER BY "
          "name",
          {}}}};
    std::vector<double> service;
    std::vector<std::vector<double>> alone(queries.size());
    Samples all;
    for (int round = 0; round < kRounds; ++round) {
      service.push_back(Seconds([&] {
        if (Ask(method::ComputeAgenda, meeting).agenda_entries_size() < kOverdue) Die("an agenda that lacks something");
      }));
      all.Add(service.back() * 1e6);
      for (size_t i = 0; i < queries.size(); ++i) alone[i].push_back(Seconds([&] { raw_.Do({queries[i]}); }));
    }
    double slowest = 0;
    for (const std::vector<double>& one : alone) slowest = std::max(slowest, Median(one));
    results.AddRow("agenda", "service", 1, 1 / Median(service), all);
    results.AddRatio("agenda", Median(service) / slowest, "time of the service / of the slowest of its queries", AtMost(1.5));
  }

  const Flags flags_;
  Tables tables_;
  RawSql raw_;
  const std::string token_;
  const std::unique_ptr<client::Channel> channel_;
  GrpcLoad load_;
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
