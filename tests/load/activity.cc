// tests/load/compare activity: inquiries that come in, beside the database alone, on an activity that is watched for surges, and while a
// calendar moves all clocks; the queue; steps of ladders and looks at pages by their times; and due times beside a walk over the days.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <deque>
#include <map>
#include <random>
#include <set>
#include <thread>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/substitute.h"
#include "absl/time/clock.h"
#include "common/client/method.h"
#include "common/config/flags.h"
#include "common/time/business_calendar.h"
#include "common/time/zone.h"
#include "google/protobuf/empty.pb.h"
#include "google/protobuf/text_format.h"
#include "heitie/activity/v1/activity.pb.h"
#include "heitie/activity/v1/allowed_host.pb.h"
#include "heitie/activity/v1/clock_service.methods.h"
#include "heitie/activity/v1/inquiry.pb.h"
#include "heitie/activity/v1/inquiry_service.methods.h"
#include "heitie/activity/v1/page.pb.h"
#include "heitie/activity/v1/page_service.methods.h"
#include "heitie/activity/v1/preparation_service.methods.h"
#include "heitie/activity/v1/service_policy.pb.h"
#include "heitie/activity/v1/surge.pb.h"
#include "heitie/activity/v1/surge_service.methods.h"
#include "heitie/personnel/v1/calendar.pb.h"
#include "heitie/personnel/v1/calendar_service.methods.h"
#include "tests/load/grpc_load.h"
#include "tests/load/identity.h"
#include "tests/load/measure.h"
#include "tests/load/results.h"
#include "tests/load/tables.h"
#include "tests/load/transaction_model.h"
#include "tests/load/way.h"

namespace heitie::load {
namespace {

using namespace std::chrono_literals;
namespace activity = heitie::activity::v1;

constexpr char kService[] = "activity";
constexpr int kInFlight = 64;
constexpr int kConnections = 4;
constexpr int kActivities = 1000;
constexpr int kPage = 50;
constexpr absl::Duration kMinute = absl::Minutes(1), kPatience = absl::Minutes(30), kGlance = absl::Milliseconds(100);
constexpr absl::Duration kTarget = absl::Hours(2);  // of what is urgent; its one step comes half-way
constexpr absl::Duration kHang = absl::Seconds(10);

// All clocks run around the clock, by one calendar. What is not urgent is due in a month or two.
constexpr char kWeeks[] =
    "time_zone: 'Asia/Taipei' week { days: MONDAY days: TUESDAY days: WEDNESDAY days: THURSDAY days: FRIDAY days: SATURDAY days: SUNDAY "
    "windows { open: '00:00' close: '24:00' } }";
constexpr char kTerms[] = R"(
  terms { kind: SERVICE_KIND_INQUIRY calendar: 'calendars/load' first_response { seconds: 2592000 } resolution { seconds: 5184000 }
    reopening: REOPENING_CONTINUE reopen_within {} }
  terms { kind: SERVICE_KIND_INQUIRY priority: SERVICE_PRIORITY_URGENT calendar: 'calendars/load' first_response { seconds: 7200 }
    resolution { seconds: 7200 } ladder { point { target_bp: 5000 } owner: true in_closed_hours: true } reopening: REOPENING_CONTINUE
    reopen_within {} }
  terms { kind: SERVICE_KIND_COMPLAINT calendar: 'calendars/load' first_response { seconds: 2592000 } resolution { seconds: 5184000 }
    reopening: REOPENING_CONTINUE reopen_within {} })";

struct Flags {
  Identity identity;
  Results::Flags results;
  std::string token_file, engineer_token_file, db_socket, only;
  int activity = 0, personnel = 0;  // ports of 127.0.0.1
  int steps = 10'000, pages = 2'000, clocks = 100'000, queue = 1'000'000;

