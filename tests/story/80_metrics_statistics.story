# Every statistic by which measures are judged is also a call on figures that one has (M3).

[aside]
specialist CompareProportions {"control": {"successes": 8940, "trials": 44700}, "treatment": {"successes": 8643, "trials": 45489}}
  expect {"control": {"value": 0.2}, "alwaysValid": {"tuning": 5000}}
specialist CompareMeans {"control": {"observations": [12, 15, 9, 20, 14, 18, 11, 16, 13, 17]},
  "treatment": {"count": 12, "mean": 20.75, "variance": 28.568181818}}
  expect {"estimate": {"effect": 6.25}}
analyst CompareRatios {"control": {"count": 100, "xMean": 4, "yMean": 2, "xVariance": 1, "yVariance": 2, "covariance": 1},
  "treatment": {"count": 100, "xMean": 4, "yMean": 2.5, "xVariance": 1, "yVariance": 2, "covariance": 1}}
  expect {"estimate": {"effect": 0.125}}
analyst CompareAdjustedMeans {"control": {"count": 100, "xMean": 4, "yMean": 2, "xVariance": 1, "yVariance": 2, "covariance": 1},
  "treatment": {"count": 100, "xMean": 4, "yMean": 2.5, "xVariance": 1, "yVariance": 2, "covariance": 1}}
  expect {"theta": 1, "varianceReduction": 0.5}
analyst ComputeRelativeLift {"control": {"value": 2, "standardError": 0.1}, "treatment": {"value": 3, "standardError": 0.1}}
  expect {"lift": {"lift": 0.5}}
analyst ComputeAlwaysValidInterval {"effect": 1, "count": 1000}
  expect {"undefinedCause": "UNDEFINED_CAUSE_NO_VARIANCE"}
analyst AdjustPValues {"pValues": [0.5, 0.75]}
  expect {"adjustedPValues": [1, 1]}
analyst CheckSampleRatio {"arms": [{"count": 5170, "share": 1}, {"count": 4830, "share": 1}]}
  expect {"degreesOfFreedom": 1, "mismatch": true}
manager PlanSampleSize {"proportions": {"control": 0.20, "treatment": 0.19}}
  expect {"controlCount": 24638, "treatmentCount": 24638}
engineer CompareChanges {"units": [{"treated": true, "before": [4, 5], "after": [9]}, {"treated": true, "before": [5, 7], "after": [13]},
  {"before": [4, 5], "after": [6]}, {"before": [6, 7], "after": [7]}]}
  expect {"comparison": {"treatment": {"value": 5.75}, "control": {"value": 1}}}
technician FitInterruption {"changeDate": "${today-3d}", "figures": [{"date": "${today-7d}", "value": 1}, {"date": "${today-6d}", "value": 2},
  {"date": "${today-5d}", "value": 1}, {"date": "${today-3d}", "value": 6}, {"date": "${today-2d}", "value": 5},
  {"date": "${today-1d}", "value": 6}]}
  expect {"terms": 4, "lag": 2}
specialist PlanSampleSize {}
  refused INVALID_FIELDS

analyst CreateEvaluationPolicy {"evaluationPolicyId": "strict-${run}", "evaluationPolicy": {"reason": "Fewer false alarms", "alpha": 0.01,
  "power": 0.9, "tuning": 5000, "sampleRatioBound": 0.001, "parallelBound": 0.05, "reminderHours": 24}}
analyst UpdateEvaluationPolicy {"evaluationPolicy": {"name": "evaluationPolicies/strict-${run}", "alpha": 0.05}, "updateMask": "alpha"}
specialist GetEvaluationPolicy {"name": "evaluationPolicies/default"}
  expect {"tuning": 5000, "sampleRatioBound": 0.001, "version": 1}
specialist ListEvaluationPolicies {"filter": "state = STATE_PUBLISHED"}
manager PublishEvaluationPolicy {"name": "evaluationPolicies/strict-${run}"}
  expect {"state": "STATE_PUBLISHED"}
analyst DeleteEvaluationPolicy {"name": "evaluationPolicies/strict-${run}"}
  refused RULES_IMMUTABLE
analyst CreateEvaluationPolicy {"evaluationPolicyId": "loose-${run}", "evaluationPolicy": {"reason": "A slip", "alpha": 0.2,
  "power": 0.5, "tuning": 5000, "sampleRatioBound": 0.001, "parallelBound": 0.05, "reminderHours": 24}}
analyst DeleteEvaluationPolicy {"name": "evaluationPolicies/loose-${run}"}
