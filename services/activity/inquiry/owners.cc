#include "services/activity/inquiry/owners.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/sql/placeholders.h"
#include "common/status/macros.h"
#include "common/time/instant.h"
#include "heitie/options/v1/access.pb.h"
#include "heitie/personnel/v1/employee.pb.h"
#include "services/activity/inquiry/inquiry_rules.h"

namespace heitie::activity {

using personnel::v1::Employee;
using v1::Inquiry;

absl::StatusOr<std::vector<std::string>> InquiryOwners::AtWork(sql::Session& session, const std::vector<std::string>& people,
                                                               absl::Time now) const {
  std::vector<std::string> at_work;
  if (people.empty()) return at_work;
  sql::Values names;
  for (const std::string& person : people) names.emplace_back(person);
  ASSIGN_OR_RETURN(const std::vector<Employee> known,
                   employees_.SelectKnown(session, absl::StrCat("WHERE name IN (", sql::Placeholders(names.size()), ")"), names));
  const absl::CivilDay today = absl::ToCivilDay(now, context_.time_zone);
  // Who has shifts today works in them and not besides (shift/shifts.h).
  std::set<std::string> off_shift;
  sql::Values of_today = {now, now};
  of_today.insert(of_today.end(), names.begin(), names.end());
  of_today.emplace_back(absl::FromCivil(today + 1, context_.time_zone));
  of_today.emplace_back(absl::FromCivil(today, context_.time_zone));
  RETURN_IF_ERROR(session.Query(absl::StrCat("SELECT employee, MAX(start_time <= ? AND end_time > ?) FROM shift_slots WHERE employee IN (",
                                             sql::Placeholders(names.size()), ") AND start_time < ? AND end_time > ? GROUP BY employee"),
                                of_today, [&](const sql::Row& row) {
                                  if (row.Int(1) == 0) off_shift.insert(row.Text(0));
                                }));
  for (const std::string& person : people) {
    // Who is not known yet is at work, as far as it is known.
    const auto row = std::find_if(known.begin(), known.end(), [&](const Employee& employee) { return employee.name() == person; });
    const bool works = row == known.end() || WorksOn(*row, today);
    if (works && off_shift.count(person) == 0 && !context_.people.HasLeft(person, now)) at_work.push_back(person);
  }
  return at_work;
}

absl::StatusOr<std::vector<std::string>> InquiryOwners::Managers(sql::Session& session, absl::Time now) const {
  ASSIGN_OR_RETURN(const std::vector<Employee> everybody, employees_.SelectKnown(session, "ORDER BY name"));
  std::vector<std::string> managers;
  for (const Employee& employee : everybody) {
    const bool leads = (context_.people.RolesAt(employee.name(), now) >> options::v1::ROLE_OPERATIONS_MANAGER) & 1;
    if (leads && !context_.people.HasLeft(employee.name(), now)) managers.push_back(employee.name());
  }
  return managers;
}

absl::StatusOr<std::string> InquiryOwners::Least(record::Transaction& tx, std::vector<std::string> people) const {
  std::sort(people.begin(), people.end());
  sql::Values names;
  for (const std::string& person : people) names.emplace_back(person);
  RETURN_IF_ERROR(tx.sql
                      .Execute(absl::StrCat("INSERT INTO inquiry_loads (owner, open_count) VALUES ",
                                            sql::Placeholders(names.size(), "(?, 0)"), " ON DUPLICATE KEY UPDATE guard = guard + 1"),
                               names)
                      .status());
  std::vector<Candidate> candidates;
  RETURN_IF_ERROR(tx.sql.Query(
      absl::StrCat("SELECT owner, open_count, last_time FROM inquiry_loads WHERE owner IN (", sql::Placeholders(names.size()), ")"), names,
      [&](const sql::Row& row) {
        candidates.push_back({row.Text(0), row.Int(1), row.IsNull(2) ? std::nullopt : std::make_optional(row.Time(2))});
      }));
  return ChooseOwner(candidates);
}

absl::StatusOr<std::string> InquiryOwners::Choose(record::Transaction& tx, const std::vector<std::string>& group,
                                                  const std::string& activity_owner) const {
  const absl::Time now = tx.call.now;
  ASSIGN_OR_RETURN(std::vector<std::string> people, AtWork(tx.sql, group, now));
  if (people.empty() && !activity_owner.empty() && !context_.people.HasLeft(activity_owner, now)) return activity_owner;
  if (people.empty()) {
    ASSIGN_OR_RETURN(const std::vector<std::string> managers, Managers(tx.sql, now));
    ASSIGN_OR_RETURN(people, AtWork(tx.sql, managers, now));
    if (people.empty()) people = managers;
  }
  if (people.empty()) return std::string();
  return Least(tx, std::move(people));
}

absl::Status InquiryOwners::Count(record::Transaction& tx, const Inquiry* before, const Inquiry* after) const {
  const std::string had = before != nullptr && IsOpenInquiry(*before) ? before->owner() : "";
  const std::string has = after != nullptr && IsOpenInquiry(*after) ? after->owner() : "";
  if (had == has) return absl::OkStatus();
  if (!had.empty()) {
    RETURN_IF_ERROR(tx.sql.Execute("UPDATE inquiry_loads SET open_count = open_count - 1 WHERE owner = ?", sql::Bind(had)).status());
  }
  if (has.empty()) return absl::OkStatus();
  // What is opened again is nothing new.
  const bool is_new = before == nullptr || before->owner() != has;
  const sql::Value time = is_new ? sql::Value(tx.call.now) : sql::Value();
  return tx.sql
      .Execute(
          "INSERT INTO inquiry_loads (owner, open_count, last_time) VALUES (?, 1, ?) ON DUPLICATE KEY UPDATE open_count = open_count + 1, "
          "last_time = COALESCE(GREATEST(last_time, VALUES(last_time)), VALUES(last_time), last_time)",
          {has, time})
      .status();
}

}  // namespace heitie::activity
