# A gift through its year, in five roles: proposed when it runs short, asked for, approved, ordered abroad, delivered in parts, billed too
# dear, taken by a launch, used in the order in which it expires, brought back, counted, handed on by who leaves, and closed with books that
# add up (S1 to S5, W2, W7, W8, W14).

milestone YEAR

[materials]
chapter 16. A gift through its year | 16. 一份禮品的一年

person keeper SPECIALIST employees/mao-${run}
  title Mao Lin, who keeps the tea, | 茶葉保管人毛琳
let tea items/tea-${run}
let grower suppliers/grower-${run}
let teaOrder purchaseOrders/tea-${run}
let teaBudget budgets/tea-${run}
let teaParty activities/tea-party-${run}
title ${tea} | tins of tea | 茶葉罐
title ${teaBudget} | budget “Tea” | 預算「茶葉」
title ${teaParty} | activity “Tea party” | 活動「茶會」

# Of 25 tins five are left.
manager CreateEmployee {"employeeId": "${keeper:id}", "employee": {"displayName": "Mao Lin", "position": "${position}",
  "department": "operations", "hireDate": "${today-300d}", "superior": "${specialist}"}}
specialist CreateItemCategory {"itemCategoryId": "tea-${run}", "itemCategory": {"displayName": "Tea",
  "rules": {"usage": "USAGE_CONSUMABLE", "tracking": "TRACKING_LOT", "valuation": "VALUATION_FIFO", "expenseAccount": "6120"}}}
specialist CreateItem {"itemId": "${tea:id}", "item": {"displayName": "Tin of tea", "category": "itemCategories/tea-${run}",
  "unit": "tin", "currencyCode": "${currency}", "custodian": "${keeper}", "units": [{"unit": "case", "numerator": "6", "denominator": "1"}]}}
specialist CreateSupplier {"supplierId": "${grower:id}", "supplier": {"displayName": "Alishan Growers ${run}"}}
specialist CreateSupplierPrice {"parent": "${grower}", "supplierPriceId": "case", "supplierPrice": {"item": "${tea}", "unit": "case",
  "currencyCode": "${currency}", "priceQuantity": "1", "minimumQuantity": "1", "leadDays": 6, "validFrom": "${month-1mo}",
  "breaks": [{"fromQuantity": "1", "priceMinor": "66000"}]}}
specialist CreateGoodsReceipt {"goodsReceipt": {"supplier": "Alishan Growers", "vendor": "${grower}", "receiveDate": "${month-1mo}",
  "lines": [{"item": "${tea}", "quantity": "25", "costMinor": "250000", "lotCode": "OLD", "expiryDate": "${today+200d}"}]}}
specialist CreateReservation {"reservationId": "tea-${day}-${run}", "reservation": {"subject": "activities/tastings-${run}",
  "expireTime": "${now+2d}", "lines": [{"item": "${tea}", "quantity": "${quantity}", "needDate": "${today+1d}"}]}}
  each day,quantity 3,6 10,4 17,5 24,5
specialist ConfirmReservation {"name": "reservations/tea-${day}-${run}"}
  each day 3 10 17 24
specialist IssueReservation {"name": "reservations/tea-${number}-${run}", "businessDate": "${day}",
  "lines": [{"item": "${tea}", "quantity": "${quantity}"}]}
  each number,day,quantity 3,${month-1mo+2d},6 10,${month-1mo+9d},4 17,${month-1mo+16d},5 24,${month-1mo+23d},5
manager CreateReorderPolicy {"reorderPolicyId": "tea-${run}", "reorderPolicy": {"reason": "What an order and a shelf cost",
  "period": "PERIOD_DAY", "historyDays": 91, "sizeSmoothingBp": 1000, "intervalSmoothingBp": 1000, "regularIntervalHundredths": 132,
  "staleIntervals": 3, "serviceLevelBp": 9500, "reviewDays": 1, "orderCostMinor": "50000", "currencyCode": "${currency}",
  "leastDeliveries": 3, "deliveryDays": 730, "holdingBp": 2000}}
