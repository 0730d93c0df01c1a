# From what a producer delivers to a month that is signed off, in four roles (M1, M2, M3, W10): a schema quarantines and a replay heals, what
# was tried is judged, the month closes, and what comes later stands beside it.

milestone MONTH

chapter 15. The month is closed | 15. 月結

person stall PRODUCER producers/market-stall-${run}
  title The till of the market stall | 市集攤位的收銀機
person tastingList PRODUCER producers/tasting-list-${run}
  title The list of the tasting | 試吃名單
person stallKeeper SPECIALIST employees/kao-hui-${run}
  title Kao Hui, who runs the stall, | 攤位負責人高惠
# The demo takes the latest month that is still open.
let closedMonth ${month-1mo}
let closing monthClosings/${closedMonth:month}
let sale stall_sale_${run}
let buyer stall_buyer_${run}
title ${stall} | the till of the stall | 攤位的收銀機
title ${stallKeeper} | Kao Hui | 高惠
title ${closing} | the closing of the month | 該月月結

analyst CreateEventSchema {"eventSchemaId": "stall-sale-${run}", "eventSchema": {"eventName": "${sale}", "amount": "AMOUNT_MINOR",
  "currencyCode": "TWD", "requiredProducers": ["${stall}"], "properties": [
    {"key": "channel", "place": "PLACE_DIMENSION", "required": true, "allowedValues": ["stall", "live"]}]}}
analyst ActivateEventSchema {"name": "eventSchemas/stall-sale-${run}", "reason": "Agreed with who runs the stall"}
  say ${analyst:title} agrees with the stall what a sale looks like: an amount, and whether it was sold at the stall or live. |
    ${analyst:title}與攤位約定銷售紀錄的格式：金額，以及售自攤位或直播。
stall StreamBatches {"events": {"producer": "${stall}", "sequence": 1, "events": [
  {"$each": "0..18", "eventName": "${sale}", "user": "m${i}", "occurTime": "${closedMonth:instant}", "dimensions": {"channel": "stall"},
    "valueMinor": 50000, "currencyCode": "TWD"},
  {"$each": "18..20", "eventName": "${sale}", "user": "m${i}", "occurTime": "${closedMonth:instant}", "dimensions": {"chanel": "stall"},
    "valueMinor": 50000, "currencyCode": "TWD"}]}}
  answer streamed
  expect {"sequence": 1, "events": {"acceptedCount": 18, "quarantinedCount": 2}}
  say ${stall:title} streams 20 sales of ${closedMonth:month}: ${streamed.events.acceptedCount} count, and two with a key that is spelt wrong
    are set aside. | ${stall:title}串流送出 ${closedMonth:month} 的 20 筆銷售：${streamed.events.acceptedCount} 筆計入，兩筆欄位名稱拼錯，先行隔離。
analyst ReplayDeadLetters {"selection": {"producer": "${stall}"}, "repair": {"renamedKeys": {"chanel": "channel"}},
  "reason": "Spelt wrong by the till"}
  expect {"replayedCount": 2, "openCount": 0}
  say ${analyst:title} renames the key and lets them be judged again: both count, once each. |
    ${analyst:title}更正欄位名稱後重新處理：兩筆各計入一次。

# What was tried is judged by the data.
analyst CreateMetricDefinition {"metricDefinitionId": "stall-buyers-${run}", "metricDefinition": {"displayName": "Buyers at the stall",
  "eventName": "${buyer}", "aggregation": "AGGREGATION_DISTINCT_USERS", "unit": "users"}}
stallKeeper CreateMeasure {"measureId": "tasting-${run}", "measure": {"title": "A tasting at the stall", "kind": "KIND_SERVICE",
  "hypothesis": "Who tastes buys", "owner": "${stallKeeper}", "targetMetric": "metricDefinitions/stall-buyers-${run}",
  "direction": "DIRECTION_INCREASE", "smallestEffect": 0.05, "evaluationDate": "${today+1d}", "origin": "${activity}", "plan": {"randomised": {
    "exposureEvent": "tasting_${run}", "variantKey": "variant", "control": "none", "treatment": "offered", "startDate": "${today-3d}",
    "endDate": "${today-2d}", "windowHours": 12, "sizePerArm": 60}}}}
