# Who goes which way up, and under which conditions (S2).

[aside]
person trainer SPECIALIST employees/ho-${run}
  title Ho Shu-fen, trainer, | 培訓講師何淑芬
analyst GetCareerPolicy {"name": "careerPolicies/default"}
  expect {"state": "STATE_PUBLISHED", "version": 1, "reviewDays": 30}
analyst ListCareerPolicies {"filter": "state = STATE_PUBLISHED"}
manager CreateCareerPolicy {"careerPolicyId": "short-${run}", "careerPolicy": {"reason": "Shorter", "decisionDays": 7, "acknowledgeDays": 3,
  "interviewDays": 30, "reviewDays": 31, "mostPlanDays": 180}}
  refused INVALID_FIELDS
manager CreateCareerPolicy {"careerPolicyId": "short-${run}", "careerPolicy": {"reason": "Shorter", "decisionDays": 7, "acknowledgeDays": 3,
  "interviewDays": 30, "reviewDays": 14, "mostPlanDays": 180}}
manager UpdateCareerPolicy {"careerPolicy": {"name": "careerPolicies/short-${run}", "reviewDays": 20}, "updateMask": "reviewDays"}
manager PublishCareerPolicy {"name": "careerPolicies/short-${run}"}
  expect {"state": "STATE_PUBLISHED"}
manager CreateCareerPolicy {"careerPolicyId": "mistake-${run}", "careerPolicy": {"reason": "A mistake", "decisionDays": 7,
  "acknowledgeDays": 3, "interviewDays": 30, "reviewDays": 14, "mostPlanDays": 180}}
manager DeleteCareerPolicy {"name": "careerPolicies/mistake-${run}"}
manager CreateCareerPath {"careerPathId": "analysis-${run}", "careerPath": {"title": "From the stage to the figures",
  "fromPosition": "${position}", "toPosition": "positions/analyst-${run}"}}
manager CreateCareerPath {"careerPathId": "back-${run}", "careerPath": {"title": "Back", "fromPosition": "positions/analyst-${run}",
  "toPosition": "${position}"}}
  refused INVALID_FIELDS
manager UpdateCareerPath {"careerPath": {"name": "careerPaths/analysis-${run}", "title": "From host to analyst"}, "updateMask": "title"}
analyst GetCareerPath {"name": "careerPaths/analysis-${run}"}
  expect {"title": "From host to analyst"}
analyst ListCareerPaths {"filter": "from_position = \"${position}\""}
  expect {"careerPaths": [{"name": "careerPaths/analysis-${run}"}]}
specialist ComputeEligibility {"name": "${specialist}", "path": "careerPaths/analysis-${run}"}
  refused NO_VERSION_IN_FORCE
manager CreateCareerPathVersion {"parent": "careerPaths/analysis-${run}", "careerPathVersionId": "first",
  "careerPathVersion": {"reason": "The first", "monthsInPost": 12, "skills": true}}
manager UpdateCareerPathVersion {"careerPathVersion": {"name": "careerPaths/analysis-${run}/versions/first", "noOpenPlan": true},
  "updateMask": "noOpenPlan"}
manager PublishCareerPathVersion {"name": "careerPaths/analysis-${run}/versions/first"}
  expect {"state": "STATE_PUBLISHED", "version": 1}
manager CreateCareerPathVersion {"parent": "careerPaths/analysis-${run}", "careerPathVersionId": "mistake",
  "careerPathVersion": {"reason": "A mistake"}}
manager DeleteCareerPathVersion {"name": "careerPaths/analysis-${run}/versions/mistake"}
analyst GetCareerPathVersion {"name": "careerPaths/analysis-${run}/versions/first"}
  expect {"monthsInPost": 12, "noOpenPlan": true}
analyst ListCareerPathVersions {"parent": "careerPaths/analysis-${run}"}
specialist ComputeEligibility {"name": "${specialist}", "path": "careerPaths/analysis-${run}"}
  expect {"eligibility": {"eligible": true, "conditions": [{"kind": "KIND_POST", "met": true},
    {"kind": "KIND_MONTHS_IN_POST", "required": 12, "found": 13, "facts": [{"subject": "${specialist}"}]},
    {"kind": "KIND_SKILLS", "met": true}, {"kind": "KIND_NO_OPEN_PLAN", "met": true}]}}
trainer ComputeEligibility {"name": "${specialist}", "path": "careerPaths/analysis-${run}"}
  refused NOT_YOUR_CAREER
