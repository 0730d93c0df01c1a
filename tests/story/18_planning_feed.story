# Meetings in people's calendars (C1).

[aside]
technician IssueCalendarFeed {}
  answer mine
  expect {"calendarFeed": "*", "path": "*"}
technician GetCalendarFeed {"name": "${mine.calendarFeed}"}
  expect {"state": "STATE_ACTIVE", "employee": "${technician}"}
technician ListCalendarFeeds {"filter": "state = STATE_ACTIVE"}
accountant GetCalendarFeed {"name": "${mine.calendarFeed}"}
  refused NOT_FOUND
technician ReadCalendarFeed {"name": "${mine.calendarFeed}", "key": "${mine.key}"}
  expect {"mediaType": "text/calendar; charset=utf-8", "content": "*"}
technician ReadCalendarFeed {"name": "${mine.calendarFeed}", "key": "00000000000000000000000000000000"}
  refused FEED_KEY_INVALID
specialist RevokeCalendarFeed {"name": "${mine.calendarFeed}"}
  refused NOT_FOUND
technician RevokeCalendarFeed {"name": "${mine.calendarFeed}"}
  expect {"state": "STATE_REVOKED"}
