# The report is bound to the figures that it rests on (A4).

chapter 13. The report | 13. 報告

analyst CreateReport {"parent": "${activity}", "reportId": "final", "report": {
  "summary": "The shows drew more people than planned and stayed within the budget; too few of them bought.",
  "problems": ["The second delivery of gift boxes came on the day of the launch."],
  "improvements": ["Order gifts two weeks earlier.", "Show the price in the invitation."]}}
  answer report
  expect {"snapshot": {"results": [{"attained": true}, {"attained": true}, {"attained": false}, {"attained": true}, {"attained": true}]}}
manager RenderReport {"name": "${report.name}", "format": "FORMAT_HTML"}
  expect {"mediaType": "*", "digest": "${report.digest}"}
analyst RenderReport {"name": "${report.name}", "format": "FORMAT_MARKDOWN"}
  answer rendered
  expect {"content": "*", "digest": "${report.digest}"}
  say ${analyst:title} writes the report; four of five targets were reached. It is bound to its figures by the digest ${report.digest:short}; as
    Markdown: |
    ${analyst:title}撰寫報告；五項指標達成四項。報告以摘要 ${report.digest:short} 與其數據綁定；Markdown 如下：
  show report

milestone REVIEWED

[aside]
analyst GetReport {"name": "${report.name}"}
  expect {"digest": "${report.digest}"}
analyst ListReports {"parent": "${activity}"}
  expect {"reports": [{"name": "${report.name}"}]}
specialist StartTask {"name": "${project}/tasks/go-live"}
specialist CompleteTask {"name": "${project}/tasks/go-live"}
specialist StartTask {"name": "${project}/tasks/run"}
specialist CompleteTask {"name": "${project}/tasks/run"}
analyst RecordObjectiveResult {"name": "${project}", "objective": 0, "actual": 5200, "measureDate": "${today}",
  "source": "The register of members"}
  expect {"state": "STATE_APPROVED", "objectiveResults": [{"attained": true, "recorder": "${analyst}"}]}
manager CompleteProject {"name": "${project}"}
  expect {"state": "STATE_COMPLETED"}
