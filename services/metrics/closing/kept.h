// Answers that are kept for good: how large they may be, and whether they are still what was kept (policy W10).
#ifndef HEITIE_SERVICES_METRICS_CLOSING_KEPT_H_
#define HEITIE_SERVICES_METRICS_CLOSING_KEPT_H_

#include <cstddef>
#include <string>

#include "absl/status/status.h"
#include "common/sql/database.h"
#include "common/status/status.h"
#include "google/protobuf/message.h"

namespace heitie::metrics {

extern const status::Reason kAnswerTooLarge;     // {bytes} {limit}
extern const status::Reason kKeptAnswerDamaged;  // {name}

// Bytes of a kept resource as JSON: its row, its event and its answer stay well below the 4 MiB of a message.
inline constexpr size_t kMaxKeptBytes = 1 << 20;

// ANSWER_TOO_LARGE_TO_KEEP.
absl::Status CheckSize(const google::protobuf::Message& kept, size_t limit = kMaxKeptBytes);

// A table whose rows never change: with the texts that are kept in it, of which none is NULL, and `kept_digest`. The digest is of the
// stored bytes, so that it fits whatever version of the contract reads them.
struct KeptTable {
  const char* table;
  const char* texts;  // "question, answer"
};

// Computes the digest of a row that this transaction has just inserted.
absl::Status Seal(sql::Session& session, const KeptTable& table, const std::string& name);
// KEPT_ANSWER_DAMAGED. Rows of versions that computed no digest are taken as they are.
absl::Status CheckSeal(sql::Session& session, const KeptTable& table, const std::string& name);

}  // namespace heitie::metrics

#endif  // HEITIE_SERVICES_METRICS_CLOSING_KEPT_H_
