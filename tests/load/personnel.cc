// tests/load/compare personnel: what people's work costs over the database alone, and what is sealed or asked for many at once over what is
// not.
#include <algorithm>
#include <array>
#include <atomic>
#include <map>
#include <memory>
#include <optional>
#include <string_view>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/substitute.h"
#include "absl/time/clock.h"
#include "common/client/method.h"
#include "common/config/flags.h"
#include "common/record/store.h"
#include "common/sql/database.h"
#include "common/time/zone.h"
#include "google/protobuf/text_format.h"
#include "heitie/activity/v1/activity.pb.h"
#include "heitie/activity/v1/preparation_service.methods.h"
#include "heitie/personnel/v1/application.pb.h"
#include "heitie/personnel/v1/appraisal_cycle.pb.h"
#include "heitie/personnel/v1/appraisal_cycle_service.methods.h"
#include "heitie/personnel/v1/appraisal_scheme.pb.h"
#include "heitie/personnel/v1/appraisal_scheme_service.methods.h"
#include "heitie/personnel/v1/candidate.pb.h"
#include "heitie/personnel/v1/candidate_service.methods.h"
#include "heitie/personnel/v1/career_path.pb.h"
#include "heitie/personnel/v1/career_service.methods.h"
#include "heitie/personnel/v1/eligibility.pb.h"
#include "heitie/personnel/v1/employee.pb.h"
#include "heitie/personnel/v1/handover.pb.h"
#include "heitie/personnel/v1/leaving_service.methods.h"
#include "heitie/personnel/v1/position.pb.h"
#include "heitie/personnel/v1/recruitment_service.methods.h"
#include "heitie/personnel/v1/requisition.pb.h"
#include "heitie/personnel/v1/staff_service.methods.h"
#include "heitie/planning/v1/plan_period.pb.h"
#include "heitie/planning/v1/plan_service.methods.h"
#include "heitie/planning/v1/project.pb.h"
#include "heitie/resource/v1/budget.pb.h"
#include "heitie/resource/v1/item.pb.h"
#include "heitie/resource/v1/material_service.methods.h"
#include "heitie/resource/v1/money_service.methods.h"
#include "heitie/risk/v1/register_service.methods.h"
#include "heitie/risk/v1/risk.pb.h"
#include "tests/load/grpc_load.h"
#include "tests/load/identity.h"
#include "tests/load/measure.h"
#include "tests/load/results.h"
#include "tests/load/tables.h"

namespace heitie::load {
namespace {

using namespace std::chrono_literals;
namespace personnel = heitie::personnel::v1;

constexpr int kRounds = 3;             // each way has its turn in each
constexpr int kPortion = 100;          // items of one transaction, on both sides
constexpr int kRowsOfStatement = 100;  // of a multi-row insert
constexpr int kLed = 20;               // people of a leader
constexpr int kFirstYear = 2021;
constexpr int kPage = 50;
constexpr int kPeople = 1000;  // candidates, and employees, of whom a page is read
constexpr auto kWarmUp = 500ms, kMeasured = 5000ms;
constexpr absl::Duration kGlance = absl::Milliseconds(20), kPatience = absl::Minutes(10);

struct Flags {
  Identity identity;
  Results::Flags results;
  std::string token_file, requester_token_file, db_socket, only;
  int personnel = 0, planning = 0, activity = 0, risk = 0, resource = 0;  // ports of 127.0.0.1
  int handover_items = 10'000, eligible_people = 500, year_people = 10'000;
};

// What somebody answers for in a service, a fifth of all items in each.
struct Kind {
  const char *service, *table, *collection, *owner;
};
constexpr Kind kKinds[] = {{"planning", "projects", "projects", "owner"},
                           {"activity", "activities", "activities", "owner"},
                           {"risk", "risks", "risks", "owner"},
                           {"resource", "items", "items", "custodian"},
                           {"personnel", "requisitions", "requisitions", "owner"}};
constexpr int kKindCount = std::size(kKinds);
// The resource that all items of a kind are copies of.
constexpr char kModel[] = "load-model";

std::string DateText(absl::CivilDay day) { return absl::Substitute("{ year: $0 month: $1 day: $2 }", day.year(), day.month(), day.day()); }
absl::CivilDay Today() { return absl::ToCivilDay(absl::Now(), time::FindZone("Asia/Taipei").value()); }
std::string InstantText(absl::Time time) { return absl::Substitute("{ seconds: $0 }", absl::ToUnixSeconds(time)); }

double Seconds(Clock::duration duration) { return std::chrono::duration<double>(duration).count(); }
double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

// `count` copies of the model of a kind, of somebody: "projects/PREFIX000001" and so on.
void Copy(Tables& tables, const Kind& kind, const std::string& prefix, int count, const std::string& owner) {
  std::vector<std::string> columns = tables.ColumnsOf(kind.service, kind.table);
  columns.erase(
      std::remove_if(columns.begin(), columns.end(), [&](const std::string& c) { return c == "`name`" || c == Tables::Quote(kind.owner); }),
      columns.end());
  const std::string all = absl::StrJoin(columns, ", ");
  tables.Execute(kind.service,
                 absl::StrCat("INSERT INTO ", kind.table, " (name, ", kind.owner, ", ", all, ") SELECT CONCAT(?, LPAD(seq, 6, '0')), ?, ",
                              all, " FROM ", kind.table, ", seq_1_to_1000000 WHERE name = ? AND seq <= ?"),
                 sql::Bind(absl::StrCat(kind.collection, "/", prefix), owner, absl::StrCat(kind.collection, "/", kModel), count));
}

// The services.
class Doors {
 public:
  explicit Doors(const Flags& flags) : manager_(ReadToken(flags.token_file)), requester_(ReadToken(flags.requester_token_file)) {
    for (const auto& [service, port] : std::map<std::string, int>{{"personnel", flags.personnel},
                                                                  {"planning", flags.planning},
                                                                  {"activity", flags.activity},
                                                                  {"risk", flags.risk},
                                                                  {"resource", flags.resource}}) {
      channels_[service] = Connect(flags.identity.To(service, port));
    }
  }
  const std::string& manager() const { return manager_; }

