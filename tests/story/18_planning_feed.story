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

# A newer version of an event that was taken over is followed, an older one is not.
let calendar ["BEGIN:VCALENDAR\nVERSION:2.0\nBEGIN:VEVENT\nUID:ideas-${run}@example\nSUMMARY:Ideas\nSEQUENCE:1\nDTSTART;TZID=Asia/Taipei:20260105T093000\nDURATION:PT1H\nRRULE:FREQ=WEEKLY;BYDAY=MO\nEND:VEVENT\nEND:VCALENDAR\n",
  "BEGIN:VCALENDAR\nVERSION:2.0\nBEGIN:VEVENT\nUID:ideas-${run}@example\nSUMMARY:Ideas\nSEQUENCE:2\nDTSTART;TZID=Asia/Taipei:20260105T140000\nDURATION:PT1H\nRRULE:FREQ=WEEKLY;BYDAY=MO\nEND:VEVENT\nEND:VCALENDAR\n"]
specialist ImportCalendar {"chair": "${specialist}", "departments": ["operations"], "data": "${calendar.0:base64}"}
  answer ideas
  expect {"meetingSeries": ["*"], "findings": []}
specialist ImportCalendar {"chair": "${specialist}", "departments": ["operations"], "data": "${calendar.1:base64}"}
  expect {"meetingSeries": [], "changedMeetingSeries": ["${ideas.meetingSeries.0}"], "findings": []}
specialist ImportCalendar {"chair": "${specialist}", "departments": ["operations"], "data": "${calendar.0:base64}"}
  expect {"changedMeetingSeries": [], "findings": [{"reason": "CALENDAR_OLDER", "blocking": false}]}
specialist GetMeetingSeries {"name": "${ideas.meetingSeries.0}"}
  expect {"schedule": {"startClock": "14:00"}}
specialist EndMeetingSeries {"name": "${ideas.meetingSeries.0}", "reason": "No more ideas"}
