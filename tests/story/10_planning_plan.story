# A plan that cannot be carried out as written, and what is done about it (P2, P3).

chapter 1. The plan | 1. 計畫

manager CreatePlanPeriod {"planPeriodId": "${period:id}", "planPeriod": {"title": "Winter quarter", "cadence": "CADENCE_QUARTERLY",
  "startDate": "${month-1mo}", "endDate": "${month+2mo-1d}", "capacityHoursPerDay": 8,
  "targets": [{"metric": "new_members", "unit": "users", "target": 5000, "aggregation": "AGGREGATION_SUM"}]}}
  answer plan
  say ${manager:title} opens the plan period “${plan.title}”, ${month-1mo} to ${month+2mo-1d}, with a target of 5,000 new members. |
    ${manager:title}開設計畫期間「${plan.title}」（${month-1mo} 至 ${month+2mo-1d}），目標是 5,000 名新會員。

# Without baseline and target: a wish, not an objective.
specialist CreateProject {"projectId": "${project:id}", "project": {"title": "Winter fair", "planPeriod": "${period}",
  "owner": "${specialist}", "startDate": "${month-1mo}", "endDate": "${month+2mo-1d}", "currencyCode": "${currency}",
  "objectives": [{"title": "More members", "metric": "new_members", "unit": "users", "targetDate": "${month+2mo-1d}"}]}}
  expect {"name": "${project}", "state": "STATE_DRAFT"}
  say ${specialist:title} drafts the project “Winter fair” with one objective, “More members”. |
    ${specialist:title}起草專案「冬季市集」，有一個目標：「增加會員」。

specialist CreateTask {"parent": "${project}", "taskId": "prepare", "task": {"title": "Prepare posters, gifts and hosts",
  "owner": "${specialist}", "estimateHours": 40, "startDate": "${today-14d}", "endDate": "${today-1d}"}}
specialist CreateTask {"parent": "${project}", "taskId": "go-live", "task": {"title": "Go live", "owner": "${manager}", "milestone": true,
  "startDate": "${today}", "endDate": "${today}",
  "dependencies": [{"predecessor": "${project}/tasks/prepare", "type": "TYPE_FINISH_TO_START"}]}}
# No owner and no estimate yet.
specialist CreateTask {"parent": "${project}", "taskId": "run", "task": {"title": "Run the live shows", "startDate": "${today}",
  "endDate": "${today+14d}", "dependencies": [{"predecessor": "${project}/tasks/go-live", "type": "TYPE_START_TO_START"}]}}
  say … and plans three tasks: prepare, then the milestone “go live”, then run the live shows. |
    ……並規劃三項任務：準備，然後是里程碑「上線」，接著進行直播。

[trouble]
specialist CheckActionability {"name": "${project}"}
  expect {"actionable": false}
specialist SubmitProject {"name": "${project}"}
  refused NOT_ACTIONABLE
  say ${specialist:title} submits the project, but it cannot be carried out as written |
    ${specialist:title}提交專案，但依目前內容無法執行
[]

specialist UpdateProject {"project": {"name": "${project}", "objectives": [{"title": "More members", "metric": "new_members",
  "unit": "users", "baseline": 0, "target": 5000, "targetDate": "${month+2mo-1d}"}]}, "updateMask": "objectives"}
specialist UpdateTask {"task": {"name": "${project}/tasks/run", "owner": "${specialist}", "estimateHours": 40},
  "updateMask": "owner,estimateHours"}
  say She gives the objective a baseline and a target, and the task an owner and an estimate. |
    她為目標補上基準值與目標值，並為任務指定負責人與估計工時。

# No plan without evidence.
let evidence researchItems/live-shows-${run}
analyst CreateResearchItem {"researchItemId": "${evidence:id}", "researchItem": {"kind": "KIND_USER_NEED",
  "statement": "Of those who watched live shows of ${run} three in ten signed up", "publisher": "Own survey", "collectDate": "${today-1d}",
  "lastValidDate": "${today+90d}", "reliability": "RELIABILITY_A", "credibility": 1}}
analyst PublishResearchItem {"name": "${evidence}"}
specialist CreateCitation {"parent": "${project}", "citationId": "audience", "citation": {"objective": 0, "researchItem": "${evidence}",
  "claim": "Live shows win members"}}
  say The plan rests on a survey: ${analyst:title} has filed it, and the objective cites it. |
    計畫以調查為據：${analyst:title}提出資料，由目標引用。

[aside]
analyst GetPlanPeriod {"name": "${period}"}
  expect {"title": "Winter quarter", "targets": [{"target": 5000}]}
analyst BatchGetPlanPeriods {"names": ["${period}"]}
analyst ListPlanPeriods {"filter": "title = \"Winter quarter\""}
manager UpdatePlanPeriod {"planPeriod": {"name": "${period}", "title": "The winter quarter"}, "updateMask": "title"}
manager CheckPlanPeriod {"name": "${period}"}
  expect {"defects": []}
manager CreatePlanPeriod {"planPeriodId": "later-${run}", "planPeriod": {"title": "Spring quarter", "cadence": "CADENCE_QUARTERLY",
  "startDate": "${month+2mo}", "endDate": "${month+5mo-1d}"}}
manager DeletePlanPeriod {"name": "planPeriods/later-${run}"}
analyst BatchGetProjects {"names": ["${project}"]}
  expect {"projects": [{"name": "${project}"}]}
analyst GetProject {"name": "${project}"}
  expect {"title": "Winter fair", "owner": "${specialist}"}
analyst ListProjects {"filter": "plan_period = \"${period}\""}
  expect {"projects": [{"name": "${project}"}]}
analyst GetTask {"name": "${project}/tasks/go-live"}
  expect {"milestone": true}
analyst ListTasks {"parent": "${project}"}
  expect {"tasks": [{"name": "*"}, {"name": "*"}, {"name": "*"}]}
analyst GetSchedule {"project": "${project}"}
  expect {"tasks": [{"task": "*"}, {"task": "*"}, {"task": "*"}]}
specialist CreateTask {"parent": "${project}", "taskId": "vague", "task": {"title": "Something"}}
specialist DeleteTask {"name": "${project}/tasks/vague"}
specialist CreateTask {"parent": "${project}", "taskId": "vouchers", "task": {"title": "Vouchers"}}
specialist CancelTask {"name": "${project}/tasks/vouchers"}
  expect {"state": "STATE_CANCELLED"}
