# At the end what was not used is free again, and the books add up (A2, W7, W8).

chapter 11. The end | 11. 結束

manager EndActivity {"name": "${activity}", "reason": "All three shows were held."}
  expect {"state": "STATE_ENDED", "settleTime": "*"}
manager GetStock {"name": "${gift}/stock"}
  answer stock
  expect {"onHand": 82, "reserved": 0}
manager GetBudget {"name": "${budget}"}
  answer money
  expect {"actualMinor": 4320000, "committedMinor": 0}
  say ${manager:title} ends the activity. The 20 boxes that were not needed are free again (${stock.available} available), and so is the
    unspent money (${money.availableMinor:money} available). |
    ${manager:title}結束活動。不需要的 20 個禮盒恢復可用（可用 ${stock.available} 個），未用的經費亦然（可用
    ${money.availableMinor:money}）。
manager VerifyLedgers {}
  answer ledgers
  expect {"discrepancies": []}
  say All balances equal the sums of their ledgers: ${ledgers.stockCount} stocks with ${ledgers.stockEntryCount} entries,
    ${ledgers.budgetCount} budgets with ${ledgers.budgetEntryCount}. |
    所有餘額等於帳目的總和：${ledgers.stockCount} 項庫存共 ${ledgers.stockEntryCount} 筆，${ledgers.budgetCount} 項預算共
    ${ledgers.budgetEntryCount} 筆。

milestone ENDED
