// What every process of the suite does around its work, the gateway included: signals, flags, the admin address, the end.
#ifndef HEITIE_COMMON_SERVICE_PROCESS_H_
#define HEITIE_COMMON_SERVICE_PROCESS_H_

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "common/config/service_config.h"
#include "common/http/server.h"
#include "common/rpc/grpc/health_port.h"

namespace heitie::service {

// Blocks SIGTERM and SIGINT, which WaitForSignal then takes, and ignores SIGPIPE. Call it before the first thread.
void BlockSignals();
// Waits for SIGTERM or SIGINT; false when none came in time.
bool WaitForSignal(absl::Duration timeout = absl::InfiniteDuration());

// Logs `what` with the status's text and ends the process at once, exit code 1.
[[noreturn]] void Fail(const std::string& what, const absl::Status& status);

// Attempts until OK, with pauses that grow to five seconds: what a process needs may start after it. Logs why it waits, twice a minute.
// Ends the process with exit code 0 at SIGTERM or SIGINT, and as Fail does when `passes` says that waiting does not help.
void Await(const std::string& what, const std::function<absl::Status()>& attempt, const std::function<bool(const absl::Status&)>& passes);

// The start of a main function: signals, log name, flags and environment. `more` adds a process's own flags, `check` checks them.
// Ends the process with exit code 2 and one line on a bad value, with 0 after --help and --version, and after --check as check.h says.
config::ServiceConfig Start(const std::string& name, int argc, const char* const* argv,
                            const std::function<void(config::Flags&)>& more = nullptr,
                            const std::function<absl::Status()>& check = nullptr);
// The same of a service with a schema of its own.
config::ServiceConfig StartStore(const std::string& name, int argc, const char* const* argv,
                                 const std::function<void(config::Flags&)>& more = nullptr);

// Whether an HTTP client may mean this process by that Host: an address, a name of one label, one inside a cluster (.svc, .cluster.local),
// or `own_host`, on which it listens. Names that anybody could register are refused: under such a name a web page in a browser on this
// machine could read the answers (DNS rebinding).
bool IsOwnHost(const std::string& host, const std::string& own_host);

// HTTP for operators: /metrics (Prometheus), /healthz (200 SERVING or 503 NOT_SERVING, then what else is to be known) and /debug (the
// figures as a page, with slow statements, but not their values, and jobs by their names). Without a token: it tells what operators need to
// know, not what the resources hold. Bodies are not read.
class Admin {
 public:
  // Plaintext on loopback, else with the process's certificate. NOT_SERVING until SetServing(true). With `health_listen` probes get the
  // same from a port of their own (rpc/grpc/health_port.h); the process has started when it serves for the first time.
  static absl::StatusOr<std::unique_ptr<Admin>> Listen(const config::ServiceConfig& config, const std::string& name);
  void SetServing(bool serving);
  // From now on /healthz is 503 also while this port of the process does not take up what comes; call it before SetServing. `address` as
  // it was given to listen on.
  void Watch(const std::string& address, int port);
  // `remark` is asked for a line that /healthz adds, empty for none. It changes nothing else: who still reads is not to be restarted or cut
  // off. Set it before SetServing.
  void SetRemark(std::function<std::string()> remark) { remark_ = std::move(remark); }
  // `section` is asked for HTML of the process's own on /debug. Set it before SetServing.
  void SetSection(std::function<std::string()> section) { section_ = std::move(section); }
  // Looks at the process's ports for those who are told by the health port, and /metrics; to be called every few seconds.
  void Look();
  int port() const { return server_->port(); }
  int health_port() const { return health_ == nullptr ? 0 : health_->port(); }

 private:
  Admin() = default;
  int SilentPort();
  std::optional<http::Response> Refuse(const http::Request& head) const;
  http::Response Answer(const http::Request& request);
  http::Response Health();

  struct Port {
    std::string address;
    int port;
  };

  std::string name_, own_host_;
  std::vector<Port> ports_;
  std::mutex looking_;
  absl::Time looked_ = absl::InfinitePast();  // guarded by looking_
  std::atomic<int> silent_port_{0};           // which did not answer at the last look; 0: all did
  const absl::Time started_ = absl::Now();
  std::atomic<bool> serving_{false}, started_serving_{false};
  std::function<std::string()> remark_, section_;
  std::unique_ptr<rpc::HealthPort> health_;  // nullptr: none
  std::unique_ptr<http::Server> server_;     // last: its threads use what is above
};

// Serves until a signal, then: NOT_SERVING and `lame`, the drain delay (a second signal cuts it short), `stop` with the deadline for
// what is in progress.
void ServeUntilSignal(Admin& admin, absl::Duration drain_delay, const std::function<void()>& lame,
                      const std::function<void(absl::Time)>& stop);

}  // namespace heitie::service

#endif  // HEITIE_COMMON_SERVICE_PROCESS_H_
