-- Whether the data are right (policy M1): checks, what they find, who answers for it, and inspections.

CREATE TABLE quality_checks (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  display_name VARBINARY(480) NOT NULL,
  criterion LONGTEXT NULL,
  producer VARBINARY(190) NOT NULL,
  event_name VARBINARY(256) NOT NULL,
  measurement_name VARBINARY(256) NOT NULL,
  delay_days BIGINT NOT NULL,
  day_count BIGINT NOT NULL,
  recurrence LONGTEXT NULL,
  owner VARBINARY(190) NOT NULL,
  finding_working_days BIGINT NOT NULL,
  state VARBINARY(64) NOT NULL,
  state_reason BLOB NOT NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  guard BIGINT NOT NULL DEFAULT 0,
  KEY quality_checks_producer (producer, name),
  KEY quality_checks_owner (owner, name),
  KEY quality_checks_state (state, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE quality_results (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  run_time DATETIME(6) NULL,
  outcome VARBINARY(64) NOT NULL,
  cause VARBINARY(64) NOT NULL,
  criterion LONGTEXT NULL,
  start_date DATE NULL,
  end_date DATE NULL,
  evidence LONGTEXT NOT NULL,
  omitted_count BIGINT NOT NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  KEY quality_results_run_time (run_time, name),
  KEY quality_results_end_date (end_date, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE quality_findings (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  title VARBINARY(2000) NOT NULL,
  quality_check VARBINARY(190) NOT NULL,
  first_result VARBINARY(190) NOT NULL,
  last_result VARBINARY(190) NOT NULL,
  failure_count BIGINT NOT NULL,
  recover_time DATETIME(6) NULL,
  inspection VARBINARY(190) NOT NULL,
  note BLOB NOT NULL,
  owner VARBINARY(190) NOT NULL,
  due_date DATE NULL,
  state VARBINARY(64) NOT NULL,
  done BLOB NOT NULL,
  closer VARBINARY(760) NOT NULL,
  close_time DATETIME(6) NULL,
  remind_time DATETIME(6) NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  -- A check has one episode at a time at most, whichever replica finds it.
  episode VARBINARY(190) GENERATED ALWAYS AS (CASE WHEN quality_check <> '' AND recover_time IS NULL THEN quality_check END) STORED,
  -- What may be overdue.
  open_due_date DATE GENERATED ALWAYS AS (CASE WHEN state = 'STATE_OPEN' THEN due_date END) STORED,
  UNIQUE KEY quality_findings_episode (episode),
  KEY quality_findings_check (quality_check, name),
  KEY quality_findings_first_result (first_result, name),
  KEY quality_findings_last_result (last_result, name),
  KEY quality_findings_inspection (inspection, name),
  KEY quality_findings_owner (owner, name),
  KEY quality_findings_state (state, name),
  KEY quality_findings_due_date (due_date, name),
  KEY quality_findings_open (open_due_date, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE inspection_templates (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  display_name VARBINARY(480) NOT NULL,
  items LONGTEXT NOT NULL,
  recurrence LONGTEXT NULL,
  inspector VARBINARY(190) NOT NULL,
  inspection_working_days BIGINT NOT NULL,
  finding_working_days BIGINT NOT NULL,
  state VARBINARY(64) NOT NULL,
  state_reason BLOB NOT NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  guard BIGINT NOT NULL DEFAULT 0,
  KEY inspection_templates_inspector (inspector, name),
  KEY inspection_templates_state (state, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE inspections (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  inspection_template VARBINARY(190) NOT NULL,
  display_name VARBINARY(480) NOT NULL,
  schedule_time DATETIME(6) NULL,
  inspector VARBINARY(190) NOT NULL,
  due_date DATE NULL,
  finding_working_days BIGINT NOT NULL,
  entries LONGTEXT NOT NULL,
  state VARBINARY(64) NOT NULL,
  completer VARBINARY(760) NOT NULL,
  complete_time DATETIME(6) NULL,
  signer VARBINARY(760) NOT NULL,
  sign_time DATETIME(6) NULL,
  remark BLOB NOT NULL,
  cancel_reason BLOB NOT NULL,
  remind_time DATETIME(6) NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  open_due_date DATE GENERATED ALWAYS AS (CASE WHEN state IN ('STATE_OPEN', 'STATE_COMPLETED') THEN due_date END) STORED,
  -- One time of a recurrence is one inspection, whichever replica opens it.
  UNIQUE KEY inspections_schedule (inspection_template, schedule_time),
  KEY inspections_template (inspection_template, name),
  KEY inspections_inspector (inspector, name),
  KEY inspections_state (state, name),
  KEY inspections_due_date (due_date, name),
  KEY inspections_open (open_due_date, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- For how long what tells of deliveries is kept; NULL: for good.
ALTER TABLE row_retentions ADD COLUMN dead_letter_days BIGINT NULL, ADD COLUMN account_days BIGINT NULL;

ALTER TABLE dead_letters
  ADD KEY dead_letters_by_delivery (state, deliver_time),
  ADD KEY dead_letters_by_end (settle_time, name);

-- Of the account that stands for the days that are no longer kept apart.
ALTER TABLE delivery_accounts ADD COLUMN through_date DATE NULL;

-- Quotas of producers, and how much of them is used: `quota_time` is when the bucket is empty again, `quota_rows` what came on `quota_date`.
ALTER TABLE producers
  ADD COLUMN rows_per_second BIGINT NOT NULL DEFAULT 0,
  ADD COLUMN burst_rows BIGINT NOT NULL DEFAULT 0,
  ADD COLUMN rows_per_day BIGINT NOT NULL DEFAULT 0,
  ADD COLUMN quota_time DATETIME(6) NULL,
  ADD COLUMN quota_date DATE NULL,
  ADD COLUMN quota_rows BIGINT NOT NULL DEFAULT 0;
