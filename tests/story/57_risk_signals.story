# What other services tell is proposed as a risk, each matter once; what few may know is known to few (R1).

[aside]
specialist CreateItem {"itemId": "badge-${run}", "item": {"displayName": "Badge", "category": "${category}", "unit": "piece",
  "currencyCode": "${currency}", "custodian": "${specialist}"}}
specialist CreateGoodsReceipt {"goodsReceipt": {"supplier": "Formosa Print", "receiveDate": "${today}",
  "lines": [{"item": "items/badge-${run}", "quantity": 5, "unitCostMinor": 100}]}}
specialist CreateReservation {"reservationId": "badges-${run}", "reservation": {"subject": "${project}",
  "lines": [{"item": "items/badge-${run}", "quantity": 5}], "expireTime": "${now+2d}"}}
specialist ListRiskProposals {"filter": "subject = \"items/badge-${run}\""}
  within 60
  answer noBadges
  expect {"riskProposals": [{"signalKind": "SIGNAL_KIND_STOCK_OUT", "state": "STATE_PROPOSED", "signalCount": 1,
    "worst": "SIGNAL_SEVERITY_HIGH", "dueTime": "*"}]}
specialist ListRiskSignals {"parent": "${noBadges.riskProposals.0.name}"}
  expect {"riskSignals": [{"source": "items/badge-${run}/stock"}]}
specialist ReleaseReservation {"name": "reservations/badges-${run}"}
specialist DismissRiskProposal {"name": "${noBadges.riskProposals.0.name}", "reason": "They are printed tomorrow"}
  expect {"silentUntilTime": "*"}
specialist ListRiskProposals {"filter": "subject = \"projects/joint-${run}\" AND signal_kind = SIGNAL_KIND_CONCERN"}
  within 60
  expect {"riskProposals": [{"state": "STATE_PROPOSED", "signalCount": 1}]}
specialist ListRiskProposals {"filter": "subject = \"projects/stand-${run}\" AND signal_kind = SIGNAL_KIND_PLAN_LATE"}
  within 60
  expect {"riskProposals": [{"state": "STATE_PROPOSED"}]}
specialist ListRiskProposals {"filter": "subject = \"${activity}\" AND signal_kind = SIGNAL_KIND_STAFFING_GAP"}
  within 60
  expect {"riskProposals": [{"state": "STATE_PROPOSED"}]}
manager CreateRisk {"riskId": "leak-${run}", "risk": {"category": "CATEGORY_TECHNOLOGY", "subject": "projects/stand-${run}",
  "title": "Addresses of guests leak", "cause": "The list is sent by mail", "owner": "${manager}", "restricted": true,
  "readers": ["${analyst}"]}}
  expect {"restricted": true}
analyst AssessRisk {"name": "risks/leak-${run}", "current": {"likelihood": 3, "impact": 5}, "rationale": "It happened elsewhere"}
  expect {"level": "*"}
specialist GetRisk {"name": "risks/leak-${run}"}
  refused NOT_FOUND
specialist ListRisks {"filter": "subject = \"projects/stand-${run}\""}
  expect {"risks": []}
specialist SummarizeRisks {"subjects": ["projects/stand-${run}"]}
  expect {"blocking": true, "risks": [{"restricted": true, "title": "a restricted risk"}]}
manager CloseRisk {"name": "risks/leak-${run}", "reason": "The list is kept behind a login"}
