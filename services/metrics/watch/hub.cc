#include "services/metrics/watch/hub.h"

#include <algorithm>

#include "common/observe/survive.h"
#include "common/status/outage.h"
#include "common/status/status.h"

namespace heitie::metrics {
namespace {

// A topic is gone through at most so often, however its watchers' times are spread: with ten thousand of them each round counts.
constexpr std::chrono::milliseconds kRound{20};
// Looks take at most one part in so many of the time.
constexpr int kLookShare = 5;

absl::Status HubGoesAway() { return status::RetryLater(status::kUnavailable, absl::Seconds(1), {{"what", "metrics"}}); }

const google::protobuf::Message& MessageFor(const WatchedState& state, const rpc::Stream& stream) {
  const auto language = static_cast<size_t>(stream.call().language);
  return *state.messages[language < state.messages.size() ? language : 0];
}

}  // namespace

Hub::Hub(Source source, Pace pace) : source_(std::move(source)), pace_(pace) {
  for (int i = 0; i < pace_.readers; ++i) threads_.emplace_back([this] { Read(); });
  threads_.emplace_back([this] { Send(); });
}

Hub::~Hub() {
  {
    std::lock_guard<std::mutex> lock(core_->mutex);
    stop_ = true;
    core_->watched = false;
  }
  core_->wake.notify_all();
  for (std::thread& thread : threads_) thread.join();
  for (const auto& [name, topic] : topics_) {
    for (const auto& [id, watcher] : topic->watchers) watcher.stream->Close(HubGoesAway());
  }
}

void Hub::Watch(std::shared_ptr<rpc::Stream> stream, const std::string& name, const std::string& last_digest) {
  uint64_t id = 0;
  {
    std::lock_guard<std::mutex> lock(core_->mutex);
    id = next_id_++;
    std::shared_ptr<Topic>& topic = topics_[name];
    const bool first = topic == nullptr;
    if (first) topic = std::make_shared<Topic>();
    topic->name = name;
    topic->newest = Clock::now();
    Watcher watcher{stream, nullptr, topic->newest};
    if (!last_digest.empty()) watcher.has = std::make_shared<std::string>(last_digest);
    topic->watchers.emplace(id, std::move(watcher));
    by_watcher_[id] = topic.get();
    core_->watched = true;
    if (next_poll_ == kNever) next_poll_ = topic->newest + pace_.poll;
    // A state that is there may be old: a look says whether it is.
    first ? PlaceRead(*topic, topic->newest) : RingSoon();
  }
  core_->wake.notify_all();
  stream->OnEnd([core = core_, id] {
    std::lock_guard<std::mutex> lock(core->mutex);
    core->ended.push_back(id);
  });
}

void Hub::Changed(const std::vector<std::string>& keys) {
  {
    std::lock_guard<std::mutex> lock(core_->mutex);
    for (const std::string& key : keys) {
      const auto found = by_key_.find(key);
      if (found == by_key_.end()) continue;
      for (Topic* topic : found->second) MarkChanged(*topic);
    }
  }
  core_->wake.notify_all();
}

std::function<void()> Hub::Bell() const {
  return [weak = std::weak_ptr<Core>(core_)] {
    const std::shared_ptr<Core> core = weak.lock();
    if (core == nullptr) return;
    {
      std::lock_guard<std::mutex> lock(core->mutex);
      if (!core->watched || core->rung) return;
      core->rung = true;
    }
    core->wake.notify_all();
  };
}

// --- Readers ------------------------------------------------------------------------------------------------------------

void Hub::Read() {
  Lock lock(core_->mutex);
  while (!stop_) {
    DropEnded(lock);
    if (std::exchange(core_->rung, false)) RingSoon();
    const Clock::time_point now = Clock::now();
    const Clock::time_point poll = polling_ ? kNever : next_poll_;
    const Clock::time_point read = reads_.empty() ? kNever : reads_.begin()->first;
    if (poll <= now) {
      Poll(lock);
    } else if (read <= now) {
      ReadTopic(lock, *reads_.begin()->second);
    } else if (const Clock::time_point next = std::min(poll, read); next == kNever) {
      core_->wake.wait(lock);
    } else {
      core_->wake.wait_until(lock, next);
    }
  }
}

void Hub::ReadTopic(Lock& lock, Topic& due) {
  const std::shared_ptr<Topic> topic = topics_.at(due.name);
  PlaceRead(*topic, kNever);
  topic->changed = false;  // A change that comes while we read sets it again.
  topic->reading = true;
  lock.unlock();
  const Clock::time_point start = Clock::now();
  absl::StatusOr<WatchedState> state = absl::InternalError("an exception");
  observe::Survive("what is watched could not be read", [&] { state = source_.read(topic->name); });
  lock.lock();
  const Clock::time_point now = Clock::now();
  topic->reading = false;
  if (topic->watchers.empty()) return Remove(*topic);
  if (!state.ok() && !status::IsOutage(state.status())) return Fail(lock, *topic, state.status());
  if (!state.ok()) {
    topic->next_read = now + std::max<Clock::duration>(pace_.poll, now - start);
    return MarkChanged(*topic);
  }
  topic->verified = start;
  topic->next_read = now + std::max<Clock::duration>(pace_.rest, now - start);
  const absl::Duration refresh = state->refresh;
  Take(*topic, *std::move(state));
  if (topic->changed) {
    PlaceRead(*topic, topic->next_read);
  } else if (refresh < absl::InfiniteDuration()) {
    PlaceRead(*topic, std::max(topic->next_read, now + absl::ToChronoMilliseconds(refresh)));
  }
  PlaceSend(*topic, now);
  if (topic->newest > topic->verified) RingSoon();
  core_->wake.notify_all();
}

void Hub::Take(Topic& topic, WatchedState state) {
  Index(topic, false);
  topic.digest = topic.digest != nullptr && *topic.digest == state.digest ? topic.digest : std::make_shared<std::string>(state.digest);
  topic.state = std::make_shared<const WatchedState>(std::move(state));
  Index(topic, true);
}

void Hub::Fail(Lock& lock, Topic& topic, const absl::Status& why) {
  std::vector<std::shared_ptr<rpc::Stream>> streams;
  for (auto& [id, watcher] : topic.watchers) {
    by_watcher_.erase(id);
    streams.push_back(std::move(watcher.stream));
  }
  topic.watchers.clear();
  Remove(topic);
  lock.unlock();
  for (const auto& stream : streams) observe::Survive("a stream could not be ended", [&] { stream->Close(why); });
  streams.clear();
  lock.lock();
}

void Hub::Poll(Lock& lock) {
  polling_ = true;
  std::vector<std::string> keys;
  for (const auto& [key, topics] : by_key_) keys.push_back(key);
  std::vector<std::pair<Topic*, const WatchedState*>> looked_at;
  std::vector<std::shared_ptr<const WatchedState>> kept;  // so that no other state comes to lie in the same place
  for (const auto& [name, topic] : topics_) {
    if (topic->state == nullptr) continue;
    looked_at.emplace_back(topic.get(), topic->state.get());
    kept.push_back(topic->state);
  }
  lock.unlock();
  const Clock::time_point start = Clock::now();
  absl::StatusOr<std::map<std::string, std::string>> versions = absl::InternalError("an exception");
  observe::Survive("versions could not be read", [&] { versions = source_.versions(keys); });
  lock.lock();
  const Clock::time_point now = Clock::now();
  polling_ = false;
  earliest_poll_ = now + std::max<Clock::duration>(pace_.look, kLookShare * (now - start));
  const bool again = std::exchange(again_, false);
  next_poll_ = topics_.empty() ? kNever : again ? earliest_poll_ : now + pace_.poll;
  // While the database is away nothing is known; the next look shows what happened meanwhile.
  if (versions.ok()) Verify(*versions, start, looked_at);
  core_->wake.notify_all();
}

void Hub::Verify(const std::map<std::string, std::string>& versions, Clock::time_point start,
                 const std::vector<std::pair<Topic*, const WatchedState*>>& looked_at) {
  std::set<const Topic*> present;
  for (const auto& [name, topic] : topics_) present.insert(topic.get());
  for (const auto& [topic, state] : looked_at) {
    // Another state than that which was looked at is newer than the look.
    if (present.count(topic) == 0 || topic->state.get() != state) continue;
    const bool same = std::all_of(state->basis.begin(), state->basis.end(), [&](const auto& part) {
      const auto found = versions.find(part.first);
      return part.second == (found == versions.end() ? "" : found->second);
    });
    if (!same) {
      MarkChanged(*topic);
    } else if (!topic->changed && !topic->reading) {
      const bool waited_for = topic->newest > topic->verified;
      topic->verified = start;
      if (waited_for) PlaceSend(*topic, Clock::now());
      if (topic->newest > topic->verified) RingSoon();
    }
  }
}

// --- The sender ---------------------------------------------------------------------------------------------------------

void Hub::Send() {
  Lock lock(core_->mutex);
  while (!stop_) {
    DropEnded(lock);
    if (sends_.empty()) {
      core_->wake.wait(lock);
    } else if (sends_.begin()->first <= Clock::now()) {
      Deliver(lock, *sends_.begin()->second);
    } else {
      core_->wake.wait_until(lock, sends_.begin()->first);
    }
  }
}

void Hub::Deliver(Lock& lock, Topic& due) {
  const std::shared_ptr<Topic> topic = topics_.at(due.name);
  const std::shared_ptr<const WatchedState> state = topic->state;
  PlaceSend(*topic, kNever);
  std::vector<Receiver> receivers = Receivers(*topic, Clock::now());
  lock.unlock();
  std::vector<uint64_t> gone;
  for (const Receiver& receiver : receivers) {
    bool sent = true;
    observe::Survive("a state could not be sent", [&] {
      const absl::Status admitted = state->admits ? state->admits(receiver.stream->call()) : absl::OkStatus();
      sent = admitted.ok() && (!receiver.send || receiver.stream->SendLatest(MessageFor(*state, *receiver.stream)));
      if (state->last || !admitted.ok()) receiver.stream->Close(admitted);
    });
    if (!sent) gone.push_back(receiver.id);
  }
  receivers.clear();
  lock.lock();
  core_->ended.insert(core_->ended.end(), gone.begin(), gone.end());
}

std::vector<Hub::Receiver> Hub::Receivers(Topic& topic, Clock::time_point now) {
  std::vector<Receiver> receivers;
  Clock::time_point next = kNever;
  for (auto& [id, watcher] : topic.watchers) {
    if (topic.verified < watcher.since) continue;  // A look or a read is under way.
    const bool has_it = watcher.has != nullptr && (watcher.has == topic.digest || *watcher.has == *topic.digest);
    if (has_it && !topic.state->last) continue;
    if (watcher.next > now) {
      next = std::min(next, watcher.next);  // This one gets the state in its own time.
      continue;
    }
    watcher.has = topic.digest;
    watcher.next = now + pace_.send;
    receivers.push_back({id, watcher.stream, !has_it});
  }
  if (next != kNever) PlaceSend(topic, std::max(next, now + kRound));
  return receivers;
}

// --- What is due --------------------------------------------------------------------------------------------------------

void Hub::MarkChanged(Topic& topic) {
  topic.changed = true;
  if (!topic.reading) PlaceRead(topic, std::max(topic.next_read, Clock::now()));
}

void Hub::PlaceRead(Topic& topic, Clock::time_point time) {
  if (topic.read_at != kNever) reads_.erase({topic.read_at, &topic});
  topic.read_at = time;
  if (time != kNever) reads_.insert({time, &topic});
}

void Hub::PlaceSend(Topic& topic, Clock::time_point time) {
  if (topic.send_at != kNever) sends_.erase({topic.send_at, &topic});
  topic.send_at = time;
  if (time != kNever) sends_.insert({time, &topic});
}

void Hub::RingSoon() {
  if (topics_.empty()) return;
  // A look that is under way may have been too early.
  again_ = polling_;
  if (!polling_) next_poll_ = std::min(next_poll_, std::max(earliest_poll_, Clock::now()));
}

// --- Who leaves ---------------------------------------------------------------------------------------------------------

void Hub::DropEnded(Lock& lock) {
  std::vector<std::shared_ptr<rpc::Stream>> dropped;
  for (const uint64_t id : std::exchange(core_->ended, {})) {
    const auto found = by_watcher_.find(id);
    if (found == by_watcher_.end()) continue;
    Topic& topic = *found->second;
    by_watcher_.erase(found);
    const auto watcher = topic.watchers.find(id);
    dropped.push_back(std::move(watcher->second.stream));
    topic.watchers.erase(watcher);
    if (topic.watchers.empty() && !topic.reading) Remove(topic);
  }
  if (dropped.empty()) return;
  lock.unlock();
  dropped.clear();
  lock.lock();
}

void Hub::Index(Topic& topic, bool add) {
  if (topic.state == nullptr) return;
  for (const auto& [key, version] : topic.state->basis) {
    if (add) {
      by_key_[key].insert(&topic);
    } else if (const auto found = by_key_.find(key); found != by_key_.end()) {
      found->second.erase(&topic);
      if (found->second.empty()) by_key_.erase(found);
    }
  }
}

void Hub::Remove(Topic& topic) {
  Index(topic, false);
  PlaceRead(topic, kNever);
  PlaceSend(topic, kNever);
  const std::string name = topic.name;
  topics_.erase(name);
  if (!topics_.empty()) return;
  next_poll_ = kNever;
  core_->watched = false;
}

}  // namespace heitie::metrics
