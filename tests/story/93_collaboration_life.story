# Working together without losing anything, in five roles: a meeting finds what is overdue and what is risky, and decides; its item slips twice
# and climbs; another department counters and delivers, and who spoke for it leaves; everything arrives in a robot within its limits, a call
# that nobody confirms climbs, a dead letter is sent again, a calendar opens in another's reader; a project ends, and what is open has another
# list (C1 to C4, W12, W14). The robot's group is on this machine (tests/story/robot_group.h).

milestone TOGETHER

[together]
person voice DEPARTMENT employees/voice-${run} technology
  title Gao Yun, who speaks for the technology department, | 技術部聯絡人高雲
person scribe DEPARTMENT employees/scribe-${run} technology
  title Lin Jing, who keeps minutes and stands in for Gao Yun, | 記錄人林靜
person painter DEPARTMENT employees/painter-${run} operations
  title Su Mo, who paints and stands in for Lin Jing, | 繪師蘇墨
let lantern projects/lantern-night-${run}
let coordination meetingSeries/lantern-night-${run}
let group robots/lantern-night-${run}
let robotPort 9
let ladder [{"recipient": "RECIPIENT_OWNER"}]

manager CreateEmployee {"employeeId": "voice-${run}", "employee": {"displayName": "Gao Yun", "position": "${position}",
  "department": "technology", "hireDate": "${today-300d}"}}
manager CreateEmployee {"employeeId": "scribe-${run}", "employee": {"displayName": "Lin Jing", "position": "${position}",
  "department": "technology", "hireDate": "${today-300d}", "superior": "${specialist}"}}
manager CreateEmployee {"employeeId": "painter-${run}", "employee": {"displayName": "Su Mo", "position": "${position}",
  "department": "operations", "hireDate": "${today-300d}"}}
manager CreatePosition {"positionId": "night-manager-${run}", "position": {"title": "Manager of the night", "responsibilities": ["Looks after it"],
  "roles": ["ROLE_OPERATIONS_MANAGER"]}}
manager CreateEmployee {"employeeId": "night-manager-${run}", "employee": {"displayName": "Ou Yang", "position": "positions/night-manager-${run}",
  "department": "lantern-night-${run}", "hireDate": "${today-300d}"}}

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

# What some people are told comes to the robot of their group as well, which takes four messages in two seconds. Delays are a second long.
engineer GetRobotPolicy {"name": "robotPolicies/shipped-2"}
  answer usualRobots
engineer GetNoticePolicy {"name": "noticePolicies/shipped"}
  answer usualNotices
engineer GetMeetingPolicy {"name": "meetingPolicies/shipped-2"}
  answer usualMeetings
engineer CreateRobotPolicy {"robotPolicyId": "lantern-night-${run}", "robotPolicy": {"reason": "Within seconds", "backoff": ["1s"],
  "disableAfter": "3600s", "answerTimeout": "2s", "marginPercent": 5, "criticalPercent": 20, "keepDays": 400, "providers": [{
  "kind": "KIND_DINGTALK", "maxBytes": 20000, "limits": [{"count": 4, "window": "2s"}], "codeField": "errcode", "codes": [
  {"code": "0", "outcome": "OUTCOME_TAKEN"}, {"code": "130101", "outcome": "OUTCOME_OVER_LIMIT", "pause": "2s"}]}]}}
engineer PublishRobotPolicy {"name": "robotPolicies/lantern-night-${run}"}
manager CreateNoticePolicy {"noticePolicyId": "lantern-night-${run}", "noticePolicy": {"reason": "Within seconds", "gatherDelay": "0.100s",
  "escalateFrom": "URGENCY_CRITICAL", "ladder": [{"delay": "1s", "target": "TARGET_SUPERIOR"}, {"delay": "2s", "target": "TARGET_MANAGERS"}],
  "mandatoryWordings": ["urgent-call", "notice-escalated"]}}
manager PublishNoticePolicy {"name": "noticePolicies/lantern-night-${run}"}
manager CreateRobot {"robotId": "${group:id}", "robot": {"title": "Lantern night", "kind": "KIND_DINGTALK", "owner": "${specialist}",
  "department": "operations", "people": ["${scribe}", "${specialist}"], "fromUrgency": "URGENCY_LOW"}}
engineer SetRobotAddress {"name": "${group}", "address": "http://127.0.0.1:${robotPort}/robot/send?access_token=of-lantern-night-${run}",
  "secret": "SEC-of-lantern-night"}
  expect {"state": "STATE_ENABLED", "address": "", "secret": ""}