manager ApproveMeasure {"name": "measures/tasting-${run}"}
stallKeeper StartMeasure {"name": "measures/tasting-${run}"}
  say ${stallKeeper:title} offers a tasting to every other visitor; ${manager} has approved how it will be judged. |
    ${stallKeeper:title}讓每兩位訪客中的一位試吃；${manager}已核准評估方式。
tastingList StreamBatches {"events": {"producer": "${tastingList}", "sequence": 1, "events": [
  {"$each": "0..100", "eventName": "tasting_${run}", "user": "n${i}", "occurTime": "${now-60h}", "dimensions": {"variant": "none"}},
  {"$each": "0..100", "eventName": "tasting_${run}", "user": "o${i}", "occurTime": "${now-60h}", "dimensions": {"variant": "offered"}},
  {"$each": "0..100/5", "eventName": "${buyer}", "user": "n${i}", "occurTime": "${now-59h}"},
  {"$each": "0..100/2", "eventName": "${buyer}", "user": "o${i}", "occurTime": "${now-59h}"}]}}
  expect {"events": {"acceptedCount": 270}}
tastingList DeclareComplete {"name": "${tastingList}", "completeTime": "${now-1m}"}
analyst EvaluateMeasure {"name": "measures/tasting-${run}"}
  answer tasted
  expect {"state": "STATE_EVALUATED", "conclusion": "CONCLUSION_BETTER", "strength": "STRENGTH_STRONG"}
  say 50 of 100 who tasted bought, 20 of 100 who did not: better, and the evidence is ${tasted.strength:words}. |
    試吃的 100 人中有 50 人購買，未試吃的 100 人中有 20 人：效果較佳，且證據充分。
manager AdoptMeasure {"name": "measures/tasting-${run}", "reason": "Every visitor is offered one from now on"}
  expect {"state": "STATE_ADOPTED"}

# The month is signed off, once.
analyst CreateOfficialMetricList {"officialMetricListId": "stall-${run}", "officialMetricList": {"reason": "The figures of the stall",
  "metrics": [
    {"code": "sales", "title": "Sales of the stall", "question": {"period": {"last": {"count": 1, "unit": "TIME_UNIT_MONTH"}},
      "figures": {"figure": {"events": {"eventName": "${sale}"}, "measure": "MEASURE_SUM", "minor": true}}}},
    {"code": "customers", "title": "Customers of the stall", "question": {"period": {"last": {"count": 1, "unit": "TIME_UNIT_MONTH"}},
      "figures": {"figure": {"events": {"eventName": "${sale}"}, "measure": "MEASURE_USERS"}}}}]}}
manager PublishOfficialMetricList {"name": "officialMetricLists/stall-${run}"}
  expect {"state": "STATE_PUBLISHED"}
analyst ProposeMonthClosing {"month": "${closedMonth:month}", "note": "The stall has told everything"}
  expect {"state": "STATE_PROPOSED", "proposer": "*"}
manager CloseMonth {"name": "${closing}"}
  refused MONTH_OPEN
  say ${manager:title} wants to close ${closedMonth:month} | ${manager:title}要結算 ${closedMonth:month}
stall DeclareComplete {"name": "${stall}", "completeTime": "${now-1m}"}
manager CloseMonth {"name": "${closing}"}
  expect {"state": "STATE_CLOSED", "figureCount": 2, "forceReason": "", "adjustmentCount": 0}
  say The stall declares that all is delivered. Now the month closes, proposed by ${analyst} and signed by ${manager}. |
    攤位聲明資料已全數送達。月結完成，由${analyst}提出、${manager}簽核。
