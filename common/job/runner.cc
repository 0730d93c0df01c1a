#include "common/job/runner.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <set>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/job/allotment.h"
#include "common/job/back_off.h"
#include "common/job/keeper.h"
#include "common/job/table.h"
#include "common/observe/log.h"
#include "common/observe/spans.h"
#include "common/observe/survive.h"
#include "common/rpc/trace.h"
#include "common/sql/placeholders.h"
#include "common/status/line.h"
#include "common/status/macros.h"

namespace heitie::job {
namespace {

// What a handler has.
constexpr absl::Duration kDeadline = absl::Seconds(30);
constexpr int kRenewals = 5;
// How often it is looked after recurring jobs, and whose attempts fail.
constexpr absl::Duration kCare = absl::Seconds(1);
constexpr absl::Duration kCensus = absl::Seconds(5);
// After a look that failed.
constexpr absl::Duration kPause = absl::Seconds(1);
constexpr int kFailingTold = 20;
constexpr size_t kJobsTogether = 64;
constexpr char kScheduling[] = "INSERT INTO job (name, kind, payload, run_time) VALUES ";
constexpr char kRescheduling[] =
    " ON DUPLICATE KEY UPDATE kind = VALUES(kind), payload = VALUES(payload), run_time = VALUES(run_time), attempt = 0, lease_token = "
    "NULL, "
    "lease_until = NULL, last_error = NULL, anchor_time = NULL";

}  // namespace

absl::Status Schedule(record::Transaction& tx, const Job& job) {
  // Without its lease, what a handler that runs it at present says of its end counts no more.
  return tx.sql.Execute(absl::StrCat(kScheduling, "(?, ?, ?, ?)", kRescheduling), sql::Bind(job.name, job.kind, job.payload, job.run_time))
      .status();
}

absl::Status ScheduleAll(record::Transaction& tx, const std::vector<Job>& jobs) {
  // Statements of few lengths.
  for (size_t begin = 0; begin < jobs.size();) {
    size_t together = 1;
    while (together * 2 <= std::min(kJobsTogether, jobs.size() - begin)) together *= 2;
    sql::Values values;
    for (size_t i = begin; i < begin + together; ++i) {
      const sql::Values one = sql::Bind(jobs[i].name, jobs[i].kind, jobs[i].payload, jobs[i].run_time);
      values.insert(values.end(), one.begin(), one.end());
    }
    RETURN_IF_ERROR(tx.sql.Execute(absl::StrCat(kScheduling, sql::Placeholders(together, "(?, ?, ?, ?)"), kRescheduling), values).status());
    begin += together;
  }
  return absl::OkStatus();
}

absl::Status CancelAll(record::Transaction& tx, const std::vector<std::string>& names) {
  for (size_t begin = 0; begin < names.size();) {
    size_t together = 1;
    while (together * 2 <= std::min(kJobsTogether, names.size() - begin)) together *= 2;
    const sql::Values values(names.begin() + static_cast<std::ptrdiff_t>(begin),
                             names.begin() + static_cast<std::ptrdiff_t>(begin + together));
    RETURN_IF_ERROR(tx.sql.Execute(absl::StrCat("DELETE FROM job WHERE name IN (", sql::Placeholders(together), ")"), values).status());
    begin += together;
  }
  return absl::OkStatus();
}

absl::Status Cancel(record::Transaction& tx, const std::string& name) {
  return tx.sql.Execute("DELETE FROM job WHERE name = ?", sql::Bind(name)).status();
}

// Jobs that are to run before they are due. Shared with those who hasten them, who may outlive the runner.
struct Hastened {
  std::mutex mutex;
  std::set<std::string> names;
  std::function<void()> notice;  // of the runner, while there is one
};

struct Runner::Impl {
  struct Kind {
    Handler handler;
    Lane lane = Lane::kDeadlines;
    // Of a recurring job, whose name is that of its kind: one of the two.
    absl::Duration interval;
    std::optional<Timetable> timetable;
    CalendarSource calendar;

