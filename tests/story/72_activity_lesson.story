# What was learnt is answered by the next activity of the kind before it is ready (A4, W12).

analyst CreateLesson {"lessonId": "gifts-${run}", "lesson": {"statement": "Gifts are ordered four weeks before the launch.",
  "evidence": [{"statement": "The second delivery came on the day of the launch.", "source": "${report.name}"}],
  "applicability": {"kinds": ["fair-${run}"]}, "activity": "${activity}", "owner": "${specialist}"}}
  answer lesson
  expect {"state": "STATE_PROPOSED"}
manager AcceptLesson {"name": "${lesson.name}", "reason": "It cost us a night."}
  expect {"state": "STATE_ACCEPTED", "decider": "${manager}"}
  say ${analyst:title} draws a lesson, and ${manager:title} accepts it: “${lesson.statement}” |
    ${analyst:title}提出一項經驗教訓，${manager:title}採納：「${lesson.statement}」
manager CreateReviewAction {"reviewActionId": "supplier-${run}", "reviewAction": {"title": "Find a second supplier of gifts",
  "activity": "${activity}", "origin": "${lesson.name}", "applicability": {"kinds": ["fair-${run}"]}, "owner": "${specialist}",
  "dueTime": "${now+14d}"}}
  answer action
  expect {"state": "STATE_OPEN"}
specialist CreateActivity {"activityId": "next-fair-${run}", "activity": {"title": "Spring fair, live", "project": "${project}",
  "scheme": "${scheme}", "owner": "${specialist}", "startTime": "${now+30d}", "endTime": "${now+31d}", "timeZone": "Asia/Taipei",
  "kind": "fair-${run}"}}
  answer next
specialist PrepareActivity {"name": "${next.name}"}
specialist CreatePreparationItem {"parent": "${next.name}", "preparationItemId": "gifts", "preparationItem": {
  "title": "Order the gifts", "kind": "KIND_GIFT", "owner": "${specialist}", "dueTime": "${now+2d}"}}
specialist CompletePreparationItem {"name": "${next.name}/preparationItems/gifts"}
specialist MarkActivityReady {"name": "${next.name}"}
  refused NOT_PREPARED
  say ${specialist:title} prepares another fair, and calls it ready before having answered what the last one taught |
    ${specialist:title}準備下一場市集，尚未回應上次的教訓便宣告就緒
specialist ListLessonsToAnswer {"name": "${next.name}"}
  expect {"lessonsToAnswer": [{"subject": "${lesson.name}"}, {"subject": "${action.name}"}]}
specialist CreateLessonAnswer {"parent": "${next.name}", "lessonAnswerId": "gifts", "lessonAnswer": {"subject": "${lesson.name}",
  "adopted": true, "explanation": "The item “Order the gifts” is due four weeks before."}}
specialist CreateLessonAnswer {"parent": "${next.name}", "lessonAnswerId": "supplier", "lessonAnswer": {"subject": "${action.name}",
  "adopted": false, "explanation": "The second supplier is not there yet; fewer gifts are given."}}
specialist MarkActivityReady {"name": "${next.name}"}
  expect {"state": "STATE_READY"}
  say The next fair says what it makes of both, and is ready. | 下一場市集逐項說明後，方才就緒。

[aside]
analyst GetLesson {"name": "${lesson.name}"}
  expect {"state": "STATE_ACCEPTED"}
analyst ListLessons {"filter": "activity = \"${activity}\""}
  expect {"lessons": [{"name": "${lesson.name}"}]}
manager UpdateLesson {"lesson": {"name": "${lesson.name}", "owner": "${manager}"}, "updateMask": "owner"}
analyst CreateLesson {"lessonId": "weather-${run}", "lesson": {"statement": "It rains in winter.",
  "evidence": [{"statement": "It rained."}], "applicability": {"kinds": ["fair-${run}"]}, "activity": "${activity}", "owner": "${analyst}"}}
manager RejectLesson {"name": "lessons/weather-${run}", "reason": "Everybody knows."}
  expect {"state": "STATE_REJECTED"}
manager RetireLesson {"name": "${lesson.name}", "reason": "It is in the template now."}
  expect {"state": "STATE_RETIRED"}
analyst GetReviewAction {"name": "${action.name}"}
  expect {"owner": "${specialist}"}
analyst ListReviewActions {"filter": "activity = \"${activity}\" AND state = STATE_OPEN"}
  expect {"reviewActions": [{"name": "${action.name}"}]}
specialist UpdateReviewAction {"reviewAction": {"name": "${action.name}", "dueTime": "${now+21d}"}, "updateMask": "dueTime"}
specialist CompleteReviewAction {"name": "${action.name}", "outcome": "Taipei Gifts delivers within a week."}
  expect {"state": "STATE_DONE", "closer": "${specialist}"}
manager CreateReviewAction {"reviewActionId": "price-${run}", "reviewAction": {"title": "Show the price in the invitation",
  "activity": "${activity}", "applicability": {"kinds": ["fair-${run}"]}, "owner": "${specialist}", "dueTime": "${now+14d}"}}
manager DropReviewAction {"name": "reviewActions/price-${run}", "outcome": "The invitations are free now."}
  expect {"state": "STATE_DROPPED"}
analyst ListLessonAnswers {"parent": "${next.name}", "filter": "adopted = true"}
  expect {"lessonAnswers": [{"subject": "${lesson.name}"}]}
specialist UpdateLessonAnswer {"lessonAnswer": {"name": "${next.name}/lessonAnswers/supplier", "adopted": true,
  "explanation": "The second supplier delivers."}, "updateMask": "adopted,explanation"}
analyst GetLessonAnswer {"name": "${next.name}/lessonAnswers/supplier"}
  expect {"adopted": true, "creator": "${specialist}"}
manager CancelActivity {"name": "${next.name}", "reason": "The hall is closed in spring."}
manager CreateReviewPolicy {"reviewPolicyId": "weekly-${run}", "reviewPolicy": {"reason": "Reminders twice a week", "reminderHours": 84,
  "retryMinutes": 60, "alpha": 0.05}}
manager UpdateReviewPolicy {"reviewPolicy": {"name": "reviewPolicies/weekly-${run}", "reminderHours": 48}, "updateMask": "reminderHours"}
manager PublishReviewPolicy {"name": "reviewPolicies/weekly-${run}"}
  expect {"state": "STATE_PUBLISHED", "publisher": "${manager}"}
manager CreateReviewPolicy {"reviewPolicyId": "mistake-${run}", "reviewPolicy": {"reason": "A mistake", "reminderHours": 1,
  "retryMinutes": 1, "alpha": 0.5}}
manager DeleteReviewPolicy {"name": "reviewPolicies/mistake-${run}"}
analyst GetReviewPolicy {"name": "reviewPolicies/weekly-${run}"}
  expect {"reminderHours": 48}
analyst ListReviewPolicies {"filter": "state = STATE_PUBLISHED"}
