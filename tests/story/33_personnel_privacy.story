# For how long people's data is held, and how it ends (H2).

[aside]
person second MANAGER employees/liu-an-${run}
  title Liu An, operations manager, | 營運經理劉安
analyst GetRetentionPolicy {"name": "retentionPolicies/default"}
  expect {"state": "STATE_PUBLISHED", "version": 1}
analyst ListRetentionPolicies {"filter": "state = STATE_PUBLISHED"}
manager CreateRetentionPolicy {"retentionPolicyId": "longer-${run}", "retentionPolicy": {"reason": "As the lawyers ask",
  "terms": [{"purpose": "employment", "days": 1827}, {"purpose": "recruitment", "days": 365}, {"purpose": "talent_pool"}]}}
manager UpdateRetentionPolicy {"retentionPolicy": {"name": "retentionPolicies/longer-${run}", "reason": "As the lawyers ask, a year"}, "updateMask": "reason"}
manager PublishRetentionPolicy {"name": "retentionPolicies/longer-${run}"}
  expect {"state": "STATE_PUBLISHED"}
manager CreateRetentionPolicy {"retentionPolicyId": "mistake-${run}", "retentionPolicy": {"reason": "A mistake",
  "terms": [{"purpose": "employment", "days": 1}]}}
manager DeleteRetentionPolicy {"name": "retentionPolicies/mistake-${run}"}
manager CreateEmployee {"employeeId": "gu-${run}", "employee": {"displayName": "Gu Wen-hao", "position": "${position}",
  "department": "operations", "hireDate": "${today-900d}"}}
manager CreatePersonalFile {"personalFileId": "gu-${run}", "personalFile": {"person": "employees/gu-${run}"}}
  expect {"state": "STATE_HELD"}
manager ProposeErasure {"name": "personalFiles/gu-${run}", "reason": "Asked for by letter"}
  refused PURPOSE_LASTS
manager TerminateEmployee {"name": "employees/gu-${run}", "leaveDate": "${today-10d}"}
manager RecordConsent {"name": "personalFiles/gu-${run}", "endDate": "${today+30d}"}
manager PlaceLegalHold {"name": "personalFiles/gu-${run}", "reason": "Overtime is in dispute", "endDate": "${today+100d}"}
manager ProposeErasure {"name": "personalFiles/gu-${run}", "reason": "Asked for by letter"}
  refused UNDER_LEGAL_HOLD
manager LiftLegalHold {"name": "personalFiles/gu-${run}"}
manager ProposeErasure {"name": "personalFiles/gu-${run}", "reason": "Asked for by letter"}
  expect {"state": "STATE_ERASURE_PROPOSED"}
manager ApproveErasure {"name": "personalFiles/gu-${run}"}
  refused OWN_PROPOSAL
second RejectErasure {"name": "personalFiles/gu-${run}"}
  expect {"state": "STATE_HELD"}
manager ExportPerson {"person": "employees/gu-${run}"}
  expect {"resources": [{"name": "employees/gu-${run}"}, {"name": "handovers/gu-${run}"}, {"name": "personalFiles/gu-${run}"}]}
manager ProposeErasure {"name": "personalFiles/gu-${run}", "reason": "Asked for once more"}
second ApproveErasure {"name": "personalFiles/gu-${run}"}
  expect {"state": "STATE_ERASED", "approver": "employees/liu-an-${run}"}
manager GetPersonalFile {"name": "personalFiles/gu-${run}"}
  expect {"state": "STATE_ERASED"}
manager ListPersonalFiles {"filter": "person = \"employees/gu-${run}\""}
[]
