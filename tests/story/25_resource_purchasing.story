# What is not there is bought: asked for, approved, ordered, inspected and paid (S4, S5).

let dock locations/dock-${run}
let bags items/bag-${run}
let order purchaseOrders/bags-${run}

[purchasing]
specialist CreateLocation {"locationId": "${dock:id}", "location": {"displayName": "Unloading dock", "kind": "KIND_QUARANTINE"}}
specialist CreateItemCategory {"itemCategoryId": "bags-${run}", "itemCategory": {"displayName": "Bags", "rules": {"expenseAccount": "6120"}}}
specialist CreateItem {"itemId": "${bags:id}", "item": {"displayName": "Tote bag", "category": "itemCategories/bags-${run}",
  "unit": "piece", "currencyCode": "${currency}", "custodian": "${specialist}",
  "units": [{"unit": "carton", "numerator": "50", "denominator": "1"}]}}
specialist CreateSupplier {"supplierId": "weaver-${run}", "supplier": {"displayName": "Formosa Weaver"}}
specialist CreateBudget {"budgetId": "purchases-${run}", "budget": {"displayName": "Purchases", "costCenter": "purchases-${run}",
  "startDate": "${month-1mo}", "endDate": "${month+2mo}", "currencyCode": "${currency}", "requestedMinor": 30000000}}
manager ApproveBudget {"name": "budgets/purchases-${run}"}
technician CreatePurchaseRequisition {"purchaseRequisitionId": "bags-${run}", "purchaseRequisition": {"purpose": "Bags for the fair",
  "costCenter": "purchases-${run}", "subject": "${project}", "needDate": "${today+20d}", "lines": [{"item": "${bags}", "quantity": "2",
    "unit": "carton", "supplier": "suppliers/weaver-${run}", "estimateMinor": 1000000, "currencyCode": "${currency}"}]}}
  expect {"lines": [{"quantity": "100", "enteredQuantity": "2", "expenseAccount": "6120"}]}
technician SubmitPurchaseRequisition {"name": "purchaseRequisitions/bags-${run}", "approver": "${manager}"}
  answer wanted
  expect {"state": "STATE_SUBMITTED", "lines": [{"budget": "budgets/purchases-${run}", "bookedMinor": "1000000", "encumbrance": "*"}]}
  say ${technician:title} asks for ${wanted.lines.0.quantity} tote bags; ${wanted.lines.0.bookedMinor:money} are set aside at once. |
    ${technician:title}請購 ${wanted.lines.0.quantity} 個帆布袋，系統立即保留 ${wanted.lines.0.bookedMinor:money}。
manager ApprovePurchaseRequisition {"name": "purchaseRequisitions/bags-${run}", "remark": "They are carried for years"}
  expect {"state": "STATE_APPROVED", "approvals": [{"approver": "${manager}", "countedMinor": "1000000",
    "policy": "purchasePolicies/default"}]}
specialist CreatePurchaseOrder {"purchaseOrderId": "${order:id}", "purchaseOrder": {"supplier": "suppliers/weaver-${run}",
  "currencyCode": "${currency}", "expectedDate": "${today+10d}", "lines": [{"item": "${bags}", "quantity": "100", "totalMinor": 950000,
    "allocations": [{"requisition": "purchaseRequisitions/bags-${run}", "line": 1, "quantity": "100"}]}]}}
  expect {"state": "STATE_PLACED", "buyer": "${specialist}", "lines": [{"allocations": [{"bookedMinor": "950000",
    "currencyCode": "${currency}"}]}]}
specialist CreateDelivery {"deliveryId": "bags-${run}", "delivery": {"purchaseOrder": "${order}", "deliveryNote": "W-7",
  "receiveDate": "${today}", "location": "${dock}", "lines": [{"orderLine": 1, "quantity": "80"}]}}
  expect {"state": "STATE_UNINSPECTED", "supplier": "suppliers/weaver-${run}"}
specialist InspectDelivery {"name": "deliveries/bags-${run}", "inspections": [{"line": 1, "acceptedQuantity": "75", "rejectedQuantity": "5",
  "reason": "Torn seams", "evidence": ["photos/seams.jpg"]}]}
  answer inspected
  expect {"state": "STATE_INSPECTED", "inspections": [{"goodsReceipt": "*", "costMinor": "712500", "inspector": "${specialist}"}]}
  say Of ${inspected.lines.0.quantity} bags that come, ${inspected.lines.0.rejectedQuantity} are torn: ${inspected.lines.0.acceptedQuantity}
    enter the stock, the others go back. |
    到貨 ${inspected.lines.0.quantity} 個，其中 ${inspected.lines.0.rejectedQuantity} 個破損退回；驗收入庫
    ${inspected.lines.0.acceptedQuantity} 個。
