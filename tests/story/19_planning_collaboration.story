# How departments carry out a project together (C4): who does what, in which group, and what stands in the way.

[aside]
analyst GetCollaborationPolicy {"name": "collaborationPolicies/shipped"}
  expect {"state": "STATE_PUBLISHED", "consultationSeconds": "57600"}
manager CreateCollaborationPolicy {"collaborationPolicyId": "next-${run}", "collaborationPolicy": {"reason": "To be thought about",
  "consultationSeconds": 57600, "closeSeconds": 57600, "issueTerms": [{"severity": "SEVERITY_LOW", "seconds": 288000}]}}
  refused INVALID_FIELDS
manager CreateCollaborationPolicy {"collaborationPolicyId": "next-${run}", "collaborationPolicy": {"reason": "As before",
  "consultationSeconds": 57600, "closeSeconds": 57600, "issueTerms": [{"severity": "SEVERITY_LOW", "seconds": 288000},
  {"severity": "SEVERITY_MEDIUM", "seconds": 144000}, {"severity": "SEVERITY_HIGH", "seconds": 57600}, {"severity": "SEVERITY_CRITICAL", "seconds": 14400}]}}
  expect {"state": "STATE_DRAFT"}
manager UpdateCollaborationPolicy {"collaborationPolicy": {"name": "collaborationPolicies/next-${run}", "escalationSeconds": [0, 14400]},
  "updateMask": "escalationSeconds"}
manager PublishCollaborationPolicy {"name": "collaborationPolicies/next-${run}"}
  expect {"state": "STATE_PUBLISHED"}
manager CreateCollaborationPolicy {"collaborationPolicyId": "not-${run}", "collaborationPolicy": {"reason": "Not this one",
  "consultationSeconds": 57600, "closeSeconds": 57600, "issueTerms": [{"severity": "SEVERITY_LOW", "seconds": 288000},
  {"severity": "SEVERITY_MEDIUM", "seconds": 144000}, {"severity": "SEVERITY_HIGH", "seconds": 57600}, {"severity": "SEVERITY_CRITICAL", "seconds": 14400}]}}
manager DeleteCollaborationPolicy {"name": "collaborationPolicies/not-${run}"}
analyst ListCollaborationPolicies {"filter": "state = STATE_PUBLISHED"}

specialist CreateProject {"projectId": "joint-${run}", "project": {"title": "A joint stand", "planPeriod": "${period}",
  "owner": "${specialist}", "startDate": "${today}", "endDate": "${today+14d}", "currencyCode": "${currency}"}}
specialist CreateTask {"parent": "projects/joint-${run}", "taskId": "till", "task": {"title": "Set up the till", "owner": "${specialist}",
  "estimateHours": 8, "startDate": "${today}", "endDate": "${today+3d}"}}

# Who does what.
specialist CreateRaciEntry {"parent": "projects/joint-${run}", "raciEntryId": "till", "raciEntry": {"task": "projects/joint-${run}/tasks/till",
  "accountable": "${specialist}"}}
  refused INVALID_FIELDS
specialist CreateRaciEntry {"parent": "projects/joint-${run}", "raciEntryId": "till", "raciEntry": {"task": "projects/joint-${run}/tasks/till",
  "accountable": "${specialist}", "responsible": ["${technician}"], "consulted": ["${accountant}"], "informed": ["${analyst}"]}}
  expect {"state": "STATE_ACTIVE"}
specialist CreateRaciEntry {"parent": "projects/joint-${run}", "raciEntryId": "again", "raciEntry": {"task": "projects/joint-${run}/tasks/till",
  "accountable": "${specialist}", "responsible": ["${technician}"]}}
  refused RACI_TAKEN
specialist UpdateRaciEntry {"raciEntry": {"name": "projects/joint-${run}/raciEntries/till", "responsibleDepartments": ["technology"]},
  "updateMask": "responsibleDepartments"}
technician GetRaciEntry {"name": "projects/joint-${run}/raciEntries/till"}
  expect {"accountable": "${specialist}"}
technician ListRaciEntries {"parent": "projects/joint-${run}", "filter": "state = STATE_ACTIVE"}
specialist CreateRaciEntry {"parent": "projects/joint-${run}", "raciEntryId": "plan", "raciEntry": {"deliverable": "The plan of the hall",
  "accountable": "${specialist}", "responsible": ["${technician}"]}}
