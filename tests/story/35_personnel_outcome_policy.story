# What follows from appraisals is a rule before anybody is appraised by it (H7).

[aside]
analyst GetOutcomePolicy {"name": "outcomePolicies/default"}
  expect {"state": "STATE_PUBLISHED", "version": 1}
manager CreateOutcomePolicy {"outcomePolicyId": "mistake-${run}", "outcomePolicy": {"reason": "A mistake", "releaseDays": 14,
  "bonusDays": 30, "handlingDays": 30, "interviewDays": 20, "planDays": 60, "eligibilityMonths": 12,
  "month": {"rules": [{"fromPoints": 5000, "toPoints": 10000, "coefficient": 10000}, {"fromPoints": 4000, "toPoints": 6000,
    "improvementPlan": true}]}}}
  refused INVALID_FIELDS
manager CreateOutcomePolicy {"outcomePolicyId": "guides-${run}", "outcomePolicy": {"reason": "Guides", "currencyCode": "${currency}",
  "releaseDays": 14, "bonusDays": 30, "handlingDays": 30, "interviewDays": 20, "planDays": 60, "eligibilityMonths": 12,
  "certificateText": "Forty tours, and nobody waited.",
  "year": {"rules": [{"grade": "S", "promotion": true, "certificate": true}, {"grade": "D", "interview": true, "improvementPlan": true}]},
  "month": {"bonusMode": "BONUS_MODE_BASE", "baseSource": "BASE_SOURCE_STATED", "baseMinor": "1200000",
    "rules": [{"fromPoints": 9000, "toPoints": 10000, "coefficient": 15000, "promotion": true, "certificate": true},
      {"fromPoints": 5000, "toPoints": 9000, "coefficient": 10000}, {"toPoints": 5000, "interview": true, "improvementPlan": true}]}}}
manager UpdateOutcomePolicy {"outcomePolicy": {"name": "outcomePolicies/guides-${run}", "reason": "Guides, as agreed"}, "updateMask": "reason"}
manager PublishOutcomePolicy {"name": "outcomePolicies/guides-${run}"}
  expect {"state": "STATE_PUBLISHED"}
manager CreateOutcomePolicy {"outcomePolicyId": "later-${run}", "outcomePolicy": {"reason": "Not now", "releaseDays": 14,
  "bonusDays": 30, "handlingDays": 30, "interviewDays": 20, "planDays": 60, "eligibilityMonths": 12}}
manager DeleteOutcomePolicy {"name": "outcomePolicies/later-${run}"}
analyst ListOutcomePolicies {"filter": "state = STATE_PUBLISHED"}
[]