specialist SendBackDelivery {"name": "deliveries/bags-${run}", "reference": "Parcel 4711"}
  expect {"state": "STATE_DONE", "lines": [{"sentBackQuantity": "5"}]}
specialist CreateSupplierInvoice {"supplierInvoiceId": "bags-80-${run}", "supplierInvoice": {"kind": "KIND_INVOICE",
  "supplier": "suppliers/weaver-${run}", "number": "WV-80", "invoiceDate": "${today}", "currencyCode": "${currency}",
  "lines": [{"purchaseOrder": "${order}", "orderLine": 1, "quantity": "80", "amountMinor": 760000}]}}

[trouble]
specialist BookSupplierInvoice {"name": "supplierInvoices/bags-80-${run}"}
  refused INVOICE_MISMATCH
  say The supplier bills all of them | 供應商依全數請款

[purchasing]
specialist CancelSupplierInvoice {"name": "supplierInvoices/bags-80-${run}", "reason": "Only 75 were accepted"}
specialist CreateSupplierInvoice {"supplierInvoiceId": "bags-${run}", "supplierInvoice": {"kind": "KIND_INVOICE",
  "supplier": "suppliers/weaver-${run}", "number": "WV-81", "invoiceDate": "${today}", "currencyCode": "${currency}",
  "lines": [{"purchaseOrder": "${order}", "orderLine": 1, "quantity": "75", "amountMinor": 712600}]}}
specialist BookSupplierInvoice {"name": "supplierInvoices/bags-${run}"}
  refused INVOICE_EXCEEDS_COMMITMENT
  say The right invoice is a dollar dearer than what was promised | 更正後的發票比承諾金額多一元
manager RaisePurchaseOrder {"name": "${order}", "line": 1, "amountMinor": 1000, "reason": "Postage"}
  expect {"lines": [{"allocations": [{"raisedMinor": "1000"}]}]}
specialist BookSupplierInvoice {"name": "supplierInvoices/bags-${run}"}
  answer booked
  expect {"state": "STATE_BOOKED", "lines": [{"expectedMinor": "712500", "differenceMinor": "100", "stockDifferenceMinor": "100"}]}
  say It is booked once the manager has raised the commitment, and the dollar goes to the value of the bags. |
    經理提高承諾金額後入帳，差額計入帆布袋的存貨價值。

[aside]
specialist CreateSupplierInvoice {"supplierInvoice": {"kind": "KIND_INVOICE", "supplier": "suppliers/weaver-${run}", "number": "ｗｖ－81",
  "invoiceDate": "${today}", "currencyCode": "${currency}",
  "lines": [{"purchaseOrder": "${order}", "orderLine": 1, "quantity": "1", "amountMinor": 9500}]}}
  refused DUPLICATE_INVOICE
analyst FindOrdersForSubjects {"subjects": ["${project}"]}
  expect {"orders": [{"subject": "${project}", "purchaseOrder": "${order}", "openQuantity": "25", "acceptedQuantity": "75"}]}
analyst FindOpenPurchases {"item": "${bags}"}
  expect {"openings": [{"paper": "${order}", "line": 1, "quantity": "25"}], "orderedQuantity": "25"}
specialist PostponePurchaseOrder {"name": "${order}", "expectedDate": "${today+15d}", "reason": "The loom is broken"}
  expect {"expectedDate": "${today+15d}"}
specialist ShortClosePurchaseOrder {"name": "${order}", "parts": [{"line": 1, "quantity": "20"}], "reopen": true, "reason": "Elsewhere"}
  expect {"lines": [{"closedQuantity": "20"}]}
technician GetPurchaseRequisition {"name": "purchaseRequisitions/bags-${run}"}
  expect {"state": "STATE_PART_ORDERED", "lines": [{"orderedQuantity": "80"}]}
technician BatchGetPurchaseRequisitions {"names": ["purchaseRequisitions/bags-${run}"]}
accountant GetPurchaseRequisition {"name": "purchaseRequisitions/bags-${run}"}
  refused NOT_FOUND
specialist CreateSupplierReturn {"supplierReturnId": "bags-${run}", "supplierReturn": {"purchaseOrder": "${order}", "orderLine": 1,
  "quantity": "5", "reason": "The print comes off"}}
  expect {"state": "STATE_SENT", "bookValueMinor": "47507"}
specialist CreateSupplierInvoice {"supplierInvoiceId": "credit-${run}", "supplierInvoice": {"kind": "KIND_CREDIT_NOTE",
  "supplier": "suppliers/weaver-${run}", "number": "WV-C1", "invoiceDate": "${today}", "currencyCode": "${currency}",
  "lines": [{"purchaseOrder": "${order}", "orderLine": 1, "quantity": "5", "amountMinor": 47000,
    "supplierReturn": "supplierReturns/bags-${run}"}]}}
