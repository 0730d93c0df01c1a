#include "tests/e2e/suite.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <random>
#include <set>
#include <stdexcept>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "common/rpc/services.h"
#include "common/sql/database.h"
#include "tests/e2e/http_client.h"
#include "tests/e2e/patience.h"
#include "tests/services.h"
#include "tests/story/player.h"

extern char** environ;

namespace heitie::e2e {
namespace {

const std::vector<std::string> kServices = Services();
// For a process to start or end, also a slow instrumented one; definitions take longer on a cluster.
const absl::Duration kStartingTime = absl::Seconds(std::getenv("HEITIE_FAULT_NODES") == nullptr ? 60 : 300);
constexpr absl::Duration kCallDeadline = absl::Seconds(20), kMustPatience = absl::Seconds(30);
constexpr absl::Duration kGlance = absl::Milliseconds(20);

const std::string kRoot = HEITIE_SOURCE_DIR, kBuild = HEITIE_BINARY_DIR;

// Without calls in progress nobody but this looks after the connections of a process that serves nothing: every 5 s by itself.
constexpr char kIdlePoll[] = "GRPC_CLIENT_CHANNEL_BACKUP_POLL_INTERVAL_MS";

Suite* suite = nullptr;

// The database's, or that of one service alone, HEITIE_TEST_DB_SOCKET_planning.
std::string DatabaseSocket(const std::string& service = "") {
  if (const char* const own = std::getenv(("HEITIE_TEST_DB_SOCKET_" + service).c_str()); own != nullptr && !service.empty()) return own;
  const char* const socket = std::getenv("HEITIE_TEST_DB_SOCKET");
  if (socket == nullptr) throw std::runtime_error("HEITIE_TEST_DB_SOCKET is not set: run the tests with tests/run");
  return socket;
}

std::string NewFolder() {
  std::string folder = std::filesystem::temp_directory_path().string() + "/heitie-e2e-XXXXXX";
  if (mkdtemp(folder.data()) == nullptr) throw std::runtime_error("cannot make " + folder);
  return folder;
}

// The output of a shell command, which must succeed.
std::string Shell(const std::string& command) {
  std::FILE* const pipe = popen(absl::StrCat("bash -c '", absl::StrReplaceAll(command, {{"'", "'\\''"}}), "'").c_str(), "r");
  if (pipe == nullptr) throw std::runtime_error("no shell");
  std::string output;
  char buffer[4096];
  size_t n;
  while ((n = fread(buffer, 1, sizeof(buffer), pipe)) > 0) output.append(buffer, n);
  if (pclose(pipe) != 0) throw std::runtime_error("failed: " + command);
  return std::string(absl::StripAsciiWhitespace(output));
}

bool IsFree(int port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const bool free = bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0;
  close(fd);
  return free;
}

// Below the range from which the kernel takes ports for outgoing connections, so that a port stays free while its process restarts.
int FreePort() {
  static std::mt19937 random(std::random_device{}());
  static std::set<int> given;
  for (;;) {
    const int port = std::uniform_int_distribution<int>(12000, 32000)(random);
    if (IsFree(port) && given.insert(port).second) return port;
  }
}

std::vector<std::string> EnvironmentWith(const Environment& more) {
  std::vector<std::string> all;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry, name = text.substr(0, text.find('='));
    if (name != kIdlePoll && more.count(name) == 0) all.push_back(text);
  }
  for (const auto& [name, value] : more) all.push_back(absl::StrCat(name, "=", value));
  return all;
}

std::vector<char*> Pointers(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  pointers.reserve(texts.size() + 1);
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

std::unique_ptr<google::protobuf::Message> NewMessage(const google::protobuf::Descriptor* type) {
  return std::unique_ptr<google::protobuf::Message>(google::protobuf::MessageFactory::generated_factory()->GetPrototype(type)->New());
}

std::string NewTraceId() {
  static thread_local std::mt19937_64 random(std::random_device{}());
  return absl::StrCat(absl::Hex(random() | 1, absl::kZeroPad16), absl::Hex(random(), absl::kZeroPad16));
}

class EndOfSuite : public ::testing::Environment {
 public:
  void TearDown() override { Suite::End(!::testing::UnitTest::GetInstance()->Passed()); }
};
const auto* const kEnd = ::testing::AddGlobalTestEnvironment(new EndOfSuite);

}  // namespace

Suite& Suite::Get() {
  if (suite == nullptr) suite = new Suite();
  return *suite;
}

void Suite::End(bool failed) {
  if (suite == nullptr) return;
  const std::string found = suite->SecretsFound();
  EXPECT_EQ(found, "");
  failed |= !found.empty();
  suite->grpc_.reset();  // A gateway that ends waits for its clients to go.
  std::vector<std::string> names = kServices;
  for (const auto& [name, process] : suite->processes_) {
    if (name != process.service) names.push_back(name);
  }
  for (auto it = names.rbegin(); it != names.rend(); ++it) {
    const int status = suite->Stop(*it, SIGTERM);
    failed |= status != 0;
    EXPECT_EQ(status, 0) << *it << " did not end in good order";
  }
  if (failed) suite->ShowLogs();
  suite->DropSchemas();
  delete suite;
  suite = nullptr;
}

Suite::Suite() : folder_(NewFolder()) {
  DatabaseSocket();
  Shell(absl::StrCat("export HEITIE_HOME=", folder_, "; source ", kRoot, "/deploy/local/functions; source ", kRoot,
                     "/deploy/local/credentials; make_folders; make_certificates \"${SERVICES[@]}\"; make_token_keys; make_personal_keys"));
  for (const std::string& service : kServices) processes_[service] = NewProcess(service, kBuild, kRoot);
  AddOtherRelease();
  for (const std::string& service : kServices) Spawn(service, {});
  for (const std::string& service : kServices) AwaitHealthy(service);
  // On the tables of the present release.
  for (const auto& [name, process] : processes_) {
    if (process.pid == 0) Spawn(name, {});
  }
  LeaveOtherAlone();
  for (const auto& [name, process] : processes_) AwaitHealthy(name);
  setenv(kIdlePoll, "50", 0);
  client::ChannelOptions options;
  options.name = "gateway";
  options.target = absl::StrCat("127.0.0.1:", processes_["gateway"].port);
  grpc_ = client::NewChannel(options);
  http_ = std::make_unique<HttpClient>(http_port());
  for (const std::string& service : kServices) AwaitReachable(service);
}

Suite::~Suite() { std::filesystem::remove_all(folder_); }

std::string Suite::Token(const std::string& arguments) {
  const std::lock_guard<std::mutex> lock(mutex_);
  std::string& token = tokens_[arguments];
  if (token.empty()) token = Shell(absl::StrCat("HEITIE_HOME=", folder_, " ", kRoot, "/deploy/local/token ", arguments));
  return token;
}

double Suite::Figure(const std::string& service, const std::string& series) const {
  const auto page = Exchange(processes_.at(service).admin_port, "GET", "/metrics", "", "", absl::Now() + kCallDeadline);
  if (!page.ok()) throw std::runtime_error(absl::StrCat("no metrics of ", service, ": ", page.status().ToString()));
  const size_t line = page->body.find(absl::StrCat("\n", series, " "));
  if (line == std::string::npos) return 0;
  return std::stod(page->body.substr(line + series.size() + 2));
}

int Suite::Stop(const std::string& service, int signal) {
  Process& process = processes_.at(service);
  if (process.pid == 0) return 0;
  kill(process.pid, signal);
  const absl::Time patience = absl::Now() + kStartingTime;
  int status = 0;
  while (waitpid(process.pid, &status, WNOHANG) == 0) {
    if (absl::Now() > patience) kill(process.pid, SIGKILL);
    absl::SleepFor(kGlance);
  }
  process.pid = 0;
  return status;
}

bool Suite::AwaitEnd(const std::string& service) {
  Process& process = processes_.at(service);
  const absl::Time patience = absl::Now() + kStartingTime;
  while (waitpid(process.pid, nullptr, WNOHANG) == 0) {
    if (absl::Now() > patience) return false;
    absl::SleepFor(kGlance);
  }
  process.pid = 0;
  return true;
}

void Suite::Start(const std::string& service, const Environment& more) { StartAll({{service, more}}); }

// By this thread, whose end would be the end of what it has started.
void Suite::StartAll(const std::map<std::string, Environment>& services) {
  for (const auto& [service, more] : services) Spawn(service, more);
  for (const auto& [service, more] : services) AwaitHealthy(service);
  for (const auto& [service, more] : services) AwaitReachable(service);
}

std::string Suite::Check(const std::string& service, const std::string& flags) const {
  return absl::StrCat(Shell(absl::StrCat("HEITIE_TARGETS=", Targets(), " '", absl::StrJoin(CommandOf(service), "' '"), "' --check ", flags,
                                         " 2>/dev/null || true")),
                      "\n");
}

std::string Suite::AddReplica(const std::string& service) {
  int number = 2;
  while (processes_.count(absl::StrCat(service, "-", number)) > 0) ++number;
  const std::string name = absl::StrCat(service, "-", number);
  processes_[name] = NewProcess(service, kBuild, kRoot);
  return name;
}

Suite::Process Suite::NewProcess(const std::string& service, const std::string& build, const std::string& root) {
  Process process{.service = service, .port = FreePort(), .admin_port = FreePort(), .build = build, .root = root};
  if (service == "gateway") process.http_port = FreePort();
  return process;
}

// Its replicas take the place of the present ones.
void Suite::LeaveOtherAlone() {
  if (std::getenv("HEITIE_SKEW_ALONE") == nullptr) return;
  for (const std::string& service : kServices) {
    const auto other = processes_.find(service + "-2");
    if (other == processes_.end()) continue;
    Stop(service, SIGTERM);
    Stop(other->first, SIGTERM);
    processes_[service].build = other->second.build;
    processes_[service].root = other->second.root;
    processes_.erase(other);
  }
  for (const std::string& service : kServices) {
    if (processes_[service].pid != 0) Stop(service, SIGTERM);
    Spawn(service, {});
  }
}

void Suite::AddOtherRelease() {
  const char *const build = std::getenv("HEITIE_SKEW_BUILD"), *const root = std::getenv("HEITIE_SKEW_ROOT");
  if (build == nullptr || root == nullptr) return;
  for (const std::string& service : kServices) {
    if (service != "gateway") processes_[service + "-2"] = NewProcess(service, build, root);
  }
}

void Suite::RestartDyingAt(const std::string& point) {
  EXPECT_EQ(Stop("activity", SIGTERM), 0);
  Start("activity", {{"HEITIE_CRASH_AT", point}});
}

Suite::Frozen::Frozen(const std::string& service) : pid_(Get().processes_.at(service).pid) { kill(pid_, SIGSTOP); }

Suite::Frozen::~Frozen() { kill(pid_, SIGCONT); }

void Suite::Spawn(const std::string& service, const Environment& more) {
  Environment all = more;
  all.emplace("HEITIE_DRAIN_DELAY", "0s");
  all.emplace("HEITIE_TARGETS", Targets());
  all.emplace("HEITIE_OTLP_ENDPOINT", absl::StrCat("127.0.0.1:", collector_.port()));
  all.emplace("HEITIE_TRACE_PERCENT", "20");
  all.emplace("HEITIE_OUTBOUND_NETWORKS", "127.0.0.0/8");  // for the groups of robots that tests are
  std::vector<std::string> command = CommandOf(service), environment = EnvironmentWith(all);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, LogOf(service).c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
  pid_t pid = 0;
  const int error = posix_spawnp(&pid, command[0].c_str(), &actions, nullptr, Pointers(command).data(), Pointers(environment).data());
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) throw std::runtime_error("cannot start " + service);
  processes_.at(service).pid = pid;
}

