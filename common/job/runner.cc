#include "common/job/runner.h"

#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/observe/log.h"
#include "common/observe/survive.h"
#include "common/status/line.h"
#include "common/status/macros.h"

namespace heitie::job {
namespace {

// What a handler has, and each statement of this file.
constexpr absl::Duration kDeadline = absl::Seconds(30);
constexpr absl::Duration kLongestBackOff = absl::Minutes(1);
constexpr int kRenewals = 5;

// The database's time; a test's where it has stopped the clock (parameter).
constexpr char kNow[] = "CAST(COALESCE(?, UTC_TIMESTAMP(6)) AS DATETIME(6))";

absl::Duration BackOff(int attempt) { return std::min(kLongestBackOff, absl::Seconds(1) * (1 << std::min(attempt, 6))); }

// A number of microseconds (second parameter) after now (first one).
std::string After() { return absl::StrCat("DATE_ADD(", kNow, ", INTERVAL ? MICROSECOND)"); }

absl::Time Deadline() { return absl::Now() + kDeadline; }

}  // namespace

absl::Status Schedule(record::Transaction& tx, const Job& job) {
  RETURN_IF_ERROR(Cancel(tx, job.name));
  return tx.sql
      .Execute("INSERT INTO job (name, kind, payload, run_time) VALUES (?, ?, ?, ?)",
               sql::Bind(job.name, job.kind, job.payload, job.run_time))
      .status();
}

absl::Status Cancel(record::Transaction& tx, const std::string& name) {
  return tx.sql.Execute("DELETE FROM job WHERE name = ?", sql::Bind(name)).status();
}

namespace {

// Renews the lease of the job that is held, in a thread of its own that begins with the first.
class Keeper {
 public:
  // `renew` extends a lease by its token; false when it is not ours any more.
  Keeper(absl::Duration interval, std::function<absl::StatusOr<bool>(const std::string& job, const std::string& token)> renew)
      : interval_(interval), renew_(std::move(renew)) {}
  ~Keeper() {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      stopping_ = true;
    }
    wake_.notify_all();
    if (thread_.joinable()) thread_.join();
  }

  // Holds a lease for a scope.
  class Hold {
   public:
    Hold(Keeper& keeper, const std::string& job, const std::string& token) : keeper_(keeper) { keeper_.Set(job, token); }
    ~Hold() { keeper_.Set("", ""); }
    Hold(const Hold&) = delete;

   private:
    Keeper& keeper_;
  };

 private:
  void Set(const std::string& job, const std::string& token) {
    const std::lock_guard<std::mutex> lock(mutex_);
    job_ = job;
    token_ = token;
    if (!thread_.joinable()) thread_ = std::thread([this] { Keep(); });
  }

  void Keep() {
    std::unique_lock<std::mutex> lock(mutex_);
    while (!wake_.wait_for(lock, absl::ToChronoMilliseconds(interval_), [this] { return stopping_; })) {
      if (token_.empty()) continue;
      const std::string job = job_, token = token_;
      lock.unlock();
      absl::StatusOr<bool> renewed = absl::InternalError("an exception");
      observe::Survive("the renewal of a lease threw", [&] { renewed = renew_(job, token); });
      lock.lock();
      if (token_ != token || (renewed.ok() && *renewed)) continue;
      observe::Log(observe::Severity::kWarning, "lease not renewed",
                   {{"job", job}, {"error", renewed.ok() ? "it is another's" : status::Line(renewed.status())}});
      if (renewed.ok()) token_.clear();
    }
  }

  const absl::Duration interval_;
  const std::function<absl::StatusOr<bool>(const std::string& job, const std::string& token)> renew_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::thread thread_;
  std::string job_, token_;  // of the lease that is held; empty: none
  bool stopping_ = false;
};

}  // namespace

struct Runner::Impl {
  Impl(record::Store& s, const time::Clock& c, std::string n, absl::Duration l)
      : store(s),
        clock(c),
        service(std::move(n)),
        lease(l),
        keeper(l / kRenewals, [this](const std::string& job, const std::string& token) { return Renew(job, token); }) {}

  struct Leased {
    Job job;
    absl::Time now;  // the database's at the lease
    std::string token;
  };

  rpc::Call MakeCall(const Leased& leased) const {
    rpc::Call call;
    call.principal.name = service;
    call.principal.Grant(options::v1::ROLE_SERVICE);
    call.method = absl::StrCat("job/", leased.job.kind);
    call.trace_id = absl::StrCat("000000", record::NewId(leased.now));
    for (char& c : call.trace_id) {
      // Hex digits only (W3C trace context).
      if (!std::isxdigit(static_cast<unsigned char>(c))) c = "0123456789abcdef"[c & 15];
    }
    call.deadline = Deadline();
    call.now = leased.now;
    return call;
  }

