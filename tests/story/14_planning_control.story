# How a project goes: what its people report, where it leads, what it earns, and how plans differ (P2).

[aside]
specialist CreatePlanPeriod {"planPeriodId": "past-${run}", "planPeriod": {"title": "The month before last", "cadence": "CADENCE_MONTHLY",
  "startDate": "${month-2mo}", "endDate": "${month-1mo-1d}", "targets": [{"metric": "new_members", "unit": "users", "target": 40}]}}
  expect {"state": "STATE_DRAFT"}
manager ApprovePlanPeriod {"name": "planPeriods/past-${run}"}
  expect {"state": "STATE_APPROVED", "approved": {"approver": "${manager}", "targets": [{"target": 40}]}}
specialist UpdatePlanPeriod {"planPeriod": {"name": "planPeriods/past-${run}", "targets": [{"metric": "new_members", "unit": "users",
  "target": 50}]}, "updateMask": "targets"}
  expect {"state": "STATE_DRAFT", "stateReason": "*"}
manager ApprovePlanPeriod {"name": "planPeriods/past-${run}"}
analyst ComputePeriodAttainment {"name": "planPeriods/past-${run}"}
  expect {"targets": [{"metric": "new_members", "target": 50, "gap": "*"}]}
manager ClosePlanPeriod {"name": "planPeriods/past-${run}"}
  expect {"state": "STATE_CLOSED"}
specialist UpdatePlanPeriod {"planPeriod": {"name": "planPeriods/past-${run}", "title": "Long ago"}, "updateMask": "title"}
  refused PLAN_PERIOD_CLOSED
manager ApprovePlanPeriod {"name": "${period}"}
  refused OWN_PROJECT_PLAN
analyst ComputePeriodAttainment {"name": "${period}"}
  expect {"targets": [{"covered": 1}]}

manager CreateProjectType {"projectTypeId": "fair-${run}", "projectType": {"title": "Fair"}}
manager UpdateProjectType {"projectType": {"name": "projectTypes/fair-${run}", "description": "Days on which we meet those who buy"},
  "updateMask": "description"}
analyst GetProjectType {"name": "projectTypes/fair-${run}"}
  expect {"title": "Fair"}
analyst ListProjectTypes {"filter": "title = \"Fair\""}

specialist CreateProjectTemplate {"projectTemplateId": "fair-${run}", "projectTemplate": {"title": "Fair", "projectType": "projectTypes/fair-${run}",
  "tasks": [{"id": "plan", "title": "Plan it", "role": "lead", "durationDays": 2, "estimateHours": 8},
    {"id": "hold", "title": "Hold it", "role": "host", "startOffsetDays": 2, "durationDays": 3, "estimateHours": 24,
      "links": [{"predecessor": "plan"}], "roles": [{"role": "lead", "kind": "KIND_INFORMED"}]}],
  "scheme": {"title": "As always", "strategy": "We go there", "channels": [{"title": "The fair"}], "cashFlows": [{"costMinor": 100}]}}}
specialist UpdateProjectTemplate {"projectTemplate": {"name": "projectTemplates/fair-${run}", "description": "Two days of work"},
  "updateMask": "description"}
manager PublishProjectTemplate {"name": "projectTemplates/fair-${run}"}
  expect {"state": "STATE_PUBLISHED", "version": 1}
analyst GetProjectTemplate {"name": "projectTemplates/fair-${run}"}
  expect {"tasks": [{"id": "plan"}, {"id": "hold"}]}
analyst ListProjectTemplates {"filter": "state = STATE_PUBLISHED"}
specialist InstantiateProjectTemplate {"name": "projectTemplates/fair-${run}", "projectId": "made-${run}", "title": "A fair like the others",
  "planPeriod": "${period}", "owner": "${specialist}", "startDate": "${today}", "currencyCode": "${currency}",
  "holders": [{"role": "lead", "employee": "${specialist}"}]}
  refused INVALID_FIELDS
specialist InstantiateProjectTemplate {"name": "projectTemplates/fair-${run}", "projectId": "made-${run}", "title": "A fair like the others",
  "planPeriod": "${period}", "owner": "${specialist}", "startDate": "${today}", "currencyCode": "${currency}",
  "holders": [{"role": "lead", "employee": "${specialist}"}, {"role": "host", "employee": "${analyst}"}]}
  expect {"template": "projectTemplates/fair-${run}", "state": "STATE_DRAFT"}
analyst GetTask {"name": "projects/made-${run}/tasks/hold"}
  expect {"owner": "${analyst}", "estimateHours": 24, "roles": [{"employee": "${specialist}"}]}
manager CancelProject {"name": "projects/made-${run}", "reason": "One is enough"}
manager RetireProjectTemplate {"name": "projectTemplates/fair-${run}"}
  expect {"state": "STATE_RETIRED"}

