#include "common/event/waiters.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/time/clock.h"
#include "common/event/event_log.h"
#include "common/observe/log.h"
#include "common/observe/survive.h"
#include "common/status/line.h"
#include "common/status/macros.h"
#include "common/work/overloaded.h"

namespace heitie::event {
namespace {

// For one look, whose statements take milliseconds.
constexpr absl::Duration kLookTime = absl::Seconds(2);
// New events whose kinds are looked at before all who wait are asked for by themselves.
constexpr int64_t kHeads = 1000;
// The answer must reach its caller within its time.
constexpr int kShareForAnswer = 10;

const type::v1::ListEventsRequest& RequestOf(const rpc::Exchange& exchange) {
  return static_cast<const type::v1::ListEventsRequest&>(*exchange.request);
}
type::v1::ListEventsResponse& ResponseOf(rpc::Exchange& exchange) { return static_cast<type::v1::ListEventsResponse&>(*exchange.response); }

absl::Time EndOf(const rpc::Exchange& exchange, absl::Time now) {
  const auto& wait = RequestOf(exchange).wait();
  const absl::Duration left = exchange.call.deadline - now;
  return now + std::min(absl::Seconds(wait.seconds()) + absl::Nanoseconds(wait.nanos()), left - left / kShareForAnswer);
}

bool IsGone(const rpc::Exchange& exchange) { return exchange.cancelled && exchange.cancelled(); }

struct Head {
  int64_t position;
  std::string subject_type, subject;
};

bool Wants(const type::v1::ListEventsRequest& request, const Head& head) {
  const auto& types = request.subject_types();
  return (request.subject().empty() || request.subject() == head.subject) &&
         (types.empty() || std::find(types.begin(), types.end(), head.subject_type) != types.end());
}

}  // namespace

absl::StatusOr<Placed> PeekPlaced(record::Store& store, absl::Time deadline) {
  Placed placed;
  RETURN_IF_ERROR(store.database().Read(deadline, [&](sql::Session& session) {
    return session.Query(
        "SELECT position, EXISTS (SELECT 1 FROM event FORCE INDEX (event_position) WHERE position IS NULL) FROM event_position WHERE id = "
        "1",
        {}, [&](const sql::Row& row) {
          placed = {row.Int(0), row.Int(1) == 0};
        });
  }));
  return placed;
}

class Waiters::Look final : public work::Task {
 public:
  explicit Look(Waiters& all) : all_(all) {}
  void Run() override {
    observe::Survive("a look for events threw", [this] { all_.RunLook(); });
    Done();
  }
  void Refuse() override { Done(); }

 private:
  void Done() {
    const std::lock_guard lock(all_.mutex_);
    all_.looking_ = false;
    all_.changed_.notify_all();
  }

  Waiters& all_;
};

Waiters::Waiters(record::Store& store) : store_(store) {}

Waiters::~Waiters() {
  End();
  keeper_ = {};
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return !looking_; });
}

void Waiters::Add(std::shared_ptr<rpc::Exchange> exchange) {
  const absl::Time until = EndOf(*exchange, absl::Now());
  const int64_t seen = ResponseOf(*exchange).last_position();
  Add({std::move(exchange), until, seen});
}

void Waiters::Add(Waiter waiter) {
  bool ended = false;
  {
    const std::lock_guard lock(mutex_);
    const std::string& caller = waiter.exchange->call.principal.name;
    const auto known = callers_.find(caller);
    ended = ended_;
    if (!ended && waiting_.size() < kMost && (known == callers_.end() || known->second < kMostOfCaller)) {
      ++callers_[caller];
      waiting_.push_back(std::move(waiter));
      // Something may have come since its list was read.
      woken_ = true;
      if (!keeper_.joinable()) keeper_ = std::jthread([this](const std::stop_token& stop) { Keep(stop); });
      changed_.notify_all();
      return;
    }
  }
  waiter.exchange->finish(ended ? absl::OkStatus() : work::Overloaded());
}

void Waiters::Wake() {
  const std::lock_guard lock(mutex_);
  if (waiting_.empty()) return;
  woken_ = true;
  changed_.notify_all();
}

void Waiters::End() {
  std::list<Waiter> all;
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
    all.swap(waiting_);
    callers_.clear();
  }
  for (const Waiter& waiter : all) waiter.exchange->finish(absl::OkStatus());
}

void Waiters::Forget(const Waiter& waiter) {
  const auto caller = callers_.find(waiter.exchange->call.principal.name);
  if (caller != callers_.end() && --caller->second == 0) callers_.erase(caller);
}

