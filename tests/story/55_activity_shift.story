# Who is at an activity when, and when people are missing (A1, W9).

[aside]
let shifts activities/night-fair-${run}
specialist CreateActivity {"activityId": "${shifts:id}", "activity": {"title": "Night fair", "project": "${project}", "scheme": "${scheme}",
  "owner": "${specialist}", "startTime": "${now+20d}", "endTime": "${now+22d}", "timeZone": "Asia/Taipei"}}
specialist CreateShiftCoverage {"parent": "${shifts}", "shiftCoverageId": "hosts", "shiftCoverage": {"role": "host", "minCount": 1,
  "hours": [{"open": "10:00", "close": "09:00"}]}}
  refused INVALID_FIELDS
specialist CreateShiftCoverage {"parent": "${shifts}", "shiftCoverageId": "hosts", "shiftCoverage": {"role": "host", "minCount": 2,
  "hours": [{"open": "00:00", "close": "24:00"}]}}
  expect {"gapCount": 1, "missingCount": 2}
specialist UpdateShiftCoverage {"shiftCoverage": {"name": "${shifts}/shiftCoverages/hosts", "minCount": 1}, "updateMask": "min_count"}
  expect {"missingCount": 1}
specialist CreateShift {"parent": "${shifts}", "shiftId": "first", "shift": {"role": "host", "startTime": "${now+20d}", "endTime": "${now+21d}",
  "people": [{"employee": "${specialist}"}]}}
  expect {"state": "STATE_PLANNED", "timeZone": "Asia/Taipei", "startDate": "*", "endDate": "*"}
# One shift at a time; back to back is another time.
specialist CreateShift {"parent": "${shifts}", "shiftId": "second", "shift": {"role": "host", "startTime": "${now+503h}",
  "endTime": "${now+526h}", "people": [{"employee": "${specialist}"}]}}
  refused SHIFT_OVERLAP
specialist CreateShift {"parent": "${shifts}", "shiftId": "second", "shift": {"role": "host", "startTime": "${now+516h}",
  "endTime": "${now+22d}", "people": [{"employee": "${manager}"}], "courses": ["${course}"]}}
specialist UpdateShift {"shift": {"name": "${shifts}/shifts/second", "courses": []}, "updateMask": "courses"}
analyst GetShiftCoverage {"name": "${shifts}/shiftCoverages/hosts"}
  expect {"gapCount": "*", "gaps": [{"missingCount": 1, "startTime": "*", "endTime": "*"}]}
analyst ListShiftCoverages {"parent": "${shifts}"}
  expect {"shiftCoverages": [{"role": "host"}]}
analyst CheckShifts {"name": "${shifts}"}
  expect {"met": false, "shifts": [{"qualified": true}, {"qualified": true}], "gaps": [{"role": "host"}]}
analyst CheckQualificationCases {"cases": [{"employee": "${specialist}", "startDate": "${today+20d}", "endDate": "${today+21d}"},
  {"employee": "employees/nobody-${run}", "courses": ["${course}"], "startDate": "${today}", "endDate": "${today}"}]}
  expect {"qualified": false, "cases": [{"qualified": true}, {"disqualifications": [{"reason": "REASON_UNKNOWN_EMPLOYEE"}]}]}
analyst GetShift {"name": "${shifts}/shifts/second"}
  expect {"people": [{"employee": "${manager}"}]}
analyst ListShifts {"parent": "${shifts}", "filter": "state = STATE_PLANNED", "orderBy": "start_time"}
  expect {"shifts": [{"name": "${shifts}/shifts/first"}, {"name": "${shifts}/shifts/second"}]}
specialist CancelShift {"name": "${shifts}/shifts/first", "reason": "It begins in the evening"}
  expect {"state": "STATE_CANCELLED"}
# What is missing is personnel's to see to.
manager ListStaffingGaps {"filter": "subject = \"${shifts}/shiftCoverages/hosts\""}
  within 30
  expect {"staffingGaps": [{"state": "STATE_OPEN", "source": "SOURCE_SHIFT_COVERAGE", "requiredCount": 1}]}
specialist DeleteShiftCoverage {"name": "${shifts}/shiftCoverages/hosts"}
manager ListStaffingGaps {"filter": "subject = \"${shifts}/shiftCoverages/hosts\""}
  within 30
  expect {"staffingGaps": [{"state": "STATE_CLOSED"}]}
manager CancelActivity {"name": "${shifts}", "reason": "It was only about its shifts."}
[]
