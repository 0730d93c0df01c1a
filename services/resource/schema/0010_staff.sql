-- People as a resource (policy S1): terms, plans, the person-days in force, days that are too full, and copies of the facts.

ALTER TABLE staff_demands
  ADD COLUMN minutes_a_day BIGINT NOT NULL DEFAULT 0,
  ADD COLUMN continuity VARBINARY(256) NOT NULL DEFAULT 'CONTINUITY_UNSPECIFIED',
  ADD COLUMN priority BIGINT NOT NULL DEFAULT 0,
  ADD COLUMN on_days_off BOOLEAN NOT NULL DEFAULT FALSE,
  ADD COLUMN assigned_elsewhere LONGTEXT NOT NULL DEFAULT ('{}'),
  ADD COLUMN shortage LONGTEXT NULL,
  ADD COLUMN guard BIGINT NOT NULL DEFAULT 0;

CREATE TABLE staff_policies (
  name VARBINARY(190) PRIMARY KEY,
  reason BLOB NOT NULL,
  window_days BIGINT NOT NULL,
  day_off_minutes BIGINT NOT NULL,
  activity_minutes BIGINT NOT NULL,
  training_minutes_a_week BIGINT NOT NULL,
  rates LONGTEXT NOT NULL,
  solve_seconds BIGINT NOT NULL,
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
  UNIQUE KEY staff_policies_version (version),
  UNIQUE KEY staff_policies_in_force_from (in_force_from),
  CONSTRAINT staff_policies_published CHECK (state = 'STATE_DRAFT' OR (version IS NOT NULL AND start_time >= publish_time))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Version 1. The policy leaves the terms open. Its times lie before everything, so that every other version comes later.
INSERT INTO staff_policies
  (name, reason, window_days, day_off_minutes, activity_minutes, training_minutes_a_week, rates, solve_seconds, state, start_time, version,
   publisher, publish_time, etag, create_time, update_time, creator)
VALUES
  ('staffPolicies/default', '隨系統提供：以前二十八天的工作量求均衡，休息日可排八小時，參與活動每日以一小時計，每週不保留培訓時間，尚無費率，最多計算二十秒。',
   28, 480, 60, 0, '{}', 20, 'STATE_PUBLISHED', '1970-01-01 00:00:00', 1, 'services/resource', '1970-01-01 00:00:00', '1',
   '1970-01-01 00:00:00', '1970-01-01 00:00:00', 'services/resource');

CREATE TABLE staff_plans (
  name VARBINARY(190) PRIMARY KEY,
  title VARBINARY(800) NOT NULL,
  start_date DATE NOT NULL,
  end_date DATE NOT NULL,
  demands LONGTEXT NOT NULL,
  state VARBINARY(256) NOT NULL,
  state_reason BLOB NOT NULL,
  assignments LONGTEXT NOT NULL,
  unmet LONGTEXT NOT NULL,
  conflicts LONGTEXT NOT NULL,
  objective LONGTEXT NULL,
  method VARBINARY(256) NOT NULL,
  proven_optimal BOOLEAN NOT NULL,
  policy VARBINARY(190) NOT NULL,
  facts LONGTEXT NOT NULL,
  changed_facts LONGTEXT NOT NULL,
  broken LONGTEXT NOT NULL,
  propose_time DATETIME(6) NULL,
  proposer VARBINARY(760) NOT NULL,
  approver VARBINARY(760) NOT NULL,
  approve_time DATETIME(6) NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  KEY staff_plans_by_state (state, name),
  KEY staff_plans_by_start_date (start_date, name),
  KEY staff_plans_by_end_date (end_date, name),
  KEY staff_plans_by_policy (policy, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Who is assigned to what on which day, by the plans in force. One row for a person, day and demand, whatever races.
CREATE TABLE staff_days (
  employee VARBINARY(190) NOT NULL,
  date DATE NOT NULL,
  demand VARBINARY(190) NOT NULL,
  subject VARBINARY(190) NOT NULL,
  plan VARBINARY(190) NOT NULL,
  minutes BIGINT NOT NULL,
  PRIMARY KEY (employee, date, demand),
  KEY staff_days_by_demand (demand, date),
  KEY staff_days_by_plan (plan, date),
  KEY staff_days_by_date (date)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- The sum of each person's day: whoever takes of it changes this row before judging, so that two plans never take the same minutes, on any
-- node of a cluster.
CREATE TABLE staff_day_totals (
  employee VARBINARY(190) NOT NULL,
  date DATE NOT NULL,
  minutes BIGINT NOT NULL,
  guard BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (employee, date)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE staff_overloads (
  name VARBINARY(190) PRIMARY KEY,
  employee VARBINARY(190) NOT NULL,
  date DATE NOT NULL,
  capacity_minutes BIGINT NOT NULL,
  assigned_minutes BIGINT NOT NULL,
  loads LONGTEXT NOT NULL,
  state VARBINARY(256) NOT NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  KEY staff_overloads_by_employee (employee, name),
  KEY staff_overloads_by_date (date, name),
  KEY staff_overloads_by_state (state, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Personnel's, as far as it says who can do what when.
CREATE TABLE mirrored_employees (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  position VARBINARY(190) NOT NULL,
  department VARBINARY(400) NOT NULL,
  hire_date DATE NULL,
  leave_date DATE NULL,
  absences LONGTEXT NOT NULL,
  assignments LONGTEXT NOT NULL,
  etag VARBINARY(80) NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE mirrored_positions (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  required_courses LONGTEXT NOT NULL,
  etag VARBINARY(80) NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE mirrored_certificates (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  employee VARBINARY(190) NOT NULL,
  course VARBINARY(190) NOT NULL,
  valid_from DATE NULL,
  valid_until DATE NULL,
  state VARBINARY(256) NOT NULL,
  etag VARBINARY(80) NOT NULL,
  KEY mirrored_certificates_by_employee (employee, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE mirrored_calendar_versions (
  name VARBINARY(190) PRIMARY KEY,
  rules LONGTEXT NOT NULL,
  reason BLOB NOT NULL,
  state VARBINARY(256) NOT NULL,
  start_time DATETIME(6) NULL,
  version BIGINT NULL,
  publisher VARBINARY(760) NOT NULL,
  publish_time DATETIME(6) NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- The version that the suite comes with is published and never changes: the copy is right from the start. The row is personnel's, letter by
-- letter (a test compares them).
INSERT INTO mirrored_calendar_versions
  (name, rules, reason, state, start_time, version, publisher, publish_time, etag, create_time, update_time, creator)
VALUES
  ('calendars/default/versions/1',
   '{"rules":{"time_zone":"Asia/Taipei","week":[{"days":["MONDAY","TUESDAY","WEDNESDAY","THURSDAY","FRIDAY"],"windows":[{"open":"09:00","close":"12:00"},{"open":"13:00","close":"18:00"}]}]}}',
   '隨系統提供：週一至週五 09:00–12:00、13:00–18:00，臺北時間，尚無假日。',
   'STATE_PUBLISHED', '1970-01-01 00:00:00', 1, 'services/personnel', '1970-01-01 00:00:00', '1', '1970-01-01 00:00:00', '1970-01-01 00:00:00', 'services/personnel');

-- Activities, as far as they take time of people.
CREATE TABLE mirrored_activities (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  start_time DATETIME(6) NULL,
  end_time DATETIME(6) NULL,
  time_zone VARBINARY(256) NOT NULL,
  staff LONGTEXT NOT NULL,
  state VARBINARY(256) NOT NULL,
  etag VARBINARY(80) NOT NULL,
  KEY mirrored_activities_by_end_time (end_time)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
