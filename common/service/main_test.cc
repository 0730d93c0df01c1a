// The end of a process, in one that really gets the signal. The program starts itself again as the process that serves.
#include "common/service/main.h"

#include <fcntl.h>
#include <rhonabwy.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/client/channel.h"
#include "common/observe/log.h"
#include "common/rpc/echo_testing.h"
#include "common/test/fixture.h"

namespace heitie::service {
namespace {

using ::heitie::test::HasReason;
using ::heitie::test::IsOk;
using ::testing::HasSubstr;

// What requests in progress have after the drain delay (process.cc), and what a busy machine may need besides.
constexpr absl::Duration kStopTime = absl::Seconds(10), kSlack = absl::Seconds(5);

// Holds the end of a process for an hour, once it is told to.
class Holder {
 public:
  ~Holder() {
    if (holds) absl::SleepFor(absl::Hours(1));
  }
  std::atomic<bool> holds = false;
};

// What the process does that another test starts: a request takes a second, a job as many as its payload says, and one of "-1" is followed
// by a process that does not end by itself.
TEST(ServingProcess, DISABLED_ThisProcessServes) {
  const std::vector<std::string> flags = absl::StrSplit(std::getenv("SERVE_FLAGS"), '\n');
  std::vector<char*> argv;
  for (const std::string& flag : flags) argv.push_back(const_cast<char*>(flag.c_str()));
  int code = 0;
  {
    Main main("echo", static_cast<int>(argv.size()), argv.data());
    Holder holder;
    main.context().jobs.Handle("work", [&holder](const rpc::Call&, const job::Job& job) {
      holder.holds = job.payload == "-1";
      observe::Log(observe::Severity::kInfo, "job began");
      absl::SleepFor(absl::Seconds(std::atoi(job.payload.c_str())));
      observe::Log(observe::Severity::kInfo, "job ended");
      return job::Outcome::Done();
    });
    rpc::EchoHandlers handlers;
    handlers.echo = [](const rpc::Call&, const rpc::EchoRequest& request) -> absl::StatusOr<rpc::EchoResponse> {
      observe::Log(observe::Severity::kInfo, "request began");
      absl::SleepFor(absl::Seconds(1));
      rpc::EchoResponse response;
      response.set_text(request.text());
      return response;
    };
    code = main.Serve(handlers.service);
  }
  std::_Exit(code);
}

class EndTest : public ::testing::Test {
 protected:
  EndTest() : folder_(std::filesystem::path(::testing::TempDir()) / absl::StrCat("heitie_end_", getpid())) {
    // The service has no migrations of its own.
    std::filesystem::create_directories(folder_ / "services/echo/schema");
    std::filesystem::create_directories(folder_ / "common/sql");
    std::filesystem::create_directory_symlink(HEITIE_SOURCE_DIR "/common/sql/schema", folder_ / "common/sql/schema");
    r_global_init();
    r_jwk_init(&secret_);
    jwk_t* open = nullptr;
    r_jwk_init(&open);
    EXPECT_EQ(r_jwk_generate_key_pair(secret_, open, R_KEY_TYPE_EC, 256, "key"), RHN_OK);
    char* json = r_jwk_export_to_json_str(open, 0);
    std::ofstream(folder_ / "jwks.json") << "{\"keys\":[" << json << "]}";
    r_free(json);
    r_jwk_free(open);
  }
  ~EndTest() override {
    if (process_ > 0) {
      kill(process_, SIGKILL);
      waitpid(process_, nullptr, 0);
    }
    r_jwk_free(secret_);
    std::filesystem::remove_all(folder_);
  }

  // A process with a job that is due and takes so many seconds; returns when the job has begun.
  void Start(int job_seconds) {
    ASSERT_THAT(database_.get().Write(absl::Now() + absl::Seconds(20),
                                      [&](sql::Session& session) {
                                        return session
                                            .Execute("INSERT INTO job (name, kind, payload, run_time) VALUES ('it', 'work', ?, ?)",
                                                     sql::Bind(absl::StrCat(job_seconds), absl::Now() - absl::Minutes(1)))
                                            .status();
                                      }),
                IsOk());
    const std::string flags = absl::StrCat(
        "SERVE_FLAGS=program\n--db_user=root\n--migrate=false\n--listen=127.0.0.1:0\n--admin_listen=127.0.0.1:0\n--drain_delay=0s\n"
        "--targets=personnel=127.0.0.1:1\n"
        "--db_socket=",
        std::getenv("HEITIE_TEST_DB_SOCKET"), "\n--db_schema=", database_.get().options().schema, "\n--migrations=", folder_.string(),
        "\n--jwks=", (folder_ / "jwks.json").string());
    process_ = fork();
    if (process_ == 0) {
      dup2(open(Log().c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600), STDERR_FILENO);
      const char* argv[] = {"/proc/self/exe", "--gtest_also_run_disabled_tests", "--gtest_filter=ServingProcess.*", nullptr};
      const char* environment[] = {flags.c_str(), nullptr};
      execve(argv[0], const_cast<char**>(argv), const_cast<char**>(environment));
      _exit(127);
    }
    Await("\"serving\"");
    Await("job began");
    const std::string log = Lines();
    const std::string port = log.substr(log.find("\"grpc_port\":\"") + 13, 6);
    channel_ = client::NewChannel({.name = "echo", .target = absl::StrCat("127.0.0.1:", port.substr(0, port.find('"')))});
  }

