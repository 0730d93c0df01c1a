// Addresses at which people's calendars read their meetings, by a key that is told once (policy C1).
#ifndef HEITIE_SERVICES_PLANNING_FEED_CALENDAR_FEEDS_H_
#define HEITIE_SERVICES_PLANNING_FEED_CALENDAR_FEEDS_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/record/methods.h"
#include "heitie/planning/v1/calendar_feed.pb.h"
#include "services/planning/feed/calendar_file.h"
#include "services/planning/meeting/meeting_tables.h"
#include "services/planning/notice/recipients.h"
#include "services/planning/notice/tell.h"

namespace heitie::planning {

extern const status::Reason kFeedKeyInvalid;
extern const status::Reason kNotYourFeed;  // {name}

const record::StateMachine& CalendarFeedMachine();

// Thread-safe.
class CalendarFeeds {
 public:
  CalendarFeeds(MeetingTables& tables, const Notices& notices, const Recipients& recipients);
  CalendarFeeds(const CalendarFeeds&) = delete;
  void Bind(record::Methods& methods, rpc::Service& service);

 private:
  absl::Status Issue(record::Transaction& tx, const v1::IssueCalendarFeedRequest& request, v1::IssueCalendarFeedResponse* response);
  absl::StatusOr<v1::CalendarFeed> Revoke(record::Transaction& tx, const v1::RevokeCalendarFeedRequest& request);
  absl::StatusOr<v1::ReadCalendarFeedResponse> Read(const rpc::Call& call, const v1::ReadCalendarFeedRequest& request);

  absl::StatusOr<bool> BelongsTo(sql::Session& session, const v1::MeetingSeries& series, const std::string& person, absl::Time now) const;
  absl::StatusOr<std::vector<v1::MeetingSeries>> SeriesOf(sql::Session& session, const v1::CalendarFeed& feed, absl::Time now) const;
  absl::StatusOr<SeriesInCalendar> Load(sql::Session& session, const v1::MeetingSeries& series) const;

  MeetingTables& tables_;
  const Notices& notices_;
  const Recipients& recipients_;
  record::Kind<v1::CalendarFeed> feeds_;
};

}  // namespace heitie::planning

#endif  // HEITIE_SERVICES_PLANNING_FEED_CALENDAR_FEEDS_H_
