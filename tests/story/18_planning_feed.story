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

# Meetings of another calendar: what a file would bring (an event of each Monday), and one that is none.
specialist ImportCalendar {"chair": "${specialist}", "departments": ["operations"], "validateOnly": true, "data":
  "QkVHSU46VkNBTEVOREFSClZFUlNJT046Mi4wCkJFR0lOOlZFVkVOVApVSUQ6ZXhjaGFuZ2VAZXhhbXBsZQpTVU1NQVJZOkV4Y2hhbmdlIG9mIGlkZWFzCkxPQ0FUSU9OOlJvb20gMwpEVFNUQVJUO1RaSUQ9QXNpYS9UYWlwZWk6MjAyNjAxMDVUMDkzMDAwCkRVUkFUSU9OOlBUMUgKUlJVTEU6RlJFUT1XRUVLTFk7QllEQVk9TU8KRU5EOlZFVkVOVApFTkQ6VkNBTEVOREFSCg=="}
  expect {"meetingSeries": ["*"], "findings": []}
specialist ImportCalendar {"chair": "${specialist}", "data": "Tm8gY2FsZW5kYXI="}
  expect {"meetingSeries": [], "findings": [{"reason": "CALENDAR_UNREADABLE", "blocking": true}]}
