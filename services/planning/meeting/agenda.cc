#include "services/planning/meeting/agenda.h"

#include <algorithm>
#include <set>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "common/time/day.h"

namespace heitie::planning {

using v1::AgendaEntry;

namespace {

// The place of a kind on an agenda.
int RankOf(AgendaEntry::Kind kind) {
  constexpr int kStride = 10;  // leaves room for the kinds that came later
  const int after_incidents = AgendaEntry::KIND_INCIDENT * kStride;
  if (kind == AgendaEntry::KIND_ISSUE) return after_incidents + 1;
  if (kind == AgendaEntry::KIND_COOPERATION) return after_incidents + 2;
  if (kind == AgendaEntry::KIND_RISK_MEASURE) return AgendaEntry::KIND_RISK * kStride + 1;
  return kind * kStride;
}

struct Gathered {
  AgendaFact first;
  std::set<std::string> reasons;
};

void Join(AgendaFact fact, Gathered& gathered) {
  gathered.reasons.insert(fact.reason);
  AgendaFact& first = gathered.first;
  if (fact.due && (!first.due || *fact.due < *first.due)) first.due = fact.due;
  first.severity = std::max(first.severity, fact.severity);
  first.minutes = std::max(first.minutes, fact.minutes);
  if (RankOf(fact.what) >= RankOf(first.what)) return;
  first.what = fact.what;
  first.title = std::move(fact.title);
}

}  // namespace

void OrderAgenda(std::vector<AgendaEntry>& entries) {
  // Of places, for entries are large; what a key is made of is read once.
  using Key = std::tuple<int, int, int, std::string_view, std::string_view>;
  std::vector<std::pair<Key, size_t>> order;
  order.reserve(entries.size());
  for (const AgendaEntry& entry : entries) {
    order.push_back({{RankOf(entry.kind()), -entry.overdue_days(), -entry.severity(), entry.title(), entry.subject()}, order.size()});
  }
  std::sort(order.begin(), order.end());
  std::vector<AgendaEntry> ordered;
  ordered.reserve(entries.size());
  for (const auto& [key, place] : order) {
    ordered.push_back(std::move(entries[place]));
    ordered.back().set_place(static_cast<int32_t>(ordered.size()));
  }
  entries = std::move(ordered);
}

std::vector<AgendaEntry> AgendaOf(std::vector<AgendaFact> facts, absl::CivilDay day) {
  std::unordered_map<std::string, size_t> by_subject;
  std::vector<Gathered> all;
  for (AgendaFact& fact : facts) {
    const auto [found, is_new] = fact.subject.empty() ? std::pair(by_subject.end(), true) : by_subject.emplace(fact.subject, all.size());
    if (!is_new) {
      Join(std::move(fact), all[found->second]);
      continue;
    }
    const std::string reason = fact.reason;
    all.push_back({std::move(fact), {reason}});
  }
  std::vector<AgendaEntry> entries;
  entries.reserve(all.size());
  for (Gathered& gathered : all) {
    AgendaEntry& entry = entries.emplace_back();
    AgendaFact& fact = gathered.first;
    entry.set_kind(fact.what);
    entry.set_title(std::move(fact.title));
    entry.set_minutes(fact.minutes);
    entry.set_subject(std::move(fact.subject));
    entry.set_subject_etag(std::move(fact.etag));
    entry.set_owner(std::move(fact.owner));
    entry.set_severity(fact.severity);
    for (const std::string& reason : gathered.reasons) entry.add_reasons(reason);
    if (fact.due) {
      *entry.mutable_due_date() = time::ToDate(*fact.due);
      entry.set_overdue_days(static_cast<int32_t>(std::max<int64_t>(0, day - *fact.due)));
    }
    entry.set_state(AgendaEntry::STATE_OPEN);
  }
  OrderAgenda(entries);
  return entries;
}

int OverspentPercent(const CostPosition& position) {
  constexpr int64_t kHundred = 100, kMost = 1'000'000;
  if (position.planned <= 0 || position.spent <= position.earned) return 0;
  const auto excess = static_cast<__int128>(position.spent - position.earned) * kHundred / position.planned;
  return static_cast<int>(std::min<__int128>(excess, kMost));
}

int PresentOf(const v1::Meeting& meeting, const std::vector<std::string>& members) {
  int present = 0;
  for (const v1::Attendance& one : meeting.attendances()) {
    const bool there = one.presence() == v1::Attendance::PRESENCE_PRESENT || one.presence() == v1::Attendance::PRESENCE_LATE ||
                       one.presence() == v1::Attendance::PRESENCE_REPRESENTED;
    present += there && std::find(members.begin(), members.end(), one.employee()) != members.end() ? 1 : 0;
  }
  return present;
}

int PlannedMinutes(const std::vector<AgendaEntry>& entries) {
  int minutes = 0;
  for (const AgendaEntry& entry : entries) minutes += entry.minutes();
  return minutes;
}

}  // namespace heitie::planning
