#include "services/planning/meeting/memberships.h"

#include <algorithm>

#include "common/record/json.h"
#include "common/status/macros.h"
#include "heitie/planning/v1/working_group.pb.h"
#include "services/planning/collaboration/working_group.h"

namespace heitie::planning {

using v1::MeetingSeries;

namespace {

template <typename Names>
bool AreAmong(const Names& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

bool BelongsTo(const MeetingSeries& series, const std::map<std::string, std::set<std::string>>& groups, const rpc::Principal& principal) {
  if (AreAmong(series.members(), principal.name)) return true;
  if (!principal.department.empty() && AreAmong(series.member_departments(), principal.department)) return true;
  const auto holds = [&](int role) { return principal.Has(static_cast<rpc::Role>(role)); };
  if (std::any_of(series.member_roles().begin(), series.member_roles().end(), holds)) return true;
  return std::any_of(series.member_groups().begin(), series.member_groups().end(), [&](const std::string& group) {
    const auto found = groups.find(group);
    return found != groups.end() && found->second.count(principal.name) > 0;
  });
}

Memberships::Memberships(const service::Context& context) : known_(std::make_shared<LookedUp<Known>>(context, Look)) {}

absl::StatusOr<Memberships::Known> Memberships::Look(sql::Session& session, absl::CivilDay today) {
  Known known;
  bool in_groups = false;
  RETURN_IF_ERROR(session.Query(
      "SELECT name, members, member_roles, member_departments, member_groups FROM meeting_series WHERE members IS NOT NULL OR "
      "member_roles IS NOT NULL OR member_departments IS NOT NULL OR member_groups IS NOT NULL",
      {}, [&](const sql::Row& row) {
        MeetingSeries series;
        for (int column = 1; column <= 4; ++column) {
          MeetingSeries part;
          if (!row.IsNull(column) && record::FromJson(row.Text(column), &part)) series.MergeFrom(part);
        }
        series.set_name(row.Text(0));
        in_groups |= !series.member_groups().empty();
        known.series.push_back(std::move(series));
      }));
  if (!in_groups) return known;
  RETURN_IF_ERROR(
      session.Query("SELECT name, `lead`, members FROM working_groups WHERE state = 'STATE_ACTIVE'", {}, [&](const sql::Row& row) {
        v1::WorkingGroup group;
        if (!row.IsNull(2) && !record::FromJson(row.Text(2), &group)) return;
        group.set_lead(row.Text(1));
        const std::vector<std::string> people = PeopleOf(group, today);
        known.groups[row.Text(0)] = {people.begin(), people.end()};
      }));
  return known;
}

record::Rule Memberships::In(const std::string& field) const {
  return record::Among(field, [known = known_](const rpc::Principal& principal) {
    const std::shared_ptr<const Known> all = known->Now();
    std::vector<std::string> names;
    for (const MeetingSeries& series : all->series) {
      if (BelongsTo(series, all->groups, principal)) names.push_back(series.name());
    }
    return names;
  });
}

}  // namespace heitie::planning
