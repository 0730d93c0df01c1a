-- Early warning (policy H1, M2, W4).

CREATE TABLE alert_rules (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  display_name VARBINARY(480) NOT NULL,
  metric VARBINARY(190) NOT NULL,
  activity VARBINARY(190) NOT NULL,
  dimension VARBINARY(64) NOT NULL,
  `condition` LONGTEXT NULL,
  `interval` VARBINARY(64) NOT NULL,
  breaches_to_open BIGINT NOT NULL,
  `window` BIGINT NOT NULL,
  clear_to_close BIGINT NOT NULL,
  severity VARBINARY(64) NOT NULL,
  owner VARBINARY(190) NOT NULL,
  escalation LONGTEXT NOT NULL,
  guardrail BOOLEAN NOT NULL,
  activity_owner VARBINARY(190) NOT NULL,
  state VARBINARY(64) NOT NULL,
  state_reason BLOB NOT NULL,
  activate_time DATETIME(6) NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  KEY alert_rules_metric (metric, name),
  KEY alert_rules_activity (activity, name),
  KEY alert_rules_owner (owner, name),
  KEY alert_rules_activity_owner (activity_owner, name),
  KEY alert_rules_state (state, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- How far the ACTIVE rules are judged. Whoever judges a rule changes its row first, so that replicas take turns.
CREATE TABLE alert_rule_progress (
  rule VARBINARY(190) NOT NULL PRIMARY KEY,
  -- Rises with each judgement.
  version BIGINT NOT NULL,
  -- Intervals that began before are judged for good; the state of each value is as of here.
  base_time DATETIME(6) NOT NULL,
  judge_time DATETIME(6) NOT NULL,
  blind_time DATETIME(6) NULL,
  -- The version of the source by which was judged.
  source_version BIGINT NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- What is known of each value of a rule's dimension at base_time: the detector and the latest verdicts.
CREATE TABLE alert_rule_state (
  rule VARBINARY(190) NOT NULL,
  value VARBINARY(512) NOT NULL,
  state MEDIUMBLOB NOT NULL,
  PRIMARY KEY (rule, value)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE alerts (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  rule VARBINARY(190) NOT NULL,
  metric VARBINARY(190) NOT NULL,
  activity VARBINARY(190) NOT NULL,
  dimension_value VARBINARY(512) NOT NULL,
  display_name VARBINARY(480) NOT NULL,
  severity VARBINARY(64) NOT NULL,
  guardrail BOOLEAN NOT NULL,
  episode_time DATETIME(6) NOT NULL,
  last_breach_time DATETIME(6) NULL,
  figure DOUBLE NOT NULL,
  reference DOUBLE NOT NULL,
  early BOOLEAN NOT NULL,
  source VARBINARY(256) NOT NULL,
  source_version BIGINT NOT NULL,
  owner VARBINARY(190) NOT NULL,
  activity_owner VARBINARY(190) NOT NULL,
  escalation_count BIGINT NOT NULL,
  escalate_time DATETIME(6) NULL,
  state VARBINARY(64) NOT NULL,
  acknowledger VARBINARY(760) NOT NULL,
  acknowledge_time DATETIME(6) NULL,
  cause BLOB NOT NULL,
  comments LONGTEXT NOT NULL,
  mute LONGTEXT NULL,
  resolution VARBINARY(64) NOT NULL,
  resolver VARBINARY(760) NOT NULL,
  resolve_time DATETIME(6) NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  -- One episode is one alert, whoever finds it and however often.
  UNIQUE KEY alerts_episode (rule, dimension_value, episode_time),
  KEY alerts_metric (metric, name),
  KEY alerts_activity (activity, name),
  KEY alerts_owner (owner, name),
  KEY alerts_activity_owner (activity_owner, name),
  KEY alerts_escalate_time (escalate_time, name),
  KEY alerts_rule (rule, name),
  KEY alerts_state (state, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE warning_policies (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  reason BLOB NOT NULL,
  allowed_lateness_minutes BIGINT NOT NULL,
  restatement_hours BIGINT NOT NULL,
  teaching_days BIGINT NOT NULL,
  most_values BIGINT NOT NULL,
  department VARBINARY(400) NOT NULL,
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
  UNIQUE KEY warning_policies_version (version),
  UNIQUE KEY warning_policies_in_force_from (in_force_from),
  CONSTRAINT warning_policies_published CHECK (state = 'STATE_DRAFT' OR (version IS NOT NULL AND start_time >= publish_time))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Version 1. The policy leaves the terms open. Its times lie before everything, so that every other version comes later.
INSERT INTO warning_policies
  (name, reason, allowed_lateness_minutes, restatement_hours, teaching_days, most_values, department, state, start_time, version, publisher,
   publish_time, etag, create_time, update_time, creator)
VALUES
  ('warningPolicies/default', '隨系統提供：區間結束兩分鐘後判定，四十八小時內隨更正重判，以前二十八天學習，每條規則最多判定一百個維度值。',
   2, 48, 28, 100, 'operations', 'STATE_PUBLISHED', '1970-01-01 00:00:00', 1, 'services/metrics', '1970-01-01 00:00:00', '1',
   '1970-01-01 00:00:00', '1970-01-01 00:00:00', 'services/metrics');

-- Personnel's, as far as it says who holds the duty of early warning and when people work.
CREATE TABLE mirrored_employees (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  position VARBINARY(190) NOT NULL,
  department VARBINARY(400) NOT NULL,
  hire_date DATE NULL,
  leave_date DATE NULL,
  superior VARBINARY(190) NOT NULL,
  absences LONGTEXT NOT NULL,
  assignments LONGTEXT NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE mirrored_positions (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  roles LONGTEXT NOT NULL,
  duties LONGTEXT NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE mirrored_rotas (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  department VARBINARY(400) NOT NULL,
  start_date DATE NULL,
  turn VARBINARY(64) NOT NULL,
  holders LONGTEXT NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

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

-- The version that the suite comes with is published and never changes: the copy is right from the start, and alerts escalate before metrics
-- has heard from personnel. The row is personnel's, letter by letter (a test compares them).
INSERT INTO mirrored_calendar_versions
  (name, rules, reason, state, start_time, version, publisher, publish_time, etag, create_time, update_time, creator)
VALUES
  ('calendars/default/versions/1',
   '{"rules":{"time_zone":"Asia/Taipei","week":[{"days":["MONDAY","TUESDAY","WEDNESDAY","THURSDAY","FRIDAY"],"windows":[{"open":"09:00","close":"12:00"},{"open":"13:00","close":"18:00"}]}]}}',
   '隨系統提供：週一至週五 09:00–12:00、13:00–18:00，臺北時間，尚無假日。',
   'STATE_PUBLISHED', '1970-01-01 00:00:00', 1, 'services/personnel', '1970-01-01 00:00:00', '1', '1970-01-01 00:00:00', '1970-01-01 00:00:00', 'services/personnel');
