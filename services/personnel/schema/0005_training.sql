-- Skills: what positions demand, courses grant and people hold (policy H3).

CREATE TABLE skills (
  name VARBINARY(190) PRIMARY KEY,
  title VARBINARY(800) NOT NULL,
  levels LONGTEXT NOT NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE skill_assessments (
  name VARBINARY(190) PRIMARY KEY,
  employee VARBINARY(190) NOT NULL,
  skill VARBINARY(190) NOT NULL,
  level BIGINT NOT NULL,
  evidence BLOB NOT NULL,
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
  KEY skill_assessments_by_employee (employee, name),
  KEY skill_assessments_by_skill (skill, name),
  KEY skill_assessments_by_state (state, name),
  KEY skill_assessments_by_valid_until (valid_until, name),
  CONSTRAINT skill_assessments_dates CHECK (valid_until IS NULL OR valid_until >= valid_from)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

ALTER TABLE positions ADD COLUMN required_skills LONGTEXT NOT NULL DEFAULT ('{}');

-- A course's guard: of two changes that would close a circle of prerequisites one sees the other.
ALTER TABLE courses
  ADD COLUMN granted_skills LONGTEXT NOT NULL DEFAULT ('{}'),
  ADD COLUMN prerequisites LONGTEXT NOT NULL DEFAULT ('{}'),
  ADD COLUMN guard BIGINT NOT NULL DEFAULT 0;
