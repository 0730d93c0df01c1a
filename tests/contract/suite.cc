#include "tests/contract/suite.h"

#include <map>
#include <mutex>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "common/rpc/bytes.h"
#include "common/rpc/contracts.h"
#include "common/test/fixture.h"
#include "heitie/options/v1/access.pb.h"
#include "services/activity/service.h"
#include "services/gateway/service.h"
#include "services/metrics/service.h"
#include "services/personnel/service.h"
#include "services/planning/service.h"
#include "services/resource/service.h"
#include "services/risk/service.h"

namespace heitie::contract {
namespace {

using google::protobuf::MethodDescriptor;
using google::protobuf::ServiceDescriptor;

constexpr char kEveryRole[] = "EVERY_ROLE";

// The token is the name of a role, and "@" and the caller's name where that is not employees/a.
class RoleAuthenticator final : public rpc::Authenticator {
 public:
  absl::StatusOr<rpc::Principal> Verify(const std::string& token) override {
    const size_t at = token.find('@');
    rpc::Principal principal{at == std::string::npos ? "employees/a" : token.substr(at + 1), "departments/a"};
    const std::string roles = token.substr(0, at);
    for (const rpc::Role role : TokenRoles()) {
      if (roles == kEveryRole || roles == options::v1::Role_Name(role)) principal.Grant(role);
    }
    if (principal.roles == 0) return status::Error(status::kUnauthenticated, {{"why", "unknown token"}});
    return principal;
  }
};

// Another service without a network between. What is asked without the caller's token, the calling service asks.
class NeighbourClient final : public client::Client {
 public:
  explicit NeighbourClient(rpc::Service& service) : service_(service) {}
  void Start(const rpc::Call& call, const std::string& method, const google::protobuf::Message& request,
             google::protobuf::Message* response, Done done) override {
    rpc::Call inner = call;
    if (call.token.empty()) {
      inner.principal = {"services/activity"};
      inner.principal.Grant(options::v1::ROLE_SERVICE);
    }
    done(service_.Invoke(method.substr(method.find('/') + 1), inner, request, response));
  }

 private:
  rpc::Service& service_;
};

// A service with what its process would give it.
struct Running {
  virtual ~Running() = default;
  virtual rpc::Service& rpc() = 0;
};

template <typename S>
struct Stored final : Running {
  Stored(const std::string& name, const time::Clock& clock, std::function<client::Client&(const std::string&)> clients)
      : database(name),
        store(database.get()),
        jobs(store, clock, absl::StrCat("services/", name)),
        service(service::Context{store, clock, jobs, std::move(clients)}) {
    service.rpc().CheckComplete();
  }
  rpc::Service& rpc() override { return service.rpc(); }

