# An incident from its opening to its review: what paused an activity is mitigated before it goes on (A2, W4).

specialist ReportIncident {"parent": "${activity}", "title": "Baskets are empty after signing in", "severity": "SEVERITY_MAJOR",
  "description": "Twelve customers in ten minutes.", "pause": true}
  answer baskets
  expect {"state": "STATE_OPEN", "owner": "${specialist}", "pauseTime": "*"}
  say ${specialist:title} reports that baskets are empty after signing in, and the activity is paused with it. |
    ${specialist:title}通報登入後購物車清空，活動同時暫停。
analyst GetActivityWatch {"name": "${activity}"}
  expect {"activity": {"state": "STATE_PAUSED"}, "counters": "*", "incidents": "*", "clocks": "*", "people": "*"}
  say ${analyst:title} has all of it in one look: counters, guardrails, pages, incidents, what is due next, and who is on duty. |
    ${analyst:title}一覽無遺：計數、護欄、頁面、事故、即將到期的事項與值班人員。
specialist ListRiskProposals {"filter": "source = \"${baskets.name}\""}
  answer basketRisk
  within 10
  expect {"riskProposals": [{"state": "STATE_PROPOSED", "subject": "${activity}", "owner": "${specialist}",
    "incident": {"severity": "SEVERITY_MAJOR", "cause": "CAUSE_PERSON"}}]}
  say A grave incident is also proposed as a risk, which nobody has to think of. | 重大事故也自動列為風險提案，無須有人想起。
manager ResumeActivity {"name": "${activity}"}
  refused LAUNCH_GATE_CLOSED
  say ${manager:title} tries to let it go on while nobody has seen to it | ${manager:title}在無人處理前試圖恢復活動
specialist AcknowledgeIncident {"name": "${baskets.name}"}
  expect {"state": "STATE_ACKNOWLEDGED", "timeToAcknowledge": "*"}
specialist MitigateIncident {"name": "${baskets.name}", "mitigation": "The shared cache is switched off."}
  expect {"state": "STATE_MITIGATED", "timeToMitigate": "*"}
manager ResumeActivity {"name": "${activity}"}
  expect {"state": "STATE_LIVE"}
  say The cache is switched off: the incident is mitigated, the gate is open, the activity goes on. |
    關閉快取後事故已緩解，關卡開啟，活動恢復。
specialist ResolveIncident {"name": "${baskets.name}", "resolution": "The cache is keyed by customer."}
  expect {"state": "STATE_RESOLVED"}
specialist CloseIncident {"name": "${baskets.name}", "outcome": "Nobody lost an order."}
  refused REVIEW_MISSING
  say ${specialist:title} would close it, but a major incident closes with a review | ${specialist:title}欲關閉，但重大事故須完成檢討
specialist ReviewIncident {"name": "${baskets.name}", "cause": "One cache for all customers.",
  "actions": [{"title": "Key every cache by customer", "owner": "${specialist}", "dueDate": "${today+7d}"}]}
  expect {"review": {"impact": {"paused": "*"}}}
manager CloseIncident {"name": "${baskets.name}", "outcome": "Nobody lost an order.",
  "noAdjustmentReason": "It was a fault of ours, not of the offer."}
  expect {"state": "STATE_CLOSED"}
  say The review names cause, impact and what is to be done; ${manager:title} says why nothing of the activity changes. |
    檢討載明原因、影響與後續行動；${manager:title}說明為何不調整活動。

specialist DismissRiskProposal {"name": "${basketRisk.riskProposals.0.name}", "reason": "The cache is keyed by customer now"}
  expect {"state": "STATE_DISMISSED"}

[aside]
specialist ListIncidentActions {"parent": "${baskets.name}"}
  answer actions
  expect {"incidentActions": [{"state": "STATE_OPEN", "owner": "${specialist}"}]}
specialist CompleteIncidentAction {"name": "${actions.incidentActions.0.name}", "outcome": "Done in release 42"}
  expect {"state": "STATE_DONE"}
analyst ListIncidentEntries {"parent": "${baskets.name}", "filter": "kind = KIND_RESUMED"}
  expect {"incidentEntries": [{"subject": "${activity}"}]}
analyst ReportIncident {"parent": "${activity}", "title": "Pictures load slowly", "severity": "SEVERITY_MINOR"}
  answer slow
analyst ReportIncident {"parent": "${activity}", "title": "The page is slow", "severity": "SEVERITY_MINOR"}
  answer page
analyst MergeIncident {"name": "${slow.name}", "into": "${page.name}"}
  expect {"state": "STATE_MERGED", "mergedInto": "${page.name}"}
manager AssignIncident {"name": "${page.name}", "owner": "${manager}", "reason": "The provider talks to managers only"}
  expect {"owner": "${manager}"}
analyst RateIncident {"name": "${page.name}", "severity": "SEVERITY_MAJOR", "reason": "Every second customer waits"}
  expect {"severity": "SEVERITY_MAJOR"}
analyst NoteIncident {"name": "${page.name}", "text": "The provider looks into it"}
analyst ListIncidentAttachments {"parent": "${page.name}"}
manager AcknowledgeIncident {"name": "${page.name}"}
manager MitigateIncident {"name": "${page.name}", "mitigation": "Smaller pictures"}
manager ReopenIncident {"name": "${page.name}", "reason": "It is slow again"}
  expect {"state": "STATE_OPEN", "reopenCount": 1}
manager AcknowledgeIncident {"name": "${page.name}"}
manager MitigateIncident {"name": "${page.name}", "mitigation": "Another provider"}
manager ReviewIncident {"name": "${page.name}", "cause": "A provider without room",
  "actions": [{"title": "Write to the provider", "owner": "${manager}", "dueDate": "${today}"}]}
manager ListIncidentActions {"parent": "${page.name}"}
  answer letters
manager DropIncidentAction {"name": "${letters.incidentActions.0.name}", "reason": "The contract has ended"}
  expect {"state": "STATE_DROPPED"}
manager ResolveIncident {"name": "${page.name}", "resolution": "The other provider stays"}
manager CloseIncident {"name": "${page.name}", "outcome": "Pictures load at once"}
analyst SummarizeIncidents {"parent": "${activity}"}
  expect {"activity": "${activity}", "pausedTime": "*", "unsettled": []}
[]