  // By the manager, or by who requests what the manager approves. Dies when it is refused.
  template <typename Req, typename Resp>
  Resp Do(const client::Method<Req, Resp>& method, const std::string& text) {
    return Ask(manager_, method, text);
  }
  template <typename Req, typename Resp>
  Resp Request(const client::Method<Req, Resp>& method, const std::string& text) {
    return Ask(requester_, method, text);
  }

 private:
  template <typename Req, typename Resp>
  Resp Ask(const std::string& token, const client::Method<Req, Resp>& method, const std::string& text) {
    Req request;
    if (!google::protobuf::TextFormat::ParseFromString(text, &request)) Die("no request: " + text);
    rpc::Call call = CallWith(token);
    call.deadline = absl::Now() + kPatience;
    auto response = channels_.at(method.process)->Call(call, method, request);
    if (!response.ok()) Die(absl::StrCat(method.path, ": ", response.status().ToString()));
    return *std::move(response);
  }

  const std::string manager_, requester_;
  std::map<std::string, std::unique_ptr<client::Channel>> channels_;
};

class Comparison {
 public:
  explicit Comparison(const Flags& flags)
      : flags_(flags),
        tables_(flags.db_socket, {"planning", "activity", "risk", "resource", "personnel"}),
        doors_(flags),
        results_(flags.results, "personnel",
                 "Services with a durable database, which all share the cores; both sides in turns, medians of three.") {}

  int Run() {
    PreparePeople();
    if (Measured("handover")) Handover();
    if (Measured("sealed_list")) SealedList();
    if (Measured("eligibility")) Eligibility();
    if (Measured("year_close")) YearClose();
    results_.Publish();
    return 0;
  }

 private:
  bool Measured(const std::string& name) const { return flags_.only.empty() || flags_.only == name; }

  void PreparePeople() {
    doors_.Do(personnel::method::CreatePosition, "position_id: 'load' position { title: 'Host' responsibilities: 'Hosts.' }");
    const std::string period = absl::Substitute("start_date $0 end_date $1", DateText(Today() - 40), DateText(Today() + 40));
    doors_.Request(resource::v1::method::CreateBudget,
                   absl::Substitute("budget_id: 'load' budget { display_name: 'People' cost_center: 'operations' $0 currency_code: 'TWD' "
                                    "requested_minor: 1000000 }",
                                    period));
    doors_.Do(resource::v1::method::ApproveBudget, "name: 'budgets/load'");
    doors_.Request(personnel::method::CreateRequisition, NewRequisition("load"));
    doors_.Do(personnel::method::ApproveRequisition, "name: 'requisitions/load'");
  }

  std::string NewRequisition(const std::string& id) const {
    return absl::Substitute(
        "requisition_id: '$0' requisition { position: 'positions/load' department: 'operations' seats: 1 requirements: 'Speaks well, "
        "writes "
        "better, and does not mind evenings.' ground: GROUND_OVER_PLAN reason: 'The winter fair' need_date $1 budget: 'budgets/load' "
        "seat_amount_minor: 100 expire_time $2 }",
        id, DateText(Today()), InstantText(absl::Now() + absl::Hours(24)));
  }

  void Employ(const std::string& id) {
    doors_.Do(personnel::method::CreateEmployee,
              absl::Substitute("employee_id: '$0' employee { display_name: 'Host $0' position: 'positions/load' department: 'operations' "
                               "hire_date $1 }",
                               id, DateText(Today() - 800)));
  }

  // ---- handover

