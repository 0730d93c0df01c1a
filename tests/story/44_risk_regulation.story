# Rules of the law that change, and what they demand of what is planned (R1, W1).

[trouble]
specialist CreateProject {"projectId": "draw-${run}", "project": {"title": "A prize draw", "planPeriod": "${period}",
  "owner": "${specialist}", "startDate": "${today}", "endDate": "${today+20d}", "currencyCode": "${currency}"}}
specialist CreateRegulation {"regulationId": "draws-${run}", "regulation": {"title": "Fair prize draws", "jurisdiction": "TW",
  "source": "Gazette 12/2026", "textReference": "§ 4", "text": "Who draws prizes shows the odds.\nA draw has a witness.",
  "owner": "${analyst}", "publishDate": "${today-30d}", "effectiveDate": "${today+12d}",
  "applicability": {"subjects": ["projects/draw-${run}"]}}}
  answer regulation
  expect {"state": "STATE_PROPOSED", "version": 1}
  say ${specialist:title} registers a rule that is to come in twelve days: “${regulation.title}”. |
    ${specialist:title}登錄十二天後施行的法規：「${regulation.title}」。
analyst CreateObligation {"parent": "regulations/draws-${run}", "obligationId": "odds", "obligation": {"title": "Show the odds",
  "requirement": "The odds are on the page of the draw.", "evidenceDemand": "A picture of the page", "owner": "${specialist}",
  "dueDate": "${today+8d}"}}
  expect {"state": "STATE_ACTIVE", "requirementVersion": 1}
manager EnactRegulation {"name": "regulations/draws-${run}"}
  expect {"state": "STATE_ENACTED", "enactTime": "*"}
analyst ListObligationCases {"filter": "regulation = \"regulations/draws-${run}\""}
  within 60
  answer cases
  expect {"obligationCases": [{"subject": "projects/draw-${run}", "state": "STATE_OPEN", "owner": "${specialist}"}]}
  say What it demands is listed for the project that it binds; until somebody has confirmed it, nothing of the project goes live for days
    on which the rule is in force. |
    系統為受拘束的專案列出義務；經他人確認之前，專案的活動不得於法規生效之日上線。
analyst SummarizeRisks {"subjects": ["projects/draw-${run}"], "untilTime": "${now+20d}"}
  expect {"blocking": true, "obligations": [{"blocking": true, "title": "Show the odds"}]}
specialist FulfillObligationCase {"name": "${cases.obligationCases.0.name}", "evidence": "Picture 7"}
  expect {"state": "STATE_FULFILLED"}
specialist ConfirmObligationCase {"name": "${cases.obligationCases.0.name}"}
  refused OWN_WORK
  say ${specialist:title} tries to confirm it alone | ${specialist:title}想自行確認
analyst ConfirmObligationCase {"name": "${cases.obligationCases.0.name}"}
  expect {"state": "STATE_CONFIRMED", "confirmer": "${analyst}"}
  say ${analyst:title} confirms that the odds are shown. | ${analyst:title}確認已揭示中獎機率。
analyst SummarizeRisks {"subjects": ["projects/draw-${run}"], "untilTime": "${now+20d}"}
  expect {"blocking": false, "obligations": []}

[aside]
analyst ReopenObligationCase {"name": "${cases.obligationCases.0.name}", "reason": "Another page"}
  expect {"state": "STATE_OPEN", "evidence": ""}
analyst GetObligationCase {"name": "${cases.obligationCases.0.name}"}
  expect {"stateReason": "Another page"}
analyst GetRegulation {"name": "regulations/draws-${run}"}
analyst ListRegulations {"filter": "state = STATE_ENACTED"}
analyst ComputeAffectedSubjects {"name": "regulations/draws-${run}"}
  expect {"count": 1, "subjects": [{"subject": "projects/draw-${run}", "openCount": 1}]}
specialist UpdateRegulation {"regulation": {"name": "regulations/draws-${run}", "text": "Who draws prizes shows the odds.\nA draw has two witnesses.",
  "revisionNote": "The committee wants two"}, "updateMask": "text,revisionNote"}
  expect {"version": 2}
analyst ListRegulationVersions {"parent": "regulations/draws-${run}"}
  answer versions
analyst GetRegulationVersion {"name": "${versions.regulationVersions.0.name}"}
  expect {"version": 1}
analyst CompareRegulationVersions {"name": "regulations/draws-${run}/versions/0002"}
  expect {"removedCount": 1, "addedCount": 1, "lines": [{"kind": "KIND_SAME"}, {"kind": "KIND_REMOVED"}, {"kind": "KIND_ADDED"}]}
analyst GetObligation {"name": "regulations/draws-${run}/obligations/odds"}
analyst ListObligations {"parent": "regulations/draws-${run}"}
analyst UpdateObligation {"obligation": {"name": "regulations/draws-${run}/obligations/odds", "requirement": "The odds are on each page."},
  "updateMask": "requirement"}
  expect {"requirementVersion": 2}
specialist CreateSubjectScope {"subjectScopeId": "draw-${run}", "subjectScope": {"subject": "projects/draw-${run}", "markets": ["TW"]}}
specialist UpdateSubjectScope {"subjectScope": {"name": "subjectScopes/draw-${run}", "categories": ["lottery"]}, "updateMask": "categories"}
  expect {"markets": ["TW"]}
analyst GetSubjectScope {"name": "subjectScopes/draw-${run}"}
analyst ListSubjectScopes {"filter": "subject = \"projects/draw-${run}\""}
specialist DeleteSubjectScope {"name": "subjectScopes/draw-${run}"}
specialist CreateObligation {"parent": "regulations/draws-${run}", "obligationId": "mistake", "obligation": {"title": "Show the odds",
  "requirement": "Twice", "evidenceDemand": "Two pictures", "owner": "${specialist}", "dueDate": "${today+8d}"}}
manager DeleteObligation {"name": "regulations/draws-${run}/obligations/mistake"}
manager RetireObligation {"name": "regulations/draws-${run}/obligations/odds", "reason": "It is in the terms of the platform"}
  expect {"state": "STATE_RETIRED"}
manager RepealRegulation {"name": "regulations/draws-${run}", "reason": "It was taken back"}
  expect {"state": "STATE_REPEALED", "repealDate": "*"}
specialist CreateRegulation {"regulationId": "mistake-${run}", "regulation": {"title": "Nothing", "jurisdiction": "TW", "source": "Hearsay",
  "text": "Nothing", "owner": "${analyst}", "applicability": {"everything": true}}}
manager DeleteRegulation {"name": "regulations/mistake-${run}"}
manager CancelProject {"name": "projects/draw-${run}", "reason": "No draw this year"}
[]