specialist BookSupplierInvoice {"name": "supplierInvoices/credit-${run}"}
  expect {"lines": [{"varianceMinor": "507"}]}
analyst GetSupplierReturn {"name": "supplierReturns/bags-${run}"}
  expect {"state": "STATE_CREDITED"}
analyst ListSupplierReturns {"filter": "item = \"${bags}\""}
  expect {"supplierReturns": [{"creditedQuantity": "5"}]}
specialist ClosePurchaseOrder {"name": "${order}", "reason": "Five never came"}
  expect {"state": "STATE_CLOSED"}
technician ClosePurchaseRequisition {"name": "purchaseRequisitions/bags-${run}", "reason": "Enough"}
  expect {"state": "STATE_CLOSED"}
analyst GetBudget {"name": "budgets/purchases-${run}"}
  expect {"preCommittedMinor": "0", "committedMinor": "0", "actualMinor": "665600"}
analyst GetPurchaseOrder {"name": "${order}"}
analyst ListPurchaseOrders {"filter": "supplier = \"suppliers/weaver-${run}\""}
  expect {"purchaseOrders": [{"state": "STATE_CLOSED"}]}
analyst resource.GetDelivery {"name": "deliveries/bags-${run}"}
analyst resource.ListDeliveries {"filter": "location = \"${dock}\""}
  expect {"deliveries": [{"state": "STATE_DONE"}]}
analyst GetSupplierInvoice {"name": "supplierInvoices/bags-${run}"}
analyst ListSupplierInvoices {"filter": "supplier = \"suppliers/weaver-${run}\" AND state = STATE_BOOKED"}
  expect {"supplierInvoices": [{"number": "*"}, {"number": "*"}]}

# What is sent back and turned down.
technician CreatePurchaseRequisition {"purchaseRequisitionId": "lamps-${run}", "purchaseRequisition": {"purpose": "Lamps",
  "costCenter": "purchases-${run}", "needDate": "${today+20d}", "lines": [{"item": "${bags}", "quantity": "1", "estimateMinor": 20000000,
    "currencyCode": "${currency}"}]}}
technician SubmitPurchaseRequisition {"name": "purchaseRequisitions/lamps-${run}"}
manager ReturnPurchaseRequisition {"name": "purchaseRequisitions/lamps-${run}", "reason": "These are bags"}
  expect {"state": "STATE_RETURNED"}
technician UpdatePurchaseRequisition {"purchaseRequisition": {"name": "purchaseRequisitions/lamps-${run}", "purpose": "More bags"},
  "updateMask": "purpose"}
technician SubmitPurchaseRequisition {"name": "purchaseRequisitions/lamps-${run}"}
manager ApprovePurchaseRequisition {"name": "purchaseRequisitions/lamps-${run}"}
  expect {"state": "STATE_SUBMITTED", "approvals": [{"limitMinor": "10000000", "countedMinor": "21000000",
    "countedTogether": ["purchaseRequisitions/bags-${run}"]}]}
manager RejectPurchaseRequisition {"name": "purchaseRequisitions/lamps-${run}", "reason": "One bag for 200,000?"}
  expect {"state": "STATE_REJECTED"}
analyst ListPurchaseRequisitions {"filter": "requester = \"${technician}\" AND state = STATE_REJECTED"}
  expect {"purchaseRequisitions": [{"name": "purchaseRequisitions/lamps-${run}"}]}

analyst GetPurchasePolicy {"name": "purchasePolicies/default"}
  expect {"version": 1, "limits": [{"role": "OPERATIONS_MANAGER", "amountMinor": "10000000"}]}
manager CreatePurchasePolicy {"purchasePolicyId": "next-${run}", "purchasePolicy": {"reason": "Deliveries are rarely exact",
  "currencyCode": "${currency}", "remindDays": 3, "overReceiptBp": 100,
  "limits": [{"role": "OPERATIONS_MANAGER", "amountMinor": "5000000"}],
  "startTime": "${now+300d}"}}
manager UpdatePurchasePolicy {"purchasePolicy": {"name": "purchasePolicies/next-${run}", "dearerBp": 500}, "updateMask": "dearerBp"}
manager PublishPurchasePolicy {"name": "purchasePolicies/next-${run}"}
  expect {"state": "STATE_PUBLISHED"}
analyst ListPurchasePolicies {"filter": "state = STATE_PUBLISHED"}
manager CreatePurchasePolicy {"purchasePolicyId": "slip-${run}", "purchasePolicy": {"reason": "A mistake", "currencyCode": "${currency}",
  "remindDays": 1}}
manager DeletePurchasePolicy {"name": "purchasePolicies/slip-${run}"}
