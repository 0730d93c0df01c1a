# A month of guides, who have two leaders one after the other, is appraised: schemes, reviews, ratings, closing and what comes after
# (H4–H6, W10).

[aside]
person guidesLeader SPECIALIST employees/yu-${run}
  title Yu Wei, who leads the guides, | 導覽組長余薇
person guide SPECIALIST employees/ma-${run}
  title Ma Li, guide, | 導覽員馬莉
person guidesSecond SPECIALIST employees/zhou-${run}
  title Zhou Lin, who leads them later, | 後任組長周琳
person guideTwo SPECIALIST employees/mb-${run}
  title Mo Bin, guide, | 導覽員莫斌
person guideThree SPECIALIST employees/mc-${run}
  title Mei Chen, guide, | 導覽員梅辰
person guidesDirector MANAGER employees/wen-${run}
  title Wen Ya, director, | 總監溫雅
let guides positions/guide-${run}
manager CreatePosition {"positionId": "guide-${run}", "position": {"title": "Guide", "responsibilities": ["Shows people around."]}}
manager CreateEmployee {"employeeId": "yu-${run}", "employee": {"displayName": "Yu Wei", "position": "${guides}",
  "department": "guides-${run}", "hireDate": "${today-400d}"}}
manager CreateEmployee {"employeeId": "ma-${run}", "employee": {"displayName": "Ma Li", "position": "${guides}",
  "department": "guides-${run}", "hireDate": "${today-400d}", "superior": "employees/yu-${run}"}}
manager CreateEmployee {"employeeId": "zhou-${run}", "employee": {"displayName": "Zhou Lin", "position": "${position}",
  "department": "guides-${run}", "hireDate": "${today-400d}"}}
manager CreateEmployee {"employeeId": "mb-${run}", "employee": {"displayName": "Mo Bin", "position": "${guides}",
  "department": "guides-${run}", "hireDate": "${today-400d}", "superior": "employees/yu-${run}"}}
manager CreateEmployee {"employeeId": "mc-${run}", "employee": {"displayName": "Mei Chen", "position": "${guides}",
  "department": "guides-${run}", "hireDate": "${today-400d}", "superior": "employees/yu-${run}"}}
let then ${month-1mo+14d}
manager TransferEmployee {"name": "employees/ma-${run}", "startDate": "${then}", "position": "${guides}",
  "department": "guides-${run}", "superior": "employees/zhou-${run}"}
manager TransferEmployee {"name": "employees/mb-${run}", "startDate": "${then}", "position": "${guides}",
  "department": "guides-${run}", "superior": "employees/zhou-${run}"}
manager TransferEmployee {"name": "employees/mc-${run}", "startDate": "${then}", "position": "${guides}",
  "department": "guides-${run}", "superior": "employees/zhou-${run}"}

# What they are appraised by.
manager CreateAppraisalScheme {"parent": "${guides}", "appraisalSchemeId": "mistake", "appraisalScheme": {"reason": "Results alone",
  "indicators": [{"id": "certificates", "title": "Certificates", "kind": "KIND_RESULTS", "weight": 9000,
    "measure": {"source": "SOURCE_CERTIFICATES", "curve": [{"figure": "1", "points": 6000}, {"figure": "0", "points": 9000}]}}]}}
  refused INVALID_FIELDS
let indicators [{"id": "certificates", "title": "Certificates", "kind": "KIND_RESULTS", "weight": 6000,
    "measure": {"source": "SOURCE_CERTIFICATES", "curve": [{"figure": "0", "points": 6000}, {"figure": "2", "points": 10000}]}},
  {"id": "care", "title": "Care", "kind": "KIND_ATTITUDE", "weight": 2000,
    "levels": [{"anchor": "Arrives late.", "points": 4000}, {"anchor": "Prepares each tour.", "points": 9000}]},
  {"id": "help", "title": "Help", "kind": "KIND_TEAMWORK", "weight": 2000,
    "levels": [{"anchor": "Works alone.", "points": 4000}, {"anchor": "Takes over for others.", "points": 8000}]}]
manager CreateAppraisalScheme {"parent": "${guides}", "appraisalSchemeId": "first", "appraisalScheme": {"reason": "Guides",
  "indicators": "${indicators}"}}
