# Safe stock at least cost (S4): what is used up is proposed to be ordered, with every figure, and a person decides.

[aside]
specialist CreateItemCategory {"itemCategoryId": "restocked-${run}", "itemCategory": {"displayName": "Gifts that are restocked",
  "rules": {"expenseAccount": "6120"}}}
specialist CreateSupplier {"supplierId": "potter-${run}", "supplier": {"displayName": "Yingge Pottery"}}
specialist CreateItem {"itemId": "${thing}-${run}", "item": {"displayName": "${thing}", "category": "itemCategories/restocked-${run}",
  "unit": "piece", "currencyCode": "${currency}", "custodian": "${specialist}", "units": [{"unit": "box", "numerator": "6", "denominator": "1"}]}}
  each thing cup bowl
specialist CreateSupplierPrice {"parent": "suppliers/potter-${run}", "supplierPriceId": "${thing}", "supplierPrice": {"item": "items/${thing}-${run}",
  "unit": "box", "currencyCode": "${currency}", "priceQuantity": "1", "minimumQuantity": "1", "leadDays": 6, "validFrom": "${month-1mo}",
  "breaks": [{"fromQuantity": "1", "priceMinor": "60000"}, {"fromQuantity": "20", "priceMinor": "57000"}]}}
  each thing cup bowl

# What orders and keeping cost is said by people, not guessed.
specialist CreateReorderPolicy {"reorderPolicyId": "costs-${run}", "reorderPolicy": {"reason": "What an order and a shelf cost",
  "period": "PERIOD_DAY", "historyDays": 91, "sizeSmoothingBp": 1000, "intervalSmoothingBp": 1000, "regularIntervalHundredths": 132,
  "staleIntervals": 3, "serviceLevelBp": 9500, "reviewDays": 1, "orderCostMinor": "50000", "currencyCode": "${currency}",
  "leastDeliveries": 3, "deliveryDays": 730}}
specialist UpdateReorderPolicy {"reorderPolicy": {"name": "reorderPolicies/costs-${run}", "holdingBp": 2000}, "updateMask": "holding_bp"}
specialist PublishReorderPolicy {"name": "reorderPolicies/costs-${run}"}
  refused PERMISSION_DENIED
manager PublishReorderPolicy {"name": "reorderPolicies/costs-${run}"}
  expect {"state": "STATE_PUBLISHED"}
analyst GetReorderPolicy {"name": "reorderPolicies/default"}
  expect {"serviceLevelBp": 9500, "version": 1}
analyst ListReorderPolicies {"filter": "state = STATE_PUBLISHED"}
specialist CreateReorderPolicy {"reorderPolicyId": "mistake-${run}", "reorderPolicy": {"reason": "A mistake", "period": "PERIOD_WEEK",
  "historyDays": 91, "sizeSmoothingBp": 1000, "intervalSmoothingBp": 1000, "regularIntervalHundredths": 132, "staleIntervals": 3,
  "serviceLevelBp": 9500, "leastDeliveries": 3, "deliveryDays": 730}}
specialist DeleteReorderPolicy {"name": "reorderPolicies/mistake-${run}"}
specialist CreateReorderTerm {"reorderTermId": "${thing}-${run}", "reorderTerm": {"item": "items/${thing}-${run}",
  "supplier": "suppliers/potter-${run}", "unit": "box"}}
  each thing cup bowl
specialist UpdateReorderTerm {"reorderTerm": {"name": "reorderTerms/cup-${run}", "packQuantity": "2"}, "updateMask": "pack_quantity"}
  expect {"packQuantity": "2"}
analyst ComputeReorder {"name": "items/cup-${run}"}
  expect {"verdicts": [{"outcome": "OUTCOME_INCOMPLETE", "gaps": ["REORDER_GAP_DEMAND"]}]}

# Of 25 five are left.
specialist CreateGoodsReceipt {"goodsReceipt": {"supplier": "Yingge Pottery", "vendor": "suppliers/potter-${run}", "receiveDate": "${month-1mo}",
  "lines": [{"item": "items/${thing}-${run}", "quantity": "25", "costMinor": "250000"}]}}
  each thing cup bowl
