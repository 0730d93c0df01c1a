# The people behind it, from an empty place to the last day: hired for a reason, trained for the day, judged fairly, and nothing left
# without an owner (H1 to H7, S1, S2, W9, W10, W14). Figures of the months are the revenue of a real shop in 2021, told of last year.

milestone PEOPLE

[people]
chapter 14. The people behind it | 14. 背後的人

person director MANAGER employees/tang-${run}
  title Tang Rui, director of the shop, | 商店總監唐睿
person floorHead SPECIALIST employees/luo-${run}
  title Luo Jie, head of the first floor, | 一樓組長羅潔
person secondHead SPECIALIST employees/fei-${run}
  title Fei Lan, head of the second floor, | 二樓組長費嵐
person seller SPECIALIST employees/qiu-${run}
  title Qiu Ya, seller, | 銷售員邱雅
person bao SPECIALIST employees/bao-${run}
  title Bao Yi, seller, | 銷售員鮑毅
person dai SPECIALIST employees/dai-${run}
  title Dai Wei, seller, | 銷售員戴偉
person gan SPECIALIST employees/gan-${run}
  title Gan Li, seller, | 銷售員甘莉
person jin SPECIALIST employees/jin-${run}
  title Jin Hao, seller, | 銷售員金浩
person kong SPECIALIST employees/kong-${run}
  title Kong Mei, seller, | 銷售員孔玫
person newcomer SPECIALIST employees/yan-${run}
  title Yan Xin, the new colleague, | 新同仁顏昕
let shopFloor shop-${run}
let sales positions/seller-${run}
let leading positions/floor-head-${run}
let guidance courses/service-${run}
let people budgets/colleagues-${run}
let fair activities/spring-fair-${run}
title ${director} | Tang Rui | 唐睿
title ${floorHead} | Luo Jie | 羅潔
title ${secondHead} | Fei Lan | 費嵐
title ${seller} | Qiu Ya | 邱雅
title ${newcomer} | Yan Xin | 顏昕
title ${sales} | seller | 銷售員
title ${leading} | floor head | 樓層組長
title ${guidance} | “Good service” | 「優質服務」
title ${fair} | activity “Spring fair” | 活動「春季市集」

# The department as it is.
manager CreateCourse {"courseId": "${guidance:id}", "course": {"title": "Good service", "validityMonths": 12, "passScore": 60}}
manager CreatePosition {"positionId": "shop-director-${run}", "position": {"title": "Director", "responsibilities": ["Answers for the shop."],
  "roles": ["ROLE_OPERATIONS_MANAGER"]}}
manager CreatePosition {"positionId": "${leading:id}", "position": {"title": "Floor head", "responsibilities": ["Leads a floor."],
  "roles": ["ROLE_OPERATIONS_SPECIALIST"]}}
manager CreatePosition {"positionId": "${sales:id}", "position": {"title": "Seller", "responsibilities": ["Advises customers."],
  "roles": ["ROLE_OPERATIONS_SPECIALIST"], "requiredCourses": ["${guidance}"]}}
manager CreateEmployee {"employeeId": "${director:id}", "employee": {"displayName": "Tang Rui", "position": "positions/shop-director-${run}",
  "department": "${shopFloor}", "hireDate": "${year-24mo}"}}
manager CreateEmployee {"employeeId": "${who:id}", "employee": {"displayName": "${called}", "position": "${leading}",
  "department": "${shopFloor}", "hireDate": "${year-24mo}", "superior": "${director}"}}
  each who,called ${floorHead},Luo-Jie ${secondHead},Fei-Lan
manager CreateEmployee {"employeeId": "${who:id}", "employee": {"displayName": "${called}", "position": "${sales}",
  "department": "${shopFloor}", "hireDate": "${year-24mo}", "superior": "${floorHead}"}}
  each who,called ${seller},Qiu-Ya employees/bao-${run},Bao-Yi employees/dai-${run},Dai-Wei
