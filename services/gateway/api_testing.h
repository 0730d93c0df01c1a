// For tests: the gateway's Api upon a door that serves some methods by itself, and a client without sockets.
#ifndef HEITIE_SERVICES_GATEWAY_API_TESTING_H_
#define HEITIE_SERVICES_GATEWAY_API_TESTING_H_

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/status/macros.h"
#include "common/test/fixture.h"
#include "google/protobuf/empty.pb.h"
#include "heitie/metrics/v1/counters.pb.h"
#include "heitie/metrics/v1/watch.pb.h"
#include "heitie/options/v1/access.pb.h"
#include "heitie/planning/v1/project.pb.h"
#include "heitie/planning/v1/task.pb.h"
#include "heitie/test/v1/talk.pb.h"
#include "nlohmann/json.hpp"
#include "services/gateway/api.h"

namespace heitie::gateway {

using nlohmann::json;
using planning::v1::Project;

inline constexpr char kPlanning[] = "heitie.planning.v1.PlanService";
inline constexpr char kTalk[] = "heitie.test.v1.TalkService";
inline constexpr char kMetrics[] = "heitie.metrics.v1.AnalysisService";
inline constexpr char kWatch[] = "heitie.metrics.v1.WatchService";
inline constexpr char kTraceparent[] = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

class FakeAuthenticator final : public rpc::Authenticator {
 public:
  bool throws = false;
  absl::StatusOr<rpc::Principal> Verify(const std::string& token) override {
    if (throws) throw std::runtime_error("secret");
    rpc::Principal principal;
    principal.name = "employees/" + token;
    if (token == "manager") {
      principal.Grant(options::v1::ROLE_OPERATIONS_MANAGER);
    } else if (token == "analyst") {
      principal.Grant(options::v1::ROLE_DATA_ANALYST);
    } else {
      return absl::UnauthenticatedError("unknown token");
    }
    return principal;
  }
};

// Answers with the text of each message.
class Talking final : public rpc::Dialogue<test::v1::TalkRequest, test::v1::TalkResponse> {
 public:
  absl::StatusOr<test::v1::TalkResponse> Answer(const rpc::Call&, const test::v1::TalkRequest& request) override {
    if (request.text() == "fatal") return status::NotFound("books/b1");
    test::v1::TalkResponse response;
    response.set_text(request.text());
    return response;
  }
  absl::StatusOr<test::v1::TalkResponse> Explain(const rpc::Call& call, const test::v1::TalkRequest& request,
                                                 const absl::Status& why) override {
    if (request.text() == "fatal") return why;
    test::v1::TalkResponse response;
    *response.mutable_status() = status::ToProto(why, call.language);
    return response;
  }
};

class Counting final : public rpc::Collector<test::v1::CountRequest, test::v1::CountResponse> {
 public:
  absl::Status Collect(const rpc::Call&, const test::v1::CountRequest&) override {
    response_.set_count(response_.count() + 1);
    return absl::OkStatus();
  }
  absl::StatusOr<test::v1::CountResponse> Finish(const rpc::Call&) override { return response_; }

 private:
  test::v1::CountResponse response_;
};

// What a handler's client would see.
class FakeResponder final : public http::Responder {
 public:
  // Of a body that is read in lines or in pieces, of at most so many bytes each.
  explicit FakeResponder(const std::string& body = "", size_t piece = 7)
      : lines_(absl::StrSplit(body, '\n', absl::SkipEmpty())), body_(body), piece_(piece) {}
  void ReadLine(std::function<void(absl::StatusOr<std::optional<std::string>>)> take) override {
    std::unique_lock lock(mutex_);
    std::optional<std::string> line;
    if (!lines_.empty()) {
      line = lines_.front();
      lines_.erase(lines_.begin());
    }
    lock.unlock();
    take(std::move(line));
  }
  void ReadPiece(size_t /*held*/, std::function<void(absl::StatusOr<std::optional<std::string>>)> take) override {
    std::unique_lock lock(mutex_);
    std::optional<std::string> piece;
    if (!body_.empty()) {
      piece = body_.substr(0, piece_);
      body_.erase(0, piece_);
    }
    lock.unlock();
    take(std::move(piece));
  }
  void Send(http::Response response) override {
    std::lock_guard lock(mutex_);
    EXPECT_FALSE(begun_ || complete_) << "there is one answer";
    answer_ = std::move(response);
    complete_ = true;
    changed_.notify_all();
  }
  void StartStream(http::Response head) override {
    std::lock_guard lock(mutex_);
    EXPECT_FALSE(begun_ || complete_) << "there is one answer";
    begun_ = true;
    answer_ = std::move(head);
  }
  void Write(std::string piece, std::function<void()> next) override {
    {
      std::lock_guard lock(mutex_);
      EXPECT_TRUE(begun_ && !complete_);
      answer_.body += piece;
      changed_.notify_all();
    }
    if (next) next();
  }
  void End(http::Headers trailers) override {
    std::lock_guard lock(mutex_);
    EXPECT_TRUE(begun_ && !complete_);
    for (const auto& [name, value] : trailers.fields()) answer_.headers.Add("trailer:" + name, value);
    complete_ = true;
    changed_.notify_all();
  }
  void OnClose(std::function<void()> callback) override {
    std::lock_guard lock(mutex_);
    on_close_ = std::move(callback);
  }

