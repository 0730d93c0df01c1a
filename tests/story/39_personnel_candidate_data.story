# For how long the data of those who applied is held, and how it ends (H2). The applications come from 34_personnel_candidate.

[aside]
manager GetApplication {"name": "${ho.name}"}
  expect {"state": "STATE_REJECTED", "endTime": "*"}
manager GetPersonalFile {"name": "personalFiles/ho-${run}"}
  expect {"state": "STATE_HELD", "purposes": [{"purpose": "recruitment", "endDate": "${today}"}], "eraseDate": "*"}
manager CreatePersonalFile {"personalFile": {"person": "${other.candidate}"}}
  refused CANDIDATE_MERGED
manager RecordConsent {"name": "personalFiles/ho-${run}", "endDate": "${today+700d}"}
  expect {"eraseDate": "${today+701d}"}
manager ExportPerson {"person": "${ho.candidate}"}
  expect {"resources": [{"name": "${ho.name}"}, {"name": "${ho.candidate}"}, {"name": "personalFiles/ho-${run}"}]}
manager ProposeErasure {"name": "personalFiles/ho-${run}", "reason": "Wishes to be forgotten"}
second ApproveErasure {"name": "personalFiles/ho-${run}"}
  expect {"state": "STATE_ERASED"}
manager GetCandidate {"name": "${ho.candidate}"}
  expect {"state": "STATE_ACTIVE", "eraseTime": "*"}
manager MergeCandidates {"name": "${application.candidate}", "duplicate": "${ho.candidate}"}
  refused PERSON_ERASED
manager GetApplication {"name": "${ho.name}"}
  expect {"candidate": "${ho.candidate}", "endReason": "rejectionReasons/requirements-not-met"}
[]