manager CreateEmployee {"employeeId": "${who:id}", "employee": {"displayName": "${called}", "position": "${sales}",
  "department": "${shopFloor}", "hireDate": "${year-24mo}", "superior": "${secondHead}"}}
  each who,called employees/gan-${run},Gan-Li employees/jin-${run},Jin-Hao employees/kong-${run},Kong-Mei

# Somebody is missing, and sought with money that is there.
floorHead CreateHeadcountPlan {"headcountPlanId": "sellers-${run}", "headcountPlan": {"position": "${sales}", "department": "${shopFloor}"}}
floorHead CreateHeadcountPlanVersion {"parent": "headcountPlans/sellers-${run}", "headcountPlanVersionId": "spring",
  "headcountPlanVersion": {"reason": "The spring fair needs one more", "months": [{"month": "${month-1mo}", "planned": 7}]}}
floorHead SubmitHeadcountPlanVersion {"name": "headcountPlans/sellers-${run}/versions/spring"}
floorHead ApproveHeadcountPlanVersion {"name": "headcountPlans/sellers-${run}/versions/spring"}
  refused OWN_PROPOSAL
  say ${floorHead:title} approves a headcount plan of her own | ${floorHead:title}核准自己提出的編制計劃
director ApproveHeadcountPlanVersion {"name": "headcountPlans/sellers-${run}/versions/spring"}
floorHead ComputeHeadcount {"name": "${sales}", "department": "${shopFloor}"}
  answer headcount
  expect {"planned": 7, "uncovered": 1, "toOpen": 1}
  say ${director:title} approves it: seven sellers are planned, six are there, so ${headcount.toOpen} is to be sought. |
    ${director:title}核准：編制七名銷售員，在崗六名，尚須招聘 ${headcount.toOpen} 名。
manager CreatePayBand {"parent": "${sales}", "payBandId": "first", "payBand": {"reason": "The first", "lowestMinor": "4000000",
  "highestMinor": "6000000", "currencyCode": "${currency}"}}
manager PublishPayBand {"name": "${sales}/payBands/first"}
director CreateBudget {"budgetId": "${people:id}", "budget": {"displayName": "Colleagues", "costCenter": "${shopFloor}",
  "startDate": "${month-1mo}", "endDate": "${month+2mo}", "currencyCode": "${currency}", "requestedMinor": "20000000"}}
manager ApproveBudget {"name": "${people}"}
director ListStaffingGaps {"filter": "subject = \"headcountPlans/sellers-${run}\""}
  answer empty
  within 10
  expect {"staffingGaps": [{"state": "STATE_OPEN", "source": "SOURCE_HEADCOUNT_PLAN", "position": "${sales}", "requiredCount": 7, "qualifiedCount": 6}]}
director DecideStaffingGap {"name": "${empty.staffingGaps.0.name}", "decision": "DECISION_HIRE", "reason": "Nobody can be spared elsewhere",
  "requisition": {"requirements": "Likes people.", "budget": "${people}", "seatAmountMinor": "6000000", "advertisingMinor": "500000",
  "expireTime": "${now+30d}", "owner": "${floorHead}"}}
  answer hiring
  expect {"state": "STATE_HIRING", "requisition": "*"}
  say The empty place is a gap by itself; ${director:title} decides to hire, and a requisition is opened for it. |
    空缺自動成為人力缺口；${director:title}決定招聘，並據此開立需求單。
let wanted ${hiring.requisition}
manager ApproveRequisition {"name": "${wanted}"}
  answer requisition
  expect {"state": "STATE_APPROVED", "encumbrance": "*"}
floorHead CreateOpening {"parent": "${wanted}", "openingId": "${channel:id}", "opening": {"channel": "${channel}",
  "content": "We seek a seller.", "costMinor": "${costs}", "endDate": "${today+14d}"}}
  each channel,costs recruitmentChannels/job-board,300000 recruitmentChannels/referral,0
