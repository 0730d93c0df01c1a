# The scope of what runs changes by an amendment that another person approves (W1, W3).

[aside]
analyst GetActivity {"name": "${activity}"}
  answer planned
specialist CreateAmendment {"parent": "${activity}", "amendmentId": "longer-${run}", "amendment": {"reason": "One more show",
  "scope": {"scheme": "${planned.scheme}", "startTime": "${planned.startTime}", "endTime": "${now+8d}", "timeZone": "${planned.timeZone}",
    "budget": "${planned.budget}", "budgetAmountMinor": "${planned.budgetAmountMinor}",
    "billOfMaterials": "${planned.billOfMaterials}", "staff": [{"employee": "${specialist}", "role": "host"}],
    "trainingRequirement": "${planned.trainingRequirement}"}}}
  expect {"state": "STATE_PROPOSED", "proposer": "${specialist}"}
specialist ApproveAmendment {"name": "${activity}/amendments/longer-${run}"}
  refused PERMISSION_DENIED
manager ApproveAmendment {"name": "${activity}/amendments/longer-${run}"}
  expect {"state": "STATE_APPLIED", "approver": "${manager}", "attempt": 1}
specialist CreateAmendment {"parent": "${activity}", "amendmentId": "as-planned-${run}", "amendment": {"reason": "The hall is taken",
  "scope": {"scheme": "${planned.scheme}", "startTime": "${planned.startTime}", "endTime": "${planned.endTime}",
    "timeZone": "${planned.timeZone}", "budget": "${planned.budget}", "budgetAmountMinor": "${planned.budgetAmountMinor}",
    "billOfMaterials": "${planned.billOfMaterials}", "staff": [{"employee": "${specialist}", "role": "host"}],
    "trainingRequirement": "${planned.trainingRequirement}"}}}
manager ApproveAmendment {"name": "${activity}/amendments/as-planned-${run}"}
  expect {"state": "STATE_APPLIED"}
specialist CreateAmendment {"parent": "${activity}", "amendmentId": "dearer-${run}", "amendment": {"reason": "A brass band",
  "scope": {"scheme": "${planned.scheme}", "startTime": "${planned.startTime}", "endTime": "${planned.endTime}",
    "timeZone": "${planned.timeZone}", "budget": "${planned.budget}", "budgetAmountMinor": 999999999999,
    "billOfMaterials": "${planned.billOfMaterials}", "staff": [{"employee": "${specialist}", "role": "host"}],
    "trainingRequirement": "${planned.trainingRequirement}"}}}
manager ApproveAmendment {"name": "${activity}/amendments/dearer-${run}"}
  refused AMENDMENT_REFUSED
analyst GetAmendment {"name": "${activity}/amendments/dearer-${run}"}
  expect {"state": "STATE_PROPOSED", "verdicts": [{"precondition": "PRECONDITION_BUDGET", "verdict": "VERDICT_UNMET"}]}
manager RejectAmendment {"name": "${activity}/amendments/dearer-${run}", "reason": "Too dear"}
specialist CreateAmendment {"parent": "${activity}", "amendmentId": "alone-${run}", "amendment": {"reason": "A pianist",
  "scope": {"scheme": "${planned.scheme}", "startTime": "${planned.startTime}", "endTime": "${planned.endTime}",
    "timeZone": "${planned.timeZone}", "budget": "${planned.budget}", "budgetAmountMinor": 5000001,
    "billOfMaterials": "${planned.billOfMaterials}", "staff": [{"employee": "${specialist}", "role": "host"}],
    "trainingRequirement": "${planned.trainingRequirement}"}}}
specialist WithdrawAmendment {"name": "${activity}/amendments/alone-${run}", "reason": "The pianist is ill"}
analyst ListAmendments {"parent": "${activity}", "filter": "state = STATE_APPLIED"}
  expect {"amendments": [{"name": "*"}, {"name": "*"}]}
analyst GetActivity {"name": "${activity}"}
  expect {"state": "STATE_LIVE", "endTime": "${planned.endTime}", "amendment": ""}