specialist DeleteRaciEntry {"name": "projects/joint-${run}/raciEntries/plan"}
accountant ListConsultations {"parent": "projects/joint-${run}", "filter": "person = \"${accountant}\" AND state = STATE_OPEN"}
  answer asked
  expect {"consultations": [{"person": "${accountant}", "dueTime": "*"}]}
technician AnswerConsultation {"name": "${asked.consultations.0.name}", "answer": "No cash"}
  refused NOT_CONSULTED
accountant AnswerConsultation {"name": "${asked.consultations.0.name}", "answer": "No cash"}
  expect {"state": "STATE_ANSWERED", "answerer": "${accountant}"}
accountant GetConsultation {"name": "${asked.consultations.0.name}"}
  expect {"answer": "No cash"}

# In which group.
specialist CreateWorkingGroup {"parent": "projects/joint-${run}", "workingGroupId": "stand", "workingGroup": {"title": "The stand",
  "lead": "${specialist}", "members": [{"employee": "${specialist}", "department": "operations"}]}}
  refused INVALID_FIELDS
specialist CreateWorkingGroup {"parent": "projects/joint-${run}", "workingGroupId": "stand", "workingGroup": {"title": "The stand",
  "lead": "${specialist}", "members": [{"employee": "${technician}", "department": "technology", "part": "The till"}]}}
  expect {"state": "STATE_ACTIVE"}
specialist UpdateWorkingGroup {"workingGroup": {"name": "projects/joint-${run}/workingGroups/stand", "title": "The stand of the winter"},
  "updateMask": "title"}
technician GetWorkingGroup {"name": "projects/joint-${run}/workingGroups/stand"}
  expect {"title": "The stand of the winter"}
technician ListWorkingGroups {"parent": "projects/joint-${run}", "filter": "state = STATE_ACTIVE"}

# What stands in the way.
accountant CreateIssue {"parent": "projects/joint-${run}", "issueId": "line", "issue": {"title": "No line to the bank", "severity": "SEVERITY_HIGH",
  "tasks": ["projects/joint-${run}/tasks/none"]}}
  refused INVALID_FIELDS
accountant CreateIssue {"parent": "projects/joint-${run}", "issueId": "line", "issue": {"title": "No line to the bank", "severity": "SEVERITY_HIGH",
  "tasks": ["projects/joint-${run}/tasks/till"]}}
  expect {"state": "STATE_OPEN", "owner": "${specialist}", "raiser": "${accountant}", "dueTime": "*", "escalateTime": "*"}
specialist UpdateIssue {"issue": {"name": "projects/joint-${run}/issues/line", "owner": "${technician}"}, "updateMask": "owner"}
technician ListNotices {"filter": "subject = \"projects/joint-${run}/issues/line\""}
  expect {"notices": [{"recipient": "${technician}"}]}
technician StartIssue {"name": "projects/joint-${run}/issues/line"}
  expect {"state": "STATE_IN_PROGRESS"}
specialist ProposeRiskOfIssue {"name": "projects/joint-${run}/issues/line", "reason": "The hall has one line only"}
  expect {"proposer": "${specialist}", "proposeTime": "*"}
technician ResolveIssue {"name": "projects/joint-${run}/issues/line", "resolution": "By radio"}
  expect {"state": "STATE_RESOLVED", "closeDueTime": "*"}
technician CloseIssue {"name": "projects/joint-${run}/issues/line"}
  refused NOT_YOUR_ISSUE
accountant ReopenIssue {"name": "projects/joint-${run}/issues/line", "reason": "It does not reach"}
  expect {"state": "STATE_OPEN", "reopenCount": 1}
technician ResolveIssue {"name": "projects/joint-${run}/issues/line", "resolution": "By a longer antenna"}
accountant CloseIssue {"name": "projects/joint-${run}/issues/line"}
  expect {"state": "STATE_CLOSED"}
analyst GetIssue {"name": "projects/joint-${run}/issues/line"}
  expect {"resolution": "By a longer antenna"}
analyst ListIssues {"parent": "projects/joint-${run}", "filter": "state = STATE_CLOSED"}
specialist EndWorkingGroup {"name": "projects/joint-${run}/workingGroups/stand", "reason": "The stand stands"}
  expect {"state": "STATE_ENDED"}
manager CancelProject {"name": "projects/joint-${run}", "reason": "Another one stands"}