    std::atomic<uint64_t> failures{0};
    bool recurs() const { return timetable || interval > absl::ZeroDuration(); }
  };

  // Its threads begin when there is something for them to do and no other one of the lane is free.
  struct LaneState {
    int most = 0;
    std::map<std::string, int> running;  // by kind, also of those of which none is; what has been handed over counts
    std::deque<Leased> handed_over;      // at most as many as threads are free
    int waiting = 0;
    std::vector<std::thread> threads;
    std::condition_variable wake;

    int allowed() const { return std::max(most, static_cast<int>(running.size())); }
  };

  Impl(record::Store& s, const time::Clock& c, std::string n, absl::Duration lease)
      : clock(c),
        service(std::move(n)),
        table(s.database(), c, lease),
        keeper(lease / kRenewals, [this](const std::vector<Lease>& held) { return table.Renew(held); }) {
    hastened->notice = [this] {
      const std::lock_guard<std::mutex> lock(mutex);
      freed = true;
      wake.notify_one();
    };
    Of(Lane::kDeadlines).most = 6;
    Of(Lane::kFollowers).most = 2;
    Of(Lane::kDeliveries).most = 4;
    Of(Lane::kLongWork).most = 2;
  }

  LaneState& Of(Lane lane) { return lanes[static_cast<size_t>(lane)]; }

  Kind& Add(const std::string& name, Handler handler, Lane lane) {
    // A kind that is handled anew may come to another lane.
    for (LaneState& each : lanes) each.running.erase(name);
    Of(lane).running[name] = 0;
    Kind& kind = kinds[name];
    kind.handler = std::move(handler);
    kind.lane = lane;
    kind.interval = absl::ZeroDuration();
    kind.timetable.reset();
    return kind;
  }

  // ---- One job

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
    call.deadline = absl::Now() + kDeadline;
    call.now = leased.now;
    call.sampled = observe::SampleTrace(call.trace_id);
    if (call.sampled) call.span_id = rpc::SpanIdOf(call.trace_id, call.method, call.principal.name, call.now);
    return call;
  }

  // What is due by a timetable.
  struct Planned {
    std::shared_ptr<const time::BusinessCalendar> calendar;
    absl::Time anchor;
    absl::Time due;
  };
  // Nothing for other jobs.
  static absl::StatusOr<std::optional<Planned>> PlanOf(const Kind& kind, std::optional<absl::Time> anchor, absl::Time now) {
    if (!kind.timetable) return std::nullopt;
    Planned planned;
    absl::StatusOr<std::shared_ptr<const time::BusinessCalendar>> calendar = absl::InternalError("the calendar's source threw");
    observe::Survive("a calendar's source threw", [&] { calendar = kind.calendar(); });
    ASSIGN_OR_RETURN(planned.calendar, calendar);
    // An anchor ahead is of a clock that was wrong; none is of a job that had no timetable.
    planned.anchor = std::min(anchor.value_or(now), now);
    ASSIGN_OR_RETURN(planned.due, kind.timetable->Next(*planned.calendar, planned.anchor));
    return planned;
  }

  Outcome Call(const Kind& kind, const Leased& leased) {
    const Keeper::Hold hold(keeper, leased);
    try {
      const rpc::Call call = MakeCall(leased);
      const absl::Time begin = absl::Now();
      Outcome outcome = kind.handler(call, leased.job);
      if (call.sampled) {
        observe::EndSpan({.trace_id = call.trace_id,
                          .span_id = call.span_id,
                          .name = call.method,
                          .begin = begin,
                          .end = absl::Now(),
                          .code = outcome.status.code()});
      }
      return outcome;
    } catch (const std::exception& e) {
      return Outcome::Failed(absl::InternalError(e.what()));
    } catch (...) {
      return Outcome::Failed(absl::InternalError("an exception of unknown type"));
    }
  }

