# What is done about it: LOW risks may be accepted by the manager, HIGH ones not (R3, W6).

[trouble]
specialist ProposeTreatment {"name": "${technologyRisk}", "treatment": {"acceptance": {"justification": "We hope for the best.",
  "monitor": "${specialist}", "monitoringPlan": "Read the log every Monday.", "expireTime": "${now+30d}"}}}
  refused TREATMENT_NOT_PERMITTED
  say ${specialist:title} proposes simply to accept the HIGH risk | ${specialist:title}提議直接接受高風險
analyst ProposeTreatment {"name": "${marketRisk}", "treatment": {"acceptance": {"justification": "The overlap of customers is small.",
  "monitor": "${specialist}", "monitoringPlan": "Read the competitor's calendar every Monday.", "checkDays": 7, "expireTime": "${now+30d}"}}}
  say ${analyst:title} proposes to accept the LOW risk; who proposes does not decide. | ${analyst:title}提議接受低風險；提議者不作決定。
manager TreatRisk {"name": "${marketRisk}"}
  answer risk
  expect {"strategy": "STRATEGY_ACCEPT"}
  say ${manager:title} accepts the LOW risk, checked by Chen Yi-jun every week; without a check it opens again by itself on
    ${risk.expireTime:day}. |
    ${manager:title}接受低風險，由陳怡君每週檢查；若未檢查，${risk.expireTime:day} 自動重新開啟。
specialist CheckAcceptance {"name": "${marketRisk}", "finding": "The competitor has announced nothing."}
  expect {"checkDueTime": "*"}

[aside]
analyst ComputeHeatMap {"subject": "${project}"}
  answer map
  expect {"riskMatrix": "*"}
analyst ComputeOverdue {"owner": "${specialist}"}
analyst ComputeRiskMovement {"startTime": "${now-1d}", "subject": "${project}"}
  expect {"moves": "*"}
analyst ComputeRiskExposure {"subjects": ["${project}", "${activity}"], "topCount": 5}
  expect {"parts": "*", "top": "*"}
analyst ComputeRiskCalendar {"endTime": "${now+60d}"}
  expect {"entries": "*"}
analyst ExplainRiskLevel {"name": "${marketRisk}"}
  expect {"level": "LEVEL_LOW"}
specialist CreateRisk {"riskId": "fire-${run}", "risk": {"category": "CATEGORY_OPERATIONAL", "subject": "${project}",
  "affectedSubjects": ["${activity}"], "title": "Fire in the hall", "cause": "Lamps", "owner": "${specialist}"}}
specialist AssessRisk {"name": "risks/fire-${run}", "current": {"likelihood": 2, "impact": 3}, "rationale": "Seen once."}
  answer rated
  expect {"level": "LEVEL_MEDIUM", "treatByTime": "*"}
analyst ComputeHeatMap {"subject": "${project}", "category": "CATEGORY_OPERATIONAL"}
  answer heat
analyst ComputeHeatMap {"subject": "${project}", "category": "CATEGORY_OPERATIONAL", "time": "${rated.updateTime}"}
  expect {"cells": "${heat.cells}", "ratedCount": "${heat.ratedCount}"}
manager CreateTransferInstrument {"transferInstrumentId": "fire-${run}", "transferInstrument": {"kind": "INSTRUMENT_INSURANCE",
  "reference": "F-1", "counterparty": "Cathay", "risks": ["risks/fire-${run}"], "startTime": "${now-1d}", "endTime": "${now+300d}",
  "coverMinor": 50000000, "aggregateMinor": 60000000, "deductibleMinor": 1000000, "premiumMinor": 200000, "currencyCode": "TWD"}}
  expect {"state": "STATE_CONCLUDED"}
manager UpdateTransferInstrument {"transferInstrument": {"name": "transferInstruments/fire-${run}", "scope": "The hall"}, "updateMask": "scope"}
analyst GetTransferInstrument {"name": "transferInstruments/fire-${run}"}
  expect {"scope": "The hall"}
analyst ListTransferInstruments {"filter": "state = STATE_CONCLUDED"}
analyst ProposeTreatment {"name": "risks/fire-${run}", "treatment": {"transfer": {"transferInstrument": "transferInstruments/fire-${run}"}}}
manager TreatRisk {"name": "risks/fire-${run}"}
  expect {"strategy": "STRATEGY_TRANSFER", "expireTime": "*"}
