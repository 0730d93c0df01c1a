-- Plan periods, projects with their tasks, and the baselines that approvals fix (policy P2).

CREATE TABLE plan_periods (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  title VARBINARY(800) NOT NULL,
  cadence VARBINARY(256) NOT NULL,
  start_date DATE NOT NULL,
  end_date DATE NOT NULL,
  parent_period VARBINARY(190) NOT NULL,
  targets LONGTEXT NULL,
  capacity_hours_per_day BIGINT NOT NULL,
  calendar VARBINARY(190) NOT NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  guard BIGINT NOT NULL DEFAULT 0,
  CONSTRAINT plan_periods_dates CHECK (start_date <= end_date),
  CONSTRAINT plan_periods_capacity CHECK (capacity_hours_per_day BETWEEN 1 AND 24),
  KEY plan_periods_parent (parent_period, start_date),
  KEY plan_periods_start (start_date, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE projects (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  title VARBINARY(800) NOT NULL,
  description BLOB NOT NULL,
  plan_period VARBINARY(190) NOT NULL,
  owner VARBINARY(190) NOT NULL,
  start_date DATE NOT NULL,
  end_date DATE NOT NULL,
  objectives LONGTEXT NULL,
  currency_code VARBINARY(12) NOT NULL,
  capacity_hours_per_day BIGINT NOT NULL,
  state VARBINARY(256) NOT NULL,
  state_reason VARBINARY(2000) NOT NULL,
  approved_baseline VARBINARY(190) NOT NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  guard BIGINT NOT NULL DEFAULT 0,
  CONSTRAINT projects_dates CHECK (start_date <= end_date),
  -- A project has a baseline in force exactly while it is approved or completed (W3).
  CONSTRAINT projects_baseline CHECK ((state IN ('STATE_APPROVED', 'STATE_COMPLETED')) = (approved_baseline <> '')),
  KEY projects_period (plan_period, name),
  KEY projects_state (state, name),
  KEY projects_owner (owner, name),
  KEY projects_end (end_date, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE tasks (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  title VARBINARY(800) NOT NULL,
  description BLOB NOT NULL,
  owner VARBINARY(190) NOT NULL,
  start_date DATE NULL,
  end_date DATE NULL,
  estimate_hours BIGINT NULL,
  milestone BOOLEAN NOT NULL,
  dependencies LONGTEXT NULL,
  progress_percent BIGINT NOT NULL,
  state VARBINARY(256) NOT NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  CONSTRAINT tasks_dates CHECK (start_date <= end_date),
  CONSTRAINT tasks_progress CHECK (progress_percent BETWEEN 0 AND 100),
  KEY tasks_owner (owner, name),
  KEY tasks_owner_state (owner, state)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE baselines (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  project LONGTEXT NOT NULL,
  tasks LONGTEXT NULL,
  scheme LONGTEXT NOT NULL,
  approver VARBINARY(760) NOT NULL,
  approve_time DATETIME(6) NOT NULL,
  etag VARBINARY(80) NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- What planning knows of personnel's calendars: a read-only copy of their versions, kept by following personnel's events. Columns are the
-- fields of heitie.personnel.v1.CalendarVersion.
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

-- The version that the suite comes with is published and never changes: the copy is right from the start, and planning can begin before it
-- has heard from personnel. The row is personnel's, letter by letter (a test compares them).
INSERT INTO mirrored_calendar_versions
  (name, rules, reason, state, start_time, version, publisher, publish_time, etag, create_time, update_time, creator)
VALUES
  ('calendars/default/versions/1',
   '{"rules":{"time_zone":"Asia/Taipei","week":[{"days":["MONDAY","TUESDAY","WEDNESDAY","THURSDAY","FRIDAY"],"windows":[{"open":"09:00","close":"12:00"},{"open":"13:00","close":"18:00"}]}]}}',
   '隨系統提供：週一至週五 09:00–12:00、13:00–18:00，臺北時間，尚無假日。',
   'STATE_PUBLISHED', '1970-01-01 00:00:00', 1, 'services/personnel', '1970-01-01 00:00:00', '1', '1970-01-01 00:00:00', '1970-01-01 00:00:00', 'services/personnel');
