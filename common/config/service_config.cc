#include "common/config/service_config.h"

#include <filesystem>
#include <fstream>
#include <sstream>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/status/macros.h"
#include "common/time/zone.h"

namespace heitie::config {
namespace {

constexpr char kCommonSchema[] = "common/sql/schema";

bool IsFolder(const std::filesystem::path& path) {
  std::error_code error;
  return std::filesystem::is_directory(path, error);
}

// host:port with a numeric port, the host possibly in brackets or empty.
bool IsAddress(const std::string& address) {
  const size_t colon = address.rfind(':');
  if (colon == std::string::npos || colon + 1 == address.size() || address.size() - colon > 6) return false;
  return address.find_first_not_of("0123456789", colon + 1) == std::string::npos && std::stoi(address.substr(colon + 1)) <= 65535;
}

absl::Status CheckAddress(const std::string& flag, const std::string& address) {
  if (IsAddress(address)) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("--", flag, ": \"", address, "\" is not host:port"));
}

}  // namespace

void ServiceConfig::Register(Flags* flags) {
  flags->Add("admin_listen", &admin_listen,
             "Address of HTTP with `/metrics` and `/healthz`, host:port. Anything but loopback uses the TLS flags.");
  flags->Add("health_listen", &health_listen,
             "Address of `grpc.health.v1` for probes, in plaintext and nothing else, host:port: `startup`, `liveness` and `readiness`; "
             "empty: none.");
  flags->Add("tls_ca", &tls_ca,
             "PEM file of the CA that signed the certificates of all processes. Re-read when it changes, as the next two.");
  flags->Add("tls_cert", &tls_cert, "PEM file of this process's certificate.");
  flags->Add("tls_key", &tls_key, "PEM file of the certificate's private key.");
  flags->Add("jwks", &jwks, "JWKS file with the public keys (RS256, ES256) of the tokens. Re-read when it changes.");
  flags->Add("issuer", &issuer, "`iss` that tokens must have.");
  flags->Add("audience", &audience, "`aud` that tokens must have.");
  flags->Add("workers", &workers, 1, 500, "Requests handled at the same time.");
  flags->Add("queue", &queue, 0, 100000,
             "Requests that may wait for a worker; more are answered RESOURCE_EXHAUSTED at once. Gets and writes wait elsewhere, 4096 for "
             "each table and 256 for each method.");
  flags->Add("targets", &targets_text, "Addresses of the services called: `planning=127.0.0.1:7101,resource=dns:///resource:7100`.");
  flags->Add("connection_age", &connection_age, absl::Hours(24),
             "Age at which a gRPC connection ends, politely: callers connect anew and find who is there now. At least a second.");
  flags->Add(
      "drain_delay", &drain_delay, absl::Minutes(10),
      "After SIGTERM: time for load balancers and callers to look away before requests are turned away. Of a gateway behind a balancer "
      "more than `connection_age`, so that every connection has ended by itself.");
  flags->Add("pod", &pod, "Name of the pod, for the log.");
  flags->Add("otlp_endpoint", &otlp_endpoint, "Collector of traces, host:port, OTLP over gRPC; empty: none.");
  flags->Add("otlp_ca", &otlp_ca, "PEM file of the CA of the collector's certificate; empty: plaintext.");
  flags->Add("trace_percent", &trace_percent, 0, 100, "Percent of the traces that are recorded, of those for which no caller has decided.");
  flags->Add("check", &check,
             "Look at flags, files, certificates, keys, database, schema and targets, tell all that is wrong, one a line, and end: 0 "
             "nothing is, 1 "
             "something.");
}

void ServiceConfig::RegisterStore(const std::string& service, Flags* flags) {
  db_schema = db_user = absl::StrCat("heitie_", service);
  flags->Add("listen", &listen, "Address of gRPC, host:port. Anything but loopback needs the TLS flags.");
  flags->Add("db_host", &db_host, "Host of the database.");
  flags->Add("db_port", &db_port, 1, 65535, "Port of the database.");
  flags->Add("db_socket", &db_socket, "UNIX socket of the database, used instead of host and port when set.");
  flags->Add("db_user", &db_user, "User of the database.");
  flags->Add("db_password_file", &db_password_file,
             "File that holds the password of the database's user; empty: no password. Re-read when it changes.");
  flags->Add("db_schema", &db_schema, "Schema of the service.");
  flags->Add(
      "db_tls_ca", &db_tls_ca,
      "CA file; when set, the database is spoken to over TLS only, and its certificate must be of `db_host`. Re-read when it changes.");
  flags->Add("db_pool", &db_pool, 1, 1000, "Connections to the database at most.");
  if (service == "metrics") {
    flags->Add(
        "db_replicas", &db_replicas,
        "Databases that follow the service's own and may answer questions: `replica:3306,/run/other.sock`, with the same schema, user and "
        "password.");
    flags->Add("question_memory_mib", &question_memory_mib, 16, 65536, "MiB that a question may hold at the same time.");
  }
  flags->Add(
      "deadline_threads", &deadline_threads, 1, 100,
      "Jobs that run at a time in the lane of what must happen in time: expiries, launches. In each lane one of each kind always may.");
  flags->Add("follower_threads", &follower_threads, 1, 100, "The same of what reacts to other services' events.");
  flags->Add("delivery_threads", &delivery_threads, 1, 100, "The same of what is sent to the world outside.");
  flags->Add("long_work_threads", &long_work_threads, 1, 100, "The same of what may take long: reports, retention, rebuilds.");
  flags->Add("migrations", &migrations,
             "Folder that holds `common/sql/schema` and `services/*/schema`; empty: the nearest above the program.");
  flags->Add("migrate", &migrate, "Apply the migrations that are missing at start; `false`: wait until another process has.");
  flags->Add("migrate_only", &migrate_only, "Apply the migrations and end.");
  flags->Add(
      "personal_key_file", &personal_key_file,
      "File with the keys that wrap the keys of persons, `id` and 64 hex digits a line, the first for what is new; a service that holds "
      "personal data does not start without. Re-read when it changes.");
  flags->Add("time_zone", &time_zone_name, "Business time zone, in which days begin.");
}

