-- Facts that are posted, the rules by which they propose risks, and what is one matter (policy R1).

CREATE TABLE signal_policies (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  reason BLOB NOT NULL,
  rules LONGTEXT NULL,
  state VARBINARY(64) NOT NULL,
  start_time DATETIME(6) NULL,
  version BIGINT NULL,
  publisher VARBINARY(760) NOT NULL,
  publish_time DATETIME(6) NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  guard BIGINT NOT NULL DEFAULT 0,
  in_force_from DATETIME(6) GENERATED ALWAYS AS (CASE WHEN state = 'STATE_PUBLISHED' THEN start_time END) STORED,
  UNIQUE KEY signal_policies_in_force (in_force_from),
  UNIQUE KEY signal_policies_version (version),
  KEY signal_policies_state (state, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

INSERT INTO signal_policies
  (name, reason, rules, state, start_time, version, publisher, publish_time, etag, create_time, update_time, creator)
VALUES
  ('signalPolicies/shipped', 'Comes with the service.',
   '{"rules": [
   {"kind": "SIGNAL_KIND_CONCERN", "category": "CATEGORY_OPERATIONAL", "title": "有人提出疑慮 A concern was reported", "decision_days": 3},
   {"kind": "SIGNAL_KIND_GUARDRAIL", "category": "CATEGORY_OPERATIONAL", "title": "超出護欄 A guardrail was crossed", "suggested": {"likelihood": 4, "impact": 4}, "quiet_days": 1, "decision_days": 1},
   {"kind": "SIGNAL_KIND_COMPLAINTS", "threshold": "SIGNAL_SEVERITY_MEDIUM", "category": "CATEGORY_OPERATIONAL", "title": "投訴激增 Complaints rise", "suggested": {"likelihood": 4, "impact": 3}, "quiet_days": 3, "decision_days": 1},
   {"kind": "SIGNAL_KIND_PAGE_FAILURE", "threshold": "SIGNAL_SEVERITY_MEDIUM", "category": "CATEGORY_TECHNOLOGY", "title": "頁面或功能失效 A page or a function fails", "suggested": {"likelihood": 4, "impact": 4}, "quiet_days": 1, "decision_days": 1},
   {"kind": "SIGNAL_KIND_LAUNCH_FAILURE", "category": "CATEGORY_OPERATIONAL", "title": "上線失敗 A launch has failed", "suggested": {"likelihood": 3, "impact": 4}, "quiet_days": 1, "decision_days": 1},
   {"kind": "SIGNAL_KIND_STOCK_OUT", "threshold": "SIGNAL_SEVERITY_MEDIUM", "category": "CATEGORY_OPERATIONAL", "title": "缺貨 Out of stock", "suggested": {"likelihood": 4, "impact": 3}, "quiet_days": 7, "decision_days": 2},
   {"kind": "SIGNAL_KIND_RESERVATION_BROKEN", "category": "CATEGORY_OPERATIONAL", "title": "預留落空 A reservation was broken", "suggested": {"likelihood": 4, "impact": 3}, "quiet_days": 7, "decision_days": 2},
   {"kind": "SIGNAL_KIND_ORDER_OVERDUE", "threshold": "SIGNAL_SEVERITY_MEDIUM", "category": "CATEGORY_OPERATIONAL", "title": "訂單逾期 An order is overdue", "suggested": {"likelihood": 3, "impact": 3}, "quiet_days": 7, "decision_days": 3},
   {"kind": "SIGNAL_KIND_BUDGET_LOW", "threshold": "SIGNAL_SEVERITY_MEDIUM", "category": "CATEGORY_OPERATIONAL", "title": "預算將盡 A budget is nearly used up", "suggested": {"likelihood": 3, "impact": 3}, "quiet_days": 14, "decision_days": 3},
   {"kind": "SIGNAL_KIND_PLAN_LATE", "threshold": "SIGNAL_SEVERITY_MEDIUM", "category": "CATEGORY_OPERATIONAL", "title": "計劃落後 A plan is late", "suggested": {"likelihood": 4, "impact": 3}, "quiet_days": 7, "decision_days": 3},
   {"kind": "SIGNAL_KIND_EVIDENCE_EXPIRED", "category": "CATEGORY_MARKET", "title": "依據過期 Evidence has expired", "suggested": {"likelihood": 3, "impact": 2}, "quiet_days": 14, "decision_days": 5},
   {"kind": "SIGNAL_KIND_CERTIFICATE_ENDS", "category": "CATEGORY_OPERATIONAL", "title": "證書將到期 A certificate ends before it is needed", "suggested": {"likelihood": 3, "impact": 3}, "quiet_days": 7, "decision_days": 5},
   {"kind": "SIGNAL_KIND_STAFFING_GAP", "category": "CATEGORY_OPERATIONAL", "title": "人力缺口 People are missing", "suggested": {"likelihood": 3, "impact": 3}, "quiet_days": 7, "decision_days": 5},
   {"kind": "SIGNAL_KIND_OWNER_LEAVES", "category": "CATEGORY_OPERATIONAL", "title": "負責人離職 An owner leaves", "suggested": {"likelihood": 3, "impact": 2}, "quiet_days": 14, "decision_days": 5},
   {"kind": "SIGNAL_KIND_CONTROL_FAILED", "category": "CATEGORY_OPERATIONAL", "title": "控制失效 A control has failed", "suggested": {"likelihood": 3, "impact": 4}, "quiet_days": 3, "decision_days": 2},
   {"kind": "SIGNAL_KIND_REGULATION", "category": "CATEGORY_OPERATIONAL", "title": "政策法規變動 A rule of the law is to change", "suggested": {"likelihood": 4, "impact": 3}, "quiet_days": 30, "decision_days": 5},
   {"kind": "SIGNAL_KIND_ALERT", "threshold": "SIGNAL_SEVERITY_HIGH", "category": "CATEGORY_OPERATIONAL", "title": "指標異常 Figures are abnormal", "suggested": {"likelihood": 3, "impact": 3}, "quiet_days": 3, "decision_days": 2}]}',
   'STATE_PUBLISHED', '1970-01-01 00:00:00', 1, 'services/risk', '1970-01-01 00:00:00', '1', '1970-01-01 00:00:00', '1970-01-01 00:00:00',
   'services/risk');

