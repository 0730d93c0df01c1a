# A risk through its life, in five roles: told by figures, a late plan and a colleague, judged, reduced, launched on, shown by an indicator to be
# grave again and so halted, insured, claimed on; beside it one that is accepted for a time, and judged by another matrix; then bound by a new
# rule, and avoided at last with all that was held for it (R1 to R3, W1, W5, W6).

milestone RISKS

[risks]
chapter 20. A risk through its life | 20. 一項風險的一生

let harbour projects/harbour-${run}
let cruise activities/harbour-cruise-${run}
let lamp items/harbour-lamp-${run}
title ${harbour} | project “Harbour evening” | 專案「港灣之夜」
title ${cruise} | activity “Harbour cruise” | 活動「港灣遊船」

# Planned, with lamps and money held for it.
specialist CreateProject {"projectId": "${harbour:id}", "project": {"title": "Harbour evening", "planPeriod": "${period}",
  "owner": "${specialist}", "startDate": "${today}", "endDate": "${today+14d}", "currencyCode": "${currency}"}}
specialist CreateScheme {"parent": "${harbour}", "schemeId": "cruise", "scheme": {"title": "A cruise with lamps",
  "channels": [{"title": "Harbour radio"}]}}
specialist CreateItem {"itemId": "${lamp:id}", "item": {"displayName": "Lamp", "category": "${category}", "unit": "piece",
  "currencyCode": "${currency}", "custodian": "${specialist}"}}
specialist CreateGoodsReceipt {"goodsReceipt": {"supplier": "Formosa Print", "receiveDate": "${today}",
  "lines": [{"item": "${lamp}", "quantity": 50, "unitCostMinor": 4000}]}}
specialist CreateReservation {"reservationId": "harbour-${run}", "reservation": {"subject": "${harbour}",
  "lines": [{"item": "${lamp}", "quantity": 30}], "expireTime": "${now+10d}"}}
specialist CreateBudget {"budgetId": "harbour-${run}", "budget": {"displayName": "Harbour", "costCenter": "operations",
  "startDate": "${month-1mo}", "endDate": "${month+2mo}", "currencyCode": "${currency}", "requestedMinor": 900000}}
manager ApproveBudget {"name": "budgets/harbour-${run}"}
specialist CreateEncumbrance {"encumbranceId": "harbour-${run}", "encumbrance": {"budget": "budgets/harbour-${run}", "subject": "${harbour}",
  "amountMinor": 400000, "expireTime": "${now+10d}"}}
specialist CreateActivity {"activityId": "${cruise:id}", "activity": {"title": "Harbour cruise", "project": "${harbour}",
  "scheme": "${harbour}/schemes/cruise", "owner": "${specialist}", "startTime": "${now-1m}", "endTime": "${now+5d}",
  "timeZone": "Asia/Taipei", "kind": "cruise-${run}", "staff": [{"employee": "${specialist}", "role": "host"}]}}
specialist CreatePreparationItem {"parent": "${cruise}", "preparationItemId": "lamps", "preparationItem": {"title": "Hang the lamps",
  "kind": "KIND_OTHER", "owner": "${specialist}", "dueTime": "${now+1d}"}}
specialist PrepareActivity {"name": "${cruise}"}
specialist CompletePreparationItem {"name": "${cruise}/preparationItems/lamps"}
specialist MarkActivityReady {"name": "${cruise}"}
  expect {"state": "STATE_READY"}
manager CreateWaiver {"parent": "${cruise}", "waiverId": "try", "waiver": {"precondition": "PRECONDITION_PLAN_APPROVED",
  "reason": "It tries the route out.", "expireTime": "${now+4d}"}}

# Figures, a plan and a colleague tell; a person makes a risk of it.
analyst PostRiskSignal {"kind": "SIGNAL_KIND_ALERT", "subject": "${cruise}", "key": "wind-${run}", "severity": "SIGNAL_SEVERITY_HIGH",
  "text": "Twice the wind of other years"}
  answer wind
  expect {"outcome": "OUTCOME_PROPOSED"}
specialist PostRiskSignal {"kind": "SIGNAL_KIND_PLAN_LATE", "subject": "${harbour}", "key": "permit-${run}", "severity": "SIGNAL_SEVERITY_MEDIUM",
  "text": "The permit of the pier is late"}
  answer permit
technician PostRiskSignal {"kind": "SIGNAL_KIND_CONCERN", "subject": "${cruise}", "key": "cable-${run}", "severity": "SIGNAL_SEVERITY_MEDIUM",
  "text": "The cable of the lamps is old"}
  answer cable