void Suite::AwaitHealthy(const std::string& service) {
  const absl::Time patience = absl::Now() + kStartingTime;
  while (absl::Now() < patience) {
    const auto health = Exchange(processes_.at(service).admin_port, "GET", "/healthz", "", "", absl::Now() + absl::Seconds(1));
    if (health.ok() && health->status == 200) return;
    absl::SleepFor(kGlance);
  }
  ShowLogs();
  throw std::runtime_error(service + " did not become healthy");
}

void Suite::AwaitReachable(const std::string& service) {
  // The gateway has no events; any service shows that it is there.
  const std::string& asked = processes_.at(service).service;
  const std::string method = (asked == "gateway" ? kServices[0] : asked) + ".ListEvents";
  const absl::Time patience = absl::Now() + kStartingTime;
  for (client::Client* way : std::initializer_list<client::Client*>{grpc_.get(), http_.get()}) {
    const Person manager(*way, Token("--role MANAGER"));
    while (absl::IsUnavailable(manager.Try(method, ""))) {
      if (absl::Now() > patience) throw std::runtime_error(service + " is not found by the gateway");
      absl::SleepFor(kGlance);
    }
  }
}

// The kernel kills the process when the test program is killed.
std::vector<std::string> Suite::CommandOf(const std::string& name) const {
  const Process& process = processes_.at(name);
  const std::string& service = process.service;
  const std::string address = absl::StrCat("127.0.0.1:", process.port), trust = Path("trust/"), secrets = Path("secrets/");
  std::vector<std::string> command = {"setpriv",
                                      "--pdeathsig",
                                      "KILL",
                                      absl::StrCat(process.build, "/services/", service, "/heitie-", service),
                                      absl::StrCat("--admin_listen=127.0.0.1:", process.admin_port),
                                      absl::StrCat("--jwks=", trust, "jwks.json"),
                                      absl::StrCat("--tls_ca=", trust, "ca.pem"),
                                      absl::StrCat("--tls_cert=", trust, service, ".pem"),
                                      absl::StrCat("--tls_key=", secrets, service, ".key")};
  const auto add = [&](const std::string& flag, const std::string& value) { command.push_back(absl::StrCat("--", flag, "=", value)); };
  if (service == "gateway") {
    add("grpc_listen", address);
    add("http_listen", absl::StrCat("127.0.0.1:", process.http_port));
  } else {
    add("listen", address);
    add("db_socket", DatabaseSocket(service));
    add("db_user", "root");
    add("db_schema", SchemaOf(service));
    add("migrations", process.root);
    add("personal_key_file", secrets + "personal-keys");
  }
  return command;
}