  void Register(config::Flags& flags) {
    identity.Register(flags);
    results.Register(flags);
    flags.Add("token_file", &token_file, "File with the token of an operations manager.");
    flags.Add("engineer_token_file", &engineer_token_file, "File with the token of a platform engineer.");
    flags.Add("activity", &activity, 1, 65535, "gRPC port of the activity service.");
    flags.Add("personnel", &personnel, 1, 65535, "gRPC port of the personnel service.");
    flags.Add("db_socket", &db_socket, "Socket of the database.");
    flags.Add("only", &only, "What to measure; empty for all.");
    flags.Add("steps", &steps, 2, 1'000'000, "Steps of ladders that are due within a minute.");
    flags.Add("pages", &pages, 1, 100'000, "Pages that are looked at once a minute.");
    flags.Add("clocks", &clocks, 2, 10'000'000, "Clocks that a calendar moves.");
    flags.Add("queue", &queue, 2 * kPage, 100'000'000, "Inquiries that are open.");
  }
};

std::string InstantText(absl::Time time) {
  const int64_t micros = absl::ToUnixMicros(time);
  return absl::Substitute("{ seconds: $0 nanos: $1 }", micros / 1'000'000, micros % 1'000'000 * 1000);
}

// Pages on 127.0.0.1: those below /hang answer nothing and stay open until their client gives up.
class Web {
 public:
  Web() {
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || listen(listener_, 1024) != 0) Die("no port for pages");
    getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { Serve(); });
  }
  ~Web() {
    shutdown(listener_, SHUT_RDWR);
    thread_.join();
    close(listener_);
    for (const auto& [since, hanging] : hanging_) close(hanging);
  }
  int port() const { return port_; }

 private:
  void Serve() {
    static const std::string answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok";
    for (int connection; (connection = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC)) >= 0;) {
      const absl::Time now = absl::Now();
      while (!hanging_.empty() && hanging_.front().first < now - 2 * kHang) {
        close(hanging_.front().second);
        hanging_.pop_front();
      }
      std::string request;
      char buffer[4096];
      for (ssize_t n; !absl::StrContains(request, "\r\n\r\n") && (n = recv(connection, buffer, sizeof buffer, 0)) > 0;) {
        request.append(buffer, static_cast<size_t>(n));
      }
      if (absl::StrContains(request, " /hang")) {
        hanging_.emplace_back(now, connection);
        continue;
      }
      send(connection, answer.data(), answer.size(), MSG_NOSIGNAL);
      close(connection);
    }
  }

  int listener_ = -1, port_ = 0;
  std::deque<std::pair<absl::Time, int>> hanging_;
  std::thread thread_;
};

// A calendar as people write it, Monday to Friday 09:00–12:00 and 13:30–18:00 with a month of exceptions a year, and how one computes by it
// who knows nothing better than to go from day to day.
class Walk {
 public:
  Walk() : rules_{.zone = time::FindZone("Asia/Shanghai").value()} {
    const std::vector<time::OpenWindow> windows = {{absl::Hours(9), absl::Hours(12)},
                                                   {absl::Hours(13) + absl::Minutes(30), absl::Hours(18)}};
    for (size_t day = 0; day < 5; ++day) rules_.week[day] = windows;
    for (int year = 2024; year < 2030; ++year) {
      for (const int month : {1, 2, 4, 5, 10}) {
        for (int day = 1; day <= 4; ++day) rules_.holidays.push_back(absl::CivilDay(year, month, day));
      }
    }
    absl::c_sort(rules_.holidays);
  }
  time::BusinessCalendar Calendar() const { return time::BusinessCalendar::Make({{absl::InfinitePast(), rules_}}).value(); }

  absl::Time After(absl::Time from, absl::Duration amount) const {
    for (absl::CivilDay day = absl::ToCivilDay(from, rules_.zone);; ++day) {
      if (absl::c_binary_search(rules_.holidays, day)) continue;
      for (const time::OpenWindow& window : rules_.week[static_cast<size_t>(absl::GetWeekday(day))]) {
        const absl::Time open = std::max(from, At(day, window.open)), shut = At(day, window.close);
        if (open >= shut) continue;
        if (amount <= shut - open) return open + amount;
        amount -= shut - open;
      }
    }
  }

 private:
  // What a window says is shown by a clock, which may be changed that day.
  absl::Time At(absl::CivilDay day, absl::Duration time_of_day) const {
    return absl::FromCivil(absl::CivilSecond(day) + absl::ToInt64Seconds(time_of_day), rules_.zone);
  }

  time::CalendarRules rules_;
};

