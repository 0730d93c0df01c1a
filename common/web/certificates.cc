#include "common/web/certificates.h"

#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>

#include <ctime>
#include <string>

#include "absl/strings/escaping.h"

namespace heitie::web {
namespace {

int ShownIndex() {
  static const int index = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return index;
}

std::optional<absl::Time> TimeOf(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return std::nullopt;
  return absl::FromTimeT(timegm(&parts));
}

void Note(X509* certificate, Shown& shown) {
  const auto start = TimeOf(X509_get0_notBefore(certificate)), end = TimeOf(X509_get0_notAfter(certificate));
  if (!start.has_value() || !end.has_value()) return;
  if (shown.first.has_value() && shown.first->end <= *end) return;
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  if (X509_digest(certificate, EVP_sha256(), digest, &size) != 1) return;
  shown.first = Certificate{*start, *end, absl::BytesToHexString({reinterpret_cast<const char*>(digest), size})};
}

// Called for each certificate of the chain and each thing that is wrong with one; what is wrong stays wrong.
int OnCertificate(int good, X509_STORE_CTX* store) {
  const auto* ssl = static_cast<const SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
  auto* shown = static_cast<Shown*>(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), ShownIndex()));
  X509* certificate = X509_STORE_CTX_get_current_cert(store);
  if (shown == nullptr || certificate == nullptr) return good;
  if (good == 0) shown->expired = X509_STORE_CTX_get_error(store) == X509_V_ERR_CERT_HAS_EXPIRED;
  // A root is trusted for being listed, until the list changes.
  const bool root = X509_STORE_CTX_get_error_depth(store) > 0 &&
                    X509_NAME_cmp(X509_get_subject_name(certificate), X509_get_issuer_name(certificate)) == 0;
  if (!root || shown->expired) Note(certificate, *shown);
  return good;
}

}  // namespace

void Watch(ssl_ctx_st& context, Shown& shown) {
  shown.expired = false;
  SSL_CTX_set_ex_data(&context, ShownIndex(), &shown);
  SSL_CTX_set_verify(&context, SSL_VERIFY_PEER, OnCertificate);
}

}  // namespace heitie::web