  std::string Log() const { return folder_ / "log"; }
  std::string Lines() const {
    std::ifstream in(Log());
    return std::string(std::istreambuf_iterator<char>(in), {});
  }
  void Await(const std::string& text) const {
    const absl::Time end = absl::Now() + absl::Seconds(30);
    while (!absl::StrContains(Lines(), text)) {
      ASSERT_LT(absl::Now(), end) << text << " is not in\n" << Lines();
      absl::SleepFor(absl::Milliseconds(5));
    }
  }

  absl::StatusOr<rpc::EchoResponse> Ask() {
    rpc::Call call;
    call.token = Token();
    call.trace_id = "0123456789abcdef0123456789abcdef";
    call.deadline = absl::Now() + absl::Seconds(20);
    rpc::EchoResponse response;
    const absl::Status status = channel_->Call(call, rpc::kEcho, rpc::Text("hello"), &response);
    if (!status.ok()) return status;
    return response;
  }
  std::string Token() const {
    const std::string claims = absl::StrCat(R"({"iss":"heitie","aud":"heitie","sub":"employees/x","roles":["OPERATIONS_MANAGER"],"exp":)",
                                            absl::ToUnixSeconds(absl::Now()) + 600, "}");
    jws_t* jws = nullptr;
    r_jws_init(&jws);
    r_jws_set_alg(jws, R_JWA_ALG_ES256);
    r_jws_set_header_str_value(jws, "kid", "key");
    r_jws_set_payload(jws, reinterpret_cast<const unsigned char*>(claims.data()), claims.size());
    char* serialized = r_jws_serialize(jws, secret_, 0);
    std::string token = serialized;
    r_free(serialized);
    r_jws_free(jws);
    return token;
  }

  // Whether the process has ended by itself in that time, in good order.
  bool EndsIn(absl::Duration time) {
    int state = 0;
    for (const absl::Time end = absl::Now() + time; absl::Now() < end; absl::SleepFor(absl::Milliseconds(5))) {
      if (waitpid(process_, &state, WNOHANG) != process_) continue;
      process_ = 0;
      return WIFEXITED(state) && WEXITSTATUS(state) == 0;
    }
    return false;
  }
  std::string Leased() {
    std::string leased = "no row";
    EXPECT_THAT(database_.get().Read(absl::Now() + absl::Seconds(20),
                                     [&](sql::Session& session) {
                                       return session.Query("SELECT IF(lease_token IS NULL, 'free', 'leased') FROM job WHERE name = 'it'",
                                                            {}, [&](const sql::Row& row) { leased = row.Text(0); });
                                     }),
                IsOk());
    return leased;
  }

  const std::filesystem::path folder_;
  test::TestDatabase database_;
  jwk_t* secret_ = nullptr;
  pid_t process_ = 0;
  std::unique_ptr<client::Channel> channel_;
};

TEST_F(EndTest, AJobThatHangsDelaysNeitherTheRequestsNorTheEnd) {
  ASSERT_NO_FATAL_FAILURE(Start(60));
  absl::StatusOr<rpc::EchoResponse> answer = absl::UnknownError("");
  std::jthread asks([&] { answer = Ask(); });
  ASSERT_NO_FATAL_FAILURE(Await("request began"));
  kill(process_, SIGTERM);
  asks.join();
  EXPECT_THAT(answer, IsOk()) << "what is in progress is finished";
  EXPECT_THAT(Ask(), HasReason("UNAVAILABLE")) << "while the job still hangs";
  EXPECT_TRUE(EndsIn(kStopTime + kSlack)) << Lines();
  EXPECT_EQ(Leased(), "leased") << "another worker takes it when the lease is over";
  EXPECT_THAT(Lines(), HasSubstr("\"a job is left to its lease\",\"job\":\"it\""));
  EXPECT_THAT(Lines(), ::testing::Not(HasSubstr("job ended")));
}

TEST_F(EndTest, AJobThatEndsInTimeIsWaitedFor) {
  ASSERT_NO_FATAL_FAILURE(Start(2));
  kill(process_, SIGTERM);
  EXPECT_TRUE(EndsIn(2 * kStopTime)) << Lines();
  EXPECT_EQ(Leased(), "no row") << "it is done";
  EXPECT_THAT(Lines(), HasSubstr("job ended"));
  EXPECT_THAT(Lines(), ::testing::Not(HasSubstr("left to its lease")));
}

TEST_F(EndTest, WhatDoesNotEndIsLeft) {
  ASSERT_NO_FATAL_FAILURE(Start(-1));
  ASSERT_NO_FATAL_FAILURE(Await("job ended"));
  kill(process_, SIGTERM);
  EXPECT_TRUE(EndsIn(kStopTime + kSlack)) << Lines();
  EXPECT_THAT(Lines(), HasSubstr("\"ended\""));
  EXPECT_THAT(Lines(), HasSubstr("what still waits is left"));
}

}  // namespace
}  // namespace heitie::service
