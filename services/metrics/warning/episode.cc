#include "services/metrics/warning/episode.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/status/status.h"
#include "services/metrics/warning/archive.h"

namespace heitie::metrics {
namespace {

constexpr char kFinderFormat = 1;

void Put(ArchiveWriter& out, absl::Time time) { out(absl::ToUnixMicros(time)); }
void Get(ArchiveReader& in, absl::Time& time) {
  int64_t micros = 0;
  in(micros);
  time = absl::FromUnixMicros(micros);
}

void Put(ArchiveWriter& out, const Episode& episode) {
  for (const absl::Time& time : {episode.first, episode.last, episode.opened}) Put(out, time);
  out(episode.figure);
  out(episode.reference);
  out(episode.early);
  out(episode.breaches);
}
void Get(ArchiveReader& in, Episode& episode) {
  for (absl::Time* time : {&episode.first, &episode.last, &episode.opened}) Get(in, *time);
  in(episode.figure);
  in(episode.reference);
  in(episode.early);
  in(episode.breaches);
}

int Rank(const KeptEpisode& alert) { return alert.open ? 0 : alert.restated ? 2 : 1; }
bool Meet(const Episode& episode, const KeptEpisode& kept) { return episode.first <= kept.last && kept.first <= episode.last; }

}  // namespace

std::optional<Episode> EpisodeFinder::Take(const JudgedInterval& interval) {
  const bool breach = interval.breach == Breach::kYes;
  if (open_) {
    if (breach) {
      open_->last = interval.start;
      ++open_->breaches;
      clear_ = 0;
    } else if (interval.breach == Breach::kNo && ++clear_ >= rule_.clear) {
      std::optional<Episode> over = std::exchange(open_, std::nullopt);
      over->cleared = interval.end;
      clear_ = 0;
      return over;
    }
    return std::nullopt;
  }
  window_.push_back({interval.start, breach});
  if (static_cast<int>(window_.size()) > rule_.window) window_.pop_front();
  const auto breaches = std::count_if(window_.begin(), window_.end(), [](const Slot& slot) { return slot.breach; });
  if (!breach || breaches < rule_.breaches) return std::nullopt;
  const auto first = std::find_if(window_.begin(), window_.end(), [](const Slot& slot) { return slot.breach; });
  open_ = Episode{first->start,    interval.start,     interval.end,   std::nullopt,
                  interval.figure, interval.reference, interval.early, static_cast<int>(breaches)};
  window_.clear();
  clear_ = 0;
  return std::nullopt;
}

std::string EpisodeFinder::Save() const {
  ArchiveWriter out;
  out(kFinderFormat);
  out(clear_);
  out(static_cast<int32_t>(window_.size()));
  for (const Slot& slot : window_) {
    Put(out, slot.start);
    out(slot.breach);
  }
  out(open_.has_value());
  if (open_) Put(out, *open_);
  return std::move(out.out);
}

absl::StatusOr<EpisodeFinder> EpisodeFinder::Load(OpeningRule rule, absl::string_view state) {
  EpisodeFinder finder(rule);
  ArchiveReader in{state};
  char format = 0;
  int32_t size = 0;
  bool open = false;
  in(format);
  in(finder.clear_);
  in(size);
  for (int32_t i = 0; in.ok && i < size; ++i) {
    Slot slot{};
    Get(in, slot.start);
    in(slot.breach);
    finder.window_.push_back(slot);
  }
  in(open);
  if (open) Get(in, finder.open_.emplace());
  if (!in.ok || format != kFinderFormat || !in.in.empty() || size > rule.window) return absl::DataLossError("not the state of episodes");
  return finder;
}

std::vector<Episode> EpisodesOf(EpisodeFinder& finder, const std::vector<JudgedInterval>& intervals) {
  std::vector<Episode> episodes;
  for (const JudgedInterval& interval : intervals) {
    if (std::optional<Episode> over = finder.Take(interval)) episodes.push_back(*std::move(over));
  }
  if (finder.open()) episodes.push_back(*finder.open());
  return episodes;
}

std::vector<AlertDecision> Reconcile(const std::vector<Episode>& episodes, const std::vector<KeptEpisode>& kept) {
  using Kind = AlertDecision::Kind;
  std::vector<AlertDecision> decisions;
  std::set<std::string> found;
  for (const Episode& episode : episodes) {
    // Joined by a restatement it may be several: the one that people are on, else one that they have dealt with.
    const KeptEpisode* same = nullptr;
    for (const KeptEpisode& alert : kept) {
      if (!Meet(episode, alert) || found.count(alert.name) > 0) continue;
      if (same == nullptr || Rank(alert) < Rank(*same)) same = &alert;
    }
    if (same != nullptr) found.insert(same->name);
    if (same == nullptr) {
      decisions.push_back({Kind::kOpen, "", episode});
      continue;
    }
    if (same->restated) decisions.push_back({Kind::kRecur, same->name, episode});
    const bool open = same->open || same->restated;
    if (open && episode.cleared) decisions.push_back({Kind::kClear, same->name, episode});
  }
  for (const KeptEpisode& alert : kept) {
    if (alert.open && found.count(alert.name) == 0) decisions.push_back({Kind::kRestate, alert.name, {}});
  }
  return decisions;
}

}  // namespace heitie::metrics