  // Trailers are among the headers, each behind "trailer:".
  const http::Response& Wait() {
    std::unique_lock lock(mutex_);
    EXPECT_TRUE(changed_.wait_for(lock, std::chrono::seconds(10), [this] { return complete_; }));
    return answer_;
  }
  // Until that has been written.
  bool WaitFor(const std::string& text) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(10), [&] { return answer_.body.find(text) != std::string::npos; });
  }
  std::string written() {
    std::lock_guard lock(mutex_);
    return answer_.body;
  }
  void Close() {
    std::unique_lock lock(mutex_);
    const auto callback = std::exchange(on_close_, nullptr);
    lock.unlock();
    if (callback) callback();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> lines_;
  std::string body_;
  const size_t piece_;
  http::Response answer_;
  bool begun_ = false, complete_ = false;
  std::function<void()> on_close_;
};

class ApiTest : public ::testing::Test {
 protected:
  ApiTest() : planning_(kPlanning), metrics_(kMetrics), alerts_(kWatch), talk_(kTalk), door_(DoorOptions()) {
    talk_.BindConversation("Talk",
                           [](const rpc::Call&) -> absl::StatusOr<std::unique_ptr<Talking>> { return std::make_unique<Talking>(); });
    talk_.BindConversation("Count",
                           [](const rpc::Call&) -> absl::StatusOr<std::unique_ptr<Counting>> { return std::make_unique<Counting>(); });
    door_.Serve(talk_);
    planning_.Bind("GetProject",
                   [this](const rpc::Call& call, const planning::v1::GetProjectRequest& request) { return GetProject(call, request); });
    planning_.Bind("CreateProject", [](const rpc::Call&, const planning::v1::CreateProjectRequest& request) -> absl::StatusOr<Project> {
      return request.project();
    });
    planning_.Bind("UpdateProject", [](const rpc::Call&, const planning::v1::UpdateProjectRequest& request) -> absl::StatusOr<Project> {
      RETURN_IF_ERROR(CheckEtag(request.project().etag()));
      Project project = request.project();
      project.set_etag("4");
      project.set_description(request.request_id());
      return project;
    });
    planning_.Bind("SubmitProject", [](const rpc::Call&, const planning::v1::SubmitProjectRequest& request) -> absl::StatusOr<Project> {
      RETURN_IF_ERROR(CheckEtag(request.etag()));
      Project project;
      project.set_name(request.name());
      project.set_etag("4");
      project.set_description(request.request_id());
      return project;
    });
    planning_.Bind("DeleteTask", [](const rpc::Call&, const planning::v1::DeleteTaskRequest&) -> absl::StatusOr<google::protobuf::Empty> {
      return google::protobuf::Empty();
    });
    metrics_.BindStream("WatchActivityCounters", [this](std::shared_ptr<rpc::Stream> stream) { Watch(std::move(stream)); });
    alerts_.BindStream("WatchAlerts", [](const std::shared_ptr<rpc::Stream>& stream) {
      const std::string last = static_cast<const metrics::v1::WatchAlertsRequest&>(stream->request()).last_digest();
      metrics::v1::WatchAlertsResponse response;
      response.set_digest(absl::StrCat("from-", last.empty() ? "the-beginning" : last));
      stream->Send(response);
      stream->Close(absl::OkStatus());
    });
    door_.Serve(planning_);
    door_.Serve(metrics_);
    door_.Serve(alerts_);
    std::vector<Binding> bindings = *BindingsOf(*google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(kPlanning));
    for (const char* service : {kMetrics, kTalk, kWatch}) {
      const auto more = *BindingsOf(*google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(service));
      bindings.insert(bindings.end(), more.begin(), more.end());
    }
    Pages pages;
    pages.Add("/openapi.json", "application/json", R"({"openapi":"3.1.0"})");
    bindings_ = std::move(bindings);
    pages_ = std::move(pages);
    MakeApi(absl::Seconds(15));
  }

  void MakeApi(absl::Duration heartbeat) {
    Api::Options options;
    options.cors = *Cors::Of("https://portal.example");
    options.heartbeat = heartbeat;
    api_ = std::make_unique<Api>(door_, *RouteTable::Make(bindings_), pages_, std::move(options));
  }

  rpc::Door::Options DoorOptions() {
    rpc::Door::Options options;
    options.authenticator = &authenticator_;
    options.clock = &clock_;
    return options;
  }

  // Every resource is at "3".
  static absl::Status CheckEtag(const std::string& etag) {
    if (etag.empty() || etag == "3") return absl::OkStatus();
    return status::Error(status::kStaleEtag, {{"name", "projects/a"}, {"etag", etag}, {"current", "3"}});
  }

