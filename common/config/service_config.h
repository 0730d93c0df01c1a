// What the processes are told at start.
#ifndef HEITIE_COMMON_CONFIG_SERVICE_CONFIG_H_
#define HEITIE_COMMON_CONFIG_SERVICE_CONFIG_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/config/flags.h"

namespace heitie::config {

struct DatabaseAddress {
  // A UNIX socket, or empty for TCP.
  std::string socket;
  std::string host;
  int port = 3306;
};

struct ServiceConfig {
  std::string listen = "127.0.0.1:7100";
  std::string admin_listen = "127.0.0.1:7200";
  std::string health_listen;  // empty: none
  absl::Duration connection_age = absl::Seconds(30);
  std::string pod;
  std::string otlp_endpoint, otlp_ca;
  int trace_percent = 1;
  bool check = false;
  std::string db_host = "127.0.0.1";
  int db_port = 3306;
  std::string db_socket;
  std::string db_user;
  std::string db_password_file;
  std::string personal_key_file;
  std::string db_schema;
  std::string db_tls_ca;
  int db_pool = 18;
  std::string db_replicas;
  int question_memory_mib = 256;
  int deadline_threads = 6, follower_threads = 2, delivery_threads = 4, long_work_threads = 2;
  std::string migrations;
  bool migrate = true;
  bool migrate_only = false;
  std::string tls_ca, tls_cert, tls_key;
  std::string jwks;
  std::string issuer = "heitie";
  std::string audience = "heitie";
  int workers = 64;
  int queue = 256;
  std::string targets_text;
  absl::Duration drain_delay = absl::Seconds(5);
  std::string time_zone_name = "Asia/Taipei";

  // Derived by Finish.
  std::string db_password;
  std::map<std::string, std::string> targets;  // service → gRPC address
  absl::TimeZone time_zone;
  std::vector<DatabaseAddress> replicas;

  // Adds the flags that every process has.
  void Register(Flags* flags);
  // Adds those of a service with a schema of its own; user and schema follow from its name ("risk": heitie_risk).
  void RegisterStore(const std::string& service, Flags* flags);
  // Checks what Flags cannot, and reads the secrets. INVALID_ARGUMENT with one line, the first of the problems.
  absl::Status Finish();
  // The same with everything that is wrong, one line each.
  std::vector<std::string> Problems();
};

// "planning=127.0.0.1:7101,resource=dns:///resource:7100". A part without "=" belongs to the address before it, so that
// "planning=ipv4:10.0.0.1:7100,10.0.0.2:7100" is one target with two addresses.
absl::StatusOr<std::map<std::string, std::string>> ParseTargets(const std::string& text);

// "/run/replica.sock,10.0.0.2:3306,replica": sockets, hosts with a port, hosts with the port of MySQL.
absl::StatusOr<std::vector<DatabaseAddress>> ParseReplicas(const std::string& text);

// The content of a file without the newlines at its end. INVALID_ARGUMENT when it cannot be read or is empty.
absl::StatusOr<std::string> ReadSecret(const std::string& file);

// The folder that holds common/sql/schema and services/<service>/schema: `configured`, or when that is empty the nearest one above
// the running program. INVALID_ARGUMENT when there is none.
absl::StatusOr<std::string> MigrationsRoot(const std::string& configured, const std::string& service);

}  // namespace heitie::config

#endif  // HEITIE_COMMON_CONFIG_SERVICE_CONFIG_H_