  void PrepareItems() {
    Employ("load-owner");
    const std::string owner = "employees/load-owner";
    const absl::CivilMonth first = absl::CivilMonth(Today()) - 1;
    const std::string quarter =
        absl::Substitute("start_date $0 end_date $1", DateText(absl::CivilDay(first)), DateText(absl::CivilDay(first + 3) - 1));
    const std::string month = absl::Substitute("start_date $0 end_date $1", DateText(Today()), DateText(Today() + 1));
    doors_.Do(planning::v1::method::CreatePlanPeriod,
              absl::Substitute("plan_period_id: 'load' plan_period { title: 'Quarter' cadence: CADENCE_QUARTERLY $0 }", quarter));
    doors_.Do(
        planning::v1::method::CreateProject,
        absl::Substitute("project_id: '$0' project { title: 'Spring fair' plan_period: 'planPeriods/load' owner: '$1' $2 currency_code: "
                         "'TWD' objectives { title: 'More customers' metric: 'customers' unit: 'people' target: 15 target_date $3 } }",
                         kModel, owner, month, DateText(Today() + 1)));
    doors_.Do(
        activity::v1::method::CreateActivity,
        absl::Substitute("activity_id: '$0' activity { title: 'Spring sale' project: 'projects/$0' scheme: 'projects/$0/schemes/main' "
                         "owner: '$1' start_time $2 end_time $3 time_zone: 'Asia/Taipei' }",
                         kModel, owner, InstantText(absl::Now()), InstantText(absl::Now() + absl::Hours(24))));
    doors_.Do(
        risk::v1::method::CreateRisk,
        absl::Substitute("risk_id: '$0' risk { category: CATEGORY_MARKET subject: 'activities/other' title: 'A rival has a sale as well' "
                         "cause: 'The holidays are the same for all.' owner: '$1' }",
                         kModel, owner));
    doors_.Do(resource::v1::method::CreateItemCategory, "item_category_id: 'load' item_category { display_name: 'Gifts' }");
    doors_.Do(resource::v1::method::CreateItem,
              absl::Substitute("item_id: '$0' item { display_name: 'Gift box' category: 'itemCategories/load' unit: 'box' currency_code: "
                               "'TWD' custodian: '$1' }",
                               kModel, owner));
    doors_.Request(personnel::method::CreateRequisition, NewRequisition(kModel));
  }

  int PerKind() const { return std::max(1, flags_.handover_items / kKindCount); }

  struct Turn {
    double moved = 0;     // seconds until nobody names who left
    double recorded = 0;  // until personnel has an item of each
  };

  // Items of somebody who leaves, handed over by the services.
  Turn ByServices(const std::string& id, int of_each) {
    const std::string leaver = "employees/" + id;
    Employ(id);
    Employ(id + "-heir");
    for (const Kind& kind : kKinds) Copy(tables_, kind, id + "-", of_each, leaver);
    // Every item has a stock, which whoever hands it over looks at.
    tables_.Execute(
        "resource",
        "INSERT INTO stocks SELECT CONCAT(i.name, SUBSTRING(s.name, LENGTH(s.item) + 1)), i.name, s.on_hand, s.reserved, "
        "s.available, s.value_minor, s.entry_count, s.etag, s.create_time, s.update_time FROM items i JOIN stocks s ON s.item = ? "
        "WHERE i.custodian = ?",
        sql::Bind(absl::StrCat("items/", kModel), leaver));
    doors_.Do(personnel::method::TerminateEmployee, absl::Substitute("name: '$0' leave_date $1", leaver, DateText(Today() + 30)));
    doors_.Do(personnel::method::UpdateHandover,
              absl::Substitute("handover { name: 'handovers/$0' successor: '$1-heir' } update_mask { paths: 'successor' }", id, leaver));
    absl::SleepFor(absl::Seconds(1));  // what follows from the preparation is over
    Turn turn;
    const auto begin = Clock::now();
    doors_.Do(personnel::method::TerminateEmployee, absl::Substitute("name: '$0' leave_date $1", leaver, DateText(Today() - 1)));
    const auto lasts = [&](const std::function<bool()>& going_on) {
      const absl::Time patience = absl::Now() + kPatience;
      while (going_on()) {
        if (absl::Now() > patience) Die("the handover does not end");
        absl::SleepFor(kGlance);
      }
      return Seconds(Clock::now() - begin);
    };
    turn.moved = lasts([&] {
      return std::any_of(std::begin(kKinds), std::end(kKinds), [&](const Kind& kind) {
        return tables_.Finds(kind.service, absl::StrCat("SELECT 1 FROM ", kind.table, " WHERE ", kind.owner, " = ? LIMIT 1"), {leaver});
      });
    });
    turn.recorded = lasts([&] {
      return !tables_.Finds("personnel", "SELECT 1 FROM handovers WHERE name = ? AND state = 'STATE_COMPLETED'", {"handovers/" + id}) ||
             !tables_.Finds("personnel", "SELECT 1 FROM handover_items WHERE employee = ? HAVING COUNT(*) >= ?",
                            sql::Bind(leaver, of_each * kKindCount));
    });
    return turn;
  }

