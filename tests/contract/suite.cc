#include "tests/contract/suite.h"

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/synchronization/notification.h"
#include "common/event/follower.h"
#include "common/people/copy.h"
#include "common/people/doorkeeper.h"
#include "common/people/handovers.h"
#include "common/rpc/bytes.h"
#include "common/rpc/services.h"
#include "common/status/die.h"
#include "common/test/fixture.h"
#include "heitie/options/v1/access.pb.h"
#include "heitie/type/v1/event.pb.h"
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

// The token is the name of a role, and of whom and which department unless it is employees/a.
class RoleAuthenticator final : public rpc::Authenticator {
 public:
  absl::StatusOr<rpc::Principal> Verify(const std::string& token) override {
    const std::vector<std::string> parts = absl::StrSplit(token, ' ');
    rpc::Principal principal{parts.size() == 3 ? parts[1] : "employees/a", parts.size() == 3 ? parts[2] : "departments/a"};
    for (const rpc::Role role : TokenRoles()) {
      if (parts[0] == kEveryRole || parts[0] == options::v1::Role_Name(role)) principal.Grant(role);
    }
    if (principal.roles == 0) return absl::UnauthenticatedError("unknown token");
    return principal;
  }
};

// Another service without a network between. What is asked without the caller's token, the calling service asks, and gets what the contract
// opens to it.
class NeighbourClient final : public client::Client {
 public:
  using Find = std::function<rpc::Service*()>;
  NeighbourClient(const std::string& caller, Find find) : caller_(caller), find_(std::move(find)) {}
  void Start(const rpc::Call& call, const std::string& method, const google::protobuf::Message& request,
             google::protobuf::Message* response, Done done) override {
    const auto* events = dynamic_cast<const type::v1::ListEventsRequest*>(&request);
    if (events == nullptr || !events->has_wait()) return Ask(call, method, request, response, std::move(done));
    type::v1::ListEventsRequest question = *events;
    question.clear_wait();
    const std::lock_guard lock(mutex_);
    waiting_.push_back({call, method, std::move(question), static_cast<type::v1::ListEventsResponse*>(response), std::move(done)});
  }

  // The other service has written events: whoever waits for such hears of them.
  void Wake() {
    std::vector<Waiting> waiting;
    {
      const std::lock_guard lock(mutex_);
      waiting.swap(waiting_);
    }
    for (Waiting& one : waiting) {
      absl::Status status;
      one.call.deadline = absl::Now() + absl::Seconds(30);
      Ask(one.call, one.method, one.question, one.answer, [&status](const absl::Status& answered) { status = answered; });
      if (!status.ok() || one.answer->events_size() > 0) {
        one.done(status);
        continue;
      }
      // There was nothing for it until here.
      one.question.set_after_position(std::max(one.question.after_position(), one.answer->last_position()));
      const std::lock_guard lock(mutex_);
      waiting_.push_back(std::move(one));
    }
  }

 private:
  // A follower that waits for events to come. Nothing ends the wait but an event, and its own turns go on without it.
  struct Waiting {
    rpc::Call call;
    std::string method;
    type::v1::ListEventsRequest question;
    type::v1::ListEventsResponse* answer;
    Done done;
  };

  void Ask(const rpc::Call& call, const std::string& method, const google::protobuf::Message& request, google::protobuf::Message* response,
           Done done) {
    rpc::Service* service = find_();
    if (service == nullptr) return done(absl::UnavailableError("it has not been started yet"));
    rpc::Call inner = call;
    if (call.token.empty()) {
      inner.principal = {"services/" + caller_};
      inner.principal.Grant(options::v1::ROLE_SERVICE);
      const auto* descriptor =
          google::protobuf::DescriptorPool::generated_pool()->FindMethodByName(absl::StrReplaceAll(method, {{"/", "."}}));
      const absl::Status access = rpc::CheckAccess(*descriptor, inner.principal);
      EXPECT_THAT(access, test::IsOk()) << caller_ << " calls " << method << ", which does not name it as service";
      if (!access.ok()) return done(access);
    }
    done(service->Invoke(method.substr(method.find('/') + 1), inner, request, response));
  }

