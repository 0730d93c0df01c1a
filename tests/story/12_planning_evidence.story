# What happens to a plan whose evidence no longer holds (P1, W12).

[aside]
analyst CheckEvidence {"name": "${project}"}
  expect {"soundCount": 1, "wantedCount": 1, "verdicts": [{"subject": "${project}#objectives[0]", "subjectExists": true, "causes": []}]}
analyst CreateResearchItem {"researchItemId": "gifts-${run}", "researchItem": {"kind": "KIND_TREND", "statement": "Gifts pay, says ${run}",
  "publisher": "A blog", "collectDate": "${today}", "lastValidDate": "${today+30d}", "reliability": "RELIABILITY_D", "credibility": 4}}
analyst PublishResearchItem {"name": "researchItems/gifts-${run}"}
analyst CreateResearchItem {"researchItemId": "no-gifts-${run}", "researchItem": {"kind": "KIND_TREND", "statement": "Gifts do not pay, says ${run}",
  "publisher": "A study", "collectDate": "${today}", "lastValidDate": "${today+30d}", "reliability": "RELIABILITY_A", "credibility": 1}}
analyst PublishResearchItem {"name": "researchItems/no-gifts-${run}"}
specialist CreateCitation {"parent": "${project}", "citationId": "gifts", "citation": {"scheme": "${scheme}", "cashFlow": 1,
  "researchItem": "researchItems/gifts-${run}", "claim": "The margin comes from gifts"}}
specialist WithdrawCitation {"name": "${project}/citations/gifts"}
  refused PLAN_RESTS_ON_IT
analyst CreateEvidenceRelation {"evidenceRelationId": "gifts-${run}", "evidenceRelation": {"kind": "KIND_CONTRADICTS",
  "item": "researchItems/no-gifts-${run}", "other": "researchItems/gifts-${run}", "reason": "It was measured"}}
  expect {"state": "STATE_OPEN"}
analyst ListEvidenceFlags {"parent": "${project}", "filter": "state = STATE_OPEN"}
  within 60
  answer flags
  expect {"evidenceFlags": [{"citation": "${project}/citations/gifts", "cause": "EVIDENCE_CAUSE_CONTRADICTED", "planDuty": "*"}]}
analyst GetEvidenceFlag {"name": "${flags.evidenceFlags.0.name}"}
  expect {"researchItem": "researchItems/gifts-${run}"}
analyst GetPlanDuty {"name": "${flags.evidenceFlags.0.planDuty}"}
  expect {"owner": "${specialist}", "subject": "${project}", "state": "STATE_OPEN"}
analyst GetProject {"name": "${project}"}
  expect {"state": "STATE_APPROVED"}
specialist DecideEvidenceRelation {"name": "evidenceRelations/gifts-${run}", "standing": "researchItems/no-gifts-${run}", "reason": "A study beats a blog"}
  expect {"state": "STATE_DECIDED", "decider": "${specialist}"}
analyst GetEvidenceRelation {"name": "evidenceRelations/gifts-${run}"}
  expect {"standing": "researchItems/no-gifts-${run}"}
analyst ListEvidenceRelations {"filter": "item = \"researchItems/no-gifts-${run}\""}
  expect {"evidenceRelations": [{"kind": "KIND_CONTRADICTS"}]}
analyst ListEvidenceFlags {"parent": "${project}", "filter": "state = STATE_OPEN"}
  within 60
  expect {"evidenceFlags": [{"cause": "EVIDENCE_CAUSE_REFUTED"}]}
specialist ReaffirmCitation {"name": "${project}/citations/gifts", "until": "${today+200d}", "reason": "Until the fair"}
  refused INVALID_FIELDS
specialist ReaffirmCitation {"name": "${project}/citations/gifts", "until": "${today+14d}", "reason": "Until the fair"}
  expect {"reaffirmer": "${specialist}"}
specialist CreateCitation {"parent": "${project}", "citationId": "margin", "citation": {"scheme": "${scheme}", "cashFlow": 1,
  "replaces": "${project}/citations/gifts", "claim": "Members buy again", "lastValidDate": "${today+60d}",
  "figure": {"metric": "margin", "value": 0.4, "unit": "share", "measureDate": "${today-1d}", "source": "The ledger of last year"}}}
analyst GetCitation {"name": "${project}/citations/gifts"}
  expect {"state": "STATE_REPLACED"}
analyst ListCitations {"parent": "${project}", "filter": "state = STATE_ACTIVE"}
  expect {"citations": [{"name": "*"}, {"name": "*"}]}
analyst GetPlanDuty {"name": "${flags.evidenceFlags.0.planDuty}"}
  expect {"state": "STATE_DONE"}
analyst RetractResearchItem {"name": "researchItems/gifts-${run}", "reason": "The blog took it back"}
  expect {"state": "STATE_RETRACTED"}
specialist CreateProject {"projectId": "spring-${run}", "project": {"title": "Spring fair", "planPeriod": "${period}",
  "owner": "${specialist}", "startDate": "${today}", "endDate": "${today+14d}", "currencyCode": "${currency}"}}
specialist CreateCitation {"parent": "projects/spring-${run}", "citationId": "a", "citation": {"researchItem": "${evidence}", "claim": "Shows win members"}}
specialist WithdrawCitation {"name": "projects/spring-${run}/citations/a"}
  expect {"state": "STATE_WITHDRAWN"}
manager CancelProject {"name": "projects/spring-${run}", "reason": "Only the winter fair"}
