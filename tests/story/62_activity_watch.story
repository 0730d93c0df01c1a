# A LIVE activity can be halted; before it goes on the gate is asked again (A2, W1, W6).

specialist PauseActivity {"name": "${activity}", "reason": "The sound failed."}
  answer paused
  expect {"state": "STATE_PAUSED"}
  say ${specialist:title} pauses the activity: “${paused.stateReason}” | ${specialist:title}暫停活動：「${paused.stateReason}」
manager ResumeActivity {"name": "${activity}"}
  expect {"state": "STATE_LIVE"}
  say ${manager:title} resumes it; the gate was checked again. | ${manager:title}恢復活動；關卡已重新檢查。

# One abnormal figure is one alert, one alert one incident, and at a guardrail the activity is paused (W4).
analyst CreateMetricDefinition {"metricDefinitionId": "carried-${run}", "metricDefinition": {"displayName": "Purchases of the fair",
  "eventName": "purchase", "aggregation": "AGGREGATION_COUNT", "unit": "purchases"}}
analyst CreateAlertRule {"alertRuleId": "guard-${run}", "alertRule": {"displayName": "More purchases than the shop can carry",
  "metric": "metricDefinitions/carried-${run}", "activity": "${activity}", "activityOwner": "${specialist}",
  "condition": {"threshold": {"upper": 10}}, "interval": "INTERVAL_DAY", "breachesToOpen": 1, "window": 1, "clearToClose": 1,
  "severity": "SEVERITY_HIGH", "owner": "${analyst}", "guardrail": true}}
  answer guard
analyst ActivateAlertRule {"name": "${guard.name}"}
  say ${analyst:title} sets a limit: more than 10 purchases a day are more than the shop can carry, and halt the activity. |
    ${analyst:title}設下界限：單日購買超過 10 筆即超出商店負荷，須暫停活動。
specialist ListIncidents {"parent": "${activity}", "filter": "cause = CAUSE_ALERT"}
  answer incidents
  within 150
  expect {"incidents": [{"state": "STATE_OPEN", "guardrail": true, "high": true, "owner": "*", "source": "events/purchase"}]}
  say There are more already: one alert opens at ${analyst}, and one incident at ${specialist}. |
    購買數早已超過：${analyst}收到一則警示，${specialist}負責一件事故。
analyst GetActivity {"name": "${activity}"}
  within 10
  expect {"state": "STATE_PAUSED"}
  say Nobody had to call: the activity is paused. | 無須有人通報：活動已自動暫停。
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
  say The shop is given more room, ${specialist} closes the incident, and ${manager} lets the activity go on. |
    商店擴充了負荷，${specialist}結束事故，${manager}恢復活動。
