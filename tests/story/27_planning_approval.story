# The approval of a plan takes all that its scheme demands, or nothing (W2); what it took goes back when the plan is void (W3).

[aside]
specialist CreateItem {"itemId": "lantern-${run}", "item": {"displayName": "Lantern", "category": "${category}", "unit": "piece",
  "currencyCode": "${currency}", "custodian": "${specialist}"}}
specialist CreateGoodsReceipt {"goodsReceipt": {"supplier": "Formosa Print", "receiveDate": "${today}",
  "lines": [{"item": "items/lantern-${run}", "quantity": 30, "unitCostMinor": 2000}]}}
specialist CreateBudget {"budgetId": "lantern-${run}", "budget": {"displayName": "Lanterns", "costCenter": "operations",
  "startDate": "${month-1mo}", "endDate": "${month+2mo-1d}", "currencyCode": "${currency}", "requestedMinor": 9000}}
manager ApproveBudget {"name": "budgets/lantern-${run}"}
specialist CreateProject {"projectId": "lantern-${run}", "project": {"title": "Lantern walk", "planPeriod": "${period}",
  "owner": "${specialist}", "startDate": "${today}", "endDate": "${today+14d}", "currencyCode": "${currency}",
  "objectives": [{"title": "Walkers", "metric": "walkers", "unit": "users", "baseline": 0, "target": 50, "targetDate": "${today+14d}"}]}}
specialist CreateTask {"parent": "projects/lantern-${run}", "taskId": "walk", "task": {"title": "Walk", "owner": "${manager}",
  "estimateHours": 4, "startDate": "${today}", "endDate": "${today+14d}"}}
specialist CreateScheme {"parent": "projects/lantern-${run}", "schemeId": "main", "scheme": {"title": "At dusk",
  "strategy": "A lantern for each family", "channels": [{"title": "Newsletter"}],
  "demand": {"items": [{"item": "items/lantern-${run}", "quantity": 31, "supply": "SUPPLY_STOCK"}],
    "money": [{"code": "oil", "budget": "budgets/lantern-${run}", "amountMinor": 9001}]},
  "cashFlows": [{"month": 0, "title": "Oil", "costMinor": 9000}, {"month": 1, "title": "Sales", "benefitMinor": 20000}]}}
specialist CreateCitation {"parent": "projects/lantern-${run}", "citationId": "walkers", "citation": {"researchItem": "${evidence}",
  "claim": "Those who watch shows walk as well"}}
specialist SubmitProject {"name": "projects/lantern-${run}"}
manager ApproveProject {"name": "projects/lantern-${run}"}
  refused DEMAND_SHORT
analyst GetProject {"name": "projects/lantern-${run}"}
  expect {"state": "STATE_SUBMITTED"}
specialist UpdateScheme {"scheme": {"name": "projects/lantern-${run}/schemes/main",
  "demand": {"items": [{"item": "items/lantern-${run}", "quantity": 30, "supply": "SUPPLY_STOCK"}],
    "money": [{"code": "oil", "budget": "budgets/lantern-${run}", "amountMinor": 9000}]}}, "updateMask": "demand"}
specialist SubmitProject {"name": "projects/lantern-${run}"}
manager ApproveProject {"name": "projects/lantern-${run}"}
  answer lantern
  expect {"state": "STATE_APPROVED", "allotment": "*"}
analyst ListProjectApprovals {"parent": "projects/lantern-${run}"}
  answer attempts
  expect {"projectApprovals": [{"state": "STATE_FAILED", "obstacles": [{"reason": "*"}, {"reason": "*"}]}, {"state": "STATE_SUCCEEDED"}]}
analyst GetProjectApproval {"name": "${attempts.projectApprovals.1.name}"}
  expect {"approver": "${manager}", "allotment": "${lantern.allotment}"}
manager GetStock {"name": "items/lantern-${run}/stock"}
  expect {"reserved": 30, "available": 0}
specialist CancelProject {"name": "projects/lantern-${run}", "reason": "It rains"}
  refused PERMISSION_DENIED
specialist ReviseProject {"name": "projects/lantern-${run}", "reason": "It rains"}
manager GetStock {"name": "items/lantern-${run}/stock"}
  within 10
  expect {"reserved": 0, "available": 30}
manager CancelProject {"name": "projects/lantern-${run}", "reason": "It rains"}
