# A plan through its life, in five roles: collected for, asked for by a survey, needed, made from a template, approved with what it
# holds, late, valued, closed out, and heeded by the next study (P1 to P3, W2, W3, W13).

milestone PLANS

[plans]
person lead SPECIALIST employees/tea-lead-${run}
  title Ning Lan, who leads the tea houses, | 茶館負責人寧嵐
person counter PRODUCER producers/tea-counter-${run}
  title The counter of the tea houses | 茶館的櫃台
let houses projectTypes/tea-house-${run}
let template projectTemplates/tea-house-${run}
let wanted surveys/tea-${run}
let need needs/tea-house-${run}
let house projects/tea-house-1-${run}

# Somebody has a duty to collect; whoever reads files, and somebody else publishes.
manager CreateEmployee {"employeeId": "${lead:id}", "employee": {"displayName": "Ning Lan", "position": "${position}",
  "department": "operations", "hireDate": "${today-300d}", "superior": "${specialist}"}}
specialist CreateCollectionDuty {"collectionDutyId": "tea-${run}", "collectionDuty": {"topic": "What tea houses do", "owner": "${lead}",
  "deputy": "${specialist}",
  "recurrence": {"frequency": "FREQUENCY_MONTHLY", "workday": -1}, "startDate": "${month-1mo}", "itemsWanted": 1}}
technician CreateResearchItem {"researchItemId": "tea-${run}", "researchItem": {"kind": "KIND_TREND",
  "statement": "年輕人重回茶館 ${run}：每週一次", "publisher": "Tea Weekly", "collectDate": "${today}", "lastValidDate": "${today+1d}",
  "reliability": "RELIABILITY_A", "credibility": 2}}
analyst PublishResearchItem {"name": "researchItems/tea-${run}"}
analyst SearchResearchItems {"query": "茶館 ${run}"}
  expect {"researchItems": [{"name": "researchItems/tea-${run}"}]}

# 2,000 are asked through the counter, of whom 600 who would come are counted.
specialist CreateSurvey {"surveyId": "${wanted:id}", "survey": {"title": "Would you come to a tea house?", "owner": "${specialist}",
  "producers": ["${counter}"], "questions": [
    {"questionId": "age", "text": "Age", "kind": "KIND_ATTRIBUTE", "options": [
      {"optionId": "young", "text": "Below 30"}, {"optionId": "old", "text": "30 and above"}]},
    {"questionId": "comes", "text": "Would you come?", "kind": "KIND_SINGLE_CHOICE", "required": true, "options": [
      {"optionId": "yes", "text": "Yes"}, {"optionId": "no", "text": "No"}]},
    {"questionId": "recommend", "text": "Would you recommend us?", "kind": "KIND_NPS"}],
  "quotas": [{"quotaId": "coming", "limit": 600, "conditions": [{"question": "comes", "options": ["yes"]}]}]}}
specialist PublishSurvey {"name": "${wanted}"}
specialist OpenSurvey {"name": "${wanted}"}
counter IngestSurveyResponses {"name": "${wanted}", "version": 1, "rows": [
  {"$each": "0..500/2", "user": "${batch}-${i}", "answers": [{"question": "age", "options": ["young"]},
    {"question": "comes", "options": ["yes"]}, {"question": "recommend", "number": 9}]},
  {"$each": "1..500/2", "user": "${batch}-${i}", "answers": [{"question": "age", "options": ["old"]},
    {"question": "comes", "options": ["no"]}, {"question": "recommend", "number": 6}]}]}
  each batch a b c d
analyst GetSurvey {"name": "${wanted}"}
  expect {"quotas": [{"quotaId": "coming", "used": 600}]}
specialist CloseSurvey {"name": "${wanted}"}
engineer TallySurvey {"name": "${wanted}"}
  expect {"counted": "1600", "screenedOut": "400"}
analyst CreateSurveyWeighting {"parent": "${wanted}", "surveyWeightingId": "town", "surveyWeighting": {"reason": "The town's register",
  "margins": [{"question": "age", "shares": [{"option": "young", "share": 0.5}, {"option": "old", "share": 0.5}]}]}}
