# What is changed to move a metric is approved, run, judged by the data and decided (M3).

[aside]
analyst CreateMetricDefinition {"metricDefinitionId": "buyers-${run}", "metricDefinition": {"displayName": "Buyers",
  "eventName": "form_sent", "aggregation": "AGGREGATION_DISTINCT_USERS", "unit": "users"}}
let form {"randomised": {"exposureEvent": "form_shown", "variantKey": "variant", "control": "long", "treatment": "short",
  "startDate": "${today-3d}", "endDate": "${today-2d}", "windowHours": 12, "sizePerArm": 60}}
specialist CreateMeasure {"measureId": "short-form-${run}", "measure": {"title": "A shorter form", "kind": "KIND_PRODUCT",
  "hypothesis": "Fewer fields lose fewer people", "owner": "${specialist}", "targetMetric": "metricDefinitions/buyers-${run}",
  "direction": "DIRECTION_INCREASE", "smallestEffect": 0.05, "evaluationDate": "${today+1d}", "plan": "${form}",
  "guardrails": [{"metric": {"metric": "metricDefinitions/fair-revenue-${run}"}, "direction": "DIRECTION_INCREASE", "bound": 100}], "origin": "activities/winter-fair-live-${run}"}}
  expect {"state": "STATE_DRAFT", "design": "DESIGN_RANDOMISED"}
specialist UpdateMeasure {"measure": {"name": "measures/short-form-${run}", "title": "A shorter sign-up form"}, "updateMask": "title"}
analyst CreateMeasure {"measureId": "none-${run}", "measure": {"title": "A slip", "kind": "KIND_SERVICE", "hypothesis": "None",
  "owner": "${analyst}", "targetMetric": "metricDefinitions/buyers-${run}", "direction": "DIRECTION_INCREASE",
  "evaluationDate": "${today+1d}", "plan": "${form}"}}
specialist DeleteMeasure {"name": "measures/none-${run}"}
  refused NOT_YOUR_MEASURE
analyst DeleteMeasure {"name": "measures/none-${run}"}
specialist ExamineMeasure {"name": "measures/short-form-${run}"}
  refused MEASURE_NOT_STARTED
manager ApproveMeasure {"name": "measures/short-form-${run}"}
specialist StartMeasure {"name": "measures/short-form-${run}"}
  expect {"state": "STATE_RUNNING"}
analyst IngestEvents {"producer": "producers/forms-${run}", "sequence": 1, "events": [
  {"$each": "0..100", "eventId": "long-${i}", "eventName": "form_shown", "user": "l${i}", "occurTime": "${now-60h}",
    "dimensions": {"variant": "long"}},
  {"$each": "0..100", "eventId": "short-${i}", "eventName": "form_shown", "user": "s${i}", "occurTime": "${now-60h}",
    "dimensions": {"variant": "short"}},
  {"$each": "0..100/5", "eventId": "long-sent-${i}", "eventName": "form_sent", "user": "l${i}", "occurTime": "${now-59h}"},
  {"$each": "0..100/2", "eventId": "short-sent-${i}", "eventName": "form_sent", "user": "s${i}", "occurTime": "${now-59h}"}]}
analyst DeclareComplete {"name": "producers/forms-${run}", "completeTime": "${now-1h}"}
specialist ExamineMeasure {"name": "measures/short-form-${run}"}
  expect {"conclusion": "CONCLUSION_BETTER", "users": {"controlCount": 100, "treatmentCount": 100, "plannedSizeReached": true}}
analyst ChangeMeasurePlan {"name": "measures/short-form-${run}", "plan": "${form}", "evaluationDate": "${today+2d}",
  "reason": "The analyst is away tomorrow"}
  expect {"planChanges": [{"author": "${analyst}"}]}
analyst EvaluateMeasure {"name": "measures/short-form-${run}"}
  answer measured
  expect {"state": "STATE_EVALUATED", "conclusion": "CONCLUSION_BETTER", "strength": "STRENGTH_MODERATE"}
specialist GetMeasureEvaluation {"name": "${measured.evaluation}"}
  expect {"verdict": {"target": {"method": "COMPARISON_METHOD_TWO_PROPORTIONS"}}}
specialist ListMeasureEvaluations {"parent": "measures/short-form-${run}"}
manager RepeatMeasure {"name": "measures/short-form-${run}", "reason": "Once more, as planned from the start", "plan": "${form}",
  "evaluationDate": "${today+9d}"}
  answer repeated
  expect {"state": "STATE_DRAFT", "repeats": "measures/short-form-${run}"}
manager metrics.HandOver {"resource": "${repeated.name}", "field": "owner", "employee": "${specialist}", "successor": "${analyst}",
  "reason": "The analyst repeats it"}
specialist GetMeasure {"name": "measures/short-form-${run}"}
  expect {"state": "STATE_REPEATED"}
specialist ListMeasures {"filter": "owner = \"${specialist}\" AND state = STATE_REPEATED"}
analyst CreateMeasure {"measureId": "reply-${run}", "measure": {"title": "Replies within the hour", "kind": "KIND_SERVICE",
  "hypothesis": "Who is answered buys", "owner": "${specialist}", "targetMetric": "metricDefinitions/buyers-${run}",
  "direction": "DIRECTION_INCREASE", "evaluationDate": "${today+1d}", "plan": "${form}"}}
manager ApproveMeasure {"name": "measures/reply-${run}"}
specialist StartMeasure {"name": "measures/reply-${run}"}
manager AdoptMeasure {"name": "measures/reply-${run}", "reason": "Too soon"}
  refused ILLEGAL_TRANSITION
analyst EvaluateMeasure {"name": "measures/reply-${run}"}
manager AdoptMeasure {"name": "measures/reply-${run}", "reason": "It works"}
  expect {"state": "STATE_ADOPTED"}
analyst CreateMeasure {"measureId": "push-${run}", "measure": {"title": "A push in the evening", "kind": "KIND_STRATEGY",
  "hypothesis": "People buy after work", "owner": "${specialist}", "targetMetric": "metricDefinitions/buyers-${run}",
  "direction": "DIRECTION_INCREASE", "evaluationDate": "${today+30d}", "plan": {"beforeAfter": {"changeDate": "${today+1d}",
  "daysBefore": 28, "daysAfter": 14}}}}
manager ApproveMeasure {"name": "measures/push-${run}"}
manager DropMeasure {"name": "measures/push-${run}", "reason": "Nobody can send it"}
  expect {"state": "STATE_DROPPED"}
analyst EvaluateChange {"metric": {"metric": "metricDefinitions/buyers-${run}"}, "direction": "DIRECTION_INCREASE", "plan": "${form}"}
  expect {"conclusion": "CONCLUSION_BETTER", "strength": "STRENGTH_STRONG"}
