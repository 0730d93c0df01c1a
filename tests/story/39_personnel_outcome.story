# What follows from the guides' month: bonuses, honour, an interview; and what adjustments make of it later (H7).

[aside]
manager CreateAppraisalAdjustment {"parent": "${cycle.name}/appraisals/mc-${run}", "appraisalAdjustmentId": "others",
  "appraisalAdjustment": {"newPoints": 4000, "reason": "Half of the tours were somebody else's"}}
guidesDirector DecideAppraisalAdjustment {"name": "${cycle.name}/appraisals/mc-${run}/adjustments/others", "approved": true, "reason": "So it is"}
manager PrepareOutcomeRelease {"cycle": "${cycle.name}"}
  answer guidesRelease
  expect {"state": "STATE_PREPARED", "people": 3, "outcomeCount": 6, "totalMinor": "250000", "policy": "outcomePolicies/guides-${run}"}
manager ListOutcomeReleases {"filter": "state = STATE_PREPARED"}
  expect {"outcomeReleases": [{"name": "${guidesRelease.name}"}]}
engineer GetOutcomeRelease {"name": "${guidesRelease.name}"}
  expect {"people": 3, "totalMinor": "0"}
manager ListOutcomes {"parent": "${guidesRelease.name}", "filter": "employee = \"employees/ma-${run}\" AND kind = KIND_BONUS"}
  answer guidesBonus
  expect {"outcomes": [{"amountMinor": "150000", "coefficient": 15000, "scoredMonths": 1}]}
guide GetOutcome {"name": "${guidesBonus.outcomes.0.name}"}
  refused NOT_FOUND

# The money, which is not enough at first.
specialist CreateBudget {"budgetId": "bonuses-${run}", "budget": {"displayName": "Bonuses", "costCenter": "operations",
  "startDate": "${month-1mo}", "endDate": "${month+2mo}", "currencyCode": "${currency}", "requestedMinor": "200000"}}
manager ApproveBudget {"name": "budgets/bonuses-${run}"}
specialist CreateBudget {"budgetId": "bonus-reserve-${run}", "budget": {"displayName": "Reserve", "costCenter": "operations",
  "startDate": "${month-1mo}", "endDate": "${month+2mo}", "currencyCode": "${currency}", "requestedMinor": "60000"}}
manager ApproveBudget {"name": "budgets/bonus-reserve-${run}"}
manager ProposeOutcomeRelease {"name": "${guidesRelease.name}"}
  refused INVALID_FIELDS
manager ProposeOutcomeRelease {"name": "${guidesRelease.name}", "budget": "budgets/bonuses-${run}"}
  expect {"state": "STATE_PROPOSED", "proposer": "${manager}"}
manager ApproveOutcomeRelease {"name": "${guidesRelease.name}"}
  refused OWN_PROPOSAL
guidesDirector RejectOutcomeRelease {"name": "${guidesRelease.name}", "reason": "Are all tours counted?"}
  expect {"state": "STATE_PREPARED"}
manager ProposeOutcomeRelease {"name": "${guidesRelease.name}", "budget": "budgets/bonuses-${run}"}
guidesDirector ApproveOutcomeRelease {"name": "${guidesRelease.name}"}
  expect {"state": "STATE_WAITING_FOR_MONEY", "shortageMinor": "50000", "stateReason": "BUDGET_SHORT"}
guide GetOutcome {"name": "${guidesBonus.outcomes.0.name}"}
  refused NOT_FOUND
manager WithdrawOutcomeRelease {"name": "${guidesRelease.name}", "reason": "Once more with the reserve"}
  expect {"state": "STATE_PREPARED"}
manager ProposeOutcomeRelease {"name": "${guidesRelease.name}", "budget": "budgets/bonuses-${run}"}
guidesDirector ApproveOutcomeRelease {"name": "${guidesRelease.name}"}
  expect {"state": "STATE_WAITING_FOR_MONEY"}
manager TransferBudget {"name": "budgets/bonus-reserve-${run}", "target": "budgets/bonuses-${run}", "amountMinor": "50000",
  "reason": "Bonuses of the guides"}
