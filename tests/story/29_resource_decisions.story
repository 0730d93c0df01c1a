# What was bought for something that is over is decided about (W2, W5), and prices beyond the tolerance are borne by who may (S4).

let kit items/kit-${run}
let kits purchaseOrders/kits-${run}

[aside]
specialist CreateLocation {"locationId": "kits-${run}", "location": {"displayName": "Kits to be inspected", "kind": "KIND_QUARANTINE"}}
specialist CreateItemCategory {"itemCategoryId": "kits-${run}", "itemCategory": {"displayName": "Kits", "rules": {"expenseAccount": "6120"}}}
specialist CreateItem {"itemId": "${kit:id}", "item": {"displayName": "Welcome kit", "category": "itemCategories/kits-${run}",
  "unit": "piece", "currencyCode": "${currency}", "custodian": "${specialist}"}}
specialist CreateSupplier {"supplierId": "kits-${run}", "supplier": {"displayName": "Kit Works"}}
specialist CreateBudget {"budgetId": "kits-${run}", "budget": {"displayName": "Kits", "costCenter": "kits-${run}",
  "startDate": "${month-1mo}", "endDate": "${month+2mo}", "currencyCode": "${currency}", "requestedMinor": 1000000}}
manager ApproveBudget {"name": "budgets/kits-${run}"}
specialist CreateAllotment {"allotmentId": "kits-${run}", "allotment": {"subject": "${project}", "expireTime": "${now+2d}",
  "purchase": {"costCenter": "kits-${run}", "needDate": "${today+20d}",
    "lines": [{"item": "${kit}", "quantity": "10", "estimateMinor": 50000, "currencyCode": "${currency}"}]}}}
  answer bought
  expect {"state": "STATE_HELD", "purchase": {"requisition": "*", "requester": "${specialist}"}}
manager ApprovePurchaseRequisition {"name": "${bought.purchase.requisition}"}
  expect {"state": "STATE_APPROVED", "origin": "allotments/kits-${run}"}
specialist CreatePurchaseOrder {"purchaseOrderId": "${kits:id}", "purchaseOrder": {"supplier": "suppliers/kits-${run}",
  "currencyCode": "${currency}", "expectedDate": "${today+10d}", "lines": [{"item": "${kit}", "quantity": "8", "totalMinor": 40000,
    "allocations": [{"requisition": "${bought.purchase.requisition}", "line": 1, "quantity": "8"}]}]}}
specialist KeepPurchaseOrder {"name": "${kits}", "reason": "Nobody asks yet"}
  refused NOTHING_ASKED
specialist ReleaseAllotment {"name": "allotments/kits-${run}", "reason": "The day is called off"}
  expect {"state": "STATE_RELEASED"}
analyst GetPurchaseOrder {"name": "${kits}"}
  expect {"state": "STATE_PLACED", "decisionDueTime": "*", "decisionReason": "The day is called off"}
specialist KeepPurchaseOrder {"name": "${kits}", "reason": "For newcomers"}
  expect {"stateReason": "For newcomers"}
specialist KeepPurchaseRequisition {"name": "${bought.purchase.requisition}", "reason": "Two more for newcomers"}
  expect {"state": "STATE_PART_ORDERED"}
specialist CreateDelivery {"deliveryId": "kits-${run}", "delivery": {"purchaseOrder": "${kits}", "deliveryNote": "K-1",
  "receiveDate": "${today}", "location": "locations/kits-${run}", "lines": [{"orderLine": 1, "quantity": "8"}]}}
specialist InspectDelivery {"name": "deliveries/kits-${run}", "inspections": [{"line": 1, "acceptedQuantity": "8"}]}
specialist CreateSupplierInvoice {"supplierInvoiceId": "kits-${run}", "supplierInvoice": {"kind": "KIND_INVOICE",
  "supplier": "suppliers/kits-${run}", "number": "K-1", "invoiceDate": "${today}", "currencyCode": "${currency}",
  "lines": [{"purchaseOrder": "${kits}", "orderLine": 1, "quantity": "8", "amountMinor": 42000}]}}
specialist BookSupplierInvoice {"name": "supplierInvoices/kits-${run}"}
  refused INVOICE_MISMATCH
manager AcceptSupplierInvoice {"name": "supplierInvoices/kits-${run}", "reason": "Paper has become dearer for everybody"}
  expect {"state": "STATE_ENTERED", "acceptance": {"accepter": "${manager}", "countedMinor": "42000"}}
manager RaisePurchaseOrder {"name": "${kits}", "line": 1, "amountMinor": 2000, "reason": "Dearer paper"}
specialist BookSupplierInvoice {"name": "supplierInvoices/kits-${run}"}
  expect {"state": "STATE_BOOKED", "lines": [{"expectedMinor": "40000", "differenceMinor": "2000"}]}
specialist CreateSupplierInvoice {"supplierInvoiceId": "kits-back-${run}", "supplierInvoice": {"kind": "KIND_CREDIT_NOTE",
  "supplier": "suppliers/kits-${run}", "number": "K-1C", "invoiceDate": "${today}", "currencyCode": "${currency}",
  "lines": [{"purchaseOrder": "${kits}", "orderLine": 1, "quantity": "8", "amountMinor": 42000}]}}
specialist BookSupplierInvoice {"name": "supplierInvoices/kits-back-${run}"}
  expect {"lines": [{"expectedMinor": "40000", "differenceMinor": "-2000"}]}
analyst ComputeStockReport {"keys": ["STOCK_REPORT_KEY_ACCOUNT"], "scope": {"startDate": "${today}", "endDate": "${today}", "item": "${kit}"}}
  expect {"groups": [{"keys": ["6120"]}]}