  absl::StatusOr<Project> GetProject(const rpc::Call& call, const planning::v1::GetProjectRequest& request) {
    {
      std::lock_guard lock(mutex_);
      call_ = call;
    }
    if (request.name() == "projects/missing") return status::NotFound(request.name());
    if (request.name() == "projects/busy") return status::RetryLater(status::kOverloaded, absl::Milliseconds(1500));
    if (request.name() == "projects/broken") return absl::InternalError("SELECT secret FROM table");
    Project project;
    project.set_name(request.name());
    project.set_title("黑鐵");
    if (request.name() != "projects/untagged") project.set_etag("3");
    if (request.name() == "projects/long") project.set_description(std::string(5000, 'x'));
    return project;
  }

  void Watch(std::shared_ptr<rpc::Stream> stream) {
    const std::string activity = static_cast<const metrics::v1::WatchActivityCountersRequest&>(stream->request()).activity();
    if (activity == "activities/forbidden") return stream->Close(status::NotFound(activity));
    metrics::v1::WatchActivityCountersResponse response;
    for (int i = 1; i <= 3; ++i) {
      response.mutable_counters()->set_clicks(i);
      stream->Send(response);
    }
    if (activity == "activities/open") {
      {
        std::lock_guard lock(mutex_);
        open_ = stream;
      }
      // Called here and now when the client is gone already.
      stream->OnEnd([this] {
        std::lock_guard lock(mutex_);
        ended_ = true;
        changed_.notify_all();
      });
      return;
    }
    stream->Close(activity == "activities/failing" ? status::Error(status::kUnavailable, {{"what", "metrics"}}) : absl::OkStatus());
  }

  // Over HTTP/1.1 or, with 20, HTTP/2.
  http::Response Ask(const std::string& method, const std::string& target, const std::string& body = "", http::Headers headers = {},
                     const std::string& token = "manager", int version = 11) {
    auto responder = std::make_shared<FakeResponder>(body);
    if (auto refusal = Begin(responder, method, target, body, std::move(headers), token, version)) return *std::move(refusal);
    return responder->Wait();
  }
  std::optional<http::Response> Begin(const std::shared_ptr<FakeResponder>& responder, const std::string& method, const std::string& target,
                                      const std::string& body, http::Headers headers, const std::string& token, int version = 11) {
    http::Request request;
    request.version = version;
    request.method = method;
    request.path = target.substr(0, target.find('?'));
    if (target.find('?') != std::string::npos) request.query = target.substr(target.find('?') + 1);
    if (!token.empty() && !headers.Has("Authorization")) headers.Set("Authorization", "Bearer " + token);
    request.headers = headers;
    http::Verdict verdict = api_->Judge(request);
    if (verdict.refusal.has_value()) return std::move(verdict.refusal);
    request.finding = verdict.finding;
    last_exchange_ = verdict.finding;
    if (!verdict.lines && !verdict.pieces) request.body = body;
    api_->Handle(std::move(request), responder);
    return std::nullopt;
  }
  http::Response Connect(const std::string& method, const std::string& body, http::Headers headers = {{"Content-Type", "application/json"}},
                         const std::string& token = "manager") {
    return Ask("POST", absl::StrCat("/", kPlanning, "/", method), body, std::move(headers), token);
  }
  // What was made of the last request goes with its answer, whichever thread lets go of it last.
  bool NothingIsLeft() const {
    for (int wait = 0; wait < 100 && !last_exchange_.expired(); ++wait) absl::SleepFor(absl::Milliseconds(50));
    return last_exchange_.expired();
  }
  // The same behind sockets.
  std::unique_ptr<http::Server> Listen() {
    auto server = api_->Listen({.address = "127.0.0.1:0"});
    EXPECT_TRUE(server.ok()) << server.status();
    return *std::move(server);
  }
  static int Connected(int port) {
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
    return fd;
  }
  static void Say(int fd, const std::string& bytes) {
    ASSERT_EQ(send(fd, bytes.data(), bytes.size(), 0), static_cast<ssize_t>(bytes.size()));
  }
  static std::string HearAnswer(int fd) {
    std::string heard;
    char buffer[4096];
    for (ssize_t n; heard.find("}") == std::string::npos && (n = recv(fd, buffer, sizeof(buffer), 0)) > 0;) heard.append(buffer, n);
    close(fd);
    return heard;
  }
  rpc::Call LastCall() {
    std::lock_guard lock(mutex_);
    return call_;
  }

  time::SystemClock clock_;
  FakeAuthenticator authenticator_;
  rpc::Service planning_, metrics_, alerts_, talk_;
  std::mutex mutex_;
  std::condition_variable changed_;
  rpc::Call call_;
  std::shared_ptr<rpc::Stream> open_;
  bool ended_ = false;
  std::vector<Binding> bindings_;
  Pages pages_;
  rpc::Door door_;
  std::unique_ptr<Api> api_;
  std::weak_ptr<void> last_exchange_;
};

inline json Error(const http::Response& response) { return json::parse(response.body)["error"]; }

}  // namespace heitie::gateway

#endif  // HEITIE_SERVICES_GATEWAY_API_TESTING_H_