class Comparison {
 public:
  explicit Comparison(const Flags& flags)
      : flags_(flags),
        tables_(flags.db_socket, {kService}),
        token_(ReadToken(flags.token_file)),
        engineer_(ReadToken(flags.engineer_token_file)),
        channel_(Connect(flags.identity.To(kService, flags.activity))),
        personnel_(Connect(flags.identity.To("personnel", flags.personnel))),
        load_(flags.identity.To(kService, flags.activity), kConnections),
        results_(
            flags.results, "activity",
            absl::StrCat(std::thread::hardware_concurrency(),
                         " cores shared by clients, services and database, which flushes at every commit; 64 requests in flight, where "
                         "nothing else is said.")) {}

  int Run() {
    Prepare();
    if (Measured("intake")) Intake();
    if (Measured("surge_hot")) SurgeHot();
    if (Measured("punctual")) Punctual();
    if (Measured("recalendar")) Recalendar();
    if (Measured("queue")) Queue();
    if (Measured("deadline")) Deadline();
    results_.Publish();
    return 0;
  }

 private:
  bool Measured(const std::string& name) const { return flags_.only.empty() || flags_.only == name; }

  template <typename Req, typename Resp>
  Resp Do(client::Channel& channel, const client::Method<Req, Resp>& method, const std::string& text, const std::string& token) {
    Req request;
    if (!google::protobuf::TextFormat::ParseFromString(text, &request)) Die("no request: " + text);
    auto response = channel.Call(CallWith(token), method, request);
    if (!response.ok()) Die(absl::StrCat(method.path, ": ", response.status().ToString()));
    return *std::move(response);
  }
  template <typename Req, typename Resp>
  Resp Do(const client::Method<Req, Resp>& method, const std::string& text) {
    return Do(*channel_, method, text, token_);
  }
  void Await(const std::string& what, const std::function<bool()>& is_so) const {
    for (const absl::Time end = absl::Now() + kPatience; !is_so(); absl::SleepFor(kGlance)) {
      if (absl::Now() > end) Die("not within the time: " + what);
    }
  }

  // ---- What is there

  static std::string CaseId(int number) { return absl::StrFormat("case-%06d", number); }
  static std::string SomeCase() {
    static std::atomic<uint64_t> count{0};
    return CaseId(1 + static_cast<int>(count++ * 7919 % kActivities));
  }

  void Prepare() {
    Do(*personnel_, personnel::v1::method::CreateCalendar, "calendar_id: 'load' calendar { title: 'Load' }", token_);
    PublishCalendar("first", "");
    Do(activity::method::CreateServicePolicy, absl::StrCat("service_policy_id: 'load' service_policy { reason: 'Load' ", kTerms, " }"));
    activity::PublishServicePolicyRequest publish;
    publish.set_name("servicePolicies/load");
    Await("the calendar is known", [&] { return channel_->Call(CallWith(token_), activity::method::PublishServicePolicy, publish).ok(); });
    // As if it had been in force for a day: an inquiry is under the terms of its receipt, which lies back where steps are due soon.
    tables_.Execute(kService,
                    "UPDATE service_policies SET publish_time = publish_time - INTERVAL 1 DAY, start_time = start_time - INTERVAL 1 DAY "
                    "WHERE name = 'servicePolicies/load'");
    // Each activity has an owner of its own, who gets its inquiries.
    for (int i = 1; i <= kActivities; ++i) {
      Do(activity::method::CreateActivity,
         absl::Substitute("activity_id: '$0' activity { title: 'Load' project: 'projects/load' scheme: 'projects/load/schemes/load' owner: "
                          "'employees/$0' start_time $1 end_time $2 time_zone: 'Asia/Taipei' }",
                          CaseId(i), InstantText(absl::Now() + absl::Hours(24)), InstantText(absl::Now() + absl::Hours(48))));
    }
    tables_.Execute(kService, "INSERT IGNORE INTO inquiry_loads (owner, open_count) SELECT owner, 0 FROM activities");
    // The rule that the suite comes with would see a surge in every load.
    Do(activity::method::RetireSurgeRule, "name: 'surgeRules/default' reason: 'Load'");
  }

