-- Activities and what their preparation takes (policy A1).

CREATE TABLE activities (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  title VARBINARY(800) NOT NULL,
  description BLOB NOT NULL,
  project VARBINARY(190) NOT NULL,
  scheme VARBINARY(190) NOT NULL,
  owner VARBINARY(190) NOT NULL,
  start_time DATETIME(6) NOT NULL,
  end_time DATETIME(6) NOT NULL,
  time_zone VARBINARY(256) NOT NULL,
  budget VARBINARY(190) NOT NULL,
  budget_amount_minor BIGINT NOT NULL,
  bill_of_materials LONGTEXT NULL,
  staff LONGTEXT NULL,
  training_requirement LONGTEXT NULL,
  tracking LONGTEXT NULL,
  targets LONGTEXT NULL,
  state VARBINARY(64) NOT NULL,
  launch VARBINARY(190) NOT NULL,
  scheduled_launch_time DATETIME(6) NULL,
  launch_scheduler VARBINARY(760) NOT NULL,
  last_launch_error LONGBLOB NOT NULL,
  launch_time DATETIME(6) NULL,
  reservation VARBINARY(190) NOT NULL,
  encumbrance VARBINARY(190) NOT NULL,
  state_reason VARBINARY(4000) NOT NULL,
  close_time DATETIME(6) NULL,
  settle_time DATETIME(6) NULL,
  etag VARBINARY(20) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  guard BIGINT NOT NULL DEFAULT 0,
  KEY activities_project (project, name),
  KEY activities_state (state, name),
  KEY activities_start (start_time, name),
  CONSTRAINT activities_period CHECK (start_time < end_time),
  CONSTRAINT activities_amount CHECK (budget_amount_minor >= 0 AND (budget_amount_minor = 0 OR budget <> '')),
  CONSTRAINT activities_launching CHECK (launch = '' OR state = 'STATE_READY'),
  CONSTRAINT activities_scheduled CHECK (scheduled_launch_time IS NULL OR state = 'STATE_READY'),
  KEY activities_owner (owner, name),
  KEY activities_budget (budget, name),
  KEY activities_end (end_time, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE preparation_items (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  title VARBINARY(800) NOT NULL,
  kind VARBINARY(64) NOT NULL,
  owner VARBINARY(190) NOT NULL,
  due_time DATETIME(6) NOT NULL,
  state VARBINARY(64) NOT NULL,
  completer VARBINARY(760) NOT NULL,
  complete_time DATETIME(6) NULL,
  etag VARBINARY(20) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  KEY preparation_items_owner (owner, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE support_commitments (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  department VARBINARY(400) NOT NULL,
  description BLOB NOT NULL,
  due_time DATETIME(6) NOT NULL,
  state VARBINARY(64) NOT NULL,
  acceptor VARBINARY(760) NOT NULL,
  answer_time DATETIME(6) NULL,
  decline_reason VARBINARY(4000) NOT NULL,
  etag VARBINARY(20) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE waivers (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  precondition VARBINARY(64) NOT NULL,
  reason BLOB NOT NULL,
  expire_time DATETIME(6) NOT NULL,
  author VARBINARY(760) NOT NULL,
  revoker VARBINARY(760) NOT NULL,
  revoke_time DATETIME(6) NULL,
  etag VARBINARY(20) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  CONSTRAINT waivers_named CHECK (author <> '' AND reason <> '')
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- What is copied of personnel's employees (event/mirror.h): what people are called.
CREATE TABLE mirrored_employees (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  display_name VARBINARY(800) NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
