# A LIVE activity can be halted; before it goes on the gate is asked again (A2, W1, W6).

specialist PauseActivity {"name": "${activity}", "reason": "The sound failed."}
  answer paused
  expect {"state": "STATE_PAUSED"}
  say ${specialist:title} pauses the activity: “${paused.stateReason}” | ${specialist:title}暫停活動：「${paused.stateReason}」
manager ResumeActivity {"name": "${activity}"}
  expect {"state": "STATE_LIVE"}
  say ${manager:title} resumes it; the gate was checked again. | ${manager:title}恢復活動；關卡已重新檢查。

# One abnormal figure is one alert, one alert one incident, and at a guardrail the activity is paused (W4).
[aside]
analyst CreateAlertRule {"alertRuleId": "guard-${run}", "alertRule": {"displayName": "More purchases than the shop can carry",
  "metric": "${revenue}", "activity": "${activity}", "activityOwner": "${specialist}", "condition": {"threshold": {"upper": 10}},
  "interval": "INTERVAL_DAY", "breachesToOpen": 1, "window": 1, "clearToClose": 1, "severity": "SEVERITY_HIGH", "owner": "${analyst}",
  "guardrail": true}}
  answer guard
analyst CreateMetricDefinition {"metricDefinitionId": "carried-${run}", "metricDefinition": {"displayName": "Purchases of the fair",
  "eventName": "purchase", "aggregation": "AGGREGATION_COUNT", "unit": "purchases"}}
analyst UpdateAlertRule {"alertRule": {"name": "${guard.name}", "metric": "metricDefinitions/carried-${run}"}, "updateMask": "metric"}
analyst ActivateAlertRule {"name": "${guard.name}"}
specialist ListIncidents {"parent": "${activity}"}
  answer incidents
  within 150
  expect {"incidents": [{"state": "STATE_OPEN", "guardrail": true, "high": true, "owner": "*", "source": "events/purchase"}]}
analyst GetActivity {"name": "${activity}"}
  within 10
  expect {"state": "STATE_PAUSED"}
specialist ListAlerts {"filter": "activity = \"${activity}\""}
  expect {"alerts": [{"guardrail": true, "activityOwner": "${specialist}"}]}
analyst RetireAlertRule {"name": "${guard.name}", "reason": "The shop was given more room"}
specialist GetIncident {"name": "${incidents.incidents.0.name}"}
  within 10
  expect {"alertEndTime": "*"}
specialist CloseIncident {"name": "${incidents.incidents.0.name}", "outcome": "The shop was given more room."}
  expect {"state": "STATE_CLOSED", "closer": "${specialist}"}
manager ResumeActivity {"name": "${activity}"}
  expect {"state": "STATE_LIVE"}
