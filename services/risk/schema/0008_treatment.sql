-- Treatments that are proposed and decided, and what residual ratings rest on: measures, instruments, controls; what has happened (policy
-- R2, R3).

CREATE TABLE risk_measures (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  risk VARBINARY(190) NOT NULL,
  kind VARBINARY(64) NOT NULL,
  description BLOB NOT NULL,
  owner VARBINARY(190) NOT NULL,
  due_date DATE NOT NULL,
  cost_minor BIGINT NOT NULL,
  currency_code VARBINARY(12) NOT NULL,
  target LONGTEXT NULL,
  indicator VARBINARY(190) NOT NULL,
  state VARBINARY(64) NOT NULL,
  evidence BLOB NOT NULL,
  verifier VARBINARY(760) NOT NULL,
  verify_time DATETIME(6) NULL,
  state_reason BLOB NOT NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  CONSTRAINT risk_measures_verified CHECK (state <> 'STATE_VERIFIED' OR verify_time IS NOT NULL),
  KEY risk_measures_risk (risk, name),
  KEY risk_measures_owner (owner, name),
  KEY risk_measures_indicator (indicator, name),
  KEY risk_measures_due (due_date, name),
  KEY risk_measures_state (state, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE transfer_instruments (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  kind VARBINARY(64) NOT NULL,
  reference VARBINARY(800) NOT NULL,
  counterparty VARBINARY(800) NOT NULL,
  scope BLOB NOT NULL,
  risks LONGTEXT NULL,
  start_time DATETIME(6) NOT NULL,
  end_time DATETIME(6) NOT NULL,
  cover_minor BIGINT NOT NULL,
  aggregate_minor BIGINT NOT NULL,
  deductible_minor BIGINT NOT NULL,
  premium_minor BIGINT NOT NULL,
  currency_code VARBINARY(12) NOT NULL,
  state VARBINARY(64) NOT NULL,
  claimed_minor BIGINT NOT NULL,
  cancel_reason BLOB NOT NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  -- No more is paid than is covered.
  CONSTRAINT transfer_instruments_claimed CHECK (claimed_minor >= 0 AND (aggregate_minor = 0 OR claimed_minor <= aggregate_minor)),
  CONSTRAINT transfer_instruments_times CHECK (start_time < end_time),
  KEY transfer_instruments_end (end_time, name),
  KEY transfer_instruments_state (state, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE instrument_claims (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  risk VARBINARY(190) NOT NULL,
  event_time DATETIME(6) NOT NULL,
  loss_minor BIGINT NOT NULL,
  reason BLOB NOT NULL,
  paid_minor BIGINT NOT NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  CONSTRAINT instrument_claims_paid CHECK (paid_minor >= 0 AND paid_minor <= loss_minor),
  KEY instrument_claims_risk (risk, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE risk_controls (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  title VARBINARY(800) NOT NULL,
  kind VARBINARY(64) NOT NULL,
  owner VARBINARY(190) NOT NULL,
  risks LONGTEXT NULL,
  `procedure` BLOB NOT NULL,
  interval_days BIGINT NOT NULL,
  state VARBINARY(64) NOT NULL,
  effective BOOLEAN NOT NULL,
  test VARBINARY(190) NOT NULL,
  test_due_time DATETIME(6) NULL,
  test_time DATETIME(6) NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  KEY risk_controls_owner (owner, name),
  KEY risk_controls_test (test, name),
  KEY risk_controls_due (test_due_time, name),
  KEY risk_controls_state (state, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE control_tests (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  outcome VARBINARY(64) NOT NULL,
  evidence BLOB NOT NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE risk_occurrences (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  occur_time DATETIME(6) NOT NULL,
  incident VARBINARY(190) NOT NULL,
  cause BLOB NOT NULL,
  loss_minor BIGINT NOT NULL,
  currency_code VARBINARY(12) NOT NULL,
  shares LONGTEXT NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  -- An incident is one occurrence.
  incident_once VARBINARY(190) GENERATED ALWAYS AS (NULLIF(incident, '')) STORED,
  UNIQUE KEY risk_occurrences_incident (incident_once),
  KEY risk_occurrences_by_incident (incident, name),
  KEY risk_occurrences_time (occur_time, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Which risks a control, an instrument or an occurrence names, and which a subject is affected by: the lists of those resources, to be asked
-- from either side.
CREATE TABLE risk_links (
  resource VARBINARY(190) NOT NULL,
  risk VARBINARY(190) NOT NULL,
  CONSTRAINT risk_links_pair PRIMARY KEY (resource, risk),
  KEY risk_links_risk (risk, resource)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

ALTER TABLE risks
  ADD COLUMN affected_subjects LONGTEXT NULL,
  ADD COLUMN evidence LONGTEXT NULL,
  ADD COLUMN evidence_end_time DATETIME(6) NULL,
  ADD COLUMN treat_by_time DATETIME(6) NULL,
  ADD COLUMN treatment_overdue BOOLEAN NOT NULL DEFAULT FALSE,
  ADD COLUMN proposed_treatment LONGTEXT NULL,
  ADD COLUMN treatment_proposer VARBINARY(760) NOT NULL DEFAULT '',
  ADD COLUMN treatment_propose_time DATETIME(6) NULL,
  ADD COLUMN review_time DATETIME(6) NULL,
  ADD COLUMN check_due_time DATETIME(6) NULL,
  ADD COLUMN guard BIGINT NOT NULL DEFAULT 0,
  ADD KEY risks_treat_by (treat_by_time, name),
  ADD KEY risks_check_due (check_due_time, name);

ALTER TABLE assessments
  ADD COLUMN evidence LONGTEXT NULL;

ALTER TABLE risk_policies
  ADD COLUMN occurrence_days BIGINT NOT NULL DEFAULT 0,
  ADD COLUMN low_review_days BIGINT NOT NULL DEFAULT 0,
  ADD COLUMN medium_review_days BIGINT NOT NULL DEFAULT 0,
  ADD COLUMN high_review_days BIGINT NOT NULL DEFAULT 0,
  ADD COLUMN acceptance_days BIGINT NOT NULL DEFAULT 0,
  ADD COLUMN check_grace_days BIGINT NOT NULL DEFAULT 0,
  ADD COLUMN renewal_days BIGINT NOT NULL DEFAULT 0;

-- What the version that comes with the service says of them.
UPDATE risk_policies
   SET occurrence_days = 5, low_review_days = 180, medium_review_days = 90, high_review_days = 30, acceptance_days = 366,
       check_grace_days = 3, renewal_days = 30
 WHERE name = 'riskPolicies/shipped' AND version = 1 AND low_review_days = 0;
