-- What users say and need, and who votes for it (policy P1).

CREATE TABLE feedback_entries (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  channel VARBINARY(64) NOT NULL,
  text BLOB NOT NULL,
  receive_date DATE NOT NULL,
  source VARBINARY(2000) NOT NULL,
  need VARBINARY(190) NOT NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  KEY feedback_entries_need (need, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE needs (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  title VARBINARY(800) NOT NULL,
  description BLOB NOT NULL,
  reach BIGINT NOT NULL,
  impact DOUBLE NOT NULL,
  confidence_percent BIGINT NOT NULL,
  effort_days DOUBLE NOT NULL,
  state VARBINARY(64) NOT NULL,
  state_reason VARBINARY(2000) NOT NULL,
  project VARBINARY(190) NOT NULL,
  merged_into VARBINARY(190) NOT NULL,
  stands_for VARBINARY(190) NOT NULL,
  state_before_merge VARBINARY(64) NOT NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  guard BIGINT NOT NULL DEFAULT 0,
  KEY needs_state (state, name),
  KEY needs_project (project, name),
  KEY needs_merged_into (merged_into, name),
  KEY needs_stands_for (stands_for, name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE need_votes (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  voter VARBINARY(760) NOT NULL,
  tell_time DATETIME(6) NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  need VARBINARY(190) GENERATED ALWAYS AS (SUBSTRING_INDEX(name, '/', 2)) STORED,
  KEY need_votes_need (need, voter)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- The words by which needs are compared, as those of research items.
CREATE TABLE need_terms (
  term VARBINARY(190) NOT NULL,
  need VARBINARY(190) NOT NULL,
  PRIMARY KEY (term, need),
  KEY need_terms_need (need, term)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

ALTER TABLE citations ADD COLUMN need VARBINARY(190) NOT NULL DEFAULT '';
ALTER TABLE citations ADD KEY citations_need (need, name);