  absl::Status Fail(Kind& kind, const Leased& leased, const absl::Status& failure, const Table::Kept& kept) {
    ++kind.failures;
    observe::Log(observe::Severity::kWarning, "job failed",
                 {{"job", leased.job.name}, {"attempt", std::to_string(leased.job.attempt + 1)}, {"error", status::Line(failure)}});
    return table.Fail(leased, failure, kept);
  }

  absl::Status Run(const Leased& leased) {
    Kind& kind = kinds.at(leased.job.kind);
    const absl::StatusOr<std::optional<Planned>> plan = PlanOf(kind, leased.anchor, leased.now);
    if (!plan.ok()) return Fail(kind, leased, plan.status(), {});
    if (*plan && (*plan)->due > leased.now) return table.RunAt(leased, (*plan)->due, {.anchor = (*plan)->anchor});
    Outcome outcome = Call(kind, leased);
    Table::Kept kept = {.payload = std::move(outcome.payload)};
    if (!outcome.status.ok()) return Fail(kind, leased, outcome.status, kept);
    if (outcome.again != absl::InfiniteFuture()) return table.RunAt(leased, outcome.again, kept);
    if (*plan) return Recur(kind, **plan, leased, std::move(kept));
    if (kind.recurs()) return table.RunAfter(leased, kind.interval, kept);
    return table.Remove(leased);
  }

  absl::Status Recur(Kind& kind, const Planned& plan, const Leased& leased, Table::Kept kept) {
    const absl::StatusOr<absl::Time> anchor = kind.timetable->Anchor(*plan.calendar, plan.anchor, leased.now);
    kept.anchor = anchor.ok() ? *anchor : leased.now;
    const absl::StatusOr<absl::Time> next = kind.timetable->Next(*plan.calendar, *kept.anchor);
    return next.ok() ? table.RunAt(leased, *next, kept) : Fail(kind, leased, next.status(), kept);
  }

  // ---- Recurring jobs

  // Creates the recurring jobs that are missing, and moves those that are due at another time than their rule says.
  absl::Status LookAfterRecurring() {
    std::vector<std::string> names;
    for (const auto& [name, kind] : kinds) {
      if (kind.recurs()) names.push_back(name);
    }
    if (names.empty()) return absl::OkStatus();
    ASSIGN_OR_RETURN(const Table::Recurrings found, table.Find(names));
    std::map<std::string, Table::Recurring> rows;
    for (const Table::Recurring& row : found.rows) rows[row.name] = row;
    std::vector<Table::Recurring> missing;
    for (const std::string& name : names) {
      const Kind& kind = kinds.at(name);
      const auto row = rows.find(name);
      if (row == rows.end()) {
        missing.push_back(First(name, kind, found.now));
      } else if (const auto moved = Moved(row->second, kind, found.now)) {
        RETURN_IF_ERROR(table.Move(row->second, *moved));
      }
    }
    return missing.empty() ? absl::OkStatus() : table.Create(missing);
  }

  // While there is no calendar, the first run shows it.
  static Table::Recurring First(const std::string& name, const Kind& kind, absl::Time now) {
    Table::Recurring row = {.name = name, .run_time = now};
    if (!kind.timetable) return row;
    row.anchor = now;
    if (const auto plan = PlanOf(kind, now, now); plan.ok()) row.run_time = (*plan)->due;
    return row;
  }

  // Only what is not due yet is moved.
  static std::optional<Table::Recurring> Moved(const Table::Recurring& row, const Kind& kind, absl::Time now) {
    if (row.run_time <= now) return std::nullopt;
    Table::Recurring moved = row;
    absl::Time last = now + kind.interval;
    if (kind.timetable) {
      const auto plan = PlanOf(kind, row.anchor, now);
      const auto next = PlanOf(kind, now, now);
      if (!plan.ok() || !next.ok()) return std::nullopt;
      moved.anchor = (*plan)->anchor;
      // A handler may have put off the rest of a run that was due.
      if (row.attempt == 0 && (*plan)->due > now) moved.run_time = (*plan)->due;
      last = (*next)->due;
    }
    if (row.attempt > 0) last = std::max(last, now + kLongestBackOff);
    if (moved.run_time > last) moved.run_time = now;
    if (moved.run_time == row.run_time && moved.anchor == row.anchor) return std::nullopt;
    return moved;
  }

