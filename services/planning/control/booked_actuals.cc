#include "services/planning/control/booked_actuals.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "common/status/reason.h"
#include "common/time/day.h"

namespace heitie::planning {

using resource::v1::Encumbrance;

namespace {

constexpr char kBookings[] = "booked-actuals";

const status::Phrase kBookingsMissing{"What was spent is not known yet: bookings are still being read.",
                                      "尚未得知支出：仍在讀取入帳紀錄。"};
const status::Phrase kNothingPlanned{"Nothing is planned until that day: SPI is undefined.", "截至當日沒有計劃值：SPI 無定義。"};
const status::Phrase kNothingSpent{"Nothing was spent: CPI and EAC are undefined.", "尚無支出：CPI 與 EAC 無定義。"};
const status::Phrase kNothingEarned{"Nothing is earned yet: EAC and the forecast of the duration are undefined.",
                                    "尚無掙值：EAC 與工期預測無定義。"};
const status::Phrase kBudgetSpent{"The whole budget is spent: TCPI is undefined.", "預算已全部支出：TCPI 無定義。"};
const status::Phrase kNotBegun{"No working day is over: SPI(t) is undefined.", "尚未經過任何工作日：SPI(t) 無定義。"};
const status::Phrase kNoCost{"The baseline plans neither cost nor work.", "基準未規劃成本或工時。"};

}  // namespace

BookedActuals::BookedActuals(const service::Context& context, Tables& tables) : tables_(tables) {
  event::Reactions(context, "resource", kBookings).On(this, &BookedActuals::OnEncumbrance);
}

absl::Status BookedActuals::OnEncumbrance(const rpc::Call& call, const event::Change<Encumbrance>& change) {
  const int64_t amount = (change.after ? change.after->actual_minor() : 0) - (change.before ? change.before->actual_minor() : 0);
  if (amount == 0) return absl::OkStatus();
  const Encumbrance& latest = change.latest();
  return tables_.store.Write(call, [&](record::Transaction& tx) {
    return tx.sql
        .Execute(
            "INSERT INTO booked_actuals (position, encumbrance, subject, book_date, currency_code, amount_minor) VALUES (?, ?, ?, ?, ?, ?) "
            "ON DUPLICATE KEY UPDATE amount_minor = VALUES(amount_minor)",
            sql::Bind(change.position, latest.name(), latest.subject(), time::DayText(absl::ToCivilDay(change.occur_time, tables_.zone)),
                      latest.currency_code(), amount))
        .status();
  });
}

absl::StatusOr<Spending> LoadSpending(const Tables& tables, const rpc::Call& call, const ProjectView& view, int64_t position) {
  return tables.store.Read(call, [&](sql::Session& session) -> absl::StatusOr<Spending> {
    Spending spending;
    RETURN_IF_ERROR(session.Query(
        "SELECT position, catch_up_time FROM follower WHERE name = ? AND NOT EXISTS (SELECT 1 FROM follower_stuck WHERE follower = ?)",
        sql::Bind(kBookings, kBookings), [&](const sql::Row& row) {
          spending.position = row.Int(0);
          spending.complete = !row.IsNull(1);
        }));
    // To whom an activity belongs never changes; one that has not been heard of has nothing booked here.
    ASSIGN_OR_RETURN(const event::MirrorState activities, tables.activities.State(session));
    spending.complete = spending.complete && activities.catch_up_time.has_value();
    if (position != 0) {
      spending.complete = spending.complete && position <= spending.position;
      spending.position = std::min(spending.position, position);
    }
    const std::string& project = view.project.name();
    RETURN_IF_ERROR(session.Query(
        "SELECT currency_code, SUM(amount_minor) FROM booked_actuals WHERE (subject = ? OR (subject > ? AND subject < ?) OR subject IN "
        "(SELECT name FROM mirrored_activities WHERE project = ?)) AND book_date <= ? AND position <= ? GROUP BY currency_code",
        sql::Bind(project, absl::StrCat(project, "/tasks/"), absl::StrCat(project, "/tasks0"), project, time::DayText(view.day),
                  spending.position),
        [&](const sql::Row& row) {
          if (row.Text(0) == view.project.currency_code()) {
            spending.in_currency = row.Int(1);
          } else if (row.Int(1) != 0) {
            spending.in_others[row.Text(0)] = row.Int(1);
          }
        }));
    return spending;
  });
}

void DescribeGaps(v1::EarnedValue& value, status::Language language) {
  const auto add = [&](const status::Phrase& gap) { value.add_gaps(status::Sentence(gap, {}, language)); };
  if (value.bac() == 0) add(kNoCost);
  if (!value.has_ac()) add(kBookingsMissing);
  if (value.has_ac() && value.ac() == 0) add(kNothingSpent);
  if (value.pv() == 0) add(kNothingPlanned);
  if (value.bac() != 0 && value.ev() == 0) add(kNothingEarned);
  if (value.has_ac() && value.bac() != 0 && value.bac() == value.ac()) add(kBudgetSpent);
  if (value.at_days() <= 0) add(kNotBegun);
}

}  // namespace heitie::planning
