# Who works here, and what the work demands (H1).

chapter 3. People | 3. 人員

manager CreateCourse {"courseId": "${course:id}", "course": {"title": "Rules of live shows",
  "description": "What a host may say and must not.", "validityMonths": 12, "passScore": 60}}
manager CreatePosition {"positionId": "${position:id}", "position": {"title": "Host",
  "responsibilities": ["Presents the goods in live shows."], "roles": ["ROLE_OPERATIONS_SPECIALIST"], "requiredCourses": ["${course}"]}}
manager CreateEmployee {"employeeId": "${manager:id}", "employee": {"displayName": "Lin Mei-hua", "position": "${position}",
  "department": "operations", "hireDate": "${today-400d}"}}
manager CreateEmployee {"employeeId": "${specialist:id}", "employee": {"displayName": "Chen Yi-jun", "position": "${position}",
  "department": "operations", "hireDate": "${today-400d}"}}
  say The position “Host” demands the course “Rules of live shows”, whose certificate is valid for 12 months; Lin Mei-hua and Chen Yi-jun
    are employed. |
    職位「主持人」要求修習課程「直播規範」，證書效期 12 個月；林美華與陳怡君在職。

[aside]
manager UpdatePosition {"position": {"name": "${position}", "title": "Show host"}, "updateMask": "title"}
analyst GetPosition {"name": "${position}"}
  expect {"title": "Show host"}
analyst ListPositions {}
manager CreateEmployee {"employeeId": "ho-${run}", "employee": {"displayName": "Ho Shu-fen", "position": "${position}",
  "department": "operations", "hireDate": "${today-30d}"}}
manager UpdateEmployee {"employee": {"name": "employees/ho-${run}", "displayName": "Ho Shu-fen (trainer)"}, "updateMask": "displayName"}
manager RecordAbsence {"name": "employees/ho-${run}", "absence": {"startDate": "${today+5d}", "endDate": "${today+8d}"}}
manager CancelAbsence {"name": "employees/ho-${run}", "startDate": "${today+5d}"}
manager TerminateEmployee {"name": "employees/ho-${run}", "leaveDate": "${today+60d}"}
manager ReinstateEmployee {"name": "employees/ho-${run}"}
analyst GetEmployee {"name": "employees/ho-${run}"}
  expect {"displayName": "Ho Shu-fen (trainer)", "absences": []}
analyst ListEmployees {"filter": "position = \"${position}\""}
  expect {"employees": [{"name": "*"}, {"name": "*"}, {"name": "*"}]}
analyst personnel.ListEvents {"subject": "${specialist}"}
