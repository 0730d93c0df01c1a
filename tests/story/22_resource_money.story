# The money is asked for and approved by somebody else (S5).

specialist CreateBudget {"budgetId": "${budget:id}", "budget": {"displayName": "Winter activities", "costCenter": "operations",
  "startDate": "${month-1mo}", "endDate": "${month+2mo}", "currencyCode": "${currency}", "requestedMinor": "${requestedBudget}"}}

[trouble]
specialist ApproveBudget {"name": "${budget}"}
  refused PERMISSION_DENIED
  say ${specialist:title} drafts a budget and tries to approve it herself | ${specialist:title}起草預算並試圖自行核准

[budget approval]
manager ApproveBudget {"name": "${budget}"}
  answer approvedBudget
  expect {"state": "STATE_APPROVED", "approvedMinor": "${requestedBudget}", "availableMinor": "${requestedBudget}"}
  say ${manager:title} approves the budget: ${approvedBudget.approvedMinor:money}, of which ${approvedBudget.availableMinor:money} is
    available. |
    ${manager:title}核准預算：${approvedBudget.approvedMinor:money}，其中可用 ${approvedBudget.availableMinor:money}。

[aside]
specialist CreateBudget {"budgetId": "rest-${run}", "budget": {"displayName": "What was left of autumn", "costCenter": "operations",
  "startDate": "${month-1mo}", "endDate": "${month+2mo}", "currencyCode": "${currency}", "requestedMinor": 1000}}
specialist UpdateBudget {"budget": {"name": "budgets/rest-${run}", "requestedMinor": 2000}, "updateMask": "requestedMinor"}
manager ApproveBudget {"name": "budgets/rest-${run}"}
specialist CreateBudget {"budgetId": "spare-${run}", "budget": {"displayName": "Spare", "costCenter": "operations",
  "startDate": "${month-1mo}", "endDate": "${month+2mo}", "currencyCode": "${currency}", "requestedMinor": 1000}}
manager ApproveBudget {"name": "budgets/spare-${run}"}
specialist CreateEncumbrance {"encumbranceId": "balloons-${run}", "encumbrance": {"budget": "budgets/rest-${run}", "subject": "${project}",
  "amountMinor": 500, "expireTime": "${now+2d}"}}
  expect {"state": "STATE_PRE_COMMITTED"}
specialist CommitEncumbrance {"name": "encumbrances/balloons-${run}", "amountMinor": 400}
specialist RecordActual {"name": "encumbrances/balloons-${run}", "amountMinor": 100}
specialist ReleaseEncumbrance {"name": "encumbrances/balloons-${run}"}
analyst BatchGetEncumbrances {"names": ["encumbrances/balloons-${run}"]}
  expect {"encumbrances": [{"name": "encumbrances/balloons-${run}"}]}
analyst GetEncumbrance {"name": "encumbrances/balloons-${run}"}
  expect {"actualMinor": "100", "committedMinor": "0"}
analyst ListEncumbrances {"filter": "budget = \"budgets/rest-${run}\""}
  expect {"encumbrances": [{"subject": "${project}"}]}
manager TransferBudget {"name": "budgets/rest-${run}", "target": "budgets/spare-${run}", "amountMinor": 1900, "reason": "Not needed"}
manager CloseBudget {"name": "budgets/rest-${run}"}
analyst GetBudget {"name": "budgets/spare-${run}"}
  expect {"approvedMinor": "1000", "transferredMinor": "1900", "availableMinor": "2900"}
analyst ListBudgets {"filter": "cost_center = \"operations\""}
analyst ListBudgetEntries {"parent": "budgets/rest-${run}"}
  answer entries
analyst GetBudgetEntry {"name": "${entries.budgetEntries.0.name}"}
  expect {"budget": "budgets/rest-${run}"}
manager VerifyLedgers {}
  expect {"discrepancies": []}
analyst resource.ListEvents {"subject": "${budget}"}
engineer resource.ListFollowers {}
manager resource.HandOver {"resource": "${poster}", "field": "custodian", "employee": "${specialist}", "successor": "${manager}",
  "reason": "They lie in her cupboard"}
manager resource.HandOver {"resource": "${poster}", "field": "custodian", "employee": "${manager}", "successor": "${specialist}",
  "reason": "They do not any more"}
engineer resource.ListExcessRoles {}
engineer resource.ListHoldings {"employee": "${manager}"}
