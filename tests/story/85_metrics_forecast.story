# What is to be expected of a metric, whether its target will be met, and what HIGH alerts propose as risks (M2, H1, R1).

[aside]
analyst CreateMetricDefinition {"metricDefinitionId": "visits-${run}", "metricDefinition": {"displayName": "Visits of the reading room",
  "eventName": "room_visit", "aggregation": "AGGREGATION_COUNT", "unit": "visits"}}
specialist ForecastMetric {"name": "metricDefinitions/visits-${run}", "horizonDays": 7}
  refused INSUFFICIENT_HISTORY
analyst IngestEvents {"producer": "producers/room-${run}", "sequence": 1, "events": [
  {"$each": "0..6", "eventName": "room_visit", "user": "v${i}", "occurTime": "${now-21d}"},
  {"$each": "0..7", "eventName": "room_visit", "user": "v${i}", "occurTime": "${now-20d}"},
  {"$each": "0..5", "eventName": "room_visit", "user": "v${i}", "occurTime": "${now-19d}"},
  {"$each": "0..8", "eventName": "room_visit", "user": "v${i}", "occurTime": "${now-18d}"},
  {"$each": "0..7", "eventName": "room_visit", "user": "v${i}", "occurTime": "${now-17d}"},
  {"$each": "0..3", "eventName": "room_visit", "user": "v${i}", "occurTime": "${now-16d}"},
  {"$each": "0..2", "eventName": "room_visit", "user": "v${i}", "occurTime": "${now-15d}"},
  {"$each": "0..7", "eventName": "room_visit", "user": "v${i}", "occurTime": "${now-14d}"},
  {"$each": "0..6", "eventName": "room_visit", "user": "v${i}", "occurTime": "${now-13d}"},
  {"$each": "0..6", "eventName": "room_visit", "user": "v${i}", "occurTime": "${now-12d}"},
  {"$each": "0..9", "eventName": "room_visit", "user": "v${i}", "occurTime": "${now-11d}"},
  {"$each": "0..8", "eventName": "room_visit", "user": "v${i}", "occurTime": "${now-10d}"},
  {"$each": "0..4", "eventName": "room_visit", "user": "v${i}", "occurTime": "${now-9d}"},
  {"$each": "0..3", "eventName": "room_visit", "user": "v${i}", "occurTime": "${now-8d}"},
  {"$each": "0..5", "eventName": "room_visit", "user": "v${i}", "occurTime": "${now-7d}"},
  {"$each": "0..8", "eventName": "room_visit", "user": "v${i}", "occurTime": "${now-6d}"},
  {"$each": "0..7", "eventName": "room_visit", "user": "v${i}", "occurTime": "${now-5d}"},
  {"$each": "0..7", "eventName": "room_visit", "user": "v${i}", "occurTime": "${now-4d}"},
  {"$each": "0..6", "eventName": "room_visit", "user": "v${i}", "occurTime": "${now-3d}"},
  {"$each": "0..3", "eventName": "room_visit", "user": "v${i}", "occurTime": "${now-2d}"},
  {"$each": "0..4", "eventName": "room_visit", "user": "v${i}", "occurTime": "${now-1d}"}]}
analyst DeclareComplete {"name": "producers/room-${run}", "completeTime": "${now-1h}"}
specialist ForecastMetric {"name": "metricDefinitions/visits-${run}", "horizonDays": 7,
  "target": {"amount": 1000, "wanted": "WANTED_AT_LEAST", "startDate": "${today-6d}", "endDate": "${today+13d}"}}
  expect {"source": "events/room_visit", "target": {"endDate": "*", "chance": "*"}, "backtest": {"originCount": "*", "mase": "*"}}
analyst CreateAlertRule {"alertRuleId": "goal-${run}", "alertRule": {"displayName": "Too few visits by the end of the fortnight",
  "metric": "metricDefinitions/visits-${run}", "condition": {"forecast": {"leastChance": 0.2, "target": {"amount": 1000,
  "wanted": "WANTED_AT_LEAST", "startDate": "${today-6d}", "endDate": "${today+13d}"}}}, "interval": "INTERVAL_DAY",
  "breachesToOpen": 1, "window": 1, "clearToClose": 1, "severity": "SEVERITY_HIGH", "owner": "${analyst}"}}
analyst PlayAlertRule {"name": "alertRules/goal-${run}", "startDate": "${today-3d}", "endDate": "${today-1d}"}
  expect {"episodes": [{"breachCount": "*"}]}
analyst DeleteMetricDefinition {"name": "metricDefinitions/visits-${run}"}
  refused METRIC_IN_USE

# A rush in the shop was a HIGH alert. What it proposes is no risk before somebody has looked at it.
specialist ListRiskProposals {"filter": "source = \"${warned.alerts.0.name}\""}
  answer proposed
  within 10
  expect {"riskProposals": [{"state": "STATE_PROPOSED", "owner": "${analyst}", "signalEndTime": "*", "alert": {"source": "events/purchase"}}]}
specialist GetRiskProposal {"name": "${proposed.riskProposals.0.name}"}
  expect {"allowedVerbs": ["accept", "attach", "merge", "dismiss"]}
manager risk.HandOver {"resource": "${proposed.riskProposals.0.name}", "field": "owner", "employee": "${analyst}",
  "successor": "${specialist}", "reason": "The shop is run by the specialist"}
specialist AcceptRiskProposal {"name": "${proposed.riskProposals.0.name}", "title": "The shop cannot carry a rush"}
  answer accepted
  expect {"state": "STATE_ACCEPTED", "reviewer": "${specialist}"}
analyst GetRisk {"name": "${accepted.risk}"}
  expect {"state": "STATE_IDENTIFIED", "owner": "${specialist}", "category": "CATEGORY_OPERATIONAL"}
manager CloseRisk {"name": "${accepted.risk}", "reason": "The shop was given more room"}
specialist ListRiskProposals {"filter": "subject = \"${activity}\" AND source : \"alerts/\""}
  answer proposed
  expect {"riskProposals": [{"state": "STATE_PROPOSED"}]}
specialist DismissRiskProposal {"name": "${proposed.riskProposals.0.name}", "reason": "The fair sells more than a usual day"}
  expect {"state": "STATE_DISMISSED", "dismissReason": "The fair sells more than a usual day"}
