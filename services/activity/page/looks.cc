#include "services/activity/page/looks.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/observe/log.h"
#include "common/status/macros.h"
#include "common/text/excerpt.h"
#include "common/time/instant.h"
#include "services/activity/launch/fault_point.h"
#include "services/activity/page/measurements.h"

namespace heitie::activity {
namespace {

using v1::Activity;
using v1::Page;

constexpr char kLookJob[] = "page-look";
// Looks that may hang at the same time in a process. Beyond, looks are late, each by kBusy or some of them.
constexpr int kMostLooks = 128;
constexpr absl::Duration kBusy = absl::Milliseconds(200);
// How long after a page's timeout a look is taken for dead: it is written, or its process has died.
constexpr absl::Duration kDead = absl::Seconds(10);
constexpr absl::Duration kWriteTime = absl::Seconds(30);

std::string LookJobOf(const std::string& page) { return page + "/look"; }

std::string CauseName(Page::Cause cause) { return Page::Cause_Name(cause).substr(sizeof("CAUSE_") - 1); }

Page::Cause ParseCause(const std::string& name) {
  Page::Cause cause = Page::CAUSE_UNSPECIFIED;
  Page::Cause_Parse(name, &cause);
  return cause;
}

absl::StatusOr<std::vector<Stretch>> LastStretch(sql::Session& session, const std::string& page) {
  std::vector<Stretch> stretches;
  RETURN_IF_ERROR(session.Query(
      "SELECT start_time, end_time, good, cause FROM page_stretches WHERE page = ? ORDER BY start_time DESC LIMIT 1", sql::Bind(page),
      [&](const sql::Row& row) {
        stretches.push_back({row.Time(0), row.Time(1), row.Int(2) != 0 ? Page::STATE_UP : Page::STATE_DOWN, ParseCause(row.Text(3))});
      }));
  return stretches;
}

absl::Status KeepStretch(record::Transaction& tx, const Page& page, const Look& look, bool in_grace) {
  ASSIGN_OR_RETURN(std::vector<Stretch> stretches, LastStretch(tx.sql, page.name()));
  const std::vector<Stretch> before = stretches;
  AddLook(stretches, look, ToDuration(page.look_interval()), in_grace);
  if (!before.empty() && !(before.back() == stretches[0])) {
    RETURN_IF_ERROR(tx.sql
                        .Execute("UPDATE page_stretches SET end_time = ? WHERE page = ? AND start_time = ?",
                                 sql::Bind(stretches[0].end, page.name(), stretches[0].start))
                        .status());
  }
  if (stretches.size() == before.size()) return absl::OkStatus();
  const Stretch& added = stretches.back();
  return tx.sql
      .Execute("INSERT INTO page_stretches (page, start_time, end_time, good, cause) VALUES (?, ?, ?, ?, ?)",
               sql::Bind(page.name(), added.start, added.end, added.state == Page::STATE_UP, Page::Cause_Name(added.cause)))
      .status();
}

sql::Value Maybe(const std::optional<absl::Time>& time) { return time.has_value() ? sql::Value(*time) : sql::Value(); }

absl::Status KeepStanding(record::Transaction& tx, const std::string& page, const PageStanding& standing) {
  const Look& look = *standing.last;
  std::optional<absl::Time> start, end;
  if (look.certificate.has_value()) {
    start = look.certificate->start;
    end = look.certificate->end;
  }
  sql::Values values = sql::Bind(standing.looks, standing.open_signal, look.time, look.good, Page::Cause_Name(look.cause), look.status,
                                 absl::ToInt64Microseconds(look.latency), look.redirects);
  for (const auto& time : {start, end, standing.next}) values.push_back(Maybe(time));
  values.push_back(sql::V(page));
  return tx.sql
      .Execute(
          "UPDATE page_watches SET looks = ?, open_signal = ?, look_time = ?, good = ?, cause = ?, status_code = ?, latency_micros = ?, "
          "redirects = ?, certificate_start_time = ?, certificate_expire_time = ?, next_time = ? WHERE page = ?",
          values)
      .status();
}

}  // namespace

absl::StatusOr<PageStanding> StandingOf(sql::Session& session, const std::string& page) {
  std::optional<PageStanding> standing;
  RETURN_IF_ERROR(session.Query(
      "SELECT definition, anchor_time, next_time, looks, open_signal, look_time, good, cause, status_code, latency_micros, redirects, "
      "certificate_start_time, certificate_expire_time FROM page_watches WHERE page = ?",
      sql::Bind(page), [&](const sql::Row& row) {
        standing.emplace();
        standing->definition = row.Int(0);
        standing->anchor = row.Time(1);
        if (!row.IsNull(2)) standing->next = row.Time(2);
        standing->looks = static_cast<int>(row.Int(3));
        standing->open_signal = row.Text(4);
        if (row.IsNull(5)) return;
        Look& look = standing->last.emplace();
        look.time = row.Time(5);
        look.good = row.Int(6) != 0;
        look.cause = ParseCause(row.Text(7));
        look.status = static_cast<int>(row.Int(8));
        look.latency = absl::Microseconds(row.Int(9));
        look.redirects = static_cast<int>(row.Int(10));
        if (!row.IsNull(12)) look.certificate = web::Certificate{row.Time(11), row.Time(12), ""};
      }));
  if (!standing.has_value()) return status::NotFound(page);
  return *standing;
}

absl::Status PlanLook(record::Transaction& tx, const std::string& page, absl::Time at) {
  RETURN_IF_ERROR(tx.sql.Execute("UPDATE page_watches SET next_time = ? WHERE page = ?", sql::Bind(at, page)).status());
  return job::Schedule(tx, {LookJobOf(page), kLookJob, page, at});
}

absl::Status CancelLooks(record::Transaction& tx, const std::string& page) {
  RETURN_IF_ERROR(tx.sql.Execute("UPDATE page_watches SET next_time = NULL WHERE page = ?", sql::Bind(page)).status());
  return job::Cancel(tx, LookJobOf(page));
}

PageLooks::PageLooks(const service::Context& context, Activities& activities, Incidents& incidents, record::Kind<Page>& pages,
                     AllowedHosts& hosts)
    : context_(context), activities_(activities), incidents_(incidents), pages_(pages), hosts_(hosts), lookers_(kMostLooks) {
  context.jobs.Handle(
      kLookJob, [this](const rpc::Call& call, const job::Job& job) { return Begin(call, job.payload); }, job::Lane::kDeliveries);
  activities.Follow(
      [this](record::Transaction& tx, const Activity* before, const Activity* after) { return OnActivity(tx, before, after); });
}

PageLooks::~PageLooks() { client_.Stop(); }

job::Outcome PageLooks::Begin(const rpc::Call& call, const std::string& name) {
  Page page;
  Activity activity;
  PageStanding standing;
  web::AllowList allowed;
  const absl::Status read = context_.store.Read(call, [&](sql::Session& session) -> absl::Status {
    ASSIGN_OR_RETURN(page, pages_.Find(session, name));
    ASSIGN_OR_RETURN(activity, activities_.kind().Find(session, record::ParentOf(name)));
    ASSIGN_OR_RETURN(standing, StandingOf(session, name));
    ASSIGN_OR_RETURN(allowed, hosts_.List(session));
    return absl::OkStatus();
  });
  if (absl::IsNotFound(read)) return job::Outcome::Done();
  if (!read.ok()) return job::Outcome::Failed(read);
  if (!IsLookedAt(page, activity)) {
    return job::Outcome::Failed(context_.store.Write(call, [&](record::Transaction& tx) {
      return tx.sql.Execute("UPDATE page_watches SET next_time = NULL WHERE page = ?", sql::Bind(name)).status();
    }));
  }
  const bool begun = lookers_.Run([this, call, name, page, allowed = std::move(allowed), definition = standing.definition] {
    const web::Answer answer = client_.Ask(RequestOf(page), allowed);
    if (answer.failure == web::Failure::kStopped) return;
    FaultPoint("page.looked");
    rpc::Call own = call;
    own.now = std::max(call.now, context_.clock.Now());
    own.deadline = absl::Now() + kWriteTime;
    const absl::Status written = Record(own, name, definition, JudgeAnswer(page, answer, call.now));
    // The job looks again soon.
    if (!written.ok())
      observe::Log(observe::Severity::kWarning, "look not written", {{"page", name}, {"error", std::string(written.message())}});
  });
  return job::Outcome::Again(call.now + (begun ? ToDuration(page.timeout()) + kDead : kBusy));
}

absl::Status PageLooks::Record(const rpc::Call& call, const std::string& name, int64_t definition, const Look& look) {
  return context_.store.Write(call, [&](record::Transaction& tx) -> absl::Status {
    absl::StatusOr<Page> page = pages_.Lock(tx, name);
    if (absl::IsNotFound(page.status())) return absl::OkStatus();
    RETURN_IF_ERROR(page.status());
    ASSIGN_OR_RETURN(PageStanding standing, StandingOf(tx.sql, name));
    if (standing.definition != definition || (standing.last.has_value() && standing.last->time >= look.time)) return absl::OkStatus();
    ASSIGN_OR_RETURN(const Activity activity, activities_.kind().Find(tx.sql, record::ParentOf(name)));
    RETURN_IF_ERROR(KeepStretch(tx, *page, look, IsInGrace(*page, activity, look.time)));
    RETURN_IF_ERROR(KeepMeasurement(tx, name, look));
    RETURN_IF_ERROR(Judge(tx, activity, look, *page, standing));
    RETURN_IF_ERROR(Signal(tx, activity, look, *page, standing));
    standing.last = look;
    standing.next.reset();
    if (IsLookedAt(*page, activity)) standing.next = NextLook(standing.anchor, ToDuration(page->look_interval()), look.time);
    RETURN_IF_ERROR(KeepStanding(tx, name, standing));
    if (!standing.next.has_value()) return job::Cancel(tx, LookJobOf(name));
    return job::Schedule(tx, {LookJobOf(name), kLookJob, name, *standing.next});
  });
}

absl::Status PageLooks::Judge(record::Transaction& tx, const Activity& activity, const Look& look, Page& page, PageStanding& standing) {
  std::optional<absl::Time> last_look;
  if (standing.last.has_value()) last_look = standing.last->time;
  standing.looks = CountLooks(page, standing.looks, last_look, look, IsInGrace(page, activity, look.time));
  const auto keep = [&](Page after, const char* verb) -> absl::Status {
    RETURN_IF_ERROR(pages_.Advance(after, verb));
    after.clear_certificate_start_time();
    after.clear_certificate_expire_time();
    if (look.certificate.has_value()) {
      *after.mutable_certificate_start_time() = time::ToTimestamp(look.certificate->start);
      *after.mutable_certificate_expire_time() = time::ToTimestamp(look.certificate->end);
    }
    RETURN_IF_ERROR(pages_.Update(tx, page, after, verb));
    page = std::move(after);
    return absl::OkStatus();
  };
  const Page::State state = StateAfter(page, page.state(), standing.looks);
  if (state != page.state()) {
    Page after = page;
    after.set_cause(look.cause);
    *after.mutable_state_time() = time::ToTimestamp(look.time);
    RETURN_IF_ERROR(keep(std::move(after), state == Page::STATE_UP ? "come_up" : "go_down"));
  }
  if (!IsCertificateRunningOut(page, look)) return absl::OkStatus();
  const sql::Values key = sql::Bind(page.name(), look.certificate->sha256);
  bool warned = false;
  RETURN_IF_ERROR(
      tx.sql.Query("SELECT 1 FROM page_warnings WHERE page = ? AND certificate = ?", key, [&](const sql::Row&) { warned = true; }));
  if (warned) return absl::OkStatus();
  RETURN_IF_ERROR(tx.sql.Execute("INSERT INTO page_warnings (page, certificate) VALUES (?, ?)", key).status());
  Page after = page;
  after.set_warned_certificate(look.certificate->sha256);
  *after.mutable_warn_time() = time::ToTimestamp(look.time);
  return keep(std::move(after), "warn");
}

// A page that is DOWN while its activity is LIVE is told once, whenever the activity has come to be LIVE, and once that it is UP again: to
// the guardrails on it, else it is an incident of itself.
absl::Status PageLooks::Signal(record::Transaction& tx, const Activity& activity, const Look& look, const Page& page,
                               PageStanding& standing) {
  const bool down = page.state() == Page::STATE_DOWN && standing.open_signal.empty() && activity.state() == Activity::STATE_LIVE;
  const bool up = page.state() == Page::STATE_UP && !standing.open_signal.empty();
  if (!down && !up) return absl::OkStatus();
  ASSIGN_OR_RETURN(const Activity locked, activities_.kind().Lock(tx, activity.name()));
  if (up) {
    const std::string text = absl::StrCat(page.name(), " is up again");
    RETURN_IF_ERROR(incidents_.TakePage(tx, locked, page.name(), false, look.time, text).status());
    RETURN_IF_ERROR(incidents_.Clear(tx, standing.open_signal, look.time, text));
    standing.open_signal.clear();
    return absl::OkStatus();
  }
  if (locked.state() != Activity::STATE_LIVE) return absl::OkStatus();
  const absl::Time since = time::ToTime(page.state_time());
  const std::string text = absl::StrCat(page.name(), " is down: ", CauseName(page.cause()));
  standing.open_signal = absl::StrCat(page.name(), "/", absl::ToUnixMicros(since));
  ASSIGN_OR_RETURN(const bool taken, incidents_.TakePage(tx, locked, page.name(), true, since, text));
  if (taken) return absl::OkStatus();
  Episode episode{activity.name(), v1::Incident::CAUSE_PAGE, standing.open_signal};
  episode.title = absl::StrCat(text::Excerpt(page.title(), 80), ": ", CauseName(page.cause()));
  episode.severity = v1::Incident::SEVERITY_MAJOR;
  episode.source = page.name();
  episode.text = text;
  episode.begin = since;
  return incidents_.Open(tx, episode).status();
}

// What is wanted only after the launch is looked at from now on; what is down shows at once.
absl::Status PageLooks::OnActivity(record::Transaction& tx, const Activity* before, const Activity* after) {
  if (before == nullptr || after == nullptr || before->state() == after->state() || after->state() != Activity::STATE_LIVE) {
    return absl::OkStatus();
  }
  std::vector<std::string> pages;
  RETURN_IF_ERROR(tx.sql.Query("SELECT name FROM pages WHERE name > ? AND name < ? ORDER BY name",
                               record::ChildRange(after->name(), "pages"), [&](const sql::Row& row) { pages.push_back(row.Text(0)); }));
  for (const std::string& page : pages) RETURN_IF_ERROR(PlanLook(tx, page, tx.call.now));
  return absl::OkStatus();
}

}  // namespace heitie::activity
