// For tests of the door and of clients: EchoService with handlers that a test replaces, tokens that are names of roles, and
// certificates of a CA of their own.
#ifndef HEITIE_COMMON_RPC_ECHO_TESTING_H_
#define HEITIE_COMMON_RPC_ECHO_TESTING_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "common/rpc/bytes.h"
#include "common/rpc/door.h"
#include "common/time/clock.h"
#include "heitie/test/v1/echo.pb.h"

namespace heitie::rpc {

using heitie::test::v1::EchoRequest;
using heitie::test::v1::EchoResponse;
using heitie::test::v1::GetEchoRequest;
using heitie::test::v1::GetEchoResponse;
using heitie::test::v1::KnockRequest;
using heitie::test::v1::KnockResponse;
using heitie::test::v1::TickRequest;
using heitie::test::v1::TickResponse;

inline constexpr char kEchoService[] = "heitie.test.v1.EchoService";
inline constexpr char kEcho[] = "heitie.test.v1.EchoService/Echo";
inline constexpr char kGetEcho[] = "heitie.test.v1.EchoService/GetEcho";
inline constexpr char kKnock[] = "heitie.test.v1.EchoService/Knock";
inline constexpr char kTick[] = "heitie.test.v1.EchoService/Tick";

// Long enough for a machine that is busy with other things.
inline constexpr absl::Duration kPatience = absl::Seconds(20);

// EchoService. Replace the handlers before the first request.
struct EchoHandlers {
  std::function<absl::StatusOr<EchoResponse>(const Call&, const EchoRequest&)> echo = [](const Call&, const EchoRequest& request) {
    EchoResponse response;
    response.set_text(request.text());
    response.set_payload(request.payload());
    return absl::StatusOr<EchoResponse>(response);
  };
  std::function<absl::StatusOr<GetEchoResponse>(const Call&, const GetEchoRequest&)> get_echo = [](const Call&,
                                                                                                   const GetEchoRequest& request) {
    GetEchoResponse response;
    response.set_text(request.text());
    return absl::StatusOr<GetEchoResponse>(response);
  };
  StreamHandler tick = [](std::shared_ptr<Stream> stream) {
    TickResponse response;
    for (int i = 1; i <= static_cast<const TickRequest&>(stream->request()).count(); ++i) {
      response.set_number(i);
      if (!stream->Send(response)) return;
    }
    stream->Close(absl::OkStatus());
  };
  Service service{kEchoService};

  EchoHandlers() {
    service.Bind("Echo", [this](const Call& call, const EchoRequest& request) { return echo(call, request); });
    service.Bind("Knock", [](const Call&, const KnockRequest& request) -> absl::StatusOr<KnockResponse> {
      KnockResponse response;
      response.set_text(request.text());
      return response;
    });
    service.Bind("GetEcho", [this](const Call& call, const GetEchoRequest& request) { return get_echo(call, request); });
    service.BindStream("Tick", [this](std::shared_ptr<Stream> stream) { tick(std::move(stream)); });
    service.CheckComplete();
  }
};

// The token "manager" is employees/manager, an operations manager; "analyst" a data analyst. There are no others.
class NameAuthenticator final : public Authenticator {
 public:
  absl::StatusOr<Principal> Verify(const std::string& token) override {
    Principal principal{absl::StrCat("employees/", token)};
    if (token == "manager") principal.Grant(options::v1::ROLE_OPERATIONS_MANAGER);
    if (token == "analyst") principal.Grant(options::v1::ROLE_DATA_ANALYST);
    if (principal.roles == 0) return status::Error(status::kUnauthenticated, {{"why", "unknown token"}});
    return principal;
  }
};

struct DoorParts {
  time::FakeClock clock{absl::FromUnixSeconds(1767225600)};  // 2026-01-01T00:00:00Z
  NameAuthenticator authenticator;
  Door::Options Options() {
    Door::Options options;
    options.authenticator = &authenticator;
    options.clock = &clock;
    options.workers = 4;
    options.queue = 8;
    return options;
  }
};

inline Arrival By(const std::string& token) {
  Arrival arrival;
  arrival.token = token;
  return arrival;
}

inline EchoRequest Text(const std::string& text) {
  EchoRequest request;
  request.set_text(text);
  return request;
}

inline TickRequest Count(int count) {
  TickRequest request;
  request.set_count(count);
  return request;
}

// A unary request and its outcome.
class Asked {
 public:
  Asked(Door& door, const Arrival& arrival, const std::string& method, grpc::ByteBuffer request) {
    cancel_ = door.Unary(arrival, method, std::move(request),
                         [shared = shared_](const absl::Status& status, grpc::ByteBuffer response, const Call& call) {
                           shared->status = status;
                           shared->response = std::move(response);
                           shared->call = call;
                           shared->done.Notify();  // a second `done` stops the program here
                         });
  }
  Asked(Door& door, const Arrival& arrival, const std::string& method, const google::protobuf::Message& request)
      : Asked(door, arrival, method, Serialize(request)) {}