manager GetOfficialFigure {"name": "${closing}/figures/sales"}
  answer sales
  expect {"answer": {"closedness": "CLOSEDNESS_CLOSED", "body": {"figures": {"all": {"total": {"sumMinor": 1000000, "users": 20}}}}}}
  say Its sales are ${sales.answer.body.figures.all.total.sumMinor:money}, for good. |
    銷售額定為 ${sales.answer.body.figures.all.total.sumMinor:money}，不再變動。
specialist CreateAnswerSnapshot {"answerSnapshotId": "stall-${run}", "answerSnapshot": {"title": "For the appraisal of Kao Hui",
  "question": {"period": {"dates": {"startDate": "${closedMonth}", "endDate": "${closedMonth}"}}, "figures": {"figure": {"events": {
    "eventName": "${sale}"}, "measure": "MEASURE_SUM", "minor": true}}}}}
  answer stallSnapshot
  expect {"answer": {"body": {"figures": {"all": {"total": {"sumMinor": 1000000}}}}}}
  say ${specialist:title} keeps the answer for the appraisal of ${stallKeeper}, under the digest ${stallSnapshot.answer.digest:short} |
    ${specialist:title}為${stallKeeper}的考核保存答案，摘要為 ${stallSnapshot.answer.digest:short}
stall StreamBatches {"events": {"producer": "${stall}", "sequence": 2, "events": [{"eventName": "${sale}", "user": "m3",
  "occurTime": "${closedMonth:instant}", "dimensions": {"channel": "live"}, "valueMinor": 70000, "currencyCode": "TWD"}]}}
  expect {"events": {"acceptedCount": 1}}
  say A sale of ${closedMonth:month} turns up late. | 一筆 ${closedMonth:month} 的銷售遲到了。
manager ListFigureAdjustments {"parent": "${closing}", "filter": "figure = \"${closing}/figures/sales\""}
  answer beside
  within 60
  expect {"figureAdjustments": [{"figure": "${closing}/figures/sales", "number": 1, "causeCount": 1, "causes": [
    {"kind": "KIND_LATE_BATCH", "producer": "${stall}", "firstSequence": 2, "rowCount": 1}],
    "differences": [{"path": "body.figures.all.total.value", "before": 1000000, "after": 1070000, "difference": 70000}, {}, {}, {}, {}, {}]}]}
  say It stands beside the closed month: ${beside.figureAdjustments.0.differences.0.difference:money} more, because of batch
    ${beside.figureAdjustments.0.causes.0.firstSequence} of ${stall}. |
    它列為月結之外的調整：因${stall}的第 ${beside.figureAdjustments.0.causes.0.firstSequence} 批，增加
    ${beside.figureAdjustments.0.differences.0.difference:money}。
analyst GetOfficialFigure {"name": "${closing}/figures/sales"}
  expect {"answer": {"digest": "${sales.answer.digest}"}, "latestAdjustment": "${beside.figureAdjustments.0.name}"}
manager GetAnswerSnapshot {"name": "${stallSnapshot.name}"}
  expect {"answer": {"digest": "${stallSnapshot.answer.digest}", "body": {"figures": {"all": {"total": {"sumMinor": 1000000}}}}}}
  say Within the month nothing moved, and the appraisal still finds the figure that it was judged by. |
    月結內的數字分毫未動，考核所依據的數據也依然如故。
manager CloseMonth {"name": "${closing}"}
  refused ILLEGAL_TRANSITION
  say Nobody closes a month twice | 月份不能結算兩次

[aside]
specialist GetMonthClosing {"name": "${closing}"}
  expect {"state": "STATE_CLOSED", "adjustmentCount": 2, "officialMetricList": "officialMetricLists/stall-${run}"}
engineer ListMonthClosings {"filter": "state = STATE_CLOSED"}
technician ListOfficialFigures {"parent": "${closing}"}
  expect {"officialFigures": [{}, {"title": "Sales of the stall"}]}
specialist GetFigureAdjustment {"name": "${beside.figureAdjustments.0.name}"}
  expect {"beforeDigest": "${sales.answer.digest}"}
