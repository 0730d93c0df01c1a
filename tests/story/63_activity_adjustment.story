# A running activity is adjusted by its figures, and what came of it is told later, by the data (A3, W4).

specialist CreateAdjustment {"parent": "${activity}", "adjustmentId": "shorter-form", "adjustment": {
  "title": "Fewer fields in the order form", "hypothesis": "Who has less to fill in finishes more often.",
  "change": "Three fields in place of nine.", "metric": {"metric": "metricDefinitions/carried-${run}"},
  "direction": "DIRECTION_INCREASE", "plan": {"beforeAfter": {"changeDate": "${today}", "daysBefore": 8, "daysAfter": 2}},
  "evaluationDate": "${today+2d}", "owner": "${specialist}"}}
  answer adjustment
  expect {"state": "STATE_PROPOSED", "plan": {"activity": "${activity}"}}
  say ${specialist:title} proposes to adjust the activity: “${adjustment.hypothesis}” The effect will be told by the purchases before and since. |
    ${specialist:title}提議調整活動：「${adjustment.hypothesis}」效果將以前後的購買數判斷。
manager ApproveAdjustment {"name": "${adjustment.name}"}
  expect {"state": "STATE_APPROVED", "approver": "${manager}"}
specialist ApplyAdjustment {"name": "${adjustment.name}"}
  expect {"state": "STATE_APPLIED", "confounded": false}
  say ${manager:title} approves it, ${specialist:title} puts it into effect; hypothesis, metric and date are fixed from now on. |
    ${manager:title}核准，${specialist:title}實施；自此假設、指標與日期不可更改。
analyst EvaluateAdjustment {"name": "${adjustment.name}"}
  refused EVALUATION_NOT_DUE
  say ${analyst:title} wants to know the effect before its day | ${analyst:title}想提前得知效果

[aside]
analyst GetAdjustment {"name": "${adjustment.name}"}
  expect {"state": "STATE_APPLIED"}
analyst ListAdjustments {"parent": "${activity}", "filter": "state = STATE_APPLIED"}
  expect {"adjustments": [{"name": "${adjustment.name}"}]}
specialist UpdateAdjustment {"adjustment": {"name": "${adjustment.name}", "hypothesis": "It is what it is."}, "updateMask": "hypothesis"}
  refused ADJUSTMENT_FROZEN
specialist UpdateAdjustment {"adjustment": {"name": "${adjustment.name}", "title": "A shorter order form"}, "updateMask": "title"}
manager AdoptAdjustment {"name": "${adjustment.name}", "reason": "It works."}
  refused ILLEGAL_TRANSITION
manager RevertAdjustment {"name": "${adjustment.name}", "reason": "It does not work."}
  refused ILLEGAL_TRANSITION
specialist CreateAdjustment {"parent": "${activity}", "adjustmentId": "larger-type", "adjustment": {
  "title": "Larger type", "hypothesis": "Who can read it buys it.", "change": "18 points in place of 12.",
  "metric": {"metric": "metricDefinitions/carried-${run}"}, "direction": "DIRECTION_INCREASE",
  "plan": {"beforeAfter": {"changeDate": "${today}", "daysBefore": 8, "daysAfter": 2}}, "evaluationDate": "${today+2d}",
  "owner": "${specialist}"}}
manager ApproveAdjustment {"name": "${activity}/adjustments/larger-type"}
specialist ApplyAdjustment {"name": "${activity}/adjustments/larger-type"}
  expect {"confounded": true, "confounders": ["${adjustment.name}"]}
manager DropAdjustment {"name": "${activity}/adjustments/larger-type", "reason": "Nobody could tell its effect from that of the form."}
  expect {"state": "STATE_DROPPED", "decider": "${manager}"}
