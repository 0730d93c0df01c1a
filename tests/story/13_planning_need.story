# What users say and need, and who delivers it (P1).

[aside]
technician CreateNeed {"needId": "stock-${run}", "need": {"title": "直播時顯示庫存 ${run}", "description": "Viewers want to see what is left",
  "reach": 3000, "impact": 2, "confidencePercent": 80, "effortDays": 6}}
  expect {"state": "STATE_NEW", "priority": 800}
specialist CreateNeed {"needId": "left-${run}", "need": {"title": "直播時要顯示庫存 ${run}"}}
specialist UpdateNeed {"need": {"name": "needs/left-${run}", "description": "Viewers want to see what is left over"}, "updateMask": "description"}
analyst CreateFeedbackEntry {"feedbackEntryId": "left-${run}", "feedbackEntry": {"channel": "CHANNEL_SOCIAL", "text": "How many are left?",
  "receiveDate": "${today-1d}", "need": "needs/left-${run}"}}
analyst ImportFeedbackEntries {"content": "channel,text,receive_date\nREVIEW,Never know what is left,${today-2d}\n"}
  answer said
  expect {"filed": 1}
analyst AssignFeedbackEntry {"name": "${said.feedbackEntries.0}", "need": "needs/stock-${run}"}
analyst GetFeedbackEntry {"name": "${said.feedbackEntries.0}"}
  expect {"need": "needs/stock-${run}"}
analyst ListFeedbackEntries {"filter": "need = \"needs/stock-${run}\""}
  expect {"feedbackEntries": [{"channel": "CHANNEL_REVIEW"}]}
accountant VoteForNeed {"name": "needs/left-${run}"}
technician VoteForNeed {"name": "needs/left-${run}"}
  expect {"voterCount": 2}
technician VoteForNeed {"name": "needs/stock-${run}"}
analyst FindSimilarNeeds {"name": "needs/stock-${run}"}
  answer near
  expect {"similar": [{"need": "needs/left-${run}"}], "planningPolicy": "*"}
analyst FindSimilarNeeds {"name": "needs/stock-${run}", "asOf": "${near.asOf}", "position": "${near.position}"}
  expect {"similar": [{"need": "needs/left-${run}"}], "position": "${near.position}"}
technician MergeNeed {"name": "needs/left-${run}", "into": "needs/stock-${run}", "reason": "The same"}
  refused PERMISSION_DENIED
specialist MergeNeed {"name": "needs/left-${run}", "into": "needs/stock-${run}", "reason": "The same"}
  expect {"state": "STATE_MERGED", "standsFor": "needs/stock-${run}"}
specialist MergeNeed {"name": "needs/stock-${run}", "into": "needs/left-${run}", "reason": "The same"}
  refused MERGE_CIRCLE
analyst BatchGetNeeds {"names": ["needs/stock-${run}"]}
  expect {"needs": [{"name": "needs/stock-${run}"}]}
analyst GetNeed {"name": "needs/stock-${run}"}
  expect {"voterCount": 2, "feedbackCount": 2}
specialist UnmergeNeed {"name": "needs/left-${run}"}
  expect {"voterCount": 2, "feedbackCount": 1}
specialist MergeNeed {"name": "needs/left-${run}", "into": "needs/stock-${run}", "reason": "The same after all"}
accountant WithdrawNeedVote {"name": "needs/left-${run}"}
  expect {"name": "needs/stock-${run}", "voterCount": 1}
analyst ListNeedVotes {"parent": "needs/stock-${run}"}
  answer votes
  expect {"needVotes": [{"voter": "${technician}"}]}
analyst GetNeedVote {"name": "${votes.needVotes.0.name}"}
specialist ConfirmNeed {"name": "needs/stock-${run}"}
specialist CreateProject {"projectId": "counter-${run}", "project": {"title": "A counter for live shows", "planPeriod": "${period}",
  "owner": "${specialist}", "startDate": "${today}", "endDate": "${today+14d}", "currencyCode": "${currency}"}}
specialist PlanNeed {"name": "needs/stock-${run}", "project": "projects/counter-${run}"}
  expect {"state": "STATE_PLANNED"}
analyst ListNeeds {"filter": "project = \"projects/counter-${run}\""}
  expect {"needs": [{"name": "needs/stock-${run}"}]}
manager CancelProject {"name": "projects/counter-${run}", "reason": "The platform brings one"}
analyst GetNeed {"name": "needs/stock-${run}"}
  expect {"state": "STATE_CONFIRMED"}
manager DeclineNeed {"name": "needs/stock-${run}", "reason": "The platform brings one"}
  expect {"state": "STATE_DECLINED"}
