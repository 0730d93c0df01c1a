# What happens where somebody's work falls short (H6).

[aside]
specialist CreatePerformanceInterview {"performanceInterviewId": "cancelled-${run}", "performanceInterview": {
  "employee": "employees/ho-${run}", "plannedDate": "${today+1d}", "reason": "Three sessions without material"}}
  expect {"state": "STATE_PLANNED", "interviewer": "${specialist}"}
specialist UpdatePerformanceInterview {"performanceInterview": {"name": "performanceInterviews/cancelled-${run}",
  "plannedDate": "${today+2d}"}, "updateMask": "plannedDate"}
specialist FindMySteps {}
  expect {"steps": [{"step": {"subject": "performanceInterviews/cancelled-${run}", "action": "hold"}, "ground": "GROUND_OWNER"}]}
specialist CancelPerformanceInterview {"name": "performanceInterviews/cancelled-${run}", "reason": "Earlier is better"}
specialist CreatePerformanceInterview {"performanceInterviewId": "first-${run}", "performanceInterview": {"employee": "employees/ho-${run}",
  "plannedDate": "${today-20d}", "reason": "Three sessions without material"}}
trainer HoldPerformanceInterview {"name": "performanceInterviews/first-${run}", "heldDate": "${today-20d}", "record": "All is well"}
  refused OWN_MATTER
specialist CreateImprovementPlan {"improvementPlanId": "early-${run}", "improvementPlan": {"employee": "employees/ho-${run}",
  "interview": "performanceInterviews/first-${run}", "mentor": "${manager}", "startDate": "${today-20d}", "endDate": "${today}",
  "goals": [{"goal": "Material for each session", "measure": "Sessions with material", "target": "All of five"}],
  "actions": [{"action": "Shows it a day before", "dueDate": "${today-10d}"}]}}
  refused NO_HELD_INTERVIEW
specialist HoldPerformanceInterview {"name": "performanceInterviews/first-${run}", "heldDate": "${today-20d}",
  "record": "Too many sessions in a week; two are moved."}
trainer GetPerformanceInterview {"name": "performanceInterviews/first-${run}"}
  expect {"state": "STATE_HELD", "record": "Too many sessions in a week; two are moved."}
analyst GetPerformanceInterview {"name": "performanceInterviews/first-${run}"}
  refused NOT_FOUND
trainer ListPerformanceInterviews {"filter": "employee = \"employees/ho-${run}\" AND state = STATE_HELD"}
  expect {"performanceInterviews": [{"name": "performanceInterviews/first-${run}"}]}
specialist CreateImprovementPlan {"improvementPlanId": "first-${run}", "improvementPlan": {"employee": "employees/ho-${run}",
  "interview": "performanceInterviews/first-${run}", "mentor": "${manager}", "courses": ["${course}"], "startDate": "${today-20d}",
  "endDate": "${today}",
  "goals": [{"goal": "Material for each session", "measure": "Sessions with material", "target": "All of five"}],
  "actions": [{"action": "Shows it a day before", "dueDate": "${today-10d}"}]}}
  expect {"state": "STATE_PRESENTED", "reviewer": "${specialist}", "reviews": [{"dueDate": "*"}]}
specialist AcknowledgeImprovementPlan {"name": "improvementPlans/first-${run}"}
  refused NOT_THE_PERSON
trainer AcknowledgeImprovementPlan {"name": "improvementPlans/first-${run}"}
  expect {"state": "STATE_ACTIVE"}
manager PassImprovementPlan {"name": "improvementPlans/first-${run}", "reason": "All five had material"}
  refused REVIEWS_OUTSTANDING
specialist RecordImprovementReview {"name": "improvementPlans/first-${run}", "record": "Five of five", "onTrack": true}
specialist PassImprovementPlan {"name": "improvementPlans/first-${run}", "reason": "All five had material"}
  refused OWN_PROPOSAL
manager PassImprovementPlan {"name": "improvementPlans/first-${run}", "reason": "All five had material"}
  expect {"state": "STATE_SUCCEEDED", "decider": "${manager}"}
trainer GetImprovementPlan {"name": "improvementPlans/first-${run}"}
  expect {"stateReason": "All five had material"}
trainer ListImprovementPlans {"filter": "employee = \"employees/ho-${run}\" AND state = STATE_SUCCEEDED"}
  expect {"improvementPlans": [{"name": "improvementPlans/first-${run}"}]}
specialist CreatePerformanceInterview {"performanceInterviewId": "second-${run}", "performanceInterview": {
  "employee": "employees/ho-${run}", "plannedDate": "${today}", "reason": "Late again"}}
specialist HoldPerformanceInterview {"name": "performanceInterviews/second-${run}", "heldDate": "${today-2d}", "record": "They disagree."}
specialist CreateImprovementPlan {"improvementPlanId": "second-${run}", "improvementPlan": {"employee": "employees/ho-${run}",
  "interview": "performanceInterviews/second-${run}", "mentor": "${manager}", "startDate": "${today-1d}", "endDate": "${today}",
  "goals": [{"goal": "Begins on time", "measure": "Minutes late", "target": "0"}],
  "actions": [{"action": "Comes a quarter of an hour before", "dueDate": "${today}"}]}}
specialist WitnessRefusal {"name": "improvementPlans/second-${run}", "refusal": "The trains are late"}
  refused NOT_A_WITNESS
manager WitnessRefusal {"name": "improvementPlans/second-${run}", "refusal": "The trains are late"}
  expect {"state": "STATE_ACTIVE", "witness": "${manager}"}
specialist RecordImprovementReview {"name": "improvementPlans/second-${run}", "record": "Five minutes late"}
manager ExtendImprovementPlan {"name": "improvementPlans/second-${run}", "endDate": "${today+14d}", "reason": "A new timetable"}
  expect {"firstEndDate": "*", "reviews": [{"record": "Five minutes late"}, {"dueDate": "*"}]}
manager FailImprovementPlan {"name": "improvementPlans/second-${run}", "reason": "Late"}
  refused PLAN_NOT_OVER
manager WithdrawImprovementPlan {"name": "improvementPlans/second-${run}", "reason": "It was the trains"}
  expect {"state": "STATE_WITHDRAWN"}
specialist CreateImprovementPlan {"improvementPlanId": "third-${run}", "improvementPlan": {"employee": "employees/ho-${run}",
  "interview": "performanceInterviews/second-${run}", "mentor": "${manager}", "startDate": "${today-2d}", "endDate": "${today}",
  "goals": [{"goal": "Begins on time", "measure": "Minutes late", "target": "0"}],
  "actions": [{"action": "Comes a quarter of an hour before", "dueDate": "${today}"}]}}
trainer AcknowledgeImprovementPlan {"name": "improvementPlans/third-${run}"}
specialist RecordImprovementReview {"name": "improvementPlans/third-${run}", "record": "An hour late"}
manager FailImprovementPlan {"name": "improvementPlans/third-${run}", "reason": "An hour late"}
  expect {"state": "STATE_FAILED"}
[]
