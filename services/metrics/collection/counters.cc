#include "services/metrics/collection/counters.h"

#include <set>

#include "absl/strings/str_cat.h"
#include "common/sql/placeholders.h"
#include "common/status/macros.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "heitie/metrics/v1/counters.pb.h"
#include "services/metrics/analysis/query.h"
#include "services/metrics/engine/chunks.h"
#include "services/metrics/engine/database_snapshot.h"

namespace heitie::metrics {
namespace {

using v1::ActivityCounters;
using v1::ActivityTracking;

const absl::CivilDay kFirstDay(1970, 1, 1);  // the contract's times begin there
const absl::CivilDay kLastDay(9999, 12, 31);

std::string TrackingName(const std::string& activity) { return absl::StrCat("activityTrackings/", record::IdOf(activity)); }

Cell Of(const EventCells& cells, const std::string& event) {
  const auto it = cells.find(event);
  return it == cells.end() ? Cell() : it->second;
}

int64_t Size(const Roaring& users) { return static_cast<int64_t>(users.cardinality()); }

double Ratio(int64_t numerator, int64_t denominator) { return static_cast<double>(numerator) / static_cast<double>(denominator); }

struct Progress {
  int64_t version = 0;
  absl::Time last_occur_time = absl::InfinitePast();
};

// Versions of the activity's own changes and of its producers, which add up.
absl::StatusOr<Progress> ReadProgress(sql::Session& session, const std::string& activity) {
  Progress progress;
  RETURN_IF_ERROR(session.Query(
      "SELECT version, last_occur_time FROM activity_progress WHERE activity = ? UNION ALL SELECT version, last_occur_time FROM "
      "activity_producer WHERE activity = ?",
      sql::Bind(activity, activity), [&](const sql::Row& row) {
        progress.version += row.Int(0);
        if (!row.IsNull(1)) progress.last_occur_time = std::max(progress.last_occur_time, row.Time(1));
      }));
  return progress;
}

absl::StatusOr<EventCells> ReadCells(sql::Session& session, const std::string& activity, const ActivityTracking& tracking) {
  DatabaseSnapshot snapshot(session);
  Snapshot::CellQuery query{{kEventKind, ""}, activity, "", {kFirstDay, kLastDay}, {}};
  if (tracking.has_start_date()) query.days.first = time::ToDay(tracking.start_date());
  if (tracking.has_end_date()) query.days.last = time::ToDay(tracking.end_date());
  EventCells cells;
  for (const std::string& event : TrackedEvents(tracking)) {
    query.series.name = event;
    RETURN_IF_ERROR(snapshot.Cells(query, [&](absl::CivilDay, const std::string&, const Cell& cell) {
      cells[event].Add(cell);
      return absl::OkStatus();
    }));
  }
  return cells;
}

// Every writer of a tracking also raises the version, so that watchers count anew.
absl::Status RaiseVersion(sql::Session& session, const std::string& activity) {
  return session
      .Execute("INSERT INTO activity_progress (activity, version) VALUES (?, 1) ON DUPLICATE KEY UPDATE version = version + 1",
               sql::Bind(activity))
      .status();
}

// `request` in place of `before`, of which it keeps what is not the caller's to set.
ActivityTracking Replacement(const ActivityTracking& before, const ActivityTracking& request) {
  ActivityTracking after = request;
  after.set_name(before.name());
  after.set_etag(before.etag());
  after.set_creator(before.creator());
  after.clear_create_time();
  after.clear_update_time();
  if (before.has_create_time()) *after.mutable_create_time() = before.create_time();
  if (before.has_update_time()) *after.mutable_update_time() = before.update_time();
  return after;
}

}  // namespace

ActivityTracking WithDefaults(ActivityTracking tracking) {
  if (tracking.impression_event().empty()) tracking.set_impression_event("impression");
  if (tracking.click_event().empty()) tracking.set_click_event("click");
  if (tracking.participant_events().empty()) tracking.add_participant_events("participate");
  if (tracking.conversion_event().empty()) tracking.set_conversion_event("convert");
  if (tracking.conversion_denominator() == ActivityTracking::CONVERSION_DENOMINATOR_UNSPECIFIED) {
    tracking.set_conversion_denominator(ActivityTracking::CONVERSION_DENOMINATOR_PARTICIPANTS);
  }
  return tracking;
}

std::vector<std::string> TrackedEvents(const ActivityTracking& tracking) {
  std::set<std::string> events(tracking.participant_events().begin(), tracking.participant_events().end());
  events.insert({tracking.impression_event(), tracking.click_event(), tracking.conversion_event()});
  return {events.begin(), events.end()};
}

absl::Status CheckTracking(const ActivityTracking& tracking) {
  status::BadFields bad;
  if (tracking.has_start_date() && tracking.has_end_date() && time::ToDay(tracking.end_date()) < time::ToDay(tracking.start_date())) {
    bad.Add("activity_tracking.end_date", kBadDateRange, {{"days", kMaxQueryDays}});
  }
  return bad.status();
}

ActivityCounters CountActivity(const ActivityTracking& tracking, const EventCells& cells) {
  const Cell impressions = Of(cells, tracking.impression_event());
  const Cell clicks = Of(cells, tracking.click_event());
  const Cell conversions = Of(cells, tracking.conversion_event());
  Roaring participants;
  for (const std::string& event : tracking.participant_events()) participants |= Of(cells, event).users;
  const auto denominator = [&]() -> const Roaring& {
    switch (tracking.conversion_denominator()) {
      case ActivityTracking::CONVERSION_DENOMINATOR_CLICKERS:
        return clicks.users;
      case ActivityTracking::CONVERSION_DENOMINATOR_VIEWERS:
        return impressions.users;
      default:
        return participants;
    }
  };
  const int64_t users = Size(denominator());
  const int64_t converted = static_cast<int64_t>(denominator().and_cardinality(conversions.users));

  ActivityCounters counters;
  counters.set_impressions(impressions.count);
  counters.set_clicks(clicks.count);
  counters.set_conversions(conversions.count);
  counters.set_participants(Size(participants));
  counters.set_converters(Size(conversions.users));
  counters.set_converters_outside_denominator(counters.converters() - converted);
  counters.set_viewers(Size(impressions.users));
  counters.set_clickers(Size(clicks.users));
  counters.set_conversion_denominator(tracking.conversion_denominator());
  if (counters.impressions() > 0) counters.set_click_through_rate(Ratio(counters.clicks(), counters.impressions()));
  if (users > 0) counters.set_conversion_rate(Ratio(converted, users));
  return counters;
}

void Counters::Bind(record::Methods& methods) {
  methods.Bind("SetActivityTracking", this, &Counters::Set);
  methods.Reads(trackings_);
  methods.Bind("GetActivityCounters", this, &Counters::Get);
}

absl::StatusOr<ActivityTracking> Counters::TrackingOf(sql::Session& session, const std::string& activity) const {
  absl::StatusOr<ActivityTracking> tracking = trackings_.Find(session, TrackingName(activity));
  if (absl::IsNotFound(tracking.status())) return ActivityTracking();
  return tracking;
}

absl::StatusOr<int64_t> Counters::VersionOf(sql::Session& session, const std::string& activity) const {
  ASSIGN_OR_RETURN(const Progress progress, ReadProgress(session, activity));
  return progress.version;
}

absl::StatusOr<ActivityCounters> Counters::Read(absl::Time deadline, const std::string& activity, absl::Time now) const {
  ActivityCounters counters;
  RETURN_IF_ERROR(store_.database().Snapshot(deadline, [&](sql::Session& session) -> absl::Status {
    ASSIGN_OR_RETURN(const ActivityTracking stored, TrackingOf(session, activity));
    const ActivityTracking tracking = WithDefaults(stored);
    ASSIGN_OR_RETURN(const Progress progress, ReadProgress(session, activity));
    ASSIGN_OR_RETURN(const EventCells cells, ReadCells(session, activity, tracking));
    counters = CountActivity(tracking, cells);
    counters.set_version(progress.version);
    counters.set_tracking_etag(stored.etag());
    if (progress.last_occur_time != absl::InfinitePast()) *counters.mutable_watermark() = time::ToTimestamp(progress.last_occur_time);
    return absl::OkStatus();
  }));
  counters.set_activity(activity);
  *counters.mutable_compute_time() = time::ToTimestamp(now);
  return counters;
}

absl::StatusOr<std::map<std::string, int64_t>> Counters::Versions(absl::Time deadline, const std::vector<std::string>& activities) const {
  std::map<std::string, int64_t> versions;
  RETURN_IF_ERROR(store_.database().Read(deadline, [&](sql::Session& session) {
    return ForChunks(activities.size(), [&](size_t begin, size_t size) {
      const sql::Values values(activities.begin() + begin, activities.begin() + begin + size);
      sql::Values twice = values;
      twice.insert(twice.end(), values.begin(), values.end());
      const std::string in = " WHERE activity IN (" + sql::Placeholders(size) + ")";
      return session.Query(
          "SELECT activity, version FROM activity_progress" + in + " UNION ALL SELECT activity, version FROM activity_producer" + in, twice,
          [&](const sql::Row& row) { versions[row.Text(0)] += row.Int(1); });
    });
  }));
  return versions;
}

absl::StatusOr<ActivityTracking> Counters::Set(record::Transaction& tx, const v1::SetActivityTrackingRequest& request) {
  const ActivityTracking& wanted = request.activity_tracking();
  RETURN_IF_ERROR(CheckTracking(wanted));
  RETURN_IF_ERROR(RaiseVersion(tx.sql, wanted.activity()));  // Its lock orders the writers of the tracking.
  absl::StatusOr<ActivityTracking> before = trackings_.Lock(tx, TrackingName(wanted.activity()));
  if (absl::IsNotFound(before.status())) {
    ActivityTracking created;
    created.set_name(TrackingName(wanted.activity()));
    created = Replacement(created, wanted);
    RETURN_IF_ERROR(trackings_.Insert(tx, created));
    return created;
  }
  RETURN_IF_ERROR(before.status());
  if (!wanted.etag().empty() && wanted.etag() != before->etag()) {
    return status::Error(status::kStaleEtag, {{"name", before->name()}, {"etag", wanted.etag()}, {"current", before->etag()}});
  }
  ActivityTracking after = Replacement(*before, wanted);
  RETURN_IF_ERROR(trackings_.Update(tx, *before, after, "set"));
  return after;
}

absl::StatusOr<ActivityCounters> Counters::Get(const rpc::Call& call, const v1::GetActivityCountersRequest& request) {
  return Read(call.deadline, request.activity(), call.now);
}

}  // namespace heitie::metrics