floorHead PublishOpening {"name": "${wanted}/openings/${channel}"}
  each channel job-board referral
  say The requisition is approved with its money set aside, and published through two channels. | 招聘需求獲准，款項已預留，並由兩個渠道發布。
floorHead ReceiveApplication {"application": {"requisition": "${wanted}", "channel": "recruitmentChannels/job-board",
  "externalId": "201-${run}"}, "applicant": {"displayName": "Shi Tao", "email": "shi.tao.${run}@example.com"}}
  answer other
floorHead ReceiveApplication {"application": {"requisition": "${wanted}", "channel": "recruitmentChannels/referral"},
  "applicant": {"displayName": "Yan Xin", "email": "yan.xin.${run}@example.com"}}
  answer application
  say Two people apply. | 兩人應徵。

# Who interviews files alone.
manager CreateScorecardTemplate {"parent": "${sales}", "scorecardTemplateId": "first", "scorecardTemplate": {"reason": "The first",
  "criteria": [
    {"criterion": "advice", "title": "Advice", "weight": 5000, "levels": ["None", "Asks first", "Finds what suits"], "floor": 2},
    {"criterion": "goods", "title": "Knows the goods", "weight": 3000, "levels": ["Reads labels", "Explains", "Compares"]},
    {"criterion": "calm", "title": "Keeps calm", "weight": 2000, "levels": ["Stumbles", "Goes on", "Makes it a joke"]}]}}
manager PublishScorecardTemplate {"name": "${sales}/scorecardTemplates/first"}
floorHead RejectApplication {"name": "${other.name}", "reason": "rejectionReasons/requirements-not-met"}
floorHead AdvanceApplication {"name": "${application.name}"}
  each turn 1 2
floorHead AssignInterviewer {"name": "${application.name}", "interviewer": "${secondHead}", "dueTime": "${now+2d}"}
  answer card
floorHead AssignInterviewer {"name": "${application.name}", "interviewer": "${floorHead}", "dueTime": "${now+2d}"}
  answer own
secondHead FileScorecard {"name": "${card.name}", "ratings": [{"criterion": "advice", "level": 3}, {"criterion": "goods", "level": 2},
  {"criterion": "calm", "level": 2}], "remarks": "Listens"}
floorHead ComputeAssessment {"name": "${application.name}"}
  refused CARD_NOT_FILED
  say ${floorHead:title} would like to see the other interviewer's card before filing one | ${floorHead:title}想在填寫自己的評分表前查看另一位面試官的評分
floorHead FileScorecard {"name": "${own.name}", "ratings": [{"criterion": "advice", "level": 3}, {"criterion": "goods", "level": 3},
  {"criterion": "calm", "level": 2}], "remarks": "Asked good questions"}
floorHead ComputeAssessment {"name": "${application.name}"}
  answer assessment
  expect {"score": 265, "decidable": true}
  say Both have filed: 2.65 of 3. | 兩人都已填寫：2.65 分（滿分 3 分）。
floorHead CreateOffer {"offerId": "yan-${run}", "offer": {"application": "${application.name}", "startDate": "${today}", "superior": "${floorHead}",
  "payMinor": "5000000", "expireTime": "${now+10d}", "employeeId": "${newcomer:id}"}}
director ApproveOffer {"name": "offers/yan-${run}"}
floorHead ExtendOffer {"name": "offers/yan-${run}"}
floorHead AcceptOffer {"name": "offers/yan-${run}"}
floorHead GetOffer {"name": "offers/yan-${run}"}
  within 10
  expect {"state": "STATE_HIRED", "employee": "${newcomer}"}
floorHead GetRequisition {"name": "${wanted}"}
  expect {"state": "STATE_FILLED", "hiredSeats": 1}
analyst GetEncumbrance {"name": "${requisition.encumbrance}"}
  answer spent
  within 10
  expect {"committedMinor": "6000000", "actualMinor": "300000", "preCommittedMinor": "0"}
  say Yan Xin accepts and starts today. The requisition is filled: ${spent.committedMinor:money} are committed, ${spent.actualMinor:money}
    were paid, and the rest is free again. |
    顏昕接受錄用，今日到職。需求單補滿：已承諾 ${spent.committedMinor:money}，已支付 ${spent.actualMinor:money}，其餘釋回。