specialist CreateProject {"projectId": "stand-${run}", "project": {"title": "A stand of our own", "planPeriod": "${period}",
  "projectType": "projectTypes/fair-${run}", "owner": "${specialist}", "startDate": "${today-7d}", "endDate": "${today+28d}",
  "currencyCode": "${currency}", "objectives": [{"title": "Visitors", "metric": "visitors", "unit": "users", "baseline": 0, "target": 500,
  "targetDate": "${today+28d}"}]}}
specialist CreateTask {"parent": "projects/stand-${run}", "taskId": "stand", "task": {"title": "The stand", "owner": "${specialist}"}}
specialist CreateTask {"parent": "projects/stand-${run}", "taskId": "build", "task": {"title": "Build it", "owner": "${technician}",
  "parentTask": "projects/stand-${run}/tasks/stand", "estimateHours": 24, "plannedCostMinor": 90000, "startDate": "${today-7d}",
  "endDate": "${today+7d}", "durationEstimate": {"optimisticDays": 4, "likelyDays": 6, "pessimisticDays": 14}}}
specialist CreateTask {"parent": "projects/stand-${run}", "taskId": "host", "task": {"title": "Host visitors", "owner": "${analyst}",
  "parentTask": "projects/stand-${run}/tasks/stand", "estimateHours": 8, "plannedCostMinor": 30000, "startDate": "${today+8d}",
  "endDate": "${today+21d}", "measurementRule": "MEASUREMENT_RULE_FIFTY_FIFTY",
  "dependencies": [{"predecessor": "projects/stand-${run}/tasks/build"}]}}
specialist CreateTask {"parent": "projects/stand-${run}", "taskId": "after", "task": {"title": "Afterwards", "startDate": "${today+22d}",
  "endDate": "${today+23d}", "dependencies": [{"predecessor": "projects/stand-${run}/tasks/stand"}]}}
  refused INVALID_FIELDS
analyst GetTask {"name": "projects/stand-${run}/tasks/stand"}
  expect {"plannedCostMinor": 120000, "estimateHours": 32, "partCount": 2}
specialist CreateScheme {"parent": "projects/stand-${run}", "schemeId": "main", "scheme": {"title": "Wood", "strategy": "We build it",
  "channels": [{"title": "The fair"}], "cashFlows": [{"month": 0, "title": "Wood", "costMinor": 120000}, {"month": 2, "benefitMinor": 200000}]}}
specialist UpdateScheme {"scheme": {"name": "projects/stand-${run}/schemes/main", "discountRateBp": 800, "cashFlows": [
  {"month": 0, "title": "Wood", "costMinor": 120000}, {"id": "sales", "month": 12, "benefitMinor": 200000,
  "benefitRange": {"lowMinor": 90000, "highMinor": 240000}}]}, "updateMask": "cashFlows,discountRateBp"}
analyst AnalyzeSchemes {"parent": "projects/stand-${run}", "seed": 3, "iterations": 500}
  expect {"analyses": [{"scheme": "projects/stand-${run}/schemes/main", "lines": [{"line": "sales"}], "mirr": "*"}]}
specialist CreateCitation {"parent": "projects/stand-${run}", "citationId": "visitors", "citation": {"researchItem": "${evidence}",
  "claim": "Who sees us signs up"}}
specialist CreateRaciEntry {"parent": "projects/stand-${run}", "raciEntryId": "all", "raciEntry": {
  "task": "projects/stand-${run}/tasks/stand", "accountable": "${specialist}", "responsible": ["${technician}", "${analyst}"]}}
specialist CreateMeetingSeries {"meetingSeriesId": "stand-${run}", "meetingSeries": {"title": "All who take part", "kind": "KIND_PROJECT_COORDINATION",
  "project": "projects/stand-${run}", "chair": "${specialist}", "schedule": {"startDate": "${today+30d}", "startClock": "08:00",
  "timeZone": "Asia/Taipei", "durationMinutes": 30, "rule": "FREQ=DAILY;COUNT=1", "dayOffPolicy": "DAY_OFF_POLICY_NEXT"}}}
specialist CreateWorkingGroup {"parent": "projects/stand-${run}", "workingGroupId": "all", "workingGroup": {"title": "All who take part",
  "lead": "${specialist}", "series": "meetingSeries/stand-${run}", "members": [{"employee": "${technician}", "department": "technology"}, {"employee": "${analyst}", "department": "data"}]}}
specialist SubmitProject {"name": "projects/stand-${run}"}
  expect {"submitter": "${specialist}"}
manager ApproveProject {"name": "projects/stand-${run}"}
  answer stand
  expect {"state": "STATE_APPROVED"}
specialist CreateProgressReport {"parent": "projects/stand-${run}/tasks/build", "progressReport": {"reportDate": "${today-1d}", "percent": 30}}
  refused NOT_YOUR_TASK
