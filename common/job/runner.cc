#include "common/job/runner.h"

#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/observe/log.h"
#include "common/status/macros.h"

namespace heitie::job {
namespace {

absl::Duration BackOff(int attempt) { return std::min(absl::Minutes(1), absl::Seconds(1) * (1 << std::min(attempt, 6))); }

}  // namespace

absl::Status Schedule(resource::Transaction& tx, const Job& job) {
  RETURN_IF_ERROR(Cancel(tx, job.name));
  return tx.sql
      .Execute("INSERT INTO job (name, kind, payload, run_time) VALUES (?, ?, ?, ?)",
               sql::Bind(job.name, job.kind, job.payload, job.run_time))
      .status();
}

absl::Status Cancel(resource::Transaction& tx, const std::string& name) {
  return tx.sql.Execute("DELETE FROM job WHERE name = ?", sql::Bind(name)).status();
}

struct Runner::Impl {
  Impl(resource::Store& s, const time::Clock& c, std::string n, absl::Duration l) : store(s), clock(c), service(std::move(n)), lease(l) {}

  absl::Time Deadline() const { return absl::Now() + lease; }

  rpc::Call MakeCall(const std::string& kind) const {
    rpc::Call call;
    call.principal.name = service;
    call.principal.Grant(options::v1::ROLE_SERVICE);
    call.method = absl::StrCat("job/", kind);
    call.trace_id = absl::StrCat("000000", resource::NewId(clock.Now()));
    for (char& c : call.trace_id) {
      // Hex digits only (W3C trace context).
      if (!std::isxdigit(static_cast<unsigned char>(c))) c = "0123456789abcdef"[c & 15];
    }
    call.deadline = Deadline();
    call.now = clock.Now();
    return call;
  }

  // Takes the lease of one job that is due; nothing when none is.
  absl::StatusOr<std::optional<Job>> Lease(const std::string& token) {
    std::optional<Job> job;
    const absl::Time now = clock.Now();
    RETURN_IF_ERROR(store.database().Write(Deadline(), [&](sql::Session& session) -> absl::Status {
      job.reset();
      RETURN_IF_ERROR(session.Query(
          "SELECT name, kind, payload, run_time, attempt FROM job WHERE run_time <= ? AND (lease_until IS NULL OR lease_until < ?) "
          "ORDER BY run_time LIMIT 1 FOR UPDATE SKIP LOCKED",
          sql::Bind(now, now), [&](const sql::Row& row) {
            job = Job{row.Text(0), row.Text(1), row.Text(2), row.Time(3), static_cast<int>(row.Int(4))};
          }));
      if (!job) return absl::OkStatus();
      return session.Execute("UPDATE job SET lease_token = ?, lease_until = ? WHERE name = ?", sql::Bind(token, now + lease, job->name))
          .status();
    }));
    return job;
  }

  // Only while the lease is ours: a job that was taken over or scheduled anew is left alone.
  absl::Status Settle(const Job& job, const std::string& token, const Outcome& outcome) {
    const std::string payload = outcome.payload.value_or(job.payload);
    return store.database().Write(Deadline(), [&](sql::Session& session) -> absl::Status {
      if (!outcome.status.ok()) {
        return session
            .Execute(
                "UPDATE job SET attempt = attempt + 1, payload = ?, run_time = ?, lease_token = NULL, lease_until = NULL, last_error = ? "
                "WHERE name = ? AND lease_token = ?",
                sql::Bind(payload, clock.Now() + BackOff(job.attempt), outcome.status.ToString(), job.name, token))
            .status();
      }
      if (outcome.again != absl::InfiniteFuture()) {
        return session
            .Execute(
                "UPDATE job SET attempt = 0, payload = ?, run_time = ?, lease_token = NULL, lease_until = NULL, last_error = NULL "
                "WHERE name = ? AND lease_token = ?",
                sql::Bind(payload, outcome.again, job.name, token))
            .status();
      }
      return session.Execute("DELETE FROM job WHERE name = ? AND lease_token = ?", sql::Bind(job.name, token)).status();
    });
  }

  // Only the thread that runs jobs comes here.
  absl::Status CreateRecurring() {
    while (!recurring.empty()) {
      RETURN_IF_ERROR(store.database().Write(Deadline(), [&](sql::Session& session) {
        return session
            .Execute("INSERT IGNORE INTO job (name, kind, payload, run_time) VALUES (?, ?, '', ?)",
                     sql::Bind(recurring.back(), recurring.back(), clock.Now()))
            .status();
      }));
      recurring.pop_back();
    }
    return absl::OkStatus();
  }

  Outcome Run(const Job& job) {
    const auto it = handlers.find(job.kind);
    if (it == handlers.end()) return Outcome::Failed(absl::UnimplementedError(absl::StrCat("no handler for jobs of kind ", job.kind)));
    try {
      return it->second(MakeCall(job.kind), job);
    } catch (const std::exception& e) {
      return Outcome::Failed(absl::InternalError(e.what()));
    }
  }

  resource::Store& store;
  const time::Clock& clock;
  const std::string service;
  const absl::Duration lease;
  std::map<std::string, Handler> handlers;
  std::vector<std::string> recurring;  // not known to exist yet

  std::thread thread;
  std::mutex mutex;
  std::condition_variable wake;
  bool stopping = false;
};

Runner::Runner(resource::Store& store, const time::Clock& clock, std::string service, absl::Duration lease)
    : impl_(std::make_unique<Impl>(store, clock, std::move(service), lease)) {}

Runner::~Runner() { Stop(); }

void Runner::Handle(const std::string& kind, Handler handler) { impl_->handlers[kind] = std::move(handler); }

void Runner::Recur(const std::string& name, Handler handler) {
  Handle(name, std::move(handler));
  impl_->recurring.push_back(name);
}

absl::StatusOr<int> Runner::RunDue() {
  RETURN_IF_ERROR(impl_->CreateRecurring());
  for (int count = 0;; ++count) {
    {
      std::lock_guard<std::mutex> lock(impl_->mutex);
      if (impl_->stopping) return count;
    }
    const std::string token = resource::NewId(impl_->clock.Now());
    ASSIGN_OR_RETURN(const std::optional<Job> job, impl_->Lease(token));
    if (!job) return count;
    const Outcome outcome = impl_->Run(*job);
    if (!outcome.status.ok()) {
      observe::Log(observe::Severity::kWarning, "job failed", {{"job", job->name}, {"error", outcome.status.ToString()}});
    }
    RETURN_IF_ERROR(impl_->Settle(*job, token, outcome));
  }
}

void Runner::Start(absl::Duration poll) {
  impl_->thread = std::thread([this, poll] {
    std::unique_lock<std::mutex> lock(impl_->mutex);
    while (!impl_->stopping) {
      lock.unlock();
      const absl::StatusOr<int> ran = RunDue();
      if (!ran.ok()) observe::Log(observe::Severity::kWarning, "jobs cannot be leased", {{"error", ran.status().ToString()}});
      lock.lock();
      const absl::Duration pause = ran.ok() ? poll : absl::Seconds(1);
      impl_->wake.wait_for(lock, absl::ToChronoMilliseconds(pause), [this] { return impl_->stopping; });
    }
  });
}

void Runner::Stop() {
  {
    std::lock_guard<std::mutex> lock(impl_->mutex);
    impl_->stopping = true;
  }
  impl_->wake.notify_all();
  if (impl_->thread.joinable()) impl_->thread.join();
}

}  // namespace heitie::job
