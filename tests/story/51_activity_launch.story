# The launch gate stands closed until every precondition is met; then one launch takes everything once (A2, W1, W2).

chapter 6. The launch gate is closed | 6. 上線關卡關閉

[trouble]
manager EvaluateLaunchGate {"name": "${activity}"}
  answer gate
  expect {"open": false, "verdicts": [{"verdict": "VERDICT_MET"}, {"verdict": "VERDICT_MET"}, {"verdict": "VERDICT_MET"},
    {"precondition": "PRECONDITION_MATERIALS", "verdict": "VERDICT_UNMET", "reason": "STOCK_SHORT"},
    {"precondition": "PRECONDITION_STAFF_QUALIFIED", "verdict": "VERDICT_UNMET", "reason": "STAFF_NOT_QUALIFIED"},
    {"precondition": "PRECONDITION_RISKS_SETTLED", "verdict": "VERDICT_UNMET", "reason": "RISKS_OPEN"},
    {"precondition": "PRECONDITION_PREPARATION_COMPLETE", "verdict": "VERDICT_WAIVED"}, {"verdict": "VERDICT_MET"},
    {"precondition": "PRECONDITION_PAGES_UP", "verdict": "VERDICT_MET"}, {"verdict": "VERDICT_MET"}]}
  say The gate is closed: | 關卡關閉：
  show gate
specialist LaunchActivity {"name": "${activity}"}
  refused PERMISSION_DENIED
  say ${specialist:title} tries to launch all the same | ${specialist:title}仍試圖上線
manager LaunchActivity {"name": "${activity}"}
  refused LAUNCH_GATE_CLOSED
  say ${manager:title} tries it as well | ${manager:title}也試圖上線
manager ListReservations {"filter": "subject = \"${activity}\" AND state != \"STATE_RELEASED\""}
  expect {"reservations": []}
manager ListEncumbrances {"filter": "subject = \"${activity}\" AND state != \"STATE_RELEASED\""}
  expect {"encumbrances": []}
  say Nothing was taken by the refused launch: no stock is reserved and no money is bound. |
    被拒絕的上線沒有取走任何東西：沒有保留庫存，也沒有動用經費。

chapter 7. Each reason is settled | 7. 逐一解決

specialist CreateGoodsReceipt {"goodsReceipt": {"supplier": "Formosa Print", "deliveryNote": "DN-1002", "receiveDate": "${today}",
  "lines": [{"item": "${gift}", "quantity": 100, "unitCostMinor": 12600}]}}
specialist GetStock {"name": "${gift}/stock"}
  answer stock
  expect {"onHand": 250}
  say The missing boxes come: 100 gift boxes; ${stock.onHand} gift boxes worth ${stock.valueMinor:money} are now in stock. |
    缺少的禮盒送到：100 個；現有庫存 ${stock.onHand} 個禮盒，價值 ${stock.valueMinor:money}。
specialist CreateSession {"parent": "${course}", "sessionId": "second", "session": {"date": "${today-1d}", "trainer": "Ho Shu-fen",
  "capacity": 10}}
specialist EnrollEmployee {"name": "${course}/sessions/second", "employee": "${specialist}"}
manager RecordResult {"name": "${course}/sessions/second", "employee": "${specialist}", "attended": true, "score": 92}
  answer result
  expect {"outcome": "OUTCOME_PASSED", "certificate": "*"}
manager GetCertificate {"name": "${result.certificate}"}
  answer certificate
  expect {"state": "STATE_ISSUED"}
  say Chen Yi-jun attends the session of ${today-1d} and scores ${result.score} of 100: passed. A certificate is issued, valid from
    ${certificate.validFrom} to ${certificate.validUntil}. |
    陳怡君參加 ${today-1d} 的場次，得 ${result.score} 分（滿分 100）：通過。核發證書，效期自 ${certificate.validFrom} 至
    ${certificate.validUntil}。
specialist ProposeTreatment {"name": "${technologyRisk}", "treatment": {"reduction": {"measures": [{
  "description": "Twice the servers and a waiting room", "owner": "${specialist}", "dueDate": "${today+1d}"}]}, "controllable": true,
  "controlJustification": "The load test with twice the servers passed.", "target": {"likelihood": 2, "impact": 3}}}
manager TreatRisk {"name": "${technologyRisk}"}
  answer treated
  say ${specialist:title} holds the HIGH risk for controllable and proposes twice the servers and a waiting room; ${manager:title} decides so. |
    ${specialist:title}認為高風險可控，提議兩倍的伺服器與等候室；${manager:title}據此決定。
