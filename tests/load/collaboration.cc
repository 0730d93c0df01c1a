// tests/load/compare collaboration: what it costs to have somebody told, against the connector's same transaction; an agenda of much,
// against the slowest of its queries; how soon a robot tells what happened in another service; and whether robots wait for one that hangs.
#include <algorithm>
#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/substitute.h"
#include "absl/time/clock.h"
#include "common/config/flags.h"
#include "common/event/follower.h"
#include "common/time/day.h"
#include "google/protobuf/text_format.h"
#include "heitie/planning/v1/agenda_entry.pb.h"
#include "heitie/planning/v1/meeting.pb.h"
#include "heitie/planning/v1/meeting_series.pb.h"
#include "heitie/planning/v1/meeting_service.methods.h"
#include "heitie/planning/v1/minutes_service.methods.h"
#include "heitie/planning/v1/notice_policy.pb.h"
#include "heitie/planning/v1/notice_rule.pb.h"
#include "heitie/planning/v1/notice_service.methods.h"
#include "heitie/planning/v1/plan_period.pb.h"
#include "heitie/planning/v1/plan_service.methods.h"
#include "heitie/planning/v1/project.pb.h"
#include "heitie/planning/v1/robot.pb.h"
#include "heitie/planning/v1/robot_policy.pb.h"
#include "heitie/planning/v1/robot_service.methods.h"
#include "heitie/planning/v1/task.pb.h"
#include "heitie/planning/v1/urgent_call.pb.h"
#include "heitie/risk/v1/register_service.methods.h"
#include "heitie/risk/v1/risk.pb.h"
#include "tests/load/grpc_load.h"
#include "tests/load/identity.h"
#include "tests/load/measure.h"
#include "tests/load/provider.h"
#include "tests/load/results.h"
#include "tests/load/tables.h"
#include "tests/load/transaction_model.h"
#include "tests/load/way.h"

namespace heitie::load {
namespace {

using namespace planning::v1;

constexpr char kService[] = "planning", kCall[] = "heitie.planning.v1.NoticeService/CreateUrgentCall";
constexpr char kRisk[] = "risk";
constexpr int kInFlight = 64, kConnections = 4, kRounds = 9;
constexpr int kTasks = 10'000, kOverdue = 400, kRisks = 1'000;
constexpr int kRobots = 50, kWaiting = 300;  // messages of each robot
constexpr int kEvents = 300;
constexpr absl::Duration kBetweenEvents = absl::Milliseconds(100), kPatience = absl::Minutes(2), kGlance = absl::Milliseconds(20);
const TransactionModel::Keys kKeys = {
    {"event", "`id`"}, {"idempotency", "`request_id`"}, {"notice_causes", "`notice`"}, {"notices", "`name`"}, {"urgent_calls", "`name`"}};

struct Flags {
  Identity identity;
  Results::Flags results;
  std::string token_file, db_socket, only;
  int planning = 0, risk = 0;  // ports of 127.0.0.1

