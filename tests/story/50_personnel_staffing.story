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
manager DecideStaffingGap {"name": "${gaps.staffingGaps.0.name}", "decision": "DECISION_TRAIN", "reason": "There is a session after all"}
  expect {"state": "STATE_TRAINING", "decider": "${manager}"}
[]