// Those whose time is over or whose client has gone.
std::vector<Waiters::Waiter> Waiters::TakeOver(absl::Time now) {
  std::vector<Waiter> over;
  for (auto next = waiting_.begin(); next != waiting_.end();) {
    const auto at = next++;
    if (at->until > now && !IsGone(*at->exchange)) continue;
    Forget(*at);
    over.push_back(std::move(*at));
    waiting_.erase(at);
  }
  return over;
}

void Waiters::Keep(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    changed_.wait(lock, stop, [this] { return !waiting_.empty(); });
    const absl::Time due = looked_ + kLook, soonest = looked_ + kPause;
    const auto must_look = [&] { return !looking_ && woken_; };
    const absl::Duration patience = looking_ ? kLook : std::max(due - absl::Now(), absl::Milliseconds(1));
    changed_.wait_for(lock, stop, absl::ToChronoMilliseconds(patience), must_look);
    if (stop.stop_requested()) break;
    if (must_look() && soonest > absl::Now()) {
      changed_.wait_for(lock, stop, absl::ToChronoNanoseconds(soonest - absl::Now()), [] { return false; });
    }
    const absl::Time now = absl::Now();
    std::vector<Waiter> over = TakeOver(now);
    const bool look = !looking_ && !waiting_.empty() && (woken_ || now >= due);
    if (look) {
      looking_ = true;
      woken_ = false;
      looked_ = now;
    }
    lock.unlock();
    for (Waiter& waiter : over) {
      ResponseOf(*waiter.exchange).set_last_position(waiter.seen);
      waiter.exchange->finish(IsGone(*waiter.exchange) ? absl::CancelledError() : absl::OkStatus());
    }
    over.clear();
    // Ahead of lists and reports: it is one short statement for all.
    const auto task = look ? std::make_shared<Look>(*this) : nullptr;
    if (look && !store_.readers().Submit(task, "", options::v1::PRIORITY_HIGH)) task->Refuse();
    lock.lock();
  }
}

void Waiters::RunLook() {
  const absl::Time deadline = absl::Now() + kLookTime;
  absl::StatusOr<Placed> placed = PeekPlaced(store_, deadline);
  if (placed.ok() && !placed->all) {
    const absl::Status all = PlaceAll(store_, deadline);
    placed = all.ok() ? PeekPlaced(store_, deadline) : all;
  }
  if (placed.ok()) return Find(placed->last);
  observe::Log(observe::Severity::kWarning, "events cannot be looked for", {{"error", status::Line(placed.status())}});
}

void Waiters::Find(int64_t head) {
  int64_t first = head;
  {
    const std::lock_guard lock(mutex_);
    for (const Waiter& waiter : waiting_) first = std::min(first, waiter.seen);
  }
  if (first == head) return;
  std::vector<Head> heads;
  if (head - first <= kHeads) {
    const absl::Status read = store_.database().Read(absl::Now() + kLookTime, [&](sql::Session& session) {
      heads.clear();
      return session.Query("SELECT position, aggregatetype, aggregateid FROM event WHERE position > ? AND position <= ?",
                           sql::Bind(first, head), [&](const sql::Row& row) {
                             heads.push_back({row.Int(0), row.Text(1), row.Text(2)});
                           });
    });
    if (!read.ok()) return;
  }
  std::vector<Waiter> found;
  {
    const std::lock_guard lock(mutex_);
    for (auto next = waiting_.begin(); next != waiting_.end();) {
      const auto at = next++;
      // Who came meanwhile and is farther behind is looked for by the next look.
      if (at->seen >= head || at->seen < first) continue;
      const auto& request = RequestOf(*at->exchange);
      const bool wanted = head - first > kHeads || std::any_of(heads.begin(), heads.end(), [&](const Head& one) {
                            return one.position > at->seen && Wants(request, one);
                          });
      if (!wanted) {
        at->seen = head;
        continue;
      }
      Forget(*at);
      found.push_back(std::move(*at));
      waiting_.erase(at);
    }
  }
  for (Waiter& waiter : found) Answer(std::move(waiter));
}

void Waiters::Answer(Waiter waiter) {
  rpc::Exchange& exchange = *waiter.exchange;
  absl::StatusOr<type::v1::ListEventsResponse> response = Fetch(store_, exchange.call, RequestOf(exchange));
  const absl::Status status = response.status();
  if (!status.ok()) return exchange.finish(status);
  ResponseOf(exchange) = *std::move(response);
  if (!ResponseOf(exchange).events().empty()) return exchange.finish(status);
  // It was asked for only because there was so much.
  waiter.seen = ResponseOf(exchange).last_position();
  Add(std::move(waiter));
}

}  // namespace heitie::event
