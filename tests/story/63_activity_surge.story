# Complaints that are more than chance makes: one incident and one escalation, however many there are (A3, W11).

[surge]
manager CreateSurgeRule {"surgeRuleId": "fair-${run}", "surgeRule": {"displayName": "Complaints about the fair", "scope": "SCOPE_ACTIVITY",
  "activity": "${activity}", "window": "3600s", "minimum": 3, "alpha": 0.001, "baseline": "86400s"}}
  expect {"state": "STATE_ACTIVE", "version": 1, "author": "${manager}"}
shop ReceiveInquiry {"inquiry": {"kind": "KIND_COMPLAINT", "category": "delivery/gift", "text": "The gift box came empty",
  "customer": "${customer}-${run}", "activity": "${activity}", "externalId": "${customer}-${run}"}}
  each customer empty-1 empty-2 empty-3 empty-4
specialist ListSurgeEpisodes {"filter": "rule = \"surgeRules/fair-${run}\" AND state = STATE_OPEN"}
  answer surge
  expect {"surgeEpisodes": [{"activity": "${activity}", "customerCount": 3, "complaintCount": 4, "incident": "*", "owner": "*"}]}
specialist GetIncident {"name": "${surge.surgeEpisodes.0.incident}"}
  expect {"cause": "CAUSE_SURGE", "state": "STATE_OPEN"}
specialist ListEscalations {"filter": "subject = \"${surge.surgeEpisodes.0.name}\" AND cause = CAUSE_SURGE"}
  expect {"escalations": [{"state": "STATE_OPEN"}, {"state": "STATE_OPEN"}]}
  say Four customers complain of empty gift boxes within minutes. With the third it is a surge: one incident, and one escalation to
    ${specialist} and the managers; the fourth joins it. |
    數分鐘內四位顧客投訴禮盒是空的。第三位起即為投訴激增：一件事故，一次上報予${specialist}與主管；第四則併入其中。

[aside]
analyst GetSurgeEpisode {"name": "${surge.surgeEpisodes.0.name}"}
  expect {"complaintCount": 4}
analyst ListSurgeComplaints {"parent": "${surge.surgeEpisodes.0.name}"}
analyst GetSurgeRule {"name": "surgeRules/fair-${run}"}
analyst ListSurgeRules {"filter": "state = STATE_ACTIVE"}
analyst ComputeSurge {"name": "surgeRules/fair-${run}"}
  expect {"customerCount": 4, "openingCount": 3, "surgeEpisode": "${surge.surgeEpisodes.0.name}"}
manager UpdateSurgeRule {"surgeRule": {"name": "surgeRules/fair-${run}", "minimum": 4}, "updateMask": "minimum"}
  expect {"version": 2}
manager RetireSurgeRule {"name": "surgeRules/fair-${run}", "reason": "The fair has a rule of its own no longer"}
  expect {"state": "STATE_RETIRED"}
[]
