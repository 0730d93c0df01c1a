# Nothing is left without an owner (W14).

[aside]
manager CreateEmployee {"employeeId": "shen-${run}", "employee": {"displayName": "Shen An", "position": "${position}",
  "department": "operations", "hireDate": "${today-300d}"}}
manager CreateEmployee {"employeeId": "yujia-${run}", "employee": {"displayName": "Yu Jia", "position": "${position}",
  "department": "operations", "hireDate": "${today-200d}", "superior": "employees/shen-${run}"}}
manager CreateEmployee {"employeeId": "fan-${run}", "employee": {"displayName": "Fan Li", "position": "${position}",
  "department": "operations", "hireDate": "${today-200d}", "superior": "employees/shen-${run}"}}
manager TerminateEmployee {"name": "employees/shen-${run}", "leaveDate": "${today+10d}"}
analyst GetHandover {"name": "handovers/shen-${run}"}
  refused NOT_FOUND
manager GetHandover {"name": "handovers/shen-${run}"}
  expect {"state": "STATE_PLANNED", "employee": "employees/shen-${run}"}
manager ListEmployeeHoldings {"name": "employees/shen-${run}", "openOnly": true}
  expect {"missing": [], "holdings": [{"resource": "employees/fan-${run}", "field": "superior"}, {"resource": "employees/yujia-${run}"}]}
manager GetHandoverOverview {"name": "handovers/shen-${run}"}
  expect {"missing": [], "holdings": [{"successor": ""}, {"holding": {"resource": "employees/yujia-${run}"}}], "successors": []}
manager UpdateHandover {"handover": {"name": "handovers/shen-${run}", "successor": "employees/shen-${run}",
  "successions": [{"successor": "${specialist}"}, {"resource": "employees/yujia-${run}", "successor": "employees/nobody-${run}"}]},
  "updateMask": "successor,successions"}
  refused INVALID_FIELDS
manager UpdateHandover {"handover": {"name": "handovers/shen-${run}",
  "successions": [{"resource": "employees/yujia-${run}", "successor": "${specialist}", "startDate": "${today}"},
    {"resourceType": "personnel.heitie/Employee", "successor": "${manager}"}]}, "updateMask": "successions"}
  expect {"successions": [{"inForce": true}, {"successor": "${manager}"}]}
analyst ComputeSuperior {"name": "employees/yujia-${run}"}
  expect {"superior": "${specialist}"}
manager ListHandovers {"filter": "state = STATE_PLANNED"}
manager TerminateEmployee {"name": "employees/shen-${run}", "leaveDate": "${today-1d}"}
manager ListHandoverItems {"parent": "handovers/shen-${run}", "orderBy": "move_time"}
  answer moved
  expect {"handoverItems": [{"state": "STATE_MOVED", "successor": "${specialist}", "holding": {"resource": "employees/yujia-${run}"}},
    {"state": "STATE_MOVED", "successor": "${manager}"}]}
manager GetHandoverItem {"name": "${moved.handoverItems.0.name}"}
manager UpdateEmployee {"employee": {"name": "employees/fan-${run}", "displayName": "Fan Li-hua"}, "updateMask": "displayName"}
manager GetHandover {"name": "handovers/shen-${run}"}
  expect {"state": "STATE_COMPLETED"}
manager UpdateHandover {"handover": {"name": "handovers/shen-${run}", "successor": "${specialist}"}, "updateMask": "successor"}
  refused HANDOVER_OVER
manager ListOwnerlessHoldings {}
  expect {"holdings": [], "missing": []}
# Who got something unasked decides about it.
manager CreateEmployee {"employeeId": "guan-${run}", "employee": {"displayName": "Gu Wei", "position": "${position}",
  "department": "operations", "hireDate": "${today-300d}", "superior": "${specialist}"}}
manager CreateEmployee {"employeeId": "pei-${run}", "employee": {"displayName": "Pei Yun", "position": "${position}",
  "department": "operations", "hireDate": "${today-200d}", "superior": "employees/guan-${run}"}}
manager TerminateEmployee {"name": "employees/guan-${run}", "leaveDate": "${today-1d}"}
manager ListHandoverItems {"parent": "handovers/guan-${run}"}
  answer left
  expect {"handoverItems": [{"state": "STATE_UNDECIDED", "successor": "${specialist}"}]}
specialist FindMySteps {}
  expect {"steps": [{"step": {"subject": "${left.handoverItems.0.name}", "action": "decide"}}]}
specialist SettleHandoverItem {"name": "${left.handoverItems.0.name}", "decision": "Pei Yun stays with me"}
  expect {"state": "STATE_SETTLED"}
[]

[aside]
analyst GetHandoverPolicy {"name": "handoverPolicies/default"}
  expect {"decisionHours": 24}
manager CreateHandoverPolicy {"handoverPolicyId": "longer-${run}", "handoverPolicy": {"reason": "More time", "decisionHours": 48, "planHours": 72}}
manager UpdateHandoverPolicy {"handoverPolicy": {"name": "handoverPolicies/longer-${run}", "reason": "More time, as agreed"}, "updateMask": "reason"}
manager PublishHandoverPolicy {"name": "handoverPolicies/longer-${run}"}
  expect {"state": "STATE_PUBLISHED"}
analyst ListHandoverPolicies {"filter": "state = STATE_PUBLISHED"}
manager CreateHandoverPolicy {"handoverPolicyId": "mistake-${run}", "handoverPolicy": {"reason": "A mistake", "decisionHours": 48, "planHours": 72}}
manager DeleteHandoverPolicy {"name": "handoverPolicies/mistake-${run}"}
[]
