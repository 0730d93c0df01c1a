-- Measures and how their effects are judged (policy M3).

CREATE TABLE evaluation_policies (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  reason BLOB NOT NULL,
  alpha DOUBLE NOT NULL,
  power DOUBLE NOT NULL,
  tuning DOUBLE NOT NULL,
  sample_ratio_bound DOUBLE NOT NULL,
  parallel_bound DOUBLE NOT NULL,
  reminder_hours BIGINT NOT NULL,
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
  UNIQUE KEY evaluation_policies_version (version),
  UNIQUE KEY evaluation_policies_in_force_from (in_force_from)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Version 1: error 5 %, power 80 %, τ 5,000, the bound of the sample ratio as is usual where many experiments run.
INSERT INTO evaluation_policies
  (name, reason, alpha, power, tuning, sample_ratio_bound, parallel_bound, reminder_hours, state, start_time, version, publisher,
   publish_time, etag, create_time, update_time, creator)
VALUES
  ('evaluationPolicies/default',
   'Version 1: error 0.05, power 0.8, tau 5,000, sample ratio 0.001, parallel pasts 0.05; what is overdue comes back each day.',
   0.05, 0.8, 5000, 0.001, 0.05, 24, 'STATE_PUBLISHED', '1970-01-01 00:00:00', 1, 'services/metrics',
   '1970-01-01 00:00:00', '1', '1970-01-01 00:00:00', '1970-01-01 00:00:00', 'services/metrics');

CREATE TABLE measures (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  title VARBINARY(800) NOT NULL,
  kind VARBINARY(256) NOT NULL,
  hypothesis BLOB NOT NULL,
  owner VARBINARY(190) NOT NULL,
  target_metric VARBINARY(190) NOT NULL,
  target_denominator_metric VARBINARY(190) NOT NULL,
  direction VARBINARY(256) NOT NULL,
  smallest_effect DOUBLE NOT NULL,
  guardrails LONGTEXT NOT NULL,
  plan LONGTEXT NULL,
  evaluation_date DATE NULL,
  origin VARBINARY(190) NOT NULL,
  state VARBINARY(64) NOT NULL,
  design VARBINARY(64) NOT NULL,
  approver VARBINARY(760) NOT NULL,
  approve_time DATETIME(6) NULL,
  start_time DATETIME(6) NULL,
  frozen_metrics LONGTEXT NOT NULL,
  plan_changes LONGTEXT NOT NULL,
  evaluation VARBINARY(190) NOT NULL,
  conclusion VARBINARY(64) NOT NULL,
  strength VARBINARY(64) NOT NULL,
  decider VARBINARY(760) NOT NULL,
  decide_time DATETIME(6) NULL,
  decision_reason BLOB NOT NULL,
  repeats VARBINARY(190) NOT NULL,
  repeated_by VARBINARY(190) NOT NULL,
  remind_time DATETIME(6) NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  -- Only what is still to be decided comes back.
  open_evaluation_date DATE GENERATED ALWAYS AS
    (CASE WHEN state IN ('STATE_DRAFT', 'STATE_APPROVED', 'STATE_RUNNING', 'STATE_EVALUATED') THEN evaluation_date END) STORED,
  KEY measures_owner (owner, name),
  KEY measures_target_metric (target_metric, name),
  KEY measures_target_denominator_metric (target_denominator_metric, name),
  KEY measures_origin (origin, name),
  KEY measures_state (state, name),
  KEY measures_evaluation_date (evaluation_date, name),
  KEY measures_evaluation (evaluation, name),
  KEY measures_repeats (repeats, name),
  KEY measures_repeated_by (repeated_by, name),
  KEY measures_open (open_evaluation_date, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE measure_evaluations (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  verdict LONGTEXT NULL,
  plan LONGTEXT NULL,
  plan_changes LONGTEXT NOT NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
