#include "services/personnel/outcome/promotion_mark.h"

#include "absl/strings/str_cat.h"
#include "common/sql/placeholders.h"
#include "common/status/macros.h"
#include "common/time/day.h"

namespace heitie::personnel {

absl::StatusOr<std::map<std::string, PromotionMark>> PromotionMarksOn(sql::Session& sql, const std::vector<std::string>& people,
                                                                      absl::CivilDay day, absl::TimeZone zone) {
  std::map<std::string, PromotionMark> marks;
  if (people.empty()) return marks;
  sql::Values values(people.begin(), people.end());
  values.emplace_back(time::DayText(day));
  values.emplace_back(absl::FromCivil(day + 1, zone));
  // Those that last longest come last and stay.
  RETURN_IF_ERROR(sql.Query(
      absl::StrCat("SELECT employee, name, grade, release_time, valid_until FROM outcomes WHERE employee IN (",
                   sql::Placeholders(people.size()),
                   ") AND kind = 'KIND_PROMOTION_ELIGIBILITY' AND state IN ('STATE_RELEASED', 'STATE_SETTLED') "
                   "AND valid_until >= ? AND release_time < ? ORDER BY valid_until, name"),
      values, [&](const sql::Row& row) {
        marks[row.Text(0)] = {row.Text(1), row.Text(2), absl::ToCivilDay(row.Time(3), zone), time::ParseDay(row.Text(4)).value_or(day)};
      }));
  return marks;
}

}  // namespace heitie::personnel
