// tests/load/compare metrics: what taking in events costs beside a program that inserts the same rows, whether the last million is as quick
// as the first, and whether producers of one name hold each other up.
#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/config/flags.h"
#include "common/sql/database.h"
#include "common/time/instant.h"
#include "heitie/metrics/v1/collection_service.methods.h"
#include "heitie/metrics/v1/ingestion.pb.h"
#include "tests/load/grpc_load.h"
#include "tests/load/identity.h"
#include "tests/load/measure.h"
#include "tests/load/results.h"

namespace heitie::load {
namespace {

constexpr int kProducers = 8;
constexpr int kBatch = 5000;           // events, the most that a batch may have
constexpr int kRowsOfStatement = 500;  // of the raw insert
constexpr int kUsers = 1'000'000;
constexpr int kDays = 30;
constexpr int kEventsPerName = 200'000;  // of the comparison of names

struct Flags {
  Identity identity;
  Results::Flags results;
  std::string token_file, db_socket, only;
  int metrics = 0;  // port of 127.0.0.1
  int events = 1'000'000;
};

// The events of everything that is measured, so that both sides store the same: a user, one of thirty days, two dimensions, an amount.
struct Made {
  std::string user, channel, city;
  absl::Time time;
  int64_t minor;
};
Made Make(int64_t number, absl::Time end) {
  const uint64_t mixed = static_cast<uint64_t>(number) * 0x9E3779B97F4A7C15ull;
  return {absl::StrCat("user-", mixed % kUsers), absl::StrCat("channel-", (mixed >> 20) % 5), absl::StrCat("city-", (mixed >> 24) % 20),
          end - absl::Seconds(static_cast<int64_t>((mixed >> 8) % (kDays * 86400))), static_cast<int64_t>(mixed >> 44)};
}

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

class Comparison {
 public:
  explicit Comparison(const Flags& flags) : flags_(flags), token_(ReadToken(flags.token_file)), end_(absl::Now() - absl::Hours(1)) {
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
                    absl::StrCat("Eight producers deliver batches of ", kBatch, " events of ", kUsers, " users and ", kDays, " days."));
    const int64_t batches = std::max<int64_t>(1, flags_.events / kBatch / kProducers);
    const int64_t events = batches * kBatch * kProducers;
    // A row of the service's own first, so that schemas, plans and connections are warm on both sides.
    Deliver("warm", "warm", 1, 0, 1);
    Execute(
        "CREATE TABLE raw_rows (producer VARBINARY(190) NOT NULL, sequence BIGINT NOT NULL, position INT NOT NULL, event_name "
        "VARBINARY(64) "
        "NOT NULL, user_id VARBINARY(128) NOT NULL, occur_time DATETIME(6) NOT NULL, dimensions LONGTEXT NOT NULL, value_minor BIGINT "
        "NULL, "
        "PRIMARY KEY (producer, sequence, position)) ENGINE=InnoDB");
    const double raw = Rate(kProducers, events, [&](int producer) { InsertRaw(producer, batches); });
    // In tenths, so that the first and the last can be compared.
    std::vector<double> rates;
    const int64_t tenth = std::max<int64_t>(1, batches / 10);
    int64_t done = 0;
    const auto begin = Clock::now();
    for (; done < batches; done += tenth) {
      const int64_t some = std::min(tenth, batches - done);
      rates.push_back(Rate(kProducers, some * kBatch * kProducers,
                           [&](int producer) { Deliver(absl::StrCat("p", producer), "purchase", done + 1, producer, some); }));
    }
    const double service = static_cast<double>(events) / Seconds(Clock::now() - begin);
    const int64_t few = std::max<int64_t>(1, std::min<int64_t>(batches, kEventsPerName / kBatch));
    const auto named = [&](bool same) {
      return Rate(kProducers, few * kBatch * kProducers, [&](int producer) {
        Deliver(absl::StrCat(same ? "same" : "own", producer), same ? "shared" : absl::StrCat("name_", producer), 1, producer, few);
      });
    };
    const double own_names = named(false), one_name = named(true);
    results.AddFigure("raw_rows", "rows a second by multi-row inserts, a transaction for each batch", raw, "1/s");
    results.AddFigure("events", "events a second through gRPC", service, "1/s");
    results.AddRatio("ingest", service / raw, "events a second of the service over raw multi-row inserts of the same rows", AtLeast(0.7));
    results.AddRatio("ingest_late", rates.back() / rates.front(), "the last tenth of the events over the first", AtLeast(0.9));
    results.AddRatio("ingest_same_name", one_name / own_names, "8 producers on one name over 8 on names of their own", AtLeast(0.9));
    results.Publish();
    return 0;
  }

 private:
  void Execute(const std::string& statement) {
    const absl::Status status =
        database_->Read(absl::Now() + absl::Minutes(1), [&](sql::Session& session) { return session.Execute(statement).status(); });
    if (!status.ok()) Die(status.ToString());
  }

  void Deliver(const std::string& producer, const std::string& name, int64_t first, int64_t seed, int64_t batches) {
    for (int64_t sequence = first; sequence < first + batches; ++sequence) {
      metrics::v1::IngestEventsRequest request;
      request.set_producer(absl::StrCat("producers/", producer));
      request.set_sequence(sequence);
      for (int i = 0; i < kBatch; ++i) {
        const Made made = Make((seed * 1'000'000'007 + sequence) * kBatch + i, end_);
        metrics::v1::Event& event = *request.add_events();
        event.set_event_name(name);
        event.set_user(made.user);
        *event.mutable_occur_time() = time::ToTimestamp(made.time);
        (*event.mutable_dimensions())["channel"] = made.channel;
        (*event.mutable_dimensions())["city"] = made.city;
        event.set_value_minor(made.minor);
      }
      rpc::Call call = CallWith(token_);
      call.deadline = absl::Now() + absl::Minutes(1);
      const auto answer = channel_->Call(call, metrics::v1::method::IngestEvents, request);
      if (!answer.ok() || answer->accepted_count() != kBatch) Die(absl::StrCat("IngestEvents: ", answer.status().ToString()));
    }
  }

  void InsertRaw(int producer, int64_t batches) {
    std::string statement = "INSERT INTO raw_rows VALUES (?,?,?,?,?,?,?,?)";
    for (int i = 1; i < kRowsOfStatement; ++i) statement += ",(?,?,?,?,?,?,?,?)";
    for (int64_t sequence = 1; sequence <= batches; ++sequence) {
      const absl::Status status = database_->Write(absl::Now() + absl::Minutes(1), [&](sql::Session& session) -> absl::Status {
        for (int begin = 0; begin < kBatch; begin += kRowsOfStatement) {
          sql::Values values;
          for (int i = begin; i < begin + kRowsOfStatement; ++i) {
            const Made made = Make((producer * int64_t{1'000'000'007} + sequence) * kBatch + i, end_);
            for (const sql::Value& value :
                 sql::Bind(absl::StrCat("producers/p", producer), sequence, i, std::string("purchase"), made.user, made.time,
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

  const Flags flags_;
  const std::string token_;
  const absl::Time end_;
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
  flags.Add("db_socket", &values.db_socket, "Socket of the database.");
  flags.Add("only", &values.only, "The operation to measure; this part measures all.");
  flags.Add("events", &values.events, 40'000, 100'000'000, "Events.");
  heitie::load::ParseOrDie(flags, argc, argv);
  return heitie::load::Comparison(values).Run();
}
