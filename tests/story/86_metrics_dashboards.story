# What the department looks at every day: questions that are kept, dashboards of them, and what changes while one looks (M2, H1).

[aside]
let whole {"dates": {"startDate": "${today-1d}", "endDate": "${today+1d}"}}
let purchases {"period": "${whole}", "figures": {"figure": {"events": {"eventName": "purchase", "activity": "${activity}"}}}}
specialist CreateSavedQuestion {"savedQuestionId": "purchases-${run}", "savedQuestion": {"title": "Purchases of the fair",
  "question": "${purchases}", "readers": ["ROLE_DATA_ANALYST"]}}
  answer saved
  expect {"owner": "${specialist}", "version": "1", "readership": "DATA_ANALYST"}
specialist CreateSavedQuestion {"savedQuestionId": "wrong-${run}", "savedQuestion": {"title": "Of no time", "question": {"figures": {"figure": {}}}}}
  refused INVALID_FIELDS
specialist UpdateSavedQuestion {"savedQuestion": {"name": "${saved.name}", "description": "What the shop has sold"}, "updateMask": "description"}
  expect {"version": "2", "editor": "${specialist}"}
analyst UpdateSavedQuestion {"savedQuestion": {"name": "${saved.name}", "title": "Mine"}, "updateMask": "title"}
  refused OWNED_BY_ANOTHER
analyst GetSavedQuestion {"name": "${saved.name}"}
  expect {"description": "What the shop has sold"}
technician GetSavedQuestion {"name": "${saved.name}"}
  refused NOT_FOUND
analyst ListSavedQuestions {"filter": "owner = \"${specialist}\""}
  expect {"savedQuestions": [{"name": "${saved.name}"}]}
manager GetSavedQuestionVersion {"name": "${saved.name}/versions/1"}
  expect {"version": "1", "title": "Purchases of the fair"}
analyst ListSavedQuestionVersions {"parent": "${saved.name}"}
  expect {"savedQuestionVersions": ["*", "*"]}
let tiles [
  {"id": "sold", "savedQuestion": "${saved.name}", "form": "FORM_NUMBER", "width": 4, "height": 2},
  {"id": "viewers", "title": "Who looked", "form": "FORM_BAR", "column": 4, "width": 8, "height": 2, "question": {"period": "${whole}",
    "figures": {"figure": {"events": {"eventName": "page_view", "activity": "${activity}"}, "measure": "MEASURE_USERS"}, "breakdown": ["channel"]}}},
  {"id": "way", "title": "From looking to buying", "form": "FORM_FUNNEL", "row": 2, "width": 12, "height": 4, "question": {"period": "${whole}",
    "funnel": {"window": "3600s", "steps": [{"events": {"eventName": "page_view", "activity": "${activity}"}},
      {"events": {"eventName": "purchase", "activity": "${activity}"}}]}}}]
specialist CreateDashboard {"dashboardId": "torn-${run}", "dashboard": {"title": "Torn", "tiles": [
  {"id": "a", "savedQuestion": "savedQuestions/none-${run}", "form": "FORM_NUMBER", "column": 8, "width": 6, "height": 1},
  {"id": "a", "question": "${purchases}", "form": "FORM_COHORT", "column": 8, "width": 2, "height": 1}]}}
  refused INVALID_FIELDS
specialist CreateDashboard {"dashboardId": "fair-${run}", "dashboard": {"title": "The winter fair", "tiles": "${tiles}",
  "readers": ["ROLE_OPERATIONS_SPECIALIST", "ROLE_DATA_ANALYST", "ROLE_DEPARTMENT_MEMBER"]}}
  answer board
  expect {"owner": "${specialist}", "version": "1"}
  say ${specialist:title} puts a saved question and two others side by side and shares the dashboard with the other departments. |
    ${specialist:title}將一個已儲存的問題與另外兩個問題並列為儀表板，並分享給其他部門。
specialist UpdateDashboard {"dashboard": {"name": "${board.name}", "title": "The winter fair, live"}, "updateMask": "title"}
  expect {"version": "2"}
technician GetDashboard {"name": "${board.name}"}
  expect {"title": "The winter fair, live"}
technician ListDashboards {}
  expect {"dashboards": [{"name": "${board.name}"}]}
technician GetDashboardVersion {"name": "${board.name}/versions/1"}
  expect {"title": "The winter fair", "tiles": ["*", "*", "*"]}
analyst ListDashboardVersions {"parent": "${board.name}"}
  expect {"dashboardVersions": ["*", "*"]}
technician AnswerDashboard {"name": "${board.name}"}
  answer answered
  expect {"dashboard": {"name": "${board.name}/versions/2"}, "tiles": [
    {"id": "sold", "title": "Purchases of the fair", "answer": {"body": {"figures": {"all": {"total": {"value": 40}}}}, "digest": "*"}},
    {"id": "viewers", "answer": {"body": {"figures": {"all": {"total": {"value": 750}}}}}},
    {"id": "way", "answer": {"body": {"funnel": {"all": {"steps": [{"reached": 750}, {"reached": 40}]}}}}}]}
  say ${technician:title} gets all three answers at once, of one moment. | ${technician:title}一次取得三個答案，皆為同一時點。
specialist AnswerDashboard {"name": "${board.name}", "overrides": {"condition": "channel = \"live\""}}
  expect {"tiles": ["*", {"answer": {"body": {"figures": {"all": {"total": {"value": 600}}}}}}, "*"]}
technician WatchDashboard {"name": "${board.name}"}
  expect {"answer": {"tiles": ["*", "*", "*"]}, "digest": "${answered.digest}"}
  say ${technician:title} goes on looking: whatever changes comes by itself. | ${technician:title}持續觀看：一有變動便自動送達。
specialist WatchQuestion {"question": "${purchases}"}
  expect {"answer": {"body": {"figures": {"all": {"total": {"value": 40}}}}}, "digest": "*"}
specialist DeleteSavedQuestion {"name": "${saved.name}"}
  refused SAVED_QUESTION_IN_USE
  say ${specialist:title} wants to delete the saved question, which the dashboard still shows | ${specialist:title}欲刪除儀表板仍在使用的已儲存問題
specialist CreateDashboard {"dashboardId": "draft-${run}", "dashboard": {"title": "A draft"}}
  answer draft
specialist DeleteDashboard {"name": "${draft.name}"}
specialist CreateSavedQuestion {"savedQuestionId": "draft-${run}", "savedQuestion": {"title": "A draft", "question": "${purchases}"}}
  answer draft
specialist DeleteSavedQuestion {"name": "${draft.name}"}
analyst WatchAlerts {}
  expect {"digest": "*"}
analyst WatchImport {"name": "imports/old-${run}"}
  expect {"import": {"state": "STATE_DONE"}, "digest": "*"}