analyst CreateSurveyResult {"parent": "${wanted}", "surveyResultId": "half", "surveyResult": {"title": "Half of the town would come",
  "weighting": "${wanted}/surveyWeightings/town"}}
  expect {"tally": {"counted": "1600", "weights": {"designEffect": "*"}}, "digest": "*"}

# What was collected meanwhile fulfils the duty.
analyst ListCollectionRounds {"parent": "collectionDuties/tea-${run}", "filter": "due_date < \"${month}\"", "orderBy": "due_date"}
  within 90
  answer teaRounds
  expect {"collectionRounds": [{"state": "STATE_OPEN", "planDuty": "*"}]}
lead FulfillCollectionRound {"name": "${teaRounds.collectionRounds.0.name}", "items": ["researchItems/tea-${run}"]}
  expect {"state": "STATE_FULFILLED"}

# What is needed becomes a plan, by a template.
technician CreateNeed {"needId": "${need:id}", "need": {"title": "在店裡喝茶 ${run}", "reach": 1000, "impact": 2,
  "confidencePercent": 80, "effortDays": 10}}
technician VoteForNeed {"name": "${need}"}
specialist ConfirmNeed {"name": "${need}"}
manager CreateProjectType {"projectTypeId": "${houses:id}", "projectType": {"title": "Tea house"}}
specialist CreateProjectTemplate {"projectTemplateId": "${template:id}", "projectTemplate": {"title": "Tea house",
  "projectType": "${houses}",
  "tasks": [
    {"id": "build", "title": "Build it", "role": "lead", "durationDays": 2, "estimateHours": 2, "plannedCostMinor": 6000},
    {"id": "open", "title": "Open it", "role": "host", "startOffsetDays": 2, "durationDays": 3, "estimateHours": 3,
      "plannedCostMinor": 3000, "links": [{"predecessor": "build"}]}],
  "scheme": {"title": "Small", "strategy": "A corner of a shop", "channels": [{"title": "The shop"}],
    "cashFlows": [{"month": 0, "title": "Wood", "costMinor": 9000}, {"month": 1, "title": "Tea", "benefitMinor": 20000}]}}}
manager PublishProjectTemplate {"name": "${template}"}
specialist InstantiateProjectTemplate {"name": "${template}", "projectId": "tea-house-${n}-${run}", "title": "Tea house ${n}",
  "planPeriod": "${period}", "owner": "${specialist}", "startDate": "${today}", "currencyCode": "${currency}",
  "holders": [{"role": "lead", "employee": "${lead}"}, {"role": "host", "employee": "${lead}"}]}
  each n 1 2 3 4 5
specialist UpdateProject {"project": {"name": "projects/tea-house-${n}-${run}", "objectives": [{"title": "Guests", "metric": "guests",
  "unit": "users", "baseline": 0, "target": 50, "targetDate": "${today}"}]}, "updateMask": "objectives"}
  each n 1 2 3 4 5
specialist PlanNeed {"name": "${need}", "project": "${house}"}
  expect {"state": "STATE_PLANNED"}
specialist CreateCitation {"parent": "projects/tea-house-${n}-${run}", "citationId": "guests", "citation": {"claim": "They would come",
  "surveyResult": "${wanted}/surveyResults/half", "lastValidDate": "${today+90d}"}}
  each n 1 2 3 4 5

# The approval holds what the plan takes.
specialist CreateBudget {"budgetId": "tea-house-${run}", "budget": {"displayName": "Tea houses", "costCenter": "operations",
  "startDate": "${month-1mo}", "endDate": "${month+2mo-1d}", "currencyCode": "${currency}", "requestedMinor": 9000}}
manager ApproveBudget {"name": "budgets/tea-house-${run}"}
specialist UpdateScheme {"scheme": {"name": "${house}/schemes/template",
  "demand": {"money": [{"code": "wood", "budget": "budgets/tea-house-${run}", "amountMinor": 9000}]}}, "updateMask": "demand"}
