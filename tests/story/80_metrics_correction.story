# What was wrong is taken back, and who asks is forgotten (M1, and the legality of all).

[aside]
shop IngestEvents {"producer": "${shop}", "sequence": 5, "events": [
  {"$each": "0..5", "eventName": "wrong_price", "user": "u${i}", "occurTime": "${now}", "valueMinor": 1},
  {"eventName": "newsletter", "user": "forget-${run}", "occurTime": "${now}"}, {"eventName": "newsletter", "user": "u1", "occurTime": "${now}"}]}
  expect {"acceptedCount": 7}
shop IngestEvents {"producer": "${shop}", "sequence": 6, "events": [{"eventName": "wrong_price", "user": "u9", "occurTime": "${now}"}]}
analyst CreateWithdrawal {"withdrawalId": "price-${run}", "withdrawal": {"producer": "${shop}", "firstSequence": 6, "lastSequence": 6,
  "reason": "Delivered by the shop's test system"}}
  expect {"state": "STATE_RUNNING", "batchCount": 1}
analyst GetWithdrawal {"name": "withdrawals/price-${run}"}
  expect {"state": "STATE_DONE", "rowCount": 1}
  within 20
analyst ListWithdrawals {"filter": "producer = \"${shop}\""}
analyst QueryMetric {"eventName": "wrong_price", "startDate": "${today}", "endDate": "${today}"}
  expect {"totals": [{"figures": {"count": 5}}]}
analyst ProposeUserErasure {"user": "u2", "reference": "DSR-${run}-1"}
  answer mistaken
manager RejectUserErasure {"name": "${mistaken.name}", "reason": "The request was about somebody else"}
  expect {"state": "STATE_REJECTED"}
technician ReceiveInquiry {"inquiry": {"kind": "KIND_INQUIRY", "category": "general", "text": "How do I leave the newsletter?",
  "customer": "forget-${run}", "source": "hotline", "externalId": "forget-${run}"}}
  answer leaving
analyst ProposeUserErasure {"user": "forget-${run}", "reference": "DSR-${run}-2"}
  answer erasure
  expect {"state": "STATE_PROPOSED"}
manager ApproveUserErasure {"name": "${erasure.name}"}
analyst GetUserErasure {"name": "${erasure.name}"}
  answer erased
  expect {"state": "STATE_DONE", "rowCount": 1}
  within 20
analyst ListUserErasures {"filter": "state = STATE_DONE"}
manager FindErasedUsers {"users": ["forget-${run}", "u1"]}
  expect {"erasedUsers": [{"user": "forget-${run}", "userErasure": "${erasure.name}", "eraseTime": "*"}]}
analyst GetInquiry {"name": "${leaving.name}"}
  expect {"text": "", "customer": "", "stateReason": "DSR-${run}-2"}
  within 20
analyst QueryMetric {"eventName": "newsletter", "startDate": "${today}", "endDate": "${today}"}
  expect {"totals": [{"figures": {"distinctUsers": 1}}]}
manager RepeatUserErasures {"userDigests": ["${erased.userDigest}"], "reference": "Nobody came back"}
manager CreateRowRetention {"rowRetentionId": "longer-${run}", "rowRetention": {"reason": "As the auditors ask", "defaultDays": 800,
  "terms": [{"name": "page_view", "days": 400}]}}
manager UpdateRowRetention {"rowRetention": {"name": "rowRetentions/longer-${run}", "reason": "As the auditors ask, for two years"},
  "updateMask": "reason"}
manager PublishRowRetention {"name": "rowRetentions/longer-${run}"}
  expect {"state": "STATE_PUBLISHED"}
analyst GetRowRetention {"name": "rowRetentions/default"}
  expect {"defaultDays": 731}
analyst ListRowRetentions {"filter": "state = STATE_PUBLISHED"}
manager CreateRowRetention {"rowRetentionId": "mistake-${run}", "rowRetention": {"reason": "A mistake", "defaultDays": 1}}
manager DeleteRowRetention {"name": "rowRetentions/mistake-${run}"}
