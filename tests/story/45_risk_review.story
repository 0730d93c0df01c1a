# What is typical is proposed, figures are held against ratings and estimates, and what an avoidance would take is seen before (R1, R2, R3).

[aside]
specialist CreateTypicalRisk {"typicalRiskId": "crowd-${run}", "typicalRisk": {"title": "Everybody comes at once", "cause": "One start for all",
  "consequence": "Nobody can sign up", "category": "CATEGORY_TECHNOLOGY", "riskType": "riskTypes/availability", "target": "TARGET_PROJECT",
  "kinds": ["projectTypes/crowd-${run}"], "suggested": {"likelihood": 3, "impact": 4}}}
specialist UpdateTypicalRisk {"typicalRisk": {"name": "typicalRisks/crowd-${run}", "suggested": {"likelihood": 4, "impact": 4}},
  "updateMask": "suggested"}
analyst GetTypicalRisk {"name": "typicalRisks/crowd-${run}"}
  expect {"suggested": {"likelihood": 4}, "version": 2}
analyst ListTypicalRiskVersions {"parent": "typicalRisks/crowd-${run}"}
  answer said
  expect {"typicalRiskVersions": [{"version": 1, "suggested": {"likelihood": 3}, "creator": "${specialist}"}, {"version": 2}]}
analyst GetTypicalRiskVersion {"name": "${said.typicalRiskVersions.0.name}"}
  expect {"startTime": "*"}
analyst ListTypicalRisks {"filter": "category = CATEGORY_TECHNOLOGY"}
manager CreateProjectType {"projectTypeId": "crowd-${run}", "projectType": {"title": "Something for everybody"}}
specialist CreateProject {"projectId": "crowd-${run}", "project": {"title": "Everybody in", "planPeriod": "${period}",
  "projectType": "projectTypes/crowd-${run}", "owner": "${specialist}", "startDate": "${today}", "endDate": "${today+14d}",
  "currencyCode": "${currency}"}}
analyst ListRiskProposals {"filter": "typicalRisk = \"typicalRisks/crowd-${run}\""}
  within 60
  answer proposals
  expect {"riskProposals": [{"subject": "projects/crowd-${run}", "owner": "${specialist}", "dueTime": "*",
    "typicalRiskVersion": "typicalRisks/crowd-${run}/versions/0002"}]}
specialist AcceptRiskProposal {"name": "${proposals.riskProposals.0.name}"}
  answer proposal
analyst GetRisk {"name": "${proposal.risk}"}
  expect {"cause": "One start for all", "riskType": "riskTypes/availability"}
analyst AssessRisk {"name": "${proposal.risk}", "current": {"likelihood": 4, "impact": 4}, "rationale": "As last year",
  "dimensions": [{"dimension": "IMPACT_DIMENSION_USERS", "impact": 4}, {"dimension": "IMPACT_DIMENSION_MONEY", "impact": 2}],
  "statedProbabilityPpm": 300000, "statedLossMinor": 5000000, "currencyCode": "TWD"}
  expect {"level": "LEVEL_HIGH"}
analyst CreateLossEstimate {"parent": "${proposal.risk}", "lossEstimate": {"untreated": {"probabilityPpm": 300000, "lowerMinor": 1000000,
  "upperMinor": 9000000}, "currencyCode": "TWD", "source": "Last year", "rationale": "One day of three"}}
analyst CompareLosses {"name": "${proposal.risk}"}
  expect {"probabilityPpm": 300000, "occurredYears": 0, "chance": 1, "questioned": false}
analyst PreviewAvoidance {"name": "${proposal.risk}"}
  expect {"subjects": [{"subject": "projects/crowd-${run}", "falls": true}], "stocks": [], "money": [], "orders": []}
specialist DeleteTypicalRisk {"name": "typicalRisks/crowd-${run}"}
  refused STILL_REFERRED
specialist CreateTypicalRisk {"typicalRiskId": "mistake-${run}", "typicalRisk": {"title": "Nothing", "cause": "Nothing",
  "category": "CATEGORY_MARKET", "target": "TARGET_ACTIVITY", "kinds": ["nothing-${run}"]}}
specialist DeleteTypicalRisk {"name": "typicalRisks/mistake-${run}"}
manager CloseRisk {"name": "${proposal.risk}", "reason": "Two starts"}
manager CancelProject {"name": "projects/crowd-${run}", "reason": "Two starts are enough"}
[]
