#include "services/personnel/rights/managers.h"

#include <algorithm>

#include "common/status/macros.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "services/personnel/rights/access_policy.h"

namespace heitie::personnel {

const status::Reason kLastManager{
    absl::StatusCode::kFailedPrecondition, "LAST_MANAGER",
    "On {date} nobody would hold a post with the role OPERATIONS_MANAGER, and the rights of posts are enforced "
    "then: let somebody take such a post up first.",
    "{date} 當日將沒有人任職於具 OPERATIONS_MANAGER 角色的職位，而當日依職位限制權限；請先安排接任者。"};
const status::Reason kYourPostGrantsNoRight{
    absl::StatusCode::kFailedPrecondition, "YOUR_POST_GRANTS_NO_RIGHT",
    "On {date} the post of {name} does not grant the role OPERATIONS_MANAGER, without which this could not be taken back.",
    "{date} 當日 {name} 的職位不具 OPERATIONS_MANAGER 角色，屆時將無法自行撤回此設定。"};

namespace {

constexpr absl::CivilDay kNoEnd = absl::CivilDay::max();

// Adds a span behind the others, or to the last one where they touch.
void Append(std::vector<DaySpan>& spans, const DaySpan& span) {
  if (!spans.empty() && (spans.back().last == kNoEnd || span.first <= spans.back().last + 1)) {
    spans.back().last = std::max(spans.back().last, span.last);
  } else {
    spans.push_back(span);
  }
}

bool SameTerms(const v1::Employee& before, const v1::Employee& after) {
  const std::vector<Term> a = TermsOf(before), b = TermsOf(after);
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const Term& x, const Term& y) {
    return x.first == y.first && x.last == y.last && x.assignment.position() == y.assignment.position();
  });
}

}  // namespace

std::vector<DaySpan> DaysWithout(const People& people, const std::set<std::string>& positions, absl::CivilDay from) {
  std::vector<DaySpan> held;
  for (const auto& [name, person] : people) {
    for (const Term& term : TermsOf(person)) {
      if (positions.count(term.assignment.position()) > 0 && term.first <= term.last && term.last >= from)
        held.push_back({term.first, term.last});
    }
  }
  std::sort(held.begin(), held.end(), [](const DaySpan& a, const DaySpan& b) { return a.first < b.first; });
  std::vector<DaySpan> without;
  absl::CivilDay next = from;  // the first day of which nothing is known yet
  for (const DaySpan& span : held) {
    if (span.first > next) without.push_back({next, span.first - 1});
    if (span.last == kNoEnd) return without;
    next = std::max(next, span.last + 1);
  }
  without.push_back({next, kNoEnd});
  return without;
}

std::vector<DaySpan> DaysEnforced(const std::vector<v1::AccessPolicy>& published, absl::Time from, absl::TimeZone zone) {
  std::vector<const v1::AccessPolicy*> versions;
  for (const v1::AccessPolicy& version : published) versions.push_back(&version);
  std::sort(versions.begin(), versions.end(),
            [](const auto* a, const auto* b) { return time::ToTime(a->start_time()) < time::ToTime(b->start_time()); });
  std::vector<DaySpan> enforced;
  for (size_t i = 0; i < versions.size(); ++i) {
    if (versions[i]->mode() != v1::AccessPolicy::MODE_ENFORCE) continue;
    // The first version counts for all time before as well.
    const absl::Time start = i == 0 ? from : std::max(from, time::ToTime(versions[i]->start_time()));
    const absl::Time end = i + 1 < versions.size() ? time::ToTime(versions[i + 1]->start_time()) : absl::InfiniteFuture();
    if (start >= end) continue;
    const absl::CivilDay last = end == absl::InfiniteFuture() ? kNoEnd : absl::ToCivilDay(end - absl::Microseconds(1), zone);
    Append(enforced, {absl::ToCivilDay(start, zone), last});
  }
  return enforced;
}

std::optional<absl::CivilDay> FirstCommonDay(const std::vector<DaySpan>& a, const std::vector<DaySpan>& b) {
  for (size_t i = 0, j = 0; i < a.size() && j < b.size();) {
    const absl::CivilDay first = std::max(a[i].first, b[j].first);
    if (first <= std::min(a[i].last, b[j].last)) return first;
    (a[i].last < b[j].last ? i : j) += 1;
  }
  return std::nullopt;
}

std::set<std::string> PositionsWith(options::v1::Role role, const std::vector<v1::Position>& positions) {
  std::set<std::string> with;
  for (const v1::Position& position : positions) {
    if (std::find(position.roles().begin(), position.roles().end(), role) != position.roles().end()) with.insert(position.name());
  }
  return with;
}

