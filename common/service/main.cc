#include "common/service/main.h"

#include <array>
#include <condition_variable>
#include <cstdlib>
#include <map>
#include <mutex>
#include <stop_token>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "common/client/channel.h"
#include "common/event/event_log.h"
#include "common/event/followers.h"
#include "common/job/database_clock.h"
#include "common/job/figures.h"
#include "common/job/retention.h"
#include "common/job/sealing.h"
#include "common/observe/log.h"
#include "common/observe/metrics.h"
#include "common/people/copy.h"
#include "common/people/doorkeeper.h"
#include "common/people/handovers.h"
#include "common/rpc/door.h"
#include "common/seal/master_keys.h"
#include "common/service/database_secrets.h"
#include "common/service/debug_page.h"
#include "common/service/process.h"
#include "common/sql/errors.h"
#include "common/sql/migrate.h"
#include "common/status/line.h"
#include "common/time/day.h"

namespace heitie::service {
namespace {

constexpr char kPersonnel[] = "personnel";
// For what is left when the last request and job were finished.
constexpr absl::Duration kEndTime = absl::Seconds(3);

// Databases that follow the service's own: of the same schema, user and password.
std::vector<std::unique_ptr<sql::Database>> ReplicasOf(const DatabaseSecrets& secrets, const config::ServiceConfig& config) {
  std::vector<std::unique_ptr<sql::Database>> replicas;
  for (const config::DatabaseAddress& address : config.replicas) {
    sql::Options options = secrets.OptionsOf(config);
    options.socket = address.socket;
    options.host = address.host;
    options.port = address.port;
    replicas.push_back(std::make_unique<sql::Database>(options));
  }
  return replicas;
}

void RegisterDatabaseGauges(const sql::Database& database) {
  observe::RegisterGauge("heitie_db_connections_open", "Connections to the database.", [&] { return database.stats().open; });
  observe::RegisterGauge("heitie_db_connections_max", "Connections to the database at most.", [&] { return database.options().pool_size; });
  observe::RegisterGauge("heitie_db_connections_busy", "Connections in use.", [&] { return database.stats().busy; });
  observe::RegisterGauge("heitie_db_connections_waiting", "Requests that wait for a connection.", [&] { return database.stats().waiting; });
  observe::RegisterGauge("heitie_db_refuses_writes", "1 when the last change was refused: no space, or read-only.",
                         [&] { return database.stats().writes == sql::Writes::kTaken ? 0 : 1; });
}

// What the database itself says, for the log.
absl::Status WithCause(const absl::Status& status) {
  absl::Status told(status.code(), sql::CauseOf(status));
  status.ForEachPayload([&](auto url, const absl::Cord& payload) { told.SetPayload(url, payload); });
  return told;
}

std::shared_ptr<seal::MasterKeys> KeysOf(const config::ServiceConfig& config) {
  if (config.personal_key_file.empty()) return nullptr;
  absl::StatusOr<std::shared_ptr<seal::MasterKeys>> keys = seal::MasterKeys::Open(config.personal_key_file);
  if (!keys.ok()) Fail("no keys for personal data", keys.status());
  return *std::move(keys);
}

// A database that is down, full of connections or without quorum comes back; a password that is wrong stays wrong.
bool Passes(const absl::Status& status) {
  const bool outage = absl::IsUnavailable(status) || absl::IsResourceExhausted(status) || absl::IsDeadlineExceeded(status);
  return outage && !sql::IsOf(status, sql::ErrorKind::kRefused);
}

std::string RemarkOn(sql::Writes writes) {
  switch (writes) {
    case sql::Writes::kNoSpace:
      return "the database has no space for changes";
    case sql::Writes::kReadOnly:
      return "the database takes no changes, it is read-only";
    case sql::Writes::kTaken:
      break;
  }
  return "";
}

// Ends the process while handlers run, as a crash would: their transactions are rolled back, and others take over when the leases are over.
[[noreturn]] void LeaveJobs(const job::Report& report) {
  for (const job::Report::Running& job : report.running) {
    observe::Log(observe::Severity::kWarning, "a job is left to its lease",
                 {{"job", job.job}, {"running", absl::FormatDuration(job.duration)}});
  }
  observe::Log(observe::Severity::kInfo, "ended");
  observe::FlushLogs();
  // No destructors: they would wait for the handlers.
  std::_Exit(0);
}

// Sees to it that a process that has finished ends: what still waits for a database at which nobody answers, several times over, would hold
// it beyond its grace period.
class End {
 public:
  // Unless this is destroyed before.
  void Within(absl::Duration time) {
    thread_ = std::jthread([this, time](const std::stop_token& stop) {
      std::unique_lock lock(mutex_);
      never_.wait_for(lock, stop, absl::ToChronoMilliseconds(time), [] { return false; });
      if (stop.stop_requested()) return;
      observe::Log(observe::Severity::kWarning, "what still waits is left", {{"after", absl::FormatDuration(time)}});
      observe::FlushLogs();
      std::_Exit(0);
    });
  }

