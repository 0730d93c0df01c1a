# People of a position are needed (S1), and somebody is trained for it in time (W9).

[aside]
manager CreateEmployee {"employeeId": "gao-${run}", "employee": {"displayName": "Gao Ya-ting", "position": "${position}",
  "department": "operations", "hireDate": "${today-20d}", "superior": "${specialist}"}}
specialist CreateSession {"parent": "${course}", "sessionId": "spring", "session": {"date": "${today+20d}", "trainer": "Ho Shu-fen",
  "capacity": 10}}
specialist CreateStaffDemand {"staffDemandId": "spring-${run}", "staffDemand": {"subject": "${activity}", "title": "Hosts in spring",
  "position": "${position}", "courses": ["${course}"], "startDate": "${today+30d}", "endDate": "${today+31d}", "requiredCount": 1,
  "owner": "${specialist}"}}
  expect {"state": "STATE_OPEN"}
specialist UpdateStaffDemand {"staffDemand": {"name": "staffDemands/spring-${run}", "requiredCount": 9}, "updateMask": "requiredCount"}
analyst GetStaffDemand {"name": "staffDemands/spring-${run}"}
  expect {"requiredCount": 9}
analyst BatchGetStaffDemands {"names": ["staffDemands/spring-${run}"]}
analyst ListStaffDemands {"filter": "subject = \"${activity}\" AND origin = \"\" AND state = STATE_OPEN"}
  expect {"staffDemands": [{"title": "Hosts in spring"}]}
manager ListStaffingGaps {"filter": "subject = \"staffDemands/spring-${run}\""}
  answer demanded
  expect {"staffingGaps": [{"state": "STATE_OPEN", "source": "SOURCE_STAFF_DEMAND", "position": "${position}", "requiredCount": 9}]}
manager DecideStaffingGap {"name": "${demanded.staffingGaps.0.name}", "decision": "DECISION_TRAIN", "reason": "For the shows in spring",
  "trainees": ["employees/gao-${run}"]}
  answer training
  expect {"state": "STATE_TRAINING", "trainingPlans": ["*"]}
manager GetTrainingPlan {"name": "${training.trainingPlans.0}"}
  expect {"employee": "employees/gao-${run}", "staffingGap": "${training.name}", "items": [{"course": "${course}",
    "session": "${course}/sessions/spring"}]}
specialist WithdrawStaffDemand {"name": "staffDemands/spring-${run}", "reason": "The shows are moved to summer"}
  expect {"state": "STATE_WITHDRAWN"}
manager GetStaffingGap {"name": "${training.name}"}
  expect {"state": "STATE_CLOSED", "closing": "CLOSING_NEED_OVER", "trainingPlans": ["*"]}
[]
