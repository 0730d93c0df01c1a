#include "common/job/schedule_new.h"

#include <string>

namespace heitie::job {

absl::Status ScheduleNew(record::Transaction& tx, const Job& job) {
  static const std::string& kInsert = *new std::string("INSERT INTO job (name, kind, payload, run_time)");
  return tx.sql.Append(kInsert, sql::Bind(job.name, job.kind, job.payload, job.run_time), sql::Session::ReadBy::kNobody);
}

}  // namespace heitie::job
