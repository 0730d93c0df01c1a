// Plans as comma-separated values (P2). Pure functions: what is written and read again is the same, but for what is said.
#ifndef HEITIE_SERVICES_PLANNING_EXCHANGE_TASK_TABLE_H_
#define HEITIE_SERVICES_PLANNING_EXCHANGE_TASK_TABLE_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/status/status.h"
#include "heitie/planning/v1/project_exchange.pb.h"
#include "heitie/planning/v1/task.pb.h"

namespace heitie::planning {

struct TaskTable {
  std::string content;
  std::vector<v1::ExchangeFinding> findings;
};
// Of tasks that are not cancelled, in the order of their tree.
TaskTable WriteTaskTable(const std::vector<v1::Task>& tasks, status::Language language);

// `employees/li RESPONSIBLE; employees/wu INFORMED`.
std::string RolesText(const v1::Task& task);
// False where the text says something else, or more than a task may have.
bool ReadRolesText(const std::string& text, v1::Task& task);

struct ReadTasks {
  // Open tasks of the project, parents before their parts; those with parts have their count and no figures of their own.
  std::vector<v1::Task> tasks;
  std::vector<v1::ExchangeFinding> findings;
  // What is wrong keeps all of it from being taken.
  bool Blocks() const;
};
// What the rules of tasks say of tasks that were read, each at its line in the file; it blocks.
void CheckReadTasks(const std::vector<v1::Task>& tasks, const std::map<std::string, int>& lines, status::Language language,
                    std::vector<v1::ExchangeFinding>& findings);

// What is wrong with the row of titles is an error.
absl::StatusOr<ReadTasks> ReadTaskTable(const std::string& content, const std::string& project, status::Language language);

}  // namespace heitie::planning

#endif  // HEITIE_SERVICES_PLANNING_EXCHANGE_TASK_TABLE_H_
