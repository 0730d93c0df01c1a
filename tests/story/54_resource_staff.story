# Who does what on which days: plans, the days that they take, and what facts make of them (S1, S2).

[aside]
manager CreateStaffPolicy {"staffPolicyId": "levels-${run}", "staffPolicy": {"reason": "An hour has a price", "windowDays": 14,
  "dayOffMinutes": 480, "activityMinutes": 60, "trainingMinutesAWeek": 0, "solveSeconds": 10}}
  expect {"state": "STATE_DRAFT"}
manager UpdateStaffPolicy {"staffPolicy": {"name": "staffPolicies/levels-${run}", "rates": [{"position": "positions/docent-${run}",
  "hourCostMinor": 30000}]}, "updateMask": "rates"}
manager PublishStaffPolicy {"name": "staffPolicies/levels-${run}"}
  expect {"state": "STATE_PUBLISHED"}
analyst GetStaffPolicy {"name": "staffPolicies/levels-${run}"}
  expect {"rates": [{"hourCostMinor": 30000}]}
manager CreateStaffPolicy {"staffPolicyId": "never-${run}", "staffPolicy": {"reason": "Not wanted", "dayOffMinutes": 1, "solveSeconds": 1}}
analyst ListStaffPolicies {"filter": "state = STATE_DRAFT"}
manager DeleteStaffPolicy {"name": "staffPolicies/never-${run}"}
manager CreatePosition {"positionId": "docent-${run}", "position": {"title": "Docent", "responsibilities": ["Guides visitors"]}}
manager CreateEmployee {"employeeId": "tseng-${run}", "employee": {"displayName": "Tseng Yu-chen", "position": "positions/docent-${run}",
  "department": "operations", "hireDate": "${today-400d}", "superior": "${specialist}"}}
manager CreateEmployee {"employeeId": "yeh-${run}", "employee": {"displayName": "Yeh Chia-wei", "position": "positions/docent-${run}",
  "department": "operations", "hireDate": "${today-400d}", "superior": "${specialist}"}}
specialist CreateStaffDemand {"staffDemandId": "tour-${run}", "staffDemand": {"subject": "${project}", "title": "Guided tours",
  "position": "positions/docent-${run}", "startDate": "${today+7d}", "endDate": "${today+13d}", "requiredCount": 1, "priority": 5,
  "continuity": "CONTINUITY_SAME_PERSON", "owner": "${specialist}"}}
specialist CreateStaffDemand {"staffDemandId": "desk-${run}", "staffDemand": {"subject": "${project}", "title": "Help desk",
  "position": "positions/docent-${run}", "startDate": "${today+7d}", "endDate": "${today+13d}", "requiredCount": 2,
  "continuity": "CONTINUITY_ANY_PERSON", "owner": "${specialist}"}}
specialist CreateStaffPlan {"staffPlanId": "tours-${run}", "staffPlan": {"title": "Tours", "startDate": "${today+7d}",
  "endDate": "${today+20d}", "demands": ["staffDemands/tour-${run}", "staffDemands/desk-${run}"]}}
  expect {"state": "STATE_DRAFT"}
specialist UpdateStaffPlan {"staffPlan": {"name": "staffPlans/tours-${run}", "title": "Tours and desk"}, "updateMask": "title"}
specialist ProposeStaffPlan {"name": "staffPlans/tours-${run}"}
  expect {"state": "STATE_PROPOSED", "method": "METHOD_INTEGER_PROGRAMME", "provenOptimal": true, "policy": "staffPolicies/levels-${run}",
    "unmet": [{"demand": "staffDemands/desk-${run}"}],
    "conflicts": [{"demands": ["staffDemands/desk-${run}", "staffDemands/tour-${run}"], "smallest": true}]}
specialist ApproveStaffPlan {"name": "staffPlans/tours-${run}"}
  refused PERMISSION_DENIED
manager ApproveStaffPlan {"name": "staffPlans/tours-${run}"}
  expect {"state": "STATE_APPROVED", "approver": "${manager}"}
analyst GetStaffDemand {"name": "staffDemands/desk-${run}"}
  within 30
  expect {"shortage": {"missingCount": 1}, "assignedElsewhere": ["employees/yeh-${run}"]}
analyst ComputeStaffLoad {"startDate": "${today+7d}", "endDate": "${today+13d}", "department": "operations"}
  expect {"people": "*", "teams": [{"name": "operations"}], "policy": "staffPolicies/levels-${run}"}
analyst ComputeStaffOutlook {"startDate": "${today+7d}", "endDate": "${today+13d}"}
  expect {"weeks": "*", "quarters": "*", "people": "*"}
specialist CreateStaffPlan {"staffPlanId": "spare-${run}", "staffPlan": {"title": "Not wanted", "startDate": "${today+7d}",
  "endDate": "${today+8d}"}}
manager RejectStaffPlan {"name": "staffPlans/spare-${run}", "reason": "There is one already"}
  expect {"state": "STATE_REJECTED"}
analyst ListStaffPlans {"filter": "state = STATE_APPROVED"}
  expect {"staffPlans": [{"name": "staffPlans/tours-${run}"}]}
manager RecordAbsence {"name": "employees/yeh-${run}", "absence": {"startDate": "${today+7d}", "endDate": "${today+13d}"}}
analyst GetStaffPlan {"name": "staffPlans/tours-${run}"}
  within 30
  expect {"broken": [{"demand": "staffDemands/tour-${run}", "employee": "employees/yeh-${run}", "missing": [{"kind": "KIND_ABSENCE"}]}]}
analyst ListStaffOverloads {"filter": "state = STATE_OPEN AND employee = \"employees/yeh-${run}\""}
  answer full
  expect {"staffOverloads": "*"}
analyst GetStaffOverload {"name": "${full.staffOverloads.0.name}"}
  expect {"capacityMinutes": 0}
manager ReleaseStaffPlan {"name": "staffPlans/tours-${run}", "reason": "Planned anew"}
  expect {"state": "STATE_RELEASED"}
specialist WithdrawStaffDemand {"name": "staffDemands/tour-${run}", "reason": "The tours are off"}
specialist WithdrawStaffDemand {"name": "staffDemands/desk-${run}", "reason": "The tours are off"}
[]