  bool IsDone() const { return shared_->done.HasBeenNotified(); }
  const absl::Status& status() const { return Wait().status; }
  const Call& call() const { return Wait().call; }
  std::string text() const {
    EchoResponse response;
    EXPECT_TRUE(Parse(Wait().response, response));
    return response.text();
  }
  void Cancel() { cancel_(); }

 private:
  struct Shared {
    absl::Notification done;
    absl::Status status;
    grpc::ByteBuffer response;
    Call call;
  };
  const Shared& Wait() const {
    if (!shared_->done.WaitForNotificationWithTimeout(kPatience)) {
      ADD_FAILURE() << "no answer";
      std::abort();
    }
    return *shared_;
  }
  std::shared_ptr<Shared> shared_ = std::make_shared<Shared>();
  std::function<void()> cancel_;
};

// A server stream whose reader takes one message at a time: at once, or when the test says Take.
class Listened {
 public:
  enum class Reader { kQuick, kManual };
  Listened(Door& door, const Arrival& arrival, const google::protobuf::Message& request, Reader reader = Reader::kQuick)
      : shared_(std::make_shared<Shared>()) {
    shared_->reader = reader;
    cancel_ = door.ServerStream(
        arrival, kTick, Serialize(request),
        [shared = shared_](grpc::ByteBuffer message, std::function<void()> next) { shared->Receive(message, std::move(next)); },
        [shared = shared_](const absl::Status& status, const Call& call) {
          shared->status = status;
          shared->call = call;
          shared->done.Notify();
        });
  }
  ~Listened() { shared_->TakeNext(); }

  // Asks for the message after the one in hand.
  void Take() {
    if (auto next = shared_->TakeNext()) next();
  }
  bool IsDone() const { return shared_->done.HasBeenNotified(); }
  const absl::Status& status() const {
    if (!shared_->done.WaitForNotificationWithTimeout(kPatience)) {
      ADD_FAILURE() << "the stream did not end";
      std::abort();
    }
    return shared_->status;
  }
  std::vector<int> numbers() const {
    std::lock_guard<std::mutex> lock(shared_->mutex);
    return shared_->numbers;
  }
  // Waits until that many messages have come.
  bool Await(size_t count) const {
    const absl::Time deadline = absl::Now() + kPatience;
    while (numbers().size() < count && absl::Now() < deadline) absl::SleepFor(absl::Milliseconds(1));
    return numbers().size() >= count;
  }
  void Cancel() { cancel_(); }

