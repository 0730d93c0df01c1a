# The headcount plan has a place that is not filled yet: a gap for as long (W9, H2).

[aside]
manager ListStaffingGaps {"filter": "subject = \"headcountPlans/editors-${run}\""}
  answer planned
  expect {"staffingGaps": [{"state": "STATE_OPEN", "source": "SOURCE_HEADCOUNT_PLAN", "position": "positions/editor-${run}",
    "department": "operations", "requester": "${specialist}", "requiredCount": 1, "qualifiedCount": 0, "endDate": "${today+19d}"}]}
analyst ComputeStaffFigure {"figure": "STAFF_FIGURE_VACANCIES", "department": "operations"}
  expect {"value": "*", "whole": "*", "time": "*"}
analyst ComputeStaffFigure {"figure": "STAFF_FIGURE_MISSING_CERTIFICATES"}
  expect {"date": "*"}
manager ProposeStaffing {"name": "${planned.staffingGaps.0.name}"}
  expect {"missingCount": 1, "inProgressCount": 1, "hireCount": 0}
[]
