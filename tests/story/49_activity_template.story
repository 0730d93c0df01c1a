# How activities of one kind are prepared: a template, what is made of it, who accepts what was made, who is told of what is late, and the
# gate as it is tried before a scheduled launch (A1, A2).

[aside]
let template activityTemplates/small-fair-${run}
let small activities/small-fair-${run}
specialist CreateActivityTemplate {"activityTemplateId": "${template:id}", "activityTemplate": {"title": "Small fair"}}
specialist UpdateActivityTemplate {"activityTemplate": {"name": "${template}", "description": "For an afternoon"},
  "updateMask": "description"}
analyst GetActivityTemplate {"name": "${template}"}
  expect {"title": "Small fair", "description": "For an afternoon"}
analyst ListActivityTemplates {"filter": "name = \"${template}\""}
  expect {"activityTemplates": [{"name": "${template}"}]}
specialist CreateActivityTemplateVersion {"parent": "${template}", "activityTemplateVersionId": "first", "activityTemplateVersion": {
  "reason": "As it was last year", "calendar": "calendars/default", "items": [
    {"id": "poster", "title": "Poster", "kind": "KIND_POSTER", "dueWorkingDays": 2, "mandatory": true, "needsAcceptance": true,
      "needsDeliverable": true},
    {"id": "flyer", "title": "Flyer", "kind": "KIND_POSTER", "dueWorkingDays": 1, "ownerRule": "OWNER_RULE_ROLE"}]}}
  refused INVALID_FIELDS
specialist CreateActivityTemplateVersion {"parent": "${template}", "activityTemplateVersionId": "first", "activityTemplateVersion": {
  "reason": "As it was last year", "calendar": "calendars/default", "items": [
    {"id": "poster", "title": "Poster", "kind": "KIND_POSTER", "dueWorkingDays": 2, "mandatory": true, "needsAcceptance": true,
      "needsDeliverable": true},
    {"id": "flyer", "title": "Flyer", "kind": "KIND_POSTER", "dueWorkingDays": 1, "ownerRule": "OWNER_RULE_ROLE", "role": "host"}],
  "supports": [{"id": "servers", "department": "technology", "description": "Watch the servers", "dueWorkingDays": 3}],
  "roles": [{"id": "host", "role": "host", "headCount": 1, "courses": ["${course}"], "mandatory": true}],
  "materials": [{"id": "gift", "item": "${gift}", "numerator": "11", "denominator": "10"}],
  "targets": [{"id": "people", "measure": "MEASURE_PARTICIPANTS", "rule": "RULE_PER_PARTICIPANT", "value": 0.5}]}}
  expect {"state": "STATE_DRAFT"}
specialist UpdateActivityTemplateVersion {"activityTemplateVersion": {"name": "${template}/versions/first",
  "reason": "As it was last year, with a flyer"}, "updateMask": "reason"}
specialist PublishActivityTemplateVersion {"name": "${template}/versions/first"}
  refused PERMISSION_DENIED
manager PublishActivityTemplateVersion {"name": "${template}/versions/first"}
  within 30
  expect {"state": "STATE_PUBLISHED", "version": 1, "publisher": "${manager}"}
specialist UpdateActivityTemplateVersion {"activityTemplateVersion": {"name": "${template}/versions/first", "reason": "Another one"},
  "updateMask": "reason"}
  refused RULES_IMMUTABLE
specialist CreateActivityTemplateVersion {"parent": "${template}", "activityTemplateVersionId": "second", "activityTemplateVersion": {
  "reason": "Not wanted", "calendar": "calendars/default"}}
analyst ListActivityTemplateVersions {"parent": "${template}"}
  expect {"activityTemplateVersions": [{"state": "STATE_PUBLISHED"}, {"state": "STATE_DRAFT"}]}
specialist DeleteActivityTemplateVersion {"name": "${template}/versions/second"}
analyst GetActivityTemplateVersion {"name": "${template}/versions/first"}
  expect {"reason": "As it was last year, with a flyer"}
# What is mandatory is not left out without a word.
let order {"title": "Small fair", "project": "${project}", "scheme": "${scheme}", "owner": "${specialist}", "startTime": "${now+1d}",
  "endTime": "${now+5d}", "timeZone": "Asia/Taipei", "expectedParticipants": "700", "staff": [{"employee": "${specialist}", "role": "host"}]}
specialist PreviewActivityTemplate {"name": "${template}", "activityId": "${small:id}", "order": {"title": "Small fair", "project": "${project}",
  "scheme": "${scheme}", "owner": "${specialist}", "startTime": "${now+1d}", "endTime": "${now+5d}",
  "staff": [{"employee": "${specialist}", "role": "host"}], "changes": [{"part": "items/poster", "leaveOut": true}]}}
  refused INVALID_FIELDS
