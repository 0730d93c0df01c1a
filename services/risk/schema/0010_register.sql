-- What is dropped when a risk is avoided and what became of it, kinds of risks, and how risks belong together (policy R1, R3, W5).

CREATE TABLE risk_types (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  category VARBINARY(64) NOT NULL,
  title VARBINARY(800) NOT NULL,
  description BLOB NOT NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

INSERT INTO risk_types (name, category, title, description, etag, create_time, update_time, creator)
VALUES
  ('riskTypes/competition', 'CATEGORY_MARKET', '競爭對手新策略 New strategies of competitors', '', '1', '1970-01-01 00:00:00', '1970-01-01 00:00:00', 'services/risk'),
  ('riskTypes/demand', 'CATEGORY_MARKET', '市場需求波動 Demand that fluctuates', '', '1', '1970-01-01 00:00:00', '1970-01-01 00:00:00', 'services/risk'),
  ('riskTypes/obsolescence', 'CATEGORY_TECHNOLOGY', '技術更新換代 Technology that ages', '', '1', '1970-01-01 00:00:00', '1970-01-01 00:00:00', 'services/risk'),
  ('riskTypes/data-leak', 'CATEGORY_TECHNOLOGY', '數據洩露 Data leak', '', '1', '1970-01-01 00:00:00', '1970-01-01 00:00:00', 'services/risk'),
  ('riskTypes/attack', 'CATEGORY_TECHNOLOGY', '網路攻擊 Attack', '', '1', '1970-01-01 00:00:00', '1970-01-01 00:00:00', 'services/risk'),
  ('riskTypes/availability', 'CATEGORY_TECHNOLOGY', '系統可用性 Availability', '', '1', '1970-01-01 00:00:00', '1970-01-01 00:00:00', 'services/risk'),
  ('riskTypes/process-gap', 'CATEGORY_OPERATIONAL', '流程漏洞 Gap in a process', '', '1', '1970-01-01 00:00:00', '1970-01-01 00:00:00', 'services/risk'),
  ('riskTypes/human-error', 'CATEGORY_OPERATIONAL', '人員失誤 Human error', '', '1', '1970-01-01 00:00:00', '1970-01-01 00:00:00', 'services/risk'),
  ('riskTypes/planning-error', 'CATEGORY_OPERATIONAL', '計劃失誤 Planning error', '', '1', '1970-01-01 00:00:00', '1970-01-01 00:00:00', 'services/risk'),
  ('riskTypes/wrong-data', 'CATEGORY_OPERATIONAL', '數據失真 Wrong data', '', '1', '1970-01-01 00:00:00', '1970-01-01 00:00:00', 'services/risk'),
  ('riskTypes/regulation', 'CATEGORY_OPERATIONAL', '政策法規變動 Rules that change', '', '1', '1970-01-01 00:00:00', '1970-01-01 00:00:00', 'services/risk');

ALTER TABLE risks
  ADD COLUMN avoidance_outcomes LONGTEXT NULL,
  ADD COLUMN consequence VARBINARY(8000) NOT NULL DEFAULT '',
  ADD COLUMN risk_type VARBINARY(190) NOT NULL DEFAULT '',
  ADD COLUMN parent_risk VARBINARY(190) NOT NULL DEFAULT '',
  ADD COLUMN related_risks LONGTEXT NULL,
  ADD COLUMN merged_into VARBINARY(190) NOT NULL DEFAULT '',
  ADD KEY risks_type (risk_type, name),
  ADD KEY risks_parent (parent_risk, name),
  ADD KEY risks_merged (merged_into, name);
