# What the analyst has to see to today, in one answer of all services (C2, W12).

[aside]
analyst GetDesk {}
  expect {"employee": "${analyst}", "date": "*", "computeTime": "*", "missing": []}
