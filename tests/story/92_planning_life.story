# Days later, what the next tea house rests on has expired, and its owner is asked (P1, W12).

[aside]
analyst ListEvidenceFlags {"parent": "projects/tea-house-6-${run}", "filter": "state = STATE_OPEN"}
  answer expired
  expect {"evidenceFlags": [{"citation": "projects/tea-house-6-${run}/citations/guests", "cause": "EVIDENCE_CAUSE_EXPIRED",
    "planDuty": "*"}]}
specialist GetPlanDuty {"name": "${expired.evidenceFlags.0.planDuty}"}
  expect {"owner": "${specialist}", "state": "STATE_OPEN"}
specialist ReaffirmCitation {"name": "projects/tea-house-6-${run}/citations/guests", "until": "${today+30d}",
  "reason": "The weekly says so again"}
analyst GetEvidenceFlag {"name": "${expired.evidenceFlags.0.name}"}
  expect {"state": "STATE_CLOSED"}
[]
