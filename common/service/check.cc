#include "common/service/check.h"

#include <cstdio>
#include <cstdlib>
#include <set>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/client/channel.h"
#include "common/record/schema_check.h"
#include "common/rpc/key_file.h"
#include "common/rpc/services.h"
#include "common/rpc/tls.h"
#include "common/rpc/trace.h"
#include "common/seal/master_keys.h"
#include "common/service/database_secrets.h"
#include "common/sql/errors.h"
#include "common/sql/migrate.h"
#include "common/status/macros.h"
#include "grpc/health/v1/health.pb.h"

namespace heitie::service {
namespace {

constexpr absl::Duration kCheckPatience = absl::Seconds(5);
// For two looks into the schema of each table, which a server that is busy answers slowly.
constexpr absl::Duration kSchemaPatience = absl::Seconds(60);

constexpr int kNoSchema = 1049;

// Whom every process that has a store asks about people.
constexpr char kPeopleOf[] = "personnel";

void CheckDatabase(const std::string& name, const config::ServiceConfig& config, std::vector<std::string>& problems) {
  const DatabaseSecrets secrets(config);
  sql::Options options = secrets.OptionsOf(config);
  options.pool_size = 1;
  const bool applies = config.migrate || config.migrate_only;
  const auto connects = [&](const sql::Options& to, const std::string& what) {
    sql::Database database(to);
    const absl::Status status = database.Read(absl::Now() + kCheckPatience,
                                              [](sql::Session& session) { return session.Query("SELECT 1", {}, [](const sql::Row&) {}); });
    const std::optional<sql::Error> error = sql::ErrorOf(status);
    // A schema that is missing is made by who migrates.
    const bool made = applies && error && error->code == kNoSchema;
    if (!status.ok() && !made) problems.push_back(absl::StrCat(what, ": ", sql::CauseOf(status)));
    return status.ok();
  };
  const absl::StatusOr<std::string> root = config::MigrationsRoot(config.migrations, name);
  if (!root.ok()) problems.emplace_back(root.status().message());
  for (const config::DatabaseAddress& replica : config.replicas) {
    sql::Options to = options;
    to.socket = replica.socket;
    to.host = replica.host;
    to.port = replica.port;
    connects(to, absl::StrCat("the database ", replica.socket, replica.host, ", which follows the service's own"));
  }
  if (!connects(options, "the database") || !root.ok()) return;
  sql::Database database(options);
  const std::vector<std::string> folders = {absl::StrCat(*root, "/common/sql/schema"), absl::StrCat(*root, "/services/", name, "/schema")};
  const absl::Status migrated = sql::CheckMigrated(database, folders, absl::Now() + kCheckPatience);
  // What is missing the process would apply by itself.
  const bool missing = absl::IsUnavailable(migrated);
  if (!migrated.ok() && !(applies && missing)) problems.push_back(absl::StrCat("the schema: ", sql::CauseOf(migrated)));
  // What migrations would make is not there before them.
  if (missing) return;
  const absl::StatusOr<std::set<std::string>> tables = sql::TablesOf(folders);
  if (!tables.ok()) {
    problems.push_back(absl::StrCat("the schema: ", tables.status().message()));
    return;
  }
  std::vector<std::string> found;
  const absl::Status compared = database.Read(absl::Now() + kSchemaPatience, [&](sql::Session& session) -> absl::Status {
    ASSIGN_OR_RETURN(found, record::SchemaProblems(session, absl::StrCat("heitie.", name, ".v1"), *tables));
    return absl::OkStatus();
  });
  if (!compared.ok()) problems.push_back(absl::StrCat("the schema: ", sql::CauseOf(compared)));
  for (const std::string& problem : found) problems.push_back(absl::StrCat("the schema: ", problem));
}

// Whether somebody of the target's name answers there and serves; "" when so.
std::string ProblemOfTarget(const std::string& target, const std::string& address, const rpc::Tls& tls) {
  client::ChannelOptions options{.name = target, .target = address, .tls = tls};
  if (!rpc::IsPlaintext(tls)) options.server_name = absl::StrCat("heitie-", target);
  const auto channel = client::NewChannel(options);
  const absl::Time end = absl::Now() + kCheckPatience;
  absl::Status status;
  do {
    rpc::Call call;
    call.trace_id = rpc::TraceIdOf("");
    call.deadline = end;
    grpc::health::v1::HealthCheckResponse response;
    status = channel->Client::Call(call, "grpc.health.v1.Health/Check", grpc::health::v1::HealthCheckRequest(), &response);
    if (status.ok() && response.status() == grpc::health::v1::HealthCheckResponse::SERVING) return "";
    if (status.ok()) status = absl::UnavailableError("it does not serve");
    absl::SleepFor(absl::Seconds(1));
  } while (absl::IsUnavailable(status) && absl::Now() < end);
  return absl::StrCat("the target ", target, " (", address, "): ", status.message());
}

void CheckTargets(const std::string& name, const config::ServiceConfig& config, bool has_store, std::vector<std::string>& problems) {
  std::set<std::string> needed;
  if (has_store && name != kPeopleOf) needed.insert(kPeopleOf);
  // A gateway passes on to everybody.
  if (!has_store) {
    for (const auto* service : rpc::ServicesOf()) needed.insert(rpc::ProcessOf(*service));
  }
  for (const std::string& process : needed) {
    if (process != name && config.targets.count(process) == 0) problems.push_back(absl::StrCat("--targets must name ", process));
  }
  std::vector<std::string> found(config.targets.size());
  {
    std::vector<std::jthread> looks;
    const rpc::Tls tls{config.tls_ca, config.tls_cert, config.tls_key};
    size_t i = 0;
    for (const auto& [target, address] : config.targets) {
      looks.emplace_back([&found, i, target = target, address = address, tls] { found[i] = ProblemOfTarget(target, address, tls); });
      ++i;
    }
  }
  for (const std::string& problem : found) {
    if (!problem.empty()) problems.push_back(problem);
  }
}

}  // namespace

std::vector<std::string> ProblemsOf(const std::string& name, const config::ServiceConfig& config, bool has_store,
                                    std::vector<std::string> problems) {
  if (!config.jwks.empty()) {
    const absl::Status keys = rpc::CheckKeyFile(config.jwks);
    if (!keys.ok()) problems.push_back(absl::StrCat("the keys of the tokens, ", config.jwks, ": ", keys.message()));
  }
  if (!config.personal_key_file.empty()) {
    const absl::Status keys = seal::MasterKeys::Open(config.personal_key_file).status();
    if (!keys.ok()) problems.push_back(absl::StrCat("the keys for personal data: ", keys.message()));
  }
  if (has_store) CheckDatabase(name, config, problems);
  const rpc::Tls tls{config.tls_ca, config.tls_cert, config.tls_key};
  // With certificates that cannot be used nobody would answer.
  if (rpc::IsPlaintext(tls) || rpc::CheckFiles(tls).ok()) CheckTargets(name, config, has_store, problems);
  return problems;
}

void Check(const std::string& name, const config::ServiceConfig& config, bool has_store, std::vector<std::string> problems) {
  problems = ProblemsOf(name, config, has_store, std::move(problems));
  for (const std::string& problem : problems) std::printf("heitie-%s: %s\n", name.c_str(), problem.c_str());
  if (problems.empty()) std::printf("heitie-%s: nothing is wrong\n", name.c_str());
  std::fflush(stdout);
  std::_Exit(problems.empty() ? 0 : 1);
}

}  // namespace heitie::service
