# Goods and money are taken together, and an activity draws on what its project holds (W2, W5).

[aside]
specialist CreateItem {"itemId": "banner-${run}", "item": {"displayName": "Banner", "category": "${category}", "unit": "piece",
  "currencyCode": "${currency}", "custodian": "${specialist}"}}
specialist CreateGoodsReceipt {"goodsReceipt": {"supplier": "Formosa Print", "receiveDate": "${today}",
  "lines": [{"item": "items/banner-${run}", "quantity": 10, "unitCostMinor": 500}]}}
specialist CreateBudget {"budgetId": "tent-${run}", "budget": {"displayName": "Tent", "costCenter": "operations",
  "startDate": "${month-1mo}", "endDate": "${month+2mo}", "currencyCode": "${currency}", "requestedMinor": 1000}}
manager ApproveBudget {"name": "budgets/tent-${run}"}
specialist CreateAllotment {"allotmentId": "tent-${run}", "allotment": {"subject": "${project}", "expireTime": "${now+2d}",
  "materials": [{"item": "items/banner-${run}", "quantity": 11}], "money": [{"code": "rent", "budget": "budgets/tent-${run}", "amountMinor": 1001}]}}
  refused ALLOTMENT_SHORT
specialist CreateAllotment {"allotmentId": "tent-${run}", "allotment": {"subject": "${project}", "expireTime": "${now+2d}",
  "materials": [{"item": "items/banner-${run}", "quantity": 10}], "money": [{"code": "rent", "budget": "budgets/tent-${run}", "amountMinor": 900}]}}
  expect {"state": "STATE_HELD", "reservation": "*"}
specialist UpdateAllotment {"allotment": {"name": "allotments/tent-${run}",
  "money": [{"code": "rent", "budget": "budgets/tent-${run}", "amountMinor": 1000}]}, "updateMask": "money"}
specialist ConfirmAllotment {"name": "allotments/tent-${run}"}
  expect {"state": "STATE_CONFIRMED"}
specialist DrawAllotment {"name": "allotments/tent-${run}", "subject": "activities/tent-${run}", "allotmentId": "drawn-${run}",
  "materials": [{"item": "items/banner-${run}", "quantity": 4}], "money": [{"code": "rent", "amountMinor": 400}]}
  expect {"source": {"materials": [{"quantity": "6"}], "money": [{"amountMinor": "600"}]}, "allotment": {"source": "allotments/tent-${run}"}}
analyst GetAllotment {"name": "allotments/drawn-${run}"}
  expect {"subject": "activities/tent-${run}", "state": "STATE_CONFIRMED"}
analyst BatchGetAllotments {"names": ["allotments/drawn-${run}"]}
analyst ListAllotments {"filter": "subject = \"${project}\""}
  expect {"allotments": [{"name": "allotments/tent-${run}"}]}
specialist ReleaseAllotment {"name": "allotments/drawn-${run}", "reason": "It rains"}
specialist ReleaseAllotment {"name": "allotments/tent-${run}", "reason": "It rains"}
  expect {"state": "STATE_RELEASED"}
