# How the project is to be carried out, whether that pays, and who decides it (P3).

specialist CreateScheme {"parent": "${project}", "schemeId": "${scheme:id}", "scheme": {"title": "Live shows with gifts",
  "strategy": "Three live shows; who signs up gets a gift box with the first purchase.",
  "channels": [{"title": "Live stream", "approach": "Hosts show the goods"}, {"title": "WeCom groups", "approach": "Invitations"}],
  "demand": {"items": "${materials}", "budgetMinor": "${cost}",
    "staff": [{"position": "${position}", "headcount": 1, "courses": ["${course}"]}]},
  "cashFlows": [{"month": 0, "title": "Gifts and studio", "costMinor": 5000000}, {"month": 2, "title": "Margin", "benefitMinor": 8000000}],
  "discountRateBp": 800}}
  answer draft
  expect {"feasibility": {"verdict": "VERDICT_FEASIBLE"}}
  say She writes the implementation scheme: cost ${draft.feasibility.totalCostMinor:money}, benefit
    ${draft.feasibility.totalBenefitMinor:money}; net present value ${draft.feasibility.npvMinor:money} at 8 % a year, so the study calls it
    ${draft.feasibility.verdict:words}. |
    她撰寫實施方案：成本 ${draft.feasibility.totalCostMinor:money}，效益 ${draft.feasibility.totalBenefitMinor:money}；年利率 8 % 的淨現值為
    ${draft.feasibility.npvMinor:money}，可行性研究判定為可行。

[aside]
specialist UpdateScheme {"scheme": {"name": "${scheme}", "channels": [{"title": "Live stream", "approach": "Hosts show the goods"},
  {"title": "WeCom groups", "approach": "Invitations"}, {"title": "Newsletter"}]}, "updateMask": "channels"}
analyst GetScheme {"name": "${scheme}"}
  expect {"title": "Live shows with gifts", "state": "STATE_DRAFT"}
analyst ListSchemes {"parent": "${project}"}
  expect {"schemes": [{"name": "${scheme}"}]}
specialist CreateScheme {"parent": "${project}", "schemeId": "vouchers", "scheme": {"title": "Vouchers",
  "strategy": "A voucher with each order", "cashFlows": [{"month": 0, "costMinor": 100}, {"month": 1, "benefitMinor": 200}]}}
analyst JudgeScheme {"name": "${project}/schemes/vouchers"}
  expect {"verdict": "*", "aspects": [{"aspect": "ASPECT_EFFECT"}, {"aspect": "ASPECT_COST_BENEFIT", "verdict": "VERDICT_FEASIBLE"},
    {"aspect": "ASPECT_MEANS", "verdict": "VERDICT_FEASIBLE"}], "planningPolicy": "*"}
specialist DiscardScheme {"name": "${project}/schemes/vouchers"}
specialist SubmitProject {"name": "${project}"}
manager RejectProject {"name": "${project}", "reason": "Who watches the servers?"}
  expect {"state": "STATE_DRAFT"}

[approval]
specialist SubmitProject {"name": "${project}"}
  expect {"state": "STATE_SUBMITTED"}
  say She submits the project again: no defect is left. | 她再次提交專案：已無缺失。

[trouble]
specialist ApproveProject {"name": "${project}"}
  refused PERMISSION_DENIED
  say ${specialist:title} tries to approve her own project | ${specialist:title}試圖核准自己的專案

[approval]
manager ApproveProject {"name": "${project}"}
  answer approved
  expect {"state": "STATE_APPROVED"}
[]

[aside]
manager ReviseProject {"name": "${project}", "reason": "One more channel"}
  expect {"state": "STATE_DRAFT"}
specialist SubmitProject {"name": "${project}"}
manager ApproveProject {"name": "${project}"}
  answer approved
[]

[approval]
manager GetBaseline {"name": "${approved.approvedBaseline}"}
  answer baseline
  expect {"scheme": {"name": "${scheme}"}}
  say ${manager:title} approves. Baseline ${baseline.version} now holds the project, its three tasks and the scheme, and never changes. |
    ${manager:title}核准。基準 ${baseline.version} 保存了專案、三項任務與方案，從此不再改變。

[aside]
analyst ListBaselines {"parent": "${project}"}
  expect {"baselines": [{"name": "*"}, {"name": "*"}]}
specialist StartTask {"name": "${project}/tasks/prepare"}
specialist CompleteTask {"name": "${project}/tasks/prepare"}
specialist ReopenTask {"name": "${project}/tasks/prepare"}
specialist CompleteTask {"name": "${project}/tasks/prepare"}
  expect {"state": "STATE_DONE"}
specialist CreateProject {"projectId": "summer-${run}", "project": {"title": "Summer fair", "planPeriod": "${period}",
  "owner": "${specialist}", "startDate": "${today}", "endDate": "${today+14d}", "currencyCode": "${currency}"}}
specialist CreateScheme {"parent": "projects/summer-${run}", "schemeId": "main", "scheme": {"title": "Ice cream",
  "strategy": "A cone with each order", "channels": [{"title": "Newsletter"}], "demand": {"items": "${materials}", "budgetMinor": 50000},
  "cashFlows": [{"month": 0, "title": "Cones", "costMinor": 50000}, {"month": 1, "title": "Sales", "benefitMinor": 200000}]}}
manager ApproveScheme {"name": "projects/summer-${run}/schemes/main"}
  expect {"state": "STATE_APPROVED"}
manager planning.HandOver {"resource": "projects/summer-${run}", "field": "owner", "employee": "${specialist}", "successor": "${manager}",
  "reason": "The winter is prepared by whoever runs it"}
  expect {"field": "owner", "open": true}
manager CancelProject {"name": "projects/summer-${run}", "reason": "Next year"}
  expect {"state": "STATE_CANCELLED"}
analyst planning.ListEvents {"subject": "${project}"}
engineer planning.ListFollowers {}
  expect {"followers": "*"}
engineer planning.ListExcessRoles {}
engineer planning.ListHoldings {"employee": "${manager}", "openOnly": true}