specialist SubmitProject {"name": "projects/tea-house-${n}-${run}"}
  each n 1 2 3 4 5
manager ApproveProject {"name": "${house}"}
  answer teaApproved
  expect {"state": "STATE_APPROVED", "allotment": "*"}
manager GetBudget {"name": "budgets/tea-house-${run}"}
  expect {"committedMinor": 9000}
manager ApproveProject {"name": "projects/tea-house-${n}-${run}"}
  each n 2 3 4 5

# It slips, and what it is worth so far is known.
lead CreateProgressReport {"parent": "${house}/tasks/build", "progressReport": {"reportDate": "${today}", "percent": 50,
  "remainingDays": 20, "note": "The wood is wet"}}
analyst ForecastProject {"name": "${house}"}
  expect {"finishDate": "*", "basis": {"baseline": "${teaApproved.approvedBaseline}"}}
analyst ComputeEarnedValue {"name": "${house}"}
  within 30
  expect {"unit": "UNIT_MONEY", "bac": 9000, "ev": 3000}

# It ends all the same: its close-out, its need, and what the next study makes of it.
lead CreateProgressReport {"parent": "projects/tea-house-${n}-${run}/tasks/build", "progressReport": {"reportDate": "${today}",
  "percent": 100}}
  each n 1 2 3 4 5
lead CreateProgressReport {"parent": "projects/tea-house-${n}-${run}/tasks/open", "progressReport": {"reportDate": "${today}",
  "percent": 100}}
  each n 1 2 3 4 5
manager CompleteProject {"name": "projects/tea-house-${n}-${run}"}
  each n 1 2 3 4 5
analyst GetNeed {"name": "${need}"}
  expect {"state": "STATE_DELIVERED"}
analyst GetCloseOut {"name": "projects/tea-house-${n}-${run}/closeOuts/1"}
  each n 1 2 3 4 5
  within 60
  expect {"digest": "*", "markdown": "*"}
analyst ListForecastRecords {"filter": "project_type = \"${houses}\" AND kind = KIND_DURATION"}
  within 60
  expect {"forecastRecords": [{"ratio": "*"}, {"ratio": "*"}, {"ratio": "*"}, {"ratio": "*"}, {"ratio": "*"}]}
specialist CreateProject {"projectId": "tea-house-6-${run}", "project": {"title": "Tea house 6", "planPeriod": "${period}",
  "projectType": "${houses}", "owner": "${specialist}", "startDate": "${today}", "endDate": "${today+14d}", "currencyCode": "${currency}",
  "objectives": [{"title": "Guests", "metric": "guests", "unit": "users", "baseline": 0, "target": 50, "targetDate": "${today+14d}"}]}}
specialist CreateTask {"parent": "projects/tea-house-6-${run}", "taskId": "build", "task": {"title": "Build it", "owner": "${lead}",
  "estimateHours": 2, "startDate": "${today}", "endDate": "${today+7d}"}}
specialist CreateScheme {"parent": "projects/tea-house-6-${run}", "schemeId": "main", "scheme": {"title": "As before",
  "strategy": "A corner of a shop", "channels": [{"title": "The shop"}],
  "cashFlows": [{"month": 0, "title": "Wood", "costMinor": 9000}, {"month": 1, "title": "Tea", "benefitMinor": 20000}]}}
  expect {"feasibility": {"classes": [{"kind": "KIND_COST"}, {"kind": "KIND_BENEFIT"},
    {"kind": "KIND_DURATION", "scope": "SCOPE_TYPE", "typeCount": 5, "median": "*"}]}}
specialist CreateCitation {"parent": "projects/tea-house-6-${run}", "citationId": "guests", "citation": {
  "researchItem": "researchItems/tea-${run}", "claim": "They come back"}}
specialist SubmitProject {"name": "projects/tea-house-6-${run}"}
  expect {"state": "STATE_SUBMITTED"}
[]