# Its meeting finds both, and decides.
specialist CreateMeetingSeries {"meetingSeriesId": "lantern-team-${run}", "meetingSeries": {"title": "The team", "kind": "KIND_TEAM_WEEKLY",
  "chair": "${specialist}", "departments": ["lantern-night-${run}"], "standing": true, "schedule": {"startDate": "${today+11d}", "startClock": "14:00",
  "timeZone": "Asia/Taipei", "durationMinutes": 60, "rule": "FREQ=DAILY;INTERVAL=7", "dayOffPolicy": "DAY_OFF_POLICY_NEXT"}}}
specialist CreateMeetingSeries {"meetingSeriesId": "${coordination:id}", "meetingSeries": {"title": "Lantern night",
  "kind": "KIND_PROJECT_COORDINATION", "project": "${lantern}", "chair": "${specialist}", "secretary": "${scribe}",
  "departments": ["lantern-night-${run}"], "schedule": {"startDate": "${today+11d}", "startClock": "09:30", "timeZone": "Asia/Taipei",
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

# Who keeps minutes is away from now on. What slips a last time climbs its ladder: to her, who stands in, who leads and who manages.
manager RecordAbsence {"name": "${scribe}", "absence": {"startDate": "${today}", "endDate": "${today+30d}", "deputy": "${painter}"}}
let lastDay ${today+8d}
milestone SLIPS
manager CreateMeetingPolicy {"meetingPolicyId": "lantern-night-${run}", "meetingPolicy": {"reason": "Within seconds",
  "planDays": "${usualMeetings.planDays}", "agendaLeadSeconds": "${usualMeetings.agendaLeadSeconds}",
  "missSeconds": "${usualMeetings.missSeconds}", "minutesDays": "${usualMeetings.minutesDays}",
  "mostPostponements": "${usualMeetings.mostPostponements}", "mostCarries": "${usualMeetings.mostCarries}",
  "verifySeconds": "${usualMeetings.verifySeconds}", "reminderSteps": "${ladder}"}}
manager PublishMeetingPolicy {"name": "meetingPolicies/lantern-night-${run}"}
manager PostponeActionItem {"name": "${decided.actionItems.0}", "dueDate": "${lastDay}", "reason": "A last time"}
  expect {"postponementCount": 3, "meetingPolicy": "meetingPolicies/lantern-night-${run}"}
milestone CLIMBS
scribe ListNotices {"filter": "subject = \"${decided.actionItems.0}\" AND wording = \"item-due\""}
  within 30
  expect {"notices": "*"}
painter ListNotices {"filter": "subject = \"${decided.actionItems.0}\" AND wording = \"item-due\""}
  within 30
  expect {"notices": "*"}
engineer ListNotices {"filter": "subject = \"${decided.actionItems.0}\" AND wording = \"item-due\" AND recipient = \"${specialist}\""}
  within 30
  expect {"notices": "*"}
engineer ListNotices {"filter": "subject = \"${decided.actionItems.0}\" AND wording = \"item-due\" AND recipient != \"${scribe}\" AND
  recipient != \"${painter}\" AND recipient != \"${specialist}\""}
  within 30
  expect {"notices": "*"}
painter ListNotices {"filter": "wording = \"stands-in\""}
  within 60
  expect {"notices": [{"recipient": "${painter}"}]}

# A call that nobody confirms climbs until somebody does.
analyst CreateUrgentCall {"urgentCallId": "lantern-fire-${run}", "urgentCall": {"text": "A lantern is on fire", "person": "${scribe}"}}
engineer ListNotices {"filter": "subject = \"urgentCalls/lantern-fire-${run}\" AND wording = \"notice-escalated\" AND
  recipient = \"${specialist}\""}
  within 30
  expect {"notices": "*"}
engineer ListNotices {"filter": "subject = \"urgentCalls/lantern-fire-${run}\" AND wording = \"notice-escalated\" AND
  recipient != \"${specialist}\""}
  within 30
  expect {"notices": "*"}
scribe ListNotices {"filter": "subject = \"urgentCalls/lantern-fire-${run}\" AND wording = \"urgent-call\""}
  answer called
  expect {"notices": [{"urgency": "URGENCY_CRITICAL", "escalation": 2}]}
scribe AcknowledgeNotice {"name": "${called.notices.0.name}"}
  expect {"state": "STATE_ACKNOWLEDGED"}
analyst CloseUrgentCall {"name": "urgentCalls/lantern-fire-${run}", "outcome": "It is out"}

# While the robot's provider fails, a letter dies; it is sent again under its own id.
milestone ROBOT_STOPS
analyst CreateUrgentCall {"urgentCallId": "lantern-rain-${run}", "urgentCall": {"text": "It rains in", "person": "${scribe}"}}
engineer planning.ListDeliveries {"parent": "${group}", "filter": "subject = \"urgentCalls/lantern-rain-${run}\" AND
  recipient = \"${scribe}\" AND state = STATE_DEAD"}
  within 30
  answer dead
  expect {"deliveries": [{"urgency": "URGENCY_CRITICAL"}]}
milestone ROBOT_GOES
engineer ResendDelivery {"name": "${dead.deliveries.0.name}"}
  expect {"state": "STATE_WAITING", "failures": 0}
engineer planning.ListDeliveries {"parent": "${group}", "filter": "notice = \"${dead.deliveries.0.notice}\" AND state = STATE_TAKEN"}
  within 30
  expect {"deliveries": [{"name": "${dead.deliveries.0.name}"}]}
engineer planning.ListDeliveryAttempts {"parent": "${group}", "filter": "delivery = \"${dead.deliveries.0.name}\""}
  answer tried
  expect {"deliveryAttempts": [{"outcome": "OUTCOME_FAULT", "httpStatus": 503}, {"outcome": "OUTCOME_FAULT"}, {"outcome": "OUTCOME_TAKEN"}]}
engineer GetDeliveryAttempt {"name": "${tried.deliveryAttempts.2.name}"}
  expect {"httpStatus": 200, "providerCode": "0", "bodySha256": "*"}
engineer planning.ListDeliveryAttempts {"parent": "${group}", "filter": "outcome = OUTCOME_OVER_LIMIT"}
  expect {"deliveryAttempts": []}
analyst CloseUrgentCall {"name": "urgentCalls/lantern-rain-${run}", "outcome": "The roof is mended"}
milestone ROBOT_HEARD

# Her meetings open in another's reader.
scribe IssueCalendarFeed {}
  answer feed
scribe ReadCalendarFeed {"name": "${feed.calendarFeed}", "key": "${feed.key}"}
  answer lanternCalendar
milestone CALENDAR_READ
scribe RevokeCalendarFeed {"name": "${feed.calendarFeed}"}

# The project ends, its series with it, and what is open stands on the agenda of the team.
manager CancelProject {"name": "${lantern}", "reason": "It rains"}
analyst GetMeetingSeries {"name": "${coordination}"}
  within 30
  expect {"state": "STATE_ENDED"}
analyst GetActionItem {"name": "${decided.actionItems.0}"}
  expect {"series": "meetingSeries/lantern-team-${run}", "state": "STATE_OPEN"}
painter FinishActionItem {"name": "${decided.actionItems.0}"}
  expect {"deputy": "${painter}"}
manager VerifyActionItem {"name": "${decided.actionItems.0}"}
  expect {"state": "STATE_VERIFIED"}
manager CarryOutDecision {"name": "${decided.decision}", "proof": "The bill"}
  expect {"state": "STATE_CARRIED_OUT"}
manager EndLiaison {"name": "liaisons/lantern-night-${run}"}
engineer ListNotices {"filter": "subject = \"liaisons/lantern-night-${run}\""}
  expect {"notices": "*"}

# Delays are what they were.
manager EndRobot {"name": "${group}", "reason": "The night is over"}
engineer CreateRobotPolicy {"robotPolicyId": "usual-${run}", "robotPolicy": {"reason": "As before", "backoff": "${usualRobots.backoff}",
  "jitterPercent": "${usualRobots.jitterPercent}", "disableAfter": "${usualRobots.disableAfter}", "marginPercent": "${usualRobots.marginPercent}",
  "criticalPercent": "${usualRobots.criticalPercent}", "keepDays": "${usualRobots.keepDays}",
  "wecomMarkdownBytes": "${usualRobots.wecomMarkdownBytes}", "providers": "${usualRobots.providers}"}}
engineer PublishRobotPolicy {"name": "robotPolicies/usual-${run}"}
manager CreateNoticePolicy {"noticePolicyId": "usual-${run}", "noticePolicy": {"reason": "As before", "gatherDelay": "${usualNotices.gatherDelay}",
  "escalateFrom": "${usualNotices.escalateFrom}", "ladder": "${usualNotices.ladder}", "mandatoryWordings": "${usualNotices.mandatoryWordings}"}}
manager PublishNoticePolicy {"name": "noticePolicies/usual-${run}"}
manager CreateMeetingPolicy {"meetingPolicyId": "usual-${run}", "meetingPolicy": {"reason": "As before",
  "planDays": "${usualMeetings.planDays}", "agendaLeadSeconds": "${usualMeetings.agendaLeadSeconds}",
  "missSeconds": "${usualMeetings.missSeconds}", "minutesDays": "${usualMeetings.minutesDays}",
  "mostPostponements": "${usualMeetings.mostPostponements}", "mostCarries": "${usualMeetings.mostCarries}",
  "costVariancePercent": "${usualMeetings.costVariancePercent}", "verifySeconds": "${usualMeetings.verifySeconds}",
  "reminderSteps": "${usualMeetings.reminderSteps}"}}
manager PublishMeetingPolicy {"name": "meetingPolicies/usual-${run}"}
