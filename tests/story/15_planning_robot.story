# Chat robots and webhooks: what they carry, where they lead, and what was sent (C2).

[aside]
manager CreateRobot {"robotId": "group-${run}", "robot": {"title": "Group of the analysts", "kind": "KIND_DINGTALK", "owner": "${specialist}",
  "department": "operations", "fromUrgency": "URGENCY_HIGH"}}
  expect {"state": "STATE_DISABLED"}
manager EnableRobot {"name": "robots/group-${run}"}
  refused NO_ADDRESS
engineer SetRobotAddress {"name": "robots/group-${run}", "address": "https://10.1.2.3/robot/send?access_token=secret", "secret": "SECsecret"}
  refused INVALID_FIELDS
engineer SetRobotAddress {"name": "robots/group-${run}", "address": "https://oapi.dingtalk.com/robot/send?access_token=none-0000", "secret": "SECsecret"}
  expect {"state": "STATE_ENABLED", "addressShown": "oapi.dingtalk.com …0000"}
manager DisableRobot {"name": "robots/group-${run}", "reason": "Nobody reads it at present"}
  expect {"state": "STATE_DISABLED"}
manager EnableRobot {"name": "robots/group-${run}"}
  expect {"state": "STATE_ENABLED"}
manager DisableRobot {"name": "robots/group-${run}", "reason": "The analysts first"}
manager UpdateRobot {"robot": {"name": "robots/group-${run}", "people": ["${analyst}"], "fromUrgency": "URGENCY_CRITICAL"}, "updateMask": "people,fromUrgency"}

manager UpdateRobot {"robot": {"name": "robots/group-${run}", "format": "FORMAT_MARKDOWN"}, "updateMask": "format"}
  expect {"format": "FORMAT_MARKDOWN"}
engineer SetRobotMention {"name": "robots/group-${run}", "person": "${specialist}", "providerId": "chen"}
  refused INVALID_FIELDS
engineer SetRobotMention {"name": "robots/group-${run}", "person": "${analyst}", "providerId": "wu.ting-07"}
  expect {"mentionedPeople": ["${analyst}"], "mentionIds": ""}

# A critical notice waits for the robot, which is disabled; its end makes it dead.
specialist CreateUrgentCall {"urgentCallId": "lights-${run}", "urgentCall": {"text": "The lights are out", "person": "${analyst}"}}
engineer planning.ListDeliveries {"parent": "robots/group-${run}"}
  answer carried
  within 5
  expect {"deliveries": [{"state": "STATE_WAITING", "recipient": "${analyst}"}]}
engineer planning.GetDelivery {"name": "${carried.deliveries.0.name}"}
engineer planning.ListDeliveryAttempts {"parent": "robots/group-${run}"}
engineer GetDeliveryAttempt {"name": "robots/group-${run}/deliveryAttempts/none"}
  refused NOT_FOUND
engineer ResendDelivery {"name": "${carried.deliveries.0.name}"}
  refused ILLEGAL_TRANSITION
engineer ResendDeliveries {"parent": "robots/group-${run}"}
specialist CloseUrgentCall {"name": "urgentCalls/lights-${run}", "outcome": "They are on again"}
engineer GetRobot {"name": "robots/group-${run}"}
engineer ListRobots {"filter": "state = STATE_DISABLED"}
manager EndRobot {"name": "robots/group-${run}", "reason": "The group is gone"}
  expect {"state": "STATE_ENDED"}

# What is known of providers.
engineer GetRobotPolicy {"name": "robotPolicies/shipped"}
  expect {"backoff": ["5s", "30s", "120s", "600s", "1800s", "7200s", "21600s", "43200s"]}
engineer ListRobotPolicies {"filter": "state = STATE_PUBLISHED"}
engineer CreateRobotPolicy {"robotPolicyId": "two-${run}", "robotPolicy": {"reason": "Twice", "backoff": ["5s"], "disableAfter": "3600s", "keepDays": 30,
  "providers": [{"kind": "KIND_WECOM", "maxBytes": 2048}, {"kind": "KIND_WECOM", "maxBytes": 2048}]}}
  refused INVALID_FIELDS
engineer CreateRobotPolicy {"robotPolicyId": "one-${run}", "robotPolicy": {"reason": "WeCom alone", "backoff": ["5s"], "disableAfter": "3600s", "keepDays": 30,
  "providers": [{"kind": "KIND_WECOM", "maxBytes": 2048}]}}
engineer UpdateRobotPolicy {"robotPolicy": {"name": "robotPolicies/one-${run}", "keepDays": 60}, "updateMask": "keepDays"}
engineer DeleteRobotPolicy {"name": "robotPolicies/one-${run}"}
engineer PublishRobotPolicy {"name": "robotPolicies/shipped"}
  refused ILLEGAL_TRANSITION
engineer CreateRobotPolicy {"robotPolicyId": "next-${run}", "robotPolicy": {"reason": "WeCom alone", "backoff": ["5s"], "disableAfter": "3600s", "keepDays": 30,
  "providers": [{"kind": "KIND_WECOM", "maxBytes": 2048}]}}
engineer PublishRobotPolicy {"name": "robotPolicies/next-${run}"}
  expect {"state": "STATE_PUBLISHED"}
