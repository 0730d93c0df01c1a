# What is offered, and how who accepts becomes a colleague (H2). The application comes from 34_personnel_candidate.

[aside]
specialist CreateOffer {"offerId": "mei-${run}", "offer": {"application": "${application.name}", "startDate": "${today+30d}",
  "superior": "${manager}", "payMinor": "9000000", "expireTime": "${now+10d}", "employeeId": "wang-mei-${run}"}}
  refused INVALID_FIELDS
specialist CreateOffer {"offerId": "mei-${run}", "offer": {"application": "${application.name}", "startDate": "${today+30d}",
  "superior": "${manager}", "payMinor": "5001713", "expireTime": "${now+10d}", "employeeId": "wang-mei-${run}"}}
  expect {"state": "STATE_DRAFT", "payBand": "positions/editor-${run}/payBands/first", "currencyCode": "${currency}"}
specialist UpdateOffer {"offer": {"name": "offers/mei-${run}", "payMinor": "5202719"}, "updateMask": "payMinor"}
specialist ApproveOffer {"name": "offers/mei-${run}"}
  refused OWN_PROPOSAL
manager ApproveOffer {"name": "offers/mei-${run}"}
analyst GetOffer {"name": "offers/mei-${run}"}
  refused NOT_FOUND
specialist GetOffer {"name": "offers/mei-${run}"}
  expect {"payMinor": "5202719", "approver": "${manager}"}
specialist ListOffers {"filter": "requisition = \"requisitions/editor-${run}\""}
  expect {"offers": [{"state": "STATE_APPROVED"}]}
specialist WithdrawOffer {"name": "offers/mei-${run}", "reason": "To be worded anew"}
specialist CreateOffer {"offerId": "mei-2-${run}", "offer": {"application": "${application.name}", "startDate": "${today+30d}",
  "superior": "${manager}", "payMinor": "5202719", "expireTime": "${now+10d}", "employeeId": "wang-mei-${run}"}}
manager ApproveOffer {"name": "offers/mei-2-${run}"}
specialist ExtendOffer {"name": "offers/mei-2-${run}"}
  expect {"state": "STATE_EXTENDED"}
specialist DeclineOffer {"name": "offers/mei-2-${run}", "reason": "The pay is too low"}
specialist CreateOffer {"offerId": "mei-3-${run}", "offer": {"application": "${application.name}", "startDate": "${today+30d}",
  "superior": "${manager}", "payMinor": "5907131", "expireTime": "${now+10d}", "employeeId": "wang-mei-${run}"}}
manager ApproveOffer {"name": "offers/mei-3-${run}"}
specialist ExtendOffer {"name": "offers/mei-3-${run}"}
specialist AcceptOffer {"name": "offers/mei-3-${run}"}
  expect {"state": "STATE_ACCEPTED"}
manager GetRequisition {"name": "requisitions/editor-${run}"}
  answer requisition
  expect {"acceptedSeats": 1}
analyst GetEncumbrance {"name": "${requisition.encumbrance}"}
  expect {"committedMinor": "6000000", "actualMinor": "300000", "preCommittedMinor": "200000"}
specialist MoveStart {"name": "offers/mei-3-${run}", "startDate": "${today+20d}"}
specialist StartEmployment {"name": "offers/mei-3-${run}"}
  expect {"state": "STATE_HIRED", "employee": "employees/wang-mei-${run}"}
analyst GetEmployee {"name": "employees/wang-mei-${run}"}
  expect {"displayName": "Wang Mei", "position": "positions/editor-${run}", "hireDate": "${today+20d}", "superior": "${manager}"}
specialist GetRequisition {"name": "requisitions/editor-${run}"}
  expect {"state": "STATE_FILLED", "hiredSeats": 1}
analyst GetEncumbrance {"name": "${requisition.encumbrance}"}
  expect {"committedMinor": "6000000", "actualMinor": "300000", "preCommittedMinor": "0"}
specialist ComputeHeadcount {"name": "positions/editor-${run}", "department": "operations", "date": "${today+20d}"}
  expect {"employed": 1, "uncovered": 0, "toOpen": 0}
[]