  sql::Value Now() const {
    const std::optional<absl::Time> stopped = clock.Stopped();
    return stopped ? sql::Value(*stopped) : sql::Value();
  }
  static sql::Value Micros(absl::Duration duration) { return sql::V(absl::ToInt64Microseconds(duration)); }

  // Takes the lease of one job that is due; nothing when none is. A lease never ends farther away than it lasts; one that does is of a
  // clock that was wrong.
  absl::StatusOr<std::optional<Leased>> Lease() {
    static const std::string& kSelect =
        *new std::string(absl::StrCat("SELECT name, kind, payload, run_time, attempt, ", kNow, " FROM job WHERE run_time <= ", kNow,
                                      " AND (lease_until IS NULL OR lease_until < ", kNow, " OR lease_until > ", After(),
                                      ") ORDER BY run_time LIMIT 1 FOR UPDATE SKIP LOCKED"));
    static const std::string& kTake =
        *new std::string(absl::StrCat("UPDATE job SET lease_token = ?, lease_until = ", After(), " WHERE name = ?"));
    std::optional<Leased> leased;
    const sql::Value now = Now();
    RETURN_IF_ERROR(store.database().Write(Deadline(), [&](sql::Session& session) -> absl::Status {
      leased.reset();
      RETURN_IF_ERROR(session.Query(kSelect, {now, now, now, now, Micros(std::max(2 * lease, absl::Minutes(1)))}, [&](const sql::Row& row) {
        leased = Leased{{row.Text(0), row.Text(1), row.Text(2), row.Time(3), static_cast<int>(row.Int(4))}, row.Time(5), ""};
      }));
      if (!leased) return absl::OkStatus();
      leased->token = record::NewId(leased->now);
      return session.Execute(kTake, {leased->token, now, Micros(lease), leased->job.name}).status();
    }));
    return leased;
  }

  absl::StatusOr<bool> Renew(const std::string& job, const std::string& token) {
    static const std::string& kRenew =
        *new std::string(absl::StrCat("UPDATE job SET lease_until = ", After(), " WHERE name = ? AND lease_token = ?"));
    int64_t rows = 0;
    RETURN_IF_ERROR(store.database().Read(absl::Now() + lease, [&](sql::Session& session) -> absl::Status {
      ASSIGN_OR_RETURN(rows, session.Execute(kRenew, {Now(), Micros(lease), job, token}));
      return absl::OkStatus();
    }));
    return rows > 0;
  }

  // Only while the lease is ours: a job that was taken over or scheduled anew is left alone.
  absl::Status Settle(const Leased& leased, const Outcome& outcome) {
    static const std::string& kFail =
        *new std::string(absl::StrCat("UPDATE job SET attempt = attempt + 1, payload = ?, run_time = ", After(),
                                      ", lease_token = NULL, lease_until = NULL, last_error = ? WHERE name = ? AND lease_token = ?"));
    static const std::string& kRecur =
        *new std::string(absl::StrCat("UPDATE job SET attempt = 0, payload = ?, run_time = ", After(),
                                      ", lease_token = NULL, lease_until = NULL, last_error = NULL WHERE name = ? AND lease_token = ?"));
    static const std::string& kAgain = *new std::string(
        "UPDATE job SET attempt = 0, payload = ?, run_time = ?, lease_token = NULL, lease_until = NULL, last_error = NULL "
        "WHERE name = ? AND lease_token = ?");
    const Job& job = leased.job;
    const std::string payload = outcome.payload.value_or(job.payload);
    const auto interval = recurring.find(job.name);
    return store.database().Write(Deadline(), [&](sql::Session& session) -> absl::Status {
      if (!outcome.status.ok()) {
        return session.Execute(kFail, {payload, Now(), Micros(BackOff(job.attempt)), status::Line(outcome.status), job.name, leased.token})
            .status();
      }
      if (outcome.again != absl::InfiniteFuture()) {
        return session.Execute(kAgain, {payload, outcome.again, job.name, leased.token}).status();
      }
      if (interval != recurring.end()) {
        return session.Execute(kRecur, {payload, Now(), Micros(interval->second), job.name, leased.token}).status();
      }
      return session.Execute("DELETE FROM job WHERE name = ? AND lease_token = ?", sql::Bind(job.name, leased.token)).status();
    });
  }

