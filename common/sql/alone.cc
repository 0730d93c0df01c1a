#include "common/sql/alone.h"

#include "common/status/macros.h"

namespace heitie::sql {

absl::StatusOr<int64_t> ExecuteAlone(Database& database, absl::Time deadline, const std::string& statement, const Values& values) {
  int64_t rows = 0;
  const auto execute = [&](Session& session) -> absl::Status {
    ASSIGN_OR_RETURN(rows, session.Execute(statement, values));
    return absl::OkStatus();
  };
  const absl::Status alone = database.Read(deadline, execute);
  RETURN_IF_ERROR(absl::IsAborted(alone) ? database.Write(deadline, execute) : alone);
  return rows;
}

}  // namespace heitie::sql
