# An activity from the approved scheme, and what is to be prepared for it (A1).

chapter 5. The activity is prepared | 5. 準備活動

[trouble]
analyst CreateMetricDefinition {"metricDefinitionId": "${revenue:id}", "metricDefinition": {"displayName": "Revenue of the fair",
  "eventName": "purchase", "aggregation": "AGGREGATION_SUM_MINOR", "unit": "${currency}"}}
[]

specialist CreateActivity {"activityId": "${activity:id}", "activity": {"title": "Winter fair, live", "project": "${project}",
  "scheme": "${scheme}", "owner": "${specialist}", "startTime": "${start}", "endTime": "${end}", "timeZone": "Asia/Taipei",
  "budget": "${budget}", "budgetAmountMinor": "${cost}", "billOfMaterials": "${materials}",
  "staff": [{"employee": "${specialist}", "role": "host"}], "trainingRequirement": {"courses": ["${course}"]},
  "tracking": "${tracking}", "targets": "${targets}"}}
  expect {"state": "STATE_DRAFT"}
specialist PrepareActivity {"name": "${activity}"}
  expect {"state": "STATE_PREPARING"}
  say ${specialist:title} creates the activity “Winter fair, live” from the approved scheme: 200 gift boxes, 20 posters, at most
    ${cost:money}, one trained host, five targets. |
    ${specialist:title}依核准的方案建立活動「冬季市集直播」：200 個禮盒、20 張海報、最多 ${cost:money}、一名受訓主持人、五項指標。
specialist CreatePreparationItem {"parent": "${activity}", "preparationItemId": "poster", "preparationItem": {
  "title": "Print the posters", "kind": "KIND_POSTER", "owner": "${specialist}", "dueTime": "${now+1d}"}}
specialist CreateSupportCommitment {"parent": "${activity}", "supportCommitmentId": "technology", "supportCommitment": {
  "department": "technology", "description": "Watch the servers during the shows.", "dueTime": "${now+1d}"}}

milestone PREPARING

[trouble]
specialist CreatePreparationItem {"parent": "${activity}", "preparationItemId": "page", "preparationItem": {
  "title": "Set up the sign-up page", "kind": "KIND_PAGE", "owner": "${specialist}", "dueTime": "${now+1d}"}}
specialist CreatePreparationItem {"parent": "${activity}", "preparationItemId": "banner", "preparationItem": {
  "title": "Hang the banner", "kind": "KIND_OTHER", "owner": "${specialist}", "dueTime": "${now+1d}"}}
  say She lists what is to be prepared and asks the technology department to watch the servers. |
    她列出準備事項，並請技術部監看伺服器。
specialist MarkActivityReady {"name": "${activity}"}
  refused NOT_PREPARED
  say ${specialist:title} declares it ready too early | ${specialist:title}過早宣告就緒
specialist CompletePreparationItem {"name": "${activity}/preparationItems/page"}
[]

specialist CompletePreparationItem {"name": "${activity}/preparationItems/poster"}
  expect {"state": "STATE_DONE"}
  say Posters and page are finished, the banner is not. | 海報與頁面已完成，布條尚未。

milestone PREPARED

[trouble]
accountant AcceptSupportCommitment {"name": "${activity}/supportCommitments/technology"}
  refused OTHER_DEPARTMENT
  say ${accountant:title} tries to answer for the technology department | ${accountant:title}試圖代替技術部答覆
[]
technician AcceptSupportCommitment {"name": "${activity}/supportCommitments/technology"}
  expect {"state": "STATE_ACCEPTED"}
  say ${technician:title} accepts the support commitment. | ${technician:title}接受支援請求。

milestone SUPPORTED

[trouble]
manager CreateWaiver {"parent": "${activity}", "waiverId": "banner", "waiver": {"precondition": "PRECONDITION_PREPARATION_COMPLETE",
  "reason": "The shows can begin without the banner.", "expireTime": "${now+1d}"}}
  answer waiver
  say ${manager:title} waives what is left of the preparation for one day: “${waiver.reason}” |
    ${manager:title}豁免其餘準備事項一天：「${waiver.reason}」

[aside]
specialist UpdateActivity {"activity": {"name": "${activity}", "description": "Gifts for new members"}, "updateMask": "description"}
analyst BatchGetActivities {"names": ["${activity}"]}
  expect {"activities": [{"name": "${activity}"}]}
analyst GetActivity {"name": "${activity}"}
  expect {"state": "STATE_PREPARING", "description": "Gifts for new members"}
analyst ListActivities {"filter": "project = \"${project}\" AND state = STATE_PREPARING"}
  expect {"activities": [{"name": "${activity}"}]}
specialist UpdatePreparationItem {"preparationItem": {"name": "${activity}/preparationItems/poster", "title": "Print big posters"},
  "updateMask": "title"}
specialist ReopenPreparationItem {"name": "${activity}/preparationItems/poster"}
specialist CompletePreparationItem {"name": "${activity}/preparationItems/poster"}
analyst GetPreparationItem {"name": "${activity}/preparationItems/poster"}
  expect {"title": "Print big posters", "state": "STATE_DONE"}
analyst ListPreparationItems {"parent": "${activity}"}
  expect {"preparationItems": [{"name": "*"}, {"name": "*"}, {"name": "*"}]}
specialist CreatePreparationItem {"parent": "${activity}", "preparationItemId": "flyer", "preparationItem": {"title": "Flyer",
  "kind": "KIND_POSTER", "owner": "${specialist}", "dueTime": "${now+1d}"}}
specialist DeletePreparationItem {"name": "${activity}/preparationItems/flyer"}
specialist CreateSupportCommitment {"parent": "${activity}", "supportCommitmentId": "invoices", "supportCommitment": {
  "department": "finance", "description": "Pay on the same day.", "dueTime": "${now+1d}"}}
accountant DeclineSupportCommitment {"name": "${activity}/supportCommitments/invoices", "reason": "Nobody is here"}
analyst GetSupportCommitment {"name": "${activity}/supportCommitments/invoices"}
  expect {"state": "STATE_DECLINED"}
analyst ListSupportCommitments {"parent": "${activity}"}
  expect {"supportCommitments": [{"name": "*"}, {"name": "*"}]}
specialist DeleteSupportCommitment {"name": "${activity}/supportCommitments/invoices"}
manager CreateWaiver {"parent": "${activity}", "waiverId": "stock", "waiver": {"precondition": "PRECONDITION_MATERIALS",
  "reason": "They come tomorrow.", "expireTime": "${now+1d}"}}
manager RevokeWaiver {"name": "${activity}/waivers/stock"}
analyst GetWaiver {"name": "${activity}/waivers/stock"}
  expect {"revoker": "${manager}"}
analyst ListWaivers {"parent": "${activity}"}
  expect {"waivers": [{"name": "*"}, {"name": "*"}]}
specialist CreateActivity {"activityId": "autumn-${run}", "activity": {"title": "Autumn fair, live", "project": "${project}",
  "scheme": "${scheme}", "owner": "${specialist}", "startTime": "${start}", "endTime": "${end}", "timeZone": "Asia/Taipei"}}
manager CancelActivity {"name": "activities/autumn-${run}", "reason": "One fair is enough"}
  expect {"state": "STATE_CANCELLED"}
[]

specialist MarkActivityReady {"name": "${activity}"}
  expect {"state": "STATE_READY"}
  say The activity is READY. | 活動已就緒。

milestone READY
