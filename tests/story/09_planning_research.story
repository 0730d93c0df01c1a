# What is known of the market, who collects it, and by which numbers plans are judged (P1).

[aside]
specialist CreateResearchItem {"researchItemId": "shows-${run}", "researchItem": {"kind": "KIND_TREND",
  "statement": "直播購物的市場趨勢 ${run}：觀眾成長兩成", "publisher": "Digital Times", "author": "M. Tang",
  "address": "https://news.example/${run}/shows", "publishDate": "${today-10d}", "collectDate": "${today-2d}",
  "lastValidDate": "${today+60d}", "reliability": "RELIABILITY_B", "credibility": 2}}
  expect {"state": "STATE_DRAFT", "confidence": "CONFIDENCE_HIGH", "planningPolicy": "planningPolicies/shipped", "revision": 1}
technician CreateResearchItem {"researchItemId": "again-${run}", "researchItem": {"kind": "KIND_TREND", "statement": "The same page",
  "publisher": "Digital Times", "address": "HTTPS://news.example/${run}/shows#top", "collectDate": "${today}", "lastValidDate": "${today}",
  "reliability": "RELIABILITY_C", "credibility": 3}}
  refused RESEARCH_KNOWN
technician UpdateResearchItem {"researchItem": {"name": "researchItems/shows-${run}", "credibility": 1}, "updateMask": "credibility"}
  refused NOT_YOUR_DRAFT
analyst UpdateResearchItem {"researchItem": {"name": "researchItems/shows-${run}", "credibility": 3}, "updateMask": "credibility"}
  expect {"confidence": "CONFIDENCE_MEDIUM"}
analyst PublishResearchItem {"name": "researchItems/shows-${run}"}
  expect {"state": "STATE_PUBLISHED", "releaser": "${analyst}"}
analyst CreateResearchItem {"researchItemId": "shows-2-${run}", "researchItem": {"kind": "KIND_TREND", "corrects": "researchItems/shows-${run}",
  "statement": "直播購物的市場趨勢 ${run}：觀眾成長一成", "publisher": "Digital Times", "collectDate": "${today}",
  "lastValidDate": "${today+60d}", "reliability": "RELIABILITY_B", "credibility": 2}}
  expect {"revision": 2, "firstRevision": "researchItems/shows-${run}"}
analyst PublishResearchItem {"name": "researchItems/shows-2-${run}"}
analyst BatchGetResearchItems {"names": ["researchItems/shows-${run}"]}
  expect {"researchItems": [{"name": "researchItems/shows-${run}"}]}
analyst GetResearchItem {"name": "researchItems/shows-${run}"}
  expect {"state": "STATE_SUPERSEDED", "supersededBy": "researchItems/shows-2-${run}"}
technician CreateResearchItem {"researchItemId": "rumour-${run}", "researchItem": {"kind": "KIND_USER_NEED", "statement": "Heard in the shop ${run}",
  "publisher": "The shop", "collectDate": "${today}", "lastValidDate": "${today}", "reliability": "RELIABILITY_F", "credibility": 1}}
  expect {"confidence": "CONFIDENCE_LOW"}
technician DeleteResearchItem {"name": "researchItems/rumour-${run}"}
technician SearchResearchItems {"query": "市場趨勢 ${run}", "kind": "KIND_TREND"}
  expect {"researchItems": [{"name": "researchItems/shows-2-${run}"}]}
analyst ListResearchItems {"filter": "first_revision = \"researchItems/shows-${run}\""}
  expect {"researchItems": [{"revision": 2}, {"revision": 1}]}
specialist ImportResearchItems {"content": "kind,statement,publisher,collect_date,last_valid_date,reliability,credibility\nCOMPETITOR,Rival ${run} opens a shop,Daily,${today},${today+90d},A,1\nTREND,直播購物的市場趨勢 ${run}：觀眾成長一成,Daily,${today},${today},A,1\n", "dryRun": true}
  expect {"filed": 1, "rows": [{"line": 2}, {"line": 3, "known": true}]}
specialist ImportResearchItems {"content": "kind,statement,publisher,collect_date,last_valid_date,reliability,credibility\nCOMPETITOR,Rival ${run} opens a shop,Daily,${today},${today+90d},A,1\n"}
  answer imported
  expect {"filed": 1, "rows": [{"researchItem": "*"}]}
specialist PublishResearchItem {"name": "${imported.rows.0.researchItem}"}
specialist ImportResearchItems {"content": "kind,statement,publisher,collect_date,last_valid_date,reliability,credibility\nGOSSIP,,Daily,${today},${today},A,1\n"}
  expect {"defects": [{"line": 2, "column": 1, "reason": "CELL_EMPTY"}, {"line": 2, "column": 1, "reason": "CELL_UNREADABLE"}]}

