# The catalogue, and stock by location, lot and day (S3, S4, W7).

[aside]
specialist CreateItemCategory {"itemCategoryId": "materials-${run}", "itemCategory": {"displayName": "Materials",
  "rules": {"usage": "USAGE_CONSUMABLE", "expenseAccount": "6120"}}}
specialist CreateItemCategory {"itemCategoryId": "treats-${run}", "itemCategory": {"displayName": "Gifts to eat",
  "parentCategory": "itemCategories/materials-${run}", "rules": {"tracking": "TRACKING_LOT", "valuation": "VALUATION_FIFO", "shelfLifeDays": 60}}}
specialist CreateItem {"itemId": "cake-${run}", "item": {"displayName": "Pineapple cake", "category": "itemCategories/treats-${run}",
  "unit": "piece", "currencyCode": "${currency}", "custodian": "${specialist}", "units": [{"unit": "box", "numerator": "12", "denominator": "1"}]}}
analyst ExplainItemRules {"name": "items/cake-${run}"}
  expect {"rules": {"usage": "USAGE_CONSUMABLE", "tracking": "TRACKING_LOT", "valuation": "VALUATION_FIFO", "shelfLifeDays": 60,
    "expenseAccount": "6120"}, "keptTracking": "TRACKING_LOT"}
specialist CreateLocation {"locationId": "hall-${run}", "location": {"displayName": "Hall 2", "kind": "KIND_EVENT_SITE"}}
specialist UpdateLocation {"location": {"name": "locations/hall-${run}", "owner": "${specialist}"}, "updateMask": "owner"}
  expect {"owner": "${specialist}"}
analyst BatchGetLocations {"names": ["locations/main"]}
  expect {"locations": [{"name": "locations/main"}]}
analyst GetLocation {"name": "locations/main"}
  expect {"kind": "KIND_STORE"}
analyst ListLocations {"filter": "kind = KIND_EVENT_SITE"}

# Who sells it, and for how much.
specialist CreateSupplier {"supplierId": "bakery-${run}", "supplier": {"displayName": "Formosa Bakery", "taxId": "12345675",
  "contacts": [{"displayName": "Orders", "email": "orders@bakery.example"}]}}
specialist UpdateSupplier {"supplier": {"name": "suppliers/bakery-${run}", "remark": "Closed on Mondays"}, "updateMask": "remark"}
analyst BatchGetSuppliers {"names": ["suppliers/bakery-${run}"]}
  expect {"suppliers": [{"name": "suppliers/bakery-${run}"}]}
analyst GetSupplier {"name": "suppliers/bakery-${run}"}
  expect {"taxId": "12345675", "remark": "Closed on Mondays"}
specialist CreateSupplier {"supplierId": "mistake-${run}", "supplier": {"displayName": "Formosa Bakery"}}
specialist DeleteSupplier {"name": "suppliers/mistake-${run}"}
analyst ListSuppliers {"filter": "tax_id = \"12345675\""}
specialist CreateSupplierPrice {"parent": "suppliers/bakery-${run}", "supplierPriceId": "boxes", "supplierPrice": {"item": "items/cake-${run}",
  "unit": "box", "currencyCode": "${currency}", "priceQuantity": "1", "minimumQuantity": "2", "leadDays": 5, "validFrom": "${today}",
  "breaks": [{"fromQuantity": "1", "priceMinor": "36000"}, {"fromQuantity": "10", "priceMinor": "33000"}]}}
analyst QuoteItem {"name": "items/cake-${run}", "quantity": "100"}
  expect {"offers": [{"orderQuantity": "9", "unit": "box", "baseQuantity": "108", "costMinor": "324000", "leadDays": 5}]}
specialist UpdateSupplierPrice {"supplierPrice": {"name": "suppliers/bakery-${run}/supplierPrices/boxes", "validUntil": "${today+60d}"},
  "updateMask": "valid_until"}
analyst GetSupplierPrice {"name": "suppliers/bakery-${run}/supplierPrices/boxes"}
  expect {"minimumQuantity": "2", "validUntil": "*"}
analyst ListSupplierPrices {"parent": "suppliers/bakery-${run}"}
  expect {"supplierPrices": [{"unit": "box"}]}

# What comes in lots goes out in the order in which it expires.
specialist CreateGoodsReceipt {"goodsReceipt": {"supplier": "Formosa Bakery", "vendor": "suppliers/bakery-${run}", "receiveDate": "${today}",
  "lines": [{"item": "items/cake-${run}", "unit": "box", "quantity": "3", "costMinor": "108000", "lotCode": "B-1", "expiryDate": "${today+30d}"},
  {"item": "items/cake-${run}", "quantity": "20", "costMinor": "61000", "lotCode": "B-2", "expiryDate": "${today+10d}"}]}}
  answer cakes
  expect {"lines": [{"quantity": "36", "enteredQuantity": "3", "lot": "*"}, {"quantity": "20", "lot": "*"}]}
analyst GetLot {"name": "${cakes.lines.1.lot}"}
  expect {"code": "B-2", "supplier": "suppliers/bakery-${run}"}
analyst ListLots {"parent": "items/cake-${run}"}
  expect {"lots": [{"code": "*"}, {"code": "*"}]}
specialist CreateReservation {"reservationId": "cakes-${run}", "reservation": {"subject": "activities/tasting-${run}", "expireTime": "${now+2d}",
  "lines": [{"item": "items/cake-${run}", "quantity": "25", "needDate": "${today+9d}"}]}}