absl::Status ServiceConfig::Finish() {
  const std::vector<std::string> problems = Problems();
  return problems.empty() ? absl::OkStatus() : absl::InvalidArgumentError(problems.front());
}

std::vector<std::string> ServiceConfig::Problems() {
  std::vector<std::string> problems;
  const auto note = [&](const absl::Status& status) {
    if (!status.ok()) problems.emplace_back(status.message());
    return status.ok();
  };
  note(CheckAddress("listen", listen));
  note(CheckAddress("admin_listen", admin_listen));
  if (!health_listen.empty()) note(CheckAddress("health_listen", health_listen));
  if (connection_age < absl::Seconds(1)) problems.emplace_back("--connection_age: a connection lives for a second at least");
  if (jwks.empty()) problems.emplace_back("--jwks must be set: without keys nobody can be authenticated");
  const int tls_files = !tls_ca.empty() + !tls_cert.empty() + !tls_key.empty();
  if (tls_files != 0 && tls_files != 3) problems.emplace_back("--tls_ca, --tls_cert and --tls_key must be set together");
  if (const std::optional<absl::TimeZone> zone = time::FindZone(time_zone_name)) {
    time_zone = *zone;
  } else {
    problems.push_back(
        absl::StrCat("--time_zone: the database of time zones in ", time::ZoneFolder(), " (tzdata.zi) lists no \"", time_zone_name, "\""));
  }
  if (!db_password_file.empty()) {
    absl::StatusOr<std::string> password = ReadSecret(db_password_file);
    if (note(password.status())) db_password = *std::move(password);
  }
  absl::StatusOr<std::map<std::string, std::string>> parsed_targets = ParseTargets(targets_text);
  if (note(parsed_targets.status())) targets = *std::move(parsed_targets);
  absl::StatusOr<std::vector<DatabaseAddress>> parsed_replicas = ParseReplicas(db_replicas);
  if (note(parsed_replicas.status())) replicas = *std::move(parsed_replicas);
  return problems;
}

absl::StatusOr<std::vector<DatabaseAddress>> ParseReplicas(const std::string& text) {
  std::vector<DatabaseAddress> replicas;
  if (text.empty()) return replicas;
  for (const std::string& part : std::vector<std::string>(absl::StrSplit(text, ','))) {
    const size_t colon = part.rfind(':');
    if (part.empty() || colon == 0) return absl::InvalidArgumentError(absl::StrCat("--db_replicas: \"", part, "\" is no address"));
    if (part[0] == '/') {
      replicas.push_back({.socket = part});
    } else if (colon == std::string::npos) {
      replicas.push_back({.host = part});
    } else if (IsAddress(part)) {
      replicas.push_back({.host = part.substr(0, colon), .port = std::stoi(part.substr(colon + 1))});
    } else {
      return absl::InvalidArgumentError(absl::StrCat("--db_replicas: \"", part, "\" is not host:port"));
    }
  }
  return replicas;
}

absl::StatusOr<std::map<std::string, std::string>> ParseTargets(const std::string& text) {
  std::map<std::string, std::string> targets;
  if (text.empty()) return targets;
  std::string* address = nullptr;
  for (const std::string& part : std::vector<std::string>(absl::StrSplit(text, ','))) {
    const size_t equals = part.find('=');
    if (equals == std::string::npos && address != nullptr && !part.empty()) {
      absl::StrAppend(address, ",", part);
      continue;
    }
    const bool complete = equals != std::string::npos && equals > 0 && equals + 1 < part.size();
    if (!complete) return absl::InvalidArgumentError(absl::StrCat("--targets: \"", part, "\" is not service=address"));
    const auto [entry, fresh] = targets.emplace(part.substr(0, equals), part.substr(equals + 1));
    if (!fresh) return absl::InvalidArgumentError(absl::StrCat("--targets: \"", entry->first, "\" occurs twice"));
    address = &entry->second;
  }
  return targets;
}

absl::StatusOr<std::string> ReadSecret(const std::string& file) {
  std::ifstream in(file);
  std::ostringstream content;
  content << in.rdbuf();
  std::string secret = content.str();
  while (!secret.empty() && (secret.back() == '\n' || secret.back() == '\r')) secret.pop_back();
  if (secret.empty()) return absl::InvalidArgumentError(absl::StrCat("secret file ", file, " is empty or cannot be read"));
  return secret;
}

absl::StatusOr<std::string> MigrationsRoot(const std::string& configured, const std::string& service) {
  std::filesystem::path root = configured;
  if (configured.empty()) {
    std::error_code error;
    for (root = std::filesystem::read_symlink("/proc/self/exe", error).parent_path(); !IsFolder(root / kCommonSchema);
         root = root.parent_path()) {
      if (root == root.parent_path()) return absl::InvalidArgumentError("--migrations must be set: there are none above the program");
    }
  }
  for (const std::filesystem::path& folder : {root / kCommonSchema, root / "services" / service / "schema"}) {
    if (!IsFolder(folder)) return absl::InvalidArgumentError(absl::StrCat("--migrations: there is no folder ", folder.string()));
  }
  return root.string();
}

}  // namespace heitie::config
