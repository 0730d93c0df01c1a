# Whether the data are right is looked at again and again, and what is not has an owner and a day (M1, W12).

person lateTill PRODUCER producers/late-till-${run}
  title The till that delivers late | 遲送資料的收銀機

[aside]
lateTill IngestEvents {"producer": "${lateTill}", "sequence": 1, "events": [{"$each": "0..3", "eventName": "till.sale", "user": "u${i}",
  "occurTime": "${now}", "valueMinor": 500}]}
lateTill IngestEvents {"producer": "${lateTill}", "sequence": 3, "events": [{"eventName": "till.sale", "user": "u9",
  "occurTime": "${now}"}]}
let check {"displayName": "No batch is missing", "criterion": {"sequences": {"mostMissing": 0}}, "producer": "${lateTill}", "dayCount": 1,
  "recurrence": {"pattern": "PATTERN_WORKING_DAY", "timeOfDay": "08:30"}, "owner": "${analyst}", "findingWorkingDays": 3}
analyst CreateQualityCheck {"qualityCheckId": "gaps-${run}", "qualityCheck": "${check}"}
  expect {"state": "STATE_DRAFT", "allowedVerbs": ["activate", "retire"]}
analyst CreateQualityCheck {"qualityCheckId": "mistake-${run}", "qualityCheck": "${check}"}
analyst DeleteQualityCheck {"name": "qualityChecks/mistake-${run}"}
analyst CreateQualityCheck {"qualityCheckId": "vague-${run}", "qualityCheck": {"displayName": "Nobody knows", "criterion": {"range": {}},
  "dayCount": 1, "recurrence": {"pattern": "PATTERN_WEEK"}, "owner": "${analyst}", "findingWorkingDays": 3}}
  refused INVALID_FIELDS
analyst UpdateQualityCheck {"qualityCheck": {"name": "qualityChecks/gaps-${run}", "displayName": "No batch of the till is missing"},
  "updateMask": "displayName"}
engineer TryQualityCheck {"name": "qualityChecks/gaps-${run}"}
  expect {"outcome": "OUTCOME_FAILED"}
analyst ActivateQualityCheck {"name": "qualityChecks/gaps-${run}"}
  expect {"state": "STATE_ACTIVE"}
analyst RunQualityCheck {"name": "qualityChecks/gaps-${run}"}
  answer missed
  expect {"outcome": "OUTCOME_FAILED", "evidence": [{"subject": "${lateTill}", "figure": "missing_batches", "count": "1",
    "expectedCount": "0", "breach": true}, {"figure": "last_sequence", "count": "3"}]}
engineer GetQualityResult {"name": "${missed.name}"}
specialist ListQualityResults {"parent": "qualityChecks/gaps-${run}", "filter": "outcome = OUTCOME_FAILED"}
technician GetQualityCheck {"name": "qualityChecks/gaps-${run}"}
engineer ListQualityChecks {"filter": "producer = \"${lateTill}\""}
engineer ListQualityFindings {"filter": "quality_check = \"qualityChecks/gaps-${run}\""}
  answer found
  expect {"qualityFindings": [{"state": "STATE_OPEN", "owner": "${analyst}", "dueDate": "*", "failureCount": "1"}]}
analyst UpdateQualityFinding {"qualityFinding": {"name": "${found.qualityFindings.0.name}", "owner": "${specialist}",
  "dueDate": "${today+7d}"}, "updateMask": "owner,dueDate"}
analyst DeclareControlTotals {"name": "${lateTill}", "date": "${today}", "totals": [{"eventName": "till.sale", "declaredCount": 4}]}
lateTill IngestEvents {"producer": "${lateTill}", "sequence": 2, "events": [{"eventName": "till.sale", "user": "u8",
  "occurTime": "${now}"}]}
analyst RunQualityCheck {"name": "qualityChecks/gaps-${run}"}
  expect {"outcome": "OUTCOME_PASSED"}
technician CloseQualityFinding {"name": "${found.qualityFindings.0.name}", "done": "Not mine"}
  refused NOT_YOUR_FINDING
specialist CloseQualityFinding {"name": "${found.qualityFindings.0.name}", "done": "The till has sent it again"}
  expect {"state": "STATE_CLOSED", "recoverTime": "*", "closer": "${specialist}"}
specialist GetQualityFinding {"name": "${found.qualityFindings.0.name}"}
  expect {"done": "The till has sent it again"}
engineer VerifyFigures {"eventName": "till.sale", "reason": "The till was replaced", "startDate": "${today}", "endDate": "${today}"}
  expect {"outcome": "OUTCOME_PASSED"}
engineer RunQualityCheck {"name": "qualityChecks/gaps-${run}"}
  refused PERMISSION_DENIED
analyst PauseQualityCheck {"name": "qualityChecks/gaps-${run}", "reason": "The till is repaired"}
  expect {"state": "STATE_PAUSED"}