std::string Suite::Targets() const {
  std::map<std::string, std::string> addresses;
  for (const auto& [name, process] : processes_) {
    if (process.service == "gateway") continue;
    std::string& all = addresses[process.service];
    absl::StrAppend(&all, all.empty() ? "ipv4:" : ",", "127.0.0.1:", process.port);
  }
  std::string targets;
  for (const auto& [service, address] : addresses) absl::StrAppend(&targets, targets.empty() ? "" : ",", service, "=", address);
  return targets;
}

std::string Suite::SchemaOf(const std::string& service) const { return absl::StrCat("e2e_", getpid(), "_", service); }

std::vector<std::string> Suite::Secrets() const {
  // Of the stories' people: mail, telephone, names; of their robots: address and secret.
  std::vector<std::string> secrets = {"of-lantern-night", "@example.com", "912345678", "0912-345-678",
                                      "Shi Tao",          "Yan Xin",      "Wang Mei",  "Mei Wang"};
  for (const auto& [arguments, token] : tokens_) {
    secrets.push_back(token.substr(token.rfind('.') + 1));  // the signature
    secrets.push_back(token.substr(token.find('.') + 1, 40));
  }
  for (const auto& file : std::filesystem::directory_iterator(Path("secrets"))) {
    std::ifstream in(file.path());
    for (std::string line; std::getline(in, line);) {
      for (const std::string& word : std::vector<std::string>(absl::StrSplit(line, ' '))) {
        if (word.size() >= 24 && !absl::StrContains(word, "-----")) secrets.push_back(word);
      }
    }
  }
  return secrets;
}

