# Who watches figures is warned, and one episode is one alert (H1, M2, W4).

[aside]
analyst CreateMetricDefinition {"metricDefinitionId": "buys-${run}", "metricDefinition": {"displayName": "Purchases in the shop",
  "eventName": "purchase", "aggregation": "AGGREGATION_COUNT", "unit": "purchases"}}
analyst CreateAlertRule {"alertRuleId": "rush-${run}", "alertRule": {"displayName": "A rush on the shop", "metric": "metricDefinitions/buys-${run}",
  "condition": {"threshold": {"upper": 1000}}, "interval": "INTERVAL_DAY", "breachesToOpen": 1, "window": 1, "clearToClose": 1,
  "severity": "SEVERITY_HIGH", "owner": "${analyst}", "escalation": [{"employee": "${manager}", "afterMinutes": 60}]}}
  answer rush
  expect {"state": "STATE_DRAFT", "allowedVerbs": ["activate", "retire"]}
analyst CreateAlertRule {"alertRuleId": "vague-${run}", "alertRule": {"displayName": "Nobody knows", "metric": "metricDefinitions/none",
  "condition": {"threshold": {}}, "interval": "INTERVAL_DAY", "breachesToOpen": 2, "window": 1, "clearToClose": 1,
  "severity": "SEVERITY_LOW"}}
  refused INVALID_FIELDS
analyst CreateAlertRule {"alertRuleId": "mistake-${run}", "alertRule": {"displayName": "A rush on the shop", "metric": "metricDefinitions/buys-${run}",
  "condition": {"threshold": {"upper": 1000}}, "interval": "INTERVAL_DAY", "breachesToOpen": 1, "window": 1, "clearToClose": 1,
  "severity": "SEVERITY_HIGH", "owner": "${analyst}", "escalation": [{"employee": "${manager}", "afterMinutes": 60}]}}
analyst DeleteAlertRule {"name": "alertRules/mistake-${run}"}
analyst UpdateAlertRule {"alertRule": {"name": "${rush.name}", "condition": {"threshold": {"upper": 10}}}, "updateMask": "condition"}
  expect {"condition": {"threshold": {"upper": 10}}}
analyst PlayAlertRule {"name": "${rush.name}", "startDate": "${today-14d}", "endDate": "${today-1d}"}
  expect {"intervalCount": 14}
manager metrics.HandOver {"resource": "${rush.name}", "field": "owner", "employee": "${analyst}", "successor": "${manager}",
  "reason": "A day off"}
manager metrics.HandOver {"resource": "${rush.name}", "field": "owner", "employee": "${manager}", "successor": "${analyst}",
  "reason": "Back again"}
specialist ActivateAlertRule {"name": "${rush.name}"}
  refused PERMISSION_DENIED
analyst ActivateAlertRule {"name": "${rush.name}"}
  expect {"state": "STATE_ACTIVE"}
analyst ListAlerts {"filter": "rule = \"${rush.name}\""}
  answer warned
  within 150
  expect {"alerts": [{"state": "STATE_OPEN", "early": true, "owner": "${analyst}", "source": "events/purchase", "escalateTime": "*"}]}
specialist GetAlert {"name": "${warned.alerts.0.name}"}
  refused NOT_FOUND
analyst GetAlertRule {"name": "${rush.name}"}
  expect {"judgeTime": "*"}
analyst ListAlertRules {"filter": "state = STATE_ACTIVE"}
analyst MuteAlert {"name": "${warned.alerts.0.name}", "reason": "The fair was announced", "expireTime": "${now+2h}"}
  expect {"mute": {"author": "${analyst}"}}
analyst AcknowledgeAlert {"name": "${warned.alerts.0.name}"}
  expect {"state": "STATE_ACKNOWLEDGED"}
analyst CommentOnAlert {"name": "${warned.alerts.0.name}", "text": "It is the fair."}
  expect {"comments": [{"author": "${analyst}"}]}
analyst ExplainAlert {"name": "${warned.alerts.0.name}", "cause": "The fair"}
manager ResolveAlert {"name": "${warned.alerts.0.name}", "cause": "The fair sells more than a usual day"}
  expect {"state": "STATE_RESOLVED", "resolution": "RESOLUTION_BY_HAND", "resolver": "${manager}"}
analyst GetAlert {"name": "${warned.alerts.0.name}"}
  expect {"cause": "The fair sells more than a usual day"}
analyst PauseAlertRule {"name": "${rush.name}", "reason": "While the fair lasts"}
  expect {"state": "STATE_PAUSED"}
analyst RetireAlertRule {"name": "${rush.name}", "reason": "The fair is over"}
  expect {"state": "STATE_RETIRED"}
analyst ListWarningPolicies {}
analyst GetWarningPolicy {"name": "warningPolicies/default"}
  expect {"allowedLatenessMinutes": 2}
analyst CreateWarningPolicy {"warningPolicyId": "late-${run}", "warningPolicy": {"reason": "The shop delivers late", "allowedLatenessMinutes": 10,
  "restatementHours": 48, "teachingDays": 28, "mostValues": 100, "department": "operations"}}
analyst UpdateWarningPolicy {"warningPolicy": {"name": "warningPolicies/late-${run}", "allowedLatenessMinutes": 5}, "updateMask": "allowedLatenessMinutes"}
analyst PublishWarningPolicy {"name": "warningPolicies/late-${run}"}
  expect {"state": "STATE_PUBLISHED"}
analyst CreateWarningPolicy {"warningPolicyId": "never-${run}", "warningPolicy": {"reason": "A draft", "allowedLatenessMinutes": 1,
  "restatementHours": 1, "teachingDays": 1, "mostValues": 1, "department": "operations"}}
analyst DeleteWarningPolicy {"name": "warningPolicies/never-${run}"}