  test::TestDatabase database;
  record::Store store;
  job::Runner jobs;
  S service;
};

struct Stateless final : Running {
  explicit Stateless(gateway::Clients clients) : service(std::move(clients)) { service.rpc().CheckComplete(); }
  rpc::Service& rpc() override { return service.rpc(); }
  gateway::Service service;
};

grpc::ByteBuffer Bytes(const std::string& text) {
  const grpc::Slice slice(text);
  return grpc::ByteBuffer(&slice, 1);
}

std::string Text(const grpc::ByteBuffer& bytes) {
  std::vector<grpc::Slice> slices;
  std::string text;
  if (!bytes.Dump(&slices).ok()) return text;
  for (const grpc::Slice& slice : slices) text.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  return text;
}

struct Answer {
  absl::Notification done;
  absl::Status status;
  std::string bytes;
};

}  // namespace

std::vector<const MethodDescriptor*> Methods() {
  std::vector<const MethodDescriptor*> methods;
  for (const ServiceDescriptor* service : rpc::ServicesOf()) {
    for (int i = 0; i < service->method_count(); ++i) methods.push_back(service->method(i));
  }
  return methods;
}

std::string FullName(const MethodDescriptor& method) { return absl::StrCat(method.service()->full_name(), "/", method.name()); }

bool IsMutation(const MethodDescriptor& method) {
  for (const char* verb : {"Get", "List", "Check", "Query", "Summarize", "Evaluate", "Examine", "Watch", "Render", "Verify"}) {
    if (absl::StartsWith(method.name(), verb)) return false;
  }
  return true;
}

std::unique_ptr<google::protobuf::Message> NewMessage(const google::protobuf::Descriptor& type) {
  return std::unique_ptr<google::protobuf::Message>(google::protobuf::MessageFactory::generated_factory()->GetPrototype(&type)->New());
}

std::vector<rpc::Role> TokenRoles() {
  return {options::v1::ROLE_OPERATIONS_MANAGER, options::v1::ROLE_OPERATIONS_SPECIALIST, options::v1::ROLE_DATA_ANALYST,
          options::v1::ROLE_DEPARTMENT_MEMBER,  options::v1::ROLE_PLATFORM_ENGINEER,     options::v1::ROLE_PRODUCER};
}

rpc::Arrival With(rpc::Role role) {
  rpc::Arrival arrival;
  arrival.token = options::v1::Role_Name(role);
  return arrival;
}

rpc::Arrival As(const std::string& person, rpc::Role role) {
  rpc::Arrival arrival = With(role);
  arrival.token += "@" + person;
  return arrival;
}

rpc::Arrival WithEveryRole() {
  rpc::Arrival arrival;
  arrival.token = kEveryRole;
  return arrival;
}

struct Suite::Impl {
  Impl() : door(DoorOptions()) {
    Start<planning::Service>("planning");
    Start<resource::Service>("resource");
    Start<personnel::Service>("personnel");
    Start<risk::Service>("risk");
    Start<metrics::Service>("metrics");
    Start<activity::Service>("activity");
    Add("gateway", std::make_unique<Stateless>(Clients()));
  }

  template <typename S>
  void Start(const std::string& name) {
    Add(name, std::make_unique<Stored<S>>(name, clock, Clients()));
  }

  void Add(const std::string& name, std::unique_ptr<Running> service) {
    door.Serve(service->rpc());
    clients.emplace(name, service->rpc());
    services.push_back(std::move(service));
  }

  // Services come after those that they call.
  std::function<client::Client&(const std::string&)> Clients() {
    return [this](const std::string& name) -> client::Client& { return clients.at(name); };
  }

  rpc::Door::Options DoorOptions() {
    rpc::Door::Options options;
    options.authenticator = &authenticator;
    options.clock = &clock;
    options.workers = 2;
    options.default_deadline = absl::Seconds(30);  // a sanitizer build is slow
    return options;
  }

  time::FakeClock clock{absl::FromUnixSeconds(1767225600)};  // 2026-01-01T00:00:00Z
  RoleAuthenticator authenticator;
  std::map<std::string, NeighbourClient> clients;
  std::vector<std::unique_ptr<Running>> services;
  rpc::Door door;  // last: its workers use what is above
};

Suite::Suite() : impl_(std::make_unique<Impl>()) {}
Suite::~Suite() = default;

absl::Status Suite::Ask(const rpc::Arrival& arrival, const MethodDescriptor& method, const std::string& request, std::string* response) {
  auto answer = std::make_shared<Answer>();
  std::function<void()> cancel;
  if (method.server_streaming()) {
    auto first = std::make_shared<absl::Notification>();
    cancel = impl_->door.ServerStream(
        arrival, FullName(method), Bytes(request),
        [first](const grpc::ByteBuffer&, const std::function<void()>&) { first->Notify(); },  // never asks for the second
        [answer, first](const absl::Status& status, const rpc::Call&) {
          answer->status = status;
          if (!first->HasBeenNotified()) first->Notify();
          answer->done.Notify();
        });
    first->WaitForNotification();
    const bool streams = !answer->done.HasBeenNotified();
    cancel();
    answer->done.WaitForNotification();
    return streams && absl::IsCancelled(answer->status) ? absl::OkStatus() : answer->status;
  }
  impl_->door.Unary(arrival, FullName(method), Bytes(request),
                    [answer](const absl::Status& status, const grpc::ByteBuffer& bytes, const rpc::Call&) {
                      answer->status = status;
                      answer->bytes = Text(bytes);
                      answer->done.Notify();
                    });
  answer->done.WaitForNotification();
  if (response != nullptr) *response = answer->bytes;
  return answer->status;
}

}  // namespace heitie::contract
