-- What people do who come, the sessions in which they learn from each other, and gaps of staff (policy H3, W9).

CREATE TABLE handbook_documents (
  name VARBINARY(190) PRIMARY KEY,
  title VARBINARY(800) NOT NULL,
  subject VARBINARY(256) NOT NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  guard BIGINT NOT NULL DEFAULT 0
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE handbook_versions (
  name VARBINARY(190) PRIMARY KEY,
  reason BLOB NOT NULL,
  text BLOB NOT NULL,
  state VARBINARY(256) NOT NULL,
  start_time DATETIME(6) NULL,
  version BIGINT NULL,
  publisher VARBINARY(760) NOT NULL,
  publish_time DATETIME(6) NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  rule_set VARBINARY(190) GENERATED ALWAYS AS (SUBSTRING_INDEX(name, '/versions/', 1)) STORED,
  in_force_from DATETIME(6) GENERATED ALWAYS AS (CASE WHEN state = 'STATE_PUBLISHED' THEN start_time END) STORED,
  UNIQUE KEY handbook_versions_version (rule_set, version),
  UNIQUE KEY handbook_versions_in_force_from (rule_set, in_force_from),
  CONSTRAINT handbook_versions_published CHECK (state = 'STATE_DRAFT' OR (version IS NOT NULL AND start_time >= publish_time))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE onboarding_templates (
  name VARBINARY(190) PRIMARY KEY,
  reason BLOB NOT NULL,
  tasks LONGTEXT NOT NULL,
  state VARBINARY(256) NOT NULL,
  start_time DATETIME(6) NULL,
  version BIGINT NULL,
  publisher VARBINARY(760) NOT NULL,
  publish_time DATETIME(6) NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  rule_set VARBINARY(190) GENERATED ALWAYS AS (SUBSTRING_INDEX(name, '/onboardingTemplates/', 1)) STORED,
  in_force_from DATETIME(6) GENERATED ALWAYS AS (CASE WHEN state = 'STATE_PUBLISHED' THEN start_time END) STORED,
  UNIQUE KEY onboarding_templates_version (rule_set, version),
  UNIQUE KEY onboarding_templates_in_force_from (rule_set, in_force_from),
  CONSTRAINT onboarding_templates_published CHECK (state = 'STATE_DRAFT' OR (version IS NOT NULL AND start_time >= publish_time))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- The last segment of the name is the employee's id.
CREATE TABLE onboardings (
  name VARBINARY(190) PRIMARY KEY,
  employee VARBINARY(190) NOT NULL,
  onboarding_template VARBINARY(190) NOT NULL,
  first_day DATE NOT NULL,
  department VARBINARY(400) NOT NULL,
  state VARBINARY(256) NOT NULL,
  state_reason BLOB NOT NULL,
  complete_time DATETIME(6) NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  guard BIGINT NOT NULL DEFAULT 0,
  KEY onboardings_by_employee (employee, name),
  KEY onboardings_by_onboarding_template (onboarding_template, name),
  KEY onboardings_by_state (state, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE onboarding_items (
  name VARBINARY(190) PRIMARY KEY,
  employee VARBINARY(190) NOT NULL,
  title VARBINARY(800) NOT NULL,
  kind VARBINARY(256) NOT NULL,
  document_version VARBINARY(190) NOT NULL,
  course VARBINARY(190) NOT NULL,
  confirmer VARBINARY(256) NOT NULL,
  duty VARBINARY(190) NOT NULL,
  owner VARBINARY(190) NOT NULL,
  due_date DATE NOT NULL,
  state VARBINARY(256) NOT NULL,
  finisher VARBINARY(760) NOT NULL,
  finish_time DATETIME(6) NULL,
  certificate VARBINARY(190) NOT NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  KEY onboarding_items_by_employee (employee, name),
  KEY onboarding_items_by_owner (owner, name),
  KEY onboarding_items_by_document_version (document_version, name),
  KEY onboarding_items_by_course (course, name),
  KEY onboarding_items_by_duty (duty, name),
  KEY onboarding_items_by_certificate (certificate, name),
  KEY onboarding_items_by_state (state, name),
  KEY onboarding_items_by_due_date (due_date, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE sharing_series (
  name VARBINARY(190) PRIMARY KEY,
  title VARBINARY(800) NOT NULL,
  department VARBINARY(400) NOT NULL,
  owner VARBINARY(190) NOT NULL,
  cadence VARBINARY(256) NOT NULL,
  weekday BIGINT NOT NULL,
  start_date DATE NOT NULL,
  hosts LONGTEXT NOT NULL,
  state VARBINARY(256) NOT NULL,
  next_date DATE NULL,
  last_held_date DATE NULL,
  planned_count BIGINT NOT NULL,
  state_reason BLOB NOT NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  guard BIGINT NOT NULL DEFAULT 0,
  KEY sharing_series_by_owner (owner, name),
  KEY sharing_series_by_state (state, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- The last segment of the name is the day for which it was planned.
CREATE TABLE sharing_sessions (
  name VARBINARY(190) PRIMARY KEY,
  date DATE NOT NULL,
  host VARBINARY(190) NOT NULL,
  state VARBINARY(256) NOT NULL,
  topic BLOB NOT NULL,
  material BLOB NOT NULL,
  attendees LONGTEXT NOT NULL,
  state_reason BLOB NOT NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  KEY sharing_sessions_by_host (host, name),
  KEY sharing_sessions_by_state (state, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Gaps between the people who are needed and those who are there (W9).

CREATE TABLE staffing_gaps (
  name VARBINARY(190) PRIMARY KEY,
  subject VARBINARY(190) NOT NULL,
  source VARBINARY(256) NOT NULL,
  title VARBINARY(800) NOT NULL,
  courses LONGTEXT NOT NULL,
  staff LONGTEXT NOT NULL,
  start_date DATE NULL,
  end_date DATE NULL,
  required_count BIGINT NOT NULL,
  qualified_count BIGINT NOT NULL,
  shortfalls LONGTEXT NOT NULL,
  owner VARBINARY(190) NOT NULL,
  requester VARBINARY(190) NOT NULL,
  state VARBINARY(256) NOT NULL,
  decision_reason BLOB NOT NULL,
  decider VARBINARY(760) NOT NULL,
  decide_time DATETIME(6) NULL,
  accept_until DATE NULL,
  closing VARBINARY(256) NOT NULL,
  close_time DATETIME(6) NULL,
  reopenings BIGINT NOT NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  -- One for each need.
  UNIQUE KEY staffing_gaps_by_subject (subject),
  KEY staffing_gaps_by_owner (owner, name),
  KEY staffing_gaps_by_requester (requester, name),
  KEY staffing_gaps_by_state (state, name),
  KEY staffing_gaps_by_end_date (end_date, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- What was reported as needed, covered or not, until its last day is over: a heitie.personnel.v1.StaffingGap in protobuf's own form, and the
-- names of its people, each between blanks.
CREATE TABLE staffing_needs (
  subject VARBINARY(190) PRIMARY KEY,
  need LONGBLOB NOT NULL,
  people LONGBLOB NOT NULL,
  last_day DATE NOT NULL,
  guard BIGINT NOT NULL DEFAULT 0,
  KEY staffing_needs_by_last_day (last_day, subject)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
