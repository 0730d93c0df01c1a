#include "common/rpc/door.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <set>
#include <stdexcept>
#include <thread>

#include "common/observe/log.h"
#include "common/observe/metrics.h"
#include "common/rpc/bounds.h"
#include "common/rpc/echo_testing.h"
#include "common/status/macros.h"
#include "common/test/matchers.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace heitie::rpc {
namespace {

using test::HasReason;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::Not;

template <typename Detail>
Detail DetailOf(const absl::Status& status) {
  Detail detail;
  const google::rpc::Status proto = status::ToProto(status, status::Language::kEnglish);
  for (const auto& any : proto.details()) {
    if (any.UnpackTo(&detail)) return detail;
  }
  ADD_FAILURE() << "no " << Detail::descriptor()->full_name() << " in " << status;
  return detail;
}

// A gate that handlers wait at.
class Gate {
 public:
  void Wait() { opened_.wait(); }
  void Open() { gate_.set_value(); }

 private:
  std::promise<void> gate_;
  std::shared_future<void> opened_{gate_.get_future().share()};
};

class DoorTest : public ::testing::Test {
 protected:
  Door& door() {
    if (door_ == nullptr) {
      door_ = std::make_unique<Door>(options_);
      door_->Serve(handlers_.service);
    }
    return *door_;
  }
  Asked Ask(const Arrival& arrival, const EchoRequest& request = Text("hi")) { return Asked(door(), arrival, kEcho, request); }

