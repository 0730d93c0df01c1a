# Who works here, and what the work demands (H1).

chapter 3. People | 3. 人員

manager CreateCourse {"courseId": "${course:id}", "course": {"title": "Rules of live shows",
  "description": "What a host may say and must not.", "validityMonths": 12, "passScore": 60}}
manager CreatePosition {"positionId": "${position:id}", "position": {"title": "Host",
  "responsibilities": ["Presents the goods in live shows."], "roles": ["ROLE_OPERATIONS_SPECIALIST"], "requiredCourses": ["${course}"]}}
manager CreateEmployee {"employeeId": "${manager:id}", "employee": {"displayName": "Lin Mei-hua", "position": "${position}",
  "department": "operations", "hireDate": "${today-400d}"}}
manager CreateEmployee {"employeeId": "${specialist:id}", "employee": {"displayName": "Chen Yi-jun", "position": "${position}",
  "department": "operations", "hireDate": "${today-400d}"}}
  say The position “Host” demands the course “Rules of live shows”, whose certificate is valid for 12 months; Lin Mei-hua and Chen Yi-jun
    are employed. |
    職位「主持人」要求修習課程「直播規範」，證書效期 12 個月；林美華與陳怡君在職。

[aside]
manager UpdatePosition {"position": {"name": "${position}", "title": "Show host"}, "updateMask": "title"}
analyst GetPosition {"name": "${position}"}
  expect {"title": "Show host"}
analyst ListPositions {}
manager CreateEmployee {"employeeId": "ho-${run}", "employee": {"displayName": "Ho Shu-fen", "position": "${position}",
  "department": "operations", "hireDate": "${today-30d}"}}
manager UpdateEmployee {"employee": {"name": "employees/ho-${run}", "displayName": "Ho Shu-fen (trainer)"}, "updateMask": "displayName"}
manager UpdateEmployee {"employee": {"name": "employees/ho-${run}", "superior": "${specialist}"}, "updateMask": "superior"}
  expect {"superior": "${specialist}", "assignments": [{"superior": "${specialist}", "recorder": "${manager}"}]}
manager TransferEmployee {"name": "employees/ho-${run}", "startDate": "${today+10d}", "position": "${position}",
  "department": "operations", "superior": "${manager}", "reason": "She trains the hosts from then on"}
  expect {"superior": "${specialist}", "assignments": [{"superior": "${specialist}"}, {"superior": "${manager}"}]}
manager TransferEmployee {"name": "${manager}", "startDate": "${today+20d}", "position": "${position}", "department": "operations",
  "superior": "employees/ho-${run}"}
  refused CIRCLE_OF_SUPERIORS
analyst ComputeSuperior {"name": "employees/ho-${run}", "date": "${today+10d}"}
  expect {"superior": "${manager}"}
manager CancelTransfer {"name": "employees/ho-${run}", "startDate": "${today+10d}"}
  expect {"assignments": [{"superior": "${specialist}"}]}
manager RecordAbsence {"name": "employees/ho-${run}", "absence": {"startDate": "${today+5d}", "endDate": "${today+8d}"}}
manager CancelAbsence {"name": "employees/ho-${run}", "startDate": "${today+5d}"}
manager TerminateEmployee {"name": "employees/ho-${run}", "leaveDate": "${today+60d}"}
manager ReinstateEmployee {"name": "employees/ho-${run}"}
analyst GetEmployee {"name": "employees/ho-${run}"}
  expect {"displayName": "Ho Shu-fen (trainer)", "absences": []}
analyst ListEmployees {"filter": "position = \"${position}\""}
  expect {"employees": [{"name": "*"}, {"name": "*"}, {"name": "*"}]}
analyst personnel.ListEvents {"subject": "${specialist}"}
engineer personnel.ListFollowers {}
specialist personnel.ListHoldings {"employee": "${specialist}"}
specialist personnel.ListHoldings {"employee": "${analyst}"}
  refused NOT_YOURSELF
manager CreateCalendar {"calendarId": "south-${run}", "calendar": {"title": "The branch in the south"}}
manager UpdateCalendar {"calendar": {"name": "calendars/south-${run}", "description": "Short Fridays"}, "updateMask": "description"}
analyst GetCalendar {"name": "calendars/south-${run}"}
  expect {"description": "Short Fridays"}
analyst ListCalendars {}
manager CreateCalendarVersion {"parent": "calendars/south-${run}", "calendarVersionId": "weeks", "calendarVersion": {"reason": "The first",
  "rules": {"timeZone": "Asia/Taipei", "week": [{"days": ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY"],
  "windows": [{"open": "09:00", "close": "12:00"}, {"open": "13:00", "close": "18:00"}]},
  {"days": ["FRIDAY"], "windows": [{"open": "09:00", "close": "13:00"}]}],
  "holidays": [{"date": {"year": 2026, "month": 2, "day": 17}, "title": "New year"}]}}}
manager UpdateCalendarVersion {"calendarVersion": {"name": "calendars/south-${run}/versions/weeks", "reason": "As agreed"}, "updateMask": "reason"}
manager PublishCalendarVersion {"name": "calendars/south-${run}/versions/weeks"}
analyst GetCalendarVersion {"name": "calendars/south-${run}/versions/weeks"}
  expect {"state": "STATE_PUBLISHED", "version": 1}
analyst ListCalendarVersions {"parent": "calendars/south-${run}"}
manager CreateCalendarVersion {"parent": "calendars/south-${run}", "calendarVersionId": "mistake", "calendarVersion": {"reason": "Nights",
  "rules": {"timeZone": "Asia/Taipei", "week": [{"days": ["SUNDAY"], "windows": [{"open": "22:00", "close": "06:00", "overnight": true}]}]}}}
manager DeleteCalendarVersion {"name": "calendars/south-${run}/versions/mistake"}
analyst ComputeWorkingTime {"name": "calendars/south-${run}", "startTime": "2026-02-15T16:00:00Z", "endTime": "2026-02-22T16:00:00Z"}
  expect {"workingTime": "100800s"}
analyst ComputeDueTime {"name": "calendars/south-${run}", "startTime": "2026-02-16T08:00:00Z", "workingTime": "14400s"}
  expect {"dueTime": "2026-02-18T03:00:00Z"}
analyst ListOpenIntervals {"parent": "calendars/south-${run}", "startTime": "2026-02-16T00:00:00Z", "endTime": "2026-02-17T00:00:00Z"}
  expect {"openIntervals": [{"startTime": "*"}, {"startTime": "*"}]}
analyst ComputeWorkingDays {"name": "calendars/south-${run}", "startDate": {"year": 2026, "month": 2, "day": 16}, "endDate": {"year": 2026, "month": 2, "day": 23}}
  expect {"workingDays": "4"}
analyst ComputeWorkingDate {"name": "calendars/south-${run}", "date": {"year": 2026, "month": 2, "day": 16}, "workingDays": 1}
  expect {"date": "*"}
