# Who works here: nobody else can be named where somebody has to answer for something (H1).

chapter Who works here | 誰在這裡工作

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
manager CreatePosition {"positionId": "colleague-${run}", "position": {"title": "Colleague", "responsibilities": ["Works beside the hosts."]}}
manager CreateEmployee {"employeeId": "${who:id}", "employee": {"displayName": "${called}", "position": "positions/colleague-${run}",
  "department": "${where}", "hireDate": "${today-400d}"}}
  each who,called,where ${analyst},Wu-Ting,data ${technician},Hsu-Kai,technology ${accountant},Kuo-Ming,finance ${engineer},Tsai-Wen,platform
