# A coordination meeting: its agenda, what comes of it, and its minutes (C1, C4).

[aside]
specialist CreateProject {"projectId": "meet-${run}", "project": {"title": "A stand together", "planPeriod": "${period}",
  "owner": "${specialist}", "startDate": "${today}", "endDate": "${today+14d}", "currencyCode": "${currency}"}}
specialist CreateMeetingSeries {"meetingSeriesId": "coordination-${run}", "meetingSeries": {"title": "Coordination", "kind": "KIND_TEAM_WEEKLY",
  "project": "projects/meet-${run}", "chair": "${specialist}", "schedule": {"startDate": "${today+30d}", "startClock": "09:30",
  "timeZone": "Asia/Taipei", "durationMinutes": 30, "rule": "FREQ=DAILY;COUNT=1", "dayOffPolicy": "DAY_OFF_POLICY_NEXT"}}}
  refused INVALID_FIELDS
specialist CreateMeetingSeries {"meetingSeriesId": "coordination-${run}", "meetingSeries": {"title": "Coordination",
  "kind": "KIND_PROJECT_COORDINATION", "project": "projects/meet-${run}", "chair": "${specialist}", "secretary": "${technician}",
  "departments": ["team-${run}"], "quorum": 1, "topics": [{"title": "分享經驗", "minutes": 40}],
  "schedule": {"startDate": "${today+30d}", "startClock": "09:30", "timeZone": "Asia/Taipei", "durationMinutes": 30,
  "rule": "FREQ=DAILY;COUNT=1", "dayOffPolicy": "DAY_OFF_POLICY_NEXT"}}}
analyst ListMeetings {"parent": "meetingSeries/coordination-${run}"}
  answer found
technician CreateAgendaEntry {"parent": "${found.meetings.0.name}", "agendaEntryId": "power", "agendaEntry": {"title": "Who brings power?", "minutes": 5}}
  expect {"kind": "KIND_PROPOSAL", "owner": "${technician}"}
analyst ComputeAgenda {"name": "${found.meetings.0.name}"}
  expect {"plannedMinutes": 45, "excessMinutes": 15, "agendaEntries": [{"title": "Who brings power?"}, {"title": "分享經驗"}]}
analyst PublishAgenda {"name": "${found.meetings.0.name}"}
  refused NOT_YOUR_MEETING
specialist PublishAgenda {"name": "${found.meetings.0.name}"}
  answer published
  expect {"state": "STATE_AGENDA_PUBLISHED"}
technician ComputeAgenda {"name": "${found.meetings.0.name}", "asOf": "${published.updateTime}"}
  expect {"agendaEntries": [{"title": "Who brings power?", "state": "STATE_OPEN"}, {"title": "分享經驗", "state": "STATE_OPEN"}]}
technician ComputeAgenda {"name": "${found.meetings.0.name}", "asOf": "${found.meetings.0.createTime}"}
  refused AGENDA_NOT_KEPT
specialist HoldMeeting {"name": "${found.meetings.0.name}"}
  expect {"state": "STATE_HELD"}
technician ListAgendaEntries {"parent": "${found.meetings.0.name}", "orderBy": "place"}
  answer agenda
  expect {"agendaEntries": [{"place": 1, "state": "STATE_OPEN"}, {"place": 2, "kind": "KIND_TOPIC"}]}
technician GetAgendaEntry {"name": "${agenda.agendaEntries.0.name}"}
  expect {"title": "Who brings power?"}
specialist CloseMeeting {"name": "${found.meetings.0.name}"}
  refused ENTRIES_OPEN
technician ConcludeAgendaEntry {"name": "${agenda.agendaEntries.0.name}", "outcome": "OUTCOME_DECIDED", "decision": {"text": "We rent a battery",
  "reason": "The hall has none", "alternatives": ["A cable"], "owner": "${technician}", "dueDate": "${today+20d}"}}
  refused NO_QUORUM
technician RecordAttendance {"name": "${found.meetings.0.name}", "attendances": [{"employee": "${specialist}", "presence": "PRESENCE_PRESENT"},
  {"employee": "${technician}", "presence": "PRESENCE_REPRESENTED"}]}
  refused INVALID_FIELDS
