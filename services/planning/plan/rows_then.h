// Resources as the events tell that they were at an instant. For answers of the past: reading costs what all events of them cost.
#ifndef HEITIE_SERVICES_PLANNING_PLAN_ROWS_THEN_H_
#define HEITIE_SERVICES_PLANNING_PLAN_ROWS_THEN_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/sql/database.h"
#include "google/protobuf/message.h"

namespace heitie::planning {

using RowsThen = std::vector<std::unique_ptr<google::protobuf::Message>>;

// All of a type, in the order of their names, without those that were not there yet or not any more.
absl::StatusOr<RowsThen> AllThen(sql::Session& session, const google::protobuf::Descriptor& resource, absl::Time at);
// One of them, NOT_FOUND; those of a collection with its parent (`meetingSeries/weekly/meetings`).
absl::Status FindThen(sql::Session& session, const std::string& name, absl::Time at, google::protobuf::Message* row);
absl::StatusOr<RowsThen> ChildrenThen(sql::Session& session, const google::protobuf::Descriptor& resource, const std::string& collection,
                                      absl::Time at);

template <typename T>
std::vector<T> RowsOf(const RowsThen& rows) {
  std::vector<T> typed;
  for (const auto& row : rows) typed.push_back(static_cast<const T&>(*row));
  return typed;
}

}  // namespace heitie::planning

#endif  // HEITIE_SERVICES_PLANNING_PLAN_ROWS_THEN_H_
