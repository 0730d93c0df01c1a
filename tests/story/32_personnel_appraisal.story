# By which rules people are appraised (policy H4–H6).

[aside]
analyst GetAppraisalPolicy {"name": "appraisalPolicies/default"}
  expect {"state": "STATE_PUBLISHED", "version": 1}
manager TryAppraisalPolicy {"name": "appraisalPolicies/default",
  "people": [{"months": [8773, 8866, 8841, 8807, 8763, 8934, 8796], "ownPoints": 9260}]}
  expect {"results": [{"score": 8999, "grade": "A"}]}
manager CreateAppraisalPolicy {"appraisalPolicyId": "three-${run}", "appraisalPolicy": {"reason": "Three grades", "leastGroup": 5,
  "tieRule": "TIE_RULE_LOWER", "leastPartDays": 5, "leastPresence": 5000, "monthsWeight": 7000, "leastMonths": 6, "shrinkage": 4,
  "mostAdjustment": 500, "leastRatedPeople": 3, "grades": [{"grade": "A", "fromPoints": 8000, "toPoints": 10000, "share": 3000, "capped": true},
  {"grade": "B", "fromPoints": 6000, "toPoints": 8000, "share": 5000}, {"grade": "C", "toPoints": 6000, "share": 2000}]}}
manager UpdateAppraisalPolicy {"appraisalPolicy": {"name": "appraisalPolicies/three-${run}", "reason": "Three grades, as agreed"}, "updateMask": "reason"}
manager PublishAppraisalPolicy {"name": "appraisalPolicies/three-${run}"}
  expect {"state": "STATE_PUBLISHED"}
analyst ListAppraisalPolicies {"filter": "state = STATE_PUBLISHED"}
manager CreateAppraisalPolicy {"appraisalPolicyId": "mistake-${run}", "appraisalPolicy": {"reason": "A mistake", "leastGroup": 5,
  "tieRule": "TIE_RULE_LOWER", "leastPartDays": 5, "leastPresence": 5000, "monthsWeight": 7000, "leastMonths": 6, "shrinkage": 4,
  "mostAdjustment": 500, "leastRatedPeople": 3, "grades": [{"grade": "A", "fromPoints": 8000, "toPoints": 10000, "share": 3000},
  {"grade": "B", "toPoints": 8000, "share": 7000}]}}
manager DeleteAppraisalPolicy {"name": "appraisalPolicies/mistake-${run}"}
[]