std::string Suite::SecretIn(const std::string& text) const {
  for (const std::string& secret : Secrets()) {
    // Much quicker than find, which stops at each occurrence of the first character.
    const void* const found = memmem(text.data(), text.size(), secret.data(), secret.size());
    if (found == nullptr) continue;
    const size_t at = static_cast<const char*>(found) - text.data();
    const size_t begin = text.rfind('\n', at) + 1;
    return absl::StrCat(secret, " in: ", text.substr(begin, std::min<size_t>(text.find('\n', at) - begin, 1000)));
  }
  return "";
}

std::string Suite::SecretsFound() const {
  const auto look = [&](const std::string& where, const std::string& text) {
    const std::string found = SecretIn(text);
    return found.empty() ? "" : absl::StrCat(where, " tells ", found);
  };
  for (const auto& [name, process] : processes_) {
    std::ifstream in(LogOf(name));
    std::string found = look("the log of " + name, std::string(std::istreambuf_iterator<char>(in), {}));
    if (!found.empty()) return found;
    for (const char* page : {"/metrics", "/debug"}) {
      if (process.pid == 0) continue;
      const auto answer = Exchange(process.admin_port, "GET", page, "", "", absl::Now() + kCallDeadline);
      if (!answer.ok()) continue;  // it has died
      found = look(absl::StrCat(page, " of ", name), answer->body);
      if (!found.empty()) return found;
    }
  }
  return look("a trace", collector_.taken());
}

