-- What is typical by the policy's own cases (R1), of kinds that its activities commonly have. Other kinds propose nothing until somebody adds
-- them.

INSERT IGNORE INTO typical_risks
  (name, title, cause, consequence, category, risk_type, target, kinds, suggested, etag, create_time, update_time, creator, version, start_time)
VALUES
  ('typicalRisks/shipped-rivals', '競爭對手同期推出優惠 Competitors make an offer at the same time', '對手調整策略 Rivals change their strategy',
   '參與和銷售不如預期 Fewer people take part and buy', 'CATEGORY_MARKET', 'riskTypes/competition', 'TARGET_ACTIVITY',
   '{"kinds": ["flash-sale", "promotion"]}', '{"likelihood": 3, "impact": 3}', '1', '1970-01-01 00:00:00', '1970-01-01 00:00:00',
   'services/risk', 1, '1970-01-01 00:00:00'),
  ('typicalRisks/shipped-demand', '需求遠高於或低於預估 Demand is far above or below the forecast', '市場需求波動 Demand fluctuates',
   '缺貨或積壓 Goods run out or are left over', 'CATEGORY_MARKET', 'riskTypes/demand', 'TARGET_ACTIVITY',
   '{"kinds": ["flash-sale", "promotion", "fair"]}', '{"likelihood": 3, "impact": 3}', '1', '1970-01-01 00:00:00', '1970-01-01 00:00:00',
   'services/risk', 1, '1970-01-01 00:00:00'),
  ('typicalRisks/shipped-overload', '頁面不堪瞬間流量 The pages cannot carry the rush', '眾人同時湧入 Everybody comes at once',
   '無法下單，投訴激增 Nobody can order, and complaints rise', 'CATEGORY_TECHNOLOGY', 'riskTypes/availability', 'TARGET_ACTIVITY',
   '{"kinds": ["flash-sale"]}', '{"likelihood": 3, "impact": 4}', '1', '1970-01-01 00:00:00', '1970-01-01 00:00:00',
   'services/risk', 1, '1970-01-01 00:00:00'),
  ('typicalRisks/shipped-bots', '機器人搶購或刷獎 Robots grab the goods or the prizes', '惡意攻擊與作弊 Attacks and cheating',
   '真正的使用者得不到優惠 People go away empty-handed', 'CATEGORY_TECHNOLOGY', 'riskTypes/attack', 'TARGET_ACTIVITY',
   '{"kinds": ["flash-sale", "contest"]}', '{"likelihood": 3, "impact": 3}', '1', '1970-01-01 00:00:00', '1970-01-01 00:00:00',
   'services/risk', 1, '1970-01-01 00:00:00'),
  ('typicalRisks/shipped-entries', '參加者資料外洩 Data of those who take part leaks', '蒐集的個人資料保管不當 What is collected of people is not kept well',
   '使用者受害，公司受罰 People are harmed and the company is fined', 'CATEGORY_TECHNOLOGY', 'riskTypes/data-leak', 'TARGET_ACTIVITY',
   '{"kinds": ["contest", "survey"]}', '{"likelihood": 2, "impact": 5}', '1', '1970-01-01 00:00:00', '1970-01-01 00:00:00',
   'services/risk', 1, '1970-01-01 00:00:00'),
  ('typicalRisks/shipped-terms', '活動條款牴觸法規 The terms break a rule of the law', '政策法規變動 Rules of the law change',
   '活動中止，公司受罰 It is halted and the company is fined', 'CATEGORY_OPERATIONAL', 'riskTypes/regulation', 'TARGET_ACTIVITY',
   '{"kinds": ["promotion", "contest"]}', '{"likelihood": 2, "impact": 4}', '1', '1970-01-01 00:00:00', '1970-01-01 00:00:00',
   'services/risk', 1, '1970-01-01 00:00:00'),
  ('typicalRisks/shipped-floor', '現場人員失誤 People on the floor make mistakes', '流程不熟、訓練不足 The procedure is new to them',
   '排隊過長，發放有誤 Queues are long and gifts go wrong', 'CATEGORY_OPERATIONAL', 'riskTypes/human-error', 'TARGET_ACTIVITY',
   '{"kinds": ["fair"]}', '{"likelihood": 3, "impact": 2}', '1', '1970-01-01 00:00:00', '1970-01-01 00:00:00',
   'services/risk', 1, '1970-01-01 00:00:00'),
  ('typicalRisks/shipped-estimates', '時程或經費低估 Time or money is estimated too low', '計劃失誤 The plan is wrong',
   '延期或超支 It is late or costs more', 'CATEGORY_OPERATIONAL', 'riskTypes/planning-error', 'TARGET_PROJECT',
   '{"kinds": ["projectTypes/fair", "projectTypes/platform"]}', '{"likelihood": 3, "impact": 3}', '1', '1970-01-01 00:00:00',
   '1970-01-01 00:00:00', 'services/risk', 1, '1970-01-01 00:00:00'),
  ('typicalRisks/shipped-ageing', '採用的技術很快過時 The technology that is chosen ages soon', '技術更新換代 Technology moves on',
   '須提早重做 It has to be built anew before its time', 'CATEGORY_TECHNOLOGY', 'riskTypes/obsolescence', 'TARGET_PROJECT',
   '{"kinds": ["projectTypes/platform"]}', '{"likelihood": 2, "impact": 3}', '1', '1970-01-01 00:00:00', '1970-01-01 00:00:00',
   'services/risk', 1, '1970-01-01 00:00:00');

INSERT IGNORE INTO typical_risk_versions
  (name, version, title, cause, consequence, category, risk_type, target, kinds, suggested, start_time, etag, create_time, creator)
SELECT CONCAT(name, '/versions/0001'), 1, title, cause, consequence, category, risk_type, target, kinds, suggested, start_time, '1',
       create_time, creator
  FROM typical_risks
 WHERE creator = 'services/risk' AND version = 1
   AND name LIKE 'typicalRisks/shipped-%';
