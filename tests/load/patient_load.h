// Calls at a rate by clients that do not give up: what is UNAVAILABLE, or RESOURCE_EXHAUSTED with the advice to come again, is asked again
// with the same request_id after the time that the answer names, growing from time to time, as gRPC's retry rules have it. Every attempt
// is kept, so that what happened while servers failed can be told afterwards.
#ifndef HEITIE_TESTS_LOAD_PATIENT_LOAD_H_
#define HEITIE_TESTS_LOAD_PATIENT_LOAD_H_

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/client/channel.h"
#include "common/rpc/call.h"
#include "google/protobuf/message.h"

namespace heitie::load {

// A way to a server. Thread-safe.
class Way {
 public:
  virtual ~Way() = default;
  // Asks once. `done` is called once, from any thread, with `response` filled when the status is OK.
  virtual void Ask(const rpc::Call& call, const std::string& method, std::shared_ptr<const google::protobuf::Message> request,
                   std::shared_ptr<google::protobuf::Message> response, std::function<void(const absl::Status&)> done) = 0;
};
std::unique_ptr<Way> OverGrpc(const client::ChannelOptions& options);
// HTTP/JSON with kept connections, at most `connections` at a time; more requests wait.
std::unique_ptr<Way> OverHttp(int port, int connections);

// What somebody wants done.
struct Errand {
  int kind = 0;  // whose figures it counts among
  Way* way = nullptr;
  std::string method;  // "heitie.risk.v1.RegisterService/GetRisk"
  std::shared_ptr<const google::protobuf::Message> request;
  std::shared_ptr<google::protobuf::Message> response;
  std::function<void(absl::Time asked)> done;  // when it succeeded, in the thread of Run
};

struct Attempt {
  int kind = 0;
  absl::Time asked, answered;
  absl::StatusCode code = absl::StatusCode::kOk;
  bool advised = false;  // the refusal says when to come again
};

// An errand's end.
struct Ending {
  int kind = 0;
  absl::Time due, ended;
  absl::StatusCode code = absl::StatusCode::kOk;
};

class PatientLoad {
 public:
  // An attempt has `deadline`; an errand that has not succeeded after `patience` has failed.
  PatientLoad(std::string token, absl::Duration deadline, absl::Duration patience);

  // `rate` errands a second on average, with exponential gaps, until `stop`; then waits for those that are under way. `tick` is called
  // about ten times a second.
  void Run(double rate, const std::function<Errand()>& next, const std::function<bool()>& stop, const std::function<void()>& tick);

  const std::vector<Attempt>& attempts() const { return attempts_; }
  const std::vector<Ending>& endings() const { return endings_; }

 private:
  struct Course {
    Errand errand;
    absl::Time due;
    int attempts = 0;
  };
  struct Answer {
    std::shared_ptr<Course> course;
    absl::Time asked, answered;
    absl::Status status;
  };

  void Try(const std::shared_ptr<Course>& course);
  void Take(const Answer& answer);
  void TakeAll();
  void RetryDue(absl::Time now);
  // Waits for an answer, at most until then.
  void Wait(absl::Time until);
  absl::Duration Pause(const Course& course, absl::Duration advice);

  const std::string token_;
  const absl::Duration deadline_, patience_;
  std::mt19937_64 random_{1};  // the same arrivals in every run
  std::multimap<absl::Time, std::shared_ptr<Course>> retries_;
  int asked_ = 0;  // attempts without an answer
  std::vector<Attempt> attempts_;
  std::vector<Ending> endings_;

  std::mutex mutex_;
  std::condition_variable answered_;
  std::vector<Answer> answers_;  // guarded by mutex_
};

}  // namespace heitie::load

#endif  // HEITIE_TESTS_LOAD_PATIENT_LOAD_H_