manager PublishReorderPolicy {"name": "reorderPolicies/tea-${run}"}
specialist CreateReorderTerm {"reorderTermId": "tea-${run}", "reorderTerm": {"item": "${tea}", "supplier": "${grower}", "unit": "case"}}
analyst ComputeReorder {"name": "${tea}"}
  answer judged
  expect {"verdicts": [{"outcome": "OUTCOME_PROPOSED"}]}
specialist ProposeReorder {"name": "${tea}"}
  answer proposed
  expect {"verdicts": [{"proposal": "*"}]}
  say Of 25 tins of tea five are left: ${proposed.verdicts.0.quantity} are proposed, with every figure behind it. |
    25 罐茶葉只剩 5 罐：系統建議訂購 ${proposed.verdicts.0.quantity} 罐，並列出每一項依據。

# Asked for and approved by two people.
specialist CreateBudget {"budgetId": "${teaBudget:id}", "budget": {"displayName": "Tea", "costCenter": "tea-${run}",
  "startDate": "${month-1mo}", "endDate": "${month+2mo}", "currencyCode": "${currency}", "requestedMinor": 3000000}}
manager ApproveBudget {"name": "${teaBudget}"}
specialist AcceptReorderProposal {"name": "${proposed.verdicts.0.proposal}", "costCenter": "tea-${run}"}
  answer accepted
  expect {"state": "STATE_ACCEPTED", "requisition": "*"}
specialist GetPurchaseRequisition {"name": "${accepted.requisition}"}
  answer asked
  expect {"state": "STATE_SUBMITTED", "lines": [{"budget": "${teaBudget}", "bookedMinor": "*"}]}
specialist ApprovePurchaseRequisition {"name": "${accepted.requisition}"}
  refused PERMISSION_DENIED
  say ${specialist:title} would like to approve what she asked for | ${specialist:title}想核准自己提出的請購
manager ApprovePurchaseRequisition {"name": "${accepted.requisition}", "remark": "The party is in two weeks"}
  expect {"state": "STATE_APPROVED"}
  say The requisition sets ${asked.lines.0.bookedMinor:money} aside, and ${manager:title} approves it. |
    請購單預留 ${asked.lines.0.bookedMinor:money}，由${manager:title}核准。

# Ordered in dollars: 24 tins at USD 3.00, which are 72.00 at 32.415.
specialist CreateExchangeRate {"exchangeRateId": "tea-${run}", "exchangeRate": {"currencyCode": "USD", "quoteCurrencyCode": "TWD",
  "rateDate": "${today-1d}", "rate": "32.415", "source": "Bank of Taiwan, spot selling"}}
specialist CreatePurchaseOrder {"purchaseOrderId": "${teaOrder:id}", "purchaseOrder": {"supplier": "${grower}", "currencyCode": "USD",
  "expectedDate": "${today+6d}", "lines": [{"item": "${tea}", "quantity": "24", "totalMinor": 7200,
    "allocations": [{"requisition": "${accepted.requisition}", "line": 1, "quantity": "24"}]}]}}
  answer ordered
  expect {"state": "STATE_PLACED", "lines": [{"allocations": [{"bookedMinor": "233388", "currencyCode": "TWD"}]}]}
  say 24 tins are ordered at three dollars each; ${ordered.lines.0.allocations.0.bookedMinor:money} are committed at today's rate. |
    以每罐三美元訂購 24 罐，按當日匯率承諾 ${ordered.lines.0.allocations.0.bookedMinor:money}。

# Delivered in two parts, the first with dented tins.
specialist CreateDelivery {"deliveryId": "tea-first-${run}", "delivery": {"purchaseOrder": "${teaOrder}", "deliveryNote": "A-1",
  "receiveDate": "${today}", "location": "locations/quarantine", "lines": [{"orderLine": 1, "quantity": "14"}]}}
specialist InspectDelivery {"name": "deliveries/tea-first-${run}", "inspections": [{"line": 1, "acceptedQuantity": "12", "rejectedQuantity": "2",
  "reason": "Dented", "evidence": ["photos/dents.jpg"], "lotCode": "NEW", "expiryDate": "${today+300d}"}]}
  expect {"state": "STATE_INSPECTED"}
