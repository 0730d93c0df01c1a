# What came of the project, and what the next study learns from it (P3, W13).

[aside]
analyst GetCloseOut {"name": "${project}/closeOuts/1"}
  within 60
  answer closing
  expect {"firstBaseline": "*", "lastBaseline": "*", "figures": [{"kind": "KIND_COST", "actual": "*"}, {"kind": "KIND_BENEFIT"},
    {"kind": "KIND_DURATION", "actual": "*"}, {"kind": "KIND_EFFORT"}], "markdown": "*", "digest": "*"}
analyst ListCloseOuts {"parent": "${project}"}
  expect {"closeOuts": [{"digest": "${closing.digest}"}]}
analyst ListForecastRecords {"filter": "source = \"${closing.name}\" AND kind = KIND_COST"}
  answer learnt
  expect {"forecastRecords": [{"subject": "${project}", "state": "STATE_IN_FORCE", "ratio": "*"}]}
analyst GetForecastRecord {"name": "${learnt.forecastRecords.0.name}"}
  expect {"kind": "KIND_COST", "forecast": 5000000}
analyst ListForecastRecords {"filter": "source = \"${report.name}\""}
  within 10
analyst ComputePeriodCarryOver {"name": "${period}"}
  within 30
specialist CreateProject {"projectId": "encore-${run}", "project": {"title": "An encore", "planPeriod": "${period}", "owner": "${specialist}",
  "startDate": "${today}", "endDate": "${today+14d}", "currencyCode": "${currency}", "objectives": [{"title": "Guests", "metric": "guests",
  "unit": "users", "baseline": 0, "target": 100, "targetDate": "${today+14d}"}]}}
specialist CreateTask {"parent": "projects/encore-${run}", "taskId": "play", "task": {"title": "Play", "owner": "${technician}",
  "estimateHours": 2, "startDate": "${today}", "endDate": "${today+14d}"}}
specialist CreateScheme {"parent": "projects/encore-${run}", "schemeId": "main", "scheme": {"title": "Once more", "strategy": "For free",
  "channels": [{"title": "Newsletter", "contributions": [{"metric": "guests", "change": 120}]}],
  "cashFlows": [{"month": 0, "title": "Hall", "costMinor": 50000}, {"month": 1, "title": "Drinks", "benefitMinor": 20000}]}}
  expect {"feasibility": {"verdict": "VERDICT_INFEASIBLE", "classes": [{"kind": "KIND_COST", "neededCount": 5}, {"kind": "KIND_BENEFIT"},
    {"kind": "KIND_DURATION"}]}}
specialist CreateCitation {"parent": "projects/encore-${run}", "citationId": "guests", "citation": {"researchItem": "${evidence}",
  "claim": "They ask for it"}}
specialist CreateRaciEntry {"parent": "projects/encore-${run}", "raciEntryId": "all", "raciEntry": {
  "task": "projects/encore-${run}/tasks/play", "accountable": "${specialist}", "responsible": ["${technician}"]}}
specialist CreateMeetingSeries {"meetingSeriesId": "encore-${run}", "meetingSeries": {"title": "All who take part", "kind": "KIND_PROJECT_COORDINATION",
  "project": "projects/encore-${run}", "chair": "${specialist}", "schedule": {"startDate": "${today+30d}", "startClock": "09:00",
  "timeZone": "Asia/Taipei", "durationMinutes": 30, "rule": "FREQ=DAILY;COUNT=1", "dayOffPolicy": "DAY_OFF_POLICY_NEXT"}}}
specialist CreateWorkingGroup {"parent": "projects/encore-${run}", "workingGroupId": "all", "workingGroup": {"title": "All who take part",
  "lead": "${specialist}", "series": "meetingSeries/encore-${run}", "members": [{"employee": "${technician}", "department": "technology"}]}}
specialist SubmitProject {"name": "projects/encore-${run}"}
manager ApproveProject {"name": "projects/encore-${run}"}
  refused SCHEME_INFEASIBLE
manager ApproveProject {"name": "projects/encore-${run}", "overrideReason": "It thanks those who came"}
  answer encore
manager GetBaseline {"name": "${encore.approvedBaseline}"}
  expect {"overrideReason": "It thanks those who came", "judgement": {"verdict": "VERDICT_INFEASIBLE"}, "approver": "${manager}"}
manager CancelProject {"name": "projects/encore-${run}", "reason": "The hall is let"}
