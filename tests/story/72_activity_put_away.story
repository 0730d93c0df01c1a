# Put away with its data and documents, an activity can be read and held against what is known later (A4).

[aside]
specialist CreateActivityDocument {"parent": "${activity}", "activityDocumentId": "poster", "activityDocument": {"title": "The poster",
  "mediaType": "application/pdf", "sizeBytes": 482113, "sha256": "${activity:sha256}", "place": "https://files.example/fair/poster.pdf"}}
specialist CreateActivityDocument {"parent": "${activity}", "activityDocumentId": "draft", "activityDocument": {"title": "A draft",
  "mediaType": "application/pdf", "sizeBytes": 1, "sha256": "${activity:sha256}", "place": "https://files.example/fair/draft.pdf"}}
specialist DeleteActivityDocument {"name": "${activity}/documents/draft"}
analyst GetActivityDocument {"name": "${activity}/documents/poster"}
  expect {"creator": "${specialist}"}
analyst ListActivityDocuments {"parent": "${activity}"}
  expect {"activityDocuments": [{"title": "The poster"}]}
manager ArchiveActivity {"name": "${activity}"}
  refused MISSES_UNEXPLAINED
manager ArchiveActivity {"name": "${activity}", "explanations": [{"measure": "MEASURE_CONVERSION_RATE",
  "explanation": "The invitation did not show the price."}]}
  expect {"state": "STATE_ARCHIVED"}
analyst ListActivityArchives {"parent": "${activity}"}
  answer archives
  expect {"activityArchives": [{"manifestDigest": "*", "creator": "${manager}"}]}
analyst GetActivityArchive {"name": "${archives.activityArchives.0.name}"}
  expect {"explanations": [{"measure": "MEASURE_CONVERSION_RATE"}]}
analyst ReadArchivePart {"name": "${archives.activityArchives.0.name}", "part": "launches"}
  expect {"mediaType": "application/json", "content": "*"}
analyst VerifyArchive {"name": "${archives.activityArchives.0.name}"}
  expect {"intact": true}
analyst CompareArchive {"name": "${archives.activityArchives.0.name}"}
analyst CompareActivities {"activities": ["${activity}", "activities/next-fair-${run}"]}
  refused NOT_REVIEWED