specialist SendBackDelivery {"name": "deliveries/tea-first-${run}", "reference": "Parcel 9"}
  expect {"state": "STATE_DONE"}
specialist CreateDelivery {"deliveryId": "tea-second-${run}", "delivery": {"purchaseOrder": "${teaOrder}", "deliveryNote": "A-2",
  "receiveDate": "${today}", "location": "locations/quarantine", "lines": [{"orderLine": 1, "quantity": "12"}]}}
specialist InspectDelivery {"name": "deliveries/tea-second-${run}", "inspections": [{"line": 1, "acceptedQuantity": "12",
  "lotCode": "NEWER", "expiryDate": "${today+330d}"}]}
  expect {"state": "STATE_DONE"}
analyst GetStock {"name": "${tea}/stock"}
  expect {"onHand": "29"}

# Billed a dollar too dear: the match holds it until somebody with the limit raises what was committed.
specialist CreateSupplierInvoice {"supplierInvoiceId": "tea-${run}", "supplierInvoice": {"kind": "KIND_INVOICE",
  "supplier": "${grower}", "number": "AG-1", "invoiceDate": "${today}", "currencyCode": "USD",
  "lines": [{"purchaseOrder": "${teaOrder}", "orderLine": 1, "quantity": "24", "amountMinor": 7300}]}}
specialist BookSupplierInvoice {"name": "supplierInvoices/tea-${run}"}
  refused INVOICE_EXCEEDS_COMMITMENT
  say The growers bill a dollar more than was agreed | 茶農的發票比約定多一美元
manager RaisePurchaseOrder {"name": "${teaOrder}", "line": 1, "amountMinor": 3242, "reason": "Customs"}
specialist BookSupplierInvoice {"name": "supplierInvoices/tea-${run}"}
  answer billed
  expect {"state": "STATE_BOOKED"}
analyst GetBudget {"name": "${teaBudget}"}
  answer paid
  expect {"actualMinor": "236630"}
  say ${manager:title} raises the commitment for customs; ${paid.actualMinor:money} are booked. |
    ${manager:title}為關稅提高承諾金額，入帳 ${paid.actualMinor:money}。

# A launch takes goods and money at once.
specialist CreateActivity {"activityId": "${teaParty:id}", "activity": {"title": "Tea party", "project": "${project}", "scheme": "${scheme}",
  "owner": "${specialist}", "startTime": "${now-1m}", "endTime": "${now+2d}", "timeZone": "Asia/Taipei", "budget": "${teaBudget}",
  "budgetAmountMinor": "100000", "billOfMaterials": [{"item": "${tea}", "quantity": 20}],
  "staff": [{"employee": "${specialist}", "role": "host"}]}}
specialist PrepareActivity {"name": "${teaParty}"}
specialist CreatePreparationItem {"parent": "${teaParty}", "preparationItemId": "tables", "preparationItem": {
  "title": "Lay the tables", "kind": "KIND_OTHER", "owner": "${specialist}", "dueTime": "${now+1d}"}}
specialist CompletePreparationItem {"name": "${teaParty}/preparationItems/tables"}
specialist MarkActivityReady {"name": "${teaParty}"}
manager CreateWaiver {"parent": "${teaParty}", "waiverId": "thanks", "waiver": {"precondition": "PRECONDITION_PLAN_APPROVED",
  "reason": "It thanks those who have carried the project out.", "expireTime": "${now+1d}"}}
manager LaunchActivity {"name": "${teaParty}"}
  answer party
  expect {"state": "STATE_LIVE", "reservation": "*", "encumbrance": "*"}
  say The tea party is launched: 20 tins and ${party.budgetAmountMinor:money} are its own. | 茶會上線：20 罐茶葉與
    ${party.budgetAmountMinor:money} 歸其使用。

# What expires first goes first; what comes back goes to where it came from.
specialist IssueReservation {"name": "${party.reservation}", "lines": [{"item": "${tea}", "quantity": "10"}]}
analyst TraceSubject {"subject": "${teaParty}"}
  answer used
  expect {"uses": [{"item": "${tea}", "lot": "*"}, {"item": "${tea}", "lot": "*"}]}
  say Ten tins are issued from two lots, what expires first before the rest. | 依效期先後，自兩個批次領用十罐。
