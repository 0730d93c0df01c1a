-- Risk register, matrix and assessments (policy R1–R3).

CREATE TABLE risk_matrices (
  name VARCHAR(190) CHARACTER SET ascii COLLATE ascii_bin PRIMARY KEY,
  description TEXT NOT NULL,
  cells LONGTEXT NOT NULL,
  version BIGINT NULL,
  state VARCHAR(64) NOT NULL,
  activator VARCHAR(190) NOT NULL,
  activate_time DATETIME(6) NULL,
  retire_time DATETIME(6) NULL,
  etag VARCHAR(20) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARCHAR(190) NOT NULL,
  guard BIGINT NOT NULL DEFAULT 0,
  -- One version is in force at a time.
  in_force BIGINT GENERATED ALWAYS AS (CASE WHEN state = 'STATE_ACTIVE' THEN 1 END) STORED,
  UNIQUE KEY risk_matrices_version (version),
  UNIQUE KEY risk_matrices_in_force (in_force),
  CONSTRAINT risk_matrices_activated CHECK ((state = 'STATE_DRAFT') = (version IS NULL))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE risks (
  name VARCHAR(190) CHARACTER SET ascii COLLATE ascii_bin PRIMARY KEY,
  category VARCHAR(64) NOT NULL,
  subject VARCHAR(190) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  title VARCHAR(200) NOT NULL,
  cause TEXT NOT NULL,
  key_risk_indicator TEXT NOT NULL,
  owner VARCHAR(190) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  state VARCHAR(64) NOT NULL,
  inherent LONGTEXT NULL,
  current LONGTEXT NULL,
  residual LONGTEXT NULL,
  level VARCHAR(64) NOT NULL,
  assessment VARCHAR(190) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  strategy VARCHAR(64) NOT NULL,
  treatment LONGTEXT NULL,
  expire_time DATETIME(6) NULL,
  close_reason TEXT NOT NULL,
  close_time DATETIME(6) NULL,
  reopen_reason TEXT NOT NULL,
  etag VARCHAR(20) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARCHAR(190) NOT NULL,
  KEY risks_by_subject (subject, state),
  KEY risks_by_expiry (expire_time),
  CONSTRAINT risks_closed CHECK ((state = 'STATE_CLOSED') = (close_time IS NOT NULL)),
  -- R3: only what is rated is treated, and an acceptance ends.
  CONSTRAINT risks_treated CHECK (state <> 'STATE_TREATED' OR (level <> 'LEVEL_UNSPECIFIED' AND strategy <> 'STRATEGY_UNSPECIFIED')),
  CONSTRAINT risks_accepted CHECK (strategy <> 'STRATEGY_ACCEPT' OR expire_time IS NOT NULL)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE assessments (
  name VARCHAR(190) CHARACTER SET ascii COLLATE ascii_bin PRIMARY KEY,
  inherent LONGTEXT NULL,
  current LONGTEXT NULL,
  residual LONGTEXT NULL,
  risk_matrix VARCHAR(190) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  matrix_version BIGINT NOT NULL,
  rationale TEXT NOT NULL,
  voided_treatment BOOLEAN NOT NULL,
  etag VARCHAR(20) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  creator VARCHAR(190) NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
