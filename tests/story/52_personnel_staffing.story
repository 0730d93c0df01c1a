# The certificate has closed the gap (W9).

[aside]
manager ListStaffingGaps {"filter": "subject = \"${activity}\""}
  expect {"staffingGaps": [{"state": "STATE_CLOSED", "closing": "CLOSING_QUALIFIED", "qualifiedCount": 1}]}
[]