void Suite::DropSchemas() const {
  for (const std::string& service : kServices) {
    if (service == "gateway") continue;
    sql::Options options;
    options.socket = DatabaseSocket();
    options.user = "root";
    options.schema = SchemaOf(service);
    options.pool_size = 1;
    sql::Database database(options);
    const absl::Status dropped = database.Read(absl::Now() + absl::Seconds(30), [&](sql::Session& session) {
      return session.Execute(absl::StrCat("DROP DATABASE ", options.schema)).status();
    });
    EXPECT_TRUE(dropped.ok()) << dropped.ToString();
  }
}

void Suite::ShowLogs() const {
  for (const std::string& service : kServices) {
    std::cerr << "---- the last lines of " << service << "\n"
              << Shell(absl::StrCat("tail -n 30 ", LogOf(service), " | cut -c1-400")) << "\n";
  }
}

absl::Status Person::Try(const std::string& method, const std::string& request) const {
  return Call(method, request, NewMessage(story::MethodNamed(method).output_type()).get());
}

absl::Status Person::Call(const std::string& method, const std::string& request, google::protobuf::Message* response) const {
  const auto message = NewMessage(story::MethodNamed(method).input_type());
  if (!google::protobuf::TextFormat::ParseFromString(request, message.get())) {
    throw std::invalid_argument(absl::StrCat("no request of ", method, ": ", request));
  }
  return Call(method, *message, response);
}

absl::Status Person::Call(const std::string& method, const google::protobuf::Message& request, google::protobuf::Message* response) const {
  return Call(story::MethodNamed(method), request, response);
}

absl::Status Person::Call(const google::protobuf::MethodDescriptor& method, const google::protobuf::Message& request,
                          google::protobuf::Message* response) const {
  rpc::Call call;
  call.trace_id = NewTraceId();
  // Whoever sends a trace decides whether it is recorded.
  static std::atomic<int> count{0};
  call.sampled = ++count % 5 == 0;
  call.deadline = absl::Now() + kCallDeadline;
  call.token = token_;
  return client_->Call(call, absl::StrCat(method.service()->full_name(), "/", method.name()), request, response);
}

void Person::Do(const std::string& method, const std::string& request) const {
  Must(method, request, NewMessage(story::MethodNamed(method).output_type()).get());
}

void Person::Must(const std::string& method, const std::string& request, google::protobuf::Message* response) const {
  static const Asker asker = Insistent("must", kMustPatience);
  const absl::Status status = asker(*this, method, request, response);
  if (!status.ok()) throw std::runtime_error(absl::StrCat(method, ": ", status.ToString()));
}

Team::Team(client::Client& client)
    : client(client),
      manager(client, Suite::Get().Token("--role MANAGER")),
      specialist(client, Suite::Get().Token("--role SPECIALIST")),
      analyst(client, Suite::Get().Token("--role ANALYST")),
      engineer(client, Suite::Get().Token("--role PLATFORM")),
      technician(client, Suite::Get().Token("--role DEPARTMENT --department technology")),
      producer(client, Suite::Get().Token("--role PRODUCER --name producers/shop")) {}

}  // namespace heitie::e2e