  void PublishCalendar(const std::string& id, const std::string& more) {
    Do(*personnel_, personnel::v1::method::CreateCalendarVersion,
       absl::Substitute("parent: 'calendars/load' calendar_version_id: '$0' calendar_version { reason: 'Load' rules { $1 $2 } }", id,
                        kWeeks, more),
       token_);
    Do(*personnel_, personnel::v1::method::PublishCalendarVersion, absl::Substitute("name: 'calendars/load/versions/$0'", id), token_);
  }

  // What was taken in so far is away.
  void Clear() {
    for (const char* table : {"service_clocks", "inquiries", "inquiry_intakes", "escalations"}) {
      tables_.Execute(kService, absl::StrCat("DELETE FROM ", table));
    }
  }

  // ---- What is asked

  // Of an inquiry of `about`, by a customer and with an id of its own.
  GrpcRequest Receipt(const std::string& about) const { return ReceiptNamed(Unique(), about); }
  GrpcRequest ReceiptNamed(const std::string& token, const std::string& about) const {
    return {"heitie.activity.v1.InquiryService/ReceiveInquiry", NewInquiry(token, about).SerializeAsString(), token_};
  }
  static activity::ReceiveInquiryRequest NewInquiry(const std::string& token, const std::string& about) {
    activity::ReceiveInquiryRequest request;
    if (!google::protobuf::TextFormat::ParseFromString(
            absl::Substitute("request_id: '$0' inquiry { category: 'general' text: 'Where is my gift box?' customer: '$0' source: 'load' "
                             "external_id: '$0' $1 }",
                             token, about),
            &request)) {
      Die("no inquiry: " + about);
    }
    return request;
  }
  static std::string AboutCase(const std::string& id) { return absl::StrCat("kind: KIND_INQUIRY activity: 'activities/", id, "'"); }

  Way Service(const std::string& operation, const std::string& way, const std::function<GrpcRequest()>& next) {
    return {operation, way,
            kInFlight, [this, next](const Window& window) { return GrpcLoad::AllOk(load_.Closed(kInFlight, window, next)); },
            {},        {}};
  }
  void AddRows(const std::vector<Way>& ways) {
    for (const Way& way : ways) results_.AddRow(way.operation, way.way, way.in_flight, way.Rate(), way.samples);
  }

  // ---- The measurements

  void Intake() {
    const std::string token = Unique(), model_case = CaseId(1);
    const TransactionModel model(tables_, kService,
                                 {{"event", "`id`"},
                                  {"idempotency", "`request_id`"},
                                  {"inquiries", "`name`"},
                                  {"inquiry_intakes", "`fingerprint`"},
                                  {"inquiry_loads", "`owner`"},
                                  {"person_keys", "`id`"},
                                  {"sealing", "`subject`"},
                                  {"service_clocks", "`name`"}},
                                 {"inquiry_loads"}, token, model_case, [&] {
                                   const auto answer = channel_->Call(CallWith(token_), activity::method::ReceiveInquiry,
                                                                      NewInquiry(token, AboutCase(model_case)));
                                   if (!answer.ok()) Die("ReceiveInquiry: " + answer.status().ToString());
                                 });
    RawSql raw(flags_.db_socket, "heitie_activity", kInFlight);
    const auto again = [&] { return model.Again(SomeCase()); };
    std::vector<Way> ways = {Service("intake", "service", [this] { return Receipt(AboutCase(SomeCase())); })};
    for (const int threads : {1, 4, 16, kInFlight}) {
      ways.push_back(
          {"intake", "connector", threads, [&raw, threads, again](const Window& w) { return raw.Loop(threads, w, again); }, {}, {}});
    }
    Way::TakeTurns(ways);
    AddRows(ways);
    const auto best = std::max_element(ways.begin() + 1, ways.end(), [](const Way& a, const Way& b) { return a.Rate() < b.Rate(); });
    results_.AddRatio("intake", ways[0].Rate() / ways.back().Rate(),
                      absl::StrCat("rate of the service / the connector's with the same rows, both at ", kInFlight, " in flight"),
                      AtLeast(0.8));
    results_.AddRatio("intake_to_best", ways[0].Rate() / best->Rate(), "rate of the service / the connector's best");
  }