director GetStaffingGap {"name": "${hiring.name}"}
  within 10
  expect {"state": "STATE_CLOSED"}

# Trained for the day.
floorHead CreateActivity {"activityId": "${fair:id}", "activity": {"title": "Spring fair", "project": "${project}", "scheme": "${scheme}",
  "owner": "${floorHead}", "startTime": "${now+1d}", "endTime": "${now+8d}", "timeZone": "Asia/Taipei",
  "staff": [{"employee": "${newcomer}", "role": "seller"}], "trainingRequirement": {"courses": ["${guidance}"]}}}
floorHead PrepareActivity {"name": "${fair}"}
director ListStaffingGaps {"filter": "subject = \"${fair}\""}
  answer gaps
  within 10
  expect {"staffingGaps": [{"state": "STATE_OPEN", "requiredCount": 1, "shortfalls": [{"employee": "${newcomer}"}]}]}
  say Yan Xin is to sell at the spring fair, but has no certificate yet: a gap is open, and names the course that is missing. |
    顏昕將參加春季市集，但尚無證書：人力缺口成立，並指出缺少的課程。
floorHead CreateSession {"parent": "${guidance}", "sessionId": "spring", "session": {"date": "${today}", "trainer": "Ho Shu-fen", "capacity": 10}}
floorHead EnrollEmployee {"name": "${guidance}/sessions/spring", "employee": "${newcomer}"}
director RecordResult {"name": "${guidance}/sessions/spring", "employee": "${newcomer}", "attended": true, "score": 90}
  expect {"outcome": "OUTCOME_PASSED"}
director ListStaffingGaps {"filter": "subject = \"${fair}\""}
  within 10
  expect {"staffingGaps": [{"state": "STATE_CLOSED", "closing": "CLOSING_QUALIFIED"}]}
  say The certificate closes it; nobody had to. | 取得證書後缺口自動關閉，無須人工處理。

# Judged fairly: twelve months and the year.
analyst CreateMetricDefinition {"metricDefinitionId": "shop-revenue-${run}", "metricDefinition": {"displayName": "Revenue of the shop",
  "eventName": "shop_sale", "aggregation": "AGGREGATION_SUM_MINOR", "unit": "${currency}"}}
person till PRODUCER producers/till-${run}
  title The till | 收銀機
till IngestEvents {"producer": "${till}", "sequence": "${number}", "events": [{"eventName": "shop_sale", "user": "till",
  "occurTime": "${then:instant}", "valueMinor": "${revenue}", "dimensions": {"shop": "${run}"}}]}
  each number,then,revenue 1,${year-12mo},29906017 2,${year-11mo},37959003 3,${year-10mo},39315527 4,${year-9mo},14282449
    5,${year-8mo},10793330 6,${year-7mo},10839587 7,${year-6mo},12207888 8,${year-5mo},8836769 9,${year-4mo},8194880
    10,${year-3mo},8978077 11,${year-2mo},11544864 12,${year-1mo},9557735
till IngestEvents {"producer": "${till}", "sequence": 13, "events": [{"eventName": "shop_sale", "user": "till", "occurTime": "${now}",
  "valueMinor": 1, "dimensions": {"shop": "${run}"}}]}