  // ---- Lanes

  // Hands over what is due of a lane, as far as there are threads for it.
  absl::Status Dispatch(LaneState& lane, const Table::Look& look) {
    std::vector<std::string> due;
    std::optional<Allotment> allotment;
    {
      const std::lock_guard<std::mutex> lock(mutex);
      if (stopping) return absl::OkStatus();
      allotment.emplace(lane.allowed(), lane.running);
      for (const auto& [kind, running] : lane.running) {
        const auto first = look.first.find(kind);
        if (first != look.first.end() && first->second <= look.now && allotment->MostOf(kind) > 0) due.push_back(kind);
      }
    }
    if (due.empty()) return absl::OkStatus();
    ASSIGN_OR_RETURN(std::vector<Leased> taken, table.Take(due, *allotment));
    const std::lock_guard<std::mutex> lock(mutex);
    for (Leased& leased : taken) {
      ++lane.running[leased.job.kind];
      lane.handed_over.push_back(std::move(leased));
      const bool more = static_cast<int>(lane.handed_over.size()) > lane.waiting && static_cast<int>(lane.threads.size()) < lane.allowed();
      if (more) lane.threads.emplace_back([this, &lane] { Work(lane); });
    }
    lane.wake.notify_all();
    return absl::OkStatus();
  }

  // A thread of a lane.
  void Work(LaneState& lane) {
    std::unique_lock<std::mutex> lock(mutex);
    while (true) {
      ++lane.waiting;
      lane.wake.wait(lock, [&] { return stopping || !lane.handed_over.empty(); });
      --lane.waiting;
      if (stopping) return;
      const Leased leased = std::move(lane.handed_over.front());
      lane.handed_over.pop_front();
      lock.unlock();
      absl::Status settled = absl::InternalError("an exception");
      observe::Survive("a job threw", [&] { settled = Run(leased); });
      if (!settled.ok()) {
        observe::Log(observe::Severity::kWarning, "what became of a job is not stored",
                     {{"job", leased.job.name}, {"error", status::Line(settled)}});
      }
      lock.lock();
      --lane.running[leased.job.kind];
      freed = true;
      wake.notify_one();
    }
  }

  // Makes due what is to run before its time; what runs at present, afterwards.
  absl::Status Hasten() {
    std::set<std::string> names;
    {
      const std::lock_guard<std::mutex> lock(hastened->mutex);
      names.swap(hastened->names);
    }
    if (names.empty()) return absl::OkStatus();
    const absl::StatusOr<std::set<std::string>> running = table.Hasten(names);
    const std::lock_guard<std::mutex> lock(hastened->mutex);
    hastened->names.merge(std::set<std::string>(running.ok() ? *running : names));
    return running.status();
  }

  // One look at everything; how long the next one can wait.
  absl::StatusOr<absl::Duration> LookAround(absl::Duration poll) {
    const absl::Time begin = absl::Now();
    RETURN_IF_ERROR(Hasten());
    ASSIGN_OR_RETURN(const Table::Look look, table.LookAround());
    {
      const std::lock_guard<std::mutex> lock(figures_mutex);
      first = look.first;
    }
    // What cannot be done of one thing holds up no other.
    absl::Status done;
    for (LaneState& lane : lanes) done.Update(Dispatch(lane, look));
    if (begin >= next_care) {
      next_care = begin + kCare;
      done.Update(LookAfterRecurring());
    }
    if (begin >= next_census) {
      next_census = begin + kCensus;
      done.Update(TakeCensus());
    }
    RETURN_IF_ERROR(done);
    if (clock.Stopped()) return poll;
    // Not later than what is due next.
    absl::Duration pause = poll;
    for (const auto& [kind, time] : look.first) {
      if (time > look.now && kinds.contains(kind)) pause = std::min(pause, time - look.now);
    }
    return std::max(pause - (absl::Now() - begin), absl::Milliseconds(1));
  }