specialist CreateRiskControl {"riskControlId": "alarm-${run}", "riskControl": {"title": "Smoke alarm", "kind": "KIND_DETECTIVE",
  "owner": "${specialist}", "risks": ["risks/fire-${run}"], "procedure": "Press the button.", "intervalDays": 90}}
  expect {"state": "STATE_ACTIVE"}
specialist CreateControlTest {"parent": "riskControls/alarm-${run}", "controlTest": {"outcome": "OUTCOME_EFFECTIVE", "evidence": "Heard"}}
  refused OWN_WORK
analyst CreateControlTest {"parent": "riskControls/alarm-${run}", "controlTest": {"outcome": "OUTCOME_EFFECTIVE", "evidence": "Heard"}}
  answer controlTest
analyst GetControlTest {"name": "${controlTest.name}"}
analyst ListControlTests {"parent": "riskControls/alarm-${run}"}
specialist AssessRisk {"name": "risks/fire-${run}", "current": {"likelihood": 2, "impact": 3}, "residual": {"likelihood": 1, "impact": 2},
  "rationale": "The alarm is heard everywhere.", "evidence": ["riskControls/alarm-${run}"]}
  expect {"level": "LEVEL_LOW", "evidence": ["riskControls/alarm-${run}"], "evidenceEndTime": "*"}
analyst CreateControlTest {"parent": "riskControls/alarm-${run}", "controlTest": {"outcome": "OUTCOME_INEFFECTIVE", "evidence": "Silence"}}
analyst GetRisk {"name": "risks/fire-${run}"}
  expect {"level": "LEVEL_MEDIUM", "evidence": []}
specialist UpdateRiskControl {"riskControl": {"name": "riskControls/alarm-${run}", "procedure": "Press twice."}, "updateMask": "procedure"}
analyst GetRiskControl {"name": "riskControls/alarm-${run}"}
  expect {"effective": false}
analyst ListRiskControls {"filter": "state = STATE_ACTIVE"}
specialist RetireRiskControl {"name": "riskControls/alarm-${run}"}
  expect {"state": "STATE_RETIRED"}
specialist CreateRiskOccurrence {"riskOccurrenceId": "fire-${run}", "riskOccurrence": {"occurTime": "${now-1h}", "cause": "A lamp",
  "lossMinor": 5000000, "currencyCode": "TWD", "shares": [{"risk": "risks/fire-${run}", "lossMinor": 4000000},
  {"risk": "${marketRisk}", "lossMinor": 1000000}]}}
analyst GetRiskOccurrence {"name": "riskOccurrences/fire-${run}"}
  expect {"lossMinor": "5000000"}
analyst ListRiskOccurrences {}
specialist CreateRiskOccurrence {"riskOccurrenceId": "twice-${run}", "riskOccurrence": {"occurTime": "${now-1h}", "cause": "A lamp",
  "lossMinor": 4000000, "currencyCode": "TWD", "shares": [{"risk": "risks/fire-${run}", "lossMinor": 4000000}]}}
specialist WithdrawRiskOccurrence {"name": "riskOccurrences/twice-${run}", "reason": "It is the same lamp"}
  expect {"state": "STATE_WITHDRAWN"}
specialist CreateInstrumentClaim {"parent": "transferInstruments/fire-${run}", "instrumentClaim": {"risk": "risks/fire-${run}",
  "eventTime": "${now-1h}", "lossMinor": 4000000, "reason": "A lamp"}}
  answer claim
  expect {"paidMinor": "3000000"}
analyst GetInstrumentClaim {"name": "${claim.name}"}
analyst ListInstrumentClaims {"parent": "transferInstruments/fire-${run}"}
manager CancelTransferInstrument {"name": "transferInstruments/fire-${run}", "reason": "Another insurer"}
analyst GetRisk {"name": "risks/fire-${run}"}
  expect {"state": "STATE_REOPENED", "reopenReason": "*"}
