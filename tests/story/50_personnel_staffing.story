# The host of the activity is not qualified: personnel has heard of it (W9).

[aside]
manager ListStaffingGaps {"filter": "subject = \"${activity}\""}
  answer gaps
  expect {"staffingGaps": [{"state": "STATE_OPEN", "requester": "${specialist}", "requiredCount": 1,
    "shortfalls": [{"employee": "${specialist}", "disqualifications": [{"course": "${course}"}]}]}]}
specialist GetStaffingGap {"name": "${gaps.staffingGaps.0.name}"}
analyst GetStaffingGap {"name": "${gaps.staffingGaps.0.name}"}
  refused NOT_FOUND
specialist ProposeStaffing {"name": "${gaps.staffingGaps.0.name}"}
  expect {"missingCount": 1, "trainableCount": 0, "hireCount": 1, "trainees": [{"obstacle": "OBSTACLE_NO_SESSION"}]}
manager AcceptStaffingGap {"name": "${gaps.staffingGaps.0.name}", "reason": "A session is being arranged", "acceptUntil": "${today+1d}"}
  expect {"state": "STATE_ACCEPTED"}
manager DecideStaffingGap {"name": "${gaps.staffingGaps.0.name}", "decision": "DECISION_TRAIN", "reason": "There may be a session"}
  refused NOBODY_TRAINABLE
manager DecideStaffingGap {"name": "${gaps.staffingGaps.0.name}", "decision": "DECISION_HIRE", "reason": "Somebody else could host",
  "requisition": {"position": "${position}", "department": "operations", "requirements": "Has hosted before.",
  "budget": "budgets/people-${run}", "seatAmountMinor": "100000", "expireTime": "${now+30d}"}}
  answer hiring
  expect {"state": "STATE_HIRING", "requisition": "*", "decider": "${manager}"}
manager GetRequisition {"name": "${hiring.requisition}"}
  expect {"state": "STATE_PENDING", "ground": "GROUND_GAP", "seats": 1, "staffingGap": "${hiring.name}", "position": "${position}"}
manager CancelRequisition {"name": "${hiring.requisition}", "reason": "The specialist learns it after all"}
[]
