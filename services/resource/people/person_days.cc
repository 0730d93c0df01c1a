#include "services/resource/people/person_days.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/sql/placeholders.h"
#include "common/status/macros.h"
#include "common/time/day.h"

namespace heitie::resource {
namespace {

constexpr size_t kRows = 500;  // in a statement

// Calls `each` with the items of each portion.
template <typename T, typename F>
absl::Status InPortions(const T& items, F each) {
  for (auto it = items.begin(); it != items.end();) {
    sql::Values values;
    size_t count = 0;
    RETURN_IF_ERROR(each(it, items.end(), values, count));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::vector<PersonDay>> LockDaysOf(record::Transaction& tx, const std::vector<std::string>& demands, absl::CivilDay first,
                                                  absl::CivilDay last) {
  std::vector<PersonDay> days;
  RETURN_IF_ERROR(InPortions(demands, [&](auto& it, auto end, sql::Values& values, size_t& count) {
    for (; it != end && count < kRows; ++it, ++count) values.push_back(sql::V(*it));
    values.push_back(sql::V(time::DayText(first)));
    values.push_back(sql::V(time::DayText(last)));
    return tx.sql.Query(
        absl::StrCat("SELECT employee, CAST(date AS CHAR), demand, subject, plan, minutes FROM staff_days WHERE demand IN (",
                     sql::Placeholders(count), ") AND date >= ? AND date <= ? ORDER BY employee, date, demand FOR UPDATE"),
        values, [&](const sql::Row& row) {
          days.push_back({row.Text(0), *time::ParseDay(row.Text(1)), row.Text(2), row.Text(3), row.Text(4), static_cast<int>(row.Int(5))});
        });
  }));
  return days;
}

absl::StatusOr<std::map<EmployeeDay, int>> HoldDays(record::Transaction& tx, const std::set<EmployeeDay>& days) {
  std::map<EmployeeDay, int> taken;
  RETURN_IF_ERROR(InPortions(days, [&](auto& it, auto end, sql::Values& values, size_t& count) {
    auto from = it;
    for (; it != end && count < kRows; ++it, ++count) {
      values.push_back(sql::V(it->first));
      values.push_back(sql::V(time::DayText(it->second)));
    }
    RETURN_IF_ERROR(tx.sql
                        .Execute(absl::StrCat("INSERT INTO staff_day_totals (employee, date, minutes) VALUES ",
                                              sql::Placeholders(count, "(?, ?, 0)"), " ON DUPLICATE KEY UPDATE guard = guard + 1"),
                                 values)
                        .status());
    for (; from != it; ++from) taken[*from] = 0;
    return tx.sql.Query(absl::StrCat("SELECT employee, CAST(date AS CHAR), minutes FROM staff_day_totals WHERE (employee, date) IN (",
                                     sql::Placeholders(count, "(?, ?)"), ") FOR UPDATE"),
                        values, [&](const sql::Row& row) {
                          taken[{row.Text(0), *time::ParseDay(row.Text(1))}] = static_cast<int>(row.Int(2));
                        });
  }));
  return taken;
}

absl::Status ReplaceDays(record::Transaction& tx, const std::vector<PersonDay>& away, const std::vector<PersonDay>& given) {
  std::map<EmployeeDay, int> change;
  for (const PersonDay& day : away) change[{day.employee, day.day}] -= day.minutes;
  for (const PersonDay& day : given) change[{day.employee, day.day}] += day.minutes;
  std::erase_if(change, [](const auto& each) { return each.second == 0; });
  RETURN_IF_ERROR(InPortions(away, [&](auto& it, auto end, sql::Values& values, size_t& count) {
    for (; it != end && count < kRows; ++it, ++count) {
      values.push_back(sql::V(it->employee));
      values.push_back(sql::V(time::DayText(it->day)));
      values.push_back(sql::V(it->demand));
    }
    return tx.sql
        .Execute(absl::StrCat("DELETE FROM staff_days WHERE (employee, date, demand) IN (", sql::Placeholders(count, "(?, ?, ?)"), ")"),
                 values)
        .status();
  }));
  RETURN_IF_ERROR(InPortions(given, [&](auto& it, auto end, sql::Values& values, size_t& count) {
    for (; it != end && count < kRows; ++it, ++count) {
      for (const std::string& text : {it->employee, time::DayText(it->day), it->demand, it->subject, it->plan}) {
        values.push_back(sql::V(text));
      }
      values.push_back(sql::V(static_cast<int64_t>(it->minutes)));
    }
    return tx.sql
        .Execute(absl::StrCat("INSERT INTO staff_days (employee, date, demand, subject, plan, minutes) VALUES ",
                              sql::Placeholders(count, "(?, ?, ?, ?, ?, ?)")),
                 values)
        .status();
  }));
  return InPortions(change, [&](auto& it, auto end, sql::Values& values, size_t& count) {
    for (; it != end && count < kRows; ++it, ++count) {
      values.push_back(sql::V(it->first.first));
      values.push_back(sql::V(time::DayText(it->first.second)));
      values.push_back(sql::V(static_cast<int64_t>(it->second)));
    }
    return tx.sql
        .Execute(absl::StrCat("INSERT INTO staff_day_totals (employee, date, minutes) VALUES ", sql::Placeholders(count, "(?, ?, ?)"),
                              " ON DUPLICATE KEY UPDATE minutes = minutes + VALUES(minutes)"),
                 values)
        .status();
  });
}

}  // namespace heitie::resource
