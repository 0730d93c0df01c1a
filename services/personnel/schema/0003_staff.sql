-- Assignments with dates, and superiors (policy H1). An employee whose assignments were never written has the one of her row's columns.

ALTER TABLE employees
  ADD COLUMN superior VARBINARY(190) NOT NULL DEFAULT '',
  ADD COLUMN assignments LONGTEXT NULL,
  ADD COLUMN change_date DATE NULL,
  ADD COLUMN guard BIGINT NOT NULL DEFAULT 0,
  ADD KEY employees_by_superior (superior, name),
  ADD KEY employees_by_change_date (change_date, name);

UPDATE employees
SET assignments = CONCAT('{"assignments":[{"start_date":{"year":', YEAR(hire_date), ',"month":', MONTH(hire_date), ',"day":', DAY(hire_date),
                         '},"position":', JSON_QUOTE(CONVERT(position USING utf8mb4)),
                         ',"department":', JSON_QUOTE(CONVERT(department USING utf8mb4)), '}]}')
WHERE assignments IS NULL;

-- Kinds of absence, duties with their rotas, and the policy's posts as templates (policy H1). What is shipped has times that lie before
-- everything and are the same wherever it is installed.

CREATE TABLE absence_kinds (
  name VARBINARY(190) PRIMARY KEY,
  title VARBINARY(800) NOT NULL,
  counts_as_presence BOOLEAN NOT NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE duties (
  name VARBINARY(190) PRIMARY KEY,
  title VARBINARY(800) NOT NULL,
  description BLOB NOT NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  guard BIGINT NOT NULL DEFAULT 0
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE rotas (
  name VARBINARY(190) PRIMARY KEY,
  department VARBINARY(400) NOT NULL,
  start_date DATE NOT NULL,
  turn VARBINARY(256) NOT NULL,
  holders LONGTEXT NOT NULL,
  reason BLOB NOT NULL,
  state VARBINARY(256) NOT NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  KEY rotas_by_state (state, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE position_templates (
  name VARBINARY(190) PRIMARY KEY,
  title VARBINARY(800) NOT NULL,
  responsibilities LONGTEXT NOT NULL,
  roles LONGTEXT NOT NULL,
  duties LONGTEXT NOT NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

ALTER TABLE positions ADD COLUMN duties LONGTEXT NULL;

ALTER TABLE employees ADD COLUMN deputies LONGTEXT NULL;

INSERT INTO absence_kinds (name, title, counts_as_presence, etag, create_time, update_time, creator)
VALUES
  ('absenceKinds/annual', '特休', 0, '1', '1970-01-01 00:00:00', '1970-01-01 00:00:00', 'services/personnel'),
  ('absenceKinds/sick', '病假', 0, '1', '1970-01-01 00:00:00', '1970-01-01 00:00:00', 'services/personnel'),
  ('absenceKinds/personal', '事假', 0, '1', '1970-01-01 00:00:00', '1970-01-01 00:00:00', 'services/personnel'),
  ('absenceKinds/official-business', '公出', 1, '1', '1970-01-01 00:00:00', '1970-01-01 00:00:00', 'services/personnel'),
  ('absenceKinds/parental', '育嬰假', 0, '1', '1970-01-01 00:00:00', '1970-01-01 00:00:00', 'services/personnel');

INSERT INTO duties (name, title, description, etag, create_time, update_time, creator)
VALUES
  ('duties/operations-planning', '運營策略與計劃', '制定運營戰略和計劃，指導團隊開展運營工作。', '1', '1970-01-01 00:00:00', '1970-01-01 00:00:00', 'services/personnel'),
  ('duties/project-coordination', '資源協調', '協調各方資源，確保運營項目順利推進，達成運營目標。', '1', '1970-01-01 00:00:00', '1970-01-01 00:00:00', 'services/personnel'),
  ('duties/team-management', '團隊管理與考核', '對運營團隊進行管理和考核，提升團隊整體績效。', '1', '1970-01-01 00:00:00', '1970-01-01 00:00:00', 'services/personnel'),
  ('duties/market-watch', '市場動態', '關注行業動態和市場變化，及時調整運營策略，保持公司競爭優勢。', '1', '1970-01-01 00:00:00', '1970-01-01 00:00:00', 'services/personnel'),
  ('duties/operations-execution', '運營執行', '按照運營計劃和方案，具體執行各項運營任務，如活動策劃與執行、內容創作與發布等。', '1', '1970-01-01 00:00:00', '1970-01-01 00:00:00', 'services/personnel'),
  ('duties/analysis-support', '數據分析支持', '協助進行數據分析，提供運營數據支持和建議。', '1', '1970-01-01 00:00:00', '1970-01-01 00:00:00', 'services/personnel'),
  ('duties/department-cooperation', '跨部門協作', '與其他部門協作，共同完成公司業務目標。', '1', '1970-01-01 00:00:00', '1970-01-01 00:00:00', 'services/personnel'),
  ('duties/data-collection', '數據收集與報表', '負責數據收集、整理和分析工作，建立數據分析模型和報表體系。', '1', '1970-01-01 00:00:00', '1970-01-01 00:00:00', 'services/personnel'),
  ('duties/decision-support', '決策支持', '深入挖掘數據價值，為運營決策提供數據驅動的建議和方案。', '1', '1970-01-01 00:00:00', '1970-01-01 00:00:00', 'services/personnel'),
  ('duties/abnormal-data', '異常數據預警', '跟蹤數據變化趨勢，及時發現異常數據並進行預警。', '1', '1970-01-01 00:00:00', '1970-01-01 00:00:00', 'services/personnel');

INSERT INTO position_templates (name, title, responsibilities, roles, duties, etag, create_time, update_time, creator)
VALUES
  ('positionTemplates/operations-manager', '運營經理',
   '{"responsibilities":["制定運營戰略和計劃，指導團隊開展運營工作。","協調各方資源，確保運營項目順利推進，達成運營目標。","對運營團隊進行管理和考核，提升團隊整體績效。","關注行業動態和市場變化，及時調整運營策略，保持公司競爭優勢。"]}',
   '{"roles":["ROLE_OPERATIONS_MANAGER"]}',
   '{"duties":["duties/operations-planning","duties/project-coordination","duties/team-management","duties/market-watch"]}',
   '1', '1970-01-01 00:00:00', '1970-01-01 00:00:00', 'services/personnel'),
  ('positionTemplates/operations-specialist', '運營專員',
   '{"responsibilities":["按照運營計劃和方案，具體執行各項運營任務，如活動策劃與執行、內容創作與發布等。","協助進行數據分析，提供運營數據支持和建議。","與其他部門協作，共同完成公司業務目標。"]}',
   '{"roles":["ROLE_OPERATIONS_SPECIALIST"]}',
   '{"duties":["duties/operations-execution","duties/analysis-support","duties/department-cooperation"]}',
   '1', '1970-01-01 00:00:00', '1970-01-01 00:00:00', 'services/personnel'),
  ('positionTemplates/data-analyst', '數據分析員',
   '{"responsibilities":["負責數據收集、整理和分析工作，建立數據分析模型和報表體系。","深入挖掘數據價值，為運營決策提供數據驅動的建議和方案。","跟蹤數據變化趨勢，及時發現異常數據並進行預警。"]}',
   '{"roles":["ROLE_DATA_ANALYST"]}',
   '{"duties":["duties/data-collection","duties/decision-support","duties/abnormal-data"]}',
   '1', '1970-01-01 00:00:00', '1970-01-01 00:00:00', 'services/personnel');

-- Their histories begin as everybody's do: who follows the events learns of them.
INSERT INTO event (id, aggregatetype, aggregateid, revision, type, principal, method, trace_id, occur_time, before_json, payload)
VALUES
  ('00000000000000000000000003', 'personnel.heitie/AbsenceKind', 'absenceKinds/annual', 1, 'create', 'services/personnel', '', '', '1970-01-01 00:00:00', NULL,
   '{"name":"absenceKinds/annual","title":"特休","etag":"1","create_time":"1970-01-01T00:00:00Z","update_time":"1970-01-01T00:00:00Z","creator":"services/personnel"}'),
  ('00000000000000000000000004', 'personnel.heitie/AbsenceKind', 'absenceKinds/sick', 1, 'create', 'services/personnel', '', '', '1970-01-01 00:00:00', NULL,
   '{"name":"absenceKinds/sick","title":"病假","etag":"1","create_time":"1970-01-01T00:00:00Z","update_time":"1970-01-01T00:00:00Z","creator":"services/personnel"}'),
  ('00000000000000000000000005', 'personnel.heitie/AbsenceKind', 'absenceKinds/personal', 1, 'create', 'services/personnel', '', '', '1970-01-01 00:00:00', NULL,
   '{"name":"absenceKinds/personal","title":"事假","etag":"1","create_time":"1970-01-01T00:00:00Z","update_time":"1970-01-01T00:00:00Z","creator":"services/personnel"}'),
  ('00000000000000000000000006', 'personnel.heitie/AbsenceKind', 'absenceKinds/official-business', 1, 'create', 'services/personnel', '', '', '1970-01-01 00:00:00', NULL,
   '{"name":"absenceKinds/official-business","title":"公出","counts_as_presence":true,"etag":"1","create_time":"1970-01-01T00:00:00Z","update_time":"1970-01-01T00:00:00Z","creator":"services/personnel"}'),
  ('00000000000000000000000007', 'personnel.heitie/AbsenceKind', 'absenceKinds/parental', 1, 'create', 'services/personnel', '', '', '1970-01-01 00:00:00', NULL,
   '{"name":"absenceKinds/parental","title":"育嬰假","etag":"1","create_time":"1970-01-01T00:00:00Z","update_time":"1970-01-01T00:00:00Z","creator":"services/personnel"}'),
  ('00000000000000000000000008', 'personnel.heitie/Duty', 'duties/operations-planning', 1, 'create', 'services/personnel', '', '', '1970-01-01 00:00:00', NULL,
   '{"name":"duties/operations-planning","title":"運營策略與計劃","description":"制定運營戰略和計劃，指導團隊開展運營工作。","etag":"1","create_time":"1970-01-01T00:00:00Z","update_time":"1970-01-01T00:00:00Z","creator":"services/personnel"}'),
  ('00000000000000000000000009', 'personnel.heitie/Duty', 'duties/project-coordination', 1, 'create', 'services/personnel', '', '', '1970-01-01 00:00:00', NULL,
   '{"name":"duties/project-coordination","title":"資源協調","description":"協調各方資源，確保運營項目順利推進，達成運營目標。","etag":"1","create_time":"1970-01-01T00:00:00Z","update_time":"1970-01-01T00:00:00Z","creator":"services/personnel"}'),
  ('0000000000000000000000000a', 'personnel.heitie/Duty', 'duties/team-management', 1, 'create', 'services/personnel', '', '', '1970-01-01 00:00:00', NULL,
   '{"name":"duties/team-management","title":"團隊管理與考核","description":"對運營團隊進行管理和考核，提升團隊整體績效。","etag":"1","create_time":"1970-01-01T00:00:00Z","update_time":"1970-01-01T00:00:00Z","creator":"services/personnel"}'),
  ('0000000000000000000000000b', 'personnel.heitie/Duty', 'duties/market-watch', 1, 'create', 'services/personnel', '', '', '1970-01-01 00:00:00', NULL,
   '{"name":"duties/market-watch","title":"市場動態","description":"關注行業動態和市場變化，及時調整運營策略，保持公司競爭優勢。","etag":"1","create_time":"1970-01-01T00:00:00Z","update_time":"1970-01-01T00:00:00Z","creator":"services/personnel"}'),
  ('0000000000000000000000000c', 'personnel.heitie/Duty', 'duties/operations-execution', 1, 'create', 'services/personnel', '', '', '1970-01-01 00:00:00', NULL,
   '{"name":"duties/operations-execution","title":"運營執行","description":"按照運營計劃和方案，具體執行各項運營任務，如活動策劃與執行、內容創作與發布等。","etag":"1","create_time":"1970-01-01T00:00:00Z","update_time":"1970-01-01T00:00:00Z","creator":"services/personnel"}'),
  ('0000000000000000000000000d', 'personnel.heitie/Duty', 'duties/analysis-support', 1, 'create', 'services/personnel', '', '', '1970-01-01 00:00:00', NULL,
   '{"name":"duties/analysis-support","title":"數據分析支持","description":"協助進行數據分析，提供運營數據支持和建議。","etag":"1","create_time":"1970-01-01T00:00:00Z","update_time":"1970-01-01T00:00:00Z","creator":"services/personnel"}'),
  ('0000000000000000000000000e', 'personnel.heitie/Duty', 'duties/department-cooperation', 1, 'create', 'services/personnel', '', '', '1970-01-01 00:00:00', NULL,
   '{"name":"duties/department-cooperation","title":"跨部門協作","description":"與其他部門協作，共同完成公司業務目標。","etag":"1","create_time":"1970-01-01T00:00:00Z","update_time":"1970-01-01T00:00:00Z","creator":"services/personnel"}'),
  ('0000000000000000000000000f', 'personnel.heitie/Duty', 'duties/data-collection', 1, 'create', 'services/personnel', '', '', '1970-01-01 00:00:00', NULL,
   '{"name":"duties/data-collection","title":"數據收集與報表","description":"負責數據收集、整理和分析工作，建立數據分析模型和報表體系。","etag":"1","create_time":"1970-01-01T00:00:00Z","update_time":"1970-01-01T00:00:00Z","creator":"services/personnel"}'),
  ('0000000000000000000000000g', 'personnel.heitie/Duty', 'duties/decision-support', 1, 'create', 'services/personnel', '', '', '1970-01-01 00:00:00', NULL,
   '{"name":"duties/decision-support","title":"決策支持","description":"深入挖掘數據價值，為運營決策提供數據驅動的建議和方案。","etag":"1","create_time":"1970-01-01T00:00:00Z","update_time":"1970-01-01T00:00:00Z","creator":"services/personnel"}'),
  ('0000000000000000000000000h', 'personnel.heitie/Duty', 'duties/abnormal-data', 1, 'create', 'services/personnel', '', '', '1970-01-01 00:00:00', NULL,
   '{"name":"duties/abnormal-data","title":"異常數據預警","description":"跟蹤數據變化趨勢，及時發現異常數據並進行預警。","etag":"1","create_time":"1970-01-01T00:00:00Z","update_time":"1970-01-01T00:00:00Z","creator":"services/personnel"}'),
  ('0000000000000000000000000j', 'personnel.heitie/PositionTemplate', 'positionTemplates/operations-manager', 1, 'create', 'services/personnel', '', '', '1970-01-01 00:00:00', NULL,
   '{"name":"positionTemplates/operations-manager","title":"運營經理","responsibilities":["制定運營戰略和計劃，指導團隊開展運營工作。","協調各方資源，確保運營項目順利推進，達成運營目標。","對運營團隊進行管理和考核，提升團隊整體績效。","關注行業動態和市場變化，及時調整運營策略，保持公司競爭優勢。"],"roles":["ROLE_OPERATIONS_MANAGER"],"duties":["duties/operations-planning","duties/project-coordination","duties/team-management","duties/market-watch"],"etag":"1","create_time":"1970-01-01T00:00:00Z","update_time":"1970-01-01T00:00:00Z","creator":"services/personnel"}'),
  ('0000000000000000000000000k', 'personnel.heitie/PositionTemplate', 'positionTemplates/operations-specialist', 1, 'create', 'services/personnel', '', '', '1970-01-01 00:00:00', NULL,
   '{"name":"positionTemplates/operations-specialist","title":"運營專員","responsibilities":["按照運營計劃和方案，具體執行各項運營任務，如活動策劃與執行、內容創作與發布等。","協助進行數據分析，提供運營數據支持和建議。","與其他部門協作，共同完成公司業務目標。"],"roles":["ROLE_OPERATIONS_SPECIALIST"],"duties":["duties/operations-execution","duties/analysis-support","duties/department-cooperation"],"etag":"1","create_time":"1970-01-01T00:00:00Z","update_time":"1970-01-01T00:00:00Z","creator":"services/personnel"}'),
  ('0000000000000000000000000m', 'personnel.heitie/PositionTemplate', 'positionTemplates/data-analyst', 1, 'create', 'services/personnel', '', '', '1970-01-01 00:00:00', NULL,
   '{"name":"positionTemplates/data-analyst","title":"數據分析員","responsibilities":["負責數據收集、整理和分析工作，建立數據分析模型和報表體系。","深入挖掘數據價值，為運營決策提供數據驅動的建議和方案。","跟蹤數據變化趨勢，及時發現異常數據並進行預警。"],"roles":["ROLE_DATA_ANALYST"],"duties":["duties/data-collection","duties/decision-support","duties/abnormal-data"],"etag":"1","create_time":"1970-01-01T00:00:00Z","update_time":"1970-01-01T00:00:00Z","creator":"services/personnel"}');
