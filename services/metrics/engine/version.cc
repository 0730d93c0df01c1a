#include "services/metrics/engine/version.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/status/macros.h"

namespace heitie::metrics {
namespace {

constexpr char kProducerPrefix[] = "producers/";

}  // namespace

std::string VersionText(const std::string& producer, int64_t revision) { return absl::StrCat(revision, "@", producer); }

std::string VersionText(int64_t position) { return absl::StrCat(position); }

std::optional<Version> ParseVersion(const std::string& text) {
  Version version;
  if (text.empty()) return version;
  for (const std::string& part : std::vector<std::string>(absl::StrSplit(text, ','))) {
    const std::pair<std::string, std::string> halves = absl::StrSplit(part, absl::MaxSplits('@', 1));
    int64_t number = 0;
    if (!absl::SimpleAtoi(halves.first, &number) || number < 0) return std::nullopt;
    if (part.find('@') == std::string::npos) {
      version.position = std::max(version.position, number);
      continue;
    }
    if (!absl::StartsWith(halves.second, kProducerPrefix)) return std::nullopt;
    int64_t& revision = version.producers[halves.second];
    revision = std::max(revision, number);
  }
  return version;
}

absl::StatusOr<int64_t> ReadPosition(sql::Session& session) {
  int64_t position = 0;
  const auto add = [&](const sql::Row& row) { position += row.Int(0); };
  RETURN_IF_ERROR(session.Query("SELECT CAST(COALESCE(SUM(CAST(etag AS UNSIGNED)), 0) AS SIGNED) FROM producers", {}, add));
  RETURN_IF_ERROR(session.Query("SELECT CAST(COALESCE(SUM(version), 0) AS SIGNED) FROM series", {}, add));
  return position;
}

absl::StatusOr<bool> HasReached(sql::Session& session, int64_t position, const Version& version) {
  if (position < version.position) return false;
  for (const auto& [producer, revision] : version.producers) {
    int64_t seen = 0;
    RETURN_IF_ERROR(session.Query("SELECT CAST(CAST(etag AS UNSIGNED) AS SIGNED) FROM producers WHERE name = ?", sql::Bind(producer),
                                  [&](const sql::Row& row) { seen = row.Int(0); }));
    if (seen < revision) return false;
  }
  return true;
}

}  // namespace heitie::metrics
