// The seven real processes on the test database, with certificates, keys and tokens of their own. They start once for each test program,
// at the first use, and end with it; the ends of their logs are shown when a test failed.
//
// With HEITIE_SKEW_BUILD, the build folder of another release, and HEITIE_SKEW_ROOT, its sources, each service runs in a second replica of
// that release on the same tables, and whoever calls it asks now the one and now the other (tests/skew/run). With HEITIE_SKEW_ALONE as well
// the present release has only made the tables, and ended.
#ifndef HEITIE_TESTS_E2E_SUITE_H_
#define HEITIE_TESTS_E2E_SUITE_H_

#include <sys/types.h>

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/client/channel.h"
#include "google/protobuf/text_format.h"
#include "tests/e2e/collector.h"

namespace heitie::e2e {

using Environment = std::map<std::string, std::string>;

class Suite {
 public:
  static Suite& Get();
  // Ends the processes, each of which must end in good order, and drops what they stored. Fails the test when logs, metrics, traces or
  // pages for operators hold a secret. Nothing to do when Get was never called.
  static void End(bool failed);

  // Through the gateway.
  client::Channel& grpc() { return *grpc_; }
  client::Client& http() { return *http_; }
  int http_port(const std::string& gateway = "gateway") const { return processes_.at(gateway).http_port; }
  int port(const std::string& service) const { return processes_.at(service).port; }
  int admin_port(const std::string& service) const { return processes_.at(service).admin_port; }
  pid_t pid(const std::string& service) const { return processes_.at(service).pid; }

  // A bearer token of deploy/local/token, for example with "--role MANAGER".
  std::string Token(const std::string& arguments);
  // A path in the suite's own folder.
  std::string Path(const std::string& name) const { return folder_ + "/" + name; }

  // The value of a series of the process's /metrics, for example "heitie_workers_busy"; 0 when there is no such series yet.
  double Figure(const std::string& service, const std::string& series) const;

  // Sends the signal and waits until the process has ended; returns its wait status.
  int Stop(const std::string& service, int signal);
  // Waits until the process has ended by itself; false when it has not after some seconds.
  bool AwaitEnd(const std::string& service);
  // Starts the process again, with more environment, and waits until it is healthy and the gateway has found it.
  void Start(const std::string& service, const Environment& more = {});
  // The same of several that start beside each other.
  void StartAll(const std::map<std::string, Environment>& services);
  // What the service says when it is started like this one, with more flags, but to check (--check).
  std::string Check(const std::string& service, const std::string& flags) const;
  // Ports for one more process of the service, which the functions above know by the name that this returns. Start it.
  std::string AddReplica(const std::string& service);
  // The end of --targets with all addresses of each service, for HEITIE_TARGETS.
  std::string Targets() const;
  // A secret that a text tells, with the line in which it does: "" for none. Secrets are tokens, keys, passwords, and what the stories tell
  // of people: nobody may find them outside of the database.
  std::string SecretIn(const std::string& text) const;
  // What the processes have exported of their traces, of which one in five is recorded.
  const Collector& collector() const { return collector_; }
  // Replaces the activity process by one that dies at a point of services/activity/fault_point.h.
  void RestartDyingAt(const std::string& point);
  // While it lives the process stands still, its connections open.
  class Frozen {
   public:
    explicit Frozen(const std::string& service);
    ~Frozen();
    Frozen(const Frozen&) = delete;

   private:
    const pid_t pid_;
  };

 private:
  struct Process {
    std::string service;
    int port = 0, admin_port = 0, http_port = 0;  // the latter of a gateway
    pid_t pid = 0;
    std::string build, root;  // where its program and its migrations are
  };

  Suite();
  ~Suite();
  static Process NewProcess(const std::string& service, const std::string& build, const std::string& root);
  // Second replicas of another release, where one is asked for.
  void AddOtherRelease();
  void LeaveOtherAlone();
  void Spawn(const std::string& service, const Environment& more);
  void AwaitHealthy(const std::string& service);
  void AwaitReachable(const std::string& service);
  std::vector<std::string> CommandOf(const std::string& name) const;
  std::string SchemaOf(const std::string& service) const;
  std::string LogOf(const std::string& service) const { return Path(service + ".log"); }
  std::vector<std::string> Secrets() const;
  // Where one of them is all the same, in logs, metrics, traces or on pages for operators; "" for nowhere.
  std::string SecretsFound() const;
  void DropSchemas() const;
  void ShowLogs() const;

  const std::string folder_;
  Collector collector_;
  std::map<std::string, Process> processes_;
  std::unique_ptr<client::Channel> grpc_;
  std::unique_ptr<client::Client> http_;
  std::mutex mutex_;
  std::map<std::string, std::string> tokens_;  // guarded by mutex_
};

// Somebody who calls the suite by one of the two ways in. Methods are named "planning.CreateProject", requests are text protos.
class Person {
 public:
  Person(client::Client& client, std::string token) : client_(&client), token_(std::move(token)) {}
  // Somebody else by the same way in.
  Person As(std::string token) const { return Person(*client_, std::move(token)); }

  template <typename Response>
  absl::StatusOr<Response> Ask(const std::string& method, const std::string& request) const {
    Response response;
    const absl::Status status = Call(method, request, &response);
    if (!status.ok()) return status;
    return response;
  }
  // What must succeed: throws, and so fails the test, when it does not. What comes to no verdict, because the machine is too busy, is asked
  // again for some time, as the same request.
  template <typename Response>
  Response Do(const std::string& method, const std::string& request) const {
    Response response;
    Must(method, request, &response);
    return response;
  }
  void Do(const std::string& method, const std::string& request) const;
  // The outcome alone.
  absl::Status Try(const std::string& method, const std::string& request) const;
  absl::Status Call(const std::string& method, const std::string& request, google::protobuf::Message* response) const;
  // A request that is no text proto.
  absl::Status Call(const std::string& method, const google::protobuf::Message& request, google::protobuf::Message* response) const;
  absl::Status Call(const google::protobuf::MethodDescriptor& method, const google::protobuf::Message& request,
                    google::protobuf::Message* response) const;

 private:
  void Must(const std::string& method, const std::string& request, google::protobuf::Message* response) const;

  client::Client* client_;
  std::string token_;
};

// The people of the story, all by the same way in.
struct Team {
  explicit Team(client::Client& client);
  client::Client& client;
  Person manager, specialist, analyst, engineer, technician, producer;  // the technician is of the department `technology`
};

}  // namespace heitie::e2e

#endif  // HEITIE_TESTS_E2E_SUITE_H_
