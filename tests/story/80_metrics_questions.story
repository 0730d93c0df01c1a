# What the figures say of the users, and who may look behind them (M2, W10).

[aside]
let whole {"dates": {"startDate": "${today-1d}", "endDate": "${today+1d}"}}
specialist AskQuestions {"questions": [
  {"period": "${whole}", "figures": {"figure": {"events": {"eventName": "purchase", "activity": "${activity}"}, "measure": "MEASURE_SUM",
    "minor": true}}},
  {"period": "${whole}", "figures": {"figure": {"events": {"eventName": "page_view", "activity": "${activity}"}, "measure": "MEASURE_USERS"},
    "breakdown": ["channel"], "top": 1}},
  {"period": "${whole}", "funnel": {"window": "3600s", "steps": [{"events": {"eventName": "page_view", "activity": "${activity}"}},
    {"events": {"eventName": "sign_up", "activity": "${activity}"}}, {"events": {"eventName": "purchase", "activity": "${activity}"}}]}}]}
  expect {"answers": [{"body": {"figures": {"all": {"total": {"value": 4400000, "count": 40, "users": 40}}}}, "digest": "*"},
    {"body": {"figures": {"groups": [{"values": [{"property": "channel", "value": "live"}], "total": {"value": 600}},
      {"other": true, "total": {"value": 150}}]}}},
    {"body": {"funnel": {"all": {"steps": [{"reached": 750}, {"reached": 130}, {"reached": 40}]}}}}]}
specialist AskQuestions {"questions": [{"period": "${whole}", "figures": {"figure": {"events": {"eventName": "purchase",
  "condition": "amount_minor >"}}}}]}
  refused INVALID_FIELDS
analyst CreateSegment {"segmentId": "buyers-${run}", "segment": {"displayName": "Buyers", "conditions": [{"id": "bought",
  "events": {"eventName": "purchase", "condition": "amount_minor >= 100000"}}], "expression": "bought"}}
  answer buyers
analyst CreateSegment {"segmentId": "lookers-${run}", "segment": {"displayName": "Lookers", "conditions": [{"id": "looked",
  "events": {"eventName": "page_view"}}], "expression": "looked EXCEPT ${buyers.name}"}}
  answer lookers
analyst UpdateSegment {"segment": {"name": "${buyers.name}", "expression": "${lookers.name}"}, "updateMask": "expression"}
  refused SEGMENT_CYCLE
analyst UpdateSegment {"segment": {"name": "${buyers.name}", "displayName": "Buyers of anything"}, "updateMask": "displayName"}
analyst GetSegment {"name": "${buyers.name}"}
  expect {"displayName": "Buyers of anything"}
analyst ListSegments {}
let clickers {"period": "${whole}", "segments": ["${lookers.name}"], "figures": {"figure": {"events": {"eventName": "click",
  "activity": "${activity}"}, "measure": "MEASURE_USERS"}}}
specialist CreateAnswerSnapshot {"answerSnapshot": {"title": "Who clicked and did not buy", "question": "${clickers}"}}
  answer kept
manager GetAnswerSnapshot {"name": "${kept.name}"}
  expect {"answer": {"digest": "${kept.answer.digest}", "definitions": ["*", "*"]}}
manager ListAnswerSnapshots {}
analyst CreateUserDisclosure {"userDisclosure": {"question": "${clickers}", "selection": {"interval": 1},
  "reason": "They are asked what kept them from buying"}}
  answer disclosure
  expect {"userCount": "${kept.answer.body.figures.all.total.users}"}
analyst ListQuestionUsers {"disclosure": "${disclosure.name}", "pageSize": 5}
  expect {"totalSize": "${disclosure.userCount}", "nextPageToken": "*"}
manager ListQuestionUsers {"disclosure": "${disclosure.name}"}
  refused PERMISSION_DENIED
engineer ListQuestionUsers {"disclosure": "${disclosure.name}"}
  refused DISCLOSURE_OWNED
manager GetUserDisclosure {"name": "${disclosure.name}"}
  expect {"reason": "They are asked what kept them from buying"}
manager ListUserDisclosures {}
analyst DeleteSegment {"name": "${buyers.name}"}
  refused SEGMENT_IN_USE
analyst DeleteSegment {"name": "${lookers.name}"}
