# An activity through its life, in five roles: made from a template, launched, halted when its page breaks, mended and resumed through the
# gate, hit by a surge of complaints, adjusted, made longer, ended, reported on, and heeded by the next one (A1 to A4, W1, W4, W11, W13).

milestone LIFE

[life]
chapter 17. An activity through its life | 17. 一項活動的一生

person kiosk PRODUCER producers/lantern-kiosk-${run}
  title The kiosk of the lantern evening | 燈會的售票機
let lanterns activityTemplates/lanterns-${run}
let evening activities/lantern-evening-${run}
let ticket lantern_ticket_${run}
# Where the page is: whoever plays this answers there (tests/story/shop_page.h, deploy/local/demo).
let pagePort 9
title ${lanterns} | template “Lantern evenings” | 範本「燈會」
title ${evening} | activity “Lantern evening” | 活動「元宵燈會」
title ${evening}/preparationItems/lanterns | lanterns | 燈籠
title ${evening}/supportCommitments/lights | lights | 燈光

# Made from a template: items, support, target, page and guardrail are there at once.
engineer CreateAllowedHost {"allowedHostId": "lantern-${run}", "allowedHost": {"host": "127.0.0.1", "schemes": ["SCHEME_HTTP"],
  "ports": ["${pagePort}"], "privateRanges": ["127.0.0.0/8"], "reason": "The page of the lantern evening, on this machine."}}
  say ${engineer:title} opens the way to the page of the lantern evening; nothing else may be asked for. |
    ${engineer:title}開放連往燈會頁面的路徑；其餘一概不得查詢。
specialist CreateActivityTemplate {"activityTemplateId": "${lanterns:id}", "activityTemplate": {"title": "Lantern evenings"}}
specialist CreateActivityTemplateVersion {"parent": "${lanterns}", "activityTemplateVersionId": "first", "activityTemplateVersion": {
  "reason": "As every year", "calendar": "calendars/default",
  "items": [{"id": "lanterns", "title": "Hang the lanterns", "kind": "KIND_OTHER", "dueWorkingDays": 1, "mandatory": true}],
  "supports": [{"id": "lights", "department": "technology", "description": "Watch the lights.", "dueWorkingDays": 1}],
  "roles": [{"id": "host", "role": "host", "headCount": 1}],
  "targets": [{"id": "people", "measure": "MEASURE_PARTICIPANTS", "rule": "RULE_PER_PARTICIPANT", "value": 0.02}],
  "tracking": {"impressionEvent": "page_view", "clickEvent": "click", "conversionEvent": "${ticket}", "participantEvents": ["${ticket}"],
    "conversionDenominator": "CONVERSION_DENOMINATOR_PARTICIPANTS"},
  "pages": [{"id": "tickets", "mandatory": true, "page": {"title": "Tickets", "url": "http://127.0.0.1:${pagePort}/tickets",
    "checks": [{"text": "Lantern evening"}], "lookInterval": "60s", "timeout": "5s", "failuresToDown": 1, "successesToUp": 1,
    "requirement": "REQUIREMENT_BEFORE_LAUNCH"}}],
  "guardrails": [{"id": "tickets", "guardrail": {"displayName": "Tickets can be bought", "signal": "SIGNAL_PAGE",
    "source": "pages/tickets", "severity": "SEVERITY_MAJOR", "action": "ACTION_PAUSE"}}]}}
manager PublishActivityTemplateVersion {"name": "${lanterns}/versions/first"}
  within 30
  expect {"state": "STATE_PUBLISHED"}
specialist InstantiateActivityTemplate {"name": "${lanterns}", "activityId": "${evening:id}", "order": {"title": "Lantern evening",
  "project": "${project}", "scheme": "${scheme}", "owner": "${specialist}", "startTime": "${now-1m}", "endTime": "${now+2d}",
  "timeZone": "Asia/Taipei", "expectedParticipants": "700", "staff": [{"employee": "${specialist}", "role": "host"}]}}
  answer made
  expect {"activity": {"state": "STATE_DRAFT", "targets": [{"target": 14}]}, "preparationItems": [{"mandatory": true}],
    "supportCommitments": [{"department": "technology"}]}
  say ${specialist:title} makes the lantern evening from a template: what is to be prepared, who helps, the target, the page it lives by and
    what halts it are there at once. | ${specialist:title}依範本建立元宵燈會：準備事項、支援、指標、賴以運作的頁面與護欄一次到位。