  // The same rows through the connector: of each item the update of its row, the event and the report, a connection for each service; and
  // of each the record that personnel keeps, with its event, on a further one. `Turn` is of these two.
  Turn ByConnector(int round) {
    const std::string id = absl::StrCat("raw-", round), leaver = "employees/" + id, heir = leaver + "-heir";
    for (const Kind& kind : kKinds) Copy(tables_, kind, id + "-", PerKind(), leaver);
    Turn turn;
    std::vector<std::thread> threads;
    std::atomic<bool> begin = false;
    std::array<double, kKindCount> moved{};
    for (int k = 0; k < kKindCount; ++k) {
      threads.emplace_back([&, k, works = Updates(kKinds[k], id, heir)] {
        RawSql connection(flags_.db_socket, absl::StrCat("heitie_", kKinds[k].service), 1);
        while (!begin) std::this_thread::yield();
        const auto start = Clock::now();
        connection.Do(works);
        moved[k] = Seconds(Clock::now() - start);
      });
    }
    threads.emplace_back([&, works = Records(id)] {
      RawSql connection(flags_.db_socket, "heitie_personnel", 1);
      while (!begin) std::this_thread::yield();
      const auto start = Clock::now();
      connection.Do(works);
      turn.recorded = Seconds(Clock::now() - start);
    });
    absl::SleepFor(absl::Seconds(1));
    begin = true;
    for (std::thread& thread : threads) thread.join();
    turn.moved = *std::max_element(moved.begin(), moved.end());
    turn.recorded = std::max(turn.recorded, turn.moved);
    return turn;
  }

  static std::string NewId() { return record::NewId(absl::Now()); }
  static std::string NameOf(const Kind& kind, const std::string& id, int i) {
    return absl::StrFormat("%s/%s-%06d", kind.collection, id, i + 1);
  }

  // What a turn of the services has stored is what the connector stores.
  std::vector<RawSql::Work> Updates(const Kind& kind, const std::string& id, const std::string& heir) {
    const std::string model = NameOf(kind, "leaver-0", 0);
    Tables::Row event = tables_.Read(kind.service, "event", "WHERE aggregateid = ? AND type = 'hand_over'", {model});
    // Personnel takes its own reports as they are made.
    std::optional<Tables::Row> report;
    if (std::string_view(kind.service) != "personnel") {
      report = tables_.Read(kind.service, "event", "WHERE aggregateid LIKE 'handovers/leaver-0/reports/%' AND payload LIKE ?",
                            {absl::StrCat("%\"", model, "\"%")});
    }
    std::vector<RawSql::Work> works;
    for (int i = 0; i < PerKind(); ++i) {
      if (i % kPortion == 0) works.emplace_back();
      const std::string name = NameOf(kind, id, i);
      works.back().push_back({absl::StrCat("UPDATE ", kind.table, " SET ", kind.owner, " = ?, etag = ?, update_time = ? WHERE name = ?"),
                              sql::Bind(heir, "2", absl::Now(), name)});
      event.Set("`id`", NewId());
      event.Set("`aggregateid`", name);
      event.Clear("`position`");
      works.back().push_back(event.InsertInto("event"));
      if (!report) continue;
      report->Set("`id`", NewId());
      report->Set("`aggregateid`", absl::StrFormat("handovers/%s/reports/%032d", id, i));
      report->Clear("`position`");
      works.back().push_back(report->InsertInto("event"));
    }
    return works;
  }

  std::vector<RawSql::Work> Records(const std::string& id) {
    Tables::Row item = tables_.Read("personnel", "handover_items", "WHERE employee = 'employees/leaver-0'", {});
    Tables::Row event = tables_.Read("personnel", "event", "WHERE aggregateid LIKE 'handovers/leaver-0/items/%'", {});
    std::vector<RawSql::Work> works;
    for (int i = 0; i < PerKind() * kKindCount; ++i) {
      if (i % kPortion == 0) works.emplace_back();
      const std::string name = absl::StrFormat("handovers/%s/items/%032d", id, i);
      item.Set("`name`", name);
      works.back().push_back(item.InsertInto("handover_items"));
      event.Set("`id`", NewId());
      event.Set("`aggregateid`", name);
      event.Clear("`position`");
      works.back().push_back(event.InsertInto("event"));
    }
    return works;
  }

  void Handover() {
    PrepareItems();
    std::vector<double> moved, recorded, raw_moved, raw_recorded;
    for (int round = 0; round < kRounds; ++round) {
      const Turn services = ByServices(absl::StrCat("leaver-", round), PerKind()), connector = ByConnector(round);
      moved.push_back(services.moved);
      recorded.push_back(services.recorded);
      raw_moved.push_back(connector.moved);
      raw_recorded.push_back(connector.recorded);
    }
    const Turn thousand = ByServices("thousand", 1000 / kKindCount);
    results_.AddFigure("handover_thousand", "a thousand items, from the moment the last day is over until nothing names who left",
                       thousand.moved, "s", AtMost(5));
    const double items = PerKind() * kKindCount;
    AddTurns("handover", "services", items, recorded);
    AddTurns("handover", "connector", items, raw_recorded);
    results_.AddFigure("handover_moved", "until nothing names who left", Median(moved), "s");
    results_.AddFigure("handover_recorded", "until personnel has recorded each", Median(recorded), "s");
    results_.AddRatio(
        "handover", Median(raw_recorded) / Median(recorded),
        absl::StrCat("time of the connector for the same rows, events, reports and records, six connections, ", kPortion,
                     " items a transaction / of the services from the last day to the last record, ", items, " items of five services"),
        AtLeast(0.7));
    results_.AddRatio("handover_moved", Median(raw_moved) / Median(moved),
                      "the same until every row names the successor, without personnel's records at the connector");
  }

