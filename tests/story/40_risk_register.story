# What might go wrong, and how badly (R1, R2).

chapter 4. Risks | 4. 風險

[trouble]
specialist CreateRisk {"riskId": "${technologyRisk:id}", "risk": {"category": "CATEGORY_TECHNOLOGY", "subject": "${activity}",
  "title": "The sign-up page fails under load", "cause": "Ten times the usual visitors", "owner": "${specialist}"}}
  answer risk
  say ${specialist:title} registers a technology risk: “${risk.title}”. | ${specialist:title}登錄技術風險：「${risk.title}」。
specialist CreateRisk {"riskId": "${marketRisk:id}", "risk": {"category": "CATEGORY_MARKET", "subject": "${project}",
  "title": "A competitor holds a fair on the same days", "cause": "It is the season", "owner": "${specialist}"}}
  answer risk
  say ${specialist:title} registers a market risk: “${risk.title}”. | ${specialist:title}登錄市場風險：「${risk.title}」。
specialist AssessRisk {"name": "${technologyRisk}", "current": {"likelihood": 4, "impact": 5},
  "rationale": "Load test of last year failed at four times the load."}
  answer risk
  expect {"current": {"level": "LEVEL_HIGH"}}
  say ${specialist:title} assesses the ${technologyRisk}: likelihood 4 × impact 5 is HIGH by the matrix in force. |
    ${specialist:title}評估${technologyRisk}：可能性 4 × 影響 5，依現行矩陣為高風險。
specialist AssessRisk {"name": "${marketRisk}", "current": {"likelihood": 2, "impact": 2},
  "rationale": "Seen in one of five years, few common customers."}
  expect {"current": {"level": "LEVEL_LOW"}}
  say ${specialist:title} assesses the ${marketRisk}: likelihood 2 × impact 2 is LOW by the matrix in force. |
    ${specialist:title}評估${marketRisk}：可能性 2 × 影響 2，依現行矩陣為低風險。

[aside]
analyst BatchGetRisks {"names": ["${technologyRisk}"]}
  expect {"risks": [{"name": "${technologyRisk}"}]}
analyst GetRisk {"name": "${technologyRisk}"}
  expect {"subject": "${activity}", "level": "LEVEL_HIGH"}
analyst ListRisks {"filter": "subject = \"${activity}\""}
  expect {"risks": [{"name": "${technologyRisk}"}]}
analyst ListAssessments {"parent": "${technologyRisk}"}
  answer assessments
analyst GetAssessment {"name": "${assessments.assessments.0.name}"}
  expect {"rationale": "Load test of last year failed at four times the load."}
analyst SummarizeRisks {"subjects": ["${activity}", "${project}"]}
  expect {"blocking": true}
analyst ListRiskMatrices {}
specialist CreateRisk {"riskId": "rain-${run}", "risk": {"category": "CATEGORY_MARKET", "subject": "${project}", "title": "Nobody comes",
  "cause": "Rain", "owner": "${specialist}"}}
specialist UpdateRisk {"risk": {"name": "risks/rain-${run}", "title": "Few people come"}, "updateMask": "title"}
manager CloseRisk {"name": "risks/rain-${run}", "reason": "It is dry"}
manager ReopenRisk {"name": "risks/rain-${run}", "reason": "Clouds"}
manager risk.HandOver {"resource": "risks/rain-${run}", "field": "owner", "employee": "${specialist}", "successor": "${manager}",
  "reason": "She knows the weather"}
manager CloseRisk {"name": "risks/rain-${run}", "reason": "They passed"}
manager risk.HandOver {"resource": "risks/rain-${run}", "field": "owner", "employee": "${manager}", "successor": "${specialist}",
  "reason": "Too late"}
  refused NOT_OPEN
analyst risk.ListEvents {"subject": "${technologyRisk}"}
engineer risk.ListFollowers {}
engineer risk.ListExcessRoles {}
engineer risk.ListHoldings {"employee": "${specialist}", "openOnly": true}
  expect {"holdings": [{"resource": "${marketRisk}", "field": "owner", "open": true}, {"resource": "${technologyRisk}"}]}