specialist PrepareActivity {"name": "${evening}"}
specialist CompletePreparationItem {"name": "${evening}/preparationItems/lanterns"}
technician AcceptSupportCommitment {"name": "${evening}/supportCommitments/lights"}
  say The lanterns hang, and ${technician:title} watches the lights. | 燈籠已掛好，${technician:title}負責看顧燈光。
analyst GetPage {"name": "${evening}/pages/tickets"}
  within 60
  expect {"state": "STATE_UP"}
specialist MarkActivityReady {"name": "${evening}"}
  expect {"state": "STATE_READY"}

# Launched.
manager CreateWaiver {"parent": "${evening}", "waiverId": "thanks", "waiver": {"precondition": "PRECONDITION_PLAN_APPROVED",
  "reason": "It thanks those who have carried the project out.", "expireTime": "${now+1d}"}}
manager LaunchActivity {"name": "${evening}"}
  expect {"state": "STATE_LIVE"}
  say The page is up and the gate open: ${manager:title} launches the lantern evening. | 頁面正常、關卡開啟：${manager:title}讓燈會上線。

milestone PAGE_BROKEN

specialist LookAtPage {"name": "${evening}/pages/tickets"}
analyst GetActivity {"name": "${evening}"}
  within 60
  expect {"state": "STATE_PAUSED"}
analyst GetActivityWatch {"name": "${evening}"}
  answer broken
  expect {"activity": {"state": "STATE_PAUSED"}, "guardrails": [{"run": {"open": true}}], "pages": [{"state": "STATE_DOWN",
    "cause": "CAUSE_STATUS"}], "incidents": [{"cause": "CAUSE_PAGE", "severity": "SEVERITY_MAJOR", "pauseTime": "*"}], "missing": []}
  say The page breaks. Nobody had to see it: the activity is paused, one incident is open at ${specialist}, and one look shows all of it. |
    頁面故障。無須有人發現：活動已暫停，${specialist}負責一件事故，一覽即知全貌。
manager ResumeActivity {"name": "${evening}"}
  refused LAUNCH_GATE_CLOSED
  say ${manager:title} tries to let it go on all the same | ${manager:title}仍試圖恢復活動
specialist AcknowledgeIncident {"name": "${broken.incidents.0.name}"}
  expect {"state": "STATE_ACKNOWLEDGED"}

milestone PAGE_MENDED

specialist LookAtPage {"name": "${evening}/pages/tickets"}
analyst GetPage {"name": "${evening}/pages/tickets"}
  within 60
  expect {"state": "STATE_UP"}
specialist MitigateIncident {"name": "${broken.incidents.0.name}", "mitigation": "The page is served by the second machine."}
manager ResumeActivity {"name": "${evening}"}
  expect {"state": "STATE_LIVE"}
  say The page is mended, the incident mitigated, the gate open again: the evening goes on. |
    頁面修復、事故緩解、關卡重新開啟：燈會繼續。

# Complaints that are more than chance makes.
manager CreateSurgeRule {"surgeRuleId": "lantern-${run}", "surgeRule": {"displayName": "Complaints about the lantern evening",
  "scope": "SCOPE_ACTIVITY", "activity": "${evening}", "window": "3600s", "minimum": 3, "alpha": 0.001, "baseline": "86400s"}}
technician ReceiveInquiry {"inquiry": {"kind": "KIND_COMPLAINT", "category": "general", "text": "My ticket was sold twice",
  "customer": "${customer}-${run}", "activity": "${evening}", "source": "hotline", "externalId": "${customer}-${run}"}}
  each customer lantern-1 lantern-2 lantern-3
specialist ListSurgeEpisodes {"filter": "activity = \"${evening}\""}
  answer rush
  expect {"surgeEpisodes": [{"customerCount": 3, "incident": "*", "owner": "*"}]}
specialist ListRiskProposals {"filter": "source = \"${rush.surgeEpisodes.0.incident}\""}
  answer soldTwice
  within 10
  expect {"riskProposals": [{"state": "STATE_PROPOSED", "subject": "${evening}", "incident": {"cause": "CAUSE_SURGE"}}]}
  say Three customers call the hotline within minutes: one surge, one incident, and one risk proposed for somebody to judge. |
    數分鐘內三位顧客致電：一次投訴激增、一件事故，以及一項待人判斷的風險提案。
specialist DismissRiskProposal {"name": "${soldTwice.riskProposals.0.name}", "reason": "The second till is switched off"}

