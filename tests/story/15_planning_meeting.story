# Meetings that come again and again, moved, missed and held (C1).

[aside]
analyst GetMeetingPolicy {"name": "meetingPolicies/shipped"}
  expect {"state": "STATE_PUBLISHED", "planDays": 35}
manager CreateMeetingPolicy {"meetingPolicyId": "next-${run}", "meetingPolicy": {"reason": "To be thought about", "planDays": 35,
  "agendaLeadSeconds": 28800, "missSeconds": 3600, "minutesDays": 2, "mostPostponements": 2, "mostCarries": 3,
  "reminderSteps": [{"afterSeconds": 0, "recipient": "RECIPIENT_OWNER"}, {"afterSeconds": -60, "recipient": "RECIPIENT_OWNER"}]}}
  refused INVALID_FIELDS
manager CreateMeetingPolicy {"meetingPolicyId": "next-${run}", "meetingPolicy": {"reason": "To be thought about", "planDays": 35,
  "agendaLeadSeconds": 28800, "missSeconds": 3600, "minutesDays": 2, "mostPostponements": 2, "mostCarries": 3,
  "reminderSteps": [{"afterSeconds": -60, "recipient": "RECIPIENT_OWNER"}]}}
  expect {"state": "STATE_DRAFT"}
manager UpdateMeetingPolicy {"meetingPolicy": {"name": "meetingPolicies/next-${run}", "mostCarries": 4}, "updateMask": "mostCarries"}
manager DeleteMeetingPolicy {"name": "meetingPolicies/next-${run}"}
manager CreateMeetingPolicy {"meetingPolicyId": "same-${run}", "meetingPolicy": {"reason": "As before", "planDays": 35,
  "agendaLeadSeconds": 28800, "missSeconds": 3600, "minutesDays": 2, "mostPostponements": 2, "mostCarries": 3, "verifySeconds": 57600,
  "reminderSteps": [{"afterSeconds": -86400, "recipient": "RECIPIENT_OWNER"}, {"afterSeconds": 0, "recipient": "RECIPIENT_OWNER"},
    {"afterSeconds": 259200, "recipient": "RECIPIENT_SUPERIOR"}]}}
manager PublishMeetingPolicy {"name": "meetingPolicies/same-${run}"}
  expect {"state": "STATE_PUBLISHED"}
analyst ListMeetingPolicies {"filter": "state = STATE_PUBLISHED"}

specialist CreateMeetingSeries {"meetingSeriesId": "weekly-${run}", "meetingSeries": {"title": "Weekly meeting", "kind": "KIND_TEAM_WEEKLY",
  "chair": "${specialist}", "secretary": "${technician}", "members": ["${analyst}"], "departments": ["team-${run}"], "standing": true,
  "schedule": {"startDate": "${today+1d}", "startClock": "09:30", "timeZone": "Asia/Taipei", "durationMinutes": 60,
  "rule": "FREQ=MONTHLY;BYMONTHDAY=31;BYMONTH=2", "dayOffPolicy": "DAY_OFF_POLICY_NEXT"}}}
  refused INVALID_FIELDS
specialist CreateMeetingSeries {"meetingSeriesId": "weekly-${run}", "meetingSeries": {"title": "Weekly meeting", "kind": "KIND_TEAM_WEEKLY",
  "chair": "${specialist}", "secretary": "${technician}", "members": ["${analyst}"], "departments": ["team-${run}"], "standing": true,
  "topics": [{"title": "分享經驗", "minutes": 10}],
  "schedule": {"startDate": "${today+1d}", "startClock": "09:30", "timeZone": "Asia/Taipei", "durationMinutes": 60,
  "rule": "FREQ=DAILY;INTERVAL=7", "dayOffPolicy": "DAY_OFF_POLICY_NEXT"}}}
  expect {"state": "STATE_ACTIVE", "meetingsUntil": "*", "calendar": "calendars/default"}
specialist CreateMeetingSeries {"meetingSeriesId": "again-${run}", "meetingSeries": {"title": "Weekly meeting", "kind": "KIND_TEAM_WEEKLY",
  "chair": "${specialist}", "departments": ["team-${run}"], "standing": true,
  "schedule": {"startDate": "${today+1d}", "startClock": "09:30", "timeZone": "Asia/Taipei", "durationMinutes": 60,
  "rule": "FREQ=DAILY;INTERVAL=7", "dayOffPolicy": "DAY_OFF_POLICY_SKIP"}}}
  refused STANDING_TAKEN
technician UpdateMeetingSeries {"meetingSeries": {"name": "meetingSeries/weekly-${run}", "place": "Room 3"}, "updateMask": "place"}
  expect {"place": "Room 3"}
accountant GetMeetingSeries {"name": "meetingSeries/weekly-${run}"}
  refused NOT_FOUND
technician GetMeetingSeries {"name": "meetingSeries/weekly-${run}"}
  expect {"chair": "${specialist}"}
technician BatchGetMeetingSeries {"names": ["meetingSeries/weekly-${run}"]}
analyst ListMeetingSeries {"filter": "chair = \"${specialist}\" AND state = STATE_ACTIVE"}
analyst ListMeetings {"parent": "meetingSeries/weekly-${run}", "orderBy": "name"}
  answer weekly
  expect {"meetings": "*"}
technician GetMeeting {"name": "${weekly.meetings.0.name}"}
  expect {"place": "Room 3", "secretary": "${technician}"}
specialist ChangeMeetingSchedule {"name": "meetingSeries/weekly-${run}", "schedule": {"startDate": "${today+1d}", "startClock": "10:00",
  "timeZone": "Asia/Taipei", "durationMinutes": 45, "rule": "FREQ=DAILY;INTERVAL=7", "dayOffPolicy": "DAY_OFF_POLICY_NEXT"}}
  expect {"formerSchedules": [{"endDate": "*"}]}
analyst MoveMeeting {"name": "${weekly.meetings.1.name}", "startTime": "${now+9d}", "reason": "The room is taken"}
  refused NOT_YOUR_MEETING
specialist MoveMeeting {"name": "${weekly.meetings.1.name}", "startTime": "${now+9d}", "place": "Room 4", "reason": "The room is taken"}
  expect {"changedByHand": true, "place": "Room 4", "calendarSequence": "*"}
technician CancelMeeting {"name": "${weekly.meetings.2.name}", "reason": "The fair"}
  expect {"state": "STATE_CANCELLED"}
specialist MoveMeeting {"name": "${weekly.meetings.0.name}", "startTime": "${now+1h}", "reason": "It presses"}
  expect {"startTime": "*"}
specialist CreateMeetingSeries {"meetingSeriesId": "once-${run}", "meetingSeries": {"title": "Kick-off", "kind": "KIND_SINGLE",
  "chair": "${specialist}", "schedule": {"startDate": "${today+30d}", "startClock": "09:30", "timeZone": "Asia/Taipei", "durationMinutes": 60,
  "dayOffPolicy": "DAY_OFF_POLICY_NEXT"}}}
specialist EndMeetingSeries {"name": "meetingSeries/once-${run}", "reason": "Nobody has time"}
  expect {"state": "STATE_ENDED"}