ManagerRule::ManagerRule(const service::Context& context, Employees& employees, Positions& positions)
    : zone_(context.time_zone), employees_(employees), positions_(positions), policies_(context.store) {
  employees.Follow([this](record::Transaction& tx, const v1::Employee* before, const v1::Employee& after) {
    return before == nullptr ? absl::OkStatus() : OnEmployee(tx, *before, after);
  });
  positions.SetFollow(
      [this](record::Transaction& tx, const v1::Position* before, const v1::Position* after) { return OnPosition(tx, before, after); });
}

// Also somebody whose position is not a manager's changes the guarded row: it may be made one at this moment, and another one's leaving be
// judged by that.
absl::Status ManagerRule::OnEmployee(record::Transaction& tx, const v1::Employee& before, const v1::Employee& after) const {
  if (SameTerms(before, after)) return absl::OkStatus();
  RETURN_IF_ERROR(policies_.Guard(tx, kShippedPolicy).status());
  ASSIGN_OR_RETURN(const std::set<std::string> managers, ManagersPosts(tx.sql));
  const absl::CivilDay today = absl::ToCivilDay(tx.call.now, zone_);
  const std::vector<Term> terms = TermsOf(before);
  const bool manages = std::any_of(terms.begin(), terms.end(),
                                   [&](const Term& term) { return term.last >= today && managers.count(term.assignment.position()) > 0; });
  return manages ? Check(tx, nullptr) : absl::OkStatus();
}

absl::Status ManagerRule::OnPosition(record::Transaction& tx, const v1::Position* before, const v1::Position* after) const {
  if (before == nullptr || PositionsWith(options::v1::ROLE_OPERATIONS_MANAGER, {*before}).empty()) return absl::OkStatus();
  if (after != nullptr && !PositionsWith(options::v1::ROLE_OPERATIONS_MANAGER, {*after}).empty()) return absl::OkStatus();
  RETURN_IF_ERROR(policies_.Guard(tx, kShippedPolicy).status());
  return Check(tx, nullptr);
}

absl::StatusOr<std::set<std::string>> ManagerRule::ManagersPosts(sql::Session& session) const {
  ASSIGN_OR_RETURN(const std::vector<v1::Position> positions, positions_.kind().Select(session, "ORDER BY name"));
  return PositionsWith(options::v1::ROLE_OPERATIONS_MANAGER, positions);
}

absl::Status ManagerRule::Check(record::Transaction& tx, const v1::AccessPolicy* more) const {
  ASSIGN_OR_RETURN(std::vector<v1::AccessPolicy> published,
                   policies_.Select(tx.sql, "WHERE state = 'STATE_PUBLISHED' ORDER BY start_time"));
  if (more != nullptr) published.push_back(*more);
  const std::vector<DaySpan> enforced = DaysEnforced(published, tx.call.now, zone_);
  if (enforced.empty()) return absl::OkStatus();
  const absl::CivilDay today = absl::ToCivilDay(tx.call.now, zone_);
  ASSIGN_OR_RETURN(const std::set<std::string> managers, ManagersPosts(tx.sql));
  ASSIGN_OR_RETURN(const People people, employees_.HoldersOf(tx.sql, managers));
  const std::optional<absl::CivilDay> day = FirstCommonDay(DaysWithout(people, managers, today), enforced);
  return day ? status::Error(kLastManager, {{"date", time::DayText(*day)}}) : absl::OkStatus();
}

absl::Status ManagerRule::CheckPolicy(record::Transaction& tx, const v1::AccessPolicy& version) const {
  if (version.mode() != v1::AccessPolicy::MODE_ENFORCE) return absl::OkStatus();
  RETURN_IF_ERROR(Check(tx, &version));
  const std::string& caller = tx.call.principal.name;
  ASSIGN_OR_RETURN(const std::set<std::string> managers, ManagersPosts(tx.sql));
  ASSIGN_OR_RETURN(const People people, employees_.HoldersOf(tx.sql, managers));
  const absl::CivilDay begin = absl::ToCivilDay(time::ToTime(version.start_time()), zone_);
  const auto self = people.find(caller);
  const std::optional<v1::Assignment> post = self == people.end() ? std::nullopt : AssignmentOn(self->second, begin);
  if (post && managers.count(post->position()) > 0) return absl::OkStatus();
  return status::Error(kYourPostGrantsNoRight, {{"name", caller}, {"date", time::DayText(begin)}});
}

}  // namespace heitie::personnel
