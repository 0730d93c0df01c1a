-- Incidents from their opening to their review, guardrails and what they said of windows, and when activities were LIVE (policy A2, W4).

-- An incident of something else than an alert has none; that an alert is one incident is kept by the name, which is the alert's.
-- contract: 0.13
ALTER TABLE incidents
  ADD COLUMN cause VARBINARY(64) NOT NULL DEFAULT 'CAUSE_UNSPECIFIED',
  ADD COLUMN severity VARBINARY(64) NOT NULL DEFAULT 'SEVERITY_UNSPECIFIED',
  ADD COLUMN signals LONGTEXT NULL,
  ADD COLUMN clear_time DATETIME(6) NULL,
  ADD COLUMN pause_time DATETIME(6) NULL,
  ADD COLUMN acknowledger VARBINARY(760) NOT NULL DEFAULT '',
  ADD COLUMN acknowledge_time DATETIME(6) NULL,
  ADD COLUMN mitigation BLOB NOT NULL DEFAULT (''),
  ADD COLUMN mitigator VARBINARY(760) NOT NULL DEFAULT '',
  ADD COLUMN mitigate_time DATETIME(6) NULL,
  ADD COLUMN resolution BLOB NOT NULL DEFAULT (''),
  ADD COLUMN resolver VARBINARY(760) NOT NULL DEFAULT '',
  ADD COLUMN resolve_time DATETIME(6) NULL,
  ADD COLUMN close_time DATETIME(6) NULL,
  ADD COLUMN reopen_count BIGINT NOT NULL DEFAULT 0,
  ADD COLUMN reopen_time DATETIME(6) NULL,
  ADD COLUMN merged_into VARBINARY(190) NOT NULL DEFAULT '',
  ADD COLUMN merge_time DATETIME(6) NULL,
  ADD COLUMN review LONGTEXT NULL,
  ADD COLUMN adjustment VARBINARY(190) NOT NULL DEFAULT '',
  ADD COLUMN no_adjustment_reason VARBINARY(4000) NOT NULL DEFAULT '',
  ADD COLUMN entry_count BIGINT NOT NULL DEFAULT 0,
  ADD COLUMN last_entry_time DATETIME(6) NULL,
  ADD COLUMN acknowledge_due_time DATETIME(6) NULL,
  ADD COLUMN mitigate_due_time DATETIME(6) NULL,
  ADD COLUMN late BOOLEAN NOT NULL DEFAULT FALSE,
  ADD KEY incidents_by_alert (alert, name),
  ADD KEY incidents_merged_into (merged_into, name),
  ADD KEY incidents_acknowledge_due (acknowledge_due_time, name),
  ADD KEY incidents_mitigate_due (mitigate_due_time, name),
  DROP KEY incidents_alert;

-- Which incident an episode belongs to: one row for each, whatever is repeated or concurrent.
CREATE TABLE incident_signals (
  id VARBINARY(400) NOT NULL PRIMARY KEY,
  incident VARBINARY(190) NOT NULL,
  KEY incident_signals_incident (incident, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE incident_entries (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  kind VARBINARY(64) NOT NULL,
  text BLOB NOT NULL,
  subject VARBINARY(400) NOT NULL,
  author VARBINARY(760) NOT NULL,
  entry_time DATETIME(6) NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE incident_attachments (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  subject VARBINARY(190) NOT NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  KEY incident_attachments_subject (subject, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE incident_actions (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  title VARBINARY(2000) NOT NULL,
  owner VARBINARY(190) NOT NULL,
  due_date DATE NULL,
  state VARBINARY(64) NOT NULL,
  outcome VARBINARY(4000) NOT NULL,
  closer VARBINARY(760) NOT NULL,
  close_time DATETIME(6) NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  KEY incident_actions_owner (owner, name),
  KEY incident_actions_due (due_date, name),
  KEY incident_actions_state (state, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- When activities were LIVE: from a launch or a resumption to a pause or the end; not ended while they are.
CREATE TABLE live_spans (
  activity VARBINARY(190) NOT NULL,
  start_time DATETIME(6) NOT NULL,
  end_time DATETIME(6) NULL,
  PRIMARY KEY (activity, start_time)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

INSERT IGNORE INTO live_spans (activity, start_time, end_time)
  SELECT name, launch_time, NULL FROM activities WHERE state = 'STATE_LIVE' AND launch_time IS NOT NULL;

CREATE TABLE activity_guardrails (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  display_name VARBINARY(480) NOT NULL,
  `signal` VARBINARY(64) NOT NULL,
  count VARBINARY(64) NOT NULL,
  metric VARBINARY(190) NOT NULL,
  source VARBINARY(190) NOT NULL,
  direction VARBINARY(64) NOT NULL,
  bound DOUBLE NULL,
  target_share DOUBLE NULL,
  clear_bound DOUBLE NULL,
  clear_target_share DOUBLE NULL,
  `window` LONGTEXT NULL,
  min_sample BIGINT NOT NULL,
  confidence_z DOUBLE NOT NULL,
  open_after BIGINT NOT NULL,
  clear_after BIGINT NOT NULL,
  missing_after BIGINT NOT NULL,
  reopen_within LONGTEXT NULL,
  warm_up LONGTEXT NULL,
  severity VARBINARY(64) NOT NULL,
  action VARBINARY(64) NOT NULL,
  resume_by_itself BOOLEAN NOT NULL,
  change_reason VARBINARY(4000) NOT NULL,
  state VARBINARY(64) NOT NULL,
  run LONGTEXT NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  KEY activity_guardrails_metric (metric, name),
  KEY activity_guardrails_source (source, name),
  KEY activity_guardrails_state (state, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE guardrail_windows (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  start_time DATETIME(6) NULL,
  end_time DATETIME(6) NULL,
  sample BIGINT NOT NULL,
  hits BIGINT NOT NULL,
  figure DOUBLE NULL,
  bound DOUBLE NOT NULL,
  clear_bound DOUBLE NOT NULL,
  wilson_bound DOUBLE NULL,
  verdict VARBINARY(64) NOT NULL,
  guardrail_etag VARBINARY(80) NOT NULL,
  source_version BIGINT NOT NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
