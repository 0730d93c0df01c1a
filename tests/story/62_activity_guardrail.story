# What a running activity is held against, and what a rule says of windows (A2, W4).

analyst CreateActivityGuardrail {"parent": "${activity}", "activityGuardrailId": "clicks-${run}", "activityGuardrail": {
  "displayName": "Enough of the audience clicks", "signal": "SIGNAL_CLICK_THROUGH_RATE", "direction": "DIRECTION_AT_LEAST",
  "bound": 0.05, "clearBound": 0.055, "window": "3600s", "minSample": "500", "openAfter": 2, "clearAfter": 2,
  "reopenWithin": "7200s", "warmUp": "600s", "severity": "SEVERITY_MAJOR", "action": "ACTION_PAUSE"}}
  answer clicks
  expect {"state": "STATE_ACTIVE"}
  say ${analyst:title} sets a guardrail: where less than 5 in 100 click for two hours of enough impressions, the activity pauses. |
    ${analyst:title}設下護欄：曝光足夠且連續兩小時點擊率低於 5% 時，活動暫停。
analyst TryActivityGuardrail {"parent": "${activity}", "activityGuardrail": {
  "displayName": "Enough of the audience clicks", "signal": "SIGNAL_CLICK_THROUGH_RATE", "direction": "DIRECTION_AT_LEAST",
  "bound": 0.05, "clearBound": 0.055, "window": "3600s", "minSample": "500", "openAfter": 2, "clearAfter": 2,
  "reopenWithin": "7200s", "action": "ACTION_PAUSE"}, "windows": [{"sample": "1000", "hits": "60"},
  {"sample": "1000", "hits": "40"}, {"sample": "300", "hits": "3"}, {"sample": "1000", "hits": "42"}, {"sample": "1000", "hits": "52"}]}
  expect {"bound": 0.05, "windows": [{"verdict": "WINDOW_VERDICT_CLEAR"}, {"verdict": "WINDOW_VERDICT_BREACH", "opens": false},
    {"verdict": "WINDOW_VERDICT_THIN"}, {"verdict": "WINDOW_VERDICT_BREACH", "opens": true, "incident": 1},
    {"verdict": "WINDOW_VERDICT_HOLD"}]}
  say Tried on five windows it opens with the fourth: a window with few impressions neither counts nor breaks the run. |
    以五個時段試算，於第四個時段觸發：曝光不足的時段既不計入也不中斷。

[aside]
specialist UpdateActivityGuardrail {"activityGuardrail": {"name": "${clicks.name}", "bound": 0.04}, "updateMask": "bound"}
  refused LOOSENED_BY_MANAGER
manager UpdateActivityGuardrail {"activityGuardrail": {"name": "${clicks.name}", "bound": 0.04,
  "changeReason": "The banner is smaller on phones ${run}"}, "updateMask": "bound,changeReason"}
  expect {"bound": 0.04}
analyst GetActivityGuardrail {"name": "${clicks.name}"}
  expect {"state": "STATE_ACTIVE"}
analyst ListActivityGuardrails {"parent": "${activity}", "filter": "state = STATE_ACTIVE"}
  expect {"activityGuardrails": "*"}
analyst ListGuardrailWindows {"parent": "${clicks.name}"}
analyst ComputeActivityFigures {"activity": "${activity}", "windows": [{"startTime": "${now-1h}", "endTime": "${now+1h}"}]}
  expect {"windows": [{"counters": "*"}]}
[]

manager RetireActivityGuardrail {"name": "${clicks.name}", "reason": "The show is over tonight"}
  expect {"state": "STATE_RETIRED"}
