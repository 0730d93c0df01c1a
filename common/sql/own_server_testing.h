// For tests that kill, fill or configure the database: a MariaDB of their own, which ends with them, and a line that can be cut.
#ifndef HEITIE_COMMON_SQL_OWN_SERVER_TESTING_H_
#define HEITIE_COMMON_SQL_OWN_SERVER_TESTING_H_

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/sql/database.h"
#include "common/test/fixture.h"

namespace heitie::sql {

class OwnServer {
 public:
  explicit OwnServer(const std::string& options = "") : folder_(Folder()) { Start(options); }
  ~OwnServer() {
    Stop();
    std::filesystem::remove_all(folder_);
  }
  OwnServer(const OwnServer&) = delete;

  void Restart(const std::string& options) {
    Stop();
    Start(options);
  }
  const std::string& folder() const { return folder_; }

  Options options(const std::string& user = "root") const {
    Options options;
    options.socket = folder_ + "/mariadb.sock";
    options.user = user;
    options.schema = "own";
    return options;
  }
  // Runs a statement as root, outside of any pool that is tested.
  void Do(const std::string& sql) const {
    Options root = options();
    root.schema = "mysql";
    const absl::Status status = Database(root).Read(absl::Now() + absl::Seconds(20), [&](Session& s) { return s.Execute(sql).status(); });
    EXPECT_THAT(status, test::IsOk()) << sql;
  }

 private:
  static std::string Folder() {
    static std::atomic<int> count{0};
    return absl::StrCat("/tmp/heitie_own_", getpid(), "_", count++);
  }
  static void Shell(const std::string& command) {
    const std::string all =
        absl::StrCat("bash -c 'source ", HEITIE_SOURCE_DIR, "/deploy/local/functions; ", command, "' </dev/null >/dev/null");
    ASSERT_EQ(std::system(all.c_str()), 0) << command;
  }

  void Start(const std::string& options) { Shell(absl::StrCat("start_database ", folder_, " ", options)); }
  void Stop() { Shell(absl::StrCat("stop_database ", folder_)); }

  const std::string folder_;
};

inline int ListenAt(const std::string& path) {
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof(address.sun_path) - 1);
  unlink(path.c_str());
  EXPECT_EQ(bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  EXPECT_EQ(listen(fd, 100), 0);
  return fd;
}

// Stands between a client and a server's socket, as a balancer does.
class Proxy {
 public:
  explicit Proxy(std::string server)
      : server_(std::move(server)), path_(absl::StrCat("/tmp/heitie_proxy_", getpid())), fd_(ListenAt(path_)) {
    acceptor_ = std::thread([this] { Accept(); });
  }
  ~Proxy() {
    shutdown(fd_, SHUT_RDWR);
    acceptor_.join();
    Cut();
    for (std::thread& pump : pumps_) pump.join();
    for (const int fd : lines_) close(fd);
    close(fd_);
    unlink(path_.c_str());
  }
  const std::string& path() const { return path_; }
  // Ends every line that there is; new ones are made.
  void Cut() {
    const std::lock_guard lock(mutex_);
    for (const int fd : lines_) shutdown(fd, SHUT_RDWR);
  }
  int accepted() const { return accepted_; }

 private:
  void Accept() {
    for (int client; (client = accept(fd_, nullptr, nullptr)) >= 0;) {
      ++accepted_;
      const int server = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
      sockaddr_un address = {};
      address.sun_family = AF_UNIX;
      server_.copy(address.sun_path, sizeof(address.sun_path) - 1);
      EXPECT_EQ(connect(server, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
      const std::lock_guard lock(mutex_);
      lines_.insert(lines_.end(), {client, server});
      pumps_.emplace_back([client, server] { Pump(client, server); });
    }
  }
  static void Pump(int client, int server) {
    char bytes[65536];
    while (true) {
      pollfd both[2] = {{client, POLLIN, 0}, {server, POLLIN, 0}};
      if (poll(both, 2, -1) < 0) continue;
      for (int i = 0; i < 2; ++i) {
        if (both[i].revents == 0) continue;
        const ssize_t n = read(both[i].fd, bytes, sizeof(bytes));
        if (n <= 0 || send(both[1 - i].fd, bytes, static_cast<size_t>(n), MSG_NOSIGNAL) != n) {
          shutdown(client, SHUT_RDWR);
          shutdown(server, SHUT_RDWR);
          return;
        }
      }
    }
  }

  const std::string server_, path_;
  const int fd_;
  std::atomic<int> accepted_{0};
  std::mutex mutex_;
  std::vector<int> lines_;
  std::vector<std::thread> pumps_;
  std::thread acceptor_;
};

}  // namespace heitie::sql

#endif  // HEITIE_COMMON_SQL_OWN_SERVER_TESTING_H_
