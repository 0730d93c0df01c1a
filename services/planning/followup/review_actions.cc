#include "services/planning/followup/review_actions.h"

#include "absl/strings/str_cat.h"
#include "common/text/excerpt.h"

namespace heitie::planning {

namespace {

constexpr int64_t kMostReviewActions = 500;
constexpr size_t kReviewTitleBytes = 297;

}  // namespace

absl::Status ReviewActions::AddFacts(sql::Session& session, const AgendaScope& scope, absl::Time at, std::vector<AgendaFact>& facts) const {
  sql::Values values;
  const std::string of_activities = scope.OfActivities("r.activity", &values);
  values.emplace_back(kMostReviewActions);
  return session.Query(absl::StrCat("SELECT r.name, r.title, r.etag, r.owner, r.due_time FROM ", actions_.table(),
                                    " r WHERE r.state = 'STATE_OPEN'", of_activities, " ORDER BY r.due_time, r.name LIMIT ?"),
                       values, [&](const sql::Row& row) {
                         const absl::Time due = row.Time(4);
                         facts.push_back({v1::AgendaEntry::KIND_ACTION_ITEM, text::Excerpt(row.Text(1), kReviewTitleBytes), row.Text(0),
                                          due <= at ? "OVERDUE" : "OPEN", row.Text(2), row.Text(3), absl::ToCivilDay(due, zone_)});
                       });
}

}  // namespace heitie::planning