specialist AcceptRiskProposal {"name": "${wind.riskProposal}", "title": "The boat cannot leave"}
  answer accepted
  say Figures, a late permit and a colleague of another department tell; ${specialist:title} makes one risk of it. |
    數據、延遲的許可與其他部門同事的提醒：${specialist:title}據以登錄一項風險。
specialist AttachRiskProposal {"name": "${permit.riskProposal}", "risk": "${accepted.risk}"}
specialist DismissRiskProposal {"name": "${cable.riskProposal}", "reason": "It was replaced this morning"}
let boat ${accepted.risk}
title ${boat} | risk “The boat cannot leave” | 風險「船無法出航」

# Judged MEDIUM, it stands against the launch until it is reduced and somebody else has seen it.
analyst AssessRisk {"name": "${boat}", "current": {"likelihood": 3, "impact": 3}, "rationale": "Wind of ten years"}
  expect {"level": "LEVEL_MEDIUM", "treatByTime": "*"}
manager LaunchActivity {"name": "${cruise}"}
  refused LAUNCH_GATE_CLOSED
  say ${manager:title} tries to launch with a MEDIUM risk that nobody treats | ${manager:title}試圖在中風險未處理時上線
specialist ProposeTreatment {"name": "${boat}", "treatment": {"reduction": {"measures": [{"description": "A second boat on call",
  "kind": "KIND_PROCESS", "owner": "${specialist}", "dueDate": "${today+6d}", "costMinor": 120000, "currencyCode": "${currency}",
  "target": {"likelihood": 2, "impact": 2}}]}}}
manager TreatRisk {"name": "${boat}"}
  answer reduced
  expect {"state": "STATE_TREATED", "strategy": "STRATEGY_REDUCE"}
let second ${reduced.treatment.reduction.measures.0.riskMeasure}
specialist StartRiskMeasure {"name": "${second}"}
specialist FinishRiskMeasure {"name": "${second}"}
analyst VerifyRiskMeasure {"name": "${second}", "evidence": "It lies at the pier."}
  expect {"state": "STATE_VERIFIED", "kind": "KIND_PROCESS", "costMinor": "120000", "finisher": "*"}
analyst AssessRisk {"name": "${boat}", "current": {"likelihood": 3, "impact": 3}, "residual": {"likelihood": 2, "impact": 2},
  "rationale": "Two boats"}
  expect {"level": "LEVEL_LOW"}
manager LaunchActivity {"name": "${cruise}"}
  expect {"state": "STATE_LIVE"}
  say A second boat lies at the pier, ${analyst:title} has seen it: ${manager:title} launches the cruise. |
    第二艘船已待命並經${analyst:title}查核：${manager:title}讓遊船上線。

# What an indicator shows is RED, and asks its owner to look at it again. Grave again, it halts what runs; an insurance carries it, and pays.
let gust gust_${run}
analyst CreateMetricDefinition {"metricDefinitionId": "gusts-${run}", "metricDefinition": {"displayName": "Gusts at the pier",
  "eventName": "${gust}", "aggregation": "AGGREGATION_COUNT", "unit": "gusts"}}
analyst IngestEvents {"producer": "producers/buoy-${run}", "sequence": 1, "events": [
  {"$each": "0..30", "eventName": "${gust}", "user": "buoy-${i}", "occurTime": "${now-1d}"}]}
analyst DeclareComplete {"name": "producers/buoy-${run}", "completeTime": "${now-1m}"}
analyst CreateRiskIndicator {"riskIndicatorId": "gusts-${run}", "riskIndicator": {"title": "Gusts of a day", "subject": "${cruise}",
  "owner": "${analyst}", "risks": ["${boat}"], "startDate": "${today-1d}", "definition": {"metric": "metricDefinitions/gusts-${run}",
  "direction": "DIRECTION_HIGH_IS_BAD", "unit": "gusts", "period": "PERIOD_DAY", "amber": 10, "amberRelease": 5, "red": 20,
  "redRelease": 15, "enterPeriods": 1, "leavePeriods": 1, "allowedAgeHours": 2400, "reason": "As the pilots say"}}}
analyst GetRiskIndicator {"name": "riskIndicators/gusts-${run}"}
  within 60
  expect {"light": "LIGHT_RED"}
