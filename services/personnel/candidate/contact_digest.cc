#include "services/personnel/candidate/contact_digest.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/status/die.h"

namespace heitie::personnel {

Digest ContactDigest(sql::Database& database) {
  std::string key;
  const absl::Status read = database.Read(absl::Now() + absl::Seconds(20), [&](sql::Session& session) {
    return session.Query("SELECT secret FROM contact_secrets WHERE name = 'candidates'", {},
                         [&](const sql::Row& row) { key = row.Text(0); });
  });
  if (!read.ok() || key.empty()) status::Die("candidates", absl::StrCat("the key of contacts cannot be read: ", read.ToString()));
  return [key](const std::string& purpose, const std::string& text) {
    const std::string whole = absl::StrCat(purpose, ":", text);
    unsigned char hash[EVP_MAX_MD_SIZE];
    unsigned int size = 0;
    HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(whole.data()), whole.size(), hash,
         &size);
    return absl::BytesToHexString(absl::string_view(reinterpret_cast<const char*>(hash), size));
  };
}

}  // namespace heitie::personnel
