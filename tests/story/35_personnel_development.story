# How people develop: personal plans, certificates from outside, waiting lists (H3).

[aside]
analyst GetDevelopmentPolicy {"name": "developmentPolicies/default"}
  expect {"decisionWorkingDays": 5, "renewalDays": 60, "reminderDays": 30, "sleepingCadences": 3, "gapHorizonMonths": 3}
manager CreateDevelopmentPolicy {"developmentPolicyId": "longer-${run}", "developmentPolicy": {"reason": "More time", "decisionWorkingDays": 10,
  "renewalDays": 90, "reminderDays": 30, "sleepingCadences": 3, "gapHorizonMonths": 3}}
manager UpdateDevelopmentPolicy {"developmentPolicy": {"name": "developmentPolicies/longer-${run}", "reason": "More time, as agreed"},
  "updateMask": "reason"}
manager PublishDevelopmentPolicy {"name": "developmentPolicies/longer-${run}"}
  expect {"state": "STATE_PUBLISHED"}
analyst ListDevelopmentPolicies {"filter": "state = STATE_PUBLISHED"}
manager CreateDevelopmentPolicy {"developmentPolicyId": "mistake-${run}", "developmentPolicy": {"reason": "A mistake",
  "decisionWorkingDays": 1, "renewalDays": 1, "reminderDays": 1, "sleepingCadences": 1}}
manager DeleteDevelopmentPolicy {"name": "developmentPolicies/mistake-${run}"}

# A plan to the position that is aimed for.
manager CreateCourse {"courseId": "stage-${run}", "course": {"title": "On stage", "validityMonths": 12,
  "grantedSkills": [{"skill": "skills/hosting-${run}", "level": 2}]}}
manager CreatePosition {"positionId": "lead-host-${run}", "position": {"title": "Lead host", "responsibilities": ["Leads the hosts"],
  "requiredSkills": [{"skill": "skills/hosting-${run}", "level": 2}]}}
specialist CreateSession {"parent": "courses/stage-${run}", "sessionId": "soon", "session": {"date": "${today+10d}", "trainer": "Ho Shu-fen",
  "capacity": 1}}
specialist CreateTrainingPlan {"trainingPlan": {"employee": "${specialist}", "position": "positions/lead-host-${run}",
  "purpose": "To lead the hosts in spring"}}
  answer plan
  expect {"state": "STATE_PROPOSED", "items": [{"course": "courses/stage-${run}", "session": "courses/stage-${run}/sessions/soon"}],
    "openDemands": []}
specialist ApproveTrainingPlan {"name": "${plan.name}"}
  refused OWN_PROPOSAL
specialist AcceptTrainingPlan {"name": "${plan.name}"}
  expect {"state": "STATE_AGREED_BY_EMPLOYEE"}
manager ApproveTrainingPlan {"name": "${plan.name}"}
  expect {"state": "STATE_AGREED", "approver": "${manager}"}
analyst GetTrainingPlan {"name": "${plan.name}"}
  refused NOT_FOUND
specialist GetTrainingPlan {"name": "${plan.name}"}
manager ReviseTrainingPlan {"name": "${plan.name}", "targetDate": "${today+30d}"}
  expect {"state": "STATE_PROPOSED", "items": [{"course": "courses/stage-${run}"}]}
manager RejectTrainingPlan {"name": "${plan.name}", "reason": "The studio is closed in spring"}
  expect {"state": "STATE_REJECTED"}
specialist CreateTrainingPlan {"trainingPlan": {"employee": "${specialist}", "position": "positions/lead-host-${run}"}}
  answer plan
specialist AcceptTrainingPlan {"name": "${plan.name}"}
manager ApproveTrainingPlan {"name": "${plan.name}"}

# What was learnt elsewhere counts once somebody else has looked at it.
specialist CreateExternalCertificate {"externalCertificate": {"employee": "${specialist}", "course": "courses/stage-${run}",
  "issuingBody": "Academy of speech", "reference": "A-17", "evidence": "Scan in the personnel file", "validFrom": "${today-30d}",
  "validUntil": "${today+300d}"}}
  answer filed
specialist VerifyExternalCertificate {"name": "${filed.name}"}
  refused OWN_PROPOSAL
manager VerifyExternalCertificate {"name": "${filed.name}"}
  answer filed
  expect {"state": "STATE_VERIFIED", "decider": "${manager}"}
specialist GetTrainingPlan {"name": "${plan.name}"}
  expect {"state": "STATE_COMPLETED", "items": [{"state": "STATE_CLOSED", "certificate": "${filed.certificate}"}]}
manager RevokeCertificate {"name": "${filed.certificate}", "reason": "It was somebody else's"}
specialist GetExternalCertificate {"name": "${filed.name}"}
  expect {"state": "STATE_REVOKED"}
specialist ListTrainingPlans {"filter": "state = STATE_AGREED"}
  expect {"trainingPlans": [{"name": "${plan.name}", "items": [{"state": "STATE_OPEN"}]}]}
manager EndTrainingPlan {"name": "${plan.name}", "reason": "Another post"}
  expect {"state": "STATE_ENDED"}
specialist CreateExternalCertificate {"externalCertificate": {"employee": "${specialist}", "course": "courses/stage-${run}",
  "issuingBody": "Academy of speech", "reference": "A-18", "evidence": "None yet", "validFrom": "${today-30d}"}}
  answer filed
manager RejectExternalCertificate {"name": "${filed.name}", "reason": "Nothing to see"}
  expect {"state": "STATE_REJECTED"}
specialist ListExternalCertificates {}
  expect {"externalCertificates": [{"state": "STATE_REVOKED"}, {"state": "STATE_REJECTED"}]}

# The one seat is given back, and goes to who waits.
specialist EnrollEmployee {"name": "courses/stage-${run}/sessions/soon", "employee": "${specialist}"}
specialist JoinWaitingList {"name": "courses/stage-${run}/sessions/soon", "employee": "${manager}"}
  expect {"state": "STATE_WAITING"}
specialist CancelEnrollment {"name": "courses/stage-${run}/sessions/soon/enrollments/${specialist:id}"}
analyst GetWaitingEntry {"name": "courses/stage-${run}/sessions/soon/waitingEntries/${manager:id}"}
  expect {"state": "STATE_SEATED"}
specialist JoinWaitingList {"name": "courses/stage-${run}/sessions/soon", "employee": "${specialist}"}
specialist LeaveWaitingList {"name": "courses/stage-${run}/sessions/soon/waitingEntries/${specialist:id}"}
analyst ListWaitingEntries {"parent": "courses/stage-${run}/sessions/soon", "filter": "state = STATE_WITHDRAWN"}
  expect {"waitingEntries": [{"employee": "${specialist}"}]}
[]
