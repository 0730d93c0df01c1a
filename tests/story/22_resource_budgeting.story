# Trees of who spends and on what, budgets below others, revisions, holds and the terms (S5, W8).

[aside]
analyst GetMoneyPolicy {"name": "moneyPolicies/default"}
  expect {"alertThresholdsBp": [8000, 9500, 10000], "version": 1}
manager CreateMoneyPolicy {"moneyPolicyId": "next-${run}", "moneyPolicy": {"reason": "Small excesses need no question", "closingDays": 10,
  "alertThresholdsBp": [8000, 9500, 10000], "excessBp": 200, "carry": "CARRY_SHARE", "startTime": "${now+300d}"}}
  refused INVALID_FIELDS
manager CreateMoneyPolicy {"moneyPolicyId": "next-${run}", "moneyPolicy": {"reason": "Small excesses need no question", "closingDays": 10,
  "alertThresholdsBp": [8000, 9500, 10000], "excessBp": 200, "carry": "CARRY_NONE", "startTime": "${now+300d}"}}
manager UpdateMoneyPolicy {"moneyPolicy": {"name": "moneyPolicies/next-${run}", "carry": "CARRY_SHARE", "carryShareBp": 5000},
  "updateMask": "carry,carryShareBp"}
manager PublishMoneyPolicy {"name": "moneyPolicies/next-${run}"}
  expect {"state": "STATE_PUBLISHED"}
analyst ListMoneyPolicies {"filter": "state = STATE_PUBLISHED"}
manager CreateMoneyPolicy {"moneyPolicyId": "slip-${run}", "moneyPolicy": {"reason": "A mistake", "carry": "CARRY_NONE"}}
manager DeleteMoneyPolicy {"name": "moneyPolicies/slip-${run}"}

specialist CreateCostCenter {"costCenterId": "division-${run}", "costCenter": {"displayName": "Division"}}
specialist CreateCostCenter {"costCenterId": "events-${run}", "costCenter": {"displayName": "Events", "parentCostCenter": "costCenters/division-${run}",
  "owner": "${manager}"}}
specialist UpdateCostCenter {"costCenter": {"name": "costCenters/division-${run}", "parentCostCenter": "costCenters/events-${run}"},
  "updateMask": "parentCostCenter"}
  refused INVALID_FIELDS
specialist UpdateCostCenter {"costCenter": {"name": "costCenters/events-${run}", "displayName": "Events and fairs"}, "updateMask": "displayName"}
specialist CreateCostCenter {"costCenterId": "mistake-${run}", "costCenter": {"displayName": "Devision"}}
specialist DeleteCostCenter {"name": "costCenters/mistake-${run}"}
specialist DeleteCostCenter {"name": "costCenters/division-${run}"}
  refused STILL_REFERRED
analyst GetCostCenter {"name": "costCenters/events-${run}"}
  expect {"parentCostCenter": "costCenters/division-${run}"}
analyst BatchGetCostCenters {"names": ["costCenters/events-${run}"]}
analyst ListCostCenters {"filter": "parent_cost_center = \"costCenters/division-${run}\""}
  expect {"costCenters": [{"displayName": "Events and fairs"}]}
specialist CreateExpenseAccount {"expenseAccountId": "travel-${run}", "expenseAccount": {"displayName": "Travel"}}
specialist CreateExpenseAccount {"expenseAccountId": "trains-${run}", "expenseAccount": {"displayName": "Trains",
  "parentAccount": "expenseAccounts/travel-${run}"}}
specialist UpdateExpenseAccount {"expenseAccount": {"name": "expenseAccounts/trains-${run}", "displayName": "Trains and trams"},
  "updateMask": "displayName"}
analyst GetExpenseAccount {"name": "expenseAccounts/trains-${run}"}
analyst ListExpenseAccounts {"filter": "parent_account = \"expenseAccounts/travel-${run}\""}
  expect {"expenseAccounts": [{"displayName": "Trains and trams"}]}

specialist CreateBudget {"budgetId": "division-${run}", "budget": {"displayName": "Division", "costCenter": "division-${run}",
  "startDate": "${month-1mo}", "endDate": "${month+2mo}", "currencyCode": "${currency}", "requestedMinor": 1000}}
manager ApproveBudget {"name": "budgets/division-${run}"}
specialist CreateBudget {"budgetId": "trips-${run}", "budget": {"displayName": "Trips to fairs", "costCenter": "events-${run}",
  "parentBudget": "budgets/division-${run}", "expenseAccount": "travel-${run}",
  "startDate": "${month-1mo}", "endDate": "${month+2mo}", "currencyCode": "${currency}", "requestedMinor": 800}}
manager ApproveBudget {"name": "budgets/trips-${run}"}
  expect {"ancestors": ["budgets/division-${run}"], "availableMinor": "800"}
specialist CreateEncumbrance {"encumbranceId": "office-${run}", "encumbrance": {"budget": "budgets/division-${run}", "subject": "${project}",
  "amountMinor": 700, "expireTime": "${now+2d}"}}
specialist CreateEncumbrance {"encumbranceId": "trip-${run}", "encumbrance": {"budget": "budgets/trips-${run}", "subject": "${project}",
  "amountMinor": 301, "expireTime": "${now+2d}"}}
  refused BUDGET_SHORT
