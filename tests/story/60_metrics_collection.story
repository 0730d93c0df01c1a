# What the audience does is counted exactly once (M1).

chapter 9. The audience takes part | 9. 觀眾參與

analyst WatchActivityCounters {"activity": "${activity}"}
  answer watched
  expect {"counters": {"participants": 0, "impressions": 0}}
  say ${analyst:title} watches the live counters: | ${analyst:title}觀看即時計數：
  show counters
# So many users see the page; each fifth clicks, the first ones sign up, and some of these buy.
shop IngestEvents {"producer": "${shop}", "sequence": 1, "events": [
  {"$each": "0..300/2", "eventId": "view-${i}", "eventName": "page_view", "user": "u${i}", "occurTime": "${now}", "activity": "${activity}",
    "dimensions": {"channel": "wecom"}},
  {"$each": "1..300/2", "eventId": "view-${i}", "eventName": "page_view", "user": "u${i}", "occurTime": "${now}", "activity": "${activity}",
    "dimensions": {"channel": "live"}},
  {"$each": "0..300/5", "eventId": "click-${i}", "eventName": "click", "user": "u${i}", "occurTime": "${now}", "activity": "${activity}"},
  {"$each": "0..50", "eventId": "sign-${i}", "eventName": "sign_up", "user": "u${i}", "occurTime": "${now}", "activity": "${activity}"},
  {"$each": "0..50/4", "eventId": "buy-${i}", "eventName": "purchase", "user": "u${i}", "occurTime": "${now}", "activity": "${activity}",
    "valueMinor": 110000}]}
  expect {"acceptedCount": 423, "duplicate": false}
analyst WatchActivityCounters {"activity": "${activity}"}
  answer watched
  expect {"counters": {"participants": 50, "impressions": 300, "clicks": 60, "conversions": 13}}
  show counters
let lastBatch {"producer": "${shop}", "sequence": 2, "events": [
  {"$each": "300..750", "eventId": "view-${i}", "eventName": "page_view", "user": "u${i}", "occurTime": "${now}", "activity": "${activity}",
    "dimensions": {"channel": "live"}},
  {"$each": "300..750/5", "eventId": "click-${i}", "eventName": "click", "user": "u${i}", "occurTime": "${now}", "activity": "${activity}"},
  {"$each": "300..380", "eventId": "sign-${i}", "eventName": "sign_up", "user": "u${i}", "occurTime": "${now}", "activity": "${activity}"},
  {"$each": "300..380/3", "eventId": "buy-${i}", "eventName": "purchase", "user": "u${i}", "occurTime": "${now}", "activity": "${activity}",
    "valueMinor": 110000}]}
shop IngestEvents "${lastBatch}"
  expect {"acceptedCount": 647, "duplicate": false}
analyst WatchActivityCounters {"activity": "${activity}"}
  answer watched
  expect {"counters": {"participants": 130, "impressions": 750, "clicks": 150, "conversions": 40}}
  show counters
shop IngestEvents "${lastBatch}"
  expect {"acceptedCount": 0, "duplicate": true}
  say ${shop:title} sends its last batch once more, as after a broken connection: recognised, nothing is counted twice. |
    ${shop:title}如斷線後一般重送最後一批：已辨識，沒有重複計數。

[aside]
shop IngestMeasurements {"producer": "${shop}", "sequence": 3, "measurements": [{"measurementName": "queue", "value": 3,
  "occurTime": "${now}"}]}
  expect {"acceptedCount": 1}
shop StreamBatches {"measurements": {"producer": "${shop}", "sequence": 4, "measurements": [{"measurementName": "queue", "value": 4,
  "occurTime": "${now}"}]}}
  expect {"producer": "${shop}", "sequence": 4, "measurements": {"acceptedCount": 1, "lastSequence": 4}}
shop StreamBatches {"measurements": {"producer": "producers/other", "sequence": 1, "measurements": [{"measurementName": "queue",
  "value": 4, "occurTime": "${now}"}]}}
  expect {"sequence": 1, "status": {"code": 7}}
shop GetProducer {"name": "${shop}"}
  expect {"lastSequence": 4, "batchCount": 4, "missingCount": 0}
analyst ListProducers {}
analyst GetActivityTracking {"name": "activityTrackings/${activity:id}"}
  expect {"activity": "${activity}", "clickEvent": "click"}
analyst ListActivityTrackings {"filter": "activity = \"${activity}\""}
  expect {"activityTrackings": [{"impressionEvent": "page_view"}]}
analyst SetActivityTracking {"activityTracking": {"activity": "activities/autumn-${run}", "impressionEvent": "page_view",
  "clickEvent": "click", "conversionEvent": "purchase"}}
