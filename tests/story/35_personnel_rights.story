# What posts let people do: rights that end, roles that are delegated, and what tokens carry beyond (H1).

[aside]
person former SPECIALIST employees/former-${run}
manager CreateEmployee {"employeeId": "former-${run}", "employee": {"displayName": "Pan Jo-yu", "position": "${position}",
  "department": "operations", "hireDate": "${today-60d}"}}
former GetEmployee {"name": "employees/former-${run}"}
manager TerminateEmployee {"name": "employees/former-${run}", "leaveDate": "${today-1d}"}
  expect {"state": "STATE_LEFT"}
former GetEmployee {"name": "employees/former-${run}"}
  refused LEFT_THE_COMPANY
former ListRisks {}
  refused LEFT_THE_COMPANY
manager ReinstateEmployee {"name": "employees/former-${run}"}
former ListRisks {}

manager CreateDelegation {"delegationId": "cover-${run}", "delegation": {"delegator": "${manager}", "delegate": "employees/ho-${run}",
  "roles": ["ROLE_OPERATIONS_SPECIALIST"], "startDate": "${today}", "endDate": "${today+10d}", "reason": "While the shows are prepared"}}
  expect {"state": "STATE_GRANTED", "approver": "${manager}"}
specialist CreateDelegation {"delegationId": "shows-${run}", "delegation": {"delegator": "${specialist}", "delegate": "employees/ho-${run}",
  "roles": ["ROLE_OPERATIONS_MANAGER"], "startDate": "${today}", "endDate": "${today+10d}", "reason": "Holiday"}}
  refused ROLE_NOT_HELD
specialist CreateDelegation {"delegationId": "shows-${run}", "delegation": {"delegator": "${specialist}", "delegate": "employees/ho-${run}",
  "roles": ["ROLE_OPERATIONS_SPECIALIST"], "startDate": "${today}", "endDate": "${today+10d}", "reason": "Holiday"}}
  expect {"state": "STATE_PROPOSED"}
specialist ApproveDelegation {"name": "delegations/shows-${run}"}
  refused OWN_PROPOSAL
analyst ApproveDelegation {"name": "delegations/shows-${run}"}
  refused NOT_FOUND
manager ApproveDelegation {"name": "delegations/shows-${run}"}
  expect {"state": "STATE_GRANTED"}
specialist RevokeDelegation {"name": "delegations/shows-${run}", "reason": "Back earlier"}
  expect {"state": "STATE_REVOKED"}
specialist CreateDelegation {"delegationId": "more-${run}", "delegation": {"delegator": "${specialist}", "delegate": "employees/ho-${run}",
  "roles": ["ROLE_OPERATIONS_SPECIALIST"], "startDate": "${today}", "endDate": "${today+90d}", "reason": "Just in case"}}
manager RejectDelegation {"name": "delegations/more-${run}", "reason": "For when there is a reason"}
  expect {"state": "STATE_REJECTED"}
manager GetDelegation {"name": "delegations/cover-${run}"}
  expect {"reason": "While the shows are prepared"}
analyst ListDelegations {}
  expect {"delegations": []}
manager ListDelegations {"filter": "delegate = \"employees/ho-${run}\" AND state = STATE_GRANTED"}
  expect {"delegations": [{"name": "delegations/cover-${run}"}]}

analyst GetAccessPolicy {"name": "accessPolicies/default"}
  expect {"mode": "MODE_REPORT", "version": 1}
manager CreateAccessPolicy {"accessPolicyId": "strict-${run}", "accessPolicy": {"reason": "Tokens are cleaned up", "mode": "MODE_ENFORCE",
  "mostDelegationDays": 92}}
manager PublishAccessPolicy {"name": "accessPolicies/strict-${run}"}
  refused LAST_MANAGER
manager DeleteAccessPolicy {"name": "accessPolicies/strict-${run}"}
manager CreateAccessPolicy {"accessPolicyId": "month-${run}", "accessPolicy": {"reason": "A month is enough", "mode": "MODE_REPORT",
  "mostDelegationDays": 92}}
manager UpdateAccessPolicy {"accessPolicy": {"name": "accessPolicies/month-${run}", "mostDelegationDays": 31}, "updateMask": "mostDelegationDays"}
manager PublishAccessPolicy {"name": "accessPolicies/month-${run}"}
  expect {"state": "STATE_PUBLISHED", "mode": "MODE_REPORT"}
analyst ListAccessPolicies {"filter": "state = STATE_PUBLISHED"}
engineer personnel.ListExcessRoles {"sinceTime": "${now-1d}"}
  expect {"excessRoles": "*"}
[]