  DoorParts parts_;
  Door::Options options_ = parts_.Options();
  EchoHandlers handlers_;
  std::unique_ptr<Door> door_;  // last: it waits for the handlers
};

TEST_F(DoorTest, AnswersWhoMay) {
  Asked asked = Ask(By("manager"));
  EXPECT_TRUE(asked.status().ok()) << asked.status();
  EXPECT_EQ(asked.text(), "hi");
}

TEST_F(DoorTest, WithoutTokenNobodyEnters) {
  EXPECT_EQ(Ask(By("")).status().code(), absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(Ask(By("forged")).status().code(), absl::StatusCode::kUnauthenticated);
  EXPECT_THAT(std::string(Ask(By("forged")).status().message()), HasSubstr("unknown token"));
  EXPECT_THAT(std::string(Ask(By(std::string(kMaxTokenBytes + 1, 'x'))).status().message()), HasSubstr("longer than 4096 bytes"));
  options_.authenticator = nullptr;
  door_.reset();
  EXPECT_EQ(Ask(By("manager")).status().code(), absl::StatusCode::kUnauthenticated);
}

TEST_F(DoorTest, TheRuleOfTheMethodDecides) {
  EXPECT_THAT(Ask(By("analyst")).status(), HasReason("PERMISSION_DENIED"));
  GetEchoRequest request;
  EXPECT_TRUE(Asked(door(), By("analyst"), kGetEcho, request).status().ok());
  EXPECT_EQ(Asked(door(), By(""), kGetEcho, request).status().code(), absl::StatusCode::kUnauthenticated);
}

TEST_F(DoorTest, WhatIsPublicNeedsNoTokenAndMakesNobodyMoreThanAGuest) {
  struct Counting final : Limits {
    absl::Status Take(const Principal& principal) override {
      taken.push_back(principal.name);
      return taken.size() > 3 ? status::RetryLater(status::kUnavailable, absl::Seconds(1), {{"what", "x"}}) : absl::OkStatus();
    }
    std::vector<std::string> taken;
  } limits;
  options_.limits = &limits;
  KnockRequest request;
  Arrival guest, gateway = guest;
  guest.client = "10.0.0.1";
  gateway.peer_service = "gateway";
  for (const Arrival& arrival : {guest, gateway}) {
    Asked asked = Asked(door(), arrival, kKnock, request);
    EXPECT_TRUE(asked.status().ok()) << asked.status();
    EXPECT_EQ(asked.call().principal.name, "guests") << "neither an address nor a service";
    EXPECT_EQ(asked.call().principal.roles, 0u);
  }
  EXPECT_EQ(Asked(door(), By("manager"), kKnock, request).call().principal.name, "employees/manager");
  EXPECT_THAT(limits.taken, ElementsAre("guests/10.0.0.1", "guests/", "employees/manager"));
  EXPECT_TRUE(absl::IsUnavailable(Asked(door(), guest, kKnock, request).status())) << "one too many";
  EXPECT_EQ(Asked(door(), By("forged"), kKnock, request).status().code(), absl::StatusCode::kUnauthenticated) << "a token is judged";
  door_.reset();
}

TEST_F(DoorTest, ACertificateStandsForAService) {
  Arrival arrival;
  arrival.peer_service = "activity";
  Asked asked = Ask(arrival);
  EXPECT_TRUE(asked.status().ok()) << asked.status();
  EXPECT_EQ(asked.call().principal.name, "services/activity");
  EXPECT_TRUE(asked.call().principal.Has(options::v1::ROLE_SERVICE));
}

TEST_F(DoorTest, ATokenWinsOverTheCertificate) {
  Arrival arrival = By("analyst");
  arrival.peer_service = "activity";
  Asked asked = Ask(arrival);
  EXPECT_THAT(asked.status(), HasReason("PERMISSION_DENIED")) << "acting for an analyst, a service may do what the analyst may";
  EXPECT_EQ(asked.call().principal.name, "employees/analyst");
  arrival.token = "forged";
  EXPECT_EQ(Ask(arrival).status().code(), absl::StatusCode::kUnauthenticated);
}

TEST_F(DoorTest, AServiceOpensOnlyWhatNamesIt) {
  for (const char* service : {"gateway", "nobody", "activity2", "Activity", "activity/"}) {
    Arrival arrival;
    arrival.peer_service = service;
    EXPECT_THAT(Ask(arrival).status(), HasReason("PERMISSION_DENIED")) << service;
    EXPECT_THAT(Asked(door(), arrival, kGetEcho, GetEchoRequest()).status(), HasReason("PERMISSION_DENIED"))
        << "everybody with a token is not everybody with a certificate";
  }
}

TEST_F(DoorTest, WhatWasJudgedByItsHeadIsNotJudgedAgain) {
  struct Counting final : Authenticator {
    absl::StatusOr<Principal> Verify(const std::string& token) override {
      ++count;
      return NameAuthenticator().Verify(token);
    }
    int count = 0;
  } counting;
  options_.authenticator = &counting;
  Arrival good = By("manager"), bad = By("forged"), analyst = By("analyst");
  EXPECT_TRUE(door().Judge(good, kEcho).ok());
  EXPECT_TRUE(Ask(good).status().ok());
  EXPECT_FALSE(door().Judge(bad, kEcho).ok());
  EXPECT_EQ(Asked(door(), bad, kEcho, grpc::ByteBuffer()).status().code(), absl::StatusCode::kUnauthenticated);
  EXPECT_THAT(door().Judge(analyst, kEcho), HasReason("PERMISSION_DENIED"));
  Asked refused(door(), analyst, kEcho, grpc::ByteBuffer());
  EXPECT_THAT(refused.status(), HasReason("PERMISSION_DENIED"));
  EXPECT_EQ(refused.call().principal.name, "employees/analyst");
  EXPECT_EQ(counting.count, 3);
}

TEST_F(DoorTest, TheDeadlineRunsFromTheArrivalOfTheHead) {
  Arrival arrival = By("manager");
  arrival.arrived = absl::Now() - options_.default_deadline;
  EXPECT_THAT(Ask(arrival).status(), HasReason("DEADLINE_EXCEEDED"));
  Arrival judged = By("manager");
  EXPECT_TRUE(door().Judge(judged, kEcho).ok());
  EXPECT_EQ(judged.deadline, judged.arrived + options_.default_deadline);
  judged.deadline = absl::InfiniteFuture();
  EXPECT_TRUE(door().Judge(judged, kTick).ok());
  EXPECT_EQ(judged.deadline, judged.arrived + options_.max_stream);
}

TEST_F(DoorTest, MessagesBeyondTheBoundAreRefusedWithAReason) {
  EchoRequest request = Text("hi");
  request.set_payload(std::string(kMaxMessageBytes, 'x'));
  EXPECT_THAT(Ask(By("manager"), request).status(), HasReason("MESSAGE_TOO_LARGE"));
  handlers_.echo = [](const Call&, const EchoRequest&) {
    EchoResponse response;
    response.set_payload(std::string(kMaxMessageBytes, 'x'));
    return absl::StatusOr<EchoResponse>(response);
  };
  EXPECT_THAT(Ask(By("manager")).status(), HasReason("ANSWER_TOO_LARGE"));
}

TEST_F(DoorTest, WhatIsThrownOnTheWayToTheHandlerIsAnAnswer) {
  struct Throwing final : Authenticator {
    absl::StatusOr<Principal> Verify(const std::string&) override { throw 1; }
  } throwing;
  options_.authenticator = &throwing;
  EXPECT_THAT(Ask(By("manager")).status(), HasReason("INTERNAL"));
  EXPECT_THAT(Listened(door(), By("manager"), Count(1)).status(), HasReason("INTERNAL"));
}

TEST_F(DoorTest, CertificatesCountOnlyWhereTheyAreTrusted) {
  options_.trust_peer_services = false;
  Arrival arrival;
  arrival.peer_service = "activity";
  EXPECT_EQ(Ask(arrival).status().code(), absl::StatusCode::kUnauthenticated);
}

// Everybody has every right until a test takes some away.
struct Posts final : Rights {
  absl::Status Judge(const google::protobuf::MethodDescriptor* method, absl::Time now, Principal& principal) const override {
    ++asked;
    last_method = method == nullptr ? "" : method->name();
    if (principal.name == "employees/manager" && now >= left) return absl::PermissionDeniedError("has left");
    principal.roles &= kept;
    return absl::OkStatus();
  }
  std::atomic<absl::Time> left{absl::InfiniteFuture()};
  std::atomic<uint32_t> kept{~0u};
  mutable std::atomic<int> asked{0};
  mutable std::string last_method;
};

TEST_F(DoorTest, WhoHasLeftIsRefusedEverythingWhateverTheToken) {
  Posts posts;
  options_.rights = &posts;
  posts.left = parts_.clock.Now() + absl::Hours(1);
  EXPECT_TRUE(Ask(By("manager")).status().ok());
  EXPECT_EQ(posts.last_method, "Echo");
  EXPECT_EQ(posts.asked, 1) << "once for each request";
  EXPECT_TRUE(door().Authenticate(By("manager")).ok());
  parts_.clock.Advance(absl::Hours(1));
  EXPECT_TRUE(absl::IsPermissionDenied(Ask(By("manager")).status()));
  EXPECT_TRUE(absl::IsPermissionDenied(Asked(door(), By("manager"), kGetEcho, GetEchoRequest()).status())) << "which admits everybody";
  EXPECT_TRUE(absl::IsPermissionDenied(Asked(door(), By("manager"), "heitie.test.v1.EchoService/Nothing", Text("hi")).status()));
  EXPECT_TRUE(absl::IsPermissionDenied(Listened(door(), By("manager"), Count(1)).status()));
  EXPECT_TRUE(absl::IsPermissionDenied(door().Authenticate(By("manager")).status())) << "reflection";
  Arrival judged = By("manager");
  EXPECT_TRUE(absl::IsPermissionDenied(door().Judge(judged, kEcho))) << "by the head alone";
  EXPECT_TRUE(Asked(door(), By("analyst"), kGetEcho, GetEchoRequest()).status().ok());
}

TEST_F(DoorTest, TheRuleOfTheMethodSeesTheRolesThatAreLeft) {
  Posts posts;
  options_.rights = &posts;
  posts.kept = 0;
  Asked asked = Ask(By("manager"));
  EXPECT_THAT(asked.status(), HasReason("PERMISSION_DENIED"));
  Asked open(door(), By("manager"), kGetEcho, GetEchoRequest());
  EXPECT_TRUE(open.status().ok());
  EXPECT_EQ(open.call().principal.roles, 0u) << "handlers see no more than the door has left";
}

TEST_F(DoorTest, AStreamEndsWithTheRightsOfItsCaller) {
  Posts posts;
  options_.rights = &posts;
  std::shared_ptr<Stream> stream;
  std::atomic<bool> opened{false};
  handlers_.tick = [&](std::shared_ptr<Stream> open) {
    TickResponse response;
    response.set_number(1);
    open->Send(response);
    stream = std::move(open);
    opened = true;
  };
  for (const bool leaves : {true, false}) {
    posts.left = absl::InfiniteFuture();
    posts.kept = ~0u;
    Listened listened(door(), By("manager"), Count(1));
    while (!opened.exchange(false)) absl::SleepFor(absl::Milliseconds(1));
    if (leaves) posts.left = parts_.clock.Now();
    if (!leaves) posts.kept = 0;
    TickResponse response;
    response.set_number(2);
    stream->Send(response);
    EXPECT_TRUE(absl::IsPermissionDenied(listened.status()));
    EXPECT_THAT(listened.numbers(), ElementsAre(1)) << "the next message is not told any more";
    stream = nullptr;
  }
}

TEST_F(DoorTest, WhoLeavesWhileWaitingIsToldNothingButWhatBecameOfAChange) {
  Posts posts;
  options_.rights = &posts;
  absl::Duration wait = absl::Milliseconds(1100);
  handlers_.get_echo = [&](const Call&, const GetEchoRequest&) -> absl::StatusOr<GetEchoResponse> {
    absl::SleepFor(wait);
    posts.left = parts_.clock.Now();
    return GetEchoResponse();
  };
  handlers_.echo = [&](const Call&, const EchoRequest&) -> absl::StatusOr<EchoResponse> {
    absl::SleepFor(wait);
    posts.left = parts_.clock.Now();
    return EchoResponse();
  };
  EXPECT_TRUE(absl::IsPermissionDenied(Asked(door(), By("manager"), kGetEcho, GetEchoRequest()).status()));
  posts.left = absl::InfiniteFuture();
  EXPECT_TRUE(Ask(By("manager")).status().ok()) << "what was changed is told";
  posts.left = absl::InfiniteFuture();
  wait = absl::ZeroDuration();
  EXPECT_TRUE(Asked(door(), By("manager"), kGetEcho, GetEchoRequest()).status().ok()) << "it came in time and is answered at once";
}

TEST_F(DoorTest, UnknownMethodsAreUnimplemented) {
  const EchoRequest request = Text("hi");
  for (const char* method : {"heitie.test.v1.EchoService/Nothing", "heitie.test.v1.Nothing/Echo", "", "Echo"}) {
    EXPECT_THAT(Asked(door(), By("manager"), method, request).status(), HasReason("UNKNOWN_METHOD")) << method;
  }
  EXPECT_THAT(Asked(door(), By("manager"), kTick, Count(1)).status(), HasReason("UNKNOWN_METHOD")) << "a stream is not a unary method";
  EXPECT_EQ(Asked(door(), By(""), "heitie.test.v1.EchoService/Nothing", request).status().code(), absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(door().Find("heitie.test.v1.EchoService/Nothing"), nullptr);
  EXPECT_EQ(door().Find(kEcho)->name(), "Echo");
  EXPECT_THAT(door().ServiceNames(), ElementsAre(kEchoService));
}

TEST_F(DoorTest, RequestsAreValidatedBeforeTheHandler) {
  bool ran = false;
  handlers_.echo = [&](const Call&, const EchoRequest&) {
    ran = true;
    return absl::StatusOr<EchoResponse>(EchoResponse());
  };
  EchoRequest request = Text(std::string(101, 'x'));
  request.set_request_id(std::string(65, 'x'));
  Asked asked = Ask(By("manager"), request);
  EXPECT_EQ(asked.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(DetailOf<google::rpc::BadRequest>(asked.status()).field_violations_size(), 2);
  EXPECT_FALSE(ran);
}

TEST_F(DoorTest, MalformedBytesAreTheCallersFault) {
  for (const std::string& bytes : {std::string("\xff\xff\xff\xff\xff"), std::string("\x0a\x05hi"), std::string("\x0a\x02\xc3\x28")}) {
    const grpc::Slice slice(bytes);
    EXPECT_THAT(Asked(door(), By("manager"), kEcho, grpc::ByteBuffer(&slice, 1)).status(), HasReason("MALFORMED"));
  }
  const std::string deep_group(10'000, '\x2b');
  const grpc::Slice slice(deep_group);
  EXPECT_THAT(Asked(door(), By("manager"), kEcho, grpc::ByteBuffer(&slice, 1)).status(), HasReason("MALFORMED"));
}

TEST_F(DoorTest, BytesInSeveralPiecesAreOneMessage) {
  const std::string bytes = Text("in pieces").SerializeAsString();
  std::vector<grpc::Slice> slices;
  for (char c : bytes) slices.emplace_back(std::string(1, c));
  EXPECT_EQ(Asked(door(), By("manager"), kEcho, grpc::ByteBuffer(slices.data(), slices.size())).text(), "in pieces");
}

TEST_F(DoorTest, HandlersSeeTheCall) {
  Call seen;
  handlers_.echo = [&](const Call& call, const EchoRequest&) {
    seen = call;
    return absl::StatusOr<EchoResponse>(EchoResponse());
  };
  Arrival arrival = By("manager");
  arrival.traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  arrival.language = status::Language::kTraditionalChinese;
  arrival.deadline = absl::Now() + absl::Seconds(5);
  ASSERT_TRUE(Ask(arrival).status().ok());
  EXPECT_EQ(seen.principal.name, "employees/manager");
  EXPECT_EQ(seen.method, kEcho);
  EXPECT_EQ(seen.trace_id, "4bf92f3577b34da6a3ce929d0e0e4736");
  EXPECT_EQ(seen.deadline, arrival.deadline);
  EXPECT_EQ(seen.language, status::Language::kTraditionalChinese);
  EXPECT_EQ(seen.now, parts_.clock.Now());
  EXPECT_EQ(seen.token, "manager");
}

TEST_F(DoorTest, EveryRequestHasATrace) { EXPECT_THAT(Ask(By("")).call().trace_id, MatchesRegex("[0-9a-f]{32}")); }

TEST_F(DoorTest, DeadlinesAreGivenAndCapped) {
  options_.default_deadline = absl::Seconds(7);
  options_.max_deadline = absl::Seconds(9);
  const absl::Time before = absl::Now();
  const absl::Time given = Ask(By("manager")).call().deadline;
  EXPECT_GE(given, before + absl::Seconds(7));
  EXPECT_LE(given, absl::Now() + absl::Seconds(7));
  Arrival patient = By("manager");
  patient.deadline = before + absl::Hours(1);
  const absl::Time capped = Ask(patient).call().deadline;
  EXPECT_GE(capped, before + absl::Seconds(9));
  EXPECT_LE(capped, absl::Now() + absl::Seconds(9));
}

TEST_F(DoorTest, WhatComesTooLateIsNotBegun) {
  Arrival late = By("manager");
  late.deadline = absl::Now() - absl::Seconds(1);
  EXPECT_THAT(Ask(late).status(), HasReason("DEADLINE_EXCEEDED"));
}

TEST_F(DoorTest, ExceptionsAreLoggedAndHidden) {
  handlers_.echo = [](const Call&, const EchoRequest&) -> absl::StatusOr<EchoResponse> { throw std::runtime_error("secret of the house"); };
  ::testing::internal::CaptureStderr();
  Asked asked = Ask(By("manager"));
  EXPECT_THAT(asked.status(), HasReason("INTERNAL"));
  EXPECT_EQ(asked.status().code(), absl::StatusCode::kInternal);
  EXPECT_THAT(std::string(asked.status().message()), Not(HasSubstr("secret")));
  EXPECT_THAT(std::string(asked.status().message()), HasSubstr(asked.call().trace_id));
  const std::string log = ::testing::internal::GetCapturedStderr();
  EXPECT_THAT(log, HasSubstr("secret of the house"));
  EXPECT_THAT(log, HasSubstr(asked.call().trace_id));
  handlers_.echo = [](const Call&, const EchoRequest&) -> absl::StatusOr<EchoResponse> { throw 5; };
  EXPECT_THAT(Ask(By("manager")).status(), HasReason("INTERNAL"));
}

TEST_F(DoorTest, InternalTextStaysInside) {
  handlers_.echo = [](const Call&, const EchoRequest&) -> absl::StatusOr<EchoResponse> { return absl::UnknownError("SELECT secret"); };
  EXPECT_THAT(std::string(Ask(By("manager")).status().message()), Not(HasSubstr("SELECT")));
  handlers_.echo = [](const Call&, const EchoRequest&) -> absl::StatusOr<EchoResponse> { return status::NotFound("projects/p1"); };
  EXPECT_THAT(Ask(By("manager")).status(), HasReason("NOT_FOUND"));
}

// One worker is kept busy and the queue holds one more: the third is refused while both still wait.
TEST_F(DoorTest, OverloadIsAnsweredAtOnce) {
  options_.workers = 1;
  options_.queue = 1;
  Gate gate;
  handlers_.echo = [&](const Call&, const EchoRequest& request) {
    gate.Wait();
    return absl::StatusOr<EchoResponse>(EchoResponse());
  };
  Asked running = Ask(By("manager")), queued = Ask(By("manager"));
  const absl::Time before = absl::Now();
  Asked refused = Ask(By("manager"));
  EXPECT_TRUE(refused.IsDone());
  EXPECT_LT(absl::Now() - before, absl::Seconds(1));
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(refused.status(), HasReason("OVERLOADED"));
  EXPECT_GT(DetailOf<google::rpc::RetryInfo>(refused.status()).retry_delay().seconds(), 0);
  EXPECT_FALSE(running.IsDone());
  EXPECT_FALSE(queued.IsDone());
  gate.Open();
  EXPECT_TRUE(running.status().ok());
  EXPECT_TRUE(queued.status().ok());
}

TEST_F(DoorTest, WhatWaitedTooLongOrWasCancelledDoesNotRun) {
  options_.workers = 1;
  Gate gate;
  std::atomic<int> runs{0};
  handlers_.echo = [&](const Call&, const EchoRequest& request) {
    ++runs;
    gate.Wait();
    return absl::StatusOr<EchoResponse>(EchoResponse());
  };
  Asked running = Ask(By("manager"));
  Arrival impatient = By("manager");
  impatient.deadline = absl::Now() + absl::Milliseconds(20);
  Asked late = Ask(impatient), cancelled = Ask(By("manager"));
  cancelled.Cancel();
  absl::SleepFor(absl::Milliseconds(40));
  gate.Open();
  EXPECT_THAT(late.status(), HasReason("DEADLINE_EXCEEDED"));
  EXPECT_EQ(cancelled.status().code(), absl::StatusCode::kCancelled);
  EXPECT_TRUE(running.status().ok());
  EXPECT_EQ(runs, 1);
}

// A service bound by hand: one method that answers later from another thread, one that never does.
TEST(DoorAsyncTest, HandlersThatDoNotBlockAnswerLater) {
  DoorParts parts;
  Service service(kEchoService);
  std::shared_ptr<Exchange> kept;
  service.Bind("Echo", Handler{[&](std::shared_ptr<Exchange> exchange) { kept = std::move(exchange); }, /*blocking=*/false});
  service.Bind("GetEcho", Handler{[](std::shared_ptr<Exchange>) {}, /*blocking=*/false});
  Door door(parts.Options());
  door.Serve(service);
  Asked later(door, By("manager"), kEcho, Text("later"));
  ASSERT_NE(kept, nullptr) << "it runs on the transport's thread";
  EXPECT_FALSE(later.IsDone());
  std::thread([&] {
    static_cast<EchoResponse*>(kept->response)->set_text(static_cast<const EchoRequest*>(kept->request)->text());
    kept->finish(absl::OkStatus());
    kept->finish(absl::OkStatus());  // more than once is ignored
    kept.reset();
  }).join();
  EXPECT_EQ(later.text(), "later");
  Asked dropped(door, By("manager"), kGetEcho, GetEchoRequest());
  EXPECT_THAT(dropped.status(), HasReason("INTERNAL"));
}

TEST_F(DoorTest, DrainingRefusesTheNewAndFinishesTheOld) {
  Gate gate;
  handlers_.echo = [&](const Call&, const EchoRequest& request) {
    gate.Wait();
    return absl::StatusOr<EchoResponse>(EchoResponse());
  };
  Asked running = Ask(By("manager"));
  std::thread drain([&] { door().Drain(absl::Now() + kPatience); });
  absl::Status status;
  do {
    status = Asked(door(), By("manager"), kGetEcho, GetEchoRequest()).status();
  } while (status.ok());
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_FALSE(running.IsDone());
  gate.Open();
  drain.join();
  EXPECT_TRUE(running.IsDone()) << "draining returns when the last has its answer";
  EXPECT_TRUE(running.status().ok());
}

TEST_F(DoorTest, EachRequestLeavesOneLineAndOneCount) {
  observe::FlushLogs();  // lines of the tests before
  ::testing::internal::CaptureStderr();
  Asked asked = Ask(By("analyst"));
  EXPECT_FALSE(asked.status().ok());
  observe::FlushLogs();
  const std::string line = ::testing::internal::GetCapturedStderr();
  EXPECT_EQ(std::count(line.begin(), line.end(), '\n'), 1) << line;
  for (const std::string& part : {std::string(kEcho), std::string("employees/analyst"), asked.call().trace_id,
                                  std::string("PERMISSION_DENIED"), std::string("grpc")}) {
    EXPECT_THAT(line, HasSubstr(part));
  }
  Asked(door(), By("manager"), "made.up/Name", Text("hi")).status();
  EXPECT_THAT(observe::Scrape(), HasSubstr(kEcho));
  EXPECT_THAT(observe::Scrape(), Not(HasSubstr("made.up"))) << "what clients invent must not become time series";
}

TEST_F(DoorTest, ManyCallersAtOnceAllGetTheirAnswer) {
  options_.queue = 10'000;
  std::vector<std::thread> callers;
  std::atomic<int> right{0};
  door();
  callers.reserve(8);
  for (int c = 0; c < 8; ++c) {
    callers.emplace_back([&, c] {
      for (int i = 0; i < 500; ++i) right += Ask(By("manager"), Text(absl::StrCat(c, "/", i))).text() == absl::StrCat(c, "/", i);
    });
  }
  for (auto& caller : callers) caller.join();
  EXPECT_EQ(right, 8 * 500);
}

// --- Streams -----------------------------------------------------------------------------------------------------------

// A stream whose handler only keeps it.
class KeptStreamTest : public DoorTest {
 protected:
  KeptStreamTest() {
    handlers_.tick = [this](std::shared_ptr<Stream> stream) {
      stream->OnEnd([this] { ++ends_; });
      kept_.set_value(std::move(stream));
    };
  }
  std::shared_ptr<Stream> Kept() { return kept_.get_future().get(); }
  static bool Send(Stream& stream, int number) {
    TickResponse message;
    message.set_number(number);
    return stream.Send(message);
  }
  std::promise<std::shared_ptr<Stream>> kept_;
  std::atomic<int> ends_{0};
};

TEST_F(DoorTest, AStreamArrivesInOrderAndEnds) {
  Listened listened(door(), By("manager"), Count(60));
  EXPECT_TRUE(listened.status().ok()) << listened.status();
  const auto numbers = listened.numbers();
  ASSERT_EQ(numbers.size(), 60u);
  for (int i = 0; i < 60; ++i) EXPECT_EQ(numbers[i], i + 1);
}

TEST_F(DoorTest, StreamsPassTheSameDoor) {
  EXPECT_EQ(Listened(door(), By(""), Count(1)).status().code(), absl::StatusCode::kUnauthenticated);
  EXPECT_THAT(Listened(door(), By("analyst"), Count(1)).status(), HasReason("PERMISSION_DENIED"));
  EXPECT_EQ(Listened(door(), By("manager"), Count(-1)).status().code(), absl::StatusCode::kInvalidArgument);
  handlers_.tick = [](std::shared_ptr<Stream>) { throw std::runtime_error("broken"); };
  EXPECT_THAT(Listened(door(), By("manager"), Count(1)).status(), HasReason("INTERNAL"));
  handlers_.tick = [](std::shared_ptr<Stream>) {};
  EXPECT_THAT(Listened(door(), By("manager"), Count(1)).status(), HasReason("INTERNAL")) << "left open";
}

TEST_F(KeptStreamTest, TheReaderSetsThePace) {
  Listened listened(door(), By("manager"), Count(1), Listened::Reader::kManual);
  auto stream = Kept();
  for (int i = 1; i <= 3; ++i) EXPECT_TRUE(Send(*stream, i));
  stream->Close(absl::OkStatus());
  EXPECT_FALSE(Send(*stream, 4)) << "closed";
  EXPECT_THAT(listened.numbers(), ElementsAre(1));
  listened.Take();
  EXPECT_THAT(listened.numbers(), ElementsAre(1, 2));
  listened.Take();
  EXPECT_FALSE(listened.IsDone()) << "the reader has the last message in hand";
  listened.Take();
  EXPECT_TRUE(listened.status().ok());
  EXPECT_THAT(listened.numbers(), ElementsAre(1, 2, 3));
  EXPECT_EQ(ends_, 1);
  stream->OnEnd([this] { ++ends_; });
  EXPECT_EQ(ends_, 2) << "at once when it is over";
}

TEST_F(KeptStreamTest, ASlowReaderLosesTheStream) {
  Listened listened(door(), By("manager"), Count(1), Listened::Reader::kManual);
  auto stream = Kept();
  for (int i = 1; i <= 65; ++i) ASSERT_TRUE(Send(*stream, i)) << "one in hand and 64 behind: " << i;
  EXPECT_FALSE(Send(*stream, 66));
  EXPECT_THAT(listened.status(), HasReason("SLOW_READER"));
  EXPECT_EQ(ends_, 1);
}

TEST_F(KeptStreamTest, ASlowReaderOfStatesGetsTheNewestInPlaceOfAQueue) {
  Listened listened(door(), By("manager"), Count(1), Listened::Reader::kManual);
  auto stream = Kept();
  const auto send_latest = [&](int number) {
    TickResponse message;
    message.set_number(number);
    return stream->SendLatest(message);
  };
  for (int i = 1; i <= 1000; ++i) ASSERT_TRUE(send_latest(i));
  EXPECT_THAT(listened.numbers(), ElementsAre(1)) << "in the reader's hand";
  listened.Take();
  EXPECT_THAT(listened.numbers(), ElementsAre(1, 1000));
  EXPECT_TRUE(send_latest(1001));
  stream->Close(absl::OkStatus());
  EXPECT_FALSE(send_latest(1002)) << "closed";
  listened.Take();
  listened.Take();
  EXPECT_TRUE(listened.status().ok());
  EXPECT_THAT(listened.numbers(), ElementsAre(1, 1000, 1001)) << "the last one comes before the end";
  EXPECT_FALSE(send_latest(1003));
}

TEST_F(KeptStreamTest, TheEndOfTheClientReachesTheHandler) {
  Listened listened(door(), By("manager"), Count(1));
  auto stream = Kept();
  EXPECT_TRUE(Send(*stream, 1));
  listened.Cancel();
  EXPECT_EQ(listened.status().code(), absl::StatusCode::kCancelled);
  EXPECT_EQ(ends_, 1);
  EXPECT_FALSE(Send(*stream, 2));
  stream->Close(absl::OkStatus());
  listened.Cancel();
  EXPECT_EQ(ends_, 1);
}

TEST_F(KeptStreamTest, TheDeadlineEndsAStreamThatIsSilent) {
  Arrival arrival = By("manager");
  arrival.deadline = absl::Now() + absl::Milliseconds(100);
  Listened listened(door(), arrival, Count(1));
  auto stream = Kept();
  EXPECT_THAT(listened.status(), HasReason("DEADLINE_EXCEEDED"));
  EXPECT_GE(absl::Now(), arrival.deadline);
  EXPECT_FALSE(Send(*stream, 1));
}

TEST_F(KeptStreamTest, AStreamWithoutDeadlineIsCapped) {
  options_.max_stream = absl::Milliseconds(100);
  Listened listened(door(), By("manager"), Count(1));
  auto stream = Kept();
  EXPECT_THAT(listened.status(), HasReason("DEADLINE_EXCEEDED"));
}

TEST_F(KeptStreamTest, DrainingEndsOpenStreamsAtOnce) {
  Listened listened(door(), By("manager"), Count(1));
  auto stream = Kept();
  EXPECT_TRUE(Send(*stream, 1));
  const absl::Time begun = absl::Now();
  door().Drain(begun + kPatience);
  EXPECT_LT(absl::Now() - begun, kPatience);
  EXPECT_EQ(listened.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(Listened(door(), By("manager"), Count(1)).status().code(), absl::StatusCode::kUnavailable);
}

TEST_F(KeptStreamTest, SendersOnManyThreadsAndACancelDoNotMeet) {
  Listened listened(door(), By("manager"), Count(1));
  auto stream = Kept();
  EXPECT_TRUE(Send(*stream, 1));
  EXPECT_TRUE(listened.Await(1));
  std::vector<std::thread> senders;
  senders.reserve(4);
  for (int s = 0; s < 4; ++s) {
    senders.emplace_back([&] {
      while (Send(*stream, 1)) {
      }
    });
  }
  listened.Cancel();
  for (auto& sender : senders) sender.join();
  EXPECT_FALSE(listened.status().ok()) << "cancelled, or fallen behind before that";
  EXPECT_EQ(ends_, 1);
}

// --- Forwarding --------------------------------------------------------------------------------------------------------

// Answers as a test says and keeps what it was given.
class FakeTarget final : public Forwarder {
 public:
  std::function<void()> Unary(const Call& call, const std::string& method, const grpc::ByteBuffer& request,
                              std::function<void(const absl::Status&, grpc::ByteBuffer)> done) override {
    calls.push_back(call);
    requests.push_back(request);
    unary_done = std::move(done);
    return [this] { ++cancels; };
  }
  std::function<void()> ServerStream(const Call& call, const std::string& method, const grpc::ByteBuffer& request,
                                     std::function<void(grpc::ByteBuffer, std::function<void()>)> message,
                                     std::function<void(const absl::Status&)> done) override {
    calls.push_back(call);
    requests.push_back(request);
    stream_message = std::move(message);
    stream_done = std::move(done);
    return [this] { ++cancels; };
  }
  std::function<void()> Converse(const Call&, const std::string&, ReadNext, std::function<void(grpc::ByteBuffer, std::function<void()>)>,
                                 std::function<void(const absl::Status&)>) override {
    std::abort();
  }
  std::vector<Call> calls;
  std::vector<grpc::ByteBuffer> requests;
  std::function<void(const absl::Status&, grpc::ByteBuffer)> unary_done;
  std::function<void(grpc::ByteBuffer, std::function<void()>)> stream_message;
  std::function<void(const absl::Status&)> stream_done;
  int cancels = 0;
};

class ForwardTest : public ::testing::Test {
 protected:
  ForwardTest() { door_.Forward(kEchoService, target_); }
  static grpc::ByteBuffer Number(int number) {
    TickResponse message;
    message.set_number(number);
    return Serialize(message);
  }
  DoorParts parts_;
  FakeTarget target_;
  Door door_{parts_.Options()};
};

TEST_F(ForwardTest, BytesPassUntouchedAfterTheAccessRule) {
  EXPECT_EQ(Asked(door_, By(""), kEcho, Text("x")).status().code(), absl::StatusCode::kUnauthenticated);
  EXPECT_THAT(Asked(door_, By("analyst"), kEcho, Text("x")).status(), HasReason("PERMISSION_DENIED"));
  EXPECT_TRUE(target_.calls.empty());
  const grpc::Slice anything(std::string("\xff\x00 not even a message", 21));
  Asked asked(door_, By("manager"), kEcho, grpc::ByteBuffer(&anything, 1));
  EXPECT_FALSE(asked.IsDone());
  grpc::Slice passed;
  ASSERT_TRUE(target_.requests.at(0).TrySingleSlice(&passed).ok());
  EXPECT_EQ(passed.size(), 21u) << "its target judges the bytes";
  EXPECT_EQ(target_.calls[0].token, "manager");
  target_.unary_done(absl::OkStatus(), Serialize(Text("answer")));
  EXPECT_EQ(asked.text(), "answer");
}

TEST_F(ForwardTest, ErrorsKeepTheirDetails) {
  Asked asked(door_, By("manager"), kEcho, Text("x"));
  target_.unary_done(status::NotFound("projects/p1"), {});
  EXPECT_THAT(asked.status(), HasReason("NOT_FOUND"));
}

TEST_F(ForwardTest, CancellingReachesTheTarget) {
  Asked asked(door_, By("manager"), kEcho, Text("x"));
  asked.Cancel();
  EXPECT_EQ(target_.cancels, 1);
  target_.unary_done(absl::CancelledError(), {});
  EXPECT_EQ(asked.status().code(), absl::StatusCode::kCancelled);
  Listened listened(door_, By("manager"), Count(1));
  listened.Cancel();
  EXPECT_EQ(target_.cancels, 2);
  EXPECT_EQ(listened.status().code(), absl::StatusCode::kCancelled);
  target_.stream_message(Number(1), [] { FAIL() << "nobody reads any more"; });
  target_.stream_done(absl::CancelledError());
  EXPECT_TRUE(listened.numbers().empty());
}

TEST_F(ForwardTest, StreamsPassOneAtATime) {
  Listened listened(door_, By("manager"), Count(1), Listened::Reader::kManual);
  int asked_for = 0;
  target_.stream_message(Number(1), [&] { ++asked_for; });
  EXPECT_EQ(asked_for, 0);
  listened.Take();
  EXPECT_EQ(asked_for, 1);
  target_.stream_message(Number(2), [&] { ++asked_for; });
  listened.Take();
  target_.stream_done(status::NotFound("activities/a1"));
  EXPECT_THAT(listened.status(), HasReason("NOT_FOUND"));
  EXPECT_THAT(listened.numbers(), ElementsAre(1, 2));
}

}  // namespace
}  // namespace heitie::rpc