  void AddTurns(const std::string& operation, const std::string& way, double items, const std::vector<double>& seconds) {
    Samples samples;
    for (const double s : seconds) samples.Add(s * 1e6);
    results_.AddRow(operation, way, 0, items / Median(seconds), samples);
  }

  // ---- sealed_list

  void SealedList() {
    GrpcLoad load(flags_.identity.To("personnel", flags_.personnel), 1);
    int made = 0;
    const auto fill = [&](const char* method, const std::function<std::string(int)>& next) {
      made = 0;
      while (made < kPeople) {
        GrpcLoad::AllOk(load.Closed(16, Window::Of(0ms, 50ms), [&] { return GrpcRequest{method, next(made++), doors_.manager()}; }));
      }
    };
    fill(personnel::method::ReceiveApplication.path, [&](int i) {
      personnel::ReceiveApplicationRequest request;
      request.mutable_application()->set_requisition("requisitions/load");
      request.mutable_application()->set_channel("recruitmentChannels/job-board");
      request.mutable_applicant()->set_display_name(absl::StrCat("Wang Mei ", i));
      request.mutable_applicant()->set_email(absl::StrCat("wang.mei.", i, "@example.com"));
      request.mutable_applicant()->set_phone(absl::StrFormat("+8869%08d", i));
      request.mutable_applicant()->set_remarks("Has hosted at a fair, and would rather not work at night.");
      return request.SerializeAsString();
    });
    fill(personnel::method::CreateEmployee.path, [&](int i) {
      personnel::CreateEmployeeRequest request;
      request.mutable_employee()->set_display_name(absl::StrCat("Li Ming ", i));
      request.mutable_employee()->set_position("positions/load");
      request.mutable_employee()->set_department("operations");
      request.mutable_employee()->mutable_hire_date()->set_year(2020);
      request.mutable_employee()->mutable_hire_date()->set_month(1);
      request.mutable_employee()->mutable_hire_date()->set_day(1 + i % 28);
      return request.SerializeAsString();
    });
    personnel::ListCandidatesRequest candidates;
    candidates.set_page_size(kPage);
    personnel::ListEmployeesRequest employees;
    employees.set_page_size(kPage);
    if (doors_.Do(personnel::method::ListCandidates, candidates.ShortDebugString()).candidates_size() != kPage)
      Die("no page of candidates");
    int turn = 0;
    Outcomes outcomes = load.Closed(1, Window::Of(kWarmUp, kMeasured), [&] {
      const int page = turn++ % 2;
      return page == 0 ? GrpcRequest{personnel::method::ListCandidates.path, candidates.SerializeAsString(), doors_.manager(), 0}
                       : GrpcRequest{personnel::method::ListEmployees.path, employees.SerializeAsString(), doors_.manager(), 1};
    });
    GrpcLoad::AllOk(outcomes);
    results_.AddRow("sealed_list", "candidates", 1, 0, outcomes[0].answered);
    results_.AddRow("sealed_list", "employees", 1, 0, outcomes[1].answered);
    results_.AddRatio(
        "sealed_list", outcomes[1].answered.Micros(0.5) / outcomes[0].answered.Micros(0.5),
        absl::StrCat("median latency of a page of ", kPage, " employees / of ", kPage, " opened candidates, asked for in turn"),
        AtLeast(0.6));
  }

  // ---- eligibility

  void Eligibility() {
    const int people = flags_.eligible_people;
    doors_.Do(personnel::method::CreatePosition, "position_id: 'guide' position { title: 'Guide' responsibilities: 'Guides.' }");
    doors_.Do(personnel::method::CreatePosition, "position_id: 'lead' position { title: 'Lead' responsibilities: 'Leads.' }");
    doors_.Do(personnel::method::CreateCareerPath,
              "career_path_id: 'load' career_path { title: 'Up' from_position: 'positions/guide' to_position: 'positions/lead' }");
    doors_.Do(personnel::method::CreateCareerPathVersion,
              "parent: 'careerPaths/load' career_path_version_id: 'first' career_path_version { reason: 'First' months_in_post: 12 skills: "
              "true no_open_plan: true }");
    doors_.Do(personnel::method::PublishCareerPathVersion, "name: 'careerPaths/load/versions/first'");
    for (int i = 0; i < people; ++i) {
      doors_.Do(personnel::method::CreateEmployee,
                absl::Substitute("employee_id: 'guide-$0' employee { display_name: 'Guide' position: 'positions/guide' department: "
                                 "'operations' hire_date $1 }",
                                 i, DateText(Today() - 400 - i)));
    }
    std::vector<double> together, single;
    for (int round = 0; round < kRounds; ++round) {
      auto begin = Clock::now();
      int found = 0;
      std::string after;
      for (bool more = true; more;) {
        const auto page = doors_.Do(personnel::method::FindEligible, absl::Substitute("name: 'careerPaths/load' after: '$0'", after));
        found += page.people_size();
        more = page.more();
        if (more) after = page.people().rbegin()->employee();
      }
      if (found != people) Die(absl::StrCat(found, " of ", people, " were judged"));
      together.push_back(Seconds(Clock::now() - begin));
      begin = Clock::now();
      for (int i = 0; i < people; ++i) {
        const auto one =
            doors_.Do(personnel::method::ComputeEligibility, absl::Substitute("name: 'employees/guide-$0' path: 'careerPaths/load'", i));
        if (!one.eligibility().eligible()) Die("not eligible");
      }
      single.push_back(Seconds(Clock::now() - begin));
    }
    AddTurns("eligibility", "together", people, together);
    AddTurns("eligibility", "one by one", people, single);
    results_.AddRatio("eligibility", Median(single) / Median(together),
                      absl::StrCat("time for ", people, " people one after the other / together"), AtLeast(10));
  }

