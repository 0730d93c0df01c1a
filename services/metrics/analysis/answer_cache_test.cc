#include "services/metrics/analysis/answer_cache.h"

#include <gmock/gmock.h>

#include <atomic>
#include <random>
#include <thread>

#include "absl/time/clock.h"

namespace heitie::metrics {
namespace {

AnswerCache::Answer AnswerOf(const std::string& digest, size_t size = 0) {
  auto answer = std::make_shared<v1::Answer>();
  answer->set_digest(digest);
  answer->set_time_zone(std::string(size, 'x'));
  return answer;
}

absl::Time Soon() { return absl::Now() + absl::Seconds(20); }

// As a question does.
absl::StatusOr<std::string> Ask(AnswerCache& cache, const std::string& key, std::atomic<int>& computed,
                                const std::function<absl::Status()>& compute) {
  for (;;) {
    AnswerCache::Begun begun = cache.Begin({key}, false);
    if (const auto it = begun.known.find(key); it != begun.known.end()) return it->second->digest();
    if (begun.other != nullptr) {
      const auto result = begun.other->Wait(Soon());
      if (!result.has_value()) continue;
      if (!result->ok()) return result->status();
      return (**result)->digest();
    }
    ++computed;
    const absl::Status status = compute();
    if (status.ok()) {
      begun.lead.Give(key, AnswerOf(key));
      return key;
    }
    if (!absl::IsUnavailable(status)) begun.lead.Give(key, status);
    return status;
  }
}

TEST(AnswerCacheTest, OneOfManyComputes) {
  AnswerCache cache;
  std::atomic<int> computed = 0, right = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 200; ++i) {
      threads.emplace_back([&] {
        for (int k = 0; k < 5; ++k) {
          const std::string key = "question " + std::to_string(k);
          const auto answer = Ask(cache, key, computed, [] {
            absl::SleepFor(absl::Milliseconds(20));
            return absl::OkStatus();
          });
          if (answer.ok() && *answer == key) ++right;
        }
      });
    }
  }
  EXPECT_EQ(right, 1000);
  EXPECT_EQ(computed, 5);
  EXPECT_EQ(cache.stats().computed, 5);
}

TEST(AnswerCacheTest, WhatFailsOfItselfFailsForThoseWhoWaitAndIsNotKept) {
  AnswerCache cache;
  std::atomic<int> computed = 0, refused = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 30; ++i) {
      threads.emplace_back([&] {
        const auto answer = Ask(cache, "q", computed, [] {
          absl::SleepFor(absl::Milliseconds(100));
          return absl::FailedPreconditionError("the rows are gone");
        });
        if (absl::IsFailedPrecondition(answer.status())) ++refused;
      });
    }
  }
  EXPECT_EQ(refused, 30);
  EXPECT_LT(computed, 10);
  const int before = computed;
  EXPECT_TRUE(Ask(cache, "q", computed, [] { return absl::OkStatus(); }).ok());
  EXPECT_EQ(computed, before + 1);
}

// Whoever computes may fail for reasons that are nobody else's, such as a deadline: another one takes over.
TEST(AnswerCacheTest, WhoGivesUpIsFollowed) {
  AnswerCache cache;
  std::atomic<int> computed = 0, answered = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 30; ++i) {
      threads.emplace_back([&] {
        const auto answer = Ask(cache, "q", computed, [&] {
          absl::SleepFor(absl::Milliseconds(10));
          return computed < 3 ? absl::UnavailableError("the connection is gone") : absl::OkStatus();
        });
        if (answer.ok()) ++answered;
      });
    }
  }
  EXPECT_EQ(computed, 3);
  EXPECT_EQ(answered, 28);
}

TEST(AnswerCacheTest, WaitsNoLongerThanItsDeadline) {
  AnswerCache cache;
  AnswerCache::Begun leads = cache.Begin({"q"}, false);
  AnswerCache::Begun follows = cache.Begin({"p", "q"}, false);
  ASSERT_NE(follows.other, nullptr);
  EXPECT_FALSE(follows.other->Wait(absl::Now() + absl::Milliseconds(10)).has_value());
  // It has not taken on the other question meanwhile.
  EXPECT_EQ(cache.Begin({"p"}, false).other, nullptr);
  EXPECT_EQ(cache.Begin({"p", "q"}, true).other, nullptr);
}

TEST(AnswerCacheTest, IsBounded) {
  AnswerCache cache(100'000);
  const auto put = [&](const std::string& key, size_t size) { cache.Begin({key}, false).lead.Give(key, AnswerOf(key, size)); };
  const auto has = [&](const std::string& key) { return !cache.Begin({key}, true).known.empty(); };
  for (int i = 0; i < 100; ++i) {
    put(std::to_string(i), 5000);
    EXPECT_TRUE(has(std::to_string(i)));
    EXPECT_TRUE(has("0")) << "asked for all the time";
  }
  EXPECT_FALSE(has("50"));
  put("great", 50'000);
  EXPECT_FALSE(has("great"));
  EXPECT_TRUE(has("99"));
}

}  // namespace
}  // namespace heitie::metrics
