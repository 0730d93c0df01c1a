# Working together without losing anything, in five roles: a meeting finds what is overdue and what is risky, and decides; its item slips twice;
# another department counters and delivers, and who spoke for it leaves; a project ends, and what is open has another list (C1 to C4, W12,
# W14).

milestone TOGETHER

[together]
person voice DEPARTMENT employees/voice-${run} technology
  title Gao Yun, who speaks for the technology department, | 技術部聯絡人高雲
person scribe DEPARTMENT employees/scribe-${run} technology
  title Lin Jing, who keeps minutes and stands in for Gao Yun, | 記錄人林靜
let lantern projects/lantern-night-${run}
let coordination meetingSeries/lantern-night-${run}

manager CreateEmployee {"employeeId": "voice-${run}", "employee": {"displayName": "Gao Yun", "position": "${position}",
  "department": "technology", "hireDate": "${today-300d}"}}
manager CreateEmployee {"employeeId": "scribe-${run}", "employee": {"displayName": "Lin Jing", "position": "${position}",
  "department": "technology", "hireDate": "${today-300d}"}}
manager CreateEmployee {"employeeId": "painter-${run}", "employee": {"displayName": "Su Mo", "position": "${position}",
  "department": "operations", "hireDate": "${today-300d}"}}

# A plan that is approved, with a task that ends today.
analyst CreateResearchItem {"researchItemId": "lantern-night-${run}", "researchItem": {"kind": "KIND_TREND", "statement": "Lanterns draw people ${run}",
  "publisher": "Lantern Weekly", "collectDate": "${today}", "lastValidDate": "${today+30d}", "reliability": "RELIABILITY_A", "credibility": 2}}
specialist PublishResearchItem {"name": "researchItems/lantern-night-${run}"}
specialist CreateProject {"projectId": "${lantern:id}", "project": {"title": "Lantern night", "planPeriod": "${period}", "owner": "${specialist}",
  "startDate": "${today}", "endDate": "${today+14d}", "currencyCode": "${currency}", "objectives": [{"title": "Guests", "metric": "guests",
  "unit": "users", "baseline": 0, "target": 50, "targetDate": "${today+14d}"}]}}
specialist CreateTask {"parent": "${lantern}", "taskId": "paint", "task": {"title": "Paint the lanterns", "owner": "employees/painter-${run}",
  "estimateHours": 4, "startDate": "${today}", "endDate": "${today}"}}
specialist CreateScheme {"parent": "${lantern}", "schemeId": "v1", "scheme": {"title": "Light", "strategy": "Light draws people",
  "channels": [{"title": "The street"}], "cashFlows": [{"costMinor": 5, "benefitMinor": 9}]}}
specialist CreateCitation {"parent": "${lantern}", "citationId": "trend", "citation": {"claim": "They come", "researchItem": "researchItems/lantern-night-${run}"}}
specialist SubmitProject {"name": "${lantern}"}
manager ApproveProject {"name": "${lantern}"}
  expect {"state": "STATE_APPROVED"}
specialist CreateRisk {"riskId": "lantern-night-${run}", "risk": {"category": "CATEGORY_MARKET", "subject": "${lantern}", "title": "It rains",
  "cause": "It is the season", "owner": "${specialist}"}}
specialist AssessRisk {"name": "risks/lantern-night-${run}", "current": {"likelihood": 5, "impact": 5}, "rationale": "It rained each year"}
  expect {"current": {"level": "LEVEL_HIGH"}}

# Its meeting finds both, and decides.
specialist CreateMeetingSeries {"meetingSeriesId": "lantern-team-${run}", "meetingSeries": {"title": "The team", "kind": "KIND_TEAM_WEEKLY",
  "chair": "${specialist}", "departments": ["lantern-night-${run}"], "standing": true, "schedule": {"startDate": "${today+4d}", "startClock": "14:00",
  "timeZone": "Asia/Taipei", "durationMinutes": 60, "rule": "FREQ=DAILY;INTERVAL=7", "dayOffPolicy": "DAY_OFF_POLICY_NEXT"}}}
specialist CreateMeetingSeries {"meetingSeriesId": "${coordination:id}", "meetingSeries": {"title": "Lantern night",
  "kind": "KIND_PROJECT_COORDINATION", "project": "${lantern}", "chair": "${specialist}", "secretary": "${scribe}",
  "departments": ["lantern-night-${run}"], "schedule": {"startDate": "${today+4d}", "startClock": "09:30", "timeZone": "Asia/Taipei",
  "durationMinutes": 60, "rule": "FREQ=DAILY;INTERVAL=7", "dayOffPolicy": "DAY_OFF_POLICY_NEXT"}}}
analyst ListMeetings {"parent": "${coordination}", "orderBy": "name"}
  answer met
specialist PublishAgenda {"name": "${met.meetings.0.name}"}
specialist HoldMeeting {"name": "${met.meetings.0.name}"}
scribe ListAgendaEntries {"parent": "${met.meetings.0.name}", "orderBy": "place"}
  answer found
  within 30
  expect {"agendaEntries": [{"kind": "KIND_TASK", "reasons": ["OVERDUE"], "owner": "employees/painter-${run}"},
    {"kind": "KIND_RISK", "reasons": ["HIGH", "UNTREATED"]}]}