  // The rule is never fulfilled: every complaint is judged.
  void SurgeHot() {
    Do(activity::method::CreateSurgeRule,
       absl::Substitute("surge_rule_id: 'load' surge_rule { display_name: 'Load' scope: SCOPE_ACTIVITY activity: 'activities/$0' window { "
                        "seconds: 60 } minimum: 10000 alpha: 0.001 baseline { seconds: 86400 } }",
                        CaseId(1)));
    const auto complaint = [this](int number) {
      return [this, number] { return Receipt(absl::StrCat("kind: KIND_COMPLAINT activity: 'activities/", CaseId(number), "'")); };
    };
    std::vector<Way> ways = {Service("surge_hot", "armed", complaint(1)), Service("surge_hot", "unarmed", complaint(2))};
    Way::TakeTurns(ways);
    AddRows(ways);
    results_.AddRatio("surge_hot", ways[0].Rate() / ways[1].Rate(),
                      "rate of complaints about one activity that is watched for a surge / about one that is not", AtLeast(0.8));
  }

  void Punctual() {
    Clear();
    const Web web;
    HavePages(web.port());
    const int inquiries = flags_.steps / 2;  // two clocks each, of the same target
    // So long as there is a second for each hundred, with some to spare.
    const absl::Time first = absl::Now() + absl::Seconds(20) + absl::Milliseconds(10) * inquiries;
    for (int sent = 0; sent < inquiries;) {
      GrpcLoad::AllOk(load_.Closed(kInFlight, Window::Of(0ms, 500ms), [&] {
        const absl::Time step = first + sent++ % inquiries * kMinute / inquiries;
        return Receipt(absl::StrCat("kind: KIND_INQUIRY priority: SERVICE_PRIORITY_URGENT activity: 'activities/", SomeCase(),
                                    "' receive_time ", InstantText(step - kTarget / 2)));
      }));
    }
    if (absl::Now() > first) Die("the inquiries came too late for their steps");
    absl::SleepFor(first + kMinute - absl::Now());
    Await("the steps are told",
          [&] { return tables_.Number(kService, "SELECT COUNT(*) FROM service_clocks WHERE next_time < NOW(6)") == 0; });
    absl::SleepFor(kHang);
    // The last of those who sent have sent some more.
    const int clocks = static_cast<int>(tables_.Number(kService, "SELECT COUNT(*) FROM service_clocks"));
    const Samples steps = Lateness(
        "SELECT TIMESTAMPDIFF(MICROSECOND, reach_time, create_time) AS late FROM escalations WHERE cause = 'CAUSE_LADDER'", clocks);
    const Samples looks = Lateness(
        "SELECT TIMESTAMPDIFF(MICROSECOND, anchor_time, look_time) MOD interval_micros AS late FROM page_watches WHERE look_time IS NOT "
        "NULL",
        flags_.pages);
    results_.AddRow("punctual", "steps of ladders", 0, 0, steps);
    results_.AddRow("punctual", "looks at pages", 0, 0, looks);
    results_.AddRatio("punctual", std::max(steps.Micros(0.99), looks.Micros(0.99)) / 1e6,
                      absl::StrCat("p99 of the lateness / 1 s, of ", flags_.steps, " steps due within a minute and of ", flags_.pages,
                                   " pages looked at in it, of which one in twenty hangs; the greater of the two"),
                      AtMost(1));
    for (int i = 0; i < flags_.pages; ++i) {
      Do(activity::method::DeletePage, absl::Substitute("name: '$0'", PageName(i)));
    }
  }

  static std::string PageName(int number) {
    return absl::StrCat("activities/", CaseId(1 + number % kActivities), "/pages/page-", number / kActivities);
  }
  // They come, and so are looked at, all over the minute.
  void HavePages(int port) {
    Do(*channel_, activity::method::CreateAllowedHost,
       absl::Substitute("allowed_host_id: 'load' allowed_host { host: '127.0.0.1' schemes: SCHEME_HTTP ports: $0 private_ranges: "
                        "'127.0.0.0/8' reason: 'Load' }",
                        port),
       engineer_);
    const absl::Time begin = absl::Now();
    for (int i = 0; i < flags_.pages; ++i) {
      absl::SleepFor(begin + i * kMinute / flags_.pages - absl::Now());
      const std::string name = PageName(i);
      const size_t id = name.rfind('/');
      Do(activity::method::CreatePage,
         absl::Substitute("parent: '$0' page_id: '$1' page { title: 'Load' url: 'http://127.0.0.1:$2/$3' look_interval { seconds: 60 } "
                          "timeout { seconds: $4 } failures_to_down: 1 successes_to_up: 1 requirement: REQUIREMENT_BEFORE_LAUNCH }",
                          name.substr(0, name.find("/pages/")), name.substr(id + 1), port, i % 20 == 0 ? "hang" : "up",
                          absl::ToInt64Seconds(kHang)));
    }
  }
  // `query` selects `late`, in microseconds, of so many rows.
  Samples Lateness(const std::string& query, int count) {
    Samples samples;
    for (const int64_t late : tables_.Numbers(kService, query)) samples.Add(static_cast<double>(late));
    if (static_cast<int>(samples.count()) != count) Die(absl::StrCat(samples.count(), " instead of ", count, ": ", query));
    return samples;
  }

