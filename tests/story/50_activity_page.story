# The pages that an activity lives by, and what may be asked for at all (A2).

[aside]
let pages activities/fair-pages-${run}
specialist CreateActivity {"activityId": "${pages:id}", "activity": {"title": "Winter fair, on the web", "project": "${project}",
  "scheme": "${scheme}", "owner": "${specialist}", "startTime": "${now+1d}", "endTime": "${now+2d}", "timeZone": "Asia/Taipei"}}
# Nothing is asked that nobody allowed.
specialist CreatePage {"parent": "${pages}", "pageId": "shop", "page": {"title": "Shop", "url": "http://fair-${run}.localhost:9/winter",
  "lookInterval": "10s", "timeout": "5s", "failuresToDown": 1, "successesToUp": 1, "requirement": "REQUIREMENT_BEFORE_LAUNCH"}}
  refused INVALID_FIELDS
manager CreateAllowedHost {"allowedHostId": "fair-${run}", "allowedHost": {"host": "127.0.0.1", "schemes": ["SCHEME_HTTP"], "ports": [9],
  "reason": "The fair's page."}}
  refused PERMISSION_DENIED
engineer CreateAllowedHost {"allowedHostId": "fair-${run}", "allowedHost": {"host": "127.0.0.1", "schemes": ["SCHEME_HTTP"],
  "ports": [8, 9], "reason": "The fair's page."}}
engineer UpdateAllowedHost {"allowedHost": {"name": "allowedHosts/fair-${run}", "ports": [9]}, "updateMask": "ports"}
analyst GetAllowedHost {"name": "allowedHosts/fair-${run}"}
  expect {"host": "127.0.0.1", "ports": [9], "privateRanges": []}
analyst ListAllowedHosts {"filter": "name = \"allowedHosts/fair-${run}\""}
  expect {"allowedHosts": [{"name": "*"}]}
# Its host is allowed, and leads inside, which is not: it is never asked for.
specialist CreatePage {"parent": "${pages}", "pageId": "shop", "page": {"title": "Shop", "url": "http://127.0.0.1:9/winter",
  "checks": [{"text": "Winter fair"}], "lookInterval": "10s", "timeout": "5s", "failuresToDown": 1, "successesToUp": 1,
  "requirement": "REQUIREMENT_BEFORE_LAUNCH"}}
  expect {"state": "STATE_UNKNOWN"}
analyst GetPage {"name": "${pages}/pages/shop"}
  expect {"state": "STATE_DOWN", "cause": "CAUSE_BLOCKED", "lastLook": {"cause": "CAUSE_BLOCKED", "lookTime": "*"}}
  within 30
analyst ListPages {"parent": "${pages}", "filter": "state = STATE_DOWN"}
  expect {"pages": [{"name": "${pages}/pages/shop"}]}
specialist LookAtPage {"name": "${pages}/pages/shop"}
manager EvaluateLaunchGate {"name": "${pages}"}
  answer pagesGate
analyst GetPageAvailability {"name": "${pages}/pages/shop"}
  expect {"page": "${pages}/pages/shop", "startTime": "*"}
specialist UpdatePage {"page": {"name": "${pages}/pages/shop", "title": "The shop"}, "updateMask": "title"}
specialist DeletePage {"name": "${pages}/pages/shop"}
engineer DeleteAllowedHost {"name": "allowedHosts/fair-${run}"}
manager CancelActivity {"name": "${pages}", "reason": "It was only about its pages."}
[]
