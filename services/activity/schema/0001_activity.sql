-- Activities, what is prepared for them, their launches and their reports.

CREATE TABLE activities (
  name VARCHAR(190) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
  title VARCHAR(200) NOT NULL,
  description TEXT NOT NULL,
  project VARCHAR(190) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  scheme VARCHAR(190) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  owner VARCHAR(190) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  start_time DATETIME(6) NOT NULL,
  end_time DATETIME(6) NOT NULL,
  time_zone VARCHAR(64) NOT NULL,
  budget VARCHAR(190) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  budget_amount_minor BIGINT NOT NULL,
  bill_of_materials LONGTEXT NULL,
  staff LONGTEXT NULL,
  training_requirement LONGTEXT NULL,
  tracking LONGTEXT NULL,
  targets LONGTEXT NULL,
  state VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  launch VARCHAR(190) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  scheduled_launch_time DATETIME(6) NULL,
  launch_scheduler VARCHAR(190) NOT NULL,
  last_launch_error LONGTEXT NOT NULL,
  launch_time DATETIME(6) NULL,
  reservation VARCHAR(190) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  encumbrance VARCHAR(190) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  state_reason VARCHAR(1000) NOT NULL,
  close_time DATETIME(6) NULL,
  settle_time DATETIME(6) NULL,
  etag VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARCHAR(190) NOT NULL,
  guard BIGINT NOT NULL DEFAULT 0,
  KEY activities_project (project, name),
  KEY activities_state (state, name),
  KEY activities_start (start_time, name),
  CONSTRAINT activities_period CHECK (start_time < end_time),
  CONSTRAINT activities_amount CHECK (budget_amount_minor >= 0 AND (budget_amount_minor = 0 OR budget <> '')),
  CONSTRAINT activities_launching CHECK (launch = '' OR state = 'STATE_READY'),
  CONSTRAINT activities_scheduled CHECK (scheduled_launch_time IS NULL OR state = 'STATE_READY')
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE preparation_items (
  name VARCHAR(190) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
  title VARCHAR(200) NOT NULL,
  kind VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  owner VARCHAR(190) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  due_time DATETIME(6) NOT NULL,
  state VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  completer VARCHAR(190) NOT NULL,
  complete_time DATETIME(6) NULL,
  etag VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARCHAR(190) NOT NULL,
  KEY preparation_items_owner (owner, state, due_time)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE support_commitments (
  name VARCHAR(190) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
  department VARCHAR(100) NOT NULL,
  description TEXT NOT NULL,
  due_time DATETIME(6) NOT NULL,
  state VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  acceptor VARCHAR(190) NOT NULL,
  answer_time DATETIME(6) NULL,
  decline_reason VARCHAR(1000) NOT NULL,
  etag VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARCHAR(190) NOT NULL,
  KEY support_commitments_department (department, state, due_time)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE waivers (
  name VARCHAR(190) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
  precondition VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  reason TEXT NOT NULL,
  expire_time DATETIME(6) NOT NULL,
  author VARCHAR(190) NOT NULL,
  revoker VARCHAR(190) NOT NULL,
  revoke_time DATETIME(6) NULL,
  etag VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  CONSTRAINT waivers_named CHECK (author <> '' AND reason <> '')
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Launch sagas (W2). The steps are one JSON list: they are only ever read and written with their launch.
CREATE TABLE launches (
  name VARCHAR(190) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
  launcher VARCHAR(190) NOT NULL,
  scheduled BOOLEAN NOT NULL,
  state VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  steps LONGTEXT NULL,
  reservation VARCHAR(190) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  encumbrance VARCHAR(190) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  expire_time DATETIME(6) NOT NULL,
  verdicts LONGTEXT NULL,
  etag VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  KEY launches_state (state, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE reports (
  name VARCHAR(190) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
  summary TEXT NOT NULL,
  problems LONGTEXT NULL,
  improvements LONGTEXT NULL,
  snapshot LONGTEXT NULL,
  markdown LONGTEXT NOT NULL,
  digest CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  etag VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  create_time DATETIME(6) NOT NULL,
  creator VARCHAR(190) NOT NULL,
  language_code VARCHAR(8) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
