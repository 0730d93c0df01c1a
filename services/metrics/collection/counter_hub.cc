#include "services/metrics/collection/counter_hub.h"

#include <algorithm>

#include "common/observe/survive.h"
#include "common/status/status.h"
#include "heitie/metrics/v1/counters.pb.h"

namespace heitie::metrics {

CounterHub::CounterHub(Source source, Pace pace) : source_(std::move(source)), pace_(pace), thread_([this] { Run(); }) {}

CounterHub::~CounterHub() {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    stop_ = true;
  }
  wake_.notify_one();
  thread_.join();
  for (const auto& [activity, topic] : topics_) {
    for (const Watcher& watcher : topic.watchers) {
      watcher.stream->Close(status::RetryLater(status::kUnavailable, absl::Seconds(1), {{"what", "metrics"}}));
    }
  }
}

void CounterHub::Watch(std::shared_ptr<rpc::Stream> stream, const std::string& activity) {
  auto ended = std::make_shared<std::atomic<bool>>(false);
  stream->OnEnd([ended] { *ended = true; });
  {
    std::lock_guard<std::mutex> lock(mutex_);
    Topic& topic = topics_[activity];
    topic.watchers.push_back({std::move(stream), std::move(ended)});
    topic.changed = true;
  }
  wake_.notify_one();
}

void CounterHub::Changed(const std::vector<std::string>& activities) {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    for (const std::string& activity : activities) {
      const auto it = topics_.find(activity);
      if (it != topics_.end()) it->second.changed = true;
    }
  }
  wake_.notify_one();
}

void CounterHub::Run() {
  std::unique_lock<std::mutex> lock(mutex_);
  while (!stop_) {
    DropEnded();
    const Clock::time_point now = Clock::now();
    if (topics_.empty()) {
      wake_.wait(lock);
    } else if (now >= next_poll_) {
      Poll(lock);
    } else if (const std::vector<std::string> due = Due(now); !due.empty()) {
      for (const std::string& activity : due) Deliver(lock, activity);
    } else {
      wake_.wait_until(lock, NextWork());
    }
  }
}

void CounterHub::DropEnded() {
  for (auto it = topics_.begin(); it != topics_.end();) {
    std::erase_if(it->second.watchers, [](const Watcher& watcher) { return watcher.ended->load(); });
    it = it->second.watchers.empty() ? topics_.erase(it) : std::next(it);
  }
}

CounterHub::Clock::time_point CounterHub::NextWork() const {
  Clock::time_point next = next_poll_;
  for (const auto& [activity, topic] : topics_) {
    if (!topic.changed) continue;
    for (const Watcher& watcher : topic.watchers) next = std::min(next, std::max(watcher.next, topic.retry));
  }
  return next;
}

std::vector<std::string> CounterHub::Due(Clock::time_point now) const {
  std::vector<std::string> due;
  for (const auto& [activity, topic] : topics_) {
    const bool waited =
        std::any_of(topic.watchers.begin(), topic.watchers.end(), [&](const Watcher& watcher) { return watcher.next <= now; });
    if (topic.changed && topic.retry <= now && waited) due.push_back(activity);
  }
  return due;
}

void CounterHub::Poll(std::unique_lock<std::mutex>& lock) {
  std::vector<std::string> activities;
  for (const auto& entry : topics_) activities.push_back(entry.first);
  lock.unlock();
  absl::StatusOr<std::map<std::string, int64_t>> versions = absl::InternalError("an exception");
  observe::Survive("the versions of counters could not be read", [&] { versions = source_.versions(activities); });
  lock.lock();
  next_poll_ = Clock::now() + pace_.poll;
  if (!versions.ok()) return;  // The database is away for a while; the next look shows what happened meanwhile.
  for (const auto& [activity, version] : *versions) {
    const auto it = topics_.find(activity);
    if (it != topics_.end() && version > it->second.seen) it->second.changed = true;
  }
}

void CounterHub::Deliver(std::unique_lock<std::mutex>& lock, const std::string& activity) {
  topics_[activity].changed = false;  // A change that comes while we read sets it again.
  lock.unlock();
  v1::WatchActivityCountersResponse response;
  absl::StatusOr<v1::ActivityCounters> counters = absl::InternalError("an exception");
  observe::Survive("counters could not be read", [&] { counters = source_.read(activity); });
  lock.lock();
  Topic& topic = topics_[activity];
  if (!counters.ok()) {
    topic.changed = true;
    topic.retry = Clock::now() + pace_.poll;
    return;
  }
  topic.seen = std::max(topic.seen, counters->version());
  const std::vector<Message> receivers = Receivers(topic, counters->version());
  lock.unlock();
  *response.mutable_counters() = *counters;
  for (const Message& message : receivers) {
    bool sent = false;
    observe::Survive("counters could not be sent", [&] { sent = message.stream->Send(response); });
    if (!sent) *message.ended = true;
  }
  lock.lock();
}

std::vector<CounterHub::Message> CounterHub::Receivers(Topic& topic, int64_t version) {
  const Clock::time_point now = Clock::now();
  std::vector<Message> receivers;
  for (Watcher& watcher : topic.watchers) {
    if (watcher.sent == version) continue;
    if (watcher.next > now) {
      topic.changed = true;  // This one gets the version in its own time.
      continue;
    }
    watcher.sent = version;
    watcher.next = now + pace_.send;
    receivers.push_back({watcher.stream, watcher.ended});
  }
  return receivers;
}

}  // namespace heitie::metrics
