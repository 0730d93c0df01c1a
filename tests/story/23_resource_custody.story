# Custody passes with a count to confirm (S3, W14).

[aside]
analyst ListCustodyCounts {"filter": "item = \"${poster}\" AND state = STATE_OPEN"}
  answer counts
  expect {"custodyCounts": [{"giver": "${manager}", "custodian": "${specialist}", "policy": "custodyPolicies/default", "dueTime": "*"}]}
technician ConfirmCustodyCount {"name": "${counts.custodyCounts.0.name}", "countedQuantity": "1"}
  refused NOT_THE_CUSTODIAN
specialist ConfirmCustodyCount {"name": "${counts.custodyCounts.0.name}", "countedQuantity": "1", "remark": "The others are lent"}
  expect {"state": "STATE_DIFFERENT", "difference": "*", "bookQuantity": "*", "counter": "${specialist}"}
analyst GetCustodyCount {"name": "${counts.custodyCounts.0.name}"}
  expect {"state": "STATE_DIFFERENT", "remark": "The others are lent"}
manager AcceptCustodyDifference {"name": "${counts.custodyCounts.0.name}", "reason": "They are back tomorrow"}
  expect {"state": "STATE_ACCEPTED", "acceptor": "${manager}"}
analyst GetCustodyPolicy {"name": "custodyPolicies/default"}
  expect {"countHours": 120}
manager CreateCustodyPolicy {"custodyPolicyId": "longer-${run}", "custodyPolicy": {"reason": "More time", "countHours": 240}}
manager UpdateCustodyPolicy {"custodyPolicy": {"name": "custodyPolicies/longer-${run}", "reason": "More time, as agreed"}, "updateMask": "reason"}
manager PublishCustodyPolicy {"name": "custodyPolicies/longer-${run}"}
  expect {"state": "STATE_PUBLISHED"}
analyst ListCustodyPolicies {"filter": "state = STATE_PUBLISHED"}
manager CreateCustodyPolicy {"custodyPolicyId": "mistake-${run}", "custodyPolicy": {"reason": "A mistake", "countHours": 240}}
manager DeleteCustodyPolicy {"name": "custodyPolicies/mistake-${run}"}
[]
