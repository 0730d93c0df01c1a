# Whom the department seeks, by which channels, and what that may cost (H2).

[recruitment]
manager CreatePosition {"positionId": "editor-${run}", "position": {"title": "Editor", "roles": ["ROLE_OPERATIONS_SPECIALIST"],
  "responsibilities": ["Writes what is published about the shows."]}}
manager CreatePayBand {"parent": "positions/editor-${run}", "payBandId": "first", "payBand": {"reason": "The first",
  "lowestMinor": "4000000", "highestMinor": "6000000", "currencyCode": "${currency}"}}
manager PublishPayBand {"name": "positions/editor-${run}/payBands/first"}
specialist CreateHeadcountPlan {"headcountPlanId": "editors-${run}", "headcountPlan": {"position": "positions/editor-${run}",
  "department": "operations"}}
specialist CreateHeadcountPlanVersion {"parent": "headcountPlans/editors-${run}", "headcountPlanVersionId": "winter",
  "headcountPlanVersion": {"reason": "The winter shows need texts", "months": [{"month": "${month-1mo}", "planned": 1}]}}
specialist SubmitHeadcountPlanVersion {"name": "headcountPlans/editors-${run}/versions/winter"}
manager ApproveHeadcountPlanVersion {"name": "headcountPlans/editors-${run}/versions/winter"}
  expect {"state": "STATE_APPROVED", "version": 1, "proposer": "${specialist}", "approver": "${manager}"}
specialist ComputeHeadcount {"name": "positions/editor-${run}", "department": "operations"}
  answer headcount
  expect {"planned": 1, "uncovered": 1, "toOpen": 1}
  say The headcount plan has one editor from this month on, and nobody is there: ${headcount.toOpen} is to be sought. |
    編制計劃本月起設一名編輯，目前無人在崗：尚須招聘 ${headcount.toOpen} 人。
specialist CreateBudget {"budgetId": "people-${run}", "budget": {"displayName": "New colleagues", "costCenter": "operations",
  "startDate": "${month-1mo}", "endDate": "${month+2mo}", "currencyCode": "${currency}", "requestedMinor": "7000000"}}
manager ApproveBudget {"name": "budgets/people-${run}"}
specialist CreateRequisition {"requisitionId": "editor-${run}", "requisition": {"position": "positions/editor-${run}",
  "department": "operations", "seats": 1, "requirements": "Writes well and fast.", "ground": "GROUND_GAP",
  "reason": "Nobody writes the texts", "needDate": "${today}", "budget": "budgets/people-${run}", "seatAmountMinor": "7000000",
  "advertisingMinor": "500000", "expireTime": "${now+30d}"}}

[trouble]
manager ApproveRequisition {"name": "requisitions/editor-${run}"}
  refused BUDGET_SHORT
  say ${manager:title} approves the requisition, but the money does not suffice | ${manager:title}批准招聘需求，但預算不足
manager BatchGetRequisitions {"names": ["requisitions/editor-${run}"]}
  expect {"requisitions": [{"name": "requisitions/editor-${run}"}]}
manager GetRequisition {"name": "requisitions/editor-${run}"}
  answer short
  expect {"state": "STATE_PENDING", "shortageMinor": "500000"}
  say It waits: ${short.shortageMinor:money} is missing. | 需求單待決：尚缺 ${short.shortageMinor:money}。

[recruitment]
specialist UpdateRequisition {"requisition": {"name": "requisitions/editor-${run}", "seatAmountMinor": "6000000"},
  "updateMask": "seatAmountMinor"}
manager ApproveRequisition {"name": "requisitions/editor-${run}"}
  answer requisition
  expect {"state": "STATE_APPROVED", "encumbrance": "*"}
  say ${manager:title} approves the requisition for less, and its money is set aside. | ${manager:title}以較低金額批准，款項已預留。
