#include "common/sql/kept_rows.h"

#include <algorithm>
#include <utility>

#include "common/sql/connection.h"
#include "common/status/macros.h"

namespace heitie::sql {

KeptRows::Row KeptRows::Find(const std::string& name) const {
  const auto found = rows_.find(name);
  return found == rows_.end() ? nullptr : found->second.row;
}

void KeptRows::Keep(const std::string& name, Row row) {
  Kept& kept = rows_[name];
  pending_ -= kept.stored != nullptr;
  kept = Kept();
  kept.row = std::move(row);
}

void KeptRows::Replace(const std::string& table, const std::string& name, Row row, Write write) {
  Kept& kept = rows_.at(name);
  if (kept.stored == nullptr) {
    kept.stored = std::move(kept.row);
    ++pending_;
  }
  kept.row = std::move(row);
  kept.table = table;
  kept.write = std::move(write);
}

bool KeptRows::PendingFor(const std::string& query) const {
  return std::any_of(rows_.begin(), rows_.end(), [&](const auto& entry) {
    return entry.second.stored != nullptr && query.find(entry.second.table) != std::string::npos;
  });
}

absl::Status KeptRows::WriteAll(Session& session) {
  for (auto& [name, kept] : rows_) {
    if (kept.stored == nullptr) continue;
    RETURN_IF_ERROR(kept.write(session, *kept.stored, *kept.row));
    kept.stored = nullptr;
    kept.write = nullptr;
    --pending_;
  }
  return absl::OkStatus();
}

void KeptRows::Clear() {
  rows_.clear();
  pending_ = 0;
}

KeptRows* KeptRowsOf(Session& session) {
  auto* connection = dynamic_cast<Connection*>(&session);
  return connection == nullptr ? nullptr : connection->kept();
}

}  // namespace heitie::sql