manager CreateAppraisalScheme {"parent": "${sales}", "appraisalSchemeId": "first", "appraisalScheme": {"reason": "Sellers", "indicators": [
  {"id": "revenue", "title": "Revenue", "kind": "KIND_RESULTS", "weight": 5000, "measure": {"source": "SOURCE_METRIC",
    "metric": "metricDefinitions/shop-revenue-${run}", "dimension": "shop", "dimensionValue": "${run}", "missing": "MISSING_BLOCK",
    "curve": [{"figure": "5000000", "points": 5000}, {"figure": "10000000", "points": 8000}, {"figure": "40000000", "points": 10000}]}},
  {"id": "care", "title": "Care", "kind": "KIND_ATTITUDE", "weight": 3000,
    "levels": [{"anchor": "Waits to be asked.", "points": 5000}, {"anchor": "Greets each customer.", "points": 9000}]},
  {"id": "help", "title": "Help", "kind": "KIND_TEAMWORK", "weight": 2000,
    "levels": [{"anchor": "Works alone.", "points": 5000}, {"anchor": "Takes over for others.", "points": 8500}]}]}}
manager PublishAppraisalScheme {"name": "${sales}/appraisalSchemes/first"}
let months ["${year-12mo}", "${year-11mo}", "${year-10mo}", "${year-9mo}", "${year-8mo}", "${year-7mo}", "${year-6mo}", "${year-5mo}",
  "${year-4mo}", "${year-3mo}", "${year-2mo}", "${year-1mo}"]
let excellent [{"indicator": "care", "level": 2, "words": "Every day."}, {"indicator": "help", "level": 2, "words": "Often."}]
let good [{"indicator": "care", "level": 2, "words": "Every day."}, {"indicator": "help", "level": 1, "words": "Seldom."}]
let poor [{"indicator": "care", "level": 1, "words": "Looks away."}, {"indicator": "help", "level": 1, "words": "Never."}]
director OpenAppraisalCycle {"month": "${then}", "department": "${shopFloor}"}
  each then ${months}
  expect {"state": "STATE_OPEN", "people": 9, "pendingCount": 6}
  say The department brings its last year along: ${director:title} opens the cycles of twelve months. |
    部門補齊去年資料：${director:title}開啟十二個月的考核。
seller SubmitSelfReview {"name": "appraisalCycles/${then:month}-${shopFloor}/appraisals/qiu-${run}", "summary": "I served whoever came."}
  each then ${months}
bao SubmitSelfReview {"name": "appraisalCycles/${then:month}-${shopFloor}/appraisals/bao-${run}", "summary": "I served whoever came."}
  each then ${months}
dai SubmitSelfReview {"name": "appraisalCycles/${then:month}-${shopFloor}/appraisals/dai-${run}", "summary": "I served whoever came."}
  each then ${months}
gan SubmitSelfReview {"name": "appraisalCycles/${then:month}-${shopFloor}/appraisals/gan-${run}", "summary": "I served whoever came."}
  each then ${months}
jin SubmitSelfReview {"name": "appraisalCycles/${then:month}-${shopFloor}/appraisals/jin-${run}", "summary": "I served whoever came."}
  each then ${months}
kong SubmitSelfReview {"name": "appraisalCycles/${then:month}-${shopFloor}/appraisals/kong-${run}", "summary": "I served whoever came."}
  each then ${months}
floorHead RateAppraisalPart {"name": "appraisalCycles/${then:month}-${shopFloor}/appraisals/qiu-${run}/parts/1", "ratings": "${excellent}"}
  each then ${months}
floorHead RateAppraisalPart {"name": "appraisalCycles/${then:month}-${shopFloor}/appraisals/bao-${run}/parts/1", "ratings": "${excellent}"}
  each then ${months}
floorHead RateAppraisalPart {"name": "appraisalCycles/${then:month}-${shopFloor}/appraisals/dai-${run}/parts/1", "ratings": "${good}"}
  each then ${months}
secondHead RateAppraisalPart {"name": "appraisalCycles/${then:month}-${shopFloor}/appraisals/gan-${run}/parts/1", "ratings": "${excellent}"}
  each then ${months}
secondHead RateAppraisalPart {"name": "appraisalCycles/${then:month}-${shopFloor}/appraisals/jin-${run}/parts/1", "ratings": "${good}"}
  each then ${months}
secondHead RateAppraisalPart {"name": "appraisalCycles/${then:month}-${shopFloor}/appraisals/kong-${run}/parts/1", "ratings": "${poor}"}
  each then ${months}