specialist CreateOpening {"parent": "requisitions/editor-${run}", "openingId": "board", "opening": {
  "channel": "recruitmentChannels/job-board", "content": "We seek an editor.", "costMinor": "300000", "endDate": "${today+14d}"}}
specialist PublishOpening {"name": "requisitions/editor-${run}/openings/board"}
specialist CreateOpening {"parent": "requisitions/editor-${run}", "openingId": "referral", "opening": {
  "channel": "recruitmentChannels/referral", "content": "Do you know an editor?"}}
specialist PublishOpening {"name": "requisitions/editor-${run}/openings/referral"}
  expect {"state": "STATE_PUBLISHED"}
  say The seat is published on a job board and among colleagues. | 職缺已在招聘網站發布，並請同事推薦。

[aside]
analyst GetRecruitmentPolicy {"name": "recruitmentPolicies/default"}
  expect {"state": "STATE_PUBLISHED", "version": 1, "decisionHours": 72, "phoneRegion": "TW"}
analyst ListRecruitmentPolicies {"filter": "state = STATE_PUBLISHED"}
manager CreateRecruitmentPolicy {"recruitmentPolicyId": "quicker-${run}", "recruitmentPolicy": {"reason": "Decided within two days",
  "decisionHours": 48, "phoneRegion": "TW"}}
manager UpdateRecruitmentPolicy {"recruitmentPolicy": {"name": "recruitmentPolicies/quicker-${run}", "reason": "Two days do"},
  "updateMask": "reason"}
manager PublishRecruitmentPolicy {"name": "recruitmentPolicies/quicker-${run}"}
  expect {"state": "STATE_PUBLISHED"}
manager CreateRecruitmentPolicy {"recruitmentPolicyId": "mistake-${run}", "recruitmentPolicy": {"reason": "A mistake",
  "decisionHours": 1, "phoneRegion": "XX"}}
  refused INVALID_FIELDS
manager CreateRecruitmentPolicy {"recruitmentPolicyId": "mistake-${run}", "recruitmentPolicy": {"reason": "A mistake",
  "decisionHours": 1, "phoneRegion": "JP"}}
manager DeleteRecruitmentPolicy {"name": "recruitmentPolicies/mistake-${run}"}
specialist HoldRequisition {"name": "requisitions/editor-${run}", "reason": "The show is in question"}
  expect {"state": "STATE_ON_HOLD", "heldByHand": true}
manager ApproveRequisition {"name": "requisitions/editor-${run}"}
  refused HELD_BY_HAND
specialist ResumeRequisition {"name": "requisitions/editor-${run}"}
  expect {"state": "STATE_APPROVED", "encumbrance": "${requisition.encumbrance}"}
analyst GetHeadcountPlan {"name": "headcountPlans/editors-${run}"}
analyst ListHeadcountPlans {"filter": "position = \"positions/editor-${run}\""}
  expect {"headcountPlans": [{"department": "operations"}]}
specialist CreateHeadcountPlanVersion {"parent": "headcountPlans/editors-${run}", "headcountPlanVersionId": "spring",
  "headcountPlanVersion": {"reason": "Spring", "months": [{"month": "${month+2mo}", "planned": 9}]}}
specialist UpdateHeadcountPlanVersion {"headcountPlanVersion": {"name": "headcountPlans/editors-${run}/versions/spring",
  "months": [{"month": "${month+2mo}", "planned": 2}]}, "updateMask": "months"}
specialist SubmitHeadcountPlanVersion {"name": "headcountPlans/editors-${run}/versions/spring"}
specialist ApproveHeadcountPlanVersion {"name": "headcountPlans/editors-${run}/versions/spring"}
  refused OWN_PROPOSAL
manager RejectHeadcountPlanVersion {"name": "headcountPlans/editors-${run}/versions/spring", "reason": "Too early to say"}
analyst GetHeadcountPlanVersion {"name": "headcountPlans/editors-${run}/versions/spring"}
  expect {"state": "STATE_REJECTED", "stateReason": "Too early to say"}
