#include "common/record/write_group.h"

#include <algorithm>
#include <atomic>
#include <utility>

#include "absl/time/clock.h"
#include "common/observe/metrics.h"
#include "common/status/status.h"
#include "common/work/overloaded.h"

namespace heitie::record {
namespace {

// Transactions with savepoints after one without them was undone.
constexpr int kCareful = 100;

}  // namespace

class WriteGroup::Member final : public work::Task {
 public:
  Member(sql::Database& database, Write write) : database_(database), write_(std::move(write)) {}
  // On its own.
  void Run() override { Finish(database_.Write(write_.work.deadline, write_.work.run)); }
  void Refuse() override { Finish(work::Overloaded()); }
  void Finish(const absl::Status& status) { write_.done(status); }
  const sql::Database::Work& work() const { return write_.work; }
  bool cancelled() const { return write_.cancelled && write_.cancelled(); }

 private:
  sql::Database& database_;
  const Write write_;
};

class WriteGroup::Turn final : public work::Task {
 public:
  explicit Turn(WriteGroup& group) : group_(group) {}
  void Run() override { group_.Lead(); }
  void Refuse() override { group_.Refuse(); }

 private:
  WriteGroup& group_;
};

WriteGroup::~WriteGroup() {
  std::unique_lock<std::mutex> lock(mutex_);
  idle_.wait(lock, [this] { return leaders_ == 0; });
}

void WriteGroup::Add(Write write) {
  const std::string caller = write.caller;
  std::shared_ptr<work::Task> member = std::make_shared<Member>(database_, std::move(write));
  std::shared_ptr<work::Task> gives_way;
  bool leads = false;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (pending_.size() >= kWaiting) gives_way = pending_.Yield(caller, options::v1::PRIORITY_NORMAL);
    if (pending_.size() >= kWaiting) {
      gives_way = std::move(member);
    } else {
      pending_.Push(std::move(member), caller, options::v1::PRIORITY_NORMAL, std::chrono::steady_clock::now());
      leads = leaders_ < kLeaders;
      leaders_ += leads;
    }
  }
  if (gives_way != nullptr) gives_way->Refuse();
  if (leads && !writers_.Submit(std::make_shared<Turn>(*this), caller, priority_)) Refuse();
}

// Every writer is busy with other groups, and their queue is full.
void WriteGroup::Refuse() {
  std::vector<std::shared_ptr<work::Task>> refused;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (leaders_ > 1) {
      --leaders_;
      return;
    }
    while (auto task = pending_.Pop({}).task) refused.push_back(std::move(task));
  }
  for (const auto& task : refused) task->Refuse();
  std::lock_guard<std::mutex> lock(mutex_);
  --leaders_;
  idle_.notify_all();
}

WriteGroup::Batch WriteGroup::Next() {
  Batch batch;
  while (batch.size() < kMembers) {
    std::shared_ptr<work::Task> task = pending_.Pop({}).task;
    if (task == nullptr) break;
    batch.push_back(std::static_pointer_cast<Member>(std::move(task)));
  }
  return batch;
}

void WriteGroup::Lead() {
  std::unique_lock<std::mutex> lock(mutex_);
  for (Batch batch = Next(); !batch.empty(); batch = Next()) {
    lock.unlock();
    Run(batch);
    batch.clear();
    // Other groups have their turns as well.
    if (writers_.queued() > 0 && writers_.Submit(std::make_shared<Turn>(*this), "", priority_)) return;
    lock.lock();
  }
  --leaders_;
  idle_.notify_all();
}

void WriteGroup::Run(const Batch& batch) {
  static std::atomic<uint64_t>& writes = observe::Counter("heitie_writes_total", "Writes that share commits when they wait.");
  static std::atomic<uint64_t>& groups = observe::Counter("heitie_write_groups_total", "Transactions in which they were done.");
  Batch timely;
  const absl::Time now = absl::Now();
  for (const auto& member : batch) {
    if (member->cancelled()) {
      member->Finish(absl::CancelledError());
    } else if (now < member->work().deadline) {
      timely.push_back(member);
    } else {
      member->Finish(status::Error(status::kDeadline));
    }
  }
  if (timely.empty()) return;
  writes += timely.size();
  ++groups;
  if (timely.size() == 1) return timely[0]->Run();
  const std::vector<std::optional<absl::Status>> statuses = Together(timely);
  // What was refused may have to be looked up (AIP-155): what succeeded does not wait for that.
  for (const bool succeeded : {true, false}) {
    for (size_t i = 0; i < timely.size(); ++i) {
      if (statuses[i] && statuses[i]->ok() == succeeded) timely[i]->Finish(*statuses[i]);
    }
  }
  // What the common transaction left undecided, each on its own.
  for (size_t i = 0; i < timely.size(); ++i) {
    if (!statuses[i]) timely[i]->Run();
  }
}

// Where works seldom fail, none pays for a savepoint; where one has failed, the next will as well (the last unit is gone).
std::vector<std::optional<absl::Status>> WriteGroup::Together(const Batch& batch) {
  std::vector<const sql::Database::Work*> works;
  for (const auto& member : batch) works.push_back(&member->work());
  bool savepoints = false;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    savepoints = careful_ > 0;
    careful_ -= savepoints;
  }
  std::vector<std::optional<absl::Status>> statuses = database_.WriteTogether(works, savepoints);
  if (savepoints || statuses[0]) return statuses;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    careful_ = kCareful;
  }
  return database_.WriteTogether(works, true);
}

}  // namespace heitie::record