CREATE TABLE risk_signals (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  kind VARBINARY(64) NOT NULL,
  subject VARBINARY(190) NOT NULL,
  `key` VARBINARY(760) NOT NULL,
  source VARBINARY(760) NOT NULL,
  severity VARBINARY(64) NOT NULL,
  occur_time DATETIME(6) NULL,
  text BLOB NOT NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  KEY risk_signals_fact (subject, kind, `key`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- One row for each kind of facts on a subject: by its change those that tell such facts take turns, on every node.
CREATE TABLE risk_matters (
  kind VARBINARY(64) NOT NULL,
  subject VARBINARY(190) NOT NULL,
  proposal VARBINARY(190) NOT NULL,
  guard BIGINT NOT NULL DEFAULT 0,
  CONSTRAINT risk_matters_once PRIMARY KEY (subject, kind)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

ALTER TABLE risk_proposals
  ADD COLUMN signal_kind VARBINARY(64) NOT NULL DEFAULT 'SIGNAL_KIND_UNSPECIFIED',
  ADD COLUMN signal_count BIGINT NOT NULL DEFAULT 0,
  ADD COLUMN first_time DATETIME(6) NULL,
  ADD COLUMN last_time DATETIME(6) NULL,
  ADD COLUMN worst VARBINARY(64) NOT NULL DEFAULT 'SIGNAL_SEVERITY_UNSPECIFIED',
  ADD COLUMN suggested LONGTEXT NULL,
  ADD COLUMN signal_policy VARBINARY(190) NOT NULL DEFAULT '',
  ADD COLUMN due_time DATETIME(6) NULL,
  ADD COLUMN overdue_days BIGINT NOT NULL DEFAULT 0,
  ADD COLUMN silent_until_time DATETIME(6) NULL,
  ADD COLUMN merged_into VARBINARY(190) NOT NULL DEFAULT '',
  ADD KEY risk_proposals_due (due_time, name),
  ADD KEY risk_proposals_policy (signal_policy, name),
  ADD KEY risk_proposals_merged (merged_into, name);
