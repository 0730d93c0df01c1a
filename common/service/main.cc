#include "common/service/main.h"

#include <cstdlib>
#include <map>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/client/channel.h"
#include "common/event/event_log.h"
#include "common/job/database_clock.h"
#include "common/job/retention.h"
#include "common/observe/log.h"
#include "common/observe/metrics.h"
#include "common/rpc/door.h"
#include "common/service/process.h"
#include "common/status/line.h"
#include "common/time/day.h"

namespace heitie::service {
namespace {

// How long a database that cannot be reached is waited for at start, so that processes may start in any order.
constexpr absl::Duration kDatabasePatience = absl::Seconds(30);

sql::Options DatabaseOptions(const config::ServiceConfig& config) {
  sql::Options options;
  options.socket = config.db_socket;
  options.host = config.db_host;
  options.port = config.db_port;
  options.user = config.db_user;
  options.password = config.db_password;
  options.schema = config.db_schema;
  options.pool_size = config.db_pool;
  options.tls_ca = config.db_tls_ca;
  return options;
}

void RegisterDatabaseGauges(const sql::Database& database) {
  observe::RegisterGauge("heitie_db_connections_open", "Connections to the database.", [&] { return database.stats().open; });
  observe::RegisterGauge("heitie_db_connections_busy", "Connections in use.", [&] { return database.stats().busy; });
  observe::RegisterGauge("heitie_db_connections_waiting", "Requests that wait for a connection.", [&] { return database.stats().waiting; });
}

void Migrate(sql::Database& database, const std::string& root, const std::string& service) {
  const absl::Time patience = absl::Now() + kDatabasePatience;
  while (true) {
    const absl::Status status =
        database.Migrate({absl::StrCat(root, "/common/sql/schema"), absl::StrCat(root, "/services/", service, "/schema")});
    if (status.ok()) return;
    if (!absl::IsUnavailable(status) || absl::Now() > patience) Fail("migrations failed", status);
    observe::Log(observe::Severity::kWarning, "waiting for the database", {{"why", std::string(status.message())}});
    if (WaitForSignal(absl::Milliseconds(500))) std::exit(0);
  }
}

}  // namespace

absl::TimeZone DefaultTimeZone() { return time::ZoneOf("Asia/Taipei"); }

struct Main::Impl {
  Impl(const std::string& service, int argc, char** argv)
      : name(service),
        config(StartStore(service, argc, argv)),
        database(DatabaseOptions(config)),
        clock(database),
        store(database),
        jobs(store, clock, absl::StrCat("services/", service)) {}

  void PrepareDatabase() {
    if (!config.migrate && !config.migrate_only) return;
    const absl::StatusOr<std::string> root = config::MigrationsRoot(config.migrations, name);
    if (!root.ok()) Fail("no migrations", root.status());
    Migrate(database, *root, name);
    if (!config.migrate_only) return;
    observe::Log(observe::Severity::kInfo, "migrated");
    std::exit(0);
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

  const std::string name;
  const config::ServiceConfig config;
  sql::Database database;
  job::DatabaseClock clock;
  resource::Store store;
  std::map<std::string, std::unique_ptr<client::Client>> clients;  // filled before the first request
  job::Runner jobs;
};

Main::Main(const std::string& name, int argc, char** argv) : impl_(std::make_unique<Impl>(name, argc, argv)) {
  impl_->PrepareDatabase();
  const absl::Status set = impl_->clock.Set();
  if (!set.ok()) observe::Log(observe::Severity::kWarning, "clock cannot be compared", {{"error", status::Line(set)}});
  impl_->clock.Start();
}

Main::~Main() = default;

Context Main::context() {
  return {impl_->store, impl_->clock, impl_->jobs,
          [this](const std::string& service) -> client::Client& { return impl_->ClientOf(service); }, impl_->config.time_zone};
}

int Main::Serve(rpc::Service& service) {
  const config::ServiceConfig& config = impl_->config;
  service.CheckComplete();
  RegisterDatabaseGauges(impl_->database);
  const auto authenticator = rpc::NewJwtAuthenticator(config.jwks, config.issuer, config.audience, impl_->clock);
  rpc::Door::Options door_options;
  door_options.authenticator = authenticator.get();
  door_options.clock = &impl_->clock;
  door_options.workers = config.workers;
  door_options.queue = config.queue;
  rpc::Door door(door_options);
  door.Serve(service);

  rpc::GrpcListener::Options listener_options;
  listener_options.address = config.listen;
  listener_options.tls = impl_->Tls();
  auto listener = rpc::GrpcListener::Listen(door, listener_options);
  if (!listener.ok()) Fail("cannot listen", listener.status());
  auto admin = Admin::Listen(config, impl_->name);
  if (!admin.ok()) Fail("cannot listen", admin.status());
  (*admin)->Watch(config.listen, (*listener)->port());

  job::ForgetOldRequestIds(impl_->jobs, impl_->store);
  event::KeepPlaced(impl_->jobs, impl_->store);
  impl_->jobs.Start();
  observe::Log(observe::Severity::kInfo, "serving",
               {{"grpc_port", std::to_string((*listener)->port())}, {"admin_port", std::to_string((*admin)->port())}});
  ServeUntilSignal(
      **admin, config.drain_delay, [&] { (*listener)->Lame(); },
      [&](absl::Time deadline) {
        impl_->jobs.Stop();
        door.Drain(deadline);
        (*listener)->Shutdown(deadline);
      });
  return 0;
}

}  // namespace heitie::service
