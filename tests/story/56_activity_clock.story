# Within which working time customers are answered, and who is told when that is in danger (A3).

[aside]
manager CreateCalendar {"calendarId": "always-${run}", "calendar": {"title": "Around the clock"}}
manager CreateCalendarVersion {"parent": "calendars/always-${run}", "calendarVersionId": "weeks", "calendarVersion": {"reason": "The first",
  "rules": {"timeZone": "Asia/Taipei", "week": [{"days": ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"],
    "windows": [{"open": "00:00", "close": "24:00"}]}]}}}
manager PublishCalendarVersion {"name": "calendars/always-${run}/versions/weeks"}
manager CreateServicePolicy {"servicePolicyId": "swift-${run}", "servicePolicy": {"reason": "What is urgent is answered at once", "terms": [
  {"kind": "SERVICE_KIND_INQUIRY", "calendar": "calendars/default", "firstResponse": "14400s", "resolution": "57600s",
    "ladder": [{"point": {"targetBp": 7500}, "owner": true}, {"point": {"afterDue": "14400s"}, "managers": true}],
    "reopening": "REOPENING_CONTINUE", "reopenWithin": "115200s"},
  {"kind": "SERVICE_KIND_COMPLAINT", "calendar": "calendars/default", "firstResponse": "7200s", "resolution": "28800s",
    "ladder": [{"point": {"targetBp": 7500}, "owner": true}, {"point": {"targetBp": 10000}, "owner": true, "activityOwner": true}],
    "reopening": "REOPENING_CONTINUE", "reopenWithin": "115200s"},
  {"kind": "SERVICE_KIND_INCIDENT", "calendar": "calendars/default", "firstResponse": "1800s", "resolution": "14400s",
    "ladder": [{"point": {"targetBp": 10000}, "owner": true, "activityOwner": true}],
    "reopening": "REOPENING_CONTINUE", "reopenWithin": "115200s"}]}}
  expect {"state": "STATE_DRAFT"}
manager UpdateServicePolicy {"servicePolicy": {"name": "servicePolicies/swift-${run}", "terms": [
  {"kind": "SERVICE_KIND_INQUIRY", "calendar": "calendars/default", "firstResponse": "14400s", "resolution": "57600s",
    "ladder": [{"point": {"targetBp": 7500}, "owner": true}, {"point": {"afterDue": "14400s"}, "managers": true}],
    "reopening": "REOPENING_CONTINUE", "reopenWithin": "115200s"},
  {"kind": "SERVICE_KIND_INQUIRY", "priority": "SERVICE_PRIORITY_URGENT", "calendar": "calendars/always-${run}", "firstResponse": "1s",
    "resolution": "2s", "ladder": [{"point": {"targetBp": 10000}, "managers": true, "inClosedHours": true}],
    "reopening": "REOPENING_RESTART", "reopenWithin": "86400s"},
  {"kind": "SERVICE_KIND_COMPLAINT", "calendar": "calendars/default", "firstResponse": "7200s", "resolution": "28800s",
    "ladder": [{"point": {"targetBp": 7500}, "owner": true}, {"point": {"targetBp": 10000}, "owner": true, "activityOwner": true}],
    "reopening": "REOPENING_CONTINUE", "reopenWithin": "115200s"},
  {"kind": "SERVICE_KIND_INCIDENT", "calendar": "calendars/default", "firstResponse": "1800s", "resolution": "14400s",
    "ladder": [{"point": {"targetBp": 10000}, "owner": true, "activityOwner": true}],
    "reopening": "REOPENING_CONTINUE", "reopenWithin": "115200s"}]}, "updateMask": "terms"}
specialist PublishServicePolicy {"name": "servicePolicies/swift-${run}"}
  refused PERMISSION_DENIED
manager PublishServicePolicy {"name": "servicePolicies/swift-${run}"}
  within 30
  expect {"state": "STATE_PUBLISHED", "publisher": "${manager}"}
analyst GetServicePolicy {"name": "servicePolicies/swift-${run}"}
  expect {"version": "*", "startTime": "*"}
manager CreateServicePolicy {"servicePolicyId": "never-${run}", "servicePolicy": {"reason": "Not wanted", "terms": [
  {"kind": "SERVICE_KIND_INQUIRY", "calendar": "calendars/default", "firstResponse": "7200s", "resolution": "3600s",
    "reopening": "REOPENING_CONTINUE", "reopenWithin": "0s"}]}}
  refused INVALID_FIELDS