  void Recalendar() {
    Clear();
    const auto next = [this] { return Receipt(AboutCase(SomeCase())); };
    const char* const running = "SELECT COUNT(*) FROM service_clocks WHERE calendar = 'calendars/load' AND state = 'STATE_RUNNING'";
    size_t taken = 0;
    const auto begin = Clock::now();
    while (tables_.Number(kService, running) < flags_.clocks) {
      taken += GrpcLoad::AllOk(load_.Closed(kInFlight, Window::Of(0ms, 2000ms), next)).count();
    }
    // Half of what it can do, so that what is measured is no queue of its own making.
    const double rate = static_cast<double>(taken) / std::chrono::duration<double>(Clock::now() - begin).count() / 2;
    const Samples without = GrpcLoad::AllOk(load_.Open(rate, Window::Of(1000ms, 20000ms), next));
    const absl::Time midnight = absl::Now() + absl::Hours(24);
    const auto moving = Clock::now();
    PublishCalendar("second", absl::Substitute("closures { start_time $0 end_time $1 }", InstantText(midnight),
                                               InstantText(midnight + absl::Hours(4))));
    const std::string unmoved = absl::StrCat(running, " AND calendar_versions < 2");
    Samples with;
    do {
      with.Merge(GrpcLoad::AllOk(load_.Open(rate, Window::Of(0ms, 1000ms), next)));
    } while (tables_.Number(kService, unmoved) > 0);
    results_.AddRow("recalendar", "intake while clocks move", 0, rate, with);
    results_.AddRow("recalendar", "intake alone", 0, rate, without);
    results_.AddFigure("recalendar_time", absl::StrCat("until ", flags_.clocks, " clocks and more were moved"),
                       std::chrono::duration<double>(Clock::now() - moving).count(), "s");
    results_.AddRatio("recalendar", with.Micros(0.99) / without.Micros(0.99),
                      absl::StrCat("p99 of intake while ", flags_.clocks, " clocks move / without, at half the rate that it can do"),
                      AtMost(2));
  }

