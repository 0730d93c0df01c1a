# Who works here, and what the work demands (H1).

chapter 3. People | 3. 人員

[aside]
manager UpdatePosition {"position": {"name": "${position}", "title": "Show host"}, "updateMask": "title"}
analyst BatchGetPositions {"names": ["${position}"]}
  expect {"positions": [{"name": "${position}"}]}
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
manager CreateAbsenceKind {"absenceKindId": "training-${run}", "absenceKind": {"title": "Training", "countsAsPresence": true}}
manager UpdateAbsenceKind {"absenceKind": {"name": "absenceKinds/training-${run}", "title": "Training outside"}, "updateMask": "title"}
analyst GetAbsenceKind {"name": "absenceKinds/training-${run}"}
  expect {"title": "Training outside", "countsAsPresence": true}
analyst ListAbsenceKinds {"filter": "counts_as_presence = true"}
manager RecordAbsence {"name": "employees/ho-${run}", "absence": {"startDate": "${today+5d}", "endDate": "${today+8d}",
  "kind": "absenceKinds/training-${run}", "deputy": "employees/ho-${run}"}}
  refused INVALID_FIELDS
manager RecordAbsence {"name": "employees/ho-${run}", "absence": {"startDate": "${today+5d}", "endDate": "${today+8d}",
  "kind": "absenceKinds/training-${run}", "deputy": "${specialist}"}}
  expect {"deputies": ["${specialist}"]}
manager CreateDuty {"dutyId": "opening-${run}", "duty": {"title": "Opens the studio"}}
manager UpdateDuty {"duty": {"name": "duties/opening-${run}", "description": "An hour before each show"}, "updateMask": "description"}
analyst GetDuty {"name": "duties/opening-${run}"}
  expect {"description": "An hour before each show"}
analyst BatchGetDuties {"names": ["duties/opening-${run}"]}
analyst ListDuties {"filter": "name = \"duties/abnormal-data\""}
  expect {"duties": [{"title": "異常數據預警"}]}
manager UpdatePosition {"position": {"name": "${position}", "duties": ["duties/opening-${run}"]}, "updateMask": "duties"}
manager CreateRota {"parent": "duties/opening-${run}", "rotaId": "weekly", "rota": {"department": "operations", "startDate": "${today}",
  "turn": "TURN_WEEK", "holders": ["employees/ho-${run}", "${specialist}"], "reason": "In turns, a week each"}}
manager CreateRota {"parent": "duties/opening-${run}", "rotaId": "mistake", "rota": {"department": "operations",
  "startDate": "${today+30d}", "turn": "TURN_DAY", "holders": ["${specialist}"]}}
manager DeleteRota {"name": "duties/opening-${run}/rotas/mistake"}
analyst GetRota {"name": "duties/opening-${run}/rotas/weekly"}
  expect {"state": "STATE_VALID", "turn": "TURN_WEEK"}
analyst ListRotas {"parent": "duties/opening-${run}"}
  expect {"rotas": [{"department": "operations"}]}
analyst ResolveDuty {"name": "duties/opening-${run}", "department": "operations"}
  expect {"responsible": "employees/ho-${run}", "rota": "duties/opening-${run}/rotas/weekly",
    "path": [{"ground": "GROUND_TURN", "outcome": "OUTCOME_RESPONSIBLE"}]}
analyst ResolveDuty {"name": "duties/opening-${run}", "department": "operations", "time": "${now+6d}"}
  expect {"responsible": "${specialist}",
    "path": [{"outcome": "OUTCOME_ABSENT"}, {"ground": "GROUND_DEPUTY", "outcome": "OUTCOME_RESPONSIBLE"}]}
analyst ResolveDuty {"name": "duties/opening-${run}", "department": "finance"}
  refused NO_ONE_RESPONSIBLE
manager CancelAbsence {"name": "employees/ho-${run}", "startDate": "${today+5d}"}
analyst ListPositionTemplates {}
  expect {"positionTemplates": [{"title": "數據分析員"}, {"title": "運營經理"}, {"title": "運營專員"}]}
analyst GetPositionTemplate {"name": "positionTemplates/data-analyst"}
  expect {"roles": ["ROLE_DATA_ANALYST"], "duties": ["*", "*", "duties/abnormal-data"]}
manager AdoptPositionTemplate {"name": "positionTemplates/data-analyst", "positionId": "analyst-${run}"}
  expect {"title": "數據分析員", "duties": ["*", "*", "duties/abnormal-data"]}
manager TerminateEmployee {"name": "employees/ho-${run}", "leaveDate": "${today+60d}"}
manager ReinstateEmployee {"name": "employees/ho-${run}"}
analyst BatchGetEmployees {"names": ["employees/ho-${run}"]}
  expect {"employees": [{"name": "employees/ho-${run}"}]}
analyst GetEmployee {"name": "employees/ho-${run}"}
  expect {"displayName": "Ho Shu-fen (trainer)", "absences": []}
analyst ListEmployees {"filter": "position = \"${position}\""}
  expect {"employees": [{"name": "*"}, {"name": "*"}, {"name": "*"}]}
analyst personnel.ListEvents {"subject": "${specialist}"}
engineer personnel.ListFollowers {}
specialist personnel.ListHoldings {"employee": "${specialist}"}
manager personnel.HandOver {"resource": "employees/ho-${run}", "field": "superior", "employee": "${specialist}", "successor": "${manager}",
  "reason": "The hosts are led by the manager"}
analyst ComputeSuperior {"name": "employees/ho-${run}"}
  expect {"superior": "${manager}"}
manager personnel.HandOver {"resource": "employees/ho-${run}", "field": "superior", "employee": "${manager}", "successor": "${specialist}",
  "reason": "And by the specialist again"}
specialist personnel.ListHoldings {"employee": "${analyst}"}
  refused NOT_YOURSELF
manager CreateCalendar {"calendarId": "south-${run}", "calendar": {"title": "The branch in the south"}}
manager UpdateCalendar {"calendar": {"name": "calendars/south-${run}", "description": "Short Fridays"}, "updateMask": "description"}
analyst BatchGetCalendars {"names": ["calendars/south-${run}"]}
  expect {"calendars": [{"name": "calendars/south-${run}"}]}
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
[aside]
specialist FindMySteps {}
manager ListPendingSteps {"filter": "owner = \"${specialist}\" AND state = STATE_OPEN"}
[]