specialist AssessRisk {"name": "${technologyRisk}", "current": {"likelihood": 4, "impact": 5}, "rationale": "It will be fine.",
  "residual": {"likelihood": 2, "impact": 3}}
  refused RESIDUAL_WITHOUT_EVIDENCE
  say ${specialist:title} wants to rate it lower at once | ${specialist:title}想立即降低評等
specialist StartRiskMeasure {"name": "${treated.treatment.reduction.measures.0.riskMeasure}"}
specialist FinishRiskMeasure {"name": "${treated.treatment.reduction.measures.0.riskMeasure}"}
analyst VerifyRiskMeasure {"name": "${treated.treatment.reduction.measures.0.riskMeasure}", "evidence": "Load test of today, four times the load."}
  say The servers come; ${analyst:title} runs the load test and verifies the measure. | 伺服器到位；${analyst:title}執行負載測試並驗證措施。
specialist AssessRisk {"name": "${technologyRisk}", "current": {"likelihood": 4, "impact": 5}, "rationale": "Load test of today.",
  "residual": {"likelihood": 2, "impact": 3}}
  expect {"level": "LEVEL_MEDIUM"}
  say ${specialist:title} assesses the ${technologyRisk} again: with the measure likelihood 2 × impact 3 remain, which is MEDIUM. |
    ${specialist:title}再次評估${technologyRisk}：採取措施後剩下可能性 2 × 影響 3，為中風險。

[aside]
# Another matrix, once this risk is judged; the one in force stays for what was judged by it.
manager CreateRiskMatrix {"riskMatrixId": "strict-${run}", "riskMatrix": {"reason": "As before", "cells": [
  {"$each": "1..6", "likelihood": "${i}", "impact": 1, "level": "LEVEL_LOW"},
  {"$each": "1..6", "likelihood": "${i}", "impact": 2, "level": "LEVEL_LOW"},
  {"$each": "1..6", "likelihood": "${i}", "impact": 3, "level": "LEVEL_MEDIUM"},
  {"$each": "1..6", "likelihood": "${i}", "impact": 4, "level": "LEVEL_MEDIUM"},
  {"$each": "1..6", "likelihood": "${i}", "impact": 5, "level": "LEVEL_HIGH"}]}}
manager UpdateRiskMatrix {"riskMatrix": {"name": "riskMatrices/strict-${run}", "reason": "By impact alone"}, "updateMask": "reason"}
# By impact alone its current rating is above its inherent one, so that somebody has to look at it again.
specialist CreateRisk {"riskId": "queue-${run}", "risk": {"category": "CATEGORY_OPERATIONAL", "subject": "${project}", "title": "Long queues",
  "cause": "One entrance", "owner": "${specialist}"}}
specialist AssessRisk {"name": "risks/queue-${run}", "inherent": {"likelihood": 5, "impact": 2}, "current": {"likelihood": 1, "impact": 3},
  "rationale": "The other fair had two entrances."}
  expect {"level": "LEVEL_LOW"}
manager PreviewRiskMatrix {"name": "riskMatrices/strict-${run}"}
manager PublishRiskMatrix {"name": "riskMatrices/strict-${run}"}
analyst GetRiskMatrix {"name": "riskMatrices/strict-${run}"}
  expect {"state": "STATE_PUBLISHED", "reason": "By impact alone"}
analyst ListAssessmentDuties {"filter": "risk = \"risks/queue-${run}\""}
  within 60
  answer duties
  expect {"assessmentDuties": [{"cause": "CAUSE_RERATED", "owner": "${specialist}", "dueDate": "*"}]}
analyst GetAssessmentDuty {"name": "${duties.assessmentDuties.0.name}"}
  expect {"state": "STATE_OPEN", "source": "riskMatrices/strict-${run}"}
manager CloseRisk {"name": "risks/queue-${run}", "reason": "A second entrance is open"}
manager CreateRiskMatrix {"riskMatrixId": "mistake-${run}", "riskMatrix": {"reason": "A mistake", "cells": [
  {"$each": "1..6", "likelihood": "${i}", "impact": 1, "level": "LEVEL_LOW"},
  {"$each": "1..6", "likelihood": "${i}", "impact": 2, "level": "LEVEL_LOW"},
  {"$each": "1..6", "likelihood": "${i}", "impact": 3, "level": "LEVEL_MEDIUM"},
  {"$each": "1..6", "likelihood": "${i}", "impact": 4, "level": "LEVEL_MEDIUM"},
  {"$each": "1..6", "likelihood": "${i}", "impact": 5, "level": "LEVEL_HIGH"}]}}
