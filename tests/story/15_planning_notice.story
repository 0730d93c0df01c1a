# Who is told what, and that it was seen (C2). ${run} keeps the names of several runs apart.

[aside]
# By which rules people are told things.
manager CreateNoticePolicy {"noticePolicyId": "gentle-${run}", "noticePolicy": {"reason": "Gather for two seconds",
  "gatherDelay": "2s", "escalateFrom": "URGENCY_CRITICAL", "ladder": [{"delay": "600s", "target": "TARGET_SUPERIOR"}, {"delay": "60s", "target": "TARGET_MANAGERS"}]}}
  refused INVALID_FIELDS
manager CreateNoticePolicy {"noticePolicyId": "gentle-${run}", "noticePolicy": {"reason": "Gather for two seconds",
  "gatherDelay": "2s", "escalateFrom": "URGENCY_CRITICAL", "ladder": [{"delay": "60s", "target": "TARGET_MANAGERS"}]}}
  expect {"state": "STATE_DRAFT"}
manager UpdateNoticePolicy {"noticePolicy": {"name": "noticePolicies/gentle-${run}", "gatherDelay": "0.100s"}, "updateMask": "gatherDelay"}
manager PublishNoticePolicy {"name": "noticePolicies/gentle-${run}"}
  expect {"state": "STATE_PUBLISHED"}
specialist GetNoticePolicy {"name": "noticePolicies/gentle-${run}"}
  expect {"gatherDelay": "0.100s"}
specialist ListNoticePolicies {"filter": "state = STATE_PUBLISHED"}
manager CreateNoticePolicy {"noticePolicyId": "other-${run}", "noticePolicy": {"reason": "Not this one", "gatherDelay": "1s", "escalateFrom": "URGENCY_HIGH"}}
manager DeleteNoticePolicy {"name": "noticePolicies/other-${run}"}

# Which events are told to whom.
manager CreateNoticeRule {"noticeRuleId": "high-${run}", "noticeRule": {"title": "High risks", "subjectType": "risk.heitie/Risk",
  "actions": ["assess"], "recipients": [{"field": "owner"}], "urgency": "URGENCY_NORMAL", "textEn": "{subject} was assessed", "textZh": "{subject} 已評估"}}
  expect {"state": "STATE_ACTIVE"}
manager UpdateNoticeRule {"noticeRule": {"name": "noticeRules/high-${run}", "title": "Risks that were assessed"}, "updateMask": "title"}
specialist GetNoticeRule {"name": "noticeRules/high-${run}"}
  expect {"title": "Risks that were assessed"}
specialist ListNoticeRules {"filter": "state = STATE_ACTIVE"}
manager EndNoticeRule {"name": "noticeRules/high-${run}"}
  expect {"state": "STATE_ENDED"}

# How the analyst wants to be told things.
analyst CreateNoticePreference {"noticePreferenceId": "${analyst:id}", "noticePreference": {"language": "en"}}
  expect {"employee": "${analyst}"}
analyst UpdateNoticePreference {"noticePreference": {"name": "noticePreferences/${analyst:id}", "digestMinutes": [540]}, "updateMask": "digestMinutes"}
analyst GetNoticePreference {"name": "noticePreferences/${analyst:id}"}
  expect {"digestMinutes": [540]}
analyst ListNoticePreferences {"filter": "language = \"en\""}
analyst UpdateNoticePreference {"noticePreference": {"name": "noticePreferences/${analyst:id}", "digestDays": ["MONDAY"]}, "updateMask": "digestDays"}
  expect {"digestDays": ["MONDAY"]}

# What is not told for a time.
analyst CreateNoticeMute {"noticeMuteId": "loud-${run}", "noticeMute": {"employee": "${specialist}", "wording": "round-opened", "reason": "Too loud",
  "endTime": "${now+1h}"}}
  refused NOT_YOUR_NOTICE
analyst CreateNoticeMute {"noticeMuteId": "loud-${run}", "noticeMute": {"employee": "${analyst}", "reason": "Too loud", "endTime": "${now+1h}"}}
  refused INVALID_FIELDS
analyst CreateNoticeMute {"noticeMuteId": "loud-${run}", "noticeMute": {"employee": "${analyst}", "wording": "round-opened", "reason": "Too loud",
  "endTime": "${now+1h}"}}
  expect {"creator": "${analyst}"}
analyst GetNoticeMute {"name": "noticeMutes/loud-${run}"}
  expect {"wording": "round-opened"}
analyst ListNoticeMutes {"filter": "employee = \"${analyst}\""}
analyst DeleteNoticeMute {"name": "noticeMutes/loud-${run}"}

# An urgent call, which the analyst confirms and answers.
specialist CreateUrgentCall {"urgentCallId": "stage-${run}", "urgentCall": {"text": "The stage is on fire", "person": "${analyst}"}}
  expect {"state": "STATE_OPEN", "called": ["${analyst}"]}
analyst ListNotices {"filter": "subject = \"urgentCalls/stage-${run}\""}
  answer told
  expect {"notices": [{"urgency": "URGENCY_CRITICAL", "recipient": "${analyst}"}]}
analyst SnoozeNotice {"name": "${told.notices.0.name}", "untilTime": "${now+1h}"}
  expect {"state": "STATE_HELD"}
analyst GetNotice {"name": "${told.notices.0.name}"}
analyst AcknowledgeNotice {"name": "${told.notices.0.name}"}
  expect {"state": "STATE_ACKNOWLEDGED"}
analyst AnswerUrgentCall {"name": "urgentCalls/stage-${run}"}
  expect {"state": "STATE_ANSWERED", "answerer": "${analyst}"}
analyst GetUrgentCall {"name": "urgentCalls/stage-${run}"}
specialist ListUrgentCalls {"filter": "state = STATE_ANSWERED"}
specialist CloseUrgentCall {"name": "urgentCalls/stage-${run}", "outcome": "It is out"}
  expect {"state": "STATE_CLOSED"}