  const std::string caller_;
  const Find find_;
  std::mutex mutex_;
  std::vector<Waiting> waiting_;
};

// A service with what its process would give it.
struct Running {
  virtual ~Running() = default;
  virtual rpc::Service& rpc() = 0;
  virtual int64_t Events() { return 0; }
  virtual std::string Dump() { return ""; }
  // How many were due.
  virtual absl::StatusOr<int> RunJobs() { return 0; }
  // Kinds of jobs that are due and were not run: nobody handles them, or they fail.
  virtual std::string LeftJobs() { return ""; }
  // Takes up what its schema has got of people, and writes down what its door has seen.
  virtual absl::Status Attend() { return absl::OkStatus(); }
  // nullptr: its door asks nobody.
  virtual const rpc::Rights* rights() { return nullptr; }
};

template <typename S>
struct Stored final : Running {
  Stored(const std::string& name, const time::Clock& clock, std::function<client::Client&(const std::string&)> clients)
      : clock(clock),
        database(name),
        store(database.get(), test::Keys()),
        jobs(store, clock, absl::StrCat("services/", name)),
        own_events(store),
        own_handovers(store),
        copy(store, jobs, name == "personnel" ? own_events : clients("personnel"), people),
        handovers(store, jobs, name == "personnel" ? own_handovers : clients("personnel"), name, people),
        doorkeeper(people),
        service(Make(service::Context{store, clock, jobs, std::move(clients), service::DefaultTimeZone(), people})) {
    service.rpc().CheckComplete();
  }
  // Planning may reach the groups of the story's robots.
  static S Make(const service::Context& context) {
    if constexpr (std::is_same_v<S, planning::Service>) {
      return S(context, {*web::Range::Parse("127.0.0.0/8")});
    } else {
      return S(context);
    }
  }
  absl::Status Attend() override {
    absl::Status status = copy.Renew();
    status.Update(doorkeeper.KeepExcess(store));
    return status;
  }
  const rpc::Rights* rights() override { return &doorkeeper; }
  rpc::Service& rpc() override { return service.rpc(); }
  int64_t Events() override {
    int64_t events = -1;
    const absl::Status status = store.database().Read(absl::Now() + absl::Seconds(20), [&](sql::Session& session) {
      return session.Query("SELECT COALESCE(MAX(sequence), 0) FROM event", {}, [&](const sql::Row& row) { events = row.Int(0); });
    });
    EXPECT_TRUE(status.ok()) << status;
    return events;
  }
  absl::StatusOr<int> RunJobs() override { return jobs.RunDue(); }
  std::string Dump() override {
    std::string dump;
    const absl::Status status = test::DumpOf(store.database(), &dump);
    EXPECT_TRUE(status.ok()) << status;
    return dump;
  }
  std::string LeftJobs() override {
    std::string left;
    const absl::Status status = store.database().Read(absl::Now() + absl::Seconds(20), [&](sql::Session& session) {
      left.clear();
      return session.Query("SELECT DISTINCT kind FROM job WHERE run_time <= ?", sql::Bind(clock.Now()),
                           [&](const sql::Row& row) { absl::StrAppend(&left, " ", row.Text(0)); });
    });
    EXPECT_TRUE(status.ok()) << status;
    return left;
  }

  const time::Clock& clock;
  test::TestDatabase database;
  record::Store store;
  job::Runner jobs;
  people::Directory people{service::DefaultTimeZone()};
  people::OwnEvents own_events, own_handovers;
  people::Copy copy;
  people::Handovers handovers;
  people::Doorkeeper doorkeeper;
  S service;
};

// One door for all: each method is judged by what its own service knows, as at its own door.
class RightsOfEach final : public rpc::Rights {
 public:
  void Add(const std::string& name, const rpc::Rights* rights) { by_process_[name] = rights; }
  absl::Status Judge(const MethodDescriptor* method, absl::Time now, rpc::Principal& principal) const override {
    const auto it = method == nullptr ? by_process_.end() : by_process_.find(rpc::ProcessOf(*method->service()));
    return it == by_process_.end() || it->second == nullptr ? absl::OkStatus() : it->second->Judge(method, now, principal);
  }