 private:
  std::mutex mutex_;
  std::condition_variable_any never_;
  std::jthread thread_;  // last: it uses what is above
};

}  // namespace

absl::TimeZone DefaultTimeZone() { return time::ZoneOf("Asia/Taipei"); }

struct Main::Impl {
  Impl(const std::string& service, int argc, char** argv, const std::function<void(config::Flags&)>& more)
      : name(service),
        config(StartStore(service, argc, argv, more)),
        secrets(config),
        database(secrets.OptionsOf(config)),
        replicas(ReplicasOf(secrets, config)),
        clock(database),
        store(database, KeysOf(config)),
        jobs(store, clock, absl::StrCat("services/", service)),
        people(config.time_zone) {}

  // While the database is waited for, /healthz says NOT_SERVING.
  void ListenForOperators() {
    absl::StatusOr<std::unique_ptr<Admin>> listening = Admin::Listen(config, name);
    if (!listening.ok()) Fail("cannot listen", listening.status());
    admin = *std::move(listening);
    admin->SetRemark([this] { return RemarkOn(database.stats().writes); });
  }

  void PrepareDatabase() {
    const bool migrates = config.migrate || config.migrate_only;
    const absl::StatusOr<std::string> root = config::MigrationsRoot(config.migrations, name);
    if (!root.ok()) Fail("no migrations", root.status());
    const std::vector<std::string> folders = {absl::StrCat(*root, "/common/sql/schema"),
                                              absl::StrCat(*root, "/services/", name, "/schema")};
    if (!config.migrate_only) ListenForOperators();
    const auto attempt = [&] {
      return WithCause(migrates ? database.Migrate(folders) : sql::CheckMigrated(database, folders, absl::Now() + absl::Seconds(5)));
    };
    Await(migrates ? "the database" : "the database and its migrations", attempt, Passes);
    if (!config.migrate_only) return;
    observe::Log(observe::Severity::kInfo, "migrated");
    std::exit(0);
  }

  void FollowPeople() {
    // One for each follower: a client has room for one that waits.
    std::vector<client::Client*> personnel;
    for (auto& events : own_events) {
      if (name == kPersonnel) events = std::make_unique<people::OwnEvents>(store);
      personnel.push_back(events != nullptr ? events.get() : &ClientOf(kPersonnel));
    }
    copy = std::make_unique<people::Copy>(store, jobs, *personnel[0], people);
    handovers = std::make_unique<people::Handovers>(store, jobs, *personnel[1], name, people);
  }

  client::Client& ClientOf(const std::string& service) {
    std::unique_ptr<client::Client>& client = clients[service];
    if (client != nullptr) return *client;
    const auto target = config.targets.find(service);
    if (target == config.targets.end())
      Fail("a target is missing", absl::InvalidArgumentError(absl::StrCat("--targets must name ", service)));
    client = client::NewChannel({.name = service, .target = target->second, .tls = Tls(), .server_name = absl::StrCat("heitie-", service)});
    return *client;
  }

  rpc::Tls Tls() const { return {config.tls_ca, config.tls_cert, config.tls_key}; }

  End end;  // first: it goes last
  const std::string name;
  const config::ServiceConfig config;
  const DatabaseSecrets secrets;
  sql::Database database;
  const std::vector<std::unique_ptr<sql::Database>> replicas;
  job::DatabaseClock clock;
  record::Store store;
  std::map<std::string, std::unique_ptr<client::Client>> clients;  // filled before the first request
  std::array<std::unique_ptr<people::OwnEvents>, 2> own_events;    // of personnel
  job::Runner jobs;
  people::Directory people;
  std::unique_ptr<people::Copy> copy;
  std::unique_ptr<people::Handovers> handovers;
  std::unique_ptr<Admin> admin;
};

// Takes up what is new of people, and writes down what the door has seen of their roles, until its end.
class Main::Attendance {
 public:
  Attendance(Impl& main, people::Doorkeeper& doorkeeper)
      : thread_([this, &main, &doorkeeper](const std::stop_token& stop) { Run(main, doorkeeper, stop); }) {}

