-- How people develop: terms, personal plans, certificates from outside, waiting lists (policy H3).

CREATE TABLE development_policies (
  name VARBINARY(190) PRIMARY KEY,
  reason BLOB NOT NULL,
  decision_working_days BIGINT NOT NULL,
  renewal_days BIGINT NOT NULL,
  reminder_days BIGINT NOT NULL,
  sleeping_cadences BIGINT NOT NULL,
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
  UNIQUE KEY development_policies_version (version),
  UNIQUE KEY development_policies_in_force_from (in_force_from),
  CONSTRAINT development_policies_published CHECK (state = 'STATE_DRAFT' OR (version IS NOT NULL AND start_time >= publish_time))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Version 1. The policy leaves the terms open. Its times lie before everything, so that every other version comes later.
INSERT INTO development_policies
  (name, reason, decision_working_days, renewal_days, reminder_days, sleeping_cadences, state, start_time, version, publisher,
   publish_time, etag, create_time, update_time, creator)
VALUES
  ('developmentPolicies/default', '隨系統提供：五個工作天內決定；證書到期前 60 天重新安排，30 天前提醒；連續三期未舉行即視為停擺。',
   5, 60, 30, 3, 'STATE_PUBLISHED', '1970-01-01 00:00:00', 1, 'services/personnel', '1970-01-01 00:00:00', '1', '1970-01-01 00:00:00',
   '1970-01-01 00:00:00', 'services/personnel');

CREATE TABLE training_plans (
  name VARBINARY(190) PRIMARY KEY,
  employee VARBINARY(190) NOT NULL,
  position VARBINARY(190) NOT NULL,
  target_date DATE NULL,
  purpose BLOB NOT NULL,
  state VARBINARY(256) NOT NULL,
  items LONGTEXT NOT NULL,
  open_demands LONGTEXT NOT NULL,
  accept_time DATETIME(6) NULL,
  approver VARBINARY(760) NOT NULL,
  approve_time DATETIME(6) NULL,
  state_reason BLOB NOT NULL,
  change_date DATE NULL,
  policy VARBINARY(190) NOT NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  -- One for each employee and position until it is rejected or ended.
  planned_for VARBINARY(400) GENERATED ALWAYS AS
    (CASE WHEN state NOT IN ('STATE_REJECTED', 'STATE_ENDED') THEN CONCAT(employee, ' ', position) END) STORED,
  UNIQUE KEY training_plans_by_planned_for (planned_for),
  KEY training_plans_by_employee (employee, name),
  KEY training_plans_by_position (position, name),
  KEY training_plans_by_policy (policy, name),
  KEY training_plans_by_state (state, name),
  KEY training_plans_by_change_date (change_date, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE external_certificates (
  name VARBINARY(190) PRIMARY KEY,
  employee VARBINARY(190) NOT NULL,
  course VARBINARY(190) NOT NULL,
  issuing_body VARBINARY(800) NOT NULL,
  reference VARBINARY(800) NOT NULL,
  evidence BLOB NOT NULL,
  valid_from DATE NOT NULL,
  valid_until DATE NULL,
  state VARBINARY(256) NOT NULL,
  decider VARBINARY(760) NOT NULL,
  decide_time DATETIME(6) NULL,
  state_reason BLOB NOT NULL,
  certificate VARBINARY(190) NOT NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  KEY external_certificates_by_employee (employee, name),
  KEY external_certificates_by_course (course, name),
  KEY external_certificates_by_state (state, name),
  KEY external_certificates_by_valid_until (valid_until, name),
  KEY external_certificates_by_certificate (certificate, name),
  CONSTRAINT external_certificates_dates CHECK (valid_until IS NULL OR valid_until >= valid_from)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- One certificate that counts for each result, and for each one from outside. The key of 0002 counted those without a result as of one.
-- contract: 0.11
ALTER TABLE certificates
  ADD COLUMN external_certificate VARBINARY(190) NOT NULL DEFAULT '',
  ADD COLUMN remind_time DATETIME(6) NULL,
  ADD COLUMN issued_by VARBINARY(190) GENERATED ALWAYS AS
    (CASE WHEN state = 'STATE_ISSUED' THEN CASE WHEN enrollment = '' THEN external_certificate ELSE enrollment END END) STORED,
  ADD UNIQUE KEY certificates_by_issued_by (issued_by),
  ADD KEY certificates_by_external_certificate (external_certificate, name),
  DROP KEY certificates_by_result;

-- The last segment of the name is the employee's id: one place for each employee and session.
CREATE TABLE waiting_entries (
  name VARBINARY(190) PRIMARY KEY,
  employee VARBINARY(190) NOT NULL,
  state VARBINARY(256) NOT NULL,
  wait_time DATETIME(6) NOT NULL,
  seat_time DATETIME(6) NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  KEY waiting_entries_by_employee (employee, name),
  KEY waiting_entries_by_state (state, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