 private:
  std::map<std::string, const rpc::Rights*> by_process_;
};

struct Stateless final : Running {
  explicit Stateless(client::Clients clients) : service(std::move(clients)) { service.rpc().CheckComplete(); }
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

rpc::Arrival From(const std::string& principal, rpc::Role role, const std::string& department) {
  rpc::Arrival arrival;
  arrival.token = absl::StrCat(options::v1::Role_Name(role), " ", principal, " ", department);
  return arrival;
}

rpc::Arrival WithEveryRole() {
  rpc::Arrival arrival;
  arrival.token = kEveryRole;
  return arrival;
}

struct Suite::Impl {
  Impl() : door(DoorOptions()) {
    Start<resource::Service>("resource");
    Start<personnel::Service>("personnel");
    Start<risk::Service>("risk");
    Start<metrics::Service>("metrics");
    Start<planning::Service>("planning");
    Start<activity::Service>("activity");
    Add("gateway", std::make_unique<Stateless>(ClientsOf("gateway")));
    // What a service copies of others, it has copied once before it is asked.
    for (const auto& service : services) EXPECT_THAT(service->RunJobs(), test::IsOk());
    for (const auto& service : services) EXPECT_THAT(service->Attend(), test::IsOk());
  }

  template <typename S>
  void Start(const std::string& name) {
    auto service = std::make_unique<Stored<S>>(name, clock, ClientsOf(name));
    stores[absl::StrCat("heitie.", name, ".v1")] = &service->store;
    stored[name] = service.get();
    Add(name, std::move(service));
  }

  // Whoever keeps a resource.
  record::Store& StoreOf(const google::protobuf::Descriptor& resource) {
    const auto found = stores.find(resource.file()->package());
    if (found == stores.end()) status::Die("The suite", resource.full_name() + " is kept by no service");
    return *found->second;
  }

  void Add(const std::string& name, std::unique_ptr<Running> service) {
    door.Serve(service->rpc());
    by_name[name] = &service->rpc();
    rights.Add(name, service->rights());
    services.push_back(std::move(service));
  }

  std::function<client::Client&(const std::string&)> ClientsOf(const std::string& caller) {
    return [this, caller](const std::string& name) -> client::Client& {
      const auto find = [this, name] { return by_name.count(name) > 0 ? by_name[name] : nullptr; };
      return clients.try_emplace({caller, name}, caller, find).first->second;
    };
  }

  rpc::Door::Options DoorOptions() {
    rpc::Door::Options options;
    options.authenticator = &authenticator;
    options.clock = &clock;
    options.rights = &rights;
    options.workers = 2;
    options.default_deadline = absl::Seconds(30);  // a sanitizer build is slow
    return options;
  }

  // Whoever follows a service that has written events since the last time hears of them.
  void WakeFollowers() {
    for (const auto& [name, service] : stored) {
      const int64_t events = service->Events();
      if (std::exchange(heard[name], events) == events) continue;
      for (auto& [who, client] : clients) {
        if (who.second == name) client.Wake();
      }
    }
  }

