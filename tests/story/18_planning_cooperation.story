# How departments work together (C3): who speaks for them, and what they ask of each other.

[aside]
specialist CreateLiaison {"liaisonId": "hall-${run}", "liaison": {"department": "technology", "topic": "hall-${run}",
  "employee": "${technician}", "deputy": "${technician}"}}
  refused INVALID_FIELDS
specialist CreateLiaison {"liaisonId": "hall-${run}", "liaison": {"department": "technology", "topic": "hall-${run}",
  "employee": "${technician}", "deputy": "${analyst}"}}
  expect {"state": "STATE_ACTIVE", "calendar": "calendars/default"}
specialist CreateLiaison {"liaisonId": "other-${run}", "liaison": {"department": "technology", "topic": "hall-${run}",
  "employee": "${analyst}", "deputy": "${technician}"}}
  refused LIAISON_TAKEN
specialist UpdateLiaison {"liaison": {"name": "liaisons/hall-${run}", "endDate": "${today+30d}"}, "updateMask": "endDate"}
accountant GetLiaison {"name": "liaisons/hall-${run}"}
  expect {"employee": "${technician}"}
accountant ListLiaisons {"filter": "department = \"technology\" AND state = STATE_ACTIVE"}

specialist CreateCooperationForm {"cooperationFormId": "help-${run}", "cooperationForm": {"title": "Technical help"}}
specialist UpdateCooperationForm {"cooperationForm": {"name": "cooperationForms/help-${run}", "title": "Technical support"}, "updateMask": "title"}
accountant GetCooperationForm {"name": "cooperationForms/help-${run}"}
  expect {"title": "Technical support"}
accountant ListCooperationForms {"filter": "title = \"Technical support\""}
specialist CreateCooperationFormVersion {"parent": "cooperationForms/help-${run}", "cooperationFormVersionId": "first", "cooperationFormVersion": {
  "reason": "To begin with", "requiredAnswers": ["site"], "steps": ["Look", "Build"], "responseSeconds": 28800, "deliverySeconds": 57600,
  "escalationSeconds": [3600, 0]}}
  refused INVALID_FIELDS
specialist CreateCooperationFormVersion {"parent": "cooperationForms/help-${run}", "cooperationFormVersionId": "first", "cooperationFormVersion": {
  "reason": "To begin with", "requiredAnswers": ["site"], "steps": ["Look", "Build"], "responseSeconds": 28800, "deliverySeconds": 57600,
  "escalationSeconds": [0, 3600]}}
  expect {"state": "STATE_DRAFT"}
specialist UpdateCooperationFormVersion {"cooperationFormVersion": {"name": "cooperationForms/help-${run}/versions/first",
  "escalationSeconds": [0, 3600, 7200, 14400]}, "updateMask": "escalationSeconds"}
manager PublishCooperationFormVersion {"name": "cooperationForms/help-${run}/versions/first"}
  expect {"state": "STATE_PUBLISHED"}
accountant GetCooperationFormVersion {"name": "cooperationForms/help-${run}/versions/first"}
  expect {"version": 1}
accountant ListCooperationFormVersions {"parent": "cooperationForms/help-${run}", "filter": "state = STATE_PUBLISHED"}
specialist CreateCooperationFormVersion {"parent": "cooperationForms/help-${run}", "cooperationFormVersionId": "not", "cooperationFormVersion": {
  "reason": "Not this one", "responseSeconds": 3600, "deliverySeconds": 3600}}
specialist DeleteCooperationFormVersion {"name": "cooperationForms/help-${run}/versions/not"}

# The finance department asks the technology department for a till, and takes another one than it asked for.
accountant CreateCooperationRequest {"cooperationRequestId": "till-${run}", "cooperationRequest": {"title": "A till",
  "form": "cooperationForms/help-${run}", "answers": {"site": "Hall 3"}, "deliverable": "A till that prints", "acceptanceCriteria": "It prints",
  "neededDate": "${today+7d}", "requesterDepartment": "operations", "department": "technology", "topic": "hall-${run}"}}
  refused NOT_YOUR_DEPARTMENT
accountant CreateCooperationRequest {"cooperationRequestId": "till-${run}", "cooperationRequest": {"title": "A till",
  "form": "cooperationForms/help-${run}", "deliverable": "A till that prints", "acceptanceCriteria": "It prints",
  "neededDate": "${today+7d}", "requesterDepartment": "finance", "department": "technology", "topic": "hall-${run}"}}
  expect {"state": "STATE_DRAFT", "requester": "${accountant}"}
accountant SendCooperationRequest {"name": "cooperationRequests/till-${run}"}
  refused INVALID_FIELDS
accountant UpdateCooperationRequest {"cooperationRequest": {"name": "cooperationRequests/till-${run}", "answers": {"site": "Hall 3"}},
  "updateMask": "answers"}