manager DeleteRiskMatrix {"name": "riskMatrices/mistake-${run}"}
[]

chapter 8. Launch | 8. 上線

[aside]
manager ScheduleLaunch {"name": "${activity}", "launchTime": "${now+1h}"}
  expect {"state": "STATE_READY"}
manager UnscheduleLaunch {"name": "${activity}"}
analyst ExamineLaunchGate {"name": "${activity}"}
  expect {"gate": {"open": true}, "missing": []}

[trouble]
manager GetActivityReadiness {"name": "${activity}"}
  expect {"ready": true, "missing": []}
manager EvaluateLaunchGate {"name": "${activity}"}
  answer gate
  expect {"open": true}
  say The gate is open: | 關卡開啟：
  show gate
[]

manager LaunchActivity {"name": "${activity}", "requestId": "launch-${activity:id}"}
  answer launched
  expect {"state": "STATE_LIVE", "reservation": "*", "encumbrance": "*"}
  say ${manager:title} launches. The activity is LIVE. | ${manager:title}上線。活動進行中。

milestone LIVE

[trouble]
title ${launched.reservation} | reservation of the launch | 上線的保留
title ${launched.encumbrance} | commitment of the launch | 上線的經費
manager ListLaunches {"parent": "${activity}", "filter": "state = \"STATE_SUCCEEDED\""}
  answer launches
  expect {"launches": [{"launcher": "${manager}"}]}
  show steps
manager LaunchActivity {"name": "${activity}", "requestId": "launch-${activity:id}"}
  expect {"state": "STATE_LIVE", "reservation": "${launched.reservation}", "encumbrance": "${launched.encumbrance}"}
manager ListReservations {"filter": "subject = \"${activity}\" AND state != \"STATE_RELEASED\""}
  expect {"reservations": [{"name": "${launched.reservation}"}]}
manager ListEncumbrances {"filter": "subject = \"${activity}\" AND state != \"STATE_RELEASED\""}
  expect {"encumbrances": [{"name": "${launched.encumbrance}"}]}
  say The same order sent a second time changes nothing: one reservation, one commitment. |
    同一命令再次送出沒有任何改變：一筆保留、一筆經費。
manager GetStock {"name": "${gift}/stock"}
  answer stock
  expect {"onHand": 250, "reserved": 200, "available": 50}
manager GetBudget {"name": "${budget}"}
  answer money
  expect {"committedMinor": 5000000, "availableMinor": 3000000}
  say 200 of ${stock.onHand} gift boxes are reserved for it, ${stock.available} are free; ${money.committedMinor:money} of the budget is
    committed, ${money.availableMinor:money} is left. |
    ${stock.onHand} 個禮盒中保留 200 個，${stock.available} 個可用；預算中 ${money.committedMinor:money} 已動支，剩餘
    ${money.availableMinor:money}。

[aside]
analyst GetLaunch {"name": "${launches.launches.0.name}"}
  expect {"state": "STATE_SUCCEEDED"}
analyst activity.ListEvents {"subject": "${activity}"}
engineer activity.ListFollowers {}
  expect {"followers": [{"name": "followers/alert-watch"}, {"name": "followers/erasure-watch"}, {"name": "followers/handovers"},
    {"name": "followers/holding-watch"}, {"name": "followers/mirrored-calendar-versions"}, {"name": "followers/mirrored-employees"}, {"name": "followers/people"},
    {"name": "followers/people-watch"}, {"name": "followers/plan-watch"}, {"name": "followers/risk-watch"}]}
manager activity.HandOver {"resource": "${activity}", "field": "owner", "employee": "${specialist}", "successor": "${manager}",
  "reason": "A day off"}
manager activity.HandOver {"resource": "${activity}", "field": "owner", "employee": "${manager}", "successor": "${specialist}",
  "reason": "Back again"}
analyst GetActivity {"name": "${activity}"}
  expect {"state": "STATE_LIVE", "owner": "${specialist}"}
engineer activity.ListExcessRoles {}
specialist activity.ListHoldings {"employee": "${specialist}"}
engineer activity.RebuildMirror {"name": "followers/mirrored-employees", "reason": "A column was added"}
