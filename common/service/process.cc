#include "common/service/process.h"

#include <signal.h>
#include <sys/resource.h>
#include <time.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "common/client/otlp.h"
#include "common/observe/log.h"
#include "common/observe/metrics.h"
#include "common/observe/spans.h"
#include "common/rpc/address.h"
#include "common/rpc/tls.h"
#include "common/service/check.h"
#include "common/service/debug_page.h"
#include "common/service/memory.h"
#include "common/service/own_port.h"
#include "common/service/process_figures.h"
#include "common/service/version.h"
#include "common/status/macros.h"

namespace heitie::service {
namespace {

// For requests in progress after the drain delay; together they fit into the grace period that Kubernetes gives, 30 s.
constexpr absl::Duration kStopTime = absl::Seconds(10);

// How long a look at the process's own ports holds, and how long one may take to respond.
constexpr absl::Duration kPortsInterval = absl::Seconds(1);
constexpr absl::Duration kPortPatience = absl::Seconds(1);
constexpr absl::Duration kGreatestPause = absl::Seconds(5);
constexpr absl::Duration kBetweenLines = absl::Seconds(30);

sigset_t TerminationSignals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  return set;
}

// Each connection is an open file. The soft limit is only there for programs that select().
void AllowManyFiles() {
  rlimit files = {};
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
}

[[noreturn]] void RefuseFlags(const std::string& name, const std::string& why) {
  const std::string line = absl::StrCat("heitie-", name, ": ", why, "\n");
  std::fputs(line.c_str(), stderr);
  std::exit(2);
}

[[noreturn]] void Tell(const std::string& text) {
  std::fputs(text.c_str(), stdout);
  std::exit(0);
}

// A connection on which nothing happens is looked after by nobody but this, in milliseconds: so late it is seen that a replica drains, or
// that it has gone. The library's own 5,000 is longer than a drain.
void LookAfterIdleConnections() { setenv("GRPC_CLIENT_CHANNEL_BACKUP_POLL_INTERVAL_MS", "500", /*overwrite=*/0); }

// Until the process ends; what is left then is lost.
absl::Status ExportTraces(const std::string& name, const config::ServiceConfig& config) {
  if (config.otlp_endpoint.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(auto exporter, client::OtlpExporter::Make({config.otlp_endpoint, config.otlp_ca, name, Version(), config.pod}));
  observe::SetSampledPercent(config.trace_percent);
  observe::SetSpanExporter([sender = exporter.release()](observe::Span span) { sender->Add(std::move(span)); });
  return absl::OkStatus();
}

// `check` looks at what the process has of its own.
void Read(const std::string& name, int argc, const char* const* argv, bool has_store, const std::function<absl::Status()>& check,
          config::Flags* flags, config::ServiceConfig* config) {
  BlockSignals();
  AllowManyFiles();
  LookAfterIdleConnections();
  // Debian builds Abseil with its search for lock cycles, which every lock of gRPC would pay for.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  observe::SetLogService(name);
  flags->Parse(argc, argv).IgnoreError();
  if (flags->help_asked()) Tell(flags->Help());
  if (flags->version_asked()) Tell(absl::StrCat("heitie-", name, " ", Version(), " ", Commit(), "\n"));
  observe::SetLogOrigin(Version(), config->pod);
  std::vector<std::string> problems = flags->problems();
  const std::vector<std::string> more = config->Problems();
  problems.insert(problems.end(), more.begin(), more.end());
  const auto note = [&](const absl::Status& status) {
    if (!status.ok()) problems.emplace_back(status.message());
  };
  const rpc::Tls tls{config->tls_ca, config->tls_cert, config->tls_key};
  if (!rpc::IsPlaintext(tls) && (config->check || problems.empty())) note(rpc::CheckFiles(tls));
  if (check && (config->check || problems.empty())) note(check());
  if (config->check) Check(name, *config, has_store, std::move(problems));
  if (!problems.empty()) RefuseFlags(name, problems.front());
  ShowProcess();
  const absl::Status traces = ExportTraces(name, *config);
  if (!traces.ok()) RefuseFlags(name, std::string(traces.message()));
}

void ShowState(bool started, bool ready, bool draining) {
  observe::Gauge("heitie_started", "1 once the process has served.") = started;
  observe::Gauge("heitie_ready", "1 while the process takes requests.") = ready;
  observe::Gauge("heitie_draining", "1 while the process finishes what it has begun and ends.") = draining;
}

}  // namespace

void BlockSignals() {
  const sigset_t set = TerminationSignals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  signal(SIGPIPE, SIG_IGN);
}

bool WaitForSignal(absl::Duration timeout) {
  const sigset_t set = TerminationSignals();
  const absl::Time end = absl::Now() + timeout;
  while (true) {
    // Beyond a day as good as for ever; the loop goes on.
    const absl::Duration left = std::clamp(end - absl::Now(), absl::ZeroDuration(), absl::Hours(24));
    const timespec wait = absl::ToTimespec(left);
    if (sigtimedwait(&set, nullptr, &wait) > 0) return true;
    if (errno != EINTR && absl::Now() >= end) return false;
  }
}

void Fail(const std::string& what, const absl::Status& status) {
  observe::Log(observe::Severity::kError, what,
               {{"why", std::string(status.message())}, {"code", absl::StatusCodeToString(status.code())}});
  // Threads may be running: no destructors.
  std::_Exit(1);
}

void Await(const std::string& what, const std::function<absl::Status()>& attempt, const std::function<bool(const absl::Status&)>& passes) {
  absl::Time next_line = absl::InfinitePast();
  for (absl::Duration pause = absl::Milliseconds(100);; pause = std::min(2 * pause, kGreatestPause)) {
    const absl::Status status = attempt();
    if (status.ok()) return;
    if (!passes(status)) Fail(absl::StrCat(what, " cannot be used"), status);
    if (absl::Now() >= next_line) {
      observe::Log(observe::Severity::kWarning, absl::StrCat("waiting for ", what), {{"why", std::string(status.message())}});
      next_line = absl::Now() + kBetweenLines;
    }
    // Threads may be running: no destructors.
    if (WaitForSignal(pause)) std::_Exit(0);
  }
}

config::ServiceConfig Start(const std::string& name, int argc, const char* const* argv, const std::function<void(config::Flags&)>& more,
                            const std::function<absl::Status()>& check) {
  config::ServiceConfig config;
  config::Flags flags;
  config.Register(&flags);
  if (more) more(flags);
  Read(name, argc, argv, /*has_store=*/false, check, &flags, &config);
  return config;
}

config::ServiceConfig StartStore(const std::string& name, int argc, const char* const* argv,
                                 const std::function<void(config::Flags&)>& more) {
  config::ServiceConfig config;
  config::Flags flags;
  config.RegisterStore(name, &flags);
  config.Register(&flags);
  if (more) more(flags);
  Read(name, argc, argv, /*has_store=*/true, nullptr, &flags, &config);
  return config;
}

bool IsOwnHost(const std::string& host, const std::string& own_host) {
  const std::string name = HostOf(host);
  if (name.empty() || IsAddress(name) || !absl::StrContains(name, '.')) return true;
  const auto ends = [&](absl::string_view suffix) { return absl::EndsWithIgnoreCase(name, suffix); };
  return absl::EqualsIgnoreCase(name, HostOf(own_host)) || ends(".svc") || ends(".cluster.local") || ends(".localhost");
}

absl::StatusOr<std::unique_ptr<Admin>> Admin::Listen(const config::ServiceConfig& config, const std::string& name) {
  std::unique_ptr<Admin> admin(new Admin);
  admin->name_ = "heitie-" + name;
  http::Options options{.address = config.admin_listen};
  options.http2 = false;  // what looks at this port needs one request at a time
  if (!rpc::IsLoopback(config.admin_listen)) {
    options.cert_file = config.tls_cert;
    options.key_file = config.tls_key;
  }
  admin->own_host_ = config.admin_listen;
  options.threads = 2;  // one may be looking at the other ports
  options.max_connections = 128;
  options.max_body_bytes = 0;
  options.client_timeout = absl::Seconds(5);
  auto handler = [self = admin.get()](http::Request request, std::shared_ptr<http::Responder> responder) {
    responder->Send(self->Answer(request));
  };
  auto judge = [self = admin.get()](const http::Request& head) { return http::Verdict{.refusal = self->Refuse(head)}; };
  ASSIGN_OR_RETURN(admin->server_, http::Server::Listen(options, handler, judge));
  if (!config.health_listen.empty()) {
    ASSIGN_OR_RETURN(admin->health_, rpc::HealthPort::Listen(config.health_listen));
  }
  ShowState(/*started=*/false, /*ready=*/false, /*draining=*/false);
  return admin;
}

void Admin::SetServing(bool serving) {
  const bool draining = serving_ && !serving;
  serving_ = serving;
  if (serving) {
    started_serving_ = true;
    if (health_ != nullptr) health_->SetStarted();
    return Look();
  }
  ShowState(started_serving_, /*ready=*/false, draining);
  if (health_ != nullptr) health_->SetReady(false);
}

void Admin::Look() {
  if (!serving_) return;
  const bool ready = SilentPort() == 0;
  ShowState(/*started=*/true, ready, /*draining=*/false);
  if (health_ != nullptr) health_->SetReady(ready);
}

void Admin::Watch(const std::string& address, int port) { ports_.push_back({address, port}); }

std::optional<http::Response> Admin::Refuse(const http::Request& head) const {
  if (!IsOwnHost(head.host, own_host_)) {
    return http::Refusal(421, "INVALID_ARGUMENT", "This process goes by its address, a name without dots or a name of its cluster.");
  }
  if (head.method != "GET") return http::Response{405, {{"Allow", "GET"}}, ""};
  return std::nullopt;
}

// Who comes while somebody looks is told what was seen before.
int Admin::SilentPort() {
  if (std::unique_lock looking(looking_, std::try_to_lock); looking.owns_lock() && absl::Now() >= looked_ + kPortsInterval) {
    const auto silent =
        std::find_if(ports_.begin(), ports_.end(), [](const Port& port) { return !Responds(port.address, port.port, kPortPatience); });
    silent_port_ = silent == ports_.end() ? 0 : silent->port;
    looked_ = absl::Now();
  }
  return silent_port_;
}

http::Response Admin::Health() {
  const http::Headers text = {{"Content-Type", "text/plain; charset=utf-8"}};
  if (!serving_) return {503, text, "NOT_SERVING\n"};
  const int silent = SilentPort();
  if (silent != 0) return {503, text, absl::StrCat("NOT_SERVING: port ", silent, " does not respond\n")};
  const std::string remark = remark_ ? remark_() : "";
  return {200, text, absl::StrCat("SERVING\n", remark, remark.empty() ? "" : "\n")};
}

http::Response Admin::Answer(const http::Request& request) {
  const http::Headers text = {{"Content-Type", "text/plain; charset=utf-8"}};
  if (request.path == "/metrics") return {200, {{"Content-Type", "text/plain; version=0.0.4; charset=utf-8"}}, observe::Scrape()};
  if (request.path == "/healthz") return Health();
  if (request.path == "/debug") {
    return {200,
            {{"Content-Type", "text/html; charset=utf-8"}},
            DebugPage(name_, started_, absl::Now(), observe::TakeSnapshot(), serving_ && section_ ? section_() : "")};
  }
  return {404, text, "There are /metrics, /healthz and /debug.\n"};
}

void ServeUntilSignal(Admin& admin, absl::Duration drain_delay, const std::function<void()>& lame,
                      const std::function<void(absl::Time)>& stop) {
  admin.SetServing(true);
  while (!WaitForSignal(kMemoryInterval)) {
    ReleaseMemory();
    admin.Look();
  }
  observe::Log(observe::Severity::kInfo, "draining", {{"delay", absl::FormatDuration(drain_delay)}});
  admin.SetServing(false);
  lame();
  WaitForSignal(drain_delay);
  stop(absl::Now() + kStopTime);
  observe::Log(observe::Severity::kInfo, "ended");
}

}  // namespace heitie::service