analyst ListAssessmentDuties {"filter": "risk = \"${boat}\" AND state = STATE_OPEN"}
  within 60
  expect {"assessmentDuties": [{"cause": "CAUSE_INDICATOR", "owner": "*", "dueDate": "*"}]}
  say Thirty gusts in a day turn the indicator red, and the risk's owner is asked for a new assessment. |
    一日三十陣強風使指標轉紅，風險負責人須重新評估。
analyst AssessRisk {"name": "${boat}", "current": {"likelihood": 5, "impact": 5}, "rationale": "A storm is forecast"}
  expect {"level": "LEVEL_HIGH", "state": "STATE_ASSESSED"}
analyst GetActivity {"name": "${cruise}"}
  within 60
  expect {"state": "STATE_PAUSED"}
  say A storm is forecast: the treatment is void, and nobody had to halt the cruise. | 預報有暴風雨：應對失效，遊船自動暫停。
manager CreateTransferInstrument {"transferInstrumentId": "harbour-${run}", "transferInstrument": {"kind": "INSTRUMENT_INSURANCE",
  "reference": "H-7", "counterparty": "Cathay", "risks": ["${boat}"], "startTime": "${now-1h}", "endTime": "${now+300d}",
  "coverMinor": 50000000, "aggregateMinor": 60000000, "deductibleMinor": 1000000, "currencyCode": "${currency}"}}
specialist ProposeTreatment {"name": "${boat}", "treatment": {"controllable": true, "controlJustification": "The boat stays in the harbour",
  "transfer": {"transferInstrument": "transferInstruments/harbour-${run}"}}}
manager TreatRisk {"name": "${boat}"}
  expect {"strategy": "STRATEGY_TRANSFER"}
analyst AssessRisk {"name": "${boat}", "current": {"likelihood": 5, "impact": 5}, "residual": {"likelihood": 1, "impact": 2},
  "rationale": "Insured, and inside the harbour", "evidence": ["transferInstruments/harbour-${run}"]}
  expect {"level": "LEVEL_LOW"}
manager ResumeActivity {"name": "${cruise}"}
  expect {"state": "STATE_LIVE"}
specialist CreateInstrumentClaim {"parent": "transferInstruments/harbour-${run}", "instrumentClaim": {"risk": "${boat}",
  "eventTime": "${now-1m}", "lossMinor": 3000000, "reason": "A mast"}}
  expect {"paidMinor": "2000000"}
  say The insurance carries what is left, and pays for a mast. | 保險承擔其餘風險，並賠付一支桅杆。

# What is accepted is so until a moment, and nothing runs on it any longer.
specialist CreateRisk {"riskId": "drizzle-${run}", "risk": {"category": "CATEGORY_OPERATIONAL", "subject": "${cruise}",
  "title": "It drizzles", "cause": "Clouds", "owner": "${specialist}"}}
title risks/drizzle-${run} | risk “It drizzles” | 風險「下起細雨」
analyst AssessRisk {"name": "risks/drizzle-${run}", "current": {"likelihood": 3, "impact": 1}, "rationale": "A little"}
  expect {"level": "LEVEL_LOW"}
specialist ProposeTreatment {"name": "risks/drizzle-${run}", "treatment": {"acceptance": {"justification": "There are umbrellas",
  "monitor": "${analyst}", "monitoringPlan": "Look out of the window.", "expireTime": "${present+12s}"}}}
manager TreatRisk {"name": "risks/drizzle-${run}"}
  expect {"strategy": "STRATEGY_ACCEPT"}
analyst GetActivity {"name": "${cruise}"}
  within 60
  expect {"state": "STATE_PAUSED"}
  say The acceptance of a little rain has ended, and so the cruise is paused. | 細雨風險的接受到期：遊船自動暫停。
analyst GetRisk {"name": "risks/drizzle-${run}"}
  within 60
  expect {"state": "STATE_REOPENED", "reopenReason": "*"}
analyst AssessRisk {"name": "risks/drizzle-${run}", "current": {"likelihood": 3, "impact": 1}, "rationale": "Still a little"}
specialist ProposeTreatment {"name": "risks/drizzle-${run}", "treatment": {"acceptance": {"justification": "There are more umbrellas",
  "monitor": "${analyst}", "monitoringPlan": "Look out of the window.", "expireTime": "${now+10d}"}}}
manager TreatRisk {"name": "risks/drizzle-${run}"}
manager ResumeActivity {"name": "${cruise}"}
  expect {"state": "STATE_LIVE"}
  say Assessed and accepted anew, it lets the cruise go on. | 重新評估並接受後，遊船繼續。

