# Every figure can be traced to what was delivered (M1, M2).

[aside]
analyst GetActivityCounters {"activity": "${activity}"}
  expect {"participants": 130, "viewers": 750}
analyst QueryMetric {"metric": "${revenue}", "startDate": "${today}", "endDate": "${today}", "activity": "${activity}"}
  expect {"totals": [{"figures": {"value": 4400000, "count": 40}}], "currencyCode": "${currency}"}
analyst BatchGetMetricDefinitions {"names": ["${revenue}"]}
  expect {"metricDefinitions": [{"name": "${revenue}"}]}
analyst GetMetricDefinition {"name": "${revenue}"}
  expect {"displayName": "Revenue of the fair"}
analyst ListMetricDefinitions {}
analyst CreateMetricDefinition {"metricDefinitionId": "orders-${run}", "metricDefinition": {"displayName": "Orders",
  "eventName": "purchase", "aggregation": "AGGREGATION_COUNT", "unit": "orders"}}
analyst UpdateMetricDefinition {"metricDefinition": {"name": "metricDefinitions/orders-${run}", "displayName": "Purchases"},
  "updateMask": "displayName"}
analyst DeleteMetricDefinition {"name": "metricDefinitions/orders-${run}"}
analyst metrics.ListEvents {}
engineer metrics.ListFollowers {}
manager metrics.HandOver {"resource": "${revenue}", "field": "creator", "employee": "${analyst}", "successor": "${manager}",
  "reason": "Nobody answers for a definition"}
  refused INVALID_FIELDS
engineer metrics.ListExcessRoles {}
engineer metrics.ListHoldings {"employee": "${analyst}"}