seller GetAppraisalPart {"name": "appraisalCycles/${year-1mo:month}-${shopFloor}/appraisals/qiu-${run}/parts/1"}
  refused NOT_FOUND
  say ${seller:title} asks for the ratings before the cycle is closed | ${seller:title}在考核結案前查詢評分
director CalibrateAppraisalCycle {"name": "appraisalCycles/${then:month}-${shopFloor}"}
  each then ${months}
  within 20
  expect {"state": "STATE_CALIBRATING"}
director GetAppraisalCalibration {"name": "appraisalCycles/${year-12mo:month}-${shopFloor}/calibrations/${floorHead:id}"}
  answer leniency
  expect {"people": 3, "state": "STATE_PROPOSED"}
  say Against what was measured, ${floorHead} rates more kindly than ${secondHead}: ${leniency.proposal} hundredths are proposed for the
    ratings of the first. |
    與實測相比，${floorHead}的評分較${secondHead}寬鬆：建議調整其評分 ${leniency.proposal}（百分之一分）。
director DecideAppraisalCalibration {"name": "appraisalCycles/${then:month}-${shopFloor}/calibrations/${floorHead:id}",
  "decision": "DECISION_ACCEPTED", "reason": "The till says so"}
  each then ${months}
director DecideAppraisalCalibration {"name": "appraisalCycles/${then:month}-${shopFloor}/calibrations/${secondHead:id}",
  "decision": "DECISION_ACCEPTED", "reason": "The till says so"}
  each then ${months}
director CloseAppraisalCycle {"name": "appraisalCycles/${then:month}-${shopFloor}"}
  each then ${months}
  expect {"state": "STATE_CLOSED", "sha256": "*"}
seller GetAppraisal {"name": "appraisalCycles/${year-12mo:month}-${shopFloor}/appraisals/qiu-${run}"}
  answer january
  expect {"outcome": "OUTCOME_SCORED"}
  say All twelve are closed. January of ${seller}: ${january.points} hundredths. | 十二個月全部結案。${seller}一月得分：${january.points}（百分之一分）。
director OpenAppraisalCycle {"month": "${year-1mo}", "period": "PERIOD_YEAR", "department": "${shopFloor}"}
  answer annual
seller SubmitSelfReview {"name": "${annual.name}/appraisals/qiu-${run}", "summary": "I served whoever came."}
bao SubmitSelfReview {"name": "${annual.name}/appraisals/bao-${run}", "summary": "I served whoever came."}
dai SubmitSelfReview {"name": "${annual.name}/appraisals/dai-${run}", "summary": "I served whoever came."}
gan SubmitSelfReview {"name": "${annual.name}/appraisals/gan-${run}", "summary": "I served whoever came."}
jin SubmitSelfReview {"name": "${annual.name}/appraisals/jin-${run}", "summary": "I served whoever came."}
kong SubmitSelfReview {"name": "${annual.name}/appraisals/kong-${run}", "summary": "I served whoever came."}
floorHead RateAppraisalPart {"name": "${annual.name}/appraisals/${who}-${run}/parts/1", "ratings": "${excellent}"}
  each who qiu bao
floorHead RateAppraisalPart {"name": "${annual.name}/appraisals/dai-${run}/parts/1", "ratings": "${good}"}
secondHead RateAppraisalPart {"name": "${annual.name}/appraisals/${who}-${run}/parts/1", "ratings": "${good}"}
  each who gan jin
secondHead RateAppraisalPart {"name": "${annual.name}/appraisals/kong-${run}/parts/1", "ratings": "${poor}"}
director CalibrateAppraisalCycle {"name": "${annual.name}"}
  within 20
  expect {"state": "STATE_CALIBRATING"}
director DecideAppraisalCalibration {"name": "${annual.name}/calibrations/${who}", "decision": "DECISION_REJECTED", "reason": "The year says otherwise"}
  each who ${floorHead:id} ${secondHead:id}
