-- What likelihoods and impacts of the matrix that comes with the service mean (policy R2). Its cells and its number stay; an assessment
-- that was made before keeps what it said. Bounds belong to both ranges that meet there; amounts are minor units.

UPDATE risk_matrices
   SET likelihood_scales = '{"likelihood_scales": [
   {"likelihood": 1, "lower_ppm": 0, "upper_ppm": 10000, "description": "極少 Rare: less than once in a hundred years"},
   {"likelihood": 2, "lower_ppm": 10000, "upper_ppm": 50000, "description": "少見 Unlikely: once in twenty to a hundred years"},
   {"likelihood": 3, "lower_ppm": 50000, "upper_ppm": 200000, "description": "可能 Possible: once in five to twenty years"},
   {"likelihood": 4, "lower_ppm": 200000, "upper_ppm": 500000, "description": "頻繁 Likely: once in two to five years"},
   {"likelihood": 5, "lower_ppm": 500000, "upper_ppm": 1000000, "description": "幾乎必然 Almost certain: every other year or more often"}]}',
   impact_scales = '{"impact_scales": [
   {"impact": 1, "dimension": "IMPACT_DIMENSION_MONEY", "description": "由日常預算吸收 The daily budget bears it", "currency_code": "TWD", "upper_minor": "1000000"},
   {"impact": 2, "dimension": "IMPACT_DIMENSION_MONEY", "description": "超出活動零星預算 More than an activity''s small change", "currency_code": "TWD", "lower_minor": "1000000", "upper_minor": "10000000"},
   {"impact": 3, "dimension": "IMPACT_DIMENSION_MONEY", "description": "活動須追加預算 An activity needs more money", "currency_code": "TWD", "lower_minor": "10000000", "upper_minor": "100000000"},
   {"impact": 4, "dimension": "IMPACT_DIMENSION_MONEY", "description": "動用部門預算 The department''s budget is touched", "currency_code": "TWD", "lower_minor": "100000000", "upper_minor": "1000000000"},
   {"impact": 5, "dimension": "IMPACT_DIMENSION_MONEY", "description": "影響公司業績 The company''s result is touched", "currency_code": "TWD", "lower_minor": "1000000000"},
   {"impact": 1, "dimension": "IMPACT_DIMENSION_MONEY", "description": "由日常預算吸收 The daily budget bears it", "currency_code": "CNY", "upper_minor": "200000"},
   {"impact": 2, "dimension": "IMPACT_DIMENSION_MONEY", "description": "超出活動零星預算 More than an activity''s small change", "currency_code": "CNY", "lower_minor": "200000", "upper_minor": "2000000"},
   {"impact": 3, "dimension": "IMPACT_DIMENSION_MONEY", "description": "活動須追加預算 An activity needs more money", "currency_code": "CNY", "lower_minor": "2000000", "upper_minor": "20000000"},
   {"impact": 4, "dimension": "IMPACT_DIMENSION_MONEY", "description": "動用部門預算 The department''s budget is touched", "currency_code": "CNY", "lower_minor": "20000000", "upper_minor": "200000000"},
   {"impact": 5, "dimension": "IMPACT_DIMENSION_MONEY", "description": "影響公司業績 The company''s result is touched", "currency_code": "CNY", "lower_minor": "200000000"},
   {"impact": 1, "dimension": "IMPACT_DIMENSION_USERS", "description": "幾乎無人察覺 Hardly anybody notices"},
   {"impact": 2, "dimension": "IMPACT_DIMENSION_USERS", "description": "少數使用者受影響，當日解決 Some users suffer for less than a day"},
   {"impact": 3, "dimension": "IMPACT_DIMENSION_USERS", "description": "百分之一以上的使用者受影響 One user in a hundred suffers, or a day is lost"},
   {"impact": 4, "dimension": "IMPACT_DIMENSION_USERS", "description": "十分之一以上的使用者受影響或離開 One user in ten suffers or leaves"},
   {"impact": 5, "dimension": "IMPACT_DIMENSION_USERS", "description": "多數使用者無法使用或離開 Most users cannot go on, or leave"},
   {"impact": 1, "dimension": "IMPACT_DIMENSION_REPUTATION", "description": "內部知悉 Known inside only"},
   {"impact": 2, "dimension": "IMPACT_DIMENSION_REPUTATION", "description": "零星抱怨 Some complaints in public"},
   {"impact": 3, "dimension": "IMPACT_DIMENSION_REPUTATION", "description": "地方或產業媒體報導 Reported by the trade or locally"},
   {"impact": 4, "dimension": "IMPACT_DIMENSION_REPUTATION", "description": "全國媒體負面報導 Reported against us in the country"},
   {"impact": 5, "dimension": "IMPACT_DIMENSION_REPUTATION", "description": "長期損害品牌 The brand suffers for years"},
   {"impact": 1, "dimension": "IMPACT_DIMENSION_LAW", "description": "無法律後果 No consequence in law"},
   {"impact": 2, "dimension": "IMPACT_DIMENSION_LAW", "description": "主管機關提醒 An authority gives notice"},
   {"impact": 3, "dimension": "IMPACT_DIMENSION_LAW", "description": "限期改善或小額罰鍰 An order to put it right, or a small fine"},
   {"impact": 4, "dimension": "IMPACT_DIMENSION_LAW", "description": "高額罰鍰或訴訟 A great fine, or a lawsuit"},
   {"impact": 5, "dimension": "IMPACT_DIMENSION_LAW", "description": "停業、撤銷許可或刑事責任 Business is forbidden, or somebody is prosecuted"}]}'
 WHERE name = 'riskMatrices/default' AND version = 1 AND likelihood_scales IS NULL AND impact_scales IS NULL;
