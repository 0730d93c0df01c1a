// Personnel's calendars as this service knows them: the one copy for all of its chapters.
//
//   ASSIGN_OR_RETURN(const auto calendar, calendars.by_name.Named(tx.sql, "calendars/default"));
//   calendar->arithmetic.After(opened, absl::Hours(4));
#ifndef HEITIE_SERVICES_ACTIVITY_CLOCK_BUSINESS_CALENDARS_H_
#define HEITIE_SERVICES_ACTIVITY_CLOCK_BUSINESS_CALENDARS_H_

#include <string>

#include "common/event/mirror.h"
#include "common/record/calendars.h"
#include "common/service/main.h"
#include "heitie/personnel/v1/calendar.pb.h"

namespace heitie::activity {

// Not to be moved: the calendars read the copy. Thread-safe.
struct BusinessCalendars {
  explicit BusinessCalendars(const service::Context& context)
      : versions(context, "personnel"),
        by_name(versions.table(), [this](sql::Session& session, const std::string& tail, const sql::Values& values) {
          return versions.SelectKnown(session, tail, values);
        }) {}
  BusinessCalendars(const BusinessCalendars&) = delete;
  BusinessCalendars& operator=(const BusinessCalendars&) = delete;

  // Before personnel was heard for the first time it holds the version that the suite comes with.
  event::Mirror<personnel::v1::CalendarVersion> versions;
  record::Calendars<personnel::v1::CalendarVersion> by_name;
};

}  // namespace heitie::activity

#endif  // HEITIE_SERVICES_ACTIVITY_CLOCK_BUSINESS_CALENDARS_H_