accountant SendCooperationRequest {"name": "cooperationRequests/till-${run}"}
  expect {"state": "STATE_SENT", "liaison": "liaisons/hall-${run}", "responseDueTime": "*", "escalateTime": "*"}
technician ListNotices {"filter": "subject = \"cooperationRequests/till-${run}\""}
  expect {"notices": [{"recipient": "${technician}"}]}
specialist AcceptCooperationRequest {"name": "cooperationRequests/till-${run}", "owner": "${technician}"}
  refused NOT_THE_LIAISON
technician CounterCooperationRequest {"name": "cooperationRequests/till-${run}", "owner": "${technician}", "reason": "Another show"}
  refused INVALID_FIELDS
technician CounterCooperationRequest {"name": "cooperationRequests/till-${run}", "owner": "${technician}", "reason": "Another show",
  "agreedDate": "${today+9d}"}
  expect {"state": "STATE_COUNTERED", "answerer": "${technician}", "requesterDueTime": "*"}
accountant RefuseCounterOfCooperationRequest {"name": "cooperationRequests/till-${run}", "reason": "Too late"}
  expect {"state": "STATE_SENT"}
analyst CounterCooperationRequest {"name": "cooperationRequests/till-${run}", "owner": "${technician}", "reason": "The old one is there",
  "scope": "The till of last year"}
  expect {"state": "STATE_COUNTERED", "answerer": "${analyst}"}
accountant TakeCounterOfCooperationRequest {"name": "cooperationRequests/till-${run}"}
  expect {"state": "STATE_ACCEPTED", "owner": "${technician}", "deliveryDueTime": "*"}
accountant StartCooperationRequest {"name": "cooperationRequests/till-${run}"}
  refused NOT_THE_DELIVERER
technician StartCooperationRequest {"name": "cooperationRequests/till-${run}"}
  expect {"state": "STATE_IN_PROGRESS"}
technician DeliverCooperationRequest {"name": "cooperationRequests/till-${run}"}
  expect {"state": "STATE_DELIVERED"}
accountant SendBackCooperationRequest {"name": "cooperationRequests/till-${run}", "reason": "It does not print"}
  expect {"state": "STATE_IN_PROGRESS"}
technician DeliverCooperationRequest {"name": "cooperationRequests/till-${run}"}
accountant ConfirmCooperationRequest {"name": "cooperationRequests/till-${run}"}
  expect {"state": "STATE_CONFIRMED"}
technician GetCooperationRequest {"name": "cooperationRequests/till-${run}"}
  expect {"answeredInTime": true}
specialist ListCooperationRequests {"filter": "department = \"technology\" AND state = STATE_CONFIRMED"}

# What is accepted as it is asked, what is declined, and what is not asked for any more.
accountant CreateCooperationRequest {"cooperationRequestId": "lamp-${run}", "cooperationRequest": {"title": "A lamp",
  "form": "cooperationForms/help-${run}", "answers": {"site": "Hall 3"}, "deliverable": "A lamp", "acceptanceCriteria": "It shines",
  "neededDate": "${today+7d}", "requesterDepartment": "finance", "department": "technology", "topic": "hall-${run}"}}
accountant SendCooperationRequest {"name": "cooperationRequests/lamp-${run}"}
technician AcceptCooperationRequest {"name": "cooperationRequests/lamp-${run}", "owner": "${technician}", "agreedDate": "${today+6d}"}
  expect {"state": "STATE_ACCEPTED", "agreedDate": "*"}
technician DeclineCooperationRequest {"name": "cooperationRequests/lamp-${run}", "reason": "No"}
  refused ILLEGAL_TRANSITION
accountant WithdrawCooperationRequest {"name": "cooperationRequests/lamp-${run}", "reason": "The hall has one"}
  expect {"state": "STATE_WITHDRAWN"}
accountant CreateCooperationRequest {"cooperationRequestId": "stage-${run}", "cooperationRequest": {"title": "A stage",
  "form": "cooperationForms/help-${run}", "answers": {"site": "Hall 3"}, "deliverable": "A stage", "acceptanceCriteria": "It stands",
  "neededDate": "${today+7d}", "requesterDepartment": "finance", "department": "technology", "topic": "hall-${run}"}}
accountant SendCooperationRequest {"name": "cooperationRequests/stage-${run}"}
technician DeclineCooperationRequest {"name": "cooperationRequests/stage-${run}", "reason": "We build none"}
  expect {"state": "STATE_DECLINED"}
analyst ComputeCooperation {"startDate": "${today}"}
  expect {"figures": "*"}
manager EndLiaison {"name": "liaisons/hall-${run}"}
  expect {"state": "STATE_ENDED"}