# An inspection is filled by the checks, answered by who inspects, and signed by an analyst.
analyst CreateInspectionTemplate {"inspectionTemplateId": "till-${run}", "inspectionTemplate": {"displayName": "Inspection of the till",
  "items": [{"key": "gaps", "qualityCheck": "qualityChecks/gaps-${run}"}, {"key": "clock", "question": "Is its clock right?"}],
  "recurrence": {"pattern": "PATTERN_MONTH", "nthWorkingDay": 1, "timeOfDay": "09:00"}, "inspector": "${specialist}",
  "inspectionWorkingDays": 2, "findingWorkingDays": 5}}
  expect {"state": "STATE_DRAFT"}
analyst CreateInspectionTemplate {"inspectionTemplateId": "mistake-${run}", "inspectionTemplate": {"displayName": "Inspection of the till",
  "items": [{"key": "gaps", "qualityCheck": "qualityChecks/gaps-${run}"}, {"key": "clock", "question": "Is its clock right?"}],
  "recurrence": {"pattern": "PATTERN_MONTH", "nthWorkingDay": 1, "timeOfDay": "09:00"}, "inspector": "${specialist}",
  "inspectionWorkingDays": 2, "findingWorkingDays": 5}}
analyst DeleteInspectionTemplate {"name": "inspectionTemplates/mistake-${run}"}
analyst DeleteQualityCheck {"name": "qualityChecks/gaps-${run}"}
  refused STILL_REFERRED
analyst UpdateInspectionTemplate {"inspectionTemplate": {"name": "inspectionTemplates/till-${run}", "findingWorkingDays": 4},
  "updateMask": "findingWorkingDays"}
analyst ActivateInspectionTemplate {"name": "inspectionTemplates/till-${run}"}
  expect {"state": "STATE_ACTIVE"}
analyst OpenInspection {"inspectionTemplate": "inspectionTemplates/till-${run}"}
  answer inspection
  expect {"state": "STATE_OPEN", "inspector": "${specialist}", "dueDate": "*"}
specialist GetInspection {"name": "${inspection.name}"}
  within 20
  expect {"entries": [{"key": "gaps", "outcome": "OUTCOME_PASSED", "result": "*"}, {"key": "clock"}]}
specialist CompleteInspection {"name": "${inspection.name}"}
  refused INSPECTION_INCOMPLETE
specialist AnswerInspection {"name": "${inspection.name}", "answers": [{"key": "clock", "verdict": "VERDICT_WRONG",
  "note": "Four minutes behind", "findingOwner": "${technician}"}]}
specialist CompleteInspection {"name": "${inspection.name}"}
  answer completed
  expect {"state": "STATE_COMPLETED", "entries": [{"key": "gaps"}, {"key": "clock", "finding": "*"}]}
manager SignInspection {"name": "${inspection.name}"}
  refused PERMISSION_DENIED
analyst SignInspection {"name": "${inspection.name}", "remark": "The clock is set by the technicians"}
  expect {"state": "STATE_SIGNED", "signer": "${analyst}"}
technician CloseQualityFinding {"name": "${completed.entries.1.finding}", "done": "It follows a time server now"}
  expect {"state": "STATE_CLOSED"}
analyst OpenInspection {"inspectionTemplate": "inspectionTemplates/till-${run}"}
  answer mistaken
analyst CancelInspection {"name": "${mistaken.name}", "reason": "Opened twice"}
  expect {"state": "STATE_CANCELLED"}
engineer ListInspections {"filter": "inspection_template = \"inspectionTemplates/till-${run}\" AND state = STATE_SIGNED"}
engineer GetInspectionTemplate {"name": "inspectionTemplates/till-${run}"}
engineer ListInspectionTemplates {"filter": "state = STATE_ACTIVE"}
analyst PauseInspectionTemplate {"name": "inspectionTemplates/till-${run}", "reason": "Until the till is moved"}
  expect {"state": "STATE_PAUSED"}
analyst RetireInspectionTemplate {"name": "inspectionTemplates/till-${run}", "reason": "The till is sold"}
  expect {"state": "STATE_RETIRED"}
analyst RetireQualityCheck {"name": "qualityChecks/gaps-${run}", "reason": "The till is sold"}
  expect {"state": "STATE_RETIRED"}

# A producer delivers no more than its quota.
analyst UpdateProducer {"producer": {"name": "${lateTill}", "rowsPerDay": "2"}, "updateMask": "rowsPerDay"}
lateTill IngestEvents {"producer": "${lateTill}", "sequence": 4, "events": [{"$each": "0..2", "eventName": "till.sale", "user": "u${i}",
  "occurTime": "${now}"}]}
  expect {"acceptedCount": 2}
lateTill IngestEvents {"producer": "${lateTill}", "sequence": 5, "events": [{"eventName": "till.sale", "user": "u1",
  "occurTime": "${now}"}]}
  refused QUOTA_EXCEEDED
lateTill StreamBatches {"events": {"producer": "${lateTill}", "sequence": 6, "events": [{"eventName": "till.sale", "user": "u1",
  "occurTime": "${now}"}]}}
  expect {"sequence": 6, "status": {"code": 8}}
analyst GetProducer {"name": "${lateTill}"}
  expect {"rowsPerDay": "2", "quotaRows": "2"}
