-- What meetings talk about, what comes of it, and what is written down of it (policy C1, W12).

ALTER TABLE meetings ADD COLUMN attendances LONGTEXT NULL;

CREATE TABLE agenda_entries (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  kind VARBINARY(64) NOT NULL,
  title VARBINARY(1200) NOT NULL,
  minutes BIGINT NOT NULL,
  subject VARBINARY(190) NOT NULL,
  subject_etag VARBINARY(80) NOT NULL,
  reasons LONGTEXT NULL,
  owner VARBINARY(190) NOT NULL,
  due_date DATE NULL,
  overdue_days BIGINT NOT NULL,
  severity BIGINT NOT NULL,
  place BIGINT NOT NULL,
  late BOOLEAN NOT NULL,
  state VARBINARY(64) NOT NULL,
  outcome VARBINARY(64) NOT NULL,
  outcome_text BLOB NOT NULL,
  defer_date DATE NULL,
  decision VARBINARY(190) NOT NULL,
  action_items LONGTEXT NULL,
  actions LONGTEXT NULL,
  chair VARBINARY(190) NOT NULL,
  secretary VARBINARY(190) NOT NULL,
  department VARBINARY(400) NOT NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  meeting VARBINARY(190) GENERATED ALWAYS AS (SUBSTRING_INDEX(name, '/', 4)) STORED,
  series VARBINARY(190) GENERATED ALWAYS AS (SUBSTRING_INDEX(name, '/', 2)) STORED,
  KEY agenda_entries_meeting (meeting, name),
  KEY agenda_entries_outcome (series, outcome, name),
  KEY agenda_entries_state (state, name),
  KEY agenda_entries_owner (owner, name),
  KEY agenda_entries_creator (creator(190), name),
  KEY agenda_entries_subject (subject, name),
  KEY agenda_entries_decision (decision, name),
  KEY agenda_entries_due (due_date, name),
  KEY agenda_entries_chair (chair, name),
  KEY agenda_entries_secretary (secretary, name),
  KEY agenda_entries_department (department, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE decisions (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  draft LONGTEXT NULL,
  owner VARBINARY(190) NOT NULL,
  due_date DATE NULL,
  meeting VARBINARY(190) NOT NULL,
  series VARBINARY(190) NOT NULL,
  department VARBINARY(400) NOT NULL,
  state VARBINARY(64) NOT NULL,
  state_reason VARBINARY(2000) NOT NULL,
  superseded_by VARBINARY(190) NOT NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  KEY decisions_owner (owner, name),
  KEY decisions_due (due_date, name),
  KEY decisions_meeting (meeting, name),
  KEY decisions_series (series, name),
  KEY decisions_department (department, name),
  KEY decisions_state (state, name),
  KEY decisions_superseded (superseded_by, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE meeting_minutes (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  title VARBINARY(800) NOT NULL,
  time_zone VARBINARY(400) NOT NULL,
  text LONGBLOB NOT NULL,
  state VARBINARY(64) NOT NULL,
  approver VARBINARY(760) NOT NULL,
  approve_time DATETIME(6) NULL,
  corrections LONGTEXT NULL,
  chair VARBINARY(190) NOT NULL,
  secretary VARBINARY(190) NOT NULL,
  department VARBINARY(400) NOT NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  KEY meeting_minutes_state (state, name),
  KEY meeting_minutes_chair (chair, name),
  KEY meeting_minutes_secretary (secretary, name),
  KEY meeting_minutes_department (department, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- Risks and incidents as risk's and activity's events tell.
CREATE TABLE mirrored_risks (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  title VARBINARY(800) NOT NULL,
  subject VARBINARY(190) NOT NULL,
  owner VARBINARY(190) NOT NULL,
  state VARBINARY(64) NOT NULL,
  level VARBINARY(64) NOT NULL,
  etag VARBINARY(80) NOT NULL,
  KEY mirrored_risks_state (state, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE mirrored_incidents (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  title VARBINARY(4000) NOT NULL,
  owner VARBINARY(190) NOT NULL,
  state VARBINARY(64) NOT NULL,
  severity VARBINARY(64) NOT NULL,
  etag VARBINARY(80) NOT NULL,
  KEY mirrored_incidents_state (state, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