manager RetryOutcomeRelease {"name": "${guidesRelease.name}"}
  expect {"state": "STATE_RELEASED", "shortageMinor": "0", "encumbrance": "*"}

# Each has what is theirs.
guide GetOutcome {"name": "${guidesBonus.outcomes.0.name}"}
  expect {"state": "STATE_RELEASED", "amountMinor": "150000", "dueDate": "*"}
guide ListOutcomes {"parent": "${guidesRelease.name}"}
  expect {"outcomes": [{"name": "*"}, {"name": "*"}, {"name": "*"}]}
guideTwo GetOutcome {"name": "${guidesBonus.outcomes.0.name}"}
  refused NOT_FOUND
guide ListOutcomes {"parent": "${guidesRelease.name}", "filter": "kind = KIND_CERTIFICATE"}
  answer guidesHonour
  expect {"outcomes": [{"certificateNumber": "*", "certificateText": "Forty tours, and nobody waited."}]}
guide RenderHonourCertificate {"name": "${guidesHonour.outcomes.0.name}"}
  expect {"mediaType": "text/html; charset=utf-8", "content": "*", "digest": "*"}
guide RenderAppraisal {"name": "${sheet}"}
  expect {"languageCode": "en", "content": "*"}
guideTwo RenderAppraisal {"name": "${sheet}"}
  refused NOT_FOUND
guidesSecond SettleOutcome {"name": "${guidesHonour.outcomes.0.name}", "reason": "Handed over before everybody"}
  expect {"state": "STATE_SETTLED"}
guide SettleOutcome {"name": "${guidesBonus.outcomes.0.name}", "reason": "It came"}
  refused OWN_OUTCOME
guideThree ListOutcomes {"parent": "${guidesRelease.name}", "filter": "kind = KIND_INTERVIEW"}
  answer guidesTalk
  expect {"outcomes": [{"performanceInterview": "*", "owner": "employees/zhou-${run}"}]}
guideThree RenderPerformanceInterview {"name": "${guidesTalk.outcomes.0.performanceInterview}"}
  expect {"content": "*"}
guideTwo RenderPerformanceInterview {"name": "${guidesTalk.outcomes.0.performanceInterview}"}
  refused NOT_FOUND
manager PayOutcomeRelease {"name": "${guidesRelease.name}"}
  expect {"state": "STATE_PAID"}

# Later corrections: too much is decided, more waits for money.
manager CreateAppraisalAdjustment {"parent": "${sheet}", "appraisalAdjustmentId": "again", "appraisalAdjustment": {"newPoints": 8000,
  "reason": "The two tours were counted twice"}}
guidesDirector DecideAppraisalAdjustment {"name": "${sheet}/adjustments/again", "approved": true, "reason": "So it is"}
guide ListOutcomes {"parent": "${guidesRelease.name}", "filter": "kind = KIND_BONUS_DIFFERENCE"}
  answer guidesLess
  expect {"outcomes": [{"amountMinor": "-50000", "state": "STATE_UNDECIDED"}]}
guide DecideOutcomeDifference {"name": "${guidesLess.outcomes.0.name}", "decision": "DECISION_WAIVED", "reason": "Please"}
  refused OWN_OUTCOME
guidesDirector DecideOutcomeDifference {"name": "${guidesLess.outcomes.0.name}", "decision": "DECISION_WAIVED", "reason": "Our mistake"}
  expect {"state": "STATE_SETTLED", "decision": "DECISION_WAIVED"}
manager CreateAppraisalAdjustment {"parent": "${cycle.name}/appraisals/mb-${run}", "appraisalAdjustmentId": "more",
  "appraisalAdjustment": {"newPoints": 9300, "reason": "Ten tours were missing"}}
guidesDirector DecideAppraisalAdjustment {"name": "${cycle.name}/appraisals/mb-${run}/adjustments/more", "approved": true, "reason": "So it is"}
manager ListOutcomes {"parent": "${guidesRelease.name}", "filter": "employee = \"employees/mb-${run}\" AND kind = KIND_BONUS_DIFFERENCE"}
  expect {"outcomes": [{"amountMinor": "50000", "shortageMinor": "50000", "state": "STATE_WAITING_FOR_MONEY"}]}
[]