  // ---- year_close

  // 20 people to a leader, in a department of their own. Through the service it would take long, and so it would with what follows.
  void PrepareYears() {
    doors_.Do(personnel::method::CreatePosition, "position_id: 'year-host' position { title: 'Host' responsibilities: 'Hosts.' }");
    doors_.Do(personnel::method::CreatePosition, "position_id: 'year-lead' position { title: 'Lead' responsibilities: 'Leads.' }");
    doors_.Do(
        personnel::method::CreateAppraisalScheme,
        "parent: 'positions/year-host' appraisal_scheme_id: 'first' appraisal_scheme { reason: 'First' indicators { id: 'buyers' title: "
        "'Buyers' kind: KIND_RESULTS weight: 5000 measure { source: SOURCE_METRIC metric: 'metricDefinitions/buyers' missing: "
        "MISSING_BLOCK curve { figure: '1500' points: 0 } curve { figure: '2000' points: 6000 } curve { figure: '2500' points: 8500 } "
        "curve { figure: '3000' points: 10000 } } } indicators { id: 'shows' title: 'Shows' kind: KIND_RESULTS weight: 2000 levels { "
        "anchor: 'Few.' points: 5000 } levels { anchor: 'Many.' points: 9000 } } indicators { id: 'care' title: 'Care' kind: "
        "KIND_ATTITUDE weight: 2000 levels { anchor: 'Late.' points: 5000 } levels { anchor: 'Prepared.' points: 7500 } } indicators { "
        "id: 'help' title: 'Help' kind: KIND_TEAMWORK weight: 1000 levels { anchor: 'Alone.' points: 5000 } levels { anchor: 'Takes "
        "over.' points: 10000 } } }");
    doors_.Do(personnel::method::PublishAppraisalScheme, "name: 'positions/year-host/appraisalSchemes/first'");
    // Without a name, which would be sealed afterwards.
    const auto employ = [&](const char* position, const char* letter, const std::string& superior, int count) {
      tables_.Execute(
          "personnel",
          absl::Substitute(
              "INSERT INTO employees (name, display_name, position, department, hire_date, absences, superior, assignments, etag, "
              "create_time, update_time, creator) SELECT CONCAT('employees/year-$1', LPAD(seq, 5, '0')), '', 'positions/$0', 'year', "
              "'2020-01-01', '{}', $2, CONCAT('{\"assignments\":[{\"start_date\":{\"year\":2020,\"month\":1,\"day\":1},\"position\":"
              "\"positions/$0\",\"department\":\"year\",\"superior\":\"', $2, '\"}]}'), '1', UTC_TIMESTAMP(6), UTC_TIMESTAMP(6), "
              "'employees/manager' FROM seq_0_to_1000000 WHERE seq < ?",
              position, letter, superior),
          sql::Bind(count));
    };
    employ("year-lead", "b", "IF(seq = 0, '', 'employees/year-b00000')", (flags_.year_people + kLed - 1) / kLed);
    employ("year-host", "p", absl::StrCat("CONCAT('employees/year-b', LPAD(seq DIV ", kLed, ", 5, '0'))"), flags_.year_people);
  }