manager CreateOutcomePolicy {"outcomePolicyId": "shop-${run}", "outcomePolicy": {"reason": "The year of the shop",
  "currencyCode": "${currency}", "releaseDays": 14, "bonusDays": 30, "handlingDays": 30, "interviewDays": 20, "planDays": 60,
  "eligibilityMonths": 12, "certificateText": "For a year of good service.",
  "month": {"rules": [{"fromPoints": 9900, "toPoints": 10000, "certificate": true}]},
  "year": {"bonusMode": "BONUS_MODE_POOL", "pools": [{"department": "${shopFloor}", "amountMinor": "1000000"}],
    "rules": [{"grade": "S", "coefficient": 20000, "promotion": true, "certificate": true},
      {"grade": "A", "coefficient": 15000, "promotion": true, "certificate": true}, {"grade": "B", "coefficient": 10000},
      {"grade": "C", "interview": true}, {"grade": "D", "interview": true, "improvementPlan": true}]}}}
manager PublishOutcomePolicy {"name": "outcomePolicies/shop-${run}"}
director CloseAppraisalCycle {"name": "${annual.name}"}
  expect {"state": "STATE_CLOSED"}
seller GetAppraisal {"name": "${annual.name}/appraisals/qiu-${run}"}
  answer sheet
  expect {"outcome": "OUTCOME_SCORED"}
  say The year is closed: ${seller} has ${sheet.points} hundredths and grade ${sheet.grade}. |
    年度結案：${seller}得 ${sheet.points}（百分之一分），等第 ${sheet.grade}。
engineer VerifyAppraisalCycle {"name": "${annual.name}"}
  expect {"intact": true}
  say Recomputed from what is stored, every score, grade and seat is the same. | 依留存資料重算，所有分數、等第與名額一致。


# What follows from it: money first, then everything together.
director PrepareOutcomeRelease {"cycle": "${annual.name}"}
  answer prepared
  expect {"state": "STATE_PREPARED", "people": 6, "totalMinor": "1000000"}
director ProposeOutcomeRelease {"name": "${prepared.name}", "budget": "${people}"}
director ApproveOutcomeRelease {"name": "${prepared.name}"}
  refused OWN_PROPOSAL
  say ${director:title} approves the release of bonuses that she proposed herself | ${director:title}核准自己提出的獎金發放
manager ApproveOutcomeRelease {"name": "${prepared.name}"}
  answer released
  expect {"state": "STATE_RELEASED", "encumbrance": "*"}
  say Another manager does: ${released.totalMinor:money} are committed, to the last minor unit, before anybody is told. |
    由另一位主管核准：先承諾 ${released.totalMinor:money}（分毫不差），再通知同仁。
seller ListOutcomes {"parent": "${prepared.name}", "filter": "kind = KIND_BONUS"}
  answer bonus
  expect {"outcomes": [{"state": "STATE_RELEASED", "amountMinor": "*"}]}
  say ${seller} reads of one bonus alone: ${bonus.outcomes.0.amountMinor:money}. | ${seller}只看得到自己的獎金：${bonus.outcomes.0.amountMinor:money}。
seller RenderAppraisal {"name": "${annual.name}/appraisals/qiu-${run}"}
  expect {"content": "*"}

# A place above is free.
director CreateHeadcountPlan {"headcountPlanId": "heads-${run}", "headcountPlan": {"position": "${leading}", "department": "${shopFloor}"}}
director CreateHeadcountPlanVersion {"parent": "headcountPlans/heads-${run}", "headcountPlanVersionId": "spring",
  "headcountPlanVersion": {"reason": "A third floor opens", "months": [{"month": "${month}", "planned": 3}]}}
director SubmitHeadcountPlanVersion {"name": "headcountPlans/heads-${run}/versions/spring"}
manager ApproveHeadcountPlanVersion {"name": "headcountPlans/heads-${run}/versions/spring"}
manager CreateCareerPath {"careerPathId": "floor-${run}", "careerPath": {"title": "From the counter to the floor", "fromPosition": "${sales}",
  "toPosition": "${leading}"}}