manager UpdateAppraisalScheme {"appraisalScheme": {"name": "${guides}/appraisalSchemes/first", "reason": "Guides, as agreed"},
  "updateMask": "reason"}
manager PublishAppraisalScheme {"name": "${guides}/appraisalSchemes/first"}
  expect {"state": "STATE_PUBLISHED", "version": 1}
manager CreateAppraisalScheme {"parent": "${guides}", "appraisalSchemeId": "second", "appraisalScheme": {"reason": "Not now",
  "indicators": "${indicators}"}}
manager DeleteAppraisalScheme {"name": "${guides}/appraisalSchemes/second"}
analyst GetAppraisalScheme {"name": "${guides}/appraisalSchemes/first"}
  expect {"indicators": [{"weight": 6000}, {"weight": 2000}, {"weight": 2000}]}
analyst ListAppraisalSchemes {"parent": "${guides}"}
  expect {"appraisalSchemes": [{"reason": "Guides, as agreed"}]}

# The month before.
manager OpenAppraisalCycle {"month": "${today}", "department": "guides-${run}"}
  refused MONTH_NOT_OVER
manager OpenAppraisalCycle {"month": "${today}", "period": "PERIOD_YEAR", "department": "guides-${run}"}
  refused MONTH_NOT_OVER
manager OpenAppraisalCycle {"month": "${month-1mo}", "department": "guides-${run}"}
  answer cycle
  expect {"state": "STATE_OPEN", "people": 5, "pendingCount": 7}
analyst GetAppraisalCycle {"name": "${cycle.name}"}
  expect {"department": "guides-${run}"}
analyst ListAppraisalCycles {"filter": "department = \"guides-${run}\""}
  expect {"appraisalCycles": [{"name": "${cycle.name}"}]}
let sheet ${cycle.name}/appraisals/ma-${run}
let leaders ${cycle.name}/appraisals/yu-${run}
guide SubmitSelfReview {"name": "${sheet}", "summary": "Forty tours.", "selfScores": [{"part": "${sheet}/parts/1",
  "indicator": "care", "level": 2, "words": "Nobody waited."}]}
  expect {"state": "STATE_REVIEWED", "selfScores": [{"indicator": "care"}]}
guidesSecond GetAppraisal {"name": "${sheet}"}
  expect {"spans": [{"superior": "employees/yu-${run}"}, {"superior": "employees/zhou-${run}"}]}
guidesLeader GetAppraisal {"name": "${sheet}"}
  refused NOT_FOUND
analyst GetAppraisal {"name": "${sheet}"}
  refused NOT_FOUND
guideTwo SubmitSelfReview {"name": "${cycle.name}/appraisals/mb-${run}", "summary": "Thirty tours."}
guideThree SubmitSelfReview {"name": "${cycle.name}/appraisals/mc-${run}", "summary": "Twenty tours."}
let well [{"indicator": "care", "level": 2, "words": "Prepared."}, {"indicator": "help", "level": 2, "words": "Took over twice."}]
let poorly [{"indicator": "care", "level": 1, "words": "Late."}, {"indicator": "help", "level": 1, "words": "Alone."}]
guidesLeader RateAppraisalPart {"name": "${sheet}/parts/1", "ratings": "${well}"}
  expect {"state": "STATE_RATED"}
guidesLeader RateAppraisalPart {"name": "${cycle.name}/appraisals/mb-${run}/parts/1", "ratings": "${well}"}
guidesLeader RateAppraisalPart {"name": "${cycle.name}/appraisals/mc-${run}/parts/1", "ratings": "${well}"}
guidesSecond RateAppraisalPart {"name": "${sheet}/parts/2", "ratings": "${poorly}"}
guidesSecond RateAppraisalPart {"name": "${cycle.name}/appraisals/mb-${run}/parts/2", "ratings": "${poorly}"}
guidesSecond RateAppraisalPart {"name": "${cycle.name}/appraisals/mc-${run}/parts/2", "ratings": "${poorly}"}
guide GetAppraisalPart {"name": "${sheet}/parts/1"}
  refused NOT_FOUND
manager ReplaceRater {"name": "${leaders}/parts/1", "rater": "${manager}", "reason": "Nobody leads Yu Wei"}
  expect {"rater": "${manager}"}
manager ExcuseAppraisalPart {"name": "${leaders}/parts/1", "reason": "The first month as a leader"}
  expect {"state": "STATE_EXCUSED"}