specialist CreateRiskMeasure {"riskMeasureId": "lamps-${run}", "riskMeasure": {"risk": "risks/fire-${run}", "kind": "KIND_TECHNICAL",
  "description": "Cold lamps", "owner": "${specialist}", "dueDate": "${today+3d}", "costMinor": 900000, "currencyCode": "TWD"}}
  expect {"state": "STATE_OPEN"}
specialist UpdateRiskMeasure {"riskMeasure": {"name": "riskMeasures/lamps-${run}", "description": "Cold lamps, all of them"},
  "updateMask": "description"}
specialist StartRiskMeasure {"name": "riskMeasures/lamps-${run}"}
specialist FinishRiskMeasure {"name": "riskMeasures/lamps-${run}"}
specialist VerifyRiskMeasure {"name": "riskMeasures/lamps-${run}", "evidence": "I hung them"}
  refused OWN_WORK
analyst VerifyRiskMeasure {"name": "riskMeasures/lamps-${run}", "evidence": "They stay cold"}
  expect {"state": "STATE_VERIFIED", "verifier": "${analyst}"}
specialist ReopenRiskMeasure {"name": "riskMeasures/lamps-${run}", "reason": "Two are warm"}
manager CancelRiskMeasure {"name": "riskMeasures/lamps-${run}", "reason": "Another hall"}
analyst GetRiskMeasure {"name": "riskMeasures/lamps-${run}"}
  expect {"state": "STATE_CANCELLED"}
analyst ListRiskMeasures {"filter": "risk = \"risks/fire-${run}\""}
specialist CreateProject {"projectId": "tent-${run}", "project": {"title": "A tent", "planPeriod": "${period}", "owner": "${specialist}",
  "startDate": "${today}", "endDate": "${today+14d}", "currencyCode": "${currency}"}}
specialist CreateRisk {"riskId": "rain-in-${run}", "risk": {"category": "CATEGORY_OPERATIONAL", "subject": "projects/tent-${run}",
  "title": "It rains in", "cause": "Seams", "owner": "${specialist}"}}
specialist CreateRiskMeasure {"riskMeasureId": "seams-${run}", "riskMeasure": {"risk": "risks/rain-in-${run}", "kind": "KIND_TECHNICAL",
  "description": "Seal the seams", "owner": "${technician}", "dueDate": "${today+5d}"}}
specialist CreateMeetingSeries {"meetingSeriesId": "tent-${run}", "meetingSeries": {"title": "The tent", "kind": "KIND_PROJECT_COORDINATION",
  "project": "projects/tent-${run}", "chair": "${specialist}", "schedule": {"startDate": "${today+30d}", "startClock": "09:30",
  "timeZone": "Asia/Taipei", "durationMinutes": 30, "rule": "FREQ=DAILY;COUNT=1", "dayOffPolicy": "DAY_OFF_POLICY_NEXT"}}}
specialist ListMeetings {"parent": "meetingSeries/tent-${run}"}
  answer tent
specialist ComputeAgenda {"name": "${tent.meetings.0.name}"}
  within 30
  expect {"agendaEntries": [{"kind": "KIND_RISK", "subject": "risks/rain-in-${run}"},
    {"kind": "KIND_RISK_MEASURE", "subject": "riskMeasures/seams-${run}", "reasons": ["OVERDUE"], "owner": "${technician}"}]}
accountant StartRiskMeasure {"name": "riskMeasures/seams-${run}"}
  refused NOT_YOURS_TO_DO
technician StartRiskMeasure {"name": "riskMeasures/seams-${run}"}
technician FinishRiskMeasure {"name": "riskMeasures/seams-${run}"}
  expect {"state": "STATE_DONE"}
specialist CreateRisk {"riskId": "smoke-${run}", "risk": {"category": "CATEGORY_OPERATIONAL", "subject": "${project}",
  "title": "Smoke in the hall", "cause": "Lamps", "consequence": "People leave", "riskType": "riskTypes/human-error",
  "parentRisk": "risks/fire-${run}", "owner": "${specialist}"}}
analyst ListRiskTypes {"filter": "category = CATEGORY_OPERATIONAL"}
analyst GetRiskType {"name": "riskTypes/human-error"}
  expect {"category": "CATEGORY_OPERATIONAL"}
