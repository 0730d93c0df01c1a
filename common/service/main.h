// The chassis of a service: main.cc names the contract, the schema and the clients, and binds the handlers.
//
//   int main(int argc, char** argv) {
//     heitie::service::Main main("activity", argc, argv);            // flags, environment, logs, TLS, database, migrations
//     heitie::activity::Service service(main.context());              // binds every method
//     return main.Serve(service.rpc());                                 // until SIGTERM; drains without failing a request
//   }
//
// What cannot be right is said in one line and ends the process: exit code 2 for flags and files, 1 for everything else.
#ifndef HEITIE_COMMON_SERVICE_MAIN_H_
#define HEITIE_COMMON_SERVICE_MAIN_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "common/client/client.h"
#include "common/job/runner.h"
#include "common/people/directory.h"
#include "common/record/store.h"
#include "common/rpc/service.h"
#include "common/time/clock.h"

namespace heitie::config {
class Flags;
}  // namespace heitie::config

namespace heitie::service {

// Asia/Taipei, the --time_zone of who sets none.
absl::TimeZone DefaultTimeZone();

// What a service's code is given; in a process by Main, in a test by test::Fixture.
struct Context {
  record::Store& store;
  const time::Clock& clock;
  job::Runner& jobs;
  // The client of another service ("planning"); stops the process when the target is not configured.
  client::Clients client;
  // In which business days begin.
  absl::TimeZone time_zone = DefaultTimeZone();
  // Who is employed and who has left, as a copy of personnel's in memory. It outlives the service.
  const people::Directory& people = people::Nobody();
  // For questions on many rows: what one may hold, and the databases that follow the service's own and may answer in its place. They
  // outlive the service.
  struct Reading {
    int64_t memory_bytes = int64_t{256} << 20;
    std::vector<sql::Database*> replicas = {};
  };
  Reading reading = {};

  // Calls a method of whichever service it belongs to: `context.Call(call, risk::v1::method::SummarizeRisks, request)`.
  template <typename Req, typename Resp>
  absl::StatusOr<Resp> Call(const rpc::Call& call, const client::Method<Req, Resp>& method, const Req& request) const {
    return client(method.process).Call(call, method, request);
  }
};

class Main {
 public:
  // `more` adds flags of the service's own.
  Main(const std::string& name, int argc, char** argv, const std::function<void(config::Flags&)>& more = {});
  ~Main();
  Context context();
  // Returns the exit code.
  int Serve(rpc::Service& service);

 private:
  struct Impl;
  class Attendance;
  std::unique_ptr<Impl> impl_;
};

}  // namespace heitie::service

#endif  // HEITIE_COMMON_SERVICE_MAIN_H_
