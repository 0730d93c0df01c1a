-- Courses, sessions, results and certificates (policy H3).

CREATE TABLE courses (
  name VARBINARY(190) PRIMARY KEY,
  title VARBINARY(800) NOT NULL,
  description BLOB NOT NULL,
  validity_months BIGINT NOT NULL,
  validity_days BIGINT NOT NULL,
  pass_score BIGINT NOT NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  CONSTRAINT courses_validity CHECK (validity_months >= 0 AND validity_days >= 0),
  CONSTRAINT courses_pass_score CHECK (pass_score BETWEEN 0 AND 100)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE sessions (
  name VARBINARY(190) PRIMARY KEY,
  date DATE NOT NULL,
  trainer VARBINARY(800) NOT NULL,
  capacity BIGINT NOT NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  guard BIGINT NOT NULL DEFAULT 0,
  CONSTRAINT sessions_capacity CHECK (capacity >= 1)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- The last segment of the name is the employee's id: one seat for each employee and session.
CREATE TABLE enrollments (
  name VARBINARY(190) PRIMARY KEY,
  employee VARBINARY(190) NOT NULL,
  state VARBINARY(256) NOT NULL,
  outcome VARBINARY(256) NOT NULL,
  score BIGINT NULL,
  certificate VARBINARY(190) NOT NULL,
  record_time DATETIME(6) NULL,
  recorder VARBINARY(760) NOT NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  CONSTRAINT enrollments_score CHECK (score IS NULL OR score BETWEEN 0 AND 100),
  CONSTRAINT enrollments_pass CHECK ((outcome = 'OUTCOME_PASSED') = (certificate <> ''))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE certificates (
  name VARBINARY(190) PRIMARY KEY,
  employee VARBINARY(190) NOT NULL,
  course VARBINARY(190) NOT NULL,
  enrollment VARBINARY(190) NOT NULL,
  valid_from DATE NOT NULL,
  valid_until DATE NULL,
  state VARBINARY(256) NOT NULL,
  revoke_reason BLOB NOT NULL,
  revoke_time DATETIME(6) NULL,
  revoker VARBINARY(760) NOT NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  KEY certificates_by_employee (employee, name),
  -- One certificate that counts for each result.
  issued_for VARBINARY(190) GENERATED ALWAYS AS (CASE WHEN state = 'STATE_ISSUED' THEN enrollment END) STORED,
  UNIQUE KEY certificates_by_result (issued_for),
  KEY certificates_by_valid_until (valid_until, name),
  CONSTRAINT certificates_dates CHECK (valid_until IS NULL OR valid_until >= valid_from),
  CONSTRAINT certificates_revoked CHECK ((state = 'STATE_REVOKED') = (revoke_time IS NOT NULL)),
  KEY certificates_by_course (course, name),
  KEY certificates_by_state (state, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
