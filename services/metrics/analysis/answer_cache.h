// Answers that were computed: equal questions on equal versions are computed once, also when a thousand people ask at the same time. What
// could make an answer another one is part of its key, so that nothing is ever taken back.
#ifndef HEITIE_SERVICES_METRICS_ANALYSIS_ANSWER_CACHE_H_
#define HEITIE_SERVICES_METRICS_ANALYSIS_ANSWER_CACHE_H_

#include <condition_variable>
#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "heitie/metrics/v1/answer.pb.h"

namespace heitie::metrics {

// Thread-safe.
class AnswerCache {
 public:
  using Answer = std::shared_ptr<const v1::Answer>;

  // Bytes of the answers that are kept; those that were asked for longest ago go first.
  static constexpr size_t kMostBytes = 32 << 20;
  explicit AnswerCache(size_t most_bytes = kMostBytes) : most_bytes_(most_bytes) {}

  // An answer that somebody computes.
  class Flight {
   public:
    // What came of it; nothing when it came to nothing, or not until the deadline.
    std::optional<absl::StatusOr<Answer>> Wait(absl::Time deadline);

   private:
    friend class AnswerCache;
    std::mutex mutex_;
    std::condition_variable landed_;
    bool over_ = false;
    std::optional<absl::StatusOr<Answer>> result_;
  };

  // What somebody who computes answers has taken on. Whatever it has not given when it ends, others compute.
  class Lead {
   public:
    Lead() = default;
    Lead(Lead&& other) noexcept : cache_(other.cache_), flights_(std::move(other.flights_)) { other.flights_.clear(); }
    Lead& operator=(Lead&&) = delete;
    ~Lead();
    // The answer of the key, or an error that everybody gets who asks this. Keeps the answer.
    void Give(const std::string& key, absl::StatusOr<Answer> result);

   private:
    friend class AnswerCache;
    AnswerCache* cache_ = nullptr;
    std::map<std::string, std::shared_ptr<Flight>> flights_;
  };

  struct Begun {
    // By key, those that are kept.
    std::map<std::string, Answer> known;
    // Somebody computes one of them already: nothing was taken on.
    std::shared_ptr<Flight> other;
    Lead lead;
  };
  // Takes on what is neither kept nor computed by somebody. `alone`: computes without regard to others, and keeps it for nobody.
  Begun Begin(const std::vector<std::string>& keys, bool alone);

  struct Stats {
    int64_t known = 0, waited = 0, computed = 0;
  };
  Stats stats() const;

 private:
  struct Kept {
    std::string key;
    Answer answer;
    size_t bytes = 0;
  };
  void End(const std::string& key, const std::shared_ptr<Flight>& flight, std::optional<absl::StatusOr<Answer>> result);

  const size_t most_bytes_;
  mutable std::mutex mutex_;
  std::list<Kept> kept_;  // asked for last, first
  absl::flat_hash_map<std::string, std::list<Kept>::iterator> places_;
  absl::flat_hash_map<std::string, std::shared_ptr<Flight>> flights_;
  size_t bytes_ = 0;
  Stats stats_;
};

}  // namespace heitie::metrics

#endif  // HEITIE_SERVICES_METRICS_ANALYSIS_ANSWER_CACHE_H_
