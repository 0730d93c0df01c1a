-- By which rules people are told things, how they want it, and urgent calls (policy C2).

ALTER TABLE notices MODIFY COLUMN text MEDIUMBLOB NOT NULL;
ALTER TABLE notices
  ADD COLUMN mandatory BOOLEAN NOT NULL DEFAULT 0,
  ADD COLUMN notice_policy VARBINARY(190) NOT NULL DEFAULT 'noticePolicies/shipped',
  ADD COLUMN escalation BIGINT NOT NULL DEFAULT 0,
  ADD COLUMN escalate_time DATETIME(6) NULL,
  ADD COLUMN escalates VARBINARY(190) NOT NULL DEFAULT '',
  ADD KEY notices_policy (notice_policy, name),
  ADD KEY notices_escalate (escalate_time, name),
  ADD KEY notices_escalates (escalates, name);

CREATE TABLE notice_policies (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  reason BLOB NOT NULL,
  gather_delay LONGTEXT NULL,
  escalate_from VARBINARY(64) NOT NULL,
  ladder LONGTEXT NULL,
  wordings LONGTEXT NULL,
  mandatory_wordings LONGTEXT NULL,
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
  UNIQUE KEY notice_policies_in_force (in_force_from),
  UNIQUE KEY notice_policies_version (version),
  KEY notice_policies_state (state, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

INSERT INTO notice_policies
  (name, reason, gather_delay, escalate_from, ladder, wordings, mandatory_wordings, state, start_time, version, publisher, publish_time, etag,
   create_time, update_time, creator)
VALUES
  ('noticePolicies/shipped', 'Comes with the service.', '{"gatherDelay":"0.500s"}', 'URGENCY_HIGH',
   '{"ladder":[{"delay":"900s","target":"TARGET_DEPUTY"},{"delay":"3600s","target":"TARGET_SUPERIOR"},{"delay":"14400s","target":"TARGET_MANAGERS"}]}',
   NULL, '{"mandatoryWordings":["urgent-call","notice-escalated"]}', 'STATE_PUBLISHED', '1970-01-01 00:00:00', 1, 'services/planning',
   '1970-01-01 00:00:00', '1', '1970-01-01 00:00:00', '1970-01-01 00:00:00', 'services/planning');

CREATE TABLE notice_preferences (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  employee VARBINARY(190) NOT NULL,
  language VARBINARY(16) NOT NULL,
  time_zone VARBINARY(256) NOT NULL,
  quiet_windows LONGTEXT NULL,
  calendar VARBINARY(190) NOT NULL,
  digest_minutes LONGTEXT NULL,
  unwanted_wordings LONGTEXT NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  KEY notice_preferences_employee (employee, name),
  KEY notice_preferences_calendar (calendar, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE notice_rules (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  title VARBINARY(800) NOT NULL,
  subject_type VARBINARY(400) NOT NULL,
  actions LONGTEXT NULL,
  conditions LONGTEXT NULL,
  recipients LONGTEXT NULL,
  urgency VARBINARY(64) NOT NULL,
  text_en VARBINARY(2000) NOT NULL,
  text_zh VARBINARY(2000) NOT NULL,
  mandatory BOOLEAN NOT NULL,
  state VARBINARY(64) NOT NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  KEY notice_rules_subject_type (subject_type, name),
  KEY notice_rules_state (state, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE urgent_calls (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  text VARBINARY(4000) NOT NULL,
  person VARBINARY(190) NOT NULL,
  role VARBINARY(64) NOT NULL,
  department VARBINARY(400) NOT NULL,
  called LONGTEXT NULL,
  state VARBINARY(64) NOT NULL,
  answerer VARBINARY(760) NOT NULL,
  answer_time DATETIME(6) NULL,
  outcome VARBINARY(4000) NOT NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  KEY urgent_calls_person (person, name),
  KEY urgent_calls_state (state, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Whom the ladder leads to. A copy from before has them empty until it is rebuilt (RebuildMirror).
ALTER TABLE mirrored_employees
  ADD COLUMN superior VARBINARY(190) NOT NULL DEFAULT '',
  ADD COLUMN department VARBINARY(400) NOT NULL DEFAULT '';