  // Twelve closed months of everybody.
  void PrepareMonths(int year) {
    for (int month = 1; month <= 12; ++month) {
      const std::string cycle = absl::StrFormat("appraisalCycles/%d-%02d-year", year, month),
                        first = absl::StrFormat("%d-%02d-01", year, month);
      tables_.Execute(
          "personnel",
          "INSERT INTO appraisal_cycles (name, period, month, department, policy, state, working_days, people, review_due_time, "
          "rating_due_time, due_time, waive_reason, waiver, close_time, sha256, etag, create_time, update_time, creator) VALUES "
          "(?, 'PERIOD_MONTH', ?, 'year', 'appraisalPolicies/default', 'STATE_CLOSED', 22, ?, '2021-02-01', '2021-02-01', "
          "'2021-02-01', '', '', '2021-03-01', '', '1', UTC_TIMESTAMP(6), UTC_TIMESTAMP(6), 'employees/manager')",
          sql::Bind(cycle, first, flags_.year_people));
      tables_.Execute(
          "personnel",
          "INSERT INTO appraisals (name, employee, month, spans, present_days, state, self_scores, review_missing, due_time, outcome, "
          "points, measured, months, counted, score_grade, grade, `rank`, seats, reminder_count, etag, create_time, update_time, creator) "
          "SELECT CONCAT(?, '/appraisals/year-p', LPAD(seq, 5, '0')), CONCAT('employees/year-p', LPAD(seq, 5, '0')), ?, "
          "CONCAT('{\"spans\":[{\"start_date\":{\"year\":', ?, ',\"month\":', ?, ',\"day\":1},\"end_date\":{\"year\":', ?, ',\"month\":', "
          "?, "
          "',\"day\":28},\"position\":\"positions/year-host\",\"department\":\"year\",\"superior\":\"employees/year-b00000\",\"scheme\":"
          "\"positions/year-host/appraisalSchemes/first\",\"present_days\":22}]}'), 22, 'STATE_CLOSED', '{}', 1, '2021-03-01', "
          "'OUTCOME_SCORED', 5000 + (seq * 37 + ? * 101) % 5000, '7695', '{}', 0, '', '', 0, 0, 0, '1', UTC_TIMESTAMP(6), "
          "UTC_TIMESTAMP(6), "
          "'employees/manager' FROM seq_0_to_1000000 WHERE seq < ?",
          sql::Bind(cycle, first, year, month, year, month, month, flags_.year_people));
    }
  }

  // The year's own ratings and figures, as a month of work would have left them. Nobody asks for the figures: there is no such metric.
  void Rate(const std::string& cycle) {
    tables_.Execute("personnel", "DELETE FROM job WHERE name = ?", {cycle + "/measure"});
    const auto rating = [](const char* id, int low, int high) {
      return absl::Substitute(
          "'{\"indicator\":\"$0\",\"level\":', 1 + CRC32(CONCAT(name, '$0')) % 2, ',\"points\":', IF(CRC32(CONCAT(name, '$0')) % 2 = 0, "
          "$1, $2), "
          "',\"words\":{\"text\":\"What was seen of it in the year.\",\"salt\":\"', TO_BASE64('0123456789abcdef'), '\",\"sha256\":\"', "
          "TO_BASE64(UNHEX(SHA2('0123456789abcdefWhat was seen of it in the year.', 256))), '\"}}'",
          id, low, high);
    };
    tables_.Execute(
        "personnel",
        absl::StrCat("UPDATE appraisal_parts SET state = 'STATE_RATED', rate_time = UTC_TIMESTAMP(6), ratings = CONCAT('{\"ratings\":[', ",
                     rating("shows", 5000, 9000), ", ',', ", rating("care", 5000, 7500), ", ',', ", rating("help", 5000, 10000),
                     ", ']}'), figures = CONCAT('{\"figures\":[{\"indicator\":\"buyers\",\"method\":\"heitie.metrics.v1.AnalysisService/"
                     "QueryMetric\",\"request\":\"{}\",\"numerator\":\"', 1500 + CRC32(name) % 1500, '\",\"denominator\":\"1\",\"version\":"
                     "\"1\",\"watermark\":\"2026-01-01T00:00:00Z\",\"read_time\":\"2026-01-01T00:00:00Z\",\"sha256\":\"', "
                     "TO_BASE64(UNHEX(SHA2('x', 256))), '\"}]}') WHERE name LIKE ?"),
        {cycle + "/%"});
  }

  // A year that is calibrated, composed of its months, graded and stored; seconds of the service.
  double CloseYear(int year) {
    const std::string cycle = absl::StrFormat("appraisalCycles/%d-year-year", year), named = absl::Substitute("name: '$0'", cycle);
    PrepareMonths(year);
    doors_.Do(personnel::method::OpenAppraisalCycle,
              absl::Substitute("month { year: $0 month: 1 day: 1 } department: 'year' period: PERIOD_YEAR", year));
    Rate(cycle);
    absl::SleepFor(absl::Seconds(1));
    last_event_ = tables_.Number("personnel", "SELECT MAX(sequence) FROM event");
    auto begin = Clock::now();
    doors_.Do(personnel::method::CalibrateAppraisalCycle, named);
    calibrating_.push_back(Seconds(Clock::now() - begin));
    tables_.Execute(
        "personnel",
        "UPDATE appraisal_calibrations SET state = 'STATE_DECIDED', decision = 'DECISION_ACCEPTED', adjustment = proposal, decider "
        "= 'employees/manager' WHERE name LIKE ? AND state = 'STATE_PROPOSED'",
        {cycle + "/%"});
    begin = Clock::now();
    doors_.Do(personnel::method::CloseAppraisalCycle, named);
    closing_.push_back(Seconds(Clock::now() - begin));
    const auto verdict = doors_.Do(personnel::method::VerifyAppraisalCycle, named);
    if (!verdict.intact() || verdict.deviation_count() > 0) Die("the year does not verify: " + verdict.ShortDebugString());
    return calibrating_.back() + closing_.back();
  }

