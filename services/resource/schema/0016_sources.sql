-- What people are needed for by plans and activities, and the shifts that they are in (policy S1): copies of the facts, as far as they tell.
CREATE TABLE mirrored_shifts (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  start_time DATETIME(6) NULL,
  end_time DATETIME(6) NULL,
  people LONGTEXT NOT NULL,
  state VARBINARY(256) NOT NULL,
  time_zone VARBINARY(256) NOT NULL,
  etag VARBINARY(80) NOT NULL,
  KEY mirrored_shifts_by_end_time (end_time)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE mirrored_projects (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  title BLOB NOT NULL,
  owner VARBINARY(190) NOT NULL,
  start_date DATE NULL,
  end_date DATE NULL,
  state VARBINARY(256) NOT NULL,
  etag VARBINARY(80) NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE mirrored_schemes (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  demand LONGTEXT NULL,
  state VARBINARY(256) NOT NULL,
  etag VARBINARY(80) NOT NULL,
  KEY mirrored_schemes_by_state (state, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

ALTER TABLE mirrored_activities
  ADD COLUMN title BLOB NOT NULL DEFAULT (''),
  ADD COLUMN owner VARBINARY(190) NOT NULL DEFAULT '',
  ADD COLUMN scheme VARBINARY(190) NOT NULL DEFAULT '',
  ADD COLUMN training_requirement LONGTEXT NULL;

-- Write-offs of one day that one person answers for take turns, because they count together.
CREATE TABLE write_off_days (
  responsible VARBINARY(190) NOT NULL,
  report_date DATE NOT NULL,
  guard BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (responsible, report_date)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