analyst ComputeAvailability {"name": "items/cake-${run}", "dates": ["${today+5d}", "${today+20d}", "${today+31d}"]}
  expect {"days": [{"available": "31"}, {"available": "31"}, {}], "needed": [{"quantity": "25"}]}
specialist CreateReservation {"reservationId": "more-cakes-${run}", "reservation": {"subject": "activities/tasting-${run}", "expireTime": "${now+2d}",
  "lines": [{"item": "items/cake-${run}", "quantity": "32", "needDate": "${today+20d}"}]}}
  refused STOCK_SHORT
specialist ConfirmReservation {"name": "reservations/cakes-${run}"}
specialist IssueReservation {"name": "reservations/cakes-${run}", "lines": [{"item": "items/cake-${run}", "quantity": "22"}]}
  expect {"lines": [{"issuedQuantity": "22", "issuedValueMinor": "66000"}]}
analyst ListStockBalances {"parent": "items/cake-${run}", "filter": "lot != \"\""}
  answer left
  expect {"stockBalances": [{"location": "locations/main", "onHand": "34"}]}
analyst GetStockBalance {"name": "${left.stockBalances.0.name}"}
  expect {"lot": "${cakes.lines.0.lot}"}
specialist ReturnReservation {"name": "reservations/cakes-${run}", "lines": [{"item": "items/cake-${run}", "quantity": "4"}],
  "lots": [{"lot": "${cakes.lines.1.lot}", "quantity": "3"}]}
analyst TraceLot {"name": "${cakes.lines.1.lot}"}
  expect {"received": "20", "uses": [{"subject": "activities/tasting-${run}", "issued": "20", "returned": "3"}], "balances": [{"onHand": "3"}]}
analyst TraceSubject {"subject": "activities/tasting-${run}"}
  expect {"uses": [{"item": "items/cake-${run}", "lot": "*"}, {"item": "items/cake-${run}", "lot": "*"}]}
analyst ComputePastStock {"name": "items/cake-${run}", "businessDate": "${today}"}
  expect {"onHand": "38"}
specialist ReleaseReservation {"name": "reservations/cakes-${run}"}
specialist RetireItem {"name": "items/cake-${run}", "reason": "Another bakery is better"}
  expect {"state": "STATE_RETIRED"}
specialist ReinstateItem {"name": "items/cake-${run}", "reason": "It is not"}
  expect {"state": "STATE_ACTIVE"}

# Counting is blind, and what is found is booked by somebody else.
specialist CreateStockCount {"stockCountId": "hall-${run}", "stockCount": {"location": "locations/main", "items": ["items/cake-${run}"]}}
  answer sheet
  expect {"state": "STATE_OPEN", "lines": [{"item": "items/cake-${run}", "lot": "*"}, {"item": "items/cake-${run}", "lot": "*"}]}
specialist RecordStockCount {"name": "stockCounts/hall-${run}", "found": [{"item": "items/cake-${run}", "lot": "${cakes.lines.0.lot}",
  "quantity": "34"}, {"item": "items/cake-${run}", "lot": "${cakes.lines.1.lot}", "quantity": "3"}]}
manager PostStockCount {"name": "stockCounts/hall-${run}", "reason": "One box was torn"}
  expect {"state": "STATE_POSTED", "poster": "${manager}"}
analyst GetStockCount {"name": "stockCounts/hall-${run}"}
  expect {"state": "STATE_POSTED"}
analyst ListStockCounts {"filter": "location = \"locations/main\" AND state = STATE_POSTED"}
analyst ComputeCountAccuracy {"startTime": "${now-1d}"}
  expect {"categories": [{"category": "itemCategories/treats-${run}", "lineCount": "2", "exactCount": "1", "accuracyBp": "5000"}]}
specialist CreateStockCount {"stockCountId": "dropped-${run}", "stockCount": {"location": "locations/hall-${run}"}}
specialist CancelStockCount {"name": "stockCounts/dropped-${run}", "reason": "Nothing lies there"}
  expect {"state": "STATE_CANCELLED"}

# When lots are reported.
analyst GetStockPolicy {"name": "stockPolicies/default"}
  expect {"expiringDays": 30}
manager CreateStockPolicy {"stockPolicyId": "longer-${run}", "stockPolicy": {"reason": "More time to give away", "expiringDays": 45}}
manager UpdateStockPolicy {"stockPolicy": {"name": "stockPolicies/longer-${run}", "reason": "As agreed"}, "updateMask": "reason"}
manager PublishStockPolicy {"name": "stockPolicies/longer-${run}"}
  expect {"state": "STATE_PUBLISHED"}
analyst ListStockPolicies {"filter": "state = STATE_PUBLISHED"}
manager CreateStockPolicy {"stockPolicyId": "mistake-${run}", "stockPolicy": {"reason": "A mistake", "expiringDays": 45}}
manager DeleteStockPolicy {"name": "stockPolicies/mistake-${run}"}

# Closed months stay as they are.
manager CreateStockClosing {"stockClosingId": "closed-${run}", "stockClosing": {"lastDay": "${month-1mo-1d}", "reason": "Counted and agreed"}}
analyst GetStockClosing {"name": "stockClosings/closed-${run}"}
  expect {"reason": "Counted and agreed"}
analyst ListStockClosings {"filter": "last_day < \"${today}\""}
specialist CreateGoodsReceipt {"goodsReceipt": {"supplier": "Formosa Bakery", "receiveDate": "${month-1mo-1d}",
  "lines": [{"item": "${poster}", "quantity": "1"}]}}
  refused PERIOD_CLOSED
[]