  void Queue() {
    Clear();
    const auto model = channel_->Call(CallWith(token_), activity::method::ReceiveInquiry, NewInquiry(Unique(), AboutCase(CaseId(1))));
    if (!model.ok()) Die("ReceiveInquiry: " + model.status().ToString());
    activity::ListInquiriesRequest first;
    first.set_page_size(kPage);
    first.set_filter("state = STATE_OPEN");
    first.set_order_by("queue_time");
    // The token of the last page comes from the service itself, while the model and the last rows are two pages.
    tables_.Execute(kService, "SET GLOBAL innodb_flush_log_at_trx_commit = 2");
    const int tail = 2 * kPage - 1;
    CopyInquiry(model->name(), flags_.queue - tail, flags_.queue - 1);
    activity::ListInquiriesRequest last = first;
    last.set_page_token(PageOf(first).next_page_token());
    CopyInquiry(model->name(), 1, flags_.queue - tail - 1);
    tables_.Execute(kService, "SET GLOBAL innodb_flush_log_at_trx_commit = 1");
    tables_.Execute(kService, "ANALYZE TABLE inquiries");
    if (!PageOf(last).next_page_token().empty()) Die("what should be the last page is not");
    size_t turn = 0;
    GrpcLoad load(flags_.identity.To(kService, flags_.activity), 1);
    Outcomes outcomes = load.Closed(1, Window::Of(1000ms, 10000ms), [&] {
      const int page = static_cast<int>(turn++ % 2);
      return GrpcRequest{"heitie.activity.v1.InquiryService/ListInquiries", (page == 0 ? first : last).SerializeAsString(), token_, page};
    });
    GrpcLoad::AllOk(outcomes);
    results_.AddRow("queue", "first page", 1, 0, outcomes[0].answered);
    results_.AddRow("queue", "last page", 1, 0, outcomes[1].answered);
    results_.AddRatio("queue", outcomes[1].answered.Micros(0.5) / outcomes[0].answered.Micros(0.5),
                      absl::StrCat("median latency of the last page of the queue of ", flags_.queue, " open inquiries / of the first"),
                      AtMost(1.2));
  }
  activity::ListInquiriesResponse PageOf(const activity::ListInquiriesRequest& request) {
    const auto page = channel_->Call(CallWith(token_), activity::method::ListInquiries, request);
    if (!page.ok()) Die("ListInquiries: " + page.status().ToString());
    if (page->inquiries_size() != kPage) Die(absl::StrCat("a page of ", page->inquiries_size(), " rows"));
    return *page;
  }
  // Each due a second after the one before. Their texts are not sealed.
  void CopyInquiry(const std::string& model, int from, int to) {
    const std::map<std::string, std::string> other = {{"`name`", "CONCAT('inquiries/', LPAD(seq, 26, '0'))"},
                                                      {"`text`", "'Where is my gift box?'"},
                                                      {"`customer`", "CONCAT('c-', seq)"},
                                                      {"`external_id`", "CONCAT('c-', seq)"},
                                                      {"`customer_key`", "CONCAT('c-', seq)"},
                                                      {"`queue_time`", "queue_time + INTERVAL seq SECOND"}};
    std::vector<std::string> columns = tables_.ColumnsOf(kService, "inquiries"), values;
    for (const std::string& column : columns) values.push_back(other.count(column) > 0 ? other.at(column) : column);
    constexpr int kPortion = 20'000;
    for (int begin = from; begin <= to; begin += kPortion) {
      tables_.Execute(kService,
                      absl::StrCat("INSERT INTO inquiries (", absl::StrJoin(columns, ", "), ") SELECT ", absl::StrJoin(values, ", "),
                                   " FROM inquiries, seq_1_to_100000000 WHERE name = ? AND seq BETWEEN ? AND ?"),
                      sql::Bind(model, begin, std::min(to, begin + kPortion - 1)));
    }
  }

  // A year's work from any moment.
  void Deadline() {
    constexpr int kMoments = 2000;
    const absl::Duration kWork = 240 * absl::Minutes(450);
    const Walk walk;
    const time::BusinessCalendar calendar = walk.Calendar();
    std::mt19937 random(1);
    std::vector<absl::Time> moments;
    for (int i = 0; i < kMoments; ++i)
      moments.push_back(absl::FromUnixSeconds(1'735'689'600 + static_cast<int64_t>(random() % 31'536'000)));
    Samples table, days;
    for (int round = 0; round < Way::kRounds; ++round) {
      std::vector<absl::Time> due;
      const auto begin = Clock::now();
      for (const absl::Time moment : moments) due.push_back(calendar.After(moment, kWork).value());
      const auto middle = Clock::now();
      std::vector<absl::Time> walked;
      for (const absl::Time moment : moments) walked.push_back(walk.After(moment, kWork));
      const auto end = Clock::now();
      if (due != walked) Die("the walk comes to other times");
      table.Add(std::chrono::duration<double, std::micro>(middle - begin).count() / kMoments);
      days.Add(std::chrono::duration<double, std::micro>(end - middle).count() / kMoments);
    }
    results_.AddFigure("deadline_micros", "a due time over a year's work", table.Micros(0.5), "us");
    results_.AddFigure("walk_micros", "the same from day to day", days.Micros(0.5), "us");
    results_.AddRatio("deadline", days.Micros(0.5) / table.Micros(0.5), "walking over the days of a year / the calendar's tables",
                      AtLeast(20));
  }

  const Flags flags_;
  Tables tables_;
  const std::string token_, engineer_;
  const std::unique_ptr<client::Channel> channel_, personnel_;
  GrpcLoad load_;
  Results results_;
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