manager CreateCareerPathVersion {"parent": "careerPaths/floor-${run}", "careerPathVersionId": "first", "careerPathVersion": {
  "reason": "The first", "monthsInPost": 12, "gradeYears": 1, "leastGrade": "A", "noOpenPlan": true, "vacancy": true}}
manager PublishCareerPathVersion {"name": "careerPaths/floor-${run}/versions/first"}
seller ComputeEligibility {"name": "${seller}", "path": "careerPaths/floor-${run}"}
  expect {"eligibility": {"eligible": true}}
floorHead CreatePromotion {"promotionId": "qiu-${run}", "promotion": {"employee": "${seller}", "path": "careerPaths/floor-${run}",
  "startDate": "${today+1d}", "superior": "${director}", "reason": "Leads already"}}
director ApprovePromotion {"name": "promotions/qiu-${run}"}
  expect {"state": "STATE_APPROVED"}
director CarryOutPromotion {"name": "promotions/qiu-${run}"}
  expect {"state": "STATE_CARRIED_OUT"}
  say Months in the post, the grade, no open plan and a free place: ${seller} is promoted from tomorrow on, and takes that place. |
    任職月數、等第、無進行中的改善計劃且有空缺：${seller}自明日起晉升，並占用該名額。

# Nothing is left without an owner.
floorHead CreateProject {"projectId": "shop-${run}", "project": {"title": "A better shop", "planPeriod": "${period}", "owner": "${floorHead}",
  "startDate": "${month-1mo}", "endDate": "${month+2mo-1d}", "currencyCode": "${currency}"}}
floorHead CreateRisk {"riskId": "shop-${run}", "risk": {"category": "CATEGORY_MARKET", "subject": "${fair}", "title": "Rain",
  "cause": "It is spring", "owner": "${floorHead}"}}
director CreateItem {"itemId": "shelf-${run}", "item": {"displayName": "Shelf", "category": "${category}", "unit": "piece",
  "currencyCode": "${currency}", "custodian": "${floorHead}"}}
director TerminateEmployee {"name": "${floorHead}", "leaveDate": "${today+10d}"}
director ListEmployeeHoldings {"name": "${floorHead}", "openOnly": true}
  answer held
  say ${floorHead} will leave in ten days, and answers for a project, an activity, a risk, an item and four people. |
    ${floorHead}十天後離職，手上有一個專案、一個活動、一項風險、一項物品，並帶領四位同仁。
director UpdateHandover {"handover": {"name": "handovers/${floorHead:id}", "successor": "${director}", "successions": [
  {"resourceType": "activity.heitie/Activity", "successor": "${secondHead}"}]}, "updateMask": "successor,successions"}
director TerminateEmployee {"name": "${floorHead}", "leaveDate": "${today-1d}"}
director GetHandover {"name": "handovers/${floorHead:id}"}
  within 20
  expect {"state": "STATE_COMPLETED"}
analyst GetActivity {"name": "${fair}"}
  expect {"owner": "${secondHead}"}
analyst GetProject {"name": "projects/shop-${run}"}
  expect {"owner": "${director}"}
analyst GetItem {"name": "items/shelf-${run}"}
  expect {"custodian": "${director}"}
director ListOwnerlessHoldings {}
  within 20
  expect {"holdings": [], "missing": []}
  say The last day has passed: the activity is ${secondHead}'s, all else ${director}'s, and nothing is without an owner. |
    最後工作日已過：活動由${secondHead}接手，其餘由${director}接手，沒有任何事項無人負責。
floorHead GetActivity {"name": "${fair}"}
  within 10
  refused LEFT_THE_COMPANY
  say ${floorHead:title} asks once more with a token that is still valid | ${floorHead:title}以仍有效的權杖再次查詢
director CancelActivity {"name": "${fair}", "reason": "It is told"}
[]
