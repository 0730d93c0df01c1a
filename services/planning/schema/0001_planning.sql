-- Plan periods, projects with tasks and schemes, and the baselines that approvals fix (policy P2, P3). Columns are the fields of the
-- messages of heitie.planning.v1.

CREATE TABLE plan_periods (
  name VARCHAR(190) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
  title VARCHAR(200) NOT NULL,
  cadence VARCHAR(64) NOT NULL,
  start_date DATE NOT NULL,
  end_date DATE NOT NULL,
  parent_period VARCHAR(190) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  targets LONGTEXT NULL,
  capacity_hours_per_day BIGINT NOT NULL,
  holidays LONGTEXT NULL,
  makeup_workdays LONGTEXT NULL,
  etag VARCHAR(20) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARCHAR(190) NOT NULL,
  guard BIGINT NOT NULL DEFAULT 0,
  CONSTRAINT plan_periods_dates CHECK (start_date <= end_date),
  CONSTRAINT plan_periods_capacity CHECK (capacity_hours_per_day BETWEEN 1 AND 24),
  KEY plan_periods_parent (parent_period, start_date)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE projects (
  name VARCHAR(190) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
  title VARCHAR(200) NOT NULL,
  description TEXT NOT NULL,
  plan_period VARCHAR(190) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  owner VARCHAR(190) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  start_date DATE NOT NULL,
  end_date DATE NOT NULL,
  objectives LONGTEXT NULL,
  currency_code CHAR(3) NOT NULL,
  capacity_hours_per_day BIGINT NOT NULL,
  state VARCHAR(64) NOT NULL,
  state_reason VARCHAR(500) NOT NULL,
  approved_baseline VARCHAR(190) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  etag VARCHAR(20) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARCHAR(190) NOT NULL,
  guard BIGINT NOT NULL DEFAULT 0,
  CONSTRAINT projects_dates CHECK (start_date <= end_date),
  -- A project has a baseline in force exactly while it is approved or completed (W3).
  CONSTRAINT projects_baseline CHECK ((state IN ('STATE_APPROVED', 'STATE_COMPLETED')) = (approved_baseline <> '')),
  KEY projects_period (plan_period, name),
  KEY projects_state (state, name),
  KEY projects_owner (owner, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE tasks (
  name VARCHAR(190) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
  title VARCHAR(200) NOT NULL,
  description TEXT NOT NULL,
  owner VARCHAR(190) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  start_date DATE NULL,
  end_date DATE NULL,
  estimate_hours BIGINT NULL,
  milestone BOOLEAN NOT NULL,
  dependencies LONGTEXT NULL,
  progress_percent BIGINT NOT NULL,
  state VARCHAR(64) NOT NULL,
  etag VARCHAR(20) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARCHAR(190) NOT NULL,
  CONSTRAINT tasks_dates CHECK (start_date <= end_date),
  CONSTRAINT tasks_progress CHECK (progress_percent BETWEEN 0 AND 100),
  KEY tasks_owner (owner, state)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE schemes (
  name VARCHAR(190) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  title VARCHAR(200) NOT NULL,
  strategy TEXT NOT NULL,
  channels LONGTEXT NULL,
  demand LONGTEXT NULL,
  cash_flows LONGTEXT NULL,
  discount_rate_bp BIGINT NOT NULL,
  state VARCHAR(64) NOT NULL,
  approver VARCHAR(190) NOT NULL,
  approve_time DATETIME(6) NULL,
  etag VARCHAR(20) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARCHAR(190) NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE baselines (
  name VARCHAR(190) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  project LONGTEXT NOT NULL,
  tasks LONGTEXT NULL,
  scheme LONGTEXT NOT NULL,
  approver VARCHAR(190) NOT NULL,
  approve_time DATETIME(6) NOT NULL,
  etag VARCHAR(20) NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
