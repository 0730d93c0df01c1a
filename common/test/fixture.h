// Tests of a service against a real MariaDB without processes or sockets: a schema for each fixture as it is after the service's
// migrations, a clock that stands still, and calls that pass the door (access rule, validation, handler).
//
//   class RiskTest : public test::ServiceTest<risk::Service> {
//    protected: RiskTest() : ServiceTest("risk") {}
//   };
//   TEST_F(RiskTest, …) { auto risk = Call<Risk>("CreateRisk", Manager(), R"pb(risk { … })pb"_as<CreateRiskRequest>); }
//
// The server's address comes from HEITIE_TEST_DB_SOCKET, which tests/run sets.
#ifndef HEITIE_COMMON_TEST_FIXTURE_H_
#define HEITIE_COMMON_TEST_FIXTURE_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/statusor.h"
#include "common/service/main.h"
#include "common/status/status.h"
#include "common/test/matchers.h"
#include "common/time/clock.h"
#include "google/protobuf/text_format.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace heitie::seal {
class MasterKeys;
}

namespace heitie::test {

// A schema of its own on the test server, as it is after the migrations: no rows but theirs, sequences at their beginning. A process
// migrates as many schemas as it has of a service at the same time, uses them again, cleaned, for its next tests, and drops them at its
// end. Parallel processes have different ones.
class TestDatabase {
 public:
  // `service`: whose migrations (services/<service>/schema) to apply; empty for the common tables only.
  explicit TestDatabase(const std::string& service = "");
  ~TestDatabase();
  TestDatabase(const TestDatabase&) = delete;
  sql::Database& get() { return *database_; }

 private:
  const std::string service_;
  std::unique_ptr<sql::Database> database_;
};

// Parses a text proto; a mistake fails the test program at once.
template <typename T>
T Proto(const std::string& text) {
  T message;
  if (!google::protobuf::TextFormat::ParseFromString(text, &message)) {
    ADD_FAILURE() << "not a " << T::descriptor()->full_name() << ": " << text;
    std::abort();
  }
  return message;
}

// A client whose answers are functions, keyed by `package.Service/Method`. Unknown methods answer UNIMPLEMENTED.
class FakeClient : public client::Client {
 public:
  template <typename Req, typename Resp>
  void On(const std::string& method, std::function<absl::StatusOr<Resp>(const rpc::Call&, const Req&)> answer) {
    answers_[method] = [answer](const rpc::Call& call, const google::protobuf::Message& request, google::protobuf::Message* response) {
      absl::StatusOr<Resp> result = answer(call, static_cast<const Req&>(request));
      const absl::Status status = result.status();
      if (status.ok()) *static_cast<Resp*>(response) = *std::move(result);
      return status;
    };
  }
  // From now on each call has a thread of its own, so that an answer may block; otherwise the caller's thread answers.
  void AnswerAside() { aside_ = true; }
  void Start(const rpc::Call& call, const std::string& method, const google::protobuf::Message& request,
             google::protobuf::Message* response, Done done) override {
    if (!aside_) return done(Answer(call, method, request, response));
    std::shared_ptr<google::protobuf::Message> kept(request.New());
    kept->CopyFrom(request);
    const std::lock_guard lock(threads_mutex_);
    threads_.emplace_back([this, call, method, kept, response, done] { done(Answer(call, method, *kept, response)); });
  }

 private:
  absl::Status Answer(const rpc::Call& call, const std::string& method, const google::protobuf::Message& request,
                      google::protobuf::Message* response) {
    auto it = answers_.find(method);
    if (it == answers_.end()) return absl::UnimplementedError(method);
    return it->second(call, request, response);
  }

  std::map<std::string, std::function<absl::Status(const rpc::Call&, const google::protobuf::Message&, google::protobuf::Message*)>>
      answers_;
  bool aside_ = false;
  std::mutex threads_mutex_;
  std::vector<std::jthread> threads_;
};

// Every value of every table of the schema, a line for each, as a backup would have it.
absl::Status DumpOf(sql::Database& database, std::string* dump);

// The same in each process, as a file would hold them.
std::shared_ptr<seal::MasterKeys> Keys();

// A call by a person with these roles.
rpc::Call By(const std::string& principal, std::initializer_list<rpc::Role> roles, absl::Time now);

template <typename S>
class ServiceTest : public ::testing::Test {
 protected:
  // `name` is the folder below services/.
  explicit ServiceTest(const std::string& name)
      : database_(name),
        store_(database_.get(), Keys()),
        jobs_(store_, clock_, "services/" + name),
        service_(std::make_unique<S>(service::Context{store_, clock_, jobs_,
                                                      [this](const std::string& target) -> client::Client& { return clients_[target]; },
                                                      service::DefaultTimeZone(), people_})) {
    service_->rpc().CheckComplete();
  }

  rpc::Call Manager() const { return By("employees/manager", {options::v1::ROLE_OPERATIONS_MANAGER}, clock_.Now()); }
  rpc::Call Specialist() const { return By("employees/specialist", {options::v1::ROLE_OPERATIONS_SPECIALIST}, clock_.Now()); }
  rpc::Call Analyst() const { return By("employees/analyst", {options::v1::ROLE_DATA_ANALYST}, clock_.Now()); }
  rpc::Call ServiceCaller() const { return By("services/activity", {options::v1::ROLE_SERVICE}, clock_.Now()); }

  // How often Kind::Guard has changed the row.
  int64_t GuardOf(const std::string& table, const std::string& name) {
    int64_t guard = -1;
    EXPECT_TRUE(database_.get()
                    .Read(absl::Now() + absl::Seconds(20),
                          [&](sql::Session& session) {
                            return session.Query("SELECT guard FROM " + table + " WHERE name = ?", sql::Bind(name),
                                                 [&](const sql::Row& row) { guard = row.Int(0); });
                          })
                    .ok());
    return guard;
  }

  // Calls a method of the service through access rule, validation and handler.
  template <typename Resp, typename Req>
  absl::StatusOr<Resp> Call(const std::string& method, const rpc::Call& call, const Req& request) {
    return service_->rpc().template Invoke<Resp>(method, call, request);
  }

  time::FakeClock clock_{absl::FromUnixSeconds(1767225600)};  // 2026-01-01T00:00:00Z
  std::map<std::string, FakeClient> clients_;
  // Whom the service knows; it knows nobody until a test says so (Take).
  people::Directory people_{service::DefaultTimeZone()};
  TestDatabase database_;
  record::Store store_;
  job::Runner jobs_;
  std::unique_ptr<S> service_;
};

}  // namespace heitie::test

#endif  // HEITIE_COMMON_TEST_FIXTURE_H_
