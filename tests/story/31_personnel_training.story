# Who is trained for it (H3).

[training]
specialist CreateSession {"parent": "${course}", "sessionId": "first", "session": {"date": "${today-3d}", "trainer": "Ho Shu-fen",
  "capacity": 10}}
specialist EnrollEmployee {"name": "${course}/sessions/first", "employee": "${specialist}"}
manager RecordResult {"name": "${course}/sessions/first", "employee": "${specialist}", "attended": true, "score": "${score}"}
  answer result
  expect {"outcome": "${outcome}"}
  say Chen Yi-jun attends the session of ${today-3d} and scores ${result.score} of 100: failed. |
    陳怡君參加 ${today-3d} 的場次，得 ${result.score} 分（滿分 100）：未通過。

[trouble]
manager CheckQualification {"employees": ["${specialist}"], "requirement": {"courses": ["${course}"]}, "startDate": "${today}",
  "endDate": "${today+7d}"}
  answer check
  expect {"qualified": false, "employees": [{"qualified": false}]}
  say May Chen Yi-jun host the next seven days? No: ${check.employees.0.disqualifications.0.statement}. |
    陳怡君未來七天可以主持嗎？不行：${check.employees.0.disqualifications.0.statement}。

[aside]
specialist UpdateCourse {"course": {"name": "${course}", "description": "What a host may say, and what not."}, "updateMask": "description"}
analyst BatchGetCourses {"names": ["${course}"]}
  expect {"courses": [{"name": "${course}"}]}
analyst GetCourse {"name": "${course}"}
  expect {"passScore": 60, "validityMonths": 12}
analyst ListCourses {}
specialist CreateSession {"parent": "${course}", "sessionId": "trial", "session": {"date": "${today-2d}", "trainer": "Wu", "capacity": 5}}
specialist UpdateSession {"session": {"name": "${course}/sessions/trial", "trainer": "Ho Shu-fen"}, "updateMask": "trainer"}
specialist EnrollEmployee {"name": "${course}/sessions/trial", "employee": "${manager}"}
specialist CancelEnrollment {"name": "${course}/sessions/trial/enrollments/${manager:id}"}
specialist EnrollEmployee {"name": "${course}/sessions/trial", "employee": "${manager}"}
specialist RecordResult {"name": "${course}/sessions/trial", "employee": "${manager}", "attended": true, "score": 80}
  answer result
manager RevokeCertificate {"name": "${result.certificate}", "reason": "Recorded for somebody else"}
analyst GetCertificate {"name": "${result.certificate}"}
  expect {"state": "STATE_REVOKED", "employee": "${manager}"}
analyst BatchGetCertificates {"names": ["${result.certificate}"]}
specialist RecordResult {"name": "${course}/sessions/trial", "employee": "${manager}", "attended": true, "score": 80}
analyst ListCertificates {"filter": "employee = \"${manager}\""}
  expect {"certificates": [{"course": "${course}"}, {"course": "${course}"}]}
analyst GetSession {"name": "${course}/sessions/trial"}
  expect {"trainer": "Ho Shu-fen", "enrolledCount": 1}
analyst ListSessions {"parent": "${course}"}
analyst GetEnrollment {"name": "${course}/sessions/trial/enrollments/${manager:id}"}
  expect {"outcome": "OUTCOME_PASSED", "score": 80}
analyst ListEnrollments {"parent": "${course}/sessions/trial"}
  expect {"enrollments": [{"employee": "${manager}"}]}

[aside]
# Skills: what a position demands, and what somebody holds.
manager CreateSkill {"skillId": "hosting-${run}", "skill": {"title": "Hosting", "levels": ["With help", "Alone"]}}
manager UpdateSkill {"skill": {"name": "skills/hosting-${run}", "levels": ["With help", "Alone", "Teaches it"]}, "updateMask": "levels"}
analyst GetSkill {"name": "skills/hosting-${run}"}
  expect {"levels": ["With help", "Alone", "Teaches it"]}
analyst BatchGetSkills {"names": ["skills/hosting-${run}"]}
analyst ListSkills {}
manager CreateSkillAssessment {"skillAssessment": {"employee": "${specialist}", "skill": "skills/hosting-${run}", "level": 2,
  "evidence": "Three shows in May", "validFrom": "${today-3d}"}}
  answer assessment
specialist GetSkillAssessment {"name": "${assessment.name}"}
  expect {"state": "STATE_ATTESTED", "creator": "${manager}"}
specialist ListSkillAssessments {"filter": "employee = \"${specialist}\""}
specialist ComputeSkillGap {"name": "${specialist}"}
  expect {"met": true}
specialist ProposeTraining {"name": "${specialist}"}
manager RevokeSkillAssessment {"name": "${assessment.name}", "reason": "Recorded for somebody else"}
[]