# Another matrix judges the same likelihood and impact otherwise: seen before it counts, and once more when something has changed since. It differs
# where nothing else of the story is rated; and what was in force before is in force again afterwards, as another version.
manager CreateRiskMatrix {"riskMatrixId": "second-${run}", "riskMatrix": {"reason": "What happens often is not LOW", "cells": [
  {"$each": "1..5", "likelihood": 1, "impact": "${i}", "level": "LEVEL_LOW"},
  {"likelihood": 1, "impact": 5, "level": "LEVEL_MEDIUM"},
  {"$each": "1..3", "likelihood": 2, "impact": "${i}", "level": "LEVEL_LOW"},
  {"$each": "3..6", "likelihood": 2, "impact": "${i}", "level": "LEVEL_MEDIUM"},
  {"$each": "1..5", "likelihood": 3, "impact": "${i}", "level": "LEVEL_MEDIUM"},
  {"likelihood": 3, "impact": 5, "level": "LEVEL_HIGH"},
  {"$each": "1..4", "likelihood": 4, "impact": "${i}", "level": "LEVEL_MEDIUM"},
  {"$each": "4..6", "likelihood": 4, "impact": "${i}", "level": "LEVEL_HIGH"},
  {"$each": "1..3", "likelihood": 5, "impact": "${i}", "level": "LEVEL_MEDIUM"},
  {"$each": "3..6", "likelihood": 5, "impact": "${i}", "level": "LEVEL_HIGH"}]}}
manager PublishRiskMatrix {"name": "riskMatrices/second-${run}"}
  refused PREVIEW_MISSING
  say ${manager:title} wants another matrix to count without having looked what it changes | ${manager:title}想直接啟用新矩陣而未先預覽
manager PreviewRiskMatrix {"name": "riskMatrices/second-${run}"}
  answer seen
  expect {"matrixInForce": "*", "cells": "*", "risks": "*"}
analyst GetRiskMatrix {"name": "${seen.matrixInForce}"}
  answer former
analyst AssessRisk {"name": "risks/drizzle-${run}", "current": {"likelihood": 3, "impact": 1}, "rationale": "As the radio says"}
  expect {"state": "STATE_TREATED", "level": "LEVEL_LOW"}
manager PublishRiskMatrix {"name": "riskMatrices/second-${run}"}
  refused PREVIEW_STALE
  say ${manager:title} activates the matrix by a preview that an assessment has outdated | ${manager:title}依已被新評估推翻的預覽啟用矩陣
manager PreviewRiskMatrix {"name": "riskMatrices/second-${run}"}
  answer seen
manager PublishRiskMatrix {"name": "riskMatrices/second-${run}", "etag": "${seen.riskMatrix.etag}"}
  expect {"state": "STATE_PUBLISHED"}
analyst SummarizeRisks {"subjects": ["${cruise}"]}
  expect {"blocking": true}
analyst GetRisk {"name": "risks/drizzle-${run}"}
  within 60
  expect {"state": "STATE_ASSESSED", "level": "LEVEL_MEDIUM", "current": {"likelihood": 3, "impact": 1}, "treatByTime": "*"}
  say By another matrix the little rain is MEDIUM: it is accepted no more, and has a day by which it is to be treated. |
    依新矩陣，細雨為中風險：接受失效，須於期限內應對。
analyst ListAssessments {"parent": "risks/drizzle-${run}", "filter": "origin = ORIGIN_RE_RATED"}
  expect {"assessments": [{"riskMatrix": "riskMatrices/second-${run}", "current": {"likelihood": 3, "impact": 1, "level": "LEVEL_MEDIUM"},
    "voidedTreatment": true}]}
analyst GetActivity {"name": "${cruise}"}
  expect {"state": "STATE_LIVE"}
manager CreateRiskMatrix {"riskMatrixId": "third-${run}", "riskMatrix": {"reason": "As before", "cells": "${former.cells}",
  "likelihoodScales": "${former.likelihoodScales}", "impactScales": "${former.impactScales}"}}
manager PreviewRiskMatrix {"name": "riskMatrices/third-${run}"}
  answer seen
manager PublishRiskMatrix {"name": "riskMatrices/third-${run}", "etag": "${seen.riskMatrix.etag}"}
analyst GetRisk {"name": "risks/drizzle-${run}"}
  within 60
  expect {"state": "STATE_ASSESSED", "level": "LEVEL_LOW", "current": {"likelihood": 3, "impact": 1}}
  say With the former matrix it is LOW again; what was void stays so, until somebody decides anew. |
    恢復原矩陣後又為低風險；已失效的接受不會自行恢復，須重新決定。

