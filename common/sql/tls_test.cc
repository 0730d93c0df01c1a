// The database's certificate: only that of the host that was asked for will do.
#include <arpa/inet.h>
#include <netinet/in.h>

#include <filesystem>

#include "common/sql/own_server_testing.h"

namespace heitie::sql {
namespace {

using ::heitie::test::HasReason;
using ::heitie::test::IsOk;

class TlsTest : public ::testing::Test {
 protected:
  TlsTest() {
    std::filesystem::create_directories(folder_);
    Shell("openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 2 -subj /CN=ca");
    Shell("chmod a+rx .");
  }
  ~TlsTest() override { std::filesystem::remove_all(folder_); }

  void Shell(const std::string& command) {
    ASSERT_EQ(std::system(absl::StrCat("cd ", folder_, " && (", command, ") >/dev/null 2>&1").c_str()), 0) << command;
  }
  // Options of a server with a certificate of this name, for example "IP:127.0.0.1".
  std::string Certified(const std::string& name, int port) {
    Shell("openssl req -newkey rsa:2048 -nodes -keyout server.key -out server.csr -subj /CN=server");
    Shell("echo subjectAltName=" + name + " >names");
    Shell("openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out server.pem -days 2 -extfile names");
    Shell("chmod a+r *");
    return absl::StrCat("--skip-skip-networking --bind-address=127.0.0.1 --port=", port, " --ssl-ca=", folder_,
                        "/ca.pem --ssl-cert=", folder_, "/server.pem --ssl-key=", folder_, "/server.key");
  }
  static int FreePort() {
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    EXPECT_EQ(bind(fd, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size), 0);
    close(fd);
    return ntohs(address.sin_port);
  }
  absl::Status Connect(const std::string& host, int port, std::string* cipher = nullptr) {
    Options options;
    options.host = host;
    options.port = port;
    options.user = "root";
    options.schema = "mysql";
    options.tls_ca = folder_ + "/ca.pem";
    return Database(options).Read(absl::Now() + absl::Seconds(10), [&](Session& s) {
      return s.Query("SHOW SESSION STATUS LIKE 'Ssl_cipher'", {}, [&](const Row& row) {
        if (cipher != nullptr) *cipher = row.Text(1);
      });
    });
  }

  const std::string folder_ = absl::StrCat("/tmp/heitie_tls_", getpid());
};

TEST_F(TlsTest, TheNameOfTheServerIsChecked) {
  const int port = FreePort();
  OwnServer server(Certified("IP:127.0.0.1", port));
  std::string cipher;
  EXPECT_THAT(Connect("127.0.0.1", port, &cipher), IsOk());
  EXPECT_NE(cipher, "");
  EXPECT_THAT(Connect("localhost", port), HasReason("UNAVAILABLE"));
  server.Restart(Certified("DNS:localhost", port));
  EXPECT_THAT(Connect("localhost", port), IsOk());
  EXPECT_THAT(Connect("127.0.0.1", port), HasReason("UNAVAILABLE"));
  server.Restart(Certified("DNS:other.example", port));
  EXPECT_THAT(Connect("localhost", port), HasReason("UNAVAILABLE"));
  EXPECT_THAT(Connect("127.0.0.1", port), HasReason("UNAVAILABLE"));
}

TEST_F(TlsTest, AServerWithoutTlsIsRefused) {
  const int port = FreePort();
  OwnServer server(absl::StrCat("--skip-skip-networking --bind-address=127.0.0.1 --port=", port));
  EXPECT_THAT(Connect("127.0.0.1", port), HasReason("UNAVAILABLE"));
}

}  // namespace
}  // namespace heitie::sql