technician RecordAttendance {"name": "${found.meetings.0.name}", "attendances": [{"employee": "${specialist}", "presence": "PRESENCE_PRESENT"},
  {"employee": "${technician}", "presence": "PRESENCE_LATE"}]}
  expect {"attendances": "*"}
technician ConcludeAgendaEntry {"name": "${agenda.agendaEntries.0.name}", "outcome": "OUTCOME_DECIDED", "decision": {"text": "We rent a battery",
  "reason": "The hall has none", "alternatives": ["A cable"], "owner": "${technician}", "dueDate": "${today+20d}"},
  "actions": [{"title": "Ask for prices", "owner": "${technician}", "dueDate": "${today+5d}"}]}
  answer concluded
  expect {"state": "STATE_CONCLUDED", "decision": "*", "actionItems": ["*"]}
technician ConcludeAgendaEntry {"name": "${agenda.agendaEntries.1.name}", "outcome": "OUTCOME_NOTED"}
  refused INVALID_FIELDS
technician ConcludeAgendaEntry {"name": "${agenda.agendaEntries.1.name}", "outcome": "OUTCOME_NOTED", "text": "Thanks to all"}
technician ComputeAgenda {"name": "${found.meetings.0.name}", "asOf": "${published.updateTime}"}
  expect {"agendaEntries": [{"title": "Who brings power?", "state": "STATE_OPEN"}, {"title": "分享經驗", "state": "STATE_OPEN"}]}
technician ListMeetingMinutes {"parent": "${found.meetings.0.name}"}
  answer minutes
  expect {"meetingMinutes": [{"state": "STATE_DRAFT", "title": "Coordination"}]}
technician UpdateMeetingMinutes {"meetingMinutes": {"name": "${minutes.meetingMinutes.0.name}", "text": "All went well."}, "updateMask": "text"}
specialist ApproveMeetingMinutes {"name": "${minutes.meetingMinutes.0.name}"}
  refused MEETING_NOT_CLOSED
specialist CloseMeeting {"name": "${found.meetings.0.name}"}
  expect {"state": "STATE_CLOSED"}
specialist ApproveMeetingMinutes {"name": "${minutes.meetingMinutes.0.name}"}
  expect {"state": "STATE_APPROVED", "approver": "${specialist}"}
technician CorrectMeetingMinutes {"name": "${minutes.meetingMinutes.0.name}", "text": "Nearly all."}
technician GetMeetingMinutes {"name": "${minutes.meetingMinutes.0.name}"}
  expect {"corrections": [{"text": "Nearly all.", "author": "${technician}"}]}
technician RenderMeetingMinutes {"name": "${minutes.meetingMinutes.0.name}"}
  expect {"markdown": "*", "sha256": "*"}
technician GetDecision {"name": "${concluded.decision}"}
  expect {"state": "STATE_OPEN", "owner": "${technician}"}
analyst ListDecisions {"filter": "owner = \"${technician}\" AND state = STATE_OPEN"}
technician CarryOutDecision {"name": "${concluded.decision}", "proof": "The contract is signed"}
  expect {"state": "STATE_CARRIED_OUT"}
specialist CreateDecision {"decisionId": "paper-${run}", "decision": {"department": "team-${run}", "draft": {"text": "Less paper", "reason": "Cost",
  "owner": "${technician}", "dueDate": "${today+20d}"}}}
  refused INVALID_FIELDS
specialist CreateDecision {"decisionId": "paper-${run}", "decision": {"department": "team-${run}", "draft": {"text": "Less paper", "reason": "Cost",
  "deciders": ["${manager}"], "owner": "${technician}", "dueDate": "${today+20d}"}}}
specialist CreateDecision {"decisionId": "none-${run}", "decision": {"department": "team-${run}", "draft": {"text": "No paper", "reason": "Cost",
  "deciders": ["${manager}"], "owner": "${technician}", "dueDate": "${today+20d}", "standingRule": true}}}
specialist SupersedeDecision {"name": "decisions/paper-${run}", "supersededBy": "decisions/none-${run}"}
  expect {"state": "STATE_SUPERSEDED"}
manager RevokeDecision {"name": "decisions/none-${run}", "reason": "Some like paper"}
  expect {"state": "STATE_REVOKED"}
manager CancelActionItem {"name": "${concluded.actionItems.0}", "reason": "It is done"}
manager CancelProject {"name": "projects/meet-${run}", "reason": "No stand this year"}