# Adjusted, on a hypothesis that the data will judge.
kiosk IngestEvents {"producer": "${kiosk}", "sequence": "${number}", "events": [{"$each": "0..20", "eventId": "ticket-${number}-${i}",
  "eventName": "${ticket}", "user": "k${i}", "occurTime": "${when}", "activity": "${evening}"}]}
  each number,when 1,${now-8d} 2,${now-7d} 3,${now-6d} 4,${now-5d} 5,${now-4d} 6,${now-3d} 7,${now-2d} 8,${now-1d} 9,${now}
analyst CreateMetricDefinition {"metricDefinitionId": "lantern-tickets-${run}", "metricDefinition": {"displayName": "Tickets sold",
  "eventName": "${ticket}", "aggregation": "AGGREGATION_COUNT", "unit": "tickets"}}
specialist CreateAdjustment {"parent": "${evening}", "adjustmentId": "one-till", "adjustment": {"title": "One till",
  "hypothesis": "With one till no ticket is sold twice, and no fewer are sold.", "change": "One till in place of two.",
  "metric": {"metric": "metricDefinitions/lantern-tickets-${run}"}, "direction": "DIRECTION_INCREASE",
  "plan": {"beforeAfter": {"changeDate": "${today}", "daysBefore": 8, "daysAfter": 2}}, "evaluationDate": "${today+2d}",
  "owner": "${specialist}", "incident": "${broken.incidents.0.name}"}}
  answer oneTill
manager ApproveAdjustment {"name": "${oneTill.name}"}
specialist ApplyAdjustment {"name": "${oneTill.name}"}
  expect {"state": "STATE_APPLIED"}
  say ${specialist:title} adjusts: “${oneTill.hypothesis}” In two days the data will tell. |
    ${specialist:title}提出調整：「${oneTill.hypothesis}」兩天後由數據判斷。

# What halted it closes with a review and with what came of it.
manager ResolveIncident {"name": "${broken.incidents.0.name}", "resolution": "The first machine has more memory."}
specialist ReviewIncident {"name": "${broken.incidents.0.name}", "cause": "One machine for page and till.",
  "actions": [{"title": "Keep the till apart from the page", "owner": "${specialist}", "dueDate": "${today+7d}"}]}
  expect {"review": {"impact": {"paused": "*"}}}
specialist CloseIncident {"name": "${broken.incidents.0.name}", "outcome": "Tickets can be bought again.", "adjustment": "${oneTill.name}"}
  expect {"state": "STATE_CLOSED"}
specialist AcknowledgeIncident {"name": "${rush.surgeEpisodes.0.incident}"}
specialist MitigateIncident {"name": "${rush.surgeEpisodes.0.incident}", "mitigation": "The second till is switched off."}
specialist ResolveIncident {"name": "${rush.surgeEpisodes.0.incident}", "resolution": "Only one till sells."}
specialist ReviewIncident {"name": "${rush.surgeEpisodes.0.incident}", "cause": "Two tills, one list of seats.",
  "actions": [{"title": "One list for all tills", "owner": "${specialist}", "dueDate": "${today+7d}"}]}
specialist CloseIncident {"name": "${rush.surgeEpisodes.0.incident}", "outcome": "All three were given other seats."}
  expect {"state": "STATE_CLOSED"}
  say Both incidents close with a review: cause, impact, and who does what by when. | 兩件事故皆以檢討結案：原因、影響，以及何人何時完成何事。

# Made longer while it runs.
analyst GetActivity {"name": "${evening}"}
  answer planned
specialist CreateAmendment {"parent": "${evening}", "amendmentId": "longer-${run}", "amendment": {"reason": "The moon is full on Friday",
  "scope": {"scheme": "${planned.scheme}", "startTime": "${planned.startTime}", "endTime": "${now+3d}", "timeZone": "${planned.timeZone}",
    "staff": [{"employee": "${specialist}", "role": "host"}]}}}
manager ApproveAmendment {"name": "${evening}/amendments/longer-${run}"}
  expect {"state": "STATE_APPLIED"}
  say ${specialist:title} asks for one more evening; ${manager:title} approves, and the gate judges the longer activity. |
    ${specialist:title}申請延長一晚；${manager:title}核准，並由關卡重新評估。

[aside]
specialist CreateAdjustment {"parent": "${evening}", "adjustmentId": "red-lanterns", "adjustment": {"title": "Red lanterns",
  "hypothesis": "Red draws more people.", "change": "Red in place of yellow.",
  "metric": {"metric": "metricDefinitions/lantern-tickets-${run}"}, "direction": "DIRECTION_INCREASE",
  "plan": {"beforeAfter": {"changeDate": "${today}", "daysBefore": 8, "daysAfter": 2}}, "evaluationDate": "${today+2d}",
  "owner": "${specialist}"}}
