#include "services/planning/meeting/agenda.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
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
  const auto key = [](const AgendaEntry& entry) {
    return std::tuple(RankOf(entry.kind()), -entry.overdue_days(), -entry.severity(), entry.title(), entry.subject());
  };
  std::stable_sort(entries.begin(), entries.end(), [&](const AgendaEntry& a, const AgendaEntry& b) { return key(a) < key(b); });
  for (size_t i = 0; i < entries.size(); ++i) entries[i].set_place(static_cast<int32_t>(i) + 1);
}

std::vector<AgendaEntry> AgendaOf(std::vector<AgendaFact> facts, absl::CivilDay day) {
  std::map<std::string, Gathered> by_subject;
  std::vector<Gathered> all;
  for (AgendaFact& fact : facts) {
    if (fact.subject.empty()) {
      const std::string reason = fact.reason;
      all.push_back({std::move(fact), {reason}});
      continue;
    }
    const auto found = by_subject.find(fact.subject);
    if (found == by_subject.end()) {
      const std::string subject = fact.subject, reason = fact.reason;
      by_subject.insert({subject, {std::move(fact), {reason}}});
    } else {
      Join(std::move(fact), found->second);
    }
  }
  for (auto& [subject, gathered] : by_subject) all.push_back(std::move(gathered));
  std::vector<AgendaEntry> entries;
  for (const Gathered& gathered : all) {
    AgendaEntry entry;
    const AgendaFact& fact = gathered.first;
    entry.set_kind(fact.what);
    entry.set_title(fact.title);
    entry.set_minutes(fact.minutes);
    entry.set_subject(fact.subject);
    entry.set_subject_etag(fact.etag);
    entry.set_owner(fact.owner);
    entry.set_severity(fact.severity);
    for (const std::string& reason : gathered.reasons) entry.add_reasons(reason);
    if (fact.due) {
      *entry.mutable_due_date() = time::ToDate(*fact.due);
      entry.set_overdue_days(static_cast<int32_t>(std::max<int64_t>(0, day - *fact.due)));
    }
    entry.set_state(AgendaEntry::STATE_OPEN);
    entries.push_back(std::move(entry));
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

int PlannedMinutes(const std::vector<AgendaEntry>& entries) {
  int minutes = 0;
  for (const AgendaEntry& entry : entries) minutes += entry.minutes();
  return minutes;
}

}  // namespace heitie::planning
