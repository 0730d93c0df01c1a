# What risks may cost (R2).

[aside]
analyst QuantifyLoss {"name": "${technologyRisk}"}
  refused NO_LOSS_ESTIMATE
analyst CreateLossEstimate {"parent": "${technologyRisk}", "lossEstimate": {"untreated": {"probabilityPpm": 100000, "lowerMinor": 10000000,
  "upperMinor": 100000000}, "cover": {"deductibleMinor": 20000000, "coverMinor": 60000000}, "treatmentCostMinor": 1000000,
  "currencyCode": "CNY", "source": "Claims of the last ten years", "rationale": "One fair in ten lost its sales"}}
  answer estimate
analyst CreateLossEstimate {"parent": "${marketRisk}", "lossEstimate": {"untreated": {"probabilityPpm": 200000, "lowerMinor": 1000000,
  "upperMinor": 5000000}, "currencyCode": "CNY", "source": "Own figures", "rationale": "Two fairs in ten shared their days"}}
analyst GetLossEstimate {"name": "${estimate.name}"}
  expect {"heavyTail": false}
analyst ListLossEstimates {"parent": "${technologyRisk}"}
analyst QuantifyLoss {"name": "${technologyRisk}", "levelsPpm": [990000]}
  expect {"lossEstimate": "${estimate.name}", "untreated": {"annualLossMinor": "4040013"}, "treated": {"annualLossMinor": "2175734"}}
specialist CreateRisk {"riskId": "mirror-${run}", "risk": {"category": "CATEGORY_TECHNOLOGY", "subject": "projects/mirror-${run}",
  "title": "The only copy is lost", "cause": "There is one", "owner": "${specialist}"}}
specialist CreateRiskMeasure {"riskMeasureId": "mirror-${run}", "riskMeasure": {"risk": "risks/mirror-${run}", "kind": "KIND_TECHNICAL",
  "description": "A second copy", "owner": "${specialist}", "dueDate": "${today+20d}"}}
analyst CreateLossEstimate {"parent": "risks/mirror-${run}", "lossEstimate": {"untreated": {"probabilityPpm": 100000, "lowerMinor": 10000000,
  "upperMinor": 100000000}, "measures": [{"riskMeasure": "riskMeasures/mirror-${run}", "figures": {"probabilityPpm": 50000,
  "lowerMinor": 10000000, "upperMinor": 100000000}, "costMinor": 1000000}], "currencyCode": "CNY", "source": "Own figures",
  "rationale": "One disk in ten fails"}}
analyst QuantifyLoss {"name": "risks/mirror-${run}"}
  expect {"measures": [{"riskMeasure": "riskMeasures/mirror-${run}", "savingMinor": "2020006", "costMinor": "1000000"}]}
manager CloseRisk {"name": "risks/mirror-${run}", "reason": "It is copied"}
analyst CreateLossSimulation {"lossSimulationId": "year-${run}", "lossSimulation": {"title": "What a year may cost", "seed": 7,
  "years": 20000, "currencyCode": "CNY", "risks": ["${technologyRisk}", "${marketRisk}"], "causes": [{"title": "The season",
  "risks": ["${technologyRisk}", "${marketRisk}"], "probabilityPpm": 50000, "memberProbabilityPpm": 500000}]}}
  expect {"state": "STATE_RUNNING"}
analyst GetLossSimulation {"name": "lossSimulations/year-${run}"}
  within 60
  expect {"state": "STATE_DONE", "generator": "philox4x32-10/1", "untreated": {"levels": [{"levelPpm": 950000}, {"levelPpm": 990000}]}}
analyst ListLossSimulations {"filter": "state = STATE_DONE"}
analyst CancelLossSimulation {"name": "lossSimulations/year-${run}"}
  refused ILLEGAL_TRANSITION
[]