 private:
  void Run(Impl& main, people::Doorkeeper& doorkeeper, const std::stop_token& stop) {
    for (int turn = 1; !stop.stop_requested(); ++turn) {
      std::unique_lock lock(mutex_);
      wake_.wait_for(lock, stop, absl::ToChronoMilliseconds(people::kRenewal), [] { return false; });
      if (!stop.stop_requested()) Note(Renew(main), "people cannot be looked up", renewal_failed_);
      const bool keeps = stop.stop_requested() || turn % kTurnsPerNote == 0;
      if (keeps) Note(doorkeeper.KeepExcess(main.store), "excess roles cannot be noted", note_failed_);
    }
  }
  static absl::Status Renew(Impl& main) {
    absl::Status renewed = main.copy->Renew();
    for (const auto& events : main.own_events) {
      if (events != nullptr) renewed.Update(events->Look());
    }
    return renewed;
  }
  static void Note(const absl::Status& status, const char* what, bool& failed) {
    if (!status.ok() && !failed) observe::Log(observe::Severity::kWarning, what, {{"error", status::Line(status)}});
    failed = !status.ok();
  }

  static constexpr int kTurnsPerNote = 20;
  bool renewal_failed_ = false, note_failed_ = false;
  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::jthread thread_;  // last: it uses what is above
};

Main::Main(const std::string& name, int argc, char** argv, const std::function<void(config::Flags&)>& more)
    : impl_(std::make_unique<Impl>(name, argc, argv, more)) {
  impl_->PrepareDatabase();
  const absl::Status set = impl_->clock.Set();
  if (!set.ok()) observe::Log(observe::Severity::kWarning, "clock cannot be compared", {{"error", status::Line(set)}});
  impl_->clock.Start();
  impl_->FollowPeople();
}

Main::~Main() = default;

Context Main::context() {
  Context::Reading reading{.memory_bytes = int64_t{impl_->config.question_memory_mib} << 20};
  for (const auto& replica : impl_->replicas) reading.replicas.push_back(replica.get());
  return {impl_->store,
          impl_->clock,
          impl_->jobs,
          [this](const std::string& service) -> client::Client& { return impl_->ClientOf(service); },
          impl_->config.time_zone,
          impl_->people,
          reading};
}

int Main::Serve(rpc::Service& service) {
  const config::ServiceConfig& config = impl_->config;
  service.CheckComplete();
  RegisterDatabaseGauges(impl_->database);
  const auto authenticator = rpc::NewJwtAuthenticator(config.jwks, config.issuer, config.audience, impl_->clock);
  people::Doorkeeper doorkeeper(impl_->people);
  rpc::Door::Options door_options;
  door_options.rights = &doorkeeper;
  door_options.authenticator = authenticator.get();
  door_options.clock = &impl_->clock;
  door_options.workers = config.workers;
  door_options.queue = config.queue;
  rpc::Door door(door_options);
  door.Serve(service);
  const Attendance attendance(*impl_, doorkeeper);

  rpc::GrpcListener::Options listener_options;
  listener_options.address = config.listen;
  listener_options.tls = impl_->Tls();
  listener_options.max_connection_age = config.connection_age;
  auto listener = rpc::GrpcListener::Listen(door, listener_options);
  if (!listener.ok()) Fail("cannot listen", listener.status());
  impl_->admin->Watch(config.listen, (*listener)->port());

  job::ForgetOldRequestIds(impl_->jobs, impl_->store);
  job::KeepSealed(impl_->jobs, impl_->store);
  job::ShowSealing(impl_->store);
  event::KeepPlaced(impl_->jobs, impl_->store);
  event::ShowFollowers(impl_->store);
  impl_->jobs.SetThreads(job::Lane::kDeadlines, config.deadline_threads);
  impl_->jobs.SetThreads(job::Lane::kFollowers, config.follower_threads);
  impl_->jobs.SetThreads(job::Lane::kDeliveries, config.delivery_threads);
  impl_->jobs.SetThreads(job::Lane::kLongWork, config.long_work_threads);
  job::RegisterFigures(impl_->jobs);
  impl_->admin->SetSection([this] { return JobsSection(impl_->jobs.report()); });
  impl_->jobs.Start();
  observe::Log(observe::Severity::kInfo, "serving",
               {{"grpc_port", std::to_string((*listener)->port())}, {"admin_port", std::to_string(impl_->admin->port())}});
  ServeUntilSignal(
      *impl_->admin, config.drain_delay, [&] { (*listener)->Lame(); },
      [&](absl::Time deadline) {
        absl::Notification jobs_ended;
        const std::jthread stops_jobs([&] {
          impl_->jobs.Stop();
          jobs_ended.Notify();
        });
        door.Drain(deadline);
        (*listener)->Shutdown(deadline);
        if (!jobs_ended.WaitForNotificationWithDeadline(deadline)) LeaveJobs(impl_->jobs.report());
      });
  impl_->end.Within(kEndTime);
  return 0;
}

}  // namespace heitie::service