technician CreateProgressReport {"parent": "projects/stand-${run}/tasks/build", "progressReportId": "first", "progressReport": {
  "reportDate": "${today-1d}", "percent": 30, "hours": 6, "remainingDays": 9, "note": "The wood is wet"}}
technician GetTask {"name": "projects/stand-${run}/tasks/build"}
  expect {"state": "STATE_IN_PROGRESS", "progressPercent": 30, "remainingDays": 9}
analyst GetProgressReport {"name": "projects/stand-${run}/tasks/build/progressReports/first"}
  expect {"creator": "${technician}"}
analyst ListProgressReports {"parent": "projects/stand-${run}/tasks/build"}
  expect {"progressReports": [{"percent": 30}]}
analyst GetTask {"name": "projects/stand-${run}/tasks/stand"}
  expect {"state": "STATE_IN_PROGRESS", "progressPercent": 23}
analyst ForecastProject {"name": "projects/stand-${run}"}
  answer forecast
  expect {"basis": {"baseline": "${stand.approvedBaseline}"}, "tasks": [{"percent": 30, "remainingDays": 9, "slipDays": "*"}, {"critical": true}]}
analyst ForecastProject {"name": "projects/stand-${run}", "asOf": "${today}", "position": "${forecast.basis.position}"}
  expect {"finishDate": "${forecast.finishDate}"}
analyst SimulateProject {"name": "projects/stand-${run}", "seed": 7, "iterations": 500}
  expect {"generator": "philox4x32-10", "finishQuantiles": [{"percent": 10}, {"percent": 50}, {"percent": 80}, {"percent": 90}]}
analyst ComputeEarnedValue {"name": "projects/stand-${run}"}
  within 10
  expect {"unit": "UNIT_MONEY", "bac": 120000, "ev": 27000}
analyst GetGantt {"project": "projects/stand-${run}"}
  expect {"rows": [{"level": 1}, {"level": 2, "percent": 30}, {"level": 2}]}
technician CreateProgressReport {"parent": "projects/stand-${run}/tasks/build", "progressReport": {"reportDate": "${today}", "percent": 35,
  "remainingDays": 20}}
analyst ListScheduleVariances {"parent": "projects/stand-${run}", "filter": "state = STATE_OPEN"}
  within 90
  answer late
  expect {"scheduleVariances": [{"cause": "CAUSE_DEADLINE", "slipDays": "*"}, {"cause": "CAUSE_SLIPPAGE", "thresholdDays": 2,
    "slipDays": "*", "owner": "${specialist}"}, {"task": "*", "owner": "${technician}"}, {"task": "*"}]}
analyst GetScheduleVariance {"name": "${late.scheduleVariances.0.name}"}
  expect {"planningPolicy": "*"}
specialist UpdateTask {"task": {"name": "projects/stand-${run}/tasks/host", "estimateHours": 10}, "updateMask": "estimateHours"}
analyst ComparePlans {"name": "projects/stand-${run}", "from": "${stand.approvedBaseline}"}
  answer difference
analyst ComputePersonLoad {"employees": ["${analyst}"], "startDate": "${today+8d}", "endDate": "${today+21d}"}
  within 30
  expect {"people": [{"employee": "${analyst}"}]}
analyst ProposeLevelling {"name": "projects/stand-${run}"}
  answer levelling
  expect {"project": "projects/stand-${run}", "exhaustive": true}
specialist LevelProject {"name": "projects/stand-${run}", "etag": "0"}
  refused STALE_ETAG
specialist LevelProject {"name": "projects/stand-${run}", "etag": "${levelling.etag}"}
  expect {"finishDate": "${levelling.finishDate}"}
manager CancelProject {"name": "projects/stand-${run}", "reason": "The wood stays wet"}
analyst ExportProject {"name": "projects/stand-${run}"}
  answer plan
  expect {"mediaType": "*", "content": "*", "findings": [{"subject": "build", "reason": "EXCHANGE_PROGRESS_STAYS"}]}
specialist ImportProject {"projectId": "copy-${run}", "content": "id,title,start_date\r\nbuild,Build it,yesterday\r\n", "project": {
  "title": "The same again", "planPeriod": "${period}", "owner": "${specialist}", "startDate": "${today}", "endDate": "${today+28d}",
  "currencyCode": "${currency}"}}
  expect {"findings": [{"line": 2, "column": 16, "reason": "BAD_DATE", "blocking": true}]}
specialist ImportProject {"projectId": "copy-${run}", "content": "${plan.content}", "project": {"title": "The same again",
  "planPeriod": "${period}", "owner": "${specialist}", "startDate": "${today-7d}", "endDate": "${today+28d}", "currencyCode": "${currency}"}}
  expect {"project": {"state": "STATE_DRAFT"}, "tasks": ["*", "*", "*"]}
manager CancelProject {"name": "projects/copy-${run}", "reason": "One stand is enough"}
