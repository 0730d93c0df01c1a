-- Templates, acceptance by a second person, the ladder of what is late, trials of the gate, and shifts (policy A1, A2, W9).

ALTER TABLE activities
  ADD COLUMN template_version VARBINARY(190) NOT NULL DEFAULT '',
  ADD COLUMN deviations LONGTEXT NULL,
  ADD COLUMN expected_participants BIGINT NOT NULL DEFAULT 0,
  ADD COLUMN staffed_by_shifts BOOLEAN NOT NULL DEFAULT FALSE,
  ADD KEY activities_template_version (template_version, name);

ALTER TABLE preparation_items
  ADD COLUMN needs_acceptance BOOLEAN NOT NULL DEFAULT FALSE,
  ADD COLUMN needs_deliverable BOOLEAN NOT NULL DEFAULT FALSE,
  ADD COLUMN inspector VARBINARY(190) NOT NULL DEFAULT '',
  ADD COLUMN deliverable LONGTEXT NULL,
  ADD COLUMN acceptor VARBINARY(760) NOT NULL DEFAULT '',
  ADD COLUMN accept_time DATETIME(6) NULL,
  ADD COLUMN reject_reason VARBINARY(4000) NOT NULL DEFAULT '',
  ADD COLUMN mandatory BOOLEAN NOT NULL DEFAULT FALSE,
  ADD COLUMN told LONGTEXT NULL,
  ADD KEY preparation_items_inspector (inspector, name);

ALTER TABLE support_commitments ADD COLUMN told LONGTEXT NULL;

CREATE TABLE activity_templates (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  title VARBINARY(800) NOT NULL,
  description BLOB NOT NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  guard BIGINT NOT NULL DEFAULT 0
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE activity_template_versions (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  reason BLOB NOT NULL,
  calendar VARBINARY(190) NOT NULL,
  items LONGTEXT NULL,
  supports LONGTEXT NULL,
  roles LONGTEXT NULL,
  materials LONGTEXT NULL,
  targets LONGTEXT NULL,
  tracking LONGTEXT NULL,
  state VARBINARY(256) NOT NULL,
  start_time DATETIME(6) NULL,
  version BIGINT NULL,
  publisher VARBINARY(760) NOT NULL,
  publish_time DATETIME(6) NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  kind VARBINARY(256) NOT NULL,
  pages LONGTEXT NULL,
  guardrails LONGTEXT NULL,
  rule_set VARBINARY(190) GENERATED ALWAYS AS (SUBSTRING_INDEX(name, '/versions/', 1)) STORED,
  in_force_from DATETIME(6) GENERATED ALWAYS AS (CASE WHEN state = 'STATE_PUBLISHED' THEN start_time END) STORED,
  UNIQUE KEY activity_template_versions_version (rule_set, version),
  UNIQUE KEY activity_template_versions_in_force_from (rule_set, in_force_from),
  CONSTRAINT activity_template_versions_published CHECK (state = 'STATE_DRAFT' OR (version IS NOT NULL AND start_time >= publish_time))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE preparation_policies (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  reason BLOB NOT NULL,
  calendar VARBINARY(190) NOT NULL,
  late_ladder LONGTEXT NULL,
  trial_leads LONGTEXT NULL,
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
  in_force_from DATETIME(6) GENERATED ALWAYS AS (CASE WHEN state = 'STATE_PUBLISHED' THEN start_time END) STORED,
  UNIQUE KEY preparation_policies_version (version),
  UNIQUE KEY preparation_policies_in_force_from (in_force_from),
  CONSTRAINT preparation_policies_published CHECK (state = 'STATE_DRAFT' OR (version IS NOT NULL AND start_time >= publish_time))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Version 1. The policy leaves the terms open: the owner at once, the activity's owner after half a day, managers after a day.
INSERT INTO preparation_policies
  (name, reason, calendar, late_ladder, trial_leads, state, start_time, version, publisher, publish_time, etag, create_time, update_time, creator)
VALUES
  ('preparationPolicies/default', '隨系統提供：逾期即告知負責人，四個工時後告知活動負責人，八個工時後告知經理；排定上線前 24 小時與 1 小時試行關卡。',
   'calendars/default',
   '{"late_ladder":[{"point":{"after_due":"1s"},"owner":true},{"point":{"after_due":"14400s"},"owner":true,"activity_owner":true},{"point":{"after_due":"28800s"},"owner":true,"activity_owner":true,"managers":true}]}',
   '{"trial_leads":["86400s","3600s"]}',
   'STATE_PUBLISHED', '1970-01-01 00:00:00', 1, 'services/activity', '1970-01-01 00:00:00', '1', '1970-01-01 00:00:00', '1970-01-01 00:00:00',
   'services/activity');

CREATE TABLE gate_trials (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  launch_time DATETIME(6) NULL,
  `lead` LONGTEXT NULL,
  `open` BOOLEAN NOT NULL,
  refusals LONGTEXT NULL,
  notices LONGTEXT NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE shifts (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  role VARBINARY(400) NOT NULL,
  start_time DATETIME(6) NOT NULL,
  end_time DATETIME(6) NOT NULL,
  people LONGTEXT NULL,
  courses LONGTEXT NULL,
  state VARBINARY(64) NOT NULL,
  time_zone VARBINARY(256) NOT NULL,
  start_date DATE NULL,
  end_date DATE NULL,
  requester VARBINARY(190) NOT NULL,
  state_reason VARBINARY(4000) NOT NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  KEY shifts_state (state, name),
  KEY shifts_end (end_time, name),
  KEY shifts_end_date (end_date, name),
  KEY shifts_requester (requester, name),
  CONSTRAINT shifts_time CHECK (start_time < end_time)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Who has a shift when, over all activities: those of shifts that are planned.
CREATE TABLE shift_slots (
  shift VARBINARY(190) NOT NULL,
  employee VARBINARY(190) NOT NULL,
  activity VARBINARY(190) NOT NULL,
  start_time DATETIME(6) NOT NULL,
  end_time DATETIME(6) NOT NULL,
  PRIMARY KEY (shift, employee),
  KEY shift_slots_employee (employee, start_time),
  KEY shift_slots_activity (activity)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Who takes a shift changes the row of the person first, so that of two shifts at once one is seen by the other.
CREATE TABLE shift_turns (
  employee VARBINARY(190) NOT NULL PRIMARY KEY,
  guard BIGINT NOT NULL DEFAULT 0
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE shift_coverages (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  role VARBINARY(400) NOT NULL,
  min_count BIGINT NOT NULL,
  hours LONGTEXT NULL,
  first_date DATE NULL,
  last_date DATE NULL,
  gaps LONGTEXT NULL,
  gap_count BIGINT NOT NULL,
  gap_start_date DATE NULL,
  gap_end_date DATE NULL,
  missing_count BIGINT NOT NULL,
  requester VARBINARY(190) NOT NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  KEY shift_coverages_requester (requester, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
