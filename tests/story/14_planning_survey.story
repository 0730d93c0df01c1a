# What users are asked: once each, by quotas, without anybody knowing who said what (P1).

[aside]
let survey surveys/fair-${run}
specialist CreateSurvey {"surveyId": "fair-${run}", "survey": {"title": "What should the fair bring?", "owner": "${specialist}",
  "forEmployees": true, "byLink": true, "forInvited": true, "producers": ["${shop}"], "questions": [
    {"questionId": "level", "text": "Level", "kind": "KIND_ATTRIBUTE", "options": [
      {"optionId": "gold", "text": "Gold"}, {"optionId": "new", "text": "New"}]},
    {"questionId": "buys", "text": "Would you buy live?", "kind": "KIND_SINGLE_CHOICE", "required": true, "options": [
      {"optionId": "yes", "text": "Yes"}, {"optionId": "no", "text": "No"}]},
    {"questionId": "what", "text": "What?", "kind": "KIND_MULTIPLE_CHOICE", "options": [
      {"optionId": "tea", "text": "Tea"}, {"optionId": "mugs", "text": "Mugs"}, {"optionId": "none", "text": "None of these", "exclusive": true}],
      "shownIf": [{"question": "buys", "options": ["yes"]}]},
    {"questionId": "recommend", "text": "Would you recommend us?", "kind": "KIND_NPS"},
    {"questionId": "why", "text": "Why?", "kind": "KIND_TEXT"}],
  "quotas": [{"quotaId": "buyers", "limit": 50, "conditions": [{"question": "buys", "options": ["yes"]}]}]}}
  expect {"state": "STATE_DRAFT"}
specialist OpenSurvey {"name": "${survey}"}
  refused NOTHING_PUBLISHED
specialist UpdateSurvey {"survey": {"name": "${survey}", "description": "Two minutes"}, "updateMask": "description"}
specialist PublishSurvey {"name": "${survey}"}
  expect {"version": 1, "minimumGroup": 5, "planningPolicy": "*"}
specialist OpenSurvey {"name": "${survey}"}
  expect {"state": "STATE_OPEN"}
analyst GetSurveyVersion {"name": "${survey}/surveyVersions/1"}
  expect {"version": 1}
analyst ListSurveyVersions {"parent": "${survey}"}
  expect {"surveyVersions": [{"version": 1}]}
technician AnswerSurvey {"name": "${survey}", "version": 1, "answers": [{"question": "what", "options": ["tea"]}]}
  refused INVALID_FIELDS
technician AnswerSurvey {"name": "${survey}", "version": 1, "answers": [{"question": "buys", "options": ["yes"]},
  {"question": "what", "options": ["tea", "mugs"]}, {"question": "recommend", "number": 9}, {"question": "why", "text": "=Good prices"}]}
  expect {"outcome": "SURVEY_OUTCOME_COUNTED"}
technician AnswerSurvey {"name": "${survey}", "version": 1, "answers": [{"question": "buys", "options": ["no"]}], "requestId": "again-${run}"}
  refused SURVEY_ANSWERED
specialist InviteRespondents {"parent": "${survey}", "labels": ["first guest", "second guest"], "expireTime": "${now+2d}"}
  answer invited
  expect {"invitations": [{"label": "first guest", "key": "*"}, {"label": "second guest", "key": "*"}]}
analyst GetSurveyInvitation {"name": "${invited.invitations.0.invitation}"}
  expect {"state": "STATE_ISSUED", "label": "first guest"}
analyst ListSurveyInvitations {"parent": "${survey}"}
specialist RevokeSurveyInvitation {"name": "${invited.invitations.1.invitation}"}
  expect {"state": "STATE_REVOKED"}
accountant GetSurveyForm {"name": "${survey}", "invitationKey": "${invited.invitations.0.key}"}
  expect {"title": "What should the fair bring?", "version": 1}
accountant SubmitSurvey {"name": "${survey}", "invitationKey": "${invited.invitations.0.key}", "version": 1, "answers": [
  {"question": "buys", "options": ["no"]}, {"question": "recommend", "number": 3}]}
  expect {"outcome": "SURVEY_OUTCOME_COUNTED"}
