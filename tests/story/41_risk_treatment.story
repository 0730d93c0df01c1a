# What is done about it: LOW risks may be accepted by the manager, HIGH ones not (R3, W6).

[trouble]
manager TreatRisk {"name": "${technologyRisk}", "treatment": {"acceptance": {"justification": "We hope for the best.",
  "monitor": "${specialist}", "monitoringPlan": "Read the log every Monday.", "expireTime": "${now+30d}"}}}
  refused TREATMENT_NOT_PERMITTED
  say ${manager:title} tries simply to accept the HIGH risk | ${manager:title}試圖直接接受高風險
manager TreatRisk {"name": "${marketRisk}", "treatment": {"acceptance": {"justification": "The overlap of customers is small.",
  "monitor": "${specialist}", "monitoringPlan": "Read the competitor's calendar every Monday.", "expireTime": "${now+30d}"}}}
  answer risk
  expect {"strategy": "STRATEGY_ACCEPT"}
  say ${manager:title} accepts the LOW risk, monitored by Chen Yi-jun, until ${risk.expireTime:day}; then it opens again by itself. |
    ${manager:title}接受低風險，由陳怡君監看至 ${risk.expireTime:day}；屆時自動重新開啟。
[]

milestone PLANNED
