# Other stores get every row that was accepted, in the order of its acceptance; nobody reads behind their own write.

[aside]
analyst IngestEvents {"producer": "producers/kiosk-${run}", "sequence": 1, "events": [
  {"$each": "0..4", "eventName": "kiosk_visit", "user": "guest-${i}", "occurTime": "${now}", "dimensions": {"hall": "east"}}]}
  answer delivered
  expect {"acceptedCount": 4, "version": "*"}
analyst AskQuestions {"minVersion": "${delivered.version}", "questions": [{"period": {"dates": {"startDate": "${today}", "endDate": "${today}"}},
  "figures": {"figure": {"events": {"eventName": "kiosk_visit"}, "measure": "MEASURE_USERS"}}}]}
  answer asked
  expect {"version": "*", "answers": [{"body": {"figures": {"all": {"total": {"value": 4, "users": 4}}}}}]}
analyst AskQuestions {"minVersion": "${asked.version}", "questions": [{"period": {"dates": {"startDate": "${today}", "endDate": "${today}"}},
  "figures": {"figure": {"events": {"eventName": "kiosk_visit"}, "measure": "MEASURE_COUNT"}}}]}
  expect {"answers": [{"digest": "*", "body": {"figures": {"all": {"total": {"value": 4}}}}}]}
engineer ExportRows {}
  expect {"cursor": "*"}
