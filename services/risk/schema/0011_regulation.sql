-- Regulations, what they demand of activities and projects, and by what it is known what they bind (policy R1, W1).

CREATE TABLE regulations (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  title VARBINARY(800) NOT NULL,
  jurisdiction VARBINARY(400) NOT NULL,
  source BLOB NOT NULL,
  text_reference VARBINARY(800) NOT NULL,
  text LONGBLOB NOT NULL,
  owner VARBINARY(190) NOT NULL,
  publish_date DATE NULL,
  effective_date DATE NULL,
  applicability LONGTEXT NULL,
  revision_note BLOB NOT NULL,
  state VARBINARY(64) NOT NULL,
  version BIGINT NOT NULL,
  enact_time DATETIME(6) NULL,
  repeal_date DATE NULL,
  repeal_reason BLOB NOT NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  -- What binds has a first day.
  CONSTRAINT regulations_enacted CHECK (enact_time IS NULL OR effective_date IS NOT NULL),
  KEY regulations_owner (owner, name),
  KEY regulations_effective (effective_date, name),
  KEY regulations_state (state, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE regulation_versions (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  text LONGBLOB NOT NULL,
  effective_date DATE NULL,
  applicability LONGTEXT NULL,
  revision_note BLOB NOT NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE obligations (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  title VARBINARY(800) NOT NULL,
  requirement BLOB NOT NULL,
  evidence_demand BLOB NOT NULL,
  owner VARBINARY(190) NOT NULL,
  due_date DATE NOT NULL,
  state VARBINARY(64) NOT NULL,
  requirement_version BIGINT NOT NULL,
  retire_reason BLOB NOT NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  KEY obligations_owner (owner, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE obligation_cases (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  regulation VARBINARY(190) NOT NULL,
  obligation VARBINARY(190) NOT NULL,
  subject VARBINARY(190) NOT NULL,
  owner VARBINARY(190) NOT NULL,
  due_date DATE NOT NULL,
  effective_time DATETIME(6) NOT NULL,
  state VARBINARY(64) NOT NULL,
  evidence BLOB NOT NULL,
  fulfiller VARBINARY(760) NOT NULL,
  fulfill_time DATETIME(6) NULL,
  confirmer VARBINARY(760) NOT NULL,
  confirm_time DATETIME(6) NULL,
  requirement_version BIGINT NOT NULL,
  state_reason BLOB NOT NULL,
  told_lead_days BIGINT NOT NULL,
  overdue_days BIGINT NOT NULL,
  breached BOOLEAN NOT NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  -- Who has confirmed it, did so at some time.
  CONSTRAINT obligation_cases_confirmed CHECK (state <> 'STATE_CONFIRMED' OR confirm_time IS NOT NULL),
  KEY obligation_cases_regulation (regulation, name),
  KEY obligation_cases_obligation (obligation, name),
  KEY obligation_cases_subject (subject, name),
  KEY obligation_cases_owner (owner, name),
  KEY obligation_cases_due (due_date, name),
  KEY obligation_cases_state (state, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE subject_scopes (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  subject VARBINARY(190) NOT NULL,
  markets LONGTEXT NULL,
  categories LONGTEXT NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  -- One for each subject, whoever else writes at the same moment.
  UNIQUE KEY subject_scopes_subject (subject)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- What activity and planning tell of that regulations bind, and risks are on.
CREATE TABLE mirrored_activities (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  title BLOB NOT NULL,
  project VARBINARY(190) NOT NULL,
  scheme VARBINARY(190) NOT NULL,
  owner VARBINARY(190) NOT NULL,
  start_time DATETIME(6) NULL,
  end_time DATETIME(6) NULL,
  staff LONGTEXT NULL,
  state VARBINARY(256) NOT NULL,
  kind VARBINARY(256) NOT NULL,
  etag VARBINARY(80) NOT NULL,
  KEY mirrored_activities_project (project, name),
  KEY mirrored_activities_state (state, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE mirrored_projects (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  title BLOB NOT NULL,
  owner VARBINARY(190) NOT NULL,
  start_date DATE NULL,
  end_date DATE NULL,
  project_type VARBINARY(190) NOT NULL,
  state VARBINARY(256) NOT NULL,
  etag VARBINARY(80) NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE mirrored_schemes (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  channels LONGTEXT NULL,
  state VARBINARY(256) NOT NULL,
  etag VARBINARY(80) NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

ALTER TABLE risk_policies
  ADD COLUMN regulation_lead_days LONGTEXT NULL,
  ADD COLUMN escalation_days BIGINT NOT NULL DEFAULT 0;

-- What the version that comes with the service says of them.
UPDATE risk_policies
   SET regulation_lead_days = '{"regulation_lead_days": [90, 30, 7]}', escalation_days = 5
 WHERE name = 'riskPolicies/shipped' AND version = 1 AND escalation_days = 0;