analyst ProposeMonthClosing {"month": "2024-02"}
manager RejectMonthClosing {"name": "monthClosings/2024-02", "reason": "Nobody delivered anything then"}
  expect {"state": "STATE_REJECTED", "endDate": {"year": 2024, "month": 2, "day": 29}, "allowedVerbs": ["propose"]}
specialist GetOfficialMetricList {"name": "officialMetricLists/default"}
  expect {"version": 1, "metrics": []}
engineer ListOfficialMetricLists {"filter": "state = STATE_PUBLISHED"}
analyst CreateOfficialMetricList {"officialMetricListId": "never-${run}", "officialMetricList": {"reason": "A draft", "metrics": [
  {"code": "a", "title": "A", "question": {"period": {"dates": {"startDate": "${today}", "endDate": "${today}"}},
    "figures": {"figure": {"events": {"eventName": "a"}}}}}]}}
  refused INVALID_FIELDS
analyst CreateOfficialMetricList {"officialMetricListId": "never-${run}", "officialMetricList": {"reason": "A draft"}}
analyst UpdateOfficialMetricList {"officialMetricList": {"name": "officialMetricLists/never-${run}", "reason": "Still a draft"},
  "updateMask": "reason"}
analyst DeleteOfficialMetricList {"name": "officialMetricLists/never-${run}"}

# Which events make a user active is agreed once, and asked for by name.
analyst CreateActiveUserDefinition {"activeUserDefinitionId": "regulars-1-${run}", "activeUserDefinition": {"code": "regulars-${run}",
  "displayName": "Regulars", "events": [{"eventName": "${sale}"}]}}
  expect {"state": "STATE_DRAFT", "allowedVerbs": ["activate"]}
analyst UpdateActiveUserDefinition {"activeUserDefinition": {"name": "activeUserDefinitions/regulars-1-${run}",
  "description": "Whoever bought at the stall"}, "updateMask": "description"}
analyst ActivateActiveUserDefinition {"name": "activeUserDefinitions/regulars-1-${run}", "reason": "Agreed with the stall"}
  expect {"state": "STATE_ACTIVE", "version": 1}
analyst CreateActiveUserDefinition {"activeUserDefinitionId": "regulars-2-${run}", "activeUserDefinition": {"code": "regulars-${run}",
  "displayName": "Regulars", "events": [{"eventName": "${sale}", "condition": "channel = \"live\""}]}}
analyst ActivateActiveUserDefinition {"name": "activeUserDefinitions/regulars-2-${run}", "reason": "Only those who buy live"}
  expect {"version": 2}
specialist AskQuestions {"questions": [
  {"period": {"dates": {"startDate": "${closedMonth}", "endDate": "${closedMonth}"}}, "activeUsers": {"definition": {
    "version": "activeUserDefinitions/regulars-1-${run}"}}},
  {"period": {"dates": {"startDate": "${closedMonth}", "endDate": "${closedMonth}"}}, "activeUsers": {"definition": {
    "code": "regulars-${run}"}}}]}
  expect {"answers": [{"body": {"activeUsers": {"days": [{"daily": 20}]}}, "definitions": [{"version": 1}]},
    {"body": {"activeUsers": {"days": [{"daily": 1}]}}, "definitions": [{"version": 2}]}]}
specialist GetActiveUserDefinition {"name": "activeUserDefinitions/regulars-1-${run}"}
  expect {"state": "STATE_RETIRED"}
engineer ListActiveUserDefinitions {"filter": "state = STATE_ACTIVE"}
analyst RetireActiveUserDefinition {"name": "activeUserDefinitions/regulars-2-${run}", "reason": "The stall has moved on"}
analyst CreateActiveUserDefinition {"activeUserDefinitionId": "regulars-3-${run}", "activeUserDefinition": {"code": "regulars-${run}",
  "displayName": "Regulars", "events": [{"eventName": "${sale}"}]}}
analyst DeleteActiveUserDefinition {"name": "activeUserDefinitions/regulars-3-${run}"}
