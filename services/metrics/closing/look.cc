#include "services/metrics/closing/look.h"

#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "nlohmann/json.hpp"

namespace heitie::metrics {

using LookJson = nlohmann::json;

std::string ClosingLook::ToText() const {
  LookJson json = {{"books", books}, {"seen", seen}, {"figures", LookJson::object()}};
  for (const auto& [name, figure] : figures) {
    json["figures"][name] = {{"digest", figure.digest}, {"number", figure.number}, {"series", figure.series}};
  }
  return json.dump();
}

absl::Status ClosingLook::FromText(const std::string& text) {
  try {
    const LookJson json = LookJson::parse(text);
    json.at("books").get_to(books);
    json.at("seen").get_to(seen);
    for (const auto& [name, figure] : json.at("figures").items()) {
      Figure& to = figures[name];
      figure.at("digest").get_to(to.digest);
      figure.at("number").get_to(to.number);
      figure.at("series").get_to(to.series);
    }
  } catch (const LookJson::exception& error) {
    return absl::DataLossError(absl::StrCat("closing_look of ", closing, ": ", error.what()));
  }
  return absl::OkStatus();
}

std::set<std::string> SeenOf(const std::vector<Happening>& happenings, absl::Time now) {
  std::set<std::string> seen;
  for (const Happening& happening : happenings) {
    if (happening.time > now - kLongestWrite) seen.insert(happening.key);
  }
  return seen;
}

absl::StatusOr<std::vector<ClosingLook>> ReadLooks(sql::Session& session) {
  std::vector<ClosingLook> looks;
  absl::Status read;
  RETURN_IF_ERROR(
      session.Query("SELECT month_closing, look, look_time, state FROM closing_look ORDER BY month_closing", {}, [&](const sql::Row& row) {
        ClosingLook& look = looks.emplace_back();
        look.closing = row.Text(0);
        look.look = row.Int(1);
        look.time = row.Time(2);
        read.Update(look.FromText(row.Text(3)));
      }));
  RETURN_IF_ERROR(read);
  return looks;
}

absl::Status InsertLook(sql::Session& session, const ClosingLook& look) {
  return session
      .Execute("INSERT INTO closing_look (month_closing, look, look_time, state) VALUES (?, ?, ?, ?)",
               sql::Bind(look.closing, look.look, look.time, look.ToText()))
      .status();
}

absl::StatusOr<bool> AdvanceLook(sql::Session& session, const ClosingLook& look) {
  ASSIGN_OR_RETURN(const int64_t rows,
                   session.Execute("UPDATE closing_look SET look = ?, look_time = ?, state = ? WHERE month_closing = ? AND look = ?",
                                   sql::Bind(look.look, look.time, look.ToText(), look.closing, look.look - 1)));
  return rows > 0;
}

absl::StatusOr<bool> IsCorrectionRunning(sql::Session& session) {
  bool running = false;
  RETURN_IF_ERROR(session.Query(
      "SELECT 1 FROM withdrawals WHERE state = 'STATE_RUNNING' UNION ALL SELECT 1 FROM user_erasures WHERE state = 'STATE_APPROVED'", {},
      [&](const sql::Row&) { running = true; }));
  return running;
}

}  // namespace heitie::metrics
