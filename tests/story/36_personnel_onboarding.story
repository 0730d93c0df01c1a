# How people come in and learn from each other (H3).

[aside]
manager CreateHandbookDocument {"handbookDocumentId": "culture-${run}", "handbookDocument": {"title": "What we are", "subject": "SUBJECT_CULTURE"}}
manager UpdateHandbookDocument {"handbookDocument": {"name": "handbookDocuments/culture-${run}", "title": "Who we are"}, "updateMask": "title"}
analyst GetHandbookDocument {"name": "handbookDocuments/culture-${run}"}
  expect {"title": "Who we are"}
analyst ListHandbookDocuments {"filter": "subject = SUBJECT_CULTURE"}
manager CreateHandbookVersion {"parent": "handbookDocuments/culture-${run}", "handbookVersionId": "first", "handbookVersion": {"reason": "The first",
  "text": "We say what we mean."}}
manager UpdateHandbookVersion {"handbookVersion": {"name": "handbookDocuments/culture-${run}/versions/first", "reason": "As agreed"},
  "updateMask": "reason"}
manager PublishHandbookVersion {"name": "handbookDocuments/culture-${run}/versions/first"}
analyst GetHandbookVersion {"name": "handbookDocuments/culture-${run}/versions/first"}
  expect {"state": "STATE_PUBLISHED", "text": "We say what we mean."}
manager CreateHandbookVersion {"parent": "handbookDocuments/culture-${run}", "handbookVersionId": "mistake", "handbookVersion": {"reason": "A mistake",
  "text": "We mean what we say."}}
manager DeleteHandbookVersion {"name": "handbookDocuments/culture-${run}/versions/mistake"}
analyst ListHandbookVersions {"parent": "handbookDocuments/culture-${run}"}
  expect {"handbookVersions": [{"version": 1}]}

# The first days of a lead host.
manager CreateOnboardingTemplate {"parent": "positions/lead-host-${run}", "onboardingTemplateId": "first", "onboardingTemplate": {
  "reason": "The first", "tasks": [
    {"id": "read", "title": "Reads who we are", "kind": "KIND_READ", "document": "handbookDocuments/culture-${run}", "dueWorkingDays": 1},
    {"id": "stage", "title": "Passes “On stage”", "kind": "KIND_COURSE", "course": "courses/stage-${run}", "dueWorkingDays": 20},
    {"id": "welcome", "title": "Is shown around", "kind": "KIND_CONFIRM", "confirmer": "CONFIRMER_SUPERIOR"}]}}
manager UpdateOnboardingTemplate {"onboardingTemplate": {"name": "positions/lead-host-${run}/onboardingTemplates/first", "reason": "As agreed"},
  "updateMask": "reason"}
manager PublishOnboardingTemplate {"name": "positions/lead-host-${run}/onboardingTemplates/first"}
analyst GetOnboardingTemplate {"name": "positions/lead-host-${run}/onboardingTemplates/first"}
  expect {"state": "STATE_PUBLISHED", "tasks": ["*", "*", "*"]}
manager CreateOnboardingTemplate {"parent": "positions/lead-host-${run}", "onboardingTemplateId": "mistake", "onboardingTemplate": {
  "reason": "A mistake", "tasks": [{"id": "read", "title": "Reads", "kind": "KIND_CONFIRM", "confirmer": "CONFIRMER_EMPLOYEE"}]}}
manager DeleteOnboardingTemplate {"name": "positions/lead-host-${run}/onboardingTemplates/mistake"}
analyst ListOnboardingTemplates {"parent": "positions/lead-host-${run}"}
  expect {"onboardingTemplates": [{"version": 1}]}
manager CreateEmployee {"employeeId": "kuo-${run}", "employee": {"displayName": "Kuo Wen", "position": "positions/lead-host-${run}",
  "department": "operations", "hireDate": "${today+3d}", "superior": "${specialist}"}}
specialist GetOnboarding {"name": "onboardings/kuo-${run}"}
  expect {"state": "STATE_IN_PROGRESS", "onboardingTemplate": "positions/lead-host-${run}/onboardingTemplates/first"}
manager ListOnboardings {"filter": "employee = \"employees/kuo-${run}\""}
  expect {"onboardings": [{"state": "STATE_IN_PROGRESS"}]}
specialist GetOnboardingItem {"name": "onboardings/kuo-${run}/items/read"}
  expect {"documentVersion": "handbookDocuments/culture-${run}/versions/first", "owner": "employees/kuo-${run}"}
specialist ConfirmOnboardingItem {"name": "onboardings/kuo-${run}/items/read", "documentVersion": "handbookDocuments/culture-${run}/versions/first"}
  refused NOT_THE_CONFIRMER
specialist ConfirmOnboardingItem {"name": "onboardings/kuo-${run}/items/welcome"}
  expect {"state": "STATE_DONE", "finisher": "${specialist}"}
manager ListOnboardingItems {"parent": "onboardings/kuo-${run}", "filter": "state = STATE_WAITING"}
  expect {"onboardingItems": [{"title": "Reads who we are"}, {"title": "Passes “On stage”"}]}
manager EndOnboarding {"name": "onboardings/kuo-${run}", "reason": "A colleague who returns"}
  expect {"state": "STATE_ENDED"}

# Sharing sessions. The tests play this on a Thursday.
specialist CreateSharingSeries {"sharingSeriesId": "live-${run}", "sharingSeries": {"title": "What we learnt live", "department": "operations",
  "owner": "${specialist}", "cadence": "CADENCE_WEEKLY", "weekday": 4, "startDate": "${today}", "hosts": ["${specialist}", "${manager}"]}}
  expect {"state": "STATE_ACTIVE", "plannedCount": "1", "nextDate": "${today}"}
specialist UpdateSharingSeries {"sharingSeries": {"name": "sharingSeries/live-${run}", "title": "Learnt live"}, "updateMask": "title"}
analyst ListSharingSessions {"parent": "sharingSeries/live-${run}"}
  answer sessions
  expect {"sharingSessions": [{"host": "${specialist}", "state": "STATE_PLANNED"}]}
specialist HoldSharingSession {"name": "${sessions.sharingSessions.0.name}", "topic": "Light and sound", "material": "https://wiki.example/light",
  "attendees": ["${manager}"]}
  expect {"state": "STATE_HELD", "attendees": ["${specialist}", "${manager}"]}
analyst GetSharingSession {"name": "${sessions.sharingSessions.0.name}"}
  expect {"topic": "Light and sound"}
analyst GetSharingSeries {"name": "sharingSeries/live-${run}"}
  expect {"title": "Learnt live", "lastHeldDate": "${today}"}
analyst ListSharingSeries {}
specialist CreateSharingSeries {"sharingSeriesId": "books-${run}", "sharingSeries": {"title": "Books", "department": "operations",
  "owner": "${specialist}", "cadence": "CADENCE_MONTHLY", "weekday": 5, "startDate": "${today}", "hosts": ["${manager}"]}}
analyst ListSharingSessions {"parent": "sharingSeries/books-${run}"}
  answer sessions
specialist CancelSharingSession {"name": "${sessions.sharingSessions.0.name}", "reason": "A holiday"}
  expect {"state": "STATE_CANCELLED"}
specialist HoldSharingSession {"name": "${sessions.sharingSessions.0.name}", "topic": "Light"}
  refused ILLEGAL_TRANSITION
specialist EndSharingSeries {"name": "sharingSeries/books-${run}", "reason": "Nobody reads"}
  expect {"state": "STATE_ENDED"}
[]
