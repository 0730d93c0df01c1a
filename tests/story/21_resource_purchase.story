# What was bought comes (S4). It does not suffice yet.

[stock]
specialist CreateGoodsReceipt {"goodsReceipt": {"supplier": "Formosa Print", "deliveryNote": "DN-1001", "receiveDate": "${today}",
  "lines": [{"item": "${gift}", "quantity": "${delivered}", "unitCostMinor": 12000}, {"item": "${poster}", "quantity": 30, "unitCostMinor": 3500}]}}
  answer receipt
specialist GetStock {"name": "${gift}/stock"}
  answer stock
  expect {"onHand": "${delivered}"}
  say The printer delivers ${delivered} gift boxes and 30 posters; ${stock.onHand} gift boxes worth ${stock.valueMinor:money} are now in
    stock. |
    印刷廠送來 ${delivered} 個禮盒與 30 張海報；現有庫存 ${stock.onHand} 個禮盒，價值 ${stock.valueMinor:money}。

[aside]
analyst GetGoodsReceipt {"name": "${receipt.name}"}
  expect {"deliveryNote": "DN-1001"}
analyst ListGoodsReceipts {"filter": "supplier = \"Formosa Print\""}
