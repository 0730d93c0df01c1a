#include "services/activity/page/pages.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "common/status/macros.h"
#include "common/status/shared.h"
#include "common/time/instant.h"
#include "services/activity/incident/live_spans.h"
#include "services/activity/page/measurements.h"

namespace heitie::activity {

using v1::Page;
using v1::PageAvailability;

const status::Reason kTooManyPages{absl::StatusCode::kFailedPrecondition, "TOO_MANY_PAGES", "{activity} has {most} pages already.",
                                   "{activity} 已有 {most} 個網頁。"};
const status::Reason kPageNotDue{absl::StatusCode::kFailedPrecondition, "PAGE_NOT_DUE",
                                 "{page} is looked at only once {activity} is launched.", "{activity} 上線後才會查看 {page}。"};

namespace {

constexpr int kMostPages = 50;
constexpr size_t kMostStretches = 1000;

v1::PageLook ToProto(const Look& look) {
  v1::PageLook out;
  *out.mutable_look_time() = time::ToTimestamp(look.time);
  out.set_good(look.good);
  out.set_cause(look.cause);
  out.set_status(look.status);
  *out.mutable_latency() = ToProtoDuration(look.latency);
  out.set_redirects(look.redirects);
  if (look.certificate.has_value()) {
    *out.mutable_certificate_start_time() = time::ToTimestamp(look.certificate->start);
    *out.mutable_certificate_expire_time() = time::ToTimestamp(look.certificate->end);
  }
  return out;
}

absl::Status ShowStanding(sql::Session& session, Page& page) {
  page.clear_last_look();
  page.clear_next_look_time();
  const absl::StatusOr<PageStanding> standing = StandingOf(session, page.name());
  if (absl::IsNotFound(standing.status())) return absl::OkStatus();  // It is being made.
  RETURN_IF_ERROR(standing.status());
  if (standing->last.has_value()) *page.mutable_last_look() = ToProto(*standing->last);
  if (standing->next.has_value()) *page.mutable_next_look_time() = time::ToTimestamp(*standing->next);
  return absl::OkStatus();
}

// When a launched activity was not LIVE, and what is after its end.
std::vector<std::pair<absl::Time, absl::Time>> PausesOf(const v1::Activity& activity, const std::vector<LiveSpan>& spans) {
  std::vector<std::pair<absl::Time, absl::Time>> pauses;
  for (size_t i = 0; i < spans.size(); ++i) {
    const absl::Time next = i + 1 < spans.size() ? spans[i + 1].start : absl::InfiniteFuture();
    if (spans[i].end < next) pauses.emplace_back(spans[i].end, next);
  }
  if (spans.empty() && activity.has_close_time()) pauses.emplace_back(time::ToTime(activity.close_time()), absl::InfiniteFuture());
  return pauses;
}

absl::StatusOr<std::vector<Stretch>> StretchesOf(sql::Session& session, const std::string& page, absl::Time from, absl::Time to) {
  std::vector<Stretch> stretches;
  RETURN_IF_ERROR(session.Query(
      "SELECT start_time, end_time, good, cause FROM page_stretches WHERE page = ? AND start_time < ? AND end_time > ? ORDER BY start_time",
      sql::Bind(page, to, from), [&](const sql::Row& row) {
        Page::Cause cause = Page::CAUSE_UNSPECIFIED;
        Page::Cause_Parse(row.Text(3), &cause);
        stretches.push_back({row.Time(0), row.Time(1), row.Int(2) != 0 ? Page::STATE_UP : Page::STATE_DOWN, cause});
      }));
  return stretches;
}

}  // namespace

Pages::Pages(const service::Context& context, Activities& activities, Incidents& incidents)
    : store_(context.store),
      activities_(activities),
      incidents_(incidents),
      pages_(context.store, &PageMachine()),
      hosts_(context.store),
      looks_(context, activities, incidents, pages_, hosts_) {
  pages_.SetDecorator(&ShowStanding);
  DeliverMeasurements(context);
}

absl::Status Pages::Create(record::Transaction& tx, Page& page) {
  // Pages that are made at the same time are counted one after the other.
  ASSIGN_OR_RETURN(const v1::Activity activity, activities_.kind().Guard(tx, record::ParentOf(page.name())));
  RETURN_IF_ERROR(CheckNotClosed(activity));
  ASSIGN_OR_RETURN(const web::AllowList allowed, hosts_.List(tx.sql));
  RETURN_IF_ERROR(CheckPage(page, allowed));
  ASSIGN_OR_RETURN(const int64_t count, pages_.CountChildren(tx.sql, activity.name()));
  if (count >= kMostPages) return status::Error(kTooManyPages, {{"activity", activity.name()}, {"most", kMostPages}});
  page.set_state(Page::STATE_UNKNOWN);
  *page.mutable_state_time() = time::ToTimestamp(tx.call.now);
  RETURN_IF_ERROR(tx.sql
                      .Execute("INSERT INTO page_watches (page, anchor_time, interval_micros) VALUES (?, ?, ?)",
                               sql::Bind(page.name(), tx.call.now, absl::ToInt64Microseconds(ToDuration(page.look_interval()))))
                      .status());
  return IsLookedAt(page, activity) ? PlanLook(tx, page.name(), tx.call.now) : absl::OkStatus();
}

absl::Status Pages::Add(record::Transaction& tx, Page& page) {
  RETURN_IF_ERROR(Create(tx, page));
  return pages_.Insert(tx, page);
}

absl::StatusOr<const char*> Pages::Update(record::Transaction& tx, const Page& before, Page& after) {
  ASSIGN_OR_RETURN(const v1::Activity activity, activities_.kind().Find(tx.sql, record::ParentOf(before.name())));
  RETURN_IF_ERROR(CheckNotClosed(activity));
  ASSIGN_OR_RETURN(const web::AllowList allowed, hosts_.List(tx.sql));
  RETURN_IF_ERROR(CheckPage(after, allowed));
  if (!ChangesLooks(before, after)) return nullptr;
  RETURN_IF_ERROR(pages_.Advance(after, "reset"));
  after.clear_cause();
  after.clear_certificate_start_time();
  after.clear_certificate_expire_time();
  *after.mutable_state_time() = time::ToTimestamp(tx.call.now);
  RETURN_IF_ERROR(
      tx.sql
          .Execute("UPDATE page_watches SET definition = definition + 1, looks = 0, anchor_time = ?, interval_micros = ? WHERE page = ?",
                   sql::Bind(tx.call.now, absl::ToInt64Microseconds(ToDuration(after.look_interval())), after.name()))
          .status());
  RETURN_IF_ERROR(tx.sql
                      .Execute("UPDATE page_stretches SET end_time = ? WHERE page = ? AND start_time < ? AND end_time > ?",
                               sql::Bind(tx.call.now, after.name(), tx.call.now, tx.call.now))
                      .status());
  RETURN_IF_ERROR(IsLookedAt(after, activity) ? PlanLook(tx, after.name(), tx.call.now) : CancelLooks(tx, after.name()));
  return "reset";
}

absl::Status Pages::Delete(record::Transaction& tx, const Page& page) {
  ASSIGN_OR_RETURN(const v1::Activity activity, activities_.kind().Find(tx.sql, record::ParentOf(page.name())));
  RETURN_IF_ERROR(CheckNotClosed(activity));
  ASSIGN_OR_RETURN(const PageStanding standing, StandingOf(tx.sql, page.name()));
  RETURN_IF_ERROR(CancelLooks(tx, page.name()));
  for (const char* statement : {"DELETE FROM page_watches WHERE page = ?", "DELETE FROM page_stretches WHERE page = ?",
                                "DELETE FROM page_warnings WHERE page = ?"}) {
    RETURN_IF_ERROR(tx.sql.Execute(statement, sql::Bind(page.name())).status());
  }
  if (standing.open_signal.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const v1::Activity locked, activities_.kind().Lock(tx, activity.name()));
  const std::string text = page.name() + " is looked at no more";
  RETURN_IF_ERROR(incidents_.TakePage(tx, locked, page.name(), false, tx.call.now, text).status());
  return incidents_.Clear(tx, standing.open_signal, tx.call.now, text);
}

absl::StatusOr<Page> Pages::LookAt(record::Transaction& tx, const v1::LookAtPageRequest& request) {
  ASSIGN_OR_RETURN(const record::Step<Page> step, pages_.Begin(tx, request));
  ASSIGN_OR_RETURN(const v1::Activity activity, activities_.kind().Find(tx.sql, record::ParentOf(request.name())));
  RETURN_IF_ERROR(CheckNotClosed(activity));
  if (!IsLookedAt(step.before, activity)) return status::Error(kPageNotDue, {{"page", request.name()}, {"activity", activity.name()}});
  RETURN_IF_ERROR(PlanLook(tx, request.name(), tx.call.now));
  return pages_.Decorated(tx.sql, step.before);
}

absl::StatusOr<PageAvailability> Pages::Available(const rpc::Call& call, const v1::GetPageAvailabilityRequest& request) {
  ASSIGN_OR_RETURN(const Page page, pages_.Get(call, request.name()));
  const absl::Time from = time::ToTime(request.has_start_time() ? request.start_time() : page.create_time());
  const absl::Time to = request.has_end_time() ? time::ToTime(request.end_time()) : call.now;
  if (to < from) {
    status::BadFields bad;
    bad.Add("end_time", status::kDatesReversed, {{"start", time::InstantText(from)}, {"end", time::InstantText(to)}});
    return bad.status();
  }
  const absl::Time known = std::min(to, call.now);
  ASSIGN_OR_RETURN(const Availability availability, store_.Read(call, [&](sql::Session& session) -> absl::StatusOr<Availability> {
    ASSIGN_OR_RETURN(const v1::Activity activity, activities_.kind().Find(session, record::ParentOf(page.name())));
    ASSIGN_OR_RETURN(const std::vector<LiveSpan> spans, LiveSpansOf(session, activity.name()));
    ASSIGN_OR_RETURN(const std::vector<Stretch> stretches, StretchesOf(session, page.name(), from, known));
    auto pauses = PausesOf(activity, spans);
    // Nobody knows what is to come.
    while (!pauses.empty() && pauses.back().first >= known) pauses.pop_back();
    if (!pauses.empty() && pauses.back().second >= known) {
      pauses.back().second = absl::InfiniteFuture();
    } else {
      pauses.emplace_back(known, absl::InfiniteFuture());
    }
    return AvailabilityOf(stretches, pauses, from, to);
  }));
  PageAvailability out;
  out.set_page(page.name());
  *out.mutable_start_time() = time::ToTimestamp(from);
  *out.mutable_end_time() = time::ToTimestamp(to);
  *out.mutable_up() = ToProtoDuration(availability.up);
  *out.mutable_down() = ToProtoDuration(availability.down);
  *out.mutable_unknown() = ToProtoDuration(availability.unknown);
  if (const std::optional<double> share = availability.share()) out.set_availability(*share);
  const size_t count = availability.stretches.size();
  for (size_t i = count - std::min(count, kMostStretches); i < count; ++i) {
    const Stretch& stretch = availability.stretches[i];
    v1::PageStretch* shown = out.add_stretches();
    *shown->mutable_start_time() = time::ToTimestamp(stretch.start);
    *shown->mutable_end_time() = time::ToTimestamp(stretch.end);
    shown->set_state(stretch.state);
    shown->set_cause(stretch.cause);
  }
  return out;
}

void Pages::Bind(record::Methods& methods) {
  methods.Reads(pages_);
  methods.Creates(pages_, this, &Pages::Create);
  methods.Updates(pages_, this, &Pages::Update);
  methods.Deletes(pages_, this, &Pages::Delete);
  methods.Bind("LookAtPage", this, &Pages::LookAt);
  methods.Bind("GetPageAvailability", this, &Pages::Available);
  hosts_.Bind(methods);
}

}  // namespace heitie::activity
