#include "common/rpc/tls_material.h"

#include <fcntl.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <fstream>
#include <iterator>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "common/observe/files.h"
#include "common/observe/log.h"
#include "common/observe/metrics.h"
#include "common/observe/survive.h"
#include "common/status/macros.h"

namespace heitie::rpc {
namespace {

struct Free {
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};

absl::Status Wrong(const char* what, const std::string& file, const char* why) {
  ERR_clear_error();
  return absl::FailedPreconditionError(absl::StrCat("the ", what, " ", file, " ", why));
}

absl::Status Read(const char* what, const std::string& file, std::string& content) {
  if (file.empty()) return absl::FailedPreconditionError(absl::StrCat("TLS needs a file for the ", what));
  std::ifstream in(file);
  content.assign(std::istreambuf_iterator<char>(in), {});
  if (!in.good() && !in.eof()) return absl::FailedPreconditionError(absl::StrCat("cannot read the ", what, " ", file));
  return content.empty() ? Wrong(what, file, "cannot be read or is empty") : absl::OkStatus();
}

// Never asks at a terminal.
int NoPassword(char*, int, int, void*) { return 0; }

// Checks that there are certificates and nothing broken; `first`: the first of them.
absl::Status CheckCertificates(const char* what, const std::string& file, const std::string& content,
                               std::unique_ptr<X509, Free>* first = nullptr) {
  const std::unique_ptr<BIO, Free> bio(BIO_new_mem_buf(content.data(), static_cast<int>(content.size())));
  int count = 0;
  while (true) {
    std::unique_ptr<X509, Free> certificate(PEM_read_bio_X509(bio.get(), nullptr, &NoPassword, nullptr));
    if (certificate == nullptr) break;
    if (++count == 1 && first != nullptr) *first = std::move(certificate);
  }
  const bool to_the_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  if (count == 0) return Wrong(what, file, "holds no certificate");
  if (!to_the_end) return Wrong(what, file, "is broken after its first certificates");
  ERR_clear_error();
  return absl::OkStatus();
}

absl::Status CheckPair(const Tls& tls, const TlsContent& content) {
  std::unique_ptr<X509, Free> certificate;
  RETURN_IF_ERROR(CheckCertificates("certificate", tls.cert_file, content.certificate, &certificate));
  if (X509_cmp_current_time(X509_get0_notAfter(certificate.get())) <= 0) return Wrong("certificate", tls.cert_file, "has expired");
  if (X509_cmp_current_time(X509_get0_notBefore(certificate.get())) > 0) return Wrong("certificate", tls.cert_file, "is not valid yet");
  const std::unique_ptr<BIO, Free> bio(BIO_new_mem_buf(content.key.data(), static_cast<int>(content.key.size())));
  const std::unique_ptr<EVP_PKEY, Free> key(PEM_read_bio_PrivateKey(bio.get(), nullptr, &NoPassword, nullptr));
  if (key == nullptr) return Wrong("private key", tls.key_file, "is none, or is encrypted");
  if (X509_check_private_key(certificate.get(), key.get()) != 1) {
    return Wrong("private key", tls.key_file, absl::StrCat("does not fit the certificate ", tls.cert_file).c_str());
  }
  return absl::OkStatus();
}

int InMemory(const std::string& content) {
  const int fd = memfd_create("heitie-tls", MFD_CLOEXEC);
  for (size_t written = 0; fd >= 0 && written < content.size();) {
    const ssize_t count = write(fd, content.data() + written, content.size() - written);
    if (count < 0 && errno != EINTR) break;
    written += static_cast<size_t>(std::max<ssize_t>(count, 0));
  }
  return fd;
}

// Of clients outside the suite nobody wants a certificate, so the listener for them names its own as the authority.
bool IsPublic(const Tls& tls) { return tls.ca_file == tls.cert_file; }
const char* KindOf(const Tls& tls) { return IsPublic(tls) ? "public_tls" : "tls"; }

std::vector<std::unique_ptr<X509, Free>> CertificatesOf(const std::string& content) {
  const std::unique_ptr<BIO, Free> bio(BIO_new_mem_buf(content.data(), static_cast<int>(content.size())));
  std::vector<std::unique_ptr<X509, Free>> certificates;
  while (X509* certificate = PEM_read_bio_X509(bio.get(), nullptr, &NoPassword, nullptr)) certificates.emplace_back(certificate);
  ERR_clear_error();
  return certificates;
}

absl::Time ExpiryOf(const X509& certificate) {
  tm end{};
  return ASN1_TIME_to_tm(X509_get0_notAfter(&certificate), &end) == 1 ? absl::FromTM(end, absl::UTCTimeZone()) : absl::InfinitePast();
}

void ShowExpiry(const char* certificate, absl::Time end) {
  observe::Gauge("heitie_certificate_expiry_timestamp_seconds",
                 "When a certificate in use ends: the process's own, the authority's that signed it, the one that clients see.",
                 {{"certificate", certificate}}) = static_cast<double>(absl::ToUnixSeconds(end));
}

// While an authority is replaced the file holds several, of which an old one may end without harm.
void TellExpiry(const Tls& tls, const TlsContent& content) {
  const auto own = CertificatesOf(content.certificate);
  if (own.empty()) return;
  ShowExpiry(IsPublic(tls) ? "public" : "own", ExpiryOf(*own[0]));
  if (IsPublic(tls)) return;
  absl::Time end = absl::InfinitePast();
  for (const auto& authority : CertificatesOf(content.ca)) {
    if (X509_check_issued(authority.get(), own.back().get()) == X509_V_OK) end = std::max(end, ExpiryOf(*authority));
  }
  if (end != absl::InfinitePast()) ShowExpiry("ca", end);
}

std::string IdentityOf(const TlsContent& content) { return absl::StrCat(content.key, "\n", content.certificate); }

}  // namespace

absl::Status ReadTls(const Tls& tls, TlsContent& content) {
  RETURN_IF_ERROR(Read("CA certificate", tls.ca_file, content.ca));
  RETURN_IF_ERROR(Read("certificate", tls.cert_file, content.certificate));
  RETURN_IF_ERROR(Read("private key", tls.key_file, content.key));
  RETURN_IF_ERROR(CheckCertificates("CA certificate", tls.ca_file, content.ca));
  return CheckPair(tls, content);
}

absl::StatusOr<std::string> ReadAuthority(const std::string& file) {
  std::string content;
  RETURN_IF_ERROR(Read("CA certificate", file, content));
  RETURN_IF_ERROR(CheckCertificates("CA certificate", file, content));
  return content;
}

MemoryFile::MemoryFile(const std::string& content) : fd_(InMemory(content)), path_(absl::StrCat("/proc/self/fd/", fd_)) {}

MemoryFile::~MemoryFile() { close(fd_); }

// The number stays, what it stands for changes in one step: whoever opens the path gets the old or the new.
void MemoryFile::Replace(const std::string& content) {
  const int fd = InMemory(content);
  if (fd < 0) return;
  dup3(fd, fd_, O_CLOEXEC);
  close(fd);
}

std::shared_ptr<TlsMaterial> TlsMaterial::Of(const Tls& tls) {
  using Key = std::tuple<std::string, std::string, std::string, absl::Duration>;
  static std::mutex mutex;
  static auto& all = *new std::map<Key, std::weak_ptr<TlsMaterial>>;
  const std::lock_guard lock(mutex);
  std::weak_ptr<TlsMaterial>& known = all[{tls.ca_file, tls.cert_file, tls.key_file, tls.reread}];
  std::shared_ptr<TlsMaterial> material = known.lock();
  if (material == nullptr) known = material = std::shared_ptr<TlsMaterial>(new TlsMaterial(tls));
  return material;
}

TlsMaterial::TlsMaterial(const Tls& tls) : tls_(tls), ca_(""), identity_("") {
  Look();
  watch_ = std::jthread([this](const std::stop_token& stop) { Watch(stop); });
}

TlsMaterial::~TlsMaterial() = default;

void TlsMaterial::Watch(const std::stop_token& stop) {
  std::condition_variable_any wake;
  std::unique_lock lock(mutex_);
  const auto interval = absl::ToChronoMilliseconds(std::max(tls_.reread, absl::Seconds(1)));
  while (true) {
    wake.wait_for(lock, stop, interval, [] { return false; });
    if (stop.stop_requested()) return;
    observe::Survive("a look at the certificates threw", [&] { Look(); });
  }
}

// Files are replaced one after the other, so that a pair that does not fit may fit at the next look.
void TlsMaterial::Look() {
  TlsContent content;
  const absl::Status status = ReadTls(tls_, content);
  if (!status.ok()) {
    const std::string complaint(status.message());
    if (complaint != complaint_) {
      observe::NoteFileRefused(KindOf(tls_));
      observe::Log(observe::Severity::kWarning, "certificates cannot be used, the ones before stay in force", {{"why", complaint}});
    }
    complaint_ = complaint;
    return;
  }
  if (!complaint_.empty()) observe::NoteFileFine(KindOf(tls_));
  complaint_.clear();
  if (content == content_) return;
  const bool first = content_.key.empty();
  content_ = std::move(content);
  observe::NoteFileRead(KindOf(tls_));
  TellExpiry(tls_, content_);
  ca_.Replace(content_.ca);
  identity_.Replace(IdentityOf(content_));
  if (!first) observe::Log(observe::Severity::kInfo, "certificates read", {{"file", tls_.cert_file}});
}

}  // namespace heitie::rpc