manager ApproveAdjustment {"name": "${evening}/adjustments/red-lanterns"}
specialist ApplyAdjustment {"name": "${evening}/adjustments/red-lanterns"}
  expect {"state": "STATE_APPLIED", "confounded": true}

[life]
# Ended, and reported on.
manager EndActivity {"name": "${evening}", "reason": "The lanterns are out."}
  expect {"state": "STATE_ENDED"}
analyst CreateReport {"parent": "${evening}", "reportId": "final", "report": {"summary": "More people than planned came.",
  "problems": ["One machine served page and till."], "improvements": ["Keep the till apart from the page."]}}
  answer eveningReport
  expect {"snapshot": {"results": [{"attained": true}]}}
  say ${analyst:title} writes the report: more people than planned came, in spite of two incidents. |
    ${analyst:title}撰寫報告：雖有兩件事故，人數仍超出預期。

# What was learnt, the next one answers.
analyst CreateLesson {"lessonId": "tills-${run}", "lesson": {"statement": "Till and page stand on machines of their own.",
  "evidence": [{"statement": "Both fell with one machine.", "source": "${eveningReport.name}"}],
  "applicability": {"templates": ["${lanterns}"]}, "activity": "${evening}", "owner": "${specialist}"}}
  answer tills
manager AcceptLesson {"name": "${tills.name}", "reason": "It cost us an hour."}
specialist InstantiateActivityTemplate {"name": "${lanterns}", "activityId": "lantern-next-${run}", "order": {"title": "Lantern evening, next year",
  "project": "${project}", "scheme": "${scheme}", "owner": "${specialist}", "startTime": "${now+30d}", "endTime": "${now+31d}",
  "timeZone": "Asia/Taipei", "expectedParticipants": "700", "staff": [{"employee": "${specialist}", "role": "host"}]}}
specialist PrepareActivity {"name": "activities/lantern-next-${run}"}
specialist CompletePreparationItem {"name": "activities/lantern-next-${run}/preparationItems/lanterns"}
technician AcceptSupportCommitment {"name": "activities/lantern-next-${run}/supportCommitments/lights"}
specialist MarkActivityReady {"name": "activities/lantern-next-${run}"}
  refused NOT_PREPARED
  say ${specialist:title} calls the next lantern evening ready without a word on what this one taught |
    ${specialist:title}未回應這次的教訓，便宣告下一場燈會就緒
specialist CreateLessonAnswer {"parent": "activities/lantern-next-${run}", "lessonAnswerId": "tills", "lessonAnswer": {
  "subject": "${tills.name}", "adopted": true, "explanation": "The till has a machine of its own."}}
specialist MarkActivityReady {"name": "activities/lantern-next-${run}"}
  expect {"state": "STATE_READY"}
  say It says what it makes of the lesson, and is ready. | 說明如何採納教訓後，方才就緒。
manager CancelActivity {"name": "activities/lantern-next-${run}", "reason": "Next year is far away."}
engineer DeleteAllowedHost {"name": "allowedHosts/lantern-${run}"}

[aside]
manager RetireSurgeRule {"name": "surgeRules/lantern-${run}", "reason": "The evening is over"}
analyst CompareActivities {"activities": ["${activity}", "${evening}"]}
  expect {"activities": [{"activity": "${activity}"}, {"activity": "${evening}"}]}
[]

# Whoever plays lets three days pass here, or leaves out what comes next.
milestone DAYS_LATER

# Three days on: what was adjusted is judged by the data, and decided.
[aside]
kiosk IngestEvents {"producer": "${kiosk}", "sequence": "${number}", "events": [{"$each": "0..60", "eventId": "ticket-${number}-${i}",
  "eventName": "${ticket}", "user": "k${i}", "occurTime": "${when}"}]}
  each number,when 10,${now+1d} 11,${now+2d}
analyst DeclareComplete {"name": "${kiosk}", "completeTime": "${now+3d}"}
analyst EvaluateAdjustment {"name": "${oneTill.name}"}
  expect {"state": "STATE_EVALUATED", "confounded": true}
analyst EvaluateAdjustment {"name": "${evening}/adjustments/red-lanterns"}
  expect {"state": "STATE_EVALUATED"}
manager AdoptAdjustment {"name": "${oneTill.name}", "reason": "Nobody has complained since."}
  expect {"state": "STATE_ADOPTED", "decider": "${manager}"}
manager RevertAdjustment {"name": "${evening}/adjustments/red-lanterns",
  "reason": "Red lanterns are dearer, and nothing tells that they drew anybody."}
  expect {"state": "STATE_REVERTED"}
[]
