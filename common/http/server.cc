#include "common/http/server.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <algorithm>
#include <boost/asio.hpp>
#include <chrono>
#include <condition_variable>
#include <future>
#include <mutex>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/http/connection.h"
#include "common/http/refusal.h"
#include "common/http/transport.h"
#include "common/observe/log.h"
#include "common/observe/survive.h"
#include "common/status/macros.h"

namespace heitie::http {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using tcp = asio::ip::tcp;

// Connections beyond the limit, which are on their way out. When there are as many, the first of them are cut off; with twice as many, who
// comes waits until they are.
constexpr size_t kLeavingAtOnce = 64;
constexpr std::chrono::milliseconds kMoment{1};
// Accept fails for lack of file descriptors, which others have taken: at once again would be a busy loop.
constexpr std::chrono::milliseconds kAcceptPause{10};
constexpr absl::Duration kBetweenComplaints = absl::Seconds(1);

// How many connections a server has at most. The limit may be changed from outside while the process runs.
struct Most {
  size_t staying, leaving;
};

// All of them, three eighths of the files that may be open: there are other listeners, the database and the disk. A listener that cannot
// accept is none.
Most MostConnections(size_t wanted) {
  rlimit files = {};
  if (getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur == RLIM_INFINITY) return {wanted, kLeavingAtOnce};
  const size_t share = files.rlim_cur / 8 * 3, leaving = std::min(kLeavingAtOnce, share / 6);
  return {std::min(wanted, share - 2 * leaving), leaving};
}

absl::StatusOr<tcp::endpoint> ParseAddress(const std::string& address) {
  const size_t colon = address.rfind(':');
  int port = -1;
  if (colon == std::string::npos || !absl::SimpleAtoi(address.substr(colon + 1), &port) || port < 0 || port > 65535) {
    return absl::InvalidArgumentError(absl::StrCat("\"", address, "\" is not an address such as 127.0.0.1:8080"));
  }
  std::string host = address.substr(0, colon);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  error_code error;
  const auto ip = asio::ip::make_address(host, error);
  if (!error) return tcp::endpoint(ip, port);
  asio::io_context io;
  tcp::resolver resolver(io);
  const auto found = resolver.resolve(host, std::to_string(port), error);
  if (error || found.empty())
    return absl::InvalidArgumentError(absl::StrCat("the host of \"", address, "\" is unknown: ", error.message()));
  return found.begin()->endpoint();
}

absl::Status Open(tcp::acceptor& acceptor, const tcp::endpoint& endpoint, const std::string& address) {
  error_code error;
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(asio::socket_base::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (!error) acceptor.non_blocking(true, error);
  if (error == asio::error::address_in_use) {
    return absl::FailedPreconditionError(absl::StrCat("port ", endpoint.port(), " of ", address, " is taken by another process"));
  }
  if (error) return absl::FailedPreconditionError(absl::StrCat("cannot listen on ", address, ": ", error.message()));
  return absl::OkStatus();
}

class ServerImpl final : public Server {
 public:
  ServerImpl(const Options& options, Handler handler, Judge judge, Explain explain)
      : core_(std::make_shared<Core>(options, std::move(handler), std::move(judge), std::move(explain))),
        own_loops_(options.loops == nullptr),
        strand_(core_->loops->Next().NewStrand()),
        acceptor_(strand_),
        pause_(strand_) {}
  ~ServerImpl() override { Shutdown(absl::Now()); }

  absl::Status Start() {
    const Options& options = core_->options;
    ASSIGN_OR_RETURN(const tcp::endpoint endpoint, ParseAddress(options.address));
    if (!options.cert_file.empty() || !options.key_file.empty()) {
      RETURN_IF_ERROR(certificate_.Load(options.cert_file, options.key_file, options.http2));
    } else if (!endpoint.address().is_loopback()) {
      return absl::FailedPreconditionError(absl::StrCat(options.address, " is not loopback: a certificate and its key are needed"));
    }
    RETURN_IF_ERROR(Open(acceptor_, endpoint, options.address));
    port_ = acceptor_.local_endpoint().port();
    serving_ = true;
    asio::post(strand_, [this] { Accept(); });
    return absl::OkStatus();
  }

  int port() const override { return port_; }
  void Lame() override {
    if (!core_->lame.exchange(true)) ForEach([](Connection& connection) { connection.Lame(); });
  }

  void Shutdown(absl::Time deadline) override {
    if (!std::exchange(serving_, false)) return;
    Lame();
    StopAccepting();
    ForEach([](Connection& connection) { connection.Drain(); });
    if (!WaitForNone(deadline)) {
      ForEach([](Connection& connection) { connection.Cut(); });
      WaitForNone(absl::Now() + absl::Seconds(1));  // for handlers to let go of their Responders
    }
    core_->stopped = true;
    if (own_loops_) core_->loops->Stop();
  }

 private:
  void StopAccepting() {
    const auto closed = std::make_shared<std::promise<void>>();
    asio::post(strand_, [this, closed] {
      error_code ignored;
      acceptor_.close(ignored);
      pause_.cancel();
      // Behind what waited for the two, which is done for then.
      asio::post(strand_, [closed] { closed->set_value(); });
    });
    closed->get_future().wait();
  }

  void ForEach(const std::function<void(Connection&)>& each) {
    std::vector<std::shared_ptr<Connection>> connections;
    {
      std::lock_guard lock(core_->mutex);
      for (Connection* connection : core_->connections) {
        if (auto held = connection->weak_from_this().lock()) connections.push_back(std::move(held));
      }
    }
    for (const auto& connection : connections) each(*connection);
  }

  bool WaitForNone(absl::Time deadline) {
    std::unique_lock lock(core_->mutex);
    const auto until =
        std::chrono::steady_clock::now() + absl::ToChronoMilliseconds(std::max(deadline - absl::Now(), absl::ZeroDuration()));
    return core_->none_left.wait_until(lock, until, [this] { return core_->connections.empty(); });
  }

  // Waits until somebody comes: without file descriptors accept() fails whether or not somebody has come.
  void Accept() {
    acceptor_.async_wait(tcp::acceptor::wait_read, [this](const error_code& stopped) {
      if (stopped || !acceptor_.is_open()) return;
      if (Crowded()) return AcceptAfter(kMoment);
      error_code error;
      tcp::socket socket(core_->loops->Next().NewStrand());
      acceptor_.accept(socket, error);
      if (error && error != asio::error::would_block) {
        Complain(error);
        LetOneGo();
        return AcceptAfter(kAcceptPause);
      }
      if (!error) observe::Survive("a connection could not be taken", [&] { Welcome(std::move(socket)); });
      Accept();
    });
  }

  void AcceptAfter(std::chrono::milliseconds pause) {
    pause_.expires_after(pause);
    pause_.async_wait([this](const error_code& stopped) {
      if (!stopped && acceptor_.is_open()) Accept();
    });
  }

  void Complain(const error_code& error) {
    const absl::Time now = absl::Now();
    if (now < complained_ + kBetweenComplaints) return;
    observe::Log(observe::Severity::kWarning, "accept failed", {{"error", error.message()}});
    complained_ = now;
  }

  void Welcome(tcp::socket socket) {
    error_code error;
    socket.set_option(tcp::no_delay(true), error);
    const tcp::endpoint peer = socket.remote_endpoint(error);
    if (error) return;  // gone already
    KeepAlive(socket);
    const bool room = MakeRoom(MostConnections(core_->options.max_connections).staying, OriginOf(peer.address()));
    if (!room && certificate_.loaded()) return;  // no handshake in order to refuse
    auto transport = certificate_.loaded() ? TlsTransport(std::move(socket), certificate_.Current()) : PlainTransport(std::move(socket));
    auto connection = Connection::New(core_, std::move(transport), peer.address());
    if (room) return connection->Start();
    connection->Refuse(Busy(kManyConnections));
  }

  // A client whose machine or network is gone says nothing; while a request is handled no timer runs. Two minutes until it is noticed.
  static void KeepAlive(tcp::socket& socket) {
    error_code ignored;
    socket.set_option(asio::socket_base::keep_alive(true), ignored);
    const std::pair<int, int> settings[] = {{TCP_KEEPIDLE, 60}, {TCP_KEEPINTVL, 15}, {TCP_KEEPCNT, 4}};  // seconds, but for the count
    for (const auto& [name, value] : settings) setsockopt(socket.native_handle(), IPPROTO_TCP, name, &value, sizeof(value));
  }

  // Whether there is no room even to refuse, for a moment: those that have had their last answer do not stand in anybody's way.
  bool Crowded() {
    const Most most = MostConnections(core_->options.max_connections);
    std::shared_ptr<Connection> first;
    {
      std::lock_guard lock(core_->mutex);
      const size_t now = core_->connections.size();
      if (now < most.staying + most.leaving) return false;
      if (now >= most.staying + 2 * most.leaving || core_->lingering.empty()) return true;
      first = core_->lingering.front()->weak_from_this().lock();
    }
    if (first != nullptr) first->Cut();
    return false;
  }

  // Whoever has waited longest.
  void LetOneGo() {
    size_t staying = 0;
    {
      std::lock_guard lock(core_->mutex);
      staying = core_->connections.size() - core_->leaving.size();
    }
    if (staying > 0) MakeRoom(staying, {});
  }

  // Whether there is room for one more beside fewer than `most`, if need be because others are asked to give way: of the newcomer's own
  // origin when that has many already, so that nobody drives out the others.
  bool MakeRoom(size_t most, const asio::ip::address& newcomer) {
    std::vector<std::shared_ptr<Connection>> give_way;
    size_t staying = 0;
    {
      std::lock_guard lock(core_->mutex);
      staying = core_->connections.size() - core_->leaving.size();
      const auto ask = [&](bool (*fits)(const Connection&, const asio::ip::address&)) {
        for (Connection* connection : core_->waiting) {
          if (staying < most) return;
          if (!fits(*connection, newcomer) || !core_->leaving.insert(connection).second) continue;
          --staying;
          if (auto held = connection->weak_from_this().lock()) give_way.push_back(std::move(held));
        }
      };
      const auto of_origin = core_->of_origin.find(newcomer);
      if (of_origin != core_->of_origin.end() && of_origin->second > most / 4) {
        ask([](const Connection& connection, const asio::ip::address& origin) { return connection.origin() == origin; });
      }
      ask([](const Connection&, const asio::ip::address&) { return true; });
    }
    for (const auto& connection : give_way) connection->GiveWay();
    return staying < most;
  }

  std::shared_ptr<Core> core_;
  const bool own_loops_;
  const asio::any_io_executor strand_;
  tcp::acceptor acceptor_;
  asio::steady_timer pause_;
  Certificate certificate_;
  int port_ = 0;
  absl::Time complained_ = absl::InfinitePast();
  bool serving_ = false;
};

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

const std::string& Headers::Get(const std::string& name) const {
  static const std::string kEmpty;
  for (const auto& [field, value] : fields_) {
    if (absl::EqualsIgnoreCase(field, name)) return value;
  }
  return kEmpty;
}

std::string Headers::List(const std::string& name) const {
  std::string list;
  for (const auto& [field, value] : fields_) {
    if (absl::EqualsIgnoreCase(field, name)) absl::StrAppend(&list, list.empty() ? "" : ", ", value);
  }
  return list;
}

bool Headers::Has(const std::string& name) const {
  return std::any_of(fields_.begin(), fields_.end(), [&](const auto& field) { return absl::EqualsIgnoreCase(field.first, name); });
}

void Headers::Set(const std::string& name, const std::string& value) {
  if (Has(name)) std::erase_if(fields_, [&](const auto& field) { return absl::EqualsIgnoreCase(field.first, name); });
  Add(name, value);
}

absl::StatusOr<std::unique_ptr<Server>> Server::Listen(const Options& options, Handler handler, Judge judge, Explain explain) {
  auto server = std::make_unique<ServerImpl>(options, std::move(handler), std::move(judge), std::move(explain));
  RETURN_IF_ERROR(server->Start());
  return std::unique_ptr<Server>(std::move(server));
}

bool PercentDecode(const std::string& text, bool plus_is_space, std::string* decoded) {
  decoded->clear();
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && plus_is_space) {
      decoded->push_back(' ');
    } else if (text[i] != '%') {
      decoded->push_back(text[i]);
    } else {
      if (i + 2 >= text.size()) return false;
      const int high = HexDigit(text[i + 1]);
      const int low = HexDigit(text[i + 2]);
      if (high < 0 || low < 0) return false;
      decoded->push_back(static_cast<char>(high * 16 + low));
      i += 2;
    }
  }
  return true;
}

}  // namespace heitie::http