specialist PreviewActivityTemplate {"name": "${template}", "activityId": "${small:id}", "order": "${order}"}
  answer preview
  expect {"templateVersion": "${template}/versions/first", "activity": {"billOfMaterials": [{"quantity": "770"}], "targets": [{"target": 350}]},
    "preparationItems": [{"owner": "${specialist}", "dueTime": "*"}, {"owner": "${specialist}"}], "supportCommitments": [{"dueTime": "*"}]}
specialist InstantiateActivityTemplate {"name": "${template}", "activityId": "${small:id}", "order": "${order}",
  "previewDigest": "${template:sha256}"}
  refused PREVIEW_OUTDATED
specialist InstantiateActivityTemplate {"name": "${template}", "activityId": "${small:id}", "order": "${order}",
  "previewDigest": "${preview.digest}"}
  expect {"activity": {"name": "${small}", "state": "STATE_DRAFT", "templateVersion": "${template}/versions/first"}}
specialist PrepareActivity {"name": "${small}"}
# Who completes does not accept.
specialist CompletePreparationItem {"name": "${small}/preparationItems/poster"}
  refused DELIVERABLE_MISSING
specialist CompletePreparationItem {"name": "${small}/preparationItems/poster", "deliverable": {"title": "poster.pdf",
  "sha256": "${small:sha256}", "mediaType": "application/pdf"}}
  expect {"state": "STATE_SUBMITTED"}
specialist AcceptPreparationItem {"name": "${small}/preparationItems/poster"}
  refused SAME_PERSON
manager RejectPreparationItem {"name": "${small}/preparationItems/poster", "reason": "The date is wrong"}
  expect {"state": "STATE_OPEN", "rejectReason": "The date is wrong"}
specialist CompletePreparationItem {"name": "${small}/preparationItems/poster", "deliverable": {"title": "poster.pdf",
  "sha256": "${small:sha256}"}}
manager AcceptPreparationItem {"name": "${small}/preparationItems/poster"}
  expect {"state": "STATE_DONE", "acceptor": "${manager}"}
# Terms: who is told of what is late, and when the gate is tried before a launch.
manager CreatePreparationPolicy {"preparationPolicyId": "late-${run}", "preparationPolicy": {"reason": "A mistake",
  "calendar": "calendars/default", "trialLeads": ["1s"]}}
  refused INVALID_FIELDS
manager CreatePreparationPolicy {"preparationPolicyId": "late-${run}", "preparationPolicy": {"reason": "A mistake",
  "calendar": "calendars/default"}}
manager DeletePreparationPolicy {"name": "preparationPolicies/late-${run}"}
manager CreatePreparationPolicy {"preparationPolicyId": "soon-${run}", "preparationPolicy": {"reason": "Tried a month before as well",
  "calendar": "calendars/default", "lateLadder": [{"point": {"afterDue": "1s"}, "owner": true},
    {"point": {"afterDue": "14400s"}, "activityOwner": true, "managers": true}]}}
manager UpdatePreparationPolicy {"preparationPolicy": {"name": "preparationPolicies/soon-${run}",
  "trialLeads": ["2592000s", "86400s", "3600s"]}, "updateMask": "trial_leads"}
manager PublishPreparationPolicy {"name": "preparationPolicies/soon-${run}"}
  expect {"state": "STATE_PUBLISHED"}
analyst GetPreparationPolicy {"name": "preparationPolicies/soon-${run}"}
  expect {"trialLeads": ["2592000s", "86400s", "3600s"]}
analyst ListPreparationPolicies {"filter": "name = \"preparationPolicies/soon-${run}\""}
  expect {"preparationPolicies": [{"publisher": "${manager}"}]}
# The gate is tried, and who answers for what would refuse is told.
manager CreateWaiver {"parent": "${small}", "waiverId": "flyer", "waiver": {"precondition": "PRECONDITION_PREPARATION_COMPLETE",
  "reason": "Flyers come later.", "expireTime": "${now+3d}"}}
manager CreateWaiver {"parent": "${small}", "waiverId": "servers", "waiver": {"precondition": "PRECONDITION_SUPPORT_ACCEPTED",
  "reason": "It is small.", "expireTime": "${now+3d}"}}
specialist MarkActivityReady {"name": "${small}"}
  expect {"state": "STATE_READY"}
manager ScheduleLaunch {"name": "${small}", "launchTime": "${now+2d}"}
analyst ListGateTrials {"parent": "${small}"}
  within 30
  answer trials
  expect {"gateTrials": [{"lead": "2592000s", "open": false, "notices": "*"}]}
analyst GetGateTrial {"name": "${trials.gateTrials.0.name}"}
  expect {"refusals": "*", "notices": "*"}
manager UnscheduleLaunch {"name": "${small}"}
specialist DeletePreparationItem {"name": "${small}/preparationItems/poster"}
  refused INVALID_FIELDS
manager CancelActivity {"name": "${small}", "reason": "It was only about its preparation."}
[]