  absl::Status TakeCensus() {
    std::vector<std::string> names;
    for (const auto& [name, kind] : kinds) names.push_back(name);
    if (names.empty()) return absl::OkStatus();
    ASSIGN_OR_RETURN(Table::Failing found, table.FindFailing(names, kFailingTold));
    const std::lock_guard<std::mutex> lock(figures_mutex);
    failing = std::move(found);
    return absl::OkStatus();
  }

  void Look(absl::Duration poll) {
    std::unique_lock<std::mutex> lock(mutex);
    while (!stopping) {
      freed = false;
      lock.unlock();
      absl::StatusOr<absl::Duration> pause = absl::InternalError("an exception");
      observe::Survive("the look for jobs threw", [&] { pause = LookAround(poll); });
      if (!pause.ok()) observe::Log(observe::Severity::kWarning, "jobs cannot be leased", {{"error", status::Line(pause.status())}});
      lock.lock();
      sees = pause.ok();
      wake.wait_for(lock, absl::ToChronoMicroseconds(pause.value_or(kPause)), [&] { return stopping || (freed && pause.ok()); });
    }
  }

  // What follows other services was told by them that there is something, and this process is told no more: whoever is left, or comes next,
  // looks at once.
  void PassOn() {
    std::set<std::string> followers;
    for (const auto& [name, kind] : kinds) {
      if (kind.lane == Lane::kFollowers && kind.interval > absl::ZeroDuration()) followers.insert(name);
    }
    if (followers.empty() || !sees) return;
    const absl::Status passed = table.Hasten(followers).status();
    if (!passed.ok()) observe::Log(observe::Severity::kWarning, "followers not passed on", {{"error", status::Line(passed)}});
  }

  void Stop() {
    const bool began = looker.joinable();
    {
      const std::lock_guard<std::mutex> lock(hastened->mutex);
      hastened->notice = nullptr;
    }
    {
      const std::lock_guard<std::mutex> lock(mutex);
      stopping = true;
      for (LaneState& lane : lanes) lane.wake.notify_all();
    }
    wake.notify_all();
    if (looker.joinable()) looker.join();
    std::vector<Leased> left;
    {
      const std::lock_guard<std::mutex> lock(mutex);
      for (LaneState& lane : lanes) {
        lane.wake.notify_all();
        std::move(lane.handed_over.begin(), lane.handed_over.end(), std::back_inserter(left));
        lane.handed_over.clear();
      }
    }
    if (!left.empty()) {
      const absl::Status released = table.Release(left);
      if (!released.ok()) observe::Log(observe::Severity::kWarning, "jobs not given back", {{"error", status::Line(released)}});
    }
    for (LaneState& lane : lanes) {
      for (std::thread& thread : lane.threads) thread.join();
      lane.threads.clear();
    }
    if (began) PassOn();
  }

  const time::Clock& clock;
  const std::string service;
  std::map<std::string, Kind> kinds;  // fixed from Start on
  Table table;
  Keeper keeper;

  std::mutex mutex;
  std::condition_variable wake;
  std::array<LaneState, kLanes.size()> lanes;  // guarded by mutex
  bool stopping = false;
  bool sees = false;   // the database answered the last look
  bool freed = false;  // a thread of a lane, or something was hastened, since the last look
  const std::shared_ptr<Hastened> hastened = std::make_shared<Hastened>();
  std::thread looker;
  absl::Time next_care = absl::InfinitePast(), next_census = absl::InfinitePast();  // of that thread

  std::mutex figures_mutex;
  std::map<std::string, absl::Time> first;  // by kind, when its first job is or was due
  Table::Failing failing;
};

Runner::Runner(record::Store& store, const time::Clock& clock, std::string service, absl::Duration lease)
    : impl_(std::make_unique<Impl>(store, clock, std::move(service), lease)) {}

Runner::~Runner() { Stop(); }

