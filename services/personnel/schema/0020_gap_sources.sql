-- Gaps of staff from headcount plans and from resource's demands, and what became of them (policy W9, H2, S1).

ALTER TABLE staffing_gaps
  ADD COLUMN position VARBINARY(190) NOT NULL DEFAULT '',
  ADD COLUMN department VARBINARY(400) NOT NULL DEFAULT '',
  ADD COLUMN engaged LONGTEXT NOT NULL DEFAULT ('{}'),
  ADD COLUMN requisition VARBINARY(190) NOT NULL DEFAULT '',
  ADD COLUMN training_plans LONGTEXT NOT NULL DEFAULT ('{}'),
  ADD KEY staffing_gaps_by_position (position, name),
  ADD KEY staffing_gaps_by_requisition (requisition, name);

ALTER TABLE requisitions
  ADD COLUMN staffing_gap VARBINARY(190) NOT NULL DEFAULT '',
  ADD KEY requisitions_by_staffing_gap (staffing_gap, name);

ALTER TABLE training_plans
  ADD COLUMN staffing_gap VARBINARY(190) NOT NULL DEFAULT '',
  ADD COLUMN courses LONGTEXT NOT NULL DEFAULT ('{}'),
  ADD COLUMN needed_until DATE NULL,
  ADD KEY training_plans_by_staffing_gap (staffing_gap, name);

ALTER TABLE development_policies ADD COLUMN gap_horizon_months BIGINT NOT NULL DEFAULT 3;

-- When an objective was attained, as planning recorded it (policy H4).

ALTER TABLE appraisal_plan_items ADD COLUMN attain_time DATETIME(6) NULL;

-- Terms of handovers (policy W14, W12).

CREATE TABLE handover_policies (
  name VARBINARY(190) PRIMARY KEY,
  reason BLOB NOT NULL,
  decision_hours BIGINT NOT NULL,
  plan_hours BIGINT NOT NULL,
  state VARBINARY(256) NOT NULL,
  start_time DATETIME(6) NULL,
  version BIGINT NULL,
  publisher VARBINARY(760) NOT NULL,
  publish_time DATETIME(6) NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  guard BIGINT NOT NULL DEFAULT 0,
  -- The published versions have numbers and instants of their own.
  in_force_from DATETIME(6) GENERATED ALWAYS AS (CASE WHEN state = 'STATE_PUBLISHED' THEN start_time END) STORED,
  UNIQUE KEY handover_policies_version (version),
  UNIQUE KEY handover_policies_in_force_from (in_force_from),
  CONSTRAINT handover_policies_published CHECK (state = 'STATE_DRAFT' OR (version IS NOT NULL AND start_time >= publish_time))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Version 1. The policy leaves the terms open. Its times lie before everything, so that every other version comes later.
INSERT INTO handover_policies
  (name, reason, decision_hours, plan_hours, state, start_time, version, publisher, publish_time, etag, create_time, update_time, creator)
VALUES
  ('handoverPolicies/default', '隨系統提供：未經指定而接手者 24 小時內決定；接手人員於最後工作日開始前指定。', 24, 0, 'STATE_PUBLISHED',
   '1970-01-01 00:00:00', 1, 'services/personnel', '1970-01-01 00:00:00', '1', '1970-01-01 00:00:00', '1970-01-01 00:00:00',
   'services/personnel');

ALTER TABLE handover_items
  ADD COLUMN policy VARBINARY(190) NOT NULL DEFAULT '',
  ADD KEY handover_items_by_policy (policy, name);