scribe ConcludeAgendaEntry {"name": "${found.agendaEntries.0.name}", "outcome": "OUTCOME_DECIDED", "decision": {"text": "We buy lanterns",
  "reason": "Nobody paints", "deciders": ["${specialist}"], "owner": "${specialist}", "dueDate": "${today+20d}"},
  "actions": [{"title": "Ask for prices", "owner": "${scribe}", "dueDate": "${today+5d}"}]}
  answer decided
  expect {"decision": "*", "actionItems": ["*"]}
scribe ConcludeAgendaEntry {"name": "${found.agendaEntries.1.name}", "outcome": "OUTCOME_NOTED", "text": "We have a tent"}
specialist CloseMeeting {"name": "${met.meetings.0.name}"}
  expect {"state": "STATE_CLOSED"}

# What was to be done slips twice, then it takes a manager; the next meeting has it.
scribe GetDesk {}
  expect {"employee": "${scribe}", "missing": []}
scribe PostponeActionItem {"name": "${decided.actionItems.0}", "dueDate": "${today+6d}", "reason": "No answer"}
scribe PostponeActionItem {"name": "${decided.actionItems.0}", "dueDate": "${today+7d}", "reason": "No answer"}
scribe PostponeActionItem {"name": "${decided.actionItems.0}", "dueDate": "${today+8d}", "reason": "No answer"}
  refused POSTPONED_TOO_OFTEN
manager PostponeActionItem {"name": "${decided.actionItems.0}", "dueDate": "${today+8d}", "reason": "A last time"}
  expect {"postponementCount": 3}

# Another department counters and delivers; who speaks for it leaves, and the deputy has what waits.
specialist CreateCooperationForm {"cooperationFormId": "lantern-night-${run}", "cooperationForm": {"title": "Help"}}
specialist CreateCooperationFormVersion {"parent": "cooperationForms/lantern-night-${run}", "cooperationFormVersionId": "first", "cooperationFormVersion": {
  "reason": "To begin with", "responseSeconds": 28800, "deliverySeconds": 57600, "escalationSeconds": [0, 3600]}}
manager PublishCooperationFormVersion {"name": "cooperationForms/lantern-night-${run}/versions/first"}
specialist CreateLiaison {"liaisonId": "lantern-night-${run}", "liaison": {"department": "technology", "topic": "lantern-night-${run}",
  "employee": "${voice}", "deputy": "${scribe}"}}
accountant CreateCooperationRequest {"cooperationRequestId": "lantern-${what}-${run}", "cooperationRequest": {"title": "Power for ${what}",
  "form": "cooperationForms/lantern-night-${run}", "deliverable": "Power", "acceptanceCriteria": "It shines", "neededDate": "${today+7d}",
  "requesterDepartment": "finance", "department": "technology", "topic": "lantern-night-${run}"}}
  each what light music
accountant SendCooperationRequest {"name": "cooperationRequests/lantern-${what}-${run}"}
  each what light music
voice CounterCooperationRequest {"name": "cooperationRequests/lantern-light-${run}", "owner": "${scribe}", "reason": "Another show",
  "agreedDate": "${today+9d}"}
accountant TakeCounterOfCooperationRequest {"name": "cooperationRequests/lantern-light-${run}"}
scribe StartCooperationRequest {"name": "cooperationRequests/lantern-light-${run}"}
scribe DeliverCooperationRequest {"name": "cooperationRequests/lantern-light-${run}"}
manager TerminateEmployee {"name": "${voice}", "leaveDate": "${today-1d}"}
accountant GetLiaison {"name": "liaisons/lantern-night-${run}"}
  within 60
  expect {"employee": "${scribe}"}
scribe ListNotices {"filter": "subject = \"cooperationRequests/lantern-music-${run}\""}
  within 30
  expect {"notices": [{"wording": "cooperation-asked"}]}
scribe AcceptCooperationRequest {"name": "cooperationRequests/lantern-music-${run}", "owner": "${scribe}"}
  expect {"state": "STATE_ACCEPTED"}
accountant ConfirmCooperationRequest {"name": "cooperationRequests/lantern-light-${run}"}
  expect {"state": "STATE_CONFIRMED"}
accountant WithdrawCooperationRequest {"name": "cooperationRequests/lantern-music-${run}", "reason": "Nobody plays"}

# The project ends, its series with it, and what is open stands on the agenda of the team.
manager CancelProject {"name": "${lantern}", "reason": "It rains"}
analyst GetMeetingSeries {"name": "${coordination}"}
  within 30
  expect {"state": "STATE_ENDED"}
analyst GetActionItem {"name": "${decided.actionItems.0}"}
  expect {"series": "meetingSeries/lantern-team-${run}", "state": "STATE_OPEN"}
scribe FinishActionItem {"name": "${decided.actionItems.0}"}
manager VerifyActionItem {"name": "${decided.actionItems.0}"}
  expect {"state": "STATE_VERIFIED"}
manager CarryOutDecision {"name": "${decided.decision}", "proof": "The bill"}
  expect {"state": "STATE_CARRIED_OUT"}
manager EndLiaison {"name": "liaisons/lantern-night-${run}"}
engineer ListNotices {"filter": "subject = \"liaisons/lantern-night-${run}\""}
  expect {"notices": "*"}