# Competitors side by side.
specialist CreateResearchSubject {"researchSubjectId": "rival-${run}", "researchSubject": {"kind": "KIND_COMPETITOR", "title": "Rival fair"}}
specialist CreateResearchSubject {"researchSubjectId": "bazaar-${run}", "researchSubject": {"kind": "KIND_COMPETITOR", "title": "Bazaar"}}
analyst UpdateResearchSubject {"researchSubject": {"name": "researchSubjects/rival-${run}", "description": "Opens in March"}, "updateMask": "description"}
technician CreateObservation {"parent": "researchSubjects/rival-${run}", "observationId": "price", "observation": {"attribute": "ticket",
  "number": 200, "unit": "TWD", "source": "Its page", "observeDate": "${today-3d}", "lastValidDate": "${today+30d}"}}
analyst GetObservation {"name": "researchSubjects/rival-${run}/observations/price"}
  expect {"number": 200}
analyst ListObservations {"parent": "researchSubjects/rival-${run}"}
  expect {"observations": [{"attribute": "ticket"}]}
analyst GetResearchSubject {"name": "researchSubjects/rival-${run}"}
  expect {"description": "Opens in March"}
analyst ListResearchSubjects {"filter": "kind = KIND_COMPETITOR"}
analyst CompareResearchSubjects {"subjects": ["researchSubjects/rival-${run}", "researchSubjects/bazaar-${run}"]}
  expect {"attributes": [{"attribute": "ticket", "values": [{"outcome": "OUTCOME_VALID", "ageDays": 3, "observation": {"number": 200}},
    {"outcome": "OUTCOME_MISSING"}]}], "asOf": "*"}

# Who collects, again and again.
specialist CreateCollectionDuty {"collectionDutyId": "news-${run}", "collectionDuty": {"topic": "News of live shows", "owner": "${specialist}",
  "deputy": "${analyst}", "recurrence": {"frequency": "FREQUENCY_MONTHLY", "workday": -1}, "startDate": "${month-2mo}", "itemsWanted": 1}}
  expect {"state": "STATE_ACTIVE", "calendar": "calendars/default"}
specialist UpdateCollectionDuty {"collectionDuty": {"name": "collectionDuties/news-${run}", "topic": "News of live shows and fairs"},
  "updateMask": "topic"}
analyst ListCollectionRounds {"parent": "collectionDuties/news-${run}", "filter": "due_date < \"${month}\"", "orderBy": "due_date"}
  within 60
  answer rounds
  expect {"collectionRounds": [{"state": "STATE_OPEN", "planDuty": "*"}, {"state": "STATE_OPEN"}]}
analyst ListPlanDuties {"filter": "subject = \"${rounds.collectionRounds.0.name}\" AND state = STATE_OPEN"}
  expect {"planDuties": [{"owner": "${specialist}", "kind": "KIND_COLLECTION"}]}
analyst GetPlanDuty {"name": "${rounds.collectionRounds.1.planDuty}"}
  expect {"subject": "${rounds.collectionRounds.1.name}"}
specialist FulfillCollectionRound {"name": "${rounds.collectionRounds.0.name}", "items": ["researchItems/shows-2-${run}"]}
  expect {"state": "STATE_FULFILLED", "fulfiller": "${specialist}"}
specialist FulfillCollectionRound {"name": "${rounds.collectionRounds.1.name}", "nothingNew": "Three papers read, nothing about fairs."}
analyst GetCollectionRound {"name": "${rounds.collectionRounds.1.name}"}
  expect {"state": "STATE_FULFILLED"}
analyst GetCollectionDuty {"name": "collectionDuties/news-${run}"}
  expect {"roundsUntil": "*"}
analyst ListCollectionDuties {"filter": "owner = \"${specialist}\""}
specialist EndCollectionDuty {"name": "collectionDuties/news-${run}", "reason": "The fair is over"}
  expect {"state": "STATE_ENDED"}

# By which numbers.
manager GetPlanningPolicy {"name": "planningPolicies/shipped"}
  answer numbers
  expect {"evidencePerProject": 1}
manager CreatePlanningPolicy {"planningPolicyId": "calm-${run}", "planningPolicy": {"reason": "Reminders later",
  "confidenceTable": "${numbers.confidenceTable}", "evidencePerProject": 1, "reaffirmDays": 90, "flagDays": 5, "roundLeadDays": 3,
  "escalationDays": [2, 5], "similarPercent": 40}}
manager UpdatePlanningPolicy {"planningPolicy": {"name": "planningPolicies/calm-${run}", "flagDays": 4}, "updateMask": "flagDays"}
manager PublishPlanningPolicy {"name": "planningPolicies/calm-${run}"}
  expect {"state": "STATE_PUBLISHED", "version": "*"}
manager CreatePlanningPolicy {"planningPolicyId": "mistake-${run}", "planningPolicy": {"reason": "A mistake",
  "confidenceTable": "${numbers.confidenceTable}", "reaffirmDays": 1, "flagDays": 1, "similarPercent": 100}}
manager DeletePlanningPolicy {"name": "planningPolicies/mistake-${run}"}
analyst ListPlanningPolicies {"filter": "state = STATE_PUBLISHED"}
