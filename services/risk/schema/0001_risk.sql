-- Risk register, matrix and assessments (policy R1–R3).

CREATE TABLE risk_matrices (
  name VARBINARY(190) PRIMARY KEY,
  reason BLOB NOT NULL,
  cells LONGTEXT NOT NULL,
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
  UNIQUE KEY risk_matrices_version (version),
  UNIQUE KEY risk_matrices_in_force_from (in_force_from),
  CONSTRAINT risk_matrices_published CHECK (state = 'STATE_DRAFT' OR (version IS NOT NULL AND start_time >= publish_time))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE risks (
  name VARBINARY(190) PRIMARY KEY,
  category VARBINARY(256) NOT NULL,
  subject VARBINARY(190) NOT NULL,
  title VARBINARY(800) NOT NULL,
  cause BLOB NOT NULL,
  key_risk_indicator BLOB NOT NULL,
  owner VARBINARY(190) NOT NULL,
  state VARBINARY(256) NOT NULL,
  inherent LONGTEXT NULL,
  current LONGTEXT NULL,
  residual LONGTEXT NULL,
  level VARBINARY(256) NOT NULL,
  assessment VARBINARY(190) NOT NULL,
  strategy VARBINARY(256) NOT NULL,
  treatment LONGTEXT NULL,
  expire_time DATETIME(6) NULL,
  close_reason BLOB NOT NULL,
  close_time DATETIME(6) NULL,
  reopen_reason BLOB NOT NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  KEY risks_by_subject (subject, name),
  KEY risks_by_expiry (expire_time, name),
  CONSTRAINT risks_closed CHECK ((state = 'STATE_CLOSED') = (close_time IS NOT NULL)),
  -- R3: only what is rated is treated, and an acceptance ends.
  CONSTRAINT risks_treated CHECK (state <> 'STATE_TREATED' OR (level <> 'LEVEL_UNSPECIFIED' AND strategy <> 'STRATEGY_UNSPECIFIED')),
  CONSTRAINT risks_accepted CHECK (strategy <> 'STRATEGY_ACCEPT' OR expire_time IS NOT NULL)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE assessments (
  name VARBINARY(190) PRIMARY KEY,
  inherent LONGTEXT NULL,
  current LONGTEXT NULL,
  residual LONGTEXT NULL,
  risk_matrix VARBINARY(190) NOT NULL,
  matrix_version BIGINT NOT NULL,
  rationale BLOB NOT NULL,
  voided_treatment BOOLEAN NOT NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