analyst ListHeadcountPlanVersions {"parent": "headcountPlans/editors-${run}", "filter": "state = STATE_APPROVED"}
  expect {"headcountPlanVersions": [{"version": 1}]}
manager CreatePayBand {"parent": "positions/editor-${run}", "payBandId": "mistake", "payBand": {"reason": "A mistake",
  "lowestMinor": "1", "highestMinor": "2", "currencyCode": "${currency}"}}
manager UpdatePayBand {"payBand": {"name": "positions/editor-${run}/payBands/mistake", "highestMinor": "3"}, "updateMask": "highestMinor"}
manager DeletePayBand {"name": "positions/editor-${run}/payBands/mistake"}
manager GetPayBand {"name": "positions/editor-${run}/payBands/first"}
  expect {"version": 1}
analyst ListPayBands {"parent": "positions/editor-${run}"}
  expect {"payBands": []}
manager CreateRecruitmentChannel {"recruitmentChannelId": "fair-${run}", "recruitmentChannel": {"title": "Job fair"}}
manager UpdateRecruitmentChannel {"recruitmentChannel": {"name": "recruitmentChannels/fair-${run}", "description": "In the city hall"},
  "updateMask": "description"}
analyst GetRecruitmentChannel {"name": "recruitmentChannels/fair-${run}"}
  expect {"description": "In the city hall"}
analyst BatchGetRecruitmentChannels {"names": ["recruitmentChannels/fair-${run}"]}
analyst ListRecruitmentChannels {"filter": "name = \"recruitmentChannels/referral\""}
  expect {"recruitmentChannels": [{"title": "內部推薦"}]}
analyst GetRequisition {"name": "requisitions/editor-${run}"}
  expect {"state": "STATE_APPROVED", "seats": 1}
analyst ListRequisitions {"filter": "position = \"positions/editor-${run}\" AND state = STATE_APPROVED"}
  expect {"requisitions": [{"department": "operations"}]}
specialist GetOpening {"name": "requisitions/editor-${run}/openings/board"}
  expect {"costMinor": "300000"}
analyst ListOpenings {"parent": "requisitions/editor-${run}", "filter": "state = STATE_PUBLISHED"}
  expect {"openings": [{"channel": "recruitmentChannels/job-board"}, {"channel": "recruitmentChannels/referral"}]}
specialist EndOpening {"name": "requisitions/editor-${run}/openings/referral"}
  expect {"state": "STATE_ENDED"}
specialist CreateRequisition {"requisitionId": "more-${run}", "requisition": {"position": "positions/editor-${run}",
  "department": "operations", "seats": 1, "requirements": "Writes well.", "ground": "GROUND_GAP", "reason": "One more",
  "needDate": "${today}", "budget": "budgets/people-${run}", "seatAmountMinor": "1", "expireTime": "${now+30d}"}}
manager ApproveRequisition {"name": "requisitions/more-${run}"}
  refused HEADCOUNT_SHORT
manager RejectRequisition {"name": "requisitions/more-${run}", "reason": "One is planned"}
  expect {"state": "STATE_REJECTED"}
specialist CreateRequisition {"requisitionId": "spare-${run}", "requisition": {"position": "positions/editor-${run}",
  "department": "operations", "seats": 2, "requirements": "Writes well.", "ground": "GROUND_OVER_PLAN", "reason": "Two for the fair",
  "needDate": "${today}", "budget": "budgets/people-${run}", "seatAmountMinor": "1000", "expireTime": "${now+30d}"}}
manager ApproveRequisition {"name": "requisitions/spare-${run}"}
specialist CancelRequisition {"name": "requisitions/spare-${run}", "reason": "The fair is postponed"}
  expect {"state": "STATE_CANCELLED", "stateReason": "The fair is postponed"}
[]