  time::FakeClock clock{kSuiteTime};
  RoleAuthenticator authenticator;
  RightsOfEach rights;
  std::map<std::string, rpc::Service*> by_name;
  std::map<std::string, Running*> stored;
  std::map<std::string, int64_t> heard;                                    // the last event when those who wait were told
  std::map<std::pair<std::string, std::string>, NeighbourClient> clients;  // by caller and called
  std::map<std::string, record::Store*> stores;                            // by package
  std::vector<std::unique_ptr<Running>> services;
  rpc::Door door;  // last: its workers use what is above
};

Suite::Suite() : impl_(std::make_unique<Impl>()) {}
Suite::~Suite() = default;

int64_t Suite::Events() {
  int64_t events = 0;
  for (const auto& service : impl_->services) events += service->Events();
  return events;
}

bool Suite::RestrictsRows(const google::protobuf::Descriptor& resource) {
  const google::protobuf::Message& prototype = *google::protobuf::MessageFactory::generated_factory()->GetPrototype(&resource);
  return record::Collection(impl_->StoreOf(resource), prototype, nullptr).sight().restricts_rows();
}

std::vector<std::unique_ptr<google::protobuf::Message>> Suite::Rows(const google::protobuf::Descriptor& resource) {
  record::Store& store = impl_->StoreOf(resource);
  const google::protobuf::Message& prototype = *google::protobuf::MessageFactory::generated_factory()->GetPrototype(&resource);
  const record::Collection kind(store, prototype, nullptr);
  std::vector<std::unique_ptr<google::protobuf::Message>> rows;
  const absl::Status status = store.database().Read(absl::Now() + absl::Seconds(20), [&](sql::Session& session) {
    rows.clear();
    return kind.Select(session, "ORDER BY name", {}, [&](const google::protobuf::Message& row) {
      rows.emplace_back(row.New());
      rows.back()->CopyFrom(row);
    });
  });
  EXPECT_TRUE(status.ok()) << resource.full_name() << " " << status;
  return rows;
}

void Suite::Advance(absl::Duration time) { impl_->clock.Advance(time); }

absl::Time Suite::Now() const { return impl_->clock.Now(); }

std::string Suite::Dump() {
  std::string all;
  for (const auto& service : impl_->services) all += service->Dump();
  return all;
}

absl::Status Suite::RunJobs(absl::Duration more) {
  impl_->clock.Advance(event::kFollowInterval + more);
  int run = 0;
  do {
    run = 0;
    impl_->WakeFollowers();
    for (const auto& service : impl_->services) {
      const absl::StatusOr<int> due = service->RunJobs();
      if (!due.ok()) return due.status();
      run += *due;
    }
  } while (run > 0);
  for (const auto& service : impl_->services) {
    if (absl::Status status = service->Attend(); !status.ok()) return status;
  }
  for (const auto& service : impl_->services) {
    if (const std::string left = service->LeftJobs(); !left.empty())
      return absl::FailedPreconditionError("jobs that nobody handles, or that fail:" + left);
  }
  return absl::OkStatus();
}

absl::Status Suite::Ask(const rpc::Arrival& caller, const MethodDescriptor& method, const std::string& request, std::string* response) {
  // Who asks again does so now: the time of a request runs from its own arrival.
  rpc::Arrival arrival = caller;
  arrival.arrived = absl::Now();
  auto answer = std::make_shared<Answer>();
  std::function<void()> cancel;
  // A stream of one message.
  if (method.client_streaming()) {
    auto asked = std::make_shared<std::atomic<int>>(0);
    impl_->door.Converse(
        arrival, FullName(method),
        [asked, request](const std::function<void(rpc::Incoming)>& take) {
          const bool first = (*asked)++ == 0;
          take(first ? std::make_optional(Bytes(request)) : std::optional<grpc::ByteBuffer>());
        },
        [answer](const grpc::ByteBuffer& bytes, const std::function<void()>& next) {
          answer->bytes = Text(bytes);
          next();
        },
        [answer](const absl::Status& status, const rpc::Call&) {
          answer->status = status;
          answer->done.Notify();
        });
    answer->done.WaitForNotification();
    if (response != nullptr) *response = answer->bytes;
    return answer->status;
  }
  if (method.server_streaming()) {
    auto first = std::make_shared<absl::Notification>();
    cancel = impl_->door.ServerStream(
        arrival, FullName(method), Bytes(request),
        [answer, first](const grpc::ByteBuffer& bytes, const std::function<void()>&) {
          answer->bytes = Text(bytes);
          first->Notify();  // never asks for the second
        },
        [answer, first](const absl::Status& status, const rpc::Call&) {
          answer->status = status;
          if (!first->HasBeenNotified()) first->Notify();
          answer->done.Notify();
        });
    first->WaitForNotification();
    const bool streams = !answer->done.HasBeenNotified();
    cancel();
    answer->done.WaitForNotification();
    if (response != nullptr) *response = answer->bytes;
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