# A rule is in force from today on, and what it demands is not confirmed.
specialist CreateRegulation {"regulationId": "vests-${run}", "regulation": {"title": "Vests on boats", "jurisdiction": "TW",
  "source": "Gazette 7", "text": "Everybody on a boat has a vest.", "owner": "${analyst}", "effectiveDate": "${today}",
  "applicability": {"kinds": ["cruise-${run}"]}}}
specialist CreateObligation {"parent": "regulations/vests-${run}", "obligationId": "vests", "obligation": {"title": "A vest for each",
  "requirement": "As many vests as seats", "evidenceDemand": "A count", "owner": "${specialist}", "dueDate": "${today-1d}"}}
manager EnactRegulation {"name": "regulations/vests-${run}"}
analyst ListObligationCases {"filter": "subject = \"${cruise}\""}
  within 60
  answer vests
  expect {"obligationCases": [{"regulation": "regulations/vests-${run}", "breached": true}]}
analyst GetActivity {"name": "${cruise}"}
  within 60
  expect {"state": "STATE_PAUSED"}
  say From today on the law wants vests, and nobody has confirmed them: the cruise is paused. |
    自今日起法規要求救生衣，尚無人確認：遊船暫停。
manager ResumeActivity {"name": "${cruise}"}
  refused LAUNCH_GATE_CLOSED
  say ${manager:title} wants it to go on all the same | ${manager:title}仍想讓遊船繼續
specialist FulfillObligationCase {"name": "${vests.obligationCases.0.name}", "evidence": "60 seats, 64 vests"}
analyst ConfirmObligationCase {"name": "${vests.obligationCases.0.name}"}
manager ResumeActivity {"name": "${cruise}"}
  expect {"state": "STATE_LIVE"}
  say The vests are counted, and somebody else has confirmed it: the cruise goes on. | 救生衣清點完畢並經他人確認：遊船繼續。

# In the end the evening is dropped: seen before, decided by two, done within seconds.
specialist CreateRisk {"riskId": "pier-${run}", "risk": {"category": "CATEGORY_OPERATIONAL", "subject": "${harbour}",
  "title": "The pier gives way", "cause": "It is old", "owner": "${specialist}"}}
analyst AssessRisk {"name": "risks/pier-${run}", "current": {"likelihood": 5, "impact": 5}, "rationale": "An engineer has seen it"}
  expect {"level": "LEVEL_HIGH"}
engineer PreviewAvoidance {"name": "risks/pier-${run}"}
  expect {"subjects": [{"subject": "${cruise}", "falls": true}, {"subject": "${harbour}", "falls": true}],
    "stocks": [{"item": "${lamp}", "freedQuantity": "30"}], "money": [{"freedMinor": "400000"}]}
specialist ProposeTreatment {"name": "risks/pier-${run}", "treatment": {"avoidance": {"scope": "The whole evening"}}}
manager TreatRisk {"name": "risks/pier-${run}"}
  expect {"strategy": "STRATEGY_AVOID"}
analyst GetRisk {"name": "risks/pier-${run}"}
  within 60
  expect {"state": "STATE_CLOSED", "avoidanceOutcomes": [{"subject": "${harbour}", "state": "STATE_DROPPED"}]}
analyst GetActivity {"name": "${cruise}"}
  expect {"state": "STATE_CANCELLED"}
analyst GetProject {"name": "${harbour}"}
  expect {"state": "STATE_CANCELLED"}
analyst GetStock {"name": "${lamp}/stock"}
  expect {"reserved": "0"}
analyst GetBudget {"name": "budgets/harbour-${run}"}
  expect {"availableMinor": "900000"}
  say The pier is not safe: ${specialist:title} proposes, ${manager:title} decides, and within seconds the evening is dropped, with lamps and money
    free again. |
    碼頭不安全：${specialist:title}提議、${manager:title}決定，數秒內港灣之夜取消，燈具與經費恢復可用。

# Nothing of it binds others.
manager RepealRegulation {"name": "regulations/vests-${run}", "reason": "Another law says so"}
manager CloseRisk {"name": "${boat}", "reason": "There is no boat"}
manager CloseRisk {"name": "risks/drizzle-${run}", "reason": "The sun shines"}
analyst RetireRiskIndicator {"name": "riskIndicators/gusts-${run}"}
[]