specialist CreateReservation {"reservationId": "${thing}-${use}-${run}", "reservation": {"subject": "activities/tea-${run}",
  "expireTime": "${now+2d}", "lines": [{"item": "items/${thing}-${run}", "quantity": "${quantity}"}]}}
  each thing,use,quantity cup,first,6 cup,second,4 cup,third,5 cup,fourth,5 bowl,first,6 bowl,second,4 bowl,third,5 bowl,fourth,5
specialist ConfirmReservation {"name": "reservations/${thing}-${use}-${run}"}
  each thing,use cup,first cup,second cup,third cup,fourth bowl,first bowl,second bowl,third bowl,fourth
specialist IssueReservation {"name": "reservations/${thing}-${use}-${run}", "businessDate": "${day}",
  "lines": [{"item": "items/${thing}-${run}", "quantity": "${quantity}"}]}
  each thing,use,quantity,day cup,first,6,${month-1mo+2d} cup,second,4,${month-1mo+9d} cup,third,5,${month-1mo+16d} cup,fourth,5,${month-1mo+23d}
    bowl,first,6,${month-1mo+2d} bowl,second,4,${month-1mo+9d} bowl,third,5,${month-1mo+16d} bowl,fourth,5,${month-1mo+23d}
analyst ComputeReorder {"name": "items/cup-${run}"}
  expect {"verdicts": [{"outcome": "OUTCOME_PROPOSED", "orderQuantity": "*", "figures": {"meanInterval": 5.5, "usable": "5", "packQuantity": "12"}}]}
specialist ProposeReorder {"name": "items/cup-${run}"}
  answer cups
  expect {"verdicts": [{"outcome": "OUTCOME_PROPOSED", "proposal": "*"}]}
specialist ProposeReorder {"name": "items/bowl-${run}"}
  answer bowls
analyst GetReorderProposal {"name": "${cups.verdicts.0.proposal}"}
  expect {"state": "STATE_OPEN", "supplier": "suppliers/potter-${run}", "unit": "box", "orderQuantity": "${cups.verdicts.0.orderQuantity}"}
analyst ListReorderProposals {"filter": "item = \"items/cup-${run}\" AND state = STATE_OPEN"}
  expect {"reorderProposals": [{"reorderTerm": "reorderTerms/cup-${run}"}]}
analyst GetReorderTerm {"name": "reorderTerms/cup-${run}"}
  expect {"outcome": "OUTCOME_PROPOSED", "proposal": "${cups.verdicts.0.proposal}"}
analyst ListReorderTerms {"filter": "supplier = \"suppliers/potter-${run}\""}

# One becomes a requisition, the other is not wanted now.
specialist CreateBudget {"budgetId": "restocking-${run}", "budget": {"displayName": "Restocking", "costCenter": "restocking-${run}",
  "startDate": "${month-1mo}", "endDate": "${month+2mo}", "currencyCode": "${currency}", "requestedMinor": 100000000}}
manager ApproveBudget {"name": "budgets/restocking-${run}"}
specialist AcceptReorderProposal {"name": "${cups.verdicts.0.proposal}", "costCenter": "restocking-${run}"}
  answer accepted
  expect {"state": "STATE_ACCEPTED", "requisition": "*"}
analyst ComputeReorder {"name": "items/cup-${run}"}
  expect {"verdicts": [{"outcome": "OUTCOME_ENOUGH", "figures": {"onOrder": "${cups.verdicts.0.quantity}"}}]}
specialist DismissReorderProposal {"name": "${bowls.verdicts.0.proposal}", "reason": "The potter brings a new shape", "quietUntil": "${today+7d}"}
  expect {"state": "STATE_DISMISSED"}
specialist DeleteReorderTerm {"name": "reorderTerms/bowl-${run}"}
analyst ComputeSupplierStatistics {"name": "suppliers/potter-${run}", "startDate": "${month-1mo}"}
[]
