#include "services/metrics/closing/kept.h"

#include <cstdint>

#include "absl/strings/str_cat.h"
#include "common/record/json.h"
#include "common/status/macros.h"

namespace heitie::metrics {

const status::Reason kAnswerTooLarge{absl::StatusCode::kFailedPrecondition, "ANSWER_TOO_LARGE_TO_KEEP",
                                     "Question and answer have {bytes} bytes, and at most {limit} are kept: ask of a shorter period, of "
                                     "longer intervals or of fewer groups.",
                                     "問題與答案共 {bytes} 位元組，最多可保存 {limit} 位元組：請縮短期間、加長時間區間或減少分組。"};
const status::Reason kKeptAnswerDamaged{absl::StatusCode::kDataLoss, "KEPT_ANSWER_DAMAGED",
                                        "{name} is not as it was kept: it does not fit its digest.",
                                        "{name} 與保存時不同：內容與摘要不符。"};

absl::Status CheckSize(const google::protobuf::Message& kept, size_t limit) {
  // What is small enough in any form is not written down for it.
  if (kept.ByteSizeLong() * 32 <= limit) return absl::OkStatus();
  const size_t bytes = record::ToJson(kept).size();
  if (bytes <= limit) return absl::OkStatus();
  return status::Error(kAnswerTooLarge, {{"bytes", static_cast<int64_t>(bytes)}, {"limit", static_cast<int64_t>(limit)}});
}

namespace {

std::string DigestExpression(const KeptTable& table) { return absl::StrCat("SHA2(CONCAT(", table.texts, "), 256)"); }

}  // namespace

absl::Status Seal(sql::Session& session, const KeptTable& table, const std::string& name) {
  return session
      .Execute(absl::StrCat("UPDATE ", table.table, " SET kept_digest = ", DigestExpression(table), " WHERE name = ?"), sql::Bind(name))
      .status();
}

absl::Status CheckSeal(sql::Session& session, const KeptTable& table, const std::string& name) {
  bool fits = true;
  RETURN_IF_ERROR(
      session.Query(absl::StrCat("SELECT 1 FROM ", table.table, " WHERE name = ? AND kept_digest <> '' AND NOT (kept_digest <=> ",
                                 DigestExpression(table), ")"),
                    sql::Bind(name), [&](const sql::Row&) { fits = false; }));
  return fits ? absl::OkStatus() : status::Error(kKeptAnswerDamaged, {{"name", name}});
}

}  // namespace heitie::metrics
