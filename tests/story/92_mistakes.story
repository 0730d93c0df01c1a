# What was created by mistake goes again, as long as nothing refers to it.

[aside]
specialist CreateActivityTemplate {"activityTemplateId": "mistake-${run}", "activityTemplate": {"title": "Smal fair"}}
specialist DeleteActivityTemplate {"name": "activityTemplates/mistake-${run}"}
specialist DeleteActivityTemplate {"name": "${lanterns}"}
  refused STILL_REFERRED
manager CreateAbsenceKind {"absenceKindId": "mistake-${run}", "absenceKind": {"title": "Trainign"}}
manager DeleteAbsenceKind {"name": "absenceKinds/mistake-${run}"}
manager CreateCareerPath {"careerPathId": "mistake-${run}", "careerPath": {"title": "From guide to editro", "fromPosition": "positions/guide-${run}",
  "toPosition": "positions/editor-${run}"}}
manager DeleteCareerPath {"name": "careerPaths/mistake-${run}"}
manager CreateDuty {"dutyId": "mistake-${run}", "duty": {"title": "Opens the studoi"}}
manager DeleteDuty {"name": "duties/mistake-${run}"}
manager CreateHandbookDocument {"handbookDocumentId": "mistake-${run}", "handbookDocument": {"title": "What we were", "subject": "SUBJECT_CULTURE"}}
manager DeleteHandbookDocument {"name": "handbookDocuments/mistake-${run}"}
manager CreateRecruitmentChannel {"recruitmentChannelId": "mistake-${run}", "recruitmentChannel": {"title": "Job fiar"}}
manager DeleteRecruitmentChannel {"name": "recruitmentChannels/mistake-${run}"}
manager CreateRejectionReason {"rejectionReasonId": "mistake-${run}", "rejectionReason": {"title": "Works no knights", "side": "SIDE_PERSON"}}
manager DeleteRejectionReason {"name": "rejectionReasons/mistake-${run}"}
specialist CreateSession {"parent": "${course}", "sessionId": "mistake", "session": {"date": "${today+90d}", "trainer": "Wu", "capacity": 5}}
specialist DeleteSession {"name": "${course}/sessions/mistake"}
specialist DeleteSession {"name": "${course}/sessions/first"}
  refused STILL_REFERRED
manager CreateSkill {"skillId": "mistake-${run}", "skill": {"title": "Hostign", "levels": ["With help", "Alone"]}}
manager DeleteSkill {"name": "skills/mistake-${run}"}
manager CreateProjectType {"projectTypeId": "mistake-${run}", "projectType": {"title": "Fiar"}}
manager DeleteProjectType {"name": "projectTypes/mistake-${run}"}
specialist CreateResearchSubject {"researchSubjectId": "mistake-${run}", "researchSubject": {"kind": "KIND_COMPETITOR", "title": "Rival fiar"}}
specialist DeleteResearchSubject {"name": "researchSubjects/mistake-${run}"}
specialist CreateExpenseAccount {"expenseAccountId": "mistake-${run}", "expenseAccount": {"displayName": "Tarvel"}}
specialist DeleteExpenseAccount {"name": "expenseAccounts/mistake-${run}"}
specialist DeleteExpenseAccount {"name": "expenseAccounts/travel-${run}"}
  refused STILL_REFERRED
specialist DeleteCostCenter {"name": "costCenters/events-${run}"}
  refused STILL_REFERRED
manager CreateRiskType {"riskTypeId": "mistake-${run}", "riskType": {"category": "CATEGORY_OPERATIONAL", "title": "Whether"}}
manager DeleteRiskType {"name": "riskTypes/mistake-${run}"}
# What other services may have named is put away, and can be taken back.
manager CreateCalendar {"calendarId": "mistake-${run}", "calendar": {"title": "Night shfit"}}
manager ArchiveCalendar {"name": "calendars/mistake-${run}"}
  expect {"archived": true}
manager RestoreCalendar {"name": "calendars/mistake-${run}"}
manager ArchiveCalendar {"name": "calendars/default"}
  refused ALWAYS_NEEDED
specialist CreateCourse {"courseId": "mistake-${run}", "course": {"title": "Hostign"}}
specialist ArchiveCourse {"name": "courses/mistake-${run}"}
  expect {"archived": true}
manager CreatePosition {"positionId": "unheard-${run}", "position": {"title": "Host", "responsibilities": ["Hosts"], "requiredCourses": ["courses/mistake-${run}"]}}
  refused INVALID_FIELDS
specialist RestoreCourse {"name": "courses/mistake-${run}"}
specialist ArchiveCourse {"name": "${course}"}
  refused STILL_REFERRED
manager CreatePosition {"positionId": "mistake-${run}", "position": {"title": "Hots", "responsibilities": ["Hosts"]}}
manager ArchivePosition {"name": "positions/mistake-${run}"}
  expect {"archived": true}
manager RestorePosition {"name": "positions/mistake-${run}"}
manager ArchivePosition {"name": "positions/guide-${run}"}
  refused STILL_REFERRED
specialist CreateLocation {"locationId": "mistake-${run}", "location": {"displayName": "Celler", "kind": "KIND_STORE"}}
specialist ArchiveLocation {"name": "locations/mistake-${run}"}
  expect {"archived": true}
specialist RestoreLocation {"name": "locations/mistake-${run}"}
