# Who applies, how they are judged, and what came of it (H2, S1).

[aside]
manager CreateRejectionReason {"rejectionReasonId": "nights-${run}", "rejectionReason": {"title": "Works no nights", "side": "SIDE_PERSON"}}
manager UpdateRejectionReason {"rejectionReason": {"name": "rejectionReasons/nights-${run}", "title": "Does not work at night"},
  "updateMask": "title"}
analyst GetRejectionReason {"name": "rejectionReasons/nights-${run}"}
  expect {"title": "Does not work at night", "side": "SIDE_PERSON"}
analyst ListRejectionReasons {"filter": "name = \"rejectionReasons/requisition-filled\""}
  expect {"rejectionReasons": [{"title": "職缺已補滿"}]}
manager CreateScorecardTemplate {"parent": "positions/editor-${run}", "scorecardTemplateId": "first",
  "scorecardTemplate": {"reason": "The first",
  "criteria": [
    {"criterion": "voice", "title": "Voice", "weight": 5000, "levels": ["Cannot be followed", "Clear", "Carries a show"], "floor": 2},
    {"criterion": "goods", "title": "Knows the goods", "weight": 3000, "levels": ["Reads them", "Explains them", "Sells them"]},
    {"criterion": "calm", "title": "Keeps calm", "weight": 2000, "levels": ["Stumbles", "Goes on", "Makes it a joke"]}]}}
manager UpdateScorecardTemplate {"scorecardTemplate": {"name": "positions/editor-${run}/scorecardTemplates/first", "reason": "As agreed"},
  "updateMask": "reason"}
manager PublishScorecardTemplate {"name": "positions/editor-${run}/scorecardTemplates/first"}
  expect {"state": "STATE_PUBLISHED", "version": 1}
manager CreateScorecardTemplate {"parent": "positions/editor-${run}", "scorecardTemplateId": "mistake",
  "scorecardTemplate": {"reason": "A mistake",
  "criteria": [{"criterion": "voice", "title": "Voice", "weight": 9000, "levels": ["No", "Yes"]}]}}
  refused INVALID_FIELDS
manager CreateScorecardTemplate {"parent": "positions/editor-${run}", "scorecardTemplateId": "mistake",
  "scorecardTemplate": {"reason": "A mistake",
  "criteria": [{"criterion": "voice", "title": "Voice", "weight": 10000, "levels": ["No", "Yes"]}]}}
manager DeleteScorecardTemplate {"name": "positions/editor-${run}/scorecardTemplates/mistake"}
analyst GetScorecardTemplate {"name": "positions/editor-${run}/scorecardTemplates/first"}
  expect {"reason": "As agreed"}
analyst ListScorecardTemplates {"parent": "positions/editor-${run}"}
  expect {"scorecardTemplates": [{"version": 1}]}

# One person through two channels is one candidate.
manager ReceiveApplication {"application": {"requisition": "requisitions/editor-${run}", "channel": "recruitmentChannels/job-board",
  "externalId": "104-77-${run}"},
  "applicant": {"displayName": "Wang Mei", "email": "Mei@Example.com", "phone": "0912-345-678"}}
  answer application
  expect {"state": "STATE_APPLIED", "position": "positions/editor-${run}", "stages": [{"stage": "STAGE_APPLIED"}]}
manager ReceiveApplication {"application": {"requisition": "requisitions/editor-${run}", "channel": "recruitmentChannels/job-board",
  "externalId": "104-77-${run}"},
  "applicant": {"displayName": "Wang Mei", "email": "mei@example.com"}}
  expect {"name": "${application.name}"}
manager ReceiveApplication {"application": {"requisition": "requisitions/editor-${run}", "channel": "recruitmentChannels/referral"},
  "applicant": {"displayName": "Wang Mei", "phone": "＋８８６ ９１２ ３４５ ６７８"}}
  answer again
  expect {"candidate": "${application.candidate}"}
manager ReceiveApplication {"application": {"requisition": "requisitions/editor-${run}", "channel": "recruitmentChannels/job-board"},
  "applicant": {"displayName": "Mei Wang", "email": "mei.wang@example.com"}}
  answer other
manager MergeCandidates {"name": "${application.candidate}", "duplicate": "${other.candidate}"}
  expect {"state": "STATE_ACTIVE"}
manager UpdateCandidate {"candidate": {"name": "${application.candidate}", "remarks": "Hosted at a fair"}, "updateMask": "remarks"}
  expect {"phone": "+886912345678"}
manager GetCandidate {"name": "${other.candidate}"}
  expect {"state": "STATE_MERGED", "mergedInto": "${application.candidate}"}