specialist TakeBackReservation {"name": "${party.reservation}", "lines": [{"item": "${tea}", "quantity": "3", "condition": "RETURN_CONDITION_GOOD"}]}
specialist RecordActual {"name": "${party.encumbrance}", "amountMinor": 90000}
manager EndActivity {"name": "${teaParty}", "reason": "The pot is empty"}
analyst GetStock {"name": "${tea}/stock"}
  answer rest
  within 10
  expect {"onHand": "22", "reserved": "0"}

# Counted blind, and booked by somebody else.
specialist CreateStockCount {"stockCountId": "tea-${run}", "stockCount": {"location": "locations/main", "items": ["${tea}"]}}
  answer sheet
specialist RecordStockCount {"name": "stockCounts/tea-${run}", "found": [
  {"item": "${tea}", "lot": "${sheet.lines.0.lot}", "quantity": "9"}, {"item": "${tea}", "lot": "${sheet.lines.1.lot}", "quantity": "12"}]}
manager PostStockCount {"name": "stockCounts/tea-${run}", "reason": "One tin is missing"}
  expect {"state": "STATE_POSTED", "poster": "*"}

# Who leaves hands the keys on, with a count to confirm.
manager TerminateEmployee {"name": "${keeper}", "leaveDate": "${today-1d}"}
analyst ListCustodyCounts {"filter": "item = \"${tea}\" AND state = STATE_OPEN"}
  answer keys
  within 10
  expect {"custodyCounts": [{"giver": "${keeper}", "custodian": "*", "dueTime": "*"}]}
analyst GetItem {"name": "${tea}"}
  expect {"custodian": "${keys.custodyCounts.0.custodian}"}
  say ${keeper:title} has left: the tea has a new keeper at once, who is to count it. | ${keeper:title}離職：茶葉即刻有新的保管人，並須盤點確認。

# The books of the year.
analyst ComputeBudgetVariance {"budgets": ["${teaBudget}"], "startDate": "${month-1mo}", "endDate": "${month+2mo}"}
  expect {"budgets": [{"total": {"plannedMinor": "3000000", "actualMinor": "326630"}}]}
analyst ComputeStockReport {"scope": {"startDate": "${month-1mo}", "endDate": "${today}", "item": "${tea}"}, "keys": ["STOCK_REPORT_KEY_SUBJECT"]}
  answer report
technician CreateExpenseClaim {"expenseClaimId": "tea-water-${run}", "expenseClaim": {"purpose": "Water for the party", "costCenter": "tea-${run}", "lines": [
    {"date": "${today}", "expenseAccount": "samples", "amountMinor": 3000, "currencyCode": "${currency}",
      "receipt": {"vendor": "Spring ${run}", "number": "W-${run}", "date": "${today}", "totalMinor": 3000, "fileSha256": "${tea:sha256}"}}]}}
technician SubmitExpenseClaim {"name": "expenseClaims/tea-water-${run}"}
manager CloseBudget {"name": "${teaBudget}"}
  refused BUDGET_IN_USE
  say ${manager:title} closes the year while a claim is open | 仍有未結的報銷時，${manager:title}試圖結帳
manager ApproveExpenseClaim {"name": "expenseClaims/tea-water-${run}"}
manager PayExpenseClaim {"name": "expenseClaims/tea-water-${run}", "paymentReference": "T-2"}
specialist ClosePurchaseRequisition {"name": "${accepted.requisition}", "reason": "Enough for this year"}
manager CloseBudget {"name": "${teaBudget}"}
  answer closed
  expect {"state": "STATE_CLOSED", "actualMinor": "329630", "committedMinor": "0", "preCommittedMinor": "0"}
manager WithdrawExchangeRate {"name": "exchangeRates/tea-${run}", "reason": "The bank has corrected it"}
manager VerifyLedgers {}
  expect {"discrepancies": []}
  say The year is closed: ${closed.actualMinor:money} were spent, nothing is held, and every balance is the sum of its ledger. |
    年度結帳：支出 ${closed.actualMinor:money}，無任何保留，所有餘額皆等於帳目總和。
[]