  // The rows that a year has stored, once more in statements of many rows and one transaction; seconds of the connector.
  double InsertYear(int year) {
    const std::string cycle = absl::StrFormat("appraisalCycles/%d-year-year", year),
                      copy = absl::StrFormat("appraisalCycles/%d-copy-year", year);
    RawSql::Work work;
    year_rows_ = 0;
    const auto add = [&](const std::string& table, const std::string& key, const std::string& condition, const sql::Values& values) {
      std::vector<Tables::Row> rows = tables_.ReadAll("personnel", table, condition, values);
      year_rows_ += rows.size();
      for (Tables::Row& row : rows) {
        std::string& name = std::get<std::string>(row.At(key));
        name = absl::StrReplaceAll(name, {{cycle, copy}});
        if (table != "event") continue;
        row.Set("`id`", NewId());
        row.Clear("`position`");
      }
      for (size_t first = 0; first < rows.size(); first += kRowsOfStatement) {
        const size_t end = std::min(rows.size(), first + kRowsOfStatement);
        RawSql::Statement statement = rows[first].InsertInto(table);
        const std::string marks = statement.sql.substr(statement.sql.find(" VALUES ") + 8);
        for (size_t i = first + 1; i < end; ++i) {
          absl::StrAppend(&statement.sql, ", ", marks);
          statement.parameters.insert(statement.parameters.end(), rows[i].values.begin(), rows[i].values.end());
        }
        work.push_back(std::move(statement));
      }
    };
    add("appraisals", "`name`", "WHERE name LIKE ?", {cycle + "/%"});
    add("appraisal_parts", "`name`", "WHERE name LIKE ?", {cycle + "/%"});
    add("appraisal_calibrations", "`name`", "WHERE name LIKE ?", {cycle + "/%"});
    add("event", "`aggregateid`", "WHERE sequence > ? AND aggregateid LIKE ?", sql::Bind(last_event_, cycle + "%"));
    RawSql connection(flags_.db_socket, "heitie_personnel", 1);
    const auto begin = Clock::now();
    connection.Do({work});
    return Seconds(Clock::now() - begin);
  }

  void YearClose() {
    PrepareYears();
    std::vector<double> service, connector;
    for (int round = 0; round < kRounds; ++round) {
      service.push_back(CloseYear(kFirstYear + round));
      connector.push_back(InsertYear(kFirstYear + round));
    }
    AddTurns("year_close", "service", flags_.year_people, service);
    AddTurns("year_close", "connector", flags_.year_people, connector);
    results_.AddFigure("year_close_calibrate", "to calibrate the year", Median(calibrating_), "s");
    results_.AddFigure("year_close_close", "to compose, grade and store it", Median(closing_), "s");
    results_.AddFigure("year_close_rows", "rows that a year stores, with its events", static_cast<double>(year_rows_), "");
    results_.AddRatio("year_close", Median(connector) / Median(service),
                      absl::StrCat("time of the connector to insert the rows and events of the year, ", kRowsOfStatement,
                                   " in a statement, in one transaction / of the service to calibrate and close it, ", flags_.year_people,
                                   " people of twelve months"),
                      AtLeast(0.5));
  }

  const Flags flags_;
  Tables tables_;
  Doors doors_;
  Results results_;
  int64_t last_event_ = 0;  // before the year was calibrated
  size_t year_rows_ = 0;
  std::vector<double> calibrating_, closing_;  // seconds, of each year
};

}  // namespace
}  // namespace heitie::load

int main(int argc, char** argv) {
  heitie::load::Flags values;
  heitie::config::Flags flags;
  values.identity.Register(flags);
  values.results.Register(flags);
  flags.Add("token_file", &values.token_file, "File with the token of an operations manager.");
  flags.Add("requester_token_file", &values.requester_token_file,
            "File with the token of a specialist, who requests what the manager approves.");
  flags.Add("personnel", &values.personnel, 1, 65535, "gRPC port of the personnel service.");
  flags.Add("planning", &values.planning, 1, 65535, "gRPC port of the planning service.");
  flags.Add("activity", &values.activity, 1, 65535, "gRPC port of the activity service.");
  flags.Add("risk", &values.risk, 1, 65535, "gRPC port of the risk service.");
  flags.Add("resource", &values.resource, 1, 65535, "gRPC port of the resource service.");
  flags.Add("db_socket", &values.db_socket, "Socket of the database with the schemas of all.");
  flags.Add("only", &values.only, "The operation to measure; empty for all.");
  flags.Add("handover_items", &values.handover_items, 5, 1'000'000, "Items that are handed over.");
  flags.Add("year_people", &values.year_people, 1, 100'000, "People whose year is closed.");
  flags.Add("eligible_people", &values.eligible_people, 1, 100'000, "People who are judged.");
  heitie::load::ParseOrDie(flags, argc, argv);
  return heitie::load::Comparison(values).Run();
}