manager MeasureAppraisalCycle {"name": "${cycle.name}"}
manager WaiveProvisionalFigures {"name": "${cycle.name}", "reason": "Certificates do not change any more"}
manager CalibrateAppraisalCycle {"name": "${cycle.name}"}
  expect {"state": "STATE_CALIBRATING"}
manager ListAppraisalCalibrations {"parent": "${cycle.name}"}
  expect {"appraisalCalibrations": [{"proposal": -500, "state": "STATE_PROPOSED"}, {"proposal": 500, "state": "STATE_PROPOSED"}]}
manager GetAppraisalCalibration {"name": "${cycle.name}/calibrations/yu-${run}"}
  expect {"people": 3, "mean": "2500", "overall": "250"}
manager DecideAppraisalCalibration {"name": "${cycle.name}/calibrations/yu-${run}", "decision": "DECISION_ACCEPTED",
  "reason": "The figures say so"}
  expect {"state": "STATE_DECIDED", "adjustment": -500}
manager CloseAppraisalCycle {"name": "${cycle.name}"}
  refused CALIBRATION_UNDECIDED
manager DecideAppraisalCalibration {"name": "${cycle.name}/calibrations/zhou-${run}", "decision": "DECISION_REJECTED",
  "reason": "The guides say otherwise"}
  expect {"state": "STATE_DECIDED"}
manager CloseAppraisalCycle {"name": "${cycle.name}"}
  expect {"state": "STATE_CLOSED", "sha256": "*"}

# What came out, and what is said against it.
guide GetAppraisal {"name": "${sheet}"}
  answer result
  expect {"outcome": "OUTCOME_SCORED", "points": "*"}
guide GetAppraisalPart {"name": "${sheet}/parts/1"}
  expect {"rated": "8500", "adjustment": -500, "score": "6800",
    "ratings": [{"words": {"text": "Prepared."}}, {"words": {"text": "Took over twice."}}]}
guide ListAppraisals {"parent": "${cycle.name}"}
  expect {"appraisals": [{"name": "${sheet}"}]}
guide ListAppraisalParts {"parent": "${sheet}"}
  expect {"appraisalParts": [{"state": "STATE_CLOSED"}, {"state": "STATE_CLOSED"}]}
engineer VerifyAppraisalCycle {"name": "${cycle.name}"}
  expect {"intact": true}
analyst SummarizeAppraisals {"name": "${cycle.name}"}
  expect {"people": 5, "scored": 3}
guide CreateAppraisalObjection {"parent": "${sheet}", "appraisalObjectionId": "tours",
  "appraisalObjection": {"reason": "Two tours are missing"}}
  expect {"state": "STATE_OPEN"}
guidesSecond AnswerAppraisalObjection {"name": "${sheet}/objections/tours", "upheld": false, "answer": "No"}
  refused OWN_PROPOSAL
manager AnswerAppraisalObjection {"name": "${sheet}/objections/tours", "upheld": true, "answer": "They are."}
  expect {"state": "STATE_UPHELD"}
guide GetAppraisalObjection {"name": "${sheet}/objections/tours"}
guide ListAppraisalObjections {"parent": "${sheet}"}
  expect {"appraisalObjections": [{"answer": "They are."}]}
manager CreateAppraisalAdjustment {"parent": "${sheet}", "appraisalAdjustmentId": "tours", "appraisalAdjustment": {"newPoints": 9200,
  "reason": "Two tours were missing"}}
  expect {"oldPoints": "${result.points}", "state": "STATE_PROPOSED"}
manager DecideAppraisalAdjustment {"name": "${sheet}/adjustments/tours", "approved": true}
  refused OWN_PROPOSAL
guidesDirector DecideAppraisalAdjustment {"name": "${sheet}/adjustments/tours", "approved": true, "reason": "So it is"}
  expect {"state": "STATE_APPROVED"}
guide GetAppraisalAdjustment {"name": "${sheet}/adjustments/tours"}
guide ListAppraisalAdjustments {"parent": "${sheet}"}
guide GetAppraisal {"name": "${sheet}"}
  expect {"points": "${result.points}", "adjustedPoints": 9200}
guide ListAppraisalNotices {"parent": "${sheet}"}
[]
