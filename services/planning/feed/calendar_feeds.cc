#include "services/planning/feed/calendar_feeds.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "common/time/instant.h"
#include "services/planning/survey/survey.h"

namespace heitie::planning {

using absl::StatusCode;
using v1::CalendarFeed;
using v1::MeetingSeries;

const status::Reason kFeedKeyInvalid{StatusCode::kPermissionDenied, "FEED_KEY_INVALID", "The calendar is not read with this key.",
                                     "此金鑰無法讀取行事曆。"};
const status::Reason kNotYourFeed{StatusCode::kPermissionDenied, "NOT_YOUR_FEED", "{name} belongs to somebody else.", "{name} 屬於他人。"};

namespace {

constexpr char kCalendarType[] = "text/calendar; charset=utf-8";

}  // namespace

const record::StateMachine& CalendarFeedMachine() {
  static const auto& machine =
      *new record::StateMachine(CalendarFeed::State_descriptor(), {{CalendarFeed::STATE_ACTIVE, "revoke", CalendarFeed::STATE_REVOKED}});
  return machine;
}

CalendarFeeds::CalendarFeeds(MeetingTables& tables, const Notices& notices, const Recipients& recipients)
    : tables_(tables), notices_(notices), recipients_(recipients), feeds_(tables.store, &CalendarFeedMachine()) {
  feeds_.RestrictRows(record::Own("employee") || record::Holds(options::v1::ROLE_OPERATIONS_MANAGER) ||
                      record::Holds(options::v1::ROLE_PLATFORM_ENGINEER));
}

absl::Status CalendarFeeds::Issue(record::Transaction& tx, const v1::IssueCalendarFeedRequest& request,
                                  v1::IssueCalendarFeedResponse* response) {
  CalendarFeed feed;
  if (!request.series().empty()) {
    ASSIGN_OR_RETURN(const MeetingSeries series, tables_.series.Find(tx.sql, request.series()));
    ASSIGN_OR_RETURN(const bool belongs, BelongsTo(tx.sql, series, tx.call.principal.name, tx.call.now));
    if (!belongs && !tables_.series.Sees(tx.call, series)) return status::NotFound(request.series());
    feed.set_by_membership(belongs);
  }
  feed.set_name(absl::StrCat("calendarFeeds/", record::NewId(tx.call.now)));
  feed.set_employee(tx.call.principal.name);
  feed.set_series(request.series());
  feed.set_state(CalendarFeed::STATE_ACTIVE);
  RETURN_IF_ERROR(feeds_.Insert(tx, feed, "issue"));
  const std::string key = RandomKey();
  RETURN_IF_ERROR(
      tx.sql.Execute("INSERT INTO calendar_feed_keys (feed, digest) VALUES (?, ?)", sql::Bind(feed.name(), DigestOf(key))).status());
  response->set_calendar_feed(feed.name());
  response->set_key(key);
  response->set_path(absl::StrCat("/v1/", feed.name(), ":read?key=", key));
  return absl::OkStatus();
}

absl::StatusOr<CalendarFeed> CalendarFeeds::Revoke(record::Transaction& tx, const v1::RevokeCalendarFeedRequest& request) {
  return feeds_.Change(tx, request, "revoke", [&](const CalendarFeed& before, CalendarFeed&) -> absl::Status {
    if (tx.call.principal.name != before.employee() && !tx.call.principal.Has(options::v1::ROLE_OPERATIONS_MANAGER)) {
      return status::Error(kNotYourFeed, {{"name", before.name()}});
    }
    return tx.sql.Execute("DELETE FROM calendar_feed_keys WHERE feed = ?", sql::Bind(before.name())).status();
  });
}

absl::StatusOr<bool> CalendarFeeds::BelongsTo(sql::Session& session, const MeetingSeries& series, const std::string& person,
                                              absl::Time now) const {
  ASSIGN_OR_RETURN(const std::vector<std::string> people, recipients_.MembersOf(session, series, now));
  return std::find(people.begin(), people.end(), person) != people.end();
}

absl::StatusOr<std::vector<MeetingSeries>> CalendarFeeds::SeriesOf(sql::Session& session, const CalendarFeed& feed, absl::Time now) const {
  if (!feed.series().empty()) {
    ASSIGN_OR_RETURN(MeetingSeries series, tables_.series.Find(session, feed.series()));
    if (feed.by_membership()) {
      ASSIGN_OR_RETURN(const bool belongs, BelongsTo(session, series, feed.employee(), now));
      if (!belongs) return status::Error(kFeedKeyInvalid);
    }
    return std::vector<MeetingSeries>{std::move(series)};
  }
  // Some dozens in a department (tests/contract/list_test.cc).
  ASSIGN_OR_RETURN(const std::vector<MeetingSeries> all, tables_.series.Select(session, "ORDER BY name"));
  std::vector<MeetingSeries> own;
  for (const MeetingSeries& series : all) {
    ASSIGN_OR_RETURN(const bool belongs, BelongsTo(session, series, feed.employee(), now));
    if (belongs) own.push_back(series);
  }
  return own;
}

absl::StatusOr<SeriesInCalendar> CalendarFeeds::Load(sql::Session& session, const MeetingSeries& series) const {
  SeriesInCalendar one{series, {}, std::nullopt};
  ASSIGN_OR_RETURN(one.meetings, tables_.meetings.Children(session, series.name()));
  if (series.state() == MeetingSeries::STATE_ENDED) {
    one.ended = absl::ToCivilDay(time::ToTime(series.update_time()), tables_.planning.zone) + 1;
  }
  return one;
}

absl::StatusOr<v1::ReadCalendarFeedResponse> CalendarFeeds::Read(const rpc::Call& call, const v1::ReadCalendarFeedRequest& request) {
  return tables_.store.Read(call, [&](sql::Session& session) -> absl::StatusOr<v1::ReadCalendarFeedResponse> {
    bool known = false;
    RETURN_IF_ERROR(session.Query("SELECT feed FROM calendar_feed_keys WHERE feed = ? AND digest = ?",
                                  sql::Bind(request.name(), DigestOf(request.key())), [&](const sql::Row&) { known = true; }));
    if (!known) return status::Error(kFeedKeyInvalid);
    ASSIGN_OR_RETURN(const CalendarFeed feed, feeds_.Find(session, request.name()));
    if (notices_.HasLeft(feed.employee(), call.now)) return status::Error(kFeedKeyInvalid);
    ASSIGN_OR_RETURN(const std::vector<MeetingSeries> all, SeriesOf(session, feed, call.now));
    std::vector<SeriesInCalendar> loaded;
    for (const MeetingSeries& series : all) {
      ASSIGN_OR_RETURN(SeriesInCalendar one, Load(session, series));
      loaded.push_back(std::move(one));
    }
    v1::ReadCalendarFeedResponse response;
    response.set_media_type(kCalendarType);
    response.set_content(CalendarFileOf(feed.series().empty() || all.empty() ? "Heitie" : all[0].title(), loaded));
    return response;
  });
}

void CalendarFeeds::Bind(record::Methods& methods, rpc::Service& service) {
  methods.Reads(feeds_);
  methods.Bind("RevokeCalendarFeed", this, &CalendarFeeds::Revoke);
  methods.Bind("ReadCalendarFeed", this, &CalendarFeeds::Read);
  // Of keys no record is kept, not even the one of the answer that told them.
  service.Bind("IssueCalendarFeed",
               WithoutRecord<v1::IssueCalendarFeedRequest, v1::IssueCalendarFeedResponse>(
                   tables_.store, {.take = [this](record::Transaction& tx, const v1::IssueCalendarFeedRequest& request,
                                                  v1::IssueCalendarFeedResponse* response) { return Issue(tx, request, response); }}));
}

}  // namespace heitie::planning
