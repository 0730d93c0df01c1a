-- Positions, employees, training and certificates (policy H1, H3).

CREATE TABLE positions (
  name VARCHAR(190) CHARACTER SET ascii COLLATE ascii_bin PRIMARY KEY,
  title VARCHAR(200) NOT NULL,
  responsibilities LONGTEXT NOT NULL,
  roles LONGTEXT NOT NULL,
  required_courses LONGTEXT NOT NULL,
  etag VARCHAR(20) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARCHAR(190) NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- The state of an employee on a day follows from hire_date, leave_date and absences; it has no column.
CREATE TABLE employees (
  name VARCHAR(190) CHARACTER SET ascii COLLATE ascii_bin PRIMARY KEY,
  display_name VARCHAR(200) NOT NULL,
  position VARCHAR(190) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  department VARCHAR(100) NOT NULL,
  hire_date DATE NOT NULL,
  leave_date DATE NULL,
  absences LONGTEXT NOT NULL,
  etag VARCHAR(20) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARCHAR(190) NOT NULL,
  KEY employees_by_position (position, name),
  CONSTRAINT employees_dates CHECK (leave_date IS NULL OR leave_date >= hire_date)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE courses (
  name VARCHAR(190) CHARACTER SET ascii COLLATE ascii_bin PRIMARY KEY,
  title VARCHAR(200) NOT NULL,
  description TEXT NOT NULL,
  validity_months BIGINT NOT NULL,
  validity_days BIGINT NOT NULL,
  pass_score BIGINT NOT NULL,
  etag VARCHAR(20) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARCHAR(190) NOT NULL,
  CONSTRAINT courses_validity CHECK (validity_months >= 0 AND validity_days >= 0),
  CONSTRAINT courses_pass_score CHECK (pass_score BETWEEN 0 AND 100)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE sessions (
  name VARCHAR(190) CHARACTER SET ascii COLLATE ascii_bin PRIMARY KEY,
  date DATE NOT NULL,
  trainer VARCHAR(200) NOT NULL,
  capacity BIGINT NOT NULL,
  etag VARCHAR(20) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARCHAR(190) NOT NULL,
  guard BIGINT NOT NULL DEFAULT 0,
  CONSTRAINT sessions_capacity CHECK (capacity >= 1)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- The last segment of the name is the employee's id: one seat for each employee and session.
CREATE TABLE enrollments (
  name VARCHAR(190) CHARACTER SET ascii COLLATE ascii_bin PRIMARY KEY,
  employee VARCHAR(190) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  state VARCHAR(64) NOT NULL,
  outcome VARCHAR(64) NOT NULL,
  score BIGINT NULL,
  certificate VARCHAR(190) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  record_time DATETIME(6) NULL,
  recorder VARCHAR(190) NOT NULL,
  etag VARCHAR(20) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARCHAR(190) NOT NULL,
  KEY enrollments_by_employee (employee),
  CONSTRAINT enrollments_score CHECK (score IS NULL OR score BETWEEN 0 AND 100),
  CONSTRAINT enrollments_pass CHECK ((outcome = 'OUTCOME_PASSED') = (certificate <> ''))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE certificates (
  name VARCHAR(190) CHARACTER SET ascii COLLATE ascii_bin PRIMARY KEY,
  employee VARCHAR(190) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  course VARCHAR(190) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  enrollment VARCHAR(190) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  valid_from DATE NOT NULL,
  valid_until DATE NULL,
  state VARCHAR(64) NOT NULL,
  revoke_reason TEXT NOT NULL,
  revoke_time DATETIME(6) NULL,
  revoker VARCHAR(190) NOT NULL,
  etag VARCHAR(20) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARCHAR(190) NOT NULL,
  KEY certificates_by_employee (employee, name),
  -- One certificate that counts for each result.
  issued_for VARCHAR(190) CHARACTER SET ascii COLLATE ascii_bin GENERATED ALWAYS AS (CASE WHEN state = 'STATE_ISSUED' THEN enrollment END) STORED,
  UNIQUE KEY certificates_by_result (issued_for),
  KEY certificates_by_valid_until (valid_until, name),
  CONSTRAINT certificates_dates CHECK (valid_until IS NULL OR valid_until >= valid_from),
  CONSTRAINT certificates_revoked CHECK ((state = 'STATE_REVOKED') = (revoke_time IS NOT NULL))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