accountant SubmitSurvey {"name": "${survey}", "invitationKey": "${invited.invitations.1.key}", "version": 1, "answers": [
  {"question": "buys", "options": ["no"]}]}
  refused KEY_INVALID
accountant GetSurveyForm {"name": "${survey}"}
  answer form
  expect {"ticket": "*"}
accountant SubmitSurvey {"name": "${survey}", "ticket": "${form.ticket}", "version": 1, "answers": [{"question": "buys", "options": ["yes"]}]}
  expect {"outcome": "SURVEY_OUTCOME_COUNTED"}
shop IngestSurveyResponses {"name": "${survey}", "version": 1, "rows": [
  {"$each": "0..300/3", "user": "u${i}", "answers": [{"question": "buys", "options": ["yes"]}, {"question": "recommend", "number": 10},
    {"question": "level", "options": ["gold"]}]},
  {"$each": "1..300/3", "user": "u${i}", "answers": [{"question": "buys", "options": ["no"]}, {"question": "recommend", "number": 5},
    {"question": "level", "options": ["new"]}]},
  {"user": "odd", "answers": [{"question": "buys", "options": ["perhaps"]}]}]}
  expect {"counted": 148}
analyst GetSurvey {"name": "${survey}"}
  expect {"state": "STATE_OPEN", "quotas": [{"quotaId": "buyers", "used": 50}]}
analyst ListSurveys {"filter": "owner = \"${specialist}\""}
specialist PauseSurvey {"name": "${survey}"}
specialist ResumeSurvey {"name": "${survey}"}
specialist CloseSurvey {"name": "${survey}"}
  expect {"state": "STATE_CLOSED"}
analyst TallySurvey {"name": "${survey}", "breakdown": "level"}
  expect {"counted": "151", "screenedOut": "52"}
analyst CrossTabulateSurvey {"name": "${survey}", "rowQuestion": "level", "columnQuestion": "buys"}
  expect {"tables": [{"total": "148"}]}
analyst CreateSurveyWeighting {"parent": "${survey}", "surveyWeightingId": "members-${run}", "surveyWeighting": {
  "reason": "Members by level, as of last month", "mostWeight": 4, "margins": [{"question": "level", "shares": [
    {"option": "gold", "share": 0.2}, {"option": "new", "share": 0.8}]}]}}
  expect {"version": 1}
analyst GetSurveyWeighting {"name": "${survey}/surveyWeightings/members-${run}"}
analyst ListSurveyWeightings {"parent": "${survey}"}
analyst TallySurvey {"name": "${survey}", "weighting": "${survey}/surveyWeightings/members-${run}"}
  expect {"counted": "151", "weights": {"surveyWeighting": "${survey}/surveyWeightings/members-${run}", "withoutWeight": "3"}}
analyst ListSurveyTexts {"parent": "${survey}"}
  answer texts
  expect {"surveyTexts": [{"question": "why", "text": "=Good prices"}]}
analyst CodeSurveyText {"name": "${texts.surveyTexts.0.name}", "codes": ["price"]}
  expect {"codes": ["price"], "coder": "${analyst}"}
analyst GetSurveyText {"name": "${texts.surveyTexts.0.name}"}
  expect {"codes": ["price"]}
specialist CreateSurveyResult {"parent": "${survey}", "surveyResultId": "buyers-${run}", "surveyResult": {"title": "A third would buy live",
  "weighting": "${survey}/surveyWeightings/members-${run}"}}
  expect {"tally": {"counted": "151"}, "digest": "*", "weighting": "*"}
analyst GetSurveyResult {"name": "${survey}/surveyResults/buyers-${run}"}
analyst ListSurveyResults {"parent": "${survey}"}
technician ReadSurveyResponses {"name": "${survey}"}
  refused PERMISSION_DENIED
analyst ReadSurveyResponses {"name": "${survey}", "respondent": "${technician}"}
  expect {"responses": [{"respondent": "${technician}", "outcome": "SURVEY_OUTCOME_COUNTED"}]}
analyst ExportSurveyResponses {"name": "${survey}"}
  expect {"rows": 151}
manager EraseSurveyRespondent {"respondent": "${technician}"}
  expect {"responses": 1, "texts": 1}