  void Register(config::Flags& flags) {
    identity.Register(flags);
    results.Register(flags);
    flags.Add("token_file", &token_file, "File with the token of an operations manager.");
    flags.Add("planning", &planning, 1, 65535, "gRPC port of the planning service.");
    flags.Add("risk", &risk, 1, 65535, "gRPC port of the risk service.");
    flags.Add("db_socket", &db_socket, "Socket of the database.");
    flags.Add("only", &only, "What to measure: `notify`, `agenda`, `event_to_send` or `healthy_beside_dead`; empty for all.");
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
        tables_(flags.db_socket, {kService, kRisk}),
        raw_(flags.db_socket, "heitie_planning", kInFlight),
        asker_(flags.identity.To(kService, flags.planning), ReadToken(flags.token_file)),
        load_(flags.identity.To(kService, flags.planning), kConnections) {}

  int Run() {
    Results results(
        flags_.results, "collaboration",
        absl::Substitute("$0 calls at once, each of which queues a notice that is not delivered meanwhile, service and connector "
                         "in turns, medians of $1 windows; an agenda of $2 tasks and $3 risks, medians of $4; $5 risks, one "
                         "each $6, of which robots tell; $7 robots with much to say, one of which hangs in every other window.",
                         kInFlight, Way::kRounds, kTasks, kRisks, kRounds, kEvents, absl::FormatDuration(kBetweenEvents), kRobots));
    if (Measures("notify")) MeasureNotify(results);
    if (Measures("agenda")) MeasureAgenda(results);
    if (Measures("event_to_send") || Measures("healthy_beside_dead")) MakeRobots();
    if (Measures("event_to_send")) MeasureSending(results);
    if (Measures("healthy_beside_dead")) MeasureHealthy(results);
    results.Publish();
    return 0;
  }

 private:
  static std::string CallText(const std::string& token) {
    return absl::Substitute("urgent_call_id: '$0' request_id: '$0' urgent_call { text: 'Please come' person: 'employees/$0' }", token);
  }

  bool Measures(const std::string& name) const { return flags_.only.empty() || flags_.only == name; }

  // When notices leave the queue. The version before was shipped.
  void GatherFor(absl::Duration delay) {
    const std::string id = absl::StrCat("load-", ++versions_);
    asker_.Ask(method::CreateNoticePolicy,
               absl::Substitute("notice_policy_id: '$0' notice_policy { reason: 'Load' gather_delay { seconds: $1 nanos: $2 } "
                                "escalate_from: URGENCY_CRITICAL mandatory_wordings: 'urgent-call' }",
                                id, absl::ToInt64Seconds(delay), absl::ToInt64Nanoseconds(delay % absl::Seconds(1))));
    asker_.Ask(method::PublishNoticePolicy, absl::Substitute("name: 'noticePolicies/$0'", id));
  }

  // The connector delivers nothing, so the service is not to do so beside its calls, or beside the connector.
  void MeasureNotify(Results& results) {
    GatherFor(absl::Hours(1));
    const std::string token = Unique();
    const TransactionModel model(tables_, kService, kKeys, {}, token, "", [&] { asker_.Ask(method::CreateUrgentCall, CallText(token)); });
    std::vector<Way> ways;
    ways.push_back({"notify",
                    "service",
                    kInFlight,
                    [this](const Window& window) {
                      return GrpcLoad::AllOk(load_.Closed(kInFlight, window, [this] {
                        CreateUrgentCallRequest request;
                        google::protobuf::TextFormat::ParseFromString(CallText(Unique()), &request);
                        return GrpcRequest{kCall, request.SerializeAsString(), asker_.token(), 0};
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
    tables_.Execute(kService, "UPDATE notices SET due_time = NULL");
    GatherFor(absl::Milliseconds(500));
  }

  // An approved project of many tasks, of which some are overdue, and risks of which planning has heard.
  std::string FillAgenda() {
    const absl::CivilDay today = absl::ToCivilDay(absl::Now(), absl::UTCTimeZone());
    asker_.Ask(method::CreatePlanPeriod,
               absl::Substitute("plan_period_id: 'load' plan_period { title: 'Load' cadence: CADENCE_ANNUAL start_date $0 end_date $1 }",
                                DateText(absl::CivilDay(today.year(), 1, 1)), DateText(absl::CivilDay(today.year(), 12, 31))));
    asker_.Ask(
        method::CreateProject,
        absl::Substitute("project_id: 'load' project { title: 'Load' plan_period: 'planPeriods/load' owner: 'employees/load' start_date $0 "
                         "end_date $1 currency_code: 'TWD' }",
                         DateText(absl::CivilDay(today.year(), 1, 1)), DateText(absl::CivilDay(today.year(), 12, 31))));
    asker_.Ask(method::CreateTask,
               absl::Substitute("parent: 'projects/load' task_id: 'model' task { title: 'A task' owner: 'employees/load' "
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
    asker_.Ask(method::CreateMeetingSeries,
               absl::Substitute(
                   "meeting_series_id: 'load' meeting_series { title: 'Load' kind: KIND_TEAM_WEEKLY chair: 'employees/load' departments: "
                   "'load' schedule { start_date $0 start_clock: '09:30' time_zone: 'Asia/Taipei' duration_minutes: 60 rule: "
                   "'FREQ=DAILY' day_off_policy: DAY_OFF_POLICY_NEXT } }",
                   DateText(today + 2)));
    return asker_.Ask(method::ListMeetings, "parent: 'meetingSeries/load' page_size: 1").meetings(0).name();
  }

  void MeasureAgenda(Results& results) {
    const std::string meeting = absl::Substitute("name: '$0'", FillAgenda());
    const std::string day = time::DayText(absl::ToCivilDay(absl::Now(), absl::UTCTimeZone()) + 2);
    // Those of much, as the service asks them.
    const std::vector<RawSql::Work> queries = {
        {{"SELECT t.name, t.title, t.etag, t.owner, t.end_date FROM tasks t WHERE t.state IN ('STATE_OPEN', 'STATE_IN_PROGRESS') AND "
          "t.end_date < ? AND t.part_count = 0 AND EXISTS (SELECT 1 FROM projects p WHERE p.name = SUBSTRING_INDEX(t.name, '/', 2) AND "
          "p.state = 'STATE_APPROVED') ORDER BY t.end_date, t.name LIMIT 500",
          {day}}},
        {{"SELECT name, title, etag, owner, level, state FROM mirrored_risks WHERE state IN ('STATE_IDENTIFIED', 'STATE_ASSESSED', "
          "'STATE_TREATED', 'STATE_REOPENED') AND restriction = ''",
          {}}}};
    std::vector<double> service;
    std::vector<std::vector<double>> alone(queries.size());
    Samples all;
    for (int round = 0; round < kRounds; ++round) {
      service.push_back(Seconds([&] {
        if (asker_.Ask(method::ComputeAgenda, meeting).agenda_entries_size() < kOverdue) Die("an agenda that lacks something");
      }));
      all.Add(service.back() * 1e6);
      for (size_t i = 0; i < queries.size(); ++i) alone[i].push_back(Seconds([&] { raw_.Do({queries[i]}); }));
    }
    double slowest = 0;
    for (const std::vector<double>& one : alone) slowest = std::max(slowest, Median(one));
    results.AddRow("agenda", "service", 1, 1 / Median(service), all);
    results.AddRatio("agenda", Median(service) / slowest, "time of the service / of the slowest of its queries", AtMost(1.5));
  }

  // One robot for each person, of a provider that knows no limit here.
  void MakeRobots() {
    asker_.Ask(
        method::CreateRobotPolicy,
        "robot_policy_id: 'load' robot_policy { reason: 'Load' providers { kind: KIND_WECOM max_bytes: 2048 limits { count: 100000 "
        "window { seconds: 1 } } code_field: 'errcode' codes { code: '0' outcome: OUTCOME_TAKEN } } backoff { seconds: 1 } backoff { "
        "seconds: 1 } backoff { seconds: 1 } backoff { seconds: 1 } backoff { seconds: 1 } backoff { seconds: 1 } disable_after { "
        "seconds: 86400 } margin_percent: 5 critical_percent: 20 keep_days: 30 answer_timeout { seconds: 10 } }");
    asker_.Ask(method::PublishRobotPolicy, "name: 'robotPolicies/load'");
    for (int i = 0; i < kRobots; ++i) {
      asker_.Ask(method::CreateRobot,
                 absl::Substitute("robot_id: 'load-$0' robot { title: 'Group' kind: KIND_WECOM owner: 'employees/keeper' "
                                  "department: 'load' people: 'employees/load-$0' from_urgency: URGENCY_LOW }",
                                  i));
      asker_.Ask(method::SetRobotAddress, absl::Substitute("name: 'robots/load-$0' address: '$1'", i, provider_.AddressOf(i)));
    }
  }

  // In the provider's thread.
  void Hear(int robot, const std::string& request, Clock::time_point at) {
    const std::lock_guard lock(mutex_);
    if (Clock::time_point& last = last_[robot]; counting_ && robot != kHanging) {
      between_.Add(window_, last, at);
      last = at;
    }
    for (auto it = awaited_.begin(); it != awaited_.end(); ++it) {
      if (request.find(it->first) == std::string::npos) continue;
      sent_.push_back(std::chrono::duration<double>(at - it->second).count());
      awaited_.erase(it);
      break;
    }
  }

  void Await(const std::string& what, const std::function<bool()>& is_so) {
    for (const absl::Time end = absl::Now() + kPatience; !is_so(); absl::SleepFor(kGlance)) {
      if (absl::Now() > end) Die("not in time: " + what);
    }
  }

  // From the answer to who raises a risk, which is after its event's commit, to the provider.
  void MeasureSending(Results& results) {
    asker_.Ask(method::CreateNoticeRule,
               "notice_rule_id: 'load' notice_rule { title: 'Load' subject_type: 'risk.heitie/Risk' actions: 'create' recipients { field: "
               "'owner' } urgency: URGENCY_NORMAL text_en: '{title}' text_zh: '{title}' }");
    Asker risks(flags_.identity.To(kRisk, flags_.risk), asker_.token());
    const auto raise = [&] {
      const std::string token = Unique();
      risks.Ask(risk::v1::method::CreateRisk,
                absl::Substitute("risk_id: '$0' risk { category: CATEGORY_TECHNOLOGY subject: 'activities/load' title: '$0 is slow' cause: "
                                 "'Ten times the usual visitors' owner: 'employees/load-$1' }",
                                 token, raised_++ % kRobots));
      const std::lock_guard lock(mutex_);
      awaited_[token + " is slow"] = Clock::now();
    };
    const auto all_told = [this] {
      const std::lock_guard lock(mutex_);
      return awaited_.empty();
    };
    // The first one waits for the followers to have met.
    raise();
    Await("the first risk is told", all_told);
    sent_.clear();
    for (int i = 0; i < kEvents; ++i) {
      raise();
      absl::SleepFor(kBetweenEvents);
    }
    Await("every risk is told", all_told);
    Samples samples;
    std::sort(sent_.begin(), sent_.end());
    for (const double seconds : sent_) samples.Add(seconds * 1e6);
    const double slow = sent_[sent_.size() * 99 / 100];
    results.AddRow("event_to_send", "service", 0, 0, samples);
    results.AddRatio("event_to_send", slow / absl::ToDoubleSeconds(event::kFollowInterval),
                     "99th percentile from an event to the provider / the interval of followers", AtMost(2));
  }

  // Many messages for each robot, as one that was sent.
  void FillRobots() {
    const std::string token = Unique();
    asker_.Ask(method::CreateUrgentCall,
               absl::Substitute("urgent_call_id: '$0' urgent_call { text: 'Please come' person: 'employees/load-0' }", token));
    const std::string model = "subject = 'urgentCalls/" + token + "'";
    Await("a message is taken", [&] {
      return tables_.Number(kService, absl::StrCat("SELECT COUNT(*) FROM deliveries WHERE state = 'STATE_TAKEN' AND ", model)) == 1;
    });
    const std::string number = absl::Substitute("LPAD(r.seq * $0 + s.seq, 8, '0')", kWaiting);
    Copy("notices", model,
         {{"`name`", absl::StrCat("CONCAT('notices/load', ", number, ")")},
          {"`subject`", absl::StrCat("CONCAT('urgentCalls/load', ", number, ")")},
          {"`recipient`", "CONCAT('employees/load-', r.seq)"},
          {"`state`", "'STATE_SENT'"},
          {"`escalate_time`", "NULL"},
          {"`due_time`", "NULL"}});
    Copy("deliveries", model,
         {{"`name`", absl::StrCat("CONCAT('robots/load-', r.seq, '/deliveries/', ", number, ")")},
          {"`notice`", absl::StrCat("CONCAT('notices/load', ", number, ")")},
          {"`subject`", absl::StrCat("CONCAT('urgentCalls/load', ", number, ")")},
          {"`recipient`", "CONCAT('employees/load-', r.seq)"},
          {"`state`", "'STATE_WAITING'"},
          {"`take_time`", "NULL"},
          {"`next_time`", "create_time"}});
    for (const char* table : {"notices", "deliveries"}) tables_.Execute(kService, absl::StrCat("ANALYZE TABLE ", table));
  }
  void Copy(const std::string& table, const std::string& model, const std::map<std::string, std::string>& others) {
    std::vector<std::string> columns = tables_.ColumnsOf(kService, table), values = columns;
    for (std::string& value : values) {
      if (const auto other = others.find(value); other != others.end()) value = other->second;
    }
    tables_.Execute(
        kService, absl::Substitute("INSERT INTO $0 ($1) SELECT $2 FROM $0 AS m JOIN seq_0_to_$3 AS r JOIN seq_1_to_$4 AS s WHERE $5", table,
                                   absl::StrJoin(columns, ", "), absl::StrJoin(values, ", "), kRobots - 1, kWaiting, model));
  }

  // What comes from all robots but the one that hangs in every other window.
  Samples HearOthers(const Window& window) {
    {
      const std::lock_guard lock(mutex_);
      window_ = window;
      between_ = Samples();
      for (int i = 0; i < kRobots; ++i) last_[i] = Clock::now();
      counting_ = true;
    }
    std::this_thread::sleep_until(window.end);
    const std::lock_guard lock(mutex_);
    counting_ = false;
    return between_;
  }

  void MeasureHealthy(Results& results) {
    FillRobots();
    std::vector<Way> ways;
    for (const bool hangs : {true, false}) {
      ways.push_back({"healthy_beside_dead",
                      hangs ? "one hangs" : "none hangs",
                      0,
                      [this, hangs](const Window& window) {
                        provider_.Hang(hangs ? kHanging : Provider::kNobody);
                        return HearOthers(window);
                      },
                      {},
                      {}});
    }
    Way::TakeTurns(ways);
    if (tables_.Number(kService,
                       "SELECT MIN(waiting) FROM (SELECT COUNT(*) AS waiting FROM deliveries WHERE state = 'STATE_WAITING' GROUP BY "
                       "SUBSTRING_INDEX(name, '/', 2)) AS each_robot") == 0 ||
        tables_.Number(kService, "SELECT COUNT(DISTINCT SUBSTRING_INDEX(name, '/', 2)) FROM deliveries WHERE state = 'STATE_WAITING'") <
            kRobots) {
      Die("a robot had nothing more to say");
    }
    for (const Way& way : ways) results.AddRow(way.operation, way.way, way.in_flight, way.Rate(), way.samples);
    results.AddRatio("healthy_beside_dead", ways[0].Rate() / ways[1].Rate(),
                     absl::Substitute("messages a second of $0 robots, beside one that hangs / beside one that does not", kRobots - 1),
                     AtLeast(0.95));
  }

  static constexpr int kHanging = 0;

  const Flags flags_;
  Tables tables_;
  RawSql raw_;
  Asker asker_;
  GrpcLoad load_;
  int versions_ = 0, raised_ = 0;

  std::mutex mutex_;  // of what the provider hears
  bool counting_ = false;
  Window window_;
  Samples between_;                                   // two messages of a robot
  std::map<int, Clock::time_point> last_;             // by robot
  std::map<std::string, Clock::time_point> awaited_;  // texts, by when their risk was raised
  std::vector<double> sent_;                          // seconds from the risk to the message
  Provider provider_{[this](int robot, const std::string& request, Clock::time_point at) { Hear(robot, request, at); }};
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
