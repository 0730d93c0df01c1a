# Figures that show how risks develop, and the times within which they are seen to (R1, R2).

[aside]
analyst CreateRiskIndicator {"riskIndicatorId": "complaints-${run}", "riskIndicator": {"title": "Complaints", "subject": "${activity}",
  "owner": "${analyst}", "risks": ["${technologyRisk}"], "startDate": "${today-5d}", "definition": {
  "metric": "metricDefinitions/nobody-delivers-this", "direction": "DIRECTION_HIGH_IS_BAD", "unit": "complaints", "period": "PERIOD_DAY",
  "amber": 80, "amberRelease": 70, "red": 90, "redRelease": 85, "enterPeriods": 1, "leavePeriods": 1, "allowedAgeHours": 1,
  "reason": "As last year"}}}
  expect {"state": "STATE_ACTIVE", "definitionVersion": 1}
analyst GetRiskIndicator {"name": "riskIndicators/complaints-${run}"}
  within 60
  expect {"light": "LIGHT_UNKNOWN", "reading": "*"}
analyst ListIndicatorReadings {"parent": "riskIndicators/complaints-${run}", "orderBy": "name desc"}
  answer readings
analyst GetIndicatorReading {"name": "${readings.indicatorReadings.0.name}"}
  expect {"light": "LIGHT_UNKNOWN"}
analyst ListRiskIndicators {"filter": "light = LIGHT_UNKNOWN"}
analyst UpdateRiskIndicator {"riskIndicator": {"name": "riskIndicators/complaints-${run}", "title": "Complaints of a day"}, "updateMask": "title"}
analyst RetireRiskIndicator {"name": "riskIndicators/complaints-${run}"}
  expect {"state": "STATE_RETIRED"}
analyst CreateRiskIndicator {"riskIndicatorId": "${figure}-${run}", "riskIndicator": {"title": "A count of ${figure}", "subject": "${project}",
  "owner": "${analyst}", "startDate": "${today-1d}", "definition": {"count": "COUNT_${count}", "direction": "DIRECTION_HIGH_IS_BAD",
  "period": "PERIOD_DAY", "amber": 100000, "amberRelease": 100000, "red": 200000, "redRelease": 200000, "enterPeriods": 1, "leavePeriods": 1,
  "allowedAgeHours": 48, "reason": "To begin with"}}}
  each figure,count late,OVERDUE_TASKS angry,OPEN_COMPLAINTS empty,VACANCIES untrained,MISSING_CERTIFICATES
analyst GetRiskIndicator {"name": "riskIndicators/${figure}-${run}"}
  each figure late angry empty untrained
  within 60
  expect {"light": "LIGHT_GREEN", "reading": "*"}
analyst RetireRiskIndicator {"name": "riskIndicators/${figure}-${run}"}
  each figure late angry empty untrained
analyst ListAssessmentDuties {"filter": "state = STATE_OPEN"}
manager CreateRiskPolicy {"riskPolicyId": "draft-${run}", "riskPolicy": {"reason": "Sooner", "calendar": "calendars/default",
  "indicatorDays": 2, "reratingDays": 5, "treatmentDays": 10}}
manager UpdateRiskPolicy {"riskPolicy": {"name": "riskPolicies/draft-${run}", "indicatorDays": 1}, "updateMask": "indicatorDays"}
manager DeleteRiskPolicy {"name": "riskPolicies/draft-${run}"}
manager CreateRiskPolicy {"riskPolicyId": "soon-${run}", "riskPolicy": {"reason": "Sooner", "calendar": "calendars/default",
  "indicatorDays": 2, "reratingDays": 5, "treatmentDays": 10}}
manager PublishRiskPolicy {"name": "riskPolicies/soon-${run}"}
  expect {"state": "STATE_PUBLISHED"}
analyst GetRiskPolicy {"name": "riskPolicies/soon-${run}"}
  expect {"indicatorDays": 2}
analyst ListRiskPolicies {}
[]