manager CreateRiskType {"riskTypeId": "weather-${run}", "riskType": {"category": "CATEGORY_OPERATIONAL", "title": "Weather"}}
manager UpdateRiskType {"riskType": {"name": "riskTypes/weather-${run}", "title": "Bad weather"}, "updateMask": "title"}
  expect {"version": 2, "startTime": "*"}
analyst ListRiskTypeVersions {"parent": "riskTypes/weather-${run}"}
  answer weather
  expect {"riskTypeVersions": [{"version": 1, "title": "Weather", "creator": "${manager}"}, {"version": 2, "title": "Bad weather"}]}
analyst GetRiskTypeVersion {"name": "${weather.riskTypeVersions.0.name}"}
  expect {"title": "Weather"}
manager MergeRisk {"name": "risks/smoke-${run}", "into": "risks/fire-${run}"}
  expect {"state": "STATE_CLOSED", "mergedInto": "risks/fire-${run}"}
specialist AssessRisk {"name": "risks/fire-${run}", "current": {"likelihood": 5, "impact": 5}, "rationale": "It burns."}
  expect {"level": "LEVEL_HIGH"}
specialist UpdateRisk {"risk": {"name": "risks/fire-${run}", "affectedSubjects": ["suppliers/lamps-${run}"]}, "updateMask": "affectedSubjects"}
analyst ProposeTreatment {"name": "risks/fire-${run}", "treatment": {"avoidance": {"scope": "No lamps", "subjects": ["suppliers/lamps-${run}"]}}}
manager TreatRisk {"name": "risks/fire-${run}"}
  expect {"avoidanceOutcomes": [{"subject": "suppliers/lamps-${run}", "state": "STATE_PENDING"}]}
manager ReportAvoidance {"name": "risks/fire-${run}", "subject": "suppliers/lamps-${run}", "dropped": true, "reason": "The order is cancelled"}
  expect {"state": "STATE_CLOSED"}
technician PostRiskSignal {"kind": "SIGNAL_KIND_CONCERN", "subject": "suppliers/chairs-${run}", "key": "wet", "severity": "SIGNAL_SEVERITY_LOW",
  "text": "The chairs are wet"}
  answer posted
  expect {"outcome": "OUTCOME_PROPOSED"}
analyst ListRiskSignals {"parent": "${posted.riskProposal}"}
  answer facts
analyst GetRiskSignal {"name": "${facts.riskSignals.0.name}"}
  expect {"text": "The chairs are wet"}
specialist PostRiskSignal {"kind": "SIGNAL_KIND_ORDER_OVERDUE", "subject": "suppliers/chairs-${run}", "key": "order-1",
  "severity": "SIGNAL_SEVERITY_HIGH"}
  answer late
specialist MergeRiskProposal {"name": "${late.riskProposal}", "into": "${posted.riskProposal}"}
  expect {"state": "STATE_MERGED"}
specialist AttachRiskProposal {"name": "${posted.riskProposal}", "risk": "${marketRisk}"}
  expect {"state": "STATE_ACCEPTED"}
analyst GetSignalPolicy {"name": "signalPolicies/shipped"}
analyst ListSignalPolicies {}
manager CreateSignalPolicy {"signalPolicyId": "draft-${run}", "signalPolicy": {"reason": "Fewer", "rules": [{"kind": "SIGNAL_KIND_CONCERN",
  "category": "CATEGORY_OPERATIONAL", "title": "A concern", "decisionDays": 3}]}}
manager UpdateSignalPolicy {"signalPolicy": {"name": "signalPolicies/draft-${run}", "reason": "Fewer still"}, "updateMask": "reason"}
manager DeleteSignalPolicy {"name": "signalPolicies/draft-${run}"}
manager CreateSignalPolicy {"signalPolicyId": "next-${run}", "signalPolicy": {"reason": "From next year on", "startTime": "${now+300d}",
  "rules": [{"kind": "SIGNAL_KIND_CONCERN", "category": "CATEGORY_OPERATIONAL", "title": "A concern", "decisionDays": 3}]}}
manager PublishSignalPolicy {"name": "signalPolicies/next-${run}"}
  expect {"state": "STATE_PUBLISHED"}
[]

milestone PLANNED