manager ListCandidates {"filter": "state = STATE_ACTIVE"}
  expect {"candidates": [{"displayName": "*"}]}
analyst ListCandidates {}
  expect {"candidates": []}
manager GetApplication {"name": "${application.name}"}
  expect {"candidate": "${application.candidate}"}
analyst GetApplication {"name": "${application.name}"}
  refused NOT_FOUND
manager ImportApplications {"requisition": "requisitions/editor-${run}", "channel": "recruitmentChannels/job-board",
  "content": "external_id,display_name,email\n104-78-${run},Ho Li,ho.li@example.com\n104-79-${run},Wu,nowhere\n"}
  answer imported
  expect {"rows": [{"line": 2}], "defects": [{"line": 3, "column": "*", "reason": "BAD_EMAIL"}]}
manager GetApplication {"name": "${imported.rows.0.application}"}
  answer ho
manager CreatePersonalFile {"personalFileId": "ho-${run}", "personalFile": {"person": "${ho.candidate}"}}
  expect {"state": "STATE_HELD", "purposes": [{"purpose": "recruitment"}]}
manager ProposeErasure {"name": "personalFiles/ho-${run}", "reason": "Wishes to be forgotten"}
  refused PURPOSE_LASTS
manager RejectApplication {"name": "${imported.rows.0.application}", "reason": "rejectionReasons/requirements-not-met"}
  expect {"state": "STATE_REJECTED"}
manager WithdrawApplication {"name": "${again.name}", "reason": "rejectionReasons/nights-${run}"}
  expect {"state": "STATE_WITHDRAWN"}
manager AdvanceApplication {"name": "${other.name}"}
manager ReturnApplication {"name": "${other.name}", "stage": "STAGE_APPLIED", "reason": "Papers are missing"}
  expect {"state": "STATE_APPLIED", "returnReason": "Papers are missing"}

# Each interviewer files alone.
manager AdvanceApplication {"name": "${application.name}"}
manager AdvanceApplication {"name": "${application.name}"}
  expect {"state": "STATE_INTERVIEW", "scorecardTemplate": "positions/editor-${run}/scorecardTemplates/first"}
manager AssignInterviewer {"name": "${application.name}", "interviewer": "${specialist}", "dueTime": "${now+2d}"}
  answer card
  expect {"state": "STATE_DUE"}
manager AssignInterviewer {"name": "${application.name}", "interviewer": "employees/ho-${run}", "dueTime": "${now+2d}"}
  answer spare
manager ReleaseScorecard {"name": "${spare.name}"}
  expect {"state": "STATE_RELEASED"}
manager AssignInterviewer {"name": "${application.name}", "interviewer": "${manager}", "dueTime": "${now+2d}"}
  answer own
specialist ComputeAssessment {"name": "${application.name}"}
  refused CARD_NOT_FILED
specialist FileScorecard {"name": "${card.name}", "ratings": [{"criterion": "voice", "level": 3}, {"criterion": "goods", "level": 2}],
  "remarks": "Carries a room"}
  expect {"state": "STATE_FILED", "version": 1}
manager GetScorecard {"name": "${card.name}"}
  refused NOT_FOUND
manager ListScorecards {"parent": "${application.name}"}
  expect {"scorecards": [{"name": "${own.name}"}]}
manager FileScorecard {"name": "${own.name}", "ratings": [{"criterion": "voice", "level": 2}]}
manager AmendScorecard {"name": "${own.name}", "ratings": [{"criterion": "voice", "level": 3}], "reason": "Heard once more"}
  expect {"version": 2, "state": "STATE_FILED"}
manager GetScorecard {"name": "${card.name}"}
  expect {"remarks": "Carries a room"}
manager ComputeAssessment {"name": "${application.name}"}
  expect {"criteria": [{"sum": 6, "raters": 2}, {"sum": 2, "raters": 1}, {"criterion": "calm"}], "decidable": false}
manager WaiveCriterion {"name": "${application.name}", "criterion": "calm", "reason": "Seen at the fair"}
manager ComputeAssessment {"name": "${application.name}"}
  expect {"score": 263, "decidable": true}
manager ListApplications {"filter": "state = STATE_INTERVIEW"}
  expect {"applications": [{"name": "${application.name}"}]}
manager ComputeYield {"startDate": "${today}", "endDate": "${today}"}
  expect {"whole": {"people": 2, "stages": [{"count": 4}, {"count": 1}, {"count": 1}, {"count": 0}, {"count": 0}, {"count": 0}]}}
analyst ComputeYield {"startDate": "${today}", "endDate": "${today}"}
  expect {"rows": [], "openApplications": []}