specialist CreateEncumbrance {"encumbranceId": "trip-${run}", "encumbrance": {"budget": "budgets/trips-${run}", "subject": "${project}",
  "amountMinor": 200, "expireTime": "${now+2d}"}}
analyst FindCoveringBudget {"costCenter": "events-${run}", "expenseAccount": "trains-${run}"}
  expect {"levels": [{"budget": "budgets/trips-${run}", "availableMinor": "600"}, {"budget": "budgets/division-${run}", "availableMinor": "100"}],
    "availableMinor": "100"}
analyst FindCoveringBudget {"costCenter": "elsewhere-${run}", "expenseAccount": "trains-${run}"}
  refused NO_BUDGET
specialist CommitEncumbrance {"name": "encumbrances/trip-${run}", "amountMinor": 200}
specialist RaiseEncumbrance {"name": "encumbrances/trip-${run}", "amountMinor": 20}
  refused RAISE_LIMIT
specialist RecordActual {"name": "encumbrances/trip-${run}", "amountMinor": 220, "allowExcess": true}
  refused INVOICE_EXCEEDS_COMMITMENT
manager RaiseEncumbrance {"name": "encumbrances/trip-${run}", "amountMinor": 20}
  expect {"committedMinor": "220", "raisedMinor": "20"}
specialist RecordActual {"name": "encumbrances/trip-${run}", "amountMinor": 220, "allowExcess": true}
  expect {"state": "STATE_SETTLED"}
specialist CreditEncumbrance {"name": "encumbrances/trip-${run}", "amountMinor": 30}
  expect {"actualMinor": "190"}
specialist ReleaseEncumbrance {"name": "encumbrances/office-${run}"}

specialist CreateBudgetRevision {"parent": "budgets/trips-${run}", "budgetRevisionId": "less-${run}",
  "budgetRevision": {"amountMinor": 189, "reason": "Fewer fairs"}}
  refused BUDGET_BELOW_CONSUMED
specialist CreateBudgetRevision {"parent": "budgets/trips-${run}", "budgetRevisionId": "less-${run}",
  "budgetRevision": {"amountMinor": 400, "reason": "Fewer fairs"}}
manager ApproveBudgetRevision {"name": "budgets/trips-${run}/budgetRevisions/less-${run}"}
  expect {"version": "2", "previousMinor": "800", "decider": "${manager}"}
specialist CreateBudgetRevision {"parent": "budgets/trips-${run}", "budgetRevisionId": "more-${run}",
  "budgetRevision": {"amountMinor": 900, "reason": "More fairs"}}
manager RejectBudgetRevision {"name": "budgets/trips-${run}/budgetRevisions/more-${run}", "reason": "Not this year"}
specialist CreateBudgetRevision {"parent": "budgets/trips-${run}", "budgetRevisionId": "back-${run}",
  "budgetRevision": {"amountMinor": 800, "reason": "As before"}}
specialist WithdrawBudgetRevision {"name": "budgets/trips-${run}/budgetRevisions/back-${run}", "reason": "Not needed after all"}
analyst GetBudgetRevision {"name": "budgets/trips-${run}/budgetRevisions/back-${run}"}
  expect {"state": "STATE_WITHDRAWN"}
analyst ListBudgetRevisions {"parent": "budgets/trips-${run}", "filter": "state = STATE_APPROVED"}
  expect {"budgetRevisions": [{"amountMinor": "400"}]}

manager CreateBudgetHold {"budgetHoldId": "dispute-${run}", "budgetHold": {"budget": "budgets/trips-${run}", "amountMinor": 100,
  "reason": "The agency disputes its bill", "holder": "${specialist}", "expireTime": "${now+30d}"}}
  expect {"state": "STATE_ACTIVE"}
analyst ListBudgetHolds {"filter": "budget = \"budgets/trips-${run}\" AND state = STATE_ACTIVE"}
  expect {"budgetHolds": [{"amountMinor": "100"}]}
analyst BatchGetBudgets {"names": ["budgets/division-${run}"]}
  expect {"budgets": [{"name": "budgets/division-${run}"}]}
analyst GetBudget {"name": "budgets/division-${run}"}
  expect {"heldMinor": "100", "actualMinor": "190", "availableMinor": "710"}
manager ReleaseBudgetHold {"name": "budgetHolds/dispute-${run}", "reason": "Settled"}
analyst GetBudgetHold {"name": "budgetHolds/dispute-${run}"}
  expect {"state": "STATE_RELEASED"}
analyst ForecastBudget {"name": "budgets/division-${run}"}
  within 10
  expect {"limitMinor": "1000", "consumedMinor": "190", "byPlanMinor": "190"}
analyst ComputeBudgetVariance {"budgets": ["budgets/division-${run}", "budgets/trips-${run}"], "startDate": "${month-1mo}", "endDate": "${month+2mo}"}
  expect {"budgets": [{"total": {"actualMinor": "190"}}, {"total": {"actualMinor": "190"}}],
    "accounts": [{"total": {"actualMinor": "0"}}, {"total": {"plannedMinor": "400", "varianceMinor": "210"}}]}
manager VerifyLedgers {}
  expect {"discrepancies": []}
