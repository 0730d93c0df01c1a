#include "services/planning/meeting/agenda.h"

#include <algorithm>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "absl/container/inlined_vector.h"
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

// By what entries are ordered; the texts are those of the entry or the fact.
using OrderKey = std::tuple<int, int64_t, int, std::string_view, std::string_view>;

// One resource: the fact that names it first, which the others are joined to, and all of their reasons.
struct Gathered {
  AgendaFact* first;
  absl::InlinedVector<std::string_view, 4> reasons;
};

void Join(AgendaFact& fact, Gathered& gathered) {
  gathered.reasons.push_back(fact.reason);
  AgendaFact& first = *gathered.first;
  if (fact.due && (!first.due || *fact.due < *first.due)) first.due = fact.due;
  first.severity = std::max(first.severity, fact.severity);
  first.minutes = std::max(first.minutes, fact.minutes);
  if (RankOf(fact.what) >= RankOf(first.what)) return;
  first.what = fact.what;
  first.title = std::move(fact.title);
}

int64_t OverdueOn(absl::CivilDay day, const AgendaFact& fact) { return fact.due ? std::max<int64_t>(0, day - *fact.due) : 0; }

AgendaEntry EntryOf(Gathered& gathered, absl::CivilDay day) {
  AgendaEntry entry;
  AgendaFact& fact = *gathered.first;
  entry.set_kind(fact.what);
  entry.set_title(std::move(fact.title));
  entry.set_minutes(fact.minutes);
  entry.set_subject_etag(std::move(fact.etag));
  entry.set_owner(std::move(fact.owner));
  entry.set_severity(fact.severity);
  std::sort(gathered.reasons.begin(), gathered.reasons.end());
  const auto end = std::unique(gathered.reasons.begin(), gathered.reasons.end());
  for (auto reason = gathered.reasons.begin(); reason != end; ++reason) entry.add_reasons(reason->data(), reason->size());
  if (fact.due) {
    *entry.mutable_due_date() = time::ToDate(*fact.due);
    entry.set_overdue_days(static_cast<int32_t>(OverdueOn(day, fact)));
  }
  entry.set_subject(std::move(fact.subject));
  entry.set_state(AgendaEntry::STATE_OPEN);
  return entry;
}

}  // namespace

void OrderAgenda(std::vector<AgendaEntry>& entries) {
  // Of places, for entries are large; what a key is made of is read once.
  std::vector<std::pair<OrderKey, size_t>> order;
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
  std::unordered_map<std::string_view, size_t> by_subject;
  by_subject.reserve(facts.size());
  std::vector<Gathered> all;
  all.reserve(facts.size());
  for (AgendaFact& fact : facts) {
    if (!fact.subject.empty()) {
      const auto [found, is_new] = by_subject.emplace(fact.subject, all.size());
      if (!is_new) {
        Join(fact, all[found->second]);
        continue;
      }
    }
    all.push_back({&fact, {fact.reason}});
  }
  // Ordered before they are made, for entries are large.
  std::vector<std::pair<OrderKey, Gathered*>> order;
  order.reserve(all.size());
  for (Gathered& gathered : all) {
    const AgendaFact& fact = *gathered.first;
    order.push_back({{RankOf(fact.what), -OverdueOn(day, fact), -fact.severity, fact.title, fact.subject}, &gathered});
  }
  std::stable_sort(order.begin(), order.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<AgendaEntry> entries;
  entries.reserve(all.size());
  for (auto& [key, gathered] : order) {
    entries.push_back(EntryOf(*gathered, day));
    entries.back().set_place(static_cast<int32_t>(entries.size()));
  }
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
