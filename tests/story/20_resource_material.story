# What there is of the materials (S3, S4).

chapter 2. Materials and money | 2. 物料與經費

specialist CreateItemCategory {"itemCategoryId": "${category:id}", "itemCategory": {"displayName": "Promotion material"}}
specialist CreateItemCategory {"itemCategoryId": "office-${run}", "itemCategory": {"displayName": "辦公設備 Office equipment",
  "rules": {"usage": "USAGE_DURABLE", "tracking": "TRACKING_SERIAL"}}}
specialist CreateItemCategory {"itemCategoryId": "gifts-${run}", "itemCategory": {"displayName": "禮品 Gifts", "parentCategory": "${category}",
  "rules": {"usage": "USAGE_CONSUMABLE"}}}
  say Materials are kept by class: promotion material with the gifts below it, and office equipment, each piece of which has a number. |
    物資依分類管理：宣傳物料（其下為禮品），以及每件編號的辦公設備。
specialist CreateItem {"itemId": "${gift:id}", "item": {"displayName": "Gift box", "category": "${category}", "unit": "piece",
  "currencyCode": "${currency}", "custodian": "${specialist}"}}
specialist CreateItem {"itemId": "${poster:id}", "item": {"displayName": "Poster", "category": "${category}", "unit": "piece",
  "currencyCode": "${currency}", "custodian": "${specialist}"}}

[aside]
specialist UpdateItemCategory {"itemCategory": {"name": "${category}", "description": "Given away"}, "updateMask": "description"}
specialist CreateItemCategory {"itemCategoryId": "mistake-${run}", "itemCategory": {"displayName": "Promotoin material"}}
specialist DeleteItemCategory {"name": "itemCategories/mistake-${run}"}
specialist DeleteItemCategory {"name": "${category}"}
  refused STILL_REFERRED
analyst GetItemCategory {"name": "${category}"}
  expect {"displayName": "Promotion material", "description": "Given away"}
analyst BatchGetItemCategories {"names": ["${category}"]}
analyst ListItemCategories {"filter": "display_name = \"Promotion material\""}
specialist UpdateItem {"item": {"name": "${poster}", "description": "A2"}, "updateMask": "description"}
analyst BatchGetItems {"names": ["${gift}"]}
  expect {"items": [{"name": "${gift}"}]}
analyst GetItem {"name": "${gift}"}
  expect {"displayName": "Gift box", "unit": "piece"}
analyst ListItems {"filter": "category = \"${category}\""}
  expect {"items": [{"name": "*"}, {"name": "*"}]}
# Another item, of which somebody takes some by hand.
specialist CreateItem {"itemId": "balloon-${run}", "item": {"displayName": "Balloon", "category": "${category}", "unit": "piece",
  "currencyCode": "${currency}", "custodian": "${specialist}"}}
specialist CreateGoodsReceipt {"goodsReceipt": {"supplier": "Formosa Print", "receiveDate": "${today}",
  "lines": [{"item": "items/balloon-${run}", "quantity": 100, "unitCostMinor": 300}]}}
analyst CheckStock {"lines": [{"item": "items/balloon-${run}", "quantity": 101}]}
  expect {"lines": [{"available": "100", "shortQuantity": "1"}]}
specialist CreateReservation {"reservationId": "balloons-${run}", "reservation": {"subject": "${project}",
  "lines": [{"item": "items/balloon-${run}", "quantity": 5}], "expireTime": "${now+2d}"}}
  expect {"state": "STATE_HELD"}
specialist ConfirmReservation {"name": "reservations/balloons-${run}"}
specialist IssueReservation {"name": "reservations/balloons-${run}", "lines": [{"item": "items/balloon-${run}", "quantity": 3}]}
specialist ReturnReservation {"name": "reservations/balloons-${run}", "lines": [{"item": "items/balloon-${run}", "quantity": 1}]}
specialist ReleaseReservation {"name": "reservations/balloons-${run}"}
analyst BatchGetReservations {"names": ["reservations/balloons-${run}"]}
  expect {"reservations": [{"name": "reservations/balloons-${run}"}]}
analyst GetReservation {"name": "reservations/balloons-${run}"}
  expect {"lines": [{"quantity": "5", "issuedQuantity": "3", "returnedQuantity": "1", "releasedQuantity": "2"}]}
analyst ListReservations {"filter": "subject = \"${project}\""}
  expect {"reservations": [{"name": "reservations/balloons-${run}"}]}
analyst GetStock {"name": "items/balloon-${run}/stock"}
  expect {"onHand": "98", "reserved": "0", "available": "98"}
analyst ListStocks {"filter": "item = \"items/balloon-${run}\""}
  expect {"stocks": [{"onHand": "98"}]}
analyst ListStockEntries {"parent": "items/balloon-${run}"}
  answer entries
analyst GetStockEntry {"name": "${entries.stockEntries.0.name}"}
  expect {"item": "items/balloon-${run}"}
