# What people are to do, until it is done (W12).

[aside]
accountant CreateActionItem {"actionItemId": "ask-${run}", "actionItem": {"title": "Ask the printer", "owner": "${technician}",
  "dueDate": "${today+7d}", "department": "team-${run}"}}
  refused NOT_YOUR_MEETING
specialist CreateActionItem {"actionItemId": "ask-${run}", "actionItem": {"title": "Ask the printer", "owner": "${technician}",
  "dueDate": "${today-1d}", "department": "nobody-${run}"}}
  refused INVALID_FIELDS
specialist CreateActionItem {"actionItemId": "ask-${run}", "actionItem": {"title": "Ask the printer", "owner": "${technician}",
  "dueDate": "${today+7d}", "department": "nobody-${run}"}}
  refused NO_STANDING_MEETING
specialist CreateActionItem {"actionItemId": "ask-${run}", "actionItem": {"title": "Ask the printer", "owner": "${technician}",
  "dueDate": "${today+7d}", "department": "team-${run}"}}
  expect {"state": "STATE_OPEN", "series": "meetingSeries/weekly-${run}", "owedTo": "${specialist}", "remindTime": "*"}
accountant GetActionItem {"name": "actionItems/ask-${run}"}
  refused NOT_FOUND
technician GetActionItem {"name": "actionItems/ask-${run}"}
  expect {"title": "Ask the printer"}
technician ListActionItems {"filter": "owner = \"${technician}\" AND state = STATE_OPEN"}
specialist UpdateActionItem {"actionItem": {"name": "actionItems/ask-${run}", "description": "For posters and cards"}, "updateMask": "description"}
technician StartActionItem {"name": "actionItems/ask-${run}"}
  expect {"state": "STATE_IN_PROGRESS"}
technician PostponeActionItem {"name": "actionItems/ask-${run}", "dueDate": "${today+7d}", "reason": "No answer"}
  refused INVALID_FIELDS
technician PostponeActionItem {"name": "actionItems/ask-${run}", "dueDate": "${today+8d}", "reason": "No answer"}
technician PostponeActionItem {"name": "actionItems/ask-${run}", "dueDate": "${today+9d}", "reason": "No answer"}
technician PostponeActionItem {"name": "actionItems/ask-${run}", "dueDate": "${today+10d}", "reason": "No answer"}
  refused POSTPONED_TOO_OFTEN
manager PostponeActionItem {"name": "actionItems/ask-${run}", "dueDate": "${today+14d}", "reason": "A last time"}
  expect {"postponementCount": 3, "firstDueDate": "*"}
technician FinishActionItem {"name": "actionItems/ask-${run}"}
  expect {"state": "STATE_DONE", "verifyDueTime": "*"}
technician VerifyActionItem {"name": "actionItems/ask-${run}"}
  refused NOT_OWED_TO_YOU
specialist SendBackActionItem {"name": "actionItems/ask-${run}", "reason": "Where is the price?"}
  expect {"state": "STATE_IN_PROGRESS"}
technician FinishActionItem {"name": "actionItems/ask-${run}"}
specialist VerifyActionItem {"name": "actionItems/ask-${run}"}
  expect {"state": "STATE_VERIFIED"}
specialist CreateActionItem {"actionItemId": "stand-${run}", "actionItem": {"title": "Build the stand", "owner": "${technician}",
  "dueDate": "${today+7d}", "series": "meetingSeries/weekly-${run}"}}
specialist CreateProject {"projectId": "follow-${run}", "project": {"title": "A stand that stands", "planPeriod": "${period}",
  "owner": "${specialist}", "startDate": "${today}", "endDate": "${today+14d}", "currencyCode": "${currency}"}}
specialist MakeTaskOfActionItem {"name": "actionItems/stand-${run}", "project": "projects/follow-${run}", "taskId": "stand", "estimateHours": 8}
  expect {"task": "projects/follow-${run}/tasks/stand"}
technician FinishActionItem {"name": "actionItems/stand-${run}"}
  refused ITEM_IS_TASK
specialist CancelTask {"name": "projects/follow-${run}/tasks/stand"}
analyst GetActionItem {"name": "actionItems/stand-${run}"}
  expect {"state": "STATE_CANCELLED"}
manager CancelProject {"name": "projects/follow-${run}", "reason": "Another one stands"}
specialist CreateActionItem {"actionItemId": "call-${run}", "actionItem": {"title": "Call the hall", "owner": "${technician}",
  "dueDate": "${today+7d}", "series": "meetingSeries/weekly-${run}"}}
technician CancelActionItem {"name": "actionItems/call-${run}", "reason": "No need"}
  refused NOT_YOUR_MEETING
manager CancelActionItem {"name": "actionItems/call-${run}", "reason": "They called"}
  expect {"state": "STATE_CANCELLED"}
analyst AuditFollowUp {}
  answer audit
  expect {"auditTime": "*"}
analyst AuditFollowUp {"asOf": "${audit.auditTime}"}
  expect {"auditTime": "${audit.auditTime}"}