void Runner::Handle(const std::string& kind, Handler handler, Lane lane) { impl_->Add(kind, std::move(handler), lane); }

void Runner::Recur(const std::string& name, absl::Duration interval, Handler handler, Lane lane) {
  impl_->Add(name, std::move(handler), lane).interval = interval;
}

void Runner::Recur(const std::string& name, Timetable timetable, CalendarSource calendar, Handler handler, Lane lane) {
  Impl::Kind& kind = impl_->Add(name, std::move(handler), lane);
  kind.timetable.emplace(timetable);
  kind.calendar = std::move(calendar);
}

std::function<void()> Runner::Hastener(const std::string& name) {
  return [hastened = impl_->hastened, name] {
    const std::lock_guard<std::mutex> lock(hastened->mutex);
    hastened->names.insert(name);
    if (hastened->notice) hastened->notice();
  };
}

void Runner::SetThreads(Lane lane, int threads) { impl_->Of(lane).most = threads; }

absl::StatusOr<int> Runner::RunDue() {
  RETURN_IF_ERROR(impl_->LookAfterRecurring());
  RETURN_IF_ERROR(impl_->Hasten());
  for (int count = 0;;) {
    ASSIGN_OR_RETURN(const Table::Look look, impl_->table.LookAround());
    std::vector<std::string> due;
    std::map<std::string, int> none;
    for (const auto& [kind, first] : look.first) {
      if (first > look.now || !impl_->kinds.contains(kind)) continue;
      due.push_back(kind);
      none[kind] = 0;
    }
    if (due.empty()) return count;
    // One of each kind at a time, whose leases cost one transaction.
    ASSIGN_OR_RETURN(const std::vector<Leased> taken, impl_->table.Take(due, Allotment(static_cast<int>(due.size()), none)));
    if (taken.empty()) return count;
    for (auto leased = taken.begin(); leased != taken.end(); ++leased, ++count) {
      absl::Status status;
      bool stopping = false;
      {
        const std::lock_guard<std::mutex> lock(impl_->mutex);
        stopping = impl_->stopping;
      }
      if (!stopping) status = impl_->Run(*leased);
      if (!stopping && status.ok()) continue;
      status.Update(impl_->table.Release({leased, taken.end()}));
      RETURN_IF_ERROR(status);
      return count;
    }
  }
}

void Runner::Start(absl::Duration poll) {
  impl_->looker = std::thread([this, poll] { impl_->Look(poll); });
}

void Runner::Stop() { impl_->Stop(); }

Report Runner::report() const {
  const absl::Time now = impl_->clock.Now();
  Report report;
  std::map<std::string, absl::Time> first;
  {
    const std::lock_guard<std::mutex> lock(impl_->figures_mutex);
    first = impl_->first;
    report.failing = impl_->failing.worst;
    for (const auto& [kind, count] : impl_->failing.count) report.kinds[kind].failing = count;
  }
  for (const auto& [name, kind] : impl_->kinds) report.kinds[name].failures = kind.failures;
  {
    const std::lock_guard<std::mutex> lock(impl_->mutex);
    for (const Lane lane : kLanes) {
      const Impl::LaneState& state = impl_->Of(lane);
      if (state.running.empty()) continue;
      Report::OfLane figures = {.lane = lane, .threads = state.allowed()};
      for (const auto& [kind, running] : state.running) {
        figures.running += running;
        if (const auto due = first.extract(kind)) figures.oldest_due = std::max(figures.oldest_due, now - due.mapped());
      }
      report.lanes.push_back(figures);
    }
  }
  for (const auto& [kind, due] : first) report.oldest_unknown = std::max(report.oldest_unknown, now - due);
  for (const Keeper::Held& held : impl_->keeper.held()) {
    report.running.push_back({held.lease.job, held.kind, absl::Now() - held.since});
  }
  std::sort(report.running.begin(), report.running.end(), [](const auto& a, const auto& b) { return a.duration > b.duration; });
  return report;
}

}  // namespace heitie::job