 private:
  struct Shared {
    void Receive(const grpc::ByteBuffer& bytes, std::function<void()> next_message) {
      TickResponse message;
      EXPECT_TRUE(Parse(bytes, message));
      {
        std::lock_guard<std::mutex> lock(mutex);
        EXPECT_FALSE(next) << "a message came before the next was asked for";
        numbers.push_back(message.number());
        if (reader == Reader::kManual) {
          next = std::move(next_message);
          return;
        }
      }
      next_message();
    }
    std::function<void()> TakeNext() {
      std::lock_guard<std::mutex> lock(mutex);
      return std::exchange(next, nullptr);
    }
    Reader reader = Reader::kQuick;
    std::mutex mutex;
    std::vector<int> numbers;
    std::function<void()> next;
    absl::Notification done;
    absl::Status status;
    Call call;
  };
  std::shared_ptr<Shared> shared_;
  std::function<void()> cancel_;
};

// A CA and certificates of it, in a folder that goes with the object. Made by the openssl program.
class TestCertificates {
 public:
  TestCertificates() {
    std::string pattern = (std::filesystem::temp_directory_path() / "heitie-certificates-XXXXXX").string();
    folder_ = mkdtemp(pattern.data());
    Run(absl::StrCat("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj '/CN=test CA' -keyout ",
                     File("ca.key"), " -out ", File("ca.pem")));
  }
  ~TestCertificates() { std::filesystem::remove_all(folder_); }

  // A certificate with the common name `services/<service>`, valid for localhost, 127.0.0.1 and heitie-<service>. Made again: a new one.
  Tls Of(const std::string& service) {
    return Made(service, absl::StrCat("/O=Test/CN=services\\/", service),
                absl::StrCat("DNS:localhost,DNS:heitie-", service, ",IP:127.0.0.1"));
  }
  // A certificate in files of that name; the subject as openssl takes it.
  Tls Made(const std::string& name, const std::string& subject, const std::string& alternatives, const std::string& validity = "-days 2") {
    const std::string key = File(name + ".key"), request = File(name + ".csr"), certificate = File(name + ".pem"),
                      ext = File(name + ".ext");
    Write(name + ".ext", absl::StrCat("subjectAltName=", alternatives));
    Run(absl::StrCat("openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj '", subject, "' -keyout ", key, " -out ",
                     request));
    if (validity == "-days 2") {
      Run(absl::StrCat("openssl x509 -req ", validity, " -in ", request, " -CA ", File("ca.pem"), " -CAkey ", File("ca.key"),
                       " -CAcreateserial -extfile ", ext, " -out ", certificate));
    } else {  // only `ca` knows of dates
      Write("index.txt", "");
      Write("ca.cnf", absl::StrCat("[ca]\ndefault_ca=x\n[x]\ndatabase=", File("index.txt"), "\nnew_certs_dir=", folder_,
                                   "\nrand_serial=yes\ndefault_md=sha256\npolicy=p\n[p]\ncommonName=supplied\n"));
      Run(absl::StrCat("openssl ca -batch -config ", File("ca.cnf"), " -in ", request, " -cert ", File("ca.pem"), " -keyfile ",
                       File("ca.key"), " -extfile ", ext, " ", validity, " -out ", certificate));
    }
    return Tls{File("ca.pem"), certificate, key, absl::Seconds(1)};
  }
  // The path of a file of that content.
  std::string Write(const std::string& name, const std::string& content) {
    std::ofstream(File(name)) << content;
    return File(name);
  }
  // The path of a copy that was interrupted.
  std::string Half(const std::string& file) {
    std::ifstream in(file);
    const std::string content(std::istreambuf_iterator<char>(in), {});
    return Write("half.pem", content.substr(0, content.size() / 2));
  }

 private:
  std::string File(const std::string& name) const { return absl::StrCat(folder_, "/", name); }
  static void Run(const std::string& command) {
    if (std::system(absl::StrCat("(", command, ") >/dev/null 2>&1").c_str()) != 0) {
      ADD_FAILURE() << command;
      std::abort();
    }
  }
  std::string folder_;
};

}  // namespace heitie::rpc

#endif  // HEITIE_COMMON_RPC_ECHO_TESTING_H_