  // Creates the recurring jobs that are missing, and draws near what is farther away than its interval.
  absl::Status LookAfterRecurring() {
    if (recurring.empty()) return absl::OkStatus();
    static const std::string& kInsert =
        *new std::string(absl::StrCat("INSERT IGNORE INTO job (name, kind, payload, run_time) VALUES (?, ?, '', ", kNow, ")"));
    static const std::string& kDraw =
        *new std::string(absl::StrCat("UPDATE job SET run_time = ", kNow, " WHERE name = ? AND run_time > ", After()));
    const std::string select = absl::StrCat("SELECT name, run_time, attempt, ", kNow, " FROM job WHERE name IN (",
                                            absl::StrJoin(std::vector<std::string>(recurring.size(), "?"), ", "), ")");
    sql::Values names = {Now()};
    for (const auto& [name, interval] : recurring) names.emplace_back(name);
    std::map<std::string, absl::Duration> missing = recurring, far;
    RETURN_IF_ERROR(store.database().Read(Deadline(), [&](sql::Session& session) {
      return session.Query(select, names, [&](const sql::Row& row) {
        const auto there = missing.extract(row.Text(0));
        const absl::Duration most = Farthest(there.mapped(), row.Int(2));
        if (row.Time(1) > row.Time(3) + most) far[there.key()] = most;
      });
    }));
    if (missing.empty() && far.empty()) return absl::OkStatus();
    return store.database().Write(Deadline(), [&](sql::Session& session) -> absl::Status {
      for (const auto& [name, interval] : missing) RETURN_IF_ERROR(session.Execute(kInsert, {name, name, Now()}).status());
      for (const auto& [name, most] : far) RETURN_IF_ERROR(session.Execute(kDraw, {Now(), name, Now(), Micros(most)}).status());
      return absl::OkStatus();
    });
  }
  static absl::Duration Farthest(absl::Duration interval, int64_t attempt) {
    return attempt == 0 ? interval : std::max(interval, kLongestBackOff);
  }

  Outcome Run(const Leased& leased) {
    const auto it = handlers.find(leased.job.kind);
    if (it == handlers.end()) {
      return Outcome::Failed(absl::UnimplementedError(absl::StrCat("no handler for jobs of kind ", leased.job.kind)));
    }
    const Keeper::Hold hold(keeper, leased.job.name, leased.token);
    try {
      return it->second(MakeCall(leased), leased.job);
    } catch (const std::exception& e) {
      return Outcome::Failed(absl::InternalError(e.what()));
    } catch (...) {
      return Outcome::Failed(absl::InternalError("an exception of unknown type"));
    }
  }

  record::Store& store;
  const time::Clock& clock;
  const std::string service;
  const absl::Duration lease;
  std::map<std::string, Handler> handlers;
  std::map<std::string, absl::Duration> recurring;  // intervals by name
  Keeper keeper;

  std::thread thread;
  std::mutex mutex;
  std::condition_variable wake;
  bool stopping = false;
};

Runner::Runner(record::Store& store, const time::Clock& clock, std::string service, absl::Duration lease)
    : impl_(std::make_unique<Impl>(store, clock, std::move(service), lease)) {}

Runner::~Runner() { Stop(); }

void Runner::Handle(const std::string& kind, Handler handler) { impl_->handlers[kind] = std::move(handler); }

void Runner::Recur(const std::string& name, absl::Duration interval, Handler handler) {
  Handle(name, std::move(handler));
  impl_->recurring[name] = interval;
}

absl::StatusOr<int> Runner::RunDue() {
  RETURN_IF_ERROR(impl_->LookAfterRecurring());
  for (int count = 0;; ++count) {
    {
      std::lock_guard<std::mutex> lock(impl_->mutex);
      if (impl_->stopping) return count;
    }
    ASSIGN_OR_RETURN(const std::optional<Impl::Leased> leased, impl_->Lease());
    if (!leased) return count;
    const Outcome outcome = impl_->Run(*leased);
    if (!outcome.status.ok()) {
      observe::Log(observe::Severity::kWarning, "job failed", {{"job", leased->job.name}, {"error", status::Line(outcome.status)}});
    }
    RETURN_IF_ERROR(impl_->Settle(*leased, outcome));
  }
}

void Runner::Start(absl::Duration poll) {
  impl_->thread = std::thread([this, poll] {
    std::unique_lock<std::mutex> lock(impl_->mutex);
    while (!impl_->stopping) {
      lock.unlock();
      absl::StatusOr<int> ran = absl::InternalError("an exception");
      observe::Survive("jobs threw", [&] { ran = RunDue(); });
      if (!ran.ok()) observe::Log(observe::Severity::kWarning, "jobs cannot be leased", {{"error", status::Line(ran.status())}});
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
