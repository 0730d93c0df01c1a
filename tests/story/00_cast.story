# Who and what the story is about. The form of these files is told in player.h.

person manager MANAGER employees/lin-mei-hua-${run}
  title Lin Mei-hua, operations manager, | 營運經理林美華
person specialist SPECIALIST employees/chen-yi-jun-${run}
  title Chen Yi-jun, operations specialist, | 營運專員陳怡君
person analyst ANALYST employees/wu-ting-${run}
  title Wu Ting, data analyst, | 資料分析師吳婷
person technician DEPARTMENT employees/hsu-kai-${run} technology
  title Hsu Kai of the technology department | 技術部許凱
person accountant DEPARTMENT employees/kuo-ming-${run} finance
  title Kuo Ming of the finance department | 財務部郭明
person engineer PLATFORM employees/tsai-wen-${run}
  title Tsai Wen, platform engineer, | 平台工程師蔡文
person shop PRODUCER producers/web-shop-${run}
  title The web shop | 網路商店

# Names of their own for each run, so that it may be told as often as one likes.
let period planPeriods/winter-${run}
let project projects/winter-fair-${run}
let scheme ${project}/schemes/live-shows
let category itemCategories/promotion-${run}
let gift items/gift-box-${run}
let poster items/poster-${run}
let budget budgets/winter-${run}
let course courses/live-show-rules-${run}
let position positions/host-${run}
let technologyRisk risks/sign-up-outage-${run}
let marketRisk risks/rival-fair-${run}
let revenue metricDefinitions/fair-revenue-${run}
let activity activities/winter-fair-live-${run}

# What the activity takes and what there is at first. Money is in hundredths.
let currency TWD
let cost 5000000
let requestedBudget 8000000
let delivered 150
let score 55
let outcome OUTCOME_FAILED
let materials [{"item": "${gift}", "quantity": 200}, {"item": "${poster}", "quantity": 20}]
let start ${now-1m}
let end ${now+7d}
let tracking {"impressionEvent": "page_view", "clickEvent": "click", "conversionEvent": "purchase", "participantEvents": ["sign_up"],
  "conversionDenominator": "CONVERSION_DENOMINATOR_PARTICIPANTS"}
let targets [{"measure": "MEASURE_PARTICIPANTS", "target": 100}, {"measure": "MEASURE_CLICK_THROUGH_RATE", "target": 0.15},
  {"measure": "MEASURE_CONVERSION_RATE", "target": 0.5}, {"measure": "MEASURE_METRIC", "metric": "${revenue}", "target": 4000000},
  {"measure": "MEASURE_COST", "target": 4500000}]

# What they are called where people read of them.
title ${manager} | Lin Mei-hua | 林美華
title ${specialist} | Chen Yi-jun | 陳怡君
title ${analyst} | Wu Ting | 吳婷
title ${technician} | Hsu Kai | 許凱
title ${project} | project “Winter fair” | 專案「冬季市集」
title ${project}#objectives[0] | objective “More members” | 目標「增加會員」
title ${project}/tasks/run | task “Run the live shows” | 任務「進行直播」
title ${project}/baselines/1 | baseline 1 | 基準 1
title ${scheme} | scheme “Live shows with gifts” | 方案「直播送禮」
title ${activity} | activity “Winter fair, live” | 活動「冬季市集直播」
title ${activity}/preparationItems/poster | posters | 海報
title ${activity}/preparationItems/page | sign-up page | 報名頁面
title ${activity}/preparationItems/banner | banner | 布條
title ${activity}/supportCommitments/technology | servers | 伺服器
title ${gift} | gift boxes | 禮盒
title ${poster} | posters | 海報
title ${budget} | budget “Winter activities” | 預算「冬季活動」
title ${course} | “Rules of live shows” | 「直播規範」
title ${position} | host | 主持人
title ${technologyRisk} | technology risk | 技術風險
title ${marketRisk} | market risk | 市場風險
