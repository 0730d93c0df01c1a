// tests/load/compare metrics: what taking in events costs beside a program that inserts the same rows, whether the last ones are as quick
// as the first, whether producers of one name hold each other up, and what questions cost beside DuckDB, which holds the same events in a
// table. Every answer must equal DuckDB's.
#include <array>
#include <atomic>
#include <cstdio>
#include <fstream>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/civil_time.h"
#include "absl/time/clock.h"
#include "common/config/flags.h"
#include "common/sql/database.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "heitie/metrics/v1/answer.pb.h"
#include "heitie/metrics/v1/collection_service.methods.h"
#include "heitie/metrics/v1/ingestion.pb.h"
#include "heitie/metrics/v1/question.pb.h"
#include "heitie/metrics/v1/question_service.methods.h"
#include "nlohmann/json.hpp"
#include "tests/load/grpc_load.h"
#include "tests/load/identity.h"
#include "tests/load/measure.h"
#include "tests/load/results.h"

namespace heitie::load {
namespace {

constexpr int kProducers = 8;
constexpr int kBatch = 5000;           // events, the most that a batch may have
constexpr int kRowsOfStatement = 500;  // of the raw insert
constexpr int kDays = 30;
constexpr int kPasses = 5;  // over the same days and users, so that the last four add events and neither days nor, nearly, users
// The first pass has so many events of each day and slot that it reaches nearly all of a day's users.
constexpr int64_t kEventsOfSlot = 7;
constexpr int64_t kEventsPerName = 200'000;  // of the comparison of names
constexpr int kUsersOfSlot = 20;
constexpr absl::Duration kFolding = absl::Minutes(15);

struct Flags {
  Identity identity;
  Results::Flags results;
  std::string token_file, db_socket, only, duckdb;
  int metrics = 0;  // port of 127.0.0.1
  int metrics_pid = 0;
  int events = 1'000'000;
};

// The events of everything that is measured, so that all sides hold the same: by number, in the order of days, as producers deliver them.
// duckdb.mjs computes them by the same formulas.
struct Made {
  const char* name;
  std::string user, channel, city;
  absl::Time time;
  int64_t minor;
};

// 32 bits that look random, of a number below 2³². Products stay below 2⁶⁴, since DuckDB does not cut them.
uint64_t Mix(uint64_t number, uint64_t salt) {
  uint64_t z = ((number + salt) * 2'654'435'769u) % (uint64_t{1} << 32);
  z ^= z >> 16;
  z = z * 2'246'822'519u % (uint64_t{1} << 32);
  z ^= z >> 13;
  z = z * 3'266'489'917u % (uint64_t{1} << 32);
  return z ^ (z >> 16);
}

class Maker {
 public:
  explicit Maker(int64_t events)
      : pass_(std::max<int64_t>(kDays, events / kPasses)),
        slots_(std::max<int64_t>(1, pass_ / kDays / kEventsOfSlot)),
        first_day_(absl::ToCivilDay(absl::Now(), Zone()) - kDays - 1) {}

  static absl::TimeZone Zone() { return absl::FixedTimeZone(8 * 3600); }  // the suite's default, which knows no summer time
  Made Make(int64_t number) const {
    const uint64_t n = static_cast<uint64_t>(number), mixed = Mix(n, 1), rest = Mix(n, 1'000'000'007), kind = mixed >> 8;
    const int64_t day = (number % pass_) * kDays / pass_;
    // On each day every slot is one of its users.
    const uint64_t slots = static_cast<uint64_t>(slots_), slot = rest % slots;
    const uint64_t user = slot * kUsersOfSlot + Mix(static_cast<uint64_t>(day) * slots + slot, 7) % kUsersOfSlot;
    return {kind % 20 < 12   ? "view"
            : kind % 20 < 17 ? "cart"
                             : "purchase",
            absl::StrCat("user-", user),
            absl::StrCat("channel-", rest % 5),
            absl::StrCat("city-", rest / 8 % 20),
            StartOf(day) + absl::Seconds(static_cast<int64_t>(Mix(n, 11) % 86400)),
            static_cast<int64_t>(rest % 20'000)};
  }
  absl::CivilDay Day(int64_t day) const { return first_day_ + day; }
  absl::Time StartOf(int64_t day) const { return absl::FromCivil(Day(day), Zone()); }
  int64_t pass() const { return pass_; }
  int64_t slots() const { return slots_; }

 private:
  const int64_t pass_, slots_;
  const absl::CivilDay first_day_;
};

double Seconds(Clock::duration duration) { return std::chrono::duration<double>(duration).count(); }

// Runs `work(i)` in so many threads; events a second.
template <typename Work>
double Rate(int threads, int64_t events, Work work) {
  const auto begin = Clock::now();
  std::vector<std::thread> all;
  for (int i = 0; i < threads; ++i) all.emplace_back([&work, i] { work(i); });
  for (std::thread& thread : all) thread.join();
  return static_cast<double>(events) / Seconds(Clock::now() - begin);
}

// A question of the days `first` … `last`, and of the kind. The first one of a kind warms both sides up.
struct Asked {
  std::string kind;
  int first, last;
};
const std::vector<Asked>& Questions() {
  static const auto* const kQuestions =
      new std::vector<Asked>{{"dau", 0, 26},       {"dau", 0, 27},       {"dau", 1, 28},    {"dau", 2, 29},       {"mau", 1, 28},
                             {"mau", 0, 29},       {"mau", 0, 28},       {"mau", 1, 29},    {"retention", 0, 19}, {"retention", 0, 20},
                             {"retention", 0, 21}, {"retention", 0, 22}, {"funnel", 0, 19}, {"funnel", 0, 20},    {"funnel", 0, 22}};
  return *kQuestions;
}

struct Answered {
  double seconds = 0;
  std::vector<int64_t> numbers;
};

class Comparison {
 public:
  explicit Comparison(const Flags& flags)
      : flags_(flags),
        token_(ReadToken(flags.token_file)),
        batches_(std::max<int64_t>(10, flags.events / kBatch / kProducers)),
        maker_(events()) {
    channel_ = Connect(flags.identity.To("metrics", flags.metrics));
    sql::Options options;
    options.socket = flags.db_socket;
    options.user = "root";
    options.schema = "heitie_metrics";
    options.pool_size = kProducers + 1;
    database_ = std::make_unique<sql::Database>(options);
  }

  int Run() {
    Results results(flags_.results, "metrics",
                    absl::StrCat("Eight producers deliver ", events(), " events of ", maker_.slots() * kUsersOfSlot, " users and ", kDays,
                                 " days in batches of ", kBatch, ", in ", kPasses, " passes over the same days."));
    Ingest(results);
    const std::vector<Answered> late = AskAll();
    AddGrowth(late, results);
    if (!flags_.duckdb.empty()) CompareWithDuckDb(late, results);
    AddSizes(late, results);
    results.Publish();
    return 0;
  }

 private:
  int64_t events() const { return batches_ * kBatch * kProducers; }

  void Ingest(Results& results) {
    // A row of the service's own first, so that schemas, plans and connections are warm on both sides.
    Deliver("warm", "warm", 1, 0, 1);
    Execute(
        "CREATE TABLE raw_rows (producer VARBINARY(190) NOT NULL, sequence BIGINT NOT NULL, position INT NOT NULL, event_name "
        "VARBINARY(64) NOT NULL, user_id VARBINARY(128) NOT NULL, occur_time DATETIME(6) NOT NULL, dimensions LONGTEXT NOT NULL, "
        "value_minor BIGINT NULL, PRIMARY KEY (producer, sequence, position)) ENGINE=InnoDB");
    const double raw = Rate(kProducers, events(), [&](int producer) { InsertRaw(producer, batches_); });
    Execute("DROP TABLE raw_rows");
    // In tenths, so that the first and the last can be compared; the first two of them are one pass.
    std::vector<double> rates;
    const int64_t tenth = batches_ / 10;
    double seconds = 0;
    const double used = CpuSeconds(flags_.metrics_pid);
    for (int64_t done = 0; done < batches_; done += tenth) {
      const int64_t some = std::min(tenth, batches_ - done);
      const auto begin = Clock::now();
      rates.push_back(Rate(kProducers, some * kBatch * kProducers,
                           [&](int producer) { Deliver(absl::StrCat("p", producer), "", done + 1, producer, some); }));
      seconds += Seconds(Clock::now() - begin);
      if (rates.size() == 10 / kPasses) early_ = AskAll();
    }
    const double service = static_cast<double>(events()) / seconds;
    // The daily figures that follow from the events are made meanwhile, and the early questions asked.
    const double cost = (CpuSeconds(flags_.metrics_pid) - used) / static_cast<double>(events());
    const int64_t few = std::max<int64_t>(1, std::min<int64_t>(batches_, kEventsPerName / kBatch));
    const auto named = [&](bool same) {
      return Rate(kProducers, few * kBatch * kProducers, [&](int producer) {
        Deliver(absl::StrCat(same ? "same" : "own", producer), same ? "shared" : absl::StrCat("name_", producer), 1, producer, few);
      });
    };
    const double own_names = named(false), one_name = named(true);
    results.AddFigure("raw_rows", "rows a second by multi-row inserts, a transaction for each batch", raw, "1/s");
    results.AddFigure("events", "events a second through gRPC", service, "1/s");
    results.AddFigure("event_cpu", "processor time of the service for an event", cost * 1e6, "us");
    results.AddRatio("ingest", service / raw, "events a second of the service over raw multi-row inserts of the same rows", AtLeast(0.7));
    results.AddRatio("ingest_late", rates.back() / rates.front(), "the last tenth of the events over the first", AtLeast(0.9));
    results.AddRatio("ingest_same_name", one_name / own_names, "8 producers on one name over 8 on names of their own", AtLeast(0.9));
  }

  void Execute(const std::string& statement) {
    const absl::Status status =
        database_->Read(absl::Now() + absl::Minutes(1), [&](sql::Session& session) { return session.Execute(statement).status(); });
    if (!status.ok()) Die(status.ToString());
  }

  double Number(const std::string& query) {
    double number = 0;
    const absl::Status status = database_->Read(absl::Now() + absl::Minutes(1), [&](sql::Session& session) {
      return session.Query(query, {}, [&](const sql::Row& row) { number = row.Double(0); });
    });
    if (!status.ok()) Die(status.ToString());
    return number;
  }

  // The number of the event at this place.
  static int64_t NumberOf(int64_t producer, int64_t sequence, int position) {
    return ((sequence - 1) * kProducers + producer) * kBatch + position;
  }

  // `name` in place of the events' own, if there is one.
  void Deliver(const std::string& producer, const std::string& name, int64_t first, int64_t seed, int64_t batches) {
    for (int64_t sequence = first; sequence < first + batches; ++sequence) {
      metrics::v1::IngestEventsRequest request;
      request.set_producer(absl::StrCat("producers/", producer));
      request.set_sequence(sequence);
      for (int i = 0; i < kBatch; ++i) {
        const Made made = maker_.Make(NumberOf(seed, sequence, i));
        metrics::v1::Event& event = *request.add_events();
        event.set_event_name(name.empty() ? made.name : name);
        event.set_user(made.user);
        *event.mutable_occur_time() = time::ToTimestamp(made.time);
        (*event.mutable_dimensions())["channel"] = made.channel;
        (*event.mutable_dimensions())["city"] = made.city;
        event.set_value_minor(made.minor);
      }
      const auto answer = channel_->Call(CallFor(absl::Minutes(1)), metrics::v1::method::IngestEvents, request);
      if (!answer.ok() || answer->accepted_count() != kBatch) Die(absl::StrCat("IngestEvents: ", answer.status().ToString()));
    }
  }

  rpc::Call CallFor(absl::Duration time) const {
    rpc::Call call = CallWith(token_);
    call.deadline = absl::Now() + time;
    return call;
  }

  void InsertRaw(int producer, int64_t batches) {
    std::string statement = "INSERT INTO raw_rows VALUES (?,?,?,?,?,?,?,?)";
    for (int i = 1; i < kRowsOfStatement; ++i) statement += ",(?,?,?,?,?,?,?,?)";
    for (int64_t sequence = 1; sequence <= batches; ++sequence) {
      const absl::Status status = database_->Write(absl::Now() + absl::Minutes(1), [&](sql::Session& session) -> absl::Status {
        for (int begin = 0; begin < kBatch; begin += kRowsOfStatement) {
          sql::Values values;
          for (int i = begin; i < begin + kRowsOfStatement; ++i) {
            const Made made = maker_.Make(NumberOf(producer, sequence, i));
            for (const sql::Value& value :
                 sql::Bind(absl::StrCat("producers/p", producer), sequence, i, std::string(made.name), made.user, made.time,
                           absl::StrCat("{\"channel\":\"", made.channel, "\",\"city\":\"", made.city, "\"}"), made.minor)) {
              values.push_back(value);
            }
          }
          const absl::Status inserted = session.Execute(statement, values).status();
          if (!inserted.ok()) return inserted;
        }
        return absl::OkStatus();
      });
      if (!status.ok()) Die(status.ToString());
    }
  }

  metrics::v1::Question QuestionOf(const Asked& asked) const {
    metrics::v1::Question question;
    *question.mutable_period()->mutable_dates()->mutable_start_date() = time::ToDate(maker_.Day(asked.first));
    *question.mutable_period()->mutable_dates()->mutable_end_date() = time::ToDate(maker_.Day(asked.last));
    question.set_granularity(metrics::v1::TIME_UNIT_DAY);
    if (asked.kind == "funnel") {
      auto& funnel = *question.mutable_funnel();
      for (const char* name : {"view", "cart", "purchase"}) funnel.add_steps()->mutable_events()->set_event_name(name);
      funnel.mutable_window()->set_seconds(7 * 86400);
      funnel.set_strictly_later(true);
      question.clear_granularity();
    } else if (asked.kind == "retention") {
      question.mutable_retention()->add_start_events()->set_event_name("view");
      question.mutable_retention()->set_horizon(7);
    } else {
      question.mutable_figures()->mutable_figure()->mutable_events()->set_event_name("view");
      question.mutable_figures()->mutable_figure()->set_measure(metrics::v1::Figure::MEASURE_USERS);
      if (asked.kind == "mau") question.clear_granularity();
    }
    return question;
  }

  static std::vector<int64_t> NumbersOf(const Asked& asked, const metrics::v1::AnswerBody& body) {
    std::vector<int64_t> numbers;
    if (asked.kind == "funnel") {
      for (const auto& step : body.funnel().all().steps()) numbers.push_back(step.reached());
    } else if (asked.kind == "retention") {
      for (const auto& cohort : body.retention().cohorts()) {
        numbers.push_back(cohort.size());
        for (const auto& cell : cohort.cells()) numbers.push_back(cell.returned());
      }
    } else if (asked.kind == "mau") {
      numbers.push_back(body.figures().all().total().users());
    } else {
      for (const auto& interval : body.figures().all().intervals()) numbers.push_back(interval.users());
    }
    return numbers;
  }

  // The answers once everything is folded, each with the time that the call took.
  std::vector<Answered> AskAll() {
    const absl::Time limit = absl::Now() + kFolding;
    while (Number("SELECT COUNT(*) FROM fresh_block") > 0) {
      if (absl::Now() > limit) Die("rows are not folded");
      absl::SleepFor(absl::Milliseconds(500));
    }
    std::vector<Answered> answers;
    for (const Asked& asked : Questions()) {
      metrics::v1::AskQuestionsRequest request;
      *request.add_questions() = QuestionOf(asked);
      const auto begin = Clock::now();
      const auto answer = channel_->Call(CallFor(absl::Minutes(10)), metrics::v1::method::AskQuestions, request);
      if (!answer.ok()) Die(absl::StrCat("AskQuestions: ", answer.status().ToString()));
      answers.push_back({Seconds(Clock::now() - begin), NumbersOf(asked, answer->answers(0).body())});
    }
    return answers;
  }

  // Seconds by kind, without the first question of each.
  static std::map<std::string, double> Times(const std::vector<Answered>& answers) {
    std::map<std::string, double> times;
    for (size_t i = 1; i < answers.size(); ++i) {
      if (Questions()[i - 1].kind == Questions()[i].kind) times[Questions()[i].kind] += answers[i].seconds;
    }
    return times;
  }

  void AddGrowth(const std::vector<Answered>& late, Results& results) {
    std::map<std::string, double> before = Times(early_), after = Times(late);
    double figures_before = 0, figures_after = 0;
    for (const char* kind : {"dau", "mau", "retention"}) figures_before += before[kind], figures_after += after[kind];
    results.AddRatio("query_growth", figures_after / figures_before,
                     absl::StrCat("time of the questions about daily figures of ", kPasses, " passes over that of one"), AtMost(1.2));
  }

  void CompareWithDuckDb(const std::vector<Answered>& ours, Results& results) {
    nlohmann::json spec = {{"events", events()}, {"pass", maker_.pass()},         {"slots", maker_.slots()},
                           {"days", kDays},      {"users_of_slot", kUsersOfSlot}, {"questions", nlohmann::json::array()}};
    for (const Asked& asked : Questions())
      spec["questions"].push_back({{"kind", asked.kind}, {"first", asked.first}, {"last", asked.last}});
    const std::string file = absl::StrCat(flags_.token_file, ".questions.json");
    std::ofstream(file) << spec.dump();
    std::FILE* const pipe = popen(absl::StrCat(flags_.duckdb, " ", file).c_str(), "r");
    if (pipe == nullptr) Die("DuckDB does not start");
    std::string text;
    std::array<char, 4096> buffer;
    while (const size_t size = std::fread(buffer.data(), 1, buffer.size(), pipe)) text.append(buffer.data(), size);
    if (pclose(pipe) != 0) Die("DuckDB failed");
    const nlohmann::json answers = nlohmann::json::parse(text, nullptr, false);
    if (!answers.is_array() || answers.size() != ours.size()) Die(absl::StrCat("DuckDB answered ", text));
    std::vector<Answered> theirs;
    for (size_t i = 0; i < ours.size(); ++i) {
      theirs.push_back({answers[i]["seconds"].get<double>(), answers[i]["numbers"].get<std::vector<int64_t>>()});
      if (theirs[i].numbers != ours[i].numbers) {
        Die(absl::StrCat("another answer to ", Questions()[i].kind, " of days ", Questions()[i].first, "–", Questions()[i].last,
                         ": DuckDB ", nlohmann::json(theirs[i].numbers).dump(), ", metrics ", nlohmann::json(ours[i].numbers).dump()));
      }
    }
    std::map<std::string, double> our_times = Times(ours), their_times = Times(theirs);
    for (const auto& [kind, bound] : std::map<std::string, double>{{"dau", 50}, {"mau", 50}, {"retention", 50}, {"funnel", 3}}) {
      results.AddFigure(kind, "seconds of the service for three questions, of funnels two", our_times[kind], "s");
      results.AddFigure(kind + "_duckdb", "seconds of DuckDB for the same", their_times[kind], "s");
      results.AddRatio(kind + "_vs_duckdb", their_times[kind] / our_times[kind], "time of DuckDB over that of the service, through gRPC",
                       AtLeast(bound));
    }
  }

  void AddSizes(const std::vector<Answered>& late, Results& results) {
    // Days 0–27 and 2–29 of the questions about daily users.
    const std::vector<int64_t>&from_first = late[1].numbers, &to_last = late[3].numbers;
    double user_days = static_cast<double>(to_last[26] + to_last[27]);
    for (const int64_t users : from_first) user_days += static_cast<double>(users);
    const double bytes = Number("SELECT SUM(LENGTH(users)) FROM day_cell WHERE name = 'view' AND activity = '' AND dimension = ''");
    // In both layers; what questions and daily figures take besides is small and does not grow with the events of a day.
    constexpr char kBytes[] = "(SELECT SUM(LENGTH(row_keys) + LENGTH(attributes) + LENGTH(origin)) FROM ";
    const double stored = Number(absl::StrCat("SELECT COALESCE(", kBytes, "row_block), 0) + COALESCE(", kBytes, "fresh_block), 0)"));
    const double rows =
        Number("SELECT COALESCE((SELECT SUM(row_count) FROM row_block), 0) + COALESCE((SELECT SUM(row_count) FROM fresh_block), 0)");
    results.AddFigure("event_bytes", "bytes of a stored event", stored / rows, "bytes");
    results.AddFigure("user_day", "bytes of a stored set of users for each user and day", bytes / user_days, "bytes");
    std::ifstream status(absl::StrCat("/proc/", flags_.metrics_pid, "/status"));
    for (std::string line; std::getline(status, line);) {
      int64_t kib = 0;
      if (line.rfind("VmHWM:", 0) == 0 && absl::SimpleAtoi(line.substr(6, line.size() - 9), &kib)) {
        results.AddFigure("memory", "the most that the service ever held", static_cast<double>(kib) / 1024, "MiB");
      }
    }
  }

  const Flags flags_;
  const std::string token_;
  const int64_t batches_;  // of each producer
  const Maker maker_;
  std::vector<Answered> early_;
  std::unique_ptr<client::Channel> channel_;
  std::unique_ptr<sql::Database> database_;
};

}  // namespace
}  // namespace heitie::load

int main(int argc, char** argv) {
  heitie::load::Flags values;
  heitie::config::Flags flags;
  values.identity.Register(flags);
  values.results.Register(flags);
  flags.Add("token_file", &values.token_file, "File with the token of an analyst.");
  flags.Add("metrics", &values.metrics, 1, 65535, "gRPC port of the metrics service.");
  flags.Add("metrics_pid", &values.metrics_pid, 0, 1 << 22, "Its process, whose memory is told.");
  flags.Add("db_socket", &values.db_socket, "Socket of the database.");
  flags.Add("duckdb", &values.duckdb, "Command that answers the questions with DuckDB; empty: they are not compared.");
  flags.Add("only", &values.only, "The operation to measure; this part measures all.");
  flags.Add("events", &values.events, 400'000, 100'000'000, "Events.");
  heitie::load::ParseOrDie(flags, argc, argv);
  return heitie::load::Comparison(values).Run();
}
