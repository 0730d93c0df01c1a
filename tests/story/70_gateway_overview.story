# One answer from six services.

chapter 12. The project at a glance | 12. 專案一覽

manager GetProjectOverview {"name": "${project}"}
  answer view
  expect {"missing": [], "project": {"name": "${project}"}, "baseline": {"version": "${baseline.version}"},
    "counters": [{"participants": 130}]}
  show overview
analyst WatchEvents {"fromBeginning": true, "subjectTypes": ["risk.heitie/Risk"]}
  expect {"events": "*", "cursor": "*"}
