#include "services/metrics/analysis/answer_cache.h"

#include <atomic>
#include <utility>

#include "absl/time/clock.h"
#include "common/observe/metrics.h"

namespace heitie::metrics {
namespace {

void Count(int64_t known, int64_t waited, int64_t computed) {
  static std::atomic<uint64_t>& all_known = observe::Counter("heitie_answers_known_total", "Answers to questions that were kept.");
  static std::atomic<uint64_t>& all_waited =
      observe::Counter("heitie_answers_waited_total", "Calls that waited for an answer which somebody else computed.");
  static std::atomic<uint64_t>& all_computed =
      observe::Counter("heitie_answers_computed_total", "Answers to questions that were computed.");
  all_known += static_cast<uint64_t>(known);
  all_waited += static_cast<uint64_t>(waited);
  all_computed += static_cast<uint64_t>(computed);
}

}  // namespace

std::optional<absl::StatusOr<AnswerCache::Answer>> AnswerCache::Flight::Wait(absl::Time deadline) {
  std::unique_lock lock(mutex_);
  const absl::Duration left = deadline - absl::Now();
  if (!landed_.wait_for(lock, absl::ToChronoMicroseconds(left), [this] { return over_; })) return std::nullopt;
  return result_;
}

AnswerCache::Lead::~Lead() {
  for (const auto& [key, flight] : flights_) cache_->End(key, flight, std::nullopt);
}

void AnswerCache::Lead::Give(const std::string& key, absl::StatusOr<Answer> result) {
  const auto it = flights_.find(key);
  if (it == flights_.end()) return;
  cache_->End(key, it->second, std::move(result));
  flights_.erase(it);
}

AnswerCache::Begun AnswerCache::Begin(const std::vector<std::string>& keys, bool alone) {
  Begun begun;
  const std::lock_guard lock(mutex_);
  std::vector<std::string> missing;
  for (const std::string& key : keys) {
    const auto it = places_.find(key);
    if (it == places_.end()) {
      const auto flight = flights_.find(key);
      if (flight != flights_.end() && !alone) begun.other = flight->second;
      missing.push_back(key);
      continue;
    }
    kept_.splice(kept_.begin(), kept_, it->second);
    begun.known.emplace(key, it->second->answer);
  }
  if (begun.other != nullptr) {
    ++stats_.waited;
    Count(0, 1, 0);
    return begun;
  }
  const auto computed = static_cast<int64_t>(missing.size()), known = static_cast<int64_t>(keys.size()) - computed;
  stats_.known += known;
  stats_.computed += computed;
  Count(known, 0, computed);
  if (alone) return begun;
  begun.lead.cache_ = this;
  for (const std::string& key : missing) {
    const auto flight = std::make_shared<Flight>();
    if (flights_.emplace(key, flight).second) begun.lead.flights_.emplace(key, flight);
  }
  return begun;
}

void AnswerCache::End(const std::string& key, const std::shared_ptr<Flight>& flight, std::optional<absl::StatusOr<Answer>> result) {
  {
    const std::lock_guard lock(mutex_);
    flights_.erase(key);
    if (result.has_value() && result->ok() && !places_.contains(key)) {
      // One great answer does not drive out all others.
      const size_t bytes = (**result)->ByteSizeLong() + 2 * key.size() + sizeof(Kept);
      if (bytes <= most_bytes_ / 8) {
        kept_.push_front({key, **result, bytes});
        places_[key] = kept_.begin();
        bytes_ += bytes;
      }
      while (bytes_ > most_bytes_) {
        bytes_ -= kept_.back().bytes;
        places_.erase(kept_.back().key);
        kept_.pop_back();
      }
    }
  }
  const std::lock_guard lock(flight->mutex_);
  flight->over_ = true;
  flight->result_ = std::move(result);
  flight->landed_.notify_all();
}

AnswerCache::Stats AnswerCache::stats() const {
  const std::lock_guard lock(mutex_);
  return stats_;
}

}  // namespace heitie::metrics