manager CreateServicePolicy {"servicePolicyId": "never-${run}", "servicePolicy": {"reason": "Not wanted"}}
analyst ListServicePolicies {"filter": "state = STATE_DRAFT"}
  expect {"servicePolicies": "*"}
manager DeleteServicePolicy {"name": "servicePolicies/never-${run}"}
manager SimulateServiceClocks {"policy": "servicePolicies/swift-${run}", "endTime": "2026-03-04T01:15:00Z", "events": [
  {"subject": "a", "time": "2026-03-02T02:00:00Z", "action": "ACTION_RECEIVE", "kind": "SERVICE_KIND_INQUIRY",
    "priority": "SERVICE_PRIORITY_NORMAL"},
  {"subject": "a", "time": "2026-03-02T03:30:00Z", "action": "ACTION_ANSWER"},
  {"subject": "a", "time": "2026-03-02T03:30:00Z", "action": "ACTION_PAUSE"},
  {"subject": "a", "time": "2026-03-03T02:15:00Z", "action": "ACTION_CONTINUE"}]}
  expect {"serviceClocks": [{"target": "TARGET_FIRST_RESPONSE", "result": "RESULT_MET", "consumed": "5400s"},
    {"target": "TARGET_RESOLUTION", "state": "STATE_RUNNING", "dueTime": "2026-03-04T09:45:00Z",
      "segments": [{"workingTime": "5400s"}, {"paused": true, "workingTime": "24300s"}, {"startTime": "2026-03-03T02:15:00Z"}]}]}
specialist ReceiveInquiry {"inquiry": {"kind": "KIND_INQUIRY", "category": "general", "text": "Nobody answered my letter", "source": "letters",
  "externalId": "l-1-${run}", "receiveTime": "${now-6d}"}}
  answer letter
analyst ListServiceClocks {"filter": "subject = \"${letter.name}\" AND target = TARGET_RESOLUTION"}
  answer late
  expect {"serviceClocks": [{"result": "RESULT_BREACHED", "state": "STATE_RUNNING", "breachTime": "*", "segments": "*"}]}
manager ExcuseServiceClock {"name": "${late.serviceClocks.0.name}", "reason": "The post was on strike"}
  expect {"result": "RESULT_BREACHED", "excused": true, "excuser": "${manager}"}
specialist ReceiveInquiry {"inquiry": {"kind": "KIND_INQUIRY", "category": "general", "text": "The hall is locked",
  "priority": "SERVICE_PRIORITY_URGENT", "source": "hotline", "externalId": "u-1-${run}"}}
  answer urgent
analyst ListEscalations {"filter": "subject = \"${urgent.name}\""}
  answer told
  within 30
  expect {"escalations": [{"cause": "CAUSE_LADDER", "capacity": "CAPACITY_MANAGERS", "point": {"targetBp": 10000}},
    {"cause": "CAUSE_LADDER", "capacity": "CAPACITY_MANAGERS", "state": "STATE_OPEN"}]}
specialist AcknowledgeEscalation {"name": "${told.escalations.0.name}"}
  refused NOT_YOUR_ESCALATION
manager AcknowledgeEscalation {"name": "${told.escalations.0.name}", "note": "The caretaker is on the way"}
  expect {"state": "STATE_ACKNOWLEDGED", "acknowledger": "${manager}"}
analyst GetEscalation {"name": "${told.escalations.0.name}"}
  expect {"note": "The caretaker is on the way"}
specialist ResolveInquiry {"name": "${urgent.name}", "text": "It is open now"}
specialist ResolveInquiry {"name": "${letter.name}", "text": "We are sorry; here is the answer"}
analyst GetServiceClock {"name": "${told.escalations.1.clock}"}
  expect {"state": "STATE_STOPPED", "result": "RESULT_BREACHED", "policy": "servicePolicies/swift-${run}"}
analyst ComputeServiceAttainment {"startTime": "${now-7d}", "endTime": "${now+1h}", "kind": "SERVICE_KIND_INQUIRY", "percentiles": [50, 90]}
  expect {"lines": "*", "totals": [{"target": "TARGET_FIRST_RESPONSE", "breachedCount": "*"},
    {"target": "TARGET_RESOLUTION", "breachedCount": "*", "excusedCount": "*"}]}
[]
