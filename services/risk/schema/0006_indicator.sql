-- Key risk indicators, what they ask of people, and the times by which that is due (policy R1, R2, W12).

CREATE TABLE risk_policies (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  reason BLOB NOT NULL,
  calendar VARBINARY(190) NOT NULL,
  indicator_days BIGINT NOT NULL,
  rerating_days BIGINT NOT NULL,
  treatment_days BIGINT NOT NULL,
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
  UNIQUE KEY risk_policies_in_force (in_force_from),
  UNIQUE KEY risk_policies_version (version),
  KEY risk_policies_calendar (calendar, name),
  KEY risk_policies_state (state, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

INSERT INTO risk_policies
  (name, reason, calendar, indicator_days, rerating_days, treatment_days, state, start_time, version, publisher, publish_time, etag,
   create_time, update_time, creator)
VALUES
  ('riskPolicies/shipped', 'Comes with the service.', 'calendars/default', 3, 5, 10, 'STATE_PUBLISHED', '1970-01-01 00:00:00', 1,
   'services/risk', '1970-01-01 00:00:00', '1', '1970-01-01 00:00:00', '1970-01-01 00:00:00', 'services/risk');

CREATE TABLE mirrored_calendar_versions (
  name VARBINARY(190) PRIMARY KEY,
  rules LONGTEXT NOT NULL,
  reason BLOB NOT NULL,
  state VARBINARY(256) NOT NULL,
  start_time DATETIME(6) NULL,
  version BIGINT NULL,
  publisher VARBINARY(760) NOT NULL,
  publish_time DATETIME(6) NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- The version that the suite comes with is published and never changes: the copy is right from the start, and days can be counted before
-- the service has heard from personnel. The row is personnel's, letter by letter (a test compares them).
INSERT INTO mirrored_calendar_versions
  (name, rules, reason, state, start_time, version, publisher, publish_time, etag, create_time, update_time, creator)
VALUES
  ('calendars/default/versions/1',
   '{"rules":{"time_zone":"Asia/Taipei","week":[{"days":["MONDAY","TUESDAY","WEDNESDAY","THURSDAY","FRIDAY"],"windows":[{"open":"09:00","close":"12:00"},{"open":"13:00","close":"18:00"}]}]}}',
   '隨系統提供：週一至週五 09:00–12:00、13:00–18:00，臺北時間，尚無假日。',
   'STATE_PUBLISHED', '1970-01-01 00:00:00', 1, 'services/personnel', '1970-01-01 00:00:00', '1', '1970-01-01 00:00:00', '1970-01-01 00:00:00', 'services/personnel');

CREATE TABLE assessment_duties (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  risk VARBINARY(190) NOT NULL,
  owner VARBINARY(190) NOT NULL,
  cause VARBINARY(64) NOT NULL,
  source VARBINARY(190) NOT NULL,
  due_date DATE NOT NULL,
  risk_policy VARBINARY(190) NOT NULL,
  state VARBINARY(64) NOT NULL,
  assessment VARBINARY(190) NOT NULL,
  done_time DATETIME(6) NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  KEY assessment_duties_risk (risk, name),
  KEY assessment_duties_owner (owner, name),
  KEY assessment_duties_due (due_date, name),
  KEY assessment_duties_policy (risk_policy, name),
  KEY assessment_duties_assessment (assessment, name),
  KEY assessment_duties_state (state, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE risk_indicators (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  title VARBINARY(800) NOT NULL,
  subject VARBINARY(190) NOT NULL,
  owner VARBINARY(190) NOT NULL,
  risks LONGTEXT NULL,
  definition LONGTEXT NULL,
  start_date DATE NULL,
  state VARBINARY(64) NOT NULL,
  light VARBINARY(64) NOT NULL,
  known_light VARBINARY(64) NOT NULL,
  pending_periods BIGINT NOT NULL,
  pending_light VARBINARY(64) NOT NULL,
  definition_version BIGINT NOT NULL,
  reading VARBINARY(190) NOT NULL,
  next_period DATE NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  KEY risk_indicators_subject (subject, name),
  KEY risk_indicators_owner (owner, name),
  KEY risk_indicators_light (light, name),
  KEY risk_indicators_state (state, name),
  KEY risk_indicators_reading (reading, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE indicator_readings (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  period DATE NOT NULL,
  last_date DATE NOT NULL,
  value DOUBLE NULL,
  light VARBINARY(64) NOT NULL,
  definition_version BIGINT NOT NULL,
  definition LONGTEXT NULL,
  watermark DATETIME(6) NULL,
  source_version BIGINT NOT NULL,
  metric_etag VARBINARY(80) NOT NULL,
  correction BOOLEAN NOT NULL,
  light_before VARBINARY(64) NOT NULL,
  pending_before BIGINT NOT NULL,
  pending_light_before VARBINARY(64) NOT NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

ALTER TABLE risk_proposals
  ADD COLUMN indicator LONGTEXT NULL;