specialist FindEligible {"name": "careerPaths/analysis-${run}"}
  expect {"people": [{"employee": "employees/ho-${run}"}, {"employee": "employees/pei-${run}"}, {"employee": "employees/yujia-${run}"}]}
specialist CreatePromotion {"promotionId": "early-${run}", "promotion": {"employee": "employees/ho-${run}",
  "path": "careerPaths/analysis-${run}", "startDate": "${today+15d}", "reason": "Counts what others guess"}}
  refused NOT_ELIGIBLE
manager CreateCareerPathVersion {"parent": "careerPaths/analysis-${run}", "careerPathVersionId": "graded",
  "careerPathVersion": {"reason": "Those who were judged well", "gradeYears": 1, "leastGrade": "B"}}
manager PublishCareerPathVersion {"name": "careerPaths/analysis-${run}/versions/graded"}
specialist ComputeEligibility {"name": "employees/ho-${run}", "path": "careerPaths/analysis-${run}"}
  expect {"eligibility": {"conditions": [{"kind": "KIND_POST", "met": true}, {"kind": "KIND_GRADES", "required": 1,
    "facts": [{"subject": "employees/ho-${run}"}]}]}}
manager CreateCareerPathVersion {"parent": "careerPaths/analysis-${run}", "careerPathVersionId": "second",
  "careerPathVersion": {"reason": "Talent does not wait", "monthsInPost": 1, "noOpenPlan": true,
  "vacancy": true}}
manager PublishCareerPathVersion {"name": "careerPaths/analysis-${run}/versions/second"}
manager CreateHeadcountPlan {"headcountPlanId": "analyst-${run}", "headcountPlan": {"position": "positions/analyst-${run}",
  "department": "operations"}}
specialist CreateHeadcountPlanVersion {"parent": "headcountPlans/analyst-${run}", "headcountPlanVersionId": "first",
  "headcountPlanVersion": {"reason": "One analyst", "months": [{"month": "${month}", "planned": 1}]}}
specialist SubmitHeadcountPlanVersion {"name": "headcountPlans/analyst-${run}/versions/first"}
manager ApproveHeadcountPlanVersion {"name": "headcountPlans/analyst-${run}/versions/first"}
specialist CreatePromotion {"promotionId": "rejected-${run}", "promotion": {"employee": "employees/ho-${run}",
  "path": "careerPaths/analysis-${run}", "startDate": "${today+5d}", "reason": "Counts what others guess"}}
manager RejectPromotion {"name": "promotions/rejected-${run}", "reason": "After the fair"}
specialist CreatePromotion {"promotionId": "withdrawn-${run}", "promotion": {"employee": "employees/ho-${run}",
  "path": "careerPaths/analysis-${run}", "startDate": "${today+10d}", "reason": "Counts what others guess"}}
specialist WithdrawPromotion {"name": "promotions/withdrawn-${run}", "reason": "The fair lasts longer"}
specialist CreatePromotion {"promotionId": "analyst-${run}", "promotion": {"employee": "employees/ho-${run}",
  "path": "careerPaths/analysis-${run}", "startDate": "${today+15d}", "superior": "${manager}", "reason": "Counts what others guess"}}
  expect {"state": "STATE_PROPOSED", "department": "operations", "version": "careerPaths/analysis-${run}/versions/second"}
specialist ApprovePromotion {"name": "promotions/analyst-${run}"}
  refused OWN_PROPOSAL
manager ApprovePromotion {"name": "promotions/analyst-${run}"}
  expect {"state": "STATE_APPROVED", "approver": "${manager}"}
specialist CarryOutPromotion {"name": "promotions/analyst-${run}"}
  expect {"state": "STATE_CARRIED_OUT"}
analyst GetEmployee {"name": "employees/ho-${run}"}
  expect {"position": "${position}", "assignments": [{"position": "${position}"}, {"position": "${position}"}, {"position": "positions/analyst-${run}"}]}
trainer GetPromotion {"name": "promotions/analyst-${run}"}
  expect {"reason": "Counts what others guess"}
analyst GetPromotion {"name": "promotions/analyst-${run}"}
  refused NOT_FOUND
trainer ListPromotions {"filter": "employee = \"employees/ho-${run}\" AND state = STATE_CARRIED_OUT"}
  expect {"promotions": [{"name": "promotions/analyst-${run}"}]}
manager CancelTransfer {"name": "employees/ho-${run}", "startDate": "${today+15d}"}
[]
