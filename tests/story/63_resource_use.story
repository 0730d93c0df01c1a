# What it really takes: at most what was reserved and committed (S4, S5, W7, W8).

chapter 10. What it really takes | 10. 實際耗用

specialist IssueReservation {"name": "${launched.reservation}", "lines": [{"item": "${gift}", "quantity": 180}, {"item": "${poster}",
  "quantity": 20}]}
  say 180 gift boxes and 20 posters are issued from the reservation. | 從保留中領用 180 個禮盒與 20 張海報。
specialist IssueReservation {"name": "${launched.reservation}", "lines": [{"item": "${gift}", "quantity": 70}]}
  refused ISSUE_REFUSED
  say ${specialist:title} asks for 50 boxes more than are reserved | ${specialist:title}要求比保留多 50 個的禮盒
specialist ReturnReservation {"name": "${launched.reservation}", "lines": [{"item": "${gift}", "quantity": 12}]}
  say 12 gift boxes come back. | 退回 12 個禮盒。
specialist RecordActual {"name": "${launched.encumbrance}", "amountMinor": 4320000}
  answer spent
  say The studio's invoice is booked: ${spent.actualMinor:money} of the committed ${cost:money}. |
    攝影棚的發票入帳：已動支 ${cost:money} 中的 ${spent.actualMinor:money}。
specialist RecordActual {"name": "${launched.encumbrance}", "amountMinor": 1000000}
  refused STAGE_SHORT
  say ${specialist:title} tries to book another invoice beyond the commitment | ${specialist:title}試圖再入帳一張超出額度的發票
