// Certificates, keys and authorities from files, checked before anybody uses them and again whenever the files change.
#ifndef HEITIE_COMMON_RPC_TLS_MATERIAL_H_
#define HEITIE_COMMON_RPC_TLS_MATERIAL_H_

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/rpc/door.h"

namespace heitie::rpc {

// What the files hold.
struct TlsContent {
  std::string ca, certificate, key;
  bool operator==(const TlsContent&) const = default;
};

// OK when all three files are named, can be read and fit together: certificates can be parsed, the process's own is valid today, and the
// key is its key. Says in words what is wrong with which file.
absl::Status ReadTls(const Tls& tls, TlsContent& content);

// The certificates of an authority; FAILED_PRECONDITION unless there is one at least and none is broken.
absl::StatusOr<std::string> ReadAuthority(const std::string& file);

// A file that lives in memory and is replaced as a whole. Its path is good inside this process only.
class MemoryFile {
 public:
  explicit MemoryFile(const std::string& content);
  ~MemoryFile();
  MemoryFile(const MemoryFile&) = delete;

  void Replace(const std::string& content);
  const std::string& path() const { return path_; }

 private:
  int fd_;
  std::string path_;
};

// The latest valid content of the files, kept as files for gRPC. The library itself would take whatever is there, and with a key that does
// not belong to its certificate every handshake fails.
class TlsMaterial {
 public:
  // Shared by all who name the same files. What is wrong with them at the beginning is said in the log, and they are looked at again.
  static std::shared_ptr<TlsMaterial> Of(const Tls& tls);
  ~TlsMaterial();

  const std::string& ca_path() const { return ca_.path(); }
  // Both the key and its certificates, so that nobody reads one of another pair than the other.
  const std::string& identity_path() const { return identity_.path(); }

 private:
  explicit TlsMaterial(const Tls& tls);
  void Watch(const std::stop_token& stop);
  void Look();

  const Tls tls_;
  TlsContent content_;
  std::string complaint_;  // said last
  MemoryFile ca_, identity_;
  std::mutex mutex_;
  std::jthread watch_;  // last: it uses what is above
};

}  // namespace heitie::rpc

#endif  // HEITIE_COMMON_RPC_TLS_MATERIAL_H_
